package aws

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	storeARN    = "arn:aws:cloudfront::111122223333:key-value-store/s1"
	balancerARN = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/app/1"
	networkARN  = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/net/net/1"
	longKey     = `-----BEGIN PUBLIC KEY-----
MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAEBHufPOo+wxbpgpDUDdHl8r3sHcPThE1F
FdADMo7Xr2+ib8wn8p44wu/YzYSlI2DgeP9nWlYbZh5oa/aJrE8SEfyxsuySRMjG
Rs0ODPWABejbnoD1cMwMUl8lOuXF96Gq
-----END PUBLIC KEY-----
`
)

func endpoint(changes Obj) Obj {
	return Obj{"vpcOriginEndpointConfig": map[string]any(altered(Obj{"arn": balancerARN, "name": "app", "httpPort": 80, "httpsPort": 443, "originProtocolPolicy": "https-only",
		"originSslProtocols": Obj{"items": []string{"TLSv1.2"}, "quantity": 1}}, changes))}
}

// inZone is the ARN of balancerIn.
func inZone(letter string) string {
	return strings.Replace(balancerARN, "eu-west-1:111122223333:loadbalancer/app/app/1", "us-east-1:111122223333:loadbalancer/app/app/"+letter, 1)
}

// balancerIn is a load balancer in one zone of us-east-1.
func balancerIn(letter string) []*Resource {
	all := []*Resource{
		existing("ec2.subnet", "subnet-"+letter, Obj{"availabilityZone": "us-east-1" + letter}),
		existing("lb.loadBalancer", inZone(letter), Obj{"arn": inZone(letter), "internal": true, "loadBalancerType": "application", "subnets": []string{"subnet-" + letter}}),
	}
	for _, r := range all {
		r.Region = "us-east-1"
	}
	return all
}

func realtime(status string) Obj {
	return Obj{"monitoringSubscription": Obj{"realtimeMetricsSubscriptionConfig": Obj{"realtimeMetricsSubscriptionStatus": status}}}
}

var soundEdge = map[string]Obj{
	edgeStore:                          {"name": "routes", "arn": storeARN},
	storeKey:                           {"keyValueStoreArn": storeARN, "key": "/old", "value": "/new"},
	storeKeys:                          {"keyValueStoreArn": storeARN, "resourceKeyValuePairs": []Obj{{"key": "/old", "value": "/new"}}},
	"cloudfront.function":              {"name": "rewrite", "keyValueStoreAssociations": []string{storeARN}},
	publicKey:                          {"name": "signer", "encodedKey": signerKey},
	keyGroup:                           {"name": "signers", "items": []string{"K1"}},
	distribute:                         {"defaultCacheBehavior": Obj{"trustedKeyGroups": []string{"a", "b", "c", "d"}}, "origins": []Obj{{"vpcOriginConfig": Obj{"originReadTimeout": 60, "originKeepaliveTimeout": 5}}}},
	vpcOrigin:                          endpoint(nil),
	monitoring:                         altered(realtime("Enabled"), Obj{"distributionId": "E1"}),
	"cloudfront.responseHeadersPolicy": {"corsConfig": Obj{"accessControlAllowMethods": Obj{"items": []string{"GET", "ALL"}}}, "serverTimingHeadersConfig": Obj{"samplingRate": 50}},
}

