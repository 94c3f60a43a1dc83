package encryption

import (
	"slices"

	"github.com/plinth-iac/plinth/policies/internal/document"
	"github.com/plinth-iac/plinth/policies/rule"
)

func sqsTlsOnly() *rule.Rule {
	return &rule.Rule{
		ID: "sqs-tls-only", Title: "Queues refuse requests without TLS", Severity: rule.Medium, Category: rule.Encryption,
		Why:   "SQS answers plain HTTP unless the queue's policy denies it.",
		Fix:   "a QueuePolicy that denies sqs:* to * when aws:SecureTransport is false",
		Types: []string{queue},
		CheckGraph: func(g *rule.Graph, r *rule.Resource, _ rule.Settings) rule.Verdict {
			policies, unsure := g.Pointing(r, queuePolicy, "queueUrl")
			return tlsOnly(append([]*rule.Resource{r}, policies...), unsure, "sqs:*",
				"add a QueuePolicy that denies sqs:* to * when aws:SecureTransport is false")
		},
	}
}

func snsTlsOnly() *rule.Rule {
	return &rule.Rule{
		ID: "sns-tls-only", Title: "Topics refuse messages without TLS", Severity: rule.Medium, Category: rule.Encryption,
		Why:   "SNS takes messages by plain HTTP unless the topic's policy denies it.",
		Fix:   "a TopicPolicy that denies sns:Publish to * when aws:SecureTransport is false",
		Types: []string{topic},
		CheckGraph: func(g *rule.Graph, r *rule.Resource, _ rule.Settings) rule.Verdict {
			policies, unsure := g.Pointing(r, topicPolicy, "arn")
			return tlsOnly(append([]*rule.Resource{r}, policies...), unsure, "sns:Publish",
				"add a TopicPolicy that denies sns:Publish to * when aws:SecureTransport is false")
		},
	}
}

// tlsOnly is the verdict on the policies of one thing: one of them must deny an action to
// whoever asks without TLS. Unsure is Unknown if there may be more of them.
func tlsOnly(policies []*rule.Resource, unsure rule.Verdict, action, fix string) rule.Verdict {
	verdicts := []rule.Verdict{unsure}
	for _, p := range policies {
		policy := p.Get("policy")
		if policy.IsAbsent() {
			continue
		}
		statements, bad := document.Parse(policy)
		if slices.ContainsFunc(statements, func(s document.Statement) bool { return deniesWithoutTls(s, action) }) {
			bad = rule.Passed()
		}
		verdicts = append(verdicts, bad)
	}
	if verdict := rule.Any(verdicts...); verdict.Outcome != rule.NotApplicable {
		return verdict
	}
	return rule.Failed("answers requests without TLS", fix)
}
