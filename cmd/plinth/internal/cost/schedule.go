package cost

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/plinth-iac/plinth/policies/rule"
)

// step is how many machines a group has for a share of the week.
type step struct{ share, machines, most float64 }

const weekMinutes = 7 * 24 * 60

// week is how many machines a group has in the course of a week: schedules set how many
// are wanted. It reports false if one of them does not repeat weekly or daily.
func week(schedules []*rule.Resource, machines, most float64) ([]step, bool) {
	type event struct {
		minute         int
		machines, most float64
	}
	var events []event
	for _, s := range schedules {
		recurrence, _ := s.Get("recurrence").Text()
		minutes, ok := weekly(recurrence)
		wanted, limit := most, most
		if n, set := s.Get("maxSize").Number(); set && n >= 0 {
			limit = n
		}
		desired, hasDesired := s.Get("desiredCapacity").Number()
		least, hasLeast := s.Get("minSize").Number()
		switch {
		case hasDesired && desired >= 0:
			wanted = desired
		case hasLeast && least >= 0:
			wanted = least
		default:
			ok = false
		}
		if !ok {
			return []step{{1, machines, most}}, false
		}
		for _, m := range minutes {
			events = append(events, event{m, wanted, limit})
		}
	}
	if len(events) == 0 {
		return []step{{1, machines, most}}, true
	}
	slices.SortStableFunc(events, func(a, b event) int { return cmp.Compare(a.minute, b.minute) })
	var steps []step
	for i, at := range events {
		until := weekMinutes + events[0].minute
		if i+1 < len(events) {
			until = events[i+1].minute
		}
		steps = append(steps, step{float64(until-at.minute) / weekMinutes, at.machines, at.most})
	}
	return steps, true
}

var days = []string{"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"}

// weekly is the minutes of a week at which a cron expression fires, from Sunday midnight.
// It knows a fixed time on some days of the week; the zone does not matter for how long
// things run.
func weekly(expression string) ([]int, bool) {
	fields := strings.Fields(expression)
	if len(fields) != 5 || fields[2] != "*" || fields[3] != "*" {
		return nil, false
	}
	minute, errMinute := strconv.Atoi(fields[0])
	hour, errHour := strconv.Atoi(fields[1])
	if errMinute != nil || errHour != nil || minute < 0 || minute > 59 || hour < 0 || hour > 23 {
		return nil, false
	}
	on := map[int]bool{}
	for _, part := range strings.Split(fields[4], ",") {
		from, to, isRange := strings.Cut(part, "-")
		if part == "*" {
			from, to, isRange = "0", "6", true
		}
		if !isRange {
			to = from
		}
		first, okFirst := day(from)
		last, okLast := day(to)
		if !okFirst || !okLast {
			return nil, false
		}
		for d := first; ; d = (d + 1) % len(days) {
			on[d] = true
			if d == last {
				break
			}
		}
	}
	var minutes []int
	for d := range days {
		if on[d] {
			minutes = append(minutes, (d*24+hour)*60+minute)
		}
	}
	return minutes, true
}

// day is the number of a day of the week; Sunday is both 0 and 7.
func day(name string) (int, bool) {
	if at := slices.Index(days, strings.ToUpper(name)); at >= 0 {
		return at, true
	}
	n, err := strconv.Atoi(name)
	return n % len(days), err == nil && n >= 0 && n <= len(days)
}
