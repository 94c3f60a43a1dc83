package ruletest

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/plinth-iac/plinth/policies/rule"
)

// gone is the value of what is taken away.
type gone struct{}

// spot is a place in a fixture's values: keys of objects and indexes of lists.
type spot []any

// String is the spot as messages show it, such as `devices[0].encrypted`.
func (s spot) String() string { return s.text(func(i int) string { return fmt.Sprintf("[%d]", i) }) }

// pattern is the spot with all elements of a list as one.
func (s spot) pattern() string { return s.text(func(int) string { return "[]" }) }

func (s spot) text(index func(int) string) string {
	var b strings.Builder
	for _, step := range s {
		if i, ok := step.(int); ok {
			b.WriteString(index(i))
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('.')
		}
		b.WriteString(step.(string))
	}
	return b.String()
}

// below is the spot of a child.
func (s spot) below(step any) spot { return append(slices.Clip(s), step) }

// tree is a fixture's value with its lists in one form, so that it can be walked.
func tree(v any) any {
	switch v := v.(type) {
	case []string:
		items := make([]any, len(v))
		for i, item := range v {
			items[i] = item
		}
		return items
	case []any:
		items := make([]any, len(v))
		for i, item := range v {
			items[i] = tree(item)
		}
		return items
	case map[string]any:
		return object(v)
	case rule.Secret:
		return rule.Secret{Of: tree(v.Of)}
	}
	return v
}

func object(fields map[string]any) map[string]any {
	if fields == nil {
		return nil
	}
	made := make(map[string]any, len(fields))
	for key, field := range fields {
		made[key] = tree(field)
	}
	return made
}

// walk visits everything in a tree, outer before inner and by key; the tree itself too,
// unless it is a whole property map.
func walk(v any, at spot, visit func(spot, any)) {
	if len(at) > 0 {
		visit(at, v)
	}
	switch v := v.(type) {
	case []any:
		for i, item := range v {
			walk(item, at.below(i), visit)
		}
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			walk(v[key], at.below(key), visit)
		}
	}
}

// put is a copy of a tree with one place of it set to a value, or gone.
func put(v any, at spot, to any) any {
	if len(at) == 0 {
		return to
	}
	switch v := v.(type) {
	case []any:
		i, items := at[0].(int), slices.Clone(v)
		if len(at) == 1 && isGone(to) {
			return slices.Delete(items, i, i+1)
		}
		items[i] = put(v[i], at[1:], to)
		return items
	case map[string]any:
		key := at[0].(string)
		fields := maps.Clone(v)
		if len(at) == 1 && isGone(to) {
			delete(fields, key)
		} else {
			fields[key] = put(v[key], at[1:], to)
		}
		return fields
	}
	return v
}

func isGone(v any) bool { _, is := v.(gone); return is }

// show is a fixture's value as messages show it.
func show(v any) string {
	switch v := v.(type) {
	case gone:
		return "not set"
	case []any, map[string]any:
		return fmt.Sprintf("%+v", v)
	}
	return rule.Of(v).String()
}
