package network

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/internal/base"
	"github.com/plinth-iac/plinth/components/internal/subnets"
)

// Type is the component's type token.
const Type = "plinth:network:Vpc"

// Vpc is a network over several zones: one that NewVpc made, or an existing one that
// NewExistingVpc describes.
type Vpc struct {
	pulumi.ResourceState

	// VpcId is known as soon as the VPC exists, long before its gateways do.
	VpcId pulumi.StringOutput `pulumi:"vpcId"`
	// CidrBlock is the VPC's own IPv4 block.
	CidrBlock pulumi.StringOutput `pulumi:"cidrBlock"`
	// Ipv6CidrBlock is the VPC's IPv6 block; empty without IPv6.
	Ipv6CidrBlock pulumi.StringOutput `pulumi:"ipv6CidrBlock"`
	// PublicSubnetIds are the public tier's subnets in order of zone name. They wait for
	// the internet gateway, which whatever faces the internet needs first.
	PublicSubnetIds pulumi.StringArrayOutput `pulumi:"publicSubnetIds"`
	// PrivateSubnetIds are the private tier's subnets in order of zone name. They do not
	// wait for NAT: what needs the internet depends on EgressReady too.
	PrivateSubnetIds pulumi.StringArrayOutput `pulumi:"privateSubnetIds"`
	// IsolatedSubnetIds are the isolated tier's subnets in order of zone name.
	IsolatedSubnetIds pulumi.StringArrayOutput `pulumi:"isolatedSubnetIds"`
	// SubnetLayout is the IPv4 block of each subnet by tier and zone, such as "private-a".
	SubnetLayout pulumi.StringMapOutput `pulumi:"subnetLayout"`
	// NatPublicIps are the addresses that private tiers come from, in order of zone name.
	NatPublicIps pulumi.StringArrayOutput `pulumi:"natPublicIps"`
	// S3PrefixListId is the prefix list of the S3 gateway endpoint, for egress rules;
	// empty without that endpoint.
	S3PrefixListId pulumi.StringOutput `pulumi:"s3PrefixListId"`
	// EndpointSecurityGroupId is the group of the interface endpoints; empty without any.
	EndpointSecurityGroupId pulumi.StringOutput `pulumi:"endpointSecurityGroupId"`

	// Zones are the zone names, sorted.
	Zones []string
	// Subnets are all subnet ids by tier, then zone name.
	Subnets map[string]map[string]pulumi.StringOutput
	// RouteTables are "public", "isolated" and "private-" with each zone's letter, those
	// of them that there are. Own routes, such as to a peer, are added to them. Empty for
	// an existing VPC.
	RouteTables map[string]*ec2.RouteTable
	// EgressReady has, by zone name, what must exist before something in that zone's
	// private subnets reaches the internet, and S3 through its gateway endpoint, where
	// packages come from: routes and associations. Depend on these where the boot of a
	// machine needs it, and on nothing wider. Empty for an existing VPC.
	EgressReady map[string][]pulumi.Resource
}

// SubnetIds are a tier's subnets in order of zone name.
func (v *Vpc) SubnetIds(tier string) pulumi.StringArrayOutput {
	ids := pulumi.StringArray{}
	for _, zone := range slices.Sorted(maps.Keys(v.Subnets[tier])) {
		ids = append(ids, v.Subnets[tier][zone])
	}
	return ids.ToStringArrayOutput()
}

// NewVpc makes a network. See VpcArgs for its parts and their defaults.
func NewVpc(ctx *pulumi.Context, name string, args *VpcArgs, opts ...pulumi.ResourceOption) (*Vpc, error) {
	p, err := newPlan(name, args)
	if err != nil {
		return nil, err
	}
	v, err := register(ctx, Type, name, p.args, opts)
	if err != nil {
		return nil, err
	}
	b := &builder{
		ctx: ctx, name: name, plan: p, out: v, opts: []pulumi.ResourceOption{pulumi.Parent(v)},
		eips: map[string]*ec2.Eip{}, vpcIds: map[string]pulumi.StringOutput{}, subnets: map[string]*ec2.Subnet{},
		associations: map[string]pulumi.Resource{}, defaultRoutes: map[string][]pulumi.Resource{},
		natRoutes: map[string]func(*ec2.RouteArgs){}, s3Routes: map[string]pulumi.Resource{},
	}
	// What takes longest to create comes first: addresses and NAT, then endpoints.
	for _, step := range []func() error{
		b.addresses, b.network, b.allSubnets, b.nat, b.interfaceEndpoints, b.routing, b.gatewayEndpoints, b.flowLog,
	} {
		if err := step(); err != nil {
			return nil, fmt.Errorf("network.Vpc %q: %w", name, err)
		}
	}
	for _, z := range p.zones {
		v.Zones = append(v.Zones, z.name)
		v.EgressReady[z.name] = b.egress(z)
	}
	v.VpcId = b.vpcIds[""]
	v.CidrBlock = pulumi.String(p.args.CidrBlock).ToStringOutput()
	v.SubnetLayout = pulumi.ToStringMap(p.layout()).ToStringMapOutput()
	v.NatPublicIps = b.natIps.ToStringArrayOutput()
	return v, v.finish(ctx)
}

