package report

import (
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/plinth-iac/plinth/cmd/plinth/internal/cost"
	"github.com/plinth-iac/plinth/cmd/plinth/internal/picture"
	"github.com/plinth-iac/plinth/tests/rehearsal/timeline"
)

const (
	// costRows is how many resources the table of costs names.
	costRows = 5
	// gapRows is how many kinds of resources without a price are listed.
	gapRows = 8
	// undecidedRows is how many policies that could not be decided are.
	undecidedRows = 12
	// pathRows is how many operations that of the critical path does.
	pathRows = 10
)

// stack is what there is to know of one stack beyond the table and the boxes.
func (c *comment) stack(s *Stack, m room) string {
	text := ""
	if m.details {
		text = s.notes(m)
	}
	text += c.changesOf(s, m)
	if m.details && s.Failed() == "" {
		text += s.Cost.told()
	}
	if m.pictures {
		text += c.pictures[s]
	}
	if m.details && s.Failed() == "" && !s.Stops() {
		text += s.Deploy.told()
	}
	if m.standing {
		text += c.standing(s)
	}
	if m.details {
		text += s.warnings(m)
	}
	if text == "" {
		return ""
	}
	return "### " + code(s.Name) + "\n\n" + text
}

func pictureOf(s *Stack) string {
	text := picture.Mermaid(s.Change)
	if text == "" {
		return ""
	}
	return folded("Picture: what changes, and what is next to it", fenced("mermaid", text))
}

// standing are the findings that are not new, and what policies could not find out.
func (c *comment) standing(s *Stack) string {
	text, summary := "", []string{}
	for _, some := range []struct {
		findings []Finding
		words    string
	}{{s.Policies.Gone, "no longer found"}, {s.Policies.Standing, "found before as well"}} {
		if len(some.findings) == 0 {
			continue
		}
		summary = append(summary, mandatoryAndAdvisory(some.findings)+" "+some.words)
		text += "**" + capital(some.words) + "**\n\n"
		for _, same := range alikeFindings(some.findings) {
			text += c.finding(s, same)
		}
		text += "\n"
	}
	if text != "" {
		text = folded("Policy findings that are not new: "+strings.Join(summary, "; "), text)
	}
	if len(s.Policies.Undecided) == 0 {
		return text
	}
	var list []string
	for _, f := range s.Policies.Undecided {
		list = append(list, openItems(f.Message)...)
	}
	return text + folded(undecided, items(list, undecidedRows))
}

// openItems are a line on verdicts that cannot be given, and a line for each policy.
func openItems(message string) []string {
	lead, rest := message, ""
	causes := openVerdicts.FindAllStringIndex(message, -1)
	if len(causes) > 0 {
		lead, rest = message[:causes[0][0]], ":"
	}
	list := []string{"- " + capital(prose(lead)) + rest + "\n"}
	for i, at := range causes {
		end := len(message)
		if i+1 < len(causes) {
			end = causes[i+1][0]
		}
		policy, on, _ := strings.Cut(message[at[0]+len("; "):end], " on ")
		list = append(list, "  - "+code(policy)+" on "+prose(on)+"\n")
	}
	return list
}

// told is what a stack's cost is made of, as far as it changes.
func (c Cost) told() string {
	gained, lost := unknownIn(c.After, c.Before), unknownIn(c.Before, c.After)
	if len(c.Lines)+len(gained)+len(lost) == 0 {
		return ""
	}
	var b strings.Builder
	if len(c.Lines) > 0 {
		b.WriteString("| resource | USD before | after | difference |\n| --- | ---: | ---: | ---: |\n")
	}
	for _, l := range c.Lines[:min(len(c.Lines), costRows)] {
		b.WriteString(cells(code(kindOf(l.Type)+" "+cut(l.Name, mostName))+l.staying(), usd(l.Before), usd(l.After), usdMore(l.Before, l.After)))
	}
	if len(c.Lines) > costRows {
		before, after := 0.0, 0.0
		for _, l := range c.Lines[costRows:] {
			before, after = before+l.Before, after+l.After
		}
		b.WriteString(cells(count(len(c.Lines)-costRows, "other resource"), usd(before), usd(after), usdMore(before, after)))
	}
	if len(c.Lines) > 0 {
		b.WriteString(cells("**the stack**", sumOf(c.Before), sumOf(c.After), "**"+c.difference()+"**") + "\n")
	}
	if len(gained) > 0 {
		b.WriteString("Not compared, as it is not known what they cost after the change:\n" + items(gained, gapRows) + "\n")
	}
	if len(lost) > 0 {
		b.WriteString("Not compared, as it is not known what they cost before the change:\n" + items(lost, gapRows) + "\n")
	}
	if assumed := slices.Sorted(maps.Keys(c.After.Assumed)); len(assumed) > 0 {
		b.WriteString("Assumed: " + few(codes(assumed), 12) + ".\n")
	}
	if len(c.After.NotPriced) > 0 {
		var kinds []string
		for _, g := range c.After.NotPriced {
			kinds = append(kinds, code(kindOf(g.Type)))
		}
		b.WriteString("At least (≥), as some resources have no price: " + few(distinct(kinds), 3) + ".\n")
	}
	return folded("Cost: "+c.cell()+" USD a month", b.String())
}

