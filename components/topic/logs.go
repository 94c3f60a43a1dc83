package topic

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sns"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/iampolicy"
	"github.com/plinth-iac/plinth/components/internal/base"
	"github.com/plinth-iac/plinth/components/internal/datastore"
)

// DeliveryLogsArgs are about the logs of deliveries. Failures are always in them.
type DeliveryLogsArgs struct {
	// SuccessPercent is how many of the successful deliveries are logged, 0 to 100.
	// Default: 0.
	SuccessPercent int `pulumi:"successPercent,optional"`
	// RetentionDays is how long, as CloudWatch allows it: 1, 3, 5, 7, 14, 30, 60, 90, 120,
	// 150, 180, 365 and longer. Default: 30.
	RetentionDays int `pulumi:"retentionDays,optional"`
	// KmsKeyArn encrypts the logs; its policy must let CloudWatch Logs use it. Default: a
	// key of AWS's own.
	KmsKeyArn pulumi.StringInput `pulumi:"kmsKeyArn,optional"`
}

func (l *DeliveryLogsArgs) withDefaults() *DeliveryLogsArgs {
	if l == nil {
		return nil
	}
	l = base.CopyOf(l)
	base.Default(&l.RetentionDays, 30)
	return l
}

func (l *DeliveryLogsArgs) validate(errs *fielderr.List) {
	if l == nil {
		return
	}
	datastore.Between(errs, "successPercent", l.SuccessPercent, 0, 100)
	if !slices.Contains(base.LogRetention, l.RetentionDays) {
		errs.Invalid("retentionDays", l.RetentionDays, "must be one of %s", strings.Trim(fmt.Sprint(base.LogRetention), "[]"))
	}
}

// addDeliveryRole makes the role with which SNS writes logs, and sets it for every kind of
// subscriber, so that no subscription changes the topic.
func (t *Topic) addDeliveryRole(ctx *pulumi.Context, name string, a *TopicArgs, args *sns.TopicArgs) (*iam.Role, error) {
	child := name + "-delivery-role"
	role, err := iam.NewRole(ctx, child, &iam.RoleArgs{
		AssumeRolePolicy: pulumi.String(iampolicy.ServiceTrust(sender)), Tags: base.Tags(child, a.Tags, nil),
	}, pulumi.Parent(t))
	if err != nil {
		return nil, fmt.Errorf("create role %s: %w", child, err)
	}
	arn, percent := role.Arn.ToStringPtrOutput(), pulumi.Int(a.DeliveryLogs.SuccessPercent)
	args.SqsFailureFeedbackRoleArn, args.SqsSuccessFeedbackRoleArn, args.SqsSuccessFeedbackSampleRate = arn, arn, percent
	args.LambdaFailureFeedbackRoleArn, args.LambdaSuccessFeedbackRoleArn, args.LambdaSuccessFeedbackSampleRate = arn, arn, percent
	args.HttpFailureFeedbackRoleArn, args.HttpSuccessFeedbackRoleArn, args.HttpSuccessFeedbackSampleRate = arn, arn, percent
	return role, nil
}

// addDeliveryLogs makes the two log groups, which SNS names after the topic and would keep
// for ever, and lets the role write there and nowhere else.
func (t *Topic) addDeliveryLogs(ctx *pulumi.Context, name string, a *TopicArgs, role *iam.Role) error {
	group := t.TopicArn.ApplyT(func(arn string) string { // arn:aws:sns:<region>:<account>:<name>
		return strings.Join(strings.Split(arn, ":")[2:], "/")
	}).(pulumi.StringOutput)
	var streams []pulumi.StringInput
	for _, g := range []struct {
		child string
		name  pulumi.StringOutput
	}{{name + "-deliveries", group}, {name + "-failed-deliveries", pulumi.Sprintf("%s/Failure", group)}} {
		made, err := cloudwatch.NewLogGroup(ctx, g.child, &cloudwatch.LogGroupArgs{
			Name: g.name, RetentionInDays: pulumi.Int(a.DeliveryLogs.RetentionDays), KmsKeyId: base.Optional(a.DeliveryLogs.KmsKeyArn),
			Tags: base.Tags(g.child, a.Tags, nil),
		}, pulumi.Parent(t))
		if err != nil {
			return fmt.Errorf("create log group %s: %w", g.child, err)
		}
		streams = append(streams, pulumi.Sprintf("%s:*", made.Arn))
	}
	child := name + "-delivery-role-policy"
	_, err := iam.NewRolePolicy(ctx, child, &iam.RolePolicyArgs{
		Role:   role.Name,
		Policy: iampolicy.Document(iampolicy.Statement{Actions: []string{"logs:CreateLogStream", "logs:PutLogEvents"}, Resources: streams}),
	}, pulumi.Parent(t))
	if err != nil {
		return fmt.Errorf("create role policy %s: %w", child, err)
	}
	return nil
}
