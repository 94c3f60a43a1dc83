package cache

import (
	"fmt"
	"regexp"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/elasticache"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/iampolicy"
	"github.com/plinth-iac/plinth/components/internal/base"
	"github.com/plinth-iac/plinth/components/internal/datastore"
	"github.com/plinth-iac/plinth/components/objective"
)

// ServerlessType is the token of the Serverless component.
const ServerlessType = "plinth:cache:Serverless"

// Serverless is a cache without nodes, in all zones of its subnets.
type Serverless struct {
	pulumi.ResourceState

	// Id is the cache's name in AWS.
	Id pulumi.StringOutput `pulumi:"id"`
	// Arn is the cache's ARN.
	Arn pulumi.StringOutput `pulumi:"arn"`
	// Endpoint is the host to connect to, at Port.
	Endpoint pulumi.StringOutput `pulumi:"endpoint"`
	// ReaderEndpoint is the host to read from with lower latency, at ReaderPort.
	ReaderEndpoint pulumi.StringOutput `pulumi:"readerEndpoint"`
	// SecurityGroupId is the cache's security group. It has no rules.
	SecurityGroupId pulumi.StringOutput `pulumi:"securityGroupId"`
	// UserGroupId holds the users. Empty for Memcached.
	UserGroupId pulumi.StringOutput `pulumi:"userGroupId"`
	// UserNames are the names that users connect with, by key.
	UserNames pulumi.StringMapOutput `pulumi:"userNames"`

	// Port and ReaderPort are where clients connect.
	Port, ReaderPort int
	// Objectives are what failures cost.
	Objectives objective.Objectives
	// Cache is the serverless cache itself.
	Cache *elasticache.ServerlessCache
	// SecurityGroup is its security group.
	SecurityGroup *ec2.SecurityGroup
	// Alarms are the alarms by key: AlarmStorage, AlarmProcessing, AlarmThrottled.
	Alarms map[string]*cloudwatch.MetricAlarm

	name   string
	parent pulumi.ResourceOption
	users  users
}

// ServerlessArgs are the arguments of a Serverless. AWS changes one thing about a
// serverless cache at a time: change the engine, the caps, the users as a whole, or what
// concerns snapshots in an update each.
type ServerlessArgs struct {
	// Region is where the cache is, such as "eu-central-1".
	Region string `pulumi:"region"`
	// VpcId is the VPC of the security group. It cannot be changed later.
	VpcId pulumi.StringInput `pulumi:"vpcId"`
	// SubnetIds are two or three subnets, one a zone. AWS cannot move a serverless cache:
	// it keeps those that it was made with, also when a zone is added to the VPC.
	SubnetIds pulumi.StringArrayInput `pulumi:"subnetIds"`
	// KmsKeyArn encrypts what is at rest. It cannot be changed later. Required unless
	// AwsManagedKey.
	KmsKeyArn pulumi.StringInput `pulumi:"kmsKeyArn,optional"`
	// AwsManagedKey encrypts with a key of AWS's own instead. Default: false.
	AwsManagedKey bool `pulumi:"awsManagedKey,optional"`

	// Engine is EngineValkey, EngineRedis or EngineMemcached. A cache moves from Redis OSS
	// to Valkey in place, if MajorVersion stays "7"; any other change replaces it.
	// Default: EngineValkey, which costs a third less.
	Engine Engine `pulumi:"engine,optional"`
	// MajorVersion is the engine's major version, such as "8"; AWS sees to the rest.
	// Changing it replaces the cache. Default: "8" for Valkey, "7" for Redis OSS, "1.6" for
	// Memcached.
	MajorVersion string `pulumi:"majorVersion,optional"`
	// MaxStorageGb is the cap on data, 1 to 5000. At the cap AWS drops keys that expire at
	// some time, and refuses writes if there are none. Each GB costs up to 61 USD a month.
	// Default: 5.
	MaxStorageGb int `pulumi:"maxStorageGb,optional"`
	// MaxEcpuPerSecond is the cap on processing, 1000 to 15000000 units; a simple command
	// is one for each KB. Beyond it commands are throttled. Default: 5000, at most 30 USD a
	// month.
	MaxEcpuPerSecond int `pulumi:"maxEcpuPerSecond,optional"`

	// Users are who may connect, by a key of the user's. Required, except for Memcached,
	// which knows no users.
	Users map[string]UserArgs `pulumi:"users,optional"`

	// BackupRetentionDays is how long the daily snapshots are kept, 0 to 35; 0 makes
	// none. AWS takes no last snapshot when the cache is deleted. Default: 7, and 0 for
	// Memcached, which has no snapshots.
	BackupRetentionDays *int `pulumi:"backupRetentionDays,optional"`
	// BackupTime is when snapshots are taken, UTC. Default: "03:00".
	BackupTime string `pulumi:"backupTime,optional"`
	// RestoreSnapshotArn is the ARN of a snapshot that a new cache is filled from, also one
	// of a replication group. It has no effect on a cache that exists, and can be left out
	// again later. Default: the cache begins empty.
	RestoreSnapshotArn string `pulumi:"restoreSnapshotArn,optional"`
	// DeletionProtection makes the engine refuse whatever would delete or replace the
	// cache. Default: true.
	DeletionProtection *bool `pulumi:"deletionProtection,optional"`

	// Alarms watches the caps. Default: no alarms.
	Alarms *ServerlessAlarmsArgs `pulumi:"alarms,optional"`
	// Tags are put on every resource that can have them. Default: none.
	Tags map[string]string `pulumi:"tags,optional"`
}

