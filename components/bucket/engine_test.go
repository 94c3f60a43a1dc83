package bucket_test

import (
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sns"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/components/bucket"
	"github.com/plinth-iac/plinth/components/iampolicy"
	"github.com/plinth-iac/plinth/tests/lifetest"
)

func onNetwork(net *lifetest.Network) *bucket.BucketArgs {
	return &bucket.BucketArgs{
		Region: net.Region, AccountId: net.AccountId, KmsKeyArn: net.KmsKeyArn,
		Lifecycle: map[string]bucket.RuleArgs{"drafts": {Prefix: "drafts/", ExpireDays: 1}},
	}
}

// deploy also makes a bucket that logs can go to.
func deploy(ctx *pulumi.Context, net *lifetest.Network, a *bucket.BucketArgs) error {
	logs, err := bucket.NewBucket(ctx, "logs", &bucket.BucketArgs{
		Region: net.Region, AccountId: net.AccountId, AwsManagedKey: true, ReceivesAccessLogs: true, DeletionProtection: pulumi.BoolRef(false),
	}, net.Opts)
	if err != nil {
		return err
	}
	if a.AccessLogs != nil && a.AccessLogs.BucketName == nil {
		a.AccessLogs = &bucket.AccessLogsArgs{BucketName: logs.BucketName}
	}
	_, err = bucket.NewBucket(ctx, "uploads", a, net.Opts)
	return err
}

type change = lifetest.Change[bucket.BucketArgs]

func copied(a *bucket.BucketArgs, net *lifetest.Network) {
	a.Replica = &bucket.ReplicaArgs{Provider: net.Recovery.Provider, Region: net.Recovery.Region, KmsKeyArn: net.Recovery.KmsKeyArn}
}

func watched(a *bucket.BucketArgs, net *lifetest.Network) {
	a.Alarms = &bucket.AlarmsArgs{ActionArns: pulumi.StringArray{net.TopicArn}}
}

func locked(a *bucket.BucketArgs, _ *lifetest.Network) {
	a.ObjectLock = &bucket.ObjectLockArgs{Mode: bucket.Governance, Days: 1}
}

func logged(a *bucket.BucketArgs, _ *lifetest.Network) { a.AccessLogs = &bucket.AccessLogsArgs{} }

func browsed(a *bucket.BucketArgs, _ *lifetest.Network) {
	a.Cors = map[string]bucket.CorsArgs{"shop": {Origins: []string{"https://shop.example.com"}, Methods: []string{"PUT"}}}
}

func shown(a *bucket.BucketArgs, _ *lifetest.Network) {
	a.ReadByCloudFront, a.ListByCloudFront = true, true
}

func unprotected(a *bucket.BucketArgs, _ *lifetest.Network) {
	a.DeletionProtection = pulumi.BoolRef(false)
}

func TestTheLifeOfABucket(t *testing.T) {
	l := lifetest.Start(t, onNetwork, deploy)
	l.Up()
	l.NeverReplaces([]string{"uploads-bucket"}, map[string]change{
		"where it is": func(a *bucket.BucketArgs, _ *lifetest.Network) { a.Region, a.AccountId = "eu-west-2", "444455556666" },
		"key":         func(a *bucket.BucketArgs, _ *lifetest.Network) { a.KmsKeyArn, a.AwsManagedKey = nil, true },
		"what stays":  func(a *bucket.BucketArgs, _ *lifetest.Network) { a.NoncurrentDays, a.Lifecycle = 1, nil },
		"who gets in": func(a *bucket.BucketArgs, net *lifetest.Network) {
			shown(a, net)
			browsed(a, net)
			a.Statements = map[string]bucket.StatementArgs{"account": {
				AwsPrincipals: []pulumi.StringInput{pulumi.String("arn:aws:iam::444455556666:root")}, Actions: []string{"s3:GetObject"},
			}}
		},
		"logs of others": func(a *bucket.BucketArgs, _ *lifetest.Network) {
			a.ReceivesAccessLogs, a.KmsKeyArn, a.AwsManagedKey = true, nil, true
		},
		"parts": func(a *bucket.BucketArgs, net *lifetest.Network) {
			logged(a, net)
			locked(a, net)
			copied(a, net)
			watched(a, net)
		},
		"how it goes": func(a *bucket.BucketArgs, net *lifetest.Network) {
			unprotected(a, net)
			a.ForceDestroy, a.Tags = true, map[string]string{"team": "shop"}
		},
	})
	l.Changes("one more rule", func(a *bucket.BucketArgs, _ *lifetest.Network) {
		a.Lifecycle = map[string]bucket.RuleArgs{
			"drafts":  {Prefix: "drafts/", ExpireDays: 1},
			"archive": {Prefix: "old/", Transitions: map[bucket.StorageClass]int{bucket.StandardIa: 30, bucket.GlacierInstant: 90}},
		}
	}, "update uploads-bucket-lifecycle")
	l.Changes("readers and their logs", func(a *bucket.BucketArgs, net *lifetest.Network) {
		shown(a, net)
		browsed(a, net)
		logged(a, net)
	}, "update uploads-bucket-policy", "create uploads-cors", "create uploads-logging")
	l.Changes("a replica", copied,
		"create uploads-replica", "create uploads-replica-policy", "create uploads-replica-access", "create uploads-replica-ownership",
		"create uploads-replica-encryption", "create uploads-replica-versioning", "create uploads-replica-lifecycle",
		"create uploads-replicator", "create uploads-replicator-policy", "create uploads-replication")
	require.Equal(t, lifetest.RecoveryRegion, l.Resource("uploads-replica").Region)
	l.Changes("a lock and alarms", func(a *bucket.BucketArgs, net *lifetest.Network) {
		locked(a, net)
		watched(a, net)
		a.Replica.Alarm = &bucket.ReplicaAlarmArgs{ActionArns: pulumi.StringArray{net.Recovery.TopicArn}}
	}, "create uploads-lock", "create uploads-replica-lock", "create uploads-metrics",
		"create uploads-alarm-server-errors", "create uploads-alarm-replication-failure", "create uploads-alarm-replication-lag")
	require.Equal(t, lifetest.RecoveryRegion, l.Resource("uploads-alarm-replication-lag").Region)
	l.Changes("no lock any more, and what was locked is still copied", func(a *bucket.BucketArgs, _ *lifetest.Network) {
		a.ObjectLock = nil
	}, "delete uploads-lock", "delete uploads-replica-lock")
	l.PlanRefused("no replica", func(a *bucket.BucketArgs, _ *lifetest.Network) { a.Replica = nil }, "uploads-replica", "protect")
	l.Protected()
	l.Changes("unprotected", unprotected)
	l.Destroy()
}

