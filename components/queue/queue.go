package queue

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sqs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/iampolicy"
	"github.com/plinth-iac/plinth/components/internal/base"
)

// Type is the component's type token.
const Type = "plinth:queue:Queue"

// Queue is an SQS queue with its dead letters.
type Queue struct {
	pulumi.ResourceState

	// QueueUrl is where messages are sent to and received from.
	QueueUrl pulumi.StringOutput `pulumi:"queueUrl"`
	// QueueArn is the queue's ARN. It does not wait for the policy that lets Senders in.
	QueueArn pulumi.StringOutput `pulumi:"queueArn"`
	// QueueName is the queue's name in AWS.
	QueueName pulumi.StringOutput `pulumi:"queueName"`
	// DeadLetterUrl is where the dead letters are received from.
	DeadLetterUrl pulumi.StringOutput `pulumi:"deadLetterUrl"`
	// DeadLetterArn is the ARN of the dead letters' queue.
	DeadLetterArn pulumi.StringOutput `pulumi:"deadLetterArn"`

	// Queue is the queue itself.
	Queue *sqs.Queue
	// DeadLetters is the queue of the dead letters.
	DeadLetters *sqs.Queue
	// Policy lets Senders in. A bucket's notification depends on it: S3 tries at once.
	Policy *sqs.QueuePolicy
	// Alarms are the alarms by their keys.
	Alarms map[string]*cloudwatch.MetricAlarm

	region            string
	kmsKeyArn         pulumi.StringInput
	deadLettersPolicy *sqs.QueuePolicy
}

type conditions = map[string]map[string][]pulumi.StringInput

// NewQueue makes a queue. Everything wrong with args is reported in one error, before
// anything is registered.
func NewQueue(ctx *pulumi.Context, name string, args *QueueArgs, opts ...pulumi.ResourceOption) (*Queue, error) {
	a := base.CopyOf(args).withDefaults()
	if err := a.validate(name); err != nil {
		return nil, err
	}
	q := &Queue{region: a.Region, kmsKeyArn: a.KmsKeyArn}
	if err := base.Register(ctx, Type, name, q, a, opts...); err != nil {
		return nil, err
	}
	for _, add := range []func(*pulumi.Context, string, *QueueArgs) error{
		q.addDeadLetters, q.addQueue, q.addPolicies, q.addRedriveAllow, q.addSubscriptions, q.addAlarms,
	} {
		if err := add(ctx, name, a); err != nil {
			return nil, err
		}
	}
	return q, ctx.RegisterResourceOutputs(q, pulumi.Map{
		"queueUrl": q.QueueUrl, "queueArn": q.QueueArn, "queueName": q.QueueName,
		"deadLetterUrl": q.DeadLetterUrl, "deadLetterArn": q.DeadLetterArn,
	})
}

func (q *Queue) addDeadLetters(ctx *pulumi.Context, name string, a *QueueArgs) (err error) {
	child, args := name+"-dead-letters", a.common()
	args.MessageRetentionSeconds = pulumi.Int(deadLetterSeconds)
	args.Tags = base.Tags(child, a.Tags, nil)
	q.DeadLetters, err = sqs.NewQueue(ctx, child, args, pulumi.Parent(q), pulumi.Protect(*a.DeletionProtection))
	if err != nil {
		return fmt.Errorf("create queue %s: %w", child, err)
	}
	q.DeadLetterUrl, q.DeadLetterArn = q.DeadLetters.Url, q.DeadLetters.Arn
	return nil
}

func (q *Queue) addQueue(ctx *pulumi.Context, name string, a *QueueArgs) (err error) {
	child, args := name+"-queue", a.common()
	args.MessageRetentionSeconds = pulumi.Int(a.RetentionSeconds)
	args.DelaySeconds = pulumi.Int(a.DelaySeconds)
	args.RedrivePolicy = pulumi.JSONMarshal(pulumi.Map{
		"deadLetterTargetArn": q.DeadLetterArn, "maxReceiveCount": pulumi.Int(a.MaxReceiveCount),
	})
	args.Tags = base.Tags(child, a.Tags, nil)
	q.Queue, err = sqs.NewQueue(ctx, child, args, pulumi.Parent(q), pulumi.Protect(*a.DeletionProtection))
	if err != nil {
		return fmt.Errorf("create queue %s: %w", child, err)
	}
	q.QueueUrl, q.QueueArn, q.QueueName = q.Queue.Url, q.Queue.Arn, q.Queue.Name
	return nil
}