func TestEdgeRules(t *testing.T) {
	store := existing(edgeStore, "s1", Obj{"name": "there", "arn": storeARN})
	balancer := func(changes Obj) []*Resource {
		return []*Resource{existing("lb.loadBalancer", balancerARN, altered(Obj{"arn": balancerARN, "name": "app", "internal": true, "loadBalancerType": "application"}, changes))}
	}
	network := func(changes Obj, more ...*Resource) []*Resource {
		return append(more, existing("lb.loadBalancer", networkARN, altered(Obj{"arn": networkARN, "internal": true, "loadBalancerType": "network", "securityGroups": []string{"sg-1"}}, changes)))
	}
	listener := func(protocol string) *Resource {
		return existing("lb.listener", "listener", Obj{"loadBalancerArn": networkARN, "protocol": protocol})
	}
	toNetwork := endpoint(Obj{"arn": networkARN})
	origin := func(c Obj) Obj { return Obj{"origins": []Obj{{"vpcOriginConfig": c}}} }
	user := existing("cloudfront.function", "f", Obj{"keyValueStoreAssociations": []string{storeARN}})
	cases := []ruleCase{
		{rule: "edge-store-name", kind: edgeStore, bad: Obj{"name": "my store"}},
		{rule: edgeStore + "-taken", kind: edgeStore, bad: Obj{"name": "there"}},
		{rule: "edge-store-in-use", kind: edgeStore, op: Delete, worse: []*Resource{user}},
		{rule: "edge-function-store", kind: "cloudfront.function", bad: Obj{"keyValueStoreAssociations": []string{storeARN + "2"}}, good: Obj{"keyValueStoreAssociations": nil}},
		{rule: "edge-function-store", kind: "cloudfront.function", op: Update, bad: Obj{"keyValueStoreAssociations": []string{storeARN, storeARN}}},
		{rule: "edge-store-found", kind: storeKey, bad: Obj{"keyValueStoreArn": storeARN + "2"}},
		{rule: "edge-store-found", kind: storeKeys, bad: Obj{"keyValueStoreArn": storeARN + "2"}},
		{rule: "edge-store-size", kind: storeKey, op: Update, bad: Obj{"value": strings.Repeat("x", 1025)}, good: Obj{"value": strings.Repeat("x", 1024)}},
		{rule: "edge-store-size", kind: storeKeys, bad: Obj{"resourceKeyValuePairs": []Obj{{"key": strings.Repeat("x", 513), "value": "y"}}}},
		{rule: "public-key-form", kind: publicKey, bad: Obj{"encodedKey": "ssh-rsa AAAA"}},
		{rule: "public-key-form", kind: publicKey, bad: Obj{"encodedKey": longKey}},
		{rule: "public-key-form", kind: publicKey, bad: Obj{"encodedKey": signerKey + signerKey}, good: Obj{"encodedKey": strings.TrimSpace(signerKey)}},
		{rule: publicKey + "-taken", kind: publicKey, worse: many(1, publicKey, Obj{"name": "signer"})},
		{rule: "key-group-size", kind: keyGroup, bad: Obj{"items": []string{"a", "b", "c", "d", "e", "f"}}, good: Obj{"items": []string{"a", "b", "c", "d", "e"}}},
		{rule: "key-group-size", kind: keyGroup, op: Update, bad: Obj{"items": nil}},
		{rule: "cdn-key-groups-quota", kind: distribute, bad: Obj{"defaultCacheBehavior": Obj{"trustedKeyGroups": []string{"a", "b", "c", "d", "e"}}}},
		{rule: "cdn-vpc-origin-timeouts", kind: distribute, bad: origin(Obj{"originReadTimeout": 121}), good: origin(Obj{"originReadTimeout": 120})},
		{rule: "cdn-vpc-origin-timeouts", kind: distribute, op: Update, bad: origin(Obj{"originKeepaliveTimeout": 0})},
		{rule: "vpc-origin-balancer", kind: vpcOrigin, with: balancer(nil), bad: endpoint(Obj{"arn": strings.Replace(balancerARN, "app/1", "open/1", 1)}), good: endpoint(nil)},
		{rule: "vpc-origin-balancer", kind: vpcOrigin, with: network(nil, listener("TCP")), bad: endpoint(Obj{"arn": strings.Replace(networkARN, "net/1", "gw/1", 1)}), good: toNetwork},
		{rule: "vpc-origin-balancer", kind: vpcOrigin, with: network(nil), worse: []*Resource{listener("TLS")}, bad: toNetwork, good: toNetwork},
		{
			rule: "vpc-origin-zones", kind: vpcOrigin, bad: endpoint(Obj{"arn": inZone("e")}), good: endpoint(Obj{"arn": inZone("a")}),
			with: append(balancerIn("a"), balancerIn("e")...),
		},
		{rule: "vpc-origin-ports", kind: vpcOrigin, with: balancer(nil), bad: endpoint(Obj{"httpPort": 81}), good: endpoint(Obj{"httpPort": 8080})},
		{rule: "vpc-origin-ports", kind: vpcOrigin, op: Update, with: balancer(nil), bad: endpoint(Obj{"originSslProtocols": Obj{"items": []string{"TLSv1.3"}}})},
		{rule: "monitoring-distribution", kind: monitoring, bad: Obj{"distributionId": "E2"}},
		{rule: "monitoring-once", kind: monitoring, worse: []*Resource{existing(monitoring, "E1", nil)}},
		{rule: "monitoring-status", kind: monitoring, op: Update, bad: realtime("On"), good: realtime("Disabled")},
		{rule: "response-headers-cors", kind: "cloudfront.responseHeadersPolicy", bad: Obj{"corsConfig": Obj{"accessControlAllowMethods": Obj{"items": []string{"get"}}}}},
		{rule: "response-headers-cors", kind: "cloudfront.responseHeadersPolicy", op: Update, bad: Obj{"serverTimingHeadersConfig": Obj{"samplingRate": 101}}},
	}
	for i := range cases {
		cases[i].with = append(cases[i].with, store, existing(distribute, "E1", nil),
			existing("lb.loadBalancer", "open", Obj{"arn": strings.Replace(balancerARN, "app/1", "open/1", 1), "loadBalancerType": "application"}),
			existing("lb.loadBalancer", "gw", Obj{"arn": strings.Replace(networkARN, "net/1", "gw/1", 1), "loadBalancerType": "gateway", "internal": true}))
	}
	for _, c := range []Obj{{"ipAddressType": "dualstack"}, {"securityGroups": []string{}}} {
		other := strings.Replace(networkARN, "net/1", "other/1", 1)
		cases = append(cases, ruleCase{rule: "vpc-origin-balancer", kind: vpcOrigin, with: network(altered(c, Obj{"arn": other}), network(nil)...), bad: endpoint(Obj{"arn": other}), good: toNetwork})
	}
	judgeCases(t, edgeRules, soundEdge, cases)
}

