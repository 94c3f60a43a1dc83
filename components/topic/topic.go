package topic

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sns"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sqs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/iampolicy"
	"github.com/plinth-iac/plinth/components/internal/base"
)

// Type is the component's type token.
const Type = "plinth:topic:Topic"

// Topic is an SNS topic with its subscriptions and dead letters.
type Topic struct {
	pulumi.ResourceState

	// TopicArn is the topic's ARN. It does not wait for the policy that lets Publishers in.
	TopicArn pulumi.StringOutput `pulumi:"topicArn"`
	// TopicName is the topic's name in AWS.
	TopicName pulumi.StringOutput `pulumi:"topicName"`
	// DeadLetterUrl is where the dead letters are received from; "" if the queue is not the
	// topic's own.
	DeadLetterUrl pulumi.StringOutput `pulumi:"deadLetterUrl"`
	// DeadLetterArn is the ARN of the dead letters' queue. It is known once the topic may send
	// there.
	DeadLetterArn pulumi.StringOutput `pulumi:"deadLetterArn"`
	// SubscriptionArns are the ARNs of the subscriptions by their keys.
	SubscriptionArns pulumi.StringMapOutput `pulumi:"subscriptionArns"`

	// Topic is the topic itself.
	Topic *sns.Topic
	// Policy lets Publishers in. A bucket's notification depends on it: S3 tries at once.
	Policy *sns.TopicPolicy
	// DeadLetters is the queue of the dead letters, if it is the topic's own.
	DeadLetters *sqs.Queue
	// Subscriptions are the subscriptions by their keys.
	Subscriptions map[string]*sns.TopicSubscription
	// Alarms are the alarms by their keys.
	Alarms map[string]*cloudwatch.MetricAlarm

	region    string
	kmsKeyArn pulumi.StringInput
}

const (
	// sender is SNS itself.
	sender = "sns.amazonaws.com"
	// publish is what publishers may do.
	publish = "sns:Publish"
)

type conditions = map[string]map[string][]pulumi.StringInput

// NewTopic makes a topic. Everything wrong with args is reported in one error, before
// anything is registered.
func NewTopic(ctx *pulumi.Context, name string, args *TopicArgs, opts ...pulumi.ResourceOption) (*Topic, error) {
	a := base.CopyOf(args).withDefaults()
	if err := a.validate(name); err != nil {
		return nil, err
	}
	t := &Topic{region: a.Region, kmsKeyArn: a.KmsKeyArn, Subscriptions: map[string]*sns.TopicSubscription{}}
	if err := base.Register(ctx, Type, name, t, a, opts...); err != nil {
		return nil, err
	}
	for _, add := range []func(*pulumi.Context, string, *TopicArgs) error{
		t.addTopic, t.addPolicy, t.addDeadLetters, t.addSubscriptions, t.addAlarms,
	} {
		if err := add(ctx, name, a); err != nil {
			return nil, err
		}
	}
	arns := pulumi.StringMap{}
	for key, s := range t.Subscriptions {
		arns[key] = s.Arn
	}
	t.SubscriptionArns = arns.ToStringMapOutput()
	return t, ctx.RegisterResourceOutputs(t, pulumi.Map{
		"topicArn": t.TopicArn, "topicName": t.TopicName, "deadLetterUrl": t.DeadLetterUrl, "deadLetterArn": t.DeadLetterArn,
		"subscriptionArns": t.SubscriptionArns,
	})
}

