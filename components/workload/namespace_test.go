package workload_test

import (
	"sync"
	"testing"

	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/workload"
	"github.com/plinth-iac/plinth/tests/harness"
)

func newNamespace(name string, args *workload.NamespaceArgs) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		_, err := workload.NewNamespace(ctx, name, args)
		return err
	}
}

func fullNamespace() *workload.NamespaceArgs {
	return &workload.NamespaceArgs{
		Name: "web-shop", PodSecurity: workload.Baseline, PodSecurityVersion: "v1.35",
		Quota: &workload.QuotaArgs{
			Pods: 100, CpuRequests: "20", MemoryRequests: "1024Gi", CpuLimits: "40000m", MemoryLimits: "2Ti", Storage: "500Gi",
		},
		Limits: &workload.LimitsArgs{CpuRequest: "100m", MemoryRequest: "64Mi", MemoryLimit: "256Mi", MaxCpu: "4", MaxMemory: "8Gi"},
		Labels: map[string]string{"team": "shop", "example.com/cost-centre": "4711"},
	}
}

func TestNamespaceGraph(t *testing.T) {
	for name, args := range map[string]*workload.NamespaceArgs{"namespace-smallest": nil, "namespace-full": fullNamespace()} {
		t.Run(name, func(t *testing.T) {
			harness.Both(t, newNamespace("shop", args), func(t *testing.T, g *harness.Graph) {
				g.Golden(t, name)
				g.Owned(t, workload.NamespaceType+"::shop", "shop-")
			})
		})
	}
}

// A real API server may be given these: the namespace comes with what is in it.
func TestOneOfEverythingInANamespace(t *testing.T) {
	g := harness.Run(t, harness.Update, func(ctx *pulumi.Context) error {
		args := fullNamespace()
		args.PodSecurity, args.PodSecurityVersion = workload.Restricted, ""
		shop, err := workload.NewNamespace(ctx, "shop", args)
		if err != nil {
			return err
		}
		routed, migrate, report := fullRoutes(), fullJob(), fullCronJob()
		routed.Namespace, migrate.Namespace, report.Job.Namespace = shop.Name, shop.Name, shop.Name
		if err := newService("cart", routed)(ctx); err != nil {
			return err
		}
		if err := newJob("migrate", migrate)(ctx); err != nil {
			return err
		}
		report.Job.Name = "report"
		return newCronJob("report", report)(ctx)
	})
	for _, object := range g.Manifests() {
		if object["kind"] != "Namespace" {
			require.Equal(t, "web-shop", object["metadata"].(map[string]any)["namespace"], object["kind"])
		}
	}
	g.ManifestsGolden(t, "everything")
}

func TestTwoNamespacesLiveSideBySide(t *testing.T) {
	pair := func(ctx *pulumi.Context) error {
		if err := newNamespace("left", fullNamespace())(ctx); err != nil {
			return err
		}
		return newNamespace("right", fullNamespace())(ctx)
	}
	harness.Both(t, pair, func(t *testing.T, g *harness.Graph) { require.Len(t, g.OfType("kubernetes:core/v1:Namespace"), 2) })
}

func TestNothingButNamesGoesInOrOutOfANamespace(t *testing.T) {
	harness.Both(t, newNamespace("shop", nil), func(t *testing.T, g *harness.Graph) {
		deny := g.Named(t, "shop-deny")
		for path, want := range map[string]any{
			"spec.podSelector": map[string]any{}, "spec.policyTypes": []any{"Ingress", "Egress"}, "spec.ingress": nil,
			"spec.egress": []any{map[string]any{"ports": []any{
				map[string]any{"port": 53.0, "protocol": "UDP"}, map[string]any{"port": 53.0, "protocol": "TCP"},
			}}},
			"metadata.namespace": "shop",
		} {
			require.Equal(t, want, deny.Value(path), path)
		}
	})
}

func TestRelaxedPodSecurityStillWarnsOfWhatIsNotRestricted(t *testing.T) {
	for standard, enforced := range map[workload.PodSecurity]string{"": "restricted", workload.Baseline: "baseline", workload.Privileged: "privileged"} {
		g := harness.Run(t, harness.Preview, newNamespace("shop", &workload.NamespaceArgs{PodSecurity: standard}))
		labels := g.Named(t, "shop-namespace").Value("metadata.labels").(map[string]any)
		for mode, want := range map[string]string{"enforce": enforced, "audit": "restricted", "warn": "restricted"} {
			require.Equal(t, want, labels["pod-security.kubernetes.io/"+mode], "%s %s", standard, mode)
			require.Equal(t, "latest", labels["pod-security.kubernetes.io/"+mode+"-version"])
		}
	}
}

func TestTheDefaultAccountHandsOutNoToken(t *testing.T) {
	harness.Both(t, newNamespace("shop", nil), func(t *testing.T, g *harness.Graph) {
		account := g.Named(t, "shop-account")
		require.Equal(t, "kubernetes:core/v1:ServiceAccountPatch", account.Type, "Kubernetes makes the account itself")
		require.Equal(t, "default", account.Value("metadata.name"))
		require.Equal(t, false, account.Value("automountServiceAccountToken"))
	})
}

