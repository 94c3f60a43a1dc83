package picture

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/plinth-iac/plinth/cmd/plinth/internal/change"
	"github.com/plinth-iac/plinth/tests/harness"
)

// element is what matters of an SVG element.
type element struct {
	XMLName  xml.Name
	X        float64   `xml:"x,attr"`
	Y        float64   `xml:"y,attr"`
	Width    float64   `xml:"width,attr"`
	Height   float64   `xml:"height,attr"`
	Class    string    `xml:"class,attr"`
	Role     string    `xml:"role,attr"`
	Text     string    `xml:",chardata"`
	Span     string    `xml:"tspan"`
	Title    *string   `xml:"title"`
	Desc     string    `xml:"desc"`
	Children []element `xml:",any"`
}

func drawn(t require.TestingT, c *change.Change) string {
	var b bytes.Buffer
	require.NoError(t, SVG(&b, c))
	return b.String()
}

func elements(t require.TestingT, svg string) (root element, all []element) {
	require.NoError(t, xml.Unmarshal([]byte(svg), &root))
	var walk func(element)
	walk = func(e element) {
		for _, c := range e.Children {
			all = append(all, c)
			walk(c)
		}
	}
	walk(root)
	return root, all
}

func (e element) has(class string) bool { return slices.Contains(strings.Fields(e.Class), class) }

// touches says whether two rectangles share some room.
func (e element) touches(o element) bool {
	return e.X < o.X+o.Width && o.X < e.X+e.Width && e.Y < o.Y+o.Height && o.Y < e.Y+e.Height
}

// extent is where a text is, about.
func (e element) extent() element {
	width := charWidth
	if e.has("bold") {
		width = boldWidth
	}
	if e.has("title") {
		width = 12
	}
	text := element{X: e.X, Y: e.Y - 10, Width: width*runes(strings.TrimRight(e.Text, " ")) + charWidth*runes(e.Span), Height: 13, Text: e.Text + e.Span}
	if e.Span != "" {
		text.Width += charWidth
	}
	if e.has("sign") {
		text.X -= text.Width / 2
	}
	return text
}

// checkPicture fails if anything is cut, or in the way of anything else.
func checkPicture(t require.TestingT, c *change.Change) {
	svg := drawn(t, c)
	root, all := elements(t, svg)
	require.Equal(t, "img", root.Role)
	require.NotEmpty(t, *root.Title)
	require.NotEmpty(t, root.Desc)
	require.Equal(t, "plinth-graph", root.Class)
	require.NotContains(t, svg, " id=")
	require.LessOrEqual(t, root.Width, pictureWidth)
	var boxes, texts, squares []element
	named := 0
	for _, e := range all {
		switch {
		case e.XMLName.Local == "text" && !e.has("sign"):
			texts = append(texts, e.extent())
		case e.has("box"):
			boxes = append(boxes, e)
		case e.XMLName.Local == "rect" && e.Title != nil:
			squares = append(squares, e)
		case e.XMLName.Local == "g":
			require.NotNil(t, e.Title)
			named++
			squares = append(squares, e.Children[0])
		}
	}
	require.Equal(t, shown(c, func(*change.Resource) bool { return true }), len(squares), "each resource is there once")
	require.LessOrEqual(t, named, mostNamedInAll)
	for _, group := range [][]element{boxes, texts, squares, append(slices.Clone(texts), squares...)} {
		slices.SortFunc(group, func(a, b element) int { return int(10 * (a.Y - b.Y)) })
		for i, a := range group {
			require.True(t, a.X >= 0 && a.Y >= 0 && a.X+a.Width <= root.Width+0.1 && a.Y+a.Height <= root.Height+0.1, "%+v is cut", a)
			for _, b := range group[i+1:] {
				if b.Y >= a.Y+a.Height {
					break
				}
				require.False(t, a.touches(b), "%+v touches %+v", a, b)
			}
		}
	}
	for _, s := range append(texts, squares...) {
		for _, b := range boxes {
			require.True(t, !s.touches(b) || s.X >= b.X && s.X+s.Width <= b.X+b.Width+0.1 && s.Y >= b.Y && s.Y+s.Height <= b.Y+b.Height, "%+v leaves its box", s)
		}
	}
}

