package aws

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const auroraReaders = "rds:cluster:ReadReplicaCount"

var soundScaling = map[string]Obj{
	"appautoscaling.target": {"serviceNamespace": "rds", "resourceId": "cluster:aurora", "scalableDimension": auroraReaders, "minCapacity": 1, "maxCapacity": 15},
	scalingPolicy: {"name": "cpu", "policyType": "TargetTrackingScaling", "serviceNamespace": "rds", "resourceId": "cluster:aurora", "scalableDimension": auroraReaders,
		trackingSpec: Obj{"targetValue": 60, "predefinedMetricSpecification": Obj{"predefinedMetricType": "RDSReaderAverageCPUUtilization"}}},
	scalingAction: {"name": "night", "serviceNamespace": "rds", "resourceId": "cluster:aurora", "scalableDimension": auroraReaders, "schedule": "cron(0 20 ? * MON-FRI *)", "timezone": "Europe/Berlin",
		"scalableTargetAction": Obj{"minCapacity": 1, "maxCapacity": 2}},
}

func TestAppScalingRules(t *testing.T) {
	of := func(dimension, resource string, changes Obj) Obj {
		namespace, _, _ := strings.Cut(dimension, ":")
		return altered(Obj{"serviceNamespace": namespace, "resourceId": resource, "scalableDimension": dimension}, changes)
	}
	target := existing("appautoscaling.target", "cluster:aurora", soundScaling["appautoscaling.target"])
	tables := []*Resource{
		existing(dynamoTable, "orders", Obj{"name": "orders", "billingMode": "PROVISIONED", "globalSecondaryIndexes": []Obj{{"name": "by-day"}}}),
		existing(dynamoTable, "events", Obj{"name": "events", "billingMode": "PAY_PER_REQUEST"}),
	}
	reads := existing("appautoscaling.target", "table/orders", of("dynamodb:table:ReadCapacityUnits", "table/orders", nil))
	shards := existing("appautoscaling.target", "replication-group/shards", of("elasticache:replication-group:NodeGroups", "replication-group/shards", nil))
	group := func(id string, changes Obj) *Resource {
		return existing(cacheGroup, id, altered(Obj{"replicationGroupId": id, "engine": "valkey", "engineVersion": "8.0", "nodeType": "cache.r7g.large", "numNodeGroups": 2, "replicasPerNodeGroup": 1}, changes))
	}
	groups := []*Resource{group("shards", nil), group("single", Obj{"numNodeGroups": 1}), group("small", Obj{"nodeType": "cache.t4g.small"}), group("large", Obj{"nodeType": "cache.r7g.4xlarge"}), group("old", Obj{"engine": "redis", "engineVersion": "5.0.6"})}
	functions := []*Resource{existing("lambda.function", "api", Obj{"name": "api"}), existing("lambda.alias", "live", Obj{"functionName": "api", "name": "live"})}
	tracking := func(metric string, value any) Obj {
		return Obj{trackingSpec: Obj{"targetValue": value, "predefinedMetricSpecification": Obj{"predefinedMetricType": metric}}}
	}
	read := func(value any) Obj {
		return altered(of("dynamodb:table:ReadCapacityUnits", "table/orders", nil), tracking("DynamoDBReadCapacityUtilization", value))
	}
	step := Obj{"policyType": "StepScaling", trackingSpec: nil, "stepScalingPolicyConfiguration": Obj{"adjustmentType": "ChangeInCapacity", "stepAdjustments": []Obj{{"scalingAdjustment": 1}}}}
	judgeCases(t, appScalingRules, soundScaling, []ruleCase{
		{rule: "scalable-dimension", kind: "appautoscaling.target", bad: Obj{"serviceNamespace": "ecs"}},
		{rule: "scalable-dimension", kind: "appautoscaling.target", bad: Obj{"scalableDimension": "rds:cluster:Readers"}},
		{rule: "scalable-resource-id", kind: "appautoscaling.target", bad: Obj{"resourceId": "aurora"}},
		{rule: "scalable-resource-id", kind: "appautoscaling.target", with: tables, bad: of("dynamodb:table:ReadCapacityUnits", "dynamo/orders", nil), good: of("dynamodb:table:ReadCapacityUnits", "table/orders", nil)},
		{rule: "scalable-resource", kind: "appautoscaling.target", bad: Obj{"resourceId": "cluster:none"}},
		{rule: "scalable-resource", kind: "appautoscaling.target", with: tables, bad: of("dynamodb:index:WriteCapacityUnits", "table/orders/index/by-hour", nil), good: of("dynamodb:index:WriteCapacityUnits", "table/orders/index/by-day", nil)},
		{rule: "scalable-resource", kind: "appautoscaling.target", with: functions, bad: of("lambda:function:ProvisionedConcurrency", "function:api:next", nil), good: of("lambda:function:ProvisionedConcurrency", "function:api:live", nil)},
		{rule: "scalable-table", kind: "appautoscaling.target", with: tables, bad: of("dynamodb:table:WriteCapacityUnits", "table/events", nil), good: of("dynamodb:table:WriteCapacityUnits", "table/orders", nil)},
		{rule: "scalable-cluster", kind: "appautoscaling.target", worse: []*Resource{existing("rds.cluster", "aurora", Obj{"clusterIdentifier": "aurora", "engine": "postgres"})}},
		{rule: "scalable-cache", kind: "appautoscaling.target", with: groups, bad: of("elasticache:replication-group:NodeGroups", "replication-group/single", nil), good: of("elasticache:replication-group:NodeGroups", "replication-group/shards", nil)},
		{rule: "scalable-cache", kind: "appautoscaling.target", with: groups, bad: of("elasticache:replication-group:Replicas", "replication-group/small", Obj{"maxCapacity": 5}), good: of("elasticache:replication-group:Replicas", "replication-group/shards", Obj{"maxCapacity": 5})},
		{rule: "scalable-cache", kind: "appautoscaling.target", with: groups, bad: of("elasticache:replication-group:NodeGroups", "replication-group/large", nil)},
		{rule: "scalable-cache", kind: "appautoscaling.target", with: groups, bad: of("elasticache:replication-group:NodeGroups", "replication-group/old", nil)},
		{rule: "scalable-capacity", kind: "appautoscaling.target", bad: Obj{"minCapacity": 3, "maxCapacity": 2}, good: Obj{"minCapacity": 0, "maxCapacity": 0}},
		{rule: "scalable-capacity", kind: "appautoscaling.target", op: Update, bad: Obj{"maxCapacity": 16}},
		{rule: "scalable-capacity", kind: "appautoscaling.target", with: tables, bad: of("dynamodb:table:ReadCapacityUnits", "table/orders", Obj{"minCapacity": 0}), good: of("dynamodb:table:ReadCapacityUnits", "table/orders", Obj{"maxCapacity": 40000})},
		{rule: "scaling-target", kind: scalingPolicy, bad: Obj{"resourceId": "cluster:other"}, with: []*Resource{target}},
		{rule: "scaling-target", kind: scalingAction, bad: of("dynamodb:table:ReadCapacityUnits", "table/orders", nil), with: []*Resource{target}},
		{rule: "scaling-policy-type", kind: scalingPolicy, bad: Obj{"policyType": "SimpleScaling"}, good: step, with: []*Resource{target}},
		{rule: "scaling-policy-type", kind: scalingPolicy, bad: Obj{trackingSpec: nil}, with: []*Resource{target}},
		{rule: "scaling-policy-type", kind: scalingPolicy, bad: altered(of("dynamodb:table:ReadCapacityUnits", "table/orders", nil), step), good: read(70), with: []*Resource{reads}},
		{rule: "scaling-policy-steps", kind: scalingPolicy, bad: altered(step, Obj{"stepScalingPolicyConfiguration": Obj{"adjustmentType": "ChangeInCapacity"}}), good: step, with: []*Resource{target}},
		{rule: "scaling-policy-metric", kind: scalingPolicy, bad: tracking("ECSServiceAverageCPUUtilization", 60), good: tracking("RDSReaderAverageDatabaseConnections", 1000), with: []*Resource{target}},
		{rule: "scaling-policy-metric", kind: scalingPolicy, bad: Obj{trackingSpec: Obj{"targetValue": 60}}, good: Obj{trackingSpec: Obj{"targetValue": 60, "customizedMetricSpecification": Obj{"metricName": "Lag", "namespace": "app", "statistic": "Average"}}}, with: []*Resource{target}},
		{rule: "scaling-policy-label", kind: scalingPolicy, bad: Obj{trackingSpec: Obj{"targetValue": 60, "predefinedMetricSpecification": Obj{"predefinedMetricType": "RDSReaderAverageCPUUtilization", "resourceLabel": "x"}}}, with: []*Resource{target}},
		{rule: "scaling-policy-value", kind: scalingPolicy, bad: read(95), good: read(90), with: []*Resource{reads}},
		{rule: "scaling-policy-value", kind: scalingPolicy, with: []*Resource{shards},
			bad:  altered(of("elasticache:replication-group:NodeGroups", "replication-group/shards", nil), tracking("ElastiCachePrimaryEngineCPUUtilization", 80)),
			good: altered(of("elasticache:replication-group:NodeGroups", "replication-group/shards", nil), tracking("ElastiCachePrimaryEngineCPUUtilization", 60))},
		{rule: "scaling-policy-once", kind: scalingPolicy, with: []*Resource{target}, worse: []*Resource{existing(scalingPolicy, "other", altered(soundScaling[scalingPolicy], Obj{"name": "other"}))}},
		{rule: "scaling-action-schedule", kind: scalingAction, bad: Obj{"schedule": "0 20 * * MON-FRI"}, good: Obj{"schedule": "at(2027-01-01T00:00:00)"}, with: []*Resource{target}},
		{rule: "scaling-action-schedule", kind: scalingAction, bad: Obj{"timezone": "Berlin time"}, with: []*Resource{target}},
		{rule: "scaling-action-times", kind: scalingAction, bad: Obj{"startTime": "2027-01-02T00:00:00Z", "endTime": "2027-01-01T00:00:00Z"}, good: Obj{"startTime": "2027-01-01T00:00:00Z", "endTime": "2027-01-02T00:00:00Z"}, with: []*Resource{target}},
		{rule: "scaling-action-times", kind: scalingAction, op: Update, bad: Obj{"startTime": "tomorrow"}},
		{rule: "scaling-action-capacity", kind: scalingAction, bad: Obj{"scalableTargetAction": Obj{}}, good: Obj{"scalableTargetAction": Obj{"minCapacity": 0}}, with: []*Resource{target}},
		{rule: "scaling-action-capacity", kind: scalingAction, bad: Obj{"scalableTargetAction": Obj{"minCapacity": 3, "maxCapacity": 2}}, with: []*Resource{target}},
	})
}

