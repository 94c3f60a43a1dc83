package eks

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	awseks "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/eks"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/iampolicy"
	"github.com/plinth-iac/plinth/components/internal/base"
)

// Type is the component's type token.
const Type = "plinth:eks:Cluster"

// Cluster is an EKS cluster with its nodes and add-ons.
type Cluster struct {
	pulumi.ResourceState

	// ClusterName is the cluster's name in AWS.
	ClusterName pulumi.StringOutput `pulumi:"clusterName"`
	// ClusterArn is the cluster's ARN.
	ClusterArn pulumi.StringOutput `pulumi:"clusterArn"`
	// Endpoint is the address of the API server.
	Endpoint pulumi.StringOutput `pulumi:"endpoint"`
	// CertificateAuthority is what the API server's certificate is checked with, in base64.
	CertificateAuthority pulumi.StringOutput `pulumi:"certificateAuthority"`
	// SecurityGroupId is the group that EKS made, of control plane, nodes and pods.
	SecurityGroupId pulumi.StringOutput `pulumi:"securityGroupId"`
	// OidcIssuer is who signs the tokens of service accounts. Empty without Irsa.
	OidcIssuer pulumi.StringOutput `pulumi:"oidcIssuer"`
	// OidcProviderArn is what roles of service accounts trust. Empty without Irsa.
	OidcProviderArn pulumi.StringOutput `pulumi:"oidcProviderArn"`
	// NodeRoleArn is the role of managed nodes, or of Auto Mode's.
	NodeRoleArn pulumi.StringOutput `pulumi:"nodeRoleArn"`

	// Kubernetes makes objects in the cluster. It comes after the administrators' access and
	// goes before it.
	Kubernetes *kubernetes.Provider
	// Ready is what workloads come after: nodes, DNS, and the controllers of ingresses and
	// metrics.
	Ready []pulumi.Resource

	// Cluster is the cluster itself, which objects that own nothing outside go with.
	Cluster *awseks.Cluster
	// LogGroup is where the control plane logs to.
	LogGroup *cloudwatch.LogGroup
	// NodeGroups are the managed nodes, by their keys.
	NodeGroups map[string]*awseks.NodeGroup
	// Addons are the add-ons, by their names.
	Addons map[string]*awseks.Addon
}

// NewCluster makes a cluster. Everything wrong with args is reported in one error, before
// anything is registered. An upgrade that Kubernetes does not allow is an error of the preview.
func NewCluster(ctx *pulumi.Context, name string, args *ClusterArgs, opts ...pulumi.ResourceOption) (*Cluster, error) {
	a := args.withDefaults()
	if err := a.validate(name); err != nil {
		return nil, err
	}
	k := &Cluster{NodeGroups: map[string]*awseks.NodeGroup{}, Addons: map[string]*awseks.Addon{}}
	if err := base.Register(ctx, Type, name, k, a, opts...); err != nil {
		return nil, err
	}
	c := &core{ctx: ctx, name: name, args: a, component: k, parent: pulumi.Parent(k), partition: iampolicy.Partition(a.Region)}
	for _, step := range c.steps() {
		if err := step(); err != nil {
			return nil, err
		}
	}

	k.Cluster, k.Ready = c.cluster, c.ready
	k.ClusterName, k.ClusterArn, k.Endpoint = c.cluster.Name, c.cluster.Arn, c.cluster.Endpoint
	k.CertificateAuthority = c.cluster.CertificateAuthority.Data().Elem()
	k.SecurityGroupId = c.securityGroupId()
	k.NodeRoleArn = c.nodeRole.Arn
	if err := ctx.RegisterResourceOutputs(k, pulumi.Map{
		"clusterName": k.ClusterName, "clusterArn": k.ClusterArn, "endpoint": k.Endpoint, "certificateAuthority": k.CertificateAuthority,
		"securityGroupId": k.SecurityGroupId, "oidcIssuer": k.OidcIssuer, "oidcProviderArn": k.OidcProviderArn, "nodeRoleArn": k.NodeRoleArn,
	}); err != nil {
		return nil, fmt.Errorf("register outputs of %s %q: %w", Type, name, err)
	}
	return k, nil
}

// steps are the parts in the order in which they leave things for each other. Those that were
// not asked for do nothing.
func (c *core) steps() []func() error {
	return []func() error{
		c.newControlPlane, c.newNodeRole, c.newEndpointRules, c.newAccess, c.newIdentityProvider,
		c.newAddonsBeforeNodes, c.newKubernetes, c.newNodeGroups, c.newAutoModeNodes, c.newAddonsAfterNodes,
		c.newKarpenter, c.newLoadBalancerController, c.newClasses, c.newCharts,
	}
}

