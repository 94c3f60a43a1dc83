package operations

import (
	"slices"

	"github.com/plinth-iac/plinth/policies/rule"
)

// Type tokens of secrets.
const (
	secret        = "aws:secretsmanager/secret:Secret"
	secretVersion = "aws:secretsmanager/secretVersion:SecretVersion"
	rotation      = "aws:secretsmanager/secretRotation:SecretRotation"
)

// passwords are the properties by which a program gives a database its password.
var passwords = map[string]string{database: "password", dbCluster: "masterPassword", docdbCluster: "masterPassword"}

func secretRotation() *rule.Rule {
	return &rule.Rule{
		ID: "secret-rotation", Title: "Secrets and database passwords are rotated", Severity: rule.Medium, Category: rule.Access,
		Why:      "A password that never changes is known for ever to everyone who has ever seen it.",
		Fix:      "a SecretRotation with the secret's secretId; or manageMasterUserPassword, by which AWS rotates a database's password",
		Controls: rule.Controls{Checkov: []string{"CKV2_AWS_57"}, SecurityHub: []string{"SecretsManager.1"}},
		Types:    []string{secret, database, dbCluster, docdbCluster},
		Settings: []rule.Setting{{
			Name: "byHand", Help: "Names of the secrets that people change themselves; * stands for anything.", Development: []string{}, Production: []string{},
		}},
		CheckGraph: func(g *rule.Graph, r *rule.Resource, s rule.Settings) rule.Verdict {
			if r.Type == secret {
				byHand := slices.ContainsFunc(s.Texts("byHand"), func(pattern string) bool { return rule.Matches(pattern, r.Name) })
				if byHand {
					return rule.Skipped()
				}
				return rotated(g, r)
			}
			return passwordRotated(g, r)
		},
	}
}

func rotated(g *rule.Graph, s *rule.Resource) rule.Verdict {
	rotations, unsure := g.Pointing(s, rotation, "secretId")
	switch {
	case len(rotations) > 0:
		return rule.Passed()
	case unsure.Outcome == rule.Unknown:
		return unsure
	}
	return rule.Failed("is never rotated", "add a SecretRotation with this secretId")
}

// passwordRotated judges a database's password: AWS rotates one that it manages itself,
// and a SecretRotation one that is in a secret.
func passwordRotated(g *rule.Graph, r *rule.Resource) rule.Verdict {
	managed, password := r.Get("manageMasterUserPassword"), r.Get(passwords[r.Type])
	switch {
	case managed.IsUnknown():
		return rule.NotKnown(managed)
	case rule.IsTrue(managed):
		return rule.Passed()
	case password.IsAbsent():
		return rule.Skipped() // a replica, or restored with the password that it had
	}
	var unsure rule.Verdict
	for _, version := range g.Of(secretVersion) {
		if !sharesPassword(r, version) {
			continue
		}
		s, missing := g.Target(version, secret, "secretId")
		if s == nil {
			unsure = rule.All(unsure, missing)
			continue
		}
		verdict := rotated(g, s)
		if verdict.Outcome == rule.Pass {
			return verdict
		}
		unsure = rule.All(unsure, verdict)
	}
	return rule.FailedUnless(unsure, "its password is in no secret that is rotated",
		"set manageMasterUserPassword to true; or, where AWS does not allow that, keep the password in a Secret with a SecretRotation")
}

// sharesPassword reports that a secret holds a database's password: the password comes
// from it, both come from the same source, or it tells where the database is.
func sharesPassword(db, version *rule.Resource) bool {
	behind := append([]string{db.URN}, db.Edges[passwords[db.Type]]...)
	return slices.Contains(behind, version.URN) ||
		slices.ContainsFunc(version.Edges["secretString"], func(urn string) bool { return slices.Contains(behind, urn) })
}
