package aws

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
)

// policyKind is what a policy document is attached to, which decides what its statements must say.
type policyKind int

const (
	identityPolicy policyKind = iota // what a principal may do: no principal, a resource
	resourcePolicy                   // who may use a resource: a principal, a resource
	trustPolicy                      // who may assume a role: a principal, no resource
	keyPolicy                        // a KMS key's
)

type statement struct {
	Sid          string
	Effect       string
	Principal    any
	NotPrincipal any
	Action       any
	NotAction    any
	Resource     any
	NotResource  any
	Condition    map[string]map[string]any
}

type policy struct {
	Version   string
	ID        string `json:"Id"`
	Statement json.RawMessage
}

var (
	actionForm  = regexp.MustCompile(`^(\*|[a-z0-9-]+:[A-Za-z0-9*?]+)$`)
	accountForm = regexp.MustCompile(`^\d{12}$`)
	serviceForm = regexp.MustCompile(`^[a-z0-9.-]+\.(amazonaws\.com(\.cn)?|aws\.internal)$`)
	sidForm     = regexp.MustCompile(`^[A-Za-z0-9]*$`)
)

// parsePolicy reads a document's statements.
func parsePolicy(text string) (*policy, []statement, string) {
	var p policy
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&p); err != nil {
		return nil, nil, say("Syntax errors in policy: %v", err)
	}
	var list []statement
	if err := strict(p.Statement, &list); err != nil {
		var one statement
		if err := strict(p.Statement, &one); err != nil {
			return nil, nil, say("Syntax errors in policy statement: %v", err)
		}
		list = []statement{one}
	}
	return &p, list, ""
}

func strict(text []byte, into any) error {
	d := json.NewDecoder(strings.NewReader(string(text)))
	d.DisallowUnknownFields()
	return d.Decode(into)
}

// policyProblem says what AWS would find wrong with a policy document, or "". An empty text is no policy.
func policyProblem(text string, kind policyKind) string {
	if text == "" {
		return ""
	}
	p, statements, wrong := parsePolicy(text)
	if wrong != "" {
		return wrong
	}
	if p.Version != "" && !oneOf(p.Version, "2012-10-17 2008-10-17") {
		return say("Policy has invalid version %q; the only valid ones are 2012-10-17 and 2008-10-17.", p.Version)
	}
	if len(statements) == 0 {
		return "Policy statement must not be empty."
	}
	sids := map[string]bool{}
	for _, s := range statements {
		if s.Sid != "" && sids[s.Sid] {
			return say("Statement IDs (SID) in a single policy must be unique. (%s)", s.Sid)
		}
		sids[s.Sid] = true
		if wrong := statementProblem(&s, kind); wrong != "" {
			return wrong
		}
	}
	return ""
}

func statementProblem(s *statement, kind policyKind) string {
	if s.Effect != "Allow" && s.Effect != "Deny" {
		return say("Invalid effect: %q. It must be Allow or Deny.", s.Effect)
	}
	if kind == identityPolicy && !sidForm.MatchString(s.Sid) {
		return say("Statement IDs (SID) must be alpha-numeric. (%s)", s.Sid)
	}
	if (s.Action == nil) == (s.NotAction == nil) {
		return "Policy statement must contain actions."
	}
	for _, a := range append(texts(s.Action), texts(s.NotAction)...) {
		if !actionForm.MatchString(a) {
			return say("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc. (%q)", a)
		}
	}
	hasPrincipal := s.Principal != nil || s.NotPrincipal != nil
	hasResource := s.Resource != nil || s.NotResource != nil
	switch {
	case kind == identityPolicy && hasPrincipal:
		return "Policy document should not specify a principal."
	case kind != identityPolicy && !hasPrincipal:
		return "Missing required field Principal."
	case kind == trustPolicy && hasResource:
		return "Has prohibited field Resource."
	case kind != trustPolicy && !hasResource:
		return "Policy statement must contain resources."
	}
	for _, res := range append(texts(s.Resource), texts(s.NotResource)...) {
		// A wildcard may swallow the rest of an ARN's parts.
		if res == "*" || strings.HasPrefix(res, "arn:aws") && strings.HasSuffix(res, ":*") {
			continue
		}
		if _, ok := parseARN(res); !ok {
			return say("Resource %s must be in ARN format or \"*\".", res)
		}
	}
	for _, principal := range []any{s.Principal, s.NotPrincipal} {
		if wrong := principalProblem(principal); wrong != "" {
			return wrong
		}
	}
	for operator := range s.Condition {
		if !conditionForm.MatchString(operator) {
			return say("Invalid condition operator %q.", operator)
		}
	}
	return ""
}

