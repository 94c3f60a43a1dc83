package kube

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"
)

// suite is a file of testdata/manifests; the README there says what it means. tests/kubeapi reads the same files.
type suite struct {
	Base     map[string]any
	Needs    []map[string]any
	Accepted []manifestCase
	Refused  []manifestCase
}

type manifestCase struct {
	Why, Rule, Field, Apart, How string
	Set, Then                    map[string]any
}

func (c manifestCase) name() string {
	text, _ := json.Marshal([]any{c.Set, c.Then})
	return c.Why + c.Rule + " " + string(text)
}

// with makes a manifest of the base: paths have slashes, ~1 is a slash in a name, null removes.
func with(t *testing.T, base map[string]any, changes map[string]any) map[string]any {
	t.Helper()
	out := plain(t, base)
	for path, value := range changes {
		parts := strings.Split(path, "/")
		for i := range parts {
			parts[i] = strings.ReplaceAll(parts[i], "~1", "/")
		}
		out, _ = put(out, parts, value).(map[string]any)
	}
	return plain(t, out)
}

func put(at any, parts []string, value any) any {
	if len(parts) == 0 {
		return value
	}
	if list, ok := at.([]any); ok {
		i, err := strconv.Atoi(parts[0])
		if err != nil {
			panic(err)
		}
		if i == len(list) {
			list = append(list, nil)
		}
		list[i] = put(list[i], parts[1:], value)
		return list
	}
	m, ok := at.(map[string]any)
	if !ok {
		m = map[string]any{}
	}
	if m[parts[0]] = put(m[parts[0]], parts[1:], value); m[parts[0]] == nil {
		delete(m, parts[0])
	}
	return m
}

// plain makes JSON values of what YAML gave.
func plain(t *testing.T, v any) map[string]any {
	t.Helper()
	text, err := json.Marshal(v)
	require.NoError(t, err)
	var out map[string]any
	require.NoError(t, json.Unmarshal(text, &out))
	return out
}

func suites(t *testing.T) map[string]suite {
	t.Helper()
	files, err := filepath.Glob("testdata/manifests/*.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	out := map[string]suite{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		var s suite
		require.NoError(t, yaml.Unmarshal(text, &s), file)
		out[strings.TrimSuffix(filepath.Base(file), ".yaml")] = s
	}
	return out
}

// outcome applies a case to a fresh cluster as a user of server-side apply would.
func outcome(t *testing.T, s suite, c manifestCase) *StatusError {
	t.Helper()
	cluster := newCluster("test", Options{})
	by := write{by: manager{name: "test", apply: true}}
	for _, need := range s.Needs {
		_, err := cluster.apply(plain(t, need), by)
		require.Nil(t, err)
	}
	first := with(t, s.Base, c.Set)
	if c.How == "create" {
		_, err := cluster.create(first, by)
		return err
	}
	_, err := cluster.apply(first, by)
	if c.Then != nil {
		require.Nil(t, err)
		_, err = cluster.apply(with(t, first, c.Then), by)
	}
	return err
}

func TestManifestsAreAcceptedAndRefused(t *testing.T) {
	for file, s := range suites(t) {
		t.Run(file, func(t *testing.T) {
			require.Nil(t, outcome(t, s, manifestCase{}), "the base manifest")
			for _, c := range s.Accepted {
				t.Run(c.name(), func(t *testing.T) {
					require.NotEmpty(t, c.Why)
					require.Nil(t, outcome(t, s, c))
				})
			}
			for _, c := range s.Refused {
				t.Run(c.name(), func(t *testing.T) {
					err := outcome(t, s, c)
					require.NotNil(t, err)
					if c.Rule == "read" { // not a rule: the manifest does not have the form of its kind
						require.Equal(t, BadRequest, err.Reason)
						require.Contains(t, err.Message, c.Field)
						return
					}
					require.Equal(t, Invalid, err.Reason)
					require.Contains(t, err.Message, " is invalid: ")
					for _, cause := range err.Causes {
						if cause.Rule == c.Rule && cause.Field == c.Field {
							require.Contains(t, err.Message, c.Field+": "+cause.Type)
							return
						}
					}
					t.Fatalf("no cause of rule %s at %s in: %s", c.Rule, c.Field, err.Message)
				})
			}
		})
	}
}

func TestEveryRuleIsBroken(t *testing.T) {
	broken := map[string]bool{ // by TestRulesThatNoManifestFileBreaks
		"name-missing": true, "namespace-malformed": true, "annotations-too-large": true, "config-too-large": true,
	}
	for _, s := range suites(t) {
		for _, c := range s.Refused {
			broken[c.Rule] = true
		}
	}
	known := map[string]bool{"read": true}
	for _, rule := range Rules() {
		require.False(t, known[rule.ID], "two rules are called %s", rule.ID)
		known[rule.ID] = true
		require.NotEmpty(t, rule.Source, rule.ID)
		require.True(t, broken[rule.ID], "no manifest breaks %s", rule.ID)
	}
	for id := range broken {
		require.True(t, known[id], "no rule is called %s", id)
	}
	require.GreaterOrEqual(t, len(known), 80)
}

func TestRulesThatNoManifestFileBreaks(t *testing.T) {
	large := strings.Repeat("x", 1<<20)
	object := func(kind string, more map[string]any) tree {
		return with(t, map[string]any{"apiVersion": "v1", "kind": kind, "metadata": map[string]any{"name": "a", "namespace": "default"}}, more)
	}
	for rule, c := range map[string]struct{ good, bad tree }{
		"name-missing":        {object("ConfigMap", nil), object("ConfigMap", map[string]any{"metadata/name": nil})},
		"namespace-malformed": {object("ConfigMap", nil), object("ConfigMap", map[string]any{"metadata/namespace": "Default"})},
		"annotations-too-large": {
			object("ConfigMap", map[string]any{"metadata/annotations": map[string]any{"a": large[:256<<10-1]}}),
			object("ConfigMap", map[string]any{"metadata/annotations": map[string]any{"a": large[:256<<10]}}),
		},
		"config-too-large": {
			object("ConfigMap", map[string]any{"data": map[string]any{"a": large}}),
			object("ConfigMap", map[string]any{"data": map[string]any{"a": large, "b": "x"}}),
		},
	} {
		t.Run(rule, func(t *testing.T) {
			cluster := newCluster("test", Options{})
			require.Empty(t, cluster.judge(c.good))
			causes := cluster.judge(c.bad)
			require.NotEmpty(t, causes)
			require.Equal(t, rule, causes[0].Rule)
		})
	}
}

// What is not known yet must not be held against a manifest: it is judged again when it is known.
func TestUnknownValuesBreakNoRule(t *testing.T) {
	for file, s := range suites(t) {
		base := tree(with(t, s.Base, nil))
		var visit func(at any, replace func(any))
		visit = func(at any, replace func(any)) {
			switch v := at.(type) {
			case map[string]any:
				for name, e := range v {
					if name != "apiVersion" && name != "kind" {
						visit(e, func(n any) { v[name] = n })
					}
				}
			case []any:
				for i, e := range v {
					visit(e, func(n any) { v[i] = n })
				}
			}
			replace(Unknown{})
			require.Empty(t, newCluster("test", Options{}).judge(base), "%s with %s unknown", file, show(at))
			replace(at)
		}
		for _, name := range sortedKeys(base) {
			if m, ok := base[name].(map[string]any); ok {
				for inner, v := range m {
					visit(v, func(n any) { m[inner] = n })
				}
			}
		}
	}
}
