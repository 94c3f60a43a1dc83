package aws

import (
	"regexp"
	"strings"
)

const (
	docLogs  = "Amazon CloudWatch Logs API Reference: CreateLogGroup"
	docAlarm = "Amazon CloudWatch API Reference: PutMetricAlarm"
)

var retentions = map[int]bool{0: true, 1: true, 3: true, 5: true, 7: true, 14: true, 30: true, 60: true, 90: true, 120: true, 150: true, 180: true, 365: true, 400: true, 545: true, 731: true,
	1096: true, 1827: true, 2192: true, 2557: true, 2922: true, 3288: true, 3653: true}

var logName = regexp.MustCompile(`^[.\-_/#A-Za-z0-9]{1,512}$`)

var observabilityRules = []Rule{
	{ID: "log-group-name", Code: "InvalidParameterException", Source: docLogs, Kinds: "cloudwatch.logGroup", On: Create, Check: func(r *Request) string {
		name := r.New.Str("name")
		if !logName.MatchString(name) || strings.HasPrefix(name, "aws/") {
			return say("Value '%s' at 'logGroupName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\.\\-_/#A-Za-z0-9]+", name)
		}
		return ""
	}},
	{ID: "log-group-taken", Code: "ResourceAlreadyExistsException", Source: docLogs, Kinds: "cloudwatch.logGroup", On: Create, Check: func(r *Request) string {
		if r.Find("cloudwatch.logGroup", r.New.Str("name")) != nil {
			return "The specified log group already exists (" + r.New.Str("name") + ")"
		}
		return ""
	}},
	{ID: "log-group-retention", Code: "InvalidParameterException", Source: "Amazon CloudWatch Logs API Reference: PutRetentionPolicy", Kinds: "cloudwatch.logGroup", On: Write, Check: func(r *Request) string {
		if d := r.New.Int("retentionInDays"); !retentions[d] {
			return say("RetentionInDays %d is not one of the possible values", d)
		}
		return ""
	}},
	{ID: "log-policy-document", Code: "InvalidParameterException", Source: "Amazon CloudWatch Logs API Reference: PutResourcePolicy", Kinds: "cloudwatch.logResourcePolicy", On: Write, Check: func(r *Request) string {
		if len(r.New.Str("policyDocument")) > 5120 {
			return "The policy document exceeds 5120 characters."
		}
		return policyProblem(r.New.Str("policyDocument"), resourcePolicy)
	}},
	{ID: "alarm-name", Code: "ValidationError", Source: docAlarm, Kinds: "cloudwatch.metricAlarm", On: Create, Check: func(r *Request) string {
		if r.Find("cloudwatch.metricAlarm", r.New.Str("name")) != nil {
			return say("An alarm named %s already exists and would be overwritten", r.New.Str("name"))
		}
		if len(r.New.Str("name")) > 255 {
			return "Alarm names can have at most 255 characters"
		}
		return ""
	}},
	{ID: "alarm-metric", Code: "ValidationError", Source: docAlarm, Kinds: "cloudwatch.metricAlarm", On: Write, Check: func(r *Request) string {
		if r.New.Has("metricQueries") == r.New.Has("metricName") {
			return "An alarm needs either a metric name or metric queries"
		}
		if r.New.Has("metricName") && (!r.New.Has("namespace") || !r.New.Has("period") || !r.New.Has("statistic") && !r.New.Has("extendedStatistic")) {
			return "An alarm on a metric needs a namespace, a period and a statistic"
		}
		return ""
	}},
	{ID: "alarm-operator", Code: "ValidationError", Source: docAlarm, Kinds: "cloudwatch.metricAlarm", On: Write, Check: func(r *Request) string {
		o, s, m := r.New.Str("comparisonOperator"), r.New.Str("statistic"), r.New.Str("treatMissingData")
		switch {
		case !oneOf(o, "GreaterThanOrEqualToThreshold GreaterThanThreshold LessThanThreshold LessThanOrEqualToThreshold LessThanLowerOrGreaterThanUpperThreshold LessThanLowerThreshold GreaterThanUpperThreshold"):
			return say("Comparison operator '%s' is not valid", o)
		case s != "" && !oneOf(s, "SampleCount Average Sum Minimum Maximum"):
			return say("Statistic '%s' is not valid", s)
		case m != "" && !oneOf(m, "missing ignore breaching notBreaching"):
			return say("treatMissingData '%s' is not valid", m)
		}
		return ""
	}},
	{ID: "alarm-period", Code: "ValidationError", Source: docAlarm, Kinds: "cloudwatch.metricAlarm", On: Write, Check: func(r *Request) string {
		p, n := r.New.Int("period"), r.New.Int("evaluationPeriods")
		switch {
		case n < 1:
			return "evaluationPeriods must be 1 or more"
		case p != 0 && p != 10 && p != 20 && p != 30 && p%60 != 0:
			return say("The period must be 10, 20, 30 or a multiple of 60 (%d)", p)
		case p >= 3600 && p*n > 604800, p < 3600 && p*n > 86400:
			return "Metrics cannot be checked across more than a day (or a week, from periods of an hour on)"
		case r.New.Int("datapointsToAlarm") > n:
			return "datapointsToAlarm must not be more than evaluationPeriods"
		}
		return ""
	}},
	{ID: "alarm-actions", Code: "ValidationError", Source: docAlarm, Kinds: "cloudwatch.metricAlarm", On: Write, Check: func(r *Request) string {
		for _, key := range []string{"alarmActions", "okActions", "insufficientDataActions"} {
			list := r.New.Strs(key)
			if len(list) > 5 {
				return say("%s can hold at most 5 actions", key)
			}
			for _, text := range list {
				a, ok := parseARN(text)
				switch {
				case !ok:
					return say("Invalid action: %q is not an ARN", text)
				case a.region != "" && a.region != r.Region && !oneOf(a.service, "automate"):
					return say("Invalid region %s specified. Only %s is supported.", a.region, r.Region)
				case a.service == "autoscaling" && r.ByARN("autoscaling.policy", text) == nil:
					return say("The scaling policy %s does not exist", text)
				}
			}
		}
		return ""
	}},
}
