package aws

import (
	"strings"
	"testing"
)

var soundCaches = map[string]Obj{
	"elasticache.replicationGroup": {"replicationGroupId": "new", "description": "cache", "engine": "redis", "engineVersion": "7.1", "nodeType": "cache.t4g.small", "numCacheClusters": 2, "automaticFailoverEnabled": true,
		"multiAzEnabled": true, "subnetGroupName": "data", "securityGroupIds": []string{"sg-1"}, "transitEncryptionEnabled": true, "atRestEncryptionEnabled": true},
	"elasticache.cluster":              {"clusterId": "new", "engine": "memcached", "engineVersion": "1.6.22", "nodeType": "cache.t4g.small", "numCacheNodes": 2, "azMode": "cross-az", "subnetGroupName": "data"},
	"elasticache.parameterGroup":       {"name": "new", "family": "redis7"},
	"elasticache.subnetGroup":          {"name": "new", "subnetIds": []string{"a", "b"}},
	"elasticache.serverlessCache":      {"name": "new", "engine": "valkey", "majorEngineVersion": "8", "subnetIds": []string{"a", "b"}, "securityGroupIds": []string{"sg-1"}},
	"elasticache.user":                 {"userId": "new", "userName": "new", "engine": "redis", "accessString": "on ~app:* -@all +@read", "passwords": []string{"sixteen-letters-x"}},
	"elasticache.userGroup":            {"userGroupId": "new", "engine": "redis", "userIds": []string{"app"}},
	"elasticache.userGroupAssociation": {"userGroupId": "users", "userId": "app"},
}

