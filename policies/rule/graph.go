package rule

import (
	"reflect"
	"slices"
	"sort"
	"strings"
)

// Resource is one resource as policies see it.
type Resource struct {
	// URN identifies it.
	URN string
	// Type is the type token, in the one spelling that rules use; see Canonical.
	Type string
	// Name is the resource's name in the program.
	Name string
	// Inputs are what the program asks for, with the provider's defaults filled in. Nil
	// if they were not seen, as for a resource that is only read.
	Inputs Fields
	// Outputs are what is known of the result. Nil before the end of a preview or update.
	Outputs Fields
	// Provider are the inputs of the provider it belongs to.
	Provider Fields
	// ProviderURN identifies that provider; what has another one may be in another cluster.
	ProviderURN string
	// Edges are the URNs that each top-level property was computed from. They are complete
	// even while no value is known.
	Edges map[string][]string
	// Parent is the URN of the component it is a part of; empty, or the stack's, at the top.
	Parent string
	// Protect is the program's option of that name: the engine refuses to delete it.
	Protect bool
	// IgnoreChanges is the program's option of that name: paths of inputs whose changes the
	// engine does not make; "*" is all of them.
	IgnoreChanges []string
}

// Get is the input at a path, see Value.Get. What was not set is absent, although the
// provider may compute it. If the inputs were not seen, it is the output.
func (r *Resource) Get(path string) Value {
	if r.Inputs == nil {
		return Value{kind: object, fields: r.Outputs}.Get(path)
	}
	return Value{kind: object, fields: r.Inputs}.Get(path)
}

// Select is the inputs at a path with `[]`, see Value.Select.
func (r *Resource) Select(path string) []Value {
	if r.Inputs == nil {
		return Value{kind: object, fields: r.Outputs}.Select(path)
	}
	return Value{kind: object, fields: r.Inputs}.Select(path)
}

// Out is the output at a path. An output that the provider is yet to compute is unknown.
func (r *Resource) Out(path string) Value {
	return Value{kind: object, fields: r.Outputs}.Get(path)
}

// Graph is all resources of a stack with the edges between them.
type Graph struct {
	all    []*Resource
	byURN  map[string]*Resource
	byType map[string][]*Resource
	byId   map[string][]*Resource
	// derived is what rules have made of the graph, by its type; see Derived.
	derived map[reflect.Type]any
	// pointers are the answers of Pointing, made once for all targets.
	pointers map[pointer]pointers
}

// NewGraph makes a graph. Its order, and so that of all findings, is by URN, whatever
// order the resources come in.
func NewGraph(resources []*Resource) *Graph {
	g := &Graph{
		all: append([]*Resource(nil), resources...), byURN: make(map[string]*Resource, len(resources)),
		byType: map[string][]*Resource{}, byId: map[string][]*Resource{},
		derived: map[reflect.Type]any{}, pointers: map[pointer]pointers{},
	}
	sort.Slice(g.all, func(i, j int) bool { return g.all[i].URN < g.all[j].URN })
	for _, r := range g.all {
		g.byURN[r.URN] = r
		g.byType[r.Type] = append(g.byType[r.Type], r)
		var ids []string
		for _, property := range [...]string{"id", "arn"} {
			if id, ok := r.Outputs[property].Text(); ok && id != "" {
				ids = appendNew(ids, id)
			}
		}
		for _, id := range ids {
			g.byId[id] = append(g.byId[id], r)
		}
	}
	return g
}

// Derived is what build makes of a graph, made once for each type: an index, for example,
// that would otherwise be built for every resource that a rule is asked about.
func Derived[T any](g *Graph, build func(*Graph) T) T {
	key := reflect.TypeFor[T]()
	if made, ok := g.derived[key].(T); ok {
		return made
	}
	made := build(g)
	g.derived[key] = made
	return made
}

// All is every resource, sorted by URN.
func (g *Graph) All() []*Resource { return g.all }

