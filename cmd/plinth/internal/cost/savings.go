package cost

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/plinth-iac/plinth/policies/rule"
)

// Saving is a change that makes a stack cheaper.
type Saving struct {
	// Change says what to change.
	Change string
	// Costs says what it costs in safety or in work.
	Costs string
	// USD is what it saves a month.
	USD float64
}

// change is a stack with a change in it.
type change struct {
	text, costs string
	resources   []*rule.Resource
}

// thrift is a way to save: the changes that it knows for a stack, of which one can be made.
type thrift struct {
	// development means that it takes away what production is made for.
	development bool
	changes     func(*stack) []change
}

// Savings are the changes that save something, the largest first: of each way to save
// the best one. What each saves is the difference of two estimates.
func Savings(g *rule.Graph, prices *Prices, usage Usage) []Saving {
	now := Estimate(g, prices, usage)
	s := &stack{g: g, prices: prices}
	var savings []Saving
	for _, t := range thrifts {
		if t.development && s.isProtected() {
			continue
		}
		var best Saving
		for _, c := range t.changes(s) {
			then := Estimate(rule.NewGraph(c.resources), prices, usage)
			saved := now.USD() - then.USD()
			if saved > best.USD && count(then.NotPriced) <= count(now.NotPriced) { // or it would save what is not known
				best = Saving{Change: c.text, Costs: c.costs, USD: saved}
			}
		}
		if best.USD >= leastSaving {
			savings = append(savings, best)
		}
	}
	slices.SortStableFunc(savings, func(a, b Saving) int { return cmp.Compare(b.USD, a.USD) })
	return savings
}

// leastSaving is what is worth a change, in USD a month.
const leastSaving = 1

func count(groups []Group) int {
	n := 0
	for _, g := range groups {
		n += len(g.Resources)
	}
	return n
}

// stack is what changes are made to.
type stack struct {
	g      *rule.Graph
	prices *Prices
}

// isProtected is whether anything may not be deleted: such a stack is no development.
func (s *stack) isProtected() bool {
	return slices.ContainsFunc(s.g.All(), func(r *rule.Resource) bool {
		return r.Protect || rule.IsTrue(r.Get("deletionProtection")) || rule.IsTrue(r.Get("enableDeletionProtection"))
	})
}

// with is the stack with some resources changed, or gone.
func (s *stack) with(edit func(*rule.Resource) *rule.Resource) []*rule.Resource {
	var resources []*rule.Resource
	for _, r := range s.g.All() {
		if changed := edit(r); changed != nil {
			resources = append(resources, changed)
		}
	}
	return resources
}

// without is the stack without some resources.
func (s *stack) without(gone ...*rule.Resource) []*rule.Resource {
	return s.with(func(r *rule.Resource) *rule.Resource {
		if slices.Contains(gone, r) {
			return nil
		}
		return r
	})
}

// set is a resource with another value of an input.
func set(r *rule.Resource, property string, value any) *rule.Resource {
	changed := *r
	changed.Inputs = maps.Clone(r.Inputs)
	if changed.Inputs == nil {
		changed.Inputs = rule.Fields{}
	}
	changed.Inputs[property] = rule.Of(value)
	return &changed
}

// replaced is a value with some of the texts in it replaced.
func replaced(v any, by func(string) string) any {
	switch v := v.(type) {
	case string:
		return by(v)
	case []any:
		items := make([]any, len(v))
		for i, item := range v {
			items[i] = replaced(item, by)
		}
		return items
	case map[string]any:
		fields := make(map[string]any, len(v))
		for key, field := range v {
			fields[key] = replaced(field, by)
		}
		return fields
	}
	return v
}

// rewritten is the stack with texts replaced in inputs of resources of some types, and
// the names of the resources in which there are any.
func (s *stack) rewritten(types []string, properties []string, by func(*rule.Resource, string) string) ([]*rule.Resource, []string) {
	var names []string
	resources := s.with(func(r *rule.Resource) *rule.Resource {
		if !slices.Contains(types, r.Type) {
			return r
		}
		changed := r
		for _, property := range properties {
			plain, known := rule.Plain(r.Get(property))
			if !known || r.Get(property).IsAbsent() {
				continue
			}
			differs := false
			value := replaced(plain, func(old string) string {
				now := by(r, old)
				differs = differs || now != old
				return now
			})
			if differs {
				changed = set(changed, property, value)
			}
		}
		if changed != r {
			names = append(names, r.Name)
		}
		return changed
	})
	return resources, names
}

// one is a single change, unless it changes nothing.
func one(names []string, resources []*rule.Resource, text, costs string) []change {
	if len(names) == 0 {
		return nil
	}
	return []change{{text: fmt.Sprintf(text, listed(names)), costs: costs, resources: resources}}
}

// mostNamed is how many resources a change names before it only counts.
const mostNamed = 3

func listed(names []string) string {
	if more := len(names) - mostNamed; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:mostNamed], ", "), more)
	}
	return strings.Join(names, ", ")
}
