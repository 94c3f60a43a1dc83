package topic

import (
	"regexp"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/internal/base"
	"github.com/plinth-iac/plinth/components/internal/subscription"
)

// SubscriptionArgs are one who is told; exactly one of QueueArn, FunctionArn, Https and
// Email. Another of these under the same name makes another subscription.
type SubscriptionArgs struct {
	// QueueArn is a queue, whose policy must let the topic send; if it is encrypted with a
	// key, the key's policy must let SNS use it. Default: not a queue.
	QueueArn pulumi.StringInput `pulumi:"queueArn,optional"`
	// FunctionArn is a function or its alias, which must let the topic invoke it. Default:
	// not a function.
	FunctionArn pulumi.StringInput `pulumi:"functionArn,optional"`
	// Https is a URL, which must confirm the subscription. Default: not a URL.
	Https pulumi.StringInput `pulumi:"https,optional"`
	// Email is an address, whose owner must confirm the subscription. Default: not an
	// address.
	Email pulumi.StringInput `pulumi:"email,optional"`

	// Raw leaves out the envelope of SNS, for queues and HTTPS. Default: false.
	Raw bool `pulumi:"raw,optional"`
	// Filter is a filter policy, JSON, such as {"kind": ["paid", "sent"]}: messages without
	// such an attribute are not delivered. Default: every message.
	Filter string `pulumi:"filter,optional"`
	// FilterBody filters by the body of the message, which must be JSON. Default: false, by
	// attributes.
	FilterBody bool `pulumi:"filterBody,optional"`
	// DeadLetterArn is the queue of what this subscriber does not take; its policy must let
	// the topic send. Default: that of the topic.
	DeadLetterArn pulumi.StringInput `pulumi:"deadLetterArn,optional"`
}

var emailForm = regexp.MustCompile(`^[^@\s]+@[^@\s]+\.[^@\s]+$`)

// endpoint is one way to be told.
type endpoint struct {
	field, protocol string
	value           pulumi.StringInput
	// form says whether a value that is known is one, and what it must be.
	form func(string) bool
	want string
}

func (s SubscriptionArgs) endpoints() []endpoint {
	var set []endpoint
	for _, e := range []endpoint{
		{"queueArn", "sqs", s.QueueArn, func(v string) bool { return isArn(v, "sqs") }, "must be the ARN of a queue"},
		{"functionArn", "lambda", s.FunctionArn, func(v string) bool { return isArn(v, "lambda") }, "must be the ARN of a function or an alias"},
		{"https", "https", s.Https, func(v string) bool { return strings.HasPrefix(v, "https://") }, "must begin with https://"},
		{"email", "email", s.Email, emailForm.MatchString, "must be an address such as team@example.com"},
	} {
		if e.value != nil {
			set = append(set, e)
		}
	}
	return set
}

func (s SubscriptionArgs) validate(errs *fielderr.List, fifo bool) {
	set := s.endpoints()
	if len(set) != 1 {
		errs.Add("", "must have one of queueArn, functionArn, https and email, and has %d", len(set))
		return
	}
	to := set[0]
	if value, plain := to.value.(pulumi.String); plain && !to.form(string(value)) {
		errs.Invalid(to.field, string(value), "%s", to.want)
	} else if plain && strings.HasSuffix(string(value), fifoSuffix) && s.QueueArn != nil && !fifo {
		errs.Invalid(to.field, string(value), "a FIFO queue takes messages of FIFO topics only")
	}
	if fifo && s.QueueArn == nil {
		errs.Add(to.field, "is not for a FIFO topic, which delivers to queues only")
	}
	if s.Raw && s.QueueArn == nil && s.Https == nil {
		errs.Conflict("raw", to.field, "only queues and HTTPS take messages without their envelope")
	}
	subscription.CheckFilter(errs, s.Filter, s.FilterBody)
	checkDeadLetters(errs, s.DeadLetterArn, fifo)
}

func (t *Topic) addSubscriptions(ctx *pulumi.Context, name string, a *TopicArgs) error {
	for _, key := range base.SortedKeys(a.Subscriptions) {
		s := a.Subscriptions[key]
		to, dead := s.endpoints()[0], s.DeadLetterArn
		if dead == nil {
			dead = t.DeadLetterArn
		}
		made, err := subscription.New(ctx, name+"-subscription-"+key, subscription.Args{
			TopicArn: t.TopicArn, Protocol: to.protocol, Endpoint: to.value, Raw: s.Raw,
			Filter: s.Filter, FilterBody: s.FilterBody, DeadLetterArn: dead,
		}, pulumi.Parent(t))
		if err != nil {
			return err
		}
		t.Subscriptions[key] = made
	}
	return nil
}
