package recovery

import (
	"fmt"

	"github.com/plinth-iac/plinth/components/internal/base"
	"github.com/plinth-iac/plinth/components/internal/datastore"
	"github.com/plinth-iac/plinth/components/recovery/internal/schedule"
)

const (
	day  = 24 * 60
	week = 7 * day

	// A database refuses snapshots within this many minutes before its windows.
	closed = 60
)

// Conflicts says which rules would start backups of a database while it refuses them:
// within the hour before and during its backup window, such as "03:00-04:00", and its
// maintenance window, such as "sun:04:30-sun:05:30", both UTC. AWS may start a backup at
// any time of a rule's start window. Aurora refuses nothing, and for a Continuous rule
// AWS Backup moves the windows itself. A window that is "" is left out.
func (a *PlanArgs) Conflicts(backupWindow, maintenanceWindow string) []string {
	var found []string
	rules := base.CopyOf(a).withDefaults("").Rules
	for _, w := range []struct {
		field, text string
		parse       func(string) (datastore.Window, bool)
		period      int
	}{
		{"backupWindow", backupWindow, datastore.ParseDaily, day},
		{"maintenanceWindow", maintenanceWindow, datastore.ParseWeekly, week},
	} {
		if w.text == "" {
			continue
		}
		window, ok := w.parse(w.text)
		if !ok {
			found = append(found, fmt.Sprintf("%s %q cannot be read", w.field, w.text))
			continue
		}
		for _, key := range base.SortedKeys(rules) {
			if rules[key].startsWithin(window.Start-closed, window.Length+closed, w.period) {
				found = append(found, fmt.Sprintf("rule %s, %s with a start window of %d minutes, can start in the hour before or in the %s %s",
					key, rules[key].Schedule, rules[key].StartWindowMinutes, w.field, w.text))
			}
		}
	}
	return found
}

// startsWithin reports whether a backup can start in a stretch of minutes that comes
// again with a period.
func (r RuleArgs) startsWithin(from, length, period int) bool {
	s, err := schedule.Parse(r.Schedule)
	switch {
	case err != nil || r.Continuous:
		return false
	case s.Every > 0:
		return true // at a rate, backups start at any time of the day
	}
	for _, start := range s.TimesOfWeek() {
		// The distance from either beginning to the other, around the period.
		if mod(start-from, period) < length || mod(from-start, period) < r.StartWindowMinutes {
			return true
		}
	}
	return false
}

func mod(a, n int) int { return (a%n + n) % n }
