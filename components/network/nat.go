package network

import (
	_ "embed" // the script of NAT instances
	"encoding/base64"
	"fmt"
	"strconv"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/connect"
)

// Turns an instance into a router that masquerades what it forwards.
//
//go:embed nat-instance.sh
var natScript string

// The newest Amazon Linux 2023 at the time an instance is launched; AWS resolves it.
const natImage = "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64"

// addresses makes the Elastic IPs of NAT gateways. They wait for nothing, and NAT
// gateways, the slowest part of a VPC, wait for them.
func (b *builder) addresses() error {
	nat := b.plan.args.Nat
	if nat.Strategy == NatInstance {
		return nil
	}
	for _, z := range b.plan.natZones {
		if nat.EipAllocationIds[z.name] != nil {
			continue
		}
		child := b.child("eip-" + z.key)
		eip, err := ec2.NewEip(b.ctx, child, &ec2.EipArgs{Domain: pulumi.String("vpc"), Tags: b.tags(child)}, b.opts...)
		if err != nil {
			return fmt.Errorf("create address in %s: %w", z.name, err)
		}
		b.eips[z.name] = eip
	}
	return nil
}

func (b *builder) nat() error {
	if b.plan.args.Nat.Strategy == NatInstance {
		return b.natInstances()
	}
	for _, z := range b.plan.natZones {
		allocation := b.plan.args.Nat.EipAllocationIds[z.name]
		if allocation == nil {
			allocation = b.eips[z.name].ID()
		}
		child := b.child("nat-" + z.key)
		// AWS refuses a NAT gateway while no internet gateway is attached, and detaches
		// none that a NAT gateway still uses.
		nat, err := ec2.NewNatGateway(b.ctx, child, &ec2.NatGatewayArgs{
			AllocationId: allocation.ToStringOutput().ToStringPtrOutput(), SubnetId: b.subnets[TierPublic+"-"+z.key].ID(), Tags: b.tags(child),
		}, b.dependsOn(b.gateway)...)
		if err != nil {
			return fmt.Errorf("create NAT gateway in %s: %w", z.name, err)
		}
		b.natRoutes[z.name] = func(route *ec2.RouteArgs) { route.NatGatewayId = nat.ID() }
		if eip := b.eips[z.name]; eip != nil {
			b.natIps = append(b.natIps, eip.PublicIp)
		} else {
			b.natIps = append(b.natIps, nat.PublicIp)
		}
	}
	return nil
}

// natInstances makes a router in each NAT zone. It has no role and no key: nobody logs
// in. Nothing watches it either: a broken one stays until `pulumi up --replace` is told
// to replace it.
func (b *builder) natInstances() error {
	group, err := b.natGroup()
	if err != nil {
		return err
	}
	child := b.child("nat-template")
	template, err := ec2.NewLaunchTemplate(b.ctx, child, &ec2.LaunchTemplateArgs{
		ImageId: pulumi.String(natImage), InstanceType: pulumi.String(b.plan.args.Nat.Instance.Type),
		UserData: pulumi.String(base64.StdEncoding.EncodeToString([]byte(natScript))),
		MetadataOptions: &ec2.LaunchTemplateMetadataOptionsArgs{
			HttpEndpoint: pulumi.String("enabled"), HttpTokens: pulumi.String("required"), HttpPutResponseHopLimit: pulumi.Int(1),
		},
		BlockDeviceMappings: ec2.LaunchTemplateBlockDeviceMappingArray{&ec2.LaunchTemplateBlockDeviceMappingArgs{
			DeviceName: pulumi.String("/dev/xvda"),
			Ebs: &ec2.LaunchTemplateBlockDeviceMappingEbsArgs{
				Encrypted: pulumi.String("true"), VolumeType: pulumi.String("gp3"), VolumeSize: pulumi.Int(8), DeleteOnTermination: pulumi.String("true"),
			},
		}},
		TagSpecifications: ec2.LaunchTemplateTagSpecificationArray{&ec2.LaunchTemplateTagSpecificationArgs{
			ResourceType: pulumi.String("volume"), Tags: b.tags(child),
		}},
		Tags: b.tags(child),
	}, b.opts...)
	if err != nil {
		return fmt.Errorf("create NAT launch template: %w", err)
	}
	for _, z := range b.plan.natZones {
		if err := b.natInstance(z, group, template); err != nil {
			return fmt.Errorf("create NAT instance in %s: %w", z.name, err)
		}
	}
	return nil
}

func (b *builder) natInstance(z zone, group *ec2.SecurityGroup, template *ec2.LaunchTemplate) error {
	child := b.child("nat-" + z.key)
	instance, err := ec2.NewInstance(b.ctx, child, &ec2.InstanceArgs{
		LaunchTemplate: &ec2.InstanceLaunchTemplateArgs{
			Id: template.ID(),
			// The number, so that a change of the template replaces the instance.
			Version: template.LatestVersion.ApplyT(strconv.Itoa).(pulumi.StringOutput),
		},
		SubnetId: b.subnets[TierPublic+"-"+z.key].ID(), VpcSecurityGroupIds: pulumi.StringArray{group.ID()},
		AssociatePublicIpAddress: pulumi.Bool(true),
		SourceDestCheck:          pulumi.Bool(false), // it forwards what is not addressed to it
		Tags:                     b.tags(child),
	}, b.dependsOn(b.gateway)...)
	if err != nil {
		return err
	}
	b.natRoutes[z.name] = func(route *ec2.RouteArgs) { route.NetworkInterfaceId = instance.PrimaryNetworkInterfaceId }
	ip := instance.PublicIp
	if allocation := b.plan.args.Nat.EipAllocationIds[z.name]; allocation != nil {
		association, err := ec2.NewEipAssociation(b.ctx, b.child("nat-eip-"+z.key), &ec2.EipAssociationArgs{
			AllocationId: allocation.ToStringOutput().ToStringPtrOutput(), InstanceId: instance.ID(),
			AllowReassociation: pulumi.Bool(true), // it moves to a replacement before the old one goes
		}, b.opts...)
		if err != nil {
			return err
		}
		ip = association.PublicIp
	}
	b.natIps = append(b.natIps, ip)
	return nil
}

// natGroup lets in the private subnets that route to a NAT, each by an edge of its own
// so that zones and tiers come and go, and everything out.
func (b *builder) natGroup() (*ec2.SecurityGroup, error) {
	child := b.child("nat-sg")
	group, err := ec2.NewSecurityGroup(b.ctx, child, &ec2.SecurityGroupArgs{
		VpcId: b.vpcIds[""], Description: pulumi.String("NAT instances"), Tags: b.tags(child),
	}, b.opts...)
	if err != nil {
		return nil, fmt.Errorf("create NAT security group: %w", err)
	}
	router := connect.SecurityGroup(group.ID())
	const why = "What private subnets send to the internet"
	for _, s := range b.plan.subnets {
		if s.tier.kind != Private {
			continue
		}
		from := connect.Cidr(s.cidr.String())
		if err := connect.Allow(b.ctx, b.child("nat-"+s.key()), from, router, connect.All(), why, b.opts...); err != nil {
			return nil, err
		}
	}
	err = connect.Allow(b.ctx, b.child("nat-internet"), router, connect.Cidr(anyIpv4), connect.All(), why, b.opts...)
	return group, err
}
