package database_test

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/components/database"
	"github.com/plinth-iac/plinth/tests/harness"
)

func TestEveryMistakeOfAnInstanceIsReportedAtOnceAndNothingIsRegistered(t *testing.T) {
	args := &database.InstanceArgs{
		Region: "Frankfurt", SubnetIds: pulumi.ToStringArray([]string{"subnet-a"}), Engine: database.Mysql, EngineVersion: "8.4.5",
		InstanceClass: "db.t4g.micro", DatabaseName: "2shops", Port: 80, Parameters: map[string]string{"require_secure_transport": "0"},
		CaCertificate: "rds-ca-2019", StorageType: database.Io2, AllocatedGib: 50, MaxAllocatedGib: pulumi.IntRef(52), Iops: 500, ThroughputMibps: 600,
		Replicas: map[string]database.ReplicaArgs{
			"Up":  {InstanceClass: "large", EngineVersion: "8.0", Zone: "eu-west-1a", MultiAz: true, KmsKeyArn: farKey, TopicArn: farTopic},
			"far": {Region: "eu-west-1", SubnetIds: pulumi.ToStringArray([]string{"subnet-x"}), StorageType: database.Gp3, Iops: 3000, EngineVersion: "9"},
		},
		Credentials: &database.CredentialsArgs{Username: "rdsadmin", Reset: true, Rotation: &database.RotationArgs{}},
		Proxy: &database.ProxyArgs{
			SecretArns: map[string]pulumi.StringInput{"app": nil}, IdleClientSeconds: 30000, MaxConnectionsPercent: 50, MaxIdlePercent: pulumi.IntRef(60),
			BorrowSeconds: pulumi.IntRef(301),
		},
		BackupRetentionDays: pulumi.IntRef(0), BackupWindow: "03:00-03:10", MaintenanceWindow: "sun:03:00-sun:04:00", ByAwsBackup: true,
		CrossRegionBackups:       &database.CrossRegionBackupsArgs{Region: "Frankfurt", RetentionDays: 40},
		Restore:                  &database.RestoreArgs{SnapshotIdentifier: "last--one", Time: "yesterday"},
		AllowMajorVersionUpgrade: true, BlueGreen: true, AutoMinorVersionUpgrade: pulumi.BoolRef(true), SkipFinalSnapshot: true,
		Monitoring: &database.MonitoringArgs{IntervalSeconds: pulumi.IntRef(20), Insights: database.InsightsAdvanced, InsightsDays: 93, Logs: []string{"postgresql"}},
		Alarms:     &database.AlarmsArgs{CpuPercent: 101, FreeMemoryMib: -1, AcuPercent: 90},
		Events:     &database.EventsArgs{Categories: []string{"rain"}},
	}
	g, err := harness.Try(harness.Preview, func(ctx *pulumi.Context) error {
		_, err := database.NewInstance(ctx, "My--shop", args)
		return err
	})
	require.Error(t, err)
	require.Empty(t, g.Resources)
	harness.Golden(t, "instance-errors.golden", err.Error()+"\n")
}

func TestEveryMistakeOfAClusterIsReportedAtOnceAndNothingIsRegistered(t *testing.T) {
	args := &database.ClusterArgs{
		Engine: database.Postgres, EngineVersion: "16.2", Serverless: &database.ServerlessArgs{MinAcu: pulumi.Float64Ref(0), MaxAcu: 0.7, PauseSeconds: 60},
		Instances: map[string]database.ClusterInstanceArgs{
			"a": {InstanceClass: "db.t4g.small", PromotionTier: pulumi.IntRef(16), Zone: "a"}, "b_c": {InstanceClass: "large"}, "c": {},
		},
		ReaderScaling: &database.ReaderScalingArgs{
			Min: pulumi.IntRef(9), Max: 1, CpuPercent: 50, Connections: 10, InCooldownSeconds: pulumi.IntRef(-1), OutCooldownSeconds: pulumi.IntRef(90000),
		},
		Parameters: map[string]string{"rds.force_ssl": "0"}, KmsKeyArn: key, AwsManagedKey: true, Proxy: &database.ProxyArgs{},
		Credentials:         &database.CredentialsArgs{Username: "admin", Password: pulumi.String("p@ss"), Rotation: &database.RotationArgs{Days: 2000}},
		BackupRetentionDays: 36, Restore: &database.RestoreArgs{SourceIdentifier: "-", Time: "2026-03-29T08:00:00+01:00"},
		Alarms: &database.AlarmsArgs{FreeStorageGib: 1, AcuPercent: 200},
		Events: &database.EventsArgs{TopicArn: topic, Categories: []string{"low storage"}},
	}
	g, err := harness.Try(harness.Preview, func(ctx *pulumi.Context) error {
		_, err := database.NewCluster(ctx, "shop", args)
		return err
	})
	require.Error(t, err)
	require.NotContains(t, err.Error(), "p@ss")
	require.Empty(t, g.Resources)
	harness.Golden(t, "cluster-errors.golden", err.Error()+"\n")
}

