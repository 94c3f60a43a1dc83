package table_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/plinth-iac/plinth/components/iampolicy"
	"github.com/plinth-iac/plinth/components/objective"
	"github.com/plinth-iac/plinth/components/table"
	"github.com/plinth-iac/plinth/tests/harness"
)

var always = []string{"importTable", "replicas", "restoreDateTime", "restoreSourceName", "restoreSourceTableArn", "restoreToLatestTime"}

func TestGraph(t *testing.T) {
	for name, args := range map[string]func(pulumi.ProviderResource) *table.TableArgs{"smallest": smallest, "full": full, "imported": imported, "scaled": scaled} {
		t.Run(name, func(t *testing.T) {
			harness.Both(t, program([]string{"orders"}, args), func(t *testing.T, g *harness.Graph) {
				g.Golden(t, name)
				g.Owned(t, table.Type+"::orders", "orders-", "recovery")
			})
		})
	}
}

func TestSafeByDefault(t *testing.T) {
	harness.Both(t, program([]string{"orders"}, smallest), func(t *testing.T, g *harness.Graph) {
		r := g.Named(t, "orders-table")
		require.True(t, r.Protect)
		for path, want := range map[string]any{
			"deletionProtectionEnabled": true, "pointInTimeRecovery.enabled": true, "pointInTimeRecovery.recoveryPeriodInDays": 35.0,
			"serverSideEncryption.enabled": true, "serverSideEncryption.kmsKeyArn": string(key), "billingMode": "PAY_PER_REQUEST",
			"streamEnabled": false, "ttl.enabled": false, "replicas": nil,
		} {
			require.Equal(t, want, r.Value(path), path)
		}
		require.Equal(t, always, r.IgnoreChanges)
	})
}

func TestAwsManagedKeyIsWrittenDown(t *testing.T) {
	args := func(p pulumi.ProviderResource) *table.TableArgs {
		a := smallest(p)
		a.KmsKeyArn, a.AwsManagedKey = nil, true
		a.Replicas = map[string]table.ReplicaArgs{recovery: {Provider: p}}
		return a
	}
	harness.Both(t, program([]string{"orders"}, args), func(t *testing.T, g *harness.Graph) {
		require.Equal(t, map[string]any{"enabled": true}, g.Named(t, "orders-table").Value("serverSideEncryption"))
		require.Nil(t, g.Named(t, "orders-replica-eu-central-1").Value("kmsKeyArn"))
	})
}

func TestAReplicaIsAsSafeAsItsTable(t *testing.T) {
	harness.Both(t, program([]string{"orders"}, full), func(t *testing.T, g *harness.Graph) {
		replica := g.Named(t, "orders-replica-eu-central-1")
		require.True(t, replica.Protect)
		require.Contains(t, replica.Provider, "::recovery")
		require.Equal(t, string(recoveryKey), replica.Value("kmsKeyArn"))
		require.Equal(t, true, replica.Value("pointInTimeRecovery"))
		require.Equal(t, true, replica.Value("deletionProtectionEnabled"))
		require.Equal(t, "NEW_AND_OLD_IMAGES", g.Named(t, "orders-table").Value("streamViewType"))
	})
}

func TestReplicasTurnTheStreamOn(t *testing.T) {
	args := func(p pulumi.ProviderResource) *table.TableArgs {
		a := smallest(p)
		a.Replicas = map[string]table.ReplicaArgs{recovery: {Provider: p, KmsKeyArn: recoveryKey}}
		return a
	}
	r := harness.Run(t, harness.Update, program([]string{"orders"}, args)).Named(t, "orders-table")
	require.Equal(t, true, r.Value("streamEnabled"))
	require.Equal(t, "NEW_AND_OLD_IMAGES", r.Value("streamViewType"))
}

// Without the name AWS refuses to turn expiry off.
func TestAnExpiryThatIsTurnedOffKeepsItsName(t *testing.T) {
	for disabled, want := range map[bool]map[string]any{
		false: {"attributeName": "expires", "enabled": true}, true: {"attributeName": "expires", "enabled": false},
	} {
		args := func(p pulumi.ProviderResource) *table.TableArgs {
			a := smallest(p)
			a.Ttl = &table.TtlArgs{Attribute: "expires", Disabled: disabled}
			return a
		}
		harness.Both(t, program([]string{"orders"}, args), func(t *testing.T, g *harness.Graph) {
			require.Equal(t, want, g.Named(t, "orders-table").Value("ttl"))
		})
	}
}

