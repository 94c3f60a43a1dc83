// Package picture draws what a change does to a stack: as a flowchart for a comment, of what
// changes and what is next to it, and as a picture of the whole stack for a page.
package picture

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/plinth-iac/plinth/cmd/plinth/internal/change"
	"github.com/plinth-iac/plinth/policies/rule"
)

// longestName is how many characters of a name are shown.
const longestName = 40

// operation is how pictures show what happens to a resource.
type operation struct {
	op         change.Op
	sign, done string
	// colour stands out on white and on black, and white is read on it.
	colour string
	// dark is a lighter one, for lines on dark pages.
	dark string
}

// operations come the worst first.
var operations = []operation{
	{change.Delete, "−", "deleted", "#cf222e", "#ff7b72"},
	{change.Replace, "±", "replaced", "#8250df", "#d2a8ff"},
	{change.Forget, "∅", "forgotten", "#bc4c00", "#ffa657"},
	{change.Create, "+", "created", "#1a7f37", "#56d364"},
	{change.Import, "↓", "imported", "#0969da", "#79c0ff"},
	{change.Update, "~", "updated", "#9a6700", "#e3b341"},
}

// rank is the place of an operation among operations. One that the engine may have learnt
// since counts as an update.
func rank(op change.Op) int {
	if i := slices.IndexFunc(operations, func(o operation) bool { return o.op == op }); i >= 0 {
		return i
	}
	return len(operations) - 1
}

// graph is a change as pictures see it: the resources of providers, without components.
type graph struct {
	items  []*item // by URN
	groups []*group
	links  []link
}

// item is a resource in a picture.
type item struct {
	*change.Resource
	group *group
	// minor is an update of nothing but tags.
	minor bool
}

// group is what is drawn together: a component, or the resources of one module that are in
// no component.
type group struct {
	key, name, kind string
	// label is the name, with the kind if the name alone could be another group's.
	label     string
	component bool
	items     []*item // the worst operation first
}

// link says that one resource depends on another.
type link struct {
	from, to *item
	// gone says that it does not any more, as one of them is gone.
	gone bool
}

func newGraph(c *change.Change) *graph {
	g := &graph{}
	components, found, groups := map[string]*change.Resource{}, map[string]*item{}, map[string]*group{}
	for _, r := range c.Resources {
		switch {
		case !r.Custom:
			components[r.URN] = r
		case !r.IsProvider():
			i := &item{Resource: r, minor: isMinor(r)}
			found[r.URN] = i
			g.items = append(g.items, i)
		}
	}
	slices.SortFunc(g.items, func(a, b *item) int { return cmp.Compare(a.URN, b.URN) })
	above := componentsOf(g.items, c.Resources, components)
	for _, i := range g.items {
		of := groupOf(i.Resource, above[i])
		if groups[of.key] == nil {
			groups[of.key] = &of
			g.groups = append(g.groups, &of)
		}
		i.group = groups[of.key]
		i.group.items = append(i.group.items, i)
		g.link(i, found)
	}
	slices.SortFunc(g.groups, func(a, b *group) int { return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.key, b.key)) })
	named := map[string]int{}
	for _, of := range g.groups {
		slices.SortStableFunc(of.items, worse)
		named[of.name]++
	}
	for _, of := range g.groups {
		if of.label = short(of.name); named[of.name] > 1 || !of.component {
			of.label += " (" + short(of.kind) + ")"
		}
	}
	return g
}

// isMinor says that an update is of nothing that anybody uses.
func isMinor(r *change.Resource) bool {
	if r.Op != change.Update {
		return false
	}
	for _, p := range r.Properties {
		if !p.Noise {
			return false
		}
	}
	return len(r.Properties) > 0
}

