package redundancy

import (
	"fmt"

	"github.com/plinth-iac/plinth/policies/rule"
)

func eksSubnetsMultiAz() *rule.Rule {
	return &rule.Rule{
		ID: "eks-subnets-multi-az", Title: "EKS clusters and their nodes span at least two zones", Severity: rule.High, Category: rule.Redundancy,
		Why: "What runs in one zone is down for as long as that zone is, however many pods there are.",
		Fix: "list subnets of at least two zones, and set scalingConfig.minSize of node groups to 2 or more; " +
			"a group that may be empty, as one for batch jobs, has the tag " + neededTag + " 0",
		Types: []string{cluster, nodeGroup, fargateProfile},
		Settings: []rule.Setting{
			{Name: "least", Help: "The least minSize of a node group that is accepted.", Development: 1, Production: 2, Stricter: rule.More},
		},
		CheckGraph: func(g *rule.Graph, r *rule.Resource, s rule.Settings) rule.Verdict {
			if r.Type == cluster {
				return place(g, r, "vpcConfig.subnetIds[]").twoZones("vpcConfig.subnetIds")
			}
			verdict := place(g, r, "subnetIds[]").twoZones("subnetIds")
			if r.Type == fargateProfile {
				return verdict
			}
			least, minSize := s.Number("least"), r.Get("scalingConfig.minSize")
			return rule.All(verdict, rule.Any(minSize.Want(rule.AtLeast(least),
				fmt.Sprintf("scalingConfig.minSize is %v", minSize), fmt.Sprintf("set scalingConfig.minSize to %v or more", least)), mayBeEmpty(r)))
		},
	}
}