// Minutes that are not counted yet are filled with 0, as good as any.
func TestErrorsRaiseTheirAlarmThoughTheNewestMinuteIsGood(t *testing.T) {
	alarm := harness.Run(t, harness.Update, program([]string{"orders"}, full)).Named(t, "orders-alarm-system-errors")
	require.Equal(t, []any{3.0, 5.0}, []any{alarm.Value("datapointsToAlarm"), alarm.Value("evaluationPeriods")})
}

// Each capacity belongs to the program or to a policy, and the program ignores those of
// the policies and no others.
func TestEveryCapacityHasOneOwner(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		scales := map[string]bool{}
		capacity := func(of string) table.CapacityArgs {
			scales[of] = rapid.Bool().Draw(r, of)
			if scales[of] {
				return table.CapacityArgs{Min: 5, Max: 10}
			}
			return table.CapacityArgs{Min: 5}
		}
		own := &table.ProvisionedArgs{Read: capacity("read"), Write: capacity("write")}
		index := &table.ProvisionedArgs{Read: capacity("read-by-owner"), Write: capacity("write-by-owner")}
		g := harness.Run(t, harness.Preview, program([]string{"orders"}, func(p pulumi.ProviderResource) *table.TableArgs {
			a := smallest(p)
			a.Provisioned = own
			a.GlobalIndexes = map[string]table.GlobalIndexArgs{"by-owner": {HashKey: "owner", Provisioned: index}}
			return a
		}))
		for of, property := range map[string]string{
			"read": "readCapacity", "write": "writeCapacity",
			"read-by-owner": "globalSecondaryIndexes[*].readCapacity", "write-by-owner": "globalSecondaryIndexes[*].writeCapacity",
		} {
			kind, suffix, _ := strings.Cut(of, "-")
			if suffix != "" {
				suffix = "-" + suffix
			}
			_, target := g.Find("orders-" + kind + "-target" + suffix)
			_, policy := g.Find("orders-" + kind + "-policy" + suffix)
			ignored := slices.Contains(g.Named(t, "orders-table").IgnoreChanges, property)
			require.Equal(t, []bool{scales[of], scales[of], scales[of]}, []bool{target, policy, ignored}, of)
		}
	})
}

func TestReplicasOfAProvisionedTableWaitForItsScaling(t *testing.T) {
	args := func(p pulumi.ProviderResource) *table.TableArgs {
		a := scaled(p)
		a.Replicas = map[string]table.ReplicaArgs{recovery: {Provider: p, KmsKeyArn: recoveryKey}}
		return a
	}
	g := harness.Run(t, harness.Preview, program([]string{"orders"}, args))
	require.Contains(t, g.Named(t, "orders-replica-eu-central-1").Dependencies, g.Named(t, "orders-write-policy").URN)
}

func TestRestoreTakesOneSource(t *testing.T) {
	for name, test := range map[string]struct {
		restore table.RestoreArgs
		want    map[string]any
	}{
		"the latest state by name": {table.RestoreArgs{SourceTableName: pulumi.String("old")},
			map[string]any{"restoreSourceName": "old", "restoreToLatestTime": true}},
		"a past state by ARN": {table.RestoreArgs{SourceTableArn: pulumi.String("arn:old"), Time: "2025-06-01T12:00:00Z"},
			map[string]any{"restoreSourceTableArn": "arn:old", "restoreDateTime": "2025-06-01T12:00:00Z"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := harness.Run(t, harness.Update, program([]string{"orders"}, func(p pulumi.ProviderResource) *table.TableArgs {
				a := smallest(p)
				a.Restore = &test.restore
				return a
			})).Named(t, "orders-table")
			got := map[string]any{}
			for _, property := range always {
				if v := r.Value(property); v != nil {
					got[property] = v
				}
			}
			require.Equal(t, test.want, got)
		})
	}
}

type statement struct {
	Action    []string
	Resource  any
	Condition map[string]map[string]string
}

