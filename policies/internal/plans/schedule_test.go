package plans

import (
	"testing"
	"time"
)

func TestInterval(t *testing.T) {
	const day = 24 * time.Hour
	for schedule, want := range map[string]time.Duration{
		"rate(12 hours)": 12 * time.Hour, "rate(1 day)": day, "rate(30 minutes)": 30 * time.Minute,
		"cron(0 3 * * ? *)": day, "cron(0/15 * * * ? *)": 15 * time.Minute, "cron(0 */6 ? * * *)": 6 * time.Hour, "cron(30 1,13 * * ? *)": 12 * time.Hour,
		"cron(0 8-18 ? * MON-FRI *)": 2*day + 14*time.Hour, "cron(0 3 ? * SUN *)": 7 * day, "cron(0 3 ? * 1 *)": 7 * day, "cron(0 3 1 * ? *)": 31 * day,
		"cron(0 3 1 1/3 ? *)": 92 * day, "cron(0 3 1 JAN ? *)": 366 * day, "cron(0 3 29 2 ? *)": 1461 * day, "cron(0,50 3 * * ? *)": day - 50*time.Minute,
		"cron(0 0,20 * * ? *)": 20 * time.Hour,
	} {
		if got, ok := Interval(schedule); !ok || got != want {
			t.Errorf("%s: %v %v, want %v", schedule, got, ok, want)
		}
	}
	for _, schedule := range []string{
		"", "cron()", "rate(0 hours)", "rate(x hours)", "rate(1 week)", "rate(9999999999 days)", "cron(0 3 L * ? *)", "cron(0 3 ? * MON#1 *)", "cron(0 3 * * ? 2030)",
		"cron(60 3 * * ? *)", "cron(0 3 31 2 ? *)", "cron(0 3 * * ?)", "cron(0/0 3 * * ? *)", "cron(0 5-2 * * ? *)", "cron(0/x 3 * * ? *)", "every day", "at(2026-01-01T00:00:00)",
	} {
		if got, ok := Interval(schedule); ok {
			t.Errorf("%s is read as %v", schedule, got)
		}
	}
}

func FuzzInterval(f *testing.F) {
	f.Add("cron(0 3 * * ? *)")
	f.Add("cron(0/9223372036854775807 1-2,3 ? JAN/2 mon *)")
	f.Add("rate(5 minutes)")
	f.Fuzz(func(t *testing.T, schedule string) {
		if longest, ok := Interval(schedule); ok && longest <= 0 {
			t.Errorf("%q runs every %v", schedule, longest)
		}
	})
}