// common is what both queues must have alike: SQS moves messages between queues of one
// kind only, and a dead letter is as long, as secret and as slow to handle as it was.
func (a *QueueArgs) common() *sqs.QueueArgs {
	args := &sqs.QueueArgs{
		VisibilityTimeoutSeconds: pulumi.Int(a.VisibilityTimeoutSeconds),
		ReceiveWaitTimeSeconds:   pulumi.Int(*a.ReceiveWaitSeconds),
		MaxMessageSize:           pulumi.Int(a.MaxMessageBytes),
	}
	if a.KmsKeyArn != nil {
		args.KmsMasterKeyId = base.Optional(a.KmsKeyArn)
	} else {
		args.SqsManagedSseEnabled = pulumi.Bool(true)
	}
	if a.Fifo != nil {
		scope, limit := "queue", "perQueue"
		if *a.Fifo.HighThroughput {
			scope, limit = "messageGroup", "perMessageGroupId"
		}
		args.FifoQueue, args.ContentBasedDeduplication = pulumi.Bool(true), pulumi.Bool(a.Fifo.ContentBasedDeduplication)
		args.DeduplicationScope, args.FifoThroughputLimit = pulumi.String(scope), pulumi.String(limit)
	}
	return args
}

// addPolicies keeps out whoever comes without TLS, whatever else is ever allowed, and lets
// the senders and the topics into the queue. SQS moves dead letters without asking their
// policy; a topic does not.
func (q *Queue) addPolicies(ctx *pulumi.Context, name string, a *QueueArgs) (err error) {
	every := []string{"sqs:*"}
	letIn, dead := []iampolicy.Statement{iampolicy.TlsOnly(every, q.QueueArn)}, []iampolicy.Statement{iampolicy.TlsOnly(every, q.DeadLetterArn)}
	for _, key := range base.SortedKeys(a.Senders) {
		letIn = append(letIn, a.Senders[key].caller().Statement(send, q.QueueArn))
	}
	for _, key := range base.SortedKeys(a.Topics) {
		t := a.Topics[key]
		letIn = append(letIn, t.caller().Statement(send, q.QueueArn))
		if t.DeadLetterArn == nil {
			dead = append(dead, t.caller().Statement(send, q.DeadLetterArn))
		}
	}
	if q.Policy, err = q.addPolicy(ctx, name+"-policy", q.Queue, letIn); err != nil {
		return err
	}
	q.deadLettersPolicy, err = q.addPolicy(ctx, name+"-dead-letters-policy", q.DeadLetters, dead)
	return err
}

func (q *Queue) addPolicy(ctx *pulumi.Context, child string, of *sqs.Queue, statements []iampolicy.Statement) (*sqs.QueuePolicy, error) {
	policy, err := sqs.NewQueuePolicy(ctx, child, &sqs.QueuePolicyArgs{
		QueueUrl: of.Url, Policy: iampolicy.Document(statements...),
	}, pulumi.Parent(q))
	if err != nil {
		return nil, fmt.Errorf("create policy %s: %w", child, err)
	}
	return policy, nil
}

// addRedriveAllow keeps other queues from putting their dead letters here.
func (q *Queue) addRedriveAllow(ctx *pulumi.Context, name string, _ *QueueArgs) error {
	child := name + "-redrive-allow"
	_, err := sqs.NewRedriveAllowPolicy(ctx, child, &sqs.RedriveAllowPolicyArgs{
		QueueUrl: q.DeadLetterUrl,
		RedriveAllowPolicy: pulumi.JSONMarshal(pulumi.Map{
			"redrivePermission": pulumi.String("byQueue"), "sourceQueueArns": pulumi.Array{q.QueueArn},
		}),
	}, pulumi.Parent(q))
	if err != nil {
		return fmt.Errorf("create redrive allow policy %s: %w", child, err)
	}
	return nil
}
