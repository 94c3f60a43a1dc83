package cache_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/components/cache"
	"github.com/plinth-iac/plinth/components/iampolicy"
	"github.com/plinth-iac/plinth/components/objective"
	"github.com/plinth-iac/plinth/tests/harness"
)

const userToken = "aws:elasticache/user:User"

// programs are all components, smallest and full.
func programs(name string) map[string]pulumi.RunFunc {
	return map[string]pulumi.RunFunc{
		"group-smallest": group(name, smallestGroup()), "group-full": group(name, fullGroup()),
		"serverless-smallest": serverless(name, smallestServerless()), "serverless-full": serverless(name, fullServerless()),
		"memcached-smallest": memcached(name, smallestMemcached()), "memcached-full": memcached(name, fullMemcached()),
	}
}

func TestGraph(t *testing.T) {
	for name, program := range programs("shop") {
		t.Run(name, func(t *testing.T) {
			harness.Both(t, program, func(t *testing.T, g *harness.Graph) {
				g.Golden(t, name)
				g.Owned(t, "plinth:cache:", "shop-")
				for _, r := range g.Resources {
					require.NotRegexp(t, "(?i)securityGroup.*rule", r.Type, "the group is closed")
				}
			})
		})
	}
}

func TestTwoOfEachLiveSideBySide(t *testing.T) {
	for _, program := range []func(name string) pulumi.RunFunc{
		func(name string) pulumi.RunFunc { return group(name, fullGroup()) },
		func(name string) pulumi.RunFunc { return serverless(name, fullServerless()) },
		func(name string) pulumi.RunFunc { return memcached(name, fullMemcached()) },
	} {
		pair := func(ctx *pulumi.Context) error {
			if err := program("left")(ctx); err != nil {
				return err
			}
			return program("right")(ctx)
		}
		harness.Both(t, pair, func(t *testing.T, g *harness.Graph) {
			require.Len(t, g.Resources, 2*len(harness.Run(t, g.Mode, program("left")).Resources))
		})
	}
}

func TestSafeByDefault(t *testing.T) {
	harness.Both(t, group("shop", smallestGroup()), func(t *testing.T, g *harness.Graph) {
		r := g.Named(t, "shop-cache")
		require.True(t, r.Protect)
		for path, want := range map[string]any{
			"engine": "valkey", "atRestEncryptionEnabled": true, "transitEncryptionEnabled": true, "transitEncryptionMode": "required",
			"multiAzEnabled": true, "automaticFailoverEnabled": true, "numCacheClusters": 2.0, "snapshotRetentionLimit": 7.0,
			"autoMinorVersionUpgrade": true, "applyImmediately": true, "kmsKeyId": string(key), "authToken": nil, "numNodeGroups": nil,
		} {
			require.Equal(t, want, r.Value(path), path)
		}
		require.Len(t, r.Value("logDeliveryConfigurations"), 2)
		require.NotNil(t, r.Value("finalSnapshotIdentifier"))
		require.Len(t, r.Value("userGroupIds"), 1)
		require.Equal(t, "iam", g.Named(t, "shop-user-app").Value("authenticationMode.type"))
	})
	harness.Both(t, serverless("shop", smallestServerless()), func(t *testing.T, g *harness.Graph) {
		r := g.Named(t, "shop-cache")
		require.True(t, r.Protect)
		require.Equal(t, 5.0, r.Value("cacheUsageLimits.dataStorage.maximum"))
		require.Equal(t, 5000.0, r.Value("cacheUsageLimits.ecpuPerSeconds[0].maximum"))
		require.Equal(t, 7.0, r.Value("snapshotRetentionLimit"))
		require.NotNil(t, r.Value("userGroupId"))
	})
	harness.Both(t, memcached("shop", smallestMemcached()), func(t *testing.T, g *harness.Graph) {
		r := g.Named(t, "shop-cache")
		require.True(t, r.Protect)
		require.Equal(t, true, r.Value("transitEncryptionEnabled"))
		require.Equal(t, "cross-az", r.Value("azMode"))
	})
}

func TestWithoutReplicasNothingFailsOver(t *testing.T) {
	args := smallestGroup()
	args.Replicas = pulumi.IntRef(0)
	for mode, failover := range map[cache.ClusterMode]bool{cache.ClusterDisabled: false, cache.ClusterEnabled: true} {
		args.ClusterMode = mode
		r := harness.Run(t, harness.Update, group("shop", args)).Named(t, "shop-cache")
		require.Equal(t, false, r.Value("multiAzEnabled"), mode)
		require.Equal(t, failover, r.Value("automaticFailoverEnabled"), mode)
	}
}

