package kube

import "strings"

var accessRules = []Rule{
	{ID: "role-rule", Source: "Using RBAC Authorization", Kinds: "Role ClusterRole", Check: func(r *request) {
		for i, p := range trees(r.new.list("rules")) {
			at := say("rules[%d]", i)
			if p["verbs"] != (Unknown{}) && len(p.list("verbs")) == 0 {
				r.fail(at+".verbs", requiredValue, nil, "verbs must contain at least one value")
			}
			if len(p.list("nonResourceURLs")) > 0 {
				if r.kind.Kind == "Role" {
					r.invalid(at+".nonResourceURLs", p["nonResourceURLs"], "namespaced rules cannot apply to non-resource URLs")
				}
				if len(p.list("apiGroups")) > 0 || len(p.list("resources")) > 0 {
					r.invalid(at+".nonResourceURLs", p["nonResourceURLs"], "rules cannot apply to both regular resources and non-resource URLs")
				}
				continue
			}
			if p["apiGroups"] == nil || p["apiGroups"] != (Unknown{}) && len(p.list("apiGroups")) == 0 {
				r.fail(at+".apiGroups", requiredValue, nil, "resource rules must supply at least one api group")
			}
			if p["resources"] == nil || p["resources"] != (Unknown{}) && len(p.list("resources")) == 0 {
				r.fail(at+".resources", requiredValue, nil, "resource rules must supply at least one resource")
			}
		}
	}},
	{ID: "binding-role", Source: "Using RBAC Authorization: Role binding", Kinds: "RoleBinding ClusterRoleBinding", Check: func(r *request) {
		if r.new.sub("roleRef") == nil {
			return
		}
		if group, ok := r.new.get("roleRef.apiGroup").(string); ok && group != "rbac.authorization.k8s.io" {
			r.fail("roleRef.apiGroup", unsupportedValue, group, `supported values: "rbac.authorization.k8s.io"`)
		}
		if r.kind.Kind == "ClusterRoleBinding" {
			r.oneOf(r.new, "", "roleRef.kind", "ClusterRole")
		} else {
			r.oneOf(r.new, "", "roleRef.kind", "ClusterRole", "Role")
		}
		if r.new.get("roleRef.name") == "" {
			r.fail("roleRef.name", requiredValue, nil, "")
		}
	}},
	{ID: "binding-subject", Source: "Using RBAC Authorization: Referring to subjects", Kinds: "RoleBinding ClusterRoleBinding", Check: func(r *request) {
		for i, s := range trees(r.new.list("subjects")) {
			at := say("subjects[%d]", i)
			if s["name"] == "" {
				r.fail(at+".name", requiredValue, nil, "")
			}
			switch kind, ok := s["kind"].(string); {
			case !ok:
			case kind == "ServiceAccount":
				if group := s.str("apiGroup"); group != "" {
					r.fail(at+".apiGroup", unsupportedValue, group, `supported values: ""`)
				}
				if s["namespace"] == nil && r.kind.Kind == "ClusterRoleBinding" {
					r.fail(at+".namespace", requiredValue, nil, "")
				}
				r.form(s, at, "name", dnsSubdomain)
			case kind == "User", kind == "Group":
				if group, ok := s["apiGroup"].(string); ok && group != "rbac.authorization.k8s.io" {
					r.fail(at+".apiGroup", unsupportedValue, group, `supported values: "rbac.authorization.k8s.io"`)
				}
			default:
				r.fail(at+".kind", unsupportedValue, kind, `supported values: "Group", "ServiceAccount", "User"`)
			}
		}
	}},
	{ID: "priority-value", Source: "Pod Priority and Preemption", Kinds: "PriorityClass", Check: func(r *request) {
		if n, ok := r.new.num("value"); ok && n > 1000000000 {
			r.fail("value", forbiddenValue, nil, "maximum allowed value of a user defined priority is 1000000000")
		}
		r.oneOf(r.new, "", "preemptionPolicy", "PreemptLowerPriority", "Never")
	}},
	{ID: "crd-name", Source: "Extend the Kubernetes API with CustomResourceDefinitions", Kinds: "CustomResourceDefinition", Check: ofSpec(func(r *request, s tree) {
		plural, group := s.str("names.plural"), s.str("group")
		name := r.new.str("metadata.name")
		if want := plural + "." + group; plural != "" && group != "" && name != "" && name != want {
			r.invalid("metadata.name", name, "must be spec.names.plural+\".\"+spec.group")
		}
	})},
	{ID: "crd-names", Source: "Extend the Kubernetes API with CustomResourceDefinitions", Kinds: "CustomResourceDefinition", Check: ofSpec(func(r *request, s tree) {
		r.need(s, "spec", "group", "names.plural", "names.kind")
		r.form(s, "spec", "group", dnsSubdomain)
		r.form(s, "spec", "names.plural", dns1035Label)
		r.form(s, "spec", "names.singular", dns1035Label)
		if kind := s.str("names.kind"); kind != "" {
			if problem := dns1035Label(strings.ToLower(kind)); problem != "" {
				r.invalid("spec.names.kind", kind, "may have mixed case, but should otherwise match: %s", problem)
			}
		}
		for i, v := range trees(s.list("versions")) {
			if name, ok := v["name"].(string); ok {
				if problem := dns1035Label(name); problem != "" {
					r.invalid(say("spec.versions[%d].name", i), name, "%s", problem)
				}
			}
		}
	})},
	{ID: "crd-storage-version", Source: "Versions in CustomResourceDefinitions", Kinds: "CustomResourceDefinition", Check: ofSpec(func(r *request, s tree) {
		if hasUnknown(s["versions"]) {
			return
		}
		stored := 0
		for _, v := range trees(s.list("versions")) {
			if v["storage"] == true {
				stored++
			}
		}
		if stored != 1 {
			r.invalid("spec.versions", s["versions"], "must have exactly one version marked as storage version")
		}
	})},
	{ID: "crd-schema", Source: "Extend the Kubernetes API with CustomResourceDefinitions: Specifying a structural schema", Kinds: "CustomResourceDefinition", Check: ofSpec(func(r *request, s tree) {
		versions := trees(s.list("versions"))
		for i, v := range versions {
			at := say("spec.versions[%d].schema.openAPIV3Schema", i)
			if !v.has("schema.openAPIV3Schema") {
				r.fail(at, requiredValue, nil, "schemas are required")
				continue
			}
			if len(versions) == 1 {
				at = "spec.validation.openAPIV3Schema" // what all versions share has the old place
			}
			switch kind := v.get("schema.openAPIV3Schema.type"); kind {
			case nil, "":
				if v.sub("schema.openAPIV3Schema")["x-kubernetes-preserve-unknown-fields"] == true {
					continue
				}
				r.fail(at+".type", requiredValue, nil, "must not be empty at the root")
			case "object", Unknown{}:
			default:
				r.invalid(at+".type", kind, "must be object at the root")
			}
		}
		r.oneOf(s, "spec", "scope", "Cluster", "Namespaced")
	})},
}
