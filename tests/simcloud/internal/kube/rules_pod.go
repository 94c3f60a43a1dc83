package kube

import (
	"fmt"
)

const podKinds = "Pod Deployment ReplicaSet StatefulSet DaemonSet Job CronJob"

// podAt finds the pod specification in an object.
func podAt(r *request) (spec tree, at string) {
	switch r.kind.Kind {
	case "Pod":
		at = "spec"
	case "CronJob":
		at = "spec.jobTemplate.spec.template.spec"
	default:
		at = "spec.template.spec"
	}
	return r.new.sub(at), at
}

// ofPod makes a check of something that every pod specification has.
func ofPod(check func(r *request, spec tree, at string)) func(*request) {
	return func(r *request) {
		if spec, at := podAt(r); spec != nil {
			check(r, spec, at)
		}
	}
}

// ofItems makes a check of every element of a list in the pod specification.
func ofItems(list string, check func(r *request, item tree, at string)) func(*request) {
	return ofPod(func(r *request, spec tree, at string) {
		for i, e := range spec.list(list) {
			if m, ok := e.(map[string]any); ok {
				check(r, m, fmt.Sprintf("%s.%s[%d]", at, list, i))
			}
		}
	})
}

// uniqueNames reports elements of a list that have the same name.
func (r *request) uniqueNames(list []any, at string) {
	seen := map[any]bool{}
	for i, e := range trees(list) {
		v, ok := e["name"].(string)
		if !ok || v == "" {
			continue
		}
		if seen[v] {
			r.fail(fmt.Sprintf("%s[%d].name", at, i), duplicateValue, v, "")
		}
		seen[v] = true
	}
}

