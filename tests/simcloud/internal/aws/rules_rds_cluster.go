package aws

import (
	"encoding/json"
	"math"
	"strings"
)

const (
	docAurora     = "Amazon Aurora User Guide: Creating an Amazon Aurora DB cluster"
	docServerless = "Amazon Aurora User Guide: Requirements and limitations for Aurora Serverless v2"
	docMultiAZ    = "Amazon RDS User Guide: Creating a Multi-AZ DB cluster for Amazon RDS"
	docGlobal     = "Amazon Aurora User Guide: Configuration requirements of an Amazon Aurora global database"

	dbMembers = "rds.clusterInstance docdb.clusterInstance"
)

// clusterRules are those of Aurora and Multi-AZ clusters and of their instances.
var clusterRules = []Rule{
	{ID: "cluster-engine", Code: invalidValue, Source: docAurora, Kinds: "rds.cluster", On: Create, Check: func(r *Request) string {
		if name, e, _ := r.engine(); e != nil && !e.Aurora && !oneOf(name, "mysql postgres") {
			return say("Invalid engine for a DB cluster: %s", name)
		}
		if mode := r.New.Str("engineMode"); mode != "" && !oneOf(mode, "provisioned serverless parallelquery global") {
			return say("Invalid engine mode: %s", mode)
		}
		return ""
	}},
	{ID: "cluster-multi-az", Code: invalidCombination, Source: docMultiAZ, Kinds: "rds.cluster", On: Create, Check: func(r *Request) string {
		name, e, version := r.engine()
		if e == nil || !oneOf(name, "mysql postgres") {
			return ""
		}
		class := r.New.Str("dbClusterInstanceClass")
		switch {
		case class == "" || r.New.Int("allocatedStorage") == 0:
			return "A Multi-AZ DB cluster needs DBClusterInstanceClass and AllocatedStorage."
		case e.exists(version) && (!e.runs(version, class) || strings.HasPrefix(class, "db.t")):
			return say("RDS does not support creating a DB cluster with the following combination: DBClusterInstanceClass=%s, Engine=%s, EngineVersion=%s.", class, name, version)
		case !oneOf(r.New.Str("storageType"), "io1 io2 gp3"):
			return say("Invalid storage type for a Multi-AZ DB cluster: '%s'", r.New.Str("storageType"))
		case oneOf(r.New.Str("storageType"), "io1 io2") && r.New.Int("iops") == 0:
			return say("The storage type %s requires iops to be specified.", r.New.Str("storageType"))
		}
		if group := r.subnetGroup(r.New); group != nil && len(r.zonesOf(group.Props.Strs("subnetIds"))) < 3 {
			return "A Multi-AZ DB cluster needs a DB subnet group that covers three Availability Zones."
		}
		return ""
	}},
	{ID: "cluster-aurora-storage", Code: invalidCombination, Source: "Amazon Aurora User Guide: Storage configurations for Amazon Aurora DB clusters", Kinds: "rds.cluster", On: Write, Check: func(r *Request) string {
		_, e, _ := r.engine()
		if e == nil || !e.Aurora {
			return ""
		}
		for _, key := range []string{"allocatedStorage", "iops"} {
			if r.New.Int(key) > 1 && r.changes(key) {
				return say("Aurora storage grows by itself: %s can't be specified.", key)
			}
		}
		if kind := r.New.Str("storageType"); kind != "" && !oneOf(kind, "aurora aurora-iopt1") {
			return say("Invalid storage type for an Aurora DB cluster: %s", kind)
		}
		if r.New.Has("dbClusterInstanceClass") {
			return "DBClusterInstanceClass is for Multi-AZ DB clusters only."
		}
		return ""
	}},
	{ID: "cluster-zones", Code: invalidValue, Source: docAurora, Kinds: dbClusters, On: Create, Check: func(r *Request) string {
		group := r.subnetGroup(r.New)
		zones := r.New.Strs("availabilityZones")
		for _, zone := range zones {
			if !r.hasZone(zone) || group != nil && !r.zonesOf(group.Props.Strs("subnetIds"))[zone] {
				return say("Invalid availability zone: %s", zone)
			}
		}
		if len(zones) > 3 {
			return "A DB cluster is in at most three Availability Zones."
		}
		return ""
	}},
	{ID: "cluster-aurora-only", Code: invalidCombination, Source: "Amazon Aurora User Guide: Supported features by AWS Region and Aurora DB engine", Kinds: "rds.cluster", On: Write, Check: func(r *Request) string {
		name, e, _ := r.engine()
		switch {
		case e == nil:
		case r.New.Int("backtrackWindow") > 0 && name != "aurora-mysql":
			return say("Backtrack is not supported for the %s engine.", name)
		case r.New.Int("backtrackWindow") > 259200:
			return "The backtrack window can be at most 259200 seconds."
		case r.New.Bool("enableHttpEndpoint") && !e.Aurora:
			return say("The HTTP endpoint is not supported for the %s engine.", name)
		case r.New.Has("serverlessv2ScalingConfiguration") && (!e.Aurora || !oneOf(r.New.Str("engineMode"), "provisioned")):
			if r.New.Str("engineMode") == "" && e.Aurora {
				return ""
			}
			return "ServerlessV2ScalingConfiguration is only supported for Aurora clusters with the engine mode provisioned."
		}
		return ""
	}},
	{ID: "cluster-serverless-range", Code: invalidValue, Source: docServerless, Kinds: "rds.cluster", On: Write, Check: func(r *Request) string {
		s := r.New.Obj("serverlessv2ScalingConfiguration")
		if s == nil {
			return ""
		}
		least, _ := s.Get("minCapacity").(float64)
		most, _ := s.Get("maxCapacity").(float64)
		half := func(f float64) bool { return f*2 == math.Trunc(f*2) }
		switch {
		case !half(least) || !half(most):
			return "Serverless v2 capacity is given in steps of 0.5 ACU."
		case least < 0 || most < 1 || most > 256 || least > most:
			return say("Serverless v2 maximum capacity %v isn't valid with minimum capacity %v. The minimum is 0 to 256, the maximum 1 to 256 and not below the minimum.", most, least)
		case s.Int("secondsUntilAutoPause") != 0 && s.Int("secondsUntilAutoPause") != r.Old.Int("serverlessv2ScalingConfiguration.secondsUntilAutoPause") && (least != 0 || !within(s, "secondsUntilAutoPause", 300, 86400)):
			return "SecondsUntilAutoPause is between 300 and 86400, and only with a minimum capacity of 0."
		}
		return ""
	}},
	{ID: "cluster-serverless-version", Code: invalidCombination, Source: docServerless, Kinds: "rds.cluster", On: Write, Check: func(r *Request) string {
		name, e, version := r.engine()
		s := r.New.Obj("serverlessv2ScalingConfiguration")
		if s == nil || e == nil || !e.Aurora || !e.exists(version) {
			return ""
		}
		if !serverless(name, version, false) {
			return say("Serverless v2 is not supported by %s version %s.", name, version)
		}
		if s.Get("minCapacity") == 0.0 && !serverless(name, version, true) {
			return say("A minimum capacity of 0 ACUs is not supported by %s version %s.", name, version)
		}
		return ""
	}},
	{ID: "cluster-global", Code: "GlobalClusterNotFoundFault", Source: docGlobal, Kinds: "rds.cluster", On: Write, Check: func(r *Request) string {
		id := r.New.Str("globalClusterIdentifier")
		if id != "" && r.anywhere("rds.globalCluster", "globalClusterIdentifier", id) == nil {
			return say("Global cluster %s not found.", id)
		}
		return ""
	}},
	{ID: "cluster-global-fit", Code: invalidCombination, Source: docGlobal, Kinds: "rds.cluster", On: Create, Check: func(r *Request) string {
		global := r.anywhere("rds.globalCluster", "globalClusterIdentifier", r.New.Str("globalClusterIdentifier"))
		if global == nil {
			return ""
		}
		name, e, version := r.engine()
		want := global.Props.Str("engine")
		switch {
		case e != nil && want != "" && (name != want || global.Props.Has("engineVersion") && e.major(global.Props.Str("engineVersion")) != e.major(version)):
			return say("The engine %s %s does not fit the global cluster's %s %s.", name, version, want, global.Props.Str("engineVersion"))
		case r.New.Bool("manageMasterUserPassword"):
			return "Managing master user passwords with AWS Secrets Manager is not supported for members of a global database."
		case global.Props.Bool("storageEncrypted") && !r.New.Bool("storageEncrypted"):
			return "A member of an encrypted global database must be encrypted."
		}
		return ""
	}},
	{ID: "cluster-not-empty", Code: "InvalidDBClusterStateFault", Source: "Amazon Aurora User Guide: Deleting Aurora DB clusters and DB instances", Kinds: dbClusters, On: Delete, Check: func(r *Request) string {
		for _, kind := range strings.Fields(dbMembers) {
			if member := r.By(kind, "clusterIdentifier", r.Old.Str("clusterIdentifier")); member != nil {
				return say("Cluster cannot be deleted, it still contains DB instances in non-deleting state. (%s)", member.ID)
			}
		}
		return ""
	}},
	{ID: "member-cluster", Code: "DBClusterNotFoundFault", Source: docAurora, Kinds: dbMembers, On: Create, Check: func(r *Request) string {
		if r.clusterOf(r.New) == nil {
			return say("Could not find DB Cluster %s", r.New.Str("clusterIdentifier"))
		}
		return ""
	}},
	{ID: "member-engine", Code: invalidCombination, Source: docAurora, Kinds: dbMembers, On: Create, Check: func(r *Request) string {
		cluster := r.clusterOf(r.New)
		if cluster == nil {
			return ""
		}
		name, e, _ := r.engine()
		theirs, _, version := r.engineOf(cluster.Props)
		if name != theirs {
			return say("The engine name requested for your DB Instance (%s) doesn't match the engine name of your DB Cluster (%s).", name, theirs)
		}
		mine := r.New.Str("engineVersion")
		if e != nil && mine != "" && mine != version && (e.major(mine) != e.major(version) || mine != e.major(mine) && version != e.major(version)) {
			return say("The engine version requested for your DB instance (%s) does not match the engine version of your DB cluster (%s)", mine, version)
		}
		return ""
	}},
	{ID: "member-serverless", Code: "InvalidDBClusterStateFault", Source: docServerless, Kinds: "rds.clusterInstance", On: Write, Check: func(r *Request) string {
		cluster := r.clusterOf(r.New)
		if cluster != nil && r.New.Str("instanceClass") == "db.serverless" && !cluster.Props.Has("serverlessv2ScalingConfiguration") {
			return "Set the Serverless v2 scaling configuration on the parent DB cluster before creating a Serverless v2 DB instance."
		}
		return ""
	}},
	{ID: "member-quota", Code: invalidCombination, Source: "Amazon Aurora User Guide: Quotas and constraints for Amazon Aurora", Kinds: dbMembers, On: Create, Check: func(r *Request) string {
		n := 0
		for _, other := range r.All(r.Kind) {
			if other.Props.Str("clusterIdentifier") == r.New.Str("clusterIdentifier") {
				n++
			}
		}
		if n >= 16 {
			return "A DB cluster can have one writer and at most 15 readers."
		}
		return ""
	}},
	{ID: "member-subnet-group", Code: invalidCombination, Source: docAurora, Kinds: "rds.clusterInstance", On: Create, Check: func(r *Request) string {
		cluster := r.clusterOf(r.New)
		mine := r.New.Str("dbSubnetGroupName")
		if cluster != nil && mine != "" && mine != cluster.Props.Str("dbSubnetGroupName") {
			return "The specified DB subnet group is not the one of the DB cluster."
		}
		return ""
	}},
	{ID: "member-promotion", Code: invalidValue, Source: "Amazon Aurora User Guide: Fault tolerance for an Aurora DB cluster", Kinds: dbMembers, On: Write, Check: func(r *Request) string {
		if !within(r.New, "promotionTier", 0, 15) {
			return say("Invalid promotion tier %d. It must be between 0 and 15.", r.New.Int("promotionTier"))
		}
		return ""
	}},
	{ID: "global-engine", Code: invalidValue, Source: docGlobal, Kinds: "rds.globalCluster", On: Create, Check: func(r *Request) string {
		name := r.New.Str("engine")
		if name != "" && !oneOf(name, "aurora-mysql aurora-postgresql") || name == "" && !r.New.Has("sourceDbClusterIdentifier") {
			return say("Invalid engine for a global cluster: '%s'", name)
		}
		return ""
	}},
	{ID: "global-protected", Code: "InvalidGlobalClusterStateFault", Source: docGlobal, Kinds: "rds.globalCluster", On: Delete, Check: func(r *Request) string {
		if r.Old.Bool("deletionProtection") {
			return "Cannot delete protected Global Cluster, please disable deletion protection and try again."
		}
		for _, c := range r.kinds["rds.cluster"] {
			if c.Account == r.Account && c.Props.Str("globalClusterIdentifier") == r.Old.Str("globalClusterIdentifier") && !r.Old.Bool("forceDestroy") {
				return "Global Cluster is not empty"
			}
		}
		return ""
	}},
}

