package exposure

import (
	"slices"
	"testing"

	"github.com/plinth-iac/plinth/policies/internal/ruletest"
	"github.com/plinth-iac/plinth/policies/rule"
)

// site is a distribution with origins and what else it says.
func site(inputs in, origins ...any) r {
	inputs["origins"] = origins
	return r{Type: distribution, Name: "site", In: inputs, Edges: to{}}
}

// Origins.
var (
	assets  = in{"originId": "assets", "domainName": "assets.s3.us-east-1.amazonaws.com", "originAccessControlId": later}
	unasked = in{"originId": "assets", "domainName": later}
	byName  = in{"originId": "web", "domainName": "web-1.us-east-1.elb.amazonaws.com", "customOriginConfig": in{"originProtocolPolicy": "https-only"}}
	web     = in{"originId": "web", "domainName": later, "customOriginConfig": in{"originProtocolPolicy": "https-only"}}
	inside  = in{"originId": "web", "domainName": later, "vpcOriginConfig": in{"vpcOriginId": later}}
)

// balancer is a load balancer in the security group sg, whose rules are as said.
func balancer(inputs in, rules ...r) []r {
	inputs["securityGroups"] = list{later}
	return append([]r{
		{Type: loadBalancer, Name: "lb", In: inputs, Out: in{"dnsName": "Web-1.us-east-1.elb.amazonaws.com"}, Edges: to{"securityGroups": {"sg"}}},
		{Type: securityGroup, Name: "sg", In: in{}},
	}, rules...)
}

func letsIn(inputs in) r {
	inputs["securityGroupId"] = later
	return r{Type: ingressRule, Name: "https", In: inputs, Edges: to{"securityGroupId": {"sg"}}}
}

// pointed is a distribution with one origin, the name of which is computed from the resource.
func pointed(inputs in, origin any, name string) r {
	d := site(inputs, origin)
	d.Edges["origins"] = []string{name}
	return d
}

var (
	edgeOnly = letsIn(in{"prefixListId": "pl-3b927c52", "fromPort": 443, "toPort": 443})
	open     = letsIn(in{"cidrIpv4": "0.0.0.0/0", "fromPort": 443, "toPort": 443})
	named    = r{Type: record, Name: "origin", In: in{"name": "origin.example.com", "aliases": list{in{"name": later}}}, Edges: to{"aliases": {"lb"}}}
)

