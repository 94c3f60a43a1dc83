package function_test

import (
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/dynamodb"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/kinesis"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sqs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/components/function"
	"github.com/plinth-iac/plinth/tests/lifetest"
)

// beside is what a function is called for, and the queue of what fails.
type beside struct {
	orders, letters *sqs.Queue
	clicks          *kinesis.Stream
	carts           *dynamodb.Table
}

func newBeside(ctx *pulumi.Context, net *lifetest.Network) (b beside, err error) {
	here := pulumi.Provider(net.Provider)
	if b.orders, err = sqs.NewQueue(ctx, "orders-queue", &sqs.QueueArgs{VisibilityTimeoutSeconds: pulumi.Int(180)}, here); err != nil {
		return b, err
	}
	if b.letters, err = sqs.NewQueue(ctx, "letters", &sqs.QueueArgs{}, here); err != nil {
		return b, err
	}
	if b.clicks, err = kinesis.NewStream(ctx, "clicks", &kinesis.StreamArgs{ShardCount: pulumi.Int(1)}, here); err != nil {
		return b, err
	}
	b.carts, err = dynamodb.NewTable(ctx, "carts", &dynamodb.TableArgs{
		BillingMode: pulumi.String("PAY_PER_REQUEST"), HashKey: pulumi.String("id"),
		Attributes:    dynamodb.TableAttributeArray{dynamodb.TableAttributeArgs{Name: pulumi.String("id"), Type: pulumi.String("S")}},
		StreamEnabled: pulumi.Bool(true), StreamViewType: pulumi.String("NEW_IMAGE"),
	}, here)
	return b, err
}

// wanted is the sources that the function has, made of what is beside it.
type wanted func(b beside, net *lifetest.Network) *function.SourcesArgs

func everything(b beside, net *lifetest.Network) *function.SourcesArgs {
	return &function.SourcesArgs{
		Queues:    map[string]function.QueueSourceArgs{"orders": {QueueArn: b.orders.Arn, VisibilityTimeoutSeconds: 180}},
		Streams:   map[string]function.StreamSourceArgs{"clicks": {StreamArn: b.clicks.Arn}},
		Tables:    map[string]function.StreamSourceArgs{"carts": {StreamArn: b.carts.StreamArn}},
		Topics:    map[string]function.TopicSourceArgs{"news": {TopicArn: net.TopicArn}},
		Rules:     map[string]function.RuleSourceArgs{"paid": {Pattern: pulumi.String(`{"source": ["shop.orders"]}`)}},
		Schedules: map[string]function.ScheduleSourceArgs{"often": {EveryMinutes: 5}},
		OnFailure: &function.DestinationArgs{QueueArn: b.letters.Arn},
	}
}

func with(change func(s *function.SourcesArgs)) wanted {
	return func(b beside, net *lifetest.Network) *function.SourcesArgs {
		s := everything(b, net)
		change(s)
		return s
	}
}

// kinds are what each kind of source has: the only one left, all but it, and its resources.
var kinds = map[string]struct {
	only, none func(s *function.SourcesArgs)
	resources  []string
	reads      bool // with the function's role
}{
	"a queue": {
		func(s *function.SourcesArgs) { *s = function.SourcesArgs{Queues: s.Queues} },
		func(s *function.SourcesArgs) { s.Queues = nil }, []string{"queue-orders"}, true,
	},
	"a stream": {
		func(s *function.SourcesArgs) { *s = function.SourcesArgs{Streams: s.Streams, OnFailure: s.OnFailure} },
		func(s *function.SourcesArgs) { s.Streams = nil }, []string{"stream-clicks"}, true,
	},
	"a table": {
		func(s *function.SourcesArgs) { *s = function.SourcesArgs{Tables: s.Tables, OnFailure: s.OnFailure} },
		func(s *function.SourcesArgs) { s.Tables = nil }, []string{"table-carts"}, true,
	},
	"a topic": {
		func(s *function.SourcesArgs) { *s = function.SourcesArgs{Topics: s.Topics, OnFailure: s.OnFailure} },
		func(s *function.SourcesArgs) { s.Topics = nil }, []string{"publisher-news", "topic-news"}, false,
	},
	"a rule": {
		func(s *function.SourcesArgs) { *s = function.SourcesArgs{Rules: s.Rules, OnFailure: s.OnFailure} },
		func(s *function.SourcesArgs) { s.Rules = nil }, []string{"rule-paid", "caller-paid", "target-paid"}, false,
	},
	"a schedule": {
		func(s *function.SourcesArgs) {
			*s = function.SourcesArgs{Schedules: s.Schedules, OnFailure: s.OnFailure}
		},
		func(s *function.SourcesArgs) { s.Schedules = nil }, []string{"scheduler-role", "scheduler-policy", "schedule-often"}, false,
	},
}

