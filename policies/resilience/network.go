package resilience

import "github.com/plinth-iac/plinth/policies/rule"

// More type tokens, of the ways out of a network.
const (
	vpc             = "aws:ec2/vpc:Vpc"
	endpoint        = "aws:ec2/vpcEndpoint:VpcEndpoint"
	defaultTable    = "aws:ec2/defaultRouteTable:DefaultRouteTable"
	mainAssociation = "aws:ec2/mainRouteTableAssociation:MainRouteTableAssociation"
)

// waysOut notes what a subnet has of its VPC: the interfaces that lead to AWS's services and,
// if it has no route table of its own, the main one.
func (m *model) waysOut(s *rule.Resource) {
	network, _ := m.g.Target(s, vpc, "vpcId")
	if network == nil {
		return
	}
	has := func(meaning meaning, of []*rule.Resource, property string) {
		for _, on := range of {
			m.support(s, support{meaning: meaning, of: []*rule.Resource{on}, count: 1, property: "vpcId",
				ways: [][]Step{{{Resource: network, Property: property, Back: true}, {Resource: s, Property: "vpcId"}}}})
		}
	}
	endpoints, _ := m.g.Pointing(network, endpoint, "vpcId")
	has(wants, endpoints, "vpcId")
	if own, maybe := m.g.Pointing(s, tableAssociation, "subnetId"); len(own) > 0 || maybe.Outcome == rule.Unknown {
		return
	}
	if main, _ := m.g.Pointing(network, mainAssociation, "vpcId"); len(main) > 0 {
		has(needs, main, "vpcId")
		return
	}
	tables, _ := m.g.Pointing(network, defaultTable, "defaultRouteTableId")
	has(needs, tables, "defaultRouteTableId")
	routes, _ := m.g.Pointing(network, route, "routeTableId")
	has(wants, routes, "routeTableId")
}

// wayOut is whether a resource of the type is a part of the way out of a subnet.
func wayOut(token string) bool {
	return token == subnet || token == routeTable || token == defaultTable
}

// waits are what has to be back before new machines can be started: the way out of the
// subnets that they would be in.
func (d *drill) waits() map[*rule.Resource]*rule.Resource {
	waits := map[*rule.Resource]*rule.Resource{}
	for _, r := range d.affected {
		if c := d.at[r]; c.mild || c.state < Unknown {
			continue
		}
		if on, _ := d.blocked(r); on != nil {
			waits[r] = on
		}
	}
	return waits
}

// blocked is what is lost on the way out of all subnets that are left to a resource, or to
// the machines that it runs on. Some is whether any are left.
func (d *drill) blocked(r *rule.Resource) (by *rule.Resource, some bool) {
	for _, s := range d.supports[r] {
		for _, on := range s.of {
			var now *rule.Resource
			left := false
			switch c := d.at[on]; {
			case s.meaning == runs && len(types[on.Type].place) > 0:
				now, left = d.blocked(on)
			case s.meaning == dials && (c.state < Unknown || c.mild): // nothing is started in the others
				if left = true; c.mild {
					now = d.origin(c)
				}
			}
			if left && now == nil {
				return nil, true
			}
			if left {
				by, some = now, true
			}
		}
	}
	return by, some
}
