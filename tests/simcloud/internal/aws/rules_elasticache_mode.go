package aws

import (
	"regexp"
	"slices"
	"strings"
)

const (
	docCacheMode      = "Amazon ElastiCache User Guide: Modifying cluster mode"
	docCacheSnapshots = "Amazon ElastiCache User Guide: Creating a final backup"

	// cacheSnapshot is a snapshot of a cache; the provider has no such type.
	cacheSnapshot = "elasticache.snapshot"
)

// beside are the settings that are sent along with a change of the cluster mode, where there is no room for them.
var beside = []string{"engine", "engineVersion", "nodeType", "description", "automaticFailoverEnabled", "multiAzEnabled", "snapshotRetentionLimit", "snapshotWindow", "maintenanceWindow",
	"securityGroupIds", "notificationTopicArn", "transitEncryptionEnabled", "transitEncryptionMode", "userGroupIds", "logDeliveryConfigurations", "autoMinorVersionUpgrade"}

// cacheModeRules are those of cluster mode.
var cacheModeRules = []Rule{
	{ID: "cache-sharded-failover", Code: invalidValue, Source: docCacheGroup, Kinds: cacheGroup, On: Write, Check: func(r *Request) string {
		if r.sharded(r.New) && !r.New.Bool("automaticFailoverEnabled") {
			if r.Op == Update && r.Old.Bool("automaticFailoverEnabled") {
				return "Turning off automatic failover for replication group with cluster mode enabled is not supported."
			}
			return "Redis with cluster mode enabled cannot be created with auto failover turned off."
		}
		return ""
	}},
	{ID: "cache-sharded-parameters", Code: invalidCombination, Source: docCacheParams, Kinds: cacheGroup, On: Write, Check: func(r *Request) string {
		on, known := r.clusterParameter(r.New.Str("parameterGroupName"))
		switch {
		case !known:
		case r.New.Int("numNodeGroups") > 1 && !on:
			return "Use of cluster mode requires a parameter group with cluster-enabled set to yes."
		case on && (r.New.Str("clusterMode") == "disabled" || r.New.Int("numCacheClusters") > 0 && r.changes("numCacheClusters") && !r.New.Has("numNodeGroups")):
			return "The parameter group has cluster-enabled set to yes: give NumNodeGroups and ReplicasPerNodeGroup instead of NumCacheClusters."
		}
		return ""
	}},
	{ID: "cache-mode", Code: invalidCombination, Source: docCacheMode, Kinds: cacheGroup, On: Write, Check: func(r *Request) string {
		mode, old := r.New.Str("clusterMode"), r.Old.Str("clusterMode")
		switch {
		case mode != "" && !oneOf(mode, "enabled disabled compatible"):
			return say("Invalid cluster mode: %s", mode)
		case r.Op == Update && mode == "enabled" && (old == "disabled" || old == "" && !r.sharded(r.Old)):
			return "Cluster mode goes from disabled to compatible first, then to enabled."
		case r.Op == Update && old == "enabled" && mode != "" && mode != "enabled":
			return "Cluster mode can't be changed from enabled."
		case r.Op == Update && mode == "compatible" && old != mode && (!r.New.Bool("automaticFailoverEnabled") || r.cacheNodes() < 2):
			return "Cluster mode compatible needs automatic failover and at least one replica."
		case mode == "disabled" && r.New.Int("numNodeGroups") > 1:
			return "A replication group with cluster mode disabled has one node group."
		}
		return ""
	}},
	{ID: "cache-mode-version", Code: invalidCombination, Source: docCacheMode, Kinds: cacheGroup, On: Update, Check: func(r *Request) string {
		if name, _, version := r.cache(); r.changes("clusterMode") && r.New.Str("clusterMode") == "compatible" && name == "redis" && older(version, "7.0") {
			return say("Changing the cluster mode needs redis 7.0 or later, not %s.", version)
		}
		return ""
	}},
	{ID: "cache-mode-parameters", Code: invalidCombination, Source: docCacheMode, Kinds: cacheGroup, On: Update, Check: func(r *Request) string {
		name := r.New.Str("parameterGroupName")
		on, known := r.clusterParameter(name)
		if oneOf(r.New.Str("clusterMode"), "compatible enabled") && known && !on && (!strings.HasPrefix(name, "default.") || r.changes("parameterGroupName")) {
			return say("The cluster mode %s needs a parameter group with cluster-enabled set to yes; that of %s is not.", r.New.Str("clusterMode"), name)
		}
		return ""
	}},
	{ID: "cache-mode-alone", Code: invalidCombination, Source: docCacheMode, Kinds: cacheGroup, On: Update, Check: func(r *Request) string {
		mode := r.New.Str("clusterMode")
		if mode == r.Old.Str("clusterMode") && mode != "compatible" {
			return ""
		}
		if i := slices.IndexFunc(beside, func(key string) bool { return r.changes(key) }); i >= 0 {
			return say("%s cannot be changed together with the cluster mode, nor while it is compatible.", beside[i])
		}
		if mode == "compatible" && r.changes("numCacheClusters") && r.changes("replicasPerNodeGroup") {
			return "A replication group cannot be scaled while its cluster mode is compatible."
		}
		return ""
	}},
}

// cacheSnapshotRules are those of the snapshots that caches begin and end with.
var cacheSnapshotRules = []Rule{
	{ID: "cache-snapshot-missing", Code: "SnapshotNotFoundFault", Source: docCacheBackup, Kinds: cacheKinds, On: Create, Check: func(r *Request) string {
		if name := r.New.Str("snapshotName"); name != "" && !strings.HasPrefix(name, "automatic.") && r.Find(cacheSnapshot, name) == nil {
			return say("Snapshot %s not found.", name)
		}
		return ""
	}},
	{ID: "cache-final-snapshot-name", Code: invalidValue, Source: docCacheSnapshots, Kinds: cacheKinds, On: Write, Check: func(r *Request) string {
		name := r.New.Str("finalSnapshotIdentifier")
		if name != "" && (!regexp.MustCompile(`^[A-Za-z](-?[A-Za-z0-9])*$`).MatchString(name) || len(name) > 255) {
			return say("The final snapshot name '%s' is not valid.", name)
		}
		return ""
	}},
	{ID: "cache-final-snapshot-taken", Code: "SnapshotAlreadyExistsFault", Source: docCacheSnapshots, Kinds: cacheKinds, On: Delete, Check: func(r *Request) string {
		if name := r.Old.Str("finalSnapshotIdentifier"); r.Find(cacheSnapshot, name) != nil {
			return say("A snapshot with the name %s already exists.", name)
		}
		return ""
	}},
}
