package aws

import (
	"slices"
	"strings"
)

// What AWS fills in for data services where it depends on other resources or on the engine, and what their deletion leaves behind.

var dataHooks = map[string]func(r *Request){
	"rds.instance":                 fillDatabase,
	"rds.cluster":                  fillDatabaseCluster,
	"docdb.cluster":                fillDatabaseCluster,
	"rds.clusterInstance":          fillMember,
	"docdb.clusterInstance":        fillMember,
	"rds.subnetGroup":              fillSubnetGroup,
	"docdb.subnetGroup":            fillSubnetGroup,
	"elasticache.subnetGroup":      fillSubnetGroup,
	"rds.proxyEndpoint":            fillProxyEndpoint,
	"rds.proxyTarget":              fillProxyTarget,
	"rds.proxy":                    fillProxyGroups,
	"elasticache.replicationGroup": fillCacheGroup,
	"elasticache.cluster":          fillCacheCluster,
	"elasticache.serverlessCache":  fillServerlessCache,
	"dynamodb.table":               fillTable,
	"secretsmanager.secret":        fillSecret,
}

// deleteHooks leave behind what AWS keeps of a deleted resource. They run before it goes.
var deleteHooks = map[string]func(r *Request){
	"rds.instance":          func(r *Request) { r.keepSnapshot("rds.snapshot", "aws:rds/snapshot:Snapshot", "dbSnapshotIdentifier") },
	"rds.cluster":           func(r *Request) { r.keepSnapshot(clusterSnapshot, clusterSnapshotToken, "dbClusterSnapshotIdentifier") },
	"docdb.cluster":         func(r *Request) { r.keepSnapshot(clusterSnapshot, clusterSnapshotToken, "dbClusterSnapshotIdentifier") },
	"secretsmanager.secret": buryNamed,
}

const (
	clusterSnapshot      = "rds.clusterSnapshot"
	clusterSnapshotToken = "aws:rds/clusterSnapshot:ClusterSnapshot"

	// buriedSecret is a secret that is scheduled for deletion.
	buriedSecret = "secretsmanager.buriedSecret"
)

func (r *Request) keepSnapshot(kind, token, property string) {
	id := r.Old.Str("finalSnapshotIdentifier")
	if id == "" || r.Old.Bool("skipFinalSnapshot") {
		return
	}
	r.put(&Resource{Scope: r.Scope, Kind: kind, Token: token, ID: id, Implicit: true, Props: Obj{property: id, "engine": r.Old["engine"], "engineVersion": r.Old["engineVersion"]}})
}

func buryNamed(r *Request) {
	days, set := r.Old.Get("recoveryWindowInDays").(float64)
	if set && days == 0 {
		return
	}
	r.put(&Resource{Scope: r.Scope, Kind: buriedSecret, ID: r.ID, Implicit: true, Props: Obj{"name": r.Old["name"]}})
}

// preset sets a property that nobody has given.
func (r *Request) preset(key string, value any) {
	if r.New[key] == nil && value != nil && value != "" {
		r.New[key] = value
	}
}

func fillDatabase(r *Request) {
	if source := r.replicaSource(r.New); source != nil {
		for _, key := range []string{"engine", "engineVersion", "allocatedStorage", "username", "dbName", "storageType", "iops", "port", "licenseModel", "characterSetName"} {
			r.preset(key, source.Props[key])
		}
		if source.Region == r.Region {
			r.preset("kmsKeyId", source.Props["kmsKeyId"])
			r.preset("dbSubnetGroupName", source.Props["dbSubnetGroupName"])
		}
	}
	r.presetDatabase("backupWindow", "maintenanceWindow")
	r.follow("parameterGroupName", r.defaultParameters)
	r.follow("optionGroupName", r.defaultOptions)
	if _, e, _ := r.engine(); e != nil {
		r.preset("licenseModel", firstWord(e.Licenses))
	}
	r.preset("storageType", r.storageType())
	if r.New.Str("storageType") == "gp3" {
		_, e, _ := r.engine()
		striped := e != nil && e.Stripe > 0 && r.New.Int("allocatedStorage") >= e.Stripe
		r.preset("iops", map[bool]float64{true: 12000, false: 3000}[striped])
		r.preset("storageThroughput", map[bool]float64{true: 500, false: 125}[striped])
	}
	r.preset("availabilityZone", r.firstZone())
	if r.New.Bool("performanceInsightsEnabled") {
		r.preset("performanceInsightsRetentionPeriod", 7.0)
	} else {
		r.preset("performanceInsightsRetentionPeriod", 0.0)
	}
}

