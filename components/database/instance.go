package database

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/rds"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/iampolicy"
	"github.com/plinth-iac/plinth/components/internal/base"
	"github.com/plinth-iac/plinth/components/internal/datastore"
	"github.com/plinth-iac/plinth/components/objective"
)

// InstanceType is the token of the Instance component.
const InstanceType = "plinth:database:Instance"

// Instance is an RDS instance, with read replicas and a proxy.
type Instance struct {
	pulumi.ResourceState

	// Arn is the instance's ARN.
	Arn pulumi.StringOutput `pulumi:"arn"`
	// Identifier is the instance's name in AWS.
	Identifier pulumi.StringOutput `pulumi:"identifier"`
	// ResourceId names the instance for ever: db-...
	ResourceId pulumi.StringOutput `pulumi:"resourceId"`
	// Address is the primary's host name; it stays through a failover.
	Address pulumi.StringOutput `pulumi:"address"`
	// Endpoint is the address and the port.
	Endpoint pulumi.StringOutput `pulumi:"endpoint"`
	// ReplicaAddresses are the replicas' host names, by key.
	ReplicaAddresses pulumi.StringMapOutput `pulumi:"replicaAddresses"`
	// ReplicaSecurityGroupIds are the security groups of the replicas in other regions, by
	// key. The others have the primary's.
	ReplicaSecurityGroupIds pulumi.StringMapOutput `pulumi:"replicaSecurityGroupIds"`
	// SecretArn is the secret with the master user's password.
	SecretArn pulumi.StringOutput `pulumi:"secretArn"`
	// SecurityGroupId is the security group of the primary. It has no rules.
	SecurityGroupId pulumi.StringOutput `pulumi:"securityGroupId"`
	// RotationSecurityGroupId is that of the rotation function, "" if AWS manages the
	// password or the function is the user's.
	RotationSecurityGroupId pulumi.StringOutput `pulumi:"rotationSecurityGroupId"`
	// ProxyEndpoint is the proxy's host name, "" without one.
	ProxyEndpoint pulumi.StringOutput `pulumi:"proxyEndpoint"`
	// ProxySecurityGroupId is the proxy's security group, "" without one.
	ProxySecurityGroupId pulumi.StringOutput `pulumi:"proxySecurityGroupId"`

	// Port is the port of the primary and the replicas.
	Port int
	// ProxyPort is the port of the proxy, 0 without one. It is the engine's standard port,
	// whatever Port is.
	ProxyPort int
	// Objectives are what failures cost.
	Objectives objective.Objectives
	// Instance is the primary itself.
	Instance *rds.Instance
	// Replicas are the replicas by key.
	Replicas map[string]*rds.Instance
	// Proxy is the proxy, nil without one.
	Proxy *rds.Proxy
	// Alarms are the alarms by key: AlarmCpu and the like.
	Alarms map[string]*cloudwatch.MetricAlarm

	core            core
	parameterGroups map[string]*rds.ParameterGroup // by family, in the primary's region
	replicaGroups   map[string]*ec2.SecurityGroup
}

// NewInstance makes an RDS instance. Children are named `<name>-<role>` or
// `<name>-<role>-<key>`.
func NewInstance(ctx *pulumi.Context, name string, args *InstanceArgs, opts ...pulumi.ResourceOption) (*Instance, error) {
	a := base.CopyOf(args).withDefaults()
	if err := a.validate(name); err != nil {
		return nil, err
	}
	i := &Instance{
		Port: a.Port, Objectives: a.objectives(), core: a.core(name), Replicas: map[string]*rds.Instance{},
		Alarms: map[string]*cloudwatch.MetricAlarm{}, parameterGroups: map[string]*rds.ParameterGroup{}, replicaGroups: map[string]*ec2.SecurityGroup{},
	}
	if err := base.Register(ctx, InstanceType, name, i, a, opts...); err != nil {
		return nil, err
	}
	i.core.parent = pulumi.Parent(i)
	// The chain that takes the time is subnet group, primary, replica; the rest runs beside
	// it.
	for _, add := range []func(*pulumi.Context) error{
		i.core.place, i.core.addMonitoringRole, i.core.addSecret,
		func(ctx *pulumi.Context) error { return i.addPrimary(ctx, a) },
		func(ctx *pulumi.Context) error { return i.addReplicas(ctx, a) },
		i.core.addProxy, i.connect,
		func(ctx *pulumi.Context) error { return i.addCrossRegionBackups(ctx, a) },
		func(ctx *pulumi.Context) error { return i.watch(ctx, a) },
	} {
		if err := add(ctx); err != nil {
			return nil, err
		}
	}
	return i, i.registerOutputs(ctx)
}

