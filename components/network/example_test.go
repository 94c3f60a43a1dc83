package network_test

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/network"
)

// The smallest program: three zones, a NAT gateway in each, flow logs on.
func ExampleNewVpc() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		vpc, err := network.NewVpc(ctx, "main", &network.VpcArgs{
			Region: "us-east-1",
			Zones:  []string{"us-east-1a", "us-east-1b", "us-east-1c"},
		})
		if err != nil {
			return err
		}
		ctx.Export("privateSubnetIds", vpc.PrivateSubnetIds)
		return nil
	})
}

// A network that exists already, as the same type.
func ExampleNewExistingVpc() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		vpc, err := network.NewExistingVpc(ctx, "main", &network.ExistingVpcArgs{
			VpcId:     pulumi.String("vpc-0123456789abcdef0"),
			CidrBlock: "10.0.0.0/16",
			Subnets: map[string]map[string]pulumi.StringInput{
				network.TierPrivate: {"us-east-1a": pulumi.String("subnet-0a"), "us-east-1b": pulumi.String("subnet-0b")},
			},
		})
		if err != nil {
			return err
		}
		ctx.Export("vpcId", vpc.VpcId)
		return nil
	})
}
