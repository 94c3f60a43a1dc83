package report

import (
	"strconv"
	"strings"

	"github.com/plinth-iac/plinth/tests/rehearsal/timeline"
)

// column is one of the table of stacks.
type column struct {
	title string
	right bool
	cell  func(*Stack) string
	// whole is set if it is about the stack as a whole, of which a preview must be complete.
	whole bool
}

// unknownCell is in the table where a preview failed before it could tell.
const unknownCell = "?"

// columns are those of the table of stacks, without operations that nothing is changed by,
// but for those that everybody looks for.
func (r *Report) columns() []column {
	list := []column{{title: "stack", cell: func(s *Stack) string { return levelSigns[s.Verdict.Level] + " " + code(s.Change.Stack) }}}
	for _, o := range operations {
		if r.tells(o.op) {
			list = append(list, column{o.plan, true, func(s *Stack) string { return strconv.Itoa(s.Counts[o.op]) }, false})
		}
	}
	list = append(list,
		column{"new policy findings", false, func(s *Stack) string { return s.Policies.cell() }, false},
		column{"USD a month", true, func(s *Stack) string { return strings.ReplaceAll(s.Cost.cell(), "at least ", "≥ ") }, true},
		column{"this deploy", true, func(s *Stack) string { return s.Deploy.cell() }, true},
		column{"deploy from nothing", true, func(s *Stack) string { return s.Deploy.whole() }, true},
	)
	return list
}

// table is a row for each stack.
func (c *comment) table() string {
	columns := c.columns()
	row := func(cell func(column) string) string {
		texts := make([]string, len(columns))
		for i, column := range columns {
			texts[i] = cell(column)
		}
		return cells(texts...)
	}
	bold := func(title, text string) string {
		if title == "replace" && text != "0" && text != unknownCell {
			return "**" + text + "**"
		}
		return text
	}
	var b strings.Builder
	b.WriteString(row(func(c column) string { return bold(c.title, c.title) }))
	b.WriteString(row(func(c column) string {
		if c.right {
			return "---:"
		}
		return "---"
	}))
	for _, s := range c.Stacks {
		b.WriteString(row(func(c column) string { return bold(c.title, s.cell(c)) }))
	}
	return b.String()
}

// cell is what a column says of a stack. A program that failed says nothing of it.
func (s *Stack) cell(c column) string {
	if c.title != "stack" && s.failed() || c.whole && s.stopped() {
		return unknownCell
	}
	return c.cell(s)
}

// failed says that a preview failed before it knew what changes.
func (s *Stack) failed() bool { return failureOf(s.Change.Phase) != "" && s.changed() == 0 }

// stopped says that the engine gave a preview up on the way: what it says is not all.
func (s *Stack) stopped() bool {
	failure := failureOf(s.Change.Phase)
	return failure != "" && !strings.Contains(failure, refusal)
}

func (p Policies) cell() string {
	switch {
	case !p.Asked:
		return "not asked"
	case len(p.New) == 0:
		return "none"
	}
	return mandatoryAndAdvisory(p.New)
}

// mandatoryAndAdvisory says how many findings are mandatory, and how many advisory.
func mandatoryAndAdvisory(findings []Finding) string {
	mandatory := 0
	for _, f := range findings {
		if f.Mandatory {
			mandatory++
		}
	}
	var parts []string
	if mandatory > 0 {
		parts = append(parts, strconv.Itoa(mandatory)+" mandatory")
	}
	if advisory := len(findings) - mandatory; advisory > 0 {
		parts = append(parts, strconv.Itoa(advisory)+" advisory")
	}
	return strings.Join(parts, ", ")
}

// cell is what a stack costs, with what it cost before if that was something else.
func (c Cost) cell() string {
	before, after := sumOf(c.Before), sumOf(c.After)
	if _, partial := c.more(); before == after && !partial {
		return after
	}
	return before + " → " + after + " (" + c.difference() + ")"
}

// difference is by how much it costs more.
func (c Cost) difference() string {
	more, partial := c.more()
	if partial {
		return usdMore(0, more) + " and what has no price"
	}
	return usdMore(c.Before.USD(), c.After.USD())
}

// cell is how long the deploy of the change takes, if there is anything to deploy.
func (d Deploy) cell() string {
	if d.This.Seconds == 0 {
		return "–"
	}
	return lastingSeconds(d.This.Seconds)
}

// whole is how long it takes to make the whole stack, with how long it took before.
func (d Deploy) whole() string {
	before, after := lastingWhole(d.Before), lastingWhole(d.After)
	if d.Before == nil || before == after {
		return after
	}
	return before + " → " + after
}

func lastingWhole(r *timeline.Result) string {
	if r == nil {
		return "–"
	}
	return lastingSeconds(r.Seconds)
}