var edgeCases = []ruletest.Case{
	check("cloudfront-waf", "has one", rule.Pass, "", []r{{Type: distribution, Name: "site", In: in{"webAclId": later}, Edges: to{"webAclId": {"acl"}}}}),
	check("cloudfront-waf", "by ARN", rule.Pass, "", one(distribution, in{"webAclId": "arn:aws:wafv2:us-east-1:123456789012:global/webacl/a/1"})),
	check("cloudfront-waf", "has none", rule.Fail, "has no web ACL. Fix: set webAclId", one(distribution, in{})),
	check("cloudfront-waf", "none at all", rule.Fail, "has no web ACL", one(distribution, in{"webAclId": ""})),
	check("cloudfront-waf", "who knows", rule.Unknown, "webAclId: external", one(distribution, in{"webAclId": later})),

	check("public-alb-waf", "has one", rule.Pass, "", append(balancer(in{}), r{Type: aclAssociation, Name: "a", In: in{"resourceArn": later}, Edges: to{"resourceArn": {"lb"}}})),
	check("public-alb-waf", "has none", rule.Fail, "faces the internet without a web ACL", balancer(in{})),
	check("public-alb-waf", "old spelling", rule.Fail, "faces the internet", one("aws:alb/loadBalancer:LoadBalancer", in{"loadBalancerType": "application"})),
	check("public-alb-waf", "internal", rule.NotApplicable, "", balancer(in{"internal": true})),
	check("public-alb-waf", "network", rule.NotApplicable, "", balancer(in{"loadBalancerType": "network"})),
	check("public-alb-waf", "the edge has one", rule.Pass, "", append(balancer(in{}, edgeOnly), pointed(in{"webAclId": later}, web, "lb"))),
	check("public-alb-waf", "the edge has one, and is passed by", rule.Fail, "faces the internet", append(balancer(in{}, open), pointed(in{"webAclId": later}, web, "lb"))),
	check("public-alb-waf", "the edge has none", rule.Fail, "faces the internet", append(balancer(in{}, edgeOnly), pointed(in{}, web, "lb"))),
	check("public-alb-waf", "who knows what kind", rule.Unknown, "loadBalancerType", balancer(in{"loadBalancerType": later})),
	check("public-alb-waf", "who knows whose", rule.Unknown, "resourceArn", append(balancer(in{}), r{Type: aclAssociation, Name: "a", In: in{"resourceArn": later}})),
	check("public-alb-waf", "who knows where", rule.Unknown, "internal", balancer(in{"internal": later})),

	check("cloudfront-s3-oac", "signed", rule.Pass, "", []r{site(in{}, assets, byName, inside)}),
	check("cloudfront-s3-oac", "signed, under a name to come", rule.Pass, "", []r{site(in{}, in{"originId": "assets", "domainName": later, "originAccessControlId": later})}),
	check("cloudfront-s3-oac", "not signed", rule.Fail, "origin assets is a bucket that is asked without a signature", []r{site(in{}, unasked)}),
	check("cloudfront-s3-oac", "a bucket in disguise", rule.Fail, "origin plain is a bucket",
		[]r{site(in{}, in{"originId": "plain", "domainName": "assets.s3.amazonaws.com", "customOriginConfig": in{}})}),
	check("cloudfront-s3-oac", "a website", rule.Fail, "is the website of a bucket",
		[]r{site(in{}, in{"originId": "w", "domainName": "assets.s3-website-us-east-1.amazonaws.com", "customOriginConfig": in{}})}),
	check("cloudfront-s3-oac", "an identity", rule.Fail, "an origin access identity", []r{site(in{}, in{"originId": "assets", "domainName": later,
		"s3OriginConfig": in{"originAccessIdentity": "origin-access-identity/cloudfront/E1"}})}),
	check("cloudfront-s3-oac", "an empty identity", rule.Fail, "without a signature", []r{site(in{}, in{"originId": "assets", "domainName": later,
		"s3OriginConfig": in{"originAccessIdentity": ""}})}),
	check("cloudfront-s3-oac", "no bucket", rule.NotApplicable, "", []r{site(in{}, byName, inside)}),
	check("cloudfront-s3-oac", "a name that may be a bucket's", rule.Unknown, "origins[0].domainName", []r{site(in{}, web)}),
	check("cloudfront-s3-oac", "computed", rule.Unknown, "origins", one(distribution, in{"origins": later})),
	check("cloudfront-s3-oac", "one computed", rule.Unknown, "origins[1]", []r{site(in{}, assets, later)}),
	check("cloudfront-s3-oac", "always", rule.Pass, "", one(accessControl, in{"signingBehavior": "always"})),
	check("cloudfront-s3-oac", "never", rule.Fail, `signingBehavior is "never"`, one(accessControl, in{"signingBehavior": "never"})),

	check("cloudfront-origin-closed", "the edge only", rule.Pass, "", append(balancer(in{}, edgeOnly), pointed(in{}, web, "lb"))),
	check("cloudfront-origin-closed", "everyone", rule.Fail, `https opens it to "0.0.0.0/0", past the distribution`, append(balancer(in{}, open), pointed(in{}, web, "lb"))),
	check("cloudfront-origin-closed", "everyone, by its name", rule.Fail, "https opens it", append(balancer(in{}, open), site(in{}, byName))),
	check("cloudfront-origin-closed", "everyone, by a record", rule.Fail, "https opens it", append(balancer(in{}, open), named, pointed(in{}, web, "origin"))),
	check("cloudfront-origin-closed", "everyone, by the name of a record", rule.Fail, "https opens it", append(balancer(in{}, open), named,
		site(in{}, in{"originId": "web", "domainName": "origin.example.com", "customOriginConfig": in{}}))),
	check("cloudfront-origin-closed", "everyone, inline", rule.Fail, "sg opens it", append([]r{balancer(in{})[0],
		{Type: securityGroup, Name: "sg", In: in{"ingress": list{in{"ipv6CidrBlocks": list{"::/0"}}}}}}, pointed(in{}, web, "lb"))),
	check("cloudfront-origin-closed", "everyone, by an old rule", rule.Fail, "old opens it", append(balancer(in{}, r{Type: groupRule, Name: "old",
		In: in{"type": "ingress", "cidrBlocks": list{"0.0.0.0/0"}, "securityGroupId": later}, Edges: to{"securityGroupId": {"sg"}}}), pointed(in{}, web, "lb"))),
	check("cloudfront-origin-closed", "to everyone", rule.Pass, "", append(balancer(in{}, edgeOnly, r{Type: groupRule, Name: "old",
		In: in{"type": "egress", "cidrBlocks": list{"0.0.0.0/0"}, "securityGroupId": later}, Edges: to{"securityGroupId": {"sg"}}}), pointed(in{}, web, "lb"))),
	check("cloudfront-origin-closed", "no origin", rule.NotApplicable, "", append(balancer(in{}, open), site(in{}, assets))),
	check("cloudfront-origin-closed", "inside", rule.NotApplicable, "", append(balancer(in{"internal": true}, open), pointed(in{}, inside, "lb"))),
	check("cloudfront-origin-closed", "a group of elsewhere", rule.Unknown, "securityGroups: external", []r{
		{Type: loadBalancer, Name: "lb", In: in{"securityGroups": list{"sg-1"}}}, pointed(in{}, web, "lb")}),
	check("cloudfront-origin-closed", "the default group", rule.Unknown, "securityGroups: external", []r{
		{Type: loadBalancer, Name: "lb", In: in{}}, pointed(in{}, web, "lb")}),
	check("cloudfront-origin-closed", "who knows whom", rule.Unknown, "cidrIpv4", append(balancer(in{}, letsIn(in{"cidrIpv4": later})), pointed(in{}, web, "lb"))),
	check("cloudfront-origin-closed", "who knows where", rule.Unknown, "internal", append(balancer(in{"internal": later}, open), pointed(in{}, web, "lb"))),
	check("cloudfront-origin-closed", "who knows whose origin", rule.Unknown, "origins[0].domainName: external", append(balancer(in{}, open), site(in{}, web))),
	check("cloudfront-origin-closed", "the name of a record to come", rule.Unknown, "name", append(balancer(in{}, open),
		r{Type: record, Name: "origin", In: in{"name": later, "aliases": list{in{"name": later}}}, Edges: to{"aliases": {"lb"}}},
		site(in{}, in{"originId": "web", "domainName": "origin.example.com", "customOriginConfig": in{}}))),

	check("cloudfront-default-root-object", "said", rule.Pass, "", []r{site(in{"defaultRootObject": "index.html", "defaultCacheBehavior": in{"targetOriginId": "assets"}}, assets)}),
	check("cloudfront-default-root-object", "not said", rule.Fail, "defaultRootObject is not set", []r{site(in{"defaultCacheBehavior": in{"targetOriginId": "assets"}}, web, assets)}),
	check("cloudfront-default-root-object", "of a group", rule.Fail, "defaultRootObject is not set", []r{site(in{"defaultCacheBehavior": in{"targetOriginId": "both"},
		"originGroups": list{in{"originId": "both", "members": list{in{"originId": "assets"}, in{"originId": "other"}}}}}, assets)}),
	check("cloudfront-default-root-object", "a function says it", rule.NotApplicable, "", []r{site(in{"defaultCacheBehavior": in{"targetOriginId": "assets",
		"functionAssociations": list{in{"eventType": "viewer-request"}}}}, assets)}),
	check("cloudfront-default-root-object", "an application", rule.NotApplicable, "", []r{site(in{"defaultCacheBehavior": in{"targetOriginId": "web"}}, web, assets)}),
	check("cloudfront-default-root-object", "computed", rule.Unknown, "defaultCacheBehavior", []r{site(in{"defaultCacheBehavior": later}, assets)}),
}

