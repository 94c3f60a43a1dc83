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

		check("backup-object-lock", "locked", rule.Pass, "", uploads(in{}, trailed, lock(retained))...),
		check("backup-object-lock", "without a time", rule.Fail, "holds a trail that can be deleted", uploads(in{}, trailed, lock(nil))...),
		check("backup-object-lock", "not locked", rule.Fail, "add a BucketObjectLockConfiguration", uploads(in{}, trailed)...),
		check("backup-object-lock", "inline", rule.Pass, "", uploads(in{"objectLockConfiguration": in{"rule": retained}}, trailed)...),
		check("backup-object-lock", "no trail", rule.NotApplicable, "", uploads(in{})...),
		check("backup-object-lock", "computed", rule.Unknown, "rule.defaultRetention", uploads(in{}, trailed, lock(later))...),
	}
}
