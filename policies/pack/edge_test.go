package pack

import (
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/plinth-iac/plinth/policies/rule"
)

// bucketParts are a private bucket with all that belongs to it. Its policy holds names
// that are known only after creation, unless it is given.
func bucketParts(name string, policy any) []r {
	of := func(token, role string, inputs in) r {
		inputs["bucket"] = later
		return r{Type: token, Name: name + role, Provider: primary, In: inputs, Edges: to{"bucket": {name}, "rules": {"key"}}}
	}
	return []r{
		{Type: "aws:s3/bucketV2:BucketV2", Name: name, Provider: primary, In: in{}},
		of("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", "-access",
			in{"blockPublicAcls": true, "blockPublicPolicy": true, "ignorePublicAcls": true, "restrictPublicBuckets": true}),
		of("aws:s3/bucketVersioningV2:BucketVersioningV2", "-versioning", in{"versioningConfiguration": in{"status": "Enabled"}}),
		of("aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2", "-encryption", in{"rules": list{in{
			"bucketKeyEnabled": true, "applyServerSideEncryptionByDefault": in{"sseAlgorithm": "aws:kms", "kmsMasterKeyId": later}}}}),
		of("aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2", "-lifecycle", in{"rules": list{in{"status": "Enabled"}}}),
		of("aws:s3/bucketPolicy:BucketPolicy", "-policy", in{"policy": policy}),
	}
}

// assetsPolicy lets the distributions of the account read, by TLS only.
const assetsPolicy = `{"Statement":[
	{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::assets","arn:aws:s3:::assets/*"],"Condition":{"Bool":{"aws:SecureTransport":"false"}}},
	{"Effect":"Allow","Principal":{"Service":"cloudfront.amazonaws.com"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::assets/*",
		"Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:cloudfront::123456789012:distribution/*"}}}]}`

// messagesPolicy lets a service of the account send, by TLS only.
func messagesPolicy(action, denied, service string) string {
	return `{"Statement":[{"Effect":"Deny","Principal":{"AWS":"*"},"Action":"` + denied + `","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"false"}}},
		{"Effect":"Allow","Principal":{"Service":"` + service + `"},"Action":"` + action + `","Resource":"*","Condition":{"StringEquals":{"aws:SourceAccount":"123456789012"}}}]}`
}

func alarm(name, property, of string) r {
	return r{Type: "aws:cloudwatch/metricAlarm:MetricAlarm", Name: name, Provider: primary,
		In: in{"dimensions": in{property: later}, "alarmActions": list{later}}, Edges: to{"dimensions": {of}}}
}

// queueParts are a queue with its policy and alarm.
func queueParts(name string, inputs in, edges to) []r {
	return []r{
		{Type: "aws:sqs/queue:Queue", Name: name, Provider: primary, In: inputs, Edges: edges},
		{Type: "aws:sqs/queuePolicy:QueuePolicy", Name: name + "-policy", Provider: primary,
			In: in{"queueUrl": later, "policy": messagesPolicy("sqs:SendMessage", "sqs:*", "sns.amazonaws.com")}, Edges: to{"queueUrl": {name}}},
		alarm(name+"-alarm", "QueueName", name),
	}
}

// functionParts are a function with its log group, alias and alarm.
func functionParts(name string) []r {
	return []r{
		{Type: "aws:cloudwatch/logGroup:LogGroup", Name: name + "-logs", Provider: primary, In: in{"retentionInDays": 365, "kmsKeyId": later}, Edges: to{"kmsKeyId": {"key"}}},
		{Type: "aws:lambda/function:Function", Name: name, Provider: primary, In: in{
			"name": name, "runtime": "provided.al2023", "timeout": 30, "reservedConcurrentExecutions": 10, "tracingConfig": in{"mode": "Active"}, "kmsKeyArn": later,
			"environment": in{"variables": in{"LEVEL": "info"}}, "loggingConfig": in{"logGroup": later}, "vpcConfig": in{"subnetIds": later}},
			Edges: to{"kmsKeyArn": {"key"}, "loggingConfig": {name + "-logs"}, "vpcConfig": {"a", "b"}}},
		{Type: "aws:lambda/alias:Alias", Name: name + "-live", Provider: primary, In: in{"functionName": name}, Edges: to{"functionName": {name}}},
		alarm(name+"-alarm", "FunctionName", name),
	}
}

