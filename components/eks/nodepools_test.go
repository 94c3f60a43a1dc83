package eks_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/components/eks"
	"github.com/plinth-iac/plinth/tests/harness"
)

func poolOf(t *testing.T, args *eks.ClusterArgs, key string) map[string]any {
	t.Helper()
	return harness.Run(t, harness.Update, program("shop", args)).Named(t, "shop-pool-"+key).Value("spec").(map[string]any)
}

// The same pool is the same in both profiles, but for the names of labels and classes.
func TestAPoolIsTheSameInBothProfiles(t *testing.T) {
	for _, key := range []string{"general", "batch"} {
		ours, theirs := poolOf(t, withKarpenter(), key), poolOf(t, withPools(), key)
		node := func(spec map[string]any) map[string]any {
			return spec["template"].(map[string]any)["spec"].(map[string]any)
		}
		require.Equal(t, map[string]any{"group": "karpenter.k8s.aws", "kind": "EC2NodeClass", "name": "nodes"}, node(ours)["nodeClassRef"])
		require.Equal(t, map[string]any{"group": "eks.amazonaws.com", "kind": "NodeClass", "name": "nodes"}, node(theirs)["nodeClassRef"])
		node(ours)["nodeClassRef"], node(theirs)["nodeClassRef"] = nil, nil
		for _, requirement := range node(ours)["requirements"].([]any) {
			r := requirement.(map[string]any)
			r["key"] = strings.Replace(r["key"].(string), "karpenter.k8s.aws/", "eks.amazonaws.com/", 1)
		}
		require.Equal(t, theirs, ours)
	}
}

func TestTheDefaultPoolIsArmOnDemandAndHasAnEnd(t *testing.T) {
	spec := poolOf(t, auto(), "general")
	require.Equal(t, map[string]any{"cpu": "100", "memory": "800Gi"}, spec["limits"])
	require.Equal(t, map[string]any{
		"consolidationPolicy": "WhenEmptyOrUnderutilized", "consolidateAfter": "1m", "budgets": []any{map[string]any{"nodes": "10%"}},
	}, spec["disruption"])
	require.Nil(t, spec["weight"])
	node := spec["template"].(map[string]any)["spec"].(map[string]any)
	require.Equal(t, "336h", node["expireAfter"])
	require.Equal(t, []any{
		map[string]any{"key": "karpenter.sh/capacity-type", "operator": "In", "values": []any{"on-demand"}},
		map[string]any{"key": "kubernetes.io/arch", "operator": "In", "values": []any{"arm64"}},
		map[string]any{"key": "eks.amazonaws.com/instance-generation", "operator": "Gt", "values": []any{"4"}},
		map[string]any{"key": "eks.amazonaws.com/instance-category", "operator": "In", "values": []any{"c", "m", "r"}},
	}, node["requirements"])
}

func TestAutoModeNodesCarryOutNetworkPoliciesAndEncrypt(t *testing.T) {
	harness.Both(t, program("shop", withPools()), func(t *testing.T, g *harness.Graph) {
		config := g.Named(t, "shop-network-policies")
		require.Equal(t, "kubernetes:core/v1:ConfigMap", config.Type)
		require.Equal(t, map[string]any{"name": "amazon-vpc-cni", "namespace": "kube-system"}, config.Value("metadata"))
		require.Equal(t, "true", config.Value(`data["enable-network-policy-controller"]`))
		class := g.Named(t, "shop-nodeclass")
		for path, want := range map[string]any{
			"networkPolicy": "DefaultAllow", "networkPolicyEventLogs": "Enabled", "tags": map[string]any{"team": "shop"},
			"ephemeralStorage":    map[string]any{"size": "100Gi", "kmsKeyID": string(key)},
			"subnetSelectorTerms": []any{map[string]any{"id": "subnet-a"}, map[string]any{"id": "subnet-b"}},
		} {
			require.Equal(t, want, class.Value("spec."+path), path)
		}
		require.Contains(t, class.PropertyDependencies["spec"], g.Named(t, "shop-node-role").URN)
	})
}
