package database_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/components/database"
	"github.com/plinth-iac/plinth/components/internal/base"
	"github.com/plinth-iac/plinth/tests/lifetest"
)

type (
	network        = lifetest.Network
	instanceArgs   = database.InstanceArgs
	instanceChange = lifetest.Change[database.InstanceArgs]
)

func liveInstance(net *network) *instanceArgs {
	return &instanceArgs{
		Region: net.Region, VpcId: net.VpcId, SubnetIds: net.SubnetIdsOf("a", "b"), KmsKeyArn: net.KmsKeyArn,
		Engine: database.Postgres, InstanceClass: "db.r7g.large", ApplyImmediately: true,
	}
}

// withReplicas is an instance whose password AWS does not manage, with a replica in its
// region and one in another, and everything that comes with them.
func withReplicas(net *network) *instanceArgs {
	a := liveInstance(net)
	a.Credentials = &database.CredentialsArgs{Password: pulumi.String(bootstrap)}
	a.Replicas = map[string]database.ReplicaArgs{"reports": {}, "far": farReplica(net)}
	a.Proxy = &database.ProxyArgs{}
	a.Alarms = &database.AlarmsArgs{ActionArns: pulumi.StringArray{net.TopicArn}}
	a.Events = &database.EventsArgs{TopicArn: net.TopicArn}
	a.CrossRegionBackups = &database.CrossRegionBackupsArgs{Region: net.Recovery.Region, Provider: net.Recovery.Provider, KmsKeyArn: net.Recovery.KmsKeyArn}
	return a
}

func farReplica(net *network) database.ReplicaArgs {
	r := net.Recovery
	return database.ReplicaArgs{
		Region: r.Region, Provider: r.Provider, VpcId: r.VpcId, SubnetIds: r.SubnetIdsOf("a", "b"), KmsKeyArn: r.KmsKeyArn, TopicArn: r.TopicArn,
	}
}

func startInstance(t *testing.T, args func(net *network) *instanceArgs) *lifetest.Life[instanceArgs] {
	return lifetest.Start(t, args, func(ctx *pulumi.Context, net *network, a *instanceArgs) error {
		i, err := database.NewInstance(ctx, "shop", a, net.Opts)
		if err != nil {
			return err
		}
		for name, output := range map[string]pulumi.StringOutput{
			"address": i.Address, "endpoint": i.Endpoint, "secret": i.SecretArn, "proxy": i.ProxyEndpoint, "rotation": i.RotationSecurityGroupId,
		} {
			ctx.Export(name, output)
		}
		ctx.Export("replicas", i.ReplicaAddresses)
		return nil
	})
}

func unprotected(a *instanceArgs, _ *network) { a.DeletionProtection = pulumi.BoolRef(false) }

func TestAnInstanceLivesAndChangesInPlace(t *testing.T) {
	l := startInstance(t, liveInstance)
	l.Up()
	l.Changes("bigger class", func(a *instanceArgs, _ *network) { a.InstanceClass = "db.r7g.xlarge" }, "update shop-instance")
	l.Changes("more storage", func(a *instanceArgs, _ *network) { a.AllocatedGib = 400 }, "update shop-instance")
	l.Changes("faster storage", func(a *instanceArgs, _ *network) { a.StorageType, a.Iops = database.Io2, 20000 }, "update shop-instance")
	l.Changes("a third zone", func(a *instanceArgs, net *network) { a.SubnetIds = net.SubnetIds }, "update shop-subnets")
	l.Changes("a parameter", func(a *instanceArgs, _ *network) { a.Parameters = map[string]string{"work_mem": "65536"} }, "update shop-params")
	l.Changes("a major version", func(a *instanceArgs, _ *network) { a.EngineVersion, a.AllowMajorVersionUpgrade = "18", true },
		"replace shop-params", "update shop-instance")
	l.Changes("a single zone", func(a *instanceArgs, _ *network) { a.MultiAz = pulumi.BoolRef(false) }, "update shop-instance")
	l.Protected()
	l.DestroyRefused("Cannot delete protected DB Instance")
	l.Changes("unprotected", unprotected, "update shop-instance")
	final := l.Resource("shop-instance").Props["finalSnapshotIdentifier"].(string)
	require.Regexp(t, `^shop-subnets-[0-9a-f]{7}-final$`, final)
	l.Destroy()
	// The key went with the network; the snapshot, and what is made of it, keep theirs.
	l.Changes("made of what the destroyed one left", func(a *instanceArgs, _ *network) {
		a.Restore, a.AllocatedGib = &database.RestoreArgs{SnapshotIdentifier: final}, 400
		a.KmsKeyArn, a.AwsManagedKey = nil, true
	}, each("create", append(slices.Clone(alone), networks...))...)
	require.NotEqual(t, final, l.Resource("shop-instance").Props["finalSnapshotIdentifier"], "no snapshot has a name twice")
	l.Changes("restore dropped", func(a *instanceArgs, _ *network) { a.Restore = nil })
}

