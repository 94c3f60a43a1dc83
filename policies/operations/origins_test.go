package operations

import (
	"maps"

	"github.com/plinth-iac/plinth/policies/internal/ruletest"
	"github.com/plinth-iac/plinth/policies/rule"
)

// ownName is what AWS calls a load balancer.
const ownName = "internal-web-123.eu-west-1.elb.amazonaws.com"

// Policies of AWS that do not pass on the host.
const (
	exceptHost = "b689b0a8-53d0-40ab-baf2-68738e2966ac"
	uncached   = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
)

// inside is the origin of a load balancer in a VPC, with this name.
func inside(domain any) in {
	return in{"originId": "web", "domainName": domain, "vpcOriginConfig": in{"vpcOriginId": later}}
}

// outside is the origin of a public load balancer.
func outside(policy any) in {
	return in{"originId": "web", "domainName": ownName, "customOriginConfig": in{"originProtocolPolicy": policy}}
}

// asks is a distribution of one origin, and of a bucket, with what its default behaviour
// says more.
func asks(origin any, behaviour in, more ...r) []r {
	all := in{"targetOriginId": "web", "cachePolicyId": uncached}
	maps.Copy(all, behaviour)
	return append([]r{
		{Type: distribution, Name: "site", In: in{"defaultCacheBehavior": all, "origins": list{in{"originId": "assets", "domainName": later}, origin}},
			Edges: to{"origins": {"tls", "assets"}, "defaultCacheBehavior": {"own", "second"}}},
		{Type: vpcOrigin, Name: "tls", In: in{"vpcOriginEndpointConfig": in{"originProtocolPolicy": "https-only"}}},
	}, more...)
}

// choosing is an origin request policy that chooses headers.
func choosing(name string, behaviour any, headers ...any) r {
	return r{Type: requestPolicy, Name: name, In: in{"headersConfig": in{"headerBehavior": behaviour, "headers": in{"items": headers}}}}
}

var (
	asTold = in{"originRequestPolicyId": allViewer}
	byOwn  = in{"originRequestPolicyId": later}
)

// shared is a distribution of a group of two origins, for one path.
func shared(second in) []r {
	stack := asks(outside("https-only"), in{"targetOriginId": "assets"})
	maps.Copy(stack[0].In, in{
		"orderedCacheBehaviors": list{in{"pathPattern": "/api/*", "targetOriginId": "both", "cachePolicyId": uncached, "originRequestPolicyId": exceptHost}},
		"originGroups":          list{in{"originId": "both", "members": list{in{"originId": "assets"}, in{"originId": "web"}}}},
	})
	maps.Copy(stack[0].In, second)
	return stack
}