// register registers a component whose parts are all empty yet.
func register(ctx *pulumi.Context, token, name string, args any, opts []pulumi.ResourceOption) (*Vpc, error) {
	v := &Vpc{
		Subnets: map[string]map[string]pulumi.StringOutput{}, RouteTables: map[string]*ec2.RouteTable{},
		EgressReady: map[string][]pulumi.Resource{},
	}
	if err := base.Register(ctx, token, name, v, args, opts...); err != nil {
		return nil, err
	}
	none := pulumi.String("").ToStringOutput()
	v.Ipv6CidrBlock, v.S3PrefixListId, v.EndpointSecurityGroupId = none, none, none
	return v, nil
}

// finish sets the outputs that follow from others and registers them all.
func (v *Vpc) finish(ctx *pulumi.Context) error {
	v.PublicSubnetIds = v.SubnetIds(TierPublic)
	v.PrivateSubnetIds = v.SubnetIds(TierPrivate)
	v.IsolatedSubnetIds = v.SubnetIds(TierIsolated)
	return ctx.RegisterResourceOutputs(v, pulumi.Map{
		"vpcId": v.VpcId, "cidrBlock": v.CidrBlock, "ipv6CidrBlock": v.Ipv6CidrBlock,
		"publicSubnetIds": v.PublicSubnetIds, "privateSubnetIds": v.PrivateSubnetIds, "isolatedSubnetIds": v.IsolatedSubnetIds,
		"subnetLayout": v.SubnetLayout, "natPublicIps": v.NatPublicIps, "s3PrefixListId": v.S3PrefixListId,
		"endpointSecurityGroupId": v.EndpointSecurityGroupId,
	})
}

// builder holds what one constructor call has made so far.
type builder struct {
	ctx  *pulumi.Context
	name string
	plan *plan
	out  *Vpc
	opts []pulumi.ResourceOption

	eips    map[string]*ec2.Eip // by zone name
	vpc     *ec2.Vpc
	vpcIds  map[string]pulumi.StringOutput // by block: a secondary block's waits for the block
	gateway *ec2.InternetGateway
	subnets map[string]*ec2.Subnet // by subnet key
	// Sets the target of a route that leads to the NAT in a zone.
	natRoutes     map[string]func(*ec2.RouteArgs)
	natIps        pulumi.StringArray
	associations  map[string]pulumi.Resource   // by subnet key
	defaultRoutes map[string][]pulumi.Resource // by route table key
	s3Routes      map[string]pulumi.Resource   // to the gateway endpoint, by route table key
}

func (b *builder) child(role string) string { return b.name + "-" + role }

func (b *builder) tags(child string, layers ...map[string]string) pulumi.StringMap {
	return base.Tags(child, b.plan.args.Tags, base.Merge(layers...))
}

func (b *builder) dependsOn(resources ...pulumi.Resource) []pulumi.ResourceOption {
	return append(slices.Clone(b.opts), pulumi.DependsOn(resources))
}

