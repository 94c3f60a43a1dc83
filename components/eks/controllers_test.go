package eks_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/components/eks"
	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/tests/harness"
)

const releaseToken = "kubernetes:helm.sh/v3:Release"

func TestWhatRunsForTheCluster(t *testing.T) {
	for name, args := range map[string]*eks.ClusterArgs{"karpenter": withKarpenter(), "automode": withPools()} {
		t.Run(name, func(t *testing.T) {
			harness.Both(t, program("shop", args), func(t *testing.T, g *harness.Graph) {
				harness.Golden(t, fmt.Sprintf("controllers-%s.%s.golden", name, g.Mode), inClusterText(g))
				for _, r := range g.Resources {
					if strings.HasPrefix(r.Type, "kubernetes:") {
						require.Contains(t, r.Provider, "shop-kubernetes", "%s is made by the cluster's own provider", r.Name)
					}
				}
			})
		})
	}
}

func TestTwoClustersWithControllersLiveSideBySide(t *testing.T) {
	for _, args := range []func() *eks.ClusterArgs{withKarpenter, withPools} {
		pair := func(ctx *pulumi.Context) error {
			if err := program("left", args())(ctx); err != nil {
				return err
			}
			return program("right", args())(ctx)
		}
		harness.Both(t, pair, func(t *testing.T, g *harness.Graph) {
			require.Len(t, g.Resources, 2*len(harness.Run(t, g.Mode, program("left", args())).Resources))
		})
	}
}

// What comes after what is the order of deleting, too: pools while their controller runs.
func TestEachPartComesAfterWhatItNeeds(t *testing.T) {
	harness.Both(t, program("shop", withKarpenter()), func(t *testing.T, g *harness.Graph) {
		inOrder(t, g,
			"shop-pool-batch", "shop-nodeclass", "shop-chart-karpenter", "shop-chart-karpenter-crd", "shop-kubernetes", "shop-cluster")
		inOrder(t, g, "shop-pool-general", "shop-chart-karpenter", "shop-nodes-general")
		inOrder(t, g, "shop-chart-karpenter", "shop-identity-karpenter", "shop-role-karpenter")
		inOrder(t, g, "shop-chart-karpenter", "shop-role-karpenter-rights")
		inOrder(t, g, "shop-chart-karpenter", "shop-addon-coredns")
		inOrder(t, g, "shop-chart-karpenter", "shop-addon-eks-pod-identity-agent")
		inOrder(t, g, "shop-nodeclass", "shop-karpenter-nodes-access", "shop-karpenter-nodes-role")
		inOrder(t, g, "shop-nodeclass", "shop-karpenter-nodes-role-AmazonEKSWorkerNodePolicy")
		for _, key := range []string{"health", "rebalance", "spot", "state"} {
			inOrder(t, g, "shop-chart-karpenter", "shop-karpenter-target-"+key, "shop-karpenter-rule-"+key)
		}
		inOrder(t, g, "shop-chart-karpenter", "shop-karpenter-queue-policy", "shop-karpenter-queue")
		inOrder(t, g, "shop-ingress-public", "shop-alb-public", "shop-chart-aws-load-balancer-controller", "shop-nodes-general")
		inOrder(t, g, "shop-chart-aws-load-balancer-controller", "shop-identity-load-balancers")
		for _, chart := range []string{"external-secrets", "gate"} {
			for _, before := range []string{"shop-pool-general", "shop-ingress-public", "shop-addon-metrics-server"} {
				inOrder(t, g, "shop-chart-"+chart, before)
			}
		}
		require.False(t, reaches(g, g.Named(t, "shop-chart-aws-load-balancer-controller").URN, g.Named(t, "shop-chart-karpenter").URN),
			"the controllers come at the same time")
	})
	harness.Both(t, program("shop", withPools()), func(t *testing.T, g *harness.Graph) {
		inOrder(t, g, "shop-pool-batch", "shop-nodeclass", "shop-node-access-policy", "shop-node-access", "shop-node-role")
		inOrder(t, g, "shop-nodeclass", "shop-network-policies", "shop-kubernetes")
		inOrder(t, g, "shop-ingress-internal", "shop-alb-internal", "shop-kubernetes")
		inOrder(t, g, "shop-addon-metrics-server", "shop-pool-general")
		require.False(t, reaches(g, g.Named(t, "shop-alb-internal").URN, g.Named(t, "shop-pool-general").URN), "classes need no nodes")
	})
}

