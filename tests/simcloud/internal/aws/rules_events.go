package aws

import (
	"encoding/json"
	"strings"
)

const (
	docRule      = "Amazon EventBridge API Reference: PutRule"
	docTargets   = "Amazon EventBridge API Reference: PutTargets"
	docRate      = "Amazon EventBridge User Guide: Creating a rule that runs on a schedule in Amazon EventBridge"
	docScheduler = "EventBridge Scheduler User Guide: Schedule types in EventBridge Scheduler"
)

var (
	eventName    = form(`[.\-_A-Za-z0-9]{1,64}`)
	ratePattern  = form(`rate\((\d+) (minute|minutes|hour|hours|day|days)\)`)
	atPattern    = form(`at\(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\)`)
	cronPattern  = form(`cron\((.+)\)`)
	zonePattern  = form(`UTC|GMT|[A-Za-z_]+(/[A-Za-z_+\-0-9]+){1,2}`)
	cronCalendar = []struct {
		low, high int
		names     string
	}{{0, 59, ""}, {0, 23, ""}, {1, 31, ""}, {1, 12, "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC"}, {1, 7, "SUN MON TUE WED THU FRI SAT"}, {1970, 2199, ""}}
)

var eventRules = []Rule{
	{ID: "event-rule-name", Code: refused, Source: docRule, Kinds: "cloudwatch.eventRule", On: Create, Check: func(r *Request) string {
		if name := r.New.Str("name"); !eventName.MatchString(name) {
			return say("Value '%s' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\.\\-_A-Za-z0-9]+", name)
		}
		return ""
	}},
	{ID: "event-rule-trigger", Code: refused, Source: docRule, Kinds: "cloudwatch.eventRule", On: Write, Check: func(r *Request) string {
		bus := r.New.Str("eventBusName")
		switch {
		case !r.New.Has("eventPattern") && !r.New.Has("scheduleExpression"):
			return "Parameter(s) EventPattern or ScheduleExpression must be specified."
		case r.New.Has("scheduleExpression") && bus != "" && bus != "default" && !strings.HasSuffix(bus, "/default"):
			return "ScheduleExpression is supported only on the default event bus."
		}
		return ""
	}},
	{ID: "event-rule-schedule", Code: refused, Source: docRate, Kinds: "cloudwatch.eventRule", On: Write, Check: func(r *Request) string {
		if s := r.New.Str("scheduleExpression"); s != "" && (atPattern.MatchString(s) || !validEventSchedule(s, true)) {
			return "Parameter ScheduleExpression is not valid. (" + s + ")"
		}
		return ""
	}},
	{ID: "event-rule-pattern", Code: "InvalidEventPatternException", Source: "Amazon EventBridge User Guide: Creating Amazon EventBridge event patterns", Kinds: "cloudwatch.eventRule", On: Write, Check: func(r *Request) string {
		if p := r.New.Str("eventPattern"); p != "" {
			var v map[string]any
			if err := json.Unmarshal([]byte(p), &v); err != nil || len(v) == 0 {
				return "Event pattern is not valid. Reason: Filter is not an object"
			}
			if wrong := patternProblem(v); wrong != "" {
				return "Event pattern is not valid. Reason: " + wrong
			}
		}
		return ""
	}},
	{ID: "event-rule-bus", Code: absent, Source: docRule, Kinds: "cloudwatch.eventRule cloudwatch.eventTarget", On: Create, Check: func(r *Request) string {
		bus := r.New.Str("eventBusName")
		if bus == "" || bus == "default" || strings.HasPrefix(bus, "aws.partner/") || strings.HasPrefix(bus, "arn:") {
			return ""
		}
		if r.Find("cloudwatch.eventBus", bus) == nil {
			return say("Event bus %s does not exist.", bus)
		}
		return ""
	}},
	{ID: "event-target-arn", Code: refused, Source: docTargets, Kinds: "cloudwatch.eventTarget", On: Write, Check: func(r *Request) string {
		if a := r.New.Str("arn"); !strings.HasPrefix(a, "arn:") || r.unknownTarget(a) {
			return say("Parameter %s is not valid. Reason: Provided Arn is not in correct format, or names nothing.", a)
		}
		return ""
	}},
	{ID: "event-targets", Code: "LimitExceededException", Source: "Amazon EventBridge User Guide: Amazon EventBridge quotas", Kinds: "cloudwatch.eventTarget", On: Create, Check: func(r *Request) string {
		n := 0
		for _, t := range r.All("cloudwatch.eventTarget") {
			if same(t.Props, r.New, "rule", "eventBusName") {
				n++
			}
		}
		if n >= 5 {
			return say("The requested resource exceeds the maximum number allowed: 5 targets of the rule %s", r.New.Str("rule"))
		}
		return ""
	}},
	{ID: "event-target-role", Code: refused, Source: docTargets, Kinds: "cloudwatch.eventTarget", On: Write, Check: func(r *Request) string {
		a, _ := parseARN(r.New.Str("arn"))
		if oneOf(a.service, "ecs states batch kinesis firehose codebuild codepipeline ssm") && !r.New.Has("roleArn") {
			return say("RoleArn is required for target %s.", r.New.Str("arn"))
		}
		return ""
	}},
	assumable("event-target-role-trust", "cloudwatch.eventTarget", "roleArn", "events.amazonaws.com", refused, docTargets,
		"Provided role '%s' cannot be assumed by principal 'events.amazonaws.com'."),
	{ID: "event-target-input", Code: refused, Source: docTargets, Kinds: "cloudwatch.eventTarget", On: Write, Check: func(r *Request) string {
		n := 0
		for _, p := range []string{"input", "inputPath", "inputTransformer"} {
			if r.New.Has(p) {
				n++
			}
		}
		switch {
		case n > 1:
			return "Only one of Input, InputPath, or InputTransformer must be provided."
		case r.New.Has("input") && !json.Valid([]byte(r.New.Str("input"))):
			return "JSON syntax error in input for target"
		case !within(r.New, "retryPolicy.maximumRetryAttempts", 0, 185) || r.New.Has("retryPolicy.maximumEventAgeInSeconds") && r.New.Int("retryPolicy.maximumEventAgeInSeconds") != 0 && !within(r.New, "retryPolicy.maximumEventAgeInSeconds", 60, 86400):
			return "A retry policy has up to 185 attempts and an age between 60 and 86400 seconds."
		}
		return ""
	}},
	{ID: "event-target-queue", Code: refused, Source: docTargets, Kinds: "cloudwatch.eventTarget", On: Write, Check: func(r *Request) string {
		if dead := r.New.Str("deadLetterConfig.arn"); dead != "" && (r.unknownTarget(dead) || strings.HasSuffix(dead, ".fifo")) {
			return say("The dead-letter queue %s must be an existing standard queue", dead)
		}
		if a := r.New.Str("arn"); strings.Contains(a, ":sqs:") && strings.HasSuffix(a, ".fifo") != r.New.Has("sqsTarget.messageGroupId") {
			return "Parameter(s) SqsParameters must be specified for FIFO queues, and for them only"
		}
		return ""
	}},
}

