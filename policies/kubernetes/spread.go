package kubernetes

import "github.com/plinth-iac/plinth/policies/rule"

func zoneSpread() *rule.Rule {
	return &rule.Rule{
		ID: "k8s-zone-spread", Title: "The pods of a workload are spread over zones", Severity: rule.High, Category: rule.Redundancy,
		Why:   "The scheduler may put all pods into one zone otherwise, and they are lost with it.",
		Fix:   "add a topologySpreadConstraint on topology.kubernetes.io/zone whose labelSelector matches the labels of the pods",
		Types: []string{deployment, statefulSet},
		Check: func(r *rule.Resource, _ rule.Settings) rule.Verdict {
			return spreadOver(r, "topology.kubernetes.io/zone")
		},
	}
}

func hostSpread() *rule.Rule {
	return &rule.Rule{
		ID: "k8s-host-spread", Title: "The pods of a workload are spread over nodes", Severity: rule.Medium, Category: rule.Redundancy,
		Why:   "Pods on one node are lost with it, and evicted together whenever it is replaced.",
		Fix:   "add a topologySpreadConstraint or a podAntiAffinity on kubernetes.io/hostname whose labelSelector matches the labels of the pods",
		Types: []string{deployment, statefulSet},
		Check: func(r *rule.Resource, _ rule.Settings) rule.Verdict { return spreadOver(r, "kubernetes.io/hostname") },
	}
}

// spreadOver is the verdict on the spread of a workload over what a node label tells
// apart. Wanting it is enough: what wants only prefers keeps pods running when a zone is lost.
func spreadOver(r *rule.Resource, topology string) rule.Verdict {
	w := workloadOf(r)
	var verdicts []rule.Verdict
	said := false
	for _, path := range [...]string{
		"topologySpreadConstraints[]", "affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[]",
		"affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution[].podAffinityTerm",
	} {
		for _, term := range w.pod().Select(path) {
			said = true
			verdicts = append(verdicts, w.keepsApart(term, topology))
		}
	}
	if !said && r.IsPatch() {
		return rule.Skipped()
	}
	return rule.Any(append(verdicts, rule.Failed("its pods are not spread over "+topology,
		"add a topologySpreadConstraint on "+topology+" whose labelSelector matches the labels of its pods"))...)
}

// keepsApart is whether one constraint or term keeps the pods of a workload apart.
func (w *workload) keepsApart(term rule.Value, topology string) rule.Verdict {
	key := term.Get("topologyKey")
	if term.IsUnknown() {
		return rule.NotKnown(term)
	}
	if !key.IsUnknown() && !rule.Is(topology)(key) {
		return rule.Skipped()
	}
	covered := labelSelector(term.Get("labelSelector")).covers(w.labels())
	skew, known := term.Get("maxSkew").Number()
	pods, counted := w.Get("spec.replicas").Number()
	// A wish has no skew that it tolerates: the scheduler spreads as far as it can.
	wish := rule.Is("ScheduleAnyway")(term.Get("whenUnsatisfiable"))
	switch {
	case covered.Outcome == rule.NotApplicable, !wish && known && counted && pods > 1 && skew >= pods: // all may be in one place
		return rule.Skipped()
	case key.IsUnknown():
		return rule.NotKnown(key)
	}
	return covered
}
