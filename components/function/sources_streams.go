package function

import (
	"strings"
	"time"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lambda"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/iampolicy"
	"github.com/plinth-iac/plinth/components/internal/base"
	"github.com/plinth-iac/plinth/components/internal/datastore"
)

// StreamSourceArgs are a stream, of Kinesis or of a table, whose records the function
// handles in order, shard by shard. A record that fails holds up those behind it, until
// Retries are used up or it is too old; where it is then goes to OnFailure.
type StreamSourceArgs struct {
	// StreamArn is the stream; a table's is its stream ARN.
	StreamArn pulumi.StringInput `pulumi:"streamArn"`
	// KmsKeyArn is the key that encrypts the stream or the table. Default: a key of AWS's
	// own.
	KmsKeyArn pulumi.StringInput `pulumi:"kmsKeyArn,optional"`
	// StartingPosition is where reading begins, once. Changing it reads anew. Default:
	// TrimHorizon.
	StartingPosition StartingPosition `pulumi:"startingPosition,optional"`
	// StartingTime is where AtTimestamp begins, such as "2026-01-31T08:00:00Z". Default: none.
	StartingTime string `pulumi:"startingTime,optional"`

	// BatchSize is how many records a call has at most, 1 to 10000. Default: 100.
	BatchSize int `pulumi:"batchSize,optional"`
	// WindowSeconds is for how long records are collected, 0 to 300. Default: 0.
	WindowSeconds int `pulumi:"windowSeconds,optional"`
	// Parallel is how many calls a shard makes at a time, 1 to 10, each with keys of its own.
	// Default: 1.
	Parallel int `pulumi:"parallel,optional"`
	// TumblingWindowSeconds is how long a window is over which the code sums up, 0 to 900.
	// Default: 0, none.
	TumblingWindowSeconds int `pulumi:"tumblingWindowSeconds,optional"`

	// Retries is how often a batch that failed is tried again, 0 to 10000. Default: 10.
	Retries *int `pulumi:"retries,optional"`
	// MaxRecordAgeSeconds is how old a record may become, 60 to 604800. Default: 0, as old as
	// the stream lets it.
	MaxRecordAgeSeconds int `pulumi:"maxRecordAgeSeconds,optional"`
	// WholeBatches tries a batch that failed again as it was. Default: false, the code
	// answers which record failed first, as batchItemFailures, and the batch is cut in two.
	WholeBatches bool `pulumi:"wholeBatches,optional"`
	// OnFailure is the queue, topic or bucket that is told where the records are that were
	// given up; a bucket gets the records too. Default: that of SourcesArgs.
	OnFailure *DestinationArgs `pulumi:"onFailure,optional"`

	// Filters are patterns, JSON, of which a record must match one; what matches none is
	// passed over. At most five. Default: every record.
	Filters []string `pulumi:"filters,optional"`
	// Paused reads nothing, and later goes on from where it was. Default: false.
	Paused bool `pulumi:"paused,optional"`
}

// StartingPosition is where reading a stream begins.
type StartingPosition string

const (
	// TrimHorizon begins with the oldest record that the stream still has.
	TrimHorizon StartingPosition = "TRIM_HORIZON"
	// Latest begins with what comes, and may miss what comes while the mapping is made.
	Latest StartingPosition = "LATEST"
	// AtTimestamp begins at StartingTime, for Kinesis only.
	AtTimestamp StartingPosition = "AT_TIMESTAMP"
)

func (s *StreamSourceArgs) setDefaults(of *SourcesArgs) {
	base.Default(&s.StartingPosition, TrimHorizon)
	base.Default(&s.BatchSize, 100)
	base.Default(&s.Parallel, 1)
	base.DefaultRef(&s.Retries, 10)
	base.Default(&s.OnFailure, of.OnFailure)
}

