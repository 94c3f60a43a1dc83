package aws

import (
	"net/netip"
	"slices"
	"sort"
	"strings"
)

const (
	docACL      = "AWS WAF API Reference: CreateWebACL"
	docACLRule  = "AWS WAF API Reference: Rule"
	docWCU      = "AWS WAF Developer Guide: Web ACL capacity units (WCUs) in AWS WAF"
	docGroups   = "AWS WAF Developer Guide: AWS Managed Rules rule groups list"
	docACLLogs  = "AWS WAF Developer Guide: AWS WAF logging destinations"
	docProtects = "AWS WAF Developer Guide: Associating or disassociating protection with an AWS resource"

	badRule   = "WAFInvalidParameterException"
	notFound  = "WAFNonexistentItemException"
	scoped    = "wafv2.webAcl wafv2.ipSet wafv2.ruleGroup wafv2.regexPatternSet"
	withRules = "wafv2.webAcl wafv2.ruleGroup"
)

// managedGroups are AWS's own rule groups with the capacity they take.
var managedGroups = map[string]int{
	"AWSManagedRulesCommonRuleSet": 700, "AWSManagedRulesAdminProtectionRuleSet": 100, "AWSManagedRulesKnownBadInputsRuleSet": 200,
	"AWSManagedRulesSQLiRuleSet": 200, "AWSManagedRulesLinuxRuleSet": 200, "AWSManagedRulesUnixRuleSet": 100, "AWSManagedRulesWindowsRuleSet": 200,
	"AWSManagedRulesPHPRuleSet": 100, "AWSManagedRulesWordPressRuleSet": 100, "AWSManagedRulesAmazonIpReputationList": 25,
	"AWSManagedRulesAnonymousIpList": 50, "AWSManagedRulesBotControlRuleSet": 50, "AWSManagedRulesATPRuleSet": 50, "AWSManagedRulesACFPRuleSet": 50,
	"AWSManagedRulesAntiDDoSRuleSet": 50,
}

var (
	aclName    = form(`[\w-]{1,128}`)
	metricForm = form(`[\w#:./-]{1,255}`)
)

