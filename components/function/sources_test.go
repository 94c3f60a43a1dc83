package function_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/plinth-iac/plinth/components/function"
	"github.com/plinth-iac/plinth/tests/harness"
)

const (
	queueArn  = pulumi.String("arn:aws:sqs:eu-west-1:111122223333:orders")
	fifoArn   = pulumi.String("arn:aws:sqs:eu-west-1:111122223333:orders.fifo")
	letters   = pulumi.String("arn:aws:sqs:eu-west-1:111122223333:letters")
	streamArn = pulumi.String("arn:aws:kinesis:eu-west-1:111122223333:stream/clicks")
	tableArn  = pulumi.String("arn:aws:dynamodb:eu-west-1:111122223333:table/carts/stream/2026-01-01T00:00:00.000")
	topicArn  = pulumi.String("arn:aws:sns:eu-west-1:111122223333:news")
	bucketArn = pulumi.String("arn:aws:s3:::failures")
)

func called(sources *function.SourcesArgs) *function.FunctionArgs {
	a := smallest()
	a.Sources = sources
	return a
}

// someSources leave everything to the defaults.
func someSources() *function.FunctionArgs {
	return called(&function.SourcesArgs{
		Queues:    map[string]function.QueueSourceArgs{"orders": {QueueArn: queueArn, VisibilityTimeoutSeconds: 180}},
		Streams:   map[string]function.StreamSourceArgs{"clicks": {StreamArn: streamArn}},
		Tables:    map[string]function.StreamSourceArgs{"carts": {StreamArn: tableArn}},
		Topics:    map[string]function.TopicSourceArgs{"news": {TopicArn: topicArn}},
		Rules:     map[string]function.RuleSourceArgs{"uploads": {Objects: &function.ObjectsArgs{BucketName: pulumi.String("uploads")}}},
		Schedules: map[string]function.ScheduleSourceArgs{"often": {EveryMinutes: 5}},
		OnFailure: &function.DestinationArgs{QueueArn: letters},
	})
}

// allSources use every argument of the sources, the invokers and the alarms that does not
// exclude another.
func allSources() *function.FunctionArgs {
	no, lost := pulumi.IntRef(0), &function.DestinationArgs{QueueArn: letters, KmsKeyArn: key}
	a := called(&function.SourcesArgs{
		Queues: map[string]function.QueueSourceArgs{
			"first": {QueueArn: fifoArn, Fifo: true, VisibilityTimeoutSeconds: 600, KmsKeyArn: key, MaxConcurrency: 10, WholeBatches: true, Paused: true},
			"orders": {
				QueueArn: queueArn, VisibilityTimeoutSeconds: 200, BatchSize: 500, WindowSeconds: 20, MaxConcurrency: 10,
				Filters: []string{`{"body": {"kind": ["paid"]}}`, `{"body": {"sum": [{"numeric": [">", 100]}]}}`},
			},
		},
		Streams: map[string]function.StreamSourceArgs{"clicks": {
			StreamArn: streamArn, KmsKeyArn: key, StartingPosition: function.AtTimestamp, StartingTime: "2026-01-31T08:00:00Z", BatchSize: 1000,
			WindowSeconds: 5, Parallel: 10, TumblingWindowSeconds: 60, Retries: no, MaxRecordAgeSeconds: 3600, WholeBatches: true,
			OnFailure: &function.DestinationArgs{BucketArn: bucketArn}, Filters: []string{`{"data": {"page": ["cart"]}}`}, Paused: true,
		}},
		Tables: map[string]function.StreamSourceArgs{"carts": {StreamArn: tableArn, StartingPosition: function.Latest, OnFailure: lost}},
		Topics: map[string]function.TopicSourceArgs{"news": {TopicArn: topicArn, Filter: `{"order": {"kind": ["paid"]}}`, FilterBody: true, OnFailure: lost}},
		Rules: map[string]function.RuleSourceArgs{
			"paid": {
				Pattern: pulumi.String(`{"source": ["shop.orders"]}`), BusName: pulumi.String("shop"), Retries: no, MaxAgeSeconds: 60, OnFailure: lost, Paused: true,
			},
			"pictures": {Objects: &function.ObjectsArgs{BucketName: pulumi.String("uploads"), Prefix: "in/*", Suffix: ".jpg", Deleted: true}},
		},
		Schedules: map[string]function.ScheduleSourceArgs{
			"morning": {
				Cron: "0 8 * * MON-FRI", TimeZone: "Europe/Berlin", FlexibleMinutes: 15, Input: `{"report": true}`, Retries: no, MaxAgeSeconds: 60,
				OnFailure: lost, Paused: true,
			},
			"often": {EveryMinutes: 1},
		},
		AllowLoss: true,
	})
	a.Async = &function.AsyncArgs{DeadLetters: lost}
	a.ReservedConcurrency, a.Provisioned = pulumi.IntRef(20), &function.ProvisionedArgs{Min: 1}
	a.Invokers = map[string]function.InvokerArgs{
		"api":     {Service: "apigateway.amazonaws.com", SourceArn: pulumi.String("arn:aws:execute-api:eu-west-1:111122223333:api/*/*/*")},
		"other":   {Service: "s3.amazonaws.com", SourceAccountId: "444455556666"},
		"uploads": {Service: "s3.amazonaws.com", SourceArn: pulumi.String("arn:aws:s3:::uploads")},
	}
	some := 5.5
	a.Alarms = &function.AlarmsArgs{
		ActionArns: pulumi.StringArray{topicArn}, ErrorPercent: &some, DurationPercent: 50, ConcurrencyPercent: 90, StreamDelaySeconds: 60,
	}
	a.Tags = map[string]string{"team": "shop"}
	return a
}

