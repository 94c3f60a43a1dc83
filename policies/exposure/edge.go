package exposure

import (
	"strings"

	"github.com/plinth-iac/plinth/policies/rule"
)

// Type tokens of the edge.
const (
	distribution   = "aws:cloudfront/distribution:Distribution"
	accessControl  = "aws:cloudfront/originAccessControl:OriginAccessControl"
	loadBalancer   = "aws:lb/loadBalancer:LoadBalancer"
	record         = "aws:route53/record:Record"
	webAcl         = "aws:wafv2/webAcl:WebAcl"
	ruleGroup      = "aws:wafv2/ruleGroup:RuleGroup"
	aclAssociation = "aws:wafv2/webAclAssociation:WebAclAssociation"
	aclRule        = "aws:wafv2/webAclRule:WebAclRule"
	aclGroup       = "aws:wafv2/webAclRuleGroupAssociation:WebAclRuleGroupAssociation"
)

func cloudfrontWaf() *rule.Rule {
	return &rule.Rule{
		ID: "cloudfront-waf", Title: "Distributions have a web ACL", Severity: rule.High, Category: rule.Exposure,
		Why:      "A distribution passes on whatever it is sent; without a web ACL nothing tells a visitor from a scanner, or slows one down.",
		Fix:      "set webAclId to the ARN of a web ACL with the scope CLOUDFRONT, in us-east-1",
		Controls: rule.Controls{Checkov: []string{"CKV_AWS_68"}, Trivy: []string{"AWS-0011"}, SecurityHub: []string{"CloudFront.6"}},
		Types:    []string{distribution},
		CheckGraph: func(_ *rule.Graph, r *rule.Resource, _ rule.Settings) rule.Verdict {
			return r.Refers(r.Get("webAclId"), "has no web ACL", "set webAclId to the ARN of a web ACL with the scope CLOUDFRONT")
		},
	}
}

func publicAlbWaf() *rule.Rule {
	return &rule.Rule{
		ID: "public-alb-waf", Title: "Public load balancers have a web ACL", Severity: rule.Medium, Category: rule.Exposure,
		Why:      "What faces the internet is scanned all day; a web ACL drops the known attacks before they reach a target.",
		Fix:      "a WebAclAssociation with the load balancer's ARN; or make it internal, behind a distribution that has a web ACL",
		Controls: rule.Controls{Checkov: []string{"CKV2_AWS_28"}, SecurityHub: []string{"ELB.16"}},
		Types:    []string{loadBalancer},
		CheckGraph: func(g *rule.Graph, r *rule.Resource, _ rule.Settings) rule.Verdict {
			associations, unsure := g.Pointing(r, aclAssociation, "resourceArn")
			if len(associations) > 0 {
				unsure = rule.Passed()
			}
			faces := rule.FailedUnless(rule.Any(unsure, onlyBehindAcls(g, r)), "faces the internet without a web ACL", "add a WebAclAssociation with its ARN")
			return rule.Choose(r.Get("internal").Holds(rule.IsTrue), rule.Skipped(),
				rule.Choose(r.Get("loadBalancerType").Holds(rule.OrAbsent(rule.Is("application"))), faces, rule.Skipped()))
		},
	}
}

// onlyBehindAcls is whether all that reaches a load balancer has come through a
// distribution with a web ACL.
func onlyBehindAcls(g *rule.Graph, balancer *rule.Resource) rule.Verdict {
	from := rule.Derived(g, originsOf)
	verdicts := []rule.Verdict{from.has(balancer), closed(g, balancer)}
	for _, d := range from.sure[balancer] {
		if !rule.IsSet(d.Get("webAclId")) {
			return rule.No()
		}
	}
	return rule.All(verdicts...)
}

func cloudfrontS3Oac() *rule.Rule {
	return &rule.Rule{
		ID: "cloudfront-s3-oac", Title: "Distributions sign what they ask of a bucket", Severity: rule.High, Category: rule.Exposure,
		Why:      "A bucket that answers unsigned requests answers everyone, past the distribution with its web ACL, logs and signed URLs.",
		Fix:      "set originAccessControlId of the origin, and let the distribution's ARN in by the bucket's policy",
		Controls: rule.Controls{Checkov: []string{"CKV2_AWS_46"}, SecurityHub: []string{"CloudFront.13"}},
		Types:    []string{distribution, accessControl},
		Check: func(r *rule.Resource, _ rule.Settings) rule.Verdict {
			if r.Type == distribution {
				return r.Get("origins").Each(signedOrigin)
			}
			signing := r.Get("signingBehavior")
			return signing.Want(rule.Is("always"), "signingBehavior is "+signing.String(), `set signingBehavior to "always"`)
		},
	}
}

