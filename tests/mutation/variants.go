package mutation

import (
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/plinth-iac/plinth/policies/rule"
)

// variant is another value of a property, or none.
type variant struct {
	path, kind string
	value      rule.Value
	gone       bool
	// refersTo is what the value names now, if it names another resource.
	refersTo *rule.Resource
}

// variants are the changes to a value, whole and at any depth.
func (s *Stack) variants(r *rule.Resource, path string, v rule.Value) []variant {
	all := []variant{{path: path, kind: "absent", gone: true}}
	add := func(kind string, to any) {
		value := rule.Of(to)
		if v.IsSecret() {
			value = value.AsSecret()
		}
		all = append(all, variant{path: path, kind: kind, value: value})
	}
	text, isText := v.Text()
	number, isNumber := v.Number()
	flag, isFlag := v.Bool()
	document, isDocument := parse(text)
	switch {
	case isFlag && isText:
		add("negated", strconv.FormatBool(!flag))
	case isFlag:
		add("negated", !flag)
	case isNumber:
		for _, other := range []struct {
			kind string
			to   float64
		}{{"0", 0}, {"less", number - 1}, {"more", number*10 + 10}} {
			switch {
			case other.to == number:
			case isText:
				add(other.kind, strconv.FormatFloat(other.to, 'f', -1, 64))
			default:
				add(other.kind, other.to)
			}
		}
	case isDocument:
		if text != "{}" {
			add("other", "{}")
		}
		for _, inner := range s.variants(r, path+"{}", document) {
			if !inner.gone {
				plain, _ := rule.Plain(inner.value)
				written, _ := json.Marshal(plain)
				inner.value = rule.Of(string(written))
				all = append(all, inner)
			}
		}
	case isText:
		add("other", other(text))
		for _, weak := range weaker(path, text) {
			add(strconv.Quote(weak), weak)
		}
		for _, other := range s.others(r, path, text) {
			add("elsewhere", other.text)
			all[len(all)-1].refersTo = other.Resource
		}
	case v.Items() != nil:
		all = append(all, s.listed(r, path, v)...)
	case len(v.Keys()) > 0:
		all = append(all, s.keyed(r, path, v)...)
	}
	if isText && v.IsSecret() {
		all = append(all, variant{path: path, kind: "plain", value: rule.Of(text)})
	}
	return all
}

// listed is the changes to a list: emptied, without one element, and in each element.
func (s *Stack) listed(r *rule.Resource, path string, v rule.Value) []variant {
	items := v.Items()
	if len(items) == 0 {
		return nil
	}
	all := []variant{{path: path, kind: "empty", value: rule.Of([]rule.Value{})}}
	for i, item := range items {
		for _, inner := range s.variants(r, path+"[]", item) {
			changed := append(append([]rule.Value(nil), items[:i]...), inner.value)
			if inner.gone {
				if changed = changed[:i]; len(items) == 1 {
					continue
				}
			}
			inner.value, inner.gone = rule.Of(append(changed, items[i+1:]...)), false
			all = append(all, inner)
		}
	}
	return all
}

// keyed is the changes to what is in an object.
func (s *Stack) keyed(r *rule.Resource, path string, v rule.Value) []variant {
	fields := rule.Fields{}
	for _, key := range v.Keys() {
		fields[key] = v.Field(key)
	}
	var all []variant
	for _, key := range v.Keys() {
		at := path + "." + key
		if strings.ContainsAny(key, ".[]{}") {
			at = path + "[" + key + "]"
		}
		for _, inner := range append(s.variants(r, at, fields[key]), statement(at, key, fields[key])...) {
			inner.value, inner.gone = rule.Of(with(fields, key, inner)), false
			all = append(all, inner)
		}
	}
	return all
}

// other is a text like another one, and none that it names anything by.
func other(text string) string {
	if text == "" || strings.HasSuffix(text, "x") {
		return text[:max(0, len(text)-1)] + "y"
	}
	_, last := utf8.DecodeLastRuneInString(text)
	return text[:len(text)-last] + "x"
}

// parse reads a text that is a document: a policy, or settings of some other kind.
func parse(text string) (rule.Value, bool) {
	if !strings.HasPrefix(text, "{") && !strings.HasPrefix(text, "[") {
		return rule.Value{}, false
	}
	var document any
	if json.Unmarshal([]byte(text), &document) != nil {
		return rule.Value{}, false
	}
	return rule.Of(document), true
}

// statement is how a member of a policy's statement becomes dangerous.
func statement(path, key string, v rule.Value) []variant {
	if !strings.Contains(path, "{}") || !strings.Contains(path, "Statement") {
		return nil
	}
	switch key {
	case "Effect":
		to := "Allow"
		if effect, _ := v.Text(); effect == to {
			to = "Deny"
		}
		return []variant{{path: path, kind: strconv.Quote(to), value: rule.Of(to)}}
	case "Principal", "Action", "Resource":
		if text, ok := v.Text(); !ok || text != "*" {
			return []variant{{path: path, kind: `"*"`, value: rule.Of("*")}}
		}
	}
	return nil
}

// named is a resource with a text that names it.
type named struct {
	*rule.Resource
	text string
}

// others are resources of the same type as the one that a property of r names by a text: one
// of each role, and of its own role another one.
func (s *Stack) others(r *rule.Resource, path, text string) []named {
	property := path
	if i := strings.IndexAny(path, ".[{"); i >= 0 {
		property = path[:i]
	}
	for _, urn := range r.Edges[property] {
		for output, name := range s.names[urn] {
			if name != text {
				continue
			}
			var found []named
			seen := map[string]bool{}
			for _, peer := range s.byType[s.byURN[urn].Type] {
				if to := s.names[peer.URN][output]; to != "" && to != text && !seen[s.role[peer.URN]] {
					seen[s.role[peer.URN]] = true
					found = append(found, named{peer, to})
				}
			}
			return found
		}
	}
	return nil
}
