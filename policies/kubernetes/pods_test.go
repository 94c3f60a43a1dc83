package kubernetes

import (
	"github.com/plinth-iac/plinth/policies/internal/ruletest"
	"github.com/plinth-iac/plinth/policies/rule"
)

// running is a workload of one container.
func running(token string, container in) []r {
	return []r{like(token, "web", app("web"), in{"containers": list{with(in{"name": "main"}, container)}}, in{})}
}

// patching is a patch of one container of a Deployment.
func patching(container in) []r { return running("kubernetes:apps/v1:DeploymentPatch", container) }

// nightly is a CronJob of one container, and of one before it.
func nightly(container, before in) []r {
	return []r{among(cronJob, "nightly", "shop", in{"jobTemplate": in{"spec": in{"template": in{"spec": in{
		"containers": list{container}, "initContainers": list{before}}}}}})}
}

var (
	ready  = in{"httpGet": in{"path": "/ready", "port": 8080}}
	live   = in{"httpGet": in{"path": "/live", "port": 8080}}
	enough = in{"resources": in{"requests": in{"cpu": "100m", "memory": "64Mi"}, "limits": in{"memory": "64Mi"}}}
)

var podCases = []ruletest.Case{
	check("k8s-probes", "both", rule.Pass, "", running(deployment, in{"readinessProbe": ready, "livenessProbe": live})),
	check("k8s-probes", "the same but more patient", rule.Pass, "",
		running(daemonSet, in{"readinessProbe": ready, "livenessProbe": with(ready, in{"failureThreshold": 10})})),
	check("k8s-probes", "none", rule.Fail, `container "main" has no readinessProbe; container "main" has no livenessProbe`, running(statefulSet, in{})),
	check("k8s-probes", "the same", rule.Fail, "has the same probe for both", running(deployment, in{"readinessProbe": ready, "livenessProbe": ready})),
	check("k8s-probes", "a second container", rule.Fail, `container "side" has no readinessProbe`, []r{like(deployment, "web", app("web"), in{"containers": list{
		in{"name": "main", "readinessProbe": ready, "livenessProbe": live}, in{"name": "side"}}}, in{})}),
	check("k8s-probes", "a pod", rule.Fail, "no readinessProbe", one(pod, in{"spec": in{"containers": list{in{"name": "main"}}}})),
	check("k8s-probes", "a pod that ends", rule.NotApplicable, "", one(pod, in{"spec": in{"restartPolicy": "Never", "containers": list{in{"name": "main"}}}})),
	check("k8s-probes", "a job", rule.NotApplicable, "", running(job, in{})),
	check("k8s-probes", "computed", rule.Unknown, "spec.template.spec.containers[0].livenessProbe", running(deployment, in{"readinessProbe": ready, "livenessProbe": later})),
	check("k8s-probes", "containers to come", rule.Unknown, "spec.template.spec.containers", []r{like(deployment, "web", app("web"), in{"containers": later}, in{})}),
	check("k8s-probes", "a patch of the image", rule.Unknown, "readinessProbe: external", patching(in{"image": "web:2"})),
	check("k8s-probes", "a patch of something else", rule.NotApplicable, "", one(deployment+"Patch", in{"spec": in{"replicas": 3}})),

	check("k8s-resources", "all", rule.Pass, "", running(deployment, enough)),
	check("k8s-resources", "limits are requests", rule.Pass, "", running(job, in{"resources": in{"limits": in{"cpu": 1, "memory": "1Gi"}}})),
	check("k8s-resources", "of the whole pod", rule.Pass, "", []r{like(deployment, "web", app("web"), with(enough, in{"containers": list{in{"name": "main"}}}), in{})}),
	check("k8s-resources", "no limit", rule.Fail, "set resources.limits.memory", running(replicaSet, in{"resources": in{"requests": in{"cpu": 1, "memory": "1Gi"}}})),
	check("k8s-resources", "none", rule.Fail, `container "main" has no resources.requests.cpu`, running(controller, in{})),
	check("k8s-resources", "of what comes before", rule.Fail, `container "before" has no resources.requests.memory`, nightly(enough, in{"name": "before"})),
	check("k8s-resources", "computed", rule.Unknown, "resources", running(deployment, in{"resources": later})),
	check("k8s-resources", "a patch of the image", rule.Unknown, "resources.requests.cpu: external", patching(in{"image": "web:2"})),

	check("k8s-image-pinned", "a tag", rule.Pass, "", running(deployment, in{"image": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop/web:1.2.3"})),
	check("k8s-image-pinned", "a digest", rule.Pass, "", running(deployment, in{"image": "web@sha256:0123"})),
	check("k8s-image-pinned", "latest", rule.Fail, `the image of container "main" is "web:latest"`, running("kubernetes:extensions/v1beta1:Deployment", in{"image": "web:latest"})),
	check("k8s-image-pinned", "no tag", rule.Fail, "add a digest", running(job, in{"image": "web"})),
	check("k8s-image-pinned", "a port is no tag", rule.Fail, "localhost:5000/web", running(deployment, in{"image": "localhost:5000/web"})),
	check("k8s-image-pinned", "what comes before", rule.Fail, `container "before"`, nightly(in{"image": "web:1"}, in{"name": "before", "image": "tool"})),
	check("k8s-image-pinned", "computed", rule.Unknown, "spec.template.spec.containers[0].image", running(deployment, in{"image": later})),
	check("k8s-image-pinned", "a patch of the image", rule.Fail, "latest", patching(in{"image": "web:latest"})),
	check("k8s-image-pinned", "a patch of a probe", rule.Unknown, "image: external", patching(in{"readinessProbe": ready})),
}

// leaving is a Deployment behind a Service, of one container.
func leaving(container, pod in) []r {
	return []r{like(deployment, "web", app("web"), with(in{"containers": list{container}}, pod), in{"replicas": 2}), serviceFor("web", app("web"))}
}

var waiting = in{"lifecycle": in{"preStop": in{"sleep": in{"seconds": 15}}}}

func rolling(replicas any, unavailable any) []r {
	return []r{web(in{"replicas": replicas, "strategy": in{"type": "RollingUpdate", "rollingUpdate": in{"maxUnavailable": unavailable}}})}
}

var rolloutCases = []ruletest.Case{
	check("k8s-safe-rollout", "one of two", rule.Pass, "", rolling(2, 1)),
	check("k8s-safe-rollout", "none", rule.Pass, "", rolling(1, 0)),
	check("k8s-safe-rollout", "half of one", rule.Pass, "", rolling(1, "50%")),
	check("k8s-safe-rollout", "what Kubernetes takes", rule.Pass, "", []r{web(in{})}),
	check("k8s-safe-rollout", "all at once", rule.Fail, `set spec.strategy.type to "RollingUpdate"`, []r{web(in{"strategy": in{"type": "Recreate"}})}),
	check("k8s-safe-rollout", "one of one", rule.Fail, "maxUnavailable 1 lets a rollout take all pods away", rolling(1, 1)),
	check("k8s-safe-rollout", "all of any", rule.Fail, `maxUnavailable "100%"`, rolling(later, "100%")),
	judging("web", "k8s-safe-rollout", "two of an autoscaled two", rule.Fail, "maxUnavailable 2",
		append([]r{web(in{"strategy": in{"rollingUpdate": in{"maxUnavailable": 2}}})}, scalerOf("web", in{"minReplicas": 2}))),
	check("k8s-safe-rollout", "one of who knows how many", rule.Unknown, "spec.replicas", rolling(later, 1)),
	check("k8s-safe-rollout", "computed", rule.Unknown, "maxUnavailable", rolling(2, later)),
	check("k8s-safe-rollout", "behind a Service", rule.Pass, "", leaving(waiting, in{"terminationGracePeriodSeconds": 45})),
	check("k8s-safe-rollout", "behind a Service, in the time that Kubernetes gives", rule.Pass, "", leaving(waiting, in{})),
	check("k8s-safe-rollout", "killed while it waits", rule.Fail, "set terminationGracePeriodSeconds to well above 15", leaving(waiting, in{"terminationGracePeriodSeconds": 15})),
	check("k8s-safe-rollout", "waits longer than Kubernetes does", rule.Fail, "for 40 seconds",
		leaving(in{"lifecycle": in{"preStop": in{"sleep": in{"seconds": 40}}}}, in{})),
	check("k8s-safe-rollout", "leaves at once", rule.Fail, "no container of it has a preStop hook", leaving(in{}, in{})),
	check("k8s-safe-rollout", "a hook to come", rule.Unknown, "lifecycle.preStop", leaving(in{"lifecycle": later}, in{})),
	check("k8s-safe-rollout", "behind who knows what", rule.Unknown, "spec.selector", []r{web(in{}), serviceFor("web", later)}),
	check("k8s-safe-rollout", "behind the Service of another", rule.Pass, "", []r{web(in{}), serviceFor("api", app("api"))}),
}