func acl(rules any) []r { return one(webAcl, in{"defaultAction": in{"allow": in{}}, "rules": rules}) }

// Rules of web ACLs.
var (
	managed  = in{"name": "common", "overrideAction": in{"none": in{}}, "statement": in{"managedRuleGroupStatement": in{"name": "AWSManagedRulesCommonRuleSet"}}}
	counting = in{"name": "common", "overrideAction": in{"count": in{}}, "statement": in{"managedRuleGroupStatement": in{"name": "AWSManagedRulesCommonRuleSet"}}}
	limited  = in{"name": "rate", "action": in{"block": in{}}, "statement": in{"rateBasedStatement": in{"limit": 2000}}}
	referred = in{"name": "ours", "overrideAction": in{"none": in{}}, "statement": in{"ruleGroupReferenceStatement": in{"arn": later}}}
)

const limitedJson = `[{"Name":"rate","Action":{"Block":{}},"Statement":{"RateBasedStatement":{"Limit":2000}}}]`

// apart is a web ACL without rules, and one of its own that points at it.
func apart(token string, inputs in, more ...r) []r {
	inputs["webAclArn"] = later
	stack := append(acl(nil), r{Type: token, Name: "apart", In: inputs, Edges: to{"webAclArn": {"it"}, "statement": {"group"}, "ruleGroupReference": {"group"}}})
	return append(stack, more...)
}