// unknownIn are the things of which a bill does not know the cost although the other one does,
// or has no such thing.
func unknownIn(bill, other cost.Bill) []string {
	type cause struct{ kind, why string }
	known := gapsOf(other)
	of := map[cause][]string{}
	for g := range gapsOf(bill) {
		if !known[g] {
			why := cause{g.kind, g.why}
			of[why] = append(of[why], code(cut(resource.URN(g.urn).Name(), mostName)))
		}
	}
	var list []string
	for why, names := range of {
		slices.Sort(names)
		list = append(list, fmt.Sprintf("- %s %s: %s\n", code(kindOf(why.kind)), few(slices.Compact(names), 3), prose(why.why)))
	}
	slices.Sort(list)
	return list
}

// told is what makes this deploy take as long as it does.
func (d Deploy) told() string {
	r := d.This
	if len(r.CriticalPath) == 0 {
		return ""
	}
	shown := longestBars(r.CriticalPath, pathRows)
	var b strings.Builder
	b.WriteString("| after | takes | what |\n| ---: | ---: | --- |\n")
	for _, bar := range shown {
		after := "start"
		if bar.Start > 0 {
			after = lastingSeconds(bar.Start)
		}
		b.WriteString(cells(after, lastingSeconds(bar.Seconds), string(bar.Op)+" "+code(kindOf(bar.Type)+" "+cut(bar.Name, mostName))))
	}
	if rest := len(r.CriticalPath) - len(shown); rest > 0 {
		b.WriteString(cells("", "", count(rest, "shorter step")+" between"))
	}
	b.WriteString("\n")
	if len(r.CriticalPath) > 1 {
		b.WriteString("Each waits for the one before.")
	}
	if r.Parallel > 0 && r.Seconds > r.Unlimited {
		fmt.Fprintf(&b, " That no more than %s run at a time adds %s.", count(r.Parallel, "operation"), lastingSeconds(r.Seconds-r.Unlimited))
	}
	if len(r.Assumed) > 0 {
		var kinds []string
		for _, a := range r.Assumed {
			kinds = append(kinds, code(kindOf(a.Type)))
		}
		slices.Sort(kinds)
		fmt.Fprintf(&b, " How long these take is assumed: %s.", few(slices.Compact(kinds), 8))
	}
	summary := "Deploy: about " + lastingSeconds(r.Seconds)
	if low, high := lastingSeconds(r.Low), lastingSeconds(r.High); low != high {
		summary += ", between " + low + " and " + high
	}
	return folded(summary, b.String())
}

// longestBars are the ones that take longest, in their order.
func longestBars(path []timeline.Bar, most int) []timeline.Bar {
	if len(path) <= most {
		return path
	}
	order := make([]int, len(path))
	for i := range order {
		order[i] = i
	}
	sort.SliceStable(order, func(i, j int) bool { return path[order[i]].Seconds > path[order[j]].Seconds })
	slices.Sort(order[:most])
	shown := make([]timeline.Bar, most)
	for i, at := range order[:most] {
		shown[i] = path[at]
	}
	return shown
}

// notes are what a reader must know of how this was found out.
func (s *Stack) notes(m room) string {
	var list []string
	for _, note := range s.Notes {
		list = append(list, "- "+capital(prose(note))+"\n")
	}
	return listed(list, m)
}

// warnings are what the engine warns of, which it says in any order.
func (s *Stack) warnings(m room) string {
	var list []string
	for _, d := range s.Change.Phase.Diagnostics {
		if d.Severity == "warning" {
			list = append(list, "- Pulumi warns: "+prose(d.Message)+"\n")
		}
	}
	slices.Sort(list)
	return listed(slices.Compact(list), m)
}

// listed is a list by itself.
func listed(list []string, m room) string {
	if len(list) == 0 {
		return ""
	}
	return items(list, m.items) + "\n"
}
