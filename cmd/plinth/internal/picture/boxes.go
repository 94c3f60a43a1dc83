package picture

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// Measures of boxes, in pixels.
const (
	padding      = 9.0
	titleHeight  = 40.0
	rowHeight    = 18.0
	rowIndent    = 20.0 // of text beside a square with a sign
	signSize     = 13.0
	squareSize   = 9.0
	squareStep   = 12.0
	narrowestBox = 150.0
	widestBox    = pictureWidth - 2*margin
	rowsInColumn = 12
	leastKind    = 9.0 // characters, beside a long name
	charWidth    = 7.2 // a generous mean of the fonts that may be there
	boldWidth    = 8.1 // of bold ones
)

// How many resources are named. Of more, the worst of each box are.
const (
	mostNamed      = 60
	mostNamedInBox = 8
	mostNamedInAll = 120
)

// box is a group in a picture.
type box struct {
	*group
	x, y, width, height float64
	// named have a row each, in columns; the others have a square.
	named, squares []*item
	columns        int
	needs          []*box // that it tells as text
}

// changes says that more than tags do.
func (i *item) changes() bool { return i.rank() < minorRank }

func (b *box) changes() bool { return b.items[0].changes() }

// newBox is a box of a group in which no more than some resources are named. It is as wide as
// it would like to be.
func newBox(of *group, most int) *box {
	b := &box{group: of, columns: 1}
	widest := 0.0
	for _, i := range of.items {
		if !i.changes() || len(b.named) == most {
			b.squares = append(b.squares, i)
			continue
		}
		b.named = append(b.named, i)
		widest = max(widest, rowIndent+boldWidth*runes(short(i.Name))+charWidth*(1+runes(short(kind(i.Type)))))
	}
	if len(b.named) > 0 {
		b.columns = min((len(b.named)+rowsInColumn-1)/rowsInColumn, int((widestBox-padding)/(widest+padding)))
	}
	b.width = min(widestBox, 2*padding+max(narrowestBox, boldWidth*runes(short(of.name)), charWidth*runes(b.about(widestBox)), float64(b.columns)*(widest+padding)-padding))
	b.height = b.filled()
	return b
}

// about is the line below the name, as far as there is room.
func (b *box) about(room float64) string {
	line := short(b.kind)
	if what := tally(b.items); what != "" {
		line += " · " + what
	}
	unchanged := 0
	for _, i := range b.items {
		if !i.Changed() {
			unchanged++
		}
	}
	if all := fmt.Sprintf("%s · %d unchanged", line, unchanged); unchanged > 0 && charWidth*runes(all) <= room {
		return all
	}
	return line
}

func (b *box) room() float64 { return b.width - 2*padding }

// rows are how many lines the named resources take.
func (b *box) rows() int { return (len(b.named) + b.columns - 1) / b.columns }

// columnWidth is how far columns of them are apart.
func (b *box) columnWidth() float64 { return (b.room() + padding) / float64(b.columns) }

// inLine is how many squares are beside each other.
func (b *box) inLine() int { return int((b.room() + squareStep - squareSize) / squareStep) }

// filled is how high a box of its width is.
func (b *box) filled() float64 {
	height := titleHeight + rowHeight*float64(b.rows()) + padding
	if len(b.needs) > 0 {
		height += rowHeight
	}
	return height + squareStep*float64((len(b.squares)+b.inLine()-1)/b.inLine())
}

// needed names what it needs in a line, as far as there is room.
func (b *box) needed() string {
	var names []string
	for _, n := range b.needs {
		name := short(n.name)
		if n.name == b.name {
			name = n.label
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	line := "→ " + names[0]
	for at, name := range names[1:] {
		rest := fmt.Sprintf(" and %d more", len(names)-at-1)
		if charWidth*runes(line+", "+name+rest) > b.room() {
			return line + rest
		}
		line += ", " + name
	}
	return line
}

// runes are how many characters of a usual width a text is wide.
func runes(s string) float64 {
	width := 0.0
	for _, r := range s {
		if unicode.Is(wide, r) {
			width += wideRune
		} else {
			width++
		}
	}
	return width
}

// wideRune is how many usual characters a wide one takes: of East Asian scripts, a picture,
// and W and M.
const wideRune = 1.6

var wide = &unicode.RangeTable{
	R16: []unicode.Range16{
		{'M', 'M', 1}, {'W', 'W', 1}, {0x1100, 0x115f, 1}, {0x2e80, 0xa4cf, 1}, {0xa960, 0xa97c, 1}, {0xac00, 0xd7a3, 1},
		{0xf900, 0xfaff, 1}, {0xfe30, 0xfe6f, 1}, {0xff01, 0xff60, 1}, {0xffe0, 0xffe6, 1},
	},
	R32: []unicode.Range32{{0x1f000, 0x1faff, 1}, {0x20000, 0x3fffd, 1}},
}

// fit cuts the end of a text that is too wide.
func fit(s string, room float64) string {
	most := max(1, room/charWidth+0.01)
	if runes(s) <= most {
		return s
	}
	r := []rune(s)
	for len(r) > 0 && runes(string(r)) > most-1 {
		r = r[:len(r)-1]
	}
	return strings.TrimRight(string(r), " ·,") + "…"
}

// fitName takes out the middle of a name in bold that is too wide.
func fitName(s string, room float64) string {
	most := longestName
	for most > 1 && boldWidth*runes(shorter(s, most)) > room+0.1 {
		most--
	}
	return shorter(s, most)
}
