package cache

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/internal/base"
)

// ClusterMode is whether data is spread over shards.
type ClusterMode string

// The cluster modes. A live group goes from Disabled to Compatible, in which clients of
// both kinds can connect, and from there to Enabled; AWS refuses the direct step, the
// way back from Enabled, and any other change together with either step.
const (
	ClusterDisabled   ClusterMode = "Disabled"
	ClusterCompatible ClusterMode = "Compatible"
	ClusterEnabled    ClusterMode = "Enabled"
)

// TransitMode is whether clients must use TLS.
type TransitMode string

// The transit modes.
const (
	// TransitRequired admits clients with TLS only.
	TransitRequired TransitMode = "Required"
	// TransitPreferred admits clients without TLS too: the step between a live group
	// that has no TLS and Required, for as long as clients move over.
	TransitPreferred TransitMode = "Preferred"
)

// ReplicationGroupArgs are the arguments of a ReplicationGroup.
type ReplicationGroupArgs struct {
	// Region is where the group is, such as "eu-central-1".
	Region string `pulumi:"region"`
	// VpcId is the VPC of the security group. It cannot be changed later.
	VpcId pulumi.StringInput `pulumi:"vpcId"`
	// SubnetIds are subnets in two zones or more. More can be added at any time; one
	// that has a node cannot be taken away.
	SubnetIds pulumi.StringArrayInput `pulumi:"subnetIds"`
	// KmsKeyArn encrypts what is at rest, snapshots too. It cannot be changed later.
	// Required unless AwsManagedKey.
	KmsKeyArn pulumi.StringInput `pulumi:"kmsKeyArn,optional"`
	// AwsManagedKey encrypts with a key of AWS's own instead. Default: false.
	AwsManagedKey bool `pulumi:"awsManagedKey,optional"`

	// Engine is EngineValkey or EngineRedis. A group moves from Redis OSS to Valkey in
	// place, with its version in the same update; there is no way back. Default:
	// EngineValkey, which costs a fifth less.
	Engine Engine `pulumi:"engine,optional"`
	// EngineVersion is major and minor version, such as "8.1"; AWS sees to patches. It can
	// only go up. Default: "8.1" for Valkey, "7.1" for Redis OSS.
	EngineVersion string `pulumi:"engineVersion,optional"`
	// AutoMinorVersionUpgrade lets AWS move to the next minor version in a maintenance
	// window. Write the version down afterwards: to AWS, the older one is a downgrade.
	// Default: true.
	AutoMinorVersionUpgrade *bool `pulumi:"autoMinorVersionUpgrade,optional"`
	// NodeType is the size of each node, such as "cache.m7g.large". It is changed in
	// place, replicas first, then a failover. Default: "cache.m7g.large".
	NodeType string `pulumi:"nodeType,optional"`
	// ClusterMode is ClusterDisabled, ClusterCompatible or ClusterEnabled. Default:
	// ClusterDisabled.
	ClusterMode ClusterMode `pulumi:"clusterMode,optional"`
	// Shards is how many parts data is spread over, 1 to 500; more than one with
	// ClusterEnabled only. With ShardScaling it is the number to begin with. Default: 1.
	Shards int `pulumi:"shards,optional"`
	// Replicas is how many copies each shard has next to its primary, 0 to 5. They are
	// what fails over when a node or a zone is lost, so that 0 is for caches that may be
	// lost. With ReplicaScaling it is the number to begin with. Default: 1.
	Replicas *int `pulumi:"replicas,optional"`
	// Zones are the zones of the first nodes, the primary's first; one for each node,
	// with ClusterDisabled only. AWS looks at them once. Default: AWS spreads nodes over
	// the zones of the subnets.
	Zones []string `pulumi:"zones,optional"`
	// Port is where clients connect. Changing it replaces the group. Default: 6379.
	Port int `pulumi:"port,optional"`
	// Parameters are engine parameters, such as "maxmemory-policy". Default: AWS's own.
	Parameters map[string]string `pulumi:"parameters,optional"`

	// Transit is TransitRequired or TransitPreferred. Default: TransitRequired.
	Transit TransitMode `pulumi:"transit,optional"`
	// Users are who may connect, by a key of the user's. Required unless AuthToken, or a
	// group on its way to TLS.
	Users map[string]UserArgs `pulumi:"users,optional"`
	// AuthToken is one secret for all clients instead. Default: none.
	AuthToken *AuthTokenArgs `pulumi:"authToken,optional"`

	// BackupRetentionDays is how long the daily snapshots are kept, 0 to 35; 0 makes
	// none. Default: 7.
	BackupRetentionDays *int `pulumi:"backupRetentionDays,optional"`
	// BackupWindow is when snapshots are taken, UTC, an hour or longer. Default:
	// "03:00-04:00".
	BackupWindow string `pulumi:"backupWindow,optional"`
	// MaintenanceWindow is when AWS may restart nodes, UTC, an hour or longer. Default:
	// "sun:04:30-sun:05:30".
	MaintenanceWindow string `pulumi:"maintenanceWindow,optional"`
	// RestoreSnapshot is the name of a snapshot that a new group is filled from. It has
	// no effect on a group that exists, and can be left out again later. Default: the
	// group begins empty.
	RestoreSnapshot string `pulumi:"restoreSnapshot,optional"`
	// SkipFinalSnapshot deletes the group without a last snapshot. The snapshot has one
	// name: after an unprotected group was replaced, the next one can be deleted when the
	// snapshot of the first is gone (copy it), or with SkipFinalSnapshot. Default: false.
	SkipFinalSnapshot bool `pulumi:"skipFinalSnapshot,optional"`
	// DeletionProtection makes the engine refuse whatever would delete or replace the
	// group. Default: true.
	DeletionProtection *bool `pulumi:"deletionProtection,optional"`

	// ShardScaling changes the number of shards with the load. Default: none.
	ShardScaling *ScalingArgs `pulumi:"shardScaling,optional"`
	// ReplicaScaling changes the number of replicas with the load. Default: none.
	ReplicaScaling *ScalingArgs `pulumi:"replicaScaling,optional"`
	// Logs says which logs are kept and for how long. Default: slow log and engine log,
	// for 30 days.
	Logs *LogsArgs `pulumi:"logs,optional"`
	// Alarms watches every node. Default: no alarms.
	Alarms *AlarmsArgs `pulumi:"alarms,optional"`
	// NotificationTopicArn is an SNS topic that is told of failovers and other events. It
	// must not be encrypted, as ElastiCache cannot publish to one that is, and its policy
	// must let the principal AWS "*" publish with AWS:SourceOwner the account, as the one
	// that SNS makes does: ElastiCache publishes as the topic's owner. Default: none.
	NotificationTopicArn pulumi.StringInput `pulumi:"notificationTopicArn,optional"`
	// Tags are put on every resource that can have them. Default: none.
	Tags map[string]string `pulumi:"tags,optional"`
}

