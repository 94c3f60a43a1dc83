package exposure

import (
	"fmt"

	"github.com/plinth-iac/plinth/policies/internal/ruletest"
	"github.com/plinth-iac/plinth/policies/rule"
)

// trusted is a role that lets a principal do something, on a condition.
func trusted(principal, action, condition string) []r {
	return one(role, in{"assumeRolePolicy": fmt.Sprintf(`{"Statement":[{"Effect":"Allow","Principal":%s,"Action":%q,"Condition":{%s}}]}`, principal, action, condition)})
}

// repositories are trusted by GitHub's provider, and a condition.
func repositories(condition string) []r {
	return trusted(`{"Federated":"arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"}`, byToken, condition)
}

const (
	assume   = "sts:AssumeRole"
	byToken  = "sts:AssumeRoleWithWebIdentity"
	audience = `"StringEquals":{"token.actions.githubusercontent.com:aud":"sts.amazonaws.com"}`
)

var trustCases = []ruletest.Case{
	check("iam-trust-not-public", "a service", rule.Pass, "", trusted(service("ec2.amazonaws.com"), assume, "")),
	check("iam-trust-not-public", "an account that is named", rule.Pass, "", trusted(`{"AWS":"arn:aws:iam::123456789012:root"}`, assume, "")),
	check("iam-trust-not-public", "everyone", rule.Fail, "lets everyone assume it. Fix: name the principals", trusted(all, assume, "")),
	check("iam-trust-not-public", "everyone with an account", rule.Fail, "lets everyone", trusted(`{"AWS":["arn:aws:iam::123456789012:root","*"]}`, "sts:*", "")),
	check("iam-trust-not-public", "everyone who knows a word", rule.Fail, "lets everyone", trusted(all, assume, `"StringEquals":{"sts:ExternalId":"shop"}`)),
	check("iam-trust-not-public", "everyone but some", rule.Fail, "lets everyone",
		one(role, in{"assumeRolePolicy": `{"Statement":{"Effect":"Allow","NotPrincipal":{"AWS":"123456789012"},"Action":"sts:AssumeRole"}}`})),
	check("iam-trust-not-public", "everyone of the organization", rule.Pass, "", trusted(`{"AWS":"*"}`, assume, `"StringEquals":{"aws:PrincipalOrgID":"o-1234567890"}`)),
	check("iam-trust-not-public", "everyone of any organization", rule.Fail, "lets everyone", trusted(`{"AWS":"*"}`, assume, `"StringLike":{"aws:PrincipalOrgID":"*"}`)),
	check("iam-trust-not-public", "everyone may tag, nobody assume", rule.Pass, "", trusted(all, "sts:TagSession", "")),

	check("iam-trust-not-public", "a repository", rule.Pass, "", repositories(`"StringLike":{"token.actions.githubusercontent.com:sub":"repo:shop/web:*"}`)),
	check("iam-trust-not-public", "every repository", rule.Fail, "token.actions.githubusercontent.com vouches for assume it. Fix: add a condition on the provider's sub",
		repositories(audience)),
	check("iam-trust-not-public", "every repository, by a pattern", rule.Fail, "vouches for",
		repositories(`"StringLike":{"token.actions.githubusercontent.com:sub":["repo:shop/web:*","repo:*"]}`)),
	check("iam-trust-not-public", "a repository, if one is said", rule.Fail, "vouches for",
		repositories(`"ForAllValues:StringLike":{"token.actions.githubusercontent.com:sub":"repo:shop/web:*"}`)),
	check("iam-trust-not-public", "a service account", rule.Pass, "", trusted(`{"Federated":"arn:aws:iam::123456789012:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/A1"}`,
		byToken, `"StringEquals":{"oidc.eks.eu-west-1.amazonaws.com/id/A1:sub":"system:serviceaccount:shop:web"}`)),
	check("iam-trust-not-public", "an organization's own provider", rule.Pass, "",
		trusted(`{"Federated":"arn:aws:iam::123456789012:saml-provider/staff"}`, "sts:AssumeRoleWithSAML", `"StringEquals":{"SAML:aud":"https://signin.aws.amazon.com/saml"}`)),
	check("iam-trust-not-public", "an application's users", rule.Pass, "",
		trusted(`{"Federated":"cognito-identity.amazonaws.com"}`, byToken, `"StringEquals":{"cognito-identity.amazonaws.com:aud":"eu-west-1:a1"}`)),
	check("iam-trust-not-public", "every application's users", rule.Fail, "the users of every application of accounts.google.com",
		trusted(`{"Federated":"accounts.google.com"}`, byToken, "")),
	check("iam-trust-not-public", "not a document", rule.Fail, "not a policy document", one(role, in{"assumeRolePolicy": "*"})),
	check("iam-trust-not-public", "computed", rule.Unknown, "assumeRolePolicy", one(role, in{"assumeRolePolicy": later})),
}
