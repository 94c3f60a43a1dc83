package recovery_test

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/recovery"
)

// Daily backups of everything with the tag backup=shop, kept for 35 days.
func ExampleNewPlan() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		plan, err := recovery.NewPlan(ctx, "shop", &recovery.PlanArgs{
			Region:    "eu-central-1",
			KmsKeyArn: pulumi.String("arn:aws:kms:eu-central-1:111122223333:key/0a1b2c3d"),
		})
		if err != nil {
			return err
		}
		ctx.Export("objectives", pulumi.ToStringMap(plan.Objectives.Table()))
		return nil
	})
}
