package database

import (
	"strconv"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/internal/base"
)

// ClusterArgs are the arguments of a Cluster.
type ClusterArgs struct {
	// Region is the database's region, such as eu-central-1.
	Region string `pulumi:"region"`
	// VpcId is the VPC of the security groups.
	VpcId pulumi.StringInput `pulumi:"vpcId"`
	// SubnetIds are isolated or private subnets in at least two zones, better three. More
	// may be added later.
	SubnetIds pulumi.StringArrayInput `pulumi:"subnetIds"`

	// Engine is Postgres or Mysql, as Aurora has them.
	Engine Engine `pulumi:"engine"`
	// EngineVersion is a minor version: of a major one alone, the provider would send a
	// cluster back to it in every change. AWS installs no other by itself, unless the
	// version's support ends: raise it here. Default: "17.7" or "8.0.mysql_aurora.3.10.3",
	// which AWS supports the longest.
	EngineVersion string `pulumi:"engineVersion,optional"`
	// InstanceClass is the size of the instances, such as db.r7g.large. Required, unless
	// Serverless.
	InstanceClass string `pulumi:"instanceClass,optional"`
	// Serverless gives the instances a size that follows the load.
	// Default: they have InstanceClass.
	Serverless *ServerlessArgs `pulumi:"serverless,optional"`
	// Instances are the instances, by a key of the user's. AWS makes one of them the
	// writer and the others readers, and after a failover another one. One alone is
	// possible, and is ten minutes away when it fails. Default: "a" and "b".
	Instances map[string]ClusterInstanceArgs `pulumi:"instances,optional"`
	// ReaderScaling adds readers of AWS's own as the load grows. Default: none.
	ReaderScaling *ReaderScalingArgs `pulumi:"readerScaling,optional"`
	// DatabaseName is a database to make at first. It is fixed then: a later change is
	// ignored by the cluster. Default: none but the engine's own.
	DatabaseName string `pulumi:"databaseName,optional"`
	// Port is where the instances listen, 1150 to 65535. A new one, as a new DatabaseName,
	// reaches the secret of Credentials.Password with Credentials.Reset and a new Password.
	// Default: 5432 or 3306.
	Port int `pulumi:"port,optional"`
	// Parameters are settings of the engine for all instances, over AWS's defaults.
	// Default: none but TLS, and for MySQL the slow query log.
	Parameters map[string]string `pulumi:"parameters,optional"`
	// IoOptimized pays for instances and storage by a quarter and more, and for I/O not at
	// all: cheaper from where I/O is a quarter of the bill. Default: false.
	IoOptimized bool `pulumi:"ioOptimized,optional"`

	// KmsKeyArn is the key for everything that is stored: data, backups, insights, the
	// secret. Required, unless AwsManagedKey. Changing it later would replace the
	// database, which its protection prevents.
	KmsKeyArn pulumi.StringInput `pulumi:"kmsKeyArn,optional"`
	// AwsManagedKey encrypts with AWS's own key instead; the data of an existing database
	// stays under its key. Default: false.
	AwsManagedKey bool `pulumi:"awsManagedKey,optional"`
	// CaCertificate is the authority of the servers' certificates: rds-ca-rsa2048-g1,
	// rds-ca-rsa4096-g1 or rds-ca-ecc384-g1. Default: rds-ca-rsa2048-g1.
	CaCertificate string `pulumi:"caCertificate,optional"`
	// Credentials are the master user's. Default: "dbadmin", with a password that AWS
	// makes, keeps and rotates.
	Credentials *CredentialsArgs `pulumi:"credentials,optional"`
	// Proxy puts RDS Proxy in front, with an endpoint for the writer and one for the
	// readers. Default: none.
	Proxy *ProxyArgs `pulumi:"proxy,optional"`

	// BackupRetentionDays is how far back the database can be restored to any second, 1 to
	// 35. Default: 14.
	BackupRetentionDays int `pulumi:"backupRetentionDays,optional"`
	// BackupWindow is when the daily snapshot is taken, UTC. Default: "02:00-03:00".
	BackupWindow string `pulumi:"backupWindow,optional"`
	// ByAwsBackup hands retention and window to a plan of AWS Backup with continuous
	// backups, which sets both. Until it does, the defaults hold. Default: false.
	ByAwsBackup bool `pulumi:"byAwsBackup,optional"`
	// MaintenanceWindow is when AWS may restart the database, UTC.
	// Default: "sun:03:30-sun:04:30".
	MaintenanceWindow string `pulumi:"maintenanceWindow,optional"`
	// Restore makes the database of a backup. It may be dropped afterwards.
	// Default: a new database.
	Restore *RestoreArgs `pulumi:"restore,optional"`

	// AllowMajorVersionUpgrade is for the deploy that raises the major version. It needs
	// ApplyImmediately. Default: false.
	AllowMajorVersionUpgrade bool `pulumi:"allowMajorVersionUpgrade,optional"`
	// ExtendedSupport is whether to pay AWS for running a version that is past its end. It
	// is fixed when the database is made: a later change is ignored. Default: false; AWS
	// upgrades the database instead.
	ExtendedSupport bool `pulumi:"extendedSupport,optional"`
	// ApplyImmediately makes changes of class and version at once, with the restart that
	// they take. Default: false; they wait for the maintenance window, and until then
	// every plan shows them again.
	ApplyImmediately bool `pulumi:"applyImmediately,optional"`

	// DeletionProtection makes both AWS and the engine refuse to delete the database. A
	// single instance may go: the data is the cluster's. Default: true.
	DeletionProtection *bool `pulumi:"deletionProtection,optional"`
	// SkipFinalSnapshot deletes the database and its backups without a trace.
	// Default: false.
	SkipFinalSnapshot bool `pulumi:"skipFinalSnapshot,optional"`

	// Monitoring says what is measured and logged. Default: see MonitoringArgs.
	Monitoring *MonitoringArgs `pulumi:"monitoring,optional"`
	// Alarms watches the database and the proxy. Default: no alarms.
	Alarms *AlarmsArgs `pulumi:"alarms,optional"`
	// Events tells what AWS does with it. Default: nobody.
	Events *EventsArgs `pulumi:"events,optional"`
	// Tags are put on every resource that can have them. Default: none.
	Tags map[string]string `pulumi:"tags,optional"`
}