// edgeTier is a distribution of a bucket and of an internal load balancer, a function on
// uploads and one on a queue of a topic, as production has them at a first preview.
func edgeTier() []r {
	return slices.Concat([]r{
		{Type: "aws:kms/key:Key", Name: "key", Provider: primary, Protect: true, In: in{"enableKeyRotation": true}},
		{Type: "aws:ec2/subnet:Subnet", Name: "a", Provider: primary, In: in{"availabilityZone": "eu-west-1a"}},
		{Type: "aws:ec2/subnet:Subnet", Name: "b", Provider: primary, In: in{"availabilityZone": "eu-west-1b"}},
		{Type: "aws:acm/certificate:Certificate", Name: "certificate", Provider: primary,
			In: in{"domainName": "shop.example.com", "validationMethod": "DNS", "keyAlgorithm": "EC_prime256v1"}},
		{Type: "aws:acm/certificateValidation:CertificateValidation", Name: "issued", Provider: primary, In: in{"certificateArn": later}, Edges: to{"certificateArn": {"certificate"}}},
		{Type: "aws:wafv2/webAcl:WebAcl", Name: "acl", Provider: primary, In: in{"scope": "CLOUDFRONT", "defaultAction": in{"allow": in{}}, "rules": list{
			in{"overrideAction": in{"none": in{}}, "statement": in{"managedRuleGroupStatement": in{"name": "AWSManagedRulesCommonRuleSet"}}},
			in{"action": in{"block": in{}}, "statement": in{"rateBasedStatement": in{"limit": 2000}}}}}},
		{Type: "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration", Name: "acl-logs", Provider: primary, In: in{"resourceArn": later}, Edges: to{"resourceArn": {"acl"}}},
		{Type: "aws:lb/loadBalancer:LoadBalancer", Name: "lb", Provider: primary, In: in{"internal": true, "enableDeletionProtection": true, "enableZonalShift": true,
			"accessLogs": in{"enabled": true, "bucket": later}, "subnets": later}, Edges: to{"accessLogs": {"lb-logs"}, "subnets": {"a", "b"}}},
		{Type: "aws:cloudfront/vpcOrigin:VpcOrigin", Name: "inside", Provider: primary, In: in{"vpcOriginEndpointConfig": in{"arn": later, "originProtocolPolicy": "https-only",
			"originSslProtocols": in{"items": list{"TLSv1.2"}, "quantity": 1}}}, Edges: to{"vpcOriginEndpointConfig": {"lb"}}},
		{Type: "aws:cloudfront/originAccessControl:OriginAccessControl", Name: "control", Provider: primary, In: in{"signingBehavior": "always"}},
		{Type: "aws:cloudfront/distribution:Distribution", Name: "site", Provider: primary, In: in{
			"webAclId": later, "defaultCacheBehavior": in{"targetOriginId": "web", "viewerProtocolPolicy": "redirect-to-https",
				"originRequestPolicyId": "216adef6-5c7f-47e4-b989-5492eafa07d3"},
			"orderedCacheBehaviors": list{in{"pathPattern": "/assets/*", "targetOriginId": "both", "viewerProtocolPolicy": "redirect-to-https"}},
			"origins": list{
				in{"originId": "assets", "domainName": later, "originAccessControlId": later}, in{"originId": "there", "domainName": later, "originAccessControlId": later},
				in{"originId": "web", "domainName": later, "vpcOriginConfig": in{"vpcOriginId": later}}},
			"originGroups":      list{in{"originId": "both", "members": list{in{"originId": "assets"}, in{"originId": "there"}}}},
			"viewerCertificate": in{"acmCertificateArn": later, "minimumProtocolVersion": "TLSv1.2_2021"}},
			Edges: to{"webAclId": {"acl"}, "origins": {"assets", "control", "inside", "lb"}, "viewerCertificate": {"issued"}}},
		{Type: "aws:cloudwatch/logDeliverySource:LogDeliverySource", Name: "site-logs", Provider: primary, In: in{"resourceArn": later}, Edges: to{"resourceArn": {"site"}}},
		{Type: "aws:cloudwatch/logDelivery:LogDelivery", Name: "site-delivery", Provider: primary, In: in{"deliverySourceName": later}, Edges: to{"deliverySourceName": {"site-logs"}}},
		alarm("site-alarm", "DistributionId", "site"), alarm("lb-alarm", "LoadBalancer", "lb"),

		{Type: "aws:lambda/permission:Permission", Name: "uploads-may", Provider: primary, In: in{"principal": "s3.amazonaws.com", "function": later, "sourceArn": later,
			"sourceAccount": "123456789012"}, Edges: to{"function": {"thumbs-live"}, "sourceArn": {"uploads"}}},
		{Type: "aws:s3/bucketNotification:BucketNotification", Name: "uploads-events", Provider: primary, In: in{"bucket": later,
			"lambdaFunctions": list{in{"lambdaFunctionArn": later, "events": list{"s3:ObjectCreated:*"}}}}, Edges: to{"bucket": {"uploads"}, "lambdaFunctions": {"uploads-may"}}},
		{Type: "aws:s3/bucketNotification:BucketNotification", Name: "assets-events", Provider: primary, In: in{"bucket": later, "eventbridge": true},
			Edges: to{"bucket": {"assets"}}},
		{Type: "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig", Name: "thumbs-async", Provider: primary, In: in{"functionName": later,
			"destinationConfig": in{"onFailure": in{"destination": later}}}, Edges: to{"functionName": {"thumbs"}, "destinationConfig": {"failed"}}},
		{Type: "aws:sns/topic:Topic", Name: "placed", Provider: primary, In: in{"kmsMasterKeyId": later}, Edges: to{"kmsMasterKeyId": {"key"}}},
		{Type: "aws:sns/topicPolicy:TopicPolicy", Name: "placed-policy", Provider: primary, In: in{"arn": later, "policy": messagesPolicy("sns:Publish", "sns:Publish", "s3.amazonaws.com")},
			Edges: to{"arn": {"placed"}}},
		{Type: "aws:sns/topicSubscription:TopicSubscription", Name: "placed-orders", Provider: primary, In: in{"protocol": "sqs", "redrivePolicy": later}, Edges: to{"redrivePolicy": {"failed"}}},
		{Type: "aws:lambda/eventSourceMapping:EventSourceMapping", Name: "orders-work", Provider: primary, In: in{"eventSourceArn": later, "functionName": later,
			"functionResponseTypes": list{"ReportBatchItemFailures"}, "scalingConfig": in{"maximumConcurrency": 10}}, Edges: to{"eventSourceArn": {"orders"}, "functionName": {"work-live"}}},
		{Type: "aws:route53/record:Record", Name: "www", Provider: primary, In: in{"name": "shop.example.com", "aliases": list{in{"name": later, "evaluateTargetHealth": false}}},
			Edges: to{"aliases": {"site"}}},
	},
		bucketParts("assets", assetsPolicy), bucketParts("uploads", assetsPolicy), bucketParts("lb-logs", assetsPolicy),
		functionParts("thumbs"), functionParts("work"),
		queueParts("orders", in{"visibilityTimeoutSeconds": 180, "redrivePolicy": later}, to{"redrivePolicy": {"failed"}}), queueParts("failed", in{}, nil))
}

