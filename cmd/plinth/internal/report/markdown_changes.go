package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/plinth-iac/plinth/cmd/plinth/internal/change"
	"github.com/plinth-iac/plinth/cmd/plinth/internal/diff"
)

const (
	// mostProperties is how many properties of one resource are told.
	mostProperties = 25
	// fewCreations is up to how many created resources are told with their properties.
	fewCreations = 4
	// creationProperties is how many of each are.
	creationProperties = 8
	// manyCreations is from how many on they are only counted, component by component.
	manyCreations = 40
)

// block is what happens to a resource, or to several that the same happens to, in lines of
// a diff.
type block struct {
	stack     *Stack
	component string
	interest  interest
	op        change.Op
	kind      string
	names     []string
	// note is what there is to say of the operation, lines the properties.
	note, lines string
}

// interest is how much a reader wants to know of a change.
type interest int

// The interests, the greatest first. Of what is of no interest there are no blocks.
const (
	grave    interest = iota // in a box
	gone                     // replaced or deleted
	modified                 // updated, or anything else
	created
	noise // differs in tags only
)

// inOrder sorts blocks, the most telling first.
func inOrder(blocks []*block) {
	slices.SortStableFunc(blocks, func(a, b *block) int { return cmp.Compare(a.interest, b.interest) })
}

// changes are the resources of a stack that something happens to, without components, which
// repeat what happens to their parts, and without providers.
func (s *Stack) changes() []*change.Resource {
	return slices.DeleteFunc(slices.Clone(s.Change.Resources), func(r *change.Resource) bool {
		return !r.Changed() || !r.Custom || r.IsProvider()
	})
}

// blocksOf are those of a stack. Resources of a component that the same happens to share one.
func blocksOf(s *Stack) []*block {
	boxed := map[string]bool{}
	for _, d := range s.Dangers {
		boxed[d.Resource.URN] = true
	}
	for _, e := range s.Exposures {
		boxed[e.Resource.URN] = true
	}
	changes := s.changes()
	creations := 0
	for _, r := range changes {
		if r.Op == change.Create {
			creations++
		}
	}
	type key struct {
		component, kind, note, lines string
		op                           change.Op
	}
	same := map[key]*block{}
	var blocks []*block
	for _, r := range changes {
		how := interestIn(r, boxed[r.URN])
		if how == noise {
			continue
		}
		name, of := r.Name, key{componentOf(s.Change, r), kindOf(r.Type), "", linesOf(r, creations), r.Op}
		if how == created && creations >= manyCreations {
			name, of = of.kind, key{component: "all components", kind: of.component + ":", op: r.Op}
		}
		if r.Op == change.Replace && r.DeleteFirst {
			of.note = ": the old one is deleted first"
		}
		b := same[of]
		if b == nil {
			b = &block{stack: s, component: of.component, op: r.Op, kind: of.kind, note: of.note, lines: of.lines, interest: how}
			same[of] = b
			blocks = append(blocks, b)
		}
		b.names, b.interest = append(b.names, name), min(b.interest, how)
	}
	return blocks
}

func interestIn(r *change.Resource, boxed bool) interest {
	switch {
	case boxed:
		return grave
	case r.Gone():
		return gone
	case r.Op == change.Create:
		return created
	case onlyNoise(r):
		return noise
	}
	return modified
}

// onlyNoise says that what differs is of no use to anybody, such as tags.
func onlyNoise(r *change.Resource) bool {
	return r.Op == change.Update && len(r.Properties) > 0 &&
		!slices.ContainsFunc(r.Properties, func(p diff.Property) bool { return !p.Noise })
}

// text is the block as lines of a diff, in which the signs of creations and deletions are
// painted, and what begins with @ stands out.
func (b *block) text() string {
	o := operationOf(b.op)
	if b.lines == "" {
		sign := map[change.Op]string{change.Create: "+", change.Delete: "-", change.Forget: "-"}[b.op]
		return printable(fmt.Sprintf("%1s %s %s %s%s", sign, o.plan, b.kind, few(counted(b.names), 8), b.note)) + "\n"
	}
	return printable(fmt.Sprintf("@@ %s %s %s %s%s @@", o.sign, o.plan, b.kind, few(counted(b.names), 3), b.note)) + "\n" + b.lines
}

