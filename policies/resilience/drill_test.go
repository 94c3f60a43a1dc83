package resilience

import (
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/policies/internal/ruletest"
	"github.com/plinth-iac/plinth/policies/internal/scheduling"
	"github.com/plinth-iac/plinth/policies/rule"
)

var (
	east = map[string]any{"region": "us-east-1"}
	west = map[string]any{"region": "us-west-2"}
)

// of makes a resource that refers to others by edges, with ids that are not known.
func of(token, name string, in map[string]any, edges ...string) ruletest.R {
	r := ruletest.R{Type: token, Name: name, In: map[string]any{}, Out: map[string]any{"id": ruletest.ID}, Provider: east, Edges: map[string][]string{}}
	for key, v := range in {
		r.In[key] = v
	}
	for _, edge := range edges {
		property, names, _ := strings.Cut(edge, ":")
		r.Edges[property] = strings.Split(names, ",")
		if _, set := r.In[property]; !set {
			r.In[property] = ruletest.ID
		}
	}
	return r
}

func subnetIn(zone string) ruletest.R {
	return of(subnet, "subnet-"+zone, map[string]any{"availabilityZone": zone})
}

// twoZones are two subnets, and a subnet group of them.
func twoZones(more ...ruletest.R) []ruletest.R {
	return append([]ruletest.R{
		subnetIn("a"), subnetIn("b"), of("aws:rds/subnetGroup:SubnetGroup", "db-subnets", nil, "subnetIds:subnet-a,subnet-b"),
		of("aws:elasticache/subnetGroup:SubnetGroup", "cache-subnets", nil, "subnetIds:subnet-a,subnet-b"),
	}, more...)
}

// served are a balancer and the group behind it.
func served(subnets string, machines any) []ruletest.R {
	return []ruletest.R{
		of(loadBalancer, "balancer", nil, "subnets:subnet-a,subnet-b"), of(targetGroup, "targets", nil),
		of(listener, "redirect", map[string]any{"defaultActions": []any{map[string]any{"type": "redirect"}}}, "loadBalancerArn:balancer"),
		of(listener, "https", map[string]any{"defaultActions": []any{map[string]any{"targetGroupArn": ruletest.ID}}}, "loadBalancerArn:balancer", "defaultActions:targets"),
		of(group, "group", map[string]any{"minSize": machines}, "vpcZoneIdentifiers:"+subnets, "targetGroupArns:targets"),
	}
}

func pods(name string, replicas any, spread bool, edges ...string) ruletest.R {
	spec := map[string]any{}
	if spread {
		spec["topologySpreadConstraints"] = []any{map[string]any{"topologyKey": scheduling.Zone, "labelSelector": map[string]any{}}}
	}
	r := of(deployment, name, map[string]any{
		"metadata": map[string]any{"name": name, "namespace": "shop"},
		"spec":     map[string]any{"replicas": replicas, "template": map[string]any{"spec": spec}},
	}, edges...)
	r.Provider = nil
	return r
}

func auto(subnets string) ruletest.R {
	return of(cluster, "cluster", map[string]any{"vpcConfig": map[string]any{"subnetIds": ruletest.ID}}, "vpcConfig:"+subnets)
}

func graphOf(stack []ruletest.R) *rule.Graph { return rule.NewGraph(ruletest.Resources(stack)) }

// effectOn is what the loss of a domain does to a resource.
func effectOn(t *testing.T, stack []ruletest.R, domain, name string) Effect {
	t.Helper()
	d, err := ParseDomain(domain)
	require.NoError(t, err)
	loss, err := Lose(graphOf(stack), d)
	require.NoError(t, err)
	for _, e := range loss.Effects {
		if e.Resource.Name == name {
			return e
		}
	}
	t.Fatalf("%s has no effect on %s", domain, name)
	return Effect{}
}

