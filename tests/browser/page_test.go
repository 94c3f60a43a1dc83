package browser

import (
	"cmp"
	"context"
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

//go:embed look.js
var look string

// view is a window of a browser.
type view struct {
	width, height int64
	scheme        string
}

func (v view) String() string { return fmt.Sprintf("%d-%s", v.width, v.scheme) }

var views = []view{{1280, 900, "light"}, {1280, 900, "dark"}, {390, 844, "light"}, {390, 844, "dark"}}

// tab is a page in the browser, with what went wrong in it.
type tab struct {
	context.Context
	t    *testing.T
	url  string
	lock sync.Mutex
	said []string
}

func open(t *testing.T, page string) *tab {
	t.Helper()
	path, err := filepath.Abs(page)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := chromedp.NewContext(browser)
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, time.Minute)
	t.Cleanup(cancel)
	b := &tab{Context: ctx, t: t, url: "file://" + filepath.ToSlash(path)}
	b.do(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, network.Enable, network.EnableParams{})
		return err
	}))
	if err := chromedp.Listen(ctx, b.hear); err != nil {
		t.Fatal(err)
	}
	b.do(chromedp.Navigate(b.url))
	return b
}

// hear keeps what the browser complains of, and what the page asks for besides itself.
func (b *tab) hear(event any) {
	b.lock.Lock()
	defer b.lock.Unlock()
	switch e := event.(type) {
	case *runtime.EventConsoleAPICalled:
		b.said = append(b.said, fmt.Sprintf("console: %s", e.Type))
	case *runtime.EventExceptionThrown:
		b.said = append(b.said, "exception: "+e.ExceptionDetails.Text)
	case *log.EventEntryAdded:
		b.said = append(b.said, fmt.Sprintf("%s: %s", e.Entry.Level, e.Entry.Text))
	case *network.EventLoadingFailed:
		b.said = append(b.said, "failed request: "+cmp.Or(e.ErrorText, string(e.BlockedReason)))
	case *network.EventRequestWillBeSent:
		if e.Request.URL != b.url {
			b.said = append(b.said, "request: "+e.Request.URL)
		}
	}
}

// heard is what the browser has complained of so far.
func (b *tab) heard() []string {
	b.lock.Lock()
	defer b.lock.Unlock()
	return slices.Clone(b.said)
}

func (b *tab) do(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b, actions...); err != nil {
		b.t.Fatal(err)
	}
}

// eval is what an expression is in the page.
func eval[T any](b *tab, expression string) T {
	b.t.Helper()
	result, err := chromedp.Run(b, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatal(err)
	}
	return result
}

// exec runs statements in the page.
func (b *tab) exec(statements string) {
	b.t.Helper()
	b.do(chromedp.Evaluate[chromedp.Void](statements))
}

// show makes the window another one, with the page as it is at first.
func (b *tab) show(v view) {
	b.t.Helper()
	scheme := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: v.scheme}}}
	if _, err := chromedp.Call(b, emulation.SetEmulatedMedia, scheme); err != nil {
		b.t.Fatal(err)
	}
	b.do(chromedp.EmulateViewport(v.width, v.height), chromedp.Navigate(b.url))
}

// check complains of all that is wrong with the page now, and takes its picture.
func (b *tab) check(v view, name string) {
	b.t.Helper()
	for _, problem := range eval[[]string](b, look) {
		b.t.Errorf("%s, %s: %s", v, name, problem)
	}
	dir := os.Getenv(screenshotsVariable)
	if dir == "" {
		return
	}
	picture, err := chromedp.Run(b, chromedp.FullScreenshot(100))
	if err != nil {
		b.t.Fatal(err)
	}
	page := strings.TrimSuffix(filepath.Base(b.url), ".html")
	if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%s-%s-%s.png", page, v, name)), picture, 0o644); err != nil {
		b.t.Fatal(err)
	}
}

// each runs a test on each page.
func each(t *testing.T, test func(*testing.T, *tab)) {
	if len(pages) == 0 {
		t.Fatalf("there are no pages in %s", os.Getenv(pagesVariable))
	}
	for _, page := range pages {
		t.Run(strings.TrimSuffix(filepath.Base(page), ".html"), func(t *testing.T) { test(t, open(t, page)) })
	}
}

func TestPagesCanBeReadInEveryWindow(t *testing.T) {
	each(t, func(_ *testing.T, b *tab) {
		for _, v := range views {
			b.show(v)
			b.check(v, "folded")
			b.exec(`document.querySelectorAll("details").forEach((d) => d.open = true)`)
			b.check(v, "unfolded")
		}
		for _, line := range b.heard() {
			b.t.Error(line)
		}
	})
}

