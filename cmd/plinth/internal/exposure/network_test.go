package exposure

import (
	"testing"

	"github.com/plinth-iac/plinth/policies/rule"
)

const (
	ingressRule = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
	egressRule  = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
	groupRule   = "aws:ec2/securityGroupRule:SecurityGroupRule"
)

// port is what a rule for one port of a group says, besides the peer.
func port(n int, rest has) has {
	all := has{"securityGroupId": "web", "ipProtocol": "tcp", "fromPort": n, "toPort": n}
	for key, v := range rest {
		all[key] = v
	}
	return all
}

func in(name string, n int, block string) *rule.Resource {
	return one(ingressRule, name, port(n, has{"cidrIpv4": block}))
}

// inline is a security group with rules in it.
func inline(rules ...any) *rule.Resource { return one(securityGroup, "web", has{"ingress": rules}) }

func open22(blocks ...string) has {
	return has{"protocol": "tcp", "fromPort": 22, "toPort": 22, "cidrBlocks": blocks}
}

func TestSecurityGroups(t *testing.T) {
	web, app := one(securityGroup, "web", nil), one(securityGroup, "app", nil)
	run(t, map[string]changed{
		"the internet": {at{web}, at{web, in("a", 22, "0.0.0.0/0")}, []string{"* network a: 0.0.0.0/0 may connect to web on 22/tcp"}},
		"a wider block": {at{web, in("a", 22, "10.0.0.0/8")}, at{web, in("a", 22, "0.0.0.0/0")},
			[]string{"* network a: 0.0.0.0/0 may connect to web on 22/tcp (was 10.0.0.0/8)"}},
		"a narrower block":    {at{web, in("a", 22, "0.0.0.0/0")}, at{web, in("a", 22, "10.0.0.0/8")}, nil},
		"less":                {at{web, in("a", 22, "0.0.0.0/0")}, at{web}, nil},
		"another name":        {at{web, in("a", 22, "0.0.0.0/0")}, at{web, in("b", 22, "0.0.0.0/0")}, nil},
		"another spelling":    {at{web, in("a", 22, "0.0.0.0/0")}, at{inline(open22("0.0.0.0/0"))}, nil},
		"in halves":           {at{inline(open22("0.0.0.0/0"))}, at{inline(open22("128.0.0.0/1", "0.0.0.0/1"))}, nil},
		"halves put together": {at{inline(open22("128.0.0.0/1", "0.0.0.0/1"))}, at{inline(open22("0.0.0.0/0"))}, nil},
		"only one of the halves": {at{inline(open22("128.0.0.0/1"))}, at{inline(open22("0.0.0.0/0"))},
			[]string{"* network web: 0.0.0.0/0 may connect to web on 22/tcp (was 128.0.0.0/1)"}},
		"one of several": {at{inline(open22("10.0.0.0/8"))}, at{inline(open22("10.0.0.0/8", "192.0.2.0/24"))}, []string{"network web: 192.0.2.0/24 may connect to web on 22/tcp"}},
		"more ports": {
			at{web, in("a", 443, "10.0.0.0/8")},
			at{web, one(ingressRule, "a", has{"securityGroupId": "web", "ipProtocol": "tcp", "fromPort": 0, "toPort": 65535, "cidrIpv4": "10.0.0.0/8"})},
			[]string{"network a: 10.0.0.0/8 may connect to web on all ports of tcp (was 10.0.0.0/8 may connect to web on 443/tcp)"},
		},
		"fewer ports by a number of the protocol": {
			at{web, one(ingressRule, "a", has{"securityGroupId": "web", "ipProtocol": "-1", "cidrIpv4": "10.0.0.0/8"})},
			at{web, one(ingressRule, "a", has{"securityGroupId": "web", "ipProtocol": "6", "fromPort": 1, "toPort": 9, "cidrIpv4": "10.0.0.0/8"})}, nil,
		},
		"IPv6": {at{web}, at{web, one(groupRule, "a", port(443, has{"type": "ingress", "protocol": "tcp", "ipv6CidrBlocks": []any{"::/0"}}))},
			[]string{"* network a: ::/0 may connect to web on 443/tcp"}},
		"ping": {at{web}, at{web, one(groupRule, "a", has{"securityGroupId": "web", "type": "ingress", "protocol": "icmp", "fromPort": 8, "toPort": -1, "cidrBlocks": []any{"0.0.0.0/0"}})},
			[]string{"* network a: 0.0.0.0/0 may connect to web on icmp"}},
		"a pong of all pings": {
			at{web, one(groupRule, "a", has{"securityGroupId": "web", "type": "ingress", "protocol": "icmp", "fromPort": -1, "toPort": -1, "cidrBlocks": []any{"0.0.0.0/0"}})},
			at{web, one(groupRule, "a", has{"securityGroupId": "web", "type": "ingress", "protocol": "icmp", "fromPort": 0, "toPort": 0, "cidrBlocks": []any{"0.0.0.0/0"}})}, nil,
		},
		"outwards": {at{web}, at{web, one(egressRule, "a", port(443, has{"cidrIpv4": "0.0.0.0/0"}))}, []string{"network a: web may connect to 0.0.0.0/0 on 443/tcp"}},
		"everything outwards": {at{web}, at{web, one(egressRule, "a", has{"securityGroupId": "web", "ipProtocol": "-1", "cidrIpv4": "0.0.0.0/0"})},
			[]string{"* network a: web may connect to 0.0.0.0/0 on all ports and protocols"}},
		"inwards is not outwards": {at{web, one(egressRule, "a", port(443, has{"cidrIpv4": "10.0.0.0/8"}))}, at{web, in("a", 443, "10.0.0.0/8")},
			[]string{"network a: 10.0.0.0/8 may connect to web on 443/tcp"}},
		"another group": {at{web, app}, at{web, app, one(ingressRule, "a", port(80, has{"referencedSecurityGroupId": "app"}))}, []string{"network a: app may connect to web on 80/tcp"}},
		"another group, told on both sides": {at{web, app}, at{
			web, app, one(ingressRule, "a", port(80, has{"referencedSecurityGroupId": "app"})),
			one(egressRule, "b", has{"securityGroupId": "app", "ipProtocol": "tcp", "fromPort": 80, "toPort": 80, "referencedSecurityGroupId": "web"}),
		}, []string{"network a: app may connect to web on 80/tcp"}},
		"itself":        {at{web}, at{inline(has{"protocol": "-1", "self": true})}, []string{"network web: itself may connect to web on all ports and protocols"}},
		"a prefix list": {at{web}, at{web, one(ingressRule, "a", port(443, has{"prefixListId": "pl-1"}))}, []string{"network a: pl-1 may connect to web on 443/tcp"}},
		"a default group": {at{one(defaultSecurityGroup, "d", has{"ingress": []any{}})}, at{one(defaultSecurityGroup, "d", has{"ingress": []any{open22("0.0.0.0/0")}})},
			[]string{"* network d: 0.0.0.0/0 may connect to d on 22/tcp"}},
		"more in a prefix list": {
			at{one(prefixList, "l", has{"entries": []any{has{"cidr": "10.0.0.0/8"}}})}, at{one(prefixList, "l", has{"entries": []any{has{"cidr": "10.0.0.0/8"}, has{"cidr": "192.0.2.0/24"}}})},
			[]string{"network l: 192.0.2.0/24 is let through wherever l is named"},
		},
		"a block that is not known": {at{web, in("a", 22, "10.0.0.0/8")}, at{web, one(ingressRule, "a", port(22, has{"cidrIpv4": rule.Computed{}}))},
			[]string{"? network a: which addresses it lets through is known after the deploy"}},
		"a port that is not known": {at{web, in("a", 22, "10.0.0.0/8")}, at{web, one(ingressRule, "a", has{"securityGroupId": "web", "ipProtocol": "tcp", "fromPort": rule.Computed{}, "cidrIpv4": "10.0.0.0/8"})},
			[]string{"? network a: what it lets through is known after the deploy"}},
	})
}