// clusterOf finds the cluster an instance is a member of.
func (r *Request) clusterOf(props Obj) *Resource {
	for _, kind := range strings.Fields(dbClusters) {
		if strings.HasSuffix(r.Kind, "Instance") {
			if cluster := r.By(kind, "clusterIdentifier", props.Str("clusterIdentifier")); cluster != nil {
				return cluster
			}
		}
	}
	return nil
}

// serverless says whether a version runs on Serverless v2, or can pause there.
func serverless(name, version string, pause bool) bool {
	least := func(key string, into any) { _ = json.Unmarshal(databases().Serverless[key], into) } // absent means none
	if name == "aurora-mysql" {
		minor := 0
		least(map[bool]string{false: "mysql", true: "mysqlPause"}[pause], &minor)
		_, own, exact := strings.Cut(version, ".mysql_aurora.3.")
		n, _, _ := strings.Cut(own, ".")
		have, _ := number(n)
		return strings.HasPrefix(version, "8.0") && (!exact || have >= minor)
	}
	minors := map[string]int{}
	least(map[bool]string{false: name, true: "pause"}[pause], &minors)
	major, minor, exact := strings.Cut(version, ".")
	need, ok := minors[major]
	have, _ := number(minor)
	return ok && (!exact || have >= need)
}