var originCases = []ruletest.Case{
	check("cloudfront-origin-name", "the viewer's host", rule.Pass, "", asks(inside(ownName), asTold)),
	check("cloudfront-origin-name", "the viewer's host, in the old way", rule.Pass, "", asks(inside(ownName), in{"forwardedValues": in{"headers": list{"host"}}})),
	check("cloudfront-origin-name", "the viewer's headers, in the old way", rule.Pass, "", asks(inside(ownName), in{"forwardedValues": in{"headers": list{"*"}}})),
	check("cloudfront-origin-name", "cached by the viewer's host", rule.Pass, "", asks(inside(ownName), in{"cachePolicyId": "83da9c7e-98b4-4e11-a168-04f0df8e2c65"})),
	check("cloudfront-origin-name", "a name of its own", rule.Pass, "", asks(inside("web.example.com"), nil)),
	check("cloudfront-origin-name", "plain", rule.Pass, "", asks(outside("http-only"), nil)),
	check("cloudfront-origin-name", "by a policy", rule.Pass, "", asks(outside("https-only"), byOwn, choosing("own", "whitelist", "Accept", "Host"))),
	check("cloudfront-origin-name", "by a policy for all", rule.Pass, "", asks(outside("https-only"), byOwn, choosing("own", "allViewerAndWhitelistCloudFront", "CloudFront-Viewer-Country"))),
	check("cloudfront-origin-name", "by a policy for all but one", rule.Pass, "", asks(outside("https-only"), byOwn, choosing("own", "allExcept", "Accept"))),
	check("cloudfront-origin-name", "by the key of a cache", rule.Pass, "", asks(outside("https-only"), in{"cachePolicyId": later}, r{Type: cachePolicy, Name: "own",
		In: in{"parametersInCacheKeyAndForwardedToOrigin": in{"headersConfig": in{"headerBehavior": "whitelist", "headers": in{"items": list{"Host"}}}}}})),

	check("cloudfront-origin-name", "its own name", rule.Fail, "the default behaviour asks origin web by TLS for \""+ownName+"\", for which there is no certificate. "+
		"Fix: set originRequestPolicyId of the default behaviour to AllViewer's, "+allViewer, asks(inside(ownName), nil)),
	check("cloudfront-origin-name", "its own name in China", rule.Fail, "there is no certificate", asks(inside("web-123.elb.cn-north-1.amazonaws.com.cn"), nil)),
	check("cloudfront-origin-name", "all but the host", rule.Fail, "there is no certificate", asks(outside("https-only"), in{"originRequestPolicyId": exceptHost})),
	check("cloudfront-origin-name", "a policy for others", rule.Fail, "there is no certificate", asks(outside("https-only"), byOwn, choosing("own", "whitelist", "Accept"))),
	check("cloudfront-origin-name", "a policy for all but the host", rule.Fail, "there is no certificate", asks(outside("https-only"), byOwn, choosing("own", "allExcept", "host"))),
	check("cloudfront-origin-name", "a policy for nothing", rule.Fail, "there is no certificate", asks(outside("https-only"), byOwn, choosing("own", "none"))),
	check("cloudfront-origin-name", "one of a group", rule.Fail, "/api/* asks origin web", shared(nil)),
	check("cloudfront-origin-name", "a function that only answers", rule.Fail, "there is no certificate",
		asks(outside("https-only"), in{"functionAssociations": list{in{"eventType": "viewer-response"}}})),

	check("cloudfront-origin-name", "a function that may choose", rule.NotApplicable, "", asks(outside("https-only"), in{"functionAssociations": list{in{"eventType": "viewer-request"}}})),
	check("cloudfront-origin-name", "a bucket", rule.Pass, "", asks(outside("https-only"), in{"targetOriginId": "assets"})),

	check("cloudfront-origin-name", "a name to come", rule.Unknown, "domainName: known only after creation", asks(inside(later), nil)),
	check("cloudfront-origin-name", "a policy of elsewhere", rule.Unknown, "originRequestPolicyId: external", asks(outside("https-only"), in{"originRequestPolicyId": "1-2-3"})),
	check("cloudfront-origin-name", "a policy that is computed", rule.Unknown, "headerBehavior", asks(outside("https-only"), byOwn, choosing("own", later))),
	check("cloudfront-origin-name", "all but what is computed", rule.Unknown, "headers.items[0]", asks(outside("https-only"), byOwn, choosing("own", "allExcept", later))),
	check("cloudfront-origin-name", "one of two policies", rule.Unknown, "originRequestPolicyId", asks(outside("https-only"), byOwn, choosing("own", "none"), choosing("second", "allViewer"))),
	check("cloudfront-origin-name", "who knows how", rule.Unknown, "originProtocolPolicy", asks(outside(later), nil)),
	check("cloudfront-origin-name", "who knows which", rule.Unknown, "targetOriginId", asks(outside("https-only"), in{"targetOriginId": later})),
	check("cloudfront-origin-name", "who knows what", rule.Unknown, "originId", asks(later, nil)),
	check("cloudfront-origin-name", "a group to come", rule.Unknown, "originGroups", shared(in{"originGroups": later})),
}
