// Package document builds a document database, Amazon DocumentDB, that speaks the
// protocol of MongoDB.
//
// It makes the cluster and its instances, a subnet group, a security group (without a
// rule: open edges with connect.Allow), a parameter group, the log groups, and on
// request event subscriptions and alarms.
//
// What it promises:
//   - Redundancy: the data is kept six times in three zones by the service, and two
//     instances answer for it unless told otherwise. All instances are peers: a failover
//     makes another one the writer, so that none of them is "the" writer by name.
//   - Encryption: storage, snapshots and Performance Insights with one key, connections
//     with TLS 1.2 or newer, which the cluster insists on.
//   - No password in the program: DocumentDB makes the master password, keeps it in
//     Secrets Manager and changes it every seven days. Read SecretArn when connecting, not
//     at start.
//   - Nothing goes by accident: deletion protection, the engine's own protection, a final
//     snapshot under a name that never comes twice, and backups for 14 days.
//
// # What can change in place
//
// Everything but the name, the VPC, the key and the port. For those the engine refuses to
// replace what is protected: restore a snapshot into a second cluster instead. Unprotected,
// the cluster goes, with a final snapshot, before an empty one of the same name comes. An
// instance that moves to another zone is replaced, the new one first.
//
// Tls, Logs and Parameters are written to the parameter group at once. Each instance takes
// them up when it is restarted, which is left to its owner: until then there is no audit and
// no profiler after they were turned on.
//
// A bigger class without an outage: add an instance of the new class under a new key with
// PromotionTier 0, fail over to it, then change the others.
//
// A major version: AllowMajorVersionUpgrade and the new EngineVersion. The parameter group
// of the new family is made before the old one goes.
//
// # Restoring
//
// Restore says what a new cluster begins with. It is looked at when the cluster is made,
// and never again. A snapshot needs one update: leave Restore or take it out later, nothing
// happens.
//
// The past of another cluster needs two. AWS's provider makes such a cluster with the master
// user's password, parameters, retention and windows of its source, and without SecretArn.
// Take Restore out in a second update: it turns the secret on, with a new password, and sets
// the rest. Restart the instances after that.
//
// # Cost
//
// In us-east-1 about 190 USD a month for a db.r6g.large and 55 for a db.t4g.medium, for
// each instance; storage 0.10 a GB, a million I/O 0.20 (none with IoOptimized, where
// instances and storage cost more), backups beyond the size of the data 0.02 a GB, the
// secret 0.40, an alarm 0.10.
package document

import (
	"strconv"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/iampolicy"
	"github.com/plinth-iac/plinth/components/internal/base"
)

// Storage is how storage is paid for.
type Storage string

// The kinds of storage.
const (
	// Standard storage charges for every I/O.
	Standard Storage = "Standard"
	// IoOptimized has no charge for I/O: cheaper where I/O is more than a quarter of the
	// bill. Engine version 5.0 or newer.
	IoOptimized Storage = "IoOptimized"
)

// Tls is which connections the cluster accepts. There is no choice without TLS.
type Tls string

// The TLS modes. A change takes effect when an instance is restarted.
const (
	// Tls12 takes TLS 1.2 and newer.
	Tls12 Tls = "Tls12"
	// Tls13 takes TLS 1.3 and newer.
	Tls13 Tls = "Tls13"
	// TlsFips takes what FIPS 140-3 allows, in some regions; engine version 5.0 or newer.
	TlsFips Tls = "TlsFips"
	// TlsAny takes TLS 1.0 too, for clients that know no better.
	TlsAny Tls = "TlsAny"
)

// Audit is what the audit log records.
type Audit string

// The extents of the audit log.
const (
	// AuditNone records nothing.
	AuditNone Audit = "AuditNone"
	// AuditDefinitions records log-ins, users, collections and indexes.
	AuditDefinitions Audit = "AuditDefinitions"
	// AuditAll records every read and write as well, which costs time and money.
	AuditAll Audit = "AuditAll"
)

