package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/plinth-iac/plinth/policies/resilience"
)

// states are what may become of a resource, the worst first.
var states = []resilience.State{resilience.Lost, resilience.Unknown, resilience.Degraded, resilience.Unaffected}

var stateNames = map[resilience.State]string{
	resilience.Lost: "lost", resilience.Unknown: "unknown", resilience.Degraded: "degraded", resilience.Unaffected: "unaffected",
}

// stateColours are those of terminals; what is unaffected has none.
var stateColours = map[resilience.State]string{resilience.Lost: "31", resilience.Unknown: "36", resilience.Degraded: "33"}

// drill prints a line for each domain, then what is lost with those that lose something.
// What was asked for is told in any case.
func (pr printer) drill(d drill, picture string) {
	if len(d.losses) == 0 {
		pr.printf("\nnothing to lose: no zone, region, NAT gateway, key or machine is known\n")
	}
	details := d.losses
	if !d.chosen && len(d.losses) > 0 {
		pr.domains(d.losses)
		details = slices.DeleteFunc(slices.Clone(details), func(l resilience.Loss) bool { return !troubling(l) })
	}
	for _, loss := range details {
		pr.loss(loss)
	}
	pr.assumptions(details)
	if line := d.notLookedAt(); line != "" {
		pr.printf("\n%s\n", line)
	}
	if picture != "" {
		pr.printf("\ndrawn into %s\n", picture)
	}
}

// domains prints how much the loss of each domain loses.
func (pr printer) domains(losses []resilience.Loss) {
	width := len("to lose")
	for _, loss := range losses {
		width = max(width, len(title(loss.Domain)))
	}
	pr.printf("\n%-*s  %4s  %7s  %8s  at worst\n", width, "to lose", "lost", "unknown", "degraded")
	for _, loss := range losses {
		pr.printf("%-*s", width, title(loss.Domain))
		for _, state := range states[:3] {
			cell := fmt.Sprintf("%*d", max(len(stateNames[state]), 4), len(having(loss.Effects, state)))
			if len(having(loss.Effects, state)) > 0 {
				cell = pr.paint(stateColours[state], cell)
			}
			pr.printf("  %s", cell)
		}
		if summary := worstOf(loss).summary(loss.Domain.Kind); summary != "" {
			pr.printf("  %s", summary)
		}
		pr.printf("\n")
	}
}

// loss prints what the loss of one domain does: the resources of which the same becomes
// for the same reason are told of together.
func (pr printer) loss(loss resilience.Loss) {
	pr.printf("\n%s  %s\n", pr.paint("1", title(loss.Domain)), counts(loss))
	type fate struct {
		state resilience.State
		text  string
	}
	var fates []fate
	shared := map[fate][]resilience.Effect{}
	for _, e := range loss.Effects {
		if e.State == resilience.Unaffected {
			continue
		}
		f := fate{e.State, consequence(e)}
		if shared[f] == nil {
			fates = append(fates, f)
		}
		shared[f] = append(shared[f], e)
	}
	for _, f := range fates {
		pr.printf("  %s  %s\n", pr.paint(stateColours[f.state], fmt.Sprintf("%-8s", stateNames[f.state])), clean(f.text))
		for _, line := range wrapped(named(shared[f])) {
			pr.printf("            %s\n", clean(line))
		}
		// One or two steps need no telling.
		if e := shared[f][0]; f.state == resilience.Lost && len(shared[f]) == 1 && len(e.Path) > 2 {
			pr.printf("            %s\n", pr.paint("2", "by "+clean(pathOf(e))))
		}
	}
	pr.worst(loss)
}

// worst prints what the loss of a domain costs at worst, and of what.
func (pr printer) worst(loss resilience.Loss) {
	w := worstOf(loss)
	of := func(e *resilience.Effect) string { return " (" + clean(e.Resource.Name) + ")" }
	var lines []string
	if loss.Domain.Kind == resilience.Region {
		lines = w.ofRegion(of)
	} else if c := w.all(); c.away != nil && !c.free() {
		lines = append(lines, c.words(of))
	}
	for _, g := range w.without(loss.Domain.Kind) {
		lines = append(lines, wrapped(append([]string{fmt.Sprintf("%s (%d):", g.name, len(g.of))}, named(g.of)...))...)
	}
	for i, line := range lines {
		head := ""
		if i == 0 {
			head = "at worst"
		}
		pr.printf("  %-8s  %s\n", head, clean(line))
	}
}

