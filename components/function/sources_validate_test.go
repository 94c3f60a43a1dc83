package function_test

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/components/function"
	"github.com/plinth-iac/plinth/tests/harness"
)

func TestEveryProblemOfTheSourcesIsReportedAtOnce(t *testing.T) {
	below, fewer := pulumi.IntRef(-1), pulumi.IntRef(5)
	kept := &function.DestinationArgs{QueueArn: letters}
	for name, c := range map[string]struct {
		sources *function.SourcesArgs
		want    string
	}{
		"queues": {&function.SourcesArgs{Queues: map[string]function.QueueSourceArgs{
			"none": {}, "a b": {QueueArn: pulumi.String("orders"), VisibilityTimeoutSeconds: 180},
			"fifo": {
				QueueArn: queueArn, Fifo: true, VisibilityTimeoutSeconds: 180, BatchSize: 11, WindowSeconds: 1,
				Filters: []string{`{"body": {"kind": "paid"}}`, `{"body": ["` + strings.Repeat("x", 4096) + `"]}`},
			},
			"large":  {QueueArn: fifoArn, VisibilityTimeoutSeconds: 480, BatchSize: 10001, WindowSeconds: 301, MaxConcurrency: 1001},
			"narrow": {QueueArn: queueArn, VisibilityTimeoutSeconds: 180, BatchSize: 11, MaxConcurrency: 1, Filters: make([]string, 6)},
			"wide":   {QueueArn: queueArn, VisibilityTimeoutSeconds: 180, MaxConcurrency: 6},
		}}, `function.Function "orders": 22 problems
  sources.queues: have a maxConcurrency of 1008 together, 2 or more each; it must not be above reservedConcurrency, 5: messages would be received and not handled
  sources.queues.a b: has a name that is not 1 to 40 letters, digits, hyphens and underscores
  sources.queues.a b.maxConcurrency: is required: several queues share reservedConcurrency, 5
  sources.queues.a b.queueArn: "orders": must be an ARN
  sources.queues.fifo.batchSize: 11: must be 1 to 10
  sources.queues.fifo.fifo: true: contradicts the name of the queue, arn:aws:sqs:eu-west-1:111122223333:orders
  sources.queues.fifo.filters[0]: "{\"body\": {\"kind\": \"paid\"}}": body.kind must be a list of what matches
  sources.queues.fifo.filters[1]: has 4110 bytes; Lambda takes 4096
  sources.queues.fifo.maxConcurrency: is required: several queues share reservedConcurrency, 5
  sources.queues.fifo.visibilityTimeoutSeconds: 180: must be 181 or more, six times timeoutSeconds and windowSeconds on top: a message could be handled twice
  sources.queues.fifo.windowSeconds: conflicts with sources.queues.fifo.fifo: messages of a FIFO queue are not collected
  sources.queues.large.batchSize: 10001: must be 1 to 10000
  sources.queues.large.fifo: false: contradicts the name of the queue, arn:aws:sqs:eu-west-1:111122223333:orders.fifo
  sources.queues.large.maxConcurrency: 1001: must be 2 to 1000
  sources.queues.large.visibilityTimeoutSeconds: 480: must be 481 or more, six times timeoutSeconds and windowSeconds on top: a message could be handled twice
  sources.queues.large.windowSeconds: 301: must be 0 to 300
  sources.queues.narrow.filters: 6: must be 5 or fewer
  sources.queues.narrow.maxConcurrency: 1: must be 2 to 1000
  sources.queues.narrow.windowSeconds: must be 1 or more for batches of more than 10
  sources.queues.none.maxConcurrency: is required: several queues share reservedConcurrency, 5
  sources.queues.none.queueArn: is required
  sources.queues.none.visibilityTimeoutSeconds: 0: must be 180 or more, six times timeoutSeconds and windowSeconds on top: a message could be handled twice
`},
		"streams": {&function.SourcesArgs{OnFailure: kept,
			Streams: map[string]function.StreamSourceArgs{
				"none": {StartingTime: "2026-01-31T08:00:00Z"},
				"much": {
					StreamArn: pulumi.String("clicks"), StartingPosition: function.AtTimestamp, StartingTime: "today", BatchSize: 10001, WindowSeconds: 301,
					Parallel: 11, TumblingWindowSeconds: 901, Retries: below, MaxRecordAgeSeconds: 59, OnFailure: &function.DestinationArgs{EventBusArn: topicArn},
					Filters: []string{"x"},
				},
			},
			Tables: map[string]function.StreamSourceArgs{"early": {StreamArn: tableArn, StartingPosition: function.AtTimestamp, StartingTime: "2026-01-31T08:00:00Z"}},
		}, `function.Function "orders": 13 problems
  sources.streams.much.batchSize: 10001: must be 1 to 10000
  sources.streams.much.filters[0]: "x": must be a JSON object of lists, such as {"kind": ["paid", "sent"]}
  sources.streams.much.maxRecordAgeSeconds: 59: must be 60 to 604800
  sources.streams.much.onFailure.eventBusArn: cannot be used here; allowed: queueArn, topicArn, bucketArn
  sources.streams.much.parallel: 11: must be 1 to 10
  sources.streams.much.retries: -1: must be 0 to 10000
  sources.streams.much.startingTime: "today": must be a time such as 2026-01-31T08:00:00Z
  sources.streams.much.streamArn: "clicks": must be an ARN
  sources.streams.much.tumblingWindowSeconds: 901: must be 0 to 900
  sources.streams.much.windowSeconds: 301: must be 0 to 300
  sources.streams.none.startingTime: needs startingPosition AT_TIMESTAMP
  sources.streams.none.streamArn: is required
  sources.tables.early.startingPosition: "AT_TIMESTAMP" is not supported; allowed: TRIM_HORIZON, LATEST
`},
		"nothing is lost": {&function.SourcesArgs{
			Queues:    map[string]function.QueueSourceArgs{"orders": {QueueArn: queueArn, VisibilityTimeoutSeconds: 180}},
			Streams:   map[string]function.StreamSourceArgs{"clicks": {StreamArn: streamArn}},
			Tables:    map[string]function.StreamSourceArgs{"carts": {StreamArn: tableArn, OnFailure: kept}},
			Topics:    map[string]function.TopicSourceArgs{"news": {TopicArn: topicArn}},
			Rules:     map[string]function.RuleSourceArgs{"paid": {Pattern: pulumi.String(`{"source": ["shop"]}`)}},
			Schedules: map[string]function.ScheduleSourceArgs{"often": {EveryMinutes: 1}},
		}, `function.Function "orders": 4 problems
  sources.rules.paid.onFailure: is required, here or in sources.onFailure, unless sources.allowLoss is true
  sources.schedules.often.onFailure: is required, here or in sources.onFailure, unless sources.allowLoss is true
  sources.streams.clicks.onFailure: is required, here or in sources.onFailure, unless sources.allowLoss is true
  sources.topics.news.onFailure: is required, here or in sources.onFailure, unless sources.allowLoss is true
`},
		"events": {&function.SourcesArgs{OnFailure: &function.DestinationArgs{TopicArn: topicArn},
			Topics: map[string]function.TopicSourceArgs{
				"none": {Filter: "x", OnFailure: &function.DestinationArgs{BucketArn: bucketArn}}, "name": {TopicArn: pulumi.String("news"), FilterBody: true},
				"fifo": {TopicArn: topicArn + ".fifo"},
			},
			Rules: map[string]function.RuleSourceArgs{
				"none": {Retries: below, MaxAgeSeconds: 59}, "two": {Pattern: pulumi.String(`{}`), Objects: &function.ObjectsArgs{}, BusName: pulumi.String("shop")},
				"long": {Pattern: pulumi.String(`{"source": ["` + strings.Repeat("x", 2048) + `"]}`), Retries: pulumi.IntRef(186), MaxAgeSeconds: 86401},
			},
		}, `function.Function "orders": 17 problems
  sources.onFailure.topicArn: cannot be used here; allowed: queueArn
  sources.rules.long.maxAgeSeconds: 86401: must be 60 to 86400
  sources.rules.long.pattern: has 2064 bytes; EventBridge takes 2048
  sources.rules.long.retries: 186: must be 0 to 185
  sources.rules.none: needs exactly one of pattern and objects
  sources.rules.none.maxAgeSeconds: 59: must be 60 to 86400
  sources.rules.none.retries: -1: must be 0 to 185
  sources.rules.two: needs exactly one of pattern and objects
  sources.rules.two.busName: conflicts with sources.rules.two.objects: S3 sends to the account's own bus
  sources.rules.two.objects.bucketName: is required
  sources.rules.two.pattern: "{}": must be a JSON object of lists, such as {"kind": ["paid", "sent"]}
  sources.topics.fifo.topicArn: "arn:aws:sns:eu-west-1:111122223333:news.fifo": must not be a FIFO one, which delivers to queues only: let a queue be the source
  sources.topics.name.filterBody: needs filter
  sources.topics.name.topicArn: "news": must be an ARN
  sources.topics.none.filter: "x": must be a JSON object of lists, such as {"kind": ["paid", "sent"]}
  sources.topics.none.onFailure.bucketArn: cannot be used here; allowed: queueArn
  sources.topics.none.topicArn: is required
`},
		"schedules": {&function.SourcesArgs{AllowLoss: true, Schedules: map[string]function.ScheduleSourceArgs{
			"none": {}, "two": {Cron: "0 8 * * *", EveryMinutes: 5}, "back": {EveryMinutes: -5},
			"much": {Cron: "0 8 1 * MON", TimeZone: "Europe/Atlantis", FlexibleMinutes: 1441, Input: "x", Retries: below, MaxAgeSeconds: 1},
		}}, `function.Function "orders": 9 problems
  sources.schedules.back.everyMinutes: -5: must be 1 or more
  sources.schedules.much.cron: "0 8 1 * MON": has a day of month and a day of week; EventBridge takes one of the two
  sources.schedules.much.flexibleMinutes: 1441: must be 0 to 1440
  sources.schedules.much.input: "x": must be JSON
  sources.schedules.much.maxAgeSeconds: 1: must be 60 to 86400
  sources.schedules.much.retries: -1: must be 0 to 185
  sources.schedules.much.timeZone: "Europe/Atlantis": is not a time zone such as Europe/Berlin
  sources.schedules.none: needs exactly one of cron and everyMinutes
  sources.schedules.two: needs exactly one of cron and everyMinutes
`},
	} {
		t.Run(name, func(t *testing.T) {
			args := called(c.sources)
			args.ReservedConcurrency = fewer
			g, err := harness.Try(harness.Preview, program(args, "orders"))
			require.ErrorContains(t, err, c.want)
			require.Empty(t, g.Resources)
		})
	}
}