var limitedGroup = r{Type: ruleGroup, Name: "group", In: in{"rules": list{limited}}}

func referring(groups ...r) []r {
	return append([]r{{Type: webAcl, Name: "acl", In: in{"rules": list{referred}}, Edges: to{"rules": {"group"}}}}, groups...)
}

var wafCases = []ruletest.Case{
	check("waf-blocks", "a managed group", rule.Pass, "", acl(list{counting, managed})),
	check("waf-blocks", "a rule", rule.Pass, "", acl(list{limited})),
	check("waf-blocks", "JSON", rule.Pass, "", one(webAcl, in{"ruleJson": limitedJson})),
	check("waf-blocks", "nothing", rule.Fail, "has no rules", acl(list{})),
	check("waf-blocks", "not JSON", rule.Fail, "has no rules", one(webAcl, in{"ruleJson": "{"})),
	check("waf-blocks", "counts", rule.Fail, "none of its rules blocks anything", acl(list{counting})),
	check("waf-blocks", "only lets in", rule.Fail, "none of its rules blocks anything", acl(list{in{"name": "office", "action": in{"allow": in{}}}})),
	{Rule: "waf-blocks", Name: "counts in development", Profile: rule.Development, Want: rule.Pass, Stack: acl(list{counting})},
	{Rule: "waf-blocks", Name: "nothing in development", Profile: rule.Development, Want: rule.Fail, Stack: acl(list{})},
	check("waf-blocks", "all but some", rule.Pass, "", one(webAcl, in{"defaultAction": in{"block": in{}}})),
	check("waf-blocks", "a rule of its own", rule.Pass, "", apart(aclRule, in{"action": in{"block": in{}}})),
	check("waf-blocks", "a rule of its own that counts", rule.Fail, "none of its rules blocks anything", apart(aclRule, in{"action": in{"count": in{}}})),
	check("waf-blocks", "a managed group of its own", rule.Pass, "", apart(aclGroup, in{"managedRuleGroup": in{"name": "AWSManagedRulesCommonRuleSet"}})),
	check("waf-blocks", "a group of its own that is left as it is", rule.Pass, "", apart(aclGroup, in{"ruleGroupReference": in{"arn": later}, "overrideAction": "none"})),
	check("waf-blocks", "a group of its own that counts", rule.Fail, "none of its rules blocks anything",
		apart(aclGroup, in{"managedRuleGroup": in{"name": "AWSManagedRulesCommonRuleSet"}, "overrideAction": "count"})),
	check("waf-blocks", "a group of its own that does who knows what", rule.Unknown, "overrideAction",
		apart(aclGroup, in{"managedRuleGroup": in{"name": "AWSManagedRulesCommonRuleSet"}, "overrideAction": later})),
	check("waf-blocks", "a rule of who knows what", rule.Unknown, "webAclArn: external",
		append(acl(nil), r{Type: aclRule, Name: "apart", In: in{"webAclArn": later, "action": in{"block": in{}}}})),
	check("waf-blocks", "computed", rule.Unknown, "rules", acl(later)),
	check("waf-blocks", "one computed", rule.Unknown, "rules", acl(list{counting, later})),

	check("waf-rate-limit", "limited", rule.Pass, "", acl(list{managed, limited})),
	check("waf-rate-limit", "JSON", rule.Pass, "", one(webAcl, in{"ruleJson": limitedJson})),
	check("waf-rate-limit", "by AWS", rule.Pass, "", acl(list{in{"statement": in{"managedRuleGroupStatement": in{"name": antiDdos}}}})),
	check("waf-rate-limit", "not limited", rule.Fail, "has no rate limit. Fix: add a rule with a rateBasedStatement", acl(list{managed})),
	check("waf-rate-limit", "by a group", rule.Pass, "", referring(r{Type: ruleGroup, Name: "group", In: in{"rules": list{limited}}})),
	check("waf-rate-limit", "not by a group", rule.Fail, "has no rate limit", referring(r{Type: ruleGroup, Name: "group", In: in{"rules": list{managed}}})),
	check("waf-rate-limit", "by a group of elsewhere", rule.Unknown, "ruleGroupReferenceStatement.arn", referring()),
	check("waf-rate-limit", "by a rule of its own", rule.Pass, "", apart(aclRule, in{"statement": in{"rateBasedStatement": in{"limit": 2000}}})),
	check("waf-rate-limit", "not by a rule of its own", rule.Fail, "has no rate limit", apart(aclRule, in{"statement": in{"geoMatchStatement": in{"countryCodes": list{"XX"}}}})),
	check("waf-rate-limit", "by a rule of its own that refers to a group", rule.Pass, "",
		apart(aclRule, in{"statement": in{"ruleGroupReferenceStatement": in{"arn": later}}}, limitedGroup)),
	check("waf-rate-limit", "by AWS, in a resource of its own", rule.Pass, "", apart(aclGroup, in{"managedRuleGroup": in{"name": antiDdos}})),
	check("waf-rate-limit", "by a group of its own", rule.Pass, "", apart(aclGroup, in{"ruleGroupReference": in{"arn": later}}, limitedGroup)),
	check("waf-rate-limit", "by a group of its own that is of elsewhere", rule.Unknown, "ruleGroupReference.arn",
		apart(aclGroup, in{"ruleGroupReference": in{"arn": later}})),
	check("waf-rate-limit", "by a rule of who knows what", rule.Unknown, "webAclArn: external",
		append(acl(nil), r{Type: aclRule, Name: "apart", In: in{"webAclArn": later, "statement": in{"rateBasedStatement": in{"limit": 2000}}}})),
	check("waf-rate-limit", "computed", rule.Unknown, "rules", acl(later)),
	check("waf-rate-limit", "computed JSON", rule.Unknown, "ruleJson", one(webAcl, in{"ruleJson": later})),
}

