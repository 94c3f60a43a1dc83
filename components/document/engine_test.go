package document_test

import (
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/docdb"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/components/document"
	"github.com/plinth-iac/plinth/tests/lifetest"
)

func onNetwork(net *lifetest.Network) *document.ClusterArgs {
	return &document.ClusterArgs{
		Region: net.Region, VpcId: net.VpcId, SubnetIds: net.SubnetIdsOf("a", "b"), KmsKeyArn: net.KmsKeyArn,
		InstanceClass: "db.t4g.medium", ApplyImmediately: true,
	}
}

func deploy(ctx *pulumi.Context, net *lifetest.Network, a *document.ClusterArgs) error {
	_, err := document.NewCluster(ctx, "docs", a, net.Opts)
	return err
}

type change = lifetest.Change[document.ClusterArgs]

func unprotected(a *document.ClusterArgs, _ *lifetest.Network) {
	a.DeletionProtection = pulumi.BoolRef(false)
}

func three(a *document.ClusterArgs, net *lifetest.Network) {
	a.Instances = map[string]document.InstanceArgs{"a": {}, "b": {}, "c": {Zone: net.Region + "c"}}
}

func TestTheLifeOfACluster(t *testing.T) {
	l := lifetest.Start(t, onNetwork, deploy)
	l.Up()
	identifier := l.Resource("docs-cluster").Props["clusterIdentifier"]
	require.Regexp(t, `^docs-[0-9a-f]{7}$`, identifier)
	require.Equal(t, "/aws/docdb/"+identifier.(string)+"/audit", l.Resource("docs-logs-audit").Props["name"])

	l.Changes("bigger instances", func(a *document.ClusterArgs, _ *lifetest.Network) { a.InstanceClass = "db.r6g.large" },
		"update docs-instance-a", "update docs-instance-b")
	l.Changes("longer backups", func(a *document.ClusterArgs, _ *lifetest.Network) { a.BackupRetentionDays = 30 }, "update docs-cluster")
	l.Changes("a zone", func(a *document.ClusterArgs, net *lifetest.Network) { a.SubnetIds = net.SubnetIds }, "update docs-subnets")
	l.Changes("an instance in it", three, "create docs-instance-c")
	l.Changes("one instance less", func(a *document.ClusterArgs, net *lifetest.Network) {
		a.Instances = map[string]document.InstanceArgs{"b": {}, "c": {Zone: net.Region + "c"}}
	}, "delete docs-instance-a")
	l.Changes("an instance in another zone", func(a *document.ClusterArgs, net *lifetest.Network) {
		a.Instances = map[string]document.InstanceArgs{"b": {}, "c": {Zone: net.Region + "a"}}
	}, "replace docs-instance-c")
	l.Changes("no audit", func(a *document.ClusterArgs, _ *lifetest.Network) {
		a.Logs = &document.LogsArgs{Audit: document.AuditNone}
	},
		"update docs-cluster", "update docs-parameters", "delete docs-logs-audit")

	l.PlanRefused("another port", func(a *document.ClusterArgs, _ *lifetest.Network) { a.Port = 27018 }, "docs-cluster", "protect")
	l.Refused("another key", func(a *document.ClusterArgs, _ *lifetest.Network) { a.KmsKeyArn, a.AwsManagedKey = nil, false }, "kmsKeyArn: is required")
	l.Refused("an overlap", func(a *document.ClusterArgs, _ *lifetest.Network) { a.BackupWindow = "03:00-04:00" }, "backupWindow: conflicts with maintenanceWindow")

	l.Protected()
	l.DestroyRefused("Cannot delete protected DB Instance")
	l.Changes("unprotected", unprotected, "update docs-cluster")
	l.Changes("another port", func(a *document.ClusterArgs, _ *lifetest.Network) { a.Port = 27018 },
		"replace docs-cluster", "replace docs-instance-b", "replace docs-instance-c")
	require.Equal(t, identifier, l.Resource("docs-cluster").Props["clusterIdentifier"])
	l.DestroyRefused("AlreadyExists") // the snapshot of the first one is still there
	l.Changes("no snapshot", func(a *document.ClusterArgs, _ *lifetest.Network) { a.SkipFinalSnapshot = true }, "update docs-cluster")
	l.Destroy()
}

