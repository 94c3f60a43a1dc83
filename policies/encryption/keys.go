package encryption

import (
	"fmt"
	"strings"

	"github.com/plinth-iac/plinth/policies/internal/replicas"
	"github.com/plinth-iac/plinth/policies/rule"
)

// keyTypes are the resources that can be behind the name of a key.
var keyTypes = []string{kmsKey, kmsReplica, kmsAlias}

// ownedByAws reports that a key is certain to be one of AWS: none is named, or one below
// an alias that only AWS can make.
func ownedByAws(key rule.Value) bool {
	name, _ := key.Text()
	return !rule.IsSet(key) || strings.Contains(name, "alias/aws/")
}

// byAws is the failure of a key that is ownedByAws.
func byAws(key rule.Value) rule.Verdict {
	return rule.Failed(fmt.Sprintf("%s is %v, so that AWS's own key is used", key.Path(), key), "set "+key.Path()+" to the ARN of a KMS key of your own")
}

// customerKey is the verdict on the key that a value names: passed if it is one of the
// customer. Of a key that is only named, by its id or ARN, nobody can tell whose it is.
func customerKey(g *rule.Graph, r *rule.Resource, key rule.Value) rule.Verdict {
	name, _ := key.Text()
	switch {
	case ownedByAws(key):
		return byAws(key)
	case len(g.Behind(r, key, keyTypes...)) > 0, strings.Contains(name, "alias/"):
		return rule.Passed()
	}
	return r.Elsewhere(key)
}

// cmk makes a rule that wants a customer's key. What is wrong without one is the same for
// all of them. Keys cost money, so development may do without.
func cmk(r rule.Rule, judge func(g *rule.Graph, r *rule.Resource) rule.Verdict) *rule.Rule {
	r.Category, r.Development = rule.Encryption, rule.At(rule.Disabled)
	r.Why = "The customer cannot restrict or withdraw the use of a key of AWS, nor give another account what it encrypts."
	r.CheckGraph = func(g *rule.Graph, r *rule.Resource, _ rule.Settings) rule.Verdict { return judge(g, r) }
	return &r
}

// at judges the one key at a path.
func at(path string) func(*rule.Graph, *rule.Resource) rule.Verdict {
	return func(g *rule.Graph, r *rule.Resource) rule.Verdict { return customerKey(g, r, r.Get(path)) }
}

// inReplicas judges the keys of the replicas of a store.
func inReplicas(g *rule.Graph, r *rule.Resource, path string) rule.Verdict {
	return r.Get("replicas").Each(func(replica rule.Value) rule.Verdict {
		if replica.IsUnknown() {
			return r.Elsewhere(replica)
		}
		return customerKey(g, r, replica.Get(path))
	})
}

func rdsCmk() *rule.Rule {
	return cmk(rule.Rule{
		ID: "rds-cmk", Title: "Databases are encrypted with the customer's key", Severity: rule.Medium,
		Fix:      "set kmsKeyId; where they are used, also masterUserSecretKmsKeyId and performanceInsightsKmsKeyId",
		Controls: rule.Controls{Checkov: []string{"CKV_AWS_327", "CKV_AWS_354"}, Trivy: []string{"AWS-0078"}},
		Types:    []string{database, dbCluster, dbMember},
	}, func(g *rule.Graph, r *rule.Resource) rule.Verdict {
		var storage rule.Verdict
		own := rule.IsSet(r.Get("kmsKeyId")) || !replicas.Is(r) // a replica may have its source's
		if r.Type != dbMember && own {
			storage = customerKey(g, r, r.Get("kmsKeyId"))
		}
		used := func(flag, path string) rule.Verdict {
			return rule.Choose(r.Get(flag).Holds(rule.IsTrue), customerKey(g, r, r.Get(path)), rule.Skipped())
		}
		return rule.All(storage, used("manageMasterUserPassword", "masterUserSecretKmsKeyId"),
			used("performanceInsightsEnabled", "performanceInsightsKmsKeyId"))
	})
}

func dynamodbCmk() *rule.Rule {
	return cmk(rule.Rule{
		ID: "dynamodb-cmk", Title: "DynamoDB tables and their replicas are encrypted with the customer's key", Severity: rule.Medium,
		Fix:      "set serverSideEncryption with enabled true and kmsKeyArn, and kmsKeyArn of each replica",
		Controls: rule.Controls{Checkov: []string{"CKV_AWS_119", "CKV_AWS_271"}, Trivy: []string{"AWS-0025"}},
		Types:    []string{table, tableReplica},
	}, func(g *rule.Graph, r *rule.Resource) rule.Verdict {
		if r.Type == tableReplica {
			return customerKey(g, r, r.Get("kmsKeyArn"))
		}
		on := encrypted(r, "serverSideEncryption.enabled", rule.IsTrue)
		return rule.All(rule.Choose(on, customerKey(g, r, r.Get("serverSideEncryption.kmsKeyArn")), on), inReplicas(g, r, "kmsKeyArn"))
	})
}

