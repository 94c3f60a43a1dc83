package eks_test

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/components/eks"
	"github.com/plinth-iac/plinth/tests/harness"
)

type statement struct {
	Sid              string
	Effect           string
	Action, Resource oneOrMore
	Condition        map[string]map[string]oneOrMore
}

// oneOrMore is how IAM writes lists.
type oneOrMore []string

func (o *oneOrMore) UnmarshalJSON(text []byte) error {
	var one string
	if json.Unmarshal(text, &one) == nil {
		*o = oneOrMore{one}
		return nil
	}
	return json.Unmarshal(text, (*[]string)(o))
}

func rights(t *testing.T, args *eks.ClusterArgs, policy string) (map[string]statement, string) {
	t.Helper()
	text, _ := harness.Run(t, harness.Update, program("shop", args)).Named(t, policy).Value("policy").(string)
	var document struct{ Statement []statement }
	require.NoError(t, json.Unmarshal([]byte(text), &document))
	byName := map[string]statement{}
	for i, s := range document.Statement {
		if s.Sid == "" {
			s.Sid = string(rune('0' + i))
		}
		byName[s.Sid] = s
	}
	require.Len(t, byName, len(document.Statement))
	return byName, text
}

var reads = regexp.MustCompile(`^[a-z0-9-]+:(Describe|Get|List)`)

func TestControllersCanDoNoMoreThanTheyMust(t *testing.T) {
	for policy, tag := range map[string]string{"shop-role-karpenter-rights": "eks:eks-cluster-name", "shop-role-load-balancers-rights": "elbv2.k8s.aws/cluster"} {
		statements, text := rights(t, withKarpenter(), policy)
		require.Less(t, len(text), 10_240, "all inline policies of a role have that room")
		for name, s := range statements {
			require.Equal(t, "Allow", s.Effect, name)
			for _, action := range s.Action {
				if !strings.HasPrefix(action, "kms:") { // AWS's own form for keys
					require.NotContains(t, action, "*", name)
				}
				for _, resource := range s.Resource {
					if resource == "*" {
						require.Regexp(t, reads, action, "%s: what has no resource only reads", name)
					}
				}
			}
			if !changesAnything(s) {
				continue
			}
			require.True(t, isNarrow(s, tag), "%s changes what is not the cluster's: %v", name, s)
		}
	}
}

func changesAnything(s statement) bool {
	for _, action := range s.Action {
		if !reads.MatchString(action) && action != "pricing:GetProducts" {
			return true
		}
	}
	return false
}

// isNarrow says that a statement holds for what carries the cluster's name, or for one
// resource, or only for what instances are started from, or for a service's own role.
func isNarrow(s statement, tag string) bool {
	for _, keys := range s.Condition {
		for key, values := range keys {
			if strings.HasSuffix(key, "Tag/"+tag) && len(values) == 1 && values[0] == "shop" || key == "iam:AWSServiceName" {
				return true
			}
		}
	}
	switch s.Sid {
	case "LaunchFrom": // images and subnets carry no cluster's name
		return true
	case "Firewall": // nor do the user's web ACLs
		return strings.Contains(strings.Join(s.Resource, " "), ":regional/webacl/")
	}
	return !slices.ContainsFunc(s.Resource, func(arn string) bool { return strings.HasSuffix(arn, "*") })
}

func TestKarpenterPassesOnlyTheRoleOfItsNodes(t *testing.T) {
	statements, text := rights(t, withKarpenter(), "shop-role-karpenter-rights")
	pass := statements["PassNodeRole"]
	require.Equal(t, oneOrMore{"iam:PassRole"}, pass.Action)
	require.Equal(t, oneOrMore{"arn:aws:mock:us-east-1:111122223333:shop-karpenter-nodes-role"}, pass.Resource)
	require.Equal(t, 1, strings.Count(text, "iam:PassRole"))
	require.NotContains(t, text, "iam:CreateInstanceProfile", "the profile is made for it")
}

func TestWhatKarpenterStartsCarriesTheClustersName(t *testing.T) {
	statements, _ := rights(t, withKarpenter(), "shop-role-karpenter-rights")
	require.Equal(t, oneOrMore{"shop"}, statements["Launch"].Condition["StringEquals"]["aws:RequestTag/eks:eks-cluster-name"])
	for _, sid := range []string{"LaunchFromTemplate", "Terminate", "TagInstances"} {
		require.Equal(t, oneOrMore{"shop"}, statements[sid].Condition["StringEquals"]["aws:ResourceTag/eks:eks-cluster-name"], sid)
	}
	require.NotContains(t, statements["LaunchFrom"].Action, "ec2:CreateLaunchTemplate")
}

func TestKarpenterKnowsOfZonalShiftsOnlyWhereThereAreSome(t *testing.T) {
	without := withKarpenter()
	without.ZonalShift = pulumi.BoolRef(false)
	for _, test := range []struct {
		args *eks.ClusterArgs
		want bool
	}{{withKarpenter(), true}, {without, false}} {
		statements, _ := rights(t, test.args, "shop-role-karpenter-rights")
		_, allowed := statements["ZonalShift"]
		require.Equal(t, test.want, allowed)
		g := harness.Run(t, harness.Update, program("shop", test.args))
		require.Equal(t, test.want, g.Named(t, "shop-chart-karpenter").Value("values.settings.enableZonalShift"))
	}
}

