package bucket_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/plinth-iac/plinth/components/bucket"
	"github.com/plinth-iac/plinth/components/iampolicy"
	"github.com/plinth-iac/plinth/components/objective"
	"github.com/plinth-iac/plinth/tests/harness"
)

const (
	arn        = "arn:aws:mock:us-east-1:111122223333:files-bucket"
	replicaArn = "arn:aws:mock:us-east-1:111122223333:files-replica"
)

func TestGraph(t *testing.T) {
	for name, args := range map[string]*bucket.BucketArgs{"smallest": smallest(), "full": full()} {
		t.Run(name, func(t *testing.T) {
			harness.Both(t, program(args, "files"), func(t *testing.T, g *harness.Graph) {
				g.Golden(t, name)
				g.Owned(t, bucket.Type+"::files", "files-", "away")
			})
		})
	}
}

func TestTwoBucketsInOneProgram(t *testing.T) {
	harness.Both(t, program(full(), "files", "mails"), func(t *testing.T, g *harness.Graph) {
		require.Len(t, g.OfType(bucketToken), 4)
	})
}

func TestArgsAreNotChanged(t *testing.T) {
	args := func() *bucket.BucketArgs {
		return &bucket.BucketArgs{
			Region: home, AwsManagedKey: true, Cors: map[string]bucket.CorsArgs{"shop": {Origins: []string{"*"}}},
			AccessLogs: &bucket.AccessLogsArgs{BucketName: pulumi.String("logs")}, Alarms: &bucket.AlarmsArgs{},
			Replica: &bucket.ReplicaArgs{Region: away, Alarm: &bucket.ReplicaAlarmArgs{}},
		}
	}
	given := args()
	harness.Run(t, harness.Preview, program(given, "files"))
	require.Equal(t, args(), given)
}

func TestSafeByDefault(t *testing.T) {
	harness.Both(t, program(smallest(), "files"), func(t *testing.T, g *harness.Graph) {
		require.True(t, g.Named(t, "files-bucket").Protect)
		require.Equal(t, false, g.Named(t, "files-bucket").Value("forceDestroy"))
		require.Equal(t, "Enabled", g.Named(t, "files-bucket-versioning").Value("versioningConfiguration.status"))
		require.Equal(t, "AES256", g.Named(t, "files-bucket-encryption").Value("rules[0].applyServerSideEncryptionByDefault.sseAlgorithm"))
		require.Equal(t, 30.0, g.Named(t, "files-bucket-lifecycle").Value("rules[0].noncurrentVersionExpiration.noncurrentDays"))
		require.Len(t, g.Resources, 8, "nothing that costs")
	})
}

// statement is one statement of a rendered policy.
type statement struct {
	Sid, Effect      string
	Action, Resource any
	Principal        map[string]any
	Condition        map[string]map[string]any
}

func policyOf(t require.TestingT, g *harness.Graph, child string) []statement {
	r, found := g.Find(child)
	require.True(t, found, child)
	var document struct{ Statement []statement }
	require.NoError(t, json.Unmarshal([]byte(r.Value("policy").(string)), &document))
	return document.Statement
}

// CloudFront reads and lists, of the same account only, in both regions; whatever else the
// policy allows is about the bucket and its objects.
func TestThePolicyLetsInWhoIsWrittenDown(t *testing.T) {
	g := harness.Run(t, harness.Update, program(full(), "files"))
	distributions := map[string]map[string]any{"ArnLike": {"aws:SourceArn": "arn:aws:cloudfront::111122223333:distribution/*"}}
	cloudFront := func(arn string) []statement {
		who := map[string]any{"Service": "cloudfront.amazonaws.com"}
		return []statement{
			{Sid: "CloudFrontReads", Effect: "Allow", Action: "s3:GetObject", Resource: arn + "/*", Principal: who, Condition: distributions},
			{Sid: "CloudFrontLists", Effect: "Allow", Action: "s3:ListBucket", Resource: arn, Principal: who, Condition: distributions},
		}
	}
	policy := policyOf(t, g, "files-bucket-policy")
	require.Len(t, policy, 5)
	require.Equal(t, append(cloudFront(arn),
		statement{
			Effect: "Allow", Action: "s3:PutObject", Resource: arn + "/flows/*", Principal: map[string]any{"Service": "delivery.logs.amazonaws.com"},
			Condition: map[string]map[string]any{"StringEquals": {"aws:SourceAccount": account}},
		},
		statement{
			Effect: "Deny", Action: "s3:DeleteObjectVersion", Resource: []any{arn, arn + "/*"}, Principal: map[string]any{"AWS": "*"},
			Condition: map[string]map[string]any{"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/janitor"}},
		}), policy[:4])
	require.Equal(t, "TlsOnly", policy[4].Sid)
	away := policyOf(t, g, "files-replica-policy")
	require.Len(t, away, 3)
	require.Equal(t, cloudFront(replicaArn), away[:2])
}

