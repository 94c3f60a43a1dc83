package kube

import (
	"fmt"
	"net/netip"
	"strings"
)

// Most of what the API server says of single values fits in a table: where a value stands, and what it has to be.

// expectation is what has to be at a path; * stands for every element of a list.
type expectation struct {
	path string
	is   expected
}

// expected says what is wrong with a value, nil if there is none; an empty kind if nothing is.
type expected func(v any) (kind, detail string)

// expect makes a check of a table. The paths start where the root says.
func expect(root func(r *request) (tree, string), table ...expectation) func(*request) {
	return func(r *request) {
		t, at := root(r)
		if t == nil {
			return
		}
		for _, e := range table {
			eachValue(map[string]any(t), strings.Split(e.path, "."), at, func(v any, at string) {
				if kind, detail := e.is(v); kind != "" && v != (Unknown{}) {
					if v == nil {
						v = ""
					}
					r.fail(at, kind, v, "%s", detail)
				}
			})
		}
	}
}

// eachValue visits what stands at a path, as far as there is something to stand in.
func eachValue(v any, path []string, at string, visit func(v any, at string)) {
	if len(path) == 0 {
		visit(v, at)
		return
	}
	switch v := v.(type) {
	case map[string]any:
		eachValue(v[path[0]], path[1:], below(at, path[0]), visit)
	case []any:
		for i, e := range v {
			if path[0] == "*" {
				eachValue(e, path[1:], fmt.Sprintf("%s[%d]", at, i), visit)
			}
		}
	}
}

func whole(r *request) (tree, string) { return r.new, "" }

// formed is a text of a format, if there is one.
func formed(f format) expected {
	return func(v any) (string, string) {
		if s, ok := v.(string); ok {
			if problem := f(s); problem != "" {
				return invalidValue, problem
			}
		}
		return "", ""
	}
}

// filled is anything but nothing.
func filled(v any) (string, string) {
	if list, ok := v.([]any); v == nil || v == "" || ok && len(list) == 0 {
		return requiredValue, ""
	}
	return "", ""
}

// named is a text of a format that may not be missing.
func named(f format) expected {
	return func(v any) (string, string) {
		if kind, detail := filled(v); kind != "" {
			return kind, detail
		}
		return formed(f)(v)
	}
}

// among is one of several texts, if there is one.
func among(supported ...string) expected {
	return func(v any) (string, string) {
		s, ok := v.(string)
		if !ok {
			return "", ""
		}
		var quoted []string
		for _, one := range supported {
			if s == one {
				return "", ""
			}
			quoted = append(quoted, fmt.Sprintf("%q", one))
		}
		return unsupportedValue, "supported values: " + strings.Join(quoted, ", ")
	}
}

// within is a number between two others, if there is one.
func within(low, high float64, detail string) expected {
	return func(v any) (string, string) {
		if n, ok := v.(float64); ok && (n < low || n > high) {
			return invalidValue, detail
		}
		return "", ""
	}
}

// amount is a quantity that is not too small, if there is one.
func amount(least int, detail string) expected {
	return func(v any) (string, string) {
		if q, err := parseQuantity(v); v != nil && err == nil && q.sign() < least {
			return invalidValue, detail
		}
		return "", ""
	}
}

func address(text string) string {
	if _, err := netip.ParseAddr(text); err != nil {
		return "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"
	}
	return ""
}

// searchDomain may have underscores and a dot at its end.
func searchDomain(text string) string {
	if text == "." {
		return ""
	}
	return dnsSubdomain(strings.ReplaceAll(strings.TrimSuffix(text, "."), "_", "-"))
}

func ingressHost(text string) string {
	if strings.Contains(text, "*") {
		return wildcardDomain(text)
	}
	return dnsSubdomain(text)
}

func resourceName(text string) string {
	if !strings.Contains(text, "/") && text != "cpu" && text != "memory" && text != "ephemeral-storage" && text != "storage" {
		return "must be a standard resource type or fully qualified"
	}
	return labelKey(text)
}

func controllerName(text string) string {
	domain, path, found := strings.Cut(text, "/")
	if !found || path == "" || dnsSubdomain(domain) != "" {
		return `must be a domain-prefixed path (such as "acme.io/foo")`
	}
	return ""
}
