package workload_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/components/workload"
	"github.com/plinth-iac/plinth/tests/lifetest"
)

func TestADeployLeavesTheNumberOfPodsToTheAutoscaler(t *testing.T) {
	from := func(least int) serviceChange {
		return func(a *workload.ServiceArgs, _ *lifetest.Network) {
			a.Scaling, a.Replicas = &workload.ScalingArgs{Min: least, Max: 30}, 0
		}
	}
	fixed := func(n int) routed {
		return func(a *workload.ServiceArgs, _ *lifetest.Network) { a.Scaling, a.Replicas = nil, n }
	}
	image := func(tag string) routed {
		return func(a *workload.ServiceArgs, _ *lifetest.Network) { a.Image = cartImage + pulumi.String("-"+tag) }
	}
	l := startService(t, from(3))
	l.Up()
	require.Equal(t, 3, pods(t, l), "the first ones")
	l.Changes("before it has scaled", image("1"), "update cart-deployment")
	require.Equal(t, 3, pods(t, l))
	scaleTo(t, l, 7)
	l.Changes("after it has", image("2"), "update cart-deployment")
	require.Equal(t, 7, pods(t, l))
	l.Changes("another least number", routed(from(4)), "update cart-scaling")
	require.Equal(t, 7, pods(t, l))
	l.Changes("fixed", fixed(3), "delete cart-scaling", "update cart-deployment")
	require.Equal(t, 3, pods(t, l), "as many as there were at first")
	l.Changes("more of them", fixed(5), "update cart-deployment")
	l.Changes("scaled again", routed(from(2)), "create cart-scaling", "update cart-deployment")
	require.Equal(t, 5, pods(t, l), "not the least number, and not one")
	l.Changes("another image", image("3"), "update cart-deployment")
	require.Equal(t, 5, pods(t, l))
	l.Destroy()
}

// pods is how many the cluster has been told to run.
func pods(t *testing.T, l *lifetest.Life[workload.ServiceArgs]) int {
	t.Helper()
	_, deployment := found(t, l)
	return int(deployment["value"].(map[string]any)["spec"].(map[string]any)["replicas"].(float64))
}

// found is the Deployment in the cloud, and the address of its cluster.
func found(t *testing.T, l *lifetest.Life[workload.ServiceArgs]) (cluster any, deployment map[string]any) {
	t.Helper()
	text, err := l.Cloud().Save()
	require.NoError(t, err)
	var saved struct{ Clusters []map[string]any }
	require.NoError(t, json.Unmarshal(text, &saved))
	for _, cluster := range saved.Clusters {
		for _, object := range cluster["objects"].([]any) {
			object := object.(map[string]any)
			if object["value"].(map[string]any)["kind"] == "Deployment" {
				return cluster["address"], object
			}
		}
	}
	require.Fail(t, "no Deployment")
	return nil, nil
}

// scaleTo does what an autoscaler does: the number is its own then.
func scaleTo(t *testing.T, l *lifetest.Life[workload.ServiceArgs], n int) {
	t.Helper()
	cluster, deployment := found(t, l)
	deployment["value"].(map[string]any)["spec"].(map[string]any)["replicas"] = n
	owners := deployment["owners"].([]any)
	for _, owner := range owners {
		owner := owner.(map[string]any)
		owner["fields"] = slices.DeleteFunc(owner["fields"].([]any), func(field any) bool { return field == ".spec.replicas" })
	}
	deployment["owners"] = append(owners, map[string]any{"manager": "kube-controller-manager", "fields": []string{".spec.replicas"}})
	text, err := json.Marshal(map[string]any{"clusters": []any{map[string]any{"address": cluster, "objects": []any{deployment}}}})
	require.NoError(t, err)
	require.NoError(t, l.Cloud().Restore(text))
}
