package workload

import (
	"fmt"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/iampolicy"
	"github.com/plinth-iac/plinth/components/internal/base"
	"github.com/plinth-iac/plinth/components/internal/datastore"
)

// JobArgs are the arguments of a Job, and what a CronJob runs.
type JobArgs struct {
	// Namespace is the namespace that the job is in.
	Namespace pulumi.StringInput `pulumi:"namespace"`
	// Image is the container image, with a digest or a tag other than latest.
	Image pulumi.StringInput `pulumi:"image"`
	// Name is the job's name in the cluster. Another name is another job.
	// Default: the component's own.
	Name string `pulumi:"name,optional"`
	// Cluster is the cluster's own resource: objects that own nothing outside of it and run
	// no pods go with it, and are not deleted one by one. Default: none.
	Cluster pulumi.Resource
	// ClusterName is the cluster's name in AWS. Default: none, without Statements.
	ClusterName pulumi.StringInput `pulumi:"clusterName,optional"`
	// Region is the cluster's region. Default: none, without Statements.
	Region string `pulumi:"region,optional"`
	// AccountId is the cluster's AWS account. Default: none, without Statements.
	AccountId string `pulumi:"accountId,optional"`
	// Statements are what the pods may do in AWS, by a role of their own. Default: nothing.
	Statements []iampolicy.Statement `pulumi:"statements,optional"`

	// Command replaces the image's entry point. Default: the image's.
	Command []string `pulumi:"command,optional"`
	// Args replace the image's arguments. Default: the image's.
	Args []string `pulumi:"args,optional"`
	// Environment are plain environment variables; secret values are refused.
	// Default: none.
	Environment map[string]pulumi.StringInput `pulumi:"environment,optional"`
	// Secrets are environment variables from Kubernetes secrets that exist. Default: none.
	Secrets map[string]SecretArgs `pulumi:"secrets,optional"`
	// Config are files by name, not secret. Default: none.
	Config map[string]pulumi.StringInput `pulumi:"config,optional"`
	// ConfigPath is the directory with the files of Config. Default: "/etc/config".
	ConfigPath string `pulumi:"configPath,optional"`
	// Resources are what a pod is given. Default: see ResourcesArgs.
	Resources *ResourcesArgs `pulumi:"resources,optional"`
	// Scratch are directories that can be written to and are lost with the pod.
	// Default: tmp at /tmp, of 64Mi; an empty map is none.
	Scratch map[string]ScratchArgs `pulumi:"scratch,optional"`
	// RunAsUser is the user id and group id of the processes, above 0. Default: 65532.
	RunAsUser int `pulumi:"runAsUser,optional"`
	// Placement says which nodes may run the pods. Default: see PlacementArgs.
	Placement *PlacementArgs `pulumi:"placement,optional"`
	// Calls are the workloads that the pods may call, by name, or by namespace/name in
	// another namespace. Each of them names this job in its Callers. Default: none.
	Calls map[string]CallArgs `pulumi:"calls,optional"`
	// Egress are the addresses beyond the cluster that the pods may reach. Default: none.
	Egress map[string]EgressArgs `pulumi:"egress,optional"`
	// Tags are put on the role. Default: none.
	Tags map[string]string `pulumi:"tags,optional"`

	// Completions is how many pods must succeed. Default: 1.
	Completions int `pulumi:"completions,optional"`
	// Parallelism is how many run at the same time, up to Completions. Default: 1.
	Parallelism int `pulumi:"parallelism,optional"`
	// Indexed gives each pod a number from 0 as JOB_COMPLETION_INDEX, by which they divide
	// the work. Default: false, they are all alike.
	Indexed bool `pulumi:"indexed,optional"`
	// BackoffLimit is how many failed pods are tried again. A pod that its node took along
	// does not count. Default: 3.
	BackoffLimit *int `pulumi:"backoffLimit,optional"`
	// FatalExitCodes are what a pod ends with when another try is of no use, from 1 to 255:
	// the job fails at once. Default: none.
	FatalExitCodes []int `pulumi:"fatalExitCodes,optional"`
	// ActiveDeadlineSeconds is how long the job may take with all its tries, before it fails.
	// A deploy waits as long. Default: 600.
	ActiveDeadlineSeconds int `pulumi:"activeDeadlineSeconds,optional"`
	// ShutdownSeconds is how long a pod that is told to end may take, before it is killed.
	// Default: 30.
	ShutdownSeconds int `pulumi:"shutdownSeconds,optional"`
	// TtlSecondsAfterFinished is after how long Kubernetes deletes a job that has ended. A
	// deploy after a refresh finds it missing and runs it again. Default: 0, it stays.
	TtlSecondsAfterFinished int `pulumi:"ttlSecondsAfterFinished,optional"`
	// RunId is any text, such as a release: another one runs a Job again whose pods are the
	// same. Default: none.
	RunId string `pulumi:"runId,optional"`
}

