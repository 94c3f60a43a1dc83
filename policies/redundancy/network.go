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
			associations, unsure := g.Pointing(r, tableAssociation, "routeTableId")
			var in, out placement
			for _, a := range associations {
				in = in.join(place(g, a, "subnetId"))
			}
			for _, nat := range nats {
				out = out.join(natPlacement(g, nat, in.zones))
			}
			missing = rule.All(missing, unsure, out.missing, in.missing)
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
		switch v := isDefault(r.Get("destinationCidrBlock"), r.Get("destinationIpv6CidrBlock")); v.Outcome {
		case rule.Pass:
			through(r, natGateway, "natGatewayId")
			through(r, networkInterface, "networkInterfaceId")
		case rule.Unknown:
			missing = v
		}
	}
	for _, inline := range table.Select("routes[]") {
		v := isDefault(inline.Get("cidrBlock"), inline.Get("ipv6CidrBlock"))
		if v.Outcome == rule.Pass {
			through(table, natGateway, "routes[].natGatewayId")
			through(table, networkInterface, "routes[].networkInterfaceId")
			break
		}
		if v.Outcome == rule.Unknown {
			missing = v
		}
	}
	return nats, missing
}

// natPlacement is where a NAT gateway is, or the network interface of a NAT instance, for
// subnets in some zones of its VPC. A regional gateway goes to each of them by itself, if it
// is not told in which ones it has addresses.
func natPlacement(g *rule.Graph, nat *rule.Resource, zones []string) placement {
	mode, addresses := nat.Get("availabilityMode"), nat.Get("availabilityZoneAddresses")
	switch {
	case mode.IsUnknown():
		return placement{missing: nat.Elsewhere(mode)}
	case !rule.Is("regional")(mode): // the default is zonal
		return place(g, nat, "subnetId")
	case addresses.IsUnknown():
		return placement{missing: nat.Elsewhere(addresses)}
	}
	var told []rule.Value
	for _, address := range nat.Select("availabilityZoneAddresses[]") {
		told = append(told, address.Get("availabilityZone"))
	}
	if len(told) == 0 {
		return placement{zones: zones, least: len(zones)}
	}
	return namedZones(nat, told)
}

// isDefault is whether one of a route's destinations is everywhere.
func isDefault(blocks ...rule.Value) rule.Verdict {
	var verdicts []rule.Verdict
	for _, block := range blocks {
		verdicts = append(verdicts, block.Want(rule.Is("0.0.0.0/0", "::/0"), "", ""))
	}
	return rule.Any(verdicts...)
}

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
			return everyZone(g, r, has)
		},
	}
}

// everyZone is the verdict on being in every zone of a VPC.
func everyZone(g *rule.Graph, r *rule.Resource, has placement) rule.Verdict {
	home, missing := g.Target(r, vpc, "vpcId")
	if home == nil {
		if missing.Outcome == rule.Unknown && has.least >= 2 && has.missing.Outcome != rule.Unknown {
			return rule.Passed() // its VPC is not in this stack; two zones are as much as can be asked
		}
		return rule.All(missing, has.missing)
	}
	zones, unsure := vpcZones(g, home)
	switch lacking := without(zones, has.zones); {
	case has.missing.Outcome == rule.Unknown:
		return has.missing
	case len(lacking) > 0:
		return rule.Failed("is not in "+zoneList(lacking), "add a subnet of "+strings.Join(lacking, ", ")+" to subnetIds")
	case unsure.Outcome == rule.Unknown:
		return unsure
	}
	return rule.Passed()
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
