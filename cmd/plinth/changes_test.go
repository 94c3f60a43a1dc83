package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"github.com/plinth-iac/plinth/stacks"
	"github.com/plinth-iac/plinth/tests/harness"
	"github.com/plinth-iac/plinth/tests/rehearsal"
)

// reviewed is a small change to a committed stack, with what a careful reviewer must be told.
type reviewed struct {
	// Why somebody would make it, and what is to be seen in it.
	Why   string `yaml:"why"`
	Stack string `yaml:"stack"`
	// Set and Drop change plinth:environment in the stack file, by path.
	Set  map[string]any `yaml:"set"`
	Drop []string       `yaml:"drop"`
	// Program is a change to the program, one of programs.
	Program string `yaml:"program"`
	// Verdict is the level, Tell what the comment must say, and Silent what it must not.
	Verdict string   `yaml:"verdict"`
	Tell    []string `yaml:"tell"`
	Silent  []string `yaml:"silent"`
}

const changesDir = "testdata/changes"

// Each change is previewed over the committed stack by the engine, and the comment is as reviewed.
func TestAReviewerIsToldWhatAChangeDoes(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(changesDir, "*.yaml"))
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(files), 34)
	found, err := findToolchain()
	require.NoError(t, err)
	t.Setenv(rehearsal.PulumiVariable, found.Path)
	t.Setenv("GOGC", "400") // of the engine and the policy pack, which do not live long
	dir := t.TempDir()
	bases := map[string]func() (string, error){}
	for _, stack := range []string{"dev", "prod"} {
		bases[stack] = sync.OnceValues(func() (string, error) { return deployed(t.Context(), dir, stack) })
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".yaml")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := read(t, file)
			base, err := bases[c.Stack]()
			require.NoError(t, err)
			comment := c.comment(t, base)
			harness.Golden(t, filepath.Join("changes", name+".md"), comment)
			for _, told := range c.Tell {
				require.Contains(t, comment, told)
			}
			for _, silent := range c.Silent {
				require.NotContains(t, comment, silent)
			}
			verdict := strings.Split(comment, "\n")[1] // after the marker
			require.Contains(t, strings.ToLower(verdict), c.Verdict)
		})
	}
}

// deployed is a file with a committed stack as it is once deployed.
func deployed(ctx context.Context, dir, stack string) (string, error) {
	file := filepath.Join(dir, stack+".json.gz")
	code, printed := execute(ctx, stacks.Deploy, "snapshot", stack, "--dir", filepath.Join("..", ".."), "--output", file)
	if code != 0 {
		return "", errors.New(printed)
	}
	return file, nil
}

// read reads a change.
func read(t *testing.T, file string) reviewed {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	var c reviewed
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	require.NoError(t, decoder.Decode(&c))
	require.NotEmpty(t, c.Why)
	require.NotEmpty(t, c.Tell)
	return c
}

// comment is what a reviewer is told of the change over a base.
func (c reviewed) comment(t *testing.T, base string) string {
	t.Helper()
	program := pulumi.RunFunc(stacks.Deploy)
	if c.Program != "" {
		require.Contains(t, programs, c.Program)
		program = programs[c.Program]
	}
	out := t.TempDir()
	code, printed := execute(t.Context(), program, "preview", c.Stack, "--dir", c.project(t), "--from", base, "--parallel", "8", "--out", out)
	require.NotEqual(t, exitInterrupted, code)
	comment, err := os.ReadFile(filepath.Join(out, "comment.md"))
	require.NoError(t, err, printed)
	return string(comment)
}

// execute is run for tests beside each other, which have their environment already.
func execute(ctx context.Context, program pulumi.RunFunc, args ...string) (code int, printed string) {
	var out bytes.Buffer
	code = plinth{program: program, stdout: &out, stderr: &out}.run(ctx, args)
	return code, out.String()
}

// project is a folder with the stack file as the change has it.
func (c reviewed) project(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "Pulumi."+c.Stack+".yaml"))
	require.NoError(t, err)
	var file map[string]map[string]any
	require.NoError(t, yaml.Unmarshal(text, &file))
	environment := file["config"][stacks.ConfigKey].(map[string]any)
	for path, value := range c.Set {
		at, last := descend(t, environment, path)
		at[last] = value
	}
	for _, path := range c.Drop {
		at, last := descend(t, environment, path)
		require.Contains(t, at, last, "the stack file has it")
		delete(at, last)
	}
	changed, err := yaml.Marshal(file)
	require.NoError(t, err)
	dir := project(t, map[string]string{c.Stack: string(changed)})
	committed, err := os.ReadFile(filepath.Join("..", "..", "Pulumi.yaml"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "Pulumi.yaml"), committed, 0o600))
	return dir
}

// descend finds the object that the last name of a path is in, and makes it if need be. A name
// with dots is in brackets, as in edge.paths[/img/*.png].
func descend(t *testing.T, in map[string]any, path string) (map[string]any, string) {
	t.Helper()
	head, bracketed, found := strings.Cut(path, "[")
	names := strings.Split(head, ".")
	if found {
		names = append(names, strings.TrimSuffix(bracketed, "]"))
	}
	for _, name := range names[:len(names)-1] {
		below, ok := in[name].(map[string]any)
		if !ok {
			below = map[string]any{}
			in[name] = below
		}
		in = below
	}
	return in, names[len(names)-1]
}

// Every program is of use to a change, and every golden belongs to one.
func TestTheCorpusHasNothingLeftOver(t *testing.T) {
	var used []string
	files, err := filepath.Glob(filepath.Join(changesDir, "*.yaml"))
	require.NoError(t, err)
	for _, file := range files {
		used = append(used, read(t, file).Program)
		require.FileExists(t, strings.TrimSuffix(file, ".yaml")+".md")
	}
	for name := range programs {
		require.True(t, slices.Contains(used, name), name)
	}
	goldens, err := filepath.Glob(filepath.Join(changesDir, "*.md"))
	require.NoError(t, err)
	require.Len(t, goldens, len(files))
}
