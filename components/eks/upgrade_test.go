package eks

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/plinth-iac/plinth/components/fielderr"
)

func TestAControlPlaneRisesByOneMinor(t *testing.T) {
	for name, test := range map[string]struct{ running, target, want string }{
		"the next minor": {"1.34", "1.35", ""},
		"the same":       {"1.34", "1.34", ""},
		"a skipped minor": {"1.34", "1.36",
			"1.34 to 1.36 skips 1.35: set version to 1.35, deploy, then 1.36"},
		"two skipped minors": {"1.34", "1.37",
			"1.34 to 1.37 skips 1.35 and 1.36: set version to 1.35, deploy, then 1.36, deploy, then 1.37"},
		"a way back": {"1.35", "1.34", "1.35 to 1.34 goes back, which a control plane cannot: set version to 1.35 " +
			"(at the end of standard support, EKS upgrades by itself)"},
		"a version of some later form": {"2.0", "1.34", ""},
	} {
		t.Run(name, func(t *testing.T) { requireText(t, test.want, checkControlPlane(test.running, test.target)) })
	}
}

func TestNodesStayCloseBehindTheControlPlane(t *testing.T) {
	for name, test := range map[string]struct{ running, target, controlPlane, want string }{
		"with it":               {"1.33", "1.34", "1.34", ""},
		"pinned":                {"1.33", "1.33", "1.36", ""},
		"skipping minors":       {"1.33", "1.36", "1.36", ""},
		"nothing known of them": {"", "1.34", "1.34", ""},
		"a way back": {"1.35", "1.34", "1.36",
			"1.35 to 1.34 goes back, which nodes cannot: make a group of another key, and delete this one"},
		"too far behind, though they would follow": {"1.31", "1.35", "1.35",
			"the nodes run 1.31, which is more than 3 minors behind 1.35: bring them to 1.32 or newer first, deploy, then upgrade the control plane"},
	} {
		t.Run(name, func(t *testing.T) {
			requireText(t, test.want, checkNodes(test.running, test.target, test.controlPlane))
		})
	}
}

func TestARangeHasRoomForTheNodesThatRun(t *testing.T) {
	for name, test := range map[string]struct {
		least, most, nodes int
		want               string
	}{
		"at the least":             {2, 5, 2, ""},
		"at the most":              {2, 5, 5, ""},
		"the program's own number": {3, 3, 2, ""},
		"too few": {3, 5, 2, "minSize: 3: the group has fewer nodes, 2: set minSize and maxSize to 3, deploy, " +
			"then set the range (or refresh, if the number has changed)"},
		"too many": {1, 2, 4, "maxSize: 2: the group has more nodes, 4: set minSize and maxSize to 2, deploy, " +
			"then set the range (or refresh, if the number has changed)"},
	} {
		t.Run(name, func(t *testing.T) {
			var errs fielderr.List
			NodeGroupArgs{MinSize: &test.least, MaxSize: test.most}.checkRange(&errs, test.nodes)
			if test.want != "" {
				test.want = "group: 1 problem\n  " + test.want
			}
			requireText(t, test.want, errs.Err("group"))
		})
	}
}

// Outputs are what ran at the last deploy or refresh; inputs are older where an autoscaler is.
func TestTheNumberOfNodesIsWhatAwsSaid(t *testing.T) {
	nodes := func(n float64) resource.PropertyMap {
		return resource.PropertyMap{"scalingConfig": resource.NewProperty(resource.PropertyMap{"desiredSize": resource.NewProperty(n)})}
	}
	got, known := runningNodes(&pulumi.ResourceHookArgs{OldOutputs: nodes(4), OldInputs: nodes(2)})
	require.True(t, known)
	require.Equal(t, 4, got)
	got, _ = runningNodes(&pulumi.ResourceHookArgs{OldInputs: nodes(2)})
	require.Equal(t, 2, got)
	_, known = runningNodes(&pulumi.ResourceHookArgs{})
	require.False(t, known)
}

func requireText(t testing.TB, want string, err error) {
	t.Helper()
	if want == "" {
		require.NoError(t, err)
	} else {
		require.EqualError(t, err, want)
	}
}

var anyVersion = rapid.Custom(func(r *rapid.T) string { return fmt.Sprintf("1.%d", rapid.IntRange(20, 50).Draw(r, "minor")) })

// What the errors say to do first is itself allowed, and leads to where one wanted to go.
func TestWhatAnErrorAdvisesIsAllowed(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		running, target := anyVersion.Draw(r, "running"), anyVersion.Draw(r, "target")
		from, _ := minorOf(running)
		to, _ := minorOf(target)
		err := checkControlPlane(running, target)
		require.Equal(r, to < from || to > from+1, err != nil)
		if to > from+1 {
			for minor := from; minor < to; minor++ {
				step := fmt.Sprintf("1.%d", minor+1)
				require.Contains(r, err.Error(), step)
				require.NoError(r, checkControlPlane(fmt.Sprintf("1.%d", minor), step))
			}
		}
	})
}

