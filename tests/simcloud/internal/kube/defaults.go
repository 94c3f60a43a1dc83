package kube

import (
	"encoding/base64"
	"fmt"
	"maps"
	"strings"
)

// complete fills in what the API server fills in before it judges: the defaults that the schema declares, then those per kind, and what
// is kept from the existing object because clients cannot write it.
func complete(r *request) {
	meta := r.new.sub("metadata")
	if meta == nil {
		return
	}
	delete(r.new, "status")
	if r.old != nil && r.old["status"] != nil {
		r.new["status"] = clone(r.old["status"])
	}
	for _, at := range present[r.kind.Kind] {
		if r.kind.Type != "" {
			def(r.new, at, map[string]any{})
		}
	}
	fillDefaults(r.kind.root(), map[string]any(r.new))
	if fill := kindDefaults[r.kind.Kind]; fill != nil && r.kind.Type != "" {
		fill(r)
	}
}

// present are objects that exist even if a manifest leaves them out.
var present = map[string][]string{
	"Pod": {"spec"}, "Deployment": {"spec.template.spec"}, "ReplicaSet": {"spec.template.spec"}, "StatefulSet": {"spec.template.spec"},
	"DaemonSet": {"spec.template.spec"}, "Job": {"spec.template.spec"}, "CronJob": {"spec.jobTemplate.spec.template.spec"}, "Service": {"spec"},
	"HorizontalPodAutoscaler": {"spec.scaleTargetRef"}, "PersistentVolumeClaim": {"spec"}, "Ingress": {"spec"}, "CustomResourceDefinition": {"spec.names"}, "IngressClass": {"spec"},
}

// def sets what was left out; pairs are paths and values. It does nothing where there is no object.
func def(t tree, pairs ...any) {
	if t == nil {
		return
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		path, _ := pairs[i].(string)
		if v := t.get(path); (v == nil || v == "") && pairs[i+1] != nil { // an empty text counts as left out
			t.set(path, clone(pairs[i+1]))
		}
	}
}

// absent is def for fields in which an empty text is a value.
func absent(t tree, pairs ...any) {
	for i := 0; i+1 < len(pairs); i += 2 {
		if path, _ := pairs[i].(string); t != nil && t.get(path) == nil {
			t.set(path, pairs[i+1])
		}
	}
}

func trees(list []any) []tree {
	var out []tree
	for _, e := range list {
		if m, ok := e.(map[string]any); ok {
			out = append(out, m)
		}
	}
	return out
}

