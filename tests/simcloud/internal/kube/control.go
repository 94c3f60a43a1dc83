package kube

import (
	"fmt"
	"hash/fnv"
	"strings"
)

// control does at once what controllers do in time: what Pulumi waits for becomes true, or the object says what it waits for.
func (c *cluster) control(o *object, old tree) {
	spec, status := o.value.sub("spec"), func(v map[string]any) { o.value["status"] = v }
	generation := o.value.get("metadata.generation")
	replicas := spec["replicas"]
	o.waits = nil
	running := c.scheduled(o)
	switch {
	case o.kind.Type == "":
		c.custom(o)
	case o.kind.Kind == "Deployment" && !running:
		status(map[string]any{"observedGeneration": generation, "replicas": replicas, "unavailableReplicas": replicas, "updatedReplicas": replicas,
			"conditions": []any{failing("Available", "MinimumReplicasUnavailable", "Deployment does not have minimum availability.")}})
	case o.kind.Kind == "Deployment":
		status(map[string]any{
			"observedGeneration": generation, "replicas": replicas, "readyReplicas": replicas, "availableReplicas": replicas,
			"updatedReplicas": replicas, "conditions": []any{
				condition("Available", "MinimumReplicasAvailable"), condition("Progressing", "NewReplicaSetAvailable")}})
		def(o.value, "metadata.annotations", map[string]any{})
		o.value.sub("metadata.annotations")["deployment.kubernetes.io/revision"] = rollout(o, old)
	case o.kind.Kind == "StatefulSet" && !running:
		status(map[string]any{"observedGeneration": generation, "replicas": 1.0, "currentReplicas": 1.0})
	case o.kind.Kind == "StatefulSet":
		revision := fmt.Sprintf("%s-%08x", o.value.str("metadata.name"), digest(show(spec["template"])))
		status(map[string]any{
			"observedGeneration": generation, "replicas": replicas, "readyReplicas": replicas, "availableReplicas": replicas,
			"currentReplicas": replicas, "updatedReplicas": replicas, "currentRevision": revision, "updateRevision": revision})
	case o.kind.Kind == "DaemonSet":
		status(map[string]any{"observedGeneration": generation, "currentNumberScheduled": 3.0, "desiredNumberScheduled": 3.0,
			"numberAvailable": 3.0, "numberReady": 3.0, "updatedNumberScheduled": 3.0, "numberMisscheduled": 0.0})
	case o.kind.Kind == "Job" && !running:
		status(map[string]any{"active": 1.0})
	case o.kind.Kind == "Job":
		status(map[string]any{"succeeded": spec["completions"], "conditions": []any{condition("Complete", "CompletionsReached")}})
	case o.kind.Kind == "Pod" && !running:
		status(map[string]any{"phase": "Pending", "conditions": []any{failing("PodScheduled", "Unschedulable", o.waits[0])}})
	case o.kind.Kind == "Pod":
		status(map[string]any{"phase": "Running", "conditions": []any{condition("Initialized", ""), condition("PodScheduled", ""), condition("Ready", "")}})
	case o.kind.Kind == "Service":
		balancer := map[string]any{}
		if spec.str("type") == "LoadBalancer" {
			balancer = c.published(o, c.service, "Service was not allocated an IP address; does your cloud provider support this?")
		} else if o.holds != "" {
			c.release(o)
		}
		status(map[string]any{"loadBalancer": balancer})
	case o.kind.Kind == "Ingress":
		status(map[string]any{"loadBalancer": c.published(o, c.ingress, "Ingress .status.loadBalancer field was not updated with a hostname/IP address. \n"+
			"    for more information about this error, see https://pulumi.io/xdv72s")})
	case o.kind.Kind == "HorizontalPodAutoscaler":
		current := spec["minReplicas"]
		scaling := map[string]any{"observedGeneration": generation, "currentReplicas": current, "desiredReplicas": current}
		if reason, api := c.unmeasured(spec); reason != "" {
			scaling["conditions"] = []any{failing("ScalingActive", reason, "the HPA was unable to compute the replica count: unable to get metrics: "+api)}
		}
		status(scaling)
	case o.kind.Kind == "PersistentVolumeClaim":
		bound, wrong := c.claim(o, false)
		status(map[string]any{"phase": "Pending"})
		if bound {
			c.bound(o)
		}
		if wrong != "" {
			o.waits = []string{wrong}
		}
	case o.kind.Kind == "Namespace":
		status(map[string]any{"phase": "Active"})
	case o.kind.Kind == "CustomResourceDefinition":
		status(map[string]any{"conditions": []any{condition("NamesAccepted", "NoConflicts"), condition("Established", "InitialNamesAccepted")}})
		c.addKinds(customKinds(o.value))
	}
}

// scheduled says whether the pods of an object have a place to run, and has the object wait if they have none.
func (c *cluster) scheduled(o *object) bool {
	c.settleOn(o, "", 0)
	p, ok := podsOf(o)
	if !ok || c.ground == nil {
		return true
	}
	if o.kind.Kind == "StatefulSet" && o.kind.Type != "" {
		p.volumes = append(p.volumes, c.claims(o)...)
	}
	pool, wrong := c.place(p)
	if why := c.misled(o); wrong == "" && why != "" {
		o.waits = []string{why}
		return false
	}
	if wrong == "" {
		c.settleOn(o, pool, p.cpu*p.count)
		return true
	}
	o.waits = []string{"[Unschedulable] " + wrong}
	if o.kind.Kind == "Deployment" {
		o.waits = append([]string{"[MinimumReplicasUnavailable] Deployment does not have minimum availability.", "Minimum number of live Pods was not attained"}, o.waits...)
	}
	return false
}

// published has a load balancer made and gives the status that shows it.
func (c *cluster) published(o *object, make func(*object) (hostname, wrong string), waits string) map[string]any {
	hostname, wrong := make(o)
	switch {
	case wrong != "":
		o.waits = []string{waits, wrong}
	case hostname != "":
		return map[string]any{"ingress": []any{map[string]any{"hostname": hostname}}}
	}
	return map[string]any{}
}

// custom does what the controllers of custom resources do.
func (c *cluster) custom(o *object) {
	if at := refOf(o.kind, o.value); c.ground != nil && (at.kind == "EC2NodeClass" || at.kind == "NodeClass") && !o.implicit && c.provisions(at.group) {
		hold(o, classFinalizer(at.group))
	}
}

// look lets the controllers have another look at an object that is not ready, and says what it still waits for.
func (c *cluster) look(o *object) []string {
	if len(o.waits) > 0 {
		c.control(o, o.value)
		if len(o.waits) == 0 {
			c.options.Pulse.Beat()
		}
	}
	return o.waits
}

func condition(kind, reason string) map[string]any {
	out := map[string]any{"type": kind, "status": "True"}
	if reason != "" {
		out["reason"] = reason
	}
	return out
}

func failing(kind, reason, message string) map[string]any {
	return map[string]any{"type": kind, "status": "False", "reason": reason, "message": message}
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