func TestConflictingChoicesForAnInstanceAreRefused(t *testing.T) {
	replica := map[string]database.ReplicaArgs{"reports": {}}
	password := &database.CredentialsArgs{Password: pulumi.String(bootstrap)}
	for name, test := range map[string]struct {
		change func(a *database.InstanceArgs)
		want   string
	}{
		"replicas of a managed password": {func(a *database.InstanceArgs) { a.Replicas = replica },
			"credentials.password: is required with replicas: AWS makes none of an instance whose password it manages"},
		"replicas without backups": {func(a *database.InstanceArgs) {
			a.Replicas, a.Credentials, a.BackupRetentionDays = replica, password, pulumi.IntRef(0)
		}, "backupRetentionDays: conflicts with replicas: it needs backups, 1 day or more"},
		"blue/green of a managed password": {func(a *database.InstanceArgs) { a.BlueGreen = true },
			"credentials.password: is required with blueGreen: AWS copies no instance whose password it manages"},
		"blue/green of replicas": {func(a *database.InstanceArgs) { a.BlueGreen, a.Replicas, a.Credentials = true, replica, password },
			"blueGreen: conflicts with replicas: the provider cannot move replicas to the copy"},
		"blue/green without backups": {func(a *database.InstanceArgs) {
			a.BlueGreen, a.Credentials, a.BackupRetentionDays = true, password, pulumi.IntRef(0)
		}, "backupRetentionDays: conflicts with blueGreen: it needs backups, 1 day or more"},
		"too many replicas": {func(a *database.InstanceArgs) {
			a.Credentials, a.Replicas = password, map[string]database.ReplicaArgs{}
			for _, key := range "abcdefghijklmnop" {
				a.Replicas[string(key)] = database.ReplicaArgs{}
			}
		}, "replicas: has 16 replicas; AWS allows 15"},
		"a replica of PostgreSQL that goes ahead": {func(a *database.InstanceArgs) {
			a.Credentials, a.Replicas = password, map[string]database.ReplicaArgs{"reports": {EngineVersion: "18"}}
		}, `replicas.reports.engineVersion: "18": must be the primary's, 17: AWS upgrades the replicas of PostgreSQL with it`},
		"a replica abroad without anything": {func(a *database.InstanceArgs) {
			a.Credentials, a.Replicas = password, map[string]database.ReplicaArgs{"far": {Region: "eu-west-1"}}
		}, "replicas.far.kmsKeyArn: is required for a replica in eu-west-1"},
		"an old version without paying": {func(a *database.InstanceArgs) { a.EngineVersion = "13" },
			`engineVersion: "13": is past the end of standard support; extendedSupport runs it for a price`},
		"a version that there is not": {func(a *database.InstanceArgs) { a.EngineVersion = "17.x" },
			`engineVersion: "17.x": must be a major version (13, 14, 15, 16, 17, 18) or a minor version of one`},
		"an engine that there is not": {func(a *database.InstanceArgs) { a.Engine = "Oracle" },
			`engine: "Oracle" is not supported; allowed: Mysql, Postgres`},
		"a serverless instance": {func(a *database.InstanceArgs) { a.InstanceClass = "db.serverless" },
			`instanceClass: "db.serverless": must be a class such as db.r7g.large`},
		"a major upgrade that waits": {func(a *database.InstanceArgs) { a.AllowMajorVersionUpgrade = true },
			"allowMajorVersionUpgrade: needs applyImmediately"},
		"IOPS of a small disk": {func(a *database.InstanceArgs) { a.Iops = 12000 },
			`iops: 12000: is for Gp3 of 400 GiB or more; allocatedGib is 100`},
		"throughput beyond the IOPS": {func(a *database.InstanceArgs) { a.AllocatedGib, a.ThroughputMibps = 500, 3500 },
			`throughputMibps: 3500: must be 500 to 3000`},
		"Io2 without IOPS": {func(a *database.InstanceArgs) { a.StorageType = database.Io2 },
			`iops: 0: must be 1000 to 100000 with 100 GiB of Io2`},
		"rotation where AWS has no function": {func(a *database.InstanceArgs) { a.Region, a.Credentials = "us-iso-east-1", password },
			`credentials.rotation.lambdaArn: is required in the partition aws-iso`},
		"a restore from nowhere": {func(a *database.InstanceArgs) { a.Restore = &database.RestoreArgs{} },
			"restore: needs one of snapshotIdentifier and sourceIdentifier"},
		"an unchosen key": {func(a *database.InstanceArgs) { a.KmsKeyArn = nil }, "kmsKeyArn: is required, unless awsManagedKey is true"},
		"a filter that PostgreSQL has not": {func(a *database.InstanceArgs) { a.Proxy = &database.ProxyArgs{PinOnSet: pulumi.BoolRef(false)} },
			"proxy.pinOnSet: false: is for MySQL: AWS has no such filter for PostgreSQL"},
		"a restore of a snapshot of unknown size": {func(a *database.InstanceArgs) { a.Restore = &database.RestoreArgs{SnapshotIdentifier: "last"} },
			"allocatedGib: is required with restore: no less than the source's, as AWS shrinks no storage"},
		"a restore of a database of unknown size": {func(a *database.InstanceArgs) { a.Restore = &database.RestoreArgs{SourceIdentifier: "old"} },
			"allocatedGib: is required with restore"},
		"a replica that grows less than the primary": {func(a *database.InstanceArgs) {
			a.Credentials, a.Replicas = password, map[string]database.ReplicaArgs{"reports": {MaxAllocatedGib: pulumi.IntRef(199)}}
		}, "replicas.reports.maxAllocatedGib: 199: must be no less than the primary's, 200: the replica would fill up first"},
		"a replica that does not grow with the primary": {func(a *database.InstanceArgs) {
			a.Credentials, a.Replicas = password, map[string]database.ReplicaArgs{"reports": {MaxAllocatedGib: pulumi.IntRef(0)}}
		}, "replicas.reports.maxAllocatedGib: 0: must be no less than the primary's, 200"},
		"a replica of faster and too small storage": {func(a *database.InstanceArgs) {
			a.AllocatedGib, a.Credentials = 50, password
			a.Replicas = map[string]database.ReplicaArgs{"reports": {StorageType: database.Io2, Iops: 1000}}
		}, "replicas.reports.storageType: \"Io2\": needs allocatedGib 100 or more"},
	} {
		t.Run(name, func(t *testing.T) {
			a := minimalInstance()
			test.change(a)
			g, err := harness.Try(harness.Preview, func(ctx *pulumi.Context) error {
				_, err := database.NewInstance(ctx, "shop", a)
				return err
			})
			require.ErrorContains(t, err, test.want)
			require.Empty(t, g.Resources)
		})
	}
}

