// Package schedule reads AWS's schedule expressions, as far as a plan of backups uses
// them, and says how far apart their times are.
package schedule

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Schedule is a set of times, in UTC: by the calendar or at a rate.
type Schedule struct {
	// Every is the distance of a rate, 0 for a schedule by the calendar.
	Every time.Duration

	minutes, hours, months set
	byWeekday              bool
	monthDays              monthDays
	weekdays               weekdays
}

// set is a set of numbers below 64.
type set uint64

func (s set) has(n int) bool { return n >= 0 && n < 64 && s&(1<<n) != 0 }
func (s *set) add(n int)     { *s |= 1 << n }

// monthDays are days by their number in the month.
type monthDays struct {
	plain             set
	last, lastWorkday bool // L, LW
	nearest           set  // 15W: the workday nearest to the 15th, in the same month
}

// weekdays are days by their name. Sunday is 1.
type weekdays struct {
	plain set
	lasts set    // 6L: the month's last Friday
	nth   [6]set // 2#1: the month's first Monday
}

var (
	rateForm = regexp.MustCompile(`^rate\(([1-9][0-9]{0,5}) (minute|hour|day)(s?)\)$`)
	cronForm = regexp.MustCompile(`^cron\(([^()]*)\)$`)
)

// field is one of a cron expression's, and what may stand in it.
type field struct {
	name        string
	least, most int
	names       []string // of the numbers from least on
}

var (
	minuteField = field{"minute", 0, 59, nil}
	hourField   = field{"hour", 0, 23, nil}
	dayField    = field{"day of month", 1, 31, nil}
	monthField  = field{"month", 1, 12, strings.Fields("JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC")}
	weekField   = field{"day of week", 1, 7, strings.Fields("SUN MON TUE WED THU FRI SAT")}
)

const saturday = 7

// Parse reads rate(6 hours) or AWS's cron of six fields, such as
// cron(0 5 ? * MON-FRI *): minute, hour, day of month, month, day of week and year.
func Parse(text string) (*Schedule, error) {
	if m := rateForm.FindStringSubmatch(text); m != nil {
		return parseRate(m[1], m[2], m[3])
	}
	m := cronForm.FindStringSubmatch(text)
	if m == nil {
		return nil, errors.New("must be cron(...) with six fields, or rate(...)")
	}
	fields := strings.Fields(m[1])
	if len(fields) != 6 {
		return nil, fmt.Errorf("has %d fields; it must be minute, hour, day of month, month, day of week and year", len(fields))
	}
	if fields[5] != "*" {
		return nil, errors.New("the year must be *: a plan that ends protects nothing")
	}
	if (fields[2] == "?") == (fields[4] == "?") {
		return nil, errors.New("exactly one of day of month and day of week must be ?")
	}
	s := &Schedule{byWeekday: fields[2] == "?"}
	plain := func(f field, into *set) func(string) error {
		return func(item string) error { return f.item(item, into) }
	}
	var err error
	each := func(f field, text string, read func(string) error) {
		for item := range strings.SplitSeq(strings.ToUpper(text), ",") {
			if wrong := read(item); wrong != nil && err == nil {
				err = fmt.Errorf("%s: %w", f.name, wrong)
			}
		}
	}
	each(minuteField, fields[0], plain(minuteField, &s.minutes))
	each(hourField, fields[1], plain(hourField, &s.hours))
	if !s.byWeekday {
		each(dayField, fields[2], s.monthDays.read)
	}
	each(monthField, fields[3], plain(monthField, &s.months))
	if s.byWeekday {
		each(weekField, fields[4], s.weekdays.read)
	}
	if err != nil {
		return nil, err
	}
	return s, nil
}

func parseRate(number, unit, plural string) (*Schedule, error) {
	n, err := strconv.Atoi(number)
	if err != nil {
		return nil, err
	}
	if (n == 1) != (plural == "") {
		return nil, errors.New("the unit must agree with the number, as in 1 day and 2 days")
	}
	return &Schedule{Every: time.Duration(n) * map[string]time.Duration{"minute": time.Minute, "hour": time.Hour, "day": 24 * time.Hour}[unit]}, nil
}

// item reads *, a value or a range, each with an optional step, into a set.
func (f field) item(text string, into *set) error {
	span, stepText, stepped := strings.Cut(text, "/")
	step := 1
	if stepped {
		n, ok := number(stepText)
		if !ok || n < 1 || n > f.most {
			return fmt.Errorf("step %q must be 1 to %d", stepText, f.most)
		}
		step = n
	}
	from, to := f.least, f.most
	if span != "*" {
		first, last, ranged := strings.Cut(span, "-")
		var err error
		if from, err = f.value(first); err != nil {
			return err
		}
		switch {
		case ranged:
			if to, err = f.value(last); err != nil {
				return err
			}
			if to < from {
				return fmt.Errorf("range %q goes backwards", span)
			}
		case !stepped:
			to = from
		}
	}
	for n := from; n <= to; n += step {
		into.add(n)
	}
	return nil
}

func (f field) value(text string) (int, error) {
	for i, name := range f.names {
		if name == text {
			return f.least + i, nil
		}
	}
	if n, ok := number(text); ok && n >= f.least && n <= f.most {
		return n, nil
	}
	return 0, fmt.Errorf("%q must be %d to %d", text, f.least, f.most)
}

func number(text string) (int, bool) {
	n, err := strconv.Atoi(text)
	return n, err == nil && len(text) <= 2 && !strings.ContainsAny(text, "+-")
}

func (m *monthDays) read(item string) error {
	day, nearest := strings.CutSuffix(item, "W")
	switch {
	case item == "L":
		m.last = true
	case item == "LW":
		m.lastWorkday = true
	case nearest:
		n, err := dayField.value(day)
		if err == nil {
			m.nearest.add(n)
		}
		return err
	default:
		return dayField.item(item, &m.plain)
	}
	return nil
}

func (w *weekdays) read(item string) error {
	day, last := strings.CutSuffix(item, "L")
	name, nth, numbered := strings.Cut(item, "#")
	switch {
	case item == "L":
		w.plain.add(saturday)
	case last:
		n, err := weekField.value(day)
		if err == nil {
			w.lasts.add(n)
		}
		return err
	case numbered:
		n, err := weekField.value(name)
		if err != nil {
			return err
		}
		k, ok := number(nth)
		if !ok || k < 1 || k > 5 {
			return fmt.Errorf("%q must be 1 to 5", nth)
		}
		w.nth[k].add(n)
	default:
		return weekField.item(item, &w.plain)
	}
	return nil
}
