package ruletest

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/plinth-iac/plinth/policies/rule"
)

// bench judges a case's subject, in the case's stack and in stacks in which one thing is
// different.
type bench struct {
	rule     *rule.Rule
	c        Case
	settings rule.Settings
	of       *coverage
	// stack is the case's, its values as trees.
	stack []R
	// resources are made of the stack. They are never changed.
	resources []*rule.Resource
	urns      map[string]string
	// ids are the texts that name a resource of the stack.
	ids map[string]bool
	// verdict is the one on the stack as it is.
	verdict rule.Finding
	broken  func(law, at, what string)
}

func newBench(r *rule.Rule, c Case, of *coverage) *bench {
	profile := c.Profile
	if profile == "" {
		profile = rule.Production
	}
	b := &bench{rule: r, c: c, settings: r.Defaults(profile), of: of, stack: trees(c.Stack), urns: urns(c.Stack)}
	maps.Copy(b.settings, c.Settings)
	b.resources = Resources(b.stack)
	b.ids = map[string]bool{}
	for _, r := range b.stack {
		for _, property := range nameProperties(r) {
			for _, fields := range [...]map[string]any{r.In, r.Out} {
				if id, is := fields[property].(string); is && id != "" {
					b.ids[id] = true
				}
			}
		}
	}
	return b
}

// trees is a stack with its values as trees.
func trees(stack []R) []R {
	stack = slices.Clone(stack)
	for i, r := range stack {
		stack[i].In, stack[i].Out, stack[i].Provider = object(r.In), object(r.Out), object(r.Provider)
	}
	return stack
}

// judge is the verdict on the subject among some resources; the zero one if it is not
// there, or of a type that the rule is not about.
func (b *bench) judge(resources []*rule.Resource) (rule.Finding, error) {
	g := rule.NewGraph(resources)
	concerned := g.Of(b.rule.Types...)
	for _, r := range resources {
		if b.isSubject(r) && slices.Contains(concerned, r) {
			return rule.Run(b.rule, g, r, b.settings)
		}
	}
	return rule.Finding{Rule: b.rule, Resource: &rule.Resource{}}, nil
}

// isSubject reports that a resource is the one that the case is about: the first one of
// the stack, as it is, that can be.
func (b *bench) isSubject(r *rule.Resource) bool {
	if b.verdict.Resource != nil && b.verdict.Resource.URN != "" {
		return r.URN == b.verdict.Resource.URN
	}
	return b.c.Subject == "" || r.Name == b.c.Subject
}

// side is one of the property maps of a resource.
type side uint8

const (
	inputs side = iota
	outputs
	provider
)

func (s side) of(r *R) *map[string]any {
	return [...]*map[string]any{&r.In, &r.Out, &r.Provider}[s]
}

// place is one property of one resource of a stack.
type place struct {
	resource int
	side     side
	at       spot
}

// places visits every property of a stack, at any depth.
func (b *bench) places(sides []side, visit func(place, any)) {
	for i, r := range b.stack {
		for _, s := range sides {
			walk(*s.of(&r), nil, func(at spot, v any) { visit(place{i, s, at}, v) })
		}
	}
}

// describe is a place in words.
func (b *bench) describe(p place) string {
	r := b.stack[p.resource]
	return fmt.Sprintf("%s of %s %s", [...]string{"", "output ", "provider's "}[p.side]+p.at.String(), rule.Kind(r.Type), r.Name)
}

// with is the verdict while one property has another value. What is asked for is what
// comes of it, if the provider says so too.
func (b *bench) with(p place, v any) rule.Finding {
	r := b.stack[p.resource]
	fields := p.side.of(&r)
	*fields = put(*fields, p.at, v).(map[string]any)
	top := p.at[0].(string)
	if asked, set := r.In[top]; set && p.side == inputs && r.Out[top] != nil {
		r.Out = put(r.Out, spot{top}, asked).(map[string]any)
	}
	return b.sensible(b.replaced(p.resource, r), func() string { return b.describe(p) + ": " + show(v) })
}

// replaced is the stack's resources with another one in the place of one.
func (b *bench) replaced(i int, r R) []*rule.Resource {
	resources := slices.Clone(b.resources)
	resources[i] = resourceOf(r, b.urns)
	return resources
}

// sensible judges, and sees that the verdict is one that can be shown. It is not known
// after a panic, so that no other law has to look.
func (b *bench) sensible(resources []*rule.Resource, what func() string) rule.Finding {
	f, err := b.judge(resources)
	switch {
	case err != nil:
		b.broken("no panic", "", what()+": "+err.Error())
		f.Outcome = rule.Unknown
	case f.Outcome == rule.Fail && (f.Problem == "" || f.Fix == ""):
		b.broken("words", "", fmt.Sprintf("%s: a failure needs a problem and a fix: %+v", what(), f.Verdict))
	case f.Outcome == rule.Unknown && (f.Property == "" || f.Why == ""):
		b.broken("words", "", fmt.Sprintf("%s: what is unknown needs a property and a reason: %+v", what(), f.Verdict))
	}
	return f
}

// computed reports that a property was computed from other resources.
func (b *bench) computed(p place) bool {
	return p.side == inputs && len(b.stack[p.resource].Edges[p.at[0].(string)]) > 0
}

// naming is how a value refers to other resources.
type naming uint8

const (
	byNothing naming = iota
	// byEdge is for a value that is not known.
	byEdge
	// literally is for an id, an ARN, and what is where other cases refer to something.
	literally
)

// names is how the value of a property, or something in it, refers to other resources, and
// how often it does.
func (b *bench) names(p place, v any) (how naming, count int) {
	look := func(at spot, v any) {
		text, _ := v.(string)
		switch _, later := v.(rule.Computed); {
		case later:
			how = max(how, byEdge)
			count++
		case b.ids[text], strings.HasPrefix(text, "arn:"), b.of.words.named[wordAt(b.stack[p.resource], p.below(at).at)]:
			how = literally
		}
	}
	look(nil, v)
	walk(v, nil, look)
	return how, count
}

// nameProperties are the properties that tell a resource from all others of its type.
func nameProperties(r R) []string {
	kind := rule.Kind(rule.Canonical(r.Type))
	return []string{"id", "arn", "name", strings.ToLower(kind[:1]) + kind[1:]}
}

// taken reports that a value is the name of another resource of the type.
func (b *bench) taken(p place, v any) bool {
	r := b.stack[p.resource]
	name, is := v.(string)
	if !is || len(p.at) > 1 || !slices.Contains(nameProperties(r), p.at[0].(string)) {
		return false
	}
	return slices.ContainsFunc(b.stack, func(other R) bool {
		return other.Name != r.Name && rule.Canonical(other.Type) == rule.Canonical(r.Type) && other.In[p.at[0].(string)] == name
	})
}

// below is a place in the value of another one.
func (p place) below(at spot) place {
	p.at = append(slices.Clip(p.at), at...)
	return p
}

// said is a verdict in words.
func said(f rule.Finding) string {
	words := strings.Trim(f.Problem+f.Property+": "+f.Why, ": ")
	if words == "" {
		return f.Outcome.String()
	}
	return f.Outcome.String() + " (" + words + ")"
}