func TestTheProgramIgnoresWhatOthersOwnAndOnlyThat(t *testing.T) {
	always := []string{"preferredCacheClusterAzs", "snapshotName"}
	token := &cache.AuthTokenArgs{Token: pulumi.String("0123456789abcdef")}
	for name, test := range map[string]struct {
		change func(a *cache.ReplicationGroupArgs)
		want   []string
	}{
		"no token": {func(*cache.ReplicationGroupArgs) {}, []string{"authTokenUpdateStrategy"}},
		"a token":  {func(a *cache.ReplicationGroupArgs) { a.Users, a.AuthToken = nil, token }, nil},
		"a last token": {func(a *cache.ReplicationGroupArgs) {
			a.AuthToken = &cache.AuthTokenArgs{Token: token.Token, Strategy: cache.TokenDelete}
		}, []string{"authToken", "authTokenUpdateStrategy", "userGroupIds"}},
		"shards scale": {func(a *cache.ReplicationGroupArgs) {
			a.ClusterMode, a.ShardScaling = cache.ClusterEnabled, &cache.ScalingArgs{Min: 1, Max: 3, CpuPercent: 50}
		}, []string{"authTokenUpdateStrategy", "numNodeGroups"}},
		"replicas scale": {func(a *cache.ReplicationGroupArgs) {
			a.ClusterMode, a.ReplicaScaling = cache.ClusterEnabled, &cache.ScalingArgs{Min: 1, Max: 3, CpuPercent: 50}
		}, []string{"authTokenUpdateStrategy", "replicasPerNodeGroup"}},
	} {
		t.Run(name, func(t *testing.T) {
			args := smallestGroup()
			test.change(args)
			harness.Both(t, group("shop", args), func(t *testing.T, g *harness.Graph) {
				require.ElementsMatch(t, append(slices.Clone(always), test.want...), g.Named(t, "shop-cache").IgnoreChanges)
			})
		})
	}
	g := harness.Run(t, harness.Update, group("shop", fullGroup()))
	require.Empty(t, g.Named(t, "shop-shards").IgnoreChanges)
	require.Equal(t, []string{"maxCapacity", "minCapacity"}, g.Named(t, "shop-replicas").IgnoreChanges)
}

func TestUsersServeBothEnginesAndADefaultUserMayDoNothing(t *testing.T) {
	for _, engine := range []cache.Engine{cache.EngineValkey, cache.EngineRedis} {
		args := smallestGroup()
		args.Engine = engine
		g := harness.Run(t, harness.Update, group("shop", args))
		for _, user := range g.OfType(userToken) {
			require.Equal(t, "redis", user.Value("engine"), user.Name)
		}
		app, nobody := g.Named(t, "shop-user-app"), g.Named(t, "shop-user-none")
		require.Equal(t, app.Value("userId"), app.Value("userName"), "IAM wants it")
		require.Equal(t, []any{"default", "off ~* -@all", true}, []any{nobody.Value("userName"), nobody.Value("accessString"), nobody.Value("noPasswordRequired")})
		require.Equal(t, []any{nobody.Value("userId"), app.Value("userId")}, g.Named(t, "shop-users").Value("userIds"))
	}
}

func TestSecretsAreSecret(t *testing.T) {
	g := harness.Run(t, harness.Update, group("shop", fullGroup()))
	user := g.Named(t, "shop-user-jobs")
	require.True(t, user.Inputs["authenticationMode"].ContainsSecrets())
	require.Contains(t, user.AdditionalSecrets, "authenticationMode")
	args := smallestGroup()
	args.Users, args.AuthToken = nil, &cache.AuthTokenArgs{Token: pulumi.String("0123456789abcdef"), Strategy: cache.TokenRotate}
	r := harness.Run(t, harness.Update, group("shop", args)).Named(t, "shop-cache")
	require.True(t, r.Inputs["authToken"].IsSecret())
	require.Equal(t, "ROTATE", r.Value("authTokenUpdateStrategy"))
}

func TestATokenIsLaidDownWhileItsUsersWait(t *testing.T) {
	args := smallestGroup()
	args.AuthToken = &cache.AuthTokenArgs{Token: pulumi.String("0123456789abcdef"), Strategy: cache.TokenDelete}
	harness.Both(t, group("shop", args), func(t *testing.T, g *harness.Graph) {
		r := g.Named(t, "shop-cache")
		require.Equal(t, "0123456789abcdef", r.Value("authToken"))
		require.Nil(t, r.Value("userGroupIds"))
		g.Named(t, "shop-users")
	})
}

