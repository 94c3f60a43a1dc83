package eks_test

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/eks"
)

// A cluster whose nodes AWS runs.
func ExampleNewCluster() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		cluster, err := eks.NewCluster(ctx, "shop", &eks.ClusterArgs{
			Region:    "eu-central-1",
			AccountId: "111122223333",
			Version:   "1.35",
			SubnetIds: pulumi.ToStringArray([]string{"subnet-0a", "subnet-0b", "subnet-0c"}),
			KmsKeyArn: pulumi.String("arn:aws:kms:eu-central-1:111122223333:key/0a1b2c3d"),
			Admins: map[string]eks.AdminArgs{
				"deployer": {PrincipalArn: pulumi.String("arn:aws:iam::111122223333:role/deployer")},
			},
			AutoMode: &eks.AutoModeArgs{},
		})
		if err != nil {
			return err
		}
		ctx.Export("cluster", cluster.ClusterName)
		return nil
	})
}

// A cluster of managed nodes whose add-ons rise with it.
func ExampleLookupAddonVersions() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		args := &eks.ClusterArgs{
			Region:    "eu-central-1",
			AccountId: "111122223333",
			Version:   "1.35",
			SubnetIds: pulumi.ToStringArray([]string{"subnet-0a", "subnet-0b", "subnet-0c"}),
			KmsKeyArn: pulumi.String("arn:aws:kms:eu-central-1:111122223333:key/0a1b2c3d"),
			Admins: map[string]eks.AdminArgs{
				"deployer": {PrincipalArn: pulumi.String("arn:aws:iam::111122223333:role/deployer")},
			},
			NodeGroups: map[string]eks.NodeGroupArgs{"general": {}},
			Addons:     map[string]eks.AddonArgs{},
		}
		for name, version := range eks.LookupAddonVersions(ctx, args.Version, args.AddonNames()) {
			args.Addons[name] = eks.AddonArgs{Version: version}
		}
		_, err := eks.NewCluster(ctx, "shop", args)
		return err
	})
}