func TestTheLifeOfSources(t *testing.T) {
	var now wanted
	l := lifetest.Start(t, onNetwork, func(ctx *pulumi.Context, net *lifetest.Network, a *function.FunctionArgs) error {
		b, err := newBeside(ctx, net)
		if err != nil {
			return err
		}
		if now != nil {
			a.Sources = now(b, net)
		}
		now = nil // every run makes its changes anew
		_, err = function.NewFunction(ctx, "orders", a, net.Opts)
		return err
	})
	sources := func(then wanted) lifetest.Change[function.FunctionArgs] {
		return func(*function.FunctionArgs, *lifetest.Network) { now = then }
	}
	l.Up()
	var all []string
	for what, kind := range kinds {
		var steps []string
		for _, resource := range kind.resources {
			steps = append(steps, "create orders-"+resource)
		}
		all = append(all, steps...)
		if kind.reads {
			steps = append(steps, "update orders-policy")
		}
		l.Plans(what+" alone", sources(with(kind.only)), steps...)
	}
	l.Changes("everything", sources(everything), append(all, "update orders-policy")...)
	require.Equal(t, true, l.Resource("orders-stream-clicks").Props["bisectBatchOnFunctionError"])
	for what, kind := range kinds {
		var steps []string
		for _, resource := range kind.resources {
			steps = append(steps, "delete orders-"+resource)
		}
		if kind.reads {
			steps = append(steps, "update orders-policy")
		}
		l.Plans("without "+what, sources(with(kind.none)), steps...)
	}

	l.Changes("a second rule and a second schedule", sources(with(func(s *function.SourcesArgs) {
		s.Rules["sent"] = s.Rules["paid"]
		s.Schedules["nightly"] = function.ScheduleSourceArgs{Cron: "0 3 * * SAT,SUN", TimeZone: "Europe/Berlin"}
	})), "create orders-rule-sent", "create orders-caller-sent", "create orders-target-sent", "create orders-schedule-nightly")
	l.Changes("other batches, a filter, a pause, a stream read anew, and the first ones only", sources(with(func(s *function.SourcesArgs) {
		q := s.Queues["orders"]
		q.MaxConcurrency, q.Filters = 5, []string{`{"body": {"kind": ["paid"]}}`}
		s.Queues["orders"] = q
		s.Streams["clicks"] = function.StreamSourceArgs{StreamArn: s.Streams["clicks"].StreamArn, StartingPosition: function.Latest}
		s.Tables["carts"] = function.StreamSourceArgs{StreamArn: s.Tables["carts"].StreamArn, BatchSize: 500}
		s.Topics["news"] = function.TopicSourceArgs{TopicArn: s.Topics["news"].TopicArn, Filter: `{"kind": ["paid"]}`}
		s.Schedules["often"] = function.ScheduleSourceArgs{EveryMinutes: 5, Paused: true}
	})), "update orders-queue-orders", "replace orders-stream-clicks", "update orders-table-carts", "update orders-topic-news", "update orders-schedule-often",
		"delete orders-rule-sent", "delete orders-caller-sent", "delete orders-target-sent", "delete orders-schedule-nightly")
	l.Changes("invokers and alarms", func(a *function.FunctionArgs, net *lifetest.Network) {
		a.Invokers = map[string]function.InvokerArgs{
			"api":     {Service: "apigateway.amazonaws.com", SourceArn: pulumi.String("arn:aws:execute-api:eu-west-1:111122223333:api/*/*/*")},
			"uploads": {Service: "s3.amazonaws.com", SourceArn: pulumi.String("arn:aws:s3:::uploads")},
		}
		a.Alarms = &function.AlarmsArgs{ActionArns: pulumi.StringArray{net.TopicArn}}
	}, "create orders-invoker-api", "create orders-invoker-uploads", "create orders-alarm-errors", "create orders-alarm-throttles",
		"create orders-alarm-duration", "create orders-alarm-dropped", "create orders-alarm-undelivered", "create orders-alarm-stream-delay")
	l.Plans("one invoker less", func(a *function.FunctionArgs, _ *lifetest.Network) { delete(a.Invokers, "api") }, "delete orders-invoker-api")
	l.Plans("new code", func(a *function.FunctionArgs, _ *lifetest.Network) { a.Code = handler("2") }, "update orders-function", "update orders-alias")
	l.Destroy()
}
