package kube

import (
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // time zones are judged the same on every machine
)

var batchRules = []Rule{
	{ID: "job-numbers", Source: "Jobs", Kinds: "Job CronJob", Check: func(r *request) {
		s, at := r.new.sub("spec"), "spec"
		if r.kind.Kind == "CronJob" {
			s, at = r.new.sub("spec.jobTemplate.spec"), "spec.jobTemplate.spec"
		}
		r.notNegative(s, at, "parallelism", "completions", "backoffLimit", "activeDeadlineSeconds", "ttlSecondsAfterFinished")
	}},
	{ID: "job-completion-mode", Source: "Jobs: Completion mode", Kinds: "Job", Check: ofSpec(func(r *request, s tree) {
		r.oneOf(s, "spec", "completionMode", "NonIndexed", "Indexed")
		if s.str("completionMode") == "Indexed" && !s.has("completions") {
			r.fail("spec.completions", requiredValue, nil, "when completion mode is Indexed")
		}
	})},
	{ID: "cronjob-schedule", Source: "CronJob: Schedule syntax", Kinds: "CronJob", Check: ofSpec(func(r *request, s tree) {
		schedule, ok := s["schedule"].(string)
		if !ok {
			return
		}
		if schedule == "" {
			r.fail("spec.schedule", requiredValue, nil, "")
			return
		}
		if strings.Contains(schedule, "TZ") {
			r.invalid("spec.schedule", schedule, "cannot use TZ or CRON_TZ in schedule, use timeZone field instead")
			return
		}
		if problem := cron(schedule); problem != "" {
			r.invalid("spec.schedule", schedule, "%s", problem)
		}
	})},
	{ID: "cronjob-concurrency-policy", Source: "CronJob: Concurrency policy", Kinds: "CronJob", Check: ofSpec(func(r *request, s tree) {
		r.oneOf(s, "spec", "concurrencyPolicy", "Allow", "Forbid", "Replace")
	})},
	{ID: "cronjob-numbers", Source: "CronJob: Jobs history limits", Kinds: "CronJob", Check: ofSpec(func(r *request, s tree) {
		r.notNegative(s, "spec", "startingDeadlineSeconds", "successfulJobsHistoryLimit", "failedJobsHistoryLimit")
	})},
	{ID: "cronjob-time-zone", Source: "CronJob: Time zones", Kinds: "CronJob", Check: ofSpec(func(r *request, s tree) {
		zone, ok := s["timeZone"].(string)
		if !ok {
			return
		}
		if zone == "" {
			r.invalid("spec.timeZone", zone, "timeZone must be nil or non-empty string")
		} else if strings.EqualFold(zone, "Local") {
			r.invalid("spec.timeZone", zone, "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones")
		} else if _, err := time.LoadLocation(zone); err != nil {
			r.invalid("spec.timeZone", zone, "%s", err)
		}
	})},
}

var (
	months = []string{"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}
	days   = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}
	macros = map[string]bool{"@yearly": true, "@annually": true, "@monthly": true, "@weekly": true, "@daily": true, "@midnight": true, "@hourly": true}
)

// cron says what is wrong with a schedule, or "".
func cron(schedule string) string {
	if every, ok := strings.CutPrefix(schedule, "@every "); ok {
		if _, err := time.ParseDuration(every); err != nil {
			return "failed to parse duration " + schedule + ": " + err.Error()
		}
		return ""
	}
	if strings.HasPrefix(schedule, "@") {
		if !macros[schedule] {
			return "unrecognized descriptor: " + schedule
		}
		return ""
	}
	fields := strings.Fields(schedule)
	if len(fields) != 5 {
		return say("expected exactly 5 fields, found %d: [%s]", len(fields), strings.Join(fields, " "))
	}
	bounds := []struct {
		low, high int
		names     []string
	}{{0, 59, nil}, {0, 23, nil}, {1, 31, nil}, {1, 12, months}, {0, 6, days}}
	for i, field := range fields {
		for _, part := range strings.Split(field, ",") {
			if problem := cronPart(part, bounds[i].low, bounds[i].high, bounds[i].names); problem != "" {
				return problem
			}
		}
	}
	return ""
}

func cronPart(part string, low, high int, names []string) string {
	span, step, stepped := strings.Cut(part, "/")
	if stepped {
		if n, err := strconv.Atoi(step); err != nil {
			return say("failed to parse int from %s: %v", step, err)
		} else if n == 0 {
			return "step of range should be a positive number: " + part
		}
	}
	if span == "*" || span == "?" {
		return ""
	}
	from, to, ranged := strings.Cut(span, "-")
	first, problem := cronNumber(from, low, names)
	if problem != "" {
		return problem
	}
	last := first
	if ranged {
		if last, problem = cronNumber(to, low, names); problem != "" {
			return problem
		}
	}
	switch {
	case first < low:
		return say("beginning of range (%d) below minimum (%d): %s", first, low, part)
	case last > high:
		return say("end of range (%d) above maximum (%d): %s", last, high, part)
	case first > last:
		return say("beginning of range (%d) beyond end of range (%d): %s", first, last, part)
	}
	return ""
}

func cronNumber(text string, low int, names []string) (int, string) {
	for i, name := range names {
		if strings.EqualFold(text, name) {
			return i + low, ""
		}
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0, say("failed to parse int from %s: %v", text, err)
	}
	if n < 0 {
		return 0, say("negative number (%d) not allowed: %s", n, text)
	}
	return n, ""
}