// Nodes are let through exactly where Kubernetes lets their kubelets be.
func TestNodesAreLetThroughWhereKubeletsMayBe(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		running, target, controlPlane := anyVersion.Draw(r, "running"), anyVersion.Draw(r, "target"), anyVersion.Draw(r, "controlPlane")
		from, _ := minorOf(running)
		to, _ := minorOf(target)
		of, _ := minorOf(controlPlane)
		require.Equal(r, to >= from && of-from <= mostBehind, checkNodes(running, target, controlPlane) == nil)
	})
}

func TestThePlanNamesEveryStageInItsOrder(t *testing.T) {
	const next = " (to raise one, set its version, or ask LookupAddonVersions)"
	a := (&ClusterArgs{
		Version: "1.35",
		NodeGroups: map[string]NodeGroupArgs{
			"general": {}, "old": {Version: "1.33"},
		},
		Addons: map[string]AddonArgs{
			"kube-proxy": {Version: pulumi.String("v1.35.0-eksbuild.2")}, "coredns": {Version: pulumi.String("v1.13.2-eksbuild.1")},
		},
		Karpenter: &KarpenterArgs{},
	}).withDefaults()
	require.Equal(t, []string{
		"control plane: shop-cluster, in place, while the API server stays up",
		"add-ons that nodes need: kube-proxy at v1.35.0-eksbuild.2; as they are, without a version: eks-pod-identity-agent, vpc-cni" + next,
		"nodes: shop-nodes-general to 1.35, 33% at a time, as disruption budgets allow",
		"nodes: shop-nodes-old stays at 1.33 (version is set)",
		"nodes of node pools: replaced one by one afterwards, as the budgets of pools and pods allow",
		"other add-ons: coredns at v1.13.2-eksbuild.1; as they are, without a version: aws-ebs-csi-driver, eks-node-monitoring-agent, metrics-server" + next,
	}, upgradePlan("shop", a))
	auto := (&ClusterArgs{Version: "1.35", AutoMode: &AutoModeArgs{}}).withDefaults()
	require.Equal(t, []string{
		"control plane: shop-cluster, in place, while the API server stays up",
		"nodes of node pools: replaced one by one afterwards, as the budgets of pools and pods allow",
		"other add-ons: as they are, without a version: metrics-server" + next,
	}, upgradePlan("shop", auto))
}

// Outputs are what ran at the last deploy or refresh; inputs only what was wished for.
func TestTheRunningVersionIsWhatAwsSaid(t *testing.T) {
	version := func(v string) resource.PropertyMap {
		return resource.PropertyMap{"version": resource.NewProperty(v)}
	}
	require.Equal(t, "1.34", runningVersion(&pulumi.ResourceHookArgs{OldOutputs: version("1.34"), OldInputs: version("1.33")}))
	require.Equal(t, "1.33", runningVersion(&pulumi.ResourceHookArgs{OldInputs: version("1.33")}))
	require.Empty(t, runningVersion(&pulumi.ResourceHookArgs{OldOutputs: resource.PropertyMap{"version": resource.MakeComputed(resource.NewProperty(""))}}))
}

func TestSettingsAreLaidOverTheComponentsOwn(t *testing.T) {
	own := map[string]any{"autoScaling": map[string]any{"enabled": true, "minReplicas": 2}, "tolerations": []any{"a", "b"}}
	for name, test := range map[string]struct{ user, want, err string }{
		"nothing":         {"", `{"autoScaling":{"enabled":true,"minReplicas":2},"tolerations":["a","b"]}`, ""},
		"a key more":      {`{"computeType":"ec2"}`, `{"autoScaling":{"enabled":true,"minReplicas":2},"computeType":"ec2","tolerations":["a","b"]}`, ""},
		"a key inside":    {`{"autoScaling":{"minReplicas":3}}`, `{"autoScaling":{"enabled":true,"minReplicas":3},"tolerations":["a","b"]}`, ""},
		"a list as whole": {`{"tolerations":[]}`, `{"autoScaling":{"enabled":true,"minReplicas":2},"tolerations":[]}`, ""},
		"a long number":   {`{"autoScaling":12345678901234567890}`, `{"autoScaling":12345678901234567890,"tolerations":["a","b"]}`, ""},
		"a list":          {`[1]`, "", "is not a JSON object"},
		"null":            {`null`, "", "is not a JSON object"},
		"two objects":     {`{} {}`, "", "is not a JSON object"},
		"no JSON":         {`a: 1`, "", "is not a JSON object: invalid character 'a' looking for beginning of value"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := configurationOf(own, test.user)
			if test.err != "" {
				require.ErrorContains(t, err, test.err)
				return
			}
			require.NoError(t, err)
			require.Equal(t, test.want, got)
		})
	}
	require.Equal(t, map[string]any{"enabled": true, "minReplicas": 2}, own["autoScaling"], "the component's own are not changed")
}

// Whatever is let through is an object, and laying it over again changes nothing.
func FuzzSettings(f *testing.F) {
	for _, seed := range []string{"", "{}", `{"a":{"b":1}}`, `{"a":null}`, `{"c":"x"}`, "[]", "{"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, user string) {
		own := map[string]any{"a": map[string]any{"b": "own"}, "c": true}
		once, err := configurationOf(own, user)
		if err != nil {
			return
		}
		var object map[string]any
		require.NoError(t, json.Unmarshal([]byte(once), &object))
		twice, err := configurationOf(own, once)
		require.NoError(t, err)
		require.Equal(t, once, twice)
	})
}
