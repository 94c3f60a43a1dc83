package tests

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Users read an argument's default, or when it is required, where they write it.
func TestEveryOptionalArgumentSaysItsDefault(t *testing.T) {
	optional := 0
	err := filepath.WalkDir(filepath.Join("..", "components"), func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			if field, ok := n.(*ast.Field); ok && field.Tag != nil && strings.Contains(field.Tag.Value, ",optional") {
				optional++
				require.Regexp(t, `Default:|Required`, field.Doc.Text(), "%s: %s", path, field.Names[0])
			}
			return true
		})
		return nil
	})
	require.NoError(t, err)
	require.Greater(t, optional, 300, "the walk found the arguments")
}
