package exposure

import (
	"slices"
	"strings"

	"github.com/plinth-iac/plinth/policies/internal/document"
	"github.com/plinth-iac/plinth/policies/rule"
)

// Type tokens of what says who may use a resource.
const (
	bucketPolicy    = "aws:s3/bucketPolicy:BucketPolicy"
	bucketAcl       = "aws:s3/bucketAcl:BucketAcl"
	topic           = "aws:sns/topic:Topic"
	topicPolicy     = "aws:sns/topicPolicy:TopicPolicy"
	queue           = "aws:sqs/queue:Queue"
	queuePolicy     = "aws:sqs/queuePolicy:QueuePolicy"
	streamPolicy    = "aws:kinesis/resourcePolicy:ResourcePolicy"
	busPolicy       = "aws:cloudwatch/eventBusPolicy:EventBusPolicy"
	permission      = "aws:lambda/permission:Permission"
	layerPermission = "aws:lambda/layerVersionPermission:LayerVersionPermission"
	functionUrl     = "aws:lambda/functionUrl:FunctionUrl"
	secret          = "aws:secretsmanager/secret:Secret"
	secretPolicy    = "aws:secretsmanager/secretPolicy:SecretPolicy"
	vaultPolicy     = "aws:backup/vaultPolicy:VaultPolicy"
	logPolicy       = "aws:cloudwatch/logResourcePolicy:LogResourcePolicy"
)

// policyHolders have, or are, the policy of a resource.
var policyHolders = []string{
	bucket, bucketPolicy, topic, topicPolicy, queue, queuePolicy, streamPolicy, busPolicy, secret, secretPolicy, vaultPolicy, logPolicy,
}

// policyOf is the policy of what holds one.
func policyOf(r *rule.Resource) rule.Value {
	if r.Type == logPolicy {
		return r.Get("policyDocument")
	}
	return r.Get("policy")
}

func resourcePolicyNotPublic() *rule.Rule {
	return &rule.Rule{
		ID: "resource-policy-not-public", Title: "Buckets, topics, queues, streams, functions, secrets and backups are not for everyone",
		Severity: rule.Critical, Category: rule.Access,
		Why: `"*" is every AWS account and, for a bucket, everyone without one; names of buckets and queues are found by trying.`,
		Fix: "name the principals, or add a condition on aws:SourceArn, aws:SourceAccount, aws:PrincipalOrgID or the like",
		Controls: rule.Controls{
			Checkov: []string{"CKV_AWS_70", "CKV_AWS_168", "CKV_AWS_169", "CKV_AWS_301"}, Trivy: []string{"AWS-0097"},
			SecurityHub: []string{"S3.2", "S3.3", "SNS.4", "SQS.3", "Lambda.1"},
		},
		Types: append(slices.Clone(policyHolders), permission, layerPermission),
		Check: func(r *rule.Resource, _ rule.Settings) rule.Verdict {
			switch r.Type {
			case permission:
				return notEveryone(r, "principalOrgId", "sourceArn", "sourceAccount", "eventSourceToken")
			case layerPermission:
				return notEveryone(r, "organizationId")
			}
			return statements(policyOf(r), func(s document.Statement) rule.Verdict {
				if !slices.Contains(s.Principals, "*") || narrowed(s) {
					return rule.Passed()
				}
				return rule.Failed("its policy lets everyone "+s.Show(s.Actions...),
					"name the principals, or add a condition such as aws:SourceArn or aws:PrincipalOrgID")
			})
		},
	}
}

// statements asks of everything that a policy allows.
func statements(policy rule.Value, check func(document.Statement) rule.Verdict) rule.Verdict {
	if !rule.IsSet(policy) {
		return rule.Skipped()
	}
	all, bad := document.Parse(policy)
	verdicts := []rule.Verdict{bad, rule.Passed()}
	for _, s := range all {
		if s.Allow {
			verdicts = append(verdicts, check(s))
		}
	}
	return rule.All(verdicts...)
}

