package encryption

import "github.com/plinth-iac/plinth/policies/rule"

const kafkaCluster = "aws:msk/cluster:Cluster"

func mskCmk() *rule.Rule {
	return cmk(rule.Rule{
		ID: "msk-cmk", Title: "Kafka clusters are encrypted with the customer's key", Severity: rule.Medium,
		Fix:      "set encryptionInfo.encryptionAtRestKmsKeyArn",
		Controls: rule.Controls{Checkov: []string{"CKV_AWS_81"}, Trivy: []string{"AWS-0179"}}, Types: []string{kafkaCluster},
	}, at("encryptionInfo.encryptionAtRestKmsKeyArn"))
}

func mskTls() *rule.Rule {
	return &rule.Rule{
		ID: "msk-tls", Title: "Kafka clusters speak TLS only, with clients and between brokers", Severity: rule.High, Category: rule.Encryption,
		Why:      "A cluster that also takes plain text is one that clients talk to in plain text, because nothing tells them not to.",
		Fix:      `set encryptionInfo.encryptionInTransit.clientBroker to "TLS" and inCluster to true, or leave them out`,
		Controls: rule.Controls{Checkov: []string{"CKV_AWS_81"}, Trivy: []string{"AWS-0073"}, SecurityHub: []string{"MSK.1"}},
		Types:    []string{kafkaCluster},
		Check: func(r *rule.Resource, _ rule.Settings) rule.Verdict {
			const transit = "encryptionInfo.encryptionInTransit."
			return rule.All( // AWS takes TLS and true if they are not set
				r.Wants(transit+"clientBroker", rule.OrAbsent(rule.Is("TLS")), `"TLS"`),
				r.Wants(transit+"inCluster", rule.NotFalse, "true"))
		},
	}
}