func TestASmallPicture(t *testing.T) {
	checkPicture(t, small())
	harness.Golden(t, "small.svg", drawn(t, small()))
}

func TestAnyStackHasAPicture(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := some(t)
		checkPicture(t, c)
		require.Equal(t, drawn(t, c), drawn(t, shuffled(t, c)))
	})
}

func TestAPictureSaysThatNothingChangesOrThatNothingIsKnown(t *testing.T) {
	s := newStack()
	root, _ := elements(t, drawn(t, &s.Change))
	require.Equal(t, "Nothing is known of dev", *root.Title)
	s.add(change.Same, "", "a", "aws:sqs/queue:Queue")
	root, _ = elements(t, drawn(t, &s.Change))
	require.Equal(t, "Nothing changes in dev", *root.Title)
	require.Equal(t, "1 resource", root.Desc)
}

func TestWhatDependsIsAboveWhatItDependsOn(t *testing.T) {
	s := newStack()
	for i, name := range []string{"c", "a", "d", "b", "e"} {
		s.component(name, "plinth:app:App")
		var from []string
		if i > 0 {
			from = []string{fmt.Sprint("r", i-1)}
		}
		s.add([]change.Op{change.Same, change.Update, change.Delete, change.Update, change.Same}[i], name, fmt.Sprint("r", i), "aws:sqs/queue:Queue", from...)
	}
	l := newLayout(newGraph(&s.Change))
	l.place(0)
	slices.SortFunc(l.boxes, func(a, b *box) int { return int(a.y - b.y) })
	var order []string
	for _, b := range l.boxes {
		order = append(order, b.name)
	}
	require.Equal(t, []string{"e", "b", "d", "a", "c"}, order)
	require.Empty(t, l.rest)
	require.Len(t, l.arrows, 4)
}

func TestArrowsToABoxDoNotCross(t *testing.T) {
	s := newStack()
	for i, name := range []string{"top-1", "top-2", "top-3"} {
		s.component(name, "plinth:app:App")
		s.add(change.Same, name, fmt.Sprint("in-", 9-i), "aws:sqs/queue:Queue", "changed")
	}
	s.component("wide", "plinth:app:App")
	s.add(change.Update, "wide", "changed", "aws:sqs/queue:Queue", "in-1", "in-2", "in-3")
	for i, name := range []string{"below-1", "below-2", "below-3"} {
		s.component(name, "plinth:app:App")
		s.add(change.Same, name, fmt.Sprint("in-", 3-i), "aws:sqs/queue:Queue")
	}
	ends := map[string]map[float64]float64{} // by the height of where they begin
	number := func(s string) float64 {
		n, err := strconv.ParseFloat(s, 64)
		require.NoError(t, err)
		return n
	}
	for _, m := range regexp.MustCompile(`<path class="arrow update" d="M(\S+) (.+)C\S+ \S+ \S+ \S+ (\S+) `).FindAllStringSubmatch(drawn(t, &s.Change), -1) {
		if ends[m[2]] == nil {
			ends[m[2]] = map[float64]float64{}
		}
		ends[m[2]][number(m[1])] = number(m[3])
	}
	require.Len(t, ends, 2)
	for _, of := range ends {
		require.Len(t, of, 3, "no two begin at one place")
		from := slices.Sorted(maps.Keys(of))
		for i := range from[1:] {
			require.Less(t, of[from[i]], of[from[i+1]])
		}
	}
}

