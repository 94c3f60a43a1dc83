package workload_test

import (
	"fmt"

	awseks "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/eks"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/iampolicy"
	"github.com/plinth-iac/plinth/tests/lifetest"
)

// cluster is a small cluster in Auto Mode, written by hand, in which the one who makes it
// may do everything.
type cluster struct {
	*awseks.Cluster
	// opts make a workload use both clouds.
	opts pulumi.ResourceOption
}

func newCluster(ctx *pulumi.Context, net *lifetest.Network) (*cluster, error) {
	with := pulumi.Provider(net.Provider)
	control, err := newRole(ctx, "control", `{"Service":"eks.amazonaws.com"}`, with, "EKSClusterPolicy", "EKSComputePolicy",
		"EKSBlockStoragePolicy", "EKSLoadBalancingPolicy", "EKSNetworkingPolicy")
	if err != nil {
		return nil, err
	}
	nodes, err := newRole(ctx, "nodes", `{"Service":"ec2.amazonaws.com"}`, with, "EKSWorkerNodeMinimalPolicy", "EC2ContainerRegistryPullOnly")
	if err != nil {
		return nil, err
	}
	c, err := awseks.NewCluster(ctx, "main", &awseks.ClusterArgs{
		RoleArn: control.Arn, Version: pulumi.String("1.35"), BootstrapSelfManagedAddons: pulumi.Bool(false),
		VpcConfig:     &awseks.ClusterVpcConfigArgs{SubnetIds: net.SubnetIds, EndpointPrivateAccess: pulumi.Bool(true)},
		AccessConfig:  &awseks.ClusterAccessConfigArgs{AuthenticationMode: pulumi.String("API"), BootstrapClusterCreatorAdminPermissions: pulumi.Bool(true)},
		ComputeConfig: &awseks.ClusterComputeConfigArgs{Enabled: pulumi.Bool(true), NodePools: pulumi.ToStringArray([]string{"general-purpose"}), NodeRoleArn: nodes.Arn},
		KubernetesNetworkConfig: &awseks.ClusterKubernetesNetworkConfigArgs{
			ElasticLoadBalancing: &awseks.ClusterKubernetesNetworkConfigElasticLoadBalancingArgs{Enabled: pulumi.Bool(true)},
		},
		StorageConfig: &awseks.ClusterStorageConfigArgs{BlockStorage: &awseks.ClusterStorageConfigBlockStorageArgs{Enabled: pulumi.Bool(true)}},
	}, with, pulumi.DependsOn([]pulumi.Resource{control, nodes}))
	if err != nil {
		return nil, err
	}
	provider, err := kubernetes.NewProvider(ctx, "main", &kubernetes.ProviderArgs{Kubeconfig: pulumi.Sprintf(
		`{"apiVersion":"v1","kind":"Config","current-context":"main","contexts":[{"name":"main","context":{"cluster":"main","user":"main"}}],`+
			`"clusters":[{"name":"main","cluster":{"server":"%s"}}],"users":[{"name":"main","user":{"token":"none"}}]}`, c.Endpoint,
	)})
	if err != nil {
		return nil, err
	}
	return &cluster{Cluster: c, opts: pulumi.Providers(net.Provider, provider)}, nil
}

func newRole(ctx *pulumi.Context, name, principal string, with pulumi.ResourceOption, policies ...string) (*iam.Role, error) {
	role, err := iam.NewRole(ctx, name, &iam.RoleArgs{AssumeRolePolicy: pulumi.String(fmt.Sprintf(
		`{"Version":%q,"Statement":[{"Effect":"Allow","Principal":%s,"Action":["sts:AssumeRole","sts:TagSession"]}]}`, iampolicy.Version, principal,
	))}, with)
	if err != nil {
		return nil, err
	}
	for _, policy := range policies {
		_, err := iam.NewRolePolicyAttachment(ctx, name+"-"+policy, &iam.RolePolicyAttachmentArgs{
			Role: role.Name, PolicyArn: pulumi.String("arn:aws:iam::aws:policy/Amazon" + policy),
		}, with)
		if err != nil {
			return nil, err
		}
	}
	return role, nil
}
