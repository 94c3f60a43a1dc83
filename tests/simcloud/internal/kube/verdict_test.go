package kube

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// mutants are values that mostly do not belong where they are put.
var mutants = []any{nil, "", "Bad Value!", -1.0, 0.0, 70000.0, 3.0, "web", []any{}, map[string]any{}, true}

// Every part of every base manifest is replaced by every mutant. What the simulated server says of each is kept in testdata, and
// tests/kubeapi has the real server say the same: a first line with the mutants, then a path and + for accepted or - for refused. UPDATE_GOLDEN=1 writes it.
func TestVerdictsOnMutants(t *testing.T) {
	const golden = "testdata/verdicts.txt"
	var out strings.Builder
	values, err := json.Marshal(mutants)
	require.NoError(t, err)
	out.WriteString(string(values) + "\n")
	files := suites(t)
	for _, file := range sortedKeys(files) {
		base := with(t, files[file].Base, nil)
		for _, path := range paths(base) {
			var verdicts strings.Builder
			for _, value := range mutants {
				verdict := "+"
				if outcome(t, files[file], manifestCase{Set: map[string]any{path: value}}) != nil {
					verdict = "-"
				}
				verdicts.WriteString(verdict)
			}
			out.WriteString(file + " " + path + " " + verdicts.String() + "\n")
		}
	}
	have, err := os.ReadFile(golden)
	if string(have) == out.String() {
		return
	}
	if os.Getenv("UPDATE_GOLDEN") != "" {
		require.NoError(t, os.MkdirAll(filepath.Dir(golden), 0o755))
		require.NoError(t, os.WriteFile(golden, []byte(out.String()), 0o644))
	}
	require.NoError(t, err)
	require.Equal(t, string(have), out.String())
}

// paths lists where something can be replaced, apart from what identifies an object.
func paths(manifest map[string]any) []string {
	var out []string
	var walk func(v any, path []string)
	walk = func(v any, path []string) {
		at := strings.Join(path, "/")
		switch at {
		case "apiVersion", "kind", "metadata/name", "metadata/namespace":
			return
		case "", "metadata":
		default:
			out = append(out, at)
		}
		switch v := v.(type) {
		case map[string]any:
			for _, name := range sortedKeys(v) {
				walk(v[name], append(path[:len(path):len(path)], strings.ReplaceAll(name, "/", "~1")))
			}
		case []any:
			for i, e := range v {
				walk(e, append(path[:len(path):len(path)], strconv.Itoa(i)))
			}
		}
	}
	walk(manifest, nil)
	return out
}
