package workload_test

import (
	"encoding/json"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/components/workload"
	"github.com/plinth-iac/plinth/tests/harness"
)

// podSpec is the template's in a Deployment, with a path behind it.
func podSpec(path string) string { return podTemplate("spec." + path) }

func podTemplate(path string) string { return "spec.template." + path }

func containerOf(path string) string { return podSpec("containers[0]." + path) }

func TestServiceGraph(t *testing.T) {
	for name, args := range map[string]*workload.ServiceArgs{"service-smallest": smallestService(), "service-full": fullService()} {
		t.Run(name, func(t *testing.T) {
			harness.Both(t, newService("cart", args), func(t *testing.T, g *harness.Graph) {
				g.Golden(t, name)
				g.Owned(t, workload.ServiceType+"::cart", "cart-")
			})
		})
	}
}

func TestTwoServicesLiveSideBySide(t *testing.T) {
	pair := func(ctx *pulumi.Context) error {
		if err := newService("left", fullService())(ctx); err != nil {
			return err
		}
		return newService("right", fullService())(ctx)
	}
	harness.Both(t, pair, func(t *testing.T, g *harness.Graph) {
		require.Len(t, g.Resources, 2*len(harness.Run(t, g.Mode, newService("left", fullService())).Resources))
	})
}

func TestPodsAreRestrictedByDefault(t *testing.T) {
	harness.Both(t, newService("cart", smallestService()), func(t *testing.T, g *harness.Graph) {
		r := g.Named(t, "cart-deployment")
		for path, want := range map[string]any{
			podSpec("securityContext.runAsNonRoot"): true, podSpec("securityContext.runAsUser"): 65532.0,
			podSpec("securityContext.seccompProfile.type"): "RuntimeDefault", podSpec("automountServiceAccountToken"): false,
			podSpec("enableServiceLinks"): false, podSpec("hostNetwork"): nil, podSpec("nodeSelector"): map[string]any{"kubernetes.io/arch": "arm64"},
			containerOf("securityContext.allowPrivilegeEscalation"): false, containerOf("securityContext.readOnlyRootFilesystem"): true,
			containerOf("securityContext.capabilities.drop"): []any{"ALL"}, containerOf("securityContext.privileged"): nil,
			containerOf("resources.requests"): map[string]any{"cpu": "100m", "memory": "128Mi", "ephemeral-storage": "512Mi"},
			containerOf("resources.limits"):   map[string]any{"memory": "128Mi", "ephemeral-storage": "512Mi"},
		} {
			require.Equal(t, want, r.Value(path), path)
		}
	})
}

func TestAServiceSurvivesAZoneANodeAndARollout(t *testing.T) {
	harness.Both(t, newService("cart", smallestService()), func(t *testing.T, g *harness.Graph) {
		r := g.Named(t, "cart-deployment")
		for path, want := range map[string]any{
			"spec.replicas": 2.0, "spec.strategy.rollingUpdate": map[string]any{"maxUnavailable": 0.0, "maxSurge": "25%"},
			podSpec("topologySpreadConstraints[0].topologyKey"):       "topology.kubernetes.io/zone",
			podSpec("topologySpreadConstraints[0].whenUnsatisfiable"): "DoNotSchedule", podSpec("topologySpreadConstraints[0].minDomains"): nil,
			podSpec("topologySpreadConstraints[0].nodeTaintsPolicy"): "Honor", podSpec("topologySpreadConstraints[0].maxSkew"): 1.0,
			podSpec("topologySpreadConstraints[1].topologyKey"):       "kubernetes.io/hostname",
			podSpec("topologySpreadConstraints[1].whenUnsatisfiable"): "ScheduleAnyway", podSpec("topologySpreadConstraints[1].maxSkew"): 3.0,
			podSpec("terminationGracePeriodSeconds"): 50.0, containerOf("lifecycle.preStop.sleep.seconds"): 20.0,
			containerOf("readinessProbe.httpGet.path"): "/ready", containerOf("livenessProbe.httpGet.path"): "/live",
		} {
			require.Equal(t, want, r.Value(path), path)
		}
		for _, path := range []string{podSpec("topologySpreadConstraints[0]"), podSpec("topologySpreadConstraints[1]")} {
			require.Equal(t, r.Value("spec.template.metadata.labels"), r.Value(path+".labelSelector.matchLabels"))
			require.Equal(t, []any{"pod-template-hash"}, r.Value(path+".matchLabelKeys"))
		}
		require.Equal(t, r.Value("spec.selector.matchLabels"), r.Value("spec.template.metadata.labels"))
		require.Equal(t, r.Value("spec.selector.matchLabels"), g.Named(t, "cart-service").Value("spec.selector"))
	})
}

