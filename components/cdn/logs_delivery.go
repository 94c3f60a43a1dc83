package cdn

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/iampolicy"
	"github.com/plinth-iac/plinth/components/internal/base"
	"github.com/plinth-iac/plinth/components/internal/storage"
)

const (
	deliveryService = "delivery.logs.amazonaws.com"
	// logPrefix is the bucket's folder. Without one, AWS puts a path of its own before the
	// partitions when a delivery is made, and loses it when that changes.
	logPrefix = "cloudfront"
)

// logTarget is where a delivery goes, and what must be there first.
type logTarget struct {
	arn   pulumi.StringInput
	ready []pulumi.Resource
}

// addLogs makes the three parts of a delivery in us-east-1, wherever the logs go.
func (d *Distribution) addLogs(ctx *pulumi.Context, _ string, a *DistributionArgs) error {
	d.LogBucketName, d.LogGroupName = pulumi.String("").ToStringOutput(), pulumi.String("").ToStringOutput()
	if a.Logs.Destination == NoLogs {
		return nil
	}
	child := d.child("logs", "source")
	source, err := cloudwatch.NewLogDeliverySource(ctx, child, &cloudwatch.LogDeliverySourceArgs{
		LogType: pulumi.String("ACCESS_LOGS"), ResourceArn: d.Distribution.Arn, Tags: base.Tags(child, a.Tags, nil),
	}, pulumi.Parent(d), pulumi.Provider(a.Edge))
	if err != nil {
		return fmt.Errorf("create log source %s: %w", child, err)
	}
	child, makeTarget := d.child("logs", "to", "bucket"), d.newLogBucket
	if a.Logs.Destination == LogsToLogGroup {
		child, makeTarget = d.child("logs", "to", "group"), d.newLogGroup
	}
	target, err := makeTarget(ctx, a, source.Arn)
	if err != nil {
		return err
	}
	destination, err := cloudwatch.NewLogDeliveryDestination(ctx, child, &cloudwatch.LogDeliveryDestinationArgs{
		DeliveryDestinationConfiguration: cloudwatch.LogDeliveryDestinationDeliveryDestinationConfigurationArgs{DestinationResourceArn: target.arn},
		OutputFormat:                     pulumi.String(a.Logs.Format), Tags: base.Tags(child, a.Tags, nil),
	}, pulumi.Parent(d), pulumi.Provider(a.Edge))
	if err != nil {
		return fmt.Errorf("create log destination %s: %w", child, err)
	}
	return d.deliver(ctx, a, source.Name, destination.Arn, target.ready)
}

// deliver joins source and destination. A source has one delivery of a kind, so that the
// old one must go before the new one comes.
func (d *Distribution) deliver(ctx *pulumi.Context, a *DistributionArgs, source, destination pulumi.StringInput, ready []pulumi.Resource) error {
	child := d.child("logs", "delivery")
	args := &cloudwatch.LogDeliveryArgs{
		DeliverySourceName: source, DeliveryDestinationArn: destination,
		RecordFields: pulumi.ToStringArray(a.Logs.Fields), Tags: base.Tags(child, a.Tags, nil),
	}
	if a.Logs.Destination == LogsToBucket {
		args.S3DeliveryConfigurations = cloudwatch.LogDeliveryS3DeliveryConfigurationArray{cloudwatch.LogDeliveryS3DeliveryConfigurationArgs{
			SuffixPath: pulumi.String(a.Logs.Partitions.path()), EnableHiveCompatiblePath: pulumi.Bool(!a.Logs.WithoutHive),
		}}
	}
	_, err := cloudwatch.NewLogDelivery(ctx, child, args,
		pulumi.Parent(d), pulumi.Provider(a.Edge), pulumi.DependsOn(ready), pulumi.DeleteBeforeReplace(true))
	if err != nil {
		return fmt.Errorf("create log delivery %s: %w", child, err)
	}
	return nil
}

func (p Partitions) path() string {
	if p == ByDay {
		return "{yyyy}/{MM}/{dd}"
	}
	return "{yyyy}/{MM}/{dd}/{HH}"
}

