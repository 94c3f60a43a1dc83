package rehearsal

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// machine is a computer with its own cache and nothing on PATH but what tests put there.
type machine struct {
	t     *testing.T
	bin   string
	cache string
}

func newMachine(t *testing.T) machine {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Fatal("the fake commands of these tests are shell scripts")
	}
	home := t.TempDir()
	m := machine{t: t, bin: t.TempDir()}
	t.Setenv("HOME", home)
	t.Setenv("XDG_CACHE_HOME", filepath.Join(home, ".cache"))
	t.Setenv("PATH", m.bin)
	t.Setenv(PulumiVariable, "")
	cache, err := os.UserCacheDir()
	require.NoError(t, err)
	m.cache = cache
	return m
}

func (m machine) install(name, script string) string {
	m.t.Helper()
	path := filepath.Join(m.bin, name)
	require.NoError(m.t, os.WriteFile(path, []byte("#!/bin/sh\nPATH=/bin:/usr/bin\n"+script+"\n"), 0o755))
	return path
}

func (m machine) pin() pin {
	m.t.Helper()
	p, err := embeddedPin()
	require.NoError(m.t, err)
	return p
}

// goThatBuilds is a `go` whose builds are a pulumi that knows its version, and that
// appends each call's arguments to a file.
func (m machine) goThatBuilds(calls string) {
	m.install("go", fmt.Sprintf(`echo "$@" >> %q
cp go.mod go.sum %q
echo "go: downloading example.com/a v1.0.0" >&2
echo "example.com/a" >&2
echo "example.com/a/b" >&2
while [ "$1" != "-o" ]; do shift; done
printf '#!/bin/sh\necho v3.259.0\n' > "$2"
chmod +x "$2"`, calls, m.bin))
}

func TestToolchainOnPath(t *testing.T) {
	for name, test := range map[string]struct {
		script, want string // want is a part of the error, or empty
	}{
		"new enough":  {script: "echo v3.255.0"},
		"newer":       {script: "echo v3.300.1"},
		"without a v": {script: "echo 3.260.0"},
		"too old":     {script: "echo v3.254.9", want: "its version is 3.254.9, and 3.255.0 is needed"},
		"pre-release": {script: "echo v3.255.0-alpha.1", want: "its version is 3.255.0-alpha.1, and 3.255.0 is needed"},
		"too new":     {script: "echo v4.0.0", want: "its version is 4.0.0, and one below 4.0.0 is needed"},
		"broken":      {script: "exit 3", want: "`pulumi version` failed: exit status 3"},
		"no version":  {script: "echo hello", want: "`pulumi version` printed \"hello\", which is no version"},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMachine(t)
			path := m.install("pulumi", test.script)
			found, err := FindToolchain(t.Context(), nil)
			if test.want == "" {
				require.NoError(t, err)
				require.Equal(t, path, found.Path)
				return
			}
			require.ErrorContains(t, err, path+" cannot be used: "+test.want)
			require.ErrorContains(t, err, "building the pinned v3.259.0 needs Go, which is not on PATH either")
		})
	}
}

func TestNoToolchainAtAll(t *testing.T) {
	newMachine(t)
	_, err := FindToolchain(t.Context(), nil)
	require.EqualError(t, err, "no pulumi on PATH; building the pinned v3.259.0 needs Go, which is not on PATH either: "+
		"install one of the two, or set PLINTH_PULUMI")
}

func TestNamedToolchainIsUsedOrRefused(t *testing.T) {
	m := newMachine(t)
	m.install("pulumi", "echo v3.300.0")
	named := m.install("my-pulumi", "echo v3.256.0")
	t.Setenv(PulumiVariable, named)
	found, err := FindToolchain(t.Context(), nil)
	require.NoError(t, err)
	require.Equal(t, named, found.Path)
	require.Equal(t, "3.256.0", found.Version)

	m.install("my-pulumi", "echo v3.1.0")
	_, err = FindToolchain(t.Context(), nil)
	require.EqualError(t, err, "PLINTH_PULUMI="+named+" cannot be used: its version is 3.1.0, and 3.255.0 is needed")
}