// ClusterArgs are the arguments of NewCluster.
type ClusterArgs struct {
	// Region is the AWS region, such as "eu-central-1".
	Region string `pulumi:"region"`
	// VpcId is the VPC of the security group.
	VpcId pulumi.StringInput `pulumi:"vpcId"`
	// SubnetIds are private subnets in two zones or more. Subnets can be added later.
	SubnetIds pulumi.StringArrayInput `pulumi:"subnetIds"`
	// Port is where the cluster listens. Default: 27017.
	Port int `pulumi:"port,optional"`

	// Instances are the servers, by a key of the user's of small letters, digits and
	// hyphens; at most 16. Default: two, "a" and "b".
	Instances map[string]InstanceArgs `pulumi:"instances,optional"`
	// InstanceClass is the class of all instances that have no own one.
	// Default: db.r6g.large.
	InstanceClass string `pulumi:"instanceClass,optional"`
	// EngineVersion is the version in three numbers. Default: 5.0.0.
	EngineVersion string `pulumi:"engineVersion,optional"`
	// AllowMajorVersionUpgrade lets EngineVersion rise to another major version, which
	// stops the cluster for some minutes. Default: false, AWS refuses it.
	AllowMajorVersionUpgrade bool `pulumi:"allowMajorVersionUpgrade,optional"`
	// Storage is Standard or IoOptimized. Default: Standard.
	Storage Storage `pulumi:"storage,optional"`
	// Tls is which connections are accepted, from the next restart on. Default: Tls12.
	Tls Tls `pulumi:"tls,optional"`
	// Parameters are further engine parameters, such as ttl_monitor, in effect from the next
	// restart on. Those of TLS and logs have arguments of their own. Default: none.
	Parameters map[string]string `pulumi:"parameters,optional"`
	// MasterUsername is the master user. It is fixed when the cluster is made: a later
	// change is ignored. After a restore it is the one of the source. Default: dbadmin.
	MasterUsername string `pulumi:"masterUsername,optional"`

	// KmsKeyArn is the key of storage, snapshots and Performance Insights. It cannot be
	// changed later. Required unless AwsManagedKey.
	KmsKeyArn pulumi.StringInput `pulumi:"kmsKeyArn,optional"`
	// AwsManagedKey encrypts with the account's key for RDS, which other accounts cannot
	// use. Default: false.
	AwsManagedKey bool `pulumi:"awsManagedKey,optional"`

	// BackupRetentionDays is for how long one can go back in time, 1 to 35. Default: 14.
	BackupRetentionDays int `pulumi:"backupRetentionDays,optional"`
	// BackupWindow is when the daily snapshot is made, UTC. Default: 02:00-03:00.
	BackupWindow string `pulumi:"backupWindow,optional"`
	// MaintenanceWindow is when AWS may restart instances, UTC.
	// Default: sun:03:30-sun:04:30.
	MaintenanceWindow string `pulumi:"maintenanceWindow,optional"`
	// ApplyImmediately makes changes that restart instances at once, and not in the
	// maintenance window; until then they are shown as changes. Default: false.
	ApplyImmediately bool `pulumi:"applyImmediately,optional"`
	// DeletionProtection makes AWS and the engine refuse to delete the cluster.
	// Default: true.
	DeletionProtection *bool `pulumi:"deletionProtection,optional"`
	// SkipFinalSnapshot deletes the cluster without a last snapshot. The snapshot has one
	// name: after an unprotected cluster was replaced, the next one can be deleted when the
	// snapshot of the first is gone (copy it), or with SkipFinalSnapshot. Default: false.
	SkipFinalSnapshot bool `pulumi:"skipFinalSnapshot,optional"`
	// Restore is what a new cluster begins with. With a SourceIdentifier it is to be taken
	// out in a second update. Default: nothing, an empty cluster.
	Restore *RestoreArgs `pulumi:"restore,optional"`

	// PerformanceInsights keeps the load of the last seven days, free of charge.
	// Default: true, but false in GovCloud, which has none.
	PerformanceInsights *bool `pulumi:"performanceInsights,optional"`
	// Logs is what is logged, and for how long. Default: see LogsArgs.
	Logs *LogsArgs `pulumi:"logs,optional"`
	// Events tells somebody what AWS does with cluster and instances. Default: nobody.
	Events *EventsArgs `pulumi:"events,optional"`
	// Alarms watches load, memory, connections and lag. Default: no alarms.
	Alarms *AlarmsArgs `pulumi:"alarms,optional"`
	// Tags are put on every resource that can have them. Default: none.
	Tags map[string]string `pulumi:"tags,optional"`
}