// Who may list shows the names of all objects to whoever asks a distribution for "/".
func TestCloudFrontListsOnlyIfThatIsWrittenDown(t *testing.T) {
	args := full()
	args.ListByCloudFront, args.Statements = false, nil
	g := harness.Run(t, harness.Update, program(args, "files"))
	for _, child := range []string{"files-bucket-policy", "files-replica-policy"} {
		policy := policyOf(t, g, child)
		require.Len(t, policy, 2, child)
		require.Equal(t, []any{"s3:GetObject", "TlsOnly"}, []any{policy[0].Action, policy[1].Sid}, child)
	}
}

func TestAccessLogsComeFromTheAccountOnly(t *testing.T) {
	args := smallest()
	args.AccountId, args.ReceivesAccessLogs = account, true
	policy := policyOf(t, harness.Run(t, harness.Update, program(args, "files")), "files-bucket-policy")
	require.Equal(t, statement{
		Sid: "AccessLogs", Effect: "Allow", Action: "s3:PutObject", Resource: arn + "/*", Principal: map[string]any{"Service": "logging.s3.amazonaws.com"},
		Condition: map[string]map[string]any{"StringEquals": {"aws:SourceAccount": account}},
	}, policy[0])
}

// The role reads versions of the one bucket and writes them into the other, each under the
// key of its region, by way of S3.
func TestReplicationMayOnlyCopy(t *testing.T) {
	via := func(region string) map[string]map[string]any {
		return map[string]map[string]any{"StringEquals": {"kms:ViaService": "s3." + region + ".amazonaws.com"}}
	}
	g := harness.Run(t, harness.Update, program(full(), "files"))
	require.Equal(t, []statement{
		{Effect: "Allow", Action: []any{"s3:GetReplicationConfiguration", "s3:ListBucket"}, Resource: arn},
		{Effect: "Allow", Action: []any{
			"s3:GetObjectVersionAcl", "s3:GetObjectVersionForReplication", "s3:GetObjectVersionTagging", "s3:GetObjectLegalHold", "s3:GetObjectRetention",
		}, Resource: arn + "/*"},
		{Effect: "Allow", Action: []any{"s3:ReplicateDelete", "s3:ReplicateObject", "s3:ReplicateTags"}, Resource: replicaArn + "/*"},
		{Effect: "Allow", Action: "kms:Decrypt", Resource: string(key), Condition: via(home)},
		{Effect: "Allow", Action: []any{"kms:Encrypt", "kms:GenerateDataKey"}, Resource: string(awayKey), Condition: via(away)},
	}, policyOf(t, g, "files-replicator-policy"))

	args := smallest()
	args.Replica = &bucket.ReplicaArgs{Region: away}
	plain := harness.Run(t, harness.Update, program(args, "files"))
	require.Len(t, policyOf(t, plain, "files-replicator-policy"), 3, "S3's own keys need no grant")
	require.Equal(t, policyOf(t, g, "files-replicator-policy")[:3], policyOf(t, plain, "files-replicator-policy"), "locks that once were are read")
	rule := plain.Named(t, "files-replication")
	require.Nil(t, rule.Value("rules[0].sourceSelectionCriteria"))
	require.Nil(t, rule.Value("rules[0].destination.encryptionConfiguration"))
}

// S3 refuses the replication while a part that it needs is missing, and does not copy what
// is locked to a replica that has no locks yet.
func TestReplicationComesLast(t *testing.T) {
	harness.Both(t, program(full(), "files"), func(t *testing.T, g *harness.Graph) {
		waits := g.Named(t, "files-replication").Dependencies
		for _, first := range []string{
			"files-bucket-versioning", "files-replica-versioning", "files-lock", "files-replica-lock", "files-replicator-policy", "files-replica-encryption",
		} {
			require.Contains(t, waits, g.Named(t, first).URN, first)
		}
		for _, first := range []string{"files-bucket-versioning", "files-replica-lock"} {
			require.Contains(t, g.Named(t, "files-lock").Dependencies, g.Named(t, first).URN, first)
		}
	})
}

func TestTheReplicasPartsAreInItsRegion(t *testing.T) {
	harness.Both(t, program(full(), "files"), func(t *testing.T, g *harness.Graph) {
		provider := g.Named(t, "away").URN
		for _, r := range g.Resources {
			there := strings.HasPrefix(r.Name, "files-replica-") || r.Name == "files-replica" || r.Name == "files-alarm-replication-lag"
			require.Equal(t, there, strings.Contains(r.Provider, provider), r.Name)
		}
	})
}

