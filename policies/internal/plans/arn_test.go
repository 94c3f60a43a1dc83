package plans

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestMatches(t *testing.T) {
	for _, c := range []struct {
		pattern, text    string
		certain, perhaps bool
	}{
		{"", "", true, true}, {"a", "", false, false}, {"*", "", true, true}, {"a*c", "abc", true, true}, {"a*c", "abd", false, false}, {"a", "*", false, false},
		{"a:*", "a:\x00", true, true}, {"a:b", "a:\x00", false, true}, {"a:b:c", "a:\x00", false, false}, {"a:b*", "a:\x00:d", false, true}, {"a*d", "a:\x00:d", true, true},
	} {
		if matches(c.pattern, c.text, false) != c.certain || matches(c.pattern, c.text, true) != c.perhaps {
			t.Errorf("%q and %q: want %v, and perhaps %v", c.pattern, c.text, c.certain, c.perhaps)
		}
	}
	// A text is what its pattern says, and what is not known of it changes no certainty.
	rapid.Check(t, func(t *rapid.T) {
		pattern, other := rapid.StringMatching(`[ab:*]{0,6}`).Draw(t, "pattern"), rapid.StringMatching(`[ab:*]{0,6}`).Draw(t, "other")
		var text, veiled strings.Builder
		for _, c := range pattern {
			part := string(c)
			if c == '*' {
				part = rapid.StringMatching(`[ab]{0,3}`).Draw(t, "for a star")
			}
			text.WriteString(part)
			if part != ":" && rapid.Bool().Draw(t, "veil") {
				part = string(unknown)
			}
			veiled.WriteString(part)
		}
		if !matches(pattern, text.String(), false) || !matches(pattern, veiled.String(), true) {
			t.Fatalf("%q does not match %q, or %q", pattern, text.String(), veiled.String())
		}
		certain, perhaps := matches(other, veiled.String(), false), matches(other, veiled.String(), true)
		if is := matches(other, text.String(), false); certain && !is || is && !perhaps {
			t.Fatalf("%q on %q is certain %v and perhaps %v, on %q it is %v", other, veiled.String(), certain, perhaps, text.String(), is)
		}
	})
}
