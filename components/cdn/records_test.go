package cdn_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/components/cdn"
	"github.com/plinth-iac/plinth/tests/harness"
)

func named(a *cdn.DistributionArgs) {
	a.Aliases, a.CertificateArn = []string{"example.com", "*.example.com"}, pulumi.String("arn:aws:acm:us-east-1:111122223333:certificate/1")
}

func TestAnAliasHasTheRecordsThatFit(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*cdn.DistributionArgs)
		want   []string
	}{
		"IPv6": {func(*cdn.DistributionArgs) {}, []string{"shop-a-*.example.com", "shop-aaaa-*.example.com", "shop-https-*.example.com"}},
		"IPv4": {func(a *cdn.DistributionArgs) { a.Ipv6 = pulumi.BoolRef(false) }, []string{"shop-a-*.example.com", "shop-https-*.example.com"}},
		"HTTPS": {func(a *cdn.DistributionArgs) {
			a.Records["*.example.com"] = cdn.RecordArgs{ZoneId: pulumi.String("Z1"), WithoutHttps: true}
		}, []string{"shop-a-*.example.com", "shop-aaaa-*.example.com"}},
	} {
		t.Run(name, func(t *testing.T) {
			args := bare(named, func(a *cdn.DistributionArgs) {
				a.Records = map[string]cdn.RecordArgs{"*.example.com": {ZoneId: pulumi.String("Z1")}}
			}, c.change)
			harness.Both(t, atTheEdge(args, "shop"), func(t *testing.T, g *harness.Graph) {
				var names []string
				for _, r := range g.OfType("aws:route53/record:Record") {
					names = append(names, r.Name)
					require.Equal(t, []any{"*.example.com", "Z1", false, false},
						[]any{r.Value("name"), r.Value("zoneId"), r.Value("allowOverwrite"), r.Value("aliases[0].evaluateTargetHealth")})
					require.Equal(t, []string{g.Named(t, "shop-distribution").URN}, r.PropertyDependencies["aliases"])
				}
				require.Equal(t, c.want, names)
			})
		})
	}
}

func TestWrongRecordsAreAllReported(t *testing.T) {
	wrong(t, `cdn.Distribution "shop": 2 problems
  records["example.com"].zoneId: is required
  records["www.example.com"]: there is no alias "www.example.com": CloudFront answers for aliases only`, named, func(a *cdn.DistributionArgs) {
		a.Records = map[string]cdn.RecordArgs{"example.com": {}, "www.example.com": {ZoneId: pulumi.String("Z1")}}
	})
}
