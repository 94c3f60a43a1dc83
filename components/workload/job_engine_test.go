package workload_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/iampolicy"
	"github.com/plinth-iac/plinth/components/workload"
	"github.com/plinth-iac/plinth/tests/lifetest"
)

func inNamespace(ctx *pulumi.Context, net *lifetest.Network, a *workload.JobArgs) (*cluster, error) {
	c, err := newCluster(ctx, net)
	if err != nil {
		return nil, err
	}
	namespace, err := workload.NewNamespace(ctx, "shop", &workload.NamespaceArgs{
		Cluster: c, Quota: &workload.QuotaArgs{Pods: 50, MemoryRequests: "1024Gi"}, Limits: &workload.LimitsArgs{MaxMemory: "8Gi"},
	}, c.opts)
	if err != nil {
		return nil, err
	}
	a.Namespace, a.Cluster, a.ClusterName, a.Region, a.AccountId = namespace.Name, c, c.Name, net.Region, net.AccountId
	return c, nil
}

func TestAJobRunsAgainWhenWhatItRunsIsAnother(t *testing.T) {
	l := lifetest.Start(t, func(*lifetest.Network) *workload.JobArgs { return smallestJob() },
		func(ctx *pulumi.Context, net *lifetest.Network, a *workload.JobArgs) error {
			c, err := inNamespace(ctx, net, a)
			if err != nil {
				return err
			}
			_, err = workload.NewJob(ctx, "migrate", a, c.opts)
			return err
		})
	l.Up()
	for _, again := range []struct {
		what   string
		change lifetest.Change[workload.JobArgs]
	}{
		{"another image", func(a *workload.JobArgs, _ *lifetest.Network) { a.Image = migrateImage + "1" }},
		{"another run", func(a *workload.JobArgs, _ *lifetest.Network) { a.RunId = "again" }},
		{"more pods", func(a *workload.JobArgs, _ *lifetest.Network) { a.Completions, a.Parallelism = 4, 2 }},
		{"pods with numbers", func(a *workload.JobArgs, _ *lifetest.Network) { a.Indexed = true }},
		{"an error that is final", func(a *workload.JobArgs, _ *lifetest.Network) { a.FatalExitCodes = []int{64} }},
	} {
		l.Changes(again.what, again.change, "replace migrate-job")
	}
	l.Changes("a permission", func(a *workload.JobArgs, net *lifetest.Network) {
		a.Statements = []iampolicy.Statement{{Actions: []string{"kms:Decrypt"}, Resources: []pulumi.StringInput{net.KmsKeyArn}}}
	}, "create migrate-role", "create migrate-permissions", "create migrate-identity", "update migrate-policy")
	l.Refused("no image", func(a *workload.JobArgs, _ *lifetest.Network) { a.Image = nil }, "image: is required")
	l.Destroy()
}

func TestACronJobChangesInPlace(t *testing.T) {
	l := lifetest.Start(t, func(*lifetest.Network) *workload.CronJobArgs { return smallestCronJob() },
		func(ctx *pulumi.Context, net *lifetest.Network, a *workload.CronJobArgs) error {
			c, err := inNamespace(ctx, net, &a.Job)
			if err != nil {
				return err
			}
			_, err = workload.NewCronJob(ctx, "report", a, c.opts)
			return err
		})
	l.Up()
	l.Changes("another time", func(a *workload.CronJobArgs, _ *lifetest.Network) {
		a.Schedule, a.TimeZone = "30 6 * * 1-5", "Europe/Berlin"
	}, "update report-cronjob")
	l.Changes("another image, and other failures", func(a *workload.CronJobArgs, _ *lifetest.Network) {
		a.Job.Image, a.Job.FatalExitCodes, a.Job.Indexed = migrateImage+"1", []int{64}, true
	}, "update report-cronjob")
	l.Changes("suspended", func(a *workload.CronJobArgs, _ *lifetest.Network) { a.Suspend = true }, "update report-cronjob")
	l.Refused("no schedule", func(a *workload.CronJobArgs, _ *lifetest.Network) { a.Schedule = "daily" }, `schedule: "daily": has 1 fields`)
	l.Destroy()
}
