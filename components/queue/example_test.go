package queue_test

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/iampolicy"
	"github.com/plinth-iac/plinth/components/queue"
)

// Orders that a service handles, and what the service may do with them.
func ExampleNewQueue() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		orders, err := queue.NewQueue(ctx, "orders", &queue.QueueArgs{
			Region:        "eu-central-1",
			AwsManagedKey: true,
		})
		if err != nil {
			return err
		}
		ctx.Export("ordersUrl", orders.QueueUrl)
		ctx.Export("policy", iampolicy.Document(orders.ReceiveStatements()...))
		return nil
	})
}