var wafRules = []Rule{
	{ID: "waf-group-scope", Code: badRule, Source: docACL, Kinds: "wafv2.ruleGroup wafv2.regexPatternSet", On: Create, Check: func(r *Request) string {
		switch s := r.New.Str("scope"); {
		case !oneOf(s, "REGIONAL CLOUDFRONT"):
			return say("Error reason: The scope is not valid., field: SCOPE_VALUE, parameter: %s", s)
		case s == "CLOUDFRONT" && r.Region != "us-east-1":
			return "Error reason: The scope is not valid., field: SCOPE_VALUE, parameter: CLOUDFRONT (only in us-east-1)"
		}
		return ""
	}},
	{ID: "waf-name", Code: badRule, Source: docACL, Kinds: scoped, On: Create, Check: func(r *Request) string {
		if name := r.New.Str("name"); !aclName.MatchString(name) {
			return say("Error reason: The parameter contains formatting that is not valid., field: ENTITY_NAME, parameter: %s", name)
		}
		return ""
	}},
	{ID: "waf-name-taken", Code: "WAFDuplicateItemException", Source: docACL, Kinds: scoped, On: Create, Check: func(r *Request) string {
		for _, o := range r.All(r.Kind) {
			if same(o.Props, r.New, "name", "scope") {
				return say("AWS WAF couldn't perform the operation because some resource in your request is a duplicate of an existing one. (%s)", r.New.Str("name"))
			}
		}
		return ""
	}},
	{ID: "waf-default-action", Code: badRule, Source: docACL, Kinds: "wafv2.webAcl", On: Write, Check: func(r *Request) string {
		if a := r.New.Obj("defaultAction"); (a.Get("allow") == nil) == (a.Get("block") == nil) {
			return "Error reason: You have used none or multiple values for a field that requires exactly one value., field: DEFAULT_ACTION"
		}
		return ""
	}},
	{ID: "waf-priorities", Code: badRule, Source: docACLRule, Kinds: withRules, On: Write, Check: func(r *Request) string {
		priorities, names := map[int]bool{}, map[string]bool{}
		for _, rule := range r.New.Objs("rules") {
			p, n := rule.Int("priority"), rule.Str("name")
			if priorities[p] || p < 0 {
				return say("Error reason: Rules must have different priorities of at least 0., field: RULE, parameter: %d", p)
			}
			if names[n] || !aclName.MatchString(n) {
				return say("Error reason: Rules must have different names of letters, digits, hyphens and underscores., field: RULE_NAME, parameter: %s", n)
			}
			priorities[p], names[n] = true, true
		}
		return ""
	}},
	{ID: "waf-rule-action", Code: badRule, Source: docACLRule, Kinds: withRules, On: Write, Check: func(r *Request) string {
		for _, rule := range r.New.Objs("rules") {
			s := rule.Obj("statement")
			group := s.Get("managedRuleGroupStatement") != nil || s.Get("ruleGroupReferenceStatement") != nil
			action, override := alternatives(rule.Obj("action")), alternatives(rule.Obj("overrideAction"))
			switch {
			case group && (len(override) != 1 || len(action) > 0):
				return say("Error reason: A rule that references a rule group takes an override action, none or count, and no action., field: RULE, parameter: %s", rule.Str("name"))
			case group && !oneOf(override[0], "none count"):
				return say("Error reason: The override action is none or count., field: OVERRIDE_ACTION, parameter: %s", override[0])
			case !group && (len(action) != 1 || len(override) > 0):
				return say("Error reason: You have used none or multiple values for a field that requires exactly one value: a rule of its own takes an action and no override action., field: RULE_ACTION, parameter: %s", rule.Str("name"))
			case !group && !oneOf(action[0], "allow block count captcha challenge"):
				return say("Error reason: The action is not valid., field: RULE_ACTION, parameter: %s", action[0])
			}
		}
		return ""
	}},
	{ID: "waf-statement", Code: badRule, Source: "AWS WAF API Reference: Statement", Kinds: withRules, On: Write, Check: func(r *Request) string {
		for _, rule := range r.New.Objs("rules") {
			if wrong := statementForm(rule.Obj("statement"), 0); wrong != "" {
				return wrong + ", parameter: " + rule.Str("name")
			}
		}
		return ""
	}},
	{ID: "waf-managed-group", Code: notFound, Source: docGroups, Kinds: "wafv2.webAcl", On: Write, Check: func(r *Request) string {
		for _, rule := range r.New.Objs("rules") {
			if g := rule.Obj("statement.managedRuleGroupStatement"); g.Str("vendorName") == "AWS" && managedGroups[g.Str("name")] == 0 {
				return say("AWS WAF couldn't perform the operation because your resource doesn't exist: rule group %s", g.Str("name"))
			}
		}
		return ""
	}},
	{ID: "waf-references", Code: notFound, Source: docACLRule, Kinds: withRules, On: Write, Check: func(r *Request) string {
		for _, ref := range namedSets(r.New) {
			target, foreign := r.byARN(ref.kind, ref.arn)
			if foreign {
				continue
			}
			if target == nil || target.Props.Str("scope") != r.New.Str("scope") {
				return say("AWS WAF couldn't perform the operation because your resource doesn't exist, or is of another scope: %s", ref.arn)
			}
		}
		return ""
	}},
	{ID: "waf-capacity", Code: "WAFLimitsExceededException", Source: docWCU, Kinds: withRules, On: Write, Check: func(r *Request) string {
		limit := 5000
		if r.Kind == "wafv2.ruleGroup" {
			limit = min(limit, r.New.Int("capacity"))
		}
		if n := r.capacity(r.New); n > limit {
			return say("AWS WAF couldn't perform the operation because you exceeded your resource limit: %d web ACL capacity units of %d", n, limit)
		}
		return ""
	}},
	{ID: "waf-metrics", Code: badRule, Source: "AWS WAF API Reference: VisibilityConfig", Kinds: withRules, On: Write, Check: func(r *Request) string {
		configs := r.New.Objs("visibilityConfig")
		for _, rule := range r.New.Objs("rules") {
			configs = append(configs, rule.Obj("visibilityConfig"))
		}
		for _, c := range configs {
			if name := c.Str("metricName"); !metricForm.MatchString(name) || oneOf(name, "All Default_Action") {
				return say("Error reason: The parameter contains formatting that is not valid., field: METRIC_NAME, parameter: %s", name)
			}
		}
		return ""
	}},
	{ID: "waf-response-bodies", Code: badRule, Source: "AWS WAF Developer Guide: Sending custom responses for Block actions", Kinds: withRules, On: Write, Check: func(r *Request) string {
		keys := collect(r.New, "customResponseBodies.key")
		used := append(collect(r.New, "rules.action.block.customResponse.customResponseBodyKey"), collect(r.New, "defaultAction.block.customResponse.customResponseBodyKey")...)
		for _, k := range used {
			if !slices.Contains(keys, k) {
				return say("Error reason: The custom response body does not exist., field: CUSTOM_RESPONSE_BODY_KEY, parameter: %s", k)
			}
		}
		return ""
	}},
	{ID: "waf-addresses", Code: badRule, Source: "AWS WAF API Reference: CreateIPSet", Kinds: "wafv2.ipSet", On: Write, Check: func(r *Request) string {
		version := r.New.Str("ipAddressVersion")
		if !oneOf(version, "IPV4 IPV6") {
			return say("Error reason: The address version is not valid., field: IP_ADDRESS_VERSION, parameter: %s", version)
		}
		list := r.New.Strs("addresses")
		if len(list) > 10000 {
			return "Error reason: An IP set has at most 10000 addresses., field: IP_ADDRESS"
		}
		for _, a := range list {
			p, err := netip.ParsePrefix(a)
			if err != nil || p.Bits() == 0 || p.Addr().Is4() != (version == "IPV4") {
				return say("Error reason: The address is no CIDR of the set's version, or /0., field: IP_ADDRESS, parameter: %s", a)
			}
		}
		return ""
	}},
	{ID: "waf-patterns", Code: badRule, Source: "AWS WAF API Reference: CreateRegexPatternSet", Kinds: "wafv2.regexPatternSet", On: Write, Check: func(r *Request) string {
		list := collect(r.New, "regularExpressions.regexString")
		if len(list) > 10 {
			return say("Error reason: A regex pattern set has at most 10 expressions (%d)., field: REGEX_PATTERN_SET", len(list))
		}
		for _, e := range list {
			if len(e) > 200 {
				return say("Error reason: An expression has at most 200 characters., field: REGEX_PATTERN, parameter: %.40s", e)
			}
		}
		return ""
	}},
	{ID: "waf-association-target", Code: badRule, Source: docProtects, Kinds: "wafv2.webAclAssociation", On: Create, Check: func(r *Request) string {
		text := r.New.Str("resourceArn")
		a, ok := parseARN(text)
		kinds := map[string]string{"elasticloadbalancing": "loadbalancer/app/", "apigateway": "/restapis/", "appsync": "apis/", "cognito-idp": "userpool/", "apprunner": "service/", "ec2": "verified-access-instance/", "amplify": "apps/"}
		prefix, known := kinds[a.service]
		if !ok || !known || !strings.HasPrefix(a.resource, prefix) || a.region != r.Region {
			return say("Error reason: The ARN isn't valid: a web ACL protects application load balancers and other regional resources of its region., field: RESOURCE_ARN, parameter: %s", text)
		}
		return ""
	}},
	{ID: "waf-association-found", Code: notFound, Source: docProtects, Kinds: "wafv2.webAclAssociation", On: Create, Check: func(r *Request) string {
		if acl, foreign := r.byARN("wafv2.webAcl", r.New.Str("webAclArn")); acl == nil && !foreign {
			return say("AWS WAF couldn't perform the operation because your resource doesn't exist: %s", r.New.Str("webAclArn"))
		}
		return ""
	}},
	{ID: "waf-log-destination", Code: badRule, Source: docACLLogs, Kinds: "wafv2.webAclLoggingConfiguration", On: Create, Check: func(r *Request) string {
		list := r.New.Strs("logDestinationConfigs")
		if len(list) != 1 {
			return say("Error reason: A web ACL has one log destination (%d)., field: LOG_DESTINATION", len(list))
		}
		a, ok := parseARN(list[0])
		name := a.resource[strings.LastIndexAny(a.resource, ":/")+1:]
		switch a.service {
		case "logs":
			name = strings.TrimSuffix(strings.TrimPrefix(a.resource, "log-group:"), ":*")
		case "s3":
			name, _, _ = strings.Cut(a.resource, "/")
		}
		if !ok || !oneOf(a.service, "logs s3 firehose") || !strings.HasPrefix(name, "aws-waf-logs-") || a.service != "s3" && a.region != r.Region {
			return say("Error reason: The ARN isn't valid: a log group, bucket or delivery stream whose name begins with aws-waf-logs-., field: LOG_DESTINATION, parameter: %s", list[0])
		}
		return ""
	}},
	{ID: "waf-log-destination-found", Code: "WAFLogDestinationPermissionIssueException", Source: docACLLogs, Kinds: "wafv2.webAclLoggingConfiguration", On: Create, Check: func(r *Request) string {
		for _, text := range r.New.Strs("logDestinationConfigs") {
			a, _ := parseARN(text)
			name, _, _ := strings.Cut(a.resource, "/")
			if a.service == "logs" && a.account == r.Account && r.ByARN("cloudwatch.logGroup", strings.TrimSuffix(text, ":*")) == nil || a.service == "s3" && r.bucketAnywhere(name) == nil {
				return say("Unable to deliver logs to the configured destination, which may not exist: %s", text)
			}
		}
		return ""
	}},
	{ID: "waf-logged-acl", Code: notFound, Source: docACLLogs, Kinds: "wafv2.webAclLoggingConfiguration", On: Create, Check: func(r *Request) string {
		if acl, foreign := r.byARN("wafv2.webAcl", r.New.Str("resourceArn")); acl == nil && !foreign {
			return say("AWS WAF couldn't perform the operation because your resource doesn't exist: %s", r.New.Str("resourceArn"))
		}
		return ""
	}},
	{ID: "waf-distributed", Code: "WAFAssociatedItemException", Source: "AWS WAF API Reference: DeleteWebACL", Kinds: "wafv2.webAcl", On: Delete, Waits: true, Check: func(r *Request) string {
		if d := r.By(distribute, "webAclId", r.Old.Str("arn")); d != nil {
			return say("AWS WAF couldn't perform the operation because your resource is being used by another resource or it's associated with another resource. (%s)", d.ID)
		}
		return ""
	}},
	{ID: "waf-set-in-use", Code: "WAFAssociatedItemException", Source: "AWS WAF API Reference: DeleteIPSet", Kinds: "wafv2.ipSet wafv2.ruleGroup wafv2.regexPatternSet", On: Delete, Waits: true, Check: func(r *Request) string {
		for _, kind := range strings.Fields(withRules) {
			for _, user := range r.All(kind) {
				for _, ref := range namedSets(user.Props) {
					if ref.arn == r.Old.Str("arn") && user.ID != r.ID {
						return say("AWS WAF couldn't perform the operation because your resource is being used by another resource. (%s)", user.ID)
					}
				}
			}
		}
		return ""
	}},
}

