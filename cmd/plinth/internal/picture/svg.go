package picture

import (
	"cmp"
	"fmt"
	"html"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/plinth-iac/plinth/cmd/plinth/internal/change"
)

// svg is what has been drawn so far.
type svg struct {
	*layout
	out strings.Builder
}

// SVG draws the whole stack: what changes by name, in the boxes of its components and above
// what these depend on, then all else as small squares. It needs no script and no font, and
// has no identifiers, so that a page may show several. A page may give its colours as the
// custom properties --paper, --ink, --soft, --line, --quiet, --near, --create and so on.
func SVG(w io.Writer, c *change.Change) error {
	g := newGraph(c)
	s := svg{layout: newLayout(g)}
	entries, bottom := s.legend(g)
	s.place(bottom)
	for _, e := range entries {
		s.width = max(s.width, e.x+e.width()+margin)
	}
	title, about := "What changes in "+c.Stack, count(len(g.items), "resource")
	switch what := tally(g.items); {
	case what != "":
		about += ": " + what
	case len(g.items) > 0:
		title = "Nothing changes in " + c.Stack
	default:
		title, about = "Nothing is known of "+c.Stack, "the preview has no resources"
	}
	s.width = max(s.width, 2*margin+12.5*runes(title), 2*margin+charWidth*runes(about))
	s.add(`<svg xmlns="http://www.w3.org/2000/svg" class="plinth-graph" width="%s" height="%s" viewBox="0 0 %[1]s %[2]s" role="img">`, px(s.width), px(s.height))
	s.add("<title>%s</title>\n<desc>%s</desc>\n<style>%s</style>", text(title), text(about), style())
	s.add(`<rect class="paper" width="%s" height="%s"/>`, px(s.width), px(s.height))
	s.add(`<text class="title" x="%s" y="34">%s</text>`, px(margin), text(title))
	s.add(`<text class="soft" x="%s" y="56">%s</text>`, px(margin), text(about))
	for _, e := range entries {
		s.entry(e)
	}
	s.joinBoxes()
	if s.restTop > 0 {
		s.add(`<text class="bold" x="%s" y="%s">The rest of the stack</text>`, px(margin), px(s.restTop+14))
	}
	for _, b := range slices.Concat(s.boxes, s.rest) {
		s.box(b)
	}
	s.add("</svg>")
	_, err := io.WriteString(w, s.out.String())
	return err
}

func (s *svg) box(b *box) {
	class := "box"
	if b.changes() {
		class = "box changed " + b.items[0].class()
	}
	s.add(`<rect class="%s" x="%s" y="%s" width="%s" height="%s" rx="5"/>`, class, px(b.x), px(b.y), px(b.width), px(b.height))
	x := b.x + padding
	s.add(`<text class="bold" x="%s" y="%s">%s</text>`, px(x), px(b.y+17), text(fitName(b.name, b.room())))
	s.add(`<text class="soft" x="%s" y="%s">%s</text>`, px(x), px(b.y+32), text(fit(b.about(b.room()), b.room())))
	y := b.y + titleHeight
	for at, i := range b.named {
		s.row(i, x+b.columnWidth()*float64(at/b.rows()), y+rowHeight*float64(at%b.rows()), b.columnWidth()-padding)
	}
	y += rowHeight * float64(b.rows())
	for at, i := range b.squares {
		s.add(`<rect class="%s" x="%s" y="%s" width="%s" height="%[4]s" rx="2"><title>%[5]s</title></rect>`, s.class(i),
			px(x+squareStep*float64(at%b.inLine())), px(y+squareStep*float64(at/b.inLine())), px(squareSize), s.tooltip(i))
	}
	if len(b.needs) > 0 {
		s.add(`<text class="soft" x="%s" y="%s">%s</text>`, px(x), px(b.y+b.height-padding), text(fit(b.needed(), b.room())))
	}
}

// row is a resource by name, with its kind as far as there is room.
func (s *svg) row(i *item, x, y, room float64) {
	about := short(kind(i.Type))
	name := fitName(i.Name, room-rowIndent-charWidth*(1+min(leastKind, runes(about))))
	room -= rowIndent + boldWidth*runes(name) + charWidth
	s.add(`<g><title>%s</title>`, s.tooltip(i))
	s.sign(s.class(i), i.sign(), x, y)
	s.add(`<text class="bold" x="%s" y="%s">%s <tspan class="soft">%s</tspan></text></g>`, px(x+rowIndent), px(y+10.5), text(name),
		text(fit(about, room)))
}

// sign is a square with a sign.
func (s *svg) sign(class, sign string, x, y float64) {
	s.add(`<rect class="%s" x="%s" y="%s" width="%s" height="%[4]s" rx="2"/>`, class, px(x), px(y), px(signSize))
	s.add(`<text class="sign" x="%s" y="%s">%s</text>`, px(x+signSize/2), px(y+10.5), sign)
}

// class is how a resource's square looks.
func (s *svg) class(i *item) string {
	switch {
	case i.minor:
		return "tags " + i.class()
	case i.Changed():
		return "fill " + i.class()
	case s.touched[i]:
		return "near"
	}
	return "quiet"
}

func (s *svg) tooltip(i *item) string {
	what := "unchanged"
	switch {
	case i.minor:
		what = "updated, " + minorDone
	case i.Changed():
		what = operations[rank(i.Op)].done
	case s.touched[i]:
		what = "unchanged, next to a change"
	}
	return text(i.Name) + "\n" + text(i.Type) + "\n" + what
}

// joinBoxes draws arrows from the lower edge of a box to the upper edge of another, each end
// in the order of the other ends.
func (s *svg) joinBoxes() {
	from, to := map[*box][]*box{}, map[*box][]*box{}
	for _, a := range s.arrows {
		from[a.from] = append(from[a.from], a.to)
		to[a.to] = append(to[a.to], a.from)
	}
	port := func(at, other *box, all []*box) float64 {
		slices.SortStableFunc(all, func(a, b *box) int { return cmp.Or(cmp.Compare(a.x+a.width/2, b.x+b.width/2), cmp.Compare(a.y, b.y)) })
		return at.x + at.width*float64(1+slices.Index(all, other))/float64(1+len(all))
	}
	for _, a := range s.arrows {
		s.arrow(a, port(a.from, a.to, from[a.from]), port(a.to, a.from, to[a.to]))
	}
}

// arrow has the colour of the worst that happens at its ends.
func (s *svg) arrow(a arrow[*box], x1, x2 float64) {
	worst := a.from.items[0]
	if worse(a.to.items[0], worst) < 0 {
		worst = a.to.items[0]
	}
	y1, y2 := a.from.y+a.from.height, a.to.y-5
	bend := max(layerGap/2, (y2-y1)/2)
	s.add(`<path class="%s" d="M%s %sC%[2]s %[4]s %s %s %[5]s %[7]s"/>`, a.class()+" "+worst.class(), px(x1), px(y1), px(y1+bend), px(x2), px(y2-bend), px(y2))
	s.add(`<path class="fill %s" d="M%s %sh7l-3.5 6z"/>`, worst.class(), px(x2-3.5), px(y2-1))
}

func (s *svg) add(format string, args ...any) { fmt.Fprintf(&s.out, format+"\n", args...) }

// px is a length, to a tenth of a pixel.
func px(v float64) string { return strings.TrimSuffix(strconv.FormatFloat(v, 'f', 1, 64), ".0") }

func text(s string) string { return html.EscapeString(clean(s)) }
