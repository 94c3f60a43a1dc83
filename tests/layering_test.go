// Package tests holds what crosses packages.
package tests

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "github.com/plinth-iac/plinth"

// A layer may import, of this module, only what it lists (a trailing slash means the
// whole folder), and nothing at all of what it forbids.
var layers = []struct {
	folder    string
	tests     bool // whether the rule binds test files too
	allows    []string
	forbidden []string
}{
	{folder: "components/fielderr", allows: nil},
	{folder: "components/iampolicy", allows: nil},
	{folder: "components/objective", allows: nil},
	{folder: "components/connect", allows: []string{"components/fielderr"}},
	{folder: "components/internal", allows: []string{"components/fielderr", "components/iampolicy", "components/internal/"}},
	{folder: "components", allows: []string{"components/fielderr", "components/iampolicy", "components/connect", "components/objective", "components/internal/", "own"}},
	{folder: "stacks", allows: []string{"components/", "own"}},
	{folder: "policies", allows: []string{"policies/"}, tests: true, forbidden: []string{"github.com/pulumi/pulumi-aws", "github.com/pulumi/pulumi-kubernetes"}},
	{folder: "tests/simcloud/latency", allows: nil, tests: true},
	{folder: "tests/simcloud", allows: []string{"tests/simcloud/"}, tests: true},
	{folder: "tests/rehearsal", allows: []string{"tests/simcloud", "tests/simcloud/latency", "own"}},
	{folder: "tests/lifetest", allows: []string{"tests/rehearsal", "tests/simcloud"}},
	{folder: "tests/harness", allows: nil, forbidden: []string{"github.com/pulumi/pulumi-aws"}},
}

// Imported anywhere, these cost minutes of compiling (and gigabytes) each.
var tooSlow = []string{
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/wafv2",
	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/helm/v3",
	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/yaml",
}

func TestPackagesImportOnlyTheLayersBelowThem(t *testing.T) {
	files := 0
	eachImport(t, func(file, imported string) {
		files++
		require.NotContains(t, tooSlow, imported, file)
		folder := filepath.ToSlash(filepath.Dir(file))
		for _, layer := range layers {
			if folder != layer.folder && !strings.HasPrefix(folder, layer.folder+"/") {
				continue
			}
			if strings.HasSuffix(file, "_test.go") && !layer.tests {
				return
			}
			for _, prefix := range layer.forbidden {
				require.False(t, strings.HasPrefix(imported, prefix), "%s imports %s", file, imported)
			}
			if inside, ours := strings.CutPrefix(imported, module+"/"); ours {
				require.True(t, allowed(layer.allows, folder, inside), "%s imports %s", file, imported)
			}
			return // the most specific layer comes first
		}
	})
	require.Greater(t, files, 100, "the walk found the sources")
}

func allowed(allows []string, folder, imported string) bool {
	for _, a := range allows {
		own := a == "own" && (strings.HasPrefix(imported, folder+"/") || strings.HasPrefix(folder, imported+"/"))
		if own || imported == a || strings.HasSuffix(a, "/") && strings.HasPrefix(imported+"/", a) {
			return true
		}
	}
	return false
}

// eachImport visits the imports of every Go file of this module, nested modules aside.
func eachImport(t *testing.T, visit func(file, imported string)) {
	t.Helper()
	root := ".."
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if path != root && (strings.HasPrefix(entry.Name(), ".") || entry.Name() == "testdata" || isModule(path)) {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(path, ".go") {
			return nil
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		for _, spec := range parsed.Imports {
			visit(relative, strings.Trim(spec.Path.Value, `"`))
		}
		return nil
	})
	require.NoError(t, err)
}

func isModule(dir string) bool {
	found, err := filepath.Glob(filepath.Join(dir, "go.mod"))
	return err == nil && len(found) == 1
}
