package redundancy

import (
	"testing"

	"github.com/plinth-iac/plinth/policies/internal/ruletest"
	"github.com/plinth-iac/plinth/policies/rule"
)

// attachedIn is a transit gateway's attachment to a VPC with zones a and b.
func attachedIn(subnets ...string) []r {
	ids := list{}
	for range subnets {
		ids = append(ids, later)
	}
	return []r{
		{Type: transitAttachment, Name: "at", In: in{"subnetIds": ids, "vpcId": later}, Edges: to{"subnetIds": subnets, "vpcId": {"main"}}},
		mainVpc, subnetA, subnetA2, subnetB,
	}
}

// inSubnets is something with subnets in the objects of a list.
func inSubnets(token, property string, subnets ...string) []r {
	entries := list{}
	for range subnets {
		entries = append(entries, in{"subnetId": later})
	}
	return []r{{Type: token, Name: "it", In: in{property: entries}, Edges: to{property: subnets}}, subnetA, subnetA2, subnetB, nowhere}
}

// atHub is a firewall that is attached to a transit gateway.
func atHub(zones ...any) []r {
	mappings := list{}
	for _, zone := range zones {
		mappings = append(mappings, in{"availabilityZoneId": zone})
	}
	return []r{{Type: firewall, Name: "it", In: in{"transitGatewayId": later, "availabilityZoneMappings": mappings}, Edges: to{"transitGatewayId": {"hub"}}}, hub}
}

// vpn is a VPN connection between gateways.
func vpn(name string, aws, device any, edges to) r {
	return r{Type: vpnConnection, Name: name, In: in{"transitGatewayId": aws, "customerGatewayId": device, "type": "ipsec.1"}, Edges: edges}
}

// ends are the gateways of a VPN connection.
func ends(aws, device string) to {
	return to{"transitGatewayId": {aws}, "customerGatewayId": {device}}
}

var (
	hub     = r{Type: transitGateway, Name: "hub", In: in{}}
	otherAt = r{Type: transitGateway, Name: "spare", In: in{}}
	office  = r{Type: customerGateway, Name: "office", In: in{}}
	branch  = r{Type: customerGateway, Name: "branch", In: in{}}
)

// cable is a Direct Connect at a location.
func cable(name string, where any) r {
	return r{Type: directConnect, Name: name, In: in{"location": where}}
}

func link(name string, want rule.Outcome, says string, stack ...r) ruletest.Case {
	return ruletest.Case{Rule: "hybrid-link-redundant", Name: name, Subject: "one", Want: want, Says: says, Stack: append(stack, hub, otherAt, office, branch)}
}

