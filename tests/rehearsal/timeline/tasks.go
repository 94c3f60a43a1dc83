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
	// chained says that the worker of its only predecessor goes on with it at once.
	chained bool
	took    span
	grade   string
	class   string // if the type has no row in the table
}

const barrier = -1

// span is how long something takes.
type span struct{ usual, low, high time.Duration }

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
//
// What is replaced by one that is deleted first goes at its registration: one worker deletes
// all that it takes along, the last of them first, then itself, and makes it again. What it
// has taken along is made again when that is registered.
func (g *Graph) plan(table *latency.Table, scale float64) []task {
	p := planner{Graph: g, table: table, scale: scale, deleted: map[resource.URN]bool{}}
	at := make([]int, len(g.nodes))
	gone := map[int]int{} // the tasks that delete first
	for place, i := range g.sorted {
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
		registered := task{node: i, op: n.Op, order: g.rank[i], preds: preds}
		if n.Op == Replace {
			registered.op = Create
		}
		if deletion, taken := gone[i]; taken {
			registered.preds = append(registered.preds, deletion)
		} else if n.deletedFirst() {
			for _, d := range slices.Backward(g.takenAlong(place, gone)) {
				gone[d] = p.add(task{node: d, op: Delete, order: registered.order, preds: registered.preds, chained: registered.chained})
				registered.preds, registered.chained = []int{gone[d]}, true
			}
		}
		at[i] = p.add(registered)
	}
	for _, layer := range g.layers() {
		var preds []int
		if len(p.tasks) > 0 {
			preds = []int{p.barrier()}
		}
		for _, i := range layer {
			p.add(task{node: i, op: Delete, order: -g.rank[i], preds: preds})
		}
	}
	return p.tasks
}

// add says how long a task takes, and which it is.
func (p *planner) add(t task) int {
	t.took, t.grade, t.class = p.estimate(&p.nodes[t.node], t.op)
	p.tasks = append(p.tasks, t)
	return len(p.tasks) - 1
}

// deletedFirst says that the old one of a replacement goes first.
func (n *Node) deletedFirst() bool { return n.Op == Replace && n.DeleteBeforeReplace }

// takenAlong are the node at a place of those that are sorted, and all after it that go with it
// and are not gone yet.
func (g *Graph) takenAlong(place int, gone map[int]int) []int {
	list, urns := []int{g.sorted[place]}, map[resource.URN]bool{g.nodes[g.sorted[place]].URN: true}
	for _, i := range g.sorted[place+1:] {
		n := &g.nodes[i]
		_, before := gone[i]
		if n.deletedFirst() && !before && slices.ContainsFunc(n.ReplacedWith, func(urn resource.URN) bool { return urns[urn] }) {
			list, urns[n.URN] = append(list, i), true
		}
	}
	return list
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
		if n.Op != Delete && n.Op != Replace || n.deletedFirst() {
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
	e, class := p.table.Estimate(n.Type, op, n.Inputs, n.Changed)
	return span{seconds(e.P50), seconds(e.Low), seconds(e.High)}, e.Grade, class
}