var scheduleRules = []Rule{
	{ID: "schedule-name", Code: refused, Source: "EventBridge Scheduler API Reference: CreateSchedule", Kinds: "scheduler.schedule scheduler.scheduleGroup", On: Create, Check: func(r *Request) string {
		if name := r.New.Str("name"); !eventName.MatchString(name) {
			return say("Value '%s' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: [0-9a-zA-Z-_.]+", name)
		}
		return ""
	}},
	{ID: "schedule-taken", Code: "ConflictException", Source: "EventBridge Scheduler API Reference: CreateSchedule", Kinds: "scheduler.schedule scheduler.scheduleGroup", On: Create, Check: func(r *Request) string {
		for _, s := range r.All(r.Kind) {
			if same(s.Props, r.New, "name") && scheduleGroup(s.Props) == scheduleGroup(r.New) {
				return say("Schedule %s already exists.", r.New.Str("name"))
			}
		}
		return ""
	}},
	{ID: "schedule-expression", Code: refused, Source: docScheduler, Kinds: "scheduler.schedule", On: Write, Check: func(r *Request) string {
		if s := r.New.Str("scheduleExpression"); !validEventSchedule(s, false) {
			return say("Invalid Schedule Expression %s.", s)
		}
		if z := r.New.Str("scheduleExpressionTimezone"); z != "" && !zonePattern.MatchString(z) {
			return say("Invalid Schedule Expression Timezone %s.", z)
		}
		return ""
	}},
	{ID: "schedule-window", Code: refused, Source: "EventBridge Scheduler User Guide: Configuring flexible time windows in EventBridge Scheduler", Kinds: "scheduler.schedule", On: Write, Check: func(r *Request) string {
		mode, n := r.New.Str("flexibleTimeWindow.mode"), r.New.Int("flexibleTimeWindow.maximumWindowInMinutes")
		if mode == "OFF" && n == 0 || mode == "FLEXIBLE" && n >= 1 && n <= 1440 {
			return ""
		}
		return say("The flexible time window must be OFF, or FLEXIBLE with 1 to 1440 minutes (%s, %d)", mode, n)
	}},
	{ID: "schedule-group", Code: absent, Source: "EventBridge Scheduler User Guide: Managing a schedule group in EventBridge Scheduler", Kinds: "scheduler.schedule", On: Create, Check: func(r *Request) string {
		if g := scheduleGroup(r.New); g != "default" && r.By("scheduler.scheduleGroup", "name", g) == nil {
			return say("Schedule group %s does not exist.", g)
		}
		return ""
	}},
	exists("scheduler.schedule", "target.roleArn", "iam.role", "arn", refused, "EventBridge Scheduler User Guide: Setting up Amazon EventBridge Scheduler"),
	assumable("schedule-role-trust", "scheduler.schedule", "target.roleArn", "scheduler.amazonaws.com", refused, "EventBridge Scheduler User Guide: Setting up Amazon EventBridge Scheduler",
		"The execution role you provide must allow AWS EventBridge Scheduler to assume the role. (%s)"),
	{ID: "schedule-target", Code: refused, Source: "EventBridge Scheduler User Guide: Managing targets in EventBridge Scheduler", Kinds: "scheduler.schedule", On: Write, Check: func(r *Request) string {
		target := r.New.Str("target.arn")
		a, ok := parseARN(target)
		switch {
		case !ok || a.service != "scheduler" && r.unknownTarget(target):
			return say("Provided Arn is not in correct format, or names nothing: %s", target)
		case strings.HasSuffix(target, ".fifo") != r.New.Has("target.sqsParameters.messageGroupId"):
			return "A message group ID is needed for a FIFO queue, and for it only"
		case !within(r.New, "target.retryPolicy.maximumRetryAttempts", 0, 185) || !within(r.New, "target.retryPolicy.maximumEventAgeInSeconds", 60, 86400):
			return "A retry policy has up to 185 attempts and an age between 60 and 86400 seconds."
		}
		return ""
	}},
}

