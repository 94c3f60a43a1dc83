package network_test

import (
	"sort"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/components/network"
	"github.com/plinth-iac/plinth/tests/harness"
)

const (
	vpcType      = "aws:ec2/vpc:Vpc"
	subnetType   = "aws:ec2/subnet:Subnet"
	natType      = "aws:ec2/natGateway:NatGateway"
	routeType    = "aws:ec2/route:Route"
	rtaType      = "aws:ec2/routeTableAssociation:RouteTableAssociation"
	endpointType = "aws:ec2/vpcEndpoint:VpcEndpoint"
	eipType      = "aws:ec2/eip:Eip"
	instanceType = "aws:ec2/instance:Instance"
	flowLogType  = "aws:ec2/flowLog:FlowLog"
)

func threeZones() *network.VpcArgs {
	return &network.VpcArgs{Region: "us-east-1", AccountId: "111122223333", Zones: []string{"us-east-1c", "us-east-1a", "us-east-1b"}}
}

// What a development stack relaxes.
func twoZones() *network.VpcArgs {
	return &network.VpcArgs{
		Region: "us-east-1", AccountId: "111122223333", Zones: []string{"us-east-1a", "us-east-1b"}, CidrBlock: "10.1.0.0/16",
		Nat:         &network.NatArgs{Strategy: network.NatInstance},
		FlowLogs:    &network.FlowLogsArgs{TrafficType: network.TrafficReject, RetentionDays: 7},
		ClusterName: "dev", Tags: map[string]string{"Environment": "dev"},
	}
}

// Everything that is off by default.
func everything() *network.VpcArgs {
	args := threeZones()
	args.Ipv6 = true
	args.Nat = &network.NatArgs{EipAllocationIds: map[string]pulumi.StringInput{"us-east-1b": pulumi.String("eipalloc-b")}}
	args.SecondaryCidrBlocks = map[string]string{"pods": "100.64.0.0/16"}
	args.Tiers = map[string]network.TierArgs{
		"data": {Slot: 3, Tags: map[string]string{"Team": "data"}},
		"pods": {Kind: network.Private, Block: "pods"},
		"dmz":  {Kind: network.Public, Slot: 4},
	}
	args.InterfaceEndpoints = []network.EndpointSet{network.EndpointsEks, network.EndpointsEcr, network.EndpointsSts}
	return args
}

func program(args *network.VpcArgs) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		vpc, err := network.NewVpc(ctx, "main", args)
		if err != nil {
			return err
		}
		return exported(ctx, vpc)
	}
}

// exported keeps a VPC's outputs as the inputs of a resource, where a graph shows them.
func exported(ctx *pulumi.Context, vpc *network.Vpc) error {
	return ctx.RegisterResource("test:index:Outputs", "outputs", pulumi.Map{
		"vpc": vpc.VpcId, "public": vpc.PublicSubnetIds, "private": vpc.PrivateSubnetIds, "isolated": vpc.IsolatedSubnetIds,
		"layout": vpc.SubnetLayout, "natIps": vpc.NatPublicIps, "s3": vpc.S3PrefixListId, "endpointGroup": vpc.EndpointSecurityGroupId,
		"cidr": vpc.CidrBlock, "ipv6": vpc.Ipv6CidrBlock,
	}, &pulumi.CustomResourceState{})
}

func TestGoldenOfAVpcWithDefaultsInThreeZones(t *testing.T) {
	harness.Both(t, program(threeZones()), func(t *testing.T, g *harness.Graph) { g.Golden(t, "default") })
}

func TestGoldenOfADevelopmentVpcInTwoZones(t *testing.T) {
	harness.Both(t, program(twoZones()), func(t *testing.T, g *harness.Graph) { g.Golden(t, "development") })
}

func TestNoSubnetGivesPublicAddresses(t *testing.T) {
	harness.Both(t, program(everything()), func(t *testing.T, g *harness.Graph) {
		require.Len(t, g.OfType(subnetType), 3*6)
		for _, s := range g.OfType(subnetType) {
			require.Equal(t, false, s.Value("mapPublicIpOnLaunch"), s.Name)
			public := strings.Contains(s.Name, "-public-") || strings.Contains(s.Name, "-dmz-")
			if !strings.Contains(s.Name, "-pods-") {
				require.Equal(t, !public, s.Value("assignIpv6AddressOnCreation"), s.Name)
			}
		}
	})
}

func TestTheDefaultSecurityGroupHasNoRules(t *testing.T) {
	harness.Both(t, program(threeZones()), func(t *testing.T, g *harness.Graph) {
		group := g.Named(t, "main-default-sg")
		require.Equal(t, []any{}, group.Value("ingress"))
		require.Equal(t, []any{}, group.Value("egress"))
	})
}

func TestTheVpcResolvesNames(t *testing.T) {
	g := harness.Run(t, harness.Preview, program(threeZones()))
	require.Equal(t, true, g.OfType(vpcType)[0].Value("enableDnsHostnames"))
	require.Equal(t, true, g.OfType(vpcType)[0].Value("enableDnsSupport"))
}

