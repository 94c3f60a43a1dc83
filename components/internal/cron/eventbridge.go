package cron

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // so that a time zone is known, or not, alike on every machine
)

// EventBridge is a cron expression of five fields as EventBridge writes it: with a year,
// with days by their names, as it counts them from 1, and with one kind of day only.
func EventBridge(expression string) (string, error) {
	if err := Check(expression, Sunday); err != nil {
		return "", err
	}
	fields := strings.Fields(strings.ToUpper(expression))
	date, weekday := &fields[2], &fields[4]
	switch {
	case *weekday == "*":
		*weekday = "?"
	case *date == "*":
		*date, *weekday = "?", strings.Join(weekdays(*weekday), ",")
	default:
		return "", errors.New("has a day of month and a day of week; EventBridge takes one of the two")
	}
	return "cron(" + strings.Join(fields, " ") + " *)", nil
}

// weekdays are the days of a field that was checked, from Sunday on.
func weekdays(text string) []string {
	f, on := field{"day of week", 0, Sunday, days}, make([]bool, len(days))
	for _, item := range strings.Split(text, ",") {
		span, step, stepped := strings.Cut(item, "/")
		first, last, ranged := strings.Cut(span, "-")
		from, to, by := 0, Saturday, 1
		if span != "*" {
			from, _ = f.value(first)
			switch {
			case ranged:
				to, _ = f.value(last)
			case stepped:
				to = max(from, Saturday)
			default:
				to = from
			}
		}
		if stepped {
			by, _ = strconv.Atoi(step)
		}
		for day := from; day <= to; day += by {
			on[day%len(days)] = true
		}
	}
	var names []string
	for day, name := range slices.All(days) {
		if on[day] {
			names = append(names, name)
		}
	}
	return names
}

// IsZone reports whether a text is a time zone such as Europe/Berlin.
func IsZone(text string) bool {
	_, err := time.LoadLocation(text)
	return err == nil && text != "" && text != "Local"
}