// withDefaults returns a deep enough copy, with everything that was left out filled in.
func (a ReplicationGroupArgs) withDefaults() *ReplicationGroupArgs {
	base.Default(&a.Engine, EngineValkey)
	base.Default(&a.EngineVersion, defaultVersions[a.Engine])
	base.DefaultRef(&a.AutoMinorVersionUpgrade, true)
	base.Default(&a.NodeType, "cache.m7g.large")
	base.Default(&a.ClusterMode, ClusterDisabled)
	base.Default(&a.Shards, 1)
	base.DefaultRef(&a.Replicas, 1)
	base.Default(&a.Port, redisPort)
	base.Default(&a.Transit, TransitRequired)
	a.Users = usersWithDefaults(a.Users)
	a.AuthToken = a.AuthToken.withDefaults()
	base.DefaultRef(&a.BackupRetentionDays, 7)
	base.Default(&a.BackupWindow, "03:00-04:00")
	base.Default(&a.MaintenanceWindow, defaultMaintenance)
	base.DefaultRef(&a.DeletionProtection, true)
	a.Logs = a.Logs.withDefaults()
	a.Alarms = a.Alarms.withDefaults()
	return &a
}

const (
	redisPort          = 6379
	memcachedPort      = 11211
	defaultMaintenance = "sun:04:30-sun:05:30"
)