func TestAddressesOfTheOwnNetworkComeLast(t *testing.T) {
	net, web := one(vpc, "net", has{"cidrBlock": "10.10.0.0/16"}), one(securityGroup, "web", nil)
	run(t, map[string]changed{
		"a subnet": {at{net, web}, at{net, web, in("a", 22, "10.10.64.0/20"), in("b", 22, "10.11.0.0/16")}, []string{
			"network b: 10.11.0.0/16 may connect to web on 22/tcp",
			"network a: 10.10.64.0/20 (this stack's own network) may connect to web on 22/tcp",
		}},
		"more than the network": {at{net, web}, at{net, web, in("a", 22, "10.0.0.0/8")}, []string{"network a: 10.0.0.0/8 may connect to web on 22/tcp"}},
	})
}

func TestAReplacedGroupOpensNothingNew(t *testing.T) {
	web := one(securityGroup, "web", nil)
	renewed := coming(one(securityGroup, "web", has{"vpcId": "another"}))
	ruleOf := func(r *rule.Resource) *rule.Resource {
		return from(one(ingressRule, "a", port(22, has{"cidrIpv4": "10.0.0.0/8", "securityGroupId": rule.Computed{}})), "securityGroupId", r)
	}
	changed{at{web, in("a", 22, "10.0.0.0/8")}, at{renewed, ruleOf(renewed)}, nil}.check(t)

	// A cluster makes the group that others let in.
	before := one(cluster, "main", has{"vpcConfig": has{"endpointPublicAccess": false}})
	before.Outputs = rule.FieldsOf(has{"vpcConfig": has{"clusterSecurityGroupId": "sg-9"}})
	after := coming(one(cluster, "main", has{"vpcConfig": has{"endpointPublicAccess": false}, "version": "2"}))
	let := one(ingressRule, "a", port(80, has{"referencedSecurityGroupId": "sg-9"}))
	letNew := from(one(ingressRule, "a", port(80, has{"referencedSecurityGroupId": rule.Computed{}})), "referencedSecurityGroupId", after)
	changed{at{web, before, let}, at{web, after, letNew}, nil}.check(t)
}

