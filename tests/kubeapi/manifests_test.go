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

var (
	server *Server
	kinds  map[string]factKind
)

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "kubeapi")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	if server, err = Start(dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer server.Close()
	return m.Run()
}

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

// answer is what the API server says.
type answer struct {
	code    int
	Message string `json:"message"`
	Reason  string `json:"reason"`
	Details struct {
		Causes []struct {
			Field   string `json:"field"`
			Message string `json:"message"`
		} `json:"causes"`
	} `json:"details"`
}

func (a answer) refused() bool { return a.code >= 400 }

func apply(t *testing.T, manifest map[string]any, options string) answer {
	t.Helper()
	return send(t, "PATCH", address(t, manifest)+"?"+options, manifest)
}

func send(t *testing.T, method, path string, manifest map[string]any) answer {
	t.Helper()
	body, err := json.Marshal(manifest)
	if err != nil {
		t.Fatal(err)
	}
	code, text, err := server.Do(method, path, body)
	if err != nil {
		t.Fatal(err)
	}
	a := answer{code: code}
	if err := json.Unmarshal(text, &a); err != nil && code >= 400 {
		a.Message = string(text)
	}
	return a
}

// address is where an object lives.
func address(t *testing.T, manifest map[string]any) string {
	t.Helper()
	if kinds == nil {
		f, err := collectFacts(get)
		if err != nil {
			t.Fatal(err)
		}
		kinds = map[string]factKind{}
		for _, k := range f.Kinds {
			kinds[strings.TrimPrefix(k.Group+"/"+k.Version, "/")+" "+k.Kind] = k
		}
	}
	k, ok := kinds[fmt.Sprint(manifest["apiVersion"], " ", manifest["kind"])]
	if !ok {
		t.Fatalf("no such kind: %v %v", manifest["apiVersion"], manifest["kind"])
	}
	meta := manifest["metadata"].(map[string]any)
	path := "/api/v1"
	if k.Group != "" {
		path = "/apis/" + k.Group + "/" + k.Version
	}
	if k.Namespaced {
		path += fmt.Sprint("/namespaces/", meta["namespace"])
	}
	return fmt.Sprint(path, "/", k.Plural, "/", meta["name"])
}

func get(path string) ([]byte, error) {
	code, body, err := server.Do("GET", path, nil)
	if err == nil && code != 200 {
		err = fmt.Errorf("%d: %s", code, body)
	}
	return body, err
}

// outcome applies a case: a dry run, or for a change first the object itself, under a name of its own.
func outcome(t *testing.T, s suite, c manifestCase) answer {
	t.Helper()
	const dry = "fieldManager=test&force=true&dryRun=All"
	for _, need := range s.Needs {
		if a := apply(t, need, "fieldManager=test"); a.refused() {
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
	if a := apply(t, first, "fieldManager=test"); a.refused() {
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
					if a := outcome(t, s, c); a.refused() && c.Apart == "" {
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

func judge(t *testing.T, a answer, c manifestCase) {
	t.Helper()
	if !a.refused() {
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
