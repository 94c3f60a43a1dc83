package asg

import (
	"fmt"
	"strconv"
	"strings"
)

// cronFields are the fields of a cron expression in order. Numbers beyond the last name
// of a field have none: Sunday is 0 and 7.
var cronFields = []struct {
	name        string
	least, most int
	names       []string
}{
	{"minute", 0, 59, nil},
	{"hour", 0, 23, nil},
	{"day of month", 1, 31, nil},
	{"month", 1, 12, []string{"JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"}},
	{"day of week", 0, 7, []string{"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"}},
}

// parseCron says what is wrong with a cron expression. AWS only says so when the
// schedule is created.
func parseCron(expression string) error {
	fields := strings.Fields(expression)
	if len(fields) != len(cronFields) {
		return fmt.Errorf("has %d fields; it must be minute, hour, day of month, month and day of week", len(fields))
	}
	for i, text := range fields {
		for _, item := range strings.Split(text, ",") {
			if err := parseCronItem(i, item); err != nil {
				return fmt.Errorf("%s: %w", cronFields[i].name, err)
			}
		}
	}
	return nil
}

// An item is *, a value or a range, each with an optional step.
func parseCronItem(field int, item string) error {
	span, step, stepped := strings.Cut(item, "/")
	if stepped {
		if n, err := strconv.Atoi(step); err != nil || n < 1 || n > cronFields[field].most {
			return fmt.Errorf("step %q must be 1 to %d", step, cronFields[field].most)
		}
	}
	if span == "*" {
		return nil
	}
	first, last, ranged := strings.Cut(span, "-")
	from, err := cronValue(field, first)
	if err != nil || !ranged {
		return err
	}
	to, err := cronValue(field, last)
	if err == nil && to < from {
		return fmt.Errorf("range %q goes backwards", span)
	}
	return err
}

func cronValue(field int, text string) (int, error) {
	f := cronFields[field]
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
