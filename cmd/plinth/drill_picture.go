package main

import (
	"cmp"
	"fmt"
	"html"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/plinth-iac/plinth/policies/resilience"
	"github.com/plinth-iac/plinth/policies/rule"
)

// Measures of the picture, in pixels.
const (
	pictureMargin = 24.0
	rowHeight     = 20.0
	indent        = 18.0
	columnWidth   = 24.0
	stateWidth    = 82.0
	charWidth     = 6.7 // a generous mean of the fonts that may be there, bold ones too
	narrowest     = 860 // of the whole
	longestText   = 110 // characters
)

// States differ by their words and outlines, not by colour alone.
const pictureStyle = `text { font: 12px system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; fill: #1f2937 }
.paper { fill: #ffffff } .title { font-size: 19px; font-weight: 600 } .head { font-size: 14px; font-weight: 600 }
.soft { fill: #6b7280; font-weight: 400 } .bold { font-weight: 600 } .mid { text-anchor: middle } .band { fill: #f3f4f6 }
.edge { fill: none; stroke: #9ca3af; stroke-width: 1.2 } .cross { fill: none; stroke: #b42318; stroke-width: 2 }
.cell { fill: #dbe4f0; stroke: #64748b } .mark { stroke-width: 1.2 }
.lost { fill: #b42318; stroke: #7a1a12 } .t-lost { fill: #ffffff; font-weight: 600 }
.degraded { fill: #fdf0c8; stroke: #b58105 } .unknown { fill: none; stroke: #475569; stroke-dasharray: 3 2 }
.unaffected { fill: none; stroke: #9ca3af }
@media (prefers-color-scheme: dark) {
text { fill: #e5e7eb } .paper { fill: #111827 } .soft { fill: #9ca3af } .band { fill: #1f2937 }
.edge { stroke: #6b7280 } .cross { stroke: #f97066 } .cell { fill: #334155; stroke: #94a3b8 }
.lost { fill: #d92d20; stroke: #fda29b } .t-lost { fill: #ffffff } .degraded { fill: #4a3a0a; stroke: #eab308 }
.unknown { stroke: #cbd5e1 } .unaffected { stroke: #6b7280 }
}`

// picture is what has been drawn so far.
type picture struct {
	drill
	svg strings.Builder
	// names, columns, marks and texts are where the columns begin.
	names, columns, marks, texts float64
	width, y                     float64
	placed                       []zoneColumn
}

// zoneColumn is a zone, and where its column is.
type zoneColumn struct {
	loss  resilience.Loss
	x     float64
	first bool // of its region
}

// svg draws what each loss affects: along which edges, in which zones, and what becomes of
// it. It needs no script and no font.
func (d drill) svg() []byte {
	p := picture{drill: d, names: pictureMargin + 6}
	var panels []panel
	longest := 0.0
	for _, loss := range d.drawn() {
		panel := newPanel(loss, !d.chosen)
		for _, n := range panel.rows {
			longest = max(longest, indent*float64(n.depth)+textWidth(n.label()+" "+n.detail()))
		}
		panels = append(panels, panel)
	}
	p.columns = p.names + max(longest, 180) + 16
	p.placeZones()
	p.texts = p.marks + stateWidth + 10
	p.width = max(narrowest, p.texts)
	for _, panel := range panels {
		for _, n := range panel.rows {
			if n.effect != nil {
				p.width = max(p.width, p.texts+textWidth(shortened(consequence(*n.effect)))+pictureMargin)
			}
		}
	}
	p.draw(panels)
	return []byte(p.svg.String())
}

// drawn are the losses with a panel of their own: what was asked for, or else the zones and
// what loses something.
func (d drill) drawn() []resilience.Loss {
	return slices.DeleteFunc(slices.Clone(d.losses), func(l resilience.Loss) bool {
		return !d.chosen && l.Domain.Kind != resilience.Zone && len(having(l.Effects, resilience.Lost)) == 0
	})
}

