package database

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/rds"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/iampolicy"
	"github.com/plinth-iac/plinth/components/internal/base"
	"github.com/plinth-iac/plinth/components/internal/datastore"
	"github.com/plinth-iac/plinth/components/objective"
)

// ClusterType is the token of the Cluster component.
const ClusterType = "plinth:database:Cluster"

// Cluster is an Aurora cluster, with a writer, readers and a proxy.
type Cluster struct {
	pulumi.ResourceState

	// Arn is the cluster's ARN.
	Arn pulumi.StringOutput `pulumi:"arn"`
	// Identifier is the cluster's name in AWS.
	Identifier pulumi.StringOutput `pulumi:"identifier"`
	// ResourceId names the cluster for ever: cluster-...
	ResourceId pulumi.StringOutput `pulumi:"resourceId"`
	// Address is the host name that leads to the writer, whichever it is.
	Address pulumi.StringOutput `pulumi:"address"`
	// Endpoint is the address and the port.
	Endpoint pulumi.StringOutput `pulumi:"endpoint"`
	// ReaderAddress is the host name that leads to the readers, in turn, and to the writer
	// while there are none.
	ReaderAddress pulumi.StringOutput `pulumi:"readerAddress"`
	// SecretArn is the secret with the master user's password.
	SecretArn pulumi.StringOutput `pulumi:"secretArn"`
	// SecurityGroupId is the cluster's security group. It has no rules.
	SecurityGroupId pulumi.StringOutput `pulumi:"securityGroupId"`
	// RotationSecurityGroupId is that of the rotation function, "" if AWS manages the
	// password or the function is the user's.
	RotationSecurityGroupId pulumi.StringOutput `pulumi:"rotationSecurityGroupId"`
	// ProxyEndpoint is the proxy's host name for the writer, "" without one.
	ProxyEndpoint pulumi.StringOutput `pulumi:"proxyEndpoint"`
	// ProxyReaderEndpoint is the proxy's host name for the readers, "" without one.
	ProxyReaderEndpoint pulumi.StringOutput `pulumi:"proxyReaderEndpoint"`
	// ProxySecurityGroupId is the proxy's security group, "" without one.
	ProxySecurityGroupId pulumi.StringOutput `pulumi:"proxySecurityGroupId"`

	// Port is the port of the instances.
	Port int
	// ProxyPort is the port of the proxy, 0 without one. It is the engine's standard port,
	// whatever Port is.
	ProxyPort int
	// Objectives are what failures cost.
	Objectives objective.Objectives
	// Cluster is the cluster itself.
	Cluster *rds.Cluster
	// Instances are the instances of the program by key.
	Instances map[string]*rds.ClusterInstance
	// Proxy is the proxy, nil without one.
	Proxy *rds.Proxy
	// Alarms are the alarms by key: AlarmCpu and the like.
	Alarms map[string]*cloudwatch.MetricAlarm

	core core
}

// NewCluster makes an Aurora cluster. Children are named `<name>-<role>` or
// `<name>-<role>-<key>`.
func NewCluster(ctx *pulumi.Context, name string, args *ClusterArgs, opts ...pulumi.ResourceOption) (*Cluster, error) {
	a := base.CopyOf(args).withDefaults()
	if err := a.validate(name); err != nil {
		return nil, err
	}
	l := &Cluster{
		Port: a.Port, Objectives: a.objectives(), core: a.core(name), Instances: map[string]*rds.ClusterInstance{},
		Alarms: map[string]*cloudwatch.MetricAlarm{},
	}
	if err := base.Register(ctx, ClusterType, name, l, a, opts...); err != nil {
		return nil, err
	}
	l.core.parent = pulumi.Parent(l)
	// The chain that takes the time is subnet group, cluster, instances; the rest runs
	// beside it.
	for _, add := range []func(*pulumi.Context) error{
		l.core.place, l.core.addMonitoringRole, l.core.addSecret,
		func(ctx *pulumi.Context) error { return l.addCluster(ctx, a) },
		func(ctx *pulumi.Context) error { return l.addInstances(ctx, a) },
		l.core.addProxy, l.core.addReaderEndpoint, l.connect,
		func(ctx *pulumi.Context) error { return l.addReaderScaling(ctx, a) },
		func(ctx *pulumi.Context) error { return l.watch(ctx, a) },
	} {
		if err := add(ctx); err != nil {
			return nil, err
		}
	}
	return l, l.registerOutputs(ctx)
}

