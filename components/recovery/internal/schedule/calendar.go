package schedule

import "time"

const (
	hour = 60
	day  = 24 * hour
	week = 7 * day
)

// The calendar comes again after 28 years, until 2100: every date has then met every
// weekday.
const cycle = 28*365 + 7

var cycleStart = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)

// on reports whether a schedule by the calendar has a time on a date.
func (s *Schedule) on(date time.Time) bool {
	if !s.months.has(int(date.Month())) {
		return false
	}
	last := time.Date(date.Year(), date.Month()+1, 0, 0, 0, 0, 0, time.UTC).Day()
	weekday := int(date.Weekday()) + 1
	if s.byWeekday {
		return s.weekdays.on(date.Day(), weekday, last)
	}
	return s.monthDays.on(date.Day(), weekday, last)
}

func (m *monthDays) on(d, weekday, last int) bool {
	if m.plain.has(d) || m.last && d == last {
		return true
	}
	weekdayOf := func(other int) int { return ((weekday-1+other-d)%7+7)%7 + 1 }
	if m.lastWorkday && d == workday(last, weekdayOf(last), last) {
		return true
	}
	for target := range last + 1 {
		if m.nearest.has(target) && d == workday(target, weekdayOf(target), last) {
			return true
		}
	}
	return false
}

// workday is the workday nearest to a day, in the same month.
func workday(d, weekday, last int) int {
	switch {
	case weekday == saturday && d > 1:
		return d - 1
	case weekday == saturday:
		return d + 2
	case weekday == 1 && d < last:
		return d + 1
	case weekday == 1:
		return d - 2
	}
	return d
}

func (w *weekdays) on(d, weekday, last int) bool {
	return w.plain.has(weekday) || w.lasts.has(weekday) && d+7 > last || w.nth[(d-1)/7+1].has(weekday)
}

// LongestGap is the longest time between two times that follow each other. It reports
// false for a schedule that never comes, such as on the 30th of February.
func (s *Schedule) LongestGap() (time.Duration, bool) {
	if s.Every > 0 {
		return s.Every, true
	}
	first, last, apart := -1, -1, 0
	for i := range cycle {
		if !s.on(cycleStart.AddDate(0, 0, i)) {
			continue
		}
		if last < 0 {
			first = i
		} else {
			apart = max(apart, i-last)
		}
		last = i
	}
	if last < 0 {
		return 0, false
	}
	apart = max(apart, first+cycle-last)
	times := s.timesOfDay()
	longest := apart*day - times[len(times)-1] + times[0] // from one day to the next that has any
	for i := 1; i < len(times); i++ {
		longest = max(longest, times[i]-times[i-1])
	}
	return time.Duration(longest) * time.Minute, true
}

// OftenerThanHourly reports whether two times can be less than an hour apart.
func (s *Schedule) OftenerThanHourly() bool {
	gap := time.Hour
	if s.Every > 0 {
		gap = s.Every
	}
	for i, times := 1, s.timesOfDay(); i < len(times); i++ {
		gap = min(gap, time.Duration(times[i]-times[i-1])*time.Minute)
	}
	return gap < time.Hour
}

// timesOfDay are its minutes of a day, in order.
func (s *Schedule) timesOfDay() []int {
	var times []int
	for h := range 24 {
		for m := range hour {
			if s.hours.has(h) && s.minutes.has(m) {
				times = append(times, h*hour+m)
			}
		}
	}
	return times
}

// TimesOfWeek are the minutes of a week that begins on Monday at which a schedule by the
// calendar comes in some week or other, in order.
func (s *Schedule) TimesOfWeek() []int {
	var days [7]bool
	for i := range cycle {
		if date := cycleStart.AddDate(0, 0, i); s.on(date) {
			days[(int(date.Weekday())+6)%7] = true
		}
	}
	var times []int
	for d, on := range days {
		if on {
			for _, t := range s.timesOfDay() {
				times = append(times, d*day+t)
			}
		}
	}
	return times
}
