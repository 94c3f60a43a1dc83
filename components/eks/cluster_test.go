package eks_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/components/eks"
	"github.com/plinth-iac/plinth/tests/harness"
)

func TestGraph(t *testing.T) {
	for name, args := range map[string]*eks.ClusterArgs{"smallest": smallest(), "auto": auto(), "full": full()} {
		t.Run(name, func(t *testing.T) {
			harness.Both(t, program("shop", args), func(t *testing.T, g *harness.Graph) {
				g.Golden(t, name)
				g.Owned(t, eks.Type+"::shop", "shop-")
			})
		})
	}
}

func TestSafeByDefault(t *testing.T) {
	for name, args := range map[string]*eks.ClusterArgs{"node groups": smallest(), "Auto Mode": auto()} {
		t.Run(name, func(t *testing.T) {
			harness.Both(t, program("shop", args), func(t *testing.T, g *harness.Graph) {
				cluster := g.Named(t, "shop-cluster")
				require.True(t, cluster.Protect)
				for path, want := range map[string]any{
					"accessConfig.authenticationMode": "API", "accessConfig.bootstrapClusterCreatorAdminPermissions": false,
					"vpcConfig.endpointPrivateAccess": true, "vpcConfig.endpointPublicAccess": false, "vpcConfig.publicAccessCidrs": nil,
					"encryptionConfig.provider.keyArn": string(key), "encryptionConfig.resources[0]": "secrets",
					"upgradePolicy.supportType": "STANDARD", "zonalShiftConfig.enabled": true, "bootstrapSelfManagedAddons": false,
				} {
					require.Equal(t, want, cluster.Value(path), path)
				}
			})
		})
	}
}

// EKS makes a group that keeps everything, unless one is there first.
func TestTheLogGroupIsThereBeforeTheCluster(t *testing.T) {
	harness.Both(t, program("shop", smallest()), func(t *testing.T, g *harness.Graph) {
		group := g.Named(t, "shop-logs")
		require.Contains(t, g.Named(t, "shop-cluster").Dependencies, group.URN)
		require.Equal(t, 90.0, group.Value("retentionInDays"))
		require.Equal(t, string(key), group.Value("kmsKeyId"))
		if g.Mode == harness.Update { // the names are the engine's to choose
			require.Equal(t, "/aws/eks/shop/cluster", group.Value("name"))
			require.Equal(t, "shop", g.Named(t, "shop-cluster").Value("name"))
		}
	})
}

// A deploy is as fast as its longest chain: what waits for what is written here, all of it.
func TestNodesWaitForTheirNetworkAndAddonsForNodes(t *testing.T) {
	harness.Both(t, program("shop", smallest()), func(t *testing.T, g *harness.Graph) {
		cluster, nodes := g.Named(t, "shop-cluster"), g.Named(t, "shop-nodes-general")
		require.ElementsMatch(t, urns(t, g, "shop-role", "shop-role-AmazonEKSClusterPolicy", "shop-logs"), cluster.Dependencies)
		require.ElementsMatch(t, urns(t, g, "shop-cluster", "shop-node-role", "shop-nodes-general-template",
			"shop-node-role-AmazonEKSWorkerNodePolicy", "shop-node-role-AmazonEC2ContainerRegistryPullOnly",
			"shop-addon-vpc-cni", "shop-addon-kube-proxy", "shop-addon-eks-pod-identity-agent"), nodes.Dependencies)
		for _, name := range []string{"vpc-cni", "kube-proxy", "eks-pod-identity-agent"} {
			require.NotContains(t, g.Named(t, "shop-addon-"+name).Dependencies, nodes.URN, name)
		}
		for _, name := range []string{"coredns", "aws-ebs-csi-driver", "metrics-server", "eks-node-monitoring-agent"} {
			require.Contains(t, g.Named(t, "shop-addon-"+name).Dependencies, nodes.URN, name)
		}
	})
}

