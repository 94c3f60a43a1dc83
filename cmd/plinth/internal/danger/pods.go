package danger

import (
	"math"
	"strconv"
	"strings"

	"github.com/plinth-iac/plinth/policies/rule"
)

var template = []string{"spec.template"}

// rollouts are what updates do to workloads of Kubernetes.
var rollouts = map[string][]interruption{
	"kubernetes:apps/v1:Deployment": {
		{
			on: template, when: recreates, kind: Outage, away: stoppedAndStarted,
			does: "stop all its pods before new ones start (strategy Recreate)", instead: "the strategy RollingUpdate starts new ones first, if two versions can run at once",
		},
		{
			on: template, when: allAtOnce, kind: Outage, away: stoppedAndStarted,
			does: "stop all its pods before new ones are ready (maxUnavailable)", instead: "a maxUnavailable below its replicas",
		},
		{on: template, when: noneAway, kind: Rollout, does: "replace its pods, a few at a time, each when a new one is ready"},
		{on: template, kind: Rollout, does: "replace its pods, a few at a time"},
	},
	"kubernetes:apps/v1:StatefulSet": {
		{on: template, when: onDelete, does: "keep its pods as they are until somebody deletes them (updateStrategy OnDelete)"},
		{on: template, when: single, does: "stop its only pod, and start a new one", away: stoppedAndStarted},
		{on: template, kind: Rollout, does: "replace its pods, one after the other"},
	},
	"kubernetes:apps/v1:DaemonSet": {
		{on: template, when: onDelete, does: "keep its pods as they are until somebody deletes them (updateStrategy OnDelete)"},
		{on: template, kind: Rollout, does: "replace its pods, one machine after the other"},
	},
}

func recreates(_, new *rule.Resource) bool { return rule.Is("Recreate")(new.Get("spec.strategy.type")) }

func onDelete(_, new *rule.Resource) bool {
	return rule.Is("OnDelete")(new.Get("spec.updateStrategy.type"))
}

// single is whether there is one pod only, which is the default.
func single(old, new *rule.Resource) bool {
	v := replicas(old, new)
	n, known := v.Number()
	return v.IsAbsent() || known && n == 1
}

// replicas is how many pods there are to be. If that is not said, a scaler may do so, and it is
// how many there were, if that is known.
func replicas(old, new *rule.Resource) rule.Value {
	const path = "spec.replicas"
	if v := new.Get(path); !v.IsAbsent() {
		return v
	}
	return old.Out(path)
}

// unavailable is how many pods of a deployment may be away at once, and how many there are.
func unavailable(old, new *rule.Resource) (most, pods float64, known bool) {
	v := or(new.Get("spec.strategy.rollingUpdate.maxUnavailable"), "25%") // Kubernetes's default
	count := replicas(old, new)
	pods, counted := count.Number()
	text, _ := v.Text()
	if digits, isShare := strings.CutSuffix(text, "%"); isShare {
		share, err := strconv.ParseFloat(digits, 64)
		return math.Floor(share * pods / 100), pods, err == nil && (counted || share == 0)
	}
	if most, known = v.Number(); !counted {
		pods = 1 // the default again
	}
	return most, pods, known && !count.IsUnknown()
}

func allAtOnce(old, new *rule.Resource) bool {
	most, pods, known := unavailable(old, new)
	return known && pods > 0 && most >= pods
}

func noneAway(old, new *rule.Resource) bool {
	most, _, known := unavailable(old, new)
	return known && most == 0
}
