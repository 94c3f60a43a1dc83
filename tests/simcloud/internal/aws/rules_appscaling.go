package aws

import (
	"slices"
	"strings"
	"time"
)

const (
	docScalableTarget = "Application Auto Scaling API Reference: RegisterScalableTarget"
	docScalingPolicy  = "Application Auto Scaling API Reference: PutScalingPolicy"
	docScalingAction  = "Application Auto Scaling API Reference: PutScheduledAction"
	docCacheScaling   = "Amazon ElastiCache User Guide: Auto Scaling Valkey and Redis OSS clusters"

	scalableKinds = "appautoscaling.target appautoscaling.policy appautoscaling.scheduledAction"
	scalingPolicy = "appautoscaling.policy"
	scalingAction = "appautoscaling.scheduledAction"
	trackingSpec  = "targetTrackingScalingPolicyConfiguration"
	givenMetric   = trackingSpec + ".predefinedMetricSpecification"
)

// appScalingRules are those of Application Auto Scaling.
var appScalingRules = []Rule{
	{ID: "scalable-dimension", Code: refused, Source: docScalableTarget, Kinds: scalableKinds, On: Create, Check: func(r *Request) string {
		namespace, dimension := r.New.Str("serviceNamespace"), r.New.Str("scalableDimension")
		if _, ok := r.dimension(); !ok || !strings.HasPrefix(dimension, namespace+":") {
			return say("Unsupported service namespace, resource type or scalable dimension: %s, %s", namespace, dimension)
		}
		return ""
	}},
	{ID: "scalable-resource-id", Code: refused, Source: docScalableTarget, Kinds: scalableKinds, On: Create, Check: func(r *Request) string {
		if d, ok := r.dimension(); ok && !form(d.Resource).MatchString(r.New.Str("resourceId")) {
			return say("Unsupported service namespace, resource type or scalable dimension: the resource ID '%s' does not have the form %s of %s", r.New.Str("resourceId"), d.Resource, r.New.Str("scalableDimension"))
		}
		return ""
	}},
	{ID: "scalable-resource", Code: refused, Source: docScalableTarget, Kinds: "appautoscaling.target", On: Create, Check: func(r *Request) string {
		res, known := r.scaled()
		id := r.New.Str("resourceId")
		if !known {
			return ""
		}
		found := res != nil
		switch service(res.kind()) {
		case "dynamodb":
			_, index, indexed := strings.Cut(id, "/index/")
			found = !indexed || slices.ContainsFunc(res.Props.Objs("globalSecondaryIndexes"), func(o Obj) bool { return o.Str("name") == index })
		case "lambda":
			_, qualifier := lambdaName(strings.TrimPrefix(id, "function:"))
			found = qualifier != "$LATEST" && (r.hasVersion(res.ID, qualifier) || r.alias(res.ID, qualifier) != nil)
		}
		if !found {
			return say("The resource of the scalable target does not exist: %s", id)
		}
		return ""
	}},
	{ID: "scalable-table", Code: refused, Source: "Amazon DynamoDB Developer Guide: Managing throughput capacity automatically with DynamoDB auto scaling", Kinds: "appautoscaling.target", On: Create, Check: func(r *Request) string {
		if res, _ := r.scaled(); res.kind() == dynamoTable && res.Props.Str("billingMode") == "PAY_PER_REQUEST" {
			return say("The table %s is in on-demand mode: only provisioned capacity can be scaled.", res.ID)
		}
		return ""
	}},
	{ID: "scalable-cluster", Code: refused, Source: "Amazon Aurora User Guide: Using Amazon Aurora Auto Scaling with Aurora Replicas", Kinds: "appautoscaling.target", On: Create, Check: func(r *Request) string {
		res, _ := r.scaled()
		if res.kind() != "rds.cluster" {
			return ""
		}
		if name, e, _ := r.engineOf(res.Props); e != nil && !e.Aurora {
			return say("The replicas of a DB cluster of engine %s cannot be scaled: it is not an Aurora cluster.", name)
		}
		return ""
	}},
	{ID: "scalable-cache", Code: refused, Source: docCacheScaling, Kinds: "appautoscaling.target", On: Create, Check: func(r *Request) string {
		if res, _ := r.scaled(); res.kind() == cacheGroup {
			if why := r.scalableCache(res); why != "" {
				return say("The replication group %s cannot be scaled: %s.", res.ID, why)
			}
		}
		return ""
	}},
	{ID: "scalable-capacity", Code: refused, Source: docScalableTarget, Kinds: "appautoscaling.target", On: Write, Check: func(r *Request) string {
		d, _ := r.dimension()
		least, most := r.New.Int("minCapacity"), r.New.Int("maxCapacity")
		switch {
		case least > most:
			return say("Maximum capacity cannot be less than minimum capacity (%d, %d)", most, least)
		case least < d.Least || d.Most > 0 && most > d.Most:
			return say("The capacity %d to %d is out of the range of %s", least, most, r.New.Str("scalableDimension"))
		}
		return ""
	}},
	{ID: "scaling-target", Code: "ObjectNotFoundException", Source: docScalingPolicy, Kinds: scalingPolicy + " " + scalingAction, On: Create, Check: func(r *Request) string {
		if r.scalingTarget() == nil {
			return say("No scalable target registered for service namespace: %s, resource ID: %s, scalable dimension: %s", r.New.Str("serviceNamespace"), r.New.Str("resourceId"), r.New.Str("scalableDimension"))
		}
		return ""
	}},
	{ID: "scaling-policy-type", Code: refused, Source: docScalingPolicy, Kinds: scalingPolicy, On: Write, Check: func(r *Request) string {
		d, _ := r.dimension()
		switch kind := r.New.Str("policyType"); {
		case !oneOf(kind, "StepScaling TargetTrackingScaling"):
			return say("Invalid policy type: %s", kind)
		case kind == "StepScaling" && d.TrackingOnly:
			return say("Step scaling is not supported for %s", r.New.Str("scalableDimension"))
		case kind == "StepScaling" && !r.New.Has("stepScalingPolicyConfiguration"):
			return "A step scaling policy needs StepScalingPolicyConfiguration"
		case kind == "TargetTrackingScaling" && !r.New.Has(trackingSpec):
			return "A target tracking policy needs TargetTrackingScalingPolicyConfiguration"
		}
		return ""
	}},
	{ID: "scaling-policy-steps", Code: refused, Source: "Application Auto Scaling API Reference: StepScalingPolicyConfiguration", Kinds: scalingPolicy, On: Write, Check: func(r *Request) string {
		step := r.New.Obj("stepScalingPolicyConfiguration")
		switch kind, metric := step.Str("adjustmentType"), step.Str("metricAggregationType"); {
		case r.New.Str("policyType") != "StepScaling" || step == nil:
		case !oneOf(kind, "ChangeInCapacity PercentChangeInCapacity ExactCapacity"):
			return say("Invalid adjustment type: %s", kind)
		case metric != "" && !oneOf(metric, "Average Minimum Maximum"):
			return say("Invalid metric aggregation type: %s", metric)
		case len(step.Objs("stepAdjustments")) == 0:
			return "A step scaling policy needs at least one step adjustment"
		}
		return ""
	}},
	{ID: "scaling-policy-metric", Code: refused, Source: "Application Auto Scaling API Reference: PredefinedMetricSpecification", Kinds: scalingPolicy, On: Write, Check: func(r *Request) string {
		d, _ := r.dimension()
		tracking, metric := r.New.Obj(trackingSpec), r.New.Str(givenMetric+".predefinedMetricType")
		switch {
		case tracking == nil:
		case tracking.Has("predefinedMetricSpecification") == tracking.Has("customizedMetricSpecification"):
			return "Exactly one of a predefined and a customized metric must be given"
		case metric != "" && !oneOf(metric, d.Metrics):
			return say("Invalid predefined metric type %s for %s", metric, r.New.Str("scalableDimension"))
		}
		return ""
	}},
	{ID: "scaling-policy-label", Code: refused, Source: "Application Auto Scaling API Reference: PredefinedMetricSpecification", Kinds: scalingPolicy, On: Write, Check: func(r *Request) string {
		spec := r.New.Obj(givenMetric)
		if spec != nil && spec.Has("resourceLabel") != (spec.Str("predefinedMetricType") == "ALBRequestCountPerTarget") {
			return "A resource label is for the metric ALBRequestCountPerTarget, which needs one"
		}
		return ""
	}},
	{ID: "scaling-policy-value", Code: refused, Source: "Application Auto Scaling API Reference: TargetTrackingScalingPolicyConfiguration", Kinds: scalingPolicy, On: Write, Check: func(r *Request) string {
		d, _ := r.dimension()
		value, _ := r.New.Get(trackingSpec + ".targetValue").(float64)
		if len(d.Values) == 2 && r.New.Has(givenMetric) && (value < d.Values[0] || value > d.Values[1]) {
			return say("The target value %v is out of the range %v to %v of %s", value, d.Values[0], d.Values[1], r.New.Str(givenMetric+".predefinedMetricType"))
		}
		return ""
	}},
	{ID: "scaling-policy-once", Code: refused, Source: docScalingPolicy, Kinds: scalingPolicy, On: Write, Check: func(r *Request) string {
		for _, other := range r.Others(scalingPolicy) {
			metric := r.New.Str(givenMetric + ".predefinedMetricType")
			if metric != "" && sameTarget(other.Props, r.New) && other.Props.Str(givenMetric+".predefinedMetricType") == metric && other.Props.Str("name") != r.New.Str("name") {
				return "Only one TargetTrackingScaling policy for a given metric specification is allowed."
			}
		}
		return ""
	}},
	{ID: "scaling-action-schedule", Code: refused, Source: docScalingAction, Kinds: scalingAction, On: Write, Check: func(r *Request) string {
		if text := r.New.Str("schedule"); !validEventSchedule(text, true) {
			return say("Invalid schedule expression: %s. It is at(...), rate(...) or cron(...).", text)
		}
		if zone := r.New.Str("timezone"); zone != "" && !zonePattern.MatchString(zone) {
			return say("Invalid time zone: %s", zone)
		}
		return ""
	}},
	{ID: "scaling-action-times", Code: refused, Source: docScalingAction, Kinds: scalingAction, On: Write, Check: func(r *Request) string {
		var times []time.Time
		for _, key := range []string{"startTime", "endTime"} {
			text := r.New.Str(key)
			t, err := time.Parse(time.RFC3339, text)
			if text != "" && err != nil {
				return say("%s '%s' is not a time of the form 2006-01-02T15:04:05Z", key, text)
			}
			if text != "" {
				times = append(times, t)
			}
		}
		if len(times) == 2 && !times[0].Before(times[1]) {
			return "The start time must be before the end time"
		}
		return ""
	}},
	{ID: "scaling-action-capacity", Code: refused, Source: docScalingAction, Kinds: scalingAction, On: Write, Check: func(r *Request) string {
		a := r.New.Obj("scalableTargetAction")
		least, hasLeast := a.Get("minCapacity").(float64)
		most, hasMost := a.Get("maxCapacity").(float64)
		if !hasLeast && !hasMost || hasLeast && hasMost && least > most {
			return "ScalableTargetAction needs a minimum or a maximum capacity, and the minimum at most the maximum"
		}
		return ""
	}},
}