func TestKarpenterEncryptsWithTheClustersKeyOnlyWhereThereIsOne(t *testing.T) {
	without := withKarpenter()
	without.KmsKeyArn, without.AwsManagedKey = nil, true
	for _, test := range []struct {
		args *eks.ClusterArgs
		want any
	}{{withKarpenter(), string(key)}, {without, nil}} {
		_, text := rights(t, test.args, "shop-role-karpenter-rights")
		require.Equal(t, test.want != nil, strings.Contains(text, "kms:"))
		class := harness.Run(t, harness.Update, program("shop", test.args)).Named(t, "shop-nodeclass")
		for _, disk := range []string{"spec.blockDeviceMappings[0].ebs", "spec.blockDeviceMappings[1].ebs"} {
			require.Equal(t, test.want, class.Value(disk+".kmsKeyID"))
			require.Equal(t, true, class.Value(disk+".encrypted"))
		}
	}
}

func TestKarpenterReplacesBrokenNodes(t *testing.T) {
	chart := harness.Run(t, harness.Update, program("shop", withKarpenter())).Named(t, "shop-chart-karpenter")
	require.Equal(t, true, chart.Value("values.settings.featureGates.nodeRepair"))
}

// Bottlerocket keeps itself on the first disk, and images and logs on the second.
func TestImagesAreOnTheVolumeThatIsTheirs(t *testing.T) {
	linux := withKarpenter()
	linux.Karpenter = &eks.KarpenterArgs{}
	for alias, test := range map[string]struct {
		args *eks.ClusterArgs
		want map[string]any
	}{
		"al2023@latest":        {linux, map[string]any{"/dev/xvda": "50Gi"}},
		"bottlerocket@v1.62.1": {withKarpenter(), map[string]any{"/dev/xvda": "4Gi", "/dev/xvdb": "100Gi"}},
	} {
		class := harness.Run(t, harness.Update, program("shop", test.args)).Named(t, "shop-nodeclass")
		require.Equal(t, alias, class.Value("spec.amiSelectorTerms[0].alias"))
		got := map[string]any{}
		for _, disk := range class.Value("spec.blockDeviceMappings").([]any) {
			mapping := disk.(map[string]any)
			got[mapping["deviceName"].(string)] = mapping["ebs"].(map[string]any)["volumeSize"]
		}
		require.Equal(t, test.want, got)
		require.Equal(t, map[string]any{
			"httpEndpoint": "enabled", "httpProtocolIPv6": "disabled", "httpTokens": "required", "httpPutResponseHopLimit": 1.0,
		}, class.Value("spec.metadataOptions"))
	}
}

func TestOnlyTheRulesWriteInterruptionsAndOnlyOverTls(t *testing.T) {
	statements, _ := rights(t, withKarpenter(), "shop-karpenter-queue-policy")
	require.Len(t, statements["Events"].Condition["ArnEquals"]["aws:SourceArn"], 4)
	require.Equal(t, "Deny", statements["OnlyTls"].Effect)
	require.Equal(t, oneOrMore{"false"}, statements["OnlyTls"].Condition["Bool"]["aws:SecureTransport"])
	harness.Both(t, program("shop", withKarpenter()), func(t *testing.T, g *harness.Graph) {
		queue := g.Named(t, "shop-karpenter-queue")
		require.Equal(t, 300.0, queue.Value("messageRetentionSeconds"))
		require.Equal(t, true, queue.Value("sqsManagedSseEnabled"))
		require.Equal(t, `{"detail-type":["EC2 Spot Instance Interruption Warning"],"source":["aws.ec2"]}`, g.Named(t, "shop-karpenter-rule-spot").Value("eventPattern"))
		require.Equal(t, "EC2_LINUX", g.Named(t, "shop-karpenter-nodes-access").Value("type"))
	})
}

func TestKarpenterMustKnowTheClustersVersion(t *testing.T) {
	for version, test := range map[string]struct{ karpenter, want string }{
		"1.34": {"1.5.9", `karpenter.version: "1.5.9": Kubernetes 1.34 needs Karpenter 1.6 or newer: raise it before the cluster's version`},
		"1.35": {"1.10.0", ""},
		"1.36": {"1.12.9", `karpenter.version: "1.12.9": Kubernetes 1.36 needs Karpenter 1.13 or newer: raise it before the cluster's version`},
	} {
		args := smallest()
		args.Version, args.Karpenter = version, &eks.KarpenterArgs{Version: test.karpenter}
		_, err := harness.Try(harness.Preview, program("shop", args))
		if test.want == "" {
			require.NoError(t, err, version)
		} else {
			require.ErrorContains(t, err, test.want, version)
		}
	}
}