func TestSourcesGraph(t *testing.T) {
	for name, args := range map[string]*function.FunctionArgs{"sources": someSources(), "sources-full": allSources()} {
		t.Run(name, func(t *testing.T) {
			harness.Both(t, program(args, "orders"), func(t *testing.T, g *harness.Graph) {
				g.Golden(t, name)
				g.Owned(t, function.Type+"::orders", "orders-")
			})
		})
	}
}

func TestSourcesOfTwoFunctionsInOneProgram(t *testing.T) {
	harness.Both(t, program(allSources(), "orders", "mails"), func(t *testing.T, g *harness.Graph) {
		require.Len(t, g.OfType("aws:scheduler/schedule:Schedule"), 4)
	})
}

func TestSourcesAreNotChanged(t *testing.T) {
	args := someSources()
	args.Alarms = &function.AlarmsArgs{}
	harness.Run(t, harness.Preview, program(args, "orders"))
	want := someSources()
	want.Alarms = &function.AlarmsArgs{}
	require.Equal(t, want.Sources, args.Sources)
	require.Equal(t, want.Alarms, args.Alarms)
}

// A message must find the permission, and a mapping the rights of the role: AWS tries at
// once, and what fails then is lost or refused.
func TestNothingIsCalledBeforeItMayBe(t *testing.T) {
	harness.Both(t, program(someSources(), "orders"), func(t *testing.T, g *harness.Graph) {
		urn := func(name string) string { return g.Named(t, name).URN }
		for _, mapping := range []string{"orders-queue-orders", "orders-stream-clicks", "orders-table-carts"} {
			r := g.Named(t, mapping)
			require.Contains(t, r.Dependencies, urn("orders-policy"), mapping)
			require.Equal(t, []string{urn("orders-alias")}, r.PropertyDependencies["functionName"], mapping)
		}
		require.Contains(t, g.Named(t, "orders-topic-news").PropertyDependencies["endpoint"], urn("orders-publisher-news"))
		require.Contains(t, g.Named(t, "orders-target-uploads").PropertyDependencies["arn"], urn("orders-caller-uploads"))
		require.Contains(t, g.Named(t, "orders-schedule-often").Dependencies, urn("orders-scheduler-policy"))
	})
}