func scheduleGroup(schedule Obj) string {
	if g := schedule.Str("groupName"); g != "" {
		return g
	}
	return "default"
}

// validEventSchedule judges a rate, at or cron expression. Rules are strict about "1 hour" and "2 hours", Scheduler is not.
func validEventSchedule(s string, strict bool) bool {
	if m := ratePattern.FindStringSubmatch(s); m != nil {
		return m[1] != "0" && (!strict || (m[1] == "1") != strings.HasSuffix(m[2], "s"))
	}
	if m := cronPattern.FindStringSubmatch(s); m != nil {
		return validEventCron(m[1])
	}
	return atPattern.MatchString(s)
}

// validEventCron judges the six fields of EventBridge: one of day of month and day of week must be "?".
func validEventCron(s string) bool {
	fields := strings.Fields(s)
	if len(fields) != 6 || (fields[2] == "?") == (fields[4] == "?") {
		return false
	}
	for i, field := range fields {
		for _, part := range strings.Split(field, ",") {
			switch {
			case part == "?" && (i == 2 || i == 4), part == "L" && (i == 2 || i == 4):
				continue
			case i == 2:
				part = strings.TrimSuffix(part, "W")
			case i == 4:
				day, _, _ := strings.Cut(part, "#")
				part = strings.TrimSuffix(day, "L")
			}
			if !validEventCronPart(part, cronCalendar[i].low, cronCalendar[i].high, cronCalendar[i].names) {
				return false
			}
		}
	}
	return true
}

func validEventCronPart(part string, low, high int, names string) bool {
	span, step, stepped := strings.Cut(part, "/")
	if stepped {
		if n, ok := number(step); !ok || n < 1 {
			return false
		}
	}
	if span == "*" {
		return true
	}
	for _, end := range strings.SplitN(span, "-", 2) {
		n, ok := number(end)
		if !ok && oneOf(strings.ToUpper(end), names) {
			continue
		}
		if !ok || n < low || n > high {
			return false
		}
	}
	return true
}

// patternProblem says what is wrong with an event pattern: every leaf is a list of what matches.
func patternProblem(v map[string]any) string {
	for key, value := range v {
		switch value := value.(type) {
		case map[string]any:
			if wrong := patternProblem(value); wrong != "" {
				return wrong
			}
		case []any:
			if len(value) == 0 {
				return "Empty arrays are not allowed (" + key + ")"
			}
		default:
			return "\"" + key + "\" must be an object or an array"
		}
	}
	return ""
}
