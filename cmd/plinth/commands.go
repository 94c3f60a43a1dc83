package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/spf13/cobra"

	"github.com/plinth-iac/plinth/policies/pack"
	"github.com/plinth-iac/plinth/stacks"
	"github.com/plinth-iac/plinth/tests/prerequisites"
	"github.com/plinth-iac/plinth/tests/rehearsal"
	"github.com/plinth-iac/plinth/tests/rehearsal/timeline"
)

// plinth is the command with what it works on.
type plinth struct {
	program        pulumi.RunFunc
	stdout, stderr io.Writer
}

// flags are those of every command.
type flags struct {
	dir      string
	parallel int
	json     bool
}

// deployFlags are those of commands that ask the policies.
type deployFlags struct {
	flags
	noPolicies bool
}

type rehearseFlags struct {
	deployFlags
	keep     bool
	timeline string
}

func (p plinth) command() *cobra.Command {
	root := &cobra.Command{
		Use:           "plinth",
		Short:         "Rehearse AWS stacks: the real Pulumi engine on a simulated AWS, without an account",
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetOut(p.stdout)
	root.SetErr(p.stderr)
	root.CompletionOptions.DisableDefaultCmd = true
	root.AddCommand(p.previewCommand(), p.reportCommand(), p.rehearseCommand(), p.snapshotCommand(), p.drillCommand(), p.costCommand())
	return root
}

func (p plinth) rehearseCommand() *cobra.Command {
	var f rehearseFlags
	cmd := command("rehearse", "Deploy the stack, deploy it again, look for drift and destroy it", &f.flags)
	cmd.RunE = func(cmd *cobra.Command, args []string) error { return p.rehearse(cmd.Context(), args[0], f) }
	f.register(cmd)
	cmd.Flags().BoolVar(&f.keep, "keep", false, "do not destroy; leave the state and an inventory of the cloud")
	cmd.Flags().StringVar(&f.timeline, "timeline", "", "file to draw the deploy into, as an SVG picture")
	return cmd
}

func (f *deployFlags) register(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&f.noPolicies, "no-policies", false, "turn the policy pack off")
}

// command is a command about one stack, with the flags that all of them have.
func command(name, short string, f *flags) *cobra.Command {
	cmd := &cobra.Command{
		Use:   name + " <stack>",
		Short: short,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return fmt.Errorf("%s takes the name of one stack%s", name, known(f.dir))
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&f.dir, "dir", "", "folder with Pulumi.yaml (default: this one or the nearest above)")
	cmd.Flags().IntVar(&f.parallel, "parallel", 0, "operations at a time (default: the engine's)")
	cmd.Flags().BoolVar(&f.json, "json", false, "print one JSON document instead of text")
	return cmd
}

// rehearse prints a line for each phase, and what the policies find.
func (p plinth) rehearse(ctx context.Context, stack string, f rehearseFlags) error {
	opts, err := p.options(stack, f.deployFlags)
	if err != nil {
		return err
	}
	opts.Keep = f.keep
	opts.BeforeDestroy = relax
	if !f.json {
		opts.OnPhase = newPrinter(p.stdout).line
	}
	report, err := rehearsal.Run(ctx, opts)
	if f.timeline != "" && report.Deploy != nil {
		err = errors.Join(err, draw(f.timeline, report.Deploy))
	}
	if f.json {
		return p.printJSON(report, err)
	}
	newPrinter(p.stdout).violations(report.Phases)
	if err == nil && report.Deploy != nil {
		newPrinter(p.stdout).deploy(report.Deploy, f.timeline)
	}
	if report.Kept != nil {
		newPrinter(p.stdout).kept(*report.Kept)
	}
	return err
}

func draw(path string, deploy *timeline.Result) error {
	var picture bytes.Buffer
	if err := deploy.SVG(&picture); err != nil {
		return fmt.Errorf("draw the timeline: %w", err)
	}
	return os.WriteFile(path, picture.Bytes(), 0o644)
}

func (p plinth) options(stack string, f deployFlags) (rehearsal.Options, error) {
	dir, err := projectDir(f.dir)
	if err != nil {
		return rehearsal.Options{}, err
	}
	opts := prerequisites.Options(dir, stack)
	opts.Program, opts.Parallel, opts.Progress = p.program, f.parallel, p.stderr
	if !f.noPolicies {
		executable, err := os.Executable()
		if err != nil {
			return rehearsal.Options{}, fmt.Errorf("find the policy pack in this executable: %w", err)
		}
		if opts.Config, err = exemptions(dir, stack); err != nil {
			return rehearsal.Options{}, err
		}
		opts.PolicyPacks = []rehearsal.PolicyPack{{Path: executable, Env: map[string]string{pack.ServeEnv: "1"}}}
	}
	return opts, nil
}

// relax does what an owner does before a stack is torn down: turn the environment's
// deletion protection off and deploy. Policies would rightly object.
func relax(ctx context.Context, r *rehearsal.Rehearsal) error {
	state, err := r.Export(ctx)
	if err != nil {
		return err
	}
	for _, resource := range state.Resources {
		if isProtected(resource) {
			if err := r.SetConfig(stacks.ConfigKey+".deletionProtection", false); err != nil {
				return err
			}
			_, err = r.Up(ctx, rehearsal.Named("unprotect"), rehearsal.WithoutPolicies())
			return err
		}
	}
	return nil
}

// isProtected says whether the engine or AWS would refuse to delete a resource.
func isProtected(resource apitype.ResourceV3) bool {
	for _, property := range []string{"deletionProtection", "enableDeletionProtection"} {
		if on, _ := resource.Inputs[property].(bool); on {
			return true
		}
	}
	return resource.Protect
}

func (p plinth) printJSON(report *rehearsal.Report, err error) error {
	if err != nil {
		report.Error = err.Error()
	}
	return errors.Join(err, p.encode(report))
}

func (p plinth) encode(document any) error {
	encoder := json.NewEncoder(p.stdout)
	encoder.SetIndent("", "  ")
	return encoder.Encode(document)
}

// exemptions lets the pack find the exemptions file of a stack: its path is relative to the
// project, and the rehearsal runs in a folder of its own.
func exemptions(dir, stack string) (map[string]any, error) {
	config, err := rehearsal.StackConfig(dir, stack)
	if err != nil {
		return nil, nil //nolint:nilerr // what is wrong with a stack file is for the rehearsal to report
	}
	path, ok := config[pack.ExemptionsKey].(string)
	if !ok || filepath.IsAbs(path) {
		return nil, nil
	}
	if path, err = filepath.Abs(filepath.Join(dir, path)); err != nil {
		return nil, fmt.Errorf("find the exemptions file: %w", err)
	}
	return map[string]any{pack.ExemptionsKey: path}, nil
}

// projectDir is the given folder, or else the nearest one upwards that has a project.
func projectDir(given string) (string, error) {
	if given != "" {
		return given, nil
	}
	start, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("find the project: %w", err)
	}
	for dir := start; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "Pulumi.yaml")); err == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", fmt.Errorf("no Pulumi.yaml in %s or a folder above it; name the folder with --dir", start)
		}
	}
}

// known lists the stacks there are, for messages.
func known(given string) string {
	dir, err := projectDir(given)
	if err != nil {
		return ""
	}
	names, err := rehearsal.Stacks(dir)
	if err != nil || len(names) == 0 {
		return ""
	}
	return "; there are: " + strings.Join(names, ", ")
}
