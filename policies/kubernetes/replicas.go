package kubernetes

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/plinth-iac/plinth/policies/rule"
)

// minReplicas does not ask for two pods of a canary whose requests others serve as well:
// every Service that selects it must select enough pods besides. A canary with a Service of
// its own loses its share of the requests with its only pod, and needs a second one.
func minReplicas() *rule.Rule {
	return &rule.Rule{
		ID: "k8s-min-replicas", Title: "Workloads run at least two pods", Severity: rule.High, Category: rule.Redundancy,
		Why:      "With one pod, every failure, every eviction and every lost zone is an outage.",
		Fix:      "set spec.replicas to 2 or more; with a HorizontalPodAutoscaler, its minReplicas",
		Types:    []string{deployment, statefulSet, autoscaler},
		Settings: []rule.Setting{{Name: "least", Help: "The least number of pods that is accepted.", Development: 1, Production: 2, Stricter: rule.More}},
		// A development environment is not worth a second pod of everything.
		Development: rule.At(rule.Disabled),
		CheckGraph: func(g *rule.Graph, r *rule.Resource, s rule.Settings) rule.Verdict {
			x, least := indexOf(g), s.Number("least")
			path := "spec.replicas"
			if r.Type == autoscaler {
				path = "spec.minReplicas"
			}
			v := r.Get(path)
			if v.IsAbsent() && r.IsPatch() {
				return rule.Skipped()
			}
			verdict := v.Want(rule.AtLeast(least), fmt.Sprintf("%s is %v", path, v), fmt.Sprintf("set %s to %v or more", path, least))
			if r.Type == autoscaler {
				return verdict
			}
			w := x.workloads[r.URN]
			if scaler, unsure := x.scaler(w); scaler != nil {
				return rule.Skipped() // it is the autoscaler that is judged
			} else if unsure.Outcome == rule.Unknown {
				return unsure
			}
			if n, known := v.Number(); known && n == 0 {
				return rule.Skipped() // it is switched off, and nothing is lost with it
			}
			if verdict.Outcome == rule.Fail {
				if shared := x.shared(w, least); shared.Outcome != rule.NotApplicable {
					return shared
				}
			}
			return verdict
		},
	}
}

// shared passes if enough other pods serve every Service that a workload serves, and is
// not applicable if not.
func (x *index) shared(w *workload, least float64) rule.Verdict {
	verdict := w.services.unsure
	for _, s := range w.services.sure {
		var others []*workload
		for _, other := range x.selections[s.URN].sure {
			if other != w {
				others = append(others, other)
			}
		}
		n, unsure := x.sum(others)
		unsure = rule.All(unsure, x.selections[s.URN].unsure)
		switch {
		case n >= least:
			verdict = rule.All(verdict, rule.Passed())
		case unsure.Outcome == rule.Unknown:
			verdict = rule.All(verdict, unsure)
		default:
			return rule.Skipped()
		}
	}
	return verdict
}

func pdbPresent() *rule.Rule {
	return &rule.Rule{
		ID: "k8s-pdb-present", Title: "Workloads of two or more pods have a disruption budget", Severity: rule.High, Category: rule.Redundancy,
		Why:   "Without one, an upgrade of the nodes may evict all pods at once, wherever they are.",
		Fix:   "add a PodDisruptionBudget in the same namespace whose selector matches the labels of the pods, with maxUnavailable 1",
		Types: []string{deployment, statefulSet},
		CheckGraph: func(g *rule.Graph, r *rule.Resource, _ rule.Settings) rule.Verdict {
			x := indexOf(g)
			w := x.workloads[r.URN]
			n, unsure := x.floor(w)
			verdict := rule.Failed("no PodDisruptionBudget selects its pods",
				"add a PodDisruptionBudget in the same namespace with the labels of its pods and maxUnavailable 1")
			switch {
			case len(w.budgets.sure) > 0:
				verdict = rule.Passed()
			case unsure.Outcome == rule.NotApplicable && n < 2:
				verdict = rule.Skipped() // a budget of one pod lets nothing go, or says nothing
			case w.budgets.unsure.Outcome == rule.Unknown:
				verdict = w.budgets.unsure
			case unsure.Outcome == rule.Unknown:
				verdict = unsure
			}
			return rule.Choose(w.isSilent(w.labels()), rule.Skipped(), verdict)
		},
	}
}

