package tests

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/policies/pack"
	"github.com/plinth-iac/plinth/stacks"
	"github.com/plinth-iac/plinth/tests/harness"
)

// Parts of the READMEs are made from the sources: between a pair of comments
// `<!-- begin NAME -->` and `<!-- end NAME -->` stands what its function here returns.
func TestTheReadmesAreUpToDate(t *testing.T) {
	for file, parts := range map[string]map[string]string{
		"README.md":          {"configuration": configurationTable(t), "outputs": outputsTable()},
		"policies/README.md": {"reference": pack.Reference(), "example": policyExample(t)},
	} {
		path := filepath.Join("..", filepath.FromSlash(file))
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		want := string(text)
		for name, part := range parts {
			begin, end := fmt.Sprintf("<!-- begin %s -->\n", name), fmt.Sprintf("<!-- end %s -->", name)
			before, rest, found := strings.Cut(want, begin)
			require.True(t, found, begin)
			_, after, found := strings.Cut(rest, end)
			require.True(t, found, end)
			want = before + begin + part + end + after
		}
		if want == string(text) {
			continue
		}
		if os.Getenv(harness.UpdateGolden) != "" {
			require.NoError(t, os.WriteFile(path, []byte(want), 0o644))
		}
		t.Errorf("%s: a part differs from its source; %s=1 rewrites it", file, harness.UpdateGolden)
	}
}

// policyExample is the policy that the example of the pack declares, and a pack that has
// it.
func policyExample(t *testing.T) string {
	t.Helper()
	path := filepath.Join("..", "policies", "pack", "example_test.go")
	source, err := os.ReadFile(path)
	require.NoError(t, err)
	files := token.NewFileSet()
	parsed, err := parser.ParseFile(files, path, source, 0)
	require.NoError(t, err)
	var b strings.Builder
	b.WriteString("```go\n")
	for _, declared := range parsed.Decls {
		function, isFunction := declared.(*ast.FuncDecl)
		if general, ok := declared.(*ast.GenDecl); ok && general.Tok == token.VAR || isFunction && function.Name.Name == "ExampleServe" {
			b.WriteString(strings.Replace(string(source[files.Position(declared.Pos()).Offset:files.Position(declared.End()).Offset]), "ExampleServe", "main", 1) + "\n\n")
		}
	}
	return strings.TrimSuffix(b.String(), "\n") + "```\n"
}

func outputsTable() string {
	var b strings.Builder
	b.WriteString("| output | meaning |\n|---|---|\n")
	for _, output := range stacks.Outputs {
		fmt.Fprintf(&b, "| `%s` | %s |\n", output.Name, output.Meaning)
	}
	return b.String()
}

// configurationTable lists every key of plinth:environment with its doc comment.
func configurationTable(t *testing.T) string {
	t.Helper()
	structs := map[string]*ast.StructType{}
	for _, name := range []string{"environment.go", "dataconfig.go", "clusterconfig.go", "edgeconfig.go", "functionconfig.go"} {
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join("..", "stacks", name), nil, parser.ParseComments)
		require.NoError(t, err)
		ast.Inspect(file, func(n ast.Node) bool {
			if spec, ok := n.(*ast.TypeSpec); ok {
				if s, ok := spec.Type.(*ast.StructType); ok {
					structs[spec.Name.Name] = s
				}
			}
			return true
		})
	}
	var b strings.Builder
	b.WriteString("| key | type | meaning |\n|---|---|---|\n")
	writeKeys(&b, structs, "Environment", "")
	return b.String()
}

func writeKeys(b *strings.Builder, structs map[string]*ast.StructType, name, prefix string) {
	for _, field := range structs[name].Fields.List {
		tag := strings.Trim(field.Tag.Value, "`")
		key, _, _ := strings.Cut(strings.TrimPrefix(tag, `json:"`), ",")
		kind := typeName(field.Type)
		meaning := strings.Join(strings.Fields(field.Doc.Text()), " ")
		_, meaning, _ = strings.Cut(meaning, " ") // the comment begins with the field's name
		meaning = strings.TrimPrefix(strings.TrimPrefix(meaning, "is "), "are ")
		nested, byKey := strings.CutPrefix(kind, "map[string]")
		nested = strings.TrimPrefix(nested, "*")
		shown := map[string]string{"string": "text", "int": "number", "*int": "number", "bool": "true or false", "*bool": "true or false",
			"[]string": "list of text", "map[string]string": "text by key", "Profile": "text"}[kind]
		below := prefix + key + "."
		switch {
		case shown != "":
		case byKey:
			shown, below = "object by key", below+"*."
		default:
			shown = "object"
		}
		fmt.Fprintf(b, "| `%s%s` | %s | %s%s |\n", prefix, key, shown, strings.ToUpper(meaning[:1]), meaning[1:])
		if _, ok := structs[nested]; ok && prefix+key != "app" && prefix+key != "cache.objectives" { // they have the keys of web and database.objectives
			writeKeys(b, structs, nested, below)
		}
	}
}

func typeName(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.StarExpr:
		return "*" + typeName(e.X)
	case *ast.ArrayType:
		return "[]" + typeName(e.Elt)
	case *ast.MapType:
		return "map[" + typeName(e.Key) + "]" + typeName(e.Value)
	}
	return ""
}
