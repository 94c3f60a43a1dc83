package document

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/docdb"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/iampolicy"
	"github.com/plinth-iac/plinth/components/internal/base"
	"github.com/plinth-iac/plinth/components/internal/datastore"
	"github.com/plinth-iac/plinth/components/objective"
)

// Type is the component's type token.
const Type = "plinth:document:Cluster"

// Cluster is a DocumentDB cluster.
type Cluster struct {
	pulumi.ResourceState

	// Endpoint leads to the writer, whichever instance that is.
	Endpoint pulumi.StringOutput `pulumi:"endpoint"`
	// ReaderEndpoint spreads connections over the readers.
	ReaderEndpoint pulumi.StringOutput `pulumi:"readerEndpoint"`
	// Arn is the cluster's ARN.
	Arn pulumi.StringOutput `pulumi:"arn"`
	// Identifier is the cluster's name in AWS.
	Identifier pulumi.StringOutput `pulumi:"identifier"`
	// ResourceId is the cluster's id that never changes.
	ResourceId pulumi.StringOutput `pulumi:"resourceId"`
	// SecretArn is the secret with username and password of the master user. Empty while the
	// cluster is restored from the past of another one, see RestoreArgs.
	SecretArn pulumi.StringOutput `pulumi:"secretArn"`
	// SecurityGroupId is the cluster's security group. It has no rules of its own.
	SecurityGroupId pulumi.StringOutput `pulumi:"securityGroupId"`

	// Port is where the cluster listens.
	Port int
	// Objectives are what failures cost.
	Objectives objective.Objectives

	// Cluster is the cluster itself.
	Cluster *docdb.Cluster
	// Instances are the servers by their keys.
	Instances map[string]*docdb.ClusterInstance
	// SecurityGroup is the cluster's security group.
	SecurityGroup *ec2.SecurityGroup
	// LogGroups are the log groups by what they hold: audit, profiler.
	LogGroups map[string]*cloudwatch.LogGroup
	// Alarms are the alarms by their keys.
	Alarms map[string]*cloudwatch.MetricAlarm

	name string
	// secretless says that the secret comes with a later update.
	secretless bool
}

// NewCluster makes a cluster. Everything wrong with args is reported in one error, before
// anything is registered.
func NewCluster(ctx *pulumi.Context, name string, args *ClusterArgs, opts ...pulumi.ResourceOption) (*Cluster, error) {
	a := args.withDefaults()
	if err := a.validate(name); err != nil {
		return nil, err
	}
	c := &Cluster{
		Port: a.Port, Objectives: a.objectives(), name: name, secretless: a.Restore.fromPast(),
		Instances: map[string]*docdb.ClusterInstance{}, LogGroups: map[string]*cloudwatch.LogGroup{},
	}
	if err := base.Register(ctx, Type, name, c, a, opts...); err != nil {
		return nil, err
	}
	b := &builder{ctx: ctx, name: name, args: a, Cluster: c, parent: pulumi.Parent(c)}
	for _, step := range []func() error{b.network, b.logGroups, b.cluster, b.instances, b.events, b.alarms} {
		if err := step(); err != nil {
			return nil, err
		}
	}

	c.Endpoint, c.ReaderEndpoint, c.Arn = c.Cluster.Endpoint, c.Cluster.ReaderEndpoint, c.Cluster.Arn
	c.Identifier, c.ResourceId = c.Cluster.ClusterIdentifier, c.Cluster.ClusterResourceId
	c.SecretArn = c.Cluster.MasterUserSecrets.ApplyT(secretArn).(pulumi.StringOutput)
	c.SecurityGroupId = c.SecurityGroup.ID().ToStringOutput()
	if err := ctx.RegisterResourceOutputs(c, pulumi.Map{
		"endpoint": c.Endpoint, "readerEndpoint": c.ReaderEndpoint, "arn": c.Arn, "identifier": c.Identifier,
		"resourceId": c.ResourceId, "secretArn": c.SecretArn, "securityGroupId": c.SecurityGroupId,
	}); err != nil {
		return nil, fmt.Errorf("register outputs of %s %q: %w", Type, name, err)
	}
	return c, nil
}

func secretArn(secrets []docdb.ClusterMasterUserSecret) string {
	if len(secrets) == 0 || secrets[0].SecretArn == nil {
		return ""
	}
	return *secrets[0].SecretArn
}

// SecretStatement lets its holder read the username and password of the master user. The
// secret is under the account's own key for Secrets Manager, which needs no grant. There may
// be none with a Restore from the past of another cluster: what takes the statement fails.
func (c *Cluster) SecretStatement() iampolicy.Statement {
	arn := c.SecretArn
	if c.secretless {
		// An output that fails whatever takes it, with the reason.
		arn = pulumi.String(c.name).ToStringOutput().ApplyT(func(name string) (string, error) {
			return "", fmt.Errorf("%s %q has no secret yet: take restore out first, in an update of its own", Type, name)
		}).(pulumi.StringOutput)
	}
	return iampolicy.Statement{
		Actions: []string{"secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"}, Resources: []pulumi.StringInput{arn},
	}
}

// builder registers the children, in the order of NewCluster's steps.
type builder struct {
	*Cluster
	ctx    *pulumi.Context
	name   string
	args   *ClusterArgs
	parent pulumi.ResourceOption
	subnet *docdb.SubnetGroup
	// identifier is the cluster's name in AWS. It is known before the cluster is made, so
	// that the log groups can be.
	identifier pulumi.StringOutput
	before     []pulumi.Resource
}