func memorydbCmk() *rule.Rule {
	return cmk(rule.Rule{
		ID: "memorydb-cmk", Title: "MemoryDB clusters are encrypted with the customer's key", Severity: rule.Medium,
		Fix: "set kmsKeyArn", Controls: rule.Controls{Checkov: []string{"CKV_AWS_201"}}, Types: []string{memoryDb},
	}, at("kmsKeyArn"))
}

func backupVaultCmk() *rule.Rule {
	return cmk(rule.Rule{
		ID: "backup-vault-cmk", Title: "Backup vaults are encrypted with the customer's key", Severity: rule.Medium,
		Fix: "set kmsKeyArn", Controls: rule.Controls{Checkov: []string{"CKV_AWS_166"}, SecurityHub: []string{"Backup.1"}},
		Types: []string{vault},
	}, at("kmsKeyArn"))
}

func secretCmk() *rule.Rule {
	return cmk(rule.Rule{
		ID: "secret-cmk", Title: "Secrets and their replicas are encrypted with the customer's key", Severity: rule.Medium,
		Fix:      "set kmsKeyId, and kmsKeyId of each replica",
		Controls: rule.Controls{Checkov: []string{"CKV_AWS_149"}, Trivy: []string{"AWS-0098"}}, Types: []string{secret},
	}, func(g *rule.Graph, r *rule.Resource) rule.Verdict {
		return rule.All(customerKey(g, r, r.Get("kmsKeyId")), inReplicas(g, r, "kmsKeyId"))
	})
}

func logGroupCmk() *rule.Rule {
	return cmk(rule.Rule{
		ID: "log-group-cmk", Title: "Log groups and trails are encrypted with the customer's key", Severity: rule.Low,
		Fix: "set kmsKeyId",
		Controls: rule.Controls{
			Checkov: []string{"CKV_AWS_158", "CKV_AWS_35"}, Trivy: []string{"AWS-0017", "AWS-0015"}, SecurityHub: []string{"CloudTrail.2"}, CIS: []string{"3.5"},
		},
		Types: []string{logGroup, trail},
	}, at("kmsKeyId"))
}

func ecrCmk() *rule.Rule {
	return cmk(rule.Rule{
		ID: "ecr-cmk", Title: "Image repositories are encrypted with the customer's key", Severity: rule.Low,
		Fix:      `set encryptionConfigurations with encryptionType "KMS" and kmsKey`,
		Controls: rule.Controls{Checkov: []string{"CKV_AWS_136"}, Trivy: []string{"AWS-0033"}}, Types: []string{repository},
	}, func(g *rule.Graph, r *rule.Resource) rule.Verdict {
		keyed := r.Get("encryptionConfigurations").Each(func(v rule.Value) rule.Verdict {
			kind := v.Get("encryptionType") // AES256 by default, which takes no key
			return rule.All(customerKey(g, r, v.Get("kmsKey")),
				kind.Want(rule.Is("KMS", "KMS_DSSE"), kind.Path()+" is "+kind.String(), `set `+kind.Path()+` to "KMS"`))
		})
		if keyed.Outcome == rule.NotApplicable {
			return rule.Failed("encryptionConfigurations is not set, so that AWS's own key is used",
				`set encryptionConfigurations with encryptionType "KMS" and the ARN of a KMS key of your own as kmsKey`)
		}
		return keyed
	})
}

func snsEncrypted() *rule.Rule {
	return &rule.Rule{
		ID: "sns-encrypted", Title: "Topics are encrypted", Severity: rule.Medium, Category: rule.Encryption,
		Why: "SNS keeps messages in plain text, while it delivers and retries, unless it is given a key.",
		Fix: "set kmsMasterKeyId to a key that the publishing services may use",
		Controls: rule.Controls{
			Checkov: []string{"CKV_AWS_26"}, Trivy: []string{"AWS-0095", "AWS-0136"}, SecurityHub: []string{"SNS.1"},
		},
		Types:       []string{topic},
		Development: rule.At(rule.Disabled), // alarms cannot publish with AWS's free key
		CheckGraph: func(g *rule.Graph, r *rule.Resource, _ rule.Settings) rule.Verdict {
			key := r.Get("kmsMasterKeyId")
			if key.IsUnknown() && len(g.Behind(r, key, keyTypes...)) == 0 {
				return r.Elsewhere(key)
			}
			if rule.IsSet(key) {
				return rule.Passed()
			}
			return rule.Failed("kmsMasterKeyId is not set", "set kmsMasterKeyId to the ARN of a KMS key that the publishing services may use")
		},
	}
}
