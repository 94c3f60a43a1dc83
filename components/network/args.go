// Package network builds a virtual private cloud over one to six availability zones.
//
// Every zone has a subnet of each tier: public (reached through the internet gateway;
// nothing in it gets a public address by itself), private (goes out through NAT) and
// isolated (no way in or out but the VPC itself: S3 and DynamoDB are out of reach too),
// plus tiers of the user's own.
//
// It promises:
//   - redundancy: a NAT gateway in each zone by default, so that losing a zone cuts off
//     no other; route tables of private tiers belong to one zone.
//   - a layout that only grows: a subnet's addresses and name depend on the VPC's block,
//     its zone and its tier. Adding or dropping a zone or a tier moves no other subnet.
//   - nothing open: the default security group has no rules, flow logs are on, public
//     and private tiers reach S3 and DynamoDB without leaving AWS's network.
//
// Cost, us-east-1: a NAT gateway is about 36 USD a month with its address, plus 0.045
// a GB; a NAT instance about 7; an interface endpoint 7.30 per zone; gateway
// endpoints, subnets, routes and gateways nothing; flow logs 0.50 a GB into CloudWatch.
//
// # Layout
//
// A block is cut into eight parts, one per zone slot: zones a to f have slots 0 to 5.
// Each part is cut into tier slots:
//
//	slot  tier      share of the zone's part  in a /16  in a /20  in a /22
//	0     private   1/2                       /20       /24       /26
//	1     public    1/8                       /22       /26       /28
//	2     isolated  1/8                       /22       /26       /28
//	3-6   own       1/16 each                 /23       /27       too small
//
// In 10.0.0.0/16, zone a has 10.0.0.0/19 of it: private 10.0.0.0/20, public
// 10.0.16.0/22, isolated 10.0.20.0/22, own tiers 10.0.24.0/23 to 10.0.30.0/23; zone b
// begins at 10.0.32.0. Blocks under /22 have fewer zone slots: 4 in a /23, 2 in a /24,
// 1 below. Secondary blocks are cut the same way, with all seven slots free for own
// tiers. With IPv6, the subnet in zone slot z and tier slot t has the (8z+t)th /64.
package network

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// The built-in tiers.
const (
	TierPublic   = "public"
	TierPrivate  = "private"
	TierIsolated = "isolated"
)

// Kind is how a tier's subnets reach the internet.
type Kind string

// The kinds of tier.
const (
	// Public subnets route to the internet gateway.
	Public Kind = "Public"
	// Private subnets route to NAT, and over IPv6 to the egress-only gateway.
	Private Kind = "Private"
	// Isolated subnets have no default route, and none to the gateway endpoints.
	Isolated Kind = "Isolated"
)

// NatStrategy is how private tiers reach IPv4 addresses on the internet.
type NatStrategy string

// The NAT strategies.
const (
	// NatNone gives private tiers no IPv4 way out.
	NatNone NatStrategy = "None"
	// NatSingle is one NAT gateway for all zones: when its zone fails, none gets out.
	NatSingle NatStrategy = "Single"
	// NatPerZone is a NAT gateway in each zone.
	NatPerZone NatStrategy = "PerZone"
	// NatInstance is a small arm64 instance that forwards packets, in one zone or in
	// each: cheap, slower, and interrupted when it is replaced. Nothing notices when it
	// breaks. For development.
	NatInstance NatStrategy = "Instance"
)

// EndpointSet is a group of interface endpoints that serve one purpose.
type EndpointSet string

