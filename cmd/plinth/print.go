package main

import (
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/term"

	"github.com/plinth-iac/plinth/tests/rehearsal"
	"github.com/plinth-iac/plinth/tests/rehearsal/timeline"
)

// printer writes what people read.
type printer struct {
	to    io.Writer
	color bool
}

func newPrinter(to io.Writer) printer { return printer{to: to, color: colored(to)} }

// colored says whether a writer is a terminal that wants colours.
func colored(to io.Writer) bool {
	file, ok := to.(*os.File)
	return ok && term.IsTerminal(int(file.Fd())) &&
		os.Getenv("NO_COLOR") == "" && os.Getenv("CI") == "" && os.Getenv("TERM") != "dumb"
}

// operations are the engine's names of what happens to resources, in the order in which
// people want to know, as a plan and as done.
var operations = []struct{ op, plan, done string }{
	{"create", "to create", "created"},
	{"update", "to update", "updated"},
	{"replace", "to replace", "replaced"},
	{"delete", "to delete", "deleted"},
	{"import", "to import", "imported"},
	{"read", "read", "read"},
	{"same", "unchanged", "unchanged"},
}

func changes(p rehearsal.Phase, plan bool) string {
	counts := maps.Clone(p.Changes)
	parts := make([]string, 0, len(counts))
	for _, o := range operations {
		if n := counts[o.op]; n > 0 {
			word := o.done
			if plan {
				word = o.plan
			}
			parts = append(parts, fmt.Sprintf("%d %s", n, word))
		}
		delete(counts, o.op)
	}
	others := make([]string, 0, len(counts))
	for op, n := range counts {
		others = append(others, fmt.Sprintf("%d %s", n, op))
	}
	slices.Sort(others)
	return strings.Join(append(parts, others...), ", ")
}

// line prints a phase of a rehearsal.
func (pr printer) line(p rehearsal.Phase) {
	what := changes(p, p.Name == "preview")
	mandatory, advisory := findings(p)
	switch {
	case p.Name == "protection":
		what = fmt.Sprintf("%d protected, destroy refused", len(p.Protected))
	case p.Name == "destroy" && p.Error == "":
		what += ", nothing left"
	case mandatory+advisory > 0:
		what += fmt.Sprintf(", policies: %d mandatory, %d advisory", mandatory, advisory)
	}
	pr.printf("%-10s  %s  %-52s %6.1f s\n", p.Name, pr.verdict(p), what, p.Seconds)
}

// summary prints what a preview came to.
func (pr printer) summary(stack string, p rehearsal.Phase) {
	pr.printf("\npreview of %s  %s  %.1f s\n", stack, pr.verdict(p), p.Seconds)
	if what := changes(p, true); what != "" {
		pr.printf("  resources  %s\n", what)
	}
	if len(p.Policies) == 0 {
		return
	}
	mandatory, advisory := findings(p)
	passed := 0
	for _, policy := range p.Policies {
		if len(policy.Findings) == 0 {
			passed++
		}
	}
	pr.printf("  policies   %d of %d passed; findings: %d mandatory, %d advisory\n", passed, len(p.Policies), mandatory, advisory)
	pr.policies(p, "mandatory", "31", func(mandatory, _ int) int { return mandatory })
	pr.policies(p, "advisory", "33", func(_, advisory int) int { return advisory })
}

func (pr printer) policies(p rehearsal.Phase, level, color string, count func(mandatory, advisory int) int) {
	failed := slices.Clone(p.Policies)
	slices.SortStableFunc(failed, func(a, b rehearsal.Policy) int { return count(b.Count()) - count(a.Count()) })
	for _, policy := range failed {
		if n := count(policy.Count()); n > 0 {
			pr.printf("    %s %4d  %s\n", pr.paint(color, fmt.Sprintf("%-9s", level)), n, policy.Name)
		}
	}
}

// deploy prints how long a real deploy would take, and why.
func (pr printer) deploy(result *timeline.Result, picture string) {
	pr.printf("\nin AWS: %s", result.Text())
	if picture != "" {
		pr.printf("timeline drawn into %s\n", picture)
	}
}

func (pr printer) kept(k rehearsal.Kept) {
	pr.printf("\nkept        %s\n", k.Dir)
	pr.printf("  cloud     %s\n", k.Inventory)
	pr.printf("  state     cd %s", shellQuote(k.Project))
	for _, key := range slices.Sorted(maps.Keys(k.Env)) {
		pr.printf(" && export %s=%s", key, shellQuote(k.Env[key]))
	}
	pr.printf(" && %s stack\n", shellQuote(k.Pulumi))
}

// shellQuote leaves alone what a shell reads as it is.
func shellQuote(text string) string {
	if strings.IndexFunc(text, func(r rune) bool {
		return !strings.ContainsRune("-_./:=@", r) && !unicode.IsLetter(r) && !unicode.IsDigit(r)
	}) < 0 {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

// printf has no error to return: who reads has gone, then.
func (pr printer) printf(format string, args ...any) { _, _ = fmt.Fprintf(pr.to, format, args...) }

func findings(p rehearsal.Phase) (mandatory, advisory int) {
	for _, policy := range p.Policies {
		m, a := policy.Count()
		mandatory, advisory = mandatory+m, advisory+a
	}
	return mandatory, advisory
}

func (pr printer) verdict(p rehearsal.Phase) string {
	if p.Error != "" {
		return pr.paint("31", "FAILED")
	}
	return pr.paint("32", "ok    ")
}

func (pr printer) paint(color, text string) string {
	if !pr.color {
		return text
	}
	return "\x1b[" + color + "m" + text + "\x1b[0m"
}
