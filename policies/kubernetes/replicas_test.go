package kubernetes

import (
	"github.com/plinth-iac/plinth/policies/internal/ruletest"
	"github.com/plinth-iac/plinth/policies/rule"
)

// canary is a Deployment of one pod whose labels are those of web, and one more.
func canary(labels in) r { return like(deployment, "canary", labels, in{}, in{"replicas": 1}) }

var canaryLabels = in{"app.kubernetes.io/name": "web", "app.kubernetes.io/component": "canary"}

var replicaCases = []ruletest.Case{
	check("k8s-min-replicas", "two", rule.Pass, "", []r{web(in{"replicas": 2})}),
	check("k8s-min-replicas", "one", rule.Fail, "spec.replicas is 1. Fix: set spec.replicas to 2 or more", []r{web(in{"replicas": 1})}),
	check("k8s-min-replicas", "what Kubernetes takes", rule.Fail, "spec.replicas is not set", []r{like(statefulSet, "db", app("db"), in{}, in{})}),
	check("k8s-min-replicas", "an old spelling", rule.Fail, "spec.replicas is 1", one("kubernetes:apps/v1beta2:StatefulSet", in{"spec": in{"replicas": 1}})),
	check("k8s-min-replicas", "a patch", rule.Fail, "spec.replicas is 1", one("kubernetes:apps/v1:DeploymentPatch", in{"spec": in{"replicas": 1}})),
	check("k8s-min-replicas", "a patch of something else", rule.NotApplicable, "", one("kubernetes:apps/v1:DeploymentPatch", in{"metadata": in{"name": "coredns"}})),
	check("k8s-min-replicas", "switched off", rule.NotApplicable, "", []r{web(in{"replicas": 0})}),
	check("k8s-min-replicas", "computed", rule.Unknown, "spec.replicas", []r{web(in{"replicas": later})}),
	check("k8s-min-replicas", "all computed", rule.Unknown, "spec.replicas", one(deployment, in{"spec": later})),
	check("k8s-min-replicas", "a daemon", rule.NotApplicable, "", []r{like(daemonSet, "agent", app("agent"), in{}, in{})}),
	judging("web", "k8s-min-replicas", "the autoscaler has the number", rule.NotApplicable, "", []r{web(in{}), scalerOf("web", in{"minReplicas": 2})}),
	judging("scaler", "k8s-min-replicas", "of an autoscaler", rule.Pass, "", []r{web(in{}), scalerOf("web", in{"minReplicas": 2})}),
	judging("scaler", "k8s-min-replicas", "one of an autoscaler", rule.Fail, "spec.minReplicas is not set", []r{web(in{}), scalerOf("web", in{})}),
	judging("web", "k8s-min-replicas", "an autoscaler by edge", rule.NotApplicable, "", []r{
		one(deployment, in{"spec": in{}})[0], {Type: deployment, Name: "web", In: in{"spec": in{}}}, edged(scalerOf(later, in{}), "spec", "web")}),
	judging("web", "k8s-min-replicas", "an autoscaler of another", rule.Fail, "spec.replicas is not set", []r{web(in{}), scalerOf("api", in{"minReplicas": 2})}),
	judging("web", "k8s-min-replicas", "an autoscaler of who knows what", rule.Unknown, "spec.scaleTargetRef.name: external", []r{web(in{}), scalerOf(later, in{})}),
	judging("web", "k8s-min-replicas", "an autoscaler who knows where", rule.Unknown, "metadata of web: known only after creation", []r{
		web(in{}), among(autoscaler, "scaler", later, in{"minReplicas": 2, "scaleTargetRef": in{"kind": "Deployment", "name": "web"}})}),
	judging("web", "k8s-min-replicas", "an autoscaler of who knows what kind", rule.Unknown, "spec.scaleTargetRef.kind", []r{
		web(in{}), among(autoscaler, "scaler", "shop", in{"minReplicas": 2, "scaleTargetRef": in{"kind": later, "name": "web"}})}),
	judging("web", "k8s-min-replicas", "an autoscaler of one of two", rule.Unknown, "spec.scaleTargetRef.name",
		[]r{web(in{}), canary(canaryLabels), edged(scalerOf(later, in{}), "spec", "web", "canary")}),
	judging("web", "k8s-min-replicas", "an autoscaler in another namespace", rule.Fail, "spec.replicas is not set",
		[]r{web(in{}), among(autoscaler, "scaler", "other", in{"scaleTargetRef": in{"kind": "Deployment", "name": "web"}, "minReplicas": 2})}),

	judging("canary", "k8s-min-replicas", "a canary beside two others", rule.Pass, "",
		[]r{canary(canaryLabels), web(in{"replicas": 2}), serviceFor("web", app("web"))}),
	judging("canary", "k8s-min-replicas", "a canary beside an autoscaled one", rule.Pass, "",
		[]r{canary(canaryLabels), web(in{}), scalerOf("web", in{"minReplicas": 3}), serviceFor("web", app("web"))}),
	judging("canary", "k8s-min-replicas", "a canary beside one", rule.Fail, "spec.replicas is 1",
		[]r{canary(canaryLabels), web(in{"replicas": 1}), serviceFor("web", app("web"))}),
	judging("canary", "k8s-min-replicas", "a canary with requests of its own", rule.Fail, "spec.replicas is 1",
		[]r{canary(canaryLabels), web(in{"replicas": 2}), serviceFor("web", app("web")), serviceFor("canary", canaryLabels)}),
	judging("canary", "k8s-min-replicas", "a canary beside who knows how many", rule.Unknown, "spec.replicas",
		[]r{canary(canaryLabels), web(in{"replicas": later}), serviceFor("web", app("web"))}),
	judging("canary", "k8s-min-replicas", "a Service that may be its own", rule.Unknown, "spec.selector",
		[]r{canary(canaryLabels), web(in{"replicas": 2}), serviceFor("web", later)}),
	judging("canary", "k8s-min-replicas", "a Service without a selector", rule.Fail, "spec.replicas is 1",
		[]r{canary(canaryLabels), web(in{"replicas": 2}), serviceFor("web", in{})}),

	judging("web", "k8s-pdb-present", "by labels", rule.Pass, "", []r{web(in{"replicas": 2}), budgetOf("web", matching(app("web")), in{})}),
	judging("web", "k8s-pdb-present", "of all pods", rule.Pass, "", []r{web(in{"replicas": 2}), budgetOf("web", in{}, in{})}),
	judging("web", "k8s-pdb-present", "by expression", rule.Pass, "", []r{web(in{"replicas": 2}), budgetOf("web", in{"matchExpressions": list{
		in{"key": "app.kubernetes.io/name", "operator": "In", "values": list{"web", "api"}}, in{"key": "legacy", "operator": "DoesNotExist"},
		in{"key": "app.kubernetes.io/name", "operator": "Exists"}, in{"key": "tier", "operator": "NotIn", "values": list{"batch"}}}}, in{})}),
	judging("web", "k8s-pdb-present", "by a patch", rule.Pass, "", []r{web(in{"replicas": 2}),
		{Type: "kubernetes:policy/v1beta1:PodDisruptionBudgetPatch", Name: "pdb", In: in{"metadata": in{"namespace": "shop"}, "spec": in{"selector": matching(app("web"))}}}}),
	check("k8s-pdb-present", "none", rule.Fail, "no PodDisruptionBudget selects its pods", []r{web(in{"replicas": 2})}),
	judging("web", "k8s-pdb-present", "of other pods", rule.Fail, "", []r{web(in{"replicas": 2}), budgetOf("api", matching(app("api")), in{})}),
	judging("web", "k8s-pdb-present", "of no pods", rule.Fail, "", []r{web(in{"replicas": 2}), among(budget, "web", "shop", in{})}),
	judging("web", "k8s-pdb-present", "excluded by expression", rule.Fail, "", []r{web(in{"replicas": 2}),
		budgetOf("web", in{"matchExpressions": list{in{"key": "app.kubernetes.io/name", "operator": "NotIn", "values": list{"web"}}}}, in{})}),
	judging("web", "k8s-pdb-present", "in another namespace", rule.Fail, "",
		[]r{web(in{"replicas": 2}), among(budget, "web", "other", in{"selector": matching(app("web"))})}),
	judging("web", "k8s-pdb-present", "in another cluster", rule.Fail, "", []r{web(in{"replicas": 2}),
		{Type: budget, Name: "web-pdb", ProviderURN: "other", In: in{"metadata": in{"namespace": "shop"}, "spec": in{"selector": matching(app("web"))}}}}),
	check("k8s-pdb-present", "a single pod", rule.NotApplicable, "", []r{web(in{"replicas": 1})}),
	judging("web", "k8s-pdb-present", "autoscaled", rule.Fail, "no PodDisruptionBudget", []r{web(in{}), scalerOf("web", in{"minReplicas": 2})}),
	check("k8s-pdb-present", "who knows how many", rule.Unknown, "spec.replicas", []r{web(in{"replicas": later})}),
	judging("web", "k8s-pdb-present", "labels to come", rule.Unknown, "labels[app.kubernetes.io/name]",
		[]r{like(deployment, "web", app(later), in{}, in{"replicas": 2}), budgetOf("web", matching(app("web")), in{})}),
	judging("web", "k8s-pdb-present", "all labels to come", rule.Unknown, "spec.template.metadata.labels",
		[]r{like(deployment, "web", later, in{}, in{"replicas": 2}), budgetOf("web", matching(app("web")), in{})}),
	judging("web", "k8s-pdb-present", "a selector to come", rule.Unknown, "spec.selector", []r{web(in{"replicas": 2}), budgetOf("web", later, in{})}),
	judging("web", "k8s-pdb-present", "a label of a selector to come", rule.Unknown, "spec.selector.matchLabels[app.kubernetes.io/name]",
		[]r{web(in{"replicas": 2}), budgetOf("web", matching(app(later)), in{})}),
	judging("web", "k8s-pdb-present", "an expression to come", rule.Unknown, "spec.selector.matchExpressions[0].values",
		[]r{web(in{"replicas": 2}), budgetOf("web", in{"matchExpressions": list{in{"key": "a", "operator": "In", "values": later}}}, in{})}),
	judging("web", "k8s-pdb-present", "a namespace to come", rule.Unknown, "metadata.namespace",
		[]r{web(in{"replicas": 2}), among(budget, "web-pdb", later, in{"selector": matching(app("web"))})}),
	judging("web", "k8s-pdb-present", "in a namespace to come", rule.Unknown, "metadata.namespace", []r{
		edged(r{Type: deployment, Name: "web", In: in{"metadata": in{"namespace": later}, "spec": in{"replicas": 2, "template": in{"metadata": in{"labels": app("web")}}}}},
			"metadata", "elsewhere"), budgetOf("web-pdb", matching(app("web")), in{})}),
	judging("web", "k8s-pdb-present", "both in the namespace of the program", rule.Pass, "", append(inNamespace("ns", "ns"), r{Type: namespace, Name: "ns", In: in{}})),
	judging("web", "k8s-pdb-present", "each in one of its own", rule.Fail, "",
		append(inNamespace("ns", "ns2"), r{Type: namespace, Name: "ns", In: in{}}, r{Type: namespace, Name: "ns2", In: in{}})),
	judging("web", "k8s-pdb-present", "in that namespace, by name", rule.Pass, "", []r{web(in{"replicas": 2}), inNamespace("ns", "ns")[1],
		{Type: namespace, Name: "ns", In: in{"metadata": in{"name": "shop"}}}}),
	judging("web", "k8s-pdb-present", "in the namespace of the provider", rule.Pass, "", []r{web(in{"replicas": 2}),
		{Type: budget, Name: "web-pdb", Provider: in{"namespace": "shop"}, In: in{"spec": in{"selector": matching(app("web"))}}}}),
	judging("web", "k8s-pdb-present", "in a namespace of the provider that is to come", rule.Unknown, "metadata.namespace: external", []r{web(in{"replicas": 2}),
		{Type: budget, Name: "web-pdb", Provider: in{"namespace": later}, In: in{"spec": in{"selector": matching(app("web"))}}}}),
	judging("web", "k8s-pdb-present", "a patch of labels", rule.Fail, "", []r{
		{Type: "kubernetes:apps/v1:DeploymentPatch", Name: "web", In: in{"spec": in{"replicas": 2, "template": in{"metadata": in{"labels": app("web")}}}}}}),
	judging("web", "k8s-pdb-present", "a patch of something else", rule.NotApplicable, "", []r{
		{Type: "kubernetes:apps/v1:DeploymentPatch", Name: "web", In: in{"spec": in{"replicas": 2}}}}),

	judging("pdb", "k8s-pdb-allows-eviction", "one may go", rule.Pass, "", []r{budgetOf("pdb", matching(app("web")), in{"maxUnavailable": 1})}),
	judging("pdb", "k8s-pdb-allows-eviction", "none may go", rule.Fail, "spec.maxUnavailable is 0", []r{budgetOf("pdb", in{}, in{"maxUnavailable": 0})}),
	judging("pdb", "k8s-pdb-allows-eviction", "no share may go", rule.Fail, `spec.maxUnavailable is "0%"`, []r{budgetOf("pdb", in{}, in{"maxUnavailable": "0%"})}),
	judging("pdb", "k8s-pdb-allows-eviction", "nothing said", rule.Fail, "neither", []r{budgetOf("pdb", in{}, in{})}),
	judging("pdb", "k8s-pdb-allows-eviction", "all stay", rule.Fail, "spec.minAvailable is 100%", []r{budgetOf("pdb", in{}, in{"minAvailable": "100%"})}),
	judging("pdb", "k8s-pdb-allows-eviction", "none must stay", rule.Pass, "", []r{budgetOf("pdb", in{}, in{"minAvailable": 0})}),
	judging("pdb", "k8s-pdb-allows-eviction", "two of three stay", rule.Pass, "",
		[]r{web(in{"replicas": 3}), budgetOf("pdb", matching(app("web")), in{"minAvailable": 2})}),
	judging("pdb", "k8s-pdb-allows-eviction", "two of two stay", rule.Fail, "spec.minAvailable 2 of the 2 pods",
		[]r{web(in{"replicas": 2}), budgetOf("pdb", matching(app("web")), in{"minAvailable": 2})}),
	judging("pdb", "k8s-pdb-allows-eviction", "half of one stays", rule.Fail, `spec.minAvailable "50%" of the 1 pods`,
		[]r{web(in{}), budgetOf("pdb", matching(app("web")), in{"minAvailable": "50%"})}),
	judging("pdb", "k8s-pdb-allows-eviction", "two of an autoscaled two", rule.Fail, "of the 2 pods",
		[]r{web(in{}), scalerOf("web", in{"minReplicas": 2}), budgetOf("pdb", matching(app("web")), in{"minAvailable": 2})}),
	judging("pdb", "k8s-pdb-allows-eviction", "two of stable and canary", rule.Pass, "",
		[]r{web(in{"replicas": 2}), canary(canaryLabels), budgetOf("pdb", matching(app("web")), in{"minAvailable": 2})}),
	judging("pdb", "k8s-pdb-allows-eviction", "two budgets", rule.Fail, "selects the pods of web as pdb2 does",
		[]r{web(in{"replicas": 2}), budgetOf("pdb", matching(app("web")), in{"maxUnavailable": 1}), budgetOf("pdb2", in{}, in{"maxUnavailable": 1})}),
	judging("pdb", "k8s-pdb-allows-eviction", "perhaps two budgets", rule.Unknown, "spec.selector", []r{
		web(in{"replicas": 2}), budgetOf("pdb", matching(app("web")), in{"maxUnavailable": 1}), budgetOf("pdb2", later, in{"maxUnavailable": 1})}),
	judging("pdb", "k8s-pdb-allows-eviction", "of pods elsewhere", rule.Unknown, "spec.selector: external", []r{budgetOf("pdb", matching(app("web")), in{"minAvailable": 1})}),
	judging("pdb", "k8s-pdb-allows-eviction", "of who knows how many", rule.Unknown, "spec.replicas",
		[]r{web(in{"replicas": later}), budgetOf("pdb", matching(app("web")), in{"minAvailable": 1})}),
	judging("pdb", "k8s-pdb-allows-eviction", "of a daemon", rule.Unknown, "number of nodes",
		[]r{like(daemonSet, "agent", app("agent"), in{}, in{}), budgetOf("pdb", matching(app("agent")), in{"minAvailable": 1})}),
	judging("pdb", "k8s-pdb-allows-eviction", "computed", rule.Unknown, "spec.minAvailable", []r{budgetOf("pdb", in{}, in{"minAvailable": later})}),
	judging("pdb", "k8s-pdb-allows-eviction", "a patch of something else", rule.NotApplicable, "", []r{{Type: budget + "Patch", Name: "pdb", In: in{"spec": in{}}}}),
}

// inNamespace is a workload and its budget, each in the namespace that a resource makes.
func inNamespace(workload, budgets string) []r {
	return []r{
		edged(r{Type: deployment, Name: "web", In: in{"metadata": in{"namespace": later}, "spec": in{"replicas": 2, "template": in{"metadata": in{"labels": app("web")}}}}},
			"metadata", workload),
		edged(among(budget, "web-pdb", later, in{"selector": matching(app("web"))}), "metadata", budgets),
	}
}
