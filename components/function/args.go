package function

import (
	"fmt"
	"regexp"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/iampolicy"
	"github.com/plinth-iac/plinth/components/internal/base"
	"github.com/plinth-iac/plinth/components/internal/datastore"
)

// FunctionArgs are the arguments of NewFunction. Exactly one of Code, Inline and ImageUri
// is given.
type FunctionArgs struct { //nolint:revive // named after NewFunction, as the arguments of every component are
	// Region is the function's region.
	Region string `pulumi:"region"`
	// AccountId is the function's AWS account, twelve digits.
	AccountId string `pulumi:"accountId"`

	// Code is a directory as Lambda wants it, such as pulumi.NewFileArchive("handlers/orders"),
	// of which only the names and contents of its files count, or a zip file, which is uploaded
	// as it is. A runtime of one's own needs the zip file, with an executable bootstrap: Pulumi
	// packs directories without file modes. Default: none.
	Code pulumi.ArchiveInput `pulumi:"code,optional"`
	// Inline is the text of the only file, for a few lines of Node.js (an ES module), Python
	// or Ruby. Default: none.
	Inline string `pulumi:"inline,optional"`
	// ImageUri is a container image of ECR in this region, by its digest or by a tag that
	// never moves. Its repository must let Lambda read it. Default: none.
	ImageUri pulumi.StringInput `pulumi:"imageUri,optional"`
	// Image changes what the image itself says. Default: nothing.
	Image *ImageArgs `pulumi:"image,optional"`
	// Runtime runs the code. Required, but not with ImageUri.
	Runtime Runtime `pulumi:"runtime,optional"`
	// Handler is what Lambda calls in the code, such as "index.handler". Required with Code.
	// Default: "index.handler" with Inline, and "bootstrap" with a runtime of one's own.
	Handler string `pulumi:"handler,optional"`
	// Architecture is the processor that the code is built for. Default: Arm64.
	Architecture Architecture `pulumi:"architecture,optional"`
	// LayerArns are layers with what the code shares with others, at most five versions.
	// Not with ImageUri. Default: none.
	LayerArns pulumi.StringArrayInput `pulumi:"layerArns,optional"`

	// MemoryMb is the memory, 128 to 10240; processors come with it, one with 1769. Default:
	// 256.
	MemoryMb int `pulumi:"memoryMb,optional"`
	// TimeoutSeconds is how long a call may take, 1 to 900. Default: 30.
	TimeoutSeconds int `pulumi:"timeoutSeconds,optional"`
	// StorageMb is the room in /tmp, 512 to 10240. Default: 512.
	StorageMb int `pulumi:"storageMb,optional"`
	// FileSystem is an EFS file system to work on. Needs Network. Default: none.
	FileSystem *FileSystemArgs `pulumi:"fileSystem,optional"`
	// SnapStart starts from a snapshot of the initialised code, for Java 11 and Python 3.12 and
	// later: connections, random seeds and the time of day are then those of the snapshot until
	// the code renews them. Default: false.
	SnapStart bool `pulumi:"snapStart,optional"`
	// ReservedConcurrency is how many calls can be worked on at a time, taken out of what
	// the account's other functions have; 0 stops the function, and pauses its queues. Default:
	// no limit of its own.
	ReservedConcurrency *int `pulumi:"reservedConcurrency,optional"`
	// AllowRecursion lets the function call itself through SQS, SNS or S3 without end. AWS
	// stops such a loop after 16 rounds otherwise. Default: false.
	AllowRecursion bool `pulumi:"allowRecursion,optional"`

	// Environment are environment variables. A value that Pulumi keeps secret is refused:
	// everybody who may look at a function reads them. Default: none.
	Environment map[string]pulumi.StringInput `pulumi:"environment,optional"`
	// Secrets are environment variables that hold the ARN of a secret. The code reads the
	// value itself, and may. Default: none.
	Secrets map[string]SecretArgs `pulumi:"secrets,optional"`
	// KmsKeyArn is the key that encrypts environment variables and logs; its policy must let
	// CloudWatch Logs use it. Required unless AwsManagedKey is set.
	KmsKeyArn pulumi.StringInput `pulumi:"kmsKeyArn,optional"`
	// AwsManagedKey encrypts with keys of AWS's own. Default: false.
	AwsManagedKey bool `pulumi:"awsManagedKey,optional"`

	// Statements are what the code may do in AWS beyond its logs, its traces and what other
	// arguments need. Default: nothing.
	Statements []iampolicy.Statement `pulumi:"statements,optional"`
	// PermissionsBoundaryArn limits the function's role. Default: none.
	PermissionsBoundaryArn pulumi.StringInput `pulumi:"permissionsBoundaryArn,optional"`
	// Network attaches the function to a VPC, its only way out then. Default: none, the
	// internet.
	Network *NetworkArgs `pulumi:"network,optional"`
	// Logs are about the function's own log group. Default: see LogsArgs.
	Logs *LogsArgs `pulumi:"logs,optional"`
	// Tracing says which calls X-Ray records. Default: TracingActive.
	Tracing Tracing `pulumi:"tracing,optional"`

	// Canary sends some calls to the newest version only. Not with Provisioned. Default: all
	// calls go there.
	Canary *CanaryArgs `pulumi:"canary,optional"`
	// AliasMovedElsewhere leaves the alias to CodeDeploy, or to whoever moves it, once it is
	// made. Default: false, the alias follows the newest version.
	AliasMovedElsewhere bool `pulumi:"aliasMovedElsewhere,optional"`
	// Provisioned keeps instances of the alias's version running. Default: none.
	Provisioned *ProvisionedArgs `pulumi:"provisioned,optional"`

	// OnFailure gets what the function was called with asynchronously, as by S3, SNS or
	// EventBridge, and could not handle. Default: nobody, it is lost.
	OnFailure *DestinationArgs `pulumi:"onFailure,optional"`
	// Async is about asynchronous calls. Default: see AsyncArgs.
	Async *AsyncArgs `pulumi:"async,optional"`
	// Url is an HTTPS address of the alias. Default: none.
	Url *UrlArgs `pulumi:"url,optional"`
	// Sources are what Lambda, or a schedule, calls the alias for. Default: none.
	Sources *SourcesArgs `pulumi:"sources,optional"`
	// Invokers are AWS services that may call the alias, under names of your own. Default:
	// none.
	Invokers map[string]InvokerArgs `pulumi:"invokers,optional"`
	// Alarms watches the function. Default: no alarms.
	Alarms *AlarmsArgs `pulumi:"alarms,optional"`
	// Tags are put on every resource that can have them. Default: none.
	Tags map[string]string `pulumi:"tags,optional"`
}

