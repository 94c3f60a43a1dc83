package document_test

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/connect"
	"github.com/plinth-iac/plinth/components/document"
)

// A document database that the application's security group may reach.
func ExampleNewCluster() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		docs, err := document.NewCluster(ctx, "docs", &document.ClusterArgs{
			Region:    "us-east-1",
			VpcId:     pulumi.String("vpc-0123456789abcdef0"),
			SubnetIds: pulumi.ToStringArray([]string{"subnet-0a", "subnet-0b"}),
			KmsKeyArn: pulumi.String("arn:aws:kms:us-east-1:111122223333:key/0a1b2c3d"),
		})
		if err != nil {
			return err
		}
		ctx.Export("documents", docs.Endpoint)
		return connect.Allow(ctx, "app-to-docs", connect.SecurityGroup(pulumi.String("sg-0123456789abcdef0")),
			connect.SecurityGroup(docs.SecurityGroupId), connect.Tcp(docs.Port), "queries")
	})
}
