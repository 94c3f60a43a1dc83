package ruletest

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/plinth-iac/plinth/policies/rule"
)

// laws are what holds for every rule, whatever it is about: what it says of a case says
// what it must say of the case with one thing different.
//
// A provider's own configuration is known before anything of it is planned.
var laws = []func(*bench){unknown, unsaid, firstPreview, null, wrongType, secrets, order, outputsOnly, otherType}

// unknown: a verdict that is given while a value is not known holds for all that the
// value can be.
func unknown(b *bench) {
	b.places([]side{inputs, outputs}, func(p place, v any) {
		if p.side == outputs && (b.stack[p.resource].In != nil || b.named(v)) {
			return // what AWS makes of it, or see firstPreview
		}
		var later any = rule.Computed{}
		if hasMark(v) { // a secret is marked before it is known
			later = rule.Secret{Of: later}
		}
		given := b.with(p, later)
		for _, other := range b.possible(p, v) {
			b.holds(p, given, other)
		}
	})
}

// unsaid: so does one that is given while something is not known that is only not set.
func unsaid(b *bench) {
	for i, r := range b.stack {
		for _, at := range b.of.words.unsaid(r) {
			p := place{i, inputs, at}
			given := b.with(p, rule.Computed{})
			for _, other := range b.possible(p, gone{}) {
				b.holds(p, given, other)
			}
		}
	}
}

// possible are values that may come of a property which is not known, if it has this
// value: this one, and others. A property that is not known is set, as Value.IsUnknown
// says; it is no pattern of ARNs, which somebody writes; and no two resources have one
// name. What is computed from other resources names all of them, and nothing else.
func (b *bench) possible(p place, v any) []any {
	computed := b.computed(p)
	var all []any
	switch names, count := b.names(p, v); {
	case computed && (isGone(v) || names == literally || names == byEdge && count < len(b.stack[p.resource].Edges[p.at[0].(string)])):
		return nil
	case computed && names == byEdge:
		walk(v, nil, func(at spot, inner any) {
			if names, _ := b.names(p.below(at), inner); names != byNothing {
				return
			}
			for _, other := range append(variants(inner), gone{}) {
				all = append(all, put(v, at, other))
			}
		})
	default:
		all = variants(v)
	}
	if _, later := v.(rule.Computed); !later {
		all = append(all, v)
	}
	if p.side == inputs && !computed {
		all = append(all, b.of.words.said[wordAt(b.stack[p.resource], p.at)]...)
	}
	return slices.DeleteFunc(all, func(other any) bool {
		text, is := other.(string)
		pattern := strings.HasPrefix(text, "arn:") && strings.Contains(text, "*")
		return other == nil || is && text == "" || pattern || b.taken(p, other) || isGone(other) || hasMark(other) != hasMark(v)
	})
}

// holds checks a verdict that was given while a value was not known.
func (b *bench) holds(p place, given rule.Finding, v any) {
	if given.Outcome == rule.Unknown {
		return
	}
	then := b.with(p, v)
	if given.Outcome != rule.Fail && then.AtMostAdvisory {
		return // it is no more than a hint, which may come late
	}
	if (given.Outcome == rule.Fail) != (then.Outcome == rule.Fail) || then.Outcome == rule.Unknown {
		b.broken("unknown", b.describe(p), fmt.Sprintf("not known gives %s, but %s gives %s", said(given), show(v), said(then)))
	}
}

// firstPreview: before a resource exists, so that what refers to its outputs is not known
// either, no verdict is another one.
func firstPreview(b *bench) {
	b.places([]side{outputs}, func(p place, v any) {
		if !b.named(v) {
			return
		}
		stack := slices.Clone(b.stack)
		of := &stack[p.resource]
		of.Out = put(of.Out, p.at, rule.Computed{}).(map[string]any)
		for i := range stack {
			walk(stack[i].In, nil, func(at spot, text any) {
				if !same(text, v) {
					return
				}
				top := at[0].(string)
				stack[i].In = put(stack[i].In, at, rule.Computed{}).(map[string]any)
				edges := map[string][]string{top: {}}
				maps.Copy(edges, stack[i].Edges)
				if !slices.Contains(edges[top], of.Name) {
					edges[top] = append(slices.Clip(edges[top]), of.Name)
				}
				stack[i].Edges = edges
			})
		}
		now := b.sensible(Resources(stack), func() string { return b.describe(p) })
		if now.Outcome != rule.Unknown && b.verdict.Outcome != rule.Unknown && now.Outcome != b.verdict.Outcome {
			b.broken("first preview", b.describe(p), fmt.Sprintf("not known gives %s, and known %s", said(now), said(b.verdict)))
		}
	})
}

// named reports that an input of the stack is this text, and so refers to what has it.
func (b *bench) named(v any) bool {
	found := false
	b.places([]side{inputs}, func(_ place, text any) { found = found || same(text, v) })
	return found
}

// same compares two texts as the DNS does.
func same(a, b any) bool {
	one, is := a.(string)
	other, too := b.(string)
	return is && too && one != "" && strings.EqualFold(strings.TrimSuffix(one, "."), strings.TrimSuffix(other, "."))
}

