package cdn_test

import (
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/acm"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/route53"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/components/cdn"
	"github.com/plinth-iac/plinth/tests/lifetest"
)

// deployNamed makes a distribution with a zone and a certificate to choose from.
func deployNamed(ctx *pulumi.Context, net *lifetest.Network, a *cdn.DistributionArgs) error {
	home, edge := pulumi.Provider(net.Provider), pulumi.Provider(net.Edge)
	zone, err := route53.NewZone(ctx, "zone", &route53.ZoneArgs{Name: pulumi.String("example.org")}, home)
	if err != nil {
		return err
	}
	certificate, err := acm.NewCertificate(ctx, "certificate", &acm.CertificateArgs{
		DomainName: pulumi.String("example.org"), SubjectAlternativeNames: pulumi.ToStringArray([]string{"*.example.org"}), ValidationMethod: pulumi.String("DNS"),
	}, edge)
	if err != nil {
		return err
	}
	option := certificate.DomainValidationOptions.Index(pulumi.Int(0))
	proof, err := route53.NewRecord(ctx, "proof", &route53.RecordArgs{
		ZoneId: zone.ZoneId, Name: option.ResourceRecordName().Elem(), Type: option.ResourceRecordType().Elem(),
		Records: pulumi.StringArray{option.ResourceRecordValue().Elem()}, Ttl: pulumi.Int(60),
	}, home)
	if err != nil {
		return err
	}
	issued, err := acm.NewCertificateValidation(ctx, "issued", &acm.CertificateValidationArgs{
		CertificateArn: certificate.Arn, ValidationRecordFqdns: pulumi.StringArray{proof.Fqdn},
	}, edge)
	if err != nil {
		return err
	}
	named := *a
	if len(a.Aliases) > 0 {
		named.CertificateArn, named.Records = issued.CertificateArn, map[string]cdn.RecordArgs{}
		for _, alias := range a.Aliases {
			named.Records[alias] = cdn.RecordArgs{ZoneId: zone.ZoneId}
		}
	}
	_, err = cdn.NewDistribution(ctx, "shop", &named, net.Opts)
	return err
}

func onNetwork(net *lifetest.Network) *cdn.DistributionArgs {
	return bare(func(a *cdn.DistributionArgs) { a.Region, a.AccountId, a.Edge = net.Region, net.AccountId, net.Edge })
}

// extrasLife is what the distribution has in one step of its life.
type extrasLife struct {
	code    string
	values  map[string]string
	keys    map[string]string
	headers *cdn.HeadersArgs
	geo     *cdn.GeoArgs
	logs    *cdn.LogsArgs
	percent float64
	aliases []string
}

func (e extrasLife) change(a *cdn.DistributionArgs, net *lifetest.Network) {
	if e.code != "" {
		a.Functions = map[string]cdn.FunctionArgs{"redirect": {Code: e.code, KeyValueStore: &cdn.KeyValueStoreArgs{Values: e.values}}}
		a.Default.ViewerRequest = "redirect"
	}
	if e.keys != nil {
		withKeys(e.keys)(a)
		a.Default.Signers = []string{"invoices"}
	}
	a.Headers, a.Geo, a.Logs, a.Aliases = e.headers, e.geo, e.logs, e.aliases
	if e.percent > 0 {
		a.Alarms = &cdn.AlarmsArgs{ServerErrorPercent: e.percent, ActionArns: pulumi.StringArray{net.EdgeTopicArn}}
	}
}

var logBucketParts = []string{"shop-logs", "shop-logs-policy", "shop-logs-access", "shop-logs-ownership", "shop-logs-encryption",
	"shop-logs-versioning", "shop-logs-lifecycle", "shop-logs-to-bucket"}