func TestANamespaceGoesWithItsClusterAndWhatIsInItWithTheNamespace(t *testing.T) {
	gone := deletedWith(t, func(ctx *pulumi.Context, cluster pulumi.Resource) error {
		args := fullNamespace()
		args.Cluster = cluster
		return newNamespace("shop", args)(ctx)
	})
	require.Equal(t, map[string]string{
		"shop-namespace": "cluster", "shop-deny": "shop-namespace", "shop-account": "shop-namespace", "shop-quota": "shop-namespace",
		"shop-limits": "shop-namespace",
	}, gone)
}

// deletedWith runs a program and says which resource goes with which.
func deletedWith(t *testing.T, program func(ctx *pulumi.Context, cluster pulumi.Resource) error) map[string]string {
	t.Helper()
	with := map[string]string{}
	for name, request := range registered(t, func(ctx *pulumi.Context) error {
		cluster, err := corev1.NewConfigMap(ctx, "cluster", nil)
		if err != nil {
			return err
		}
		return program(ctx, cluster)
	}) {
		if urn := request.GetDeletedWith(); urn != "" {
			with[name] = resource.URN(urn).Name()
		}
	}
	return with
}

// registered runs a program and gives what it asked of the engine, with the options that a
// graph does not keep.
func registered(t *testing.T, program pulumi.RunFunc) map[string]*pulumirpc.RegisterResourceRequest {
	t.Helper()
	mocks := &registrations{requests: map[string]*pulumirpc.RegisterResourceRequest{}}
	require.NoError(t, pulumi.RunErr(program, pulumi.WithMocks(harness.Project, harness.Stack, mocks)))
	return mocks.requests
}

type registrations struct {
	lock     sync.Mutex
	requests map[string]*pulumirpc.RegisterResourceRequest
}

func (r *registrations) NewResource(args pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	r.lock.Lock()
	defer r.lock.Unlock()
	r.requests[args.Name] = args.RegisterRPC
	return args.Name + "-id", args.Inputs, nil
}

func (*registrations) Call(pulumi.MockCallArgs) (resource.PropertyMap, error) { return nil, nil }

func TestWrongNamespacesReportEveryMistakeAtOnce(t *testing.T) {
	requireErrors(t, "errors-namespace.golden", newNamespace("Shop", &workload.NamespaceArgs{
		PodSecurity: "Strict", PodSecurityVersion: "1.35",
		Quota:  &workload.QuotaArgs{Pods: -1, CpuRequests: "1.5", MemoryRequests: "1G", CpuLimits: "many", MemoryLimits: "1", Storage: "0Gi"},
		Limits: &workload.LimitsArgs{},
		Labels: map[string]string{
			"pod-security.kubernetes.io/enforce": "privileged", "elbv2.k8s.aws/pod-readiness-gate-inject": "disabled", "-team": "shop", "owner": "the shop",
		},
	}))
	_, err := harness.Try(harness.Preview, newNamespace("shop", &workload.NamespaceArgs{Quota: &workload.QuotaArgs{
		CpuRequests: "2", CpuLimits: "1500m", MemoryRequests: "2Gi", MemoryLimits: "2Gi",
	}, Limits: &workload.LimitsArgs{MaxCpu: "1"}}))
	require.ErrorContains(t, err, "1 problem\n  quota.cpuLimits: \"1500m\": must be cpuRequests, which is 2, or more")
	for _, limits := range []*workload.LimitsArgs{nil, {MaxMemory: "8Gi"}} {
		_, err = harness.Try(harness.Preview, newNamespace("shop", &workload.NamespaceArgs{Quota: &workload.QuotaArgs{CpuLimits: "8"}, Limits: limits}))
		require.ErrorContains(t, err, "1 problem\n  quota.cpuLimits: needs limits.maxCpu: a container without a CPU limit, as those of this package are, would be refused")
	}
	for name, why := range map[string]string{
		"kube-system": `name: "kube-system": default and kube-... belong to Kubernetes`,
		"default":     `name: "default": default and kube-... belong to Kubernetes`,
	} {
		_, err := harness.Try(harness.Preview, newNamespace("shop", &workload.NamespaceArgs{Name: name}))
		require.ErrorContains(t, err, why)
	}
}

// requireErrors compares a component's whole error with a golden, and sees that it comes
// before anything is registered.
func requireErrors(t *testing.T, golden string, program pulumi.RunFunc) {
	t.Helper()
	g, err := harness.Try(harness.Preview, program)
	require.Error(t, err)
	require.Empty(t, g.Resources)
	var problems *fielderr.Error
	require.ErrorAs(t, err, &problems)
	harness.Golden(t, golden, problems.Error()+"\n")
}