// Of is every resource of the types, sorted by URN within a type.
func (g *Graph) Of(types ...string) []*Resource {
	if len(types) == 1 {
		return g.byType[types[0]]
	}
	var found []*Resource
	for _, t := range types {
		found = append(found, g.byType[t]...)
	}
	return found
}

// Targets is what properties of a resource refer to.
type Targets struct {
	// Resources of the asked type, without repeats. While a property's value is not known
	// they are those that it is computed from.
	Resources []*Resource
	// Missing is Unknown if the properties also refer, or may refer, to something that is
	// not in the graph; otherwise the zero Verdict.
	Missing Verdict
	// Count is the number of references; -1 if that is not known.
	Count int
}

// Ambiguous reports that the resources are more than the references: a value that is not
// known yet is computed from all of them, and will be some of them.
func (t Targets) Ambiguous() bool { return t.Count >= 0 && len(t.Resources) > t.Count }

// Has reports that r is among the resources.
func (t Targets) Has(r *Resource) bool {
	for _, have := range t.Resources {
		if have == r {
			return true
		}
	}
	return false
}

// Targets resolves references: the resources of the type that the properties of r at
// the paths refer to, a list being written `subnets[]`. Known ids are looked up; ids that
// are not known yet are resolved through the edges of the property, which works before
// anything exists.
func (g *Graph) Targets(r *Resource, targetType string, paths ...string) Targets {
	t := Targets{}
	for _, path := range paths {
		g.resolve(r, targetType, path, &t)
	}
	return t
}

// Behind is what one value of r refers to, among the resources of the types: the one with
// that id or, while the value is not known, all that its property is computed from.
func (g *Graph) Behind(r *Resource, v Value, types ...string) []*Resource {
	id, known := v.Text()
	var found []*Resource
	for _, t := range types {
		if v.IsUnknown() {
			found = append(found, g.edges(r, topLevel(v.Path()), t)...)
		} else if one := g.withId(id, t); known && one != nil {
			found = append(found, one)
		}
	}
	return found
}

// Elsewhere is the verdict on a value of r that nothing in the graph is behind: it is
// external unless something is there that will make it known.
func (r *Resource) Elsewhere(v Value) Verdict {
	if v.IsUnknown() && len(r.Edges[topLevel(v.Path())]) > 0 {
		return NotKnown(v)
	}
	return Undecided(v.Path(), External)
}

// Refers is the verdict on a value of r that names something else: passed if it does, also
// while the name is not known. Nothing may come of a value that nothing is behind.
func (r *Resource) Refers(v Value, problem, fix string) Verdict {
	switch {
	case !IsSet(v):
		return Failed(problem, fix)
	case v.IsUnknown() && len(r.Edges[topLevel(v.Path())]) == 0:
		return r.Elsewhere(v)
	}
	return Passed()
}

// Wants is the verdict on the input at a path, which is to be set to the value if ok does not
// accept what it is; see Value.Want.
func (r *Resource) Wants(path string, ok func(Value) bool, value string) Verdict {
	v := r.Get(path)
	return v.Want(ok, path+" is "+v.String(), "set "+path+" to "+value)
}

// topLevel is the top-level property that a path is in.
func topLevel(path string) string {
	if i := strings.IndexAny(path, ".["); i >= 0 {
		return path[:i]
	}
	return path
}

// Target is the one resource that a property refers to. It is nil if there is none, and
// then the verdict is Unknown if there may be one.
func (g *Graph) Target(r *Resource, targetType, path string) (*Resource, Verdict) {
	t := g.Targets(r, targetType, path)
	switch {
	case len(t.Resources) == 1:
		return t.Resources[0], Verdict{}
	case len(t.Resources) > 1:
		return nil, Undecided(path, NotYet)
	}
	return nil, t.Missing
}

