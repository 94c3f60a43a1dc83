package database

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/rds"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/internal/base"
	"github.com/plinth-iac/plinth/components/internal/datastore"
)

func (i *Instance) addReplicas(ctx *pulumi.Context, a *InstanceArgs) error {
	for _, key := range base.SortedKeys(a.Replicas) {
		r := a.Replicas[key]
		if err := i.addReplica(ctx, a, key, &r); err != nil {
			return err
		}
		if err := i.watchReplica(ctx, a, key, &r); err != nil {
			return err
		}
	}
	return nil
}

func (i *Instance) addReplica(ctx *pulumi.Context, a *InstanceArgs, key string, r *ReplicaArgs) error {
	c := &i.core
	child := c.child("replica", key)
	args, err := i.replicaSettings(ctx, a, child, key, r)
	if err != nil {
		return err
	}
	args.InstanceClass, args.MultiAz, args.AvailabilityZone = pulumi.String(r.InstanceClass), pulumi.Bool(r.MultiAz), optionalText(r.Zone)
	args.StorageType, args.Iops = pulumi.String(strings.ToLower(string(r.StorageType))), optionalInt(r.Iops)
	args.StorageThroughput, args.MaxAllocatedStorage = optionalInt(r.ThroughputMibps), pulumi.Int(*r.MaxAllocatedGib)
	args.DeletionProtection = pulumi.Bool(*r.DeletionProtection)
	// AWS takes no final snapshot of a replica: what it has, the primary has.
	args.SkipFinalSnapshot = pulumi.Bool(true)
	args.Tags = c.tagsOf(child)
	// A failover of a replica with a standby changes its zone.
	opts := append(c.elsewhere(r), pulumi.Protect(*r.DeletionProtection), pulumi.IgnoreChanges([]string{"availabilityZone"}),
		pulumi.DependsOn(c.watched), pulumi.Timeouts(longTimeouts))
	if i.Replicas[key], err = rds.NewInstance(ctx, child, args, opts...); err != nil {
		return fmt.Errorf("create replica %s: %w", child, err)
	}
	return nil
}

// replicaSettings places a replica: in the primary's region with everything that it has
// there, in another region with groups of its own.
func (i *Instance) replicaSettings(ctx *pulumi.Context, a *InstanceArgs, child, key string, r *ReplicaArgs) (*rds.InstanceArgs, error) {
	c := &i.core
	if !r.abroad(a) {
		args, err := i.settings(ctx, a, r.EngineVersion)
		if err != nil {
			return nil, err
		}
		args.ReplicateSourceDb, args.VpcSecurityGroupIds = i.Identifier, pulumi.StringArray{c.securityGroup.ID().ToStringOutput()}
		args.PerformanceInsightsKmsKeyId = c.insights(a.KmsKeyArn).key
		return args, nil
	}
	at := pulumi.Provider(r.Provider)
	subnets, err := c.newSubnetGroup(ctx, child+"-subnets", r.SubnetIds, at)
	if err != nil {
		return nil, err
	}
	group, err := datastore.SecurityGroup(ctx, child, r.VpcId, "Database "+child, c.tags, c.parent, at)
	if err != nil {
		return nil, err
	}
	i.replicaGroups[key] = group
	parameters, err := i.newParameterGroup(ctx, child+"-params", c.engine.family(r.EngineVersion), a.Parameters, at)
	if err != nil {
		return nil, err
	}
	args, err := i.settings(ctx, a, a.EngineVersion)
	if err != nil {
		return nil, err
	}
	args.EngineVersion, args.ParameterGroupName = pulumi.String(r.EngineVersion), parameters.Name
	args.ReplicateSourceDb, args.DbSubnetGroupName = i.Arn, subnets.Name
	args.VpcSecurityGroupIds = pulumi.StringArray{group.ID().ToStringOutput()}
	args.KmsKeyId, args.PerformanceInsightsKmsKeyId = base.Optional(r.KmsKeyArn), c.insights(r.KmsKeyArn).key
	return args, nil
}

// abroad says that the replica is in another region than the primary.
func (r *ReplicaArgs) abroad(a *InstanceArgs) bool { return r.Region != a.Region }