// fixedInstance are what an instance is made with. AWS has no way to change them, and
// after a restore the program may not even know them.
var fixedInstance = []string{"snapshotIdentifier", "restoreToPointInTime", "username", "dbName", "engineLifecycleSupport"}

func (i *Instance) addPrimary(ctx *pulumi.Context, a *InstanceArgs) error {
	c := &i.core
	args, err := i.settings(ctx, a, a.EngineVersion)
	if err != nil {
		return err
	}
	args.Engine = pulumi.String(c.engine.aws)
	args.EngineLifecycleSupport = supportMode(a.ExtendedSupport).ToStringOutput().ToStringPtrOutput()
	args.InstanceClass, args.MultiAz = pulumi.String(a.InstanceClass), pulumi.Bool(*a.MultiAz)
	args.StorageType, args.Iops = pulumi.String(strings.ToLower(string(a.StorageType))), optionalInt(a.Iops)
	args.StorageThroughput, args.MaxAllocatedStorage = optionalInt(a.ThroughputMibps), pulumi.Int(*a.MaxAllocatedGib)
	args.KmsKeyId = base.Optional(a.KmsKeyArn)
	args.DbSubnetGroupName, args.VpcSecurityGroupIds = c.subnetGroup.Name, pulumi.StringArray{c.securityGroup.ID().ToStringOutput()}
	args.PerformanceInsightsKmsKeyId = c.insights(a.KmsKeyArn).key
	args.BackupRetentionPeriod, args.BackupWindow = pulumi.Int(*a.BackupRetentionDays), pulumi.String(a.BackupWindow)
	args.DeletionProtection = pulumi.Bool(*a.DeletionProtection)
	args.SkipFinalSnapshot, args.DeleteAutomatedBackups = pulumi.Bool(a.SkipFinalSnapshot), pulumi.Bool(a.SkipFinalSnapshot)
	if !a.SkipFinalSnapshot {
		args.FinalSnapshotIdentifier = c.finalSnapshot()
	}
	if a.BlueGreen {
		args.BlueGreenUpdate = rds.InstanceBlueGreenUpdateArgs{Enabled: pulumi.Bool(true)}
	}
	args.Password = c.password()
	if c.managed() {
		args.ManageMasterUserPassword, args.MasterUserSecretKmsKeyId = pulumi.Bool(true), base.Optional(a.KmsKeyArn)
	}
	a.Restore.into(args)
	if a.Restore == nil {
		args.Username, args.DbName = pulumi.String(a.Credentials.Username), optionalText(a.DatabaseName)
	}
	ignored := append(c.written("password"), fixedInstance...)
	if a.ByAwsBackup {
		ignored = append(ignored, "backupRetentionPeriod", "backupWindow")
	}
	child := c.child("instance")
	args.Tags = base.Tags(child, base.Merge(a.Tags, a.BackupTags), nil)
	i.Instance, err = rds.NewInstance(ctx, child, args, c.parent, pulumi.Protect(*a.DeletionProtection), pulumi.IgnoreChanges(ignored),
		pulumi.DependsOn(c.watched), pulumi.Timeouts(longTimeouts))
	if err != nil {
		return fmt.Errorf("create instance %s: %w", child, err)
	}
	i.Arn, i.Identifier, i.ResourceId = i.Instance.Arn, i.Instance.Identifier, i.Instance.ResourceId
	i.Address, i.Endpoint = i.Instance.Address, i.Instance.Endpoint
	if c.managed() {
		c.secret.arn = managedSecret(i.Instance.MasterUserSecrets, func(s rds.InstanceMasterUserSecret) *string { return s.SecretArn })
	}
	return nil
}

