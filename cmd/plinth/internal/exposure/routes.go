package exposure

import (
	"strings"

	"github.com/plinth-iac/plinth/policies/rule"
)

// Type tokens of routes.
const (
	vpc             = "aws:ec2/vpc:Vpc"
	routeTable      = "aws:ec2/routeTable:RouteTable"
	defaultTable    = "aws:ec2/defaultRouteTable:DefaultRouteTable"
	internetGateway = "aws:ec2/internetGateway:InternetGateway"
	transitTable    = "aws:ec2transitgateway/routeTable:RouteTable"
)

var routeReaders = map[string]func(*side, *rule.Resource){
	"aws:ec2/route:Route": func(s *side, r *rule.Resource) {
		s.readRoute(r, s.of(r, r.Get("routeTableId"), routeTable, defaultTable, vpc), r.Get)
	},
	routeTable:   (*side).readTable,
	defaultTable: (*side).readTable,
	"aws:ec2transitgateway/route:Route": func(s *side, r *rule.Resource) {
		if !rule.IsTrue(r.Get("blackhole")) {
			s.readRoute(r, s.of(r, r.Get("transitGatewayRouteTableId"), transitTable), r.Get)
		}
	},
	"aws:ec2/vpcPeeringConnection:VpcPeeringConnection": func(s *side, r *rule.Resource) {
		c := claim{by: r, kind: Network, property: "peerVpcId", on: s.self(r), right: token("peering"), frame: "is a way to %s", item: "another VPC"}
		if id := s.of(r, r.Get("peerVpcId"), vpc); id != "" {
			c.item = s.name(id)
		}
		if owner, _ := readable(r.Get("peerOwnerId")); owner != "" && !s.accounts[owner] {
			c.item += " in account " + owner
		}
		s.add(c)
	},
}

func (s *side) readTable(r *rule.Resource) {
	for _, one := range r.Select("routes[]") {
		s.readRoute(r, s.self(r), one.Get)
	}
}

// ways are the targets of routes that lead out of a VPC in both directions.
var ways = []struct{ path, what string }{
	{"gatewayId", "a gateway"},
	{"vpcPeeringConnectionId", "a peering connection"},
	{"transitGatewayId", "a transit gateway"},
	{"transitGatewayAttachmentId", "a transit gateway attachment"},
	{"coreNetworkArn", "a core network"},
}

// destinations are the spellings of where a route leads.
var destinations = []string{
	"destinationCidrBlock", "cidrBlock", "destinationIpv6CidrBlock", "ipv6CidrBlock", "destinationPrefixListId",
}

func (s *side) readRoute(r *rule.Resource, table string, get func(string) rule.Value) {
	for _, way := range ways {
		to := get(way.path)
		if !rule.IsSet(to) {
			continue
		}
		by := s.of(r, to)
		if by == "local" || strings.HasPrefix(by, "vpce-") {
			continue
		}
		var destination rule.Value
		for _, path := range destinations {
			if v := get(path); rule.IsSet(v) {
				destination = v
				break
			}
		}
		where, _ := readable(destination)
		if where == "" || table == "" {
			s.notKnown(r, Network, top(to), "where its routes lead")
			continue
		}
		c := claim{by: r, kind: Network, property: top(to), on: table, right: token(where + " by " + by), item: where}
		c.frame = s.name(table) + " leads to %s by " + s.name(by)
		if by == "" {
			c.frame = s.name(table) + " leads to %s by " + way.what
		}
		if found := s.resources[by]; strings.HasPrefix(by, "igw-") || found != nil && found.Type == internetGateway {
			c.frame = s.name(table) + " leads to %s by an internet gateway, " + s.name(by) + ", and back"
		}
		s.add(c)
	}
}
