package eks_test

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/components/eks"
	"github.com/plinth-iac/plinth/tests/lifetest"
)

type change = lifetest.Change[eks.ClusterArgs]

func onNetwork(net *lifetest.Network) *eks.ClusterArgs {
	return &eks.ClusterArgs{
		Region: net.Region, AccountId: net.AccountId, Version: "1.34", SubnetIds: net.SubnetIds, KmsKeyArn: net.KmsKeyArn,
		ApiCidrs: []string{"10.0.0.0/16"}, NodeGroups: map[string]eks.NodeGroupArgs{"general": {}},
	}
}

func inAutoMode(net *lifetest.Network) *eks.ClusterArgs {
	a := onNetwork(net)
	a.NodeGroups, a.AutoMode = nil, &eks.AutoModeArgs{}
	return a
}

// deploy makes the roles that may get in, and what nodes pull their images through.
func deploy(ctx *pulumi.Context, net *lifetest.Network, a *eks.ClusterArgs) error {
	with := pulumi.Provider(net.Provider)
	if a.Admins == nil {
		a.Admins = map[string]eks.AdminArgs{}
	}
	for _, name := range []string{"deployer", "guest"} {
		role, err := iam.NewRole(ctx, name, &iam.RoleArgs{AssumeRolePolicy: pulumi.String(trustOf(net))}, with)
		if err != nil {
			return err
		}
		if access, wanted := a.Access[name]; wanted {
			access.PrincipalArn = role.Arn
			a.Access = map[string]eks.AccessArgs{name: access}
		} else if name == "deployer" {
			a.Admins[name] = eks.AdminArgs{PrincipalArn: role.Arn}
		}
	}
	var endpoints []pulumi.Resource
	for _, service := range []string{"ec2", "ecr.api", "ecr.dkr", "sts", "eks", "eks-auth", "s3"} {
		args := &ec2.VpcEndpointArgs{VpcId: net.VpcId, ServiceName: pulumi.String("com.amazonaws." + net.Region + "." + service)}
		if service != "s3" {
			args.VpcEndpointType, args.SubnetIds, args.PrivateDnsEnabled = pulumi.String("Interface"), net.SubnetIds, pulumi.Bool(true)
		}
		endpoint, err := ec2.NewVpcEndpoint(ctx, service, args, with)
		if err != nil {
			return err
		}
		endpoints = append(endpoints, endpoint)
	}
	_, err := eks.NewCluster(ctx, "shop", a, net.Opts, pulumi.DependsOn(endpoints))
	return err
}

func trustOf(net *lifetest.Network) string {
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":"` + net.AccountId + `"}}]}`
}

func version(to string) change {
	return func(a *eks.ClusterArgs, _ *lifetest.Network) { a.Version = to }
}

