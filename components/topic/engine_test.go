package topic_test

import (
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sqs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/components/topic"
	"github.com/plinth-iac/plinth/tests/lifetest"
)

func onNetwork(net *lifetest.Network) *topic.TopicArgs {
	return &topic.TopicArgs{Region: net.Region, KmsKeyArn: net.KmsKeyArn}
}

// deploy makes a topic beside a queue that subscriptions named "mails" are for.
func deploy(ctx *pulumi.Context, net *lifetest.Network, a *topic.TopicArgs) error {
	mails, err := sqs.NewQueue(ctx, "mails", &sqs.QueueArgs{}, pulumi.Provider(net.Provider))
	if err != nil {
		return err
	}
	if s, found := a.Subscriptions["mails"]; found {
		s.QueueArn = mails.Arn
		a.Subscriptions["mails"] = s
	}
	_, err = topic.NewTopic(ctx, "orders", a, net.Opts)
	return err
}

type change = lifetest.Change[topic.TopicArgs]

func unprotected(a *topic.TopicArgs, _ *lifetest.Network) {
	a.DeletionProtection = pulumi.BoolRef(false)
}

// fifo has nobody who is told in other ways than by a queue.
func fifo(a *topic.TopicArgs, _ *lifetest.Network) {
	a.Fifo, a.Subscriptions, a.Publishers = &topic.FifoArgs{}, nil, nil
}

func watched(a *topic.TopicArgs, net *lifetest.Network) {
	a.Alarms = &topic.AlarmsArgs{ActionArns: pulumi.StringArray{net.TopicArn}}
}

func logged(a *topic.TopicArgs, _ *lifetest.Network) {
	a.DeliveryLogs = &topic.DeliveryLogsArgs{SuccessPercent: 1}
}

func published(a *topic.TopicArgs, net *lifetest.Network) {
	a.Publishers = map[string]topic.PublisherArgs{
		"alarms":  {Service: "cloudwatch.amazonaws.com", SourceAccountId: net.AccountId},
		"uploads": {Service: "s3.amazonaws.com", SourceArn: pulumi.String("arn:aws:s3:::uploads"), SourceAccountId: net.AccountId},
	}
}

func told(subscriptions map[string]topic.SubscriptionArgs) change {
	return func(a *topic.TopicArgs, _ *lifetest.Network) { a.Subscriptions = subscriptions }
}

func TestTheLifeOfATopic(t *testing.T) {
	sales := topic.SubscriptionArgs{Email: pulumi.String("sales@example.com")}
	l := lifetest.Start(t, onNetwork, deploy)
	l.Up()
	l.Changes("two who are told", told(map[string]topic.SubscriptionArgs{"mails": {}, "sales": sales}),
		"create orders-subscription-mails", "create orders-subscription-sales")
	require.Contains(t, l.Resource("orders-subscription-mails").Props["redrivePolicy"], "orders-dead-letters")
	l.Changes("one less, and one told less", told(map[string]topic.SubscriptionArgs{"mails": {Raw: true, Filter: `{"kind": ["paid"]}`}}),
		"delete orders-subscription-sales", "update orders-subscription-mails")
	l.Changes("publishers, alarms and logs", func(a *topic.TopicArgs, net *lifetest.Network) { published(a, net); watched(a, net); logged(a, net) },
		"update orders-policy", "create orders-alarm-failed", "create orders-alarm-lost", "create orders-alarm-dead-letters",
		"update orders-topic", "create orders-delivery-role", "create orders-delivery-role-policy", "create orders-deliveries", "create orders-failed-deliveries")
	l.PlanRefused("an order", fifo, "orders-topic", "protect")
	l.Refused("a publisher for everybody", func(a *topic.TopicArgs, _ *lifetest.Network) {
		a.Publishers = map[string]topic.PublisherArgs{"anybody": {Service: "cloudwatch.amazonaws.com"}}
	}, "publishers.anybody: needs sourceArn or sourceAccountId")
	l.NeverReplaces([]string{"orders-topic", "orders-dead-letters"}, map[string]change{
		"region": func(a *topic.TopicArgs, _ *lifetest.Network) { a.Region = "eu-west-2" },
		"order":  fifo,
		"key": func(a *topic.TopicArgs, _ *lifetest.Network) {
			a.KmsKeyArn, a.AwsManagedKey, a.Publishers = nil, true, nil
		},
		"name":      func(a *topic.TopicArgs, _ *lifetest.Network) { a.DisplayName = "Orders" },
		"publisher": func(a *topic.TopicArgs, _ *lifetest.Network) { a.Publishers = nil },
		"nobody":    told(nil),
		"letters": func(a *topic.TopicArgs, net *lifetest.Network) {
			a.DeadLetterArn = pulumi.String("arn:aws:sqs:eu-west-1:444455556666:letters")
		},
		"tracing":   func(a *topic.TopicArgs, _ *lifetest.Network) { a.Tracing = true },
		"logs":      func(a *topic.TopicArgs, _ *lifetest.Network) { a.DeliveryLogs = nil },
		"alarms":    func(a *topic.TopicArgs, _ *lifetest.Network) { a.Alarms = nil },
		"protected": unprotected,
		"tags":      func(a *topic.TopicArgs, _ *lifetest.Network) { a.Tags = map[string]string{"team": "shop"} },
	})
	l.Protected()
	l.Changes("unprotected", unprotected)
	l.Changes("an order", fifo, "delete orders-subscription-mails", "replace orders-topic", "replace orders-policy", "replace orders-dead-letters",
		"replace orders-dead-letters-policy", "update orders-alarm-failed", "update orders-alarm-lost", "update orders-alarm-dead-letters",
		"replace orders-deliveries", "replace orders-failed-deliveries", "update orders-delivery-role-policy")
	require.Regexp(t, `^orders-topic-.*\.fifo$`, l.Resource("orders-topic").Props["name"])
	l.Destroy()
}
