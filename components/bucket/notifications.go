package bucket

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/internal/base"
)

// NotificationsType is the type token of Notifications.
const NotificationsType = "plinth:bucket:Notifications"

// Notifications is all that S3 tells about a bucket, and to whom. A bucket has one: another
// would overwrite it, so that all targets of a bucket belong here.
type Notifications struct {
	pulumi.ResourceState

	// BucketName is the bucket's name, known once all targets are told.
	BucketName pulumi.StringOutput `pulumi:"bucketName"`

	// Notification is the bucket's configuration.
	Notification *s3.BucketNotification
}

// NewNotifications tells targets about a bucket's objects. Everything wrong with args is
// reported in one error, before anything is registered.
func NewNotifications(ctx *pulumi.Context, name string, args *NotificationsArgs, opts ...pulumi.ResourceOption) (*Notifications, error) {
	a := base.CopyOf(args).withDefaults()
	if err := a.validate(name); err != nil {
		return nil, err
	}
	n := &Notifications{}
	if err := base.Register(ctx, NotificationsType, name, n, a, opts...); err != nil {
		return nil, err
	}
	if err := n.addNotification(ctx, name, a); err != nil {
		return nil, err
	}
	return n, ctx.RegisterResourceOutputs(n, pulumi.Map{"bucketName": n.BucketName})
}

func (n *Notifications) addNotification(ctx *pulumi.Context, name string, a *NotificationsArgs) (err error) {
	args := &s3.BucketNotificationArgs{Bucket: a.BucketName, Eventbridge: pulumi.Bool(a.EventBridge)}
	var functions s3.BucketNotificationLambdaFunctionArray
	for _, key := range base.SortedKeys(a.Functions) {
		t := a.Functions[key]
		functions = append(functions, s3.BucketNotificationLambdaFunctionArgs{
			Id: pulumi.String("function-" + key), LambdaFunctionArn: base.Optional(t.Arn), Events: t.events(),
			FilterPrefix: optional(t.Prefix), FilterSuffix: optional(t.Suffix),
		})
	}
	var queues s3.BucketNotificationQueueArray
	for _, key := range base.SortedKeys(a.Queues) {
		t := a.Queues[key]
		queues = append(queues, s3.BucketNotificationQueueArgs{
			Id: pulumi.String("queue-" + key), QueueArn: t.Arn, Events: t.events(),
			FilterPrefix: optional(t.Prefix), FilterSuffix: optional(t.Suffix),
		})
	}
	var topics s3.BucketNotificationTopicArray
	for _, key := range base.SortedKeys(a.Topics) {
		t := a.Topics[key]
		topics = append(topics, s3.BucketNotificationTopicArgs{
			Id: pulumi.String("topic-" + key), TopicArn: t.Arn, Events: t.events(),
			FilterPrefix: optional(t.Prefix), FilterSuffix: optional(t.Suffix),
		})
	}
	args.LambdaFunctions, args.Queues, args.Topics = functions, queues, topics
	child := name + "-notification"
	n.Notification, err = s3.NewBucketNotification(ctx, child, args, pulumi.Parent(n), pulumi.DependsOn(a.Ready))
	if err != nil {
		return fmt.Errorf("create notification %s: %w", child, err)
	}
	n.BucketName = n.Notification.Bucket
	return nil
}

func (t TargetArgs) events() pulumi.StringArray {
	events := make(pulumi.StringArray, len(t.Events))
	for i, event := range t.Events {
		events[i] = pulumi.String(event)
	}
	return events
}

// optional leaves out a filter that lets everything through.
func optional(filter string) pulumi.StringPtrInput {
	if filter == "" {
		return nil
	}
	return pulumi.String(filter)
}
