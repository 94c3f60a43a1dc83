package report

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/plinth-iac/plinth/cmd/plinth/internal/change"
	"github.com/plinth-iac/plinth/cmd/plinth/internal/danger"
	"github.com/plinth-iac/plinth/cmd/plinth/internal/exposure"
)

const (
	// terminalColumns is how wide a terminal is taken to be.
	terminalColumns = 120
	// terminalItems is how many lines each part has there.
	terminalItems = 10
	// terminalText is how many characters of a line are written, whatever it is wrapped to.
	terminalText = 2 * mostText
)

// levelColours are those of verdicts on terminals.
var levelColours = map[Level]string{Safe: "32", Look: "33", Dangerous: "31"}

// terminal is what is written for one.
type terminal struct {
	strings.Builder
	color bool
}

// Text is the report in short, for a terminal.
func (r *Report) Text(color bool) string {
	t := &terminal{color: color}
	stack, v := r.headline()
	reason := v.Reason
	if stack != "" {
		reason = stack + ": " + reason
	}
	t.line("", levelColours[v.Level], string(v.Level), reason)
	t.table(r)
	t.boxes(r)
	t.WriteString("\n")
	for _, s := range r.Stacks {
		if s.Failed() != "" {
			continue
		}
		t.line("  ", "", fmt.Sprintf("%-7s", "cost"), s.Name+": "+s.Cost.cell()+" USD a month")
		t.line("  ", "", fmt.Sprintf("%-7s", "deploy"), s.Name+": "+s.deploy()+"; from nothing "+s.Deploy.whole())
	}
	for _, s := range r.Stacks {
		for _, note := range s.Notes {
			t.line("  ", "", fmt.Sprintf("%-7s", "note"), s.Name+": "+note)
		}
	}
	base := "what is deployed"
	if r.Base != "" {
		base = r.Base
	}
	t.line("  ", "", fmt.Sprintf("%-7s", "against"), base)
	return t.String()
}

// table has a row for each stack.
func (t *terminal) table(r *Report) {
	width, level := len("stack"), 0
	for _, s := range r.Stacks {
		width, level = max(width, utf8.RuneCountInString(cut(s.Name, mostName))), max(level, len(s.Verdict.Level))
	}
	row := func(stack string, cell func(operation) string, policies string) string {
		text := fmt.Sprintf("%-*s", width, printable(stack))
		for _, o := range operations {
			if r.tells(o.op) {
				text += fmt.Sprintf("  %*s", max(6, len(o.plan)), cell(o))
			}
		}
		return text + "  " + policies
	}
	t.WriteString("\n")
	t.line("  ", "1", strings.Repeat(" ", level), row("stack", func(o operation) string { return o.plan }, "new policy findings"))
	for _, s := range r.Stacks {
		count := func(o operation) string { return fmt.Sprint(s.Counts[o.op]) }
		if s.untold() {
			count = func(operation) string { return unknownCell }
		}
		t.line("  ", levelColours[s.Verdict.Level], fmt.Sprintf("%-*s", level, s.Verdict.Level), row(cut(s.Name, mostName), count, s.Policies.cell()))
	}
}

// item is a line of a part.
type item struct{ color, label, text string }

// boxes are what nobody should miss, a line each, the worst first.
func (t *terminal) boxes(r *Report) {
	of := func(s *Stack) string {
		if len(r.Stacks) < 2 {
			return ""
		}
		return cut(s.Name, mostName) + ": "
	}
	var failed, lost, away, open, found []item
	for _, s := range r.Stacks {
		if s.Failed() != "" {
			failed = append(failed, item{"31", "failed", of(s) + lineOf(s.Failed())})
		}
		if s.Refused() {
			failed = append(failed, item{"31", "refused", of(s) + s.refusal()})
		}
	}
	for _, g := range worstFirst(r, func(s *Stack) []danger.Danger { return s.Dangers }, dangerLine, worseDanger) {
		if i := (item{dangerColours[g.it.Kind], string(g.it.Kind), of(g.stack) + dangerLine(g.it)}); g.it.Kind == danger.Loss {
			lost = append(lost, i)
		} else {
			away = append(away, i)
		}
	}
	for _, g := range worstFirst(r, func(s *Stack) []exposure.Exposure { return s.Exposures }, exposureLine, exposure.Exposure.Compare) {
		color, label := "33", "open"
		switch {
		case g.it.Wide:
			color = "31"
		case g.it.Unknown:
			color, label = "", "unknown"
		}
		open = append(open, item{color, label, of(g.stack) + exposureLine(g.it)})
	}
	for _, g := range worstFirst(r, func(s *Stack) []Finding { return s.Policies.New }, findingLine, worseLevel) {
		color, level := "33", "advisory"
		if g.it.Mandatory {
			color, level = "31", "mandatory"
		}
		name, problem, fix := g.it.told()
		text := of(g.stack) + cut(g.it.Policy, mostName) + ": " + name + ": " + problem
		if fix != "" {
			text += "; " + fix
		}
		found = append(found, item{color, level, text})
	}
	for _, items := range [][]item{failed, lost, away, open, found} {
		t.items(items)
	}
}

// dangerColours are those of dangers on terminals.
var dangerColours = map[danger.Kind]string{danger.Loss: "31", danger.Outage: "33", danger.Guard: "33", danger.Restart: "33"}

// items are as many lines of a part as there is room for.
func (t *terminal) items(items []item) {
	if len(items) > 0 {
		t.WriteString("\n")
	}
	for _, i := range items[:min(len(items), terminalItems)] {
		t.line("  ", i.color, fmt.Sprintf("%-7s", i.label), i.text)
	}
	if rest := len(items) - terminalItems; rest > 0 {
		t.line("  ", "", "", fmt.Sprintf("and %d more", rest))
	}
}

// tells says whether an operation has a column: those that everybody looks for have.
func (r *Report) tells(op change.Op) bool {
	switch op {
	case change.Same, change.Read:
		return false
	case change.Import, change.Forget:
		return slices.ContainsFunc(r.Stacks, func(s *Stack) bool { return s.Counts[op] > 0 })
	}
	return true
}

// line is a label, which alone is coloured, and a text that goes on under itself. Without a
// label worth reading the text is coloured.
func (t *terminal) line(indent, color, label, text string) {
	t.WriteString(indent)
	paint := func(text string) string {
		if !t.color || color == "" {
			return text
		}
		return "\x1b[" + color + "m" + text + "\x1b[0m"
	}
	blank := strings.TrimSpace(label) == ""
	if !blank {
		t.WriteString(paint(label))
	} else {
		t.WriteString(label)
	}
	hang := len(indent) + len(label)
	if label != "" {
		t.WriteString("  ")
		hang += 2
	}
	for i, part := range wrapped(cut(printable(text), terminalText), terminalColumns-hang) {
		if i > 0 {
			t.WriteString(strings.Repeat(" ", hang))
		}
		if blank {
			part = paint(part)
		}
		t.WriteString(part + "\n")
	}
}

// wrapped breaks a text into lines, between words where it can.
func wrapped(text string, width int) []string {
	var lines []string
	rest := []rune(strings.TrimRight(text, " "))
	for len(rest) > width {
		at := width
		for at > 0 && rest[at] != ' ' {
			at--
		}
		if at == 0 {
			at = width
		}
		lines = append(lines, strings.TrimRight(string(rest[:at]), " "))
		rest = []rune(strings.TrimLeft(string(rest[at:]), " "))
	}
	return append(lines, string(rest))
}
