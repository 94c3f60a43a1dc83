package report

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/plinth-iac/plinth/cmd/plinth/internal/change"
	"github.com/plinth-iac/plinth/cmd/plinth/internal/danger"
	"github.com/plinth-iac/plinth/cmd/plinth/internal/diff"
	"github.com/plinth-iac/plinth/cmd/plinth/internal/exposure"
	"github.com/plinth-iac/plinth/tests/harness"
	"github.com/plinth-iac/plinth/tests/rehearsal"
)

func TestTheCommentReadsAsItsGoldenDoes(t *testing.T) {
	for _, test := range []struct {
		name   string
		report *Report
		limit  int
	}{
		{"safe", safeReport(), Limit},
		{"look", lookReport(), Limit},
		{"dangerous", dangerousReport(), Limit},
		{"failed", failedReport(), Limit},
		{"unchanged", unchangedReport(), Limit},
		{"short-of-room", dangerousReport(), 7700},
		{"very-short-of-room", dangerousReport(), 3600},
		{"verdict-alone", dangerousReport(), 300},
	} {
		t.Run(test.name, func(t *testing.T) {
			harness.Golden(t, "markdown/"+test.name+".md", test.report.Markdown(test.limit))
		})
	}
}

func TestWhatMattersLeastGivesWayFirst(t *testing.T) {
	r := dangerousReport()
	parts := []string{
		"+ create ec2/subnet", "~ update ec2/route", "± replace", "```mermaid", "found before as well", "critical path", "Data loss", "| stack |",
	}
	last := len(parts)
	for limit := len(r.Markdown(Limit)); limit > 200; limit -= 50 {
		text, missing := r.Markdown(limit), 0
		for i, part := range parts {
			if part == "critical path" {
				part = "Each waits for the one before"
			}
			if !strings.Contains(text, part) {
				missing++
				require.Equalf(t, missing, i+1, "at %d there is no %q, although there is what matters less", limit, part)
			}
		}
		require.LessOrEqual(t, len(parts)-missing, last)
		last = len(parts) - missing
		require.True(t, missing == 0 || strings.Contains(text, "in the full report") || strings.Contains(text, "In the full report"), text)
	}
	require.Zero(t, last, "at the end there is the verdict alone")
}

// awkward are texts that programs may say and that must stay texts.
var awkward = []string{
	"", "`", "```", "``` diff", "| a | b |", "<details>", "</details>", "<img src=x>", "@octocat", "#123", "shop/web#7", "GH-12", "https://example.com/a?b=c",
	"1a2b3c4d5e", ":tada:", "$x$", "**bold** _it_", "[a](b)", "a\nb\r\n\tc", "\x1b[31m", "# title", "- item", "<!-- plinth-preview -->", "éß中", strings.Repeat("long ", 80), "&lt;", "\\",
}

func anyText(t *rapid.T) string { return rapid.SampledFrom(awkward).Draw(t, "text") }

func anyReport(t *rapid.T) *Report {
	texts := func(most int) []string { return rapid.SliceOfN(rapid.SampledFrom(awkward), 0, most).Draw(t, "texts") }
	r := &Report{Base: anyText(t)}
	for range rapid.IntRange(0, 3).Draw(t, "stacks") {
		w := writtenStack(anyText(t), rapid.SampledFrom([]Level{Dangerous, Look, Safe}).Draw(t, "level"), anyText(t))
		w.Notes, w.Change.Phase.Error = texts(2), anyText(t)
		for range rapid.IntRange(0, 40).Draw(t, "resources") {
			op := rapid.SampledFrom(operations).Draw(t, "op").op
			p := diff.Property{Path: anyText(t), Forces: rapid.Bool().Draw(t, "forces"), Noise: rapid.Bool().Draw(t, "noise")}
			if is := anyText(t); is != "" {
				p.Is = &is
			}
			x := w.part(rapid.SampledFrom([]string{"", "Vpc", "a`b"}).Draw(t, "component"), op, anyText(t), "x"+anyText(t), p)
			d := danger.Danger{Resource: x, Kind: danger.Loss, What: anyText(t), Because: texts(2), Keeps: texts(2), Stops: texts(2), Usual: time.Minute, Instead: anyText(t)}
			switch rapid.IntRange(0, 9).Draw(t, "box") {
			case 0:
				w.Dangers = append(w.Dangers, d)
			case 1:
				w.Exposures = append(w.Exposures, exposure.Exposure{Resource: x, What: anyText(t), Was: anyText(t), Property: anyText(t)})
			case 2:
				f := Finding{"pack", anyText(t), rehearsal.Finding{URN: x.URN, Message: anyText(t), Severity: anyText(t)}}
				w.Policies.New, w.Policies.Standing = append(w.Policies.New, f), append(w.Policies.Standing, f)
			}
		}
		r.Stacks = append(r.Stacks, w.Stack)
	}
	return r
}

