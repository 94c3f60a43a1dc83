package queue_test

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/queue"
)

const (
	home       = "eu-west-1"
	key        = pulumi.String("arn:aws:kms:eu-west-1:111122223333:key/1")
	ordersArn  = pulumi.String("arn:aws:sns:eu-west-1:111122223333:orders.fifo")
	stockArn   = pulumi.String("arn:aws:sns:eu-west-1:111122223333:stock.fifo")
	queueToken = "aws:sqs/queue:Queue"
)

func smallest() *queue.QueueArgs {
	return &queue.QueueArgs{Region: home, AwsManagedKey: true}
}

// full uses every argument that does not exclude another; it is a FIFO queue.
func full() *queue.QueueArgs {
	return &queue.QueueArgs{
		Region: home, KmsKeyArn: key, Fifo: &queue.FifoArgs{ContentBasedDeduplication: true, HighThroughput: pulumi.BoolRef(false)},
		VisibilityTimeoutSeconds: 180, RetentionSeconds: 7200, ReceiveWaitSeconds: pulumi.IntRef(0), DelaySeconds: 5, MaxMessageBytes: 4096,
		MaxReceiveCount: 3,
		Senders: map[string]queue.SenderArgs{
			"news":  {Service: "sns.amazonaws.com", SourceArn: pulumi.String("arn:aws:sns:eu-west-1:111122223333:news.fifo")},
			"rules": {Service: "events.amazonaws.com", SourceArn: pulumi.String("arn:aws:events:eu-west-1:111122223333:rule/*"), SourceAccountId: "111122223333"},
		},
		Topics: map[string]queue.TopicArgs{
			"orders": {TopicArn: ordersArn, Raw: true, Filter: `{"order": {"kind": ["paid"]}}`, FilterBody: true},
			"stock":  {TopicArn: stockArn, Filter: `{"kind": ["paid"]}`, DeadLetterArn: pulumi.String("arn:aws:sqs:eu-west-1:111122223333:letters.fifo")},
		},
		Alarms: &queue.AlarmsArgs{
			ActionArns: pulumi.ToStringArray([]string{"arn:aws:sns:eu-west-1:111122223333:alerts"}), OldestMessageSeconds: 60,
		},
		DeletionProtection: pulumi.BoolRef(false), Tags: map[string]string{"team": "shop"},
	}
}

func program(args *queue.QueueArgs, names ...string) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		for _, name := range names {
			if _, err := queue.NewQueue(ctx, name, args); err != nil {
				return err
			}
		}
		return nil
	}
}
