package resilience

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/policies/internal/ruletest"
	"github.com/plinth-iac/plinth/policies/rule"
)

// after is a resource of which AWS has told more since it was made.
func after(r ruletest.R, out map[string]any) ruletest.R {
	for key, v := range out {
		r.Out[key] = v
	}
	return r
}

func TestZonesAreReadFromWhatAwsTells(t *testing.T) {
	elsewhere := []any{"subnet-0a"}
	stack := []ruletest.R{
		after(of(group, "group", map[string]any{"minSize": 1, "vpcZoneIdentifiers": elsewhere}), map[string]any{"availabilityZones": []any{"us-east-1a"}}),
		after(of(search, "search", map[string]any{"clusterConfig": map[string]any{"instanceCount": 2}, "vpcOptions": map[string]any{"subnetIds": elsewhere}}),
			map[string]any{"vpcOptions": map[string]any{"availabilityZones": []any{"us-east-1b"}}}),
		after(of(mountTarget, "mount", map[string]any{"subnetId": "subnet-0a"}, "fileSystemId:files"), map[string]any{"availabilityZoneName": "us-east-1c"}),
		of(fileSystem, "files", nil),
		of(ecsService, "service", map[string]any{"desiredCount": 2, "networkConfiguration": map[string]any{"subnets": elsewhere}}),
		of(database, "db", map[string]any{"dbSubnetGroupName": "shared"}),
		of(function, "f", map[string]any{"vpcConfig": map[string]any{"subnetIds": elsewhere}}),
		after(of("aws:new/thing:Thing", "thing", nil), map[string]any{"availabilityZones": []any{"us-east-1d"}}),
	}
	for domain, lost := range map[string]string{"zone:us-east-1a": "group", "zone:us-east-1b": "search", "zone:us-east-1c": "files", "zone:us-east-1d": "thing"} {
		require.Equal(t, Lost, effectOn(t, stack, domain, lost).State, lost)
		for name, says := range map[string]string{"service": "subnet-0a is not in this stack", "f": "subnet-0a is not in this stack", "db": "shared is not in this stack"} {
			e := effectOn(t, stack, domain, name)
			require.Equal(t, Unknown, e.State, name)
			require.Equal(t, says, e.Because, name)
			require.Equal(t, rule.External, e.Missing.Why, name)
		}
	}
	require.Equal(t, Unaffected, effectOn(t, stack, "zone:us-east-1b", "group").State)
}

func TestAnIdAndANameMayBeTheSameZone(t *testing.T) {
	stack := []ruletest.R{
		of(subnet, "one", map[string]any{"availabilityZone": "us-east-1a"}), of(subnet, "two", map[string]any{"availabilityZoneId": "use1-az1"}),
		of(group, "both", map[string]any{"minSize": 2}, "vpcZoneIdentifiers:one,two"), of(group, "id", map[string]any{"minSize": 2}, "vpcZoneIdentifiers:two"),
		of(natGateway, "nat", nil, "subnetId:two"),
	}
	for _, domain := range []string{"zone:us-east-1a", "zone:use1-az1"} {
		e := effectOn(t, stack, domain, "both")
		require.Equal(t, Unknown, e.State)
		require.Contains(t, e.Because, "name of the zone use1-az1")
	}
	require.Equal(t, Unknown, effectOn(t, stack, "zone:us-east-1a", "id").State)
	require.Equal(t, Lost, effectOn(t, stack, "zone:use1-az1", "id").State)

	stack[1] = after(stack[1], map[string]any{"availabilityZone": "us-east-1b", "availabilityZoneId": "use1-az1"})
	require.NotContains(t, Domains(graphOf(stack)), Domain{Zone, "use1-az1"}, "AWS tells its name")
	require.Equal(t, Degraded, effectOn(t, stack, "zone:us-east-1a", "both").State)
	require.Equal(t, Unaffected, effectOn(t, stack, "zone:us-east-1a", "id").State)
	stack = append(stack, of(subnet, "new", map[string]any{"availabilityZoneId": "use1-az1"}), of(group, "more", map[string]any{"minSize": 2}, "vpcZoneIdentifiers:new"))
	require.Equal(t, Lost, effectOn(t, stack, "zone:us-east-1b", "more").State)
}

