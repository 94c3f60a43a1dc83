package function_test

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/function"
	"github.com/plinth-iac/plinth/components/queue"
)

// A function that handles the messages of a queue, and tidies up at night.
func ExampleSourcesArgs() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		orders, err := queue.NewQueue(ctx, "orders", &queue.QueueArgs{
			Region: "eu-central-1", AwsManagedKey: true, VisibilityTimeoutSeconds: 180,
		})
		if err != nil {
			return err
		}
		_, err = function.NewFunction(ctx, "order-events", &function.FunctionArgs{
			Region: "eu-central-1", AccountId: "111122223333", AwsManagedKey: true,
			Runtime: function.Nodejs22, Handler: "index.handler", Code: pulumi.NewFileArchive("handlers/order-events"),
			Sources: &function.SourcesArgs{
				Queues:    map[string]function.QueueSourceArgs{"orders": {QueueArn: orders.QueueArn, VisibilityTimeoutSeconds: 180}},
				Schedules: map[string]function.ScheduleSourceArgs{"tidy": {Cron: "0 3 * * *", TimeZone: "Europe/Berlin"}},
				OnFailure: &function.DestinationArgs{QueueArn: orders.DeadLetterArn},
			},
		})
		return err
	})
}