func urns(t testing.TB, g *harness.Graph, names ...string) []string {
	list := make([]string, len(names))
	for i, name := range names {
		list[i] = g.Named(t, name).URN
	}
	return list
}

// Groups that hold DNS up are those that DNS may run on.
func TestAddonsDoNotWaitForNodesThatTheyCannotRunOn(t *testing.T) {
	harness.Both(t, program("shop", full()), func(t *testing.T, g *harness.Graph) {
		dns := g.Named(t, "shop-addon-coredns").Dependencies
		require.Contains(t, dns, g.Named(t, "shop-nodes-system").URN)
		require.NotContains(t, dns, g.Named(t, "shop-nodes-batch").URN)
	})
}

func TestASoftTaintKeepsNoAddonAway(t *testing.T) {
	args := smallest()
	args.NodeGroups = map[string]eks.NodeGroupArgs{"spare": {Taints: map[string]eks.TaintArgs{"spare": {Effect: eks.PreferNoSchedule}}}}
	harness.Both(t, program("shop", args), func(t *testing.T, g *harness.Graph) {
		require.Contains(t, g.Named(t, "shop-addon-coredns").Dependencies, g.Named(t, "shop-nodes-spare").URN)
	})
}

func TestAutoModeIsSwitchedOnAsAWhole(t *testing.T) {
	harness.Both(t, program("shop", auto()), func(t *testing.T, g *harness.Graph) {
		cluster := g.Named(t, "shop-cluster")
		for _, path := range []string{"computeConfig.enabled", "kubernetesNetworkConfig.elasticLoadBalancing.enabled", "storageConfig.blockStorage.enabled"} {
			require.Equal(t, true, cluster.Value(path), path)
		}
		require.Nil(t, cluster.Value("computeConfig.nodePools"), "its own pools know neither key nor tags")
		require.Nil(t, cluster.Value("computeConfig.nodeRoleArn"))
		require.Contains(t, g.Named(t, "shop-role").Value("assumeRolePolicy"), "sts:TagSession")
		for _, policy := range []string{"ClusterPolicy", "ComputePolicy", "BlockStoragePolicy", "LoadBalancingPolicy", "NetworkingPolicy"} {
			require.Contains(t, cluster.Dependencies, g.Named(t, "shop-role-AmazonEKS"+policy).URN)
		}
		require.Equal(t, "EC2", g.Named(t, "shop-node-access").Value("type"))
		require.Equal(t, "arn:aws:eks::aws:cluster-access-policy/AmazonEKSAutoNodePolicy", g.Named(t, "shop-node-access-policy").Value("policyArn"))
		require.Len(t, g.OfType(addonToken), 1)
		require.NotEmpty(t, g.Named(t, "shop-addon-metrics-server").Dependencies)
	})
}

func TestEveryAddonTakesItsSettingsBack(t *testing.T) {
	harness.Both(t, program("shop", full()), func(t *testing.T, g *harness.Graph) {
		require.Len(t, g.OfType(addonToken), 9)
		for _, addon := range g.OfType(addonToken) {
			require.Equal(t, "OVERWRITE", addon.Value("resolveConflictsOnCreate"))
			require.Equal(t, "OVERWRITE", addon.Value("resolveConflictsOnUpdate"))
		}
		require.Nil(t, g.Named(t, "shop-addon-vpc-cni").Value("addonVersion"), "EKS chooses")
		require.Equal(t, "v1.35.0-eksbuild.2", g.Named(t, "shop-addon-kube-proxy").Value("addonVersion"))
		require.JSONEq(t, `{"enableNetworkPolicy":"true"}`, g.Named(t, "shop-addon-vpc-cni").Value("configurationValues").(string))
		var dns map[string]map[string]any
		_ = json.Unmarshal([]byte(g.Named(t, "shop-addon-coredns").Value("configurationValues").(string)), &dns) // the lists do not fit
		require.Equal(t, map[string]any{"enabled": true, "minReplicas": 2.0, "maxReplicas": 20.0}, dns["autoScaling"])
		require.Equal(t, "aws-node", g.Named(t, "shop-addon-vpc-cni").Value("podIdentityAssociations[0].serviceAccount"))
		require.Equal(t, "ebs-csi-controller-sa", g.Named(t, "shop-addon-aws-ebs-csi-driver").Value("podIdentityAssociations[0].serviceAccount"))
		require.Equal(t, "efs-csi-controller-sa", g.Named(t, "shop-addon-aws-efs-csi-driver").Value("podIdentityAssociations[0].serviceAccount"))
		require.Contains(t, g.Named(t, "shop-nodes-system").Dependencies, g.Named(t, "shop-addon-aws-guardduty-agent").URN)
		require.Contains(t, g.Named(t, "shop-addon-aws-ebs-csi-driver").Dependencies, g.Named(t, "shop-role-aws-ebs-csi-driver-key").URN)
	})
}

