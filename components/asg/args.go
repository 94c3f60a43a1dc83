package asg

import (
	"fmt"
	"regexp"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/iampolicy"
	"github.com/plinth-iac/plinth/components/internal/base"
)

// GroupArgs are the arguments of NewGroup. Region, VpcId, SubnetIds and Max are
// required.
type GroupArgs struct {
	// Region is the AWS region the group is in, such as "eu-central-1".
	Region string `pulumi:"region"`
	// VpcId is the VPC of the subnets.
	VpcId pulumi.StringInput `pulumi:"vpcId"`
	// SubnetIds are the subnets instances start in, one per zone.
	SubnetIds pulumi.StringArrayInput `pulumi:"subnetIds"`

	// Min is the least number of instances. Default: 2, or Max if that is less.
	Min *int `pulumi:"min,optional"`
	// Max is the greatest number of instances, at least 1.
	Max int `pulumi:"max"`
	// Desired is the number of instances; only the first one where a policy or schedule
	// owns it, see the package's text. Default: Min at creation, then AWS owns it.
	Desired *int `pulumi:"desired,optional"`

	// Arch is the processor architecture of image and instances. Default: Arm64.
	Arch Arch `pulumi:"arch,optional"`
	// ImageId is an image's id ("ami-..."). Default: a reference to AWS's parameter for
	// the newest Amazon Linux 2023 of Arch, which AWS reads at each launch.
	ImageId pulumi.StringInput `pulumi:"imageId,optional"`
	// InstanceTypes are the instance types in order of preference. Default: t4g.small,
	// or t3.small for X86.
	InstanceTypes []string `pulumi:"instanceTypes,optional"`
	// Requirements choose instance types by what they offer, instead of InstanceTypes.
	// They need an ImageId: AWS cannot combine them with an image parameter. Default:
	// none.
	Requirements *RequirementsArgs `pulumi:"requirements,optional"`
	// Spot runs part of the group on Spot capacity. Default: on demand only.
	Spot *SpotArgs `pulumi:"spot,optional"`
	// UserData is the script that sets an instance up, as plain text of at most 16 KiB;
	// package userdata makes some. Default: none.
	UserData pulumi.StringInput `pulumi:"userData,optional"`
	// RootVolume is the instances' disk. Default: 20 GiB gp3, encrypted with the
	// account's default key.
	RootVolume *VolumeArgs `pulumi:"rootVolume,optional"`
	// MetadataHopLimit is how many network hops a reply of the metadata service may
	// take, 1 to 64; containers need 2. Default: 1.
	MetadataHopLimit int `pulumi:"metadataHopLimit,optional"`
	// MetadataTags lets an instance read its tags from the metadata service. Default:
	// false.
	MetadataTags bool `pulumi:"metadataTags,optional"`
	// DetailedMonitoring sends metrics every minute, not every five. Default: true.
	DetailedMonitoring *bool `pulumi:"detailedMonitoring,optional"`

	// Statements are what the instances may do beyond Session Manager. Default: none.
	Statements []iampolicy.Statement `pulumi:"statements,optional"`
	// ManagedPolicyArns are further managed policies of the instances' role, under a key
	// of your choice. Default: none.
	ManagedPolicyArns map[string]pulumi.StringInput `pulumi:"managedPolicyArns,optional"`
	// PermissionsBoundaryArn limits the instances' role. Default: none.
	PermissionsBoundaryArn pulumi.StringInput `pulumi:"permissionsBoundaryArn,optional"`

	// TargetGroupArns are the target groups the instances serve, under a key of your
	// choice. Default: none.
	TargetGroupArns map[string]pulumi.StringInput `pulumi:"targetGroupArns,optional"`
	// HealthCheck is who says that an instance is broken. Default: LoadBalancer with
	// target groups, otherwise Instance.
	HealthCheck HealthCheck `pulumi:"healthCheck,optional"`
	// GracePeriodSeconds is how long a new instance is not judged. It must cover boot and
	// user data, and WarmupSeconds. Default: 300.
	GracePeriodSeconds int `pulumi:"gracePeriodSeconds,optional"`
	// WarmupSeconds is how long a new instance does not count in metrics and refreshes.
	// Default: 120.
	WarmupSeconds int `pulumi:"warmupSeconds,optional"`

	// TargetTracking are policies that keep a metric at a value, under a key of your
	// choice. They own the desired size. Default: none.
	TargetTracking map[string]TargetTrackingArgs `pulumi:"targetTracking,optional"`
	// Predictive forecasts load from the past. Default: none.
	Predictive *PredictiveArgs `pulumi:"predictive,optional"`
	// Schedules change sizes by the clock, under the names they get in AWS. They own what
	// they set, and the desired size. Default: none.
	Schedules map[string]ScheduleArgs `pulumi:"schedules,optional"`
	// OffHours stops all instances for part of the week. It owns all sizes. Default: none.
	OffHours *OffHoursArgs `pulumi:"offHours,optional"`

	// WarmPool keeps prepared instances at hand. Not with several InstanceTypes,
	// Requirements or Spot. Default: none.
	WarmPool *WarmPoolArgs `pulumi:"warmPool,optional"`
	// Refresh is how instances are replaced after a change of configuration. Default: see
	// RefreshArgs.
	Refresh *RefreshArgs `pulumi:"refresh,optional"`
	// Maintenance bounds how many instances run during any replacement. Default: see
	// MaintenanceArgs.
	Maintenance *MaintenanceArgs `pulumi:"maintenance,optional"`
	// DrainSeconds keeps an instance that is to go running for so long, after it left its
	// target groups, to finish its work: 30 to 7200. Default: none.
	DrainSeconds int `pulumi:"drainSeconds,optional"`
	// LifecycleHooks pause instances that start or go, under the names they get in AWS.
	// Default: none.
	LifecycleHooks map[string]LifecycleHookArgs `pulumi:"lifecycleHooks,optional"`
	// MaxLifetimeDays is the greatest age of an instance, 1 to 365, or 0 for no limit.
	// Default: 30.
	MaxLifetimeDays *int `pulumi:"maxLifetimeDays,optional"`
	// ZoneDistribution is what to do when a zone has no capacity. Default:
	// BalancedBestEffort.
	ZoneDistribution ZoneDistribution `pulumi:"zoneDistribution,optional"`
	// TerminationPolicies decide which instance goes first. Default: OldestLaunchTemplate,
	// then AWS's own.
	TerminationPolicies []string `pulumi:"terminationPolicies,optional"`
	// ProtectFromScaleIn keeps new instances from being scaled in. Default: false.
	ProtectFromScaleIn bool `pulumi:"protectFromScaleIn,optional"`
	// WaitForCapacityTimeout is how long a deployment waits for instances before it fails,
	// such as "10m"; "0" does not wait. When it creates the group, Min of them must be
	// healthy in all target groups too if HealthCheck is LoadBalancer; later, it waits for
	// instances only, and only when Min or Desired changed. Default: "10m".
	WaitForCapacityTimeout string `pulumi:"waitForCapacityTimeout,optional"`
	// Tags are put on everything, instances and their volumes too. Default: none.
	Tags map[string]string `pulumi:"tags,optional"`
}

