package function

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/iampolicy"
)

// InvokeStatements let their holder call the alias.
func (f *Function) InvokeStatements() []iampolicy.Statement {
	return []iampolicy.Statement{{Actions: []string{"lambda:InvokeFunction"}, Resources: []pulumi.StringInput{f.AliasArn}}}
}

// UrlStatements let their holder call the alias by its address, with a signature, and in no
// other way.
func (f *Function) UrlStatements() []iampolicy.Statement {
	return []iampolicy.Statement{
		{
			Actions: []string{"lambda:InvokeFunctionUrl"}, Resources: []pulumi.StringInput{f.AliasArn},
			Conditions: conditions{"StringEquals": {"lambda:FunctionUrlAuthType": {pulumi.String("AWS_IAM")}}},
		},
		{
			Actions: []string{"lambda:InvokeFunction"}, Resources: []pulumi.StringInput{f.AliasArn},
			Conditions: conditions{"Bool": {"lambda:InvokedViaFunctionUrl": {pulumi.String("true")}}},
		},
	}
}
