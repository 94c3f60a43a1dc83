package tests

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/tests/rehearsal"
)

const kubeconfig = `apiVersion: v1
kind: Config
current-context: test
contexts: [{name: test, context: {cluster: test, user: test}}]
clusters: [{name: test, cluster: {server: "https://test.example.com"}}]
users: [{name: test, user: {token: none}}]
`

// object registers a Kubernetes object by token: compiling the SDK for one test would
// cost minutes.
func object(ctx *pulumi.Context, token, name string, props pulumi.Map, opts ...pulumi.ResourceOption) error {
	return ctx.RegisterResource(token, name, props, &anything{}, opts...)
}

func service(selector string) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		cluster := &anythingProvider{}
		if err := ctx.RegisterResource("pulumi:providers:kubernetes", "cluster", pulumi.Map{"kubeconfig": pulumi.String(kubeconfig)}, cluster); err != nil {
			return err
		}
		labels := pulumi.StringMap{"app": pulumi.String("cart")}
		return object(ctx, "kubernetes:apps/v1:Deployment", "cart", pulumi.Map{"spec": pulumi.Map{
			"replicas": pulumi.Int(2),
			"selector": pulumi.Map{"matchLabels": pulumi.StringMap{"app": pulumi.String(selector)}},
			"template": pulumi.Map{
				"metadata": pulumi.Map{"labels": labels},
				"spec": pulumi.Map{"containers": pulumi.Array{pulumi.Map{
					"name": pulumi.String("cart"), "image": pulumi.String("example.com/cart:1"),
				}}},
			},
		}}, pulumi.Provider(cluster))
	}
}

func TestObjectsInAClusterLiveTheirWholeLife(t *testing.T) {
	report := rehearsal.Test(t, rehearsal.Options{Program: service("cart")})
	require.Len(t, report.Phases, 5)
}

func TestAManifestThatTheClusterRefusesFailsInItsWords(t *testing.T) {
	_, err := rehearsal.Run(t.Context(), rehearsal.Options{Program: service("basket")})
	require.ErrorContains(t, err, "`selector` does not match template `labels`")
}
