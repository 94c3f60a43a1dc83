package timeline

import (
	"slices"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/plinth-iac/plinth/tests/simcloud/latency"
)

// stateOf is a node as a state has it.
func stateOf(n Node) *apitype.ResourceV3 {
	return &apitype.ResourceV3{
		URN: n.URN, Type: tokens.Type(n.Type), Parent: n.Parent, Custom: n.Custom, External: n.External,
		RetainOnDelete: n.RetainOnDelete, DeletedWith: n.DeletedWith, Inputs: n.Inputs, Dependencies: n.Dependencies,
		PropertyDependencies: map[resource.PropertyKey][]resource.URN{"from": n.ReplacedWith},
	}
}

// planned are the steps from one program's resources to another's, in the form of parse. What
// happens to those that are in both is said of the new one, or nothing does.
func planned(t *testing.T, old, fresh string) []Step {
	t.Helper()
	var steps []Step
	at := map[resource.URN]int{}
	for _, n := range parse(t, old) {
		at[n.URN] = len(steps)
		steps = append(steps, Step{Op: Delete, Old: stateOf(n)})
	}
	for _, n := range parse(t, fresh) {
		i, both := at[n.URN]
		if !both {
			i = len(steps)
			steps = append(steps, Step{Op: Create})
		} else {
			steps[i].Op = Same
		}
		if n.Op != "" {
			steps[i].Op = n.Op
		}
		steps[i].New, steps[i].DeleteBeforeReplace = stateOf(n), n.DeleteBeforeReplace
	}
	return steps
}

// withReads is a table of seconds in which to look something up takes one.
func withReads(t *testing.T) *latency.Table {
	t.Helper()
	table := seconds(t)
	table.Read = latency.Estimate{P50: 1, Low: 1, High: 1}
	return table
}

func TestAPlanIsAGraph(t *testing.T) {
	tests := map[string]struct{ old, fresh, times string }{
		"at first all is created": {
			fresh: "a 1\nb 2 < a", times: "a 0-1, b 1-3",
		},
		"what stays the same is there": {
			old: "a 9\nb 2 < a\nc 3", fresh: "a 9\nb 2 < a : update\nc 3 < b : update", times: "b 0-2, c 2-5",
		},
		"what is looked up is read": {
			fresh: "a 9 : external\nb 9 : read\nc 9 : import\nd 2 < a, b, c", times: "a 0-1, b 0-1, c 0-1, d 1-3",
		},
		"the old one of a replacement goes last": {
			old: "a 1\nb 2 < a", fresh: "a 1 : replace\nb 2 < a : update", times: "a 0-1, b 1-3, a 3-13",
		},
		"or first, if the provider wants it": {
			old: "a 1\nb 2 < a", fresh: "a 1 : replace deleteFirst\nb 2 < a : update", times: "a 0-10, a 10-11, b 11-13",
		},
		"with all that goes with it, one by one": {
			old:   "a 1\nb 2 < by a\nc 1 < by b\nd 1 < by a\ne 1 < a",
			fresh: "a 1 : replace deleteFirst\nb 2 < by a : replace deleteFirst\nc 1 < by b : replace deleteFirst\nd 1 < by a : replace\ne 1 < a : replace deleteFirst",
			times: "c 0-10, b 10-30, a 30-40, a 40-41, d 41-42, e 41-51, b 41-43, c 43-44, e 51-52, d 52-62",
		},
		"once, with the first that takes it": {
			old:   "a 1\nb 1\nc 1 < by a, by b",
			fresh: "a 1 : replace deleteFirst\nb 1 : replace deleteFirst\nc 1 < by a, by b : replace deleteFirst",
			times: "c 0-10, b 0-10, a 10-20, b 10-11, a 20-21, c 21-22",
		},
		"unless it is registered before, as it has nothing to do with it any more": {
			old: "a 1\nb 1 < by a", fresh: "b 1 : replace deleteFirst\na 1 < b : replace deleteFirst", times: "b 0-10, b 10-11, a 11-21, a 21-22",
		},
		"old ones go layer by layer": {
			old: "a 1\nb 2 < a\nc 1 < b\nd 1", fresh: "a 1 : replace\nb 2 < a : replace\nd 1", times: "a 0-1, b 1-3, c 3-13, b 13-33, a 33-43",
		},
		"what is deleted depends on what it did": {
			old: "a 1\nb 2 < a", fresh: "b 2 : replace", times: "b 0-2, b 2-22, a 22-32",
		},
		"and what replaces it on what it does": {
			old: "a 1\nb 2", fresh: "a 1 : update\nb 2 < a : replace", times: "a 0-1, b 1-3, b 3-23",
		},
		"children go before their parent": {
			old: "a 1\nb 2 < in a", times: "b 0-20, a 20-30",
		},
		"what another takes along, what is retained and what is not ours is not deleted": {
			old: "a 1\nb 2 < with a\nc 3 : retain\nd 4 : external", times: "a 0-10",
		},
		"books take no time": {
			old: "a 9\nb 2", fresh: "a 9 : extend-parameterize\nb 2 < a : update", times: "b 0-2",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			g, err := FromPlan(planned(t, test.old, test.fresh))
			require.NoError(t, err)
			require.Equal(t, test.times, times(Compute(g, Options{Table: withReads(t)})))
		})
	}
}

