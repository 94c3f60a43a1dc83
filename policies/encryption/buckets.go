package encryption

import (
	"github.com/plinth-iac/plinth/policies/internal/buckets"
	"github.com/plinth-iac/plinth/policies/rule"
)

const bucketEncryption = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"

func s3SseKms() *rule.Rule {
	const fix = `add a BucketServerSideEncryptionConfiguration with sseAlgorithm "aws:kms", kmsMasterKeyId and bucketKeyEnabled`
	return cmk(rule.Rule{
		ID: "s3-sse-kms", Title: "Buckets are encrypted with the customer's key, by a bucket key", Severity: rule.Medium,
		Fix: fix,
		Controls: rule.Controls{
			Checkov: []string{"CKV_AWS_145", "CKV_AWS_19"}, Trivy: []string{"AWS-0132"}, SecurityHub: []string{"S3.17"},
		},
		Types: []string{bucket},
	}, func(g *rule.Graph, r *rule.Resource) rule.Verdict {
		// Load balancers and S3 itself write logs under SSE-S3 only.
		return rule.Choose(buckets.HoldLogs(g, r), rule.Skipped(), bucketUnderKms(g, r, fix))
	})
}

// bucketUnderKms judges what encrypts a bucket: a configuration in it, or beside it.
func bucketUnderKms(g *rule.Graph, r *rule.Resource, fix string) rule.Verdict {
	beside, unsure := g.Pointing(r, bucketEncryption, "bucket")
	var verdicts []rule.Verdict
	for _, path := range [...]string{"serverSideEncryptionConfiguration.rule", "serverSideEncryptionConfigurations[].rules[]"} {
		for _, inline := range r.Select(path) {
			verdicts = append(verdicts, underKms(g, r, inline))
		}
	}
	for _, config := range beside {
		for _, one := range config.Select("rules[]") {
			verdicts = append(verdicts, underKms(g, config, one))
		}
	}
	if verdict := rule.All(verdicts...); verdict.Outcome != rule.NotApplicable {
		return verdict
	}
	return rule.FailedUnless(unsure, "is encrypted with a key of AWS", fix)
}

// underKms judges one rule of the encryption of a bucket, which r configures.
func underKms(g *rule.Graph, r *rule.Resource, one rule.Value) rule.Verdict {
	by := one.Get("applyServerSideEncryptionByDefault")
	if inline := one.Select("applyServerSideEncryptionByDefaults[]"); len(inline) > 0 {
		by = inline[0]
	}
	algorithm := by.Get("sseAlgorithm")
	kms := algorithm.Want(rule.Is("aws:kms", "aws:kms:dsse"), "sseAlgorithm is "+algorithm.String(), `set sseAlgorithm to "aws:kms" and kmsMasterKeyId`)
	if kms.Outcome != rule.Pass {
		return kms
	}
	byBucketKey := rule.Passed()
	if rule.Is("aws:kms")(algorithm) { // the double one has none
		byBucketKey = one.Get("bucketKeyEnabled").Want(rule.IsTrue, "bucketKeyEnabled is off, so that every object is a request to KMS", "set bucketKeyEnabled to true")
	}
	return rule.All(customerKey(g, r, by.Get("kmsMasterKeyId")), byBucketKey)
}
