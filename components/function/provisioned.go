package function

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/appautoscaling"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lambda"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/internal/base"
	"github.com/plinth-iac/plinth/components/internal/datastore"
)

// ProvisionedArgs keep instances of the alias's version running, so that no call waits for
// a start. Scaling owns their number, also where Min is Max; with Schedules, these own the
// range.
type ProvisionedArgs struct {
	// Min is how many there are at least, 1 or more.
	Min int `pulumi:"min"`
	// Max is how many there are at most. Default: Min, the number does not change.
	Max int `pulumi:"max,optional"`
	// UsePercent is how many of them work at a time, 10 to 90. Default: 70.
	UsePercent int `pulumi:"usePercent,optional"`
	// Schedules set Min and Max at certain times, by a key of the user's. Min and Max are
	// then those to begin with. Default: none.
	Schedules map[string]ProvisionedScheduleArgs `pulumi:"schedules,optional"`
}

// ProvisionedScheduleArgs set the range of instances at certain times.
type ProvisionedScheduleArgs struct {
	// When is an expression such as "cron(0 7 ? * MON-FRI *)".
	When string `pulumi:"when"`
	// TimeZone is the zone of When, such as "Europe/Berlin". Default: UTC.
	TimeZone string `pulumi:"timeZone,optional"`
	// Min is the least number from then on, 1 or more: AWS forgets what has none.
	Min int `pulumi:"min"`
	// Max is the greatest number from then on.
	Max int `pulumi:"max"`
}

func (p *ProvisionedArgs) withDefaults() *ProvisionedArgs {
	if p == nil {
		return nil
	}
	p = base.CopyOf(p)
	base.Default(&p.Max, p.Min)
	base.Default(&p.UsePercent, 70)
	return p
}

func (p *ProvisionedArgs) validate(errs *fielderr.List, a *FunctionArgs) {
	if p == nil {
		return
	}
	checkRange(errs, p.Min, p.Max, a)
	datastore.Between(errs, "usePercent", p.UsePercent, 10, 90)
	for key, schedule := range p.Schedules {
		at := atKey(errs, "schedules", key)
		if schedule.When == "" {
			at.Required("when")
		}
		checkRange(at, schedule.Min, schedule.Max, a)
	}
}

func checkRange(errs *fielderr.List, low, high int, a *FunctionArgs) {
	switch {
	case low < 1:
		errs.Invalid("min", low, "must be 1 or more")
	case high < low:
		errs.Invalid("max", high, "must not be below min, %d", low)
	case a.ReservedConcurrency != nil && high > *a.ReservedConcurrency:
		errs.Invalid("max", high, "must not be above reservedConcurrency, %d", *a.ReservedConcurrency)
	}
}

// addProvisioned says the number once. While the alias moves to a new version, Lambda takes
// none, which would end a deployment halfway; scaling sets it from then on.
func (f *Function) addProvisioned(ctx *pulumi.Context, _ string, a *FunctionArgs) error {
	p := a.Provisioned
	if p == nil {
		return nil
	}
	child := f.child("provisioned")
	config, err := lambda.NewProvisionedConcurrencyConfig(ctx, child, &lambda.ProvisionedConcurrencyConfigArgs{
		FunctionName: f.Function.Name, Qualifier: f.Alias.Name, ProvisionedConcurrentExecutions: pulumi.Int(p.Min),
	}, f.parent, pulumi.IgnoreChanges([]string{"provisionedConcurrentExecutions"}))
	if err != nil {
		return fmt.Errorf("create provisioned concurrency %s: %w", child, err)
	}
	return f.scale(ctx, p, config, a.Tags)
}

// scale registers the range, the schedules and, where the number can change, the policy.
func (f *Function) scale(ctx *pulumi.Context, p *ProvisionedArgs, config *lambda.ProvisionedConcurrencyConfig, tags map[string]string) error {
	child, opts := f.child("provisioned", "target"), []pulumi.ResourceOption{f.parent}
	if len(p.Schedules) > 0 {
		opts = append(opts, pulumi.IgnoreChanges([]string{"minCapacity", "maxCapacity"})) // the schedules own them
	}
	target, err := appautoscaling.NewTarget(ctx, child, &appautoscaling.TargetArgs{
		ServiceNamespace: pulumi.String("lambda"), ScalableDimension: pulumi.String("lambda:function:ProvisionedConcurrency"),
		ResourceId:  pulumi.Sprintf("function:%s:%s", config.FunctionName, config.Qualifier),
		MinCapacity: pulumi.Int(p.Min), MaxCapacity: pulumi.Int(p.Max), Tags: base.Tags(child, tags, nil),
	}, opts...)
	if err != nil {
		return fmt.Errorf("create scaling target %s: %w", child, err)
	}
	if p.Max > p.Min || len(p.Schedules) > 0 {
		if err := f.followUse(ctx, p, target); err != nil {
			return err
		}
	}
	return f.followClock(ctx, p, target)
}

func (f *Function) followUse(ctx *pulumi.Context, p *ProvisionedArgs, target *appautoscaling.Target) error {
	child := f.child("provisioned", "use")
	_, err := appautoscaling.NewPolicy(ctx, child, &appautoscaling.PolicyArgs{
		ServiceNamespace: target.ServiceNamespace, ScalableDimension: target.ScalableDimension, ResourceId: target.ResourceId,
		PolicyType: pulumi.String("TargetTrackingScaling"),
		TargetTrackingScalingPolicyConfiguration: appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationArgs{
			TargetValue: pulumi.Float64(float64(p.UsePercent) / 100),
			PredefinedMetricSpecification: appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecificationArgs{
				PredefinedMetricType: pulumi.String("LambdaProvisionedConcurrencyUtilization"),
			},
		},
	}, f.parent)
	if err != nil {
		return fmt.Errorf("create scaling policy %s: %w", child, err)
	}
	return nil
}

func (f *Function) followClock(ctx *pulumi.Context, p *ProvisionedArgs, target *appautoscaling.Target) error {
	for _, key := range base.SortedKeys(p.Schedules) {
		schedule := p.Schedules[key]
		base.Default(&schedule.TimeZone, "UTC")
		child := f.child("provisioned", "schedule", key)
		_, err := appautoscaling.NewScheduledAction(ctx, child, &appautoscaling.ScheduledActionArgs{
			ServiceNamespace: target.ServiceNamespace, ScalableDimension: target.ScalableDimension, ResourceId: target.ResourceId,
			Schedule: pulumi.String(schedule.When), Timezone: pulumi.String(schedule.TimeZone),
			ScalableTargetAction: appautoscaling.ScheduledActionScalableTargetActionArgs{
				MinCapacity: pulumi.Int(schedule.Min), MaxCapacity: pulumi.Int(schedule.Max),
			},
		}, f.parent)
		if err != nil {
			return fmt.Errorf("create schedule %s: %w", child, err)
		}
	}
	return nil
}
