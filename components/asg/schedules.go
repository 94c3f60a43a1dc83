package asg

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/autoscaling"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/internal/base"
	"github.com/plinth-iac/plinth/components/internal/cron"
)

// ScheduleArgs set sizes at certain times. What is not set stays as it is.
type ScheduleArgs struct {
	// Cron is when, as minute, hour, day of month, month and day of week, such as
	// "0 8 * * MON-FRI".
	Cron string `pulumi:"cron"`
	// TimeZone is the zone of Cron, with its summer time, such as "Europe/Berlin".
	// Default: UTC.
	TimeZone string `pulumi:"timeZone,optional"`
	// Min is the minimum from then on. Default: unchanged.
	Min *int `pulumi:"min,optional"`
	// Max is the maximum from then on. Default: unchanged.
	Max *int `pulumi:"max,optional"`
	// Desired is the size from then on. Default: unchanged.
	Desired *int `pulumi:"desired,optional"`
}

// OffHoursArgs stop a group for part of the week: at Stop all sizes become 0, so that no
// policy starts anything, and at Start they become the group's again.
type OffHoursArgs struct {
	// Stop is when instances stop, as in ScheduleArgs.Cron, such as "0 20 * * MON-FRI".
	Stop string `pulumi:"stop"`
	// Start is when they start again, such as "0 7 * * MON-FRI".
	Start string `pulumi:"start"`
	// TimeZone is as in ScheduleArgs. Default: UTC.
	TimeZone string `pulumi:"timeZone,optional"`
}

// The names that OffHours has in AWS.
const (
	offHoursStop  = "off-hours-stop"
	offHoursStart = "off-hours-start"
)

// allSchedules are the user's own and those of OffHours, by their names in AWS.
func (args *GroupArgs) allSchedules() map[string]ScheduleArgs {
	off := args.OffHours
	if off == nil {
		return args.Schedules
	}
	none, start := 0, args.Min
	if args.Desired != nil {
		start = args.Desired
	}
	return base.Merge(args.Schedules, map[string]ScheduleArgs{
		offHoursStop:  {Cron: off.Stop, TimeZone: off.TimeZone, Min: &none, Max: &none, Desired: &none},
		offHoursStart: {Cron: off.Start, TimeZone: off.TimeZone, Min: args.Min, Max: &args.Max, Desired: start},
	})
}

func (args *GroupArgs) validateSchedules(errs *fielderr.List) {
	for k, s := range args.Schedules {
		checkKey(errs.At("schedules"), k)
		at := errs.At("schedules", fielderr.Key(k))
		checkCron(at, "cron", s.Cron)
		checkZone(at, s.TimeZone)
		if s.Min == nil && s.Max == nil && s.Desired == nil {
			at.Add("", "sets none of min, max and desired")
		}
		// What the schedule leaves alone is most likely the group's own.
		least, most := s.Min, s.Max
		if least == nil {
			least = args.Min
		}
		if most == nil {
			most = &args.Max
		}
		checkSizes(at, least, most, s.Desired)
	}
	off := args.OffHours
	if off == nil {
		return
	}
	at := errs.At("offHours")
	checkCron(at, "stop", off.Stop)
	checkCron(at, "start", off.Start)
	checkZone(at, off.TimeZone)
	for _, taken := range []string{offHoursStop, offHoursStart} {
		if _, set := args.Schedules[taken]; set {
			errs.Conflict("offHours", "schedules."+taken, "the name is taken")
		}
	}
	if *args.Min == 0 && (args.Desired == nil || *args.Desired == 0) {
		at.Add("start", "starts nothing: min is 0 and desired is not set")
	}
}

func checkCron(errs *fielderr.List, field, expression string) {
	if expression == "" {
		errs.Required(field)
	} else if err := cron.Check(expression, cron.Sunday); err != nil {
		errs.Invalid(field, expression, "%v", err)
	}
}

func checkZone(errs *fielderr.List, zone string) {
	if zone != "" && !cron.IsZone(zone) {
		errs.Invalid("timeZone", zone, "is not a time zone such as Europe/Berlin")
	}
}

// unchanged is how AWS's provider writes a size that a schedule leaves alone.
const unchanged = -1

func (b *builder) schedules() error {
	all := b.args.allSchedules()
	for _, k := range base.SortedKeys(all) {
		s := all[k]
		action := &autoscaling.ScheduleArgs{
			AutoscalingGroupName: b.group.Group.Name, ScheduledActionName: pulumi.String(k),
			Recurrence: pulumi.String(s.Cron), MinSize: size(s.Min), MaxSize: size(s.Max), DesiredCapacity: size(s.Desired),
		}
		if s.TimeZone != "" {
			action.TimeZone = pulumi.String(s.TimeZone)
		}
		schedule, err := autoscaling.NewSchedule(b.ctx, b.name+"-schedule-"+k, action, b.parent)
		if err != nil {
			return fmt.Errorf("create schedule %s: %w", k, err)
		}
		b.group.Schedules[k] = schedule
	}
	return nil
}

func size(n *int) pulumi.Int {
	if n == nil {
		return unchanged
	}
	return pulumi.Int(*n)
}
