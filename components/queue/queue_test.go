package queue_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/plinth-iac/plinth/components/iampolicy"
	"github.com/plinth-iac/plinth/components/queue"
	"github.com/plinth-iac/plinth/tests/harness"
)

func TestGraph(t *testing.T) {
	for name, args := range map[string]*queue.QueueArgs{"smallest": smallest(), "full": full()} {
		t.Run(name, func(t *testing.T) {
			harness.Both(t, program(args, "orders"), func(t *testing.T, g *harness.Graph) {
				g.Golden(t, name)
				g.Owned(t, queue.Type+"::orders", "orders-")
			})
		})
	}
}

func TestTwoQueuesInOneProgram(t *testing.T) {
	harness.Both(t, program(full(), "orders", "mails"), func(t *testing.T, g *harness.Graph) {
		require.Len(t, g.OfType(queueToken), 4)
	})
}

func TestArgsAreNotChanged(t *testing.T) {
	args := &queue.QueueArgs{Region: home, AwsManagedKey: true, Fifo: &queue.FifoArgs{}, Alarms: &queue.AlarmsArgs{}}
	harness.Run(t, harness.Preview, program(args, "orders"))
	require.Equal(t, &queue.QueueArgs{Region: home, AwsManagedKey: true, Fifo: &queue.FifoArgs{}, Alarms: &queue.AlarmsArgs{}}, args)
}

func TestSafeByDefault(t *testing.T) {
	harness.Both(t, program(smallest(), "orders"), func(t *testing.T, g *harness.Graph) {
		for name, retention := range map[string]float64{"orders-queue": 345600, "orders-dead-letters": 1209600} {
			r := g.Named(t, name)
			require.True(t, r.Protect, name)
			for path, want := range map[string]any{
				"sqsManagedSseEnabled": true, "kmsMasterKeyId": nil, "messageRetentionSeconds": retention, "visibilityTimeoutSeconds": 30.0,
				"receiveWaitTimeSeconds": 20.0, "maxMessageSize": 262144.0, "fifoQueue": nil, "deduplicationScope": nil,
			} {
				require.Equal(t, want, r.Value(path), "%s: %s", name, path)
			}
		}
		require.Nil(t, g.Named(t, "orders-dead-letters").Value("redrivePolicy"), "dead letters have none of their own")
		require.Empty(t, g.OfType("aws:cloudwatch/metricAlarm:MetricAlarm"))
	})
}

// SQS moves messages only between queues of one kind, and both are under one key.
func TestDeadLettersAreOfTheSameKind(t *testing.T) {
	harness.Both(t, program(full(), "orders"), func(t *testing.T, g *harness.Graph) {
		for _, path := range []string{
			"fifoQueue", "contentBasedDeduplication", "deduplicationScope", "fifoThroughputLimit", "kmsMasterKeyId", "maxMessageSize",
			"visibilityTimeoutSeconds",
		} {
			value := g.Named(t, "orders-queue").Value(path)
			require.NotNil(t, value, path)
			require.Equal(t, value, g.Named(t, "orders-dead-letters").Value(path), path)
		}
		require.Equal(t, "perQueue", g.Named(t, "orders-queue").Value("fifoThroughputLimit"))
	})
	fifo := smallest()
	fifo.Fifo = &queue.FifoArgs{}
	r := harness.Run(t, harness.Update, program(fifo, "orders")).Named(t, "orders-queue")
	require.Equal(t, []any{"messageGroup", "perMessageGroupId", false},
		[]any{r.Value("deduplicationScope"), r.Value("fifoThroughputLimit"), r.Value("contentBasedDeduplication")})
}

func TestTheTwoQueuesNameEachOther(t *testing.T) {
	harness.Both(t, program(full(), "orders"), func(t *testing.T, g *harness.Graph) {
		main, dead, allow := g.Named(t, "orders-queue"), g.Named(t, "orders-dead-letters"), g.Named(t, "orders-redrive-allow")
		require.Equal(t, []string{dead.URN}, main.PropertyDependencies["redrivePolicy"])
		require.Equal(t, []string{main.URN}, allow.PropertyDependencies["redriveAllowPolicy"])
		require.Equal(t, []string{dead.URN}, allow.PropertyDependencies["queueUrl"])
		if g.Mode == harness.Update {
			require.JSONEq(t, `{"deadLetterTargetArn":"arn:aws:mock:us-east-1:111122223333:orders-dead-letters","maxReceiveCount":3}`,
				main.Value("redrivePolicy").(string))
			require.JSONEq(t, `{"redrivePermission":"byQueue","sourceQueueArns":["arn:aws:mock:us-east-1:111122223333:orders-queue"]}`,
				allow.Value("redriveAllowPolicy").(string))
		}
	})
}

