package timeline

import (
	"fmt"
	"math/rand"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/stretchr/testify/require"
)

func TestAStateIsAGraph(t *testing.T) {
	provider, vpc := urn("pulumi:providers:aws", "aws"), urn("aws:ec2/vpc:Vpc", "vpc")
	key, subnet := urn("aws:kms/key:Key", "key"), urn("aws:ec2/subnet:Subnet", "subnet")
	group := urn("plinth:network:Vpc", "network")
	g, err := FromState(apitype.DeploymentV3{Resources: []apitype.ResourceV3{
		{URN: provider, Type: "pulumi:providers:aws", Custom: true},
		{URN: group, Type: "plinth:network:Vpc"},
		{URN: key, Type: "aws:kms/key:Key", Custom: true, External: true, Provider: string(provider) + "::some-id"},
		{URN: vpc, Type: "aws:ec2/vpc:Vpc", Custom: true, Delete: true},
		{URN: vpc, Type: "aws:ec2/vpc:Vpc", Custom: true, Inputs: map[string]any{"enableDnsHostnames": true}, Parent: group, Dependencies: []resource.URN{key}},
		{
			URN: subnet, Type: "aws:ec2/subnet:Subnet", Custom: true, RetainOnDelete: true, DeletedWith: vpc, Parent: vpc,
			PropertyDependencies: map[resource.PropertyKey][]resource.URN{"vpcId": {vpc}, "tags": {key, vpc}},
		},
	}})
	require.NoError(t, err)
	r := Compute(g, Options{})
	require.Equal(t, "key 0-1, vpc 1-12, subnet 12-14", times(r))
	require.Equal(t, group, r.CriticalPath[1].Component)
	require.Equal(t, group, r.CriticalPath[2].Component, "through its parent")
	require.Equal(t, "vpc 0-1", times(Compute(g.Destroy(), Options{})))
}

func TestAProviderMadeFromAClusterWaitsForIt(t *testing.T) {
	cluster, provider := urn("aws:eks/cluster:Cluster", "cluster"), urn("pulumi:providers:kubernetes", "kubernetes")
	g, err := FromState(apitype.DeploymentV3{Resources: []apitype.ResourceV3{
		{URN: cluster, Type: "aws:eks/cluster:Cluster", Custom: true},
		{URN: provider, Type: "pulumi:providers:kubernetes", Custom: true, Dependencies: []resource.URN{cluster}},
		{URN: urn("kubernetes:apps/v1:Deployment", "app"), Type: "kubernetes:apps/v1:Deployment", Custom: true, Provider: string(provider) + "::id"},
	}})
	require.NoError(t, err)
	require.Equal(t, "cluster 0-540, app 540-578", times(Compute(g, Options{})))
}

// A state lists resources in the order in which they happened to be finished.
func TestTheOrderOfAStateDoesNotMatter(t *testing.T) {
	at := func(lines ...int) []apitype.StackFrameV1 {
		frames := []apitype.StackFrameV1{{}} // innermost first
		for i := len(lines) - 1; i >= 0; i-- {
			frames = append(frames, apitype.StackFrameV1{SourcePosition: fmt.Sprintf("project:///depth%d.go#%d,7", i, lines[i])})
		}
		return append(frames, apitype.StackFrameV1{})
	}
	var resources []apitype.ResourceV3
	add := func(name string, trace []apitype.StackFrameV1) {
		typ := "aws:kms/key:Key"
		resources = append(resources, apitype.ResourceV3{URN: urn(typ, name), Type: tokens.Type(typ), Custom: true, StackTrace: trace})
	}
	add("default", nil)
	add("z", at(3, 900))
	add("y", at(9, 10))
	add("loop-a", at(9, 20))
	add("loop-b", at(9, 20))
	add("x", at(100))
	// A loop over functions in other files.
	elsewhere := func(file string) []apitype.StackFrameV1 {
		return append([]apitype.StackFrameV1{{SourcePosition: "project:///" + file + "#5"}}, at(50)...)
	}
	add("late", elsewhere("a.go"))
	resources[len(resources)-1].Dependencies = []resource.URN{urn("aws:kms/key:Key", "early")}
	add("early", elsewhere("b.go"))
	want := "default z y loop-a loop-b early late x"
	var first [2]Result
	for seed := range int64(20) {
		rand.New(rand.NewSource(seed)).Shuffle(len(resources), func(i, j int) { resources[i], resources[j] = resources[j], resources[i] })
		g, err := FromState(apitype.DeploymentV3{Resources: resources})
		require.NoError(t, err)
		order := make([]string, len(resources))
		for _, n := range g.Nodes() {
			order[n.Order] = name(n.URN)
		}
		require.Equal(t, want, strings.Join(order, " "))
		results := [2]Result{Compute(g, Options{Parallel: 2}), Compute(g.Destroy(), Options{Parallel: 2})}
		if seed == 0 {
			first = results
		}
		require.Equal(t, first, results)
	}
}
