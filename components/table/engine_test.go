package table_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/components/table"
	"github.com/plinth-iac/plinth/tests/lifetest"
)

func onNetwork(net *lifetest.Network) *table.TableArgs {
	return &table.TableArgs{
		Region: net.Region, HashKey: "customer", RangeKey: "order", KmsKeyArn: net.KmsKeyArn,
		GlobalIndexes: map[string]table.GlobalIndexArgs{"by-status": {HashKey: "status"}},
	}
}

func deploy(ctx *pulumi.Context, net *lifetest.Network, a *table.TableArgs) error {
	_, err := table.NewTable(ctx, "orders", a, net.Opts)
	return err
}

type change = lifetest.Change[table.TableArgs]

func unprotected(a *table.TableArgs, _ *lifetest.Network) {
	a.DeletionProtection = pulumi.BoolRef(false)
}

func replicated(a *table.TableArgs, net *lifetest.Network) {
	a.Replicas = map[string]table.ReplicaArgs{net.Recovery.Region: {Provider: net.Recovery.Provider, KmsKeyArn: net.Recovery.KmsKeyArn}}
}

// indexed has the index and one more before it, in the order of their names.
func indexed(a *table.TableArgs, _ *lifetest.Network) {
	a.GlobalIndexes = map[string]table.GlobalIndexArgs{"by-status": {HashKey: "status"}, "by-day": {HashKey: "day"}}
}

func capacity(readMax, writeMax int) *table.ProvisionedArgs {
	return &table.ProvisionedArgs{Read: table.CapacityArgs{Min: 5, Max: readMax}, Write: table.CapacityArgs{Min: 5, Max: writeMax}}
}

func TestTheLifeOfATable(t *testing.T) {
	l := lifetest.Start(t, onNetwork, deploy)
	l.Up()
	l.Changes("expiry, shorter recovery and a stream", func(a *table.TableArgs, _ *lifetest.Network) {
		a.Ttl, a.RecoveryDays, a.Stream = &table.TtlArgs{Attribute: "expires"}, pulumi.IntRef(7), table.StreamNew
	}, "update orders-table")
	l.Changes("an index", indexed, "update orders-table")
	l.Refused("no expiry at once", func(a *table.TableArgs, _ *lifetest.Network) { a.Ttl = nil }, "timeToLiveSpecification.attributeName")
	l.Changes("no expiry", func(a *table.TableArgs, _ *lifetest.Network) {
		a.Ttl = &table.TtlArgs{Attribute: "expires", Disabled: true}
	}, "update orders-table")
	require.Equal(t, false, l.Resource("orders-table").Props["ttl"].(map[string]any)["enabled"])
	l.Changes("a replica, and its stream", func(a *table.TableArgs, net *lifetest.Network) {
		replicated(a, net)
		a.Stream = ""
	}, "update orders-table", "create orders-replica-eu-central-1")
	require.Equal(t, lifetest.RecoveryRegion, l.Resource("orders-replica-eu-central-1").Region)
	l.Changes("no recovery of the replica", func(a *table.TableArgs, net *lifetest.Network) {
		a.Replicas = map[string]table.ReplicaArgs{net.Recovery.Region: {
			Provider: net.Recovery.Provider, KmsKeyArn: net.Recovery.KmsKeyArn, Recovery: pulumi.BoolRef(false),
		}}
	}, "update orders-replica-eu-central-1")

	l.PlanRefused("another key", func(a *table.TableArgs, _ *lifetest.Network) { a.RangeKey = "day" }, "orders-table", "protect")
	l.PlanRefused("a local index", func(a *table.TableArgs, _ *lifetest.Network) {
		a.LocalIndexes = map[string]table.LocalIndexArgs{"by-total": {RangeKey: "total"}}
	}, "orders-table", "protect")
	l.PlanRefused("another key of the replica", func(a *table.TableArgs, net *lifetest.Network) {
		a.Replicas = map[string]table.ReplicaArgs{net.Recovery.Region: {
			Provider: net.Recovery.Provider, KmsKeyArn: pulumi.String("arn:aws:kms:eu-central-1:111122223333:key/other"),
		}}
	}, "orders-replica-eu-central-1", "protect")
	l.PlanRefused("without the replica", func(a *table.TableArgs, _ *lifetest.Network) { a.Replicas = nil }, "orders-replica-eu-central-1", "protect")
	l.Refused("a type of a key that is none", func(a *table.TableArgs, _ *lifetest.Network) {
		a.Attributes = map[string]table.AttributeType{"total": table.Number}
	}, "attributes.total: is no key")

	l.Protected()
	l.DestroyRefused("currently protected against deletion")
	l.Changes("unprotected", unprotected, "update orders-table", "update orders-replica-eu-central-1")
	l.Changes("no replica", func(a *table.TableArgs, _ *lifetest.Network) { a.Replicas, a.Stream = nil, table.StreamNewAndOld },
		"delete orders-replica-eu-central-1")
	l.Changes("no stream either", func(a *table.TableArgs, _ *lifetest.Network) { a.Stream = "" }, "update orders-table")
	l.Destroy()
}

