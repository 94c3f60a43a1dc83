package cache

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/elasticache"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/iampolicy"
	"github.com/plinth-iac/plinth/components/internal/base"
	"github.com/plinth-iac/plinth/components/internal/datastore"
	"github.com/plinth-iac/plinth/components/objective"
)

// ReplicationGroupType is the token of the ReplicationGroup component.
const ReplicationGroupType = "plinth:cache:ReplicationGroup"

// ReplicationGroup is a group of Valkey or Redis OSS nodes: a primary with replicas, or
// shards of them.
type ReplicationGroup struct {
	pulumi.ResourceState

	// Id is the group's id.
	Id pulumi.StringOutput `pulumi:"id"`
	// Arn is the group's ARN.
	Arn pulumi.StringOutput `pulumi:"arn"`
	// PrimaryEndpoint is the host for writing, which follows a failover. Empty with
	// ClusterEnabled.
	PrimaryEndpoint pulumi.StringOutput `pulumi:"primaryEndpoint"`
	// ReaderEndpoint is the host for reading, spread over replicas. Empty with
	// ClusterEnabled.
	ReaderEndpoint pulumi.StringOutput `pulumi:"readerEndpoint"`
	// ConfigurationEndpoint is the host at which clients learn of the shards. Empty with
	// ClusterDisabled.
	ConfigurationEndpoint pulumi.StringOutput `pulumi:"configurationEndpoint"`
	// SecurityGroupId is the group's security group. It has no rules.
	SecurityGroupId pulumi.StringOutput `pulumi:"securityGroupId"`
	// UserGroupId holds the users. Empty without users.
	UserGroupId pulumi.StringOutput `pulumi:"userGroupId"`
	// UserNames are the names that users connect with, by key.
	UserNames pulumi.StringMapOutput `pulumi:"userNames"`

	// Port is where clients connect.
	Port int
	// Objectives are what failures cost.
	Objectives objective.Objectives
	// Group is the replication group itself.
	Group *elasticache.ReplicationGroup
	// SecurityGroup is its security group.
	SecurityGroup *ec2.SecurityGroup
	// LogGroups are the log groups by LogSlow and LogEngine.
	LogGroups map[string]*cloudwatch.LogGroup
	// Alarms are the alarms, by the name of what they watch and the node's number, such
	// as "cpu-001".
	Alarms map[string]*cloudwatch.MetricAlarm

	name   string
	parent pulumi.ResourceOption
	users  users
}

// NewReplicationGroup makes a replication group. Children are named `<name>-<role>` or
// `<name>-<role>-<key>`.
func NewReplicationGroup(ctx *pulumi.Context, name string, args *ReplicationGroupArgs, opts ...pulumi.ResourceOption) (*ReplicationGroup, error) {
	a := base.CopyOf(args).withDefaults()
	if err := a.validate(name); err != nil {
		return nil, err
	}
	g := &ReplicationGroup{name: name, Port: a.Port, Objectives: a.objectives(), LogGroups: map[string]*cloudwatch.LogGroup{}}
	if err := base.Register(ctx, ReplicationGroupType, name, g, a, opts...); err != nil {
		return nil, err
	}
	g.parent = pulumi.Parent(g)
	for _, add := range []func(*pulumi.Context, *ReplicationGroupArgs) error{
		g.addSecurityGroup, g.addUsers, g.addLogGroups, g.addGroup, g.addScaling, g.addAlarms,
	} {
		if err := add(ctx, a); err != nil {
			return nil, err
		}
	}
	return g, ctx.RegisterResourceOutputs(g, pulumi.Map{
		"id": g.Id, "arn": g.Arn, "primaryEndpoint": g.PrimaryEndpoint, "readerEndpoint": g.ReaderEndpoint,
		"configurationEndpoint": g.ConfigurationEndpoint, "securityGroupId": g.SecurityGroupId,
		"userGroupId": g.UserGroupId, "userNames": g.UserNames,
	})
}

// Objectives are what failures cost a group with these arguments, before it is made.
func (a *ReplicationGroupArgs) Objectives() objective.Objectives {
	return base.CopyOf(a).withDefaults().objectives()
}

// ConnectStatement lets a role connect as the user with this key. Only users without
// passwords connect with IAM.
func (g *ReplicationGroup) ConnectStatement(user string) iampolicy.Statement {
	return g.users.connect(ReplicationGroupType, g.name, user, g.Arn)
}

func (g *ReplicationGroup) addSecurityGroup(ctx *pulumi.Context, a *ReplicationGroupArgs) (err error) {
	// A changed description would replace the group under a live cache.
	g.SecurityGroup, err = datastore.SecurityGroup(ctx, g.name, a.VpcId, "Cache "+g.name, a.Tags, g.parent)
	if err != nil {
		return err
	}
	g.SecurityGroupId = g.SecurityGroup.ID().ToStringOutput()
	return nil
}

func (g *ReplicationGroup) addUsers(ctx *pulumi.Context, a *ReplicationGroupArgs) (err error) {
	g.users, err = newUsers(ctx, g.name, g.SecurityGroup, a.Users, a.Tags, g.parent)
	g.UserGroupId, g.UserNames = g.users.groupId, g.users.names()
	return err
}

