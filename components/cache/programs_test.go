package cache_test

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/cache"
)

const region = "eu-central-1"

var (
	vpcId   = pulumi.String("vpc-1")
	subnets = pulumi.ToStringArray([]string{"subnet-a", "subnet-b"})
	key     = pulumi.String("arn:aws:kms:eu-central-1:111122223333:key/data")
	topic   = pulumi.String("arn:aws:sns:eu-central-1:111122223333:alerts")
	tags    = map[string]string{"team": "shop"}
)

func group(name string, args *cache.ReplicationGroupArgs) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		_, err := cache.NewReplicationGroup(ctx, name, args)
		return err
	}
}

func serverless(name string, args *cache.ServerlessArgs) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		_, err := cache.NewServerless(ctx, name, args)
		return err
	}
}

func memcached(name string, args *cache.MemcachedArgs) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		_, err := cache.NewMemcached(ctx, name, args)
		return err
	}
}

func smallestGroup() *cache.ReplicationGroupArgs {
	return &cache.ReplicationGroupArgs{
		Region: region, VpcId: vpcId, SubnetIds: subnets, KmsKeyArn: key, Users: map[string]cache.UserArgs{"app": {}},
	}
}

// fullGroup has shards, and both numbers scale.
func fullGroup() *cache.ReplicationGroupArgs {
	return &cache.ReplicationGroupArgs{
		Region: region, VpcId: vpcId, SubnetIds: subnets, AwsManagedKey: true,
		Engine: cache.EngineRedis, EngineVersion: "7.0", AutoMinorVersionUpgrade: pulumi.BoolRef(false), NodeType: "cache.r7g.xlarge",
		ClusterMode: cache.ClusterEnabled, Shards: 2, Replicas: pulumi.IntRef(1), Port: 6380,
		Parameters: map[string]string{"maxmemory-policy": "allkeys-lru", "timeout": "300"},
		Users: map[string]cache.UserArgs{
			"app":  {AccessString: "on ~app:* -@all +@read +@write"},
			"jobs": {Passwords: pulumi.ToStringArray([]string{"a-long-enough-password", "another-long-password"})},
		},
		BackupRetentionDays: pulumi.IntRef(14), BackupWindow: "01:00-02:00", MaintenanceWindow: "mon:02:00-mon:04:00",
		RestoreSnapshot: "shop-2026", SkipFinalSnapshot: true, DeletionProtection: pulumi.BoolRef(false),
		ShardScaling: &cache.ScalingArgs{Min: 2, Max: 10, CpuPercent: 60, MemoryPercent: 65},
		ReplicaScaling: &cache.ScalingArgs{Min: 1, Max: 5, CpuPercent: 50, Schedules: map[string]cache.ScheduleArgs{
			"morning": {When: "cron(0 7 ? * MON-FRI *)", TimeZone: "Europe/Berlin", Min: 2, Max: 5},
			"evening": {When: "cron(0 20 ? * MON-FRI *)", Min: 1, Max: 3},
		}},
		Logs:                 &cache.LogsArgs{Engine: pulumi.BoolRef(false), RetentionDays: 90, KmsKeyArn: key},
		Alarms:               &cache.AlarmsArgs{ActionArns: pulumi.StringArray{topic}, CpuPercent: 70},
		NotificationTopicArn: topic, Tags: tags,
	}
}

func smallestServerless() *cache.ServerlessArgs {
	return &cache.ServerlessArgs{
		Region: region, VpcId: vpcId, SubnetIds: subnets, AwsManagedKey: true, Users: map[string]cache.UserArgs{"app": {}},
	}
}

func fullServerless() *cache.ServerlessArgs {
	return &cache.ServerlessArgs{
		Region: region, VpcId: vpcId, SubnetIds: subnets, KmsKeyArn: key, Engine: cache.EngineRedis, MajorVersion: "7",
		MaxStorageGb: 100, MaxEcpuPerSecond: 200_000, Users: map[string]cache.UserArgs{"app": {}, "jobs": {}},
		BackupRetentionDays: pulumi.IntRef(35), BackupTime: "23:30", DeletionProtection: pulumi.BoolRef(false),
		RestoreSnapshotArn: "arn:aws:elasticache:eu-central-1:111122223333:serverlesssnapshot:shop-2026",
		Alarms:             &cache.ServerlessAlarmsArgs{ActionArns: pulumi.StringArray{topic}, UsagePercent: 50}, Tags: tags,
	}
}

func smallestMemcached() *cache.MemcachedArgs {
	return &cache.MemcachedArgs{Region: region, VpcId: vpcId, SubnetIds: subnets}
}

func fullMemcached() *cache.MemcachedArgs {
	return &cache.MemcachedArgs{
		Region: region, VpcId: vpcId, SubnetIds: subnets, EngineVersion: "1.6.17", NodeType: "cache.r6g.large", Nodes: 4, Port: 11212,
		Parameters: map[string]string{"max_item_size": "2097152"}, MaintenanceWindow: "tue:02:00-tue:03:00",
		DeletionProtection:   pulumi.BoolRef(false),
		Alarms:               &cache.MemcachedAlarmsArgs{ActionArns: pulumi.StringArray{topic}, Connections: 1000},
		NotificationTopicArn: topic, Tags: tags,
	}
}
