// A Pulumi program of another team: it imports components of Plinth and rehearses its
// own stack in its tests.
package main

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/network"
)

func main() { pulumi.Run(deploy) }

func deploy(ctx *pulumi.Context) error {
	vpc, err := network.NewVpc(ctx, "shop", &network.VpcArgs{
		Region:    "eu-central-1",
		CidrBlock: "10.30.0.0/16",
		Zones:     []string{"eu-central-1a", "eu-central-1b", "eu-central-1c"},
	})
	if err != nil {
		return err
	}
	ctx.Export("vpcId", vpc.VpcId)
	ctx.Export("privateSubnetIds", vpc.PrivateSubnetIds)
	return nil
}
