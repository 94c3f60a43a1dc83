package database_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/components/database"
	"github.com/plinth-iac/plinth/tests/lifetest"
)

type (
	clusterArgs   = database.ClusterArgs
	clusterChange = lifetest.Change[database.ClusterArgs]
	members       = map[string]database.ClusterInstanceArgs
)

func liveCluster(net *network) *clusterArgs {
	return &clusterArgs{
		Region: net.Region, VpcId: net.VpcId, SubnetIds: net.SubnetIdsOf("a", "b"), KmsKeyArn: net.KmsKeyArn,
		Engine: database.Postgres, EngineVersion: "16.8", InstanceClass: "db.r7g.large", ApplyImmediately: true,
	}
}

// wholeCluster has everything that a cluster can have.
func wholeCluster(net *network) *clusterArgs {
	a := liveCluster(net)
	a.Credentials = &database.CredentialsArgs{Password: pulumi.String(bootstrap)}
	a.ReaderScaling = &database.ReaderScalingArgs{Max: 5}
	a.Proxy = &database.ProxyArgs{}
	a.Alarms = &database.AlarmsArgs{ActionArns: pulumi.StringArray{net.TopicArn}}
	a.Events = &database.EventsArgs{TopicArn: net.TopicArn}
	return a
}

func startCluster(t *testing.T, args func(net *network) *clusterArgs) *lifetest.Life[clusterArgs] {
	return lifetest.Start(t, args, func(ctx *pulumi.Context, net *network, a *clusterArgs) error {
		l, err := database.NewCluster(ctx, "shop", a, net.Opts)
		if err != nil {
			return err
		}
		for name, output := range map[string]pulumi.StringOutput{
			"writer": l.Address, "readers": l.ReaderAddress, "secret": l.SecretArn, "proxy": l.ProxyEndpoint, "readerProxy": l.ProxyReaderEndpoint,
		} {
			ctx.Export(name, output)
		}
		return nil
	})
}

func unprotectedCluster(a *clusterArgs, _ *network) { a.DeletionProtection = pulumi.BoolRef(false) }

func TestAClusterLivesAndChangesInPlace(t *testing.T) {
	l := startCluster(t, wholeCluster)
	l.Up()
	requireNowhere(t, l, "deployed")
	l.Changes("bigger class", func(a *clusterArgs, _ *network) { a.InstanceClass = "db.r7g.xlarge" }, "update shop-instance-a", "update shop-instance-b")
	l.Changes("a third instance", func(a *clusterArgs, _ *network) { a.Instances = members{"a": {}, "b": {}, "c": {}} },
		"create shop-instance-c", "update shop-readers")
	l.Changes("a third zone", func(a *clusterArgs, net *network) { a.SubnetIds = net.SubnetIds }, "update shop-subnets", "update shop-rotator")
	l.Changes("I/O for nothing", func(a *clusterArgs, _ *network) { a.IoOptimized = true }, "update shop-cluster")
	l.Changes("a major version", func(a *clusterArgs, _ *network) { a.EngineVersion, a.AllowMajorVersionUpgrade = "17.7", true },
		"replace shop-params", "update shop-cluster")
	l.Changes("serverless", func(a *clusterArgs, _ *network) {
		a.Serverless, a.InstanceClass, a.AllowMajorVersionUpgrade = &database.ServerlessArgs{MaxAcu: 8}, "db.serverless", false
	}, "update shop-cluster", "update shop-instance-a", "update shop-instance-b", "update shop-instance-c", "create shop-alarm-capacity")
	l.Changes("the first instance gone", func(a *clusterArgs, _ *network) { a.Instances = members{"b": {}, "c": {}} },
		"delete shop-instance-a", "update shop-readers")
	l.Protected()
	l.DestroyRefused("please disable deletion protection")
	l.Changes("unprotected", unprotectedCluster, "update shop-cluster")
	l.Destroy()
}