func TestWhatIsLostWithADomain(t *testing.T) {
	nat := func(zone string) []ruletest.R {
		return []ruletest.R{
			of(natGateway, "nat-"+zone, nil, "subnetId:subnet-"+zone), of(routeTable, "table-"+zone, nil),
			of(route, "route-"+zone, map[string]any{"destinationCidrBlock": "0.0.0.0/0"}, "natGatewayId:nat-"+zone, "routeTableId:table-"+zone),
			of(tableAssociation, "association-"+zone, nil, "subnetId:subnet-"+zone, "routeTableId:table-"+zone),
		}
	}
	multi := map[string]any{"multiAz": true, "backupRetentionPeriod": 7}
	cache := func(nodes any) ruletest.R {
		return of(cacheGroup, "cache", map[string]any{"numCacheClusters": nodes, "automaticFailoverEnabled": true, "multiAzEnabled": true}, "subnetGroupName:cache-subnets")
	}
	for name, c := range map[string]struct {
		stack    []ruletest.R
		lose, at string
		want     State
		left     float64
		says     string
	}{
		"a group in two zones keeps half": {twoZones(served("subnet-a,subnet-b", 2)...), "zone:a", "group", Degraded, .5, "1 of 2 machines"},
		"an odd machine may be in the lost zone": {
			twoZones(served("subnet-a,subnet-b", 3)...), "zone:a", "group", Degraded, 1. / 3, "1 of 3 machines"},
		"a group in the lost zone":              {twoZones(served("subnet-a", 4)...), "zone:a", "group", Lost, 0, "no other zone"},
		"a group in the other zone":             {twoZones(served("subnet-a", 4)...), "zone:b", "group", Unaffected, 1, ""},
		"a group of one":                        {twoZones(served("subnet-a,subnet-b", 1)...), "zone:b", "group", Lost, 0, "only machine"},
		"a group of unknown size":               {twoZones(served("subnet-a,subnet-b", ruletest.ID)...), "zone:b", "group", Unknown, 0, "minSize is not known"},
		"a group that may be scaled to nothing": {twoZones(served("subnet-a,subnet-b", 0)...), "zone:b", "balancer", Lost, 0, "group: its only machine"},
		"the last machine of one":               {twoZones(served("subnet-a,subnet-b", 0)...), "node:group", "group", Lost, 0, "no other machine"},
		"nodes that may be scaled to nothing": {
			twoZones(of(nodeGroup, "nodes", map[string]any{"scalingConfig": map[string]any{"minSize": 0}}, "subnetIds:subnet-a,subnet-b")), "zone:b", "nodes", Lost, 0, "its only machine"},
		"a machine of a group":        {twoZones(served("subnet-a", 4)...), "node:group", "group", Degraded, .75, "3 of 4"},
		"the only machine of a group": {twoZones(served("subnet-a", 1)...), "node:group", "balancer", Lost, 0, "group: it has no other machine"},
		"a balancer whose targets are in one zone": {
			twoZones(served("subnet-a", 4)...), "zone:a", "balancer", Lost, 0, "group: it is in no other zone"},
		"a balancer with targets in two zones": {twoZones(served("subnet-a,subnet-b", 2)...), "zone:a", "balancer", Degraded, .5, "1 of its 2 zones"},
		"a balancer with fewer targets left than zones": {
			twoZones(served("subnet-a,subnet-b", 3)...), "zone:a", "balancer", Degraded, 1. / 3, "group: 1 of 3"},
		"an origin, it is not known whose": {
			twoZones(append(served("subnet-a,subnet-b", 2), of(bucket, "pages", nil), of(distribution, "d", nil, "origins:pages,balancer"))...),
			"zone:a", "d", Degraded, .5, "balancer"},
		"zones of a subnet that is not known yet": {
			append(served("subnet-a,subnet-b", 2), subnetIn("a"), of(subnet, "subnet-b", nil)), "zone:a", "group", Unknown, 0, "availabilityZone of subnet-b"},
		"subnets of another stack": {
			twoZones(of(group, "group", map[string]any{"minSize": 2, "vpcZoneIdentifiers": []any{"subnet-0a"}})), "zone:a", "group", Unknown, 0, "subnet-0a is not in this stack"},
		"a NAT gateway takes the way out from its zone": {
			twoZones(append(nat("a"), served("subnet-a,subnet-b", 2)...)...), "nat:nat-a", "group", Degraded, 1, "way out through nat-a"},
		"a lost way out is no loss to the balancer": {
			twoZones(append(nat("a"), served("subnet-a,subnet-b", 2)...)...), "nat:nat-a", "balancer", Unaffected, 1, ""},
		"a NAT gateway in the lost zone serves others": {
			append(twoZones(append(nat("a"), served("subnet-c", 2)...)...), subnetIn("c"), of(tableAssociation, "association-c", nil, "subnetId:subnet-c", "routeTableId:table-a")),
			"zone:a", "group", Degraded, 1, "way out through"},
		"a database with a standby": {twoZones(of(database, "db", multi, "dbSubnetGroupName:db-subnets")), "zone:a", "db", Degraded, 1, "standby"},
		"a database without one, in a zone that AWS chooses": {
			twoZones(of(database, "db", nil, "dbSubnetGroupName:db-subnets")), "zone:a", "db", Lost, 0, "no standby, and may be in that zone"},
		"a database without one, in the lost zone": {
			twoZones(of(database, "db", map[string]any{"availabilityZone": "a"}, "dbSubnetGroupName:db-subnets")), "zone:a", "db", Lost, 0, "no standby"},
		"a database without one, in another zone": {
			twoZones(of(database, "db", map[string]any{"availabilityZone": "a"}, "dbSubnetGroupName:db-subnets")), "zone:b", "db", Unaffected, 1, ""},
		"a standby that is not known": {
			twoZones(of(database, "db", map[string]any{"multiAz": ruletest.ID}, "dbSubnetGroupName:db-subnets")), "zone:b", "db", Unknown, 0, "multiAz"},
		"a standby in the zones of the default VPC": {twoZones(of(database, "db", multi)), "zone:a", "db", Degraded, 1, "standby"},
		"the machine of a database":                 {twoZones(of(database, "db", nil)), "node:db", "db", Lost, 0, "no standby"},
		"a replica is a part of its database": {
			twoZones(of(database, "db", multi), of(database, "reader", map[string]any{"availabilityZone": "b"}, "replicateSourceDb:db")),
			"node:reader", "db", Degraded, 1, "without reader"},
		"members in two zones": {
			twoZones(of(dbCluster, "db", nil, "dbSubnetGroupName:db-subnets"), of(dbMember, "one", nil, "clusterIdentifier:db"), of(dbMember, "two", nil, "clusterIdentifier:db")),
			"zone:a", "db", Degraded, .5, "1 of 2 members"},
		"members that are all in the lost zone": {
			twoZones(of(dbCluster, "db", nil, "dbSubnetGroupName:db-subnets"), of(dbMember, "one", map[string]any{"availabilityZone": "a"}, "clusterIdentifier:db")),
			"zone:a", "db", Lost, 0, "no other member"},
		"members elsewhere": {
			twoZones(of(dbCluster, "db", nil, "dbSubnetGroupName:db-subnets"), of(dbMember, "one", map[string]any{"availabilityZone": "a"}, "clusterIdentifier:db")),
			"zone:b", "db", Unaffected, 1, ""},
		"a cache with a replica":         {twoZones(cache(2)), "zone:a", "cache", Degraded, .5, "1 of 2 nodes"},
		"a cache without":                {twoZones(cache(1)), "zone:a", "cache", Lost, 0, "no replica"},
		"a cache of unknown size":        {twoZones(cache(ruletest.ID)), "zone:a", "cache", Unknown, 0, "numCacheClusters"},
		"MemoryDB has a replica unasked": {twoZones(of(memory, "cache", nil, "subnetGroupName:cache-subnets")), "node:cache", "cache", Degraded, .5, "1 of 2 nodes"},
		"a broker without a second": {
			twoZones(of(broker, "broker", map[string]any{"deploymentMode": "SINGLE_INSTANCE"}, "subnetIds:subnet-a")), "zone:a", "broker", Lost, 0, "takes over"},
		"a broker with one": {
			twoZones(of(broker, "broker", map[string]any{"deploymentMode": "ACTIVE_STANDBY_MULTI_AZ"}, "subnetIds:subnet-a,subnet-b")), "zone:a", "broker", Degraded, 1, "takes over"},
		"pods that are spread":         {twoZones(auto("subnet-a,subnet-b"), pods("shop", 3, true)), "zone:a", "shop", Degraded, 1. / 3, "2 of 3 pods"},
		"pods that may be together":    {twoZones(auto("subnet-a,subnet-b"), pods("shop", 3, false)), "zone:a", "shop", Lost, 0, "nothing keeps its 3 pods"},
		"a single pod":                 {twoZones(auto("subnet-a,subnet-b"), pods("shop", 1, true)), "zone:a", "shop", Lost, 0, "only pod"},
		"pods of a fixed cluster zone": {twoZones(auto("subnet-a"), pods("shop", 3, true)), "zone:b", "shop", Unaffected, 1, ""},
		"pods without a cluster":       {twoZones(pods("shop", 3, true)), "zone:a", "shop", Unknown, 0, "machines of shop"},
		"pods whose database is lost": {
			twoZones(auto("subnet-a,subnet-b"), pods("shop", 2, true, "spec:db"), of(database, "db", map[string]any{"availabilityZone": "a"})),
			"zone:a", "shop", Lost, 0, "db: it has no standby"},
		"pods whose cache is lost": {
			twoZones(auto("subnet-a,subnet-b"), pods("shop", 2, true, "spec:cache"), cache(1)), "node:cache", "shop", Degraded, 1, "without cache"},
		"pods whose cache fails over": {
			twoZones(auto("subnet-a,subnet-b"), pods("shop", 2, true, "spec:cache"), cache(2)), "node:cache", "shop", Unaffected, 1, ""},
		"a node group of one": {
			twoZones(auto("subnet-a,subnet-b"), of(nodeGroup, "nodes", map[string]any{"scalingConfig": map[string]any{"minSize": 1}}, "clusterName:cluster", "subnetIds:subnet-a"), pods("shop", 3, true)),
			"zone:a", "shop", Lost, 0, "nodes: it is in no other zone"},
		"a function in two zones": {
			twoZones(of(function, "f", map[string]any{"vpcConfig": map[string]any{"subnetIds": ruletest.ID}}, "vpcConfig:subnet-a,subnet-b")), "zone:a", "f", Degraded, 1, "other zones"},
		"a function outside a VPC": {twoZones(of(function, "f", nil)), "zone:a", "f", Unaffected, 1, ""},
		"a file system with a mount target left": {
			twoZones(of(fileSystem, "files", nil), of(mountTarget, "ma", nil, "fileSystemId:files", "subnetId:subnet-a"), of(mountTarget, "mb", nil, "fileSystemId:files", "subnetId:subnet-b")),
			"zone:a", "files", Degraded, .5, "ma:"},
		"a file system of one zone": {twoZones(of(fileSystem, "files", map[string]any{"availabilityZoneName": "a"})), "zone:a", "files", Lost, 0, "no other zone"},
		"a type that nobody knows, in one zone": {
			twoZones(of("aws:new/thing:Thing", "thing", nil, "subnetId:subnet-a")), "zone:a", "thing", Lost, 0, "no other zone"},
		"a type that nobody knows, in two": {
			twoZones(of("aws:new/thing:Thing", "thing", nil, "subnetIds:subnet-a,subnet-b")), "zone:a", "thing", Degraded, .5, "1 of its 2 zones"},
		"a type that nobody knows needs the one thing that it refers to": {
			twoZones(of(database, "db", nil), of("aws:new/thing:Thing", "thing", map[string]any{"availabilityZone": "b"}, "source:db")), "node:db", "thing", Lost, 0, "db:"},
		"what is encrypted with a lost key": {twoZones(of(key, "key", nil), of(queue, "q", nil, "kmsMasterKeyId:key")), "key:key", "q", Lost, 0, "key: it cannot be used"},
		"what is encrypted by an alias":     {twoZones(of(key, "key", nil), of(keyAlias, "alias", nil, "targetKeyId:key"), of(secret, "s", nil, "kmsKeyId:alias")), "key:key", "s", Lost, 0, "key: it"},
		"new machines that need a lost key": {
			twoZones(of(key, "key", nil), of(launchTemplate, "template", map[string]any{"blockDeviceMappings": []any{map[string]any{"ebs": map[string]any{"kmsKeyId": ruletest.ID}}}}, "blockDeviceMappings:key"),
				of(group, "group", map[string]any{"minSize": 2, "launchTemplate": map[string]any{"id": ruletest.ID}}, "launchTemplate:template", "vpcZoneIdentifiers:subnet-a")),
			"key:key", "group", Degraded, 1, "no new machines"},
		"a machine that runs needs the key of its disks no more": {
			twoZones(of(key, "key", nil), of(instance, "vm", map[string]any{"rootBlockDevice": map[string]any{"kmsKeyId": ruletest.ID}}, "rootBlockDevice:key")),
			"key:key", "vm", Degraded, 1, "cannot start again without key"},
		"a bucket that names its key itself": {
			twoZones(of(key, "key", nil), of(bucket, "b", map[string]any{"serverSideEncryptionConfiguration": map[string]any{"rule": map[string]any{
				"applyServerSideEncryptionByDefault": map[string]any{"kmsMasterKeyId": ruletest.ID}}}}, "serverSideEncryptionConfiguration:key")),
			"key:key", "b", Lost, 0, "key: it cannot be used"},
		"a bucket that names it in lists": {
			twoZones(of(key, "key", nil), of(bucket, "b", map[string]any{"serverSideEncryptionConfigurations": []any{map[string]any{"rules": []any{map[string]any{
				"applyServerSideEncryptionByDefaults": []any{map[string]any{"kmsMasterKeyId": ruletest.ID}}}}}}}, "serverSideEncryptionConfigurations:key")),
			"key:key", "b", Lost, 0, "key: it cannot be used"},
		"a bucket whose own place comes before that of its encryption": {
			twoZones(of(bucket, "b", nil), of(bucketEncryption, "a-encryption", nil, "bucket:b")), "region:us-east-1", "b", Lost, 0, "it is in us-east-1"},
		"an alarm is no reason to be lost": {
			twoZones(of("aws:cloudwatch/metricAlarm:MetricAlarm", "alarm", nil, "dimensions:group"), of(group, "group", map[string]any{"minSize": 1}, "vpcZoneIdentifiers:subnet-a", "instanceRefresh:alarm"),
				of(function, "f", nil, "environment:alarm")), "zone:a", "f", Unaffected, 1, ""},
		"what is in a lost region": {twoZones(of(bucket, "b", nil)), "region:us-east-1", "b", Lost, 0, "us-east-1"},
		"what is in a lost region with its key": {
			twoZones(of(key, "key", nil), of(queue, "q", nil, "kmsMasterKeyId:key")), "region:us-east-1", "q", Lost, 0, "it is in us-east-1"},
		"what is in another region":    {append(twoZones(of(bucket, "b", nil)), ruletest.R{Type: bucket, Name: "far", Provider: west}), "region:us-east-1", "far", Unaffected, 1, ""},
		"what has an unknown region":   {append(twoZones(of(bucket, "b", nil)), ruletest.R{Type: bucket, Name: "far"}), "region:us-east-1", "far", Unknown, 0, "region"},
		"a distribution is everywhere": {twoZones(of(distribution, "d", nil)), "region:us-east-1", "d", Unaffected, 1, ""},
	} {
		t.Run(name, func(t *testing.T) {
			e := effectOn(t, c.stack, c.lose, c.at)
			require.Equal(t, c.want, e.State, "%s %v", e.Because, e.Path)
			require.InDelta(t, c.left, e.Left, 1e-6, e.Because)
			require.Contains(t, e.Because, c.says)
			require.Equal(t, c.want == Unaffected, e.Recovery == nil)
			if strings.HasPrefix(c.lose, "region:") && c.want == Lost {
				require.Same(t, e.Resource, e.Cause, "all of the region is struck itself")
			}
			require.Equal(t, c.want == Unknown, e.Missing.Outcome == rule.Unknown)
		})
	}
}

