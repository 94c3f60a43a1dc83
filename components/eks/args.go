package eks

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/internal/base"
)

// ClusterArgs are the arguments of NewCluster.
type ClusterArgs struct {
	// Region is the AWS region, such as "eu-central-1".
	Region string `pulumi:"region"`
	// AccountId is the AWS account's number.
	AccountId string `pulumi:"accountId"`
	// Version is the Kubernetes version, such as "1.35". Raise it by one minor at a time.
	Version string `pulumi:"version"`

	// SubnetIds is where nodes run: private subnets in two zones or more.
	SubnetIds pulumi.StringArrayInput `pulumi:"subnetIds"`
	// ControlPlaneSubnetIds is where the control plane puts its network interfaces: subnets
	// in two zones or more, with six free addresses each. Default: SubnetIds.
	ControlPlaneSubnetIds pulumi.StringArrayInput `pulumi:"controlPlaneSubnetIds,optional"`
	// ServiceCidr is the block that services get addresses of, outside the VPC. It cannot be
	// changed later. Default: 172.20.0.0/16, or 10.100.0.0/16 where the VPC is near that.
	ServiceCidr string `pulumi:"serviceCidr,optional"`
	// PublicAccessCidrs are the blocks from which the API server can be reached through the
	// internet. Default: none, it has a private endpoint only.
	PublicAccessCidrs []string `pulumi:"publicAccessCidrs,optional"`
	// ApiCidrs are the IPv4 blocks from which the API server can be reached inside the network, or
	// in networks that are connected to it; whoever deploys comes from one of them, or from
	// PublicAccessCidrs. Default: none, only nodes and pods reach it.
	ApiCidrs []string `pulumi:"apiCidrs,optional"`

	// KmsKeyArn is the key of secrets, logs and volumes; its policy must let CloudWatch Logs
	// and EC2 use it. It cannot be changed later. Required unless AwsManagedKey.
	KmsKeyArn pulumi.StringInput `pulumi:"kmsKeyArn,optional"`
	// AwsManagedKey encrypts with the keys that AWS owns. Default: false.
	AwsManagedKey bool `pulumi:"awsManagedKey,optional"`

	// Admins may do everything in the cluster: one principal or more, by a key of the user's.
	// Nobody is an administrator for having made the cluster, so that the role that deploys
	// must be among them.
	Admins map[string]AdminArgs `pulumi:"admins"`
	// Access is what others may do, by a key that no administrator has. Whoever moves between
	// the two keeps the key. A principal gets another key in two deploys, the first without it:
	// AWS refuses a second entry. Default: nothing.
	Access map[string]AccessArgs `pulumi:"access,optional"`
	// KubernetesRoleArn is the role that the program assumes to talk to Kubernetes; it must be
	// one of Admins. Default: none, it talks as whoever runs it.
	KubernetesRoleArn pulumi.StringInput `pulumi:"kubernetesRoleArn,optional"`
	// Irsa makes an OIDC provider, for roles of service accounts the old way. Pod Identity
	// needs none. Default: false.
	Irsa bool `pulumi:"irsa,optional"`

	// AutoMode leaves nodes, their network, storage and load balancers to AWS. Exactly one of
	// AutoMode and NodeGroups is required. Default: none.
	AutoMode *AutoModeArgs `pulumi:"autoMode,optional"`
	// NodeGroups are managed nodes, by a key of the user's. Default: none.
	NodeGroups map[string]NodeGroupArgs `pulumi:"nodeGroups,optional"`
	// Karpenter makes further nodes as pods need them. Default: none.
	Karpenter *KarpenterArgs `pulumi:"karpenter,optional"`
	// LoadBalancerController makes load balancers of ingresses; Auto Mode has its own.
	// Default: see LoadBalancerControllerArgs.
	LoadBalancerController *LoadBalancerControllerArgs `pulumi:"loadBalancerController,optional"`

	// Addons are further add-ons, and versions and settings of the built-in ones, by their
	// names, such as "coredns". Default: the built-in ones, see AddonNames.
	Addons map[string]AddonArgs `pulumi:"addons,optional"`
	// IngressClasses are kinds of load balancers that ingresses choose by name.
	// Default: none.
	IngressClasses map[string]IngressClassArgs `pulumi:"ingressClasses,optional"`
	// StorageClasses are kinds of volumes that pods choose by name. Default: "encrypted", of
	// gp3, which is the cluster's default.
	StorageClasses map[string]StorageClassArgs `pulumi:"storageClasses,optional"`

	// Charts are further Helm charts, by the names of their releases. Default: none.
	Charts map[string]ChartArgs `pulumi:"charts,optional"`

	// Logs is what the control plane logs, and for how long. Default: see LogsArgs.
	Logs *LogsArgs `pulumi:"logs,optional"`
	// ZonalShift lets AWS move traffic away from a zone that is impaired. Default: true.
	ZonalShift *bool `pulumi:"zonalShift,optional"`
	// DeletionProtection makes Pulumi refuse to delete or replace the cluster. Default: true.
	DeletionProtection *bool `pulumi:"deletionProtection,optional"`
	// Tags are put on every resource that can have them, also on nodes, load balancers and the
	// volumes of claims. A volume keeps those that it was made with. Default: none.
	Tags map[string]string `pulumi:"tags,optional"`
}