// notEveryone is the verdict on a permission for one principal, which the properties may
// narrow down.
func notEveryone(r *rule.Resource, narrowing ...string) rule.Verdict {
	if slices.ContainsFunc(narrowing, func(path string) bool { return isNarrow(r.Get(path)) }) {
		return rule.Passed()
	}
	return r.Get("principal").Want(func(v rule.Value) bool { return !rule.Is("*")(v) },
		"lets everyone do it", "name the principal, or set "+strings.Join(narrowing, " or "))
}

// isNarrow accepts what is set, and is not one star for everything.
func isNarrow(v rule.Value) bool {
	text, known := v.Text()
	return rule.IsSet(v) && (!known || narrow(text))
}

// narrowingKeys are the keys of conditions that can keep a statement from being for
// everyone, in lower case.
var narrowingKeys = []string{
	"aws:sourcearn", "aws:sourceaccount", "aws:sourceowner", "aws:sourceorgid", "aws:sourceorgpaths", "aws:sourcevpc", "aws:sourcevpce", "aws:sourceip",
	"aws:vpcsourceip", "aws:principalarn", "aws:principalaccount", "aws:principalorgid", "aws:principalorgpaths", "aws:userid",
	"s3:dataaccesspointarn", "s3:dataaccesspointaccount", "kms:calleraccount",
}

// narrowingOperators are those that hold only if the key is there and has such a value,
// in lower case.
var narrowingOperators = []string{"stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike", "ipaddress"}

// narrowed reports that the conditions of a statement keep it to some callers.
func narrowed(s document.Statement) bool {
	return conditioned(s, func(key string) bool { return slices.Contains(narrowingKeys, key) }, isWide)
}

// conditioned reports that a statement has a condition on a key, in lower case, that is one
// of those meant, and none of the values of which is wide.
func conditioned(s document.Statement, meant, wide func(string) bool) bool {
	for operator, keys := range s.Conditions {
		if !slices.Contains(narrowingOperators, strings.TrimPrefix(strings.ToLower(operator), "foranyvalue:")) {
			continue
		}
		for key, values := range keys {
			if meant(strings.ToLower(key)) && len(values) > 0 && !slices.ContainsFunc(values, wide) {
				return true
			}
		}
	}
	return false
}

func isWide(value string) bool { return !narrow(value) || isOpen(rule.Of(value)) }

// narrow reports that a value of a condition matches some callers only: of an ARN, the
// account must be given, or the resource if it has none, as a bucket.
func narrow(value string) bool {
	if parts := strings.SplitN(value, ":", 6); len(parts) == 6 && parts[0] == "arn" {
		return parts[4] != "" && !strings.Contains(parts[4], "*") || parts[4] == "" && !strings.HasPrefix(parts[5], "*")
	}
	return !strings.HasPrefix(value, "*")
}

func resourcePolicySource() *rule.Rule {
	return &rule.Rule{
		ID: "resource-policy-source", Title: "Services of AWS act on a resource for this account only", Severity: rule.High, Category: rule.Access,
		Why:      "A service acts for every customer that asks it to: another account's bucket or rule reaches the resource by it, if nothing says for whom.",
		Fix:      "add a condition on aws:SourceArn or aws:SourceAccount; on a Permission set sourceArn or sourceAccount, which S3 needs",
		Controls: rule.Controls{Checkov: []string{"CKV_AWS_364"}, Trivy: []string{"AWS-0067"}},
		Types:    append(slices.Clone(policyHolders), permission),
		Check: func(r *rule.Resource, _ rule.Settings) rule.Verdict {
			if r.Type == permission {
				return permittedFor(r)
			}
			return statements(policyOf(r), func(s document.Statement) rule.Verdict {
				i := slices.IndexFunc(s.Principals, isService)
				if i < 0 || narrowed(s) || saysForWhom(r, s) {
					return rule.Passed()
				}
				return rule.Failed("its policy lets "+s.Show(s.Principals[i])+" act for any account",
					"add a condition on aws:SourceArn or aws:SourceAccount to the statement")
			})
		},
	}
}

