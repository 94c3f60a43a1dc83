package eks_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/components/eks"
	"github.com/plinth-iac/plinth/tests/harness"
)

func TestEveryMistakeIsReportedAtOnceAndNothingIsRegistered(t *testing.T) {
	args := &eks.ClusterArgs{
		Region: "Frankfurt", AccountId: "1234", Version: "1.32",
		SubnetIds:             pulumi.ToStringArray([]string{"subnet-a"}),
		ControlPlaneSubnetIds: pulumi.ToStringArray([]string{"subnet-c"}),
		ServiceCidr:           "8.8.8.0/24",
		PublicAccessCidrs:     []string{"10.0.0.0/8", "203.0.113.1/24", "everywhere"},
		ApiCidrs:              []string{"10.0.0.0/8", "10.0.0.1/8", "2001:db8::/32", "10.0.0.0/8"},
		KmsKeyArn:             key,
		AwsManagedKey:         true,
		Admins: map[string]eks.AdminArgs{
			"deployer": {PrincipalArn: deployer}, "again": {PrincipalArn: deployer}, "nobody": {}, "Root": {PrincipalArn: pulumi.String("arn:aws:iam::111122223333:root")},
		},
		Access: map[string]eks.AccessArgs{
			"same": {PrincipalArn: deployer, Policy: eks.View}, "nothing": {PrincipalArn: pulumi.String("arn:aws:iam::111122223333:role/n")},
			"groups": {PrincipalArn: pulumi.String("arn:aws:iam::111122223333:role/g"), Groups: []string{"system:masters", ""}, Namespaces: []string{"Shop"}},
			"policy": {PrincipalArn: pulumi.String("arn:aws:iam::111122223333:role/p"), Policy: "Everything"},
		},
		NodeGroups: map[string]eks.NodeGroupArgs{
			"Big": {
				Image: "Windows", Architecture: "riscv", Capacity: "reserved", InstanceTypes: []string{"large"}, MinSize: pulumi.IntRef(500), MaxSize: 451,
				VolumeGb: 10, MaxUnavailablePercent: 101, Labels: map[string]string{"kubernetes.io/role": "x"},
				Taints: map[string]eks.TaintArgs{"batch": {Effect: "Never"}}, Version: "latest",
			},
			"mixed": {InstanceTypes: []string{"m7g.large", "m7i.large"}, MinSize: pulumi.IntRef(3), MaxSize: 2, Taints: map[string]eks.TaintArgs{"gpu": {}}},
			"a-group-with-a-key-that-is-too-long-for-it": {MinSize: pulumi.IntRef(0), MaxSize: 1},
		},
		Addons: map[string]eks.AddonArgs{
			"Core DNS": {Version: pulumi.String("latest"), Configuration: "a: 1"},
			"coredns":  {PodIdentities: map[string]eks.PodIdentityArgs{"Some Account": {}}},
		},
		Logs: &eks.LogsArgs{Types: []eks.LogType{"everything"}, RetentionDays: 42},
	}
	g, err := harness.Try(harness.Preview, program("Shop_1", args))
	require.Error(t, err)
	require.Empty(t, g.Resources)
	harness.Golden(t, "errors.golden", err.Error()+"\n")
}

