package encryption

import "github.com/plinth-iac/plinth/policies/rule"

const nodeGroup = "aws:eks/nodeGroup:NodeGroup"

func ebsDefaultEncryption() *rule.Rule {
	return &rule.Rule{
		ID: "ebs-default-encryption", Title: "Regions encrypt every volume, or every volume says it itself", Severity: rule.High, Category: rule.Encryption,
		Why:      "What is not said for a volume is what the region says, and that is no encryption until somebody switches it on.",
		Fix:      "an EncryptionByDefault of the same provider; or set encrypted on every block device",
		Controls: rule.Controls{Checkov: []string{"CKV_AWS_106"}, SecurityHub: []string{"EC2.7"}, CIS: []string{"5.1.1"}},
		Types:    []string{defaultEncryption, volume, instance, launchTemplate, launchConfig, nodeGroup},
		Settings: []rule.Setting{{
			Name: "accountDefault", Help: "The account encrypts new volumes by default, by what another stack has switched on.",
			Development: false, Production: false,
		}},
		CheckGraph: func(g *rule.Graph, r *rule.Resource, s rule.Settings) rule.Verdict {
			if r.Type == defaultEncryption {
				return r.Get("enabled").Want(rule.NotFalse, "switches encryption off for the whole region", "set enabled to true")
			}
			own := encryptedItself(r)
			if own.Outcome == rule.NotApplicable {
				return own
			}
			return rule.FailedUnless(rule.Any(encryptsByDefault(g, r, s), own),
				"leaves it to the region whether its volumes are encrypted, and nothing switches that on",
				"add an EncryptionByDefault of its provider, or set encrypted on every block device")
		},
	}
}

// encryptedItself is whether all volumes that something makes are encrypted by what it says.
func encryptedItself(r *rule.Resource) rule.Verdict {
	if r.Type == nodeGroup {
		template := r.Get("launchTemplate").Holds(func(v rule.Value) bool { return len(v.Keys()) > 0 })
		return rule.Choose(template, rule.Skipped(), rule.No()) // the template says it
	}
	return ebsEncrypted().CheckGraph(rule.NewGraph(nil), r, nil)
}