// alone are the resources of an instance with nothing on top; networks those of the test.
var (
	alone    = []string{"shop-subnets", "shop-sg", "shop-monitoring-role", "shop-monitoring-policy", "shop-params", "shop-instance"}
	networks = strings.Fields("edge edge home home home home home-a home-b home-c recovery recovery recovery recovery recovery-a recovery-b recovery-c")
)

// What waits for the maintenance window is planned again until it has come.
func TestWithoutApplyImmediatelyARestartWaits(t *testing.T) {
	l := startInstance(t, func(net *network) *instanceArgs {
		a := liveInstance(net)
		a.ApplyImmediately = false
		return a
	})
	l.Up()
	bigger := func(a *instanceArgs, _ *network) { a.InstanceClass = "db.r7g.xlarge" }
	l.Plans("bigger class", bigger, "update shop-instance")
	l.Changes("a parameter", func(a *instanceArgs, _ *network) { a.Parameters = map[string]string{"work_mem": "65536"} }, "update shop-params")
	require.Equal(t, "db.r7g.large", l.Resource("shop-instance").Props["instanceClass"])
}

func TestStorageOnlyGrows(t *testing.T) {
	shrunk := false
	l := startInstance(t, func(net *network) *instanceArgs {
		a := liveInstance(net)
		if shrunk {
			a.AllocatedGib, a.MaxAllocatedGib = 50, pulumi.IntRef(0)
		}
		return a
	})
	l.Up()
	require.NoError(t, l.Cloud().Drift(l.Resource("shop-instance").URN, func(props map[string]any) { props["allocatedStorage"] = 160.0 }))
	_, err := l.Rehearsal().Refresh(t.Context())
	require.NoError(t, err, "what AWS adds is no drift")
	l.NoChanges("AWS has grown the storage")
	require.Equal(t, 160.0, l.Resource("shop-instance").Props["allocatedStorage"], "what AWS has added stays")

	l.Refused("smaller than allowed", func(a *instanceArgs, _ *network) { a.AllocatedGib = 10 }, "allocatedGib: 10: must be 20 to 65536")
	shrunk = true
	_, err = l.Rehearsal().Up(t.Context())
	require.ErrorContains(t, err, "Requested storage size (50) cannot be less than the current storage size (160)")
	shrunk = false
	l.Up()
	require.Equal(t, 160.0, l.Resource("shop-instance").Props["allocatedStorage"])
}

