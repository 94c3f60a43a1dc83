package table_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/components/table"
	"github.com/plinth-iac/plinth/tests/harness"
)

// try makes a table and gives the error and what was registered of the component.
func try(name string, args *table.TableArgs) (*harness.Graph, error) {
	return harness.Try(harness.Preview, func(ctx *pulumi.Context) error {
		_, err := table.NewTable(ctx, name, args)
		return err
	})
}

func TestEveryMistakeIsReportedAtOnceAndNothingIsRegistered(t *testing.T) {
	args := &table.TableArgs{
		Region:     "Frankfurt",
		Name:       "no spaces",
		RangeKey:   "sort",
		Attributes: map[string]table.AttributeType{"sort": "Date", "unused": table.String},
		GlobalIndexes: map[string]table.GlobalIndexArgs{
			"ix":        {RangeKey: "a"},
			"by-status": {HashKey: "status", RangeKey: "status", Projection: "Some", Provisioned: &table.ProvisionedArgs{}},
			"by-owner":  {HashKey: "owner", Projection: table.Include, OnDemand: &table.OnDemandArgs{MaxRead: -2}},
			"by-day":    {HashKey: "day", Attributes: []string{"total"}},
		},
		LocalIndexes:  map[string]table.LocalIndexArgs{"by-day": {}, "by-total": {RangeKey: "total", Projection: table.Include}},
		OnDemand:      &table.OnDemandArgs{MaxWrite: -5},
		Class:         "Cold",
		KmsKeyArn:     key,
		AwsManagedKey: true,
		RecoveryDays:  pulumi.IntRef(36),
		Restore:       &table.RestoreArgs{Time: "yesterday"},
		Import:        &table.ImportArgs{BucketOwner: "1111", Format: "Xml", Compression: "Rar", CsvDelimiter: "--"},
		Ttl:           &table.TtlArgs{Attribute: "sort"},
		Stream:        "Everything",
		Replicas: map[string]table.ReplicaArgs{
			"Frankfurt":  {},
			"far":        {},
			"cn-north-1": {KmsKeyArn: key},
		},
		Alarms: &table.AlarmsArgs{Throttled: -1, SystemErrors: -1, ReplicationSeconds: -1},
	}
	g, err := try("orders", args)
	require.Error(t, err)
	require.Empty(t, g.Resources)
	harness.Golden(t, "errors.golden", err.Error()+"\n")
}

