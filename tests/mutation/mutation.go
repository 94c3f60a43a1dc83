// Package mutation changes a stack that policies accept, one thing at a time, and says which
// of them notice. What no policy notices may be anything: somebody should have said why that
// is right.
package mutation

import (
	"slices"
	"strings"

	"github.com/plinth-iac/plinth/policies/rule"
)

// Paths of what is no property.
const (
	Itself   = "(resource)"
	Protect  = "(protect)"
	Ignores  = "(ignoreChanges)"
	Provider = "(provider)"
)

// Flip is one change to one resource.
type Flip struct {
	// Of is the resource as it was.
	Of *rule.Resource
	// Path is the changed property, any element of a list being `[]` and what is in a
	// document in a text coming after `{}`; or one of the constants.
	Path string
	// Kind says what becomes of it, such as `absent`.
	Kind string
	// property is the input that has another value; empty if it is none.
	property string
	// becomes is the resource afterwards: none, if it is gone.
	becomes []*rule.Resource
	// refersTo is what it refers to now and did not before; nil if there is no such thing.
	refersTo *rule.Resource
	// touches are the resources that it referred to and does not any more.
	touches []*rule.Resource
}

// values reports that a property has another value, or none; what is done to options, or
// to a value's secrecy, says nothing of whether anybody looks at the value.
func (f Flip) values() bool {
	return f.Kind != ignored && f.Kind != secret && f.Kind != added
}

// Kinds of flips that are told apart.
const (
	ignored = "ignored"
	secret  = "secret"
	added   = "added"
)

// Flips are all changes to a resource of a stack.
func (s *Stack) Flips(r *rule.Resource) []Flip {
	twin := *r
	twin.URN, twin.Name = r.URN+"-twin", r.Name+"-twin"
	flips := []Flip{
		{Of: r, Path: Itself, Kind: "removed"},
		{Of: r, Path: Itself, Kind: "doubled", becomes: []*rule.Resource{r, &twin}},
	}
	option := func(path, kind string, change func(*rule.Resource)) {
		copied := *r
		change(&copied)
		flips = append(flips, Flip{Of: r, Path: path, Kind: kind, becomes: []*rule.Resource{&copied}})
	}
	if r.Protect {
		option(Protect, "off", func(c *rule.Resource) { c.Protect = false })
	}
	option(Ignores, ignored, func(c *rule.Resource) { c.IgnoreChanges = []string{"*"} })
	if !r.Provider["region"].IsAbsent() {
		option(Provider+".region", "other", func(c *rule.Resource) {
			c.Provider = with(r.Provider, "region", variant{value: rule.Of("eu-central-1")})
		})
	}
	if !r.Provider["defaultTags"].IsAbsent() {
		option(Provider+".defaultTags", "absent", func(c *rule.Resource) { c.Provider = with(r.Provider, "defaultTags", variant{gone: true}) })
	}
	value := func(property string, v variant) {
		f := Flip{Of: r, Path: v.path, Kind: v.kind, property: property, refersTo: v.refersTo, becomes: []*rule.Resource{s.changed(r, property, v)}}
		for _, urn := range r.Edges[property] {
			if target := s.byURN[urn]; target != nil && !slices.Contains(f.becomes[0].Edges[property], urn) {
				f.touches = append(f.touches, target)
			}
		}
		flips = append(flips, f)
	}
	for _, property := range sortedKeys(r.Inputs) {
		option(property, ignored, func(c *rule.Resource) { c.IgnoreChanges = append(slices.Clone(r.IgnoreChanges), property) })
		now := r.Inputs[property]
		if !now.HasSecret() {
			value(property, variant{path: property, kind: secret, value: now.AsSecret()})
		}
		for _, v := range s.variants(r, property, now) {
			value(property, v)
		}
	}
	for _, a := range additions[r.Type] {
		if now := r.Get(a.path); now.IsAbsent() || now.Items() != nil && len(now.Items()) == 0 {
			property, _, _ := strings.Cut(a.path, ".")
			all := put(rule.Of(r.Inputs), a.path, variant{value: rule.Of(a.value)})
			value(property, variant{path: a.path, kind: added, value: all.Field(property)})
		}
	}
	return flips
}

// put is an object with another value at a path, or none.
func put(to rule.Value, path string, v variant) rule.Value {
	key, below, deeper := strings.Cut(path, ".")
	fields := rule.Fields{}
	for _, have := range to.Keys() {
		fields[have] = to.Field(have)
	}
	if deeper {
		v = variant{value: put(to.Field(key), below, v)}
	}
	return rule.Of(with(fields, key, v))
}

// changed is a resource with another input, which is its output as well. It is still
// computed from what its value still names, and from what it did not name before.
func (s *Stack) changed(r *rule.Resource, property string, v variant) *rule.Resource {
	c := *r
	c.Inputs = with(r.Inputs, property, v)
	if !r.Outputs[property].IsAbsent() {
		c.Outputs = with(r.Outputs, property, v)
	}
	var edges []string
	if !v.gone {
		before, after := texts(r.Inputs[property]), texts(v.value)
		for _, urn := range r.Edges[property] {
			if names := s.names[urn]; mentions(after, names) || !mentions(before, names) {
				edges = append(edges, urn)
			}
		}
		if v.refersTo != nil {
			edges = append(edges, v.refersTo.URN)
		}
	}
	c.Edges = make(map[string][]string, len(r.Edges))
	for key, urns := range r.Edges {
		c.Edges[key] = urns
	}
	c.Edges[property] = edges
	return &c
}

func with(fields rule.Fields, property string, v variant) rule.Fields {
	changed := make(rule.Fields, len(fields))
	for key, value := range fields {
		changed[key] = value
	}
	if changed[property] = v.value; v.gone {
		delete(changed, property)
	}
	return changed
}

// texts is all known texts in a value, in one.
func texts(v rule.Value) string {
	var all strings.Builder
	var gather func(rule.Value)
	gather = func(v rule.Value) {
		if text, ok := v.Text(); ok {
			all.WriteString(text)
			all.WriteByte('\n')
		}
		for _, item := range v.Items() {
			gather(item)
		}
		for _, key := range v.Keys() {
			gather(v.Field(key))
		}
	}
	gather(v)
	return all.String()
}

func mentions(text string, names map[string]string) bool {
	for _, name := range names {
		if strings.Contains(text, name) {
			return true
		}
	}
	return false
}

func sortedKeys(fields rule.Fields) []string { return rule.Of(fields).Keys() }
