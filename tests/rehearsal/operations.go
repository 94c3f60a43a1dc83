package rehearsal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/auto/events"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optdestroy"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optpreview"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optrefresh"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optup"
)

// PhaseOption changes one phase.
type PhaseOption func(*phaseSettings)

type phaseSettings struct {
	name       string
	noPolicies bool
	noChanges  bool
	goOn       bool
	digest     *bytes.Buffer
}

// Named names a phase in reports.
func Named(name string) PhaseOption { return func(s *phaseSettings) { s.name = name } }

// WithoutPolicies turns the policy packs off for a phase.
func WithoutPolicies() PhaseOption { return func(s *phaseSettings) { s.noPolicies = true } }

// ExpectNoChanges fails a phase that changes anything, and names what changed.
func ExpectNoChanges() PhaseOption { return func(s *phaseSettings) { s.noChanges = true } }

// ContinueOnError lets an Up or a Destroy go on with whatever does not depend on what
// failed.
func ContinueOnError() PhaseOption { return func(s *phaseSettings) { s.goOn = true } }

// Digested writes the plan of a Preview in full, as `pulumi preview --json --show-sames` prints
// it, instead of text for people. There is one also if the preview fails.
func Digested(to *bytes.Buffer) PhaseOption { return func(s *phaseSettings) { s.digest = to } }

// Preview plans what Up would do, and asks the policies.
func (r *Rehearsal) Preview(ctx context.Context, opts ...PhaseOption) (Phase, error) {
	return r.phase(ctx, "preview", opts, func(s phaseSettings, stream chan<- events.EngineEvent, _ *Phase) error {
		options := []optpreview.Option{
			optpreview.EventStreams(stream), optpreview.ProgressStreams(r.output), optpreview.ErrorProgressStreams(r.output),
			optpreview.Color(r.color()), optpreview.Parallel(r.options.Parallel), optpreview.SuppressProgress(),
		}
		if !s.noPolicies {
			options = append(options, optpreview.PolicyPacks(r.packs...), optpreview.PolicyPackConfigs(r.configs...))
		}
		_, err := r.stack.Preview(ctx, options...)
		return err
	})
}

// Up deploys the program. Policies over the whole stack speak only after that: preview
// first.
func (r *Rehearsal) Up(ctx context.Context, opts ...PhaseOption) (Phase, error) {
	return r.phase(ctx, "up", opts, func(s phaseSettings, stream chan<- events.EngineEvent, _ *Phase) error {
		options := []optup.Option{
			optup.EventStreams(stream), optup.ProgressStreams(r.output), optup.ErrorProgressStreams(r.output),
			optup.Color(r.color()), optup.Parallel(r.options.Parallel), optup.SuppressProgress(),
		}
		if !s.noPolicies {
			options = append(options, optup.PolicyPacks(r.packs...), optup.PolicyPackConfigs(r.configs...))
		}
		if s.goOn {
			options = append(options, optup.ContinueOnError())
		}
		_, err := r.stack.Up(ctx, options...)
		return err
	})
}

// Refresh reads everything back from the cloud and fails if it differs from the state.
func (r *Rehearsal) Refresh(ctx context.Context, opts ...PhaseOption) (Phase, error) {
	opts = append([]PhaseOption{ExpectNoChanges()}, opts...)
	return r.phase(ctx, "refresh", opts, func(_ phaseSettings, stream chan<- events.EngineEvent, _ *Phase) error {
		_, err := r.stack.Refresh(ctx,
			optrefresh.EventStreams(stream), optrefresh.ProgressStreams(r.output), optrefresh.ErrorProgressStreams(r.output),
			optrefresh.Color(r.color()), optrefresh.Parallel(r.options.Parallel), optrefresh.SuppressProgress())
		return err
	})
}

// Protection sees the engine refuse to destroy what the state protects. Nothing is deleted.
// If nothing is protected, it does nothing.
func (r *Rehearsal) Protection(ctx context.Context) error {
	protected, err := r.protected(ctx)
	if err != nil || len(protected) == 0 {
		return err
	}
	_, err = r.phase(ctx, "protection", nil, func(_ phaseSettings, _ chan<- events.EngineEvent, p *Phase) error {
		p.Protected = protected
		switch _, err := r.stack.PreviewDestroy(ctx); {
		case err == nil:
			return errors.New("the engine would destroy protected resources")
		case ctx.Err() == nil && strings.Contains(err.Error(), "protected"):
			return nil // refused, as it should
		default:
			return err
		}
	})
	return err
}

