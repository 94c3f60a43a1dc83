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

// failures is a box for each preview that did not come to its end.
func (c *comment) failures(m room) string {
	var b strings.Builder
	for _, s := range c.Stacks {
		failure := failureOf(s.Change.Phase)
		if failure == "" {
			continue
		}
		if strings.Contains(failure, refusal) {
			b.WriteString(box("CAUTION", c.of(s)+"**Mandatory policies refuse this**: it cannot be deployed before their findings are mended.\n"))
			continue
		}
		text := c.of(s) + "**The preview failed**: " + prose(failureLine(s.Change.Phase)) + "\n"
		if s.failed() {
			text += "\nWhat the change does is not known before that is mended.\n"
		} else if s.stopped() {
			text += "\nThe engine stopped there: what follows is only a part of what the change does.\n"
		}
		if lines := strings.Split(failure, "\n"); len(lines) > 2 {
			if len(lines) > m.items {
				lines = append(lines[:m.items:m.items], fmt.Sprintf("and %s more", count(len(lines)-m.items, "line")))
			}
			for i, line := range lines {
				lines[i] = printable(line)
			}
			text += "\n" + fenced("", strings.Join(lines, "\n"))
		}
		b.WriteString(box("CAUTION", text))
	}
	return b.String()
}

// refusal is what a preview says that mandatory findings stop; they are told by themselves.
const refusal = "mandatory policy finding"

// dangers are a box for what is lost, one for what is away for a while or moves, and one for
// what is rolled out.
func (c *comment) dangers(m room) string {
	boxes := []struct {
		alert, title string
		kinds        []danger.Kind
	}{
		{"CAUTION", "Data loss", []danger.Kind{danger.Loss}},
		{"WARNING", "Outages and restarts", []danger.Kind{danger.Outage, danger.Restart}},
		{"NOTE", "Rolled out", []danger.Kind{danger.Rollout}},
	}
	text := ""
	for _, b := range boxes {
		var told []string
		for _, s := range c.Stacks {
			for _, same := range alike(s.Dangers) {
				if slices.Contains(b.kinds, same[0].Kind) {
					told = append(told, c.danger(s, same))
				}
			}
		}
		if len(told) > 0 {
			text += box(b.alert, "**"+b.title+"**\n"+items(told, m.items))
		}
	}
	return text
}

// alike puts together dangers that differ in nothing but the resource and the properties.
func alike(dangers []danger.Danger) [][]danger.Danger {
	var groups [][]danger.Danger
	at := map[string]int{}
	for _, d := range dangers {
		key := fmt.Sprint([]any{d.Kind, d.Resource.Type, d.What, d.Keeps, d.Stops, d.Usual, d.Low, d.High, d.Instead})
		i, known := at[key]
		if !known {
			i = len(groups)
			at[key], groups = i, append(groups, nil)
		}
		groups[i] = append(groups[i], d)
	}
	return groups
}

// danger is an item for some that are alike.
func (c *comment) danger(s *Stack, same []danger.Danger) string {
	var names, because []string
	for _, d := range same {
		names = append(names, code(named(d.Resource)))
		because = append(because, codes(d.Because)...)
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
	switch {
	case len(d.Keeps) > 0:
		text += " Kept all the same: " + sentences(d.Keeps) + "."
	case d.Kind == danger.Loss:
		text += " Nothing is known to keep it."
	}
	if d.Usual > 0 {
		text += " Away for about " + about(d.Usual, d.Low, d.High) + "."
	} else if d.Kind == danger.Outage && d.Resource.Op != change.Delete {
		text += " How long it is away is not known."
	}
	text += "\n"
	if len(because) > 0 {
		text += "  - Because of " + few(because, 4) + "\n"
	}
	if len(d.Stops) > 0 {
		text += "  - Refused by " + sentences(d.Stops) + "\n"
	} else if d.Kind == danger.Loss && failureOf(s.Change.Phase) != "" {
		text += "  - Nothing refuses it but the failure above: **with that mended, a deploy goes through with it**\n"
	} else if d.Kind == danger.Loss {
		text += "  - **Nothing refuses it:** a deploy goes through with it\n"
	}
	if d.Instead != "" {
		text += "  - Instead: " + prose(d.Instead) + "\n"
	}
	return text
}

func sentences(texts []string) string {
	list := make([]string, len(texts))
	for i, text := range texts {
		list[i] = prose(text)
	}
	return few(list, 4)
}

// exposures is the box of what is open now.
func (c *comment) exposures(m room) string {
	kind := "WARNING"
	var list []string
	for _, s := range c.Stacks {
		for _, e := range s.Exposures {
			if e.Wide {
				kind = "CAUTION"
			}
			list = append(list, c.exposure(s, e))
		}
	}
	if len(list) == 0 {
		return ""
	}
	return box(kind, "**Newly open**\n"+items(list, m.items))
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
	uncompared := false
	for _, s := range c.Stacks {
		list, all = append(list, c.grouped(s, s.Policies.New)...), append(all, s.Policies.New...)
		uncompared = uncompared || len(s.Policies.New) > 0 && !s.Policies.Compared
	}
	if len(list) == 0 {
		return ""
	}
	text := "### New policy findings: " + mandatoryAndAdvisory(all) + "\n\n"
	if uncompared {
		text += "What was found before the change is not known: these are on what it creates, updates or replaces.\n\n"
	}
	return text + items(list, m.items) + "\n"
}

// grouped is an item for each policy and what it says, with the resources that it says it of.
func (c *comment) grouped(s *Stack, findings []Finding) []string {
	type group struct {
		policy, severity, problem, fix string
		mandatory                      bool
	}
	var groups []group
	of := map[group][]string{}
	for _, f := range findings {
		name, problem, fix := f.told()
		g := group{f.Policy, f.Severity, problem, fix, f.Mandatory}
		if of[g] == nil {
			groups = append(groups, g)
		}
		if !ofWholeStack(f) {
			name = code(name)
		}
		if !slices.Contains(of[g], name) {
			of[g] = append(of[g], name)
		}
	}
	list := make([]string, len(groups))
	for i, g := range groups {
		level := "advisory"
		if g.mandatory {
			level = "**mandatory**"
		}
		if g.severity != "" {
			level += ", " + prose(g.severity)
		}
		list[i] = fmt.Sprintf("- %s%s (%s): %s: %s", c.of(s), code(g.policy), level, few(of[g], 5), prose(g.problem))
		if g.fix != "" {
			list[i] += "\n  - Fix: " + prose(g.fix)
		}
		list[i] += "\n"
	}
	return list
}
