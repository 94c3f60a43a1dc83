package cache

import (
	"fmt"
	"strconv"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/elasticache"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/internal/base"
	"github.com/plinth-iac/plinth/components/internal/datastore"
	"github.com/plinth-iac/plinth/components/objective"
)

// MemcachedType is the token of the Memcached component.
const MemcachedType = "plinth:cache:Memcached"

// Memcached is a cluster of Memcached nodes over zones. Clients spread keys over the
// nodes; a node that is lost takes its share with it, and AWS puts an empty one in its
// place. Nothing is at rest, so nothing is encrypted there, and whoever reaches the
// port may read and write: the security group is the only access control.
type Memcached struct {
	pulumi.ResourceState

	// Id is the cluster's id.
	Id pulumi.StringOutput `pulumi:"id"`
	// Arn is the cluster's ARN.
	Arn pulumi.StringOutput `pulumi:"arn"`
	// ConfigurationEndpoint is the host at which clients learn of the nodes.
	ConfigurationEndpoint pulumi.StringOutput `pulumi:"configurationEndpoint"`
	// SecurityGroupId is the cluster's security group. It has no rules.
	SecurityGroupId pulumi.StringOutput `pulumi:"securityGroupId"`

	// Port is where clients connect.
	Port int
	// Objectives are what failures cost: nothing that is lost comes back.
	Objectives objective.Objectives
	// Cluster is the cluster itself.
	Cluster *elasticache.Cluster
	// SecurityGroup is its security group.
	SecurityGroup *ec2.SecurityGroup
	// Alarms are the alarms by key: cpu, evictions and connections.
	Alarms map[string]*cloudwatch.MetricAlarm
}

// MemcachedArgs are the arguments of a Memcached.
type MemcachedArgs struct {
	// Region is where the cluster is, such as "eu-central-1".
	Region string `pulumi:"region"`
	// VpcId is the VPC of the security group. It cannot be changed later.
	VpcId pulumi.StringInput `pulumi:"vpcId"`
	// SubnetIds are subnets in two zones or more.
	SubnetIds pulumi.StringArrayInput `pulumi:"subnetIds"`
	// EngineVersion is 1.6.12 or a later 1.6, the first that speaks TLS. It can only go
	// up. Default: "1.6.22".
	EngineVersion string `pulumi:"engineVersion,optional"`
	// NodeType is the size of each node. Changing it replaces the cluster with an empty
	// one: add nodes instead. Default: "cache.m7g.large".
	NodeType string `pulumi:"nodeType,optional"`
	// Nodes is how many nodes there are, 2 to 60. Default: 2.
	Nodes int `pulumi:"nodes,optional"`
	// Port is where clients connect. Changing it replaces the cluster. Default: 11211.
	Port int `pulumi:"port,optional"`
	// Parameters are engine parameters, such as "max_item_size". Default: AWS's own.
	Parameters map[string]string `pulumi:"parameters,optional"`
	// MaintenanceWindow is when AWS may restart nodes, UTC, an hour or longer. Default:
	// "sun:04:30-sun:05:30".
	MaintenanceWindow string `pulumi:"maintenanceWindow,optional"`
	// DeletionProtection makes the engine refuse whatever would delete or replace the
	// cluster. Default: true.
	DeletionProtection *bool `pulumi:"deletionProtection,optional"`
	// Alarms watches the cluster. Default: no alarms.
	Alarms *MemcachedAlarmsArgs `pulumi:"alarms,optional"`
	// NotificationTopicArn is an SNS topic that is told of nodes that are replaced and
	// other events. What ReplicationGroupArgs asks of a topic holds here too. Default: none.
	NotificationTopicArn pulumi.StringInput `pulumi:"notificationTopicArn,optional"`
	// Tags are put on every resource that can have them. Default: none.
	Tags map[string]string `pulumi:"tags,optional"`
}

// MemcachedAlarmsArgs watch a Memcached cluster. An alarm is raised after five bad
// minutes in a row. How full memory is says nothing: Memcached fills it on purpose.
type MemcachedAlarmsArgs struct {
	// ActionArns are told when an alarm is raised and when it clears, such as SNS topics.
	// Default: nobody.
	ActionArns pulumi.StringArrayInput `pulumi:"actionArns,optional"`
	// CpuPercent is too much load, above 0, to 100. Default: 80.
	CpuPercent float64 `pulumi:"cpuPercent,optional"`
	// EvictionsPerMinute is too many keys dropped for want of memory, above 0. Default: 100.
	EvictionsPerMinute float64 `pulumi:"evictionsPerMinute,optional"`
	// Connections is too many clients on a node, above 0; a node takes 65000. Default:
	// 50000.
	Connections float64 `pulumi:"connections,optional"`
}

func (a MemcachedArgs) withDefaults() *MemcachedArgs {
	base.Default(&a.EngineVersion, defaultVersions[EngineMemcached])
	base.Default(&a.NodeType, "cache.m7g.large")
	base.Default(&a.Nodes, 2)
	base.Default(&a.Port, memcachedPort)
	base.Default(&a.MaintenanceWindow, defaultMaintenance)
	base.DefaultRef(&a.DeletionProtection, true)
	if a.Alarms != nil {
		a.Alarms = base.CopyOf(a.Alarms)
		base.Default(&a.Alarms.CpuPercent, 80)
		base.Default(&a.Alarms.EvictionsPerMinute, 100)
		base.Default(&a.Alarms.Connections, 50000)
	}
	return &a
}