func TestToolchainIsBuiltOnce(t *testing.T) {
	m := newMachine(t)
	calls := filepath.Join(m.bin, "calls")
	m.goThatBuilds(calls)
	var progress lockedBuffer
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			found, err := FindToolchain(t.Context(), &progress)
			if err != nil || found.Path != m.pin().executable(m.cache) || found.Version != "3.259.0" {
				t.Errorf("found %+v, %v", found, err)
			}
		})
	}
	wait.Wait()

	text, err := os.ReadFile(calls)
	require.NoError(t, err)
	require.Equal(t, 1, strings.Count(string(text), "\n"), "builds:\n%s", text)
	require.Contains(t, string(text), "-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v3.259.0 github.com/pulumi/pulumi/pkg/v3/cmd/pulumi")
	require.NotContains(t, string(text), "trimpath")
	for name, want := range map[string][]byte{"go.mod": pinnedMod, "go.sum": pinnedSum} {
		used, err := os.ReadFile(filepath.Join(m.bin, name))
		require.NoError(t, err)
		require.Equal(t, string(want), string(used))
	}
	require.Contains(t, progress.String(), "no pulumi on PATH: building pulumi v3.259.0 once, into "+m.pin().dir(m.cache))
	require.Contains(t, progress.String(), "built pulumi v3.259.0 in ")
	require.NoDirExists(t, filepath.Join(m.pin().dir(m.cache), "build"))
}

func TestFailedBuildSaysWhyAndIsTriedAgain(t *testing.T) {
	m := newMachine(t)
	m.install("go", `echo "go: downloading example.com/a v1.0.0" >&2
echo "example.com/a/b" >&2
echo "go: example.com/c@v1.0.0: dial tcp: no such host" >&2
exit 1`)
	_, err := FindToolchain(t.Context(), nil)
	require.EqualError(t, err, "build the Pulumi CLI v3.259.0: `go build` failed:\n  go: example.com/c@v1.0.0: dial tcp: no such host")
	require.NoFileExists(t, m.pin().executable(m.cache))
	require.NoDirExists(t, filepath.Join(m.pin().dir(m.cache), "build"))

	m.goThatBuilds(filepath.Join(m.bin, "calls"))
	_, err = FindToolchain(t.Context(), nil)
	require.NoError(t, err)
}

func TestBuildThatMakesNoUsableToolchainIsRefused(t *testing.T) {
	m := newMachine(t)
	m.install("go", `while [ "$1" != "-o" ]; do shift; done
printf '#!/bin/sh\nexit 1\n' > "$2"
chmod +x "$2"`)
	_, err := FindToolchain(t.Context(), nil)
	require.ErrorContains(t, err, "the Pulumi CLI that was built cannot be used: ")
	require.NoFileExists(t, m.pin().executable(m.cache))
}

func TestInterruptedBuildLeavesOnlyTheLock(t *testing.T) {
	m := newMachine(t)
	ctx, cancel := context.WithCancel(t.Context())
	started := filepath.Join(m.bin, "started")
	m.install("go", fmt.Sprintf("touch %q\nexec sleep 600", started))
	go func() {
		for ctx.Err() == nil && !exists(started) {
			time.Sleep(time.Millisecond)
		}
		cancel()
	}()
	_, err := FindToolchain(ctx, nil)
	require.ErrorIs(t, err, context.Canceled)
	entries, err := os.ReadDir(m.pin().dir(m.cache))
	require.NoError(t, err)
	require.Len(t, entries, 1)
	require.Equal(t, "lock", entries[0].Name())
}

func TestInterruptedWaitForAnotherBuild(t *testing.T) {
	m := newMachine(t)
	path := filepath.Join(m.cache, "lock")
	require.NoError(t, os.MkdirAll(m.cache, 0o755))
	unlock, err := lock(t.Context(), path)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = lock(ctx, path)
	require.ErrorIs(t, err, context.Canceled)
	unlock()
	unlock, err = lock(t.Context(), path) // the wait that was given up does not hold it
	require.NoError(t, err)
	unlock()
}

func TestProgressCounts(t *testing.T) {
	var shown lockedBuffer
	r := &reporter{to: &shown, why: "none found"}
	defer r.start()()
	r.begin("%s: building", r.why)
	r.say("compiling (%d of at most %d packages)", 12, cliPackages)
	r.tick()
	require.Equal(t, "none found: building\n  compiling (12 of at most 1686 packages), 0s\n", shown.String())
}

type lockedBuffer struct {
	mu sync.Mutex
	bytes.Buffer
}

func (b *lockedBuffer) Write(text []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.Write(text)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.String()
}

func TestUsersPulumiAndAWSEnvironmentIsKeptOut(t *testing.T) {
	for _, name := range []string{"PULUMI_ACCESS_TOKEN", "AWS_PROFILE", "OTHER_VARIABLE"} {
		t.Setenv(name, "set")
	}
	environ := strings.Join(cleanEnviron(), "\n")
	require.NotContains(t, environ, "PULUMI_")
	require.NotContains(t, environ, "AWS_")
	require.Contains(t, environ, "OTHER_VARIABLE=set")
}
