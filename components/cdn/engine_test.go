package cdn_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lb"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/components/cdn"
	"github.com/plinth-iac/plinth/components/iampolicy"
	"github.com/plinth-iac/plinth/tests/lifetest"
)

func shopArgs(net *lifetest.Network) *cdn.DistributionArgs {
	return &cdn.DistributionArgs{
		Region: net.Region, AccountId: net.AccountId, Edge: net.Edge,
		Origins: map[string]cdn.OriginArgs{
			"app": {LoadBalancer: &cdn.LoadBalancerArgs{}}, "assets": {Bucket: &cdn.BucketArgs{KmsKeyArn: net.KmsKeyArn}},
			"assets-far": {Bucket: &cdn.BucketArgs{Provider: net.Recovery.Provider}},
		},
		OriginGroups:  map[string]cdn.OriginGroupArgs{"anywhere": {First: "assets", Second: "assets-far"}},
		DefaultOrigin: "app", Paths: map[string]cdn.PathArgs{"/assets/*": {Origin: "anywhere"}},
		Logs: &cdn.LogsArgs{Destination: cdn.NoLogs},
	}
}

// behind is what the origins app and api stand for.
type behind struct {
	green    bool
	function bool
}

func (b *behind) deploy(ctx *pulumi.Context, net *lifetest.Network, a *cdn.DistributionArgs) error {
	blue, err := net.NewLoadBalancer(ctx, "blue")
	if err != nil {
		return err
	}
	with := pulumi.Provider(net.Provider)
	green, err := lb.NewLoadBalancer(ctx, "green", &lb.LoadBalancerArgs{
		Internal: pulumi.Bool(true), Subnets: net.SubnetIds,
	}, with, pulumi.DependsOn([]pulumi.Resource{blue}))
	if err != nil {
		return err
	}
	app := a.Origins["app"]
	l := *app.LoadBalancer
	l.Arn, l.DnsName = blue.Arn, blue.DnsName
	if b.green {
		l.Arn, l.DnsName = green.Arn, green.DnsName
	}
	app.LoadBalancer = &l
	a.Origins["app"] = app
	if b.function {
		url, err := newFunctionUrl(ctx, with)
		if err != nil {
			return err
		}
		a.Origins["api"] = cdn.OriginArgs{FunctionUrl: url}
	}
	_, err = cdn.NewDistribution(ctx, "shop", a, net.Opts)
	return err
}

func newFunctionUrl(ctx *pulumi.Context, with pulumi.ResourceOption) (*cdn.FunctionUrlArgs, error) {
	var role struct {
		pulumi.CustomResourceState
		Arn pulumi.StringOutput `pulumi:"arn"`
	}
	if err := ctx.RegisterResource("aws:iam/role:Role", "api", pulumi.Map{
		"assumeRolePolicy": pulumi.String(iampolicy.ServiceTrust("lambda.amazonaws.com")),
	}, &role, with); err != nil {
		return nil, err
	}
	var function struct {
		pulumi.CustomResourceState
		Name pulumi.StringOutput `pulumi:"name"`
	}
	if err := ctx.RegisterResource("aws:lambda/function:Function", "api", pulumi.Map{
		"role": role.Arn, "runtime": pulumi.String("nodejs22.x"), "handler": pulumi.String("index.handler"),
		"code": pulumi.NewAssetArchive(map[string]any{"index.js": pulumi.NewStringAsset("exports.handler = async () => ({})")}),
	}, &function, with); err != nil {
		return nil, err
	}
	var url struct {
		pulumi.CustomResourceState
		FunctionUrl pulumi.StringOutput `pulumi:"functionUrl"`
	}
	err := ctx.RegisterResource("aws:lambda/functionUrl:FunctionUrl", "api", pulumi.Map{
		"functionName": function.Name, "authorizationType": pulumi.String("AWS_IAM"),
	}, &url, with)
	host := url.FunctionUrl.ApplyT(func(u string) string {
		return strings.TrimSuffix(strings.TrimPrefix(u, "https://"), "/")
	}).(pulumi.StringOutput)
	return &cdn.FunctionUrlArgs{DomainName: host, FunctionName: function.Name}, err
}

type change = lifetest.Change[cdn.DistributionArgs]

func app(o cdn.OriginArgs) change {
	return func(a *cdn.DistributionArgs, _ *lifetest.Network) { a.Origins["app"] = o }
}

