package workload

import (
	"testing"

	"github.com/stretchr/testify/require"
)

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