func (g *Graph) resolve(r *Resource, targetType, path string, t *Targets) {
	property := topLevel(path)
	edges := g.edges(r, property, targetType)
	unresolved, known, byEdge := 0, 0, false
	for _, leaf := range r.Select(path) {
		id, isText := leaf.Text()
		switch {
		case leaf.IsUnknown():
			byEdge = true
			if strings.Count(leaf.Path(), "[") < strings.Count(path, "[") {
				t.Count = -1 // a whole list
			} else if t.Count >= 0 {
				t.Count++
			}
		case isText && id != "":
			if t.Count >= 0 {
				t.Count++
			}
			if found := g.withId(id, targetType); found != nil {
				t.add(found)
				known++
			} else {
				unresolved++
			}
		}
	}
	// Known ids that no output has: if the edges account for them, the outputs lack them.
	if unresolved > 0 && known == 0 && len(edges) >= unresolved {
		unresolved, byEdge = 0, true
	}
	if byEdge {
		for _, e := range edges {
			t.add(e)
		}
		if len(edges) == 0 {
			why := External
			if len(r.Edges[property]) > 0 {
				why = NotYet
			}
			t.Missing = Undecided(property, why)
		}
	}
	if unresolved > 0 {
		t.Missing = Undecided(property, External)
	}
}

func (t *Targets) add(r *Resource) {
	if !t.Has(r) {
		t.Resources = append(t.Resources, r)
	}
}

func (g *Graph) withId(id, targetType string) *Resource {
	for _, r := range g.byId[id] {
		if r.Type == targetType {
			return r
		}
	}
	return nil
}

func (g *Graph) edges(r *Resource, property, targetType string) []*Resource {
	var found []*Resource
	for _, urn := range r.Edges[property] {
		if e := g.byURN[urn]; e != nil && e.Type == targetType {
			found = append(found, e)
		}
	}
	return found
}

// Pointing is the resources of a type of which one of the properties refers to target.
// The verdict is Unknown if there are others that may.
func (g *Graph) Pointing(target *Resource, fromType string, paths ...string) ([]*Resource, Verdict) {
	key := pointer{target.Type, fromType, strings.Join(paths, " ")}
	all, made := g.pointers[key]
	if !made {
		all = g.pointersOf(target.Type, fromType, paths)
		g.pointers[key] = all
	}
	var maybe Verdict
	for _, t := range all.unsure {
		switch has := t.Has(target); {
		case has && t.Ambiguous():
			maybe = Undecided(paths[0], NotYet)
		case !has && t.Missing.Outcome == Unknown:
			maybe = t.Missing
		}
	}
	return slices.Clip(all.sure[target]), maybe
}

// pointer is what Pointing is asked: properties of a type that refer to another one.
type pointer struct{ targetType, fromType, paths string }

// pointers are all answers to that.
type pointers struct {
	sure map[*Resource][]*Resource
	// unsure are the targets of resources that may refer to more than is known, or to less.
	unsure []Targets
}

func (g *Graph) pointersOf(targetType, fromType string, paths []string) pointers {
	all := pointers{sure: map[*Resource][]*Resource{}}
	for _, r := range g.byType[fromType] {
		t := g.Targets(r, targetType, paths...)
		if t.Missing.Outcome != Unknown || !r.unknownAt(paths) {
			t.Missing = Verdict{}
		}
		if !t.Ambiguous() {
			for _, target := range t.Resources {
				all.sure[target] = append(all.sure[target], r)
			}
		}
		if t.Ambiguous() || t.Missing.Outcome == Unknown {
			all.unsure = append(all.unsure, t)
		}
	}
	return all
}

// unknownAt reports whether a value at the paths is not known. A known id of something
// else cannot turn out to be the target.
func (r *Resource) unknownAt(paths []string) bool {
	for _, path := range paths {
		for _, leaf := range r.Select(path) {
			if leaf.IsUnknown() {
				return true
			}
		}
	}
	return false
}
