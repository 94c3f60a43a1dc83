package aws

import (
	"regexp"
	"strings"
)

const (
	docGroup = "Amazon VPC User Guide: Security groups"
	docRules = "Amazon VPC User Guide: Security group rules"
)

const edges = "vpc.securityGroupIngressRule vpc.securityGroupEgressRule"

var groupText = regexp.MustCompile(`^[a-zA-Z0-9 ._\-:/()#,@\[\]+=&;{}!$*]*$`)

var protocolNumber = regexp.MustCompile(`^\d{1,3}$`)

var securityGroupRules = []Rule{
	{ID: "group-name", Code: "InvalidParameterValue", Source: docGroup, Kinds: "ec2.securityGroup", On: Create, Check: func(r *Request) string {
		name := r.New.Str("name")
		switch {
		case len(name) > 255 || !groupText.MatchString(name):
			return say("Value (%s) for parameter GroupName is invalid. Up to 255 characters of a-z, A-Z, 0-9, spaces, and ._-:/()#,@[]+=&;{}!$*", name)
		case strings.HasPrefix(name, "sg-"):
			return say("Value (%s) for parameter GroupName is invalid. Group names may not be in the format sg-*", name)
		case name == "default":
			return "Cannot use reserved security group name: default"
		}
		return ""
	}},
	{ID: "group-description", Code: "InvalidParameterValue", Source: docGroup, Kinds: "ec2.securityGroup " + edges, On: Write, Check: func(r *Request) string {
		if d := r.New.Str("description"); len(d) > 255 || !groupText.MatchString(d) {
			return say("Value (%s) for parameter description is invalid. Valid descriptions are strings of up to 255 characters from a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*", d)
		}
		return ""
	}},
	{ID: "group-duplicate", Code: "InvalidGroup.Duplicate", Source: docGroup, Kinds: "ec2.securityGroup", On: Create, Check: func(r *Request) string {
		for _, other := range r.All("ec2.securityGroup") {
			if other.Props.Str("name") == r.New.Str("name") && other.Props.Str("vpcId") == r.New.Str("vpcId") {
				return say("The security group '%s' already exists for VPC '%s'", r.New.Str("name"), r.New.Str("vpcId"))
			}
		}
		return ""
	}},
	{ID: "group-quota", Code: "SecurityGroupLimitExceeded", Source: docQuotas, Kinds: "ec2.securityGroup", On: Create, Check: func(r *Request) string {
		if len(r.All("ec2.securityGroup")) >= 2500 {
			return "The maximum number of security groups has been reached."
		}
		return ""
	}},
	{ID: "group-in-use", Code: "DependencyViolation", Source: "Amazon VPC User Guide: Delete a security group", Kinds: "ec2.securityGroup", On: Delete, Waits: true, Check: func(r *Request) string {
		for _, e := range r.interfaces() {
			for _, g := range e.groups {
				if g == r.ID {
					return say("resource %s has a dependent object (%s %s)", r.ID, e.owner.Kind, e.owner.ID)
				}
			}
		}
		for _, kind := range strings.Fields(edges) {
			for _, edge := range r.All(kind) {
				if edge.Props.Str("referencedSecurityGroupId") == r.ID && edge.Props.Str("securityGroupId") != r.ID {
					return say("resource %s has a dependent object (rule %s)", r.ID, edge.ID)
				}
			}
		}
		return ""
	}},
	{ID: "default-group-adopt", Code: "InvalidGroup.NotFound", Source: "Amazon VPC User Guide: Default security groups for your VPCs", Kinds: "ec2.defaultSecurityGroup", On: Create, Check: func(r *Request) string {
		if vpc := r.New.Str("vpcId"); r.Find("ec2.vpc", vpc) == nil {
			return say("The default security group for VPC '%s' does not exist", vpc)
		}
		return ""
	}},
	{ID: "rule-duplicate", Code: "InvalidPermission.Duplicate", Source: docRules, Kinds: edges, On: Write, Check: func(r *Request) string {
		for _, other := range r.Others(r.Kind) {
			if edgeKey(other.Props) == edgeKey(r.New) {
				return say("the specified rule %q already exists", edgeKey(r.New))
			}
		}
		return ""
	}},
	{ID: "rule-one-peer", Code: "InvalidParameterCombination", Source: docRules, Kinds: edges, On: Write, Check: func(r *Request) string {
		n := 0
		for _, key := range []string{"cidrIpv4", "cidrIpv6", "prefixListId", "referencedSecurityGroupId"} {
			if r.New.Has(key) {
				n++
			}
		}
		if n != 1 {
			return "Exactly one of cidrIpv4, cidrIpv6, prefixListId and referencedSecurityGroupId must be specified."
		}
		return ""
	}},
	{ID: "rule-ports", Code: "InvalidParameterValue", Source: docRules, Kinds: edges, On: Write, Check: func(r *Request) string {
		protocol := strings.ToLower(r.New.Str("ipProtocol"))
		from, to := r.New.Int("fromPort"), r.New.Int("toPort")
		hasFrom, hasTo := r.New.Get("fromPort") != nil, r.New.Get("toPort") != nil
		switch protocol {
		case "-1", "all":
			if hasFrom && from != -1 || hasTo && to != -1 {
				return "You may not specify all protocols and specific ports. Please specify each protocol and port range combination individually, or all protocols and no port range."
			}
		case "tcp", "udp", "6", "17":
			if !hasFrom || !hasTo {
				return say("Invalid value 'Must specify both from and to ports with %s' for portRange.", protocol)
			}
			if from < 0 || to > 65535 || from > to {
				return say("Invalid value '%d-%d' for portRange.", from, to)
			}
		}
		return ""
	}},
	{ID: "rule-protocol", Code: "InvalidPermission.Malformed", Source: docRules, Kinds: edges, On: Write, Check: func(r *Request) string {
		p := strings.ToLower(r.New.Str("ipProtocol"))
		switch p {
		case "-1", "all", "tcp", "udp", "icmp", "icmpv6":
			return ""
		}
		if protocolNumber.MatchString(p) {
			return ""
		}
		return say("Invalid value '%s' for IP protocol. Unknown protocol.", p)
	}},
	{ID: "rule-cidr", Code: "InvalidParameterValue", Source: docRules, Kinds: edges, On: Write, Check: func(r *Request) string {
		for key, four := range map[string]bool{"cidrIpv4": true, "cidrIpv6": false} {
			if !r.New.Has(key) {
				continue
			}
			p, wrong := parseCIDR(r.New.Str(key))
			if wrong != "" || p.Addr().Is4() != four {
				return say("CIDR block %s is malformed", r.New.Str(key))
			}
		}
		return ""
	}},
	{ID: "rule-peer-vpc", Code: "InvalidGroup.NotFound", Source: docRules, Kinds: edges, On: Write, Check: func(r *Request) string {
		g, peer := r.Find("ec2.securityGroup", r.New.Str("securityGroupId")), r.Find("ec2.securityGroup", r.New.Str("referencedSecurityGroupId"))
		if g != nil && peer != nil && g.Props.Str("vpcId") != peer.Props.Str("vpcId") {
			return say("You have specified two resources that belong to different networks: %s and %s.", g.ID, peer.ID)
		}
		return ""
	}},
	{ID: "rule-quota", Code: "RulesPerSecurityGroupLimitExceeded", Source: docQuotas, Kinds: edges, On: Create, Check: func(r *Request) string {
		n := 0
		for _, other := range r.All(r.Kind) {
			if other.Props.Str("securityGroupId") == r.New.Str("securityGroupId") {
				n++
			}
		}
		if n >= 60 {
			return "The maximum number of rules per security group has been reached."
		}
		return ""
	}},
	{ID: "groups-per-interface", Code: "SecurityGroupsPerInterfaceLimitExceeded", Source: docQuotas, Kinds: "lb.loadBalancer ec2.instance ec2.vpcEndpoint ec2.networkInterface", On: Write, Check: func(r *Request) string {
		for _, key := range []string{"securityGroups", "vpcSecurityGroupIds", "securityGroupIds"} {
			if n := len(r.New.Strs(key)); n > 5 {
				return say("The maximum number of security groups per interface has been reached: %d of 5.", n)
			}
		}
		return ""
	}},
}

func edgeKey(p Obj) string {
	protocol := strings.ToLower(p.Str("ipProtocol"))
	return say("%s: %s %d-%d %s", p.Str("securityGroupId"), protocol, p.Int("fromPort"), p.Int("toPort"),
		p.Str("cidrIpv4")+p.Str("cidrIpv6")+p.Str("prefixListId")+p.Str("referencedSecurityGroupId"))
}
