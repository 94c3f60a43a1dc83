package aws

const docNAT = "Amazon VPC User Guide: NAT gateway basics"

var gatewayRules = []Rule{
	{ID: "igw-one-per-vpc", Code: "Resource.AlreadyAssociated", Source: "Amazon VPC User Guide: Internet gateways", Kinds: "ec2.internetGateway ec2.internetGatewayAttachment", On: Write, Check: func(r *Request) string {
		vpc := r.New.Str("vpcId")
		if g := r.gatewayOf(vpc); g != nil && g.ID != r.ID && !(r.Op == Update && r.Old.Str("internetGatewayId") == g.ID) {
			return say("resource %s is already attached to network %s", g.ID, vpc)
		}
		return ""
	}},
	{ID: "igw-quota", Code: "InternetGatewayLimitExceeded", Source: docQuotas, Kinds: "ec2.internetGateway", On: Create, Check: func(r *Request) string {
		if len(r.All("ec2.internetGateway")) >= 5 {
			return "The maximum number of internet gateways has been reached."
		}
		return ""
	}},
	{ID: "igw-mapped-addresses", Code: "DependencyViolation", Source: "Amazon VPC User Guide: Delete an internet gateway", Kinds: "ec2.internetGateway ec2.internetGatewayAttachment", On: Delete, Waits: true, Check: func(r *Request) string {
		vpc := r.Old.Str("vpcId")
		if vpc == "" {
			return ""
		}
		for _, e := range r.interfaces() {
			public := e.owner.Kind == "ec2.natGateway" && e.owner.Props.Str("connectivityType") != "private" ||
				e.owner.Kind == "lb.loadBalancer" && !e.owner.Props.Bool("internal")
			if public && r.vpcOfSubnet(e.subnet) == vpc {
				return say("Network %s has some mapped public address(es). Please unmap those public address(es) before detaching the gateway. (%s)", vpc, e.owner.ID)
			}
		}
		return ""
	}},
	{ID: "eip-quota", Code: "AddressLimitExceeded", Source: docQuotas, Kinds: "ec2.eip", On: Create, Check: func(r *Request) string {
		if len(r.All("ec2.eip")) >= 5 {
			return "The maximum number of addresses has been reached."
		}
		return ""
	}},
	{ID: "eip-domain", Code: "InvalidParameterValue", Source: "Amazon EC2 API Reference: AllocateAddress", Kinds: "ec2.eip", On: Create, Check: func(r *Request) string {
		if d := r.New.Str("domain"); d != "" && d != "vpc" {
			return say("Invalid value '%s' for domain. EC2-Classic has been retired.", d)
		}
		return ""
	}},
	{ID: "eip-in-use", Code: "InvalidIPAddress.InUse", Source: "Amazon EC2 API Reference: ReleaseAddress", Kinds: "ec2.eip", On: Delete, Waits: true, Check: func(r *Request) string {
		for _, user := range r.eipUsers(r.ID) {
			return say("Address %s is in use by %s.", r.ID, user.ID)
		}
		return ""
	}},
	{ID: "nat-subnet-gateway", Code: "Gateway.NotAttached", Source: docNAT, Kinds: "ec2.natGateway", On: Create, Check: func(r *Request) string {
		if vpc := r.vpcOfSubnet(r.New.Str("subnetId")); r.New.Str("connectivityType") != "private" && vpc != "" && r.gatewayOf(vpc) == nil {
			return say("Network %s has no Internet gateway attached", vpc)
		}
		return ""
	}},
	{ID: "nat-address", Code: "MissingParameter", Source: docNAT, Kinds: "ec2.natGateway", On: Create, Check: func(r *Request) string {
		private := r.New.Str("connectivityType") == "private"
		if !private && !r.New.Has("allocationId") {
			return "The request must include the AllocationId parameter for a public NAT gateway."
		}
		if private && r.New.Has("allocationId") {
			return "AllocationId cannot be specified for a private NAT gateway."
		}
		return ""
	}},
	{ID: "nat-address-in-use", Code: "Resource.AlreadyAssociated", Source: docNAT, Kinds: "ec2.natGateway ec2.eipAssociation", On: Create, Check: func(r *Request) string {
		for _, user := range r.eipUsers(r.New.Str("allocationId")) {
			return say("Elastic IP address [%s] is already associated with %s", r.New.Str("allocationId"), user.ID)
		}
		return ""
	}},
	{ID: "nat-quota", Code: "NatGatewayLimitExceeded", Source: docQuotas, Kinds: "ec2.natGateway", On: Create, Check: func(r *Request) string {
		s := r.Find("ec2.subnet", r.New.Str("subnetId"))
		if s == nil {
			return ""
		}
		n := 0
		for _, nat := range r.All("ec2.natGateway") {
			if other := r.Find("ec2.subnet", nat.Props.Str("subnetId")); other != nil && other.Props.Str("availabilityZone") == s.Props.Str("availabilityZone") {
				n++
			}
		}
		if n >= 5 {
			return say("The maximum number of NAT gateways has been reached in %s.", s.Props.Str("availabilityZone"))
		}
		return ""
	}},
	{ID: "nat-subnet-full", Code: "InsufficientFreeAddressesInSubnet", Source: docNAT, Kinds: "ec2.natGateway ec2.instance ec2.networkInterface", On: Create, Check: func(r *Request) string {
		if s := r.Find("ec2.subnet", r.New.Str("subnetId")); s != nil && r.addressesFree(s) < 1 {
			return say("There are not enough free addresses in subnet '%s' to satisfy the requested number of instances.", s.ID)
		}
		return ""
	}},
}

// eipUsers lists what an address is associated with.
func (r *Request) eipUsers(allocation string) []*Resource {
	if allocation == "" {
		return nil
	}
	var out []*Resource
	for _, kind := range []string{"ec2.natGateway", "ec2.eipAssociation"} {
		for _, other := range r.All(kind) {
			if other.Props.Str("allocationId") == allocation {
				out = append(out, other)
			}
		}
	}
	for _, lb := range r.All("lb.loadBalancer") {
		for _, m := range lb.Props.Objs("subnetMappings") {
			if m.Str("allocationId") == allocation {
				out = append(out, lb)
			}
		}
	}
	return out
}
