// Package ruletest runs rules on small stacks written by hand.
package ruletest

import (
	"sort"
	"strings"
	"testing"

	"github.com/plinth-iac/plinth/policies/rule"
)

// R is one resource of a fixture. The first one that a rule is about is its subject,
// unless the case names another.
type R struct {
	Type, Name string
	// In are the inputs; nil means that they were not seen.
	In map[string]any
	// Out are the outputs.
	Out map[string]any
	// Edges are the names of the resources that a property was computed from.
	Edges    map[string][]string
	Provider map[string]any
	// ProviderURN tells providers apart.
	ProviderURN string
	// Protect is the option of that name.
	Protect bool
}

// Case is a stack and what a rule says about one resource of it.
type Case struct {
	Rule, Name string
	Stack      []R
	// Subject is the name of the judged resource, if it is not the only one.
	Subject string
	Want    rule.Outcome
	// Says is a part of the message of a failure, or the property and the reason of what
	// is not known.
	Says string
	// Settings change the ones of production.
	Settings rule.Settings
	// Profile is production if empty.
	Profile rule.Profile
}

// ID is a value of a property that is not known yet.
var ID = rule.Computed{}

// Run checks every case, and that every rule is covered: by a case that passes, one that
// fails and one that is unknown, and by a passing case that no longer passes when one of
// its values is changed, so that the rule has really looked at it.
func Run(t *testing.T, rules []*rule.Rule, cases []Case) {
	t.Helper()
	byId := map[string]*rule.Rule{}
	covered := map[string]map[rule.Outcome]bool{}
	inspected := map[string]bool{}
	for _, r := range rules {
		byId[r.ID], covered[r.ID] = r, map[rule.Outcome]bool{}
	}
	for _, c := range cases {
		r := byId[c.Rule]
		if r == nil {
			t.Errorf("there is no rule %s", c.Rule)
			continue
		}
		covered[c.Rule][c.Want] = true
		t.Run(c.Rule+"/"+c.Name, func(t *testing.T) {
			f := judge(t, r, c, c.Stack)
			if f.Outcome != c.Want {
				t.Fatalf("the verdict is %v (%s%s %s), want %v", f.Outcome, f.Problem, f.Property, f.Why, c.Want)
			}
			if said := f.Message() + f.Property + ": " + f.Why; c.Says != "" && !strings.Contains(said, c.Says) {
				t.Errorf("it says %q, want %q", said, c.Says)
			}
			if f.Outcome == rule.Fail && (f.Problem == "" || f.Fix == "") {
				t.Errorf("a failure needs a problem and a fix: %+v", f.Verdict)
			}
			if f.Outcome == rule.Unknown && (f.Property == "" || f.Why == "") {
				t.Errorf("what is unknown needs a property and a reason: %+v", f.Verdict)
			}
		})
		if c.Want == rule.Pass {
			mutate(c.Stack, func(stack []R) {
				if judge(t, r, c, stack).Outcome == rule.Fail {
					inspected[c.Rule] = true
				}
			})
		}
	}
	for id, outcomes := range covered {
		for _, want := range []rule.Outcome{rule.Pass, rule.Fail, rule.Unknown} {
			if !outcomes[want] {
				t.Errorf("%s has no case with verdict %v", id, want)
			}
		}
		if !inspected[id] {
			t.Errorf("%s passes whatever is changed in its passing cases", id)
		}
	}
}

// judge runs one rule on the subject of a case.
func judge(t *testing.T, r *rule.Rule, c Case, stack []R) rule.Finding {
	t.Helper()
	profile := c.Profile
	if profile == "" {
		profile = rule.Production
	}
	settings := r.Defaults(profile)
	for name, value := range c.Settings {
		settings[name] = value
	}
	resources := Resources(stack)
	g := rule.NewGraph(resources)
	for _, res := range resources {
		if c.Subject != "" && res.Name != c.Subject {
			continue
		}
		for _, concerned := range r.Types {
			if res.Type == concerned {
				f, err := rule.Run(r, g, res, settings)
				if err != nil {
					t.Fatal(err)
				}
				return f
			}
		}
	}
	return rule.Finding{Rule: r, Resource: &rule.Resource{}}
}

// Resources makes the resources of a stack.
func Resources(stack []R) []*rule.Resource {
	urns := map[string]string{}
	for _, r := range stack {
		urns[r.Name] = URN(r)
	}
	resources := make([]*rule.Resource, len(stack))
	for i, r := range stack {
		res := &rule.Resource{
			URN: URN(r), Type: rule.Canonical(r.Type), Name: r.Name,
			Outputs: rule.FieldsOf(r.Out), Provider: rule.FieldsOf(r.Provider), Edges: map[string][]string{},
			ProviderURN: r.ProviderURN, Protect: r.Protect,
		}
		if r.In != nil {
			res.Inputs = rule.FieldsOf(r.In)
		}
		for property, names := range r.Edges {
			for _, name := range names {
				urn, ok := urns[name]
				if !ok {
					urn = "urn:pulumi:test::plinth::elsewhere:index:Thing::" + name
				}
				res.Edges[property] = append(res.Edges[property], urn)
			}
		}
		resources[i] = res
	}
	return resources
}

// URN is the URN of a fixture's resource.
func URN(r R) string { return "urn:pulumi:test::plinth::" + r.Type + "::" + r.Name }

// mutate calls try with copies of the stack in each of which one thing is different: a
// resource is gone or no longer protected, or an input is gone, emptied, negated or changed.
func mutate(stack []R, try func([]R)) {
	for i, r := range stack {
		without := append(append([]R(nil), stack[:i]...), stack[i+1:]...)
		try(without)
		if r.Protect {
			bare := append([]R(nil), stack...)
			bare[i].Protect = false
			try(bare)
		}
		keys := make([]string, 0, len(r.In))
		for key := range r.In {
			keys = append(keys, key)
		}
		sort.Strings(keys)
		for _, key := range keys {
			for _, changed := range variants(r.In[key]) {
				in := map[string]any{}
				for k, v := range r.In {
					in[k] = v
				}
				if in[key] = changed; changed == nil {
					delete(in, key)
				}
				copied := append([]R(nil), stack...)
				copied[i].In = in
				try(copied)
			}
		}
	}
}

// variants are other values that a property could have; nil is none.
func variants(v any) []any {
	switch v := v.(type) {
	case bool:
		return []any{nil, !v}
	case int:
		return []any{nil, 0, v - 1, v + 1000}
	case string:
		return []any{nil, v + "x"}
	case map[string]any:
		all := []any{nil}
		for key, field := range v {
			for _, changed := range variants(field) {
				object := map[string]any{}
				for k, f := range v {
					object[k] = f
				}
				if object[key] = changed; changed == nil {
					delete(object, key)
				}
				all = append(all, object)
			}
		}
		return all
	case []any:
		all := []any{nil}
		for i, item := range v {
			for _, changed := range variants(item) {
				list := append([]any(nil), v...)
				list[i] = changed
				all = append(all, list)
			}
		}
		return all
	}
	return []any{nil}
}
