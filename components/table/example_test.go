package table_test

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/iampolicy"
	"github.com/plinth-iac/plinth/components/table"
)

// A table of orders, found by customer or by status.
func ExampleNewTable() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		orders, err := table.NewTable(ctx, "orders", &table.TableArgs{
			Region:        "us-east-1",
			HashKey:       "customer",
			RangeKey:      "order",
			GlobalIndexes: map[string]table.GlobalIndexArgs{"by-status": {HashKey: "status", RangeKey: "order"}},
			KmsKeyArn:     pulumi.String("arn:aws:kms:us-east-1:111122223333:key/0a1b2c3d"),
		})
		if err != nil {
			return err
		}
		ctx.Export("orders", orders.Name)
		ctx.Export("policy", iampolicy.Document(orders.ReadStatements()...))
		return nil
	})
}
