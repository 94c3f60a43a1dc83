package pack

import (
	"go/ast"
	"go/parser"
	gotoken "go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/policies/backup"
	"github.com/plinth-iac/plinth/policies/encryption"
	"github.com/plinth-iac/plinth/policies/exposure"
	"github.com/plinth-iac/plinth/policies/kubernetes"
	"github.com/plinth-iac/plinth/policies/operations"
	"github.com/plinth-iac/plinth/policies/redundancy"
	"github.com/plinth-iac/plinth/policies/rule"
)

// packages are the rules by the package that they are in.
var packages = map[string]func() []*rule.Rule{
	"backup": backup.Rules, "encryption": encryption.Rules, "exposure": exposure.Rules,
	"kubernetes": kubernetes.Rules, "operations": operations.Rules, "redundancy": redundancy.Rules,
}

// vocabulary is what a rule looks at, as its source says it. New rules have theirs without
// anybody thinking of that.
type vocabulary struct {
	rule *rule.Rule
	// beside are the rules of its package.
	beside []*rule.Rule
	// types are the resources that it mentions.
	types []string
	// paths are what may be paths of properties, and words the keys in them.
	paths, words []string
	// texts are all that a value may be compared with.
	texts []string
}

var (
	typeToken    = regexp.MustCompile(`^(aws|kubernetes):[^ :]+:[A-Za-z0-9]+$`)
	propertyPath = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9]*(\[\])?(\.[a-zA-Z][a-zA-Z0-9]*(\[\])?)*$`)
)

// vocabularies are those of all rules.
func vocabularies(t testing.TB) []vocabulary {
	t.Helper()
	var all []vocabulary
	for name, rules := range packages {
		said := declarations{}
		said.read(t, "../"+name)
		for _, shared := range []string{"rule", "resilience", "internal/buckets", "internal/document", "internal/lambda", "internal/replicas", "internal/tags"} {
			said.read(t, "../"+shared)
		}
		for _, r := range rules() {
			v := vocabulary{rule: r, beside: rules(), types: slices.Clone(r.Types)}
			for _, text := range append(said.behind(r.ID), "id", "arn") { // what a graph goes by
				v.add(text)
			}
			for _, list := range []*[]string{&v.types, &v.paths, &v.words, &v.texts} {
				slices.Sort(*list)
				*list = slices.Compact(*list)
			}
			require.Contains(t, v.texts, r.ID, "its source is not found")
			all = append(all, v)
		}
	}
	slices.SortFunc(all, func(a, b vocabulary) int { return strings.Compare(a.rule.ID, b.rule.ID) })
	return all
}

// add sorts a text of the source in. What has a space is for people.
func (v *vocabulary) add(text string) {
	switch {
	case typeToken.MatchString(text):
		v.types = append(v.types, text)
	case text == "" || strings.Contains(text, " "):
		return
	}
	v.texts = append(v.texts, text)
	if trimmed := strings.Trim(text, "."); propertyPath.MatchString(trimmed) {
		v.paths = append(v.paths, trimmed)
		v.words = append(v.words, strings.Split(strings.ReplaceAll(trimmed, "[]", ""), ".")...)
	}
}

// declarations are what packages declare, by the name with its package.
type declarations map[string]*declaration

// declaration is the texts in it, and the names that it uses. Methods of one name are one.
type declaration struct{ texts, uses []string }

// behind are all texts of the declarations with a text, and of what they use.
func (d declarations) behind(text string) []string {
	var texts, next []string
	for name, one := range d {
		if slices.Contains(one.texts, text) {
			next = append(next, name)
		}
	}
	done := map[string]bool{}
	for len(next) > 0 {
		name := next[0]
		next = next[1:]
		if one := d[name]; one != nil && !done[name] {
			done[name] = true
			texts, next = append(texts, one.texts...), append(next, one.uses...)
		}
	}
	return texts
}

// read adds the declarations in the source of a package.
func (d declarations) read(t testing.TB, folder string) {
	t.Helper()
	files, err := filepath.Glob(folder + "/*.go")
	require.NoError(t, err)
	require.NotEmpty(t, files, folder)
	for _, path := range files {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(gotoken.NewFileSet(), path, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		for _, decl := range file.Decls {
			switch decl := decl.(type) {
			case *ast.FuncDecl:
				d.add(file.Name.Name, decl, decl.Name)
			case *ast.GenDecl:
				for _, spec := range decl.Specs {
					if values, is := spec.(*ast.ValueSpec); is {
						d.add(file.Name.Name, values, values.Names...)
					}
				}
			}
		}
	}
}

func (d declarations) add(in string, of ast.Node, names ...*ast.Ident) {
	one, own := &declaration{}, ownNames(of)
	ast.Inspect(of, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Ident:
			if !own[n.Name] {
				one.uses = append(one.uses, in+"."+n.Name)
			}
		case *ast.SelectorExpr:
			if of, is := n.X.(*ast.Ident); is {
				one.uses = append(one.uses, of.Name+"."+n.Sel.Name) // if that is a package
			}
		case *ast.BasicLit:
			if text, err := strconv.Unquote(n.Value); err == nil && n.Kind == gotoken.STRING {
				one.texts = append(one.texts, text)
			}
		}
		return true
	})
	for _, name := range names {
		key := in + "." + name.Name
		if have := d[key]; have != nil {
			have.texts, have.uses = append(have.texts, one.texts...), append(have.uses, one.uses...)
			continue
		}
		d[key] = one
	}
}

// ownNames are the names that a declaration gives to something of its own, and so does not
// mean another declaration by: parameters, variables and exported fields.
func ownNames(of ast.Node) map[string]bool {
	own := map[string]bool{}
	take := func(expressions ...ast.Expr) {
		for _, e := range expressions {
			if name, is := e.(*ast.Ident); is {
				own[name.Name] = true
			}
		}
	}
	ast.Inspect(of, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Field:
			for _, name := range n.Names {
				own[name.Name] = true
			}
		case *ast.AssignStmt:
			if n.Tok == gotoken.DEFINE {
				take(n.Lhs...)
			}
		case *ast.RangeStmt:
			take(n.Key, n.Value)
		case *ast.KeyValueExpr:
			if key, is := n.Key.(*ast.Ident); is && key.IsExported() {
				own[key.Name] = true
			}
		}
		return true
	})
	return own
}