// TestScalingFacts proves that the table is sound: every form compiles and names something, every namespace has a role.
func TestScalingFacts(t *testing.T) {
	for name, d := range scalingFacts().Dimensions {
		namespace, _, _ := strings.Cut(name, ":")
		require.Contains(t, scalingFacts().Roles, namespace)
		require.Equal(t, 1, regexp.MustCompile(d.Resource).NumSubexp(), name)
		require.Equal(t, d.Kind == "", d.By == "", name)
	}
}

// TestScalingOfOneTable proves that the two targets of a table are two, and that a target takes its policies and schedules along.
func TestScalingOfOneTable(t *testing.T) {
	w, made := build(t, []thing{
		{"orders", "aws:dynamodb/table:Table", object{"name": "orders", "billingMode": "PROVISIONED", "readCapacity": 1.0, "writeCapacity": 1.0, "hashKey": "pk", "attributes": list{object{"name": "pk", "type": "S"}}}},
		{"reads", "aws:appautoscaling/target:Target", object{"serviceNamespace": "dynamodb", "resourceId": "table/orders", "scalableDimension": "dynamodb:table:ReadCapacityUnits", "minCapacity": 1.0, "maxCapacity": 10.0}},
		{"writes", "aws:appautoscaling/target:Target", object{"serviceNamespace": "dynamodb", "resourceId": "table/orders", "scalableDimension": "dynamodb:table:WriteCapacityUnits", "minCapacity": 1.0, "maxCapacity": 10.0}},
		{"policy", "aws:appautoscaling/policy:Policy", object{"name": "use", "policyType": "TargetTrackingScaling", "serviceNamespace": "dynamodb", "resourceId": "$reads.resourceId", "scalableDimension": "$reads.scalableDimension",
			trackingSpec: object{"targetValue": 70.0, "predefinedMetricSpecification": object{"predefinedMetricType": "DynamoDBReadCapacityUtilization"}}}},
		{"action", "aws:appautoscaling/scheduledAction:ScheduledAction", object{"name": "day", "serviceNamespace": "dynamodb", "resourceId": "$reads.resourceId", "scalableDimension": "$reads.scalableDimension",
			"schedule": "rate(1 day)", "timezone": "UTC", "scalableTargetAction": object{"minCapacity": 5.0}}},
	})
	reads := made["reads"]
	require.Equal(t, "table/orders", reads.ID)
	require.Contains(t, reads.Props.Str("roleArn"), "AWSServiceRoleForApplicationAutoScaling_DynamoDBTable")
	require.Len(t, made["policy"].Props.Strs("alarmArns"), 2)
	imported := w.Read(home, reads.Token, "dynamodb/table/orders/dynamodb:table:WriteCapacityUnits", nil)
	require.Equal(t, made["writes"].Props.Str("arn"), imported.Props.Str("arn"), "an import says which")

	_, err := w.Apply(&Request{Scope: home, Op: Delete, Token: reads.Token, ID: reads.ID, Known: reads.Props}, nil, nil)
	require.NoError(t, err)
	require.Empty(t, w.kinds[scalingPolicy])
	require.Empty(t, w.kinds[scalingAction])
	require.Len(t, w.kinds["appautoscaling.target"], 1)
}
