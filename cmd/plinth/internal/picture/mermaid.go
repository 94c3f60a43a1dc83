package picture

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/plinth-iac/plinth/cmd/plinth/internal/change"
)

// What a reader takes in at a glance, and what GitHub draws without complaint.
const (
	mostNodes      = 40 // with the one that says what is left out
	mostNeighbours = 12
	easyNodes      = 24 // up to which neighbours are added
	mostFrames     = 6  // around components
	longestChart   = 8000
)

// Classes of nodes that have no operation's colour. All are read on white and on black.
const (
	neighbourClass = "near"
	minorClass     = "tags"
	frameClass     = "frame"
	noteClass      = "note"
)

// Mermaid is a flowchart of what changes and of what is next to it, or nothing if nothing
// changes. Arrows go from who depends to what it depends on, so that what is on the left
// feels what happens on the right; dotted ones are of what is gone. Of too much, updates of
// tags are left out first; then components are nodes, but for what is deleted or replaced, then
// whole ones, and of these the worst are kept.
func Mermaid(c *change.Change) string {
	g := newGraph(c)
	if !slices.ContainsFunc(g.items, func(i *item) bool { return i.Changed() }) {
		return ""
	}
	for _, d := range details {
		if chart := g.chart(d); chart.fits() {
			return chart.text()
		}
	}
	chart := g.chart(details[len(details)-1])
	for most := mostNodes - 1; most > 0 && !chart.fits(); most-- {
		chart.keep(most)
	}
	return chart.text()
}

// detail is how much of a change a flowchart shows.
type detail struct {
	// minor says that updates of tags are shown.
	minor bool
	// alone is the rank from which on what changes is together with the rest of its group, and
	// not in nodes of its own.
	alone int
}

// details are tried in this order.
var details = []detail{{true, allAlone}, {false, allAlone}, {false, rank(change.Replace) + 1}, {false, 0}}

// allAlone is above all ranks of what changes.
var allAlone = minorRank + 1

// chart is a flowchart.
type chart struct {
	graph *graph
	// nodes come the worst first, and the neighbours of what changes last.
	nodes   []*node
	changes int // of the nodes
	owner   map[*item]*node
	framed  bool
	// Items that are not shown.
	hidden, hiddenTags, hiddenNeighbours int
}

// node is a resource, or some of a group.
type node struct {
	id    string // empty if it is not shown
	group *group
	items []*item
	whole bool // it stands for its group
	// neighbour says that it is shown for what is next to it, whatever happens to it.
	neighbour bool
	// touches counts the links with what changes; one that is gone counts more than all others.
	touches int
}

// chart arranges what is to be shown.
func (g *graph) chart(d detail) *chart {
	c := &chart{graph: g, owner: map[*item]*node{}, framed: d.alone == allAlone}
	tags := d.minor || !slices.ContainsFunc(g.items, func(i *item) bool { return i.Changed() && !i.minor })
	changes := func(i *item) bool { return i.Changed() && (tags || !i.minor) }
	groups := map[*group]*node{}
	for _, i := range g.items {
		if changes(i) {
			c.add(i, i.rank() < d.alone, groups)
		} else if i.Changed() {
			c.hiddenTags++
		}
	}
	c.changes = len(c.nodes)
	touches := map[*item]int{}
	for _, l := range g.links {
		weight := 1
		if l.gone {
			weight = len(g.links)
		}
		if changes(l.from) {
			touches[l.to] += weight
		}
		if changes(l.to) {
			touches[l.from] += weight
		}
	}
	for _, n := range c.nodes {
		slices.SortStableFunc(n.items, worse)
	}
	slices.SortStableFunc(c.nodes, func(a, b *node) int { return worse(a.items[0], b.items[0]) })
	c.addNeighbours(touches, groups)
	return c
}

// addNeighbours shows the items that something touches and that are not shown yet, together if
// they are many, and only as many as are easily taken in.
func (c *chart) addNeighbours(touches map[*item]int, groups map[*group]*node) {
	var alone []*item
	for _, i := range c.graph.items {
		switch n := groups[i.group]; {
		case touches[i] == 0 || c.owner[i] != nil:
		case n != nil:
			c.owner[i] = n
		default:
			alone = append(alone, i)
		}
	}
	room := min(mostNeighbours, max(0, easyNodes-c.changes))
	clear(groups)
	for _, i := range alone {
		n := c.add(i, len(alone) <= room, groups)
		n.neighbour = true
		n.touches += touches[i]
	}
	slices.SortStableFunc(c.nodes[c.changes:], func(a, b *node) int { return cmp.Compare(b.touches, a.touches) })
	c.keep(c.changes + room)
}

// add shows an item alone or in the node of its group.
func (c *chart) add(i *item, alone bool, groups map[*group]*node) *node {
	n := groups[i.group]
	if alone || n == nil {
		n = &node{group: i.group, whole: !alone}
		c.nodes = append(c.nodes, n)
		if !alone {
			groups[i.group] = n
		}
	}
	n.items = append(n.items, i)
	c.owner[i] = n
	return n
}

// keep leaves out all but the first nodes.
func (c *chart) keep(most int) {
	most = min(most, len(c.nodes))
	for at, n := range c.nodes[most:] {
		n.id = ""
		if most+at < c.changes {
			c.hidden += len(n.items)
		} else {
			c.hiddenNeighbours += len(n.items)
		}
	}
	c.nodes = c.nodes[:most]
	c.changes = min(c.changes, most)
}

