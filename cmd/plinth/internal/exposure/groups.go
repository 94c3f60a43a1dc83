package exposure

import (
	"maps"
	"slices"

	"github.com/plinth-iac/plinth/policies/rule"
)

// Type tokens of what filters traffic in a VPC.
const (
	securityGroup        = "aws:ec2/securityGroup:SecurityGroup"
	defaultSecurityGroup = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
	prefixList           = "aws:ec2/managedPrefixList:ManagedPrefixList"
	networkAcl           = "aws:ec2/networkAcl:NetworkAcl"
	defaultNetworkAcl    = "aws:ec2/defaultNetworkAcl:DefaultNetworkAcl"
	networkAclRule       = "aws:ec2/networkAclRule:NetworkAclRule"
)

// groupTypes are what is, or makes, what rules name: a cluster makes a security group.
var groupTypes = []string{securityGroup, defaultSecurityGroup, prefixList, cluster, vpc}

var groupReaders = map[string]func(*side, *rule.Resource){
	"aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": func(s *side, r *rule.Resource) { s.readRule(r, true) },
	"aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule":   func(s *side, r *rule.Resource) { s.readRule(r, false) },
	"aws:ec2/securityGroupRule:SecurityGroupRule": func(s *side, r *rule.Resource) {
		kind, _ := readable(r.Get("type"))
		s.readRule(r, kind == "ingress")
	},
	securityGroup:        (*side).readGroup,
	defaultSecurityGroup: (*side).readGroup,
	prefixList: func(s *side, r *rule.Resource) {
		for _, cidr := range r.Select("entries[].cidr") {
			s.member(r, s.self(r), "entries", cidr)
		}
	},
	"aws:ec2/managedPrefixListEntry:ManagedPrefixListEntry": func(s *side, r *rule.Resource) {
		s.member(r, s.of(r, r.Get("prefixListId"), prefixList), "cidr", r.Get("cidr"))
	},
}

// blockPaths and peerPaths are where rules name who may connect, in all spellings: by
// addresses, and otherwise.
var (
	blockPaths = []string{"cidrIpv4", "cidrIpv6", "cidrBlocks[]", "ipv6CidrBlocks[]"}
	peerPaths  = []string{"referencedSecurityGroupId", "sourceSecurityGroupId", "securityGroups[]", "prefixListId", "prefixListIds[]"}
)

func (s *side) readRule(r *rule.Resource, ingress bool) {
	protocol := r.Get("protocol")
	if protocol.IsAbsent() {
		protocol = r.Get("ipProtocol")
	}
	s.readTraffic(traffic{
		by: r, on: s.of(r, r.Get("securityGroupId"), groupTypes...), ingress: ingress,
		protocol: protocol, get: r.Get, choose: r.Select,
	})
}

func (s *side) readGroup(r *rule.Resource) {
	for _, direction := range [...]string{"ingress", "egress"} {
		if whole := r.Get(direction); whole.IsUnknown() {
			s.notKnown(r, Network, direction, "what its "+direction+" rules let through")
		}
		for _, one := range r.Select(direction + "[]") {
			s.readTraffic(traffic{
				by: r, on: s.self(r), ingress: direction == "ingress", property: direction,
				protocol: one.Get("protocol"), get: one.Get, choose: one.Select,
			})
		}
	}
}

// traffic is one rule of a security group.
type traffic struct {
	by       *rule.Resource
	on       string
	ingress  bool
	property string // where the rule is, if it is no resource of its own
	protocol rule.Value
	get      func(string) rule.Value
	choose   func(string) []rule.Value
}

func (s *side) readTraffic(t traffic) {
	what, words, known := service(t.protocol, t.get("fromPort"), t.get("toPort"))
	blocks, peers := selected(t.choose, blockPaths), selected(t.choose, peerPaths)
	at := t.property
	if at == "" {
		at = "securityGroupId"
		for _, v := range append(blocks, peers...) {
			at = top(v)
		}
	}
	if !known || t.on == "" {
		s.notKnown(t.by, Network, at, "what it lets through")
		return
	}
	on, frame := t.on+"|egress", s.name(t.on)+" may connect to %s on "+words
	if t.ingress {
		on, frame = t.on+"|ingress", "%s may connect to "+s.name(t.on)+" on "+words
	}
	c := claim{by: t.by, kind: Network, property: at, on: on, frame: frame}
	if rule.IsTrue(t.get("self")) {
		c.item, c.right = "itself", flow{peers: t.on, protocols: what.protocols, ports: what.ports}
		s.add(c)
	}
	for _, block := range blocks {
		text, _ := readable(block)
		through, ok := what.from(text)
		if !ok {
			s.notKnown(t.by, Network, at, "which addresses it lets through")
			continue
		}
		c.item, c.right, c.wide = text, through, isOpen(text) && (t.ingress || what.protocols == allProtocols)
		s.add(c)
	}
	for _, peer := range peers {
		what.peers = s.of(t.by, peer, groupTypes...)
		if what.peers == "" {
			s.notKnown(t.by, Network, at, "what it lets through")
			continue
		}
		c.item, c.right, c.wide = s.name(what.peers), what, false
		s.add(c)
	}
}

