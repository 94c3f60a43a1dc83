package backup

import (
	"github.com/plinth-iac/plinth/policies/internal/ruletest"
	"github.com/plinth-iac/plinth/policies/rule"
)

// uploads is a bucket, and what is beside it.
func uploads(inputs in, more ...r) []r {
	return append([]r{{Type: "aws:s3/bucketV2:BucketV2", Name: "uploads", In: inputs, Provider: ireland}}, more...)
}

// beside is what configures the bucket uploads.
func beside(token string, inputs in) r {
	inputs["bucket"] = later
	return r{Type: token, Name: "config", In: inputs, Provider: ireland, Edges: to{"bucket": {"uploads"}, "rules": {"copy", "uploads"}}}
}

func versions(status any) r {
	return beside("aws:s3/bucketVersioningV2:BucketVersioningV2", in{"versioningConfiguration": in{"status": status}})
}

// copied is a bucket of the tier 0 that is replicated to one of another provider.
func copied(status any, there in) []r {
	return uploads(in{"tags": in{"tier": "0"}}, r{Type: bucket, Name: "copy", In: in{}, Provider: there},
		beside(bucketReplication, in{"rules": list{in{"status": status, "destination": in{"bucket": later}}}}))
}

func criteria(status any) in { return in{"sseKmsEncryptedObjects": in{"status": status}} }

// encryptedCopy is a bucket of the tier 0 under an algorithm, whose rule of replication says
// more than where to.
func encryptedCopy(algorithm any, more in) []r {
	stack := copied("Enabled", frankfurt)
	for key, value := range more {
		stack[2].In["rules"].(list)[0].(in)[key] = value
	}
	encryption := in{"rules": list{in{"applyServerSideEncryptionByDefault": in{"sseAlgorithm": algorithm}}}}
	return append(stack, r{Type: "aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2", Name: "encryption",
		In: in{"bucket": later, "rules": encryption["rules"]}, Edges: to{"bucket": {"uploads"}}})
}

// again is one under KMS whose copy is encrypted with a key.
func again(key any) []r {
	return encryptedCopy("aws:kms", in{"sourceSelectionCriteria": criteria("Enabled"),
		"destination": in{"bucket": later, "encryptionConfiguration": in{"replicaKmsKeyId": key}}})
}

// withKeyThere adds a key of the other region that the replication of a stack is computed from.
func withKeyThere(stack []r) []r {
	stack[2].Edges["rules"] = append(stack[2].Edges["rules"], "key")
	return append(stack, r{Type: "aws:kms/key:Key", Name: "key", In: in{}, Provider: frankfurt})
}

// inline is a bucket of the tier 0 that configures its replication, and its encryption, itself.
func inline(replication in) []r {
	replication["tags"] = in{"tier": "0"}
	stack := uploads(replication, r{Type: bucket, Name: "copy", In: in{}, Provider: frankfurt})
	stack[0].Edges = to{"replicationConfiguration": {"copy"}, "replicationConfigurations": {"copy"}}
	return stack
}

