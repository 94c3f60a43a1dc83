package picture

import (
	"cmp"
	"slices"
)

// Measures of the picture, in pixels.
const (
	pictureWidth = 1200.0
	margin       = 20.0
	gap          = 12.0
	layerGap     = 46.0 // where arrows bend
	restHeight   = 30.0 // of the heading of the rest
)

// mostArrows is how many arrows can be followed with the eyes.
const mostArrows = 30

// layout is where everything is.
type layout struct {
	// boxes are those in which something changes and, with arrows, what is next to them. The
	// rest are all others.
	boxes, rest   []*box
	arrows        []arrow[*box]
	layered       bool
	touched       map[*item]bool
	restTop       float64
	width, height float64
}

// newLayout decides what is to be shown. If there were too many arrows, what boxes depend on is
// told as text.
func newLayout(g *graph) *layout {
	l := &layout{touched: map[*item]bool{}}
	links := slices.DeleteFunc(slices.Clone(g.links), func(l link) bool { return !l.from.changes() && !l.to.changes() })
	for _, of := range links {
		l.touched[of.from], l.touched[of.to] = true, true
	}
	boxes, most := map[*group]*box{}, g.mostNamed()
	for _, of := range g.groups {
		boxes[of] = newBox(of, most)
	}
	l.arrows = join(links, func(i *item) *box { return boxes[i.group] }, func(*box) bool { return true })
	l.layered = 0 < len(l.arrows) && len(l.arrows) <= mostArrows
	for _, of := range g.groups {
		b := boxes[of]
		if b.changes() || l.layered && slices.ContainsFunc(of.items, func(i *item) bool { return l.touched[i] }) {
			l.boxes = append(l.boxes, b)
		} else {
			l.rest = append(l.rest, b)
		}
	}
	if !l.layered {
		for _, a := range l.arrows {
			if !a.gone {
				a.from.needs = append(a.from.needs, a.to)
			}
		}
		l.arrows = nil
	}
	return l
}

// place gives all boxes their places below a top: those of what changes in layers or, without
// arrows, the worst first.
func (l *layout) place(top float64) {
	l.height = top
	if l.layered {
		l.placeLayers()
	} else {
		slices.SortStableFunc(l.boxes, func(a, b *box) int { return worse(a.items[0], b.items[0]) })
		l.fill(l.boxes, 3)
	}
	if len(l.boxes) > 0 && len(l.rest) > 0 {
		l.restTop = l.height
		l.height += restHeight
	}
	l.fill(l.rest, 5)
}

// mostNamed is how many resources a box may name so that all boxes do not name too many.
func (g *graph) mostNamed() int {
	named := func(most int) int {
		sum := 0
		for _, of := range g.groups {
			n := 0
			for _, i := range of.items {
				if i.changes() {
					n++
				}
			}
			sum += min(n, most)
		}
		return sum
	}
	if all := named(len(g.items)); all <= mostNamed {
		return all
	}
	most := mostNamedInBox
	for most > 1 && named(most) > mostNamedInAll {
		most--
	}
	return most
}

// placeLayers puts what depends above what it depends on. Within a layer the worst is first,
// and all else is near to what depends on it.
func (l *layout) placeLayers() {
	users := map[*box][]*box{}
	for _, a := range l.arrows {
		users[a.to] = append(users[a.to], a.from)
	}
	var layers [][]*box
	depths := map[*box]int{}
	for _, b := range l.boxes {
		at := depth(b, users, depths)
		for len(layers) <= at {
			layers = append(layers, nil)
		}
		layers[at] = append(layers[at], b)
	}
	for _, layer := range layers {
		slices.SortStableFunc(layer, func(a, b *box) int {
			return cmp.Or(worse(a.items[0], b.items[0]), cmp.Compare(above(users[a]), above(users[b])))
		})
		x, highest := margin, 0.0
		for _, b := range layer {
			if x > margin && x+b.width > pictureWidth-margin {
				l.height += highest + layerGap
				x, highest = margin, 0
			}
			b.x, b.y = x, l.height
			x += b.width + gap
			highest = max(highest, b.height)
			l.width = max(l.width, b.x+b.width+margin)
		}
		if len(layer) > 0 {
			l.height += highest + layerGap
		}
	}
}

// depth is how many boxes are above one. In a circle it is as if some of them were not.
func depth(b *box, users map[*box][]*box, known map[*box]int) int {
	if d, had := known[b]; had {
		return d
	}
	known[b] = 0 // for those that it depends on itself, while it is not known
	deepest := 0
	for _, user := range users[b] {
		deepest = max(deepest, 1+depth(user, users, known))
	}
	known[b] = deepest
	return deepest
}

// above is the middle of what is placed already, which is below the heading.
func above(users []*box) float64 {
	sum, n := 0.0, 0.0
	for _, u := range users {
		if u.y > 0 {
			sum, n = sum+u.x+u.width/2, n+1
		}
	}
	return sum / max(n, 1)
}

// fill puts boxes in columns of the same width, each where there is most room.
func (l *layout) fill(boxes []*box, columns int) {
	width := (pictureWidth - 2*margin - gap*float64(columns-1)) / float64(columns)
	ends := make([]float64, columns)
	for i := range ends {
		ends[i] = l.height
	}
	for _, b := range boxes {
		column := 0
		for i, end := range ends {
			if end < ends[column] {
				column = i
			}
		}
		b.columns, b.width = 1, width
		b.height = b.filled()
		b.x, b.y = margin+float64(column)*(width+gap), ends[column]
		ends[column] += b.height + gap
		l.width = max(l.width, b.x+width+margin)
		l.height = max(l.height, ends[column])
	}
	if len(boxes) > 0 {
		l.height += margin - gap
	}
}
