package timeline

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTheEngineIsPlayed(t *testing.T) {
	tests := map[string]struct {
		nodes    string
		parallel int
		destroy  bool
		times    string
		path     string
	}{
		"a chain takes the sum": {
			nodes: "a 1\nb 2 < a\nc 3 < b",
			times: "a 0-1, b 1-3, c 3-6", path: "a b c",
		},
		"without a limit all that is ready starts": {
			nodes: "a 3\nb 5\nc 1 < a, b",
			times: "a 0-3, b 0-5, c 5-6", path: "b c",
		},
		"one slot takes one after another, in the order of the program": {
			nodes: "a 3\nb 5\nc 1 < a", parallel: 1,
			times: "a 0-3, b 3-8, c 8-9", path: "b",
		},
		"who came first goes first": {
			nodes: "a 2\nb 4\nc 9 < a\nd 1\ne 1", parallel: 2,
			times: "a 0-2, b 0-4, d 2-3, e 3-4, c 4-13", path: "a c",
		},
		"even a component waits for a worker, and its children with it": {
			nodes: "a 5\ncomponent -\nb 1 < in component", parallel: 1,
			times: "a 0-5, b 5-6", path: "a",
		},
		"a component is there before its children are": {
			nodes: "component -\na 5 < in component\nb 1 < component",
			times: "a 0-5, b 0-1", path: "a",
		},
		"what is only looked up or stays the same": {
			nodes: "a 9 : external\nb 9 : same\nc 2 < a, b",
			times: "c 0-2", path: "c",
		},
		"a replacement is deleted at the end": {
			nodes: "a 1 : replace\nb 2 < a : update\nc 3",
			times: "a 0-1, c 0-3, b 1-3, a 3-13", path: "a b a",
		},
		"or first, if the provider wants it": {
			nodes: "a 1 : replace deleteFirst\nb 2 < a : update",
			times: "a 0-10, a 10-11, b 11-13", path: "a a b",
		},
		"no other gets the worker of what goes together": {
			nodes: "a 1 : replace deleteFirst\nb 1 < by a : replace deleteFirst\nc 1", parallel: 1,
			times: "b 0-10, a 10-20, a 20-21, c 21-22, b 22-23", path: "b a a b",
		},
		"what left the program is deleted at the end": {
			nodes: "a 5\nb 1 : delete",
			times: "a 0-5, b 5-15", path: "a b",
		},
		"a destroy goes by layers": {
			// c could go as soon as d has, but the engine waits for b too.
			nodes: "a 1\nb 2 < a\nc 3\nd 1 < c", destroy: true,
			times: "b 0-20, d 0-10, a 20-30, c 20-50", path: "b c",
		},
		"a destroy with one slot": {
			nodes: "a 1\nb 2 < a\nc 3", destroy: true, parallel: 1,
			times: "b 0-20, c 20-50, a 50-60", path: "b c",
		},
		"parents go after their children": {
			nodes: "a 1\nb 2 < in a", destroy: true,
			times: "b 0-20, a 20-30", path: "b a",
		},
		"what another takes along, what is retained and what is not ours is not deleted": {
			nodes: "a 1\nb 2 < with a\nc 3 : retain\nd 4 : external", destroy: true,
			times: "a 0-10", path: "a",
		},
		"who depends on a component depends on all of it when it is deleted": {
			nodes: "component -\na 1 < in component\nb 2 < a\nc 3 < component", destroy: true,
			times: "b 0-20, c 0-30, a 30-40", path: "c a",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			g := graph(t, parse(t, test.nodes))
			if test.destroy {
				g = g.Destroy()
			}
			r := Compute(g, Options{Parallel: test.parallel, Table: seconds(t)})
			require.Equal(t, test.times, times(r))
			require.Equal(t, test.path, path(r.CriticalPath))
		})
	}
}

