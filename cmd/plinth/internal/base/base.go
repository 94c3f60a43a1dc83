// Package base rehearses a stack as another commit of the repository has it, with that
// commit's own program, policies and simulated AWS. What it finds is cached by commit.
package base

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/cmdutil"
	"github.com/rogpeppe/go-internal/lockedfile"

	"github.com/plinth-iac/plinth/tests/rehearsal"
)

// ErrNoStack says that the commit has no such stack: the change makes it.
var ErrNoStack = errors.New("the base has no such stack")

// Base is the commit that a change is compared with.
type Base struct {
	ref, commit string
	repository  string // git's own folder
	project     string // the project's folder in the repository, or "."
	cache       string
}

// Find finds the commit at which the work tree of dir and a git reference part: what the
// reference has got since then is none of the change's business.
func Find(ctx context.Context, dir, ref string) (*Base, error) {
	b := &Base{ref: ref}
	where, err := git(ctx, dir, "rev-parse", "--absolute-git-dir", "--show-prefix")
	if err != nil {
		return nil, fmt.Errorf("--base: %w", err)
	}
	repository, prefix, _ := strings.Cut(where, "\n")
	b.repository, b.project = repository, filepath.Clean(prefix)
	tip, err := git(ctx, dir, "rev-parse", "--verify", "--quiet", "--end-of-options", ref+"^{commit}")
	if err != nil {
		return nil, fmt.Errorf("--base: there is no commit %q here; fetch it, or name another", ref)
	}
	if b.commit, err = git(ctx, dir, "merge-base", tip, "HEAD"); err != nil {
		return nil, fmt.Errorf("--base: no commit is common to %s and the work tree; fetch more of the history", ref)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return nil, fmt.Errorf("--base: there is no cache to rehearse the base in: %w", err)
	}
	b.cache = filepath.Join(cache, "plinth", "base")
	return b, nil
}

// String is the base for people, such as "main (1a2b3c4)".
func (b *Base) String() string {
	short := b.commit[:7]
	if strings.HasPrefix(b.commit, b.ref) {
		return short
	}
	return fmt.Sprintf("%s (%s)", b.ref, short)
}

// Snapshot is the stack as the base has it, deployed, with what its policies find. What is
// being done is told to progress.
func (b *Base) Snapshot(ctx context.Context, stack string, progress io.Writer) (*rehearsal.Snapshot, error) {
	// Functions are compiled into archives, so the compiler is part of what is deployed.
	key := sha256.Sum256([]byte(strings.Join([]string{b.commit, b.project, stack, runtime.Version()}, "\x00")))
	kept := filepath.Join(b.cache, "snapshots", fmt.Sprintf("%x.json.gz", key[:16]))
	if s, err := rehearsal.LoadSnapshot(kept); err == nil {
		now := time.Now()
		_ = os.Chtimes(kept, now, now) // the least recently used go first
		return s, nil
	}
	checkout := fmt.Sprintf("%x", sha256.Sum256([]byte(b.repository)))[:16]
	at := filepath.Join(b.cache, checkout)
	if err := os.MkdirAll(at, 0o755); err != nil {
		return nil, fmt.Errorf("make the cache of the base: %w", err)
	}
	unlock, err := lockedfile.MutexAt(filepath.Join(at, "lock")).Lock()
	if err != nil {
		return nil, fmt.Errorf("lock the cache of the base: %w", err)
	}
	defer unlock()
	if s, err := rehearsal.LoadSnapshot(kept); err == nil { // another process has made it meanwhile
		return s, nil
	}
	sources := filepath.Join(at, "sources")
	if err := b.checkOut(ctx, at, sources); err != nil {
		return nil, err
	}
	project := filepath.Join(sources, b.project)
	switch names, err := rehearsal.Stacks(project); {
	case err != nil:
		return nil, err
	case !slices.Contains(names, stack):
		return nil, ErrNoStack
	}
	_, _ = fmt.Fprintf(progress, "rehearsing %s as %s has it\n", stack, b)
	command := filepath.Join(at, "plinth")
	if err := run(ctx, project, progress, "go", "build", "-buildvcs=false", "-o", command, "./cmd/plinth"); err != nil {
		return nil, fmt.Errorf("build the base: %w", err)
	}
	fresh := filepath.Join(at, "fresh.json.gz")
	if err := run(ctx, project, progress, command, "snapshot", stack, "--dir", project, "--output", fresh); err != nil {
		return nil, fmt.Errorf("rehearse the base: %w", err)
	}
	s, err := rehearsal.LoadSnapshot(fresh)
	if err != nil {
		return nil, err
	}
	if err := keep(fresh, kept); err != nil {
		_, _ = fmt.Fprintf(progress, "%v; it will be rehearsed again the next time\n", err)
	}
	return s, nil
}