// The endpoint sets and the services in them.
const (
	EndpointsEcr         EndpointSet = "Ecr"         // ecr.api, ecr.dkr; image layers come through the S3 endpoint
	EndpointsSsm         EndpointSet = "Ssm"         // ssm, ssmmessages, ec2messages: sessions and patching
	EndpointsLogs        EndpointSet = "Logs"        // logs
	EndpointsMonitoring  EndpointSet = "Monitoring"  // monitoring: metrics and alarms
	EndpointsXray        EndpointSet = "Xray"        // xray
	EndpointsSecrets     EndpointSet = "Secrets"     // secretsmanager
	EndpointsKms         EndpointSet = "Kms"         // kms
	EndpointsSts         EndpointSet = "Sts"         // sts
	EndpointsEks         EndpointSet = "Eks"         // eks, eks-auth, ec2, sts: what nodes need to join
	EndpointsEcs         EndpointSet = "Ecs"         // ecs, ecs-agent, ecs-telemetry
	EndpointsAutoscaling EndpointSet = "Autoscaling" // autoscaling, elasticloadbalancing
	EndpointsLambda      EndpointSet = "Lambda"      // lambda
	EndpointsMessaging   EndpointSet = "Messaging"   // sqs, sns, events
	// EndpointsGuardDuty is guardduty-data. Where GuardDuty watches instances it makes
	// this endpoint itself, and its leftovers then keep the VPC from being deleted; one
	// that belongs to the VPC goes with it. Turn off GuardDuty's own management.
	EndpointsGuardDuty EndpointSet = "GuardDuty"
)

// FlowLogDestination is where flow logs go.
type FlowLogDestination string

// The flow log destinations.
const (
	FlowLogNone       FlowLogDestination = "None"
	FlowLogCloudWatch FlowLogDestination = "CloudWatch"
	FlowLogS3         FlowLogDestination = "S3"
)

// TrafficType is which traffic is logged.
type TrafficType string

// The traffic types.
const (
	TrafficAll    TrafficType = "ALL"
	TrafficReject TrafficType = "REJECT"
)

// VpcArgs are the arguments of a Vpc.
type VpcArgs struct {
	// Region is the AWS region, such as "us-east-1".
	Region string `pulumi:"region"`
	// AccountId is the AWS account, twelve digits. It narrows who may use the flow-log
	// role. Default: the role is open to the flow-log service for any account.
	AccountId string `pulumi:"accountId,optional"`
	// CidrBlock is the VPC's IPv4 block, /16 to /28. It can never change.
	// Default: "10.0.0.0/16".
	CidrBlock string `pulumi:"cidrBlock,optional"`
	// Zones are 1 to 6 availability zones of the region, by name, in any order.
	Zones []string `pulumi:"zones"`
	// ZoneSlots gives zones their slot in the layout, 0 to 7, where the name's letter
	// does not: zones after f, local zones, or a small block without a slot for the
	// letter. A zone must keep its slot. Default: a to f have slots 0 to 5.
	ZoneSlots map[string]int `pulumi:"zoneSlots,optional"`
	// Tiers are own tiers by name, next to public, private and isolated, or tags for
	// those three. Names are lower-case letters and digits.
	// Default: the three built-in tiers only.
	Tiers map[string]TierArgs `pulumi:"tiers,optional"`
	// OmitTiers are built-in tiers that are not wanted. Their slots stay reserved.
	// Default: none.
	OmitTiers []string `pulumi:"omitTiers,optional"`
	// SecondaryCidrBlocks are further IPv4 blocks, by a name that tiers refer to, such
	// as 100.64.0.0/16 for pods. Default: none.
	SecondaryCidrBlocks map[string]string `pulumi:"secondaryCidrBlocks,optional"`
	// Ipv6 gives the VPC an IPv6 block of Amazon's and each subnet of the VPC's own
	// block a /64 of it; tiers in secondary blocks stay without. Default: false.
	Ipv6 bool `pulumi:"ipv6,optional"`
	// Nat is how private tiers reach the internet. Default: a NAT gateway per zone.
	Nat *NatArgs `pulumi:"nat,optional"`
	// S3Endpoint is whether public and private tiers reach S3 through a gateway endpoint,
	// which is free. Default: true.
	S3Endpoint *bool `pulumi:"s3Endpoint,optional"`
	// DynamoDbEndpoint is the same for DynamoDB. Default: true.
	DynamoDbEndpoint *bool `pulumi:"dynamoDbEndpoint,optional"`
	// InterfaceEndpoints are sets of AWS services to be reached privately, with an
	// endpoint in the private subnet of every zone. Each service costs by zone and hour.
	// Default: none.
	InterfaceEndpoints []EndpointSet `pulumi:"interfaceEndpoints,optional"`
	// FlowLogs is what is logged of the VPC's traffic.
	// Default: all traffic, to CloudWatch Logs, kept for 90 days.
	FlowLogs *FlowLogsArgs `pulumi:"flowLogs,optional"`
	// ClusterName tags the public and private subnets so that an EKS cluster of this
	// name and its Karpenter find them. Default: only the tags by which the load
	// balancer controller finds subnets for any cluster.
	ClusterName string `pulumi:"clusterName,optional"`
	// Tags are put on every resource. Default: none.
	Tags map[string]string `pulumi:"tags,optional"`
}

