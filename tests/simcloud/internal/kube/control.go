package kube

import (
	"fmt"
	"hash/fnv"
	"strings"
)

// control does at once what controllers do in time: what Pulumi waits for becomes true.
func (c *cluster) control(o *object, old tree) {
	spec, status := o.value.sub("spec"), func(v map[string]any) { o.value["status"] = v }
	generation := o.value.get("metadata.generation")
	replicas := spec["replicas"]
	switch {
	case o.kind.Type == "":
	case o.kind.Kind == "Deployment":
		status(map[string]any{
			"observedGeneration": generation, "replicas": replicas, "readyReplicas": replicas, "availableReplicas": replicas,
			"updatedReplicas": replicas, "conditions": []any{
				condition("Available", "MinimumReplicasAvailable"), condition("Progressing", "NewReplicaSetAvailable")}})
		def(o.value, "metadata.annotations", map[string]any{})
		o.value.sub("metadata.annotations")["deployment.kubernetes.io/revision"] = rollout(o, old)
	case o.kind.Kind == "StatefulSet":
		revision := fmt.Sprintf("%s-%08x", o.value.str("metadata.name"), digest(show(spec["template"])))
		status(map[string]any{
			"observedGeneration": generation, "replicas": replicas, "readyReplicas": replicas, "availableReplicas": replicas,
			"currentReplicas": replicas, "updatedReplicas": replicas, "currentRevision": revision, "updateRevision": revision})
	case o.kind.Kind == "DaemonSet":
		status(map[string]any{"observedGeneration": generation, "currentNumberScheduled": 3.0, "desiredNumberScheduled": 3.0,
			"numberAvailable": 3.0, "numberReady": 3.0, "updatedNumberScheduled": 3.0, "numberMisscheduled": 0.0})
	case o.kind.Kind == "Job":
		status(map[string]any{"succeeded": spec["completions"], "conditions": []any{condition("Complete", "CompletionsReached")}})
	case o.kind.Kind == "Pod":
		status(map[string]any{"phase": "Running", "conditions": []any{condition("Initialized", ""), condition("PodScheduled", ""), condition("Ready", "")}})
	case o.kind.Kind == "Service":
		balancer := map[string]any{}
		if spec.str("type") == "LoadBalancer" {
			balancer["ingress"] = []any{map[string]any{"hostname": c.hostname(o, "elb."+c.options.Region)}}
		}
		status(map[string]any{"loadBalancer": balancer})
	case o.kind.Kind == "Ingress":
		balancer := map[string]any{}
		if class := spec.str("ingressClassName"); class == "alb" || o.value.sub("metadata.annotations").key("kubernetes.io/ingress.class") == "alb" {
			balancer["ingress"] = []any{map[string]any{"hostname": c.hostname(o, c.options.Region+".elb")}}
		}
		status(map[string]any{"loadBalancer": balancer})
	case o.kind.Kind == "HorizontalPodAutoscaler":
		current := spec["minReplicas"]
		status(map[string]any{"observedGeneration": generation, "currentReplicas": current, "desiredReplicas": current})
	case o.kind.Kind == "PersistentVolumeClaim":
		// As if a pod used it already.
		status(map[string]any{"phase": "Bound", "capacity": map[string]any{"storage": spec.get("resources.requests.storage")}})
	case o.kind.Kind == "Namespace":
		status(map[string]any{"phase": "Active"})
	case o.kind.Kind == "CustomResourceDefinition":
		status(map[string]any{"conditions": []any{condition("NamesAccepted", "NoConflicts"), condition("Established", "InitialNamesAccepted")}})
		for _, k := range customKinds(o.value) {
			c.addKind(k)
		}
	}
}

func condition(kind, reason string) map[string]any {
	out := map[string]any{"type": kind, "status": "True"}
	if reason != "" {
		out["reason"] = reason
	}
	return out
}

// rollout counts how often the pods' template changed.
func rollout(o *object, old tree) string {
	n := 0
	if old != nil {
		_, _ = fmt.Sscan(old.sub("metadata.annotations").key("deployment.kubernetes.io/revision"), &n)
		if show(old.get("spec.template")) == show(o.value.get("spec.template")) && n > 0 {
			n--
		}
	}
	return fmt.Sprint(n + 1)
}

// customKinds are the kinds that a custom resource definition defines.
func customKinds(crd tree) []Kind {
	var out []Kind
	for _, v := range trees(crd.list("spec.versions")) {
		if v["served"] == true {
			out = append(out, Kind{Group: crd.str("spec.group"), Version: v.str("name"), Kind: crd.str("spec.names.kind"),
				Plural: crd.str("spec.names.plural"), Namespaced: crd.str("spec.scope") == "Namespaced"})
		}
	}
	return out
}

// hostname makes up a load balancer's name as the AWS load balancer controller would.
func (c *cluster) hostname(o *object, domain string) string {
	name := fmt.Sprintf("k8s-%.8s-%.8s-%010x", o.value.str("metadata.namespace"), o.value.str("metadata.name"), digest(o.value.str("metadata.uid")))
	return fmt.Sprintf("%s-%d.%s.amazonaws.com", strings.Trim(name, "-"), digest(name), domain)
}

func digest(text string) uint32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(text))
	return h.Sum32()
}
