package eks_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/components/eks"
	"github.com/plinth-iac/plinth/tests/lifetest"
)

func withKarpenterOnNetwork(net *lifetest.Network) *eks.ClusterArgs {
	a := onNetwork(net)
	a.DeletionProtection, a.Karpenter = pulumi.BoolRef(false), &eks.KarpenterArgs{}
	a.NodeGroups = map[string]eks.NodeGroupArgs{"system": {Taints: map[string]eks.TaintArgs{"CriticalAddonsOnly": {}}}}
	a.IngressClasses = map[string]eks.IngressClassArgs{"internal": {PlainHttp: true, InboundCidrs: pulumi.ToStringArray([]string{"10.0.0.0/16"})}}
	return a
}

// deployWithPods also runs pods that the node group does not take, so that Karpenter must
// start instances. The cluster's provider and pools are seen as they are registered.
func deployWithPods(ctx *pulumi.Context, net *lifetest.Network, a *eks.ClusterArgs) error {
	var (
		cluster pulumi.ProviderResource
		pools   []pulumi.Resource
	)
	err := ctx.RegisterStackTransformation(func(r *pulumi.ResourceTransformationArgs) *pulumi.ResourceTransformationResult {
		switch r.Type {
		case "pulumi:providers:kubernetes":
			cluster = r.Resource.(pulumi.ProviderResource)
		case "kubernetes:karpenter.sh/v1:NodePool":
			pools = append(pools, r.Resource)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := deploy(ctx, net, a); err != nil {
		return err
	}
	var pods struct{ pulumi.CustomResourceState }
	labels := pulumi.StringMap{"app": pulumi.String("cart")}
	return ctx.RegisterResource("kubernetes:apps/v1:Deployment", "cart", pulumi.Map{
		"apiVersion": pulumi.String("apps/v1"), "kind": pulumi.String("Deployment"),
		"spec": pulumi.Map{
			"replicas": pulumi.Int(2), "selector": pulumi.Map{"matchLabels": labels},
			"template": pulumi.Map{
				"metadata": pulumi.Map{"labels": labels},
				"spec": pulumi.Map{"containers": pulumi.Array{pulumi.Map{
					"name": pulumi.String("cart"), "image": pulumi.String("example.com/cart:1"),
				}}},
			},
		},
	}, &pods, pulumi.Provider(cluster), pulumi.DependsOn(pools))
}

func TestTheLifeOfAClusterWithKarpenter(t *testing.T) {
	l := lifetest.Start(t, withKarpenterOnNetwork, deployWithPods)
	requirePreview(t, l)
	l.Up()

	pools := func(args map[string]eks.NodePoolArgs) change {
		return func(a *eks.ClusterArgs, _ *lifetest.Network) { a.Karpenter = &eks.KarpenterArgs{NodePools: args} }
	}
	l.Changes("a pool more", pools(map[string]eks.NodePoolArgs{"general": {}, "batch": {Capacity: []eks.Capacity{eks.Spot}}}), "create shop-pool-batch")
	l.Changes("a bigger pool", pools(map[string]eks.NodePoolArgs{"general": {}, "batch": {Capacity: []eks.Capacity{eks.Spot}, MaxCpu: 200}}), "update shop-pool-batch")
	l.Changes("a pool fewer", pools(map[string]eks.NodePoolArgs{"batch": {MaxCpu: 200}}), "delete shop-pool-general", "update shop-pool-batch")
	l.Changes("another image", func(a *eks.ClusterArgs, _ *lifetest.Network) {
		a.Karpenter = &eks.KarpenterArgs{Image: eks.Bottlerocket, NodePools: map[string]eks.NodePoolArgs{"batch": {MaxCpu: 200}}}
	}, "update shop-nodeclass")
	l.Changes("an older Karpenter", func(a *eks.ClusterArgs, _ *lifetest.Network) {
		a.Karpenter = &eks.KarpenterArgs{Version: "1.13.0", Image: eks.Bottlerocket, NodePools: map[string]eks.NodePoolArgs{"batch": {MaxCpu: 200}}}
	}, "update shop-chart-karpenter", "update shop-chart-karpenter-crd")
	l.Changes("a class of load balancers more", func(a *eks.ClusterArgs, _ *lifetest.Network) {
		a.IngressClasses = map[string]eks.IngressClassArgs{
			"internal": a.IngressClasses["internal"],
			"partners": {PlainHttp: true, InboundCidrs: pulumi.ToStringArray([]string{"10.1.0.0/16"})},
		}
	}, "create shop-ingress-partners", "create shop-alb-partners")
	l.Changes("a class of volumes more", func(a *eks.ClusterArgs, _ *lifetest.Network) {
		a.StorageClasses = map[string]eks.StorageClassArgs{"encrypted": {Default: true}, "kept": {Retain: true}}
	}, "create shop-storage-kept")
	l.Changes("other volumes", func(a *eks.ClusterArgs, _ *lifetest.Network) {
		a.StorageClasses = map[string]eks.StorageClassArgs{"encrypted": {Default: true}, "kept": {Retain: true, Iops: 6000}}
	}, "replace shop-storage-kept")

	l.Changes("volumes that go with their claims", func(a *eks.ClusterArgs, _ *lifetest.Network) {
		a.StorageClasses = map[string]eks.StorageClassArgs{"encrypted": {Default: true}, "kept": {Iops: 6000}}
	}, "replace shop-storage-kept")

	requireDeletedWithCluster(t, l)
	requireTimeToDrain(t, l, "EC2NodeClass", "NodePool")
	phase, err := l.Rehearsal().Destroy(t.Context())
	require.NoError(t, err, "nothing may be left")
	steps := lifetest.Steps(phase)
	for _, order := range [][]string{
		{"cart", "shop-pool-batch", "shop-nodeclass", "shop-chart-karpenter", "shop-chart-karpenter-crd", "shop-kubernetes", "shop-cluster"},
		{"shop-nodeclass", "shop-karpenter-nodes-access", "shop-karpenter-nodes-role"},
		{"shop-chart-karpenter", "shop-nodes-system", "shop-cluster"},
		{"shop-chart-aws-load-balancer-controller", "shop-identity-load-balancers", "shop-role-load-balancers"},
	} {
		for i := range order[1:] {
			first, second := slices.Index(steps, "delete "+order[i]), slices.Index(steps, "delete "+order[i+1])
			require.True(t, 0 <= first && first < second, "%s must go before %s, in: %v", order[i], order[i+1], steps)
		}
	}
}

// What owns nothing outside the cluster goes with it; what makes nodes or load balancers, or
// runs who does, must be deleted while the cluster works.
func requireDeletedWithCluster(t *testing.T, l *lifetest.Life[eks.ClusterArgs]) {
	t.Helper()
	state, err := l.Rehearsal().Export(t.Context())
	require.NoError(t, err)
	got := map[string]bool{}
	for _, r := range state.Resources {
		if kind, inCluster := strings.CutPrefix(string(r.Type), "kubernetes:"); inCluster && r.Parent.Name() == "shop" {
			got[kind[strings.LastIndex(kind, ":")+1:]] = strings.HasSuffix(string(r.DeletedWith), "::shop-cluster")
		}
	}
	require.Equal(t, map[string]bool{
		"StorageClass": true, "IngressClass": true, "IngressClassParams": true, "NodePool": false, "EC2NodeClass": false, "Release": false,
	}, got)
}

// requireTimeToDrain sees that what gives nodes back may take longer than five minutes.
func requireTimeToDrain(t *testing.T, l *lifetest.Life[eks.ClusterArgs], kinds ...string) {
	t.Helper()
	state, err := l.Rehearsal().Export(t.Context())
	require.NoError(t, err)
	var found []string
	for _, r := range state.Resources {
		if kind := string(r.Type.Name()); slices.Contains(kinds, kind) {
			require.NotNil(t, r.CustomTimeouts, r.URN)
			require.Equal(t, 3600.0, r.CustomTimeouts.Delete, r.URN)
			found = append(found, kind)
		}
	}
	slices.Sort(found)
	require.Equal(t, kinds, slices.Compact(found))
}