// A topic gives up for good what it may not deliver, to the queue and to the dead letters.
func TestTopicsSendOnceTheyMay(t *testing.T) {
	harness.Both(t, program(full(), "orders"), func(t *testing.T, g *harness.Graph) {
		orders, stock := g.Named(t, "orders-subscription-orders"), g.Named(t, "orders-subscription-stock")
		policy, letters := g.Named(t, "orders-policy").URN, g.Named(t, "orders-dead-letters-policy").URN
		require.Contains(t, orders.PropertyDependencies["endpoint"], policy)
		require.Contains(t, stock.PropertyDependencies["endpoint"], policy)
		require.Contains(t, orders.PropertyDependencies["redrivePolicy"], letters)
		require.NotContains(t, stock.Dependencies, letters, "it has dead letters of its own")
		if g.Mode == harness.Update {
			require.Len(t, policyOf(t, g, "orders-policy"), 5, "TLS, two senders, two topics")
			require.Len(t, policyOf(t, g, "orders-dead-letters-policy"), 2, "TLS, one topic")
		}
	})
}

func TestAlarmsAreAboutTheRightQueue(t *testing.T) {
	args := smallest()
	args.Alarms, args.RetentionSeconds = &queue.AlarmsArgs{}, 600
	harness.Both(t, program(args, "orders"), func(t *testing.T, g *harness.Graph) {
		oldest, dead := g.Named(t, "orders-alarm-oldest-message"), g.Named(t, "orders-alarm-dead-letters")
		require.Equal(t, []string{g.Named(t, "orders-queue").URN}, oldest.PropertyDependencies["dimensions"])
		require.Equal(t, []string{g.Named(t, "orders-dead-letters").URN}, dead.PropertyDependencies["dimensions"])
		require.Equal(t, []any{300.0, 5.0}, []any{oldest.Value("threshold"), oldest.Value("evaluationPeriods")}, "half of the retention")
		require.Equal(t, []any{0.0, 1.0}, []any{dead.Value("threshold"), dead.Value("evaluationPeriods")}, "the first one")
	})
}

// statement is one statement of a rendered policy.
type statement struct {
	Sid, Effect string
	Action      any
	Principal   map[string]any
	Resource    string
	Condition   map[string]map[string]any
}

func policyOf(t require.TestingT, g *harness.Graph, child string) []statement {
	r, found := g.Find(child)
	require.True(t, found)
	var document struct{ Statement []statement }
	require.NoError(t, json.Unmarshal([]byte(r.Value("policy").(string)), &document))
	return document.Statement
}

// Whoever is declared, nobody gets in without TLS, every service sends only, and for a
// source that is named; to the dead letters nobody is let in.
func TestOnlyDeclaredSendersGetIn(t *testing.T) {
	arn := pulumi.String("arn:aws:sns:eu-west-1:111122223333:news")
	rapid.Check(t, func(t *rapid.T) {
		args := smallest()
		args.Senders = rapid.MapOfN(rapid.StringMatching(`[a-z.-]{1,8}`), rapid.Custom(func(t *rapid.T) queue.SenderArgs {
			s := queue.SenderArgs{Service: rapid.SampledFrom([]string{"sns.amazonaws.com", "events.amazonaws.com", "s3.amazonaws.com"}).Draw(t, "service")}
			account := s.Service == "s3.amazonaws.com" || rapid.Bool().Draw(t, "account")
			if account {
				s.SourceAccountId = "111122223333"
			}
			if !account || rapid.Bool().Draw(t, "arn") {
				s.SourceArn = arn
			}
			return s
		}), 0, 5).Draw(t, "senders")
		g, err := harness.Try(harness.Update, program(args, "orders"))
		require.NoError(t, err)
		for of, senders := range map[string]int{"orders-queue": len(args.Senders), "orders-dead-letters": 0} {
			policy := policyOf(t, g, strings.TrimSuffix(of, "-queue")+"-policy")
			require.Len(t, policy, 1+senders, of)
			of := "arn:aws:mock:us-east-1:111122223333:" + of
			require.Equal(t, statement{
				Sid: "TlsOnly", Effect: "Deny", Action: "sqs:*", Principal: map[string]any{"AWS": "*"}, Resource: of,
				Condition: map[string]map[string]any{"Bool": {"aws:SecureTransport": "false"}},
			}, policy[0])
			keys := slices.Sorted(maps.Keys(args.Senders))
			for i, s := range policy[1:] {
				want, source := args.Senders[keys[i]], map[string]map[string]any{}
				if want.SourceArn != nil {
					source["ArnLike"] = map[string]any{"aws:SourceArn": string(arn)}
				}
				if want.SourceAccountId != "" {
					source["StringEquals"] = map[string]any{"aws:SourceAccount": want.SourceAccountId}
				}
				require.NotEmpty(t, source)
				require.Equal(t, statement{
					Effect: "Allow", Action: "sqs:SendMessage", Principal: map[string]any{"Service": want.Service}, Resource: of, Condition: source,
				}, s)
			}
		}
	})
}

