package exposure

import (
	"encoding/json"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/plinth-iac/plinth/policies/rule"
)

// condition is one that a statement has.
type condition struct {
	operator, key string // the operator in lower case, without what says of which values
	values        []string
	quantifier    string
	ifExists      bool
}

// holdsIf says that a condition holds wherever another one does.
func (c condition) holdsIf(o condition) bool {
	if !strings.EqualFold(c.key, o.key) || c.quantifier != o.quantifier || o.ifExists && !c.ifExists || like(c.operator) != like(o.operator) {
		return false
	}
	accepts := func(values []string, value string) bool {
		return slices.ContainsFunc(values, func(v string) bool { return c.accepts(v, value) })
	}
	if strings.Contains(c.operator, "not") {
		c, o = o, c // what must not be more is less
	}
	for _, value := range o.values {
		if !accepts(c.values, value) {
			return false
		}
	}
	return true
}

// like is the operator without wildcards in its values. That of ARNs always knows them.
func like(operator string) string {
	operator = strings.Replace(operator, "stringlike", "stringequals", 1)
	operator = strings.Replace(operator, "stringnotlike", "stringnotequals", 1)
	operator = strings.Replace(operator, "arnequals", "arnlike", 1)
	return strings.Replace(operator, "arnnotequals", "arnnotlike", 1)
}

// accepts says that one value of a condition holds another.
func (c condition) accepts(value, other string) bool {
	switch c.operator {
	case "stringlike", "stringnotlike", "arnlike", "arnnotlike", "arnequals", "arnnotequals":
		return covers(value, other)
	case "ipaddress", "notipaddress":
		a, err := netip.ParsePrefix(value)
		b, err2 := netip.ParsePrefix(other)
		if err == nil && err2 == nil {
			return a.Bits() <= b.Bits() && a.Contains(b.Addr())
		}
	case "stringequalsignorecase", "stringnotequalsignorecase":
		return strings.EqualFold(value, other)
	}
	return value == other
}

// signs are operators in words.
var signs = map[string]string{
	"stringequals": "is", "stringequalsignorecase": "is", "stringlike": "is", "arnequals": "is", "arnlike": "is", "bool": "is", "ipaddress": "is in",
	"numericequals": "is", "dateequals": "is", "binaryequals": "is",
	"stringnotequals": "is not", "stringnotequalsignorecase": "is not", "stringnotlike": "is not", "arnnotequals": "is not", "arnnotlike": "is not",
	"numericnotequals": "is not", "datenotequals": "is not", "notipaddress": "is not in", "null": "is missing:",
	"numericlessthan": "is less than", "numericlessthanequals": "is at most", "numericgreaterthan": "is more than", "numericgreaterthanequals": "is at least",
	"datelessthan": "is before", "datelessthanequals": "is not after", "dategreaterthan": "is after", "dategreaterthanequals": "is not before",
}

// parse reads a policy document, as text or as an object. It reports false if it cannot be
// read; what is secret cannot.
func parse(v rule.Value) ([]statement, bool) {
	if hidden(v) {
		return nil, false
	}
	raw, isText := readable(v)
	if !isText {
		plain, known := rule.Plain(v)
		if !known {
			return nil, false
		}
		encoded, _ := json.Marshal(plain)
		raw = string(encoded)
	}
	var document struct{ Statement many[written] }
	if json.Unmarshal([]byte(raw), &document) != nil {
		return nil, false
	}
	all := make([]statement, len(document.Statement))
	for i, w := range document.Statement {
		all[i] = w.read()
	}
	return all, true
}

// written is a statement as it is written.
type written struct {
	Effect                  string
	Action, NotAction       many[string]
	Resource, NotResource   many[string]
	Principal, NotPrincipal principals
	Condition               map[string]map[string]many[any]
}

func (w written) read() statement {
	s := statement{
		allow: w.Effect == "Allow", actions: folded(patterns(w.Action, w.NotAction)),
		resources: patterns(w.Resource, w.NotResource), principals: patterns(w.Principal, w.NotPrincipal),
	}
	for _, of := range [...]*[]pattern{&s.principals, &s.resources} {
		if len(*of) == 0 {
			*of = []pattern{{}} // an identity has no principals, a trust policy no resources
		}
	}
	for _, operator := range slices.Sorted(maps.Keys(w.Condition)) {
		for _, key := range slices.Sorted(maps.Keys(w.Condition[operator])) {
			c := condition{key: key, operator: strings.ToLower(operator)}
			if quantifier, rest, ok := strings.Cut(c.operator, ":"); ok {
				c.quantifier, c.operator = quantifier, rest
			}
			c.operator, c.ifExists = strings.CutSuffix(c.operator, "ifexists")
			for _, value := range w.Condition[operator][key] {
				text, ok := value.(string)
				if !ok {
					encoded, _ := json.Marshal(value) // true and "true" mean the same
					text = string(encoded)
				}
				c.values = append(c.values, text)
			}
			s.conditions = append(s.conditions, c)
		}
	}
	return s
}

// patterns are those that are listed, or everything but those that are not meant.
func patterns(listed, but []string) []pattern {
	var all []pattern
	for _, text := range listed {
		all = append(all, pattern{text: text})
	}
	if len(but) > 0 {
		all = append(all, pattern{text: "*", but: but})
	}
	return all
}

// many is what IAM writes as one value or as a list.
type many[T any] []T

// UnmarshalJSON accepts both forms.
func (m *many[T]) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] == '[' {
		return json.Unmarshal(data, (*[]T)(m))
	}
	var one T
	if err := json.Unmarshal(data, &one); err != nil {
		return err
	}
	*m = many[T]{one}
	return nil
}

// principals are everyone, written as *, or a map from a kind to one or many.
type principals []string

// UnmarshalJSON accepts both forms.
func (p *principals) UnmarshalJSON(data []byte) error {
	var kinds map[string]many[string]
	if json.Unmarshal(data, &kinds) != nil {
		var all many[string]
		if err := json.Unmarshal(data, &all); err != nil {
			return err
		}
		*p = principals(all)
		return nil
	}
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		for _, value := range kinds[kind] {
			*p = append(*p, principal(kind, value))
		}
	}
	return nil
}

// principal is one spelling of a principal. All that an account lets in is one pattern, so
// that a role of it is within.
func principal(kind, value string) string {
	if kind != "AWS" || value == "*" {
		return value
	}
	of := account(value)
	if of == "" {
		return value
	}
	if _, name, ok := strings.Cut(value, "::"+of+":"); ok && name != "root" {
		return "account " + of + " " + name
	}
	return "account " + of + "*"
}
