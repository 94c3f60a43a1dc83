package alb

import (
	"regexp"
	"strconv"
	"testing"
)

// Whatever is accepted as a matcher holds nothing but statuses within bounds.
func FuzzMatcher(f *testing.F) {
	for _, seed := range []string{"200", "200,204", "200-299", "299-200", "-", "200-", ",", "99999999999999999999", "100-200", "200-204-206", "0200"} {
		f.Add(seed)
	}
	numbers := regexp.MustCompile(`[0-9]+`)
	f.Fuzz(func(t *testing.T, matcher string) {
		if !matches(matcher, 200, 499) {
			return
		}
		found := numbers.FindAllString(matcher, -1)
		if len(found) == 0 {
			t.Fatalf("accepted %q, which has no status", matcher)
		}
		for _, n := range found {
			if v, err := strconv.Atoi(n); err != nil || v < 200 || v > 499 {
				t.Fatalf("accepted %q with %s", matcher, n)
			}
		}
	})
}

func TestMatcherAcceptsWhatAwsDocuments(t *testing.T) {
	for matcher, want := range map[string]bool{
		"200": true, "200,202": true, "200-299": true, "200-204,302": true, "500": false, "299-200": false, "100": false, "100-200": false, "200,": false, "": false,
	} {
		if got := matches(matcher, 200, 499); got != want {
			t.Errorf("matches(%q) = %v", matcher, got)
		}
	}
}
