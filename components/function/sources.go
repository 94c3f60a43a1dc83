package function

import (
	"fmt"
	"maps"
	"regexp"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lambda"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/iampolicy"
	"github.com/plinth-iac/plinth/components/internal/base"
	"github.com/plinth-iac/plinth/components/internal/pattern"
)

// SourcesArgs are what the function is called for, each under a name of your own. Adding or
// removing one touches its own resources, and the role's policy where Lambda reads with it.
//
// Children are `<name>-queue-<key>`, `-stream-<key>` and `-table-<key>`; `-topic-<key>` and
// `-publisher-<key>`; `-rule-<key>`, `-caller-<key>` and `-target-<key>`; `-schedule-<key>`, and
// for all schedules `<name>-scheduler-role` and `-scheduler-policy`. Calls by EventBridge are
// 1.00 USD a million, by Scheduler too after 14 million a month; the others only cost what
// they do without the function.
type SourcesArgs struct {
	// Queues are queues of SQS, which keep what fails themselves. Default: none.
	Queues map[string]QueueSourceArgs `pulumi:"queues,optional"`
	// Streams are streams of Kinesis. Default: none.
	Streams map[string]StreamSourceArgs `pulumi:"streams,optional"`
	// Tables are the streams of DynamoDB tables. Default: none.
	Tables map[string]StreamSourceArgs `pulumi:"tables,optional"`
	// Topics are topics of SNS. Default: none.
	Topics map[string]TopicSourceArgs `pulumi:"topics,optional"`
	// Rules are events of EventBridge, such as new objects of a bucket. Default: none.
	Rules map[string]RuleSourceArgs `pulumi:"rules,optional"`
	// Schedules are times of EventBridge Scheduler. Default: none.
	Schedules map[string]ScheduleSourceArgs `pulumi:"schedules,optional"`

	// OnFailure is the queue of what no source could hand over; its policy must let SNS and
	// EventBridge send, for topics and rules. What an asynchronous call fails with is for the
	// function's own OnFailure. Required unless every source but queues has one of its own,
	// or AllowLoss is set.
	OnFailure *DestinationArgs `pulumi:"onFailure,optional"`
	// AllowLoss lets go of what fails and has no OnFailure. Default: false.
	AllowLoss bool `pulumi:"allowLoss,optional"`
}

// How many filters one source may have, and how long each may be.
const (
	mostFilters   = 5
	longestFilter = 4096
)

// Names with keys have at most 100 characters.
var keyForm = regexp.MustCompile(`^[A-Za-z0-9_-]{1,40}$`)

func (s *SourcesArgs) withDefaults(a *FunctionArgs) *SourcesArgs {
	if s == nil {
		return nil
	}
	s = base.CopyOf(s)
	s.Queues = changed(s.Queues, func(v *QueueSourceArgs) { v.setDefaults(s, a.ReservedConcurrency) })
	for _, m := range []*map[string]StreamSourceArgs{&s.Streams, &s.Tables} {
		*m = changed(*m, func(v *StreamSourceArgs) { v.setDefaults(s) })
	}
	s.Topics = changed(s.Topics, func(v *TopicSourceArgs) { v.setDefaults(s) })
	s.Rules = changed(s.Rules, func(v *RuleSourceArgs) { v.setDefaults(s) })
	s.Schedules = changed(s.Schedules, func(v *ScheduleSourceArgs) { v.setDefaults(s) })
	return s
}

// changed is a map with every value changed, and the map that was given as it was.
func changed[V any](m map[string]V, change func(*V)) map[string]V {
	m = maps.Clone(m)
	for key, value := range m {
		change(&value)
		m[key] = value
	}
	return m
}

func (s *SourcesArgs) validate(errs *fielderr.List, a *FunctionArgs) {
	if s == nil {
		return
	}
	s.OnFailure.validate(errs.At("onFailure"), "queueArn")
	for key, source := range s.Queues {
		source.validate(atKey(errs, "queues", key), a)
	}
	s.checkShares(errs, a.ReservedConcurrency)
	for key, source := range s.Streams {
		source.validate(atKey(errs, "streams", key), s, false)
	}
	for key, source := range s.Tables {
		source.validate(atKey(errs, "tables", key), s, true)
	}
	for key, source := range s.Topics {
		source.validate(atKey(errs, "topics", key), s)
	}
	for key, source := range s.Rules {
		source.validate(atKey(errs, "rules", key), s)
	}
	for key, source := range s.Schedules {
		source.validate(atKey(errs, "schedules", key), s)
	}
}

