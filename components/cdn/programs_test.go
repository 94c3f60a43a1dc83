package cdn_test

import (
	_ "embed"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/cdn"
)

const (
	home    = "eu-central-1"
	account = "111122223333"
	key     = pulumi.String("arn:aws:kms:eu-central-1:111122223333:key/1")
)

//go:embed testdata/keys/rsa-1.pem
var publicKey string

// regions are the providers of us-east-1 and of another region than home.
type regions struct{ edge, far pulumi.ProviderResource }

func smallest(at regions) *cdn.DistributionArgs {
	return &cdn.DistributionArgs{
		Region: home, AccountId: account, Edge: at.edge,
		Origins: map[string]cdn.OriginArgs{"site": {Bucket: &cdn.BucketArgs{}}}, DefaultOrigin: "site",
	}
}

// full uses every argument that does not exclude another, and every kind of origin.
func full(at regions) *cdn.DistributionArgs {
	return &cdn.DistributionArgs{
		Region: home, AccountId: account, Edge: at.edge,
		Origins: map[string]cdn.OriginArgs{
			"app": {
				LoadBalancer: &cdn.LoadBalancerArgs{
					Arn:     pulumi.String("arn:aws:elasticloadbalancing:eu-central-1:111122223333:loadbalancer/app/shop/1"),
					DnsName: pulumi.String("internal-shop-1.eu-central-1.elb.amazonaws.com"), PlaintextHttp: true, Port: 8080,
				},
				ConnectionAttempts: 2, ConnectionSeconds: 3, ReadSeconds: 60, KeepAliveSeconds: 30,
			},
			"old": {
				PublicLoadBalancer: &cdn.PublicLoadBalancerArgs{
					DnsName: pulumi.String("shop-1.eu-central-1.elb.amazonaws.com"), Port: 8443, SecretHeader: "X-Shop", Secret: pulumi.String("open sesame"),
				},
				Headers: map[string]pulumi.StringInput{"X-Through": pulumi.String("cdn")},
			},
			"api": {FunctionUrl: &cdn.FunctionUrlArgs{
				DomainName:   pulumi.String("abc.lambda-url.eu-west-1.on.aws"),
				FunctionName: pulumi.String("shop-api"), Qualifier: pulumi.String("live"), Provider: at.far,
			}},
			"assets": {
				Bucket: &cdn.BucketArgs{KmsKeyArn: key, NoncurrentDays: 7, ForceDestroy: true},
				Path:   "/v2", ShieldRegion: home,
			},
			"assets-far": {Bucket: &cdn.BucketArgs{Provider: at.far}},
			"downloads":  {Bucket: &cdn.BucketArgs{DomainName: pulumi.String("downloads.s3.eu-central-1.amazonaws.com")}},
			"partner":    {Custom: &cdn.CustomArgs{DomainName: pulumi.String("api.example.org"), Port: 8443}},
		},
		OriginGroups:  map[string]cdn.OriginGroupArgs{"assets-anywhere": {First: "assets", Second: "assets-far", Statuses: []int{403, 500}}},
		DefaultOrigin: "app",
		Default:       cdn.PathArgs{ViewerRequest: "rewrite", Protocol: cdn.HttpsOnly},
		Paths: map[string]cdn.PathArgs{
			"/api/*":          {Origin: "api"},
			"/api/partner/*":  {Origin: "partner", Caching: cdn.CachingByOriginAndQuery, Forwarding: cdn.AllViewer, Methods: cdn.ReadMethodsAndOptions},
			"/assets/*":       {Origin: "assets-anywhere", Forwarding: cdn.CorsToBucket, HeadersPolicyId: pulumi.String("headers-1")},
			"/downloads/*":    {Origin: "downloads", Signers: []string{"members"}, Compress: pulumi.BoolRef(false)},
			"/old/*":          {Origin: "old", CachePolicyId: pulumi.String("cache-1"), OriginRequestPolicyId: pulumi.String("request-1")},
			"/*.ico":          {Origin: "assets", Protocol: cdn.PlaintextToo, ViewerResponse: "rewrite"},
			"/login":          {Forwarding: cdn.AllViewerExceptHost},
			"/assets/????.js": {Origin: "assets", Methods: cdn.ReadMethodsAndOptions, Forwarding: cdn.NoForwarding},
		},
		Aliases: []string{"www.example.com", "example.com"}, CertificateArn: pulumi.String("arn:aws:acm:us-east-1:111122223333:certificate/1"),
		MinimumTls: cdn.Tls12OldCiphers, Records: map[string]cdn.RecordArgs{"www.example.com": {ZoneId: pulumi.String("Z1")}},
		WebAclArn: pulumi.String("arn:aws:wafv2:us-east-1:111122223333:global/webacl/shop/1"),
		Geo:       &cdn.GeoArgs{Deny: []string{"KP"}},
		Functions: map[string]cdn.FunctionArgs{"rewrite": {
			Code: "function handler(event) { return event.request }", KeyValueStore: &cdn.KeyValueStoreArgs{Values: map[string]string{"/a": "/b"}},
		}},
		SigningKeys: map[string]cdn.SigningKeyArgs{"members": {PublicKeys: map[string]string{"2026": publicKey}}},
		Headers:     &cdn.HeadersArgs{ContentSecurityPolicy: "default-src 'self'"},
		RootObject:  "index.html",
		ErrorPages: map[string]cdn.ErrorPageArgs{
			"404": {Page: "/assets/404.html"}, "503": {Page: "/assets/busy.html", Status: 200, CacheSeconds: pulumi.IntRef(0)}, "500": {CacheSeconds: pulumi.IntRef(1)},
		},
		PriceClass: cdn.CheapestLocations, Http: cdn.Http2, Ipv6: pulumi.BoolRef(false), Enabled: pulumi.BoolRef(false),
		Logs:              &cdn.LogsArgs{RetentionDays: 7},
		Alarms:            &cdn.AlarmsArgs{ActionArns: pulumi.ToStringArray([]string{"arn:aws:sns:us-east-1:111122223333:alerts"})},
		WaitForDeployment: pulumi.BoolRef(false), DeletionProtection: pulumi.BoolRef(false), Tags: map[string]string{"team": "shop"},
	}
}

func program(args func(regions) *cdn.DistributionArgs, names ...string) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		at, err := newRegions(ctx)
		if err != nil {
			return err
		}
		for _, name := range names {
			if _, err := cdn.NewDistribution(ctx, name, args(at)); err != nil {
				return err
			}
		}
		return nil
	}
}

func newRegions(ctx *pulumi.Context) (regions, error) {
	edge, err := aws.NewProvider(ctx, "edge", &aws.ProviderArgs{Region: pulumi.String("us-east-1")})
	if err != nil {
		return regions{}, err
	}
	far, err := aws.NewProvider(ctx, "far", &aws.ProviderArgs{Region: pulumi.String("eu-west-1")})
	return regions{edge, far}, err
}
