package table_test

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/table"
)

const (
	home     = "us-east-1"
	recovery = "eu-central-1"

	key         = pulumi.String("arn:aws:kms:us-east-1:111122223333:key/0a1b2c3d")
	recoveryKey = pulumi.String("arn:aws:kms:eu-central-1:111122223333:key/4e5f6a7b")

	tableToken   = "aws:dynamodb/table:Table"
	replicaToken = "aws:dynamodb/tableReplica:TableReplica"
)

func smallest(pulumi.ProviderResource) *table.TableArgs {
	return &table.TableArgs{Region: home, HashKey: "id", KmsKeyArn: key}
}

// full uses every argument that does not exclude another. Replicas and local indexes
// exclude Restore and Import.
func full(provider pulumi.ProviderResource) *table.TableArgs {
	a := smallest(provider)
	a.Name, a.HashKey, a.RangeKey = "shop.orders", "customer", "order"
	a.Attributes = map[string]table.AttributeType{"order": table.Number, "paid": table.Number, "digest": table.Binary}
	a.GlobalIndexes = map[string]table.GlobalIndexArgs{
		"by-status": {HashKey: "status", RangeKey: "order", Projection: table.Include, Attributes: []string{"total"}, OnDemand: &table.OnDemandArgs{MaxRead: 50}},
		"by-digest": {HashKey: "digest", Projection: table.KeysOnly},
	}
	a.LocalIndexes = map[string]table.LocalIndexArgs{"by-payment": {RangeKey: "paid", Projection: table.Include, Attributes: []string{"total"}}}
	a.OnDemand = &table.OnDemandArgs{MaxRead: 1000, MaxWrite: 200}
	a.Class, a.RecoveryDays, a.DeletionProtection = table.InfrequentAccess, pulumi.IntRef(7), pulumi.BoolRef(true)
	a.Ttl, a.Stream = &table.TtlArgs{Attribute: "expires"}, table.StreamNewAndOld
	a.Replicas = map[string]table.ReplicaArgs{recovery: {Provider: provider, KmsKeyArn: recoveryKey}}
	a.ContributorInsights = true
	a.Alarms = &table.AlarmsArgs{ActionArns: pulumi.ToStringArray([]string{"arn:aws:sns:us-east-1:111122223333:alerts"}), Throttled: 10}
	a.Tags = map[string]string{"team": "shop"}
	return a
}

// imported begins with files.
func imported(provider pulumi.ProviderResource) *table.TableArgs {
	a := smallest(provider)
	a.Import = &table.ImportArgs{
		Bucket: pulumi.String("exports"), BucketOwner: "444455556666", KeyPrefix: "orders/", Format: table.Csv, Compression: table.Zstd,
		CsvDelimiter: ";", CsvHeaders: []string{"customer", "order"},
	}
	return a
}

// scaled is provisioned, and every capacity is scaled.
func scaled(provider pulumi.ProviderResource) *table.TableArgs {
	a := smallest(provider)
	a.GlobalIndexes = map[string]table.GlobalIndexArgs{
		"by-owner":  {HashKey: "owner", Provisioned: &table.ProvisionedArgs{Read: table.CapacityArgs{Min: 1, Max: 9, UsePercent: 50}, Write: table.CapacityArgs{Min: 2, Max: 8}}},
		"by-status": {HashKey: "status"},
	}
	a.Provisioned = &table.ProvisionedArgs{Read: table.CapacityArgs{Min: 5, Max: 100}, Write: table.CapacityArgs{Min: 5, Max: 50}}
	return a
}

func program(names []string, args func(pulumi.ProviderResource) *table.TableArgs) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		provider, err := aws.NewProvider(ctx, "recovery", &aws.ProviderArgs{Region: pulumi.String(recovery)})
		if err != nil {
			return err
		}
		for _, name := range names {
			if _, err := table.NewTable(ctx, name, args(provider)); err != nil {
				return err
			}
		}
		return nil
	}
}