// atKey is where the value of a key is, which is part of names.
func atKey(errs *fielderr.List, kind, key string) *fielderr.List {
	at := errs.At(kind, fielderr.Key(key))
	if !keyForm.MatchString(key) {
		at.Add("", "has a name that is not 1 to 40 letters, digits, hyphens and underscores")
	}
	return at
}

// checkFailure checks the field onFailure of a source, which by now is that of all of them
// if it had none.
func (s *SourcesArgs) checkFailure(errs *fielderr.List, own *DestinationArgs, allowed ...string) {
	switch {
	case own == nil && !s.AllowLoss:
		errs.Add("onFailure", "is required, here or in sources.onFailure, unless sources.allowLoss is true")
	case own != s.OnFailure:
		own.validate(errs.At("onFailure"), allowed...)
	}
}

func checkFilters(errs *fielderr.List, filters []string) {
	if len(filters) > mostFilters {
		errs.Invalid("filters", len(filters), "must be %d or fewer", mostFilters)
		return
	}
	for i, filter := range filters {
		at := "filters" + fielderr.Index(i)
		if _, err := pattern.Check(filter, true); err != nil {
			errs.Invalid(at, filter, "%v", err)
		} else if len(filter) > longestFilter {
			errs.Add(at, "has %d bytes; Lambda takes %d", len(filter), longestFilter)
		}
	}
}

// statements are what the function's role needs for what Lambda reads with it, and for
// where Lambda reports failures to.
func (s *SourcesArgs) statements(a *FunctionArgs) []iampolicy.Statement {
	if s == nil {
		return nil
	}
	var statements []iampolicy.Statement
	for _, key := range base.SortedKeys(s.Queues) {
		statements = append(statements, s.Queues[key].statements(a)...)
	}
	for _, key := range base.SortedKeys(s.Streams) {
		statements = append(statements, s.Streams[key].kinesisStatements(a)...)
	}
	for _, key := range base.SortedKeys(s.Tables) {
		statements = append(statements, s.Tables[key].tableStatements(a)...)
	}
	var reported []*DestinationArgs
	for _, streams := range []map[string]StreamSourceArgs{s.Streams, s.Tables} {
		for _, key := range base.SortedKeys(streams) {
			if to := streams[key].OnFailure; !slices.Contains(reported, to) {
				reported = append(reported, to)
				statements = append(statements, to.statements(a)...)
			}
		}
	}
	return statements
}

func (f *Function) addSources(ctx *pulumi.Context, name string, a *FunctionArgs) error {
	if a.Sources == nil {
		return nil
	}
	for _, add := range []func(*pulumi.Context, string, *FunctionArgs) error{
		f.addQueues, f.addStreams, f.addTopics, f.addRules, f.addSchedules,
	} {
		if err := add(ctx, name, a); err != nil {
			return err
		}
	}
	return nil
}

// addMapping has Lambda read from something and call the alias. Lambda tries the role's
// rights at once, and takes no second mapping of the same two things.
func (f *Function) addMapping(ctx *pulumi.Context, kind, key string, a *FunctionArgs, args *lambda.EventSourceMappingArgs, filters []string) error {
	child := f.child(kind, key)
	args.FunctionName, args.Tags = f.AliasArn, base.Tags(child, a.Tags, nil)
	if len(filters) > 0 {
		list := make(lambda.EventSourceMappingFilterCriteriaFilterArray, len(filters))
		for i, filter := range filters {
			list[i] = lambda.EventSourceMappingFilterCriteriaFilterArgs{Pattern: pulumi.String(filter)}
		}
		args.FilterCriteria = lambda.EventSourceMappingFilterCriteriaArgs{Filters: list}
	}
	mapping, err := lambda.NewEventSourceMapping(ctx, child, args, f.parent,
		pulumi.DependsOn([]pulumi.Resource{f.RolePolicy}), pulumi.DeleteBeforeReplace(true))
	if err != nil {
		return fmt.Errorf("create event source mapping %s: %w", child, err)
	}
	f.Mappings[kind+"-"+key] = mapping
	return nil
}

// answers says whether the code tells which messages of a batch it could not handle.
func answers(wholeBatches bool) pulumi.StringArray {
	if wholeBatches {
		return nil
	}
	return pulumi.StringArray{pulumi.String("ReportBatchItemFailures")}
}