// The writer may be any of the instances, and readers that AWS adds are not the program's.
func TestAFailoverAndMoreReadersAreNoDrift(t *testing.T) {
	l := startCluster(t, wholeCluster)
	l.Up()
	for name, writes := range map[string]bool{"shop-instance-a": false, "shop-instance-b": true} {
		require.NoError(t, l.Cloud().Drift(l.Resource(name).URN, func(props map[string]any) { props["writer"] = writes }))
	}
	require.NoError(t, l.Cloud().Drift(l.Resource("shop-cluster").URN, func(props map[string]any) {
		props["clusterMembers"] = []any{"shop-a-1", "shop-b-1", "application-autoscaling-1"}
	}))
	_, err := l.Rehearsal().Refresh(t.Context())
	require.NoError(t, err)
	l.NoChanges("after the failover")
}

func TestAServerlessClusterPauses(t *testing.T) {
	l := startCluster(t, func(net *network) *clusterArgs {
		a := liveCluster(net)
		a.EngineVersion, a.InstanceClass, a.Serverless = "17.7", "", &database.ServerlessArgs{MinAcu: pulumi.Float64Ref(0), MaxAcu: 4}
		a.Instances = members{"a": {}}
		return a
	})
	l.Up()
	require.Equal(t, map[string]any{"minCapacity": 0.0, "maxCapacity": 4.0, "secondsUntilAutoPause": 300.0},
		l.Resource("shop-cluster").Props["serverlessv2ScalingConfiguration"])
	l.Changes("awake", func(a *clusterArgs, _ *network) { a.Serverless = &database.ServerlessArgs{MaxAcu: 8} }, "update shop-cluster")
}

func TestARestoreOfAClusterCanBeDropped(t *testing.T) {
	var old string // the source's identifier, once it is there
	l := lifetest.Start(t, liveCluster, func(ctx *pulumi.Context, net *network, a *clusterArgs) error {
		source := liveCluster(net)
		source.DatabaseName = "stock"
		if _, err := database.NewCluster(ctx, "old", source, net.Opts); err != nil || old == "" {
			return err
		}
		fromSnapshot := *a
		if a.Restore != nil {
			fromSnapshot.Restore = &database.RestoreArgs{SnapshotIdentifier: "rds:old-2026-03-29-02-05"}
			a.Restore = &database.RestoreArgs{SourceIdentifier: old, Time: a.Restore.Time}
		}
		if _, err := database.NewCluster(ctx, "copy", &fromSnapshot, net.Opts); err != nil {
			return err
		}
		_, err := database.NewCluster(ctx, "shop", a, net.Opts)
		return err
	})
	l.Up()
	old = l.Resource("old-cluster").Props["clusterIdentifier"].(string)
	parts := func(name string) []string {
		return []string{
			name + "-subnets", name + "-sg", name + "-monitoring-role", name + "-monitoring-policy", name + "-params", name + "-cluster",
			name + "-instance-a", name + "-instance-b",
		}
	}
	restore := func(r *database.RestoreArgs) clusterChange { return func(a *clusterArgs, _ *network) { a.Restore = r } }
	l.Changes("restored", restore(&database.RestoreArgs{}), each("create", append(parts("shop"), parts("copy")...))...)
	l.Changes("of another moment", restore(&database.RestoreArgs{Time: "2026-03-29T08:00:00Z"}))
	l.Changes("restore dropped", restore(nil))
	l.Changes("with other names", func(a *clusterArgs, _ *network) {
		a.DatabaseName, a.Credentials = "shop", &database.CredentialsArgs{Username: "owner"}
	})
}

