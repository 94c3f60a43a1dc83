package timeline

import (
	"cmp"
	"fmt"
	"html"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// maxRows is how many bars a picture shows. Of more, only the longest and the critical
// ones are drawn; the others are counted.
const maxRows = 400

// Measures of the picture, in pixels.
const (
	pictureWidth = 1280.0
	margin       = 24.0
	rowHeight    = 17.0
	barHeight    = 11.0
	headHeight   = 24.0
	groupGap     = 5.0
	charWidth    = 6.3 // a generous mean of the fonts that may be there
	longestName  = 42  // characters
)

// Colours by operation: of any bar, and of one on the critical path.
var colours = map[Op][2]string{
	Create: {"#b5dfc3", "#3fa56b"},
	Update: {"#f6dfa4", "#d9a514"},
	Delete: {"#f5c1bb", "#dd6a5e"},
	Read:   {"#c5dbf2", "#5c96d2"},
}

const style = `text { font: 11px system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; fill: #1f2937 }
.title { font-size: 19px; font-weight: 600 } .sub { font-size: 13px; fill: #4b5563 }
.head { font-size: 12px; font-weight: 600 } .soft { fill: #6b7280; font-weight: 400 } .bold { font-weight: 600 }
.end { text-anchor: end } .mid { text-anchor: middle }
.grid { stroke: #e5e7eb } .band { fill: #f3f4f6 } .span { stroke: #9ca3af; stroke-width: 2 }
.path { fill: none; stroke: #1f2937; stroke-width: 1.3 } .critical { stroke: #1f2937; stroke-width: 1.3 }
.bar { stroke-width: 0.6 } .label { paint-order: stroke; stroke: #ffffff; stroke-width: 3px; stroke-linejoin: round }
.wait { stroke: #9ca3af; stroke-width: 1.5; stroke-dasharray: 1.5 2.5 }
.limit { stroke: #1f2937; stroke-dasharray: 3 3 }`

// SVG draws the result as a Gantt chart: a bar for each operation that takes time, by
// component, with the critical path connected. It needs no script and no font.
func (r Result) SVG(w io.Writer) error {
	p := picture{Result: r, right: pictureWidth - margin, top: 132}
	rows := p.arrange()
	for _, row := range rows {
		label := short(row.bar.Name) + row.note
		if row.head != nil {
			name, of := row.head.label()
			label = name + " " + of + " " // in a larger face
		}
		p.left = max(p.left, margin+charWidth*float64(len([]rune(label)))+14)
	}
	p.draw(rows)
	_, err := io.WriteString(w, p.svg.String())
	return err
}

// picture is what has been drawn so far.
type picture struct {
	Result
	svg              strings.Builder
	left, right, top float64
}

// row is a line of the picture: a bar, the head of a group of bars, or a note below one.
type row struct {
	bar  Bar
	head *group
	note string
	y    float64 // its middle
}

type group struct {
	component  resource.URN
	kind       string // its type
	start, end float64
	bars       []Bar
	hidden     int
}

// arrange puts bars of one component together. Groups and bars come in order of time.
func (p *picture) arrange() []row {
	var lengths []float64
	for _, b := range p.Bars {
		if b.Seconds > 0 {
			lengths = append(lengths, b.Seconds)
		}
	}
	shortest := 0.0
	if len(lengths) > maxRows {
		slices.Sort(lengths)
		shortest = lengths[len(lengths)-maxRows]
	}
	types := map[resource.URN]string{}
	for _, b := range p.Bars {
		types[b.URN] = b.Type
	}
	var groups []*group
	byComponent := map[resource.URN]*group{}
	shown := 0
	for _, b := range p.Bars {
		if b.Seconds == 0 {
			continue
		}
		g := byComponent[b.Component]
		if g == nil {
			g = &group{component: b.Component, kind: types[b.Component], start: b.Start}
			byComponent[b.Component] = g
			groups = append(groups, g)
		}
		g.end = max(g.end, b.End)
		if b.Critical || b.Seconds >= shortest && shown < maxRows {
			g.bars = append(g.bars, b)
			shown++
		} else {
			g.hidden++
		}
	}
	var rows []row
	elsewhere := 0
	for _, g := range groups {
		if len(g.bars) == 0 {
			elsewhere += g.hidden
			continue
		}
		rows = append(rows, row{head: g})
		slices.SortStableFunc(g.bars, func(a, b Bar) int { return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.End, b.End)) })
		for _, b := range g.bars {
			rows = append(rows, row{bar: b})
		}
		if g.hidden > 0 {
			rows = append(rows, row{note: fmt.Sprintf("and %d shorter ones", g.hidden)})
		}
	}
	if elsewhere > 0 {
		rows = append(rows, row{note: fmt.Sprintf("and %d elsewhere", elsewhere)})
	}
	return rows
}

