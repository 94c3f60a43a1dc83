package table

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/internal/base"
	"github.com/plinth-iac/plinth/components/internal/datastore"
)

// AlarmsArgs watch requests to the table, each global index and the replicas. An alarm is
// raised after five bad minutes in a row, that of errors after three of five; minutes
// without requests are good.
type AlarmsArgs struct {
	// ActionArns are told when an alarm is raised and when it clears, such as SNS topics.
	// Default: nobody.
	ActionArns pulumi.StringArrayInput `pulumi:"actionArns,optional"`
	// Throttled is how many throttled reads or writes a minute are borne. Default: 0.
	Throttled int `pulumi:"throttled,optional"`
	// SystemErrors is how many errors of the service a minute are borne. Default: 0.
	SystemErrors int `pulumi:"systemErrors,optional"`
	// ReplicationSeconds is by how much a replica may be behind. Default: 60.
	ReplicationSeconds int `pulumi:"replicationSeconds,optional"`
}

// Keys of Table.Alarms, next to read-throttled and write-throttled with "-" and the name
// of an index, and "replication-" and a region.
const (
	AlarmReadThrottled  = "read-throttled"
	AlarmWriteThrottled = "write-throttled"
	AlarmSystemErrors   = "system-errors"
)

const metricNamespace = "AWS/DynamoDB"

// operations are those whose errors are counted; CloudWatch adds up ten metrics at most.
var operations = []string{
	"BatchGetItem", "BatchWriteItem", "DeleteItem", "GetItem", "PutItem", "Query", "Scan", "TransactGetItems", "TransactWriteItems", "UpdateItem",
}

func (m *AlarmsArgs) withDefaults() *AlarmsArgs {
	if m == nil {
		return nil
	}
	m = base.CopyOf(m)
	base.Default(&m.ReplicationSeconds, 60)
	return m
}

func (m *AlarmsArgs) validate(errs *fielderr.List) {
	if m == nil {
		return
	}
	for path, value := range map[string]int{
		"throttled": m.Throttled, "systemErrors": m.SystemErrors, "replicationSeconds": m.ReplicationSeconds,
	} {
		if value < 0 {
			errs.Invalid(path, value, "must be 0 or more")
		}
	}
}

func (b *builder) alarms() error {
	m := b.args.Alarms
	if m == nil {
		return nil
	}
	name, alarms := b.Table.Table.Name, map[string]datastore.Alarm{}
	throttled := func(suffix, what string, dimensions pulumi.StringMap) {
		for key, metric := range map[string]string{AlarmReadThrottled: "ReadThrottleEvents", AlarmWriteThrottled: "WriteThrottleEvents"} {
			alarms[key+suffix] = datastore.Alarm{
				Description: fmt.Sprintf("Throttled requests to %s", what), Namespace: metricNamespace, Metric: metric,
				Statistic: "Sum", Threshold: float64(m.Throttled), Dimensions: dimensions,
			}
		}
	}
	throttled("", "the table", pulumi.StringMap{"TableName": name})
	for index := range b.args.GlobalIndexes {
		throttled("-"+index, "index "+index, pulumi.StringMap{"TableName": name, "GlobalSecondaryIndexName": pulumi.String(index)})
	}
	for region := range b.args.Replicas {
		alarms["replication-"+region] = datastore.Alarm{
			Description: fmt.Sprintf("How far the replica in %s is behind, in milliseconds", region), Namespace: metricNamespace,
			Metric: "ReplicationLatency", Threshold: float64(m.ReplicationSeconds) * 1000,
			Dimensions: pulumi.StringMap{"TableName": name, "ReceivingRegion": pulumi.String(region)},
		}
	}
	var err error
	if b.Alarms, err = datastore.NewAlarms(b.ctx, b.name, alarms, m.ActionArns, b.args.Tags, b.parent); err != nil {
		return err
	}
	return b.systemErrors(m)
}

// systemErrors adds up what DynamoDB counts for each operation. The newest minutes have
// often not been counted yet and are then filled with 0, so that three bad minutes of five
// raise the alarm: five of five may never be seen.
func (b *builder) systemErrors(m *AlarmsArgs) error {
	child := b.name + "-alarm-" + AlarmSystemErrors
	terms := make([]string, len(operations))
	queries := cloudwatch.MetricAlarmMetricQueryArray{}
	for i, operation := range operations {
		id := fmt.Sprintf("m%d", i)
		terms[i] = fmt.Sprintf("FILL(%s, 0)", id)
		queries = append(queries, cloudwatch.MetricAlarmMetricQueryArgs{Id: pulumi.String(id), Metric: cloudwatch.MetricAlarmMetricQueryMetricArgs{
			Namespace: pulumi.String(metricNamespace), MetricName: pulumi.String("SystemErrors"), Stat: pulumi.String("Sum"), Period: pulumi.Int(60),
			Dimensions: pulumi.StringMap{"TableName": b.Table.Table.Name, "Operation": pulumi.String(operation)},
		}})
	}
	queries = append(queries, cloudwatch.MetricAlarmMetricQueryArgs{
		Id: pulumi.String("errors"), Expression: pulumi.String(strings.Join(terms, " + ")), Label: pulumi.String("errors of the service"),
		ReturnData: pulumi.Bool(true),
	})
	args := &cloudwatch.MetricAlarmArgs{
		AlarmDescription: pulumi.String("Requests that DynamoDB failed to answer"), MetricQueries: queries,
		ComparisonOperator: pulumi.String("GreaterThanThreshold"), Threshold: pulumi.Float64(m.SystemErrors),
		EvaluationPeriods: pulumi.Int(5), DatapointsToAlarm: pulumi.Int(3), TreatMissingData: pulumi.String("notBreaching"),
		Tags: base.Tags(child, b.args.Tags, nil),
	}
	if m.ActionArns != nil {
		actions := base.Actions(m.ActionArns)
		args.AlarmActions, args.OkActions = actions, actions
	}
	alarm, err := cloudwatch.NewMetricAlarm(b.ctx, child, args, b.parent)
	if err != nil {
		return fmt.Errorf("create alarm %s: %w", child, err)
	}
	b.Alarms[AlarmSystemErrors] = alarm
	return nil
}
