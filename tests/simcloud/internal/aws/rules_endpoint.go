package aws

import (
	"slices"
	"strings"
)

const (
	docEndpoint = "AWS PrivateLink Guide: Access AWS services through AWS PrivateLink"
	docGateway  = "AWS PrivateLink Guide: Gateway endpoints"
)

var endpointRules = []Rule{
	{ID: "endpoint-service", Code: "InvalidServiceName", Source: docEndpoint, Kinds: "ec2.vpcEndpoint", On: Create, Check: func(r *Request) string {
		name := r.New.Str("serviceName")
		if name == "" {
			return ""
		}
		region := r.Region
		if other := r.New.Str("serviceRegion"); other != "" {
			region = other
		}
		prefix := "com.amazonaws."
		if r.Partition() == "aws-cn" {
			prefix = "cn.com.amazonaws."
		}
		for _, p := range []string{prefix + region + ".", "com.amazonaws." + region + ".", "com.amazonaws.vpce." + region + ".", "aws.sagemaker." + region + ".", "aws.api." + region + "."} {
			if rest, ok := strings.CutPrefix(name, p); ok && rest != "" {
				return ""
			}
		}
		if name == "com.amazonaws.s3-global.accesspoint" {
			return ""
		}
		return say("The Vpc Endpoint Service '%s' does not exist", name)
	}},
	{ID: "endpoint-gateway-service", Code: "InvalidParameter", Source: docGateway, Kinds: "ec2.vpcEndpoint", On: Create, Check: func(r *Request) string {
		name := r.New.Str("serviceName")
		gateway := strings.HasSuffix(name, ".s3") || strings.HasSuffix(name, ".dynamodb")
		if r.New.Str("vpcEndpointType") == "Gateway" && name != "" && !gateway {
			return say("Endpoint type (Gateway) does not match available service types ([Interface]) for %s.", name)
		}
		return ""
	}},
	{ID: "endpoint-gateway-parameters", Code: "InvalidParameter", Source: docGateway, Kinds: "ec2.vpcEndpoint", On: Write, Check: func(r *Request) string {
		if r.New.Str("vpcEndpointType") != "Gateway" {
			return ""
		}
		for _, key := range []string{"subnetIds", "securityGroupIds"} {
			if r.New.Has(key) {
				return say("%s is not supported for Gateway endpoints.", key)
			}
		}
		if r.New.Bool("privateDnsEnabled") {
			return "Private DNS can only be enabled for Interface endpoints."
		}
		return ""
	}},
	{ID: "endpoint-interface-parameters", Code: "InvalidParameter", Source: docEndpoint, Kinds: "ec2.vpcEndpoint", On: Write, Check: func(r *Request) string {
		if r.New.Str("vpcEndpointType") == "Interface" && r.New.Has("routeTableIds") {
			return "Route table IDs are not supported for Interface endpoints."
		}
		return ""
	}},
	{ID: "endpoint-private-dns", Code: "InvalidParameter", Source: docEndpoint, Kinds: "ec2.vpcEndpoint", On: Write, Check: func(r *Request) string {
		vpc := r.Find("ec2.vpc", r.New.Str("vpcId"))
		if vpc == nil || !r.New.Bool("privateDnsEnabled") {
			return ""
		}
		if !vpc.Props.Bool("enableDnsHostnames") || vpc.Props.Has("enableDnsSupport") && !vpc.Props.Bool("enableDnsSupport") {
			return say("Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true for %s", vpc.ID)
		}
		return ""
	}},
	{ID: "endpoint-private-dns-unique", Code: "InvalidParameter", Source: docEndpoint, Kinds: "ec2.vpcEndpoint", On: Write, Check: func(r *Request) string {
		for _, other := range r.Others("ec2.vpcEndpoint") {
			same := other.Props.Str("serviceName") == r.New.Str("serviceName") && other.Props.Str("vpcId") == r.New.Str("vpcId")
			if same && r.New.Bool("privateDnsEnabled") && other.Props.Bool("privateDnsEnabled") {
				return say("private-dns-enabled cannot be set because there is already a conflicting DNS domain for %s in the VPC %s", r.New.Str("serviceName"), r.New.Str("vpcId"))
			}
		}
		return ""
	}},
	{ID: "endpoint-gateway-duplicate", Code: "RouteAlreadyExists", Source: docGateway, Kinds: "ec2.vpcEndpoint", On: Write, Check: func(r *Request) string {
		for _, other := range r.Others("ec2.vpcEndpoint") {
			if r.New.Str("vpcEndpointType") != "Gateway" || other.Props.Str("vpcEndpointType") != "Gateway" || other.Props.Str("serviceName") != r.New.Str("serviceName") {
				continue
			}
			for _, t := range r.New.Strs("routeTableIds") {
				for _, o := range other.Props.Strs("routeTableIds") {
					if t == o {
						return say("route table %s already has a route with destination-prefix-list-id of %s", t, r.New.Str("serviceName"))
					}
				}
			}
		}
		return ""
	}},
	{ID: "endpoint-association", Code: "RouteAlreadyExists", Source: docGateway, Kinds: "ec2.vpcEndpointRouteTableAssociation", On: Create, Check: func(r *Request) string {
		e, t := r.Find("ec2.vpcEndpoint", r.New.Str("vpcEndpointId")), r.Find("ec2.routeTable", r.New.Str("routeTableId"))
		switch {
		case e == nil || t == nil:
		case e.Props.Str("vpcEndpointType") != "Gateway":
			return say("Endpoint %s is not a Gateway endpoint", e.ID)
		case e.Props.Str("vpcId") != t.Props.Str("vpcId"):
			return say("route table %s does not belong to VPC %s", t.ID, e.Props.Str("vpcId"))
		case r.endpointRoute(t.ID, e.Props.Str("serviceName")):
			return say("route table %s already has a route with destination-prefix-list-id of %s", t.ID, e.Props.Str("serviceName"))
		}
		return ""
	}},
	{ID: "endpoint-subnet-zones", Code: "DuplicateSubnetsInSameZone", Source: docEndpoint, Kinds: "ec2.vpcEndpoint", On: Write, Check: func(r *Request) string {
		if zone := r.sharedZone(r.New.Strs("subnetIds")); zone != "" {
			return say("Found another VPC endpoint subnet in the availability zone of existing subnet: %s", zone)
		}
		return ""
	}},
	{ID: "endpoint-subnets-vpc", Code: "InvalidParameter", Source: docEndpoint, Kinds: "ec2.vpcEndpoint", On: Write, Check: func(r *Request) string {
		vpc := r.New.Str("vpcId")
		for _, s := range r.New.Strs("subnetIds") {
			if v := r.vpcOfSubnet(s); v != "" && v != vpc {
				return say("subnet %s does not belong to VPC %s", s, vpc)
			}
		}
		for _, t := range r.New.Strs("routeTableIds") {
			if table := r.Find("ec2.routeTable", t); table != nil && table.Props.Str("vpcId") != vpc {
				return say("route table %s does not belong to VPC %s", t, vpc)
			}
		}
		return r.groupsOutside(r.New.Strs("securityGroupIds"), vpc)
	}},
	{ID: "endpoint-policy", Code: "InvalidPolicyDocument", Source: docEndpoint, Kinds: "ec2.vpcEndpoint", On: Write, Check: func(r *Request) string {
		return policyProblem(r.New.Str("policy"), resourcePolicy)
	}},
	{ID: "endpoint-quota", Code: "VpcEndpointLimitExceeded", Source: docQuotas, Kinds: "ec2.vpcEndpoint", On: Create, Check: func(r *Request) string {
		gateways, interfaces := 0, 0
		for _, e := range r.All("ec2.vpcEndpoint") {
			if e.Props.Str("vpcEndpointType") == "Gateway" {
				gateways++
			} else if e.Props.Str("vpcId") == r.New.Str("vpcId") {
				interfaces++
			}
		}
		if r.New.Str("vpcEndpointType") == "Gateway" && gateways >= 20 || interfaces >= 50 {
			return "The maximum number of VPC endpoints has been reached."
		}
		return ""
	}},
}

