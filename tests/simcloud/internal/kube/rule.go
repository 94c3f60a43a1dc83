package kube

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// Rule is one thing about an object that the API server refuses as Invalid (422). Refusals for other reasons (NotFound, AlreadyExists,
// Conflict, Forbidden, BadRequest) are not about the object alone and are made where they arise. Rules are data: the table is what the documentation lists, and what the tests go through.
type Rule struct {
	// ID names the rule, "<what>-<why>".
	ID string
	// Source is the title of the documentation page that says so.
	Source string
	// Kinds lists the kinds it judges, separated by spaces; * is all, and custom kinds have their group and a slash before.
	Kinds string
	// Check reports through the request's fail. What is unknown passes.
	Check func(r *request)
}

// Rules lists all rules, in the order of the files they stand in.
func Rules() []Rule {
	return slices.Concat(metaRules, podRules, containerRules, workloadRules, batchRules, scalingRules, networkRules, storageRules, accessRules, valueRules, immutableRules)
}

var ruleIndex = sync.OnceValue(func() map[string][]Rule {
	index := map[string][]Rule{}
	for _, rule := range slices.Concat(Rules(), customRules) {
		for _, kind := range strings.Fields(rule.Kinds) {
			index[kind] = append(index[kind], rule)
		}
	}
	return index
})

// judge holds the rules of its kind against a request.
func judge(r *request) *StatusError {
	kinds := []string{"*", r.kind.Kind}
	if r.kind.Type == "" {
		kinds[1] = r.kind.Group + "/" + r.kind.Kind
	}
	for _, kind := range kinds {
		for _, rule := range ruleIndex()[kind] {
			r.rule = rule.ID
			rule.Check(r)
		}
	}
	if len(r.causes) == 0 {
		return nil
	}
	return invalid(*r.kind, r.ref.name, r.causes)
}

func (r *request) fail(path, kind string, value any, detail string, args ...any) {
	if len(args) > 0 {
		detail = fmt.Sprintf(detail, args...)
	}
	for _, c := range r.causes {
		if c.Field == path && c.Type == kind && show(c.Value) == show(value) {
			return
		}
	}
	r.causes = append(r.causes, Cause{Rule: r.rule, Type: kind, Field: path, Value: value, Detail: detail})
}

func (r *request) invalid(path string, value any, detail string, args ...any) {
	r.fail(path, invalidValue, value, detail, args...)
}

// below is the path of a field in an object; the whole object has no path.
func below(at, name string) string {
	if at == "" {
		return name
	}
	return at + "." + name
}

// need reports what is missing or empty.
func (r *request) need(t tree, at string, names ...string) {
	for _, name := range names {
		switch v := t.get(name).(type) {
		case nil:
		case string:
			if v != "" {
				continue
			}
		case []any:
			if len(v) > 0 {
				continue
			}
		default:
			continue
		}
		r.fail(below(at, name), requiredValue, nil, "")
	}
}

// oneOf reports a string that is none of those supported; empty counts as missing.
func (r *request) oneOf(t tree, at, name string, supported ...string) {
	v, ok := t.get(name).(string)
	if !ok || slices.Contains(supported, v) {
		return
	}
	if v == "" {
		r.fail(below(at, name), requiredValue, nil, "")
		return
	}
	quoted := make([]string, len(supported))
	for i, s := range supported {
		quoted[i] = fmt.Sprintf("%q", s)
	}
	r.fail(below(at, name), unsupportedValue, v, "supported values: "+strings.Join(quoted, ", "))
}

// notNegative reports numbers below zero.
func (r *request) notNegative(t tree, at string, names ...string) {
	for _, name := range names {
		if n, ok := t.num(name); ok && n < 0 {
			r.invalid(below(at, name), n, "must be greater than or equal to 0")
		}
	}
}

// Names of things. A format says what is wrong with a text, or "".
type format func(text string) string

func pattern(expression string, limit int, message string) format {
	compiled := regexp.MustCompile("^" + expression + "$")
	return func(text string) string {
		if len(text) > limit {
			return fmt.Sprintf("must be no more than %d bytes", limit)
		}
		if !compiled.MatchString(text) {
			return fmt.Sprintf("%s, regex used for validation is '%s')", message, expression)
		}
		return ""
	}
}

