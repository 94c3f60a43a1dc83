package encryption

import (
	"testing"

	"github.com/plinth-iac/plinth/policies/internal/ruletest"
	"github.com/plinth-iac/plinth/policies/rule"
)

const denyPlainPublishing = `{"Statement":[{"Effect":"Deny","Principal":"*","Action":"SNS:Publish","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"false"}}}]}`

// events is a topic with a policy of its own.
func events(policy any) []r {
	return []r{
		{Type: topic, Name: "events", In: in{}},
		{Type: topicPolicy, Name: "events-policy", In: in{"arn": later, "policy": policy}, Edges: to{"arn": {"events"}}},
	}
}

// images is a bucket with encryption as said.
func images(one in) []r {
	return []r{
		{Type: "aws:s3/bucketV2:BucketV2", Name: "images", In: in{}},
		{Type: "aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2", Name: "images-encryption",
			In: in{"bucket": later, "rules": list{one}}, Edges: to{"bucket": {"images"}, "rules": {"key"}}},
		{Type: kmsKey, Name: "key", In: in{}},
	}
}

func byKms(key any, bucketKey any) in {
	return in{"bucketKeyEnabled": bucketKey, "applyServerSideEncryptionByDefault": in{"sseAlgorithm": "aws:kms", "kmsMasterKeyId": key}}
}

func withKeyOf(token string, inputs in, path string) []r {
	return []r{{Type: token, Name: "it", In: inputs, Edges: to{path: {"key"}}}, {Type: kmsKey, Name: "key", In: in{}}}
}

