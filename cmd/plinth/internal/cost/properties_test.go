package cost

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/plinth-iac/plinth/policies/rule"
)

// anything draws values such as properties have, of any type, known or not.
func anything(t *rapid.T, depth int) any {
	kinds := 8
	if depth == 0 {
		kinds = 6
	}
	switch rapid.IntRange(0, kinds-1).Draw(t, "kind") {
	case 0:
		return nil
	case 1:
		return rule.Computed{}
	case 2:
		return rapid.Bool().Draw(t, "flag")
	case 3:
		return rapid.Float64Range(0, 100).Draw(t, "number")
	case 4:
		return rapid.SampledFrom([]string{"gp3", "t4g.small", "db.t4g.small", "postgres", "", "0 7 * * *", "500m", "thing-0-id", "Interface"}).Draw(t, "text")
	case 5:
		return rule.Secret{Of: "hidden"}
	case 6:
		items := make([]any, rapid.IntRange(0, 2).Draw(t, "items"))
		for i := range items {
			items[i] = anything(t, depth-1)
		}
		return items
	}
	fields := map[string]any{}
	for range rapid.IntRange(0, 3).Draw(t, "fields") {
		fields[rapid.SampledFrom(properties).Draw(t, "field")] = anything(t, depth-1)
	}
	return fields
}

// properties are those that meters look at.
var properties = []string{
	"instanceType", "instanceClass", "engine", "engineVersion", "multiAz", "allocatedStorage", "storageType", "iops", "minSize", "maxSize", "desiredCapacity",
	"launchTemplate", "id", "mixedInstancesPolicy", "instancesDistribution", "overrides", "onDemandBaseCapacity", "blockDeviceMappings", "ebs", "volumeSize", "volumeType",
	"monitoring", "enabled", "subnets", "subnetIds", "vpcEndpointType", "internal", "loadBalancerType", "nodeType", "numCacheClusters", "snapshotRetentionLimit",
	"version", "computeConfig", "vpcConfig", "spec", "template", "metadata", "annotations", "requirements", "values", "replicas", "containers", "resources",
	"requests", "cpu", "memory", "retentionInDays", "metricQueries", "metric", "period", "rules", "memorySize", "architectures", "recurrence", "autoscalingGroupName", "size", "type",
}

// things draws resources of types that are paid for, and of some that are not.
func things(t *rapid.T) []*rule.Resource {
	tokens := append(slices.Sorted(maps.Keys(meters)), "aws:iam/role:Role", "aws:dax/cluster:Cluster", "shop:index:Web", "kubernetes:batch/v1:Job")
	var all []*rule.Resource
	for i := range rapid.IntRange(1, 6).Draw(t, "resources") {
		r := of(rapid.SampledFrom(tokens).Draw(t, "type"), fmt.Sprint("thing-", i), nil)
		for range rapid.IntRange(0, 6).Draw(t, "inputs") {
			r.Inputs[rapid.SampledFrom(properties).Draw(t, "input")] = rule.Of(anything(t, 3))
		}
		switch rapid.IntRange(0, 9).Draw(t, "oddity") {
		case 0:
			r.Provider = nil
		case 1:
			r.Inputs = nil
		}
		all = append(all, r)
	}
	return all
}

// Whatever a stack is, each of its resources is a line, free or said not to be priced; a
// sum is a sum, and it does not matter in which order resources come.
func TestEveryResourceIsToldOf(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		resources := things(t)
		used := easy(t, map[string]float64{natGB: 5, lcus: 1, zoneGB: 2})
		b := Estimate(rule.NewGraph(resources), prices(t), used)
		told := map[*rule.Resource]bool{}
		total := 0.0
		for _, l := range b.Lines {
			told[l.Resource] = true
			total += l.USD()
			require.GreaterOrEqual(t, l.Quantity, 0.0)
			require.GreaterOrEqual(t, l.Most, l.Quantity)
			require.NotEmpty(t, l.Price.Source.Name)
			require.NotEmpty(t, l.What)
			for _, name := range l.Assumed {
				require.Contains(t, b.Assumed, name)
			}
		}
		for _, g := range slices.Concat(b.Free, b.NotPriced) {
			require.NotEmpty(t, g.Why)
			for _, r := range g.Resources {
				require.Equal(t, g.Type, r.Type)
				told[r] = true
			}
		}
		for _, r := range resources {
			require.True(t, told[r], "%s %v", r.Type, r.Inputs)
		}
		require.InDelta(t, total, b.USD(), 1e-9)
		shuffled := rapid.Permutation(resources).Draw(t, "order")
		require.Equal(t, b, Estimate(rule.NewGraph(shuffled), prices(t), used))
		for _, s := range Savings(rule.NewGraph(resources), prices(t), used) {
			require.LessOrEqual(t, s.USD, b.USD()+1e-9, s.Change)
		}
	})
}

// One resource more never makes a stack cheaper, but for schedules, which stop machines,
// and the objects by which a load balancer is shared.
func TestMoreResourcesNeverCostLess(t *testing.T) {
	one := func(t *rapid.T, i int) *rule.Resource {
		name := fmt.Sprint("thing-", i)
		number := func(name string) float64 { return float64(rapid.IntRange(0, 5).Draw(t, name)) }
		flag := rapid.Bool().Draw(t, "flag")
		switch rapid.IntRange(0, 11).Draw(t, "thing") {
		case 0:
			return of(natGateway, name, nil)
		case 1:
			return of(endpoint, name, map[string]any{"vpcEndpointType": "Interface", "subnetIds": []string{"a"}})
		case 2:
			return of(loadBalancer, name, map[string]any{"internal": flag, "subnets": []string{"a", "b"}})
		case 3:
			return of(scalingGroup, name, map[string]any{"minSize": number("min"), "maxSize": 9, "launchTemplate": map[string]any{"id": "template-id"}})
		case 4:
			return of(database, name, map[string]any{"instanceClass": "db.t4g.small", "engine": "postgres", "allocatedStorage": number("size"), "multiAz": flag})
		case 5:
			return of(cluster, name, map[string]any{"version": "1.35", "computeConfig": map[string]any{"enabled": i == 0}})
		case 6:
			w := pods(name, rapid.IntRange(0, 9).Draw(t, "replicas"), "700m", "1Gi")
			return w
		case 7:
			return of(logGroup, name, map[string]any{"retentionInDays": number("days")})
		case 8:
			return of(proxy, name, nil)
		case 9:
			return of(service, name, map[string]any{"spec": map[string]any{"type": "LoadBalancer"}})
		case 10:
			return of(replication, name, map[string]any{"nodeType": "cache.t4g.small", "numCacheClusters": number("nodes")})
		}
		return of(bucket, name, nil)
	}
	rapid.Check(t, func(t *rapid.T) {
		used := easy(t, map[string]float64{natGB: 50, serviceGB: 20, lcus: 3, outGB: 5, zoneGB: 7, logGB: 4})
		resources := []*rule.Resource{of(launchTemplate, "template", map[string]any{"instanceType": "t4g.small"})}
		last := 0.0
		for i := range rapid.IntRange(1, 8).Draw(t, "resources") {
			resources = append(resources, one(t, i))
			now := Estimate(rule.NewGraph(resources), prices(t), used).USD()
			require.GreaterOrEqual(t, now, last-1e-9)
			last = now
		}
	})
}