func TestConnectStatementNamesCacheAndUser(t *testing.T) {
	document := func(t *testing.T, program func(ctx *pulumi.Context) (iampolicy.Statement, error)) string {
		var text string
		harness.Run(t, harness.Update, func(ctx *pulumi.Context) error {
			statement, err := program(ctx)
			if err != nil {
				return err
			}
			ctx.Export("policy", iampolicy.Document(statement).ApplyT(func(d string) string { text = d; return d }))
			return nil
		})
		return text
	}
	const want = `{"Statement":[{"Action":"elasticache:Connect","Effect":"Allow","Resource":["arn:aws:mock:us-east-1:111122223333:shop-cache","arn:aws:mock:us-east-1:111122223333:shop-user-app"]}],"Version":"2012-10-17"}`
	require.Equal(t, want, document(t, func(ctx *pulumi.Context) (iampolicy.Statement, error) {
		g, err := cache.NewReplicationGroup(ctx, "shop", fullGroup())
		return g.ConnectStatement("app"), err
	}))
	require.Equal(t, want, document(t, func(ctx *pulumi.Context) (iampolicy.Statement, error) {
		s, err := cache.NewServerless(ctx, "shop", fullServerless())
		return s.ConnectStatement("app"), err
	}))
}

func TestOnlyUsersWithIamAreGranted(t *testing.T) {
	for _, user := range []string{"jobs", "gone"} {
		_, err := harness.Try(harness.Update, func(ctx *pulumi.Context) error {
			g, err := cache.NewReplicationGroup(ctx, "shop", fullGroup())
			if err != nil {
				return err
			}
			ctx.Export("policy", iampolicy.Document(g.ConnectStatement(user)))
			return nil
		})
		require.ErrorContains(t, err, fmt.Sprintf("%s %q has no user %q that connects with IAM", cache.ReplicationGroupType, "shop", user))
	}
}

func TestEveryNodeIsWatched(t *testing.T) {
	keys := func(args *cache.ReplicationGroupArgs) []string {
		var alarms []string
		harness.Run(t, harness.Update, func(ctx *pulumi.Context) error {
			g, err := cache.NewReplicationGroup(ctx, "shop", args)
			alarms = slices.Sorted(maps.Keys(g.Alarms))
			return err
		})
		return alarms
	}
	args := smallestGroup()
	args.Alarms = &cache.AlarmsArgs{}
	require.Equal(t, strings.Fields("connections-001 connections-002 cpu-001 cpu-002 evictions-001 evictions-002 lag-001 lag-002 memory-001 memory-002"), keys(args))
	args.Replicas = pulumi.IntRef(0)
	require.Equal(t, strings.Fields("connections-001 cpu-001 evictions-001 memory-001"), keys(args))
	args.ClusterMode, args.Shards = cache.ClusterEnabled, 2
	require.Equal(t, strings.Fields("connections-0001-001 connections-0002-001 cpu-0001-001 cpu-0002-001 evictions-0001-001 evictions-0002-001 memory-0001-001 memory-0002-001"), keys(args))
}

// withMembers is AWS with a group of these members.
type withMembers []string

func (m withMembers) NewResource(args pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	outputs := args.Inputs.Copy()
	if args.TypeToken == "aws:elasticache/replicationGroup:ReplicationGroup" && m != nil {
		members := make([]resource.PropertyValue, len(m))
		for i, id := range m {
			members[i] = resource.NewProperty(id)
		}
		outputs["memberClusters"] = resource.NewProperty(members)
	}
	return "shop", outputs, nil
}

func (withMembers) Call(pulumi.MockCallArgs) (resource.PropertyMap, error) { return nil, nil }