func TestSlackAndWhatSlotsAdd(t *testing.T) {
	g := graph(t, parse(t, "a 10\nb 20 < a\nc 4\nd 25\ne 1 < b, c"))
	r := Compute(g, Options{Parallel: 2, Table: seconds(t), Scale: 2})
	require.Equal(t, "a 0-20, c 0-8, d 8-58, b 20-60, e 60-62", times(r))
	require.Equal(t, []float64{62, 62, 120}, []float64{r.Seconds, r.Unlimited, r.Work})
	slack := map[string]float64{}
	for _, b := range r.Bars {
		slack[b.Name] = b.Slack
	}
	require.Equal(t, map[string]float64{"a": 0, "b": 0, "c": 52, "d": 12, "e": 0}, slack)
	require.Equal(t, []float64{31, 124}, []float64{r.Low, r.High})

	one := Compute(g, Options{Parallel: 1, Table: seconds(t)})
	require.Equal(t, []float64{60, 31}, []float64{one.Seconds, one.Unlimited})
	require.Equal(t, "a b e", path(one.CriticalPath))
	require.Equal(t, 10.0, one.CriticalPath[1].Start, "the path is that without a limit")
}

func TestHowLongSomethingIsAway(t *testing.T) {
	nodes := parse(t, "a 1 : replace deleteFirst\nb 1 < by a : replace deleteFirst\nc 5 < a : update\nd 1 < by a, c : replace deleteFirst\ne 1 : replace\nf 1 : delete")
	r := Compute(graph(t, nodes), Options{Table: seconds(t)})
	require.Equal(t, "d 0-10, e 0-1, b 10-20, a 20-30, a 30-31, b 31-32, c 31-36, d 36-37, e 37-47, f 37-47", times(r))
	for i, want := range []float64{11, 22, 0, 37, 0, 0} {
		away, is := r.Away(nodes[i].URN)
		require.Equal(t, want, away, nodes[i].URN)
		require.Equal(t, want > 0, is, nodes[i].URN)
	}
}

func TestOperationIsNamed(t *testing.T) {
	for nodes, want := range map[string]string{"a 1\nb 1 : read": "deploy", "a 1\nb 1 : same": "update", "a 1 : delete": "destroy"} {
		require.Equal(t, want, Compute(graph(t, parse(t, nodes)), Options{}).Operation)
	}
}

func TestTypesWithoutALatencyAreNamed(t *testing.T) {
	s := newStack()
	for _, name := range []string{"a", "b"} {
		s.node("aws:cfg/recorder:Recorder", name, nil)
	}
	s.node("aws:neptune/cluster:Cluster", "c", nil)
	s.node("aws:ec2/eip:Eip", "d", nil)
	r := Compute(graph(t, s.nodes), Options{})
	require.Equal(t, []Assumption{
		{Type: "aws:neptune/cluster:Cluster", Class: "server", Op: Create, Count: 1, Seconds: 300},
		{Type: "aws:cfg/recorder:Recorder", Class: "config", Op: Create, Count: 2, Seconds: 1},
	}, r.Assumed)
}

func TestAnUnsoundGraphIsRefused(t *testing.T) {
	a, b := parse(t, "a 1\nb 1")[0], parse(t, "a 1\nb 1")[1]
	_, err := New([]Node{a, a})
	require.EqualError(t, err, "two resources are called urn:pulumi:s::p::test:x:1::a")

	b.Dependencies = append(b.Dependencies, "urn:pulumi:s::p::test:x:1::c")
	_, err = New([]Node{a, b})
	require.EqualError(t, err, "urn:pulumi:s::p::test:x:1::b depends on urn:pulumi:s::p::test:x:1::c, which is not in the graph")

	nodes := parse(t, "a 1\nb 1\nc 1 < b\nd 1 < c")
	nodes[1].Dependencies = append(nodes[1].Dependencies, nodes[2].URN)
	_, err = New(nodes)
	require.ErrorContains(t, err, "depends on itself")
	require.NotContains(t, err.Error(), "::d depends")
}

func TestAResourceAndItsPredecessorMayShareAName(t *testing.T) {
	nodes := parse(t, "a 1 : delete\na 1\nb 1 < a")
	require.Equal(t, "a 0-1, b 1-2, a 2-12", times(Compute(graph(t, nodes), Options{Table: seconds(t)})))
}

func TestAnEmptyStackTakesNoTime(t *testing.T) {
	for _, g := range []*Graph{graph(t, nil), graph(t, parse(t, "a - ")), graph(t, parse(t, "a - ")).Destroy()} {
		r := Compute(g, Options{Parallel: 4})
		require.Zero(t, r.Seconds)
		require.Equal(t, r.Operation+" time 0 s with 4 slots\n", r.Text())
		require.NotEmpty(t, drawn(t, r))
	}
}
