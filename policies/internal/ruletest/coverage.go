package ruletest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/plinth-iac/plinth/policies/rule"
)

// coverage is what the cases of one rule show of it.
type coverage struct {
	rule *rule.Rule
	// words are those of all cases, be they of this rule or not.
	words vocabulary
	// marks is set if a case has another verdict without the marks of secrets in it: the
	// rule is about them.
	marks bool
	// outcomes are those of the cases.
	outcomes map[rule.Outcome]bool
	// inspected is set once a passing case fails when one thing is changed, and absent once
	// any case has another verdict when one thing is taken away.
	inspected, absent bool
}

func newCoverage(r *rule.Rule, cases []Case, words vocabulary) *coverage {
	of := &coverage{rule: r, words: words, outcomes: map[rule.Outcome]bool{}}
	for _, c := range cases {
		if c.Rule != r.ID {
			continue
		}
		b := newBench(r, c, of)
		marked, _ := b.judge(b.resources)
		plain, _ := b.judge(Resources(unmarked(b.stack)))
		of.marks = of.marks || marked.Outcome != plain.Outcome
	}
	return of
}

// unmarked is a stack without the marks of secrets.
func unmarked(stack []R) []R {
	stack = slices.Clone(stack)
	for i, r := range stack {
		for _, s := range [...]side{inputs, outputs} {
			fields := s.of(&r)
			walk(*fields, nil, func(at spot, v any) {
				if secret, is := v.(rule.Secret); is {
					*fields = put(*fields, at, secret.Of).(map[string]any)
				}
			})
		}
		stack[i] = r
	}
	return stack
}

// see takes note of a case.
func (of *coverage) see(b *bench) {
	of.outcomes[b.c.Want] = true
	without := func(f rule.Finding) {
		of.absent = of.absent || f.Outcome != b.verdict.Outcome
		of.inspected = of.inspected || b.c.Want == rule.Pass && f.Outcome == rule.Fail
	}
	for i, r := range b.stack {
		without(b.sensible(slices.Delete(slices.Clone(b.resources), i, i+1), func() string { return "without " + r.Name }))
		if r.Protect {
			r.Protect = false
			without(b.sensible(b.replaced(i, r), func() string { return "protect of " + r.Name + " off" }))
		}
	}
	b.places([]side{inputs}, func(p place, v any) {
		without(b.with(p, gone{}))
		for _, other := range variants(v) {
			of.inspected = of.inspected || b.c.Want == rule.Pass && b.with(p, other).Outcome == rule.Fail
		}
	})
}

func (of *coverage) report(t *testing.T) {
	t.Helper()
	for _, want := range []rule.Outcome{rule.Pass, rule.Fail, rule.Unknown} {
		if !of.outcomes[want] {
			t.Errorf("%s has no case with verdict %v", of.rule.ID, want)
		}
	}
	if !of.inspected {
		t.Errorf("%s passes whatever is changed in its passing cases", of.rule.ID)
	}
	if !of.absent {
		t.Errorf("%s says the same whatever is taken away from its cases", of.rule.ID)
	}
}

// violations are the laws that do not hold, each once for a property.
type violations struct {
	order []string
	first map[string]string
	more  map[string]int
}

func (v *violations) add(law string, b *bench, at, what string) {
	key := law + " " + b.rule.ID + " " + at
	if v.first == nil {
		v.first, v.more = map[string]string{}, map[string]int{}
	}
	if _, have := v.first[key]; have {
		v.more[key]++
		return
	}
	v.order = append(v.order, key)
	v.first[key] = fmt.Sprintf("%s/%s breaks the law of %s: %s", b.rule.ID, b.c.Name, law, strings.TrimPrefix(at+": "+what, ": "))
}

func (v *violations) report(t *testing.T) {
	t.Helper()
	for _, key := range v.order {
		more := ""
		if n := v.more[key]; n > 0 {
			more = fmt.Sprintf(" (and %d more like this)", n)
		}
		t.Error(v.first[key] + more)
	}
}