// fixedCluster are what a cluster is made with. AWS has no way to change them, and after
// a restore the program may not even know them.
var fixedCluster = []string{"snapshotIdentifier", "restoreToPointInTime", "masterUsername", "databaseName", "engineLifecycleSupport"}

func (l *Cluster) addCluster(ctx *pulumi.Context, a *ClusterArgs) error {
	c := &l.core
	group, err := l.newParameterGroup(ctx, a)
	if err != nil {
		return err
	}
	insights := c.insights(a.KmsKeyArn)
	args := &rds.ClusterArgs{
		ClusterIdentifierPrefix: pulumi.String(c.name + "-"), Engine: pulumi.String(c.engine.aws), EngineVersion: pulumi.String(a.EngineVersion),
		EngineLifecycleSupport:   supportMode(a.ExtendedSupport).ToStringOutput().ToStringPtrOutput(),
		AllowMajorVersionUpgrade: pulumi.Bool(a.AllowMajorVersionUpgrade), ApplyImmediately: pulumi.Bool(a.ApplyImmediately),
		Port: pulumi.Int(a.Port), DbClusterParameterGroupName: group.Name, DbSubnetGroupName: c.subnetGroup.Name,
		VpcSecurityGroupIds: pulumi.StringArray{c.securityGroup.ID().ToStringOutput()},
		StorageEncrypted:    pulumi.Bool(true), KmsKeyId: base.Optional(a.KmsKeyArn),
		StorageType:                      pulumi.String(map[bool]string{true: "aurora-iopt1", false: "aurora"}[a.IoOptimized]),
		IamDatabaseAuthenticationEnabled: pulumi.Bool(true), EnabledCloudwatchLogsExports: pulumi.ToStringArray(a.Monitoring.Logs),
		PerformanceInsightsEnabled: insights.enabled, DatabaseInsightsMode: insights.mode,
		PerformanceInsightsRetentionPeriod: insights.days, PerformanceInsightsKmsKeyId: insights.key,
		BackupRetentionPeriod: pulumi.Int(a.BackupRetentionDays), PreferredBackupWindow: pulumi.String(a.BackupWindow),
		PreferredMaintenanceWindow: pulumi.String(a.MaintenanceWindow), CopyTagsToSnapshot: pulumi.Bool(true),
		DeletionProtection: pulumi.Bool(*a.DeletionProtection), SkipFinalSnapshot: pulumi.Bool(a.SkipFinalSnapshot),
		DeleteAutomatedBackups: pulumi.Bool(a.SkipFinalSnapshot), MasterPassword: c.password(),
	}
	if !a.SkipFinalSnapshot {
		args.FinalSnapshotIdentifier = c.finalSnapshot()
	}
	if c.managed() {
		args.ManageMasterUserPassword, args.MasterUserSecretKmsKeyId = pulumi.Bool(true), base.Optional(a.KmsKeyArn)
	}
	if s := a.Serverless; s != nil {
		args.Serverlessv2ScalingConfiguration = rds.ClusterServerlessv2ScalingConfigurationArgs{
			MinCapacity: pulumi.Float64(*s.MinAcu), MaxCapacity: pulumi.Float64(s.MaxAcu), SecondsUntilAutoPause: optionalInt(s.PauseSeconds),
		}
	}
	a.Restore.intoCluster(args)
	if a.Restore == nil {
		args.MasterUsername, args.DatabaseName = pulumi.String(a.Credentials.Username), optionalText(a.DatabaseName)
	}
	ignored := append(c.written("masterPassword"), fixedCluster...)
	if a.ByAwsBackup {
		ignored = append(ignored, "backupRetentionPeriod", "preferredBackupWindow")
	}
	child := c.child("cluster")
	args.Tags = c.tagsOf(child)
	l.Cluster, err = rds.NewCluster(ctx, child, args, c.parent, pulumi.Protect(*a.DeletionProtection), pulumi.IgnoreChanges(ignored),
		pulumi.Timeouts(longTimeouts))
	if err != nil {
		return fmt.Errorf("create cluster %s: %w", child, err)
	}
	l.Arn, l.Identifier, l.ResourceId = l.Cluster.Arn, l.Cluster.ClusterIdentifier, l.Cluster.ClusterResourceId
	l.Address, l.ReaderAddress = l.Cluster.Endpoint, l.Cluster.ReaderEndpoint
	l.Endpoint = pulumi.Sprintf("%s:%d", l.Address, a.Port)
	if c.managed() {
		c.secret.arn = managedSecret(l.Cluster.MasterUserSecrets, func(s rds.ClusterMasterUserSecret) *string { return s.SecretArn })
	}
	return nil
}