// No argument replaces the database or one of its instances: a change updates it, does
// nothing, or is refused by the component, by AWS, or by the engine, which protects what
// is to be replaced.
func TestNoArgumentReplacesACluster(t *testing.T) {
	l := startCluster(t, wholeCluster)
	l.Up()
	instances := func(i database.ClusterInstanceArgs) clusterChange {
		return func(a *clusterArgs, _ *network) { a.Instances = members{"a": i, "b": {}} }
	}
	l.NeverReplaces([]string{"shop-cluster", "shop-instance-a", "shop-instance-b"}, map[string]clusterChange{
		"region":        func(a *clusterArgs, _ *network) { a.Region = "eu-central-1" },
		"VPC":           func(a *clusterArgs, net *network) { a.VpcId = net.Recovery.VpcId },
		"subnets":       func(a *clusterArgs, net *network) { a.SubnetIds = net.SubnetIdsOf("b", "c") },
		"engine":        func(a *clusterArgs, _ *network) { a.Engine, a.EngineVersion = database.Mysql, "" },
		"version":       func(a *clusterArgs, _ *network) { a.EngineVersion, a.AllowMajorVersionUpgrade = "17.7", true },
		"minor version": func(a *clusterArgs, _ *network) { a.EngineVersion = "16.9" },
		"older version": func(a *clusterArgs, _ *network) { a.EngineVersion = "15.10" },
		"class":         func(a *clusterArgs, _ *network) { a.InstanceClass = "db.r7g.2xlarge" },
		"serverless": func(a *clusterArgs, _ *network) {
			a.Serverless, a.InstanceClass = &database.ServerlessArgs{MaxAcu: 8}, ""
		},
		"instance class": instances(database.ClusterInstanceArgs{InstanceClass: "db.r7g.xlarge"}),
		"instance zone":  instances(database.ClusterInstanceArgs{Zone: "eu-west-1b"}),
		"instance tier":  instances(database.ClusterInstanceArgs{PromotionTier: pulumi.IntRef(0)}),
		"no scaling":     func(a *clusterArgs, _ *network) { a.ReaderScaling = nil },
		"database":       func(a *clusterArgs, _ *network) { a.DatabaseName = "shop" },
		"port":           func(a *clusterArgs, _ *network) { a.Port = 6432 },
		"parameters":     func(a *clusterArgs, _ *network) { a.Parameters = map[string]string{"max_connections": "500"} },
		"I/O":            func(a *clusterArgs, _ *network) { a.IoOptimized = true },
		"key":            func(a *clusterArgs, net *network) { a.KmsKeyArn = net.Recovery.KmsKeyArn },
		"AWS's key":      func(a *clusterArgs, _ *network) { a.KmsKeyArn, a.AwsManagedKey = nil, true },
		"certificate":    func(a *clusterArgs, _ *network) { a.CaCertificate = "rds-ca-ecc384-g1" },
		"user": func(a *clusterArgs, _ *network) {
			a.Credentials = &database.CredentialsArgs{Username: "owner", Password: pulumi.String(bootstrap)}
		},
		"AWS's password": func(a *clusterArgs, _ *network) { a.Credentials = nil },
		"no proxy":       func(a *clusterArgs, _ *network) { a.Proxy = nil },
		"retention":      func(a *clusterArgs, _ *network) { a.BackupRetentionDays = 35 },
		"windows": func(a *clusterArgs, _ *network) {
			a.BackupWindow, a.MaintenanceWindow = "05:00-06:00", "mon:07:00-mon:08:00"
		},
		"AWS Backup":    func(a *clusterArgs, _ *network) { a.ByAwsBackup = true },
		"restore":       func(a *clusterArgs, _ *network) { a.Restore = &database.RestoreArgs{SnapshotIdentifier: "rds:old"} },
		"support":       func(a *clusterArgs, _ *network) { a.ExtendedSupport = true },
		"at the window": func(a *clusterArgs, _ *network) { a.ApplyImmediately = false },
		"protection":    unprotectedCluster,
		"no snapshot":   func(a *clusterArgs, _ *network) { a.SkipFinalSnapshot = true },
		"no monitoring": func(a *clusterArgs, _ *network) {
			a.Monitoring = &database.MonitoringArgs{IntervalSeconds: pulumi.IntRef(0), Insights: database.InsightsOff}
		},
		"better insights": func(a *clusterArgs, _ *network) {
			a.Monitoring = &database.MonitoringArgs{Insights: database.InsightsAdvanced}
		},
		"no alarms": func(a *clusterArgs, _ *network) { a.Alarms = nil },
		"no events": func(a *clusterArgs, _ *network) { a.Events = nil },
		"tags":      func(a *clusterArgs, _ *network) { a.Tags = map[string]string{"team": "shop"} },
	})
}
