package kube

import "strings"

var valueRules = []Rule{
	{ID: "pod-dns-config", Source: "DNS for Services and Pods: Pod's DNS Config", Kinds: podKinds, Check: expect(podAt,
		expectation{"dnsConfig.nameservers.*", formed(address)},
		expectation{"dnsConfig.searches.*", formed(searchDomain)},
		expectation{"dnsConfig.options.*", func(v any) (string, string) {
			if o, ok := v.(map[string]any); ok && (o["name"] == nil || o["name"] == "") {
				return requiredValue, "must not be empty"
			}
			return "", ""
		}},
	)},
	{ID: "pod-host-aliases", Source: "Adding entries to Pod /etc/hosts with HostAliases", Kinds: podKinds, Check: expect(podAt,
		expectation{"hostAliases.*.ip", formed(address)},
		expectation{"hostAliases.*.hostnames.*", formed(dnsSubdomain)},
	)},
	{ID: "pod-class-names", Source: "Pod Priority and Preemption", Kinds: podKinds, Check: expect(podAt,
		expectation{"priorityClassName", func(v any) (string, string) {
			if v == "" {
				return "", ""
			}
			return formed(dnsSubdomain)(v)
		}},
		expectation{"runtimeClassName", formed(dnsSubdomain)},
	)},
	{ID: "pod-node-selector", Source: "Assigning Pods to Nodes: nodeSelector", Kinds: podKinds, Check: ofPod(func(r *request, s tree, at string) {
		selector := s.sub("nodeSelector")
		for _, name := range sortedKeys(selector) {
			if problem := labelKey(name) + labelValue(selector.key(name)); problem != "" {
				r.invalid(at+".nodeSelector", selector[name], "%s", problem)
			}
		}
	})},
	{ID: "node-affinity", Source: "Assigning Pods to Nodes: Node affinity", Kinds: podKinds, Check: ofPod(func(r *request, s tree, at string) {
		node, at := s.sub("affinity.nodeAffinity"), at+".affinity.nodeAffinity"
		const hard, soft = "requiredDuringSchedulingIgnoredDuringExecution", "preferredDuringSchedulingIgnoredDuringExecution"
		if required := node.sub(hard); required != nil {
			if terms, ok := required["nodeSelectorTerms"].([]any); ok && len(terms) == 0 {
				r.fail(at+"."+hard+".nodeSelectorTerms", requiredValue, nil, "must have at least one node selector term")
			}
			eachItem(required, "nodeSelectorTerms", at+"."+hard, func(term tree, at string) { nodeTerm(r, term, at) })
		}
		eachItem(node, soft, at, func(p tree, at string) {
			if n, ok := p.num("weight"); ok && (n < 1 || n > 100) {
				r.invalid(at+".weight", n, "must be in the range 1-100")
			}
			nodeTerm(r, p.sub("preference"), at+".preference")
		})
	})},
	{ID: "affinity-namespace", Source: "Assigning Pods to Nodes: Inter-pod affinity and anti-affinity", Kinds: podKinds, Check: ofPod(func(r *request, s tree, at string) {
		for _, kind := range []string{"podAffinity", "podAntiAffinity"} {
			eachItem(s, "affinity."+kind+".requiredDuringSchedulingIgnoredDuringExecution", at, func(t tree, at string) {
				for _, v := range t.list("namespaces") {
					if name, ok := v.(string); ok {
						if problem := dnsLabel(name); problem != "" {
							r.invalid(at+".namespace", name, "%s", problem)
						}
					}
				}
			})
		}
	})},
	{ID: "env-from", Source: "Configure a Pod to Use a ConfigMap", Kinds: podKinds, Check: ofContainers(func(r *request, c tree, at string) {
		eachItem(c, "envFrom", at, func(e tree, item string) {
			switch config, secret := e.has("configMapRef"), e.has("secretRef"); {
			case !config && !secret:
				r.invalid(at+".envFrom", "", "must specify one of: `configMapRef` or `secretRef`")
			case config && secret:
				r.invalid(at+".envFrom", "", "may not have more than one field specified at a time")
			}
			for _, source := range []string{"configMapRef", "secretRef"} {
				if ref := e.sub(source); ref != nil {
					r.need(ref, item+"."+source, "name")
					r.form(ref, item+"."+source, "name", dnsSubdomain)
				}
			}
		})
	})},
	{ID: "env-resource", Source: "Downward API", Kinds: podKinds, Check: ofContainers(func(r *request, c tree, at string) {
		eachItem(c, "env", at, func(e tree, at string) {
			ref, at := e.sub("valueFrom.resourceFieldRef"), at+".valueFrom.resourceFieldRef"
			if ref == nil {
				return
			}
			r.oneOf(ref, at, "resource", "limits.cpu", "limits.ephemeral-storage", "limits.memory", "requests.cpu", "requests.ephemeral-storage", "requests.memory")
			if divisor := ref.str("divisor"); strings.HasSuffix(ref.str("resource"), ".cpu") && divisor != "" && divisor != "1" && divisor != "1m" && divisor != "0" {
				r.invalid(at+".divisor", ref["resource"], "only divisor's values 1m and 1 are supported with the cpu resource")
			}
		})
	})},
	{ID: "termination-message-policy", Source: "Determine the Reason for Pod Failure", Kinds: podKinds, Check: ofContainers(func(r *request, c tree, at string) {
		r.oneOf(c, at, "terminationMessagePolicy", "File", "FallbackToLogsOnError")
	})},
	{ID: "http-handler", Source: "Configure Liveness, Readiness and Startup Probes: HTTP probes", Kinds: podKinds, Check: ofContainers(func(r *request, c tree, at string) {
		for _, where := range []string{"livenessProbe", "readinessProbe", "startupProbe", "lifecycle.preStop", "lifecycle.postStart"} {
			get, at := c.sub(where+".httpGet"), at+"."+where+".httpGet"
			if get == nil {
				continue
			}
			r.port(get, at, "port")
			for _, h := range trees(get.list("httpHeaders")) {
				if name, ok := h["name"].(string); ok && (name == "" || strings.ContainsFunc(name, func(c rune) bool { return c <= ' ' || c == ':' || c > '~' || c == '!' })) {
					r.invalid(at+".httpHeaders", name, "a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name')")
				}
			}
		}
	})},
	{ID: "volume-size-limit", Source: "Volumes: emptyDir", Kinds: podKinds, Check: expect(podAt,
		expectation{"volumes.*.emptyDir.sizeLimit", func(v any) (string, string) {
			if kind, _ := amount(0, "-")(v); kind != "" {
				return forbiddenValue, "SizeLimit field must be a valid resource quantity"
			}
			return "", ""
		}},
	)},
	{ID: "volume-projection", Source: "Projected Volumes", Kinds: podKinds, Check: ofItems("volumes", func(r *request, v tree, at string) {
		eachItem(v, "projected.sources", at, func(s tree, at string) {
			for _, source := range []string{"configMap", "secret"} {
				if s.sub(source) != nil {
					r.need(s, at, source+".name")
				}
				eachItem(s, source+".items", at, func(item tree, at string) { r.need(item, at, "key", "path") })
			}
			if n, ok := s.num("serviceAccountToken.expirationSeconds"); ok && n < 600 {
				r.invalid(at+".serviceAccountToken.expirationSeconds", n, "may not specify a duration less than 10 minutes")
			}
			for _, item := range trees(s.list("downwardAPI.items")) {
				ref := item.sub("fieldRef")
				switch path := ref.str("fieldPath"); {
				case !item.has("fieldRef") && !item.has("resourceFieldRef"):
					r.fail(at+".downwardAPI", requiredValue, nil, "one of fieldRef and resourceFieldRef is required")
				case ref["fieldPath"] == "":
					r.fail(at+".downwardAPI.fieldRef.fieldPath", requiredValue, nil, "")
				case path != "" && !strings.HasPrefix(path, "metadata."):
					r.invalid(at+".downwardAPI.fieldRef.fieldPath", path, "error converting fieldPath: field label not supported: %s", path)
				}
				if item["path"] == "" {
					r.fail(at+".downwardAPI.path", requiredValue, nil, "")
				}
			}
		})
	})},
	{ID: "service-families", Source: "IPv4/IPv6 dual-stack", Kinds: "Service", Check: expect(whole,
		expectation{"spec.ipFamilies.*", among("IPv4", "IPv6")},
		expectation{"spec.ipFamilyPolicy", among("PreferDualStack", "RequireDualStack", "SingleStack")},
	)},
	{ID: "service-traffic-distribution", Source: "Service: Traffic distribution", Kinds: "Service", Check: expect(whole,
		expectation{"spec.trafficDistribution", among("PreferClose", "PreferSameZone", "PreferSameNode")},
		expectation{"spec.internalTrafficPolicy", among("Cluster", "Local")},
		expectation{"spec.ports.*.appProtocol", formed(labelKey)},
	)},
	{ID: "service-affinity-timeout", Source: "Virtual IPs and Service Proxies: Session affinity", Kinds: "Service", Check: expect(whole,
		expectation{"spec.sessionAffinityConfig.clientIP.timeoutSeconds", within(1, 86400, "must be greater than 0 and less than 86400")},
	)},
	{ID: "service-health-check-port", Source: "Virtual IPs and Service Proxies: External traffic policy", Kinds: "Service", Check: ofSpec(func(r *request, s tree) {
		n, ok := s.num("healthCheckNodePort")
		switch local := s.str("type") == "LoadBalancer" && s.str("externalTrafficPolicy") == "Local"; {
		case !ok || n == 0 || hasUnknown(s["type"]) || hasUnknown(s["externalTrafficPolicy"]):
		case !local:
			r.invalid("spec.healthCheckNodePort", n, "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'")
		default:
			r.port(s, "spec", "healthCheckNodePort")
		}
	})},
	{ID: "hpa-metric-name", Source: "Horizontal Pod Autoscaling: Support for metrics APIs", Kinds: "HorizontalPodAutoscaler", Check: expect(whole,
		expectation{"spec.metrics.*.pods.metric.name", filled}, expectation{"spec.metrics.*.object.metric.name", filled},
		expectation{"spec.metrics.*.external.metric.name", filled}, expectation{"spec.metrics.*.object.describedObject.kind", filled},
		expectation{"spec.metrics.*.object.describedObject.name", filled},
		expectation{"spec.metrics.*.containerResource.container", named(dnsLabel)},
		expectation{"spec.metrics.*.containerResource.name", formed(resourceName)},
	)},
	{ID: "hpa-metric-amount", Source: "Horizontal Pod Autoscaling: Algorithm details", Kinds: "HorizontalPodAutoscaler", Check: ofSpec(func(r *request, s tree) {
		eachItem(s, "metrics", "spec", func(m tree, at string) {
			for _, source := range []string{"resource", "containerResource", "pods", "object", "external"} {
				t, at := m.sub(source+".target"), at+"."+source+".target"
				if t == nil {
					continue
				}
				if kind, ok := t["type"].(string); ok && kind == "" {
					r.fail(at+".type", requiredValue, nil, "must specify a metric target type")
				} else if ok && kind != "Utilization" && kind != "Value" && kind != "AverageValue" {
					r.invalid(at+".type", kind, "must be either Utilization, Value, or AverageValue")
				}
				for _, name := range []string{"value", "averageValue"} {
					if kind, detail := amount(1, "must be positive")(t[name]); kind != "" {
						r.invalid(at+"."+name, t[name], "%s", detail)
					}
				}
				if source == "pods" && !t.has("averageValue") {
					r.fail(at+".averageValue", requiredValue, nil, "must specify a positive target averageValue")
				}
				if (source == "object" || source == "external") && !t.has("averageValue") && !t.has("value") {
					r.fail(at+".averageValue", requiredValue, nil, "must set either a target value or averageValue")
				}
			}
		})
	})},
	{ID: "ingress-tls", Source: "Ingress: TLS", Kinds: "Ingress", Check: expect(whole,
		expectation{"spec.tls.*.hosts.*", formed(ingressHost)},
		expectation{"spec.tls.*.secretName", func(v any) (string, string) {
			if v == "" {
				return "", ""
			}
			return formed(dnsSubdomain)(v)
		}},
	)},
	{ID: "ingress-resource", Source: "Ingress: Resource backends", Kinds: "Ingress", Check: expect(whole,
		expectation{"spec.defaultBackend.resource.kind", filled}, expectation{"spec.defaultBackend.resource.name", filled},
		expectation{"spec.defaultBackend.resource.apiGroup", formed(dnsSubdomain)},
	)},
	{ID: "ingress-class-controller", Source: "Ingress: Ingress class", Kinds: "IngressClass", Check: expect(whole,
		expectation{"spec.controller", named(controllerName)},
		expectation{"spec.parameters.kind", filled}, expectation{"spec.parameters.name", filled},
		expectation{"spec.parameters.apiGroup", formed(dnsSubdomain)},
	)},
	{ID: "quota-negative", Source: "Resource Quotas", Kinds: "ResourceQuota", Check: func(r *request) {
		hard := r.new.sub("spec.hard")
		for _, name := range sortedKeys(hard) {
			if kind, detail := amount(0, "must be greater than or equal to 0")(hard[name]); kind != "" {
				r.invalid("spec.hard["+name+"]", hard[name], "%s", detail)
			}
		}
	}},
}