func TestEverythingCanBeUnfoldedByKeyboard(t *testing.T) {
	each(t, func(t *testing.T, b *tab) {
		b.show(views[0])
		details := eval[int](b, `document.querySelectorAll("details").length`)
		for range eval[int](b, `document.querySelectorAll("a, summary, input, [tabindex]").length`) + 1 {
			b.do(chromedp.KeyEvent(kb.Tab))
			at := eval[string](b, `(() => {
				const at = document.activeElement, { outlineStyle, outlineWidth } = getComputedStyle(at)
				if (at !== document.body && (outlineStyle === "none" || outlineWidth === "0px")) return "hidden focus"
				return at.tagName + (at.parentElement.open === false ? " folded" : "")
			})()`)
			switch at {
			case "hidden focus":
				t.Fatal("it cannot be seen what has the focus")
			case "SUMMARY folded":
				b.do(chromedp.KeyEvent(kb.Enter))
			}
			if at == "BODY" {
				break
			}
		}
		if left := eval[int](b, `document.querySelectorAll("details:not([open])").length`); left > 0 || details == 0 {
			t.Errorf("%d of %d stay folded", left, details)
		}
	})
}

func TestAFilterShowsTheChangesOfOneOperation(t *testing.T) {
	filters := 0
	each(t, func(t *testing.T, b *tab) {
		for _, value := range eval[[]string](b, `[...document.querySelectorAll("fieldset input")].map((i) => i.name + " " + i.value)`) {
			filters++
			name, op, _ := strings.Cut(value, " ")
			type counts struct{ Of, Others, Labelled, Empty int }
			got := eval[counts](b, fmt.Sprintf(`(() => {
				const input = document.querySelector('input[name="%[1]s"][value="%[2]s"]'), part = input.closest("section")
				part.querySelectorAll("details").forEach((d) => d.open = true)
				input.click()
				const shown = [...part.querySelectorAll(".change")].filter((c) => c.checkVisibility())
				const isOf = (c) => "%[2]s" === "all" || c.classList.contains("%[2]s")
				return {
					Of: shown.filter(isOf).length, Others: shown.filter((c) => !isOf(c)).length,
					Labelled: parseInt(input.labels[0].textContent.match(/\d+/)[0]),
					Empty: [...part.querySelectorAll(".group")].filter((g) => g.checkVisibility() && !shown.some((c) => g.contains(c))).length,
				}
			})()`, name, op))
			if got.Of != got.Labelled || got.Of == 0 || got.Others+got.Empty > 0 {
				t.Errorf("%s: %+v", value, got)
			}
		}
	})
	if filters == 0 {
		t.Error("no page has a filter")
	}
}

func TestALinkUnfoldsWhatItLeadsTo(t *testing.T) {
	links := 0
	each(t, func(t *testing.T, b *tab) {
		for _, id := range eval[[]string](b, `[...new Set([...document.querySelectorAll("main section section a")].map((a) => a.hash.slice(1)))].slice(0, 5)`) {
			links++
			b.show(views[0])
			if !eval[bool](b, fmt.Sprintf(`new Promise((done, failed) => {
				const target = document.getElementById("%[1]s") ?? failed("there is no #%[1]s")
				location.hash = "%[1]s"
				requestAnimationFrame(() => requestAnimationFrame(() => {
					const { top, bottom } = target.getBoundingClientRect()
					done(target.checkVisibility() && bottom > 0 && top < innerHeight)
				}))
			})`, id)) {
				t.Errorf("#%s is not shown", id)
			}
		}
	})
	if links == 0 {
		t.Error("no page has a link to a change")
	}
}

func TestAPrintedPageIsUnfolded(t *testing.T) {
	each(t, func(t *testing.T, b *tab) {
		if _, err := chromedp.Call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"}); err != nil {
			t.Fatal(err)
		}
		if hidden := eval[int](b, `[...document.querySelectorAll("details > :not(summary)")].filter((e) => !e.checkVisibility()).length`); hidden > 0 {
			t.Errorf("%d parts are not printed", hidden)
		}
	})
}

func TestThePolicyOfThePageAllowsNothingElse(t *testing.T) {
	b := open(t, pages[0])
	b.exec(`document.body.insertAdjacentHTML("beforeend", "<style>main { display: none }</style><b style='color: red'>b</b><img src='https://example.invalid/a.png'>")
		const script = document.createElement("script"); script.textContent = "document.title = 'taken'"; document.body.append(script)`)
	if got := eval[string](b, `document.title`); got == "taken" {
		t.Error("a script runs")
	}
	if got := eval[string](b, `getComputedStyle(document.querySelector("main")).display`); got == "none" {
		t.Error("another style is used")
	}
	if got := eval[string](b, `document.querySelector("body > b").style.color`); got != "" {
		t.Error("a style attribute is used")
	}
	if blocked := "failed request: csp"; !slices.Contains(b.heard(), blocked) {
		t.Errorf("a picture from elsewhere is asked for: %q", b.heard())
	}
}
