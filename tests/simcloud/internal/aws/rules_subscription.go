package aws

import (
	"encoding/json"
	"strings"
)

const (
	docFilter    = "Amazon SNS Developer Guide: Amazon SNS subscription filter policy constraints"
	docDeadTopic = "Amazon SNS Developer Guide: Amazon SNS dead-letter queues"

	subscription = "sns.topicSubscription"
	badSetting   = "InvalidParameter"
)

// subscriptionRules are those of what a subscription lets through and where the rest goes, and of the settings of topics and queues that go together.
var subscriptionRules = []Rule{
	{ID: "subscription-filter", Code: badSetting, Source: docFilter, Kinds: subscription, On: Write, Check: func(r *Request) string {
		text, scope := r.New.Str("filterPolicy"), orText(r.New.Str("filterPolicyScope"), "MessageAttributes")
		var policy map[string]any
		if text == "" || json.Unmarshal([]byte(text), &policy) != nil {
			return ""
		}
		if !oneOf(scope, "MessageAttributes MessageBody") {
			return "Invalid parameter: FilterPolicyScope: Invalid value " + scope
		}
		if wrong := filterProblem(policy, scope == "MessageBody"); wrong != "" {
			return "Invalid parameter: FilterPolicy: " + wrong
		}
		keys, combinations := weigh(policy)
		switch {
		case keys > 5:
			return "Invalid parameter: FilterPolicy: Filter policy can not have more than 5 keys"
		case combinations > 150:
			return say("Invalid parameter: FilterPolicy: Filter policy is too complex (%d combinations of 150)", combinations)
		}
		return ""
	}},
	{ID: "subscription-dead-letters", Code: badSetting, Source: docDeadTopic, Kinds: subscription, On: Write, Check: func(r *Request) string {
		target := redriveTarget(r.New.Str("redrivePolicy"))
		a, ok := parseARN(target)
		switch {
		case !r.New.Has("redrivePolicy"):
		case !ok || a.service != "sqs" || a.region != r.Region:
			return say("Invalid parameter: RedrivePolicy: must be a queue in the region of the subscription: %s", target)
		case strings.HasSuffix(target, ".fifo") != strings.HasSuffix(r.New.Str("topic"), ".fifo"):
			return say("Invalid parameter: RedrivePolicy: a FIFO topic needs a FIFO dead-letter queue, and no other topic takes one: %s", target)
		}
		return ""
	}},
	{ID: "subscription-again", Code: badSetting, Source: docSubscribe, Kinds: subscription, On: Create, Check: func(r *Request) string {
		for _, s := range r.All(subscription) {
			if same(s.Props, r.New, "topic", "protocol", "endpoint") && !same(s.Props, r.New, "filterPolicy", "redrivePolicy", "deliveryPolicy") {
				return say("Invalid parameter: Attributes Reason: Subscription already exists with different attributes (%s)", s.ID)
			}
		}
		return ""
	}},
	{ID: "topic-fifo-settings", Code: badSetting, Source: docSNS, Kinds: "sns.topic", On: Write, Check: func(r *Request) string {
		scope := r.New.Str("fifoThroughputScope")
		switch {
		case scope != "" && (!r.New.Bool("fifoTopic") || !oneOf(scope, "Topic MessageGroup")):
			return "Invalid parameter: Attributes Reason: FifoThroughputScope is Topic or MessageGroup, and of FIFO topics only: " + scope
		case r.New.Has("archivePolicy") && !r.New.Bool("fifoTopic"):
			return "Invalid parameter: Attributes Reason: ArchivePolicy is only supported for FIFO topics"
		case r.New.Has("tracingConfig") && !oneOf(r.New.Str("tracingConfig"), "PassThrough Active"):
			return "Invalid parameter: TracingConfig: " + r.New.Str("tracingConfig")
		}
		return ""
	}},
	// The provider waits until it reads what it wrote; SQS keeps no period of a queue without a key.
	{ID: "sqs-reuse-without-key", Code: "timeout", Source: "Amazon SQS API Reference: SetQueueAttributes", Kinds: "sqs.queue", On: Create, Check: func(r *Request) string {
		if n := r.New.Int("kmsDataKeyReusePeriodSeconds"); n != 0 && n != 300 && r.New.Bool("sqsManagedSseEnabled") && !r.New.Has("kmsMasterKeyId") {
			return "waiting for SQS Queue attributes create: timeout while waiting for state to become 'equal' (last state: 'notequal', timeout: 3m0s): the reuse period belongs to a key"
		}
		return ""
	}},
	{ID: "schedule-dead-letters", Code: refused, Source: "EventBridge Scheduler User Guide: Configuring a dead-letter queue for EventBridge Scheduler", Kinds: "scheduler.schedule", On: Write, Check: func(r *Request) string {
		if q := r.New.Str("target.deadLetterConfig.arn"); q != "" && (!strings.Contains(q, ":sqs:") || strings.HasSuffix(q, ".fifo") || r.unknownTarget(q)) {
			return say("The dead-letter queue %s must be an existing standard queue", q)
		}
		return ""
	}},
}

// filterProblem says what is wrong with a filter policy: lists of what matches, in objects only if it filters by the message's body.
func filterProblem(policy map[string]any, nested bool) string {
	for key, v := range policy {
		switch v := v.(type) {
		case []any:
			if len(v) == 0 {
				return "Empty arrays are not allowed (" + key + ")"
			}
		case map[string]any:
			if !nested {
				return "Filter policy scope MessageAttributes does not support nested filter policy (" + key + ")"
			}
			if wrong := filterProblem(v, nested); wrong != "" {
				return wrong
			}
		default:
			return "\"" + key + "\" must be an object or an array"
		}
	}
	return ""
}

// weigh counts the keys of a filter policy and the combinations of what they match; a level of nesting counts once more.
func weigh(policy map[string]any) (keys, combinations int) {
	combinations = 1
	var walk func(level map[string]any, depth int)
	walk = func(level map[string]any, depth int) {
		for key, v := range level {
			switch v := v.(type) {
			case []any:
				if key != "$or" {
					keys++
				}
				combinations *= len(v) * depth
			case map[string]any:
				walk(v, depth+1)
			}
		}
	}
	walk(policy, 1)
	return keys, combinations
}
