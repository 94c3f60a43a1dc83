package exposure

import (
	"testing"

	"github.com/plinth-iac/plinth/policies/rule"
)

// netpol is a network policy in the namespace shop, for pods with a label.
func netpol(name, app string, spec has) *rule.Resource {
	labels := has{}
	if app != "" {
		labels["matchLabels"] = has{"app": app}
	}
	all := has{"podSelector": labels}
	for key, v := range spec {
		all[key] = v
	}
	return one(networkPolicy, name, has{"metadata": has{"name": name, "namespace": "shop"}, "spec": all})
}

func TestNetworkPolicies(t *testing.T) {
	shop := one(namespace, "shop", has{"metadata": has{"name": "shop"}})
	runs := func(app string) *rule.Resource {
		return one("kubernetes:apps/v1:Deployment", app, has{"metadata": has{"namespace": "shop"}, "spec": has{"template": has{"metadata": has{"labels": has{"app": app}}}}})
	}
	deny := netpol("deny", "", has{"policyTypes": []any{"Ingress", "Egress"}})
	web := func(port any, peers ...any) *rule.Resource {
		return netpol("web", "web", has{"ingress": []any{has{"from": peers, "ports": []any{has{"port": port}}}}})
	}
	block := func(cidr string, except ...string) has { return has{"ipBlock": has{"cidr": cidr, "except": except}} }
	pods := has{"podSelector": has{"matchLabels": has{"app": "cart"}}}
	out := netpol("web", "web", has{"policyTypes": []any{"Egress"}, "egress": []any{has{"to": []any{block("0.0.0.0/0")}, "ports": []any{has{"port": 443, "protocol": "TCP"}}}}})
	both := func(cidr string) *rule.Resource {
		return netpol("web", "web", has{
			"policyTypes": []any{"Ingress", "Egress"},
			"ingress":     []any{has{"from": []any{block(cidr)}, "ports": []any{has{"port": 80}}}},
			"egress":      []any{has{"to": []any{block(cidr)}, "ports": []any{has{"port": 443}}}},
		})
	}
	const open = "* network web: no network policy keeps anybody from pods of shop/web any more (ingress)"
	run(t, map[string]changed{
		"where nothing was let in": {at{shop, deny}, at{shop, deny, web(80, pods)}, []string{"network web: pods of shop/web let in pods with app=cart on 80/tcp"}},
		"where everything was":     {at{shop}, at{shop, web(80, pods)}, nil},
		"in a new namespace":       {nil, at{shop, deny, web(80, pods)}, nil},
		"wider":                    {at{shop, web(80, block("10.0.0.0/8"))}, at{shop, web(80, block("0.0.0.0/0"))}, []string{"* network web: pods of shop/web let in 0.0.0.0/0 on 80/tcp (was 10.0.0.0/8 on 80/tcp)"}},
		"narrower":                 {at{shop, web(80, block("10.0.0.0/8"))}, at{shop, web(80, block("10.0.0.0/8", "10.1.0.0/16"))}, nil},
		"less is kept out":         {at{shop, web(80, block("10.0.0.0/8", "10.1.0.0/16"))}, at{shop, web(80, block("10.0.0.0/8"))}, []string{"network web: pods of shop/web let in 10.0.0.0/8 on 80/tcp"}},
		"everybody":                {at{shop, web(80, pods)}, at{shop, web(80)}, []string{"* network web: pods of shop/web let in everybody on 80/tcp (was pods with app=cart on 80/tcp)"}},
		"after everybody":          {at{shop, web(80)}, at{shop, web(80, pods, block("10.0.0.0/8"))}, nil},
		"another port":             {at{shop, web(80, pods)}, at{shop, web(81, pods)}, []string{"network web: pods of shop/web let in pods with app=cart on 81/tcp (was pods with app=cart on 80/tcp)"}},
		"a port by its name":       {at{shop, web("main", pods)}, at{shop, web("admin", pods)}, []string{"network web: pods of shop/web let in pods with app=cart on admin/tcp (was pods with app=cart on main/tcp)"}},
		"by another policy":        {at{shop, web(80, pods)}, at{shop, netpol("other", "web", has{"ingress": []any{has{"from": []any{pods}, "ports": []any{has{"port": 80}}}}})}, nil},
		"in and out": {at{shop, both("10.0.0.0/8")}, at{shop, both("11.0.0.0/8")},
			[]string{"network web: pods of shop/web let in 11.0.0.0/8 on 80/tcp, and may connect to 11.0.0.0/8 on 443/tcp (was 10.0.0.0/8 on 80/tcp, and 10.0.0.0/8 on 443/tcp)"}},
		"anywhere": {at{shop, deny}, at{shop, deny, netpol("web", "web", has{"policyTypes": []any{"Egress"}, "egress": []any{has{"to": []any{pods}}, has{"ports": []any{has{"port": 53, "protocol": "UDP"}}}}})},
			[]string{"network web: pods of shop/web may connect to anywhere on 53/udp; pods with app=cart on all ports and protocols"}},
		"outwards":                   {at{shop, deny}, at{shop, deny, out}, []string{"network web: pods of shop/web may connect to 0.0.0.0/0 on 443/tcp"}},
		"deleted":                    {at{shop, runs("web"), web(80, pods)}, at{shop, runs("web")}, []string{open}},
		"deleted with its pods":      {at{shop, runs("web"), web(80, pods)}, at{shop}, nil},
		"deleted with its namespace": {at{shop, web(80, pods)}, nil, nil},
		"deleted where others hold":  {at{shop, deny, web(80, pods)}, at{shop, deny}, nil},
		"not known": {at{shop, web(80, pods)}, at{shop, one(networkPolicy, "web", has{"metadata": has{"namespace": "shop"}, "spec": rule.Computed{}})},
			[]string{"? network web: what it lets through is known after the deploy"}},
	})
}

