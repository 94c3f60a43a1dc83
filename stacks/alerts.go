package stacks

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sns"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/iampolicy"
)

// newAlerts makes the topic that alarms and events of the data tier go to. A development
// stack has one only if somebody reads it.
func (p *platform) newAlerts() error {
	if p.env.Profile != Production && len(p.env.AlertEmails) == 0 {
		return nil
	}
	topic, err := sns.NewTopic(p.ctx, "alerts", &sns.TopicArgs{KmsMasterKeyId: optionalString(arn(p.keys.data))}, p.single)
	if err != nil {
		return fmt.Errorf("create the topic of alerts: %w", err)
	}
	_, err = sns.NewTopicPolicy(p.ctx, "alerts", &sns.TopicPolicyArgs{Arn: topic.Arn, Policy: p.alertsPolicy(topic)}, p.single)
	if err != nil {
		return fmt.Errorf("let alarms publish alerts: %w", err)
	}
	for _, address := range p.env.AlertEmails {
		_, err := sns.NewTopicSubscription(p.ctx, "alerts-"+address, &sns.TopicSubscriptionArgs{
			Topic: topic.Arn, Protocol: pulumi.String("email"), Endpoint: pulumi.String(address),
		}, p.single)
		if err != nil {
			return fmt.Errorf("subscribe %s to alerts: %w", address, err)
		}
	}
	p.alerts = topic.Arn
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
	)
}

func optionalString(value pulumi.StringInput) pulumi.StringPtrInput {
	if value == nil {
		return nil
	}
	return value.ToStringOutput().ToStringPtrOutput()
}

// actions are whom alarms tell: nobody without a topic.
func (p *platform) actions() pulumi.StringArrayInput {
	if p.alerts == nil {
		return nil
	}
	return pulumi.StringArray{p.alerts}
}