func TestReplicasComeAndGoAlone(t *testing.T) {
	l := startInstance(t, func(net *network) *instanceArgs {
		a := withReplicas(net)
		a.Replicas = nil
		return a
	})
	l.Up()
	add := func(key string, make func(net *network) database.ReplicaArgs) instanceChange {
		return func(a *instanceArgs, net *network) {
			a.Replicas = base.Merge(a.Replicas, map[string]database.ReplicaArgs{key: make(net)})
		}
	}
	here := []string{"shop-replica-reports", "shop-events-reports", "shop-events-reports-target", "shop-alarm-replica-lag-reports"}
	there := []string{
		"shop-replica-far", "shop-replica-far-sg", "shop-replica-far-subnets", "shop-replica-far-params", "shop-events-far", "shop-events-far-target", "shop-alarm-replica-lag-far",
	}
	l.Changes("a replica", add("reports", func(*network) database.ReplicaArgs { return database.ReplicaArgs{} }), each("create", here)...)
	l.Changes("a replica in another region", add("far", farReplica), append(each("create", there), "update shop-secret")...)
	require.Equal(t, lifetest.RecoveryRegion, l.Resource("shop-replica-far").Region)
	l.Changes("a bigger replica", add("reports", func(*network) database.ReplicaArgs { return database.ReplicaArgs{InstanceClass: "db.r7g.xlarge"} }),
		"update shop-replica-reports")
	l.Changes("a larger primary", func(a *instanceArgs, _ *network) { a.InstanceClass = "db.r7g.xlarge" },
		"update shop-instance", "update shop-replica-far")
	_, err := l.Plan(func(a *instanceArgs, _ *network) { a.Replicas = nil })
	require.ErrorContains(t, err, "protected", "a replica does not go by mistake")

	loose := func(r database.ReplicaArgs) database.ReplicaArgs {
		r.DeletionProtection = pulumi.BoolRef(false)
		return r
	}
	l.Changes("the replica may go", add("reports", func(*network) database.ReplicaArgs { return loose(database.ReplicaArgs{}) }), "update shop-replica-reports")
	l.Changes("the other may go", add("far", func(net *network) database.ReplicaArgs { return loose(farReplica(net)) }), "update shop-replica-far")
	drop := func(key string) instanceChange {
		return func(a *instanceArgs, _ *network) {
			replicas := map[string]database.ReplicaArgs{}
			for k, r := range a.Replicas {
				if k != key {
					replicas[k] = r
				}
			}
			a.Replicas = replicas
		}
	}
	l.Changes("no replica in another region", drop("far"), each("delete", there)...)
	l.Changes("no replica", drop("reports"), each("delete", here)...)
	l.Protected()
	l.Changes("unprotected", unprotected, "update shop-instance")
	l.Destroy()
}

func each(op string, names []string) []string {
	steps := make([]string, len(names))
	for i, name := range names {
		steps[i] = op + " " + name
	}
	return steps
}

// The password is in the program's configuration and must be nowhere else.
func TestThePasswordIsNowhereToBeRead(t *testing.T) {
	l := startInstance(t, withReplicas)
	l.Up()
	require.Equal(t, bootstrap, l.Resource("shop-instance").Props["password"], "it has reached AWS")
	require.Contains(t, l.Resource("shop-secret-value").Props["secretString"], `"password":"`+bootstrap+`"`)
	requireNowhere(t, l, "deployed")

	l.Changes("another password in the configuration", func(a *instanceArgs, _ *network) {
		a.Credentials = &database.CredentialsArgs{Password: pulumi.String("another-" + bootstrap)}
	})
	require.Equal(t, bootstrap, l.Resource("shop-instance").Props["password"], "rotation owns it")
	l.Changes("written once more", func(a *instanceArgs, _ *network) {
		a.Credentials = &database.CredentialsArgs{Password: pulumi.String("another-" + bootstrap), Reset: true}
	}, "update shop-instance", "replace shop-secret-value")
	require.Equal(t, "another-"+bootstrap, l.Resource("shop-instance").Props["password"])
	requireNowhere(t, l, "changed")
}

