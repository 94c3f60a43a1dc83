package scheduling

import "github.com/plinth-iac/plinth/policies/rule"

// The labels of machines that tell their zones, and themselves, apart.
const (
	Zone = "topology.kubernetes.io/zone"
	Host = "kubernetes.io/hostname"
)

// Spread is whether pods are kept apart by what a label of their machines tells apart: by
// a constraint or an affinity of their template. Wanting it is enough: what wants only
// prefers keeps pods running when a zone is lost. It is not said if there is neither.
func Spread(template, replicas rule.Value, topology string) (verdict rule.Verdict, said bool) {
	var verdicts []rule.Verdict
	for _, path := range [...]string{
		"spec.topologySpreadConstraints[]", "spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[]",
		"spec.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution[].podAffinityTerm",
	} {
		for _, term := range template.Select(path) {
			verdicts = append(verdicts, keepsApart(term, template.Get("metadata.labels"), replicas, topology))
		}
	}
	return rule.Any(verdicts...), len(verdicts) > 0
}

// keepsApart is whether one constraint or term keeps pods with these labels apart.
func keepsApart(term, labels, replicas rule.Value, topology string) rule.Verdict {
	key := term.Get("topologyKey")
	if term.IsUnknown() {
		return rule.NotKnown(term)
	}
	if !key.IsUnknown() && !rule.Is(topology)(key) {
		return rule.Skipped()
	}
	covered := LabelSelector(term.Get("labelSelector")).Covers(labels)
	if covered.Outcome == rule.NotApplicable {
		return covered
	}
	// A wish has no skew that it tolerates: the scheduler spreads as far as it can.
	wish := term.Get("whenUnsatisfiable").Holds(rule.Is("ScheduleAnyway"))
	loose := rule.Choose(wish, rule.No(), mayBeTogether(term.Get("maxSkew"), replicas))
	return rule.Choose(loose, rule.No(), rule.All(covered, key.Holds(rule.Is(topology))))
}

// mayBeTogether is whether a skew lets all pods be in one place.
func mayBeTogether(skew, replicas rule.Value) rule.Verdict {
	most, known := skew.Number()
	pods, counted := replicas.Number()
	switch {
	case skew.IsUnknown():
		return rule.NotKnown(skew)
	case replicas.IsUnknown() && known && most > 1:
		return rule.NotKnown(replicas)
	case known && counted && pods > 1 && most >= pods:
		return rule.Passed()
	}
	return rule.No()
}
