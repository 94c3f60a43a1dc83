package network_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/components/network"
	"github.com/plinth-iac/plinth/tests/harness"
)

func TestEveryMistakeIsReportedAtOnceAndNothingIsRegistered(t *testing.T) {
	g, err := harness.Try(harness.Preview, program(&network.VpcArgs{
		Region: "us-east-1", AccountId: "12345", CidrBlock: "10.0.0.0/24", ClusterName: "-x",
		Zones:     []string{"us-east-1a", "us-east-1a", "eu-west-1b", "us-east-1z", "us-east-1c"},
		ZoneSlots: map[string]int{"us-east-1c": 0, "us-east-1f": 3},
		OmitTiers: []string{"private", "isolate"},
		Tiers: map[string]network.TierArgs{
			"private": {}, "public": {Kind: network.Isolated}, "Data": {Slot: 3}, "app": {Slot: 3}, "web": {Slot: 1}, "pods": {Kind: "Hidden", Block: "nowhere"},
		},
		SecondaryCidrBlocks: map[string]string{"vpc": "100.64.0.0/16", "big": "100.64.0.0/8", "inside": "10.0.0.128/25", "other": "172.16.0.0/16"},
		Nat: &network.NatArgs{
			Zone: "us-east-1d", Instance: &network.NatInstanceArgs{}, EipAllocationIds: map[string]pulumi.StringInput{"us-east-1a": nil, "us-east-1d": pulumi.String("x")},
		},
		InterfaceEndpoints: []network.EndpointSet{"Ecr", "S3"},
		FlowLogs: &network.FlowLogsArgs{
			Destination: network.FlowLogS3, TrafficType: "ACCEPT", AggregationSeconds: 5, RetentionDays: 8, KmsKeyArn: pulumi.String("k"),
		},
	}))
	require.ErrorContains(t, err, `network.Vpc "main": 33 problems
  accountId: "12345": must be twelve digits
  cidrBlock: "10.0.0.0/24": is too small for these zones and tiers; the smallest block with room for them is a /21
  clusterName: "-x": is not a cluster name: at most 100 letters, digits, _ and -
  flowLogs.aggregationSeconds: 5 is not supported; allowed: 60, 600
  flowLogs.kmsKeyArn: conflicts with flowLogs.destination: it is S3
  flowLogs.retentionDays: conflicts with flowLogs.destination: it is S3
  flowLogs.s3Arn: is required
  flowLogs.trafficType: "ACCEPT" is not supported; allowed: ALL, REJECT
  interfaceEndpoints: conflicts with omitTiers: the endpoints stand in the private tier
  interfaceEndpoints[1]: "S3" is not supported; allowed: Autoscaling, Ecr, Ecs, Eks, GuardDuty, Kms, Lambda, Logs, Messaging, Monitoring, Secrets, Ssm, Sts, Xray
  nat.eipAllocationIds.us-east-1a: is required
  nat.eipAllocationIds.us-east-1d: there is no NAT in zone "us-east-1d"
  nat.instance: conflicts with nat.strategy: it is PerZone
  nat.strategy: PerZone has no private tier to serve; without one the strategy must be None
  nat.zone: "us-east-1d": is not one of the zones
  nat.zone: conflicts with nat.strategy: only a single NAT has a zone of its own
  omitTiers[1]: "isolate" is not supported; allowed: public, private, isolated
  secondaryCidrBlocks.big: "100.64.0.0/8": must be between /16 and /28
  secondaryCidrBlocks.inside: "10.0.0.128/25": overlaps 10.0.0.0/24
  secondaryCidrBlocks.other: "172.16.0.0/16": AWS takes no block of 172.16.0.0/12 in a VPC of 10.0.0.0/8; 100.64.0.0/10 goes with any
  secondaryCidrBlocks.vpc: "vpc" is not a usable name: up to 20 lower-case letters and digits, not vpc
  tiers.Data: "Data" is not a usable name: up to 20 lower-case letters and digits
  tiers.app.slot: 3: tier Data has it
  tiers.pods.block: "nowhere": is not one of secondaryCidrBlocks
  tiers.pods.kind: "Hidden" is not supported; allowed: Public, Private, Isolated
  tiers.private: is in omitTiers too
  tiers.public: is built in: its kind, slot and block are fixed
  tiers.web.slot: 1: must be 3 to 6
  zoneSlots.us-east-1f: "us-east-1f" is not one of the zones
  zones[1]: "us-east-1a": is given twice
  zones[2]: "eu-west-1b": is not a zone of us-east-1
  zones[3]: "us-east-1z": has no slot by its letter; give it one in zoneSlots
  zones[4]: "us-east-1c": has slot 0, and so has us-east-1a`)
	require.Empty(t, g.Resources)
}

