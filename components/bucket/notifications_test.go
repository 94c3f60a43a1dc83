package bucket_test

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/plinth-iac/plinth/components/bucket"
	"github.com/plinth-iac/plinth/tests/harness"
)

func TestNotificationsGraph(t *testing.T) {
	smallest := &bucket.NotificationsArgs{BucketName: pulumi.String("uploads"), Functions: map[string]bucket.TargetArgs{"thumbnails": {Arn: thumbnails}}}
	for name, args := range map[string]*bucket.NotificationsArgs{"smallest": smallest, "full": told()} {
		t.Run(name, func(t *testing.T) {
			harness.Both(t, notifying(args, "uploads"), func(t *testing.T, g *harness.Graph) { g.Golden(t, "notifications-"+name) })
		})
	}
}

func TestTwoNotificationsInOneProgram(t *testing.T) {
	harness.Both(t, notifying(told(), "uploads", "others"), func(t *testing.T, g *harness.Graph) {
		require.Len(t, g.OfType("aws:s3/bucketNotification:BucketNotification"), 2)
	})
}

func TestNotificationsArgsAreNotChanged(t *testing.T) {
	args := told()
	harness.Run(t, harness.Preview, notifying(args, "uploads"))
	require.Equal(t, told(), args)
}

func TestS3TriesTargetsOnceTheyAreReady(t *testing.T) {
	harness.Both(t, func(ctx *pulumi.Context) error {
		var policy struct{ pulumi.CustomResourceState }
		if err := ctx.RegisterResource("test:index:Policy", "policy", pulumi.Map{}, &policy); err != nil {
			return err
		}
		args := told()
		args.Ready = []pulumi.Resource{&policy}
		return notifying(args, "uploads")(ctx)
	}, func(t *testing.T, g *harness.Graph) {
		require.Equal(t, []string{g.Named(t, "policy").URN}, g.Named(t, "uploads-notification").Dependencies)
	})
}

// Two targets are refused if and only if there is an event of an object that both would be
// told of. The keys that are tried are long enough for any two filters.
func TestTargetsAreRefusedIfTheyShareAnObject(t *testing.T) {
	var keys []string
	for _, length := range []int{0, 1, 2, 3, 4, 5, 6, 7, 8} {
		for bits := range 1 << length {
			key := make([]byte, length)
			for i := range key {
				key[i] = "ab"[bits>>i&1]
			}
			keys = append(keys, string(key))
		}
	}
	single := []bucket.Event{bucket.ObjectPut, bucket.ObjectCopied, bucket.ObjectDeleted, bucket.ObjectMarkedDeleted}
	kinds := map[bucket.Event]string{bucket.ObjectCreated: "s3:ObjectCreated:", bucket.ObjectRemoved: "s3:ObjectRemoved:"}
	tells := func(t bucket.TargetArgs, event bucket.Event, key string) bool {
		if !strings.HasPrefix(key, t.Prefix) || !strings.HasSuffix(key, t.Suffix) {
			return false
		}
		for _, told := range t.Events {
			if kind := kinds[told]; told == event || kind != "" && strings.HasPrefix(string(event), kind) {
				return true
			}
		}
		return false
	}
	part := rapid.StringMatching(`[ab]{0,4}`)
	draw := rapid.Custom(func(t *rapid.T) bucket.TargetArgs {
		return bucket.TargetArgs{Prefix: part.Draw(t, "prefix"), Suffix: part.Draw(t, "suffix"), Events: []bucket.Event{
			rapid.SampledFrom(append(single, bucket.ObjectCreated, bucket.ObjectRemoved)).Draw(t, "event"),
		}}
	})
	rapid.Check(t, func(t *rapid.T) {
		one, other := draw.Draw(t, "one"), draw.Draw(t, "other")
		shared := false
		for _, key := range keys {
			for _, event := range single {
				shared = shared || tells(one, event, key) && tells(other, event, key)
			}
		}
		one.Arn, other.Arn = thumbnails, removals
		_, err := harness.Try(harness.Preview, notifying(&bucket.NotificationsArgs{
			BucketName: pulumi.String("uploads"), Functions: map[string]bucket.TargetArgs{"one": one}, Queues: map[string]bucket.TargetArgs{"other": other},
		}, "uploads"))
		if shared {
			require.ErrorContains(t, err, "queues.other: conflicts with functions.one: S3 tells one target only")
		} else {
			require.NoError(t, err)
		}
	})
}

