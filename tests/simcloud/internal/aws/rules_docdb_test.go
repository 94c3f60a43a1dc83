package aws

import (
	"slices"
	"testing"
)

var soundDocDB = map[string]Obj{
	"docdb.cluster": {"clusterIdentifier": "new", "engine": "docdb", "engineVersion": "5.0.0", "masterUsername": "app", "masterPassword": "Sup3rsecret!", "dbSubnetGroupName": "data",
		"vpcSecurityGroupIds": []string{"sg-1"}, "backupRetentionPeriod": 7, "finalSnapshotIdentifier": "new-final", "storageEncrypted": true, "port": 27017},
	"docdb.clusterInstance":       {"identifier": "new-1", "clusterIdentifier": "docs", "engine": "docdb", "instanceClass": "db.t4g.medium"},
	"docdb.clusterParameterGroup": {"name": "new", "family": "docdb5.0"},
	"docdb.subnetGroup":           {"name": "new", "subnetIds": []string{"a", "b"}},
}

func TestDocDBRules(t *testing.T) {
	judgeCases(t, docdbRules, soundDocDB, []ruleCase{
		{rule: "docdb-class", kind: "docdb.clusterInstance", bad: Obj{"instanceClass": "db.t3.small"}, good: Obj{"instanceClass": "db.r6g.large"}},
		{rule: "docdb-storage-type", kind: "docdb.cluster", bad: Obj{"storageType": "iopt1", "engineVersion": "4.0.0"}, good: Obj{"storageType": "iopt1"}},
		{rule: "docdb-parameter", kind: "docdb.clusterParameterGroup", bad: Obj{"parameters": []Obj{{"name": "tls", "value": "on"}}}, good: Obj{"parameters": []Obj{{"name": "tls", "value": "enabled"}}}},
		{rule: "docdb-nvme-version", kind: "docdb.clusterInstance", bad: Obj{"instanceClass": "db.r6gd.xlarge", "clusterIdentifier": "old"}, good: Obj{"instanceClass": "db.r6gd.xlarge"},
			with: []*Resource{existing("docdb.cluster", "old", Obj{"clusterIdentifier": "old", "engine": "docdb", "engineVersion": "4.0.0"})}},
		{rule: "docdb-instance-quota", kind: "docdb.clusterInstance", worse: many(30, "docdb.clusterInstance", nil)},
	})
}

// The rules that RDS and DocumentDB share judge the latter too.
func TestSharedRulesJudgeDocDB(t *testing.T) {
	cases := []ruleCase{
		{rule: "db-identifier", kind: "docdb.cluster", bad: Obj{"clusterIdentifier": "Docs"}},
		{rule: "db-engine", kind: "docdb.cluster", bad: Obj{"engine": "postgres"}},
		{rule: "db-engine-version", kind: "docdb.cluster", bad: Obj{"engineVersion": "2.0.0"}},
		{rule: "db-class", kind: "docdb.clusterInstance", bad: Obj{"instanceClass": "db.m5.large"}},
		{rule: "db-username", kind: "docdb.cluster", bad: Obj{"masterUsername": "admin"}},
		{rule: "db-password", kind: "docdb.cluster", bad: Obj{"masterPassword": "short"}},
		{rule: "db-log-exports", kind: "docdb.cluster", bad: Obj{"enabledCloudwatchLogsExports": []string{"slowquery"}}, good: Obj{"enabledCloudwatchLogsExports": []string{"audit", "profiler"}}},
		{rule: "db-protected", kind: "docdb.cluster", op: Delete, bad: Obj{"deletionProtection": true}},
		{rule: "db-final-snapshot", kind: "docdb.cluster", op: Delete, bad: Obj{"finalSnapshotIdentifier": nil}},
		{rule: "db-subnet-group-zones", kind: "docdb.subnetGroup", bad: Obj{"subnetIds": []string{"b", "b2"}}},
		{rule: "db-parameter-family-known", kind: "docdb.clusterParameterGroup", bad: Obj{"family": "postgres16"}},
		{rule: "db-parameter-family", kind: "docdb.cluster", bad: Obj{"dbClusterParameterGroupName": "default.docdb4.0"}, good: Obj{"dbClusterParameterGroupName": "default.docdb5.0"}},
		{rule: "cluster-not-empty", kind: "docdb.cluster", op: Delete, worse: many(1, "docdb.clusterInstance", Obj{"clusterIdentifier": "new"})},
		{rule: "member-cluster", kind: "docdb.clusterInstance", bad: Obj{"clusterIdentifier": "none"}},
	}
	var shared []Rule
	for _, rule := range rdsRules {
		if slices.ContainsFunc(cases, func(c ruleCase) bool { return c.rule == rule.ID }) {
			shared = append(shared, rule)
		}
	}
	judgeCases(t, shared, soundDocDB, cases)
}