// newLogBucket makes a bucket that only the distribution's own source can write to. The
// policy has AWS's words for it: what AWS misses in it, AWS adds by itself.
func (d *Distribution) newLogBucket(ctx *pulumi.Context, a *DistributionArgs, source pulumi.StringInput) (logTarget, error) {
	bucket, err := storage.New(ctx, d.child("logs"), storage.Args{
		KmsKeyArn: a.Logs.KmsKeyArn, ExpireDays: a.Logs.RetentionDays, ForceDestroy: a.Logs.ForceDestroy, Tags: a.Tags,
		Statements: func(bucketArn pulumi.StringOutput) []iampolicy.Statement {
			return []iampolicy.Statement{deliveryStatement(a.AccountId, source, toBucket,
				map[string][]pulumi.StringInput{"s3:x-amz-acl": {pulumi.String("bucket-owner-full-control")}}, pulumi.Sprintf("%s/*", bucketArn))}
		},
	}, pulumi.Parent(d))
	if err != nil {
		return logTarget{}, err
	}
	d.LogBucket, d.LogBucketName = bucket.Bucket, bucket.Bucket.Bucket
	return logTarget{pulumi.Sprintf("%s/%s", bucket.Bucket.Arn, logPrefix), bucket.Ready}, nil
}

// newLogGroup makes a log group and, under the group's own name, the permission for it.
func (d *Distribution) newLogGroup(ctx *pulumi.Context, a *DistributionArgs, source pulumi.StringInput) (logTarget, error) {
	child, at := d.child("logs"), []pulumi.ResourceOption{pulumi.Parent(d), pulumi.Provider(a.Edge)}
	group, err := cloudwatch.NewLogGroup(ctx, child, &cloudwatch.LogGroupArgs{
		RetentionInDays: pulumi.Int(a.Logs.RetentionDays), KmsKeyId: base.Optional(a.Logs.KmsKeyArn), Tags: base.Tags(child, a.Tags, nil),
	}, at...)
	if err != nil {
		return logTarget{}, fmt.Errorf("create log group %s: %w", child, err)
	}
	d.LogGroup, d.LogGroupName = group, group.Name
	if a.Logs.WithoutPolicy {
		return logTarget{arn: group.Arn}, nil
	}
	child = d.child("logs", "group", "policy")
	policy, err := cloudwatch.NewLogResourcePolicy(ctx, child, &cloudwatch.LogResourcePolicyArgs{
		PolicyName:     group.Name,
		PolicyDocument: iampolicy.Document(deliveryStatement(a.AccountId, source, toLogGroup, nil, pulumi.Sprintf("%s:log-stream:*", group.Arn))),
	}, at...)
	if err != nil {
		return logTarget{}, fmt.Errorf("create log policy %s: %w", child, err)
	}
	return logTarget{group.Arn, []pulumi.Resource{policy}}, nil
}

// DeliveryStatement is for one policy of CloudWatch Logs, in us-east-1, in place of one for
// each distribution. It lets the account's log delivery write to the log groups of the
// distributions with these names, which are those of the components.
func DeliveryStatement(accountId string, names ...string) iampolicy.Statement {
	logs := fmt.Sprintf("arn:aws:logs:%s:%s:", base.EdgeRegion, accountId)
	var streams []pulumi.StringInput
	for _, name := range names {
		streams = append(streams, pulumi.String(logs+"log-group:"+name+"-logs-*:log-stream:*"))
	}
	return deliveryStatement(accountId, pulumi.String(logs+"delivery-source:*"), toLogGroup, nil, streams...)
}

// What log delivery does in a bucket and in a log group.
var (
	toBucket   = []string{"s3:PutObject"}
	toLogGroup = []string{"logs:CreateLogStream", "logs:PutLogEvents"}
)

// deliveryStatement lets the delivery service in on behalf of one source of the account.
func deliveryStatement(
	accountId string, source pulumi.StringInput, actions []string, equals map[string][]pulumi.StringInput, resources ...pulumi.StringInput,
) iampolicy.Statement {
	return iampolicy.Statement{
		Sid: "DeliverLogs", Services: []string{deliveryService}, Actions: actions, Resources: resources,
		Conditions: map[string]map[string][]pulumi.StringInput{
			"StringEquals": base.Merge(map[string][]pulumi.StringInput{"aws:SourceAccount": {pulumi.String(accountId)}}, equals),
			"ArnLike":      {"aws:SourceArn": {source}},
		},
	}
}