// alternatives lists which alternatives of a block are there.
func alternatives(o Obj) []string {
	var out []string
	for key, v := range o {
		if v != nil && v != false {
			out = append(out, key)
		}
	}
	sort.Strings(out)
	return out
}

// nested are the statements within a statement.
func nested(s Obj) []Obj {
	var out []Obj
	for _, kind := range []string{"andStatement", "orStatement", "notStatement"} {
		out = append(out, s.Objs(kind+".statements")...)
	}
	for _, kind := range []string{"rateBasedStatement", "managedRuleGroupStatement"} {
		out = append(out, s.Objs(kind+".scopeDownStatement")...)
	}
	return out
}

func statementForm(s Obj, depth int) string {
	kinds := alternatives(s)
	if len(kinds) != 1 {
		return "Error reason: You have used none or multiple values for a field that requires exactly one value., field: STATEMENT"
	}
	kind, body := kinds[0], s.Obj(kinds[0])
	inner := len(body.Objs("statements"))
	switch {
	case depth > 0 && oneOf(kind, "managedRuleGroupStatement ruleGroupReferenceStatement rateBasedStatement"):
		return "Error reason: A rule group or rate-based statement cannot be inside another statement., field: STATEMENT"
	case oneOf(kind, "andStatement orStatement") && inner < 2:
		return "Error reason: An AND or OR statement needs at least two statements., field: STATEMENT"
	case kind == "notStatement" && inner != 1:
		return "Error reason: A NOT statement needs one statement., field: STATEMENT"
	case kind == "rateBasedStatement" && (body.Int("limit") < 10 || body.Int("limit") > 2000000000):
		return say("Error reason: The rate limit is between 10 and 2,000,000,000., field: RATE_LIMIT (%d)", body.Int("limit"))
	case kind == "rateBasedStatement" && !slices.Contains([]int{0, 60, 120, 300, 600}, body.Int("evaluationWindowSec")):
		return say("Error reason: The evaluation window is 60, 120, 300 or 600 seconds., field: EVALUATION_WINDOW_SEC (%d)", body.Int("evaluationWindowSec"))
	case kind == "rateBasedStatement" && !oneOf(orText(body.Str("aggregateKeyType"), "IP"), "IP FORWARDED_IP CUSTOM_KEYS CONSTANT"):
		return say("Error reason: The aggregate key type is not valid., field: AGGREGATE_KEY_TYPE (%s)", body.Str("aggregateKeyType"))
	case kind == "rateBasedStatement" && body.Str("aggregateKeyType") == "CONSTANT" && !body.Has("scopeDownStatement"):
		return "Error reason: The aggregate key type CONSTANT needs a scope-down statement., field: SCOPE_DOWN"
	}
	for _, c := range body.Strs("countryCodes") {
		if !countries[c] {
			return say("Error reason: The country code is not valid., field: GEO_MATCH_STATEMENT (%s)", c)
		}
	}
	for _, n := range nested(s) {
		if wrong := statementForm(n, depth+1); wrong != "" {
			return wrong
		}
	}
	return ""
}

