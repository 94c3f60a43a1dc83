package report

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/cmd/plinth/internal/change"
	"github.com/plinth-iac/plinth/cmd/plinth/internal/danger"
	"github.com/plinth-iac/plinth/cmd/plinth/internal/diff"
	"github.com/plinth-iac/plinth/tests/rehearsal/timeline"
)

const gatewayType, keyType, vpcType = "aws:ec2/natGateway:NatGateway", "aws:kms/key:Key", "aws:ec2/vpc:Vpc"

func deployedURN(typ, name string) resource.URN {
	return resource.URN("urn:pulumi:prod::shop::" + typ + "::" + name)
}

// placed is a resource as a state has it, registered in a line of the program, or nowhere if
// that is 0.
func placed(typ, name string, line int, on ...resource.URN) *apitype.ResourceV3 {
	r := &apitype.ResourceV3{
		URN: deployedURN(typ, name), Type: tokens.Type(typ), Custom: true, Dependencies: on,
		Parent: deployedURN(string(resource.RootStackType), "shop-prod"),
	}
	if line > 0 {
		r.StackTrace = []apitype.StackFrameV1{{SourcePosition: fmt.Sprintf("project:///main.go#%d", line)}}
	}
	return r
}

// step is what happens to a resource of which one side at least is there.
func step(op change.Op, old, fresh *apitype.ResourceV3) *change.Resource {
	r := &change.Resource{Op: op, OldState: old, NewState: fresh, Custom: true}
	for _, s := range []*apitype.ResourceV3{old, fresh} {
		if s != nil {
			r.URN, r.Type, r.Name = string(s.URN), string(s.Type), s.URN.Name()
		}
	}
	return r
}

// spans is "op name start-end" for each operation that takes time.
func spans(r *timeline.Result) string {
	if r == nil {
		return "none"
	}
	var list []string
	for _, b := range r.Bars {
		if b.Seconds > 0 {
			list = append(list, fmt.Sprintf("%s %s %g-%g", b.Op, b.Name, b.Start, b.End))
		}
	}
	return strings.Join(list, ", ")
}

func TestHowLongAChangeTakes(t *testing.T) {
	vpc := func() *apitype.ResourceV3 { return placed(vpcType, "vpc", 1) }
	gateway := func() *apitype.ResourceV3 { return placed(gatewayType, "nat", 2, deployedURN(vpcType, "vpc")) }
	leftover := gateway()
	leftover.Delete = true
	dns := step(change.Update, vpc(), vpc())
	dns.Properties = []diff.Property{{Path: "enableDnsHostnames"}}
	first := step(change.Replace, gateway(), gateway())
	first.DeleteFirst = true
	for name, test := range map[string]struct {
		resources           []*change.Resource
		this, before, after string
	}{
		"a stack is made": {
			[]*change.Resource{step(change.Create, nil, gateway()), step(change.Create, nil, vpc())},
			"create vpc 0-2, create nat 2-117", "none", "create vpc 0-2, create nat 2-117",
		},
		"nothing changes": {
			[]*change.Resource{step(change.Same, vpc(), vpc()), step(change.Same, gateway(), gateway())},
			"", "create vpc 0-2, create nat 2-117", "create vpc 0-2, create nat 2-117",
		},
		"what changes decides": {
			[]*change.Resource{dns, step(change.Update, gateway(), gateway())},
			"update vpc 0-11, update nat 11-12", "create vpc 0-2, create nat 2-117", "create vpc 0-2, create nat 2-117",
		},
		"the old one goes last": {
			[]*change.Resource{step(change.Same, vpc(), vpc()), step(change.Replace, gateway(), gateway())},
			"create nat 0-115, delete nat 115-170", "create vpc 0-2, create nat 2-117", "create vpc 0-2, create nat 2-117",
		},
		"or first": {
			[]*change.Resource{step(change.Same, vpc(), vpc()), first},
			"delete nat 0-55, create nat 55-170", "create vpc 0-2, create nat 2-117", "create vpc 0-2, create nat 2-117",
		},
		"something is given up": {
			[]*change.Resource{step(change.Same, vpc(), vpc()), step(change.Delete, gateway(), nil)},
			"delete nat 0-55", "create vpc 0-2, create nat 2-117", "create vpc 0-2",
		},
		"all is": {
			[]*change.Resource{step(change.Delete, vpc(), nil), step(change.Delete, gateway(), nil)},
			"delete nat 0-55, delete vpc 55-56", "create vpc 0-2, create nat 2-117", "none",
		},
		"what an earlier update left goes, and is no part of the stack": {
			[]*change.Resource{step(change.Same, vpc(), vpc()), step(change.Delete, leftover, nil)},
			"delete nat 0-55", "create vpc 0-2", "create vpc 0-2",
		},
		"what is kept takes no time": {
			[]*change.Resource{step(change.Forget, vpc(), nil)},
			"", "create vpc 0-2", "none",
		},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := deployOf(&change.Change{Resources: test.resources}, 0)
			require.NoError(t, err)
			require.Equal(t, []string{test.this, test.before, test.after}, []string{spans(&d.This), spans(d.Before), spans(d.After)})
		})
	}
}

