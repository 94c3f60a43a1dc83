package facts

import (
	"encoding/json"
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"
)

// Failure is one thing the provider finds wrong with a resource's inputs.
type Failure struct {
	// Property is the path of the property, such as "healthCheck.path" or "rules[0].action".
	Property string
	Reason   string
}

// Check judges inputs as the provider does before any call to AWS, and brings scalars to their declared type in place.
func (t *Type) Check(inputs map[string]any) []Failure {
	c := &checker{root: inputs}
	c.object(t.Properties, inputs, "", true)
	sort.SliceStable(c.failures, func(i, j int) bool { return c.failures[i].Property < c.failures[j].Property })
	return c.failures
}

// Gaps lists the given properties, as "type property", of which the facts know no more than name and shape.
func (t *Type) Gaps(inputs map[string]any) []string {
	var out []string
	var walk func(level map[string]*Property, v any, path string)
	walk = func(level map[string]*Property, v any, path string) {
		switch v := v.(type) {
		case map[string]any:
			for name, e := range v {
				if p := level[name]; p != nil && e != nil {
					if p.New {
						out = append(out, t.Token+" "+join(path, name))
					}
					walk(p.Nested, e, join(path, name))
				}
			}
		case []any:
			for _, e := range v {
				walk(level, e, path)
			}
		}
	}
	walk(t.Properties, inputs, "")
	return out
}

type checker struct {
	root     map[string]any
	failures []Failure
	groups   map[string]bool
}

func (c *checker) fail(path, format string, args ...any) {
	c.failures = append(c.failures, Failure{Property: path, Reason: fmt.Sprintf(format, args...)})
}

func (c *checker) object(level map[string]*Property, value map[string]any, path string, top bool) {
	for _, name := range sortedKeys(value) {
		if name == DefaultsKey || value[name] == nil || top && name == "tagsAll" {
			continue
		}
		at := join(path, name)
		p := level[name]
		if p == nil || top && !p.Input {
			c.fail(at, "Invalid or unknown key")
			continue
		}
		value[name] = c.value(p, value[name], at)
	}
	for _, name := range sortedKeys(level) {
		p := level[name]
		if p.Required && value[name] == nil {
			c.fail(join(path, name), "Missing required argument: The argument %q is required, but no definition was found.", p.Terraform)
		}
		c.relations(p, name, value, path)
	}
}

func (c *checker) value(p *Property, v any, path string) any {
	switch v := v.(type) {
	case Unknown:
		return v
	case map[string]any:
		switch p.Kind {
		case Any: // a policy document given as an object: the provider writes it as JSON
			if hasUnknown(v) {
				return Unknown{}
			}
			return mustJSON(v)
		case Object:
			if p.Nested != nil {
				c.object(p.Nested, v, path, false)
			}
			return v
		case Map:
			for _, key := range sortedKeys(v) {
				v[key] = c.value(p.Elem, v[key], join(path, key))
			}
			return v
		}
	case []any:
		if p.Kind != List {
			break
		}
		c.count(p, len(v), path)
		for i := range v {
			v[i] = c.value(p.Elem, v[i], path+"["+strconv.Itoa(i)+"]")
		}
		return v
	default:
		if coerced, ok := scalar(p.Kind, v); ok {
			if text, isText := coerced.(string); isText && p.OneOf != nil && !slices.Contains(p.OneOf, text) {
				c.fail(path, "expected %s to be one of %q, got %s", p.Terraform, p.OneOf, text)
			}
			return coerced
		}
	}
	if p.Kind == Any || v == nil {
		return v
	}
	c.fail(path, "expected %s type, got %s type", kindName(p.Kind), valueName(v))
	return v
}

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
		for _, e := range v {
			if hasUnknown(e) {
				return true
			}
		}
	}
	return false
}

func (c *checker) count(p *Property, n int, path string) {
	switch {
	case p.MaxItems > 0 && n > p.MaxItems:
		c.fail(path, "Too many list items: Attribute %s supports %d item maximum, but config has %d declared.", p.Terraform, p.MaxItems, n)
	case n < p.MinItems:
		c.fail(path, "Not enough list items: Attribute %s requires %d item minimum, but config has only %d declared.", p.Terraform, p.MinItems, n)
	}
}

