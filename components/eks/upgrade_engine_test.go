package eks_test

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/components/eks"
	"github.com/plinth-iac/plinth/tests/lifetest"
)

// next is what the plan says of add-ons that stay.
const next = " (to raise one, set its version, or ask LookupAddonVersions)"

func TestAnUpgradeGoesInTheOrderOfItsPlan(t *testing.T) {
	l := lifetest.Start(t, func(net *lifetest.Network) *eks.ClusterArgs {
		a := onNetwork(net)
		a.Addons = addons("1.34", "v1.13.1")
		a.NodeGroups["old"] = eks.NodeGroupArgs{Version: "1.33"}
		return a
	}, deploy)
	l.Up()
	upgrade := func(a *eks.ClusterArgs, _ *lifetest.Network) { a.Version, a.Addons = "1.35", addons("1.35", "v1.13.2") }
	steps := []string{"update shop-cluster", "update shop-addon-kube-proxy", "update shop-nodes-general", "update shop-addon-coredns"}
	planned, err := l.Plan(upgrade)
	require.NoError(t, err)
	require.Equal(t, steps, planned, "in this order")
	requirePrinted(t, l.Printed(), `eks.Cluster "shop": Kubernetes 1.34 to 1.35`,
		"1. control plane: shop-cluster, in place, while the API server stays up",
		"2. add-ons that nodes need: kube-proxy at v1.35.0-eksbuild.2; as they are, without a version: eks-pod-identity-agent, vpc-cni"+next,
		"3. nodes: shop-nodes-general to 1.35, 33% at a time, as disruption budgets allow",
		"4. nodes: shop-nodes-old stays at 1.33 (version is set)",
		"5. other add-ons: coredns at v1.13.2-eksbuild.1; as they are, without a version: aws-ebs-csi-driver, eks-node-monitoring-agent, metrics-server"+next)

	before := len(l.Printed())
	l.Changes("a minor", upgrade, steps...)
	update := l.Printed()[before:]
	for i, step := range steps[1:] {
		done, begins := strings.TrimPrefix(steps[i], "update ")+" updated", strings.TrimPrefix(step, "update ")+" updating"
		require.Contains(t, update, done)
		require.Less(t, strings.Index(update, done), strings.Index(update, begins))
	}
	require.NotContains(t, update, "control plane:", "what was planned is not printed again")
}

func addons(kubernetes, dns string) map[string]eks.AddonArgs {
	return map[string]eks.AddonArgs{
		"kube-proxy": {Version: pulumi.String("v" + kubernetes + ".0-eksbuild.2")}, "coredns": {Version: pulumi.String(dns + "-eksbuild.1")},
	}
}

// What Kubernetes does not allow never gets as far as AWS.
func TestAnUpgradeThatIsNotAllowedIsAnErrorOfThePreview(t *testing.T) {
	l := lifetest.Start(t, onNetwork, deploy)
	l.Up()
	l.PlanRefused("a skipped minor", version("1.36"),
		`eks.Cluster "shop": 1 problem`, "version: 1.34 to 1.36 skips 1.35: set version to 1.35, deploy, then 1.36")
	l.Refused("a skipped minor", version("1.36"), "1.34 to 1.36 skips 1.35")
	l.PlanRefused("both", func(a *eks.ClusterArgs, _ *lifetest.Network) { a.Version, a.KmsKeyArn = "1.36", key },
		`eks.Cluster "shop": 2 problems`, `kmsKeyArn: "`+string(key)+`": the key of a cluster cannot be changed, it is arn:aws:kms:`, "version: 1.34 to 1.36")
	l.PlanRefused("nodes that go back", func(a *eks.ClusterArgs, _ *lifetest.Network) {
		a.NodeGroups = map[string]eks.NodeGroupArgs{"general": {Version: "1.33"}}
	}, `nodeGroups.general.version: 1.34 to 1.33 goes back, which nodes cannot: make a group of another key, and delete this one`)
	l.Changes("one minor", version("1.35"), "update shop-cluster", "update shop-nodes-general")
	l.PlanRefused("a way back", version("1.34"), `version: 1.35 to 1.34 goes back, which a control plane cannot: set version to 1.35`)
}

// Nodes that would come along in the same deploy are too late: the control plane goes first.
func TestNodesThatFellBehindAreBroughtUpFirst(t *testing.T) {
	old := func(cluster, nodes string) change {
		return func(a *eks.ClusterArgs, _ *lifetest.Network) {
			a.Version, a.NodeGroups = cluster, map[string]eks.NodeGroupArgs{"general": {}, "old": {Version: nodes}}
		}
	}
	l := lifetest.Start(t, func(net *lifetest.Network) *eks.ClusterArgs {
		a := onNetwork(net)
		old("1.34", "1.31")(a, net)
		return a
	}, deploy)
	l.Up()
	l.PlanRefused("both at once", old("1.35", "1.35"), "nodeGroups.old.version: the nodes run 1.31, "+
		"which is more than 3 minors behind 1.35: bring them to 1.32 or newer first, deploy, then upgrade the control plane")
	l.Changes("nodes first", old("1.34", "1.32"), "update shop-nodes-old")
	l.Changes("then the control plane", old("1.35", "1.32"), "update shop-cluster", "update shop-nodes-general")
}
