package network

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/iampolicy"
)

func (b *builder) flowLog() error {
	logs := b.plan.args.FlowLogs
	child := b.child("flowlog")
	args := &ec2.FlowLogArgs{
		VpcId: b.vpcIds[""], TrafficType: pulumi.String(string(logs.TrafficType)), MaxAggregationInterval: pulumi.Int(logs.AggregationSeconds),
		Tags: b.tags(child),
	}
	opts := b.opts
	switch logs.Destination {
	case FlowLogNone:
		return nil
	case FlowLogS3:
		args.LogDestinationType = pulumi.String("s3")
		args.LogDestination = logs.S3Arn.ToStringOutput().ToStringPtrOutput()
	case FlowLogCloudWatch:
		group, role, policy, err := b.logGroup()
		if err != nil {
			return err
		}
		args.LogDestinationType = pulumi.String("cloud-watch-logs")
		args.LogDestination, args.IamRoleArn = group.Arn, role.Arn
		opts = b.dependsOn(policy) // without it, delivery begins and ends with access errors
	}
	if _, err := ec2.NewFlowLog(b.ctx, child, args, opts...); err != nil {
		return fmt.Errorf("create flow log: %w", err)
	}
	return nil
}

// logGroup makes the flow log's group, and a role whose policy lets it write there and
// nowhere else.
func (b *builder) logGroup() (*cloudwatch.LogGroup, *iam.Role, *iam.RolePolicy, error) {
	child := b.child("flowlog-group")
	groupArgs := &cloudwatch.LogGroupArgs{RetentionInDays: pulumi.Int(b.plan.args.FlowLogs.RetentionDays), Tags: b.tags(child)}
	if key := b.plan.args.FlowLogs.KmsKeyArn; key != nil {
		groupArgs.KmsKeyId = key.ToStringOutput().ToStringPtrOutput()
	}
	group, err := cloudwatch.NewLogGroup(b.ctx, child, groupArgs, b.opts...)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("create flow log group: %w", err)
	}
	trust := iampolicy.Statement{Actions: []string{"sts:AssumeRole"}, Services: []string{"vpc-flow-logs.amazonaws.com"}}
	if account := b.plan.args.AccountId; account != "" {
		trust.Conditions = map[string]map[string][]pulumi.StringInput{
			"StringEquals": {"aws:SourceAccount": {pulumi.String(account)}},
		}
	}
	child = b.child("flowlog-role")
	role, err := iam.NewRole(b.ctx, child, &iam.RoleArgs{
		Description: pulumi.String("Writes a VPC's flow logs to their log group"), AssumeRolePolicy: iampolicy.Document(trust), Tags: b.tags(child),
	}, b.opts...)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("create flow log role: %w", err)
	}
	policy, err := iam.NewRolePolicy(b.ctx, b.child("flowlog-policy"), &iam.RolePolicyArgs{
		Role: role.Name,
		Policy: iampolicy.Document(iampolicy.Statement{
			Actions:   []string{"logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogGroups", "logs:DescribeLogStreams"},
			Resources: []pulumi.StringInput{pulumi.Sprintf("%s:*", group.Arn)},
		}),
	}, b.opts...)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("create flow log policy: %w", err)
	}
	return group, role, policy, nil
}