// longTimeouts leave time for a large snapshot to be restored or copied to a replica.
var longTimeouts = &pulumi.CustomTimeouts{Create: "4h", Update: "4h", Delete: "2h"}

// settings are what the primary and the replicas have in common.
func (i *Instance) settings(ctx *pulumi.Context, a *InstanceArgs, version string) (*rds.InstanceArgs, error) {
	c := &i.core
	family := c.engine.family(version)
	group := i.parameterGroups[family]
	if group == nil {
		child := c.child("params")
		if family != c.engine.family(a.EngineVersion) {
			child = c.child("params", strings.NewReplacer(".", "-").Replace(c.engine.major(version)))
		}
		var err error
		if group, err = i.newParameterGroup(ctx, child, family, a.Parameters); err != nil {
			return nil, err
		}
		i.parameterGroups[family] = group
	}
	insights := c.insights(nil)
	return &rds.InstanceArgs{
		EngineVersion: pulumi.String(version), Port: pulumi.Int(a.Port), ParameterGroupName: group.Name, AllocatedStorage: pulumi.Int(a.AllocatedGib),
		AutoMinorVersionUpgrade: pulumi.Bool(*a.AutoMinorVersionUpgrade), AllowMajorVersionUpgrade: pulumi.Bool(a.AllowMajorVersionUpgrade),
		ApplyImmediately: pulumi.Bool(a.ApplyImmediately), MaintenanceWindow: pulumi.String(a.MaintenanceWindow),
		StorageEncrypted: pulumi.Bool(true), PubliclyAccessible: pulumi.Bool(false), CaCertIdentifier: pulumi.String(a.CaCertificate), CopyTagsToSnapshot: pulumi.Bool(true),
		IamDatabaseAuthenticationEnabled: pulumi.Bool(true), EnabledCloudwatchLogsExports: pulumi.ToStringArray(a.Monitoring.Logs),
		MonitoringInterval: pulumi.Int(*a.Monitoring.IntervalSeconds), MonitoringRoleArn: base.Optional(c.monitoringRoleArn),
		PerformanceInsightsEnabled: insights.enabled, DatabaseInsightsMode: insights.mode, PerformanceInsightsRetentionPeriod: insights.days,
	}, nil
}

// newParameterGroup registers a group under a name of its own: with another family the new
// one is there before the old one goes, which is in use until then.
func (i *Instance) newParameterGroup(
	ctx *pulumi.Context, child, family string, user map[string]string, opts ...pulumi.ResourceOption,
) (*rds.ParameterGroup, error) {
	c := &i.core
	parameters := rds.ParameterGroupParameterArray{}
	for _, p := range c.parameters(user) {
		parameters = append(parameters, rds.ParameterGroupParameterArgs{
			Name: pulumi.String(p.name), Value: pulumi.String(p.value), ApplyMethod: pulumi.String(p.applyMethod),
		})
	}
	group, err := rds.NewParameterGroup(ctx, child, &rds.ParameterGroupArgs{
		Family: pulumi.String(family), Parameters: parameters, Tags: c.tagsOf(child),
	}, append(opts, c.parent)...)
	if err != nil {
		return nil, fmt.Errorf("create parameter group %s: %w", child, err)
	}
	return group, nil
}

// connect is what needs the finished primary.
func (i *Instance) connect(ctx *pulumi.Context) error {
	c := &i.core
	err := c.fillSecret(ctx, login{
		username: i.Instance.Username, host: i.Address, idField: "dbInstanceIdentifier", identifier: i.Identifier,
	})
	if err != nil {
		return err
	}
	return c.addTarget(ctx, i.Identifier.ToStringPtrOutput(), nil)
}

func (i *Instance) addCrossRegionBackups(ctx *pulumi.Context, a *InstanceArgs) error {
	if a.CrossRegionBackups == nil {
		return nil
	}
	child := i.core.child("backups", a.CrossRegionBackups.Region)
	// AWS copies to one region at a time, so that the old copying must end first.
	_, err := rds.NewInstanceAutomatedBackupsReplication(ctx, child, &rds.InstanceAutomatedBackupsReplicationArgs{
		SourceDbInstanceArn: i.Arn, KmsKeyId: base.Optional(a.CrossRegionBackups.KmsKeyArn),
		RetentionPeriod: pulumi.Int(a.CrossRegionBackups.RetentionDays),
	}, i.core.parent, pulumi.Provider(a.CrossRegionBackups.Provider), pulumi.DeleteBeforeReplace(true), pulumi.Timeouts(longTimeouts))
	if err != nil {
		return fmt.Errorf("copy backups %s: %w", child, err)
	}
	return nil
}

