package cron_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/components/internal/cron"
)

func TestCronExpressions(t *testing.T) {
	for _, good := range []string{
		"0 8 * * *", "*/5 * * * *", "0 8-18/2 1,15 * MON-FRI", "0 0 1 JAN,jul SUN", "59 23 31 12 7", "0 0 * * 0,6", "0-30/10,45 * * * *",
	} {
		require.NoError(t, cron.Check(good, cron.Sunday), good)
	}
	for bad, why := range map[string]string{
		"":                "has 0 fields; it must be minute, hour, day of month, month and day of week",
		"0 8 * * * 2026":  "has 6 fields; it must be minute, hour, day of month, month and day of week",
		"60 * * * *":      `minute: "60" must be 0 to 59`,
		"0 24 * * *":      `hour: "24" must be 0 to 23`,
		"0 0 0 * *":       `day of month: "0" must be 1 to 31`,
		"0 0 * 13 *":      `month: "13" must be 1 to 12`,
		"0 0 * * 8":       `day of week: "8" must be 0 to 7`,
		"0 0 * MON *":     `month: "MON" must be 1 to 12`,
		"0 0 ? * *":       `day of month: "?" must be 1 to 31`,
		"+1 0 * * *":      `minute: "+1" must be 0 to 59`,
		"*/0 * * * *":     `minute: step "0" must be 1 to 59`,
		"*/+5 * * * *":    `minute: step "+5" must be 1 to 59`,
		"0 18-8 * * *":    `hour: range "18-8" goes backwards`,
		"0 8, * * *":      `hour: "" must be 0 to 23`,
		"0 1-2-3 * * *":   `hour: "2-3" must be 0 to 23`,
		"cron(0 8 * * *)": `minute: "cron(0" must be 0 to 59`,
	} {
		require.EqualError(t, cron.Check(bad, cron.Sunday), why, bad)
	}
}

func TestAWeekThatEndsOnSaturdayHasNoDaySeven(t *testing.T) {
	require.NoError(t, cron.Check("0 8 * * 0,SAT", cron.Saturday))
	require.EqualError(t, cron.Check("0 8 * * 7", cron.Saturday), `day of week: "7" must be 0 to 6`)
}

func FuzzCheck(f *testing.F) {
	for _, seed := range []string{"0 8 * * *", "*/5 1-2,3 * JAN MON-FRI", "", "-", "a/b c-d , * /"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, expression string) {
		if cron.Check(expression, cron.Sunday) != nil {
			require.Error(t, cron.Check(expression, cron.Saturday), "the shorter week allows less")
			return
		}
		// What is accepted has five fields of nothing but cron's own characters.
		require.Len(t, strings.Fields(expression), 5)
		for _, r := range strings.ToUpper(expression) {
			require.True(t, strings.ContainsRune("0123456789*/,-ABCDEFGHIJLMNOPRSTUVWY", r) || strings.TrimSpace(string(r)) == "", "%q", expression)
		}
	})
}