func TestIsolatedSubnetsHaveNoDefaultRoute(t *testing.T) {
	harness.Both(t, program(everything()), func(t *testing.T, g *harness.Graph) {
		for _, tier := range []string{"isolated", "data"} {
			require.Empty(t, defaultRoutes(t, g, tier+"-a"), tier)
		}
		require.Equal(t, []string{"main-route-public", "main-route6-public"}, defaultRoutes(t, g, "public-b"))
		require.Equal(t, []string{"main-route-public", "main-route6-public"}, defaultRoutes(t, g, "dmz-b"))
		require.Equal(t, []string{"main-route-private-b", "main-route6-private-b"}, defaultRoutes(t, g, "private-b"))
		require.Equal(t, []string{"main-route-private-b", "main-route6-private-b"}, defaultRoutes(t, g, "pods-b"))
	})
}

// Names of the default routes in the table that a subnet is associated with.
func defaultRoutes(t *testing.T, g *harness.Graph, subnet string) []string {
	rta := g.Named(t, "main-rta-"+subnet)
	require.Equal(t, []string{"main-subnet-" + subnet}, namesOf(g, rta.PropertyDependencies["subnetId"]))
	var names []string
	for _, r := range g.OfType(routeType) {
		if r.PropertyDependencies["routeTableId"][0] == rta.PropertyDependencies["routeTableId"][0] {
			names = append(names, r.Name)
		}
	}
	sort.Strings(names)
	return names
}

func namesOf(g *harness.Graph, urns []string) []string {
	var names []string
	for _, urn := range urns {
		for _, r := range g.Resources {
			if r.URN == urn {
				names = append(names, r.Name)
			}
		}
	}
	return names
}

func TestGatewayEndpointsServePublicAndPrivateSubnetsOnly(t *testing.T) {
	const associationType = "aws:ec2/vpcEndpointRouteTableAssociation:VpcEndpointRouteTableAssociation"
	g := harness.Run(t, harness.Update, program(everything()))
	for _, service := range []string{"s3", "dynamodb"} {
		require.Equal(t, "com.amazonaws.us-east-1."+service, g.Named(t, "main-endpoint-"+service).Value("serviceName"))
		for _, table := range []string{"public", "private-a", "private-b", "private-c"} {
			association := g.Named(t, "main-endpoint-"+service+"-"+table)
			require.Equal(t, []string{"main-rt-" + table}, namesOf(g, association.PropertyDependencies["routeTableId"]))
		}
	}
	require.Len(t, g.OfType(associationType), 2*4)
	require.Equal(t, "pl-main-endpoint-s3", g.Named(t, "outputs").Value("s3"))

	args := threeZones()
	args.S3Endpoint, args.DynamoDbEndpoint = pulumi.BoolRef(false), pulumi.BoolRef(false)
	g = harness.Run(t, harness.Update, program(args))
	require.Empty(t, g.OfType(endpointType))
	require.Empty(t, g.OfType(associationType))
	require.Equal(t, "", g.Named(t, "outputs").Value("s3"))
}

func TestInterfaceEndpointSetsAreJoinedAndLetInTheVpcOnly(t *testing.T) {
	harness.Both(t, program(everything()), func(t *testing.T, g *harness.Graph) {
		var services []string
		for _, e := range g.OfType(endpointType) {
			if e.Value("vpcEndpointType") == "Interface" {
				services = append(services, strings.TrimPrefix(e.Value("serviceName").(string), "com.amazonaws.us-east-1."))
				require.Equal(t, true, e.Value("privateDnsEnabled"))
				require.Equal(t, []string{"main-subnet-private-a", "main-subnet-private-b", "main-subnet-private-c"}, namesOf(g, e.PropertyDependencies["subnetIds"]))
				require.Equal(t, []string{"main-endpoint-sg"}, namesOf(g, e.PropertyDependencies["securityGroupIds"]))
			}
		}
		sort.Strings(services)
		require.Equal(t, []string{"ec2", "ecr.api", "ecr.dkr", "eks", "eks-auth", "sts"}, services)
		for block, cidr := range map[string]string{"vpc": "10.0.0.0/16", "pods": "100.64.0.0/16"} {
			rule := g.Named(t, "main-endpoint-https-"+block+"-ingress")
			require.Equal(t, cidr, rule.Value("cidrIpv4"))
			require.Equal(t, 443.0, rule.Value("fromPort"))
			require.Equal(t, 443.0, rule.Value("toPort"))
		}
	})
}

func TestEndpointNamesInChina(t *testing.T) {
	g := harness.Run(t, harness.Preview, program(&network.VpcArgs{
		Region: "cn-north-1", Zones: []string{"cn-north-1a"}, InterfaceEndpoints: []network.EndpointSet{network.EndpointsEcr, network.EndpointsLogs},
	}))
	require.Equal(t, "cn.com.amazonaws.cn-north-1.ecr.api", g.Named(t, "main-endpoint-ecr-api").Value("serviceName"))
	require.Equal(t, "com.amazonaws.cn-north-1.logs", g.Named(t, "main-endpoint-logs").Value("serviceName"))
	require.Equal(t, "com.amazonaws.cn-north-1.s3", g.Named(t, "main-endpoint-s3").Value("serviceName"))
}

