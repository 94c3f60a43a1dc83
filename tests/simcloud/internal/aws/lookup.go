package aws

import (
	"encoding/json"
	"regexp"
	"strings"
)

// in is the same request made in another region, for services that look there.
func (r *Request) in(region string) *Request {
	there := *r
	there.Region = region
	return &there
}

// byARN finds a resource where its ARN says it is. foreign means that another account owns it, so that nothing is known of it.
func (r *Request) byARN(kind, text string) (res *Resource, foreign bool) {
	a, ok := parseARN(text)
	switch {
	case !ok:
		return nil, false
	case a.account != "" && a.account != r.Account:
		return nil, true
	case a.region == "":
		return r.ByARN(kind, text), false
	}
	return r.in(a.region).ByARN(kind, text), false
}

// exists makes the rule that what a property names is there. by is "id" or the property that is named, as in reference.
func exists(kind, path, to, by, code, source string) Rule {
	return Rule{ID: kind + "." + path + "-exists", Code: code, Source: source, Kinds: kind, On: Write, Check: func(r *Request) string {
		for _, value := range collect(r.New, path) {
			found, foreign := r.Find(to, value), false
			if by == "arn" {
				found, foreign = r.byARN(to, value)
			}
			if found == nil && !foreign {
				return say("The %s '%s' does not exist", to, value)
			}
		}
		return ""
	}}
}

// assumable makes the rule that a role lets a service assume it.
func assumable(id, kind, path, service, code, source, message string) Rule {
	return Rule{ID: id, Code: code, Source: source, Kinds: kind, On: Write, Check: func(r *Request) string {
		for _, text := range collect(r.New, path) {
			if role, _ := r.byARN("iam.role", text); role != nil && !trusts(role, service) {
				return say(message, text)
			}
		}
		return ""
	}}
}

// granted says whether one of AWS's policies with the names is attached to the role, or a policy of the customer's own that allows the action.
func (r *Request) granted(role *Resource, action string, managed string) bool {
	if role == nil {
		return true
	}
	arns := role.Props.Strs("managedPolicyArns")
	for _, name := range []string{role.ID, role.Props.Str("arn")} {
		for _, a := range r.With("iam.rolePolicyAttachment", "role", name) {
			arns = append(arns, a.Props.Str("policyArn"))
		}
	}
	var documents []string
	for _, text := range arns {
		if oneOf(text[strings.LastIndex(text, "/")+1:], managed+" AdministratorAccess PowerUserAccess") {
			return true
		}
		if own := r.ByARN("iam.policy", text); own != nil {
			documents = append(documents, own.Props.Str("policy"))
		}
	}
	for _, p := range r.With("iam.rolePolicy", "role", role.ID) {
		documents = append(documents, p.Props.Str("policy"))
	}
	for _, p := range role.Props.Objs("inlinePolicies") {
		documents = append(documents, p.Str("policy"))
	}
	for _, document := range documents {
		_, statements, _ := parsePolicy(document)
		for _, s := range statements {
			for _, a := range texts(s.Action) {
				if s.Effect == "Allow" && glob(strings.ToLower(a), strings.ToLower(action)) {
					return true
				}
			}
		}
	}
	return false
}

// set lists the words of a text as a set.
func set(words string) map[string]bool {
	out := map[string]bool{}
	for _, w := range strings.Fields(words) {
		out[w] = true
	}
	return out
}

// document reads a property that holds JSON, as text or as an object.
func document(v any) (Obj, bool) {
	switch v := v.(type) {
	case map[string]any:
		return v, true
	case string:
		var out map[string]any
		return out, json.Unmarshal([]byte(v), &out) == nil
	}
	return nil, false
}

// text gives the JSON text of such a property.
func text(v any) string {
	if s, ok := v.(string); ok || v == nil {
		return s
	}
	out, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(out)
}

// form compiles a pattern that must match the whole text.
func form(pattern string) *regexp.Regexp { return regexp.MustCompile("^(?:" + pattern + ")$") }