// nodeTerm judges how nodes are chosen.
func nodeTerm(r *request, t tree, at string) {
	eachItem(t, "matchExpressions", at, func(e tree, at string) {
		if key, ok := e["key"].(string); ok {
			if problem := labelKey(key); problem != "" {
				r.invalid(at+".key", key, "%s", problem)
			}
		}
		switch operator, ok := e["operator"].(string); {
		case !ok:
		case operator == "In" || operator == "NotIn":
			if e["values"] != (Unknown{}) && len(e.list("values")) == 0 {
				r.fail(at+".values", requiredValue, nil, "must be specified when `operator` is 'In' or 'NotIn'")
			}
		case operator == "Exists" || operator == "DoesNotExist":
			if len(e.list("values")) > 0 {
				r.fail(at+".values", forbiddenValue, nil, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")
			}
		case operator == "Gt" || operator == "Lt":
			if e["values"] != (Unknown{}) && len(e.list("values")) != 1 {
				r.fail(at+".values", requiredValue, nil, "must be specified single value when `operator` is 'Lt' or 'Gt'")
			}
		default:
			r.invalid(at+".operator", operator, "not a valid selector operator")
		}
		for i, v := range e.list("values") {
			if text, ok := v.(string); ok {
				if problem := labelValue(text); problem != "" {
					r.invalid(say("%s.values[%d]", at, i), text, "%s", problem)
				}
			}
		}
	})
}