// ClusterInstanceArgs are one instance of a Cluster.
type ClusterInstanceArgs struct {
	// InstanceClass is the size, db.serverless included if the cluster has Serverless.
	// Changing it restarts the instance. Default: the cluster's.
	InstanceClass string `pulumi:"instanceClass,optional"`
	// PromotionTier says which reader becomes the writer first, 0 to 15: the lowest, and of
	// them the largest. Serverless readers of tiers 0 and 1 are as large as the writer.
	// Default: 1.
	PromotionTier *int `pulumi:"promotionTier,optional"`
	// Zone is the availability zone, such as eu-central-1b. It is fixed when the instance
	// is made: a later change is ignored. Default: AWS spreads the instances.
	Zone string `pulumi:"zone,optional"`
}

// ServerlessArgs are the range of a size that follows the load, in capacity units (ACU)
// of 2 GiB of memory each, in steps of a half. Each instance is within it.
type ServerlessArgs struct {
	// MinAcu is the least. 0 pauses an instance that nobody is connected to, which takes
	// some 15 seconds to wake up. Default: 0.5.
	MinAcu *float64 `pulumi:"minAcu,optional"`
	// MaxAcu is the most, 1 to 256.
	MaxAcu float64 `pulumi:"maxAcu"`
	// PauseSeconds is after how long without connections an instance pauses, 300 to 86400,
	// if MinAcu is 0. Default: 300.
	PauseSeconds int `pulumi:"pauseSeconds,optional"`
}

// ReaderScalingArgs let AWS add readers and take them away. They are never part of the
// program. One of CpuPercent and Connections is what is kept.
type ReaderScalingArgs struct {
	// Min is the least number of readers, those of Instances included. Default: those of
	// Instances.
	Min *int `pulumi:"min,optional"`
	// Max is the largest number of readers, 1 to 15.
	Max int `pulumi:"max"`
	// CpuPercent is the average load of the readers to keep. Default: 60, unless
	// Connections.
	CpuPercent float64 `pulumi:"cpuPercent,optional"`
	// Connections is the average number of connections of a reader to keep.
	// Default: scaling by CpuPercent.
	Connections int `pulumi:"connections,optional"`
	// InCooldownSeconds is how long AWS waits before it takes another reader away.
	// Default: 300.
	InCooldownSeconds *int `pulumi:"inCooldownSeconds,optional"`
	// OutCooldownSeconds is how long it waits before it adds another one. Default: 300.
	OutCooldownSeconds *int `pulumi:"outCooldownSeconds,optional"`
}

