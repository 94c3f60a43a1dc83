package aws

import (
	"regexp"
	"strings"
	"time"
	_ "time/tzdata" // time zones of schedules, also where the machine has none
)

const (
	docTracking   = "Amazon EC2 Auto Scaling User Guide: Target tracking scaling policies"
	docSchedule   = "Amazon EC2 Auto Scaling User Guide: Scheduled scaling"
	docHook       = "Amazon EC2 Auto Scaling User Guide: Lifecycle hooks"
	docPredictive = "Amazon EC2 Auto Scaling User Guide: Predictive scaling"
)

var labelForm = regexp.MustCompile(`^(app/[^/]+/[0-9a-f]+)/(targetgroup/[^/]+/[0-9a-f]+)$`)

var scalingRules = []Rule{
	{ID: "policy-type", Code: "ValidationError", Source: "Amazon EC2 Auto Scaling API Reference: PutScalingPolicy", Kinds: "autoscaling.policy", On: Write, Check: func(r *Request) string {
		kind := r.New.Str("policyType")
		block := map[string]string{"TargetTrackingScaling": "targetTrackingConfiguration", "PredictiveScaling": "predictiveScalingConfiguration", "StepScaling": "stepAdjustments"}[kind]
		if kind != "" && kind != "SimpleScaling" && block == "" {
			return say("Policy type '%s' is not valid", kind)
		}
		if block != "" && !r.New.Has(block) {
			return say("A policy of type %s needs %s", kind, block)
		}
		for other, b := range map[string]string{"TargetTrackingScaling": "targetTrackingConfiguration", "PredictiveScaling": "predictiveScalingConfiguration"} {
			if other != kind && r.New.Has(b) {
				return say("%s is only valid for policies of type %s", b, other)
			}
		}
		return ""
	}},
	{ID: "policy-name-taken", Code: "AlreadyExists", Source: "Amazon EC2 Auto Scaling API Reference: PutScalingPolicy", Kinds: "autoscaling.policy", On: Create, Check: func(r *Request) string {
		for _, other := range r.All("autoscaling.policy") {
			if other.Props.Str("autoscalingGroupName") == r.New.Str("autoscalingGroupName") && other.Props.Str("name") == r.New.Str("name") {
				return say("A policy named %s already exists in the group", r.New.Str("name"))
			}
		}
		return ""
	}},
	{ID: "tracking-metric", Code: "ValidationError", Source: docTracking, Kinds: "autoscaling.policy", On: Write, Check: func(r *Request) string {
		t := r.New.Obj("targetTrackingConfiguration")
		if t == nil {
			return ""
		}
		metric := t.Str("predefinedMetricSpecification.predefinedMetricType")
		switch {
		case t.Has("predefinedMetricSpecification") == t.Has("customizedMetricSpecification"):
			return "A target tracking policy needs either a predefined or a customized metric"
		case metric != "" && !oneOf(metric, "ASGAverageCPUUtilization ASGAverageNetworkIn ASGAverageNetworkOut ALBRequestCountPerTarget"):
			return say("Predefined metric type '%s' is not valid", metric)
		}
		if v, ok := t.Get("targetValue").(float64); !ok || v <= 0 {
			return "The target value must be greater than 0"
		}
		return ""
	}},
	{ID: "tracking-label", Code: "ValidationError", Source: docTracking, Kinds: "autoscaling.policy", On: Write, Check: func(r *Request) string {
		for _, m := range predefined(r.New) {
			if wrong := r.labelProblem(m); wrong != "" {
				return wrong
			}
		}
		return ""
	}},
	{ID: "predictive-metrics", Code: "ValidationError", Source: docPredictive, Kinds: "autoscaling.policy", On: Write, Check: func(r *Request) string {
		p := r.New.Obj("predictiveScalingConfiguration")
		if p == nil {
			return ""
		}
		if m := p.Str("mode"); m != "" && !oneOf(m, "ForecastOnly ForecastAndScale") {
			return say("Predictive scaling mode '%s' is not valid", m)
		}
		if b := p.Int("maxCapacityBuffer"); b < 0 || b > 100 {
			return say("The maximum capacity buffer must be between 0 and 100 (%d)", b)
		}
		spec := p.Obj("metricSpecification")
		pair := spec.Has("predefinedMetricPairSpecification")
		single := spec.Has("predefinedScalingMetricSpecification") || spec.Has("customizedScalingMetricSpecification")
		if pair == single {
			return "A predictive scaling policy needs either a metric pair or a scaling and a load metric"
		}
		return ""
	}},
	{ID: "schedule-recurrence", Code: "ValidationError", Source: docSchedule, Kinds: "autoscaling.schedule", On: Write, Check: func(r *Request) string {
		cron := r.New.Str("recurrence")
		if cron != "" && !validCron(cron) {
			return say("Given recurrence string: %s is invalid", cron)
		}
		if cron == "" && !r.New.Has("startTime") {
			return "A scheduled action needs a recurrence or a start time"
		}
		return ""
	}},
	{ID: "schedule-time-zone", Code: "ValidationError", Source: docSchedule, Kinds: "autoscaling.schedule", On: Write, Check: func(r *Request) string {
		zone := r.New.Str("timeZone")
		if _, err := time.LoadLocation(zone); err != nil || zone == "Local" {
			return say("Given time zone %s is not valid", zone)
		}
		return ""
	}},
	{ID: "schedule-times", Code: "ValidationError", Source: docSchedule, Kinds: "autoscaling.schedule", On: Write, Check: func(r *Request) string {
		var times [2]time.Time
		for i, key := range []string{"startTime", "endTime"} {
			text := r.New.Str(key)
			if text == "" {
				continue
			}
			t, err := time.Parse("2006-01-02T15:04:05Z", text)
			if err != nil {
				return say("%s %q must be of the form 2006-01-02T15:04:05Z", key, text)
			}
			if r.Op == Create && t.Before(time.Now()) {
				return say("Given %s is in the past: %s", key, text)
			}
			times[i] = t
		}
		if !times[1].IsZero() && !times[1].After(times[0]) {
			return "The end time must be after the start time"
		}
		return ""
	}},
	{ID: "schedule-sizes", Code: "ValidationError", Source: docSchedule, Kinds: "autoscaling.schedule", On: Write, Check: func(r *Request) string {
		value := func(key string) (int, bool) {
			v := r.New.Get(key)
			return r.New.Int(key), v != nil && v != -1.0
		}
		lo, hasLo := value("minSize")
		hi, hasHi := value("maxSize")
		want, has := value("desiredCapacity")
		switch {
		case !hasLo && !hasHi && !has:
			return "At least one of min size, max size and desired capacity must be given"
		case hasLo && hasHi && lo > hi, has && hasLo && want < lo, has && hasHi && want > hi:
			return say("The sizes of a scheduled action must be ordered: min %d, desired %d, max %d", lo, want, hi)
		}
		return ""
	}},
	{ID: "schedule-duplicate", Code: "AlreadyExists", Source: docSchedule, Kinds: "autoscaling.schedule", On: Create, Check: func(r *Request) string {
		for _, other := range r.All("autoscaling.schedule") {
			if other.Props.Str("autoscalingGroupName") != r.New.Str("autoscalingGroupName") {
				continue
			}
			if other.Props.Str("scheduledActionName") == r.New.Str("scheduledActionName") {
				return say("Scheduled action %s already exists", r.New.Str("scheduledActionName"))
			}
			if cron := r.New.Str("recurrence"); cron != "" && cron == other.Props.Str("recurrence") && other.Props.Str("timeZone") == r.New.Str("timeZone") {
				return say("Two scheduled actions of a group cannot be due at the same time: %s", cron)
			}
		}
		return ""
	}},
	{ID: "hook-values", Code: "ValidationError", Source: docHook, Kinds: "autoscaling.lifecycleHook autoscaling.group", On: Write, Check: func(r *Request) string {
		hooks := r.New.Objs("initialLifecycleHooks")
		if r.Kind == "autoscaling.lifecycleHook" {
			hooks = []Obj{r.New}
		}
		for _, h := range hooks {
			transition, result := h.Str("lifecycleTransition"), h.Str("defaultResult")
			switch t := h.Int("heartbeatTimeout"); {
			case !oneOf(transition, "autoscaling:EC2_INSTANCE_LAUNCHING autoscaling:EC2_INSTANCE_TERMINATING"):
				return say("Lifecycle transition '%s' is not valid", transition)
			case result != "" && !oneOf(result, "CONTINUE ABANDON"):
				return say("Default result '%s' must be CONTINUE or ABANDON", result)
			case t != 0 && (t < 30 || t > 7200):
				return say("HeartbeatTimeout must be between 30 and 7200 seconds (%d)", t)
			case h.Has("notificationTargetArn") != h.Has("roleArn"):
				return "A notification target and a role must be given together"
			}
		}
		return ""
	}},
	{ID: "hook-quota", Code: "LimitExceeded", Source: "Amazon EC2 Auto Scaling User Guide: Quotas", Kinds: "autoscaling.lifecycleHook", On: Create, Check: func(r *Request) string {
		if r.countWith("autoscaling.lifecycleHook", "autoscalingGroupName", r.New.Str("autoscalingGroupName")) >= 50 {
			return "The maximum number of lifecycle hooks has been reached for the group."
		}
		return ""
	}},
}

