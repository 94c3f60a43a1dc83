package kube

import (
	"reflect"
	"slices"
	"strings"
)

// fixed are fields that cannot change once an object exists.
var fixed = []struct {
	kinds  string
	fields []string
}{
	{"Deployment ReplicaSet DaemonSet", []string{"spec.selector"}},
	{"Job", []string{"spec.selector", "spec.template", "spec.completionMode"}},
	{"RoleBinding ClusterRoleBinding", []string{"roleRef"}},
	{"StorageClass", []string{"provisioner", "parameters", "reclaimPolicy", "volumeBindingMode"}},
	{"PriorityClass", []string{"value"}},
	{"Secret", []string{"type"}},
	{"IngressClass", []string{"spec.controller"}},
}

// immutable is the API server's word for it.
const immutable = "field is immutable"

var immutableRules = []Rule{
	{ID: "field-immutable", Source: "Kubernetes API Reference", Kinds: fixedKinds(), Check: ofChange(func(r *request) {
		for _, f := range fixed {
			if !slices.Contains(strings.Fields(f.kinds), r.kind.Kind) {
				continue
			}
			for _, path := range f.fields {
				if !reflect.DeepEqual(r.old.get(path), r.new.get(path)) {
					detail := immutable
					if path == "roleRef" {
						detail = "cannot change roleRef"
					}
					r.invalid(path, r.new.get(path), "%s", detail)
				}
			}
		}
	})},
	{ID: "service-cluster-ip-immutable", Source: "Service: Choosing your own IP address", Kinds: "Service", Check: ofChange(func(r *request) {
		before, after := r.old.str("spec.clusterIP"), r.new.str("spec.clusterIP")
		if before != "" && before != after && r.new.str("spec.type") != "ExternalName" {
			r.invalid("spec.clusterIPs[0]", []any{after}, "may not change once set")
		}
	})},
	{ID: "service-load-balancer-class-immutable", Source: "Service: Load balancer class", Kinds: "Service", Check: ofChange(func(r *request) {
		if r.old.str("spec.type") == "LoadBalancer" && r.new.str("spec.type") == "LoadBalancer" &&
			!reflect.DeepEqual(r.old.get("spec.loadBalancerClass"), r.new.get("spec.loadBalancerClass")) {
			r.invalid("spec.loadBalancerClass", r.new.get("spec.loadBalancerClass"), "may not change once set")
		}
	})},
	{ID: "statefulset-immutable", Source: "StatefulSets", Kinds: "StatefulSet", Check: ofChange(func(r *request) {
		before, after := clone(r.old).sub("spec"), clone(r.new).sub("spec")
		for _, spec := range []tree{before, after} {
			for _, name := range []string{"replicas", "ordinals", "template", "updateStrategy", "revisionHistoryLimit",
				"persistentVolumeClaimRetentionPolicy", "minReadySeconds"} {
				delete(spec, name)
			}
		}
		if !reflect.DeepEqual(before, after) {
			r.fail("spec", forbiddenValue, nil, "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', "+
				"'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden")
		}
	})},
	{ID: "pod-immutable", Source: "Pods: Pod update and replacement", Kinds: "Pod", Check: ofChange(func(r *request) {
		before, after := clone(r.old).sub("spec"), clone(r.new).sub("spec")
		for _, spec := range []tree{before, after} {
			for _, list := range []string{"containers", "initContainers"} {
				for _, c := range trees(spec.list(list)) {
					delete(c, "image")
				}
			}
			for _, name := range []string{"activeDeadlineSeconds", "terminationGracePeriodSeconds", "tolerations", "schedulingGates"} {
				delete(spec, name)
			}
		}
		if !reflect.DeepEqual(before, after) {
			r.fail("spec", forbiddenValue, nil, "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,"+
				"`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` "+
				"(allow it to be set to 1 if it was previously negative)")
		}
	})},
	{ID: "pvc-immutable", Source: "Persistent Volumes: Expanding Persistent Volumes Claims", Kinds: "PersistentVolumeClaim", Check: ofChange(func(r *request) {
		before, after := clone(r.old).sub("spec"), clone(r.new).sub("spec")
		have, err1 := parseQuantity(r.old.get("status.capacity.storage"))
		want, err2 := parseQuantity(after.get("resources.requests.storage"))
		if err1 == nil && err2 == nil && want.less(have) {
			r.fail("spec.resources.requests.storage", forbiddenValue, nil, "field can not be less than status.capacity")
		}
		if r.old.str("status.phase") == "Bound" {
			before.remove("resources.requests")
			after.remove("resources.requests")
		}
		if !reflect.DeepEqual(before, after) {
			r.fail("spec", forbiddenValue, nil, "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims")
		}
	})},
	{ID: "immutable-config", Source: "ConfigMaps: Immutable ConfigMaps", Kinds: "ConfigMap Secret", Check: ofChange(func(r *request) {
		if r.old["immutable"] != true {
			return
		}
		if r.new["immutable"] != true {
			r.fail("immutable", forbiddenValue, nil, "field is immutable when `immutable` is set")
		}
		for _, name := range []string{"data", "binaryData"} {
			if !reflect.DeepEqual(r.old[name], r.new[name]) {
				r.fail(name, forbiddenValue, nil, "field is immutable when `immutable` is set")
			}
		}
	})},
}

func ofChange(check func(r *request)) func(*request) {
	return func(r *request) {
		if r.old != nil {
			check(r)
		}
	}
}

func fixedKinds() string {
	var kinds []string
	for _, f := range fixed {
		kinds = append(kinds, f.kinds)
	}
	return strings.Join(kinds, " ")
}
