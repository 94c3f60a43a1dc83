// Package statuses reads lists of HTTP statuses, as load balancers' health checks take them.
package statuses

import (
	"regexp"
	"strconv"
	"strings"
)

var form = regexp.MustCompile(`^[0-9]+(-[0-9]+)?(,[0-9]+(-[0-9]+)?)*$`)

// Within reports whether a matcher is a list of statuses and ranges within bounds.
func Within(matcher string, low, high int) bool {
	if !form.MatchString(matcher) {
		return false
	}
	for part := range strings.SplitSeq(matcher, ",") {
		first, last, ranged := strings.Cut(part, "-")
		if !ranged {
			last = first
		}
		from, err1 := strconv.Atoi(first)
		to, err2 := strconv.Atoi(last)
		if err1 != nil || err2 != nil || from < low || to > high || from > to {
			return false
		}
	}
	return true
}