func TestDualStackFollowsTheSameSlots(t *testing.T) {
	g := harness.Run(t, harness.Update, program(everything()))
	require.Equal(t, true, g.OfType(vpcType)[0].Value("assignGeneratedIpv6CidrBlock"))
	require.Equal(t, "2600:1f18:1234:5600::/64", g.Named(t, "main-subnet-private-a").Value("ipv6CidrBlock"))
	require.Equal(t, "2600:1f18:1234:5611::/64", g.Named(t, "main-subnet-public-c").Value("ipv6CidrBlock"))
	require.Nil(t, g.Named(t, "main-subnet-pods-a").Value("ipv6CidrBlock"))
	require.Equal(t, []string{"main-eigw"}, namesOf(g, g.Named(t, "main-route6-private-a").PropertyDependencies["egressOnlyGatewayId"]))
}

// The subnets take the VPC's id from the block's association, and so wait for it.
func TestSubnetsOfASecondaryBlockWaitForTheBlock(t *testing.T) {
	harness.Both(t, program(everything()), func(t *testing.T, g *harness.Graph) {
		pods := g.Named(t, "main-subnet-pods-b")
		require.Equal(t, "100.64.32.0/20", pods.Value("cidrBlock"))
		require.Equal(t, []string{"main-cidr-pods"}, namesOf(g, pods.PropertyDependencies["vpcId"]))
	})
}

func TestControllersOfAClusterFindTheSubnets(t *testing.T) {
	g := harness.Run(t, harness.Update, program(twoZones()))
	tags := func(subnet string) map[string]any {
		return g.Named(t, "main-subnet-"+subnet).Value("tags").(map[string]any)
	}
	require.Equal(t, map[string]any{
		"Name": "main-subnet-public-a", "plinth:tier": "public", "Environment": "dev",
		"kubernetes.io/role/elb": "1", "kubernetes.io/cluster/dev": "shared",
	}, tags("public-a"))
	require.Equal(t, map[string]any{
		"Name": "main-subnet-private-b", "plinth:tier": "private", "Environment": "dev",
		"kubernetes.io/role/internal-elb": "1", "kubernetes.io/cluster/dev": "shared", "karpenter.sh/discovery": "dev",
	}, tags("private-b"))
	require.Equal(t, map[string]any{"Name": "main-subnet-isolated-a", "plinth:tier": "isolated", "Environment": "dev"}, tags("isolated-a"))
}

// Delivery that begins before the role may write begins with errors, and so it ends if
// the policy goes first.
func TestTheFlowLogWaitsForItsRolesPolicy(t *testing.T) {
	harness.Both(t, program(threeZones()), func(t *testing.T, g *harness.Graph) {
		require.Contains(t, namesOf(g, g.Named(t, "main-flowlog").Dependencies), "main-flowlog-policy")
	})
}

func TestFlowLogDestinations(t *testing.T) {
	args := threeZones()
	args.FlowLogs = &network.FlowLogsArgs{KmsKeyArn: pulumi.String("arn:aws:kms:us-east-1:111122223333:key/k"), AggregationSeconds: 60}
	g := harness.Run(t, harness.Update, program(args))
	log := g.OfType(flowLogType)[0]
	require.Equal(t, []any{"cloud-watch-logs", 60.0, "ALL"}, []any{log.Value("logDestinationType"), log.Value("maxAggregationInterval"), log.Value("trafficType")})
	require.Equal(t, "arn:aws:kms:us-east-1:111122223333:key/k", g.Named(t, "main-flowlog-group").Value("kmsKeyId"))
	require.Equal(t, 90.0, g.Named(t, "main-flowlog-group").Value("retentionInDays"))
	require.Contains(t, g.Named(t, "main-flowlog-role").Value("assumeRolePolicy"), `"aws:SourceAccount":"111122223333"`)
	require.Contains(t, g.Named(t, "main-flowlog-policy").Value("policy"), `"Resource":"arn:aws:mock:us-east-1:111122223333:main-flowlog-group:*"`)

	args.FlowLogs = &network.FlowLogsArgs{Destination: network.FlowLogS3, S3Arn: pulumi.String("arn:aws:s3:::logs"), TrafficType: network.TrafficReject}
	g = harness.Run(t, harness.Update, program(args))
	log = g.OfType(flowLogType)[0]
	require.Equal(t, []any{"s3", "arn:aws:s3:::logs", "REJECT"}, []any{log.Value("logDestinationType"), log.Value("logDestination"), log.Value("trafficType")})
	require.Empty(t, g.OfType("aws:iam/role:Role"))

	args.FlowLogs = &network.FlowLogsArgs{Destination: network.FlowLogNone}
	require.Empty(t, harness.Run(t, harness.Update, program(args)).OfType(flowLogType))
}