func (i *Instance) watch(ctx *pulumi.Context, a *InstanceArgs) error {
	c := &i.core
	if err := c.addEvents(ctx, a.Events, "db-instance", i.Identifier); err != nil {
		return err
	}
	if a.Alarms == nil {
		return nil
	}
	dimensions := pulumi.StringMap{"DBInstanceIdentifier": i.Identifier}
	alarms := c.commonAlarms(dimensions)
	alarms[AlarmStorage] = datastore.Alarm{
		Description: "Free storage, in bytes", Namespace: metrics, Metric: "FreeStorageSpace", Dimensions: dimensions,
		Statistic: "Minimum", Below: true, Threshold: float64(a.Alarms.FreeStorageGib) * gib,
	}
	made, err := datastore.NewAlarms(ctx, c.name, alarms, a.Alarms.ActionArns, c.tags, c.parent)
	if err != nil {
		return err
	}
	i.Alarms = base.Merge(i.Alarms, made)
	return nil
}

func (i *Instance) registerOutputs(ctx *pulumi.Context) error {
	c := &i.core
	i.SecretArn, i.SecurityGroupId = c.secret.arn, c.securityGroup.ID().ToStringOutput()
	i.RotationSecurityGroupId = c.secret.rotationSecurityGroupId
	i.Proxy, i.ProxyPort = c.pool.proxy, c.proxyPort()
	i.ProxyEndpoint, i.ProxySecurityGroupId = c.pool.endpoint, c.pool.securityGroupId
	addresses, groups := pulumi.StringMap{}, pulumi.StringMap{}
	for key, replica := range i.Replicas {
		addresses[key] = replica.Address
	}
	for key, group := range i.replicaGroups {
		groups[key] = group.ID().ToStringOutput()
	}
	i.ReplicaAddresses, i.ReplicaSecurityGroupIds = addresses.ToStringMapOutput(), groups.ToStringMapOutput()
	return ctx.RegisterResourceOutputs(i, pulumi.Map{
		"arn": i.Arn, "identifier": i.Identifier, "resourceId": i.ResourceId, "address": i.Address, "endpoint": i.Endpoint,
		"replicaAddresses": i.ReplicaAddresses, "replicaSecurityGroupIds": i.ReplicaSecurityGroupIds, "secretArn": i.SecretArn,
		"securityGroupId": i.SecurityGroupId, "rotationSecurityGroupId": i.RotationSecurityGroupId,
		"proxyEndpoint": i.ProxyEndpoint, "proxySecurityGroupId": i.ProxySecurityGroupId,
	})
}

// ConnectStatement lets log in as a database user by IAM, to the primary, its proxy and
// nothing else. The user must have been granted rds_iam in PostgreSQL, or made with
// AWSAuthenticationPlugin in MySQL.
func (i *Instance) ConnectStatement(user string) iampolicy.Statement {
	return i.core.connectStatement(user, i.Arn, i.ResourceId)
}

// ReplicaConnectStatement is the same for the replica with this key.
func (i *Instance) ReplicaConnectStatement(key, user string) (iampolicy.Statement, error) {
	replica, ok := i.Replicas[key]
	if !ok {
		return iampolicy.Statement{}, fmt.Errorf("%s %q has no replica %q; there are: %s",
			InstanceType, i.core.name, key, strings.Join(base.SortedKeys(i.Replicas), ", "))
	}
	return iampolicy.Statement{Actions: []string{"rds-db:connect"}, Resources: []pulumi.StringInput{userArn(user, replica.Arn, replica.ResourceId)}}, nil
}

// SecretStatements let read the master user's secret.
func (i *Instance) SecretStatements() []iampolicy.Statement {
	return i.core.secretStatements(i.SecretArn)
}
