package asg

import (
	"fmt"
	"strconv"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/autoscaling"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/internal/base"
)

// ZoneDistribution is what to do when a zone has no capacity.
type ZoneDistribution string

// BalancedBestEffort starts instances in another zone, BalancedOnly keeps trying.
const (
	BalancedBestEffort ZoneDistribution = "balanced-best-effort"
	BalancedOnly       ZoneDistribution = "balanced-only"
)

// MaintenanceArgs bound how many instances run while some are replaced, in percent of
// the desired size.
type MaintenanceArgs struct {
	// MinHealthyPercent is the least that is healthy, 0 to 100. Default: 100, so that a
	// replacement starts before the old instance goes.
	MinHealthyPercent *int `pulumi:"minHealthyPercent,optional"`
	// MaxHealthyPercent is the most that runs, 100 to 200, and at most 100 above the
	// minimum. Default: 110, or 100 when MinHealthyPercent is lower than that.
	MaxHealthyPercent *int `pulumi:"maxHealthyPercent,optional"`
}

// RefreshArgs are how instances are replaced after the launch template changed: a few at
// a time, within the bounds of MaintenanceArgs. A deployment starts a refresh and does not
// wait for it. A refresh that fails, or that an alarm stops, leaves replaced what it has
// replaced: the way back is to deploy the former configuration.
type RefreshArgs struct {
	// AutoRollback makes AWS go back, when the refresh fails or an alarm goes off, to the
	// configuration the group has. With this provider that is the new one already: it
	// changes the group before it starts the refresh, so instances are replaced once more,
	// and nothing is undone. It needs an ImageId, as AWS refuses it for an image that is
	// given by a parameter. Default: false.
	AutoRollback bool `pulumi:"autoRollback,optional"`
	// AlarmNames are CloudWatch alarms that stop the refresh when they go off, with any
	// image. Default: none.
	AlarmNames pulumi.StringArrayInput `pulumi:"alarmNames,optional"`
	// CheckpointPercents pause the refresh when so much is replaced, ascending, the last
	// one 100. Default: no pause.
	CheckpointPercents []int `pulumi:"checkpointPercents,optional"`
	// CheckpointDelaySeconds is the length of a pause, up to 172800. Default: 3600.
	CheckpointDelaySeconds int `pulumi:"checkpointDelaySeconds,optional"`
}

// WarmPoolArgs keep prepared instances at hand. They need a single instance type, and no
// Requirements and no Spot.
type WarmPoolArgs struct {
	// State is what the instances wait in. Default: Stopped, which costs only the disk.
	State WarmPoolState `pulumi:"state,optional"`
	// MinSize is the least number of instances in the pool. Default: 0.
	MinSize int `pulumi:"minSize,optional"`
	// MaxPrepared is the most instances in group and pool together. Default: the group's
	// maximum.
	MaxPrepared *int `pulumi:"maxPrepared,optional"`
	// ReuseOnScaleIn puts instances back into the pool instead of terminating them.
	// Default: false.
	ReuseOnScaleIn bool `pulumi:"reuseOnScaleIn,optional"`
}

// WarmPoolState is what instances of a warm pool wait in.
type WarmPoolState string

// The states.
const (
	Stopped WarmPoolState = "Stopped"
	Running WarmPoolState = "Running"
)

// LifecycleHookArgs pause an instance that starts or goes until someone completes the
// hook or the time is over.
type LifecycleHookArgs struct {
	// Transition is when to pause. A hook on Launching is part of the group's creation,
	// so that the first instances meet it: changing it replaces the group.
	Transition Transition `pulumi:"transition"`
	// TimeoutSeconds is how long to wait, 30 to 7200. Default: 300.
	TimeoutSeconds int `pulumi:"timeoutSeconds,optional"`
	// ContinueOnTimeout lets a starting instance into service when the time is over,
	// instead of terminating it. An instance that goes, goes in any case. Default: false.
	ContinueOnTimeout bool `pulumi:"continueOnTimeout,optional"`
	// NotificationTargetArn is a queue or topic to tell. Default: EventBridge only.
	NotificationTargetArn pulumi.StringInput `pulumi:"notificationTargetArn,optional"`
	// NotificationRoleArn is the role to tell it with. Default: none.
	NotificationRoleArn pulumi.StringInput `pulumi:"notificationRoleArn,optional"`
	// Metadata is passed along. Default: none.
	Metadata string `pulumi:"metadata,optional"`
}

// Transition is when a lifecycle hook pauses an instance.
type Transition string

// The transitions.
const (
	Launching   Transition = "autoscaling:EC2_INSTANCE_LAUNCHING"
	Terminating Transition = "autoscaling:EC2_INSTANCE_TERMINATING"
)

// drainHook is the name in AWS of the hook that DrainSeconds makes.
const drainHook = "drain"