var serverlessCases = []ruletest.Case{
	check("sns-tls-only", "denied", rule.Pass, "", events(denyPlainPublishing)),
	check("sns-tls-only", "denied by itself", rule.Pass, "", one(topic, in{"policy": denyPlainPublishing})),
	check("sns-tls-only", "no policy", rule.Fail, "answers requests without TLS. Fix: add a TopicPolicy", one(topic, in{})),
	check("sns-tls-only", "something else denied", rule.Fail, "answers requests", events(denyPlainMessages)),
	check("sns-tls-only", "computed", rule.Unknown, "policy", events(later)),

	check("kinesis-encrypted", "by AWS's key", rule.Pass, "", one(stream, in{"encryptionType": "KMS", "kmsKeyId": "alias/aws/kinesis"})),
	check("kinesis-encrypted", "not", rule.Fail, "encryptionType is not set", one(stream, in{})),
	check("kinesis-encrypted", "a delivery stream", rule.Pass, "", one(firehose, in{"serverSideEncryption": in{"enabled": true}})),
	check("kinesis-encrypted", "a delivery stream, not", rule.Fail, "serverSideEncryption.enabled is not set", one(firehose, in{})),
	check("kinesis-encrypted", "a delivery stream of a stream", rule.NotApplicable, "", one(firehose, in{"kinesisSourceConfiguration": in{}})),
	check("kinesis-encrypted", "computed", rule.Unknown, "encryptionType", one(stream, in{"encryptionType": later})),

	check("lambda-env-cmk", "own key", rule.Pass, "", withKeyOf(function, in{"environment": in{"variables": in{"LEVEL": "info"}}, "kmsKeyArn": later}, "kmsKeyArn")),
	check("lambda-env-cmk", "AWS's key", rule.Fail, "kmsKeyArn is not set", one(function, in{"environment": in{"variables": in{"LEVEL": "info"}}})),
	check("lambda-env-cmk", "no variables", rule.NotApplicable, "", one(function, in{"environment": in{"variables": in{}}})),
	check("lambda-env-cmk", "a key of elsewhere", rule.Unknown, "kmsKeyArn", one(function, in{"environment": in{"variables": in{"LEVEL": "info"}}, "kmsKeyArn": later})),
	check("lambda-env-cmk", "variables or none", rule.Unknown, "environment.variables", one(function, in{"environment": in{"variables": later}})),

	check("s3-sse-kms", "own key", rule.Pass, "", images(byKms(later, true))),
	check("s3-sse-kms", "no bucket key", rule.Fail, "bucketKeyEnabled is off", images(byKms(later, nil))),
	check("s3-sse-kms", "AWS's key", rule.Fail, "kmsMasterKeyId is not set, so that AWS's own key is used", images(byKms(nil, true))),
	check("s3-sse-kms", "S3's key", rule.Fail, `sseAlgorithm is "AES256"`, images(in{"applyServerSideEncryptionByDefault": in{"sseAlgorithm": "AES256"}})),
	check("s3-sse-kms", "twice", rule.Pass, "", images(in{"applyServerSideEncryptionByDefault": in{"sseAlgorithm": "aws:kms:dsse", "kmsMasterKeyId": later}})),
	check("s3-sse-kms", "nothing said", rule.Fail, "is encrypted with a key of AWS", one(bucket, in{})),
	check("s3-sse-kms", "inline", rule.Pass, "", withKeyOf(bucket, in{"serverSideEncryptionConfiguration": in{"rule": byKms(later, true)}}, "serverSideEncryptionConfiguration")),
	check("s3-sse-kms", "inline, of the second version", rule.Pass, "", withKeyOf("aws:s3/bucketV2:BucketV2", in{"serverSideEncryptionConfigurations": list{in{"rules": list{
		in{"bucketKeyEnabled": true, "applyServerSideEncryptionByDefaults": list{in{"sseAlgorithm": "aws:kms", "kmsMasterKeyId": later}}}}}}}, "serverSideEncryptionConfigurations")),
	check("s3-sse-kms", "logs of a load balancer", rule.NotApplicable, "", append(one(bucket, in{}),
		r{Type: loadBalancer, Name: "lb", In: in{"accessLogs": in{"bucket": later}}, Edges: to{"accessLogs": {"it"}}})),
	check("s3-sse-kms", "logs by name", rule.NotApplicable, "", append(one(bucket, in{"bucket": "logs"}),
		r{Type: "aws:s3/bucketLoggingV2:BucketLoggingV2", Name: "logging", In: in{"targetBucket": "logs"}})),
	check("s3-sse-kms", "logs by ARN", rule.NotApplicable, "", append(one(bucket, in{"bucket": "logs"}),
		r{Type: "aws:ec2/flowLog:FlowLog", Name: "flow", In: in{"logDestination": "arn:aws:s3:::logs/flow/"}})),
	check("s3-sse-kms", "logs of a distribution", rule.NotApplicable, "", append(one(bucket, in{}), r{Type: distribution, Name: "d",
		In: in{"loggingConfig": in{"bucket": later}}, Edges: to{"loggingConfig": {"it"}}})),
	check("s3-sse-kms", "logs of another bucket", rule.Fail, "is encrypted with a key of AWS", append(one(bucket, in{"bucket": "images"}),
		r{Type: distribution, Name: "d", In: in{"loggingConfig": in{"bucket": "logs.s3.amazonaws.com"}}})),
	check("s3-sse-kms", "computed", rule.Unknown, "rules", images(in{"applyServerSideEncryptionByDefault": later})),
	check("s3-sse-kms", "who knows whose logs", rule.Unknown, "accessLogs.bucket: external", append(one(bucket, in{"bucket": "images"}),
		r{Type: loadBalancer, Name: "lb", In: in{"accessLogs": in{"bucket": later}}})),
	check("s3-sse-kms", "who knows whose", rule.Unknown, "bucket", []r{{Type: bucket, Name: "images", In: in{}},
		{Type: bucketEncryption, Name: "e", In: in{"bucket": later}}}),

	check("no-secret-in-plain-sink", "names of secrets", rule.Pass, "", one(function, in{"environment": in{"variables": in{
		"DB_PASSWORD_ARN": "x", "API_TOKEN": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:t", "TOKEN_URL": "https://x", "SECRET": ""}}})),
	check("no-secret-in-plain-sink", "a password", rule.Fail, "environment.variables[DB_PASSWORD] looks like a secret", one(function, in{"environment": in{"variables": in{"DB_PASSWORD": "hunter22"}}})),
	check("no-secret-in-plain-sink", "an access key", rule.Fail, "environment.variables[ID] holds an access key of AWS",
		one(function, in{"environment": in{"variables": in{"ID": "AKIAIOSFODNN7EXAMPLE"}}})),
	check("no-secret-in-plain-sink", "an access key or not", rule.Unknown, "environment.variables", one(function, in{"environment": in{"variables": in{"ID": later}}})),
}

func TestWhatOnlyLooksLikeASecretIsAdvisory(t *testing.T) {
	for variable, want := range map[string]bool{"DB_PASSWORD": true, "AKIAIOSFODNN7EXAMPLE": false} {
		key, value := variable, "hunter22"
		if !want {
			key, value = "ID", variable
		}
		stack := ruletest.Resources(one(function, in{"environment": in{"variables": in{key: value}}}))
		f, err := rule.Run(noSecretInPlainSink(), nil, stack[0], nil)
		if err != nil || f.Outcome != rule.Fail || f.AtMostAdvisory != want {
			t.Errorf("%s: %+v, %v", variable, f.Verdict, err)
		}
	}
}
