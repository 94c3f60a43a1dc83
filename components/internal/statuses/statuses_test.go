package statuses_test

import (
	"regexp"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/components/internal/statuses"
)

func TestAMatcherIsWhatAwsDocuments(t *testing.T) {
	for _, good := range []string{"200", "200,202", "200,204", "200-299", "200-204,302", "200-204,301-302,499"} {
		require.True(t, statuses.Within(good, 200, 499), good)
	}
	for _, bad := range []string{
		"", "100", "199", "500", "100-200", "200-500", "299-200", "200,", "2xx", "200 204", "200-", "99999999999999999999",
	} {
		require.False(t, statuses.Within(bad, 200, 499), bad)
	}
}

// Whatever is accepted holds nothing but statuses within bounds.
func FuzzWithin(f *testing.F) {
	for _, seed := range []string{
		"200", "200,204", "200-299", "200-299,301", "299-200", "0-99", "", "-", "200-", ",", "200--201", "99999999999999999999", "100-200", "200-204-206", "0200",
	} {
		f.Add(seed)
	}
	numbers := regexp.MustCompile(`[0-9]+`)
	f.Fuzz(func(t *testing.T, matcher string) {
		if !statuses.Within(matcher, 200, 499) {
			return
		}
		require.Regexp(t, `^[0-9,-]+$`, matcher)
		found := numbers.FindAllString(matcher, -1)
		require.NotEmpty(t, found, matcher)
		for _, text := range found {
			n, err := strconv.Atoi(text)
			require.NoError(t, err)
			require.True(t, n >= 200 && n <= 499, matcher)
		}
	})
}