// newParameterGroup registers a group under a name of its own: with another family the new
// one is there before the old one goes, which is in use until then.
func (l *Cluster) newParameterGroup(ctx *pulumi.Context, a *ClusterArgs) (*rds.ClusterParameterGroup, error) {
	c := &l.core
	parameters := rds.ClusterParameterGroupParameterArray{}
	for _, p := range c.parameters(a.Parameters) {
		parameters = append(parameters, rds.ClusterParameterGroupParameterArgs{
			Name: pulumi.String(p.name), Value: pulumi.String(p.value), ApplyMethod: pulumi.String(p.applyMethod),
		})
	}
	child := c.child("params")
	group, err := rds.NewClusterParameterGroup(ctx, child, &rds.ClusterParameterGroupArgs{
		Family: pulumi.String(c.engine.family(a.EngineVersion)), Parameters: parameters, Tags: c.tagsOf(child),
	}, c.parent)
	if err != nil {
		return nil, fmt.Errorf("create parameter group %s: %w", child, err)
	}
	return group, nil
}

// addInstances registers peers: which of them writes is AWS's choice, and may change.
func (l *Cluster) addInstances(ctx *pulumi.Context, a *ClusterArgs) error {
	c := &l.core
	insights := c.insights(a.KmsKeyArn)
	for _, key := range base.SortedKeys(a.Instances) {
		m, child := a.Instances[key], c.child("instance", key)
		instance, err := rds.NewClusterInstance(ctx, child, &rds.ClusterInstanceArgs{
			ClusterIdentifier: l.Identifier, IdentifierPrefix: pulumi.Sprintf("%s-%s-", c.name, key), Engine: pulumi.String(c.engine.aws),
			InstanceClass: pulumi.String(m.InstanceClass), PromotionTier: pulumi.Int(*m.PromotionTier), AvailabilityZone: optionalText(m.Zone),
			PubliclyAccessible: pulumi.Bool(false), CaCertIdentifier: pulumi.String(a.CaCertificate), CopyTagsToSnapshot: pulumi.Bool(true),
			AutoMinorVersionUpgrade: pulumi.Bool(false), ApplyImmediately: pulumi.Bool(a.ApplyImmediately),
			PreferredMaintenanceWindow: pulumi.String(a.MaintenanceWindow),
			MonitoringInterval:         pulumi.Int(*a.Monitoring.IntervalSeconds), MonitoringRoleArn: base.Optional(c.monitoringRoleArn),
			PerformanceInsightsEnabled: insights.enabled, PerformanceInsightsRetentionPeriod: insights.days,
			PerformanceInsightsKmsKeyId: insights.key, Tags: c.tagsOf(child),
		}, c.parent, pulumi.IgnoreChanges([]string{"availabilityZone"}), pulumi.DependsOn(c.watched))
		if err != nil {
			return fmt.Errorf("create cluster instance %s: %w", child, err)
		}
		l.Instances[key] = instance
	}
	return nil
}