var fenceLine = regexp.MustCompile("^(?:> )?(`{3,})([a-z]*)$")

// outside is the comment without what is in fences, which it reports to be closed or not.
func outside(text string) (rest string, closed bool) {
	fence := ""
	for line := range strings.Lines(text) {
		found := fenceLine.FindStringSubmatch(strings.TrimSuffix(line, "\n"))
		switch {
		case fence == "" && found != nil:
			fence = found[1]
		case fence == "":
			rest += line
		case found != nil && found[2] == "" && len(found[1]) >= len(fence):
			fence = ""
		}
	}
	return rest, fence == ""
}

func TestAnyCommentIsWholeAndFits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, limit := anyReport(t), rapid.IntRange(1000, 20000).Draw(t, "limit")
		text := r.Markdown(limit)
		require.LessOrEqual(t, len(text), limit)
		require.True(t, strings.HasPrefix(text, Marker+"\n"))
		_, v := r.Verdict()
		require.Contains(t, text, levelSigns[v.Level]+" "+capital(string(v.Level)))
		rest, closed := outside(text)
		require.True(t, closed, "a fence is left open in\n%s", text)
		rest = withoutSpans(rest)
		require.Equal(t, strings.Count(rest, "<details>"), strings.Count(rest, "</details>"), text)
		require.Equal(t, text, r.Markdown(limit), "told again, it is told in other words")
	})
}

// withoutSpans takes code spans out of lines, as a renderer finds them.
func withoutSpans(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		for line != "" {
			start := strings.IndexByte(line, '`')
			if start < 0 {
				break
			}
			ticks := longestPrefix(line[start:])
			b.WriteString(line[:start])
			line = line[start+len(ticks):]
			for at := 0; ; {
				i := strings.Index(line[at:], ticks)
				if i < 0 {
					b.WriteString(ticks) // nothing closes it: they are themselves
					break
				}
				run := longestPrefix(line[at+i:])
				if len(run) == len(ticks) {
					line = line[at+i+len(run):]
					break
				}
				at += i + len(run)
			}
		}
		b.WriteString(line)
	}
	return b.String()
}

func longestPrefix(text string) string { return text[:len(text)-len(strings.TrimLeft(text, "`"))] }

func TestWhatProgramsSayIsNoMarkdown(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.SampledFrom(awkward), rapid.String()).Draw(t, "text")
		for _, told := range []string{prose(text), code(text)} {
			bare := withoutSpans(told)
			require.NotRegexp(t, "[<>@#`|*_$\\[\\]\\\\&~\n]|://|[0-9a-f]{7}", bare, "%q is told as %q", text, told)
		}
	})
}