func (t *Topic) addTopic(ctx *pulumi.Context, name string, a *TopicArgs) (err error) {
	child := name + "-topic"
	args := &sns.TopicArgs{
		KmsMasterKeyId: pulumi.String("alias/aws/sns"), TracingConfig: pulumi.String("PassThrough"),
		SignatureVersion: pulumi.Int(2), // SHA-256
		Tags:             base.Tags(child, a.Tags, nil),
	}
	if a.KmsKeyArn != nil {
		args.KmsMasterKeyId = base.Optional(a.KmsKeyArn)
	}
	if a.Tracing {
		args.TracingConfig = pulumi.String("Active")
	}
	if a.DisplayName != "" {
		args.DisplayName = pulumi.String(a.DisplayName)
	}
	if a.Fifo != nil {
		scope := "Topic"
		if *a.Fifo.HighThroughput {
			scope = "MessageGroup"
		}
		args.FifoTopic, args.FifoThroughputScope = pulumi.Bool(true), pulumi.String(scope)
		args.ContentBasedDeduplication = pulumi.Bool(a.Fifo.ContentBasedDeduplication)
	}
	var role *iam.Role
	if a.DeliveryLogs != nil {
		if role, err = t.addDeliveryRole(ctx, name, a, args); err != nil {
			return err
		}
	}
	t.Topic, err = sns.NewTopic(ctx, child, args, pulumi.Parent(t), pulumi.Protect(*a.DeletionProtection))
	if err != nil {
		return fmt.Errorf("create topic %s: %w", child, err)
	}
	t.TopicArn, t.TopicName = t.Topic.Arn, t.Topic.Name
	if role != nil {
		return t.addDeliveryLogs(ctx, name, a, role)
	}
	return nil
}

// addPolicy keeps out whoever comes without TLS, whatever else is ever allowed, and lets
// the publishers in. In a topic's policy, SNS takes single actions only.
func (t *Topic) addPolicy(ctx *pulumi.Context, name string, a *TopicArgs) (err error) {
	statements := []iampolicy.Statement{iampolicy.TlsOnly([]string{publish}, t.TopicArn)}
	for _, key := range base.SortedKeys(a.Publishers) {
		statements = append(statements, a.Publishers[key].caller().Statement(publish, t.TopicArn))
	}
	child := name + "-policy"
	t.Policy, err = sns.NewTopicPolicy(ctx, child, &sns.TopicPolicyArgs{
		Arn: t.TopicArn, Policy: iampolicy.Document(statements...),
	}, pulumi.Parent(t))
	if err != nil {
		return fmt.Errorf("create policy %s: %w", child, err)
	}
	return nil
}

// addDeadLetters makes the queue of what cannot be delivered, of the same kind and under
// the same key as the topic, for this topic only.
func (t *Topic) addDeadLetters(ctx *pulumi.Context, name string, a *TopicArgs) (err error) {
	if a.DeadLetterArn != nil {
		t.DeadLetterUrl, t.DeadLetterArn = pulumi.String("").ToStringOutput(), a.DeadLetterArn.ToStringOutput()
		return nil
	}
	child := name + "-dead-letters"
	args := &sqs.QueueArgs{MessageRetentionSeconds: pulumi.Int(deadLetterSeconds), Tags: base.Tags(child, a.Tags, nil)}
	if a.KmsKeyArn != nil {
		args.KmsMasterKeyId = base.Optional(a.KmsKeyArn)
	} else {
		args.SqsManagedSseEnabled = pulumi.Bool(true)
	}
	if a.Fifo != nil {
		args.FifoQueue = pulumi.Bool(true)
	}
	t.DeadLetters, err = sqs.NewQueue(ctx, child, args, pulumi.Parent(t), pulumi.Protect(*a.DeletionProtection))
	if err != nil {
		return fmt.Errorf("create queue %s: %w", child, err)
	}
	policy, err := sqs.NewQueuePolicy(ctx, child+"-policy", &sqs.QueuePolicyArgs{
		QueueUrl: t.DeadLetters.Url,
		Policy: iampolicy.Document(iampolicy.TlsOnly([]string{"sqs:*"}, t.DeadLetters.Arn), iampolicy.Statement{
			Actions: []string{"sqs:SendMessage"}, Resources: []pulumi.StringInput{t.DeadLetters.Arn}, Services: []string{sender},
			Conditions: conditions{"ArnEquals": {"aws:SourceArn": {t.TopicArn}}},
		}),
	}, pulumi.Parent(t))
	if err != nil {
		return fmt.Errorf("create policy %s-policy: %w", child, err)
	}
	t.DeadLetterUrl = t.DeadLetters.Url
	t.DeadLetterArn = pulumi.OutputWithDependencies(ctx.Context(), t.DeadLetters.Arn, policy).(pulumi.StringOutput)
	return nil
}