// predefined lists the blocks that name a predefined metric, in tracking and predictive policies.
func predefined(policy Obj) []Obj {
	var out []Obj
	for _, path := range []string{"targetTrackingConfiguration.predefinedMetricSpecification",
		"predictiveScalingConfiguration.metricSpecification.predefinedMetricPairSpecification",
		"predictiveScalingConfiguration.metricSpecification.predefinedLoadMetricSpecification",
		"predictiveScalingConfiguration.metricSpecification.predefinedScalingMetricSpecification"} {
		if b := policy.Obj(path); b != nil {
			out = append(out, b)
		}
	}
	return out
}

// labelProblem says what is wrong with the resource label of a request-count metric: it must name a load balancer and a target group that a
// listener of the load balancer forwards to.
func (r *Request) labelProblem(metric Obj) string {
	label := metric.Str("resourceLabel")
	needs := strings.HasPrefix(metric.Str("predefinedMetricType"), "ALB")
	if !needs {
		if label != "" {
			return say("A resource label is only valid for ALB metrics (%s)", label)
		}
		return ""
	}
	m := labelForm.FindStringSubmatch(label)
	if m == nil {
		return say("Resource label '%s' must be of the form app/<load balancer>/<id>/targetgroup/<target group>/<id>", label)
	}
	lb, group := r.By("lb.loadBalancer", "arnSuffix", m[1]), r.By("lb.targetGroup", "arnSuffix", m[2])
	if lb == nil || group == nil {
		return say("The load balancer or the target group of the resource label '%s' does not exist", label)
	}
	if r.forwarder(group.Props.Str("arn"), func(f *Resource) bool { return r.balancer(f.Kind, f.Props) == lb.Props.Str("arn") }) == nil {
		return say("The target group of the resource label '%s' is not attached to the load balancer", label)
	}
	g := r.Find("autoscaling.group", r.New.Str("autoscalingGroupName"))
	for _, arn := range g.props().Strs("targetGroupArns") {
		if arn == group.Props.Str("arn") {
			return ""
		}
	}
	for _, a := range r.All("autoscaling.attachment") {
		if a.Props.Str("lbTargetGroupArn") == group.Props.Str("arn") {
			return ""
		}
	}
	return say("The target group of the resource label '%s' is not attached to the Auto Scaling group", label)
}

