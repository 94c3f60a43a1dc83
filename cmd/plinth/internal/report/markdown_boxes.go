package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/plinth-iac/plinth/cmd/plinth/internal/change"
	"github.com/plinth-iac/plinth/cmd/plinth/internal/danger"
	"github.com/plinth-iac/plinth/cmd/plinth/internal/exposure"
)

// items is a list of which there is room for some; the others are counted.
func items(list []string, most int) string {
	if len(list) > most {
		list = append(slices.Clone(list[:most]), fmt.Sprintf("- and %d more, in the full report\n", len(list)-most))
	}
	return strings.Join(list, "")
}

// failures are a box for each preview that did not come to its end, and one for each stack
// that policies refuse.
func (c *comment) failures(m room) string {
	var b strings.Builder
	for _, s := range c.Stacks {
		if s.Failed() != "" {
			b.WriteString(box("CAUTION", c.failure(s, m)))
		}
		if s.Refused() {
			b.WriteString(box("CAUTION", c.of(s)+"**Mandatory policies refuse this**: "+s.refusal()+".\n"))
		}
	}
	return b.String()
}

// failure is what stopped a preview, and what is not known because of it.
func (c *comment) failure(s *Stack, m room) string {
	text := c.of(s) + "**The preview failed**: " + prose(lineOf(s.Failed())) + "\n"
	if s.untold() {
		text += "\nWhat the change does is not known until that is fixed.\n"
	} else {
		text += "\nThe engine stopped there: what follows is only a part of what the change does.\n"
	}
	lines := withoutAdvice(s.Failed())
	if len(lines) < 2 || len(lines) == 2 && strings.Contains(lineOf(s.Failed()), strings.TrimSpace(lines[1])) {
		return text
	}
	if len(lines) > m.items {
		lines = append(lines[:m.items:m.items], fmt.Sprintf("and %s more", count(len(lines)-m.items, "line")))
	}
	for i, line := range lines {
		lines[i] = cut(printable(line), mostText)
	}
	return text + "\n" + fenced("", strings.Join(lines, "\n"))
}

// refusal is what policies refuse a stack for.
func (s *Stack) refusal() string {
	var parts []string
	for _, some := range []struct {
		findings []Finding
		words    string
	}{
		{s.Policies.New, "%s must be fixed before a deploy"},
		{s.Policies.Standing, "stood before this change: %s, by which every deploy is refused"},
		{s.Policies.Undecided, "not decided before the deploy: %s, by which the deploy is refused"},
	} {
		if n := mandatory(some.findings); n > 0 {
			parts = append(parts, fmt.Sprintf(some.words, count(n, "mandatory finding")))
		}
	}
	return strings.Join(parts, "; ")
}

// dangers are a box for what is lost, one for what is away for a while or moves, one for what
// protects it no longer, and one for what is rolled out.
func (c *comment) dangers(m room) string {
	boxes := []struct {
		alert, title string
		kinds        []danger.Kind
	}{
		{"CAUTION", "Data loss", []danger.Kind{danger.Loss}},
		{"WARNING", "Outages and restarts", []danger.Kind{danger.Outage, danger.Restart}},
		{"WARNING", "No longer protected", []danger.Kind{danger.Guard}},
		{"NOTE", "Rolled out", []danger.Kind{danger.Rollout}},
	}
	all := worstFirst(c.Report, (*Stack).alikeDangers, func(same []danger.Danger) string { return dangerLine(same[0]) },
		func(a, b []danger.Danger) int { return worseDanger(a[0], b[0]) })
	text := ""
	for _, b := range boxes {
		var told []string
		for _, g := range all {
			if slices.Contains(b.kinds, g.it[0].Kind) {
				told = append(told, c.danger(g.stack, g.it))
			}
		}
		if len(told) > 0 {
			text += box(b.alert, "**"+b.title+"**\n"+items(told, m.items))
		}
	}
	return text
}

// alikeDangers puts together dangers that differ in nothing but the resource and the properties.
func (s *Stack) alikeDangers() [][]danger.Danger {
	return alike(s.Dangers, func(d danger.Danger) string {
		of := d.Resource.Type
		if d.Kind == danger.Guard { // which is the same for all
			of = ""
		}
		return fmt.Sprint([]any{d.Kind, of, d.What, d.Keeps, d.Stops, d.Usual, d.Low, d.High, d.Instead})
	})
}

// danger is an item for some that are alike.
func (c *comment) danger(s *Stack, same []danger.Danger) string {
	var names, because []string
	for _, d := range same {
		names = append(names, code(named(d.Resource)))
		because = append(because, codes(unsaid(d))...)
	}
	slices.Sort(because)
	because = slices.Compact(because)
	d := same[0]
	what, rest, more := strings.Cut(prose(d.What), "; ")
	text := "- " + c.of(s) + few(names, 4)
	if len(names) > 1 {
		text += ": each"
	}
	text += " **" + what + "**"
	if more {
		text += "; " + rest
	}
	text += "."
	if len(d.Keeps) > 0 {
		text += " Kept by " + few(proses(d.Keeps), 4) + "."
	}
	if d.Usual > 0 {
		text += " Away for about " + about(d.Usual, d.Low, d.High) + "."
	} else if d.Kind == danger.Outage && d.Resource.Op != change.Delete {
		text += " How long it is away is not known."
	}
	text += "\n"
	if len(because) > 0 {
		text += "  - Because of " + few(because, 3) + "\n"
	}
	switch {
	case len(d.Stops) > 0:
		text += "  - Refused by " + refusers(proses(d.Stops), 4) + "\n"
	case d.Kind == danger.Loss && (s.Failed() != "" || s.Refused()):
		text += "  - Nothing else refuses it: **once the above is fixed, a deploy goes through with it**\n"
	case d.Kind == danger.Loss:
		text += "  - **Nothing refuses it:** a deploy goes through with it\n"
	}
	if d.Instead != "" {
		text += "  - Instead: " + prose(d.Instead) + "\n"
	}
	return text
}

