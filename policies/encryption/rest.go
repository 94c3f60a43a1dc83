package encryption

import (
	"fmt"

	"github.com/plinth-iac/plinth/policies/rule"
)

func ebsEncrypted() *rule.Rule {
	return &rule.Rule{
		ID: "ebs-encrypted", Title: "Volumes are encrypted", Severity: rule.High, Category: rule.Encryption,
		Why: "An unencrypted volume is readable from every snapshot of it, and cannot be encrypted without being replaced.",
		Fix: "set encrypted on every block device, the root device included; or add an EncryptionByDefault",
		Controls: rule.Controls{
			Checkov: []string{"CKV_AWS_3", "CKV_AWS_8", "CKV2_AWS_2"}, Trivy: []string{"AWS-0026", "AWS-0131", "AWS-0008"},
			SecurityHub: []string{"EC2.3", "EC2.181"}, CIS: []string{"5.1.1"},
		},
		Types: []string{volume, instance, launchTemplate, launchConfig},
		Settings: []rule.Setting{{
			Name: "accountDefault", Help: "The account encrypts new volumes by default, so that a device may leave encrypted out.",
			Development: false, Production: false,
		}},
		CheckGraph: func(g *rule.Graph, r *rule.Resource, s rule.Settings) rule.Verdict {
			byDefault := encryptsByDefault(g, r, s)
			device := func(path string) func(rule.Value) rule.Verdict {
				return func(v rule.Value) rule.Verdict {
					encrypted := v.Get(path)
					problem, fix := encrypted.Path()+" is "+encrypted.String(), "set "+encrypted.Path()+" to true"
					if encrypted.IsAbsent() {
						return rule.FailedUnless(byDefault, problem, fix)
					}
					return encrypted.Want(rule.IsTrue, problem, fix)
				}
			}
			switch r.Type {
			case volume:
				return device("encrypted")(r.Get(""))
			case launchTemplate:
				return ofTemplate(r, device("ebs.encrypted"), byDefault)
			}
			root := device("encrypted")(r.Get("rootBlockDevice"))
			if r.Get("rootBlockDevice").IsAbsent() && !r.Get("launchTemplate").IsAbsent() {
				root = rule.Skipped() // the template says it
			}
			return rule.All(root, r.Get("ebsBlockDevices").Each(func(v rule.Value) rule.Verdict {
				return rule.Choose(v.Get("noDevice").Holds(rule.IsTrue), rule.Passed(), device("encrypted")(v))
			}))
		},
	}
}

// encryptsByDefault is whether the account encrypts new volumes where r is: the setting says
// so, or a resource of the stack switches it on.
func encryptsByDefault(g *rule.Graph, r *rule.Resource, s rule.Settings) rule.Verdict {
	if s.Bool("accountDefault") {
		return rule.Passed()
	}
	verdicts := []rule.Verdict{rule.No()}
	for _, d := range g.Of(defaultEncryption) {
		same := rule.No()
		switch here, there := r.Region(), d.Region(); {
		case here == there && (here != "" || r.ProviderURN == d.ProviderURN):
			same = rule.Passed()
		case here == "" || there == "":
			same = rule.Undecided("region of the provider of "+d.Name, rule.NotYet)
		}
		verdicts = append(verdicts, rule.All(same, d.Get("enabled").Holds(rule.NotFalse))) // the provider takes true if it is not set
	}
	return rule.Any(verdicts...)
}

// ofTemplate judges the devices of a launch template. One that maps none has the image's
// root volume, encrypted or not as the image is.
func ofTemplate(r *rule.Resource, device func(rule.Value) rule.Verdict, byDefault rule.Verdict) rule.Verdict {
	verdict := r.Get("blockDeviceMappings").Each(func(v rule.Value) rule.Verdict {
		if v.IsUnknown() {
			return rule.NotKnown(v)
		}
		if !v.Get("virtualName").IsAbsent() || !v.Get("noDevice").IsAbsent() {
			return rule.Passed() // not a volume
		}
		return device(v)
	})
	if verdict.Outcome == rule.NotApplicable {
		return rule.FailedUnless(byDefault, "maps no block device, so that the root volume is as the image has it",
			"map the root device in blockDeviceMappings with ebs.encrypted true")
	}
	return verdict
}

func kmsRotation() *rule.Rule {
	return &rule.Rule{
		ID: "kms-rotation", Title: "KMS keys are rotated", Severity: rule.Medium, Category: rule.Encryption,
		Why: "A key that never changes protects an ever-growing amount of data for ever.",
		Fix: "set enableKeyRotation to true",
		Controls: rule.Controls{
			Checkov: []string{"CKV_AWS_7"}, Trivy: []string{"AWS-0065"}, SecurityHub: []string{"KMS.4"}, CIS: []string{"3.6"},
		},
		Types: []string{kmsKey},
		Check: func(r *rule.Resource, _ rule.Settings) rule.Verdict {
			rotates := rule.All( // AWS rotates symmetric encryption keys only, of its own store
				r.Get("customerMasterKeySpec").Holds(rule.OrAbsent(rule.Is("SYMMETRIC_DEFAULT"))),
				r.Get("keyUsage").Holds(rule.OrAbsent(rule.Is("ENCRYPT_DECRYPT"))),
				r.Get("customKeyStoreId").Holds(func(v rule.Value) bool { return !rule.IsSet(v) }))
			return rule.Choose(rotates, r.Get("enableKeyRotation").Want(rule.IsTrue, "enableKeyRotation is off", "set enableKeyRotation to true"), rule.Skipped())
		},
		Remedy: func(*rule.Resource, rule.Settings) []rule.Patch {
			return []rule.Patch{{Path: "enableKeyRotation", Value: true}}
		},
	}
}

func kmsDeletionWindow() *rule.Rule {
	return &rule.Rule{
		ID: "kms-deletion-window", Title: "KMS keys can be brought back for two weeks", Severity: rule.Medium, Category: rule.Encryption,
		Why:      "When a key is gone, so is everything encrypted with it.",
		Fix:      "set deletionWindowInDays to 14 or more; leave isEnabled on",
		Controls: rule.Controls{Checkov: []string{"CKV_AWS_227"}, SecurityHub: []string{"KMS.3"}},
		Types:    []string{kmsKey, kmsReplica},
		Settings: []rule.Setting{{Name: "days", Help: "The least window.", Development: 7, Production: 14, Stricter: rule.More}},
		Check: func(r *rule.Resource, s rule.Settings) rule.Verdict {
			window, least := r.Get("deletionWindowInDays"), s.Number("days")
			enabled := "isEnabled"
			if r.Type == kmsReplica {
				enabled = "enabled"
			}
			return rule.All(
				window.Want(rule.OrAbsent(rule.AtLeast(least)), // AWS takes 30 if it is not set
					fmt.Sprintf("deletionWindowInDays is %v", window), fmt.Sprintf("set deletionWindowInDays to %v or more", least)),
				r.Get(enabled).Want(rule.NotFalse, enabled+" is off", "set "+enabled+" to true"))
		},
		Remedy: func(r *rule.Resource, s rule.Settings) []rule.Patch {
			if rule.OrAbsent(rule.AtLeast(s.Number("days")))(r.Get("deletionWindowInDays")) {
				return nil
			}
			return []rule.Patch{{Path: "deletionWindowInDays", Value: s.Number("days")}}
		},
	}
}