var (
	dnsLabel = pattern(`[a-z0-9]([-a-z0-9]*[a-z0-9])?`, 63, "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', "+
		"and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc'")
	dnsSubdomain = pattern(`[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*`, 253, "a lowercase RFC 1123 subdomain must consist "+
		"of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com'")
	dns1035Label = pattern(`[a-z]([-a-z0-9]*[a-z0-9])?`, 63, "a DNS-1035 label must consist of lower case alphanumeric characters or '-', "+
		"start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123'")
	labelValue = pattern(`(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?`, 63, "a valid label must be an empty string or consist of alphanumeric "+
		"characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345'")
	namePart = pattern(`([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]`, 63, "name part must consist of alphanumeric characters, '-', '_' or '.', "+
		"and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc'")
	configKey = pattern(`[-._a-zA-Z0-9]+`, 253, "a valid config key must consist of alphanumeric characters, '-', '_' or '.' "+
		"(e.g. 'key.name',  or 'KEY_NAME',  or 'key-name'")
	wildcardDomain = pattern(`\*\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*`, 253, "a wildcard DNS-1123 subdomain must "+
		"start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with "+
		"an alphanumeric character (e.g. '*.example.com'")
)

// labelKey is a name with an optional domain before it.
func labelKey(text string) string {
	prefix, name, found := strings.Cut(text, "/")
	if !found {
		return namePart(text)
	}
	if prefix == "" {
		return "prefix part must be non-empty"
	}
	if problem := dnsSubdomain(prefix); problem != "" {
		return "prefix part " + problem
	}
	return namePart(name)
}

// pathSegment is what RBAC names must be.
func pathSegment(text string) string {
	if text == "." || text == ".." {
		return fmt.Sprintf("may not be '%s'", text)
	}
	for _, part := range []string{"/", "%"} {
		if strings.Contains(text, part) {
			return fmt.Sprintf("may not contain '%s'", part)
		}
	}
	return ""
}

var portNameForm = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?$`)

// portName is an IANA service name.
func portName(text string) string {
	switch {
	case len(text) > 15:
		return "must be no more than 15 characters"
	case !portNameForm.MatchString(text):
		return "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)"
	case strings.Contains(text, "--"):
		return "must not contain consecutive hyphens"
	case !strings.ContainsAny(text, "abcdefghijklmnopqrstuvwxyz"):
		return "must contain at least one letter (a-z)"
	}
	return ""
}

// form reports a string that is not of a format.
func (r *request) form(t tree, at, name string, f format) {
	if s := t.str(name); s != "" {
		if problem := f(s); problem != "" {
			r.invalid(below(at, name), s, "%s", problem)
		}
	}
}

// port reports a number that is no port, or a text that is no name of one.
func (r *request) port(t tree, at, name string) {
	switch v := t.get(name).(type) {
	case float64:
		if v < 1 || v > 65535 {
			r.invalid(below(at, name), v, "must be between 1 and 65535, inclusive")
		}
	case string:
		if problem := portName(v); problem != "" {
			r.invalid(below(at, name), v, "%s", problem)
		}
	}
}

// matches says whether a selector selects labels; what is unknown matches.
func matches(selector, labels tree) bool {
	for name, want := range selector.sub("matchLabels") {
		got := labels[name]
		if s, ok := want.(string); ok && got != s && got != (Unknown{}) {
			return false
		}
	}
	for _, e := range trees(selector.list("matchExpressions")) {
		if hasUnknown(e["values"]) || e["key"] == (Unknown{}) || e["operator"] == (Unknown{}) {
			continue
		}
		got, has := labels[e.str("key")]
		if got == (Unknown{}) {
			continue
		}
		value, _ := got.(string)
		switch in := slices.Contains(e.strs("values"), value); e.str("operator") {
		case "In":
			if !has || !in {
				return false
			}
		case "NotIn":
			if has && in {
				return false
			}
		case "Exists":
			if !has {
				return false
			}
		case "DoesNotExist":
			if has {
				return false
			}
		}
	}
	return true
}

// selector judges a label selector.
func (r *request) selector(s tree, at string) {
	for name, v := range s.sub("matchLabels") {
		if problem := labelKey(name); problem != "" {
			r.invalid(at+".matchLabels", name, "%s", problem)
		}
		if text, ok := v.(string); ok {
			if problem := labelValue(text); problem != "" {
				r.invalid(at+".matchLabels", text, "%s", problem)
			}
		}
	}
	for i, e := range trees(s.list("matchExpressions")) {
		at := fmt.Sprintf("%s.matchExpressions[%d]", at, i)
		switch e.str("operator") {
		case "In", "NotIn":
			if e["values"] != (Unknown{}) && len(e.list("values")) == 0 {
				r.fail(at+".values", requiredValue, nil, "must be specified when `operator` is 'In' or 'NotIn'")
			}
		case "Exists", "DoesNotExist":
			if len(e.list("values")) > 0 {
				r.fail(at+".values", forbiddenValue, nil, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")
			}
		default:
			if e["operator"] != (Unknown{}) {
				r.invalid(at+".operator", e.str("operator"), "not a valid selector operator")
			}
		}
		if problem := labelKey(e.str("key")); problem != "" && e["key"] != (Unknown{}) {
			r.invalid(at+".key", e.str("key"), "%s", problem)
		}
	}
}