// saysForWhom reports that a statement needs no condition: AWS puts the account of a load
// balancer into the path that it logs to; and EventBridge, when it publishes to a topic,
// does not say what a condition would look at. Of the streams that it makes for logs, AWS
// does not document that it does.
func saysForWhom(r *rule.Resource, s document.Statement) bool {
	switch r.Type {
	case topic, topicPolicy:
		if slices.Equal(s.Principals, []string{"events.amazonaws.com"}) {
			return true
		}
	case logPolicy:
		if slices.Contains(s.Principals, "events.amazonaws.com") {
			return true
		}
	}
	return len(s.Resources) > 0 && !slices.ContainsFunc(s.Resources, func(arn string) bool {
		_, account, found := strings.Cut(arn, "/AWSLogs/")
		return !found || strings.HasPrefix(account, "*")
	})
}

func isService(principal string) bool {
	return strings.HasSuffix(principal, ".amazonaws.com") || strings.HasSuffix(principal, ".amazonaws.com.cn")
}

func permittedFor(r *rule.Resource) rule.Verdict {
	principal := r.Get("principal")
	name, _ := principal.Text()
	switch {
	case principal.IsUnknown():
		return rule.NotKnown(principal)
	case !isService(name):
		return rule.Skipped()
	case isNarrow(r.Get("sourceAccount")), isNarrow(r.Get("principalOrgId")), name != "s3.amazonaws.com" && isNarrow(r.Get("sourceArn")):
		return rule.Passed()
	case name == "s3.amazonaws.com": // once a bucket is deleted, its name, and so its ARN, may be another account's
		return rule.Failed("lets S3 invoke the function for whatever account has the bucket", "set sourceAccount, besides sourceArn")
	}
	return rule.Failed("lets "+name+" invoke the function for any account", "set sourceArn or sourceAccount")
}

// closedAcls are the canned ACLs that are not for everyone, nor for everyone with an AWS
// account.
var closedAcls = []string{"private", "log-delivery-write", "bucket-owner-read", "bucket-owner-full-control", "aws-exec-read"}

func s3AclNotPublic() *rule.Rule {
	return &rule.Rule{
		ID: "s3-acl-not-public", Title: "The ACLs of buckets give nothing to everyone", Severity: rule.Critical, Category: rule.Access,
		Why:      "What an ACL publishes is found within hours, and nobody sees it in a policy.",
		Fix:      `remove the ACL, or set it to "private"; publish through CloudFront with an origin access control`,
		Controls: rule.Controls{Checkov: []string{"CKV_AWS_20", "CKV_AWS_57"}, Trivy: []string{"AWS-0092"}, SecurityHub: []string{"S3.2", "S3.3"}},
		Types:    []string{bucket, bucketAcl},
		Check: func(r *rule.Resource, _ rule.Settings) rule.Verdict {
			acl := r.Get("acl")
			verdicts := []rule.Verdict{acl.Want(rule.OrAbsent(rule.Is(closedAcls...)), "acl is "+acl.String(), `set acl to "private"`)}
			for _, path := range [...]string{"grants[].uri", "accessControlPolicy.grants[].grantee.uri"} {
				for _, uri := range r.Select(path) {
					verdicts = append(verdicts, uri.Want(func(v rule.Value) bool {
						group, _ := v.Text()
						return !strings.HasSuffix(group, "/AllUsers") && !strings.HasSuffix(group, "/AuthenticatedUsers")
					}, "grants something to "+uri.String(), "remove the grant"))
				}
			}
			return rule.All(verdicts...)
		},
	}
}

func lambdaUrlAuth() *rule.Rule {
	return &rule.Rule{
		ID: "lambda-url-auth", Title: "The URLs of functions ask who calls", Severity: rule.High, Category: rule.Access,
		Why:      "Without it everyone on the internet runs the function, at the account's expense and with the function's rights.",
		Fix:      `set authorizationType to "AWS_IAM"; let CloudFront sign its requests with an origin access control`,
		Controls: rule.Controls{Checkov: []string{"CKV_AWS_258"}},
		Types:    []string{functionUrl},
		Check: func(r *rule.Resource, _ rule.Settings) rule.Verdict {
			kind := r.Get("authorizationType")
			return kind.Want(rule.Is("AWS_IAM"), "authorizationType is "+kind.String(), `set authorizationType to "AWS_IAM"`)
		},
		Remedy: func(*rule.Resource, rule.Settings) []rule.Patch {
			return []rule.Patch{{Path: "authorizationType", Value: "AWS_IAM"}}
		},
	}
}