// HealthCheck is who says that an instance is broken.
type HealthCheck string

// Instance trusts the instance's own status checks; LoadBalancer the target groups' as
// well.
const (
	Instance     HealthCheck = "EC2"
	LoadBalancer HealthCheck = "ELB"
)

func (args *GroupArgs) withDefaults() *GroupArgs {
	a := GroupArgs{}
	if args != nil {
		a = *args
	}
	base.DefaultRef(&a.Min, min(2, a.Max))
	base.DefaultRef(&a.DetailedMonitoring, true)
	base.DefaultRef(&a.MaxLifetimeDays, 30)
	base.Default(&a.Arch, Arm64)
	base.Default(&a.MetadataHopLimit, 1)
	base.Default(&a.GracePeriodSeconds, 300)
	base.Default(&a.WarmupSeconds, 120)
	base.Default(&a.ZoneDistribution, BalancedBestEffort)
	base.Default(&a.WaitForCapacityTimeout, "10m")
	if len(a.TargetGroupArns) > 0 {
		base.Default(&a.HealthCheck, LoadBalancer)
	}
	base.Default(&a.HealthCheck, Instance)
	if len(a.InstanceTypes) == 0 && a.Requirements == nil {
		a.InstanceTypes = []string{defaultTypes[a.Arch]}
	}
	if len(a.TerminationPolicies) == 0 {
		a.TerminationPolicies = []string{"OldestLaunchTemplate", "Default"}
	}
	a.Requirements = a.Requirements.withDefaults()
	a.Spot = a.Spot.withDefaults(a.Requirements != nil)
	a.RootVolume = a.RootVolume.withDefaults()
	a.Predictive = a.Predictive.withDefaults()
	a.WarmPool = a.WarmPool.withDefaults()
	a.Maintenance = a.Maintenance.withDefaults()
	a.Refresh = a.Refresh.withDefaults()
	return &a
}

