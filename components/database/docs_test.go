package database_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Users read an argument's default, or when it is required, where they write it.
func TestEveryOptionalArgumentSaysItsDefault(t *testing.T) {
	files, err := os.ReadDir(".")
	require.NoError(t, err)
	optional := 0
	for _, file := range files {
		if !strings.HasSuffix(file.Name(), ".go") || strings.HasSuffix(file.Name(), "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file.Name(), nil, parser.ParseComments)
		require.NoError(t, err)
		ast.Inspect(parsed, func(n ast.Node) bool {
			if field, ok := n.(*ast.Field); ok && field.Tag != nil && strings.Contains(field.Tag.Value, ",optional") {
				optional++
				require.Regexp(t, `Default:|Required`, field.Doc.Text(), "%s: %s", file.Name(), field.Names[0])
			}
			return true
		})
	}
	require.NotZero(t, optional)
}
