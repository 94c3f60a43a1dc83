package cdn_test

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/components/cdn"
	"github.com/plinth-iac/plinth/tests/harness"
)

const distributionToken = "aws:cloudfront/distribution:Distribution"

func TestGraph(t *testing.T) {
	for name, args := range map[string]func(regions) *cdn.DistributionArgs{"smallest": smallest, "full": full} {
		t.Run(name, func(t *testing.T) {
			harness.Both(t, program(args, "shop"), func(t *testing.T, g *harness.Graph) {
				g.Golden(t, name)
				g.Owned(t, cdn.Type+"::shop", "shop-", "edge", "far")
			})
		})
	}
}

func TestTwoFullDistributionsInOneProgram(t *testing.T) {
	harness.Both(t, program(full, "shop", "blog"), func(t *testing.T, g *harness.Graph) {
		require.Len(t, g.OfType(distributionToken), 2)
	})
}

func TestArgsAreNotChanged(t *testing.T) {
	make := func(at regions) *cdn.DistributionArgs {
		a := full(at)
		a.MinimumTls, a.Headers, a.Logs = "", &cdn.HeadersArgs{}, &cdn.LogsArgs{}
		a.Origins["assets"] = cdn.OriginArgs{Bucket: &cdn.BucketArgs{}}
		a.Origins["app"] = cdn.OriginArgs{LoadBalancer: &cdn.LoadBalancerArgs{Arn: a.Origins["app"].LoadBalancer.Arn, DnsName: pulumi.String("lb.example.com")}}
		a.Paths["/login"] = cdn.PathArgs{}
		a.Origins["old"] = cdn.OriginArgs{PublicLoadBalancer: &cdn.PublicLoadBalancerArgs{DnsName: pulumi.String("lb.example.com"), Secret: key}}
		a.Origins["partner"] = cdn.OriginArgs{Custom: &cdn.CustomArgs{DomainName: pulumi.String("api.example.org")}}
		return a
	}
	harness.Run(t, harness.Preview, func(ctx *pulumi.Context) error {
		at, err := newRegions(ctx)
		if err != nil {
			return err
		}
		args := make(at)
		_, err = cdn.NewDistribution(ctx, "shop", args)
		require.Equal(t, make(at), args)
		return err
	})
}

// with is the smallest distribution with one origin changed or added, which answers by
// default.
func with(o func(at regions) cdn.OriginArgs) func(regions) *cdn.DistributionArgs {
	return func(at regions) *cdn.DistributionArgs {
		a := smallest(at)
		a.Origins, a.DefaultOrigin = map[string]cdn.OriginArgs{"it": o(at)}, "it"
		return a
	}
}