func TestABudgetIsThereWhereItProtects(t *testing.T) {
	for name, test := range map[string]struct {
		replicas int
		scaling  *workload.ScalingArgs
		want     bool
	}{
		"one pod for ever":    {1, nil, false},
		"two pods":            {2, nil, true},
		"one pod for a start": {0, &workload.ScalingArgs{Min: 1, Max: 3}, true},
	} {
		t.Run(name, func(t *testing.T) {
			args := smallestService()
			args.Replicas, args.Scaling = test.replicas, test.scaling
			harness.Both(t, newService("cart", args), func(t *testing.T, g *harness.Graph) {
				budget, found := g.Find("cart-budget")
				require.Equal(t, test.want, found)
				if found {
					require.Equal(t, []any{"10%", nil, "AlwaysAllow"}, []any{budget.Value("spec.maxUnavailable"), budget.Value("spec.minAvailable"), budget.Value("spec.unhealthyPodEvictionPolicy")})
				}
			})
		})
	}
}

func TestTheNumberOfPodsHasOneOwner(t *testing.T) {
	args := smallestService()
	args.Scaling = &workload.ScalingArgs{Max: 10}
	before := inputs(t, args)
	args.Scaling = &workload.ScalingArgs{Max: 40, CpuPercent: 50, MemoryPercent: 80, RequestsPerPod: 100}
	require.Equal(t, []string{"cart-scaling"}, changed(before, inputs(t, args)))
	args.Routes, args.Canary = routedService().Routes, &workload.CanaryArgs{Image: cartImage + "-rc1"}
	g := harness.Run(t, harness.Update, newService("cart", args))
	require.Equal(t, []string{"spec.replicas"}, g.Named(t, "cart-deployment").IgnoreChanges, "the autoscaler's")
	require.Empty(t, g.Named(t, "cart-deployment-canary").IgnoreChanges)
	args.Routes, args.Canary, args.Scaling, args.Replicas = nil, nil, nil, 2
	require.Empty(t, harness.Run(t, harness.Update, newService("cart", args)).Named(t, "cart-deployment").IgnoreChanges)
	before = inputs(t, args)
	require.Contains(t, before["cart-deployment"], `"pulumi.com/patchForce":"true"`, "after an autoscaler the number is the program's again")
	args.Replicas = 20
	require.Equal(t, []string{"cart-deployment"}, changed(before, inputs(t, args)))
}

// inputs are those of all resources but the component, as text.
func inputs(t *testing.T, args *workload.ServiceArgs) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, r := range harness.Run(t, harness.Update, newService("cart", args)).Resources {
		if r.Custom {
			text, err := json.Marshal(r.Inputs.Mappable())
			require.NoError(t, err)
			all[r.Name] = string(text)
		}
	}
	return all
}

func changed(before, after map[string]string) []string {
	names := []string{}
	for name := range after {
		if before[name] != after[name] {
			names = append(names, name)
		}
	}
	return names
}

func TestAnotherConfigIsAnotherMapAndOtherPods(t *testing.T) {
	args := smallestService()
	args.Config = map[string]pulumi.StringInput{"cart.yaml": pulumi.String("items: 100\n")}
	names := map[any]bool{}
	for range 2 {
		harness.Both(t, newService("cart", args), func(t *testing.T, g *harness.Graph) {
			config := g.Named(t, "cart-config")
			require.Equal(t, true, config.Value("immutable"))
			require.Equal(t, config.Value("metadata.name"), g.Named(t, "cart-deployment").Value(podSpec("volumes[0].configMap.name")))
			require.Contains(t, g.Named(t, "cart-deployment").Dependencies, config.URN)
			names[config.Value("metadata.name")] = true
		})
		args.Config = map[string]pulumi.StringInput{"cart.yaml": pulumi.String("items: 101\n")}
	}
	require.Len(t, names, 2)
}

func TestPodsWaitForTheirCredentials(t *testing.T) {
	harness.Both(t, newService("cart", fullService()), func(t *testing.T, g *harness.Graph) {
		for _, name := range []string{"cart-deployment", "cart-deployment-canary"} {
			require.Subset(t, g.Named(t, name).Dependencies, []string{
				g.Named(t, "cart-identity").URN, g.Named(t, "cart-permissions").URN, g.Named(t, "cart-policy").URN,
			}, name)
		}
	})
}

// Credentials come with a pod's start: pods that run already are replaced for them.
func TestPodsAreReplacedForTheirRole(t *testing.T) {
	role := podTemplate("metadata.annotations")
	g := harness.Run(t, harness.Update, newService("cart", fullService()))
	want := map[string]any{"role-arn": "arn:aws:mock:us-east-1:111122223333:cart-role"}
	for _, name := range []string{"cart-deployment", "cart-deployment-canary"} {
		require.Equal(t, want, g.Named(t, name).Value(role), name)
	}
	args := fullService()
	args.Statements = nil
	require.Nil(t, harness.Run(t, harness.Update, newService("cart", args)).Named(t, "cart-deployment").Value(role))
}

