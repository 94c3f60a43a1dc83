package resilience

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/policies/internal/ruletest"
)

// wayOutOf are a NAT gateway in a subnet, and a route to it.
func wayOutOf(subnet string, more ...ruletest.R) []ruletest.R {
	return append([]ruletest.R{of(vpc, "vpc", nil), of(natGateway, "nat", nil, "subnetId:"+subnet)}, more...)
}

// inside puts subnets into the VPC.
func inside(stack []ruletest.R) []ruletest.R {
	for _, r := range stack {
		if r.Type == subnet {
			r.In["vpcId"], r.Edges["vpcId"] = ruletest.ID, []string{"vpc"}
		}
	}
	return stack
}

func TestASubnetWithoutARouteTableUsesTheMainOne(t *testing.T) {
	routes := map[string]any{"routes": []any{map[string]any{"cidrBlock": "0.0.0.0/0", "natGatewayId": ruletest.ID}}}
	machines := of(group, "group", map[string]any{"minSize": 2}, "vpcZoneIdentifiers:subnet-b")
	own := of(tableAssociation, "own", nil, "subnetId:subnet-b", "routeTableId:other")
	for name, stack := range map[string][]ruletest.R{
		"inline routes of the default one": {of(defaultTable, "main", routes, "defaultRouteTableId:vpc", "routes:nat")},
		"its separate routes":              {of(defaultTable, "main", nil, "defaultRouteTableId:vpc"), of(route, "r", nil, "routeTableId:main", "natGatewayId:nat")},
		"routes of what the VPC calls it":  {of(route, "r", nil, "routeTableId:vpc", "natGatewayId:nat")},
		"another table":                    {of(routeTable, "main", routes, "routes:nat"), of(mainAssociation, "m", nil, "vpcId:vpc", "routeTableId:main")},
	} {
		t.Run(name, func(t *testing.T) {
			stack := inside(twoZones(append(wayOutOf("subnet-a", machines), stack...)...))
			e := effectOn(t, stack, "nat:nat", "group")
			require.Equal(t, Degraded, e.State)
			require.Equal(t, "it loses its way out through nat", e.Because)
			require.Equal(t, e.Because, effectOn(t, stack, "zone:a", "group").Because)
			require.Equal(t, Unaffected, effectOn(t, append(slices.Clone(stack), own, of(routeTable, "other", nil)), "nat:nat", "group").State, "it has its own")
		})
	}
}

func through(subnets ...string) []ruletest.R {
	stack := []ruletest.R{of(routeTable, "table", nil), of(route, "route", nil, "routeTableId:table", "natGatewayId:nat")}
	for _, s := range subnets {
		stack = append(stack, of(tableAssociation, "association-"+s, nil, "routeTableId:table", "subnetId:"+s))
	}
	return stack
}

func TestNewMachinesWaitForTheirWayOut(t *testing.T) {
	one := map[string]any{"minSize": 1}
	stack := twoZones(append(wayOutOf("subnet-a", served("subnet-a,subnet-b", 1)...), through("subnet-a", "subnet-b")...)...)
	for _, name := range []string{"group", "balancer"} {
		r := effectOn(t, stack, "zone:a", name).Recovery
		require.Equal(t, Never, r.Rto, "%s: its only way out is in the zone", name)
		require.Equal(t, "the return of zone:a: new machines have no way out without nat", r.By)
		require.Contains(t, r.Assumptions, "a new machine needs the internet to start (an assumption: it fetches its program there)")
		require.NotEqual(t, Never, effectOn(t, stack, "zone:b", name).Recovery.Rto, "the way out is left")
	}
	elsewhere := append(slices.Clone(stack), subnetIn("c"), of(group, "wide", one, "vpcZoneIdentifiers:subnet-c,subnet-a,subnet-b"))
	require.NotEqual(t, Never, effectOn(t, elsewhere, "zone:a", "wide").Recovery.Rto, "one place with a way out is left")

	nodes := of(nodeClass, "class", map[string]any{"spec": map[string]any{"subnetSelectorTerms": []any{map[string]any{"id": ruletest.ID}, map[string]any{"id": ruletest.ID}}}}, "spec:subnet-a,subnet-b")
	nodes.Provider = nil
	shop := append(slices.Clone(stack), auto("subnet-a,subnet-b"), nodes, of(nodePool, "pool", nil), pods("shop", 1, true))
	require.Equal(t, Never, effectOn(t, shop, "zone:a", "shop").Recovery.Rto)
	require.NotEqual(t, Never, effectOn(t, shop, "zone:b", "shop").Recovery.Rto)
}

func TestAWayOutOfUnknownPlaceIsUnknown(t *testing.T) {
	stack := twoZones(append(wayOutOf("unclear", of(subnet, "unclear", nil), of(group, "group", map[string]any{"minSize": 2}, "vpcZoneIdentifiers:subnet-b"),
		of(function, "spread", map[string]any{"vpcConfig": map[string]any{"subnetIds": ruletest.ID}}, "vpcConfig:subnet-a,subnet-b")), through("subnet-b")...)...)
	e := effectOn(t, stack, "zone:a", "group")
	require.Equal(t, Unknown, e.State)
	require.Equal(t, "nat: availabilityZone of unclear is not known", e.Because)
	require.Equal(t, Degraded, effectOn(t, twoZones(of(subnet, "unclear", nil), of(function, "f", map[string]any{"vpcConfig": map[string]any{
		"subnetIds": []any{ruletest.ID, ruletest.ID, ruletest.ID}}}, "vpcConfig:subnet-b,subnet-c,unclear"), subnetIn("c")), "zone:a", "f").State, "a subnet is no way out")
	stack = append(stack, of(loadBalancer, "balancer", nil, "subnets:subnet-b"))
	require.Equal(t, Unaffected, effectOn(t, stack, "zone:a", "balancer").State)
}

