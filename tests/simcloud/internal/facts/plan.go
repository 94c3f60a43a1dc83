package facts

import (
	"slices"
	"strings"
)

// Plan gives the outputs a new resource will have as far as they are known before it exists: its inputs, and Unknown for what AWS
// fills in.
func (t *Type) Plan(inputs map[string]any) map[string]any {
	out := Clone(inputs)
	StripDefaults(out)
	for name, p := range t.Properties {
		if out[name] == nil {
			if p.Computed {
				out[name] = Unknown{}
			} else {
				delete(out, name)
			}
			continue
		}
		planNested(p, out[name])
	}
	return out
}

func planNested(p *Property, v any) {
	switch v := v.(type) {
	case map[string]any:
		if p.Kind != Object {
			return
		}
		for name, sub := range p.Nested {
			if v[name] != nil {
				planNested(sub, v[name])
			} else if sub.Computed {
				v[name] = Unknown{}
			}
		}
	case []any:
		for _, e := range v {
			planNested(p.Elem, e)
		}
	}
}

// Recomputed lists the computed properties that an update changes.
func (t *Type) Recomputed(state, news map[string]any, ignore []string) []string {
	for path := range t.Diff(state, news, ignore).Changes {
		root := strings.FieldsFunc(path, func(c rune) bool { return c == '.' || c == '[' })[0]
		if !slices.Contains(t.Quiet, root) {
			return t.Recompute
		}
	}
	return nil
}

// Merge gives the outputs after an update: what exists, with the wanted inputs over it and what the program took back removed. Paths in
// ignore keep what exists, and so does what the provider decides to keep.
func (t *Type) Merge(state, news map[string]any, ignore []string) map[string]any {
	skip := map[string]bool{}
	for _, path := range append(t.kept(state, news), ignore...) {
		skip[path] = true
	}
	return mergeLevel(t.Properties, state, news, skip, "", true)
}

func mergeLevel(level map[string]*Property, state, news map[string]any, skip map[string]bool, path string, top bool) map[string]any {
	out := map[string]any{}
	for name, v := range state {
		p := level[name]
		if p == nil || p.Computed || top && !p.Input && name != "tagsAll" || skip[join(path, name)] {
			out[name] = clone(v)
		}
	}
	for name, v := range news {
		at := join(path, name)
		if name == DefaultsKey || v == nil || skip[at] {
			continue
		}
		want, wantObject := v.(map[string]any)
		have, haveObject := state[name].(map[string]any)
		if p := level[name]; p != nil && p.Kind == Object && p.Nested != nil && wantObject && haveObject {
			out[name] = mergeLevel(p.Nested, have, want, skip, at, false)
			continue
		}
		fresh := clone(v)
		StripDefaults(fresh)
		out[name] = fresh
	}
	return out
}

// Inputs reads inputs back from what exists. With the inputs of the last deployment, only their properties and what somebody else has set
// since are read, so that nothing changed means nothing to report; without (import), everything that can be set and is.
func (t *Type) Inputs(state, olds map[string]any) map[string]any {
	out := map[string]any{}
	for _, name := range sortedKeys(t.Properties) {
		p, v := t.Properties[name], state[name]
		old, had := olds[name]
		switch {
		case !p.Input && !(name == "tagsAll" && had):
		case had && old != nil && t.unchanged(name, state, olds):
			out[name] = clone(old)
		case had && old != nil:
			if back := readBack(p, v, old); back != nil {
				out[name] = back
			}
		case v == nil || zero(v) || p.Default != nil && olds != nil && equalScalar(p.Default, v):
		case olds != nil && p.Computed:
		case conflicts(p, name, out):
		default:
			out[name] = clone(v)
		}
	}
	if marks, ok := olds[DefaultsKey]; ok {
		out[DefaultsKey] = clone(marks)
	} else {
		out[DefaultsKey] = []any{}
	}
	return out
}

func conflicts(p *Property, name string, out map[string]any) bool {
	for _, group := range [][]string{p.Conflicts, p.ExactlyOne} {
		for _, rel := range group {
			if rel != "./"+name && len(rel) > 2 && out[rel[2:]] != nil {
				return true
			}
		}
	}
	return false
}

// readBack reads one property that the program had set, in the shape the program gave it.
func readBack(p *Property, v, old any) any {
	if v == nil {
		if zero(old) {
			return clone(old)
		}
		return nil
	}
	switch v := v.(type) {
	case map[string]any:
		prior, ok := old.(map[string]any)
		if !ok || p.Kind != Object || p.Nested == nil {
			return clone(v)
		}
		out := map[string]any{}
		for name, e := range v {
			sub := p.Nested[name]
			if sub == nil {
				continue
			}
			if was, had := prior[name]; had && was != nil {
				if back := readBack(sub, e, was); back != nil {
					out[name] = back
				}
			} else if !sub.Computed && !zero(e) && (sub.Default == nil || !equalScalar(sub.Default, e)) {
				out[name] = clone(e)
			}
		}
		for name, was := range prior {
			if name == DefaultsKey || out[name] == nil && zero(was) && was != nil {
				out[name] = clone(was)
			}
		}
		return out
	case []any:
		prior, ok := old.([]any)
		if !ok || p.Elem == nil {
			return clone(v)
		}
		if p.Nested != nil && !p.Ordered {
			v = (&differ{}).align(p, v, prior)
		} else if p.Nested == nil && !p.Ordered && mustJSON(sorted(v)) == mustJSON(sorted(prior)) {
			return clone(prior)
		}
		out := make([]any, 0, len(v))
		for i, e := range v {
			switch {
			case e == nil:
			case i < len(prior):
				out = append(out, readBack(p.Elem, e, prior[i]))
			default:
				out = append(out, clone(e))
			}
		}
		return out
	}
	if equalScalar(v, old) {
		return clone(old)
	}
	return clone(v)
}

// Secrets lists the top-level properties whose value, or a part of it, must not be shown.
func (t *Type) Secrets() []string {
	var out []string
	for _, name := range sortedKeys(t.Properties) {
		if sensitive(t.Properties[name]) {
			out = append(out, name)
		}
	}
	return out
}

func sensitive(p *Property) bool {
	if p.Sensitive {
		return true
	}
	for _, sub := range p.Nested {
		if sensitive(sub) {
			return true
		}
	}
	return false
}