func (p *picture) draw(rows []row) {
	y := p.top
	for i := range rows {
		height := rowHeight
		if rows[i].head != nil {
			height = headHeight
			y += groupGap
		}
		rows[i].y = y + height/2
		y += height
	}
	bottom := y + 6
	height := bottom + 34
	p.add(`<svg xmlns="http://www.w3.org/2000/svg" width="%s" height="%s" viewBox="0 0 %[1]s %[2]s" role="img">`, px(pictureWidth), px(height))
	p.add(`<title>%s</title>`, text(p.titleText()))
	p.add("<style>%s</style>", style)
	p.add(`<rect width="%s" height="%s" fill="#ffffff"/>`, px(pictureWidth), px(height))
	p.heading(len(rows) > 0)
	for _, r := range rows {
		if r.head != nil {
			p.add(`<rect class="band" x="%s" y="%s" width="%s" height="%s"/>`, px(margin), px(r.y-headHeight/2+2), px(p.right-margin), px(headHeight-4))
		}
	}
	p.axis(bottom)
	p.connect(rows)
	for _, r := range rows {
		switch {
		case r.head != nil:
			p.head(r)
		case r.note != "":
			p.add(`<text class="soft end" x="%s" y="%s">%s</text>`, px(p.left-8), px(r.y+4), text(r.note))
		default:
			p.bar(r)
		}
	}
	p.add("</svg>")
}

func (p *picture) titleText() string {
	title := strings.ToUpper(p.Operation[:1]) + p.Operation[1:] + " time " + words(p.Seconds)
	if p.Parallel > 0 {
		title += " with " + slots(p.Parallel)
	}
	return title
}

func (p *picture) heading(any bool) {
	p.add(`<text class="title" x="%s" y="40">%s</text>`, px(margin), text(p.titleText()))
	timed := 0
	for _, b := range p.Bars {
		if b.Seconds > 0 {
			timed++
		}
	}
	about := []string{fmt.Sprintf("%d operations, %d take time", len(p.Bars), timed)}
	if len(p.CriticalPath) > 0 {
		about = append(about, "critical path "+words(p.Unlimited))
	}
	if p.Low < p.High {
		about = append(about, fmt.Sprintf("between %s and %s by the spread of known latencies", words(p.Low), words(p.High)))
	}
	p.add(`<text class="sub" x="%s" y="62">%s</text>`, px(margin), text(strings.Join(about, " · ")))
	if any {
		p.legend()
	}
}

func (p *picture) legend() {
	x := margin
	entry := func(draw func(from, to string), label string) {
		draw(px(x), px(x+22))
		p.add(`<text x="%s" y="88">%s</text>`, px(x+28), text(label))
		x += 28 + charWidth*float64(len(label)) + 20
	}
	box := func(class string, op Op, shade int) func(from, to string) {
		return func(from, _ string) {
			p.add(`<rect class="%s" x="%s" y="79" width="22" height="11" rx="2" stroke="%s" fill="%s"/>`, class, from, colours[op][1], colours[op][shade])
		}
	}
	line := func(class string) func(from, to string) {
		return func(from, to string) { p.add(`<path class="%s" d="M%s 84.5H%s"/>`, class, from, to) }
	}
	for _, op := range []Op{Create, Update, Delete, Read} {
		if p.some(func(b Bar) bool { return b.Op == op }) {
			entry(box("bar", op, 0), string(op))
		}
	}
	entry(box("critical", p.CriticalPath[0].Op, 1), "on the critical path")
	if p.some(func(b Bar) bool { return b.Waited > 0 }) {
		entry(line("wait"), "ready, waiting for a slot")
	}
	if p.Seconds > p.Unlimited {
		entry(line("limit"), "end if slots were not limited")
	}
}

// some says whether a bar that takes time is such.
func (p *picture) some(such func(Bar) bool) bool {
	return slices.ContainsFunc(p.Bars, func(b Bar) bool { return b.Seconds > 0 && such(b) })
}

// x is where a time is.
func (p *picture) x(seconds float64) float64 {
	if p.Seconds == 0 {
		return p.left
	}
	return p.left + (p.right-p.left)*seconds/p.Seconds
}

// axis draws ticks at round times, as many as labels have room.
func (p *picture) axis(bottom float64) {
	step := tick(p.Seconds)
	for at := 0.0; at <= p.Seconds; at += step {
		x := p.x(at)
		p.add(`<path class="grid" d="M%s %sV%s"/>`, px(x), px(p.top-6), px(bottom))
		anchor := "mid"
		if x > p.right-20 {
			anchor = "end"
		}
		for _, y := range []float64{p.top - 12, bottom + 14} {
			p.add(`<text class="soft %s" x="%s" y="%s">%s</text>`, anchor, px(x), px(y), text(words(at)))
		}
	}
	if p.Seconds > p.Unlimited {
		p.add(`<path class="limit" d="M%s %sV%s"/>`, px(p.x(p.Unlimited)), px(p.top-6), px(bottom))
	}
}

