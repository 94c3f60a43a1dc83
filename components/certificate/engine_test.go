package certificate_test

import (
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lb"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/route53"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/components/certificate"
	"github.com/plinth-iac/plinth/tests/lifetest"
)

func onNetwork(*lifetest.Network) *certificate.CertificateArgs {
	return &certificate.CertificateArgs{DomainName: "example.com", AlternativeNames: []string{"*.example.com"}}
}

type change = lifetest.Change[certificate.CertificateArgs]

func named(names ...string) change {
	return func(a *certificate.CertificateArgs, _ *lifetest.Network) { a.AlternativeNames = names }
}

// requireProofs sees that the record is in DNS that AWS asks for as the proof of a name,
// whoever made it, and so when it renews the certificate.
func requireProofs(t *testing.T, l *lifetest.Life[certificate.CertificateArgs], of string) {
	t.Helper()
	records := map[any]any{}
	for _, r := range l.Cloud().Resources() {
		if r.Type == recordToken {
			records[r.Props["name"]] = r.Props["records"]
		}
	}
	for _, asked := range l.Resource(of + "-certificate").Props["domainValidationOptions"].([]any) {
		option := asked.(map[string]any)
		require.Equal(t, []any{option["resourceRecordValue"]}, records[option["resourceRecordName"]], option["domainName"])
	}
}

// The certificate is in use by a listener throughout.
func TestTheLifeOfACertificate(t *testing.T) {
	elsewhere := false
	l := lifetest.Start(t, onNetwork, func(ctx *pulumi.Context, net *lifetest.Network, a *certificate.CertificateArgs) error {
		with := pulumi.Provider(net.Provider)
		zone, err := route53.NewZone(ctx, "zone", &route53.ZoneArgs{Name: pulumi.String("example.com")}, with)
		if err != nil {
			return err
		}
		a.ZoneId = zone.ZoneId
		shop, err := certificate.NewCertificate(ctx, "shop", a, net.Opts)
		if err != nil {
			return err
		}
		balancer, err := lb.NewLoadBalancer(ctx, "web", &lb.LoadBalancerArgs{Subnets: net.SubnetIds, Internal: pulumi.Bool(true)}, with)
		if err != nil {
			return err
		}
		_, err = lb.NewListener(ctx, "web", &lb.ListenerArgs{
			LoadBalancerArn: balancer.Arn, Port: pulumi.Int(443), Protocol: pulumi.String("HTTPS"), CertificateArn: shop.CertificateArn,
			SslPolicy: pulumi.String("ELBSecurityPolicy-TLS13-1-2-2021-06"),
			DefaultActions: lb.ListenerDefaultActionArray{lb.ListenerDefaultActionArgs{
				Type:          pulumi.String("fixed-response"),
				FixedResponse: lb.ListenerDefaultActionFixedResponseArgs{ContentType: pulumi.String("text/plain"), StatusCode: pulumi.String("404")},
			}},
		}, with)
		if err != nil || !elsewhere {
			return err
		}
		a.Caa, a.Alarm = nil, nil
		if _, err = certificate.NewCertificate(ctx, "away", a, net.Recovery.Opts); err != nil {
			return err
		}
		a.ZoneId, a.ExistingRecords = nil, true
		_, err = certificate.NewCertificate(ctx, "guest", a, net.Recovery.Opts)
		return err
	})
	l.Up()
	requireProofs(t, l, "shop")
	l.Changes("an alarm, who may issue, and unlogged", func(a *certificate.CertificateArgs, net *lifetest.Network) {
		a.Alarm = &certificate.AlarmArgs{ActionArns: pulumi.StringArray{net.TopicArn}}
		a.Caa, a.TransparencyLogging = map[string]certificate.CaaArgs{"example.com": {}}, pulumi.BoolRef(false)
	}, "create shop-alarm-expiry", "create shop-caa-example.com", "update shop-certificate")

	before := l.Resource("shop-certificate").ID
	l.Changes("one more name", named("*.example.com", "a.b.example.com"), "replace shop-certificate", "replace shop-validation",
		"create shop-record-a.b.example.com", "update web", "update shop-alarm-expiry")
	require.NotEqual(t, before, l.Resource("shop-certificate").ID)
	requireProofs(t, l, "shop")

	elsewhere = true
	l.Changes("in another region", named("*.example.com", "a.b.example.com"), "create away-certificate", "create away-validation",
		"create away-record-example.com", "create away-record-a.b.example.com", "create guest-certificate", "create guest-validation")
	require.Equal(t, lifetest.RecoveryRegion, l.Resource("away-certificate").Region)
	requireProofs(t, l, "away")
	l.Refused("no name", func(a *certificate.CertificateArgs, _ *lifetest.Network) { a.DomainName = "" }, "domainName: is required")
	elsewhere = false
	l.Changes("here only, and from now on records go", func(a *certificate.CertificateArgs, _ *lifetest.Network) {
		a.DeleteRecords = true
	}, "delete away-certificate", "delete away-validation", "delete away-record-example.com", "delete away-record-a.b.example.com",
		"delete guest-certificate", "delete guest-validation")
	requireProofs(t, l, "shop")

	l.Changes("one name", named(), "replace shop-certificate", "replace shop-validation", "delete shop-record-a.b.example.com", "update web",
		"update shop-alarm-expiry")
	require.Len(t, l.Resource("shop-certificate").Props["domainValidationOptions"], 1)
	l.Destroy()
}