// InstanceArgs are one server of the cluster.
type InstanceArgs struct {
	// Class is the instance class. Default: the cluster's InstanceClass.
	Class string `pulumi:"class,optional"`
	// Zone is the zone, such as "eu-central-1a"; changing it replaces the instance.
	// Default: AWS spreads instances over the zones of the subnets.
	Zone string `pulumi:"zone,optional"`
	// PromotionTier is the order in which instances become the writer, 0 (first) to 15.
	// Default: 1.
	PromotionTier *int `pulumi:"promotionTier,optional"`
}

// RestoreArgs are where a new cluster's data comes from: a snapshot, or a point in time of
// another cluster.
type RestoreArgs struct {
	// SnapshotIdentifier is the name or ARN of a cluster snapshot. Default: none.
	SnapshotIdentifier string `pulumi:"snapshotIdentifier,optional"`
	// SourceIdentifier is the cluster whose past to restore. There is no SecretArn until
	// Restore is taken out again. Default: none.
	SourceIdentifier string `pulumi:"sourceIdentifier,optional"`
	// Time is the point in time, such as "2025-06-01T12:00:00Z". Default: the latest.
	Time string `pulumi:"time,optional"`
}

// EventsArgs tell somebody of failovers, failures and maintenance.
type EventsArgs struct {
	// TopicArn is the SNS topic, in the cluster's region.
	TopicArn pulumi.StringInput `pulumi:"topicArn"`
}

// LogsArgs are what goes to CloudWatch Logs, into groups that the component makes first:
// those that AWS makes are kept for ever. Audit, Profiler and SlowMs are engine parameters:
// an instance takes up a change when it is restarted.
type LogsArgs struct {
	// Audit is AuditNone, AuditDefinitions or AuditAll. Default: AuditDefinitions.
	Audit Audit `pulumi:"audit,optional"`
	// Profiler logs slow operations. Default: true.
	Profiler *bool `pulumi:"profiler,optional"`
	// SlowMs is from how many milliseconds on an operation is slow, 50 or more.
	// Default: 100.
	SlowMs int `pulumi:"slowMs,optional"`
	// RetentionDays is how long logs are kept, one of CloudWatch's choices. Default: 90.
	RetentionDays int `pulumi:"retentionDays,optional"`
	// KmsKeyArn is a key that CloudWatch Logs may use. Default: CloudWatch's own.
	KmsKeyArn pulumi.StringInput `pulumi:"kmsKeyArn,optional"`
}

// withDefaults returns a deep enough copy, with everything that was left out filled in.
func (a *ClusterArgs) withDefaults() *ClusterArgs {
	a = base.CopyOf(a)
	base.Default(&a.Port, 27017)
	base.Default(&a.InstanceClass, "db.r6g.large")
	base.Default(&a.EngineVersion, "5.0.0")
	base.Default(&a.Storage, Standard)
	base.Default(&a.Tls, Tls12)
	base.Default(&a.BackupRetentionDays, 14)
	base.Default(&a.BackupWindow, "02:00-03:00")
	base.Default(&a.MaintenanceWindow, "sun:03:30-sun:04:30")
	base.DefaultRef(&a.DeletionProtection, true)
	base.DefaultRef(&a.PerformanceInsights, iampolicy.Partition(a.Region) != "aws-us-gov")
	base.Default(&a.MasterUsername, "dbadmin")
	a.Logs = base.CopyOf(a.Logs)
	base.Default(&a.Logs.Audit, AuditDefinitions)
	base.DefaultRef(&a.Logs.Profiler, true)
	base.Default(&a.Logs.SlowMs, 100)
	base.Default(&a.Logs.RetentionDays, 90)
	if len(a.Instances) == 0 {
		a.Instances = map[string]InstanceArgs{"a": {}, "b": {}}
	}
	instances := make(map[string]InstanceArgs, len(a.Instances))
	for key, instance := range a.Instances {
		base.Default(&instance.Class, a.InstanceClass)
		base.DefaultRef(&instance.PromotionTier, 1)
		instances[key] = instance
	}
	a.Instances = instances
	a.Alarms = a.Alarms.withDefaults(a.Instances)
	return a
}

// version are the first two numbers of EngineVersion; validation holds that there are
// three.
func (a *ClusterArgs) version() (major, minor int) {
	if m := versionForm.FindStringSubmatch(a.EngineVersion); m != nil {
		major, _ = strconv.Atoi(m[1]) // digits by the form
		minor, _ = strconv.Atoi(m[2])
	}
	return major, minor
}
