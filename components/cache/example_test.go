package cache_test

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/cache"
	"github.com/plinth-iac/plinth/components/connect"
	"github.com/plinth-iac/plinth/components/iampolicy"
)

// A cache that the servers of a shop use, with IAM.
func ExampleNewReplicationGroup() {
	program := func(ctx *pulumi.Context) error {
		sessions, err := cache.NewReplicationGroup(ctx, "sessions", &cache.ReplicationGroupArgs{
			Region:    "eu-central-1",
			VpcId:     pulumi.String("vpc-0123456789abcdef0"),
			SubnetIds: pulumi.ToStringArray([]string{"subnet-0a", "subnet-0b"}),
			KmsKeyArn: pulumi.String("arn:aws:kms:eu-central-1:111122223333:key/0a1b2c3d"),
			Users:     map[string]cache.UserArgs{"shop": {}},
		})
		if err != nil {
			return err
		}
		_, err = iam.NewRolePolicy(ctx, "shop-sessions", &iam.RolePolicyArgs{
			Role: pulumi.String("shop"), Policy: iampolicy.Document(sessions.ConnectStatement("shop")),
		})
		if err != nil {
			return err
		}
		ctx.Export("host", sessions.PrimaryEndpoint)
		ctx.Export("user", sessions.UserNames.MapIndex(pulumi.String("shop")))
		return connect.Allow(ctx, "shop-to-sessions", connect.SecurityGroup(pulumi.String("sg-0shop")),
			connect.SecurityGroup(sessions.SecurityGroupId), connect.Tcp(sessions.Port), "sessions of customers")
	}
	_ = program // main would call pulumi.Run(program)
}

func ExampleNewServerless() {
	program := func(ctx *pulumi.Context) error {
		prices, err := cache.NewServerless(ctx, "prices", &cache.ServerlessArgs{
			Region:        "eu-central-1",
			VpcId:         pulumi.String("vpc-0123456789abcdef0"),
			SubnetIds:     pulumi.ToStringArray([]string{"subnet-0a", "subnet-0b"}),
			AwsManagedKey: true,
			MaxStorageGb:  2,
			Users:         map[string]cache.UserArgs{"shop": {AccessString: "on ~price:* -@all +@read +set"}},
		})
		if err != nil {
			return err
		}
		ctx.Export("host", prices.Endpoint)
		return nil
	}
	_ = program
}

func ExampleNewMemcached() {
	program := func(ctx *pulumi.Context) error {
		pages, err := cache.NewMemcached(ctx, "pages", &cache.MemcachedArgs{
			Region:    "eu-central-1",
			VpcId:     pulumi.String("vpc-0123456789abcdef0"),
			SubnetIds: pulumi.ToStringArray([]string{"subnet-0a", "subnet-0b"}),
			Nodes:     3,
		})
		if err != nil {
			return err
		}
		ctx.Export("host", pages.ConfigurationEndpoint)
		return nil
	}
	_ = program
}