// AdminArgs are an administrator of the cluster.
type AdminArgs struct {
	// PrincipalArn is an IAM role or user.
	PrincipalArn pulumi.StringInput `pulumi:"principalArn"`
}

// AccessPolicy is what EKS lets a principal do.
type AccessPolicy string

// The access policies of EKS.
const (
	// ClusterAdmin may do everything, everywhere.
	ClusterAdmin AccessPolicy = "AmazonEKSClusterAdminPolicy"
	// Admin may do everything in its namespaces but change quotas and the namespace.
	Admin AccessPolicy = "AmazonEKSAdminPolicy"
	// AdminView may see everything, secrets too.
	AdminView AccessPolicy = "AmazonEKSAdminViewPolicy"
	// Edit may change what runs, but give nobody rights.
	Edit AccessPolicy = "AmazonEKSEditPolicy"
	// View may see what runs, but no secrets.
	View AccessPolicy = "AmazonEKSViewPolicy"
)

// AccessArgs are what a principal may do in the cluster.
type AccessArgs struct {
	// PrincipalArn is an IAM role or user that no other entry has.
	PrincipalArn pulumi.StringInput `pulumi:"principalArn"`
	// Policy is what EKS lets it do. Default: nothing, Groups decide.
	Policy AccessPolicy `pulumi:"policy,optional"`
	// Namespaces are where Policy holds; "*" stands for any letters. Default: everywhere.
	Namespaces []string `pulumi:"namespaces,optional"`
	// Groups are Kubernetes groups that it belongs to, for role bindings. Default: none.
	Groups []string `pulumi:"groups,optional"`
}

// AddonArgs are an EKS add-on.
type AddonArgs struct {
	// Version is the add-on's version, such as "v1.20.4-eksbuild.2". What LookupAddonVersions
	// gives rises with the cluster. Default: what EKS chose when the add-on was made.
	Version pulumi.StringInput `pulumi:"version,optional"`
	// Configuration is a JSON object of the add-on's settings. It is laid over the
	// component's own. Default: those of the component.
	Configuration string `pulumi:"configuration,optional"`
	// PodIdentities are roles by the service accounts that the add-on brings. They replace
	// the component's own. Default: roles of vpc-cni and aws-ebs-csi-driver, none otherwise.
	PodIdentities map[string]PodIdentityArgs `pulumi:"podIdentities,optional"`
	// BeforeNodes says that nodes need the add-on, and the add-on no nodes. Those that are
	// built in know. Default: false.
	BeforeNodes bool `pulumi:"beforeNodes,optional"`
}

// PodIdentityArgs are the role of a service account.
type PodIdentityArgs struct {
	// RoleArn is a role that pods.eks.amazonaws.com may assume and tag.
	RoleArn pulumi.StringInput `pulumi:"roleArn"`
}

// LogType is a log of the control plane.
type LogType string

// The logs of the control plane.
const (
	Api               LogType = "api"
	Audit             LogType = "audit"
	Authenticator     LogType = "authenticator"
	ControllerManager LogType = "controllerManager"
	Scheduler         LogType = "scheduler"
)

// LogsArgs are what the control plane logs. The group is made before the cluster: EKS would
// make one that keeps everything.
type LogsArgs struct {
	// Types are the logs. Default: api, audit and authenticator.
	Types []LogType `pulumi:"types,optional"`
	// RetentionDays is how long logs are kept, one of CloudWatch's choices. Default: 90.
	RetentionDays int `pulumi:"retentionDays,optional"`
	// KmsKeyArn is a key that CloudWatch Logs may use. Default: the cluster's key.
	KmsKeyArn pulumi.StringInput `pulumi:"kmsKeyArn,optional"`
}

// Image is the operating system of managed nodes.
type Image string

// The operating systems.
const (
	// AmazonLinux is Amazon Linux 2023.
	AmazonLinux Image = "AmazonLinux"
	// Bottlerocket runs containers and nothing else.
	Bottlerocket Image = "Bottlerocket"
)

// Architecture is what processors nodes have, by Kubernetes' names.
type Architecture string

// The architectures.
const (
	Arm64 Architecture = "arm64"
	Amd64 Architecture = "amd64"
)

// Capacity is how nodes are bought, by Karpenter's names.
type Capacity string

// The capacities.
const (
	OnDemand Capacity = "on-demand"
	// Spot is cheap, and can be taken away with two minutes' notice.
	Spot Capacity = "spot"
)

// TaintEffect is what a taint does to pods that do not tolerate it.
type TaintEffect string

// The effects of taints.
const (
	NoSchedule       TaintEffect = "NoSchedule"
	PreferNoSchedule TaintEffect = "PreferNoSchedule"
	NoExecute        TaintEffect = "NoExecute"
)

