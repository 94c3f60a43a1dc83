package stacks

import (
	"archive/zip"
	"bytes"
	"debug/elf"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/tests/harness"
)

// packed are the packages of the handlers, as the stack's program gets them.
func packed(t *testing.T, names ...string) (paths []string, err error) {
	_, err = harness.Try(harness.Preview, func(ctx *pulumi.Context) error {
		p := &platform{ctx: ctx}
		for _, name := range names {
			archive, err := p.handler(name)
			if err != nil {
				return err
			}
			paths = append(paths, archive.Path())
		}
		return nil
	})
	return paths, err
}

func TestAHandlerIsAnExecutableForLambdaAndNothingElse(t *testing.T) {
	paths, err := packed(t, "orderevents", "thumbnail")
	require.NoError(t, err)
	for _, path := range paths {
		archive, err := zip.OpenReader(path)
		require.NoError(t, err)
		defer func() { require.NoError(t, archive.Close()) }()
		require.Len(t, archive.File, 1)
		require.Equal(t, "bootstrap", archive.File[0].Name)
		require.Equal(t, os.FileMode(0o755), archive.File[0].Mode())
		file, err := archive.File[0].Open()
		require.NoError(t, err)
		program, err := io.ReadAll(file)
		require.NoError(t, err)
		header, err := elf.NewFile(bytes.NewReader(program))
		require.NoError(t, err)
		require.Equal(t, elf.EM_AARCH64, header.Machine)
	}
}

// Built again, in another place by somebody with other settings, it is the same; or deploys
// would change functions for nothing.
func TestBuildingAgainChangesNothing(t *testing.T) {
	paths, err := packed(t, "thumbnail")
	require.NoError(t, err)
	before, err := os.ReadFile(paths[0])
	require.NoError(t, err)

	dir, err := findHandlers()
	require.NoError(t, err)
	copied := t.TempDir()
	require.NoError(t, os.CopyFS(copied, os.DirFS(dir)))
	cache, err := exec.Command("go", "env", "GOCACHE").Output()
	require.NoError(t, err)
	t.Setenv("GOCACHE", strings.TrimSpace(string(cache))) // its place depends on the next line
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	settings := filepath.Join(t.TempDir(), "env")
	require.NoError(t, os.WriteFile(settings, []byte("GOFLAGS=-mod=vendor\nGOARM64=v9.0\n"), 0o600))
	t.Setenv("GOENV", settings)
	t.Setenv("GOFLAGS", "-race")
	shared := filepath.Join(copied, "internal", "shared") // is no program
	require.NoError(t, os.MkdirAll(shared, 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(shared, "shared.go"), []byte("package shared\n"), 0o600))
	var said []string
	elsewhere, err := buildHandlers(copied, func(text string) { said = append(said, text) })
	require.NoError(t, err)
	require.Equal(t, []string{"Building the functions' programs for the first time; this can take a minute."}, said)
	after, err := os.ReadFile(elsewhere["thumbnail"])
	require.NoError(t, err)
	require.True(t, bytes.Equal(before, after))
	folder := func(path string) string { return filepath.Base(filepath.Dir(path)) }
	require.Equal(t, folder(paths[0]), folder(elsewhere["thumbnail"]))
	require.Len(t, elsewhere, 2)
}

func TestAnUnknownHandlerIsNamedWithThoseThatThereAre(t *testing.T) {
	_, err := packed(t, "thumbnails")
	require.ErrorContains(t, err, `there is no program "thumbnails" in stacks/handlers; there are: orderevents, thumbnail`)
}

func TestHandlersAreLookedForAboveTheWorkingFolder(t *testing.T) {
	t.Chdir(t.TempDir())
	_, err := findHandlers()
	require.ErrorContains(t, err, "the functions' programs, stacks/handlers, are neither in ")
}
