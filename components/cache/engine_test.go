package cache_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/components/cache"
	"github.com/plinth-iac/plinth/tests/lifetest"
)

type groupChange = lifetest.Change[cache.ReplicationGroupArgs]

func startGroup(t *testing.T, first func(a *cache.ReplicationGroupArgs)) *lifetest.Life[cache.ReplicationGroupArgs] {
	t.Helper()
	return lifetest.Start(t, func(net *lifetest.Network) *cache.ReplicationGroupArgs {
		a := &cache.ReplicationGroupArgs{
			Region: net.Region, VpcId: net.VpcId, SubnetIds: net.SubnetIdsOf("a", "b"), KmsKeyArn: net.KmsKeyArn,
			Users: map[string]cache.UserArgs{"app": {}},
		}
		first(a)
		return a
	}, func(ctx *pulumi.Context, net *lifetest.Network, a *cache.ReplicationGroupArgs) error {
		_, err := cache.NewReplicationGroup(ctx, "shop", a, net.Opts)
		return err
	})
}

// drift changes a resource behind the engine's back, and lets the engine see it.
func drift(t *testing.T, l *lifetest.Life[cache.ReplicationGroupArgs], name string, change func(props map[string]any)) {
	t.Helper()
	require.NoError(t, l.Cloud().Drift(l.Resource(name).URN, change))
	_, err := l.Rehearsal().Refresh(t.Context())
	require.NoError(t, err, "to the program it is no difference")
}

// protected sees a preview refuse what would replace the cache.
func protected[A any](t *testing.T, l *lifetest.Life[A], what string, change lifetest.Change[A]) {
	t.Helper()
	_, err := l.Plan(change)
	require.ErrorContains(t, err, "unable to replace resource", what)
	require.ErrorContains(t, err, "::shop-cache", what)
}

func TestAGroupLivesAndChangesInPlace(t *testing.T) {
	l := startGroup(t, func(*cache.ReplicationGroupArgs) {})
	l.Up()
	require.Regexp(t, "^shop-app-[0-9a-f]{7}$", l.Resource("shop-user-app").ID, "another stack may have a user app too")
	require.Regexp(t, "^shop-final-[0-9a-f]{7}$", l.Resource("shop-cache").Props["finalSnapshotIdentifier"])
	for _, change := range []struct {
		what   string
		change groupChange
		steps  []string
	}{
		{"bigger nodes", func(a *cache.ReplicationGroupArgs, _ *lifetest.Network) { a.NodeType = "cache.m7g.xlarge" }, []string{"update shop-cache"}},
		{"a replica more", func(a *cache.ReplicationGroupArgs, _ *lifetest.Network) { a.Replicas = pulumi.IntRef(2) }, []string{"update shop-cache"}},
		{"a zone more", func(a *cache.ReplicationGroupArgs, net *lifetest.Network) { a.SubnetIds = net.SubnetIds }, []string{"update shop-subnets"}},
		{"a replica fewer", func(a *cache.ReplicationGroupArgs, _ *lifetest.Network) { a.Replicas = pulumi.IntRef(1) }, []string{"update shop-cache"}},
		{"a newer version", func(a *cache.ReplicationGroupArgs, _ *lifetest.Network) { a.EngineVersion = "8.2" }, []string{"update shop-cache"}},
		{"a user more", func(a *cache.ReplicationGroupArgs, _ *lifetest.Network) {
			a.Users = map[string]cache.UserArgs{"app": {}, "jobs": {Passwords: pulumi.ToStringArray([]string{"a-long-enough-password"})}}
		}, []string{"create shop-user-jobs", "update shop-users"}},
		{"IAM for a user that had a password", func(a *cache.ReplicationGroupArgs, _ *lifetest.Network) {
			a.Users = map[string]cache.UserArgs{"app": {}, "jobs": {}}
		}, []string{"update shop-user-jobs"}},
		{"a user fewer", func(a *cache.ReplicationGroupArgs, _ *lifetest.Network) {
			a.Users = map[string]cache.UserArgs{"app": {}}
		}, []string{"update shop-users", "delete shop-user-jobs"}},
		{"parameters", func(a *cache.ReplicationGroupArgs, _ *lifetest.Network) {
			a.Parameters = map[string]string{"maxmemory-policy": "allkeys-lru"}
		}, []string{"update shop-params"}},
		{"one log fewer", func(a *cache.ReplicationGroupArgs, _ *lifetest.Network) {
			a.Logs = &cache.LogsArgs{Engine: pulumi.BoolRef(false)}
		}, []string{"update shop-cache", "delete shop-engine-log"}},
		{"alarms", func(a *cache.ReplicationGroupArgs, net *lifetest.Network) {
			a.Alarms = &cache.AlarmsArgs{ActionArns: pulumi.StringArray{net.TopicArn}}
		}, []string{
			"create shop-alarm-connections-001", "create shop-alarm-connections-002", "create shop-alarm-cpu-001", "create shop-alarm-cpu-002",
			"create shop-alarm-evictions-001", "create shop-alarm-evictions-002", "create shop-alarm-lag-001", "create shop-alarm-lag-002",
			"create shop-alarm-memory-001", "create shop-alarm-memory-002",
		}},
	} {
		l.Changes(change.what, change.change, change.steps...)
	}
	protected(t, l, "an older version", func(a *cache.ReplicationGroupArgs, _ *lifetest.Network) { a.EngineVersion = "8.0" })
	l.Protected()
	l.Changes("unprotected", func(a *cache.ReplicationGroupArgs, _ *lifetest.Network) { a.DeletionProtection = pulumi.BoolRef(false) })
	l.Destroy()
}

