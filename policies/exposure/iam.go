package exposure

import (
	"strings"

	"github.com/plinth-iac/plinth/policies/internal/document"
	"github.com/plinth-iac/plinth/policies/rule"
)

func iamNoAdminStar() *rule.Rule {
	return &rule.Rule{
		ID: "iam-no-admin-star", Title: "No policy allows every action on every resource", Severity: rule.High, Category: rule.Access,
		Why: "Whoever gets hold of such a role owns the account.",
		Fix: "name the actions and the resources that are needed",
		Controls: rule.Controls{
			Checkov: []string{"CKV_AWS_62", "CKV_AWS_63"}, Trivy: []string{"AWS-0345"}, SecurityHub: []string{"IAM.1"}, CIS: []string{"1.15"},
		},
		Types: []string{
			iamPolicy, rolePolicy, userPolicy, groupPolicy, role, roleAttachment, userAttachment, groupAttachment, policyAttachment,
		},
		Check: func(r *rule.Resource, _ rule.Settings) rule.Verdict {
			switch r.Type {
			case roleAttachment, userAttachment, groupAttachment, policyAttachment:
				return noAdminArn(r.Get("policyArn"))
			case role:
				verdict := r.Get("inlinePolicies").Each(func(v rule.Value) rule.Verdict { return noStar(v.Get("policy")) })
				for _, arn := range r.Select("managedPolicyArns[]") {
					verdict = rule.All(verdict, noAdminArn(arn))
				}
				return rule.All(verdict, rule.Passed())
			}
			return noStar(r.Get("policy"))
		},
	}
}

func noAdminArn(arn rule.Value) rule.Verdict {
	return arn.Want(func(v rule.Value) bool {
		name, _ := v.Text()
		return !strings.HasSuffix(name, ":policy/AdministratorAccess")
	}, "attaches AdministratorAccess", "attach a policy that names what is needed")
}

func noStar(policy rule.Value) rule.Verdict {
	if policy.IsAbsent() {
		return rule.Passed()
	}
	statements, bad := document.Parse(policy)
	for _, s := range statements {
		if s.Allow && contains(s.Actions, "*", "*:*") && contains(s.Resources, "*") && len(s.Conditions) == 0 {
			return rule.Failed(policy.Path()+" allows every action on every resource", "name the actions and resources that are needed")
		}
	}
	return rule.All(bad, rule.Passed())
}

func kmsPolicyNoStar() *rule.Rule {
	return &rule.Rule{
		ID: "kms-policy-no-star", Title: "Key policies name their principals", Severity: rule.High, Category: rule.Access,
		Why:      "A wildcard principal lets every AWS account use the key, be it through a service, unless a condition says whose callers are meant.",
		Fix:      "name the principals, or add a condition such as kms:CallerAccount",
		Controls: rule.Controls{Checkov: []string{"CKV_AWS_33"}, SecurityHub: []string{"KMS.5"}},
		Types:    []string{kmsKey, kmsReplica, keyPolicy},
		Check: func(r *rule.Resource, _ rule.Settings) rule.Verdict {
			policy := r.Get("policy")
			if policy.IsAbsent() {
				return rule.Passed() // AWS's default names the account
			}
			statements, bad := document.Parse(policy)
			for _, s := range statements {
				if s.Allow && contains(s.Principals, "*") && !narrowed(s) { // kms:ViaService is every account's service
					return rule.Failed("its policy lets everyone use the key", "name the principals, or add a condition such as kms:CallerAccount")
				}
			}
			return rule.All(bad, rule.Passed())
		},
	}
}
