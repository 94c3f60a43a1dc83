package exposure

import (
	"slices"
	"strings"

	"github.com/plinth-iac/plinth/policies/internal/document"
	"github.com/plinth-iac/plinth/policies/rule"
)

func iamTrustNotPublic() *rule.Rule {
	return &rule.Rule{
		ID: "iam-trust-not-public", Title: "Roles say who may assume them", Severity: rule.High, Category: rule.Access,
		Why:      "Everyone with an AWS account can try a role that trusts all, and everyone with a repository one that trusts all of GitHub.",
		Fix:      "name the principals in assumeRolePolicy; of an identity provider, add a condition on its sub",
		Controls: rule.Controls{Checkov: []string{"CKV_AWS_60", "CKV_AWS_358"}},
		Types:    []string{role},
		Check: func(r *rule.Resource, _ rule.Settings) rule.Verdict {
			return statements(r.Get("assumeRolePolicy"), trusts)
		},
	}
}

// webIdentities are the identity providers that IAM knows by themselves. They tell one
// application's users from another's by its id.
var webIdentities = []string{"cognito-identity.amazonaws.com", "accounts.google.com", "www.amazon.com", "graph.facebook.com"}

// trusts is the verdict on one statement of a role's trust policy. Services, accounts, which
// are named, and an organisation's own SAML provider are for the program to choose.
func trusts(s document.Statement) rule.Verdict {
	if !slices.ContainsFunc(s.Actions, assumes) || narrowed(s) || conditioned(s, isSubject, isWideSubject) {
		return rule.Passed()
	}
	verdicts := []rule.Verdict{rule.Passed()}
	for _, principal := range s.Principals {
		switch {
		case principal == "*":
			verdicts = append(verdicts, rule.Failed("lets everyone assume it", "name the principals in assumeRolePolicy, or add a condition such as aws:PrincipalOrgID"))
		case strings.Contains(principal, ":oidc-provider/"):
			verdicts = append(verdicts, rule.Failed("lets everyone whom "+s.Show(principal)+" vouches for assume it",
				"add a condition on the provider's sub to assumeRolePolicy, as token.actions.githubusercontent.com:sub"))
		case slices.Contains(webIdentities, principal) && !conditioned(s, isApplication, isWide):
			verdicts = append(verdicts, rule.Failed("lets the users of every application of "+s.Show(principal)+" assume it",
				"add a condition on the provider's aud or app_id to assumeRolePolicy"))
		}
	}
	return rule.All(verdicts...)
}

// assumes accepts the actions by which somebody gets a role, and not those that only mark
// the session.
func assumes(action string) bool {
	return strings.HasPrefix(strings.ToLower(action), "sts:assumerole") || strings.Contains(action, "*")
}

func isSubject(key string) bool { return strings.HasSuffix(key, ":sub") }

func isApplication(key string) bool {
	return strings.HasSuffix(key, ":aud") || strings.HasSuffix(key, ":app_id")
}

// isWideSubject accepts the subjects of all owners, too, such as repo:*.
func isWideSubject(value string) bool {
	_, owner, _ := strings.Cut(value, ":")
	return isWide(value) || strings.HasPrefix(owner, "*")
}