// Whoever chooses the zone of a single machine, it is lost with one of them: at worst, with each.
func TestWhatIsInOneOfItsZonesMayBeInEach(t *testing.T) {
	pinned := func(token, zones, zone string) ruletest.R {
		return of(token, "it", map[string]any{zones: []any{zone}}, "subnetGroupName:cache-subnets")
	}
	for name, c := range map[string]struct {
		stack []ruletest.R
		want  State
		may   bool
	}{
		"a database":            {twoZones(of(database, "it", nil, "dbSubnetGroupName:db-subnets")), Lost, true},
		"a database before AWS": {twoZones(after(of(database, "it", nil, "dbSubnetGroupName:db-subnets"), map[string]any{"availabilityZone": ruletest.ID})), Lost, true},
		"a database there":      {twoZones(of(database, "it", map[string]any{"availabilityZone": "a"}, "dbSubnetGroupName:db-subnets")), Lost, false},
		"a cache":               {twoZones(of(cacheGroup, "it", nil, "subnetGroupName:cache-subnets")), Lost, true},
		"a cache there":         {twoZones(pinned(cacheGroup, "preferredCacheClusterAzs", "a")), Lost, false},
		"a cache there, or in a zone that is not known": {twoZones(of(subnet, "unclear", nil), of(cacheGroup, "it", nil, "subnetGroupName:more"),
			of("aws:elasticache/subnetGroup:SubnetGroup", "more", nil, "subnetIds:subnet-a,unclear")), Unknown, false},
		"who needs two, of which one is there": {twoZones(of(database, "db", nil, "dbSubnetGroupName:db-subnets"),
			of(database, "there", map[string]any{"availabilityZone": "a"}, "dbSubnetGroupName:db-subnets"), of(function, "it", nil, "environment:db,there")), Lost, false},
		"a balancer of two, of which one is there": {twoZones(append(served("subnet-a", 1), of(group, "more", map[string]any{"minSize": 1}, "vpcZoneIdentifiers:subnet-a,subnet-b", "targetGroupArns:targets"),
			of(loadBalancer, "it", nil, "subnets:subnet-a,subnet-b"),
			of(listener, "l", map[string]any{"defaultActions": []any{map[string]any{"targetGroupArn": ruletest.ID}}}, "loadBalancerArn:it", "defaultActions:targets"))...), Lost, true},
		"a database before AWS, of other zones": {append(twoZones(after(of(database, "it", nil, "dbSubnetGroupName:others"), map[string]any{"availabilityZone": ruletest.ID})),
			subnetIn("c"), of("aws:rds/subnetGroup:SubnetGroup", "others", nil, "subnetIds:subnet-b,subnet-c")), Unaffected, false},
		"a cache elsewhere":   {twoZones(pinned(cacheGroup, "preferredCacheClusterAzs", "b")), Unaffected, false},
		"Memcached elsewhere": {twoZones(pinned(cacheCluster, "preferredAvailabilityZones", "b")), Unaffected, false},
		"a group of one":      {twoZones(of(group, "it", map[string]any{"minSize": 1}, "vpcZoneIdentifiers:subnet-a,subnet-b")), Lost, true},
		"a group there":       {twoZones(of(group, "it", map[string]any{"minSize": 1}, "vpcZoneIdentifiers:subnet-a")), Lost, false},
		"a pod":               {twoZones(auto("subnet-a,subnet-b"), pods("it", 1, true)), Lost, true},
		"a member":            {twoZones(of(dbCluster, "it", nil, "dbSubnetGroupName:db-subnets"), of(dbMember, "one", nil, "clusterIdentifier:it")), Lost, true},
		"a member there": {twoZones(of(dbCluster, "it", nil, "dbSubnetGroupName:db-subnets"),
			of(dbMember, "one", map[string]any{"availabilityZone": "a"}, "clusterIdentifier:it")), Lost, false},
		"who needs one": {twoZones(of(database, "db", nil, "dbSubnetGroupName:db-subnets"), of(function, "it", nil, "environment:db")), Lost, true},
		"a balancer of one": {twoZones(append(served("subnet-a,subnet-b", 1), of(loadBalancer, "it", nil, "subnets:subnet-a,subnet-b"),
			of(listener, "l", map[string]any{"defaultActions": []any{map[string]any{"targetGroupArn": ruletest.ID}}}, "loadBalancerArn:it", "defaultActions:targets"))...), Lost, true},
	} {
		t.Run(name, func(t *testing.T) {
			e := effectOn(t, c.stack, "zone:a", "it")
			require.Equal(t, c.want, e.State, e.Because)
			require.Equal(t, c.may, e.May, e.Because)
		})
	}
}

