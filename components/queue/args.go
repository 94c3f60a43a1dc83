package queue

import (
	"fmt"
	"regexp"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/internal/base"
	"github.com/plinth-iac/plinth/components/internal/caller"
	"github.com/plinth-iac/plinth/components/internal/datastore"
)

// QueueArgs are the arguments of NewQueue.
type QueueArgs struct { //nolint:revive // named after NewQueue, as the arguments of every component are
	// Region is the queue's region.
	Region string `pulumi:"region"`
	// Fifo makes a queue that keeps the order within each message group and delivers
	// once. It cannot be changed later. Default: a standard queue, at least once, any order.
	Fifo *FifoArgs `pulumi:"fifo,optional"`

	// KmsKeyArn is the key that encrypts messages. Required unless AwsManagedKey is set.
	KmsKeyArn pulumi.StringInput `pulumi:"kmsKeyArn,optional"`
	// AwsManagedKey encrypts with a key of SQS (SSE-SQS), which needs no permissions of
	// senders and receivers. Default: false.
	AwsManagedKey bool `pulumi:"awsManagedKey,optional"`

	// VisibilityTimeoutSeconds is for how long a received message is hidden from others,
	// 1 to 43200: longer than handling it takes, for a function six times its timeout.
	// Default: 30.
	VisibilityTimeoutSeconds int `pulumi:"visibilityTimeoutSeconds,optional"`
	// RetentionSeconds is for how long an unhandled message is kept, 60 to 1209600.
	// Default: 345600, four days.
	RetentionSeconds int `pulumi:"retentionSeconds,optional"`
	// ReceiveWaitSeconds is for how long a receive waits for a message, 0 to 20.
	// Default: 20, the fewest empty answers.
	ReceiveWaitSeconds *int `pulumi:"receiveWaitSeconds,optional"`
	// DelaySeconds is for how long a new message is hidden, 0 to 900. Default: 0.
	DelaySeconds int `pulumi:"delaySeconds,optional"`
	// MaxMessageBytes is how long a message may be, 1024 to 262144. Default: 262144.
	MaxMessageBytes int `pulumi:"maxMessageBytes,optional"`
	// MaxReceiveCount is how often a message is received before it becomes a dead letter,
	// 1 to 1000. Default: 5.
	MaxReceiveCount int `pulumi:"maxReceiveCount,optional"`

	// Senders are the AWS services that may send, under names of your own; at most 19, with
	// Topics. Principals of the account need SendStatements instead. Default: none.
	Senders map[string]SenderArgs `pulumi:"senders,optional"`
	// Topics are the topics that the queue subscribes to, under names of your own. They may
	// send without being named in Senders. Default: none.
	Topics map[string]TopicArgs `pulumi:"topics,optional"`
	// Alarms watches for messages that nobody handles. Default: no alarms.
	Alarms *AlarmsArgs `pulumi:"alarms,optional"`
	// DeletionProtection makes the engine refuse to delete or replace the queue and its
	// dead letters. Default: true.
	DeletionProtection *bool `pulumi:"deletionProtection,optional"`
	// Tags are put on every resource that can have them. Default: none.
	Tags map[string]string `pulumi:"tags,optional"`
}

// FifoArgs are about a queue with an order.
type FifoArgs struct {
	// ContentBasedDeduplication takes messages of the same body within five minutes for
	// one, unless they say otherwise. Default: false, a sender must give an id.
	ContentBasedDeduplication bool `pulumi:"contentBasedDeduplication,optional"`
	// HighThroughput counts limits and tells duplicates by message group, not over the
	// whole queue. Default: true.
	HighThroughput *bool `pulumi:"highThroughput,optional"`
}

