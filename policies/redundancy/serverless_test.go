package redundancy

import (
	"testing"

	"github.com/plinth-iac/plinth/policies/internal/lambda"
	"github.com/plinth-iac/plinth/policies/internal/ruletest"
	"github.com/plinth-iac/plinth/policies/rule"
)

const (
	lambdaAlias = "aws:lambda/alias:Alias"
	stream      = "aws:kinesis/stream:Stream"
)

// called is a function that a service is permitted to call by its alias, and what else
// there is.
func called(service any, inputs in, more ...r) []r {
	return append([]r{
		{Type: lambda.Function, Name: "thumbs", In: inputs, Edges: to{"deadLetterConfig": {"dead"}}},
		{Type: lambdaAlias, Name: "live", In: in{"functionName": later}, Edges: to{"functionName": {"thumbs"}}},
		{Type: permission, Name: "p", In: in{"principal": service, "function": later}, Edges: to{"function": {"live"}}},
	}, more...)
}

// onFailure says where the failed events of what is behind functionName go.
func onFailure(destination any, functionName ...string) r {
	return r{Type: invokeConfig, Name: "config", In: in{"functionName": later, "destinationConfig": in{"onFailure": in{"destination": destination}}},
		Edges: to{"functionName": functionName, "destinationConfig": {"dead"}}}
}

// mapped is what has the function work read a queue, a stream or the like.
func mapped(from string, inputs in, more ...r) []r {
	inputs["eventSourceArn"], inputs["functionName"] = later, later
	return append([]r{{Type: lambda.SourceMapping, Name: "m", In: inputs, Edges: to{"eventSourceArn": {from}, "functionName": {"live", "work"}, "destinationConfig": {"dead"}}},
		{Type: lambdaAlias, Name: "live", In: in{"functionName": later}, Edges: to{"functionName": {"work"}}},
		{Type: stream, Name: "clicks", In: in{}},
		{Type: "aws:dynamodb/table:Table", Name: "table", In: in{}},
		{Type: "aws:mq/broker:Broker", Name: "broker", In: in{}},
	}, more...)
}

// hidden is a queue that a function reads, with how long messages stay hidden.
func hidden(visibility, timeout any, mapping in) []r {
	return mapped("orders", mapping, r{Type: queue, Name: "orders", In: in{"visibilityTimeoutSeconds": visibility}},
		r{Type: lambda.Function, Name: "work", In: in{"timeout": timeout}})
}

// asking is a queue that calls a function so many times at once, and how many are reserved
// for it.
func asking(most, reserved any, more ...r) []r {
	return mapped("orders", in{"scalingConfig": in{"maximumConcurrency": most}}, append(more, r{Type: queue, Name: "orders", In: in{}},
		r{Type: lambda.Function, Name: "work", In: in{"reservedConcurrentExecutions": reserved}})...)
}

// another is one more queue of a function, which is work if none is named.
func another(most any, functions ...string) r {
	if len(functions) == 0 {
		functions = []string{"work"}
	}
	return r{Type: lambda.SourceMapping, Name: "n", In: in{"eventSourceArn": later, "functionName": later, "scalingConfig": in{"maximumConcurrency": most}},
		Edges: to{"eventSourceArn": {"orders"}, "functionName": functions}}
}

func inVpc(subnets ...string) r {
	return r{Type: lambda.Function, Name: "f", In: in{"vpcConfig": in{"subnetIds": later}}, Edges: to{"vpcConfig": append(subnets, "sg")}}
}

var kept = in{"destinationConfig": in{"onFailure": in{"destinationArn": later}}}

func chosen(inputs in, policy string, value any) []r {
	inputs[policy] = value
	return []r{{Type: record, Name: "www", In: inputs}}
}

// served is a distribution that sends everything to an origin or a group of them.
func served(target any, groups any) []r {
	return []r{{Type: distribution, Name: "site", In: in{"defaultCacheBehavior": in{"targetOriginId": target}, "originGroups": groups}}}
}

func group2(members ...any) list { return list{in{"originId": "both", "members": members}} }

