package topic

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/internal/base"
	"github.com/plinth-iac/plinth/components/internal/caller"
	"github.com/plinth-iac/plinth/components/internal/datastore"
)

// TopicArgs are the arguments of NewTopic.
type TopicArgs struct { //nolint:revive // named after NewTopic, as the arguments of every component are
	// Region is the topic's region.
	Region string `pulumi:"region"`
	// Fifo makes a topic that keeps the order within each message group and delivers once,
	// to queues only. It cannot be changed later. Default: a standard topic, at least once,
	// any order.
	Fifo *FifoArgs `pulumi:"fifo,optional"`

	// KmsKeyArn is the key that encrypts messages and dead letters; its policy must let SNS
	// use it, for the dead letters. Required unless AwsManagedKey is set.
	KmsKeyArn pulumi.StringInput `pulumi:"kmsKeyArn,optional"`
	// AwsManagedKey encrypts with the account's keys of SNS and SQS. No AWS service can
	// publish to such a topic. Default: false.
	AwsManagedKey bool `pulumi:"awsManagedKey,optional"`

	// DisplayName is who e-mails come from, up to 100 characters. Default: none.
	DisplayName string `pulumi:"displayName,optional"`
	// Publishers are the AWS services that may publish, under names of your own; at most 19.
	// Principals of the account need PublishStatements instead. Default: none.
	Publishers map[string]PublisherArgs `pulumi:"publishers,optional"`
	// Subscriptions are who is told, under names of your own. Default: none.
	Subscriptions map[string]SubscriptionArgs `pulumi:"subscriptions,optional"`
	// DeadLetterArn is the queue of what cannot be delivered, of the topic's kind, standard or
	// FIFO; its policy must let the topic send. Default: a queue of the topic's own.
	DeadLetterArn pulumi.StringInput `pulumi:"deadLetterArn,optional"`

	// Tracing sends traces of all messages to X-Ray, which must let SNS do so by a resource
	// policy of the account. Default: false, traces of publishers are passed on.
	Tracing bool `pulumi:"tracing,optional"`
	// DeliveryLogs keeps what happened to each message on its way to queues, functions and
	// HTTPS. Default: no logs.
	DeliveryLogs *DeliveryLogsArgs `pulumi:"deliveryLogs,optional"`
	// Alarms watches for messages that are not delivered. Default: no alarms.
	Alarms *AlarmsArgs `pulumi:"alarms,optional"`
	// DeletionProtection makes the engine refuse to delete or replace the topic and its dead
	// letters. Default: true.
	DeletionProtection *bool `pulumi:"deletionProtection,optional"`
	// Tags are put on every resource that can have them. Default: none.
	Tags map[string]string `pulumi:"tags,optional"`
}

// FifoArgs are about a topic with an order.
type FifoArgs struct {
	// ContentBasedDeduplication takes messages of the same body within five minutes for one,
	// unless they say otherwise. Default: false, a publisher must give an id.
	ContentBasedDeduplication bool `pulumi:"contentBasedDeduplication,optional"`
	// HighThroughput counts limits and tells duplicates by message group, not over the whole
	// topic. Default: true.
	HighThroughput *bool `pulumi:"highThroughput,optional"`
}

// PublisherArgs are an AWS service that may publish, on behalf of what is named here only.
// The key's policy must let the service use it too.
type PublisherArgs struct {
	// Service is the service, such as "cloudwatch.amazonaws.com".
	Service string `pulumi:"service"`
	// SourceArn is the alarm, rule or bucket that the service publishes for; it may have
	// wildcards. Required unless SourceAccountId is set.
	SourceArn pulumi.StringInput `pulumi:"sourceArn,optional"`
	// SourceAccountId is the account that the source must be in, twelve digits. Required for
	// S3, and without SourceArn.
	SourceAccountId string `pulumi:"sourceAccountId,optional"`
}

const (
	// deadLetterSeconds is the longest that SQS keeps anything.
	deadLetterSeconds = 14 * 24 * 3600

	// A policy has 20 statements, one of which is about TLS.
	mostPublishers = 19

	longestDisplayName = 100
)

// Names of queues have 80 characters, of which the role, the random end and the suffix of
// FIFO queues take 26.
var longestName = 80 - len("-dead-letters-0123456.fifo")

var nameForm = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

func (a TopicArgs) withDefaults() *TopicArgs {
	if a.Fifo != nil {
		a.Fifo = base.CopyOf(a.Fifo)
		base.DefaultRef(&a.Fifo.HighThroughput, true)
	}
	base.DefaultRef(&a.DeletionProtection, true)
	a.DeliveryLogs = a.DeliveryLogs.withDefaults()
	return &a
}

func (a *TopicArgs) validate(name string) error {
	var errs fielderr.List
	if !nameForm.MatchString(name) || len(name) > longestName {
		errs.Invalid("name", name, "must be 1 to %d letters, digits, hyphens and underscores", longestName)
	}
	datastore.CheckRegion(&errs, a.Region)
	datastore.CheckKey(&errs, a.KmsKeyArn, a.AwsManagedKey)
	if len(a.DisplayName) > longestDisplayName {
		errs.Invalid("displayName", a.DisplayName, "must be %d characters or fewer", longestDisplayName)
	}
	if a.AwsManagedKey && len(a.Publishers) > 0 {
		errs.Conflict("awsManagedKey", "publishers", "no AWS service may use the account's key of SNS")
	}
	if len(a.Publishers) > mostPublishers {
		errs.Invalid("publishers", len(a.Publishers), "must be %d or fewer: SNS takes no more statements in a policy", mostPublishers)
	}
	for key, p := range a.Publishers {
		p.validate(errs.At("publishers", fielderr.Key(key)), a.Fifo != nil)
	}
	for key, s := range a.Subscriptions {
		s.validate(errs.At("subscriptions", fielderr.Key(key)), a.Fifo != nil)
	}
	checkDeadLetters(&errs, a.DeadLetterArn, a.Fifo != nil)
	a.DeliveryLogs.validate(errs.At("deliveryLogs"))
	return errs.Err(fmt.Sprintf("topic.Topic %q", name))
}

func (p PublisherArgs) caller() caller.Caller {
	return caller.Caller{Service: p.Service, SourceArn: p.SourceArn, SourceAccountId: p.SourceAccountId}
}

func (p PublisherArgs) validate(errs *fielderr.List, fifo bool) {
	p.caller().Check(errs, "cloudwatch.amazonaws.com", "publishes")
	if p.Service == caller.S3 && fifo {
		errs.Invalid("service", p.Service, "S3 does not publish to FIFO topics")
	}
}

// checkDeadLetters checks the field deadLetterArn, as far as it is known.
func checkDeadLetters(errs *fielderr.List, queueArn pulumi.StringInput, fifo bool) {
	arn, plain := queueArn.(pulumi.String)
	switch {
	case !plain:
	case !isArn(string(arn), "sqs"):
		errs.Invalid("deadLetterArn", string(arn), "must be the ARN of a queue")
	case strings.HasSuffix(string(arn), fifoSuffix) != fifo:
		errs.Invalid("deadLetterArn", string(arn), "must be of the topic's kind, standard or FIFO")
	}
}

const fifoSuffix = ".fifo"

// isArn reports whether a text is the ARN of something of a service.
func isArn(text, service string) bool {
	parts := strings.SplitN(text, ":", 6)
	return len(parts) == 6 && parts[0] == "arn" && parts[2] == service
}
