// Package ruletest runs rules on small stacks written by hand.
package ruletest

import (
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
	// IgnoreChanges is the option of that name.
	IgnoreChanges []string
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

// Run checks every case; that every law holds for it; and that every rule is covered: by a
// case that passes, one that fails and one that is unknown, by a passing case that no longer
// passes when one thing is changed, so that the rule has really looked at it, and by a case
// of which the verdict is another one when something is taken away.
func Run(t *testing.T, rules []*rule.Rule, cases []Case) {
	t.Helper()
	covered, words := map[string]*coverage{}, learn(cases)
	for _, r := range rules {
		covered[r.ID] = newCoverage(r, cases, words)
	}
	found := &violations{}
	for _, c := range cases {
		of := covered[c.Rule]
		if of == nil {
			t.Errorf("there is no rule %s", c.Rule)
			continue
		}
		b := newBench(of.rule, c, of)
		b.broken = func(law, at, what string) { found.add(law, b, at, what) }
		t.Run(c.Rule+"/"+c.Name, func(t *testing.T) { b.expect(t) })
		of.see(b)
		for _, law := range laws {
			law(b)
		}
	}
	found.report(t)
	for _, r := range rules {
		covered[r.ID].report(t)
	}
}

// expect checks that a case gives what it says.
func (b *bench) expect(t *testing.T) {
	t.Helper()
	f := b.sensible(b.resources, func() string { return "as it is" })
	b.verdict = f
	if f.Outcome != b.c.Want {
		t.Fatalf("the verdict is %s, want %v", said(f), b.c.Want)
	}
	if says := f.Message() + f.Property + ": " + f.Why; b.c.Says != "" && !strings.Contains(says, b.c.Says) {
		t.Errorf("it says %q, want %q", says, b.c.Says)
	}
}

// Resources makes the resources of a stack.
func Resources(stack []R) []*rule.Resource {
	known := urns(stack)
	resources := make([]*rule.Resource, len(stack))
	for i, r := range stack {
		resources[i] = resourceOf(r, known)
	}
	return resources
}

// urns are the URNs of a stack's resources by name.
func urns(stack []R) map[string]string {
	known := map[string]string{}
	for _, r := range stack {
		known[r.Name] = URN(r)
	}
	return known
}

// resourceOf makes one resource of a stack with these URNs.
func resourceOf(r R, urns map[string]string) *rule.Resource {
	res := &rule.Resource{
		URN: URN(r), Type: rule.Canonical(r.Type), Name: r.Name,
		Outputs: rule.FieldsOf(r.Out), Provider: rule.FieldsOf(r.Provider), Edges: map[string][]string{},
		ProviderURN: r.ProviderURN, Protect: r.Protect, IgnoreChanges: r.IgnoreChanges,
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
	return res
}

// URN is the URN of a fixture's resource.
func URN(r R) string { return "urn:pulumi:test::plinth::" + r.Type + "::" + r.Name }