// null: what is null is not set.
func null(b *bench) {
	b.places([]side{inputs}, func(p place, _ any) {
		without, nulled := b.with(p, gone{}), b.with(p, nil)
		if _, element := p.at[len(p.at)-1].(int); element {
			return // a list with a hole is another list
		}
		if without.Verdict != nulled.Verdict {
			b.broken("null", b.describe(p), fmt.Sprintf("null gives %s, but not set gives %s", said(nulled), said(without)))
		}
	})
}

// wrongType: a property that a case passes by does not count if it is of a wrong type.
func wrongType(b *bench) {
	b.places([]side{inputs, outputs, provider}, func(p place, v any) {
		needed := b.verdict.Outcome == rule.Pass && b.with(p, gone{}).Outcome == rule.Fail
		for _, other := range wrong(v) {
			then := b.with(p, other)
			if needed && (then.Outcome == rule.Pass || then.Outcome == rule.NotApplicable) {
				b.broken("wrong type", b.describe(p), fmt.Sprintf("%s in the place of %s gives %s, although not set fails", show(other), show(v), said(then)))
			}
		}
	})
}

// canary is a text that no rule knows.
const canary = "c4n4ry"

// secrets: that a value is secret changes no verdict, and nothing that is said shows it.
func secrets(b *bench) {
	everything := slices.Clone(b.stack)
	for i, r := range everything {
		for _, s := range []side{inputs, outputs, provider} {
			fields := maps.Clone(*s.of(&r))
			for key, v := range fields {
				fields[key] = rule.Secret{Of: v}
			}
			*s.of(&r) = fields
		}
		everything[i] = r
	}
	unchanged := func(f rule.Finding, what string) {
		if f.Outcome != b.verdict.Outcome && !b.of.marks {
			b.broken("secret", what, fmt.Sprintf("secret gives %s, but plain %s", said(f), said(b.verdict)))
		}
	}
	unchanged(b.sensible(Resources(everything), func() string { return "everything secret" }), "everything")
	b.places([]side{inputs, outputs}, func(p place, v any) {
		unchanged(b.with(p, rule.Secret{Of: v}), b.describe(p))
		text, is := v.(string)
		if !is {
			return
		}
		for _, leaking := range [...]string{canary, text + canary, canaries(text)} {
			f := b.with(p, rule.Secret{Of: leaking})
			if strings.Contains(f.Problem+f.Fix+f.Property, canary) {
				b.broken("secret", b.describe(p), fmt.Sprintf("%q shows in: %s. Fix: %s. %s", leaking, f.Problem, f.Fix, f.Property))
			}
		}
	})
}

// hasMark reports that something in a value is secret.
func hasMark(v any) bool { return rule.Of(v).HasSecret() }

// canaries is a JSON document with every text in it replaced.
func canaries(text string) string {
	var document any
	if json.Unmarshal([]byte(text), &document) != nil {
		return canary
	}
	document = tree(document)
	walk(document, nil, func(at spot, v any) {
		if _, is := v.(string); is {
			document = put(document, at, canary)
		}
	})
	b, _ := json.Marshal(document)
	return string(b)
}

// order: neither the order of resources nor that of edges changes what is said.
func order(b *bench) {
	stack := slices.Clone(b.stack)
	for i, r := range stack {
		edges := map[string][]string{}
		for property, names := range r.Edges {
			edges[property] = slices.Clone(names)
			slices.Reverse(edges[property])
		}
		stack[i].Edges = edges
	}
	resources := Resources(stack)
	slices.Reverse(resources)
	then := b.sensible(resources, func() string { return "reversed" })
	if then.Verdict != b.verdict.Verdict {
		b.broken("order", "resources and edges", fmt.Sprintf("reversed gives %s, but as written %s", said(then), said(b.verdict)))
	}
}

// outputsOnly: of what was only read, the outputs say what the inputs would. They are all
// known.
func outputsOnly(b *bench) {
	stack := slices.Clone(b.stack)
	for i, r := range stack {
		out := maps.Clone(r.Out)
		if out == nil {
			out = map[string]any{}
		}
		maps.DeleteFunc(out, func(_ string, v any) bool { _, later := v.(rule.Computed); return later })
		maps.Copy(out, r.In)
		stack[i].In, stack[i].Out = nil, out
	}
	then := b.sensible(Resources(stack), func() string { return "only outputs" })
	if then.Outcome != b.verdict.Outcome {
		b.broken("outputs", "all resources", fmt.Sprintf("only outputs give %s, but inputs %s", said(then), said(b.verdict)))
	}
}

// otherType: the same properties on a type that the rule does not know are not judged,
// and nothing comes of a stack without the subject.
func otherType(b *bench) {
	for i, r := range b.resources {
		other := *r
		_, token, _ := strings.Cut(r.Type, ":")
		other.Type = rule.Canonical("other:" + token)
		retyped := slices.Clone(b.resources)
		retyped[i] = &other
		for what, resources := range map[string][]*rule.Resource{
			"another type": retyped, "without it": slices.Delete(slices.Clone(b.resources), i, i+1),
		} {
			then := b.sensible(resources, func() string { return what + ": " + r.Name })
			if r.URN == b.verdict.Resource.URN && then.Resource.URN == r.URN {
				b.broken("other type", r.Name, what+" gives "+said(then))
			}
		}
	}
}
