package function

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lambda"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/internal/base"
	"github.com/plinth-iac/plinth/components/internal/datastore"
	"github.com/plinth-iac/plinth/components/internal/pattern"
	"github.com/plinth-iac/plinth/components/internal/subscription"
)

// TopicSourceArgs are a topic whose messages the function gets, one at a time.
type TopicSourceArgs struct {
	// TopicArn is the topic, a standard one.
	TopicArn pulumi.StringInput `pulumi:"topicArn"`
	// Filter is a filter policy, JSON, such as {"kind": ["paid", "sent"]}: messages without
	// such an attribute are not delivered. Default: every message.
	Filter string `pulumi:"filter,optional"`
	// FilterBody filters by the body of the message, which must be JSON. Default: false, by
	// attributes.
	FilterBody bool `pulumi:"filterBody,optional"`
	// OnFailure is the queue of messages that Lambda did not take. Default: that of
	// SourcesArgs.
	OnFailure *DestinationArgs `pulumi:"onFailure,optional"`
}

// RuleSourceArgs are events that the function gets, one at a time; exactly one of Pattern
// and Objects.
type RuleSourceArgs struct {
	// Pattern is an event pattern, JSON, such as {"source": ["shop.orders"]}. Default: none.
	Pattern pulumi.StringInput `pulumi:"pattern,optional"`
	// Objects are new objects of a bucket that tells EventBridge. Default: none.
	Objects *ObjectsArgs `pulumi:"objects,optional"`
	// BusName is the event bus. Default: the account's own, where AWS services send.
	BusName pulumi.StringInput `pulumi:"busName,optional"`
	// Retries is how often EventBridge tries to hand an event over, 0 to 185. Default: 185.
	Retries *int `pulumi:"retries,optional"`
	// MaxAgeSeconds is for how long it tries, 60 to 86400. Default: 86400, a day.
	MaxAgeSeconds int `pulumi:"maxAgeSeconds,optional"`
	// OnFailure is the queue of events that Lambda did not take. Default: that of SourcesArgs.
	OnFailure *DestinationArgs `pulumi:"onFailure,optional"`
	// Paused lets events go by. Default: false.
	Paused bool `pulumi:"paused,optional"`
}

// ObjectsArgs are objects of a bucket by their keys.
type ObjectsArgs struct {
	// BucketName is the bucket, whose notifications must include EventBridge.
	BucketName pulumi.StringInput `pulumi:"bucketName"`
	// Prefix is how keys begin. Default: any key.
	Prefix string `pulumi:"prefix,optional"`
	// Suffix is how keys end, such as ".jpg". Default: any key.
	Suffix string `pulumi:"suffix,optional"`
	// Deleted is about objects that are deleted instead. Default: false, those that are new
	// or written anew.
	Deleted bool `pulumi:"deleted,optional"`
}

// What EventBridge does by itself, as a rule and as a schedule.
const (
	mostRetries  = 185
	longestRetry = 86400
)

const longestPattern = 2048

func (t *TopicSourceArgs) setDefaults(of *SourcesArgs) { base.Default(&t.OnFailure, of.OnFailure) }

func (t TopicSourceArgs) validate(errs *fielderr.List, of *SourcesArgs) {
	arn, plain := t.TopicArn.(pulumi.String)
	switch {
	case t.TopicArn == nil:
		errs.Required("topicArn")
	case plain && !strings.HasPrefix(string(arn), "arn:"):
		errs.Invalid("topicArn", string(arn), "must be an ARN")
	case plain && strings.HasSuffix(string(arn), ".fifo"):
		errs.Invalid("topicArn", string(arn), "must not be a FIFO one, which delivers to queues only: let a queue be the source")
	}
	subscription.CheckFilter(errs, t.Filter, t.FilterBody)
	of.checkFailure(errs, t.OnFailure, "queueArn")
}

func (r *RuleSourceArgs) setDefaults(of *SourcesArgs) {
	base.DefaultRef(&r.Retries, mostRetries)
	base.Default(&r.MaxAgeSeconds, longestRetry)
	base.Default(&r.OnFailure, of.OnFailure)
}

func (r RuleSourceArgs) validate(errs *fielderr.List, of *SourcesArgs) {
	if (r.Pattern == nil) == (r.Objects == nil) {
		errs.Add("", "needs exactly one of pattern and objects")
	}
	if text, plain := r.Pattern.(pulumi.String); plain {
		if _, err := pattern.Check(string(text), true); err != nil {
			errs.Invalid("pattern", string(text), "%v", err)
		} else if len(text) > longestPattern {
			errs.Add("pattern", "has %d bytes; EventBridge takes %d", len(text), longestPattern)
		}
	}
	if r.Objects != nil {
		if r.Objects.BucketName == nil {
			errs.Required("objects.bucketName")
		}
		if r.BusName != nil {
			errs.Conflict("busName", "objects", "S3 sends to the account's own bus")
		}
	}
	checkDelivery(errs, *r.Retries, r.MaxAgeSeconds)
	of.checkFailure(errs, r.OnFailure, "queueArn")
}

func checkDelivery(errs *fielderr.List, retries, maxAge int) {
	datastore.Between(errs, "retries", retries, 0, mostRetries)
	datastore.Between(errs, "maxAgeSeconds", maxAge, 60, longestRetry)
}