// counted are names without repeats, with how often they are there.
func counted(names []string) []string {
	times := map[string]int{}
	var list []string
	for _, name := range names {
		if times[name]++; times[name] == 1 {
			list = append(list, name)
		}
	}
	for i, name := range list {
		if n := times[name]; n > 1 {
			list[i] = fmt.Sprintf("%d %s", n, name)
		}
	}
	return list
}

// linesOf are the properties that differ, what forces a replacement first.
func linesOf(r *change.Resource, creations int) string {
	most := mostProperties
	switch {
	case r.Op == change.Delete, r.Op == change.Forget, r.Op == change.Create && creations > fewCreations:
		return ""
	case r.Op == change.Create:
		most = creationProperties
	}
	list := slices.DeleteFunc(slices.Clone(r.Properties), func(p diff.Property) bool { return p.Noise && !p.Forces })
	quiet := len(r.Properties) - len(list)
	slices.SortStableFunc(list, func(a, b diff.Property) int {
		switch {
		case a.Forces == b.Forces:
			return 0
		case a.Forces:
			return -1
		}
		return 1
	})
	var b strings.Builder
	for _, p := range list[:min(len(list), most)] {
		b.WriteString(propertyLines(r.Op, p))
	}
	if rest := len(list) - most; rest > 0 {
		fmt.Fprintf(&b, "  and %s more\n", count(rest, "property"))
	}
	if quiet > 0 && r.Op != change.Create {
		fmt.Fprintf(&b, "  and %s of no consequence, such as tags\n", count(quiet, "property"))
	}
	if len(r.Properties) == 0 && r.Op == change.Update {
		b.WriteString("  none of its properties differs\n")
	}
	return b.String()
}

// propertyLines are a property as it was and as it is to be. What a replacement will know
// only later follows from another one: what it was is of no use then.
func propertyLines(op change.Op, p diff.Property) string {
	mark := ""
	if p.Forces {
		mark = "  # forces replacement"
	}
	line := func(sign, what string) string { return printable(sign+" "+p.Path+": "+what) + mark + "\n" }
	switch {
	case p.Was == nil && p.Is == nil:
		return ""
	case p.Was == nil:
		return line("+", *p.Is)
	case p.Is == nil:
		return line("-", *p.Was)
	case *p.Was == diff.Secret && *p.Is == diff.Secret:
		return line("!", "another "+diff.Secret)
	case *p.Is == diff.Unknown && op == change.Replace:
		return line("!", diff.Unknown)
	}
	return line("-", *p.Was) + line("+", *p.Is)
}

// changesOf is the folded part with what changes, component by component, the most telling
// first.
func (c *comment) changesOf(s *Stack, m room) string {
	var order []string
	of := map[string][]*block{}
	for _, b := range c.blocks[:m.blocks] {
		if b.stack != s {
			continue
		}
		if of[b.component] == nil {
			order = append(order, b.component)
		}
		of[b.component] = append(of[b.component], b)
	}
	var text strings.Builder
	for _, component := range order {
		var lines strings.Builder
		for _, b := range of[component] {
			lines.WriteString(b.text())
		}
		text.WriteString(code(component) + "\n" + fenced("diff", lines.String()) + "\n")
	}
	if n := s.noise(); n > 0 {
		fmt.Fprintf(&text, "%s only in what has no consequence, such as tags.\n\n", differs(n))
	}
	if text.Len() == 0 {
		return ""
	}
	return folded("What changes: "+tally(s.Counts), text.String())
}

// noise is how many resources differ in tags only.
func (s *Stack) noise() int {
	n := 0
	for _, r := range s.changes() {
		if onlyNoise(r) {
			n++
		}
	}
	return n
}

func differs(n int) string {
	if n == 1 {
		return "1 resource differs"
	}
	return count(n, "resource") + " differ"
}