func TestEdgeRecordRules(t *testing.T) {
	const domain = "d1.cloudfront.net"
	alias := func(name, zone string, health bool) Obj {
		return Obj{"aliases": []Obj{{"name": name, "zoneId": zone, "evaluateTargetHealth": health}}}
	}
	certificate := existing("acm.certificate", "c", Obj{"arn": "c", "validationMethod": "DNS", "domainValidationOptions": []Obj{{"resourceRecordName": "_a.example.org.", "resourceRecordValue": "_b.acm-validations.aws."}}})
	mail := existing("acm.certificate", "mail", Obj{"arn": "mail", "validationMethod": "EMAIL"})
	ground := []*Resource{
		certificate, mail, existing("route53.zone", "Z1", Obj{"name": "example.org"}), existing("route53.zone", "Z2", Obj{"name": "example.org", "vpcs": []Obj{{"vpcId": "vpc-1"}}}),
		existing(distribute, "E1", Obj{"domainName": domain, "aliases": []string{"example.org", "*.shop.example.org"}}),
	}
	proof := func(id string, changes Obj) *Resource {
		return existing("route53.record", id, altered(Obj{"zoneId": "Z1", "fqdn": "_A.example.org", "type": "CNAME", "records": []string{"_b.acm-validations.aws"}}, changes))
	}
	sound := map[string]Obj{
		"route53.record":            altered(alias(domain, "Z2FDTNDATAQYW2", false), Obj{"zoneId": "Z1", "name": "example.org", "type": "A"}),
		"acm.certificateValidation": {"certificateArn": "c"},
	}
	const validation = "acm.certificateValidation"
	proven := append([]*Resource{proof("p", nil)}, ground...)
	judgeCases(t, edgeRecordRules, sound, []ruleCase{
		{rule: "record-alias-edge-zone", kind: "route53.record", with: ground, bad: alias(domain, "Z1", false), good: alias(domain+".", "Z2FDTNDATAQYW2", false)},
		{rule: "record-alias-edge-zone", kind: "route53.record", with: ground, op: Update, bad: alias("d9.cloudfront.net", "Z35SXDOTRQ7X7K", false), good: alias("d9.cloudfront.net", "Z2FDTNDATAQYW2", false)},
		{rule: "record-alias-edge-health", kind: "route53.record", with: ground, bad: alias(domain, "Z2FDTNDATAQYW2", true)},
		{rule: "record-alias-edge-name", kind: "route53.record", with: ground, bad: Obj{"name": "www.example.org"}, good: Obj{"name": "www.shop.example.org"}},
		{rule: "record-alias-edge-name", kind: "route53.record", with: ground, op: Update, bad: Obj{"name": "a.b.shop.example.org"}},
		{rule: "validation-record-values", kind: validation, with: proven, bad: Obj{"certificateArn": "c2"}, good: Obj{"certificateArn": "mail"},
			worse: []*Resource{existing("acm.certificate", "c2", Obj{"arn": "c2", "validationMethod": "DNS", "domainValidationOptions": []Obj{{"resourceRecordName": "_x.example.org."}}})}},
	})
	for what, p := range map[string]Obj{"a private zone": {"zoneId": "Z2"}, "another type": {"type": "TXT"}, "another value": {"records": []string{"_c.acm-validations.aws"}}, "another name": {"fqdn": "_b.example.org"}} {
		t.Run(what, func(t *testing.T) {
			c := ruleCase{kind: validation, op: Create}
			r := c.request(sound[validation], nil, append([]*Resource{proof("p", p)}, ground...))
			require.False(t, r.proven(r.Find("acm.certificate", "c").Props.Objs("domainValidationOptions")[0]))
		})
	}
}
