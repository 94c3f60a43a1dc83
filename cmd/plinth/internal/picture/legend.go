package picture

import "slices"

// entry is one of the legend: a square or a line, and what it means.
type entry struct {
	x, y        float64
	class, sign string
	line        bool
	label       string
}

func (e entry) width() float64 { return rowIndent + charWidth*runes(e.label) }

// legend explains what is in the picture, in as many lines as it takes, and says where it ends.
func (l *layout) legend(g *graph) (entries []entry, bottom float64) {
	some := func(rank int) bool {
		return slices.ContainsFunc(g.items, func(i *item) bool { return i.rank() == rank })
	}
	for at, o := range operations {
		if some(at) {
			entries = append(entries, entry{class: "fill " + string(o.op), sign: o.sign, label: o.done})
		}
	}
	if some(minorRank) {
		entries = append(entries, entry{class: "tags update", label: minorDone})
	}
	if some(minorRank + 1) {
		entries = append(entries, entry{class: "quiet", label: "unchanged"})
	}
	if slices.ContainsFunc(g.items, func(i *item) bool { return !i.Changed() && l.touched[i] }) {
		entries = append(entries, entry{class: "near", label: "unchanged, next to a change"})
	}
	for _, of := range []entry{{line: true, class: "arrow", label: "depends on"}, {line: true, class: "arrow gone", label: "depended on"}} {
		if slices.ContainsFunc(l.arrows, func(a arrow[*box]) bool { return a.class() == of.class }) {
			entries = append(entries, of)
		}
	}
	if slices.ContainsFunc(slices.Concat(l.boxes, l.rest), func(b *box) bool { return len(b.needs) > 0 }) {
		entries = append(entries, entry{label: "→ depends on"})
	}
	x, y := margin, 84.0
	for i := range entries {
		e := &entries[i]
		if x > margin && x+e.width() > pictureWidth-margin {
			x, y = margin, y+20
		}
		e.x, e.y = x, y
		x += e.width() + 18
	}
	return entries, y + 30
}

func (s *svg) entry(e entry) {
	x := e.x + rowIndent
	switch {
	case e.line:
		s.add(`<path class="%s" d="M%s %sv13"/>`, e.class, px(e.x+6), px(e.y-11))
		s.add(`<path class="soft" d="M%s %sh7l-3.5 6z"/>`, px(e.x+2.5), px(e.y-3))
	case e.class != "":
		s.sign(e.class, e.sign, e.x, e.y-10.5)
	default:
		x = e.x
	}
	s.add(`<text x="%s" y="%s">%s</text>`, px(x), px(e.y), text(e.label))
}
