package datastore

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/plinth-iac/plinth/components/fielderr"
)

const (
	hour = 60
	day  = 24 * hour
	week = 7 * day

	// The least length of a maintenance window, and what it must stay below.
	maintenanceLeast = 30
	maintenanceMost  = day
)

var (
	dailyForm  = regexp.MustCompile(`^([01][0-9]|2[0-3]):([0-5][0-9])-([01][0-9]|2[0-3]):([0-5][0-9])$`)
	weeklyForm = regexp.MustCompile(`^(mon|tue|wed|thu|fri|sat|sun):([01][0-9]|2[0-3]):([0-5][0-9])-(mon|tue|wed|thu|fri|sat|sun):([01][0-9]|2[0-3]):([0-5][0-9])$`)
	weekdays   = strings.Fields("mon tue wed thu fri sat sun")
)

// Window is a stretch of time that comes again, in minutes of its period. A daily window
// starts within a day, a weekly one within a week that begins on Monday; it may end in
// the next period.
type Window struct {
	Start, Length, period int
}

// ParseDaily reads a window such as "03:00-04:00", UTC.
func ParseDaily(text string) (Window, bool) {
	m := dailyForm.FindStringSubmatch(text)
	if m == nil {
		return Window{}, false
	}
	return between(minutes(m[1], m[2]), minutes(m[3], m[4]), day), true
}

// ParseWeekly reads a window such as "sun:04:30-sun:05:30", UTC.
func ParseWeekly(text string) (Window, bool) {
	m := weeklyForm.FindStringSubmatch(text)
	if m == nil {
		return Window{}, false
	}
	from := slices.Index(weekdays, m[1])*day + minutes(m[2], m[3])
	to := slices.Index(weekdays, m[4])*day + minutes(m[5], m[6])
	return between(from, to, week), true
}

// Overlaps reports whether two windows have a minute in common on any day of the week.
func (w Window) Overlaps(other Window) bool {
	if w.Length == 0 || other.Length == 0 {
		return false
	}
	for start := w.Start; start < week; start += w.period {
		for began := other.Start; began < week; began += other.period {
			// The distance from either start to the other, around the week.
			if mod(began-start, week) < w.Length || mod(start-began, week) < other.Length {
				return true
			}
		}
	}
	return false
}

// CheckWindows checks the fields backupWindow, at least leastBackupMinutes long, and
// maintenanceWindow, and that the two do not meet: AWS refuses them otherwise.
func CheckWindows(errs *fielderr.List, backup, maintenance string, leastBackupMinutes int) {
	b, backupOk := ParseDaily(backup)
	if !backupOk {
		errs.Invalid("backupWindow", backup, `must be a time of day such as "03:00-04:00", UTC`)
	} else if b.Length < leastBackupMinutes {
		errs.Invalid("backupWindow", backup, "must be %d minutes or longer", leastBackupMinutes)
	}
	m, maintenanceOk := ParseWeekly(maintenance)
	if !maintenanceOk {
		errs.Invalid("maintenanceWindow", maintenance, `must be a time of the week such as "sun:04:30-sun:05:30", UTC`)
	} else if m.Length < maintenanceLeast || m.Length >= maintenanceMost {
		errs.Invalid("maintenanceWindow", maintenance, "must be %d minutes or longer, and shorter than a day", maintenanceLeast)
	}
	if backupOk && maintenanceOk && b.Overlaps(m) {
		errs.Conflict("backupWindow", "maintenanceWindow", "the two must not overlap: "+backup+" and "+maintenance)
	}
}

func between(from, to, period int) Window { return Window{from, mod(to-from, period), period} }

func minutes(hours, rest string) int {
	h, _ := strconv.Atoi(hours) // digits by the form
	m, _ := strconv.Atoi(rest)
	return h*hour + m
}

func mod(a, n int) int { return (a%n + n) % n }