var kindDefaults = map[string]func(*request){
	"Pod": func(r *request) { podDefaults(r.new.sub("spec")) },
	"Deployment": func(r *request) {
		s := r.new.sub("spec")
		def(s, "replicas", 1.0, "revisionHistoryLimit", 10.0, "progressDeadlineSeconds", 600.0, "strategy.type", "RollingUpdate")
		if s.str("strategy.type") == "RollingUpdate" {
			absent(s, "strategy.rollingUpdate.maxUnavailable", "25%", "strategy.rollingUpdate.maxSurge", "25%")
		}
		podDefaults(s.sub("template.spec"))
	},
	"ReplicaSet": func(r *request) {
		def(r.new.sub("spec"), "replicas", 1.0)
		podDefaults(r.new.sub("spec.template.spec"))
	},
	"StatefulSet": func(r *request) {
		s := r.new.sub("spec")
		def(s, "replicas", 1.0, "revisionHistoryLimit", 10.0, "podManagementPolicy", "OrderedReady", "updateStrategy.type", "RollingUpdate",
			"persistentVolumeClaimRetentionPolicy.whenDeleted", "Retain", "persistentVolumeClaimRetentionPolicy.whenScaled", "Retain")
		if s.str("updateStrategy.type") == "RollingUpdate" {
			def(s, "updateStrategy.rollingUpdate.partition", 0.0)
		}
		for _, claim := range trees(s.list("volumeClaimTemplates")) {
			def(claim, "apiVersion", "v1", "kind", "PersistentVolumeClaim", "spec.volumeMode", "Filesystem")
		}
		podDefaults(s.sub("template.spec"))
	},
	"DaemonSet": func(r *request) {
		s := r.new.sub("spec")
		def(s, "revisionHistoryLimit", 10.0, "updateStrategy.type", "RollingUpdate")
		if s.str("updateStrategy.type") == "RollingUpdate" {
			def(s, "updateStrategy.rollingUpdate.maxUnavailable", 1.0, "updateStrategy.rollingUpdate.maxSurge", 0.0)
		}
		podDefaults(s.sub("template.spec"))
	},
	"Job": func(r *request) {
		jobDefaults(r.new.sub("spec"))
		if r.old != nil {
			def(r.new, "spec.selector", r.old.get("spec.selector"))
			def(r.new, "spec.template.metadata.labels", r.old.get("spec.template.metadata.labels"))
		} else if !r.new.has("spec.selector") && r.new.has("spec.template") {
			uid := r.uid(r.ref)
			labels := map[string]any{"batch.kubernetes.io/controller-uid": uid, "controller-uid": uid, "batch.kubernetes.io/job-name": r.ref.name, "job-name": r.ref.name}
			r.served = tree{"spec": map[string]any{"selector": map[string]any{"matchLabels": map[string]any{"batch.kubernetes.io/controller-uid": uid}},
				"template": map[string]any{"metadata": map[string]any{"labels": labels}}}}
			r.new.set("spec.selector", cloneAny(r.served.get("spec.selector")))
			all := map[string]any{}
			maps.Copy(all, r.new.sub("spec.template.metadata.labels"))
			maps.Copy(all, labels)
			r.new.set("spec.template.metadata.labels", all)
		}
	},
	"CronJob": func(r *request) {
		def(r.new.sub("spec"), "concurrencyPolicy", "Allow", "suspend", false, "successfulJobsHistoryLimit", 3.0, "failedJobsHistoryLimit", 1.0)
		podDefaults(r.new.sub("spec.jobTemplate.spec.template.spec"))
	},
	"Service": serviceDefaults,
	"HorizontalPodAutoscaler": func(r *request) {
		def(r.new.sub("spec"), "minReplicas", 1.0)
		if r.new.sub("spec") != nil && len(r.new.list("spec.metrics")) == 0 && r.kind.Version == "v2" {
			r.new.set("spec.metrics", []any{map[string]any{"type": "Resource", "resource": map[string]any{
				"name": "cpu", "target": map[string]any{"type": "Utilization", "averageUtilization": 80.0}}}})
		}
	},
	"NetworkPolicy": func(r *request) {
		types := []any{"Ingress"}
		if r.new.has("spec.egress") {
			types = append(types, "Egress")
		}
		def(r.new.sub("spec"), "policyTypes", types)
		for _, direction := range []string{"ingress", "egress"} {
			for _, rule := range trees(r.new.list("spec." + direction)) {
				for _, port := range trees(rule.list("ports")) {
					absent(port, "protocol", "TCP")
				}
			}
		}
	},
	"PersistentVolumeClaim": func(r *request) {
		def(r.new.sub("spec"), "volumeMode", "Filesystem")
		if r.old != nil {
			for _, set := range []string{"storageClassName", "volumeName"} {
				if v := r.old.get("spec." + set); v != nil {
					def(r.new.sub("spec"), set, v)
				}
			}
		}
	},
	"StorageClass": func(r *request) {
		def(r.new, "reclaimPolicy", "Delete")
		absent(r.new, "volumeBindingMode", "Immediate")
	},
	"PriorityClass": func(r *request) {
		def(r.new, "preemptionPolicy", "PreemptLowerPriority")
	},
	"Secret": func(r *request) {
		def(r.new, "type", "Opaque")
		if plain := r.new.sub("stringData"); plain != nil {
			for name, v := range plain {
				if s, ok := v.(string); ok {
					def(r.new, "data", map[string]any{})
					r.new.sub("data")[name] = base64.StdEncoding.EncodeToString([]byte(s))
				}
			}
			delete(r.new, "stringData")
		}
	},
	"RoleBinding":        bindingDefaults,
	"ClusterRoleBinding": bindingDefaults,
	"Namespace": func(r *request) {
		def(r.new, "spec.finalizers", []any{"kubernetes"})
		labels := r.new.sub("metadata.labels")
		if labels == nil {
			labels = tree{}
			r.new.set("metadata.labels", map[string]any(labels))
		}
		labels["kubernetes.io/metadata.name"] = r.ref.name
	},
	"CustomResourceDefinition": func(r *request) {
		names := r.new.sub("spec.names")
		def(names, "singular", strings.ToLower(names.str("kind")), "listKind", names.str("kind")+"List")
		def(r.new.sub("spec"), "conversion.strategy", "None")
	},
}