// network makes the VPC, its further blocks, its internet gateway, and takes the rules
// out of its default security group.
func (b *builder) network() error {
	var err error
	a, child := b.plan.args, b.child("vpc")
	vpcArgs := &ec2.VpcArgs{
		CidrBlock: pulumi.String(a.CidrBlock), EnableDnsSupport: pulumi.Bool(true), EnableDnsHostnames: pulumi.Bool(true),
		Tags: b.tags(child),
	}
	if a.Ipv6 {
		vpcArgs.AssignGeneratedIpv6CidrBlock = pulumi.Bool(true)
	}
	if b.vpc, err = ec2.NewVpc(b.ctx, child, vpcArgs, b.opts...); err != nil {
		return fmt.Errorf("create vpc: %w", err)
	}
	b.vpcIds[""] = b.vpc.ID().ToStringOutput()
	if a.Ipv6 {
		b.out.Ipv6CidrBlock = b.vpc.Ipv6CidrBlock
	}
	for _, block := range slices.Sorted(maps.Keys(a.SecondaryCidrBlocks)) {
		association, err := ec2.NewVpcIpv4CidrBlockAssociation(b.ctx, b.child("cidr-"+block), &ec2.VpcIpv4CidrBlockAssociationArgs{
			VpcId: b.vpcIds[""], CidrBlock: pulumi.String(a.SecondaryCidrBlocks[block]),
		}, b.opts...)
		if err != nil {
			return fmt.Errorf("add block %s: %w", block, err)
		}
		b.vpcIds[block] = association.VpcId
	}
	if b.plan.hasKind(Public) {
		child = b.child("igw")
		b.gateway, err = ec2.NewInternetGateway(b.ctx, child, &ec2.InternetGatewayArgs{VpcId: b.vpcIds[""], Tags: b.tags(child)}, b.opts...)
		if err != nil {
			return fmt.Errorf("create internet gateway: %w", err)
		}
	}
	child = b.child("default-sg")
	// Empty lists, not absent ones: a rule that someone adds by hand is a difference.
	_, err = ec2.NewDefaultSecurityGroup(b.ctx, child, &ec2.DefaultSecurityGroupArgs{
		VpcId: b.vpcIds[""], Ingress: ec2.DefaultSecurityGroupIngressArray{}, Egress: ec2.DefaultSecurityGroupEgressArray{}, Tags: b.tags(child),
	}, b.opts...)
	if err != nil {
		return fmt.Errorf("empty default security group: %w", err)
	}
	return nil
}

func (b *builder) allSubnets() error {
	for _, s := range b.plan.subnets {
		child := b.child("subnet-" + s.key())
		args := &ec2.SubnetArgs{
			VpcId: b.vpcIds[s.tier.block], AvailabilityZone: pulumi.String(s.zone.name), CidrBlock: pulumi.String(s.cidr.String()),
			MapPublicIpOnLaunch: pulumi.Bool(false),
			Tags:                b.tags(child, map[string]string{"plinth:tier": s.tier.name}, b.discovery(s.tier), s.tier.tags),
		}
		if b.plan.args.Ipv6 && s.tier.block == "" {
			args.Ipv6CidrBlock = b.ipv6(s)
			// As with IPv4, nothing in a public subnet gets an address by itself.
			args.AssignIpv6AddressOnCreation = pulumi.Bool(s.tier.kind != Public)
		}
		made, err := ec2.NewSubnet(b.ctx, child, args, b.opts...)
		if err != nil {
			return fmt.Errorf("create subnet %s: %w", s.key(), err)
		}
		b.subnets[s.key()] = made
		id := made.ID().ToStringOutput()
		if s.tier.kind == Public {
			id = pulumi.OutputWithDependencies(b.ctx.Context(), id, b.gateway).(pulumi.StringOutput)
		}
		if b.out.Subnets[s.tier.name] == nil {
			b.out.Subnets[s.tier.name] = map[string]pulumi.StringOutput{}
		}
		b.out.Subnets[s.tier.name][s.zone.name] = id
	}
	return nil
}

func (b *builder) ipv6(s subnet) pulumi.StringOutput {
	return b.vpc.Ipv6CidrBlock.ApplyT(func(cidr string) (string, error) {
		block, err := netip.ParsePrefix(cidr)
		if err != nil {
			return "", fmt.Errorf("IPv6 block of the VPC: %w", err)
		}
		cut, err := subnets.Cut6(block, s.slot())
		if err != nil {
			return "", fmt.Errorf("cut subnet %s: %w", s.key(), err)
		}
		return cut.String(), nil
	}).(pulumi.StringOutput)
}

// discovery are the tags by which controllers in a cluster find subnets. The load
// balancer controller takes one subnet per zone, so only the built-in tiers have them.
func (b *builder) discovery(t tier) map[string]string {
	tags := map[string]string{}
	cluster := b.plan.args.ClusterName
	switch t.name {
	case TierPublic:
		tags["kubernetes.io/role/elb"] = "1"
	case TierPrivate:
		tags["kubernetes.io/role/internal-elb"] = "1"
		if cluster != "" {
			tags["karpenter.sh/discovery"] = cluster
		}
	default:
		return tags
	}
	if cluster != "" {
		tags["kubernetes.io/cluster/"+cluster] = "shared"
	}
	return tags
}