func TestProblemsOfInvokersAndAlarms(t *testing.T) {
	much, args := 101.0, smallest()
	args.Invokers = map[string]function.InvokerArgs{
		"nobody": {SourceAccountId: "1", SourceArn: pulumi.String("uploads")}, "anybody": {Service: "sns.amazonaws.com"}, "bucket": {Service: "s3.amazonaws.com"},
		"somebody": {Service: "sns", SourceAccountId: account}, "up.loads": {Service: "s3.amazonaws.com", SourceAccountId: account},
	}
	args.Alarms = &function.AlarmsArgs{ErrorPercent: &much, DurationPercent: 101, ConcurrencyPercent: -1, StreamDelaySeconds: 86401}
	g, err := harness.Try(harness.Preview, program(args, "orders"))
	require.ErrorContains(t, err, `function.Function "orders": 11 problems
  alarms.concurrencyPercent: -1: must be 1 to 100
  alarms.durationPercent: 101: must be 1 to 100
  alarms.errorPercent: 101: must be 0 to 100
  alarms.streamDelaySeconds: 86401: must be 1 to 86400
  invokers.anybody: needs sourceArn or sourceAccountId: the service calls for every account of AWS
  invokers.bucket: needs sourceArn or sourceAccountId: the service calls for every account of AWS
  invokers.nobody.service: is required
  invokers.nobody.sourceAccountId: "1": must be twelve digits
  invokers.nobody.sourceArn: "uploads": must be an ARN
  invokers.somebody.service: "sns": must be a service such as s3.amazonaws.com
  invokers["up.loads"]: has a name that is not 1 to 40 letters, digits, hyphens and underscores
`)
	require.Empty(t, g.Resources)
}