func TestAGroupMovesFromRedisToValkeyInPlace(t *testing.T) {
	l := startGroup(t, func(a *cache.ReplicationGroupArgs) { a.Engine = cache.EngineRedis })
	l.Up()
	before := l.Resource("shop-cache")
	l.Changes("to Valkey", func(a *cache.ReplicationGroupArgs, _ *lifetest.Network) { a.Engine = cache.EngineValkey },
		"replace shop-params", "update shop-cache")
	require.Equal(t, before.ID, l.Resource("shop-cache").ID)
	protected(t, l, "back to Redis", func(a *cache.ReplicationGroupArgs, _ *lifetest.Network) { a.Engine = cache.EngineRedis })
}

// AWS refuses the wrong steps once the parameter group that they need is there, so that
// the next deploy has something to clean up.
func TestAGroupMovesToShardsByWayOfCompatible(t *testing.T) {
	mode := cache.ClusterDisabled
	l := startGroup(t, func(a *cache.ReplicationGroupArgs) { a.ClusterMode = mode })
	l.Up()
	id := l.Resource("shop-cache").ID
	refused := func(wrong cache.ClusterMode, text string) {
		right := mode
		mode = wrong
		_, err := l.Rehearsal().Up(t.Context())
		require.ErrorContains(t, err, text)
		mode = right
		l.Up()
	}
	refused(cache.ClusterEnabled, "compatible")
	mode = cache.ClusterCompatible
	l.Up()
	require.NotEmpty(t, l.Resource("shop-params-cluster"))
	mode = cache.ClusterEnabled
	l.Up()
	l.Changes("three shards", func(a *cache.ReplicationGroupArgs, _ *lifetest.Network) { a.Shards = 3 }, "update shop-cache")
	l.Changes("two shards", func(a *cache.ReplicationGroupArgs, _ *lifetest.Network) { a.Shards = 2 }, "update shop-cache")
	l.Changes("a replica more for each", func(a *cache.ReplicationGroupArgs, _ *lifetest.Network) { a.Replicas = pulumi.IntRef(2) }, "update shop-cache")
	l.Changes("one shard", func(a *cache.ReplicationGroupArgs, _ *lifetest.Network) { a.Shards = 1 }, "update shop-cache")
	refused(cache.ClusterDisabled, "luster")
	require.Equal(t, id, l.Resource("shop-cache").ID)
}

func TestWhatAPolicyOrAScheduleSetsIsLeftAlone(t *testing.T) {
	l := startGroup(t, func(a *cache.ReplicationGroupArgs) {
		a.ClusterMode, a.Shards = cache.ClusterEnabled, 2
		a.ShardScaling = &cache.ScalingArgs{Min: 2, Max: 6, CpuPercent: 60}
		a.ReplicaScaling = &cache.ScalingArgs{Min: 1, Max: 3, CpuPercent: 60, Schedules: map[string]cache.ScheduleArgs{
			"morning": {When: "cron(0 7 ? * MON-FRI *)", TimeZone: "Europe/Berlin", Min: 2, Max: 4},
		}}
	})
	l.Up()
	drift(t, l, "shop-replicas", func(props map[string]any) { props["minCapacity"], props["maxCapacity"] = 2.0, 4.0 })
	l.NoChanges("the schedule's range")
	drift(t, l, "shop-cache", func(props map[string]any) {
		props["numNodeGroups"], props["replicasPerNodeGroup"], props["numCacheClusters"] = 5.0, 2.0, 15.0
	})
	l.NoChanges("the policy's numbers")
	l.Changes("something else", func(a *cache.ReplicationGroupArgs, _ *lifetest.Network) { a.NodeType = "cache.m7g.xlarge" }, "update shop-cache")
	after := l.Resource("shop-cache")
	require.Equal(t, []any{5.0, 2.0}, []any{after.Props["numNodeGroups"], after.Props["replicasPerNodeGroup"]})
}

