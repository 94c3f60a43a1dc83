package picture

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/plinth-iac/plinth/cmd/plinth/internal/change"
	"github.com/plinth-iac/plinth/policies/rule"
	"github.com/plinth-iac/plinth/tests/harness"
)

// flowchart is what a flowchart says.
type flowchart struct {
	changes, neighbours map[string]string // texts by id
	classes             map[string]string
	arrows              [][3]string
	left                string
}

var (
	nodeLine    = regexp.MustCompile(`^(n\d+)(\["|\(")([^"]*)("\]|"\)):::(\w+)$`)
	arrowLine   = regexp.MustCompile(`^(n\d+) (-->|-\.->) (n\d+)$`)
	otherLine   = regexp.MustCompile(`^(flowchart LR|accTitle: [\w ,]+|subgraph g\d+\["[^"]*"\]|end|class g\d+ frame|classDef \w+ [\w:#,\- ]+|linkStyle default stroke:#\w+)$`)
	labelText   = regexp.MustCompile(`^([\p{L}\p{N}\p{P}\p{S}\p{M} ]|#\d+;|&nbsp;|<br/>)*$`)
	labelEscape = regexp.MustCompile(`#\d+;|&nbsp;|<br/>`)
)

// read fails on every line that is not of a known form.
func read(t require.TestingT, chart string) flowchart {
	f := flowchart{changes: map[string]string{}, neighbours: map[string]string{}, classes: map[string]string{}}
	open := 0
	for line := range strings.Lines(chart) {
		line = strings.TrimSuffix(line, "\n")
		if m := nodeLine.FindStringSubmatch(line); m != nil {
			require.NotContains(t, f.classes, m[1])
			require.Regexp(t, labelText, m[3])
			require.NotRegexp(t, "[<>&#`*_]", labelEscape.ReplaceAllString(m[3], ""))
			f.classes[m[1]] = m[5]
			switch m[5] {
			case noteClass:
				f.left = m[3]
			case neighbourClass:
				require.Equal(t, `("`, m[2])
				f.neighbours[m[1]] = m[3]
			default:
				require.Equal(t, `["`, m[2])
				f.changes[m[1]] = m[3]
			}
		} else if m := arrowLine.FindStringSubmatch(line); m != nil {
			f.arrows = append(f.arrows, [3]string(m[1:4]))
		} else {
			require.Regexp(t, otherLine, line)
			switch {
			case strings.HasPrefix(line, "subgraph"):
				open++
			case line == "end":
				open--
			case strings.HasPrefix(line, "classDef"):
				require.NotEmpty(t, strings.Fields(line)[2])
			}
		}
	}
	require.Zero(t, open)
	for _, class := range f.classes {
		require.Contains(t, chart, "classDef "+class+" ")
	}
	return f
}

// counted sums up how many changes nodes stand for.
func (f flowchart) counted(t require.TestingT) int {
	number := regexp.MustCompile(`(\d+) (deleted|replaced|forgotten|created|imported|updated|tags only)`)
	sum := 0
	for _, text := range f.changes {
		_, about, _ := strings.Cut(text, "<br/>")
		found := number.FindAllStringSubmatch(about, -1)
		if len(found) == 0 {
			sum++
		}
		for _, m := range found {
			n, err := strconv.Atoi(m[1])
			require.NoError(t, err)
			sum += n
		}
	}
	for _, m := range regexp.MustCompile(`(\d+) (other change|tags-only update)`).FindAllStringSubmatch(f.left, -1) {
		n, err := strconv.Atoi(m[1])
		require.NoError(t, err)
		sum += n
	}
	return sum
}

func TestASmallFlowchart(t *testing.T) {
	chart := Mermaid(small())
	read(t, chart)
	harness.Golden(t, "small.mmd", chart)
}

func TestNothingThatChangesIsNoFlowchart(t *testing.T) {
	s := newStack()
	require.Empty(t, Mermaid(&s.Change))
	s.add(change.Same, "", "a", "aws:sqs/queue:Queue")
	s.add(change.Read, "", "b", "aws:sqs/queue:Queue", "a")
	require.Empty(t, Mermaid(&s.Change))
}

func TestOfTooManyChangesTagsAreLeftOutFirst(t *testing.T) {
	s := newStack()
	s.component("app", "plinth:app:App")
	for i := range 50 {
		tags(s.add(change.Update, "app", fmt.Sprint("tagged-", i), "aws:sqs/queue:Queue"))
	}
	f := read(t, Mermaid(&s.Change))
	require.Equal(t, map[string]string{"n1": "#126;&nbsp;app<br/>50 tags only"}, f.changes, "there is nothing else to show")

	s.add(change.Update, "app", "real", "aws:sqs/queue:Queue", "tagged-7")
	f = read(t, Mermaid(&s.Change))
	require.Equal(t, map[string]string{"n1": "#126;&nbsp;real<br/>sqs Queue"}, f.changes)
	require.Equal(t, map[string]string{"n2": "tagged-7<br/>sqs Queue"}, f.neighbours)
	require.Equal(t, [][3]string{{"n1", "-->", "n2"}}, f.arrows)
	require.Equal(t, "not shown#58; 50 tags-only updates", f.left)
}