func TestAPathLeadsFromTheDomainToWhatIsLost(t *testing.T) {
	e := effectOn(t, twoZones(served("subnet-a", 2)...), "zone:a", "balancer")
	var path []string
	for _, s := range e.Path {
		step := s.Resource.Name + "." + s.Property
		if s.Back {
			step = "<" + step
		}
		path = append(path, step)
	}
	require.Equal(t, []string{
		"subnet-a.availabilityZone", "group.vpcZoneIdentifiers", "<targets.targetGroupArns", "https.defaultActions.targetGroupArn", "<balancer.loadBalancerArn",
	}, path)
	require.Equal(t, "group", e.Cause.Name)
}

// origins are a distribution of a bucket with a copy and, if it is known, its addresses.
func origins(known bool, target string) []ruletest.R {
	at := func(name string) any {
		if known {
			return name + ".s3.amazonaws.com"
		}
		return ruletest.ID
	}
	here, far := of(bucket, "here", nil), of(bucket, "far", nil)
	here.Out["bucketRegionalDomainName"], far.Out["bucketRegionalDomainName"], far.Provider = at("here"), at("far"), west
	return []ruletest.R{here, far, of(distribution, "d", map[string]any{
		"origins":              []any{map[string]any{"originId": "here", "domainName": at("here")}, map[string]any{"originId": "far", "domainName": at("far")}},
		"originGroups":         []any{map[string]any{"originId": "either", "members": []any{map[string]any{"originId": "here"}, map[string]any{"originId": "far"}}}},
		"defaultCacheBehavior": map[string]any{"targetOriginId": target},
	}, "origins:here,far")}
}

