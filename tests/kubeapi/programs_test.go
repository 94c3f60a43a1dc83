package kubeapi

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// programs are the objects of every program, by its name.
func programs(t *testing.T) map[string][]Object {
	t.Helper()
	all := map[string][]Object{}
	var files []string
	for _, of := range []string{"../testdata/manifests/*.json", "../../components/*/testdata/manifests/*.json"} {
		found, err := filepath.Glob(of)
		if err != nil || len(found) == 0 {
			t.Fatal("no manifests in", of, err)
		}
		files = append(files, found...)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var objects []Object
		if err := json.Unmarshal(content, &objects); err != nil {
			t.Fatal(file, err)
		}
		all[file] = objects
	}
	return all
}

// faults is testdata/faults.yaml.
type faults struct {
	Program []Object `json:"program"`
	Faults  []struct {
		Why string         `json:"why"`
		In  string         `json:"in"`
		Set map[string]any `json:"set"`
		// Problem is part of what must be said, in the versions Only, or in all. Without such a version the fault is none any more.
		Problem string   `json:"problem"`
		Only    []string `json:"only"`
	} `json:"faults"`
}

func readFaults(t *testing.T) (all faults) {
	t.Helper()
	content, err := os.ReadFile("testdata/faults.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.UnmarshalStrict(content, &all); err != nil {
		t.Fatal(err)
	}
	for _, f := range all.Faults {
		for _, version := range f.Only {
			if !slices.Contains(Versions, version) {
				t.Errorf("%s: %s is supported no longer", f.Why, version)
			}
		}
	}
	return all
}

// Every version takes what the stacks send it, and would refuse it with any of the faults in it.
func TestEveryVersionTakesThePrograms(t *testing.T) {
	defined, err := definitions()
	if err != nil {
		t.Fatal(err)
	}
	all, broken := programs(t), readFaults(t)
	for _, version := range Versions {
		t.Run(version, func(t *testing.T) {
			c := serverOf(t, version)
			checkVersion(t, c, version)
			if err := c.Define(defined); err != nil {
				t.Fatal(err)
			}
			checkUnchecked(t, c)
			for _, name := range slices.Sorted(maps.Keys(all)) {
				t.Run(name, func(t *testing.T) { accepted(t, c, all[name]) })
			}
			t.Run("without a fault", func(t *testing.T) { accepted(t, c, broken.Program) })
			for _, fault := range broken.Faults {
				t.Run(fault.Why, func(t *testing.T) {
					objects := slices.Clone(broken.Program)
					i := slices.IndexFunc(objects, func(o Object) bool { return nameOf(o) == fault.In })
					if i < 0 {
						t.Fatal("no object ", fault.In)
					}
					objects[i] = with(t, objects[i], fault.Set)
					if fault.Only != nil && !slices.Contains(fault.Only, version) {
						accepted(t, c, objects)
						return
					}
					verdict := judged(t, c, objects)
					if !slices.ContainsFunc(verdict.Problems, func(p string) bool { return strings.Contains(p, fault.Problem) }) {
						t.Errorf("nothing says %q, only %q", fault.Problem, verdict.Problems)
					}
				})
			}
		})
	}
}

func judged(t *testing.T, c *Client, objects []Object) *Verdict {
	t.Helper()
	verdict, err := c.Judge(objects)
	if err != nil {
		t.Fatal(err)
	}
	return verdict
}

func accepted(t *testing.T, c *Client, objects []Object) {
	t.Helper()
	verdict := judged(t, c, objects)
	for _, problem := range verdict.Problems {
		t.Error(problem)
	}
	t.Logf("%d objects", len(objects))
	for _, note := range verdict.Notes {
		t.Log(note)
	}
}

// The server is what it was asked to be.
func checkVersion(t *testing.T, c *Client, version string) {
	t.Helper()
	body, err := c.Get("/version")
	if err != nil {
		t.Fatal(err)
	}
	var is struct{ EmulationMajor, EmulationMinor string }
	if err := json.Unmarshal(body, &is); err != nil {
		t.Fatal(err)
	}
	if got := is.EmulationMajor + "." + is.EmulationMinor; got != version {
		t.Fatalf("the server is a %s", got)
	}
}

// What the server knows is not excused.
func checkUnchecked(t *testing.T, c *Client) {
	t.Helper()
	for kind := range unchecked {
		apiVersion, kind, _ := strings.Cut(kind, " ")
		if _, err := c.Address(Object{"apiVersion": apiVersion, "kind": kind}); err == nil {
			t.Errorf("%s %s can be checked by now", apiVersion, kind)
		}
	}
}
