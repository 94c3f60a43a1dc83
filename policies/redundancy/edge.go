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
			if rule.IsSet(r.Get("healthCheckId")) {
				return rule.Passed()
			}
			var chosen []rule.Verdict
			for _, path := range answers {
				chosen = append(chosen, r.Get(path).Holds(isChosen))
			}
			last := rule.No() // there is nothing after the last resort
			if failover := r.Select("failoverRoutingPolicies[].type"); len(failover) == 1 {
				last = failover[0].Holds(rule.Is("SECONDARY"))
			}
			const fix = "set healthCheckId, or evaluateTargetHealth of the alias"
			verdict := r.Get("aliases").Each(func(alias rule.Value) rule.Verdict {
				return alias.Get("evaluateTargetHealth").Want(rule.IsTrue, "stays in the answers when its target is down", fix)
			})
			if verdict.Outcome == rule.NotApplicable {
				verdict = rule.Failed("stays in the answers when its target is down", fix)
			}
			return rule.Choose(rule.Any(chosen...), rule.Choose(last, rule.Skipped(), verdict), rule.Skipped())
		},
	}
}

// isChosen accepts a routing policy that is there.
func isChosen(v rule.Value) bool {
	return len(v.Items()) > 0 || rule.IsTrue(v)
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
			verdicts := []rule.Verdict{rule.No()}
			for _, group := range r.Select("originGroups[]") {
				verdicts = append(verdicts, rule.All(isSpare(group), targeted(group.Get("originId"), targets)))
			}
			return rule.FailedUnless(rule.Any(verdicts...), "has no second origin for any path",
				"add an originGroup of two origins and make it the targetOriginId of a behaviour")
		},
	}
}

// isSpare is whether a group of origins has a second one.
func isSpare(group rule.Value) rule.Verdict {
	return group.Get("members").Holds(func(v rule.Value) bool {
		items := v.Items()
		return len(items) > 1 && !slices.ContainsFunc(items, func(member rule.Value) bool { return !rule.IsObject(member) })
	})
}

// targeted is whether one of the targets is an origin or group with this id.
func targeted(id rule.Value, targets []rule.Value) rule.Verdict {
	text, known := id.Text()
	if !known {
		return id.Holds(rule.IsSet)
	}
	verdicts := []rule.Verdict{rule.No()}
	for _, target := range targets {
		verdicts = append(verdicts, target.Holds(rule.Is(text)))
	}
	return rule.Any(verdicts...)
}
