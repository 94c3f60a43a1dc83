package redundancy

import (
	"slices"
	"sort"
	"strings"

	"github.com/plinth-iac/plinth/policies/internal/zones"
	"github.com/plinth-iac/plinth/policies/rule"
)

// Type tokens.
const (
	group            = "aws:autoscaling/group:Group"
	attachment       = "aws:autoscaling/attachment:Attachment"
	sourceAttachment = "aws:autoscaling/trafficSourceAttachment:TrafficSourceAttachment"
	loadBalancer     = "aws:lb/loadBalancer:LoadBalancer"
	classicBalancer  = "aws:elb/loadBalancer:LoadBalancer"
	listener         = "aws:lb/listener:Listener"
	listenerRule     = "aws:lb/listenerRule:ListenerRule"
	targetGroup      = "aws:lb/targetGroup:TargetGroup"
	vpc              = "aws:ec2/vpc:Vpc"
	subnet           = "aws:ec2/subnet:Subnet"
	natGateway       = "aws:ec2/natGateway:NatGateway"
	networkInterface = "aws:ec2/networkInterface:NetworkInterface"
	route            = "aws:ec2/route:Route"
	routeTable       = "aws:ec2/routeTable:RouteTable"
	tableAssociation = "aws:ec2/routeTableAssociation:RouteTableAssociation"
	endpoint         = "aws:ec2/vpcEndpoint:VpcEndpoint"
	endpointSubnet   = "aws:ec2/vpcEndpointSubnetAssociation:VpcEndpointSubnetAssociation"
	cluster          = "aws:eks/cluster:Cluster"
	nodeGroup        = "aws:eks/nodeGroup:NodeGroup"
	fargateProfile   = "aws:eks/fargateProfile:FargateProfile"
	database         = "aws:rds/instance:Instance"
	cacheGroup       = "aws:elasticache/replicationGroup:ReplicationGroup"
)

// placement is the zones that something is in.
type placement struct {
	// zones are sorted. It may be in more of them if missing says so, and in fewer if
	// least is smaller.
	zones []string
	// least is the number of different zones it is certain to be in.
	least int
	// missing is Unknown if not all of the zones are known.
	missing rule.Verdict
}

// place is where the subnets are that properties of r refer to.
//
// A list that is not known as a whole is taken to be all subnets that it is computed from:
// it is nearly always the list of a network, which is known no earlier than its subnets, so
// that nothing could be said at a first preview otherwise. A program that picks some of them
// while it runs may pass here at first, and fails once their ids are known.
func place(g *rule.Graph, r *rule.Resource, paths ...string) placement {
	t := g.Targets(r, subnet, paths...)
	p := placement{missing: t.Missing}
	perZone, nowhere := map[string]int{}, 0
	for _, s := range t.Resources {
		if zone, ok := zoneOf(s); ok {
			perZone[zone]++
		} else {
			p.missing = rule.Undecided("availabilityZone of subnet "+s.Name, rule.NotYet)
			nowhere++
		}
	}
	for zone := range perZone {
		p.zones = append(p.zones, zone)
	}
	sort.Strings(p.zones)
	p.least = len(p.zones)
	if t.Ambiguous() {
		p.least = zones.Fewest(perZone, nowhere, t.Count)
		p.missing = rule.Undecided(strings.TrimSuffix(paths[0], "[]"), rule.NotYet)
	}
	return p
}

// namedZones is the zones that values of r name.
func namedZones(r *rule.Resource, zones []rule.Value) placement {
	var p placement
	for _, zone := range zones {
		if name, ok := zone.Text(); ok && name != "" {
			p = p.join(placement{zones: []string{name}, least: 1})
		} else {
			p = p.join(placement{missing: r.Elsewhere(zone)})
		}
	}
	return p
}

// zoneOf is the zone of a subnet: what the program says, or else what AWS says.
func zoneOf(s *rule.Resource) (string, bool) {
	for _, v := range [...]rule.Value{
		s.Get("availabilityZone"), s.Out("availabilityZone"), s.Get("availabilityZoneId"), s.Out("availabilityZoneId"),
	} {
		if zone, ok := v.Text(); ok && zone != "" {
			return zone, true
		}
	}
	return "", false
}

// join adds the zones of another placement of the same thing.
func (p placement) join(q placement) placement {
	for _, zone := range q.zones {
		if !slices.Contains(p.zones, zone) {
			p.zones = append(p.zones, zone)
		}
	}
	sort.Strings(p.zones)
	p.least = max(p.least, q.least)
	if p.missing.Outcome == rule.Unknown || q.missing.Outcome == rule.Unknown {
		p.missing = rule.All(p.missing, q.missing)
	} else {
		p.least = len(p.zones)
	}
	return p
}

// spans is the verdict on being in at least n zones.
func (p placement) spans(n int, fix string) rule.Verdict {
	switch {
	case p.least >= n:
		return rule.Passed()
	case p.missing.Outcome == rule.Unknown:
		return p.missing
	}
	return rule.Failed("runs in "+zoneList(p.zones)+", and is lost with that zone", fix)
}

// twoZones is the verdict on being in two zones at least, by the subnets that a property lists.
func (p placement) twoZones(property string) rule.Verdict {
	return p.spans(2, "list subnets of at least two zones in "+property)
}

func zoneList(zones []string) string {
	switch len(zones) {
	case 0:
		return "no zone"
	case 1:
		return "one zone (" + zones[0] + ")"
	}
	return "zones " + strings.Join(zones, ", ")
}

// without is the zones that are not among others.
func without(zones, others []string) []string {
	var left []string
	for _, zone := range zones {
		if !slices.Contains(others, zone) {
			left = append(left, zone)
		}
	}
	return left
}
