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
			policies, missing := g.Pointing(r, queuePolicy, "queueUrl")
			for _, p := range append([]*rule.Resource{r}, policies...) {
				policy := p.Get("policy")
				if policy.IsAbsent() {
					continue
				}
				statements, bad := document.Parse(policy)
				if slices.ContainsFunc(statements, func(s document.Statement) bool { return deniesWithoutTls(s, "sqs:*") }) {
					return rule.Passed()
				}
				missing = rule.All(missing, bad)
			}
			if missing.Outcome != rule.NotApplicable {
				return missing
			}
			return rule.Failed("answers requests without TLS", "add a QueuePolicy that denies sqs:* to * when aws:SecureTransport is false")
		},
	}
}
