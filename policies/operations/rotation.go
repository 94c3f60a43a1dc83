package operations

import (
	"fmt"
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
		Fix:      "a SecretRotation with the secret's secretId, and rotationRules; or manageMasterUserPassword, by which AWS rotates a database's password",
		Controls: rule.Controls{Checkov: []string{"CKV2_AWS_57", "CKV_AWS_304"}, SecurityHub: []string{"SecretsManager.1", "SecretsManager.4"}},
		Types:    []string{secret, database, dbCluster, docdbCluster},
		Settings: []rule.Setting{{
			Name: "byHand", Help: "Names of the secrets that people change themselves; * stands for anything.", Development: []string{}, Production: []string{},
		}, {
			Name: "days", Help: "The most days between two rotations; what a scheduleExpression says is not counted.", Development: 90, Production: 90, Stricter: rule.Less,
		}},
		CheckGraph: func(g *rule.Graph, r *rule.Resource, s rule.Settings) rule.Verdict {
			if r.Type == secret {
				byHand := slices.ContainsFunc(s.Texts("byHand"), func(pattern string) bool { return rule.Matches(pattern, r.Name) })
				if byHand {
					return rule.Skipped()
				}
				return rotated(g, r, s.Number("days"))
			}
			return passwordRotated(g, r, s.Number("days"))
		},
	}
}

// rotated is the verdict on a secret that is to be rotated every so many days.
func rotated(g *rule.Graph, s *rule.Resource, most float64) rule.Verdict {
	rotations, unsure := g.Pointing(s, rotation, "secretId")
	var verdicts []rule.Verdict
	for _, by := range rotations {
		days := by.Get("rotationRules.automaticallyAfterDays")
		often := days.Want(func(v rule.Value) bool { return rule.AtLeast(1)(v) && !rule.AtLeast(most+1)(v) },
			fmt.Sprintf("rotationRules.automaticallyAfterDays of %s is %v", by.Name, days), fmt.Sprintf("set it to %v or less", most))
		verdicts = append(verdicts, often, by.Get("rotationRules.scheduleExpression").Named())
	}
	return rule.Any(append(verdicts, rule.FailedUnless(unsure, "is never rotated", "add a SecretRotation with this secretId"))...)
}

// passwordRotated judges a database's password: AWS rotates one that it manages itself,
// and a SecretRotation one that is in a secret.
func passwordRotated(g *rule.Graph, r *rule.Resource, most float64) rule.Verdict {
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
		verdict := rotated(g, s, most)
		if verdict.Outcome == rule.Pass {
			return verdict
		}
		unsure = rule.All(unsure, verdict)
	}
	return rule.FailedUnless(unsure, fmt.Sprintf("its password is in no secret that is rotated within %v days", most),
		"set manageMasterUserPassword to true; or, where AWS does not allow that, keep the password in a Secret with a SecretRotation")
}

// sharesPassword reports that a secret holds a database's password: the password comes
// from it, both come from the same source, or it tells where the database is.
func sharesPassword(db, version *rule.Resource) bool {
	behind := append([]string{db.URN}, db.Edges[passwords[db.Type]]...)
	return slices.Contains(behind, version.URN) ||
		slices.ContainsFunc(version.Edges["secretString"], func(urn string) bool { return slices.Contains(behind, urn) })
}
