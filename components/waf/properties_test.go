package waf_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/components/waf"
	"github.com/plinth-iac/plinth/tests/harness"
)

// facts are the property names and types of pulumi-aws, of its package aws/wafv2, as far
// as they are used here. They were read off the SDK's struct tags.
type facts struct {
	Version string                       `json:"version"`
	Roots   map[string]string            `json:"roots"`
	Types   map[string]map[string]string `json:"types"`
}

func readFacts(t *testing.T) facts {
	t.Helper()
	text, err := os.ReadFile("testdata/properties.json")
	require.NoError(t, err)
	var f facts
	require.NoError(t, json.Unmarshal(text, &f))
	return f
}

// The compiler does not check what is registered by token, at whatever depth.
func TestEveryPropertyIsOneOfTheProvider(t *testing.T) {
	f := readFacts(t)
	seen := map[string]bool{}
	for _, args := range []*waf.WebAclArgs{smallest(), full(), edge()} {
		for _, r := range harness.Run(t, harness.Update, program(args, "shop")).Resources {
			if !strings.HasPrefix(r.Type, "aws:wafv2/") {
				continue
			}
			require.Contains(t, f.Roots, r.Type)
			seen[r.Type] = true
			for name := range r.Inputs {
				f.check(t, r.Name, f.Roots[r.Type], string(name), r.Value(string(name)))
			}
		}
	}
	require.Len(t, seen, len(f.Roots))
}

func (f facts) check(t *testing.T, path, of, name string, value any) {
	t.Helper()
	path += "." + name
	kind, known := f.Types[of][name]
	require.True(t, known, "%s: %s has no such property", path, of)
	element, list := strings.CutPrefix(kind, "[]")
	values := []any{value}
	if list {
		require.IsType(t, []any{}, value, path)
		values = value.([]any)
	}
	for _, v := range values {
		switch element {
		case "string":
			require.IsType(t, "", v, path)
		case "int":
			require.IsType(t, 0.0, v, path)
		case "bool":
			require.IsType(t, true, v, path)
		case "map[string]string":
			require.IsType(t, map[string]any{}, v, path)
		default:
			require.IsType(t, map[string]any{}, v, path)
			for inner, of := range v.(map[string]any) {
				f.check(t, path, element, inner, of)
			}
		}
	}
}

// The facts are of the provider that the SDK asks for.
func TestTheFactsAreOfTheProviderVersion(t *testing.T) {
	typed := harness.Run(t, harness.Update, program(full(), "shop")).Named(t, "shop-logs").Version
	require.NotEmpty(t, typed)
	require.Equal(t, typed, readFacts(t).Version)
}