type wafReference struct{ kind, arn string }

// namedSets lists the sets and groups that rules name.
func namedSets(props Obj) []wafReference {
	var out []wafReference
	var walk func(s Obj)
	walk = func(s Obj) {
		for path, kind := range map[string]string{"ipSetReferenceStatement.arn": "wafv2.ipSet", "regexPatternSetReferenceStatement.arn": "wafv2.regexPatternSet", "ruleGroupReferenceStatement.arn": "wafv2.ruleGroup"} {
			if a := s.Str(path); a != "" {
				out = append(out, wafReference{kind, a})
			}
		}
		for _, n := range nested(s) {
			walk(n)
		}
	}
	for _, rule := range props.Objs("rules") {
		walk(rule.Obj("statement"))
	}
	return out
}

// statementUnits are the capacity units that statements take at least; logical ones take what is in them.
var statementUnits = map[string]int{"geoMatchStatement": 1, "ipSetReferenceStatement": 1, "labelMatchStatement": 1, "sizeConstraintStatement": 1, "asnMatchStatement": 1,
	"byteMatchStatement": 2, "rateBasedStatement": 2, "sqliMatchStatement": 20, "xssMatchStatement": 40, "regexMatchStatement": 3, "regexPatternSetReferenceStatement": 25}

// capacity adds up the capacity units of rules. A transformation of the same field counts once.
func (r *Request) capacity(props Obj) int {
	total, seen := 0, map[string]bool{}
	for _, rule := range props.Objs("rules") {
		total += r.statementCapacity(rule.Obj("statement"), seen)
	}
	return total
}