// CloudFront keeps what is in use: functions, stores, key groups and the public keys in
// them, headers policies. Everything comes, changes and goes nevertheless, each step with
// several changes that must not know of each other.
func TestExtrasChangeWhileInUse(t *testing.T) {
	l := lifetest.Start(t, onNetwork, deployNamed)
	l.Up()
	now := extrasLife{
		code: code, values: map[string]string{"/a": "/b"}, keys: map[string]string{"2025": pemOf("rsa-1")}, percent: 1,
		headers: &cdn.HeadersArgs{Remove: []string{"X-Powered-By"}}, geo: &cdn.GeoArgs{Allow: []string{"DE"}},
	}
	l.Changes("everything", now.change, append(append(each("create", logBucketParts...), each("create",
		"shop-function-redirect", "shop-store-redirect", "shop-store-redirect-values", "shop-public-key-invoices-2025", "shop-key-group-invoices",
		"shop-headers", "shop-logs-source", "shop-logs-delivery", "shop-metrics", "shop-alarm-server-errors", "shop-alarm-origin-latency",
		"shop-alarm-function-errors-redirect")...), "update shop-distribution")...)
	for child, region := range map[string]string{"shop-logs-delivery": lifetest.EdgeRegion, "shop-alarm-server-errors": lifetest.EdgeRegion, "shop-logs": lifetest.Region} {
		require.Equal(t, region, l.Resource(child).Region, child)
	}

	now.code, now.values, now.keys["2026"], now.percent = "// new\n"+code, map[string]string{"/a": "/c", "/d": "/e"}, pemOf("ecdsa-1"), 2
	now.headers, now.geo = &cdn.HeadersArgs{ContentSecurityPolicy: "default-src 'self'"}, nil
	now.logs, now.aliases = &cdn.LogsArgs{Fields: []string{"date", "cs-uri-stem"}, Partitions: cdn.ByDay, RetentionDays: 7}, []string{"example.org"}
	l.Changes("in place, and a key and an alias more", now.change, append(each("update",
		"shop-function-redirect", "shop-store-redirect-values", "shop-key-group-invoices", "shop-headers", "shop-logs-delivery", "shop-logs-lifecycle",
		"shop-alarm-server-errors", "shop-distribution"),
		each("create", "shop-public-key-invoices-2026", "shop-a-example.org", "shop-aaaa-example.org", "shop-https-example.org")...)...)

	first := l.Resource("shop-public-key-invoices-2026").ID
	now.keys, now.values, now.headers = map[string]string{"2026": pemOf("rsa-2")}, map[string]string{}, nil
	now.logs, now.aliases = &cdn.LogsArgs{Format: cdn.LogParquet}, []string{"example.org", "*.example.org"}
	l.Changes("the first key out, the second another, logs in another format", now.change, append(append(each("replace",
		"shop-public-key-invoices-2026", "shop-logs-to-bucket", "shop-logs-delivery"),
		each("delete", "shop-public-key-invoices-2025", "shop-headers")...),
		"update shop-store-redirect-values", "update shop-key-group-invoices", "update shop-logs-lifecycle", "update shop-distribution",
		"create shop-a-*.example.org", "create shop-aaaa-*.example.org", "create shop-https-*.example.org")...)
	require.Empty(t, l.Resource("shop-store-redirect-values").Props["resourceKeyValuePairs"])
	second := l.Resource("shop-public-key-invoices-2026").ID
	require.NotEqual(t, first, second)
	require.Equal(t, []any{second}, l.Resource("shop-key-group-invoices").Props["items"])
	target := l.Resource("shop-a-*.example.org").Props["aliases"].([]any)[0].(map[string]any)
	require.Equal(t, l.Resource("shop-distribution").Props["domainName"], target["name"])
	require.Equal(t, l.Resource("shop-distribution").Props["hostedZoneId"], target["zoneId"])

	now.logs, now.aliases, now.values = &cdn.LogsArgs{Destination: cdn.LogsToLogGroup}, []string{"*.example.org"}, nil
	l.Changes("logs elsewhere, an alias less, and somebody else's values", now.change, append(append(each("delete", append(logBucketParts, "shop-store-redirect-values")...),
		"delete shop-a-example.org", "delete shop-aaaa-example.org", "delete shop-https-example.org"),
		"create shop-logs", "create shop-logs-group-policy", "create shop-logs-to-group", "replace shop-logs-delivery", "update shop-distribution")...)
	require.Equal(t, lifetest.EdgeRegion, l.Resource("shop-logs").Region)

	half := now
	half.keys = map[string]string{"2026": pemOf("rsa-2")[:200]}
	l.Refused("half a key", half.change, "signingKeys.invoices.publicKeys.2026: must be a PEM text")
	l.Changes("nothing", func(a *cdn.DistributionArgs, net *lifetest.Network) { *a = *onNetwork(net) }, append(each("delete",
		"shop-function-redirect", "shop-store-redirect", "shop-public-key-invoices-2026", "shop-key-group-invoices", "shop-logs-source", "shop-logs-delivery",
		"shop-logs", "shop-logs-group-policy", "shop-logs-to-group", "shop-metrics", "shop-alarm-server-errors", "shop-alarm-origin-latency",
		"shop-alarm-function-errors-redirect", "shop-a-*.example.org", "shop-aaaa-*.example.org", "shop-https-*.example.org"), "update shop-distribution")...)
	l.Destroy()
}

// each is one operation on many resources.
func each(op string, names ...string) []string {
	steps := make([]string, len(names))
	for i, name := range names {
		steps[i] = op + " " + name
	}
	return steps
}