func TestEveryProblemOfNotificationsIsReportedAtOnce(t *testing.T) {
	for name, c := range map[string]struct {
		args *bucket.NotificationsArgs
		want string
	}{
		"nothing given": {nil, `bucket.Notifications "uploads": 2 problems
  bucketName: is required
  functions: nobody is told: is required, unless queues, topics or eventBridge is set`},
		"targets": {&bucket.NotificationsArgs{
			BucketName: pulumi.String("uploads"),
			Functions: map[string]bucket.TargetArgs{
				"none":  {Prefix: "a*"},
				"queue": {Arn: removals, Prefix: "b ", Events: []bucket.Event{"s3:ObjectRead", bucket.ObjectCreated, bucket.ObjectPut}},
			},
			Queues: map[string]bucket.TargetArgs{"order": {Arn: pulumi.String("arn:aws:sqs:eu-west-1:111122223333:orders.fifo"), Prefix: "c"}},
			Topics: map[string]bucket.TargetArgs{"long": {Arn: reports, Prefix: "d", Suffix: strings.Repeat("e", 1025)}},
		}, `bucket.Notifications "uploads": 8 problems
  functions.none.arn: is required
  functions.none.prefix: "a*": must be 1024 or fewer characters without "*"; "+" stands for a space
  functions.queue.arn: "` + string(removals) + `": must be an ARN of lambda
  functions.queue.events[0]: "s3:ObjectRead" is not supported; allowed: ` + allEvents + `
  functions.queue.events[2]: "s3:ObjectCreated:Put": is told already
  functions.queue.prefix: "b ": must be 1024 or fewer characters without "*"; "+" stands for a space
  queues.order.arn: "arn:aws:sqs:eu-west-1:111122223333:orders.fifo": S3 does not send to FIFO queues and topics
  topics.long.suffix: "` + strings.Repeat("e", 1025) + `": must be 1024 or fewer characters without "*"; "+" stands for a space`},
		"an object for three": {&bucket.NotificationsArgs{
			BucketName: pulumi.String("uploads"),
			Functions:  map[string]bucket.TargetArgs{"images": {Arn: thumbnails, Prefix: "images/"}},
			Queues:     map[string]bucket.TargetArgs{"jpegs": {Arn: removals, Suffix: ".jpg", Events: []bucket.Event{bucket.ObjectPut}}},
			Topics:     map[string]bucket.TargetArgs{"a.b": {Arn: reports}, "deleted": {Arn: reports, Events: []bucket.Event{bucket.ObjectRemoved}}},
		}, `bucket.Notifications "uploads": 3 problems
  queues.jpegs: conflicts with functions.images: S3 tells one target only of s3:ObjectCreated:Put of an object such as "images/.jpg"
  topics["a.b"]: conflicts with functions.images: S3 tells one target only of s3:ObjectCreated:* of an object such as "images/"
  topics["a.b"]: conflicts with queues.jpegs: S3 tells one target only of s3:ObjectCreated:* of an object such as ".jpg"`},
	} {
		t.Run(name, func(t *testing.T) {
			g, err := harness.Try(harness.Preview, notifying(c.args, "uploads"))
			require.ErrorContains(t, err, c.want+"\n")
			require.Empty(t, g.Resources)
		})
	}
}

const allEvents = "s3:ObjectCreated:*, s3:ObjectCreated:Put, s3:ObjectCreated:Post, s3:ObjectCreated:Copy, s3:ObjectCreated:CompleteMultipartUpload, " +
	"s3:ObjectRemoved:*, s3:ObjectRemoved:Delete, s3:ObjectRemoved:DeleteMarkerCreated, s3:LifecycleExpiration:*, s3:LifecycleExpiration:Delete, " +
	"s3:LifecycleExpiration:DeleteMarkerCreated, s3:LifecycleTransition, s3:IntelligentTiering, s3:ObjectRestore:*, s3:ObjectRestore:Post, " +
	"s3:ObjectRestore:Completed, s3:ObjectRestore:Delete, s3:ObjectTagging:*, s3:ObjectTagging:Put, s3:ObjectTagging:Delete, s3:ObjectAcl:Put, " +
	"s3:Replication:*, s3:Replication:OperationFailedReplication, s3:Replication:OperationMissedThreshold, " +
	"s3:Replication:OperationReplicatedAfterThreshold, s3:Replication:OperationNotTracked, s3:ReducedRedundancyLostObject"