// fits says that a reader takes it in. The last node may be that of what is left out.
func (c *chart) fits() bool {
	return len(c.nodes) < mostNodes && len(c.text()) <= longestChart
}

func (c *chart) text() string {
	var b strings.Builder
	b.WriteString("flowchart LR\naccTitle: What changes, and what is next to it\n")
	classes := map[string]bool{}
	at := 0
	show := func(n *node) {
		at++
		n.id = fmt.Sprintf("n%d", at)
		classes[n.class()] = true
		fmt.Fprintf(&b, "%s%s:::%s\n", n.id, n.shape(), n.class())
	}
	frames := c.frames()
	for at, frame := range frames {
		classes[frameClass] = true
		fmt.Fprintf(&b, "subgraph g%d[\"%s\"]\n", at+1, label(short(frame.name)+" · "+short(frame.kind)))
		for _, n := range c.nodes {
			if n.group == frame {
				show(n)
			}
		}
		b.WriteString("end\n")
	}
	for _, n := range c.nodes {
		if !slices.Contains(frames, n.group) {
			show(n)
		}
	}
	if left := c.leftOut(); left != "" {
		classes[noteClass] = true
		fmt.Fprintf(&b, "n%d[\"%s\"]:::%s\n", at+1, label(left), noteClass)
	}
	c.arrows(&b)
	for at := range frames {
		fmt.Fprintf(&b, "class g%d %s\n", at+1, frameClass)
	}
	for _, of := range chartClasses() {
		if classes[of.name] {
			fmt.Fprintf(&b, "classDef %s %s\n", of.name, of.style)
		}
	}
	b.WriteString("linkStyle default stroke:#8b949e\n")
	return b.String()
}

// frames are the components that something changes in, if they are few.
func (c *chart) frames() []*group {
	var frames []*group
	for _, of := range c.graph.groups {
		if of.component && slices.ContainsFunc(c.nodes[:c.changes], func(n *node) bool { return n.group == of }) {
			frames = append(frames, of)
		}
	}
	if !c.framed || len(frames) > mostFrames {
		return nil
	}
	return frames
}

// arrows joins the nodes of which one changes, where that does not follow from other arrows.
func (c *chart) arrows(b *strings.Builder) {
	arrows := join(c.graph.links, func(i *item) *node {
		if n := c.owner[i]; n != nil && n.id != "" {
			return n
		}
		return nil
	}, func(n *node) bool { return !n.neighbour })
	for _, a := range arrows {
		arrow := "-->"
		if a.gone {
			arrow = "-.->"
		}
		fmt.Fprintf(b, "%s %s %s\n", a.from.id, arrow, a.to.id)
	}
}

// leftOut says what is not shown, or nothing.
func (c *chart) leftOut() string {
	var parts []string
	for _, of := range []struct {
		n    int
		noun string
	}{{c.hidden, "other change"}, {c.hiddenTags, "tags-only update"}, {c.hiddenNeighbours, "neighbour"}} {
		if of.n > 0 {
			parts = append(parts, count(of.n, of.noun))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return "not shown: " + strings.Join(parts, ", ")
}

func (n *node) class() string {
	switch {
	case n.neighbour:
		return neighbourClass
	case n.items[0].minor:
		return minorClass
	}
	return n.items[0].class()
}

// shape is the node's outline with its text: what changes has corners.
func (n *node) shape() string {
	first := n.items[0]
	name, about := short(first.Name), short(kind(first.Type))
	if n.whole && len(n.items) > 1 {
		name, about = n.group.label, tally(n.items)
		if n.neighbour {
			about = count(len(n.items), "resource")
		}
	}
	name, about = label(name), label(about)
	if n.neighbour {
		return fmt.Sprintf(`("%s<br/>%s")`, name, about)
	}
	return fmt.Sprintf(`["%s&nbsp;%s<br/>%s"]`, label(first.sign()), name, about)
}

// chartClass is a class of nodes, and how it looks.
type chartClass struct{ name, style string }

func chartClasses() []chartClass {
	const grey = "fill:#656d76,stroke:#656d76,color:#ffffff"
	var classes []chartClass
	for _, o := range operations {
		classes = append(classes, chartClass{string(o.op), fmt.Sprintf("fill:%s,stroke:%[1]s,color:#ffffff", o.colour)})
	}
	return append(classes,
		chartClass{minorClass, fmt.Sprintf("fill:none,stroke:%s,color:#8f6a00", operations[rank(change.Update)].colour)},
		chartClass{neighbourClass, grey},
		chartClass{frameClass, "fill:none,stroke:#8b949e,stroke-dasharray:4 3,color:#737b85"},
		chartClass{noteClass, "fill:none,stroke:none,color:#737b85"})
}

// label writes a text so that Mermaid takes nothing in it for syntax, Markdown or HTML.
func label(s string) string {
	var b strings.Builder
	for _, r := range clean(s) {
		switch {
		case r >= 0x80 || r == ' ' || r == '-' || '0' <= r && r <= '9' || 'A' <= r && r <= 'Z' || 'a' <= r && r <= 'z':
			b.WriteRune(r)
		default:
			fmt.Fprintf(&b, "#%d;", r)
		}
	}
	return b.String()
}
