package aws

import (
	"crypto/sha256"
	"encoding/hex"
	"net/netip"
	"strings"
)

// parseCIDR parses a block and says what is wrong with it: AWS takes no host bits.
func parseCIDR(text string) (netip.Prefix, string) {
	p, err := netip.ParsePrefix(text)
	switch {
	case err != nil:
		return p, say("Value (%s) for parameter cidrBlock is invalid. This is not a valid CIDR block.", text)
	case p != p.Masked():
		return p, say("%q is not a valid CIDR block; did you mean %q?", text, p.Masked())
	}
	return p, ""
}

func inside(inner, outer netip.Prefix) bool {
	return outer.Bits() <= inner.Bits() && outer.Contains(inner.Addr())
}

// vpcBlocks are the IPv4 (or IPv6) blocks of a VPC, its own and the associated ones.
func (r *Request) vpcBlocks(vpc *Resource, six bool) []netip.Prefix {
	key, kind := "cidrBlock", "ec2.vpcIpv4CidrBlockAssociation"
	if six {
		key, kind = "ipv6CidrBlock", "ec2.vpcIpv6CidrBlockAssociation"
	}
	var out []netip.Prefix
	add := func(text string) {
		if p, err := netip.ParsePrefix(text); err == nil {
			out = append(out, p)
		}
	}
	add(vpc.Props.Str(key))
	for _, a := range r.All(kind) {
		if a.Props.Str("vpcId") == vpc.ID {
			add(a.Props.Str(key))
		}
	}
	return out
}

// eni is a network interface that a resource keeps in a subnet.
type eni struct {
	owner  *Resource
	subnet string
	groups []string
}

// interfaces derives the network interfaces of everything that has some; they are not stored.
func (r *Request) interfaces() []eni {
	var out []eni
	add := func(owner *Resource, groups []string, subnets ...string) {
		for _, s := range subnets {
			out = append(out, eni{owner: owner, subnet: s, groups: groups})
		}
	}
	for _, lb := range r.All("lb.loadBalancer") {
		add(lb, lb.Props.Strs("securityGroups"), append(lb.Props.Strs("subnets"), mapped(lb.Props)...)...)
	}
	for _, lb := range r.All("elb.loadBalancer") {
		add(lb, lb.Props.Strs("securityGroups"), lb.Props.Strs("subnets")...)
	}
	for _, nat := range r.All("ec2.natGateway") {
		add(nat, nil, nat.Props.Str("subnetId"))
	}
	for _, e := range r.All("ec2.vpcEndpoint") {
		if e.Props.Str("vpcEndpointType") == "Interface" {
			add(e, e.Props.Strs("securityGroupIds"), e.Props.Strs("subnetIds")...)
		}
	}
	for _, i := range r.All("ec2.instance") {
		add(i, i.Props.Strs("vpcSecurityGroupIds"), i.Props.Str("subnetId"))
	}
	for _, n := range r.All("ec2.networkInterface") {
		add(n, n.Props.Strs("securityGroups"), n.Props.Str("subnetId"))
	}
	for _, g := range r.All("autoscaling.group") {
		subnets := g.Props.Strs("vpcZoneIdentifiers")
		groups := r.templateGroups(g.Props)
		for i := range g.Props.Int("desiredCapacity") {
			if len(subnets) > 0 {
				add(g, groups, subnets[i%len(subnets)])
			}
		}
	}
	for _, kind := range []string{"lambda.function", "eks.cluster"} {
		for _, f := range r.All(kind) {
			add(f, f.Props.Strs("vpcConfig.securityGroupIds"), f.Props.Strs("vpcConfig.subnetIds")...)
		}
	}
	for _, kind := range []string{"rds.proxy", "rds.proxyEndpoint"} {
		for _, p := range r.All(kind) {
			add(p, p.Props.Strs("vpcSecurityGroupIds"), p.Props.Strs("vpcSubnetIds")...)
		}
	}
	for _, c := range r.All("elasticache.serverlessCache") {
		add(c, c.Props.Strs("securityGroupIds"), c.Props.Strs("subnetIds")...)
	}
	for _, d := range databaseInterfaces {
		for _, db := range r.All(d.kind) {
			subnets := []string{""} // a group is in use even where the subnets are not known
			if g := r.Find(d.groupKind, db.Props.Str(d.group)); g != nil {
				if ids := g.Props.Strs("subnetIds"); len(ids) > 0 {
					subnets = ids
				}
			}
			groups := append(db.Props.Strs("vpcSecurityGroupIds"), db.Props.Strs("securityGroupIds")...)
			for i := range d.nodes(db.Props) {
				add(db, groups, subnets[i%len(subnets)])
			}
		}
	}
	return out
}

