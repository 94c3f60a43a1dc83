package cdn_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/components/cdn"
	"github.com/plinth-iac/plinth/components/iampolicy"
	"github.com/plinth-iac/plinth/tests/harness"
)

func TestGrantsNameTheirBucketItsKeyAndTheDistribution(t *testing.T) {
	const mock = "arn:aws:mock:us-east-1:111122223333:"
	bucket := func(name string) string {
		return `{"Action":"s3:ListBucket","Effect":"Allow","Resource":"` + mock + name + `"},` +
			`{"Action":["s3:AbortMultipartUpload","s3:DeleteObject","s3:GetObject","s3:PutObject"],"Effect":"Allow","Resource":"` + mock + name + `/*"}`
	}
	g := harness.Run(t, harness.Update, func(ctx *pulumi.Context) error {
		at, err := newRegions(ctx)
		if err != nil {
			return err
		}
		d, err := cdn.NewDistribution(ctx, "shop", full(at))
		if err != nil {
			return err
		}
		var r struct{ pulumi.CustomResourceState }
		return ctx.RegisterResource("test:index:Policy", "grants", pulumi.Map{
			"encrypted": iampolicy.Document(d.WriteStatements("assets")...), "far": iampolicy.Document(d.WriteStatements("assets-far")...),
			"invalidate": iampolicy.Document(d.InvalidateStatements()...),
			"read":       iampolicy.Document(cdn.ReadStatement(pulumi.String("arn:aws-cn:s3:::shop"), "cn-north-1", account)),
			"list":       iampolicy.Document(cdn.ListStatement(pulumi.String("arn:aws:s3:::shop"), home, account)),
			"deliver":    iampolicy.Document(cdn.DeliveryStatement(account, "shop", "blog")),
		}, &r)
	})
	for grant, want := range map[string]string{
		"encrypted": bucket("shop-bucket-assets") + `,{"Action":["kms:Decrypt","kms:GenerateDataKey"],` +
			`"Condition":{"StringLike":{"kms:ViaService":"s3.*"}},"Effect":"Allow","Resource":"` + string(key) + `"}`,
		"far": bucket("shop-bucket-assets-far"),
		"invalidate": `{"Action":["cloudfront:CreateInvalidation","cloudfront:GetInvalidation"],"Effect":"Allow","Resource":"` +
			mock + `shop-distribution"}`,
		"read": `{"Action":"s3:GetObject","Condition":{"ArnLike":{"aws:SourceArn":"arn:aws-cn:cloudfront::111122223333:distribution/*"}},` +
			`"Effect":"Allow","Principal":{"Service":"cloudfront.amazonaws.com"},"Resource":"arn:aws-cn:s3:::shop/*","Sid":"CloudFront"}`,
		"list": `{"Action":"s3:ListBucket","Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:cloudfront::111122223333:distribution/*"}},` +
			`"Effect":"Allow","Principal":{"Service":"cloudfront.amazonaws.com"},"Resource":"arn:aws:s3:::shop","Sid":"CloudFrontLists"}`,
		"deliver": `{"Action":["logs:CreateLogStream","logs:PutLogEvents"],"Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:logs:us-east-1:111122223333:delivery-source:*"},` +
			`"StringEquals":{"aws:SourceAccount":"111122223333"}},"Effect":"Allow","Principal":{"Service":"delivery.logs.amazonaws.com"},` +
			`"Resource":["arn:aws:logs:us-east-1:111122223333:log-group:shop-logs-*:log-stream:*","arn:aws:logs:us-east-1:111122223333:log-group:blog-logs-*:log-stream:*"],` +
			`"Sid":"DeliverLogs"}`,
	} {
		require.Equal(t, `{"Statement":[`+want+`],"Version":"2012-10-17"}`, g.Named(t, "grants").Value(grant), grant)
	}
}

func TestNobodyIsGrantedABucketThatThereIsNot(t *testing.T) {
	for _, origin := range []string{"downloads", "nothing"} {
		_, err := harness.Try(harness.Update, func(ctx *pulumi.Context) error {
			at, err := newRegions(ctx)
			if err != nil {
				return err
			}
			d, err := cdn.NewDistribution(ctx, "shop", full(at))
			if err != nil {
				return err
			}
			var r struct{ pulumi.CustomResourceState }
			return ctx.RegisterResource("test:index:Policy", "grants", pulumi.Map{"write": iampolicy.Document(d.WriteStatements(origin)...)}, &r)
		})
		require.ErrorContains(t, err, `plinth:cdn:Distribution "shop" has no origin "`+origin+`" with a bucket of its own`)
	}
}
