package encryption

import (
	"strings"

	"github.com/plinth-iac/plinth/policies/rule"
)

func rdsProxyTls() *rule.Rule {
	return &rule.Rule{
		ID: "rds-proxy-tls", Title: "Database proxies require TLS", Severity: rule.High, Category: rule.Encryption,
		Why:      "A proxy ends the client's connection, so that what its database requires does not hold for its clients.",
		Fix:      "set requireTls to true",
		Controls: rule.Controls{SecurityHub: []string{"RDS.43"}},
		Types:    []string{dbProxy},
		Check: func(r *rule.Resource, _ rule.Settings) rule.Verdict {
			return encrypted(r, "requireTls", rule.IsTrue)
		},
		Remedy: func(*rule.Resource, rule.Settings) []rule.Patch {
			return []rule.Patch{{Path: "requireTls", Value: true}}
		},
	}
}

func elasticacheInTransit() *rule.Rule {
	return &rule.Rule{
		ID: "elasticache-in-transit", Title: "Caches require TLS and ask who connects", Severity: rule.High, Category: rule.Encryption,
		Why:      "Without TLS, everything cached travels in plain text; without users or a token, whoever reaches the port reads and empties the cache.",
		Fix:      "set transitEncryptionEnabled to true, and userGroupIds or authToken; give users a password, or the authentication mode iam",
		Controls: rule.Controls{Checkov: []string{"CKV_AWS_30", "CKV_AWS_31"}, Trivy: []string{"AWS-0051"}, SecurityHub: []string{"ElastiCache.5"}},
		Types:    []string{cacheGroup, cacheUser},
		Check: func(r *rule.Resource, _ rule.Settings) rule.Verdict {
			if r.Type == cacheUser {
				return identified(r)
			}
			if rule.IsSet(r.Get("globalReplicationGroupId")) {
				return rule.Skipped() // it is as the primary of its global datastore is
			}
			mode := r.Get("transitEncryptionMode")
			return rule.All(
				encrypted(r, "transitEncryptionEnabled", rule.IsTrue),
				mode.Want(func(v rule.Value) bool { return !rule.Is("preferred")(v) },
					"transitEncryptionMode still lets plain text in", `set transitEncryptionMode to "required"`),
				asksWho(r.Get("userGroupIds"), r.Get("authToken")))
		},
	}
}

// asksWho is the verdict on the users and the token of a cache; one of them is enough.
func asksWho(users, token rule.Value) rule.Verdict {
	switch {
	case len(users.Items()) > 0:
		return rule.Passed()
	case users.IsUnknown() && !rule.IsSet(token):
		return rule.NotKnown(users)
	}
	return token.Want(rule.IsSet, "lets in everyone who reaches it", "set userGroupIds or authToken")
}

// identified is the verdict on a user of caches, who is asked for a password or a token of
// IAM. One who is off, as the default user of a group should be, cannot connect.
func identified(r *rule.Resource) rule.Verdict {
	const fix = `set authenticationMode.type to "iam", or to "password" with passwords; or let accessString start with off`
	mode := r.Get("authenticationMode.type")
	return rule.Choose(r.Get("accessString").Holds(isOff), rule.Passed(), rule.All(
		r.Get("noPasswordRequired").Want(rule.NotTrue, "noPasswordRequired is on", fix),
		mode.Want(func(v rule.Value) bool { return !rule.Is("no-password-required")(v) }, "authenticationMode.type is "+mode.String(), fix)))
}

func isOff(v rule.Value) bool {
	access, _ := v.Text()
	rules := strings.Fields(access)
	return len(rules) > 0 && rules[0] == "off"
}

func memorydbTls() *rule.Rule {
	return &rule.Rule{
		ID: "memorydb-tls", Title: "MemoryDB clusters do not switch TLS off", Severity: rule.High, Category: rule.Encryption,
		Why:      "Without TLS there are no users either: whoever reaches the port reads and changes everything.",
		Fix:      "set tlsEnabled to true, or leave it out",
		Controls: rule.Controls{Checkov: []string{"CKV_AWS_202"}},
		Types:    []string{memoryDb},
		Check: func(r *rule.Resource, _ rule.Settings) rule.Verdict {
			return encrypted(r, "tlsEnabled", rule.NotFalse)
		},
	}
}

func daxTls() *rule.Rule {
	return &rule.Rule{
		ID: "dax-tls", Title: "DAX clusters speak TLS", Severity: rule.Medium, Category: rule.Encryption,
		Why:      "DynamoDB itself speaks TLS only; a DAX cluster without it carries the same items in plain text.",
		Fix:      `set clusterEndpointEncryptionType to "TLS"`,
		Controls: rule.Controls{Checkov: []string{"CKV_AWS_239"}, SecurityHub: []string{"DynamoDB.7"}},
		Types:    []string{daxCluster},
		Check: func(r *rule.Resource, _ rule.Settings) rule.Verdict {
			return r.Wants("clusterEndpointEncryptionType", rule.Is("TLS"), `"TLS"`)
		},
	}
}
