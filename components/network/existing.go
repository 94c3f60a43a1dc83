package network

import (
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/internal/base"
	"github.com/plinth-iac/plinth/components/internal/subnets"
)

// ExistingType is the type token of an existing VPC. It has no children.
const ExistingType = "plinth:network:ExistingVpc"

// ExistingVpcArgs say what an existing VPC has. Nothing is looked up.
type ExistingVpcArgs struct {
	// VpcId is the VPC.
	VpcId pulumi.StringInput `pulumi:"vpcId"`
	// CidrBlock is its first IPv4 block.
	CidrBlock string `pulumi:"cidrBlock"`
	// Subnets are subnet ids by tier, then zone name. The tiers public, private and
	// isolated are what PublicSubnetIds, PrivateSubnetIds and IsolatedSubnetIds give.
	Subnets map[string]map[string]pulumi.StringInput `pulumi:"subnets"`
	// SubnetLayout is the IPv4 block of each subnet, by any name. Default: none.
	SubnetLayout map[string]string `pulumi:"subnetLayout,optional"`
	// Ipv6CidrBlock is its IPv6 block. Default: none.
	Ipv6CidrBlock pulumi.StringInput `pulumi:"ipv6CidrBlock,optional"`
	// NatPublicIps are the addresses that private subnets come from. Default: none.
	NatPublicIps pulumi.StringArrayInput `pulumi:"natPublicIps,optional"`
	// S3PrefixListId is the prefix list of the S3 gateway endpoint. Default: none.
	S3PrefixListId pulumi.StringInput `pulumi:"s3PrefixListId,optional"`
	// EndpointSecurityGroupId is the group of the interface endpoints. Default: none.
	EndpointSecurityGroupId pulumi.StringInput `pulumi:"endpointSecurityGroupId,optional"`
}

// NewExistingVpc describes a VPC that this program does not own, so that everything
// which takes a Vpc can stand in it. Its EgressReady and RouteTables are empty.
func NewExistingVpc(ctx *pulumi.Context, name string, args *ExistingVpcArgs, opts ...pulumi.ResourceOption) (*Vpc, error) {
	a := *base.CopyOf(args)
	if err := a.validate(fmt.Sprintf("network.ExistingVpc %q", name)); err != nil {
		return nil, err
	}
	v, err := register(ctx, ExistingType, name, a, opts)
	if err != nil {
		return nil, err
	}
	zones := map[string]bool{}
	for tier, ids := range a.Subnets {
		v.Subnets[tier] = map[string]pulumi.StringOutput{}
		for zone, id := range ids {
			v.Subnets[tier][zone] = id.ToStringOutput()
			zones[zone] = true
		}
	}
	v.Zones = slices.Sorted(maps.Keys(zones))
	v.VpcId = a.VpcId.ToStringOutput()
	v.CidrBlock = pulumi.String(a.CidrBlock).ToStringOutput()
	v.SubnetLayout = pulumi.ToStringMap(a.SubnetLayout).ToStringMapOutput()
	v.NatPublicIps = pulumi.StringArray{}.ToStringArrayOutput()
	if a.NatPublicIps != nil {
		v.NatPublicIps = a.NatPublicIps.ToStringArrayOutput()
	}
	for output, given := range map[*pulumi.StringOutput]pulumi.StringInput{
		&v.Ipv6CidrBlock: a.Ipv6CidrBlock, &v.S3PrefixListId: a.S3PrefixListId, &v.EndpointSecurityGroupId: a.EndpointSecurityGroupId,
	} {
		if given != nil {
			*output = given.ToStringOutput()
		}
	}
	return v, v.finish(ctx)
}

func (a ExistingVpcArgs) validate(subject string) error {
	var errs fielderr.List
	if a.VpcId == nil {
		errs.Required("vpcId")
	}
	if a.CidrBlock == "" {
		errs.Required("cidrBlock")
	} else if _, err := subnets.Parse(a.CidrBlock); err != nil {
		errs.Invalid("cidrBlock", a.CidrBlock, "%s", err)
	}
	if len(a.Subnets) == 0 {
		errs.Required("subnets")
	}
	for tier, ids := range a.Subnets {
		at := errs.At("subnets", fielderr.Key(tier))
		if len(ids) == 0 {
			at.Required("")
		}
		for zone, id := range ids {
			if id == nil {
				at.Required(fielderr.Key(zone))
			}
		}
	}
	return errs.Err(subject)
}
