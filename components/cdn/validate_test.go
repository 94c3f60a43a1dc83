package cdn_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/components/cdn"
	"github.com/plinth-iac/plinth/tests/harness"
)

func TestEveryProblemIsReportedAtOnceBeforeAnythingExists(t *testing.T) {
	for name, c := range map[string]struct {
		component string
		change    func(a *cdn.DistributionArgs, at regions)
		want      string
	}{
		"nothing given": {"shop", func(a *cdn.DistributionArgs, _ regions) { *a = cdn.DistributionArgs{} }, `cdn.Distribution "shop": 5 problems
  accountId: is required
  defaultOrigin: is required
  edge: is required
  origins: 0: must be 1 to 100
  region: is required`},
		"a name": {"Shop", func(*cdn.DistributionArgs, regions) {}, `cdn.Distribution "Shop": 1 problem
  name: "Shop": must be 1 to 42 lower-case letters, digits and hyphens, and begin with a letter`},
		"a long name": {strings.Repeat("a", 43), func(*cdn.DistributionArgs, regions) {}, `cdn.Distribution "` + strings.Repeat("a", 43) + `": 2 problems
  logs: "` + strings.Repeat("a", 43) + `": the component's name must have 37 characters or fewer for its logs' names
  name: "` + strings.Repeat("a", 43) + `": must be 1 to 42 lower-case letters, digits and hyphens, and begin with a letter`},
		"texts": {"shop", func(a *cdn.DistributionArgs, _ regions) {
			a.Region, a.AccountId, a.RootObject = "Frankfurt", "1", "/index.html"
			a.WebAclArn = pulumi.String("arn:aws:wafv2:eu-central-1:111122223333:regional/webacl/shop/1")
			a.PriceClass, a.Http, a.Geo = "PriceClass_1", "http4", &cdn.GeoArgs{Allow: []string{"de"}, Deny: []string{"KP"}}
		}, `cdn.Distribution "shop": 8 problems
  accountId: "1": must be twelve digits
  geo: needs either allow or deny
  geo.allow[0]: "de": must be a country as two capital letters, such as DE
  http: "http4" is not supported; allowed: http1.1, http2, http2and3
  priceClass: "PriceClass_1" is not supported; allowed: PriceClass_All, PriceClass_200, PriceClass_100
  region: "Frankfurt": must be a region such as eu-central-1
  rootObject: "/index.html": must not begin with /
  webAclArn: "arn:aws:wafv2:eu-central-1:111122223333:regional/webacl/shop/1": must be that of a web ACL for CloudFront, in us-east-1`},
		"nobody let in": {"shop", func(a *cdn.DistributionArgs, _ regions) { a.Geo = &cdn.GeoArgs{} }, `cdn.Distribution "shop": 1 problem
  geo: needs either allow or deny`},
		"names": {"shop", func(a *cdn.DistributionArgs, _ regions) {
			a.Aliases, a.MinimumTls = []string{"www.example.com", "www.example.com", "https://example.com", "*.example.com"}, cdn.Tls12
		}, `cdn.Distribution "shop": 4 problems
  aliases[1]: "www.example.com": is there twice
  aliases[2]: "https://example.com": must be a domain name in lower case, such as www.example.com or *.example.com
  certificateArn: is required with aliases
  minimumTls: "TLSv1.2_2021": needs certificateArn: nobody can change it for CloudFront's own domain name`},
		"a certificate": {"shop", func(a *cdn.DistributionArgs, _ regions) {
			a.CertificateArn, a.MinimumTls = pulumi.String("arn:aws:acm:eu-central-1:111122223333:certificate/1"), "TLSv1"
		}, `cdn.Distribution "shop": 2 problems
  certificateArn: "arn:aws:acm:eu-central-1:111122223333:certificate/1": must be that of a certificate in us-east-1
  minimumTls: "TLSv1" is not supported; allowed: TLSv1.2_2021, TLSv1.2_2018`},
		"many names": {"shop", func(a *cdn.DistributionArgs, _ regions) {
			a.CertificateArn = pulumi.String("arn:aws:acm:us-east-1:111122223333:certificate/1")
			for i := range 101 {
				a.Aliases = append(a.Aliases, fmt.Sprintf("a%d.example.com", i))
			}
		}, `cdn.Distribution "shop": 1 problem
  aliases: 101: must be 100 or fewer`},
		"references": {"shop", func(a *cdn.DistributionArgs, _ regions) {
			a.DefaultOrigin, a.Default = "sites", cdn.PathArgs{ViewerRequest: "rewrite"}
			a.Paths = map[string]cdn.PathArgs{"/a": {Origin: "b", ViewerResponse: "c", Signers: []string{"d"}}}
		}, `cdn.Distribution "shop": 6 problems
  default.viewerRequest: "rewrite" is not supported; allowed: none
  defaultOrigin: "sites" is not supported; allowed: site
  origins.site: is asked by no path or group, and is not the defaultOrigin
  paths./a.origin: "b" is not supported; allowed: site
  paths./a.signers[0]: "d" is not supported; allowed: none
  paths./a.viewerResponse: "c" is not supported; allowed: none`},
		"a default elsewhere": {"shop", func(a *cdn.DistributionArgs, _ regions) { a.Default.Origin = "elsewhere" }, `cdn.Distribution "shop": 1 problem
  default.origin: "elsewhere": must be left out: it is defaultOrigin`},
		"patterns": {"shop", func(a *cdn.DistributionArgs, _ regions) {
			a.Paths = map[string]cdn.PathArgs{"assets/*": {}, "/*": {}, "/a**": {}, "/*?": {}, "/a b": {}, "/?*/": {}, "/" + strings.Repeat("a", 255): {}}
		}, `cdn.Distribution "shop": 6 problems
  paths./*: "/*": is every path, which is what default is for
  paths./*?: "/*?": must not have "*" before another wildcard: write "?*" for "*?" and "*" for "**"
  paths./a b: "/a b": must begin with / and have 255 characters or fewer, all of which may be in a path
  paths./a**: "/a**": must not have "*" before another wildcard: write "?*" for "*?" and "*" for "**"
  paths./` + strings.Repeat("a", 255) + `: "/` + strings.Repeat("a", 255) + `": must begin with / and have 255 characters or fewer, all of which may be in a path
  paths.assets/*: "assets/*": must begin with / and have 255 characters or fewer, all of which may be in a path`},
		"many paths": {"shop", func(a *cdn.DistributionArgs, _ regions) {
			a.Paths = map[string]cdn.PathArgs{}
			for i := range 75 {
				a.Paths[fmt.Sprintf("/%d", i)] = cdn.PathArgs{}
			}
		}, `cdn.Distribution "shop": 1 problem
  paths: 75: must be 74 or fewer`},
		"words": {"shop", func(a *cdn.DistributionArgs, _ regions) {
			a.Default = cdn.PathArgs{Caching: "Some", Forwarding: "Some", Methods: "Some", Protocol: "Some"}
			a.Paths = map[string]cdn.PathArgs{"/a": {
				Caching: cdn.CachingDisabled, CachePolicyId: pulumi.String("1"), Forwarding: cdn.NoForwarding, OriginRequestPolicyId: pulumi.String("1"),
			}}
		}, `cdn.Distribution "shop": 6 problems
  default.caching: "Some" is not supported; allowed: CachingOptimized, CachingDisabled, CachingByOrigin, CachingByOriginAndQuery
  default.forwarding: "Some" is not supported; allowed: AllViewer, AllViewerExceptHost, HostHeaderOnly, CorsToBucket, NoForwarding
  default.methods: "Some" is not supported; allowed: Read, ReadAndOptions, All
  default.protocol: "Some" is not supported; allowed: redirect-to-https, https-only, allow-all
  paths./a.caching: conflicts with paths./a.cachePolicyId: a path has one cache policy
  paths./a.forwarding: conflicts with paths./a.originRequestPolicyId: a path has one origin request policy`},
		"signers": {"shop", func(a *cdn.DistributionArgs, _ regions) {
			a.SigningKeys = map[string]cdn.SigningKeyArgs{"a": {PublicKeys: map[string]string{"1": publicKey}}}
			a.Default.Signers = []string{"a", "a", "b", "b", "b"}
		}, `cdn.Distribution "shop": 5 problems
  default.signers: 5: must be 4 or fewer
  default.signers[1]: "a": is there twice
  default.signers[2]: "b" is not supported; allowed: a
  default.signers[3]: "b" is not supported; allowed: a
  default.signers[4]: "b" is not supported; allowed: a`},
		"what an origin cannot answer": {"shop", func(a *cdn.DistributionArgs, at regions) {
			maps.Copy(a.Origins, full(at).Origins)
			a.OriginGroups = map[string]cdn.OriginGroupArgs{"apps": {First: "app", Second: "old"}}
			a.Paths = map[string]cdn.PathArgs{
				"/bucket": {Origin: "assets", Methods: cdn.AllMethods, Forwarding: cdn.AllViewer, Caching: cdn.CachingByOrigin},
				"/url":    {Origin: "api", Forwarding: cdn.AllViewer, Caching: cdn.CachingByOriginAndQuery},
				"/app":    {Origin: "app", Forwarding: cdn.CorsToBucket, Caching: cdn.CachingByOrigin},
				"/apps":   {Origin: "apps", Methods: cdn.AllMethods}, "/downloads": {Origin: "downloads"},
				"/far": {Origin: "assets-far"}, "/partner": {Origin: "partner", Forwarding: cdn.AllViewer},
			}
		}, `cdn.Distribution "shop": 7 problems
  paths./app.forwarding: "CorsToBucket": a load balancer is no bucket
  paths./apps.methods: "All": only GET, HEAD and OPTIONS can fail over, and a group takes no others
  paths./bucket.caching: "CachingByOrigin": it forwards the viewer's host, and a bucket answers to its own name only
  paths./bucket.forwarding: "AllViewer": a bucket answers to its own name only: see AllViewerExceptHost
  paths./bucket.methods: "All": CloudFront may only read a bucket
  paths./url.caching: "CachingByOriginAndQuery": it forwards the viewer's host, and a function URL answers to its own name only
  paths./url.forwarding: "AllViewer": a function URL answers to its own name only: see AllViewerExceptHost`},
		"what viewers would get of each other": {"shop", func(a *cdn.DistributionArgs, at regions) {
			maps.Copy(a.Origins, full(at).Origins)
			a.OriginGroups = map[string]cdn.OriginGroupArgs{"assets-anywhere": {First: "assets", Second: "assets-far"}}
			a.Paths = map[string]cdn.PathArgs{
				"/app": {Origin: "app", Caching: cdn.CachingOptimized, Forwarding: cdn.AllViewer},
				"/old": {Origin: "old", Caching: cdn.CachingOptimized, Forwarding: cdn.AllViewer},
				"/url": {Origin: "api", Caching: cdn.CachingOptimized, Forwarding: cdn.AllViewerExceptHost},
				"/out": {Origin: "partner", Caching: cdn.CachingOptimized, Forwarding: cdn.AllViewerExceptHost},
				"/far": {Origin: "assets-anywhere", Forwarding: cdn.AllViewerExceptHost}, "/downloads": {Origin: "downloads"},
			}
		}, `cdn.Distribution "shop": 4 problems
  paths./app.forwarding: "AllViewer": CachingOptimized keeps one answer for all viewers, and a load balancer would hear which one asks: see HostHeaderOnly
  paths./old.forwarding: "AllViewer": CachingOptimized keeps one answer for all viewers, and a load balancer would hear which one asks: see HostHeaderOnly
  paths./out.forwarding: "AllViewerExceptHost": CachingOptimized keeps one answer for all viewers, and a custom server would hear which one asks: see NoForwarding
  paths./url.forwarding: "AllViewerExceptHost": CachingOptimized keeps one answer for all viewers, and a function URL would hear which one asks: see NoForwarding`},
		"the wrong name": {"shop", func(a *cdn.DistributionArgs, at regions) {
			lb := *full(at).Origins["app"].LoadBalancer
			plain := lb
			lb.PlaintextHttp = false
			a.Origins = map[string]cdn.OriginArgs{
				"app": {LoadBalancer: &lb}, "plain": {LoadBalancer: &plain}, "old": full(at).Origins["old"], "api": full(at).Origins["api"], "partner": full(at).Origins["partner"],
			}
			a.OriginGroups = map[string]cdn.OriginGroupArgs{"any": {First: "plain", Second: "app"}}
			a.DefaultOrigin, a.Default = "app", cdn.PathArgs{Forwarding: cdn.NoForwarding}
			a.Paths = map[string]cdn.PathArgs{
				"/1": {Origin: "old", Forwarding: cdn.AllViewerExceptHost}, "/2": {Origin: "any", Forwarding: cdn.NoForwarding},
				"/3": {Origin: "partner", Caching: cdn.CachingByOrigin}, "/4": {Origin: "partner", Caching: cdn.CachingByOriginAndQuery, Forwarding: cdn.NoForwarding},
				"/5": {Origin: "api", Forwarding: cdn.HostHeaderOnly},
				"/a": {Origin: "plain", Forwarding: cdn.AllViewerExceptHost}, "/b": {Origin: "app", Caching: cdn.CachingByOrigin, Forwarding: cdn.NoForwarding},
				"/c": {Origin: "app", Forwarding: cdn.HostHeaderOnly}, "/d": {Origin: "partner", Caching: cdn.CachingByOrigin, Forwarding: cdn.AllViewer},
				"/e": {Origin: "app", OriginRequestPolicyId: pulumi.String("1")}, "/f": {Origin: "app", CachePolicyId: pulumi.String("1"), Forwarding: cdn.NoForwarding},
			}
		}, `cdn.Distribution "shop": 6 problems
  default.forwarding: "NoForwarding": the certificate of a load balancer is for the viewer's host, which must be forwarded: see HostHeaderOnly
  paths./1.forwarding: "AllViewerExceptHost": the certificate of a load balancer is for the viewer's host, which must be forwarded: see HostHeaderOnly
  paths./2.forwarding: "NoForwarding": the certificate of a load balancer is for the viewer's host, which must be forwarded: see HostHeaderOnly
  paths./3.caching: "CachingByOrigin": it forwards the viewer's host: a custom server that answers to it needs forwarding AllViewer
  paths./4.caching: "CachingByOriginAndQuery": it forwards the viewer's host: a custom server that answers to it needs forwarding AllViewer
  paths./5.forwarding: "HostHeaderOnly": a function URL answers to its own name only: see AllViewerExceptHost`},
		"error pages": {"shop", func(a *cdn.DistributionArgs, at regions) {
			a.Origins["app"] = full(at).Origins["app"]
			a.Paths, a.SinglePageApp = map[string]cdn.PathArgs{"/app": {Origin: "app"}}, true
			a.ErrorPages = map[string]cdn.ErrorPageArgs{
				"402": {}, "404": {Page: "404.html", Status: 302}, "500": {Status: 503, CacheSeconds: pulumi.IntRef(-1)},
			}
		}, `cdn.Distribution "shop": 8 problems
  errorPages.402: "402": must be 400, 403, 404, 405, 414, 416 or 500 to 504
  errorPages.404: conflicts with singlePageApp: it answers that status
  errorPages.404.page: "404.html": must begin with /
  errorPages.404.status: 302: must be 200, 400, 403, 404, 405, 414, 416 or 500 to 504
  errorPages.500.cacheSeconds: -1: must be 0 or more
  errorPages.500.page: is required with status
  rootObject: is required with singlePageApp: it is the page
  singlePageApp: true: would hide the errors of app, a load balancer: rewrite paths with a function of the bucket's path instead`},
		"origins": {"shop", func(a *cdn.DistributionArgs, at regions) {
			a.Origins = map[string]cdn.OriginArgs{
				"Up": {}, "two": {Bucket: &cdn.BucketArgs{}, Custom: &cdn.CustomArgs{DomainName: pulumi.String("example.com")}},
				"idle":                  {Bucket: &cdn.BucketArgs{}},
				strings.Repeat("a", 44): {Bucket: &cdn.BucketArgs{}},
				"bucket": {
					Bucket: &cdn.BucketArgs{
						DomainName: pulumi.String("s3://shop"), Provider: at.far, KmsKeyArn: key, NoncurrentDays: 1, ForceDestroy: true,
					}, ReadSeconds: 30, KeepAliveSeconds: 5,
				},
				"own": {Bucket: &cdn.BucketArgs{NoncurrentDays: -1}},
				"lb": {
					LoadBalancer: &cdn.LoadBalancerArgs{Arn: pulumi.String("arn:aws:ec2:eu-central-1:111122223333:instance/i-1"), Port: 22},
					Path:         "/v2/", ShieldRegion: "Frankfurt", ConnectionAttempts: 4, ConnectionSeconds: 11, ReadSeconds: 121, KeepAliveSeconds: -1,
				},
				"empty-lb": {LoadBalancer: &cdn.LoadBalancerArgs{}}, "empty-public": {PublicLoadBalancer: &cdn.PublicLoadBalancerArgs{}},
				"empty-url": {FunctionUrl: &cdn.FunctionUrlArgs{}}, "empty-custom": {Custom: &cdn.CustomArgs{Port: 70000}},
				"public": {
					PublicLoadBalancer: &cdn.PublicLoadBalancerArgs{DnsName: pulumi.String("https://lb.example.com/"), SecretHeader: "X-Amz-Secret", Secret: key},
					Headers:            map[string]pulumi.StringInput{"Host": key, "x-amz-secret": key, "a b": key, "X-None": nil},
				},
			}
			a.Paths = map[string]cdn.PathArgs{}
			for key := range a.Origins {
				if key != "idle" {
					a.Paths["/"+key] = cdn.PathArgs{Origin: key}
				}
			}
			a.DefaultOrigin = "own"
		}, `cdn.Distribution "shop": 37 problems
  origins.Up: "Up": its key must be lower-case letters, digits and hyphens
  origins.Up: needs exactly one of bucket, loadBalancer, publicLoadBalancer, functionUrl and custom
  origins.` + strings.Repeat("a", 44) + `.bucket: "shop-` + strings.Repeat("a", 44) + `": must be 48 characters or fewer: names of buckets are short
  origins.bucket.bucket.domainName: "s3://shop": must be a bucket's regional domain name, such as shop.s3.eu-central-1.amazonaws.com
  origins.bucket.bucket.forceDestroy: conflicts with origins.bucket.bucket.domainName: it is for a bucket that is made here
  origins.bucket.bucket.kmsKeyArn: conflicts with origins.bucket.bucket.domainName: it is for a bucket that is made here
  origins.bucket.bucket.noncurrentDays: conflicts with origins.bucket.bucket.domainName: it is for a bucket that is made here
  origins.bucket.bucket.provider: conflicts with origins.bucket.bucket.domainName: it is for a bucket that is made here
  origins.bucket.keepAliveSeconds: 5: cannot be changed for a bucket
  origins.bucket.readSeconds: 30: cannot be changed for a bucket
  origins.empty-custom.custom.domainName: is required
  origins.empty-custom.custom.port: 70000: must be 80, 443 or 1024 to 65535
  origins.empty-lb.loadBalancer.arn: is required
  origins.empty-lb.loadBalancer.dnsName: is required
  origins.empty-public.publicLoadBalancer.dnsName: is required
  origins.empty-public.publicLoadBalancer.secret: is required
  origins.empty-url.functionUrl.domainName: is required
  origins.empty-url.functionUrl.functionName: is required
  origins.idle: is asked by no path or group, and is not the defaultOrigin
  origins.lb.connectionAttempts: 4: must be 1 to 3
  origins.lb.connectionSeconds: 11: must be 1 to 10
  origins.lb.keepAliveSeconds: -1: must be 1 to 120
  origins.lb.loadBalancer.arn: "arn:aws:ec2:eu-central-1:111122223333:instance/i-1": must be that of a load balancer
  origins.lb.loadBalancer.dnsName: is required
  origins.lb.loadBalancer.port: 22: must be 80, 443 or 1024 to 65535
  origins.lb.path: "/v2/": must begin with / and not end with it
  origins.lb.readSeconds: 121: must be 1 to 120
  origins.lb.shieldRegion: "Frankfurt": must be a region such as eu-central-1
  origins.own.bucket.noncurrentDays: -1: must be 1 or more
  origins.public.headers.Host: "Host": must be a header's name, and none that CloudFront sends itself
  origins.public.headers.X-None: is required
  origins.public.headers.a b: "a b": must be a header's name, and none that CloudFront sends itself
  origins.public.headers.x-amz-secret: "x-amz-secret": must be a header's name, and none that CloudFront sends itself
  origins.public.headers.x-amz-secret: conflicts with origins.public.publicLoadBalancer.secretHeader: it is the same header
  origins.public.publicLoadBalancer.dnsName: "https://lb.example.com/": must be a domain name, without https:// and path
  origins.public.publicLoadBalancer.secretHeader: "X-Amz-Secret": must be a header's name, and none that CloudFront sends itself
  origins.two: needs exactly one of bucket, loadBalancer, publicLoadBalancer, functionUrl and custom`},
		"groups": {"shop", func(a *cdn.DistributionArgs, at regions) {
			a.Origins["app"] = full(at).Origins["app"]
			a.OriginGroups = map[string]cdn.OriginGroupArgs{
				"empty": {Statuses: []int{}}, "same": {First: "site", Second: "site", Statuses: []int{500, 200}}, "kinds": {First: "app", Second: "site"},
				"site": {First: "site", Second: "nowhere"}, "Far Away": {First: "app", Second: "old"},
			}
			a.Origins["old"] = full(at).Origins["old"]
			a.Paths = map[string]cdn.PathArgs{"/a": {Origin: "empty"}, "/b": {Origin: "same"}, "/c": {Origin: "site"}, "/d": {Origin: "Far Away"}}
		}, `cdn.Distribution "shop": 10 problems
  originGroups.Far Away: "Far Away": its key must be lower-case letters, digits and hyphens
  originGroups.empty.first: is required
  originGroups.empty.second: is required
  originGroups.empty.statuses: must be one or more
  originGroups.kinds: is asked by no path, and is not the defaultOrigin
  originGroups.kinds.second: "site": must be a load balancer as first is, not a bucket: both get the same requests
  originGroups.same.second: "site": must be another than first
  originGroups.same.statuses[1]: 200: must be 400, 403, 404, 416, 429, 500, 502, 503 or 504
  originGroups.site: "site": is the key of an origin too
  originGroups.site.second: "nowhere" is not supported; allowed: app, old, site`},
		"many origins": {"shop", func(a *cdn.DistributionArgs, _ regions) {
			for i := range 100 {
				a.Origins[fmt.Sprintf("o%d", i)] = cdn.OriginArgs{Bucket: &cdn.BucketArgs{}}
			}
			a.OriginGroups, a.Paths = map[string]cdn.OriginGroupArgs{}, map[string]cdn.PathArgs{}
			for i := range 50 {
				group := fmt.Sprintf("g%d", i)
				a.OriginGroups[group] = cdn.OriginGroupArgs{First: fmt.Sprintf("o%d", 2*i), Second: fmt.Sprintf("o%d", 2*i+1)}
				a.Paths["/"+group] = cdn.PathArgs{Origin: group}
			}
		}, `cdn.Distribution "shop": 2 problems
  originGroups: 50: must be 10 or fewer
  origins: 101: must be 1 to 100`},
	} {
		t.Run(name, func(t *testing.T) {
			g, err := harness.Try(harness.Preview, program(func(at regions) *cdn.DistributionArgs {
				a := smallest(at)
				c.change(a, at)
				return a
			}, c.component))
			require.ErrorContains(t, err, c.want+"\n")
			require.Empty(t, g.OfType(cdn.Type))
			require.Len(t, g.Resources, 2, "the providers")
		})
	}
}