func TestLongNamesGetAPrefix(t *testing.T) {
	args := someSources()
	name, key := strings.Repeat("n", 40), strings.Repeat("k", 40)
	args.Sources.Rules = map[string]function.RuleSourceArgs{key: {Pattern: pulumi.String(`{"source": ["shop"]}`)}}
	args.Sources.Schedules = map[string]function.ScheduleSourceArgs{key: {EveryMinutes: 5}, "often": {EveryMinutes: 5}}
	harness.Both(t, program(args, name), func(t *testing.T, g *harness.Graph) {
		for _, kind := range []string{"rule", "schedule"} {
			require.Equal(t, name[:37]+"-", g.Named(t, name+"-"+kind+"-"+key).Value("namePrefix"))
		}
		require.Nil(t, g.Named(t, name+"-schedule-often").Value("namePrefix"), "it fits")
	})
}

func TestObjectsAreChosenByTheirKeys(t *testing.T) {
	for _, c := range []struct {
		objects function.ObjectsArgs
		want    string
	}{
		{function.ObjectsArgs{}, `{"bucket":{"name":["uploads"]}}`},
		{function.ObjectsArgs{Prefix: "in/"}, `{"bucket":{"name":["uploads"]},"object":{"key":[{"prefix":"in/"}]}}`},
		{function.ObjectsArgs{Suffix: ".jpg"}, `{"bucket":{"name":["uploads"]},"object":{"key":[{"suffix":".jpg"}]}}`},
		{function.ObjectsArgs{Prefix: `i*\`, Suffix: ".jpg"}, `{"bucket":{"name":["uploads"]},"object":{"key":[{"wildcard":"i\\*\\\\*.jpg"}]}}`},
	} {
		c.objects.BucketName = pulumi.String("uploads")
		args := called(&function.SourcesArgs{AllowLoss: true, Rules: map[string]function.RuleSourceArgs{"in": {Objects: &c.objects}}})
		g := harness.Run(t, harness.Update, program(args, "orders"))
		require.JSONEq(t, `{"source":["aws.s3"],"detail-type":["Object Created"],"detail":`+c.want+`}`, g.Named(t, "orders-rule-in").Value("eventPattern").(string))
	}
}

// permitted exports what PermittedArn gives for a key.
// Lambda turns away what is above the reserved concurrency, and messages that are turned
// away too often are dead letters, although nothing is wrong with them.
func TestAQueueIsReadNoFasterThanItsMessagesAreHandled(t *testing.T) {
	for name, c := range map[string]struct {
		reserved    *int
		written     int
		most, reads any
	}{
		"nothing is reserved": {nil, 0, nil, true}, "as much as is reserved": {pulumi.IntRef(20), 0, 20.0, true}, "less": {pulumi.IntRef(20), 5, 5.0, true},
		"a queue has 1000": {pulumi.IntRef(1200), 0, 1000.0, true}, "the function is stopped": {pulumi.IntRef(0), 5, 5.0, false},
	} {
		t.Run(name, func(t *testing.T) {
			a := called(&function.SourcesArgs{Queues: map[string]function.QueueSourceArgs{
				"orders": {QueueArn: queueArn, VisibilityTimeoutSeconds: 180, MaxConcurrency: c.written},
			}})
			a.ReservedConcurrency = c.reserved
			harness.Both(t, program(a, "orders"), func(t *testing.T, g *harness.Graph) {
				mapping := g.Named(t, "orders-queue-orders")
				require.Equal(t, []any{c.most, c.reads}, []any{mapping.Value("scalingConfig.maximumConcurrency"), mapping.Value("enabled")})
			})
		})
	}
	a := someSources()
	a.ReservedConcurrency = pulumi.IntRef(1)
	_, err := harness.Try(harness.Preview, program(a, "orders"))
	require.ErrorContains(t, err, "sources.queues: have a maxConcurrency of 2 together, 2 or more each; it must not be above reservedConcurrency, 1: ")
}

func permitted(invokers map[string]function.InvokerArgs, key string) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		a := smallest()
		a.Invokers = invokers
		made, err := function.NewFunction(ctx, "orders", a)
		if err != nil {
			return err
		}
		var r struct{ pulumi.CustomResourceState }
		return ctx.RegisterResource("test:index:Target", "target", pulumi.Map{"arn": made.PermittedArn(key)}, &r)
	}
}

func TestAnInvokerGetsTheAliasOnceItMayCall(t *testing.T) {
	invokers := map[string]function.InvokerArgs{"uploads": {Service: "s3.amazonaws.com", SourceArn: pulumi.String("arn:aws:s3:::uploads")}}
	harness.Both(t, permitted(invokers, "uploads"), func(t *testing.T, g *harness.Graph) {
		require.ElementsMatch(t, []string{g.Named(t, "orders-alias").URN, g.Named(t, "orders-invoker-uploads").URN},
			g.Named(t, "target").PropertyDependencies["arn"])
		require.Equal(t, account, g.Named(t, "orders-invoker-uploads").Value("sourceAccount"), "the ARN of a bucket does not say whose it is")
	})
	_, err := harness.Try(harness.Update, permitted(invokers, "downloads"))
	require.ErrorContains(t, err, `plinth:function:Function "orders" has no invoker "downloads"; it has uploads`)
}

func TestAlarmsWatchWhatThereIs(t *testing.T) {
	always := []string{function.AlarmDropped, function.AlarmDuration, function.AlarmErrors, function.AlarmThrottles, function.AlarmUndelivered}
	for _, c := range []struct {
		alarm  string
		change func(a *function.FunctionArgs)
	}{
		{"", func(a *function.FunctionArgs) { a.ReservedConcurrency = pulumi.IntRef(0) }},
		{function.AlarmConcurrency, func(a *function.FunctionArgs) { a.ReservedConcurrency = pulumi.IntRef(10) }},
		{function.AlarmDeadLetters, func(a *function.FunctionArgs) {
			a.Async = &function.AsyncArgs{DeadLetters: &function.DestinationArgs{QueueArn: letters}}
		}},
		{function.AlarmSpillover, func(a *function.FunctionArgs) { a.Provisioned = &function.ProvisionedArgs{Min: 1} }},
		{function.AlarmStreamDelay, func(a *function.FunctionArgs) { a.Sources = someSources().Sources; a.Sources.Tables = nil }},
		{function.AlarmStreamDelay, func(a *function.FunctionArgs) { a.Sources = someSources().Sources; a.Sources.Streams = nil }},
	} {
		args, want := smallest(), slices.Clone(always)
		args.Alarms = &function.AlarmsArgs{}
		c.change(args)
		if c.alarm != "" {
			want = append(want, c.alarm)
		}
		var made []string
		for _, r := range harness.Run(t, harness.Update, program(args, "orders")).OfType("aws:cloudwatch/metricAlarm:MetricAlarm") {
			made = append(made, strings.TrimPrefix(r.Name, "orders-alarm-"))
		}
		require.ElementsMatch(t, want, made, c.alarm)
	}
}

// Adding a source leaves what other sources have as it is.
func TestSourcesDoNotChangeEachOther(t *testing.T) {
	all := someSources().Sources
	alone := harness.Run(t, harness.Update, program(called(all), "orders"))
	kinds := []func(*function.SourcesArgs){
		func(s *function.SourcesArgs) { s.Queues = nil }, func(s *function.SourcesArgs) { s.Streams = nil },
		func(s *function.SourcesArgs) { s.Tables = nil }, func(s *function.SourcesArgs) { s.Topics = nil },
		func(s *function.SourcesArgs) { s.Rules = nil }, func(s *function.SourcesArgs) { s.Schedules = nil },
	}
	rapid.Check(t, func(t *rapid.T) {
		some := *all
		for _, remove := range kinds {
			if rapid.Bool().Draw(t, "without") {
				remove(&some)
			}
		}
		g, err := harness.Try(harness.Update, program(called(&some), "orders"))
		require.NoError(t, err)
		for _, r := range g.Resources {
			if r.Custom && r.Name != "orders-policy" {
				same, found := alone.Find(r.Name)
				require.True(t, found, r.Name)
				require.Equal(t, same.Inputs, r.Inputs, r.Name)
			}
		}
	})
}