func TestDistributionsFallBackOnTheOriginsOfAGroup(t *testing.T) {
	e := effectOn(t, origins(true, "either"), "region:us-east-1", "d")
	require.Equal(t, Degraded, e.State)
	require.InDelta(t, 1, e.Left, 1e-6, "the other origin does it all")
	require.Zero(t, e.Recovery.Rto)
	e = effectOn(t, origins(true, "either"), "region:us-west-2", "d")
	require.InDelta(t, 1, e.Left, 1e-6, "only the standby is lost")
	e = effectOn(t, origins(true, "here"), "region:us-east-1", "d")
	require.Equal(t, Degraded, e.State, "it answers from its caches")
	require.Zero(t, e.Left)
	require.Equal(t, Unaffected, effectOn(t, origins(true, "far"), "region:us-east-1", "d").State)
	require.Equal(t, Unknown, effectOn(t, origins(false, "here"), "region:us-east-1", "d").State, "not known which origin is whose")
}

func TestCyclesEnd(t *testing.T) {
	stack := twoZones(served("subnet-a", 2)...)
	stack = append(stack,
		of("aws:new/thing:Thing", "one", map[string]any{"availabilityZone": "a"}, "other:two"),
		of("aws:new/thing:Thing", "two", map[string]any{"availabilityZone": "b"}, "other:one"))
	e := effectOn(t, stack, "zone:a", "two")
	require.Equal(t, Lost, e.State)
	require.Equal(t, Never, e.Recovery.Rto)
	require.False(t, math.IsNaN(e.Left))
}