func statements(t *testing.T, args func(pulumi.ProviderResource) *table.TableArgs, of func(*table.Table) []iampolicy.Statement) []statement {
	g := harness.Run(t, harness.Update, func(ctx *pulumi.Context) error {
		orders, err := table.NewTable(ctx, "orders", args(nil))
		if err != nil {
			return err
		}
		var r struct{ pulumi.CustomResourceState }
		return ctx.RegisterResource("test:index:Consumer", "app", pulumi.Map{"policy": iampolicy.Document(of(orders)...)}, &r)
	})
	var document struct{ Statement []statement }
	require.NoError(t, json.Unmarshal([]byte(g.Named(t, "app").Value("policy").(string)), &document))
	return document.Statement
}

func TestGrantsCoverIndexesStreamAndKey(t *testing.T) {
	const arn = "arn:aws:mock:us-east-1:111122223333:orders-table"
	viaTable := map[string]map[string]string{"StringEquals": {"kms:ViaService": "dynamodb.us-east-1.amazonaws.com"}}
	for name, test := range map[string]struct {
		of        func(*table.Table) []iampolicy.Statement
		resources any
		may, not  string
	}{
		"read":   {(*table.Table).ReadStatements, []any{arn, arn + "/index/*"}, "dynamodb:Query", "dynamodb:PutItem"},
		"write":  {(*table.Table).WriteStatements, arn, "dynamodb:PutItem", "dynamodb:Query"},
		"stream": {(*table.Table).StreamStatements, arn + "/stream/*", "dynamodb:GetRecords", "dynamodb:GetItem"},
	} {
		t.Run(name, func(t *testing.T) {
			got := statements(t, smallest, test.of)
			require.Len(t, got, 2)
			require.Equal(t, test.resources, got[0].Resource)
			require.Contains(t, got[0].Action, test.may)
			require.NotContains(t, got[0].Action, test.not)
			require.Equal(t, string(key), got[1].Resource)
			require.Contains(t, got[1].Action, "kms:Decrypt")
			require.Equal(t, viaTable, got[1].Condition)

			got = statements(t, func(p pulumi.ProviderResource) *table.TableArgs {
				a := smallest(p)
				a.KmsKeyArn, a.AwsManagedKey = nil, true
				return a
			}, test.of)
			require.Len(t, got, 1, "AWS's own key needs no grant")
		})
	}
	china := statements(t, func(p pulumi.ProviderResource) *table.TableArgs {
		a := smallest(p)
		a.Region = "cn-north-1"
		return a
	}, (*table.Table).ReadStatements)
	require.Equal(t, "dynamodb.cn-north-1.amazonaws.com.cn", china[1].Condition["StringEquals"]["kms:ViaService"])
}

func objectives(t *testing.T, args func(pulumi.ProviderResource) *table.TableArgs) (o objective.Objectives) {
	harness.Run(t, harness.Preview, func(ctx *pulumi.Context) error {
		orders, err := table.NewTable(ctx, "orders", args(nil))
		if err == nil {
			o = orders.Objectives
		}
		return err
	})
	return o
}

func TestObjectivesFollowTheSettings(t *testing.T) {
	plain := objectives(t, smallest)
	require.Zero(t, plain[objective.Zone].Rpo+plain[objective.Zone].Rto)
	require.Equal(t, 5*time.Minute, plain[objective.Mistake].Rpo)
	require.Equal(t, objective.Lost, plain.Of(objective.Region))
	require.Equal(t, objective.Lost, objectives(t, func(p pulumi.ProviderResource) *table.TableArgs {
		a := smallest(p)
		a.RecoveryDays = pulumi.IntRef(0)
		return a
	}).Of(objective.Mistake))
	var global objective.Objectives
	harness.Run(t, harness.Preview, func(ctx *pulumi.Context) error {
		orders, err := table.NewTable(ctx, "orders", full(&pulumi.ProviderResourceState{}))
		if err == nil {
			global = orders.Objectives
		}
		return err
	})
	require.Equal(t, time.Second, global[objective.Region].Rpo)
}

func TestTwoTablesInOneProgram(t *testing.T) {
	harness.Both(t, program([]string{"orders", "carts"}, full), func(t *testing.T, g *harness.Graph) {
		require.Len(t, g.OfType(tableToken), 2)
		require.Len(t, g.OfType(replicaToken), 2)
	})
}

func TestArgsAreNotChanged(t *testing.T) {
	args := full(nil)
	_, err := harness.Try(harness.Preview, func(ctx *pulumi.Context) error {
		_, err := table.NewTable(ctx, "orders", args)
		return err
	})
	require.ErrorContains(t, err, "replicas.eu-central-1.provider: is required")
	require.Equal(t, full(nil), args)
}
