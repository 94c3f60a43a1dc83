package redundancy

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/plinth-iac/plinth/policies/internal/lambda"
	"github.com/plinth-iac/plinth/policies/rule"
)

// Type tokens of what passes messages on.
const (
	queue        = "aws:sqs/queue:Queue"
	redrive      = "aws:sqs/redrivePolicy:RedrivePolicy"
	subscription = "aws:sns/topicSubscription:TopicSubscription"
	invokeConfig = "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig"
	permission   = "aws:lambda/permission:Permission"
	eventTarget  = "aws:cloudwatch/eventTarget:EventTarget"
	schedule     = "aws:scheduler/schedule:Schedule"
)

func asyncFailureDestination() *rule.Rule {
	return &rule.Rule{
		ID: "async-failure-destination", Title: "Messages that nobody can handle are kept", Severity: rule.Medium, Category: rule.Redundancy,
		Why: "A message that fails again and again is thrown away in the end, or keeps its consumers busy until then.",
		Fix: "set redrivePolicy with the deadLetterTargetArn of another queue; for a function that is called asynchronously, or by a stream, " +
			"destinationConfig.onFailure",
		Controls: rule.Controls{Checkov: []string{"CKV_AWS_116"}},
		Types:    []string{queue, subscription, lambda.Function, lambda.SourceMapping},
		CheckGraph: func(g *rule.Graph, r *rule.Resource, _ rule.Settings) rule.Verdict {
			switch r.Type {
			case queue:
				return queueKeeps(g, r)
			case subscription:
				return subscriptionKeeps(r)
			case lambda.Function:
				return functionKeeps(g, r)
			}
			return streamKeeps(g, r)
		},
	}
}

// redrives is the verdict on the redrive policy of r. One that is not known yet is one.
func redrives(r *rule.Resource) rule.Verdict {
	if rule.IsSet(r.Get("redrivePolicy")) {
		return rule.Passed()
	}
	return rule.Failed("a message that fails again and again is lost", "set redrivePolicy with the deadLetterTargetArn of another queue")
}

func queueKeeps(g *rule.Graph, r *rule.Resource) rule.Verdict {
	verdict := redrives(r)
	if verdict.Outcome == rule.Pass {
		return verdict
	}
	policies, unsure := g.Pointing(r, redrive, "queueUrl")
	if len(policies) > 0 {
		return rule.Passed()
	}
	// It may be where the others' messages are kept.
	return rule.Choose(rule.Derived(g, deadLettersOf).has(r), rule.Skipped(), rule.FailedUnless(unsure, verdict.Problem, verdict.Fix))
}

func subscriptionKeeps(r *rule.Resource) rule.Verdict {
	protocol := r.Get("protocol")
	switch {
	case protocol.IsUnknown():
		return rule.NotKnown(protocol)
	case !rule.Is("sqs", "lambda", "http", "https", "firehose")(protocol):
		return rule.Skipped() // AWS keeps no message for a person
	}
	return redrives(r)
}

// functionKeeps judges a function that is called without anybody waiting for the answer.
func functionKeeps(g *rule.Graph, r *rule.Resource) rule.Verdict {
	calls := rule.Derived(g, asyncCallsOf)
	return rule.Choose(calls.to[r], eventsKept(r, calls), rule.Skipped())
}

// eventsKept judges where the events go that a function has failed on.
func eventsKept(r *rule.Resource, calls asyncCalls) rule.Verdict {
	letters := r.Get("deadLetterConfig.targetArn")
	if rule.IsSet(letters) {
		return r.Refers(letters, "", "")
	}
	for _, config := range calls.configs[r] {
		if failed := config.Get("destinationConfig.onFailure.destination"); rule.IsSet(failed) {
			return config.Refers(failed, "", "")
		}
	}
	return rule.FailedUnless(calls.unsure, "an event that it fails on three times is lost",
		"set destinationConfig.onFailure in a FunctionEventInvokeConfig of it, or deadLetterConfig")
}

// streamKeeps judges what reads a stream for a function.
func streamKeeps(g *rule.Graph, r *rule.Resource) rule.Verdict {
	service, unsure := lambda.Source(g, r)
	switch {
	case unsure.Outcome == rule.Unknown:
		return unsure
	case service != "kinesis" && service != "dynamodb":
		return rule.Skipped() // a queue keeps its own
	}
	return r.Refers(r.Get("destinationConfig.onFailure.destinationArn"), "a batch that fails until it expires is lost, and holds up its shard until then",
		"set destinationConfig.onFailure.destinationArn, and maximumRetryAttempts")
}

