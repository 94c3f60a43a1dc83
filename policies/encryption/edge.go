package encryption

import (
	"slices"
	"strings"

	"github.com/plinth-iac/plinth/policies/rule"
)

// Type tokens of the edge.
const (
	distribution = "aws:cloudfront/distribution:Distribution"
	vpcOrigin    = "aws:cloudfront/vpcOrigin:VpcOrigin"
	apiDomain    = "aws:apigateway/domainName:DomainName"
	apiDomainV2  = "aws:apigatewayv2/domainName:DomainName"
)

// edgeTls is the policy that messages propose for viewers.
const edgeTls = "TLSv1.2_2021"

func cloudfrontTls() *rule.Rule {
	return &rule.Rule{
		ID: "cloudfront-tls", Title: "Distributions speak TLS 1.2 or newer, with viewers and with origins", Severity: rule.High, Category: rule.Encryption,
		Why: "Plain HTTP is read and changed on the way: at the viewer's end by every network that he is in, at the origin's by everything between two AWS services.",
		Fix: `set viewerProtocolPolicy to "redirect-to-https" or "https-only", viewerCertificate.minimumProtocolVersion to "` + edgeTls +
			`", and originProtocolPolicy to "https-only"`,
		Controls: rule.Controls{
			Checkov: []string{"CKV_AWS_34", "CKV_AWS_174", "CKV2_AWS_72"}, Trivy: []string{"AWS-0012", "AWS-0013"},
			SecurityHub: []string{"CloudFront.3", "CloudFront.7", "CloudFront.9", "CloudFront.10"},
		},
		Types: []string{distribution, vpcOrigin},
		Settings: []rule.Setting{
			{
				Name: "defaultCertificate", Help: "What the certificate of cloudfront.net is, whose floor is TLS 1.0: allow is no finding, warn an advisory one, deny an ordinary one.",
				Development: "allow", Production: "warn", Allowed: []string{"allow", "warn", "deny"}, Stricter: rule.More,
			},
			{
				Name: "internalPlaintext", Help: "What plain HTTP is from a VPC origin to an internal load balancer: warn is an advisory finding, deny an ordinary one.",
				Development: "warn", Production: "deny", Allowed: []string{"warn", "deny"}, Stricter: rule.More,
			},
		},
		Check: func(r *rule.Resource, s rule.Settings) rule.Verdict {
			if r.Type == vpcOrigin {
				verdict := originTls(r.Get("vpcOriginEndpointConfig"), "originSslProtocols.items[]")
				verdict.AtMostAdvisory = s.Text("internalPlaintext") == "warn"
				return verdict
			}
			return rule.All(
				viewerTls(r.Get("defaultCacheBehavior")), r.Get("orderedCacheBehaviors").Each(viewerTls),
				viewerFloor(r, s.Text("defaultCertificate")),
				r.Get("origins").Each(func(o rule.Value) rule.Verdict {
					config := o.Get("customOriginConfig")
					if config.IsAbsent() {
						return rule.Skipped() // a bucket's is always TLS, a VPC origin's is its own
					}
					return originTls(config, "originSslProtocols[]")
				}))
		},
	}
}

// viewerTls is the verdict on one behaviour of a distribution.
func viewerTls(behaviour rule.Value) rule.Verdict {
	policy := behaviour.Get("viewerProtocolPolicy")
	where := "the default behaviour"
	if pattern, ok := behaviour.Get("pathPattern").Text(); ok {
		where = pattern
	}
	return policy.Want(rule.Is("redirect-to-https", "https-only"), "viewers of "+where+" may use plain HTTP",
		`set viewerProtocolPolicy of `+where+` to "redirect-to-https"`)
}

// viewerFloor is the verdict on the oldest TLS that viewers may use.
func viewerFloor(r *rule.Resource, byDefault string) rule.Verdict {
	certificate := r.Get("viewerCertificate")
	if certificate.IsUnknown() {
		return rule.NotKnown(certificate)
	}
	if !rule.IsSet(certificate.Get("acmCertificateArn")) && !rule.IsSet(certificate.Get("iamCertificateId")) {
		if byDefault == "allow" {
			return rule.Passed()
		}
		verdict := rule.Failed("has the certificate of cloudfront.net, with which viewers may use TLS 1.0",
			`set aliases, viewerCertificate.acmCertificateArn and minimumProtocolVersion "`+edgeTls+`"`)
		verdict.AtMostAdvisory = byDefault == "warn"
		return verdict
	}
	floor := certificate.Get("minimumProtocolVersion")
	return floor.Want(isModernFloor, "viewerCertificate.minimumProtocolVersion is "+floor.String(),
		`set viewerCertificate.minimumProtocolVersion to "`+edgeTls+`"`)
}

func isModernFloor(v rule.Value) bool {
	name, _ := v.Text()
	return strings.HasPrefix(name, "TLSv1.2") || strings.HasPrefix(name, "TLSv1.3")
}

// originTls is the verdict on how an origin is spoken to. As the viewer does is well, as
// far as the viewer has to use TLS.
func originTls(config rule.Value, protocols string) rule.Verdict {
	policy := config.Get("originProtocolPolicy")
	verdict := policy.Want(rule.Is("https-only", "match-viewer"), config.Path()+".originProtocolPolicy is "+policy.String(),
		"set "+config.Path()+`.originProtocolPolicy to "https-only"`)
	if rule.Is("http-only")(policy) {
		return verdict
	}
	for _, protocol := range config.Select(protocols) {
		verdict = rule.All(verdict, protocol.Want(isModernFloor, config.Path()+" still offers "+protocol.String(), `leave only "TLSv1.2" in originSslProtocols`))
	}
	return verdict
}

func apiDomainTls() *rule.Rule {
	return &rule.Rule{
		ID: "api-domain-tls", Title: "The domain names of APIs accept TLS 1.2 and newer only", Severity: rule.Medium, Category: rule.Encryption,
		Why:      "With the policy TLS_1_0 a client, or who is between, may choose versions that are broken.",
		Fix:      `set securityPolicy to "TLS_1_2"`,
		Controls: rule.Controls{Checkov: []string{"CKV_AWS_206"}, Trivy: []string{"AWS-0005"}},
		Types:    []string{apiDomain, apiDomainV2},
		Check: func(r *rule.Resource, _ rule.Settings) rule.Verdict {
			policy := r.Get(securityPolicy(r))
			return policy.Want(func(v rule.Value) bool {
				name, _ := v.Text()
				return name == "TLS_1_2" || slices.ContainsFunc([]string{"TLS13", "TLS12"}, func(least string) bool {
					return strings.HasPrefix(name, "SecurityPolicy_"+least)
				})
			}, policy.Path()+" is "+policy.String(), "set "+policy.Path()+` to "TLS_1_2"`)
		},
		Remedy: func(r *rule.Resource, _ rule.Settings) []rule.Patch {
			return []rule.Patch{{Path: securityPolicy(r), Value: "TLS_1_2"}}
		},
	}
}

// securityPolicy is the property with the TLS versions of an API's domain name.
func securityPolicy(r *rule.Resource) string {
	if r.Type == apiDomainV2 {
		return "domainNameConfiguration.securityPolicy"
	}
	return "securityPolicy"
}
