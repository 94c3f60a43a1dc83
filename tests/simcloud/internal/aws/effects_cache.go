package aws

import "strings"

// What AWS fills in for caches.

func fillCacheGroup(r *Request) {
	name, _, version := r.cache()
	if name != "" {
		r.preset("engineVersion", version)
		r.New["engineVersionActual"] = strings.Replace(version, "x", "2", 1) + ".0"
		r.follow("parameterGroupName", r.defaultCacheParameters)
	}
	r.presetWindows("snapshotWindow", "maintenanceWindow")
	sharded := r.sharded(r.New)
	nodes := r.cacheNodes()
	shards := max(1, r.New.Int("numNodeGroups"))
	r.preset("numNodeGroups", float64(shards))
	if sharded {
		nodes = shards * (1 + r.New.Int("replicasPerNodeGroup"))
	}
	r.New["numCacheClusters"] = float64(max(1, nodes))
	r.New["replicasPerNodeGroup"] = float64(max(1, nodes)/shards - 1)
	r.New["clusterEnabled"] = sharded
	r.preset("clusterMode", map[bool]string{true: "enabled", false: "disabled"}[sharded])
	if r.New.Bool("transitEncryptionEnabled") && (name == "valkey" || !older(version, "7.0")) {
		r.preset("transitEncryptionMode", "required")
	} else if !r.New.Bool("transitEncryptionEnabled") {
		r.New["transitEncryptionMode"] = ""
	}
	members := []any{}
	for i := range max(1, nodes) {
		member := say("%s-%03d", r.New.Str("replicationGroupId"), i+1)
		if sharded {
			member = say("%s-%04d-%03d", r.New.Str("replicationGroupId"), i*shards/nodes+1, i%(nodes/shards)+1)
		}
		members = append(members, member)
	}
	r.New["memberClusters"] = members
	id := r.New.Str("replicationGroupId")
	host := func(role string) string {
		return say("%s.%s.%s.%s.cache.amazonaws.com", role, id, shortHash(r.Account)[:6], shortRegion(r.Region))
	}
	for _, key := range []string{"primaryEndpointAddress", "readerEndpointAddress", "configurationEndpointAddress"} {
		r.New[key] = ""
	}
	if sharded {
		r.New["configurationEndpointAddress"] = host("clustercfg")
	}
	if !sharded || r.New.Str("clusterMode") == "compatible" {
		r.New["primaryEndpointAddress"], r.New["readerEndpointAddress"] = host("master"), host("replica")
	}
}

// keepCacheSnapshot keeps the final snapshot of a cache.
func keepCacheSnapshot(r *Request) {
	if name := r.Old.Str("finalSnapshotIdentifier"); name != "" {
		r.put(&Resource{Scope: r.Scope, Kind: cacheSnapshot, ID: name, Implicit: true, Props: Obj{"name": name}})
	}
}

// defaultCacheParameters is the same for a cache.
func (r *Request) defaultCacheParameters(props Obj) string {
	of := &Request{Scope: r.Scope, World: r.World, Kind: r.Kind, New: props}
	name, _, version := of.cache()
	switch {
	case name == "":
		return ""
	case of.clustered(props):
		return "default." + cacheFamily(name, version) + ".cluster.on"
	}
	return "default." + cacheFamily(name, version)
}

func fillCacheCluster(r *Request) {
	name, e, version := r.cache()
	if group := r.Find(cacheGroup, r.New.Str("replicationGroupId")); group != nil {
		for _, key := range []string{"engine", "engineVersion", "nodeType", "parameterGroupName", "subnetGroupName", "securityGroupIds", "port"} {
			r.preset(key, group.Props[key])
		}
	}
	if name != "" {
		r.preset("engineVersion", version)
		r.preset("port", float64(e.Port))
		r.New["engineVersionActual"] = version
		r.follow("parameterGroupName", r.defaultCacheParameters)
	}
	r.preset("numCacheNodes", 1.0)
	r.preset("azMode", "single-az")
	if name == "memcached" {
		r.presetWindows("", "maintenanceWindow")
	} else {
		r.presetWindows("snapshotWindow", "maintenanceWindow")
	}
	id := r.New.Str("clusterId")
	host := say("%s.%s", shortHash(r.Account)[:6], shortRegion(r.Region))
	nodes := []any{}
	for i := range r.New.Int("numCacheNodes") {
		node := say("%04d", i+1)
		nodes = append(nodes, map[string]any{"id": node, "address": say("%s.%s.%s.cache.amazonaws.com", id, host, node), "port": r.New["port"], "availabilityZone": r.New.Str("availabilityZone")})
	}
	r.New["cacheNodes"] = nodes
	r.New["clusterAddress"], r.New["configurationEndpoint"] = "", ""
	if name == "memcached" {
		r.New["clusterAddress"] = say("%s.%s.cfg.cache.amazonaws.com", id, host)
		r.New["configurationEndpoint"] = say("%s.%s.cfg.cache.amazonaws.com:%d", id, host, e.Port)
	}
}

func fillServerlessCache(r *Request) {
	e := databases().Caches[r.New.Str("engine")]
	words := strings.Fields(e.Serverless)
	if len(words) > 0 {
		r.preset("majorEngineVersion", words[len(words)-1])
	}
	r.New["fullEngineVersion"] = r.New.Str("majorEngineVersion")
	host := say("%s-%s.serverless.%s.cache.amazonaws.com", r.New.Str("name"), shortHash(r.Account)[:6], shortRegion(r.Region))
	r.New["endpoints"] = []any{map[string]any{"address": host, "port": float64(e.Port)}}
	r.New["readerEndpoints"] = []any{map[string]any{"address": host, "port": float64(e.Port + 1)}}
}

// shortRegion is the region as cache endpoints write it: euw1 for eu-west-1.
func shortRegion(name string) string {
	parts := strings.Split(name, "-")
	out := parts[0]
	for _, p := range parts[1:] {
		out += p[:1]
	}
	return out
}
