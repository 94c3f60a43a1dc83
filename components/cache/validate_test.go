package cache_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/components/cache"
	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/tests/harness"
)

func TestEveryMistakeIsReportedAtOnceAndNothingIsRegistered(t *testing.T) {
	for file, program := range map[string]pulumi.RunFunc{
		"group": group("My_Cache", &cache.ReplicationGroupArgs{
			Region: "Frankfurt", SubnetIds: pulumi.ToStringArray([]string{"subnet-a"}), KmsKeyArn: key, AwsManagedKey: true,
			Engine: "Dragonfly", NodeType: "m7g.large", ClusterMode: "On", Shards: 501, Replicas: pulumi.IntRef(6), Port: 70000,
			Parameters: map[string]string{"cluster-enabled": "yes"},
			Transit:    "Off",
			Users: map[string]cache.UserArgs{
				"none": {}, "App": {AccessString: "~* +@all"},
				"jobs": {Passwords: pulumi.StringArray{}},
			},
			AuthToken:           &cache.AuthTokenArgs{Token: pulumi.String("short"), Strategy: "Replace"},
			BackupRetentionDays: pulumi.IntRef(36), BackupWindow: "03:00-03:30", MaintenanceWindow: "sun:03:00-sun:03:30",
			ShardScaling:   &cache.ScalingArgs{Min: 0, Max: 600, CpuPercent: 90},
			ReplicaScaling: &cache.ScalingArgs{Min: 3, Max: 2, MemoryPercent: 50, Schedules: map[string]cache.ScheduleArgs{"night": {Min: 0, Max: 1}}},
			Logs:           &cache.LogsArgs{RetentionDays: 10},
			Alarms:         &cache.AlarmsArgs{CpuPercent: 101, MemoryPercent: -1, EvictionsPerMinute: -1, LagSeconds: -1, Connections: -1},
		}),
		"serverless": serverless("-", &cache.ServerlessArgs{
			SubnetIds: pulumi.ToStringArray([]string{"a", "b", "c", "d"}), MajorVersion: "9", MaxStorageGb: 5001, MaxEcpuPerSecond: 10,
			BackupRetentionDays: pulumi.IntRef(-1), BackupTime: "3 am", RestoreSnapshotArn: "shop-2026", Alarms: &cache.ServerlessAlarmsArgs{UsagePercent: 120},
		}),
		"serverless-memcached": serverless("pages", &cache.ServerlessArgs{
			Region: region, VpcId: vpcId, SubnetIds: subnets, AwsManagedKey: true, Engine: cache.EngineMemcached,
			Users: map[string]cache.UserArgs{"app": {}}, BackupRetentionDays: pulumi.IntRef(1), BackupTime: "03:00",
			RestoreSnapshotArn: "arn:aws:elasticache:eu-central-1:111122223333:snapshot:shop-2026",
		}),
		"memcached": memcached("a-name-of-more-than-26-letters", &cache.MemcachedArgs{
			EngineVersion: "1.6.6", NodeType: "cache.r6gd.xlarge", Nodes: 1, Port: -1, MaintenanceWindow: "sun:04:30-sun:05:00",
			Alarms: &cache.MemcachedAlarmsArgs{CpuPercent: -1, EvictionsPerMinute: -1, Connections: -1},
		}),
	} {
		t.Run(file, func(t *testing.T) {
			g, err := harness.Try(harness.Preview, program)
			require.Error(t, err)
			require.Empty(t, g.Resources)
			harness.Golden(t, "errors-"+file+".golden", reported(t, err)+"\n")
		})
	}
}

// reported is the component's own error, without what the engine puts around it.
func reported(t *testing.T, err error) string {
	t.Helper()
	var problems *fielderr.Error
	require.ErrorAs(t, err, &problems)
	return problems.Error()
}

