// Package cron checks cron expressions of five fields before anything is made. AWS and
// Kubernetes say what is wrong with one only when the schedule is created.
package cron

import (
	"fmt"
	"strconv"
	"strings"
)

// field is one of the five; numbers beyond its last name have none.
type field struct {
	name        string
	least, most int
	names       []string
}

var months = []string{"JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"}

var days = []string{"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"}

// Sunday is 0 everywhere. These are the last days of a week.
const (
	// Saturday is the last where Sunday is only 0, as in Kubernetes.
	Saturday = 6
	// Sunday is the last where Sunday is 7 too, as in AWS.
	Sunday = 7
)

// Check says what is wrong with a cron expression in a week that ends with lastDay.
func Check(expression string, lastDay int) error {
	known := []field{
		{"minute", 0, 59, nil}, {"hour", 0, 23, nil}, {"day of month", 1, 31, nil}, {"month", 1, 12, months}, {"day of week", 0, lastDay, days},
	}
	fields := strings.Fields(expression)
	if len(fields) != len(known) {
		return fmt.Errorf("has %d fields; it must be minute, hour, day of month, month and day of week", len(fields))
	}
	for i, text := range fields {
		for _, item := range strings.Split(text, ",") {
			if err := known[i].check(item); err != nil {
				return fmt.Errorf("%s: %w", known[i].name, err)
			}
		}
	}
	return nil
}

// An item is *, a value or a range, each with an optional step.
func (f field) check(item string) error {
	span, step, stepped := strings.Cut(item, "/")
	if stepped {
		if n, err := strconv.Atoi(step); err != nil || n < 1 || n > f.most || strings.ContainsAny(step, "+-") {
			return fmt.Errorf("step %q must be 1 to %d", step, f.most)
		}
	}
	if span == "*" {
		return nil
	}
	first, last, ranged := strings.Cut(span, "-")
	from, err := f.value(first)
	if err != nil || !ranged {
		return err
	}
	to, err := f.value(last)
	if err == nil && to < from {
		return fmt.Errorf("range %q goes backwards", span)
	}
	return err
}

func (f field) value(text string) (int, error) {
	for i, name := range f.names {
		if strings.EqualFold(name, text) {
			return f.least + i, nil
		}
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < f.least || n > f.most || strings.ContainsAny(text, "+-") {
		return 0, fmt.Errorf("%q must be %d to %d", text, f.least, f.most)
	}
	return n, nil
}