func TestConflictingChoicesForAClusterAreRefused(t *testing.T) {
	for name, test := range map[string]struct {
		change func(a *database.ClusterArgs)
		want   string
	}{
		"no size":      {func(a *database.ClusterArgs) { a.InstanceClass = "" }, "instanceClass: is required, unless serverless"},
		"no instances": {func(a *database.ClusterArgs) { a.Instances = map[string]database.ClusterInstanceArgs{} }, "instances: 0: must be 1 to 16"},
		"serverless without a range": {func(a *database.ClusterArgs) { a.InstanceClass = "db.serverless" },
			`instanceClass: "db.serverless": needs serverless, with the range of its size`},
		"a major version alone": {func(a *database.ClusterArgs) { a.EngineVersion = "17" },
			`engineVersion: "17": must be a minor version such as 17.7; its major version one of: 13, 14, 15, 16, 17`},
		"a major version of MySQL alone": {func(a *database.ClusterArgs) { a.Engine, a.EngineVersion = database.Mysql, "8.0" },
			`engineVersion: "8.0": must be a minor version such as 8.0.mysql_aurora.3.10.3; its major version one of: 8.0`},
		"insights of a class that has none": {func(a *database.ClusterArgs) { a.Engine, a.InstanceClass = database.Mysql, "db.t3.medium" },
			`instanceClass: "db.t3.medium": has no Database Insights with Aurora MySQL; use db.t4g.medium or larger, or monitoring.insights Off`},
		"insights of one instance that has none": {func(a *database.ClusterArgs) {
			a.Engine, a.Instances = database.Mysql, map[string]database.ClusterInstanceArgs{"a": {InstanceClass: "db.t3.large"}}
		}, `instances.a.instanceClass: "db.t3.large": has no Database Insights with Aurora MySQL`},
		"a pause that never comes": {func(a *database.ClusterArgs) { a.Serverless = &database.ServerlessArgs{MaxAcu: 4, PauseSeconds: 300} },
			"serverless.pauseSeconds: needs minAcu 0"},
		"a proxy that keeps awake": {func(a *database.ClusterArgs) {
			a.Serverless, a.Proxy = &database.ServerlessArgs{MinAcu: pulumi.Float64Ref(0), MaxAcu: 4}, &database.ProxyArgs{}
		}, "serverless.minAcu: conflicts with proxy: the proxy's open connections keep the instances awake"},
		"an old version that cannot pause": {func(a *database.ClusterArgs) {
			a.EngineVersion, a.Serverless = "15.6", &database.ServerlessArgs{MinAcu: pulumi.Float64Ref(0), MaxAcu: 4}
		}, "serverless.minAcu: 0: needs a newer engineVersion than 15.6, which cannot pause"},
		"an old version that cannot be serverless": {func(a *database.ClusterArgs) {
			a.Engine, a.EngineVersion, a.Serverless = database.Mysql, "8.0.mysql_aurora.3.01.1", &database.ServerlessArgs{MaxAcu: 4}
		}, "serverless: needs a newer engineVersion than 8.0.mysql_aurora.3.01.1"},
		"capacity of fixed instances": {func(a *database.ClusterArgs) { a.Alarms = &database.AlarmsArgs{AcuPercent: 90} }, "alarms.acuPercent: needs serverless"},
		"fewer readers than there are": {func(a *database.ClusterArgs) {
			a.Instances = map[string]database.ClusterInstanceArgs{"a": {}, "b": {}, "c": {}}
			a.ReaderScaling = &database.ReaderScalingArgs{Max: 1}
		}, "readerScaling.max: 1: must not be less than the 2 readers among instances"},
	} {
		t.Run(name, func(t *testing.T) {
			a := minimalCluster()
			test.change(a)
			g, err := harness.Try(harness.Preview, func(ctx *pulumi.Context) error {
				_, err := database.NewCluster(ctx, "shop", a)
				return err
			})
			require.ErrorContains(t, err, test.want)
			require.Empty(t, g.Resources)
		})
	}
}