func TestMistakes(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*network.VpcArgs)
		want   string
	}{
		"no region": {func(a *network.VpcArgs) { a.Region = "" }, `region: is required`},
		"region in words": {
			func(a *network.VpcArgs) { a.Region, a.Zones = "Ohio", []string{"Ohioa"} }, `region: "Ohio": is not a region name such as us-east-1`,
		},
		"no zones":    {func(a *network.VpcArgs) { a.Zones = nil }, `zones: is required`},
		"seven zones": {func(a *network.VpcArgs) { a.Zones, a.ZoneSlots = zoneNames("abcdefg"), map[string]int{"us-east-1g": 6} }, `zones: 7: there can be at most 6`},
		"slot out of range": {
			func(a *network.VpcArgs) { a.ZoneSlots = map[string]int{"us-east-1a": 8} }, `zoneSlots.us-east-1a: 8: must be 0 to 7`,
		},
		"too small, and renumbering would not help": {
			func(a *network.VpcArgs) { a.CidrBlock = "10.0.0.0/26" },
			`cidrBlock: "10.0.0.0/26": is too small for these zones and tiers; the smallest block with room for them is a /23`,
		},
		"too small for the letters": {
			func(a *network.VpcArgs) { a.CidrBlock, a.Zones = "10.0.0.0/24", zoneNames("bc") },
			`cidrBlock: "10.0.0.0/24": is too small for these zones and tiers; the smallest block with room for them is a /23, or give the zones slots 0 to 1 in zoneSlots`,
		},
		"secondary block too small": {
			func(a *network.VpcArgs) {
				a.SecondaryCidrBlocks = map[string]string{"pods": "100.64.0.0/26"}
				a.Tiers = map[string]network.TierArgs{"pods": {Block: "pods"}}
			},
			`secondaryCidrBlocks.pods: "100.64.0.0/26": is too small for these zones and tiers; the smallest block with room for them is a /23`,
		},
		"reserved secondary block": {
			func(a *network.VpcArgs) { a.SecondaryCidrBlocks = map[string]string{"pods": "198.19.0.0/17"} },
			`secondaryCidrBlocks.pods: "198.19.0.0/17": AWS reserves 198.19.0.0/16`,
		},
		"nothing left": {
			func(a *network.VpcArgs) {
				a.OmitTiers, a.Nat = []string{"public", "private", "isolated"}, &network.NatArgs{Strategy: network.NatNone}
			},
			`omitTiers: there must be at least one tier`,
		},
		"NAT without public tier": {
			func(a *network.VpcArgs) { a.OmitTiers = []string{"public"} },
			`nat.strategy: PerZone needs the public tier, which is omitted; without it the strategy must be None`,
		},
		"unknown strategy": {
			func(a *network.VpcArgs) { a.Nat = &network.NatArgs{Strategy: "perZone"} },
			`nat.strategy: "perZone" is not supported; allowed: None, Single, PerZone, Instance`,
		},
		"x86 NAT instance": {
			func(a *network.VpcArgs) {
				a.Nat = &network.NatArgs{Strategy: network.NatInstance, Instance: &network.NatInstanceArgs{Type: "t3.nano"}}
			},
			`nat.instance.type: "t3.nano": is not an arm64 instance type such as t4g.nano`,
		},
		"unknown destination": {
			func(a *network.VpcArgs) { a.FlowLogs = &network.FlowLogsArgs{Destination: "Kafka"} },
			`flowLogs.destination: "Kafka" is not supported; allowed: CloudWatch, S3, None`,
		},
		"bucket for CloudWatch": {
			func(a *network.VpcArgs) { a.FlowLogs = &network.FlowLogsArgs{S3Arn: pulumi.String("arn:aws:s3:::b")} },
			`flowLogs.s3Arn: conflicts with flowLogs.destination: it is CloudWatch`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			args := threeZones()
			c.change(args)
			_, err := network.Layout(args)
			require.EqualError(t, err, "network.Vpc \"layout\": 1 problem\n  "+c.want)
		})
	}
}

func TestNilArgsSayWhatIsRequired(t *testing.T) {
	_, err := network.Layout(nil)
	require.EqualError(t, err, "network.Vpc \"layout\": 2 problems\n  region: is required\n  zones: is required")
}

func TestTheCallersArgsAreNotChanged(t *testing.T) {
	for _, make := range []func() *network.VpcArgs{everything, twoZones} {
		args := make()
		harness.Run(t, harness.Update, program(args))
		require.Equal(t, make(), args)
	}
}

func zoneNames(letters string) []string {
	var names []string
	for _, l := range letters {
		names = append(names, "us-east-1"+string(l))
	}
	return names
}
