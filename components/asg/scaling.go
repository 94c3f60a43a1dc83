package asg

import (
	"fmt"
	"regexp"
	"strconv"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/autoscaling"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/internal/base"
)

// Metric is what scaling goes by.
type Metric string

// The metrics. All are averages over the group's instances.
const (
	// Cpu is processor use in percent.
	Cpu Metric = "Cpu"
	// NetworkIn is bytes received a minute.
	NetworkIn Metric = "NetworkIn"
	// NetworkOut is bytes sent a minute.
	NetworkOut Metric = "NetworkOut"
	// RequestsPerTarget is requests a minute from an application load balancer.
	RequestsPerTarget Metric = "RequestsPerTarget"
	// Custom is the result of Queries; target tracking only.
	Custom Metric = "Custom"
)

var trackingTypes = map[Metric]string{
	Cpu: "ASGAverageCPUUtilization", NetworkIn: "ASGAverageNetworkIn", NetworkOut: "ASGAverageNetworkOut", RequestsPerTarget: "ALBRequestCountPerTarget",
}

var predictiveTypes = map[Metric]string{
	Cpu: "ASGCPUUtilization", NetworkIn: "ASGNetworkIn", NetworkOut: "ASGNetworkOut", RequestsPerTarget: "ALBRequestCount",
}

// TargetTrackingArgs keep a metric at a value by adding and removing instances.
type TargetTrackingArgs struct {
	// Metric is what to keep at the target.
	Metric Metric `pulumi:"metric"`
	// Target is the value to keep, above 0; for Cpu at most 100.
	Target float64 `pulumi:"target"`
	// ResourceLabel names load balancer and target group for RequestsPerTarget. Take it
	// from an output that waits for the listener: AWS refuses a target group that no
	// load balancer uses yet. Default: none.
	ResourceLabel pulumi.StringInput `pulumi:"resourceLabel,optional"`
	// Queries are the metrics and math for Custom, under their ids. Exactly one returns
	// the value to keep. Default: none.
	Queries map[string]QueryArgs `pulumi:"queries,optional"`
	// DisableScaleIn only adds instances. Default: false.
	DisableScaleIn bool `pulumi:"disableScaleIn,optional"`
}

// QueryArgs are one CloudWatch metric, or math over the other queries.
type QueryArgs struct {
	// Expression is metric math over the ids of other queries, such as "backlog / running".
	// Default: none, the query is a metric.
	Expression string `pulumi:"expression,optional"`
	// Namespace is the metric's namespace, such as "AWS/SQS". Default: none.
	Namespace string `pulumi:"namespace,optional"`
	// Name is the metric's name. Default: none.
	Name string `pulumi:"name,optional"`
	// Stat is the statistic, such as "Average" or "Sum". Default: "Average".
	Stat string `pulumi:"stat,optional"`
	// Dimensions narrow the metric. Default: none.
	Dimensions map[string]pulumi.StringInput `pulumi:"dimensions,optional"`
	// OfThisGroup adds the dimension AutoScalingGroupName with this group's name. Default:
	// false.
	OfThisGroup bool `pulumi:"ofThisGroup,optional"`
	// Return makes this query's result the one that is kept at the target. Default: false.
	Return bool `pulumi:"return,optional"`
}

// PredictiveArgs learn from up to two weeks of load and prepare for the next two days.
type PredictiveArgs struct {
	// Metric is the load to forecast; not Custom. Default: Cpu.
	Metric Metric `pulumi:"metric,optional"`
	// Target is the value each instance should have, above 0; for Cpu at most 100.
	Target float64 `pulumi:"target"`
	// ResourceLabel is as in TargetTrackingArgs. Default: none.
	ResourceLabel pulumi.StringInput `pulumi:"resourceLabel,optional"`
	// Mode is whether the forecast is only shown, to compare it with what happens, or
	// acted upon. Default: ForecastOnly.
	Mode PredictiveMode `pulumi:"mode,optional"`
	// BufferSeconds starts instances so much ahead of the forecast, 0 to 3600. Default:
	// the group's warm-up.
	BufferSeconds *int `pulumi:"bufferSeconds,optional"`
	// MaxBufferPercent lets a forecast close to or above the maximum exceed it, so much
	// above the forecast, 0 to 100. Default: the maximum holds.
	MaxBufferPercent *int `pulumi:"maxBufferPercent,optional"`
}

// PredictiveMode is what to do with a forecast.
type PredictiveMode string

// The modes. Only ForecastAndScale changes the group.
const (
	ForecastOnly     PredictiveMode = "ForecastOnly"
	ForecastAndScale PredictiveMode = "ForecastAndScale"
)

