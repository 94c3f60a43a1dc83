package database_test

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/connect"
	"github.com/plinth-iac/plinth/components/database"
)

// A PostgreSQL database with a standby in another zone, for an application.
func ExampleNewInstance() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		shop, err := database.NewInstance(ctx, "shop", &database.InstanceArgs{
			Region:        "us-east-1",
			VpcId:         pulumi.String("vpc-0123456789abcdef0"),
			SubnetIds:     pulumi.ToStringArray([]string{"subnet-0a", "subnet-0b"}),
			Engine:        database.Postgres,
			InstanceClass: "db.t4g.medium",
			KmsKeyArn:     pulumi.String("arn:aws:kms:us-east-1:111122223333:key/0a1b2c3d"),
		})
		if err != nil {
			return err
		}
		ctx.Export("address", shop.Address)
		return connect.Allow(ctx, "app-to-shop", connect.SecurityGroup(pulumi.String("sg-app")), connect.SecurityGroup(shop.SecurityGroupId),
			connect.Tcp(shop.Port), "queries")
	})
}

// An Aurora MySQL cluster of two instances that pause when nobody is there.
func ExampleNewCluster() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		shop, err := database.NewCluster(ctx, "shop", &database.ClusterArgs{
			Region:     "us-east-1",
			VpcId:      pulumi.String("vpc-0123456789abcdef0"),
			SubnetIds:  pulumi.ToStringArray([]string{"subnet-0a", "subnet-0b", "subnet-0c"}),
			Engine:     database.Mysql,
			KmsKeyArn:  pulumi.String("arn:aws:kms:us-east-1:111122223333:key/0a1b2c3d"),
			Serverless: &database.ServerlessArgs{MinAcu: pulumi.Float64Ref(0), MaxAcu: 8},
		})
		if err != nil {
			return err
		}
		ctx.Export("writer", shop.Address)
		ctx.Export("readers", shop.ReaderAddress)
		return nil
	})
}