// The ids are those of AWS's documentation.
func TestAnOriginIsAskedAsItsKindWants(t *testing.T) {
	const (
		optimized, disabled = "658327ea-f89d-4fab-a63d-7e88639e58f6", "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
		all, exceptHost     = "216adef6-5c7f-47e4-b989-5492eafa07d3", "b689b0a8-53d0-40ab-baf2-68738e2966ac"
	)
	read, every := []any{"GET", "HEAD"}, []any{"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"}
	for name, c := range map[string]struct {
		origin             func(at regions) cdn.OriginArgs
		caching, forwarded any
		methods            []any
		access             any
	}{
		"own bucket":           {func(regions) cdn.OriginArgs { return cdn.OriginArgs{Bucket: &cdn.BucketArgs{}} }, optimized, nil, read, "shop-access-s3-id"},
		"existing bucket":      {func(at regions) cdn.OriginArgs { return full(at).Origins["downloads"] }, optimized, nil, read, "shop-access-s3-id"},
		"load balancer":        {func(at regions) cdn.OriginArgs { return full(at).Origins["app"] }, disabled, all, every, nil},
		"public load balancer": {func(at regions) cdn.OriginArgs { return full(at).Origins["old"] }, disabled, all, every, nil},
		"function URL":         {func(at regions) cdn.OriginArgs { return full(at).Origins["api"] }, disabled, exceptHost, every, "shop-access-lambda-id"},
		"custom server":        {func(at regions) cdn.OriginArgs { return full(at).Origins["partner"] }, disabled, exceptHost, every, nil},
	} {
		t.Run(name, func(t *testing.T) {
			d := harness.Run(t, harness.Update, program(with(c.origin), "shop")).Named(t, "shop-distribution")
			require.Equal(t, []any{c.caching, c.forwarded, c.methods, read, "redirect-to-https", true}, []any{
				d.Value("defaultCacheBehavior.cachePolicyId"), d.Value("defaultCacheBehavior.originRequestPolicyId"),
				d.Value("defaultCacheBehavior.allowedMethods"), d.Value("defaultCacheBehavior.cachedMethods"),
				d.Value("defaultCacheBehavior.viewerProtocolPolicy"), d.Value("defaultCacheBehavior.compress"),
			})
			require.Equal(t, c.access, d.Value("origins[0].originAccessControlId"))
			if c.access == nil && name != "load balancer" {
				require.Equal(t, "https-only", d.Value("origins[0].customOriginConfig.originProtocolPolicy"))
				require.Equal(t, []any{"TLSv1.2"}, d.Value("origins[0].customOriginConfig.originSslProtocols"))
			}
		})
	}
}

// What is kept for all viewers is asked for without what tells them apart, also where only
// the caching is said.
func TestWhatIsKeptForAllIsAskedForNobody(t *testing.T) {
	const host = "bf0718e1-ba1e-49d1-88b1-f726733018ae"
	own := cdn.PathArgs{CachePolicyId: pulumi.String("cache-1")}
	for name, c := range map[string]struct {
		origin    string
		path      cdn.PathArgs
		forwarded any
	}{
		"load balancer":                {"app", cdn.PathArgs{Caching: cdn.CachingOptimized}, host},
		"public load balancer":         {"old", cdn.PathArgs{Caching: cdn.CachingOptimized}, host},
		"function URL":                 {"api", cdn.PathArgs{Caching: cdn.CachingOptimized}, nil},
		"custom server":                {"partner", cdn.PathArgs{Caching: cdn.CachingOptimized}, nil},
		"load balancer, own policy":    {"app", own, host},
		"custom server, own policy":    {"partner", own, nil},
		"load balancer, as it says":    {"app", cdn.PathArgs{Caching: cdn.CachingByOrigin}, "216adef6-5c7f-47e4-b989-5492eafa07d3"},
		"bucket, for pages of others":  {"downloads", cdn.PathArgs{Forwarding: cdn.CorsToBucket}, "88a5eaf4-2fd4-4709-b370-b4c650ea3fcf"},
		"bucket, own policy":           {"downloads", own, nil},
		"custom server, a path itself": {"partner", cdn.PathArgs{Caching: cdn.CachingOptimized, Forwarding: cdn.HostHeaderOnly}, host},
	} {
		t.Run(name, func(t *testing.T) {
			d := harness.Run(t, harness.Update, program(func(at regions) *cdn.DistributionArgs {
				a := with(func(regions) cdn.OriginArgs { return full(at).Origins[c.origin] })(at)
				a.Default = c.path
				return a
			}, "shop")).Named(t, "shop-distribution")
			require.Equal(t, c.forwarded, d.Value("defaultCacheBehavior.originRequestPolicyId"))
		})
	}
}

// The buckets' policies wait for the distribution, which waits for nothing of theirs.
func TestADistributionWaitsForItsOriginsOnly(t *testing.T) {
	harness.Both(t, program(full, "shop"), func(t *testing.T, g *harness.Graph) {
		d := g.Named(t, "shop-distribution")
		require.Equal(t, []string{d.URN, g.Named(t, "shop-bucket-assets").URN}, g.Named(t, "shop-bucket-assets-policy").PropertyDependencies["policy"])
		var names []string
		for _, urn := range d.Dependencies {
			names = append(names, urn[strings.LastIndex(urn, ":")+1:])
		}
		require.ElementsMatch(t, []string{
			"shop-access-lambda", "shop-access-s3", "shop-bucket-assets", "shop-bucket-assets-far", "shop-function-rewrite", "shop-headers",
			"shop-key-group-members", "shop-vpc-app",
		}, names)
	})
}