func TestNetworkAcls(t *testing.T) {
	acl := func(entries ...any) at { return at{one(networkAcl, "acl", has{"ingress": entries})} }
	entry := func(n int, action, block string) has {
		return has{"ruleNo": n, "action": action, "protocol": "tcp", "fromPort": 22, "toPort": 22, "cidrBlock": block}
	}
	apart := one(networkAclRule, "r", has{"networkAclId": "acl", "ruleNumber": 100, "ruleAction": "allow", "protocol": "6", "fromPort": 22, "toPort": 22, "cidrBlock": "0.0.0.0/0", "egress": false})
	const all = "* network acl: 0.0.0.0/0 may connect to subnets of acl on 22/tcp"
	run(t, map[string]changed{
		"allows":                   {acl(), acl(entry(100, "allow", "0.0.0.0/0")), []string{all}},
		"allows what was allowed":  {acl(entry(100, "allow", "0.0.0.0/0")), acl(entry(200, "allow", "10.0.0.0/8")), nil},
		"denies less":              {acl(entry(50, "deny", "192.0.2.0/24"), entry(100, "allow", "0.0.0.0/0")), acl(entry(100, "allow", "0.0.0.0/0")), []string{all}},
		"denies too late":          {acl(entry(50, "deny", "192.0.2.0/24"), entry(100, "allow", "0.0.0.0/0")), acl(entry(150, "deny", "192.0.2.0/24"), entry(100, "allow", "0.0.0.0/0")), []string{all}},
		"denies more":              {acl(entry(100, "allow", "0.0.0.0/0")), acl(entry(50, "deny", "192.0.2.0/24"), entry(100, "allow", "0.0.0.0/0")), nil},
		"by a rule apart":          {acl(), append(acl(), apart), []string{"* network r: 0.0.0.0/0 may connect to subnets of acl on 22/tcp"}},
		"the same by a rule apart": {acl(entry(100, "allow", "0.0.0.0/0")), append(acl(), apart), nil},
	})
}

func TestRoutes(t *testing.T) {
	const route = "aws:ec2/route:Route"
	table, gateway := one(routeTable, "table", nil), one(internetGateway, "igw", nil)
	by := func(rest has) *rule.Resource {
		inputs := has{"routeTableId": "table", "destinationCidrBlock": "0.0.0.0/0"}
		for key, v := range rest {
			inputs[key] = v
		}
		return one(route, "r", inputs)
	}
	run(t, map[string]changed{
		"to an internet gateway": {at{table, gateway}, at{table, gateway, by(has{"gatewayId": "igw"})},
			[]string{"network r: table leads to 0.0.0.0/0 by an internet gateway, igw, and back"}},
		"instead of a NAT gateway": {at{table, gateway, by(has{"natGatewayId": "nat"})}, at{table, gateway, by(has{"gatewayId": "igw"})},
			[]string{"network r: table leads to 0.0.0.0/0 by an internet gateway, igw, and back"}},
		"the same in the table": {at{table, gateway, by(has{"gatewayId": "igw"})},
			at{one(routeTable, "table", has{"routes": []any{has{"cidrBlock": "0.0.0.0/0", "gatewayId": "igw"}}}), gateway}, nil},
		"within the VPC":     {at{table}, at{table, by(has{"gatewayId": "local", "destinationCidrBlock": "10.9.0.0/16"})}, nil},
		"by a NAT gateway":   {at{table}, at{table, by(has{"natGatewayId": "nat"})}, nil},
		"to a peer":          {at{table}, at{table, by(has{"vpcPeeringConnectionId": "pcx-1", "destinationCidrBlock": "10.9.0.0/16"})}, []string{"network r: table leads to 10.9.0.0/16 by pcx-1"}},
		"to a transit table": {at{table}, at{table, by(has{"transitGatewayId": "tgw-1", "destinationCidrBlock": "10.9.0.0/16"})}, []string{"network r: table leads to 10.9.0.0/16 by tgw-1"}},
		"a peering": {nil, at{one("aws:ec2/vpcPeeringConnection:VpcPeeringConnection", "p", has{"peerVpcId": "vpc-9", "peerOwnerId": "999988887777"})},
			[]string{"network p: is a way to vpc-9 in account 999988887777"}},
	})
}
