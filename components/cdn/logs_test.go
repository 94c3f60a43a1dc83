package cdn_test

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/components/cdn"
	"github.com/plinth-iac/plinth/tests/harness"
)

func logging(logs *cdn.LogsArgs) *cdn.DistributionArgs {
	return bare(func(a *cdn.DistributionArgs) { a.Logs = logs })
}

// Only the distribution's own source writes, into a bucket that nobody else reaches.
func TestLogsGoToABucketOfTheirOwnByDefault(t *testing.T) {
	harness.Both(t, atTheEdge(logging(nil), "shop"), func(t *testing.T, g *harness.Graph) {
		delivery, destination := g.Named(t, "shop-logs-delivery"), g.Named(t, "shop-logs-to-bucket")
		require.Equal(t, []any{"json", true, "{yyyy}/{MM}/{dd}/{HH}"}, []any{
			destination.Value("outputFormat"), delivery.Value("s3DeliveryConfigurations[0].enableHiveCompatiblePath"),
			delivery.Value("s3DeliveryConfigurations[0].suffixPath"),
		})
		require.True(t, delivery.DeleteBeforeReplace, "a source has one delivery of a kind")
		require.Contains(t, delivery.Dependencies, g.Named(t, "shop-logs-policy").URN, "a delivery finds the permission")
		for _, private := range []string{"cs(Cookie)", "cs-uri-query", "x-forwarded-for"} {
			require.NotContains(t, delivery.Value("recordFields"), private)
		}
		require.Equal(t, 90.0, g.Named(t, "shop-logs-lifecycle").Value("rules[0].expiration.days"))
		if g.Mode == harness.Preview {
			return
		}
		require.Equal(t, "arn:aws:mock:us-east-1:111122223333:shop-logs/cloudfront",
			destination.Value("deliveryDestinationConfiguration.destinationResourceArn"), "with a folder, AWS adds no path of its own")
		require.Contains(t, g.Named(t, "shop-logs-policy").Value("policy"), `{"Action":"s3:PutObject","Condition":{`+
			`"ArnLike":{"aws:SourceArn":"arn:aws:mock:us-east-1:111122223333:shop-logs-source"},`+
			`"StringEquals":{"aws:SourceAccount":"111122223333","s3:x-amz-acl":"bucket-owner-full-control"}},"Effect":"Allow",`+
			`"Principal":{"Service":"delivery.logs.amazonaws.com"},"Resource":"arn:aws:mock:us-east-1:111122223333:shop-logs/*","Sid":"DeliverLogs"}`)
	})
}

func TestLogsCanGoToALogGroup(t *testing.T) {
	args := logging(&cdn.LogsArgs{Destination: cdn.LogsToLogGroup, KmsKeyArn: pulumi.String("arn:aws:kms:us-east-1:111122223333:key/1"), RetentionDays: 7})
	harness.Both(t, atTheEdge(args, "shop"), func(t *testing.T, g *harness.Graph) {
		require.Empty(t, g.OfType("aws:s3/bucketV2:BucketV2"))
		group := g.Named(t, "shop-logs")
		require.Equal(t, []any{7.0, "arn:aws:kms:us-east-1:111122223333:key/1"}, []any{group.Value("retentionInDays"), group.Value("kmsKeyId")})
		require.Equal(t, []string{group.URN}, g.Named(t, "shop-logs-to-group").PropertyDependencies["deliveryDestinationConfiguration"])
		require.Nil(t, g.Named(t, "shop-logs-delivery").Value("s3DeliveryConfigurations"))
		policy := g.Named(t, "shop-logs-group-policy")
		require.Contains(t, g.Named(t, "shop-logs-delivery").Dependencies, policy.URN)
		if g.Mode == harness.Update {
			require.Contains(t, policy.Value("policyDocument"), `"aws:SourceAccount":"111122223333"`)
			require.Contains(t, policy.Value("policyDocument"), `"Resource":"arn:aws:mock:us-east-1:111122223333:shop-logs:log-stream:*"`)
		}
	})
}

// An account has ten policies in a region: one can be for all distributions.
func TestOnePolicyCanLetAllLogsIn(t *testing.T) {
	args := logging(&cdn.LogsArgs{Destination: cdn.LogsToLogGroup, WithoutPolicy: true})
	harness.Both(t, atTheEdge(args, "shop"), func(t *testing.T, g *harness.Graph) {
		g.Named(t, "shop-logs-delivery")
		require.Empty(t, g.OfType("aws:cloudwatch/logResourcePolicy:LogResourcePolicy"))
	})
}

func TestNoLogsMakeNothing(t *testing.T) {
	harness.Both(t, atTheEdge(bare(), "shop"), func(t *testing.T, g *harness.Graph) {
		for _, name := range g.Names() {
			require.NotContains(t, name, "logs")
		}
	})
}

func TestWrongLogsAreAllReported(t *testing.T) {
	for name, c := range map[string]struct {
		logs *cdn.LogsArgs
		want string
	}{
		"bucket": {&cdn.LogsArgs{
			Format: "text", Partitions: "Minute", Fields: []string{"date", "date", "cs-host"}, RetentionDays: 3651,
			KmsKeyArn: pulumi.String("arn:aws:kms:us-east-1:111122223333:key/1"), WithoutPolicy: true,
		}, `7 problems
  logs.fields[1]: "date": is there twice
  logs.fields[2]: "cs-host" is not supported; allowed: ` + strings.Join(append(cdn.LogFields(),
			"c-port", "cs(Cookie)", "cs(Host)", "cs-uri-query", "fle-encrypted-fields", "fle-status", "sc-content-len", "sc-range-end", "sc-range-start",
			"viewer-request-log-data", "viewer-response-log-data", "x-forwarded-for"), ", ") + `
  logs.format: "text" is not supported; allowed: parquet, json, w3c
  logs.kmsKeyArn: "arn:aws:kms:us-east-1:111122223333:key/1": must be the ARN of a key in eu-west-1
  logs.partitions: "Minute" is not supported; allowed: Hour, Day
  logs.retentionDays: 3651: must be 1 to 3650
  logs.withoutPolicy: is for a log group`},
		"log group": {&cdn.LogsArgs{
			Destination: cdn.LogsToLogGroup, Format: cdn.LogW3c, Partitions: cdn.ByDay, WithoutHive: true, RetentionDays: 45, ForceDestroy: true,
			KmsKeyArn: pulumi.String("key/1"),
		}, `6 problems
  logs.forceDestroy: is for a bucket
  logs.format: is for a bucket
  logs.kmsKeyArn: "key/1": must be the ARN of a key in us-east-1
  logs.partitions: is for a bucket
  logs.retentionDays: 45: must be one of 1 3 5 7 14 30 60 90 120 150 180 365 400 545 731 1096 1827 2192 2557 2922 3288 3653
  logs.withoutHive: is for a bucket`},
		"nowhere": {&cdn.LogsArgs{Destination: "Firehose"}, `1 problem
  logs.destination: "Firehose" is not supported; allowed: Bucket, LogGroup, None`},
	} {
		t.Run(name, func(t *testing.T) {
			wrong(t, `cdn.Distribution "shop": `+c.want, func(a *cdn.DistributionArgs) { a.Logs = c.logs })
		})
	}
}