func TestSentencesKeepTheirWords(t *testing.T) {
	for text, want := range map[string]string{
		"is replaced": "is replaced",
		"pass pulumi.Protect(true) to it (or not)": "pass `pulumi.Protect(true)` to it (or not)",
		"0.0.0.0/0 may connect to 22/tcp":          "`0.0.0.0/0` may connect to `22/tcp`",
		"set deletionProtection to true.":          "set `deletionProtection` to true.",
		"restarts (instanceClass), for 2 min":      "restarts (`instanceClass`), for 2 min",
		"ask @octocat, see #12":                    "ask `@octocat`, see `#12`",
		"run `pulumi up` again":                    "run `pulumi` `up` again",
		"AWS's own: 90.5% of it":                   "AWS's own: 90.5% of it",
		"two-step \"quoted\" don't":                "two-step \"quoted\" don't",
		"a `` b":                                   "a ``` `` ``` b",
		"cost +18 %, +348.94 USD a month — really": "cost +18 %, +348.94 USD a month — really",
	} {
		require.Equal(t, want, prose(text))
	}
}

func TestAFenceOutlastsWhatIsInIt(t *testing.T) {
	require.Equal(t, "`````diff\n+ a: ````\n`````\n", fenced("diff", "+ a: ````\n"))
}

func TestCreationsAreToldWithTheirPropertiesIfTheyAreFew(t *testing.T) {
	few, many := writtenStack("dev", Safe, ""), writtenStack("dev", Safe, "")
	few.part("Vpc", change.Create, groupType, "network-group", added("name", "web"))
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		many.part("Vpc", change.Create, groupType, "network-"+name, added("name", name))
	}
	require.Contains(t, (&Report{Stacks: []*Stack{few.Stack}}).Markdown(Limit), "@@ + create ec2/securityGroup network-group @@\n+ name: web\n")
	require.Contains(t, (&Report{Stacks: []*Stack{many.Stack}}).Markdown(Limit),
		"+ create ec2/securityGroup network-a, network-b, network-c, network-d, network-e\n```\n")
}

func TestManyCreationsAreOnlyCounted(t *testing.T) {
	w := writtenStack("dev", Safe, "")
	for i := range manyCreations {
		w.part("Vpc", change.Create, groupType, fmt.Sprintf("network-%d", i))
	}
	w.part("Vpc", change.Create, ruleType, "network-rule")
	text := (&Report{Stacks: []*Stack{w.Stack}}).Markdown(Limit)
	require.Contains(t, text, fmt.Sprintf("+ create Vpc network: %d ec2/securityGroup, vpc/securityGroupIngressRule\n", manyCreations))
	require.NotContains(t, strings.Split(text, "mermaid")[0], "network-7")
}

func TestDangersThatAreAlikeAreOneItem(t *testing.T) {
	w := writtenStack("dev", Look, "")
	for _, name := range []string{"cart", "checkout"} {
		r := w.part("Service", change.Update, deploymentType, name)
		w.Dangers = append(w.Dangers, danger.Danger{Resource: r, Kind: danger.Restart, What: "replaces its pods", Because: []string{name + ".image"}})
	}
	require.Contains(t, (&Report{Stacks: []*Stack{w.Stack}}).Markdown(Limit),
		"> - `Deployment cart`, `Deployment checkout`: each **replaces its pods**.\n>   - Because of `cart.image`, `checkout.image`\n")
}

func TestACostThatIsNotKnownIsNoSaving(t *testing.T) {
	c := Cost{Before: costing(100), After: costing(40, "proxy"), Lines: []CostLine{{Type: databaseType, Name: "database", Before: 10, After: 15}}}
	require.Equal(t, "+5.00 (comparable part)", c.cell())
	require.Contains(t, c.told(), "cost after the change:\n- `rds/proxy` `proxy`: ")
	c.Before = costing(100, "proxy")
	require.Equal(t, "at least 100.00 → at least 40.00 (−60.00)", c.cell(), "what had no price before either")
	require.Equal(t, "at least 40.00", Cost{After: c.After}.cell(), "there was nothing to compare with")
	c.After = costing(40)
	require.Contains(t, c.told(), "cost before the change:\n- `rds/proxy` `proxy`: ")
}
