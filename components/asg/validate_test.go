package asg_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/components/asg"
	"github.com/plinth-iac/plinth/components/asg/userdata"
	"github.com/plinth-iac/plinth/tests/harness"
)

func TestEveryProblemIsReportedAtOnceBeforeAnythingExists(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*asg.GroupArgs)
		want   string
	}{
		"nothing given": {func(a *asg.GroupArgs) { *a = asg.GroupArgs{} }, `4 problems
  max: 0: must be at least 1
  region: is required
  subnetIds: is required
  vpcId: is required`},
		"sizes": {func(a *asg.GroupArgs) { a.Min, a.Desired = ref(5), ref(-1) }, `3 problems
  desired: -1: is less than min (5)
  desired: -1: must not be negative
  min: 5: is more than max (4)`},
		"instances": {func(a *asg.GroupArgs) {
			a.InstanceTypes = []string{"m7g.large", "m7i.large", "m7g.large", "large"}
			a.Requirements = &asg.RequirementsArgs{MaxVcpus: -1, MinMemoryMib: 2, MaxMemoryMib: 1, AllowedTypes: []string{"a"},
				ExcludedTypes: []string{"b"}, Burstable: "maybe"}
			a.Spot = &asg.SpotArgs{OnDemandBase: 9, OnDemandPercentAboveBase: 101, OnDemandAllocation: asg.Prioritized, SpotAllocation: "cheapest"}
		}, `14 problems
  instanceTypes[1]: "m7i.large": is x86_64, but arch is arm64
  instanceTypes[2]: "m7g.large": is there twice
  instanceTypes[3]: "large": is not an instance type such as t4g.small
  requirements: conflicts with instanceTypes: types are either listed or chosen by what they offer
  requirements: need an imageId: AWS cannot choose types for an image that is given by a parameter
  requirements.allowedTypes: conflicts with requirements.excludedTypes: AWS takes one of them
  requirements.burstable: "maybe" is not supported; allowed: included, excluded, required
  requirements.maxMemoryMib: 1: is less than minMemoryMib (2)
  requirements.maxVcpus: -1: is less than minVcpus (0)
  requirements.minVcpus: 0: must be at least 1
  spot.onDemandAllocation: "prioritized": needs instanceTypes: requirements have no order
  spot.onDemandBase: 9: is more than max (4)
  spot.onDemandPercentAboveBase: 101: must be 0 to 100
  spot.spotAllocation: "cheapest" is not supported; allowed: price-capacity-optimized, capacity-optimized, capacity-optimized-prioritized`},
		"launch": {func(a *asg.GroupArgs) {
			a.Arch = "arm"
			a.MetadataHopLimit = 65
			a.ManagedPolicyArns = map[string]pulumi.StringInput{"ssm": pulumi.String("x"), "a b": nil}
			a.RootVolume = &asg.VolumeArgs{SizeGib: 8, Iops: 5000, ThroughputMibps: 2000}
		}, `8 problems
  arch: "arm" is not supported; allowed: arm64, x86_64
  managedPolicyArns.a b: is required
  managedPolicyArns.a b: the key must be 1 to 64 letters, digits, - and _, and not start with - or _
  managedPolicyArns.ssm: the key is taken by the policy for Session Manager
  metadataHopLimit: 65: must be 1 to 64
  rootVolume.iops: 5000: is more than 500 per GiB of sizeGib (8)
  rootVolume.throughputMibps: 2000: must be 125 to 1000
  rootVolume.throughputMibps: 2000: needs iops of 8000`},
		"health": {func(a *asg.GroupArgs) {
			a.HealthCheck, a.GracePeriodSeconds, a.WarmupSeconds, a.WaitForCapacityTimeout = asg.LoadBalancer, 60, 90, "10"
		}, `3 problems
  gracePeriodSeconds: 60: is less than warmupSeconds (90): instances would be judged, and replaced, before they are ready
  healthCheck: "ELB": needs targetGroupArns: no load balancer checks these instances
  waitForCapacityTimeout: "10": is not a duration such as "10m", or "0" for not waiting`},
		"scaling": {func(a *asg.GroupArgs) {
			a.TargetTracking = map[string]asg.TargetTrackingArgs{
				"cpu":      {Metric: asg.Cpu, Target: 101, ResourceLabel: pulumi.String("x")},
				"none":     {},
				"requests": {Metric: asg.RequestsPerTarget, Target: 1},
				"unserved": {Metric: asg.RequestsPerTarget, Target: 1, ResourceLabel: pulumi.String("x")},
				"empty":    {Metric: asg.Custom, Target: 1},
				"math": {Metric: asg.Custom, Target: 1, Queries: map[string]asg.QueryArgs{
					"A": {Expression: "b", Name: "x", Return: true}, "b": {Name: "x", Return: true}}},
			}
			a.Predictive = &asg.PredictiveArgs{Metric: asg.Custom, Mode: "Maybe", BufferSeconds: ref(-1)}
		}, `13 problems
  predictive.bufferSeconds: -1: must be 0 to 3600
  predictive.metric: "Custom" is not supported; allowed: Cpu, NetworkIn, NetworkOut, RequestsPerTarget
  predictive.mode: "Maybe" is not supported; allowed: ForecastOnly, ForecastAndScale
  targetTracking.cpu.resourceLabel: conflicts with targetTracking.cpu.metric: only RequestsPerTarget has a label
  targetTracking.cpu.target: 101: is a percentage
  targetTracking.empty.queries: is required
  targetTracking.math.queries: 2 queries return the value; it must be exactly one
  targetTracking.math.queries.A: is either an expression or a metric, not both
  targetTracking.math.queries.A: the id must start with a small letter and have only letters, digits and _
  targetTracking.math.queries.b.namespace: is required
  targetTracking.none.metric: "" is not supported; allowed: Cpu, NetworkIn, NetworkOut, RequestsPerTarget, Custom
  targetTracking.requests.resourceLabel: is required
  targetTracking.unserved.metric: "RequestsPerTarget": needs targetGroupArns: these instances get no requests from a load balancer`},
		"schedules": {func(a *asg.GroupArgs) {
			a.Min = ref(0)
			a.Schedules = map[string]asg.ScheduleArgs{
				"empty":          {Cron: "0 8 * * *"},
				"high":           {Cron: "0 8 * *", TimeZone: "Europe/Berlim", Min: ref(5)},
				"off-hours-stop": {Cron: "60 8 * * *", Desired: ref(9)},
			}
			a.OffHours = &asg.OffHoursArgs{Stop: "0 20 * * FRI-MON"}
		}, `10 problems
  offHours: conflicts with schedules.off-hours-stop: the name is taken
  offHours.start: is required
  offHours.start: starts nothing: min is 0 and desired is not set
  offHours.stop: "0 20 * * FRI-MON": day of week: range "FRI-MON" goes backwards
  schedules.empty: sets none of min, max and desired
  schedules.high.cron: "0 8 * *": has 4 fields; it must be minute, hour, day of month, month and day of week
  schedules.high.min: 5: is more than max (4)
  schedules.high.timeZone: "Europe/Berlim": is not a time zone such as Europe/Berlin
  schedules.off-hours-stop.cron: "60 8 * * *": minute: "60" must be 0 to 59
  schedules.off-hours-stop.desired: 9: is more than max (4)`},
		"lifecycle": {func(a *asg.GroupArgs) {
			a.Maintenance = &asg.MaintenanceArgs{MinHealthyPercent: ref(50), MaxHealthyPercent: ref(200)}
			a.Refresh = &asg.RefreshArgs{AutoRollback: true, CheckpointPercents: []int{50, 20}}
			a.WarmPool = &asg.WarmPoolArgs{State: "Hibernated", MinSize: -1, MaxPrepared: ref(1)}
			a.Spot = &asg.SpotArgs{}
			a.DrainSeconds = 10
			a.LifecycleHooks = map[string]asg.LifecycleHookArgs{"drain": {Transition: "now", TimeoutSeconds: 1, NotificationTargetArn: pulumi.String("x")}}
			a.MaxLifetimeDays = ref(366)
			a.ZoneDistribution = "any"
		}, `15 problems
  drainSeconds: 10: must be 30 to 7200
  drainSeconds: conflicts with lifecycleHooks.drain: the name is taken
  lifecycleHooks.drain: notificationTargetArn and notificationRoleArn belong together
  lifecycleHooks.drain.timeoutSeconds: 1: must be 30 to 7200
  lifecycleHooks.drain.transition: "now" is not supported; allowed: autoscaling:EC2_INSTANCE_LAUNCHING, autoscaling:EC2_INSTANCE_TERMINATING
  maintenance.maxHealthyPercent: 200: is more than 100 above minHealthyPercent (50)
  maxLifetimeDays: 366: must be 1 to 365
  refresh.autoRollback: needs an imageId: AWS cannot go back to an image that is given by a parameter
  refresh.checkpointPercents: must end in 100, or the refresh never ends
  refresh.checkpointPercents[1]: 20: must be above 50 and at most 100
  warmPool: needs a single entry in instanceTypes, and neither requirements nor spot
  warmPool.maxPrepared: 1: is less than the group's min (2)
  warmPool.minSize: -1: must not be negative
  warmPool.state: "Hibernated" is not supported; allowed: Stopped, Running
  zoneDistribution: "any" is not supported; allowed: balanced-best-effort, balanced-only`},
		"a warm pool of several types": {func(a *asg.GroupArgs) {
			a.WarmPool = &asg.WarmPoolArgs{}
			a.InstanceTypes = []string{"m7g.large", "m6g.large"}
		}, `1 problem
  warmPool: needs a single entry in instanceTypes, and neither requirements nor spot`},
		"a warm pool by requirements": {func(a *asg.GroupArgs) {
			a.WarmPool = &asg.WarmPoolArgs{}
			a.ImageId = pulumi.String("ami-1")
			a.Requirements = &asg.RequirementsArgs{MinVcpus: 2, MinMemoryMib: 4096}
		}, `1 problem
  warmPool: needs a single entry in instanceTypes, and neither requirements nor spot`},
		"no room for replacing": {func(a *asg.GroupArgs) { a.Maintenance = &asg.MaintenanceArgs{MaxHealthyPercent: ref(100)} }, `1 problem
  maintenance.maxHealthyPercent: 100: leaves no room for replacing anything: minHealthyPercent is 100`},
	} {
		t.Run(name, func(t *testing.T) {
			args := smallest()
			c.change(args)
			g, err := harness.Try(harness.Preview, one(args))
			require.ErrorContains(t, err, `asg.Group "web": `+c.want)
			require.Empty(t, g.Resources)
		})
	}
}

