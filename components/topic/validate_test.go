package topic_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/components/topic"
	"github.com/plinth-iac/plinth/tests/harness"
)

func subscribed(fifo *topic.FifoArgs, s map[string]topic.SubscriptionArgs) *topic.TopicArgs {
	return &topic.TopicArgs{Region: home, AwsManagedKey: true, Fifo: fifo, Subscriptions: s}
}

func TestEveryProblemIsReportedAtOnceBeforeAnythingExists(t *testing.T) {
	long, crowd := strings.Repeat("a", 55), map[string]topic.PublisherArgs{}
	for i := range 20 {
		crowd[fmt.Sprint(i)] = topic.PublisherArgs{Service: "events.amazonaws.com", SourceAccountId: "111122223333"}
	}
	queueArn, address := pulumi.String("arn:aws:sqs:eu-west-1:111122223333:mails"), pulumi.String("sales@example.com")
	for name, c := range map[string]struct {
		component string
		args      *topic.TopicArgs
		want      string
	}{
		"nothing given": {"orders", nil, `topic.Topic "orders": 2 problems
  kmsKeyArn: is required, unless awsManagedKey is true: the key cannot be changed later, and what AWS's own key encrypts cannot be shared with another account
  region: is required`},
		"a name": {"new orders", smallest(), `topic.Topic "new orders": 1 problem
  name: "new orders": must be 1 to 54 letters, digits, hyphens and underscores`},
		"a long name": {long, smallest(), `topic.Topic "` + long + `": 1 problem
  name: "` + long + `": must be 1 to 54 letters, digits, hyphens and underscores`},
		"the topic": {"orders", &topic.TopicArgs{
			Region: "Ireland", KmsKeyArn: key, AwsManagedKey: true, DisplayName: strings.Repeat("o", 101), DeadLetterArn: mailsFifo,
			DeliveryLogs: &topic.DeliveryLogsArgs{SuccessPercent: 101, RetentionDays: 2},
		}, `topic.Topic "orders": 6 problems
  awsManagedKey: conflicts with kmsKeyArn: data is encrypted with one key
  deadLetterArn: "arn:aws:sqs:eu-west-1:111122223333:mails.fifo": must be of the topic's kind, standard or FIFO
  deliveryLogs.retentionDays: 2: must be one of 1 3 5 7 14 30 60 90 120 150 180 365 400 545 731 1096 1827 2192 2557 2922 3288 3653
  deliveryLogs.successPercent: 101: must be 0 to 100
  displayName: "` + strings.Repeat("o", 101) + `": must be 100 characters or fewer
  region: "Ireland": must be a region such as eu-central-1`},
		"publishers": {"orders", &topic.TopicArgs{Region: home, KmsKeyArn: key, Fifo: &topic.FifoArgs{}, Publishers: map[string]topic.PublisherArgs{
			"nobody": {SourceAccountId: "1", SourceArn: pulumi.String("alarm")}, "anybody": {Service: "cloudwatch.amazonaws.com"},
			"somebody": {Service: "cloudwatch", SourceAccountId: "111122223333"},
			"a.bucket": {Service: "s3.amazonaws.com", SourceArn: pulumi.String("arn:aws:s3:::uploads")},
		}}, `topic.Topic "orders": 7 problems
  publishers.anybody: needs sourceArn or sourceAccountId: the service publishes for every account of AWS
  publishers.nobody.service: is required
  publishers.nobody.sourceAccountId: "1": must be twelve digits
  publishers.nobody.sourceArn: "alarm": must be an ARN
  publishers.somebody.service: "cloudwatch": must be a service such as cloudwatch.amazonaws.com
  publishers["a.bucket"].service: "s3.amazonaws.com": S3 does not publish to FIFO topics
  publishers["a.bucket"].sourceAccountId: is required: the ARN of a bucket does not say whose it is`},
		"a crowd": {"orders", &topic.TopicArgs{Region: home, KmsKeyArn: key, Publishers: crowd}, `topic.Topic "orders": 1 problem
  publishers: 20: must be 19 or fewer: SNS takes no more statements in a policy`},
		"a service without a key": {"orders", &topic.TopicArgs{Region: home, AwsManagedKey: true, Publishers: map[string]topic.PublisherArgs{"rules": crowd["1"]}},
			`topic.Topic "orders": 1 problem
  awsManagedKey: conflicts with publishers: no AWS service may use the account's key of SNS`},
		"subscribers": {"orders", subscribed(nil, map[string]topic.SubscriptionArgs{
			"nobody": {}, "two": {QueueArn: queueArn, Email: address},
			"queue": {QueueArn: pulumi.String("mails")}, "fifo": {QueueArn: mailsFifo},
			"function": {FunctionArn: queueArn, Raw: true}, "http": {Https: pulumi.String("http://shop.example.com")},
			"mail": {Email: pulumi.String("sales"), Raw: true, DeadLetterArn: lettersFifo}, "letters": {Email: address, DeadLetterArn: address},
		}), `topic.Topic "orders": 11 problems
  subscriptions.fifo.queueArn: "arn:aws:sqs:eu-west-1:111122223333:mails.fifo": a FIFO queue takes messages of FIFO topics only
  subscriptions.function.functionArn: "arn:aws:sqs:eu-west-1:111122223333:mails": must be the ARN of a function or an alias
  subscriptions.function.raw: conflicts with subscriptions.function.functionArn: only queues and HTTPS take messages without their envelope
  subscriptions.http.https: "http://shop.example.com": must begin with https://
  subscriptions.letters.deadLetterArn: "sales@example.com": must be the ARN of a queue
  subscriptions.mail.deadLetterArn: "arn:aws:sqs:eu-west-1:111122223333:letters.fifo": must be of the topic's kind, standard or FIFO
  subscriptions.mail.email: "sales": must be an address such as team@example.com
  subscriptions.mail.raw: conflicts with subscriptions.mail.email: only queues and HTTPS take messages without their envelope
  subscriptions.nobody: must have one of queueArn, functionArn, https and email, and has 0
  subscriptions.queue.queueArn: "mails": must be the ARN of a queue
  subscriptions.two: must have one of queueArn, functionArn, https and email, and has 2`},
		"subscribers of an order": {"orders", subscribed(&topic.FifoArgs{}, map[string]topic.SubscriptionArgs{
			"sales": {Email: address}, "mails": {QueueArn: queueArn, DeadLetterArn: queueArn},
		}), `topic.Topic "orders": 2 problems
  subscriptions.mails.deadLetterArn: "arn:aws:sqs:eu-west-1:111122223333:mails": must be of the topic's kind, standard or FIFO
  subscriptions.sales.email: is not for a FIFO topic, which delivers to queues only`},
		"filters": {"orders", subscribed(nil, map[string]topic.SubscriptionArgs{
			"text": {Email: address, Filter: "paid"}, "body": {Email: address, FilterBody: true},
			"value": {Email: address, Filter: `{"kind": "paid"}`},
		}), `topic.Topic "orders": 3 problems
  subscriptions.body.filterBody: needs filter
  subscriptions.text.filter: "paid": must be a JSON object of lists, such as {"kind": ["paid", "sent"]}
  subscriptions.value.filter: "{\"kind\": \"paid\"}": kind must be a list of what matches`},
	} {
		t.Run(name, func(t *testing.T) {
			g, err := harness.Try(harness.Preview, program(c.args, c.component))
			require.ErrorContains(t, err, c.want+"\n")
			require.Empty(t, g.Resources)
		})
	}
}
