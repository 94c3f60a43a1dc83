package function

import (
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lambda"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/iampolicy"
	"github.com/plinth-iac/plinth/components/internal/base"
	"github.com/plinth-iac/plinth/components/internal/datastore"
)

// QueueSourceArgs are a queue whose messages the function handles.
type QueueSourceArgs struct {
	// QueueArn is the queue, in the function's region. What fails goes back to it, and in
	// the end to its dead letters.
	QueueArn pulumi.StringInput `pulumi:"queueArn"`
	// VisibilityTimeoutSeconds is the queue's own, which this does not set: it must leave
	// time for six tries, so it is six times TimeoutSeconds, and WindowSeconds, or more.
	VisibilityTimeoutSeconds int `pulumi:"visibilityTimeoutSeconds"`
	// KmsKeyArn is the key that encrypts the queue. Default: a key of AWS's own.
	KmsKeyArn pulumi.StringInput `pulumi:"kmsKeyArn,optional"`
	// Fifo says that it is a FIFO queue. Default: false.
	Fifo bool `pulumi:"fifo,optional"`

	// BatchSize is how many messages a call has at most, 1 to 10000, of a FIFO queue to 10.
	// Default: 10.
	BatchSize int `pulumi:"batchSize,optional"`
	// WindowSeconds is for how long messages are collected, 0 to 300; 1 or more for batches
	// of more than 10, and 0 for FIFO queues. Default: 0.
	WindowSeconds int `pulumi:"windowSeconds,optional"`
	// MaxConcurrency is how many calls this queue makes at a time, 2 to 1000, and all queues
	// together no more than ReservedConcurrency: Lambda turns the others away, and a message that
	// is turned away too often is a dead letter. Required where queues share ReservedConcurrency.
	// Default: ReservedConcurrency, up to 1000; without it, as many as the function may have.
	MaxConcurrency int `pulumi:"maxConcurrency,optional"`
	// WholeBatches takes a failed call for the failure of all of its messages. Default:
	// false, the code answers which ones failed, as batchItemFailures; an empty answer means
	// that none did.
	WholeBatches bool `pulumi:"wholeBatches,optional"`
	// Filters are patterns, JSON, of which a message must match one; what matches none is
	// deleted. At most five. Default: every message.
	Filters []string `pulumi:"filters,optional"`
	// Paused leaves messages in the queue. Default: false, and true if ReservedConcurrency is 0.
	Paused bool `pulumi:"paused,optional"`
}

const (
	// SQS and Lambda agree on this many, unless messages are collected.
	usualBatch  = 10
	mostBatch   = 10000
	longestWait = 300

	leastConcurrency = 2
	mostConcurrency  = 1000

	// AWS asks for so many timeouts of the function, so that it can be throttled meanwhile.
	triesWhileHidden = 6
)

func (q *QueueSourceArgs) setDefaults(s *SourcesArgs, reserved *int) {
	base.Default(&q.BatchSize, usualBatch)
	switch {
	case reserved == nil:
	case *reserved == 0:
		q.Paused = true
	case len(s.Queues) == 1:
		base.Default(&q.MaxConcurrency, min(max(*reserved, leastConcurrency), mostConcurrency))
	}
}

func (q QueueSourceArgs) validate(errs *fielderr.List, a *FunctionArgs) {
	if q.QueueArn == nil {
		errs.Required("queueArn")
	}
	if arn, plain := q.QueueArn.(pulumi.String); plain {
		if !strings.HasPrefix(string(arn), "arn:") {
			errs.Invalid("queueArn", string(arn), "must be an ARN")
		} else if strings.HasSuffix(string(arn), ".fifo") != q.Fifo {
			errs.Invalid("fifo", q.Fifo, "contradicts the name of the queue, %s", arn)
		}
	}
	if least := triesWhileHidden*a.TimeoutSeconds + q.WindowSeconds; q.VisibilityTimeoutSeconds < least {
		errs.Invalid("visibilityTimeoutSeconds", q.VisibilityTimeoutSeconds,
			"must be %d or more, six times timeoutSeconds and windowSeconds on top: a message could be handled twice", least)
	}
	most := mostBatch
	if q.Fifo {
		most = usualBatch
	}
	datastore.Between(errs, "batchSize", q.BatchSize, 1, most)
	datastore.Between(errs, "windowSeconds", q.WindowSeconds, 0, longestWait)
	switch {
	case q.Fifo && q.WindowSeconds > 0:
		errs.Conflict("windowSeconds", "fifo", "messages of a FIFO queue are not collected")
	case q.BatchSize > usualBatch && q.WindowSeconds == 0 && !q.Fifo:
		errs.Add("windowSeconds", "must be 1 or more for batches of more than %d", usualBatch)
	}
	if q.MaxConcurrency != 0 {
		datastore.Between(errs, "maxConcurrency", q.MaxConcurrency, leastConcurrency, mostConcurrency)
	}
	checkFilters(errs, q.Filters)
}

// checkShares sees that no more messages are received than can be handled at a time.
func (s *SourcesArgs) checkShares(errs *fielderr.List, reserved *int) {
	if reserved == nil || *reserved <= 0 {
		return
	}
	together := 0
	for key, q := range s.Queues {
		if q.MaxConcurrency == 0 {
			errs.At("queues", fielderr.Key(key)).Add("maxConcurrency", "is required: several queues share reservedConcurrency, %d", *reserved)
		}
		together += q.MaxConcurrency
	}
	if together > *reserved {
		errs.Add("queues", "have a maxConcurrency of %d together, %d or more each; it must not be above reservedConcurrency, %d: "+
			"messages would be received and not handled", together, leastConcurrency, *reserved)
	}
}

func (q QueueSourceArgs) statements(a *FunctionArgs) []iampolicy.Statement {
	statements := []iampolicy.Statement{{
		Actions:   []string{"sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"},
		Resources: []pulumi.StringInput{q.QueueArn},
	}}
	if q.KmsKeyArn != nil {
		statements = append(statements, a.useKey(q.KmsKeyArn, "sqs", "kms:Decrypt"))
	}
	return statements
}

func (f *Function) addQueues(ctx *pulumi.Context, _ string, a *FunctionArgs) error {
	for _, key := range base.SortedKeys(a.Sources.Queues) {
		q := a.Sources.Queues[key]
		args := &lambda.EventSourceMappingArgs{
			EventSourceArn: base.Optional(q.QueueArn), Enabled: pulumi.Bool(!q.Paused), BatchSize: pulumi.Int(q.BatchSize),
			MaximumBatchingWindowInSeconds: pulumi.Int(q.WindowSeconds), FunctionResponseTypes: answers(q.WholeBatches),
		}
		if q.MaxConcurrency != 0 {
			args.ScalingConfig = lambda.EventSourceMappingScalingConfigArgs{MaximumConcurrency: pulumi.Int(q.MaxConcurrency)}
		}
		if err := f.addMapping(ctx, "queue", key, a, args, q.Filters); err != nil {
			return err
		}
	}
	return nil
}
