package cdn_test

import (
	"embed"
	"strings"
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/components/cdn"
	"github.com/plinth-iac/plinth/tests/harness"
)

//go:embed testdata/keys/*.pem
var publicKeys embed.FS

// pemOf is the PEM text of a key under testdata.
func pemOf(name string) string {
	text, err := publicKeys.ReadFile("testdata/keys/" + name + ".pem")
	if err != nil {
		panic(err)
	}
	return string(text)
}

// bare is a distribution in front of a server, with nothing besides.
func bare(changes ...func(*cdn.DistributionArgs)) *cdn.DistributionArgs {
	a := &cdn.DistributionArgs{
		Region: "eu-west-1", AccountId: "111122223333", DefaultOrigin: "shop",
		Origins: map[string]cdn.OriginArgs{"shop": {Custom: &cdn.CustomArgs{DomainName: pulumi.String("origin.example.com")}}},
		Logs:    &cdn.LogsArgs{Destination: cdn.NoLogs},
	}
	for _, change := range changes {
		change(a)
	}
	return a
}

// atTheEdge makes distributions with a provider of us-east-1.
func atTheEdge(args *cdn.DistributionArgs, names ...string) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		edge, err := aws.NewProvider(ctx, "edge", &aws.ProviderArgs{Region: pulumi.String("us-east-1")})
		if err != nil {
			return err
		}
		a := *args
		a.Edge = edge
		for _, name := range names {
			if _, err := cdn.NewDistribution(ctx, name, &a); err != nil {
				return err
			}
		}
		return nil
	}
}

// wrong sees that a distribution is refused for exactly these reasons, before anything of
// it is registered.
func wrong(t *testing.T, want string, changes ...func(*cdn.DistributionArgs)) {
	t.Helper()
	g, err := harness.Try(harness.Preview, atTheEdge(bare(changes...), "shop"))
	require.ErrorContains(t, err, want+"\n")
	require.Equal(t, []string{"edge"}, g.Names())
}

// extras uses every argument of what a distribution has besides origins and paths.
func extras() *cdn.DistributionArgs {
	return bare(func(a *cdn.DistributionArgs) {
		a.Functions = map[string]cdn.FunctionArgs{
			"redirect": {
				Code: "function handler(event) { return event.request; }\n", Comment: "old addresses",
				KeyValueStore: &cdn.KeyValueStoreArgs{Comment: "old to new", Values: map[string]string{"/old": "/new", "/sale": "/offers"}},
			},
			"trace": {Code: "function handler(event) { return event.response; }\n", Draft: true, KeyValueStore: &cdn.KeyValueStoreArgs{}},
		}
		a.SigningKeys = map[string]cdn.SigningKeyArgs{
			"invoices": {Comment: "the billing service", PublicKeys: map[string]string{"2025": pemOf("rsa-1"), "2026": pemOf("ecdsa-1")}},
		}
		a.Default = cdn.PathArgs{ViewerRequest: "redirect", Signers: []string{"invoices"}}
		a.Headers = &cdn.HeadersArgs{
			Hsts: &cdn.HstsArgs{MaxAgeSeconds: 2 * 31536000, IncludeSubdomains: true, Preload: true}, FrameOption: cdn.FrameNever,
			ReferrerPolicy: cdn.ReferrerNone, ContentSecurityPolicy: "default-src 'self'",
			Cors: &cdn.CorsArgs{
				AllowOrigins: []string{"https://example.com"}, AllowMethods: []string{"GET", "POST"}, AllowHeaders: []string{"Authorization"},
				ExposeHeaders: []string{"ETag"}, AllowCredentials: true, MaxAgeSeconds: 60,
			},
			Custom: map[string]string{"Permissions-Policy": "camera=()"}, Remove: []string{"X-Powered-By"}, OriginWins: true,
		}
		a.Aliases, a.CertificateArn = []string{"example.com", "*.example.com"}, pulumi.String("arn:aws:acm:us-east-1:111122223333:certificate/1")
		a.Records = map[string]cdn.RecordArgs{
			"example.com": {ZoneId: pulumi.String("Z1")}, "*.example.com": {ZoneId: pulumi.String("Z1"), WithoutHttps: true},
		}
		a.Logs = &cdn.LogsArgs{
			Format: cdn.LogParquet, Fields: []string{"date", "time", "cs-uri-stem", "sc-status"}, Partitions: cdn.ByDay, WithoutHive: true,
			RetentionDays: 30, KmsKeyArn: pulumi.String("arn:aws:kms:eu-west-1:111122223333:key/1"), ForceDestroy: true,
		}
		a.Alarms = &cdn.AlarmsArgs{
			ActionArns:         pulumi.ToStringArray([]string{"arn:aws:sns:us-east-1:111122223333:alerts"}),
			ServerErrorPercent: 5, OriginLatencySeconds: 0.5,
		}
		a.Tags = map[string]string{"team": "shop"}
	})
}

func TestExtrasGraph(t *testing.T) {
	harness.Both(t, atTheEdge(extras(), "shop"), func(t *testing.T, g *harness.Graph) {
		g.Golden(t, "extras")
		g.Owned(t, cdn.Type+"::shop", "shop-", "edge")
	})
}

func TestTwoDistributionsInOneProgram(t *testing.T) {
	harness.Both(t, atTheEdge(extras(), "shop", "blog"), func(t *testing.T, g *harness.Graph) {
		require.Len(t, g.OfType("aws:cloudfront/distribution:Distribution"), 2)
	})
}

// What CloudWatch has of a distribution is in us-east-1; the rest uses the component's own
// provider, which here is none.
func TestWhatCloudWatchHasIsAtTheEdge(t *testing.T) {
	group := extras()
	group.Logs = &cdn.LogsArgs{Destination: cdn.LogsToLogGroup}
	for _, args := range []*cdn.DistributionArgs{extras(), group} {
		harness.Both(t, atTheEdge(args, "shop"), func(t *testing.T, g *harness.Graph) {
			edge := g.Named(t, "edge")
			for _, r := range g.Resources {
				if r.Custom && r.Name != "edge" {
					require.Equal(t, strings.HasPrefix(r.Type, "aws:cloudwatch/"), strings.HasPrefix(r.Provider, edge.URN), r.Name)
				}
			}
		})
	}
}
