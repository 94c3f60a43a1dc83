// Package facts knows what the AWS provider knows of each resource type before it talks to AWS: which properties exist and
// can be set, their types and defaults, which of them AWS fills in, and which changes replace the resource.
//
// The facts are data (facts.json.gz, made by gen from the SDK's own types and the Terraform provider's schema; and
// overlay.json, written by hand, for what those do not say). The code here gives them the behaviour of the provider: Check, Defaults,
// Diff, Plan and Inputs work for every type alike.
//
// Values are plain Go: nil, bool, float64, string, []any, map[string]any, Unknown, and anything else (assets) kept as it is.
package facts

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"sync"
	"unicode"
)

// Unknown is the value of a property that is not known before the resource exists.
type Unknown struct{}

// Kind is the shape of a property.
type Kind int

// The shapes.
const (
	Any Kind = iota
	String
	Int
	Float
	Bool
	List
	Map
	Object
)

// Type holds the facts of one resource type.
type Type struct {
	Token      string
	Properties map[string]*Property
	// NoUpdate says that every change replaces the resource.
	NoUpdate bool
	// DeleteBeforeReplace says that old and new cannot exist at the same time.
	DeleteBeforeReplace bool
	// Name says how the provider names a resource that was given no name; nil if it does not.
	Name *AutoName
	// Recompute lists the computed properties that change with every update, but for one of Quiet properties only.
	Recompute, Quiet []string
	// decisions are what the provider decides in code, by property.
	decisions map[string]decision
}

// AutoName is the provider's rule for naming a resource.
type AutoName struct {
	Property  string `json:"property"`
	Max       int    `json:"max"`
	Separator string `json:"separator"`
	Lower     bool   `json:"lower"`
	Prefix    string `json:"prefix"`
	// Random is the number of random digits, 7 if 0; -1 is none.
	Random int `json:"random"`
	// Suffix maps a boolean property to what the name ends with if it is true.
	Suffix map[string]string `json:"suffix"`
}

// Property holds the facts of one property. Nested is set for objects and lists of objects, Elem for other lists and maps.
type Property struct {
	Kind       Kind
	Elem       *Property
	Nested     map[string]*Property
	Terraform  string
	New        bool
	Required   bool
	Input      bool
	Computed   bool
	ForceNew   bool
	Sensitive  bool
	Ordered    bool
	Default    any
	MinItems   int
	MaxItems   int
	Conflicts  []string
	ExactlyOne []string
	AtLeastOne []string
	With       []string
	// OneOf lists the values that the provider takes; nil if it leaves that to AWS.
	OneOf []string
}

type rawType struct {
	Terraform  string                  `json:"terraform"`
	Updatable  *bool                   `json:"updatable"`
	Properties map[string]*rawProperty `json:"properties"`
}

type rawProperty struct {
	Type          string                  `json:"type"`
	Terraform     string                  `json:"terraform"`
	New           bool                    `json:"new"`
	Required      bool                    `json:"required"`
	Input         bool                    `json:"input"`
	Computed      bool                    `json:"computed"`
	ForceNew      bool                    `json:"forceNew"`
	Sensitive     bool                    `json:"sensitive"`
	Default       any                     `json:"default"`
	MinItems      int                     `json:"minItems"`
	MaxItems      int                     `json:"maxItems"`
	ConflictsWith []string                `json:"conflictsWith"`
	ExactlyOneOf  []string                `json:"exactlyOneOf"`
	AtLeastOneOf  []string                `json:"atLeastOneOf"`
	RequiredWith  []string                `json:"requiredWith"`
	Properties    map[string]*rawProperty `json:"properties"`
}

//go:embed facts.json.gz
var packed []byte

//go:embed overlay.json
var overlayText []byte

