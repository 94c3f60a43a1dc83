package workload_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/components/workload"
	"github.com/plinth-iac/plinth/tests/harness"
)

func newCronJob(name string, args *workload.CronJobArgs) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		_, err := workload.NewCronJob(ctx, name, args)
		return err
	}
}

func smallestCronJob() *workload.CronJobArgs {
	return &workload.CronJobArgs{Schedule: "0 3 * * *", Job: *smallestJob()}
}

func fullCronJob() *workload.CronJobArgs {
	args := &workload.CronJobArgs{
		Schedule: "*/15 6-22 * * MON-FRI", TimeZone: "Europe/Berlin", Job: *fullJob(), ConcurrencyPolicy: workload.Replace,
		StartingDeadlineSeconds: 120, SuccessfulJobsHistoryLimit: pulumi.IntRef(1), FailedJobsHistoryLimit: pulumi.IntRef(0), Suspend: true,
	}
	args.Job.RunId = "" // a cron job has none
	return args
}

func TestCronJobGraph(t *testing.T) {
	for name, args := range map[string]*workload.CronJobArgs{"cronjob-smallest": smallestCronJob(), "cronjob-full": fullCronJob()} {
		t.Run(name, func(t *testing.T) {
			harness.Both(t, newCronJob("report", args), func(t *testing.T, g *harness.Graph) {
				g.Golden(t, name)
				g.Owned(t, workload.CronJobType+"::report", "report-")
			})
		})
	}
}

func TestTwoCronJobsLiveSideBySide(t *testing.T) {
	pair := func(ctx *pulumi.Context) error {
		if err := newCronJob("left", fullCronJob())(ctx); err != nil {
			return err
		}
		return newCronJob("right", fullCronJob())(ctx)
	}
	harness.Both(t, pair, func(t *testing.T, g *harness.Graph) { require.Len(t, g.OfType("kubernetes:batch/v1:CronJob"), 2) })
}

func TestACronJobRunsWhatAJobRuns(t *testing.T) {
	harness.Both(t, newJob("report", smallestJob()), func(t *testing.T, g *harness.Graph) {
		cron := harness.Run(t, g.Mode, newCronJob("report", smallestCronJob())).Named(t, "report-cronjob")
		require.Equal(t, g.Named(t, "report-job").Value("spec"), cron.Value("spec.jobTemplate.spec"))
		for path, want := range map[string]any{"spec.concurrencyPolicy": "Forbid", "spec.timeZone": "Etc/UTC", "spec.suspend": false} {
			require.Equal(t, want, cron.Value(path), path)
		}
	})
}

func TestACronJobIsDeletedItselfAndItsRestGoesWithTheCluster(t *testing.T) {
	gone := deletedWith(t, func(ctx *pulumi.Context, cluster pulumi.Resource) error {
		args := smallestCronJob()
		args.Job.Cluster = cluster
		return newCronJob("report", args)(ctx)
	})
	require.Equal(t, []string{"report-account", "report-policy"}, slices.Sorted(maps.Keys(gone)))
}

func TestWrongCronJobsReportEveryMistakeAtOnce(t *testing.T) {
	args := &workload.CronJobArgs{
		Schedule: "0 3 * * 7", TimeZone: "Local", Job: *smallestJob(), ConcurrencyPolicy: "Queue", StartingDeadlineSeconds: 9,
		SuccessfulJobsHistoryLimit: pulumi.IntRef(-1), FailedJobsHistoryLimit: pulumi.IntRef(101),
	}
	args.Job.Image, args.Job.Parallelism, args.Job.RunId = nil, 2, "again"
	requireErrors(t, "errors-cronjob.golden", newCronJob("report", args))
}

func TestAScheduleIsOneThatKubernetesTakes(t *testing.T) {
	for schedule, why := range map[string]string{
		"": "schedule: is required", "@daily": "has 1 fields", "0 0 3 * * *": "has 6 fields", "61 * * * *": `minute: "61" must be 0 to 59`,
		"TZ=Europe/Berlin 0 3 * * *": "has 6 fields",
	} {
		args := smallestCronJob()
		args.Schedule = schedule
		_, err := harness.Try(harness.Preview, newCronJob("report", args))
		require.ErrorContains(t, err, why)
	}
}