// inOrder sees that each of the named waits for the next one, over others or at once.
func inOrder(t *testing.T, g *harness.Graph, names ...string) {
	t.Helper()
	for i := range names[1:] {
		require.True(t, reaches(g, g.Named(t, names[i]).URN, g.Named(t, names[i+1]).URN), "%s must wait for %s", names[i], names[i+1])
	}
}

// reaches follows dependencies, and providers, which objects wait for as well.
func reaches(g *harness.Graph, from, to string) bool {
	waits := map[string][]string{}
	for _, r := range g.Resources {
		waits[r.URN] = append(slices.Clone(r.Dependencies), r.Provider)
	}
	seen, queue := map[string]bool{}, []string{from}
	for len(queue) > 0 {
		next := queue[0]
		queue = queue[1:]
		for _, urn := range waits[next] {
			if urn == to {
				return true
			}
			if !seen[urn] {
				seen[urn], queue = true, append(queue, urn)
			}
		}
	}
	return false
}

func TestAChartIsPinnedAwaitedAndTakenBack(t *testing.T) {
	harness.Both(t, program("shop", withKarpenter()), func(t *testing.T, g *harness.Graph) {
		releases := g.OfType(releaseToken)
		require.Len(t, releases, 5)
		for _, r := range releases {
			require.Equal(t, true, r.Value("atomic"), r.Name)
			require.Equal(t, false, r.Value("skipAwait"), r.Name)
			require.NotEmpty(t, r.Value("version"), r.Name)
			require.Equal(t, "shop-chart-"+r.Value("name").(string), r.Name)
		}
		require.Equal(t, true, g.Named(t, "shop-chart-karpenter").Value("skipCrds"), "Helm would never update them")
		require.Equal(t, true, g.Named(t, "shop-chart-gate").Value("createNamespace"))
		require.Equal(t, "external-secrets", g.Named(t, "shop-chart-external-secrets").Value("namespace"))
	})
}

func TestControllersAreTwoApartOnNodesThatTheyDoNotManage(t *testing.T) {
	harness.Both(t, program("shop", withKarpenter()), func(t *testing.T, g *harness.Graph) {
		for name, replicas := range map[string]string{"karpenter": "replicas", "aws-load-balancer-controller": "replicaCount"} {
			chart := g.Named(t, "shop-chart-"+name)
			require.Equal(t, 2.0, chart.Value("values."+replicas))
			require.Equal(t, "topology.kubernetes.io/zone", chart.Value("values.topologySpreadConstraints[0].topologyKey"))
			require.Equal(t, name, chart.Value(`values.topologySpreadConstraints[0].labelSelector.matchLabels["app.kubernetes.io/name"]`))
			terms := "values.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchExpressions[0]"
			require.Equal(t, map[string]any{"key": "karpenter.sh/nodepool", "operator": "DoesNotExist"}, chart.Value(terms))
			require.Equal(t, "CriticalAddonsOnly", chart.Value("values.tolerations[0].key"))
		}
	})
}

func TestTheLoadBalancerControllerIsThereUnlessItIsNotWanted(t *testing.T) {
	without := smallest()
	without.LoadBalancerController = &eks.LoadBalancerControllerArgs{Disabled: true}
	for name, test := range map[string]struct {
		args *eks.ClusterArgs
		want []string
	}{
		"node groups": {smallest(), []string{"shop-chart-aws-load-balancer-controller"}},
		"disabled":    {without, nil},
		"Auto Mode":   {auto(), nil},
	} {
		t.Run(name, func(t *testing.T) {
			harness.Both(t, program("shop", test.args), func(t *testing.T, g *harness.Graph) {
				var got []string
				for _, r := range g.OfType(releaseToken) {
					got = append(got, r.Name)
				}
				require.Equal(t, test.want, got)
			})
		})
	}
}

