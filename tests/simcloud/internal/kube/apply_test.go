package kube

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"
)

// applyCases is testdata/apply/cases.yaml; the README there says what it means. tests/kubeapi reads the same file.
type applyCases struct {
	Skeleton, Base map[string]any
	Cases          []struct {
		Name  string
		Steps []applyStep
	}
}

type applyStep struct {
	By                string
	Apply, Update, Is map[string]any
	Force             bool
	Conflict          []string
	Invalid           string
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

func TestServerSideApply(t *testing.T) {
	text, err := os.ReadFile("testdata/apply/cases.yaml")
	require.NoError(t, err)
	var all applyCases
	require.NoError(t, yaml.Unmarshal(text, &all))
	for _, c := range all.Cases {
		t.Run(c.Name, func(t *testing.T) {
			cluster := newCluster("test", Options{})
			base := with(t, all.Skeleton, all.Base)
			_, refused := cluster.apply(base, write{by: manager{name: "one", apply: true}})
			require.Nil(t, refused)
			for i, step := range c.Steps {
				where := "step " + strconv.Itoa(i+1)
				if step.Update != nil {
					require.NoError(t, cluster.change("Deployment", "default", "web", step.By, func(v map[string]any) map[string]any {
						return with(t, v, step.Update)
					}), where)
				} else {
					_, refused = cluster.apply(with(t, base, step.Apply), write{by: manager{name: step.By, apply: true}, force: step.Force})
				}
				switch {
				case step.Conflict != nil:
					require.NotNil(t, refused, where)
					require.Equal(t, Conflict, refused.Reason, refused.Message)
					var fields []string
					for _, cause := range refused.Causes {
						fields = append(fields, cause.Field)
					}
					require.ElementsMatch(t, step.Conflict, fields, where)
				case step.Invalid != "":
					require.NotNil(t, refused, where)
					require.Equal(t, step.Invalid, refused.Causes[0].Field, where)
				default:
					require.Nil(t, refused, where)
				}
				live := cluster.get(ref{group: "apps", kind: "Deployment", namespace: "default", name: "web"})
				for path, want := range plain(t, step.Is) {
					require.Equal(t, want, at(map[string]any(live), path), "%s: %s", where, path)
				}
			}
		})
	}
}

func TestAConflictIsInTheServersWords(t *testing.T) {
	k := &Kind{Group: "apps", Version: "v1"}
	one := map[manager][]string{{name: "hpa"}: {".spec.replicas"}}
	require.Equal(t, `Apply failed with 1 conflict: conflict with "hpa" using apps/v1: .spec.replicas`, conflictError(k, one, 1).Message)
	two := map[manager][]string{{name: "hpa"}: {".spec.replicas"}, {name: "ci", apply: true}: {".metadata.labels.a"}}
	require.Equal(t, "Apply failed with 2 conflicts: conflicts with \"ci\":\n- .metadata.labels.a\nconflicts with \"hpa\" using apps/v1:\n- .spec.replicas",
		conflictError(k, two, 2).Message)
}

// An operation is a create and an update of a deployment with all its rules, defaults and owners.
func BenchmarkCreateAndApply(b *testing.B) {
	text, err := os.ReadFile("testdata/manifests/deployment.yaml")
	require.NoError(b, err)
	var s suite
	require.NoError(b, yaml.Unmarshal(text, &s))
	cluster := newCluster("bench", Options{})
	normal, _ := plainValue(s.Base).(map[string]any)
	for i := range b.N {
		value := tree(clone(normal))
		value.set("metadata.name", "web-"+strconv.Itoa(i))
		_, refused := cluster.create(value, write{by: createdBy})
		require.Nil(b, refused)
		value.set("spec.replicas", 3.0)
		_, refused = cluster.apply(value, write{by: manager{name: "one", apply: true}, force: true})
		require.Nil(b, refused)
	}
}

// plainValue makes floats of YAML's whole numbers.
func plainValue(v any) any {
	switch v := v.(type) {
	case int:
		return float64(v)
	case map[string]any:
		for name, e := range v {
			v[name] = plainValue(e)
		}
	case []any:
		for i, e := range v {
			v[i] = plainValue(e)
		}
	}
	return v
}