func TestWhatCannotGoTogetherIsRefused(t *testing.T) {
	token := pulumi.String("0123456789abcdef")
	for name, test := range map[string]struct {
		change func(a *cache.ReplicationGroupArgs)
		want   string
	}{
		"nobody may connect": {func(a *cache.ReplicationGroupArgs) { a.Users = nil },
			"users: needs one user or more, unless there is an authToken: without either everybody may connect"},
		"users and a token": {func(a *cache.ReplicationGroupArgs) { a.AuthToken = &cache.AuthTokenArgs{Token: token} },
			"users: conflicts with authToken: a group has either; authToken.strategy Delete is the step between them"},
		"a token goes and nobody comes": {func(a *cache.ReplicationGroupArgs) {
			a.Users, a.AuthToken = nil, &cache.AuthTokenArgs{Token: token, Strategy: cache.TokenDelete}
		}, "users: needs the users that replace authToken"},
		"a strategy for nothing": {func(a *cache.ReplicationGroupArgs) {
			a.Users, a.AuthToken = nil, &cache.AuthTokenArgs{Strategy: cache.TokenRotate}
		}, "authToken.token: is required"},
		"shards without the mode": {func(a *cache.ReplicationGroupArgs) { a.Shards = 3 },
			"shards: 3: more than one shard needs clusterMode Enabled"},
		"nothing to fail over to on the way": {func(a *cache.ReplicationGroupArgs) {
			a.ClusterMode, a.Replicas = cache.ClusterCompatible, pulumi.IntRef(0)
		}, "replicas: clusterMode Compatible needs one replica or more: AWS fails over to it"},
		"more nodes than there can be": {func(a *cache.ReplicationGroupArgs) {
			a.ClusterMode, a.Shards, a.Replicas = cache.ClusterEnabled, 100, pulumi.IntRef(5)
		}, "shards: 100: with 5 replicas each are 600 nodes; a group has at most 500"},
		"zones of shards": {func(a *cache.ReplicationGroupArgs) {
			a.ClusterMode, a.Zones = cache.ClusterEnabled, []string{"eu-central-1a", "eu-central-1b"}
		}, "zones: conflicts with clusterMode: AWS places the nodes of shards"},
		"a node without a zone": {func(a *cache.ReplicationGroupArgs) { a.Zones = []string{"eu-central-1a"} },
			"zones: 1: must be one zone for each node: 2"},
		"an old Valkey": {func(a *cache.ReplicationGroupArgs) { a.EngineVersion = "7.0" },
			`engineVersion: "7.0": must be a version of Valkey such as "8.1", 7.2 or later`},
		"a version of the other engine": {func(a *cache.ReplicationGroupArgs) { a.Engine, a.EngineVersion = cache.EngineRedis, "8.1" },
			`engineVersion: "8.1": must be "7.0" or "7.1"; later ones are Valkey`},
		"a patch version": {func(a *cache.ReplicationGroupArgs) { a.EngineVersion = "8.1.0" },
			`engineVersion: "8.1.0": must be a version of Valkey such as "8.1", 7.2 or later`},
		"Memcached": {func(a *cache.ReplicationGroupArgs) { a.Engine, a.EngineVersion = cache.EngineMemcached, "1.6.22" },
			`engine: "Memcached" is not supported; allowed: Valkey, Redis`},
		"no key": {func(a *cache.ReplicationGroupArgs) { a.KmsKeyArn = nil },
			"kmsKeyArn: is required, unless awsManagedKey is true: the key cannot be changed later, and what AWS's own key encrypts cannot be shared with another account"},
		"scaling without shards": {func(a *cache.ReplicationGroupArgs) {
			a.ReplicaScaling = &cache.ScalingArgs{Min: 1, Max: 3, CpuPercent: 50}
		}, "replicaScaling: needs clusterMode Enabled"},
		"scaling of burstable nodes": {func(a *cache.ReplicationGroupArgs) {
			a.ClusterMode, a.NodeType, a.ShardScaling = cache.ClusterEnabled, "cache.t4g.medium", &cache.ScalingArgs{Min: 1, Max: 3, CpuPercent: 50}
		}, `shardScaling: needs a nodeType that scales, of the families [c7gn m5 m6g m7g r5 r6g r7g] and sizes [large xlarge 2xlarge], not "cache.t4g.medium"`},
		"scaling by nothing": {func(a *cache.ReplicationGroupArgs) {
			a.ClusterMode, a.ShardScaling = cache.ClusterEnabled, &cache.ScalingArgs{Min: 1, Max: 3}
		}, "shardScaling: needs something to go by: cpuPercent, memoryPercent or schedules"},
		"a beginning out of range": {func(a *cache.ReplicationGroupArgs) {
			a.ClusterMode, a.ShardScaling = cache.ClusterEnabled, &cache.ScalingArgs{Min: 2, Max: 3, MemoryPercent: 50}
		}, "shardScaling: begins with 1 shards, which is not from min 2 to max 3"},
		"more memory by replicas": {func(a *cache.ReplicationGroupArgs) {
			a.ClusterMode, a.ReplicaScaling = cache.ClusterEnabled, &cache.ScalingArgs{Min: 1, Max: 3, MemoryPercent: 50}
		}, "replicaScaling.memoryPercent: is for shards: a replica more does not make data smaller"},
		"shards that grow beyond what there can be": {func(a *cache.ReplicationGroupArgs) {
			a.ClusterMode, a.ShardScaling = cache.ClusterEnabled, &cache.ScalingArgs{Min: 1, Max: 300, CpuPercent: 50}
		}, "shardScaling: may reach 300 shards with 1 replicas each, which are 600 nodes; a group has at most 500"},
		"replicas that grow beyond what there can be": {func(a *cache.ReplicationGroupArgs) {
			a.ClusterMode, a.Shards = cache.ClusterEnabled, 100
			a.ReplicaScaling = &cache.ScalingArgs{Min: 1, Max: 2, Schedules: map[string]cache.ScheduleArgs{"sale": {When: "cron(0 7 ? * FRI *)", Min: 2, Max: 5}}}
		}, "replicaScaling: may reach 100 shards with 5 replicas each, which are 600 nodes; a group has at most 500"},
		"both that grow beyond what there can be": {func(a *cache.ReplicationGroupArgs) {
			a.ClusterMode = cache.ClusterEnabled
			a.ShardScaling = &cache.ScalingArgs{Min: 1, Max: 126, CpuPercent: 50}
			a.ReplicaScaling = &cache.ScalingArgs{Min: 1, Max: 3, CpuPercent: 50}
		}, "shardScaling: may reach 126 shards with 3 replicas each, which are 504 nodes; a group has at most 500"},
		"windows that meet": {func(a *cache.ReplicationGroupArgs) { a.BackupWindow = "04:00-05:00" },
			"backupWindow: conflicts with maintenanceWindow: the two must not overlap: 04:00-05:00 and sun:04:30-sun:05:30"},
		"half an hour of maintenance": {func(a *cache.ReplicationGroupArgs) { a.MaintenanceWindow = "sun:04:30-sun:05:00" },
			`maintenanceWindow: "sun:04:30-sun:05:00": must be 60 minutes or longer`},
	} {
		t.Run(name, func(t *testing.T) {
			args := smallestGroup()
			test.change(args)
			_, err := harness.Try(harness.Preview, group("shop", args))
			require.Equal(t, "cache.ReplicationGroup \"shop\": 1 problem\n  "+test.want, reported(t, err))
		})
	}
}

