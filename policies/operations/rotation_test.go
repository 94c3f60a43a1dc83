package operations

import (
	"github.com/plinth-iac/plinth/policies/internal/ruletest"
	"github.com/plinth-iac/plinth/policies/rule"
)

var (
	credentials = r{Type: secret, Name: "credentials", In: in{}}
	rotates     = every(in{"automaticallyAfterDays": 30})
)

// every is the rotation of the secret by these rules.
func every(rules any) r {
	return r{Type: rotation, Name: "rotates", In: in{"secretId": later, "rotationRules": rules}, Edges: to{"secretId": {"credentials"}}}
}

// holds is the version of the secret, made of other resources.
func holds(sources ...string) r {
	return r{Type: secretVersion, Name: "holds", In: in{"secretId": later, "secretString": rule.Secret{Of: later}},
		Edges: to{"secretId": {"credentials"}, "secretString": sources}}
}

// withPassword is a database whose password comes from other resources.
func withPassword(sources ...string) r {
	return r{Type: database, Name: "shop", In: in{"password": rule.Secret{Of: later}}, Edges: to{"password": sources}}
}

// ofShop is a case about a database, besides which the stack has a secret.
func ofShop(name string, want rule.Outcome, says string, stack ...r) ruletest.Case {
	c := check("secret-rotation", name, want, says, append(stack, credentials))
	c.Subject = "shop"
	return c
}

// ofNames is a case in which people change the secrets of some names.
func ofNames(name string, want rule.Outcome, byHand ...string) ruletest.Case {
	c := check("secret-rotation", name, want, "", []r{credentials})
	c.Settings = rule.Settings{"byHand": byHand}
	return c
}

var rotationCases = []ruletest.Case{
	check("secret-rotation", "rotated", rule.Pass, "", []r{credentials, rotates}),
	check("secret-rotation", "not rotated", rule.Fail, "Secret credentials: is never rotated. Fix: add a SecretRotation", []r{credentials}),
	check("secret-rotation", "rotated by a schedule", rule.Pass, "", []r{credentials, every(in{"scheduleExpression": "rate(4 hours)"})}),
	check("secret-rotation", "rotated by a schedule to come", rule.Pass, "", []r{credentials, every(in{"scheduleExpression": later})}),
	check("secret-rotation", "rotated within the most days", rule.Pass, "", []r{credentials, every(in{"automaticallyAfterDays": 90})}),
	check("secret-rotation", "rotated once in a blue moon", rule.Fail, "rotationRules.automaticallyAfterDays of rotates is 91. Fix: set it to 90 or less",
		[]r{credentials, every(in{"automaticallyAfterDays": 91})}),
	check("secret-rotation", "rotated who knows when", rule.Unknown, "rotationRules", []r{credentials, every(later)}),
	check("secret-rotation", "rotated after days to come", rule.Unknown, "automaticallyAfterDays", []r{credentials, every(in{"automaticallyAfterDays": later})}),
	ofNames("changed by hand", rule.NotApplicable, "login-*", "credentials"),
	ofNames("others are changed by hand", rule.Fail, "login-*", "credential"),
	check("secret-rotation", "perhaps rotated", rule.Unknown, "secretId", []r{credentials, {Type: rotation, Name: "other", In: in{"secretId": later}}}),

	ofShop("managed by AWS", rule.Pass, "", r{Type: database, Name: "shop", In: in{"manageMasterUserPassword": true}}),
	ofShop("replica", rule.NotApplicable, "", r{Type: database, Name: "shop", In: in{"replicateSourceDb": later}}),
	ofShop("literal", rule.Fail, "its password is in no secret that is rotated", withPassword(), holds(), rotates),
	ofShop("from a rotated secret", rule.Pass, "", withPassword("holds"), holds(), rotates),
	ofShop("from the same source as a rotated secret", rule.Pass, "", withPassword("generated"), holds("generated"), rotates),
	ofShop("in a rotated secret that names the database", rule.Pass, "", withPassword(), holds("shop"), rotates),
	ofShop("in a rotated secret of another database", rule.Fail, "in no secret that is rotated", withPassword("generated"), holds("other"), rotates),
	ofShop("in a secret that is not rotated", rule.Fail, "in no secret that is rotated", withPassword("holds"), holds()),
	ofShop("in a secret that is rotated too seldom", rule.Fail, "in no secret that is rotated within 90 days", withPassword("holds"), holds(),
		every(in{"automaticallyAfterDays": 365})),
	ofShop("of a cluster", rule.Fail, "set manageMasterUserPassword to true", r{Type: dbCluster, Name: "shop", In: in{"masterPassword": rule.Secret{Of: "hunter22"}}}),
	ofShop("in a secret of another stack", rule.Unknown, "secretId", withPassword("holds"),
		r{Type: secretVersion, Name: "holds", In: in{"secretId": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop"}}),
	ofShop("in a secret that is perhaps rotated", rule.Unknown, "secretId", withPassword("holds"), holds(), r{Type: rotation, Name: "other", In: in{"secretId": later}}),
	ofShop("managed, perhaps", rule.Unknown, "manageMasterUserPassword", r{Type: database, Name: "shop", In: in{"manageMasterUserPassword": later}}),
}
