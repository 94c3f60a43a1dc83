package aws

import (
	"regexp"
	"slices"
	"strings"
)

const (
	docCacheGroup    = "Amazon ElastiCache API Reference: CreateReplicationGroup"
	docCacheCluster  = "Amazon ElastiCache API Reference: CreateCacheCluster"
	docCacheNodes    = "Amazon ElastiCache User Guide: Supported node types"
	docCacheSubnets  = "Amazon ElastiCache User Guide: Subnets and subnet groups"
	docCacheVersions = "Amazon ElastiCache User Guide: Engine versions and upgrading"
	docCacheFailover = "Amazon ElastiCache User Guide: Minimizing downtime in ElastiCache by using Multi-AZ"
	docCacheTLS      = "Amazon ElastiCache User Guide: ElastiCache in-transit encryption (TLS)"
	docCacheAuth     = "Amazon ElastiCache User Guide: Authenticating with the AUTH command"
	docCacheParams   = "Amazon ElastiCache User Guide: Configuring engine parameters using ElastiCache parameter groups"
	docCacheBackup   = "Amazon ElastiCache User Guide: Snapshot and restore"

	cacheKinds = "elasticache.cluster elasticache.replicationGroup"
	cacheGroup = "elasticache.replicationGroup"
)

// elasticacheRules are those of ElastiCache: node-based caches here, serverless ones and users in their own files.
var elasticacheRules = slices.Concat(cacheRules, cacheModeRules, cacheSnapshotRules, cacheSecurityRules, serverlessCacheRules, cacheUserRules)

var cacheIDForm = regexp.MustCompile(`^[a-z](-?[a-z0-9])*$`)