func (c *core) newControlPlane() error {
	policies, trusted := clusterPolicies, trust("eks.amazonaws.com")
	if c.args.AutoMode != nil {
		policies, trusted = autoModePolicies, trust("eks.amazonaws.com", "sts:TagSession")
	}
	role, before, err := c.role(c.child("role"), trusted, policies...)
	if err != nil {
		return err
	}
	if c.args.AutoMode != nil {
		inline, err := c.inline(c.child("role", "resources"), role, append(taggingStatements(c.partition), c.volumeStatements(c.volumeKeys()...)...)...)
		if err != nil {
			return err
		}
		before = append(before, inline)
	}
	c.nameAfter(role)
	if err := c.newLogGroup(); err != nil {
		return err
	}
	return c.newCluster(role, append(before, c.component.LogGroup))
}

// nameAfter takes the cluster's name from its role, whose name the engine ends in letters that
// never come twice: the log group can be made before the cluster. A new role makes a new
// cluster anyway, so that nothing is renamed that would have stayed.
func (c *core) nameAfter(role *iam.Role) {
	c.clusterName = role.Name.ApplyT(func(physical string) string {
		return c.name + strings.TrimPrefix(physical, c.child("role"))
	}).(pulumi.StringOutput)
}

func (c *core) newLogGroup() (err error) {
	child := c.child("logs")
	c.component.LogGroup, err = cloudwatch.NewLogGroup(c.ctx, child, &cloudwatch.LogGroupArgs{
		Name: pulumi.Sprintf("/aws/eks/%s/cluster", c.clusterName), RetentionInDays: pulumi.Int(c.args.Logs.RetentionDays),
		KmsKeyId: base.Optional(c.args.Logs.KmsKeyArn), Tags: c.tags(child),
	}, c.parent)
	if err != nil {
		return fmt.Errorf("create log group %s: %w", child, err)
	}
	return nil
}

func (c *core) newCluster(role *iam.Role, before []pulumi.Resource) error {
	a, child := c.args, c.child("cluster")
	vpc := &awseks.ClusterVpcConfigArgs{
		SubnetIds: a.SubnetIds, EndpointPrivateAccess: pulumi.Bool(true), EndpointPublicAccess: pulumi.Bool(len(a.PublicAccessCidrs) > 0),
	}
	if a.ControlPlaneSubnetIds != nil {
		vpc.SubnetIds = a.ControlPlaneSubnetIds
	}
	if len(a.PublicAccessCidrs) > 0 {
		vpc.PublicAccessCidrs = pulumi.ToStringArray(a.PublicAccessCidrs)
	}
	args := &awseks.ClusterArgs{
		Name: c.clusterName, Version: pulumi.String(a.Version), RoleArn: role.Arn,
		AccessConfig: &awseks.ClusterAccessConfigArgs{
			AuthenticationMode: pulumi.String("API"), BootstrapClusterCreatorAdminPermissions: pulumi.Bool(false),
		},
		BootstrapSelfManagedAddons: pulumi.Bool(false),
		EnabledClusterLogTypes:     texts(a.Logs.Types),
		VpcConfig:                  vpc,
		// Standard support: EKS upgrades the cluster at its end, and never charges six times as much.
		UpgradePolicy:    &awseks.ClusterUpgradePolicyArgs{SupportType: pulumi.String("STANDARD")},
		ZonalShiftConfig: &awseks.ClusterZonalShiftConfigArgs{Enabled: pulumi.Bool(*a.ZonalShift)},
		Tags:             c.tags(child),
	}
	if a.KmsKeyArn != nil {
		args.EncryptionConfig = &awseks.ClusterEncryptionConfigArgs{
			Resources: pulumi.ToStringArray([]string{"secrets"}), Provider: &awseks.ClusterEncryptionConfigProviderArgs{KeyArn: a.KmsKeyArn},
		}
	}
	network := &awseks.ClusterKubernetesNetworkConfigArgs{}
	if a.ServiceCidr != "" {
		network.ServiceIpv4Cidr = pulumi.String(a.ServiceCidr)
		args.KubernetesNetworkConfig = network
	}
	if a.AutoMode != nil {
		network.ElasticLoadBalancing = &awseks.ClusterKubernetesNetworkConfigElasticLoadBalancingArgs{Enabled: pulumi.Bool(true)}
		args.KubernetesNetworkConfig = network
		args.ComputeConfig = &awseks.ClusterComputeConfigArgs{Enabled: pulumi.Bool(true)}
		args.StorageConfig = &awseks.ClusterStorageConfigArgs{BlockStorage: &awseks.ClusterStorageConfigBlockStorageArgs{Enabled: pulumi.Bool(true)}}
	}
	hook, err := c.upgradeHook()
	if err != nil {
		return err
	}
	// Two clusters cannot have the name at once.
	c.cluster, err = awseks.NewCluster(c.ctx, child, args, c.parent, pulumi.Protect(*a.DeletionProtection), pulumi.DependsOn(before),
		pulumi.DeleteBeforeReplace(true), hook)
	if err != nil {
		return fmt.Errorf("create cluster %s: %w", child, err)
	}
	return nil
}

// texts are named strings as resources take them.
func texts[T ~string](list []T) pulumi.StringArray {
	values := make(pulumi.StringArray, len(list))
	for i, value := range list {
		values[i] = pulumi.String(string(value))
	}
	return values
}
