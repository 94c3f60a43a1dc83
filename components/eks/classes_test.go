package eks_test

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/components/eks"
	"github.com/plinth-iac/plinth/tests/harness"
)

// Workloads name classes, and must not see which profile they run in.
func TestClassesHaveTheSameNamesInBothProfiles(t *testing.T) {
	for name, test := range map[string]struct {
		args                                         *eks.ClusterArgs
		ingress, group, version, certificate, volume string
	}{
		"managed": {withKarpenter(), "ingress.k8s.aws/alb", "elbv2.k8s.aws", "v1beta1", "certificateArn", "ebs.csi.aws.com"},
		"auto":    {withPools(), "eks.amazonaws.com/alb", "eks.amazonaws.com", "v1", "certificateARNs", "ebs.csi.eks.amazonaws.com"},
	} {
		t.Run(name, func(t *testing.T) {
			harness.Both(t, program("shop", test.args), func(t *testing.T, g *harness.Graph) {
				class, params := g.Named(t, "shop-ingress-public"), g.Named(t, "shop-alb-public")
				require.Equal(t, test.ingress, class.Value("spec.controller"))
				require.Equal(t, map[string]any{"apiGroup": test.group, "kind": "IngressClassParams", "name": "public"}, class.Value("spec.parameters"))
				require.Equal(t, "kubernetes:"+test.group+"/"+test.version+":IngressClassParams", params.Type)
				require.Equal(t, "public", params.Value("metadata.name"))
				require.Len(t, params.Value("spec."+test.certificate), 1)
				require.Nil(t, params.Value("spec.sslRedirectPort"), "ingresses say so, in both")
				require.Equal(t, test.volume, g.Named(t, "shop-storage-encrypted").Value("provisioner"))
				require.Equal(t, "encrypted", g.Named(t, "shop-storage-encrypted").Value("metadata.name"))
			})
		})
	}
}

func TestALoadBalancerIsClosedAndEncryptedUnlessThatIsSaid(t *testing.T) {
	args := smallest()
	args.IngressClasses = map[string]eks.IngressClassArgs{"shop": {
		CertificateArns: pulumi.ToStringArray([]string{"arn:aws:acm:us-east-1:111122223333:certificate/shop"}),
		InboundCidrs:    pulumi.ToStringArray([]string{"10.0.0.0/16"}),
	}}
	harness.Both(t, program("shop", args), func(t *testing.T, g *harness.Graph) {
		params := g.Named(t, "shop-alb-shop")
		for path, want := range map[string]any{
			"scheme": "internal", "sslPolicy": "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09", "group.name": "shop",
			"inboundCIDRs": []any{"10.0.0.0/16"}, "subnets.ids": []any{"subnet-a", "subnet-b"}, "namespaceSelector": nil, "tags": nil,
			"loadBalancerAttributes": []any{
				map[string]any{"key": "idle_timeout.timeout_seconds", "value": "60"},
				map[string]any{"key": "routing.http.drop_invalid_header_fields.enabled", "value": "true"},
				map[string]any{"key": "zonal_shift.config.enabled", "value": "true"},
			},
		} {
			require.Equal(t, want, params.Value("spec."+path), path)
		}
	})
}

func TestVolumesAreEncryptedWithTheClustersKeyUnlessAnotherIsGiven(t *testing.T) {
	for name, args := range map[string]*eks.ClusterArgs{"managed": withKarpenter(), "auto": withPools()} {
		t.Run(name, func(t *testing.T) {
			harness.Both(t, program("shop", args), func(t *testing.T, g *harness.Graph) {
				for _, test := range []struct{ class, key string }{
					{"encrypted", string(key)}, {"wide", string(key)}, {"fast", "arn:aws:kms:us-east-1:111122223333:key/fast"},
				} {
					class := g.Named(t, "shop-storage-"+test.class)
					require.Equal(t, "true", class.Value("parameters.encrypted"))
					require.Equal(t, test.key, class.Value("parameters.kmsKeyId"))
					require.Equal(t, "WaitForFirstConsumer", class.Value("volumeBindingMode"))
					require.Equal(t, true, class.Value("allowVolumeExpansion"))
				}
				require.Equal(t, "Retain", g.Named(t, "shop-storage-fast").Value("reclaimPolicy"))
			})
		})
	}
	aws := smallest()
	aws.KmsKeyArn, aws.AwsManagedKey = nil, true
	harness.Both(t, program("shop", aws), func(t *testing.T, g *harness.Graph) {
		class := g.Named(t, "shop-storage-encrypted")
		require.Equal(t, "true", class.Value("parameters.encrypted"))
		require.Nil(t, class.Value("parameters.kmsKeyId"), "AWS's own")
		require.Equal(t, "true", class.Value(`metadata.annotations["storageclass.kubernetes.io/is-default-class"]`))
	})
}