// checkOut puts the commit's files where they were for other commits: what does not differ is
// not compiled again.
func (b *Base) checkOut(ctx context.Context, at, sources string) error {
	marker := filepath.Join(at, "commit")
	if is, err := os.ReadFile(marker); err == nil && string(is) == b.commit {
		return nil
	}
	err := errors.Join(os.RemoveAll(marker), os.RemoveAll(sources), os.MkdirAll(sources, 0o755))
	if err == nil {
		index := filepath.Join(at, "index") // the user's own is left alone
		defer func() { _ = os.Remove(index) }()
		cmd := exec.CommandContext(ctx, "git", "-c", "core.hooksPath="+os.DevNull, "--git-dir", b.repository, "--work-tree", sources, "checkout", "--quiet", b.commit, "--", ".")
		cmd.Dir, cmd.Env = sources, append(os.Environ(), "GIT_INDEX_FILE="+index)
		_, err = output(cmd)
	}
	if err == nil {
		err = os.WriteFile(marker, []byte(b.commit), 0o644)
	}
	if err != nil {
		return fmt.Errorf("check out the base: %w", err)
	}
	return nil
}

// mostKept is how many snapshots stay in the cache.
const mostKept = 20

// keep moves a snapshot to where it is found the next time, and makes room for it.
func keep(fresh, kept string) error {
	dir := filepath.Dir(kept)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("keep the base: %w", err)
	}
	if err := os.Rename(fresh, kept); err != nil {
		return fmt.Errorf("keep the base: %w", err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("keep the base: %w", err)
	}
	used := func(e os.DirEntry) time.Time {
		info, err := e.Info()
		if err != nil {
			return time.Time{} // somebody else has removed it
		}
		return info.ModTime()
	}
	slices.SortFunc(entries, func(a, b os.DirEntry) int { return used(b).Compare(used(a)) })
	for _, old := range entries[min(mostKept, len(entries)):] {
		_ = os.Remove(filepath.Join(dir, old.Name()))
	}
	return nil
}

func git(ctx context.Context, dir string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Dir = dir
	return output(cmd)
}

// output runs a command that prints little.
func output(cmd *exec.Cmd) (string, error) {
	var errors bytes.Buffer
	cmd.Stderr = &errors
	out, err := cmd.Output()
	if said := strings.TrimSpace(errors.String()); err != nil && said != "" {
		err = fmt.Errorf("%s", said)
	}
	return strings.TrimRight(string(out), "\n"), err
}

// run runs a command that takes long. Its error is what it says last.
func run(ctx context.Context, dir string, progress io.Writer, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	var said bytes.Buffer
	cmd.Stderr = io.MultiWriter(progress, &said)
	cmdutil.RegisterProcessGroup(cmd) // an interrupt on the terminal reaches it once, through the context
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 15 * time.Second
	err := cmd.Run()
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	}
	if text := strings.TrimSpace(said.String()); text != "" {
		const most = 2000
		return fmt.Errorf("%w:\n%s", err, text[max(0, len(text)-most):])
	}
	return err
}
