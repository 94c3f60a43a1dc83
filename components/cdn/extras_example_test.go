package cdn_test

import (
	_ "embed"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/cdn"
)

//go:embed testdata/keys/rsa-2.pem
var billingKey string

// A function that sends old addresses on, by what a store says, and invoices that only who
// has a signed URL can read. Signers put the id of their public key into each URL; values
// of the store change without the function.
func ExampleNewDistribution_functions() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		edge, err := aws.NewProvider(ctx, "edge", &aws.ProviderArgs{Region: pulumi.String("us-east-1")})
		if err != nil {
			return err
		}
		shop, err := cdn.NewDistribution(ctx, "shop", &cdn.DistributionArgs{
			Region: "eu-central-1", AccountId: "111122223333", Edge: edge,
			Origins:       map[string]cdn.OriginArgs{"site": {Bucket: &cdn.BucketArgs{}}, "invoices": {Bucket: &cdn.BucketArgs{}}},
			DefaultOrigin: "site",
			Default:       cdn.PathArgs{ViewerRequest: "redirect"},
			Paths:         map[string]cdn.PathArgs{"/invoices/*": {Origin: "invoices", Signers: []string{"billing"}}},
			Functions: map[string]cdn.FunctionArgs{"redirect": {
				Code: `import cf from 'cloudfront';
const moved = cf.kvs();

async function handler(event) {
	const request = event.request;
	if (!await moved.exists(request.uri)) {
		return request;
	}
	return { statusCode: 301, headers: { location: { value: await moved.get(request.uri) } } };
}
`,
				KeyValueStore: &cdn.KeyValueStoreArgs{Values: map[string]string{"/sale": "/offers"}},
			}},
			SigningKeys: map[string]cdn.SigningKeyArgs{"billing": {PublicKeys: map[string]string{"2025": billingKey}}},
		})
		if err != nil {
			return err
		}
		ctx.Export("billingKeyPairId", shop.KeyPairIds.MapIndex(pulumi.String("billing/2025")))
		return nil
	})
}
