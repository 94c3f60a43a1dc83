package function

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/internal/base"
	"github.com/plinth-iac/plinth/components/internal/datastore"
)

// AlarmsArgs watch a function. One that is not called measures nothing, which is good.
type AlarmsArgs struct {
	// ActionArns are told when an alarm is raised and when it clears, such as SNS topics.
	// Default: nobody.
	ActionArns pulumi.StringArrayInput `pulumi:"actionArns,optional"`
	// ErrorPercent is how many calls may fail for five minutes, 0 to 100. Default: 1.
	ErrorPercent *float64 `pulumi:"errorPercent,optional"`
	// DurationPercent is how much of TimeoutSeconds the slowest call in a hundred may take
	// for five minutes, 1 to 100. Default: 80.
	DurationPercent int `pulumi:"durationPercent,optional"`
	// ConcurrencyPercent is how much of ReservedConcurrency may be in use for five minutes, 1
	// to 100. Default: 80.
	ConcurrencyPercent int `pulumi:"concurrencyPercent,optional"`
	// StreamDelaySeconds is how far the function may be behind its streams for five minutes, 1
	// to 86400. Default: 300.
	StreamDelaySeconds int `pulumi:"streamDelaySeconds,optional"`
}

// Keys of Function.Alarms.
const (
	// AlarmErrors is calls that fail.
	AlarmErrors = "errors"
	// AlarmThrottles is calls that Lambda refuses for want of concurrency.
	AlarmThrottles = "throttles"
	// AlarmDuration is calls that nearly time out.
	AlarmDuration = "duration"
	// AlarmConcurrency is nearly all of ReservedConcurrency in use.
	AlarmConcurrency = "concurrency"
	// AlarmStreamDelay is records that wait, with Streams or Tables.
	AlarmStreamDelay = "stream-delay"
	// AlarmDropped is asynchronous calls that were given up.
	AlarmDropped = "dropped"
	// AlarmUndelivered is failures that none of the OnFailure took.
	AlarmUndelivered = "undelivered"
	// AlarmDeadLetters is failures that AsyncArgs.DeadLetters did not take.
	AlarmDeadLetters = "dead-letters"
	// AlarmSpillover is calls that found no provisioned instance, with Provisioned.
	AlarmSpillover = "spillover"
)

const metrics = "AWS/Lambda"

func (m *AlarmsArgs) withDefaults(_ *FunctionArgs) *AlarmsArgs {
	if m == nil {
		return nil
	}
	m = base.CopyOf(m)
	base.DefaultRef(&m.ErrorPercent, 1)
	base.Default(&m.DurationPercent, 80)
	base.Default(&m.ConcurrencyPercent, 80)
	base.Default(&m.StreamDelaySeconds, 300)
	return m
}

func (m *AlarmsArgs) validate(errs *fielderr.List, _ *FunctionArgs) {
	if m == nil {
		return
	}
	if *m.ErrorPercent < 0 || *m.ErrorPercent > 100 {
		errs.Invalid("errorPercent", *m.ErrorPercent, "must be 0 to 100")
	}
	datastore.Between(errs, "durationPercent", m.DurationPercent, 1, 100)
	datastore.Between(errs, "concurrencyPercent", m.ConcurrencyPercent, 1, 100)
	datastore.Between(errs, "streamDelaySeconds", m.StreamDelaySeconds, 1, 86400)
}

func (f *Function) addAlarms(ctx *pulumi.Context, name string, a *FunctionArgs) (err error) {
	if a.Alarms == nil {
		return nil
	}
	if f.Alarms, err = datastore.NewAlarms(ctx, name, f.alarms(a), a.Alarms.ActionArns, a.Tags, f.parent); err != nil {
		return err
	}
	f.Alarms[AlarmErrors], err = f.addErrorAlarm(ctx, name+"-alarm-"+AlarmErrors, a)
	return err
}

// ofAlias are the dimensions of what is measured of calls of the alias.
func (f *Function) ofAlias() pulumi.StringMap {
	return pulumi.StringMap{"FunctionName": f.FunctionName, "Resource": pulumi.Sprintf("%s:%s", f.FunctionName, AliasName)}
}

