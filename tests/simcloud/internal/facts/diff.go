package facts

import (
	"encoding/json"
	"reflect"
	"sort"
	"strconv"
	"strings"
)

// Change is how one property path differs between what exists and what is wanted.
type Change int

// The changes.
const (
	Add Change = iota
	Modify
	Remove
)

// Delta is what has to change: by property path, and which of the paths force a replacement.
type Delta struct {
	Changes map[string]Change
	Replace map[string]bool
}

// Empty says that nothing changes.
func (d *Delta) Empty() bool { return len(d.Changes) == 0 }

// Replaces says that the resource must be replaced.
func (d *Delta) Replaces() bool { return len(d.Replace) > 0 }

// Diff compares what exists (state, the outputs) with what is wanted (checked inputs), as the provider plans it. Paths in ignore, and below
// them, do not count.
func (t *Type) Diff(state, news map[string]any, ignore []string) *Delta {
	d := &differ{Delta: Delta{Changes: map[string]Change{}, Replace: map[string]bool{}}, noUpdate: t.NoUpdate}
	for _, name := range sortedKeys(t.Properties) {
		if p := t.Properties[name]; p.Input || name == "tagsAll" && news[name] != nil {
			d.property(p, state[name], news[name], name)
		}
	}
	t.settle(&d.Delta, state, news)
	for path := range d.Changes {
		for _, skip := range ignore {
			if path == skip || strings.HasPrefix(path, skip+".") || strings.HasPrefix(path, skip+"[") {
				delete(d.Changes, path)
				delete(d.Replace, path)
			}
		}
	}
	return &d.Delta
}

type differ struct {
	Delta
	noUpdate bool
}

func (d *differ) mark(p *Property, path string, c Change) {
	d.Changes[path] = c
	if p.ForceNew || d.noUpdate && path != "tags" && path != "tagsAll" {
		d.Replace[path] = true
	}
}

func (d *differ) property(p *Property, state, want any, path string) {
	switch {
	case want == nil && (p.Computed || zero(state)):
		// Left to AWS, or nothing there.
	case want == nil && p.Default != nil && equalScalar(p.Default, state):
		// A nested default that an older deployment did not write down.
	case want == nil:
		d.mark(p, path, Remove)
	case state == nil && zero(want):
		// Writing down an empty value changes nothing.
	case state == nil:
		d.mark(p, path, Add)
	default:
		d.compare(p, state, want, path)
	}
}

func (d *differ) compare(p *Property, state, want any, path string) {
	switch want := want.(type) {
	case map[string]any:
		state, ok := state.(map[string]any)
		if !ok {
			d.mark(p, path, Modify)
			return
		}
		if p.Kind == Object && p.Nested != nil {
			for _, name := range sortedKeys(p.Nested) {
				d.property(p.Nested[name], state[name], want[name], join(path, name))
			}
			return
		}
		d.entries(p, state, want, path)
	case []any:
		state, ok := state.([]any)
		if !ok {
			d.mark(p, path, Modify)
			return
		}
		d.list(p, state, want, path)
	default:
		if !equalScalar(state, want) {
			d.mark(p, path, Modify)
		}
	}
}

func (d *differ) entries(p *Property, state, want map[string]any, path string) {
	for _, key := range sortedKeys(want) {
		if key == DefaultsKey {
			continue
		}
		have, ok := state[key]
		switch {
		case !ok:
			d.mark(p, join(path, key), Add)
		case !equalScalar(have, want[key]):
			d.mark(p, join(path, key), Modify)
		}
	}
	for _, key := range sortedKeys(state) {
		if _, ok := want[key]; !ok {
			d.mark(p, join(path, key), Remove)
		}
	}
}

