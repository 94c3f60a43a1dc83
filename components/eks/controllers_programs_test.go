package eks_test

import (
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/eks"
	"github.com/plinth-iac/plinth/tests/harness"
)

// withKarpenter and withPools use every argument of what runs in the cluster for the cluster,
// one in each profile.
func withKarpenter() *eks.ClusterArgs {
	a := inCluster(smallest())
	a.Karpenter = &eks.KarpenterArgs{
		Version: "1.13.0", NodePools: pools(), Image: eks.Bottlerocket, ImageVersion: "v1.62.1", VolumeGb: 100,
	}
	a.LoadBalancerController = &eks.LoadBalancerControllerArgs{Version: "3.4.0"}
	return a
}

func withPools() *eks.ClusterArgs {
	a := inCluster(auto())
	a.AutoMode = &eks.AutoModeArgs{NodePools: pools(), VolumeGb: 100, NetworkPolicyLogs: true}
	return a
}

func pools() map[string]eks.NodePoolArgs {
	return map[string]eks.NodePoolArgs{
		"general": {},
		"batch": {
			InstanceCategories: []string{"c", "m"}, InstanceFamilies: []string{"c7g", "c7i", "m7g"}, InstanceTypes: []string{"c7g.large", "m7g.large"},
			MinGeneration: 7, Architectures: []eks.Architecture{eks.Arm64, eks.Amd64}, Capacity: []eks.Capacity{eks.Spot, eks.OnDemand},
			Zones: []string{"us-east-1a", "us-east-1b"}, Labels: map[string]string{"team": "shop"},
			Taints: map[string]eks.TaintArgs{"batch": {Value: "yes"}, "example.com/slow": {Effect: eks.NoExecute}},
			MaxCpu: 64, MaxMemoryGib: 256, Consolidation: eks.WhenEmpty, ConsolidateAfter: "5m",
			Budgets: map[string]eks.BudgetArgs{
				"always": {Nodes: "20%"},
				"office": {Nodes: "0", Reasons: []string{"Underutilized", "Drifted"}, Schedule: "0 9 * * 1-5", Duration: "8h"},
			},
			ExpireAfter: "504h", TerminationGracePeriod: "1h30m", Weight: 10,
		},
	}
}

func inCluster(a *eks.ClusterArgs) *eks.ClusterArgs {
	a.IngressClasses = map[string]eks.IngressClassArgs{
		"internal": {PlainHttp: true, InboundCidrs: pulumi.ToStringArray([]string{"10.0.0.0/16"})},
		"public": {
			Scheme: eks.InternetFacing, CertificateArns: pulumi.ToStringArray([]string{"arn:aws:acm:us-east-1:111122223333:certificate/shop"}),
			TlsPolicy: "ELBSecurityPolicy-TLS13-1-2-2021-06", InboundCidrs: pulumi.ToStringArray([]string{"0.0.0.0/0"}),
			SubnetIds: pulumi.ToStringArray([]string{"subnet-p", "subnet-q"}), GroupName: "shop.public", IdleTimeoutSeconds: 120,
			NamespaceLabels: map[string]string{"kubernetes.io/metadata.name": "shop"},
			AccessLogs:      &eks.IngressLogsArgs{Bucket: pulumi.String("shop-logs"), Prefix: "alb"}, Default: true,
			Tags: map[string]string{"reach": "public"},
		},
	}
	a.StorageClasses = map[string]eks.StorageClassArgs{
		"encrypted": {Default: true},
		"fast": {
			VolumeType: "io2", Iops: 10_000, FileSystem: "xfs", Retain: true,
			KmsKeyArn: pulumi.String("arn:aws:kms:us-east-1:111122223333:key/fast"),
		},
		"wide": {Iops: 6000, Throughput: 500},
	}
	a.Charts = map[string]eks.ChartArgs{
		"external-secrets": {
			Chart: "external-secrets", Repository: "https://charts.external-secrets.io", Version: "0.20.4",
			Values: pulumi.Map{"replicaCount": pulumi.Int(2)},
		},
		"gate": {Chart: "oci://public.ecr.aws/team/gate", Version: "v1.2.3", Namespace: "security", TimeoutSeconds: 900},
	}
	a.Tags = map[string]string{"team": "shop"}
	return a
}

// inClusterText is the part of a golden that is about Kubernetes and who controls it.
func inClusterText(g *harness.Graph) string {
	var kept []string
	for _, block := range strings.SplitAfter(g.Text(), "\n\n") {
		head, _, _ := strings.Cut(block, "\n")
		if strings.HasPrefix(head, "kubernetes:") || strings.Contains(head, "karpenter") || strings.Contains(head, "load-balancers") {
			kept = append(kept, block)
		}
	}
	return strings.Join(kept, "")
}
