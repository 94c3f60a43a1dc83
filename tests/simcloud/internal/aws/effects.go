package aws

import (
	"crypto/sha256"
	"net/netip"
	"strings"
)

// fillHooks set computed properties that depend on other resources or on more than one property; the rest is in data/computed.json.
var fillHooks = map[string]func(r *Request){
	"ec2.subnet":                      fillSubnet,
	"ec2.vpc":                         fillVpc,
	"ec2.vpcIpv6CidrBlockAssociation": fillVpcIPv6,
	"ec2.defaultSecurityGroup":        adoptDefault("defaultSecurityGroupId", "vpcId"),
	"ec2.defaultNetworkAcl":           func(r *Request) { adopt(r, r.New.Str("defaultNetworkAclId")) },
	"ec2.defaultRouteTable":           func(r *Request) { adopt(r, r.New.Str("defaultRouteTableId")) },
	"ec2.eip":                         fillEip,
	"ec2.natGateway":                  fillNat,
	"ec2.launchTemplate":              fillLaunchTemplate,
	"ec2.route":                       fillRoute,
	"ec2.instance":                    fillInstance,
	"lb.loadBalancer":                 fillLoadBalancer,
	"autoscaling.group":               fillGroup,
	"route53.record":                  fillRecord,
	"kms.key":                         fillKey,
	"lb.listener":                     fillListener,
}

func adopt(r *Request, id string) {
	if r.Op == Create && id != "" {
		r.ID = id
	}
}

func adoptDefault(of, by string) func(*Request) {
	return func(r *Request) {
		if vpc := r.Find("ec2.vpc", r.New.Str(by)); vpc != nil {
			adopt(r, vpc.Props.Str(of))
		}
	}
}

func fillSubnet(r *Request) {
	zone, id := r.New.Str("availabilityZone"), r.New.Str("availabilityZoneId")
	if zone == "" {
		zone = zoneByID(r.Region, id)
	}
	if zone == "" {
		zone = r.Region + regions()[r.Region].Zones[:1]
	}
	r.New["availabilityZone"], r.New["availabilityZoneId"] = zone, zoneID(r.Region, zone)
	if r.New.Has("ipv6CidrBlock") && !r.New.Has("ipv6CidrBlockAssociationId") {
		delete(r.New, "ipv6CidrBlockAssociationId")
	} else if !r.New.Has("ipv6CidrBlock") {
		r.New["ipv6CidrBlockAssociationId"] = ""
	}
}

func fillVpc(r *Request) {
	if r.New.Bool("assignGeneratedIpv6CidrBlock") {
		if !r.New.Has("ipv6CidrBlock") {
			r.New["ipv6CidrBlock"] = generatedIPv6(r)
			r.New["ipv6CidrBlockNetworkBorderGroup"] = r.Region
		}
	} else if !r.New.Has("ipv6CidrBlock") {
		r.New["ipv6CidrBlock"], r.New["ipv6AssociationId"] = "", ""
	}
}

func fillVpcIPv6(r *Request) {
	if r.New.Bool("assignGeneratedIpv6CidrBlock") && !r.New.Has("ipv6CidrBlock") {
		r.New["ipv6CidrBlock"] = generatedIPv6(r)
	}
}

// generatedIPv6 hands out /56 blocks one after another, as many as there are VPCs.
func generatedIPv6(r *Request) string {
	n := byte(len(r.All("ec2.vpc")) + len(r.All("ec2.vpcIpv6CidrBlockAssociation")))
	return netip.PrefixFrom(netip.AddrFrom16([16]byte{0x26, 0x00, 0x1f, 0x16, 0x0a, 0x0b, n, 0x00}), 56).String()
}

func fillEip(r *Request) {
	for name, key := range map[string]string{"instance": "instance", "networkInterface": "networkInterface"} {
		if !r.New.Has(name) {
			r.New[key] = ""
		}
	}
}