// exposes says whether a text is anywhere in exported values outside of a secret.
func exposes(value any, text string) bool {
	switch v := value.(type) {
	case string:
		return strings.Contains(v, text)
	case []any:
		return slices.ContainsFunc(v, func(e any) bool { return exposes(e, text) })
	case map[string]any:
		if v[resource.SigKey] == resource.SecretSig {
			return false
		}
		for _, e := range v {
			if exposes(e, text) {
				return true
			}
		}
	}
	return false
}

func TestATokenIsRotatedAndGivesWayToUsers(t *testing.T) {
	token := func(value string, strategy cache.TokenStrategy) *cache.AuthTokenArgs {
		return &cache.AuthTokenArgs{Token: pulumi.String(value), Strategy: strategy}
	}
	l := startGroup(t, func(a *cache.ReplicationGroupArgs) { a.Users, a.AuthToken = nil, token("the-first-token-1", "") })
	l.Up()
	l.Changes("a second token", func(a *cache.ReplicationGroupArgs, _ *lifetest.Network) {
		a.AuthToken = token("the-second-token", cache.TokenRotate)
	}, "update shop-cache")
	l.Changes("only the second token", func(a *cache.ReplicationGroupArgs, _ *lifetest.Network) {
		a.AuthToken = token("the-second-token", cache.TokenSet)
	}, "update shop-cache")
	users := map[string]cache.UserArgs{"app": {}}
	l.Changes("users wait", func(a *cache.ReplicationGroupArgs, _ *lifetest.Network) {
		a.Users, a.AuthToken = users, token("the-second-token", cache.TokenDelete)
	}, "create shop-user-none", "create shop-user-app", "create shop-users")
	state, err := l.Rehearsal().Export(t.Context())
	require.NoError(t, err)
	for _, r := range state.Resources {
		require.False(t, exposes(r.Inputs, "the-second-token"), "inputs of %s", r.URN)
		require.False(t, exposes(r.Outputs, "the-second-token"), "outputs of %s", r.URN)
	}
	require.NotContains(t, l.Printed(), "the-second-token")

	// What the command does that the comment of AuthTokenArgs gives.
	group := l.Resource("shop-users").ID
	drift(t, l, "shop-cache", func(props map[string]any) {
		delete(props, "authToken")
		props["userGroupIds"] = []any{group}
	})
	l.Changes("users only", func(a *cache.ReplicationGroupArgs, _ *lifetest.Network) { a.Users, a.AuthToken = users, nil })
	require.Nil(t, l.Resource("shop-cache").Props["authToken"])
}