// serverlessClass is the size of instances that follow the load.
const serverlessClass = "db.serverless"

// withDefaults returns a deep enough copy, with everything that was left out filled in.
func (a ClusterArgs) withDefaults() *ClusterArgs {
	e := clusterEngines[a.Engine]
	base.Default(&a.EngineVersion, e.current)
	base.Default(&a.Port, e.port)
	base.Default(&a.CaCertificate, certificates[0])
	base.Default(&a.BackupRetentionDays, 14)
	base.Default(&a.BackupWindow, "02:00-03:00")
	base.Default(&a.MaintenanceWindow, "sun:03:30-sun:04:30")
	base.DefaultRef(&a.DeletionProtection, true)
	a.Credentials = a.Credentials.withDefaults()
	a.Proxy = a.Proxy.withDefaults()
	a.Monitoring = a.Monitoring.withDefaults(e)
	a.Events = a.Events.withDefaults(e.categories)
	a.Alarms = a.Alarms.withDefaults()
	if a.Serverless != nil {
		a.Serverless = base.CopyOf(a.Serverless)
		base.Default(&a.InstanceClass, serverlessClass)
		base.DefaultRef(&a.Serverless.MinAcu, 0.5)
		if *a.Serverless.MinAcu == 0 {
			base.Default(&a.Serverless.PauseSeconds, 300)
		}
	}
	if a.Alarms != nil {
		base.Default(&a.Alarms.ReplicaLagSeconds, 2)
		if a.Serverless != nil {
			base.Default(&a.Alarms.AcuPercent, 90)
		}
	}
	if a.Instances == nil {
		a.Instances = map[string]ClusterInstanceArgs{"a": {}, "b": {}}
	}
	instances := make(map[string]ClusterInstanceArgs, len(a.Instances))
	for key, instance := range a.Instances {
		base.Default(&instance.InstanceClass, a.InstanceClass)
		base.DefaultRef(&instance.PromotionTier, 1)
		instances[key] = instance
	}
	a.Instances = instances
	a.ReaderScaling = a.ReaderScaling.withDefaults(len(instances) - 1)
	return &a
}

func (s *ReaderScalingArgs) withDefaults(readers int) *ReaderScalingArgs {
	if s == nil {
		return nil
	}
	s = base.CopyOf(s)
	base.DefaultRef(&s.Min, readers)
	if s.Connections == 0 {
		base.Default(&s.CpuPercent, 60)
	}
	base.DefaultRef(&s.InCooldownSeconds, 300)
	base.DefaultRef(&s.OutCooldownSeconds, 300)
	return s
}

// core is what a cluster shares with an instance.
func (a *ClusterArgs) core(name string) core {
	return core{
		name: name, engine: clusterEngines[a.Engine], engineVersion: a.EngineVersion, region: a.Region,
		vpcId: a.VpcId, subnetIds: a.SubnetIds, kmsKeyArn: a.KmsKeyArn, databaseName: a.DatabaseName, port: a.Port,
		credentials: a.Credentials, monitoring: a.Monitoring, proxy: a.Proxy, alarms: a.Alarms, tags: a.Tags,
	}
}

// firstServerless and firstPausing are the first minor versions that can be serverless,
// and that can pause, by AWS's name of the engine and the major version.
var (
	firstServerless = map[string]map[string]int{
		"aurora-postgresql": {"13": 6, "14": 3, "15": 2, "16": 1, "17": 4}, "aurora-mysql": {"8.0": 2},
	}
	firstPausing = map[string]map[string]int{
		"aurora-postgresql": {"13": 15, "14": 12, "15": 7, "16": 3, "17": 4}, "aurora-mysql": {"8.0": 8},
	}
)

// reaches says that a minor version is no older than the first one that has something.
func (e engine) reaches(version string, first map[string]map[string]int) bool {
	major := e.major(version)
	minor := strings.TrimPrefix(strings.TrimPrefix(version, major+"."), "mysql_aurora.3.")
	minor, _, _ = strings.Cut(minor, ".")
	n, err := strconv.Atoi(minor)
	return err == nil && n >= first[e.aws][major]
}
