// Package scheduling knows how Kubernetes finds pods by their labels, and what keeps them apart.
package scheduling

import (
	"slices"

	"github.com/plinth-iac/plinth/policies/rule"
)

// Selector is the labels that something must have to be selected. The zero Selector
// selects nothing.
type Selector struct {
	// Pairs are the labels that it must have.
	Pairs []Pair
	// selects is false if the object has no selector at all; an empty one selects everything.
	selects bool
	// unsure is Unknown if there may be more pairs.
	unsure      rule.Verdict
	expressions []rule.Value
}

// Pair is a label with its value.
type Pair struct {
	Key   string
	Value rule.Value
}

// LabelSelector reads the selector of a budget, a network policy or a spread constraint.
func LabelSelector(v rule.Value) Selector {
	s := Selector{selects: rule.IsObject(v), expressions: v.Select("matchExpressions[]")}
	s.addPairs(v.Get("matchLabels"))
	return s
}

// PlainSelector reads the selector of a Service. An empty one selects nothing.
func PlainSelector(v rule.Value) Selector {
	s := Selector{}
	s.addPairs(v)
	s.selects = v.IsUnknown() || len(s.Pairs) > 0
	return s
}

func (s *Selector) addPairs(labels rule.Value) {
	if labels.IsUnknown() {
		s.unsure = rule.NotKnown(labels)
	}
	for _, key := range labels.Keys() {
		s.Pairs = append(s.Pairs, Pair{key, labels.Field(key)})
	}
}

// Covers is whether the selector selects something with these labels: it passes if so, is
// not applicable if not, and Unknown if that depends on what is not known.
func (s Selector) Covers(labels rule.Value) rule.Verdict {
	if !s.selects {
		return rule.Skipped()
	}
	verdict := rule.All(rule.Passed(), s.unsure)
	for _, p := range s.Pairs {
		switch v := labels.Field(p.Key); {
		case v.IsUnknown():
			verdict = rule.All(verdict, rule.NotKnown(v))
		case p.Value.IsUnknown() && !v.IsAbsent():
			verdict = rule.All(verdict, rule.NotKnown(p.Value))
		case !same(v, p.Value):
			return rule.Skipped()
		}
	}
	for _, e := range s.expressions {
		met := meets(e, labels)
		if met.Outcome == rule.NotApplicable {
			return met
		}
		verdict = rule.All(verdict, met)
	}
	return verdict
}

// same reports that two values are the same known text.
func same(a, b rule.Value) bool {
	x, known := a.Text()
	y, alsoKnown := b.Text()
	return known && alsoKnown && x == y
}

// meets is whether labels meet one of the matchExpressions, as Covers has it.
func meets(e, labels rule.Value) rule.Verdict {
	operator, _ := e.Get("operator").Text()
	key, ok := e.Get("key").Text()
	v, values := labels.Field(key), e.Select("values[]")
	for _, part := range append([]rule.Value{e, e.Get("key"), e.Get("operator"), v}, values...) {
		if part.IsUnknown() {
			return rule.NotKnown(part)
		}
	}
	listed := slices.ContainsFunc(values, func(item rule.Value) bool { return same(item, v) })
	if ok && (operator == "In" && listed || operator == "NotIn" && !listed ||
		operator == "Exists" && !v.IsAbsent() || operator == "DoesNotExist" && v.IsAbsent()) {
		return rule.Passed()
	}
	return rule.Skipped()
}