func TestAMajorUpgradeStaysInPlace(t *testing.T) {
	l := lifetest.Start(t, func(net *lifetest.Network) *document.ClusterArgs {
		a := onNetwork(net)
		a.EngineVersion = "4.0.0"
		return a
	}, deploy)
	l.Up()
	l.Changes("a major version", func(a *document.ClusterArgs, _ *lifetest.Network) {
		a.EngineVersion, a.AllowMajorVersionUpgrade = "5.0.0", true
	}, "replace docs-parameters", "update docs-cluster")
}

// A snapshot is there before the cluster that begins with it.
func TestARestoreIsDroppedWithoutATrace(t *testing.T) {
	restored := false
	l := lifetest.Start(t, onNetwork, func(ctx *pulumi.Context, net *lifetest.Network, a *document.ClusterArgs) error {
		old, err := document.NewCluster(ctx, "old", onNetwork(net), net.Opts)
		if err != nil {
			return err
		}
		if _, err := docdb.NewClusterSnapshot(ctx, "snapshot", &docdb.ClusterSnapshotArgs{
			DbClusterIdentifier: old.Identifier, DbClusterSnapshotIdentifier: pulumi.String("kept"),
		}, pulumi.Provider(net.Provider)); err != nil || !restored {
			return err
		}
		return deploy(ctx, net, a)
	})
	l.Up()
	restored = true
	l.Changes("a snapshot", func(a *document.ClusterArgs, _ *lifetest.Network) {
		a.Restore = &document.RestoreArgs{SnapshotIdentifier: "kept"}
	}, "create docs-subnets", "create docs-sg", "create docs-logs-audit", "create docs-logs-profiler", "create docs-parameters",
		"create docs-cluster", "create docs-instance-a", "create docs-instance-b")
	l.Changes("another beginning", func(a *document.ClusterArgs, _ *lifetest.Network) {
		a.Restore = &document.RestoreArgs{SourceIdentifier: "other", Time: "2025-06-01T12:00:00Z"}
	})
	l.Changes("none", func(a *document.ClusterArgs, _ *lifetest.Network) { a.Restore = nil })
}

// The secret comes when what the cluster began with is taken out.
func TestARestoreFromThePastGetsItsSecretInASecondUpdate(t *testing.T) {
	from := ""
	l := lifetest.Start(t, onNetwork, func(ctx *pulumi.Context, net *lifetest.Network, a *document.ClusterArgs) error {
		if _, err := document.NewCluster(ctx, "old", onNetwork(net), net.Opts); err != nil || from == "" {
			return err
		}
		if a.Restore != nil {
			a.Restore.SourceIdentifier = from
		}
		return deploy(ctx, net, a)
	})
	l.Up()
	from = l.Resource("old-cluster").Props["clusterIdentifier"].(string)
	l.Changes("a past", func(a *document.ClusterArgs, _ *lifetest.Network) { a.Restore = &document.RestoreArgs{} },
		"create docs-subnets", "create docs-sg", "create docs-logs-audit", "create docs-logs-profiler", "create docs-parameters",
		"create docs-cluster", "create docs-instance-a", "create docs-instance-b")
	require.Empty(t, l.Resource("docs-cluster").Props["masterUserSecrets"])
	l.Changes("a life of its own", func(a *document.ClusterArgs, _ *lifetest.Network) { a.Restore = nil }, "update docs-cluster")
	require.NotEmpty(t, l.Resource("docs-cluster").Props["masterUserSecrets"])
}

