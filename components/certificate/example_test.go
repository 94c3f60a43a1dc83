package certificate_test

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/certificate"
)

// A certificate for a domain and all that is directly below it, in the region of the
// default provider.
func ExampleNewCertificate() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		shop, err := certificate.NewCertificate(ctx, "shop", &certificate.CertificateArgs{
			DomainName:       "example.com",
			AlternativeNames: []string{"*.example.com"},
			ZoneId:           pulumi.String("Z0123456789ABCDEFGHIJ"),
		})
		if err != nil {
			return err
		}
		ctx.Export("certificateArn", shop.CertificateArn)
		return nil
	})
}

// CloudFront takes certificates of us-east-1, whatever the stack's region is.
func ExampleNewCertificate_cloudFront() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		edge, err := aws.NewProvider(ctx, "edge", &aws.ProviderArgs{Region: pulumi.String("us-east-1")})
		if err != nil {
			return err
		}
		site, err := certificate.NewCertificate(ctx, "site", &certificate.CertificateArgs{
			DomainName: "www.example.com",
			ZoneId:     pulumi.String("Z0123456789ABCDEFGHIJ"),
		}, pulumi.Providers(edge))
		if err != nil {
			return err
		}
		ctx.Export("certificateArn", site.CertificateArn)
		return nil
	})
}
