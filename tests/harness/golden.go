package harness

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// UpdateGolden is the environment variable that rewrites golden files. A run that
// rewrites one still fails, once, so that a rewrite is never mistaken for a pass.
const UpdateGolden = "UPDATE_GOLDEN"

// Golden compares text with a file under the test's testdata folder.
func Golden(t testing.TB, file, text string) {
	t.Helper()
	path := filepath.Join("testdata", file)
	want, err := os.ReadFile(path)
	if err == nil && string(want) == text {
		return
	}
	if os.Getenv(UpdateGolden) != "" {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		t.Errorf("%s rewritten: read its diff, then run again", path)
		return
	}
	if err != nil {
		t.Fatalf("%v (%s=1 writes it)", err, UpdateGolden)
	}
	t.Errorf("%s differs (%s=1 rewrites it):\n%s", path, UpdateGolden, firstDifference(string(want), text))
}

// Text is the graph as a golden keeps it: one block a resource, in URN order, with
// everything that is not a default.
func (g *Graph) Text() string {
	var b strings.Builder
	short := map[string]string{}
	for _, r := range g.Resources {
		short[r.URN] = r.Type[strings.LastIndex(r.Type, ":")+1:] + " " + r.Name
	}
	name := func(urn string) string {
		if s, ok := short[urn]; ok {
			return s
		}
		return urn
	}
	for _, r := range g.Resources {
		fmt.Fprintf(&b, "%s %s\n", r.Type, r.Name)
		if r.Parent != "" {
			fmt.Fprintf(&b, "  parent: %s\n", name(r.Parent))
		}
		if r.Protect {
			b.WriteString("  protect: true\n")
		}
		if r.DeleteBeforeReplace {
			b.WriteString("  deleteBeforeReplace: true\n")
		}
		if len(r.IgnoreChanges) > 0 {
			fmt.Fprintf(&b, "  ignoreChanges: %s\n", strings.Join(r.IgnoreChanges, ", "))
		}
		for _, a := range r.Aliases {
			fmt.Fprintf(&b, "  alias: %s\n", a)
		}
		var extra []string
		byData := map[string]bool{}
		for _, urns := range r.PropertyDependencies {
			for _, u := range urns {
				byData[u] = true
			}
		}
		for _, u := range r.Dependencies {
			if !byData[u] {
				extra = append(extra, name(u))
			}
		}
		if len(extra) > 0 {
			fmt.Fprintf(&b, "  dependsOn: %s\n", strings.Join(extra, ", "))
		}
		for _, key := range keys(r.Inputs) {
			value := mask(r.Inputs[resource.PropertyKey(key)])
			script, isScript := decodeScript(value)
			if isScript {
				value = "<base64 of the following>"
			}
			fmt.Fprintf(&b, "  %s = %s", key, compact(value))
			if deps := r.PropertyDependencies[key]; len(deps) > 0 {
				names := make([]string, len(deps))
				for i, u := range deps {
					names[i] = name(u)
				}
				fmt.Fprintf(&b, " <- %s", strings.Join(names, ", "))
			}
			b.WriteByte('\n')
			for line := range strings.Lines(script) {
				b.WriteString(strings.TrimRight("    | "+line, " \n") + "\n")
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// User data is base64, which nobody can review.
func decodeScript(value any) (string, bool) {
	text, ok := value.(string)
	if !ok || len(text) < 60 {
		return "", false
	}
	decoded, err := base64.StdEncoding.DecodeString(text)
	if err != nil || !strings.HasPrefix(string(decoded), "#!") {
		return "", false
	}
	return string(decoded), true
}

// Golden compares the graph with a file under testdata; the mode is part of its name.
func (g *Graph) Golden(t testing.TB, name string) {
	t.Helper()
	Golden(t, fmt.Sprintf("%s.%s.golden", name, g.Mode), g.Text())
}

// A secret must not be in a golden.
func mask(v resource.PropertyValue) any {
	if v.IsSecret() {
		return "<secret>"
	}
	if v.IsObject() {
		m := map[string]any{}
		for k, e := range v.ObjectValue() {
			m[string(k)] = mask(e)
		}
		return m
	}
	if v.IsArray() {
		list := []any{}
		for _, e := range v.ArrayValue() {
			list = append(list, mask(e))
		}
		return list
	}
	return simplify(v)
}

func keys(m resource.PropertyMap) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, string(k))
	}
	sort.Strings(out)
	return out
}

func firstDifference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := 0; i < len(w) || i < len(g); i++ {
		var a, b string
		if i < len(w) {
			a = w[i]
		}
		if i < len(g) {
			b = g[i]
		}
		if a != b {
			return fmt.Sprintf("line %d\n  want: %s\n  got:  %s", i+1, a, b)
		}
	}
	return "no line differs, but the length does"
}
