package redundancy

import (
	"strings"

	"github.com/plinth-iac/plinth/policies/rule"
)

func natPerAz() *rule.Rule {
	return &rule.Rule{
		ID: "nat-per-az", Title: "Private subnets reach the internet through a NAT in their own zone",
		Severity: rule.High, Category: rule.Redundancy,
		Why:   "When the zone of a shared NAT is lost, every other zone loses its way out with it.",
		Fix:   "one NAT gateway in each zone, and one route table per zone that uses it",
		Types: []string{routeTable},
		// A single NAT is what a development environment should have; see nonprod-redundancy-waste.
		Development: rule.At(rule.Disabled),
		CheckGraph: func(g *rule.Graph, r *rule.Resource, _ rule.Settings) rule.Verdict {
			nats, missing := defaultNats(g, r)
			if len(nats) == 0 {
				return missing
			}
			var out placement
			for _, nat := range nats {
				out = out.join(place(g, nat, "subnetId"))
			}
			associations, unsure := g.Pointing(r, tableAssociation, "routeTableId")
			missing = rule.All(missing, unsure, out.missing)
			var in placement
			for _, a := range associations {
				in = in.join(place(g, a, "subnetId"))
			}
			missing = rule.All(missing, in.missing)
			if zones := without(in.zones, out.zones); len(zones) > 0 && out.missing.Outcome != rule.Unknown && in.missing.Outcome != rule.Unknown {
				return rule.Failed("subnets in "+zoneList(zones)+" leave through "+nats[0].Name+" in "+zoneList(out.zones),
					"add a NAT gateway in "+strings.Join(zones, ", ")+" and a route table there whose default route uses it")
			}
			if missing.Outcome == rule.Unknown {
				return missing
			}
			if len(associations) == 0 {
				return rule.Skipped()
			}
			return rule.Passed()
		},
	}
}

// defaultNats is what the default routes of a table go through, if that is a NAT gateway,
// or the network interface of a NAT instance.
func defaultNats(g *rule.Graph, table *rule.Resource) ([]*rule.Resource, rule.Verdict) {
	var nats []*rule.Resource
	var missing rule.Verdict
	through := func(r *rule.Resource, targetType, path string) {
		t := g.Targets(r, targetType, path)
		nats = append(nats, t.Resources...)
		missing = rule.All(missing, t.Missing)
		if t.Ambiguous() {
			missing = rule.Undecided(path, rule.NotYet)
		}
	}
	routes, unsure := g.Pointing(table, route, "routeTableId")
	missing = rule.All(missing, unsure)
	for _, r := range routes {
		if isDefault(r.Get("destinationCidrBlock")) || isDefault(r.Get("destinationIpv6CidrBlock")) {
			through(r, natGateway, "natGatewayId")
			through(r, networkInterface, "networkInterfaceId")
		}
	}
	for _, inline := range table.Select("routes[]") {
		if inline.IsUnknown() || isDefault(inline.Get("cidrBlock")) || isDefault(inline.Get("ipv6CidrBlock")) {
			through(table, natGateway, "routes[].natGatewayId")
			through(table, networkInterface, "routes[].networkInterfaceId")
			break
		}
	}
	return nats, missing
}

func isDefault(block rule.Value) bool { return rule.Is("0.0.0.0/0", "::/0")(block) }

func vpcEndpointMultiAz() *rule.Rule {
	return &rule.Rule{
		ID: "vpc-endpoint-multi-az", Title: "Interface endpoints are in every zone of their VPC", Severity: rule.Medium, Category: rule.Redundancy,
		Why:   "A zone without its own endpoint loses the service when another zone does, and pays for traffic between zones until then.",
		Fix:   "list one subnet of each zone in subnetIds",
		Types: []string{endpoint},
		CheckGraph: func(g *rule.Graph, r *rule.Resource, _ rule.Settings) rule.Verdict {
			kind := r.Get("vpcEndpointType")
			if kind.IsUnknown() {
				return rule.NotKnown(kind)
			}
			if !rule.Is("Interface")(kind) {
				return rule.Skipped()
			}
			has := place(g, r, "subnetIds[]").join(place(g, r, "subnetConfigurations[].subnetId"))
			associations, unsure := g.Pointing(r, endpointSubnet, "vpcEndpointId")
			for _, a := range associations {
				has = has.join(place(g, a, "subnetId"))
			}
			has.missing = rule.All(has.missing, unsure)
			home, missing := g.Target(r, vpc, "vpcId")
			if home == nil {
				if missing.Outcome == rule.Unknown && has.least >= 2 && has.missing.Outcome != rule.Unknown {
					return rule.Passed() // its VPC is not in this stack; two zones are as much as can be asked
				}
				return rule.All(missing, has.missing)
			}
			zones, unsureZones := vpcZones(g, home)
			switch lacking := without(zones, has.zones); {
			case has.missing.Outcome == rule.Unknown:
				return has.missing
			case len(lacking) > 0:
				return rule.Failed("is not in "+zoneList(lacking), "add a subnet of "+strings.Join(lacking, ", ")+" to subnetIds")
			case unsureZones.Outcome == rule.Unknown:
				return unsureZones
			}
			return rule.Passed()
		},
	}
}

// vpcZones is the zones that a VPC has subnets in.
func vpcZones(g *rule.Graph, home *rule.Resource) ([]string, rule.Verdict) {
	subnets, missing := g.Pointing(home, subnet, "vpcId")
	var p placement
	for _, s := range subnets {
		if zone, ok := zoneOf(s); ok {
			p = p.join(placement{zones: []string{zone}})
		} else {
			missing = rule.Undecided("availabilityZone of subnet "+s.Name, rule.NotYet)
		}
	}
	return p.zones, missing
}

func nonprodRedundancyWaste() *rule.Rule {
	return &rule.Rule{
		ID: "nonprod-redundancy-waste", Title: "Development environments do not pay for redundancy", Severity: rule.Low, Category: rule.Cost,
		Why:        "A NAT gateway in every zone and a standby database cost as much in development as in production, and save nobody.",
		Fix:        "one NAT gateway, or a NAT instance, and no standby in development",
		Types:      []string{natGateway, database, cacheGroup},
		Production: rule.At(rule.Disabled),
		CheckGraph: func(g *rule.Graph, r *rule.Resource, _ rule.Settings) rule.Verdict {
			switch r.Type {
			case database:
				return r.Get("multiAz").Want(rule.NotTrue, "has a standby (multiAz)", "set multiAz to false")
			case cacheGroup:
				return r.Get("multiAzEnabled").Want(rule.NotTrue, "has a standby in another zone (multiAzEnabled)", "set multiAzEnabled to false")
			}
			home, missing := natVpc(g, r)
			if home == nil {
				return missing
			}
			for _, other := range g.Of(natGateway) {
				if other == r {
					return rule.Passed() // the first of its VPC
				}
				if where, _ := natVpc(g, other); where == home {
					return rule.Failed("is one more NAT gateway in "+home.Name+", besides "+other.Name,
						"use a single NAT gateway in development")
				}
			}
			return rule.Passed()
		},
	}
}

func natVpc(g *rule.Graph, nat *rule.Resource) (*rule.Resource, rule.Verdict) {
	t := g.Targets(nat, subnet, "subnetId")
	missing := t.Missing
	for _, s := range t.Resources { // all of one VPC, even if it is not known which subnet
		home, unsure := g.Target(s, vpc, "vpcId")
		if home != nil {
			return home, rule.Verdict{}
		}
		missing = rule.All(missing, unsure)
	}
	return nil, missing
}
