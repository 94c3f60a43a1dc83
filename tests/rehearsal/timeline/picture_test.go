package timeline

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/tests/harness"
)

// small is an update with every operation, a hostile name and too few slots.
func small() []Node {
	s := newStack()
	s.node("aws:kms/key:Key", "key", nil)
	s.component("plinth:network:Vpc", "network")
	s.node("aws:ec2/vpc:Vpc", "network-vpc", in{"enableDnsHostnames": true})
	s.node("aws:ec2/eip:Eip", "network-eip", nil)
	s.node("aws:ec2/natGateway:NatGateway", "network-nat", nil, "network-vpc", "network-eip")
	s.component("plinth:app:App", "app")
	s.node("aws:lb/loadBalancer:LoadBalancer", "app-<b>&\x1b[31m\"", nil, "network-vpc")
	s.node("aws:route53/record:Record", "app-a-name-that-is-much-too-long-to-be-shown-as-a-whole", nil, "app-<b>&\x1b[31m\"")
	s.node("aws:eks/cluster:Cluster", "app-cluster", nil, "key", "network-vpc")
	s.node("aws:rds/proxy:Proxy", "app-proxy", nil, "app-cluster")
	s.node("aws:cfg/recorder:Recorder", "recorder", nil)
	ops := map[string]Op{"app-cluster": Update, "network-eip": Read, "network-nat": Replace, "app-proxy": Delete}
	for i := range s.nodes {
		n := &s.nodes[i]
		n.Op, n.DeleteBeforeReplace, n.Changed = ops[name(n.URN)], true, []string{"version"}
	}
	return s.nodes
}

func drawn(t testing.TB, r Result) string {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, r.SVG(&b))
	return b.String()
}

func TestTextAndPicture(t *testing.T) {
	big := graph(t, production())
	harness.Golden(t, "deploy.txt", Compute(big, Options{Parallel: 8}).Text())
	harness.Golden(t, "destroy.txt", Compute(big.Destroy(), Options{Parallel: 8}).Text())
	update := Compute(graph(t, small()), Options{Parallel: 2})
	harness.Golden(t, "update.txt", update.Text())
	harness.Golden(t, "update.svg", drawn(t, update))
}

// element is what matters of an SVG element.
type element struct {
	XMLName  xml.Name
	X        float64   `xml:"x,attr"`
	Y        float64   `xml:"y,attr"`
	Width    float64   `xml:"width,attr"`
	Height   float64   `xml:"height,attr"`
	Class    string    `xml:"class,attr"`
	Text     string    `xml:",chardata"`
	Span     string    `xml:"tspan"`
	Title    string    `xml:"title"`
	Children []element `xml:",any"`
}

func elements(t testing.TB, svg string) (root element, all []element) {
	t.Helper()
	require.NoError(t, xml.Unmarshal([]byte(svg), &root))
	var walk func(element)
	walk = func(e element) {
		all = append(all, e)
		for _, c := range e.Children {
			walk(c)
		}
	}
	walk(root)
	return root, all
}

func TestAPictureShowsEveryOperationThatTakesTimeAndNoTextTouchesAnother(t *testing.T) {
	for name, g := range map[string]*Graph{
		"deploy": graph(t, production()), "destroy": graph(t, production()).Destroy(), "update": graph(t, small()),
	} {
		r := Compute(g, Options{Parallel: 8})
		root, all := elements(t, drawn(t, r))
		var tooltips, timed int
		type box struct {
			left, right, y float64
			text           string
		}
		var boxes []box
		for _, e := range all {
			if e.XMLName.Local == "g" && e.Title != "" {
				tooltips++
			}
			require.GreaterOrEqual(t, root.Width+0.1, e.X+e.Width, name)
			require.GreaterOrEqual(t, root.Height+0.1, e.Y+e.Height, name)
			if e.XMLName.Local != "text" || e.Y < 100 {
				continue
			}
			text := strings.TrimSpace(e.Text + e.Span)
			width := 6 * float64(len([]rune(text)))
			left := e.X
			switch {
			case strings.Contains(e.Class, "end"):
				left -= width
			case strings.Contains(e.Class, "mid"):
				left -= width / 2
			}
			require.GreaterOrEqual(t, left, 0.0, text)
			require.LessOrEqual(t, left+width, root.Width, text)
			boxes = append(boxes, box{left, left + width, e.Y, text})
		}
		slices.SortFunc(boxes, func(a, b box) int { return int(10 * (a.y - b.y)) })
		for i, a := range boxes {
			for _, b := range boxes[i+1:] {
				if b.y-a.y >= 11 {
					break
				}
				require.False(t, a.left < b.right && b.left < a.right, "%s: %q touches %q", name, a.text, b.text)
			}
		}
		for _, b := range r.Bars {
			if b.Seconds > 0 {
				timed++
			}
		}
		require.Equal(t, timed, tooltips, name)
	}
}

