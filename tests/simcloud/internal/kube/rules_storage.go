package kube

import (
	"fmt"
	"strings"
)

var storageRules = []Rule{
	{ID: "config-key", Source: "ConfigMaps", Kinds: "ConfigMap Secret", Check: func(r *request) {
		for _, list := range []string{"data", "binaryData"} {
			for _, name := range sortedKeys(r.new.sub(list)) {
				problem := configKey(name)
				if name == "." || name == ".." {
					problem = fmt.Sprintf("must not be '%s'", name)
				}
				if problem != "" {
					r.invalid(list+"["+name+"]", name, "%s", problem)
				}
			}
		}
	}},
	{ID: "config-too-large", Source: "ConfigMaps", Kinds: "ConfigMap Secret", Check: func(r *request) {
		size, at := 0, ""
		for _, list := range []string{"data", "binaryData"} {
			for _, v := range r.new.sub(list) {
				if s, ok := v.(string); ok {
					if r.kind.Kind == "Secret" || list == "binaryData" {
						size += len(s) / 4 * 3
					} else {
						size += len(s)
					}
				}
			}
		}
		if r.kind.Kind == "Secret" {
			at = "data"
		}
		if size > 1<<20 {
			r.fail(at, tooLong, nil, "may not be more than 1048576 bytes")
		}
	}},
	{ID: "config-key-twice", Source: "ConfigMaps", Kinds: "ConfigMap", Check: func(r *request) {
		for _, name := range sortedKeys(r.new.sub("binaryData")) {
			if r.new.sub("data")[name] != nil {
				r.invalid("data["+name+"]", name, "duplicate of key present in binaryData")
			}
		}
	}},
	{ID: "secret-tls", Source: "Secrets: TLS Secrets", Kinds: "Secret", Check: func(r *request) {
		needs := map[string][]string{"kubernetes.io/tls": {"tls.crt", "tls.key"}, "kubernetes.io/dockerconfigjson": {".dockerconfigjson"},
			"kubernetes.io/ssh-auth": {"ssh-privatekey"}}
		if r.new["data"] == (Unknown{}) || r.new["stringData"] == (Unknown{}) {
			return
		}
		for _, name := range needs[r.new.str("type")] {
			if r.new.sub("data")[name] == nil {
				r.fail("data["+name+"]", requiredValue, nil, "")
			}
		}
	}},
	{ID: "pvc-access-modes", Source: "Persistent Volumes: Access Modes", Kinds: claims, Check: eachClaim(func(r *request, s tree, at string) {
		if s["accessModes"] != (Unknown{}) && len(s.list("accessModes")) == 0 {
			r.fail(at+".accessModes", requiredValue, nil, "at least 1 access mode is required")
		}
		for _, mode := range s.strs("accessModes") {
			switch mode {
			case "ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod":
			default:
				r.fail(at+".accessModes", unsupportedValue, mode, `supported values: "ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"`)
			}
		}
	})},
	{ID: "pvc-storage", Source: "Persistent Volumes: PersistentVolumeClaims", Kinds: claims, Check: eachClaim(func(r *request, s tree, at string) {
		v := s.get("resources.requests.storage")
		if v == nil && !hasUnknown(s["resources"]) {
			r.fail(at+".resources[storage]", requiredValue, nil, "")
			return
		}
		if q, err := parseQuantity(v); err == nil && q.sign() <= 0 {
			r.invalid(at+".resources[storage]", v, "must be greater than zero")
		}
	})},
	{ID: "pvc-class", Source: "Persistent Volumes: Class", Kinds: claims, Check: eachClaim(func(r *request, s tree, at string) {
		r.form(s, at, "storageClassName", dnsSubdomain)
	})},
	{ID: "storage-class", Source: "Storage Classes", Kinds: "StorageClass", Check: func(r *request) {
		r.oneOf(r.new, "", "reclaimPolicy", "Delete", "Retain")
		r.oneOf(r.new, "", "volumeBindingMode", "Immediate", "WaitForFirstConsumer")
		if provisioner, ok := r.new["provisioner"].(string); ok {
			if provisioner == "" {
				r.fail("provisioner", requiredValue, nil, "")
			} else if problem := labelKey(strings.ToLower(provisioner)); problem != "" {
				r.invalid("provisioner", strings.ToLower(provisioner), "%s", problem)
			}
		}
	}},
}

const claims = "PersistentVolumeClaim " + podKinds

// eachClaim visits the specifications of claims: an object's own, those of a stateful set's templates, and those of a pod's volumes.
func eachClaim(check func(r *request, spec tree, at string)) func(*request) {
	return ofSpec(func(r *request, s tree) {
		if r.kind.Kind == "PersistentVolumeClaim" {
			check(r, s, "spec")
			return
		}
		eachItem(s, "volumeClaimTemplates", "spec", func(claim tree, at string) {
			if spec := claim.sub("spec"); spec != nil || claim["spec"] == nil {
				check(r, spec, at+".spec")
			}
		})
		pod, at := podAt(r)
		eachItem(pod, "volumes", at, func(v tree, at string) {
			claim, at := v.sub("ephemeral.volumeClaimTemplate"), at+".ephemeral.volumeClaimTemplate"
			if spec := claim.sub("spec"); spec != nil {
				check(r, spec, at+".spec")
			} else if v.sub("ephemeral") != nil && !v.has("ephemeral.volumeClaimTemplate") {
				r.fail(at, requiredValue, nil, "")
			}
		})
	})
}
