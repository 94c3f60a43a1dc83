package workload

import (
	"fmt"
	"slices"

	batchv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/batch/v1"
	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	networkingv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/networking/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/internal/base"
)

// JobType is the token of the Job component.
const JobType = "plinth:workload:Job"

// job is the component label of what runs to its end.
const job = "job"

// Job runs pods to their end in the course of a deploy, such as a migration. A job that
// has run stays as it is: the next deploy runs it again, and replaces it, when its pods or
// RunId have changed, or when it had failed.
type Job struct {
	pulumi.ResourceState

	// Name is the job's name. What is given it comes after the job has succeeded.
	Name pulumi.StringOutput `pulumi:"name"`
	// RoleArn is the role of its pods, or "" without Statements.
	RoleArn pulumi.StringOutput `pulumi:"roleArn"`

	// Job is the job itself.
	Job *batchv1.Job
}

// NewJob makes a job. Children are named `<name>-account`, `<name>-policy`, `<name>-job`
// and, where they are asked for, `<name>-config`, `<name>-role`, `<name>-permissions` and
// `<name>-identity`.
func NewJob(ctx *pulumi.Context, name string, args *JobArgs, opts ...pulumi.ResourceOption) (*Job, error) {
	a, p := base.CopyOf(args).withDefaults(name)
	var errs fielderr.List
	a.validate(&errs, p)
	if err := errs.Err(fmt.Sprintf("workload.Job %q", name)); err != nil {
		return nil, err
	}
	j := &Job{}
	if err := base.Register(ctx, JobType, name, j, a, opts...); err != nil {
		return nil, err
	}
	before, err := p.prepare(ctx, j, p.labels(job), networkingv1.NetworkPolicyIngressRuleArray{})
	if err != nil {
		return nil, err
	}
	child := name + "-job"
	metadata := p.metadata(pulumi.String(p.name), p.labels(job))
	metadata.Annotations = pulumi.StringMap{"pulumi.com/replaceUnready": pulumi.String("true")}
	j.Job, err = batchv1.NewJob(ctx, child, &batchv1.JobArgs{Metadata: metadata, Spec: a.spec(p)},
		pulumi.Parent(j), before.wait(), pulumi.DeleteBeforeReplace(true),
		// Kubernetes would refuse these changes; the provider replaces for all others itself.
		pulumi.ReplaceOnChanges([]string{"spec.completionMode", "spec.podFailurePolicy"}),
		pulumi.Timeouts(&pulumi.CustomTimeouts{Create: a.deadline(), Update: a.deadline()}))
	if err != nil {
		return nil, fmt.Errorf("create job %s: %w", child, err)
	}
	j.Name, j.RoleArn = j.Job.Metadata.Name().Elem(), before.roleArn
	return j, ctx.RegisterResourceOutputs(j, pulumi.Map{"name": j.Name, "roleArn": j.RoleArn})
}

// spec is a job, and what a cron job makes of it.
func (a *JobArgs) spec(p *podSpec) batchv1.JobSpecArgs {
	labels := p.labels(job)
	template := p.template(labels, func(spec *corev1.PodSpecArgs, _ *corev1.ContainerArgs) {
		spec.RestartPolicy = pulumi.String("Never") // so that the failure policy sees each failure
		spec.TerminationGracePeriodSeconds = pulumi.Int(a.ShutdownSeconds)
	})
	annotations := pulumi.StringMap{"karpenter.sh/do-not-disrupt": pulumi.String("true")} // half done is not done
	if a.RunId != "" {
		annotations["run-id"] = pulumi.String(a.RunId)
	}
	template.Metadata = metav1.ObjectMetaArgs{Labels: labels, Annotations: annotations}
	mode := "NonIndexed"
	if a.Indexed {
		mode = "Indexed"
	}
	spec := batchv1.JobSpecArgs{
		Completions: pulumi.Int(a.Completions), Parallelism: pulumi.Int(a.Parallelism), CompletionMode: pulumi.String(mode),
		BackoffLimit: pulumi.Int(*a.BackoffLimit), ActiveDeadlineSeconds: pulumi.Int(a.ActiveDeadlineSeconds),
		PodFailurePolicy: a.failurePolicy(), PodReplacementPolicy: pulumi.String("Failed"), Template: template,
	}
	if a.TtlSecondsAfterFinished > 0 {
		spec.TtlSecondsAfterFinished = pulumi.Int(a.TtlSecondsAfterFinished)
	}
	return spec
}

// failurePolicy says which failures count. The first rule that fits is taken.
func (a *JobArgs) failurePolicy() batchv1.PodFailurePolicyArgs {
	var rules batchv1.PodFailurePolicyRuleArray
	if len(a.FatalExitCodes) > 0 {
		rules = append(rules, batchv1.PodFailurePolicyRuleArgs{
			Action: pulumi.String("FailJob"),
			OnExitCodes: batchv1.PodFailurePolicyOnExitCodesRequirementArgs{
				Operator: pulumi.String("In"), Values: pulumi.ToIntArray(slices.Sorted(slices.Values(a.FatalExitCodes))),
			},
		})
	}
	return batchv1.PodFailurePolicyArgs{Rules: append(rules, batchv1.PodFailurePolicyRuleArgs{
		Action: pulumi.String("Ignore"),
		OnPodConditions: batchv1.PodFailurePolicyOnPodConditionsPatternArray{batchv1.PodFailurePolicyOnPodConditionsPatternArgs{
			Type: pulumi.String("DisruptionTarget"), Status: pulumi.String("True"),
		}},
	})}
}