var cacheRules = []Rule{
	{ID: "cache-id", Code: invalidValue, Source: docCacheGroup, Kinds: cacheKinds, On: Create, Check: func(r *Request) string {
		id, most := r.New.Str("replicationGroupId"), 40
		if r.Kind == "elasticache.cluster" {
			id, most = r.New.Str("clusterId"), 50
		}
		if id != "" && (!cacheIDForm.MatchString(id) || len(id) > most) {
			return say("The identifier '%s' is not valid. It must begin with a letter, have only lower-case letters, digits and single hyphens, not end with a hyphen, and have at most %d characters.", id, most)
		}
		return ""
	}},
	{ID: "cache-group-taken", Code: "ReplicationGroupAlreadyExists", Source: docCacheGroup, Kinds: cacheGroup, On: Create, Check: func(r *Request) string {
		if r.By(cacheGroup, "replicationGroupId", r.New.Str("replicationGroupId")) != nil {
			return say("Replication group %s already exists.", r.New.Str("replicationGroupId"))
		}
		return ""
	}},
	{ID: "cache-cluster-taken", Code: "CacheClusterAlreadyExists", Source: docCacheCluster, Kinds: "elasticache.cluster", On: Create, Check: func(r *Request) string {
		if r.By("elasticache.cluster", "clusterId", r.New.Str("clusterId")) != nil {
			return say("Cache cluster %s already exists.", r.New.Str("clusterId"))
		}
		return ""
	}},
	{ID: "cache-description", Code: invalidValue, Source: docCacheGroup, Kinds: cacheGroup, On: Write, Check: func(r *Request) string {
		if !r.New.Has("description") && !r.New.Has("globalReplicationGroupId") {
			return "The parameter ReplicationGroupDescription must not be blank."
		}
		return ""
	}},
	{ID: "cache-engine", Code: invalidValue, Source: docCacheCluster, Kinds: cacheKinds, On: Create, Check: func(r *Request) string {
		name := r.New.Str("engine")
		allowed := "redis valkey"
		if r.Kind == "elasticache.cluster" {
			allowed = "memcached redis"
		}
		if name != "" && !oneOf(name, allowed) {
			return say("Invalid engine %s. Valid engines are: %s.", name, allowed)
		}
		if name == "" && r.Kind == "elasticache.cluster" && !r.New.Has("replicationGroupId") {
			return "The parameter Engine must be provided."
		}
		return ""
	}},
	{ID: "cache-version", Code: invalidCombination, Source: docCacheVersions, Kinds: cacheKinds, On: Write, Check: func(r *Request) string {
		name, e, version := r.cache()
		if name != "" && !oneOf(version, e.Versions) {
			return say("Cannot find version %s for %s", version, name)
		}
		return ""
	}},
	{ID: "cache-downgrade", Code: invalidCombination, Source: docCacheVersions, Kinds: cacheKinds, On: Update, Check: func(r *Request) string {
		name, _, to := r.cache()
		before := &Request{Scope: r.Scope, World: r.World, Kind: r.Kind, New: r.Old}
		old, _, from := before.cache()
		if name == old && !strings.Contains(from+to, "x") && compareVersions(to, from) < 0 || old == "valkey" && name == "redis" {
			return say("The cache can't be downgraded from %s %s to %s %s.", old, from, name, to)
		}
		return ""
	}},
	{ID: "cache-node", Code: invalidValue, Source: docCacheNodes, Kinds: cacheKinds, On: Write, Check: func(r *Request) string {
		node := r.New.Str("nodeType")
		if node != "" && !nodeExists(node) {
			return say("Invalid Cache Node Type: %s.", node)
		}
		member := r.New.Has("globalReplicationGroupId") || r.Kind != cacheGroup && r.New.Has("replicationGroupId")
		if node == "" && r.Op == Create && !member {
			return "The parameter CacheNodeType must be provided."
		}
		return ""
	}},
	{ID: "cache-node-version", Code: invalidCombination, Source: docCacheNodes, Kinds: cacheKinds, On: Write, Check: func(r *Request) string {
		name, _, version := r.cache()
		family := nodeFamily(r.New.Str("nodeType"))
		least := "5.0.6"
		if name == "memcached" {
			least = "1.5.16"
		}
		if family == "r6gd" {
			least = "6.2"
		}
		if name != "" && graviton.MatchString(family) && older(version, least) {
			return say("The node type %s needs %s version %s or later, not %s.", r.New.Str("nodeType"), name, least, version)
		}
		if name == "memcached" && family == "r6gd" {
			return say("The node type %s is not supported by memcached.", r.New.Str("nodeType"))
		}
		return ""
	}},
	{ID: "cache-tiering", Code: invalidCombination, Source: "Amazon ElastiCache User Guide: Data tiering in ElastiCache", Kinds: cacheGroup, On: Write, Check: func(r *Request) string {
		tiered := nodeFamily(r.New.Str("nodeType")) == "r6gd"
		if r.New.Bool("dataTieringEnabled") != tiered {
			return "Data tiering is for the r6gd node family, which can only be used with data tiering enabled."
		}
		return ""
	}},
	{ID: "cache-failover", Code: invalidCombination, Source: docCacheFailover, Kinds: cacheGroup, On: Write, Check: func(r *Request) string {
		if r.New.Bool("automaticFailoverEnabled") && !r.sharded(r.New) && r.cacheNodes() < 2 {
			return "When using automatic failover, there must be at least 2 cache clusters in the replication group."
		}
		return ""
	}},
	{ID: "cache-multi-az", Code: invalidCombination, Source: docCacheFailover, Kinds: cacheGroup, On: Write, Check: func(r *Request) string {
		if !r.New.Bool("multiAzEnabled") {
			return ""
		}
		if !r.New.Bool("automaticFailoverEnabled") {
			return "Multi-AZ needs automatic failover: automatic_failover_enabled must be true if multi_az_enabled is true"
		}
		if r.sharded(r.New) && r.New.Int("replicasPerNodeGroup") < 1 && r.cacheNodes() < 2*max(1, r.New.Int("numNodeGroups")) {
			return "Multi-AZ needs at least one replica per node group."
		}
		if group := r.Find("elasticache.subnetGroup", r.New.Str("subnetGroupName")); group != nil && len(r.zonesOf(group.Props.Strs("subnetIds"))) < 2 {
			return "Multi-AZ needs a cache subnet group that covers at least two Availability Zones."
		}
		return ""
	}},
	{ID: "cache-node-count", Code: invalidValue, Source: "Amazon ElastiCache User Guide: Quotas for ElastiCache", Kinds: cacheGroup, On: Write, Check: func(r *Request) string {
		shards, replicas := r.New.Int("numNodeGroups"), r.New.Int("replicasPerNodeGroup")
		switch {
		case !within(r.New, "replicasPerNodeGroup", 0, 5):
			return say("Invalid number of replicas per node group: %d. It can be at most 5.", replicas)
		case r.New.Int("numCacheClusters") > 6 && !r.sharded(r.New):
			return say("Invalid number of cache clusters: %d. There can be one primary and at most 5 replicas.", r.New.Int("numCacheClusters"))
		case shards*(replicas+1) > 90:
			return "The request cannot be processed because it would exceed the allowed number of 90 nodes per cluster."
		}
		return ""
	}},
	{ID: "cache-zones", Code: invalidValue, Source: docCacheGroup, Kinds: cacheKinds, On: Create, Check: func(r *Request) string {
		zones := append(r.New.Strs("preferredCacheClusterAzs"), r.New.Strs("preferredAvailabilityZones")...)
		if zone := r.New.Str("availabilityZone"); zone != "" {
			zones = append(zones, zone)
		}
		group := r.Find("elasticache.subnetGroup", r.New.Str("subnetGroupName"))
		for _, zone := range zones {
			if !r.hasZone(zone) || group != nil && !r.zonesOf(group.Props.Strs("subnetIds"))[zone] {
				return say("%s is not a valid availability zone of the cache subnet group.", zone)
			}
		}
		return ""
	}},
	{ID: "cache-zone-count", Code: invalidCombination, Source: docCacheGroup, Kinds: cacheKinds, On: Create, Check: func(r *Request) string {
		if n := len(r.New.Strs("preferredCacheClusterAzs")); n > 0 && n != r.cacheNodes() {
			return say("The number of preferred availability zones (%d) must be that of the cache clusters.", n)
		}
		if n := len(r.New.Strs("preferredAvailabilityZones")); n > 0 && n != max(1, r.New.Int("numCacheNodes")) {
			return say("The number of preferred availability zones (%d) must be that of the cache nodes.", n)
		}
		return ""
	}},
	{ID: "cache-memcached-zones", Code: invalidCombination, Source: docCacheCluster, Kinds: "elasticache.cluster", On: Write, Check: func(r *Request) string {
		mode := r.New.Str("azMode")
		if mode != "" && !oneOf(mode, "single-az cross-az") {
			return say("Invalid AZ mode: %s", mode)
		}
		if mode == "cross-az" && r.New.Int("numCacheNodes") < 2 {
			return "Cross-AZ placement needs more than one cache node."
		}
		return ""
	}},
	{ID: "cache-cluster-count", Code: invalidValue, Source: docCacheCluster, Kinds: "elasticache.cluster", On: Write, Check: func(r *Request) string {
		name, n := r.New.Str("engine"), r.New.Int("numCacheNodes")
		if name == "redis" && n > 1 {
			return "A redis cache cluster has one cache node; a replication group has more."
		}
		if name == "memcached" && (n > 60 || r.Op == Create && n < 1) {
			return say("Invalid number of cache nodes: %d. It must be between 1 and 60.", n)
		}
		return ""
	}},
	{ID: "cache-memcached-features", Code: invalidCombination, Source: docCacheBackup, Kinds: "elasticache.cluster", On: Write, Check: func(r *Request) string {
		if r.New.Str("engine") != "memcached" {
			return ""
		}
		for _, key := range []string{"snapshotName", "snapshotArns", "finalSnapshotIdentifier"} {
			if r.New.Has(key) {
				return say("%s is not supported for memcached.", key)
			}
		}
		if r.New.Int("snapshotRetentionLimit") > 0 || r.New.Has("snapshotWindow") && r.Op == Create {
			return "Snapshots are not supported for memcached."
		}
		if r.New.Bool("transitEncryptionEnabled") && older(given(r.New, "engineVersion"), "1.6.12") && r.New.Has("engineVersion") {
			return "In-transit encryption needs memcached 1.6.12 or later."
		}
		return ""
	}},
	{ID: "cache-windows", Code: invalidValue, Source: docCacheBackup, Kinds: cacheKinds, On: Write, Check: func(r *Request) string {
		if w, ok := parseWeekly(r.New.Str("maintenanceWindow")); ok && w.length < hourMinutes {
			return "The maintenance window must be at least 60 minutes long."
		}
		if wrong := windowProblem(r.New.Str("snapshotWindow"), r.New.Str("maintenanceWindow"), hourMinutes); wrong != "" {
			return strings.Replace(wrong, "backup window", "snapshot window", 1)
		}
		return ""
	}},
	{ID: "cache-retention", Code: invalidValue, Source: docCacheBackup, Kinds: cacheKinds, On: Write, Check: func(r *Request) string {
		if !within(r.New, "snapshotRetentionLimit", 0, 35) {
			return say("Invalid snapshot retention limit: %d. It must be between 0 and 35.", r.New.Int("snapshotRetentionLimit"))
		}
		return ""
	}},
	{ID: "cache-parameter-group-missing", Code: "CacheParameterGroupNotFound", Source: docCacheParams, Kinds: cacheKinds, On: Write, Check: func(r *Request) string {
		name := r.New.Str("parameterGroupName")
		if name != "" && !strings.HasPrefix(name, "default.") && r.Find("elasticache.parameterGroup", name) == nil {
			return say("CacheParameterGroup %s not found.", name)
		}
		return ""
	}},
	{ID: "cache-parameter-family", Code: invalidCombination, Source: docCacheParams, Kinds: cacheKinds, On: Write, Check: func(r *Request) string {
		name, _, version := r.cache()
		group := r.New.Str("parameterGroupName")
		if name == "" || group == "" || strings.HasPrefix(group, "default.") && !r.changes("parameterGroupName") {
			return ""
		}
		family := strings.TrimSuffix(strings.TrimPrefix(group, "default."), ".cluster.on")
		if own := r.Find("elasticache.parameterGroup", group); own != nil {
			family = own.Props.Str("family")
		} else if !strings.HasPrefix(group, "default.") {
			return ""
		}
		if want := cacheFamily(name, version); family != want {
			return say("Expected a parameter group of family %s but found one of family %s", want, family)
		}
		return ""
	}},
	{ID: "cache-parameter-group", Code: invalidValue, Source: docCacheParams, Kinds: "elasticache.parameterGroup", On: Write, Check: func(r *Request) string {
		if name := r.New.Str("name"); name != "" && (!cacheIDForm.MatchString(name) || len(name) > 255) {
			return say("The parameter CacheParameterGroupName is not valid: '%s'", name)
		}
		if family := r.New.Str("family"); !oneOf(family, "memcached1.4 memcached1.5 memcached1.6 redis2.6 redis2.8 redis3.2 redis4.0 redis5.0 redis6.x redis7 valkey7 valkey8") {
			return say("CacheParameterGroupFamily %s is not a valid parameter group family.", family)
		}
		for _, p := range r.New.Objs("parameters") {
			name, value := p.Str("name"), p.Str("value")
			policies := "volatile-lru allkeys-lru volatile-lfu allkeys-lfu volatile-random allkeys-random volatile-ttl noeviction"
			if name == "cluster-enabled" && !oneOf(value, "yes no") || name == "maxmemory-policy" && !oneOf(value, policies) {
				return say("invalid parameter value '%s' for %s", value, name)
			}
		}
		return ""
	}},
	{ID: "cache-parameter-group-in-use", Code: "InvalidCacheParameterGroupState", Source: docCacheParams, Kinds: "elasticache.parameterGroup", On: Delete, Waits: true, Check: func(r *Request) string {
		for _, kind := range strings.Fields(cacheKinds) {
			if user := r.By(kind, "parameterGroupName", r.ID); user != nil {
				return say("One or more cache clusters are still members of this parameter group %s, so the group cannot be deleted. (%s)", r.ID, user.ID)
			}
		}
		return ""
	}},
	{ID: "cache-subnet-group", Code: invalidValue, Source: docCacheSubnets, Kinds: "elasticache.subnetGroup", On: Write, Check: func(r *Request) string {
		if name := r.New.Str("name"); name != "" && !regexp.MustCompile(`^[a-z0-9-]{1,255}$`).MatchString(name) {
			return say("The parameter CacheSubnetGroupName is not valid: '%s'", name)
		}
		vpcs := map[string]bool{}
		for _, id := range r.New.Strs("subnetIds") {
			vpc := r.vpcOfSubnet(id)
			if vpc == "" {
				return say("Subnet %s does not exist", id)
			}
			vpcs[vpc] = true
		}
		if len(vpcs) > 1 {
			return "The subnets of a cache subnet group must be in one VPC."
		}
		return ""
	}},
	{ID: "cache-subnet-group-taken", Code: "CacheSubnetGroupAlreadyExists", Source: docCacheSubnets, Kinds: "elasticache.subnetGroup", On: Create, Check: func(r *Request) string {
		if r.Find("elasticache.subnetGroup", r.New.Str("name")) != nil {
			return say("Cache Subnet Group %s already exists.", r.New.Str("name"))
		}
		return ""
	}},
	{ID: "cache-subnet-group-missing", Code: "CacheSubnetGroupNotFoundFault", Source: docCacheSubnets, Kinds: cacheKinds, On: Create, Check: func(r *Request) string {
		if name := r.New.Str("subnetGroupName"); name != "" && name != "default" && r.Find("elasticache.subnetGroup", name) == nil {
			return say("Cache Subnet Group %s does not exist.", name)
		}
		return ""
	}},
	{ID: "cache-subnet-group-in-use", Code: "CacheSubnetGroupInUse", Source: docCacheSubnets, Kinds: "elasticache.subnetGroup", On: Delete, Waits: true, Check: func(r *Request) string {
		for _, kind := range strings.Fields(cacheKinds) {
			if user := r.By(kind, "subnetGroupName", r.ID); user != nil {
				return say("Cache subnet group %s is currently in use by a cache cluster. (%s)", r.ID, user.ID)
			}
		}
		return ""
	}},
	{ID: "cache-security-groups", Code: invalidValue, Source: docCacheSubnets, Kinds: cacheKinds, On: Write, Check: func(r *Request) string {
		vpc := r.vpcOfGroup(r.Find("elasticache.subnetGroup", r.New.Str("subnetGroupName")))
		for _, id := range r.New.Strs("securityGroupIds") {
			sg := r.Find("ec2.securityGroup", id)
			if sg == nil || vpc != "" && sg.Props.Str("vpcId") != vpc {
				return say("Some security groups are not recognized in the specified vpc: %s", id)
			}
		}
		return ""
	}},
}
