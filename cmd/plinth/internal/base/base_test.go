package base

import (
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/tests/rehearsal"
)

// program stands in for plinth: it saves a snapshot in which there is the text of a file that
// is compiled in, and says on standard error that it did.
const program = `package main

import (
	"compress/gzip"
	_ "embed"
	"fmt"
	"os"
)

//go:embed text
var text string

func main() {
	if text == "broken" {
		fmt.Fprintln(os.Stderr, "plinth: up failed: no such subnet")
		os.Exit(1)
	}
	file, err := os.Create(os.Args[6])
	if err != nil {
		panic(err)
	}
	w := gzip.NewWriter(file)
	fmt.Fprintf(w, "{\"stack\": %q, \"cloud\": %q}", os.Args[2], os.Args[1]+" "+text)
	w.Close()
	file.Close()
	fmt.Fprintln(os.Stderr, "ran", text)
}
`

// repository is a git repository whose project says something else in each commit.
type repository struct {
	t   *testing.T
	dir string
}

func newRepository(t *testing.T) repository {
	t.Helper()
	compiled, err := exec.CommandContext(t.Context(), "go", "env", "GOCACHE").Output()
	require.NoError(t, err)
	t.Setenv("GOCACHE", strings.TrimSpace(string(compiled))) // the standard library need not be compiled again
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	t.Setenv("GIT_CONFIG_GLOBAL", os.DevNull)
	t.Setenv("GIT_CONFIG_SYSTEM", os.DevNull)
	for _, who := range []string{"AUTHOR", "COMMITTER"} {
		t.Setenv("GIT_"+who+"_NAME", "test")
		t.Setenv("GIT_"+who+"_EMAIL", "test@example.com")
	}
	r := repository{t, t.TempDir()}
	r.git("init", "--quiet", "--initial-branch", "main")
	r.write("infra/go.mod", "module example.com/infra\n\ngo 1.24\n")
	r.write("infra/cmd/plinth/main.go", program)
	r.write("infra/Pulumi.yaml", "name: app\nruntime: go\n")
	r.write("infra/Pulumi.test.yaml", "config: {}\n")
	r.say("first")
	return r
}

func (r repository) git(args ...string) string {
	r.t.Helper()
	out, err := git(r.t.Context(), r.dir, args...)
	require.NoError(r.t, err)
	return out
}