func tick(total float64) float64 {
	for _, step := range []float64{0.1, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200} {
		if total/step <= 13 {
			return step
		}
	}
	return total / 10
}

// connect joins the bars of the critical path.
func (p *picture) connect(rows []row) {
	at := map[resource.URN]map[Op]row{}
	for _, r := range rows {
		if r.bar.Critical {
			if at[r.bar.URN] == nil {
				at[r.bar.URN] = map[Op]row{}
			}
			at[r.bar.URN][r.bar.Op] = r
		}
	}
	for i := 1; i < len(p.CriticalPath); i++ {
		from, to := p.CriticalPath[i-1], p.CriticalPath[i]
		a, b := at[from.URN][from.Op], at[to.URN][to.Op]
		p.add(`<path class="path" d="M%s %sV%sH%s"/>`, px(p.x(a.bar.End)), px(a.y), px(b.y), px(p.x(b.bar.Start)))
	}
}

func (g *group) label() (label, of string) {
	if g.component == "" {
		return "stack", ""
	}
	return short(name(g.component)), kind(g.kind)
}

func (p *picture) head(r row) {
	label, of := r.head.label()
	p.add(`<text class="head" x="%s" y="%s">%s <tspan class="soft">%s</tspan></text>`, px(margin+6), px(r.y+4), text(label), text(of))
	p.add(`<path class="span" d="M%s %sH%s"/>`, px(p.x(r.head.start)), px(r.y), px(p.x(r.head.end)))
}

func (p *picture) bar(r row) {
	b := r.bar
	start, end := p.x(b.Start), max(p.x(b.End), p.x(b.Start)+2.5)
	class, nameClass, shade := "bar", "end", 0
	if b.Critical {
		class, nameClass, shade = "critical", "end bold", 1
	}
	p.add(`<g><title>%s</title>`, p.tooltip(b))
	p.add(`<text class="%s" x="%s" y="%s">%s</text>`, nameClass, px(p.left-8), px(r.y+4), text(short(b.Name)))
	if p.x(b.Start)-p.x(b.Start-b.Waited) > 3 {
		p.add(`<path class="wait" d="M%s %sH%s"/>`, px(p.x(b.Start-b.Waited)), px(r.y), px(start))
	}
	p.add(`<rect class="%s" x="%s" y="%s" width="%s" height="%s" rx="2" stroke="%s" fill="%s"/>`,
		class, px(start), px(r.y-barHeight/2), px(end-start), px(barHeight), colours[b.Op][1], colours[b.Op][shade])
	label := words(b.Seconds) + " " + kind(b.Type)
	// Beside the bar where there is room: to the right, else to the left, else on it.
	x, class, kindClass := end+5, "label", "soft"
	if width := charWidth * float64(len(label)); x+width > p.right {
		if x, class = p.x(b.Start-b.Waited)-5, "label end"; x-width < p.left {
			x, class, kindClass = start+6, "", ""
		}
	}
	p.add(`<text class="%s" x="%s" y="%s">%s <tspan class="%s">%s</tspan></text></g>`, class, px(x), px(r.y+4), words(b.Seconds), kindClass, text(kind(b.Type)))
}

func (p *picture) tooltip(b Bar) string {
	lines := []string{
		clean(b.Name), clean(b.Type),
		fmt.Sprintf("%s: %s (%s to %s, grade %s)", b.Op, words(b.Seconds), words(b.Low), words(b.High), b.Grade),
		fmt.Sprintf("from %s to %s", clock(b.Start), clock(b.End)),
	}
	if b.Waited > 0 {
		lines = append(lines, "waited "+words(b.Waited)+" for a slot")
	}
	if b.Critical {
		lines = append(lines, "on the critical path")
	} else {
		lines = append(lines, "slack "+words(b.Slack))
	}
	return html.EscapeString(strings.Join(lines, "\n"))
}

func (p *picture) add(format string, args ...any) {
	fmt.Fprintf(&p.svg, format+"\n", args...)
}

// px is a length, to a tenth of a pixel.
func px(v float64) string { return strings.TrimSuffix(strconv.FormatFloat(v, 'f', 1, 64), ".0") }

func text(s string) string { return html.EscapeString(clean(s)) }

// short takes out the middle of a long name.
func short(s string) string {
	r := []rune(s)
	if len(r) <= longestName {
		return s
	}
	half := (longestName - 1) / 2
	return string(r[:half]) + "…" + string(r[len(r)-half:])
}
