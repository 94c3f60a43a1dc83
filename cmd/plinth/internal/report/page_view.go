package report

import (
	"cmp"
	"fmt"
	"html/template"
	"math"
	"slices"
	"strconv"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/plinth-iac/plinth/cmd/plinth/internal/change"
	"github.com/plinth-iac/plinth/cmd/plinth/internal/cost"
	"github.com/plinth-iac/plinth/cmd/plinth/internal/danger"
	"github.com/plinth-iac/plinth/cmd/plinth/internal/exposure"
	"github.com/plinth-iac/plinth/policies/rule"
	"github.com/plinth-iac/plinth/tests/rehearsal/timeline"
	"github.com/plinth-iac/plinth/tests/simcloud/latency"
)

// How much of its kind is shown unfolded, so that a large page is an overview too.
const (
	unfoldedItems    = 10
	unfoldedDiffs    = 8
	unfoldedChanges  = 40
	unfoldedFindings = 30
)

// stackPage is one stack's part of the page.
type stackPage struct {
	*Stack
	// ID is what the ids of the part begin with.
	ID              string
	Graph, Timeline template.HTML
	// Groups are what changes by component, Tallies and Changes how much that is.
	Groups  []changeGroup
	Tallies []opCount
	Changes int
	// Threats and Openings are the dangers and exposures, nil if there are none.
	Threats  *itemList[threat]
	Openings *itemList[opening]
	mentions map[string]mention
}

// threat and opening are a danger and an exposure with the resource as the page mentions it.
type threat struct {
	danger.Danger
	Mention mention
}

type opening struct {
	exposure.Exposure
	Mention mention
}

// itemList is a list of which the first are shown at once.
type itemList[T any] struct{ Shown, Folded []T }

func itemsOf[T, From any](list []From, item func(From) T) *itemList[T] {
	if len(list) == 0 {
		return nil
	}
	var all itemList[T]
	for i, from := range list {
		if i < unfoldedItems {
			all.Shown = append(all.Shown, item(from))
		} else {
			all.Folded = append(all.Folded, item(from))
		}
	}
	return &all
}

// mention is a resource in the page, with the id of what is told of its change, if anything.
type mention struct{ Kind, Name, ID string }

// changeGroup is a component, or what is in none, and what changes in it.
type changeGroup struct {
	Name    string
	Tallies []opCount
	// Loud are what people want to know of, Quiet those of which only tags and the like change,
	// and Repeating the components and providers, whose changes their parts repeat.
	Loud, Quiet, Repeating []changeRow
	Open                   bool
}

type changeRow struct {
	*change.Resource
	ID      string
	Open    bool
	Repeats bool
}

// opCount is how many changes are of an operation.
type opCount struct {
	Op    change.Op
	Count int
}

func newStackPage(s *Stack, index int) *stackPage {
	p := &stackPage{Stack: s, ID: fmt.Sprintf("s%d", index+1), Changes: len(s.changes()), mentions: map[string]mention{}}
	groups := map[string]int{}
	for i, r := range s.Change.Resources {
		in := mention{Kind: kindOf(r.Type), Name: r.Name}
		if r.Changed() || r.Unprotected() {
			in.ID = fmt.Sprintf("%s-r%d", p.ID, i+1)
			name := componentOf(s.Change, r)
			at, found := groups[name]
			if !found {
				at = len(p.Groups)
				groups[name] = at
				p.Groups = append(p.Groups, changeGroup{Name: name, Open: p.Changes <= unfoldedChanges})
			}
			p.add(r, in.ID, &p.Groups[at])
		}
		p.mentions[r.URN] = in
	}
	dangers := slices.SortedStableFunc(slices.Values(s.Dangers), worseDanger)
	p.Threats = itemsOf(dangers, func(d danger.Danger) threat { return threat{d, p.Mention(d.Resource.URN)} })
	p.Openings = itemsOf(s.Exposures, func(e exposure.Exposure) opening { return opening{e, p.Mention(e.Resource.URN)} })
	return p
}

// add puts a change into its group.
func (p *stackPage) add(r *change.Resource, id string, g *changeGroup) {
	row := changeRow{Resource: r, ID: id, Repeats: !happensTo(r)}
	switch {
	case row.Repeats:
		g.Repeating = append(g.Repeating, row)
		return
	case onlyNoise(r):
		g.Quiet = append(g.Quiet, row)
	default:
		row.Open = p.Changes <= unfoldedDiffs
		g.Loud = append(g.Loud, row)
	}
	if r.Op == change.Same {
		return
	}
	g.Tallies, p.Tallies = oneMore(g.Tallies, r.Op), oneMore(p.Tallies, r.Op)
}

// oneMore counts one more of an operation, in the order in which people want to know of them.
func oneMore(counts []opCount, op change.Op) []opCount {
	if i := slices.IndexFunc(counts, func(c opCount) bool { return c.Op == op }); i >= 0 {
		counts[i].Count++
		return counts
	}
	rank := func(c opCount) int {
		return slices.IndexFunc(operations, func(o operation) bool { return o.op == c.Op })
	}
	counts = append(counts, opCount{op, 1})
	slices.SortStableFunc(counts, func(a, b opCount) int { return cmp.Compare(rank(a), rank(b)) })
	return counts
}

