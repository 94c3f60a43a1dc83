package report

import (
	"slices"
	"strconv"
	"strings"

	"github.com/plinth-iac/plinth/tests/rehearsal/timeline"
)

// column is one of the table of stacks.
type column struct {
	title string
	right bool
	cell  func(*Stack) string
	// changes is set if it counts what changes; whole, if it is about the stack as a whole, of
	// which a preview must be complete.
	changes, whole bool
}

// unknownCell is in the table where a preview failed before it could tell.
const unknownCell = "?"

// columns are those of the table of stacks, without operations that nothing is changed by,
// but for those that everybody looks for.
func (r *Report) columns() []column {
	list := []column{{title: "stack", cell: func(s *Stack) string { return levelSigns[s.Verdict.Level] + " " + code(s.Name) }}}
	for _, o := range operations {
		if r.tells(o.op) {
			list = append(list, column{o.plan, true, func(s *Stack) string { return strconv.Itoa(s.Counts[o.op]) }, true, false})
		}
	}
	list = append(list,
		column{"new policy findings", false, func(s *Stack) string { return s.Policies.cell() }, false, false},
		column{"USD a month", true, func(s *Stack) string { return strings.ReplaceAll(s.Cost.cell(), "at least ", "≥ ") }, false, true},
		column{"this deploy", true, func(s *Stack) string { return s.deploy() }, false, true},
		column{"deploy from nothing", true, func(s *Stack) string { return s.Deploy.whole() }, false, true},
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

// cell is what a column says of a stack, as far as its preview came.
func (s *Stack) cell(c column) string {
	if c.changes && s.untold() || c.whole && s.Failed() != "" {
		return unknownCell
	}
	return c.cell(s)
}

// untold says that a preview failed before it knew what changes.
func (s *Stack) untold() bool { return s.Failed() != "" && len(s.changes()) == 0 }

// cell is what policies newly found, as far as they were asked.
func (p Policies) cell() string {
	switch {
	case !p.Asked && !p.Partial:
		return "not asked"
	case len(p.New) == 0 && p.Partial:
		return unknownCell
	case len(p.New) == 0:
		return "none"
	}
	return p.atLeast() + mandatoryAndAdvisory(p.New)
}

// atLeast says that there may be more than is told.
func (p Policies) atLeast() string {
	if p.Partial {
		return "at least "
	}
	return ""
}

// mandatoryAndAdvisory says how many findings are mandatory, and how many advisory.
func mandatoryAndAdvisory(findings []Finding) string {
	var parts []string
	n := mandatory(findings)
	if n > 0 {
		parts = append(parts, strconv.Itoa(n)+" mandatory")
	}
	if advisory := len(findings) - n; advisory > 0 {
		parts = append(parts, strconv.Itoa(advisory)+" advisory")
	}
	return strings.Join(parts, ", ")
}

// mandatory counts the findings that are.
func mandatory(findings []Finding) (n int) {
	for _, f := range findings {
		if f.Mandatory {
			n++
		}
	}
	return n
}

// cell is what a stack costs, with what it cost before if that was something else.
func (c Cost) cell() string {
	before, after := sumOf(c.Before), sumOf(c.After)
	switch _, partial := c.more(); {
	case c.fromNothing() || !partial && before == after && c.outside == 0:
		return after
	case partial: // the sums do not tell a difference
		return c.difference()
	}
	return before + " → " + after + " (" + c.difference() + ")"
}

// fromNothing says that there was nothing to pay for.
func (c Cost) fromNothing() bool {
	return len(c.Before.Lines)+len(c.Before.NotPriced) == 0 && c.outside == 0
}

// difference is by how much it costs more.
func (c Cost) difference() string {
	more, partial := c.more()
	text := usdMore(c.Before.USD(), c.Before.USD()+more)
	switch {
	case partial && !c.fromNothing():
		return text + " (comparable part)"
	case c.outside != 0:
		return text + ", with what is outside the stack"
	}
	return text
}

// deploy is how long that of the change takes, if it comes to its end.
func (s *Stack) deploy() string {
	if s.Stops() {
		return "stops"
	}
	return s.Deploy.cell()
}

// Stops says that AWS refuses a part of the deploy, of which it is not known how far it comes.
func (s *Stack) Stops() bool { return slices.ContainsFunc(s.Dangers, rejected) }

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
