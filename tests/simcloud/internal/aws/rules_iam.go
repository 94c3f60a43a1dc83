package aws

import (
	"regexp"
	"strings"
)

const (
	docIAM      = "IAM User Guide: IAM and AWS STS quotas"
	docPolicy   = "IAM User Guide: Grammar of the IAM JSON policy language"
	docConflict = "IAM API Reference: DeleteRole"
)

var iamName = regexp.MustCompile(`^[\w+=,.@-]+$`)

var managedForm = regexp.MustCompile(`^arn:aws[a-z-]*:iam::aws:policy/([\w+=,.@-]+/)*[\w+=,.@-]+$`)

// longest are the length limits of IAM names.
var longest = map[string]int{"iam.role": 64, "iam.policy": 128, "iam.instanceProfile": 128, "iam.rolePolicy": 128, "iam.user": 64, "iam.group": 128}

const named = "iam.role iam.policy iam.instanceProfile iam.user iam.group"

var iamRules = []Rule{
	{ID: "iam-name", Code: "ValidationError", Source: docIAM, Kinds: named + " iam.rolePolicy", On: Create, Check: func(r *Request) string {
		name := r.New.Str("name")
		if len(name) > longest[r.Kind] || !iamName.MatchString(name) {
			return say("The specified value for name '%s' is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_- and have at most %d characters", name, longest[r.Kind])
		}
		return ""
	}},
	{ID: "iam-name-taken", Code: "EntityAlreadyExists", Source: docIAM, Kinds: named, On: Create, Check: func(r *Request) string {
		if r.named(r.Kind, r.New.Str("name")) {
			return say("%s with name %s already exists.", r.Kind, r.New.Str("name"))
		}
		return ""
	}},
	{ID: "iam-path", Code: "ValidationError", Source: "IAM User Guide: IAM identifiers", Kinds: named, On: Create, Check: func(r *Request) string {
		if p := r.New.Str("path"); p != "" && !(strings.HasPrefix(p, "/") && strings.HasSuffix(p, "/")) {
			return say("The specified value for path '%s' is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.", p)
		}
		return ""
	}},
	{ID: "role-trust-policy", Code: "MalformedPolicyDocument", Source: docPolicy, Kinds: "iam.role", On: Write, Check: func(r *Request) string {
		text := r.New.Str("assumeRolePolicy")
		if wrong := policyProblem(text, trustPolicy); wrong != "" {
			return wrong
		}
		_, statements, _ := parsePolicy(text)
		for _, s := range statements {
			for _, a := range texts(s.Action) {
				if !strings.HasPrefix(a, "sts:") && a != "*" {
					return say("AssumeRole policy may only specify STS AssumeRole actions. (%s)", a)
				}
			}
		}
		return ""
	}},
	{ID: "role-trust-size", Code: "LimitExceeded", Source: docIAM, Kinds: "iam.role", On: Write, Check: func(r *Request) string {
		if n := compact(r.New.Str("assumeRolePolicy")); n > 2048 {
			return say("Cannot exceed quota for ACLSizePerRole: 2048 (%d)", n)
		}
		return ""
	}},
	{ID: "role-session", Code: "ValidationError", Source: "IAM API Reference: CreateRole", Kinds: "iam.role", On: Write, Check: func(r *Request) string {
		if s := r.New.Int("maxSessionDuration"); s != 0 && (s < 3600 || s > 43200) {
			return say("MaxSessionDuration must be between 3600 and 43200 seconds (%d)", s)
		}
		return ""
	}},
	{ID: "policy-document", Code: "MalformedPolicyDocument", Source: docPolicy, Kinds: "iam.policy iam.rolePolicy iam.userPolicy iam.groupPolicy", On: Write, Check: func(r *Request) string {
		if r.New.Str("policy") == "" {
			return "Syntax errors in policy."
		}
		return policyProblem(r.New.Str("policy"), identityPolicy)
	}},
	{ID: "policy-size", Code: "LimitExceeded", Source: docIAM, Kinds: "iam.policy iam.rolePolicy", On: Write, Check: func(r *Request) string {
		n := compact(r.New.Str("policy"))
		if r.Kind == "iam.policy" && n > 6144 {
			return say("Cannot exceed quota for PolicySize: 6144 (%d)", n)
		}
		for _, other := range r.With("iam.rolePolicy", "role", r.New.Str("role")) {
			if r.Kind == "iam.rolePolicy" && (r.Op == Create || other.ID != r.ID) {
				n += compact(other.Props.Str("policy"))
			}
		}
		if r.Kind == "iam.rolePolicy" && n > 10240 {
			return say("Maximum policy size of 10240 bytes exceeded for role %s (%d)", r.New.Str("role"), n)
		}
		return ""
	}},
	{ID: "attachment-policy", Code: "NoSuchEntity", Source: "IAM API Reference: AttachRolePolicy", Kinds: "iam.rolePolicyAttachment iam.userPolicyAttachment iam.groupPolicyAttachment", On: Create, Check: func(r *Request) string {
		return r.policyMissing(r.New.Str("policyArn"))
	}},
	{ID: "role-managed-policies", Code: "NoSuchEntity", Source: "IAM API Reference: AttachRolePolicy", Kinds: "iam.role", On: Write, Check: func(r *Request) string {
		for _, arn := range r.New.Strs("managedPolicyArns") {
			if wrong := r.policyMissing(arn); wrong != "" {
				return wrong
			}
		}
		return ""
	}},
	{ID: "attachments-per-role", Code: "LimitExceeded", Source: docIAM, Kinds: "iam.rolePolicyAttachment", On: Create, Check: func(r *Request) string {
		if r.countWith("iam.rolePolicyAttachment", "role", r.New.Str("role")) >= 10 {
			return say("Cannot exceed quota for PoliciesPerRole: 10 (%s)", r.New.Str("role"))
		}
		return ""
	}},
	{ID: "role-in-use", Code: "DeleteConflict", Source: docConflict, Kinds: "iam.role", On: Delete, Waits: true, Check: func(r *Request) string {
		for kind, what := range map[string]string{"iam.rolePolicyAttachment": "detach all policies", "iam.rolePolicy": "delete policies", "iam.instanceProfile": "remove roles from instance profile"} {
			for _, other := range r.With(kind, "role", r.ID) {
				if !r.Old.Bool("forceDetachPolicies") {
					return say("Cannot delete entity, must %s first. (%s)", what, other.ID)
				}
			}
		}
		return ""
	}},
	{ID: "policy-in-use", Code: "DeleteConflict", Source: "IAM API Reference: DeletePolicy", Kinds: "iam.policy", On: Delete, Waits: true, Check: func(r *Request) string {
		arn := r.Old.Str("arn")
		for _, kind := range []string{"iam.rolePolicyAttachment", "iam.userPolicyAttachment", "iam.groupPolicyAttachment"} {
			if other := r.By(kind, "policyArn", arn); other != nil {
				return say("Cannot delete a policy attached to entities. (%s)", other.ID)
			}
		}
		return ""
	}},
	{ID: "boundary", Code: "NoSuchEntity", Source: "IAM User Guide: Permissions boundaries for IAM entities", Kinds: "iam.role", On: Write, Check: func(r *Request) string {
		if b := r.New.Str("permissionsBoundary"); b != "" {
			return r.policyMissing(b)
		}
		return ""
	}},
}

// policyMissing says that a policy ARN names nothing. AWS's own policies are taken by their form.
func (r *Request) policyMissing(text string) string {
	a, ok := parseARN(text)
	switch {
	case !ok || a.service != "iam" || !strings.HasPrefix(a.resource, "policy/"):
		return say("ARN %s is not valid.", text)
	case a.account == "aws":
		if !managedForm.MatchString(text) || a.partition != r.Partition() {
			return say("Policy %s does not exist or is not attachable.", text)
		}
	case r.ByARN("iam.policy", text) == nil:
		return say("Policy %s does not exist or is not attachable.", text)
	}
	return ""
}

// compact counts the characters of a document as IAM does: without white space.
func compact(text string) int {
	return len(strings.Join(strings.Fields(text), ""))
}