// requireNowhere looks for the password in every file that the engine has written, the
// state among them, in all that it printed and reported, and in the outputs.
func requireNowhere[A any](t *testing.T, l *lifetest.Life[A], when string) {
	t.Helper()
	encrypted := false
	places := map[string]string{"printed": l.Printed(), "phases": fmt.Sprintf("%+v", l.Rehearsal().Phases())}
	err := filepath.WalkDir(l.Rehearsal().Kept().Dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		text, err := os.ReadFile(path)
		places[path] = string(text)
		encrypted = encrypted || strings.Contains(string(text), "shop-secret-value") && strings.Contains(string(text), "ciphertext")
		return err
	})
	require.NoError(t, err)
	outputs, err := l.Rehearsal().Outputs(t.Context())
	require.NoError(t, err)
	places["outputs"] = fmt.Sprint(outputs)
	for place, text := range places {
		require.False(t, strings.Contains(text, bootstrap), "%s: the password is in %s", when, place) // not NotContains, which prints it
	}
	require.Contains(t, places["printed"], "shop-secret-value")
	require.True(t, encrypted, "the state is among the files, and keeps secrets as ciphertext")
}

// An instance that gets its first replica leaves AWS's management of the password.
func TestAPasswordLeavesAwsManagementInPlace(t *testing.T) {
	l := startInstance(t, liveInstance)
	l.Up()
	l.Changes("a password of its own", func(a *instanceArgs, _ *network) {
		a.Credentials = &database.CredentialsArgs{Password: pulumi.String(bootstrap), Reset: true}
	}, "update shop-instance", "create shop-secret", "create shop-secret-value", "create shop-rotation-sg", "create shop-rotator", "create shop-rotation")
	l.Changes("a replica", func(a *instanceArgs, _ *network) {
		a.Credentials = &database.CredentialsArgs{Password: pulumi.String(bootstrap)}
		a.Replicas = map[string]database.ReplicaArgs{"reports": {}}
	}, "create shop-replica-reports")
	require.Equal(t, bootstrap, l.Resource("shop-instance").Props["password"])
}

// A restore is dropped, or changed, and nothing happens.
func TestARestoreCanBeDropped(t *testing.T) {
	var old string // the source's identifier, once it is there
	sized := func(net *network) *instanceArgs {
		a := liveInstance(net)
		a.AllocatedGib = 100
		return a
	}
	l := lifetest.Start(t, sized, func(ctx *pulumi.Context, net *network, a *instanceArgs) error {
		source := liveInstance(net)
		source.DatabaseName = "stock"
		if _, err := database.NewInstance(ctx, "old", source, net.Opts); err != nil || old == "" {
			return err
		}
		fromSnapshot := *a
		if a.Restore != nil {
			fromSnapshot.Restore = &database.RestoreArgs{SnapshotIdentifier: "rds:old-2026-03-29-02-05"}
			a.Restore = &database.RestoreArgs{SourceIdentifier: old, Time: a.Restore.Time}
		}
		if _, err := database.NewInstance(ctx, "copy", &fromSnapshot, net.Opts); err != nil {
			return err
		}
		_, err := database.NewInstance(ctx, "shop", a, net.Opts)
		return err
	})
	l.Up()
	old = l.Resource("old-instance").Props["identifier"].(string)
	restore := func(r *database.RestoreArgs) instanceChange {
		return func(a *instanceArgs, _ *network) { a.Restore = r }
	}
	l.Changes("restored", restore(&database.RestoreArgs{Time: "2026-03-29T08:00:00Z"}),
		append(each("create", alone), each("create", strings.Fields(strings.ReplaceAll(strings.Join(alone, " "), "shop", "copy")))...)...)
	require.Equal(t, "stock", l.Resource("shop-instance").Props["dbName"], "the data is the source's")
	l.Changes("of another moment", restore(&database.RestoreArgs{}))
	l.Changes("restore dropped", restore(nil))
	l.Changes("with other names", func(a *instanceArgs, _ *network) {
		a.DatabaseName, a.Credentials = "shop", &database.CredentialsArgs{Username: "owner"}
	})
	require.Equal(t, "stock", l.Resource("shop-instance").Props["dbName"])
}