func (p *picture) placeZones() {
	x, region := p.columns, ""
	for _, loss := range p.zones {
		first := region != regionOf(loss.Domain)
		if first && region != "" {
			// Room for the name of the region before.
			x = max(x, p.placed[len(p.placed)-1].x+columnWidth) + 12
		}
		if first {
			region = regionOf(loss.Domain)
			if from := p.lastRegion(); from >= 0 {
				x = max(x, p.placed[from].x+textWidth(regionOf(p.placed[from].loss.Domain))+12)
			}
		}
		p.placed = append(p.placed, zoneColumn{loss, x, first})
		x += columnWidth
	}
	if from := p.lastRegion(); from >= 0 {
		x = max(x, p.placed[from].x+textWidth(region))
	}
	p.marks = x + 14
}

// lastRegion is the first column of the last region so far, or -1.
func (p *picture) lastRegion() int {
	for i, column := range slices.Backward(p.placed) {
		if column.first {
			return i
		}
	}
	return -1
}

// regionOf is the region of a zone: its name without the letter.
func regionOf(zone resilience.Domain) string {
	return strings.TrimRightFunc(zone.Name, unicode.IsLetter)
}

// contains says whether a zone is lost with a domain.
func contains(lost, zone resilience.Domain) bool {
	return lost == zone || lost.Kind == resilience.Region && strings.HasPrefix(zone.Name, lost.Name)
}

func (p *picture) draw(panels []panel) {
	p.y = 92
	var body strings.Builder
	p.svg, body = body, p.svg
	for _, panel := range panels {
		p.panel(panel)
	}
	p.svg, body = body, p.svg
	height := p.y + 10
	p.add(`<svg xmlns="http://www.w3.org/2000/svg" width="%s" height="%s" viewBox="0 0 %[1]s %[2]s" role="img">`, pixels(p.width), pixels(height))
	title := escaped("What " + p.stack + " loses")
	p.add("<title>%s</title>\n<style>%s</style>", title, pictureStyle)
	p.add(`<rect class="paper" width="%s" height="%s"/>`, pixels(p.width), pixels(height))
	p.add(`<text class="title" x="%s" y="40">%s</text>`, pixels(pictureMargin), title)
	p.legend()
	p.svg.WriteString(body.String())
	p.add("</svg>")
}

func (p *picture) legend() {
	x := pictureMargin
	for _, state := range states[:3] {
		p.mark(state, x, 66)
		x += stateWidth + 8
	}
	for _, entry := range []struct {
		crossed bool
		label   string
	}{{false, "feels the loss of this zone"}, {true, "and this zone is lost"}} {
		p.cell(x, 66, entry.crossed)
		p.add(`<text x="%s" y="70">%s</text>`, pixels(x+20), entry.label)
		x += 30 + textWidth(entry.label)
	}
}

func (p *picture) panel(panel panel) {
	p.add(`<rect class="band" x="%s" y="%s" width="%s" height="26"/>`, pixels(pictureMargin), pixels(p.y), pixels(p.width-2*pictureMargin))
	p.add(`<text class="head" x="%s" y="%s">%s <tspan class="soft">%s</tspan></text>`, pixels(p.names), pixels(p.y+18),
		escaped(title(panel.Domain)), escaped(counts(panel.Loss)))
	p.y += 26
	top := p.y
	if len(panel.rows) > 0 {
		p.heads()
	}
	for _, n := range panel.rows {
		n.y = p.y + rowHeight/2
		p.row(panel, n, top)
		p.y += rowHeight
	}
	p.rest(panel.rest)
	p.y += 18
}

func (p *picture) heads() {
	for _, zone := range p.placed {
		name := zone.loss.Domain.Name
		if zone.first {
			p.add(`<text class="soft" x="%s" y="%s">%s</text>`, pixels(zone.x), pixels(p.y+13), escaped(regionOf(zone.loss.Domain)))
		}
		letter := cmp.Or(strings.TrimPrefix(name, regionOf(zone.loss.Domain)), name)
		p.add(`<text class="soft mid" x="%s" y="%s">%s</text>`, pixels(zone.x+7), pixels(p.y+28), escaped(letter))
	}
	p.y += 34
}

