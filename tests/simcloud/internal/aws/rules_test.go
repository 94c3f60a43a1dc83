package aws

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/plinth-iac/plinth/tests/simcloud/internal/facts"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// fault is one way to break a rule: take a thing of the landscape, which the rule accepts, change it or what is around it, and the rule
// refuses.
type fault struct {
	rule, on string
	op       Op
	// set changes the thing's properties.
	set object
	// also exists too.
	also []thing
	// many copies of the thing exist too.
	many int
	// pass names another thing that the rule accepts, where the unchanged one is no example.
	pass string
	// region is where the request is made, if not at home.
	region string
}

// TestLandscape proves that the rules together accept a deployment that AWS would accept.
func TestLandscape(t *testing.T) {
	w, made := build(t, landscape)
	assert.Len(t, w.List(false), len(landscape))
	assert.Equal(t, made["vpc"].ID, w.lookup(home, "ec2.securityGroup", made["default"].ID).Props.Str("vpcId"), "the default group is the VPC's")
}

// TestRules breaks every rule once, and checks that it accepts the same request without the fault.
func TestRules(t *testing.T) {
	broken := map[string]bool{}
	byID := map[string]Rule{}
	for _, rule := range Rules() {
		require.NotContains(t, byID, rule.ID)
		require.NotEmpty(t, rule.Code, rule.ID)
		require.NotEmpty(t, rule.Source, rule.ID)
		byID[rule.ID] = rule
	}
	for _, f := range faults {
		rule, ok := byID[f.rule]
		require.True(t, ok, f.rule)
		broken[f.rule] = true
		t.Run(f.rule, func(t *testing.T) {
			require.NotZero(t, rule.On&f.op, "the rule is not asked on this operation")
			pass := f.pass
			if pass == "" {
				pass = f.on
			}
			good := request(t, fault{on: pass, op: f.op})
			require.Contains(t, strings.Fields(rule.Kinds), good.Kind)
			assert.Empty(t, rule.Check(good), "refused although nothing is wrong")
			bad := request(t, f)
			require.Contains(t, strings.Fields(rule.Kinds), bad.Kind)
			assert.NotEmpty(t, rule.Check(bad), "accepted although it is wrong")
		})
	}
	for _, ref := range references {
		broken[ref.kind+"."+ref.path+"-exists"] = true
		broken[ref.to+"-held-by-"+ref.kind+"."+ref.path] = true
	}
	for _, rule := range slices.Concat(dataRules, managedRules()) { // judged case by case in rules_data_test.go, managed_faults_test.go
		broken[rule.ID] = true
	}
	for id := range byID {
		assert.True(t, broken[id], "rule %s has no failing example", id)
	}
}

// request makes the request that a fault describes.
func request(t *testing.T, f fault) *Request {
	w, made := build(t, landscape)
	for _, th := range f.also {
		props := Obj(fillIn(th.props, made).(map[string]any))
		res := &Resource{Scope: home, Token: th.token, URN: th.name, Props: props}
		w.Put(res)
		made[th.name] = res
	}
	res := made[f.on]
	require.NotNil(t, res, f.on)
	for i := range f.many {
		props := facts.Clone(map[string]any(res.Props))
		w.put(&Resource{Scope: home, Kind: res.Kind, Token: res.Token, ID: fmt.Sprint("copy-", i), Props: props})
	}
	r := &Request{World: w, Scope: home, Op: f.op, Kind: res.Kind, Token: res.Token, URN: res.URN}
	changed := with(res.Props, fillIn(f.set, made).(map[string]any))
	if f.region != "" {
		r.Region = f.region
	}
	switch f.op {
	case Create:
		delete(w.kinds[res.Kind], home.key(res.Kind, identity(res.Kind, res.ID, res.Props)))
		r.New = changed
	case Update:
		r.ID, r.Old, r.New = res.ID, res.Props, changed
	case Delete:
		r.ID, r.Old = res.ID, changed
	}
	return r
}

// TestReferences proves for every row of the reference table that a name of nothing is refused, one of something accepted, and that what is
// held cannot be deleted.
func TestReferences(t *testing.T) {
	rules := map[string]Rule{}
	for _, rule := range Rules() {
		rules[rule.ID] = rule
	}
	for _, ref := range references {
		name := ref.kind + "." + ref.path
		t.Run(name, func(t *testing.T) {
			w := NewWorld(1)
			target := &Resource{Scope: home, Kind: ref.to, ID: "there", Props: Obj{"arn": "there", "name": "there"}}
			user := func(value string) Obj {
				var v any = value
				steps := strings.Split(ref.path, ".")
				for i := len(steps) - 1; i >= 0; i-- {
					v = object{steps[i]: v}
				}
				return v.(object)
			}
			rule := rules[name+"-exists"]
			require.NotEmpty(t, rule.Code)
			assert.NotEmpty(t, rule.Check(&Request{World: w, Scope: home, Op: Create, Kind: ref.kind, New: user("there")}), "nothing there")
			w.put(target)
			assert.Empty(t, rule.Check(&Request{World: w, Scope: home, Op: Create, Kind: ref.kind, New: user("there")}))
			elsewhere := Scope{Account: "999988887777", Region: home.Region}
			assert.NotEmpty(t, rule.Check(&Request{World: w, Scope: elsewhere, Op: Create, Kind: ref.kind, New: user("there")}), "another account's")
			if ref.holds == "" {
				return
			}
			held := rules[ref.to+"-held-by-"+name]
			r := &Request{World: w, Scope: home, Op: Delete, Kind: ref.to, ID: "there", Old: target.Props}
			assert.Empty(t, held.Check(r))
			w.put(&Resource{Scope: home, Kind: ref.kind, ID: "user", Props: user("there")})
			assert.NotEmpty(t, held.Check(r))
		})
	}
}