// What AWS calls a node is not what a new group's would be called: after nodes went and
// came, and after a group moved to shards.
func TestAlarmsWatchTheNodesThatThereAre(t *testing.T) {
	for name, test := range map[string]struct {
		members withMembers
		mode    cache.ClusterMode
		want    map[string]string
	}{
		"a new group":             {withMembers{"shop-002", "shop-001"}, "", map[string]string{"001": "shop-001", "002": "shop-002"}},
		"one made anew":           {withMembers{"shop-003", "shop-001"}, "", map[string]string{"001": "shop-001", "002": "shop-003"}},
		"the first one made anew": {withMembers{"shop-002", "shop-003"}, "", map[string]string{"001": "shop-003", "002": "shop-002"}},
		"once without shards":     {withMembers{"shop-001", "shop-002"}, cache.ClusterEnabled, map[string]string{"0001-001": "shop-001", "0001-002": "shop-002"}},
		"grown": {withMembers{"shop-0001-001", "shop-0001-002", "shop-0001-003"}, cache.ClusterEnabled,
			map[string]string{"0001-001": "shop-0001-001", "0001-002": "shop-0001-002"}},
		"shrunk":  {withMembers{"shop-002"}, "", map[string]string{"001": "shop-001", "002": "shop-002"}},
		"unknown": {nil, "", map[string]string{"001": "shop-001", "002": "shop-002"}},
	} {
		t.Run(name, func(t *testing.T) {
			args := smallestGroup()
			args.ClusterMode, args.Alarms = test.mode, &cache.AlarmsArgs{}
			got := sync.Map{}
			require.NoError(t, pulumi.RunErr(func(ctx *pulumi.Context) error {
				g, err := cache.NewReplicationGroup(ctx, "shop", args)
				if err != nil {
					return err
				}
				for key, alarm := range g.Alarms {
					if node, cpu := strings.CutPrefix(key, "cpu-"); cpu {
						alarm.Dimensions.ApplyT(func(d map[string]string) string { got.Store(node, d["CacheClusterId"]); return "" })
					}
				}
				return nil
			}, pulumi.WithMocks("shop", "test", test.members)))
			for node, id := range test.want {
				stored, _ := got.Load(node)
				require.Equal(t, id, stored, node)
			}
		})
	}
}

// A preview knows neither the group's id nor its members.
func TestAPreviewOfAlarmsNeedsNoMembers(t *testing.T) {
	args := smallestGroup()
	args.Alarms = &cache.AlarmsArgs{}
	g := harness.Run(t, harness.Preview, group("shop", args))
	require.Equal(t, []string{g.Named(t, "shop-cache").URN}, g.Named(t, "shop-alarm-cpu-001").PropertyDependencies["dimensions"])
}

func TestObjectivesFollowReplicasAndSnapshots(t *testing.T) {
	of := func(replicas, days int) objective.Objectives {
		args := smallestGroup()
		args.Replicas, args.BackupRetentionDays = &replicas, &days
		var got objective.Objectives
		harness.Run(t, harness.Preview, func(ctx *pulumi.Context) error {
			g, err := cache.NewReplicationGroup(ctx, "shop", args)
			got = g.Objectives
			return err
		})
		return got
	}
	const (
		failover = "10 s of data and 2 min of time (failover to a replica, which follows asynchronously)"
		snapshot = "24 h of data and 1 h of time (a new cache from the last daily snapshot)"
	)
	for _, test := range []struct {
		replicas, days         int
		instance, zone, mishap string
	}{
		{1, 7, failover, failover, snapshot},
		{1, 0, failover, failover, "everything"},
		{0, 1, snapshot, snapshot, snapshot},
		{0, 0, "everything", "everything", "everything"},
	} {
		require.Equal(t, map[string]string{"instance": test.instance, "zone": test.zone, "mistake": test.mishap, "region": "everything"},
			of(test.replicas, test.days).Table())
	}
}

func TestParametersChangeTheirGroupWithFamilyAndMode(t *testing.T) {
	for name, test := range map[string]struct {
		change        func(a *cache.ReplicationGroupArgs)
		child, family string
		parameters    any
	}{
		"valkey 8": {func(*cache.ReplicationGroupArgs) {}, "shop-params", "valkey8", nil},
		"valkey 7": {func(a *cache.ReplicationGroupArgs) { a.EngineVersion = "7.2" }, "shop-params", "valkey7", nil},
		"redis":    {func(a *cache.ReplicationGroupArgs) { a.Engine = cache.EngineRedis }, "shop-params", "redis7", nil},
		"shards": {func(a *cache.ReplicationGroupArgs) { a.ClusterMode = cache.ClusterEnabled }, "shop-params-cluster", "valkey8",
			[]any{map[string]any{"name": "cluster-enabled", "value": "yes"}}},
		"compatible": {func(a *cache.ReplicationGroupArgs) { a.ClusterMode = cache.ClusterCompatible }, "shop-params-cluster", "valkey8",
			[]any{map[string]any{"name": "cluster-enabled", "value": "yes"}}},
	} {
		t.Run(name, func(t *testing.T) {
			args := smallestGroup()
			test.change(args)
			harness.Both(t, group("shop", args), func(t *testing.T, g *harness.Graph) {
				r := g.Named(t, test.child)
				require.Equal(t, test.family, r.Value("family"))
				if test.parameters != nil {
					require.Equal(t, test.parameters, r.Value("parameters"))
				}
				require.Equal(t, []string{r.URN}, g.Named(t, "shop-cache").PropertyDependencies["parameterGroupName"])
			})
		})
	}
}
