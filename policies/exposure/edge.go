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
			internal, kind := r.Get("internal"), r.Get("loadBalancerType")
			switch {
			case rule.IsTrue(internal), !kind.IsUnknown() && !rule.OrAbsent(rule.Is("application"))(kind):
				return rule.Skipped()
			case internal.IsUnknown():
				return rule.NotKnown(internal)
			}
			associations, unsure := g.Pointing(r, aclAssociation, "resourceArn")
			if len(associations) > 0 {
				return rule.Passed()
			}
			if onlyBehindAcls(g, r) {
				return rule.Passed()
			}
			return rule.FailedUnless(unsure, "faces the internet without a web ACL", "add a WebAclAssociation with its ARN")
		},
	}
}

// onlyBehindAcls reports that all that reaches a load balancer has come through a
// distribution with a web ACL.
func onlyBehindAcls(g *rule.Graph, balancer *rule.Resource) bool {
	from := rule.Derived(g, originsOf)[balancer]
	for _, d := range from {
		if !rule.IsSet(d.Get("webAclId")) {
			return false
		}
	}
	return len(from) > 0 && closed(g, balancer).Outcome == rule.Pass
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
	domain, _ := o.Get("domainName").Text()
	control, identity := o.Get("originAccessControlId"), o.Get("s3OriginConfig.originAccessIdentity")
	const fix = "set its originAccessControlId"
	switch {
	case o.IsUnknown():
		return rule.NotKnown(o)
	case strings.Contains(domain, ".s3-website"):
		return rule.Failed("origin "+name(o)+" is the website of a bucket, which serves everyone or nobody",
			"make the bucket's regional domain name the origin, and "+fix)
	case !isBucketOrigin(o) && !isBucketDomain(domain):
		return rule.Skipped()
	case rule.IsSet(control):
		return rule.Passed()
	case rule.IsSet(identity):
		old := rule.Failed("origin "+name(o)+" is asked by an origin access identity, which knows no KMS and not all regions", fix+" instead")
		old.AtMostAdvisory = true
		return old
	}
	return rule.Failed("origin "+name(o)+" is a bucket that is asked without a signature", fix)
}

// isBucketOrigin reports that an origin is a bucket: AWS takes for one what is not
// configured as something else.
func isBucketOrigin(o rule.Value) bool {
	return o.Get("customOriginConfig").IsAbsent() && o.Get("vpcOriginConfig").IsAbsent()
}

func isBucketDomain(domain string) bool {
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
			target := r.Get("defaultCacheBehavior.targetOriginId")
			for _, v := range [...]rule.Value{target, r.Get("origins"), r.Get("originGroups")} {
				if v.IsUnknown() {
					return rule.NotKnown(v)
				}
			}
			for _, path := range [...]string{"defaultCacheBehavior.functionAssociations[]", "defaultCacheBehavior.lambdaFunctionAssociations[]"} {
				if len(r.Select(path)) > 0 {
					return rule.Skipped() // it may rewrite the path
				}
			}
			id, _ := target.Text()
			for _, group := range r.Select("originGroups[]") {
				if members := group.Select("members[].originId"); rule.Is(id)(group.Get("originId")) && len(members) > 0 {
					id, _ = members[0].Text()
				}
			}
			for _, o := range r.Select("origins[]") {
				if rule.Is(id)(o.Get("originId")) && isBucketOrigin(o) {
					return r.Get("defaultRootObject").Want(rule.IsSet, "defaultRootObject is not set", `set defaultRootObject, as to "index.html"`)
				}
			}
			return rule.Skipped()
		},
	}
}