func TestOfTooManyComponentsTheWorstAreKept(t *testing.T) {
	s := newStack()
	for i := range 60 {
		app := fmt.Sprintf("app-%02d", i)
		s.component(app, "plinth:app:App")
		s.add(change.Update, app, app+"-a", "aws:sqs/queue:Queue")
		s.add(change.Update, app, app+"-b", "aws:sqs/queue:Queue", app+"-a")
	}
	s.add(change.Delete, "app-58", "gone", "aws:sqs/queue:Queue")
	s.add(change.Replace, "app-59", "new", "aws:sqs/queue:Queue", "still")
	s.add(change.Same, "app-00", "still", "aws:sqs/queue:Queue")
	f := read(t, Mermaid(&s.Change))
	require.Len(t, f.changes, mostNodes-1)
	require.Equal(t, "−&nbsp;app-58<br/>1 deleted, 2 updated", strings.ReplaceAll(f.changes["n1"], "#44;", ","))
	require.Equal(t, "±&nbsp;app-59<br/>1 replaced, 2 updated", strings.ReplaceAll(f.changes["n2"], "#44;", ","))
	require.Equal(t, "#126;&nbsp;app-00<br/>2 updated", f.changes["n3"])
	require.Equal(t, [][3]string{{"n2", "-->", "n3"}}, f.arrows, "what a component's other resources are to a change is drawn at the component")
	require.Equal(t, "not shown#58; 42 other changes", f.left)
}

func TestNeighboursAndFramesAreFewerTheMoreChanges(t *testing.T) {
	for _, test := range []struct{ changes, neighbours, frames int }{{1, 12, 1}, {mostFrames, 12, mostFrames}, {mostFrames + 1, 12, 0}, {20, 4, 0}, {30, 0, 0}} {
		s := newStack()
		for i := range test.changes {
			name := fmt.Sprint("app-", i)
			s.component(name, "plinth:app:App")
			s.add(change.Update, name, "in-"+name, "aws:sqs/queue:Queue", "key")
		}
		for i := range 30 {
			s.add(change.Same, "", fmt.Sprint("user-", i), fmt.Sprintf("aws:m%d/queue:Queue", i), "in-app-0")
		}
		chart := Mermaid(&s.Change)
		f := read(t, chart)
		require.Len(t, f.changes, test.changes)
		require.Len(t, f.neighbours, test.neighbours)
		require.Equal(t, test.frames, strings.Count(chart, "subgraph"))
		require.Equal(t, fmt.Sprintf("not shown#58; %d neighbours", 30-test.neighbours), f.left)
	}
}

func TestAFlowchartThatIsTooLongLosesItsLastNodes(t *testing.T) {
	s := newStack()
	name := func(i int) string { return fmt.Sprint(strings.Repeat("<", 36), 10+i%60) }
	for i := range 60 {
		token := fmt.Sprint("aws:", strings.Repeat(">", 36), i, "/queue:Queue")
		s.add(change.Update, "", name(i), token, name(i+1))
		s.add(change.Update, "", "other-"+name(i), token)
	}
	chart := Mermaid(&s.Change)
	f := read(t, chart)
	require.Less(t, len(f.changes), mostNodes-1)
	require.Greater(t, len(chart), longestChart-300)
	require.LessOrEqual(t, len(chart), longestChart)
	require.Equal(t, 120, f.counted(t))
	for _, a := range f.arrows {
		require.Contains(t, f.classes, a[0])
		require.Contains(t, f.classes, a[2])
	}
}

func TestWhatUsesSomethingDeletedIsShownBeforeOtherNeighbours(t *testing.T) {
	s := newStack()
	s.add(change.Update, "", "key", "aws:kms/key:Key")
	s.add(change.Update, "", "other-key", "aws:kms/key:Key")
	s.add(change.Delete, "", "topic", "aws:sns/topic:Topic")
	for i := range 50 {
		s.component(fmt.Sprint("app-", i), "plinth:app:App")
		user := s.add(change.Same, fmt.Sprint("app-", i), fmt.Sprint("user-", i), "aws:sqs/queue:Queue", "key", "other-key")
		if i == 30 {
			user.New.Edges = nil
			user.Old = &rule.Resource{Edges: map[string][]string{"topic": {urn("topic")}}}
		}
	}
	f := read(t, Mermaid(&s.Change))
	require.Equal(t, "user-30<br/>sqs Queue", f.neighbours["n4"])
	require.Contains(t, f.arrows, [3]string{"n4", "-.->", "n1"})
	require.Equal(t, "not shown#58; 38 neighbours", f.left)
}