func bucketCases() []ruletest.Case {
	trailed := r{Type: trail, Name: "trail", In: in{"s3BucketName": later}, Edges: to{"s3BucketName": {"uploads"}}}
	lock := func(inner any) r {
		return beside("aws:s3/bucketObjectLockConfigurationV2:BucketObjectLockConfigurationV2", in{"rule": inner})
	}
	retained := in{"defaultRetention": in{"mode": "COMPLIANCE", "days": 365}}
	return []ruletest.Case{
		check("s3-versioning", "on", rule.Pass, "", uploads(in{}, versions("Enabled"))...),
		check("s3-versioning", "no longer", rule.Fail, "keeps no versions", uploads(in{}, versions("Suspended"))...),
		check("s3-versioning", "none", rule.Fail, "add a BucketVersioning", uploads(in{})...),
		check("s3-versioning", "inline", rule.Pass, "", one(bucket, in{"versioning": in{"enabled": true}})...),
		check("s3-versioning", "inline, of the second version", rule.Pass, "", uploads(in{"versionings": list{in{"enabled": true}}})...),
		check("s3-versioning", "logs", rule.NotApplicable, "", uploads(in{},
			r{Type: "aws:lb/loadBalancer:LoadBalancer", Name: "lb", In: in{"accessLogs": in{"bucket": later}}, Edges: to{"accessLogs": {"uploads"}}})...),
		check("s3-versioning", "computed", rule.Unknown, "versioningConfiguration.status", uploads(in{}, versions(later))...),
		check("s3-versioning", "who knows whose", rule.Unknown, "bucket", uploads(in{}, r{Type: bucketVersioning, Name: "v", In: in{"bucket": later}})...),

		check("s3-replication", "to another region", rule.Pass, "", copied("Enabled", frankfurt)...),
		check("s3-replication", "in the region", rule.Fail, "is not replicated to another region", copied("Enabled", ireland)...),
		check("s3-replication", "no longer", rule.Fail, "is not replicated", copied("Disabled", frankfurt)...),
		check("s3-replication", "not at all", rule.Fail, "add a BucketReplicationConfig", uploads(in{"tags": in{"tier": "1"}})...),
		check("s3-replication", "of less weight", rule.NotApplicable, "", uploads(in{"tags": in{"tier": "2"}})...),
		check("s3-replication", "of who knows what weight", rule.Unknown, "tags", uploads(in{"tags": later})...),
		check("s3-replication", "to who knows where", rule.Unknown, "destination.bucket", uploads(in{"tags": in{"tier": "0"}},
			r{Type: bucketReplication, Name: "config", In: in{"bucket": later, "rules": list{in{"status": "Enabled", "destination": in{"bucket": "arn:aws:s3:::copy"}}}},
				Edges: to{"bucket": {"uploads"}}})...),

		check("s3-replication", "without a destination", rule.Fail, "is not replicated", uploads(in{"tags": in{"tier": "0"}},
			beside(bucketReplication, in{"rules": list{in{"status": "Enabled"}}}))...),
		check("s3-replication", "inline", rule.Pass, "", inline(in{"replicationConfiguration": in{"rules": list{in{"status": "Enabled", "destination": in{"bucket": later}}}}})...),
		check("s3-replication", "inline, of the second version", rule.Pass, "",
			inline(in{"replicationConfigurations": list{in{"rules": list{in{"status": "Enabled", "destinations": list{in{"bucket": later}}}}}}})...),
		check("s3-replication", "inline, encrypted again", rule.Pass, "", inline(in{
			"serverSideEncryptionConfiguration": in{"rule": in{"applyServerSideEncryptionByDefault": in{"sseAlgorithm": "aws:kms"}}},
			"replicationConfiguration": in{"rules": list{in{"status": "Enabled", "destination": in{"bucket": later, "replicaKmsKeyId": "alias/there"},
				"sourceSelectionCriteria": in{"sseKmsEncryptedObjects": in{"enabled": true}}}}}})...),
		check("s3-replication", "inline, left out", rule.Fail, "leaves out", inline(in{
			"serverSideEncryptionConfiguration": in{"rule": in{"applyServerSideEncryptionByDefault": in{"sseAlgorithm": "aws:kms"}}},
			"replicationConfiguration":          in{"rules": list{in{"status": "Enabled", "destination": in{"bucket": later}}}}})...),
		check("s3-replication", "inline, of the second version, encrypted again", rule.Pass, "", inline(in{
			"serverSideEncryptionConfigurations": list{in{"rules": list{in{"applyServerSideEncryptionByDefaults": list{in{"sseAlgorithm": "aws:kms"}}}}}},
			"replicationConfigurations": list{in{"rules": list{in{"status": "Enabled", "destinations": list{in{"bucket": later, "replicaKmsKeyId": "alias/there"}},
				"sourceSelectionCriterias": list{in{"sseKmsEncryptedObjects": list{in{"enabled": true}}}}}}}}})...),
		check("s3-replication", "under S3's key", rule.Pass, "", encryptedCopy("AES256", in{})...),
		check("s3-replication", "under KMS, left out", rule.Fail, "leaves out what is encrypted with KMS. Fix: set sourceSelectionCriteria.sseKmsEncryptedObjects.status to",
			encryptedCopy("aws:kms", in{})...),
		check("s3-replication", "under KMS twice, left out", rule.Fail, "leaves out", encryptedCopy("aws:kms:dsse", in{"sourceSelectionCriteria": criteria("Disabled"),
			"destination": in{"bucket": later, "encryptionConfiguration": in{"replicaKmsKeyId": "alias/there"}}})...),
		check("s3-replication", "under KMS, without a key there", rule.Fail, "replicaKmsKeyId", encryptedCopy("aws:kms", in{"sourceSelectionCriteria": criteria("Enabled")})...),
		check("s3-replication", "under KMS, encrypted again", rule.Pass, "", withKeyThere(again(later))...),
		check("s3-replication", "under KMS, encrypted again by a key of another stack", rule.Pass, "", again("arn:aws:kms:eu-central-1:111122223333:key/9c1b")...),
		check("s3-replication", "under KMS, with who knows what key", rule.Unknown, "destination.encryptionConfiguration.replicaKmsKeyId", again(later)...),
		check("s3-replication", "under who knows what", rule.Unknown, "applyServerSideEncryptionByDefault.sseAlgorithm", encryptedCopy(later, in{})...),

		check("backup-object-lock", "locked", rule.Pass, "", uploads(in{}, trailed, lock(retained))...),
		check("backup-object-lock", "without a time", rule.Fail, "holds a trail that can be deleted", uploads(in{}, trailed, lock(nil))...),
		check("backup-object-lock", "not locked", rule.Fail, "add a BucketObjectLockConfiguration", uploads(in{}, trailed)...),
		check("backup-object-lock", "inline", rule.Pass, "", uploads(in{"objectLockConfiguration": in{"rule": retained}}, trailed)...),
		check("backup-object-lock", "no trail", rule.NotApplicable, "", uploads(in{})...),
		check("backup-object-lock", "computed", rule.Unknown, "rule.defaultRetention", uploads(in{}, trailed, lock(later))...),
	}
}
