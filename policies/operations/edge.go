package operations

import "github.com/plinth-iac/plinth/policies/rule"

// Type tokens of the edge.
const (
	distribution      = "aws:cloudfront/distribution:Distribution"
	logDeliverySource = "aws:cloudwatch/logDeliverySource:LogDeliverySource"
	logDelivery       = "aws:cloudwatch/logDelivery:LogDelivery"
	webAcl            = "aws:wafv2/webAcl:WebAcl"
	webAclLogging     = "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration"
)

func cloudfrontAccessLogs() *rule.Rule {
	return &rule.Rule{
		ID: "cloudfront-access-logs", Title: "Distributions write access logs", Severity: rule.Medium, Category: rule.Operations,
		Why:      "What the edge answers from its caches, or refuses, no origin ever sees.",
		Fix:      "a LogDeliverySource with the distribution's ARN and a LogDelivery of it, in us-east-1; or loggingConfig.bucket",
		Controls: rule.Controls{Checkov: []string{"CKV_AWS_86"}, Trivy: []string{"AWS-0010"}, SecurityHub: []string{"CloudFront.5"}},
		Types:    []string{distribution},
		CheckGraph: func(g *rule.Graph, r *rule.Resource, _ rule.Settings) rule.Verdict {
			inline := rule.Any(r.Get("loggingConfig.bucket").Named(), r.Get("defaultCacheBehavior.realtimeLogConfigArn").Named())
			sources, unsure := g.Pointing(r, logDeliverySource, "resourceArn")
			problem := "writes no access logs"
			for _, source := range sources {
				deliveries, unsureOf := g.Pointing(source, logDelivery, "deliverySourceName")
				if len(deliveries) > 0 {
					return rule.Passed()
				}
				unsure, problem = rule.All(unsure, unsureOf), "nothing delivers the logs of "+source.Name
			}
			return rule.FailedUnless(rule.Any(inline, unsure), problem, "add a LogDeliverySource with its ARN, and a LogDelivery with the name of that")
		},
	}
}

func wafLogging() *rule.Rule {
	return &rule.Rule{
		ID: "waf-logging", Title: "Web ACLs log what they decide", Severity: rule.Medium, Category: rule.Operations,
		Why:      "Without the log, nobody can tell which rule has turned a customer away, or what an attacker has tried.",
		Fix:      "a WebAclLoggingConfiguration with resourceArn, to a destination whose name begins with aws-waf-logs-",
		Controls: rule.Controls{Checkov: []string{"CKV2_AWS_31"}, SecurityHub: []string{"WAF.11"}},
		Types:    []string{webAcl},
		CheckGraph: func(g *rule.Graph, r *rule.Resource, _ rule.Settings) rule.Verdict {
			configs, unsure := g.Pointing(r, webAclLogging, "resourceArn")
			if len(configs) > 0 {
				return rule.Passed()
			}
			return rule.FailedUnless(unsure, "logs nothing", "add a WebAclLoggingConfiguration with its ARN")
		},
	}
}
