package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/plinth-iac/plinth/tests/rehearsal"
)

func (p plinth) snapshotCommand() *cobra.Command {
	var f deployFlags
	var output string
	cmd := command("snapshot", "Deploy the stack in the simulated AWS and save it, to preview changes over it", &f.flags)
	cmd.RunE = func(cmd *cobra.Command, args []string) error { return p.snapshot(cmd.Context(), args[0], output, f) }
	f.register(cmd)
	cmd.Flags().StringVar(&output, "output", "", "file to save it in (default: <stack>.json.gz)")
	return cmd
}

// snapshot saves a deployed stack, with what policies find in it. That they find something
// keeps nobody from comparing with it.
func (p plinth) snapshot(ctx context.Context, stack, file string, f deployFlags) (err error) {
	opts, err := p.options(stack, f)
	if err != nil {
		return err
	}
	if !f.json {
		opts.OnPhase = newPrinter(p.stdout).line
	}
	r, err := rehearsal.New(ctx, opts)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	if _, err := r.Up(ctx, rehearsal.WithoutPolicies()); err != nil {
		return err
	}
	var found rehearsal.Phase
	if !f.noPolicies {
		if found, err = r.Preview(ctx); ctx.Err() != nil {
			return err
		}
	}
	s, err := r.Snapshot(ctx)
	if err != nil {
		return err
	}
	s.Policies = found.Policies
	if file == "" {
		file = stack + ".json.gz"
	}
	return s.Save(file)
}