func fillNat(r *Request) {
	if eip := r.Find("ec2.eip", r.New.Str("allocationId")); eip != nil {
		r.New["publicIp"] = eip.Props.Str("publicIp")
	}
	fillPrivateIP(r, r.New.Str("subnetId"))
}

func fillPrivateIP(r *Request, subnet string) {
	s := r.Find("ec2.subnet", subnet)
	if s == nil || r.New.Has("privateIp") {
		return
	}
	if prefix, err := netip.ParsePrefix(s.Props.Str("cidrBlock")); err == nil {
		addr := prefix.Addr()
		for range 5 + r.addressesUsed(subnet) {
			addr = addr.Next()
		}
		r.New["privateIp"] = addr.String()
	}
}

func fillLaunchTemplate(r *Request) {
	if r.Op == Create {
		r.New["latestVersion"], r.New["defaultVersion"] = 1.0, 1.0
		return
	}
	r.New["latestVersion"] = float64(r.Old.Int("latestVersion") + 1)
	switch {
	case r.New.Bool("updateDefaultVersion"):
		r.New["defaultVersion"] = r.New["latestVersion"]
	case !r.New.Has("defaultVersion"):
		r.New["defaultVersion"] = r.Old["defaultVersion"]
	}
}

func fillRoute(r *Request) {
	if r.Op != Create {
		return
	}
	dest := r.New.Str("destinationCidrBlock") + r.New.Str("destinationIpv6CidrBlock") + r.New.Str("destinationPrefixListId")
	r.ID = "r-" + r.New.Str("routeTableId") + shortHash(dest)
}

func fillInstance(r *Request) {
	if s := r.Find("ec2.subnet", r.New.Str("subnetId")); s != nil {
		r.New["availabilityZone"] = s.Props.Str("availabilityZone")
	}
	fillPrivateIP(r, r.New.Str("subnetId"))
	if !r.New.Bool("associatePublicIpAddress") {
		return
	}
	r.New["publicIp"] = r.Old.Str("publicIp")
	if r.New["publicIp"] == "" {
		digest := sha256.Sum256([]byte(r.token(40, "publicIp")))
		r.New["publicIp"] = say("54.%d.%d.%d", digest[0], digest[1], digest[2])
	}
}

func fillLoadBalancer(r *Request) {
	for _, id := range append(r.New.Strs("subnets"), mapped(r.New)...) {
		if s := r.Find("ec2.subnet", id); s != nil {
			r.New["vpcId"] = s.Props.Str("vpcId")
		}
	}
	if !r.New.Has("subnetMappings") && r.New.Has("subnets") {
		delete(r.New, "subnetMappings")
	}
	if len(r.New.Strs("securityGroups")) == 0 && r.New.Str("loadBalancerType") != "network" && r.New.Str("loadBalancerType") != "gateway" {
		if vpc := r.Find("ec2.vpc", r.New.Str("vpcId")); vpc != nil {
			r.New["securityGroups"] = []any{vpc.Props.Str("defaultSecurityGroupId")}
		}
	}
}

func fillGroup(r *Request) {
	if !r.New.Has("desiredCapacity") {
		r.New["desiredCapacity"] = r.New["minSize"]
	}
	if !r.New.Has("healthCheckType") {
		r.New["healthCheckType"] = "EC2"
	}
	if r.New.Has("vpcZoneIdentifiers") {
		var zones []any
		seen := map[string]bool{}
		for _, id := range r.New.Strs("vpcZoneIdentifiers") {
			if s := r.Find("ec2.subnet", id); s != nil && !seen[s.Props.Str("availabilityZone")] {
				seen[s.Props.Str("availabilityZone")] = true
				zones = append(zones, s.Props.Str("availabilityZone"))
			}
		}
		r.New["availabilityZones"] = zones
	}
	if lt := r.New.Obj("launchTemplate"); lt != nil {
		if t := r.launchTemplate(lt.Str("id"), lt.Str("name")); t != nil {
			lt["id"], lt["name"] = t.ID, t.Props.Str("name")
		}
		if lt.Str("version") == "" {
			lt["version"] = "$Default"
		}
	}
	if spec := r.New.Obj("mixedInstancesPolicy.launchTemplate.launchTemplateSpecification"); spec != nil {
		if t := r.launchTemplate(spec.Str("launchTemplateId"), spec.Str("launchTemplateName")); t != nil {
			spec["launchTemplateId"], spec["launchTemplateName"] = t.ID, t.Props.Str("name")
		}
		if spec.Str("version") == "" {
			spec["version"] = "$Default"
		}
	}
}

