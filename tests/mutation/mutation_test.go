package mutation

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/plinth-iac/plinth/policies/rule"
)

const (
	storeType = "aws:test/store:Store"
	guardType = "aws:test/guard:Guard"
)

func urn(name string) string { return "urn:pulumi:test::plinth::aws:test/thing:Thing::" + name }

func resourceOf(token, name string, inputs map[string]any, edges map[string][]string) *rule.Resource {
	fields := rule.FieldsOf(inputs)
	outputs := rule.FieldsOf(inputs)
	outputs["id"] = rule.Of("id-of-" + name)
	return &rule.Resource{URN: urn(name), Type: token, Name: name, Inputs: fields, Outputs: outputs, ProviderURN: "p", Edges: edges}
}

// guardedStores are two stores with a guard each, which a rule wants, and another rule wants
// them encrypted.
func guardedStores(t *testing.T, policies ...Policy) *Stack {
	t.Helper()
	resources := []*rule.Resource{
		resourceOf(storeType, "a", map[string]any{"encrypted": true, "size": 3, "name": "a-1"}, nil),
		resourceOf(storeType, "b", map[string]any{"encrypted": true, "name": "b-1"}, nil),
		resourceOf(guardType, "guard-a", map[string]any{"store": "id-of-a"}, map[string][]string{"store": {urn("a")}}),
		resourceOf(guardType, "guard-b", map[string]any{"store": "id-of-b"}, map[string][]string{"store": {urn("b")}}),
	}
	s, err := NewStack(resources, policies)
	require.NoError(t, err)
	return s
}

var encrypted = Policy{Rule: &rule.Rule{
	ID: "encrypted", Types: []string{storeType},
	Check: func(r *rule.Resource, _ rule.Settings) rule.Verdict {
		return r.Get("encrypted").Want(rule.IsTrue, "is not encrypted", "set encrypted")
	},
}}

var guarded = Policy{Rule: &rule.Rule{
	ID: "guarded", Types: []string{storeType},
	CheckGraph: func(g *rule.Graph, r *rule.Resource, _ rule.Settings) rule.Verdict {
		guards, unsure := g.Pointing(r, guardType, "store")
		if len(guards) > 0 {
			return rule.Passed()
		}
		return rule.FailedUnless(unsure, "has no guard", "add one")
	},
}}

func alwaysPasses(p Policy) Policy {
	r := *p.Rule
	r.Check, r.CheckGraph = func(*rule.Resource, rule.Settings) rule.Verdict { return rule.Passed() }, nil
	return Policy{Rule: &r}
}

func TestWhatIsNoticedIsRecorded(t *testing.T) {
	s := guardedStores(t, encrypted, guarded)
	require.Empty(t, s.Findings(rule.Fail))
	notices, err := s.Notices()
	require.NoError(t, err)
	_, got, _ := strings.Cut(Record(notices), "\n") // after the line that explains it
	require.Equal(t, `aws:test/guard:Guard
  (resource)
      removed: guarded
  store
      absent, elsewhere, other: guarded
aws:test/store:Store
  (resource)
      doubled: guarded
  encrypted
      absent, negated: encrypted
`, got)
	all, err := s.NoticesOfAll()
	require.NoError(t, err)
	require.Equal(t, Record(all), Record(notices))
}

func TestAPolicyThatAlwaysPassesIsSeen(t *testing.T) {
	policies := []Policy{alwaysPasses(encrypted), guarded}
	s := guardedStores(t, policies...)
	notices, err := s.Notices()
	require.NoError(t, err)
	has := func(token string) bool { return token == storeType }
	require.Equal(t, []string{"encrypted never fails, whatever is changed"}, Ledger{}.SilentFaults(policies, Red(notices), has))
	require.Contains(t, Ledger{}.Faults(PropertiesOf(notices)),
		"no policy notices encrypted of aws:test/store:Store: a policy should, or the ledger say why not")
}