// ServerlessAlarmsArgs watch how close a cache is to its caps, and commands that were
// throttled. An alarm is raised after five bad minutes in a row.
type ServerlessAlarmsArgs struct {
	// ActionArns are told when an alarm is raised and when it clears, such as SNS topics.
	// Default: nobody.
	ActionArns pulumi.StringArrayInput `pulumi:"actionArns,optional"`
	// UsagePercent is too close to a cap, above 0, to 100. Default: 80.
	UsagePercent float64 `pulumi:"usagePercent,optional"`
}

// Keys of Serverless.Alarms.
const (
	AlarmStorage    = "storage"
	AlarmProcessing = "processing"
	AlarmThrottled  = "throttled"
)

func (a ServerlessArgs) withDefaults() *ServerlessArgs {
	base.Default(&a.Engine, EngineValkey)
	if versions := serverlessVersions[a.Engine]; len(versions) > 0 {
		base.Default(&a.MajorVersion, versions[0])
	}
	base.Default(&a.MaxStorageGb, 5)
	base.Default(&a.MaxEcpuPerSecond, 5000)
	a.Users = usersWithDefaults(a.Users)
	if a.Engine == EngineMemcached {
		base.DefaultRef(&a.BackupRetentionDays, 0)
	} else {
		base.DefaultRef(&a.BackupRetentionDays, 7)
		base.Default(&a.BackupTime, "03:00")
	}
	base.DefaultRef(&a.DeletionProtection, true)
	if a.Alarms != nil {
		a.Alarms = base.CopyOf(a.Alarms)
		base.Default(&a.Alarms.UsagePercent, 80)
	}
	return &a
}

var (
	timeForm     = regexp.MustCompile(`^([01][0-9]|2[0-3]):[0-5][0-9]$`)
	snapshotForm = regexp.MustCompile(`^arn:[a-z-]+:elasticache:[a-z0-9-]+:[0-9]{12}:(serverless)?snapshot:[A-Za-z0-9:._-]+$`)
)

