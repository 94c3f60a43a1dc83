package certificate_test

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/certificate"
)

const (
	zone  = pulumi.String("Z1")
	other = pulumi.String("Z2")

	recordToken = "aws:route53/record:Record"
)

func smallest() *certificate.CertificateArgs {
	return &certificate.CertificateArgs{DomainName: "shop.example.com", ZoneId: zone}
}

// full uses every argument that does not exclude another.
func full() *certificate.CertificateArgs {
	return &certificate.CertificateArgs{
		DomainName: "example.com", AlternativeNames: []string{"*.shop.example.com", "*.example.com", "example.org"},
		Zones: map[string]pulumi.StringInput{"example.com": zone, "shop.example.com": pulumi.String("Z3"), "example.org": other},
		Caa: map[string]certificate.CaaArgs{
			"example.com": {Issuers: []string{"pki.goog", "letsencrypt.org"}, Contact: "mailto:security@example.com"}, "example.org": {},
		},
		DeleteRecords: true, KeyAlgorithm: certificate.EcP256, TransparencyLogging: pulumi.BoolRef(false), NamesQuota: 20, ValidationMinutes: 60,
		Alarm: &certificate.AlarmArgs{
			ActionArns: pulumi.ToStringArray([]string{"arn:aws:sns:us-east-1:111122223333:alerts"}), DaysLeft: 14,
		},
		Tags: map[string]string{"team": "shop"},
	}
}

func program(args *certificate.CertificateArgs, names ...string) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		for _, name := range names {
			if _, err := certificate.NewCertificate(ctx, name, args); err != nil {
				return err
			}
		}
		return nil
	}
}
