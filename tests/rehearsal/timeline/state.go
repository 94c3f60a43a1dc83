package timeline

import (
	"cmp"
	"hash/fnv"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// FromState is the graph of an exported state, as if everything in it were to be created.
// What the state holds only to delete it later is left out.
func FromState(state apitype.DeploymentV3) (*Graph, error) {
	var d draft
	for _, r := range state.Resources {
		if !r.Delete {
			d.add(r)
		}
	}
	return d.graph()
}

// draft is nodes of which the order in the program is still to be found out.
type draft struct {
	nodes  []Node
	traces []trace
}

// add adds a resource as a state has it. The node is good until the next one is added.
func (d *draft) add(r apitype.ResourceV3) *Node {
	n := Node{
		URN: r.URN, Type: string(r.Type), Parent: r.Parent, Custom: r.Custom, External: r.External,
		RetainOnDelete: r.RetainOnDelete, DeletedWith: r.DeletedWith, Inputs: r.Inputs,
		Dependencies: slices.Concat(r.Dependencies, r.ReplaceWith, providerOf(&r)),
	}
	for _, urns := range r.PropertyDependencies {
		n.Dependencies = append(n.Dependencies, urns...)
	}
	d.nodes, d.traces = append(d.nodes, n), append(d.traces, traceOf(r))
	return &d.nodes[len(d.nodes)-1]
}

// providerOf is the provider of a resource, if it has one.
func providerOf(r *apitype.ResourceV3) []resource.URN {
	if i := strings.LastIndex(r.Provider, "::"); i >= 0 {
		return []resource.URN{resource.URN(r.Provider[:i])}
	}
	return nil
}

func (d *draft) graph() (*Graph, error) {
	g, err := New(d.nodes)
	if err != nil {
		return nil, err
	}
	for place, i := range programOrder(g, d.traces) {
		d.nodes[i].Order = place
	}
	return New(d.nodes)
}

// trace is where in the program a resource is registered, outermost call first.
type trace []position

type position struct {
	file string
	line int
	// branch is the same for all calls from the same callers into the same file.
	branch uint64
}

func traceOf(r apitype.ResourceV3) trace {
	var t trace
	callers := fnv.New64a()
	for _, frame := range slices.Backward(r.StackTrace) {
		file, line, found := strings.Cut(frame.SourcePosition, "#")
		if !found {
			continue
		}
		_, _ = io.WriteString(callers, file) // a hash takes all
		branch := callers.Sum64()
		_, _ = io.WriteString(callers, "#"+line+" ")
		row, _, _ := strings.Cut(line, ",")
		number, _ := strconv.Atoi(row)
		t = append(t, position{file, number, branch})
	}
	return t
}

// programOrder is the order in which the program registers. A state does not tell: it
// lists resources as they were finished, in any order if several are at work. But the
// state has the stack of calls of each registration. Where two stacks part, they are in
// the same function, and the upper line comes first. In the rounds of a loop, names
// decide; if a loop calls functions of several files, the file does first whose resources
// depend on least. Resources without a stack, which the engine registers, come first.
func programOrder(g *Graph, traces []trace) []int {
	depth := make([]int, len(traces))
	first := map[uint64]int{} // by branch, the least depth in it
	for _, i := range g.sorted {
		for _, p := range g.preds[i] {
			depth[i] = max(depth[i], depth[p]+1)
		}
		for _, p := range traces[i] {
			if least, known := first[p.branch]; !known || depth[i] < least {
				first[p.branch] = depth[i]
			}
		}
	}
	order := make([]int, len(traces))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		ta, tb := traces[a], traces[b]
		for at := range min(len(ta), len(tb)) {
			switch p, q := ta[at], tb[at]; {
			case p == q:
			case p.file == q.file:
				return cmp.Compare(p.line, q.line)
			default:
				return cmp.Or(cmp.Compare(first[p.branch], first[q.branch]), cmp.Compare(p.file, q.file))
			}
		}
		if len(ta) == 0 && len(tb) == 0 {
			return 0
		}
		return cmp.Or(cmp.Compare(len(ta), len(tb)), cmp.Compare(g.nodes[a].URN, g.nodes[b].URN))
	})
	return order
}
