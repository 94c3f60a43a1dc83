package report

import (
	"fmt"
	"sort"
	"strings"

	"github.com/plinth-iac/plinth/cmd/plinth/internal/change"
)

const (
	// Marker is the first line of the comment, by which it is found to be written anew.
	Marker = "<!-- plinth-preview -->"
	// Limit is how long a comment may be; GitHub takes 65,536 characters.
	Limit = 60000
)

// Markdown is the comment on a pull request, in GitHub's Markdown. What there is no room for
// is left out in whole parts, what matters least first, and it is said what is missing.
func (r *Report) Markdown(limit int) string {
	c := newComment(r)
	fits := func(m room) bool { return len(c.text(m)) <= limit } // bytes, of which there are at least as many as characters
	m := room{blocks: len(c.blocks), pictures: true, standing: true, details: true, items: 12, boxes: true}
	if fits(m) {
		return c.text(m)
	}
	// As many properties as there is room for; without them one part after the other.
	with := func(blocks int) room {
		some := m
		some.blocks = blocks
		return some
	}
	if fits(with(0)) {
		return c.text(with(sort.Search(len(c.blocks), func(n int) bool { return !fits(with(n + 1)) })))
	}
	m = with(0)
	for _, less := range []func(){
		func() { m.pictures = false },
		func() { m.standing = false },
		func() { m.details = false },
		func() { m.items = 6 },
		func() { m.items = 3 },
		func() { m.items = 1 },
		func() { m.boxes = false },
	} {
		if less(); fits(m) {
			return c.text(m)
		}
	}
	return c.verdictAlone(limit)
}

// room is how much of a comment is told.
type room struct {
	// blocks is how many blocks of properties, the most telling first.
	blocks int
	// pictures, standing findings, and details of costs, deploys and notes.
	pictures, standing, details bool
	// items is how many a box or a list has.
	items int
	// boxes are the table, the boxes and the new findings.
	boxes bool
}

// comment is a report with what all attempts to make it fit have in common.
type comment struct {
	*Report
	blocks   []*block // the most telling first
	pictures map[*Stack]string
}

func newComment(r *Report) *comment {
	c := &comment{Report: r, pictures: map[*Stack]string{}}
	for _, s := range r.Stacks {
		c.blocks = append(c.blocks, blocksOf(s)...)
		c.pictures[s] = pictureOf(s)
	}
	inOrder(c.blocks)
	return c
}

// text is the comment with some of its parts.
func (c *comment) text(m room) string {
	if !m.boxes {
		return Marker + "\n" + c.verdict(true) + "\n" + c.table() + "\n" + leftOut + "all but this table\n"
	}
	var b strings.Builder
	b.WriteString(Marker + "\n" + c.verdict(true) + "\n")
	if c.quiet() {
		b.WriteString(c.unchanged())
	} else {
		b.WriteString(c.table() + "\n" + c.failures(m) + c.dangers(m) + c.exposures(m) + c.findings(m))
		for _, s := range c.Stacks {
			b.WriteString(c.stack(s, m))
		}
	}
	if missing := c.missing(m); missing != "" {
		b.WriteString(leftOut + missing + "\n\n")
	}
	b.WriteString(c.footer())
	return b.String()
}

const leftOut = "**Too long for a comment.** In the full report only: "

// missing says which parts there was no room for.
func (c *comment) missing(m room) string {
	var parts []string
	switch {
	case m.blocks == 0 && len(c.blocks) > 0:
		parts = append(parts, "what changes, property by property")
	case m.blocks < len(c.blocks):
		parts = append(parts, "the less telling part of what changes")
	}
	if !m.pictures {
		parts = append(parts, "pictures")
	}
	if !m.standing {
		parts = append(parts, "policy findings that are not new")
	}
	if !m.details {
		parts = append(parts, "details of costs and deploys, notes")
	}
	return strings.Join(parts, "; ")
}