func TestABoxIsNearToWhatDependsOnIt(t *testing.T) {
	s := newStack()
	for _, name := range []string{"a", "b", "c"} {
		s.component("user-"+name, "plinth:app:App")
		s.add(change.Update, "user-"+name, "in-user-"+name, "aws:sqs/queue:Queue", "in-"+name)
	}
	for i, name := range []string{"c", "b", "a"} {
		s.component(fmt.Sprint("below-", i), "plinth:app:App")
		s.add(change.Same, fmt.Sprint("below-", i), "in-"+name, "aws:sqs/queue:Queue")
	}
	l := newLayout(newGraph(&s.Change))
	l.place(100)
	at := map[string]float64{}
	for _, b := range l.boxes {
		at[b.name] = b.x
	}
	require.True(t, at["below-2"] < at["below-1"] && at["below-1"] < at["below-0"], "%v", at)
}

func TestArrowsThatAreTooManyAreToldAsText(t *testing.T) {
	s := newStack()
	for i := range 40 {
		name := fmt.Sprintf("app-%02d", i)
		s.component(name, "plinth:app:App")
		s.component("key-"+name, "plinth:keys:Key")
		s.Resources[len(s.Resources)-1].Name = name
		s.add(change.Same, "key-"+name, "key-of-"+name, "aws:kms/key:Key")
		op := change.Update
		if i == 33 {
			op = change.Delete
		}
		s.add(op, name, "queue-"+name, "aws:sqs/queue:Queue", "key-of-"+name, fmt.Sprintf("key-of-app-%02d", (i+1)%40))
	}
	checkPicture(t, &s.Change)
	svg := drawn(t, &s.Change)
	require.NotContains(t, svg, `<path`)
	require.Contains(t, svg, ">→ app-07 (Key), app-08<")
	_, all := elements(t, svg)
	first := all[slices.IndexFunc(all, func(e element) bool { return e.XMLName.Local == "text" && strings.HasPrefix(e.Text, "app-") })]
	require.Equal(t, "app-33", first.Text, "the worst is first")
}

func TestNoMoreResourcesAreNamedThanCanBeRead(t *testing.T) {
	for _, test := range []struct{ components, each, named int }{
		{1, mostNamed, mostNamed}, {1, mostNamed + 1, mostNamedInBox}, {30, 3, 90}, {100, 4, 100}, {500, 4, 500},
	} {
		s := newStack()
		for i := range test.components {
			s.component(fmt.Sprint("c", i), "plinth:app:App")
			for j := range test.each {
				s.add(change.Create, fmt.Sprint("c", i), fmt.Sprint("r-", i, "-", j), "aws:sqs/queue:Queue")
			}
		}
		require.Equal(t, test.named, strings.Count(drawn(t, &s.Change), "<g>"), "%+v", test)
	}
}

func TestAPictureThatCannotBeWrittenIsAnError(t *testing.T) {
	broken, w := io.Pipe()
	require.NoError(t, broken.CloseWithError(errors.New("disk full")))
	require.EqualError(t, SVG(w, small()), "disk full")
}

func TestTextIsAsWideAsItsCharacters(t *testing.T) {
	for name, want := range map[string]float64{"queue": 5, "": 0, "WM": 2 * wideRune, "日本語": 3 * wideRune, "a한Ａ😀": 1 + 3*wideRune, "é–": 2} {
		require.InDelta(t, want, runes(name), 1e-9, name)
	}
	rapid.Check(t, func(t *rapid.T) {
		name := clean(rapid.OneOf(rapid.String(), rapid.StringOf(rapid.SampledFrom([]rune("aW日😀")))).Draw(t, "name"))
		room := rapid.Float64Range(2*boldWidth, 400).Draw(t, "room")
		require.LessOrEqual(t, charWidth*runes(fit(name, room)), room+0.1)
		require.LessOrEqual(t, boldWidth*runes(fitName(name, room)), room+0.1)
	})
}

func TestWhatNobodySeesIsNotDrawn(t *testing.T) {
	require.Equal(t, "gnp.exe?", clean("\u202egnp\u200b.exe\n"))
}