func TestTheFirstPodsMayBeSpreadOverZonesThatHaveNoNodes(t *testing.T) {
	args := smallestService()
	args.MinZones = 2
	r := harness.Run(t, harness.Update, newService("cart", args)).Named(t, "cart-deployment")
	require.Equal(t, 2.0, r.Value(podSpec("topologySpreadConstraints[0].minDomains")))
	require.Nil(t, r.Value(podSpec("topologySpreadConstraints[1].minDomains")))
}

func TestCallsStayInTheirZoneOnRequest(t *testing.T) {
	args := smallestService()
	for same, want := range map[bool]any{false: nil, true: "PreferSameZone"} {
		args.SameZone = same
		require.Equal(t, want, harness.Run(t, harness.Update, newService("cart", args)).Named(t, "cart-service").Value("spec.trafficDistribution"))
	}
}

func TestADeployWaitsAsLongAsPodsMayTake(t *testing.T) {
	args := fullRoutes()
	args.Health, args.DrainSeconds, args.ShutdownSeconds = &workload.HealthArgs{StartupSeconds: 1000}, 100, 900
	requests := registered(t, newService("cart", args))
	for _, name := range []string{"cart-deployment", "cart-deployment-canary", "cart-service", "cart-service-canary"} {
		timeouts := requests[name].GetCustomTimeouts()
		require.Equal(t, []string{"4600s", "4600s"}, []string{timeouts.GetCreate(), timeouts.GetUpdate()}, name)
	}
	for _, name := range []string{"cart-deployment", "cart-deployment-canary"} {
		require.Equal(t, "1120s", requests[name].GetCustomTimeouts().GetDelete(), name)
	}
}

func TestARoleIsForOneAccountOfOneCluster(t *testing.T) {
	g := harness.Run(t, harness.Update, newService("cart", fullService()))
	require.JSONEq(t, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"pods.eks.amazonaws.com"},
		"Action":["sts:AssumeRole","sts:TagSession"],"Condition":{"StringEquals":{
			"aws:RequestTag/eks-cluster-arn":"arn:aws:eks:eu-central-1:111122223333:cluster/main",
			"aws:RequestTag/kubernetes-namespace":"shop","aws:RequestTag/kubernetes-service-account":"basket"}}}]}`,
		g.Named(t, "cart-role").Value("assumeRolePolicy").(string))
	association := g.Named(t, "cart-identity")
	for path, want := range map[string]any{"clusterName": "main", "namespace": "shop", "serviceAccount": "basket"} {
		require.Equal(t, want, association.Value(path), path)
	}
	require.Equal(t, "basket", g.Named(t, "cart-account").Value("metadata.name"))
	require.Equal(t, "basket", g.Named(t, "cart-deployment").Value(podSpec("serviceAccountName")))
}

func TestHealthInEveryProtocol(t *testing.T) {
	for protocol, field := range map[workload.Protocol]string{workload.ProtocolHttp: "httpGet", workload.ProtocolGrpc: "grpc", workload.ProtocolTcp: "tcpSocket"} {
		args := smallestService()
		args.Health = &workload.HealthArgs{Protocol: protocol, Port: 8081}
		r := harness.Run(t, harness.Update, newService("cart", args)).Named(t, "cart-deployment")
		for _, probe := range []string{"startupProbe", "readinessProbe", "livenessProbe"} {
			require.Equal(t, 8081.0, r.Value(containerOf(probe+"."+field+".port")), "%s %s", protocol, probe)
		}
		require.NotEqual(t, r.Value(containerOf("readinessProbe")), r.Value(containerOf("livenessProbe")), protocol)
		require.Equal(t, 30.0, r.Value(containerOf("startupProbe.failureThreshold")), "60 seconds of 2")
	}
}

func TestArchitecturesThatDoNotMatter(t *testing.T) {
	args := smallestService()
	args.Placement = &workload.PlacementArgs{Architecture: workload.ArchitectureAny}
	r := harness.Run(t, harness.Update, newService("cart", args)).Named(t, "cart-deployment")
	require.Empty(t, r.Value(podSpec("nodeSelector")))
}

func TestOutputsAreNeverAbsent(t *testing.T) {
	for name, args := range map[string]*workload.ServiceArgs{"smallest": smallestService(), "full": fullService()} {
		var got []string
		harness.Run(t, harness.Update, func(ctx *pulumi.Context) error {
			s, err := workload.NewService(ctx, "cart", args)
			if err != nil {
				return err
			}
			ctx.Export("all", pulumi.StringArray{s.Name, s.Host, s.Url, s.ServiceAccountName, s.RoleArn}.ToStringArrayOutput().ApplyT(func(all []string) []string {
				got = all
				return all
			}))
			return nil
		})
		require.Equal(t, map[string][]string{
			"smallest": {"cart", "cart.shop.svc.cluster.local", "http://cart.shop.svc.cluster.local:8080", "cart", ""},
			"full": {"basket", "basket.shop.svc.cluster.local", "http://basket.shop.svc.cluster.local:9090", "basket",
				"arn:aws:mock:us-east-1:111122223333:cart-role"},
		}[name], got, name)
	}
}
