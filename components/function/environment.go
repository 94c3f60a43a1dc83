package function

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lambda"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/iampolicy"
	"github.com/plinth-iac/plinth/components/internal/base"
)

// SecretArgs are a secret that the code may read.
type SecretArgs struct {
	// Arn is the secret's ARN.
	Arn pulumi.StringInput `pulumi:"arn"`
	// KmsKeyArn is the key that encrypts it. Default: the key of Secrets Manager.
	KmsKeyArn pulumi.StringInput `pulumi:"kmsKeyArn,optional"`
}

var variableForm = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]+$`)

// reserved are the variables that Lambda sets itself.
var reserved = strings.Fields(`_HANDLER _X_AMZN_TRACE_ID AWS_DEFAULT_REGION AWS_REGION AWS_EXECUTION_ENV AWS_LAMBDA_FUNCTION_NAME
	AWS_LAMBDA_FUNCTION_MEMORY_SIZE AWS_LAMBDA_FUNCTION_VERSION AWS_LAMBDA_INITIALIZATION_TYPE AWS_LAMBDA_LOG_GROUP_NAME
	AWS_LAMBDA_LOG_STREAM_NAME AWS_ACCESS_KEY AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_LAMBDA_RUNTIME_API
	LAMBDA_TASK_ROOT LAMBDA_RUNTIME_DIR`)

func (a *FunctionArgs) validateEnvironment(errs *fielderr.List) {
	switch {
	case a.KmsKeyArn != nil && a.AwsManagedKey:
		errs.Conflict("awsManagedKey", "kmsKeyArn", "data is encrypted with one key")
	case a.KmsKeyArn == nil && !a.AwsManagedKey:
		errs.Add("kmsKeyArn", "is required, unless awsManagedKey is true")
	}
	for name, value := range a.Environment {
		at := errs.At("environment", fielderr.Key(name))
		checkVariable(at, name)
		if value == nil {
			at.Required("")
		}
		if _, twice := a.Secrets[name]; twice {
			errs.Conflict(fielderr.Join("environment", fielderr.Key(name)), fielderr.Join("secrets", fielderr.Key(name)), "a variable has one value")
		}
	}
	for name, secret := range a.Secrets {
		at := errs.At("secrets", fielderr.Key(name))
		checkVariable(at, name)
		if secret.Arn == nil {
			at.Required("arn")
		}
	}
}

func checkVariable(errs *fielderr.List, name string) {
	if slices.Contains(reserved, name) {
		errs.Add("", "is a variable that Lambda sets itself")
	} else if !variableForm.MatchString(name) {
		errs.Add("", "must be two or more letters, digits and underscores, and begin with a letter")
	}
}

// variables are those of Environment and Secrets.
func (a *FunctionArgs) variables() pulumi.StringMap {
	variables := pulumi.StringMap{}
	for name, value := range a.Environment {
		variables[name] = public(name, value)
	}
	for name, secret := range a.Secrets {
		variables[name] = secret.Arn
	}
	return variables
}

// renderEnvironment names the key only where there is something to encrypt: Lambda forgets
// it otherwise, and the provider would want it back for ever.
func (a *FunctionArgs) renderEnvironment(args *lambda.FunctionArgs) {
	if variables := a.variables(); len(variables) > 0 {
		args.Environment, args.KmsKeyArn = lambda.FunctionEnvironmentArgs{Variables: variables}, base.Optional(a.KmsKeyArn)
	}
}

// public is a value that everybody who may look at a function can read: one that Pulumi
// keeps secret is an error, which does not show it.
func public(name string, value pulumi.StringInput) pulumi.StringInput {
	if _, plain := value.(pulumi.String); plain {
		return value
	}
	output := value.ToStringOutput()
	return output.ApplyT(func(text string) (string, error) {
		if pulumi.IsSecret(output) { // it is known by now
			return "", fmt.Errorf("environment variable %s is secret, and a function's description is not: keep it in AWS Secrets Manager, and name that in secrets", name)
		}
		return text, nil
	}).(pulumi.StringOutput)
}

// environmentStatements let Lambda decrypt the variables and the code read its secrets.
func (a *FunctionArgs) environmentStatements() []iampolicy.Statement {
	var statements []iampolicy.Statement
	if a.KmsKeyArn != nil && len(a.Environment)+len(a.Secrets) > 0 {
		statements = append(statements, a.useKey(a.KmsKeyArn, "lambda", "kms:Decrypt"))
	}
	for _, name := range base.SortedKeys(a.Secrets) {
		secret := a.Secrets[name]
		statements = append(statements, iampolicy.Statement{
			Actions: []string{"secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"}, Resources: []pulumi.StringInput{secret.Arn},
		})
		if secret.KmsKeyArn != nil {
			statements = append(statements, a.useKey(secret.KmsKeyArn, "secretsmanager", "kms:Decrypt"))
		}
	}
	return statements
}

// useKey lets a key be used by way of one service, and of no other that encrypts with it.
func (a *FunctionArgs) useKey(arn pulumi.StringInput, service string, actions ...string) iampolicy.Statement {
	return iampolicy.Statement{
		Actions: actions, Resources: []pulumi.StringInput{arn},
		Conditions: conditions{"StringEquals": {"kms:ViaService": {pulumi.String(iampolicy.RegionalService(service, a.Region))}}},
	}
}
