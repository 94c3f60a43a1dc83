package redundancy

import "github.com/plinth-iac/plinth/policies/rule"

// Type tokens of caches.
const (
	cacheCluster  = "aws:elasticache/cluster:Cluster"
	memoryCluster = "aws:memorydb/cluster:Cluster"
)

func elasticacheFailover() *rule.Rule {
	return &rule.Rule{
		ID: "elasticache-failover", Title: "Caches fail over to a replica in another zone", Severity: rule.High, Category: rule.Redundancy,
		Why:      "When the only node goes, the cache is empty and every request reaches the database at once.",
		Fix:      "set automaticFailoverEnabled and multiAzEnabled to true, and one replica or more",
		Controls: rule.Controls{Checkov: []string{"CKV2_AWS_50"}, SecurityHub: []string{"ElastiCache.3"}},
		Types:    []string{cacheGroup},
		// A standby is what a development environment should not pay for; see nonprod-redundancy-waste.
		Development: rule.At(rule.Disabled),
		Check: func(r *rule.Resource, _ rule.Settings) rule.Verdict {
			return rule.All(
				r.Get("automaticFailoverEnabled").Want(rule.IsTrue, "automaticFailoverEnabled is off", "set automaticFailoverEnabled to true"),
				r.Get("multiAzEnabled").Want(rule.IsTrue, "multiAzEnabled is off", "set multiAzEnabled to true"),
				cacheReplica(r))
		},
	}
}

// cacheReplica passes if each shard has a replica. Groups of one shard count nodes, those
// of several count replicas.
func cacheReplica(r *rule.Resource) rule.Verdict {
	nodes, replicas := r.Get("numCacheClusters"), r.Get("replicasPerNodeGroup")
	switch {
	case rule.AtLeast(2)(nodes) || rule.AtLeast(1)(replicas):
		return rule.Passed()
	case nodes.IsUnknown():
		return rule.NotKnown(nodes)
	case replicas.IsUnknown():
		return rule.NotKnown(replicas)
	case nodes.IsAbsent() && !(replicas.IsAbsent() && r.Get("numNodeGroups").IsAbsent()):
		return rule.Failed("replicasPerNodeGroup is "+replicas.String(), "set replicasPerNodeGroup to 1 or more")
	}
	return rule.Failed("numCacheClusters is "+nodes.String(), "set numCacheClusters to 2 or more")
}

func elasticacheNotStandalone() *rule.Rule {
	return &rule.Rule{
		ID: "elasticache-not-standalone", Title: "Cache nodes are not alone", Severity: rule.Medium, Category: rule.Redundancy,
		Why:   "A node without a replication group has no replica and cannot be given one; all Memcached nodes in one zone are lost with it.",
		Fix:   "a ReplicationGroup for Redis and Valkey; azMode cross-az and two nodes or more for Memcached",
		Types: []string{cacheCluster},
		// One node is what a development environment should pay for.
		Development: rule.At(rule.Disabled),
		Check: func(r *rule.Resource, _ rule.Settings) rule.Verdict {
			engine, group := r.Get("engine"), r.Get("replicationGroupId")
			id, _ := group.Text()
			switch {
			case id != "" || group.IsUnknown():
				return rule.Skipped() // a node of a group; see elasticache-failover
			case engine.IsUnknown():
				return rule.NotKnown(engine)
			case !rule.Is("memcached")(engine):
				return rule.Failed("is a single node without a replication group", "use a ReplicationGroup with numCacheClusters 2 or more")
			}
			mode, nodes := r.Get("azMode"), r.Get("numCacheNodes")
			return rule.All(
				mode.Want(rule.Is("cross-az"), "azMode is "+mode.String(), `set azMode to "cross-az"`),
				nodes.Want(rule.AtLeast(2), "numCacheNodes is "+nodes.String(), "set numCacheNodes to 2 or more"))
		},
	}
}

func memorydbReplicas() *rule.Rule {
	return &rule.Rule{
		ID: "memorydb-replicas", Title: "MemoryDB shards have a replica", Severity: rule.High, Category: rule.Redundancy,
		Why:   "A shard without a replica is down until a new node has read the log from its beginning.",
		Fix:   "set numReplicasPerShard to 1 or more",
		Types: []string{memoryCluster},
		// A replica is what a development environment should not pay for.
		Development: rule.At(rule.Disabled),
		Check: func(r *rule.Resource, _ rule.Settings) rule.Verdict {
			replicas := r.Get("numReplicasPerShard")
			return replicas.Want(rule.OrAbsent(rule.AtLeast(1)), // the provider takes 1 if it is not set
				"numReplicasPerShard is "+replicas.String(), "set numReplicasPerShard to 1 or more")
		},
	}
}
