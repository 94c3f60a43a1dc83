package kubernetes

import (
	"github.com/plinth-iac/plinth/policies/internal/scheduling"
	"github.com/plinth-iac/plinth/policies/rule"
)

func zoneSpread() *rule.Rule {
	return &rule.Rule{
		ID: "k8s-zone-spread", Title: "The pods of a workload are spread over zones", Severity: rule.High, Category: rule.Redundancy,
		Why:   "The scheduler may put all pods into one zone otherwise, and they are lost with it.",
		Fix:   "add a topologySpreadConstraint on topology.kubernetes.io/zone whose labelSelector matches the labels of the pods",
		Types: []string{deployment, statefulSet},
		Check: func(r *rule.Resource, _ rule.Settings) rule.Verdict {
			return spreadOver(r, scheduling.Zone)
		},
	}
}

func hostSpread() *rule.Rule {
	return &rule.Rule{
		ID: "k8s-host-spread", Title: "The pods of a workload are spread over nodes", Severity: rule.Medium, Category: rule.Redundancy,
		Why:   "Pods on one node are lost with it, and evicted together whenever it is replaced.",
		Fix:   "add a topologySpreadConstraint or a podAntiAffinity on kubernetes.io/hostname whose labelSelector matches the labels of the pods",
		Types: []string{deployment, statefulSet},
		Check: func(r *rule.Resource, _ rule.Settings) rule.Verdict { return spreadOver(r, scheduling.Host) },
	}
}

// spreadOver is the verdict on the spread of a workload over what a node label tells
// apart. Wanting it is enough: what wants only prefers keeps pods running when a zone is lost.
func spreadOver(r *rule.Resource, topology string) rule.Verdict {
	verdict, said := scheduling.Spread(workloadOf(r).template, r.Get("spec.replicas"), topology)
	if !said && r.IsPatch() {
		return rule.Skipped()
	}
	return rule.FailedUnless(verdict, "its pods are not spread over "+topology,
		"add a topologySpreadConstraint on "+topology+" whose labelSelector matches the labels of its pods")
}
