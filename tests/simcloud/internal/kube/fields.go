package kube

import (
	"reflect"
	"slices"
	"strings"
)

// fieldSet is the fields a manager owns, by path: .spec.replicas, .spec.template.spec.containers[name="app"].image. The elements of a
// list with keys are owned themselves, besides the fields in them.
type fieldSet map[string]bool

func (s fieldSet) sorted() []string { return sortedKeys(s) }

func (s fieldSet) under(path string) bool {
	for p := range s {
		if strings.HasPrefix(p, path) && (len(p) == len(path) || p[len(path)] == '.' || p[len(path)] == '[') {
			return true
		}
	}
	return false
}

// unowned are paths that identify an object or that the API server keeps itself.
var unowned = map[string]bool{
	".apiVersion": true, ".kind": true, ".metadata.name": true, ".metadata.namespace": true, ".metadata.uid": true,
	".metadata.resourceVersion": true, ".metadata.generation": true, ".metadata.creationTimestamp": true, ".metadata.managedFields": true,
	".metadata.selfLink": true,
}

// itself stands for the value of a list's element, or of an empty map.
type itself struct{}

// flatten maps every path that can have an owner to its value.
func flatten(f *field, v any) map[string]any {
	out := map[string]any{}
	flattenInto(f, v, "", out)
	for path := range out {
		if unowned[path] || path == ".status" || strings.HasPrefix(path, ".status.") {
			delete(out, path)
		}
	}
	return out
}

func flattenInto(f *field, v any, path string, out map[string]any) {
	switch v := v.(type) {
	case map[string]any:
		if f.isAtomic() {
			out[path] = v
			return
		}
		if len(v) == 0 {
			out[path] = itself{}
		}
		for name, e := range v {
			if c := f.child(name); c != nil && e != nil {
				flattenInto(c, e, path+"."+name, out)
			}
		}
	case []any:
		if f.oneOwner() {
			out[path] = v
			return
		}
		for _, e := range v {
			at := path + f.key(e)
			out[at] = itself{}
			if m, ok := e.(map[string]any); ok {
				for name, e := range m {
					if c := f.elem().child(name); c != nil && e != nil {
						flattenInto(c, e, at+"."+name, out)
					}
				}
			}
		}
	default:
		out[path] = v
	}
}

// oneOwner says whether a list has one owner for all its elements.
func (f *field) oneOwner() bool { return !f.Set && len(f.Keys) == 0 }

// isAtomic says whether a map or struct has one owner for all its fields.
func (f *field) isAtomic() bool {
	return f.Atomic || f.Is == "struct" && f.fields().Atomic
}

// key tells an element of the list apart from the others.
func (f *field) key(e any) string {
	if f.Set {
		return "[=" + show(e) + "]"
	}
	m, _ := e.(map[string]any)
	var parts []string
	for _, name := range slices.Sorted(slices.Values(f.Keys)) {
		v := m[name]
		if v == nil {
			if c := f.elem().child(name); c != nil {
				v = c.Default
			}
		}
		parts = append(parts, name+"="+show(v))
	}
	return "[" + strings.Join(parts, ",") + "]"
}

// setOf is the fields that a value gives.
func setOf(f *field, v any) fieldSet {
	out := fieldSet{}
	for path := range flatten(f, v) {
		out[path] = true
	}
	return out
}

// compare finds the fields that were changed or added, and those that are gone.
func compare(f *field, old, new any) (changed, removed fieldSet) {
	changed, removed = fieldSet{}, fieldSet{}
	was, is := flatten(f, old), flatten(f, new)
	for path, v := range is {
		if before, ok := was[path]; !ok || !reflect.DeepEqual(before, v) {
			changed[path] = true
		}
	}
	for path := range was {
		if _, ok := is[path]; !ok {
			removed[path] = true
		}
	}
	return changed, removed
}

// merge lays what is applied over what exists.
func merge(f *field, live, applied any) any {
	switch a := applied.(type) {
	case map[string]any:
		l, ok := live.(map[string]any)
		if !ok || f.isAtomic() {
			return clone(a)
		}
		out := clone(l)
		for name, v := range a {
			if c := f.child(name); c != nil {
				out[name] = merge(c, l[name], v)
			}
		}
		return out
	case []any:
		l, ok := live.([]any)
		if !ok || f.oneOwner() {
			return clone(a)
		}
		return mergeList(f, l, a)
	}
	return applied
}

// mergeList keeps the order of what is applied, and what only exists where it stands.
func mergeList(f *field, live, applied []any) []any {
	existing, wanted := map[string]any{}, map[string]bool{}
	for _, e := range live {
		existing[f.key(e)] = e
	}
	for _, e := range applied {
		wanted[f.key(e)] = true
	}
	var out []any
	done := map[string]bool{}
	add := func(e any) {
		key := f.key(e)
		done[key] = true
		if before, ok := existing[key]; ok {
			e = merge(f.elem(), before, e)
		}
		out = append(out, clone(e))
	}
	for _, e := range live {
		key := f.key(e)
		if !wanted[key] {
			add(e)
			continue
		}
		for !done[key] {
			add(applied[0])
			applied = applied[1:]
		}
	}
	for _, e := range applied {
		add(e)
	}
	return out
}

// prune takes the fields in gone out of the value, except what others own.
func prune(f *field, v any, path string, gone, others fieldSet) (out any, keep bool) {
	switch v := v.(type) {
	case map[string]any:
		if f.isAtomic() || len(v) == 0 {
			return v, !gone[path] || others[path]
		}
		out := map[string]any{}
		for name, e := range v {
			if c := f.child(name); c != nil && e != nil {
				// Of a field that nobody owns anything in any more nothing stays, not even defaults.
				if at := path + "." + name; f.Is == "struct" && gone.under(at) && !others.under(at) {
					continue
				}
				if e, keep := prune(c, e, path+"."+name, gone, others); keep {
					out[name] = e
				}
			}
		}
		return out, len(out) > 0
	case []any:
		if f.oneOwner() {
			return v, !gone[path] || others[path]
		}
		out := []any{}
		for _, e := range v {
			at := path + f.key(e)
			if gone[at] && !others.under(at) {
				continue
			}
			if m, ok := e.(map[string]any); ok {
				e, _ = prune(f.elem(), m, at, gone, others)
			}
			out = append(out, e)
		}
		return out, len(out) > 0 || len(v) == 0
	}
	return v, !gone[path] || others[path]
}

// duplicates lists the elements of lists with keys that have the same keys.
func duplicates(f *field, v any, path string) []string {
	var out []string
	switch v := v.(type) {
	case map[string]any:
		for _, name := range sortedKeys(v) {
			if c := f.child(name); c != nil {
				out = append(out, duplicates(c, v[name], path+"."+name)...)
			}
		}
	case []any:
		seen := map[string]bool{}
		for _, e := range v {
			if f.oneOwner() {
				continue
			}
			key := f.key(e)
			if seen[key] {
				out = append(out, path+": duplicate entries for key "+key)
			}
			seen[key] = true
			out = append(out, duplicates(f.elem(), e, path+key)...)
		}
	}
	return out
}