// verdict is the first line that people read.
func (c *comment) verdict(reason bool) string {
	stack, v := c.headline()
	line := "## " + levelSigns[v.Level] + " " + capital(string(v.Level))
	if !reason || v.Reason == "" {
		return line + "\n"
	}
	if stack != "" {
		line += " in " + code(stack)
	}
	return line + ": " + c.reason(v.Reason) + "\n"
}

// reason is one with the resource that it is about, if it names one.
func (c *comment) reason(text string) string {
	longest := ""
	for _, s := range c.Stacks {
		for _, r := range s.Change.Resources {
			if name := printable(named(r)); len(name) > len(longest) && mentions(text, name) {
				longest = name
			}
		}
	}
	if longest == "" {
		return prose(text)
	}
	before, after, _ := strings.Cut(cut(text, 2*mostText), longest)
	return between(prose(before), strings.HasSuffix(before, " ")) + code(longest) + between("", strings.HasPrefix(after, " ")) + prose(after)
}

// mentions says that a text has a name in it, and not only as the beginning of a longer one.
func mentions(text, name string) bool {
	_, after, found := strings.Cut(text, name)
	return found && (after == "" || strings.ContainsAny(after[:1], " ,;:)"))
}

// between is a text with a space after it, if there is one.
func between(text string, space bool) string {
	if space {
		return text + " "
	}
	return text
}

// headline is the verdict on the whole with the stack that it is about, unless it is about
// the only one or, if all is well, about all.
func (r *Report) headline() (stack string, v Verdict) {
	stack, v = r.Verdict()
	if len(r.Stacks) < 2 {
		return "", v
	}
	if v.Level != Safe {
		return stack, v
	}
	all := map[change.Op]int{}
	for _, s := range r.Stacks {
		for op, n := range s.Counts {
			all[op] += n
		}
	}
	return "", Verdict{Safe, tally(all)}
}

// verdictAlone is what is left if there is room for nothing else.
func (c *comment) verdictAlone(limit int) string {
	const elsewhere = "\nThere is no room for more: it is in the full report.\n"
	if text := Marker + "\n" + c.verdict(true) + elsewhere; len(text) <= limit {
		return text
	}
	return Marker + "\n" + c.verdict(false) + elsewhere
}

// of says whose something is, if there are several stacks.
func (c *comment) of(s *Stack) string {
	if len(c.Stacks) < 2 {
		return ""
	}
	return code(s.Name) + ": "
}

// quiet says that nothing changes and that there is nothing new to say.
func (c *comment) quiet() bool {
	for _, s := range c.Stacks {
		if s.Verdict.Level != Safe || len(s.changes()) > 0 || s.Failed() != "" || s.Refused() || len(s.Policies.New)+len(s.Policies.Gone) > 0 {
			return false
		}
	}
	return true
}

// unchanged is a line for each stack.
func (c *comment) unchanged() string {
	var b strings.Builder
	for _, s := range c.Stacks {
		fmt.Fprintf(&b, "- %s: %s, nothing changes; %s USD a month", code(s.Name), count(s.Counts[change.Same], "resource"), sumOf(s.Cost.After))
		if n := len(s.Policies.Standing); n > 0 {
			fmt.Fprintf(&b, "; %s as before", count(n, "policy finding"))
		}
		b.WriteString("\n")
	}
	return b.String() + "\n"
}

// footer says what all this rests on.
func (c *comment) footer() string {
	text := "Compared with what is deployed."
	if c.Base != "" {
		text = "Compared with " + prose(c.Base) + "."
	}
	if c.Oldest != "" {
		text += " Costs are list prices, on demand, before tax, from sources of " + span(c.Oldest, c.Newest) + "."
	}
	return "<sub>" + text + " Times are estimates for AWS.</sub>\n"
}

// span is the days from one to another.
func span(from, to string) string {
	if from == to {
		return from
	}
	return from + " to " + to
}