func TestWhatIsForgottenTakesNoTime(t *testing.T) {
	steps := planned(t, "a 1\nb 2 < a", "")
	for i := range steps {
		steps[i].Op = "forget"
	}
	g, err := FromPlan(steps)
	require.NoError(t, err)
	require.Empty(t, times(Compute(g, Options{Table: seconds(t)})))
}

func TestNothingWaitsForWhatAPlanDoesNotName(t *testing.T) {
	steps := planned(t, "stack -\na 9\nb 9\nc 1 < a\nd 2 < in stack, a, with b", "stack -\na 9\nb 9\nc 1 < a : update")
	g, err := FromPlan(slices.DeleteFunc(steps, func(s Step) bool { return s.Op == Same }))
	require.NoError(t, err)
	require.Equal(t, "c 0-1, d 1-21", times(Compute(g, Options{Table: seconds(t)})))
}

// The old side is deleted as it is, the new one made as it is to be, and an update takes as long as what it changes.
func TestAPlanTakesWhatItChanges(t *testing.T) {
	endpoint := func(kind string) *apitype.ResourceV3 {
		const typ = "aws:ec2/vpcEndpoint:VpcEndpoint"
		return &apitype.ResourceV3{URN: urn(typ, "endpoint"), Type: typ, Custom: true, Inputs: map[string]any{"vpcEndpointType": kind}}
	}
	vpc := &apitype.ResourceV3{URN: urn("aws:ec2/vpc:Vpc", "vpc"), Type: "aws:ec2/vpc:Vpc", Custom: true}
	for name, test := range map[string]struct {
		step  Step
		times string
	}{
		"a replacement": {Step{Op: Replace, Old: endpoint("Interface"), New: endpoint("Gateway")}, "endpoint 0-9, endpoint 9-79"},
		"its reverse":   {Step{Op: Replace, Old: endpoint("Gateway"), New: endpoint("Interface")}, "endpoint 0-90, endpoint 90-98"},
		"an update":     {Step{Op: Update, Old: vpc, New: vpc, Changed: []string{"enableDnsHostnames"}}, "vpc 0-11"},
		"another":       {Step{Op: Update, Old: vpc, New: vpc, Changed: []string{"tags.owner"}}, "vpc 0-1"},
	} {
		g, err := FromPlan([]Step{test.step})
		require.NoError(t, err)
		require.Equal(t, test.times, times(Compute(g, Options{})), name)
	}
}

func TestAnUnsoundPlanIsRefused(t *testing.T) {
	steps := planned(t, "", "a 1\nb 1 < a")
	_, err := FromPlan(append(steps, steps[0]))
	require.EqualError(t, err, "two resources are called urn:pulumi:s::p::test:x:1::a")
}

// Where nothing changes what depends on what, a plan is its resources with what happens to them, in whatever order it comes.
func TestAPlanIsTheSameInAnyOrder(t *testing.T) {
	table := seconds(t)
	rapid.Check(t, func(t *rapid.T) {
		nodes := drawNodes(t, Create, Update, Replace, Delete, Read, Same)
		var steps []Step
		for i, n := range nodes {
			nodes[i].Custom = true // which children of a component are there before depends on the order
			s := Step{Op: n.Op, DeleteBeforeReplace: n.DeleteBeforeReplace}
			if n.Op != Create {
				s.Old = stateOf(nodes[i])
			}
			if n.Op != Delete {
				s.New = stateOf(nodes[i])
			}
			steps = append(steps, s)
		}
		g, err := FromPlan(steps)
		require.NoError(t, err)
		require.Equal(t, Compute(graph(t, nodes), Options{Table: table}).Seconds, Compute(g, Options{Table: table}).Seconds)
		shuffled, err := FromPlan(rapid.Permutation(steps).Draw(t, "steps"))
		require.NoError(t, err)
		require.Equal(t, Compute(g, Options{Table: table, Parallel: 2}), Compute(shuffled, Options{Table: table, Parallel: 2}))
	})
}
