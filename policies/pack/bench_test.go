package pack

import (
	"fmt"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"github.com/plinth-iac/plinth/policies/rule"
)

// BenchmarkPolicies is the time that all policies take for a stack of a thousand
// resources, decoding included: the calls of the engine without the wire between.
func BenchmarkPolicies(b *testing.B) {
	inputs, resources := thousand(b)
	benchmark(b, inputs, resources)
}

// BenchmarkPoliciesOnKubernetes is the same for a thousand services in a cluster, all in
// one namespace and twenty in each of fifty, where the same names come again. Labels and
// selectors are what they are compared by.
func BenchmarkPoliciesOnKubernetes(b *testing.B) {
	for _, namespaces := range []int{1, 50} {
		b.Run(fmt.Sprint(namespaces), func(b *testing.B) {
			inputs, resources := thousandServices(b, namespaces)
			benchmark(b, inputs, resources)
		})
	}
}

func benchmark(b *testing.B, inputs []*pulumirpc.AnalyzeRequest, resources []*pulumirpc.AnalyzerResource) {
	o := Options{}.withDefaults()
	o.Getenv = func(string) string { return "" }
	b.ResetTimer()
	for b.Loop() {
		s, err := newSession(o, nil, true)
		if err != nil {
			b.Fatal(err)
		}
		for _, req := range inputs {
			s.analyze(fromInputs(req), req.GetType())
		}
		graph := make([]*rule.Resource, len(resources))
		for i, res := range resources {
			graph[i] = fromOutputs(res, s.seen[res.GetUrn()])
		}
		s.analyzeStack(graph, "")
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(inputs)), "ns/resource")
}

// thousand is a thousand resources, of the kinds and in the shares of a large stack: each
// of 20 services has its subnets, load balancer, group and bucket.
func thousand(b *testing.B) ([]*pulumirpc.AnalyzeRequest, []*pulumirpc.AnalyzerResource) {
	var inputs []*pulumirpc.AnalyzeRequest
	var resources []*pulumirpc.AnalyzerResource
	unknown := resource.MakeComputed(resource.NewProperty(""))
	add := func(token, name string, properties map[string]any, edges map[string][]string) string {
		urn := "urn:pulumi:bench::plinth::" + token + "::" + name
		in := resource.NewPropertyMapFromMap(properties)
		in["tags"] = resource.NewProperty(resource.PropertyMap{"Name": resource.NewProperty(name), "owner": resource.NewProperty("web")})
		for i := range 15 {
			in[resource.PropertyKey(fmt.Sprint("other", i))] = resource.NewProperty("a value like many")
		}
		dependencies := map[string]*pulumirpc.AnalyzerPropertyDependencies{}
		for property, urns := range edges {
			in[resource.PropertyKey(property)] = unknown
			dependencies[property] = &pulumirpc.AnalyzerPropertyDependencies{Urns: urns}
		}
		out := in.Copy()
		out["id"], out["arn"] = unknown, unknown
		inputs = append(inputs, &pulumirpc.AnalyzeRequest{Type: token, Urn: urn, Name: name, Properties: wire(b, in)})
		resources = append(resources, &pulumirpc.AnalyzerResource{
			Type: token, Urn: urn, Name: name, Properties: wire(b, out), PropertyDependencies: dependencies,
		})
		return urn
	}
	for i := range 20 {
		name := fmt.Sprint("service", i)
		vpc := add("aws:ec2/vpc:Vpc", name, nil, nil)
		var subnets []string
		for _, zone := range []string{"a", "b", "c"} {
			for tier := range 3 {
				id := fmt.Sprint(name, "-", zone, tier)
				subnet := add("aws:ec2/subnet:Subnet", id, map[string]any{"availabilityZone": "eu-west-1" + zone}, map[string][]string{"vpcId": {vpc}})
				table := add("aws:ec2/routeTable:RouteTable", id, nil, map[string][]string{"vpcId": {vpc}})
				add("aws:ec2/routeTableAssociation:RouteTableAssociation", id, nil, map[string][]string{"subnetId": {subnet}, "routeTableId": {table}})
				subnets = append(subnets, subnet)
			}
		}
		lb := add("aws:lb/loadBalancer:LoadBalancer", name, nil, map[string][]string{"subnets": subnets})
		tg := add("aws:lb/targetGroup:TargetGroup", name, nil, nil)
		listener := add("aws:lb/listener:Listener", name, map[string]any{"protocol": "HTTPS"},
			map[string][]string{"loadBalancerArn": {lb}, "defaultActions": {tg}})
		for rule := range 5 {
			add("aws:lb/listenerRule:ListenerRule", fmt.Sprint(name, rule), nil, map[string][]string{"listenerArn": {listener}, "actions": {tg}})
		}
		template := add("aws:ec2/launchTemplate:LaunchTemplate", name, nil, nil)
		add("aws:autoscaling/group:Group", name, map[string]any{"minSize": 2, "maxSize": 4},
			map[string][]string{"vpcZoneIdentifiers": subnets, "targetGroupArns": {tg}, "launchTemplate": {template}})
		bucket := add("aws:s3/bucketV2:BucketV2", name, nil, nil)
		add("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", name, nil, map[string][]string{"bucket": {bucket}})
		add("aws:s3/bucketPolicy:BucketPolicy", name, nil, map[string][]string{"bucket": {bucket}, "policy": {bucket}})
		for port := range 8 {
			add("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", fmt.Sprint(name, port),
				map[string]any{"ipProtocol": "tcp", "fromPort": 443, "toPort": 443, "cidrIpv4": "10.0.0.0/8"}, nil)
		}
	}
	return inputs, resources
}

