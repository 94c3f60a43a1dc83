package kubernetes

import (
	"slices"
	"strings"

	"github.com/plinth-iac/plinth/policies/rule"
)

// templates are where the types that make pods say what those are like.
var templates = map[string]string{
	deployment: "spec.template", statefulSet: "spec.template", daemonSet: "spec.template", replicaSet: "spec.template",
	controller: "spec.template", job: "spec.template", cronJob: "spec.jobTemplate.spec.template", pod: "",
}

// Workloads, in the order of the index: all of them, those that run until they are
// stopped, and those with a number of like pods.
var (
	workloadTypes   = []string{deployment, statefulSet, daemonSet, replicaSet, controller, job, cronJob, pod}
	permanentTypes  = []string{deployment, statefulSet, daemonSet, replicaSet, controller, pod}
	replicatedTypes = []string{deployment, statefulSet, replicaSet, controller}
)

// workload is a resource that makes pods.
type workload struct {
	*rule.Resource
	// template holds the metadata and the spec of its pods.
	template rule.Value
	home     home
	// What selects its pods.
	budgets, policies, services relation
	// scalers are what sets the number of its pods.
	scalers relation
}

func workloadOf(r *rule.Resource) *workload {
	return &workload{Resource: r, template: r.Get(templates[r.Type])}
}

// pod is the specification of its pods.
func (w *workload) pod() rule.Value { return w.template.Get("spec") }

// labels are those of its pods.
func (w *workload) labels() rule.Value { return w.template.Get("metadata.labels") }

// silent reports that the workload is a patch which leaves a value to others.
func (w *workload) silent(v rule.Value) bool { return v.IsAbsent() && w.IsPatch() }

// isSilent is the condition of that, for rule.Choose.
func (w *workload) isSilent(v rule.Value) rule.Verdict {
	if !w.IsPatch() {
		return rule.No()
	}
	return rule.Choose(v.Given(), rule.No(), rule.Passed())
}

// want is as Value.Want; but what a patch does not say, it does not get wrong.
func (w *workload) want(v rule.Value, ok func(rule.Value) bool, problem, fix string) rule.Verdict {
	verdict := v.Want(ok, problem, fix)
	if verdict.Outcome == rule.Fail && w.silent(v) {
		return rule.Undecided(v.Path(), rule.External)
	}
	return verdict
}

// Lists of containers, as a pod has them.
var (
	serving = []string{"containers"}
	every   = []string{"containers", "initContainers", "ephemeralContainers"}
)

// containers asks of every container in some lists of its pods. The name is for messages.
func (w *workload) containers(lists []string, check func(c rule.Value, name string) rule.Verdict) rule.Verdict {
	var verdicts []rule.Verdict
	for _, list := range lists {
		verdicts = append(verdicts, w.pod().Get(list).Each(func(c rule.Value) rule.Verdict {
			return check(c, "container "+c.Get("name").String())
		}))
	}
	return rule.All(verdicts...)
}

// isQuantity accepts amounts of a resource, such as 2, "0.5" or "64Mi".
func isQuantity(v rule.Value) bool {
	text, _ := v.Text()
	_, known := v.Number()
	return known || text != "" && strings.ContainsRune("0123456789.", rune(text[0]))
}

// listsSome accepts a list with a text that is not empty.
func listsSome(v rule.Value) bool { return slices.ContainsFunc(v.Items(), rule.IsSet) }
