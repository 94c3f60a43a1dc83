package asg_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/components/asg"
	"github.com/plinth-iac/plinth/tests/harness"
)

// Who owns the number: what a policy or a schedule changes is ignored, and only that.
func TestTheProgramIgnoresExactlyTheNumbersItDoesNotOwn(t *testing.T) {
	tracking := func(a *asg.GroupArgs) {
		a.TargetTracking = map[string]asg.TargetTrackingArgs{"cpu": {Metric: asg.Cpu, Target: 50}}
	}
	forecast := func(mode asg.PredictiveMode) func(*asg.GroupArgs) {
		return func(a *asg.GroupArgs) { a.Predictive = &asg.PredictiveArgs{Target: 50, Mode: mode} }
	}
	schedule := func(s asg.ScheduleArgs) func(*asg.GroupArgs) {
		s.Cron = "0 8 * * *"
		return func(a *asg.GroupArgs) { a.Schedules = map[string]asg.ScheduleArgs{"s": s} }
	}
	offHours := func(a *asg.GroupArgs) { a.OffHours = &asg.OffHoursArgs{Stop: "0 20 * * *", Start: "0 7 * * *"} }
	const desired, most, waits, least = "desiredCapacity", "maxSize", "minElbCapacity", "minSize"

	for name, c := range map[string]struct {
		with []func(*asg.GroupArgs)
		want []string
	}{
		"nothing":                             {nil, nil},
		"target tracking":                     {[]func(*asg.GroupArgs){tracking}, []string{desired}},
		"a forecast that is only shown":       {[]func(*asg.GroupArgs){forecast("")}, nil},
		"a forecast that is only shown, said": {[]func(*asg.GroupArgs){forecast(asg.ForecastOnly)}, nil},
		"a forecast that scales":              {[]func(*asg.GroupArgs){forecast(asg.ForecastAndScale)}, []string{desired}},
		"both policies":                       {[]func(*asg.GroupArgs){tracking, forecast(asg.ForecastAndScale)}, []string{desired}},
		"tracking and a shown forecast":       {[]func(*asg.GroupArgs){tracking, forecast(asg.ForecastOnly)}, []string{desired}},
		"a schedule of desired":               {[]func(*asg.GroupArgs){schedule(asg.ScheduleArgs{Desired: ref(3)})}, []string{desired}},
		"a schedule of min":                   {[]func(*asg.GroupArgs){schedule(asg.ScheduleArgs{Min: ref(3)})}, []string{desired, waits, least}},
		"a schedule of max":                   {[]func(*asg.GroupArgs){schedule(asg.ScheduleArgs{Max: ref(9)})}, []string{desired, most}},
		"a schedule of min and max":           {[]func(*asg.GroupArgs){schedule(asg.ScheduleArgs{Min: ref(3), Max: ref(9)})}, []string{desired, most, waits, least}},
		"a schedule of min, and tracking":     {[]func(*asg.GroupArgs){schedule(asg.ScheduleArgs{Min: ref(3)}), tracking}, []string{desired, waits, least}},
		"off hours":                           {[]func(*asg.GroupArgs){offHours}, []string{desired, most, waits, least}},
		"off hours and tracking":              {[]func(*asg.GroupArgs){offHours, tracking}, []string{desired, most, waits, least}},
		"off hours and a schedule of desired": {[]func(*asg.GroupArgs){offHours, schedule(asg.ScheduleArgs{Desired: ref(3)})}, []string{desired, most, waits, least}},
	} {
		for _, size := range []*int{nil, ref(3)} {
			t.Run(name+map[bool]string{true: ", desired given", false: ""}[size != nil], func(t *testing.T) {
				args := smallest()
				args.Desired = size
				for _, change := range c.with {
					change(args)
				}
				harness.Both(t, one(args), func(t *testing.T, g *harness.Graph) {
					group := g.Named(t, "web-group")
					require.Equal(t, c.want, group.IgnoreChanges)
					require.Equal(t, 2.0, group.Value(least), "the first value is set in any case")
					require.Equal(t, 4.0, group.Value(most))
					if size == nil {
						require.Nil(t, group.Value(desired), "AWS starts with min and owns it")
					} else {
						require.Equal(t, 3.0, group.Value(desired))
					}
				})
			})
		}
	}
}

