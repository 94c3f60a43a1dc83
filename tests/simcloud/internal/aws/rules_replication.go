package aws

import (
	"slices"
	"strings"
)

const (
	docReplication = "Amazon S3 User Guide: Requirements and considerations for replication"
	docReplicaRule = "Amazon S3 User Guide: Replication configuration file elements"
	docObjectLock  = "Amazon S3 User Guide: Object Lock considerations"

	bucketReplication = "s3.bucketReplicationConfig"
	bucketVersioning  = "s3.bucketVersioning"
	bucketLock        = "s3.bucketObjectLockConfiguration"
)

// replicationRules are those of what rests on a bucket's versions, and of other settings of buckets.
var replicationRules = []Rule{
	{ID: "replication-source-versioned", Code: "InvalidRequest", Source: docReplication, Kinds: bucketReplication, On: Write, Check: func(r *Request) string {
		if !r.versioned(r.New.Str("bucket")) {
			return "Versioning must be 'Enabled' on the bucket to apply a replication configuration"
		}
		return ""
	}},
	{ID: "replication-destination-versioned", Code: "InvalidRequest", Source: docReplication, Kinds: bucketReplication, On: Write, Check: func(r *Request) string {
		for _, rule := range r.New.Objs("rules") {
			a, ok := parseARN(rule.Str("destination.bucket"))
			b := r.bucketAnywhere(a.resource)
			switch {
			case !ok || a.service != "s3" || b == nil:
				return say("Destination bucket must exist. (%s)", rule.Str("destination.bucket"))
			case b.ID == r.New.Str("bucket"):
				return "Destination bucket cannot be the same as the source bucket."
			case b.Account == r.Account && !r.versioned(b.ID):
				return say("Destination bucket must have versioning enabled. (%s)", b.ID)
			}
		}
		return ""
	}},
	{ID: "replication-rules", Code: "InvalidRequest", Source: docReplicaRule, Kinds: bucketReplication, On: Write, Check: func(r *Request) string {
		priorities, ids := map[int]bool{}, map[string]bool{}
		for _, rule := range r.New.Objs("rules") {
			id, p := rule.Str("id"), rule.Int("priority")
			v2 := rule.Get("filter") != nil
			switch {
			case !oneOf(rule.Str("status"), "Enabled Disabled"):
				return say("The status of a replication rule is Enabled or Disabled (%s)", rule.Str("status"))
			case id != "" && ids[id]:
				return say("Rule ID must be unique. Found same ID for more than one rule: %s", id)
			case v2 && rule.Get("deleteMarkerReplication") == nil:
				return "DeleteMarkerReplication must be specified for this version of Cross Region Replication configuration schema."
			case v2 && rule.Get("priority") == nil && len(r.New.Objs("rules")) > 1:
				return "Priority must be specified for this version of Cross Region Replication configuration schema."
			case v2 && priorities[p]:
				return say("Found duplicated priority: %d", p)
			case !v2 && rule.Get("deleteMarkerReplication") != nil:
				return "DeleteMarkerReplication cannot be used for this version of Cross Region Replication configuration schema."
			case rule.Str("sourceSelectionCriteria.sseKmsEncryptedObjects.status") == "Enabled" && !rule.Has("destination.encryptionConfiguration.replicaKmsKeyId"):
				return "ReplicaKmsKeyID must be specified if SseKmsEncryptedObjects tag is present."
			case rule.Str("destination.replicationTime.status") == "Enabled" && rule.Str("destination.metrics.status") != "Enabled":
				return "Replication Time Control needs metrics."
			}
			priorities[p], ids[id] = true, true
		}
		return ""
	}},
	{ID: "replication-role", Code: "InvalidRequest", Source: "Amazon S3 User Guide: Setting up permissions for live replication", Kinds: bucketReplication, On: Write, Check: func(r *Request) string {
		a, ok := parseARN(r.New.Str("role"))
		if !ok || a.service != "iam" || !strings.HasPrefix(a.resource, "role/") {
			return say("Invalid role: %s", r.New.Str("role"))
		}
		return ""
	}},
	{ID: "versioning-held", Code: "InvalidBucketState", Source: docReplication, Kinds: bucketVersioning, On: Update, Check: func(r *Request) string {
		if r.New.Str("versioningConfiguration.status") == "Enabled" {
			return ""
		}
		for kind, what := range map[string]string{bucketReplication: "A replication configuration", bucketLock: "An Object Lock configuration"} {
			if r.By(kind, "bucket", r.New.Str("bucket")) != nil {
				return say("%s is present on this bucket, so the versioning state cannot be changed.", what)
			}
		}
		return ""
	}},
	{ID: "lock-versioned", Code: "InvalidBucketState", Source: docObjectLock, Kinds: bucketLock, On: Create, Check: func(r *Request) string {
		b := r.bucketAnywhere(r.New.Str("bucket"))
		if b != nil && !b.Props.Bool("objectLockEnabled") && !r.versioned(b.ID) {
			return "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration"
		}
		return ""
	}},
	{ID: "lock-retention", Code: "MalformedXML", Source: "Amazon S3 API Reference: DefaultRetention", Kinds: bucketLock, On: Write, Check: func(r *Request) string {
		d := r.New.Obj("rule.defaultRetention")
		switch {
		case d == nil:
			return ""
		case !oneOf(d.Str("mode"), "GOVERNANCE COMPLIANCE"):
			return say("The retention mode '%s' is not GOVERNANCE or COMPLIANCE", d.Str("mode"))
		case (d.Int("days") > 0) == (d.Int("years") > 0):
			return "A default retention is given in days or in years"
		}
		return ""
	}},
	{ID: "cors-rules", Code: "InvalidRequest", Source: "Amazon S3 User Guide: Elements of a CORS configuration", Kinds: "s3.bucketCorsConfiguration", On: Write, Check: func(r *Request) string {
		rules := r.New.Objs("corsRules")
		if len(rules) > 100 {
			return say("The number of CORS rules should not exceed allowed limit of 100 rules. (%d)", len(rules))
		}
		for _, rule := range rules {
			for _, m := range rule.Strs("allowedMethods") {
				if !oneOf(m, "GET PUT POST DELETE HEAD") {
					return say("Found unsupported HTTP method in CORS config. Unsupported method is %s", m)
				}
			}
			for _, o := range slices.Concat(rule.Strs("allowedOrigins"), rule.Strs("allowedHeaders")) {
				if strings.Count(o, "*") > 1 {
					return say("AllowedOrigin %q can not have more than one wildcard.", o)
				}
			}
		}
		return ""
	}},
	{ID: "lifecycle-numbers", Code: badArgument, Source: "Amazon S3 User Guide: Lifecycle configuration elements", Kinds: "s3.bucketLifecycleConfiguration", On: Write, Check: func(r *Request) string {
		for _, rule := range r.New.Objs("rules") {
			for path, action := range map[string]string{"noncurrentVersionExpiration.noncurrentDays": "NoncurrentVersionExpiration", "abortIncompleteMultipartUpload.daysAfterInitiation": "AbortIncompleteMultipartUpload"} {
				if v := rule.Get(path); v != nil && rule.Int(path) < 1 {
					return say("'Days' for %s action must be a positive integer (%v)", action, v)
				}
			}
			if e := rule.Obj("expiration"); e.Bool("expiredObjectDeleteMarker") && (e.Int("days") > 0 || e.Has("date")) {
				return "ExpiredObjectDeleteMarker cannot be specified with Days or Date in a Lifecycle Expiration Policy."
			}
			if rule.Has("abortIncompleteMultipartUpload") && (rule.Has("filter.tag") || rule.Has("filter.and.tags")) {
				return "AbortIncompleteMultipartUpload cannot be specified with Tags."
			}
		}
		return ""
	}},
}

// versioned says whether a bucket of the account keeps versions.
func (r *Request) versioned(bucket string) bool {
	b := r.bucketAnywhere(bucket)
	if b == nil {
		return false
	}
	if v := r.in(b.Region).By(bucketVersioning, "bucket", bucket); v != nil {
		return v.Props.Str("versioningConfiguration.status") == "Enabled"
	}
	return b.Props.Bool("versionings.enabled") || b.Props.Bool("versioning.enabled")
}
