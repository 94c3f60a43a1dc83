// Package subscription is what the components that subscribe to a topic have in common: a
// topic with its subscribers, a queue and a function.
package subscription

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sns"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/internal/pattern"
)

// Args are one subscription.
type Args struct {
	TopicArn pulumi.StringInput
	// Protocol and Endpoint are who is told, as SNS names them.
	Protocol string
	Endpoint pulumi.StringInput
	// Raw leaves out the envelope of SNS.
	Raw bool
	// Filter is a filter policy, of attributes, or of the body if FilterBody is set.
	Filter     string
	FilterBody bool
	// DeadLetterArn is the queue of messages that cannot be delivered; nil for none.
	DeadLetterArn pulumi.StringInput
}

// New registers a subscription.
func New(ctx *pulumi.Context, child string, a Args, opts ...pulumi.ResourceOption) (*sns.TopicSubscription, error) {
	args := &sns.TopicSubscriptionArgs{
		Topic: a.TopicArn, Protocol: pulumi.String(a.Protocol), Endpoint: a.Endpoint,
	}
	if a.DeadLetterArn != nil {
		args.RedrivePolicy = pulumi.JSONMarshal(pulumi.Map{"deadLetterTargetArn": a.DeadLetterArn})
	}
	if a.Raw {
		args.RawMessageDelivery = pulumi.Bool(true)
	}
	if a.Filter != "" {
		args.FilterPolicy, args.FilterPolicyScope = pulumi.String(a.Filter), pulumi.String("MessageAttributes")
		if a.FilterBody {
			args.FilterPolicyScope = pulumi.String("MessageBody")
		}
	}
	made, err := sns.NewTopicSubscription(ctx, child, args, opts...)
	if err != nil {
		return nil, fmt.Errorf("create subscription %s: %w", child, err)
	}
	return made, nil
}

// The limits of a filter policy.
const (
	mostKeys         = 5
	mostCombinations = 150
	mostBytes        = 256 * 1024
)

// CheckFilter checks the fields filter and filterBody.
func CheckFilter(errs *fielderr.List, filter string, body bool) {
	if filter == "" {
		if body {
			errs.Add("filterBody", "needs filter")
		}
		return
	}
	size, err := pattern.Check(filter, body)
	switch {
	case err != nil:
		errs.Invalid("filter", filter, "%v", err)
	case size.Keys > mostKeys:
		errs.Add("filter", "has %d keys; SNS takes %d", size.Keys, mostKeys)
	case size.Combinations > mostCombinations:
		errs.Add("filter", "has %d combinations of values; SNS takes %d", size.Combinations, mostCombinations)
	case len(filter) > mostBytes:
		errs.Add("filter", "has %d bytes; SNS takes %d", len(filter), mostBytes)
	}
}
