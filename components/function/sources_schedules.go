package function

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/scheduler"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/iampolicy"
	"github.com/plinth-iac/plinth/components/internal/base"
	"github.com/plinth-iac/plinth/components/internal/cron"
	"github.com/plinth-iac/plinth/components/internal/datastore"
)

// ScheduleSourceArgs are times at which the function is called; exactly one of Cron and
// EveryMinutes.
type ScheduleSourceArgs struct {
	// Cron is when, as minute, hour, day of month, month and day of week, such as
	// "0 8 * * MON-FRI". Default: none.
	Cron string `pulumi:"cron,optional"`
	// EveryMinutes is how often, 1 or more. Default: none.
	EveryMinutes int `pulumi:"everyMinutes,optional"`
	// TimeZone is the zone of Cron, with its summer time, such as "Europe/Berlin".
	// Default: UTC.
	TimeZone string `pulumi:"timeZone,optional"`
	// FlexibleMinutes is how much later a call may come, 0 to 1440, so that not everything
	// happens at once. Default: 0.
	FlexibleMinutes int `pulumi:"flexibleMinutes,optional"`
	// Input is what the function gets, JSON; everybody who may look at a schedule reads it.
	// Default: an event of Scheduler.
	Input string `pulumi:"input,optional"`
	// Retries is how often Scheduler tries to hand a call over, 0 to 185. Default: 185.
	Retries *int `pulumi:"retries,optional"`
	// MaxAgeSeconds is for how long it tries, 60 to 86400. Default: 86400, a day.
	MaxAgeSeconds int `pulumi:"maxAgeSeconds,optional"`
	// OnFailure is the queue of calls that Lambda did not take. Default: that of SourcesArgs.
	OnFailure *DestinationArgs `pulumi:"onFailure,optional"`
	// Paused calls nothing. Default: false.
	Paused bool `pulumi:"paused,optional"`
}

func (s *ScheduleSourceArgs) setDefaults(of *SourcesArgs) {
	base.Default(&s.TimeZone, "UTC")
	base.DefaultRef(&s.Retries, mostRetries)
	base.Default(&s.MaxAgeSeconds, longestRetry)
	base.Default(&s.OnFailure, of.OnFailure)
}

func (s ScheduleSourceArgs) validate(errs *fielderr.List, of *SourcesArgs) {
	if (s.Cron == "") == (s.EveryMinutes == 0) {
		errs.Add("", "needs exactly one of cron and everyMinutes")
	}
	if s.EveryMinutes < 0 {
		errs.Invalid("everyMinutes", s.EveryMinutes, "must be 1 or more")
	}
	if _, err := cron.EventBridge(s.Cron); s.Cron != "" && err != nil {
		errs.Invalid("cron", s.Cron, "%v", err)
	}
	if !cron.IsZone(s.TimeZone) {
		errs.Invalid("timeZone", s.TimeZone, "is not a time zone such as Europe/Berlin")
	}
	datastore.Between(errs, "flexibleMinutes", s.FlexibleMinutes, 0, 1440)
	if s.Input != "" && !json.Valid([]byte(s.Input)) {
		errs.Invalid("input", s.Input, "must be JSON")
	}
	checkDelivery(errs, *s.Retries, s.MaxAgeSeconds)
	of.checkFailure(errs, s.OnFailure, "queueArn")
}

func (s ScheduleSourceArgs) expression() string {
	switch s.EveryMinutes {
	case 0:
		expression, err := cron.EventBridge(s.Cron)
		if err != nil { // it was checked
			panic(err)
		}
		return expression
	case 1:
		return "rate(1 minute)"
	}
	return fmt.Sprintf("rate(%d minutes)", s.EveryMinutes)
}

// addSchedules makes one role for all of them, with which Scheduler calls the alias and
// nothing else.
func (f *Function) addSchedules(ctx *pulumi.Context, _ string, a *FunctionArgs) error {
	schedules := a.Sources.Schedules
	if len(schedules) == 0 {
		return nil
	}
	role, policy, err := f.addSchedulerRole(ctx, a)
	if err != nil {
		return err
	}
	for _, key := range base.SortedKeys(schedules) {
		s, child := schedules[key], f.child("schedule", key)
		target := scheduler.ScheduleTargetArgs{
			Arn: f.AliasArn, RoleArn: role.Arn,
			RetryPolicy: scheduler.ScheduleTargetRetryPolicyArgs{
				MaximumRetryAttempts: pulumi.Int(*s.Retries), MaximumEventAgeInSeconds: pulumi.Int(s.MaxAgeSeconds),
			},
		}
		if s.Input != "" {
			target.Input = pulumi.String(s.Input)
		}
		if s.OnFailure != nil {
			target.DeadLetterConfig = scheduler.ScheduleTargetDeadLetterConfigArgs{Arn: s.OnFailure.arn()}
		}
		window := scheduler.ScheduleFlexibleTimeWindowArgs{Mode: pulumi.String("OFF")}
		if s.FlexibleMinutes > 0 {
			window = scheduler.ScheduleFlexibleTimeWindowArgs{Mode: pulumi.String("FLEXIBLE"), MaximumWindowInMinutes: pulumi.Int(s.FlexibleMinutes)}
		}
		_, err := scheduler.NewSchedule(ctx, child, &scheduler.ScheduleArgs{
			NamePrefix: longPrefix(child), Description: pulumi.String("Calls " + f.name), State: pulumi.String(enabled(!s.Paused)),
			ScheduleExpression: pulumi.String(s.expression()), ScheduleExpressionTimezone: pulumi.String(s.TimeZone),
			FlexibleTimeWindow: window, Target: target,
		}, f.parent, pulumi.DependsOn([]pulumi.Resource{policy}))
		if err != nil {
			return fmt.Errorf("create schedule %s: %w", child, err)
		}
	}
	return nil
}

func (f *Function) addSchedulerRole(ctx *pulumi.Context, a *FunctionArgs) (*iam.Role, *iam.RolePolicy, error) {
	child := f.child("scheduler-role")
	role, err := iam.NewRole(ctx, child, &iam.RoleArgs{
		AssumeRolePolicy: iampolicy.Document(iampolicy.Statement{
			Actions: []string{"sts:AssumeRole"}, Services: []string{"scheduler.amazonaws.com"},
			Conditions: conditions{"StringEquals": {"aws:SourceAccount": {pulumi.String(a.AccountId)}}},
		}),
		PermissionsBoundary: base.Optional(a.PermissionsBoundaryArn), Tags: base.Tags(child, a.Tags, nil),
	}, f.parent)
	if err != nil {
		return nil, nil, fmt.Errorf("create role %s: %w", child, err)
	}
	statements, told := f.InvokeStatements(), []*DestinationArgs{}
	for _, key := range base.SortedKeys(a.Sources.Schedules) {
		if to := a.Sources.Schedules[key].OnFailure; !slices.Contains(told, to) {
			told = append(told, to)
			statements = append(statements, to.statements(a)...)
		}
	}
	child = f.child("scheduler-policy")
	policy, err := iam.NewRolePolicy(ctx, child, &iam.RolePolicyArgs{Role: role.Name, Policy: iampolicy.Document(statements...)}, f.parent)
	if err != nil {
		return nil, nil, fmt.Errorf("create role policy %s: %w", child, err)
	}
	return role, policy, nil
}