func TestAnEdgeThatIsRightHasNothingUndone(t *testing.T) {
	assert.Empty(t, undone(t, Rules(), edgeTier(), rule.Production))
	assert.Empty(t, undone(t, Rules(), edgeTier(), rule.Development))
}

func TestWhatIsWrongWithAnEdgeIsFoundAtPreview(t *testing.T) {
	set := func(changed in) func(*r) { return func(r *r) { maps.Copy(r.In, changed) } }
	for name, c := range map[string]struct {
		resource string
		spoil    func(*r)
		want     []string
	}{
		"no web ACL": {"site", set(in{"webAclId": nil}), []string{"cloudfront-waf: fail: site"}},
		"a web ACL that only counts": {"acl", set(in{"rules": list{in{"overrideAction": in{"count": in{}}, "statement": in{"rateBasedStatement": in{}}}}}),
			[]string{"waf-blocks: fail: acl"}},
		"plain HTTP inside":                   {"inside", set(in{"vpcOriginEndpointConfig": in{"originProtocolPolicy": "http-only"}}), []string{"cloudfront-tls: fail: inside"}},
		"a certificate that nobody waits for": {"issued", func(r *r) { r.Edges["certificateArn"] = []string{"site"} }, []string{"acm-validated: unknown: certificate"}},
		"a bucket for every distribution": {"assets-policy", set(in{"policy": `{"Statement":[{"Effect":"Allow","Principal":{"Service":"cloudfront.amazonaws.com"},` +
			`"Action":"s3:GetObject","Resource":"arn:aws:s3:::assets/*"}]}`}), []string{"resource-policy-source: fail: assets-policy", "s3-tls-only: fail: assets"}},
		"a function for every bucket":   {"uploads-may", set(in{"sourceArn": nil, "sourceAccount": nil}), []string{"resource-policy-source: fail: uploads-may"}},
		"a function in one zone":        {"b", set(in{"availabilityZone": "eu-west-1a"}), []string{"lambda-vpc-multi-az: fail: thumbs", "lambda-vpc-multi-az: fail: work", "lb-multi-az: fail: lb"}},
		"events that are lost":          {"thumbs-async", set(in{"destinationConfig": in{}}), []string{"async-failure-destination: fail: thumbs"}},
		"messages that come back early": {"orders", set(in{"visibilityTimeoutSeconds": 30}), []string{"sqs-visibility-timeout: fail: orders-work"}},
		"a host that is not passed on": {"site", set(in{"defaultCacheBehavior": in{"targetOriginId": "web", "viewerProtocolPolicy": "redirect-to-https"}}),
			[]string{"cloudfront-origin-name: unknown: site"}},
		"messages that are turned away": {"orders-work", set(in{"scalingConfig": in{"maximumConcurrency": 11}}), []string{"sqs-concurrency: fail: orders-work"}},
		"events that overwrite others": {"assets-events", func(r *r) { r.Edges["bucket"] = []string{"uploads"} },
			[]string{"s3-one-notification: fail: assets-events", "s3-one-notification: fail: uploads-events"}},
		"batches as a whole": {"orders-work", set(in{"functionResponseTypes": nil}), []string{"lambda-partial-batch: fail: orders-work"}},
		"no versions":        {"uploads-versioning", set(in{"versioningConfiguration": in{"status": "Suspended"}}), []string{"s3-versioning: fail: uploads"}},
	} {
		stack := edgeTier()
		i := slices.IndexFunc(stack, func(r r) bool { return r.Name == c.resource })
		c.spoil(&stack[i])
		assert.Equal(t, c.want, undone(t, Rules(), stack, rule.Production), name)
	}
}
