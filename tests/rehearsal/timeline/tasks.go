package timeline

import (
	"math"
	"slices"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/plinth-iac/plinth/tests/simcloud/latency"
)

// task is what occupies one of the engine's slots: an operation on a node. A task of no
// node is a barrier, which takes no slot and no time.
type task struct {
	node  int // or barrier
	op    Op
	order int
	preds []int // all of them before this one
	took  span
	grade string
	class string // if the type has no row in the table
}

const barrier = -1

// span is how long something takes.
type span struct{ usual, low, high time.Duration }

func (s span) plus(o span) span { return span{s.usual + o.usual, s.low + o.low, s.high + o.high} }

// planner turns a graph into tasks.
type planner struct {
	*Graph
	table   *latency.Table
	scale   float64
	deleted map[resource.URN]bool
	tasks   []task
}

// plan is what the engine does: first all that the program registers, then, when that is
// done, what is to be deleted. Deletions go in layers. A layer is what nothing in a later
// layer depends on, and it begins when the one before has ended as a whole.
func (g *Graph) plan(table *latency.Table, scale float64) []task {
	p := planner{Graph: g, table: table, scale: scale, deleted: map[resource.URN]bool{}}
	at := make([]int, len(g.nodes))
	for _, i := range g.sorted {
		n := &g.nodes[i]
		if n.Op == Delete {
			p.deleted[n.URN] = true
			continue
		}
		var preds []int
		for _, before := range g.preds[i] {
			if g.nodes[before].Op != Delete {
				preds = append(preds, at[before])
			}
		}
		op := n.Op
		if op == Replace && !n.DeleteBeforeReplace {
			op = Create // the old one goes later
		}
		at[i] = len(p.tasks)
		p.add(i, op, g.rank[i], preds)
	}
	for _, layer := range g.layers() {
		var preds []int
		if len(p.tasks) > 0 {
			preds = []int{p.barrier()}
		}
		for _, i := range layer {
			p.add(i, Delete, -g.rank[i], preds)
		}
	}
	return p.tasks
}

func (p *planner) add(node int, op Op, order int, preds []int) {
	t := task{node: node, op: op, order: order, preds: preds}
	t.took, t.grade, t.class = p.estimate(&p.nodes[node], op)
	p.tasks = append(p.tasks, t)
}

// barrier comes after all tasks so far.
func (p *planner) barrier() int {
	wait := task{node: barrier}
	for i := len(p.tasks) - 1; i >= 0; i-- {
		wait.preds = append(wait.preds, i)
		if p.tasks[i].node == barrier {
			break
		}
	}
	p.tasks = append(p.tasks, wait)
	return len(p.tasks) - 1
}

// layers are the nodes to be deleted, first layer first.
func (g *Graph) layers() [][]int {
	depth := make([]int, len(g.nodes)) // from 1; 0 is not deleted
	place := make([]int, len(g.nodes))
	for at, i := range g.sorted {
		place[i] = at
	}
	var layers [][]int
	for _, i := range g.sorted {
		n := &g.nodes[i]
		if n.Op != Delete && (n.Op != Replace || n.DeleteBeforeReplace) {
			continue
		}
		deepest := 0
		for _, p := range g.preds[i] {
			deepest = max(deepest, depth[p])
			// Who depends on a component depends on all of it, to the engine, as far as it
			// was there before.
			if up := &g.nodes[p]; !up.Custom && up.URN != n.Parent {
				g.below(up.URN, func(child int) {
					if place[child] < place[i] {
						deepest = max(deepest, depth[child])
					}
				})
			}
		}
		depth[i] = deepest + 1
		if len(layers) < depth[i] {
			layers = append(layers, nil)
		}
		layers[deepest] = append(layers[deepest], i)
	}
	slices.Reverse(layers)
	return layers
}

func (g *Graph) below(urn resource.URN, visit func(int)) {
	for _, child := range g.children[urn] {
		visit(child)
		g.below(g.nodes[child].URN, visit)
	}
}

// estimate is how long an operation on a node takes. Components, providers and what the
// engine does not hand to a provider take no time.
func (p *planner) estimate(n *Node, op Op) (took span, grade, class string) {
	switch {
	case !n.Custom, op == Same, strings.HasPrefix(n.Type, "pulumi:"):
		return span{}, "", ""
	case op == Delete && (n.External || n.RetainOnDelete || p.deleted[n.DeletedWith]):
		return span{}, "", ""
	}
	seconds := func(s float64) time.Duration {
		return time.Duration(math.Round(s * p.scale * float64(time.Second)))
	}
	once := func(op Op) span {
		e, c := p.table.Estimate(n.Type, op, n.Inputs, n.Changed)
		grade, class = e.Grade, c
		return span{seconds(e.P50), seconds(e.Low), seconds(e.High)}
	}
	if op == Replace { // of which the old one goes first: one task of two steps
		took = once(Delete)
		return took.plus(once(Create)), grade, class
	}
	took = once(op)
	return took, grade, class
}
