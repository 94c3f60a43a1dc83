package cdn_test

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/cdn"
	"github.com/plinth-iac/plinth/components/iampolicy"
)

// A site in a bucket, and what may publish it.
func ExampleNewDistribution() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		edge, err := aws.NewProvider(ctx, "edge", &aws.ProviderArgs{Region: pulumi.String("us-east-1")})
		if err != nil {
			return err
		}
		site, err := cdn.NewDistribution(ctx, "site", &cdn.DistributionArgs{
			Region: "eu-central-1", AccountId: "111122223333", Edge: edge,
			Origins:       map[string]cdn.OriginArgs{"pages": {Bucket: &cdn.BucketArgs{}}},
			DefaultOrigin: "pages",
			RootObject:    "index.html",
		})
		if err != nil {
			return err
		}
		ctx.Export("address", site.DomainName)
		ctx.Export("publishers", iampolicy.Document(append(site.WriteStatements("pages"), site.InvalidateStatements()...)...))
		return nil
	})
}
