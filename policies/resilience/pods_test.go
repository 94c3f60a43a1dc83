package resilience

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/policies/internal/ruletest"
	"github.com/plinth-iac/plinth/policies/internal/scheduling"
)

func TestPodsAreApartIfSomethingKeepsThemSo(t *testing.T) {
	constraint := func(label, selector any, skew any) map[string]any {
		c := map[string]any{"topologyKey": label, "maxSkew": skew}
		if selector != nil {
			c["labelSelector"] = map[string]any{"matchLabels": map[string]any{"app": selector}}
		}
		return map[string]any{"metadata": map[string]any{"labels": map[string]any{"app": "shop"}}, "spec": map[string]any{"topologySpreadConstraints": []any{c}}}
	}
	nodes := of(nodeGroup, "nodes", map[string]any{"scalingConfig": map[string]any{"minSize": 4}}, "clusterName:cluster", "subnetIds:subnet-a,subnet-b")
	zone, host := scheduling.Zone, scheduling.Host
	for name, c := range map[string]struct {
		template any
		replicas any
		lose     string
		want     State
		left     float64
		says     string
	}{
		"a template that is not known":            {ruletest.ID, 3, "zone:a", Unknown, 0, "spec.template"},
		"a constraint on zones":                   {constraint(zone, "shop", 1), 3, "zone:a", Degraded, 1. / 3, "2 of 3 pods may be in that zone"},
		"a constraint without a selector":         {constraint(zone, nil, 1), 3, "zone:a", Lost, 0, "nothing keeps its 3 pods apart: all may be in that zone"},
		"a constraint on other pods":              {constraint(zone, "other", 1), 3, "zone:a", Lost, 0, "nothing keeps"},
		"a constraint on pods that are not known": {constraint(zone, ruletest.ID, 1), 3, "zone:a", Unknown, 0, "labelSelector"},
		"a skew that lets all be together":        {constraint(zone, "shop", 5), 3, "zone:a", Lost, 0, "nothing keeps"},
		"the machine, and nothing keeps them off": {map[string]any{}, 2, "node:nodes", Lost, 0, "all may be on that machine"},
		"the machine, and a constraint on hosts":  {constraint(host, "shop", 1), 4, "node:nodes", Degraded, .75, "1 of 4 pods may be on that machine"},
		"the machine, and only one on zones":      {constraint(zone, "shop", 1), 4, "node:nodes", Degraded, .5, "2 of 4 pods may be on that machine"},
		"a zone, and only a constraint on hosts":  {constraint(host, "shop", 1), 4, "zone:a", Lost, 0, "nothing keeps"},
		"the machine, and one that is not known":  {constraint(ruletest.ID, "shop", 1), 2, "node:nodes", Unknown, 0, "topologyKey"},
		"the machine of the only pod":             {constraint(host, "shop", 1), 1, "node:nodes", Lost, 0, "its only pod"},
		"none":                                    {constraint(host, "shop", 1), 0, "node:nodes", Unaffected, 1, ""},
	} {
		t.Run(name, func(t *testing.T) {
			shop := of(deployment, "shop", map[string]any{"spec": map[string]any{"replicas": c.replicas, "template": c.template}})
			shop.Provider = nil
			e := effectOn(t, twoZones(auto("subnet-a,subnet-b"), nodes, shop), c.lose, "shop")
			require.Equal(t, c.want, e.State, e.Because)
			require.InDelta(t, c.left, e.Left, 1e-6, e.Because)
			require.Contains(t, e.Because, c.says)
		})
	}
}