func (a *ServerlessArgs) validate(name string) error {
	var errs fielderr.List
	checkName(&errs, name)
	datastore.CheckNetwork(&errs, a.Region, a.VpcId, a.SubnetIds)
	if ids, plain := a.SubnetIds.(pulumi.StringArray); plain && len(ids) > 3 {
		errs.Invalid("subnetIds", len(ids), "a serverless cache takes two or three, one a zone")
	}
	datastore.CheckKey(&errs, a.KmsKeyArn, a.AwsManagedKey)
	fielderr.OneOf(&errs, "engine", a.Engine, EngineValkey, EngineRedis, EngineMemcached)
	if versions := serverlessVersions[a.Engine]; len(versions) > 0 {
		fielderr.OneOf(&errs, "majorVersion", a.MajorVersion, versions...)
	}
	datastore.Between(&errs, "maxStorageGb", a.MaxStorageGb, 1, 5000)
	datastore.Between(&errs, "maxEcpuPerSecond", a.MaxEcpuPerSecond, 1000, 15_000_000)
	if a.Engine == EngineMemcached {
		const why = "Memcached has neither users nor snapshots"
		for path, set := range map[string]bool{
			"users": len(a.Users) > 0, "backupRetentionDays": *a.BackupRetentionDays != 0, "backupTime": a.BackupTime != "",
			"restoreSnapshotArn": a.RestoreSnapshotArn != "",
		} {
			if set {
				errs.Conflict(path, "engine", why)
			}
		}
	} else {
		if len(a.Users) == 0 {
			errs.Add("users", "needs one user or more: without them everybody may connect")
		}
		datastore.Between(&errs, "backupRetentionDays", *a.BackupRetentionDays, 0, 35)
		if !timeForm.MatchString(a.BackupTime) {
			errs.Invalid("backupTime", a.BackupTime, `must be a time of day such as "03:00", UTC`)
		}
	}
	if a.RestoreSnapshotArn != "" && !snapshotForm.MatchString(a.RestoreSnapshotArn) {
		errs.Invalid("restoreSnapshotArn", a.RestoreSnapshotArn, "must be the ARN of a snapshot of ElastiCache")
	}
	validateUsers(errs.At("users"), name, a.Users)
	if a.Alarms != nil {
		checkPercent(errs.At("alarms"), "usagePercent", a.Alarms.UsagePercent)
	}
	return errs.Err(fmt.Sprintf("cache.Serverless %q", name))
}

// NewServerless makes a serverless cache. Children are named `<name>-<role>` or
// `<name>-<role>-<key>`.
func NewServerless(ctx *pulumi.Context, name string, args *ServerlessArgs, opts ...pulumi.ResourceOption) (*Serverless, error) {
	a := base.CopyOf(args).withDefaults()
	if err := a.validate(name); err != nil {
		return nil, err
	}
	s := &Serverless{name: name, Port: redisPort, ReaderPort: redisPort + 1, Objectives: a.objectives()}
	if a.Engine == EngineMemcached {
		s.Port, s.ReaderPort = memcachedPort, memcachedPort+1
	}
	if err := base.Register(ctx, ServerlessType, name, s, a, opts...); err != nil {
		return nil, err
	}
	s.parent = pulumi.Parent(s)
	if err := s.addCache(ctx, a); err != nil {
		return nil, err
	}
	if err := s.addAlarms(ctx, a); err != nil {
		return nil, err
	}
	return s, ctx.RegisterResourceOutputs(s, pulumi.Map{
		"id": s.Id, "arn": s.Arn, "endpoint": s.Endpoint, "readerEndpoint": s.ReaderEndpoint,
		"securityGroupId": s.SecurityGroupId, "userGroupId": s.UserGroupId, "userNames": s.UserNames,
	})
}

// ConnectStatement lets a role connect as the user with this key. Only users without
// passwords connect with IAM.
func (s *Serverless) ConnectStatement(user string) iampolicy.Statement {
	return s.users.connect(ServerlessType, s.name, user, s.Arn)
}