// Destroy deletes everything and fails if anything that the rehearsal made is left in the
// cloud. It first lifts the engine's protection, in the rehearsal's own state.
func (r *Rehearsal) Destroy(ctx context.Context, opts ...PhaseOption) (Phase, error) {
	return r.phase(ctx, "destroy", opts, func(s phaseSettings, stream chan<- events.EngineEvent, p *Phase) error {
		protected, err := r.protected(ctx)
		if err != nil {
			return err
		}
		if p.Protected = protected; len(protected) > 0 {
			if err := r.unprotect(ctx); err != nil {
				return err
			}
		}
		options := []optdestroy.Option{
			optdestroy.EventStreams(stream), optdestroy.ProgressStreams(r.output), optdestroy.ErrorProgressStreams(r.output),
			optdestroy.Color(r.color()), optdestroy.Parallel(r.options.Parallel), optdestroy.SuppressProgress(),
		}
		if s.goOn {
			options = append(options, optdestroy.ContinueOnError())
		}
		_, err = r.stack.Destroy(ctx, options...)
		return err
	}, r.leavesNothing)
}

func (r *Rehearsal) protected(ctx context.Context) ([]string, error) {
	state, err := r.Export(ctx)
	if err != nil {
		return nil, err
	}
	var urns []string
	for _, res := range state.Resources {
		if res.Protect {
			urns = append(urns, string(res.URN))
		}
	}
	return urns, nil
}

// The Automation API has no call for this command.
func (r *Rehearsal) unprotect(ctx context.Context) error {
	w := r.stack.Workspace()
	env := []string{"PULUMI_HOME=" + w.PulumiHome()}
	for key, value := range w.GetEnvVars() {
		env = append(env, key+"="+value)
	}
	_, _, _, err := r.command.Run(ctx, w.WorkDir(), nil, nil, nil, env, "state", "unprotect", "--all", "--yes", "--stack", r.stack.Name())
	return err
}

func (r *Rehearsal) leavesNothing(*Phase) error {
	var left []string
	for _, res := range r.options.Cloud.Resources() {
		if !r.before[res.ID] {
			from := Name(res.URN)
			if res.URN == "" {
				from = res.Owner
			}
			left = append(left, fmt.Sprintf("  %s %s, from %s", res.Type, res.ID, from))
		}
	}
	if len(left) == 0 {
		return nil
	}
	return fmt.Errorf("%s left in the cloud:\n%s", plural(len(left), "resource"), shorten(left))
}

// phase runs an operation, reads its events, makes the checks that the operation's own
// success does not imply, and records all of it.
func (r *Rehearsal) phase(
	ctx context.Context, name string, opts []PhaseOption,
	run func(phaseSettings, chan<- events.EngineEvent, *Phase) error, checks ...func(*Phase) error,
) (Phase, error) {
	settings := phaseSettings{name: name}
	for _, option := range opts {
		option(&settings)
	}
	p := Phase{Name: settings.name}
	if settings.noChanges {
		checks = append(checks, changesNothing)
	}
	r.command.seconds = 0
	r.failed.Store(nil)
	events := collect()
	r.command.operating, r.command.digest = true, settings.digest
	err := run(settings, events.channel, &p)
	r.command.operating, r.command.digest = false, nil
	p.read(slices.Values(events.stop()))
	p.Seconds = r.command.seconds
	if err != nil {
		err = r.failure(ctx, p.Name, &p, err)
	}
	for _, check := range checks {
		if err == nil {
			if err = check(&p); err != nil {
				err = fmt.Errorf("%s: %w", p.Name, err)
			}
		}
	}
	if err != nil {
		p.Error = strings.TrimPrefix(err.Error(), p.Name+": ")
	}
	r.phases = append(r.phases, p)
	if r.options.OnPhase != nil {
		r.options.OnPhase(p)
	}
	return p, err
}

func changesNothing(p *Phase) error {
	if len(p.Steps) == 0 {
		return nil
	}
	return fmt.Errorf("%s changed, and none should have:\n%s", plural(len(p.Steps), "resource"), p.steps())
}

func (r *Rehearsal) color() string {
	if r.options.Color {
		return "always"
	}
	return "never"
}