func (m *MaintenanceArgs) withDefaults() *MaintenanceArgs {
	c := MaintenanceArgs{}
	if m != nil {
		c = *m
	}
	base.DefaultRef(&c.MinHealthyPercent, 100)
	if *c.MinHealthyPercent < 100 {
		base.DefaultRef(&c.MaxHealthyPercent, 100)
	}
	base.DefaultRef(&c.MaxHealthyPercent, 110)
	return &c
}

func (r *RefreshArgs) withDefaults() *RefreshArgs {
	c := RefreshArgs{}
	if r != nil {
		c = *r
	}
	base.Default(&c.CheckpointDelaySeconds, 3600)
	return &c
}

func (w *WarmPoolArgs) withDefaults() *WarmPoolArgs {
	if w == nil {
		return nil
	}
	c := *w
	base.Default(&c.State, Stopped)
	return &c
}

// allHooks are the user's own and the one of DrainSeconds, by their names in AWS.
func (args *GroupArgs) allHooks() map[string]LifecycleHookArgs {
	hooks := base.Merge(args.LifecycleHooks)
	if args.DrainSeconds > 0 {
		hooks[drainHook] = LifecycleHookArgs{Transition: Terminating, TimeoutSeconds: args.DrainSeconds, ContinueOnTimeout: true}
	}
	for k, hook := range hooks {
		base.Default(&hook.TimeoutSeconds, 300)
		hooks[k] = hook
	}
	return hooks
}

func (args *GroupArgs) validateLifecycle(errs *fielderr.List) {
	least, most := *args.Maintenance.MinHealthyPercent, *args.Maintenance.MaxHealthyPercent
	at := errs.At("maintenance")
	between(at, "minHealthyPercent", least, 0, 100)
	between(at, "maxHealthyPercent", most, 100, 200)
	if least == 100 && most == 100 {
		at.Invalid("maxHealthyPercent", most, "leaves no room for replacing anything: minHealthyPercent is 100")
	} else if most-least > 100 {
		at.Invalid("maxHealthyPercent", most, "is more than 100 above minHealthyPercent (%d)", least)
	}
	args.Refresh.validate(args, errs.At("refresh"))
	if args.WarmPool != nil {
		args.WarmPool.validate(args, errs)
	}
	args.validateHooks(errs)
	if days := *args.MaxLifetimeDays; days != 0 {
		between(errs, "maxLifetimeDays", days, 1, 365)
	}
	if args.ZoneDistribution != BalancedBestEffort && args.ZoneDistribution != BalancedOnly {
		errs.Unsupported("zoneDistribution", args.ZoneDistribution, string(BalancedBestEffort), string(BalancedOnly))
	}
}

func (r *RefreshArgs) validate(args *GroupArgs, errs *fielderr.List) {
	if r.AutoRollback && args.imageIsParameter() {
		errs.Add("autoRollback", "needs an imageId: AWS cannot go back to an image that is given by a parameter")
	}
	last := 0
	for i, percent := range r.CheckpointPercents {
		if percent <= last || percent > 100 {
			errs.At("checkpointPercents", fielderr.Index(i)).Invalid("", percent, "must be above %d and at most 100", last)
		}
		last = percent
	}
	if len(r.CheckpointPercents) > 0 && last != 100 {
		errs.Add("checkpointPercents", "must end in 100, or the refresh never ends")
	}
	between(errs, "checkpointDelaySeconds", r.CheckpointDelaySeconds, 0, 172800)
}

func (w *WarmPoolArgs) validate(args *GroupArgs, errs *fielderr.List) {
	if args.mixesInstances() {
		errs.Add("warmPool", "needs a single entry in instanceTypes, and neither requirements nor spot")
	}
	at := errs.At("warmPool")
	switch w.State {
	case Stopped, Running:
	default:
		at.Unsupported("state", w.State, string(Stopped), string(Running))
	}
	if w.MinSize < 0 {
		at.Invalid("minSize", w.MinSize, "must not be negative")
	}
	if w.MaxPrepared != nil && *w.MaxPrepared < *args.Min {
		at.Invalid("maxPrepared", *w.MaxPrepared, "is less than the group's min (%d)", *args.Min)
	}
}

func (args *GroupArgs) validateHooks(errs *fielderr.List) {
	if args.DrainSeconds != 0 {
		between(errs, "drainSeconds", args.DrainSeconds, 30, 7200)
		if _, taken := args.LifecycleHooks[drainHook]; taken {
			errs.Conflict("drainSeconds", "lifecycleHooks."+drainHook, "the name is taken")
		}
	}
	for k, hook := range args.LifecycleHooks {
		checkKey(errs.At("lifecycleHooks"), k)
		at := errs.At("lifecycleHooks", fielderr.Key(k))
		if hook.Transition != Launching && hook.Transition != Terminating {
			at.Unsupported("transition", hook.Transition, string(Launching), string(Terminating))
		}
		if hook.TimeoutSeconds != 0 {
			between(at, "timeoutSeconds", hook.TimeoutSeconds, 30, 7200)
		}
		if (hook.NotificationTargetArn == nil) != (hook.NotificationRoleArn == nil) {
			at.Add("", "notificationTargetArn and notificationRoleArn belong together")
		}
	}
}

