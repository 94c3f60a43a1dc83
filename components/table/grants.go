package table

import (
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/iampolicy"
)

// ReadStatements let their holder find and read items of the table and its indexes.
func (t *Table) ReadStatements() []iampolicy.Statement {
	return t.statements([]pulumi.StringInput{t.Arn, pulumi.Sprintf("%s/index/*", t.Arn)}, []string{"kms:Decrypt"},
		"BatchGetItem", "ConditionCheckItem", "DescribeTable", "GetItem", "Query", "Scan")
}

// WriteStatements let their holder put, change and delete items. An application that
// reads as well needs ReadStatements too.
func (t *Table) WriteStatements() []iampolicy.Statement {
	return t.statements([]pulumi.StringInput{t.Arn}, []string{"kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"},
		"BatchWriteItem", "DeleteItem", "DescribeTable", "PutItem", "UpdateItem")
}

// StreamStatements let their holder read the stream of changes.
func (t *Table) StreamStatements() []iampolicy.Statement {
	return t.statements([]pulumi.StringInput{pulumi.Sprintf("%s/stream/*", t.Arn)}, []string{"kms:Decrypt"},
		"DescribeStream", "GetRecords", "GetShardIterator", "ListStreams")
}

// statements allow actions, and the use of the table's key by way of DynamoDB, and of no
// other service that encrypts with it. The key that AWS manages needs no grant.
func (t *Table) statements(resources []pulumi.StringInput, key []string, actions ...string) []iampolicy.Statement {
	for i, action := range actions {
		actions[i] = "dynamodb:" + action
	}
	allowed := []iampolicy.Statement{{Actions: actions, Resources: resources}}
	if t.key == nil {
		return allowed
	}
	return append(allowed, iampolicy.Statement{
		Actions: slices.Concat(key, []string{"kms:DescribeKey"}), Resources: []pulumi.StringInput{t.key},
		Conditions: map[string]map[string][]pulumi.StringInput{
			"StringEquals": {"kms:ViaService": {pulumi.String(iampolicy.RegionalService("dynamodb", t.region))}},
		},
	})
}
