package bucket

import (
	"fmt"
	"maps"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/internal/base"
	"github.com/plinth-iac/plinth/components/internal/datastore"
)

// AlarmsArgs watch a bucket. S3 measures requests only for them, and is paid for that.
type AlarmsArgs struct {
	// ActionArns are told when an alarm is raised and when it clears, such as SNS topics of
	// the bucket's region. Default: nobody.
	ActionArns pulumi.StringArrayInput `pulumi:"actionArns,optional"`
	// ServerErrorPercent is how many of the requests may fail with a 5xx status for five
	// minutes, 1 to 99. Default: 5.
	ServerErrorPercent int `pulumi:"serverErrorPercent,optional"`
	// ClientErrorPercent is how many of the requests may fail with a 4xx status for five
	// minutes, 1 to 99. Default: no alarm.
	ClientErrorPercent int `pulumi:"clientErrorPercent,optional"`
}

// ReplicaAlarmArgs watch how far a replica is behind.
type ReplicaAlarmArgs struct {
	// ActionArns are told when the alarm is raised and when it clears, such as SNS topics of
	// the replica's region. Default: nobody.
	ActionArns pulumi.StringArrayInput `pulumi:"actionArns,optional"`
	// LagSeconds is how far the replica may be behind for five minutes, 1 to 86400.
	// Default: 900, which S3 promises.
	LagSeconds int `pulumi:"lagSeconds,optional"`
}

// Keys of Bucket.Alarms.
const (
	AlarmServerErrors       = "server-errors"
	AlarmClientErrors       = "client-errors"
	AlarmReplicationFailure = "replication-failure"
	AlarmReplicationLag     = "replication-lag"
)

const (
	metricNamespace = "AWS/S3"
	// metricFilter names the request metrics of the whole bucket.
	metricFilter = "all"
)

func (m *AlarmsArgs) withDefaults() *AlarmsArgs {
	if m == nil {
		return nil
	}
	m = base.CopyOf(m)
	base.Default(&m.ServerErrorPercent, 5)
	return m
}

func (m *ReplicaAlarmArgs) withDefaults() *ReplicaAlarmArgs {
	if m == nil {
		return nil
	}
	m = base.CopyOf(m)
	base.Default(&m.LagSeconds, 900)
	return m
}

func (m *AlarmsArgs) validate(errs *fielderr.List) {
	if m == nil {
		return
	}
	datastore.Between(errs, "serverErrorPercent", m.ServerErrorPercent, 1, 99)
	if m.ClientErrorPercent != 0 {
		datastore.Between(errs, "clientErrorPercent", m.ClientErrorPercent, 1, 99)
	}
}

func (m *ReplicaAlarmArgs) validate(errs *fielderr.List) {
	if m != nil {
		datastore.Between(errs, "lagSeconds", m.LagSeconds, 1, 24*3600)
	}
}

func (b *Bucket) addAlarms(ctx *pulumi.Context, name string, a *BucketArgs) error {
	if a.Replica != nil && a.Replica.Alarm != nil {
		lag := datastore.Alarm{
			Description: fmt.Sprintf("How far the replica of bucket %s is behind, in seconds", name),
			Namespace:   metricNamespace, Metric: "ReplicationLatency", Dimensions: b.replicationDimensions(),
			Statistic: "Maximum", Threshold: float64(a.Replica.Alarm.LagSeconds),
		}
		made, err := datastore.NewAlarms(ctx, name, map[string]datastore.Alarm{AlarmReplicationLag: lag},
			a.Replica.Alarm.ActionArns, a.Tags, pulumi.Parent(b), pulumi.Provider(a.Replica.Provider))
		if err != nil {
			return err
		}
		maps.Copy(b.Alarms, made)
	}
	if a.Alarms == nil {
		return nil
	}
	child := name + "-metrics"
	metrics, err := s3.NewBucketMetric(ctx, child, &s3.BucketMetricArgs{
		Bucket: b.BucketName, Name: pulumi.String(metricFilter),
	}, pulumi.Parent(b))
	if err != nil {
		return fmt.Errorf("create metrics %s: %w", child, err)
	}
	made, err := datastore.NewAlarms(ctx, name, b.alarms(name, metrics, a), a.Alarms.ActionArns, a.Tags, pulumi.Parent(b))
	maps.Copy(b.Alarms, made)
	return err
}

// alarms are those of the bucket's own region. S3 counts an error as one and any other
// request as zero, so that the average is the share of errors.
func (b *Bucket) alarms(name string, metrics *s3.BucketMetric, a *BucketArgs) map[string]datastore.Alarm {
	errors := func(kind string, percent int) datastore.Alarm {
		return datastore.Alarm{
			Description: fmt.Sprintf("Share of the requests to bucket %s that fail with a %s status", name, kind),
			Namespace:   metricNamespace, Metric: kind + "Errors",
			Dimensions: pulumi.StringMap{"BucketName": b.BucketName, "FilterId": metrics.Name},
			Threshold:  float64(percent) / 100,
		}
	}
	alarms := map[string]datastore.Alarm{AlarmServerErrors: errors("5xx", a.Alarms.ServerErrorPercent)}
	if a.Alarms.ClientErrorPercent > 0 {
		alarms[AlarmClientErrors] = errors("4xx", a.Alarms.ClientErrorPercent)
	}
	if a.Replica != nil {
		alarms[AlarmReplicationFailure] = datastore.Alarm{
			Description: fmt.Sprintf("Objects of bucket %s that could not be copied to its replica", name),
			Namespace:   metricNamespace, Metric: "OperationsFailedReplication", Dimensions: b.replicationDimensions(),
			Statistic: "Sum", Periods: 1,
		}
	}
	return alarms
}

func (b *Bucket) replicationDimensions() pulumi.StringMap {
	return pulumi.StringMap{
		"SourceBucket": b.BucketName, "DestinationBucket": b.ReplicaName, "RuleId": pulumi.String(replicationRule),
	}
}