func TestNoChangeReplacesAGroupUnseen(t *testing.T) {
	l := startGroup(t, func(*cache.ReplicationGroupArgs) {})
	l.Up()
	l.NeverReplaces([]string{"shop-cache"}, map[string]groupChange{
		"region": func(a *cache.ReplicationGroupArgs, net *lifetest.Network) { a.Region = net.Recovery.Region },
		"vpcId": func(a *cache.ReplicationGroupArgs, _ *lifetest.Network) {
			a.VpcId = pulumi.String("vpc-0123456789abcdef0")
		},
		"subnetIds": func(a *cache.ReplicationGroupArgs, net *lifetest.Network) { a.SubnetIds = net.SubnetIds },
		"kmsKeyArn": func(a *cache.ReplicationGroupArgs, net *lifetest.Network) { a.KmsKeyArn = net.Recovery.KmsKeyArn },
		"awsManagedKey": func(a *cache.ReplicationGroupArgs, _ *lifetest.Network) {
			a.KmsKeyArn, a.AwsManagedKey = nil, true
		},
		"engine":        func(a *cache.ReplicationGroupArgs, _ *lifetest.Network) { a.Engine = cache.EngineRedis },
		"engineVersion": func(a *cache.ReplicationGroupArgs, _ *lifetest.Network) { a.EngineVersion = "7.2" },
		"autoMinorVersionUpgrade": func(a *cache.ReplicationGroupArgs, _ *lifetest.Network) {
			a.AutoMinorVersionUpgrade = pulumi.BoolRef(false)
		},
		"nodeType":    func(a *cache.ReplicationGroupArgs, _ *lifetest.Network) { a.NodeType = "cache.r7g.large" },
		"clusterMode": func(a *cache.ReplicationGroupArgs, _ *lifetest.Network) { a.ClusterMode = cache.ClusterCompatible },
		"shards": func(a *cache.ReplicationGroupArgs, _ *lifetest.Network) {
			a.ClusterMode, a.Shards = cache.ClusterEnabled, 2
		},
		"replicas": func(a *cache.ReplicationGroupArgs, _ *lifetest.Network) { a.Replicas = pulumi.IntRef(0) },
		"zones": func(a *cache.ReplicationGroupArgs, _ *lifetest.Network) {
			a.Zones = []string{"eu-west-1b", "eu-west-1a"}
		},
		"port": func(a *cache.ReplicationGroupArgs, _ *lifetest.Network) { a.Port = 6380 },
		"parameters": func(a *cache.ReplicationGroupArgs, _ *lifetest.Network) {
			a.Parameters = map[string]string{"timeout": "60"}
		},
		"transit": func(a *cache.ReplicationGroupArgs, _ *lifetest.Network) { a.Transit = cache.TransitPreferred },
		"users": func(a *cache.ReplicationGroupArgs, _ *lifetest.Network) {
			a.Users = map[string]cache.UserArgs{"app": {AccessString: "on ~* +@read"}}
		},
		"authToken": func(a *cache.ReplicationGroupArgs, _ *lifetest.Network) {
			a.AuthToken = &cache.AuthTokenArgs{Token: pulumi.String("0123456789abcdef"), Strategy: cache.TokenDelete}
		},
		"backupRetentionDays": func(a *cache.ReplicationGroupArgs, _ *lifetest.Network) { a.BackupRetentionDays = pulumi.IntRef(0) },
		"backupWindow":        func(a *cache.ReplicationGroupArgs, _ *lifetest.Network) { a.BackupWindow = "01:00-02:00" },
		"maintenanceWindow":   func(a *cache.ReplicationGroupArgs, _ *lifetest.Network) { a.MaintenanceWindow = "mon:06:00-mon:07:00" },
		"restoreSnapshot":     func(a *cache.ReplicationGroupArgs, _ *lifetest.Network) { a.RestoreSnapshot = "shop-2026" },
		"skipFinalSnapshot":   func(a *cache.ReplicationGroupArgs, _ *lifetest.Network) { a.SkipFinalSnapshot = true },
		"deletionProtection":  func(a *cache.ReplicationGroupArgs, _ *lifetest.Network) { a.DeletionProtection = pulumi.BoolRef(false) },
		"scaling": func(a *cache.ReplicationGroupArgs, _ *lifetest.Network) {
			a.ClusterMode = cache.ClusterEnabled
			a.ShardScaling, a.ReplicaScaling = &cache.ScalingArgs{Min: 1, Max: 3, CpuPercent: 60}, &cache.ScalingArgs{Min: 1, Max: 3, CpuPercent: 60}
		},
		"logs":                 func(a *cache.ReplicationGroupArgs, _ *lifetest.Network) { a.Logs = &cache.LogsArgs{RetentionDays: 7} },
		"alarms":               func(a *cache.ReplicationGroupArgs, _ *lifetest.Network) { a.Alarms = &cache.AlarmsArgs{} },
		"notificationTopicArn": func(a *cache.ReplicationGroupArgs, net *lifetest.Network) { a.NotificationTopicArn = net.TopicArn },
		"tags":                 func(a *cache.ReplicationGroupArgs, _ *lifetest.Network) { a.Tags = map[string]string{"team": "shop"} },
	})
}