func fillDatabaseCluster(r *Request) {
	r.preset("backupRetentionPeriod", 1.0)
	r.presetDatabase("preferredBackupWindow", "preferredMaintenanceWindow")
	r.follow("dbClusterParameterGroupName", r.defaultParameters)
	if group := r.subnetGroup(r.New); group != nil {
		var zones []any
		for zone := range r.zonesOf(group.Props.Strs("subnetIds")) {
			zones = append(zones, zone)
		}
		slices.SortFunc(zones, func(a, b any) int { return strings.Compare(a.(string), b.(string)) })
		r.preset("availabilityZones", zones[:min(3, len(zones))])
	}
}

// presetDatabase fills in what instances and clusters have alike.
func (r *Request) presetDatabase(backup, maintenance string) {
	if _, e, version := r.engine(); e != nil {
		r.preset("engineVersion", version)
		if r.Kind != "docdb.cluster" {
			r.New["engineVersionActual"] = actualVersion(e, version)
		}
		r.preset("port", float64(e.Port))
	}
	r.presetWindows(backup, maintenance)
	if vpc := r.Find("ec2.vpc", r.vpcOfGroup(r.subnetGroup(r.New))); vpc != nil && len(r.New.Strs("vpcSecurityGroupIds")) == 0 {
		r.preset("vpcSecurityGroupIds", []any{vpc.Props.Str("defaultSecurityGroupId")})
	}
	if !r.New.Bool("manageMasterUserPassword") {
		r.New["masterUserSecrets"] = []any{}
		return
	}
	if len(r.New.Objs("masterUserSecrets")) == 0 {
		name := given(r.New, "identifier", "clusterIdentifier")
		arn := say("arn:%s:secretsmanager:%s:%s:secret:rds!db-%s-%s", r.Partition(), r.Region, r.Account, shortHash(name), shortHash(r.URN)[:6])
		r.New["masterUserSecrets"] = []any{map[string]any{"secretArn": arn, "secretStatus": "active", "kmsKeyId": r.New.Str("masterUserSecretKmsKeyId")}}
	}
}

// presetWindows picks windows that do not meet each other.
func (r *Request) presetWindows(daily, weekly string) {
	for _, choice := range []string{"03:00-04:00", "06:00-07:00", "09:00-10:00"} {
		if daily != "" && !r.New.Has(daily) && !overlap(choice, r.New.Str(weekly)) {
			r.New[daily] = choice
		}
	}
	for _, choice := range []string{"sun:05:00-sun:06:00", "sun:08:00-sun:09:00", "sun:23:00-mon:00:00"} {
		if !r.New.Has(weekly) && !overlap(r.New.Str(daily), choice) {
			r.New[weekly] = choice
		}
	}
}

// follow sets a property to a default that moves with others, such as the default parameter group with the version.
func (r *Request) follow(key string, standard func(props Obj) string) {
	if !r.New.Has(key) || r.Op == Update && r.New.Str(key) == standard(r.Old) {
		r.New[key] = standard(r.New)
	}
}

// defaultParameters is the name of the parameter group that a database has by default.
func (r *Request) defaultParameters(props Obj) string {
	if cluster := r.clusterOf(props); cluster != nil {
		props = cluster.Props
	}
	if _, e, version := r.engineOf(props); e != nil {
		return "default." + e.family(version)
	}
	return ""
}

func (r *Request) defaultOptions(props Obj) string {
	if name, e, version := r.engineOf(props); e != nil {
		return "default:" + name + "-" + strings.ReplaceAll(e.major(version), ".", "-")
	}
	return ""
}

// defaultCacheParameters is the same for a cache.
func (r *Request) defaultCacheParameters(props Obj) string {
	of := &Request{Scope: r.Scope, World: r.World, Kind: r.Kind, New: props}
	if name, _, version := of.cache(); name != "" {
		return "default." + cacheFamily(name, version)
	}
	return ""
}

func (r *Request) firstZone() string {
	zones := r.zonesOf(r.subnetGroup(r.New).props().Strs("subnetIds"))
	first := ""
	for zone := range zones {
		if first == "" || zone < first {
			first = zone
		}
	}
	return first
}

func firstWord(words string) string { w, _, _ := strings.Cut(words, " "); return w }

