package workload_test

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/components/iampolicy"
	"github.com/plinth-iac/plinth/components/workload"
	"github.com/plinth-iac/plinth/tests/lifetest"
)

type serviceChange func(a *workload.ServiceArgs, net *lifetest.Network)

// startService has a service live in a namespace of a cluster that the same program makes.
func startService(t *testing.T, first serviceChange) *lifetest.Life[workload.ServiceArgs] {
	t.Helper()
	return lifetest.Start(t, func(net *lifetest.Network) *workload.ServiceArgs {
		a := smallestService()
		first(a, net)
		return a
	}, func(ctx *pulumi.Context, net *lifetest.Network, a *workload.ServiceArgs) error {
		c, err := newCluster(ctx, net)
		if err != nil {
			return err
		}
		namespace, err := workload.NewNamespace(ctx, "shop", &workload.NamespaceArgs{Cluster: c}, c.opts)
		if err != nil {
			return err
		}
		a.Namespace, a.Cluster, a.ClusterName, a.Region, a.AccountId = namespace.Name, c, c.Name, net.Region, net.AccountId
		_, err = workload.NewService(ctx, "cart", a, c.opts)
		return err
	})
}

func TestAServiceLivesAndChangesInPlace(t *testing.T) {
	l := startService(t, func(a *workload.ServiceArgs, net *lifetest.Network) {
		a.Scaling = &workload.ScalingArgs{Max: 10}
		a.Config = map[string]pulumi.StringInput{"cart.yaml": pulumi.Sprintf("key: %s", net.KmsKeyArn)}
		a.Resources = &workload.ResourcesArgs{Cpu: "1000m", Memory: "1024Mi"}
		a.Callers, a.Calls = []string{"checkout"}, map[string]workload.CallArgs{"catalogue": {}}
	})
	_, err := l.Rehearsal().Preview(t.Context())
	require.NoError(t, err, "before there is a cluster")
	l.Up()
	requireForgottenWithTheCluster(t, l)
	l.Changes("more pods", func(a *workload.ServiceArgs, _ *lifetest.Network) {
		a.Scaling = &workload.ScalingArgs{Min: 3, Max: 30}
	}, "update cart-scaling")
	l.Changes("another image", func(a *workload.ServiceArgs, _ *lifetest.Network) { a.Image = cartImage + "-1" }, "update cart-deployment")
	l.Changes("other files", func(a *workload.ServiceArgs, _ *lifetest.Network) {
		a.Config = map[string]pulumi.StringInput{"cart.yaml": pulumi.String("items: 100")}
	}, "replace cart-config", "update cart-deployment")
	l.Changes("a caller more", func(a *workload.ServiceArgs, _ *lifetest.Network) {
		a.Callers = []string{"checkout", "accounts"}
	}, "update cart-policy")
	l.Changes("a permission", func(a *workload.ServiceArgs, net *lifetest.Network) {
		a.Statements = []iampolicy.Statement{{Actions: []string{"kms:Decrypt"}, Resources: []pulumi.StringInput{net.KmsKeyArn}}}
	}, "create cart-role", "create cart-permissions", "create cart-identity", "update cart-policy", "update cart-deployment")
	l.Changes("another permission", func(a *workload.ServiceArgs, net *lifetest.Network) {
		a.Statements = []iampolicy.Statement{{Actions: []string{"kms:Encrypt"}, Resources: []pulumi.StringInput{net.KmsKeyArn}}}
	}, "update cart-permissions")
	l.Changes("one pod", func(a *workload.ServiceArgs, _ *lifetest.Network) {
		a.Scaling, a.Replicas = nil, 1
	}, "delete cart-scaling", "update cart-deployment", "delete cart-budget")
	l.Destroy()
}

func TestAnotherNameIsAnotherWorkload(t *testing.T) {
	l := startService(t, func(*workload.ServiceArgs, *lifetest.Network) {})
	l.Up()
	l.Changes("renamed", func(a *workload.ServiceArgs, _ *lifetest.Network) { a.Name = "basket" },
		"replace cart-account", "replace cart-policy", "replace cart-deployment", "replace cart-service", "replace cart-budget")
}

func TestASecretValueNeverReachesAPod(t *testing.T) {
	l := startService(t, func(*workload.ServiceArgs, *lifetest.Network) {})
	l.Up()
	secret := pulumi.ToSecret(pulumi.String("hunter2")).(pulumi.StringOutput)
	l.PlanRefused("a secret", func(a *workload.ServiceArgs, _ *lifetest.Network) {
		a.Environment = map[string]pulumi.StringInput{"PASSWORD": secret}
	}, "PASSWORD is secret")
	require.NotContains(t, l.Printed(), "hunter2")
}

// Pods end before their cluster does; the rest is forgotten with it.
func requireForgottenWithTheCluster(t *testing.T, l *lifetest.Life[workload.ServiceArgs]) {
	t.Helper()
	state, err := l.Rehearsal().Export(t.Context())
	require.NoError(t, err)
	forgotten := map[string]bool{}
	for _, r := range state.Resources {
		if r.Custom && strings.HasSuffix(string(r.Parent), "::cart") {
			forgotten[r.URN.Name()] = strings.HasSuffix(string(r.DeletedWith), "::main")
		}
	}
	require.Equal(t, map[string]bool{
		"cart-account": true, "cart-policy": true, "cart-config": true, "cart-service": true, "cart-scaling": true, "cart-budget": true,
		"cart-deployment": false,
	}, forgotten)
}
