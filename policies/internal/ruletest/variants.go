package ruletest

import (
	"reflect"
	"slices"
	"strings"

	"github.com/plinth-iac/plinth/policies/rule"
)

// variants are other values of the same type that a property could have.
func variants(v any) []any {
	switch v := v.(type) {
	case bool:
		return []any{!v}
	case int:
		return []any{0, v - 1, v + 1000}
	case float64:
		return []any{0, v - 1, v + 1000}
	case string:
		return []any{"", v + "x"}
	case rule.Secret:
		var marked []any
		for _, other := range variants(v.Of) {
			marked = append(marked, rule.Secret{Of: other})
		}
		return marked
	case map[string]any, []any:
		all := []any{empty(v)}
		walk(v, nil, func(at spot, inner any) {
			all = append(all, put(v, at, gone{}))
			switch inner.(type) {
			case map[string]any, []any:
				return // what is in them is visited
			}
			for _, other := range variants(inner) {
				all = append(all, put(v, at, other))
			}
		})
		return all
	}
	return nil
}

// empty is a list or an object without anything in it.
func empty(v any) any {
	if _, is := v.([]any); is {
		return []any{}
	}
	return map[string]any{}
}

// wrong are values of every type that a property with this value cannot have. What begins as
// a number, such as a percentage, can be one; truth values in texts are those truth values.
func wrong(v any) []any {
	texts, numbers, bools := []any{"wrong"}, []any{7}, []any{true, false}
	lists, objects := []any{[]any{}, []any{"wrong"}}, []any{map[string]any{}, map[string]any{"wrong": "wrong"}}
	switch v := v.(type) {
	case bool:
		bools = nil
	case int, float64:
		numbers = nil
	case string:
		texts = nil
		if v != "" && strings.ContainsRune("0123456789", rune(v[0])) {
			numbers = nil
		}
		if v == "true" || v == "false" {
			bools = nil
		}
	case []any:
		lists = nil
	case map[string]any:
		objects = nil
	default:
		return nil
	}
	var all []any
	for _, some := range [...][]any{texts, numbers, bools, lists, objects} {
		all = append(all, some...)
	}
	return append(all, asset{})
}

// asset is a value that is not looked into.
type asset struct{}

// vocabulary is what the cases of a package say, by where they say it.
type vocabulary struct {
	// said are all values.
	said map[word][]any
	// keys are the properties of each kind of object; the words have none.
	keys map[word][]string
	// named are the places at which a value is computed from another resource.
	named map[word]bool
}

// word is a property in the objects at one place of the resources of a type.
type word struct{ token, parent, key string }

// wordAt is the property at a spot of a resource; it has no key in the elements of a list.
func wordAt(r R, at spot) word {
	last := len(at) - 1
	key, _ := at[last].(string)
	return word{rule.Canonical(r.Type), at[:last].pattern(), key}
}

// learn is the vocabulary of some cases.
func learn(cases []Case) vocabulary {
	v := vocabulary{map[word][]any{}, map[word][]string{}, map[word]bool{}}
	for _, c := range cases {
		v.learn(trees(c.Stack))
	}
	return v
}

// learn adds what a stack says.
func (v vocabulary) learn(stack []R) {
	for _, r := range stack {
		walk(r.In, nil, func(at spot, value any) {
			w := wordAt(r, at)
			if kind := (word{w.token, w.parent, ""}); w.key != "" && !slices.Contains(v.keys[kind], w.key) {
				v.keys[kind] = append(v.keys[kind], w.key)
			}
			switch _, later := value.(rule.Computed); {
			case later:
				v.named[w] = v.named[w] || len(r.Edges[at[0].(string)]) > 0
			case value != nil && !slices.ContainsFunc(v.said[w], func(have any) bool { return reflect.DeepEqual(have, value) }):
				v.said[w] = append(v.said[w], value)
			}
		})
	}
}

// unsaid are the places of a resource at which other cases have something, and it has not.
func (v vocabulary) unsaid(r R) []spot {
	var found []spot
	look := func(at spot, value any) {
		fields, is := value.(map[string]any)
		if !is || fields == nil {
			return
		}
		for _, key := range v.keys[word{rule.Canonical(r.Type), at.pattern(), ""}] {
			if _, has := fields[key]; !has {
				found = append(found, at.below(key))
			}
		}
	}
	look(nil, r.In)
	walk(r.In, nil, look)
	return found
}
