package exposure

import (
	"slices"
	"strings"

	"github.com/plinth-iac/plinth/policies/rule"
)

// isolation is what the network policies let through to, or from, pods with some labels.
type isolation struct{ namespace, pods, direction string }

func (i isolation) key() string { return strings.Join([]string{i.namespace, i.pods, i.direction}, "|") }

// readNetworkPolicies claims what network policies let through. Pods that none is about are
// open to everybody.
func (s *side) readNetworkPolicies() {
	for _, r := range s.graph.Of(networkPolicy) {
		of := isolation{namespace: s.of(r, r.Get("metadata.namespace"), namespace), pods: canonical(r.Get("spec.podSelector"))}
		if hidden(r.Get("spec")) || of.namespace == "" {
			s.notKnown(r, Network, "spec", "what it lets through")
			continue
		}
		for _, d := range [...]struct{ direction, rules, peers string }{{"Ingress", "ingress", "from"}, {"Egress", "egress", "to"}} {
			if !isolates(r, d.direction) {
				continue
			}
			of.direction = d.direction
			s.add(claim{
				by: r, kind: Network, property: "spec", on: of.namespace + "|" + d.direction, guards: true, right: isolated(of.pods), wide: true,
				frame: "no network policy keeps anybody from pods of " + s.called(r) + " any more (" + strings.ToLower(d.direction) + ")",
			})
			for _, one := range r.Select("spec." + d.rules + "[]") {
				s.letThrough(r, of, one, d.peers)
			}
		}
	}
}

// podsGone says that a claim is about pods of which none is left after a change.
func podsGone(c claim, before, after *side) bool {
	_, ok := c.right.(isolated)
	return ok && before.runs(c.by) && !after.runs(c.by)
}

// runs says that something makes pods that a network policy is about.
func (s *side) runs(policy *rule.Resource) bool {
	of, labels := s.of(policy, policy.Get("metadata.namespace"), namespace), policy.Get("spec.podSelector.matchLabels")
	return slices.ContainsFunc(s.graph.All(), func(r *rule.Resource) bool {
		pods := r.Get("spec.template.metadata.labels")
		return rule.IsObject(pods) && s.of(r, r.Get("metadata.namespace"), namespace) == of && !slices.ContainsFunc(labels.Keys(), func(key string) bool {
			want, _ := readable(labels.Field(key))
			return !rule.Is(want)(pods.Field(key))
		})
	})
}

// isolates says that a policy is about a direction: outwards only if it says so.
func isolates(r *rule.Resource, direction string) bool {
	kinds := texts(r.Select("spec.policyTypes[]"))
	if len(kinds) == 0 {
		return direction == "Ingress" || len(r.Select("spec.egress[]")) > 0
	}
	return slices.Contains(kinds, direction)
}

// isolated are pods that are kept apart, as a right that is kept from others: those with some
// labels, or all of a namespace.
type isolated string

func (i isolated) within(others *rights) bool {
	return others.same[i] || others.same[isolated("{}")]
}

// letThrough claims what one rule of a network policy lets through.
func (s *side) letThrough(r *rule.Resource, of isolation, one rule.Value, path string) {
	c := claim{
		by: r, kind: Network, property: "spec", on: of.key(), subject: "pods of " + s.called(r), frame: "may connect to %s",
		lifts: &opening{of.namespace + "|" + of.direction, isolated(of.pods)}, // the first policy opens nothing
	}
	if path == "from" {
		c.frame = "let in %s"
	}
	ports := one.Select("ports[]")
	if len(ports) == 0 {
		ports = []rule.Value{rule.Of(map[string]any{"protocol": "all"})}
	}
	for _, port := range ports {
		protocol := port.Get("protocol")
		if protocol.IsAbsent() {
			protocol = rule.Of("TCP")
		}
		last := port.Get("endPort")
		if last.IsAbsent() {
			last = port.Get("port")
		}
		what, words, known := service(protocol, port.Get("port"), last)
		if name, named := readable(port.Get("port")); named { // a port of the pods by its name
			words, what.ports, what.named = name+"/"+words[strings.LastIndexAny(words, " /")+1:], span[int]{}, name
		}
		if !known {
			s.notKnown(r, Network, "spec", "what it lets through")
			continue
		}
		c.tail = "on " + words
		peers := one.Select(path + "[]")
		if len(peers) == 0 {
			what.peers, c.item, c.wide = anyone, anywhere, path == "from"
			if c.wide {
				c.item = "everybody"
			}
			c.right = what
			s.add(c)
		}
		for _, peer := range peers {
			s.letPeer(r, c, what, peer, path == "from")
		}
	}
}

func (s *side) letPeer(r *rule.Resource, c claim, what flow, peer rule.Value, inwards bool) {
	block, isBlock := readable(peer.Get("ipBlock.cidr"))
	if !isBlock {
		what.peers = canonical(peer)
		c.item, c.right, c.wide = selector(peer), what, false
		s.add(c)
		return
	}
	through, ok := what.from(block)
	if !ok {
		s.notKnown(r, Network, "spec", "which addresses it lets through")
		return
	}
	rest := []flow{through}
	for _, except := range texts(peer.Select("ipBlock.except[]")) {
		if but, ok := what.from(except); ok {
			rest = but.cutFrom(rest)
		}
	}
	for _, part := range rest {
		c.item, c.right, c.wide = block, part, inwards && isOpen(block)
		s.add(c)
	}
}

// selector is a peer in words.
func selector(peer rule.Value) string {
	var parts []string
	for _, of := range [...]struct{ path, what string }{{"podSelector", "pods"}, {"namespaceSelector", "namespaces"}} {
		v := peer.Get(of.path)
		if v.IsAbsent() {
			continue
		}
		var labels []string
		for _, key := range v.Get("matchLabels").Keys() {
			value, _ := readable(v.Get("matchLabels").Field(key))
			labels = append(labels, key+"="+value)
		}
		switch {
		case len(v.Get("matchExpressions").Items()) > 0:
			parts = append(parts, "some "+of.what)
		case len(labels) == 0:
			parts = append(parts, "all "+of.what)
		default:
			parts = append(parts, of.what+" with "+strings.Join(labels, ", "))
		}
	}
	return strings.Join(parts, " in ")
}
