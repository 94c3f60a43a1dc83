// Command plinth rehearses the stacks of this repository: the real Pulumi engine and the
// policy pack on a simulated AWS, without an account.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/plinth-iac/plinth/policies/pack"
	"github.com/plinth-iac/plinth/stacks"
)

func main() {
	// The engine starts this same executable as the policy pack: one link for both.
	if pack.Asked() {
		if err := pack.Serve(context.Background(), pack.Options{}); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second interrupt does not wait for the first one's cleaning up
	os.Exit(plinth{program: stacks.Deploy, stdout: os.Stdout, stderr: os.Stderr}.run(ctx, os.Args[1:]))
}

const (
	exitFailed      = 1
	exitShut        = 2   // of what --fail-on names, something holds
	exitInterrupted = 130 // as a shell says it
)

// run executes a command line and returns the exit code.
func (p plinth) run(ctx context.Context, args []string) int {
	root := p.command()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	switch {
	case err == nil:
		return 0
	case ctx.Err() != nil && errors.Is(err, ctx.Err()):
		_, _ = fmt.Fprintln(p.stderr, "plinth: interrupted")
		return exitInterrupted
	}
	_, _ = fmt.Fprintf(p.stderr, "plinth: %v\n", err)
	if _, is := err.(shut); is { //nolint:errorlint // wrapped or joined, it is not all that is wrong
		return exitShut
	}
	return exitFailed
}
