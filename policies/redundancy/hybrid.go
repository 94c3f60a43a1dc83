package redundancy

import (
	"slices"

	"github.com/plinth-iac/plinth/policies/rule"
)

// Type tokens of what leads out of a VPC.
const (
	transitAttachment = "aws:ec2transitgateway/vpcAttachment:VpcAttachment"
	transitGateway    = "aws:ec2transitgateway/transitGateway:TransitGateway"
	vpnGateway        = "aws:ec2/vpnGateway:VpnGateway"
	customerGateway   = "aws:ec2/customerGateway:CustomerGateway"
	vpnConnection     = "aws:ec2/vpnConnection:VpnConnection"
	directConnect     = "aws:directconnect/connection:Connection"
	firewall          = "aws:networkfirewall/firewall:Firewall"
	resolver          = "aws:route53/resolverEndpoint:ResolverEndpoint"
)

// hybridRules are the rules about the ways out of a VPC, and into it.
func hybridRules() []*rule.Rule {
	return []*rule.Rule{tgwAttachmentMultiAz(), networkFirewallMultiAz(), resolverEndpointMultiAz(), hybridLinkRedundant()}
}

func tgwAttachmentMultiAz() *rule.Rule {
	return &rule.Rule{
		ID: "tgw-attachment-multi-az", Title: "Transit gateways are attached in every zone of a VPC", Severity: rule.Medium, Category: rule.Redundancy,
		Why:   "What is in a zone without the attachment does not reach the transit gateway at all.",
		Fix:   "list one subnet of each zone in subnetIds",
		Types: []string{transitAttachment},
		CheckGraph: func(g *rule.Graph, r *rule.Resource, _ rule.Settings) rule.Verdict {
			return everyZone(g, r, place(g, r, "subnetIds[]"))
		},
	}
}

func networkFirewallMultiAz() *rule.Rule {
	return &rule.Rule{
		ID: "network-firewall-multi-az", Title: "Network firewalls span at least two zones", Severity: rule.High, Category: rule.Redundancy,
		Why:      "All traffic goes through the firewall; with one endpoint, the loss of its zone stops every other zone too.",
		Fix:      "list subnets of at least two zones in subnetMappings; of a transit gateway's firewall, the zones in availabilityZoneMappings",
		Controls: rule.Controls{SecurityHub: []string{"NetworkFirewall.1"}},
		Types:    []string{firewall},
		CheckGraph: func(g *rule.Graph, r *rule.Resource, _ rule.Settings) rule.Verdict {
			fix := "list subnets of at least two zones in subnetMappings"
			if rule.IsSet(r.Get("transitGatewayId")) { // it is in no VPC
				fix = "list at least two zones in availabilityZoneMappings"
			}
			return place(g, r, "subnetMappings[].subnetId").join(namedZones(r, r.Select("availabilityZoneMappings[].availabilityZoneId"))).spans(2, fix)
		},
	}
}

func resolverEndpointMultiAz() *rule.Rule {
	return &rule.Rule{
		ID: "resolver-endpoint-multi-az", Title: "Resolver endpoints span at least two zones", Severity: rule.Medium, Category: rule.Redundancy,
		Why:   "Names that nobody can resolve are as good as servers that are down.",
		Fix:   "list subnets of at least two zones in ipAddresses",
		Types: []string{resolver},
		CheckGraph: func(g *rule.Graph, r *rule.Resource, _ rule.Settings) rule.Verdict {
			return place(g, r, "ipAddresses[].subnetId").twoZones("ipAddresses")
		},
	}
}

func hybridLinkRedundant() *rule.Rule {
	return &rule.Rule{
		ID: "hybrid-link-redundant", Title: "Links to other networks do not hang on one device or place", Severity: rule.Medium, Category: rule.Redundancy,
		Why:      "A router, a cable or a building is lost more often than a zone, and is repaired more slowly.",
		Fix:      "a second VPN connection of the same gateway with another customer gateway, or Direct Connect at a second location",
		Controls: rule.Controls{SecurityHub: []string{"EC2.20"}},
		Types:    []string{vpnConnection, directConnect},
		// Nobody works at night for want of a development environment.
		Development: rule.At(rule.Disabled),
		CheckGraph: func(g *rule.Graph, r *rule.Resource, _ rule.Settings) rule.Verdict {
			if r.Type == directConnect {
				return secondPlace(g, r)
			}
			switch over := overCable(r); over.Outcome {
			case rule.Pass:
				return rule.Skipped() // the Direct Connect is judged itself
			case rule.Unknown:
				return over
			}
			return secondDevice(g, r)
		},
	}
}

