package asg_test

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lb"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/components/asg"
	"github.com/plinth-iac/plinth/components/asg/userdata"
	"github.com/plinth-iac/plinth/components/iampolicy"
	"github.com/plinth-iac/plinth/tests/harness"
)

func ref[T any](value T) *T { return &value }

// smallest is the least a user must write.
func smallest() *asg.GroupArgs {
	return &asg.GroupArgs{
		Region: "eu-central-1", VpcId: pulumi.String("vpc-1"), Max: 4,
		SubnetIds: pulumi.ToStringArray([]string{"subnet-a", "subnet-b"}),
	}
}

// full uses everything that goes together.
func full() *asg.GroupArgs {
	args := smallest()
	args.Region = "us-gov-west-1"
	args.Min, args.Max, args.Desired = ref(3), 12, ref(6)
	args.Arch = asg.X86
	args.ImageId = pulumi.String("ami-0123456789abcdef0")
	args.InstanceTypes = []string{"m7i.large", "m7a.large", "m6i.large"}
	args.Spot = &asg.SpotArgs{OnDemandBase: 3, OnDemandPercentAboveBase: 50}
	args.UserData = pulumi.String("#!/bin/bash\necho hello\n")
	args.RootVolume = &asg.VolumeArgs{SizeGib: 50, Iops: 4000, ThroughputMibps: 500, KmsKeyArn: pulumi.String("arn:aws:kms:key")}
	args.MetadataHopLimit, args.MetadataTags = 2, true
	args.Statements = []iampolicy.Statement{{Actions: []string{"s3:GetObject"}, Resources: []pulumi.StringInput{pulumi.String("arn:aws:s3:::b/*")}}}
	args.ManagedPolicyArns = map[string]pulumi.StringInput{"logs": pulumi.String("arn:aws:iam::aws:policy/CloudWatchAgentServerPolicy")}
	args.PermissionsBoundaryArn = pulumi.String("arn:aws:iam::111122223333:policy/boundary")
	args.TargetGroupArns = map[string]pulumi.StringInput{"web": pulumi.String("arn:tg-web"), "api": pulumi.String("arn:tg-api")}
	args.TargetTracking = map[string]asg.TargetTrackingArgs{
		"cpu":      {Metric: asg.Cpu, Target: 50},
		"network":  {Metric: asg.NetworkOut, Target: 6e7, DisableScaleIn: true},
		"requests": {Metric: asg.RequestsPerTarget, Target: 1000, ResourceLabel: pulumi.String("app/x/1/targetgroup/y/2")},
		"backlog": {Metric: asg.Custom, Target: 100, Queries: map[string]asg.QueryArgs{
			"waiting": {Namespace: "AWS/SQS", Name: "ApproximateNumberOfMessagesVisible", Stat: "Sum",
				Dimensions: map[string]pulumi.StringInput{"QueueName": pulumi.String("jobs")}},
			"running": {Namespace: "AWS/AutoScaling", Name: "GroupInServiceInstances", OfThisGroup: true},
			"each":    {Expression: "waiting / running", Return: true},
		}},
	}
	args.Predictive = &asg.PredictiveArgs{Target: 60, Mode: asg.ForecastAndScale, BufferSeconds: ref(300), MaxBufferPercent: ref(10)}
	args.Schedules = map[string]asg.ScheduleArgs{"sale": {Cron: "0 6 * NOV FRI", TimeZone: "Europe/Berlin", Min: ref(9)}}
	args.OffHours = &asg.OffHoursArgs{Stop: "0 20 * * MON-FRI", Start: "0 7 * * MON-FRI", TimeZone: "Europe/Berlin"}
	args.Refresh = &asg.RefreshArgs{AlarmNames: pulumi.ToStringArray([]string{"errors"}), CheckpointPercents: []int{20, 100}}
	args.Maintenance = &asg.MaintenanceArgs{MinHealthyPercent: ref(90), MaxHealthyPercent: ref(120)}
	args.DrainSeconds = 90
	args.LifecycleHooks = map[string]asg.LifecycleHookArgs{
		"ready": {Transition: asg.Launching, TimeoutSeconds: 600, Metadata: "boot"},
		"report": {Transition: asg.Terminating, ContinueOnTimeout: true,
			NotificationTargetArn: pulumi.String("arn:aws:sqs:q"), NotificationRoleArn: pulumi.String("arn:aws:iam:r")},
	}
	args.MaxLifetimeDays = ref(7)
	args.ZoneDistribution = asg.BalancedOnly
	args.ProtectFromScaleIn = true
	args.WaitForCapacityTimeout = "0"
	args.Tags = map[string]string{"team": "web"}
	return args
}