func selected(choose func(string) []rule.Value, paths []string) []rule.Value {
	var all []rule.Value
	for _, path := range paths {
		all = append(all, choose(path)...)
	}
	return all
}

// member claims that a block is in a list of blocks that rules let through.
func (s *side) member(r *rule.Resource, list, property string, cidr rule.Value) {
	text, _ := readable(cidr)
	through, ok := flow{protocols: allProtocols, ports: allPorts}.from(text)
	if !ok || list == "" {
		s.notKnown(r, Network, property, "what is in the list")
		return
	}
	s.add(claim{
		by: r, kind: Network, property: property, on: list + "|members", right: through,
		frame: "%s is let through wherever " + s.name(list) + " is named", item: text, wide: isOpen(text),
	})
}

// top is the top-level property that a value is in.
func top(v rule.Value) string {
	for i, c := range v.Path() {
		if c == '.' || c == '[' {
			return v.Path()[:i]
		}
	}
	return v.Path()
}

// aclEntry is one rule of a network ACL.
type aclEntry struct {
	number float64
	deny   bool
	c      claim
	right  flow
}

// readAclRules reads the network ACLs: what an earlier rule denies a later one does not allow.
func (s *side) readAclRules() {
	entries := map[string][]aclEntry{}
	for _, r := range s.graph.Of(networkAclRule) {
		s.readAclRule(entries, r, s.of(r, r.Get("networkAclId"), networkAcl, defaultNetworkAcl, vpc), r.Get("egress"), "", r.Get)
	}
	for _, r := range s.graph.Of(networkAcl, defaultNetworkAcl) {
		for _, direction := range [...]string{"ingress", "egress"} {
			for _, one := range r.Select(direction + "[]") {
				s.readAclRule(entries, r, s.self(r), rule.Of(direction == "egress"), direction, one.Get)
			}
		}
	}
	for _, on := range slices.Sorted(maps.Keys(entries)) {
		all := entries[on]
		slices.SortStableFunc(all, func(a, b aclEntry) int { return int(a.number - b.number) })
		for i, e := range all {
			rest := []flow{e.right}
			for _, earlier := range all[:i] {
				if earlier.deny {
					rest = earlier.right.cutFrom(rest)
				}
			}
			for _, part := range rest {
				if !e.deny {
					e.c.on, e.c.right = on, part
					s.add(e.c)
				}
			}
		}
	}
}

func (s *side) readAclRule(entries map[string][]aclEntry, r *rule.Resource, on string, egress rule.Value, property string, get func(string) rule.Value) {
	from, to := get("fromPort"), get("toPort")
	if kind := get("icmpType"); !kind.IsAbsent() {
		if protocol, _ := readable(get("protocol")); slices.Contains([]string{"icmp", "1", "icmpv6", "58"}, protocol) {
			from, to = kind, get("icmpCode")
		}
	}
	what, words, known := service(get("protocol"), from, to)
	number, action := get("ruleNo"), get("action")
	if property == "" {
		number, action = get("ruleNumber"), get("ruleAction")
	}
	cidr := get("cidrBlock")
	if !rule.IsSet(cidr) {
		cidr = get("ipv6CidrBlock")
	}
	block, _ := readable(cidr)
	through, ok := what.from(block)
	n, numbered := number.Number()
	if on == "" || !known || !ok || !numbered || !rule.IsSet(action) || action.IsUnknown() {
		if property == "" {
			property = top(cidr)
		}
		s.notKnown(r, Network, property, "what it lets through")
		return
	}
	e := aclEntry{number: n, deny: rule.Is("deny", "DENY")(action), right: through}
	e.c = claim{by: r, kind: Network, property: property, frame: "%s may connect to subnets of " + s.name(on) + " on " + words, item: block, wide: isOpen(block)}
	key := on + "|ingress"
	if rule.IsTrue(egress) {
		key = on + "|egress"
		e.c.frame, e.c.wide = "subnets of "+s.name(on)+" may connect to %s on "+words, isOpen(block) && what.protocols == allProtocols
	}
	if property == "" {
		e.c.property = top(cidr)
	}
	entries[key] = append(entries[key], e)
}