// asyncCalls are the functions that are called without anybody waiting for the answer.
type asyncCalls struct {
	to map[*rule.Resource]rule.Verdict
	// configs are what says for a function where its failed events go.
	configs map[*rule.Resource][]*rule.Resource
	// unsure is Unknown if there may be more configs.
	unsure rule.Verdict
}

// asyncCallers are the services that do not wait for the answer of a function.
var asyncCallers = []string{"s3", "sns", "events", "ses", "config", "iot", "codecommit", "codepipeline", "cloudformation", "logs"}

func asyncCallsOf(g *rule.Graph) asyncCalls {
	calls := asyncCalls{to: map[*rule.Resource]rule.Verdict{}, configs: map[*rule.Resource][]*rule.Resource{}}
	for _, p := range g.Of(permission) {
		called := p.Get("principal").Holds(func(v rule.Value) bool {
			principal, _ := v.Text()
			service, _, _ := strings.Cut(principal, ".")
			return slices.Contains(asyncCallers, service)
		})
		for _, f := range lambda.Behind(g, p, p.Get("function")) {
			calls.to[f] = rule.Any(calls.to[f], called)
		}
	}
	for _, s := range g.Of(schedule) {
		for _, f := range lambda.Behind(g, s, s.Get("target.arn")) {
			calls.to[f] = rule.Any(calls.to[f], s.Get("target.arn").Named())
		}
	}
	for _, config := range g.Of(invokeConfig) {
		name := config.Get("functionName")
		functions := lambda.Behind(g, config, name)
		for _, f := range functions {
			calls.configs[f] = append(calls.configs[f], config)
		}
		if len(functions) == 0 && name.IsUnknown() {
			calls.unsure = config.Elsewhere(name)
		}
	}
	return calls
}

func eventbridgeDeadLetters() *rule.Rule {
	return &rule.Rule{
		ID: "eventbridge-dead-letters", Title: "Events that cannot be delivered are kept", Severity: rule.Medium, Category: rule.Redundancy,
		Why:   "What a target does not take within a day, or refuses for want of a permission, EventBridge throws away.",
		Fix:   "set deadLetterConfig.arn of the target to a queue's",
		Types: []string{eventTarget, schedule},
		// What happens in a development environment happens again.
		Development: rule.At(rule.Disabled),
		CheckGraph: func(_ *rule.Graph, r *rule.Resource, _ rule.Settings) rule.Verdict {
			path := "deadLetterConfig.arn"
			if r.Type == schedule {
				path = "target." + path
			}
			return r.Refers(r.Get(path), "an event that cannot be delivered is lost", "set "+path+" to the ARN of a queue")
		},
	}
}

// deadLetters are the queues that something else sends to what it could not handle.
type deadLetters struct {
	// known is whether a queue is one: by URN, while ARNs are not known, and by ARN.
	known map[string]rule.Verdict
	// unsure is Unknown if there may be others.
	unsure rule.Verdict
}

func (d deadLetters) has(q *rule.Resource) rule.Verdict {
	arn, _ := q.Out("arn").Text()
	return rule.Any(d.known[q.URN], d.known[arn], d.unsure)
}

// letterBoxes are the properties that name where something sends what it could not handle.
var letterBoxes = map[string]string{
	queue: "redrivePolicy", redrive: "redrivePolicy", subscription: "redrivePolicy",
	lambda.Function: "deadLetterConfig.targetArn", lambda.SourceMapping: "destinationConfig.onFailure.destinationArn",
	invokeConfig: "destinationConfig.onFailure.destination",
	eventTarget:  "deadLetterConfig.arn", schedule: "target.deadLetterConfig.arn",
}

func deadLettersOf(g *rule.Graph) deadLetters {
	found := deadLetters{known: map[string]rule.Verdict{}}
	for token, path := range letterBoxes {
		for _, r := range g.Of(token) {
			box := r.Get(path)
			for _, q := range g.Behind(r, box, queue) {
				found.known[q.URN] = rule.Any(found.known[q.URN], box.Named())
			}
			if elsewhere := r.Elsewhere(box); box.IsUnknown() && elsewhere.Why == rule.External {
				found.unsure = elsewhere
			}
			arn, _ := box.Text()
			var policy struct{ DeadLetterTargetArn string }
			if json.Unmarshal([]byte(arn), &policy) == nil {
				arn = policy.DeadLetterTargetArn
				for _, urn := range r.Edges[path] { // it may be known before its queue is
					found.known[urn] = rule.Passed()
				}
			}
			found.known[arn] = rule.Passed()
		}
	}
	delete(found.known, "")
	return found
}