// Whoever makes volumes may use every key that a class has, each once and through EC2 only;
// whoever starts nodes only that of the cluster.
func TestVolumesCanBeMadeWithEveryKeyOfAClass(t *testing.T) {
	const fast = "arn:aws:kms:us-east-1:111122223333:key/fast"
	const via = "ec2.us-east-1.amazonaws.com"
	more := func(a *eks.ClusterArgs) *eks.ClusterArgs {
		a.StorageClasses["again"] = eks.StorageClassArgs{KmsKeyArn: pulumi.String(fast)}
		return a
	}
	foreign := smallest()
	foreign.KmsKeyArn, foreign.AwsManagedKey = nil, true
	foreign.StorageClasses = map[string]eks.StorageClassArgs{"fast": {KmsKeyArn: pulumi.String(fast)}}
	for name, test := range map[string]struct {
		args   *eks.ClusterArgs
		policy string
		keys   oneOrMore
	}{
		"add-on":         {more(withKarpenter()), "shop-role-aws-ebs-csi-driver-key", oneOrMore{string(key), fast}},
		"Auto Mode":      {more(withPools()), "shop-role-resources", oneOrMore{string(key), fast}},
		"Karpenter":      {more(withKarpenter()), "shop-role-karpenter-rights", oneOrMore{string(key)}},
		"only a class's": {foreign, "shop-role-aws-ebs-csi-driver-key", oneOrMore{fast}},
	} {
		t.Run(name, func(t *testing.T) {
			statements, _ := rights(t, test.args, test.policy)
			found := 0
			for _, s := range statements {
				if strings.HasPrefix(s.Action[0], "kms:") {
					found++
					require.ElementsMatch(t, test.keys, s.Resource)
					require.Equal(t, oneOrMore{via}, s.Condition["StringEquals"]["kms:ViaService"])
				}
			}
			require.Equal(t, 2, found)
		})
	}
}

// Volumes of claims carry the cluster's tags, by the means that each profile has.
func TestVolumesOfClaimsHaveTheClustersTags(t *testing.T) {
	tags := map[string]string{"team": "shop", "cost:centre": "a=1"}
	managed, automode := smallest(), auto()
	managed.Tags, automode.Tags = tags, tags
	managed.Addons = map[string]eks.AddonArgs{"aws-ebs-csi-driver": {Configuration: `{"controller":{"extraVolumeTags":{"kind":"claim"}}}`}}
	harness.Both(t, program("shop", managed), func(t *testing.T, g *harness.Graph) {
		require.JSONEq(t, `{"controller":{"extraVolumeTags":{"cost:centre":"a=1","kind":"claim","team":"shop"}}}`,
			g.Named(t, "shop-addon-aws-ebs-csi-driver").Value("configurationValues").(string))
		require.Nil(t, g.Named(t, "shop-storage-encrypted").Value("parameters.tagSpecification_1"))
	})
	harness.Both(t, program("shop", automode), func(t *testing.T, g *harness.Graph) {
		parameters := g.Named(t, "shop-storage-encrypted").Value("parameters").(map[string]any)
		require.Equal(t, "cost:centre=a=1", parameters["tagSpecification_1"])
		require.Equal(t, "team=shop", parameters["tagSpecification_2"])
	})
}