// overlay is the hand-written part: what the schema does not say, or says of an older provider.
type overlay struct {
	// Names: auto-naming by type token, where it differs from `name`, 255 characters and "-". Null switches it off.
	Names map[string]*AutoName `json:"names"`
	// DeleteBeforeReplace lists type tokens.
	DeleteBeforeReplace []string `json:"deleteBeforeReplace"`
	// Ordered lists "token property" whose list has a meaningful order; other lists of scalars compare as sets.
	Ordered []string `json:"ordered"`
	// Facts patches properties: "token property.nested" to the words "plain", "computed", "forceNew", "inPlace", "required",
	// "nodefault", "default=<json>" or "oneOf=<value>,<value>...".
	Facts map[string]string `json:"facts"`
	// Recompute lists computed properties that change with every update, by token.
	Recompute map[string][]string `json:"recompute"`
	// Quiet lists, by token, the properties that do not change them.
	Quiet map[string][]string `json:"quiet"`
	// Aliases are tokens with the same facts as another.
	Aliases map[string]string `json:"aliases"`
	// Decisions says what the provider decides in code about changes: "token property" to the words of decisions.go.
	Decisions map[string]string `json:"decisions"`
	// Types are whole types that the schema does not have, in its form.
	Types map[string]json.RawMessage `json:"types"`
}

var load = sync.OnceValues(func() (*book, error) {
	zip, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, fmt.Errorf("open facts: %w", err)
	}
	text, err := io.ReadAll(zip)
	if err != nil {
		return nil, fmt.Errorf("unpack facts: %w", err)
	}
	b := &book{types: map[string]*Type{}}
	if err := json.Unmarshal(text, &b.raw); err != nil {
		return nil, fmt.Errorf("decode facts: %w", err)
	}
	if err := json.Unmarshal(overlayText, &b.overlay); err != nil {
		return nil, fmt.Errorf("decode overlay: %w", err)
	}
	for token, text := range b.overlay.Types {
		if _, known := b.raw[token]; known {
			return nil, fmt.Errorf("overlay: the schema has the type %s by itself", token)
		}
		b.raw[token] = text
	}
	return b, nil
})

// book decodes a type the first time it is asked for, which keeps the start short.
type book struct {
	mu      sync.Mutex
	raw     map[string]json.RawMessage
	overlay overlay
	types   map[string]*Type
}

// Lookup gives the facts of a type token, or an error that names the token.
func Lookup(token string) (*Type, error) {
	b, err := load()
	if err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if t, ok := b.types[token]; ok {
		return t, nil
	}
	source := token
	if alias, ok := b.overlay.Aliases[token]; ok {
		source = alias
	}
	text, ok := b.raw[source]
	if !ok {
		return nil, fmt.Errorf("resource type %s: the simulated cloud has no facts about it", token)
	}
	var raw rawType
	if err := json.Unmarshal(text, &raw); err != nil {
		return nil, fmt.Errorf("facts of %s: %w", token, err)
	}
	t, err := b.build(token, &raw)
	if err != nil {
		return nil, err
	}
	b.types[token] = t
	return t, nil
}

// Tokens lists every type that has facts.
func Tokens() []string {
	b, err := load()
	if err != nil {
		return nil
	}
	tokens := make([]string, 0, len(b.raw))
	for token := range b.raw {
		tokens = append(tokens, token)
	}
	return tokens
}

func (b *book) build(token string, raw *rawType) (*Type, error) {
	t := &Type{Token: token, Properties: map[string]*Property{}, decisions: map[string]decision{}, NoUpdate: raw.Updatable != nil && !*raw.Updatable}
	for name, p := range raw.Properties {
		t.Properties[name] = convert(name, p, true)
	}
	t.Recompute, t.Quiet = b.overlay.Recompute[token], b.overlay.Quiet[token]
	for _, other := range b.overlay.DeleteBeforeReplace {
		t.DeleteBeforeReplace = t.DeleteBeforeReplace || other == token
	}
	if name, ok := b.overlay.Names[token]; ok {
		t.Name = name
	} else if p := t.Properties["name"]; p != nil && p.Input && !p.Required && p.Kind == String && p.Terraform == "name" && !p.New {
		t.Name = &AutoName{Property: "name", Max: 255, Separator: "-"}
	}
	for _, entry := range b.overlay.Ordered {
		if owner, path, _ := strings.Cut(entry, " "); owner == token {
			p, err := t.at(path)
			if err != nil {
				return nil, err
			}
			p.Ordered = true
		}
	}
	for entry, words := range b.overlay.Decisions {
		owner, name, _ := strings.Cut(entry, " ")
		if owner != token {
			continue
		}
		judge, err := decide(words)
		if err != nil || t.Properties[name] == nil {
			return nil, fmt.Errorf("overlay %q: no such property, or %w", entry, err)
		}
		t.decisions[name] = judge
	}
	for entry, words := range b.overlay.Facts {
		if owner, path, _ := strings.Cut(entry, " "); owner == token {
			if err := t.patch(path, words); err != nil {
				return nil, fmt.Errorf("overlay %q: %w", entry, err)
			}
		}
	}
	return t, nil
}