func TestASubnetOfUnknownZoneMayBeWithAnyOther(t *testing.T) {
	stack := func(ids ...any) []ruletest.R {
		return twoZones(of(subnet, "hidden", nil), of(subnet, "concealed", nil), of(function, "f", map[string]any{"vpcConfig": map[string]any{"subnetIds": ids}}, "vpcConfig:subnet-b,hidden,subnet-a,concealed"))
	}
	e := effectOn(t, stack(ruletest.ID, ruletest.ID), "zone:a", "f")
	require.Equal(t, Unknown, e.State, "both may be in one zone")
	require.Equal(t, Degraded, effectOn(t, stack(ruletest.ID, ruletest.ID, ruletest.ID, ruletest.ID), "zone:a", "f").State)

	in := of(group, "group", map[string]any{"minSize": 2}, "vpcZoneIdentifiers:hidden,concealed")
	for _, edges := range [][]string{{"hidden", "concealed"}, {"concealed", "hidden"}} {
		in.Edges["vpcZoneIdentifiers"] = edges
		require.Equal(t, "availabilityZone of concealed is not known", effectOn(t, append(stack(), in), "zone:a", "group").Because, "the first by URN")
	}
}

func TestASearchOutsideAVpcIsInZonesThatAwsChooses(t *testing.T) {
	domain := func(config map[string]any) ruletest.R {
		r := of(search, "it", map[string]any{"clusterConfig": config})
		r.Provider = map[string]any{"region": "us-east-1"}
		return r
	}
	zone := func(name string) ruletest.R { return of(subnet, name, map[string]any{"availabilityZone": name}) }
	three := map[string]any{"availabilityZoneCount": 3}
	for name, c := range map[string]struct {
		config map[string]any
		lose   string
		want   State
		left   float64
	}{
		"one zone":                     {map[string]any{"instanceCount": 3}, "zone:us-east-1a", Lost, 0},
		"one zone, in no other region": {map[string]any{"instanceCount": 3}, "zone:us-west-2a", Unaffected, 1},
		"two, since no number is set":  {map[string]any{"instanceCount": 4, "zoneAwarenessEnabled": true}, "zone:us-east-1a", Degraded, .5},
		"three":                        {map[string]any{"instanceCount": 3, "zoneAwarenessEnabled": true, "zoneAwarenessConfig": three}, "zone:us-east-1a", Degraded, 2. / 3},
		"three that are not used":      {map[string]any{"instanceCount": 3, "zoneAwarenessConfig": three}, "zone:us-east-1a", Lost, 0},
		"nobody knows":                 {map[string]any{"instanceCount": 3, "zoneAwarenessEnabled": ruletest.ID}, "zone:us-east-1a", Unknown, 0},
	} {
		t.Run(name, func(t *testing.T) {
			e := effectOn(t, []ruletest.R{zone("us-east-1a"), zone("us-west-2a"), domain(c.config)}, c.lose, "it")
			require.Equal(t, c.want, e.State, e.Because)
			require.InDelta(t, c.left, e.Left, 1e-6)
			require.Equal(t, c.want == Lost, e.May)
		})
	}
	loss := Nameless(graphOf([]ruletest.R{domain(nil)}))
	require.Len(t, loss.Effects, 1)
	require.Equal(t, "the network of AWS that it is in is not in this stack", loss.Effects[0].Because)
}
