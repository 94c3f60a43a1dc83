package rehearsal

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/blang/semver"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/cmdutil"
	"github.com/rogpeppe/go-internal/lockedfile"
)

// cached returns the CLI of the pin from the cache, building it first if need be.
func (p pin) cached(ctx context.Context, cache string, report *reporter) (*Toolchain, error) {
	version, err := semver.ParseTolerant(p.version)
	if err != nil {
		return nil, fmt.Errorf("the pinned version %q: %w", p.version, err)
	}
	found := &Toolchain{Path: p.executable(cache), Version: version.String(), semver: version}
	if exists(found.Path) {
		return found, nil
	}
	defer report.start()()
	if err := os.MkdirAll(p.dir(cache), 0o755); err != nil {
		return nil, fmt.Errorf("make the cache for the Pulumi CLI: %w", err)
	}
	report.say("waiting for another process that builds pulumi %s", p.version)
	unlock, err := lock(ctx, filepath.Join(p.dir(cache), "lock"))
	if err != nil {
		return nil, fmt.Errorf("lock the cache of the Pulumi CLI: %w", err)
	}
	defer unlock()
	if exists(found.Path) { // the other process built it
		return found, nil
	}
	if err := p.build(ctx, cache, report); err != nil {
		return nil, err
	}
	return found, nil
}

// build compiles the CLI in a module of its own beside its final place, where nobody
// finds it before it is whole. What an earlier, killed build left there is removed; what
// it compiled is in Go's own cache and is not compiled again.
func (p pin) build(ctx context.Context, cache string, report *reporter) error {
	goCommand, err := exec.LookPath("go")
	if err != nil {
		return fmt.Errorf("%s; building the pinned %s needs Go, which is not on PATH either: install one of the two, or set %s",
			report.why, p.version, PulumiVariable)
	}
	dir := filepath.Join(p.dir(cache), "build")
	if err := os.RemoveAll(dir); err != nil {
		return fmt.Errorf("remove an earlier build of the Pulumi CLI: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if err := os.Mkdir(dir, 0o755); err != nil {
		return fmt.Errorf("build the Pulumi CLI: %w", err)
	}
	for name, content := range map[string][]byte{"go.mod": p.mod, "go.sum": p.sum} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
			return fmt.Errorf("build the Pulumi CLI: %w", err)
		}
	}
	built := filepath.Join(dir, executableName("pulumi"))
	report.begin("%s: building pulumi %s once, into %s", report.why, p.version, p.dir(cache))
	// No other flags that change compiled packages: they are shared with the caller's own
	// build of the SDK.
	cmd := exec.CommandContext(ctx, goCommand, "build", "-v", "-mod=readonly", "-buildvcs=false", "-o", built,
		"-ldflags", "-X "+versionVariable+"="+p.version, cliPackage)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GO111MODULE=on", "GOWORK=off", "GOOS="+runtime.GOOS, "GOARCH="+runtime.GOARCH, "PWD="+dir)
	if err := runWatched(ctx, cmd, report); err != nil {
		return fmt.Errorf("build the Pulumi CLI %s: %w", p.version, err)
	}
	if _, err := inspect(ctx, built); err != nil {
		return fmt.Errorf("the Pulumi CLI that was built cannot be used: %w", err)
	}
	if err := os.Rename(built, p.executable(cache)); err != nil {
		return fmt.Errorf("build the Pulumi CLI: %w", err)
	}
	report.end("built pulumi %s", p.version)
	return nil
}

// Packages that the CLI has, with the standard library. Those that are compiled already
// are not counted by Go, so this is a ceiling.
const cliPackages = 1686

// runWatched runs a `go build -v`, counting what it downloads and compiles. Everything
// else that it prints is the reason if it fails.
func runWatched(ctx context.Context, cmd *exec.Cmd, report *reporter) error {
	cmdutil.RegisterProcessGroup(cmd)
	cmd.Cancel = func() error { cmdutil.InterruptChildren(cmd.Process.Pid); return nil }
	cmd.WaitDelay = 5 * time.Second
	read, write := io.Pipe()
	cmd.Stdout, cmd.Stderr = write, write
	var messages []string
	done := make(chan struct{})
	go func() {
		defer close(done)
		downloaded, compiled := 0, 0
		for lines := bufio.NewScanner(read); lines.Scan(); {
			line := lines.Text()
			switch {
			case strings.HasPrefix(line, "go: downloading "), strings.HasPrefix(line, "go: extracting "):
				downloaded++
				report.say("downloading modules (%d)", downloaded)
			case isPackagePath(line):
				compiled++
				report.say("compiling (%d of at most %d packages)", compiled, cliPackages)
			default:
				messages = append(messages, line)
			}
		}
		_, _ = io.Copy(io.Discard, read) // a line too long to scan must not stop the build
	}()
	err := cmd.Run()
	_ = write.Close()
	<-done
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case len(messages) == 0:
		return fmt.Errorf("`go build` failed: %w", err)
	}
	const most = 12
	if len(messages) > most {
		messages = append([]string{"..."}, messages[len(messages)-most:]...)
	}
	return errors.New("`go build` failed:\n  " + strings.Join(messages, "\n  "))
}

func isPackagePath(line string) bool { return line != "" && !strings.ContainsAny(line, " \t:") }

// lock waits for a lock that the system releases if its holder dies.
func lock(ctx context.Context, path string) (unlock func(), err error) {
	type result struct {
		unlock func()
		err    error
	}
	locked := make(chan result, 1)
	go func() {
		unlock, err := lockedfile.MutexAt(path).Lock()
		locked <- result{unlock, err}
	}()
	select {
	case r := <-locked:
		return r.unlock, r.err
	case <-ctx.Done():
		go func() { // it may still be granted
			if r := <-locked; r.err == nil {
				r.unlock()
			}
		}()
		return nil, ctx.Err()
	}
}

func exists(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}
