package bucket_test

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/components/bucket"
	"github.com/plinth-iac/plinth/tests/harness"
)

const public = "needs fixed values of a key such as aws:PrincipalOrgID, aws:SourceVpce or aws:SourceIp: public access is blocked"

func TestEveryProblemIsReportedAtOnceBeforeAnythingExists(t *testing.T) {
	long := strings.Repeat("a", 46)
	for name, c := range map[string]struct {
		component string
		args      *bucket.BucketArgs
		want      string
	}{
		"nothing given": {"files", nil, `bucket.Bucket "files": 2 problems
  kmsKeyArn: is required, unless awsManagedKey is true: what AWS's own key encrypts is open to whoever may read the bucket
  region: is required`},
		"a name": {"My_files", smallest(), `bucket.Bucket "My_files": 1 problem
  name: "My_files": must be 1 to 45 small letters, digits and hyphens, and not begin with a hyphen`},
		"a long name": {long, smallest(), `bucket.Bucket "` + long + `": 1 problem
  name: "` + long + `": must be 1 to 45 small letters, digits and hyphens, and not begin with a hyphen`},
		"no account": {"files", &bucket.BucketArgs{Region: "Ireland", AwsManagedKey: true, ReadByCloudFront: true}, `bucket.Bucket "files": 2 problems
  accountId: is required
  region: "Ireland": must be a region such as eu-central-1`},
		"lists without reading": {"files", &bucket.BucketArgs{Region: home, AwsManagedKey: true, ListByCloudFront: true}, `bucket.Bucket "files": 1 problem
  listByCloudFront: needs readByCloudFront`},
		"two keys": {"files", &bucket.BucketArgs{Region: home, AccountId: "1", KmsKeyArn: key, AwsManagedKey: true, NoncurrentDays: 3651}, `bucket.Bucket "files": 3 problems
  accountId: "1": must be twelve digits
  awsManagedKey: conflicts with kmsKeyArn: objects are encrypted with one key
  noncurrentDays: 3651: must be 1 to 3650`},
		"lifecycle": {"files", &bucket.BucketArgs{Region: home, AwsManagedKey: true, Lifecycle: map[string]bucket.RuleArgs{
			"expire": {ExpireDays: -1},
			"none":   {},
			"early": {Transitions: map[bucket.StorageClass]int{bucket.StandardIa: 29, bucket.GlacierInstant: 58, bucket.DeepArchive: 58, "OneZoneIa": 30},
				ExpireDays: 29, NoncurrentDays: 30, AbortUploadDays: 7},
			"late": {Transitions: map[bucket.StorageClass]int{bucket.IntelligentTiering: -1, bucket.DeepArchive: 36501}},
		}}, `bucket.Bucket "files": 12 problems
  lifecycle.early.abortUploadDays: 7: must be 1 to 6
  lifecycle.early.expireDays: 29: must be 59 to 36500
  lifecycle.early.noncurrentDays: 30: must be 1 or more, and less than the bucket's 30: S3 takes the shorter one
  lifecycle.early.transitions.DeepArchive: 58: must be 59 or more: objects come from GlacierInstant
  lifecycle.early.transitions.GlacierInstant: 58: must be 59 or more: objects come from StandardIa
  lifecycle.early.transitions.OneZoneIa: "OneZoneIa" is not supported; allowed: StandardIa, IntelligentTiering, GlacierInstant, GlacierFlexible, DeepArchive
  lifecycle.early.transitions.StandardIa: 29: must be 30 or more
  lifecycle.expire: a rule's name must be 1 to 255 characters, other than "expire", which is the bucket's own
  lifecycle.expire.expireDays: -1: must be 1 to 36500
  lifecycle.late.transitions.DeepArchive: 36501: must be at most 36500
  lifecycle.late.transitions.IntelligentTiering: -1: must be 0 or more
  lifecycle.none: does nothing: needs transitions, expireDays, noncurrentDays or abortUploadDays`},
		"statements": {"files", &bucket.BucketArgs{Region: home, AwsManagedKey: true, Statements: map[string]bucket.StatementArgs{
			"nobody":  {Actions: []string{"s3:GetObject"}},
			"nothing": {Deny: true, AwsPrincipals: []pulumi.StringInput{pulumi.String("*")}},
			"public":  {AwsPrincipals: []pulumi.StringInput{pulumi.String("*")}, Actions: []string{"s3:GetObject"}},
			"service": {Services: []string{"logs", "delivery.logs.amazonaws.com"}, Actions: []string{"sqs:SendMessage", "s3:ListBucket"}, Prefixes: []string{"a/"}},
		}}, `bucket.Bucket "files": 7 problems
  statements.nobody: needs services or awsPrincipals
  statements.nothing.actions: is required
  statements.public.awsPrincipals[0]: "*": ` + public + `
  statements.service.actions[0]: "sqs:SendMessage": must be an action of S3 such as s3:PutObject
  statements.service.actions[1]: "s3:ListBucket": is about the bucket itself, which prefixes leave out
  statements.service.conditions: needs aws:SourceArn or aws:SourceAccount: the service acts for every account of AWS
  statements.service.services[0]: "logs": must be a service such as delivery.logs.amazonaws.com`},
		"cors": {"files", &bucket.BucketArgs{Region: home, AwsManagedKey: true, Cors: map[string]bucket.CorsArgs{
			"shop": {Origins: []string{"shop.example.com", "https://*.*.example.com"}, Methods: []string{"PATCH"}, Headers: []string{"x-*-*"}, MaxAgeSeconds: 86401},
			"none": {},
		}}, `bucket.Bucket "files": 6 problems
  cors.none.origins: is required
  cors.shop.headers[0]: "x-*-*": must have at most one "*"
  cors.shop.maxAgeSeconds: 86401: must be 1 to 86400
  cors.shop.methods[0]: "PATCH" is not supported; allowed: GET, HEAD, PUT, POST, DELETE
  cors.shop.origins[0]: "shop.example.com": must be an origin such as https://shop.example.com, with at most one "*"
  cors.shop.origins[1]: "https://*.*.example.com": must be an origin such as https://shop.example.com, with at most one "*"`},
		"logs": {"files", &bucket.BucketArgs{
			Region: home, AccountId: account, KmsKeyArn: key, ReceivesAccessLogs: true, AccessLogs: &bucket.AccessLogsArgs{},
			ObjectLock: &bucket.ObjectLockArgs{Mode: "Forever"},
		}, `bucket.Bucket "files": 5 problems
  accessLogs.bucketName: is required
  objectLock.days: 0: must be 1 to 36500
  objectLock.mode: "Forever" is not supported; allowed: Governance, Compliance
  receivesAccessLogs: conflicts with kmsKeyArn: S3 writes access logs under its own keys only
  receivesAccessLogs: conflicts with objectLock: S3 writes no access logs into a bucket that locks what is new`},
		"a replica": {"files", &bucket.BucketArgs{
			Region: home, KmsKeyArn: key, Replica: &bucket.ReplicaArgs{Region: home, Alarm: &bucket.ReplicaAlarmArgs{LagSeconds: -1}},
			Alarms: &bucket.AlarmsArgs{ServerErrorPercent: 100, ClientErrorPercent: -1},
		}, `bucket.Bucket "files": 6 problems
  alarms.clientErrorPercent: -1: must be 1 to 99
  alarms.serverErrorPercent: 100: must be 1 to 99
  replica.alarm.lagSeconds: -1: must be 1 to 86400
  replica.kmsKeyArn: is required: the bucket's key is of another region
  replica.provider: is required
  replica.region: "eu-west-1": must be another region than the bucket's`},
		"a replica with a key": {"files", &bucket.BucketArgs{
			Region: home, AwsManagedKey: true, Replica: &bucket.ReplicaArgs{KmsKeyArn: awayKey},
		}, `bucket.Bucket "files": 3 problems
  replica.kmsKeyArn: conflicts with awsManagedKey: the copy is encrypted as the bucket is
  replica.provider: is required
  replica.region: is required`},
		"a replica with the only key": {"files", &bucket.BucketArgs{Region: home, Replica: &bucket.ReplicaArgs{Region: "eu-west-3", KmsKeyArn: awayKey}}, `bucket.Bucket "files": 2 problems
  kmsKeyArn: is required, unless awsManagedKey is true: what AWS's own key encrypts is open to whoever may read the bucket
  replica.provider: is required`},
	} {
		t.Run(name, func(t *testing.T) {
			g, err := harness.Try(harness.Preview, program(c.args, c.component))
			require.ErrorContains(t, err, c.want+"\n")
			require.Empty(t, g.Resources)
		})
	}
}