// elsewhere are the options of what belongs to a replica.
func (c *core) elsewhere(r *ReplicaArgs) []pulumi.ResourceOption {
	if r.Provider == nil {
		return []pulumi.ResourceOption{c.parent}
	}
	return []pulumi.ResourceOption{c.parent, pulumi.Provider(r.Provider)}
}

// watchReplica registers what tells of a replica, in its own region.
func (i *Instance) watchReplica(ctx *pulumi.Context, a *InstanceArgs, key string, r *ReplicaArgs) error {
	c := &i.core
	to, actions := a.Events.target(), pulumi.StringArrayInput(nil)
	if a.Alarms != nil {
		actions = a.Alarms.ActionArns
	}
	if r.abroad(a) {
		to, actions = &cloudwatch.EventTargetArgs{Arn: r.TopicArn, DeadLetterConfig: deadLetters(r.DeadLetterArn)}, nil
		if r.TopicArn != nil {
			actions = pulumi.StringArray{r.TopicArn}
		}
	}
	identifier := i.Replicas[key].Identifier
	if err := c.tellOfReplica(ctx, key, a.Events, identifier, to, c.elsewhere(r)...); err != nil {
		return err
	}
	if a.Alarms == nil {
		return nil
	}
	lag := AlarmReplicaLag + "-" + key
	made, err := datastore.NewAlarms(ctx, c.name, map[string]datastore.Alarm{lag: {
		Description: "How far the replica is behind, in seconds", Namespace: metrics, Metric: "ReplicaLag", Statistic: "Maximum",
		Dimensions: pulumi.StringMap{"DBInstanceIdentifier": identifier}, Threshold: float64(a.Alarms.ReplicaLagSeconds),
	}}, actions, c.tags, c.elsewhere(r)...)
	if err != nil {
		return err
	}
	i.Alarms = base.Merge(i.Alarms, made)
	return nil
}

// tellOfReplica sends a replica's events to a topic. Its rule of EventBridge gets the same
// events as a subscription of RDS, which AWS takes a minute to make: a replica comes last
// in a deploy as it is.
func (c *core) tellOfReplica(
	ctx *pulumi.Context, key string, events *EventsArgs, identifier pulumi.StringInput, to *cloudwatch.EventTargetArgs, opts ...pulumi.ResourceOption,
) error {
	if events == nil || to.Arn == nil {
		return nil
	}
	child := c.child("events", key)
	rule, err := cloudwatch.NewEventRule(ctx, child, &cloudwatch.EventRuleArgs{
		Description: pulumi.Sprintf("Events of replica %s of database %s", key, c.name),
		EventPattern: pulumi.JSONMarshal(pulumi.Map{
			"source": pulumi.ToStringArray([]string{"aws.rds"}), "detail-type": pulumi.ToStringArray([]string{"RDS DB Instance Event"}),
			"detail": pulumi.Map{"SourceIdentifier": pulumi.StringArray{identifier}, "EventCategories": pulumi.ToStringArray(events.Categories)},
		}).ToStringPtrOutput(),
		Tags: c.tagsOf(child),
	}, opts...)
	if err != nil {
		return fmt.Errorf("create event rule %s: %w", child, err)
	}
	child = c.child("events", key, "target")
	to.Rule = rule.Name
	if _, err := cloudwatch.NewEventTarget(ctx, child, to, opts...); err != nil {
		return fmt.Errorf("create event target %s: %w", child, err)
	}
	return nil
}

// target is who gets the events of a replica, and what keeps those that are not taken.
func (e *EventsArgs) target() *cloudwatch.EventTargetArgs {
	if e == nil {
		return &cloudwatch.EventTargetArgs{}
	}
	return &cloudwatch.EventTargetArgs{Arn: e.TopicArn, DeadLetterConfig: deadLetters(e.DeadLetterArn)}
}

func deadLetters(arn pulumi.StringInput) cloudwatch.EventTargetDeadLetterConfigPtrInput {
	if arn == nil {
		return nil
	}
	return &cloudwatch.EventTargetDeadLetterConfigArgs{Arn: base.Optional(arn)}
}