func TestAServerlessCacheLivesAndChangesInPlace(t *testing.T) {
	type change = lifetest.Change[cache.ServerlessArgs]
	l := lifetest.Start(t, func(net *lifetest.Network) *cache.ServerlessArgs {
		return &cache.ServerlessArgs{
			Region: net.Region, VpcId: net.VpcId, SubnetIds: net.SubnetIdsOf("a", "b"), KmsKeyArn: net.KmsKeyArn,
			Engine: cache.EngineRedis, Users: map[string]cache.UserArgs{"app": {}},
		}
	}, func(ctx *pulumi.Context, net *lifetest.Network, a *cache.ServerlessArgs) error {
		_, err := cache.NewServerless(ctx, "shop", a, net.Opts)
		return err
	})
	l.Up()
	l.Changes("other caps", func(a *cache.ServerlessArgs, _ *lifetest.Network) { a.MaxStorageGb, a.MaxEcpuPerSecond = 20, 9000 }, "update shop-cache")
	protected(t, l, "to another major version", func(a *cache.ServerlessArgs, _ *lifetest.Network) { a.Engine = cache.EngineValkey })
	l.Changes("to Valkey", func(a *cache.ServerlessArgs, _ *lifetest.Network) {
		a.Engine, a.MajorVersion = cache.EngineValkey, "7"
	}, "update shop-cache")
	l.Changes("longer backups", func(a *cache.ServerlessArgs, _ *lifetest.Network) { a.BackupRetentionDays = pulumi.IntRef(14) }, "update shop-cache")
	l.Changes("a user more", func(a *cache.ServerlessArgs, _ *lifetest.Network) {
		a.Users = map[string]cache.UserArgs{"app": {}, "jobs": {}}
	}, "create shop-user-jobs", "update shop-users")
	l.Changes("a snapshot", func(a *cache.ServerlessArgs, _ *lifetest.Network) {
		a.RestoreSnapshotArn = "arn:aws:elasticache:eu-west-1:111122223333:serverlesssnapshot:shop-2026"
	})
	l.Changes("no snapshot", func(a *cache.ServerlessArgs, _ *lifetest.Network) { a.RestoreSnapshotArn = "" })
	l.Changes("a zone more in the VPC", func(a *cache.ServerlessArgs, net *lifetest.Network) { a.SubnetIds = net.SubnetIds })
	protected(t, l, "another engine", func(a *cache.ServerlessArgs, _ *lifetest.Network) {
		a.Engine, a.MajorVersion, a.Users, a.BackupRetentionDays = cache.EngineMemcached, "", nil, nil
	})
	l.NeverReplaces([]string{"shop-cache"}, map[string]change{
		"region":        func(a *cache.ServerlessArgs, net *lifetest.Network) { a.Region = net.Recovery.Region },
		"vpcId":         func(a *cache.ServerlessArgs, _ *lifetest.Network) { a.VpcId = pulumi.String("vpc-0123456789abcdef0") },
		"subnetIds":     func(a *cache.ServerlessArgs, net *lifetest.Network) { a.SubnetIds = net.SubnetIdsOf("b", "c") },
		"kmsKeyArn":     func(a *cache.ServerlessArgs, net *lifetest.Network) { a.KmsKeyArn = net.Recovery.KmsKeyArn },
		"awsManagedKey": func(a *cache.ServerlessArgs, _ *lifetest.Network) { a.KmsKeyArn, a.AwsManagedKey = nil, true },
		"engine":        func(a *cache.ServerlessArgs, _ *lifetest.Network) { a.Engine = cache.EngineRedis },
		"majorVersion":  func(a *cache.ServerlessArgs, _ *lifetest.Network) { a.MajorVersion = "8" },
		"caps":          func(a *cache.ServerlessArgs, _ *lifetest.Network) { a.MaxStorageGb, a.MaxEcpuPerSecond = 1, 1000 },
		"users": func(a *cache.ServerlessArgs, _ *lifetest.Network) {
			a.Users = map[string]cache.UserArgs{"app": {AccessString: "on ~* +@read"}}
		},
		"backupRetentionDays": func(a *cache.ServerlessArgs, _ *lifetest.Network) { a.BackupRetentionDays = pulumi.IntRef(0) },
		"backupTime":          func(a *cache.ServerlessArgs, _ *lifetest.Network) { a.BackupTime = "04:00" },
		"restoreSnapshotArn": func(a *cache.ServerlessArgs, _ *lifetest.Network) {
			a.RestoreSnapshotArn = "arn:aws:elasticache:eu-west-1:111122223333:serverlesssnapshot:shop-2026"
		},
		"deletionProtection": func(a *cache.ServerlessArgs, _ *lifetest.Network) { a.DeletionProtection = pulumi.BoolRef(false) },
		"alarms":             func(a *cache.ServerlessArgs, _ *lifetest.Network) { a.Alarms = &cache.ServerlessAlarmsArgs{} },
		"tags":               func(a *cache.ServerlessArgs, _ *lifetest.Network) { a.Tags = map[string]string{"team": "shop"} },
	})
	l.Protected()
	l.Changes("unprotected", func(a *cache.ServerlessArgs, _ *lifetest.Network) { a.DeletionProtection = pulumi.BoolRef(false) })
	l.Destroy()
}