func (d *differ) list(p *Property, state, want []any, path string) {
	at := func(i int) string { return path + "[" + strconv.Itoa(i) + "]" }
	if !p.Ordered && p.Nested == nil {
		d.set(p, state, want, at)
		return
	}
	if !p.Ordered {
		state = d.align(p, state, want)
	}
	for i := range want {
		if i >= len(state) || state[i] == nil {
			d.mark(p, at(i), Add)
			continue
		}
		before := len(d.Changes)
		d.compare(p.Elem, state[i], want[i], at(i))
		if p.ForceNew && len(d.Changes) > before {
			d.mark(p, at(i), Modify)
		}
	}
	for i := len(want); i < len(state); i++ {
		d.mark(p, at(i), Remove)
	}
}

// set compares lists of scalars whose order means nothing. A path names the position in the list that has the value.
func (d *differ) set(p *Property, state, want []any, at func(int) string) {
	gone := map[int]bool{}
	for j := range state {
		gone[j] = true
	}
	var added []int
next:
	for i, w := range want {
		for j, s := range state {
			if gone[j] && equalScalar(s, w) {
				delete(gone, j)
				continue next
			}
		}
		added = append(added, i)
	}
	for j := range gone {
		d.mark(p, at(j), Remove)
	}
	for _, i := range added {
		change := Add
		if gone[i] {
			change = Modify
		}
		d.mark(p, at(i), change)
	}
}

// align orders a set of existing blocks so that those equal to a wanted one stand at its place.
func (d *differ) align(p *Property, state, want []any) []any {
	out := make([]any, len(want), len(want)+len(state))
	used := make([]bool, len(state))
	for i, w := range want {
		for j, s := range state {
			if used[j] {
				continue
			}
			probe := &differ{Delta: Delta{Changes: map[string]Change{}, Replace: map[string]bool{}}}
			probe.compare(p.Elem, s, w, "")
			if probe.Empty() {
				out[i], used[j] = s, true
				break
			}
		}
	}
	for j, s := range state {
		if used[j] {
			continue
		}
		placed := false
		for i := range out {
			if out[i] == nil {
				out[i], placed = s, true
				break
			}
		}
		if !placed {
			out = append(out, s)
		}
	}
	return out
}

func sorted(list []any) []any {
	out := append([]any(nil), list...)
	sort.SliceStable(out, func(i, j int) bool { return mustJSON(out[i]) < mustJSON(out[j]) })
	return out
}

func zero(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case bool:
		return !v
	case float64:
		return v == 0
	case string:
		return v == ""
	case []any:
		return len(v) == 0
	case map[string]any:
		for k, e := range v {
			if k != DefaultsKey && !zero(e) {
				return false
			}
		}
		return true
	}
	return false
}

// equalScalar compares values as the provider does: 80 equals "80", and JSON documents are equal when they mean the same.
func equalScalar(a, b any) bool {
	if _, unknown := b.(Unknown); unknown {
		return false
	}
	if sa, ok := scalar(String, a); ok {
		if sb, ok := scalar(String, b); ok {
			ta, isA := sa.(string)
			tb, isB := sb.(string)
			return isA && isB && (ta == tb || SameDocument(ta, tb)) || !isA && !isB && reflect.DeepEqual(a, b)
		}
	}
	return reflect.DeepEqual(a, b)
}

// SameDocument says whether two JSON documents mean the same policy: order of keys and of actions, resources and principals does not
// count, nor whether a single value is written as a list.
func SameDocument(a, b string) bool {
	if !strings.HasPrefix(strings.TrimSpace(a), "{") && !strings.HasPrefix(strings.TrimSpace(a), "[") {
		return false
	}
	var da, db any
	if json.Unmarshal([]byte(a), &da) != nil || json.Unmarshal([]byte(b), &db) != nil {
		return false
	}
	return reflect.DeepEqual(canonical(da, ""), canonical(db, ""))
}

func canonical(v any, key string) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for k, e := range v {
			out[k] = canonical(e, k)
		}
		if key == "Statement" {
			return []any{out}
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = canonical(e, "")
		}
		if key == "Statement" {
			return out
		}
		if out = sorted(out); len(out) == 1 {
			return out[0]
		}
		return out
	}
	return v
}
