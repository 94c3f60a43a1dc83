package rehearsal

import (
	"context"
	"errors"
	"fmt"
	"runtime"

	"github.com/plinth-iac/plinth/tests/rehearsal/timeline"
)

// Report is what a whole rehearsal showed.
type Report struct {
	// Stack is the stack's name.
	Stack string `json:"stack"`
	// Phases are those that ran, in order. Only the last can have failed.
	Phases []Phase `json:"phases"`
	// Deploy is how long the deploy would take in AWS, and why; nil before the first up.
	Deploy *timeline.Result `json:"deploy,omitempty"`
	// Error is why the rehearsal failed, or empty.
	Error string `json:"error,omitempty"`
	// Kept says where the state is, if it was to be kept.
	Kept *Kept `json:"kept,omitempty"`
}

// Run rehearses a stack's whole life: preview, up, a second up that must change nothing, a
// refresh that must find no drift, and a destroy that must leave nothing; before that, if
// anything is protected, a destroy that must be refused. It stops at the first phase that
// fails, and cleans up in any case. The report is never nil. With Options.Keep it does not
// destroy.
func Run(ctx context.Context, opts Options) (*Report, error) {
	report := &Report{Stack: opts.withDefaults().Stack}
	r, err := New(ctx, opts)
	if err != nil {
		report.Error = err.Error()
		return report, err
	}
	err = r.run(ctx, report)
	if opts.Keep {
		report.Kept = r.Kept()
	}
	report.Phases = r.Phases()
	err = errors.Join(err, r.Close())
	if err != nil {
		report.Error = err.Error()
	}
	return report, err
}

func (r *Rehearsal) run(ctx context.Context, report *Report) error {
	if _, err := r.Preview(ctx); err != nil {
		return err
	}
	if _, err := r.Up(ctx); err != nil {
		return err
	}
	if err := r.estimate(ctx, report); err != nil {
		return err
	}
	if _, err := r.Up(ctx, Named("second up"), ExpectNoChanges()); err != nil {
		return err
	}
	if _, err := r.Refresh(ctx); err != nil {
		return err
	}
	if r.options.Keep {
		return nil
	}
	if err := r.Protection(ctx); err != nil {
		return err
	}
	if r.options.BeforeDestroy != nil {
		if err := r.options.BeforeDestroy(ctx, r); err != nil {
			return fmt.Errorf("before destroy: %w", err)
		}
	}
	_, err := r.Destroy(ctx)
	return err
}

// estimate plays the deploy over the state that the first up left, with as many operations
// at a time as the engine had.
func (r *Rehearsal) estimate(ctx context.Context, report *Report) error {
	state, err := r.Export(ctx)
	if err != nil {
		return err
	}
	graph, err := timeline.FromState(state)
	if err != nil {
		return fmt.Errorf("estimate the deploy time: %w", err)
	}
	parallel := r.options.Parallel
	if parallel == 0 {
		parallel = 4 * runtime.GOMAXPROCS(0) // the engine's default
	}
	result := timeline.Compute(graph, timeline.Options{Parallel: parallel})
	report.Deploy = &result
	return nil
}
