package report

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"io"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/plinth-iac/plinth/cmd/plinth/internal/picture"
)

//go:embed page.html
var pageText string

//go:embed page.css
var pageStyle string

// pageTimelineStyle gives the timeline, which is drawn for paper, the colours of the page.
//
//go:embed page_timeline.css
var pageTimelineStyle string

var pageTemplate = template.Must(template.New("page").Funcs(pageWords).Parse(pageText))

// page is what the template is told.
type page struct {
	*Report
	// Security is the content security policy of the page.
	Security string
	Style    template.CSS
	Level    Level
	// Columns are those of the overview, but for the stack's name.
	Columns []column
	Parts   []*stackPage
}

// HTML writes the report as one page that needs nothing else: it has no script and asks no
// network, which its own security policy forbids.
func (r *Report) HTML(w io.Writer) error {
	_, verdict := r.Verdict()
	p := page{Report: r, Style: template.CSS(pageStyle), Level: verdict.Level, Columns: r.columns()[1:]}
	styled := []string{"<style>" + pageStyle + "</style>"}
	for i, s := range r.Stacks {
		part := newStackPage(s, i)
		if err := part.draw(); err != nil {
			return err
		}
		styled = append(styled, string(part.Graph), string(part.Timeline))
		p.Parts = append(p.Parts, part)
	}
	p.Security = security(styled)
	var text strings.Builder
	if err := pageTemplate.Execute(&text, p); err != nil {
		return err
	}
	_, err := io.WriteString(w, strings.Map(visible, text.String()))
	return err
}

// visible replaces what is no character to be seen, such as those that turn the direction of
// a line: values must look like what they are.
func visible(r rune) rune {
	switch {
	case r == '\n' || unicode.IsPrint(r):
		return r
	case unicode.IsSpace(r):
		return ' '
	}
	return unicode.ReplacementChar
}

// draw makes the pictures, if there is anything to see in them.
func (p *stackPage) draw() error {
	var err error
	if p.Changes > 0 {
		p.Graph, err = drawing("", func(w io.Writer) error { return picture.SVG(w, p.Change) })
	}
	if err == nil && len(p.Deploy.This.CriticalPath) > 0 {
		p.Timeline, err = drawing(pageTimelineStyle, p.Deploy.This.SVG)
	}
	return err
}

// drawing is a picture in a shadow tree: its style, with another one after it, concerns
// nothing else in the page, and still sees the page's colours.
func drawing(style string, draw func(io.Writer) error) (template.HTML, error) {
	var text strings.Builder
	if err := draw(&text); err != nil {
		return "", err
	}
	if style != "" {
		text.WriteString("<style>" + style + "</style>")
	}
	return template.HTML(`<template shadowrootmode="open">` + text.String() + `</template>`), nil
}

var styles = regexp.MustCompile(`(?s)<style>(.*?)</style>`)

// security allows the styles that are in some parts of the page, by their hashes, and
// nothing else: what programs say can neither run nor load nor send anything.
func security(parts []string) string {
	var hashes []string
	for _, style := range styles.FindAllStringSubmatch(strings.Join(parts, ""), -1) {
		sum := sha256.Sum256([]byte(style[1]))
		hashes = append(hashes, "'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'")
	}
	slices.Sort(hashes)
	return "default-src 'none'; style-src " + strings.Join(slices.Compact(hashes), " ") + "; base-uri 'none'; form-action 'none'"
}