func TestSmallClassesOfAuroraHaveInsightsWhereAwsHas(t *testing.T) {
	for name, change := range map[string]func(a *database.ClusterArgs){
		"PostgreSQL": func(a *database.ClusterArgs) { a.InstanceClass = "db.t3.medium" },
		"MySQL":      func(a *database.ClusterArgs) { a.Engine, a.InstanceClass = database.Mysql, "db.t4g.medium" },
		"without insights": func(a *database.ClusterArgs) {
			a.Engine, a.InstanceClass, a.Monitoring = database.Mysql, "db.t3.medium", noInsights()
		},
	} {
		t.Run(name, func(t *testing.T) {
			harness.Run(t, harness.Preview, cluster("shop", func() *database.ClusterArgs {
				a := minimalCluster()
				change(a)
				return a
			}))
		})
	}
}

func noInsights() *database.MonitoringArgs {
	return &database.MonitoringArgs{Insights: database.InsightsOff}
}

// AWS takes identifiers of 63 characters, with what the engine and the provider add.
func TestTheLongestKeysMakeTheLongestIdentifiers(t *testing.T) {
	const longest, engineAdds, providerAdds = 63, len("-0123456"), 26
	name := strings.Repeat("n", 30)
	deploy := func(program pulumi.RunFunc) (*harness.Graph, error) { return harness.Try(harness.Update, program) }

	replica := func(length int) pulumi.RunFunc {
		return instance(name, near(func() *database.InstanceArgs {
			a := minimalInstance()
			a.Credentials = &database.CredentialsArgs{Password: pulumi.String(bootstrap)}
			a.Replicas = map[string]database.ReplicaArgs{strings.Repeat("k", length): {}}
			return a
		}))
	}
	g, err := deploy(replica(16))
	require.NoError(t, err)
	require.Len(t, g.Named(t, name+"-replica-"+strings.Repeat("k", 16)).Name, longest-engineAdds)
	_, err = deploy(replica(17))
	require.ErrorContains(t, err, "have no more than 46 characters together with the name")

	member := func(length int) pulumi.RunFunc {
		return cluster(name, func() *database.ClusterArgs {
			a := minimalCluster()
			a.Instances = map[string]database.ClusterInstanceArgs{strings.Repeat("k", length): {}}
			return a
		})
	}
	g, err = deploy(member(5))
	require.NoError(t, err)
	require.Len(t, g.Named(t, name+"-instance-kkkkk").Value("identifierPrefix"), longest-providerAdds)
	_, err = deploy(member(6))
	require.ErrorContains(t, err, "have no more than 35 characters together with the name")
}

func TestNilArgsAreRefusedNotPanickedOn(t *testing.T) {
	_, err := harness.Try(harness.Preview, func(ctx *pulumi.Context) error {
		_, err := database.NewInstance(ctx, "shop", nil)
		return err
	})
	require.ErrorContains(t, err, "vpcId: is required")
	_, err = harness.Try(harness.Preview, func(ctx *pulumi.Context) error {
		_, err := database.NewCluster(ctx, "shop", nil)
		return err
	})
	require.ErrorContains(t, err, "vpcId: is required")
}
