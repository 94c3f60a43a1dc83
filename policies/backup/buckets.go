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
	bucketEncryption  = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
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
			beside, unsure := g.Pointing(r, bucketVersioning, "bucket")
			verdicts := []rule.Verdict{unsure}
			for _, on := range append(r.Select("versioning.enabled"), r.Select("versionings[].enabled")...) {
				verdicts = append(verdicts, on.Want(rule.IsTrue, "", ""))
			}
			for _, config := range beside {
				verdicts = append(verdicts, config.Get("versioningConfiguration.status").Want(rule.Is("Enabled"), "", ""))
			}
			return rule.Choose(buckets.HoldLogs(g, r), rule.Skipped(), // logs are only ever added
				rule.FailedUnless(rule.Any(verdicts...), "keeps no versions", `add a BucketVersioning with versioningConfiguration.status "Enabled"`))
		},
	}
}

func s3Replication() *rule.Rule {
	return &rule.Rule{
		ID: "s3-replication", Title: "Buckets that matter most are replicated to another region", Severity: rule.Medium, Category: rule.Backup,
		Why:      "Objects that are in one region only cannot be read while it is down, and nothing brings them back if it does not return.",
		Fix:      "a BucketReplicationConfig with an enabled rule to a bucket of another region, which takes objects encrypted with KMS along; versioning on both",
		Controls: rule.Controls{Checkov: []string{"CKV_AWS_144"}, SecurityHub: []string{"S3.7"}},
		Types:    []string{bucket},
		Settings: tierSettings,
		// What a development environment holds is not worth a second region.
		Development: rule.At(rule.Disabled),
		CheckGraph: func(g *rule.Graph, r *rule.Resource, s rule.Settings) rule.Verdict {
			configs, maybe := g.Pointing(r, bucketReplication, "bucket")
			replicated, whole := []rule.Verdict{maybe}, []rule.Verdict{maybe}
			for _, config := range append([]*rule.Resource{r}, configs...) {
				for _, one := range replications(r, config) {
					far := rule.All(one.Get("status").Holds(rule.Is("Enabled")), toBucketApart(g, r, config, first(one, "destination.bucket", "destinations[].bucket")))
					replicated, whole = append(replicated, far), append(whole, rule.All(far, reencrypts(g, r, config, one)))
				}
			}
			return rule.Choose(tiered(r, s), rule.Choose(rule.Any(replicated...),
				rule.FailedUnless(rule.Any(whole...), "its replication leaves out what is encrypted with KMS",
					`set sourceSelectionCriteria.sseKmsEncryptedObjects.status to "Enabled" and destination.encryptionConfiguration.replicaKmsKeyId`),
				rule.Failed("is not replicated to another region", "add a BucketReplicationConfig with an enabled rule to a bucket of another region")), rule.Skipped())
		},
	}
}

// tierSettings are the settings of rules about the stores that matter most.
var tierSettings = []rule.Setting{
	{Name: "tag", Help: "The key of the tag that says how much a bucket or a cache matters.", Development: "tier", Production: "tier"},
	{Name: "tiers", Help: "The values of the tag that say that it matters most.", Development: []string{"0", "1"}, Production: []string{"0", "1"}},
}

// tiered is the condition that a store is one of those.
func tiered(r *rule.Resource, s rule.Settings) rule.Verdict {
	tier, _, unsure := tags.Of(r).Value(s.Text("tag"))
	switch {
	case unsure.Outcome == rule.Unknown:
		return unsure
	case slices.Contains(s.Texts("tiers"), tier):
		return rule.Passed()
	}
	return rule.No()
}

// replications are the rules by which config replicates a bucket r, which may be r itself.
func replications(r, config *rule.Resource) []rule.Value {
	if config != r {
		return config.Select("rules[]")
	}
	return append(r.Select("replicationConfiguration.rules[]"), r.Select("replicationConfigurations[].rules[]")...)
}

// first is the first value at one of the paths, for what is spelled in several ways.
func first(v rule.Value, paths ...string) rule.Value {
	for _, path := range paths {
		if found := v.Select(path); len(found) > 0 {
			return found[0]
		}
	}
	return rule.Value{}
}

// reencrypts is whether a rule of replication takes along what its bucket encrypts with KMS.
// Unless it is told to, S3 leaves that out without a word.
func reencrypts(g *rule.Graph, r, config *rule.Resource, one rule.Value) rule.Verdict {
	const kept = "sourceSelectionCriteria.sseKmsEncryptedObjects."
	taken := rule.Any(one.Get(kept+"status").Holds(rule.Is("Enabled")),
		first(one, kept+"enabled", "sourceSelectionCriterias[].sseKmsEncryptedObjects[].enabled").Holds(rule.IsTrue))
	key := first(one, "destination.encryptionConfiguration.replicaKmsKeyId", "destination.replicaKmsKeyId", "destinations[].replicaKmsKeyId")
	named := key.Holds(rule.IsSet)
	if key.IsUnknown() && len(g.Behind(config, key, "aws:kms/key:Key", "aws:kms/replicaKey:ReplicaKey", "aws:kms/alias:Alias")) > 0 {
		named = rule.Passed()
	}
	return rule.Choose(underKms(g, r), rule.All(taken, named), rule.Passed())
}

// underKms is the condition that a bucket encrypts new objects with a key of KMS.
func underKms(g *rule.Graph, r *rule.Resource) rule.Verdict {
	beside, unsure := g.Pointing(r, bucketEncryption, "bucket")
	algorithms := append(r.Select("serverSideEncryptionConfiguration.rule.applyServerSideEncryptionByDefault.sseAlgorithm"),
		r.Select("serverSideEncryptionConfigurations[].rules[].applyServerSideEncryptionByDefaults[].sseAlgorithm")...)
	for _, config := range beside {
		algorithms = append(algorithms, config.Select("rules[].applyServerSideEncryptionByDefault.sseAlgorithm")...)
	}
	verdicts := []rule.Verdict{unsure}
	for _, algorithm := range algorithms {
		verdicts = append(verdicts, algorithm.Holds(rule.Is("aws:kms", "aws:kms:dsse")))
	}
	return rule.Any(verdicts...)
}

// toBucketApart is whether the bucket that a value of config names is in another region
// than r is.
func toBucketApart(g *rule.Graph, r, config *rule.Resource, destination rule.Value) rule.Verdict {
	if !rule.IsSet(destination) {
		return rule.No()
	}
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
				verdicts = append(verdicts, retention.Holds(rule.IsBlock))
			}
			for _, lock := range locks {
				verdicts = append(verdicts, lock.Get("rule.defaultRetention").Holds(rule.IsBlock))
			}
			return rule.FailedUnless(rule.Any(verdicts...), "holds a trail that can be deleted", "add a BucketObjectLockConfiguration with rule.defaultRetention")
		},
	}
}