// What is deleted before it is made again is away until all that the deploy does in between is
// done, which may be more than its own deletion and creation.
func TestADangerLastsAsLongAsTheDeployLeavesItAway(t *testing.T) {
	subnetType := "aws:ec2/subnet:Subnet"
	on := func(r *apitype.ResourceV3, urn resource.URN) *apitype.ResourceV3 {
		r.PropertyDependencies = map[resource.PropertyKey][]resource.URN{"subnetId": {urn}}
		return r
	}
	c := &change.Change{}
	again := func(old, fresh *apitype.ResourceV3) {
		r := step(change.Replace, old, fresh)
		r.DeleteFirst = true
		c.Resources = append(c.Resources, r)
	}
	again(placed(subnetType, "subnet", 1), placed(subnetType, "subnet", 1))
	for i, name := range []string{"a", "b"} {
		nat := on(placed(gatewayType, name, 2+i, deployedURN(subnetType, "subnet")), deployedURN(subnetType, "subnet"))
		again(nat, nat)
	}
	d, err := deployOf(c, 0)
	require.NoError(t, err)
	require.Equal(t, "delete b 0-55, delete a 55-110, delete subnet 110-111, create subnet 111-113, create a 113-228, create b 113-228", spans(&d.This))
	dangers := []danger.Danger{
		{Resource: c.Resources[1], Usual: 170 * time.Second, Low: 100 * time.Second, High: 900 * time.Second},
		{Resource: c.Resources[2], Usual: 170 * time.Second, Low: 100 * time.Second, High: 200 * time.Second},
		{Resource: c.Resources[2]}, {Resource: step(change.Update, placed(keyType, "key", 9), placed(keyType, "key", 9)), Usual: time.Second},
	}
	awayOf(dangers, d)
	for i, want := range [][2]time.Duration{{173, 900}, {228, 228}, {}, {1}} {
		require.Equal(t, [2]time.Duration{want[0] * time.Second, want[1] * time.Second}, [2]time.Duration{dangers[i].Usual, dangers[i].High})
	}
}

// A state that was kept for later does not say in which order the program registers.
func TestWhatStaysTheSameMakesNoDifferenceToADeploy(t *testing.T) {
	c := &change.Change{}
	for i, urn := range []resource.URN{deployedURN(keyType, "a"), deployedURN(keyType, "b"), deployedURN(gatewayType, "nat")} {
		typ, name := string(urn.Type()), urn.Name()
		c.Resources = append(c.Resources, step(change.Same, placed(typ, name, 0), placed(typ, name, i+1)))
	}
	d, err := deployOf(c, 2)
	require.NoError(t, err)
	require.Equal(t, "create a 0-22, create b 0-22, create nat 22-137", spans(d.After))
	require.Equal(t, d.After, d.Before)
	require.Empty(t, c.Resources[0].OldState.StackTrace, "the change is left as it is")
}

func TestAChangeInCirclesIsRefused(t *testing.T) {
	a := placed(keyType, "a", 0, deployedURN(keyType, "b"))
	b := placed(keyType, "b", 0, deployedURN(keyType, "a"))
	for _, resources := range [][]*change.Resource{
		{step(change.Create, nil, a), step(change.Create, nil, b)},
		{step(change.Update, a, placed(keyType, "a", 0)), step(change.Update, b, placed(keyType, "b", 0))},
	} {
		_, err := deployOf(&change.Change{Resources: resources}, 8)
		require.ErrorContains(t, err, "depends on itself")
	}
}
