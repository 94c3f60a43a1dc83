package database

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/internal/base"
)

// StorageType is the kind of volumes an instance has.
type StorageType string

// The storage types.
const (
	// Gp3 has 3000 IOPS included, and 12000 from 400 GiB on.
	Gp3 StorageType = "Gp3"
	// Io2 has the IOPS that are paid for, at less than a millisecond.
	Io2 StorageType = "Io2"
)

// InstanceArgs are the arguments of an Instance.
type InstanceArgs struct {
	// Region is the database's region, such as eu-central-1.
	Region string `pulumi:"region"`
	// VpcId is the VPC of the security groups.
	VpcId pulumi.StringInput `pulumi:"vpcId"`
	// SubnetIds are isolated or private subnets in at least two zones. More may be added
	// later.
	SubnetIds pulumi.StringArrayInput `pulumi:"subnetIds"`

	// Engine is Postgres or Mysql.
	Engine Engine `pulumi:"engine"`
	// EngineVersion is a major version ("17", "8.4"), of which AWS runs the newest minor
	// one, or a minor version ("17.4", "8.4.5"). Default: "17" or "8.4".
	EngineVersion string `pulumi:"engineVersion,optional"`
	// InstanceClass is the size, such as db.r7g.large. Changing it restarts the database.
	InstanceClass string `pulumi:"instanceClass"`
	// DatabaseName is a database to make at first. It is fixed then: a later change is
	// ignored by the instance. Default: none but the engine's own.
	DatabaseName string `pulumi:"databaseName,optional"`
	// Port is where the primary and the replicas listen, 1150 to 65535. A new one, as a new
	// DatabaseName, reaches the secret of Credentials.Password with Credentials.Reset and a
	// new Password. Default: 5432 or 3306.
	Port int `pulumi:"port,optional"`
	// Parameters are settings of the engine, over AWS's defaults. Default: none but TLS,
	// and for MySQL the slow query log.
	Parameters map[string]string `pulumi:"parameters,optional"`

	// KmsKeyArn is the key for everything that is stored: data, backups, insights, the
	// secret. Required, unless AwsManagedKey. Changing it later would replace the
	// database, which its protection prevents.
	KmsKeyArn pulumi.StringInput `pulumi:"kmsKeyArn,optional"`
	// AwsManagedKey encrypts with AWS's own key instead; the data of an existing database
	// stays under its key. Default: false.
	AwsManagedKey bool `pulumi:"awsManagedKey,optional"`
	// CaCertificate is the authority of the server's certificate: rds-ca-rsa2048-g1,
	// rds-ca-rsa4096-g1 or rds-ca-ecc384-g1. Default: rds-ca-rsa2048-g1.
	CaCertificate string `pulumi:"caCertificate,optional"`

	// MultiAz keeps a standby in another zone, with every write. Default: true.
	MultiAz *bool `pulumi:"multiAz,optional"`
	// StorageType is Gp3 or Io2. Default: Gp3.
	StorageType StorageType `pulumi:"storageType,optional"`
	// AllocatedGib is the storage to begin with: 20 GiB or more, 100 for Io2. It can grow
	// and never shrink, so that it is required with Restore, and no less than the source's.
	// Default: 100.
	AllocatedGib int `pulumi:"allocatedGib,optional"`
	// MaxAllocatedGib is how far AWS may grow the storage, at least a tenth more than
	// AllocatedGib, or 0 for not at all. What AWS has added stays, whatever AllocatedGib
	// says. Default: twice AllocatedGib.
	MaxAllocatedGib *int `pulumi:"maxAllocatedGib,optional"`
	// Iops are required for Io2. Gp3 takes them from 400 GiB on. Default: those of Gp3.
	Iops int `pulumi:"iops,optional"`
	// ThroughputMibps is for Gp3 from 400 GiB on. Default: what AWS includes.
	ThroughputMibps int `pulumi:"throughputMibps,optional"`

	// Replicas are read replicas, by a key of the user's. They need
	// Credentials.Password. Default: none.
	Replicas map[string]ReplicaArgs `pulumi:"replicas,optional"`
	// Credentials are the master user's. Default: "dbadmin", with a password that AWS
	// makes, keeps and rotates.
	Credentials *CredentialsArgs `pulumi:"credentials,optional"`
	// Proxy puts RDS Proxy in front. It reaches the primary only: AWS has no proxy
	// endpoint for the replicas of an instance. Default: none.
	Proxy *ProxyArgs `pulumi:"proxy,optional"`

	// BackupRetentionDays is how far back the database can be restored to any second, 1 to
	// 35, or 0 for no backups, which replicas and blue/green updates exclude. Default: 14.
	BackupRetentionDays *int `pulumi:"backupRetentionDays,optional"`
	// BackupWindow is when the daily snapshot is taken, UTC. Default: "02:00-03:00".
	BackupWindow string `pulumi:"backupWindow,optional"`
	// ByAwsBackup hands retention and window to a plan of AWS Backup with continuous
	// backups, which sets both. Until it does, the defaults hold. Default: false.
	ByAwsBackup bool `pulumi:"byAwsBackup,optional"`
	// CrossRegionBackups copies automated backups to another region. Default: none.
	CrossRegionBackups *CrossRegionBackupsArgs `pulumi:"crossRegionBackups,optional"`
	// MaintenanceWindow is when AWS may restart the database, UTC.
	// Default: "sun:03:30-sun:04:30".
	MaintenanceWindow string `pulumi:"maintenanceWindow,optional"`
	// Restore makes the database of a backup. It may be dropped afterwards.
	// Default: a new database.
	Restore *RestoreArgs `pulumi:"restore,optional"`

	// AutoMinorVersionUpgrade lets AWS install minor versions in the maintenance window.
	// Default: true, and false if EngineVersion is a minor version.
	AutoMinorVersionUpgrade *bool `pulumi:"autoMinorVersionUpgrade,optional"`
	// AllowMajorVersionUpgrade is for the deploy that raises the major version. It needs
	// ApplyImmediately. Default: false.
	AllowMajorVersionUpgrade bool `pulumi:"allowMajorVersionUpgrade,optional"`
	// ExtendedSupport is whether to pay AWS for running a version that is past its end. It
	// is fixed when the database is made: a later change is ignored. Default: false; AWS
	// upgrades the database instead.
	ExtendedSupport bool `pulumi:"extendedSupport,optional"`
	// BlueGreen makes upgrades on a copy that takes over within a minute. It excludes
	// replicas and needs Credentials.Password. Default: false.
	BlueGreen bool `pulumi:"blueGreen,optional"`
	// ApplyImmediately makes changes of class, storage, version and zones at once, with
	// the restart that they may take. Default: false; they wait for the maintenance
	// window, and until then every plan shows them again.
	ApplyImmediately bool `pulumi:"applyImmediately,optional"`

	// DeletionProtection makes both AWS and the engine refuse to delete the database.
	// Default: true.
	DeletionProtection *bool `pulumi:"deletionProtection,optional"`
	// SkipFinalSnapshot deletes the database and its backups without a trace.
	// Default: false.
	SkipFinalSnapshot bool `pulumi:"skipFinalSnapshot,optional"`

	// Monitoring says what is measured and logged. Default: see MonitoringArgs.
	Monitoring *MonitoringArgs `pulumi:"monitoring,optional"`
	// Alarms watches the database, its replicas and the proxy. Default: no alarms.
	Alarms *AlarmsArgs `pulumi:"alarms,optional"`
	// Events tells what AWS does with it. Default: nobody.
	Events *EventsArgs `pulumi:"events,optional"`
	// BackupTags are put on the primary alone, over Tags: what selects it for a plan of AWS
	// Backup, which must not back up every replica as well. Default: none.
	BackupTags map[string]string `pulumi:"backupTags,optional"`
	// Tags are put on every resource that can have them. Default: none.
	Tags map[string]string `pulumi:"tags,optional"`
}