// What a policy has scaled stays as it is, through a refresh and other changes.
func TestScaledCapacityIsLeftAlone(t *testing.T) {
	l := lifetest.Start(t, func(net *lifetest.Network) *table.TableArgs {
		a := onNetwork(net)
		a.Provisioned = capacity(100, 100)
		return a
	}, deploy)
	l.Up()
	id := l.Resource("orders-table").ID
	require.NoError(t, l.Cloud().Drift(id, func(props map[string]any) {
		props["readCapacity"] = 40.0
		props["globalSecondaryIndexes"].([]any)[0].(map[string]any)["writeCapacity"] = 60.0
	}))
	scaled := func(when string) {
		props := l.Resource("orders-table").Props
		require.Equal(t, 40.0, props["readCapacity"], when)
		for _, index := range props["globalSecondaryIndexes"].([]any) {
			if index := index.(map[string]any); index["name"] == "by-status" {
				require.Equal(t, 60.0, index["writeCapacity"], when)
			}
		}
	}
	l.NoChanges("scaled by AWS")
	_, _ = l.Rehearsal().Refresh(t.Context()) // takes note of it, or fails because there is something to note
	l.NoChanges("scaled by AWS, refreshed")
	scaled("refreshed")
	l.Changes("another change", func(a *table.TableArgs, _ *lifetest.Network) { a.Ttl = &table.TtlArgs{Attribute: "expires"} }, "update orders-table")
	scaled("after another change")
	l.Changes("more headroom", func(a *table.TableArgs, _ *lifetest.Network) { a.Provisioned = capacity(200, 100) },
		"update orders-read-target", "update orders-read-target-by-status")
	l.Changes("a later index", func(a *table.TableArgs, _ *lifetest.Network) {
		a.GlobalIndexes = map[string]table.GlobalIndexArgs{"by-status": {HashKey: "status"}, "by-total": {HashKey: "total"}}
	}, "update orders-table", "create orders-read-target-by-total", "create orders-read-policy-by-total",
		"create orders-write-target-by-total", "create orders-write-policy-by-total")
	scaled("with another index")
}

func TestFromOnDemandToScaledInTwoSteps(t *testing.T) {
	atOnce := false
	l := lifetest.Start(t, func(net *lifetest.Network) *table.TableArgs {
		a := onNetwork(net)
		if atOnce {
			a.Provisioned = capacity(100, 100)
		}
		return a
	}, deploy)
	l.Up()
	atOnce = true
	_, err := l.Rehearsal().Up(t.Context())
	require.ErrorContains(t, err, "ReadCapacityUnits and WriteCapacityUnits must both be specified")
	atOnce = false
	l.Changes("fixed first", func(a *table.TableArgs, _ *lifetest.Network) { a.Provisioned = capacity(0, 0) }, "update orders-table")
	l.Changes("then scaled", func(a *table.TableArgs, _ *lifetest.Network) { a.Provisioned = capacity(100, 0) },
		"create orders-read-target", "create orders-read-policy", "create orders-read-target-by-status", "create orders-read-policy-by-status")
	l.Changes("and back", func(a *table.TableArgs, _ *lifetest.Network) { a.Provisioned = nil }, "update orders-table",
		"delete orders-read-target", "delete orders-read-policy", "delete orders-read-target-by-status", "delete orders-read-policy-by-status")
}

func TestWhatATableBeganWithIsDroppedWithoutATrace(t *testing.T) {
	for name, begin := range map[string]change{
		"a restore": func(a *table.TableArgs, _ *lifetest.Network) {
			a.Restore = &table.RestoreArgs{SourceTableName: pulumi.String("old"), Time: "2025-06-01T12:00:00Z"}
		},
		"an import": func(a *table.TableArgs, _ *lifetest.Network) {
			a.Import = &table.ImportArgs{Bucket: pulumi.String("exports")}
		},
	} {
		t.Run(name, func(t *testing.T) {
			l := lifetest.Start(t, func(net *lifetest.Network) *table.TableArgs {
				a := onNetwork(net)
				begin(a, net)
				return a
			}, deploy)
			l.Up()
			l.Changes("another one", func(a *table.TableArgs, _ *lifetest.Network) {
				a.Import, a.Restore = nil, &table.RestoreArgs{SourceTableArn: pulumi.String("arn:aws:dynamodb:eu-west-1:111122223333:table/other")}
			})
			l.Changes("none", func(a *table.TableArgs, _ *lifetest.Network) { a.Import, a.Restore = nil, nil })
		})
	}
}

