package timeline

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// nearCriticalLines is how many near-critical operations Text lists.
const nearCriticalLines = 8

// Text is the result for a terminal.
func (r Result) Text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", r.headline())
	near := r.NearCritical[:min(len(r.NearCritical), nearCriticalLines)]
	listed := slices.Concat(r.CriticalPath, near)
	table := make([][]string, len(listed))
	for i, bar := range listed {
		table[i] = []string{
			clock(bar.Start), words(bar.Seconds), "slack " + words(bar.Slack), "grade " + bar.Grade, clean(bar.Name), verb(bar, r.Operation),
		}
	}
	lines := align(table)
	for _, line := range lines[:len(r.CriticalPath)] {
		b.WriteString(line)
	}
	if r.Parallel > 0 && r.Seconds > r.Unlimited {
		fmt.Fprintf(&b, "%s add %s: %s without a limit\n", slots(r.Parallel), words(r.Seconds-r.Unlimited), words(r.Unlimited))
	}
	if len(near) > 0 {
		fmt.Fprintf(&b, "close behind:\n%s", strings.Join(lines[len(r.CriticalPath):], ""))
		if rest := len(r.NearCritical) - len(near); rest > 0 {
			fmt.Fprintf(&b, "  and %d more with at most %s of slack\n", rest, words(r.NearCritical[len(r.NearCritical)-1].Slack))
		}
	}
	for _, a := range r.Assumed {
		fmt.Fprintf(&b, "assumed, as no latency is known: %s to %s %s", words(a.Seconds), a.Op, kind(a.Type))
		if a.Count > 1 {
			fmt.Fprintf(&b, " (%d times)", a.Count)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// headline says how long it takes.
func (r Result) headline() string {
	s := fmt.Sprintf("%s time %s", r.Operation, words(r.Seconds))
	if r.Parallel > 0 {
		s += " with " + slots(r.Parallel)
	}
	if r.Low < r.High {
		s += fmt.Sprintf(" (between %s and %s)", words(r.Low), words(r.High))
	}
	if len(r.CriticalPath) > 0 {
		s += "; critical path:"
	}
	return s
}

func slots(n int) string {
	if n == 1 {
		return "1 slot"
	}
	return strconv.Itoa(n) + " slots"
}

// verb is what happens to a resource, its kind alone if that goes without saying.
func verb(b Bar, operation string) string {
	if operation == "deploy" && b.Op == Create || operation == "destroy" && b.Op == Delete {
		return kind(b.Type)
	}
	return string(b.Op) + " " + kind(b.Type)
}

// align sets columns: the first three to the right, the others to the left.
func align(table [][]string) []string {
	var width [8]int
	for _, row := range table {
		for i, cell := range row {
			width[i] = max(width[i], len([]rune(cell)))
		}
	}
	lines := make([]string, 0, len(table))
	for _, row := range table {
		line := ""
		for i, cell := range row {
			pad := strings.Repeat(" ", width[i]-len([]rune(cell)))
			if i < 3 {
				line += "  " + pad + cell
			} else {
				line += "  " + cell + pad
			}
		}
		lines = append(lines, strings.TrimRight(line, " ")+"\n")
	}
	return lines
}

// words is a duration for people: "1 h 2 min", "5 min 12 s", "1.5 s".
func words(seconds float64) string {
	if seconds < 10 {
		return strconv.FormatFloat(math.Round(seconds*10)/10, 'f', -1, 64) + " s"
	}
	s := int(math.Round(seconds))
	h, m, s := s/3600, s/60%60, s%60
	switch {
	case h > 0 && m > 0:
		return fmt.Sprintf("%d h %d min", h, m)
	case h > 0:
		return fmt.Sprintf("%d h", h)
	case m > 0 && s > 0:
		return fmt.Sprintf("%d min %d s", m, s)
	case m > 0:
		return fmt.Sprintf("%d min", m)
	default:
		return fmt.Sprintf("%d s", s)
	}
}

// clock is a time on the axis: "5:12", "1:02:00".
func clock(seconds float64) string {
	s := int(math.Round(seconds))
	if s >= 3600 {
		return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
	}
	return fmt.Sprintf("%d:%02d", s/60, s%60)
}

// clean takes out of a name what would disturb a terminal or a picture.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, s)
}