// thousandServices are what a thousand services have in a cluster, at a first preview: their
// namespaces have no names yet, and are told by edges.
func thousandServices(b *testing.B, namespaces int) ([]*pulumirpc.AnalyzeRequest, []*pulumirpc.AnalyzerResource) {
	var inputs []*pulumirpc.AnalyzeRequest
	var resources []*pulumirpc.AnalyzerResource
	add := func(token, name string, properties map[string]any, edges map[string][]string) string {
		urn := "urn:pulumi:bench::plinth::" + token + "::" + name
		dependencies := map[string]*pulumirpc.AnalyzerPropertyDependencies{}
		for property, urns := range edges {
			dependencies[property] = &pulumirpc.AnalyzerPropertyDependencies{Urns: urns}
		}
		inputs = append(inputs, &pulumirpc.AnalyzeRequest{Type: token, Urn: urn, Name: name, Properties: wire(b, propertyOf(properties).ObjectValue())})
		resources = append(resources, &pulumirpc.AnalyzerResource{
			Type: token, Urn: urn, Name: name, Properties: wire(b, resource.PropertyMap{}), PropertyDependencies: dependencies,
		})
		return urn
	}
	for n := range namespaces {
		home := add("kubernetes:core/v1:Namespace", fmt.Sprint("ns", n), in{"metadata": in{"labels": in{"pod-security.kubernetes.io/enforce": "restricted"}}}, nil)
		add("kubernetes:networking.k8s.io/v1:NetworkPolicy", fmt.Sprint("ns", n, "-deny"), in{"metadata": in{"namespace": later}, "spec": in{"podSelector": in{}}},
			to{"metadata": {home}})
		for i := range 1000 / namespaces {
			service(n, i, home, add)
		}
	}
	return inputs, resources
}

// service adds one service, with stable and canary pods.
func service(n, i int, home string, add func(token, name string, properties map[string]any, edges map[string][]string) string) {
	unique, app := fmt.Sprint("ns", n, "-service", i), fmt.Sprint("service", i)
	labels := in{"app.kubernetes.io/name": app, "app.kubernetes.io/part-of": "shop", "app.kubernetes.io/component": "stable"}
	put := func(kind, name string, spec in, edges to) string {
		all := to{"metadata": {home}}
		for property, urns := range edges {
			all[property] = urns
		}
		return add(kind, name, in{"metadata": in{"namespace": later, "labels": labels}, "spec": spec}, all)
	}
	restricted := in{"runAsNonRoot": true, "allowPrivilegeEscalation": false, "capabilities": in{"drop": list{"ALL"}}, "seccompProfile": in{"type": "RuntimeDefault"}}
	probe := in{"httpGet": in{"path": "/healthz", "port": 8080}, "periodSeconds": 5, "failureThreshold": 3}
	stable := put("kubernetes:apps/v1:Deployment", unique, in{"selector": in{"matchLabels": labels}, "template": in{"metadata": in{"labels": labels}, "spec": in{
		"containers": list{in{"name": "main", "image": "web:1", "securityContext": restricted, "readinessProbe": probe, "livenessProbe": probe,
			"resources": in{"requests": in{"cpu": "100m", "memory": "64Mi"}, "limits": in{"memory": "64Mi"}}}},
		"topologySpreadConstraints": list{in{"topologyKey": "topology.kubernetes.io/zone", "maxSkew": 1, "labelSelector": in{"matchLabels": labels}}}}}}, nil)
	put("kubernetes:autoscaling/v2:HorizontalPodAutoscaler", unique, in{"scaleTargetRef": in{"kind": "Deployment", "name": later}, "minReplicas": 2}, to{"spec": {stable}})
	put("kubernetes:policy/v1:PodDisruptionBudget", unique, in{"selector": in{"matchLabels": labels}, "maxUnavailable": 1}, nil)
	put("kubernetes:core/v1:Service", unique, in{"selector": labels}, nil)
	put("kubernetes:networking.k8s.io/v1:NetworkPolicy", unique, in{"podSelector": in{"matchLabels": labels}}, nil)
	put("kubernetes:core/v1:ServiceAccount", unique, in{}, nil)
}

// propertyOf is a fixture's value as a resource property.
func propertyOf(v any) resource.PropertyValue {
	switch v := v.(type) {
	case in:
		object := resource.PropertyMap{}
		for key, field := range v {
			object[resource.PropertyKey(key)] = propertyOf(field)
		}
		return resource.NewProperty(object)
	case list:
		items := make([]resource.PropertyValue, len(v))
		for i, item := range v {
			items[i] = propertyOf(item)
		}
		return resource.NewProperty(items)
	case rule.Computed:
		return resource.MakeComputed(resource.NewProperty(""))
	}
	return resource.NewPropertyValue(v)
}
