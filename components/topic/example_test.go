package topic_test

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/iampolicy"
	"github.com/plinth-iac/plinth/components/topic"
)

// Orders that a service publishes, and somebody who reads about them.
func ExampleNewTopic() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		orders, err := topic.NewTopic(ctx, "orders", &topic.TopicArgs{
			Region:        "eu-central-1",
			AwsManagedKey: true,
			Subscriptions: map[string]topic.SubscriptionArgs{"sales": {Email: pulumi.String("sales@example.com")}},
		})
		if err != nil {
			return err
		}
		ctx.Export("ordersArn", orders.TopicArn)
		ctx.Export("policy", iampolicy.Document(orders.PublishStatements()...))
		return nil
	})
}