// Mention is a resource in the page. The stack itself, and what has no URN, is in none.
func (p *stackPage) Mention(urn string) mention {
	u := resource.URN(urn)
	if m, found := p.mentions[urn]; found || !u.IsValid() || u.QualifiedType() == resource.RootStackType {
		return m
	}
	return mention{Kind: kindOf(rule.Canonical(string(u.Type()))), Name: u.Name()}
}

// findingGroup is what one policy finds.
type findingGroup struct {
	Finding
	Open  bool
	Items []findingItem
}

type findingItem struct {
	mention
	Problem, Fix string
}

// Findings are findings by policy, in the order in which the policies come.
func (p *stackPage) Findings(findings []Finding) []findingGroup {
	type policy struct {
		pack, name, severity string
		mandatory            bool
	}
	var groups []findingGroup
	at := map[policy]int{}
	for _, f := range findings {
		key := policy{f.Pack, f.Policy, f.Severity, f.Mandatory}
		if _, found := at[key]; !found {
			at[key] = len(groups)
			groups = append(groups, findingGroup{Finding: f, Open: len(findings) <= unfoldedFindings})
		}
		_, problem, fix := f.told()
		g := &groups[at[key]]
		g.Items = append(g.Items, findingItem{p.Mention(f.URN), problem, fix})
	}
	return groups
}

// serviceCost is what a service costs before and after.
type serviceCost struct {
	Name          string
	Before, After float64
}

// Services are those that either bill has lines of, in the order of the bills.
func (p *stackPage) Services() []serviceCost {
	var services []serviceCost
	for _, bill := range []cost.Bill{p.Cost.After, p.Cost.Before} {
		for _, l := range bill.Lines {
			name := l.Price.Service
			if slices.ContainsFunc(services, func(s serviceCost) bool { return s.Name == name }) {
				continue
			}
			before, _ := p.Cost.Before.Service(name)
			after, _ := p.Cost.After.Service(name)
			services = append(services, serviceCost{name, before, after})
		}
	}
	return services
}

// barTable is a table of operations.
type barTable struct {
	Caption string
	Rows    []barRow
}

type barRow struct {
	timeline.Bar
	Mention mention
}

// Table is a table of operations of the deploy.
func (p *stackPage) Table(caption string, bars []timeline.Bar) barTable {
	t := barTable{Caption: caption}
	for _, b := range bars {
		m := p.Mention(string(b.URN))
		t.Rows = append(t.Rows, barRow{b, mention{Kind: kindOf(b.Type), Name: b.Name, ID: m.ID}})
	}
	return t
}

// Untold says that the preview failed before it knew what changes.
func (p *stackPage) Untold() bool { return p.untold() }

// Refusal is what policies refuse the change for.
func (p *stackPage) Refusal() string { return p.refusal() }

// Does is what happens to the stack in all.
func (p *stackPage) Does() string { return p.does() }

// Remarks counts what the engine says.
func (p *stackPage) Remarks() int { return len(p.Change.Phase.Diagnostics) }

// pageWords are what the template can say besides.
var pageWords = template.FuncMap{
	"about": about, "capital": capital, "clock": clock, "count": count, "few": few, "kind": kindOf, "more": usdMore,
	"names": names, "rise": Cost.difference, "seconds": lastingSeconds, "sum": sumOf, "tally": tally, "usd": usd,
	"cell":    func(c column, p *stackPage) string { return p.cell(c) },
	"class":   func(l Level) string { return levelClasses[l] },
	"danger":  func(k danger.Kind) string { return dangerWords[k] },
	"grade":   func(grade string) string { return latency.Default().Grades[grade] },
	"head":    func(c column) string { return c.title },
	"number":  func(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) },
	"percent": func(share float64) string { return strconv.FormatFloat(math.Round(1000*share)/10, 'f', -1, 64) + " %" },
	"plan":    func(op change.Op) string { return operationOf(op).plan },
	"right":   func(c column) bool { return c.right },
	"sign":    func(op change.Op) string { return operationOf(op).sign },
}

var levelClasses = map[Level]string{Dangerous: "dangerous", Look: "look", Safe: "safe"}

var dangerWords = map[danger.Kind]string{danger.Loss: "data loss", danger.Outage: "outage", danger.Guard: "no longer protected", danger.Restart: "restart", danger.Rollout: "rollout"}

// clock is a time after the start: "1:02:05", "5:12".
func clock(seconds float64) string {
	s := int(math.Round(seconds))
	if s >= 3600 {
		return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
	}
	return fmt.Sprintf("%d:%02d", s/60, s%60)
}

func names(resources []*rule.Resource) []string {
	list := make([]string, len(resources))
	for i, r := range resources {
		list[i] = r.Name
	}
	return list
}