func TestGrantsNameTheirQueueAndItsKey(t *testing.T) {
	const main, dead = "arn:aws:mock:us-east-1:111122223333:orders-queue", "arn:aws:mock:us-east-1:111122223333:orders-dead-letters"
	const via = `,"Condition":{"StringEquals":{"kms:ViaService":"sqs.eu-west-1.amazonaws.com"}},"Effect":"Allow","Resource":"` + string(key) + `"}`
	withKey := func(action, statements string) string { return statements + `,{"Action":` + action + via }
	const (
		send    = `{"Action":["sqs:GetQueueAttributes","sqs:GetQueueUrl","sqs:SendMessage"],"Effect":"Allow","Resource":"` + main + `"}`
		receive = `{"Action":["sqs:ChangeMessageVisibility","sqs:DeleteMessage","sqs:GetQueueAttributes","sqs:GetQueueUrl","sqs:ReceiveMessage"],` +
			`"Effect":"Allow","Resource":"` + main + `"}`
		redrive = `{"Action":["sqs:CancelMessageMoveTask","sqs:DeleteMessage","sqs:GetQueueAttributes","sqs:ListMessageMoveTasks",` +
			`"sqs:ReceiveMessage","sqs:StartMessageMoveTask"],"Effect":"Allow","Resource":"` + dead + `"},` +
			`{"Action":["sqs:GetQueueAttributes","sqs:SendMessage"],"Effect":"Allow","Resource":"` + main + `"}`
		both = `["kms:Decrypt","kms:GenerateDataKey"]`
	)
	for _, c := range []struct {
		args                   *queue.QueueArgs
		send, receive, redrive string
	}{
		{smallest(), send, receive, redrive},
		{full(), withKey(both, send), withKey(`"kms:Decrypt"`, receive), withKey(both, redrive)},
	} {
		g := harness.Run(t, harness.Update, func(ctx *pulumi.Context) error {
			q, err := queue.NewQueue(ctx, "orders", c.args)
			if err != nil {
				return err
			}
			var r struct{ pulumi.CustomResourceState }
			return ctx.RegisterResource("test:index:Policy", "grants", pulumi.Map{
				"send": iampolicy.Document(q.SendStatements()...), "receive": iampolicy.Document(q.ReceiveStatements()...),
				"redrive": iampolicy.Document(q.RedriveStatements()...),
			}, &r)
		})
		for grant, want := range map[string]string{"send": c.send, "receive": c.receive, "redrive": c.redrive} {
			require.Equal(t, `{"Statement":[`+want+`],"Version":"2012-10-17"}`, g.Named(t, "grants").Value(grant), grant)
		}
	}
}

