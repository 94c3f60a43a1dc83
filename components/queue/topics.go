package queue

import (
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/internal/base"
	"github.com/plinth-iac/plinth/components/internal/caller"
	"github.com/plinth-iac/plinth/components/internal/subscription"
)

// TopicArgs are a topic whose messages the queue gets. If the queue has a KmsKeyArn, the
// key's policy must let SNS use it.
type TopicArgs struct {
	// TopicArn is the topic, in the queue's region; a FIFO one for a FIFO queue.
	TopicArn pulumi.StringInput `pulumi:"topicArn"`
	// Raw leaves out the envelope of SNS. Default: false.
	Raw bool `pulumi:"raw,optional"`
	// Filter is a filter policy, JSON, such as {"kind": ["paid", "sent"]}: messages without
	// such an attribute are not delivered. Default: every message.
	Filter string `pulumi:"filter,optional"`
	// FilterBody filters by the body of the message, which must be JSON. Default: false, by
	// attributes.
	FilterBody bool `pulumi:"filterBody,optional"`
	// DeadLetterArn is the queue of what SNS cannot deliver, of the topic's kind, whose policy
	// must let the topic send. A standard queue of a FIFO topic needs one. Default: the dead
	// letters of this queue.
	DeadLetterArn pulumi.StringInput `pulumi:"deadLetterArn,optional"`
}

const sns = "sns.amazonaws.com"

func (t TopicArgs) validate(errs *fielderr.List, fifo bool) {
	arn, plain := t.TopicArn.(pulumi.String)
	switch topicIsFifo := strings.HasSuffix(string(arn), ".fifo"); {
	case t.TopicArn == nil:
		errs.Required("topicArn")
	case plain && !strings.HasPrefix(string(arn), "arn:"):
		errs.Invalid("topicArn", string(arn), "must be an ARN")
	case plain && fifo && !topicIsFifo:
		errs.Invalid("topicArn", string(arn), "a FIFO queue takes messages of FIFO topics only")
	case topicIsFifo && !fifo && t.DeadLetterArn == nil:
		errs.Add("deadLetterArn", "is required: dead letters of a FIFO topic are for a FIFO queue")
	}
	subscription.CheckFilter(errs, t.Filter, t.FilterBody)
}

// caller is the topic as the queue's policies see it.
func (t TopicArgs) caller() caller.Caller { return caller.Caller{Service: sns, SourceArn: t.TopicArn} }

// addSubscriptions waits for the policies: SNS gives up for good what it may not deliver.
func (q *Queue) addSubscriptions(ctx *pulumi.Context, name string, a *QueueArgs) error {
	for _, key := range base.SortedKeys(a.Topics) {
		t := a.Topics[key]
		dead := t.DeadLetterArn
		if dead == nil {
			dead = pulumi.OutputWithDependencies(ctx.Context(), q.DeadLetterArn, q.deadLettersPolicy).(pulumi.StringOutput)
		}
		_, err := subscription.New(ctx, name+"-subscription-"+key, subscription.Args{
			TopicArn: t.TopicArn, Protocol: "sqs", Raw: t.Raw, Filter: t.Filter, FilterBody: t.FilterBody, DeadLetterArn: dead,
			Endpoint: pulumi.OutputWithDependencies(ctx.Context(), q.QueueArn, q.Policy).(pulumi.StringOutput),
		}, pulumi.Parent(q))
		if err != nil {
			return err
		}
	}
	return nil
}
