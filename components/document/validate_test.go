package document_test

import (
	"fmt"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/components/document"
	"github.com/plinth-iac/plinth/tests/harness"
)

func TestEveryMistakeIsReportedAtOnceAndNothingIsRegistered(t *testing.T) {
	args := &document.ClusterArgs{
		Region:        "Frankfurt",
		SubnetIds:     pulumi.ToStringArray([]string{"subnet-a"}),
		Port:          80,
		InstanceClass: "db.m5.large",
		EngineVersion: "5.0",
		Storage:       "gp3",
		Tls:           "Off",
		Instances: map[string]document.InstanceArgs{
			"a": {}, "B": {Class: "db.r6g.large"}, "c": {Class: "db.r6g.48xlarge", Zone: "eu-west-1a", PromotionTier: pulumi.IntRef(16)},
		},
		Parameters:          map[string]string{"tls": "disabled", "profiler": "disabled", "no such": "1"},
		MasterUsername:      "admin",
		KmsKeyArn:           key,
		AwsManagedKey:       true,
		BackupRetentionDays: 36,
		BackupWindow:        "03:00-04:00",
		MaintenanceWindow:   "sun:03:30-sun:04:30",
		Restore:             &document.RestoreArgs{SnapshotIdentifier: "s", SourceIdentifier: "c", Time: "yesterday"},
		Logs:                &document.LogsArgs{Audit: "Everything", SlowMs: 10, RetentionDays: 42},
		Events:              &document.EventsArgs{},
		Alarms:              &document.AlarmsArgs{CpuPercent: 101, FreeMemoryMib: -1, Connections: -1, ReplicaLagSeconds: -1},
	}
	g, err := harness.Try(harness.Preview, program("Docs_1", args))
	require.Error(t, err)
	require.Empty(t, g.Resources)
	harness.Golden(t, "errors.golden", err.Error()+"\n")
}

func TestWhatAwsWouldRefuseIsRefused(t *testing.T) {
	for name, test := range map[string]struct {
		change func(a *document.ClusterArgs)
		want   string
	}{
		"no key": {func(a *document.ClusterArgs) { a.KmsKeyArn = nil }, "kmsKeyArn: is required, unless awsManagedKey is true: " +
			"the key cannot be changed later, and what AWS's own key encrypts cannot be shared with another account"},
		"no I/O class in that version": {func(a *document.ClusterArgs) { a.Storage, a.EngineVersion = document.IoOptimized, "4.0.0" },
			`storage: "IoOptimized": needs engine version 5.0.0 or newer, not 4.0.0`},
		"no FIPS in that version": {func(a *document.ClusterArgs) { a.Tls, a.EngineVersion = document.TlsFips, "4.0.0" },
			`tls: "TlsFips": needs engine version 5.0.0 or newer, not 4.0.0`},
		"no floor for TLS in that version": {func(a *document.ClusterArgs) { a.EngineVersion, a.InstanceClass = "3.6.0", "db.r5.large" },
			`tls: "Tls12": needs engine version 4.0.0 or newer, not 3.6.0; TlsAny is what it has`},
		"a size that the family lacks": {class("db.r6g.24xlarge", "5.0.0"),
			`instances.a.class: "db.r6g.24xlarge": must be db.r6g and one of large, xlarge, 2xlarge, 4xlarge, 8xlarge, 12xlarge, 16xlarge`},
		"a size too small for disks": {class("db.r6gd.large", "5.0.0"),
			`instances.a.class: "db.r6gd.large": must be db.r6gd and one of xlarge, 2xlarge, 4xlarge, 8xlarge, 12xlarge, 16xlarge`},
		"a small one without its size": {class("db.t4g.large", "5.0.0"), `instances.a.class: "db.t4g.large": must be db.t4g and one of medium`},
		"no class at all":              {class("r6g.large", "5.0.0"), `instances.a.class: "r6g.large": must be a class such as db.r6g.large, of the families r5, r6g, r6gd, r8g, t3, t4g`},
		"a class that is too new":      {class("db.r8g.large", "4.0.0"), `instances.a.class: "db.r8g.large": needs engine version 5.0.0 or newer, not 4.0.0`},
		"a class with disks too":       {class("db.r6gd.xlarge", "4.0.0"), `instances.a.class: "db.r6gd.xlarge": needs engine version 5.0.0 or newer, not 4.0.0`},
		"a class that 3.6 lacks":       {class("db.t4g.medium", "3.6.0"), `instances.a.class: "db.t4g.medium": needs engine version 4.0.0 or newer, not 3.6.0`},
		"a name that leaves no room": {func(a *document.ClusterArgs) {
			a.Instances = map[string]document.InstanceArgs{"the-instance-with-the-long-key-here": {}}
		}, `instances.the-instance-with-the-long-key-here: "docs-the-instance-with-the-long-key-here" is too long: ` +
			`the names of cluster and instance have at most 36 characters together`},
		"too many instances": {func(a *document.ClusterArgs) {
			a.Instances = map[string]document.InstanceArgs{}
			for i := range 17 {
				a.Instances[fmt.Sprint(i)] = document.InstanceArgs{}
			}
		}, "instances: 17: a cluster has at most 16"},
		"a restore of nothing": {func(a *document.ClusterArgs) { a.Restore = &document.RestoreArgs{} },
			"restore: needs snapshotIdentifier or sourceIdentifier"},
		"a user with a symbol": {func(a *document.ClusterArgs) { a.MasterUsername = "db_admin" },
			`masterUsername: "db_admin": must be 1 to 63 letters and digits, and begin with a letter`},
	} {
		t.Run(name, func(t *testing.T) {
			args := smallest()
			test.change(args)
			g, err := harness.Try(harness.Preview, program("docs", args))
			require.ErrorContains(t, err, "document.Cluster \"docs\": 1 problem\n  "+test.want+"\n")
			require.Empty(t, g.Resources)
		})
	}
}

// class is one instance of a class, with what else the version needs.
func class(name, version string) func(a *document.ClusterArgs) {
	return func(a *document.ClusterArgs) {
		a.EngineVersion, a.Instances = version, map[string]document.InstanceArgs{"a": {Class: name}}
		if version == "3.6.0" {
			a.Tls = document.TlsAny
		}
	}
}

func TestTheClassesThatAwsHas(t *testing.T) {
	for name, version := range map[string]string{
		"db.t3.medium": "3.6.0", "db.r5.24xlarge": "3.6.0", "db.t4g.medium": "4.0.0", "db.r6g.16xlarge": "4.0.0",
		"db.r6gd.xlarge": "5.0.0", "db.r8g.large": "5.0.0", "db.r8g.16xlarge": "8.0.0",
	} {
		args := smallest()
		class(name, version)(args)
		_, err := harness.Try(harness.Preview, program("docs", args))
		require.NoError(t, err, name)
	}
}

func TestNilArgsAreRefusedNotPanickedOn(t *testing.T) {
	_, err := harness.Try(harness.Preview, program("docs", nil))
	require.ErrorContains(t, err, "vpcId: is required")
}
