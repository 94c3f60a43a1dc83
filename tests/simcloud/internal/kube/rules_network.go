package kube

import (
	"fmt"
	"net/netip"
	"strings"
)

func say(format string, args ...any) string { return fmt.Sprintf(format, args...) }

var networkRules = []Rule{
	{ID: "service-type", Source: "Service: Publishing Services", Kinds: "Service", Check: ofSpec(func(r *request, s tree) {
		r.oneOf(s, "spec", "type", "ClusterIP", "ExternalName", "LoadBalancer", "NodePort")
		r.oneOf(s, "spec", "sessionAffinity", "ClientIP", "None")
	})},
	{ID: "service-without-ports", Source: "Service: Headless Services", Kinds: "Service", Check: ofSpec(func(r *request, s tree) {
		if s["ports"] != (Unknown{}) && len(s.list("ports")) == 0 && s.str("clusterIP") != "None" && s.str("type") != "ExternalName" {
			r.fail("spec.ports", requiredValue, nil, "")
		}
	})},
	{ID: "service-port", Source: "Service: Field spec.ports", Kinds: "Service", Check: ofSpec(func(r *request, s tree) {
		eachItem(s, "ports", "spec", func(p tree, at string) {
			r.port(p, at, "port")
			r.port(p, at, "targetPort")
			r.oneOf(p, at, "protocol", "SCTP", "TCP", "UDP")
		})
	})},
	{ID: "service-port-name", Source: "Service: Multi-port Services", Kinds: "Service", Check: ofSpec(func(r *request, s tree) {
		eachItem(s, "ports", "spec", func(p tree, at string) {
			if (p["name"] == nil || p["name"] == "") && len(s.list("ports")) > 1 {
				r.fail(at+".name", requiredValue, nil, "")
			}
			r.form(p, at, "name", dnsLabel)
		})
		r.uniqueNames(s.list("ports"), "spec.ports")
	})},
	{ID: "service-port-twice", Source: "Service: Multi-port Services", Kinds: "Service", Check: ofSpec(func(r *request, s tree) {
		seen := map[string]bool{}
		for i, p := range trees(s.list("ports")) {
			port, ok := p.num("port")
			pair := say("%v/%s", port, p.str("protocol"))
			if ok && seen[pair] {
				r.fail(say("spec.ports[%d]", i), duplicateValue, map[string]any{"protocol": p["protocol"], "port": port}, "")
			}
			seen[pair] = true
		}
	})},
	{ID: "service-node-port", Source: "Service: type NodePort", Kinds: "Service", Check: ofSpec(func(r *request, s tree) {
		eachItem(s, "ports", "spec", func(p tree, at string) {
			n, ok := p.num("nodePort")
			switch {
			case !ok || n == 0:
			case s.str("type") == "ClusterIP":
				r.fail(at+".nodePort", forbiddenValue, nil, "may not be used when `type` is 'ClusterIP'")
			case n < 30000 || n > 32767:
				r.invalid(at+".nodePort", n, "provided port is not in the valid range. The range of valid ports is 30000-32767")
			}
		})
	})},
	{ID: "service-selector", Source: "Labels and Selectors", Kinds: "Service", Check: ofSpec(func(r *request, s tree) {
		selector := s.sub("selector")
		for _, name := range sortedKeys(selector) {
			if problem := labelKey(name); problem != "" {
				r.invalid("spec.selector", name, "%s", problem)
			}
			if problem := labelValue(selector.key(name)); problem != "" {
				r.invalid("spec.selector", selector[name], "%s", problem)
			}
		}
	})},
	{ID: "service-external-name", Source: "Service: type ExternalName", Kinds: "Service", Check: ofSpec(func(r *request, s tree) {
		if s.str("type") != "ExternalName" {
			return
		}
		r.need(s, "spec", "externalName")
		r.form(tree{"externalName": strings.TrimSuffix(s.str("externalName"), ".")}, "spec", "externalName", dnsSubdomain)
		if ip := s.str("clusterIP"); ip != "" {
			r.fail("spec.clusterIP", forbiddenValue, nil, "may not be set for ExternalName services")
		}
	})},
	{ID: "service-cluster-ip", Source: "Service: Choosing your own IP address", Kinds: "Service", Check: ofSpec(func(r *request, s tree) {
		ip := s.str("clusterIP")
		if ip == "" || ip == "None" || s.str("type") == "ExternalName" {
			if ip == "None" && s.str("type") != "ClusterIP" {
				r.invalid("spec.clusterIPs[0]", ip, "may not be set to 'None' for LoadBalancer services")
			}
			return
		}
		if _, err := netip.ParseAddr(ip); err != nil {
			r.invalid("spec.clusterIPs[0]", ip, "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)")
		}
	})},
	{ID: "service-external-traffic", Source: "Virtual IPs and Service Proxies: External traffic policy", Kinds: "Service", Check: ofSpec(func(r *request, s tree) {
		if s.str("externalTrafficPolicy") != "" {
			if s.str("type") == "ClusterIP" {
				r.invalid("spec.externalTrafficPolicy", s["externalTrafficPolicy"], "may only be set for externally-accessible services")
			}
			r.oneOf(s, "spec", "externalTrafficPolicy", "Cluster", "Local")
		}
		r.oneOf(s, "spec", "internalTrafficPolicy", "Cluster", "Local")
	})},
	{ID: "service-load-balancer-only", Source: "Service: type LoadBalancer", Kinds: "Service", Check: ofSpec(func(r *request, s tree) {
		kind := s.str("type")
		if class, ok := s["loadBalancerClass"].(string); ok && kind == "LoadBalancer" {
			if problem := labelKey(class); problem != "" {
				r.invalid("spec.loadBalancerClass", class, "%s", problem)
			}
		}
		if kind == "LoadBalancer" || kind == "" {
			for i, cidr := range s.strs("loadBalancerSourceRanges") {
				if _, err := netip.ParsePrefix(cidr); err != nil {
					r.invalid(say("spec.LoadBalancerSourceRanges[%d]", i), cidr, "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)")
				}
			}
			return
		}
		for _, name := range []string{"loadBalancerClass", "loadBalancerSourceRanges", "allocateLoadBalancerNodePorts"} {
			if s.has(name) {
				r.fail("spec."+name, forbiddenValue, nil, "may only be used when `type` is 'LoadBalancer'")
			}
		}
	})},
	{ID: "ingress-empty", Source: "Ingress", Kinds: "Ingress", Check: ofSpec(func(r *request, s tree) {
		if s["rules"] != (Unknown{}) && len(s.list("rules")) == 0 && !s.has("defaultBackend") {
			r.invalid("spec", map[string]any(s), "either `defaultBackend` or `rules` must be specified")
		}
	})},
	{ID: "ingress-host", Source: "Ingress: Hostname wildcards", Kinds: "Ingress", Check: ofSpec(func(r *request, s tree) {
		eachItem(s, "rules", "spec", func(rule tree, at string) {
			host := rule.str("host")
			switch _, err := netip.ParseAddr(host); {
			case host == "":
			case err == nil:
				r.invalid(at+".host", host, "must be a DNS name, not an IP address")
			case strings.Contains(host, "*"):
				r.form(rule, at, "host", wildcardDomain)
			default:
				r.form(rule, at, "host", dnsSubdomain)
			}
		})
	})},
	{ID: "ingress-without-paths", Source: "Ingress: The Ingress resource", Kinds: "Ingress", Check: ofSpec(func(r *request, s tree) {
		eachItem(s, "rules", "spec", func(rule tree, at string) {
			if rule.sub("http") != nil {
				r.need(rule, at, "http.paths")
			}
		})
	})},
	{ID: "ingress-path", Source: "Ingress: Path types", Kinds: "Ingress", Check: eachIngressPath(func(r *request, p tree, at string) {
		r.oneOf(p, at, "pathType", "Exact", "ImplementationSpecific", "Prefix")
		path, ok := p["path"].(string)
		kind := p.str("pathType")
		if kind != "Exact" && kind != "Prefix" {
			if ok && path != "" && !strings.HasPrefix(path, "/") && kind != "" {
				r.invalid(at+".path", path, "must be an absolute path")
			}
			return
		}
		if p["path"] != (Unknown{}) && !strings.HasPrefix(path, "/") {
			r.invalid(at+".path", path, "must be an absolute path")
		}
		for _, part := range []string{"//", "/./", "/../", "%2f", "%2F"} {
			if strings.Contains(path, part) {
				r.invalid(at+".path", path, "must not contain '%s'", part)
			}
		}
	})},
	{ID: "ingress-backend", Source: "Ingress: Resource backends", Kinds: "Ingress", Check: func(r *request) {
		backend := func(b tree, at string) {
			service := b.sub("service")
			switch {
			case service == nil && !b.has("resource") && b["service"] == nil:
				r.fail(at, requiredValue, nil, "must specify either service or resource backend")
			case service != nil && b.has("resource"):
				r.invalid(at, "", "cannot set both resource and service backends")
			case service != nil:
				r.need(service, at+".service", "name")
				r.form(service, at+".service", "name", dns1035Label)
				port := service.sub("port")
				switch {
				case service["port"] == (Unknown{}):
				case port["name"] == nil && port["number"] == nil:
					r.fail(at, requiredValue, nil, "port name or number is required")
				case port["name"] != nil && port["number"] != nil:
					r.invalid(at, "", "cannot set both port name & port number")
				}
				if port != nil {
					r.port(port, at+".service.port", "number")
					r.port(port, at+".service.port", "name")
				}
			}
		}
		if b := r.new.sub("spec.defaultBackend"); b != nil {
			backend(b, "spec.defaultBackend")
		}
		eachIngressPath(func(_ *request, p tree, at string) {
			if b := p.sub("backend"); b != nil {
				backend(b, at+".backend")
			}
		})(r)
	}},
	{ID: "ingress-class", Source: "Ingress: Ingress class", Kinds: "Ingress", Check: ofSpec(func(r *request, s tree) {
		if class, ok := s["ingressClassName"].(string); ok {
			if problem := dnsSubdomain(class); problem != "" {
				r.invalid("spec.ingressClassName", class, "%s", problem)
			}
		}
		class, old := s.str("ingressClassName"), r.new.sub("metadata.annotations").key("kubernetes.io/ingress.class")
		if r.old == nil && class != "" && old != "" && class != old {
			r.invalid("annotations.kubernetes.io/ingress.class", old, "must match `ingressClassName` when both are specified")
		}
	})},
	{ID: "network-policy-types", Source: "Network Policies", Kinds: "NetworkPolicy", Check: ofSpec(func(r *request, s tree) {
		if len(s.list("policyTypes")) > 2 {
			r.invalid("spec.policyTypes", s["policyTypes"], "may not specify more than two policyTypes")
			return
		}
		for i, v := range s.strs("policyTypes") {
			if v != "Ingress" && v != "Egress" {
				r.fail(say("spec.policyTypes[%d]", i), unsupportedValue, v, `supported values: "Egress", "Ingress"`)
			}
		}
	})},
	{ID: "network-policy-peer", Source: "Network Policies: Behavior of to and from selectors", Kinds: "NetworkPolicy", Check: eachPeer(func(r *request, p tree, at string) {
		if len(p) == 0 {
			r.fail(at, requiredValue, nil, "must specify a peer")
		}
		if p.has("ipBlock") && (p.has("podSelector") || p.has("namespaceSelector")) {
			r.fail(at, forbiddenValue, nil, "may not specify both ipBlock and another peer")
		}
		r.selector(p.sub("podSelector"), at+".podSelector")
		r.selector(p.sub("namespaceSelector"), at+".namespaceSelector")
	})},
	{ID: "network-policy-cidr", Source: "Network Policies", Kinds: "NetworkPolicy", Check: eachPeer(func(r *request, p tree, at string) {
		block, at := p.sub("ipBlock"), at+".ipBlock"
		if block == nil {
			return
		}
		r.need(block, at, "cidr")
		cidr, ok := block["cidr"].(string)
		if !ok || cidr == "" {
			return
		}
		outer, err := netip.ParsePrefix(cidr)
		if err != nil {
			r.invalid(at+".cidr", cidr, "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)")
			return
		}
		for i, except := range block.strs("except") {
			inner, err := netip.ParsePrefix(except)
			switch at := say("%s.except[%d]", at, i); {
			case err != nil:
				r.invalid(at, except, "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)")
			case !outer.Contains(inner.Addr()) || inner.Bits() <= outer.Bits():
				r.invalid(at, except, "must be a strict subset of `cidr`")
			}
		}
	})},
	{ID: "network-policy-port", Source: "Network Policies: Targeting a range of ports", Kinds: "NetworkPolicy", Check: ofSpec(func(r *request, s tree) {
		for _, direction := range []string{"ingress", "egress"} {
			eachItem(s, direction, "spec", func(rule tree, at string) {
				eachItem(rule, "ports", at, func(p tree, at string) {
					r.oneOf(p, at, "protocol", "SCTP", "TCP", "UDP")
					r.port(p, at, "port")
					end, ok := p.num("endPort")
					port, numeric := p.num("port")
					switch {
					case !ok:
					case end < 1 || end > 65535:
						r.invalid(at+".endPort", end, "must be between 1 and 65535, inclusive")
					case p.str("port") != "":
						r.invalid(at+".endPort", end, "may not be specified when `port` is non-numeric")
					case p["port"] == nil:
						r.fail(at+".endPort", forbiddenValue, nil, "may not be specified when `port` is not specified")
					case numeric && end < port:
						r.invalid(at+".endPort", end, "must be greater than or equal to `port`")
					}
				})
			})
		}
	})},
	{ID: "network-policy-selector", Source: "Labels and Selectors", Kinds: "NetworkPolicy", Check: ofSpec(func(r *request, s tree) {
		r.selector(s.sub("podSelector"), "spec.podSelector")
	})},
}

func eachIngressPath(check func(r *request, p tree, at string)) func(*request) {
	return ofSpec(func(r *request, s tree) {
		eachItem(s, "rules", "spec", func(rule tree, at string) {
			eachItem(rule.sub("http"), "paths", at+".http", func(p tree, at string) { check(r, p, at) })
		})
	})
}

func eachPeer(check func(r *request, p tree, at string)) func(*request) {
	return ofSpec(func(r *request, s tree) {
		for direction, list := range map[string]string{"ingress": "from", "egress": "to"} {
			eachItem(s, direction, "spec", func(rule tree, at string) {
				eachItem(rule, list, at, func(p tree, at string) { check(r, p, at) })
			})
		}
	})
}