func (g *ReplicationGroup) addGroup(ctx *pulumi.Context, a *ReplicationGroupArgs) error {
	subnets, err := newSubnetGroup(ctx, g.name, a.SubnetIds, a.Tags, g.parent)
	if err != nil {
		return err
	}
	parameters, err := g.newParameters(ctx, a)
	if err != nil {
		return err
	}
	name, several := g.name+"-cache", *a.Replicas > 0
	args := &elasticache.ReplicationGroupArgs{
		Description: pulumi.Sprintf("Cache %s", g.name),
		Engine:      pulumi.String(a.Engine.api()), EngineVersion: pulumi.String(a.EngineVersion),
		AutoMinorVersionUpgrade: pulumi.Bool(*a.AutoMinorVersionUpgrade),
		NodeType:                pulumi.String(a.NodeType),
		Port:                    pulumi.Int(a.Port),
		ParameterGroupName:      parameters.Name,
		SubnetGroupName:         subnets.Name,
		SecurityGroupIds:        pulumi.StringArray{g.SecurityGroupId},
		ClusterMode:             pulumi.String(map[ClusterMode]string{ClusterDisabled: "disabled", ClusterCompatible: "compatible", ClusterEnabled: "enabled"}[a.ClusterMode]),
		MultiAzEnabled:          pulumi.Bool(several),
		// With shards AWS insists on it, though without a replica it finds none.
		AutomaticFailoverEnabled: pulumi.Bool(several || a.ClusterMode != ClusterDisabled),
		AtRestEncryptionEnabled:  pulumi.Bool(true), KmsKeyId: base.Optional(a.KmsKeyArn),
		TransitEncryptionEnabled: pulumi.Bool(true),
		TransitEncryptionMode:    pulumi.String(map[TransitMode]string{TransitRequired: "required", TransitPreferred: "preferred"}[a.Transit]),
		SnapshotRetentionLimit:   pulumi.Int(*a.BackupRetentionDays),
		SnapshotWindow:           pulumi.String(a.BackupWindow), MaintenanceWindow: pulumi.String(a.MaintenanceWindow),
		LogDeliveryConfigurations: g.logDeliveries(),
		NotificationTopicArn:      base.Optional(a.NotificationTopicArn),
		// Otherwise a change waits for the window, and shows up as drift until then.
		ApplyImmediately: pulumi.Bool(true),
		Tags:             base.Tags(name, a.Tags, nil),
	}
	if a.ClusterMode == ClusterDisabled {
		args.NumCacheClusters = pulumi.Int(1 + *a.Replicas)
	} else {
		args.NumNodeGroups, args.ReplicasPerNodeGroup = pulumi.Int(a.Shards), pulumi.Int(*a.Replicas)
	}
	if len(a.Zones) > 0 {
		args.PreferredCacheClusterAzs = pulumi.ToStringArray(a.Zones)
	}
	if a.RestoreSnapshot != "" {
		args.SnapshotName = pulumi.String(a.RestoreSnapshot)
	}
	if !a.SkipFinalSnapshot {
		args.FinalSnapshotIdentifier = unique(g.SecurityGroup, g.name, "final")
	}
	a.AuthToken.apply(args)
	if len(a.Users) > 0 && a.AuthToken == nil {
		args.UserGroupIds = pulumi.StringArray{g.UserGroupId}
	}
	g.Group, err = elasticache.NewReplicationGroup(ctx, name, args, g.parent,
		pulumi.Protect(*a.DeletionProtection), pulumi.IgnoreChanges(a.ignored()))
	if err != nil {
		return fmt.Errorf("create replication group %s: %w", name, err)
	}
	g.Id, g.Arn = g.Group.ID().ToStringOutput(), g.Group.Arn
	g.PrimaryEndpoint, g.ReaderEndpoint = g.Group.PrimaryEndpointAddress, g.Group.ReaderEndpointAddress
	g.ConfigurationEndpoint = g.Group.ConfigurationEndpointAddress
	return nil
}

// ignored are the properties that the program sets once and others own afterwards.
func (a *ReplicationGroupArgs) ignored() []string {
	// What a group was made from, and where, has no meaning once it is there.
	properties := []string{"preferredCacheClusterAzs", "snapshotName"}
	if a.ShardScaling != nil {
		properties = append(properties, "numNodeGroups")
	}
	if a.ReplicaScaling != nil {
		properties = append(properties, "replicasPerNodeGroup")
	}
	return append(properties, a.AuthToken.ignored()...)
}

const clusterParameter = "cluster-enabled"

// newParameters registers the parameter group. Another family or mode makes another
// group: the new one is there before the replication group moves, and the old one goes
// after that.
func (g *ReplicationGroup) newParameters(ctx *pulumi.Context, a *ReplicationGroupArgs) (*elasticache.ParameterGroup, error) {
	name, parameters := g.name+"-params", base.Merge(a.Parameters)
	if a.ClusterMode != ClusterDisabled {
		// AWS does not change this one in a group that is in use.
		name, parameters[clusterParameter] = name+"-cluster", "yes"
	}
	return newParameterGroup(ctx, name, family(a.Engine, a.EngineVersion), parameters, a.Tags, g.parent)
}
