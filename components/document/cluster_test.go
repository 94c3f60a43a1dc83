package document_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/plinth-iac/plinth/components/document"
	"github.com/plinth-iac/plinth/components/iampolicy"
	"github.com/plinth-iac/plinth/components/objective"
	"github.com/plinth-iac/plinth/tests/harness"
)

const (
	key   = pulumi.String("arn:aws:kms:us-east-1:111122223333:key/0a1b2c3d")
	topic = pulumi.String("arn:aws:sns:us-east-1:111122223333:alerts")

	clusterToken = "aws:docdb/cluster:Cluster"
)

func smallest() *document.ClusterArgs {
	return &document.ClusterArgs{
		Region: "us-east-1", VpcId: pulumi.String("vpc-1"), SubnetIds: pulumi.ToStringArray([]string{"subnet-a", "subnet-b"}), KmsKeyArn: key,
	}
}

// full uses every argument that does not exclude another.
func full() *document.ClusterArgs {
	a := smallest()
	a.Port, a.EngineVersion, a.AllowMajorVersionUpgrade = 27018, "5.0.0", true
	a.InstanceClass, a.Storage, a.Tls = "db.t4g.medium", document.IoOptimized, document.Tls13
	a.Instances = map[string]document.InstanceArgs{
		"a":       {Zone: "us-east-1a", PromotionTier: pulumi.IntRef(0)},
		"b":       {Zone: "us-east-1b"},
		"reports": {Zone: "us-east-1c", Class: "db.r6g.2xlarge", PromotionTier: pulumi.IntRef(15)},
	}
	a.Parameters = map[string]string{"ttl_monitor": "disabled"}
	a.MasterUsername = "owner"
	a.BackupRetentionDays, a.BackupWindow, a.MaintenanceWindow = 35, "01:00-02:00", "mon:02:00-mon:03:00"
	a.ApplyImmediately, a.DeletionProtection = true, pulumi.BoolRef(true)
	a.Restore = &document.RestoreArgs{SourceIdentifier: "old", Time: "2025-06-01T12:00:00Z"}
	a.PerformanceInsights = pulumi.BoolRef(true)
	a.Logs = &document.LogsArgs{Audit: document.AuditAll, SlowMs: 250, RetentionDays: 365, KmsKeyArn: key}
	a.Events = &document.EventsArgs{TopicArn: topic}
	a.Alarms = &document.AlarmsArgs{ActionArns: pulumi.StringArray{topic}, CpuPercent: 70}
	a.Tags = map[string]string{"team": "shop"}
	return a
}

func program(name string, args *document.ClusterArgs) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		_, err := document.NewCluster(ctx, name, args)
		return err
	}
}

func TestGraph(t *testing.T) {
	for name, args := range map[string]*document.ClusterArgs{"smallest": smallest(), "full": full()} {
		t.Run(name, func(t *testing.T) {
			harness.Both(t, program("docs", args), func(t *testing.T, g *harness.Graph) {
				g.Golden(t, name)
				g.Owned(t, document.Type+"::docs", "docs-")
			})
		})
	}
}

func TestSafeByDefault(t *testing.T) {
	harness.Both(t, program("docs", smallest()), func(t *testing.T, g *harness.Graph) {
		cluster := g.Named(t, "docs-cluster")
		require.True(t, cluster.Protect)
		for path, want := range map[string]any{
			"deletionProtection": true, "storageEncrypted": true, "kmsKeyId": string(key), "manageMasterUserPassword": true,
			"backupRetentionPeriod": 14.0, "skipFinalSnapshot": false, "masterPassword": nil, "availabilityZones": nil, "allowMajorVersionUpgrade": false,
		} {
			require.Equal(t, want, cluster.Value(path), path)
		}
		require.Len(t, g.OfType("aws:docdb/clusterInstance:ClusterInstance"), 2)
		require.Nil(t, g.Named(t, "docs-sg").Value("ingress"))
		require.Nil(t, g.Named(t, "docs-sg").Value("egress"))
		require.Equal(t, "tls1.2+", parameters(g.Named(t, "docs-parameters"))["tls"])
	})
}

func parameters(group harness.Resource) map[string]any {
	values := map[string]any{}
	for _, p := range group.Value("parameters").([]any) {
		values[p.(map[string]any)["name"].(string)] = p.(map[string]any)["value"]
	}
	return values
}