// The subnet group lives at least as long as the cluster, and the engine gives it a name
// that never comes twice: cluster and final snapshot are named after it.
func (b *builder) network() error {
	child := b.name + "-subnets"
	var err error
	if b.subnet, err = docdb.NewSubnetGroup(b.ctx, child, &docdb.SubnetGroupArgs{
		SubnetIds: b.args.SubnetIds, Description: pulumi.Sprintf("Subnets of %s", b.name), Tags: base.Tags(child, b.args.Tags, nil),
	}, b.parent); err != nil {
		return fmt.Errorf("create subnet group %s: %w", child, err)
	}
	b.identifier = b.subnet.Name.ApplyT(func(physical string) string {
		return b.name + strings.TrimPrefix(physical, child)
	}).(pulumi.StringOutput)
	b.SecurityGroup, err = datastore.SecurityGroup(b.ctx, b.name, b.args.VpcId, "Document database "+b.name, b.args.Tags, b.parent)
	return err
}

func (b *builder) logGroups() error {
	for _, kind := range b.args.Logs.exports() {
		child := b.name + "-logs-" + kind
		args := &cloudwatch.LogGroupArgs{
			Name: pulumi.Sprintf("/aws/docdb/%s/%s", b.identifier, kind), RetentionInDays: pulumi.Int(b.args.Logs.RetentionDays),
			Tags: base.Tags(child, b.args.Tags, nil),
		}
		if key := b.args.Logs.KmsKeyArn; key != nil {
			args.KmsKeyId = key.ToStringOutput().ToStringPtrOutput()
		}
		group, err := cloudwatch.NewLogGroup(b.ctx, child, args, b.parent)
		if err != nil {
			return fmt.Errorf("create log group %s: %w", child, err)
		}
		b.LogGroups[kind] = group
		b.before = append(b.before, group)
	}
	return nil
}

func (b *builder) cluster() error {
	a, child := b.args, b.name+"-cluster"
	parameters, err := b.parameterGroup()
	if err != nil {
		return err
	}
	args := &docdb.ClusterArgs{
		ClusterIdentifier: b.identifier, Engine: pulumi.String("docdb"), EngineVersion: pulumi.String(a.EngineVersion),
		AllowMajorVersionUpgrade: pulumi.Bool(a.AllowMajorVersionUpgrade), DbClusterParameterGroupName: parameters.Name,
		DbSubnetGroupName: b.subnet.Name, VpcSecurityGroupIds: pulumi.StringArray{b.SecurityGroup.ID()}, Port: pulumi.Int(a.Port),
		MasterUsername:   pulumi.String(a.MasterUsername),
		StorageEncrypted: pulumi.Bool(true), StorageType: pulumi.String(storageTypes[a.Storage]),
		BackupRetentionPeriod: pulumi.Int(a.BackupRetentionDays), PreferredBackupWindow: pulumi.String(a.BackupWindow),
		PreferredMaintenanceWindow: pulumi.String(a.MaintenanceWindow), ApplyImmediately: pulumi.Bool(a.ApplyImmediately),
		DeletionProtection: pulumi.Bool(*a.DeletionProtection), SkipFinalSnapshot: pulumi.Bool(a.SkipFinalSnapshot),
		EnabledCloudwatchLogsExports: pulumi.ToStringArray(a.Logs.exports()),
		Tags:                         base.Tags(child, a.Tags, nil),
	}
	if a.KmsKeyArn != nil {
		args.KmsKeyId = a.KmsKeyArn.ToStringOutput().ToStringPtrOutput()
	}
	if !a.SkipFinalSnapshot {
		args.FinalSnapshotIdentifier = pulumi.Sprintf("%s-final", b.subnet.Name)
	}
	a.Restore.into(args)
	ignored := []string{"masterUsername", "restoreToPointInTime", "snapshotIdentifier"}
	if a.Restore.fromPast() {
		// The provider would note the secret, and not turn it on. A cluster that has one
		// already keeps it.
		ignored = append(ignored, "manageMasterUserPassword")
	} else {
		args.ManageMasterUserPassword = pulumi.Bool(true)
	}
	// Two clusters cannot have the name at once.
	b.Cluster.Cluster, err = docdb.NewCluster(b.ctx, child, args, b.parent, pulumi.Protect(*a.DeletionProtection),
		pulumi.DependsOn(b.before), pulumi.IgnoreChanges(ignored), pulumi.DeleteBeforeReplace(true))
	if err != nil {
		return fmt.Errorf("create cluster %s: %w", child, err)
	}
	return nil
}

var storageTypes = map[Storage]string{Standard: "standard", IoOptimized: "iopt1"}

// fromPast says that a new cluster begins with the past of another one.
func (r *RestoreArgs) fromPast() bool { return r != nil && r.SourceIdentifier != "" }

func (r *RestoreArgs) into(args *docdb.ClusterArgs) {
	switch {
	case r == nil:
	case r.SnapshotIdentifier != "":
		args.SnapshotIdentifier = pulumi.String(r.SnapshotIdentifier)
	default:
		point := &docdb.ClusterRestoreToPointInTimeArgs{SourceClusterIdentifier: pulumi.String(r.SourceIdentifier)}
		if r.Time == "" {
			point.UseLatestRestorableTime = pulumi.Bool(true)
		} else {
			point.RestoreToTime = pulumi.String(r.Time)
		}
		args.RestoreToPointInTime = point
	}
}