func TestTheSecretOfAPublicLoadBalancerStaysOne(t *testing.T) {
	harness.Both(t, program(full, "shop"), func(t *testing.T, g *harness.Graph) {
		d := g.Named(t, "shop-distribution")
		for _, origin := range d.Inputs["origins"].ArrayValue() {
			if o := origin.ObjectValue(); o["originId"].StringValue() == "old" {
				headers := o["customHeaders"].ArrayValue()
				require.Equal(t, "X-Shop", headers[0].ObjectValue()["name"].StringValue())
				require.True(t, headers[0].ObjectValue()["value"].ContainsSecrets())
				require.False(t, headers[1].ContainsSecrets())
				return
			}
		}
		require.Fail(t, "no such origin")
	})
}

// What is behind a way into a VPC is part of its name, as the next one is made before the
// last is gone.
func TestAVpcOriginsNameFollowsWhatItSays(t *testing.T) {
	seen := map[string]bool{}
	for _, l := range []cdn.LoadBalancerArgs{
		{Arn: pulumi.String("arn:aws:elasticloadbalancing:eu-central-1:111122223333:loadbalancer/app/a/1")},
		{Arn: pulumi.String("arn:aws:elasticloadbalancing:eu-central-1:111122223333:loadbalancer/app/a/2")},
		{Arn: pulumi.String("arn:aws:elasticloadbalancing:eu-central-1:111122223333:loadbalancer/app/a/2"), Port: 8443},
		{Arn: pulumi.String("arn:aws:elasticloadbalancing:eu-central-1:111122223333:loadbalancer/app/a/2"), Port: 8443, PlaintextHttp: true},
	} {
		l.DnsName = pulumi.String("lb.example.com")
		v := harness.Run(t, harness.Update, program(with(func(regions) cdn.OriginArgs { return cdn.OriginArgs{LoadBalancer: &l} }), "shop")).Named(t, "shop-vpc-it")
		name := v.Value("vpcOriginEndpointConfig.name").(string)
		require.Regexp(t, "^shop-vpc-it-[0-9a-f]{8}$", name)
		require.False(t, seen[name], name)
		seen[name] = true
		require.Nil(t, v.Value("tags"))
		require.ElementsMatch(t, []string{"tags", "tagsAll"}, v.IgnoreChanges)
	}
}

func TestAGroupOfLoadBalancersFailsOverForReadersOnly(t *testing.T) {
	g := harness.Run(t, harness.Update, program(func(at regions) *cdn.DistributionArgs {
		a := smallest(at)
		a.Origins = map[string]cdn.OriginArgs{"app": full(at).Origins["app"], "far": full(at).Origins["old"]}
		a.OriginGroups, a.DefaultOrigin = map[string]cdn.OriginGroupArgs{"any": {First: "app", Second: "far"}}, "any"
		a.Paths = map[string]cdn.PathArgs{"/orders/*": {Origin: "app"}}
		return a
	}, "shop"))
	d := g.Named(t, "shop-distribution")
	require.Equal(t, []any{"GET", "HEAD", "OPTIONS"}, d.Value("defaultCacheBehavior.allowedMethods"))
	require.Len(t, d.Value("orderedCacheBehaviors[0].allowedMethods"), 7)
	require.Equal(t, []any{500.0, 502.0, 503.0, 504.0}, d.Value("originGroups[0].failoverCriteria.statusCodes"))
}

