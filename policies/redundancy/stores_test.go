package redundancy

import (
	"slices"
	"testing"

	"github.com/plinth-iac/plinth/policies/internal/ruletest"
	"github.com/plinth-iac/plinth/policies/rule"
)

// one is a stack of one resource.
func one(token string, inputs in) []r { return []r{{Type: token, Name: "it", In: inputs}} }

// members is a cluster with a member for each of the zones; "" names none.
func members(cluster, member string, inputs in, zones ...any) []r {
	stack := []r{{Type: cluster, Name: "db", In: inputs}}
	for i, zone := range zones {
		m := r{Type: member, Name: "db-" + string(rune('0'+i)), In: in{"clusterIdentifier": later}, Edges: to{"clusterIdentifier": {"db"}}}
		if zone != "" {
			m.In["availabilityZone"] = zone
		}
		stack = append(stack, m)
	}
	return stack
}

func subnetGroup(token string, subnets ...string) []r {
	return []r{{Type: token, Name: "it", In: in{"subnetIds": later}, Edges: to{"subnetIds": subnets}}, subnetA, subnetA2, subnetB, subnetC, nowhere}
}

// tiered is a stack whose first resource has the tag tier.
func tiered(tier any, stack []r) []r {
	stack[0].In["tags"] = in{"tier": tier}
	return stack
}

// scaledTable is a table with scaling targets and policies of its capacities. They name the
// table as a program does: a target by the table's name, a policy by the target.
func scaledTable(resourceId any, dimensions ...any) []r {
	stack := []r{{Type: table, Name: "orders", In: in{"billingMode": "PROVISIONED", "name": "orders-1"}}}
	for i, dimension := range dimensions {
		target, policy := "target"+string(rune('0'+i)), "policy"+string(rune('0'+i))
		edges := to{}
		if resourceId == later {
			edges["resourceId"] = []string{"orders"}
		}
		stack = append(stack,
			r{Type: scalingTarget, Name: target, In: in{"resourceId": resourceId, "scalableDimension": dimension}, Edges: edges},
			r{Type: scalingPolicy, Name: policy, In: in{"resourceId": later, "scalableDimension": dimension}, Edges: to{"resourceId": {target}}})
	}
	return stack
}

const (
	reads  = "dynamodb:table:ReadCapacityUnits"
	writes = "dynamodb:table:WriteCapacityUnits"
)

