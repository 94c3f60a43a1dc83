package asg

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestATypesArchitectureIsReadFromItsName(t *testing.T) {
	for arch, types := range map[Arch]string{
		Arm64: "t4g.small m7g.large m7gd.metal c7gn.16xlarge r8g.metal-24xl im4gn.large is4gen.medium x2gd.medium a1.large g5g.xlarge hpc7g.4xlarge i8ge.large p6e-gb200.36xlarge",
		X86: "t3.small t3a.nano m5.large m7i.large m7i-flex.large c5n.18xlarge g4dn.xlarge g5.xlarge gr6.4xlarge p4d.24xlarge trn1.2xlarge " +
			"u-6tb1.56xlarge u7i-12tb.224xlarge i4i.large inf2.xlarge",
		"": "small t4g t4g. .small T4G.small m7g.Large m7g/large t4g.small.x",
	} {
		for _, name := range strings.Fields(types) {
			got, ok := archOf(name)
			require.Equal(t, arch, got, name)
			require.Equal(t, arch != "", ok, name)
		}
	}
}

func TestCronExpressions(t *testing.T) {
	for _, good := range []string{
		"0 8 * * *", "*/5 * * * *", "0 8-18/2 1,15 * MON-FRI", "0 0 1 JAN,jul SUN", "59 23 31 12 7", "0 0 * * 0,6", "0-30/10,45 * * * *",
	} {
		require.NoError(t, parseCron(good), good)
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
		"0 18-8 * * *":    `hour: range "18-8" goes backwards`,
		"0 8, * * *":      `hour: "" must be 0 to 23`,
		"0 1-2-3 * * *":   `hour: "2-3" must be 0 to 23`,
		"cron(0 8 * * *)": `minute: "cron(0" must be 0 to 59`,
	} {
		require.EqualError(t, parseCron(bad), why, bad)
	}
}

func FuzzParseCron(f *testing.F) {
	for _, seed := range []string{"0 8 * * *", "*/5 1-2,3 * JAN MON-FRI", "", "-", "a/b c-d , * /"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, expression string) {
		if parseCron(expression) != nil {
			return
		}
		// What is accepted has five fields of nothing but cron's own characters.
		require.Len(t, strings.Fields(expression), 5)
		for _, r := range strings.ToUpper(expression) {
			require.True(t, strings.ContainsRune("0123456789*/,-ABCDEFGHIJLMNOPRSTUVWY", r) || strings.TrimSpace(string(r)) == "", "%q", expression)
		}
	})
}
