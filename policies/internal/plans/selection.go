package plans

import (
	"slices"
	"strings"

	"github.com/plinth-iac/plinth/policies/internal/tags"
	"github.com/plinth-iac/plinth/policies/rule"
)

// Selection is the type token of what selects resources for a plan.
const Selection = "aws:backup/selection:Selection"

// Selected is whether a selection of the stack takes a store.
func Selected(g *rule.Graph, r *rule.Resource) rule.Verdict {
	selections := g.Of(Selection)
	verdicts := make([]rule.Verdict, len(selections))
	for i, s := range selections {
		verdicts[i] = Selects(g, s, r)
	}
	return rule.Any(verdicts...)
}

// Selects is whether a selection takes a store: it is among resources if they are given,
// has one of selectionTags and all of conditions, and is not among notResources. It fails,
// without words, for what AWS Backup does not know, such as a cache.
func Selects(g *rule.Graph, s, r *rule.Resource) rule.Verdict {
	if _, known := arns[r.Type]; !known {
		return rule.No()
	}
	if here, there := s.Region(), r.Region(); here != "" && there != "" && here != there {
		return rule.No() // a plan reaches its own region only
	}
	verdict := rule.Passed()
	if len(s.Select("resources[]")) > 0 {
		verdict = rule.All(verdict, listed(g, s, r, "resources[]"))
	}
	switch out := listed(g, s, r, "notResources[]"); out.Outcome {
	case rule.Pass:
		return rule.No()
	case rule.Unknown:
		verdict = rule.All(verdict, out)
	}
	has := tags.Of(r)
	if wants := s.Select("selectionTags[]"); len(wants) > 0 {
		verdicts := make([]rule.Verdict, len(wants))
		for i, want := range wants {
			verdicts[i] = tagged(has, want, equal, false)
		}
		verdict = rule.All(verdict, rule.Any(verdicts...))
	}
	for _, operator := range operators {
		for _, want := range s.Select("conditions[]." + operator.path + "[]") {
			verdict = rule.All(verdict, tagged(has, want, operator.match, operator.negated))
		}
	}
	return verdict
}

// operators are the conditions on tags that a selection knows. The negated ones hold for
// a resource without the tag as well.
var operators = []struct {
	path    string
	match   func(pattern, value string) bool
	negated bool
}{
	{"stringEquals", equal, false}, {"stringNotEquals", equal, true}, {"stringLikes", like, false}, {"stringNotLikes", like, true},
}

func equal(a, b string) bool { return a == b }

func like(pattern, value string) bool { return matches(pattern, value, false) }

// ResourceTag is what the key of a condition begins with.
const ResourceTag = "aws:ResourceTag/"

// tagged is whether tags are as a key and a value in a selection ask.
func tagged(has tags.Tags, want rule.Value, match func(pattern, value string) bool, negated bool) rule.Verdict {
	key, isKey := want.Get("key").Text()
	pattern, isPattern := want.Get("value").Text()
	if !isKey || !isPattern {
		for _, v := range [...]rule.Value{want.Get("key"), want.Get("value")} {
			if v.IsUnknown() {
				return rule.NotKnown(v)
			}
		}
		return rule.No()
	}
	value, there, missing := has.Value(strings.TrimPrefix(key, ResourceTag))
	switch {
	case missing.Outcome == rule.Unknown:
		return missing
	case (there && match(pattern, value)) == negated:
		return rule.No()
	}
	return rule.Passed()
}

// listed is whether a store is among the ARNs, and patterns of ARNs, at a path of a
// selection.
func listed(g *rule.Graph, s, r *rule.Resource, path string) rule.Verdict {
	verdicts := []rule.Verdict{rule.No()}
	for _, leaf := range s.Select(path) {
		pattern, _ := leaf.Text()
		switch {
		case slices.Contains(g.Behind(s, leaf, r.Type), r):
			// More of the edges than values: not known which of them it will be.
			if t := g.Targets(s, r.Type, path); leaf.IsUnknown() && t.Ambiguous() {
				verdicts = append(verdicts, rule.NotKnown(leaf))
			} else {
				verdicts = append(verdicts, rule.Passed())
			}
		case leaf.IsUnknown() && len(s.Edges[strings.TrimSuffix(path, "[]")]) == 0:
			verdicts = append(verdicts, s.Elsewhere(leaf))
		case pattern != "" && matches(pattern, arnOf(r), false):
			verdicts = append(verdicts, rule.Passed())
		case pattern != "" && matches(pattern, arnOf(r), true):
			verdicts = append(verdicts, rule.NotKnown(leaf))
		}
	}
	return rule.Any(verdicts...)
}