var conditionForm = regexp.MustCompile(`^((ForAnyValue|ForAllValues):)?(String(Not)?Equals(IgnoreCase)?|String(Not)?Like|Numeric(Not)?Equals|NumericLessThan(Equals)?|NumericGreaterThan(Equals)?|Date(Not)?Equals|DateLessThan(Equals)?|DateGreaterThan(Equals)?|Bool|BinaryEquals|(Not)?IpAddress|Arn(Not)?Equals|Arn(Not)?Like|Null)(IfExists)?$`)

func principalProblem(p any) string {
	switch p := p.(type) {
	case nil:
		return ""
	case string:
		if p != "*" {
			return say("Invalid principal in policy: %q", p)
		}
		return ""
	case map[string]any:
		for kind, v := range p {
			list := texts(v)
			if !oneOf(kind, "AWS Service Federated CanonicalUser") || len(list) == 0 {
				return say("Invalid principal in policy: %q", kind)
			}
			for _, who := range list {
				if wrong := whoProblem(kind, who); wrong != "" {
					return wrong
				}
			}
		}
		return ""
	}
	return "Invalid principal in policy"
}

func whoProblem(kind, who string) string {
	ok := true
	switch kind {
	case "AWS":
		a, isARN := parseARN(who)
		ok = who == "*" || accountForm.MatchString(who) || isARN && (a.service == "iam" || a.service == "sts") && (a.account == "cloudfront" || accountForm.MatchString(a.account)) ||
			strings.HasPrefix(who, "AROA") || strings.HasPrefix(who, "AIDA")
	case "Service":
		ok = serviceForm.MatchString(who)
	case "Federated":
		_, isARN := parseARN(who)
		ok = isARN || strings.Contains(who, ".")
	}
	if !ok {
		return say("Invalid principal in policy: %q:%q", kind, who)
	}
	return ""
}

func texts(v any) []string {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []any:
		var out []string
		for _, e := range v {
			if s, ok := e.(string); ok {
				out = append(out, s)
			}
		}
		return out
	}
	return nil
}

// allows says whether a document lets a principal ("Service:x.amazonaws.com", or "AWS:<account>" for anybody of the account) do an action on a resource; an empty
// resource is any. Conditions are taken to hold, and denials are not looked at.
func allows(text, action, resource string, principals ...string) bool {
	_, statements, wrong := parsePolicy(text)
	if wrong != "" {
		return false
	}
	return slices.ContainsFunc(statements, func(s statement) bool { return s.allows(action, resource, principals...) })
}

// allows is allows for one statement.
func (s statement) allows(action, resource string, principals ...string) bool {
	return s.Effect == "Allow" && slices.ContainsFunc(texts(s.Action), func(a string) bool { return glob(strings.ToLower(a), strings.ToLower(action)) }) &&
		(resource == "" || slices.ContainsFunc(texts(s.Resource), func(p string) bool { return glob(p, resource) })) &&
		slices.ContainsFunc(principals, func(p string) bool { return names(s.Principal, p) })
}

// allowsFrom is allows for a service that acts for one of its resources, owned by an account: it holds what a statement says of both.
func allowsFrom(text, action, resource, source, account string, principals ...string) bool {
	_, statements, wrong := parsePolicy(text)
	if wrong != "" {
		return false
	}
	return slices.ContainsFunc(statements, func(s statement) bool {
		for operator, conditions := range s.Condition {
			for key, v := range conditions {
				value := map[string]string{"aws:sourcearn": source, "aws:sourceaccount": account}[strings.ToLower(key)]
				if value != "" && !strings.Contains(operator, "Not") && !slices.ContainsFunc(texts(v), func(p string) bool { return glob(p, value) }) {
					return false
				}
			}
		}
		return s.allows(action, resource, principals...)
	})
}

// glob matches a pattern with * and ? as IAM does.
func glob(pattern, text string) bool {
	p, t, star, mark := 0, 0, -1, 0
	for t < len(text) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, t
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == text[t]):
			p++
			t++
		case star >= 0: // let the last star take one more
			mark++
			p, t = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}

func names(principal any, want string) bool {
	if principal == "*" {
		return true
	}
	kind, who, _ := strings.Cut(want, ":")
	m, _ := principal.(map[string]any)
	for _, p := range texts(m[kind]) {
		if p == "*" || p == who || kind == "AWS" && strings.Contains(p, ":iam::"+who+":") {
			return true
		}
	}
	return false
}

// trusts says whether a role lets a service assume it.
func trusts(role *Resource, service string) bool {
	return allows(role.Props.Str("assumeRolePolicy"), "sts:AssumeRole", "", "Service:"+service)
}
