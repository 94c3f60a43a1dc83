package backup

import (
	"slices"

	"github.com/plinth-iac/plinth/policies/internal/buckets"
	"github.com/plinth-iac/plinth/policies/internal/tags"
	"github.com/plinth-iac/plinth/policies/rule"
)

// Type tokens of buckets.
const (
	bucket            = "aws:s3/bucket:Bucket"
	bucketVersioning  = "aws:s3/bucketVersioning:BucketVersioning"
	bucketReplication = "aws:s3/bucketReplicationConfig:BucketReplicationConfig"
	bucketLock        = "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration"
	trail             = "aws:cloudtrail/trail:Trail"
)

func s3Versioning() *rule.Rule {
	return &rule.Rule{
		ID: "s3-versioning", Title: "Buckets keep what is overwritten or deleted", Severity: rule.Medium, Category: rule.Backup,
		Why:      "Without versions, an object that a mistake has overwritten or deleted is gone, and nothing can be replicated.",
		Fix:      `a BucketVersioning with versioningConfiguration.status "Enabled"`,
		Controls: rule.Controls{Checkov: []string{"CKV_AWS_21"}, Trivy: []string{"AWS-0090"}, SecurityHub: []string{"S3.14"}},
		Types:    []string{bucket},
		CheckGraph: func(g *rule.Graph, r *rule.Resource, _ rule.Settings) rule.Verdict {
			if buckets.HoldLogs(g, r) {
				return rule.Skipped() // logs are only ever added
			}
			beside, unsure := g.Pointing(r, bucketVersioning, "bucket")
			verdicts := []rule.Verdict{unsure}
			for _, on := range append(r.Select("versioning.enabled"), r.Select("versionings[].enabled")...) {
				verdicts = append(verdicts, on.Want(rule.IsTrue, "", ""))
			}
			for _, config := range beside {
				verdicts = append(verdicts, config.Get("versioningConfiguration.status").Want(rule.Is("Enabled"), "", ""))
			}
			return rule.FailedUnless(rule.Any(verdicts...), "keeps no versions", `add a BucketVersioning with versioningConfiguration.status "Enabled"`)
		},
	}
}

func s3Replication() *rule.Rule {
	return &rule.Rule{
		ID: "s3-replication", Title: "Buckets that matter most are replicated to another region", Severity: rule.Medium, Category: rule.Backup,
		Why:      "Objects that are in one region only cannot be read while it is down, and nothing brings them back if it does not return.",
		Fix:      "a BucketReplicationConfig with an enabled rule to a bucket of another region; versioning on both",
		Controls: rule.Controls{Checkov: []string{"CKV_AWS_144"}, SecurityHub: []string{"S3.7"}},
		Types:    []string{bucket},
		Settings: []rule.Setting{
			{Name: "tag", Help: "The key of the tag that says how much a bucket matters.", Development: "tier", Production: "tier"},
			{Name: "tiers", Help: "The values of the tag that ask for a second region.", Development: []string{"0", "1"}, Production: []string{"0", "1"}},
		},
		// What a development environment holds is not worth a second region.
		Development: rule.At(rule.Disabled),
		CheckGraph: func(g *rule.Graph, r *rule.Resource, s rule.Settings) rule.Verdict {
			tier, has, unsure := tags.Of(r).Value(s.Text("tag"))
			if unsure.Outcome == rule.Unknown || !has || !slices.Contains(s.Texts("tiers"), tier) {
				return unsure
			}
			configs, maybe := g.Pointing(r, bucketReplication, "bucket")
			verdicts := []rule.Verdict{maybe}
			for _, config := range configs {
				for _, one := range config.Select("rules[]") {
					enabled := one.Get("status").Want(rule.Is("Enabled"), "", "")
					verdicts = append(verdicts, rule.All(enabled, toBucketApart(g, r, config, one.Get("destination.bucket"))))
				}
			}
			return rule.FailedUnless(rule.Any(verdicts...), "is not replicated to another region", "add a BucketReplicationConfig with an enabled rule to a bucket of another region")
		},
	}
}

// toBucketApart is whether the bucket that a value of config names is in another region
// than r is.
func toBucketApart(g *rule.Graph, r, config *rule.Resource, destination rule.Value) rule.Verdict {
	var verdicts []rule.Verdict
	for _, to := range g.Behind(config, destination, bucket) {
		if to != r { // the property may be computed from the bucket itself, too
			verdicts = append(verdicts, apart(r, to))
		}
	}
	if len(verdicts) == 0 {
		return config.Elsewhere(destination)
	}
	return rule.All(verdicts...)
}

func backupObjectLock() *rule.Rule {
	return &rule.Rule{
		ID: "backup-object-lock", Title: "Nobody can delete the records of what was done", Severity: rule.Low, Category: rule.Backup,
		Why:      "Whoever has taken over an account deletes its trail first.",
		Fix:      "a BucketObjectLockConfiguration with rule.defaultRetention on the trail's bucket",
		Controls: rule.Controls{Checkov: []string{"CKV_AWS_143"}, SecurityHub: []string{"S3.15"}},
		Types:    []string{bucket},
		// The lock cannot be taken back, and keeps the bucket from being deleted.
		Development: rule.At(rule.Disabled),
		CheckGraph: func(g *rule.Graph, r *rule.Resource, _ rule.Settings) rule.Verdict {
			trails, _ := g.Pointing(r, trail, "s3BucketName")
			if len(trails) == 0 {
				return rule.Skipped()
			}
			locks, unsure := g.Pointing(r, bucketLock, "bucket")
			verdicts := []rule.Verdict{unsure}
			for _, retention := range append(r.Select("objectLockConfiguration.rule.defaultRetention"), r.Select("objectLockConfiguration.rules[].defaultRetentions[]")...) {
				verdicts = append(verdicts, retention.Want(rule.IsSet, "", ""))
			}
			for _, lock := range locks {
				verdicts = append(verdicts, lock.Get("rule.defaultRetention").Want(rule.IsSet, "", ""))
			}
			return rule.FailedUnless(rule.Any(verdicts...), "holds a trail that can be deleted", "add a BucketObjectLockConfiguration with rule.defaultRetention")
		},
	}
}