func TestTheLifeOfAClusterWithNodeGroups(t *testing.T) {
	l := lifetest.Start(t, onNetwork, deploy)
	requirePreview(t, l)
	l.Up()
	name := l.Resource("shop-cluster").Props["name"].(string)
	require.Regexp(t, `^shop-[0-9a-f]{7}$`, name)
	require.Equal(t, "/aws/eks/"+name+"/cluster", l.Resource("shop-logs").Props["name"])

	l.Changes("a group", func(a *eks.ClusterArgs, _ *lifetest.Network) {
		a.NodeGroups = map[string]eks.NodeGroupArgs{"general": {}, "batch": {
			Image: eks.Bottlerocket, Capacity: eks.Spot, InstanceTypes: []string{"m7g.large", "m6g.large"}, MinSize: pulumi.IntRef(1), MaxSize: 5,
			Taints: map[string]eks.TaintArgs{"batch": {}},
		}}
	}, "create shop-nodes-batch-template", "create shop-nodes-batch")
	l.Changes("another kind of nodes", func(a *eks.ClusterArgs, _ *lifetest.Network) {
		a.NodeGroups = map[string]eks.NodeGroupArgs{"general": {InstanceTypes: []string{"m8g.large"}}, "batch": {
			Image: eks.Bottlerocket, Capacity: eks.Spot, InstanceTypes: []string{"m7g.large", "m6g.large"}, MinSize: pulumi.IntRef(1), MaxSize: 8,
			Taints: map[string]eks.TaintArgs{"batch": {}},
		}}
	}, "replace shop-nodes-general", "update shop-nodes-batch")
	ranging := func(least, most int) change {
		return func(a *eks.ClusterArgs, _ *lifetest.Network) {
			batch := a.NodeGroups["batch"]
			batch.MinSize, batch.MaxSize = &least, most
			a.NodeGroups = map[string]eks.NodeGroupArgs{"general": a.NodeGroups["general"], "batch": batch}
		}
	}
	l.PlanRefused("more nodes than an autoscaler has made", ranging(2, 8), `eks.Cluster "shop": 1 problem`,
		"nodeGroups.batch.minSize: 2: the group has fewer nodes, 1: set minSize and maxSize to 2, deploy, then set the range (or refresh, if the number has changed)")
	l.Changes("as many", ranging(2, 2), "update shop-nodes-batch")
	l.Changes("and then a range", ranging(2, 8), "update shop-nodes-batch")
	l.Changes("bigger disks", func(a *eks.ClusterArgs, _ *lifetest.Network) {
		a.NodeGroups = map[string]eks.NodeGroupArgs{"general": {InstanceTypes: []string{"m8g.large"}, VolumeGb: 100}}
	}, "update shop-nodes-general-template", "update shop-nodes-general", "delete shop-nodes-batch", "delete shop-nodes-batch-template")
	l.Changes("somebody more", guest, "create shop-entry-guest", "create shop-entry-guest-policy")
	l.Changes("IRSA", func(a *eks.ClusterArgs, _ *lifetest.Network) { a.Irsa = true }, "create shop-oidc")
	require.Equal(t, l.Resource("shop-oidc").Props["url"], issuerOf(l.Resource("shop-cluster").Props))
	l.Changes("a public endpoint", func(a *eks.ClusterArgs, _ *lifetest.Network) {
		a.PublicAccessCidrs = []string{"203.0.113.0/24"}
	}, "update shop-cluster")
	l.Changes("all logs", func(a *eks.ClusterArgs, _ *lifetest.Network) {
		a.Logs = &eks.LogsArgs{Types: []eks.LogType{eks.Audit, eks.Scheduler}, RetentionDays: 30}
	}, "update shop-cluster", "update shop-logs")
	l.Changes("settings of DNS", func(a *eks.ClusterArgs, _ *lifetest.Network) {
		a.Addons = map[string]eks.AddonArgs{"coredns": {Configuration: `{"autoScaling":{"maxReplicas":20}}`}}
	}, "update shop-addon-coredns")

	l.PlanRefused("nodes that AWS runs", func(a *eks.ClusterArgs, _ *lifetest.Network) {
		a.NodeGroups, a.Addons, a.AutoMode = nil, nil, &eks.AutoModeArgs{}
	}, "autoMode: a cluster with node groups keeps them: make another one, and move what runs there")
	l.PlanRefused("another block of services", func(a *eks.ClusterArgs, _ *lifetest.Network) { a.ServiceCidr = "10.64.0.0/16" }, "shop-cluster", "protect")
	l.Protected()
	l.Destroy()
}

