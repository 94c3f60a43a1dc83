package alb

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/internal/base"
)

// AlarmsArgs watch the load balancer: the share of server errors, the slowest hundredth
// of requests, and each target group's unhealthy targets. An alarm is raised after five
// bad minutes in a row; minutes without traffic are good.
type AlarmsArgs struct {
	// ActionArns are told when an alarm is raised and when it clears, such as SNS topics.
	// Default: nobody.
	ActionArns pulumi.StringArrayInput `pulumi:"actionArns,optional"`
	// ServerErrorPercent is the share of requests answered with 5xx that is too high,
	// above 0, to 100. Default: 1.
	ServerErrorPercent float64 `pulumi:"serverErrorPercent,optional"`
	// LatencySeconds is the 99th percentile of response time that is too slow, above 0.
	// Default: 1.
	LatencySeconds float64 `pulumi:"latencySeconds,optional"`
}

// Keys of LoadBalancer.Alarms, next to "unhealthy-" and the key of a target group.
const (
	AlarmServerErrors = "server-errors"
	AlarmLatency      = "latency"
)

const (
	metricNamespace = "AWS/ApplicationELB"
	alarmPeriod     = 60
	alarmMinutes    = 5
)

func (m *AlarmsArgs) withDefaults() *AlarmsArgs {
	if m == nil {
		return nil
	}
	m = base.CopyOf(m)
	base.Default(&m.ServerErrorPercent, 1)
	base.Default(&m.LatencySeconds, 1)
	return m
}

func (m *AlarmsArgs) validate(errs *fielderr.List) {
	if m == nil {
		return
	}
	if m.ServerErrorPercent <= 0 || m.ServerErrorPercent > 100 {
		errs.Invalid("serverErrorPercent", m.ServerErrorPercent, "must be above 0, to 100")
	}
	if m.LatencySeconds <= 0 {
		errs.Invalid("latencySeconds", m.LatencySeconds, "must be above 0")
	}
}

func (l *LoadBalancer) addAlarms(ctx *pulumi.Context, a *LoadBalancerArgs) error {
	if a.Alarms == nil {
		return nil
	}
	dimensions := pulumi.StringMap{"LoadBalancer": l.ArnSuffix}
	alarms := map[string]*cloudwatch.MetricAlarmArgs{
		AlarmServerErrors: {
			AlarmDescription: pulumi.String("Share of requests answered with a server error, in percent"),
			MetricQueries:    errorShare(dimensions), Threshold: pulumi.Float64(a.Alarms.ServerErrorPercent),
		},
		AlarmLatency: {
			AlarmDescription: pulumi.String("Response time of the slowest hundredth of requests, in seconds"),
			Namespace:        pulumi.String(metricNamespace), MetricName: pulumi.String("TargetResponseTime"),
			ExtendedStatistic: pulumi.String("p99"), Period: pulumi.Int(alarmPeriod), Dimensions: dimensions,
			Threshold: pulumi.Float64(a.Alarms.LatencySeconds),
		},
	}
	for key, t := range a.TargetGroups {
		if t.Kind == LambdaTarget && t.HealthCheck == nil {
			continue // nothing is measured
		}
		alarms["unhealthy-"+key] = &cloudwatch.MetricAlarmArgs{
			AlarmDescription: pulumi.Sprintf("Unhealthy targets in target group %s", key),
			Namespace:        pulumi.String(metricNamespace), MetricName: pulumi.String("UnHealthyHostCount"),
			Statistic: pulumi.String("Maximum"), Period: pulumi.Int(alarmPeriod), Threshold: pulumi.Float64(0),
			Dimensions: pulumi.StringMap{"LoadBalancer": l.ArnSuffix, "TargetGroup": l.TargetGroups[key].ArnSuffix},
		}
	}
	for _, key := range base.SortedKeys(alarms) {
		args, name := alarms[key], l.child("alarm", key)
		args.ComparisonOperator = pulumi.String("GreaterThanThreshold")
		args.EvaluationPeriods, args.DatapointsToAlarm = pulumi.Int(alarmMinutes), pulumi.Int(alarmMinutes)
		args.TreatMissingData = pulumi.String("notBreaching")
		if a.Alarms.ActionArns != nil {
			actions := base.Actions(a.Alarms.ActionArns)
			args.AlarmActions, args.OkActions = actions, actions
		}
		args.Tags = l.tags(name, a)
		alarm, err := cloudwatch.NewMetricAlarm(ctx, name, args, pulumi.Parent(l))
		if err != nil {
			return fmt.Errorf("create alarm %s: %w", name, err)
		}
		l.Alarms[key] = alarm
	}
	return nil
}

// errorShare counts both the targets' server errors and the load balancer's own. The
// latter are not part of RequestCount when no target could be chosen.
func errorShare(dimensions pulumi.StringMap) cloudwatch.MetricAlarmMetricQueryArray {
	sum := func(id, metric string) cloudwatch.MetricAlarmMetricQueryArgs {
		return cloudwatch.MetricAlarmMetricQueryArgs{Id: pulumi.String(id), Metric: cloudwatch.MetricAlarmMetricQueryMetricArgs{
			Namespace: pulumi.String(metricNamespace), MetricName: pulumi.String(metric), Dimensions: dimensions,
			Stat: pulumi.String("Sum"), Period: pulumi.Int(alarmPeriod),
		}}
	}
	return cloudwatch.MetricAlarmMetricQueryArray{
		cloudwatch.MetricAlarmMetricQueryArgs{
			Id: pulumi.String("share"), ReturnData: pulumi.Bool(true), Label: pulumi.String("server errors, percent"),
			Expression: pulumi.String("100 * (FILL(own, 0) + FILL(target, 0)) / (FILL(requests, 0) + FILL(own, 0))"),
		},
		sum("own", "HTTPCode_ELB_5XX_Count"), sum("requests", "RequestCount"), sum("target", "HTTPCode_Target_5XX_Count"),
	}
}