func groups(byName map[string]*asg.GroupArgs) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		for name, args := range byName {
			if _, err := asg.NewGroup(ctx, name, args); err != nil {
				return err
			}
		}
		return nil
	}
}

func one(args *asg.GroupArgs) pulumi.RunFunc { return groups(map[string]*asg.GroupArgs{"web": args}) }

func TestTheSmallestGroup(t *testing.T) {
	harness.Both(t, one(smallest()), func(t *testing.T, g *harness.Graph) { g.Golden(t, "smallest") })
}

func TestAGroupWithEverything(t *testing.T) {
	harness.Both(t, one(full()), func(t *testing.T, g *harness.Graph) { g.Golden(t, "full") })
}

func TestInstancesAreClosedAndEncrypted(t *testing.T) {
	for name, args := range map[string]*asg.GroupArgs{"smallest": smallest(), "full": full()} {
		t.Run(name, func(t *testing.T) {
			harness.Both(t, one(args), func(t *testing.T, g *harness.Graph) {
				template := g.Named(t, "web-template")
				require.Equal(t, "required", template.Value("metadataOptions.httpTokens"), "metadata service version 2 only")
				require.Equal(t, "true", template.Value("blockDeviceMappings[0].ebs.encrypted"))
				require.Equal(t, "false", template.Value("networkInterfaces[0].associatePublicIpAddress"))
				require.Nil(t, template.Value("keyName"))
				group := g.Named(t, "web-sg")
				require.Nil(t, group.Value("ingress"))
				require.Nil(t, group.Value("egress"))
				for _, r := range g.Resources {
					require.NotContains(t, r.Type, "SecurityGroupIngressRule")
					require.NotContains(t, r.Type, "SecurityGroupEgressRule")
				}
				require.Empty(t, g.Invokes)
			})
		})
	}
}

func TestTwoGroupsShareNoUrnAndAllChildrenBelongToTheirs(t *testing.T) {
	program := groups(map[string]*asg.GroupArgs{"web": full(), "app": full()})
	harness.Both(t, program, func(t *testing.T, g *harness.Graph) { // Run checks the URNs
		for _, r := range g.Resources {
			if r.Type == asg.Type {
				continue
			}
			owner, _, _ := strings.Cut(r.Name, "-")
			require.True(t, strings.HasSuffix(r.Parent, asg.Type+"::"+owner), "%s is under %s", r.Name, r.Parent)
		}
	})
}

func TestTheTemplatesNumberReachesTheGroup(t *testing.T) {
	for name, path := range map[string]string{
		"smallest": "launchTemplate.version",
		"full":     "mixedInstancesPolicy.launchTemplate.launchTemplateSpecification.version",
	} {
		args := map[string]*asg.GroupArgs{"smallest": smallest(), "full": full()}[name]
		harness.Both(t, one(args), func(t *testing.T, g *harness.Graph) {
			version := g.Named(t, "web-group").Value(path)
			require.NotContains(t, version, "$", "$Latest starts no refresh")
			if g.Mode == harness.Preview {
				require.Equal(t, "<computed>", version, "it follows the template")
			}
		})
	}
}

func TestImageAndTypesFollowTheArchitecture(t *testing.T) {
	for _, c := range []struct {
		arch                asg.Arch
		imageSuffix, choice string
	}{{"", "-arm64", "t4g.small"}, {asg.Arm64, "-arm64", "t4g.small"}, {asg.X86, "-x86_64", "t3.small"}} {
		args := smallest()
		args.Arch = c.arch
		template := harness.Run(t, harness.Update, one(args)).Named(t, "web-template")
		require.Equal(t, "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default"+c.imageSuffix, template.Value("imageId"))
		require.Equal(t, c.choice, template.Value("instanceType"))
	}
}

