package redundancy

import (
	"slices"

	"github.com/plinth-iac/plinth/policies/rule"
)

// Type tokens of the edge.
const (
	record       = "aws:route53/record:Record"
	distribution = "aws:cloudfront/distribution:Distribution"
)

// answers are the ways in which one of several records is chosen that can leave out what
// is down.
var answers = []string{"failoverRoutingPolicies", "weightedRoutingPolicies", "latencyRoutingPolicies", "multivalueAnswerRoutingPolicy"}

func dnsFailoverHealth() *rule.Rule {
	return &rule.Rule{
		ID: "dns-failover-health", Title: "Records that are chosen among others are left out when their target is down", Severity: rule.Medium, Category: rule.Redundancy,
		Why:   "Without a health check, Route 53 goes on sending its share of the clients to what is down, and never fails over.",
		Fix:   "set healthCheckId, or evaluateTargetHealth of the alias; an alias of a distribution needs a health check",
		Types: []string{record},
		Check: func(r *rule.Resource, _ rule.Settings) rule.Verdict {
			chosen := slices.ContainsFunc(answers, func(path string) bool { return isChosen(r.Get(path)) })
			failover := r.Select("failoverRoutingPolicies[].type")
			if !chosen || len(failover) == 1 && rule.Is("SECONDARY")(failover[0]) {
				return rule.Skipped() // there is nothing after the last resort
			}
			if rule.IsSet(r.Get("healthCheckId")) {
				return rule.Passed()
			}
			const fix = "set healthCheckId, or evaluateTargetHealth of the alias"
			verdict := r.Get("aliases").Each(func(alias rule.Value) rule.Verdict {
				return alias.Get("evaluateTargetHealth").Want(rule.IsTrue, "stays in the answers when its target is down", fix)
			})
			if verdict.Outcome == rule.NotApplicable {
				return rule.Failed("stays in the answers when its target is down", fix)
			}
			return verdict
		},
	}
}

// isChosen accepts a routing policy that is there.
func isChosen(v rule.Value) bool {
	on, isFlag := v.Bool()
	return v.IsUnknown() || len(v.Items()) > 0 || isFlag && on
}

func cloudfrontOriginFailover() *rule.Rule {
	return &rule.Rule{
		ID: "cloudfront-origin-failover", Title: "Distributions have a second origin to turn to", Severity: rule.Low, Category: rule.Redundancy,
		Why:      "What one origin cannot answer is an error for every viewer, for as long as it or its region is down.",
		Fix:      "add an originGroup of two origins and make it the targetOriginId of a behaviour",
		Controls: rule.Controls{Checkov: []string{"CKV_AWS_310"}, SecurityHub: []string{"CloudFront.4"}},
		Types:    []string{distribution},
		// A development environment need not survive that.
		Development: rule.At(rule.Disabled),
		Check: func(r *rule.Resource, _ rule.Settings) rule.Verdict {
			targets := append(r.Select("defaultCacheBehavior.targetOriginId"), r.Select("orderedCacheBehaviors[].targetOriginId")...)
			groups := r.Get("originGroups")
			for _, group := range groups.Items() {
				id, known := group.Get("originId").Text()
				if known && len(group.Get("members").Items()) > 1 && slices.ContainsFunc(targets, rule.Is(id)) {
					return rule.Passed()
				}
			}
			return groups.Want(func(rule.Value) bool { return false }, "has no second origin for any path",
				"add an originGroup of two origins and make it the targetOriginId of a behaviour")
		},
	}
}
