package aws

import "strings"

// cache is the engine and version that a request is about. A member of a replication group has no engine of its own.
func (r *Request) cache() (string, cacheEngine, string) {
	name, version := r.New.Str("engine"), r.New.Str("engineVersion")
	if name == "" && r.Kind == cacheGroup && !r.New.Has("globalReplicationGroupId") {
		name = "redis"
	}
	e, ok := databases().Caches[name]
	if !ok {
		return "", e, ""
	}
	if version == "" {
		version = e.Default
	}
	return name, e, version
}

// older compares versions of caches, where 6.x and 7.x stand for the last of them.
func older(version, than string) bool {
	return compareVersions(strings.Replace(version, "x", "99", 1), than) < 0
}

func cacheFamily(name, version string) string {
	major, minor, _ := strings.Cut(version, ".")
	minor, _, _ = strings.Cut(minor, ".")
	switch {
	case name == "redis" && major == "6":
		return "redis6.x"
	case name == "valkey", name == "redis" && major >= "7":
		return name + major
	}
	return name + major + "." + minor
}

func nodeFamily(node string) string {
	parts := strings.Split(node, ".")
	if len(parts) != 3 || parts[0] != "cache" {
		return ""
	}
	return parts[1]
}

func nodeExists(node string) bool {
	family := nodeFamily(node)
	return family != "" && oneOf(strings.TrimPrefix(node, "cache."+family+"."), databases().Nodes[family])
}

// cacheNodes counts the nodes of a replication group without shards. A program says it in one of two ways; AWS fills in the other.
func (r *Request) cacheNodes() int {
	n := r.New.Int("numCacheClusters")
	if r.Op == Create && n > 0 || r.Op == Update && (r.changes("numCacheClusters") || !r.changes("numNodeGroups", "replicasPerNodeGroup")) {
		return n
	}
	return max(1, r.New.Int("numNodeGroups")) * (1 + r.New.Int("replicasPerNodeGroup"))
}

// sharded says whether a replication group has cluster mode enabled.
func (r *Request) sharded(group Obj) bool {
	on, known := r.clusterParameter(group.Str("parameterGroupName"))
	return known && on || r.clustered(group)
}

// clustered says whether a replication group speaks the cluster's protocol, whatever its parameter group is.
func (r *Request) clustered(group Obj) bool {
	return group.Int("numNodeGroups") > 1 || oneOf(group.Str("clusterMode"), "enabled compatible")
}

// clusterParameter is the cluster-enabled of a parameter group, as far as the group is known.
func (r *Request) clusterParameter(name string) (on, known bool) {
	if strings.HasPrefix(name, "default.") {
		return strings.HasSuffix(name, ".cluster.on"), true
	}
	group := r.Find("elasticache.parameterGroup", name)
	for _, p := range group.props().Objs("parameters") {
		if p.Str("name") == "cluster-enabled" {
			return p.Str("value") == "yes", true
		}
	}
	return false, group != nil
}