// Nodes are as safe as the strictest rules want, whichever image they have.
func TestNodesAreEncryptedAndKeepTheirIdentity(t *testing.T) {
	harness.Both(t, program("shop", full()), func(t *testing.T, g *harness.Graph) {
		for template, disks := range map[string][]any{
			"shop-nodes-system-template": {[]any{"/dev/xvda", nil}, []any{"/dev/xvdb", 80.0}},
			"shop-nodes-batch-template":  {[]any{"/dev/xvda", 50.0}},
		} {
			r := g.Named(t, template)
			require.Equal(t, map[string]any{"httpEndpoint": "enabled", "httpTokens": "required", "httpPutResponseHopLimit": 1.0}, r.Value("metadataOptions"))
			var found []any
			for _, mapping := range r.Value("blockDeviceMappings").([]any) {
				disk := mapping.(map[string]any)
				ebs := disk["ebs"].(map[string]any)
				found = append(found, []any{disk["deviceName"], ebs["volumeSize"]})
				require.Equal(t, "true", ebs["encrypted"])
				require.Equal(t, string(key), ebs["kmsKeyId"])
				require.Equal(t, "gp3", ebs["volumeType"])
			}
			require.Equal(t, disks, found)
			for i, kind := range []string{"instance", "volume", "network-interface"} {
				tags := r.Value("tagSpecifications").([]any)[i].(map[string]any)
				require.Equal(t, kind, tags["resourceType"])
				require.Equal(t, map[string]any{"Name": strings.TrimSuffix(template, "-template"), "team": "shop"}, tags["tags"])
			}
		}
		system, batch := g.Named(t, "shop-nodes-system"), g.Named(t, "shop-nodes-batch")
		require.Equal(t, "BOTTLEROCKET_ARM_64", system.Value("amiType"))
		require.Equal(t, "AL2023_x86_64_STANDARD", batch.Value("amiType"))
		require.Equal(t, "SPOT", batch.Value("capacityType"))
		require.Equal(t, map[string]any{"key": "batch", "effect": "NO_EXECUTE"}, batch.Value("taints[0]"))
		require.Equal(t, []any{"1.35", "1.34"}, []any{system.Value("version"), batch.Value("version")})
		require.Equal(t, []any{true, false}, []any{system.Value("nodeRepairConfig.enabled"), batch.Value("nodeRepairConfig.enabled")})
	})
}

// The number of nodes has one owner.
func TestTheProgramOwnsTheNumberOnlyWhereItIsFixed(t *testing.T) {
	harness.Both(t, program("shop", full()), func(t *testing.T, g *harness.Graph) {
		require.Empty(t, g.Named(t, "shop-nodes-system").IgnoreChanges)
		require.Equal(t, map[string]any{"minSize": 3.0, "maxSize": 3.0, "desiredSize": 3.0}, g.Named(t, "shop-nodes-system").Value("scalingConfig"))
		require.Equal(t, []string{"scalingConfig.desiredSize"}, g.Named(t, "shop-nodes-batch").IgnoreChanges)
		require.Equal(t, map[string]any{"minSize": 0.0, "maxSize": 10.0, "desiredSize": 0.0}, g.Named(t, "shop-nodes-batch").Value("scalingConfig"))
	})
}