// actualVersion is the version that runs where a program names only the major one.
func actualVersion(e *engine, version string) string {
	switch {
	case version != e.major(version):
		return version
	case e.major(e.Default) == version:
		return e.Default
	case strings.HasPrefix(e.Family, "aurora-mysql"):
		return version + ".mysql_aurora.2.12.5"
	}
	return version + ".9"
}

func fillMember(r *Request) {
	cluster := r.clusterOf(r.New)
	if cluster == nil {
		return
	}
	p := cluster.Props
	for _, key := range []string{"engineVersion", "dbSubnetGroupName", "kmsKeyId", "storageEncrypted", "port", "preferredBackupWindow"} {
		r.preset(key, p[key])
	}
	if r.Kind == "rds.clusterInstance" {
		r.New["engineVersionActual"] = given(p, "engineVersionActual", "engineVersion")
	}
	if r.Op == Create {
		first := true
		for _, other := range r.All(r.Kind) {
			first = first && other.Props.Str("clusterIdentifier") != r.New.Str("clusterIdentifier")
		}
		r.New["writer"] = first
	}
	if r.Kind == "rds.clusterInstance" {
		r.follow("dbParameterGroupName", r.defaultParameters)
	}
	r.presetWindows("preferredBackupWindow", "preferredMaintenanceWindow")
	r.preset("availabilityZone", r.firstZone())
	if r.Kind == "rds.clusterInstance" && r.New.Bool("performanceInsightsEnabled") {
		r.preset("performanceInsightsRetentionPeriod", 7.0)
	}
}

func fillSubnetGroup(r *Request) {
	for _, id := range r.New.Strs("subnetIds") {
		if vpc := r.vpcOfSubnet(id); vpc != "" && r.Kind != "docdb.subnetGroup" {
			r.New["vpcId"] = vpc
		}
	}
	if r.Kind == "rds.subnetGroup" {
		r.preset("supportedNetworkTypes", []any{"IPV4"})
	}
}

func fillProxyGroups(r *Request) {
	for _, id := range r.New.Strs("vpcSubnetIds") {
		if vpc := r.Find("ec2.vpc", r.vpcOfSubnet(id)); vpc != nil {
			r.preset("vpcSecurityGroupIds", []any{vpc.Props.Str("defaultSecurityGroupId")})
		}
	}
}

func fillProxyEndpoint(r *Request) {
	for _, id := range r.New.Strs("vpcSubnetIds") {
		r.New["vpcId"] = r.vpcOfSubnet(id)
	}
	fillProxyGroups(r)
}

func fillProxyTarget(r *Request) {
	target := r.proxied()
	if target == nil {
		return
	}
	r.New["rdsResourceId"] = given(target.Props, "identifier", "clusterIdentifier")
	r.New["port"] = target.Props["port"]
	r.New["targetArn"] = target.Props.Str("arn")
	r.New["endpoint"] = given(target.Props, "address", "endpoint")
	r.New["type"], r.New["trackedClusterId"] = "RDS_INSTANCE", ""
	if target.Kind == "rds.cluster" {
		r.New["type"], r.New["trackedClusterId"] = "TRACKED_CLUSTER", target.Props.Str("clusterIdentifier")
	}
}

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
	} else {
		r.New["primaryEndpointAddress"], r.New["readerEndpointAddress"] = host("master"), host("replica")
	}
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

func fillTable(r *Request) {
	arn := say("arn:%s:dynamodb:%s:%s:table/%s", r.Partition(), r.Region, r.Account, r.New.Str("name"))
	if !r.New.Bool("streamEnabled") {
		r.New["streamArn"], r.New["streamLabel"] = "", ""
	} else if r.New.Str("streamArn") == "" {
		r.New["streamLabel"] = "2026-01-01T00:00:00.000"
		r.New["streamArn"] = arn + "/stream/2026-01-01T00:00:00.000"
	}
	for _, replica := range r.New.Objs("replicas") {
		replica["arn"] = strings.Replace(arn, ":"+r.Region+":", ":"+replica.Str("regionName")+":", 1)
	}
}

func fillSecret(r *Request) {
	for _, replica := range r.New.Objs("replicas") {
		for key, value := range map[string]string{"status": "InSync", "statusMessage": "Replication succeeded", "lastAccessedDate": "", "kmsKeyId": ""} {
			if replica[key] == nil {
				replica[key] = value
			}
		}
	}
}
