package workload_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/components/iampolicy"
	"github.com/plinth-iac/plinth/components/workload"
	"github.com/plinth-iac/plinth/tests/harness"
)

const migrateImage = pulumi.String("111122223333.dkr.ecr.eu-central-1.amazonaws.com/shop/migrate:7")

func newJob(name string, args *workload.JobArgs) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		_, err := workload.NewJob(ctx, name, args)
		return err
	}
}

func smallestJob() *workload.JobArgs {
	return &workload.JobArgs{Namespace: pulumi.String("shop"), Image: migrateImage}
}

// fullJob uses every argument but Cluster, a resource.
func fullJob() *workload.JobArgs {
	return &workload.JobArgs{
		Namespace: pulumi.String("shop"), Image: migrateImage, Name: "migration",
		ClusterName: pulumi.String("main"), Region: "eu-central-1", AccountId: "111122223333",
		Statements: []iampolicy.Statement{{Actions: []string{"s3:GetObject"}, Resources: []pulumi.StringInput{pulumi.String("arn:aws:s3:::dumps/*")}}},
		Command:    []string{"/migrate"}, Args: []string{"up"},
		Environment: map[string]pulumi.StringInput{"DATABASE_HOST": pulumi.String("db.example.com")},
		Secrets:     map[string]workload.SecretArgs{"PASSWORD": {Secret: pulumi.String("database"), Key: "password"}},
		Config:      map[string]pulumi.StringInput{"plan.yaml": pulumi.String("steps: 3\n")}, ConfigPath: "/etc/migrate",
		Resources: &workload.ResourcesArgs{Cpu: "1", Memory: "1Gi"}, Scratch: map[string]workload.ScratchArgs{"work": {Path: "/work", Size: "128Mi"}},
		RunAsUser: 1000, Placement: &workload.PlacementArgs{Architecture: workload.ArchitectureAmd64},
		Calls:  map[string]workload.CallArgs{"catalogue": {}},
		Egress: map[string]workload.EgressArgs{"database": {Cidrs: pulumi.ToStringArray([]string{"10.0.0.0/24"}), Port: 5432}},
		Tags:   map[string]string{"team": "shop"},

		Completions: 8, Parallelism: 4, Indexed: true, BackoffLimit: pulumi.IntRef(0), FatalExitCodes: []int{65, 64},
		ActiveDeadlineSeconds: 3600, ShutdownSeconds: 60, TtlSecondsAfterFinished: 86400, RunId: "2026-11",
	}
}

func TestJobGraph(t *testing.T) {
	for name, args := range map[string]*workload.JobArgs{"job-smallest": smallestJob(), "job-full": fullJob()} {
		t.Run(name, func(t *testing.T) {
			harness.Both(t, newJob("migrate", args), func(t *testing.T, g *harness.Graph) {
				g.Golden(t, name)
				g.Owned(t, workload.JobType+"::migrate", "migrate-")
			})
		})
	}
}

func TestTwoJobsLiveSideBySide(t *testing.T) {
	pair := func(ctx *pulumi.Context) error {
		if err := newJob("left", fullJob())(ctx); err != nil {
			return err
		}
		return newJob("right", fullJob())(ctx)
	}
	harness.Both(t, pair, func(t *testing.T, g *harness.Graph) { require.Len(t, g.OfType("kubernetes:batch/v1:Job"), 2) })
}

func TestAJobsPodsAreRestrictedAndEnd(t *testing.T) {
	harness.Both(t, newJob("migrate", smallestJob()), func(t *testing.T, g *harness.Graph) {
		r := g.Named(t, "migrate-job")
		require.True(t, r.DeleteBeforeReplace, "its name is fixed")
		for path, want := range map[string]any{
			podSpec("securityContext.runAsNonRoot"): true, podSpec("restartPolicy"): "Never", podSpec("automountServiceAccountToken"): false,
			containerOf("securityContext.readOnlyRootFilesystem"): true, containerOf("securityContext.allowPrivilegeEscalation"): false,
			"spec.activeDeadlineSeconds": 600.0, "spec.backoffLimit": 3.0, "spec.ttlSecondsAfterFinished": nil,
			"spec.template.metadata.annotations": map[string]any{"karpenter.sh/do-not-disrupt": "true"},
		} {
			require.Equal(t, want, r.Value(path), path)
		}
		policy := g.Named(t, "migrate-policy")
		require.Equal(t, []any{}, policy.Value("spec.ingress"), "nobody calls a job")
		require.Equal(t, []any{"Ingress", "Egress"}, policy.Value("spec.policyTypes"))
	})
}

func TestALostNodeIsNoFailureAndAFatalErrorIsOneAtOnce(t *testing.T) {
	ignored := map[string]any{"action": "Ignore", "onPodConditions": []any{map[string]any{"type": "DisruptionTarget", "status": "True"}}}
	rules := func(args *workload.JobArgs) any {
		return harness.Run(t, harness.Update, newJob("migrate", args)).Named(t, "migrate-job").Value("spec.podFailurePolicy.rules")
	}
	require.Equal(t, []any{ignored}, rules(smallestJob()))
	require.Equal(t, []any{
		map[string]any{"action": "FailJob", "onExitCodes": map[string]any{"operator": "In", "values": []any{64.0, 65.0}}}, ignored,
	}, rules(fullJob()))
}

func TestAJobWaitsForItsCredentials(t *testing.T) {
	harness.Both(t, newJob("migrate", fullJob()), func(t *testing.T, g *harness.Graph) {
		require.Subset(t, g.Named(t, "migrate-job").Dependencies, []string{
			g.Named(t, "migrate-identity").URN, g.Named(t, "migrate-account").URN, g.Named(t, "migrate-policy").URN, g.Named(t, "migrate-config").URN,
		})
	})
}

func TestAJobIsDeletedItselfAndItsRestGoesWithTheCluster(t *testing.T) {
	gone := deletedWith(t, func(ctx *pulumi.Context, cluster pulumi.Resource) error {
		args := smallestJob()
		args.Cluster = cluster
		return newJob("migrate", args)(ctx)
	})
	require.Equal(t, []string{"migrate-account", "migrate-policy"}, slices.Sorted(maps.Keys(gone)))
}

func TestWrongJobsReportEveryMistakeAtOnce(t *testing.T) {
	requireErrors(t, "errors-job.golden", newJob("Migrate", &workload.JobArgs{
		Image: pulumi.String("migrate"), Completions: -1, Parallelism: 3, BackoffLimit: pulumi.IntRef(-1), FatalExitCodes: []int{0, 64, 64, 256},
		ActiveDeadlineSeconds: 5, ShutdownSeconds: -1, TtlSecondsAfterFinished: -1, RunId: string(make([]byte, 1025)), RunAsUser: -1,
		Resources: &workload.ResourcesArgs{Cpu: "a lot"},
	}))
}