func TestElastiCacheRules(t *testing.T) {
	const group, cluster = "elasticache.replicationGroup", "elasticache.cluster"
	shards := Obj{"numCacheClusters": nil, "numNodeGroups": 3, "replicasPerNodeGroup": 1, "parameterGroupName": "default.redis7.cluster.on"}
	single := Obj{"numCacheClusters": 1, "automaticFailoverEnabled": false, "multiAzEnabled": false}
	log := func(changes Obj) Obj {
		return Obj{"logDeliveryConfigurations": []Obj{altered(Obj{"logType": "slow-log", "destination": "slow", "destinationType": "cloudwatch-logs", "logFormat": "json"}, changes)}}
	}
	token := "0123456789abcdef!&#"
	mine := []*Resource{existing("elasticache.parameterGroup", "mine", Obj{"name": "mine", "family": "redis6.x"})}
	judgeCases(t, elasticacheRules, soundCaches, []ruleCase{
		{rule: "cache-id", kind: group, bad: Obj{"replicationGroupId": strings.Repeat("a", 41)}, good: Obj{"replicationGroupId": strings.Repeat("a", 40)}},
		{rule: "cache-id", kind: cluster, bad: Obj{"clusterId": "a--b"}, good: Obj{"clusterId": strings.Repeat("a", 50)}},
		{rule: "cache-group-taken", kind: group, worse: many(1, group, Obj{"replicationGroupId": "new"})},
		{rule: "cache-cluster-taken", kind: cluster, worse: many(1, cluster, Obj{"clusterId": "new"})},
		{rule: "cache-description", kind: group, bad: Obj{"description": ""}},
		{rule: "cache-engine", kind: cluster, bad: Obj{"engine": "valkey"}},
		{rule: "cache-engine", kind: group, bad: Obj{"engine": "memcached"}, good: Obj{"engine": "valkey", "engineVersion": "8.0"}},
		{rule: "cache-version", kind: group, bad: Obj{"engineVersion": "7.1.0"}, good: Obj{"engineVersion": "6.x"}},
		{rule: "cache-downgrade", kind: group, op: Update, bad: Obj{"engineVersion": "7.0"}, good: Obj{"engine": "valkey", "engineVersion": "8.0"}},
		{rule: "cache-node", kind: group, bad: Obj{"nodeType": "cache.t4g.large"}, good: Obj{"nodeType": "cache.r7g.large"}},
		{rule: "cache-node", kind: group, bad: Obj{"nodeType": nil}},
		{rule: "cache-node-version", kind: group, bad: Obj{"engineVersion": "5.0.4"}, good: Obj{"engineVersion": "5.0.6"}},
		{rule: "cache-tiering", kind: group, bad: Obj{"nodeType": "cache.r6gd.xlarge"}, good: Obj{"nodeType": "cache.r6gd.xlarge", "dataTieringEnabled": true}},
		{rule: "cache-tiering", kind: group, bad: Obj{"dataTieringEnabled": true}},
		{rule: "cache-failover", kind: group, bad: Obj{"numCacheClusters": 1}, good: single},
		{rule: "cache-failover", kind: group, op: Update, old: Obj{"numNodeGroups": 1, "replicasPerNodeGroup": 1}, bad: Obj{"replicasPerNodeGroup": 0}, good: Obj{"replicasPerNodeGroup": 2}},
		{rule: "cache-multi-az", kind: group, bad: Obj{"automaticFailoverEnabled": false}},
		{rule: "cache-multi-az", kind: group, bad: Obj{"subnetGroupName": "narrow"}},
		{rule: "cache-multi-az", kind: group, bad: altered(shards, Obj{"numCacheClusters": 0, "replicasPerNodeGroup": 0}), good: shards},
		{rule: "cache-sharded-failover", kind: group, bad: Obj{"numCacheClusters": nil, "numNodeGroups": 3, "automaticFailoverEnabled": false}, good: shards},
		{rule: "cache-sharded-parameters", kind: group, bad: Obj{"numCacheClusters": nil, "numNodeGroups": 3, "replicasPerNodeGroup": 1, "parameterGroupName": "default.redis7"}, good: shards},
		{rule: "cache-mode", kind: group, op: Update, old: Obj{"clusterMode": "disabled"}, bad: Obj{"clusterMode": "enabled"}, good: Obj{"clusterMode": "compatible"}},
		{rule: "cache-mode", kind: group, op: Update, old: Obj{"clusterMode": "disabled", "numCacheClusters": 1, "automaticFailoverEnabled": false, "multiAzEnabled": false}, bad: Obj{"clusterMode": "compatible"}},
		{rule: "cache-mode", kind: group, op: Update, old: Obj{"clusterMode": "enabled"}, bad: Obj{"clusterMode": "disabled"}},
		{rule: "cache-mode", kind: group, op: Update, old: Obj{"clusterMode": "compatible"}, bad: Obj{"clusterMode": "off"}, good: Obj{"clusterMode": "enabled"}},
		{rule: "cache-mode-version", kind: group, op: Update, old: Obj{"clusterMode": "disabled", "engineVersion": "6.2"}, bad: Obj{"clusterMode": "compatible"}},
		{rule: "cache-mode-parameters", kind: group, op: Update, old: Obj{"clusterMode": "disabled", "parameterGroupName": "off"}, bad: Obj{"clusterMode": "compatible"}, good: Obj{"clusterMode": "compatible", "parameterGroupName": "on"},
			with: []*Resource{existing("elasticache.parameterGroup", "off", Obj{"family": "redis7"}), existing("elasticache.parameterGroup", "on", Obj{"family": "redis7", "parameters": []Obj{{"name": "cluster-enabled", "value": "yes"}}})}},
		{rule: "cache-mode-alone", kind: group, op: Update, old: Obj{"clusterMode": "disabled"}, bad: Obj{"clusterMode": "compatible", "nodeType": "cache.r7g.large"}, good: Obj{"clusterMode": "compatible"}},
		{rule: "cache-mode-alone", kind: group, op: Update, old: Obj{"clusterMode": "compatible"}, bad: Obj{"nodeType": "cache.r7g.large"}, good: Obj{"clusterMode": "enabled"}},
		{rule: "cache-snapshot-missing", kind: group, bad: Obj{"snapshotName": "new-final"}, good: Obj{"snapshotName": "automatic.cache-2026-01-01"}},
		{rule: "cache-final-snapshot-name", kind: group, bad: Obj{"finalSnapshotIdentifier": "new_final"}, good: Obj{"finalSnapshotIdentifier": "new-final"}},
		{rule: "cache-final-snapshot-taken", kind: group, op: Delete, old: Obj{"finalSnapshotIdentifier": "new-final"}, worse: many(1, cacheSnapshot, nil), bad: Obj{"finalSnapshotIdentifier": cacheSnapshot + "-0"}},
		{rule: "cache-node-count", kind: group, bad: Obj{"numCacheClusters": 7}, good: Obj{"numCacheClusters": 6}},
		{rule: "cache-node-count", kind: group, bad: Obj{"numCacheClusters": nil, "numNodeGroups": 91, "replicasPerNodeGroup": 0}, good: shards},
		{rule: "cache-zones", kind: group, bad: Obj{"preferredCacheClusterAzs": []string{"eu-west-1a", "eu-west-1c"}}, good: Obj{"preferredCacheClusterAzs": []string{"eu-west-1a", "eu-west-1b"}}},
		{rule: "cache-zone-count", kind: group, bad: Obj{"preferredCacheClusterAzs": []string{"eu-west-1a"}}},
		{rule: "cache-memcached-zones", kind: cluster, bad: Obj{"numCacheNodes": 1}, good: Obj{"numCacheNodes": 1, "azMode": "single-az"}},
		{rule: "cache-cluster-count", kind: cluster, bad: Obj{"engine": "redis"}, good: Obj{"engine": "redis", "engineVersion": "7.1", "numCacheNodes": 1, "azMode": nil}},
		{rule: "cache-cluster-count", kind: cluster, bad: Obj{"numCacheNodes": 61}, good: Obj{"numCacheNodes": 60}},
		{rule: "cache-memcached-features", kind: cluster, bad: Obj{"snapshotRetentionLimit": 1}},
		{rule: "cache-windows", kind: group, bad: Obj{"snapshotWindow": "03:00-03:30"}, good: Obj{"snapshotWindow": "03:00-04:00"}},
		{rule: "cache-windows", kind: group, bad: Obj{"snapshotWindow": "03:00-05:00", "maintenanceWindow": "sun:04:00-sun:06:00"}},
		{rule: "cache-retention", kind: group, bad: Obj{"snapshotRetentionLimit": 36}, good: Obj{"snapshotRetentionLimit": 35}},
		{rule: "cache-parameter-group-missing", kind: group, bad: Obj{"parameterGroupName": "mine"}, good: Obj{"parameterGroupName": "default.redis7"}},
		{rule: "cache-parameter-family", kind: group, bad: Obj{"parameterGroupName": "mine"}, good: Obj{"parameterGroupName": "mine", "engineVersion": "6.2"}, with: mine},
		{rule: "cache-parameter-family", kind: group, bad: Obj{"engine": "valkey", "engineVersion": "8.0", "parameterGroupName": "default.redis7"}, good: Obj{"engine": "valkey", "engineVersion": "8.0", "parameterGroupName": "default.valkey8"}},
		{rule: "cache-parameter-group", kind: "elasticache.parameterGroup", bad: Obj{"family": "redis7.x"}},
		{rule: "cache-parameter-group", kind: "elasticache.parameterGroup", bad: Obj{"parameters": []Obj{{"name": "cluster-enabled", "value": "true"}}}, good: Obj{"parameters": []Obj{{"name": "cluster-enabled", "value": "yes"}}}},
		{rule: "cache-parameter-group-in-use", kind: "elasticache.parameterGroup", op: Delete, worse: many(1, group, Obj{"parameterGroupName": "new"})},
		{rule: "cache-subnet-group", kind: "elasticache.subnetGroup", bad: Obj{"subnetIds": []string{"a", "far"}}},
		{rule: "cache-subnet-group", kind: "elasticache.subnetGroup", bad: Obj{"name": "My Group"}},
		{rule: "cache-subnet-group-taken", kind: "elasticache.subnetGroup", bad: Obj{"name": "data"}},
		{rule: "cache-subnet-group-missing", kind: group, bad: Obj{"subnetGroupName": "none"}},
		{rule: "cache-subnet-group-in-use", kind: "elasticache.subnetGroup", op: Delete, worse: many(1, group, Obj{"subnetGroupName": "new"})},
		{rule: "cache-security-groups", kind: group, bad: Obj{"securityGroupIds": []string{"sg-2"}}},

		{rule: "cache-token-tls", kind: group, bad: Obj{"authToken": token, "transitEncryptionEnabled": false}, good: Obj{"authToken": token}},
		{rule: "cache-token", kind: group, bad: Obj{"authToken": "short"}, good: Obj{"authToken": token}},
		{rule: "cache-token", kind: group, bad: Obj{"authToken": "0123456789abcdef@"}},
		{rule: "cache-token-strategy", kind: group, op: Update, bad: Obj{"authToken": token, "authTokenUpdateStrategy": "SET"}, good: Obj{"authToken": token, "authTokenUpdateStrategy": "ROTATE"}},
		{rule: "cache-token-and-users", kind: group, bad: Obj{"authToken": token, "userGroupIds": []string{"users"}}},
		{rule: "cache-users-tls", kind: group, bad: Obj{"userGroupIds": []string{"users"}, "transitEncryptionEnabled": false}, good: Obj{"userGroupIds": []string{"users"}}},
		{rule: "cache-users-group", kind: group, bad: Obj{"userGroupIds": []string{"none"}}},
		{rule: "cache-users-engine", kind: group, bad: Obj{"userGroupIds": []string{"vk"}}, good: Obj{"userGroupIds": []string{"vk"}, "engine": "valkey", "engineVersion": "8.0"}, with: many(1, "elasticache.userGroup", Obj{"userGroupId": "vk", "engine": "valkey"})},
		{rule: "cache-tls-version", kind: group, bad: Obj{"transitEncryptionMode": "required", "engineVersion": "6.2"}, good: Obj{"transitEncryptionMode": "required"}},
		{rule: "cache-tls-migration", kind: group, op: Update, old: Obj{"transitEncryptionEnabled": false}, bad: Obj{"transitEncryptionEnabled": true, "transitEncryptionMode": "required"}, good: Obj{"transitEncryptionEnabled": true, "transitEncryptionMode": "preferred"}},
		{rule: "cache-kms", kind: group, bad: Obj{"kmsKeyId": dataKeyARN, "atRestEncryptionEnabled": false}, good: Obj{"kmsKeyId": dataKeyARN}},
		{rule: "cache-kms-key", kind: group, bad: Obj{"kmsKeyId": dataKeyARN + "x"}},
		{rule: "cache-logs", kind: group, bad: log(Obj{"destination": "none"}), good: log(nil)},
		{rule: "cache-logs", kind: group, bad: log(Obj{"destination": "arn:aws:logs:eu-west-1:111122223333:log-group:slow"})},
		{rule: "cache-topic", kind: group, bad: Obj{"notificationTopicArn": dataTopicARN + "x"}, good: Obj{"notificationTopicArn": dataTopicARN}},

		{rule: "serverless-cache-name", kind: "elasticache.serverlessCache", bad: Obj{"name": strings.Repeat("a", 41)}},
		{rule: "serverless-cache-engine", kind: "elasticache.serverlessCache", bad: Obj{"majorEngineVersion": "8.0"}},
		{rule: "serverless-cache-limits", kind: "elasticache.serverlessCache", bad: Obj{"cacheUsageLimits": Obj{"ecpuPerSeconds": []Obj{{"maximum": 500}}}}, good: Obj{"cacheUsageLimits": Obj{"dataStorage": Obj{"maximum": 10, "unit": "GB"}, "ecpuPerSeconds": []Obj{{"maximum": 5000}}}}},
		{rule: "serverless-cache-subnets", kind: "elasticache.serverlessCache", bad: Obj{"subnetIds": []string{"a"}}},
		{rule: "serverless-cache-snapshots", kind: "elasticache.serverlessCache", bad: Obj{"dailySnapshotTime": "3:00"}, good: Obj{"dailySnapshotTime": "03:00", "snapshotRetentionLimit": 7}},
		{rule: "cache-user-id", kind: "elasticache.user", bad: Obj{"userId": "my_user"}},
		{rule: "cache-user-taken", kind: "elasticache.user", bad: Obj{"userId": "app"}},
		{rule: "cache-user-access", kind: "elasticache.user", bad: Obj{"accessString": "~* +@all"}, good: Obj{"accessString": "on ~* +@all"}},
		{rule: "cache-user-authentication", kind: "elasticache.user", bad: Obj{"passwords": []string{"short"}}, good: Obj{"passwords": nil, "authenticationMode": Obj{"type": "iam"}}},
		{rule: "cache-user-authentication", kind: "elasticache.user", bad: Obj{"passwords": nil}, good: Obj{"passwords": nil, "noPasswordRequired": true}},
		{rule: "cache-user-iam", kind: "elasticache.user", bad: Obj{"passwords": nil, "authenticationMode": Obj{"type": "iam"}, "userName": "other"}, good: Obj{"passwords": nil, "authenticationMode": Obj{"type": "iam"}}},
		{rule: "cache-user-group-users", kind: "elasticache.userGroup", bad: Obj{"userIds": []string{"none"}}},
		{rule: "cache-user-group-default", kind: "elasticache.userGroup", bad: Obj{"userIds": nil}, good: Obj{"userIds": nil, "engine": "valkey"}},
		{rule: "cache-user-group-names", kind: "elasticache.userGroup", bad: Obj{"userIds": []string{"app", "default"}}},
		{rule: "cache-user-group-engine", kind: "elasticache.userGroup", bad: Obj{"userIds": []string{"app", "vk"}}, good: Obj{"userIds": []string{"vk"}, "engine": "valkey"}, with: many(1, "elasticache.user", Obj{"userId": "vk", "userName": "vk", "engine": "valkey"})},
		{rule: "cache-user-group-member", kind: "elasticache.userGroupAssociation", bad: Obj{"userId": "none"}},
	})
}
