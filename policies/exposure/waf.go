package exposure

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/plinth-iac/plinth/policies/rule"
)

func wafBlocks() *rule.Rule {
	return &rule.Rule{
		ID: "waf-blocks", Title: "Web ACLs block something", Severity: rule.Medium, Category: rule.Exposure,
		Why:      "A web ACL without rules, or with rules that only count, is paid for and lets everything through.",
		Fix:      "add managed rule groups with overrideAction none, or rules with the action block, captcha or challenge",
		Controls: rule.Controls{SecurityHub: []string{"WAF.10"}},
		Types:    []string{webAcl},
		Settings: []rule.Setting{{
			Name: "countOnly", Help: "What rules are that only count: allow is no finding, warn an advisory one, deny an ordinary one.",
			Development: "allow", Production: "deny", Allowed: []string{"allow", "warn", "deny"},
		}},
		Check: func(r *rule.Resource, s rule.Settings) rule.Verdict {
			rules := aclRules(r)
			switch {
			case !r.Get("defaultAction.block").IsAbsent():
				return rule.Passed() // what no rule allows is blocked
			case rules.IsUnknown():
				return rule.NotKnown(rules)
			case len(rules.Items()) == 0:
				return rule.Failed("has no rules", "add a managed rule group, as AWSManagedRulesCommonRuleSet")
			case slices.ContainsFunc(rules.Items(), acts), s.Text("countOnly") == "allow":
				return rule.Passed()
			}
			if i := slices.IndexFunc(rules.Items(), rule.Value.IsUnknown); i >= 0 {
				return rule.NotKnown(rules)
			}
			counting := rule.Failed("none of its rules blocks anything", "set overrideAction none instead of count, or the action block, once the counts are right")
			counting.AtMostAdvisory = s.Text("countOnly") == "warn"
			return counting
		},
	}
}

// acts reports that a rule of a web ACL can keep a request away.
func acts(r rule.Value) bool {
	for _, path := range [...]string{"action.block", "action.captcha", "action.challenge", "overrideAction.none"} {
		if v := r.Get(path); !v.IsUnknown() && !v.IsAbsent() {
			return true
		}
	}
	return false
}

// aclRules are the rules of a web ACL or rule group, be they properties or JSON of the API.
func aclRules(r *rule.Resource) rule.Value {
	text, ok := r.Get("ruleJson").Text()
	if !ok {
		if whole := r.Get("ruleJson"); whole.IsUnknown() {
			return whole
		}
		return r.Get("rules")
	}
	var rules []any
	if json.Unmarshal([]byte(text), &rules) != nil {
		return rule.Value{}
	}
	return rule.Of(lowerKeys(rules))
}

// lowerKeys spells the keys of the API as those of properties: RateBasedStatement is
// rateBasedStatement.
func lowerKeys(v any) any {
	switch v := v.(type) {
	case []any:
		items := make([]any, len(v))
		for i, item := range v {
			items[i] = lowerKeys(item)
		}
		return items
	case map[string]any:
		fields := make(map[string]any, len(v))
		for key, field := range v {
			if key != "" {
				fields[strings.ToLower(key[:1])+key[1:]] = lowerKeys(field)
			}
		}
		return fields
	}
	return v
}

// antiDdos is the managed rule group that limits rates by itself.
const antiDdos = "AWSManagedRulesAntiDDoSRuleSet"

func wafRateLimit() *rule.Rule {
	const fix = "add a rule with a rateBasedStatement"
	return &rule.Rule{
		ID: "waf-rate-limit", Title: "Web ACLs limit how often one client may ask", Severity: rule.Medium, Category: rule.Exposure,
		Why:   "Each request of a flood may look right; only their number gives it away.",
		Fix:   fix,
		Types: []string{webAcl},
		CheckGraph: func(g *rule.Graph, r *rule.Resource, _ rule.Settings) rule.Verdict {
			verdict := rule.Failed("has no rate limit", fix)
			for _, limit := range limits(g, r) {
				if limit.Outcome == rule.Pass {
					return limit
				}
				if limit.Outcome == rule.Unknown {
					verdict = limit
				}
			}
			return verdict
		},
	}
}

// limits are the verdicts on what in a web ACL, or a rule group, is or may be a rate limit.
func limits(g *rule.Graph, r *rule.Resource) []rule.Verdict {
	rules := aclRules(r)
	if rules.IsUnknown() {
		return []rule.Verdict{rule.NotKnown(rules)}
	}
	var verdicts []rule.Verdict
	for _, one := range rules.Select("[]") {
		statement := one.Get("statement")
		group := statement.Get("ruleGroupReferenceStatement.arn")
		switch {
		case statement.IsUnknown():
			verdicts = append(verdicts, rule.NotKnown(statement))
		case !statement.Get("rateBasedStatement").IsAbsent(), rule.Is(antiDdos)(statement.Get("managedRuleGroupStatement.name")):
			verdicts = append(verdicts, rule.Passed())
		case r.Type == webAcl && rule.IsSet(group):
			groups := g.Behind(r, group, ruleGroup)
			if len(groups) == 0 {
				verdicts = append(verdicts, r.Elsewhere(group))
			}
			for _, referred := range groups {
				verdicts = append(verdicts, limits(g, referred)...)
			}
		}
	}
	return verdicts
}
