package report

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/plinth-iac/plinth/tests/harness"
)

func TestTheTerminalReadsAsItsGoldenDoes(t *testing.T) {
	var all strings.Builder
	for _, r := range []*Report{safeReport(), lookReport(), dangerousReport(), failedReport(), unchangedReport()} {
		all.WriteString(r.Text(false) + "\n")
	}
	harness.Golden(t, "terminal.txt", all.String())
}

func TestVerdictsHaveTheirColours(t *testing.T) {
	for color, r := range map[string]*Report{"32": safeReport(), "33": lookReport(), "31": dangerousReport()} {
		_, v := r.Verdict()
		require.True(t, strings.HasPrefix(r.Text(true), "\x1b["+color+"m"+string(v.Level)+"\x1b[0m  "), v.Level)
	}
}

var escapes = regexp.MustCompile("\x1b\\[[0-9]*m")

func TestATerminalIsNeitherTooNarrowNorDisturbed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := anyReport(t)
		plain := r.Text(false)
		for line := range strings.Lines(plain) {
			line = strings.TrimSuffix(line, "\n")
			require.LessOrEqual(t, utf8.RuneCountInString(line), terminalColumns, line)
			require.NotContains(t, line, "\x1b")
		}
		require.Equal(t, plain, escapes.ReplaceAllString(r.Text(true), ""), "colours change nothing else")
		_, v := r.Verdict()
		require.True(t, strings.HasPrefix(plain, string(v.Level)))
	})
}
