package rehearsal

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/blang/semver"
	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/cmdutil"
)

// How long an interrupted CLI may take to stop its providers and policy packs.
const interruptGrace = 10 * time.Second

// command runs the CLI for the Automation API, with three differences from the API's own
// way: nothing of the user's Pulumi and AWS environment reaches it; an interrupt on the
// terminal reaches it once, through the context, for a second one would make it leave its
// children behind; and it remembers how the last operation went.
type command struct {
	toolchain *Toolchain
	// operating says that the API carries out an operation. It then asks for outputs and
	// history as well, which no phase reads, and which are a start of the CLI each.
	operating bool
	digest    *bytes.Buffer // if not nil, gets the operation in full, and nobody its text
	seconds   float64       // of the last operation on a stack
	stderr    string        // of the last command
	running   atomic.Pointer[process]
}

// process is a CLI that runs.
type process struct {
	pid  int
	gone chan struct{} // closed when it has ended
}

var _ auto.PulumiCommand = (*command)(nil)

func (c *command) Version() semver.Version { return c.toolchain.semver }

func (c *command) Run(
	ctx context.Context, dir string, stdin io.Reader, out, errOut []io.Writer, env []string, args ...string,
) (string, string, int, error) {
	if c.operating && len(args) > 1 && args[0] == "stack" {
		switch args[1] {
		case "output":
			return "{}", "", 0, nil
		case "history":
			return "[]", "", 0, nil
		}
	}
	if c.operating && c.digest != nil {
		args = append(slices.Clone(args), "--json", "--show-sames")
		out = []io.Writer{c.digest}
	}
	cmd := exec.CommandContext(ctx, c.toolchain.Path, append([]string{"--non-interactive"}, args...)...)
	cmd.Dir, cmd.Stdin = dir, stdin
	cmd.Env = append(append(cleanEnviron(), "PULUMI_AUTOMATION_API=true"), env...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout = io.MultiWriter(append(slices.Clone(out), &stdout)...)
	cmd.Stderr = io.MultiWriter(append(slices.Clone(errOut), &stderr)...)
	cmdutil.RegisterProcessGroup(cmd)
	cmd.Cancel = func() error { cmdutil.InterruptChildren(cmd.Process.Pid); return nil }
	cmd.WaitDelay = interruptGrace

	started := time.Now()
	err := c.wait(cmd)
	if ctx.Err() != nil && cmd.Process != nil {
		_ = cmdutil.KillChildren(cmd.Process.Pid) // whoever did not listen
	}
	c.stderr = stderr.String()
	if slices.Contains(args, "--event-log") {
		c.seconds = time.Since(started).Seconds()
	}
	code := -1
	var exit *exec.ExitError
	switch {
	case err == nil:
		code = 0
	case errors.As(err, &exit):
		code = exit.ExitCode()
	}
	return stdout.String(), c.stderr, code, err
}

func (c *command) wait(cmd *exec.Cmd) error {
	if err := cmd.Start(); err != nil {
		return err
	}
	p := &process{pid: cmd.Process.Pid, gone: make(chan struct{})}
	c.running.Store(p)
	defer close(p.gone)
	defer c.running.Store(nil)
	return cmd.Wait()
}

// kill ends the CLI that runs, and whatever it has started, without a word.
func (c *command) kill() {
	if p := c.running.Load(); p != nil {
		_ = cmdutil.KillChildren(p.pid)
		<-p.gone
	}
}

// cleanEnviron is the environment without what configures Pulumi, AWS or policies: a rehearsal
// neither sees credentials nor changes with the machine.
func cleanEnviron() []string {
	return slices.DeleteFunc(os.Environ(), func(variable string) bool {
		return strings.HasPrefix(variable, "PULUMI_") || strings.HasPrefix(variable, "AWS_") || strings.HasPrefix(variable, "PLINTH_POLICY_")
	})
}
