package cost

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/policies/rule"
)

// saving is what would be saved by the change that begins with a text; 0 if it is not told of.
func saving(t testing.TB, used map[string]float64, begins string, resources ...*rule.Resource) float64 {
	t.Helper()
	for _, s := range Savings(rule.NewGraph(resources), prices(t), easy(t, used)) {
		if strings.HasPrefix(s.Change, begins) {
			require.NotEmpty(t, s.Costs)
			return s.USD
		}
	}
	return 0
}

// What a change saves is computed by hand.
func TestWhatWouldBeSaved(t *testing.T) {
	gateway := func(zone string) []*rule.Resource {
		return []*rule.Resource{of(natGateway, "nat-"+zone, map[string]any{"allocationId": "eip-" + zone + "-id", "subnetId": "private-id"}), of(eip, "eip-"+zone, nil)}
	}
	gateways := append(append(gateway("a"), gateway("b")...), private())
	balancer := func(name string, internal bool) *rule.Resource {
		return of(loadBalancer, name, map[string]any{"internal": internal, "subnets": []string{"private-id", "b"}})
	}
	const h = 744 // hours of the month
	used := map[string]float64{hours: h, serviceGB: 100, logGB: 20}
	multi := of(database, "db", map[string]any{"instanceClass": "db.t4g.small", "engine": "postgres", "engineVersion": "17", "allocatedStorage": 20, "multiAz": true})
	old := of(database, "db", map[string]any{"instanceClass": "db.t4g.small", "engine": "postgres", "engineVersion": "13", "allocatedStorage": 20})
	group := of(scalingGroup, "group", map[string]any{"minSize": 2, "maxSize": 4, "launchTemplate": map[string]any{"id": "template-id"}, "vpcZoneIdentifiers": []string{"a"}})
	template := func(class, disk string, watched bool) *rule.Resource {
		return of(launchTemplate, "template", map[string]any{
			"instanceType": class, "monitoring": map[string]any{"enabled": watched},
			"blockDeviceMappings": []any{map[string]any{"ebs": map[string]any{"volumeSize": 50, "volumeType": disk}}},
		})
	}
	interfaces := []*rule.Resource{
		of(endpoint, "logs", map[string]any{"vpcEndpointType": "Interface", "serviceName": "com.amazonaws.us-east-1.logs", "subnetIds": []string{"a", "b"}}),
	}
	protected := of(bucket, "kept", nil)
	protected.Protect = true
	pool := of(nodePool, "pool", map[string]any{"spec": map[string]any{"template": map[string]any{"spec": map[string]any{"requirements": []any{
		map[string]any{"key": "karpenter.sh/capacity-type", "operator": "In", "values": []string{"on-demand"}},
	}}}}})
	kubernetes := of(cluster, "cluster", map[string]any{"version": "1.35", "vpcConfig": map[string]any{"subnetIds": []string{"a"}}})
	mixed := of(scalingGroup, "mixed", map[string]any{
		"minSize": 2, "maxSize": 2, "vpcZoneIdentifiers": []string{"a"},
		"mixedInstancesPolicy": map[string]any{
			"instancesDistribution": map[string]any{"onDemandBaseCapacity": 1, "onDemandPercentageAboveBaseCapacity": 0},
			"launchTemplate":        map[string]any{"launchTemplateSpecification": map[string]any{"launchTemplateId": "template-id"}},
		},
	})
	unscheduled := scheduled("later")
	unscheduled.Inputs["autoscalingGroupName"] = rule.Of(rule.Computed{})
	named := of(logGroup, "logs", map[string]any{"name": "shop"})
	for name, c := range map[string]struct {
		begins    string
		resources []*rule.Resource
		want      float64
	}{
		"a NAT instance is less than one gateway": {"one small NAT instance in vpc instead of 2", gateways, 2*(0.05+0.005)*h + 100*0.04 - (0.004+0.005)*h - 8*0.08},
		"not in production":                       {"one small NAT", append(gateways, protected), 0},
		"one balancer inside":                     {"one internal load balancer for a, b, with", []*rule.Resource{balancer("a", true), balancer("b", true), balancer("c", false), private()}, 0.02 * h},
		"balancers of other networks, of other tiers and of other kinds stay": {
			"one internal", []*rule.Resource{
				balancer("a", true), private(), of(loadBalancer, "b", map[string]any{"internal": true, "subnets": []string{"other-id"}}), of(subnet, "other", map[string]any{"vpcId": "vpc-2"}),
				of(loadBalancer, "nlb", map[string]any{"internal": true, "subnets": []string{"private-id"}, "loadBalancerType": "network"}),
				balancer("origin", true), of("aws:cloudfront/vpcOrigin:VpcOrigin", "vo", map[string]any{"vpcOriginEndpointConfig": map[string]any{"arn": "origin-id"}}),
			}, 0,
		},
		"gateways of other networks stay": {
			"one NAT gateway", []*rule.Resource{
				of(natGateway, "a", map[string]any{"subnetId": "private-id"}), private(),
				of(natGateway, "b", map[string]any{"subnetId": "other-id"}), of(subnet, "other", map[string]any{"vpcId": "vpc-2"}),
			}, 0,
		},
		"schedules that are not known yet": {"schedules", []*rule.Resource{group, private(), template("t4g.small", "gp3", false), unscheduled}, 0},
		"logs that a filter reads":         {"the log class", []*rule.Resource{named, of("aws:cloudwatch/logMetricFilter:LogMetricFilter", "f", map[string]any{"logGroupName": "shop"})}, 0},
		"logs that are sent on":            {"the log class", []*rule.Resource{named, of("aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter", "f", map[string]any{"logGroup": "logs-id"})}, 0},
		"logs that a filter may read":      {"the log class", []*rule.Resource{named, of("aws:cloudwatch/logMetricFilter:LogMetricFilter", "f", map[string]any{"logGroupName": rule.Computed{}})}, 0},
		"spot nodes are no production":     {"spot machines", []*rule.Resource{kubernetes, pool, protected}, 0},
		"endpoints stay in production":     {"no interface endpoints", append(slices.Clone(interfaces), append(gateways, protected)...), 0},
		"a balancer alone stays":           {"one internal", []*rule.Resource{balancer("a", true), balancer("c", false)}, 0},
		"a database in one zone":           {"db in one zone", []*rule.Resource{multi}, 0.03*h + 20*0.1},
		"a version in support":             {"a version in standard support for db", []*rule.Resource{old}, 2 * 0.1 * h},
		"a version of Aurora in support": {
			"a version in standard support for aurora", []*rule.Resource{
				of(auroraCluster, "aurora", map[string]any{"engine": "aurora-postgresql", "engineVersion": "13.9"}),
				of(auroraInstance, "one", map[string]any{"engine": "aurora-postgresql", "engineVersion": "13.9", "instanceClass": "db.t4g.small", "clusterIdentifier": "aurora-id"}),
			}, 2 * 0.1 * h,
		},
		"a version in support already":        {"a version", []*rule.Resource{multi}, 0},
		"schedules":                           {"schedules that stop group", []*rule.Resource{group, template("t4g.small", "gp3", false)}, (1 - 65./168) * 2 * (0.016*h + 50*0.08)},
		"a group with schedules":              {"schedules", []*rule.Resource{group, template("t4g.small", "gp3", false), scheduled("group-id")}, 0},
		"Graviton":                            {"Graviton for template", []*rule.Resource{group, template("t3.small", "gp3", false)}, 2 * (0.02 - 0.016) * h},
		"no price of the class on Graviton":   {"Graviton", []*rule.Resource{group, template("t3.large", "gp3", false)}, 0},
		"gp3":                                 {"gp3 instead of gp2 for template", []*rule.Resource{group, template("t4g.small", "gp2", false)}, 2 * 50 * 0.02},
		"monitoring":                          {"no detailed monitoring in template", []*rule.Resource{group, template("t4g.small", "gp3", true)}, 2 * 7 * 0.3},
		"Valkey":                              {"Valkey instead of Redis for cache (engine: valkey, its engineVersion, a parameter group of its family)", []*rule.Resource{of(replication, "cache", map[string]any{"nodeType": "cache.t4g.small", "numCacheClusters": 2})}, 2 * 0.006 * h},
		"one node of a cache":                 {"one node in cache (numCacheClusters: 1, automaticFailoverEnabled: false, multiAzEnabled: false)", []*rule.Resource{of(replication, "cache", map[string]any{"engine": "valkey", "nodeType": "cache.t4g.small", "numCacheClusters": 3})}, 2 * 0.024 * h},
		"endpoints that cost more than NAT":   {"no interface endpoints for logs", append(interfaces, gateways...), 2*0.01*h + 100*0.01 - 100*0.04},
		"endpoints without NAT":               {"no interface", interfaces, 0},
		"spot nodes":                          {"spot machines in pool", []*rule.Resource{kubernetes, pool}, 0.1 * h / 2},
		"a cluster of another stack":          {"the services in a cluster", []*rule.Resource{kubernetes, pool}, 0.1 * h},
		"spot machines only":                  {"spot machines only in mixed", []*rule.Resource{mixed, template("t4g.small", "gp3", false)}, 0.016 * h / 2},
		"logs that are seldom read":           {"the log class INFREQUENT_ACCESS for logs", []*rule.Resource{of(logGroup, "logs", nil)}, 20 * 0.25},
		"no price of the class of logs there": {"the log class", []*rule.Resource{far(of(logGroup, "logs", nil), "eu-west-1")}, 0},
		"Graviton where it has a price": {
			"Graviton for template", []*rule.Resource{group, template("t3.small", "gp3", false), of(instance, "large", map[string]any{
				"instanceType": "t3.large", "rootBlockDevice": map[string]any{"volumeSize": 9, "volumeType": "gp3"},
			})}, 2 * (0.02 - 0.016) * h,
		},
	} {
		t.Run(name, func(t *testing.T) {
			require.InDelta(t, c.want, saving(t, used, c.begins, c.resources...), 1e-9)
		})
	}
	require.Zero(t, saving(t, used, "one NAT gateway", gateways...), "of one way to save, the best is told")
}

func scheduled(group string) *rule.Resource {
	s := at("0 20 * * *", 1, 1)
	s.Inputs["autoscalingGroupName"] = rule.Of(group)
	return s
}

func TestSavingsAreInOrderAndLeaveTheStackAsItIs(t *testing.T) {
	resources := []*rule.Resource{
		of(natGateway, "nat", nil), of(eip, "eip", nil), of(logGroup, "logs", nil),
		of(replication, "cache", map[string]any{"nodeType": "cache.t4g.small", "numCacheClusters": 2}),
	}
	g := rule.NewGraph(resources)
	used := easy(t, map[string]float64{hours: 700, logGB: 10})
	before := Estimate(g, prices(t), used).USD()
	savings := Savings(g, prices(t), used)
	require.Greater(t, len(savings), 2)
	for i, s := range savings {
		require.GreaterOrEqual(t, s.USD, float64(leastSaving))
		require.True(t, i == 0 || savings[i-1].USD >= s.USD)
	}
	require.InDelta(t, before, Estimate(g, prices(t), used).USD(), 0)
}