func TestServerlessRules(t *testing.T) {
	both := group2(in{"originId": "here"}, in{"originId": "there"})
	ruletest.Run(t, serverlessRules(), []ruletest.Case{
		{Rule: "async-failure-destination", Name: "kept", Want: rule.Pass, Stack: []r{
			{Type: queue, Name: "orders", In: in{"redrivePolicy": later}, Edges: to{"redrivePolicy": {"dead"}}}}},
		{Rule: "async-failure-destination", Name: "lost", Want: rule.Fail, Says: "deadLetterTargetArn", Stack: []r{{Type: queue, Name: "orders", In: in{}}}},
		{Rule: "async-failure-destination", Name: "kept by a policy", Want: rule.Pass, Stack: []r{{Type: queue, Name: "orders", In: in{}},
			{Type: redrive, Name: "p", In: in{"queueUrl": later}, Edges: to{"queueUrl": {"orders"}}}}},
		{Rule: "async-failure-destination", Name: "a policy of who knows what", Want: rule.Unknown, Says: "queueUrl", Stack: []r{{Type: queue, Name: "orders", In: in{}},
			{Type: redrive, Name: "p", In: in{"queueUrl": later}}}},
		{Rule: "async-failure-destination", Name: "dead letters", Subject: "dead", Want: rule.NotApplicable, Stack: []r{{Type: queue, Name: "dead", In: in{}},
			{Type: queue, Name: "orders", In: in{"redrivePolicy": later}, Edges: to{"redrivePolicy": {"dead"}}}}},
		{Rule: "async-failure-destination", Name: "dead letters by ARN", Subject: "dead", Want: rule.NotApplicable, Stack: []r{
			{Type: queue, Name: "dead", In: in{}, Out: in{"arn": "arn:aws:sqs:eu-west-1:123456789012:dead"}},
			{Type: subscription, Name: "s", In: in{"redrivePolicy": `{"deadLetterTargetArn":"arn:aws:sqs:eu-west-1:123456789012:dead"}`}}}},
		{Rule: "async-failure-destination", Name: "what a function could not handle", Subject: "dead", Want: rule.NotApplicable, Stack: []r{
			{Type: queue, Name: "dead", In: in{}, Out: in{"arn": "arn:aws:sqs:eu-west-1:123456789012:dead"}},
			{Type: lambda.Function, Name: "f", In: in{"deadLetterConfig": in{"targetArn": "arn:aws:sqs:eu-west-1:123456789012:dead"}}}}},
		{Rule: "async-failure-destination", Name: "subscribed", Want: rule.Fail, Says: "is lost", Stack: []r{{Type: subscription, Name: "s", In: in{"protocol": "sqs"}}}},
		{Rule: "async-failure-destination", Name: "a mail", Want: rule.NotApplicable, Stack: []r{{Type: subscription, Name: "s", In: in{"protocol": "email"}}}},
		{Rule: "async-failure-destination", Name: "a protocol to come", Want: rule.Unknown, Says: "protocol", Stack: []r{{Type: subscription, Name: "s", In: in{"protocol": later}}}},

		{Rule: "async-failure-destination", Name: "events kept", Subject: "thumbs", Want: rule.Pass,
			Stack: called("s3.amazonaws.com", in{"deadLetterConfig": in{"targetArn": later}})},
		{Rule: "async-failure-destination", Name: "events kept by a config", Subject: "thumbs", Want: rule.Pass,
			Stack: called("sns.amazonaws.com", in{}, onFailure(later, "live"))},
		{Rule: "async-failure-destination", Name: "events lost", Subject: "thumbs", Want: rule.Fail, Says: "an event that it fails on three times is lost",
			Stack: called("events.amazonaws.com", in{})},
		{Rule: "async-failure-destination", Name: "events of a config without a destination", Subject: "thumbs", Want: rule.Fail, Says: "is lost",
			Stack: called("events.amazonaws.com", in{}, onFailure(nil, "thumbs"))},
		{Rule: "async-failure-destination", Name: "events of a schedule lost", Subject: "f", Want: rule.Fail, Says: "is lost", Stack: []r{
			{Type: lambda.Function, Name: "f", In: in{}}, {Type: schedule, Name: "s", In: in{"target": in{"arn": later}}, Edges: to{"target": {"f", "role"}}}}},
		{Rule: "async-failure-destination", Name: "somebody waits", Subject: "thumbs", Want: rule.NotApplicable,
			Stack: called("elasticloadbalancing.amazonaws.com", in{})},
		{Rule: "async-failure-destination", Name: "a config of who knows what", Subject: "thumbs", Want: rule.Unknown, Says: "functionName: external",
			Stack: called("s3.amazonaws.com", in{}, onFailure(later))},
		{Rule: "async-failure-destination", Name: "a stream's batches kept", Want: rule.Pass, Subject: "m", Stack: mapped("clicks", kept)},
		{Rule: "async-failure-destination", Name: "a stream's batches lost", Want: rule.Fail, Subject: "m", Says: "set destinationConfig.onFailure.destinationArn",
			Stack: mapped("clicks", in{})},
		{Rule: "async-failure-destination", Name: "a table's batches lost", Want: rule.Fail, Subject: "m", Says: "holds up its shard", Stack: mapped("table", in{})},
		{Rule: "async-failure-destination", Name: "a broker's", Want: rule.NotApplicable, Subject: "m", Stack: mapped("broker", in{})},
		{Rule: "async-failure-destination", Name: "who knows what's", Want: rule.Unknown, Subject: "m", Says: "eventSourceArn", Stack: mapped("elsewhere", in{})},
		{Rule: "async-failure-destination", Name: "batches that a stream could not get rid of", Subject: "dead", Want: rule.NotApplicable,
			Stack: mapped("clicks", kept, r{Type: queue, Name: "dead", In: in{}})},
		{Rule: "async-failure-destination", Name: "events that were not delivered", Subject: "dead", Want: rule.NotApplicable, Stack: []r{
			{Type: queue, Name: "dead", In: in{}},
			{Type: eventTarget, Name: "t", In: in{"arn": later, "deadLetterConfig": in{"arn": later}}, Edges: to{"deadLetterConfig": {"dead"}}}}},
		{Rule: "async-failure-destination", Name: "a target is no dead letter", Subject: "orders", Want: rule.Fail, Stack: []r{
			{Type: queue, Name: "orders", In: in{}}, {Type: schedule, Name: "s", In: in{"target": in{"arn": later}}, Edges: to{"target": {"orders"}}}}},

		{Rule: "eventbridge-dead-letters", Name: "kept", Want: rule.Pass, Stack: []r{
			{Type: eventTarget, Name: "t", In: in{"deadLetterConfig": in{"arn": later}}, Edges: to{"deadLetterConfig": {"dead"}}}}},
		{Rule: "eventbridge-dead-letters", Name: "lost", Want: rule.Fail, Says: "set deadLetterConfig.arn to the ARN of a queue", Stack: []r{{Type: eventTarget, Name: "t", In: in{}}}},
		{Rule: "eventbridge-dead-letters", Name: "of a schedule", Want: rule.Pass, Stack: []r{
			{Type: schedule, Name: "s", In: in{"target": in{"deadLetterConfig": in{"arn": "arn:aws:sqs:eu-west-1:123456789012:dead"}}}}}},
		{Rule: "eventbridge-dead-letters", Name: "of a schedule, lost", Want: rule.Fail, Says: "set target.deadLetterConfig.arn", Stack: []r{{Type: schedule, Name: "s", In: in{}}}},
		{Rule: "eventbridge-dead-letters", Name: "who knows", Want: rule.Unknown, Says: "deadLetterConfig.arn", Stack: []r{{Type: eventTarget, Name: "t", In: in{"deadLetterConfig": later}}}},

		{Rule: "lambda-vpc-multi-az", Name: "two zones", Want: rule.Pass, Stack: []r{inVpc("a", "b"), subnetA, subnetB}},
		{Rule: "lambda-vpc-multi-az", Name: "one zone", Want: rule.Fail, Says: "runs in one zone (eu-west-1a)", Stack: []r{inVpc("a", "a2"), subnetA, subnetA2}},
		{Rule: "lambda-vpc-multi-az", Name: "after creation", Want: rule.Pass, Stack: []r{{Type: lambda.Function, Name: "f",
			In: in{"vpcConfig": in{"subnetIds": list{"subnet-a", "subnet-b"}}}}, madeA, madeB}},
		{Rule: "lambda-vpc-multi-az", Name: "in no VPC", Want: rule.NotApplicable, Stack: []r{{Type: lambda.Function, Name: "f", In: in{}}}},
		{Rule: "lambda-vpc-multi-az", Name: "subnets of elsewhere", Want: rule.Unknown, Says: "vpcConfig", Stack: []r{inVpc()}},

		{Rule: "sqs-visibility-timeout", Name: "long enough", Want: rule.Pass, Stack: hidden(180, 30, in{})},
		{Rule: "sqs-visibility-timeout", Name: "as AWS has it", Want: rule.Pass, Stack: hidden(nil, nil, in{})},
		{Rule: "sqs-visibility-timeout", Name: "too short", Want: rule.Fail, Stack: hidden(nil, 30, in{}),
			Says: "messages of orders come back after 30 s, while work may take 30 s for one batch. Fix: set visibilityTimeoutSeconds of orders to 180 or more"},
		{Rule: "sqs-visibility-timeout", Name: "too short for the window", Want: rule.Fail, Says: "to 200 or more", Stack: hidden(180, 30, in{"maximumBatchingWindowInSeconds": 20})},
		{Rule: "sqs-visibility-timeout", Name: "a stream", Want: rule.NotApplicable, Stack: mapped("clicks", in{})},
		{Rule: "sqs-visibility-timeout", Name: "who knows how long", Want: rule.Unknown, Says: "timeout", Stack: hidden(180, later, in{})},
		{Rule: "sqs-visibility-timeout", Name: "a function of elsewhere", Want: rule.Unknown, Says: "functionName", Stack: mapped("orders", in{}, r{Type: queue, Name: "orders", In: in{}})},
		{Rule: "sqs-visibility-timeout", Name: "a queue of elsewhere", Want: rule.Unknown, Says: "eventSourceArn: external", Stack: []r{{Type: lambda.SourceMapping, Name: "m",
			In: in{"eventSourceArn": "arn:aws:sqs:eu-west-1:123456789012:orders", "functionName": "work"}}}},

		{Rule: "sqs-concurrency", Name: "as many as are reserved", Want: rule.Pass, Stack: asking(10, 10)},
		{Rule: "sqs-concurrency", Name: "more, by a name that is known first", Want: rule.Fail, Says: "20 times", Stack: []r{another(20, "live"), {Type: queue, Name: "orders", In: in{}},
			{Type: lambdaAlias, Name: "live", In: in{"functionName": "work-1a2b3c4"}, Edges: to{"functionName": {"work"}}},
			{Type: lambda.Function, Name: "work", In: in{"name": "work-1a2b3c4", "reservedConcurrentExecutions": 10}}}},
		{Rule: "sqs-concurrency", Name: "two queues that share them", Want: rule.Pass, Stack: asking(6, 10, another(4))},
		{Rule: "sqs-concurrency", Name: "nothing reserved", Want: rule.NotApplicable, Stack: asking(nil, nil)},
		{Rule: "sqs-concurrency", Name: "nothing reserved, in words", Want: rule.NotApplicable, Stack: asking(20, -1)},
		{Rule: "sqs-concurrency", Name: "any number", Want: rule.Fail, Stack: asking(nil, 10),
			Says: "calls work any number of times at once, and 10 are reserved for it. Fix: set scalingConfig.maximumConcurrency to 10 or less, for all queues of work together"},
		{Rule: "sqs-concurrency", Name: "more than are reserved", Want: rule.Fail, Says: "the queues of work call it 20 times at once, and 10 are reserved", Stack: asking(20, 10)},
		{Rule: "sqs-concurrency", Name: "two queues that are more", Want: rule.Fail, Says: "call it 14 times at once", Stack: asking(10, 10, another(4))},
		{Rule: "sqs-concurrency", Name: "too few for any queue", Want: rule.Fail, Says: "set reservedConcurrentExecutions of work to 2 or more", Stack: asking(2, 1)},
		{Rule: "sqs-concurrency", Name: "another function's queue", Want: rule.Pass, Stack: asking(10, 10, another(4, "other"), r{Type: lambda.Function, Name: "other", In: in{}})},
		{Rule: "sqs-concurrency", Name: "another that is a stream", Want: rule.Pass, Stack: asking(10, 10, r{Type: lambda.SourceMapping, Name: "n",
			In: in{"eventSourceArn": later, "functionName": later}, Edges: to{"eventSourceArn": {"clicks"}, "functionName": {"work"}}})},
		{Rule: "sqs-concurrency", Name: "another without a limit, which is told of itself", Want: rule.Pass, Stack: asking(10, 10, another(nil))},
		{Rule: "sqs-concurrency", Name: "pollers", Want: rule.NotApplicable, Stack: mapped("orders", in{"provisionedPollerConfig": in{"maximumPollers": 5}},
			r{Type: queue, Name: "orders", In: in{}}, r{Type: lambda.Function, Name: "work", In: in{"reservedConcurrentExecutions": 10}})},
		{Rule: "sqs-concurrency", Name: "a stream", Want: rule.NotApplicable, Stack: mapped("clicks", in{})},
		{Rule: "sqs-concurrency", Name: "who knows how many", Want: rule.Unknown, Says: maximumConcurrency, Stack: asking(later, 10)},
		{Rule: "sqs-concurrency", Name: "who knows how many are reserved", Want: rule.Unknown, Says: "reservedConcurrentExecutions", Stack: asking(10, later)},
		{Rule: "sqs-concurrency", Name: "another of who knows how many", Want: rule.Unknown, Says: maximumConcurrency, Stack: asking(6, 10, another(later))},
		{Rule: "sqs-concurrency", Name: "more, whatever another asks", Want: rule.Fail, Says: "20 times", Stack: asking(20, 10, another(later))},
		{Rule: "sqs-concurrency", Name: "a function of elsewhere", Want: rule.Unknown, Says: "functionName", Stack: mapped("orders", in{}, r{Type: queue, Name: "orders", In: in{}})},
		{Rule: "sqs-concurrency", Name: "one of two functions", Want: rule.Unknown, Says: "functionName: known only after creation", Stack: []r{another(4, "work", "other"),
			{Type: queue, Name: "orders", In: in{}}, {Type: lambda.Function, Name: "work", In: in{}}, {Type: lambda.Function, Name: "other", In: in{}}}},

		{Rule: "lambda-partial-batch", Name: "in parts", Want: rule.Pass, Stack: hidden(30, 3, in{"functionResponseTypes": list{partialBatch}})},
		{Rule: "lambda-partial-batch", Name: "as a whole", Want: rule.Fail, Says: "has its whole batch handled again", Stack: hidden(30, 3, in{})},
		{Rule: "lambda-partial-batch", Name: "a stream as a whole", Want: rule.Fail, Stack: mapped("clicks", in{"batchSize": 100})},
		{Rule: "lambda-partial-batch", Name: "one by one", Want: rule.NotApplicable, Stack: hidden(30, 3, in{"batchSize": 1})},
		{Rule: "lambda-partial-batch", Name: "a broker", Want: rule.NotApplicable, Stack: mapped("broker", in{})},
		{Rule: "lambda-partial-batch", Name: "computed", Want: rule.Unknown, Says: "functionResponseTypes", Stack: hidden(30, 3, in{"functionResponseTypes": list{later}})},
		{Rule: "lambda-partial-batch", Name: "who knows what", Want: rule.Unknown, Says: "eventSourceArn", Stack: mapped("elsewhere", in{})},

		{Rule: "dns-failover-health", Name: "a health check", Want: rule.Pass, Stack: chosen(in{"healthCheckId": later}, "weightedRoutingPolicies", list{in{"weight": 1}})},
		{Rule: "dns-failover-health", Name: "the target's health", Want: rule.Pass,
			Stack: chosen(in{"aliases": list{in{"evaluateTargetHealth": true}}}, "latencyRoutingPolicies", list{in{"region": "eu-west-1"}})},
		{Rule: "dns-failover-health", Name: "no health", Want: rule.Fail, Says: "stays in the answers when its target is down",
			Stack: chosen(in{"aliases": list{in{"evaluateTargetHealth": false}}}, "failoverRoutingPolicies", list{in{"type": "PRIMARY"}})},
		{Rule: "dns-failover-health", Name: "addresses", Want: rule.Fail, Says: "set healthCheckId", Stack: chosen(in{"records": list{"192.0.2.1"}}, "multivalueAnswerRoutingPolicy", true)},
		{Rule: "dns-failover-health", Name: "the last resort", Want: rule.NotApplicable, Stack: chosen(in{}, "failoverRoutingPolicies", list{in{"type": "SECONDARY"}})},
		{Rule: "dns-failover-health", Name: "the only one", Want: rule.NotApplicable, Stack: chosen(in{}, "multivalueAnswerRoutingPolicy", false)},
		{Rule: "dns-failover-health", Name: "computed", Want: rule.Unknown, Says: "aliases", Stack: chosen(in{"aliases": later}, "weightedRoutingPolicies", list{in{"weight": 1}})},

		{Rule: "cloudfront-origin-failover", Name: "two", Want: rule.Pass, Stack: served("both", both)},
		{Rule: "cloudfront-origin-failover", Name: "two that nobody asks", Want: rule.Fail, Says: "has no second origin for any path", Stack: served("here", both)},
		{Rule: "cloudfront-origin-failover", Name: "a group of one", Want: rule.Fail, Stack: served("both", group2(in{"originId": "here"}))},
		{Rule: "cloudfront-origin-failover", Name: "one", Want: rule.Fail, Says: "add an originGroup", Stack: served("here", nil)},
		{Rule: "cloudfront-origin-failover", Name: "computed", Want: rule.Unknown, Says: "originGroups", Stack: served("both", later)},
	})
}
