package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/plinth-iac/plinth/cmd/plinth/internal/base"
	"github.com/plinth-iac/plinth/cmd/plinth/internal/change"
	"github.com/plinth-iac/plinth/cmd/plinth/internal/report"
	"github.com/plinth-iac/plinth/tests/rehearsal"
)

type previewFlags struct {
	deployFlags
	reportFlags
	base string
	from []string
}

func (p plinth) previewCommand() *cobra.Command {
	var f previewFlags
	cmd := command("preview", "Show what a deploy of the stack would do and what the policies say", &f.flags)
	cmd.Use = "preview <stack>..."
	cmd.Long = cmd.Short + ".\n\nWith --base, --from or --out it tells what a reviewer of the change wants to know, of one or more stacks."
	cmd.Args = func(_ *cobra.Command, args []string) error {
		switch {
		case len(args) == 0:
			return fmt.Errorf("preview takes the name of a stack%s", known(f.dir))
		case len(args) > 1 && !f.reports():
			return errors.New("preview takes the name of one stack, or of several with --base, --from or --out")
		case f.base == "" && len(f.from) == 0 && f.failOn != "":
			return errors.New("--fail-on is about what changes; say against what by --base or --from")
		}
		return nil
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if f.reports() {
			return p.previewReport(cmd.Context(), args, f)
		}
		return p.preview(cmd.Context(), args[0], f.deployFlags)
	}
	f.deployFlags.register(cmd)
	f.reportFlags.register(cmd)
	cmd.Flags().StringVar(&f.base, "base", "", "git reference, such as origin/main, to compare with: where the work tree parted from it")
	cmd.Flags().StringArrayVar(&f.from, "from", nil, "file of plinth snapshot to compare with; may be repeated, for other stacks")
	cmd.MarkFlagsMutuallyExclusive("base", "from")
	cmd.MarkFlagsMutuallyExclusive("no-policies", "fail-on")
	return cmd
}

func (f previewFlags) reports() bool {
	return f.base != "" || len(f.from) > 0 || f.out != "" || f.usage != ""
}

// preview prints what the engine prints, in which each finding has its line, and a summary
// that only counts them.
func (p plinth) preview(ctx context.Context, stack string, f deployFlags) error {
	opts, err := p.options(stack, f)
	if err != nil {
		return err
	}
	if !f.json {
		opts.Output, opts.Color = p.stdout, colored(p.stdout)
	}
	report := &rehearsal.Report{Stack: stack}
	r, err := rehearsal.New(ctx, opts)
	if err == nil {
		_, err = r.Preview(ctx)
		report.Phases = r.Phases()
		err = errors.Join(err, r.Close())
	}
	if f.json {
		return p.printJSON(report, err)
	}
	for _, phase := range report.Phases {
		newPrinter(p.stdout).summary(stack, phase)
	}
	return err
}

// previewReport compares stacks with what they were, and reports.
func (p plinth) previewReport(ctx context.Context, stacks []string, f previewFlags) error {
	tell, err := p.teller(f.flags, f.reportFlags)
	if err != nil {
		return err
	}
	before, name, err := f.before(ctx, p, stacks)
	if err != nil {
		return err
	}
	var inputs []report.Input
	var failed []error
	for _, stack := range stacks {
		input, err := p.compare(ctx, stack, before, f.deployFlags)
		switch {
		case input.Change == nil:
			return fmt.Errorf("%s: %w", stack, err)
		case err != nil:
			failed = append(failed, fmt.Errorf("%s: %w", stack, err))
		}
		inputs = append(inputs, input)
	}
	told := tell(inputs, name)
	if len(failed) == 0 {
		return told
	}
	return errors.Join(append(failed, told)...)
}

// before gives the snapshots of stacks to compare with, and the name of where they are from.
func (f previewFlags) before(ctx context.Context, p plinth, stacks []string) (func(stack string) (*rehearsal.Snapshot, error), string, error) {
	if f.base != "" {
		dir, err := projectDir(f.dir)
		if err != nil {
			return nil, "", err
		}
		b, err := base.Find(ctx, dir, f.base)
		if err != nil {
			return nil, "", err
		}
		return func(stack string) (*rehearsal.Snapshot, error) { return b.Snapshot(ctx, stack, p.stderr) }, b.String(), nil
	}
	if len(f.from) == 0 {
		return func(string) (*rehearsal.Snapshot, error) { return nil, base.ErrNoStack }, "nothing", nil
	}
	taken := map[string]*rehearsal.Snapshot{}
	for _, file := range f.from {
		s, err := rehearsal.LoadSnapshot(file)
		if err != nil {
			return nil, "", fmt.Errorf("--from: %w", err)
		}
		taken[s.Stack] = s
	}
	has, wanted := slices.Sorted(maps.Keys(taken)), slices.Compact(slices.Sorted(slices.Values(stacks)))
	if len(has) != len(f.from) || !slices.Equal(has, wanted) {
		return nil, "", fmt.Errorf("--from: want one snapshot for each of %s; there are %s", strings.Join(wanted, ", "), strings.Join(has, ", "))
	}
	return func(stack string) (*rehearsal.Snapshot, error) { return taken[stack], nil }, "a snapshot", nil
}

// compare previews a stack over what it was. If the preview fails there is an error, and a
// change all the same, as far as the engine came.
func (p plinth) compare(ctx context.Context, stack string, before func(string) (*rehearsal.Snapshot, error), f deployFlags) (report.Input, error) {
	var input report.Input
	opts, err := p.options(stack, f)
	if err != nil {
		return input, err
	}
	switch opts.From, err = before(stack); {
	case ctx.Err() != nil:
		return input, ctx.Err()
	case errors.Is(err, base.ErrNoStack):
	case err != nil:
		return input, fmt.Errorf("there is nothing to compare with: %w", err)
	default:
		input.Before = &rehearsal.Phase{Policies: opts.From.Policies}
	}
	r, err := rehearsal.New(ctx, opts)
	if err != nil {
		return input, err
	}
	var digest bytes.Buffer
	phase, err := r.Preview(ctx, rehearsal.Digested(&digest))
	err = errors.Join(err, r.Close())
	if ctx.Err() != nil {
		return input, err
	}
	parsed, unread := change.Parse(&digest, phase)
	if unread != nil && err == nil {
		err = unread
	}
	input.Change = parsed
	return input, err
}