func TestAMemcachedClusterLivesAndChangesInPlace(t *testing.T) {
	type change = lifetest.Change[cache.MemcachedArgs]
	l := lifetest.Start(t, func(net *lifetest.Network) *cache.MemcachedArgs {
		return &cache.MemcachedArgs{Region: net.Region, VpcId: net.VpcId, SubnetIds: net.SubnetIdsOf("a", "b"), EngineVersion: "1.6.17"}
	}, func(ctx *pulumi.Context, net *lifetest.Network, a *cache.MemcachedArgs) error {
		_, err := cache.NewMemcached(ctx, "shop", a, net.Opts)
		return err
	})
	l.Up()
	require.True(t, strings.HasPrefix(l.Resource("shop-cache").ID, "shop-cache-"))
	l.Changes("a node more", func(a *cache.MemcachedArgs, _ *lifetest.Network) { a.Nodes = 3 }, "update shop-cache")
	l.Changes("a zone more", func(a *cache.MemcachedArgs, net *lifetest.Network) { a.SubnetIds = net.SubnetIds }, "update shop-subnets")
	l.Changes("a node fewer", func(a *cache.MemcachedArgs, _ *lifetest.Network) { a.Nodes = 2 }, "update shop-cache")
	l.Changes("a newer version", func(a *cache.MemcachedArgs, _ *lifetest.Network) { a.EngineVersion = "1.6.22" }, "update shop-cache")
	protected(t, l, "an older version", func(a *cache.MemcachedArgs, _ *lifetest.Network) { a.EngineVersion = "1.6.17" })
	protected(t, l, "other nodes", func(a *cache.MemcachedArgs, _ *lifetest.Network) { a.NodeType = "cache.r7g.large" })
	l.Refused("one node", func(a *cache.MemcachedArgs, _ *lifetest.Network) { a.Nodes = 1 }, "nodes: 1: must be 2 to 60")
	l.NeverReplaces([]string{"shop-cache"}, map[string]change{
		"region":        func(a *cache.MemcachedArgs, net *lifetest.Network) { a.Region = net.Recovery.Region },
		"vpcId":         func(a *cache.MemcachedArgs, _ *lifetest.Network) { a.VpcId = pulumi.String("vpc-0123456789abcdef0") },
		"subnetIds":     func(a *cache.MemcachedArgs, net *lifetest.Network) { a.SubnetIds = net.SubnetIdsOf("b", "c") },
		"engineVersion": func(a *cache.MemcachedArgs, _ *lifetest.Network) { a.EngineVersion = "1.6.12" },
		"nodeType":      func(a *cache.MemcachedArgs, _ *lifetest.Network) { a.NodeType = "cache.r7g.large" },
		"nodes":         func(a *cache.MemcachedArgs, _ *lifetest.Network) { a.Nodes = 5 },
		"port":          func(a *cache.MemcachedArgs, _ *lifetest.Network) { a.Port = 11212 },
		"parameters": func(a *cache.MemcachedArgs, _ *lifetest.Network) {
			a.Parameters = map[string]string{"max_item_size": "2097152"}
		},
		"maintenanceWindow":    func(a *cache.MemcachedArgs, _ *lifetest.Network) { a.MaintenanceWindow = "mon:06:00-mon:07:00" },
		"deletionProtection":   func(a *cache.MemcachedArgs, _ *lifetest.Network) { a.DeletionProtection = pulumi.BoolRef(false) },
		"alarms":               func(a *cache.MemcachedArgs, _ *lifetest.Network) { a.Alarms = &cache.MemcachedAlarmsArgs{} },
		"notificationTopicArn": func(a *cache.MemcachedArgs, net *lifetest.Network) { a.NotificationTopicArn = net.TopicArn },
		"tags":                 func(a *cache.MemcachedArgs, _ *lifetest.Network) { a.Tags = map[string]string{"team": "shop"} },
	})
	l.Protected()
	l.Changes("unprotected", func(a *cache.MemcachedArgs, _ *lifetest.Network) { a.DeletionProtection = pulumi.BoolRef(false) })
	l.Destroy()
}