// TierArgs are an own tier, or tags for a built-in one.
type TierArgs struct {
	// Kind is Public, Private or Isolated. Fixed for built-in tiers. Default: Isolated.
	Kind Kind `pulumi:"kind,optional"`
	// Slot is the tier's place in the layout and must never change: 3 to 6 in the VPC's
	// own block, 0 to 6 in a secondary one, each used once. Fixed for built-in tiers.
	// Default: 0, the half of the zone's part, which only a secondary block has free.
	Slot int `pulumi:"slot,optional"`
	// Block is the name of the secondary block the tier lies in.
	// Default: the VPC's own block.
	Block string `pulumi:"block,optional"`
	// Tags are put on the tier's subnets. Default: none.
	Tags map[string]string `pulumi:"tags,optional"`
}

// NatArgs say how private tiers reach the internet.
type NatArgs struct {
	// Strategy is None, Single, PerZone or Instance. Default: PerZone.
	Strategy NatStrategy `pulumi:"strategy,optional"`
	// Zone is where a single NAT gateway or instance stands. Pin it, or a zone added
	// before it in the alphabet takes it over. Default: the first zone by name.
	Zone string `pulumi:"zone,optional"`
	// EipAllocationIds are existing Elastic IP addresses to use, by zone name.
	// Default: a NAT gateway gets a new address, a NAT instance one that lasts as
	// long as the instance.
	EipAllocationIds map[string]pulumi.StringInput `pulumi:"eipAllocationIds,optional"`
	// Instance is for the Instance strategy. Default: one t4g.nano.
	Instance *NatInstanceArgs `pulumi:"instance,optional"`
}

// NatInstanceArgs describe NAT instances.
type NatInstanceArgs struct {
	// Type is an arm64 instance type. Default: "t4g.nano".
	Type string `pulumi:"type,optional"`
	// PerZone puts an instance in every zone. Default: false, one for all.
	PerZone bool `pulumi:"perZone,optional"`
}

// FlowLogsArgs describe the VPC's flow log.
type FlowLogsArgs struct {
	// Destination is CloudWatch, S3 or None. Default: CloudWatch.
	Destination FlowLogDestination `pulumi:"destination,optional"`
	// S3Arn is the bucket, with a prefix if wanted, for destination S3; its policy must
	// let the log delivery service write. Default: none.
	S3Arn pulumi.StringInput `pulumi:"s3Arn,optional"`
	// TrafficType is ALL or REJECT. Default: ALL.
	TrafficType TrafficType `pulumi:"trafficType,optional"`
	// AggregationSeconds is 60 or 600. Default: 600.
	AggregationSeconds int `pulumi:"aggregationSeconds,optional"`
	// RetentionDays is how long CloudWatch keeps the logs. Default: 90.
	RetentionDays int `pulumi:"retentionDays,optional"`
	// KmsKeyArn encrypts the log group with a key whose policy lets CloudWatch Logs use
	// it. Default: the encryption that CloudWatch Logs always has.
	KmsKeyArn pulumi.StringInput `pulumi:"kmsKeyArn,optional"`
}
