package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/plinth-iac/plinth/cmd/plinth/internal/change"
	"github.com/plinth-iac/plinth/cmd/plinth/internal/diff"
)

// manyCreations is from how many on they are only counted, component by component.
const manyCreations = 40

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

// changes are the resources of a stack that something happens to.
func (s *Stack) changes() []*change.Resource {
	return slices.DeleteFunc(slices.Clone(s.Change.Resources), func(r *change.Resource) bool { return !happensTo(r) })
}

// happensTo says that something happens to a resource, be it that it loses its protection.
// Components repeat what happens to their parts, and a provider that is made does nothing.
func happensTo(r *change.Resource) bool {
	return r.Custom && (r.Changed() || r.Unprotected()) && !(r.IsProvider() && r.Op == change.Create)
}

// does is what happens to the stack in all, with what is in no column of the table.
func (s *Stack) does() string {
	var parts []string
	if does := tally(s.Counts); does != tally(nil) {
		parts = append(parts, does)
	}
	providers, unprotected := 0, 0
	for _, r := range s.changes() {
		switch {
		case r.IsProvider():
			providers++
		case !r.Changed():
			unprotected++
		}
	}
	if providers > 0 {
		parts = append(parts, count(providers, "provider"))
	}
	if unprotected > 0 {
		parts = append(parts, fmt.Sprintf("%d to unprotect", unprotected))
	}
	return cmp.Or(strings.Join(parts, ", "), tally(nil))
}

// blocksOf are those of a stack. Resources of a component that the same happens to share one.
func blocksOf(s *Stack) []*block {
	boxed := map[string][]string{} // with the properties that are told of
	for _, d := range s.Dangers {
		boxed[d.Resource.URN] = append(boxed[d.Resource.URN], d.Because...)
	}
	for _, e := range s.Exposures {
		boxed[e.Resource.URN] = append(boxed[e.Resource.URN], e.Property)
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
		because, is := boxed[r.URN]
		how := interestIn(r, is)
		if how == noise {
			continue
		}
		name, of := cut(r.Name, mostName), key{componentOf(s.Change, r), kindOf(r.Type), "", linesOf(r, creations, because), r.Op}
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
	case boxed, r.Unprotected():
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
	if b.op == change.Same {
		o = operation{b.op, "!", "unprotect", ""}
	}
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
		title := code(component)
		if component == inNoComponent {
			title = capital(component)
		}
		text.WriteString(title + "\n" + fenced("diff", lines.String()) + "\n")
	}
	if n := s.noise(); n > 0 {
		fmt.Fprintf(&text, "%s only in tags.\n\n", differs(n))
	}
	if text.Len() == 0 {
		return ""
	}
	return folded("What changes: "+s.does(), text.String())
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