func TestStoreRules(t *testing.T) {
	check := func(id, name string, want rule.Outcome, says string, stack []r) ruletest.Case {
		return ruletest.Case{Rule: id, Name: name, Want: want, Says: says, Stack: stack}
	}
	cases := []ruletest.Case{
		check("rds-instance-multi-az", "standby", rule.Pass, "", one(database, in{"engine": "postgres", "multiAz": true})),
		check("rds-instance-multi-az", "not said", rule.Fail, "set multiAz to true", one(database, in{"engine": "postgres"})),
		check("rds-instance-multi-az", "not a truth value", rule.Fail, "multiAz", one(database, in{"multiAz": "perhaps"})),
		check("rds-instance-multi-az", "secret", rule.Pass, "", one(database, in{"multiAz": rule.Secret{Of: true}})),
		check("rds-instance-multi-az", "computed", rule.Unknown, "multiAz: known only after creation", one(database, in{"multiAz": later})),
		check("rds-instance-multi-az", "engine computed", rule.Unknown, "engine", one(database, in{"engine": later})),
		check("rds-instance-multi-az", "replica", rule.NotApplicable, "", one(database, in{"multiAz": false, "replicateSourceDb": "orders"})),
		check("rds-instance-multi-az", "replica of what is yet to be", rule.NotApplicable, "", one(database, in{"replicateSourceDb": later})),
		check("rds-instance-multi-az", "promoted replica", rule.Fail, "multiAz", one(database, in{"replicateSourceDb": ""})),
		check("rds-instance-multi-az", "aurora", rule.NotApplicable, "", one(database, in{"engine": "aurora-postgresql"})),
		check("rds-instance-multi-az", "only read", rule.Pass, "", []r{{Type: database, Name: "it", Out: in{"multiAz": true, "replicateSourceDb": ""}}}),

		check("db-subnet-group-multi-az", "two zones", rule.Pass, "", subnetGroup("aws:rds/subnetGroup:SubnetGroup", "a", "b")),
		check("db-subnet-group-multi-az", "one zone", rule.Fail, "has subnets in one zone (eu-west-1a) only. Fix: list subnets of at least 2 zones",
			subnetGroup("aws:elasticache/subnetGroup:SubnetGroup", "a", "a2")),
		check("db-subnet-group-multi-az", "one zone for DAX", rule.Fail, "one zone (eu-west-1a) only", subnetGroup("aws:dax/subnetGroup:SubnetGroup", "a")),
		check("db-subnet-group-multi-az", "a zone chosen after creation", rule.Unknown, "nowhere", subnetGroup("aws:memorydb/subnetGroup:SubnetGroup", "a", "nowhere")),
		check("db-subnet-group-multi-az", "elsewhere", rule.Unknown, "subnetIds: external", subnetGroup("aws:dms/replicationSubnetGroup:ReplicationSubnetGroup")),
		{Rule: "db-subnet-group-multi-az", Name: "three are asked for", Settings: rule.Settings{"zones": 3}, Want: rule.Fail,
			Says: "zones eu-west-1a, eu-west-1b only. Fix: list subnets of at least 3", Stack: subnetGroup("aws:docdb/subnetGroup:SubnetGroup", "a", "b")},
		check("db-subnet-group-multi-az", "two zones of the first tier", rule.Fail, "list subnets of at least 3 zones",
			tiered("0", subnetGroup("aws:neptune/subnetGroup:SubnetGroup", "a", "b"))),
		check("db-subnet-group-multi-az", "three zones of the first tier", rule.Pass, "", tiered("0", subnetGroup("aws:redshift/subnetGroup:SubnetGroup", "a", "b", "c"))),
		check("db-subnet-group-multi-az", "two zones of the second tier", rule.Pass, "", tiered("1", subnetGroup("aws:neptune/subnetGroup:SubnetGroup", "a", "b"))),
		check("db-subnet-group-multi-az", "three zones of who knows which tier", rule.Pass, "", tiered(later, subnetGroup("aws:neptune/subnetGroup:SubnetGroup", "a", "b", "c"))),
		check("db-subnet-group-multi-az", "two zones of who knows which tier", rule.Unknown, "tags", tiered(later, subnetGroup("aws:neptune/subnetGroup:SubnetGroup", "a", "b"))),
		check("db-subnet-group-multi-az", "one zone of who knows which tier", rule.Fail, "at least 2 zones", tiered(later, subnetGroup("aws:neptune/subnetGroup:SubnetGroup", "a"))),
		check("db-subnet-group-multi-az", "nothing said", rule.Fail, "no zone", one("aws:redshift/subnetGroup:SubnetGroup", in{})),

		check("rds-proxy-multi-az", "two zones", rule.Pass, "",
			[]r{{Type: dbProxy, Name: "it", In: in{"vpcSubnetIds": later}, Edges: to{"vpcSubnetIds": {"a", "b"}}}, subnetA, subnetB}),
		check("rds-proxy-multi-az", "one zone", rule.Fail, "one zone (eu-west-1a)",
			[]r{{Type: dbProxy, Name: "it", In: in{"vpcSubnetIds": list{"subnet-a"}}}, madeA}),
		check("rds-proxy-multi-az", "elsewhere", rule.Unknown, "external", one(dbProxy, in{"vpcSubnetIds": list{"subnet-1", "subnet-2"}})),

		check("db-monitoring", "both", rule.Pass, "", one(database, in{"monitoringInterval": 60, "performanceInsightsEnabled": true})),
		check("db-monitoring", "neither", rule.Fail, "set monitoringInterval to 60 or less, and monitoringRoleArn; set performanceInsightsEnabled", one(dbMember, in{})),
		check("db-monitoring", "no metrics", rule.Fail, "monitoringInterval is 0", one(database, in{"monitoringInterval": 0, "performanceInsightsEnabled": true})),
		check("db-monitoring", "computed", rule.Unknown, "performanceInsightsEnabled", one(database, in{"monitoringInterval": 60, "performanceInsightsEnabled": later})),

		check("elasticache-failover", "a replica", rule.Pass, "",
			one(cacheGroup, in{"automaticFailoverEnabled": true, "multiAzEnabled": true, "numCacheClusters": 2})),
		check("elasticache-failover", "shards with replicas", rule.Pass, "",
			one(cacheGroup, in{"automaticFailoverEnabled": true, "multiAzEnabled": true, "numNodeGroups": 3, "replicasPerNodeGroup": 1})),
		check("elasticache-failover", "shards without", rule.Fail, "set replicasPerNodeGroup to 1 or more",
			one(cacheGroup, in{"automaticFailoverEnabled": true, "multiAzEnabled": true, "numNodeGroups": 3})),
		check("elasticache-failover", "one node", rule.Fail, "automaticFailoverEnabled is off; multiAzEnabled is off; numCacheClusters is not set",
			one(cacheGroup, in{})),
		check("elasticache-failover", "wrong type", rule.Fail, "numCacheClusters is \"few\"",
			one(cacheGroup, in{"automaticFailoverEnabled": true, "multiAzEnabled": true, "numCacheClusters": "few"})),
		check("elasticache-failover", "in one zone", rule.Fail, "set multiAzEnabled to true",
			one(cacheGroup, in{"automaticFailoverEnabled": true, "numCacheClusters": 2})),
		check("elasticache-failover", "secret number", rule.Fail, "numCacheClusters is [secret]",
			one(cacheGroup, in{"automaticFailoverEnabled": true, "multiAzEnabled": true, "numCacheClusters": rule.Secret{Of: 1}})),
		check("elasticache-failover", "nodes computed", rule.Unknown, "numCacheClusters",
			one(cacheGroup, in{"automaticFailoverEnabled": true, "multiAzEnabled": true, "numCacheClusters": later})),
		check("elasticache-failover", "replicas computed", rule.Unknown, "replicasPerNodeGroup",
			one(cacheGroup, in{"automaticFailoverEnabled": true, "multiAzEnabled": true, "replicasPerNodeGroup": later})),

		check("elasticache-not-standalone", "memcached in two zones", rule.Pass, "",
			one(cacheCluster, in{"engine": "memcached", "azMode": "cross-az", "numCacheNodes": 2})),
		check("elasticache-not-standalone", "memcached in one", rule.Fail, `set azMode to "cross-az"`, one(cacheCluster, in{"engine": "memcached", "numCacheNodes": 2})),
		check("elasticache-not-standalone", "one of memcached", rule.Fail, "numCacheNodes is 1", one(cacheCluster, in{"engine": "memcached", "azMode": "cross-az", "numCacheNodes": 1})),
		check("elasticache-not-standalone", "redis alone", rule.Fail, "use a ReplicationGroup", one(cacheCluster, in{"engine": "redis"})),
		check("elasticache-not-standalone", "a node of a group", rule.NotApplicable, "", one(cacheCluster, in{"replicationGroupId": later})),
		check("elasticache-not-standalone", "engine computed", rule.Unknown, "engine", one(cacheCluster, in{"engine": later})),

		check("memorydb-replicas", "one", rule.Pass, "", one(memoryCluster, in{"numReplicasPerShard": 1})),
		check("memorydb-replicas", "the provider's default", rule.Pass, "", one(memoryCluster, in{})),
		check("memorydb-replicas", "none", rule.Fail, "set numReplicasPerShard to 1 or more", one(memoryCluster, in{"numReplicasPerShard": 0})),
		check("memorydb-replicas", "computed", rule.Unknown, "numReplicasPerShard", one(memoryCluster, in{"numReplicasPerShard": later})),

		check("dynamodb-elastic-capacity", "on demand", rule.Pass, "", one(table, in{"billingMode": "PAY_PER_REQUEST"})),
		check("dynamodb-elastic-capacity", "the default", rule.Fail, reads+" is fixed; "+writes+" is fixed", one(table, in{"readCapacity": 5})),
		check("dynamodb-elastic-capacity", "scaled by name", rule.Pass, "", scaledTable("table/orders-1", reads, writes)),
		check("dynamodb-elastic-capacity", "scaled by edge", rule.Pass, "", scaledTable(later, reads, writes)),
		check("dynamodb-elastic-capacity", "scaled reads only", rule.Fail, writes+" is fixed", scaledTable("table/orders-1", reads, "dynamodb:index:WriteCapacityUnits")),
		check("dynamodb-elastic-capacity", "another table is scaled", rule.Fail, reads+" is fixed", scaledTable("table/other", reads, writes)),
		check("dynamodb-elastic-capacity", "no policy", rule.Fail, "has a scaling target and no policy", append(one(table, in{"name": "it"}),
			r{Type: scalingTarget, Name: "t", In: in{"resourceId": "table/it", "scalableDimension": reads}})),
		check("dynamodb-elastic-capacity", "which capacity is computed", rule.Unknown, "scalableDimension", scaledTable("table/orders-1", reads, later)),
		check("dynamodb-elastic-capacity", "scaling of who knows what", rule.Unknown, "resourceId: external", append(one(table, in{}),
			r{Type: scalingTarget, Name: "t", In: in{"resourceId": later, "scalableDimension": reads}},
			r{Type: scalingTarget, Name: "u", In: in{"resourceId": later, "scalableDimension": writes}})),
		check("dynamodb-elastic-capacity", "computed", rule.Unknown, "billingMode", one(table, in{"billingMode": later})),
	}
	for _, family := range []struct{ id, cluster, member string }{
		{"rds-cluster-members-multi-az", dbCluster, dbMember},
		{"docdb-cluster-members-multi-az", documentCluster, documentMember},
		{"neptune-cluster-members-multi-az", graphCluster, graphMember},
	} {
		of := func(inputs in, zones ...any) []r { return members(family.cluster, family.member, inputs, zones...) }
		cases = append(cases,
			check(family.id, "two zones", rule.Pass, "", of(in{}, "eu-west-1a", "eu-west-1b")),
			check(family.id, "zones left to AWS", rule.Pass, "", of(in{}, "", "")),
			check(family.id, "two in one zone", rule.Fail, "all 2 members are in one zone (eu-west-1a)", of(in{}, "eu-west-1a", "eu-west-1a")),
			check(family.id, "one", rule.Fail, "db-0 is its only member", of(in{}, "")),
			check(family.id, "none", rule.Fail, "add two ClusterInstances", of(in{})),
			check(family.id, "a zone that is not known", rule.Unknown, "availabilityZone of db-1", of(in{}, "eu-west-1a", later)),
			check(family.id, "members of who knows what", rule.Unknown, "external",
				append(of(in{}, ""), r{Type: family.member, Name: "x", In: in{"clusterIdentifier": later}})),
			check(family.id, "by identifier", rule.Pass, "", []r{
				{Type: family.cluster, Name: "db", In: in{}, Out: in{"id": "db-1"}},
				{Type: family.member, Name: "m0", In: in{"clusterIdentifier": "db-1"}}, {Type: family.member, Name: "m1", In: in{"clusterIdentifier": "db-1"}}}))
	}
	ruletest.Run(t, storeRules(), slices.Concat(cases, searchCases(), standbyCases(), streamCases(), fileCases(), []ruletest.Case{
		check("rds-cluster-members-multi-az", "a Multi-AZ cluster", rule.Pass, "", one(dbCluster, in{"dbClusterInstanceClass": "db.m6gd.large"})),
		check("rds-cluster-members-multi-az", "serverless of the first kind", rule.NotApplicable, "", one(dbCluster, in{"engineMode": "serverless"})),
		check("rds-cluster-members-multi-az", "mode computed", rule.Unknown, "engineMode", one(dbCluster, in{"engineMode": later})),
	}))
}

// What a development environment is advised not to pay for, it is not advised to have.
func TestDevelopmentIsNotAskedForStandbys(t *testing.T) {
	for _, p := range storeRules() {
		asks := map[string]bool{
			"db-subnet-group-multi-az": true, "rds-proxy-multi-az": true, "dynamodb-elastic-capacity": true, "msk-brokers-multi-az": true,
			"efs-mount-target-per-az": true, // these cost nothing
		}[p.ID]
		want := rule.Disabled
		if asks {
			want = rule.Advisory
		}
		if got := p.Level(rule.Development); got != want {
			t.Errorf("%s is at level %d in development, want %d", p.ID, got, want)
		}
	}
}
