package encryption

import (
	"github.com/plinth-iac/plinth/policies/internal/ruletest"
	"github.com/plinth-iac/plinth/policies/rule"
)

const denyPlainMessages = `{"Statement":[{"Effect":"Deny","Principal":"*","Action":"sqs:*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"false"}}}]}`

// orders is a queue with a policy of its own.
func orders(policy any) []r {
	return []r{
		{Type: queue, Name: "orders", In: in{}},
		{Type: queuePolicy, Name: "orders-policy", In: in{"queueUrl": later, "policy": policy}, Edges: to{"queueUrl": {"orders"}}},
	}
}

var queueCases = []ruletest.Case{
	check("sqs-tls-only", "denied", rule.Pass, "", orders(denyPlainMessages)),
	check("sqs-tls-only", "denied by itself", rule.Pass, "", one(queue, in{"policy": denyPlainMessages})),
	check("sqs-tls-only", "no policy", rule.Fail, "answers requests without TLS", one(queue, in{})),
	check("sqs-tls-only", "allowed", rule.Fail, "answers requests without TLS", orders(`{"Statement":[]}`)),
	check("sqs-tls-only", "not a document", rule.Fail, "not a policy document", orders("deny")),
	check("sqs-tls-only", "computed", rule.Unknown, "policy", orders(later)),
	check("sqs-tls-only", "a policy of who knows what", rule.Unknown, "queueUrl", []r{
		{Type: queue, Name: "orders", In: in{}}, {Type: queuePolicy, Name: "p", In: in{"queueUrl": later, "policy": denyPlainMessages}}}),
}
