package kubeapi

import (
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// applyCases is testdata/apply/cases.yaml; the README there says what it means.
type applyCases struct {
	Skeleton map[string]any `json:"skeleton"`
	Base     map[string]any `json:"base"`
	Cases    []struct {
		Name  string      `json:"name"`
		Steps []applyStep `json:"steps"`
	} `json:"cases"`
}

type applyStep struct {
	By       string         `json:"by"`
	Apply    map[string]any `json:"apply"`
	Update   map[string]any `json:"update"`
	Is       map[string]any `json:"is"`
	Force    bool           `json:"force"`
	Conflict []string       `json:"conflict"`
	Invalid  string         `json:"invalid"`
}

func at(v any, path string) any {
	for _, part := range strings.Split(path, "/") {
		part = strings.ReplaceAll(part, "~1", "/")
		switch w := v.(type) {
		case map[string]any:
			v = w[part]
		case []any:
			i, err := strconv.Atoi(part)
			if err != nil || i >= len(w) {
				return nil
			}
			v = w[i]
		default:
			return nil
		}
	}
	return v
}

// The real server does with several managers' writes what the simulated one does.
func TestServerSideApply(t *testing.T) {
	text, err := os.ReadFile(simulated + "testdata/apply/cases.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var all applyCases
	if err := yaml.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	for i, c := range all.Cases {
		t.Run(c.Name, func(t *testing.T) {
			base := with(t, all.Skeleton, all.Base)
			base["metadata"].(map[string]any)["name"] = fmt.Sprint("apply", i)
			if a := apply(t, base, "fieldManager=one"); a.Refused() {
				t.Fatal(a.Message)
			}
			for i, step := range c.Steps {
				where := fmt.Sprint("step ", i+1)
				var a Answer
				if step.Update != nil {
					a = send(t, "PUT", address(t, base)+"?fieldManager="+step.By, with(t, live(t, base), step.Update))
				} else {
					a = apply(t, with(t, base, step.Apply), fmt.Sprintf("fieldManager=%s&force=%t", step.By, step.Force))
				}
				check(t, where, step, a)
				now := live(t, base)
				for path, want := range with(t, step.Is, nil) {
					if got := at(now, path); !reflect.DeepEqual(got, want) {
						t.Errorf("%s: %s is %v, not %v", where, path, got, want)
					}
				}
			}
		})
	}
}

func check(t *testing.T, where string, step applyStep, a Answer) {
	t.Helper()
	var fields []string
	for _, cause := range a.Details.Causes {
		fields = append(fields, cause.Field)
	}
	slices.Sort(fields)
	switch {
	case step.Conflict != nil:
		if a.Reason != "Conflict" || !slices.Equal(fields, step.Conflict) {
			t.Fatalf("%s: %s %v", where, a.Message, fields)
		}
	case step.Invalid != "":
		if a.Reason != "Invalid" || !slices.Contains(fields, step.Invalid) {
			t.Fatalf("%s: %s %v", where, a.Message, fields)
		}
	case a.Refused():
		t.Fatalf("%s: %s", where, a.Message)
	}
}

// live reads the object that a manifest names.
func live(t *testing.T, manifest map[string]any) map[string]any {
	t.Helper()
	body, err := server.Get(address(t, manifest))
	if err != nil {
		t.Fatal(err)
	}
	var out map[string]any
	if err := json.Unmarshal(body, &out); err != nil {
		t.Fatal(err)
	}
	return out
}