// No argument replaces the database: a change updates it, does nothing, or is refused by
// the component, by AWS, or by the engine, which protects what is to be replaced.
func TestNoArgumentReplacesAnInstance(t *testing.T) {
	l := startInstance(t, withReplicas)
	l.Up()
	replica := func(change func(r *database.ReplicaArgs, net *network)) instanceChange {
		return func(a *instanceArgs, net *network) {
			near, far := database.ReplicaArgs{}, farReplica(net)
			change(&near, net)
			change(&far, net)
			a.Replicas = map[string]database.ReplicaArgs{"reports": near, "far": far}
		}
	}
	l.NeverReplaces([]string{"shop-instance", "shop-replica-reports", "shop-replica-far"}, map[string]instanceChange{
		"region":        func(a *instanceArgs, _ *network) { a.Region = "eu-central-1" },
		"VPC":           func(a *instanceArgs, net *network) { a.VpcId = net.Recovery.VpcId },
		"subnets":       func(a *instanceArgs, net *network) { a.SubnetIds = net.SubnetIdsOf("b", "c") },
		"engine":        func(a *instanceArgs, _ *network) { a.Engine = database.Mysql },
		"version":       func(a *instanceArgs, _ *network) { a.EngineVersion, a.AllowMajorVersionUpgrade = "18", true },
		"older version": func(a *instanceArgs, _ *network) { a.EngineVersion = "16" },
		"minor version": func(a *instanceArgs, _ *network) { a.EngineVersion = "17.5" },
		"class":         func(a *instanceArgs, _ *network) { a.InstanceClass = "db.r7g.2xlarge" },
		"database":      func(a *instanceArgs, _ *network) { a.DatabaseName = "shop" },
		"port":          func(a *instanceArgs, _ *network) { a.Port = 6432 },
		"parameters":    func(a *instanceArgs, _ *network) { a.Parameters = map[string]string{"max_connections": "500"} },
		"key":           func(a *instanceArgs, net *network) { a.KmsKeyArn = net.Recovery.KmsKeyArn },
		"AWS's key":     func(a *instanceArgs, _ *network) { a.KmsKeyArn, a.AwsManagedKey = nil, true },
		"certificate":   func(a *instanceArgs, _ *network) { a.CaCertificate = "rds-ca-ecc384-g1" },
		"one zone":      func(a *instanceArgs, _ *network) { a.MultiAz = pulumi.BoolRef(false) },
		"more storage":  func(a *instanceArgs, _ *network) { a.AllocatedGib = 500 },
		"less storage":  func(a *instanceArgs, _ *network) { a.AllocatedGib = 50 },
		"storage limit": func(a *instanceArgs, _ *network) { a.MaxAllocatedGib = pulumi.IntRef(1000) },
		"fixed storage": func(a *instanceArgs, _ *network) { a.MaxAllocatedGib = pulumi.IntRef(0) },
		"fast storage":  func(a *instanceArgs, _ *network) { a.StorageType, a.Iops = database.Io2, 5000 },
		"throughput":    func(a *instanceArgs, _ *network) { a.AllocatedGib, a.Iops, a.ThroughputMibps = 400, 12000, 600 },
		"user": func(a *instanceArgs, _ *network) {
			a.Credentials = &database.CredentialsArgs{Username: "owner", Password: pulumi.String(bootstrap)}
		},
		"password": func(a *instanceArgs, _ *network) {
			a.Credentials = &database.CredentialsArgs{Password: pulumi.String("another-password"), Reset: true}
		},
		"AWS's password": func(a *instanceArgs, _ *network) { a.Credentials = nil },
		"no proxy":       func(a *instanceArgs, _ *network) { a.Proxy = nil },
		"retention":      func(a *instanceArgs, _ *network) { a.BackupRetentionDays = pulumi.IntRef(35) },
		"windows": func(a *instanceArgs, _ *network) {
			a.BackupWindow, a.MaintenanceWindow = "05:00-06:00", "mon:07:00-mon:08:00"
		},
		"AWS Backup": func(a *instanceArgs, _ *network) { a.ByAwsBackup = true },
		"no copies":  func(a *instanceArgs, _ *network) { a.CrossRegionBackups = nil },
		"restore": func(a *instanceArgs, _ *network) {
			a.Restore, a.AllocatedGib = &database.RestoreArgs{SnapshotIdentifier: "rds:old"}, 100
		},
		"minor upgrades": func(a *instanceArgs, _ *network) { a.AutoMinorVersionUpgrade = pulumi.BoolRef(false) },
		"upgrades":       func(a *instanceArgs, _ *network) { a.AllowMajorVersionUpgrade = true },
		"support":        func(a *instanceArgs, _ *network) { a.ExtendedSupport = true },
		"blue/green":     func(a *instanceArgs, _ *network) { a.BlueGreen, a.Replicas = true, nil },
		"at the window":  func(a *instanceArgs, _ *network) { a.ApplyImmediately = false },
		"protection":     unprotected,
		"no snapshot":    func(a *instanceArgs, _ *network) { a.SkipFinalSnapshot = true },
		"monitoring": func(a *instanceArgs, _ *network) {
			a.Monitoring = &database.MonitoringArgs{IntervalSeconds: pulumi.IntRef(0), Insights: database.InsightsOff}
		},
		"insights": func(a *instanceArgs, _ *network) {
			a.Monitoring = &database.MonitoringArgs{Insights: database.InsightsAdvanced, Logs: []string{"upgrade"}}
		},
		"no alarms":       func(a *instanceArgs, _ *network) { a.Alarms = nil },
		"no events":       func(a *instanceArgs, _ *network) { a.Events = nil },
		"tags":            func(a *instanceArgs, _ *network) { a.Tags = map[string]string{"team": "shop"} },
		"backup tags":     func(a *instanceArgs, _ *network) { a.BackupTags = map[string]string{"backup": "shop"} },
		"replica classes": replica(func(r *database.ReplicaArgs, _ *network) { r.InstanceClass = "db.r7g.4xlarge" }),
		"replica zones": replica(func(r *database.ReplicaArgs, net *network) {
			r.Zone = map[bool]string{true: lifetest.Region, false: lifetest.RecoveryRegion}[r.Region == ""] + "b"
		}),
		"replica standbys": replica(func(r *database.ReplicaArgs, _ *network) { r.MultiAz = true }),
		"replica storage": replica(func(r *database.ReplicaArgs, _ *network) {
			r.StorageType, r.Iops, r.MaxAllocatedGib = database.Io2, 2000, pulumi.IntRef(400)
		}),
		"replica subnets": replica(func(r *database.ReplicaArgs, net *network) {
			if r.SubnetIds != nil {
				r.SubnetIds = net.Recovery.SubnetIds
			}
		}),
		"replica topic": replica(func(r *database.ReplicaArgs, _ *network) { r.TopicArn = nil }),
		"replica dead letters": replica(func(r *database.ReplicaArgs, _ *network) {
			r.DeadLetterArn = pulumi.Sprintf("arn:aws:sqs:%s:111122223333:undelivered", map[bool]string{true: lifetest.Region, false: lifetest.RecoveryRegion}[r.Region == ""])
		}),
		"replica key": replica(func(r *database.ReplicaArgs, net *network) {
			if r.KmsKeyArn != nil {
				r.KmsKeyArn = net.KmsKeyArn
			}
		}),
		"replica moved":    replica(func(r *database.ReplicaArgs, net *network) { *r = database.ReplicaArgs{} }),
		"replica versions": replica(func(r *database.ReplicaArgs, _ *network) { r.EngineVersion = "18" }),
	})
}