// AWS makes log groups that keep everything, unless they are there first.
func TestLogGroupsAreThereBeforeTheCluster(t *testing.T) {
	harness.Both(t, program("docs", smallest()), func(t *testing.T, g *harness.Graph) {
		cluster := g.Named(t, "docs-cluster")
		for _, kind := range []string{"audit", "profiler"} {
			group := g.Named(t, "docs-logs-"+kind)
			require.Contains(t, cluster.Dependencies, group.URN)
			require.Equal(t, 90.0, group.Value("retentionInDays"))
		}
		require.Equal(t, []any{"audit", "profiler"}, cluster.Value("enabledCloudwatchLogsExports"))
	})
	// The engine appends characters to the subnet group's name; mocks do not.
	g := harness.Run(t, harness.Update, program("docs", smallest()))
	require.Equal(t, "docs", g.Named(t, "docs-cluster").Value("clusterIdentifier"))
	require.Equal(t, "/aws/docdb/docs/audit", g.Named(t, "docs-logs-audit").Value("name"))
	require.Equal(t, "docs-subnets-final", g.Named(t, "docs-cluster").Value("finalSnapshotIdentifier"))
}

func TestWhatIsNotLoggedHasNoGroup(t *testing.T) {
	args := smallest()
	args.Logs = &document.LogsArgs{Audit: document.AuditNone, Profiler: pulumi.BoolRef(false)}
	harness.Both(t, program("docs", args), func(t *testing.T, g *harness.Graph) {
		require.Empty(t, g.OfType("aws:cloudwatch/logGroup:LogGroup"))
		require.Equal(t, []any{}, g.Named(t, "docs-cluster").Value("enabledCloudwatchLogsExports"))
		values := parameters(g.Named(t, "docs-parameters"))
		require.Equal(t, map[string]any{"tls": "tls1.2+", "audit_logs": "disabled", "profiler": "disabled"}, values)
	})
}

func TestEncryptionIsNeverOff(t *testing.T) {
	args := smallest()
	args.KmsKeyArn, args.AwsManagedKey = nil, true
	harness.Both(t, program("docs", args), func(t *testing.T, g *harness.Graph) {
		require.Equal(t, true, g.Named(t, "docs-cluster").Value("storageEncrypted"))
		require.Nil(t, g.Named(t, "docs-cluster").Value("kmsKeyId"))
		require.Nil(t, g.Named(t, "docs-instance-a").Value("performanceInsightsKmsKeyId"))
	})
	for mode, value := range map[document.Tls]string{
		document.Tls12: "tls1.2+", document.Tls13: "tls1.3+", document.TlsFips: "fips-140-3", document.TlsAny: "enabled",
	} {
		args := smallest()
		args.Tls = mode
		require.Equal(t, value, parameters(harness.Run(t, harness.Update, program("docs", args)).Named(t, "docs-parameters"))["tls"])
	}
}

func TestTheParameterGroupFollowsTheVersion(t *testing.T) {
	for version, family := range map[string]string{"4.0.0": "docdb4.0", "5.0.0": "docdb5.0", "8.0.0": "docdb8.0"} {
		args := smallest()
		args.EngineVersion = version
		group := harness.Run(t, harness.Update, program("docs", args)).Named(t, "docs-parameters")
		require.Equal(t, family, group.Value("family"))
		require.Nil(t, group.Inputs["name"].V, "a fixed name cannot exist twice")
		require.False(t, group.DeleteBeforeReplace)
	}
}

func TestTheMemoryAlarmFollowsTheSmallestInstance(t *testing.T) {
	args := full()
	for class, want := range map[string]float64{"db.t4g.medium": 409 << 20, "db.r6g.large": 1638 << 20, "db.r5.24xlarge": 6553 << 20} {
		args.InstanceClass = class
		alarm := harness.Run(t, harness.Update, program("docs", args)).Named(t, "docs-alarm-memory")
		require.Equal(t, want, alarm.Value("threshold"), class)
		require.Equal(t, "LessThanThreshold", alarm.Value("comparisonOperator"))
		require.Equal(t, "Minimum", alarm.Value("statistic"))
	}
}

func TestInsightsAreOnWhereThereAreAny(t *testing.T) {
	for region, want := range map[string]bool{"us-east-1": true, "us-gov-west-1": false} {
		args := smallest()
		args.Region = region
		require.Equal(t, want, harness.Run(t, harness.Update, program("docs", args)).Named(t, "docs-instance-a").Value("enablePerformanceInsights"))
	}
}

