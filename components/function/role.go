package function

import (
	"fmt"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/iampolicy"
	"github.com/plinth-iac/plinth/components/internal/base"
)

func (f *Function) addRole(ctx *pulumi.Context, name string, a *FunctionArgs) (err error) {
	child := f.child("role")
	f.Role, err = iam.NewRole(ctx, child, &iam.RoleArgs{
		Description:         pulumi.String("Lambda function " + name),
		AssumeRolePolicy:    pulumi.String(iampolicy.ServiceTrust("lambda.amazonaws.com")),
		PermissionsBoundary: base.Optional(a.PermissionsBoundaryArn), Tags: base.Tags(child, a.Tags, nil),
	}, f.parent, pulumi.RetainOnDelete(a.Network.keepsRole()))
	if err != nil {
		return fmt.Errorf("create role %s: %w", child, err)
	}
	child = f.child("policy")
	f.RolePolicy, err = iam.NewRolePolicy(ctx, child, &iam.RolePolicyArgs{
		Role: f.Role.Name, Policy: iampolicy.Document(f.statements(a)...),
	}, f.parent)
	if err != nil {
		return fmt.Errorf("create role policy %s: %w", child, err)
	}
	f.RoleName, f.RoleArn = f.Role.Name, f.Role.Arn
	return nil
}

// statements are everything that the code may do with the role.
func (f *Function) statements(a *FunctionArgs) []iampolicy.Statement {
	return slices.Concat(
		[]iampolicy.Statement{
			{
				Actions:   []string{"logs:CreateLogStream", "logs:PutLogEvents"},
				Resources: []pulumi.StringInput{pulumi.Sprintf("%s:*", f.LogGroup.Arn)},
			},
			// X-Ray knows no resources that one could name.
			{Actions: []string{"xray:PutTelemetryRecords", "xray:PutTraceSegments"}, Resources: []pulumi.StringInput{pulumi.String("*")}},
		},
		a.environmentStatements(), a.fileStatements(), a.asyncStatements(), a.Sources.statements(a), a.Statements,
	)
}

// fileStatements let the function in by its access point only.
func (a *FunctionArgs) fileStatements() []iampolicy.Statement {
	if a.FileSystem == nil {
		return nil
	}
	actions := []string{"elasticfilesystem:ClientMount"}
	if !a.FileSystem.ReadOnly {
		actions = append(actions, "elasticfilesystem:ClientWrite")
	}
	return []iampolicy.Statement{{
		Actions: actions,
		Resources: []pulumi.StringInput{
			pulumi.Sprintf("arn:%s:elasticfilesystem:%s:%s:file-system/*", iampolicy.Partition(a.Region), a.Region, a.AccountId),
		},
		Conditions: conditions{"StringEquals": {"elasticfilesystem:AccessPointArn": {a.FileSystem.AccessPointArn}}},
	}}
}
