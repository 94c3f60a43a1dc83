package kube

import (
	"fmt"
	"strings"
)

// ofContainers makes a check of every container of a pod.
func ofContainers(check func(r *request, c tree, at string)) func(*request) {
	one, two := ofItems("initContainers", check), ofItems("containers", check)
	return func(r *request) { one(r); two(r) }
}

// eachItem visits the objects of a list.
func eachItem(t tree, list, at string, visit func(item tree, at string)) {
	for i, e := range t.list(list) {
		if m, ok := e.(map[string]any); ok {
			visit(m, fmt.Sprintf("%s.%s[%d]", at, list, i))
		}
	}
}

var containerRules = []Rule{
	{ID: "container-name", Source: "Pods", Kinds: podKinds, Check: ofContainers(func(r *request, c tree, at string) {
		r.need(c, at, "name")
		r.form(c, at, "name", dnsLabel)
	})},
	{ID: "container-name-twice", Source: "Pods", Kinds: podKinds, Check: ofPod(func(r *request, s tree, at string) {
		r.uniqueNames(s.list("containers"), at+".containers")
		r.uniqueNames(s.list("initContainers"), at+".initContainers")
		names := map[string]bool{}
		for _, c := range trees(s.list("containers")) {
			names[c.str("name")] = true
		}
		for i, c := range trees(s.list("initContainers")) {
			if name := c.str("name"); name != "" && names[name] {
				r.fail(fmt.Sprintf("%s.initContainers[%d].name", at, i), duplicateValue, name, "")
			}
		}
	})},
	{ID: "init-restart-policy", Source: "Sidecar Containers", Kinds: podKinds, Check: ofItems("initContainers", func(r *request, c tree, at string) {
		if v, ok := c["restartPolicy"].(string); ok && v != "Always" && v != "Never" && v != "OnFailure" {
			r.fail(at+".restartPolicy", unsupportedValue, v, `supported values: "Always", "Never", "OnFailure"`)
		}
	})},
	{ID: "container-image", Source: "Images", Kinds: podKinds, Check: ofContainers(func(r *request, c tree, at string) {
		r.need(c, at, "image")
		if image := c.str("image"); image != strings.TrimSpace(image) {
			r.invalid(at+".image", image, "must not have leading or trailing whitespace")
		}
		r.oneOf(c, at, "imagePullPolicy", "Always", "IfNotPresent", "Never")
	})},
	{ID: "container-port", Source: "Pods", Kinds: podKinds, Check: ofContainers(func(r *request, c tree, at string) {
		eachItem(c, "ports", at, func(p tree, at string) {
			if p["containerPort"] == 0.0 {
				r.fail(at+".containerPort", requiredValue, nil, "")
			} else {
				r.port(p, at, "containerPort")
			}
			if n, ok := p.num("hostPort"); ok && n != 0 {
				r.port(p, at, "hostPort")
			}
		})
	})},
	{ID: "container-port-name", Source: "Pods", Kinds: podKinds, Check: ofContainers(func(r *request, c tree, at string) {
		eachItem(c, "ports", at, func(p tree, at string) { r.form(p, at, "name", portName) })
		r.uniqueNames(c.list("ports"), at+".ports")
	})},
	{ID: "container-port-protocol", Source: "Protocols for Services", Kinds: podKinds, Check: ofContainers(func(r *request, c tree, at string) {
		eachItem(c, "ports", at, func(p tree, at string) { r.oneOf(p, at, "protocol", "SCTP", "TCP", "UDP") })
	})},
	{ID: "env-name", Source: "Define Environment Variables for a Container", Kinds: podKinds, Check: ofContainers(func(r *request, c tree, at string) {
		eachItem(c, "env", at, func(e tree, at string) {
			r.need(e, at, "name")
			name := e.str("name")
			if strings.Contains(name, "=") || strings.ContainsFunc(name, func(c rune) bool { return c < ' ' || c > '~' }) {
				r.invalid(at+".name", name, "a valid environment variable name must consist only of printable ASCII characters other than '='")
			}
		})
	})},
	{ID: "env-source", Source: "Define Environment Variables for a Container", Kinds: podKinds, Check: ofContainers(func(r *request, c tree, at string) {
		eachItem(c, "env", at, func(e tree, at string) {
			from := e.sub("valueFrom")
			if from == nil {
				return
			}
			switch {
			case len(from) == 0:
				r.invalid(at+".valueFrom", "", "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`")
			case e.str("value") != "":
				r.invalid(at+".valueFrom", "", "may not be specified when `value` is not empty")
			case len(from) > 1:
				r.invalid(at+".valueFrom", "", "may not have more than one field specified at a time")
			}
			for _, source := range []string{"configMapKeyRef", "secretKeyRef"} {
				ref, at := from.sub(source), at+".valueFrom."+source
				if ref == nil {
					continue
				}
				r.need(ref, at, "key")
				if name, ok := ref["name"].(string); ok || ref["name"] == nil {
					if problem := dnsSubdomain(name); problem != "" {
						r.invalid(at+".name", name, "%s", problem)
					}
				}
			}
		})
	})},
	{ID: "env-field", Source: "Downward API", Kinds: podKinds, Check: ofContainers(func(r *request, c tree, at string) {
		eachItem(c, "env", at, func(e tree, at string) {
			path := e.str("valueFrom.fieldRef.fieldPath")
			switch {
			case path == "":
				if e.get("valueFrom.fieldRef.fieldPath") == "" {
					r.fail(at+".valueFrom.fieldRef.fieldPath", requiredValue, nil, "")
				}
			case strings.HasPrefix(path, "metadata.labels['"), strings.HasPrefix(path, "metadata.annotations['"):
			default:
				r.oneOf(tree{"fieldPath": path}, at+".valueFrom.fieldRef", "fieldPath", "metadata.name", "metadata.namespace", "metadata.uid",
					"spec.nodeName", "spec.serviceAccountName", "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs")
			}
		})
	})},
	{ID: "mount-volume", Source: "Volumes", Kinds: podKinds, Check: ofPod(func(r *request, s tree, at string) {
		volumes := map[string]bool{}
		for _, list := range [][]any{s.list("volumes"), r.new.list("spec.volumeClaimTemplates")} {
			for _, v := range trees(list) {
				name := v.str("name")
				if name == "" {
					name = v.str("metadata.name")
				}
				volumes[name] = true
			}
		}
		for _, list := range []string{"initContainers", "containers"} {
			eachItem(s, list, at, func(c tree, at string) {
				eachItem(c, "volumeMounts", at, func(m tree, at string) {
					if name := m.str("name"); name != "" && !volumes[name] && !hasUnknown(s["volumes"]) && !hasUnknown(r.new.get("spec.volumeClaimTemplates")) {
						r.fail(at+".name", notFoundValue, name, "")
					}
				})
			})
		}
	})},
	{ID: "mount-path", Source: "Volumes", Kinds: podKinds, Check: ofContainers(func(r *request, c tree, at string) {
		eachItem(c, "volumeMounts", at, func(m tree, at string) {
			r.need(m, at, "name", "mountPath")
			if sub := m.str("subPath"); strings.HasPrefix(sub, "/") {
				r.invalid(at+".subPath", sub, "must be a relative path")
			}
		})
		seen := map[string]bool{}
		for i, m := range trees(c.list("volumeMounts")) {
			path := m.str("mountPath")
			if path != "" && seen[path] {
				r.invalid(fmt.Sprintf("%s.volumeMounts[%d].mountPath", at, i), path, "must be unique")
			}
			seen[path] = true
		}
	})},
	{ID: "probe-handler", Source: "Configure Liveness, Readiness and Startup Probes", Kinds: podKinds, Check: ofContainers(func(r *request, c tree, at string) {
		eachProbe(c, at, func(p tree, at string) { handler(r, p, at, "exec", "httpGet", "tcpSocket", "grpc") })
	})},
	{ID: "probe-port", Source: "Configure Liveness, Readiness and Startup Probes", Kinds: podKinds, Check: ofContainers(func(r *request, c tree, at string) {
		eachProbe(c, at, func(p tree, at string) {
			for _, kind := range []string{"httpGet", "tcpSocket", "grpc"} {
				if h := p.sub(kind); h != nil {
					r.port(h, at+"."+kind, "port")
				}
			}
			if h := p.sub("httpGet"); h != nil {
				r.oneOf(h, at+".httpGet", "scheme", "HTTP", "HTTPS")
			}
		})
	})},
	{ID: "probe-numbers", Source: "Configure Liveness, Readiness and Startup Probes", Kinds: podKinds, Check: ofContainers(func(r *request, c tree, at string) {
		eachProbe(c, at, func(p tree, at string) {
			r.notNegative(p, at, "initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold")
		})
	})},
	{ID: "probe-success-threshold", Source: "Configure Liveness, Readiness and Startup Probes", Kinds: podKinds, Check: ofContainers(func(r *request, c tree, at string) {
		for _, name := range []string{"livenessProbe", "startupProbe"} {
			if n, ok := c.num(name + ".successThreshold"); ok && n != 1 {
				r.invalid(at+"."+name+".successThreshold", n, "must be 1")
			}
		}
	})},
	{ID: "lifecycle-handler", Source: "Container Lifecycle Hooks", Kinds: podKinds, Check: ofContainers(func(r *request, c tree, at string) {
		for _, hook := range []string{"preStop", "postStart"} {
			if h := c.sub("lifecycle." + hook); h != nil {
				handler(r, h, at+".lifecycle."+hook, "exec", "httpGet", "tcpSocket", "sleep")
			}
		}
	})},
	{ID: "lifecycle-sleep", Source: "Container Lifecycle Hooks", Kinds: podKinds, Check: ofPod(func(r *request, s tree, at string) {
		grace, known := s.num("terminationGracePeriodSeconds")
		eachItem(s, "containers", at, func(c tree, at string) {
			if n, ok := c.num("lifecycle.preStop.sleep.seconds"); ok && known && (n < 0 || n > grace) {
				r.invalid(at+".lifecycle.preStop.sleep", n, "must be non-negative and less than terminationGracePeriodSeconds (%v)", grace)
			}
		})
	})},
	{ID: "resource-name", Source: "Resource Management for Pods and Containers", Kinds: podKinds, Check: ofContainers(func(r *request, c tree, at string) {
		for _, list := range []string{"limits", "requests"} {
			for _, name := range sortedKeys(c.sub("resources." + list)) {
				if !strings.Contains(name, "/") && !strings.HasPrefix(name, "hugepages-") && name != "cpu" && name != "memory" && name != "ephemeral-storage" {
					r.invalid(at+".resources."+list+"["+name+"]", name, "must be a standard resource for containers")
				}
			}
		}
	})},
	{ID: "resource-negative", Source: "Resource Management for Pods and Containers", Kinds: podKinds, Check: ofContainers(func(r *request, c tree, at string) {
		for _, list := range []string{"limits", "requests"} {
			amounts := c.sub("resources." + list)
			for _, name := range sortedKeys(amounts) {
				if q, err := parseQuantity(amounts[name]); err == nil && q.sign() < 0 {
					r.invalid(at+".resources."+list+"["+name+"]", amounts[name], "must be greater than or equal to 0")
				}
			}
		}
	})},
	{ID: "resource-request-over-limit", Source: "Resource Management for Pods and Containers", Kinds: podKinds, Check: ofContainers(func(r *request, c tree, at string) {
		limits, requests := c.sub("resources.limits"), c.sub("resources.requests")
		for _, name := range sortedKeys(requests) {
			request, err1 := parseQuantity(requests[name])
			limit, err2 := parseQuantity(limits[name])
			if err1 == nil && err2 == nil && limit.less(request) {
				r.invalid(at+".resources.requests", requests[name], "must be less than or equal to %s limit of %s", name, limit)
			}
		}
	})},
	{ID: "container-security-context", Source: "Configure a Security Context for a Pod or Container", Kinds: podKinds, Check: ofContainers(func(r *request, c tree, at string) {
		s, at := c.sub("securityContext"), at+".securityContext"
		if s == nil {
			return
		}
		for _, name := range []string{"runAsUser", "runAsGroup"} {
			if n, ok := s.num(name); ok && (n < 0 || n > 2147483647) {
				r.invalid(at+"."+name, n, "must be between 0 and 2147483647, inclusive")
			}
		}
		if s["allowPrivilegeEscalation"] == false {
			if s["privileged"] == true {
				r.invalid(at, s, "cannot set `allowPrivilegeEscalation` to false and `privileged` to true")
			}
			for _, added := range s.strs("capabilities.add") {
				if added == "CAP_SYS_ADMIN" {
					r.invalid(at, s, "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN")
				}
			}
		}
		if s.sub("seccompProfile") != nil {
			seccomp(r, s.sub("seccompProfile"), at+".seccompProfile")
		}
	})},
}

func eachProbe(c tree, at string, visit func(p tree, at string)) {
	for _, name := range []string{"livenessProbe", "readinessProbe", "startupProbe"} {
		if p := c.sub(name); p != nil {
			visit(p, at+"."+name)
		}
	}
}

// handler judges that exactly one way of doing something is given.
func handler(r *request, h tree, at string, kinds ...string) {
	n := 0
	for _, kind := range kinds {
		if h[kind] == nil {
			continue
		}
		if n++; n > 1 {
			r.fail(at+"."+kind, forbiddenValue, nil, "may not specify more than 1 handler type")
		}
	}
	if n == 0 {
		r.fail(at, requiredValue, nil, "must specify a handler type")
	}
	if h.sub("exec") != nil {
		r.need(h, at, "exec.command")
	}
}
