package encryption

import (
	"strings"

	"github.com/plinth-iac/plinth/policies/internal/replicas"
	"github.com/plinth-iac/plinth/policies/rule"
)

func rdsStorageEncrypted() *rule.Rule {
	return &rule.Rule{
		ID: "rds-storage-encrypted", Title: "Databases are encrypted at rest", Severity: rule.Critical, Category: rule.Encryption,
		Why: "A database that was created without encryption stays so, with all its snapshots and replicas, until it is replaced.",
		Fix: "set storageEncrypted to true; on a replica in another region also kmsKeyId",
		Controls: rule.Controls{
			Checkov: []string{"CKV_AWS_16", "CKV_AWS_96", "CKV_AWS_140"}, Trivy: []string{"AWS-0080", "AWS-0079"},
			SecurityHub: []string{"RDS.3", "RDS.27"}, CIS: []string{"2.2.1"},
		},
		Types: []string{database, dbCluster, globalDb},
		Check: func(r *rule.Resource, _ rule.Settings) rule.Verdict {
			said := encrypted(r, "storageEncrypted", rule.IsTrue)
			if said.Outcome != rule.Fail {
				return said
			}
			switch {
			case r.Type == globalDb && rule.IsSet(r.Get("sourceDbClusterIdentifier")):
				return rule.Skipped() // it is as its source is
			case replicas.Is(r):
				return replicaEncrypted(r)
			case r.Type == dbCluster && r.Get("storageEncrypted").IsAbsent():
				return r.Get("engineMode").Want(rule.Is("serverless"), said.Problem, said.Fix) // encrypted by default
			}
			return said
		},
	}
}

// encrypted is the verdict on a truth value that says whether something is encrypted.
func encrypted(r *rule.Resource, path string, ok func(rule.Value) bool) rule.Verdict {
	return r.Wants(path, ok, "true")
}

// replicaEncrypted judges a replica that does not say that it is encrypted. In the region
// of its source it is as its source is; in another one, a key of that region says it.
func replicaEncrypted(r *rule.Resource) rule.Verdict {
	from, key := replicas.Source(r), r.Get("kmsKeyId")
	switch {
	case key.IsUnknown():
		return rule.NotKnown(key)
	case rule.IsSet(key):
		return rule.Passed()
	}
	arn, known := from.Text()
	if !known {
		return rule.NotKnown(from)
	}
	if !strings.HasPrefix(arn, "arn:") {
		return rule.Skipped() // only a source in the same region can be named by its identifier
	}
	switch here := r.Region(); here {
	case "":
		return rule.Undecided("region of the provider", rule.NotYet)
	case rule.ArnRegion(arn):
		return rule.Skipped()
	}
	return rule.Failed("is a replica in another region without a key", "set kmsKeyId to the ARN of a key of its own region, and storageEncrypted to true")
}

// keyChoice is the setting of rules for which encryption matters first and whose key it
// is second.
var keyChoice = rule.Setting{
	Name: "ownedByAws", Help: "What a store is that is encrypted with a key of AWS: allow is no finding, warn an advisory one, deny an ordinary one.",
	Development: "allow", Production: "warn", Allowed: []string{"allow", "warn", "deny"}, Stricter: rule.More,
}

// withKey adds to the verdict on a store's encryption the one on its key. That the key is
// not known yet leaves the store encrypted.
func withKey(verdict rule.Verdict, key rule.Value, s rule.Settings) rule.Verdict {
	choice := s.Text(keyChoice.Name)
	if verdict.Outcome != rule.Pass || choice == "allow" || !ownedByAws(key) {
		return verdict
	}
	verdict = byAws(key)
	verdict.AtMostAdvisory = choice == "warn"
	return verdict
}

func elasticacheAtRest() *rule.Rule {
	return &rule.Rule{
		ID: "elasticache-at-rest", Title: "Caches are encrypted at rest", Severity: rule.High, Category: rule.Encryption,
		Why:      "What a cache swaps out and its snapshots are readable otherwise; it can be changed only by replacing the cache.",
		Fix:      "set atRestEncryptionEnabled to true and kmsKeyId",
		Controls: rule.Controls{Checkov: []string{"CKV_AWS_29", "CKV_AWS_191"}, Trivy: []string{"AWS-0045"}, SecurityHub: []string{"ElastiCache.4"}},
		Types:    []string{cacheGroup},
		Settings: []rule.Setting{keyChoice},
		Check: func(r *rule.Resource, s rule.Settings) rule.Verdict {
			if rule.IsSet(r.Get("globalReplicationGroupId")) {
				return rule.Skipped() // it is as the primary of its global datastore is
			}
			on := rule.Choose(r.Get("engine").Holds(rule.Is("valkey")),
				encrypted(r, "atRestEncryptionEnabled", rule.NotFalse), // AWS's default there
				encrypted(r, "atRestEncryptionEnabled", rule.IsTrue))
			return withKey(on, r.Get("kmsKeyId"), s)
		},
	}
}

