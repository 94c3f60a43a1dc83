package exposure

import (
	"encoding/json"
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
			Development: "allow", Production: "deny", Allowed: []string{"allow", "warn", "deny"}, Stricter: rule.More,
		}},
		CheckGraph: func(g *rule.Graph, r *rule.Resource, s rule.Settings) rule.Verdict {
			apart, unsure := rulesApart(g, r)
			acting := []rule.Verdict{r.Get("defaultAction.block").Holds(rule.IsObject), unsure} // what no rule allows is blocked
			some := len(apart) > 0
			for _, one := range aclRules(r).Select("[]") {
				some = some || rule.IsObject(one) && !one.IsUnknown()
				acting = append(acting, acts(one.Get))
			}
			for _, one := range apart {
				acting = append(acting, acts(one.Get))
			}
			if some && s.Text("countOnly") == "allow" {
				return rule.Passed()
			}
			verdict := rule.FailedUnless(rule.Any(acting...), "has no rules", "add a managed rule group, as AWSManagedRulesCommonRuleSet")
			if some && verdict.Outcome == rule.Fail {
				verdict = rule.Failed("none of its rules blocks anything", "set overrideAction none instead of count, or the action block, once the counts are right")
				verdict.AtMostAdvisory = s.Text("countOnly") == "warn"
			}
			return verdict
		},
	}
}

// acts is whether a rule of a web ACL can keep a request away, by what it says at a path. A
// rule group that is a resource of its own does so by default, and names its overrideAction.
func acts(get func(path string) rule.Value) rule.Verdict {
	override := get("overrideAction")
	verdicts := []rule.Verdict{override.Holds(rule.Is("none"))}
	for _, path := range [...]string{"action.block", "action.captcha", "action.challenge", "overrideAction.none"} {
		verdicts = append(verdicts, get(path).Holds(rule.IsObject))
	}
	for _, path := range [...]string{"managedRuleGroup", "ruleGroupReference"} {
		verdicts = append(verdicts, rule.All(get(path).Holds(rule.IsObject), override.Holds(rule.Value.IsAbsent)))
	}
	return rule.Any(verdicts...)
}

// rulesApart are the rules of a web ACL that are resources of their own. The verdict is
// Unknown if there may be others.
func rulesApart(g *rule.Graph, acl *rule.Resource) ([]*rule.Resource, rule.Verdict) {
	rules, unsure := g.Pointing(acl, aclRule, "webAclArn")
	groups, unsureGroups := g.Pointing(acl, aclGroup, "webAclArn")
	return append(rules, groups...), rule.All(unsure, unsureGroups)
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
			return rule.FailedUnless(rule.Any(limits(g, r)...), "has no rate limit", fix)
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
		verdicts = append(verdicts, limiting(g, r, one.Get)...)
	}
	if r.Type != webAcl {
		return verdicts
	}
	apart, unsure := rulesApart(g, r)
	for _, one := range apart {
		verdicts = append(verdicts, limiting(g, one, one.Get)...)
	}
	return append(verdicts, unsure)
}

// limiting are the verdicts on what makes one rule, by what it says at a path, a rate limit.
// r is the resource that says it: a web ACL, a rule group, or the rule itself.
func limiting(g *rule.Graph, r *rule.Resource, get func(path string) rule.Value) []rule.Verdict {
	verdicts := []rule.Verdict{
		get("statement.rateBasedStatement").Holds(rule.IsObject),
		get("statement.managedRuleGroupStatement.name").Holds(rule.Is(antiDdos)), get("managedRuleGroup.name").Holds(rule.Is(antiDdos)),
	}
	for _, path := range [...]string{"statement.ruleGroupReferenceStatement.arn", "ruleGroupReference.arn"} {
		group := get(path)
		named := group.Named()
		switch groups := g.Behind(r, group, ruleGroup); {
		case r.Type == ruleGroup: // refers to no other one
		case named.Outcome == rule.Unknown:
			verdicts = append(verdicts, named)
		case named.Outcome == rule.Pass && len(groups) == 0:
			verdicts = append(verdicts, r.Elsewhere(group))
		case named.Outcome == rule.Pass:
			for _, referred := range groups {
				verdicts = append(verdicts, limits(g, referred)...)
			}
		}
	}
	return verdicts
}
