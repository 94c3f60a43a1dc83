package exposure

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/plinth-iac/plinth/policies/rule"
)

// Type tokens of the edge.
const (
	loadBalancer = "aws:lb/loadBalancer:LoadBalancer"
	classicLb    = "aws:elb/loadBalancer:LoadBalancer"
	cluster      = "aws:eks/cluster:Cluster"
	distribution = "aws:cloudfront/distribution:Distribution"
)

// edgeReaders read what is open at the edge by more than one property.
var edgeReaders = map[string]func(*side, *rule.Resource){
	"aws:lb/listener:Listener": func(s *side, r *rule.Resource) {
		on := s.of(r, r.Get("loadBalancerArn"), loadBalancer)
		for _, balancer := range s.graph.Of(loadBalancer) {
			if s.self(balancer) == on && rule.NotTrue(balancer.Get("internal")) {
				s.listens(r, on, r.Get("port"), r.Get("protocol"))
			}
		}
	},
	classicLb: func(s *side, r *rule.Resource) {
		if rule.NotTrue(r.Get("internal")) {
			for _, one := range r.Select("listeners[]") {
				s.listens(r, s.self(r), one.Get("lbPort"), one.Get("lbProtocol"))
			}
		}
	},
	cluster: func(s *side, r *rule.Resource) {
		if rule.NotFalse(r.Get("vpcConfig.endpointPublicAccess")) {
			s.blocks(r, doors{"vpcConfig", "the API of " + r.Name + " on 443/tcp", true}, r.Select("vpcConfig.publicAccessCidrs[]"), "0.0.0.0/0")
		}
	},
	"kubernetes:eks.amazonaws.com/v1:IngressClassParams":  (*side).readIngressClass,
	"kubernetes:elbv2.k8s.aws/v1beta1:IngressClassParams": (*side).readIngressClass,
	"kubernetes:networking.k8s.io/v1:Ingress":             (*side).readIngress,
	distribution: (*side).readDistribution,
}

func (s *side) listens(r *rule.Resource, on string, port, protocol rule.Value) {
	number, ok := port.Number()
	if !ok {
		s.notKnown(r, Network, top(port), "the port that it listens on")
		return
	}
	name, _ := readable(protocol)
	s.add(claim{
		by: r, kind: Network, property: top(port), on: on, right: token("listens on " + strconv.Itoa(int(number))),
		frame: s.name(on) + " faces the internet and listens on %s", item: fmt.Sprintf("%d (%s)", int(number), name),
	})
}

// doors are what blocks of addresses may connect to, said at a property.
type doors struct {
	property, to string
	public       bool // from the internet, and not from the network only
}

// blocks claims that blocks of addresses may connect to something. Without a list they are
// those that AWS takes.
func (s *side) blocks(r *rule.Resource, d doors, listed []rule.Value, byDefault ...string) {
	if len(listed) > 0 {
		byDefault = nil
	}
	for _, v := range listed {
		text, known := readable(v)
		if !known {
			s.notKnown(r, Network, d.property, "which addresses may connect to "+d.to)
			return
		}
		byDefault = append(byDefault, text)
	}
	for _, block := range byDefault {
		if through, ok := (flow{protocols: allProtocols, ports: allPorts}).from(block); ok {
			s.add(claim{
				by: r, kind: Network, property: d.property, on: s.self(r) + "|doors", right: through,
				frame: "%s may connect to " + d.to, item: block, wide: d.public && isOpen(block),
			})
		}
	}
}

// readIngressClass reads what the load balancers of a class of ingresses let in. Those that
// face the internet let everybody in if no list says whom.
func (s *side) readIngressClass(r *rule.Resource) {
	var byDefault []string
	if rule.Is("internet-facing")(r.Get("spec.scheme")) {
		byDefault = []string{"0.0.0.0/0", "::/0"}
	}
	s.blocks(r, doors{"spec", "the load balancers of " + r.Name, true}, r.Select("spec.inboundCIDRs[]"), byDefault...)
}

// readIngress reads which requests a load balancer passes on.
func (s *side) readIngress(r *rule.Resource) {
	passes := func(requests string) {
		s.add(claim{
			by: r, kind: Endpoint, property: "spec", on: s.self(r), right: token(requests),
			frame: "requests for %s now reach it through the load balancer", item: requests,
		})
	}
	if !r.Get("spec.defaultBackend").IsAbsent() {
		passes("everything else")
	}
	for _, of := range r.Select("spec.rules[]") {
		host, _ := readable(of.Get("host"))
		for _, path := range of.Select("http.paths[].path") {
			if text, known := readable(path); known {
				passes(host + text)
			} else {
				s.notKnown(r, Endpoint, "spec", "which requests reach it through the load balancer")
			}
		}
	}
}