// endpointRoute says whether a route table leads to a gateway endpoint of the service.
func (r *Request) endpointRoute(table, service string) bool {
	for _, e := range r.All("ec2.vpcEndpoint") {
		if e.Props.Str("serviceName") != service || e.Props.Str("vpcEndpointType") != "Gateway" {
			continue
		}
		if slices.Contains(e.Props.Strs("routeTableIds"), table) {
			return true
		}
		for _, a := range r.All("ec2.vpcEndpointRouteTableAssociation") {
			if a.Props.Str("vpcEndpointId") == e.ID && a.Props.Str("routeTableId") == table {
				return true
			}
		}
	}
	return false
}

// sharedZone finds a zone that two of the subnets are in.
func (r *Request) sharedZone(subnets []string) string {
	seen := map[string]bool{}
	for _, id := range subnets {
		if s := r.Find("ec2.subnet", id); s != nil {
			zone := s.Props.Str("availabilityZone")
			if seen[zone] {
				return zone
			}
			seen[zone] = true
		}
	}
	return ""
}

// zonesOf counts the zones that subnets are in.
func (r *Request) zonesOf(subnets []string) map[string]bool {
	zones := map[string]bool{}
	for _, id := range subnets {
		if s := r.Find("ec2.subnet", id); s != nil {
			zones[s.Props.Str("availabilityZone")] = true
		}
	}
	return zones
}

// groupsOutside finds a security group that is not in the VPC.
func (r *Request) groupsOutside(groups []string, vpc string) string {
	for _, id := range groups {
		if g := r.Find("ec2.securityGroup", id); g != nil && vpc != "" && g.Props.Str("vpcId") != vpc {
			return say("You have specified two resources that belong to different networks: security group %s and VPC %s.", id, vpc)
		}
	}
	return ""
}