// withDefaults gives the args and the part of them that services share, complete.
func (a JobArgs) withDefaults(name string) (*JobArgs, *podSpec) {
	p := a.pod(name).withDefaults()
	a.Name, a.ConfigPath, a.RunAsUser = p.name, p.configPath, p.runAsUser
	a.Resources, a.Scratch, a.Placement, a.Calls = p.resources, p.scratch, p.placement, p.calls
	base.Default(&a.Completions, 1)
	base.Default(&a.Parallelism, 1)
	base.DefaultRef(&a.BackoffLimit, 3)
	base.Default(&a.ActiveDeadlineSeconds, 600)
	base.Default(&a.ShutdownSeconds, 30)
	return &a, p
}

// pod is the part of the args that services share.
func (a *JobArgs) pod(name string) *podSpec {
	return &podSpec{
		component: name, name: a.Name, namespace: a.Namespace, image: a.Image, cluster: a.Cluster,
		clusterName: a.ClusterName, region: a.Region, accountId: a.AccountId, statements: a.Statements,
		command: a.Command, args: a.Args, environment: a.Environment, secrets: a.Secrets, config: a.Config, configPath: a.ConfigPath,
		resources: a.Resources, scratch: a.Scratch, runAsUser: a.RunAsUser, placement: a.Placement,
		calls: a.Calls, egress: a.Egress, tags: a.Tags,
	}
}

const (
	day             = 24 * 60 * 60
	longestRunId    = 1024
	mostCompletions = 10_000
)

func (a *JobArgs) validate(errs *fielderr.List, p *podSpec) {
	p.validate(errs)
	datastore.Between(errs, "completions", a.Completions, 1, mostCompletions)
	if a.Parallelism < 1 || a.Parallelism > a.Completions {
		errs.Invalid("parallelism", a.Parallelism, "must be 1 to completions (%d)", a.Completions)
	}
	datastore.Between(errs, "backoffLimit", *a.BackoffLimit, 0, 100)
	for i, code := range a.FatalExitCodes {
		at := "fatalExitCodes" + fielderr.Index(i)
		datastore.Between(errs, at, code, 1, 255)
		if slices.Index(a.FatalExitCodes, code) < i {
			errs.Invalid(at, code, "is there twice")
		}
	}
	datastore.Between(errs, "activeDeadlineSeconds", a.ActiveDeadlineSeconds, 10, 7*day)
	datastore.Between(errs, "shutdownSeconds", a.ShutdownSeconds, 1, 3600)
	datastore.Between(errs, "ttlSecondsAfterFinished", a.TtlSecondsAfterFinished, 0, 365*day)
	if len(a.RunId) > longestRunId {
		errs.Add("runId", "has %d characters; at most %d are allowed", len(a.RunId), longestRunId)
	}
}

// deadline is how long a deploy waits, with some time for Kubernetes to notice.
func (a *JobArgs) deadline() string { return fmt.Sprintf("%ds", a.ActiveDeadlineSeconds+120) }
