package timeline

import (
	"fmt"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/plinth-iac/plinth/tests/simcloud/latency"
)

// drawNodes are up to 40 nodes of any shape; with ops, of any operation.
func drawNodes(t *rapid.T, ops ...Op) []Node {
	count := rapid.IntRange(1, 40).Draw(t, "count")
	nodes := make([]Node, count)
	for i := range nodes {
		n := &nodes[i]
		n.Type = fmt.Sprintf("test:x:%d", rapid.IntRange(0, 29).Draw(t, "seconds"))
		n.Custom = rapid.IntRange(0, 5).Draw(t, "custom") > 0
		n.Order = rapid.IntRange(0, count).Draw(t, "order")
		n.URN = resource.URN(fmt.Sprintf("urn:pulumi:s::p::%s::n%d", n.Type, i))
		n.DeleteBeforeReplace = rapid.Bool().Draw(t, "deleteFirst")
		if len(ops) > 0 {
			n.Op = rapid.SampledFrom(ops).Draw(t, "op")
		}
		for range rapid.IntRange(0, min(i, 3)).Draw(t, "degree") {
			n.Dependencies = append(n.Dependencies, nodes[rapid.IntRange(0, i-1).Draw(t, "dependency")].URN)
		}
		n.ReplacedWith = n.Dependencies[:len(n.Dependencies)/2]
		if i > 0 && rapid.Bool().Draw(t, "child") {
			n.Parent = nodes[rapid.IntRange(0, i-1).Draw(t, "parent")].URN
		}
	}
	return nodes
}

// longest is the length of the longest chain, found by walking all of them.
func longest(nodes []Node, table *latency.Table) float64 {
	byURN := map[resource.URN]Node{}
	for _, n := range nodes {
		byURN[n.URN] = n
	}
	known := map[resource.URN]float64{}
	var end func(n Node) float64
	end = func(n Node) float64 {
		if at, ok := known[n.URN]; ok {
			return at
		}
		at := 0.0
		for _, urn := range n.waitsFor() {
			at = max(at, end(byURN[urn]))
		}
		if n.Custom {
			e, _ := table.Estimate(n.Type, Create, nil, nil)
			at += e.P50
		}
		known[n.URN] = at
		return at
	}
	total := 0.0
	for _, n := range nodes {
		total = max(total, end(n))
	}
	return total
}

func TestADeployTakesNoLessThanItsLongestChain(t *testing.T) {
	table := seconds(t)
	rapid.Check(t, func(t *rapid.T) {
		nodes := drawNodes(t)
		g := graph(t, nodes)
		unlimited := Compute(g, Options{Table: table})
		require.Equal(t, longest(nodes, table), unlimited.Seconds)
		require.Equal(t, unlimited.Seconds, unlimited.Unlimited)
		require.Equal(t, unlimited.Work, Compute(g, Options{Parallel: 1, Table: table}).Seconds, "one slot takes the sum")
	})
}

var anyOp = []Op{Create, Update, Replace, Delete, Read, Same}

func TestSlotsAreKeptAndUsed(t *testing.T) {
	table := seconds(t)
	rapid.Check(t, func(t *rapid.T) {
		nodes := drawNodes(t, anyOp...)
		g, first := graph(t, nodes), map[resource.URN]bool{}
		for _, n := range nodes {
			first[n.URN] = n.deletedFirst()
		}
		p := rapid.IntRange(1, 10).Draw(t, "parallel")
		r := Compute(g, Options{Parallel: p, Table: table})
		// Graham's bounds for any schedule that leaves no slot idle without need.
		require.GreaterOrEqual(t, r.Seconds, max(r.Unlimited, r.Work/float64(p))-1e-6)
		require.LessOrEqual(t, r.Seconds, r.Unlimited+r.Work/float64(p)+1e-6)
		busy := func(at float64) (n int) {
			for _, b := range r.Bars {
				if b.Start <= at && at < b.End {
					n++
				}
			}
			return n
		}
		for _, b := range r.Bars {
			require.LessOrEqual(t, busy(b.Start), p)
			if b.Waited > 0 {
				require.Equal(t, p, busy(b.Start-0.25), "%s waited although a slot was free", b.Name)
			}
			for _, other := range r.Bars {
				if first[other.URN] {
					continue // a worker goes on with it at once
				}
				if other.Start-other.Waited > b.Start-b.Waited {
					require.GreaterOrEqual(t, other.Start, b.Start, "%s came after %s", other.Name, b.Name)
				}
			}
		}
	})
}

func TestNothingComesBeforeItsTime(t *testing.T) {
	table := seconds(t)
	rapid.Check(t, func(t *rapid.T) {
		nodes := drawNodes(t, anyOp...)
		r := Compute(graph(t, nodes), Options{Parallel: rapid.IntRange(0, 10).Draw(t, "parallel"), Table: table})
		made, gone := map[resource.URN]Bar{}, map[resource.URN]Bar{}
		lastMade := 0.0
		for _, b := range r.Bars {
			if b.Op == Delete {
				gone[b.URN] = b
			} else {
				made[b.URN] = b
				lastMade = max(lastMade, b.End)
			}
		}
		for _, n := range nodes {
			d, deleted := gone[n.URN]
			if !n.deletedFirst() {
				continue
			}
			require.True(t, deleted)
			require.LessOrEqual(t, d.End, made[n.URN].Start)
			away, is := r.Away(n.URN)
			require.True(t, is)
			require.Equal(t, made[n.URN].End-d.Start, away)
			delete(gone, n.URN) // the others go at the end
		}
		for _, n := range nodes {
			for _, urn := range n.waitsFor() {
				if a, ok := made[urn]; ok && made[n.URN].URN != "" {
					require.LessOrEqual(t, a.End, made[n.URN].Start, "%s before %s", n.URN, urn)
				}
				if a, ok := gone[urn]; ok && gone[n.URN].URN != "" {
					require.GreaterOrEqual(t, a.Start, gone[n.URN].End, "%s deleted under %s", urn, n.URN)
				}
			}
			if d, ok := gone[n.URN]; ok {
				require.GreaterOrEqual(t, d.Start, lastMade)
			}
		}
	})
}

func TestTheCriticalPathExplainsTheTime(t *testing.T) {
	table := seconds(t)
	rapid.Check(t, func(t *rapid.T) {
		nodes := drawNodes(t, anyOp...)
		r := Compute(graph(t, nodes), Options{Parallel: 3, Table: table})
		at := 0.0
		for _, b := range r.CriticalPath {
			require.Equal(t, at, b.Start, "no gap")
			require.Zero(t, b.Slack)
			at = b.End
		}
		require.Equal(t, r.Unlimited, at)
		require.Equal(t, r, Compute(graph(t, nodes), Options{Parallel: 3, Table: table}), "the same again")
	})
}

func TestSlackIsHowMuchLongerEachMayTake(t *testing.T) {
	table := seconds(t)
	rapid.Check(t, func(t *rapid.T) {
		tasks := graph(t, drawNodes(t, anyOp...)).plan(table, 1)
		took := make([]time.Duration, len(tasks))
		for i := range tasks {
			took[i] = tasks[i].took.usual
		}
		start, total := earliest(tasks, took)
		spare := slack(tasks, took, start, total)
		i := rapid.IntRange(0, len(tasks)-1).Draw(t, "task")
		took[i] += spare[i]
		_, same := earliest(tasks, took)
		require.Equal(t, total, same)
		took[i]++
		_, longer := earliest(tasks, took)
		require.Equal(t, total+1, longer)
	})
}