func (t *Type) at(path string) (*Property, error) {
	level := t.Properties
	var p *Property
	for _, step := range strings.Split(path, ".") {
		if p = level[step]; p == nil {
			return nil, fmt.Errorf("%s has no property %q", t.Token, path)
		}
		level = p.Nested
	}
	return p, nil
}

// patch applies overlay words to the property at path, or with a trailing "*" to all top-level ones that start so.
func (t *Type) patch(path, words string) error {
	if prefix, all := strings.CutSuffix(path, "*"); all {
		for name, p := range t.Properties {
			if strings.HasPrefix(name, prefix) {
				if err := p.patch(words); err != nil {
					return err
				}
			}
		}
		return nil
	}
	p, err := t.at(path)
	if err != nil {
		return err
	}
	return p.patch(words)
}

func (p *Property) patch(words string) error {
	p.New = false
	for _, word := range strings.Fields(words) {
		value, isDefault := strings.CutPrefix(word, "default=")
		list, isEnum := strings.CutPrefix(word, "oneOf=")
		switch {
		case isDefault:
			if err := json.Unmarshal([]byte(value), &p.Default); err != nil {
				return err
			}
		case isEnum:
			p.OneOf = strings.Split(list, ",")
		case word == "computed":
			p.Computed = true
		case word == "plain": // optional, changed in place, never filled in by AWS
		case word == "forceNew":
			p.ForceNew = true
		case word == "inPlace":
			p.ForceNew = false
		case word == "required":
			p.Required = true
		case word == "nodefault":
			p.Default = nil
		default:
			return fmt.Errorf("unknown word %q", word)
		}
	}
	return nil
}

func convert(name string, raw *rawProperty, top bool) *Property {
	p := &Property{
		Terraform: raw.Terraform, New: raw.New, Required: raw.Required, Computed: raw.Computed, ForceNew: raw.ForceNew,
		Sensitive: raw.Sensitive, Default: raw.Default, MinItems: raw.MinItems, MaxItems: raw.MaxItems,
		Conflicts: raw.ConflictsWith, ExactlyOne: raw.ExactlyOneOf, AtLeastOne: raw.AtLeastOneOf, With: raw.RequiredWith,
		Input: raw.Input || !top && (raw.Required || !raw.Computed || raw.Default != nil),
	}
	if p.Terraform == "" {
		p.Terraform = Snake(name)
	}
	// A nested property that AWS fills in can in nearly all types be set as well; the SDK's argument types are the same as its outputs'.
	if !top {
		p.Input = true
	} else if !p.Input {
		p.Computed = true
	}
	p.shape(raw.Type, raw.Properties)
	return p
}

func (p *Property) shape(text string, nested map[string]*rawProperty) {
	if len(nested) > 0 {
		p.Nested = map[string]*Property{}
		for name, sub := range nested {
			p.Nested[name] = convert(name, sub, false)
		}
	}
	elem, ok := strings.CutSuffix(text, ">")
	switch {
	case ok && strings.HasPrefix(elem, "list<"):
		p.Kind = List
		p.Elem = &Property{Input: true, Nested: p.Nested}
		p.Elem.shape(strings.TrimPrefix(elem, "list<"), nil)
	case ok && strings.HasPrefix(elem, "map<"):
		p.Kind = Map
		p.Elem = &Property{Input: true}
		p.Elem.shape(strings.TrimPrefix(elem, "map<"), nil)
	case strings.HasPrefix(text, "obj:"):
		p.Kind = Object
	default:
		p.Kind = map[string]Kind{"string": String, "int": Int, "float64": Float, "bool": Bool}[text]
	}
}

// Snake turns a Pulumi property name into the Terraform name it usually has.
func Snake(name string) string {
	var b strings.Builder
	for _, r := range name {
		if unicode.IsUpper(r) {
			b.WriteByte('_')
			r = unicode.ToLower(r)
		}
		b.WriteRune(r)
	}
	return b.String()
}