func TestTheSecretMayBeRead(t *testing.T) {
	harness.Both(t, func(ctx *pulumi.Context) error {
		c, err := document.NewCluster(ctx, "docs", smallest())
		if err != nil {
			return err
		}
		var r struct{ pulumi.CustomResourceState }
		return ctx.RegisterResource("test:index:Consumer", "app", pulumi.Map{"policy": iampolicy.Document(c.SecretStatement())}, &r)
	}, func(t *testing.T, g *harness.Graph) {
		require.Equal(t, []string{g.Named(t, "docs-cluster").URN}, g.Named(t, "app").PropertyDependencies["policy"])
	})
}

// What is restored from a point in time gets its secret when Restore goes: the provider
// turns on none before.
func TestARestoreFromThePastHasNoSecretYet(t *testing.T) {
	for name, test := range map[string]struct {
		restore *document.RestoreArgs
		managed any
		ignored []string
	}{
		"no restore":   {nil, true, nil},
		"a snapshot":   {&document.RestoreArgs{SnapshotIdentifier: "kept"}, true, nil},
		"another past": {&document.RestoreArgs{SourceIdentifier: "old"}, nil, []string{"manageMasterUserPassword"}},
	} {
		t.Run(name, func(t *testing.T) {
			args := smallest()
			args.Restore = test.restore
			harness.Both(t, program("docs", args), func(t *testing.T, g *harness.Graph) {
				cluster := g.Named(t, "docs-cluster")
				require.Equal(t, test.managed, cluster.Value("manageMasterUserPassword"))
				require.ElementsMatch(t, append([]string{"masterUsername", "restoreToPointInTime", "snapshotIdentifier"}, test.ignored...), cluster.IgnoreChanges)
			})
			_, err := harness.Try(harness.Preview, func(ctx *pulumi.Context) error {
				c, err := document.NewCluster(ctx, "docs", args)
				if err == nil {
					ctx.Export("policy", iampolicy.Document(c.SecretStatement()))
				}
				return err
			})
			if test.managed == nil {
				require.ErrorContains(t, err, document.Type+` "docs" has no secret yet: take restore out first`)
			} else {
				require.NoError(t, err)
			}
		})
	}
}

func TestTwoClustersInOneProgram(t *testing.T) {
	harness.Both(t, func(ctx *pulumi.Context) error {
		for _, name := range []string{"docs", "archive"} {
			if _, err := document.NewCluster(ctx, name, full()); err != nil {
				return err
			}
		}
		return nil
	}, func(t *testing.T, g *harness.Graph) { require.Len(t, g.OfType(clusterToken), 2) })
}

func TestArgsAreNotChanged(t *testing.T) {
	args := full()
	harness.Run(t, harness.Preview, program("docs", args))
	require.Equal(t, full(), args)
}

func objectives(t testing.TB, args *document.ClusterArgs) (o objective.Objectives) {
	harness.Run(t, harness.Preview, func(ctx *pulumi.Context) error {
		c, err := document.NewCluster(ctx, "docs", args)
		if err == nil {
			o = c.Objectives
		}
		return err
	})
	return o
}

// What a zone costs depends on whether an instance is left in another one.
func TestObjectivesFollowTheZones(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		zones := rapid.SliceOfN(rapid.SampledFrom([]string{"us-east-1a", "us-east-1b"}), 1, 4).Draw(r, "zones")
		args := smallest()
		args.Instances = map[string]document.InstanceArgs{}
		different := false
		for i, zone := range zones {
			args.Instances[fmt.Sprint(i)] = document.InstanceArgs{Zone: zone}
			different = different || zone != zones[0]
		}
		o := objectives(t, args)
		require.Equal(t, len(zones) > 1, o[objective.Instance].Rto <= time.Minute)
		require.Equal(t, different, o[objective.Zone].Rto <= time.Minute)
		require.Zero(t, o[objective.Zone].Rpo)
		require.Equal(t, objective.Lost, o.Of(objective.Region))
	})
	require.Equal(t, time.Minute, objectives(t, smallest())[objective.Zone].Rto, "AWS spreads what has no zone")
	require.Equal(t, 5*time.Minute, objectives(t, smallest())[objective.Mistake].Rpo)
}