func TestHybridRules(t *testing.T) {
	one := vpn("one", later, later, ends("hub", "office"))
	over := r{Type: vpnConnection, Name: "over", In: in{"transportTransitGatewayAttachmentId": later}, Edges: to{"transportTransitGatewayAttachmentId": {"at"}}}
	ruletest.Run(t, hybridRules(), []ruletest.Case{
		{Rule: "tgw-attachment-multi-az", Name: "every zone", Want: rule.Pass, Stack: attachedIn("a", "b")},
		{Rule: "tgw-attachment-multi-az", Name: "one zone of two", Want: rule.Fail, Says: "add a subnet of eu-west-1b to subnetIds", Stack: attachedIn("a")},
		{Rule: "tgw-attachment-multi-az", Name: "elsewhere", Want: rule.Unknown, Says: "subnetIds: external", Stack: []r{
			{Type: transitAttachment, Name: "at", In: in{"subnetIds": later, "vpcId": later}, Edges: to{"vpcId": {"main"}}}, mainVpc, subnetA, subnetB}},
		{Rule: "tgw-attachment-multi-az", Name: "two zones of a VPC of elsewhere", Want: rule.Pass, Stack: []r{
			{Type: transitAttachment, Name: "at", In: in{"subnetIds": list{later, later}, "vpcId": "vpc-1"}, Edges: to{"subnetIds": {"a", "b"}}}, subnetA, subnetB}},
		{Rule: "tgw-attachment-multi-az", Name: "one zone of a VPC of elsewhere", Want: rule.Unknown, Says: "vpcId: external", Stack: []r{
			{Type: transitAttachment, Name: "at", In: in{"subnetIds": list{later}, "vpcId": "vpc-1"}, Edges: to{"subnetIds": {"a"}}}, subnetA}},

		{Rule: "network-firewall-multi-az", Name: "two zones", Want: rule.Pass, Stack: inSubnets(firewall, "subnetMappings", "a", "b")},
		{Rule: "network-firewall-multi-az", Name: "one zone", Want: rule.Fail, Says: "list subnets of at least two zones in subnetMappings",
			Stack: inSubnets(firewall, "subnetMappings", "a", "a2")},
		{Rule: "network-firewall-multi-az", Name: "two zones of a transit gateway", Want: rule.Pass, Stack: atHub("euw1-az1", "euw1-az2")},
		{Rule: "network-firewall-multi-az", Name: "one zone of a transit gateway", Want: rule.Fail, Says: "list at least two zones in availabilityZoneMappings", Stack: atHub("euw1-az1")},
		{Rule: "network-firewall-multi-az", Name: "who knows which zones", Want: rule.Unknown, Says: "availabilityZoneMappings[1].availabilityZoneId", Stack: atHub("euw1-az1", later)},
		{Rule: "network-firewall-multi-az", Name: "a zone chosen after creation", Want: rule.Unknown, Says: "nowhere", Stack: inSubnets(firewall, "subnetMappings", "a", "nowhere")},
		{Rule: "network-firewall-multi-az", Name: "subnets of elsewhere", Want: rule.Unknown, Says: "subnetMappings: external",
			Stack: []r{{Type: firewall, Name: "it", In: in{"subnetMappings": list{in{"subnetId": "subnet-1"}}}}}},

		{Rule: "resolver-endpoint-multi-az", Name: "two zones", Want: rule.Pass, Stack: inSubnets(resolver, "ipAddresses", "a", "b")},
		{Rule: "resolver-endpoint-multi-az", Name: "one zone", Want: rule.Fail, Says: "runs in one zone (eu-west-1a)", Stack: inSubnets(resolver, "ipAddresses", "a", "a2")},
		{Rule: "resolver-endpoint-multi-az", Name: "a zone chosen after creation", Want: rule.Unknown, Says: "nowhere", Stack: inSubnets(resolver, "ipAddresses", "a", "nowhere")},

		link("two devices", rule.Pass, "", one, vpn("two", later, later, ends("hub", "branch"))),
		link("one device", rule.Fail, "ends at the device of two as well", one, vpn("two", later, later, ends("hub", "office"))),
		link("the only one", rule.Fail, "is the only link of its gateway. Fix: add a VpnConnection", one),
		link("another gateway's", rule.Fail, "is the only link of its gateway", one, vpn("two", later, later, ends("spare", "branch"))),
		link("of a gateway of elsewhere", rule.Unknown, "transitGatewayId: external", vpn("one", "tgw-1", later, to{"customerGatewayId": {"office"}})),
		link("two of a gateway of elsewhere", rule.Pass, "", vpn("one", "tgw-1", "cgw-1", nil), vpn("two", "tgw-1", "cgw-2", nil)),
		link("who knows which device", rule.Unknown, "customerGatewayId: external", one, vpn("two", later, later, to{"transitGatewayId": {"hub"}})),
		link("one of two devices", rule.Unknown, "customerGatewayId", one,
			vpn("two", later, later, to{"transitGatewayId": {"hub"}, "customerGatewayId": {"office", "branch"}})),
		link("who knows whose", rule.Unknown, "transitGatewayId: external", one, vpn("two", later, later, to{"customerGatewayId": {"branch"}})),
		link("beside a cable", rule.Pass, "", one, cable("two", "EqDC2")),
		link("over a cable", rule.NotApplicable, "", r{Type: vpnConnection, Name: "one", In: over.In, Edges: over.Edges}),
		link("over who knows what", rule.Unknown, "transportTransitGatewayAttachmentId: external", r{Type: vpnConnection, Name: "one", In: over.In}),

		link("cables at two places", rule.Pass, "", cable("one", "EqDC2"), cable("two", "TCSH")),
		link("cables at one place", rule.Fail, `ends at location "EqDC2", like every other link`, cable("one", "EqDC2"), cable("two", "EqDC2")),
		link("one cable", rule.Fail, "is the only link. Fix: add a directconnect Connection at another location", cable("one", "EqDC2")),
		link("a cable and a VPN", rule.Pass, "", cable("one", "EqDC2"), vpn("two", later, later, ends("hub", "office"))),
		link("a cable and a VPN over it", rule.Fail, "is the only link", cable("one", "EqDC2"), over),
		link("a cable and a VPN over who knows what", rule.Unknown, "transportTransitGatewayAttachmentId", cable("one", "EqDC2"), r{Type: vpnConnection, Name: "over", In: over.In}),
		link("cables at who knows which places", rule.Unknown, "location", cable("one", "EqDC2"), cable("two", later)),
	})
}