func TestOnlyAReplicaSurvivesARegion(t *testing.T) {
	harness.Run(t, harness.Preview, func(ctx *pulumi.Context) error {
		provider, err := aws.NewProvider(ctx, "away", &aws.ProviderArgs{Region: pulumi.String(away)})
		require.NoError(t, err)
		alone, err := bucket.NewBucket(ctx, "alone", smallest())
		require.NoError(t, err)
		args := smallest()
		args.Replica = &bucket.ReplicaArgs{Provider: provider, Region: away}
		copied, err := bucket.NewBucket(ctx, "copied", args)
		require.NoError(t, err)
		require.Equal(t, objective.Lost, alone.Objectives.Of(objective.Region))
		require.Equal(t, 15*time.Minute, copied.Objectives.Of(objective.Region).Rpo)
		require.Equal(t, alone.Objectives.Of(objective.Zone), copied.Objectives.Of(objective.Zone))
		return nil
	})
}

func TestGrantsNameTheirObjectsAndTheKey(t *testing.T) {
	const via = `,{"Action":%,"Condition":{"StringEquals":{"kms:ViaService":"s3.eu-west-1.amazonaws.com"}},"Effect":"Allow","Resource":"` + string(key) + `"}`
	withKey := func(actions string) string { return strings.Replace(via, "%", actions, 1) }
	const (
		put = `{"Action":["s3:AbortMultipartUpload","s3:DeleteObject","s3:ListMultipartUploadParts","s3:PutObject"],"Effect":"Allow","Resource":`
		get = `{"Action":"s3:GetObject","Effect":"Allow","Resource":`
	)
	locked := smallest()
	locked.KmsKeyArn, locked.AwsManagedKey = key, false
	for _, c := range []struct {
		args        *bucket.BucketArgs
		prefixes    []string
		read, write string
	}{
		{smallest(), nil, get + `"` + arn + `/*"},{"Action":"s3:ListBucket","Effect":"Allow","Resource":"` + arn + `"}`, put + `"` + arn + `/*"}`},
		{
			locked, []string{"a/", "b/"}, get + `["` + arn + `/a/*","` + arn + `/b/*"]},{"Action":"s3:ListBucket","Condition":{"StringLike":` +
				`{"s3:prefix":["a/*","b/*"]}},"Effect":"Allow","Resource":"` + arn + `"}` + withKey(`"kms:Decrypt"`),
			put + `["` + arn + `/a/*","` + arn + `/b/*"]}` + withKey(`["kms:Decrypt","kms:GenerateDataKey"]`),
		},
	} {
		g := harness.Run(t, harness.Update, func(ctx *pulumi.Context) error {
			b, err := bucket.NewBucket(ctx, "files", c.args)
			if err != nil {
				return err
			}
			var r struct{ pulumi.CustomResourceState }
			return ctx.RegisterResource("test:index:Policy", "grants", pulumi.Map{
				"read": iampolicy.Document(b.ReadStatements(c.prefixes...)...), "write": iampolicy.Document(b.WriteStatements(c.prefixes...)...),
			}, &r)
		})
		for grant, want := range map[string]string{"read": c.read, "write": c.write} {
			require.Equal(t, `{"Statement":[`+want+`],"Version":"2012-10-17"}`, g.Named(t, "grants").Value(grant), grant)
		}
	}
}

// A lifecycle that is accepted moves objects down only, in time for every class, and
// deletes them last.
func TestAcceptedTransitionsAreInOrder(t *testing.T) {
	classes := []bucket.StorageClass{bucket.StandardIa, bucket.IntelligentTiering, bucket.GlacierInstant, bucket.GlacierFlexible, bucket.DeepArchive}
	day := rapid.SampledFrom([]int{-1, 0, 1, 29, 30, 31, 59, 60, 90, 36500, 36501})
	accepted := 0
	rapid.Check(t, func(t *rapid.T) {
		rule := bucket.RuleArgs{
			Transitions: rapid.MapOfN(rapid.SampledFrom(classes), day, 1, 3).Draw(t, "transitions"),
			ExpireDays:  rapid.SampledFrom([]int{0, 30, 60, 91}).Draw(t, "expire"),
		}
		args := smallest()
		args.Lifecycle = map[string]bucket.RuleArgs{"rule": rule}
		g, err := harness.Try(harness.Preview, program(args, "files"))
		last, wait, ordered := -1, 0, true
		for _, class := range classes {
			days, moves := rule.Transitions[class]
			if !moves {
				continue
			}
			if class == bucket.StandardIa {
				wait = 30
			}
			ordered = ordered && days > last && days >= max(last, 0)+wait && days <= 36500
			if last, wait = days, 0; class == bucket.StandardIa {
				wait = 30
			}
		}
		ordered = ordered && (rule.ExpireDays == 0 || last < rule.ExpireDays)
		require.Equal(t, ordered, err == nil, "%v", err)
		if err != nil {
			return
		}
		accepted++
		r, _ := g.Find("files-bucket-lifecycle")
		require.Len(t, r.Value("rules[1].transitions"), len(rule.Transitions))
	})
	require.NotZero(t, accepted)
}
