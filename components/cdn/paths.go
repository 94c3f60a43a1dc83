package cdn

import (
	"cmp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudfront"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/internal/base"
)

// byPrecedence are patterns in the order in which CloudFront tries them. What only some
// of another pattern's paths match comes before it, so that no pattern is out of reach.
func byPrecedence(paths map[string]PathArgs) []string {
	return slices.SortedFunc(slices.Values(base.SortedKeys(paths)), precedence)
}

// precedence puts first the pattern with the longer beginning before a wildcard, then the
// one that needs the longer path, then fewer "?", then fewer "*".
func precedence(a, b string) int {
	return cmp.Or(
		cmp.Compare(fixed(b), fixed(a)),
		cmp.Compare(shortest(b), shortest(a)),
		cmp.Compare(strings.Count(a, "?"), strings.Count(b, "?")),
		cmp.Compare(strings.Count(a, "*"), strings.Count(b, "*")),
		cmp.Compare(a, b),
	)
}

func fixed(pattern string) int {
	if at := strings.IndexAny(pattern, "*?"); at >= 0 {
		return at
	}
	return len(pattern)
}

func shortest(pattern string) int { return len(pattern) - strings.Count(pattern, "*") }

// parts are what behaviours refer to, by keys of the args.
type parts struct {
	functions, signers map[string]pulumi.StringOutput
	headers            pulumi.StringOutput
}

// behavior is how a path is answered.
func (p PathArgs) behavior(pattern string, has parts) cloudfront.DistributionOrderedCacheBehaviorArgs {
	b := cloudfront.DistributionOrderedCacheBehaviorArgs{
		PathPattern: pulumi.String(pattern), TargetOriginId: pulumi.String(p.Origin),
		ViewerProtocolPolicy: pulumi.String(p.Protocol), Compress: pulumi.Bool(*p.Compress),
		AllowedMethods: pulumi.ToStringArray(methodsOf[p.Methods]), CachedMethods: pulumi.ToStringArray(methodsOf[ReadMethods]),
		CachePolicyId: base.Optional(p.CachePolicyId), OriginRequestPolicyId: base.Optional(p.OriginRequestPolicyId),
		ResponseHeadersPolicyId: base.Optional(p.HeadersPolicyId),
	}
	if p.CachePolicyId == nil {
		b.CachePolicyId = pulumi.String(cachePolicyIds[p.Caching])
	}
	if id := originRequestPolicyIds[p.Forwarding]; id != "" {
		b.OriginRequestPolicyId = pulumi.String(id)
	}
	if p.HeadersPolicyId == nil {
		b.ResponseHeadersPolicyId = has.headers.ToStringPtrOutput()
	}
	var functions cloudfront.DistributionOrderedCacheBehaviorFunctionAssociationArray
	for _, f := range []struct{ event, key string }{{"viewer-request", p.ViewerRequest}, {"viewer-response", p.ViewerResponse}} {
		if f.key != "" {
			functions = append(functions, cloudfront.DistributionOrderedCacheBehaviorFunctionAssociationArgs{
				EventType: pulumi.String(f.event), FunctionArn: has.functions[f.key],
			})
		}
	}
	if functions != nil {
		b.FunctionAssociations = functions
	}
	// Without a list, the provider would keep the last one.
	groups := pulumi.StringArray{}
	for _, key := range slices.Sorted(slices.Values(p.Signers)) {
		groups = append(groups, has.signers[key])
	}
	b.TrustedKeyGroups = groups
	return b
}

// behaviors are those of all paths, in the order in which CloudFront tries them.
func behaviors(paths map[string]PathArgs, has parts) cloudfront.DistributionOrderedCacheBehaviorArrayInput {
	if len(paths) == 0 {
		return nil
	}
	var list cloudfront.DistributionOrderedCacheBehaviorArray
	for _, pattern := range byPrecedence(paths) {
		list = append(list, paths[pattern].behavior(pattern, has))
	}
	return list
}

// asDefault is a behaviour in the SDK's other type, which has no pattern.
func asDefault(b cloudfront.DistributionOrderedCacheBehaviorArgs) cloudfront.DistributionDefaultCacheBehaviorArgs {
	d := cloudfront.DistributionDefaultCacheBehaviorArgs{
		TargetOriginId: b.TargetOriginId, ViewerProtocolPolicy: b.ViewerProtocolPolicy, Compress: b.Compress,
		AllowedMethods: b.AllowedMethods, CachedMethods: b.CachedMethods, CachePolicyId: b.CachePolicyId,
		OriginRequestPolicyId: b.OriginRequestPolicyId, ResponseHeadersPolicyId: b.ResponseHeadersPolicyId, TrustedKeyGroups: b.TrustedKeyGroups,
	}
	if functions, ok := b.FunctionAssociations.(cloudfront.DistributionOrderedCacheBehaviorFunctionAssociationArray); ok {
		same := cloudfront.DistributionDefaultCacheBehaviorFunctionAssociationArray{}
		for _, f := range functions {
			same = append(same, cloudfront.DistributionDefaultCacheBehaviorFunctionAssociationArgs(
				f.(cloudfront.DistributionOrderedCacheBehaviorFunctionAssociationArgs)))
		}
		d.FunctionAssociations = same
	}
	return d
}