func TestAccessIsWhatIsWritten(t *testing.T) {
	harness.Both(t, program("shop", full()), func(t *testing.T, g *harness.Graph) {
		entries := g.OfType("aws:eks/accessEntry:AccessEntry")
		require.Equal(t, []string{"shop-entry-auditors", "shop-entry-deployer", "shop-entry-developers", "shop-entry-operator"}, names(entries))
		for _, entry := range entries {
			groups := []any{}
			if entry.Name == "shop-entry-auditors" {
				groups = []any{"auditors"}
			}
			require.Equal(t, groups, entry.Value("kubernetesGroups"), "%s: what is not said cannot be taken away", entry.Name)
		}
		require.Equal(t, "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy", g.Named(t, "shop-entry-deployer-policy").Value("policyArn"))
		require.Equal(t, map[string]any{"type": "cluster"}, g.Named(t, "shop-entry-deployer-policy").Value("accessScope"))
		require.Equal(t, map[string]any{"type": "namespace", "namespaces": []any{"shop", "shop-*"}}, g.Named(t, "shop-entry-developers-policy").Value("accessScope"))
		require.True(t, g.Named(t, "shop-entry-developers-policy").DeleteBeforeReplace, "the old scope would take the new one with it")
		_, found := g.Find("shop-entry-auditors-policy")
		require.False(t, found)
	})
}

func names(list []harness.Resource) []string {
	var found []string
	for _, r := range list {
		found = append(found, r.Name)
	}
	return found
}

// Objects can be made as soon as somebody may make them, and deleted while somebody still may.
func TestTheKubernetesProviderComesAfterTheAdministrators(t *testing.T) {
	harness.Both(t, program("shop", full()), func(t *testing.T, g *harness.Graph) {
		provider := g.Named(t, "shop-kubernetes")
		require.Subset(t, provider.Dependencies, urns(t, g, "shop-entry-deployer-policy", "shop-entry-operator-policy", "shop-api-10.0.0.0/16"))
		require.NotContains(t, provider.Dependencies, g.Named(t, "shop-entry-developers-policy").URN)
		// An administrator more must not make the settings unknown: every object would be replaced.
		require.Equal(t, urns(t, g, "shop-cluster"), provider.PropertyDependencies["kubeconfig"])
		require.Equal(t, urns(t, g, "shop-cluster"), provider.PropertyDependencies["clusterIdentifier"])
	})
	g := harness.Run(t, harness.Update, program("shop", full()))
	var config struct {
		Users []struct {
			User struct {
				Exec struct {
					Command string
					Args    []string
				}
			}
		}
	}
	require.NoError(t, json.Unmarshal([]byte(g.Named(t, "shop-kubernetes").Value("kubeconfig").(string)), &config))
	require.Equal(t, "aws", config.Users[0].User.Exec.Command)
	require.Equal(t, []string{"eks", "get-token", "--cluster-name", "shop", "--region", "us-east-1", "--output", "json", "--role-arn", string(deployer)},
		config.Users[0].User.Exec.Args)
}

// Access does not hold at once: what nodes wait for anyway is the time that it needs.
func TestObjectsComeAfterTheAddonsThatNodesNeed(t *testing.T) {
	harness.Both(t, program("shop", smallest()), func(t *testing.T, g *harness.Graph) {
		require.ElementsMatch(t, urns(t, g, "shop-cluster", "shop-entry-deployer-policy",
			"shop-addon-vpc-cni", "shop-addon-kube-proxy", "shop-addon-eks-pod-identity-agent"), g.Named(t, "shop-kubernetes").Dependencies)
	})
}

func TestIrsaIsThereOnRequest(t *testing.T) {
	const token = "aws:iam/openIdConnectProvider:OpenIdConnectProvider"
	harness.Both(t, program("shop", smallest()), func(t *testing.T, g *harness.Graph) { require.Empty(t, g.OfType(token)) })
	harness.Both(t, program("shop", full()), func(t *testing.T, g *harness.Graph) {
		require.Equal(t, []any{"sts.amazonaws.com"}, g.Named(t, "shop-oidc").Value("clientIdLists"))
	})
}