// componentsOf are the components that items are drawn together by: the outermost that does not
// hold all of them, if there is one.
func componentsOf(items []*item, all []*change.Resource, components map[string]*change.Resource) map[*item]*change.Resource {
	parents := map[string]string{}
	for _, r := range all {
		for _, s := range []*apitype.ResourceV3{r.OldState, r.NewState} {
			if s != nil {
				parents[r.URN] = string(s.Parent)
			}
		}
	}
	chains, holds := map[*item][]*change.Resource{}, map[*change.Resource]int{}
	for _, i := range items {
		urn := parents[i.URN]
		if urn == "" {
			urn = i.Component
		}
		for depth := 0; urn != "" && depth < len(all); depth++ { // a state in which parents go in circles ends here
			if up := components[urn]; up != nil {
				chains[i] = append(chains[i], up)
				holds[up]++
			}
			urn = parents[urn]
		}
	}
	above := map[*item]*change.Resource{}
	for _, i := range items {
		for _, up := range chains[i] { // from the innermost
			if above[i] == nil || holds[up] < len(items) {
				above[i] = up
			}
		}
	}
	return above
}

// groupOf is the group that a resource belongs in, without its items.
func groupOf(r, component *change.Resource) group {
	if component != nil {
		return group{key: component.URN, name: component.Name, kind: typeName(component.Type), component: true}
	}
	module, _, _ := strings.Cut(kind(r.Type), " ")
	return group{key: "module " + module, name: module, kind: "no component"}
}

// link adds what a resource depends on: after the change or, if one of the two is gone then,
// before it.
func (g *graph) link(from *item, all map[string]*item) {
	before, after := targets(from.Old), targets(from.New)
	both := maps.Clone(after)
	maps.Copy(both, before)
	for _, urn := range slices.Sorted(maps.Keys(both)) {
		to := all[urn]
		if to == nil || to == from {
			continue
		}
		if gone := from.New == nil || to.New == nil; gone || after[urn] {
			g.links = append(g.links, link{from, to, gone})
		}
	}
}

// targets are the URNs of all that a resource is computed from.
func targets(r *rule.Resource) map[string]bool {
	urns := map[string]bool{}
	if r != nil {
		for _, of := range r.Edges {
			for _, urn := range of {
				urns[urn] = true
			}
		}
	}
	return urns
}

// minorRank is after all operations, and before what does not change.
var minorRank = len(operations)

// minorDone is the word for updates of tags.
const minorDone = "tags only"

func (i *item) rank() int {
	switch {
	case !i.Changed():
		return minorRank + 1
	case i.minor:
		return minorRank
	}
	return rank(i.Op)
}

// worse compares by what happens.
func worse(a, b *item) int { return cmp.Compare(a.rank(), b.rank()) }

// tally says how many of some resources are deleted, replaced and so on.
func tally(items []*item) string {
	counts := map[int]int{}
	for _, i := range items {
		counts[i.rank()]++
	}
	var parts []string
	for at, o := range operations {
		if n := counts[at]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, o.done))
		}
	}
	if n := counts[minorRank]; n > 0 {
		parts = append(parts, fmt.Sprintf("%d %s", n, minorDone))
	}
	return strings.Join(parts, ", ")
}

// kind is a type token for people: "rds Instance" of aws:rds/instance:Instance.
func kind(token string) string {
	parts := strings.Split(token, ":")
	if len(parts) != 3 {
		return token
	}
	module := parts[1]
	if i := strings.IndexAny(module, "/."); i > 0 {
		module = module[:i]
	}
	return module + " " + parts[2]
}

// typeName is the last part of a type token.
func typeName(token string) string { return token[strings.LastIndex(token, ":")+1:] }

// count is a number of things.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// short takes out the middle of a long name, and what cannot be drawn.
func short(s string) string { return shorter(s, longestName) }

func shorter(s string, most int) string {
	r := []rune(clean(s))
	if len(r) <= most {
		return string(r)
	}
	half := (most - 1) / 2
	return string(r[:half]) + "…" + string(r[len(r)-half:])
}

// clean takes out of a name what would disturb a picture, and what nobody sees.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Cf, r):
			return -1
		case !unicode.IsPrint(r):
			return '?'
		}
		return r
	}, s)
}

// sign and class are those of what happens to it.
func (i *item) sign() string  { return operations[rank(i.Op)].sign }
func (i *item) class() string { return string(operations[rank(i.Op)].op) }
