package topic

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/iampolicy"
)

// PublishStatements let their holder publish. With a KmsKeyArn they include the use of the
// key by way of SNS, and of no other service that encrypts with it.
func (t *Topic) PublishStatements() []iampolicy.Statement {
	allowed := []iampolicy.Statement{{Actions: []string{publish}, Resources: []pulumi.StringInput{t.TopicArn}}}
	if t.kmsKeyArn == nil {
		return allowed
	}
	return append(allowed, iampolicy.Statement{
		Actions: []string{"kms:Decrypt", "kms:GenerateDataKey"}, Resources: []pulumi.StringInput{t.kmsKeyArn},
		Conditions: conditions{"StringEquals": {"kms:ViaService": {pulumi.String(iampolicy.RegionalService("sns", t.region))}}},
	})
}
