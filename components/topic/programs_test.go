package topic_test

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/topic"
)

const (
	home        = "eu-west-1"
	key         = pulumi.String("arn:aws:kms:eu-west-1:111122223333:key/1")
	topicToken  = "aws:sns/topic:Topic"
	mailsFifo   = pulumi.String("arn:aws:sqs:eu-west-1:111122223333:mails.fifo")
	lettersFifo = pulumi.String("arn:aws:sqs:eu-west-1:111122223333:letters.fifo")
)

func smallest() *topic.TopicArgs {
	return &topic.TopicArgs{Region: home, AwsManagedKey: true}
}

// full uses every argument that does not exclude another; it is a FIFO topic.
func full() *topic.TopicArgs {
	return &topic.TopicArgs{
		Region: home, KmsKeyArn: key, Fifo: &topic.FifoArgs{ContentBasedDeduplication: true, HighThroughput: pulumi.BoolRef(false)},
		DisplayName: "Orders", Tracing: true,
		Publishers: map[string]topic.PublisherArgs{
			"rules": {Service: "events.amazonaws.com", SourceArn: pulumi.String("arn:aws:events:eu-west-1:111122223333:rule/*"), SourceAccountId: "111122223333"},
		},
		Subscriptions: map[string]topic.SubscriptionArgs{
			"mails": {QueueArn: mailsFifo, Raw: true, Filter: `{"order": {"kind": ["paid", "sent"]}}`, FilterBody: true},
			"stock": {
				QueueArn: pulumi.String("arn:aws:sqs:eu-west-1:111122223333:stock"), Filter: `{"kind": ["paid"]}`, DeadLetterArn: lettersFifo,
			},
		},
		DeliveryLogs:       &topic.DeliveryLogsArgs{SuccessPercent: 10, RetentionDays: 7, KmsKeyArn: key},
		Alarms:             &topic.AlarmsArgs{ActionArns: pulumi.ToStringArray([]string{"arn:aws:sns:eu-west-1:111122223333:alerts"})},
		DeletionProtection: pulumi.BoolRef(false), Tags: map[string]string{"team": "shop"},
	}
}

// open tells everybody that a standard topic can tell.
func open() *topic.TopicArgs {
	a := smallest()
	a.DeadLetterArn = pulumi.String("arn:aws:sqs:eu-west-1:111122223333:letters")
	a.Subscriptions = map[string]topic.SubscriptionArgs{
		"checks": {FunctionArn: pulumi.String("arn:aws:lambda:eu-west-1:111122223333:function:checks:live")},
		"mails":  {QueueArn: pulumi.String("arn:aws:sqs:eu-west-1:111122223333:mails")},
		"sales":  {Email: pulumi.String("sales@example.com")},
		"shop":   {Https: pulumi.String("https://shop.example.com/orders"), Raw: true},
	}
	return a
}

func program(args *topic.TopicArgs, names ...string) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		for _, name := range names {
			if _, err := topic.NewTopic(ctx, name, args); err != nil {
				return err
			}
		}
		return nil
	}
}
