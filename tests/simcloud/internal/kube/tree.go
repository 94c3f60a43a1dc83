package kube

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Values are what JSON has (nil, bool, float64, string, []any, map[string]any), and Unknown.

// Unknown is a value that is not known before something else exists.
type Unknown struct{}

// tree is an object or a part of one, with readers that take a path such as "spec.template" and give the zero value for what is not there
// or unknown: most rules only look at what was given.
type tree map[string]any

func (t tree) get(path string) any {
	head, rest, deeper := strings.Cut(path, ".")
	v := t[head]
	if !deeper {
		return v
	}
	if _, unknown := v.(Unknown); unknown {
		return v
	}
	sub, _ := v.(map[string]any)
	return tree(sub).get(rest)
}

func (t tree) has(path string) bool { return t.get(path) != nil }

func (t tree) str(path string) string { s, _ := t.get(path).(string); return s }

// key reads the string under a name that may hold dots.
func (t tree) key(name string) string { s, _ := t[name].(string); return s }

func (t tree) sub(path string) tree { m, _ := t.get(path).(map[string]any); return m }

func (t tree) list(path string) []any { l, _ := t.get(path).([]any); return l }

// num reads a number; ok is false if there is none.
func (t tree) num(path string) (n float64, ok bool) { n, ok = t.get(path).(float64); return n, ok }

func (t tree) strs(path string) []string {
	var out []string
	for _, v := range t.list(path) {
		if s, ok := v.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

// set writes a value, making the maps on the way.
func (t tree) set(path string, v any) {
	head, rest, deeper := strings.Cut(path, ".")
	if !deeper {
		t[head] = v
		return
	}
	sub, ok := t[head].(map[string]any)
	if !ok {
		sub = map[string]any{}
		t[head] = sub
	}
	tree(sub).set(rest, v)
}

// remove takes a value away, and the maps that become empty with it.
func (t tree) remove(path string) {
	head, rest, deeper := strings.Cut(path, ".")
	if !deeper {
		delete(t, head)
		return
	}
	if sub, ok := t[head].(map[string]any); ok {
		tree(sub).remove(rest)
		if len(sub) == 0 {
			delete(t, head)
		}
	}
}

func clone[T any](v T) T {
	c, _ := cloneAny(v).(T)
	return c
}

func cloneAny(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, e := range v {
			out[k] = cloneAny(e)
		}
		return out
	case tree:
		return tree(clone(map[string]any(v)))
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = cloneAny(e)
		}
		return out
	}
	return v
}

// hasUnknown says whether anything in the value is unknown.
func hasUnknown(v any) bool {
	switch v := v.(type) {
	case Unknown:
		return true
	case map[string]any:
		for _, e := range v {
			if hasUnknown(e) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(v, hasUnknown)
	}
	return false
}

// withoutNulls drops what is null: to the API server it is as if it were not there.
func withoutNulls(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, e := range v {
			if e != nil {
				out[k] = withoutNulls(e)
			}
		}
		return out
	case []any:
		out := make([]any, 0, len(v))
		for _, e := range v {
			out = append(out, withoutNulls(e))
		}
		return out
	}
	return v
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// show prints a value as the API server does in messages.
func show(v any) string {
	switch v := v.(type) {
	case string:
		return fmt.Sprintf("%q", v)
	case float64:
		return fmt.Sprint(v)
	}
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(text)
}
