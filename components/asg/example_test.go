package asg_test

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/asg"
)

func ExampleNewGroup() {
	program := func(ctx *pulumi.Context) error {
		group, err := asg.NewGroup(ctx, "web", &asg.GroupArgs{
			Region:    "eu-central-1",
			VpcId:     pulumi.String("vpc-0123456789abcdef0"),
			SubnetIds: pulumi.ToStringArray([]string{"subnet-a", "subnet-b", "subnet-c"}),
			Max:       6,
		})
		if err != nil {
			return err
		}
		ctx.Export("groupName", group.GroupName)
		return nil
	}
	_ = program // main would call pulumi.Run(program)
}
