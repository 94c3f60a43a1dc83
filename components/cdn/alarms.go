package cdn

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudfront"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/internal/base"
	"github.com/plinth-iac/plinth/components/internal/datastore"
)

// AlarmsArgs watch the distribution, in us-east-1, where its metrics are. An alarm is
// raised after five bad minutes in a row; minutes without requests are good.
type AlarmsArgs struct {
	// ActionArns are told when an alarm is raised and when it clears, such as SNS topics,
	// of us-east-1 all of them. Default: nobody.
	ActionArns pulumi.StringArrayInput `pulumi:"actionArns,optional"`
	// ServerErrorPercent is the share of requests answered with 5xx that is too high,
	// above 0, to 100. Default: 1.
	ServerErrorPercent float64 `pulumi:"serverErrorPercent,optional"`
	// OriginLatencySeconds is the 99th percentile of what origins take to answer that is
	// too slow, above 0. It needs CloudFront's additional metrics, which are turned on.
	// Default: 3.
	OriginLatencySeconds float64 `pulumi:"originLatencySeconds,optional"`
	// WithoutAdditionalMetrics saves what they cost, and the alarm about origins with it.
	// Default: false.
	WithoutAdditionalMetrics bool `pulumi:"withoutAdditionalMetrics,optional"`
}

// Keys of Distribution.Alarms, next to "function-errors-" and the key of a function.
const (
	AlarmServerErrors  = "server-errors"
	AlarmOriginLatency = "origin-latency"
)

const metricNamespace = "AWS/CloudFront"

func (m *AlarmsArgs) withDefaults() *AlarmsArgs {
	if m == nil {
		return nil
	}
	m = base.CopyOf(m)
	base.Default(&m.ServerErrorPercent, 1)
	if !m.WithoutAdditionalMetrics {
		base.Default(&m.OriginLatencySeconds, 3)
	}
	return m
}

func (m *AlarmsArgs) validate(errs *fielderr.List) {
	if m == nil {
		return
	}
	if m.ServerErrorPercent <= 0 || m.ServerErrorPercent > 100 {
		errs.Invalid("serverErrorPercent", m.ServerErrorPercent, "must be above 0, to 100")
	}
	switch {
	case m.WithoutAdditionalMetrics && m.OriginLatencySeconds != 0:
		errs.Conflict("originLatencySeconds", "withoutAdditionalMetrics", "nothing else measures origins")
	case !m.WithoutAdditionalMetrics && m.OriginLatencySeconds <= 0:
		errs.Invalid("originLatencySeconds", m.OriginLatencySeconds, "must be above 0")
	}
	arns, _ := m.ActionArns.(pulumi.StringArray)
	for i, input := range arns {
		arn, plain := input.(pulumi.String)
		if parts := strings.Split(string(arn), ":"); plain && (len(parts) < 6 || parts[3] != "" && parts[3] != base.EdgeRegion) {
			errs.Invalid(fielderr.Join("actionArns", fielderr.Index(i)), string(arn), "must be an ARN of %s, as alarms tell only what is in their own region", base.EdgeRegion)
		}
	}
}

func (d *Distribution) addAlarms(ctx *pulumi.Context, name string, a *DistributionArgs) (err error) {
	d.Alarms = map[string]*cloudwatch.MetricAlarm{}
	if a.Alarms == nil {
		return nil
	}
	of := func(dimension string, value pulumi.StringInput) pulumi.StringMap {
		return pulumi.StringMap{dimension: value, "Region": pulumi.String("Global")}
	}
	id := d.Distribution.ID().ToStringOutput()
	alarms := map[string]datastore.Alarm{
		AlarmServerErrors: {
			Description: fmt.Sprintf("Share of requests to %s answered with a server error, in percent", name),
			Namespace:   metricNamespace, Metric: "5xxErrorRate", Dimensions: of("DistributionId", id), Threshold: a.Alarms.ServerErrorPercent,
		},
	}
	if !a.Alarms.WithoutAdditionalMetrics {
		if err := d.addMetrics(ctx); err != nil {
			return err
		}
		alarms[AlarmOriginLatency] = datastore.Alarm{
			Description: fmt.Sprintf("What the origins of %s take to answer the slowest hundredth of requests, in milliseconds", name),
			Namespace:   metricNamespace, Metric: "OriginLatency", Dimensions: of("DistributionId", id), Statistic: "p99",
			Threshold: 1000 * a.Alarms.OriginLatencySeconds,
		}
	}
	for key, function := range d.Functions {
		alarms["function-errors-"+key] = datastore.Alarm{
			Description: fmt.Sprintf("Runs of the function %s of %s that failed, each for a viewer", key, name),
			Namespace:   metricNamespace, Metric: "FunctionExecutionErrors", Dimensions: of("FunctionName", function.Name), Statistic: "Sum",
		}
	}
	d.Alarms, err = datastore.NewAlarms(ctx, name, alarms, a.Alarms.ActionArns, a.Tags, pulumi.Parent(d), pulumi.Provider(a.Edge))
	return err
}

func (d *Distribution) addMetrics(ctx *pulumi.Context) error {
	child := d.child("metrics")
	_, err := cloudfront.NewMonitoringSubscription(ctx, child, &cloudfront.MonitoringSubscriptionArgs{
		DistributionId: d.Distribution.ID(),
		MonitoringSubscription: cloudfront.MonitoringSubscriptionMonitoringSubscriptionArgs{
			RealtimeMetricsSubscriptionConfig: cloudfront.MonitoringSubscriptionMonitoringSubscriptionRealtimeMetricsSubscriptionConfigArgs{
				RealtimeMetricsSubscriptionStatus: pulumi.String("Enabled"),
			},
		},
	}, pulumi.Parent(d))
	if err != nil {
		return fmt.Errorf("turn on metrics %s: %w", child, err)
	}
	return nil
}