func (r *Resource) props() Obj {
	if r == nil {
		return nil
	}
	return r.Props
}

func (r *Resource) kind() string {
	if r == nil {
		return ""
	}
	return r.Kind
}

var cronFields = []struct {
	lo, hi int
	names  string
}{{0, 59, ""}, {0, 23, ""}, {1, 31, ""}, {1, 12, "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC"}, {0, 7, "SUN MON TUE WED THU FRI SAT"}}

// validCron judges a Unix cron expression of five fields.
func validCron(text string) bool {
	fields := strings.Fields(text)
	if len(fields) != 5 {
		return false
	}
	for i, f := range fields {
		for _, part := range strings.Split(f, ",") {
			if !validCronPart(part, cronFields[i].lo, cronFields[i].hi, cronFields[i].names) {
				return false
			}
		}
	}
	return true
}

func validCronPart(part string, lo, hi int, names string) bool {
	body, step, stepped := strings.Cut(part, "/")
	if n, ok := number(step); stepped && (!ok || n < 1) {
		return false
	}
	if body == "*" {
		return true
	}
	from, to, ranged := strings.Cut(body, "-")
	a, ok := cronValue(from, names)
	if !ok || a < lo || a > hi {
		return false
	}
	b, ok := cronValue(to, names)
	return !ranged || ok && b >= a && b <= hi
}

func cronValue(text, names string) (int, bool) {
	for i, name := range strings.Fields(names) {
		if strings.EqualFold(text, name) {
			return i + map[bool]int{true: 1}[strings.HasPrefix(names, "JAN")], true
		}
	}
	return number(text)
}

func number(text string) (int, bool) {
	n := 0
	for _, c := range text {
		if c < '0' || c > '9' || n > 1000000 {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, text != ""
}