func pdbAllowsEviction() *rule.Rule {
	return &rule.Rule{
		ID: "k8s-pdb-allows-eviction", Title: "Disruption budgets let at least one pod go", Severity: rule.High, Category: rule.Redundancy,
		Why:   "A budget that lets no pod go stops the upgrade of its nodes for ever, and the way out is to delete it.",
		Fix:   "set maxUnavailable to 1 or more instead of minAvailable; have only one budget select a pod",
		Types: []string{budget},
		CheckGraph: func(g *rule.Graph, r *rule.Resource, _ rule.Settings) rule.Verdict {
			x := indexOf(g)
			selected := x.selections[r.URN]
			verdict := x.leavesRoom(r, selected)
			for _, w := range selected.sure {
				for _, other := range w.budgets.sure {
					if other != r {
						verdict = rule.All(verdict, rule.Failed(
							fmt.Sprintf("selects the pods of %s as %s does, and pods with two budgets are never evicted", w.Name, other.Name),
							"remove one of the two"))
					}
				}
				if slices.ContainsFunc(w.budgets.maybe, func(other *rule.Resource) bool { return other != r }) {
					verdict = rule.All(verdict, w.budgets.unsure)
				}
			}
			for _, w := range selected.maybe {
				if len(w.budgets.sure)+len(w.budgets.maybe) > 1 {
					verdict = rule.All(verdict, selected.unsure)
				}
			}
			return verdict
		},
	}
}

// leavesRoom is the verdict on the numbers of a budget.
func (x *index) leavesRoom(r *rule.Resource, selected selection) rule.Verdict {
	least, most := r.Get("spec.minAvailable"), r.Get("spec.maxUnavailable")
	fix := "set spec.maxUnavailable to 1 instead"
	switch {
	case !most.IsAbsent():
		return most.Want(func(v rule.Value) bool { n, ok := portion(v, 100); return ok && n > 0 },
			fmt.Sprintf("spec.maxUnavailable is %v", most), "set spec.maxUnavailable to 1 or more")
	case least.IsUnknown():
		return rule.NotKnown(least)
	case least.IsAbsent() && r.IsPatch():
		return rule.Skipped()
	case least.IsAbsent():
		return rule.Failed("has neither spec.maxUnavailable nor spec.minAvailable, and lets no pod go", "set spec.maxUnavailable to 1")
	}
	if n, ok := portion(least, 100); ok && n == 0 {
		return rule.Passed()
	}
	if _, absolute := least.Number(); !absolute && rule.Is("100%")(least) {
		return rule.Failed("spec.minAvailable is 100%, and lets no pod go", fix)
	}
	pods, unsure := x.sum(selected.sure)
	unsure = rule.All(unsure, selected.unsure)
	if len(selected.sure) == 0 && unsure.Outcome != rule.Unknown {
		return rule.Undecided("spec.selector", rule.External)
	}
	if need, ok := portion(least, pods); ok && need < pods {
		return rule.Passed()
	}
	return rule.FailedUnless(unsure, fmt.Sprintf("spec.minAvailable %v of the %v pods that there are at least lets no pod go", least, pods), fix)
}

// portion is a number, or a percentage of a whole rounded up, as Kubernetes reads both.
func portion(v rule.Value, whole float64) (float64, bool) {
	text, _ := v.Text()
	if percent, isPercent := strings.CutSuffix(text, "%"); isPercent {
		n, ok := rule.Of(percent).Number()
		return math.Ceil(n * whole / 100), ok
	}
	return v.Number()
}