func TestWhatAwsWouldRefuseIsRefused(t *testing.T) {
	groups := func(version string) func(a *eks.ClusterArgs) {
		return func(a *eks.ClusterArgs) {
			a.NodeGroups = map[string]eks.NodeGroupArgs{"general": {}, "old": {Version: version}}
		}
	}
	proxy := func(version string) func(a *eks.ClusterArgs) {
		return func(a *eks.ClusterArgs) {
			a.Addons = map[string]eks.AddonArgs{"kube-proxy": {Version: pulumi.String(version)}}
		}
	}
	for name, test := range map[string]struct {
		change func(a *eks.ClusterArgs)
		want   string
	}{
		"no version": {func(a *eks.ClusterArgs) { a.Version = "" }, "version: is required"},
		"a key of two people": {func(a *eks.ClusterArgs) {
			a.Access = map[string]eks.AccessArgs{"deployer": {PrincipalArn: pulumi.String("arn:aws:iam::111122223333:role/other"), Policy: eks.View}}
		}, "access.deployer: an administrator has the key already: each entry has its own"},
		"no such minor": {func(a *eks.ClusterArgs) { a.Version = "1.37" }, `version: "1.37" is not supported; allowed: 1.34, 1.35, 1.36`},
		"a patch":       {func(a *eks.ClusterArgs) { a.Version = "1.35.1" }, `version: "1.35.1" is not supported; allowed: 1.34, 1.35, 1.36`},
		"nobody": {func(a *eks.ClusterArgs) { a.Admins = nil },
			"admins: is required: nobody could reach the cluster, and whoever makes it is no administrator for that"},
		"no key": {func(a *eks.ClusterArgs) { a.KmsKeyArn = nil }, "kmsKeyArn: is required, unless awsManagedKey is true: " +
			"the key cannot be changed later, and what AWS's own key encrypts cannot be shared with another account"},
		"no nodes":           {func(a *eks.ClusterArgs) { a.NodeGroups = nil }, "nodeGroups: is required, unless autoMode is given: pods need nodes"},
		"two kinds of nodes": {func(a *eks.ClusterArgs) { a.AutoMode = &eks.AutoModeArgs{} }, "autoMode: conflicts with nodeGroups: nodes are made by one of them"},
		"no place for add-ons": {func(a *eks.ClusterArgs) {
			a.NodeGroups = map[string]eks.NodeGroupArgs{"batch": {Taints: map[string]eks.TaintArgs{"batch": {}}}, "later": {MinSize: pulumi.IntRef(0), MaxSize: 2}}
		}, "nodeGroups: one group must have a minSize of 1 or more and no taint but CriticalAddonsOnly: DNS and the other add-ons need a place"},
		"nodes before the control plane": {groups("1.36"),
			`nodeGroups.old.version: "1.36": is newer than the control plane: set the cluster's version to 1.36 first, one minor at a time`},
		"nodes too far behind": {groups("1.31"),
			`nodeGroups.old.version: "1.31": is more than 3 minors behind 1.35: set it to 1.32 or newer, deploy, then upgrade the control plane`},
		"kube-proxy before the control plane": {proxy("v1.36.0-eksbuild.1"),
			`addons.kube-proxy.version: "v1.36.0-eksbuild.1": must be of 1.32 to 1.35: not newer than the cluster, and 3 minors behind at most`},
		"kube-proxy too far behind": {proxy("v1.31.0-eksbuild.1"),
			`addons.kube-proxy.version: "v1.31.0-eksbuild.1": must be of 1.32 to 1.35: not newer than the cluster, and 3 minors behind at most`},
		"an add-on that Auto Mode has": {func(a *eks.ClusterArgs) {
			a.NodeGroups, a.AutoMode, a.Addons = nil, &eks.AutoModeArgs{}, map[string]eks.AddonArgs{"coredns": {}}
		}, "addons.coredns: Auto Mode brings its own"},
		"an add-on before nodes that nobody makes": {func(a *eks.ClusterArgs) {
			a.NodeGroups, a.AutoMode, a.Addons = nil, &eks.AutoModeArgs{}, map[string]eks.AddonArgs{"aws-guardduty-agent": {BeforeNodes: true}}
		}, "addons.aws-guardduty-agent.beforeNodes: conflicts with autoMode: its nodes wait for no add-on"},
		"too many blocks": {func(a *eks.ClusterArgs) {
			for i := range 41 {
				a.PublicAccessCidrs = append(a.PublicAccessCidrs, fmt.Sprintf("203.0.113.%d/32", i))
			}
		}, "publicAccessCidrs: 41: EKS takes 40 at most"},
		"too many groups": {func(a *eks.ClusterArgs) {
			for i := range 30 {
				a.NodeGroups[fmt.Sprint(i)] = eks.NodeGroupArgs{}
			}
		}, "nodeGroups: 31: a cluster has at most 30"},
	} {
		t.Run(name, func(t *testing.T) {
			args := smallest()
			test.change(args)
			g, err := harness.Try(harness.Preview, program("shop", args))
			require.ErrorContains(t, err, "eks.Cluster \"shop\": 1 problem\n  "+test.want+"\n")
			require.Empty(t, g.Resources)
		})
	}
}

func TestNamesThatLeaveNoRoomAreRefused(t *testing.T) {
	_, err := harness.Try(harness.Preview, program(strings.Repeat("a", 25), smallest()))
	require.ErrorContains(t, err, "must be 1 to 24 small letters, digits and single hyphens, and begin with a letter")
	_, err = harness.Try(harness.Preview, program(strings.Repeat("a", 24), smallest()))
	require.NoError(t, err)
}

func TestAnythingMayBeUnknown(t *testing.T) {
	unknown := func(text string) pulumi.StringOutput { return pulumi.String(text).ToStringOutput() }
	args := smallest()
	args.KmsKeyArn, args.SubnetIds = unknown("key"), pulumi.ToStringArray([]string{"a", "b"}).ToStringArrayOutput()
	args.Admins = map[string]eks.AdminArgs{"one": {PrincipalArn: unknown("same")}, "two": {PrincipalArn: unknown("same")}}
	args.Addons = map[string]eks.AddonArgs{"kube-proxy": {Version: unknown("anything")}}
	_, err := harness.Try(harness.Preview, program("shop", args))
	require.NoError(t, err)
}

func TestNilArgsAreRefusedNotPanickedOn(t *testing.T) {
	_, err := harness.Try(harness.Preview, program("shop", nil))
	require.ErrorContains(t, err, "admins: is required")
}