func TestNilArgumentsAreAnErrorNotAPanic(t *testing.T) {
	_, err := harness.Try(harness.Preview, one(nil))
	require.ErrorContains(t, err, "region: is required")
}

// required lists the fields of a struct, and of the structs under it, that its tags
// require.
func required(t reflect.Type, path string) []string {
	var fields []string
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return nil
	}
	for i := range t.NumField() {
		name, options, _ := strings.Cut(t.Field(i).Tag.Get("pulumi"), ",")
		if options != "optional" {
			fields = append(fields, path+name)
		}
		fields = append(fields, required(t.Field(i).Type, path+name+".")...)
	}
	return fields
}

func TestTagsRequireExactlyWhatMustBeGiven(t *testing.T) {
	require.Equal(t, []string{
		"region", "vpcId", "subnetIds", "max", "requirements.minVcpus", "requirements.minMemoryMib", "statements.actions",
		"targetTracking.metric", "targetTracking.target", "predictive.target",
		"schedules.cron", "offHours.stop", "offHours.start", "lifecycleHooks.transition",
	}, required(reflect.TypeFor[asg.GroupArgs](), ""))
	for _, preset := range []reflect.Type{
		reflect.TypeFor[userdata.WebArgs](), reflect.TypeFor[userdata.NodeArgs](), reflect.TypeFor[userdata.TomcatArgs](),
	} {
		require.Empty(t, required(preset, ""), preset.Name())
	}
}