// row draws a resource, with the edge from what it depends on.
func (p *picture) row(panel panel, n *node, top float64) {
	x := p.names + indent*float64(n.depth)
	from := top
	if n.parent.resource != nil {
		from = n.parent.y + 6
	}
	p.add(`<g><title>%s</title>`, p.tooltip(n))
	p.add(`<path class="edge" d="M%s %sV%sH%s"/>`, pixels(x-indent+5), pixels(from), pixels(n.y), pixels(x-3))
	class := ""
	if n.effect != nil {
		class = "bold"
	}
	p.add(`<text class="%s" x="%s" y="%s">%s <tspan class="soft">%s</tspan></text>`, class, pixels(x), pixels(n.y+4), escaped(n.label()), escaped(n.detail()))
	if n.effect != nil {
		for _, zone := range p.placed {
			if feels(zone.loss, append(n.like, n.resource)) {
				p.cell(zone.x, n.y, contains(panel.Domain, zone.loss.Domain))
			}
		}
		p.mark(n.effect.State, p.marks, n.y)
		p.add(`<text x="%s" y="%s">%s</text>`, pixels(p.texts), pixels(n.y+4), escaped(shortened(consequence(*n.effect))))
	}
	p.add("</g>")
}

// feels is whether the loss of a zone affects one of some resources.
func feels(zone resilience.Loss, some []*rule.Resource) bool {
	return slices.ContainsFunc(zone.Effects, func(e resilience.Effect) bool {
		return e.State != resilience.Unaffected && slices.Contains(some, e.Resource)
	})
}

func (p *picture) tooltip(n *node) string {
	lines := []string{n.resource.Name, n.resource.Type}
	for _, r := range n.like {
		lines = append(lines, kindOf(r.Type)+" "+r.Name)
	}
	if n.effect != nil {
		lines = append(lines, stateNames[n.effect.State]+": "+consequence(*n.effect))
	}
	for i, line := range lines {
		lines[i] = escaped(line)
	}
	return strings.Join(lines, "\n")
}

func (p *picture) mark(state resilience.State, x, y float64) {
	p.add(`<rect class="mark %s" x="%s" y="%s" width="%s" height="16" rx="4"/>`, stateNames[state], pixels(x), pixels(y-8), pixels(stateWidth))
	p.add(`<text class="mid t-%s" x="%s" y="%s">%[1]s</text>`, stateNames[state], pixels(x+stateWidth/2), pixels(y+4))
}

func (p *picture) cell(x, y float64, crossed bool) {
	p.add(`<rect class="cell" x="%s" y="%s" width="14" height="12" rx="2"/>`, pixels(x), pixels(y-6))
	if crossed {
		p.add(`<path class="cross" d="M%s %sl18 16m0 -16l-18 16"/>`, pixels(x-2), pixels(y-8))
	}
}

// rest names what is unaffected, in as many lines as it takes.
func (p *picture) rest(names []string) {
	if len(names) == 0 {
		return
	}
	room := int((p.width - p.names - pictureMargin) / charWidth)
	line := fmt.Sprintf("%d unaffected:", len(names))
	flush := func() {
		p.y += 17
		p.add(`<text class="soft" x="%s" y="%s">%s</text>`, pixels(p.names), pixels(p.y), escaped(line))
	}
	for i, name := range names {
		word := " " + shortened(name)
		if i < len(names)-1 {
			word += ","
		}
		if len(line)+len(word) > room {
			flush()
			line = " "
		}
		line += word
	}
	flush()
}

func (p *picture) add(format string, args ...any) {
	fmt.Fprintf(&p.svg, format+"\n", args...)
}

// pixels is a length, to a tenth of a pixel.
func pixels(v float64) string { return strings.TrimSuffix(strconv.FormatFloat(v, 'f', 1, 64), ".0") }

func textWidth(s string) float64 { return charWidth * float64(len([]rune(s))) }

func shortened(s string) string {
	if r := []rune(s); len(r) > longestText {
		return string(r[:longestText-1]) + "…"
	}
	return s
}

func escaped(s string) string { return html.EscapeString(clean(s)) }