// readDistribution reads what is served, who must sign requests for it, and which countries are served.
func (s *side) readDistribution(r *rule.Resource) {
	for i, b := range append([]rule.Value{r.Get("defaultCacheBehavior")}, r.Select("orderedCacheBehaviors[]")...) {
		pattern, _ := readable(b.Get("pathPattern"))
		if i == 0 {
			pattern = "*"
		}
		signers := append(b.Select("trustedKeyGroups[]"), b.Select("trustedSigners[]")...)
		if len(signers) > 0 {
			s.add(claim{
				by: r, kind: Endpoint, property: top(b), on: s.self(r), guards: true, right: token("signed " + pattern),
				frame: "requests for %s need no signature any more", item: pattern,
			})
		}
	}
	if s.isNew(s.self(r)) {
		return // that there is one says it all
	}
	s.readOrigins(r)
	restriction := r.Get("restrictions.geoRestriction")
	served := countries{allBut: !rule.Is("whitelist")(restriction.Get("restrictionType"))}
	for _, v := range restriction.Select("locations[]") {
		code, _ := readable(v)
		served.codes = append(served.codes, code)
	}
	s.add(claim{
		by: r, kind: Network, property: "restrictions", on: s.self(r) + "|countries", right: served,
		frame: "viewers %s are served", item: served.String(),
	})
}

// readOrigins reads what a distribution serves of which origin, by the paths of requests. A
// bucket that no distribution served, or only to those who sign, becomes open to everybody.
func (s *side) readOrigins(r *rule.Resource) {
	before := map[string]bool{}
	for _, other := range s.resources {
		if other.Type != distribution || other.Old == nil {
			continue
		}
		for _, b := range s.behaviours(other.Old) {
			if !b.signed {
				before[b.place] = true
			}
		}
	}
	everybody := "everybody on the internet"
	if kind := r.Get("restrictions.geoRestriction.restrictionType"); !kind.IsAbsent() && !rule.Is("none")(kind) {
		everybody = "its viewers"
	}
	for _, b := range s.behaviours(r) {
		what, to := b.origin, everybody
		if b.signed {
			to = "viewers with signed requests"
		}
		found := s.resources[b.place]
		if found != nil {
			what = found.Name
		}
		s.add(claim{
			by: r, kind: Endpoint, property: b.property, on: s.self(r) + "|" + b.pattern, right: token(b.place),
			frame: "serves %s of " + what + " to " + to, item: b.pattern, wide: found != nil && !b.signed && !before[b.place],
		})
	}
}

// behaviour is what a distribution serves of one place by a pattern of paths.
type behaviour struct {
	property, pattern, origin, place string
	signed                           bool
}

func (s *side) behaviours(r *rule.Resource) []behaviour {
	var all []behaviour
	places := s.originsOf(r)
	for i, v := range append([]rule.Value{r.Get("defaultCacheBehavior")}, r.Select("orderedCacheBehaviors[]")...) {
		b := behaviour{property: top(v), signed: len(v.Select("trustedKeyGroups[]"))+len(v.Select("trustedSigners[]")) > 0}
		b.pattern, _ = readable(v.Get("pathPattern"))
		if i == 0 {
			b.pattern = "*"
		}
		known := false
		if b.origin, known = readable(v.Get("targetOriginId")); !known {
			continue
		}
		at := places[b.origin]
		if len(at) == 0 {
			at = []string{b.origin}
		}
		for _, b.place = range at {
			all = append(all, b)
		}
	}
	return all
}

// originsOf are the places that the origins of a distribution are, by their ids: the bucket if
// it is one of the stack, and otherwise the domain. A group is at those of its members.
func (s *side) originsOf(r *rule.Resource) map[string][]string {
	all := map[string][]string{}
	for _, origin := range r.Select("origins[]") {
		id, _ := readable(origin.Get("originId"))
		host, _ := readable(origin.Get("domainName"))
		place := cmp.Or(host, id)
		name, _, isBucket := strings.Cut(host, ".s3")
		for _, urn := range s.ids[name] {
			if isBucket && s.resources[urn].Type == bucket {
				place = urn
			}
		}
		all[id] = []string{place}
	}
	for _, group := range r.Select("originGroups[]") {
		id, _ := readable(group.Get("originId"))
		for _, member := range group.Select("members[].originId") {
			of, _ := readable(member)
			all[id] = append(all[id], all[of]...)
		}
	}
	return all
}

// countries are where the viewers are that something is served to: in those, or in all others.
type countries struct {
	allBut bool
	codes  []string
}

func (c countries) within(others *rights) bool {
	return slices.ContainsFunc(others.countries, func(other countries) bool {
		switch {
		case c.allBut && !other.allBut:
			return false
		case c.allBut:
			return subset(other.codes, c.codes)
		case other.allBut:
			return !slices.ContainsFunc(c.codes, func(code string) bool { return slices.Contains(other.codes, code) })
		}
		return subset(c.codes, other.codes)
	})
}

func (c countries) String() string {
	switch {
	case !c.allBut:
		return "in " + some(c.codes, most)
	case len(c.codes) > 0:
		return "everywhere but in " + some(c.codes, most)
	}
	return "everywhere"
}

func subset[T comparable](some, of []T) bool {
	return !slices.ContainsFunc(some, func(one T) bool { return !slices.Contains(of, one) })
}
