package backup

import (
	"fmt"

	"github.com/plinth-iac/plinth/policies/rule"
)

func dbBackupRetention() *rule.Rule {
	return &rule.Rule{
		ID: "db-backup-retention", Title: "Databases keep their backups long enough", Severity: rule.High, Category: rule.Backup,
		Why: "A mistake that is found after the last good backup has expired cannot be undone.",
		Fix: "set backupRetentionPeriod",
		Controls: rule.Controls{
			Checkov: []string{"CKV_AWS_133", "CKV_AWS_360", "CKV_AWS_361"}, Trivy: []string{"AWS-0077"},
			SecurityHub: []string{"RDS.11", "DocumentDB.2", "Neptune.5"},
		},
		Types:    []string{database, dbCluster, documentCluster, graphCluster},
		Settings: []rule.Setting{{Name: "days", Help: "The least retention; AWS keeps backups for 35 days at most.", Development: 7, Production: 30, Stricter: rule.More}},
		Check: func(r *rule.Resource, s rule.Settings) rule.Verdict {
			retention, least := r.Get("backupRetentionPeriod"), s.Number("days")
			return unlessDerived(r, retention.Want(rule.AtLeast(least),
				"backupRetentionPeriod is "+retention.String(), fmt.Sprintf("set backupRetentionPeriod to %v or more", least)))
		},
		Remedy: func(_ *rule.Resource, s rule.Settings) []rule.Patch {
			return []rule.Patch{{Path: "backupRetentionPeriod", Value: s.Number("days")}}
		},
	}
}

func cacheSnapshots() *rule.Rule {
	limit := func(r *rule.Resource) string {
		if r.Type == warehouse {
			return "automatedSnapshotRetentionPeriod"
		}
		return "snapshotRetentionLimit"
	}
	return &rule.Rule{
		ID: "cache-snapshots", Title: "Caches and warehouses keep snapshots", Severity: rule.Medium, Category: rule.Backup,
		Why:      "What a mistake empties stays empty; a cache that starts cold sends every request to the database.",
		Fix:      "set snapshotRetentionLimit, or automatedSnapshotRetentionPeriod, to 1 or more",
		Controls: rule.Controls{Checkov: []string{"CKV_AWS_134", "CKV_AWS_343"}, Trivy: []string{"AWS-0050"}, SecurityHub: []string{"ElastiCache.1", "Redshift.3"}},
		Types:    []string{cacheGroup, memoryCluster, warehouse},
		// What a development cache holds is not worth keeping.
		Development: rule.At(rule.Disabled),
		Settings:    []rule.Setting{{Name: "days", Help: "The least retention.", Development: 1, Production: 1, Stricter: rule.More}},
		Check: func(r *rule.Resource, s rule.Settings) rule.Verdict {
			retention, least := r.Get(limit(r)), s.Number("days")
			accept := rule.AtLeast(least)
			if r.Type == warehouse && least <= 1 {
				accept = rule.OrAbsent(accept) // AWS takes 1 if it is not set
			}
			return retention.Want(accept, limit(r)+" is "+retention.String(), fmt.Sprintf("set %s to %v or more", limit(r), least))
		},
		Remedy: func(r *rule.Resource, s rule.Settings) []rule.Patch {
			return []rule.Patch{{Path: limit(r), Value: s.Number("days")}}
		},
	}
}

func dynamodbPitr() *rule.Rule {
	return &rule.Rule{
		ID: "dynamodb-pitr", Title: "Tables can be restored to any point in time", Severity: rule.High, Category: rule.Backup,
		Why:      "DynamoDB keeps no backup by itself: what a faulty program has overwritten is gone, in every replica.",
		Fix:      "set pointInTimeRecovery.enabled to true; in replicas, pointInTimeRecovery",
		Controls: rule.Controls{Checkov: []string{"CKV_AWS_28", "CKV_AWS_165"}, Trivy: []string{"AWS-0024"}, SecurityHub: []string{"DynamoDB.2"}},
		Types:    []string{table, tableReplica},
		Check: func(r *rule.Resource, _ rule.Settings) rule.Verdict {
			if r.Type == tableReplica {
				return recoverable(r.Get("pointInTimeRecovery"), "pointInTimeRecovery")
			}
			verdict := recoverable(r.Get("pointInTimeRecovery.enabled"), "pointInTimeRecovery.enabled")
			for _, replica := range r.Select("replicas[]") {
				if replica.IsUnknown() {
					verdict = rule.All(verdict, rule.NotKnown(replica))
					continue
				}
				in := replica.Get("pointInTimeRecovery")
				verdict = rule.All(verdict, recoverable(in, in.Path()))
			}
			return verdict
		},
		// A list cannot be patched in part: a replica without it stays a failure.
		Remedy: func(r *rule.Resource, _ rule.Settings) []rule.Patch {
			if r.Type == tableReplica {
				return []rule.Patch{{Path: "pointInTimeRecovery", Value: true}}
			}
			return []rule.Patch{{Path: "pointInTimeRecovery.enabled", Value: true}}
		},
	}
}

func recoverable(flag rule.Value, path string) rule.Verdict {
	return flag.Want(rule.IsTrue, path+" is off", "set "+path+" to true")
}