func TestTypesAreChosenByWhatTheyOffer(t *testing.T) {
	args := smallest()
	args.ImageId = pulumi.String("ami-1")
	args.Requirements = &asg.RequirementsArgs{MinVcpus: 2, MaxVcpus: 4, MinMemoryMib: 4096, ExcludedTypes: []string{"c6*"}}
	harness.Both(t, one(args), func(t *testing.T, g *harness.Graph) {
		policy := g.Named(t, "web-group").Value("mixedInstancesPolicy").(map[string]any)
		overrides := policy["launchTemplate"].(map[string]any)["overrides"]
		require.Equal(t, []any{map[string]any{"instanceRequirements": map[string]any{
			"vcpuCount": map[string]any{"min": 2.0, "max": 4.0}, "memoryMib": map[string]any{"min": 4096.0},
			"cpuManufacturers": []any{"amazon-web-services"}, "burstablePerformance": "excluded",
			"instanceGenerations": []any{"current"}, "excludedInstanceTypes": []any{"c6*"},
		}}}, overrides)
		require.Equal(t, "lowest-price", policy["instancesDistribution"].(map[string]any)["onDemandAllocationStrategy"])
		require.Nil(t, g.Named(t, "web-template").Value("instanceType"), "AWS refuses both")
	})
}

// The provider changes the group before it starts the refresh, so a rollback undoes
// nothing; alarms stop a refresh all the same.
func TestAlarmsStopARefreshAndNothingIsRolledBackUnlessSaid(t *testing.T) {
	byId := smallest()
	byId.ImageId = pulumi.String("ami-1")
	asked := smallest()
	asked.ImageId = pulumi.String("ami-1").ToStringOutput()
	asked.Refresh = &asg.RefreshArgs{AutoRollback: true}
	alarmed := smallest()
	alarmed.Refresh = &asg.RefreshArgs{AlarmNames: pulumi.ToStringArray([]string{"errors"})}
	for name, c := range map[string]struct {
		args         *asg.GroupArgs
		autoRollback bool
		alarms       any
	}{
		"default":           {smallest(), false, nil},
		"an image's id":     {byId, false, nil},
		"asked for":         {asked, true, nil},
		"alarms, parameter": {alarmed, false, []any{"errors"}},
	} {
		t.Run(name, func(t *testing.T) {
			group := harness.Run(t, harness.Update, one(c.args)).Named(t, "web-group")
			require.Equal(t, c.autoRollback, group.Value("instanceRefresh.preferences.autoRollback"))
			require.Equal(t, c.alarms, group.Value("instanceRefresh.preferences.alarmSpecification.alarms"))
		})
	}
}

func TestAGroupIsCreatedWhenTheLoadBalancerFindsItsLeastNumberHealthy(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*asg.GroupArgs)
		want   any
	}{
		"load balancer":       {func(a *asg.GroupArgs) { a.Min, a.Desired = ref(3), ref(4) }, 3.0},
		"instances alone":     {func(a *asg.GroupArgs) { a.HealthCheck = asg.Instance }, nil},
		"no wait":             {func(a *asg.GroupArgs) { a.WaitForCapacityTimeout = "0" }, nil},
		"no wait, with units": {func(a *asg.GroupArgs) { a.WaitForCapacityTimeout = "0s" }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			args := smallest()
			args.TargetGroupArns = map[string]pulumi.StringInput{"web": pulumi.String("arn:tg")}
			c.change(args)
			group := harness.Run(t, harness.Update, one(args)).Named(t, "web-group")
			require.Equal(t, c.want, group.Value("minElbCapacity"))
			require.Nil(t, group.Value("waitForElbCapacity"), "it would hold every later deployment to that number")
		})
	}
}

// The label is taken from the listener's own output, as a load balancer component gives
// it, so the policy comes after the listener without anyone saying so.
func TestThePolicyOnRequestsWaitsForTheListener(t *testing.T) {
	program := func(ctx *pulumi.Context) error {
		listener, err := lb.NewListener(ctx, "listener", &lb.ListenerArgs{
			LoadBalancerArn: pulumi.String("arn:lb"), DefaultActions: lb.ListenerDefaultActionArray{lb.ListenerDefaultActionArgs{Type: pulumi.String("forward")}},
		})
		if err != nil {
			return err
		}
		args := smallest()
		args.TargetGroupArns = map[string]pulumi.StringInput{"web": pulumi.String("arn:tg")}
		args.TargetTracking = map[string]asg.TargetTrackingArgs{
			"requests": {Metric: asg.RequestsPerTarget, Target: 500, ResourceLabel: pulumi.Sprintf("%s/label", listener.Arn)},
		}
		_, err = asg.NewGroup(ctx, "web", args)
		return err
	}
	harness.Both(t, program, func(t *testing.T, g *harness.Graph) {
		listener := g.Named(t, "listener").URN
		require.Contains(t, g.Named(t, "web-track-requests").Dependencies, listener)
		require.NotContains(t, g.Named(t, "web-group").Dependencies, listener, "the instances start beside the load balancer")
		require.Equal(t, "ELB", g.Named(t, "web-group").Value("healthCheckType"))
	})
}