func (f *Function) alarms(a *FunctionArgs) map[string]datastore.Alarm {
	all := pulumi.StringMap{"FunctionName": f.FunctionName}
	alarms := map[string]datastore.Alarm{
		AlarmThrottles: {
			Description: fmt.Sprintf("Calls of %s are refused, in each of five minutes: there is no concurrency left", f.name),
			Metric:      "Throttles", Dimensions: f.ofAlias(), Statistic: "Sum",
		},
		AlarmDuration: {
			Description: fmt.Sprintf("How long the slowest calls of %s take, in milliseconds: they may soon time out", f.name),
			Metric:      "Duration", Dimensions: f.ofAlias(), Statistic: "p99", Threshold: float64(10 * a.TimeoutSeconds * a.Alarms.DurationPercent),
		},
		AlarmDropped: {
			Description: fmt.Sprintf("Asynchronous calls of %s that were given up", f.name),
			Metric:      "AsyncEventsDropped", Dimensions: all, Statistic: "Sum", Periods: 1,
		},
		AlarmUndelivered: {
			Description: fmt.Sprintf("Failures of %s that could not be handed over, and are lost", f.name),
			Metric:      "DestinationDeliveryFailures", Dimensions: all, Statistic: "Sum", Periods: 1,
		},
	}
	if a.deadLetters() != nil {
		alarms[AlarmDeadLetters] = datastore.Alarm{
			Description: fmt.Sprintf("Dead letters of %s that could not be handed over, and are lost", f.name),
			Metric:      "DeadLetterErrors", Dimensions: all, Statistic: "Sum", Periods: 1,
		}
	}
	if n := a.ReservedConcurrency; n != nil && *n > 0 {
		alarms[AlarmConcurrency] = datastore.Alarm{
			Description: fmt.Sprintf("How many calls of %s are worked on at a time: nearly as many as are reserved", f.name),
			Metric:      "ConcurrentExecutions", Dimensions: all, Statistic: "Maximum", Threshold: float64(*n*a.Alarms.ConcurrencyPercent) / 100,
		}
	}
	if s := a.Sources; s != nil && len(s.Streams)+len(s.Tables) > 0 {
		alarms[AlarmStreamDelay] = datastore.Alarm{
			Description: fmt.Sprintf("How old the records are that %s is at, in milliseconds: it is too slow, or fails", f.name),
			Metric:      "IteratorAge", Dimensions: all, Statistic: "Maximum", Threshold: float64(1000 * a.Alarms.StreamDelaySeconds),
		}
	}
	if a.Provisioned != nil {
		alarms[AlarmSpillover] = datastore.Alarm{
			Description: fmt.Sprintf("Calls of %s find no provisioned instance, in each of five minutes", f.name),
			Metric:      "ProvisionedConcurrencySpilloverInvocations", Dimensions: f.ofAlias(), Statistic: "Sum",
		}
	}
	for key, alarm := range alarms {
		alarm.Namespace = metrics
		alarms[key] = alarm
	}
	return alarms
}

// addErrorAlarm watches a share of the calls, not their number, so that it means the same
// at night and at noon.
func (f *Function) addErrorAlarm(ctx *pulumi.Context, child string, a *FunctionArgs) (*cloudwatch.MetricAlarm, error) {
	sum := func(id, metric string) cloudwatch.MetricAlarmMetricQueryArgs {
		return cloudwatch.MetricAlarmMetricQueryArgs{Id: pulumi.String(id), Metric: cloudwatch.MetricAlarmMetricQueryMetricArgs{
			Namespace: pulumi.String(metrics), MetricName: pulumi.String(metric), Dimensions: f.ofAlias(), Period: pulumi.Int(60), Stat: pulumi.String("Sum"),
		}}
	}
	args := &cloudwatch.MetricAlarmArgs{
		AlarmDescription: pulumi.String(fmt.Sprintf("How many calls of %s fail, in percent", f.name)),
		MetricQueries: cloudwatch.MetricAlarmMetricQueryArray{
			sum("errors", "Errors"), sum("calls", "Invocations"),
			cloudwatch.MetricAlarmMetricQueryArgs{
				Id: pulumi.String("percent"), Expression: pulumi.String("100 * errors / calls"), Label: pulumi.String("Errors, percent"),
				ReturnData: pulumi.Bool(true),
			},
		},
		Threshold: pulumi.Float64(*a.Alarms.ErrorPercent), ComparisonOperator: pulumi.String("GreaterThanThreshold"),
		TreatMissingData: pulumi.String("notBreaching"), EvaluationPeriods: pulumi.Int(5), DatapointsToAlarm: pulumi.Int(5),
		Tags: base.Tags(child, a.Tags, nil),
	}
	if a.Alarms.ActionArns != nil {
		actions := base.Actions(a.Alarms.ActionArns)
		args.AlarmActions, args.OkActions = actions, actions
	}
	alarm, err := cloudwatch.NewMetricAlarm(ctx, child, args, f.parent)
	if err != nil {
		return nil, fmt.Errorf("create alarm %s: %w", child, err)
	}
	return alarm, nil
}
