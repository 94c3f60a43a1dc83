package cdn_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/components/cdn"
	"github.com/plinth-iac/plinth/tests/harness"
)

const headersToken = "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy"

func TestSecurityHeadersAreOnByDefault(t *testing.T) {
	harness.Both(t, atTheEdge(bare(), "shop"), func(t *testing.T, g *harness.Graph) {
		require.Empty(t, g.OfType(headersToken))
		require.Equal(t, cdn.SecurityHeadersPolicyId, g.Named(t, "shop-distribution").Value("defaultCacheBehavior.responseHeadersPolicyId"))
	})
}

// Whatever is asked for, the four headers stay.
func TestAPolicyOfOnesOwnHasTheSecurityHeadersToo(t *testing.T) {
	custom := &cdn.HeadersArgs{Custom: map[string]string{"X-Version": "1"}}
	for name, headers := range map[string]*cdn.HeadersArgs{"empty": {}, "custom": custom} {
		harness.Both(t, atTheEdge(bare(func(a *cdn.DistributionArgs) { a.Headers = headers }), "shop"), func(t *testing.T, g *harness.Graph) {
			policy := g.Named(t, "shop-headers")
			require.Equal(t, []string{policy.URN}, g.Named(t, "shop-distribution").PropertyDependencies["defaultCacheBehavior"])
			require.Equal(t, map[string]any{
				"contentTypeOptions":      map[string]any{"override": true},
				"frameOptions":            map[string]any{"frameOption": "SAMEORIGIN", "override": true},
				"referrerPolicy":          map[string]any{"referrerPolicy": "strict-origin-when-cross-origin", "override": true},
				"strictTransportSecurity": map[string]any{"accessControlMaxAgeSec": 31536000.0, "includeSubdomains": false, "preload": false, "override": true},
			}, policy.Value("securityHeadersConfig"), name)
			require.Nil(t, policy.Value("corsConfig"))
			require.Nil(t, policy.Value("removeHeadersConfig"))
		})
	}
}

func TestPagesOfEverybodyMayReadByDefaultMethods(t *testing.T) {
	args := bare(func(a *cdn.DistributionArgs) {
		a.Headers = &cdn.HeadersArgs{Cors: &cdn.CorsArgs{AllowOrigins: []string{"*"}}}
	})
	harness.Both(t, atTheEdge(args, "shop"), func(t *testing.T, g *harness.Graph) {
		require.Equal(t, map[string]any{
			"accessControlAllowCredentials": false, "accessControlMaxAgeSec": 600.0, "originOverride": true,
			"accessControlAllowHeaders": map[string]any{"items": []any{"*"}}, "accessControlAllowOrigins": map[string]any{"items": []any{"*"}},
			"accessControlAllowMethods": map[string]any{"items": []any{"GET", "HEAD", "OPTIONS"}},
		}, g.Named(t, "shop-headers").Value("corsConfig"))
	})
	require.Equal(t, &cdn.HeadersArgs{Cors: &cdn.CorsArgs{AllowOrigins: []string{"*"}}}, args.Headers, "args are not changed")
}

func TestWrongHeadersAreAllReported(t *testing.T) {
	crowd := map[string]string{}
	for i := range 11 {
		crowd[fmt.Sprintf("X-%d", i)] = "1"
	}
	for name, c := range map[string]struct {
		headers *cdn.HeadersArgs
		want    string
	}{
		"security": {&cdn.HeadersArgs{
			Hsts: &cdn.HstsArgs{MaxAgeSeconds: -1, Preload: true}, FrameOption: "ALLOW", ReferrerPolicy: "never", ContentSecurityPolicy: "a\nb",
		}, `5 problems
  headers.contentSecurityPolicy: "a\nb": must be one line
  headers.frameOption: "ALLOW" is not supported; allowed: SAMEORIGIN, DENY
  headers.hsts.maxAgeSeconds: -1: must be 1 or more
  headers.hsts.preload: needs includeSubdomains and a maxAgeSeconds of 31536000 or more: browsers take no other domain name into their lists
  headers.referrerPolicy: "never" is not supported; allowed: no-referrer, no-referrer-when-downgrade, origin, origin-when-cross-origin, same-origin, strict-origin, strict-origin-when-cross-origin, unsafe-url`},
		"preload for a month": {&cdn.HeadersArgs{Hsts: &cdn.HstsArgs{MaxAgeSeconds: 2592000, Preload: true, IncludeSubdomains: true}}, `1 problem
  headers.hsts.preload: needs includeSubdomains and a maxAgeSeconds of 31536000 or more: browsers take no other domain name into their lists`},
		"cors": {&cdn.HeadersArgs{Cors: &cdn.CorsArgs{
			AllowOrigins: []string{"*", "example.com", "https://*.example.com", "https://example.com/", "http://localhost:8080"},
			AllowMethods: []string{"GET", "TRACE"}, AllowHeaders: []string{"X Y"}, ExposeHeaders: []string{"*", ""}, AllowCredentials: true, MaxAgeSeconds: -1,
		}}, `8 problems
  headers.cors.allowHeaders[0]: "X Y": must be the name of a header
  headers.cors.allowMethods[1]: "TRACE" is not supported; allowed: ALL, DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT
  headers.cors.allowOrigins: conflicts with headers.cors.allowCredentials: browsers send cookies only where no "*" stands for all
  headers.cors.allowOrigins[1]: "example.com": must be scheme and host such as "https://example.com", or "*"
  headers.cors.allowOrigins[3]: "https://example.com/": must be scheme and host such as "https://example.com", or "*"
  headers.cors.exposeHeaders: conflicts with headers.cors.allowCredentials: browsers send cookies only where no "*" stands for all
  headers.cors.exposeHeaders[1]: "": must be the name of a header
  headers.cors.maxAgeSeconds: -1: must be 1 or more`},
		"cookies for nobody": {&cdn.HeadersArgs{Cors: &cdn.CorsArgs{AllowCredentials: true}}, `2 problems
  headers.cors.allowHeaders: is required with allowCredentials
  headers.cors.allowOrigins: is required`},
		"custom": {&cdn.HeadersArgs{
			Custom: map[string]string{"Referrer-Policy": "origin", "X Y": "1", "X-Empty": "", "X-Lines": "a\r\nb", "X-Both": "1", "X-BOTH": "2"},
			Remove: []string{"Via", "X-Amz-Cf-Id", "X Z", "x-both", "Server"},
		}, `9 problems
  headers.custom.Referrer-Policy: is not a custom header: it has a field of its own, or is CloudFront's
  headers.custom.X Y: "X Y": must be the name of a header
  headers.custom.X-Both: is the same header as X-BOTH
  headers.custom.X-Empty: "": must be one line of text
  headers.custom.X-Lines: "a\r\nb": must be one line of text
  headers.remove[0]: "Via": CloudFront does not remove it
  headers.remove[1]: "X-Amz-Cf-Id": CloudFront does not remove it
  headers.remove[2]: "X Z": must be the name of a header
  headers.remove[3]: "x-both": cannot be set by custom as well`},
		"a crowd": {&cdn.HeadersArgs{Custom: crowd}, `1 problem
  headers.custom: 11: must be 10 headers or fewer`},
	} {
		t.Run(name, func(t *testing.T) {
			wrong(t, `cdn.Distribution "shop": `+c.want, func(a *cdn.DistributionArgs) { a.Headers = c.headers })
		})
	}
}