func TestWhatAwsWouldRefuseIsRefused(t *testing.T) {
	fixed := func(n int) *table.ProvisionedArgs {
		return &table.ProvisionedArgs{Read: table.CapacityArgs{Min: n}, Write: table.CapacityArgs{Min: n}}
	}
	indexes := func(n int, projected int) map[string]table.GlobalIndexArgs {
		all := map[string]table.GlobalIndexArgs{}
		for i := range n {
			index := table.GlobalIndexArgs{HashKey: "id"}
			if projected > 0 {
				index.Projection, index.Attributes = table.Include, make([]string, projected)
			}
			all[fmt.Sprintf("index-%d", i)] = index
		}
		return all
	}
	replica := func(region string, a table.ReplicaArgs) map[string]table.ReplicaArgs {
		a.Provider = &pulumi.ProviderResourceState{}
		return map[string]table.ReplicaArgs{region: a}
	}
	for name, test := range map[string]struct {
		change func(a *table.TableArgs)
		want   string
	}{
		"no key": {func(a *table.TableArgs) { a.KmsKeyArn = nil },
			"kmsKeyArn: is required, unless awsManagedKey is true: what AWS's own key encrypts cannot be shared with another account"},
		"no hash key":      {func(a *table.TableArgs) { a.HashKey = "" }, "hashKey: is required"},
		"one key twice":    {func(a *table.TableArgs) { a.RangeKey = "id" }, `rangeKey: "id": is the hash key already`},
		"too many indexes": {func(a *table.TableArgs) { a.GlobalIndexes = indexes(21, 0) }, "globalIndexes: 21: a table has at most 20"},
		"too many in all":  {func(a *table.TableArgs) { a.GlobalIndexes = indexes(6, 17) }, "globalIndexes: all indexes together include 102 attributes; at most 100 are allowed"},
		"a local index for what": {func(a *table.TableArgs) {
			a.LocalIndexes = map[string]table.LocalIndexArgs{"by-day": {RangeKey: "day"}}
		}, "localIndexes: need a rangeKey: a local index orders the items of one hash key in another way"},
		"expiry that is no time": {func(a *table.TableArgs) {
			a.GlobalIndexes, a.Ttl = map[string]table.GlobalIndexArgs{"by-end": {HashKey: "end"}}, &table.TtlArgs{Attribute: "end"}
		}, `ttl.attribute: "end": must be a Number: it holds seconds`},
		"an expiry of what": {func(a *table.TableArgs) { a.Ttl = &table.TtlArgs{Disabled: true} }, "ttl.attribute: is required"},
		"replicas of a restored table": {func(a *table.TableArgs) {
			a.Replicas, a.Restore = replica(recovery, table.ReplicaArgs{KmsKeyArn: recoveryKey}), &table.RestoreArgs{SourceTableName: pulumi.String("old")}
		}, "replicas: conflicts with restore: AWS makes the table without the stream that they need; take restore out and add them in a second update"},
		"replicas of an imported table": {func(a *table.TableArgs) {
			a.Replicas, a.Import = replica(recovery, table.ReplicaArgs{KmsKeyArn: recoveryKey}), &table.ImportArgs{Bucket: pulumi.String("exports")}
		}, "replicas: conflicts with import: AWS makes the table without the stream that they need; take import out and add them in a second update"},
		"a stream of a restored table": {func(a *table.TableArgs) {
			a.Stream, a.Restore = table.StreamNew, &table.RestoreArgs{SourceTableName: pulumi.String("old")}
		}, "stream: conflicts with restore: AWS makes the table without one; take restore out and add it in a second update"},
		"a local index of an imported table": {func(a *table.TableArgs) {
			a.RangeKey, a.LocalIndexes = "day", map[string]table.LocalIndexArgs{"by-total": {RangeKey: "total"}}
			a.Import = &table.ImportArgs{Bucket: pulumi.String("exports")}
		}, "localIndexes: conflicts with import: AWS imports into a table without any, and they cannot be added later"},
		"too many in one index": {func(a *table.TableArgs) { a.GlobalIndexes = indexes(1, 21) },
			"globalIndexes.index-0.attributes: 21: an index includes at most 20"},
		"two ways to pay": {func(a *table.TableArgs) { a.OnDemand, a.Provisioned = &table.OnDemandArgs{}, fixed(5) },
			"onDemand: conflicts with provisioned: capacity is paid for in one way"},
		"no capacity": {func(a *table.TableArgs) { a.Provisioned = &table.ProvisionedArgs{Read: table.CapacityArgs{Min: 1}} }, "provisioned.write.min: 0: must be 1 or more"},
		"less than the least": {func(a *table.TableArgs) {
			a.Provisioned = fixed(5)
			a.Provisioned.Read.Max = 3
		}, "provisioned.read.max: 3: must not be below min, 5"},
		"an index that pays otherwise": {func(a *table.TableArgs) {
			a.Provisioned = fixed(5)
			a.GlobalIndexes = map[string]table.GlobalIndexArgs{"by-day": {HashKey: "day", OnDemand: &table.OnDemandArgs{}}}
		}, "globalIndexes.by-day.onDemand: the table is provisioned, so its indexes are"},
		"some indexes that scale": {func(a *table.TableArgs) {
			a.Provisioned = fixed(5)
			a.GlobalIndexes = indexes(2, 0)
			a.GlobalIndexes["index-0"] = table.GlobalIndexArgs{HashKey: "id", Provisioned: &table.ProvisionedArgs{
				Read: table.CapacityArgs{Min: 5}, Write: table.CapacityArgs{Min: 5, Max: 9},
			}}
		}, "globalIndexes: 1 of 2 scale their write capacity; it must be all or none: give each provisioned.write.max, or none"},
		"a replica at home": {func(a *table.TableArgs) { a.Replicas = replica(home, table.ReplicaArgs{KmsKeyArn: key}) },
			"replicas.us-east-1: is the table's own region"},
		"a replica without a key": {func(a *table.TableArgs) { a.Replicas = replica(recovery, table.ReplicaArgs{}) },
			"replicas.eu-central-1.kmsKeyArn: is required: the table has a key of its own, so each replica needs one of its region"},
		"a replica with a key of elsewhere": {func(a *table.TableArgs) { a.Replicas = replica(recovery, table.ReplicaArgs{KmsKeyArn: key}) },
			`replicas.eu-central-1.kmsKeyArn: "arn:aws:kms:us-east-1:111122223333:key/0a1b2c3d": must be a key of eu-central-1`},
		"a replica with too little in the stream": {func(a *table.TableArgs) {
			a.Replicas, a.Stream = replica(recovery, table.ReplicaArgs{KmsKeyArn: recoveryKey}), table.StreamKeys
		}, `stream: "StreamKeys": must be StreamNewAndOld with replicas`},
		"a replica of a fixed capacity": {func(a *table.TableArgs) {
			a.Replicas, a.Provisioned = replica(recovery, table.ReplicaArgs{KmsKeyArn: recoveryKey}), fixed(5)
		}, "replicas: need on-demand capacity, or provisioned.write.max: AWS wants the writes of replicated tables scaled"},
		"a long key": {func(a *table.TableArgs) { a.HashKey = strings.Repeat("k", 256) },
			"attributes." + strings.Repeat("k", 256) + ": has 256 characters; a key attribute has at most 255"},
	} {
		t.Run(name, func(t *testing.T) {
			args := smallest(nil)
			test.change(args)
			g, err := try("orders", args)
			require.ErrorContains(t, err, "table.Table \"orders\": 1 problem\n  "+test.want+"\n")
			require.Empty(t, g.Resources)
		})
	}
}

func TestNamesAreChecked(t *testing.T) {
	for name, want := range map[string]string{
		"db":                     `name: "db": must be 3 to 241 letters, digits, hyphens, underscores and dots, unless the table is given another name`,
		strings.Repeat("n", 242): "must be 3 to 241 letters",
		"a b c":                  "must be 3 to 241 letters",
	} {
		_, err := try(name, smallest(nil))
		require.ErrorContains(t, err, want)
	}
	args := smallest(nil)
	args.Name = "named"
	_, err := try("db", args)
	require.NoError(t, err)
}

func TestNilArgsAreRefusedNotPanickedOn(t *testing.T) {
	_, err := try("orders", nil)
	require.ErrorContains(t, err, "hashKey: is required")
}