// named is the names of resources, by their types.
func named(effects []resilience.Effect) []string {
	slices.SortStableFunc(effects, func(a, b resilience.Effect) int {
		return cmp.Compare(kindOf(a.Resource.Type), kindOf(b.Resource.Type))
	})
	parts := make([]string, len(effects))
	last := ""
	for i, e := range effects {
		if kind := kindOf(e.Resource.Type); kind != last {
			parts[i], last = kind+" ", kind
		}
		parts[i] += e.Resource.Name
		if i < len(effects)-1 {
			parts[i] += ","
		}
	}
	return parts
}

// wrapped puts parts into lines.
func wrapped(parts []string) []string {
	const longest = 100
	lines := []string{""}
	for _, part := range parts {
		last := &lines[len(lines)-1]
		switch {
		case *last == "":
			*last = part
		case len(*last)+1+len(part) > longest:
			lines = append(lines, part)
		default:
			*last += " " + part
		}
	}
	return lines
}

// counts is how many resources come to what.
func counts(loss resilience.Loss) string {
	var parts []string
	for _, state := range states {
		if n := len(having(loss.Effects, state)); n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, stateNames[state]))
		}
	}
	return strings.Join(parts, ", ")
}

// consequence is what becomes of a resource, what it costs and why.
func consequence(e resilience.Effect) string {
	var parts []string
	switch {
	case e.State != resilience.Degraded || e.Left == 1:
	case e.Left == 0: // only what caches is so
		parts = append(parts, "only what its caches hold")
	default:
		parts = append(parts, fmt.Sprintf("%.0f %% left", 100*e.Left))
	}
	if e.Recovery != nil {
		if text := recovered(e); text != "" {
			parts = append(parts, text)
		}
	}
	text := strings.Join(parts, ", ")
	if e.Because == "" {
		return text
	}
	return strings.TrimPrefix(text+"; "+e.Because, "; ")
}

// pathOf is the resources from the domain to the one that it affects, each with the
// reference that makes it so.
func pathOf(e resilience.Effect) string {
	steps := make([]string, len(e.Path))
	for i, step := range e.Path {
		steps[i] = step.Resource.Name
		if by := reference(e.Path, i); by != "" {
			steps[i] += " (" + by + ")"
		}
	}
	return strings.Join(steps, " > ")
}

// reference is the property that a step goes by: of its own resource, or of the one before.
func reference(path []resilience.Step, i int) string {
	if step := path[i]; step.Back && i > 0 {
		return path[i-1].Resource.Name + "." + step.Property
	}
	return path[i].Property
}

// assumptions prints the numbers that recoveries were computed from, each once.
func (pr printer) assumptions(losses []resilience.Loss) {
	var lines []string
	for _, loss := range losses {
		for _, e := range loss.Effects {
			if e.Recovery == nil {
				continue
			}
			for _, line := range e.Recovery.Assumptions {
				if !slices.Contains(lines, line) {
					lines = append(lines, line)
				}
			}
		}
	}
	for i, line := range lines {
		if i == 0 {
			pr.printf("\nassumed:\n")
		}
		pr.printf("  %s\n", clean(line))
	}
}

// span is a time in its two greatest units, such as "1 h 5 min".
func span(d time.Duration) string {
	var parts []string
	for _, unit := range []struct {
		name string
		is   time.Duration
	}{{"d", 24 * time.Hour}, {"h", time.Hour}, {"min", time.Minute}, {"s", time.Second}} {
		n := d / unit.is
		d -= n * unit.is
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, unit.name))
		} else if len(parts) > 0 {
			break
		}
		if len(parts) == 2 {
			break
		}
	}
	if len(parts) == 0 {
		return "less than 1 s"
	}
	return strings.Join(parts, " ")
}

// kindOf is the short name of a type token: "rds/instance" of aws:rds/instance:Instance.
func kindOf(token string) string {
	parts := strings.Split(token, ":")
	if len(parts) != 3 {
		return token
	}
	if _, name, found := strings.Cut(parts[1], "/"); found && strings.EqualFold(name, parts[2]) {
		return parts[1]
	}
	return parts[2]
}

// clean makes a text of a state fit for a terminal and a picture.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, s)
}