func signedOrigin(o rule.Value) rule.Verdict {
	domain := o.Get("domainName")
	control, identity := o.Get("originAccessControlId"), o.Get("s3OriginConfig.originAccessIdentity")
	const fix = "set its originAccessControlId"
	switch {
	case o.IsUnknown():
		return rule.NotKnown(o)
	case rule.IsObject(o.Get("vpcOriginConfig")):
		return rule.Skipped()
	}
	signed := rule.Failed("origin "+name(o)+" is a bucket that is asked without a signature", fix)
	switch {
	case rule.IsSet(control):
		signed = rule.Passed()
	case rule.IsSet(identity):
		signed = rule.Failed("origin "+name(o)+" is asked by an origin access identity, which knows no KMS and not all regions", fix+" instead")
		signed.AtMostAdvisory = true
	}
	if isBucketOrigin(o) {
		return signed
	}
	return rule.Choose(domain.Holds(isWebsite),
		rule.Failed("origin "+name(o)+" is the website of a bucket, which serves everyone or nobody", "make the bucket's regional domain name the origin, and "+fix),
		rule.Choose(domain.Holds(isBucketDomain), signed, rule.Skipped()))
}

// isBucketOrigin reports that an origin is a bucket: AWS takes for one what is not
// configured as something else.
func isBucketOrigin(o rule.Value) bool {
	return !rule.IsObject(o.Get("customOriginConfig")) && !rule.IsObject(o.Get("vpcOriginConfig"))
}

func isWebsite(v rule.Value) bool {
	domain, _ := v.Text()
	return strings.Contains(domain, ".s3-website")
}

func isBucketDomain(v rule.Value) bool {
	domain, _ := v.Text()
	return strings.HasSuffix(domain, ".amazonaws.com") && (strings.Contains(domain, ".s3.") || strings.Contains(domain, ".s3-"))
}

// name is what an origin is called.
func name(o rule.Value) string {
	if id, ok := o.Get("originId").Text(); ok {
		return id
	}
	return o.Path()
}

func cloudfrontDefaultRootObject() *rule.Rule {
	return &rule.Rule{
		ID: "cloudfront-default-root-object", Title: "Distributions of buckets have a default root object", Severity: rule.Low, Category: rule.Exposure,
		Why:      "Who asks for / is given a list of the bucket's objects if it may be listed, and an error if not.",
		Fix:      `set defaultRootObject, as to "index.html"; a function of the default behaviour can do the same`,
		Controls: rule.Controls{Checkov: []string{"CKV_AWS_305"}, SecurityHub: []string{"CloudFront.1"}},
		Types:    []string{distribution},
		Check: func(r *rule.Resource, _ rule.Settings) rule.Verdict {
			var rewritten []rule.Verdict // it may rewrite the path
			for _, path := range [...]string{"defaultCacheBehavior.functionAssociations", "defaultCacheBehavior.lambdaFunctionAssociations"} {
				rewritten = append(rewritten, r.Get(path).Holds(func(v rule.Value) bool { return len(v.Items()) > 0 }))
			}
			return rule.Choose(rule.Any(rewritten...), rule.Skipped(), rule.Choose(rootIsBucket(r),
				r.Get("defaultRootObject").Want(rule.IsSet, "defaultRootObject is not set", `set defaultRootObject, as to "index.html"`), rule.Skipped()))
		},
	}
}

// rootIsBucket is whether the origin that a distribution asks for / is a bucket.
func rootIsBucket(r *rule.Resource) rule.Verdict {
	target := r.Get("defaultCacheBehavior.targetOriginId")
	id, _ := target.Text()
	ids := []rule.Value{target}
	for _, path := range [...]string{"originGroups[].originId", "originGroups[].members[].originId", "origins[].originId"} {
		ids = append(ids, r.Select(path)...)
	}
	for _, v := range ids {
		if v.IsUnknown() {
			return rule.NotKnown(v)
		}
	}
	for _, group := range r.Select("originGroups[]") {
		if members := group.Select("members[].originId"); rule.Is(id)(group.Get("originId")) && len(members) > 0 {
			id, _ = members[0].Text()
		}
	}
	for _, o := range r.Select("origins[]") {
		if rule.Is(id)(o.Get("originId")) && isBucketOrigin(o) {
			return rule.Passed()
		}
	}
	return rule.No()
}
