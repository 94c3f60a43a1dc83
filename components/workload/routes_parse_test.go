package workload

import (
	"regexp"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestMatchers(t *testing.T) {
	for _, good := range []string{"200", "200,204", "200-299", "200-204,301-302,499"} {
		require.True(t, matches(good, 200, 499), good)
	}
	for _, bad := range []string{"", "199", "200-500", "299-200", "200,", "2xx", "200 204", "200-", "99999999999999999999"} {
		require.False(t, matches(bad, 200, 499), bad)
	}
}

func FuzzMatches(f *testing.F) {
	for _, seed := range []string{"200", "200-299,301", "0-99", "", "-", "200--201"} {
		f.Add(seed)
	}
	numbers := regexp.MustCompile(`[0-9]+`)
	f.Fuzz(func(t *testing.T, matcher string) {
		if !matches(matcher, 200, 499) {
			return
		}
		require.Regexp(t, `^[0-9,-]+$`, matcher)
		for _, text := range numbers.FindAllString(matcher, -1) {
			n, err := strconv.Atoi(text)
			require.NoError(t, err)
			require.True(t, n >= 200 && n <= 499, matcher)
		}
	})
}

func FuzzRules(f *testing.F) {
	for _, seed := range []string{"shop.example.com", "*.example.com", "*", "a..b", "/cart", "//", "/a b", "/*", "-.com"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if hostForm.MatchString(text) {
			require.Regexp(t, `^(\*\.)?[a-z0-9.-]+$`, text)
			require.NotRegexp(t, `\.\.|^\.|\.$|^-|-$|\.-|-\.`, text)
		}
		if pathForm.MatchString(text) {
			require.Equal(t, byte('/'), text[0])
			require.NotContains(t, text, "*")
		}
	})
}