func (s *Serverless) addCache(ctx *pulumi.Context, a *ServerlessArgs) (err error) {
	s.SecurityGroup, err = datastore.SecurityGroup(ctx, s.name, a.VpcId, "Cache "+s.name, a.Tags, s.parent)
	if err != nil {
		return err
	}
	s.SecurityGroupId = s.SecurityGroup.ID().ToStringOutput()
	if s.users, err = newUsers(ctx, s.name, s.SecurityGroup, a.Users, a.Tags, s.parent); err != nil {
		return err
	}
	s.UserGroupId, s.UserNames = s.users.groupId, s.users.names()

	name := s.name + "-cache"
	args := &elasticache.ServerlessCacheArgs{
		Description: pulumi.Sprintf("Cache %s", s.name),
		Engine:      pulumi.String(a.Engine.api()), MajorEngineVersion: pulumi.String(a.MajorVersion),
		SubnetIds: a.SubnetIds, SecurityGroupIds: pulumi.StringArray{s.SecurityGroupId}, KmsKeyId: base.Optional(a.KmsKeyArn),
		CacheUsageLimits: elasticache.ServerlessCacheCacheUsageLimitsArgs{
			DataStorage: elasticache.ServerlessCacheCacheUsageLimitsDataStorageArgs{
				Maximum: pulumi.Int(a.MaxStorageGb), Unit: pulumi.String("GB"),
			},
			EcpuPerSeconds: elasticache.ServerlessCacheCacheUsageLimitsEcpuPerSecondArray{
				elasticache.ServerlessCacheCacheUsageLimitsEcpuPerSecondArgs{Maximum: pulumi.Int(a.MaxEcpuPerSecond)},
			},
		},
		Tags: base.Tags(name, a.Tags, nil),
	}
	if a.Engine != EngineMemcached {
		args.UserGroupId = s.UserGroupId.ToStringPtrOutput()
		args.SnapshotRetentionLimit, args.DailySnapshotTime = pulumi.Int(*a.BackupRetentionDays), pulumi.String(a.BackupTime)
	}
	if a.RestoreSnapshotArn != "" {
		args.SnapshotArnsToRestores = pulumi.ToStringArray([]string{a.RestoreSnapshotArn})
	}
	s.Cache, err = elasticache.NewServerlessCache(ctx, name, args, s.parent,
		pulumi.Protect(*a.DeletionProtection), pulumi.IgnoreChanges([]string{"snapshotArnsToRestores", "subnetIds"}))
	if err != nil {
		return fmt.Errorf("create serverless cache %s: %w", name, err)
	}
	s.Id, s.Arn = s.Cache.ID().ToStringOutput(), s.Cache.Arn
	s.Endpoint = s.Cache.Endpoints.ApplyT(func(all []elasticache.ServerlessCacheEndpoint) string {
		return first(all).Address
	}).(pulumi.StringOutput)
	s.ReaderEndpoint = s.Cache.ReaderEndpoints.ApplyT(func(all []elasticache.ServerlessCacheReaderEndpoint) string {
		return first(all).Address
	}).(pulumi.StringOutput)
	return nil
}

// first is the first of a list, or empty.
func first[T any](list []T) (item T) {
	if len(list) > 0 {
		item = list[0]
	}
	return item
}

func (s *Serverless) addAlarms(ctx *pulumi.Context, a *ServerlessArgs) (err error) {
	if a.Alarms == nil {
		return nil
	}
	const gb, minute = 1 << 30, 60
	share, dimensions := a.Alarms.UsagePercent/100, pulumi.StringMap{"clusterId": s.Id}
	s.Alarms, err = datastore.NewAlarms(ctx, s.name, map[string]datastore.Alarm{
		AlarmStorage: {
			Description: "Stored data close to its cap, in bytes", Metric: "BytesUsedForCache", Statistic: "Maximum",
			Threshold: share * float64(a.MaxStorageGb) * gb, Namespace: metricNamespace, Dimensions: dimensions,
		},
		AlarmProcessing: {
			Description: "Processing close to its cap, in units a minute", Metric: "ElastiCacheProcessingUnits", Statistic: "Sum",
			Threshold: share * float64(a.MaxEcpuPerSecond) * minute, Namespace: metricNamespace, Dimensions: dimensions,
		},
		AlarmThrottled: {
			Description: "Commands throttled in a minute", Metric: "ThrottledCmds", Statistic: "Sum",
			Namespace: metricNamespace, Dimensions: dimensions,
		},
	}, a.Alarms.ActionArns, a.Tags, s.parent)
	return err
}
