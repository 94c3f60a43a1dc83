package exposure

import (
	"slices"
	"strings"

	"github.com/plinth-iac/plinth/policies/rule"
)

// Type tokens of what puts things where others reach them.
const (
	subnet         = "aws:ec2/subnet:Subnet"
	association    = "aws:ec2/routeTableAssociation:RouteTableAssociation"
	aclAssociation = "aws:ec2/networkAclAssociation:NetworkAclAssociation"
)

// reached are those that security groups protect, if they have an address on the internet.
var reached = []struct {
	kind, groups, path string
	set                func(rule.Value) bool
}{
	{"aws:rds/instance:Instance", "vpcSecurityGroupIds[]", "publiclyAccessible", rule.IsTrue},
	{"aws:redshift/cluster:Cluster", "vpcSecurityGroupIds[]", "publiclyAccessible", rule.NotFalse},
	{"aws:ec2/instance:Instance", "vpcSecurityGroupIds[]", "associatePublicIpAddress", rule.IsTrue},
	{loadBalancer, "securityGroups[]", "internal", rule.NotTrue},
	{classicLb, "securityGroups[]", "internal", rule.NotTrue},
}

// readAttached claims for what is attached what the thing opens that it is attached to: of
// security groups, what everybody may do; of route tables, where they lead.
func (s *side) readAttached() {
	open := map[string][]claim{}
	for _, c := range s.claims {
		if _, isFlow := c.right.(flow); c.kind == Network && !c.guards && !c.unknown && (c.wide || !isFlow) {
			open[c.on] = append(open[c.on], c)
		}
	}
	s.narrow(open)
	follow := func(r *rule.Resource, on string, to rule.Value, words string, claims []claim) {
		for _, c := range claims {
			s.add(claim{
				by: r, kind: Network, property: top(to), on: on, right: c.right, frame: c.frame + words, item: c.item, wide: c.wide,
				through: opening{c.on, c.right},
			})
		}
	}
	for _, of := range reached {
		for _, r := range s.graph.Of(of.kind) {
			for _, v := range r.Select(of.groups) {
				if of.set(r.Get(of.path)) {
					follow(r, s.self(r)+"|reached", v, ", and so to "+r.Name, open[s.of(r, v, groupTypes...)+"|ingress"])
				}
			}
		}
	}
	for _, r := range s.graph.Of(association) {
		table, of := r.Get("routeTableId"), s.of(r, r.Get("subnetId"), subnet)
		if of != "" && !s.isNew(of) {
			follow(r, of+"|routes", table, ", and so does "+s.name(of), open[s.of(r, table, routeTable, defaultTable)])
		}
	}
	s.readAclsOfSubnets(open)
}

// narrow takes back that what has an address is open to everybody, if its security groups are
// in the stack and let in only those whom they name.
func (s *side) narrow(open map[string][]claim) {
	doubtful := map[string]bool{} // the groups of which it cannot be told whom they let in
	for _, c := range s.claims {
		of, apart := s.self(c.by), c.by.Get("securityGroupId")
		if !apart.IsAbsent() {
			of = s.of(c.by, apart, groupTypes...)
		}
		f, isFlow := c.right.(flow)
		peer := s.resources[f.peers]
		switch isGroup := c.by.Type == securityGroup || !apart.IsAbsent(); {
		case !isGroup || c.kind != Network:
		case c.unknown:
			doubtful[of] = true
		case isFlow && !f.addresses.first.IsValid() && !strings.HasPrefix(f.peers, "sg-") && (peer == nil || peer.Type == prefixList):
			doubtful[of] = true // lists of addresses may hold all
		}
	}
	for i, c := range s.claims {
		if c.groups == "" || !c.wide {
			continue
		}
		var groups []string
		for _, v := range c.by.Select(c.groups) {
			groups = append(groups, s.groupsAt(c.by, v)...)
		}
		s.claims[i].wide = len(groups) == 0 || doubtful[""] || slices.ContainsFunc(groups, func(of string) bool {
			found := s.resources[of]
			return found == nil || found.Type != securityGroup || doubtful[of] || len(open[of+"|ingress"]) > 0
		})
	}
}

// groupsAt are the security groups that a value names: one, or, if it is not known, all those
// that its property is made of. It is empty text if there is none.
func (s *side) groupsAt(r *rule.Resource, v rule.Value) []string {
	if of := s.of(r, v, securityGroup); of != "" {
		return []string{of}
	}
	var all []string
	for _, urn := range r.Edges[top(v)] {
		if found := s.resources[urn]; found != nil && found.Type == securityGroup {
			all = append(all, found.URN)
		}
	}
	if len(all) == 0 {
		return []string{""}
	}
	return all
}