func TestServicesKeepTheTasksThatScalingPromises(t *testing.T) {
	service := func(in map[string]any) ruletest.R {
		in["networkConfiguration"] = map[string]any{"subnets": []any{ruletest.ID, ruletest.ID}}
		return of(ecsService, "web", in, "networkConfiguration:subnet-a,subnet-b")
	}
	scaled := func(least any) ruletest.R {
		return of("aws:appautoscaling/target:Target", "scale", map[string]any{"minCapacity": least, "scalableDimension": "ecs:service:DesiredCount"}, "resourceId:web")
	}
	for name, c := range map[string]struct {
		stack []ruletest.R
		lose  string
		want  State
		says  string
	}{
		"one that is scaled to four":      {twoZones(service(map[string]any{"desiredCount": 1}), scaled(4)), "zone:a", Degraded, "2 of 4 machines are left"},
		"one":                             {twoZones(service(map[string]any{"desiredCount": 1})), "zone:a", Lost, "its only machine"},
		"scaled to who knows what":        {twoZones(service(map[string]any{"desiredCount": 4}), scaled(ruletest.ID)), "zone:a", Unknown, "minCapacity"},
		"a count that is not known":       {twoZones(service(map[string]any{"desiredCount": ruletest.ID})), "zone:a", Unknown, "desiredCount"},
		"no count is none":                {twoZones(service(map[string]any{})), "zone:a", Unaffected, ""},
		"a count of none":                 {twoZones(service(map[string]any{"desiredCount": 0})), "node:web", Unaffected, ""},
		"scaled down to none":             {twoZones(service(map[string]any{"desiredCount": 4}), scaled(0)), "zone:a", Lost, "its only machine"},
		"a daemon is on each machine":     {twoZones(service(map[string]any{"schedulingStrategy": "DAEMON"})), "zone:a", Degraded, "1 of 2"},
		"a machine of who knows how many": {twoZones(service(map[string]any{"schedulingStrategy": "DAEMON"})), "node:web", Unknown, "instances of its cluster"},
		"a strategy that is not known":    {twoZones(service(map[string]any{"schedulingStrategy": ruletest.ID})), "zone:a", Unknown, "schedulingStrategy"},
	} {
		t.Run(name, func(t *testing.T) {
			e := effectOn(t, c.stack, c.lose, "web")
			require.Equal(t, c.want, e.State, e.Because)
			require.Contains(t, e.Because, c.says)
		})
	}
}

func TestPodsThatMayBeScaledToNothingMayHaveOne(t *testing.T) {
	scaler := of(scaler, "scaler", map[string]any{"metadata": map[string]any{"namespace": "shop", "name": "scaler"},
		"spec": map[string]any{"minReplicas": 0, "scaleTargetRef": map[string]any{"kind": "Deployment", "name": "shop"}}})
	scaler.Provider = nil
	require.Equal(t, Unaffected, effectOn(t, twoZones(auto("subnet-a,subnet-b"), pods("shop", 0, true)), "zone:a", "shop").State)
	e := effectOn(t, twoZones(auto("subnet-a,subnet-b"), pods("shop", 0, true), scaler), "zone:a", "shop")
	require.Equal(t, Lost, e.State)
	require.Contains(t, e.Because, "its only pod")
}

func TestAServiceWithoutSubnetsRunsWhereItsInstancesAre(t *testing.T) {
	service := func(in map[string]any, edges ...string) ruletest.R {
		in["desiredCount"] = 2
		return of(ecsService, "web", in, edges...)
	}
	own := service(map[string]any{"capacityProviderStrategies": []any{map[string]any{"capacityProvider": ruletest.ID}}}, "capacityProviderStrategies:provider")
	inherited := service(map[string]any{}, "cluster:home")
	capacity := func(subnets string) []ruletest.R {
		return []ruletest.R{
			of(group, "group", map[string]any{"minSize": 2}, "vpcZoneIdentifiers:"+subnets), of(ecsCluster, "home", nil),
			of(capacity, "provider", map[string]any{"autoScalingGroupProvider": map[string]any{"autoScalingGroupArn": ruletest.ID}}, "autoScalingGroupProvider:group"),
			of(clusterCapacity, "defaults", map[string]any{"defaultCapacityProviderStrategies": []any{map[string]any{"capacityProvider": ruletest.ID}}},
				"clusterName:home", "defaultCapacityProviderStrategies:provider"),
		}
	}
	for name, c := range map[string]struct {
		service ruletest.R
		subnets string
		lose    string
		want    State
		says    string
	}{
		"the provider's group in two zones":      {own, "subnet-a,subnet-b", "zone:a", Degraded, "1 of 2 machines"},
		"the provider's group in one":            {own, "subnet-a", "zone:a", Lost, "no other zone"},
		"the provider's group elsewhere":         {own, "subnet-b", "zone:a", Unaffected, ""},
		"a machine of the provider's group":      {own, "subnet-a,subnet-b", "node:group", Degraded, "group: 1 of 2"},
		"the provider that its cluster defaults": {inherited, "subnet-a", "zone:a", Lost, "no other zone"},
		"instances that nobody tells":            {service(map[string]any{"launchType": "EC2"}, "cluster:home"), "subnet-a", "zone:a", Unknown, "instances of its cluster is not in this stack"},
	} {
		t.Run(name, func(t *testing.T) {
			e := effectOn(t, twoZones(append(capacity(c.subnets), c.service)...), c.lose, "web")
			require.Equal(t, c.want, e.State, e.Because)
			require.Contains(t, e.Because, c.says)
		})
	}
}
