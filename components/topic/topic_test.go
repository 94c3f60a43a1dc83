package topic_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/components/iampolicy"
	"github.com/plinth-iac/plinth/components/topic"
	"github.com/plinth-iac/plinth/tests/harness"
)

const mockArn = "arn:aws:mock:us-east-1:111122223333:"

func TestGraph(t *testing.T) {
	for name, args := range map[string]*topic.TopicArgs{"smallest": smallest(), "full": full(), "open": open()} {
		t.Run(name, func(t *testing.T) {
			harness.Both(t, program(args, "orders"), func(t *testing.T, g *harness.Graph) {
				g.Golden(t, name)
				g.Owned(t, topic.Type+"::orders", "orders-")
			})
		})
	}
}

func TestTwoTopicsInOneProgram(t *testing.T) {
	harness.Both(t, program(full(), "orders", "mails"), func(t *testing.T, g *harness.Graph) {
		require.Len(t, g.OfType(topicToken), 2)
	})
}

func TestArgsAreNotChanged(t *testing.T) {
	args := func() *topic.TopicArgs {
		return &topic.TopicArgs{Region: home, AwsManagedKey: true, Fifo: &topic.FifoArgs{}, DeliveryLogs: &topic.DeliveryLogsArgs{}}
	}
	given := args()
	harness.Run(t, harness.Preview, program(given, "orders"))
	require.Equal(t, args(), given)
}

func TestSafeByDefault(t *testing.T) {
	harness.Both(t, program(smallest(), "orders"), func(t *testing.T, g *harness.Graph) {
		for name, want := range map[string]map[string]any{
			"orders-topic":        {"kmsMasterKeyId": "alias/aws/sns", "signatureVersion": 2.0, "tracingConfig": "PassThrough", "fifoTopic": nil},
			"orders-dead-letters": {"sqsManagedSseEnabled": true, "messageRetentionSeconds": 1209600.0, "fifoQueue": nil},
		} {
			r := g.Named(t, name)
			require.True(t, r.Protect, name)
			for path, value := range want {
				require.Equal(t, value, r.Value(path), "%s: %s", name, path)
			}
		}
		require.Empty(t, g.OfType("aws:cloudwatch/metricAlarm:MetricAlarm"))
		require.Empty(t, g.OfType("aws:sns/topicSubscription:TopicSubscription"))
	})
}

// A message must never come before the topic may send it to the dead letters.
func TestSubscriptionsWaitForThePolicyOfTheDeadLetters(t *testing.T) {
	args := full()
	harness.Both(t, program(args, "orders"), func(t *testing.T, g *harness.Graph) {
		policy := g.Named(t, "orders-dead-letters-policy").URN
		require.Contains(t, g.Named(t, "orders-subscription-mails").PropertyDependencies["redrivePolicy"], policy)
		require.NotContains(t, g.Named(t, "orders-subscription-stock").Dependencies, policy, "it has dead letters of its own")
	})
}

// SNS names the log groups of deliveries by itself.
func TestLogGroupsHaveTheNamesThatSnsUses(t *testing.T) {
	g := harness.Run(t, harness.Update, program(full(), "orders"))
	const name = "mock/us-east-1/111122223333/orders-topic" // of the mocks' ARNs
	require.Equal(t, name, g.Named(t, "orders-deliveries").Value("name"))
	require.Equal(t, name+"/Failure", g.Named(t, "orders-failed-deliveries").Value("name"))
}

func TestAlarmsAreAboutTheRightThings(t *testing.T) {
	args := full()
	harness.Both(t, program(args, "orders"), func(t *testing.T, g *harness.Graph) {
		for alarm, of := range map[string]string{"failed": "topic", "lost": "topic", "dead-letters": "dead-letters"} {
			require.Equal(t, []string{g.Named(t, "orders-"+of).URN}, g.Named(t, "orders-alarm-"+alarm).PropertyDependencies["dimensions"])
		}
	})
	args.DeadLetterArn = lettersFifo
	g := harness.Run(t, harness.Update, program(args, "orders"))
	require.Len(t, g.OfType("aws:cloudwatch/metricAlarm:MetricAlarm"), 2, "a queue of somebody else's is theirs to watch")
}

func TestGrantsNameTheirTopicAndItsKey(t *testing.T) {
	const publish = `{"Action":"sns:Publish","Effect":"Allow","Resource":"` + mockArn + `orders-topic"}`
	for _, c := range []struct {
		args *topic.TopicArgs
		want string
	}{
		{smallest(), publish},
		{full(), publish + `,{"Action":["kms:Decrypt","kms:GenerateDataKey"],"Condition":{"StringEquals":{"kms:ViaService":"sns.eu-west-1.amazonaws.com"}},` +
			`"Effect":"Allow","Resource":"` + string(key) + `"}`},
	} {
		g := harness.Run(t, harness.Update, func(ctx *pulumi.Context) error {
			made, err := topic.NewTopic(ctx, "orders", c.args)
			if err != nil {
				return err
			}
			var r struct{ pulumi.CustomResourceState }
			return ctx.RegisterResource("test:index:Policy", "grants", pulumi.Map{"publish": iampolicy.Document(made.PublishStatements()...)}, &r)
		})
		require.Equal(t, `{"Statement":[`+c.want+`],"Version":"2012-10-17"}`, g.Named(t, "grants").Value("publish"))
	}
}