// relations judges conflicts and groups. They count what the program wrote, not what a default filled in.
func (c *checker) relations(p *Property, name string, value map[string]any, path string) {
	set := func(rel string) bool {
		if sibling, ok := strings.CutPrefix(rel, "./"); ok {
			return given(value, sibling)
		}
		return givenAt(c.root, strings.Split(rel, "."))
	}
	self := value[name]
	if given(value, name) && self != (any)(Unknown{}) {
		for _, other := range p.Conflicts {
			if other != "./"+name && set(other) {
				c.fail(join(path, name), "Conflicting configuration arguments: %q: conflicts with %s", p.Terraform, last(other))
			}
		}
		for _, other := range p.With {
			if !set(other) {
				c.fail(join(path, name), "Missing required argument: %q: all of `%s` must be specified", p.Terraform, names(p.With))
				break
			}
		}
	}
	if len(p.ExactlyOne) > 0 && c.first("one", path, p.ExactlyOne) {
		var found []string
		for _, other := range p.ExactlyOne {
			if set(other) {
				found = append(found, last(other))
			}
		}
		switch {
		case len(found) == 0:
			c.fail(join(path, name), "Invalid combination of arguments: %q: one of `%s` must be specified", p.Terraform, names(p.ExactlyOne))
		case len(found) > 1:
			c.fail(join(path, name), "Invalid combination of arguments: %q: only one of `%s` can be specified, but `%s` were specified.",
				p.Terraform, names(p.ExactlyOne), strings.Join(found, ","))
		}
	}
	if len(p.AtLeastOne) > 0 && c.first("any", path, p.AtLeastOne) {
		for _, other := range p.AtLeastOne {
			if set(other) {
				return
			}
		}
		c.fail(join(path, name), "Missing required argument: %q: one of `%s` must be specified", p.Terraform, names(p.AtLeastOne))
	}
}

// first says whether a group is seen for the first time in this object: each of its members carries it.
func (c *checker) first(kind, path string, group []string) bool {
	sorted := append([]string(nil), group...)
	sort.Strings(sorted)
	key := kind + path + "|" + strings.Join(sorted, ",")
	if c.groups[key] {
		return false
	}
	if c.groups == nil {
		c.groups = map[string]bool{}
	}
	c.groups[key] = true
	return true
}

// given says whether the program set a property: present, and not filled in by a default.
func given(value map[string]any, name string) bool {
	if value[name] == nil {
		return false
	}
	defaults, _ := value[DefaultsKey].([]any)
	for _, d := range defaults {
		if d == name {
			return false
		}
	}
	return true
}

func givenAt(value map[string]any, path []string) bool {
	if len(path) == 1 {
		return given(value, path[0])
	}
	next := value[path[0]]
	if list, ok := next.([]any); ok && len(list) > 0 {
		next = list[0]
	}
	sub, ok := next.(map[string]any)
	return ok && givenAt(sub, path[1:])
}

// scalar brings a value to the declared type where the provider would: "80" is a number, 80 is a string, "true" is a bool.
func scalar(kind Kind, v any) (any, bool) {
	switch kind {
	case Any:
		return v, true
	case String:
		switch v := v.(type) {
		case string:
			return v, true
		case bool:
			return strconv.FormatBool(v), true
		case float64:
			return strconv.FormatFloat(v, 'f', -1, 64), true
		}
	case Int, Float:
		f, ok := v.(float64)
		if s, isText := v.(string); isText {
			parsed, err := strconv.ParseFloat(s, 64)
			f, ok = parsed, err == nil
		}
		return f, ok && (kind == Float || f == float64(int64(f)))
	case Bool:
		switch v {
		case true, "true":
			return true, true
		case false, "false":
			return false, true
		}
	}
	// Assets and archives pass for string properties such as `source` and for any-typed ones.
	switch v.(type) {
	case nil, bool, float64, string:
		return v, v == nil
	}
	return v, kind == String
}

func kindName(k Kind) string {
	return [...]string{"any", "string", "integer", "number", "boolean", "list", "map", "object"}[k]
}

func valueName(v any) string {
	switch v.(type) {
	case string:
		return "string"
	case bool:
		return "boolean"
	case float64:
		return "number"
	case []any:
		return "list"
	case map[string]any:
		return "object"
	}
	return fmt.Sprintf("%T", v)
}

func names(paths []string) string {
	out := make([]string, len(paths))
	for i, p := range paths {
		out[i] = last(p)
	}
	sort.Strings(out)
	return strings.Join(out, ",")
}

func last(path string) string { return Snake(strings.TrimPrefix(path, "./")) }

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}

// Clone copies a value deeply; what is neither map nor list is shared.
func Clone[V any](v V) V {
	out, _ := clone(v).(V)
	return out
}

func clone(v any) any {
	switch v := v.(type) {
	case map[string]any:
		if v == nil {
			return map[string]any{}
		}
		out := make(map[string]any, len(v))
		for k, e := range v {
			out[k] = clone(e)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = clone(e)
		}
		return out
	}
	return v
}

func mustJSON(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(text)
}
