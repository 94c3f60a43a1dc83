package kubernetes

import "github.com/plinth-iac/plinth/policies/rule"

// scalable are the kinds that an autoscaler may name.
var scalable = map[string]string{"Deployment": deployment, "StatefulSet": statefulSet, "ReplicaSet": replicaSet}

// scale finds the workload that an autoscaler sets the number of pods of.
func (x *index) scale(r *rule.Resource) {
	kind, name, at := r.Get("spec.scaleTargetRef.kind"), r.Get("spec.scaleTargetRef.name"), x.homeOf(r)
	text, _ := kind.Text()
	types := []string{scalable[text]}
	if kind.IsUnknown() {
		types = []string{deployment, statefulSet, replicaSet}
	}
	target, unsure := x.find(r, name, at, types...)
	switch {
	case target != nil && kind.IsUnknown():
		x.workloads[target.URN].scalers.unsure = rule.NotKnown(kind)
	case target != nil:
		w := x.workloads[target.URN]
		w.scalers.sure = append(w.scalers.sure, r)
	case unsure.Outcome == rule.Unknown:
		maybe := x.maybe(r, name, at, types...)
		for _, one := range maybe {
			x.workloads[one.URN].scalers.unsure = unsure
		}
		if len(maybe) == 0 {
			for _, token := range types {
				x.lose(at, token, unsure)
			}
		}
	}
}

// maybe are the objects of the types that a value of r may name.
func (x *index) maybe(r *rule.Resource, v rule.Value, at home, types ...string) []*rule.Resource {
	if name, known := v.Text(); known {
		return x.others(name, at, types...)
	}
	return x.g.Behind(r, v, types...)
}

// scaler is what sets the number of a workload's pods; nil if nothing does, and then the
// verdict is Unknown if something may.
func (x *index) scaler(w *workload) (*rule.Resource, rule.Verdict) {
	if len(w.scalers.sure) > 0 {
		return w.scalers.sure[0], rule.Verdict{}
	}
	return nil, rule.All(w.scalers.unsure, x.lostAt(w.home, w.Type))
}

// floor is the least number of pods that a workload runs. The verdict is Unknown if that
// is not known, and otherwise the zero Verdict.
func (x *index) floor(w *workload) (float64, rule.Verdict) {
	if w.Type == daemonSet {
		return 0, rule.Undecided("number of nodes", rule.NotYet)
	}
	from, unsure := x.scaler(w)
	v := w.Get("spec.replicas")
	if from != nil {
		v = from.Get("spec.minReplicas")
	}
	n, known := v.Number()
	switch {
	case unsure.Outcome == rule.Unknown:
		return 0, unsure
	case v.IsUnknown():
		return 0, rule.NotKnown(v)
	case from == nil && w.silent(v):
		return 0, rule.Undecided(v.Path(), rule.External)
	case !known:
		n = 1 // what Kubernetes takes for both
	}
	return n, rule.Verdict{}
}

// sum is the least number of pods of some workloads together.
func (x *index) sum(workloads []*workload) (float64, rule.Verdict) {
	var total float64
	var verdict rule.Verdict
	for _, w := range workloads {
		n, unsure := x.floor(w)
		total, verdict = total+n, rule.All(verdict, unsure)
	}
	return total, verdict
}