// fillKey tells multi-region keys by their IDs.
func fillKey(r *Request) {
	if r.Op == Create && r.ID == "" && r.New.Bool("multiRegion") {
		r.ID = "mrk-" + r.token(32, "key")
	}
	fillKeyPolicy(r)
}

// fillKeyPolicy writes the policy that KMS gives a key that came without one.
func fillKeyPolicy(r *Request) {
	if !r.New.Has("policy") {
		r.New["policy"] = say(`{"Id":"key-default-1","Statement":[{"Action":"kms:*","Effect":"Allow","Principal":{"AWS":"arn:%s:iam::%s:root"},"Resource":"*","Sid":"Enable IAM User Permissions"}],"Version":"2012-10-17"}`,
			r.Partition(), r.Account)
	}
}

func fillListener(r *Request) {
	if secure := oneOf(r.New.Str("protocol"), "HTTPS TLS"); secure && !r.New.Has("sslPolicy") {
		r.New["sslPolicy"] = "ELBSecurityPolicy-2016-08"
	} else if !secure {
		r.New["sslPolicy"] = ""
		delete(r.New, "mutualAuthentication")
	}
}

func fillRecord(r *Request) {
	zone := r.Find("route53.zone", r.New.Str("zoneId"))
	name := r.New.Str("name")
	r.New["fqdn"] = strings.TrimSuffix(name, ".")
	if zone != nil && !strings.HasSuffix(strings.TrimSuffix(name, "."), zone.Props.Str("name")) {
		r.New["fqdn"] = strings.TrimSuffix(name, ".") + "." + zone.Props.Str("name")
	}
	if r.Op == Create {
		r.ID = r.New.Str("zoneId") + "_" + name + "_" + r.New.Str("type")
		if set := r.New.Str("setIdentifier"); set != "" {
			r.ID += "_" + set
		}
	}
}

// after makes what AWS makes along with a resource.
func (w *World) after(r *Request, res *Resource) {
	switch res.Kind {
	case deliveryOf:
		admitLogs(r, res)
	case appStack:
		makeRotator(r, res)
	case dynamoTable:
		w.followReplicas(res)
	}
	if r.Op != Create || res.Kind != "ec2.vpc" {
		return
	}
	implicit := func(kind, token, id string, props Obj) {
		props["vpcId"] = res.ID
		w.put(&Resource{Scope: res.Scope, Kind: kind, Token: token, ID: id, Props: props, Implicit: true, OwnerKind: res.Kind, Owner: res.ID})
	}
	implicit("ec2.securityGroup", "aws:ec2/securityGroup:SecurityGroup", res.Props.Str("defaultSecurityGroupId"), Obj{"name": "default"})
	implicit("ec2.routeTable", "aws:ec2/routeTable:RouteTable", res.Props.Str("mainRouteTableId"), Obj{})
	implicit("ec2.networkAcl", "aws:ec2/networkAcl:NetworkAcl", res.Props.Str("defaultNetworkAclId"), Obj{})
}

func mapped(props Obj) []string {
	var out []string
	for _, m := range props.Objs("subnetMappings") {
		out = append(out, m.Str("subnetId"))
	}
	return out
}
