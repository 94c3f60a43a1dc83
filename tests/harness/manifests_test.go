package harness_test

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/tests/harness"
)

// cluster registers Kubernetes objects among other things.
func cluster(ctx *pulumi.Context) error {
	role, err := register(ctx, "role", pulumi.Map{})
	if err != nil {
		return err
	}
	for _, r := range []struct {
		token, name string
		props       pulumi.Map
	}{
		{"kubernetes:core/v1:ServiceAccount", "shop-account", pulumi.Map{
			"apiVersion": pulumi.String("v1"), "kind": pulumi.String("ServiceAccount"),
			"metadata": pulumi.Map{"name": pulumi.String("shop"), "annotations": pulumi.Map{"role": role.Arn}},
		}},
		{"kubernetes:core/v1:Secret", "shop-secret", pulumi.Map{
			"metadata": pulumi.Map{"name": pulumi.String("shop")},
			"data":     pulumi.ToSecret(pulumi.Map{"password": pulumi.String("aHVudGVyMg=="), "arn": role.Arn}),
			"size":     pulumi.ToSecret(pulumi.Int(7)), "on": pulumi.ToSecret(pulumi.Bool(true)),
		}},
		{"kubernetes:apps/v1:Deployment", "shop", pulumi.Map{"spec": pulumi.Map{"replicas": pulumi.Int(2), "list": pulumi.Array{pulumi.String("<a>")}}}},
		{"kubernetes:karpenter.sh/v1:NodePool", "nodes", pulumi.Map{"metadata": pulumi.Map{"labels": pulumi.Map{}}}},
		{"kubernetes:helm.sh/v4:Release", "chart", pulumi.Map{}},
		{"aws:eks/cluster:Cluster", "cluster", pulumi.Map{}},
	} {
		var res pulumi.CustomResourceState
		if err := ctx.RegisterResource(r.token, r.name, r.props, &res); err != nil {
			return err
		}
	}
	var component pulumi.ResourceState
	return ctx.RegisterComponentResource("kubernetes:yaml/v2:ConfigGroup", "files", &component)
}

func TestManifestsAreWhatTheClusterIsSent(t *testing.T) {
	text, err := json.Marshal(harness.Run(t, harness.Update, cluster).Manifests())
	require.NoError(t, err)
	require.JSONEq(t, `[
		{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "shop-0a1b2c3d"}, "spec": {"replicas": 2, "list": ["<a>"]}},
		{"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "shop"}, "size": 1, "on": false,
			"data": {"password": "c2VjcmV0", "arn": "c2VjcmV0"}},
		{"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "shop", "annotations": {"role": "arn:aws:mock:us-east-1:111122223333:role"}}},
		{"apiVersion": "karpenter.sh/v1", "kind": "NodePool", "metadata": {"name": "nodes-0a1b2c3d", "labels": {}}}
	]`, string(text))
}

func TestWhatIsUnknownIsATextInAManifest(t *testing.T) {
	manifests := harness.Run(t, harness.Preview, cluster).Manifests()
	require.Len(t, manifests, 4)
	require.Equal(t, map[string]any{"name": "shop", "annotations": map[string]any{"role": "known-after-apply"}}, manifests[2]["metadata"])
	require.Equal(t, "c2VjcmV0", manifests[1]["data"], "a secret, too")
}

func TestTheGoldenOfManifestsHasNoSecretsAndIsReadable(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv(harness.UpdateGolden, "1")
	g := harness.Run(t, harness.Update, cluster)
	require.True(t, attempt(t, func(t testing.TB) { g.ManifestsGolden(t, "shop") }), "the rewriting run")
	g.ManifestsGolden(t, "shop")
	text, err := os.ReadFile("testdata/manifests/shop.json")
	require.NoError(t, err)
	require.Contains(t, string(text), "\n    \"kind\": \"Deployment\",\n")
	require.Contains(t, string(text), `"<a>"`)
	require.NotContains(t, string(text), "aHVudGVyMg")
}

func TestAProgramWithoutKubernetesHasNoManifests(t *testing.T) {
	require.Empty(t, harness.Run(t, harness.Update, program).Manifests())
}
