package kube

import (
	"fmt"
	"strings"
)

// nameFormats are the kinds whose names are not DNS subdomains.
var nameFormats = map[string]format{
	"Namespace": dnsLabel, "Service": dns1035Label, "Role": pathSegment, "ClusterRole": pathSegment, "RoleBinding": pathSegment,
	"ClusterRoleBinding": pathSegment,
	"CronJob": func(name string) string {
		if len(name) > 52 {
			return "must be no more than 52 characters"
		}
		return dnsSubdomain(name)
	},
	"StatefulSet": dnsSubdomain,
}

var metaRules = []Rule{
	{ID: "name-missing", Source: "Object Names and IDs", Kinds: "*", Check: func(r *request) {
		meta := r.new.sub("metadata")
		if meta["name"] == nil && meta["generateName"] == nil {
			r.fail("metadata.name", requiredValue, nil, "name or generateName is required")
		}
	}},
	{ID: "name-malformed", Source: "Object Names and IDs", Kinds: "*", Check: func(r *request) {
		valid := nameFormats[r.kind.Kind]
		if valid == nil || r.kind.Type == "" {
			valid = dnsSubdomain
		}
		r.form(r.new.sub("metadata"), "metadata", "name", valid)
	}},
	{ID: "namespace-malformed", Source: "Namespaces", Kinds: "*", Check: func(r *request) {
		r.form(r.new.sub("metadata"), "metadata", "namespace", dnsLabel)
	}},
	{ID: "label-key-malformed", Source: "Labels and Selectors", Kinds: "*", Check: func(r *request) {
		eachMeta(r, func(meta tree, at string) {
			for _, name := range sortedKeys(meta.sub("labels")) {
				if problem := labelKey(name); problem != "" {
					r.invalid(at+".labels", name, "%s", problem)
				}
			}
		})
	}},
	{ID: "label-value-malformed", Source: "Labels and Selectors", Kinds: "*", Check: func(r *request) {
		eachMeta(r, func(meta tree, at string) {
			labels := meta.sub("labels")
			for _, name := range sortedKeys(labels) {
				if s, ok := labels[name].(string); ok {
					if problem := labelValue(s); problem != "" {
						r.invalid(at+".labels", s, "%s", problem)
					}
				}
			}
		})
	}},
	{ID: "annotation-key-malformed", Source: "Annotations", Kinds: "*", Check: func(r *request) {
		eachMeta(r, func(meta tree, at string) {
			for _, name := range sortedKeys(meta.sub("annotations")) {
				if problem := labelKey(strings.ToLower(name)); problem != "" {
					r.invalid(at+".annotations", name, "%s", problem)
				}
			}
		})
	}},
	{ID: "annotations-too-large", Source: "Annotations", Kinds: "*", Check: func(r *request) {
		size := 0
		for name, v := range r.new.sub("metadata.annotations") {
			s, _ := v.(string)
			size += len(name) + len(s)
		}
		if size > 256<<10 {
			r.fail("metadata.annotations", tooLong, nil, "may not be more than 262144 bytes")
		}
	}},
	{ID: "field-required", Source: "Kubernetes API Reference", Kinds: "*", Check: func(r *request) {
		// Workload kinds have rules of their own that say the same in the API server's words.
		if r.kind.Type != "" {
			required(r, r.kind.root(), map[string]any(r.new), "")
		}
	}},
}

// eachMeta visits the metadata of the object and of the pods it makes.
func eachMeta(r *request, visit func(meta tree, at string)) {
	if meta := r.new.sub("metadata"); meta != nil {
		visit(meta, "metadata")
	}
	for _, at := range []string{"spec.template", "spec.jobTemplate.spec.template"} {
		if meta := r.new.sub(at + ".metadata"); meta != nil && r.kind.Type != "" {
			visit(meta, at) // the API server leaves metadata out of these paths
		}
	}
}

// lenient are required fields that the API server takes as empty, and that have a rule of their own where that is wrong.
var lenient = map[string]bool{"status": true, "value": true, "preference": true}

// required reports fields that the schema requires.
func required(r *request, f *field, v any, at string) {
	switch v := v.(type) {
	case map[string]any:
		if s := f.fields(); s != nil {
			for _, name := range sortedKeys(s.Fields) {
				c := s.Fields[name]
				if c.Required && v[name] == nil && !lenient[name] && c.Default == nil {
					r.fail(join(at, name), requiredValue, nil, "")
				}
			}
		}
		for _, name := range sortedKeys(v) {
			if c := f.child(name); c != nil && name != "status" {
				required(r, c, v[name], join(at, name))
			}
		}
	case []any:
		for i, e := range v {
			required(r, f.elem(), e, fmt.Sprintf("%s[%d]", at, i))
		}
	}
}
