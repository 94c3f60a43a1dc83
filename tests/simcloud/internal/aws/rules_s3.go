package aws

import (
	"net/netip"
	"regexp"
	"strings"
)

const (
	docBucket    = "Amazon S3 User Guide: General purpose bucket naming rules"
	docOwnership = "Amazon S3 User Guide: Controlling ownership of objects and disabling ACLs for your bucket"
	docBlock     = "Amazon S3 User Guide: Blocking public access to your Amazon S3 storage"
)

var bucketForm = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)

// bucketParts are the kinds that configure one bucket each, at most one of a kind per bucket.
const bucketParts = "s3.bucketPolicy s3.bucketVersioning s3.bucketPublicAccessBlock s3.bucketOwnershipControls s3.bucketServerSideEncryptionConfiguration " +
	"s3.bucketLifecycleConfiguration s3.bucketAcl s3.bucketLogging s3.bucketNotification s3.bucketObjectLockConfiguration s3.bucketCorsConfiguration s3.bucketReplicationConfig"

var s3Rules = []Rule{
	{ID: "bucket-name", Code: "InvalidBucketName", Source: docBucket, Kinds: "s3.bucket", On: Create, Check: func(r *Request) string {
		name := r.New.Str("bucket")
		_, isIP := netip.ParseAddr(name)
		bad := !bucketForm.MatchString(name) || strings.Contains(name, "..") || isIP == nil || strings.HasPrefix(name, "xn--") || strings.HasPrefix(name, "sthree-") ||
			strings.HasSuffix(name, "-s3alias") || strings.HasSuffix(name, "--ol-s3") || strings.HasSuffix(name, "--x-s3")
		if bad {
			return say("The specified bucket is not valid: %q", name)
		}
		return ""
	}},
	{ID: "bucket-name-global", Code: "BucketAlreadyExists", Source: docBucket, Kinds: "s3.bucket", On: Create, Check: func(r *Request) string {
		if r.bucketAnywhere(r.New.Str("bucket")) != nil {
			return "The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again. (" + r.New.Str("bucket") + ")"
		}
		return ""
	}},
	{ID: "bucket-quota", Code: "TooManyBuckets", Source: "AWS General Reference: Amazon S3 endpoints and quotas", Kinds: "s3.bucket", On: Create, Check: func(r *Request) string {
		if len(r.All("s3.bucket")) >= 10000 {
			return "You have attempted to create more buckets than allowed"
		}
		return ""
	}},
	{ID: "bucket-not-empty", Code: "BucketNotEmpty", Source: "Amazon S3 User Guide: Deleting a general purpose bucket", Kinds: "s3.bucket", On: Delete, Waits: true, Check: func(r *Request) string {
		if o := r.By("s3.bucketObject", "bucket", r.ID); o != nil && !r.Old.Bool("forceDestroy") {
			return say("The bucket you tried to delete is not empty (%s)", o.ID)
		}
		return ""
	}},
	{ID: "bucket-part-region", Code: "NoSuchBucket", Source: "Amazon S3 API Reference: Error responses", Kinds: bucketParts + " s3.bucketObject", On: Create, Check: func(r *Request) string {
		b := r.bucketAnywhere(r.New.Str("bucket"))
		if b == nil {
			return say("The specified bucket does not exist (%s)", r.New.Str("bucket"))
		}
		if b.Region != r.Region {
			return say("The bucket %s must be addressed in its region %s", b.ID, b.Region)
		}
		return ""
	}},
	{ID: "bucket-part-once", Code: "OperationAborted", Source: "Amazon S3 API Reference: Error responses", Kinds: bucketParts, On: Create, Check: func(r *Request) string {
		if other := r.By(r.Kind, "bucket", r.New.Str("bucket")); other != nil {
			return say("Two resources set the %s of the bucket %s; the later one would overwrite the other", r.Kind, other.Props.Str("bucket"))
		}
		return ""
	}},
	{ID: "bucket-policy-document", Code: "MalformedPolicy", Source: "Amazon S3 User Guide: Policies and permissions in Amazon S3", Kinds: "s3.bucketPolicy", On: Write, Check: func(r *Request) string {
		text := r.New.Str("policy")
		if len(text) > 20480 {
			return say("Policy exceeds the maximum allowed document size. (%d of 20480 bytes)", len(text))
		}
		return policyProblem(text, resourcePolicy)
	}},
	{ID: "bucket-policy-resource", Code: "MalformedPolicy", Source: "Amazon S3 User Guide: Policies and permissions in Amazon S3", Kinds: "s3.bucketPolicy", On: Write, Check: func(r *Request) string {
		_, statements, _ := parsePolicy(r.New.Str("policy"))
		own := say("arn:%s:s3:::%s", r.Partition(), r.New.Str("bucket"))
		for _, s := range statements {
			for _, res := range append(texts(s.Resource), texts(s.NotResource)...) {
				if res != own && !strings.HasPrefix(res, own+"/") && !strings.HasPrefix(res, own+"*") {
					return say("Policy has invalid resource: %s", res)
				}
			}
			for _, a := range texts(s.Action) {
				if a != "*" && !strings.HasPrefix(strings.ToLower(a), "s3:") {
					return say("Policy has invalid action: %s", a)
				}
			}
		}
		return ""
	}},
	{ID: "bucket-policy-principals", Code: "MalformedPolicy", Source: "Amazon S3 User Guide: Principals for bucket policies", Kinds: "s3.bucketPolicy s3.bucket kms.key sns.topicPolicy sqs.queuePolicy", On: Write, Check: func(r *Request) string {
		_, statements, _ := parsePolicy(r.New.Str("policy"))
		for _, s := range statements {
			m, _ := s.Principal.(map[string]any)
			for _, who := range texts(m["AWS"]) {
				a, ok := parseARN(who)
				name := a.resource[strings.LastIndex(a.resource, "/")+1:]
				if ok && a.account == r.Account && strings.HasPrefix(a.resource, "role/") && !strings.HasPrefix(a.resource, "role/aws-service-role/") && r.Find("iam.role", name) == nil {
					return say("Invalid principal in policy: %s", who)
				}
			}
		}
		return ""
	}},
	{ID: "bucket-policy-public", Code: "AccessDenied", Source: docBlock, Kinds: "s3.bucketPolicy", On: Write, Check: func(r *Request) string {
		block := r.By("s3.bucketPublicAccessBlock", "bucket", r.New.Str("bucket"))
		if !block.props().Bool("blockPublicPolicy") {
			return ""
		}
		_, statements, _ := parsePolicy(r.New.Str("policy"))
		for _, s := range statements {
			if s.Effect == "Allow" && s.Principal == "*" && len(s.Condition) == 0 {
				return "User is not authorized to perform: s3:PutBucketPolicy because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access."
			}
		}
		return ""
	}},
	{ID: "bucket-acl-ownership", Code: "AccessControlListNotSupported", Source: docOwnership, Kinds: "s3.bucketAcl", On: Write, Check: func(r *Request) string {
		controls := r.By("s3.bucketOwnershipControls", "bucket", r.New.Str("bucket"))
		if o := controls.props().Str("rule.objectOwnership"); controls == nil || o == "BucketOwnerEnforced" {
			return "The bucket does not allow ACLs"
		}
		return ""
	}},
	{ID: "bucket-ownership-value", Code: "MalformedXML", Source: docOwnership, Kinds: "s3.bucketOwnershipControls", On: Write, Check: func(r *Request) string {
		if o := r.New.Str("rule.objectOwnership"); !oneOf(o, "BucketOwnerPreferred ObjectWriter BucketOwnerEnforced") {
			return say("objectOwnership %q is not valid", o)
		}
		return ""
	}},
	{ID: "bucket-versioning-value", Code: "MalformedXML", Source: "Amazon S3 User Guide: Using versioning in S3 buckets", Kinds: "s3.bucketVersioning", On: Write, Check: func(r *Request) string {
		if s := r.New.Str("versioningConfiguration.status"); !oneOf(s, "Enabled Suspended Disabled") {
			return say("versioning status %q is not valid", s)
		}
		return ""
	}},
	{ID: "bucket-encryption", Code: "InvalidArgument", Source: "Amazon S3 User Guide: Setting default server-side encryption behavior for Amazon S3 buckets", Kinds: "s3.bucketServerSideEncryptionConfiguration", On: Write, Check: func(r *Request) string {
		for _, rule := range r.New.Objs("rules") {
			by := rule.Obj("applyServerSideEncryptionByDefault")
			alg := by.Str("sseAlgorithm")
			if by != nil && !oneOf(alg, "AES256 aws:kms aws:kms:dsse") {
				return say("The Encryption request you specified is not valid: %s", alg)
			}
			if alg == "AES256" && by.Has("kmsMasterKeyId") {
				return "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms"
			}
		}
		return ""
	}},
	{ID: "bucket-lifecycle", Code: "InvalidRequest", Source: "Amazon S3 User Guide: Lifecycle configuration elements", Kinds: "s3.bucketLifecycleConfiguration", On: Write, Check: func(r *Request) string {
		seen := map[string]bool{}
		for _, rule := range r.New.Objs("rules") {
			id := rule.Str("id")
			if id == "" || seen[id] || len(id) > 255 {
				return say("Rule ID must be unique, given and at most 255 characters long. Found %q.", id)
			}
			seen[id] = true
			if !oneOf(rule.Str("status"), "Enabled Disabled") {
				return say("Lifecycle status %q is not valid", rule.Str("status"))
			}
			if !rule.Has("expiration") && !rule.Has("transitions") && !rule.Has("noncurrentVersionExpiration") && !rule.Has("noncurrentVersionTransitions") && !rule.Has("abortIncompleteMultipartUpload") {
				return "At least one action needs to be specified in a rule"
			}
			if rule.Get("expiration.days") != nil && rule.Int("expiration.days") < 1 && !rule.Has("expiration.date") && !rule.Bool("expiration.expiredObjectDeleteMarker") {
				return "'Days' for Expiration action must be a positive integer"
			}
			for _, t := range rule.Objs("transitions") {
				if oneOf(t.Str("storageClass"), "STANDARD_IA ONEZONE_IA") && t.Get("days") != nil && t.Int("days") < 30 {
					return say("'Days' in Transition action must be greater than or equal to 30 for storageClass '%s'", t.Str("storageClass"))
				}
				if e := rule.Int("expiration.days"); e != 0 && t.Int("days") >= e {
					return "'Days' in the Expiration action must be greater than 'Days' in the Transition action"
				}
			}
		}
		return ""
	}},
	{ID: "bucket-logging-target", Code: "InvalidTargetBucketForLogging", Source: "Amazon S3 User Guide: Enabling Amazon S3 server access logging", Kinds: "s3.bucketLogging", On: Write, Check: func(r *Request) string {
		if t := r.bucket(r.New.Str("targetBucket")); t == nil || t.Region != r.Region {
			return say("The target bucket for logging does not exist in this region (%s)", r.New.Str("targetBucket"))
		}
		return ""
	}},
}

// bucket finds a bucket of the account, in whatever region.
func (r *Request) bucket(name string) *Resource {
	if b := r.bucketAnywhere(name); b != nil && b.Account == r.Account {
		return b
	}
	return nil
}

// bucketAnywhere finds a bucket of any account: names are global.
func (r *Request) bucketAnywhere(name string) *Resource {
	for _, b := range r.kinds["s3.bucket"] {
		if b.ID == name {
			return b
		}
	}
	return nil
}

// bucketAllows says whether the policy of a bucket lets one of the principals do the action on an object.
func (r *Request) bucketAllows(b *Resource, action, object string, principals ...string) bool {
	if p := r.By("s3.bucketPolicy", "bucket", b.ID); p != nil {
		return allows(p.Props.Str("policy"), action, object, principals...)
	}
	return allows(b.Props.Str("policy"), action, object, principals...)
}

// bucketEncryption is the algorithm that new objects of a bucket are encrypted with.
func (r *Request) bucketEncryption(b *Resource) string {
	if e := r.By("s3.bucketServerSideEncryptionConfiguration", "bucket", b.ID); e != nil {
		return e.Props.Str("rules.applyServerSideEncryptionByDefault.sseAlgorithm")
	}
	return "AES256"
}
