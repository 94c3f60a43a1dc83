package iampolicy_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/components/iampolicy"
	"github.com/plinth-iac/plinth/tests/harness"
)

func TestDocumentIsTheSameTextEveryTimeAndResolvesOutputs(t *testing.T) {
	statement := iampolicy.Statement{
		Sid: "Read", Actions: []string{"s3:GetObject", "s3:ListBucket"},
		Resources: []pulumi.StringInput{pulumi.String("arn:aws:s3:::b"), pulumi.Sprintf("arn:aws:s3:::%s/*", "b")},
		Conditions: map[string]map[string][]pulumi.StringInput{
			"StringEquals": {"aws:SourceAccount": {pulumi.String("111122223333")}, "aws:PrincipalTag/team": {pulumi.String("a"), pulumi.String("b")}},
		},
	}
	deny := iampolicy.Statement{
		Effect: "Deny", Actions: []string{"*"}, AwsPrincipals: []pulumi.StringInput{pulumi.String("*")}, Services: []string{"ec2.amazonaws.com"},
	}
	const want = `{"Statement":[{"Action":["s3:GetObject","s3:ListBucket"],"Condition":{"StringEquals":{"aws:PrincipalTag/team":["a","b"],` +
		`"aws:SourceAccount":"111122223333"}},"Effect":"Allow","Resource":["arn:aws:s3:::b","arn:aws:s3:::b/*"],"Sid":"Read"},` +
		`{"Action":"*","Effect":"Deny","Principal":{"AWS":"*","Service":"ec2.amazonaws.com"}}],"Version":"2012-10-17"}`
	for range 20 {
		got := make(chan string, 1)
		harness.Run(t, harness.Update, func(ctx *pulumi.Context) error {
			iampolicy.Document(statement, deny).ApplyT(func(s string) string { got <- s; return s })
			return nil
		})
		require.Equal(t, want, <-got)
	}
}

func TestServiceTrustNamesTheServices(t *testing.T) {
	require.JSONEq(t, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":"ec2.amazonaws.com"}}]}`,
		iampolicy.ServiceTrust("ec2.amazonaws.com"))
}

func TestPartitionFollowsTheRegion(t *testing.T) {
	for region, want := range map[string]string{
		"us-east-1": "aws", "cn-north-1": "aws-cn", "us-gov-west-1": "aws-us-gov", "us-iso-east-1": "aws-iso",
		"us-isob-east-1": "aws-iso-b", "eusc-de-east-1": "aws-eusc",
	} {
		require.Equal(t, want, iampolicy.Partition(region), region)
	}
}

func TestAServiceHasItsNameInEveryRegion(t *testing.T) {
	require.Equal(t, "rds.eu-central-1.amazonaws.com", iampolicy.RegionalService("rds", "eu-central-1"))
	require.Equal(t, "rds.cn-north-1.amazonaws.com.cn", iampolicy.RegionalService("rds", "cn-north-1"))
}