func TestAnIdentityIsAdvisory(t *testing.T) {
	stack := ruletest.Resources([]r{site(in{}, in{"originId": "assets", "s3OriginConfig": in{"originAccessIdentity": "origin-access-identity/cloudfront/E1"}})})
	if f, err := rule.Run(cloudfrontS3Oac(), nil, stack[0], nil); err != nil || f.Outcome != rule.Fail || !f.AtMostAdvisory {
		t.Errorf("%+v, %v", f.Verdict, err)
	}
}

// A name that several load balancers have had would make one of them hide the other.
func TestEveryLoadBalancerBehindADistributionIsFound(t *testing.T) {
	second := r{Type: loadBalancer, Name: "lb2", In: in{}, Out: in{"dnsName": "web-2.us-east-1.elb.amazonaws.com"}}
	d := site(in{}, web, byName)
	d.Edges["origins"] = []string{"lb2"}
	stack := ruletest.Resources(append(balancer(in{}), second, d))
	found := originsOf(rule.NewGraph(stack)).sure
	i := slices.IndexFunc(stack, func(r *rule.Resource) bool { return r.Name == "lb2" })
	if len(found) != 2 || len(found[stack[0]]) != 1 || len(found[stack[i]]) != 1 {
		t.Errorf("found %v", found)
	}
}
