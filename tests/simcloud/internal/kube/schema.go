package kube

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
)

//go:embed data/api.json.gz
var apiData []byte

// api is what a real API server says of itself: its kinds, and the types of their fields.
type api struct {
	// Version of the server the data was taken from.
	Version string
	Kinds   []Kind
	Types   map[string]*structType
}

// structType is an object with named fields.
type structType struct {
	Fields map[string]*field
	// Atomic objects have one owner for all their fields.
	Atomic bool `json:",omitempty"`
	// Open says that there may be other fields, of which nothing is known, except for those named in Not.
	Open bool     `json:"-"`
	Not  []string `json:"-"`
}

// field is a field, an element of a list, or a value of a map.
type field struct {
	// Is one of string, integer, number, boolean, bytes, quantity, intOrString, time, any, list, map, struct.
	Is string
	// Type is the name of the struct's type, Of the type itself if it has none.
	Type string      `json:",omitempty"`
	Of   *structType `json:"-"`
	// Elem is what lists and maps hold.
	Elem     *field `json:",omitempty"`
	Required bool   `json:",omitempty"`
	Default  any    `json:",omitempty"`
	// Keys tell the elements of a list apart. Without keys and if it is not a Set, a list is atomic.
	Keys []string `json:",omitempty"`
	Set  bool     `json:",omitempty"`
	// Atomic maps and structs have one owner.
	Atomic bool `json:",omitempty"`
}

var loadAPI = sync.OnceValue(func() *api {
	unzipped, err := gzip.NewReader(bytes.NewReader(apiData))
	if err != nil {
		panic(fmt.Errorf("embedded data/api.json.gz: %w", err))
	}
	var a api
	if err := json.NewDecoder(unzipped).Decode(&a); err != nil {
		panic(fmt.Errorf("embedded data/api.json.gz: %w", err))
	}
	return &a
})

// anything is the type of what has no schema: maps with owners per field, lists with one owner.
var anything = &field{Is: "any"}

// root is the type of a kind's objects.
func (k *Kind) root() *field {
	if of := customTypes[k.Group+"/"+k.Kind]; k.Type == "" && of != nil {
		return &field{Is: "struct", Of: of}
	}
	if k.Type == "" {
		return &field{Is: "struct", Of: customType}
	}
	return &field{Is: "struct", Type: k.Type}
}

// customType is what is known of every custom object.
var customType = &structType{Open: true, Fields: map[string]*field{
	"apiVersion": {Is: "string"}, "kind": {Is: "string"}, "metadata": {Is: "struct", Type: metaType},
}}

const metaType = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"

func (f *field) fields() *structType {
	if f.Is != "struct" {
		return nil
	}
	if f.Of != nil {
		return f.Of
	}
	return loadAPI().Types[f.Type]
}

// zero is what null means where something has to be.
func (f *field) zero() any {
	switch f.Is {
	case "struct", "map":
		return map[string]any{}
	case "list":
		return []any{}
	case "integer", "number":
		return 0.0
	case "boolean":
		return false
	case "any":
		return nil
	}
	return ""
}

// child is the type of a field or a map's value; nil if there is no such field.
func (f *field) child(name string) *field {
	switch f.Is {
	case "any":
		return anything
	case "map":
		return f.Elem
	case "struct":
		s := f.fields()
		if c := s.Fields[name]; c != nil {
			return c
		}
		if s.Open && !slices.Contains(s.Not, name) {
			return anything
		}
	}
	return nil
}

func (f *field) elem() *field {
	if f.Elem == nil {
		return anything
	}
	return f.Elem
}

// decode brings a value to its type in place, as the API server does with what it reads: it normalizes quantities, and reports unknown
// fields and wrong types. Null is nothing.
func decode(f *field, v any, path string, report func(path, message string)) any {
	if _, unknown := v.(Unknown); unknown {
		return v
	}
	wrong := func(want string) any {
		report(path, fmt.Sprintf("expected %s, got %s", want, show(v)))
		return v
	}
	switch f.Is {
	case "struct", "map":
		m, ok := v.(map[string]any)
		if !ok {
			return wrong("map")
		}
		for _, name := range sortedKeys(m) {
			at := join(path, name)
			c := f.child(name)
			switch {
			case m[name] == nil:
				delete(m, name)
			case c == nil:
				report(at, "field not declared in schema")
			default:
				m[name] = decode(c, m[name], at, report)
			}
		}
	case "list":
		l, ok := v.([]any)
		if !ok {
			return wrong("list")
		}
		for i, e := range l {
			switch {
			case e != nil:
				l[i] = decode(f.elem(), e, fmt.Sprintf("%s[%d]", path, i), report)
			case len(f.Keys) > 0:
				report(path, fmt.Sprintf("element %d: associative list with keys may not have a null element", i))
			default:
				l[i] = f.elem().zero()
			}
		}
	case "string", "time":
		if _, ok := v.(string); !ok {
			return wrong("string")
		}
	case "bytes":
		s, ok := v.(string)
		if !ok {
			return wrong("string")
		}
		raw, err := base64.StdEncoding.DecodeString(s)
		if err != nil {
			report(path, err.Error())
			return v
		}
		return base64.StdEncoding.EncodeToString(raw)
	case "boolean":
		if _, ok := v.(bool); !ok {
			return wrong("boolean")
		}
	case "integer":
		if n, ok := v.(float64); !ok || n != math.Trunc(n) {
			return wrong("integer")
		}
	case "number":
		if _, ok := v.(float64); !ok {
			return wrong("number")
		}
	case "intOrString":
		switch v.(type) {
		case string, float64:
		default:
			return wrong("integer or string")
		}
	case "quantity":
		q, err := parseQuantity(v)
		if err != nil {
			report(path, err.Error())
			return v
		}
		return q.String()
	}
	return v
}

// fillDefaults adds the defaults that the schema declares for what was left out. Numbers and booleans that are required are never missing:
// they are zero.
func fillDefaults(f *field, v any) {
	switch v := v.(type) {
	case map[string]any:
		if s := f.fields(); s != nil {
			for name, c := range s.Fields {
				switch given := v[name]; {
				case (given == nil || given == "") && c.Default != nil:
					v[name] = c.Default
				case given == nil && c.Required && c.Is == "integer":
					v[name] = 0.0
				case given == nil && c.Required && c.Is == "boolean":
					v[name] = false
				}
			}
		}
		for name, e := range v {
			if c := f.child(name); c != nil {
				fillDefaults(c, e)
			}
		}
	case []any:
		for _, e := range v {
			fillDefaults(f.elem(), e)
		}
	}
}

// join makes the path of a field.
func join(path, name string) string {
	switch {
	case strings.ContainsAny(name, "./[]"):
		return path + "[" + name + "]"
	case path == "":
		return name
	}
	return path + "." + name
}
