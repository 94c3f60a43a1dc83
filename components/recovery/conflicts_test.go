package recovery

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func rules(of map[string]string) *PlanArgs {
	a := &PlanArgs{Rules: map[string]RuleArgs{}}
	for key, schedule := range of {
		a.Rules[key] = RuleArgs{Schedule: schedule}
	}
	return a
}

func TestConflictsNameTheRuleAndTheWindow(t *testing.T) {
	require.Empty(t, (&PlanArgs{}).Conflicts("02:00-03:00", "sun:03:30-sun:04:30"), "the databases' defaults")
	require.Empty(t, (&PlanArgs{}).Conflicts("", ""))
	require.Equal(t, []string{
		"rule daily, cron(0 5 * * ? *) with a start window of 60 minutes, can start in the hour before or in the backupWindow 06:30-07:00",
		"rule daily, cron(0 5 * * ? *) with a start window of 60 minutes, can start in the hour before or in the maintenanceWindow sun:04:30-sun:05:30",
	}, (&PlanArgs{}).Conflicts("06:30-07:00", "sun:04:30-sun:05:30"))
	require.Equal(t, []string{`backupWindow "3-4" cannot be read`, `maintenanceWindow "Sunday" cannot be read`}, (&PlanArgs{}).Conflicts("3-4", "Sunday"))
}

func TestTheHourBeforeAWindowAndTheStartWindowCount(t *testing.T) {
	for _, c := range []struct {
		schedule, backup, maintenance string
		conflicts                     int
	}{
		{"cron(0 5 * * ? *)", "07:00-08:00", "", 0}, // starts until 06:00 at the latest
		{"cron(1 5 * * ? *)", "07:00-08:00", "", 1},
		{"cron(0 8 * * ? *)", "07:00-08:00", "", 0},
		{"cron(59 7 * * ? *)", "07:00-08:00", "", 1},
		{"cron(0 23 * * ? *)", "00:30-01:30", "", 1}, // over midnight
		{"cron(0 22 * * ? *)", "00:30-01:30", "", 0},
		{"cron(0 5 ? * MON *)", "", "sun:05:00-sun:06:00", 0},
		{"cron(0 5 ? * MON *)", "", "mon:05:00-mon:06:00", 1},
		{"cron(0 23 ? * SUN *)", "", "mon:00:00-mon:01:00", 1}, // over the end of the week
		{"cron(0 5 1 * ? *)", "", "wed:05:00-wed:06:00", 1},    // the first is a Wednesday at times
		{"rate(1 day)", "07:00-08:00", "wed:05:00-wed:06:00", 2},
		{"not a schedule", "07:00-08:00", "wed:05:00-wed:06:00", 0}, // which the plan itself refuses
	} {
		require.Len(t, rules(map[string]string{"r": c.schedule}).Conflicts(c.backup, c.maintenance), c.conflicts, c)
	}
	continuous := &PlanArgs{Rules: map[string]RuleArgs{"pitr": {Continuous: true}}}
	require.Empty(t, continuous.Conflicts("05:00-06:00", "sun:05:00-sun:06:00"))
}

// A conflict is a minute at which a backup can start and that a window closes.
func TestAConflictIsAMinuteInBoth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		start := rapid.IntRange(0, day-1).Draw(t, "start")
		window := rapid.IntRange(60, 300).Draw(t, "start window")
		from, length := rapid.IntRange(0, day-1).Draw(t, "from"), rapid.IntRange(1, 180).Draw(t, "length")
		want := false
		for minute := range window {
			want = want || mod(start+minute-(from-closed), day) < length+closed
		}
		a := &PlanArgs{Rules: map[string]RuleArgs{"r": {Schedule: fmt.Sprintf("cron(%d %d * * ? *)", start%60, start/60), StartWindowMinutes: window}}}
		to := (from + length) % day
		text := fmt.Sprintf("%02d:%02d-%02d:%02d", from/60, from%60, to/60, to%60)
		require.Equal(t, want, len(a.Conflicts(text, "")) == 1, text)
	})
}