func (r repository) write(name, text string) {
	r.t.Helper()
	path := filepath.Join(r.dir, name)
	require.NoError(r.t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(r.t, os.WriteFile(path, []byte(text), 0o644))
}

// say commits a new text.
func (r repository) say(text string) {
	r.t.Helper()
	r.write("infra/cmd/plinth/text", text)
	r.git("add", "--all")
	r.git("commit", "--quiet", "--message", text)
}

func (r repository) find(ref string) *Base {
	r.t.Helper()
	b, err := Find(r.t.Context(), filepath.Join(r.dir, "infra"), ref)
	require.NoError(r.t, err)
	return b
}

func (r repository) snapshot(ref, stack string) (s *rehearsal.Snapshot, progress string, err error) {
	r.t.Helper()
	var said bytes.Buffer
	s, err = r.find(ref).Snapshot(r.t.Context(), stack, &said)
	return s, said.String(), err
}

func TestABaseIsRehearsedByItsOwnProgramAndOnlyOnce(t *testing.T) {
	r := newRepository(t)
	r.git("checkout", "--quiet", "-b", "change")
	r.say("second")
	r.write("infra/cmd/plinth/text", "not committed")
	before := r.git("status", "--porcelain")

	s, said, err := r.snapshot("main", "test")
	require.NoError(t, err)
	require.Equal(t, "test", s.Stack)
	require.Equal(t, `"snapshot first"`, string(s.Cloud))
	require.Contains(t, said, "rehearsing test as main ("+r.git("rev-parse", "main")[:7]+") has it\n")
	require.Contains(t, said, "ran first")

	s, said, err = r.snapshot("main", "test")
	require.NoError(t, err)
	require.Equal(t, `"snapshot first"`, string(s.Cloud))
	require.Empty(t, said, "the commit is known already")
	require.Equal(t, before, r.git("status", "--porcelain"), "the work tree and its index are left alone")

	s, _, err = r.snapshot("change", "test")
	require.NoError(t, err)
	require.Equal(t, `"snapshot second"`, string(s.Cloud), "another commit is another base")
}

func TestTheBaseIsWhereTheBranchesParted(t *testing.T) {
	r := newRepository(t)
	parted := r.git("rev-parse", "HEAD")
	r.git("checkout", "--quiet", "-b", "change")
	r.say("second")
	r.git("checkout", "--quiet", "main")
	r.say("on main since then")
	r.git("checkout", "--quiet", "change")
	require.Equal(t, "main ("+parted[:7]+")", r.find("main").String())
	require.Equal(t, parted[:7], r.find(parted[:12]).String(), "who names a commit need not read it twice")
}

func TestABaseThatCannotBeRehearsedSaysWhy(t *testing.T) {
	r := newRepository(t)
	_, _, err := r.snapshot("main", "prod")
	require.ErrorIs(t, err, ErrNoStack)

	r.git("mv", "infra", "moved")
	r.git("commit", "--quiet", "--message", "moved")
	moved, err := Find(t.Context(), filepath.Join(r.dir, "moved"), "HEAD~1")
	require.NoError(t, err)
	_, err = moved.Snapshot(t.Context(), "test", io.Discard)
	require.ErrorContains(t, err, "read Pulumi.yaml: ", "a project that was elsewhere is no new stack")
	r.git("mv", "moved", "infra")

	r.say("broken")
	_, _, err = r.snapshot("HEAD", "test")
	require.ErrorContains(t, err, "rehearse the base: exit status 1:\nplinth: up failed: no such subnet")

	r.write("infra/cmd/plinth/main.go", "package main\n\nfunc main() { nothing() }\n")
	r.say("does not compile")
	_, _, err = r.snapshot("HEAD", "test")
	require.ErrorContains(t, err, "build the base: ")
	require.ErrorContains(t, err, "undefined: nothing")
}

func TestAReferenceThatIsNoneIsOneMessage(t *testing.T) {
	r := newRepository(t)
	for ref, want := range map[string]string{
		"nowhere": `--base: there is no commit "nowhere" here; fetch it, or name another`,
		"--all":   `--base: there is no commit "--all" here; fetch it, or name another`,
	} {
		_, err := Find(t.Context(), r.dir, ref)
		require.EqualError(t, err, want)
	}
	r.git("checkout", "--quiet", "--orphan", "apart")
	r.say("apart")
	_, err := Find(t.Context(), r.dir, "main")
	require.EqualError(t, err, "--base: no commit is common to main and the work tree; fetch more of the history")
	_, err = Find(t.Context(), t.TempDir(), "main")
	require.ErrorContains(t, err, "--base: fatal: not a git repository")
}

func TestAnInterruptEndsARehearsalOfTheBase(t *testing.T) {
	r := newRepository(t)
	ctx, cancel := context.WithCancel(t.Context())
	b := r.find("main")
	_, err := b.Snapshot(ctx, "test", writer(func(text string) {
		if strings.HasPrefix(text, "rehearsing") {
			cancel()
		}
	}))
	require.ErrorIs(t, err, context.Canceled)
}

type writer func(string)

func (w writer) Write(text []byte) (int, error) { w(string(text)); return len(text), nil }

func TestOnlyTheNewestSnapshotsAreKept(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "snapshots")
	for i := range mostKept + 3 {
		fresh := filepath.Join(t.TempDir(), "fresh")
		require.NoError(t, os.WriteFile(fresh, nil, 0o644))
		kept := filepath.Join(dir, string(rune('a'+i)))
		require.NoError(t, keep(fresh, kept))
		require.FileExists(t, kept)
	}
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, left, mostKept)
}
