package bucket_test

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/bucket"
)

const (
	home    = "eu-west-1"
	away    = "eu-central-1"
	account = "111122223333"
	key     = pulumi.String("arn:aws:kms:eu-west-1:111122223333:key/1")
	awayKey = pulumi.String("arn:aws:kms:eu-central-1:111122223333:key/2")

	bucketToken = "aws:s3/bucketV2:BucketV2"
)

var (
	topics     = pulumi.ToStringArray([]string{"arn:aws:sns:eu-west-1:111122223333:alerts"})
	awayTopics = pulumi.ToStringArray([]string{"arn:aws:sns:eu-central-1:111122223333:alerts"})
)

type conditions = map[string]map[string][]pulumi.StringInput

func smallest() *bucket.BucketArgs {
	return &bucket.BucketArgs{Region: home, AwsManagedKey: true}
}

// full uses every argument that does not exclude another. The provider of its replica is
// added by the program.
func full() *bucket.BucketArgs {
	return &bucket.BucketArgs{
		Region: home, AccountId: account, KmsKeyArn: key, NoncurrentDays: 90,
		Lifecycle: map[string]bucket.RuleArgs{
			"archive": {Prefix: "invoices/", Transitions: map[bucket.StorageClass]int{
				bucket.DeepArchive: 365, bucket.StandardIa: 30, bucket.GlacierFlexible: 90,
			}, ExpireDays: 3650},
			"drafts": {Prefix: "drafts/", ExpireDays: 1, NoncurrentDays: 1, AbortUploadDays: 1},
			"tier":   {Transitions: map[bucket.StorageClass]int{bucket.IntelligentTiering: 0}},
		},
		ReadByCloudFront: true, ListByCloudFront: true,
		Statements: map[string]bucket.StatementArgs{
			"flow-logs": {
				Services: []string{"delivery.logs.amazonaws.com"}, Actions: []string{"s3:PutObject"}, Prefixes: []string{"flows/"},
				Conditions: conditions{"StringEquals": {"aws:SourceAccount": {pulumi.String(account)}}},
			},
			"keep-versions": {
				Deny: true, AwsPrincipals: []pulumi.StringInput{pulumi.String("*")}, Actions: []string{"s3:DeleteObjectVersion"},
				Conditions: conditions{"ArnNotLike": {"aws:PrincipalArn": {pulumi.String("arn:aws:iam::111122223333:role/janitor")}}},
			},
		},
		Cors: map[string]bucket.CorsArgs{
			"shop": {
				Origins: []string{"https://shop.example.com"}, Methods: []string{"PUT"}, Headers: []string{"*"}, ExposedHeaders: []string{"ETag"},
				MaxAgeSeconds: 60,
			},
			"anybody": {Origins: []string{"*"}},
		},
		AccessLogs: &bucket.AccessLogsArgs{BucketName: pulumi.String("central-logs"), Prefix: "files/"},
		ObjectLock: &bucket.ObjectLockArgs{Mode: bucket.Governance, Days: 30},
		Replica: &bucket.ReplicaArgs{
			Region: away, KmsKeyArn: awayKey, Alarm: &bucket.ReplicaAlarmArgs{ActionArns: awayTopics, LagSeconds: 600},
		},
		Alarms:       &bucket.AlarmsArgs{ActionArns: topics, ServerErrorPercent: 1, ClientErrorPercent: 50},
		ForceDestroy: true, DeletionProtection: pulumi.BoolRef(false), Tags: map[string]string{"team": "shop"},
	}
}

// program makes buckets, and for one with a replica the provider that it needs.
func program(args *bucket.BucketArgs, names ...string) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		if args != nil && args.Replica != nil && args.Replica.Region == away {
			provider, err := aws.NewProvider(ctx, "away", &aws.ProviderArgs{Region: pulumi.String(away)})
			if err != nil {
				return err
			}
			withProvider, replica := *args, *args.Replica
			replica.Provider, withProvider.Replica = provider, &replica
			args = &withProvider
		}
		for _, name := range names {
			if _, err := bucket.NewBucket(ctx, name, args); err != nil {
				return err
			}
		}
		return nil
	}
}

const (
	thumbnails = pulumi.String("arn:aws:lambda:eu-west-1:111122223333:function:thumbnails:live")
	removals   = pulumi.String("arn:aws:sqs:eu-west-1:111122223333:removals")
	reports    = pulumi.String("arn:aws:sns:eu-west-1:111122223333:reports")
)

func told() *bucket.NotificationsArgs {
	return &bucket.NotificationsArgs{
		BucketName: pulumi.String("uploads"), EventBridge: true,
		Functions: map[string]bucket.TargetArgs{
			"thumbnails": {Arn: thumbnails, Prefix: "images/", Suffix: ".jpg"},
			"posters":    {Arn: thumbnails, Prefix: "images/", Suffix: ".mp4", Events: []bucket.Event{bucket.ObjectPut, bucket.ObjectUploadedInParts}},
		},
		Queues: map[string]bucket.TargetArgs{"removals": {Arn: removals, Events: []bucket.Event{bucket.ObjectRemoved, bucket.ObjectExpired}}},
		Topics: map[string]bucket.TargetArgs{"reports": {Arn: reports, Prefix: "reports/"}},
	}
}

func notifying(args *bucket.NotificationsArgs, names ...string) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		for _, name := range names {
			if _, err := bucket.NewNotifications(ctx, name, args); err != nil {
				return err
			}
		}
		return nil
	}
}
