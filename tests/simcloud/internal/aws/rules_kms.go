package aws

import (
	"regexp"
	"strings"
)

const docKMS = "AWS KMS Developer Guide: Key policies in AWS KMS"

var aliasForm = regexp.MustCompile(`^alias/[a-zA-Z0-9/_-]{1,250}$`)

var kmsRules = []Rule{
	{ID: "key-policy", Code: "MalformedPolicyDocumentException", Source: docKMS, Kinds: "kms.key kms.replicaKey", On: Write, Check: func(r *Request) string {
		text := r.New.Str("policy")
		if len(text) > 32768 {
			return "The key policy exceeds 32 kilobytes."
		}
		return policyProblem(text, keyPolicy)
	}},
	{ID: "key-policy-lockout", Code: "MalformedPolicyDocumentException", Source: docKMS, Kinds: "kms.key kms.replicaKey", On: Write, Check: func(r *Request) string {
		text := r.New.Str("policy")
		if text == "" || r.New.Bool("bypassPolicyLockoutSafetyCheck") || allows(text, "kms:PutKeyPolicy", "", "AWS:"+r.Account) {
			return ""
		}
		return "The new key policy will not allow you to update the key policy in the future."
	}},
	{ID: "key-deletion-window", Code: "ValidationException", Source: "AWS KMS API Reference: ScheduleKeyDeletion", Kinds: "kms.key kms.replicaKey", On: Write, Check: func(r *Request) string {
		if d := r.New.Int("deletionWindowInDays"); r.New.Get("deletionWindowInDays") != nil && (d < 7 || d > 30) {
			return say("PendingWindowInDays must be between 7 and 30 (%d)", d)
		}
		return ""
	}},
	{ID: "key-rotation", Code: "UnsupportedOperationException", Source: "AWS KMS Developer Guide: Rotate AWS KMS keys", Kinds: "kms.key", On: Write, Check: func(r *Request) string {
		spec := r.New.Str("customerMasterKeySpec")
		if r.New.Bool("enableKeyRotation") && spec != "" && spec != "SYMMETRIC_DEFAULT" {
			return say("Automatic rotation is not supported for keys of the spec %s", spec)
		}
		if p := r.New.Int("rotationPeriodInDays"); r.New.Has("rotationPeriodInDays") && p != 0 && (p < 90 || p > 2560) {
			return say("The rotation period must be between 90 and 2560 days (%d)", p)
		}
		return ""
	}},
	{ID: "alias-name", Code: "InvalidAliasNameException", Source: "AWS KMS Developer Guide: Aliases in AWS KMS", Kinds: "kms.alias", On: Create, Check: func(r *Request) string {
		name := r.New.Str("name")
		if !aliasForm.MatchString(name) || strings.HasPrefix(name, "alias/aws/") {
			return say("Alias must be of the form alias/<name> and must not begin with alias/aws/ (%s)", name)
		}
		return ""
	}},
	{ID: "alias-taken", Code: "AlreadyExistsException", Source: "AWS KMS Developer Guide: Aliases in AWS KMS", Kinds: "kms.alias", On: Create, Check: func(r *Request) string {
		if r.Find("kms.alias", r.New.Str("name")) != nil {
			return say("An alias with the name %s already exists", r.New.Str("name"))
		}
		return ""
	}},
	{ID: "alias-target", Code: "NotFoundException", Source: "AWS KMS Developer Guide: Aliases in AWS KMS", Kinds: "kms.alias", On: Write, Check: func(r *Request) string {
		return r.keyMissing(r.New.Str("targetKeyId"))
	}},
	{ID: "key-found", Code: "KMSKeyNotAccessibleFault", Source: docKMS, Kinds: "cloudwatch.logGroup s3.bucketServerSideEncryptionConfiguration ec2.launchTemplate sns.topic sqs.queue secretsmanager.secret", On: Write, Check: func(r *Request) string {
		for _, path := range []string{"kmsKeyId", "kmsMasterKeyId", "rules.applyServerSideEncryptionByDefault.kmsMasterKeyId"} {
			if wrong := r.keyMissing(r.New.Str(path)); wrong != "" {
				return wrong
			}
		}
		for _, d := range r.New.Objs("blockDeviceMappings") {
			if wrong := r.keyMissing(d.Str("ebs.kmsKeyId")); wrong != "" {
				return wrong
			}
		}
		return ""
	}},
	{ID: "log-group-key-policy", Code: "AccessDeniedException", Source: "Amazon CloudWatch Logs User Guide: Encrypt log data in CloudWatch Logs using AWS KMS", Kinds: "cloudwatch.logGroup", On: Write, Check: func(r *Request) string {
		k := r.kmsKey(r.New.Str("kmsKeyId"))
		if k == nil || allows(k.Props.Str("policy"), "kms:Encrypt", "", "Service:logs."+r.Region+".amazonaws.com", "Service:logs.amazonaws.com") {
			return ""
		}
		return "The specified KMS key does not exist or is not allowed to be used with the log group " + r.New.Str("name")
	}},
}

// kmsKey finds a key by ID, ARN or alias.
func (r *Request) kmsKey(ref string) *Resource {
	if ref == "" {
		return nil
	}
	if i := strings.Index(ref, "alias/"); i >= 0 {
		alias := r.Find("kms.alias", ref[i:])
		if alias == nil {
			return nil
		}
		ref = alias.Props.Str("targetKeyId")
	}
	if i := strings.LastIndex(ref, "key/"); i >= 0 {
		if a, ok := parseARN(ref); ok && a.region != r.Region {
			return nil
		}
		ref = ref[i+len("key/"):]
	}
	if k := r.Find("kms.key", ref); k != nil {
		return k
	}
	return r.Find("kms.replicaKey", ref)
}

// keyMissing says that a key reference names nothing. AWS-managed aliases exist; keys of other accounts are taken by their form.
func (r *Request) keyMissing(ref string) string {
	if ref == "" || strings.Contains(ref, "alias/aws/") {
		return ""
	}
	if a, ok := parseARN(ref); ok && a.service == "kms" && a.account != r.Account && a.region == r.Region {
		return ""
	}
	if r.kmsKey(ref) == nil {
		return say("Key '%s' does not exist", ref)
	}
	return ""
}
