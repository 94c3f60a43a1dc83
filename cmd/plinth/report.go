package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/plinth-iac/plinth/cmd/plinth/internal/change"
	"github.com/plinth-iac/plinth/cmd/plinth/internal/cost"
	"github.com/plinth-iac/plinth/cmd/plinth/internal/report"
	"github.com/plinth-iac/plinth/tests/rehearsal"
)

// reportFlags are those of commands that report on changes.
type reportFlags struct {
	out, failOn, usage string
}

func (f *reportFlags) register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.out, "out", "", "folder to write comment.md, report.html, report.json and report.sarif into")
	cmd.Flags().StringVar(&f.failOn, "fail-on", "", "exit with 2 if one of these holds, separated by commas:\n"+report.ThresholdsHelp())
	cmd.Flags().StringVar(&f.usage, "usage", "", "file with assumptions about use for the estimate of cost")
}

type ofPreviewFlags struct {
	flags
	reportFlags
	previews, events, baseEvents []string
}

func (p plinth) reportCommand() *cobra.Command {
	var f ofPreviewFlags
	cmd := command("report", "Tell what a reviewer of a change wants to know, from what pulumi preview prints", &f.flags)
	cmd.Use = "report --preview <file> [--events <file>]..."
	cmd.Long = cmd.Short + ", of any program.\n\n" +
		"  PULUMI_DEBUG_COMMANDS=true pulumi preview --json --show-sames --event-log events.json > preview.json"
	cmd.Args = cobra.NoArgs
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return p.ofPreviews(cmd.Context(), f) }
	f.register(cmd)
	cmd.Flags().StringArrayVar(&f.previews, "preview", nil, "file with what pulumi preview --json --show-sames prints; may be repeated, for other stacks")
	cmd.Flags().StringArrayVar(&f.events, "events", nil, "file that --event-log wrote in the preview of the same place")
	cmd.Flags().StringArrayVar(&f.baseEvents, "base-events", nil, "event log of a preview before the change: what it finds is not new")
	if err := cmd.MarkFlagRequired("preview"); err != nil {
		panic(err) // no such flag
	}
	return cmd
}

// ofPreviews reports on previews that somebody else has made.
func (p plinth) ofPreviews(ctx context.Context, f ofPreviewFlags) error {
	tell, err := p.teller(f.flags, f.reportFlags)
	if err != nil {
		return err
	}
	for _, logs := range []struct {
		flag  string
		files []string
	}{{"--events", f.events}, {"--base-events", f.baseEvents}} {
		if n := len(logs.files); n > 0 && n != len(f.previews) {
			return fmt.Errorf("%s: want one for each --preview, in the same order; there are %d and %d", logs.flag, n, len(f.previews))
		}
	}
	var inputs []report.Input
	for i, file := range f.previews {
		if err := ctx.Err(); err != nil {
			return err
		}
		var input report.Input
		phase := rehearsal.Phase{Name: "preview"}
		if len(f.events) > 0 {
			if phase, err = readEvents(f.events[i]); err != nil {
				return fmt.Errorf("--events: %w", err)
			}
		} else {
			input.Notes = append(input.Notes, "There is no event log, so that nothing is known of policies.")
		}
		if input.Change, err = readPreview(file, phase); err != nil {
			return fmt.Errorf("--preview: %w", err)
		}
		if len(f.baseEvents) > 0 {
			before, err := readEvents(f.baseEvents[i])
			if err != nil {
				return fmt.Errorf("--base-events: %w", err)
			}
			if before.Stack != "" && (before.Stack != input.Change.Stack || before.Project != input.Change.Project) {
				return fmt.Errorf("--base-events: %s: it is of stack %s of project %s, and the preview is of stack %s of project %s; give them in the same order",
					f.baseEvents[i], before.Stack, before.Project, input.Change.Stack, input.Change.Project)
			}
			input.Before = &before
		}
		inputs = append(inputs, input)
	}
	return tell(inputs, "")
}

func readPreview(file string, phase rehearsal.Phase) (*change.Change, error) {
	text, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer func() { _ = text.Close() }() // nothing was written
	parsed, err := change.Parse(bufio.NewReader(text), phase)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return parsed, nil
}

func readEvents(file string) (rehearsal.Phase, error) {
	log, err := os.Open(file)
	if err != nil {
		return rehearsal.Phase{}, err
	}
	defer func() { _ = log.Close() }() // nothing was written
	phase, err := rehearsal.ReadEvents("preview", bufio.NewReader(log))
	if err != nil {
		return phase, fmt.Errorf("%s: %w", file, err)
	}
	return phase, nil
}

// teller reads what a report needs besides the changes, and gives what tells of them, and says
// whether a gate is shut.
func (p plinth) teller(f flags, to reportFlags) (func(inputs []report.Input, base string) error, error) {
	gates, err := report.ParseThresholds(to.failOn)
	if err != nil {
		return nil, fmt.Errorf("--fail-on: %w", err)
	}
	prices, err := cost.CommittedPrices()
	if err != nil {
		return nil, err
	}
	usage, _, err := usageOf(to.usage)
	if err != nil {
		return nil, err
	}
	return func(inputs []report.Input, base string) error {
		told, err := report.Make(inputs, report.Options{Base: base, Prices: prices, Usage: usage, Parallel: f.parallel})
		if err != nil {
			return err
		}
		if to.out != "" {
			if err := write(told, to.out); err != nil {
				return fmt.Errorf("--out: %w", err)
			}
		}
		if f.json {
			err = told.JSON(p.stdout)
		} else {
			newPrinter(p.stdout).printf("%s", told.Text(colored(p.stdout)))
		}
		if over := gates.Exceeded(told); err == nil && len(over) > 0 {
			return shut(over)
		}
		return err
	}, nil
}

// write writes a report in all its forms.
func write(told *report.Report, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	root, err := os.Getwd()
	if err != nil {
		return err
	}
	comment := func(w io.Writer) error { _, err := io.WriteString(w, told.Markdown(report.Limit)); return err }
	sarif := func(w io.Writer) error { return told.SARIF(w, root) }
	return errors.Join(writeTo(filepath.Join(dir, "comment.md"), comment), writeTo(filepath.Join(dir, "report.html"), told.HTML),
		writeTo(filepath.Join(dir, "report.json"), told.JSON), writeTo(filepath.Join(dir, "report.sarif"), sarif))
}

func writeTo(path string, form func(io.Writer) error) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	buffered := bufio.NewWriter(file)
	return errors.Join(form(buffered), buffered.Flush(), file.Close())
}

// shut is what --fail-on names and holds.
type shut []string

func (s shut) Error() string { return "--fail-on: " + strings.Join(s, "; ") }