// keyedStore makes a rule about stores that are encrypted only if one property says so, with
// the key that another one names.
func keyedStore(r rule.Rule, flag, key string) *rule.Rule {
	r.Severity, r.Category, r.Settings = rule.High, rule.Encryption, []rule.Setting{keyChoice}
	r.Check = func(r *rule.Resource, s rule.Settings) rule.Verdict {
		return withKey(encrypted(r, flag, rule.IsTrue), r.Get(key), s)
	}
	return &r
}

func docdbEncrypted() *rule.Rule {
	return keyedStore(rule.Rule{
		ID: "docdb-encrypted", Title: "DocumentDB clusters are encrypted at rest",
		Why:      "A cluster that was created without encryption stays so, with all its snapshots, until it is replaced.",
		Fix:      "set storageEncrypted to true and kmsKeyId",
		Controls: rule.Controls{Checkov: []string{"CKV_AWS_74", "CKV_AWS_182"}, Trivy: []string{"AWS-0021", "AWS-0022"}, SecurityHub: []string{"DocumentDB.1"}},
		Types:    []string{docdbCluster},
	}, "storageEncrypted", "kmsKeyId")
}

func neptuneEncrypted() *rule.Rule {
	return keyedStore(rule.Rule{
		ID: "neptune-encrypted", Title: "Neptune clusters are encrypted at rest",
		Why:      "A cluster that was created without encryption stays so, with all its snapshots, until it is replaced.",
		Fix:      "set storageEncrypted to true and kmsKeyArn",
		Controls: rule.Controls{Checkov: []string{"CKV_AWS_44", "CKV_AWS_347"}, Trivy: []string{"AWS-0076", "AWS-0128"}, SecurityHub: []string{"Neptune.1"}},
		Types:    []string{neptuneCluster},
	}, "storageEncrypted", "kmsKeyArn")
}

func redshiftEncrypted() *rule.Rule {
	return keyedStore(rule.Rule{
		ID: "redshift-encrypted", Title: "Warehouses are encrypted at rest",
		Why:      "Every snapshot of a warehouse that is not encrypted is readable too, by everyone whom it is shared with.",
		Fix:      "set encrypted to true and kmsKeyId; the warehouse is slower while AWS encrypts it",
		Controls: rule.Controls{Checkov: []string{"CKV_AWS_64", "CKV_AWS_142"}, Trivy: []string{"AWS-0084"}, SecurityHub: []string{"Redshift.10"}},
		Types:    []string{warehouse},
	}, "encrypted", "kmsKeyId")
}

func daxEncrypted() *rule.Rule {
	return &rule.Rule{
		ID: "dax-encrypted", Title: "DAX clusters are encrypted at rest", Severity: rule.High, Category: rule.Encryption,
		Why:      "A DAX cluster keeps what it caches on disk; it can be encrypted only when it is created.",
		Fix:      "set serverSideEncryption.enabled to true",
		Controls: rule.Controls{Checkov: []string{"CKV_AWS_47"}, Trivy: []string{"AWS-0023"}, SecurityHub: []string{"DynamoDB.3"}},
		Types:    []string{daxCluster},
		Check: func(r *rule.Resource, _ rule.Settings) rule.Verdict {
			return encrypted(r, "serverSideEncryption.enabled", rule.IsTrue)
		},
	}
}

func sqsEncrypted() *rule.Rule {
	return &rule.Rule{
		ID: "sqs-encrypted", Title: "Queues are encrypted", Severity: rule.Medium, Category: rule.Encryption,
		Why:      "AWS encrypts queues unless it is told not to; then messages lie in plain text for as long as they wait.",
		Fix:      "set sqsManagedSseEnabled to true, or kmsMasterKeyId",
		Controls: rule.Controls{Checkov: []string{"CKV_AWS_27", "CKV2_AWS_73"}, Trivy: []string{"AWS-0096", "AWS-0135"}, SecurityHub: []string{"SQS.1"}},
		Types:    []string{queue},
		Check: func(r *rule.Resource, _ rule.Settings) rule.Verdict {
			managed, key := encrypted(r, "sqsManagedSseEnabled", rule.NotFalse), r.Get("kmsMasterKeyId")
			if managed.Outcome == rule.Pass || !rule.IsSet(key) {
				return managed
			}
			return key.Want(rule.IsSet, "", "")
		},
		Remedy: func(*rule.Resource, rule.Settings) []rule.Patch {
			return []rule.Patch{{Path: "sqsManagedSseEnabled", Value: true}}
		},
	}
}
