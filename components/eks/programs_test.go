package eks_test

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/eks"
)

const (
	key      = pulumi.String("arn:aws:kms:us-east-1:111122223333:key/0a1b2c3d")
	deployer = pulumi.String("arn:aws:iam::111122223333:role/deployer")

	clusterToken = "aws:eks/cluster:Cluster"
	addonToken   = "aws:eks/addon:Addon"
)

// smallest is a cluster of managed nodes, auto one of Auto Mode, with nothing that need not be.
func smallest() *eks.ClusterArgs {
	return &eks.ClusterArgs{
		Region: "us-east-1", AccountId: "111122223333", Version: "1.35", SubnetIds: pulumi.ToStringArray([]string{"subnet-a", "subnet-b"}),
		KmsKeyArn: key, Admins: map[string]eks.AdminArgs{"deployer": {PrincipalArn: deployer}},
		NodeGroups: map[string]eks.NodeGroupArgs{"general": {}},
	}
}

func auto() *eks.ClusterArgs {
	a := smallest()
	a.NodeGroups, a.AutoMode = nil, &eks.AutoModeArgs{}
	return a
}

// full uses every argument that is about AWS and does not exclude another.
func full() *eks.ClusterArgs {
	a := smallest()
	a.ControlPlaneSubnetIds = pulumi.ToStringArray([]string{"subnet-c", "subnet-d"})
	a.ServiceCidr, a.PublicAccessCidrs = "172.20.0.0/16", []string{"203.0.113.0/24"}
	a.ApiCidrs = []string{"10.0.0.0/16"}
	a.Admins["operator"] = eks.AdminArgs{PrincipalArn: pulumi.String("arn:aws:iam::111122223333:role/sso/operator")}
	a.Access = map[string]eks.AccessArgs{
		"developers": {PrincipalArn: pulumi.String("arn:aws:iam::111122223333:role/developers"), Policy: eks.Edit, Namespaces: []string{"shop", "shop-*"}},
		"auditors":   {PrincipalArn: pulumi.String("arn:aws:iam::111122223333:user/auditor"), Groups: []string{"auditors"}},
	}
	a.KubernetesRoleArn, a.Irsa = deployer, true
	a.NodeGroups = map[string]eks.NodeGroupArgs{
		"system": {
			Image: eks.Bottlerocket, InstanceTypes: []string{"m7g.medium"}, MinSize: pulumi.IntRef(3), VolumeGb: 80, MaxUnavailablePercent: 50,
			Labels: map[string]string{"team": "platform"}, Taints: map[string]eks.TaintArgs{"CriticalAddonsOnly": {Value: "true"}},
		},
		"batch": {
			Architecture: eks.Amd64, InstanceTypes: []string{"m7i.large", "m6i.large"}, Capacity: eks.Spot, MinSize: pulumi.IntRef(0), MaxSize: 10,
			Taints:    map[string]eks.TaintArgs{"batch": {Effect: eks.NoExecute}},
			SubnetIds: pulumi.ToStringArray([]string{"subnet-a"}), Version: "1.34", AutoRepair: pulumi.BoolRef(false),
		},
	}
	a.Addons = map[string]eks.AddonArgs{
		"kube-proxy": {Version: pulumi.String("v1.35.0-eksbuild.2")},
		"coredns":    {Configuration: `{"autoScaling":{"maxReplicas":20}}`},
		"aws-efs-csi-driver": {PodIdentities: map[string]eks.PodIdentityArgs{
			"efs-csi-controller-sa": {RoleArn: pulumi.String("arn:aws:iam::111122223333:role/efs")},
		}},
		"aws-guardduty-agent": {BeforeNodes: true},
	}
	a.Logs = &eks.LogsArgs{
		Types: []eks.LogType{eks.Api, eks.Audit, eks.Authenticator, eks.ControllerManager, eks.Scheduler}, RetentionDays: 365,
		KmsKeyArn: pulumi.String("arn:aws:kms:us-east-1:111122223333:key/logs"),
	}
	a.ZonalShift, a.DeletionProtection = pulumi.BoolRef(false), pulumi.BoolRef(false)
	a.Tags = map[string]string{"team": "shop"}
	return a
}

func program(name string, args *eks.ClusterArgs) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		_, err := eks.NewCluster(ctx, name, args)
		return err
	}
}
