// Package plans knows what AWS Backup does by its plans: how often, and to what.
package plans

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// Interval is the longest time between two runs of a schedule, cron(...) or rate(...). It
// is not ok if the schedule cannot be read, or hardly ever runs.
func Interval(schedule string) (longest time.Duration, ok bool) {
	form, rest, _ := strings.Cut(strings.TrimSuffix(schedule, ")"), "(")
	fields := strings.Fields(rest)
	switch {
	case form == "rate" && len(fields) == 2:
		n, err := strconv.Atoi(fields[0])
		unit := units[strings.TrimSuffix(fields[1], "s")]
		return time.Duration(n) * unit, err == nil && n > 0 && n <= 100_000 && unit > 0
	case form == "cron" && len(fields) == 6 && fields[5] == "*":
		return cronInterval(fields)
	}
	return 0, false
}

var units = map[string]time.Duration{"minute": time.Minute, "hour": time.Hour, "day": 24 * time.Hour}

// The names that months and days of the week have, in their order.
var (
	months = []string{"JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"}
	days   = []string{"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"}
)

// cronInterval is the longest time between runs at minute, hour, day, month and day of the
// week, over as many years as every date needs to come twice.
func cronInterval(fields []string) (longest time.Duration, ok bool) {
	var sets [5][]int
	for i, f := range [...]struct {
		low, high int
		names     []string
	}{{0, 59, nil}, {0, 23, nil}, {1, 31, nil}, {1, 12, months}, {1, 7, days}} {
		if sets[i], ok = cronField(fields[i], f.low, f.high, f.names); !ok {
			return 0, false
		}
	}
	var times []time.Duration // of a day with runs
	for _, hour := range sets[1] {
		for _, minute := range sets[0] {
			times = append(times, time.Duration(hour)*time.Hour+time.Duration(minute)*time.Minute)
		}
	}
	for i := 1; i < len(times); i++ {
		longest = max(longest, times[i]-times[i-1])
	}
	start := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	var last time.Time
	ok = false
	for day := start; day.Year() < start.Year()+9; day = day.AddDate(0, 0, 1) {
		if !slices.Contains(sets[2], day.Day()) || !slices.Contains(sets[3], int(day.Month())) || !slices.Contains(sets[4], int(day.Weekday())+1) {
			continue
		}
		if !last.IsZero() {
			longest, ok = max(longest, day.Add(times[0]).Sub(last)), true
		}
		last = day.Add(times[len(times)-1])
	}
	return longest, ok
}

// cronField is the numbers that a field of a cron expression stands for, in order. What
// only AWS's calendar knows (L, W and #) it does not read.
func cronField(text string, low, high int, names []string) (numbers []int, ok bool) {
	in := map[int]bool{}
	for _, part := range strings.Split(text, ",") {
		span, every, stepped := strings.Cut(part, "/")
		step := 1
		if stepped {
			n, err := strconv.Atoi(every)
			if err != nil || n < 1 || n > 1000 {
				return nil, false
			}
			step = n
		}
		from, to := low, high
		if span != "*" && span != "?" {
			first, last, ranged := strings.Cut(span, "-")
			if from, ok = cronNumber(first, low, high, names); !ok {
				return nil, false
			}
			if ranged {
				if to, ok = cronNumber(last, low, high, names); !ok {
					return nil, false
				}
			} else if !stepped {
				to = from
			}
		}
		for n := from; n <= to; n += step {
			in[n] = true
		}
	}
	for n := low; n <= high; n++ {
		if in[n] {
			numbers = append(numbers, n)
		}
	}
	return numbers, len(numbers) > 0
}

func cronNumber(text string, low, high int, names []string) (int, bool) {
	if i := slices.Index(names, strings.ToUpper(text)); i >= 0 {
		return low + i, true
	}
	n, err := strconv.Atoi(text)
	return n, err == nil && n >= low && n <= high
}