// key is what may be part of a child's name and of a name in AWS.
var key = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]*$`)

func (args *GroupArgs) validate(name string) error {
	var errs fielderr.List
	if args.Region == "" {
		errs.Required("region")
	}
	if args.VpcId == nil {
		errs.Required("vpcId")
	}
	if ids, plain := args.SubnetIds.(pulumi.StringArray); args.SubnetIds == nil || plain && len(ids) == 0 {
		errs.Required("subnetIds")
	}
	args.validateSizes(&errs)
	args.validateInstances(&errs)
	args.validateLaunch(&errs)
	args.validateHealth(&errs)
	args.validateScaling(&errs)
	args.validateSchedules(&errs)
	args.validateLifecycle(&errs)
	return errs.Err(fmt.Sprintf("asg.Group %q", name))
}

func (args *GroupArgs) validateSizes(errs *fielderr.List) {
	if args.Max < 1 {
		errs.Invalid("max", args.Max, "must be at least 1")
		return
	}
	checkSizes(errs, args.Min, &args.Max, args.Desired)
}

// checkSizes holds any of the three numbers against each other.
func checkSizes(errs *fielderr.List, least, most, desired *int) {
	for field, n := range map[string]*int{"min": least, "max": most, "desired": desired} {
		if n != nil && *n < 0 {
			errs.Invalid(field, *n, "must not be negative")
		}
	}
	if least != nil && most != nil && *least > *most {
		errs.Invalid("min", *least, "is more than max (%d)", *most)
	}
	if desired != nil && least != nil && *desired < *least {
		errs.Invalid("desired", *desired, "is less than min (%d)", *least)
	}
	if desired != nil && most != nil && *desired > *most {
		errs.Invalid("desired", *desired, "is more than max (%d)", *most)
	}
}

func (args *GroupArgs) validateHealth(errs *fielderr.List) {
	for k, arn := range args.TargetGroupArns {
		checkKey(errs.At("targetGroupArns"), k)
		if arn == nil {
			errs.At("targetGroupArns").Required(fielderr.Key(k))
		}
	}
	switch args.HealthCheck {
	case Instance:
	case LoadBalancer:
		if len(args.TargetGroupArns) == 0 {
			errs.Invalid("healthCheck", args.HealthCheck, "needs targetGroupArns: no load balancer checks these instances")
		}
	default:
		errs.Unsupported("healthCheck", args.HealthCheck, string(Instance), string(LoadBalancer))
	}
	between(errs, "gracePeriodSeconds", args.GracePeriodSeconds, 1, 7200)
	between(errs, "warmupSeconds", args.WarmupSeconds, 1, 3600)
	if args.GracePeriodSeconds < args.WarmupSeconds {
		errs.Invalid("gracePeriodSeconds", args.GracePeriodSeconds,
			"is less than warmupSeconds (%d): instances would be judged, and replaced, before they are ready", args.WarmupSeconds)
	}
	if d, err := time.ParseDuration(args.WaitForCapacityTimeout); err != nil || d < 0 {
		errs.Invalid("waitForCapacityTimeout", args.WaitForCapacityTimeout, `is not a duration such as "10m", or "0" for not waiting`)
	}
}

// minHealthy is how many instances a load balancer must find healthy before the group
// counts as created.
func (args *GroupArgs) minHealthy() pulumi.IntPtrInput {
	wait, err := time.ParseDuration(args.WaitForCapacityTimeout)
	if args.HealthCheck != LoadBalancer || err != nil || wait == 0 {
		return nil
	}
	return pulumi.Int(*args.Min)
}

func checkKey(errs *fielderr.List, k string) {
	if !key.MatchString(k) || len(k) > 64 {
		errs.Add(fielderr.Key(k), "the key must be 1 to 64 letters, digits, - and _, and not start with - or _")
	}
}

func between(errs *fielderr.List, field string, value, least, most int) {
	if value < least || value > most {
		errs.Invalid(field, value, "must be %d to %d", least, most)
	}
}

func optionalInt(value *int) pulumi.IntPtrInput {
	if value == nil {
		return nil
	}
	return pulumi.Int(*value)
}