func TestEveryMistakeInTheClusterIsReportedAtOnce(t *testing.T) {
	wrong := eks.NodePoolArgs{
		InstanceCategories: []string{"m7"}, InstanceFamilies: []string{"m"}, InstanceTypes: []string{"m7g"}, MinGeneration: -1,
		Architectures: []eks.Architecture{"risc"}, Capacity: []eks.Capacity{eks.Spot, "free"}, Zones: []string{"eu-west-1a", "us-east-1"},
		Labels: map[string]string{"-": "x", "karpenter.sh/x": "y", "team": "a b"},
		Taints: map[string]eks.TaintArgs{"-": {Value: "a b", Effect: "Never"}}, MaxCpu: -1, MaxMemoryGib: -1, Consolidation: "Always",
		ConsolidateAfter: "soon", ExpireAfter: "Never", TerminationGracePeriod: "Never", Weight: 101,
		Budgets: map[string]eks.BudgetArgs{
			"a": {Nodes: "101%", Reasons: []string{"Empty", "Old"}, Schedule: "daily"}, "b": {Nodes: "1", Schedule: "@daily", Duration: "30s"},
		},
	}
	karpenter, automode, mixed := smallest(), auto(), auto()
	karpenter.Tags = map[string]string{"karpenter.sh/discovery": "shop", "kubernetes.io/x": "y", "a=b": "c", "list": "a,b", "template": "{{.}}"}
	karpenter.Version, karpenter.Karpenter = "1.36", &eks.KarpenterArgs{
		Version: "1.12.0", NodePools: map[string]eks.NodePoolArgs{"Pool": wrong}, Image: "Windows", ImageVersion: "newest", VolumeGb: 10,
	}
	karpenter.LoadBalancerController = &eks.LoadBalancerControllerArgs{Version: "2.8.1", Disabled: true}
	karpenter.IngressClasses = map[string]eks.IngressClassArgs{
		"_":       {},
		"open":    {Scheme: eks.InternetFacing, CertificateArns: pulumi.StringArray{}, GroupName: "Shop", IdleTimeoutSeconds: 4001, Default: true},
		"plain":   {PlainHttp: true, CertificateArns: pulumi.StringArray{}, InboundCidrs: pulumi.ToStringArray([]string{"10.0.0.1/16", "all"}), Default: true},
		"policy":  {PlainHttp: true, TlsPolicy: "TLS13", InboundCidrs: pulumi.ToStringArray([]string{"10.0.0.0/16"})},
		"several": {Scheme: "Private", GroupName: "policy", AccessLogs: &eks.IngressLogsArgs{}, Tags: map[string]string{"elbv2.k8s.aws/cluster": "x"}},
	}
	karpenter.StorageClasses = map[string]eks.StorageClassArgs{
		"Fast":  {VolumeType: "io2", Throughput: 500, Default: true},
		"small": {Iops: 1000, Throughput: 100, FileSystem: "ntfs", Default: true},
		"slow":  {VolumeType: "st1", Iops: 100},
		"old":   {VolumeType: "gp2"},
	}
	karpenter.Charts = map[string]eks.ChartArgs{
		"karpenter": {Chart: "oci://example.com/karpenter", Repository: "https://example.com", Version: "1.2.3"},
		"X":         {Version: "latest", Namespace: "_", TimeoutSeconds: -1},
		"bare":      {Chart: "bare", Version: "1.2.3", Repository: "example.com"},
	}
	automode.AutoMode = &eks.AutoModeArgs{VolumeGb: -1, NodePools: map[string]eks.NodePoolArgs{"old": {ExpireAfter: "505h"}, "forever": {ExpireAfter: "Never"}}}
	mixed.Karpenter, mixed.LoadBalancerController = &eks.KarpenterArgs{Version: "2.0.0"}, &eks.LoadBalancerControllerArgs{}
	for name, args := range map[string]*eks.ClusterArgs{"karpenter": karpenter, "automode": automode, "mixed": mixed} {
		t.Run(name, func(t *testing.T) {
			g, err := harness.Try(harness.Preview, program("shop", args))
			require.Empty(t, g.Resources)
			var problems *fielderr.Error
			require.ErrorAs(t, err, &problems)
			harness.Golden(t, "errors-controllers-"+name+".golden", problems.Error()+"\n")
		})
	}
}
