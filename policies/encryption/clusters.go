package encryption

import (
	"slices"

	"github.com/plinth-iac/plinth/policies/rule"
)

func eksSecretsEnvelope() *rule.Rule {
	return &rule.Rule{
		ID: "eks-secrets-envelope", Title: "The secrets of EKS clusters are encrypted with the customer's key", Severity: rule.High, Category: rule.Encryption,
		Why:      "The customer cannot restrict or withdraw the use of the key of AWS that everything in a cluster is encrypted with otherwise.",
		Fix:      `set encryptionConfig with resources ["secrets"] and provider.keyArn`,
		Controls: rule.Controls{Checkov: []string{"CKV_AWS_58"}, Trivy: []string{"AWS-0039"}, SecurityHub: []string{"EKS.3"}},
		Types:    []string{eksCluster},
		// A key costs money, and AWS has one of its own.
		Development: rule.At(rule.Disabled),
		Check: func(r *rule.Resource, _ rule.Settings) rule.Verdict {
			resources := r.Get("encryptionConfig.resources")
			secrets := resources.Want(func(v rule.Value) bool { return slices.ContainsFunc(v.Items(), rule.Is("secrets")) },
				"encryptionConfig.resources has no secrets", `set encryptionConfig with resources ["secrets"] and provider.keyArn`)
			if slices.ContainsFunc(resources.Items(), rule.Value.IsUnknown) {
				secrets = rule.NotKnown(resources)
			}
			return rule.Choose(secrets, rule.FailedUnless(r.Get("encryptionConfig.provider.keyArn").Named(),
				"encryptionConfig.provider.keyArn is not set", "set encryptionConfig.provider.keyArn to the ARN of a KMS key of your own"), secrets)
		},
	}
}