// A VPC origin in use can be neither changed nor deleted: AWS refuses both, also here.
func TestTheLifeOfADistribution(t *testing.T) {
	b := &behind{}
	l := lifetest.Start(t, shopArgs, b.deploy)
	l.Up()
	require.Equal(t, lifetest.RecoveryRegion, l.Resource("shop-bucket-assets-far").Region)
	d := l.Resource("shop-distribution").Props["arn"].(string)
	for _, bucket := range []string{"shop-bucket-assets", "shop-bucket-assets-far"} {
		require.Contains(t, l.Resource(bucket + "-policy").Props["policy"], `"aws:SourceArn":"`+d+`"`, "no other distribution reads it")
	}
	l.NeverReplaces([]string{"shop-bucket-assets", "shop-distribution"}, everyArgument)
	withoutBuckets := func(a *cdn.DistributionArgs, _ *lifetest.Network) {
		delete(a.Origins, "assets")
		delete(a.Origins, "assets-far")
		delete(a.Paths, "/assets/*")
		a.OriginGroups = nil
	}
	l.PlanRefused("no buckets", withoutBuckets, "shop-bucket-assets", "protect")
	l.Protected()
	l.Changes("a path and a tag", func(a *cdn.DistributionArgs, _ *lifetest.Network) {
		a.Paths["/news/*"], a.Tags = cdn.PathArgs{Caching: cdn.CachingOptimized}, map[string]string{"team": "shop"}
	}, "update shop-distribution", "update shop-bucket-assets", "update shop-bucket-assets-far")
	followed, first := []string{"replace shop-vpc-app", "update shop-distribution"}, l.Resource("shop-vpc-app").ID
	l.Changes("no encryption", app(cdn.OriginArgs{LoadBalancer: &cdn.LoadBalancerArgs{PlaintextHttp: true}}), followed...)
	l.Changes("another load balancer", func(*cdn.DistributionArgs, *lifetest.Network) { b.green = true }, followed...)
	require.NotEqual(t, first, l.Resource("shop-vpc-app").ID)
	l.Plans("another port", app(cdn.OriginArgs{LoadBalancer: &cdn.LoadBalancerArgs{Port: 8443}}), followed...)
	l.Plans("slower answers", app(cdn.OriginArgs{LoadBalancer: &cdn.LoadBalancerArgs{PlaintextHttp: true}, ReadSeconds: 60}), "update shop-distribution")
	l.Changes("a function and a server", func(a *cdn.DistributionArgs, _ *lifetest.Network) {
		b.function, a.DeletionProtection = true, pulumi.BoolRef(false)
		a.Origins["partner"] = cdn.OriginArgs{Custom: &cdn.CustomArgs{DomainName: pulumi.String("api.example.org")}}
		a.Paths["/api/*"], a.Paths["/partner/*"] = cdn.PathArgs{Origin: "api"}, cdn.PathArgs{Origin: "partner"}
	}, "create api", "create api", "create api", "create shop-access-lambda", "update shop-distribution", "create shop-url-api", "create shop-invoke-api")
	l.Changes("no buckets", withoutBuckets,
		slices.Concat(deletes("shop-bucket-assets"), deletes("shop-bucket-assets-far"), []string{"delete shop-access-s3", "update shop-distribution"})...)
	l.Destroy()
}

func deletes(bucket string) []string {
	steps := []string{"delete " + bucket}
	for _, part := range []string{"policy", "access", "ownership", "encryption", "versioning", "lifecycle"} {
		steps = append(steps, "delete "+bucket+"-"+part)
	}
	return steps
}

// everyArgument are changes of all arguments between them.
var everyArgument = map[string]change{
	"place": func(a *cdn.DistributionArgs, _ *lifetest.Network) {
		a.Region, a.AccountId = "eu-west-2", "111122223334"
	},
	"origins": func(a *cdn.DistributionArgs, _ *lifetest.Network) {
		a.Origins, a.OriginGroups = map[string]cdn.OriginArgs{"app": a.Origins["app"], "assets": {Bucket: &cdn.BucketArgs{}}}, nil
		a.DefaultOrigin, a.Default, a.Paths = "assets", cdn.PathArgs{Protocol: cdn.HttpsOnly}, map[string]cdn.PathArgs{"/a": {Origin: "app"}}
	},
	"names": func(a *cdn.DistributionArgs, net *lifetest.Network) {
		a.Aliases, a.CertificateArn = []string{"www.example.com"}, pulumi.String("arn:aws:acm:us-east-1:111122223333:certificate/1")
		a.MinimumTls, a.Records = cdn.Tls12OldCiphers, map[string]cdn.RecordArgs{"www.example.com": {ZoneId: pulumi.String("Z1")}}
	},
	"who and what": func(a *cdn.DistributionArgs, _ *lifetest.Network) {
		a.WebAclArn, a.Geo = pulumi.String("arn:aws:wafv2:us-east-1:111122223333:global/webacl/shop/1"), &cdn.GeoArgs{Deny: []string{"KP"}}
		a.Functions = map[string]cdn.FunctionArgs{"rewrite": {Code: "function handler(event) { return event.request }"}}
		a.SigningKeys = map[string]cdn.SigningKeyArgs{"members": {PublicKeys: map[string]string{"2026": publicKey}}}
		a.Headers, a.RootObject = &cdn.HeadersArgs{}, "index.html"
		a.ErrorPages = map[string]cdn.ErrorPageArgs{"404": {CacheSeconds: pulumi.IntRef(60)}}
	},
	"a single page": func(a *cdn.DistributionArgs, _ *lifetest.Network) { a.SinglePageApp = true },
	"how": func(a *cdn.DistributionArgs, net *lifetest.Network) {
		a.PriceClass, a.Http, a.Ipv6, a.Enabled = cdn.CheapestLocations, cdn.Http2, pulumi.BoolRef(false), pulumi.BoolRef(false)
		a.Logs, a.Alarms = &cdn.LogsArgs{}, &cdn.AlarmsArgs{ActionArns: pulumi.StringArray{net.EdgeTopicArn}}
		a.WaitForDeployment, a.DeletionProtection = pulumi.BoolRef(false), pulumi.BoolRef(false)
		a.Tags = map[string]string{"team": "shop"}
	},
}