// readAclsOfSubnets claims that network ACLs guard their subnets, if they keep anything away.
// A subnet without one has that of its VPC, which lets everything in unless it was changed.
func (s *side) readAclsOfSubnets(open map[string][]claim) {
	whole, _ := flow{protocols: allProtocols, ports: allPorts}.from("0.0.0.0/0")
	for _, r := range s.graph.Of(networkAcl, aclAssociation) {
		acl, property, ids := s.self(r), "subnetIds", r.Select("subnetIds[]")
		if r.Type == aclAssociation {
			acl, property, ids = s.of(r, r.Get("networkAclId"), networkAcl), "subnetId", r.Select("subnetId")
		}
		in := &rights{}
		for _, c := range open[acl+"|ingress"] {
			in.add(c.right)
		}
		if whole.within(in) {
			continue
		}
		var subnets []string
		for _, v := range ids {
			if of := s.of(r, v, subnet); of != "" {
				subnets = append(subnets, of)
			} else { // one of those that the list is made of
				subnets = append(subnets, r.Edges[property]...)
			}
		}
		slices.Sort(subnets)
		for _, of := range slices.Compact(subnets) {
			if found := s.resources[of]; found != nil {
				of = found.URN
			}
			s.add(claim{
				by: r, kind: Network, property: property, on: of + "|acl", guards: true, right: token("acl"),
				frame: "no network ACL of their own filters what enters subnets any more: %s", item: s.name(of),
			})
		}
	}
}

// runners are what acts as a role, with the property that names it.
var runners = map[string]struct{ path, what string }{
	"aws:lambda/function:Function":                          {"role", "runs"},
	"aws:ecs/taskDefinition:TaskDefinition":                 {"taskRoleArn", "its tasks run"},
	"aws:eks/podIdentityAssociation:PodIdentityAssociation": {"roleArn", "its pods run"},
}

func runnerReaders() map[string]func(*side, *rule.Resource) {
	all := map[string]func(*side, *rule.Resource){}
	for kind, of := range runners {
		all[kind] = func(s *side, r *rule.Resource) { s.runsAs(r, r.Get(of.path), of.what) }
	}
	all["kubernetes:core/v1:ServiceAccount"] = func(s *side, r *rule.Resource) {
		s.runsAs(r, annotation(r, "eks.amazonaws.com/role-arn"), "its pods run")
	}
	return all
}

// runsAs claims that something acts as a role. That a new one acts as a new role is no news.
func (s *side) runsAs(r *rule.Resource, v rule.Value, what string) {
	if v.IsAbsent() {
		return
	}
	of := s.of(r, v, role)
	if of == "" {
		s.notKnown(r, Permission, top(v), "which role it has")
		return
	}
	if s.isNew(s.self(r)) && s.isNew(of) {
		return
	}
	s.add(claim{
		by: r, kind: Permission, property: top(v), on: s.self(r) + "|role", right: token(of),
		frame: what + " as the role %s", item: s.arn(s.name(of)),
	})
}

// Type tokens of endpoints of services in a VPC.
const (
	vpcEndpoint    = "aws:ec2/vpcEndpoint:VpcEndpoint"
	endpointPolicy = "aws:ec2/vpcEndpointPolicy:VpcEndpointPolicy"
)

var endpointReaders = map[string]func(*side, *rule.Resource){
	vpcEndpoint: func(s *side, r *rule.Resource) {
		document := r.Get("policy")
		apart := slices.ContainsFunc(s.graph.Of(endpointPolicy), func(p *rule.Resource) bool {
			return s.of(p, p.Get("vpcEndpointId"), vpcEndpoint) == s.self(r)
		})
		if document.IsAbsent() && apart {
			return
		}
		s.letOut(r, s.self(r), document)
	},
	endpointPolicy: func(s *side, r *rule.Resource) {
		s.letOut(r, s.of(r, r.Get("vpcEndpointId"), vpcEndpoint), r.Get("policy"))
	},
}

// letOut claims what the policy of an endpoint lets through. Without one that is everything.
func (s *side) letOut(r *rule.Resource, on string, document rule.Value) {
	statements, ok := parse(document)
	switch {
	case on != "" && s.isNew(on):
		return
	case document.IsAbsent():
		any := []pattern{{text: "*"}}
		statements = []statement{{allow: true, principals: any, actions: folded([]pattern{{text: "*"}}), resources: any}}
	case !ok:
		s.notRead(r, Permission, document, "what it lets through")
		return
	case on == "":
		s.notKnown(r, Permission, top(document), "what its policy is of")
		return
	}
	for _, said := range statements {
		c := claim{by: r, kind: Permission, property: "policy", on: on + "|policy", right: said, guards: !said.allow, frame: s.name(on) + " now lets through: %s"}
		if c.guards {
			c.frame = s.name(on) + " no longer holds back: %s"
		}
		c.each = func(c *claim, g grant) {
			c.item, c.tail = g.action.said, "on "+s.which(g.resource)+s.told(g.conditions)
			if who := s.who(g.principal); who != "everybody" {
				c.tail += " for " + who
			}
		}
		s.add(c)
	}
}
