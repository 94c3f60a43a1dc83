package cdn_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/plinth-iac/plinth/components/cdn"
	"github.com/plinth-iac/plinth/tests/harness"
)

// order are the patterns of a distribution's behaviours, as CloudFront gets them.
func order(t require.TestingT, patterns ...string) []string {
	g, err := harness.Try(harness.Update, program(func(at regions) *cdn.DistributionArgs {
		a := smallest(at)
		a.Logs = &cdn.LogsArgs{Destination: cdn.NoLogs}
		a.Paths = map[string]cdn.PathArgs{}
		for _, p := range patterns {
			a.Paths[p] = cdn.PathArgs{}
		}
		return a
	}, "shop"))
	require.NoError(t, err)
	d, found := g.Find("shop-distribution")
	require.True(t, found)
	var got []string
	behaviors, _ := d.Value("orderedCacheBehaviors").([]any)
	for _, b := range behaviors {
		got = append(got, b.(map[string]any)["pathPattern"].(string))
	}
	return got
}

func TestTheMoreSpecificPatternComesFirst(t *testing.T) {
	want := []string{
		"/api/v1/health", // no wildcard
		"/assets/*.css",  // a longer beginning, and the longer of two
		"/assets/*",
		"/api/v?/health", // fewer of the wider wildcard
		"/api/v*/health",
		"/api/??",
		"/api/*/*", // no shorter than the next, and no "?"
		"/api/?*",
		"/api/*",
		"/*.tar.gz",
		"/*.gz",
		"/*.*gz", // more wildcards
		"/?*",
	}
	require.Equal(t, want, order(t, slices.Sorted(slices.Values(want))...))
}

// A pattern that would get nothing, because one before it takes all of its paths, does not
// exist: of any two, tried on paths that the first matches, the second is not wider.
func TestNoPatternIsOutOfReach(t *testing.T) {
	pattern := rapid.Custom(func(t *rapid.T) string {
		p := "/" + rapid.StringMatching(`[ab?*]{1,4}`).Draw(t, "pattern")
		for strings.Contains(p, "**") || strings.Contains(p, "*?") {
			p = strings.ReplaceAll(strings.ReplaceAll(p, "**", "*"), "*?", "?*")
		}
		return p
	}).Filter(func(p string) bool { return p != "/*" })
	rapid.Check(t, func(t *rapid.T) {
		patterns := rapid.SliceOfNDistinct(pattern, 2, 8, rapid.ID).Draw(t, "patterns")
		got := order(t, patterns...)
		require.ElementsMatch(t, patterns, got)
		for i, first := range got {
			for _, second := range got[i+1:] {
				require.False(t, within(second, first), "%s is never tried: %s before it takes all of its paths", second, first)
			}
		}
	})
}

// within tells that every path that inner matches is one that outer matches: it is enough
// to try inner with each "*" as nothing, as a strange character and as many of them, for
// which outer needs wildcards in the same places.
func within(inner, outer string) bool {
	matches := regexp.MustCompile("^" + strings.NewReplacer(`\*`, ".*", `\?`, ".").Replace(regexp.QuoteMeta(outer)) + "$")
	paths := []string{""}
	for _, c := range inner {
		fills := []string{string(c)}
		switch c {
		case '?':
			fills = []string{"#"}
		case '*':
			fills = []string{"", "#", strings.Repeat("#", 20)}
		}
		var longer []string
		for _, p := range paths {
			for _, fill := range fills {
				longer = append(longer, p+fill)
			}
		}
		paths = longer
	}
	return !slices.ContainsFunc(paths, func(p string) bool { return !matches.MatchString(p) })
}
