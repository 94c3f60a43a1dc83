package kubernetes

import (
	"fmt"

	"github.com/plinth-iac/plinth/policies/rule"
)

func safeRollout() *rule.Rule {
	return &rule.Rule{
		ID: "k8s-safe-rollout", Title: "Rollouts keep a Deployment serving", Severity: rule.Medium, Category: rule.Redundancy,
		Why:   "A rollout that takes all pods away at once is an outage; and a pod that stops before its load balancer has noticed fails the requests that still come.",
		Fix:   "strategy RollingUpdate with maxUnavailable below the number of pods; behind a Service a preStop hook that waits, and a longer terminationGracePeriodSeconds",
		Types: []string{deployment},
		CheckGraph: func(g *rule.Graph, r *rule.Resource, _ rule.Settings) rule.Verdict {
			x := indexOf(g)
			w := x.workloads[r.URN]
			kind := w.Get("spec.strategy.type")
			return rule.All(
				kind.Want(rule.OrAbsent(rule.Is("RollingUpdate")), "spec.strategy.type is "+kind.String()+": every pod is stopped before a new one starts",
					`set spec.strategy.type to "RollingUpdate"`),
				x.keepsSome(w), w.leavesInTime())
		},
	}
}

// keepsSome is the verdict on how many pods a rollout may take away at once. A percentage
// is rounded down.
func (x *index) keepsSome(w *workload) rule.Verdict {
	most := w.Get("spec.strategy.rollingUpdate.maxUnavailable")
	pods, unsure := x.floor(w)
	switch n, absolute := most.Number(); {
	case most.IsUnknown():
		return rule.NotKnown(most)
	case most.IsAbsent(), absolute && n < 1, !absolute && !rule.Is("100%")(most):
		return rule.Passed()
	case absolute && unsure.Outcome == rule.Unknown:
		return unsure
	case absolute && n < pods:
		return rule.Passed()
	}
	return rule.Failed(fmt.Sprintf("maxUnavailable %v lets a rollout take all pods away", most), "set spec.strategy.rollingUpdate.maxUnavailable to 0")
}

// leavesInTime is the verdict on how the pods of a workload behind a Service stop.
func (w *workload) leavesInTime() rule.Verdict {
	if len(w.services.sure) == 0 {
		return w.services.unsure
	}
	if w.IsPatch() {
		return rule.Skipped()
	}
	waits, hooks := 0.0, []rule.Verdict{rule.Failed("no container of it has a preStop hook, so that its pods stop while requests still come",
		"add lifecycle.preStop with a sleep to its container")}
	var unsure rule.Verdict
	for _, c := range w.pod().Select("containers[]") {
		hook := c.Get("lifecycle.preStop")
		hooks = append(hooks, hook.Holds(rule.IsObject))
		seconds := hook.Get("sleep.seconds")
		if seconds.IsUnknown() {
			unsure = rule.NotKnown(seconds)
		}
		n, _ := seconds.Number()
		waits = max(waits, n)
	}
	longer := func(v rule.Value) bool {
		seconds, ok := v.Number()
		return v.IsAbsent() && waits < defaultGrace || ok && seconds > waits
	}
	return rule.All(rule.Any(hooks...), unsure, w.pod().Get("terminationGracePeriodSeconds").Want(longer,
		fmt.Sprintf("its pods are killed while their preStop hook still waits, for %v seconds", waits),
		fmt.Sprintf("set terminationGracePeriodSeconds to well above %v", waits)))
}

// defaultGrace is the terminationGracePeriodSeconds of pods that say none.
const defaultGrace = 30