func TestOffHoursStopEverythingAndBringBackTheGroupsOwnSizes(t *testing.T) {
	args := smallest()
	args.Desired = ref(3)
	args.OffHours = &asg.OffHoursArgs{Stop: "0 20 * * FRI", Start: "0 7 * * MON", TimeZone: "Europe/Berlin"}
	harness.Both(t, one(args), func(t *testing.T, g *harness.Graph) {
		for name, want := range map[string]map[string]any{
			"web-schedule-off-hours-stop":  {"recurrence": "0 20 * * FRI", "minSize": 0.0, "maxSize": 0.0, "desiredCapacity": 0.0},
			"web-schedule-off-hours-start": {"recurrence": "0 7 * * MON", "minSize": 2.0, "maxSize": 4.0, "desiredCapacity": 3.0},
		} {
			action := g.Named(t, name)
			require.Equal(t, "Europe/Berlin", action.Value("timeZone"))
			for property, value := range want {
				require.Equal(t, value, action.Value(property), "%s %s", name, property)
			}
		}
	})
}

func TestAScheduleLeavesAloneWhatItDoesNotSet(t *testing.T) {
	args := smallest()
	args.Schedules = map[string]asg.ScheduleArgs{"day": {Cron: "0 8 * * *", Min: ref(3)}}
	action := harness.Run(t, harness.Update, one(args)).Named(t, "web-schedule-day")
	require.Equal(t, []any{3.0, -1.0, -1.0}, []any{action.Value("minSize"), action.Value("maxSize"), action.Value("desiredCapacity")})
}

func TestASpotGroupRebalancesAndHasNoMoreOnDemandThanSaid(t *testing.T) {
	args := smallest()
	args.InstanceTypes = []string{"m7g.large", "m6g.large"}
	args.Spot = &asg.SpotArgs{OnDemandBase: 1}
	group := harness.Run(t, harness.Update, one(args)).Named(t, "web-group")
	require.Equal(t, true, group.Value("capacityRebalance"))
	require.Equal(t, map[string]any{
		"onDemandBaseCapacity": 1.0, "onDemandPercentageAboveBaseCapacity": 0.0,
		"onDemandAllocationStrategy": "prioritized", "spotAllocationStrategy": "price-capacity-optimized",
	}, group.Value("mixedInstancesPolicy.instancesDistribution"))

	args.Spot = nil
	group = harness.Run(t, harness.Update, one(args)).Named(t, "web-group")
	require.Equal(t, 100.0, group.Value("mixedInstancesPolicy.instancesDistribution.onDemandPercentageAboveBaseCapacity"))
	require.Equal(t, false, group.Value("capacityRebalance"))
}

func TestAWarmPoolWaitsStoppedAndIsMeasured(t *testing.T) {
	args := smallest()
	args.WarmPool = &asg.WarmPoolArgs{MinSize: 1, ReuseOnScaleIn: true}
	group := harness.Run(t, harness.Update, one(args)).Named(t, "web-group")
	require.Equal(t, map[string]any{"poolState": "Stopped", "minSize": 1.0, "instanceReusePolicy": map[string]any{"reuseOnScaleIn": true}}, group.Value("warmPool"))
	require.Contains(t, group.Value("enabledMetrics"), "WarmPoolTotalCapacity")
}

// A hook on termination is not part of the group: there, a change would replace it.
func TestOnlyHooksOnLaunchingArePartOfTheGroup(t *testing.T) {
	args := smallest()
	args.DrainSeconds = 45
	args.LifecycleHooks = map[string]asg.LifecycleHookArgs{"boot": {Transition: asg.Launching}}
	g := harness.Run(t, harness.Update, one(args))
	require.Equal(t, []any{map[string]any{
		"name": "boot", "lifecycleTransition": string(asg.Launching), "heartbeatTimeout": 300.0, "defaultResult": "ABANDON",
	}}, g.Named(t, "web-group").Value("initialLifecycleHooks"))
	drain := g.Named(t, "web-hook-drain")
	require.Equal(t, 45.0, drain.Value("heartbeatTimeout"))
	require.Equal(t, "CONTINUE", drain.Value("defaultResult"))
	require.Len(t, g.OfType("aws:autoscaling/lifecycleHook:LifecycleHook"), 1)
}