var podRules = []Rule{
	{ID: "pod-without-containers", Source: "Pods", Kinds: podKinds, Check: ofPod(func(r *request, s tree, at string) {
		r.need(s, at, "containers")
	})},
	{ID: "pod-restart-policy", Source: "Pod Lifecycle: Container restart policy", Kinds: podKinds, Check: ofPod(func(r *request, s tree, at string) {
		switch r.kind.Kind {
		case "Job", "CronJob":
			if v := s.str("restartPolicy"); v == "Always" {
				r.fail(at+".restartPolicy", unsupportedValue, v, `supported values: "OnFailure", "Never"`)
				return
			}
			r.oneOf(s, at, "restartPolicy", "OnFailure", "Never")
		case "Pod":
			r.oneOf(s, at, "restartPolicy", "Always", "OnFailure", "Never")
		default:
			r.oneOf(s, at, "restartPolicy", "Always")
		}
	})},
	{ID: "pod-dns-policy", Source: "DNS for Services and Pods", Kinds: podKinds, Check: ofPod(func(r *request, s tree, at string) {
		r.oneOf(s, at, "dnsPolicy", "ClusterFirstWithHostNet", "ClusterFirst", "Default", "None")
	})},
	{ID: "pod-active-deadline", Source: "Jobs: Job termination and cleanup", Kinds: podKinds, Check: ofPod(func(r *request, s tree, at string) {
		if n, ok := s.num("activeDeadlineSeconds"); ok && (n < 1 || n > 2147483647) {
			r.invalid(at+".activeDeadlineSeconds", n, "must be between 1 and 2147483647, inclusive")
		}
	})},
	{ID: "pod-service-account-name", Source: "Configure Service Accounts for Pods", Kinds: podKinds, Check: ofPod(func(r *request, s tree, at string) {
		r.form(s, at, "serviceAccountName", dnsSubdomain)
	})},
	{ID: "pod-host-port", Source: "Pods: hostNetwork", Kinds: podKinds, Check: ofPod(func(r *request, s tree, at string) {
		if s["hostNetwork"] != true {
			return
		}
		for i, c := range trees(s.list("containers")) {
			for j, p := range trees(c.list("ports")) {
				if host, ok := p.num("hostPort"); ok && p["containerPort"] != (Unknown{}) && host != p["containerPort"] {
					r.invalid(fmt.Sprintf("%s.containers[%d].ports[%d].hostPort", at, i, j), host, "must match `containerPort` when `hostNetwork` is true")
				}
			}
		}
	})},
	{ID: "pod-run-as", Source: "Configure a Security Context for a Pod or Container", Kinds: podKinds, Check: ofPod(func(r *request, s tree, at string) {
		for _, name := range []string{"runAsUser", "runAsGroup", "fsGroup"} {
			if n, ok := s.num("securityContext." + name); ok && (n < 0 || n > 2147483647) {
				r.invalid(at+".securityContext."+name, n, "must be between 0 and 2147483647, inclusive")
			}
		}
		if s.sub("securityContext.seccompProfile") != nil {
			seccomp(r, s.sub("securityContext.seccompProfile"), at+".securityContext.seccompProfile")
		}
	})},
	{ID: "volume-name", Source: "Volumes", Kinds: podKinds, Check: ofPod(func(r *request, s tree, at string) {
		for i, v := range trees(s.list("volumes")) {
			r.need(v, fmt.Sprintf("%s.volumes[%d]", at, i), "name")
			r.form(v, fmt.Sprintf("%s.volumes[%d]", at, i), "name", dnsLabel)
		}
		r.uniqueNames(s.list("volumes"), at+".volumes")
	})},
	{ID: "volume-source", Source: "Volumes", Kinds: podKinds, Check: ofItems("volumes", func(r *request, v tree, at string) {
		sources := sortedKeys(v)
		n := 0
		for _, name := range sources {
			if name == "name" || v[name] == nil {
				continue
			}
			if n++; n > 1 {
				r.fail(at+"."+name, forbiddenValue, nil, "may not specify more than 1 volume type")
			}
		}
		if n == 0 {
			r.fail(at, requiredValue, nil, "must specify a volume type")
		}
	})},
	{ID: "volume-reference", Source: "Volumes", Kinds: podKinds, Check: ofItems("volumes", func(r *request, v tree, at string) {
		if v.sub("secret") != nil {
			r.need(v, at, "secret.secretName")
		}
		if v.sub("configMap") != nil {
			r.need(v, at, "configMap.name")
		}
		if v.sub("persistentVolumeClaim") != nil {
			r.need(v, at, "persistentVolumeClaim.claimName")
		}
		for _, source := range trees(v.list("projected.sources")) {
			if token := source.sub("serviceAccountToken"); token["path"] == "" {
				r.fail(at+".projected.path", requiredValue, nil, "")
			}
		}
		for _, source := range []string{"secret", "configMap", "projected"} {
			if n, ok := v.num(source + ".defaultMode"); ok && (n < 0 || n > 0o777) {
				r.invalid(at+"."+source+".defaultMode", n, "must be a number between 0 and 0777 (octal), both inclusive")
			}
		}
	})},
	{ID: "toleration", Source: "Taints and Tolerations", Kinds: podKinds, Check: ofItems("tolerations", func(r *request, t tree, at string) {
		if t.str("operator") != "" {
			r.oneOf(t, at, "operator", "Equal", "Exists")
		}
		if t.str("effect") != "" {
			r.oneOf(t, at, "effect", "NoSchedule", "PreferNoSchedule", "NoExecute")
		}
		r.form(t, at, "key", labelKey)
		if problem := labelValue(t.str("value")); problem != "" && t.str("operator") != "Exists" {
			r.invalid(at+".operator", t["value"], "%s", problem)
		}
		if t.str("operator") == "Exists" && t.str("value") != "" {
			r.invalid(at+".operator", t.str("value"), "value must be empty when `operator` is 'Exists'")
		}
		if (t["key"] == nil || t["key"] == "") && t["operator"] != (Unknown{}) && t.str("operator") != "Exists" {
			r.invalid(at+".operator", t.str("operator"), "operator must be Exists when `key` is empty, which means \"match all values and all keys\"")
		}
		if t["tolerationSeconds"] != nil && t["effect"] != (Unknown{}) && t.str("effect") != "NoExecute" {
			r.invalid(at+".effect", t.str("effect"), "effect must be 'NoExecute' when `tolerationSeconds` is set")
		}
	})},
	{ID: "spread-skew", Source: "Pod Topology Spread Constraints", Kinds: podKinds, Check: ofItems("topologySpreadConstraints", func(r *request, t tree, at string) {
		if n, ok := t.num("maxSkew"); ok && n <= 0 {
			r.invalid(at+".maxSkew", n, "must be greater than zero")
		}
	})},
	{ID: "spread-topology-key", Source: "Pod Topology Spread Constraints", Kinds: podKinds, Check: ofItems("topologySpreadConstraints", func(r *request, t tree, at string) {
		topologyKey(r, t, at)
	})},
	{ID: "spread-when-unsatisfiable", Source: "Pod Topology Spread Constraints", Kinds: podKinds, Check: ofItems("topologySpreadConstraints", func(r *request, t tree, at string) {
		r.oneOf(t, at, "whenUnsatisfiable", "DoNotSchedule", "ScheduleAnyway")
		r.oneOf(t, at, "nodeAffinityPolicy", "Honor", "Ignore")
		r.oneOf(t, at, "nodeTaintsPolicy", "Honor", "Ignore")
	})},
	{ID: "spread-min-domains", Source: "Pod Topology Spread Constraints", Kinds: podKinds, Check: ofItems("topologySpreadConstraints", func(r *request, t tree, at string) {
		n, ok := t.num("minDomains")
		if ok && n <= 0 {
			r.invalid(at+".minDomains", n, "must be greater than zero")
		}
		if when := t.str("whenUnsatisfiable"); ok && when != "DoNotSchedule" && when != "" {
			r.invalid(at+".minDomains", n, "can only use minDomains if whenUnsatisfiable=DoNotSchedule, not %s", when)
		}
	})},
	{ID: "spread-twice", Source: "Pod Topology Spread Constraints", Kinds: podKinds, Check: ofPod(func(r *request, s tree, at string) {
		first := map[string]int{}
		for i, t := range trees(s.list("topologySpreadConstraints")) {
			key, when := t.str("topologyKey"), t.str("whenUnsatisfiable")
			pair := fmt.Sprintf("{%s, %s}", key, when)
			if before, twice := first[pair]; twice && key != "" && when != "" {
				r.fail(fmt.Sprintf("%s.topologySpreadConstraints[%d].{topologyKey, whenUnsatisfiable}", at, before), duplicateValue, pair, "")
			} else {
				first[pair] = i
			}
		}
	})},
	{ID: "spread-selector", Source: "Pod Topology Spread Constraints", Kinds: podKinds, Check: ofItems("topologySpreadConstraints", func(r *request, t tree, at string) {
		r.selector(t.sub("labelSelector"), at+".labelSelector")
		for i, name := range t.strs("matchLabelKeys") {
			if t.sub("labelSelector") == nil && t["labelSelector"] == nil {
				r.fail(at+".matchLabelKeys", forbiddenValue, nil, "must not be specified when labelSelector is not set")
			}
			if problem := labelKey(name); problem != "" {
				r.invalid(fmt.Sprintf("%s.matchLabelKeys[%d]", at, i), name, "%s", problem)
			}
			if t.sub("labelSelector.matchLabels")[name] != nil {
				r.invalid(fmt.Sprintf("%s.matchLabelKeys[%d]", at, i), name, "exists in both matchLabelKeys and labelSelector")
			}
		}
	})},
	{ID: "affinity-term", Source: "Assigning Pods to Nodes", Kinds: podKinds, Check: ofPod(func(r *request, s tree, at string) {
		for _, kind := range []string{"podAffinity", "podAntiAffinity"} {
			base := at + ".affinity." + kind
			for i, t := range trees(s.list("affinity." + kind + ".requiredDuringSchedulingIgnoredDuringExecution")) {
				affinityTerm(r, t, fmt.Sprintf("%s.requiredDuringSchedulingIgnoredDuringExecution[%d]", base, i))
			}
			for i, t := range trees(s.list("affinity." + kind + ".preferredDuringSchedulingIgnoredDuringExecution")) {
				at := fmt.Sprintf("%s.preferredDuringSchedulingIgnoredDuringExecution[%d]", base, i)
				if n, ok := t.num("weight"); ok && (n < 1 || n > 100) {
					r.invalid(at+".weight", n, "must be in the range 1-100")
				}
				affinityTerm(r, t.sub("podAffinityTerm"), at+".podAffinityTerm")
			}
		}
	})},
}

// topologyKey judges the label by which nodes are grouped.
func topologyKey(r *request, t tree, at string) {
	if key, ok := t["topologyKey"].(string); ok && key == "" {
		r.fail(at+".topologyKey", requiredValue, nil, "can not be empty")
	}
}

func affinityTerm(r *request, t tree, at string) {
	topologyKey(r, t, at)
	r.form(t, at, "topologyKey", labelKey)
	r.selector(t.sub("labelSelector"), at+".labelSelector")
}

func seccomp(r *request, t tree, at string) {
	r.oneOf(t, at, "type", "Localhost", "RuntimeDefault", "Unconfined")
	if t.str("type") == "Localhost" && !t.has("localhostProfile") {
		r.fail(at+".localhostProfile", requiredValue, nil, "must be set when seccomp type is Localhost")
	}
	if t.str("type") != "Localhost" && t.has("localhostProfile") && t.str("type") != "" {
		r.fail(at+".localhostProfile", invalidValue, t["localhostProfile"], "can only be set when seccomp type is Localhost")
	}
}
