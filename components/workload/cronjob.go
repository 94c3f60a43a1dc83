package workload

import (
	"fmt"

	batchv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/batch/v1"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	networkingv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/networking/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/internal/base"
	"github.com/plinth-iac/plinth/components/internal/cron"
	"github.com/plinth-iac/plinth/components/internal/datastore"
)

// CronJobType is the token of the CronJob component.
const CronJobType = "plinth:workload:CronJob"

// ConcurrencyPolicy is what happens when a run is due and the last one is not done.
type ConcurrencyPolicy string

// The concurrency policies.
const (
	// Forbid leaves out the run that is due.
	Forbid ConcurrencyPolicy = "Forbid"
	// Replace ends the run that is not done.
	Replace ConcurrencyPolicy = "Replace"
	// Allow lets both go on.
	Allow ConcurrencyPolicy = "Allow"
)

// CronJobArgs are the arguments of a CronJob.
type CronJobArgs struct {
	// Schedule is when it runs, as minute, hour, day of month, month and day of week, such
	// as "0 3 * * MON-FRI".
	Schedule string `pulumi:"schedule"`
	// TimeZone is the zone of Schedule, with its summer time, such as "Europe/Berlin".
	// Default: "Etc/UTC".
	TimeZone string `pulumi:"timeZone,optional"`
	// Job is what runs. Changes count from the next run on.
	Job JobArgs `pulumi:"job"`
	// ConcurrencyPolicy is Forbid, Replace or Allow. Default: Forbid.
	ConcurrencyPolicy ConcurrencyPolicy `pulumi:"concurrencyPolicy,optional"`
	// StartingDeadlineSeconds is how late a run may begin, 10 or more; later ones are left
	// out. Default: 600.
	StartingDeadlineSeconds int `pulumi:"startingDeadlineSeconds,optional"`
	// SuccessfulJobsHistoryLimit is how many runs that succeeded are kept. Default: 3.
	SuccessfulJobsHistoryLimit *int `pulumi:"successfulJobsHistoryLimit,optional"`
	// FailedJobsHistoryLimit is how many runs that failed are kept. Default: 3.
	FailedJobsHistoryLimit *int `pulumi:"failedJobsHistoryLimit,optional"`
	// Suspend leaves out all runs until it is false again. Default: false.
	Suspend bool `pulumi:"suspend,optional"`
}

func (a CronJobArgs) withDefaults(name string) (*CronJobArgs, *podSpec) {
	job, p := a.Job.withDefaults(name)
	a.Job = *job
	base.Default(&a.TimeZone, "Etc/UTC")
	base.Default(&a.ConcurrencyPolicy, Forbid)
	base.Default(&a.StartingDeadlineSeconds, 600)
	base.DefaultRef(&a.SuccessfulJobsHistoryLimit, 3)
	base.DefaultRef(&a.FailedJobsHistoryLimit, 3)
	return &a, p
}

func (a *CronJobArgs) validate(name string, p *podSpec) error {
	var errs fielderr.List
	a.Job.validate(errs.At("job"), p)
	if a.Job.RunId != "" {
		errs.Add("job.runId", "is for a Job: a CronJob runs by its schedule")
	}
	if a.Schedule == "" {
		errs.Required("schedule")
	} else if err := cron.Check(a.Schedule, cron.Saturday); err != nil {
		errs.Invalid("schedule", a.Schedule, "%v", err)
	}
	if !cron.IsZone(a.TimeZone) {
		errs.Invalid("timeZone", a.TimeZone, "is not a time zone such as Europe/Berlin")
	}
	fielderr.OneOf(&errs, "concurrencyPolicy", a.ConcurrencyPolicy, Forbid, Replace, Allow)
	datastore.Between(&errs, "startingDeadlineSeconds", a.StartingDeadlineSeconds, 10, 7*day)
	datastore.Between(&errs, "successfulJobsHistoryLimit", *a.SuccessfulJobsHistoryLimit, 0, 100)
	datastore.Between(&errs, "failedJobsHistoryLimit", *a.FailedJobsHistoryLimit, 0, 100)
	return errs.Err(fmt.Sprintf("workload.CronJob %q", name))
}

// CronJob runs a job by a schedule.
type CronJob struct {
	pulumi.ResourceState

	// Name is the cron job's name.
	Name pulumi.StringOutput `pulumi:"name"`
	// RoleArn is the role of its pods, or "" without Statements.
	RoleArn pulumi.StringOutput `pulumi:"roleArn"`

	// CronJob is the cron job itself.
	CronJob *batchv1.CronJob
}

// NewCronJob makes a cron job. Children are named `<name>-account`, `<name>-policy`,
// `<name>-cronjob` and, where they are asked for, `<name>-config`, `<name>-role`,
// `<name>-permissions` and `<name>-identity`.
func NewCronJob(ctx *pulumi.Context, name string, args *CronJobArgs, opts ...pulumi.ResourceOption) (*CronJob, error) {
	a, p := base.CopyOf(args).withDefaults(name)
	if err := a.validate(name, p); err != nil {
		return nil, err
	}
	c := &CronJob{}
	if err := base.Register(ctx, CronJobType, name, c, a, opts...); err != nil {
		return nil, err
	}
	labels := p.labels(job)
	before, err := p.prepare(ctx, c, labels, networkingv1.NetworkPolicyIngressRuleArray{})
	if err != nil {
		return nil, err
	}
	child := name + "-cronjob"
	c.CronJob, err = batchv1.NewCronJob(ctx, child, &batchv1.CronJobArgs{
		Metadata: p.metadata(pulumi.String(p.name), labels),
		Spec: batchv1.CronJobSpecArgs{
			Schedule: pulumi.String(a.Schedule), TimeZone: pulumi.String(a.TimeZone), Suspend: pulumi.Bool(a.Suspend),
			ConcurrencyPolicy: pulumi.String(string(a.ConcurrencyPolicy)), StartingDeadlineSeconds: pulumi.Int(a.StartingDeadlineSeconds),
			SuccessfulJobsHistoryLimit: pulumi.Int(*a.SuccessfulJobsHistoryLimit), FailedJobsHistoryLimit: pulumi.Int(*a.FailedJobsHistoryLimit),
			JobTemplate: batchv1.JobTemplateSpecArgs{Metadata: metav1.ObjectMetaArgs{Labels: labels}, Spec: a.Job.spec(p)},
		},
	}, pulumi.Parent(c), before.wait())
	if err != nil {
		return nil, fmt.Errorf("create cron job %s: %w", child, err)
	}
	c.Name, c.RoleArn = pulumi.String(p.name).ToStringOutput(), before.roleArn
	return c, ctx.RegisterResourceOutputs(c, pulumi.Map{"name": c.Name, "roleArn": c.RoleArn})
}