// overCable is whether a VPN connection goes over Direct Connect.
func overCable(vpn *rule.Resource) rule.Verdict {
	return vpn.Refers(vpn.Get("transportTransitGatewayAttachmentId"), "", "")
}

// secondPlace is whether there is a link that does not end where a Direct Connect does.
func secondPlace(g *rule.Graph, r *rule.Resource) rule.Verdict {
	const fix = "add a directconnect Connection at another location, or a VpnConnection"
	here := r.Get("location")
	verdicts := []rule.Verdict{rule.Failed("is the only link", fix)}
	for _, other := range g.Of(directConnect) {
		if other == r {
			continue
		}
		there := other.Get("location")
		for _, v := range [...]rule.Value{here, there} {
			if v.IsUnknown() {
				verdicts = append(verdicts, rule.NotKnown(v))
			}
		}
		verdicts[0].Problem = "ends at location " + here.String() + ", like every other link"
		verdicts = append(verdicts, there.Want(func(v rule.Value) bool {
			a, known := here.Text()
			b, ok := v.Text()
			return known && ok && a != b
		}, "", ""))
	}
	for _, vpn := range g.Of(vpnConnection) {
		switch over := overCable(vpn); over.Outcome {
		case rule.Fail:
			return rule.Passed()
		case rule.Unknown:
			verdicts = append(verdicts, over)
		}
	}
	return rule.Any(verdicts...)
}

// secondDevice is whether there is a link that does not end at the device of a VPN
// connection.
func secondDevice(g *rule.Graph, r *rule.Resource) rule.Verdict {
	if len(g.Of(directConnect)) > 0 {
		return rule.Passed()
	}
	const fix = "add a VpnConnection of the same gateway with another customerGatewayId"
	verdicts := []rule.Verdict{rule.Failed("is the only link of its gateway", fix)}
	for _, other := range g.Of(vpnConnection) {
		if other == r {
			continue
		}
		together := same(g, r, other, []string{"transitGatewayId", "vpnGatewayId"}, transitGateway, vpnGateway)
		device := same(g, r, other, []string{"customerGatewayId"}, customerGateway)
		switch {
		case together.Outcome == rule.Fail || together.Outcome == rule.Unknown && device.Outcome == rule.Pass:
		case together.Outcome == rule.Unknown:
			verdicts = append(verdicts, together)
		case device.Outcome == rule.Fail:
			return rule.Passed()
		case device.Outcome == rule.Unknown:
			verdicts = append(verdicts, device)
		default:
			verdicts[0].Problem = "ends at the device of " + other.Name + " as well"
		}
	}
	return rule.Any(append(verdicts, elsewhere(g, r))...)
}

// elsewhere is Unknown if the gateway of a VPN connection is of another stack, in which it
// may have other links.
func elsewhere(g *rule.Graph, r *rule.Resource) rule.Verdict {
	for _, path := range [...]string{"transitGatewayId", "vpnGatewayId"} {
		if id := r.Get(path); rule.IsSet(id) && len(g.Behind(r, id, transitGateway, vpnGateway)) == 0 {
			return r.Elsewhere(id)
		}
	}
	return rule.Verdict{}
}

// same is whether properties of two resources refer to the same one of a type.
func same(g *rule.Graph, a, b *rule.Resource, paths []string, types ...string) rule.Verdict {
	ofA, namesA, unsure := referred(g, a, paths, types)
	ofB, namesB, unsureB := referred(g, b, paths, types)
	switch shared := slices.ContainsFunc(ofA, func(x string) bool { return slices.Contains(ofB, x) }); {
	case len(ofA) == 1 && len(ofB) == 1 && shared, namesA != "" && namesA == namesB:
		return rule.Passed()
	case unsure.Outcome == rule.Unknown || unsureB.Outcome == rule.Unknown:
		return rule.All(unsure, unsureB)
	case shared:
		return rule.Undecided(paths[0], rule.NotYet)
	}
	return rule.No()
}

// referred are the URNs that properties of a resource may refer to, and the id if it is
// known. The verdict is Unknown if there is nothing to tell by.
func referred(g *rule.Graph, r *rule.Resource, paths, types []string) (urns []string, id string, unsure rule.Verdict) {
	for _, path := range paths {
		v := r.Get(path)
		if !rule.IsSet(v) {
			continue
		}
		if text, known := v.Text(); known {
			id = text
		}
		for _, x := range g.Behind(r, v, types...) {
			urns = append(urns, x.URN)
		}
		if len(urns) == 0 && id == "" {
			unsure = r.Elsewhere(v)
		}
	}
	return urns, id, unsure
}