func (s StreamSourceArgs) validate(errs *fielderr.List, of *SourcesArgs, table bool) {
	if s.StreamArn == nil {
		errs.Required("streamArn")
	} else if arn, plain := s.StreamArn.(pulumi.String); plain && !strings.HasPrefix(string(arn), "arn:") {
		errs.Invalid("streamArn", string(arn), "must be an ARN")
	}
	positions := []StartingPosition{TrimHorizon, Latest, AtTimestamp}
	if table {
		positions = positions[:2]
	}
	fielderr.OneOf(errs, "startingPosition", s.StartingPosition, positions...)
	if s.StartingPosition == AtTimestamp {
		if _, err := time.Parse(time.RFC3339, s.StartingTime); err != nil {
			errs.Invalid("startingTime", s.StartingTime, "must be a time such as 2026-01-31T08:00:00Z")
		}
	} else if s.StartingTime != "" {
		errs.Add("startingTime", "needs startingPosition %s", AtTimestamp)
	}
	datastore.Between(errs, "batchSize", s.BatchSize, 1, mostBatch)
	datastore.Between(errs, "windowSeconds", s.WindowSeconds, 0, longestWait)
	datastore.Between(errs, "parallel", s.Parallel, 1, 10)
	datastore.Between(errs, "tumblingWindowSeconds", s.TumblingWindowSeconds, 0, 900)
	datastore.Between(errs, "retries", *s.Retries, 0, 10000)
	if s.MaxRecordAgeSeconds != 0 {
		datastore.Between(errs, "maxRecordAgeSeconds", s.MaxRecordAgeSeconds, 60, 604800)
	}
	of.checkFailure(errs, s.OnFailure, "queueArn", "topicArn", "bucketArn")
	checkFilters(errs, s.Filters)
}

func (s StreamSourceArgs) kinesisStatements(a *FunctionArgs) []iampolicy.Statement {
	return s.readStatements(a, "kinesis", iampolicy.Statement{Actions: []string{
		"kinesis:DescribeStream", "kinesis:DescribeStreamSummary", "kinesis:GetRecords", "kinesis:GetShardIterator", "kinesis:ListShards",
	}})
}

func (s StreamSourceArgs) tableStatements(a *FunctionArgs) []iampolicy.Statement {
	return s.readStatements(a, "dynamodb", iampolicy.Statement{Actions: []string{
		"dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams",
	}})
}

func (s StreamSourceArgs) readStatements(a *FunctionArgs, service string, read iampolicy.Statement) []iampolicy.Statement {
	read.Resources = []pulumi.StringInput{s.StreamArn}
	if s.KmsKeyArn == nil {
		return []iampolicy.Statement{read}
	}
	return []iampolicy.Statement{read, a.useKey(s.KmsKeyArn, service, "kms:Decrypt")}
}

func (f *Function) addStreams(ctx *pulumi.Context, _ string, a *FunctionArgs) error {
	for _, streams := range []struct {
		kind string
		of   map[string]StreamSourceArgs
	}{{"stream", a.Sources.Streams}, {"table", a.Sources.Tables}} {
		for _, key := range base.SortedKeys(streams.of) {
			s := streams.of[key]
			if err := f.addMapping(ctx, streams.kind, key, a, s.mapping(), s.Filters); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s StreamSourceArgs) mapping() *lambda.EventSourceMappingArgs {
	args := &lambda.EventSourceMappingArgs{
		EventSourceArn: base.Optional(s.StreamArn), Enabled: pulumi.Bool(!s.Paused),
		StartingPosition: pulumi.String(string(s.StartingPosition)), BatchSize: pulumi.Int(s.BatchSize),
		MaximumBatchingWindowInSeconds: pulumi.Int(s.WindowSeconds), ParallelizationFactor: pulumi.Int(s.Parallel),
		MaximumRetryAttempts: pulumi.Int(*s.Retries), MaximumRecordAgeInSeconds: pulumi.Int(-1), // no limit but the stream's
		FunctionResponseTypes: answers(s.WholeBatches), BisectBatchOnFunctionError: pulumi.Bool(!s.WholeBatches),
	}
	if s.StartingTime != "" {
		args.StartingPositionTimestamp = pulumi.String(s.StartingTime)
	}
	if s.MaxRecordAgeSeconds != 0 {
		args.MaximumRecordAgeInSeconds = pulumi.Int(s.MaxRecordAgeSeconds)
	}
	if s.TumblingWindowSeconds != 0 {
		args.TumblingWindowInSeconds = pulumi.Int(s.TumblingWindowSeconds)
	}
	if s.OnFailure != nil {
		args.DestinationConfig = lambda.EventSourceMappingDestinationConfigArgs{
			OnFailure: lambda.EventSourceMappingDestinationConfigOnFailureArgs{DestinationArn: s.OnFailure.arn()},
		}
	}
	return args
}
