// Package document reads IAM policy documents as the rules need them.
package document

import (
	"encoding/json"
	"strings"

	"github.com/plinth-iac/plinth/policies/rule"
)

// Statement is one statement, with every one-or-many member as a list.
type Statement struct {
	Allow bool
	// Actions and Resources are "*" if the statement allows all but some, with NotAction or
	// NotResource, and empty if it denies all but some.
	Actions, Resources []string
	// Principals are all principals; "*" is everyone, or everyone but some.
	Principals []string
	// Conditions are operator, key and values.
	Conditions map[string]map[string][]string
	// secret is set if the document, or a part of it, is secret.
	secret bool
}

// Show is a part of the statement for a message, which shows nothing of a secret document.
func (s Statement) Show(parts ...string) string {
	if s.secret {
		return "[secret]"
	}
	return strings.Join(parts, ", ")
}

// Parse reads a policy document, given as text or as an object. The verdict is the zero
// one if it could; Unknown if the document, or a part, is not known; and otherwise Fail.
func Parse(v rule.Value) ([]Statement, rule.Verdict) {
	if v.IsUnknown() {
		return nil, rule.NotKnown(v)
	}
	raw := []byte(nil)
	if t, ok := v.Text(); ok {
		raw = []byte(t)
	} else {
		plain, known := rule.Plain(v)
		if !known {
			return nil, rule.NotKnown(v)
		}
		raw, _ = json.Marshal(plain)
	}
	var doc struct{ Statement many[statement] }
	if err := json.Unmarshal(raw, &doc); err != nil {
		return nil, rule.Failed(v.Path()+" is not a policy document", "make it a JSON policy document")
	}
	statements := make([]Statement, len(doc.Statement))
	for i, s := range doc.Statement {
		statements[i] = s.normal()
		statements[i].secret = v.HasSecret()
	}
	return statements, rule.Verdict{}
}

type statement struct {
	Effect       string
	Action       many[string]
	NotAction    many[string]
	Resource     many[string]
	NotResource  many[string]
	Principal    principal
	NotPrincipal principal
	Condition    map[string]map[string]many[any]
}

func (s statement) normal() Statement {
	n := Statement{
		Allow: s.Effect == "Allow", Actions: s.Action, Resources: s.Resource, Principals: s.Principal,
		Conditions: map[string]map[string][]string{},
	}
	if n.Allow {
		for _, allBut := range [...]struct {
			not  []string
			list *[]string
		}{{s.NotAction, &n.Actions}, {s.NotResource, &n.Resources}, {s.NotPrincipal, &n.Principals}} {
			if allBut.not != nil {
				*allBut.list = []string{"*"}
			}
		}
	}
	for operator, keys := range s.Condition {
		n.Conditions[operator] = map[string][]string{}
		for key, values := range keys {
			for _, value := range values {
				text, ok := value.(string)
				if !ok {
					b, _ := json.Marshal(value) // true and "true" mean the same
					text = string(b)
				}
				n.Conditions[operator][key] = append(n.Conditions[operator][key], text)
			}
		}
	}
	return n
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

// principal is "*" or a map from kind to one or many.
type principal []string

// UnmarshalJSON accepts both forms.
func (p *principal) UnmarshalJSON(data []byte) error {
	var kinds map[string]many[string]
	if json.Unmarshal(data, &kinds) == nil {
		for _, values := range kinds {
			*p = append(*p, values...)
		}
		return nil
	}
	var all many[string]
	if err := json.Unmarshal(data, &all); err != nil {
		return err
	}
	*p = principal(all)
	return nil
}