func (p *PredictiveArgs) withDefaults() *PredictiveArgs {
	if p == nil {
		return nil
	}
	c := *p
	base.Default(&c.Metric, Cpu)
	base.Default(&c.Mode, ForecastOnly)
	return &c
}

// queryId is what CloudWatch takes as the id of a query.
var queryId = regexp.MustCompile(`^[a-z][A-Za-z0-9_]*$`)

func (args *GroupArgs) validateScaling(errs *fielderr.List) {
	for k, t := range args.TargetTracking {
		checkKey(errs.At("targetTracking"), k)
		at := errs.At("targetTracking", fielderr.Key(k))
		args.validateMetric(at, t.Metric, t.Target, t.ResourceLabel, trackingTypes, string(Custom))
		if t.Metric == Custom {
			validateQueries(at, t.Queries)
		} else if len(t.Queries) > 0 {
			at.Conflict("queries", "metric", "only Custom has queries")
		}
	}
	p := args.Predictive
	if p == nil {
		return
	}
	at := errs.At("predictive")
	args.validateMetric(at, p.Metric, p.Target, p.ResourceLabel, predictiveTypes)
	if p.Mode != ForecastOnly && p.Mode != ForecastAndScale {
		at.Unsupported("mode", p.Mode, string(ForecastOnly), string(ForecastAndScale))
	}
	if p.BufferSeconds != nil {
		between(at, "bufferSeconds", *p.BufferSeconds, 0, 3600)
	}
	if p.MaxBufferPercent != nil {
		between(at, "maxBufferPercent", *p.MaxBufferPercent, 0, 100)
	}
}

func (args *GroupArgs) validateMetric(
	errs *fielderr.List, metric Metric, target float64, label pulumi.StringInput, types map[Metric]string, more ...string,
) {
	if _, known := types[metric]; !known && (metric != Custom || len(more) == 0) {
		allowed := append([]string{string(Cpu), string(NetworkIn), string(NetworkOut), string(RequestsPerTarget)}, more...)
		errs.Unsupported("metric", metric, allowed...)
		return
	}
	if !(target > 0) {
		errs.Invalid("target", target, "must be above 0")
	} else if metric == Cpu && target > 100 {
		errs.Invalid("target", target, "is a percentage")
	}
	switch {
	case metric != RequestsPerTarget:
		if label != nil {
			errs.Conflict("resourceLabel", "metric", "only RequestsPerTarget has a label")
		}
	case label == nil:
		errs.Required("resourceLabel")
	case len(args.TargetGroupArns) == 0:
		errs.Invalid("metric", metric, "needs targetGroupArns: these instances get no requests from a load balancer")
	}
}

func validateQueries(errs *fielderr.List, queries map[string]QueryArgs) {
	if len(queries) == 0 {
		errs.Required("queries")
		return
	}
	returned := 0
	for id, q := range queries {
		at := errs.At("queries", fielderr.Key(id))
		if !queryId.MatchString(id) {
			at.Add("", "the id must start with a small letter and have only letters, digits and _")
		}
		if q.Return {
			returned++
		}
		isMetric := q.Namespace != "" || q.Name != "" || q.Stat != "" || len(q.Dimensions) > 0 || q.OfThisGroup
		switch {
		case q.Expression != "" && isMetric:
			at.Add("", "is either an expression or a metric, not both")
		case q.Expression == "":
			if q.Namespace == "" {
				at.Required("namespace")
			}
			if q.Name == "" {
				at.Required("name")
			}
		}
	}
	if returned != 1 {
		errs.Add("queries", "%d queries return the value; it must be exactly one", returned)
	}
}

func (b *builder) targetTracking() error {
	for _, k := range base.SortedKeys(b.args.TargetTracking) {
		t := b.args.TargetTracking[k]
		tracking := &autoscaling.PolicyTargetTrackingConfigurationArgs{
			TargetValue: pulumi.Float64(t.Target), DisableScaleIn: pulumi.Bool(t.DisableScaleIn),
		}
		if t.Metric == Custom {
			tracking.CustomizedMetricSpecification = b.customMetric(t.Queries)
		} else {
			tracking.PredefinedMetricSpecification = &autoscaling.PolicyTargetTrackingConfigurationPredefinedMetricSpecificationArgs{
				PredefinedMetricType: pulumi.String(trackingTypes[t.Metric]), ResourceLabel: base.Optional(t.ResourceLabel),
			}
		}
		policy, err := autoscaling.NewPolicy(b.ctx, b.name+"-track-"+k, &autoscaling.PolicyArgs{
			AutoscalingGroupName: b.group.Group.Name, PolicyType: pulumi.String("TargetTrackingScaling"), TargetTrackingConfiguration: tracking,
		}, b.parent)
		if err != nil {
			return fmt.Errorf("create target tracking policy %s: %w", k, err)
		}
		b.group.TargetTracking[k] = policy
	}
	return nil
}