// databaseInterfaces says how many addresses the nodes of a data service take from its subnet group. Clusters of instances have none of
// their own, but use their security groups.
var databaseInterfaces = []struct {
	kind, group, groupKind string
	nodes                  func(Obj) int
}{
	{"rds.instance", "dbSubnetGroupName", "rds.subnetGroup", func(p Obj) int {
		if p.Bool("multiAz") {
			return 2
		}
		return 1
	}},
	{"rds.cluster", "", "", func(Obj) int { return 1 }},
	{"docdb.cluster", "", "", func(Obj) int { return 1 }},
	{"rds.clusterInstance", "dbSubnetGroupName", "rds.subnetGroup", func(Obj) int { return 1 }},
	{"docdb.clusterInstance", "dbSubnetGroupName", "docdb.subnetGroup", func(Obj) int { return 1 }},
	{"elasticache.replicationGroup", "subnetGroupName", "elasticache.subnetGroup", func(p Obj) int {
		return max(p.Int("numCacheClusters"), p.Int("numNodeGroups")*(1+p.Int("replicasPerNodeGroup")), 1)
	}},
	{"elasticache.cluster", "subnetGroupName", "elasticache.subnetGroup", func(p Obj) int { return max(p.Int("numCacheNodes"), 1) }},
}

// addressesUsed counts the addresses taken in a subnet.
func (r *Request) addressesUsed(subnet string) int {
	n := 0
	for _, e := range r.interfaces() {
		if e.subnet == subnet {
			n++
		}
	}
	return n
}

// addressesFree counts the addresses left in a subnet; AWS keeps five of each.
func (r *Request) addressesFree(s *Resource) int {
	p, err := netip.ParsePrefix(s.Props.Str("cidrBlock"))
	if err != nil || !p.Addr().Is4() {
		return 1 << 16
	}
	return 1<<(32-p.Bits()) - 5 - r.addressesUsed(s.ID)
}

func (r *Request) vpcOfSubnet(id string) string {
	if s := r.Find("ec2.subnet", id); s != nil {
		return s.Props.Str("vpcId")
	}
	return ""
}

// gatewayOf finds the internet gateway attached to a VPC.
func (r *Request) gatewayOf(vpc string) *Resource {
	if vpc == "" {
		return nil
	}
	for _, g := range r.All("ec2.internetGateway") {
		if g.Props.Str("vpcId") == vpc {
			return g
		}
	}
	for _, a := range r.All("ec2.internetGatewayAttachment") {
		if a.Props.Str("vpcId") == vpc {
			return r.Find("ec2.internetGateway", a.Props.Str("internetGatewayId"))
		}
	}
	return nil
}

func shortHash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])[:10]
}

// arn is a parsed ARN.
type arn struct{ partition, service, region, account, resource string }

func parseARN(text string) (arn, bool) {
	parts := strings.SplitN(text, ":", 6)
	if len(parts) != 6 || parts[0] != "arn" || !strings.HasPrefix(parts[1], "aws") || parts[2] == "" || parts[5] == "" {
		return arn{}, false
	}
	return arn{parts[1], parts[2], parts[3], parts[4], parts[5]}, true
}
