package operations

import "github.com/plinth-iac/plinth/policies/rule"

// registryScanning is what a region says of the scans of all its repositories.
const registryScanning = "aws:ecr/registryScanningConfiguration:RegistryScanningConfiguration"

func ecrImmutableTags() *rule.Rule {
	return &rule.Rule{
		ID: "ecr-immutable-tags", Title: "The tags of images are never moved", Severity: rule.Medium, Category: rule.Operations,
		Why:      "Whoever may push can put another image under the tag that production runs, and nothing shows it.",
		Fix:      `set imageTagMutability to "IMMUTABLE"`,
		Controls: rule.Controls{Checkov: []string{"CKV_AWS_51"}, Trivy: []string{"AWS-0031"}, SecurityHub: []string{"ECR.2"}},
		Types:    []string{repository},
		Check: func(r *rule.Resource, _ rule.Settings) rule.Verdict {
			mutability := r.Get("imageTagMutability")
			return mutability.Want(rule.Is("IMMUTABLE", "IMMUTABLE_WITH_EXCLUSION"), "imageTagMutability is "+mutability.String(),
				`set imageTagMutability to "IMMUTABLE"`)
		},
		Remedy: func(*rule.Resource, rule.Settings) []rule.Patch {
			return []rule.Patch{{Path: "imageTagMutability", Value: "IMMUTABLE"}}
		},
	}
}

func ecrScanned() *rule.Rule {
	return &rule.Rule{
		ID: "ecr-scan-on-push", Title: "Images are scanned when they are pushed", Severity: rule.Medium, Category: rule.Operations,
		Why:      "Nobody asks by hand which of the known flaws an image has.",
		Fix:      `set imageScanningConfiguration.scanOnPush to true, or a RegistryScanningConfiguration with the filter "*"`,
		Controls: rule.Controls{Checkov: []string{"CKV_AWS_163"}, Trivy: []string{"AWS-0030"}, SecurityHub: []string{"ECR.1"}},
		Types:    []string{repository},
		CheckGraph: func(g *rule.Graph, r *rule.Resource, _ rule.Settings) rule.Verdict {
			for _, all := range g.Of(registryScanning) {
				if all.Region() == r.Region() && scansAll(all) {
					return rule.Passed()
				}
			}
			return r.Get("imageScanningConfiguration.scanOnPush").Want(rule.IsTrue,
				"imageScanningConfiguration.scanOnPush is off", "set imageScanningConfiguration.scanOnPush to true")
		},
	}
}

// scansAll reports that the configuration of a registry has every repository scanned.
func scansAll(registry *rule.Resource) bool {
	for _, one := range registry.Select("rules[]") {
		if !rule.Is("SCAN_ON_PUSH", "CONTINUOUS_SCAN")(one.Get("scanFrequency")) {
			continue
		}
		for _, filter := range one.Select("repositoryFilters[].filter") {
			if rule.Is("*")(filter) {
				return true
			}
		}
	}
	return false
}
