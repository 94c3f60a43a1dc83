package waf

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/internal/base"
)

// A kind of rule has a band of priorities of its own, in the order in which kinds are
// looked at. None is ever moved, or every rule of a web ACL would be.
const (
	bandWidth    = 1_000_000
	bandAllow    = 1 * bandWidth
	bandBlock    = 2 * bandWidth
	bandGeo      = 3 * bandWidth
	bandRates    = 4 * bandWidth
	bandBody     = 5 * bandWidth
	bandGroups   = 6 * bandWidth
	bandBots     = 7 * bandWidth
	bandLabelled = 8 * bandWidth
)

// What AWS allows a web ACL, and what the price of requests includes.
const (
	mostCapacity     = 5000
	includedCapacity = 1500
)

// place is where a key is in its band. It follows from the key alone, so that it stays,
// whatever other keys there are. Rules of one kind do the same, in any order.
func place(key string) int {
	h := fnv.New32a()
	h.Write([]byte(key))
	return int(h.Sum32() % bandWidth)
}

// rule is one rule of the web ACL.
type rule struct {
	name      string
	priority  int
	statement statement
	// mode is what becomes of what matches, unless it is allowed.
	mode  Mode
	allow bool
	// status is the response's if it is not the one of all rules.
	status int
}

// rules are all rules by priority. arns are those of the IP sets, by child name; to
// count capacity they need not be known.
func (a *WebAclArgs) rules(name string, arns map[string]pulumi.StringOutput) []rule {
	var rules []rule
	inSets := func(list addressList) statement {
		var families []statement
		for _, s := range list.sets(name) {
			families = append(families, inSet(arns[s.child]))
		}
		return anyOf(families...)
	}
	for _, list := range a.lists() {
		r := rule{name: list.name(), mode: list.mode, statement: inSets(list), priority: bandBlock + place(list.key)}
		if list.allow {
			r.allow, r.priority = true, bandAllow+place(list.key)
		}
		rules = append(rules, r)
	}
	if g := a.Geo; g != nil {
		where := fromCountries(g.Except)
		if len(g.Only) > 0 {
			where = not(fromCountries(g.Only))
		}
		rules = append(rules, rule{name: "geo", priority: bandGeo, statement: where, mode: g.Mode})
	}
	for _, key := range base.SortedKeys(a.RateLimits) {
		rules = append(rules, rule{
			name: rateRule(key), priority: bandRates + place(key), statement: tooFast(a.RateLimits[key]), mode: a.RateLimits[key].Mode, status: 429,
		})
	}
	if b := a.Body; b != nil && b.MaxBytes > 0 {
		rules = append(rules, rule{
			name: "body", priority: bandBody, mode: b.Mode, status: 413, statement: narrowed(longerBody(b.MaxBytes), nil, b.ExceptPaths),
		})
	}
	rules = append(rules, a.groupRules()...)
	for _, key := range base.SortedKeys(a.Labelled) {
		l := a.Labelled[key]
		rules = append(rules, rule{
			name: "labelled-" + key, priority: bandLabelled + place(key), mode: l.Mode, statement: narrowed(hasLabel(l.Label), l.OnlyPaths, l.ExceptPaths),
		})
	}
	slices.SortFunc(rules, func(x, y rule) int { return cmp.Compare(x.priority, y.priority) })
	return rules
}

func rateRule(key string) string { return "rate-" + key }

// narrowed is a statement on paths only.
func narrowed(s statement, only, except []string) statement {
	if scope := onPaths(only, except); scope != nil {
		return allOf(s, *scope)
	}
	return s
}

// capacity adds up the units of rules and says which takes how many, the most first.
func capacity(rules []rule) (units int, breakdown string) {
	sorted := slices.Clone(rules)
	slices.SortStableFunc(sorted, func(x, y rule) int { return cmp.Compare(y.statement.units, x.statement.units) })
	parts := make([]string, len(sorted))
	for i, r := range sorted {
		units += r.statement.units
		parts[i] = fmt.Sprintf("%s %d", r.name, r.statement.units)
	}
	return units, strings.Join(parts, ", ")
}

// render is a rule as the AWS provider takes it. Only here is it decided whether it has an
// action, or overrides those of a group.
func (a *WebAclArgs) render(r rule) pulumi.Map {
	props := pulumi.Map{
		"name": pulumi.String(r.name), "priority": pulumi.Int(r.priority), "statement": r.statement.props,
		"visibilityConfig": a.visibility(r.name),
	}
	switch {
	case r.statement.group && r.mode == Count:
		props["overrideAction"] = pulumi.Map{"count": pulumi.Map{}}
	case r.statement.group:
		props["overrideAction"] = pulumi.Map{"none": pulumi.Map{}}
	case r.allow:
		props["action"] = pulumi.Map{"allow": pulumi.Map{}}
	case r.mode == Count:
		props["action"] = pulumi.Map{"count": pulumi.Map{}}
	default:
		props["action"] = pulumi.Map{"block": a.blockAction(r.status)}
	}
	if !r.statement.group {
		props["ruleLabels"] = pulumi.Array{pulumi.Map{"name": pulumi.String(r.name)}}
	}
	return props
}

// responseKey names the text of responses within the web ACL.
const responseKey = "blocked"

// blockAction is how a request is turned away; status 0 is the one of all rules.
func (a *WebAclArgs) blockAction(status int) pulumi.Map {
	if status == 0 && a.Response == nil {
		return pulumi.Map{}
	}
	response := pulumi.Map{}
	if a.Response != nil {
		base.Default(&status, a.Response.Status)
		if a.Response.Text != "" {
			response["customResponseBodyKey"] = pulumi.String(responseKey)
		}
	}
	response["responseCode"] = pulumi.Int(status)
	return pulumi.Map{"customResponse": response}
}

func (a *WebAclArgs) visibility(metric string) pulumi.Map {
	return pulumi.Map{
		"metricName": pulumi.String(metric), "cloudwatchMetricsEnabled": pulumi.Bool(true), "sampledRequestsEnabled": pulumi.Bool(a.SampledRequests),
	}
}