func TestARegionalNatGatewayIsInEveryZone(t *testing.T) {
	stack := twoZones(append(through("subnet-b"), of(vpc, "vpc", nil), of(natGateway, "nat", map[string]any{"availabilityMode": "regional"}, "vpcId:vpc"),
		of(group, "group", map[string]any{"minSize": 2}, "vpcZoneIdentifiers:subnet-b"))...)
	require.Equal(t, Unaffected, effectOn(t, stack, "zone:a", "group").State)
	require.Equal(t, Degraded, effectOn(t, stack, "nat:nat", "group").State)
}

func TestAnInterfaceToAServiceInOneZoneIsPartOfTheWayOut(t *testing.T) {
	machines := of(group, "group", map[string]any{"minSize": 2}, "vpcZoneIdentifiers:subnet-b")
	stack := func(subnets string) []ruletest.R {
		e := of(endpoint, "ecr", nil, "vpcId:vpc")
		if subnets != "" {
			e = of(endpoint, "ecr", map[string]any{"subnetIds": []any{ruletest.ID}}, "vpcId:vpc", "subnetIds:"+subnets)
		}
		if subnets == "subnet-a,subnet-b" {
			e.In["subnetIds"] = []any{ruletest.ID, ruletest.ID}
		}
		return inside(twoZones(of(vpc, "vpc", nil), e, machines))
	}
	e := effectOn(t, stack("subnet-a"), "zone:a", "group")
	require.Equal(t, Degraded, e.State)
	require.Equal(t, "it loses its way out through ecr", e.Because)
	require.Equal(t, Unaffected, effectOn(t, stack("subnet-a,subnet-b"), "zone:a", "group").State)
	require.Equal(t, Unaffected, effectOn(t, stack(""), "zone:a", "group").State, "one of the gateway kind is in no zone")
}

func TestABalancerIsAsGoodAsWhatIsBehindIt(t *testing.T) {
	answer := map[string]any{"defaultActions": []any{map[string]any{"type": "fixed-response"}}}
	balancer, targets := of(loadBalancer, "it", nil, "subnets:subnet-a,subnet-b"), of(targetGroup, "targets", nil)
	https := of(listener, "https", answer, "loadBalancerArn:it")
	forward := func(name, targets string) ruletest.R {
		return of(listenerRule, name, map[string]any{"actions": []any{map[string]any{"targetGroupArn": ruletest.ID}}}, "listenerArn:https", "actions:"+targets)
	}
	machines := of(group, "group", map[string]any{"minSize": 2}, "vpcZoneIdentifiers:subnet-a", "targetGroupArns:targets")
	classic := of("aws:elb/loadBalancer:LoadBalancer", "it", nil, "subnets:subnet-a,subnet-b")
	vm := func(zone string) ruletest.R { return of(instance, "vm-"+zone, nil, "subnetId:subnet-"+zone) }
	attach := func(zone string) ruletest.R {
		return of("aws:elb/attachment:Attachment", "attach-"+zone, nil, "elb:it", "instance:vm-"+zone)
	}
	for name, c := range map[string]struct {
		stack []ruletest.R
		want  State
		left  float64
	}{
		"a rule whose targets are lost": {[]ruletest.R{balancer, targets, https, forward("rule", "targets"), machines}, Lost, 0},
		"one rule of two": {[]ruletest.R{balancer, targets, https, forward("rule", "targets"), machines, of(targetGroup, "more", nil), forward("other", "more"),
			of(group, "fine", map[string]any{"minSize": 2}, "vpcZoneIdentifiers:subnet-b", "targetGroupArns:more")}, Degraded, .5},
		"a rule that redirects does not help":       {[]ruletest.R{balancer, targets, https, forward("rule", "targets"), machines, of(listenerRule, "redirect", map[string]any{"actions": []any{map[string]any{"type": "redirect"}}}, "listenerArn:https")}, Lost, 0},
		"targets that others register":              {[]ruletest.R{balancer, targets, https, forward("rule", "targets")}, Unknown, 0},
		"a target that is an address":               {[]ruletest.R{balancer, targets, https, forward("rule", "targets"), of(targetAttachment, "address", map[string]any{"targetId": "10.0.0.1", "availabilityZone": "all"}, "targetGroupArn:targets")}, Unknown, 0},
		"targets by two ways, of which one is left": {[]ruletest.R{balancer, targets, https, forward("rule", "targets"), machines, vm("b"), of(targetAttachment, "more", nil, "targetGroupArn:targets", "targetId:vm-b")}, Degraded, .5},
		"a classic one with a group":                {[]ruletest.R{classic, of(group, "group", map[string]any{"minSize": 2}, "vpcZoneIdentifiers:subnet-a", "loadBalancers:it")}, Lost, 0},
		"a classic one with an attached group":      {[]ruletest.R{classic, of(group, "group", map[string]any{"minSize": 2}, "vpcZoneIdentifiers:subnet-a"), of(attachment, "attachment", nil, "elb:it", "autoscalingGroupName:group")}, Lost, 0},
		"a classic one with an attached machine":    {[]ruletest.R{classic, vm("a"), attach("a")}, Lost, 0},
		"a classic one with a machine in each zone": {[]ruletest.R{classic, vm("a"), vm("b"), attach("a"), attach("b")}, Degraded, .5},
	} {
		t.Run(name, func(t *testing.T) {
			e := effectOn(t, twoZones(c.stack...), "zone:a", "it")
			require.Equal(t, c.want, e.State, e.Because)
			require.InDelta(t, c.left, e.Left, 1e-6)
		})
	}
}