func TestAPictureOfThousandsShowsTheLongest(t *testing.T) {
	r := Compute(graph(t, many(10_000)), Options{Parallel: 64})
	root, all := elements(t, drawn(t, r))
	require.Less(t, root.Height, 60.0*maxRows)
	shown, hidden := 0, 0
	for _, e := range all {
		if e.XMLName.Local == "g" {
			shown++
		}
		if rest, ok := strings.CutPrefix(e.Text, "and "); ok {
			n, err := strconv.Atoi(strings.Fields(rest)[0])
			require.NoError(t, err)
			hidden += n
		}
	}
	require.InDelta(t, maxRows, shown, float64(len(r.CriticalPath)))
	timed := 0
	for _, b := range r.Bars {
		if b.Seconds > 0 {
			timed++
		}
	}
	require.Equal(t, timed, shown+hidden)
}

func TestAPictureThatCannotBeWrittenIsAnError(t *testing.T) {
	broken, w := io.Pipe()
	require.NoError(t, broken.CloseWithError(errors.New("disk full")))
	require.EqualError(t, Compute(graph(t, small()), Options{}).SVG(w), "disk full")
}

func TestDurationsAreReadable(t *testing.T) {
	for seconds, want := range map[float64]string{0: "0 s", 0.25: "0.3 s", 9.96: "10 s", 59.6: "1 min", 61: "1 min 1 s", 3600: "1 h", 3725: "1 h 2 min"} {
		require.Equal(t, want, words(seconds))
	}
	require.Equal(t, "1:02:05", clock(3725))
	require.Equal(t, "0:05", clock(5))
}

func TestAResultIsJSON(t *testing.T) {
	r := Compute(graph(t, small()), Options{Parallel: 2})
	text, err := json.Marshal(r)
	require.NoError(t, err)
	var back Result
	require.NoError(t, json.Unmarshal(text, &back))
	require.Equal(t, r, back)
}

// many are resources in components of ten, chained now and then.
func many(count int) []Node {
	s := newStack()
	types := []string{"aws:ec2/eip:Eip", "aws:kms/key:Key", "aws:iam/role:Role", "aws:lb/loadBalancer:LoadBalancer", "aws:lambda/function:Function"}
	for i := len(s.nodes); i < count; i++ {
		if i%11 == 0 {
			s.component("plinth:app:App", fmt.Sprintf("app-%d", i))
			continue
		}
		var after []string
		for _, back := range []int{1, 7, 1000} {
			if i-back > 1 && (i+back)%3 == 0 {
				after = append(after, name(s.nodes[i-back].URN))
			}
		}
		s.node(types[i*7%len(types)], fmt.Sprintf("r-%d", i), nil, after...)
	}
	return s.nodes
}

func BenchmarkCompute(b *testing.B) {
	for _, count := range []int{100, 10_000} {
		nodes := many(count)
		b.Run(fmt.Sprintf("deploy-%d", count), func(b *testing.B) {
			for b.Loop() {
				g, err := New(nodes)
				require.NoError(b, err)
				Compute(g, Options{Parallel: 8})
			}
		})
		b.Run(fmt.Sprintf("destroy-%d", count), func(b *testing.B) {
			for b.Loop() {
				g, err := New(nodes)
				require.NoError(b, err)
				Compute(g.Destroy(), Options{Parallel: 8})
			}
		})
	}
}
