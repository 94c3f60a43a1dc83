// Package browser looks at the pages that `plinth report` writes in a real browser, as a
// reviewer does: in wide and narrow windows, light and dark, by mouse and by keyboard.
package browser

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// pagesVariable names a folder of pages to look at instead of those of testdata.
const pagesVariable = "PAGES"

// screenshotsVariable names a folder to write pictures of all that was looked at into.
const screenshotsVariable = "SCREENSHOTS"

var (
	// browser is the one that all tests open their tabs in.
	browser context.Context
	// pages are the files to look at.
	pages []string
)

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	path, err := find()
	var dir string
	if err == nil {
		dir, err = os.MkdirTemp("", "pages")
		defer func() { _ = os.RemoveAll(dir) }()
	}
	if err == nil {
		pages, err = pagesIn(dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	allocator, stop := chromedp.NewExecAllocator(context.Background(), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(filepath.Join(dir, "profile")),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true))...)
	defer stop()
	var quit context.CancelFunc
	browser, quit = chromedp.NewContext(allocator)
	defer quit()
	if err := chromedp.Do(browser); err != nil {
		fmt.Fprintf(os.Stderr, "start %s: %v\n", path, err)
		return 1
	}
	return m.Run()
}

// find is where a Chromium is.
func find() (string, error) {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errors.New("there is no Chromium on PATH to look at pages with: apt-get install chromium")
}

// pagesIn are the pages to look at: one of a stack, and one of all of testdata.
func pagesIn(dir string) ([]string, error) {
	if given := os.Getenv(pagesVariable); given != "" {
		return filepath.Glob(filepath.Join(given, "*.html"))
	}
	one, all := filepath.Join(dir, "one.html"), filepath.Join(dir, "all.html")
	return []string{one, all}, errors.Join(report(one, "ordinary"), report(all, "ordinary", "dangerous", "new"))
}

// report makes a page of previews of testdata, as a user does.
func report(page string, previews ...string) error {
	out := page + ".d"
	args := []string{"run", "./cmd/plinth", "report", "--out", out}
	for _, name := range previews {
		at := filepath.Join("tests", "browser", "testdata", name)
		args = append(args, "--preview", at+".json", "--events", at+".ndjson")
	}
	command := exec.Command("go", args...)
	command.Dir = filepath.Join("..", "..")
	if text, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("go %s: %w\n%s", strings.Join(args, " "), err, text)
	}
	return os.Rename(filepath.Join(out, "report.html"), page)
}
