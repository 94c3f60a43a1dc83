package network_test

import (
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/components/network"
	"github.com/plinth-iac/plinth/tests/harness"
)

// waitsFor is everything a resource waits for, directly or not.
func waitsFor(g *harness.Graph, name string) map[string]bool {
	byUrn := map[string]harness.Resource{}
	var start harness.Resource
	for _, r := range g.Resources {
		byUrn[r.URN] = r
		if r.Name == name {
			start = r
		}
	}
	found := map[string]bool{}
	var follow func(r harness.Resource)
	follow = func(r harness.Resource) {
		for _, urn := range r.Dependencies {
			if dep := byUrn[urn]; !found[dep.Name] {
				found[dep.Name] = true
				follow(dep)
			}
		}
	}
	follow(start)
	return found
}

// consumers are a machine that needs the internet when it boots, one that does not,
// and something that faces the internet.
func consumers(ctx *pulumi.Context) error {
	args := threeZones()
	args.InterfaceEndpoints = []network.EndpointSet{network.EndpointsSts}
	vpc, err := network.NewVpc(ctx, "main", args)
	if err != nil {
		return err
	}
	subnet := func(tier string) pulumi.StringInput { return vpc.Subnets[tier]["us-east-1b"] }
	for name, c := range map[string]struct {
		tier string
		opts []pulumi.ResourceOption
	}{
		"boots-online": {network.TierPrivate, []pulumi.ResourceOption{pulumi.DependsOn(vpc.EgressReady["us-east-1b"])}},
		"quiet":        {network.TierPrivate, nil},
		"facing":       {network.TierPublic, nil},
	} {
		if _, err := ec2.NewNetworkInterface(ctx, name, &ec2.NetworkInterfaceArgs{SubnetId: subnet(c.tier)}, c.opts...); err != nil {
			return err
		}
	}
	return nil
}

func TestWhatNeedsTheInternetWaitsForItAndNothingElseDoes(t *testing.T) {
	harness.Both(t, consumers, func(t *testing.T, g *harness.Graph) {
		online := waitsFor(g, "boots-online")
		for _, need := range []string{"main-route-private-b", "main-rta-private-b", "main-nat-b", "main-rta-public-b", "main-route-public", "main-igw", "main-endpoint-s3-private-b"} {
			require.True(t, online[need], "%s is not waited for", need)
		}
		for _, other := range []string{"main-nat-a", "main-route-private-c", "main-endpoint-sts", "main-flowlog", "main-endpoint-dynamodb", "main-endpoint-s3-private-a"} {
			require.False(t, online[other], "%s is waited for", other)
		}
		require.Equal(t, map[string]bool{"main-vpc": true, "main-subnet-private-b": true}, waitsFor(g, "quiet"))
		require.Equal(t, map[string]bool{"main-vpc": true, "main-subnet-public-b": true, "main-igw": true}, waitsFor(g, "facing"))
	})
}

// Packages come from S3, and a route to it that comes while a machine boots cuts them off.
func TestWithoutNatTheWayOutIsS3(t *testing.T) {
	for s3, want := range map[bool][]string{true: {"main-endpoint-s3-private-b", "main-rta-private-b"}, false: nil} {
		args := threeZones()
		args.Nat, args.S3Endpoint = &network.NatArgs{Strategy: network.NatNone}, &s3
		harness.Both(t, func(ctx *pulumi.Context) error {
			vpc, err := network.NewVpc(ctx, "main", args)
			if err != nil {
				return err
			}
			return ctx.RegisterResource("test:index:Server", "server", pulumi.Map{}, &pulumi.CustomResourceState{},
				pulumi.DependsOn(vpc.EgressReady["us-east-1b"]))
		}, func(t *testing.T, g *harness.Graph) {
			require.ElementsMatch(t, want, namesOf(g, g.Named(t, "server").Dependencies))
		})
	}
}

func TestNothingWaitsForNatExceptDefaultRoutes(t *testing.T) {
	harness.Both(t, program(everything()), func(t *testing.T, g *harness.Graph) {
		for _, r := range g.Resources {
			if waitsFor(g, r.Name)["main-nat-a"] && r.Name != "outputs" {
				require.Equal(t, "main-route-private-a", r.Name)
			}
		}
		require.Empty(t, g.Invokes)
	})
}

func TestTwoVpcsLiveInOneProgram(t *testing.T) {
	harness.Both(t, func(ctx *pulumi.Context) error {
		for _, name := range []string{"main", "other"} {
			if _, err := network.NewVpc(ctx, name, everything()); err != nil {
				return err
			}
		}
		return nil
	}, func(t *testing.T, g *harness.Graph) {
		component := map[string]string{}
		for _, r := range g.OfType(network.Type) {
			component[r.Name] = r.URN
		}
		for _, r := range g.Resources {
			if r.Custom {
				require.Contains(t, []string{component["main"], component["other"]}, r.Parent, r.Name)
			}
		}
	})
}

func TestAnExistingVpcIsOfTheSameType(t *testing.T) {
	harness.Both(t, func(ctx *pulumi.Context) error {
		vpc, err := network.NewExistingVpc(ctx, "main", &network.ExistingVpcArgs{
			VpcId: pulumi.String("vpc-1"), CidrBlock: "10.0.0.0/16",
			Subnets: map[string]map[string]pulumi.StringInput{
				"private": {"us-east-1b": pulumi.String("subnet-b"), "us-east-1a": pulumi.String("subnet-a")},
				"data":    {"us-east-1c": pulumi.String("subnet-c")},
			},
			S3PrefixListId: pulumi.String("pl-1"),
		})
		if err != nil {
			return err
		}
		require.Equal(t, []string{"us-east-1a", "us-east-1b", "us-east-1c"}, vpc.Zones)
		require.Empty(t, vpc.EgressReady["us-east-1a"])
		return exported(ctx, vpc)
	}, func(t *testing.T, g *harness.Graph) {
		require.Equal(t, []string{"main", "outputs"}, g.Names())
		for output, want := range map[string]any{
			"vpc": "vpc-1", "cidr": "10.0.0.0/16", "private": []any{"subnet-a", "subnet-b"}, "public": []any{}, "isolated": []any{}, "s3": "pl-1",
			"natIps": []any{}, "layout": map[string]any{}, "ipv6": "", "endpointGroup": "",
		} {
			require.Equal(t, want, g.Named(t, "outputs").Value(output), output)
		}
	})

	_, err := harness.Try(harness.Preview, func(ctx *pulumi.Context) error {
		_, err := network.NewExistingVpc(ctx, "main", nil)
		return err
	})
	require.ErrorContains(t, err, `network.ExistingVpc "main": 3 problems
  cidrBlock: is required
  subnets: is required
  vpcId: is required`)
}