func (r *Request) statementCapacity(s Obj, seen map[string]bool) int {
	n := 0
	for _, kind := range alternatives(s) {
		body, field := s.Obj(kind), s.Obj(kind+".fieldToMatch")
		units := statementUnits[kind]
		switch constraint := body.Str("positionalConstraint"); {
		case kind == "managedRuleGroupStatement":
			units = managedGroups[body.Str("name")]
		case kind == "ruleGroupReferenceStatement":
			g, _ := r.byARN("wafv2.ruleGroup", body.Str("arn"))
			units = g.props().Int("capacity")
		case kind == "rateBasedStatement":
			units += 30 * len(body.Objs("customKeys"))
		case kind == "ipSetReferenceStatement" && body.Str("ipSetForwardedIpConfig.position") == "ANY":
			units += 4
		case oneOf(constraint, "CONTAINS CONTAINS_WORD"), kind == "sqliMatchStatement" && body.Str("sensitivityLevel") == "HIGH":
			units = map[string]int{"byteMatchStatement": 10, "sqliMatchStatement": 30}[kind]
		}
		if field.Get("jsonBody") != nil {
			units *= 2
		}
		if field.Get("allQueryArguments") != nil {
			units += 10
		}
		for _, t := range body.Objs("textTransformations") {
			of := text(map[string]any(field)) + t.Str("type")
			if t.Str("type") != "NONE" && !seen[of] {
				units += 10
			}
			seen[of] = true
		}
		n += units
	}
	for _, inner := range nested(s) {
		n += r.statementCapacity(inner, seen)
	}
	return n
}