func bindingDefaults(r *request) {
	def(r.new.sub("roleRef"), "apiGroup", "rbac.authorization.k8s.io")
	for _, s := range trees(r.new.list("subjects")) {
		if kind := s.str("kind"); kind == "User" || kind == "Group" {
			def(s, "apiGroup", "rbac.authorization.k8s.io")
		}
	}
}

func jobDefaults(s tree) {
	if !s.has("completions") && !s.has("parallelism") {
		def(s, "completions", 1.0)
	}
	def(s, "parallelism", 1.0, "backoffLimit", 6.0, "completionMode", "NonIndexed", "suspend", false, "podReplacementPolicy", "TerminatingOrFailed")
	podDefaults(s.sub("template.spec"))
}

func podDefaults(s tree) {
	def(s, "restartPolicy", "Always", "dnsPolicy", "ClusterFirst", "schedulerName", "default-scheduler", "terminationGracePeriodSeconds", 30.0,
		"securityContext", map[string]any{})
	if account := s.str("serviceAccountName"); account != "" {
		def(s, "serviceAccount", account)
	}
	for _, v := range trees(s.list("volumes")) {
		def(v.sub("configMap"), "defaultMode", 420.0)
		def(v.sub("secret"), "defaultMode", 420.0)
		def(v.sub("projected"), "defaultMode", 420.0)
		if len(v) == 1 && v["name"] != nil {
			def(v, "emptyDir", map[string]any{})
		}
	}
	for _, list := range []string{"containers", "initContainers"} {
		for _, c := range trees(s.list(list)) {
			containerDefaults(c)
		}
	}
}

func containerDefaults(c tree) {
	policy := "IfNotPresent"
	image := c.str("image")
	name := image[strings.LastIndex(image, "/")+1:]
	if !strings.Contains(name, "@") && (!strings.Contains(name, ":") || strings.HasSuffix(name, ":latest")) {
		policy = "Always"
	}
	def(c, "imagePullPolicy", policy, "terminationMessagePath", "/dev/termination-log", "terminationMessagePolicy", "File",
		"resources", map[string]any{})
	for resource, limit := range c.sub("resources.limits") {
		if requests := c.sub("resources.requests"); requests != nil {
			if requests[resource] == nil {
				requests[resource] = limit
			}
		} else {
			c.set("resources.requests", map[string]any{resource: limit})
		}
	}
	for _, probe := range []string{"livenessProbe", "readinessProbe", "startupProbe"} {
		p := c.sub(probe)
		def(p, "timeoutSeconds", 1.0, "periodSeconds", 10.0, "successThreshold", 1.0, "failureThreshold", 3.0)
		def(p.sub("httpGet"), "path", "/", "scheme", "HTTP")
	}
	for _, env := range trees(c.list("env")) {
		def(env.sub("valueFrom.fieldRef"), "apiVersion", "v1")
	}
}

func serviceDefaults(r *request) {
	s := r.new.sub("spec")
	def(s, "type", "ClusterIP", "sessionAffinity", "None")
	kind := s.str("type")
	for _, p := range trees(s.list("ports")) {
		if p["targetPort"] == 0.0 {
			delete(p, "targetPort")
		}
		def(p, "targetPort", p["port"])
	}
	if kind == "ExternalName" || s == nil {
		return
	}
	absent(s, "internalTrafficPolicy", "Cluster", "ipFamilyPolicy", "SingleStack", "ipFamilies", []any{"IPv4"})
	if kind == "LoadBalancer" || kind == "NodePort" {
		def(s, "externalTrafficPolicy", "Cluster")
	}
	if kind == "LoadBalancer" {
		def(s, "allocateLoadBalancerNodePorts", true)
	}
	if r.old != nil && r.old.str("spec.type") != "ExternalName" {
		def(s, "clusterIP", r.old.get("spec.clusterIP"))
	}
	some := digest(r.ref.text()) // what is handed out does not depend on the order of requests
	def(s, "clusterIP", fmt.Sprintf("10.100.%d.%d", some>>16%256, 1+some%250))
	def(s, "clusterIPs", []any{s["clusterIP"]})
	if kind == "NodePort" || kind == "LoadBalancer" {
		for i, p := range trees(s.list("ports")) {
			for _, before := range trees(r.old.list("spec.ports")) {
				if before["port"] == p["port"] && before["nodePort"] != nil {
					def(p, "nodePort", before["nodePort"])
				}
			}
			def(p, "nodePort", float64(30000+(some+uint32(i))%2768))
		}
	}
}
