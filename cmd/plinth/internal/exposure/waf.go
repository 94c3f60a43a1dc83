package exposure

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/plinth-iac/plinth/policies/rule"
)

// Type tokens of web ACLs.
const (
	webAcl     = "aws:wafv2/webAcl:WebAcl"
	ruleGroup  = "aws:wafv2/ruleGroup:RuleGroup"
	webAclRule = "aws:wafv2/webAclRule:WebAclRule"
)

var wafReaders = map[string]func(*side, *rule.Resource){
	webAcl:    (*side).readAcl,
	ruleGroup: (*side).readAcl,
	webAclRule: func(s *side, r *rule.Resource) {
		s.readAclAction(r, s.of(r, r.Get("webAclArn"), webAcl), "action", r.Get)
	},
	"aws:wafv2/ipSet:IpSet": (*side).readIpSet,
}

func (s *side) readAcl(r *rule.Resource) {
	if rule.IsObject(r.Get("defaultAction.block")) {
		s.add(claim{
			by: r, kind: Network, property: "defaultAction", on: s.self(r), guards: true, right: token("default"),
			frame: r.Name + " lets through what no rule blocks", wide: true,
		})
	}
	for _, one := range aclRules(r) {
		s.readAclAction(r, s.self(r), "rules", one.Get)
	}
}

// readAclAction reads what one rule of a web ACL blocks, and what it only counts.
func (s *side) readAclAction(r *rule.Resource, acl, property string, get func(string) rule.Value) {
	name, _ := readable(get("name"))
	if !blocks(get) {
		return
	}
	blocking := opening{acl, token("rule " + name)}
	frame := "rules of " + s.name(acl) + " block nothing any more: %s"
	if n := s.onlyCounts(acl); n > 0 {
		frame = fmt.Sprintf("%s blocks nothing any more: all %d rules only count (%%s)", s.name(acl), n)
	}
	s.add(claim{
		by: r, kind: Network, property: property, on: blocking.on, guards: true, right: blocking.right, frame: frame, item: name, upTo: 8,
	})
	for _, override := range get("statement.managedRuleGroupStatement").Select("ruleActionOverrides[]") {
		to := override.Get("actionToUse")
		of, _ := readable(override.Get("name"))
		if rule.IsObject(to.Get("count")) || rule.IsObject(to.Get("allow")) {
			s.add(claim{
				by: r, kind: Network, property: property, on: acl + "|" + name, right: token(of), lifts: &blocking,
				frame: "rules of " + name + " block nothing any more: %s", item: of,
			})
		}
	}
}

// onlyCounts is how many rules a web ACL has after the change if all of them only count, and
// otherwise none.
func (s *side) onlyCounts(acl string) int {
	found := s.resources[acl]
	if found == nil || found.New == nil || found.Type != webAcl || len(s.graph.Of(webAclRule)) > 0 || !rule.IsObject(found.New.Get("defaultAction.allow")) {
		return 0
	}
	rules := aclRules(found.New)
	for _, one := range rules {
		if !rule.IsObject(one.Get("action.count")) && !rule.IsObject(one.Get("overrideAction.count")) {
			return 0
		}
	}
	if len(rules) == 1 {
		return 0 // of which the name says it all
	}
	return len(rules)
}

// blocks says that a rule of a web ACL can keep a request away.
func blocks(get func(string) rule.Value) bool {
	for _, path := range [...]string{"action.block", "action.captcha", "action.challenge", "overrideAction.none"} {
		if rule.IsObject(get(path)) && !get(path).IsUnknown() {
			return true
		}
	}
	return false
}

// aclRules are the rules of a web ACL or rule group, be they properties or JSON of the API.
func aclRules(r *rule.Resource) []rule.Value {
	text, ok := readable(r.Get("ruleJson"))
	if !ok {
		return r.Select("rules[]")
	}
	var rules []any
	if json.Unmarshal([]byte(text), &rules) != nil {
		return nil
	}
	return rule.Of(lowerKeys(rules)).Items()
}

// lowerKeys spells the keys of the API as those of properties.
func lowerKeys(v any) any {
	switch v := v.(type) {
	case []any:
		for i, item := range v {
			v[i] = lowerKeys(item)
		}
	case map[string]any:
		lower := make(map[string]any, len(v))
		for key, field := range v {
			if key != "" {
				lower[strings.ToLower(key[:1])+key[1:]] = lowerKeys(field)
			}
		}
		return lower
	}
	return v
}

// readIpSet reads a list of addresses, which opens by what is in it, or if a rule blocks
// what is in it, by what is not.
func (s *side) readIpSet(r *rule.Resource) {
	closes := s.blockedBy(r)
	for _, v := range r.Select("addresses[]") {
		text, _ := readable(v)
		through, ok := flow{protocols: allProtocols, ports: allPorts}.from(text)
		if !ok {
			s.notKnown(r, Network, "addresses", "which addresses are in the list")
			return
		}
		c := claim{by: r, kind: Network, property: "addresses", on: s.self(r), right: through, item: text, guards: closes, wide: !closes && isOpen(text)}
		c.frame = "%s is new in the list of addresses"
		if closes {
			c.frame = "%s is not blocked any more"
		}
		s.add(c)
	}
}

// blockedBy says that a rule blocks what is in a set of addresses.
func (s *side) blockedBy(set *rule.Resource) bool {
	arn, known := readable(set.Out("arn"))
	if old := s.resources[set.URN].Old; !known && old != nil {
		arn, _ = readable(old.Out("arn"))
	}
	for _, acl := range s.graph.Of(webAcl, ruleGroup) {
		for _, one := range aclRules(acl) {
			plain, _ := rule.Plain(one.Get("statement"))
			statement, _ := json.Marshal(plain)
			if arn != "" && strings.Contains(string(statement), arn) && rule.IsObject(one.Get("action.block")) {
				return !strings.Contains(string(statement), "notStatement")
			}
		}
	}
	return false
}
