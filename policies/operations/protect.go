package operations

import (
	"maps"
	"slices"

	"github.com/plinth-iac/plinth/policies/internal/replicas"
	"github.com/plinth-iac/plinth/policies/rule"
)

// Type tokens of what holds data.
const (
	globalDb       = "aws:rds/globalCluster:GlobalCluster"
	docdbCluster   = "aws:docdb/cluster:Cluster"
	docdbGlobal    = "aws:docdb/globalCluster:GlobalCluster"
	neptuneCluster = "aws:neptune/cluster:Cluster"
	neptuneGlobal  = "aws:neptune/globalCluster:GlobalCluster"
	table          = "aws:dynamodb/table:Table"
	tableReplica   = "aws:dynamodb/tableReplica:TableReplica"
	cacheGroup     = "aws:elasticache/replicationGroup:ReplicationGroup"
	cache          = "aws:elasticache/serverlessCache:ServerlessCache"
	memoryDb       = "aws:memorydb/cluster:Cluster"
	warehouse      = "aws:redshift/cluster:Cluster"
	fileSystem     = "aws:efs/fileSystem:FileSystem"
	vault          = "aws:backup/vault:Vault"
	repository     = "aws:ecr/repository:Repository"
	kmsReplica     = "aws:kms/replicaKey:ReplicaKey"
	userPool       = "aws:cognito/userPool:UserPool"
	zone           = "aws:route53/zone:Zone"
)

// protections are the flags by which AWS itself refuses to delete something.
var protections = map[string]string{
	loadBalancer:                            "enableDeletionProtection",
	database:                                "deletionProtection",
	dbCluster:                               "deletionProtection",
	globalDb:                                "deletionProtection",
	docdbCluster:                            "deletionProtection",
	docdbGlobal:                             "deletionProtection",
	neptuneCluster:                          "deletionProtection",
	neptuneGlobal:                           "deletionProtection",
	table:                                   "deletionProtectionEnabled",
	tableReplica:                            "deletionProtectionEnabled",
	"aws:networkfirewall/firewall:Firewall": "deleteProtection",
}

func deletionProtection() *rule.Rule {
	return &rule.Rule{
		ID: "deletion-protection", Title: "What cannot be replaced is protected from deletion", Severity: rule.High, Category: rule.Operations,
		Why: "A rename, a wrong stack or a wrong click deletes it otherwise, and its address or data with it.",
		Fix: "set enableDeletionProtection, deletionProtection or the like to true",
		Controls: rule.Controls{
			Checkov: []string{"CKV_AWS_293", "CKV_AWS_139", "CKV2_AWS_58", "CKV_AWS_150", "CKV_AWS_344"}, Trivy: []string{"AWS-0177", "AWS-0343"},
			SecurityHub: []string{"RDS.7", "RDS.8", "DynamoDB.6", "Neptune.4", "DocumentDB.5", "ELB.6"},
		},
		Types: slices.Sorted(maps.Keys(protections)),
		Check: func(r *rule.Resource, _ rule.Settings) rule.Verdict {
			flag := protections[r.Type]
			return r.Get(flag).Want(rule.IsTrue, flag+" is off", "set "+flag+" to true")
		},
		Remedy: func(r *rule.Resource, _ rule.Settings) []rule.Patch {
			return []rule.Patch{{Path: protections[r.Type], Value: true}}
		},
	}
}

// forces are the flags that make a deletion take the data along.
var forces = map[string]string{
	bucket: "forceDestroy", vault: "forceDestroy", repository: "forceDelete",
	database: "skipFinalSnapshot", dbCluster: "skipFinalSnapshot", docdbCluster: "skipFinalSnapshot", neptuneCluster: "skipFinalSnapshot",
	warehouse: "skipFinalSnapshot", zone: "forceDestroy",
}

func noForceDestroy() *rule.Rule {
	return &rule.Rule{
		ID: "no-force-destroy", Title: "Deleting a store does not delete its data", Severity: rule.High, Category: rule.Operations,
		Why:   "With the flag on, a stack that is destroyed by mistake leaves nothing to restore from.",
		Fix:   "remove forceDestroy, forceDelete or skipFinalSnapshot; set recoveryWindowInDays of a secret to 7 to 30, or leave it out",
		Types: append(slices.Sorted(maps.Keys(forces)), secret),
		Check: func(r *rule.Resource, _ rule.Settings) rule.Verdict {
			if replicas.Is(r) {
				return rule.Skipped() // AWS makes no last snapshot of a replica
			}
			if r.Type == secret {
				window := r.Get("recoveryWindowInDays") // 30 by default
				return window.Want(rule.OrAbsent(rule.AtLeast(7)), "recoveryWindowInDays is "+window.String()+", so that it cannot be brought back",
					"set recoveryWindowInDays to 7 to 30, or leave it out")
			}
			flag := forces[r.Type]
			return r.Get(flag).Want(rule.NotTrue, flag+" is on", "set "+flag+" to false")
		},
		Remedy: func(r *rule.Resource, _ rule.Settings) []rule.Patch {
			if r.Type == secret {
				return []rule.Patch{{Path: "recoveryWindowInDays", Value: 30}}
			}
			return []rule.Patch{{Path: forces[r.Type], Value: false}}
		},
	}
}

func statefulProtectOption() *rule.Rule {
	return &rule.Rule{
		ID: "stateful-protect-option", Title: "The engine refuses to delete or replace what holds data", Severity: rule.High, Category: rule.Operations,
		Why: "AWS's own flags do not hold against a program that switches them off on the way to a replacement; the engine stops before the first step.",
		Fix: "pass pulumi.Protect(true) to the resource",
		Types: []string{
			database, dbCluster, docdbCluster, neptuneCluster, table, cacheGroup, cache, memoryDb, warehouse, fileSystem,
			volume, windowsFiles, ontapFiles, zfsFiles, lustreFiles, searchDomain, oldSearchDomain, kafka, broker, userPool,
			kmsKey, kmsReplica, bucket, vault, repository, zone,
		},
		Development: rule.At(rule.Disabled), // a development stack comes and goes
		Check: func(r *rule.Resource, _ rule.Settings) rule.Verdict {
			if r.Protect {
				return rule.Passed()
			}
			if replicas.Is(r) {
				return rule.Skipped() // the data is at its source
			}
			unprotected := rule.Failed("is not protected", "pass pulumi.Protect(true) to it, or to the component that it belongs to")
			switch r.Type {
			case bucket, vault, repository, zone: // AWS deletes no full one unless it is forced to
				forced := r.Get(forces[r.Type])
				if rule.NotTrue(forced) {
					return rule.Skipped()
				}
				return forced.Want(func(rule.Value) bool { return false }, unprotected.Problem, unprotected.Fix)
			}
			return unprotected
		},
	}
}
