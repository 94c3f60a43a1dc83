package kube

// autoGroup is the group of the kinds that EKS brings to a cluster in Auto Mode.
const autoGroup = "eks.amazonaws.com"

// Kinds of controllers that clusters on EKS have.
var (
	nodePool       = Kind{Group: "karpenter.sh", Version: "v1", Kind: "NodePool", Plural: "nodepools"}
	karpenterKinds = []Kind{nodePool, {Group: "karpenter.sh", Version: "v1", Kind: "NodeClaim", Plural: "nodeclaims"},
		{Group: "karpenter.k8s.aws", Version: "v1", Kind: "EC2NodeClass", Plural: "ec2nodeclasses"}}
	// autoKinds are there from the start in a cluster in Auto Mode.
	autoKinds = []Kind{nodePool, karpenterKinds[1],
		{Group: autoGroup, Version: "v1", Kind: "NodeClass", Plural: "nodeclasses"},
		{Group: autoGroup, Version: "v1", Kind: "IngressClassParams", Plural: "ingressclassparams"},
		{Group: autoGroup, Version: "v1", Kind: "TargetGroupBinding", Plural: "targetgroupbindings", Namespaced: true},
	}
	snapshotKinds = []Kind{
		{Group: "snapshot.storage.k8s.io", Version: "v1", Kind: "VolumeSnapshot", Plural: "volumesnapshots", Namespaced: true},
		{Group: "snapshot.storage.k8s.io", Version: "v1", Kind: "VolumeSnapshotClass", Plural: "volumesnapshotclasses"},
		{Group: "snapshot.storage.k8s.io", Version: "v1", Kind: "VolumeSnapshotContent", Plural: "volumesnapshotcontents"},
	}
)

// usualCharts are the charts that bring kinds which programs for EKS use.
var usualCharts = map[string][]Kind{
	balancerChart: {
		{Group: "elbv2.k8s.aws", Version: "v1beta1", Kind: "TargetGroupBinding", Plural: "targetgroupbindings", Namespaced: true},
		{Group: "elbv2.k8s.aws", Version: "v1beta1", Kind: "IngressClassParams", Plural: "ingressclassparams"},
	},
	karpenterChart:     karpenterKinds,
	karpenterKindChart: karpenterKinds,
	"external-secrets": {
		{Group: "external-secrets.io", Version: "v1", Kind: "ExternalSecret", Plural: "externalsecrets", Namespaced: true},
		{Group: "external-secrets.io", Version: "v1", Kind: "ClusterSecretStore", Plural: "clustersecretstores"},
	},
}

// The charts whose controllers are simulated. The last one brings only kinds, and takes them away again when it is uninstalled: unlike the
// others it has them among its templates.
const (
	balancerChart      = "aws-load-balancer-controller"
	volumeChart        = "aws-ebs-csi-driver"
	metricsChart       = "metrics-server"
	karpenterChart     = "karpenter"
	karpenterKindChart = "karpenter-crd"
)
