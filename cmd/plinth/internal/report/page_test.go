package report

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/plinth-iac/plinth/cmd/plinth/internal/change"
	"github.com/plinth-iac/plinth/cmd/plinth/internal/diff"
	"github.com/plinth-iac/plinth/tests/harness"
)

func pageOf(t require.TestingT, r *Report) string {
	var b strings.Builder
	require.NoError(t, r.HTML(&b))
	return b.String()
}

var drawings = regexp.MustCompile(`(?s)<template.*?</template>`)

func TestThePageReadsAsItsGoldenDoes(t *testing.T) {
	for name, r := range map[string]*Report{"dangerous": dangerousReport(), "failed": failedReport(), "unchanged": unchangedReport(), "none": {}} {
		t.Run(name, func(t *testing.T) {
			page := pageOf(t, r)
			require.Equal(t, page, pageOf(t, r), "told again, it is told in other words")
			_, body, _ := strings.Cut(page, "</style>")
			harness.Golden(t, "page/"+name+".html", drawings.ReplaceAllString(body, "(drawing)"))
		})
	}
}

// parsed is a page that is well-formed XML as well as HTML, so that it is known to be whole.
type parsed struct {
	ids, links, styles []string
	security           string
	text               strings.Builder
}

// allowedInPages are the elements and attributes that a page is made of.
var allowedInPages = strings.Fields(`html head meta title style body header div svg path circle h1 h2 h3 h4 p a b i span section table thead tbody tr th td main nav ul li
	dl dt dd del ins code pre details summary fieldset legend label input caption footer template rect text tspan g defs marker desc polygon line
	lang charset http-equiv content name class viewBox aria-hidden d href id aria-labelledby aria-label role tabindex scope data-head open type value checked
	shadowrootmode cx cy r xmlns width height x y rx ry fill stroke transform points marker-end refX refY markerWidth markerHeight orient x1 x2 y1 y2`)

func parse(t require.TestingT, page string) *parsed {
	p := &parsed{}
	decoder := xml.NewDecoder(strings.NewReader(page))
	decoder.Entity = xml.HTMLEntity
	var path []string
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return p
		}
		require.NoError(t, err, page)
		switch e := token.(type) {
		case xml.StartElement:
			path = append(path, e.Name.Local)
			require.True(t, slices.Contains(allowedInPages, e.Name.Local), e.Name.Local)
			for _, a := range e.Attr {
				require.True(t, slices.Contains(allowedInPages, a.Name.Local), "%s of %s", a.Name.Local, e.Name.Local)
				switch {
				case a.Name.Local == "id" && !slices.Contains(path, "template"):
					p.ids = append(p.ids, a.Value)
				case a.Name.Local == "href":
					p.links = append(p.links, a.Value)
				case strings.HasPrefix(a.Value, "default-src"):
					p.security = a.Value
				}
			}
		case xml.EndElement:
			path = path[:len(path)-1]
		case xml.CharData:
			if len(path) > 0 && path[len(path)-1] == "style" {
				p.styles = append(p.styles, string(e))
			} else {
				p.text.Write(e)
			}
		}
	}
}

func TestAnyPageIsWholeAndHarmless(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := anyReport(t)
		p := parse(t, pageOf(t, r))
		for _, link := range p.links {
			require.True(t, slices.Contains(p.ids, strings.TrimPrefix(link, "#")), link)
		}
		require.Len(t, slices.Compact(slices.Sorted(slices.Values(p.ids))), len(p.ids))
		for _, style := range p.styles {
			sum := sha256.Sum256([]byte(style))
			require.Contains(t, p.security, "'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'")
		}
		require.NotContains(t, p.security, "unsafe")
		text := p.text.String()
		for _, s := range r.Stacks {
			for _, c := range s.Change.Resources {
				if !c.Changed() || s.untold() {
					continue
				}
				for _, property := range c.Properties {
					require.True(t, strings.Contains(text, seen(property.Path)), property.Path)
					require.True(t, property.Is == nil || strings.Contains(text, seen(*property.Is)), property.Path)
				}
			}
		}
	})
}

// seen is a text as a page shows it.
func seen(text string) string { return strings.Map(visible, text) }

func TestValuesLookLikeWhatTheyAre(t *testing.T) {
	w := writtenStack("prod", Look, "1 to create")
	w.part("", change.Create, groupType, "open", added("enabled", "true\u202e\u200b\x00\x1b[31m\tor\nfalse"))
	require.Contains(t, parse(t, pageOf(t, &Report{Stacks: []*Stack{w.Stack}})).text.String(), "true\ufffd\ufffd\ufffd\ufffd[31m or\nfalse")
}

func TestALargePageIsFoldedAndSmall(t *testing.T) {
	const many = 500
	w := writtenStack("prod", Look, "500 to create")
	for i := range many {
		w.part("Vpc", change.Create, "aws:ec2/subnet:Subnet", fmt.Sprintf("network-%d", i), added("cidrBlock", "10.0.0.0/20"), added("vpcId", diff.Unknown))
	}
	page := pageOf(t, &Report{Stacks: []*Stack{w.Stack}})
	require.Equal(t, many, strings.Count(page, `<details class="change`))
	require.NotContains(t, page, `open=""`)
	require.Less(t, len(page), many*2000)
}

func TestEveryOperationHasAFilter(t *testing.T) {
	for _, o := range operations {
		if (&change.Resource{Op: o.op}).Changed() {
			require.Contains(t, pageStyle, fmt.Sprintf(".changes:has([value=%s]:checked) .change:not(.%[1]s)", o.op))
			require.Contains(t, pageStyle, fmt.Sprintf(".changes:has([value=%s]:checked) .group:not(:has(.%[1]s.change))", o.op))
		}
	}
}

func TestAPageThatCannotBeWrittenIsAnError(t *testing.T) {
	broken, w := io.Pipe()
	require.NoError(t, broken.CloseWithError(errors.New("disk full")))
	require.EqualError(t, safeReport().HTML(w), "disk full")
}
