package kubernetes

import (
	"slices"

	"github.com/plinth-iac/plinth/policies/rule"
)

// selector is the labels that something must have to be selected. The zero selector
// selects nothing.
type selector struct {
	// selects is false if the object has no selector at all; an empty one selects everything.
	selects bool
	// unsure is Unknown if there may be more pairs.
	unsure      rule.Verdict
	pairs       []pair
	expressions []rule.Value
}

// pair is a label with its value.
type pair struct {
	key   string
	value rule.Value
}

// labelSelector reads the selector of a budget, a network policy or a spread constraint.
func labelSelector(v rule.Value) selector {
	s := selector{selects: !v.IsAbsent(), expressions: v.Select("matchExpressions[]")}
	s.addPairs(v.Get("matchLabels"))
	return s
}

// plainSelector reads the selector of a Service. An empty one selects nothing.
func plainSelector(v rule.Value) selector {
	s := selector{}
	s.addPairs(v)
	s.selects = v.IsUnknown() || len(s.pairs) > 0
	return s
}

func (s *selector) addPairs(labels rule.Value) {
	if labels.IsUnknown() {
		s.unsure = rule.NotKnown(labels)
	}
	for _, key := range labels.Keys() {
		s.pairs = append(s.pairs, pair{key, labels.Field(key)})
	}
}

// covers is whether the selector selects something with these labels: it passes if so, is
// not applicable if not, and Unknown if that depends on what is not known.
func (s selector) covers(labels rule.Value) rule.Verdict {
	if !s.selects {
		return rule.Skipped()
	}
	verdict := rule.All(rule.Passed(), s.unsure)
	for _, p := range s.pairs {
		switch v := labels.Field(p.key); {
		case v.IsUnknown():
			verdict = rule.All(verdict, rule.NotKnown(v))
		case p.value.IsUnknown() && !v.IsAbsent():
			verdict = rule.All(verdict, rule.NotKnown(p.value))
		case !same(v, p.value):
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

// meets is whether labels meet one of the matchExpressions, as covers has it.
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