// TaintArgs keep pods away from nodes.
type TaintArgs struct {
	// Value is the taint's value. Default: none.
	Value string `pulumi:"value,optional"`
	// Effect is what the taint does. Default: NoSchedule.
	Effect TaintEffect `pulumi:"effect,optional"`
}

// NodeGroupArgs are a group of managed nodes of one kind. Another image, architecture,
// capacity or other instance types replace the group: the new nodes come first.
type NodeGroupArgs struct {
	// Image is the operating system. Default: AmazonLinux.
	Image Image `pulumi:"image,optional"`
	// Architecture is the nodes' processors. Default: arm64.
	Architecture Architecture `pulumi:"architecture,optional"`
	// InstanceTypes are what nodes may be, in the order of preference; more than one for Spot.
	// Default: m7g.large for arm64, m7i.large for amd64.
	InstanceTypes []string `pulumi:"instanceTypes,optional"`
	// Capacity is on-demand or spot. Default: on-demand.
	Capacity Capacity `pulumi:"capacity,optional"`
	// MinSize is the least number of nodes. Where it is less than MaxSize, the number that run
	// must be within a new range, or the preview says what to do first. Default: 2.
	MinSize *int `pulumi:"minSize,optional"`
	// MaxSize is the greatest number of nodes. If it is MinSize, the program owns the number;
	// otherwise an autoscaler does, and the program begins with MinSize. Default: MinSize.
	MaxSize int `pulumi:"maxSize,optional"`
	// Labels are what the nodes' labels are. Default: none but EKS's own.
	Labels map[string]string `pulumi:"labels,optional"`
	// Taints keep pods away, by the taints' keys. One group at least must have none but
	// CriticalAddonsOnly, for the add-ons. Default: none.
	Taints map[string]TaintArgs `pulumi:"taints,optional"`
	// VolumeGb is the size of a node's volume for images and logs. Default: 50.
	VolumeGb int `pulumi:"volumeGb,optional"`
	// SubnetIds is where the nodes run. Default: the cluster's SubnetIds.
	SubnetIds pulumi.StringArrayInput `pulumi:"subnetIds,optional"`
	// Version pins the nodes' Kubernetes version, at most three minors behind the cluster's.
	// Default: the cluster's.
	Version string `pulumi:"version,optional"`
	// MaxUnavailablePercent is the share of nodes that an update takes away at once, but one
	// at least. Default: 33.
	MaxUnavailablePercent int `pulumi:"maxUnavailablePercent,optional"`
	// AutoRepair replaces nodes that are broken. Default: true.
	AutoRepair *bool `pulumi:"autoRepair,optional"`
}

// withDefaults returns a deep enough copy, with everything that was left out filled in.
func (a *ClusterArgs) withDefaults() *ClusterArgs {
	a = base.CopyOf(a)
	base.DefaultRef(&a.ZonalShift, true)
	base.DefaultRef(&a.DeletionProtection, true)
	a.Logs = base.CopyOf(a.Logs)
	if len(a.Logs.Types) == 0 {
		a.Logs.Types = []LogType{Api, Audit, Authenticator}
	}
	base.Default(&a.Logs.RetentionDays, 90)
	if a.Logs.KmsKeyArn == nil {
		a.Logs.KmsKeyArn = a.KmsKeyArn
	}
	groups := make(map[string]NodeGroupArgs, len(a.NodeGroups))
	for key, group := range a.NodeGroups {
		groups[key] = group.withDefaults(a)
	}
	a.NodeGroups = groups
	a.setControllerDefaults()
	return a
}

func (g NodeGroupArgs) withDefaults(a *ClusterArgs) NodeGroupArgs {
	base.Default(&g.Image, AmazonLinux)
	base.Default(&g.Architecture, Arm64)
	base.Default(&g.Capacity, OnDemand)
	if len(g.InstanceTypes) == 0 {
		g.InstanceTypes = []string{defaultInstanceTypes[g.Architecture]}
	}
	base.DefaultRef(&g.MinSize, 2)
	base.Default(&g.MaxSize, *g.MinSize)
	base.Default(&g.VolumeGb, 50)
	base.Default(&g.Version, a.Version)
	base.Default(&g.MaxUnavailablePercent, 33)
	base.DefaultRef(&g.AutoRepair, true)
	if g.SubnetIds == nil {
		g.SubnetIds = a.SubnetIds
	}
	g.Taints = withEffects(g.Taints)
	return g
}

var defaultInstanceTypes = map[Architecture]string{Arm64: "m7g.large", Amd64: "m7i.large"}

// withEffects fills in the effects that taints were given none of.
func withEffects(taints map[string]TaintArgs) map[string]TaintArgs {
	filled := make(map[string]TaintArgs, len(taints))
	for key, taint := range taints {
		base.Default(&taint.Effect, NoSchedule)
		filled[key] = taint
	}
	return filled
}