func TestNoArgumentReplacesATable(t *testing.T) {
	l := lifetest.Start(t, onNetwork, deploy)
	l.Up()
	l.NeverReplaces([]string{"orders-table"}, map[string]change{
		"region":    func(a *table.TableArgs, _ *lifetest.Network) { a.Region = "eu-west-2" },
		"name":      func(a *table.TableArgs, _ *lifetest.Network) { a.Name = "other" },
		"hash key":  func(a *table.TableArgs, _ *lifetest.Network) { a.HashKey = "shop" },
		"range key": func(a *table.TableArgs, _ *lifetest.Network) { a.RangeKey = "" },
		"types": func(a *table.TableArgs, _ *lifetest.Network) {
			a.Attributes = map[string]table.AttributeType{"status": table.Number}
		},
		"indexes": func(a *table.TableArgs, _ *lifetest.Network) { a.GlobalIndexes = nil },
		"projection": func(a *table.TableArgs, _ *lifetest.Network) {
			a.GlobalIndexes = map[string]table.GlobalIndexArgs{"by-status": {HashKey: "status", Projection: table.KeysOnly}}
		},
		"local indexes": func(a *table.TableArgs, _ *lifetest.Network) {
			a.LocalIndexes = map[string]table.LocalIndexArgs{"by-total": {RangeKey: "total"}}
		},
		"limits":   func(a *table.TableArgs, _ *lifetest.Network) { a.OnDemand = &table.OnDemandArgs{MaxRead: 100} },
		"capacity": func(a *table.TableArgs, _ *lifetest.Network) { a.Provisioned = capacity(100, 100) },
		"class":    func(a *table.TableArgs, _ *lifetest.Network) { a.Class = table.InfrequentAccess },
		"key": func(a *table.TableArgs, _ *lifetest.Network) {
			a.KmsKeyArn = pulumi.String("arn:aws:kms:eu-west-1:111122223333:key/other")
		},
		"AWS's key": func(a *table.TableArgs, _ *lifetest.Network) {
			a.KmsKeyArn, a.AwsManagedKey, a.Replicas = nil, true, nil
		},
		"recovery":    func(a *table.TableArgs, _ *lifetest.Network) { a.RecoveryDays = pulumi.IntRef(0) },
		"unprotected": unprotected,
		"restore": func(a *table.TableArgs, _ *lifetest.Network) {
			a.Restore = &table.RestoreArgs{SourceTableName: pulumi.String("old")}
		},
		"import": func(a *table.TableArgs, _ *lifetest.Network) {
			a.Import = &table.ImportArgs{Bucket: pulumi.String("exports")}
		},
		"expiry":   func(a *table.TableArgs, _ *lifetest.Network) { a.Ttl = &table.TtlArgs{Attribute: "expires"} },
		"stream":   func(a *table.TableArgs, _ *lifetest.Network) { a.Stream = table.StreamNewAndOld },
		"replicas": replicated,
		"insights": func(a *table.TableArgs, _ *lifetest.Network) { a.ContributorInsights = true },
		"alarms":   func(a *table.TableArgs, _ *lifetest.Network) { a.Alarms = &table.AlarmsArgs{} },
		"tags":     func(a *table.TableArgs, _ *lifetest.Network) { a.Tags = map[string]string{"team": "shop"} },
	})
}

func TestAnAlarmedTableWithInsights(t *testing.T) {
	l := lifetest.Start(t, func(net *lifetest.Network) *table.TableArgs {
		a := onNetwork(net)
		a.ContributorInsights, a.Alarms = true, &table.AlarmsArgs{ActionArns: pulumi.StringArray{net.TopicArn}}
		a.KmsKeyArn, a.AwsManagedKey, a.DeletionProtection = nil, true, pulumi.BoolRef(false)
		return a
	}, deploy)
	l.Up()
	l.Changes("an index, watched too", indexed, "update orders-table", "create orders-insights-by-day",
		"create orders-alarm-read-throttled-by-day", "create orders-alarm-write-throttled-by-day")
	l.Changes("a key of its own", func(a *table.TableArgs, net *lifetest.Network) { a.KmsKeyArn, a.AwsManagedKey = net.KmsKeyArn, false }, "update orders-table")
	l.Destroy()
}
