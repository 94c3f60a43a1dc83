package function_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/tests/harness"
)

// The code cannot do with the role what Lambda does with it.
func TestOnlyLambdaMakesNetworkInterfaces(t *testing.T) {
	a := smallest()
	a.Network = network()
	const interfaces = "arn:aws:ec2:eu-west-1:111122223333:*/*"
	changes := []any{"ec2:AssignPrivateIpAddresses", "ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface", "ec2:UnassignPrivateIpAddresses"}
	require.Equal(t, []statement{
		{Effect: "Allow", Action: changes, Resource: interfaces},
		{Effect: "Allow", Action: []any{"ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets"}, Resource: "*"},
		{Effect: "Deny", Action: changes, Resource: interfaces, Condition: map[string]map[string]any{"Null": {"lambda:SourceFunctionArn": "false"}}},
	}, statementsOf(t, a, "orders-network-policy"))
	require.Equal(t, policyOf(t, smallest()), policyOf(t, a), "the code can do no more in a VPC")
}

// Groups that the stack keeps are there instead of the function's own.
func TestAFunctionCanDoWithoutAGroupOfItsOwn(t *testing.T) {
	a := smallest()
	a.Network = network()
	a.Network.SecurityGroupIds = pulumi.ToStringArray([]string{"sg-shared"})
	harness.Both(t, program(a, "orders"), func(t *testing.T, g *harness.Graph) {
		require.Empty(t, g.OfType("aws:ec2/securityGroup:SecurityGroup"))
		require.Equal(t, []any{"sg-shared"}, g.Named(t, "orders-function").Value("vpcConfig.securityGroupIds"))
	})
}