func TestTheLifeOfAClusterInAutoMode(t *testing.T) {
	l := lifetest.Start(t, inAutoMode, deploy)
	requirePreview(t, l)
	l.Up()
	l.Changes("somebody more", guest, "create shop-entry-guest", "create shop-entry-guest-policy")
	planned, err := l.Plan(version("1.35"))
	require.NoError(t, err)
	require.Equal(t, []string{"update shop-cluster"}, planned)
	requirePrinted(t, l.Printed(), `eks.Cluster "shop": Kubernetes 1.34 to 1.35`,
		"1. control plane: shop-cluster, in place, while the API server stays up",
		"2. nodes of node pools: replaced one by one afterwards, as the budgets of pools and pods allow",
		"3. other add-ons: as they are, without a version: metrics-server"+next)
	l.Changes("a minor", version("1.35"), "update shop-cluster")
	l.PlanRefused("a way back", version("1.34"), "version: 1.35 to 1.34 goes back")
	l.PlanRefused("nodes of its own", func(a *eks.ClusterArgs, _ *lifetest.Network) {
		a.AutoMode, a.NodeGroups = nil, map[string]eks.NodeGroupArgs{"general": {}}
	}, "nodeGroups: a cluster in Auto Mode stays in it: make another one, and move what runs there")
	requireTimeToDrain(t, l, "NodeClass", "NodePool")
	l.Protected()
	l.Destroy()
}

func TestNoArgumentReplacesACluster(t *testing.T) {
	l := lifetest.Start(t, func(net *lifetest.Network) *eks.ClusterArgs {
		a := onNetwork(net)
		a.Admins = map[string]eks.AdminArgs{}
		return a
	}, deploy)
	l.Up()
	l.NeverReplaces([]string{"shop-cluster", "shop-logs", "shop-role"}, map[string]change{
		"region":     func(a *eks.ClusterArgs, _ *lifetest.Network) { a.Region = "eu-west-2" },
		"account":    func(a *eks.ClusterArgs, _ *lifetest.Network) { a.AccountId = "444455556666" },
		"version":    version("1.35"),
		"subnets":    func(a *eks.ClusterArgs, net *lifetest.Network) { a.SubnetIds = net.SubnetIdsOf("a", "b") },
		"interfaces": func(a *eks.ClusterArgs, net *lifetest.Network) { a.ControlPlaneSubnetIds = net.SubnetIdsOf("b", "c") },
		"services":   func(a *eks.ClusterArgs, _ *lifetest.Network) { a.ServiceCidr = "10.64.0.0/16" },
		"api":        func(a *eks.ClusterArgs, _ *lifetest.Network) { a.ApiCidrs = append(a.ApiCidrs, "10.9.0.0/16") },
		"public":     func(a *eks.ClusterArgs, _ *lifetest.Network) { a.PublicAccessCidrs = []string{"203.0.113.0/24"} },
		"key":        func(a *eks.ClusterArgs, _ *lifetest.Network) { a.KmsKeyArn = key },
		"AWS's key":  func(a *eks.ClusterArgs, _ *lifetest.Network) { a.KmsKeyArn, a.AwsManagedKey = nil, true },
		"admins": func(a *eks.ClusterArgs, net *lifetest.Network) {
			a.Admins = map[string]eks.AdminArgs{"root": {PrincipalArn: pulumi.String("arn:aws:iam::" + net.AccountId + ":user/root")}}
		},
		"access": guest,
		"role":   func(a *eks.ClusterArgs, _ *lifetest.Network) { a.KubernetesRoleArn = deployer },
		"IRSA":   func(a *eks.ClusterArgs, _ *lifetest.Network) { a.Irsa = true },
		"Auto Mode": func(a *eks.ClusterArgs, _ *lifetest.Network) {
			a.NodeGroups, a.AutoMode = nil, &eks.AutoModeArgs{}
		},
		"groups": func(a *eks.ClusterArgs, _ *lifetest.Network) {
			a.NodeGroups = map[string]eks.NodeGroupArgs{"other": {}}
		},
		"Karpenter": func(a *eks.ClusterArgs, _ *lifetest.Network) { a.Karpenter = &eks.KarpenterArgs{} },
		"controller": func(a *eks.ClusterArgs, _ *lifetest.Network) {
			a.LoadBalancerController = &eks.LoadBalancerControllerArgs{Disabled: true}
		},
		"add-ons": func(a *eks.ClusterArgs, _ *lifetest.Network) {
			a.Addons = map[string]eks.AddonArgs{"snapshot-controller": {}}
		},
		"ingress classes": func(a *eks.ClusterArgs, _ *lifetest.Network) {
			a.IngressClasses = map[string]eks.IngressClassArgs{"internal": {}}
		},
		"storage classes": func(a *eks.ClusterArgs, _ *lifetest.Network) {
			a.StorageClasses = map[string]eks.StorageClassArgs{"other": {}}
		},
		"charts": func(a *eks.ClusterArgs, _ *lifetest.Network) {
			a.Charts = map[string]eks.ChartArgs{"tools": {Chart: "oci://public.ecr.aws/team/tools", Version: "1.0.0"}}
		},
		"logs":        func(a *eks.ClusterArgs, _ *lifetest.Network) { a.Logs = &eks.LogsArgs{RetentionDays: 7} },
		"zones":       func(a *eks.ClusterArgs, _ *lifetest.Network) { a.ZonalShift = pulumi.BoolRef(false) },
		"unprotected": func(a *eks.ClusterArgs, _ *lifetest.Network) { a.DeletionProtection = pulumi.BoolRef(false) },
		"tags":        func(a *eks.ClusterArgs, _ *lifetest.Network) { a.Tags = map[string]string{"team": "shop"} },
	})
}

