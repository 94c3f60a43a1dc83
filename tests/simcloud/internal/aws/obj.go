package aws

import "strings"

// Obj is the properties of a resource, with readers that take a path such as "launchTemplate.id" and give the zero value for what is not
// there: most rules only look at what was given.
type Obj map[string]any

// Get finds the value at a path.
func (o Obj) Get(path string) any {
	head, rest, deeper := strings.Cut(path, ".")
	v := o[head]
	if !deeper {
		return v
	}
	return sub(v).Get(rest)
}

func sub(v any) Obj {
	switch v := v.(type) {
	case map[string]any:
		return v
	case Obj:
		return v
	case []any: // a block that may occur once is a list in a few types
		if len(v) > 0 {
			return sub(v[0])
		}
	}
	return nil
}

// Has says whether the path holds something.
func (o Obj) Has(path string) bool {
	switch v := o.Get(path).(type) {
	case nil:
		return false
	case string:
		return v != ""
	case []any:
		return len(v) > 0
	case map[string]any:
		return len(v) > 0
	}
	return true
}

// Str reads a string.
func (o Obj) Str(path string) string { s, _ := o.Get(path).(string); return s }

// Bool reads a boolean; "true" counts, as some types carry booleans as text.
func (o Obj) Bool(path string) bool { v := o.Get(path); return v == true || v == "true" }

// Int reads a whole number.
func (o Obj) Int(path string) int { f, _ := o.Get(path).(float64); return int(f) }

// Strs reads a list of strings.
func (o Obj) Strs(path string) []string {
	list, _ := o.Get(path).([]any)
	var out []string
	for _, v := range list {
		if s, ok := v.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

// Objs reads a list of blocks; a single block counts as a list of one.
func (o Obj) Objs(path string) []Obj {
	switch v := o.Get(path).(type) {
	case []any:
		var out []Obj
		for _, e := range v {
			if b := sub(e); b != nil {
				out = append(out, b)
			}
		}
		return out
	case map[string]any:
		return []Obj{v}
	}
	return nil
}

// Obj reads a block.
func (o Obj) Obj(path string) Obj { return sub(o.Get(path)) }

// anys brings texts to the form in which properties hold them.
func anys(texts []string) []any {
	out := make([]any, len(texts))
	for i, t := range texts {
		out[i] = t
	}
	return out
}