func TestEveryProblemIsReportedAtOnceBeforeAnythingExists(t *testing.T) {
	long, crowd := strings.Repeat("a", 55), map[string]queue.SenderArgs{}
	for i := range 20 {
		crowd[fmt.Sprint(i)] = queue.SenderArgs{Service: "sns.amazonaws.com", SourceAccountId: "111122223333"}
	}
	for name, c := range map[string]struct {
		component string
		args      *queue.QueueArgs
		want      string
	}{
		"nothing given": {"orders", nil, `queue.Queue "orders": 2 problems
  kmsKeyArn: is required, unless awsManagedKey is true: the key cannot be changed later, and what AWS's own key encrypts cannot be shared with another account
  region: is required`},
		"a name": {"new orders", smallest(), `queue.Queue "new orders": 1 problem
  name: "new orders": must be 1 to 54 letters, digits, hyphens and underscores`},
		"a long name": {long, smallest(), `queue.Queue "` + long + `": 1 problem
  name: "` + long + `": must be 1 to 54 letters, digits, hyphens and underscores`},
		"too little": {"orders", &queue.QueueArgs{
			Region: "Ireland", KmsKeyArn: key, AwsManagedKey: true, VisibilityTimeoutSeconds: -1, RetentionSeconds: 59,
			ReceiveWaitSeconds: pulumi.IntRef(-1), DelaySeconds: -1, MaxMessageBytes: 1023, MaxReceiveCount: -1,
			Alarms: &queue.AlarmsArgs{OldestMessageSeconds: -1},
		}, `queue.Queue "orders": 9 problems
  alarms.oldestMessageSeconds: -1: must be 1 or more, and less than the 59 seconds that messages are kept
  awsManagedKey: conflicts with kmsKeyArn: data is encrypted with one key
  delaySeconds: -1: must be 0 to 900
  maxMessageBytes: 1023: must be 1024 to 262144
  maxReceiveCount: -1: must be 1 to 1000
  receiveWaitSeconds: -1: must be 0 to 20
  region: "Ireland": must be a region such as eu-central-1
  retentionSeconds: 59: must be 60 to 1209600
  visibilityTimeoutSeconds: -1: must be 1 to 43200`},
		"too much": {"orders", &queue.QueueArgs{
			Region: home, AwsManagedKey: true, VisibilityTimeoutSeconds: 43201, RetentionSeconds: 1209601, ReceiveWaitSeconds: pulumi.IntRef(21),
			DelaySeconds: 901, MaxMessageBytes: 262145, MaxReceiveCount: 1001, Alarms: &queue.AlarmsArgs{OldestMessageSeconds: 1209601},
		}, `queue.Queue "orders": 7 problems
  alarms.oldestMessageSeconds: 1209601: must be 1 or more, and less than the 1209601 seconds that messages are kept
  delaySeconds: 901: must be 0 to 900
  maxMessageBytes: 262145: must be 1024 to 262144
  maxReceiveCount: 1001: must be 1 to 1000
  receiveWaitSeconds: 21: must be 0 to 20
  retentionSeconds: 1209601: must be 60 to 1209600
  visibilityTimeoutSeconds: 43201: must be 1 to 43200`},
		"senders": {"orders", &queue.QueueArgs{Region: home, AwsManagedKey: true, Fifo: &queue.FifoArgs{}, Senders: map[string]queue.SenderArgs{
			"nobody": {SourceAccountId: "1", SourceArn: pulumi.String("news")}, "anybody": {Service: "sns.amazonaws.com"},
			"somebody": {Service: "sns", SourceAccountId: "111122223333"}, "a.bucket": {Service: "s3.amazonaws.com", SourceArn: pulumi.String("arn:aws:s3:::uploads")},
		}}, `queue.Queue "orders": 7 problems
  senders.anybody: needs sourceArn or sourceAccountId: the service sends for every account of AWS
  senders.nobody.service: is required
  senders.nobody.sourceAccountId: "1": must be twelve digits
  senders.nobody.sourceArn: "news": must be an ARN
  senders.somebody.service: "sns": must be a service such as sns.amazonaws.com
  senders["a.bucket"].service: "s3.amazonaws.com": S3 does not send to FIFO queues
  senders["a.bucket"].sourceAccountId: is required: the ARN of a bucket does not say whose it is`},
		"a crowd": {"orders", &queue.QueueArgs{Region: home, AwsManagedKey: true, Senders: crowd}, `queue.Queue "orders": 1 problem
  senders: 20: must be 19 or fewer, with topics: SQS takes no more statements in a policy`},
		"topics": {"orders", &queue.QueueArgs{Region: home, AwsManagedKey: true, Topics: map[string]queue.TopicArgs{
			"none": {}, "name": {TopicArn: pulumi.String("news"), Filter: "x"}, "fifo": {TopicArn: ordersArn},
		}}, `queue.Queue "orders": 4 problems
  topics.fifo.deadLetterArn: is required: dead letters of a FIFO topic are for a FIFO queue
  topics.name.filter: "x": must be a JSON object of lists, such as {"kind": ["paid", "sent"]}
  topics.name.topicArn: "news": must be an ARN
  topics.none.topicArn: is required`},
		"topics of an order": {"orders", &queue.QueueArgs{Region: home, AwsManagedKey: true, Fifo: &queue.FifoArgs{}, Topics: map[string]queue.TopicArgs{
			"news": {TopicArn: pulumi.String("arn:aws:sns:eu-west-1:111122223333:news")},
		}}, `queue.Queue "orders": 1 problem
  topics.news.topicArn: "arn:aws:sns:eu-west-1:111122223333:news": a FIFO queue takes messages of FIFO topics only`},
	} {
		t.Run(name, func(t *testing.T) {
			g, err := harness.Try(harness.Preview, program(c.args, c.component))
			require.ErrorContains(t, err, c.want+"\n")
			require.Empty(t, g.Resources)
		})
	}
}
