package aws

import "strings"

const docRoute = "Amazon VPC User Guide: Route tables"

var routeRules = []Rule{
	{ID: "route-duplicate", Code: "RouteAlreadyExists", Source: docRoute, Kinds: "ec2.route", On: Create, Check: func(r *Request) string {
		dest := destination(r.New)
		for _, other := range r.All("ec2.route") {
			if other.Props.Str("routeTableId") == r.New.Str("routeTableId") && destination(other.Props) == dest {
				return say("The route identified by %s already exists.", dest)
			}
		}
		if t := r.Find("ec2.routeTable", r.New.Str("routeTableId")); t != nil {
			for _, inline := range t.Props.Objs("routes") {
				if inline.Str("cidrBlock")+inline.Str("ipv6CidrBlock") == dest {
					return say("The route identified by %s already exists.", dest)
				}
			}
		}
		return ""
	}},
	{ID: "route-destination-form", Code: "InvalidParameterValue", Source: docRoute, Kinds: "ec2.route", On: Write, Check: func(r *Request) string {
		for _, key := range []string{"destinationCidrBlock", "destinationIpv6CidrBlock"} {
			if !r.New.Has(key) {
				continue
			}
			p, wrong := parseCIDR(r.New.Str(key))
			if wrong != "" {
				return wrong
			}
			if p.Addr().Is4() != (key == "destinationCidrBlock") {
				return say("Value (%s) for parameter %s is invalid.", p, key)
			}
		}
		return ""
	}},
	{ID: "route-local", Code: "InvalidParameterValue", Source: docRoute, Kinds: "ec2.route", On: Create, Check: func(r *Request) string {
		vpc := r.routeVpc()
		if vpc == nil {
			return ""
		}
		for _, b := range append(r.vpcBlocks(vpc, false), r.vpcBlocks(vpc, true)...) {
			if b.String() == destination(r.New) {
				return say("The destination CIDR block %s is equal to the VPC's CIDR block, whose local route cannot be replaced by a new one.", b)
			}
		}
		return ""
	}},
	{ID: "route-target", Code: "InvalidGatewayID.NotFound", Source: docErrors, Kinds: "ec2.route", On: Write, Check: func(r *Request) string {
		g := r.New.Str("gatewayId")
		if strings.HasPrefix(g, "igw-") && r.Find("ec2.internetGateway", g) == nil {
			return say("The gateway ID '%s' does not exist", g)
		}
		n := r.New.Str("networkInterfaceId")
		if n != "" && r.Find("ec2.networkInterface", n) == nil && r.By("ec2.instance", "primaryNetworkInterfaceId", n) == nil {
			return say("The networkInterface ID '%s' does not exist", n)
		}
		return ""
	}},
	{ID: "route-gateway-vpc", Code: "InvalidParameterValue", Source: docRoute, Kinds: "ec2.route", On: Write, Check: func(r *Request) string {
		vpc := r.routeVpc()
		gateway := r.New.Str("gatewayId")
		if vpc == nil || gateway == "" || r.Find("ec2.internetGateway", gateway) == nil {
			return ""
		}
		if attached := r.gatewayOf(vpc.ID); attached == nil || attached.ID != gateway {
			return say("route table %s and network gateway %s belong to different networks", r.New.Str("routeTableId"), gateway)
		}
		return ""
	}},
	{ID: "route-nat-vpc", Code: "InvalidParameterValue", Source: docRoute, Kinds: "ec2.route", On: Write, Check: func(r *Request) string {
		vpc := r.routeVpc()
		nat := r.Find("ec2.natGateway", r.New.Str("natGatewayId"))
		if vpc == nil || nat == nil {
			return ""
		}
		if r.vpcOfSubnet(nat.Props.Str("subnetId")) != vpc.ID {
			return say("route table %s and NAT gateway %s belong to different networks", r.New.Str("routeTableId"), nat.ID)
		}
		if r.New.Has("destinationIpv6CidrBlock") && r.New.Str("destinationIpv6CidrBlock") != "64:ff9b::/96" {
			return "A NAT gateway takes IPv6 traffic only for NAT64 (64:ff9b::/96)."
		}
		return ""
	}},
	{ID: "route-egress-only-ipv6", Code: "InvalidParameterValue", Source: "Amazon VPC User Guide: Egress-only internet gateways", Kinds: "ec2.route", On: Write, Check: func(r *Request) string {
		vpc := r.routeVpc()
		g := r.Find("ec2.egressOnlyInternetGateway", r.New.Str("egressOnlyGatewayId"))
		if g == nil || vpc == nil {
			return ""
		}
		if g.Props.Str("vpcId") != vpc.ID {
			return say("route table %s and egress-only internet gateway %s belong to different networks", r.New.Str("routeTableId"), g.ID)
		}
		if !r.New.Has("destinationIpv6CidrBlock") {
			return "An egress-only internet gateway takes only IPv6 traffic."
		}
		return ""
	}},
	{ID: "route-quota", Code: "RouteLimitExceeded", Source: docQuotas, Kinds: "ec2.route", On: Create, Check: func(r *Request) string {
		n := 0
		for _, other := range r.All("ec2.route") {
			if other.Props.Str("routeTableId") == r.New.Str("routeTableId") && other.Props.Has("destinationCidrBlock") == r.New.Has("destinationCidrBlock") {
				n++
			}
		}
		if n >= 50 {
			return "The maximum number of routes in the route table has been reached."
		}
		return ""
	}},
	{ID: "association-unique", Code: "Resource.AlreadyAssociated", Source: docRoute, Kinds: "ec2.routeTableAssociation", On: Write, Check: func(r *Request) string {
		for _, other := range r.Others("ec2.routeTableAssociation") {
			if s := r.New.Str("subnetId"); s != "" && other.Props.Str("subnetId") == s {
				return say("the specified association for route table %s conflicts with an existing association (%s)", r.New.Str("routeTableId"), other.ID)
			}
		}
		return ""
	}},
	{ID: "association-vpc", Code: "InvalidParameterValue", Source: docRoute, Kinds: "ec2.routeTableAssociation", On: Write, Check: func(r *Request) string {
		t := r.Find("ec2.routeTable", r.New.Str("routeTableId"))
		if vpc := r.vpcOfSubnet(r.New.Str("subnetId")); t != nil && vpc != "" && vpc != t.Props.Str("vpcId") {
			return say("route table %s and subnet %s belong to different networks", t.ID, r.New.Str("subnetId"))
		}
		return ""
	}},
	{ID: "route-table-in-use", Code: "DependencyViolation", Source: docRoute, Kinds: "ec2.routeTable", On: Delete, Waits: true, Check: func(r *Request) string {
		for _, a := range r.All("ec2.routeTableAssociation") {
			if a.Props.Str("routeTableId") == r.ID {
				return say("The routeTable '%s' has dependencies and cannot be deleted. (%s)", r.ID, a.ID)
			}
		}
		return ""
	}},
}

func destination(route Obj) string {
	return route.Str("destinationCidrBlock") + route.Str("destinationIpv6CidrBlock") + route.Str("destinationPrefixListId")
}

func (r *Request) routeVpc() *Resource {
	if t := r.Find("ec2.routeTable", r.New.Str("routeTableId")); t != nil {
		return r.Find("ec2.vpc", t.Props.Str("vpcId"))
	}
	return nil
}
