package aws

import (
	"strings"
	"testing"

	"github.com/plinth-iac/plinth/tests/simcloud/internal/facts"
	"github.com/stretchr/testify/require"
)

const postgresRotator = "arn:aws:serverlessrepo:us-east-1:297356227824:applications/SecretsManagerRDSPostgreSQLRotationSingleUser"

var soundStacks = map[string]Obj{
	appStack: {"name": "rotator", "applicationId": postgresRotator, "capabilities": []string{"CAPABILITY_IAM", "CAPABILITY_RESOURCE_POLICY"},
		"parameters": Obj{"functionName": "rotator", "endpoint": "https://secretsmanager.eu-west-1.amazonaws.com", "vpcSubnetIds": "a,b", "vpcSecurityGroupIds": "sg-1"}},
}

func TestServerlessRules(t *testing.T) {
	parameters := func(changes Obj) Obj {
		return Obj{"parameters": map[string]any(altered(soundStacks[appStack]["parameters"].(Obj), changes))}
	}
	other := Obj{"applicationId": "arn:aws:serverlessrepo:us-east-1:111122223333:applications/hello", "capabilities": []string{}, "parameters": nil}
	judgeCases(t, serverlessRules, soundStacks, []ruleCase{
		{rule: "app-stack-name", kind: appStack, bad: Obj{"name": "my_rotator"}, good: Obj{"name": strings.Repeat("a", 113)}},
		{rule: "app-stack-taken", kind: appStack, worse: many(1, appStack, Obj{"name": "rotator"})},
		{rule: "app-id", kind: appStack, bad: Obj{"applicationId": "SecretsManagerRDSPostgreSQLRotationSingleUser"}, good: other},
		{rule: "app-found", kind: appStack, bad: Obj{"applicationId": strings.Replace(postgresRotator, "PostgreSQL", "Postgres", 1)}},
		{rule: "app-found", kind: appStack, bad: Obj{"applicationId": strings.Replace(postgresRotator, "us-east-1", "eu-west-1", 1)}},
		{rule: "app-found", kind: appStack, bad: Obj{"applicationId": "arn:aws-cn:serverlessrepo:cn-north-1:193023089310:applications/SecretsManagerRDSPostgreSQLRotationSingleUser"}},
		{rule: "app-capability-known", kind: appStack, bad: Obj{"capabilities": []string{"CAPABILITY_IAM", "CAPABILITY_POLICY"}}},
		{rule: "app-capabilities", kind: appStack, bad: Obj{"capabilities": []string{"CAPABILITY_IAM"}}, good: Obj{"capabilities": []string{"CAPABILITY_NAMED_IAM", "CAPABILITY_RESOURCE_POLICY"}}},
		{rule: "app-capabilities", kind: appStack, bad: Obj{"capabilities": []string{"CAPABILITY_RESOURCE_POLICY"}}, good: other},
		{rule: "app-parameters", kind: appStack, bad: parameters(Obj{"endpoint": nil})},
		{rule: "app-parameters", kind: appStack, op: Update, bad: parameters(Obj{"functionName": nil})},
		{rule: "app-function", kind: appStack, bad: parameters(Obj{"functionName": "my function"})},
		{rule: "app-function", kind: appStack, worse: many(1, "lambda.function", nil), bad: parameters(Obj{"functionName": "lambda.function-0"})},
		{rule: "app-function", kind: appStack, worse: []*Resource{existing("lambda.function", "rotator", Obj{"name": "rotator"})}},
		{rule: "app-network", kind: appStack, bad: parameters(Obj{"vpcSubnetIds": "a,far"}), good: parameters(Obj{"vpcSubnetIds": "a, b"})},
		{rule: "app-network", kind: appStack, bad: parameters(Obj{"vpcSecurityGroupIds": "sg-2"}), good: parameters(Obj{"vpcSubnetIds": nil, "vpcSecurityGroupIds": nil})},
		{rule: "app-network", kind: appStack, bad: parameters(Obj{"vpcSecurityGroupIds": "sg-9"})},
	})
}

// TestRotatorLivesWithItsStack proves that a stack of a rotation application brings a function that a secret's rotation may use, and takes it
// along when it goes.
func TestRotatorLivesWithItsStack(t *testing.T) {
	w := dataGround()
	stackType := lookupType(t, "aws:serverlessrepository/cloudFormationStack:CloudFormationStack")
	apply := func(typ *facts.Type, op Op, id string, props Obj) (*Resource, error) {
		return w.Apply(&Request{Scope: home, Op: op, Token: typ.Token, URN: "urn:" + typ.Token, ID: id, New: numbers(props).(Obj)}, nil, typ.Properties)
	}
	stack, err := apply(stackType, Create, "", soundStacks[appStack])
	require.NoError(t, err)
	require.Regexp(t, `^arn:aws:cloudformation:eu-west-1:111122223333:stack/serverlessrepo-rotator/[0-9a-f-]{36}$`, stack.ID)
	fn := stack.Props.Str("outputs.RotationLambdaARN")
	require.Equal(t, "arn:aws:lambda:eu-west-1:111122223333:function:rotator", fn)

	rotation := lookupType(t, "aws:secretsmanager/secretRotation:SecretRotation")
	_, err = apply(rotation, Create, "", Obj{"secretId": dataSecretARN, "rotationLambdaArn": fn, "rotationRules": Obj{"automaticallyAfterDays": 30}})
	require.NoError(t, err)

	renamed := altered(stack.Props, Obj{"parameters": map[string]any(altered(stack.Props.Obj("parameters"), Obj{"functionName": "second"}))})
	stack, err = apply(stackType, Update, stack.ID, renamed)
	require.NoError(t, err)
	require.Equal(t, "arn:aws:lambda:eu-west-1:111122223333:function:second", stack.Props.Str("outputs.RotationLambdaARN"))
	require.Nil(t, w.lookup(home, "lambda.function", "rotator"), "another function takes its place")

	_, err = apply(stackType, Delete, stack.ID, nil)
	require.NoError(t, err)
	require.Nil(t, w.lookup(home, "lambda.function", "second"))
	require.Empty(t, w.kinds["lambda.permission"])
}
