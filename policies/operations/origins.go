package operations

import (
	"slices"
	"strings"

	"github.com/plinth-iac/plinth/policies/rule"
)

// Type tokens of what a distribution refers to.
const (
	vpcOrigin     = "aws:cloudfront/vpcOrigin:VpcOrigin"
	cachePolicy   = "aws:cloudfront/cachePolicy:CachePolicy"
	requestPolicy = "aws:cloudfront/originRequestPolicy:OriginRequestPolicy"
)

// allViewer is the policy that messages propose.
const allViewer = "216adef6-5c7f-47e4-b989-5492eafa07d3"

// managedPolicies are the cache and origin request policies of AWS, and whether they pass
// on the host that the viewer has asked for.
var managedPolicies = map[string]bool{
	allViewer:                              true,
	"33f36d7e-f396-46d9-90e0-52428a34d9dc": true,  // AllViewerAndCloudFrontHeaders-2022-06
	"bf0718e1-ba1e-49d1-88b1-f726733018ae": true,  // HostHeaderOnly
	"b689b0a8-53d0-40ab-baf2-68738e2966ac": false, // AllViewerExceptHostHeader
	"59781a5b-3903-41f3-afcb-af62929ccde1": false, // CORS-CustomOrigin
	"88a5eaf4-2fd4-4709-b370-b4c650ea3fcf": false, // CORS-S3Origin
	"acba4595-bd28-49b8-b9fe-13317c0390fa": false, // UserAgentRefererHeaders
	"775133bc-15f2-49f9-abea-afb2e0bf67d2": false, // Elemental-MediaTailor-PersonalizedManifests
	"83da9c7e-98b4-4e11-a168-04f0df8e2c65": true,  // UseOriginCacheControlHeaders
	"4cc15a8a-d715-48a4-82b8-cc0b614638fe": true,  // UseOriginCacheControlHeaders-QueryStrings
	"2e54312d-136d-493c-8eb9-b001f22f67d2": true,  // Amplify
	"658327ea-f89d-4fab-a63d-7e88639e58f6": false, // CachingOptimized
	"b2884449-e4de-46a7-ac36-70bc7f1ddd6d": false, // CachingOptimizedForUncompressedObjects
	"4135ea2d-6df8-44a3-9df3-4b5a84be39ad": false, // CachingDisabled
	"08627262-05a9-4f76-9ded-b50ca2e3a84f": false, // Elemental-MediaPackage
}

func cloudfrontOriginName() *rule.Rule {
	return &rule.Rule{
		ID: "cloudfront-origin-name", Title: "Distributions ask load balancers for a name that a certificate can have", Severity: rule.Medium, Category: rule.Operations,
		Why: "An origin's certificate must be for its domainName or for the host that is passed on. Nobody gets one for a load balancer's own name, so " +
			"that every request is answered with 502.",
		Fix:   "pass on the viewer's host, as the origin request policy AllViewer does; or make a name that the certificate has the origin's domainName",
		Types: []string{distribution},
		CheckGraph: func(g *rule.Graph, r *rule.Resource, _ rule.Settings) rule.Verdict {
			for _, v := range [...]rule.Value{r.Get("origins"), r.Get("originGroups")} {
				if v.IsUnknown() {
					return rule.NotKnown(v)
				}
			}
			named := func(behaviour rule.Value) rule.Verdict { return askedByName(g, r, behaviour) }
			return rule.All(named(r.Get("defaultCacheBehavior")), r.Get("orderedCacheBehaviors").Each(named))
		},
	}
}

// askedByName is the verdict on the origins of one behaviour of d.
func askedByName(g *rule.Graph, d *rule.Resource, behaviour rule.Value) rule.Verdict {
	target := behaviour.Get("targetOriginId")
	ids := append([]rule.Value{target}, d.Select("originGroups[].originId")...)
	for _, id := range append(ids, d.Select("originGroups[].members[].originId")...) {
		if id.IsUnknown() {
			return rule.NotKnown(id)
		}
	}
	where := "the default behaviour"
	if pattern, ok := behaviour.Get("pathPattern").Text(); ok {
		where = pattern
	}
	asked, host := originsOf(d, target), passesHost(g, d, behaviour)
	var verdicts []rule.Verdict
	for _, o := range d.Select("origins[]") {
		id := o.Get("originId")
		name, known := id.Text()
		switch {
		case id.IsUnknown():
			verdicts = append(verdicts, rule.NotKnown(id))
		case known && slices.Contains(asked, name):
			domain := o.Get("domainName")
			verdicts = append(verdicts, rule.FailedUnless(rule.Any(host, plain(g, d, o), ofItsOwn(d, domain)),
				where+" asks origin "+name+" by TLS for "+domain.String()+", for which there is no certificate",
				"set originRequestPolicyId of "+where+" to AllViewer's, "+allViewer+", or domainName of "+name+" to a name that its certificate has"))
		}
	}
	return rule.Choose(rewrites(behaviour), rule.Skipped(), rule.All(verdicts...))
}