func TestTheLedgerIsNoLongerThanItMustBe(t *testing.T) {
	properties := Properties{storeType: {"encrypted": true, "size": false, "size.unit": false, "mode": false, "mode.fast": true, "tags.a": false}}
	good := Ledger{
		Reasons:  map[string]string{"sizing": "As large as it is.", "tag": "A tag."},
		Anywhere: map[string][]string{"tag": {"tags"}},
		Types:    map[string]map[string][]string{storeType: {"sizing": {"size", "mode"}}},
	}
	require.Empty(t, good.Faults(properties))
	for want, listed := range map[string][]string{
		"encrypted of aws:test/store:Store is in the ledger, and a policy notices it":                               {"size", "mode", "encrypted"},
		"gone of aws:test/store:Store is in the ledger, and the stack has it no more":                               {"size", "mode", "gone"},
		"size of aws:test/store:Store is in the ledger twice":                                                       {"size", "size", "mode"},
		"no policy notices mode of aws:test/store:Store: a policy should, or the ledger say why not":                {"size"},
		"no policy notices size.unit of aws:test/store:Store: a policy should, or the ledger say why not":           {"mode", "siz"},
		"siz of aws:test/store:Store is in the ledger, and the stack has it no more":                                {"size", "mode", "siz"},
		"no policy notices mode.slow of aws:test/store:Store: a policy should, or the ledger say why not (changed)": {"size", "mode"},
	} {
		l, now := good, properties
		l.Types = map[string]map[string][]string{storeType: {"sizing": listed}}
		if changed, ok := strings.CutSuffix(want, " (changed)"); ok {
			now = Properties{storeType: {"size": false, "mode": false, "mode.fast": true, "mode.slow": false, "tags.a": false}}
			want = changed
		}
		assert.Contains(t, l.Faults(now), want)
	}
	l := good
	l.Reasons = map[string]string{"sizing": "As large as it is.", "old": "Used once."}
	require.Equal(t, []string{`nothing has the reason "old"`, `the reason "tag" is not explained`}, l.Faults(properties))
	l = good
	l.Anywhere = map[string][]string{"tag": {"tags", "labels"}}
	require.Equal(t, []string{"labels is in the ledger, and no type has it unnoticed"}, l.Faults(properties))
}

func TestTheLedgerNamesNoPolicyInVain(t *testing.T) {
	has := func(token string) bool { return token == storeType }
	l := Ledger{Policies: map[string]string{"guarded": "x", "unheard": "y"}}
	require.Equal(t, []string{"guarded is in the ledger, and does fail or is about nothing here", "unheard is in the ledger, and is no policy of the stack"},
		l.SilentFaults([]Policy{encrypted, guarded}, map[string]bool{"encrypted": true, "guarded": true}, has))
}

// described is the flips of an input, as path, kind and value.
func described(t *testing.T, r *rule.Resource, property string) []string {
	t.Helper()
	s, err := NewStack([]*rule.Resource{r}, nil)
	require.NoError(t, err)
	var list []string
	for _, v := range s.variants(r, property, r.Inputs[property]) {
		plain, _ := rule.Plain(v.value)
		list = append(list, strings.TrimSpace(fmt.Sprintf("%s %s %v", v.path, v.kind, plain)))
	}
	return list
}

func TestEveryKindOfValueIsFlipped(t *testing.T) {
	for name, test := range map[string]struct {
		value any
		want  []string
	}{
		"truth":          {true, []string{"p absent <nil>", "p negated false"}},
		"truth in text":  {"false", []string{"p absent <nil>", "p negated true"}},
		"number":         {5, []string{"p absent <nil>", "p 0 0", "p less 4", "p more 60"}},
		"zero":           {0, []string{"p absent <nil>", "p less -1", "p more 10"}},
		"number in text": {"1", []string{"p absent <nil>", "p 0 0", "p less 0", "p more 20"}},
		"text":           {"x", []string{"p absent <nil>", "p other y"}},
		"secret":         {rule.Secret{Of: "x"}, []string{"p absent <nil>", "p other y", "p plain x"}},
		"list":           {[]any{"x", "y"}, []string{"p absent <nil>", "p empty []", "p[] absent [y]", "p[] other [y y]", "p[] absent [x]", "p[] other [x x]"}},
		"list of one":    {[]any{true}, []string{"p absent <nil>", "p empty []", "p[] negated [false]"}},
		"object": {map[string]any{"a": true, "b.c": "x"}, []string{
			"p absent <nil>", "p.a absent map[b.c:x]", "p.a negated map[a:false b.c:x]", "p[b.c] absent map[a:true]", "p[b.c] other map[a:true b.c:y]",
		}},
		"document":         {`{"a":1}`, []string{"p absent <nil>", "p other {}", `p{}.a absent {}`, `p{}.a 0 {"a":0}`, `p{}.a more {"a":20}`, `p{}.a less {"a":0}`}},
		"what is no value": {rule.Computed{}, []string{"p absent <nil>"}},
	} {
		t.Run(name, func(t *testing.T) {
			require.ElementsMatch(t, test.want, described(t, resourceOf(storeType, "a", map[string]any{"p": test.value}, nil), "p"))
		})
	}
}

