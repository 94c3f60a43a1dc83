package asg

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/autoscaling"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/internal/base"
)

// Type is the component's type token.
const Type = "plinth:asg:Group"

// Group is an Auto Scaling group with everything it needs to launch instances.
type Group struct {
	pulumi.ResourceState

	// GroupName is the name of the Auto Scaling group.
	GroupName pulumi.StringOutput `pulumi:"groupName"`
	// GroupArn is its ARN.
	GroupArn pulumi.StringOutput `pulumi:"groupArn"`
	// SecurityGroupId is the group on every instance. It has no rules of its own.
	SecurityGroupId pulumi.StringOutput `pulumi:"securityGroupId"`
	// RoleArn is the ARN of the instances' role.
	RoleArn pulumi.StringOutput `pulumi:"roleArn"`
	// RoleName is the name of the instances' role.
	RoleName pulumi.StringOutput `pulumi:"roleName"`
	// LaunchTemplateId is the id of the launch template.
	LaunchTemplateId pulumi.StringOutput `pulumi:"launchTemplateId"`

	// Group is the Auto Scaling group itself.
	Group *autoscaling.Group
	// LaunchTemplate describes the instances.
	LaunchTemplate *ec2.LaunchTemplate
	// SecurityGroup is the instances' security group.
	SecurityGroup *ec2.SecurityGroup
	// Role is what the instances may do.
	Role *iam.Role
	// TargetTracking are the target tracking policies by their keys.
	TargetTracking map[string]*autoscaling.Policy
	// Predictive is the predictive policy, nil without one.
	Predictive *autoscaling.Policy
	// Schedules are the scheduled actions by the names they have in AWS.
	Schedules map[string]*autoscaling.Schedule
}

// NewGroup makes a group. Everything wrong with args is reported in one error, before
// anything is registered.
func NewGroup(ctx *pulumi.Context, name string, args *GroupArgs, opts ...pulumi.ResourceOption) (*Group, error) {
	a := args.withDefaults()
	if err := a.validate(name); err != nil {
		return nil, err
	}
	g := &Group{TargetTracking: map[string]*autoscaling.Policy{}, Schedules: map[string]*autoscaling.Schedule{}}
	if err := base.Register(ctx, Type, name, g, a, opts...); err != nil {
		return nil, err
	}
	b := &builder{ctx: ctx, name: name, args: a, group: g, parent: pulumi.Parent(g)}
	for _, step := range []func() error{
		b.securityGroup, b.role, b.launchTemplate, b.autoScalingGroup, b.terminationHooks, b.targetTracking, b.predictive, b.schedules,
	} {
		if err := step(); err != nil {
			return nil, err
		}
	}

	g.GroupName, g.GroupArn = g.Group.Name, g.Group.Arn
	g.SecurityGroupId = g.SecurityGroup.ID().ToStringOutput()
	g.RoleArn, g.RoleName = g.Role.Arn, g.Role.Name
	g.LaunchTemplateId = g.LaunchTemplate.ID().ToStringOutput()
	if err := ctx.RegisterResourceOutputs(g, pulumi.Map{
		"groupName": g.GroupName, "groupArn": g.GroupArn, "securityGroupId": g.SecurityGroupId,
		"roleArn": g.RoleArn, "roleName": g.RoleName, "launchTemplateId": g.LaunchTemplateId,
	}); err != nil {
		return nil, fmt.Errorf("register outputs of %s %q: %w", Type, name, err)
	}
	return g, nil
}

// builder registers the children, in the order of NewGroup's steps.
type builder struct {
	ctx    *pulumi.Context
	name   string
	args   *GroupArgs
	group  *Group
	parent pulumi.ResourceOption
	// grants are what must be attached to the role before an instance boots: its user
	// data may use them at once.
	grants []pulumi.Resource
}

func (b *builder) autoScalingGroup() error {
	a := b.args
	asg := &autoscaling.GroupArgs{
		MinSize: pulumi.Int(*a.Min), MaxSize: pulumi.Int(a.Max), DesiredCapacity: optionalInt(a.Desired),
		VpcZoneIdentifiers:           a.SubnetIds,
		TargetGroupArns:              b.targetGroups(),
		HealthCheckType:              pulumi.String(a.HealthCheck),
		HealthCheckGracePeriod:       pulumi.Int(a.GracePeriodSeconds),
		DefaultInstanceWarmup:        pulumi.Int(a.WarmupSeconds),
		MaxInstanceLifetime:          pulumi.Int(*a.MaxLifetimeDays * 24 * 60 * 60),
		CapacityRebalance:            pulumi.Bool(a.Spot != nil),
		ProtectFromScaleIn:           pulumi.Bool(a.ProtectFromScaleIn),
		TerminationPolicies:          pulumi.ToStringArray(a.TerminationPolicies),
		EnabledMetrics:               pulumi.ToStringArray(metrics(a.WarmPool != nil)),
		MetricsGranularity:           pulumi.String("1Minute"),
		WaitForCapacityTimeout:       pulumi.String(a.WaitForCapacityTimeout),
		MinElbCapacity:               a.minHealthy(),
		AvailabilityZoneDistribution: a.ZoneDistribution.render(),
		InstanceMaintenancePolicy:    a.Maintenance.render(),
		InstanceRefresh:              a.Refresh.render(a),
		WarmPool:                     a.WarmPool.render(),
		InitialLifecycleHooks:        a.launchHooks(),
		Tags:                         b.groupTags(),
	}
	b.launchFrom(asg)
	opts := []pulumi.ResourceOption{b.parent, pulumi.DependsOn(b.grants)}
	if ignored := a.owners().ignored(); len(ignored) > 0 {
		opts = append(opts, pulumi.IgnoreChanges(ignored))
	}
	var err error
	if b.group.Group, err = autoscaling.NewGroup(b.ctx, b.name+"-group", asg, opts...); err != nil {
		return fmt.Errorf("create auto scaling group %s: %w", b.name, err)
	}
	return nil
}

// The tags of the group itself. Instances and volumes get theirs from the launch
// template, which also reaches what the group does not: volumes and interfaces.
func (b *builder) groupTags() autoscaling.GroupTagArray {
	all := base.Tags(b.name, b.args.Tags, nil)
	tags := autoscaling.GroupTagArray{}
	for _, key := range base.SortedKeys(all) {
		tags = append(tags, autoscaling.GroupTagArgs{Key: pulumi.String(key), Value: all[key], PropagateAtLaunch: pulumi.Bool(false)})
	}
	return tags
}

func (b *builder) targetGroups() pulumi.StringArray {
	arns := pulumi.StringArray{}
	for _, key := range base.SortedKeys(b.args.TargetGroupArns) {
		arns = append(arns, b.args.TargetGroupArns[key])
	}
	return arns
}

// Group metrics are free.
func metrics(warmPool bool) []string {
	names := []string{
		"GroupMinSize", "GroupMaxSize", "GroupDesiredCapacity", "GroupInServiceInstances", "GroupPendingInstances",
		"GroupStandbyInstances", "GroupTerminatingInstances", "GroupTotalInstances",
	}
	if warmPool {
		names = append(names, "WarmPoolDesiredCapacity", "WarmPoolMinSize", "WarmPoolPendingCapacity", "WarmPoolTerminatingCapacity",
			"WarmPoolTotalCapacity", "WarmPoolWarmedCapacity", "GroupAndWarmPoolDesiredCapacity", "GroupAndWarmPoolTotalCapacity")
	}
	return names
}
