package stacks

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sns"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sqs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/iampolicy"
	"github.com/plinth-iac/plinth/components/keys"
)

// newAlerts makes the topic that a region's alarms and events go to. A development stack
// has one only if somebody reads it.
func (p *platform) newAlerts(s *site, name string, key *keys.Key) error {
	if p.env.Profile != Production && len(p.env.AlertEmails) == 0 {
		return nil
	}
	topic, err := sns.NewTopic(p.ctx, name, &sns.TopicArgs{KmsMasterKeyId: optionalString(arn(key))}, s.single)
	if err != nil {
		return fmt.Errorf("create the topic %s: %w", name, err)
	}
	_, err = sns.NewTopicPolicy(p.ctx, name, &sns.TopicPolicyArgs{Arn: topic.Arn, Policy: p.alertsPolicy(topic)}, s.single)
	if err != nil {
		return fmt.Errorf("let alarms publish to %s: %w", name, err)
	}
	for _, address := range p.env.AlertEmails {
		_, err := sns.NewTopicSubscription(p.ctx, name+"-"+address, &sns.TopicSubscriptionArgs{
			Topic: topic.Arn, Protocol: pulumi.String("email"), Endpoint: pulumi.String(address),
		}, s.single)
		if err != nil {
			return fmt.Errorf("subscribe %s to %s: %w", address, name, err)
		}
	}
	s.alerts = topic.Arn
	return nil
}

// alertsPolicy lets this account's alarms and events publish. EventBridge cannot be asked
// for whom it does so: it does not fill in what a condition would look at.
func (p *platform) alertsPolicy(topic *sns.Topic) pulumi.StringOutput {
	publish, here := []string{"sns:Publish"}, []pulumi.StringInput{topic.Arn}
	return iampolicy.Document(
		iampolicy.Statement{
			Sid: "Alarms", Actions: publish, Resources: here,
			Services: []string{"cloudwatch.amazonaws.com", "events.rds.amazonaws.com", "backup.amazonaws.com"},
			Conditions: map[string]map[string][]pulumi.StringInput{
				"StringEquals": {"aws:SourceAccount": {pulumi.String(p.env.AccountId)}},
			},
		},
		iampolicy.Statement{Sid: "Events", Actions: publish, Resources: here, Services: []string{"events.amazonaws.com"}},
		iampolicy.TlsOnly(publish, here...),
	)
}

// newDeadLetters makes the queue that keeps the events which a region's topic does not take,
// and an alarm on it: who is told of nothing thinks that nothing has happened.
func (p *platform) newDeadLetters(s *site, name string, needed bool) error {
	if s.alerts == nil || !needed {
		return nil
	}
	queue, err := sqs.NewQueue(p.ctx, name, &sqs.QueueArgs{
		SqsManagedSseEnabled: pulumi.Bool(true), MessageRetentionSeconds: pulumi.Int(14 * 24 * 3600), // the longest there is
	}, s.single)
	if err != nil {
		return fmt.Errorf("create the queue %s: %w", name, err)
	}
	rules := fmt.Sprintf("arn:%s:events:%s:%s:rule/*", iampolicy.Partition(s.region), s.region, p.env.AccountId)
	_, err = sqs.NewQueuePolicy(p.ctx, name, &sqs.QueuePolicyArgs{QueueUrl: queue.Url, Policy: iampolicy.Document(
		iampolicy.Statement{
			Sid: "Events", Actions: []string{"sqs:SendMessage"}, Resources: []pulumi.StringInput{queue.Arn}, Services: []string{"events.amazonaws.com"},
			Conditions: map[string]map[string][]pulumi.StringInput{"ArnLike": {"aws:SourceArn": {pulumi.String(rules)}}},
		},
		iampolicy.TlsOnly([]string{"sqs:*"}, queue.Arn),
	)}, s.single)
	if err != nil {
		return fmt.Errorf("let events into %s: %w", name, err)
	}
	_, err = cloudwatch.NewMetricAlarm(p.ctx, name, &cloudwatch.MetricAlarmArgs{
		AlarmDescription: pulumi.String("Events that the topic of alerts did not take"),
		Namespace:        pulumi.String("AWS/SQS"), MetricName: pulumi.String("ApproximateNumberOfMessagesVisible"),
		Dimensions: pulumi.StringMap{"QueueName": queue.Name}, Statistic: pulumi.String("Maximum"), Period: pulumi.Int(60), EvaluationPeriods: pulumi.Int(1),
		ComparisonOperator: pulumi.String("GreaterThanThreshold"), Threshold: pulumi.Float64(0), TreatMissingData: pulumi.String("notBreaching"),
		AlarmActions: pulumi.Array{s.alerts}, OkActions: pulumi.Array{s.alerts},
	}, s.single)
	if err != nil {
		return fmt.Errorf("create the alarm on %s: %w", name, err)
	}
	s.deadLetters = queue.Arn
	return nil
}

// hasReplicas says whether the database has replicas, in a region of their own or not.
func (e *Environment) hasReplicas() bool { return e.Database != nil && len(e.Database.Replicas) > 0 }

func optionalString(value pulumi.StringInput) pulumi.StringPtrInput {
	if value == nil {
		return nil
	}
	return value.ToStringOutput().ToStringPtrOutput()
}

// actions are whom alarms of the region tell: nobody without a topic.
func (s *site) actions() pulumi.StringArrayInput {
	if s.alerts == nil {
		return nil
	}
	return pulumi.StringArray{s.alerts}
}
