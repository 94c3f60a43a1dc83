package exposure

import "github.com/plinth-iac/plinth/policies/rule"

const eksCluster = "aws:eks/cluster:Cluster"

func eksEndpointPrivate() *rule.Rule {
	return &rule.Rule{
		ID: "eks-endpoint-private", Title: "The API of EKS clusters is not open to the internet", Severity: rule.High, Category: rule.Exposure,
		Why: "An API server that everyone reaches is open to everyone who has a stolen token, or the next flaw in it; nodes reach it by the internet, too.",
		Fix: "set vpcConfig.endpointPrivateAccess to true and endpointPublicAccess to false, or publicAccessCidrs to the blocks of your own networks",
		Controls: rule.Controls{
			Checkov: []string{"CKV_AWS_39", "CKV_AWS_38"}, Trivy: []string{"AWS-0040", "AWS-0041"}, SecurityHub: []string{"EKS.1"},
		},
		Types: []string{eksCluster},
		Check: func(r *rule.Resource, _ rule.Settings) rule.Verdict {
			private := r.Get("vpcConfig.endpointPrivateAccess").Want(rule.IsTrue,
				"vpcConfig.endpointPrivateAccess is off", "set vpcConfig.endpointPrivateAccess to true")
			public := r.Get("vpcConfig.endpointPublicAccess")
			limited := r.Get("vpcConfig.publicAccessCidrs").Each(func(block rule.Value) rule.Verdict {
				return block.Want(func(v rule.Value) bool { return rule.IsSet(v) && !isOpen(v) }, "its API is open to "+block.String(),
					"list the blocks of your own networks in vpcConfig.publicAccessCidrs")
			})
			if limited.Outcome == rule.NotApplicable {
				limited = rule.Failed("its API is open to everyone", "set vpcConfig.endpointPublicAccess to false, or list blocks in vpcConfig.publicAccessCidrs")
			}
			return rule.Choose(public.Holds(rule.IsFalse), private, rule.All(private, limited)) // public by default
		},
	}
}