// pattern is the event pattern of objects.
func (o *ObjectsArgs) pattern() pulumi.StringOutput {
	kind, key := "Object Created", pulumi.Map(nil)
	if o.Deleted {
		kind = "Object Deleted"
	}
	switch {
	case o.Prefix != "" && o.Suffix != "":
		key = pulumi.Map{"wildcard": pulumi.String(escaped.Replace(o.Prefix) + "*" + escaped.Replace(o.Suffix))}
	case o.Prefix != "":
		key = pulumi.Map{"prefix": pulumi.String(o.Prefix)}
	case o.Suffix != "":
		key = pulumi.Map{"suffix": pulumi.String(o.Suffix)}
	}
	detail := pulumi.Map{"bucket": pulumi.Map{"name": pulumi.Array{o.BucketName}}}
	if key != nil {
		detail["object"] = pulumi.Map{"key": pulumi.Array{key}}
	}
	return pulumi.JSONMarshal(pulumi.Map{
		"source": pulumi.ToStringArray([]string{"aws.s3"}), "detail-type": pulumi.ToStringArray([]string{kind}), "detail": detail,
	})
}

// escaped takes a text as it is in a wildcard.
var escaped = strings.NewReplacer(`\`, `\\`, `*`, `\*`)

// addPermission lets one thing call the alias. What it gives is the alias's ARN, known
// once that is so.
func (f *Function) addPermission(ctx *pulumi.Context, child, service string, sourceArn pulumi.StringInput, account string) (*lambda.Permission, pulumi.StringOutput, error) {
	args := &lambda.PermissionArgs{
		Action: pulumi.String("lambda:InvokeFunction"), Function: f.Function.Name, Qualifier: f.Alias.Name.ToStringPtrOutput(),
		Principal: pulumi.String(service), SourceArn: base.Optional(sourceArn),
	}
	if account != "" {
		args.SourceAccount = pulumi.String(account)
	}
	permission, err := lambda.NewPermission(ctx, child, args, f.parent)
	if err != nil {
		return nil, pulumi.StringOutput{}, fmt.Errorf("create permission %s: %w", child, err)
	}
	return permission, pulumi.OutputWithDependencies(ctx.Context(), f.AliasArn, permission).(pulumi.StringOutput), nil
}

// addTopics subscribes once SNS may call: it gives up for good what it may not deliver.
func (f *Function) addTopics(ctx *pulumi.Context, _ string, a *FunctionArgs) error {
	for _, key := range base.SortedKeys(a.Sources.Topics) {
		t := a.Sources.Topics[key]
		_, aliasArn, err := f.addPermission(ctx, f.child("publisher", key), "sns.amazonaws.com", t.TopicArn, "")
		if err != nil {
			return err
		}
		args := subscription.Args{TopicArn: t.TopicArn, Protocol: "lambda", Endpoint: aliasArn, Filter: t.Filter, FilterBody: t.FilterBody}
		if t.OnFailure != nil {
			args.DeadLetterArn = t.OnFailure.arn()
		}
		if _, err := subscription.New(ctx, f.child("topic", key), args, f.parent); err != nil {
			return err
		}
	}
	return nil
}

func (f *Function) addRules(ctx *pulumi.Context, _ string, a *FunctionArgs) error {
	for _, key := range base.SortedKeys(a.Sources.Rules) {
		if err := f.addRule(ctx, key, a.Sources.Rules[key], a); err != nil {
			return err
		}
	}
	return nil
}

func (f *Function) addRule(ctx *pulumi.Context, key string, r RuleSourceArgs, a *FunctionArgs) error {
	child := f.child("rule", key)
	args := &cloudwatch.EventRuleArgs{
		NamePrefix: longPrefix(child), EventBusName: base.Optional(r.BusName), State: pulumi.String(enabled(!r.Paused)),
		Description: pulumi.String("Calls " + f.name), Tags: base.Tags(child, a.Tags, nil),
	}
	if r.Objects != nil {
		args.EventPattern = r.Objects.pattern().ToStringPtrOutput()
	} else {
		args.EventPattern = base.Optional(r.Pattern)
	}
	rule, err := cloudwatch.NewEventRule(ctx, child, args, f.parent)
	if err != nil {
		return fmt.Errorf("create rule %s: %w", child, err)
	}
	_, aliasArn, err := f.addPermission(ctx, f.child("caller", key), "events.amazonaws.com", rule.Arn, "")
	if err != nil {
		return err
	}
	child = f.child("target", key)
	target := &cloudwatch.EventTargetArgs{
		Rule: rule.Name, EventBusName: base.Optional(r.BusName), TargetId: pulumi.String("function"), Arn: aliasArn,
		RetryPolicy: cloudwatch.EventTargetRetryPolicyArgs{
			MaximumRetryAttempts: pulumi.Int(*r.Retries), MaximumEventAgeInSeconds: pulumi.Int(r.MaxAgeSeconds),
		},
	}
	if r.OnFailure != nil {
		target.DeadLetterConfig = cloudwatch.EventTargetDeadLetterConfigArgs{Arn: base.Optional(r.OnFailure.arn())}
	}
	if _, err := cloudwatch.NewEventTarget(ctx, child, target, f.parent); err != nil {
		return fmt.Errorf("create target %s: %w", child, err)
	}
	return nil
}

func enabled(yes bool) string {
	if yes {
		return "ENABLED"
	}
	return "DISABLED"
}

// longPrefix is for names of rules and schedules, 64 characters, that the random end makes
// too long. The provider refuses such a name, and cuts nothing; to a prefix it adds 26.
func longPrefix(child string) pulumi.StringPtrInput {
	if len(child)+len("-0123456") <= 64 {
		return nil
	}
	return pulumi.String(child[:37] + "-")
}