// ReplicaArgs are a read replica. What is not here is as with the primary.
type ReplicaArgs struct {
	// InstanceClass is the size. Default: the primary's.
	InstanceClass string `pulumi:"instanceClass,optional"`
	// EngineVersion is for the upgrade of MySQL to another major version, for which
	// replicas come first. Default: the primary's.
	EngineVersion string `pulumi:"engineVersion,optional"`
	// Zone is the availability zone, such as eu-central-1b. It is fixed when the replica
	// is made: a later change is ignored. Default: AWS chooses.
	Zone string `pulumi:"zone,optional"`
	// MultiAz gives the replica a standby of its own. Default: false.
	MultiAz bool `pulumi:"multiAz,optional"`
	// StorageType is Gp3 or Io2. Default: the primary's.
	StorageType StorageType `pulumi:"storageType,optional"`
	// Iops are required for Io2. Default: the primary's, if its storage is of this type.
	Iops int `pulumi:"iops,optional"`
	// ThroughputMibps is for Gp3 from 400 GiB on. Default: the primary's, if its storage
	// is of this type.
	ThroughputMibps int `pulumi:"throughputMibps,optional"`
	// MaxAllocatedGib is how far AWS may grow the storage, no less than the primary's: a
	// full replica stops. Default: the primary's.
	MaxAllocatedGib *int `pulumi:"maxAllocatedGib,optional"`
	// DeletionProtection is to be false before the replica can be dropped.
	// Default: the primary's.
	DeletionProtection *bool `pulumi:"deletionProtection,optional"`

	// Region is another region. Then Provider, VpcId, SubnetIds and KmsKeyArn are required
	// and belong to it. Default: the primary's region.
	Region string `pulumi:"region,optional"`
	// Provider is the other region's.
	Provider pulumi.ProviderResource
	// VpcId is a VPC of the other region. Default: the primary's.
	VpcId pulumi.StringInput `pulumi:"vpcId,optional"`
	// SubnetIds are subnets of the other region. Default: the primary's.
	SubnetIds pulumi.StringArrayInput `pulumi:"subnetIds,optional"`
	// KmsKeyArn is a key of the other region. Default: the primary's.
	KmsKeyArn pulumi.StringInput `pulumi:"kmsKeyArn,optional"`
	// TopicArn is an SNS topic of the other region, told of the replica's alarms and
	// events: AWS wants one where the replica is. Default: those of Alarms and Events for
	// a replica in the primary's region, nobody elsewhere.
	TopicArn pulumi.StringInput `pulumi:"topicArn,optional"`
	// DeadLetterArn is an SQS queue of the other region that keeps the events which TopicArn
	// does not take. Default: that of Events for a replica in the primary's region, none elsewhere.
	DeadLetterArn pulumi.StringInput `pulumi:"deadLetterArn,optional"`
}

