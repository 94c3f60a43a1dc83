package operations

import (
	"strings"

	"github.com/plinth-iac/plinth/policies/rule"
)

// Type tokens of what a region says of all its repositories.
const (
	registryScanning    = "aws:ecr/registryScanningConfiguration:RegistryScanningConfiguration"
	registryReplication = "aws:ecr/replicationConfiguration:ReplicationConfiguration"
)

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
			verdicts := []rule.Verdict{r.Get("imageScanningConfiguration.scanOnPush").Want(rule.IsTrue,
				"imageScanningConfiguration.scanOnPush is off", "set imageScanningConfiguration.scanOnPush to true")}
			for _, all := range g.Of(registryScanning) {
				if all.Region() == r.Region() {
					verdicts = append(verdicts, scansAll(all))
				}
			}
			return rule.Any(verdicts...)
		},
	}
}

// scansAll is whether the configuration of a registry has every repository scanned.
func scansAll(registry *rule.Resource) rule.Verdict {
	var verdicts []rule.Verdict
	for _, one := range registry.Select("rules[]") {
		often := one.Get("scanFrequency").Holds(rule.Is("SCAN_ON_PUSH", "CONTINUOUS_SCAN"))
		for _, filter := range one.Select("repositoryFilters[].filter") {
			verdicts = append(verdicts, rule.All(often, filter.Holds(rule.Is("*"))))
		}
	}
	return rule.Any(verdicts...)
}

func imageReplication() *rule.Rule {
	return &rule.Rule{
		ID: "image-replication", Title: "Images are there in a second region", Severity: rule.Low, Category: rule.Backup,
		Why:   "When a region is lost, what starts elsewhere needs its images, and the registry that has them is in the region that is lost.",
		Fix:   "a ReplicationConfiguration of the repository's region, with a rule for it and another region as its destination",
		Types: []string{repository},
		// What a development environment runs can be built again.
		Development: rule.At(rule.Disabled),
		Settings:    []rule.Setting{{Name: "region", Help: "The recovery region; any other if empty.", Development: "", Production: ""}},
		CheckGraph: func(g *rule.Graph, r *rule.Resource, s rule.Settings) rule.Verdict {
			region, wanted := s.Text("region"), "another region"
			if region != "" {
				wanted = region
			}
			verdicts := []rule.Verdict{rule.Failed("its images are not copied to "+wanted,
				"add a ReplicationConfiguration of its region, with a rule for it and "+wanted+" as its destination")}
			for _, registry := range g.Of(registryReplication) {
				if registry.Region() != r.Region() {
					continue
				}
				for _, one := range registry.Select("replicationConfiguration.rules[]") {
					verdicts = append(verdicts, rule.All(replicates(one, r), away(one, r.Region(), region)))
				}
			}
			return rule.Any(verdicts...)
		},
	}
}

// replicates is whether a rule of a registry is about a repository: the name of that
// begins as one of the filters says, if there are any.
func replicates(one rule.Value, r *rule.Resource) rule.Verdict {
	filters := one.Select("repositoryFilters[].filter")
	if len(filters) == 0 {
		return rule.Passed()
	}
	name := r.Get("name")
	if !rule.IsSet(name) {
		name = r.Out("name")
	}
	text, known := name.Text()
	verdicts := []rule.Verdict{rule.No()}
	for _, filter := range filters {
		prefix, _ := filter.Text()
		switch {
		case filter.IsUnknown():
			verdicts = append(verdicts, rule.NotKnown(filter))
		case !known:
			verdicts = append(verdicts, rule.Undecided("name", rule.NotYet))
		case prefix != "" && strings.HasPrefix(text, prefix):
			return rule.Passed()
		}
	}
	return rule.Any(verdicts...)
}

// away is whether a rule of a registry copies images to a region or, if that is empty, to
// any other than here.
func away(one rule.Value, here, region string) rule.Verdict {
	verdicts := []rule.Verdict{rule.No()}
	for _, destination := range one.Select("destinations[].region") {
		there, known := destination.Text()
		switch {
		case destination.IsUnknown():
			verdicts = append(verdicts, rule.NotKnown(destination))
		case known && there != "" && region == "" && here == "":
			verdicts = append(verdicts, rule.Undecided("region of the provider", rule.NotYet))
		case known && there != "" && there != here && (region == "" || there == region):
			return rule.Passed()
		}
	}
	return rule.Any(verdicts...)
}
