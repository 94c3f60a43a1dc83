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
	"github.com/plinth-iac/plinth/cmd/plinth/internal/exposure"
	"github.com/plinth-iac/plinth/tests/rehearsal"
)

// crowded is a stack with more of each kind than there is room for, the most harmless ones.
func crowded(name string) written {
	w := writtenStack(name, Look, "")
	for i := range 13 {
		r := w.part("", change.Delete, databaseType, fmt.Sprintf("kept-%d", i))
		w.Dangers = append(w.Dangers, danger.Danger{Resource: r, Kind: danger.Loss, What: fmt.Sprintf("is deleted %d", i), Keeps: []string{"a final snapshot"}})
		r = w.part("", change.Update, groupType, fmt.Sprintf("open-%d", i))
		w.Exposures = append(w.Exposures, exposure.Exposure{Resource: r, Kind: exposure.Network, What: fmt.Sprintf("10.0.0.%d/32 may connect", i)})
		w.Policies.New = append(w.Policies.New, found(fmt.Sprintf("advice-%d", i), "critical", false, r, "is off", "set it"))
	}
	return w
}

func TestTheWorstOfAllStacksIsToldFirst(t *testing.T) {
	dev, prod := crowded("dev"), crowded("prod")
	orders := prod.part("", change.Delete, databaseType, "orders")
	prod.Dangers = append(prod.Dangers, danger.Danger{Resource: orders, Kind: danger.Loss, What: "is deleted"})
	door := prod.part("", change.Update, groupType, "door")
	prod.Exposures = append(prod.Exposures, exposure.Exposure{Resource: door, Kind: exposure.Trust, What: "anybody may use it", Wide: true})
	prod.Policies.New = append(prod.Policies.New, found("duty", "low", true, door, "is off", "set it"))
	r := &Report{Stacks: []*Stack{dev.Stack, prod.Stack}}
	text := r.Markdown(Limit)
	require.Contains(t, text, "**Data loss**\n> - `prod`: `rds/instance orders` ")
	require.Contains(t, text, "**Newly open**\n> - `prod`: `ec2/securityGroup door`: ")
	require.Contains(t, text, "advisory\n\n- `prod`: `duty` ")
	for _, part := range []string{"loss     prod: rds/instance orders", "open     prod: anybody may use it", "mandatory  prod: duty"} {
		require.Regexp(t, `\n\n  `+regexp.QuoteMeta(part), r.Text(false))
	}
}

func TestTheReasonOfTheVerdictIsAlwaysTold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := &Report{}
		for i := range rapid.IntRange(1, 3).Draw(t, "stacks") {
			w := crowded(fmt.Sprintf("stack%d", i))
			for n := range rapid.IntRange(0, 20).Draw(t, "more") {
				x := w.part("", change.Update, databaseType, fmt.Sprintf("more-%d", n))
				kind := rapid.SampledFrom(danger.Kinds()).Draw(t, "kind")
				some := func(texts ...string) []string { return texts[:rapid.IntRange(0, len(texts)).Draw(t, "some")] }
				w.Dangers = append(w.Dangers, danger.Danger{
					Resource: x, Kind: kind, What: fmt.Sprintf("goes %d", n), Keeps: some("a copy"), Stops: some("AWS"), Usual: time.Duration(rapid.IntRange(0, 1).Draw(t, "usual")) * time.Minute,
				})
			}
			if rapid.Bool().Draw(t, "failed") {
				w.Change.Phase.Error = "preview failed: it broke"
			}
			if rapid.Bool().Draw(t, "closed") {
				w.Exposures, w.Policies.New = nil, nil
			}
			w.judge()
			r.Stacks = append(r.Stacks, w.Stack)
		}
		stack, v := r.Verdict()
		comment, terminal := r.Markdown(5000), r.Text(false)
		for _, s := range r.Stacks {
			for _, d := range s.Dangers {
				if s.Name == stack && strings.HasPrefix(v.Reason, dangerLine(d)) {
					require.Contains(t, comment, "`"+named(d.Resource)+"`")
					require.Greater(t, strings.Count(strings.Join(strings.Fields(terminal), " "), dangerLine(d)), 1, terminal)
				}
			}
		}
	})
}

func TestNothingIsSoLongThatItHidesTheRest(t *testing.T) {
	long := strings.Repeat("x", 70000)
	for name, spoil := range map[string]func(*Stack, *change.Resource){
		"name":      func(_ *Stack, r *change.Resource) { r.Name = long },
		"type":      func(_ *Stack, r *change.Resource) { r.Type = "aws:" + long + ":Instance" },
		"component": func(s *Stack, r *change.Resource) { s.Change.Find(r.Component).Name = long },
		"property":  func(_ *Stack, r *change.Resource) { r.Properties[0].Path = long },
		"value":     func(_ *Stack, r *change.Resource) { r.Properties[0].Is = &long },
		"danger": func(s *Stack, _ *change.Resource) {
			d := &s.Dangers[0]
			d.What, d.Because, d.Keeps, d.Stops, d.Instead = long, []string{long}, []string{long}, []string{long}, long
		},
		"exposure": func(s *Stack, _ *change.Resource) {
			e := &s.Exposures[0]
			e.What, e.Was, e.Property = long, long, long
		},
		"finding": func(s *Stack, r *change.Resource) {
			s.Policies.New[0] = Finding{long, long, rehearsal.Finding{Severity: long, URN: r.URN + long, Message: long + ". Fix: " + long}}
		},
		"undecided": func(s *Stack, _ *change.Resource) {
			s.Policies.Undecided = []Finding{{Finding: rehearsal.Finding{Message: long}}}
		},
		"failure": func(s *Stack, _ *change.Resource) { s.Change.Phase.Error = long + "\n" + long + "\n" + long },
		"warning": func(s *Stack, _ *change.Resource) { s.Change.Phase.Diagnostics[0].Message = long },
		"note":    func(s *Stack, _ *change.Resource) { s.Notes[0] = long },
		"cost":    func(s *Stack, _ *change.Resource) { s.Cost.Lines[0].Name = long },
		"bill":    func(s *Stack, _ *change.Resource) { s.Cost.After = costing(1, long) },
		"deploy":  func(s *Stack, _ *change.Resource) { s.Deploy.This.CriticalPath[0].Name = long },
		"stack":   func(s *Stack, _ *change.Resource) { s.Name = long },
		"reason":  func(s *Stack, _ *change.Resource) { s.Verdict.Reason = long },
	} {
		t.Run(name, func(t *testing.T) {
			r := dangerousReport()
			prod := r.Stacks[1]
			spoil(prod, prod.Dangers[0].Resource)
			text := r.Markdown(Limit)
			for _, part := range []string{"**Data loss**", "**Newly open**", "### New policy findings", "What changes", "network-route-a"} {
				require.Contains(t, text, part)
			}
			require.NotContains(t, text, "Too long for a comment")
			require.Less(t, len(r.Text(false)), 20000)
			for _, text := range []string{text, r.Text(false)} {
				require.NotContains(t, text, long[:mostText])
			}
		})
	}
}