func (z ZoneDistribution) render() *autoscaling.GroupAvailabilityZoneDistributionArgs {
	return &autoscaling.GroupAvailabilityZoneDistributionArgs{CapacityDistributionStrategy: pulumi.String(z)}
}

func (m *MaintenanceArgs) render() *autoscaling.GroupInstanceMaintenancePolicyArgs {
	return &autoscaling.GroupInstanceMaintenancePolicyArgs{
		MinHealthyPercentage: pulumi.Int(*m.MinHealthyPercent), MaxHealthyPercentage: pulumi.Int(*m.MaxHealthyPercent),
	}
}

func (r *RefreshArgs) render(args *GroupArgs) *autoscaling.GroupInstanceRefreshArgs {
	preferences := &autoscaling.GroupInstanceRefreshPreferencesArgs{
		MinHealthyPercentage: pulumi.Int(*args.Maintenance.MinHealthyPercent),
		MaxHealthyPercentage: pulumi.Int(*args.Maintenance.MaxHealthyPercent),
		AutoRollback:         pulumi.Bool(r.AutoRollback),
		// Skipping what "matches" would leave instances that started from an older image.
		SkipMatching: pulumi.Bool(false),
	}
	if args.ProtectFromScaleIn { // or a refresh would replace none of them
		preferences.ScaleInProtectedInstances = pulumi.String("Refresh")
	}
	if r.AlarmNames != nil {
		preferences.AlarmSpecification = &autoscaling.GroupInstanceRefreshPreferencesAlarmSpecificationArgs{Alarms: r.AlarmNames}
	}
	if len(r.CheckpointPercents) > 0 {
		preferences.CheckpointPercentages = pulumi.ToIntArray(r.CheckpointPercents)
		preferences.CheckpointDelay = pulumi.String(strconv.Itoa(r.CheckpointDelaySeconds))
	}
	return &autoscaling.GroupInstanceRefreshArgs{Strategy: pulumi.String("Rolling"), Preferences: preferences}
}

func (w *WarmPoolArgs) render() autoscaling.GroupWarmPoolPtrInput {
	if w == nil {
		return nil
	}
	return &autoscaling.GroupWarmPoolArgs{
		PoolState: pulumi.String(w.State), MinSize: pulumi.Int(w.MinSize), MaxGroupPreparedCapacity: optionalInt(w.MaxPrepared),
		InstanceReusePolicy: &autoscaling.GroupWarmPoolInstanceReusePolicyArgs{ReuseOnScaleIn: pulumi.Bool(w.ReuseOnScaleIn)},
	}
}

// The first instances start with the group, so only a hook that is part of it sees them.
func (args *GroupArgs) launchHooks() autoscaling.GroupInitialLifecycleHookArrayInput {
	hooks := autoscaling.GroupInitialLifecycleHookArray{}
	all := args.allHooks()
	for _, k := range base.SortedKeys(all) {
		hook := all[k]
		if hook.Transition != Launching {
			continue
		}
		hooks = append(hooks, &autoscaling.GroupInitialLifecycleHookArgs{
			Name: pulumi.String(k), LifecycleTransition: pulumi.String(hook.Transition), HeartbeatTimeout: pulumi.Int(hook.TimeoutSeconds),
			DefaultResult: hook.onTimeout(), NotificationMetadata: hook.metadata(),
			NotificationTargetArn: base.Optional(hook.NotificationTargetArn), RoleArn: base.Optional(hook.NotificationRoleArn),
		})
	}
	if len(hooks) == 0 {
		return nil
	}
	return hooks
}

// Hooks on termination are resources of their own: as part of the group, changing one
// would replace the group, and every instance would be drained when the group is deleted.
func (b *builder) terminationHooks() error {
	all := b.args.allHooks()
	for _, k := range base.SortedKeys(all) {
		hook := all[k]
		if hook.Transition != Terminating {
			continue
		}
		_, err := autoscaling.NewLifecycleHook(b.ctx, b.name+"-hook-"+k, &autoscaling.LifecycleHookArgs{
			AutoscalingGroupName: b.group.Group.Name, Name: pulumi.String(k), LifecycleTransition: pulumi.String(hook.Transition),
			HeartbeatTimeout: pulumi.Int(hook.TimeoutSeconds), DefaultResult: hook.onTimeout(), NotificationMetadata: hook.metadata(),
			NotificationTargetArn: base.Optional(hook.NotificationTargetArn), RoleArn: base.Optional(hook.NotificationRoleArn),
		}, b.parent)
		if err != nil {
			return fmt.Errorf("create lifecycle hook %s: %w", k, err)
		}
	}
	return nil
}

func (h LifecycleHookArgs) onTimeout() pulumi.String {
	if h.ContinueOnTimeout {
		return "CONTINUE"
	}
	return "ABANDON"
}

func (h LifecycleHookArgs) metadata() pulumi.StringPtrInput {
	if h.Metadata == "" {
		return nil
	}
	return pulumi.String(h.Metadata)
}