func TestNoArgumentReplacesACluster(t *testing.T) {
	l := lifetest.Start(t, onNetwork, deploy)
	l.Up()
	l.NeverReplaces([]string{"docs-cluster"}, map[string]change{
		"region":    func(a *document.ClusterArgs, _ *lifetest.Network) { a.Region = "eu-west-2" },
		"vpc":       func(a *document.ClusterArgs, net *lifetest.Network) { a.VpcId = net.Recovery.VpcId },
		"subnets":   func(a *document.ClusterArgs, net *lifetest.Network) { a.SubnetIds = net.SubnetIdsOf("b", "c") },
		"port":      func(a *document.ClusterArgs, _ *lifetest.Network) { a.Port = 27018 },
		"instances": three,
		"class":     func(a *document.ClusterArgs, _ *lifetest.Network) { a.InstanceClass = "db.r6g.xlarge" },
		"version": func(a *document.ClusterArgs, _ *lifetest.Network) {
			a.EngineVersion, a.AllowMajorVersionUpgrade, a.Tls = "3.6.0", true, document.TlsAny
		},
		"storage": func(a *document.ClusterArgs, _ *lifetest.Network) { a.Storage = document.IoOptimized },
		"parameters": func(a *document.ClusterArgs, _ *lifetest.Network) {
			a.Parameters = map[string]string{"ttl_monitor": "disabled"}
		},
		"user":        func(a *document.ClusterArgs, _ *lifetest.Network) { a.MasterUsername = "owner" },
		"key":         func(a *document.ClusterArgs, _ *lifetest.Network) { a.KmsKeyArn = key },
		"AWS's key":   func(a *document.ClusterArgs, _ *lifetest.Network) { a.KmsKeyArn, a.AwsManagedKey = nil, true },
		"retention":   func(a *document.ClusterArgs, _ *lifetest.Network) { a.BackupRetentionDays = 1 },
		"backup":      func(a *document.ClusterArgs, _ *lifetest.Network) { a.BackupWindow = "00:00-01:00" },
		"maintenance": func(a *document.ClusterArgs, _ *lifetest.Network) { a.MaintenanceWindow = "mon:05:00-mon:06:00" },
		"later":       func(a *document.ClusterArgs, _ *lifetest.Network) { a.ApplyImmediately = false },
		"unprotected": unprotected,
		"no snapshot": func(a *document.ClusterArgs, _ *lifetest.Network) { a.SkipFinalSnapshot = true },
		"restore": func(a *document.ClusterArgs, _ *lifetest.Network) {
			a.Restore = &document.RestoreArgs{SnapshotIdentifier: "old"}
		},
		"insights": func(a *document.ClusterArgs, _ *lifetest.Network) { a.PerformanceInsights = pulumi.BoolRef(false) },
		"logs": func(a *document.ClusterArgs, _ *lifetest.Network) {
			a.Logs = &document.LogsArgs{Profiler: pulumi.BoolRef(false)}
		},
		"events": func(a *document.ClusterArgs, net *lifetest.Network) {
			a.Events = &document.EventsArgs{TopicArn: net.TopicArn}
		},
		"alarms": func(a *document.ClusterArgs, _ *lifetest.Network) { a.Alarms = &document.AlarmsArgs{} },
		"tags":   func(a *document.ClusterArgs, _ *lifetest.Network) { a.Tags = map[string]string{"team": "shop"} },
	})
}

func TestEventsAlarmsAndAFinalSnapshotEachTime(t *testing.T) {
	l := lifetest.Start(t, func(net *lifetest.Network) *document.ClusterArgs {
		a := onNetwork(net)
		a.SubnetIds = net.SubnetIds
		a.Events, a.Alarms = &document.EventsArgs{TopicArn: net.TopicArn}, &document.AlarmsArgs{ActionArns: pulumi.StringArray{net.TopicArn}}
		a.Logs = &document.LogsArgs{KmsKeyArn: net.KmsKeyArn}
		a.DeletionProtection = pulumi.BoolRef(false)
		return a
	}, deploy)
	l.Up()
	l.Changes("an instance", three, "create docs-instance-c", "update docs-events-instance")
	require.Regexp(t, `^docs-subnets-[0-9a-f]{7}-final$`, l.Resource("docs-cluster").Props["finalSnapshotIdentifier"])
	l.Destroy()
	l.Up()
	l.Destroy() // the snapshot of the first one is still there
}