func TestPoliciesBecomeDangerous(t *testing.T) {
	policy := `{"Statement":[{"Action":"s3:GetObject","Effect":"Deny","Principal":{"AWS":"x"}}]}`
	got := described(t, resourceOf(storeType, "a", map[string]any{"policy": policy}, nil), "policy")
	for _, want := range []string{
		`policy{}.Statement[].Effect "Allow" {"Statement":[{"Action":"s3:GetObject","Effect":"Allow","Principal":{"AWS":"x"}}]}`,
		`policy{}.Statement[].Action "*" {"Statement":[{"Action":"*","Effect":"Deny","Principal":{"AWS":"x"}}]}`,
		`policy{}.Statement[].Principal "*" {"Statement":[{"Action":"s3:GetObject","Effect":"Deny","Principal":"*"}]}`,
	} {
		require.Contains(t, got, want)
	}
	require.Contains(t, described(t, resourceOf(storeType, "a", map[string]any{"sslPolicy": "Strict"}, nil), "sslPolicy"), `sslPolicy "ELBSecurityPolicy-2016-08" ELBSecurityPolicy-2016-08`)
	require.Contains(t, described(t, resourceOf(storeType, "a", map[string]any{"seccompProfile": map[string]any{"type": "RuntimeDefault"}}, nil), "seccompProfile"),
		`seccompProfile.type "Unconfined" map[type:Unconfined]`)
}

// What a value does not name any more, it is not computed from any more.
func TestReferencesTakeTheirEdgesAlong(t *testing.T) {
	a, b := resourceOf(storeType, "a", nil, nil), resourceOf(storeType, "b", map[string]any{"x": 1}, nil)
	r := resourceOf(guardType, "guard", map[string]any{"stores": []any{"id-of-a", "arn:id-of-b/*"}},
		map[string][]string{"stores": {urn("a"), urn("b"), urn("unseen")}})
	s, err := NewStack([]*rule.Resource{a, b, r}, nil)
	require.NoError(t, err)
	edges := map[string][]string{}
	for _, f := range s.Flips(r) {
		if f.property == "stores" {
			plain, _ := rule.Plain(f.becomes[0].Get("stores"))
			edges[fmt.Sprintf("%s %v", f.Kind, plain)] = f.becomes[0].Edges["stores"]
			require.Equal(t, f.becomes[0].Get("stores").String(), f.becomes[0].Out("stores").String(), "the output follows")
		}
	}
	require.Equal(t, []string{urn("a"), urn("b"), urn("unseen")}, r.Edges["stores"], "the stack itself is as it was")
	for flip, want := range map[string][]string{
		"absent <nil>":                      nil,
		"absent [arn:id-of-b/*]":            {urn("b"), urn("unseen")},
		"elsewhere [id-of-b arn:id-of-b/*]": {urn("b"), urn("unseen"), urn("b")},
		"empty []":                          {urn("unseen")},
	} {
		require.Contains(t, edges, flip)
		require.Equal(t, want, edges[flip], flip)
	}
}

// anything is a value of any kind, at any depth.
func anything(depth int) *rapid.Generator[any] {
	leaves := []*rapid.Generator[any]{
		rapid.Bool().AsAny(), rapid.IntRange(-3, 300).AsAny(),
		rapid.SampledFrom([]string{"", "x", "true", "7", "{}", `{"a":[1]}`, `[]`, `{"Statement":{"Effect":"Allow"}}`}).AsAny(),
		rapid.Just[any](rule.Computed{}), rapid.Just[any](rule.Secret{Of: "s"}), rapid.Just[any](nil),
	}
	if depth == 0 {
		return rapid.OneOf(leaves...)
	}
	inner := anything(depth - 1)
	return rapid.OneOf(append(leaves, rapid.SliceOfN(inner, 0, 3).AsAny(),
		rapid.MapOfN(rapid.SampledFrom([]string{"a", "b.c", "Effect", "status"}), inner, 0, 3).AsAny())...)
}

func TestEveryFlipIsAChangeAndOnlyOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		inputs := map[string]any{"p": anything(3).Draw(t, "p"), "q": anything(1).Draw(t, "q")}
		r := resourceOf(storeType, "a", inputs, nil)
		s, err := NewStack([]*rule.Resource{r}, nil)
		require.NoError(t, err)
		for _, f := range s.Flips(r) {
			if f.property == "" {
				continue
			}
			changed := f.becomes[0]
			require.False(t, same(r.Inputs[f.property], changed.Inputs[f.property]), "%s %s", f.Path, f.Kind)
			for _, other := range slices.DeleteFunc([]string{"p", "q"}, func(p string) bool { return p == f.property }) {
				require.True(t, same(r.Inputs[other], changed.Inputs[other]), "%s %s", f.Path, f.Kind)
			}
		}
	})
}

// same reports that two values are alike, their secrecy included.
func same(a, b rule.Value) bool {
	x, _ := rule.Plain(a)
	y, _ := rule.Plain(b)
	return reflect.DeepEqual(x, y) && secrets(a) == secrets(b) && a.IsUnknown() == b.IsUnknown() && a.IsNull() == b.IsNull() && a.IsAbsent() == b.IsAbsent()
}

// secrets is how many values in a value are secret.
func secrets(v rule.Value) (count int) {
	if v.IsSecret() {
		count++
	}
	for _, item := range v.Items() {
		count += secrets(item)
	}
	for _, key := range v.Keys() {
		count += secrets(v.Field(key))
	}
	return count
}