// SenderArgs are an AWS service that may send, on behalf of what is named here only. If
// the queue has a KmsKeyArn, the key's policy must let the service use it too.
type SenderArgs struct {
	// Service is the service, such as "sns.amazonaws.com".
	Service string `pulumi:"service"`
	// SourceArn is the topic, rule or bucket that the service sends for; it may have
	// wildcards. Required unless SourceAccountId is set.
	SourceArn pulumi.StringInput `pulumi:"sourceArn,optional"`
	// SourceAccountId is the account that the source must be in, twelve digits. Required
	// for S3, and without SourceArn.
	SourceAccountId string `pulumi:"sourceAccountId,optional"`
}

const (
	// deadLetterSeconds is the longest that SQS keeps anything, so that dead letters are
	// never kept for less than messages.
	deadLetterSeconds = 14 * 24 * 3600

	// A policy has 20 statements, one of which is about TLS.
	mostSenders = 19

	// send is what senders and topics may do.
	send = "sqs:SendMessage"
)

// Names of queues have 80 characters, of which the role, the random end and the suffix of
// FIFO queues take 26.
var longestName = 80 - len("-dead-letters-0123456.fifo")

var nameForm = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

func (a QueueArgs) withDefaults() *QueueArgs {
	if a.Fifo != nil {
		a.Fifo = base.CopyOf(a.Fifo)
		base.DefaultRef(&a.Fifo.HighThroughput, true)
	}
	base.Default(&a.VisibilityTimeoutSeconds, 30)
	base.Default(&a.RetentionSeconds, 4*24*3600)
	base.DefaultRef(&a.ReceiveWaitSeconds, 20)
	base.Default(&a.MaxMessageBytes, 256*1024)
	base.Default(&a.MaxReceiveCount, 5)
	base.DefaultRef(&a.DeletionProtection, true)
	a.Alarms = a.Alarms.withDefaults(a.RetentionSeconds)
	return &a
}

func (a *QueueArgs) validate(name string) error {
	var errs fielderr.List
	if !nameForm.MatchString(name) || len(name) > longestName {
		errs.Invalid("name", name, "must be 1 to %d letters, digits, hyphens and underscores", longestName)
	}
	datastore.CheckRegion(&errs, a.Region)
	datastore.CheckKey(&errs, a.KmsKeyArn, a.AwsManagedKey)
	datastore.Between(&errs, "visibilityTimeoutSeconds", a.VisibilityTimeoutSeconds, 1, 43200)
	datastore.Between(&errs, "retentionSeconds", a.RetentionSeconds, 60, deadLetterSeconds)
	datastore.Between(&errs, "receiveWaitSeconds", *a.ReceiveWaitSeconds, 0, 20)
	datastore.Between(&errs, "delaySeconds", a.DelaySeconds, 0, 900)
	datastore.Between(&errs, "maxMessageBytes", a.MaxMessageBytes, 1024, 256*1024)
	datastore.Between(&errs, "maxReceiveCount", a.MaxReceiveCount, 1, 1000)
	if n := len(a.Senders) + len(a.Topics); n > mostSenders {
		errs.Invalid("senders", n, "must be %d or fewer, with topics: SQS takes no more statements in a policy", mostSenders)
	}
	for key, s := range a.Senders {
		s.validate(errs.At("senders", fielderr.Key(key)), a.Fifo != nil)
	}
	for key, t := range a.Topics {
		t.validate(errs.At("topics", fielderr.Key(key)), a.Fifo != nil)
	}
	a.Alarms.validate(errs.At("alarms"), a.RetentionSeconds)
	return errs.Err(fmt.Sprintf("queue.Queue %q", name))
}

func (s SenderArgs) caller() caller.Caller {
	return caller.Caller{Service: s.Service, SourceArn: s.SourceArn, SourceAccountId: s.SourceAccountId}
}

func (s SenderArgs) validate(errs *fielderr.List, fifo bool) {
	s.caller().Check(errs, sns, "sends")
	if s.Service == caller.S3 && fifo {
		errs.Invalid("service", s.Service, "S3 does not send to FIFO queues")
	}
}
