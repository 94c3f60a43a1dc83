package redundancy

import (
	"encoding/json"

	"github.com/plinth-iac/plinth/policies/rule"
)

// Type tokens of what passes messages on.
const (
	queue        = "aws:sqs/queue:Queue"
	redrive      = "aws:sqs/redrivePolicy:RedrivePolicy"
	subscription = "aws:sns/topicSubscription:TopicSubscription"
	function     = "aws:lambda/function:Function"
	invokeConfig = "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig"
)

func asyncFailureDestination() *rule.Rule {
	return &rule.Rule{
		ID: "async-failure-destination", Title: "Messages that nobody can handle are kept", Severity: rule.Medium, Category: rule.Redundancy,
		Why:   "A message that fails again and again is thrown away in the end, or keeps its consumers busy until then.",
		Fix:   "set redrivePolicy with the deadLetterTargetArn of another queue",
		Types: []string{queue, subscription},
		CheckGraph: func(g *rule.Graph, r *rule.Resource, _ rule.Settings) rule.Verdict {
			policy := r.Get("redrivePolicy")
			if r.Type == subscription {
				switch protocol := r.Get("protocol"); {
				case protocol.IsUnknown():
					return rule.NotKnown(protocol)
				case !rule.Is("sqs", "lambda", "http", "https", "firehose")(protocol):
					return rule.Skipped() // AWS keeps no message for a person
				}
			}
			if text, known := policy.Text(); policy.IsUnknown() || known && text != "" {
				return rule.Passed()
			}
			var unsure rule.Verdict
			if r.Type == queue {
				var policies []*rule.Resource
				policies, unsure = g.Pointing(r, redrive, "queueUrl")
				if len(policies) > 0 {
					return rule.Passed()
				}
				if rule.Derived(g, deadLettersOf).has(r) {
					return rule.Skipped() // it is where the others' messages are kept
				}
			}
			if unsure.Outcome == rule.Unknown {
				return unsure
			}
			return rule.Failed("a message that fails again and again is lost", "set redrivePolicy with the deadLetterTargetArn of another queue")
		},
	}
}

// deadLetters are the queues that something else sends to what it could not handle: by
// URN, while ARNs are not known, and by ARN.
type deadLetters map[string]bool

func (d deadLetters) has(q *rule.Resource) bool {
	arn, _ := q.Out("arn").Text()
	return d[q.URN] || arn != "" && d[arn]
}

func deadLettersOf(g *rule.Graph) deadLetters {
	found := deadLetters{}
	for token, property := range map[string]string{
		queue: "redrivePolicy", redrive: "redrivePolicy", subscription: "redrivePolicy", function: "deadLetterConfig", invokeConfig: "destinationConfig",
	} {
		for _, r := range g.Of(token) {
			for _, urn := range r.Edges[property] {
				found[urn] = true
			}
			var policy struct{ DeadLetterTargetArn string }
			if text, ok := r.Get(property).Text(); ok && json.Unmarshal([]byte(text), &policy) == nil {
				found[policy.DeadLetterTargetArn] = true
			}
			for _, path := range [...]string{"deadLetterConfig.targetArn", "destinationConfig.onFailure.destination"} {
				if arn, ok := r.Get(path).Text(); ok {
					found[arn] = true
				}
			}
		}
	}
	return found
}
