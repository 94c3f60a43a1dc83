package timeline

import (
	"cmp"
	"container/heap"
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/plinth-iac/plinth/tests/simcloud/latency"
)

// Op is what the engine does to a resource.
type Op = latency.Op

// The operations: those of the table of latencies, and two that it has no figures for.
const (
	Create     = latency.Create
	Update     = latency.Update
	Delete     = latency.Delete
	Read       = latency.Read
	Replace Op = "replace" // of which a result tells the delete and the create
	Same    Op = "same"
)

// Node is a resource and what happens to it.
type Node struct {
	URN    resource.URN
	Type   string
	Parent resource.URN
	// Dependencies are all resources that must exist before: by data, by dependsOn, and
	// the resource's provider. Of a component only the registration is waited for, not its
	// children: an in-process component's children are listed themselves.
	Dependencies []resource.URN
	// DeletedWith is a resource whose deletion takes this one along.
	DeletedWith resource.URN
	// Custom resources are handled by a provider; others, components, take no time.
	Custom bool
	// External resources are only read.
	External bool
	// RetainOnDelete leaves the resource in the cloud when the stack lets go of it.
	RetainOnDelete bool
	// DeleteBeforeReplace orders the halves of a replacement.
	DeleteBeforeReplace bool
	// ReplacedWith are the resources that take this one along when they are deleted before they
	// are made again, if it is deleted first as well. They need not be in the graph.
	ReplacedWith []resource.URN
	// Op is what happens. Default: create, or read if External.
	Op Op
	// Inputs are what the resource is made from, Changed the paths that an update changes:
	// some take more time than others.
	Inputs  map[string]any
	Changed []string
	// Order is the place in the order in which the program registers its resources.
	// Equals come in the order of the nodes.
	Order int
}

// Graph is a sound graph of resources: what is depended on is in it, and it has no cycle.
type Graph struct {
	nodes    []Node
	preds    [][]int // what each node waits for
	rank     []int   // each node's place in registration order, without equals
	sorted   []int   // dependencies first, otherwise by rank
	children map[resource.URN][]int
}

// New checks the nodes and makes a graph. A URN may occur twice if one of the two is to be
// deleted.
func New(nodes []Node) (*Graph, error) {
	g := &Graph{
		nodes: slices.Clone(nodes), preds: make([][]int, len(nodes)), rank: make([]int, len(nodes)),
		children: map[resource.URN][]int{},
	}
	live, dead := map[resource.URN]int{}, map[resource.URN]int{}
	for i := range g.nodes {
		n := &g.nodes[i]
		if n.Op == "" {
			if n.Op = Create; n.External {
				n.Op = Read
			}
		}
		if n.Op == Delete {
			dead[n.URN] = i
			continue
		}
		if _, twice := live[n.URN]; twice {
			return nil, fmt.Errorf("two resources are called %s", n.URN)
		}
		live[n.URN] = i
	}
	for i, n := range g.nodes {
		first, second := live, dead
		if n.Op == Delete {
			first, second = dead, live
		}
		for _, urn := range n.waitsFor() {
			j, found := first[urn]
			if !found {
				j, found = second[urn]
			}
			if !found {
				return nil, fmt.Errorf("%s depends on %s, which is not in the graph", n.URN, urn)
			}
			g.preds[i] = append(g.preds[i], j)
		}
		slices.Sort(g.preds[i])
		g.preds[i] = slices.Compact(g.preds[i])
		g.children[n.Parent] = append(g.children[n.Parent], i)
	}
	if err := g.sort(); err != nil {
		return nil, err
	}
	return g, nil
}

func (n Node) waitsFor() []resource.URN {
	list := slices.Clone(n.Dependencies)
	if n.Parent != "" {
		list = append(list, n.Parent)
	}
	if n.DeletedWith != "" {
		list = append(list, n.DeletedWith)
	}
	return list
}

// sort puts dependencies first, and otherwise keeps the order of the program.
func (g *Graph) sort() error {
	byOrder := make([]int, len(g.nodes))
	for i := range byOrder {
		byOrder[i] = i
	}
	slices.SortStableFunc(byOrder, func(a, b int) int { return cmp.Compare(g.nodes[a].Order, g.nodes[b].Order) })
	for place, i := range byOrder {
		g.rank[i] = place
	}
	succs := make([][]int, len(g.nodes))
	waiting := make([]int, len(g.nodes))
	ready := &queue{}
	for i, preds := range g.preds {
		waiting[i] = len(preds)
		for _, p := range preds {
			succs[p] = append(succs[p], i)
		}
		if len(preds) == 0 {
			heap.Push(ready, event{order: g.rank[i], task: i})
		}
	}
	for ready.Len() > 0 {
		i := heap.Pop(ready).(event).task
		g.sorted = append(g.sorted, i)
		for _, s := range succs[i] {
			if waiting[s]--; waiting[s] == 0 {
				heap.Push(ready, event{order: g.rank[s], task: s})
			}
		}
	}
	if len(g.sorted) == len(g.nodes) {
		return nil
	}
	at := slices.IndexFunc(waiting, func(n int) bool { return n > 0 })
	for range g.nodes { // against the arrows one comes into a cycle, and stays in it
		at = g.preds[at][slices.IndexFunc(g.preds[at], func(p int) bool { return waiting[p] > 0 })]
	}
	return fmt.Errorf("%s depends on itself", g.nodes[at].URN)
}

// Nodes are the graph's resources.
func (g *Graph) Nodes() []Node { return slices.Clone(g.nodes) }

// Destroy is the graph in which all resources are deleted.
func (g *Graph) Destroy() *Graph {
	all := *g
	all.nodes = slices.Clone(g.nodes)
	for i := range all.nodes {
		all.nodes[i].Op = Delete
	}
	return &all
}

// component is the closest component above a node, or empty for those right below the
// stack.
func (g *Graph) components() []resource.URN {
	found := make([]resource.URN, len(g.nodes))
	byURN := make(map[resource.URN]int, len(g.nodes))
	for _, i := range g.sorted { // parents come first
		n := &g.nodes[i]
		byURN[n.URN] = i
		if n.Parent == "" {
			continue
		}
		parent := byURN[n.Parent]
		switch up := &g.nodes[parent]; {
		case up.Custom:
			found[i] = found[parent]
		case up.Type != string(resource.RootStackType):
			found[i] = up.URN
		}
	}
	return found
}

// name is the logical name in a URN.
func name(urn resource.URN) string {
	s := string(urn)
	if i := strings.LastIndex(s, "::"); i >= 0 {
		s = s[i+2:]
	}
	return s
}

// kind is a type token for people: "ec2/vpc" for "aws:ec2/vpc:Vpc".
func kind(typ string) string {
	parts := strings.Split(typ, ":")
	if len(parts) != 3 {
		return typ
	}
	if i := strings.LastIndex(parts[1], "/"); i >= 0 && strings.EqualFold(parts[1][i+1:], parts[2]) {
		return parts[1]
	}
	return parts[1] + "/" + parts[2]
}
