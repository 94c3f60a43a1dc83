package kube

import "strings"

var scalingRules = []Rule{
	{ID: "hpa-numbers", Source: "Horizontal Pod Autoscaling", Kinds: "HorizontalPodAutoscaler", Check: ofSpec(func(r *request, s tree) {
		low, ok := s.num("minReplicas")
		if ok && low < 1 {
			r.invalid("spec.minReplicas", low, "must be greater than or equal to 1")
		}
		high, known := s.num("maxReplicas")
		switch {
		case known && high < 1:
			r.invalid("spec.maxReplicas", high, "must be greater than 0")
		case ok && known && high < low:
			r.invalid("spec.maxReplicas", high, "must be greater than or equal to `minReplicas`")
		}
	})},
	{ID: "hpa-target", Source: "Horizontal Pod Autoscaling", Kinds: "HorizontalPodAutoscaler", Check: ofSpec(func(r *request, s tree) {
		if s.sub("scaleTargetRef") == nil {
			return
		}
		r.need(s, "spec", "scaleTargetRef.kind", "scaleTargetRef.name")
		if version, ok := s.get("scaleTargetRef.apiVersion").(string); (ok || !s.has("scaleTargetRef.apiVersion")) && !strings.Contains(version, "/") &&
			s.str("scaleTargetRef.kind") != "ReplicationController" {
			r.invalid("spec.scaleTargetRef.apiVersion", version, "apiVersion must specify API group")
		}
		r.form(s, "spec", "scaleTargetRef.name", pathSegment)
		r.form(s, "spec", "scaleTargetRef.kind", pathSegment)
	})},
	{ID: "hpa-metric-source", Source: "HorizontalPodAutoscaler Walkthrough: Autoscaling on multiple metrics and custom metrics", Kinds: "HorizontalPodAutoscaler",
		Check: ofSpec(func(r *request, s tree) {
			sources := map[string]string{"Resource": "resource", "Pods": "pods", "Object": "object", "External": "external", "ContainerResource": "containerResource"}
			eachItem(s, "metrics", "spec", func(m tree, at string) {
				kind := m.str("type")
				if kind == "" {
					if m["type"] == "" {
						r.fail(at+".type", requiredValue, nil, "must specify a metric source type")
					}
					return
				}
				want := sources[kind]
				if want == "" {
					r.oneOf(m, at, "type", "ContainerResource", "External", "Object", "Pods", "Resource")
					return
				}
				if !m.has(want) {
					r.fail(at+"."+want, requiredValue, nil, "must populate information for the given metric source")
				}
				for _, other := range sources {
					if other != want && m.has(other) {
						r.fail(at+"."+other, forbiddenValue, nil, "must populate the given metric source only")
					}
				}
			})
		})},
	{ID: "hpa-metric-target", Source: "HorizontalPodAutoscaler Walkthrough: Autoscaling on multiple metrics and custom metrics", Kinds: "HorizontalPodAutoscaler",
		Check: ofSpec(func(r *request, s tree) {
			eachItem(s, "metrics", "spec", func(m tree, at string) {
				for _, source := range []string{"resource", "containerResource"} {
					if m.sub(source)["name"] == "" {
						r.fail(at+"."+source+".name", requiredValue, nil, "must specify a resource name")
					}
					t, at := m.sub(source+".target"), at+"."+source+".target"
					if t == nil {
						continue
					}
					r.oneOf(t, at, "type", "Utilization", "Value", "AverageValue")
					if n, ok := t.num("averageUtilization"); ok && n < 1 {
						r.invalid(at+".averageUtilization", n, "must be greater than 0")
					}
					if !t.has("averageUtilization") && !t.has("averageValue") {
						r.fail(at+".averageUtilization", requiredValue, nil, "must set either a target raw value or a target utilization")
					}
					if t.has("averageUtilization") && t.has("averageValue") {
						r.fail(at+".averageValue", forbiddenValue, nil, "may not set both a target raw value and a target utilization")
					}
				}
			})
		})},
	{ID: "hpa-behavior", Source: "Horizontal Pod Autoscaling: Configurable scaling behavior", Kinds: "HorizontalPodAutoscaler",
		Check: ofSpec(func(r *request, s tree) {
			for _, direction := range []string{"scaleUp", "scaleDown"} {
				b, at := s.sub("behavior."+direction), "spec.behavior."+direction
				if b == nil {
					continue
				}
				r.notNegative(b, at, "stabilizationWindowSeconds")
				if n, ok := b.num("stabilizationWindowSeconds"); ok && n > 3600 {
					r.invalid(at+".stabilizationWindowSeconds", n, "must be less than or equal to 3600")
				}
				r.oneOf(b, at, "selectPolicy", "Max", "Min", "Disabled")
				if policies, ok := b["policies"].([]any); ok && len(policies) == 0 {
					r.fail(at+".policies", requiredValue, nil, "must specify at least one Policy")
				}
				eachItem(b, "policies", at, func(p tree, at string) {
					r.oneOf(p, at, "type", "Pods", "Percent")
					for _, name := range []string{"value", "periodSeconds"} {
						if n, ok := p.num(name); ok && n <= 0 {
							r.invalid(at+"."+name, n, "must be greater than zero")
						}
					}
					if n, ok := p.num("periodSeconds"); ok && n > 1800 {
						r.invalid(at+".periodSeconds", n, "must be less than or equal to 1800")
					}
				})
			}
		})},
	{ID: "pdb-both", Source: "Specifying a Disruption Budget for your Application", Kinds: "PodDisruptionBudget", Check: ofSpec(func(r *request, s tree) {
		if s.has("minAvailable") && s.has("maxUnavailable") {
			r.invalid("spec", map[string]any(s), "minAvailable and maxUnavailable cannot be both set")
		}
	})},
	{ID: "pdb-share", Source: "Specifying a Disruption Budget for your Application", Kinds: "PodDisruptionBudget", Check: ofSpec(func(r *request, s tree) {
		r.share(s, "spec", "minAvailable", true)
		r.share(s, "spec", "maxUnavailable", true)
	})},
	{ID: "pdb-selector", Source: "Specifying a Disruption Budget for your Application", Kinds: "PodDisruptionBudget", Check: ofSpec(func(r *request, s tree) {
		r.selector(s.sub("selector"), "spec.selector")
		r.oneOf(s, "spec", "unhealthyPodEvictionPolicy", "IfHealthyBudget", "AlwaysAllow")
	})},
}
