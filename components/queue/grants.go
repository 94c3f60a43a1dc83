package queue

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/iampolicy"
)

// SendStatements let their holder send messages.
func (q *Queue) SendStatements() []iampolicy.Statement {
	return q.statements([]string{"kms:Decrypt", "kms:GenerateDataKey"}, iampolicy.Statement{
		Actions:   []string{"sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:SendMessage"},
		Resources: []pulumi.StringInput{q.QueueArn},
	})
}

// ReceiveStatements let their holder receive messages and delete them.
func (q *Queue) ReceiveStatements() []iampolicy.Statement {
	return q.statements([]string{"kms:Decrypt"}, iampolicy.Statement{
		Actions: []string{
			"sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:ReceiveMessage",
		},
		Resources: []pulumi.StringInput{q.QueueArn},
	})
}

// RedriveStatements let their holder look at the dead letters and move them back to the
// queue. The move itself sends with the holder's permissions.
func (q *Queue) RedriveStatements() []iampolicy.Statement {
	return q.statements([]string{"kms:Decrypt", "kms:GenerateDataKey"}, iampolicy.Statement{
		Actions: []string{
			"sqs:CancelMessageMoveTask", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ListMessageMoveTasks", "sqs:ReceiveMessage",
			"sqs:StartMessageMoveTask",
		},
		Resources: []pulumi.StringInput{q.DeadLetterArn},
	}, iampolicy.Statement{
		Actions: []string{"sqs:GetQueueAttributes", "sqs:SendMessage"}, Resources: []pulumi.StringInput{q.QueueArn},
	})
}

// statements add the use of the queues' key by way of SQS, and of no other service that
// encrypts with it. The key of SQS itself needs no grant.
func (q *Queue) statements(key []string, allowed ...iampolicy.Statement) []iampolicy.Statement {
	if q.kmsKeyArn == nil {
		return allowed
	}
	return append(allowed, iampolicy.Statement{
		Actions: key, Resources: []pulumi.StringInput{q.kmsKeyArn},
		Conditions: conditions{"StringEquals": {"kms:ViaService": {pulumi.String(iampolicy.RegionalService("sqs", q.region))}}},
	})
}
