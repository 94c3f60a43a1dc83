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
	tableReplica:                   fillTableReplica,
	"secretsmanager.secret":        fillSecret,
	appStack:                       fillAppStack,
	replicaKey:                     fillReplicaKey,
	ssmParameter:                   fillParameter,
	"appautoscaling.target":        fillScalableTarget,
	"appautoscaling.policy":        fillScalingPolicy,
}

// deleteHooks leave behind what AWS keeps of a deleted resource. They run before it goes.
var deleteHooks = map[string]func(r *Request){
	"rds.instance":          leaveDatabase,
	"rds.cluster":           func(r *Request) { r.keepSnapshot(clusterSnapshot, clusterSnapshotToken, "dbClusterSnapshotIdentifier") },
	"docdb.cluster":         func(r *Request) { r.keepSnapshot(clusterSnapshot, clusterSnapshotToken, "dbClusterSnapshotIdentifier") },
	"secretsmanager.secret": buryNamed,
	"appautoscaling.target": dropScaling,
	"eks.cluster":           leaveCluster,
	tableReplica:            removeReplica,
	cacheGroup:              keepCacheSnapshot,
	"elasticache.cluster":   keepCacheSnapshot,
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
	props := Obj{property: id, "encrypted": r.Old["storageEncrypted"], "storageEncrypted": r.Old["storageEncrypted"]}
	for _, key := range append(slices.Clone(inherited[r.Kind]), "engine", "kmsKeyId") {
		props[key] = r.Old[key]
	}
	r.put(&Resource{Scope: r.Scope, Kind: kind, Token: token, ID: id, Implicit: true, Props: props})
}

// inherited are the properties that a database has from the one, or the snapshot of one, that it is made from, unless it is given its own.
var inherited = map[string][]string{
	"rds.instance":  {"engine", "engineVersion", "allocatedStorage", "username", "dbName", "storageType", "iops", "port", "licenseModel", "characterSetName"},
	"rds.cluster":   {"engineVersion", "masterUsername", "databaseName", "port"},
	"docdb.cluster": {"engineVersion", "masterUsername"},
}

// leaveDatabase keeps the final snapshot of an instance, and makes its replicas in the same region databases of their own.
func leaveDatabase(r *Request) {
	r.keepSnapshot("rds.snapshot", "aws:rds/snapshot:Snapshot", "dbSnapshotIdentifier")
	for _, replica := range r.replicasOf(r.Old) {
		if replica.Region == r.Region {
			delete(replica.Props, "replicateSourceDb")
		}
	}
}

// restore gives a database what it has from what it is made from. An instance's encryption cannot be chosen then, a cluster's can.
func (r *Request) restore() {
	from := r.ancestor(r.New)
	if from == nil || r.Op != Create {
		return
	}
	for _, key := range inherited[r.Kind] {
		r.preset(key, from[key])
	}
	encrypted := from.Bool("storageEncrypted") || from.Bool("encrypted")
	if r.Kind == "rds.instance" {
		delete(r.New, "kmsKeyId")
	}
	if encrypted {
		r.preset("kmsKeyId", from["kmsKeyId"])
	}
	r.New["storageEncrypted"] = encrypted || r.New.Has("kmsKeyId")
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
	r.restore()
	if source := r.replicaSource(r.New); source != nil {
		for _, key := range inherited["rds.instance"] {
			r.preset(key, source.Props[key])
		}
		if r.Op == Create && source.Props.Bool("storageEncrypted") {
			r.New["storageEncrypted"] = true // what the provider reads, whether the program says it or not
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
		if striped && r.Op == Update && r.Old.Int("allocatedStorage") < e.Stripe { // the baseline grows with the storage
			for key, baseline := range map[string]int{"iops": 12000, "storageThroughput": 500} {
				if !r.changes(key) && r.New.Int(key) < baseline {
					delete(r.New, key)
				}
			}
		}
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
	r.restore()
	r.preset("backupRetentionPeriod", 1.0)
	r.presetDatabase("preferredBackupWindow", "preferredMaintenanceWindow")
	r.follow("dbClusterParameterGroupName", r.defaultParameters)
	if s := r.New.Obj("serverlessv2ScalingConfiguration"); s != nil {
		switch pauses := s.Get("minCapacity") == 0.0; {
		case !pauses:
			s["secondsUntilAutoPause"] = 0.0
		case s.Int("secondsUntilAutoPause") == 0:
			s["secondsUntilAutoPause"] = 300.0
		}
	}
	if r.Kind == "rds.cluster" {
		r.preset("performanceInsightsRetentionPeriod", map[bool]float64{true: 7, false: 0}[r.New.Bool("performanceInsightsEnabled")])
	}
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
	if name, e, version := r.engine(); e != nil {
		r.preset("engineVersion", version)
		if r.Kind != "docdb.cluster" {
			r.New["engineVersionActual"] = r.runningVersion(e, version)
		}
		r.preset("port", float64(e.Port))
		if r.Kind != "docdb.cluster" && oneOf(name, "mysql postgres aurora-mysql aurora-postgresql") {
			r.preset("engineLifecycleSupport", "open-source-rds-extended-support")
		}
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

// runningVersion is the version that runs: the one that did, if it is still of those that the program allows.
func (r *Request) runningVersion(e *engine, version string) string {
	if running := r.Old.Str("engineVersionActual"); versionCovers(version, running) {
		return running
	}
	return actualVersion(e, version)
}

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

func fillTable(r *Request) {
	arn := say("arn:%s:dynamodb:%s:%s:table/%s", r.Partition(), r.Region, r.Account, r.New.Str("name"))
	if !r.New.Bool("streamEnabled") {
		r.New["streamArn"], r.New["streamLabel"] = "", ""
	} else if r.New.Str("streamArn") == "" {
		r.New["streamLabel"] = "2026-01-01T00:00:00.000"
		r.New["streamArn"] = arn + "/stream/2026-01-01T00:00:00.000"
	}
	if p := r.New.Obj("pointInTimeRecovery"); p.Bool("enabled") && p["recoveryPeriodInDays"] == nil {
		p["recoveryPeriodInDays"] = 35.0
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