// members are the instances, for what AWS does only when they are there.
func (l *Cluster) members() []pulumi.Resource {
	members := []pulumi.Resource{}
	for _, key := range base.SortedKeys(l.Instances) {
		members = append(members, l.Instances[key])
	}
	return members
}

// connect is what needs the finished cluster, with an instance to log in to.
func (l *Cluster) connect(ctx *pulumi.Context) error {
	c := &l.core
	err := c.fillSecret(ctx, login{
		username: l.Cluster.MasterUsername, host: l.Address, idField: "dbClusterIdentifier", identifier: l.Identifier, after: l.members(),
	})
	if err != nil {
		return err
	}
	return c.addTarget(ctx, nil, l.Identifier.ToStringPtrOutput(), l.members()...)
}

func (l *Cluster) watch(ctx *pulumi.Context, a *ClusterArgs) error {
	c := &l.core
	if err := c.addEvents(ctx, a.Events, "db-cluster", l.Identifier); err != nil {
		return err
	}
	if a.Alarms == nil {
		return nil
	}
	dimensions := pulumi.StringMap{"DBClusterIdentifier": l.Identifier}
	alarms := c.commonAlarms(dimensions)
	alarms[AlarmReplicaLag] = datastore.Alarm{
		Description: "How far the slowest reader is behind, in milliseconds", Namespace: metrics, Metric: "AuroraReplicaLagMaximum",
		Dimensions: dimensions, Statistic: "Maximum", Threshold: float64(a.Alarms.ReplicaLagSeconds) * 1000,
	}
	if a.Serverless != nil {
		alarms[AlarmCapacity] = datastore.Alarm{
			Description: "Share of the maximum capacity in use, in percent", Namespace: metrics, Metric: "ACUUtilization",
			Dimensions: dimensions, Statistic: "Maximum", Threshold: a.Alarms.AcuPercent,
		}
	}
	made, err := datastore.NewAlarms(ctx, c.name, alarms, a.Alarms.ActionArns, c.tags, c.parent)
	if err != nil {
		return err
	}
	l.Alarms = made
	return nil
}

func (l *Cluster) registerOutputs(ctx *pulumi.Context) error {
	c := &l.core
	l.SecretArn, l.SecurityGroupId = c.secret.arn, c.securityGroup.ID().ToStringOutput()
	l.RotationSecurityGroupId, l.Proxy, l.ProxyPort = c.secret.rotationSecurityGroupId, c.pool.proxy, c.proxyPort()
	l.ProxyEndpoint, l.ProxyReaderEndpoint, l.ProxySecurityGroupId = c.pool.endpoint, c.pool.readerEndpoint, c.pool.securityGroupId
	return ctx.RegisterResourceOutputs(l, pulumi.Map{
		"arn": l.Arn, "identifier": l.Identifier, "resourceId": l.ResourceId, "address": l.Address, "endpoint": l.Endpoint,
		"readerAddress": l.ReaderAddress, "secretArn": l.SecretArn, "securityGroupId": l.SecurityGroupId,
		"rotationSecurityGroupId": l.RotationSecurityGroupId, "proxyEndpoint": l.ProxyEndpoint,
		"proxyReaderEndpoint": l.ProxyReaderEndpoint, "proxySecurityGroupId": l.ProxySecurityGroupId,
	})
}

// ConnectStatement lets log in as a database user by IAM, to the instances and the proxy.
// The user must have been granted rds_iam in PostgreSQL, or made with
// AWSAuthenticationPlugin in MySQL.
func (l *Cluster) ConnectStatement(user string) iampolicy.Statement {
	return l.core.connectStatement(user, l.Arn, l.ResourceId)
}

// SecretStatements let read the master user's secret.
func (l *Cluster) SecretStatements() []iampolicy.Statement {
	return l.core.secretStatements(l.SecretArn)
}