func (b *builder) customMetric(queries map[string]QueryArgs) *autoscaling.PolicyTargetTrackingConfigurationCustomizedMetricSpecificationArgs {
	metrics := autoscaling.PolicyTargetTrackingConfigurationCustomizedMetricSpecificationMetricArray{}
	for _, id := range base.SortedKeys(queries) {
		q := queries[id]
		metric := &autoscaling.PolicyTargetTrackingConfigurationCustomizedMetricSpecificationMetricArgs{
			Id: pulumi.String(id), ReturnData: pulumi.Bool(q.Return),
		}
		if q.Expression != "" {
			metric.Expression = pulumi.String(q.Expression)
		} else {
			base.Default(&q.Stat, "Average")
			metric.MetricStat = &autoscaling.PolicyTargetTrackingConfigurationCustomizedMetricSpecificationMetricMetricStatArgs{
				Stat: pulumi.String(q.Stat),
				Metric: &autoscaling.PolicyTargetTrackingConfigurationCustomizedMetricSpecificationMetricMetricStatMetricArgs{
					Namespace: pulumi.String(q.Namespace), MetricName: pulumi.String(q.Name), Dimensions: b.dimensions(q),
				},
			}
		}
		metrics = append(metrics, metric)
	}
	return &autoscaling.PolicyTargetTrackingConfigurationCustomizedMetricSpecificationArgs{Metrics: metrics}
}

func (b *builder) dimensions(
	q QueryArgs,
) autoscaling.PolicyTargetTrackingConfigurationCustomizedMetricSpecificationMetricMetricStatMetricDimensionArray {
	list := autoscaling.PolicyTargetTrackingConfigurationCustomizedMetricSpecificationMetricMetricStatMetricDimensionArray{}
	all := q.Dimensions
	if q.OfThisGroup {
		all = make(map[string]pulumi.StringInput, len(q.Dimensions)+1)
		for k, v := range q.Dimensions {
			all[k] = v
		}
		all["AutoScalingGroupName"] = b.group.Group.Name
	}
	for _, k := range base.SortedKeys(all) {
		list = append(list, &autoscaling.PolicyTargetTrackingConfigurationCustomizedMetricSpecificationMetricMetricStatMetricDimensionArgs{
			Name: pulumi.String(k), Value: all[k],
		})
	}
	return list
}

func (b *builder) predictive() error {
	p := b.args.Predictive
	if p == nil {
		return nil
	}
	configuration := &autoscaling.PolicyPredictiveScalingConfigurationArgs{
		Mode: pulumi.String(p.Mode),
		MetricSpecification: &autoscaling.PolicyPredictiveScalingConfigurationMetricSpecificationArgs{
			TargetValue: pulumi.Float64(p.Target),
			PredefinedMetricPairSpecification: &autoscaling.PolicyPredictiveScalingConfigurationMetricSpecificationPredefinedMetricPairSpecificationArgs{
				PredefinedMetricType: pulumi.String(predictiveTypes[p.Metric]), ResourceLabel: base.Optional(p.ResourceLabel),
			},
		},
		SchedulingBufferTime:      pulumi.String(strconv.Itoa(b.args.WarmupSeconds)),
		MaxCapacityBreachBehavior: pulumi.String("HonorMaxCapacity"),
	}
	if p.BufferSeconds != nil {
		configuration.SchedulingBufferTime = pulumi.String(strconv.Itoa(*p.BufferSeconds))
	}
	if p.MaxBufferPercent != nil {
		configuration.MaxCapacityBreachBehavior = pulumi.String("IncreaseMaxCapacity")
		configuration.MaxCapacityBuffer = pulumi.String(strconv.Itoa(*p.MaxBufferPercent))
	}
	var err error
	b.group.Predictive, err = autoscaling.NewPolicy(b.ctx, b.name+"-predictive", &autoscaling.PolicyArgs{
		AutoscalingGroupName: b.group.Group.Name, PolicyType: pulumi.String("PredictiveScaling"), PredictiveScalingConfiguration: configuration,
	}, b.parent)
	if err != nil {
		return fmt.Errorf("create predictive policy of %s: %w", b.name, err)
	}
	return nil
}