// CrossRegionBackupsArgs copy automated backups. They are all fixed: a change stops the
// copying and starts it again, and keeps what has been copied.
type CrossRegionBackupsArgs struct {
	// Region is the other region.
	Region string `pulumi:"region"`
	// Provider is the other region's.
	Provider pulumi.ProviderResource
	// KmsKeyArn is a key of the other region.
	KmsKeyArn pulumi.StringInput `pulumi:"kmsKeyArn"`
	// RetentionDays is how long the copies are kept, 1 to 35. Default: 14.
	RetentionDays int `pulumi:"retentionDays,optional"`
}

// withDefaults returns a deep enough copy, with everything that was left out filled in.
func (a InstanceArgs) withDefaults() *InstanceArgs {
	e := instanceEngines[a.Engine]
	base.Default(&a.EngineVersion, e.current)
	base.Default(&a.Port, e.port)
	base.Default(&a.CaCertificate, certificates[0])
	base.DefaultRef(&a.MultiAz, true)
	base.Default(&a.StorageType, Gp3)
	if a.Restore == nil {
		base.Default(&a.AllocatedGib, 100)
	}
	base.DefaultRef(&a.MaxAllocatedGib, min(2*a.AllocatedGib, mostGib))
	base.DefaultRef(&a.BackupRetentionDays, 14)
	base.Default(&a.BackupWindow, "02:00-03:00")
	base.Default(&a.MaintenanceWindow, "sun:03:30-sun:04:30")
	base.DefaultRef(&a.AutoMinorVersionUpgrade, a.EngineVersion == e.major(a.EngineVersion))
	base.DefaultRef(&a.DeletionProtection, true)
	a.Credentials = a.Credentials.withDefaults()
	a.Proxy = a.Proxy.withDefaults()
	a.Monitoring = a.Monitoring.withDefaults(e)
	a.Events = a.Events.withDefaults(e.categories)
	a.Alarms = a.Alarms.withDefaults()
	if a.Alarms != nil {
		base.Default(&a.Alarms.FreeStorageGib, max(1, a.AllocatedGib/20))
		base.Default(&a.Alarms.ReplicaLagSeconds, 60)
	}
	if a.CrossRegionBackups != nil {
		a.CrossRegionBackups = base.CopyOf(a.CrossRegionBackups)
		base.Default(&a.CrossRegionBackups.RetentionDays, 14)
	}
	replicas := make(map[string]ReplicaArgs, len(a.Replicas))
	for key, replica := range a.Replicas {
		replicas[key] = replica.withDefaults(&a)
	}
	a.Replicas = replicas
	return &a
}

func (r ReplicaArgs) withDefaults(primary *InstanceArgs) ReplicaArgs {
	base.Default(&r.InstanceClass, primary.InstanceClass)
	base.Default(&r.EngineVersion, primary.EngineVersion)
	base.Default(&r.StorageType, primary.StorageType)
	if r.StorageType == primary.StorageType {
		base.Default(&r.Iops, primary.Iops)
		base.Default(&r.ThroughputMibps, primary.ThroughputMibps)
	}
	if r.MaxAllocatedGib == nil {
		r.MaxAllocatedGib = primary.MaxAllocatedGib
	}
	if r.DeletionProtection == nil {
		r.DeletionProtection = primary.DeletionProtection
	}
	base.Default(&r.Region, primary.Region)
	return r
}

// core is what an instance shares with a cluster.
func (a *InstanceArgs) core(name string) core {
	abroad := map[string]pulumi.StringInput{}
	for _, key := range base.SortedKeys(a.Replicas) {
		if r := a.Replicas[key]; r.abroad(a) {
			abroad[r.Region] = r.KmsKeyArn
		}
	}
	return core{
		name: name, engine: instanceEngines[a.Engine], engineVersion: a.EngineVersion, region: a.Region,
		vpcId: a.VpcId, subnetIds: a.SubnetIds, kmsKeyArn: a.KmsKeyArn, databaseName: a.DatabaseName, port: a.Port,
		credentials: a.Credentials, monitoring: a.Monitoring, proxy: a.Proxy, alarms: a.Alarms, tags: a.Tags,
		abroad: abroad,
	}
}