func proses(texts []string) []string {
	list := make([]string, len(texts))
	for i, text := range texts {
		list[i] = prose(text)
	}
	return list
}

// exposures are a box of what is open now, and one of what may be.
func (c *comment) exposures(m room) string {
	kind, text := "WARNING", ""
	var list []string
	var unknown []given[exposure.Exposure]
	for _, g := range worstFirst(c.Report, func(s *Stack) []exposure.Exposure { return s.Exposures }, exposureLine, exposure.Exposure.Compare) {
		if g.it.Wide {
			kind = "CAUTION"
		}
		if notKnown(g.it) {
			unknown = append(unknown, g)
		} else {
			list = append(list, c.exposure(g.stack, g.it))
		}
	}
	if len(list) > 0 {
		text = box(kind, "**Newly open**\n"+items(list, m.items))
	}
	list = nil
	for _, same := range alike(unknown, func(g given[exposure.Exposure]) string {
		return fmt.Sprint([]any{g.stack.Name, g.it.Kind, g.it.Resource.Type})
	}) {
		list = append(list, c.unknown(same))
	}
	if len(list) > 0 {
		text += box("NOTE", "**Not known before the deploy**\n"+items(list, m.items))
	}
	return text
}

// notKnown says of an exposure that it may be none.
func notKnown(e exposure.Exposure) bool { return e.Unknown && !e.Wide }

// unknown is an item for what is not known of resources of a type.
func (c *comment) unknown(same []given[exposure.Exposure]) string {
	if len(same) == 1 {
		return c.exposure(same[0].stack, same[0].it)
	}
	var names, what []string
	for _, g := range same {
		names = append(names, code(named(g.it.Resource)))
		what = append(what, prose(g.it.What))
	}
	return "- " + c.of(same[0].stack) + few(distinct(names), 4) + ": " + few(distinct(what), 2) + ".\n"
}

// distinct are texts without repeats, in their order.
func distinct(texts []string) []string {
	var list []string
	for _, same := range alike(texts, func(text string) string { return text }) {
		list = append(list, same[0])
	}
	return list
}

func (c *comment) exposure(s *Stack, e exposure.Exposure) string {
	text := "- " + c.of(s) + code(named(e.Resource)) + ": " + prose(e.What)
	if e.Was != "" {
		text += " (before: " + prose(e.Was) + ")"
	}
	if e.Property != "" {
		text += ", in " + code(e.Property)
	}
	text += "."
	switch {
	case e.Wide && e.Kind == exposure.Permission:
		text += " **Everything is allowed.**"
	case e.Wide:
		text += " **Open to everybody.**"
	}
	return text + "\n"
}

// findings are what policies found that they did not before.
func (c *comment) findings(m room) string {
	var list []string
	var all []Finding
	uncompared, more := false, ""
	for _, g := range worstFirst(c.Report, func(s *Stack) [][]Finding { return alikeFindings(s.Policies.New) },
		func(same []Finding) string { return findingLine(same[0]) }, func(a, b []Finding) int { return worseLevel(a[0], b[0]) }) {
		list, all = append(list, c.finding(g.stack, g.it)), append(all, g.it...)
		uncompared, more = uncompared || !g.stack.Policies.Compared, max(more, g.stack.Policies.atLeast())
	}
	if len(list) == 0 {
		return ""
	}
	text := "### New policy findings: " + more + mandatoryAndAdvisory(all) + "\n\n"
	if uncompared {
		text += "What was found before the change is not known: these are on what it creates, updates or replaces.\n\n"
	}
	return text + items(list, m.items) + "\n"
}

// alikeFindings puts together findings that differ in nothing but the resource.
func alikeFindings(findings []Finding) [][]Finding {
	return alike(findings, func(f Finding) string {
		_, problem, fix := f.told()
		return fmt.Sprint([]any{f.Policy, f.Severity, problem, fix, f.Mandatory})
	})
}

// finding is an item for what a policy says of some resources.
func (c *comment) finding(s *Stack, same []Finding) string {
	var names []string
	for _, f := range same {
		name, _, _ := f.told()
		if !ofWholeStack(f) {
			name = code(name)
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	f := same[0]
	_, problem, fix := f.told()
	level := "advisory"
	if f.Mandatory {
		level = "**mandatory**"
	}
	if f.Severity != "" {
		level += ", " + prose(f.Severity)
	}
	text := fmt.Sprintf("- %s%s (%s): %s: %s\n", c.of(s), code(f.Policy), level, few(names, 5), prose(problem))
	if fix != "" {
		text += "  - Fix: " + prose(fix) + "\n"
	}
	return text
}
