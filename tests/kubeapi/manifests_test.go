package kubeapi

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

const simulated = "../simcloud/internal/kube/"

// suite is a file of testdata/manifests; the README there says what it means.
type suite struct {
	Base     map[string]any   `json:"base"`
	Needs    []map[string]any `json:"needs"`
	Accepted []manifestCase   `json:"accepted"`
	Refused  []manifestCase   `json:"refused"`
}

type manifestCase struct {
	Why   string         `json:"why"`
	Rule  string         `json:"rule"`
	Field string         `json:"field"`
	Apart string         `json:"apart"`
	How   string         `json:"how"`
	Set   map[string]any `json:"set"`
	Then  map[string]any `json:"then"`
}

func (c manifestCase) name() string {
	text, _ := json.Marshal([]any{c.Set, c.Then})
	return c.Why + c.Rule + " " + string(text)
}

func with(t *testing.T, base, changes map[string]any) map[string]any {
	t.Helper()
	text, err := json.Marshal(base)
	if err != nil {
		t.Fatal(err)
	}
	var out any
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatal(err)
	}
	for path, value := range changes {
		parts := strings.Split(path, "/")
		for i := range parts {
			parts[i] = strings.ReplaceAll(parts[i], "~1", "/")
		}
		out = put(out, parts, value)
	}
	object, _ := out.(map[string]any)
	return object
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

func apply(t *testing.T, manifest Object, options string) Answer {
	t.Helper()
	return send(t, "PATCH", address(t, manifest)+"?"+options, manifest)
}

func send(t *testing.T, method, path string, manifest Object) Answer {
	t.Helper()
	a, err := server.Send(method, path, manifest)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func address(t *testing.T, manifest Object) string {
	t.Helper()
	path, err := server.Address(manifest)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// outcome applies a case: a dry run, or for a change first the object itself, under a name of its own.
func outcome(t *testing.T, s suite, c manifestCase) Answer {
	t.Helper()
	const dry = "fieldManager=test&force=true&dryRun=All"
	for _, need := range s.Needs {
		if a := apply(t, need, "fieldManager=test"); a.Refused() {
			t.Fatal(a.Message)
		}
	}
	first := with(t, s.Base, c.Set)
	if c.How == "create" {
		path := address(t, first)
		return send(t, "POST", path[:strings.LastIndex(path, "/")], first)
	}
	if c.Then == nil {
		return apply(t, first, dry)
	}
	meta := first["metadata"].(map[string]any)
	made++
	meta["name"] = fmt.Sprint(meta["name"], made)
	if a := apply(t, first, "fieldManager=test"); a.Refused() {
		t.Fatal(a.Message)
	}
	return apply(t, with(t, first, c.Then), dry)
}

var made int

// The real server judges what the simulated one judges, and must find the same.
func TestManifestsAreAcceptedAndRefused(t *testing.T) {
	files, err := filepath.Glob(simulated + "testdata/manifests/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal("no manifests", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var s suite
		if err := yaml.Unmarshal(text, &s); err != nil {
			t.Fatal(file, err)
		}
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			for _, c := range append(s.Accepted, manifestCase{Why: "base"}) {
				t.Run(c.name(), func(t *testing.T) {
					if a := outcome(t, s, c); a.Refused() && c.Apart == "" {
						t.Error(a.Message)
					}
				})
			}
			for _, c := range s.Refused {
				t.Run(c.name(), func(t *testing.T) {
					if c.Apart == "" {
						judge(t, outcome(t, s, c), c)
					}
				})
			}
		})
	}
}

func judge(t *testing.T, a Answer, c manifestCase) {
	t.Helper()
	if !a.Refused() {
		t.Fatal("accepted")
	}
	if c.Rule == "read" && strings.Contains(a.Message, c.Field) {
		return
	}
	for _, cause := range a.Details.Causes {
		if cause.Field == c.Field {
			return
		}
	}
	t.Errorf("no cause at %s in: %s", c.Field, a.Message)
}