// notified has a topic that S3 may publish to once its policy is there.
func notified(second *bool) func(*pulumi.Context, *lifetest.Network, *bucket.NotificationsArgs) error {
	return func(ctx *pulumi.Context, net *lifetest.Network, a *bucket.NotificationsArgs) error {
		uploads, err := bucket.NewBucket(ctx, "uploads", &bucket.BucketArgs{
			Region: net.Region, AwsManagedKey: true, DeletionProtection: pulumi.BoolRef(false),
		}, net.Opts)
		if err != nil {
			return err
		}
		topic, err := sns.NewTopic(ctx, "reports", nil, pulumi.Provider(net.Provider))
		if err != nil {
			return err
		}
		policy, err := sns.NewTopicPolicy(ctx, "reports", &sns.TopicPolicyArgs{Arn: topic.Arn, Policy: iampolicy.Document(iampolicy.Statement{
			Services: []string{"s3.amazonaws.com"}, Actions: []string{"sns:Publish"}, Resources: []pulumi.StringInput{topic.Arn},
			Conditions: conditions{
				"ArnLike": {"aws:SourceArn": {uploads.BucketArn}}, "StringEquals": {"aws:SourceAccount": {pulumi.String(net.AccountId)}},
			},
		})}, pulumi.Provider(net.Provider))
		if err != nil {
			return err
		}
		a.BucketName, a.Ready = uploads.BucketName, []pulumi.Resource{policy}
		for key, target := range a.Topics {
			target.Arn = topic.Arn
			a.Topics[key] = target
		}
		if _, err = bucket.NewNotifications(ctx, "uploads", a, net.Opts); err != nil || !*second {
			return err
		}
		_, err = s3.NewBucketNotification(ctx, "second", &s3.BucketNotificationArgs{
			Bucket: uploads.BucketName, Eventbridge: pulumi.Bool(true),
		}, pulumi.Provider(net.Provider))
		return err
	}
}

func TestTheLifeOfNotifications(t *testing.T) {
	second := false
	l := lifetest.Start(t, func(*lifetest.Network) *bucket.NotificationsArgs {
		return &bucket.NotificationsArgs{Topics: map[string]bucket.TargetArgs{"images": {Prefix: "images/"}}}
	}, notified(&second))
	l.Up()
	both := map[string]bucket.TargetArgs{"images": {Prefix: "images/"}, "films": {Prefix: "films/"}}
	l.Changes("one more target", func(a *bucket.NotificationsArgs, _ *lifetest.Network) { a.Topics = both }, "update uploads-notification")
	l.Changes("the event bus", func(a *bucket.NotificationsArgs, _ *lifetest.Network) { a.EventBridge = true }, "update uploads-notification")
	l.Refused("two for one object", func(a *bucket.NotificationsArgs, _ *lifetest.Network) {
		a.Topics = map[string]bucket.TargetArgs{"images": {Prefix: "images/"}, "jpegs": {Suffix: ".jpg"}}
	}, "topics.jpegs: conflicts with topics.images")
	second = true
	_, err := l.Rehearsal().Up(t.Context())
	require.ErrorContains(t, err, "the later one would overwrite the other")
}
