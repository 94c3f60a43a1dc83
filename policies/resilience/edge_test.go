package resilience

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/policies/internal/ruletest"
)

// fetching is a distribution with an origin for each address, of which the first is its default.
func fetching(edges string, at ...any) ruletest.R {
	var items, more []any
	for i, address := range at {
		id := string(rune('a' + i))
		items = append(items, map[string]any{"originId": id, "domainName": address})
		if i > 0 {
			more = append(more, map[string]any{"targetOriginId": id})
		}
	}
	return of(distribution, "it", map[string]any{"origins": items, "defaultCacheBehavior": map[string]any{"targetOriginId": "a"}, "orderedCacheBehaviors": more}, "origins:"+edges)
}

func TestOriginsAreFoundByWhatHasTheirAddresses(t *testing.T) {
	pages := of(bucket, "pages", nil)
	site := after(of("aws:s3/bucketWebsiteConfiguration:BucketWebsiteConfiguration", "site", nil, "bucket:pages"), map[string]any{"websiteEndpoint": "pages.website"})
	api := after(of(httpApi, "api", nil), map[string]any{"apiEndpoint": "https://api.example"})
	stage := after(of("aws:apigatewayv2/stage:Stage", "stage", nil, "apiId:api"), map[string]any{"invokeUrl": "https://api.example/v1"})
	balancer := of(loadBalancer, "balancer", nil, "subnets:subnet-a,subnet-b")
	record := after(of("aws:route53/record:Record", "record", nil, "aliases:balancer", "zoneId:zone"), map[string]any{"fqdn": "web.example"})
	url := after(of(functionUrl, "url", nil, "functionName:f"), map[string]any{"functionUrl": "https://f.example/"})
	for name, c := range map[string]struct {
		origin []ruletest.R
		d      ruletest.R
	}{
		"the website of a bucket":               {[]ruletest.R{pages, site}, fetching("site", "pages.website")},
		"its address is not known":              {[]ruletest.R{pages, site}, fetching("site", ruletest.ID)},
		"a stage":                               {[]ruletest.R{api, stage}, fetching("stage", "api.example")},
		"the host of an API":                    {[]ruletest.R{api}, fetching("api", "api.example")},
		"the host of a function":                {[]ruletest.R{url, of(function, "f", nil)}, fetching("url", "f.example")},
		"an alias of a balancer":                {[]ruletest.R{balancer, record, of("aws:route53/zone:Zone", "zone", nil)}, fetching("record", "web.example")},
		"next to one that is not in this stack": {[]ruletest.R{api, stage}, fetching("stage", "elsewhere.example", "api.example")},
	} {
		t.Run(name, func(t *testing.T) {
			e := effectOn(t, twoZones(append(c.origin, c.d)...), "region:us-east-1", "it")
			require.Equal(t, Degraded, e.State)
			require.Zero(t, e.Left, "it answers from its caches")
			require.Same(t, e.Resource, e.Path[len(e.Path)-1].Resource)
		})
	}
	require.Equal(t, Unaffected, effectOn(t, twoZones(api, stage, fetching("stage", "elsewhere.example")), "region:us-east-1", "it").State)
}

func TestAMemberOfAGroupThatIsNotInThisStackMayBeLeft(t *testing.T) {
	stack := origins(true, "either")
	stack[2].In["origins"].([]any)[1].(map[string]any)["domainName"] = "elsewhere.example"
	e := effectOn(t, stack, "region:us-east-1", "d")
	require.Equal(t, Unknown, e.State)
	require.Equal(t, "origin far", e.Missing.Property)
}