func TestWhatIsOpenInACluster(t *testing.T) {
	const service, bind = "kubernetes:core/v1:Service", "ClusterRoleBinding"
	const admin = "* permission b: ServiceAccount ci may now do in the whole cluster what the role cluster-admin allows"
	of := func(kind string) at { return at{one(service, "web", has{"spec": has{"type": kind}})} }
	allows := func(verbs, kinds []string, named ...string) at {
		return at{one(clusterRole, "r", has{"rules": []any{has{"apiGroups": []any{""}, "resources": kinds, "verbs": verbs, "resourceNames": named}}})}
	}
	everything := at{one(clusterRole, "r", has{"rules": []any{has{"apiGroups": []any{"*"}, "resources": []any{"*"}, "verbs": []any{"*"}}}})}
	binds := func(kind, name, to string) at {
		return at{one("kubernetes:rbac.authorization.k8s.io/v1:"+kind, name, has{"roleRef": has{"kind": "ClusterRole", "name": to}, "subjects": []any{has{"kind": "ServiceAccount", "name": "ci", "namespace": "ops"}}})}
	}
	params := func(scheme string, blocks ...string) at {
		return at{one("kubernetes:eks.amazonaws.com/v1:IngressClassParams", "p", has{"spec": has{"scheme": scheme, "inboundCIDRs": blocks}})}
	}
	ingress := func(host string, paths ...string) at {
		var all []any
		for _, path := range paths {
			all = append(all, has{"path": path})
		}
		return at{one("kubernetes:networking.k8s.io/v1:Ingress", "i", has{"spec": has{"rules": []any{has{"host": host, "http": has{"paths": all}}}}})}
	}
	run(t, map[string]changed{
		"a load balancer": {of("ClusterIP"), of("LoadBalancer"),
			[]string{"* network web: 0.0.0.0/0 may connect to the load balancer of web", "endpoint web: has a load balancer of its own"}},
		"no load balancer":    {of("LoadBalancer"), of("ClusterIP"), nil},
		"a role for all":      {allows([]string{"get"}, []string{"pods"}), allows([]string{"*"}, []string{"*"}), []string{"* permission r: who has it may now: * on * (was get on pods)"}},
		"more verbs":          {allows([]string{"get"}, []string{"pods"}), allows([]string{"get", "list"}, []string{"pods"}), []string{"permission r: who has it may now: list on pods"}},
		"less than all":       {everything, allows([]string{"get"}, []string{"pods"}), nil},
		"one by its name":     {allows([]string{"get"}, []string{"secrets"}), allows([]string{"get"}, []string{"secrets"}, "token"), nil},
		"all instead of one":  {allows([]string{"get"}, []string{"secrets"}, "token"), allows([]string{"get"}, []string{"secrets"}), []string{"permission r: who has it may now: get on secrets (was get on secrets token)"}},
		"fewer verbs":         {allows([]string{"*"}, []string{"pods"}), allows([]string{"get", "list"}, []string{"pods"}), nil},
		"an admin":            {nil, binds(bind, "b", "cluster-admin"), []string{admin}},
		"an admin of all":     {binds("RoleBinding", "b", "cluster-admin"), binds("ClusterRoleBinding", "b", "cluster-admin"), []string{admin}},
		"the same admin":      {binds(bind, "b", "cluster-admin"), binds(bind, "c", "cluster-admin"), nil},
		"a reader":            {binds(bind, "b", "cluster-admin"), binds(bind, "b", "view"), []string{"permission b: ServiceAccount ci may now do in the whole cluster what the role view allows (was the role cluster-admin)"}},
		"balancers that face": {params("internal", "10.0.0.0/8"), params("internet-facing"), []string{"* network p: 0.0.0.0/0, ::/0 may connect to the load balancers of p (was 10.0.0.0/8)", "endpoint p: its load balancers face the internet"}},
		"an ingress":          {nil, ingress("", "/cart"), []string{"endpoint i: requests for /cart now reach it through the load balancer"}},
		"another path":        {ingress("a.example", "/cart"), ingress("a.example", "/cart", "/pay"), []string{"endpoint i: requests for a.example/pay now reach it through the load balancer"}},
		"one path less":       {ingress("", "/cart", "/pay"), ingress("", "/cart"), nil},
	})
}
