package encryption

import (
	"github.com/plinth-iac/plinth/policies/rule"
)

// Type tokens of streams.
const (
	stream   = "aws:kinesis/stream:Stream"
	firehose = "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream"
)

func kinesisEncrypted() *rule.Rule {
	return &rule.Rule{
		ID: "kinesis-encrypted", Title: "Streams are encrypted", Severity: rule.Medium, Category: rule.Encryption,
		Why:      "A stream keeps its records in plain text unless it is told to encrypt them.",
		Fix:      `set encryptionType to "KMS" and kmsKeyId; of a delivery stream, serverSideEncryption.enabled`,
		Controls: rule.Controls{Checkov: []string{"CKV_AWS_43", "CKV_AWS_185", "CKV_AWS_240"}, Trivy: []string{"AWS-0064"}, SecurityHub: []string{"Kinesis.1", "DataFirehose.1"}},
		Types:    []string{stream, firehose},
		Check: func(r *rule.Resource, _ rule.Settings) rule.Verdict {
			if r.Type == stream {
				kind := r.Get("encryptionType")
				return kind.Want(rule.Is("KMS"), "encryptionType is "+kind.String(), `set encryptionType to "KMS" and kmsKeyId`)
			}
			if !r.Get("kinesisSourceConfiguration").IsAbsent() || !r.Get("mskSourceConfiguration").IsAbsent() {
				return rule.Skipped() // it keeps nothing, its source does
			}
			return encrypted(r, "serverSideEncryption.enabled", rule.IsTrue)
		},
		Remedy: func(r *rule.Resource, _ rule.Settings) []rule.Patch {
			if r.Type == firehose {
				return []rule.Patch{{Path: "serverSideEncryption.enabled", Value: true}}
			}
			patches := []rule.Patch{{Path: "encryptionType", Value: "KMS"}}
			if !rule.IsSet(r.Get("kmsKeyId")) {
				patches = append(patches, rule.Patch{Path: "kmsKeyId", Value: "alias/aws/kinesis"})
			}
			return patches
		},
	}
}

func lambdaEnvCmk() *rule.Rule {
	return cmk(rule.Rule{
		ID: "lambda-env-cmk", Title: "The environment variables of functions are encrypted with the customer's key", Severity: rule.Low,
		Fix: "set kmsKeyArn", Controls: rule.Controls{Checkov: []string{"CKV_AWS_173"}}, Types: []string{function},
	}, func(g *rule.Graph, r *rule.Resource) rule.Verdict {
		return rule.Choose(r.Get("environment.variables").Holds(rule.IsBlock), customerKey(g, r, r.Get("kmsKeyArn")), rule.Skipped())
	})
}
