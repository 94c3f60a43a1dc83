package queue_test

import (
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sqs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/components/queue"
	"github.com/plinth-iac/plinth/tests/lifetest"
)

func onNetwork(net *lifetest.Network) *queue.QueueArgs {
	return &queue.QueueArgs{Region: net.Region, KmsKeyArn: net.KmsKeyArn}
}

func deploy(ctx *pulumi.Context, net *lifetest.Network, a *queue.QueueArgs) error {
	_, err := queue.NewQueue(ctx, "orders", a, net.Opts)
	return err
}

type change = lifetest.Change[queue.QueueArgs]

func unprotected(a *queue.QueueArgs, _ *lifetest.Network) {
	a.DeletionProtection = pulumi.BoolRef(false)
}

// fifo has no bucket among its senders, and no standard topic.
func fifo(a *queue.QueueArgs, _ *lifetest.Network) {
	a.Fifo, a.Senders, a.Topics = &queue.FifoArgs{}, nil, nil
}

func subscribed(a *queue.QueueArgs, net *lifetest.Network) {
	a.Topics = map[string]queue.TopicArgs{"news": {TopicArn: net.TopicArn, Raw: true}}
}

func watched(a *queue.QueueArgs, net *lifetest.Network) {
	a.Alarms = &queue.AlarmsArgs{ActionArns: pulumi.StringArray{net.TopicArn}}
}

func sentTo(a *queue.QueueArgs, net *lifetest.Network) {
	a.Senders = map[string]queue.SenderArgs{
		"alerts":  {Service: "sns.amazonaws.com", SourceArn: net.TopicArn},
		"uploads": {Service: "s3.amazonaws.com", SourceArn: pulumi.String("arn:aws:s3:::uploads"), SourceAccountId: net.AccountId},
	}
}

func TestTheLifeOfAQueue(t *testing.T) {
	l := lifetest.Start(t, onNetwork, deploy)
	l.Up()
	l.Changes("fewer tries", func(a *queue.QueueArgs, _ *lifetest.Network) { a.MaxReceiveCount = 3 }, "update orders-queue")
	l.Changes("kept for longer", func(a *queue.QueueArgs, _ *lifetest.Network) { a.RetentionSeconds = 1209600 }, "update orders-queue")
	l.Changes("slower receivers", func(a *queue.QueueArgs, _ *lifetest.Network) { a.VisibilityTimeoutSeconds = 180 },
		"update orders-queue", "update orders-dead-letters")
	l.Changes("senders", sentTo, "update orders-policy")
	l.Changes("a topic", subscribed, "create orders-subscription-news", "update orders-policy", "update orders-dead-letters-policy")
	l.Changes("alarms", watched, "create orders-alarm-oldest-message", "create orders-alarm-dead-letters")
	l.Changes("the key of SQS", func(a *queue.QueueArgs, _ *lifetest.Network) { a.KmsKeyArn, a.AwsManagedKey = nil, true },
		"update orders-queue", "update orders-dead-letters")
	l.PlanRefused("an order", fifo, "orders-queue", "protect")
	l.Refused("a sender for everybody", func(a *queue.QueueArgs, _ *lifetest.Network) {
		a.Senders = map[string]queue.SenderArgs{"anybody": {Service: "sns.amazonaws.com"}}
	}, "senders.anybody: needs sourceArn or sourceAccountId")
	l.Protected()
	l.Changes("unprotected", unprotected)
	l.Destroy()
}

// Once nothing protects them, both queues become others together, and the new ones know
// each other before the old ones go.
func TestAnUnprotectedQueueCanGetAnOrder(t *testing.T) {
	l := lifetest.Start(t, onNetwork, deploy)
	l.Up()
	l.Changes("unprotected", unprotected)
	l.Changes("an order", fifo, "replace orders-queue", "replace orders-dead-letters", "replace orders-policy", "replace orders-dead-letters-policy",
		"replace orders-redrive-allow")
	require.Regexp(t, `^orders-queue-.*\.fifo$`, l.Resource("orders-queue").Props["name"])
	l.Changes("no duplicates by content, over the whole queue", func(a *queue.QueueArgs, _ *lifetest.Network) {
		a.Fifo = &queue.FifoArgs{ContentBasedDeduplication: true, HighThroughput: pulumi.BoolRef(false)}
	}, "update orders-queue", "update orders-dead-letters")
	l.Destroy()
}

// Another queue is refused, in AWS, as a source of these dead letters.
func TestDeadLettersAreOfOneQueueOnly(t *testing.T) {
	stranger := false
	l := lifetest.Start(t, onNetwork, func(ctx *pulumi.Context, net *lifetest.Network, a *queue.QueueArgs) error {
		orders, err := queue.NewQueue(ctx, "orders", a, net.Opts)
		if err != nil || !stranger {
			return err
		}
		_, err = sqs.NewQueue(ctx, "stranger", &sqs.QueueArgs{
			RedrivePolicy: pulumi.Sprintf(`{"deadLetterTargetArn":"%s","maxReceiveCount":5}`, orders.DeadLetterArn),
		}, pulumi.Provider(net.Provider))
		return err
	})
	l.Up()
	stranger = true
	_, err := l.Rehearsal().Up(t.Context())
	require.ErrorContains(t, err, "does not allow the queue")
}

func TestNoArgumentReplacesAQueue(t *testing.T) {
	l := lifetest.Start(t, onNetwork, deploy)
	l.Up()
	l.NeverReplaces([]string{"orders-queue", "orders-dead-letters"}, map[string]change{
		"region":    func(a *queue.QueueArgs, _ *lifetest.Network) { a.Region = "eu-west-2" },
		"order":     fifo,
		"key":       func(a *queue.QueueArgs, _ *lifetest.Network) { a.KmsKeyArn, a.AwsManagedKey = nil, true },
		"timeout":   func(a *queue.QueueArgs, _ *lifetest.Network) { a.VisibilityTimeoutSeconds = 60 },
		"retention": func(a *queue.QueueArgs, _ *lifetest.Network) { a.RetentionSeconds = 60 },
		"wait":      func(a *queue.QueueArgs, _ *lifetest.Network) { a.ReceiveWaitSeconds = pulumi.IntRef(0) },
		"delay":     func(a *queue.QueueArgs, _ *lifetest.Network) { a.DelaySeconds = 900 },
		"size":      func(a *queue.QueueArgs, _ *lifetest.Network) { a.MaxMessageBytes = 1024 },
		"tries":     func(a *queue.QueueArgs, _ *lifetest.Network) { a.MaxReceiveCount = 1 },
		"senders":   sentTo,
		"topics":    subscribed,
		"alarms":    watched,
		"protected": unprotected,
		"tags":      func(a *queue.QueueArgs, _ *lifetest.Network) { a.Tags = map[string]string{"team": "shop"} },
	})
}