func TestAwsOwnKeysAreAWrittenChoice(t *testing.T) {
	args := smallest()
	args.KmsKeyArn, args.AwsManagedKey = nil, true
	harness.Both(t, program("shop", args), func(t *testing.T, g *harness.Graph) {
		require.Nil(t, g.Named(t, "shop-cluster").Value("encryptionConfig"))
		require.Nil(t, g.Named(t, "shop-logs").Value("kmsKeyId"))
		disk := g.Named(t, "shop-nodes-general-template").Value("blockDeviceMappings[0].ebs").(map[string]any)
		require.Equal(t, "true", disk["encrypted"])
		require.NotContains(t, disk, "kmsKeyId")
	})
}

func TestTheNodesOfOtherPartitionsHaveTheirPolicies(t *testing.T) {
	args := smallest()
	args.Region = "us-gov-west-1"
	g := harness.Run(t, harness.Update, program("shop", args))
	require.Equal(t, "arn:aws-us-gov:iam::aws:policy/AmazonEKSClusterPolicy", g.Named(t, "shop-role-AmazonEKSClusterPolicy").Value("policyArn"))
	require.Equal(t, "arn:aws-us-gov:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy", g.Named(t, "shop-entry-deployer-policy").Value("policyArn"))
}

func TestLookupsAreTheCallers(t *testing.T) {
	args := smallest()
	names := args.AddonNames()
	require.Equal(t, []string{"aws-ebs-csi-driver", "coredns", "eks-node-monitoring-agent", "eks-pod-identity-agent", "kube-proxy", "metrics-server", "vpc-cni"}, names)
	require.Equal(t, []string{"metrics-server"}, auto().AddonNames())
	g := harness.Run(t, harness.Update, func(ctx *pulumi.Context) error {
		args.Addons = map[string]eks.AddonArgs{}
		for name, version := range eks.LookupAddonVersions(ctx, args.Version, names) {
			args.Addons[name] = eks.AddonArgs{Version: version}
		}
		return program("shop", args)(ctx)
	})
	require.Len(t, g.Invokes, len(names))
	require.Equal(t, "aws:eks/getAddonVersion:getAddonVersion", g.Invokes[0])
	require.Len(t, g.OfType(addonToken), len(names))
}

func TestTwoClustersInOneProgram(t *testing.T) {
	harness.Both(t, func(ctx *pulumi.Context) error {
		for name, args := range map[string]*eks.ClusterArgs{"shop": full(), "tools": auto()} {
			if _, err := eks.NewCluster(ctx, name, args); err != nil {
				return err
			}
		}
		return nil
	}, func(t *testing.T, g *harness.Graph) { require.Len(t, g.OfType(clusterToken), 2) })
}

func TestArgsAreNotChanged(t *testing.T) {
	for name, make := range map[string]func() *eks.ClusterArgs{"full": full, "auto": auto} {
		args := make()
		harness.Run(t, harness.Preview, program("shop", args))
		require.Equal(t, make(), args, name)
	}
}

func TestReadyIsWhatWorkloadsComeAfter(t *testing.T) {
	harness.Both(t, func(ctx *pulumi.Context) error {
		c, err := eks.NewCluster(ctx, "shop", smallest())
		if err != nil {
			return err
		}
		var r struct{ pulumi.CustomResourceState }
		return ctx.RegisterResource("test:index:Workload", "app", pulumi.Map{"group": c.SecurityGroupId}, &r, pulumi.DependsOn(c.Ready))
	}, func(t *testing.T, g *harness.Graph) {
		require.Subset(t, g.Named(t, "app").Dependencies, urns(t, g, "shop-nodes-general", "shop-addon-coredns", "shop-addon-metrics-server"))
	})
}