// An administrator who comes or goes leaves every object in the cluster alone, and one who
// becomes less keeps the entry, of which a principal can have but one.
func TestAnAdministratorMoreReplacesNothing(t *testing.T) {
	more, less := false, false
	l := lifetest.Start(t, onNetwork, func(ctx *pulumi.Context, net *lifetest.Network, a *eks.ClusterArgs) error {
		if more {
			role, err := iam.NewRole(ctx, "operator", &iam.RoleArgs{AssumeRolePolicy: pulumi.String(trustOf(net))}, pulumi.Provider(net.Provider))
			if err != nil {
				return err
			}
			if less {
				a.Access = map[string]eks.AccessArgs{"operator": {PrincipalArn: role.Arn, Policy: eks.View}}
			} else {
				a.Admins = map[string]eks.AdminArgs{"operator": {PrincipalArn: role.Arn}}
			}
		}
		return deploy(ctx, net, a)
	})
	l.Up()
	more = true
	nothing := func(*eks.ClusterArgs, *lifetest.Network) {}
	l.Plans("one more", nothing, "create operator", "create shop-entry-operator", "create shop-entry-operator-policy")
	l.Changes("one more", nothing, "create operator", "create shop-entry-operator", "create shop-entry-operator-policy")
	less = true
	l.Changes("one who may only look", nothing, "replace shop-entry-operator-policy")
	more = false
	l.Changes("one less", nothing, "delete shop-entry-operator-policy", "delete shop-entry-operator", "delete operator")
}

// requirePreview sees that what is inside the cluster can be planned before there is one.
func requirePreview(t testing.TB, l *lifetest.Life[eks.ClusterArgs]) {
	t.Helper()
	planned, err := l.Plan(func(*eks.ClusterArgs, *lifetest.Network) {})
	require.NoError(t, err)
	require.Subset(t, planned, []string{"create shop-cluster", "create shop-kubernetes", "create shop-storage-encrypted"})
}

func guest(a *eks.ClusterArgs, _ *lifetest.Network) {
	a.Access = map[string]eks.AccessArgs{"guest": {Policy: eks.View, Namespaces: []string{"shop"}}}
}

// requirePrinted sees lines one after the other, however far they are indented.
func requirePrinted(t testing.TB, printed string, lines ...string) {
	t.Helper()
	var trimmed []string
	for line := range strings.Lines(printed) {
		trimmed = append(trimmed, strings.TrimSpace(line))
	}
	require.Contains(t, strings.Join(trimmed, "\n"), strings.Join(lines, "\n"))
}

func issuerOf(cluster map[string]any) any {
	identity := cluster["identities"].([]any)[0].(map[string]any)
	return identity["oidcs"].([]any)[0].(map[string]any)["issuer"]
}