// rewrites is whether a behaviour has a function that may choose another origin or host.
func rewrites(behaviour rule.Value) rule.Verdict {
	var verdicts []rule.Verdict
	for _, f := range append(behaviour.Select("functionAssociations[]"), behaviour.Select("lambdaFunctionAssociations[]")...) {
		verdicts = append(verdicts, f.Get("eventType").Holds(func(v rule.Value) bool { return !rule.Is("viewer-response", "origin-response")(v) }))
	}
	return rule.Any(verdicts...)
}

// originsOf are the ids of the origins that a target is: itself, or the members of a group.
func originsOf(d *rule.Resource, target rule.Value) []string {
	id, _ := target.Text()
	asked := []string{id}
	for _, group := range d.Select("originGroups[]") {
		if rule.Is(id)(group.Get("originId")) {
			for _, member := range group.Select("members[].originId") {
				name, _ := member.Text()
				asked = append(asked, name)
			}
		}
	}
	return asked
}

// plain is whether an origin is not asked by TLS alone. A bucket has a name of its own.
func plain(g *rule.Graph, d *rule.Resource, o rule.Value) rule.Verdict {
	if custom := o.Get("customOriginConfig"); !custom.IsAbsent() {
		return notTls(custom)
	}
	id := o.Get("vpcOriginConfig.vpcOriginId")
	if !rule.IsSet(id) {
		return rule.Passed()
	}
	var verdicts []rule.Verdict
	for _, inside := range g.Behind(d, id, vpcOrigin) {
		verdicts = append(verdicts, notTls(inside.Get("vpcOriginEndpointConfig")))
	}
	return agreed(d, id, verdicts)
}

func notTls(config rule.Value) rule.Verdict {
	return config.Get("originProtocolPolicy").Want(func(v rule.Value) bool { return !rule.Is("https-only")(v) }, "", "")
}

// ofItsOwn is whether a name is another one than what AWS gives to a load balancer.
func ofItsOwn(d *rule.Resource, domain rule.Value) rule.Verdict {
	name, _ := domain.Text()
	name = strings.TrimSuffix(strings.ToLower(name), ".cn")
	switch {
	case domain.IsUnknown():
		return d.Elsewhere(domain)
	case strings.Contains(name, ".elb.") && strings.HasSuffix(name, ".amazonaws.com"):
		return rule.No()
	}
	return rule.Passed()
}

// passesHost is whether a behaviour of d passes on the host that the viewer has asked for:
// by one of its policies, or in the old way.
func passesHost(g *rule.Graph, d *rule.Resource, behaviour rule.Value) rule.Verdict {
	return rule.Any(hasHost(behaviour.Select("forwardedValues.headers[]")),
		policyPassesHost(g, d, behaviour.Get("originRequestPolicyId"), requestPolicy, "headersConfig"),
		policyPassesHost(g, d, behaviour.Get("cachePolicyId"), cachePolicy, "parametersInCacheKeyAndForwardedToOrigin.headersConfig"))
}

func policyPassesHost(g *rule.Graph, d *rule.Resource, id rule.Value, token, headers string) rule.Verdict {
	if !rule.IsSet(id) {
		return rule.No()
	}
	text, _ := id.Text()
	switch host, managed := managedPolicies[text]; {
	case managed && host:
		return rule.Passed()
	case managed:
		return rule.No()
	}
	var verdicts []rule.Verdict
	for _, policy := range g.Behind(d, id, token) {
		verdicts = append(verdicts, includesHost(policy.Get(headers)))
	}
	return agreed(d, id, verdicts)
}

// includesHost is whether the headers that a policy chooses have the host among them.
func includesHost(headers rule.Value) rule.Verdict {
	chosen, listed := headers.Get("headerBehavior"), hasHost(headers.Select("headers.items[]"))
	switch {
	case chosen.IsUnknown():
		return rule.NotKnown(chosen)
	case rule.Is("whitelist")(chosen), rule.Is("allExcept")(chosen) && listed.Outcome == rule.Unknown:
		return listed
	case rule.Is("allViewer", "allViewerAndWhitelistCloudFront")(chosen), rule.Is("allExcept")(chosen) && listed.Outcome == rule.Fail:
		return rule.Passed()
	}
	return rule.No()
}

func hasHost(headers []rule.Value) rule.Verdict {
	verdicts := []rule.Verdict{rule.No()}
	for _, header := range headers {
		verdicts = append(verdicts, header.Want(func(v rule.Value) bool {
			name, _ := v.Text()
			return strings.EqualFold(name, "Host") || name == "*"
		}, "", ""))
	}
	return rule.Any(verdicts...)
}

// agreed is what is true of all that a value of d may refer to. While they differ, it is
// not known.
func agreed(d *rule.Resource, v rule.Value, verdicts []rule.Verdict) rule.Verdict {
	all := rule.All(verdicts...)
	switch {
	case len(verdicts) == 0:
		return d.Elsewhere(v)
	case all.Outcome != rule.Any(verdicts...).Outcome:
		return rule.NotKnown(v)
	}
	return all
}
