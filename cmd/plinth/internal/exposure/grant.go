package exposure

import (
	"fmt"
	"slices"
	"strings"
)

// statement is one statement of a policy document: what some principals may do by some actions
// with some resources, or may not if it is denied. A policy of an identity has the principal "".
type statement struct {
	allow                          bool
	principals, actions, resources []pattern
	conditions                     []condition
}

// grant is what a statement says of one principal, action and resource.
type grant struct {
	principal, action, resource pattern
	conditions                  []condition
}

// alone is a grant as a statement.
func (g grant) alone() statement {
	return statement{principals: []pattern{g.principal}, actions: []pattern{g.action}, resources: []pattern{g.resource}, conditions: g.conditions}
}

// grants are all that a statement says.
func (s statement) grants() []grant {
	var all []grant
	for _, p := range s.principals {
		for _, a := range s.actions {
			for _, r := range s.resources {
				all = append(all, grant{p, a, r, s.conditions})
			}
		}
	}
	return all
}

// key is the same for statements that are written in the same way.
func (s statement) key() string {
	return fmt.Sprintf("%q", []any{s.principals, s.actions, s.resources, s.conditions})
}

func (s statement) within(others *rights) bool { return len(s.beyond(others)) == 0 }

// beyond is what is left of a statement without what others say.
func (s statement) beyond(others *rights) []statement {
	if len(s.principals)*len(s.actions)*len(s.resources) == 0 || len(others.same) > 0 && others.same[s.key()] {
		return nil
	}
	rest := []statement{s}
	for _, o := range others.statements {
		if slices.ContainsFunc(o.conditions, func(c condition) bool { return !slices.ContainsFunc(s.conditions, c.holdsIf) }) {
			continue
		}
		var left []statement
		for _, part := range rest {
			left = append(left, part.without(o)...)
		}
		rest = left
	}
	return rest
}

// without is the parts of a statement that another one does not say. As all of its actions are
// for all of its resources, each list is compared by itself.
func (s statement) without(o statement) []statement {
	whole := s
	var rest []statement
	for _, of := range [...]func(*statement) *[]pattern{
		func(s *statement) *[]pattern { return &s.principals },
		func(s *statement) *[]pattern { return &s.actions },
		func(s *statement) *[]pattern { return &s.resources },
	} {
		var in, out []pattern
		for _, p := range *of(&s) {
			if slices.ContainsFunc(*of(&o), p.within) {
				in = append(in, p)
			} else {
				out = append(out, p)
			}
		}
		if len(in) == 0 {
			return []statement{whole}
		}
		if len(out) > 0 {
			part := s
			*of(&part) = out
			rest = append(rest, part)
		}
		*of(&s) = in
	}
	return rest
}

// foremost puts first what no old statement has: the values of conditions, and the conditions.
func foremost(conditions []condition, old []statement) []condition {
	isOld := func(c condition, value string) bool {
		return slices.ContainsFunc(old, func(s statement) bool {
			return slices.ContainsFunc(s.conditions, func(o condition) bool {
				return strings.EqualFold(o.key, c.key) && like(o.operator) == like(c.operator) &&
					slices.ContainsFunc(o.values, func(v string) bool { return o.accepts(v, value) })
			})
		})
	}
	sorted := slices.Clone(conditions)
	for i, c := range sorted {
		sorted[i].values = slices.Clone(c.values)
		slices.SortStableFunc(sorted[i].values, func(a, b string) int { return compare(isOld(c, a), isOld(c, b)) })
	}
	slices.SortStableFunc(sorted, func(a, b condition) int {
		return compare(len(a.values) == 0 || isOld(a, a.values[0]), len(b.values) == 0 || isOld(b, b.values[0]))
	})
	return sorted
}
