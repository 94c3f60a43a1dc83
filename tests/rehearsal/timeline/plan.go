package timeline

import (
	"cmp"
	"maps"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// Step is what a preview plans for one resource.
type Step struct {
	// Op is the engine's operation.
	Op Op
	// Old and New are the resource as it is and as it is to be, nil where it is not.
	Old, New *apitype.ResourceV3
	// DeleteBeforeReplace orders the halves of a replacement.
	DeleteBeforeReplace bool
	// Changed are the paths that an update changes.
	Changed []string
}

// comesTo is what the engine's operations come to in time: what is done to the new resource,
// and whether the old one is deleted. The others change the engine's books only.
var comesTo = map[Op]struct {
	op      Op
	deletes bool
}{
	Create:   {op: Create},
	Update:   {op: Update},
	Replace:  {op: Create, deletes: true},
	Delete:   {deletes: true},
	Read:     {op: Read},
	"import": {op: Read},
}

// FromPlan is the graph of what a preview plans, in whatever order it tells it. What the
// program registers depends on what the plan says, what is deleted on what the state says.
// Resources that no step names stay as they are: nothing waits for them.
func FromPlan(steps []Step) (*Graph, error) {
	var d draft
	is := map[resource.URN]resource.URN{} // the new URN of what has another one
	for _, s := range steps {
		if s.Old != nil && s.New != nil && s.Old.URN != s.New.URN {
			is[s.Old.URN] = s.New.URN
		}
	}
	sorted := slices.SortedStableFunc(slices.Values(steps), func(a, b Step) int { return cmp.Compare(a.urn(), b.urn()) })
	for _, s := range sorted {
		does := comesTo[s.Op]
		first := does.deletes && s.DeleteBeforeReplace && s.New != nil
		if s.New != nil {
			n := d.add(*s.New)
			n.Op, n.Changed = cmp.Or(does.op, Same), s.Changed
			if first {
				n.Op, n.DeleteBeforeReplace = Replace, true
				n.ReplacedWith = replacedWith(s, is)
			} else if n.Op == Create && n.External {
				n.Op = Read
			}
		}
		if s.Old != nil && does.deletes && !first {
			d.add(*s.Old).Op = Delete
		}
	}
	d.forgetUnnamed()
	return d.graph()
}

// replacedWith are the resources that take the old one of a step along: those that its
// properties are made from, its provider, and those that it names itself.
func replacedWith(s Step, is map[resource.URN]resource.URN) []resource.URN {
	var list []resource.URN
	for _, r := range []*apitype.ResourceV3{s.Old, s.New} {
		if r != nil {
			list = append(list, r.ReplaceWith...)
		}
	}
	if s.Old != nil {
		for _, property := range slices.Sorted(maps.Keys(s.Old.PropertyDependencies)) {
			list = append(list, s.Old.PropertyDependencies[property]...)
		}
		list = append(list, providerOf(s.Old)...)
	}
	for i, urn := range list {
		list[i] = cmp.Or(is[urn], urn)
	}
	return list
}

// urn is the resource's.
func (s Step) urn() resource.URN {
	for _, r := range []*apitype.ResourceV3{s.New, s.Old} {
		if r != nil {
			return r.URN
		}
	}
	return ""
}

// forgetUnnamed drops what nodes wait for and no node is.
func (d *draft) forgetUnnamed() {
	named := map[resource.URN]bool{}
	for _, n := range d.nodes {
		named[n.URN] = true
	}
	for i := range d.nodes {
		n := &d.nodes[i]
		n.Dependencies = slices.DeleteFunc(n.Dependencies, func(urn resource.URN) bool { return !named[urn] })
		for _, urn := range []*resource.URN{&n.Parent, &n.DeletedWith} {
			if !named[*urn] {
				*urn = ""
			}
		}
	}
}