func TestASinglePageAppAnswersItsPage(t *testing.T) {
	d := harness.Run(t, harness.Update, program(func(at regions) *cdn.DistributionArgs {
		a := smallest(at)
		a.SinglePageApp, a.RootObject = true, "index.html"
		return a
	}, "shop")).Named(t, "shop-distribution")
	require.Equal(t, []any{
		map[string]any{"errorCode": 404.0, "responseCode": 200.0, "responsePagePath": "/index.html", "errorCachingMinTtl": 10.0},
	}, d.Value("customErrorResponses"), "what is refused, as by a web ACL, stays refused")
}

// S3 says 403, as if it refused, of what is missing to whoever may not list the bucket. Who
// may, and asks for "/", gets the list.
func TestAnOwnBucketTellsWhatIsMissingWhereThatIsAsked(t *testing.T) {
	missing := map[string]cdn.ErrorPageArgs{"404": {Page: "/404.html"}}
	for name, c := range map[string]struct {
		change func(a *cdn.DistributionArgs)
		lists  bool
	}{
		"a single page":  {func(a *cdn.DistributionArgs) { a.SinglePageApp, a.RootObject = true, "index.html" }, true},
		"a page for it":  {func(a *cdn.DistributionArgs) { a.ErrorPages, a.RootObject = missing, "index.html" }, true},
		"without a root": {func(a *cdn.DistributionArgs) { a.ErrorPages = missing }, false},
		"a page for refusals": {func(a *cdn.DistributionArgs) {
			a.ErrorPages, a.RootObject = map[string]cdn.ErrorPageArgs{"403": {}}, "index.html"
		}, false},
		"a root and no errors": {func(a *cdn.DistributionArgs) { a.RootObject = "index.html" }, false},
	} {
		t.Run(name, func(t *testing.T) {
			g := harness.Run(t, harness.Update, program(func(at regions) *cdn.DistributionArgs {
				a := smallest(at)
				c.change(a)
				return a
			}, "shop"))
			const mock = "arn:aws:mock:us-east-1:111122223333:"
			lists := `{"Action":"s3:ListBucket","Condition":{"StringEquals":{"aws:SourceArn":"` + mock + `shop-distribution"}},"Effect":"Allow",` +
				`"Principal":{"Service":"cloudfront.amazonaws.com"},"Resource":"` + mock + `shop-bucket-site","Sid":"CloudFrontLists"}`
			policy := g.Named(t, "shop-bucket-site-policy").Value("policy").(string)
			require.Equal(t, c.lists, strings.Contains(policy, lists), policy)
			require.Equal(t, c.lists, strings.Contains(policy, "s3:ListBucket"), policy)
		})
	}
}

func TestOnlyListedCountriesAreLetIn(t *testing.T) {
	d := harness.Run(t, harness.Update, program(func(at regions) *cdn.DistributionArgs {
		a := smallest(at)
		a.Geo = &cdn.GeoArgs{Allow: []string{"DE", "AT"}}
		return a
	}, "shop")).Named(t, "shop-distribution")
	require.Equal(t, map[string]any{"restrictionType": "whitelist", "locations": []any{"DE", "AT"}}, d.Value("restrictions.geoRestriction"))
	d = harness.Run(t, harness.Update, program(smallest, "shop")).Named(t, "shop-distribution")
	require.Equal(t, map[string]any{"restrictionType": "none", "locations": []any{}}, d.Value("restrictions.geoRestriction"),
		"without a list, the provider would send the last one, which AWS refuses")
}

func TestTheFloorOfTlsIsForOwnNames(t *testing.T) {
	d := harness.Run(t, harness.Update, program(func(at regions) *cdn.DistributionArgs {
		a := smallest(at)
		a.Aliases, a.CertificateArn = []string{"www.example.com"}, full(at).CertificateArn
		return a
	}, "shop")).Named(t, "shop-distribution")
	require.Equal(t, "TLSv1.2_2021", d.Value("viewerCertificate.minimumProtocolVersion"))
	require.Equal(t, "sni-only", d.Value("viewerCertificate.sslSupportMethod"))
}
