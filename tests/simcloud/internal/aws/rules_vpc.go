package aws

import "net/netip"

const (
	docVPC    = "Amazon VPC User Guide: VPC CIDR blocks"
	docSubnet = "Amazon VPC User Guide: Subnet CIDR blocks"
	docQuotas = "Amazon VPC User Guide: Amazon VPC quotas"
)

var vpcRules = []Rule{
	{ID: "vpc-cidr-form", Code: "InvalidParameterValue", Source: docVPC, Kinds: "ec2.vpc ec2.vpcIpv4CidrBlockAssociation", On: Create, Check: func(r *Request) string {
		if !r.New.Has("cidrBlock") {
			return ""
		}
		_, wrong := parseCIDR(r.New.Str("cidrBlock"))
		return wrong
	}},
	{ID: "vpc-cidr-size", Code: "InvalidVpc.Range", Source: docVPC, Kinds: "ec2.vpc ec2.vpcIpv4CidrBlockAssociation", On: Create, Check: func(r *Request) string {
		p, err := netip.ParsePrefix(r.New.Str("cidrBlock"))
		if err == nil && (!p.Addr().Is4() || p.Bits() < 16 || p.Bits() > 28) {
			return say("The CIDR '%s' is invalid.", p)
		}
		return ""
	}},
	{ID: "vpc-cidr-given", Code: "MissingParameter", Source: docVPC, Kinds: "ec2.vpc", On: Create, Check: func(r *Request) string {
		if r.Token == "aws:ec2/vpc:Vpc" && !r.New.Has("cidrBlock") && !r.New.Has("ipv4IpamPoolId") {
			return "Either 'cidrBlock' or 'ipv4IpamPoolId' should be provided."
		}
		return ""
	}},
	{ID: "vpc-quota", Code: "VpcLimitExceeded", Source: docQuotas, Kinds: "ec2.vpc", On: Create, Check: func(r *Request) string {
		if len(r.All("ec2.vpc")) >= 5 {
			return "The maximum number of VPCs has been reached."
		}
		return ""
	}},
	{ID: "vpc-dns-hostnames", Code: "InvalidParameterValue", Source: "Amazon VPC User Guide: DNS attributes for your VPC", Kinds: "ec2.vpc", On: Write, Check: func(r *Request) string {
		if r.New.Bool("enableDnsHostnames") && r.New.Has("enableDnsSupport") && !r.New.Bool("enableDnsSupport") {
			return "Cannot enable DNS hostnames when DNS support is disabled."
		}
		return ""
	}},
	{ID: "vpc-not-empty", Code: "DependencyViolation", Source: "Amazon VPC User Guide: Delete your VPC", Kinds: "ec2.vpc", On: Delete, Waits: true, Check: func(r *Request) string {
		for _, kind := range []string{"ec2.subnet", "ec2.securityGroup", "ec2.internetGateway", "ec2.egressOnlyInternetGateway", "ec2.routeTable", "ec2.networkAcl", "ec2.vpcEndpoint", "lb.targetGroup"} {
			for _, other := range r.All(kind) {
				if !other.Implicit && other.Props.Str("vpcId") == r.ID && kind != "lb.targetGroup" {
					return say("The vpc '%s' has dependencies and cannot be deleted. (%s %s)", r.ID, kind, other.ID)
				}
			}
		}
		return ""
	}},
	{ID: "vpc-secondary-overlap", Code: "InvalidVpc.Range", Source: docVPC, Kinds: "ec2.vpcIpv4CidrBlockAssociation", On: Create, Check: func(r *Request) string {
		vpc := r.Find("ec2.vpc", r.New.Str("vpcId"))
		p, err := netip.ParsePrefix(r.New.Str("cidrBlock"))
		if vpc == nil || err != nil {
			return ""
		}
		blocks := r.vpcBlocks(vpc, false)
		for _, b := range blocks {
			if b.Overlaps(p) {
				return say("The CIDR '%s' conflicts with the block %s of %s.", p, b, vpc.ID)
			}
		}
		if len(blocks) >= 5 {
			return say("This network '%s' has met its maximum number of allowed CIDRs: 5", vpc.ID)
		}
		if restricted(blocks, p) {
			return say("The CIDR '%s' is restricted. Use a CIDR from the same private address range as the current VPC CIDR, or use a publicly-routable CIDR.", p)
		}
		return ""
	}},
	{ID: "vpc-secondary-in-use", Code: "DependencyViolation", Source: docVPC, Kinds: "ec2.vpcIpv4CidrBlockAssociation", On: Delete, Waits: true, Check: func(r *Request) string {
		p, err := netip.ParsePrefix(r.Old.Str("cidrBlock"))
		for _, s := range r.All("ec2.subnet") {
			if c, bad := netip.ParsePrefix(s.Props.Str("cidrBlock")); err == nil && bad == nil && s.Props.Str("vpcId") == r.Old.Str("vpcId") && inside(c, p) {
				return say("The vpc CIDR block with association ID %s may not be disassociated: subnet %s uses it.", r.ID, s.ID)
			}
		}
		return ""
	}},
	{ID: "subnet-cidr-form", Code: "InvalidParameterValue", Source: docSubnet, Kinds: "ec2.subnet", On: Create, Check: func(r *Request) string {
		if !r.New.Has("cidrBlock") {
			if r.New.Bool("ipv6Native") || r.Token != "aws:ec2/subnet:Subnet" {
				return ""
			}
			return "Either 'cidrBlock' or 'ipv6CidrBlock' should be provided."
		}
		_, wrong := parseCIDR(r.New.Str("cidrBlock"))
		return wrong
	}},
	{ID: "subnet-cidr-range", Code: "InvalidSubnet.Range", Source: docSubnet, Kinds: "ec2.subnet", On: Create, Check: func(r *Request) string {
		p, err := netip.ParsePrefix(r.New.Str("cidrBlock"))
		vpc := r.Find("ec2.vpc", r.New.Str("vpcId"))
		if err != nil || vpc == nil {
			return ""
		}
		if p.Bits() >= 16 && p.Bits() <= 28 {
			for _, b := range r.vpcBlocks(vpc, false) {
				if inside(p, b) {
					return ""
				}
			}
		}
		return say("The CIDR '%s' is invalid.", p)
	}},
	{ID: "subnet-cidr-conflict", Code: "InvalidSubnet.Conflict", Source: docSubnet, Kinds: "ec2.subnet", On: Create, Check: func(r *Request) string {
		return r.subnetConflict("cidrBlock")
	}},
	{ID: "subnet-ipv6-range", Code: "InvalidSubnet.Range", Source: docSubnet, Kinds: "ec2.subnet", On: Write, Check: func(r *Request) string {
		text := r.New.Str("ipv6CidrBlock")
		vpc := r.Find("ec2.vpc", r.New.Str("vpcId"))
		if text == "" || vpc == nil {
			return ""
		}
		p, wrong := parseCIDR(text)
		if wrong != "" {
			return wrong
		}
		if p.Bits() >= 44 && p.Bits() <= 64 && p.Bits()%4 == 0 {
			for _, b := range r.vpcBlocks(vpc, true) {
				if inside(p, b) {
					return ""
				}
			}
		}
		return say("The IPv6 CIDR '%s' is invalid.", p)
	}},
	{ID: "subnet-ipv6-conflict", Code: "InvalidSubnet.Conflict", Source: docSubnet, Kinds: "ec2.subnet", On: Write, Check: func(r *Request) string {
		return r.subnetConflict("ipv6CidrBlock")
	}},
	{ID: "subnet-ipv6-assign", Code: "InvalidParameterCombination", Source: docSubnet, Kinds: "ec2.subnet", On: Write, Check: func(r *Request) string {
		if r.New.Bool("assignIpv6AddressOnCreation") && !r.New.Has("ipv6CidrBlock") {
			return "assignIpv6AddressOnCreation needs an IPv6 CIDR block on the subnet."
		}
		return ""
	}},
	{ID: "subnet-zone", Code: "InvalidParameterValue", Source: "Amazon EC2 User Guide: Regions and Zones", Kinds: "ec2.subnet", On: Create, Check: func(r *Request) string {
		zone, id := r.New.Str("availabilityZone"), r.New.Str("availabilityZoneId")
		if zone != "" && !r.hasZone(zone) {
			return say("Value (%s) for parameter availabilityZone is invalid. Subnets can currently only be created in the following availability zones: %s.", zone, r.zoneList())
		}
		if id != "" && zoneByID(r.Region, id) == "" {
			return say("Value (%s) for parameter availabilityZoneId is invalid.", id)
		}
		return ""
	}},
	{ID: "subnet-quota", Code: "SubnetLimitExceeded", Source: docQuotas, Kinds: "ec2.subnet", On: Create, Check: func(r *Request) string {
		n := 0
		for _, s := range r.All("ec2.subnet") {
			if s.Props.Str("vpcId") == r.New.Str("vpcId") {
				n++
			}
		}
		if n >= 200 {
			return "The maximum number of subnets has been reached."
		}
		return ""
	}},
	{ID: "subnet-in-use", Code: "DependencyViolation", Source: "Amazon VPC User Guide: Delete a subnet", Kinds: "ec2.subnet", On: Delete, Waits: true, Check: func(r *Request) string {
		for _, e := range r.interfaces() {
			if e.subnet == r.ID {
				return say("The subnet '%s' has dependencies and cannot be deleted. (%s %s)", r.ID, e.owner.Kind, e.owner.ID)
			}
		}
		return ""
	}},
	{ID: "vpc-ipv6-source", Code: "InvalidParameterValue", Source: docVPC, Kinds: "ec2.vpcIpv6CidrBlockAssociation", On: Create, Check: func(r *Request) string {
		if !r.New.Bool("assignGeneratedIpv6CidrBlock") && !r.New.Has("ipv6IpamPoolId") && !r.New.Has("ipv6Pool") && !r.New.Has("ipv6CidrBlock") {
			return "An IPv6 block needs assignGeneratedIpv6CidrBlock, a pool or a CIDR."
		}
		return ""
	}},
}

// restricted says whether AWS refuses a secondary block because it is of another private range than the VPC's first.
func restricted(blocks []netip.Prefix, p netip.Prefix) bool {
	if len(blocks) == 0 {
		return false
	}
	ranges := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("172.16.0.0/12"), netip.MustParsePrefix("192.168.0.0/16")}
	for _, a := range ranges {
		for _, b := range ranges {
			if a != b && inside(blocks[0], a) && inside(p, b) {
				return true
			}
		}
	}
	return false
}

func (r *Request) subnetConflict(property string) string {
	p, err := netip.ParsePrefix(r.New.Str(property))
	if err != nil {
		return ""
	}
	for _, s := range r.Others("ec2.subnet") {
		if q, err := netip.ParsePrefix(s.Props.Str(property)); err == nil && s.Props.Str("vpcId") == r.New.Str("vpcId") && q.Overlaps(p) {
			return say("The CIDR '%s' conflicts with another subnet (%s, %s)", p, s.ID, q)
		}
	}
	return ""
}

func (r *Request) zoneList() string {
	list := ""
	for i, letter := range regions()[r.Region].Zones {
		if i > 0 {
			list += ", "
		}
		list += r.Region + string(letter)
	}
	return list
}
