package exposure

import (
	"testing"

	"github.com/plinth-iac/plinth/policies/rule"
)

func TestLoadBalancersOfKubernetes(t *testing.T) {
	const alb, nlb = "alb.ingress.kubernetes.io/", "service.beta.kubernetes.io/"
	ingress := func(annotations has) at {
		return at{one("kubernetes:networking.k8s.io/v1:Ingress", "i", has{"metadata": has{"annotations": annotations}})}
	}
	service := func(annotations has, ranges ...any) at {
		return at{one("kubernetes:core/v1:Service", "s", has{"metadata": has{"annotations": annotations}, "spec": has{"type": "LoadBalancer", "loadBalancerSourceRanges": ranges}})}
	}
	scheme := func(of string) has { return has{alb + "scheme": of} }
	office := has{alb + "scheme": "internet-facing", alb + "inbound-cidrs": "192.0.2.0/24, 198.51.100.0/24"}
	const facing, all = "endpoint i: its load balancer faces the internet", "* network i: 0.0.0.0/0 may connect to the load balancer of i"
	run(t, map[string]changed{
		"an ingress that faces":    {ingress(scheme("internal")), ingress(office), []string{facing}},
		"for everybody":            {ingress(office), ingress(scheme("internet-facing")), []string{all + " (was 192.0.2.0/24, 198.51.100.0/24)"}},
		"in the network":           {ingress(has{alb + "inbound-cidrs": "10.1.0.0/16"}), ingress(nil), []string{all[2:] + " (was 10.1.0.0/16)"}},
		"a new one that is inside": {nil, ingress(scheme("internal")), nil},
		"groups say who":           {ingress(has{alb + "security-groups": "sg-1"}), ingress(has{alb + "scheme": "internet-facing", alb + "security-groups": "sg-1"}), []string{facing}},
		"to be known":              {ingress(scheme("internal")), ingress(has{alb + "scheme": rule.Computed{}}), []string{"? endpoint i: whether its load balancer faces the internet is known after the deploy"}},
		"a service that faces": {service(has{nlb + "aws-load-balancer-scheme": "internal"}, "192.0.2.0/24"), service(has{nlb + "aws-load-balancer-scheme": "internet-facing"}, "192.0.2.0/24"),
			[]string{"endpoint s: its load balancer faces the internet"}},
		"a service without ranges": {service(nil, "192.0.2.0/24"), service(nil), []string{"* network s: 0.0.0.0/0 may connect to the load balancer of s (was 192.0.2.0/24)"}},
		"ranges in an annotation":  {service(nil, "192.0.2.0/24"), service(has{nlb + "load-balancer-source-ranges": "192.0.2.0/24"}), nil},
		"a service inside":         {service(has{nlb + "aws-load-balancer-internal": "true"}, "10.1.0.0/16"), service(has{nlb + "aws-load-balancer-internal": "true"}), []string{"network s: 0.0.0.0/0 may connect to the load balancer of s (was 10.1.0.0/16)"}},
	})
}

func TestWhoIsMappedIntoACluster(t *testing.T) {
	maps := func(roles any) at {
		return at{one("kubernetes:core/v1:ConfigMap", "auth", has{"metadata": has{"name": "aws-auth"}, "data": has{"mapRoles": roles}})}
	}
	const nodes = "- rolearn: arn:aws:iam::999988887777:role/nodes\n  username: node\n  groups: [system:nodes]\n"
	const admins = "- rolearn: arn:aws:iam::999988887777:role/admins\n  groups:\n  - system:masters\n"
	run(t, map[string]changed{
		"one more":       {maps(nodes), maps(nodes + admins), []string{"* permission auth: who may use the cluster changes: role/admins of another account (999988887777) as system:masters"}},
		"one less":       {maps(nodes + admins), maps(nodes), nil},
		"not known":      {maps(nodes), maps(rule.Computed{}), []string{"? permission auth: who may use the cluster is known after the deploy"}},
		"no list":        {maps(nodes), maps("{"), []string{"? permission auth: who may use the cluster cannot be told: mapRoles is no list"}},
		"something else": {at{one("kubernetes:core/v1:ConfigMap", "c", nil)}, at{one("kubernetes:core/v1:ConfigMap", "c", has{"data": has{"mapRoles": admins}})}, nil},
	})
}

func TestWhatPodsMustKeepTo(t *testing.T) {
	of := func(standard any) at {
		return at{one(namespace, "shop", has{"metadata": has{"labels": has{"pod-security.kubernetes.io/enforce": standard}}})}
	}
	const gone = "permission shop: pods need no longer keep to the security standard "
	run(t, map[string]changed{
		"less":     {of("restricted"), of("baseline"), []string{gone + "restricted"}},
		"anything": {of("baseline"), of("privileged"), []string{gone + "baseline"}},
		"no label": {of("restricted"), of(nil), []string{gone + "restricted, baseline"}},
		"more":     {of("baseline"), of("restricted"), nil},
		"gone":     {of("restricted"), nil, nil},
	})
}

func TestWhoNeedNotSignInAnyMore(t *testing.T) {
	of := func(token string, inputs has) at { return at{one(token, "it", inputs)} }
	const listener, cache = "aws:lb/listener:Listener", "aws:elasticache/replicationGroup:ReplicationGroup"
	actions := func(kinds ...string) at {
		var all []any
		for _, kind := range kinds {
			all = append(all, has{"type": kind})
		}
		return of(listener, has{"defaultActions": all})
	}
	points := func(block any) at { return of(accessPoint, has{"publicAccessBlockConfiguration": block}) }
	behaves := func(viewers string) at {
		return of(distribution, has{"defaultCacheBehavior": has{"viewerProtocolPolicy": viewers}})
	}
	run(t, map[string]changed{
		"a listener":            {actions("authenticate-oidc", "forward"), actions("forward"), []string{"network it: nobody has to sign in any more"}},
		"a cache":               {of(cache, has{"authToken": rule.Secret{Of: "top secret"}}), of(cache, nil), []string{"network it: no token is asked of who connects any more"}},
		"a cache, with another": {of(cache, has{"authToken": rule.Secret{Of: "top secret"}}), of(cache, has{"authToken": rule.Secret{Of: "other secret"}}), nil},
		"a cache in plain text": {of(cache, has{"transitEncryptionEnabled": true}), of(cache, nil), []string{"network it: what is sent is not encrypted any more"}},
		"a broker":              {of("aws:msk/cluster:Cluster", nil), of("aws:msk/cluster:Cluster", has{"clientAuthentication": has{"unauthenticated": true}}), []string{"network it: it asks nobody who connects"}},
		"a domain":              {of(domain, has{"vpcOptions": has{}, "advancedSecurityOptions": has{"enabled": true}}), of(domain, has{"vpcOptions": has{}}), []string{"network it: no users and roles of its own limit who connects any more"}},
		"plain HTTP":            {behaves("redirect-to-https"), behaves("allow-all"), []string{"network it: serves by plain HTTP too"}},
		"a public access point": {points(nil), points(has{"blockPublicPolicy": false}), []string{"endpoint it: it: policies that make it public are no longer blocked (blockPublicPolicy)"}},
		"a public object":       {of("aws:s3/bucketObjectv2:BucketObjectv2", nil), of("aws:s3/bucketObjectv2:BucketObjectv2", has{"acl": "public-read"}), []string{"* endpoint it: its ACL lets everybody in"}},
	})
}