// An instance's user data may use the role at once.
func TestInstancesStartAfterTheirPermissions(t *testing.T) {
	harness.Both(t, one(full()), func(t *testing.T, g *harness.Graph) {
		group := g.Named(t, "web-group")
		for _, grant := range []string{"web-policy-ssm", "web-policy-logs", "web-statements"} {
			require.Contains(t, group.Dependencies, g.Named(t, grant).URN)
		}
		require.Equal(t, "arn:aws-us-gov:iam::aws:policy/AmazonSSMManagedInstanceCore", g.Named(t, "web-policy-ssm").Value("policyArn"))
	})
}

func TestAddingAPolicyOrAScheduleChangesNothingElse(t *testing.T) {
	before := harness.Run(t, harness.Update, one(smallest()))
	for name, c := range map[string]struct {
		change  func(*asg.GroupArgs)
		added   []string
		ignored []string
	}{
		"policy": {func(a *asg.GroupArgs) {
			a.TargetTracking = map[string]asg.TargetTrackingArgs{"cpu": {Metric: asg.Cpu, Target: 50}}
		}, []string{"web-track-cpu"}, []string{"desiredCapacity"}},
		"schedule": {func(a *asg.GroupArgs) {
			a.Schedules = map[string]asg.ScheduleArgs{"night": {Cron: "0 20 * * *", Min: ref(1)}}
		}, []string{"web-schedule-night"}, []string{"desiredCapacity", "minElbCapacity", "minSize"}},
		"forecast": {func(a *asg.GroupArgs) { a.Predictive = &asg.PredictiveArgs{Target: 50} }, []string{"web-predictive"}, nil},
		"drain":    {func(a *asg.GroupArgs) { a.DrainSeconds = 60 }, []string{"web-hook-drain"}, nil},
		"policy of the role": {func(a *asg.GroupArgs) {
			a.ManagedPolicyArns = map[string]pulumi.StringInput{"logs": pulumi.String("arn:logs")}
		}, []string{"web-policy-logs"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			args := smallest()
			c.change(args)
			after := harness.Run(t, harness.Update, one(args))
			var added []string
			for _, r := range after.Resources {
				old, known := before.Find(r.Name)
				switch {
				case !known:
					added = append(added, r.Name)
				case r.Name == "web": // shows its arguments
				default:
					require.Equal(t, old.Inputs, r.Inputs, r.Name)
					require.Equal(t, old.URN, r.URN)
				}
			}
			require.Equal(t, c.added, added)
			require.Equal(t, c.ignored, after.Named(t, "web-group").IgnoreChanges)
		})
	}
}

func TestTheCallersArgumentsAreLeftAlone(t *testing.T) {
	args, same := smallest(), smallest()
	args.Spot, same.Spot = &asg.SpotArgs{}, &asg.SpotArgs{}
	args.RootVolume, same.RootVolume = &asg.VolumeArgs{}, &asg.VolumeArgs{}
	args.Refresh, same.Refresh = &asg.RefreshArgs{}, &asg.RefreshArgs{}
	args.LifecycleHooks = map[string]asg.LifecycleHookArgs{"x": {Transition: asg.Terminating}}
	same.LifecycleHooks = map[string]asg.LifecycleHookArgs{"x": {Transition: asg.Terminating}}
	harness.Run(t, harness.Update, one(args))
	require.Equal(t, same, args)
}

func TestUserDataIsEncodedAndLimited(t *testing.T) {
	script, err := userdata.Node(nil)
	require.NoError(t, err)
	args := smallest()
	args.UserData = script
	encoded := harness.Run(t, harness.Update, one(args)).Named(t, "web-template").Value("userData").(string)
	text, err := base64.StdEncoding.DecodeString(encoded)
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(string(text), "#!/bin/bash\n"))

	long := pulumi.String(strings.Repeat("x", 16*1024+1))
	for name, value := range map[string]pulumi.StringInput{"known": long, "known later": long.ToStringOutput()} {
		t.Run(name, func(t *testing.T) {
			args := smallest()
			args.UserData = value
			_, err := harness.Try(harness.Update, one(args))
			require.ErrorContains(t, err, fmt.Sprintf("is %d bytes, but AWS takes %d at most", 16*1024+1, 16*1024))
		})
	}
}