func TestAnyFlowchartCanBeDrawn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := some(t)
		changes := shown(c, (*change.Resource).Changed)
		chart := Mermaid(c)
		if changes == 0 {
			require.Empty(t, chart)
			return
		}
		f := read(t, chart)
		require.LessOrEqual(t, len(chart), longestChart)
		require.LessOrEqual(t, len(f.classes), mostNodes)
		require.LessOrEqual(t, len(f.neighbours), mostNeighbours)
		require.NotEmpty(t, f.changes)
		for i := range len(f.classes) {
			require.Contains(t, f.classes, fmt.Sprint("n", i+1))
		}
		drawn := map[[2]string]bool{}
		for _, a := range f.arrows {
			pair := [2]string{a[0], a[2]}
			require.False(t, drawn[pair] || a[0] == a[2])
			drawn[pair] = true
			require.Contains(t, f.classes, a[0])
			require.Contains(t, f.classes, a[2])
			require.True(t, f.changes[a[0]] != "" || f.changes[a[2]] != "", "one end changes")
		}
		require.Equal(t, changes, f.counted(t), chart)
		require.Equal(t, chart, Mermaid(shuffled(t, c)))
	})
}

func TestArrowsThatFollowFromOthersAreLeftOutAndNoWayIsLost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 8).Draw(t, "nodes")
		var arrows []arrow[int]
		next := map[int]map[int]bool{}
		had := map[[2]int]bool{}
		for range rapid.IntRange(0, 20).Draw(t, "arrows") {
			a := arrow[int]{from: rapid.IntRange(1, n).Draw(t, "from"), to: rapid.IntRange(1, n).Draw(t, "to")}
			if a.from != a.to && !had[[2]int{a.from, a.to}] {
				had[[2]int{a.from, a.to}] = true
				arrows = append(arrows, a)
			}
		}
		ways := func(arrows []arrow[int]) map[int]map[int]bool {
			next = map[int]map[int]bool{}
			for _, a := range arrows {
				if next[a.from] == nil {
					next[a.from] = map[int]bool{}
				}
				next[a.from][a.to] = true
			}
			return next
		}
		kept := direct(arrows)
		for from := 1; from <= n; from++ {
			for to := 1; to <= n; to++ {
				if from != to {
					require.Equal(t, reaches(ways(arrows), from, to), reaches(ways(kept), from, to))
				}
			}
		}
		for i, a := range kept {
			others := append(append([]arrow[int]{}, kept[:i]...), kept[i+1:]...)
			require.False(t, reaches(ways(others), a.from, a.to), "%v follows from the others", a)
		}
	})
}

// A program may have one component around all others, and more around those.
func TestAComponentThatHoldsAllIsNoGroup(t *testing.T) {
	s := newStack()
	s.component("platform", "acme:index:Platform")
	for i := range 12 {
		service := fmt.Sprintf("svc-%02d", i)
		s.component(service, "acme:index:Service")
		s.Resources[len(s.Resources)-1].NewState = &apitype.ResourceV3{Parent: resource.URN(urn("platform"))}
		for j := range 5 {
			r := s.add(change.Create, "platform", fmt.Sprint(service, "-", j), "aws:sqs/queue:Queue")
			r.NewState = &apitype.ResourceV3{Parent: resource.URN(urn(service))}
		}
	}
	f := read(t, Mermaid(&s.Change))
	require.Len(t, f.changes, 12)
	require.Contains(t, f.changes["n1"], "svc-00<br/>5 created")

	gone := s.add(change.Delete, "platform", "main-db", "aws:rds/instance:Instance")
	gone.OldState = &apitype.ResourceV3{Parent: resource.URN(urn("svc-00"))}
	f = read(t, Mermaid(&s.Change))
	require.Len(t, f.changes, 13)
	require.Contains(t, f.changes["n1"], "main-db<br/>rds Instance", "what is lost is not one of many")

	apart := newStack()
	apart.component("platform", "acme:index:Platform")
	for i := range 60 {
		apart.add(change.Create, "platform", fmt.Sprint(i), "aws:sqs/queue:Queue")
	}
	require.Equal(t, map[string]string{"n1": "#43;&nbsp;platform<br/>60 created"}, read(t, Mermaid(&apart.Change)).changes, "there is no other")
}