func TestAGroupOnItsWayToTlsNeedsNoUsersYet(t *testing.T) {
	args := smallestGroup()
	args.Users, args.Transit = nil, cache.TransitPreferred
	harness.Both(t, group("shop", args), func(t *testing.T, g *harness.Graph) {
		r := g.Named(t, "shop-cache")
		require.Equal(t, []any{true, "preferred", nil}, []any{r.Value("transitEncryptionEnabled"), r.Value("transitEncryptionMode"), r.Value("userGroupIds")})
	})
}

// AWS allows 40 characters, and names end in eight random ones.
func TestLongestNamesFit(t *testing.T) {
	const name = "a2345678901234567890123456"
	args := smallestGroup()
	args.Users = map[string]cache.UserArgs{"b2345": {}}
	g := harness.Run(t, harness.Update, group(name, args))
	for _, r := range []string{
		g.Named(t, name+"-cache").Name, g.Named(t, name+"-user-b2345").Value("userId").(string),
		g.Named(t, name+"-user-none").Value("userId").(string), g.Named(t, name+"-users").Value("userGroupId").(string),
	} {
		require.LessOrEqual(t, len(r+"-0123456"), 40, r)
	}
	args.Users = map[string]cache.UserArgs{"b23456": {}}
	_, err := harness.Try(harness.Preview, group(name, args))
	require.ErrorContains(t, err, "users.b23456: the key must be 1 to 5 small letters, digits and single hyphens, and not none")
	_, err = harness.Try(harness.Preview, group(name+"7", smallestGroup()))
	require.ErrorContains(t, err, "must be 1 to 26 small letters")
}