func (a *MemcachedArgs) validate(name string) error {
	var errs fielderr.List
	checkName(&errs, name)
	datastore.CheckNetwork(&errs, a.Region, a.VpcId, a.SubnetIds)
	m := memcachedVersionForm.FindStringSubmatch(a.EngineVersion)
	if m == nil {
		errs.Invalid("engineVersion", a.EngineVersion, `must be a version of Memcached such as "1.6.22"`)
	} else if patch, err := strconv.Atoi(m[1]); err != nil || patch < 12 {
		errs.Invalid("engineVersion", a.EngineVersion, "must be 1.6.12 or later: earlier ones do not speak TLS")
	}
	checkNode(&errs, a.NodeType)
	datastore.Between(&errs, "nodes", a.Nodes, 2, 60)
	datastore.Between(&errs, "port", a.Port, 1, 65535)
	checkMaintenance(&errs, a.MaintenanceWindow)
	if m, at := a.Alarms, errs.At("alarms"); m != nil {
		checkPercent(at, "cpuPercent", m.CpuPercent)
		checkAbove0(at, "evictionsPerMinute", m.EvictionsPerMinute)
		checkAbove0(at, "connections", m.Connections)
	}
	return errs.Err(fmt.Sprintf("cache.Memcached %q", name))
}

// NewMemcached makes a Memcached cluster. Children are named `<name>-<role>` or
// `<name>-<role>-<key>`.
func NewMemcached(ctx *pulumi.Context, name string, args *MemcachedArgs, opts ...pulumi.ResourceOption) (*Memcached, error) {
	a := base.CopyOf(args).withDefaults()
	if err := a.validate(name); err != nil {
		return nil, err
	}
	m := &Memcached{Port: a.Port, Objectives: objective.Objectives{}}
	if err := base.Register(ctx, MemcachedType, name, m, a, opts...); err != nil {
		return nil, err
	}
	if err := m.addCluster(ctx, name, a, pulumi.Parent(m)); err != nil {
		return nil, err
	}
	return m, ctx.RegisterResourceOutputs(m, pulumi.Map{
		"id": m.Id, "arn": m.Arn, "configurationEndpoint": m.ConfigurationEndpoint, "securityGroupId": m.SecurityGroupId,
	})
}

func (m *Memcached) addCluster(ctx *pulumi.Context, name string, a *MemcachedArgs, parent pulumi.ResourceOption) (err error) {
	m.SecurityGroup, err = datastore.SecurityGroup(ctx, name, a.VpcId, "Cache "+name, a.Tags, parent)
	if err != nil {
		return err
	}
	m.SecurityGroupId = m.SecurityGroup.ID().ToStringOutput()
	subnets, err := newSubnetGroup(ctx, name, a.SubnetIds, a.Tags, parent)
	if err != nil {
		return err
	}
	parameters, err := newParameterGroup(ctx, name+"-params", "memcached1.6", a.Parameters, a.Tags, parent)
	if err != nil {
		return err
	}
	child := name + "-cache"
	m.Cluster, err = elasticache.NewCluster(ctx, child, &elasticache.ClusterArgs{
		Engine: pulumi.String(EngineMemcached.api()), EngineVersion: pulumi.String(a.EngineVersion),
		NodeType: pulumi.String(a.NodeType), NumCacheNodes: pulumi.Int(a.Nodes), AzMode: pulumi.String("cross-az"),
		Port: pulumi.Int(a.Port), ParameterGroupName: parameters.Name, SubnetGroupName: subnets.Name,
		SecurityGroupIds: pulumi.StringArray{m.SecurityGroupId}, TransitEncryptionEnabled: pulumi.Bool(true),
		MaintenanceWindow: pulumi.String(a.MaintenanceWindow), NotificationTopicArn: base.Optional(a.NotificationTopicArn),
		// Otherwise a change waits for the window, and shows up as drift until then.
		ApplyImmediately: pulumi.Bool(true),
		Tags:             base.Tags(child, a.Tags, nil),
	}, parent, pulumi.Protect(*a.DeletionProtection))
	if err != nil {
		return fmt.Errorf("create Memcached cluster %s: %w", child, err)
	}
	m.Id, m.Arn, m.ConfigurationEndpoint = m.Cluster.ID().ToStringOutput(), m.Cluster.Arn, m.Cluster.ClusterAddress
	if w := a.Alarms; w != nil {
		dimensions := pulumi.StringMap{"CacheClusterId": m.Id}
		m.Alarms, err = datastore.NewAlarms(ctx, name, map[string]datastore.Alarm{
			"cpu":         cpuAlarm("CPUUtilization", w.CpuPercent, dimensions),
			"evictions":   evictionsAlarm(w.EvictionsPerMinute, dimensions),
			"connections": connectionsAlarm(w.Connections, dimensions),
		}, w.ActionArns, a.Tags, parent)
	}
	return err
}