// Tracing says which calls X-Ray records.
type Tracing string

const (
	// TracingActive records a sample of all calls.
	TracingActive Tracing = "Active"
	// TracingPassThrough records the calls that their caller has chosen to record.
	TracingPassThrough Tracing = "PassThrough"
)

// Names of functions and roles have 64 characters, of which the longest role here and the
// random end take 24.
const longestName = 40

var nameForm = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

func (a FunctionArgs) withDefaults() *FunctionArgs {
	base.Default(&a.Architecture, Arm64)
	base.Default(&a.Tracing, TracingActive)
	base.Default(&a.MemoryMb, 256)
	base.Default(&a.TimeoutSeconds, 30)
	base.Default(&a.StorageMb, leastStorage)
	base.Default(&a.Handler, a.defaultHandler())
	a.Logs = a.Logs.withDefaults(a.KmsKeyArn)
	a.Provisioned = a.Provisioned.withDefaults()
	a.Url = a.Url.withDefaults()
	a.Sources = a.Sources.withDefaults(&a)
	a.Alarms = a.Alarms.withDefaults(&a)
	return &a
}

func (a *FunctionArgs) validate(name string) error {
	var errs fielderr.List
	if !nameForm.MatchString(name) || len(name) > longestName {
		errs.Invalid("name", name, "must be 1 to %d letters, digits, hyphens and underscores", longestName)
	}
	datastore.CheckRegion(&errs, a.Region)
	datastore.CheckAccount(&errs, a.AccountId)
	a.validateCode(&errs)
	a.validateSize(&errs)
	a.validateEnvironment(&errs)
	fielderr.OneOf(&errs, "tracing", a.Tracing, TracingActive, TracingPassThrough)
	a.Network.validate(errs.At("network"))
	a.Logs.validate(errs.At("logs"))
	a.validateAlias(&errs)
	a.Provisioned.validate(errs.At("provisioned"), a)
	a.validateAsync(&errs)
	a.Url.validate(errs.At("url"))
	a.Sources.validate(errs.At("sources"), a)
	for key, invoker := range a.Invokers {
		invoker.validate(atKey(&errs, "invokers", key), a)
	}
	a.Alarms.validate(errs.At("alarms"), a)
	return errs.Err(fmt.Sprintf("function.Function %q", name))
}
