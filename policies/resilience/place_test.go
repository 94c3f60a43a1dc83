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
