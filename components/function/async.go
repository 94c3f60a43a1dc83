package function

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lambda"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/iampolicy"
	"github.com/plinth-iac/plinth/components/internal/datastore"
)

// AsyncArgs are about calls that nobody waits for.
type AsyncArgs struct {
	// Retries is how often a call that failed is tried again, 0 to 2. Default: 2.
	Retries *int `pulumi:"retries,optional"`
	// MaxAgeSeconds is how old a call may become before it counts as failed, 60 to 21600.
	// Default: 21600, six hours.
	MaxAgeSeconds int `pulumi:"maxAgeSeconds,optional"`
	// OnSuccess gets what the function answered; not a bucket. Default: nobody.
	OnSuccess *DestinationArgs `pulumi:"onSuccess,optional"`
	// DeadLetters get the bare event of a failed call, where OnFailure also gets the error; a
	// queue or a topic. Not with OnFailure. Default: nobody.
	DeadLetters *DestinationArgs `pulumi:"deadLetters,optional"`
}

// DestinationArgs are where Lambda sends something with the function's role, which may do
// so. Exactly one of the ARNs is given; queues and topics are standard ones.
type DestinationArgs struct {
	// QueueArn is an SQS queue. Default: none.
	QueueArn pulumi.StringInput `pulumi:"queueArn,optional"`
	// TopicArn is an SNS topic. Default: none.
	TopicArn pulumi.StringInput `pulumi:"topicArn,optional"`
	// BucketArn is an S3 bucket of this account, for failures only. Default: none.
	BucketArn pulumi.StringInput `pulumi:"bucketArn,optional"`
	// EventBusArn is a bus of EventBridge. Default: none.
	EventBusArn pulumi.StringInput `pulumi:"eventBusArn,optional"`
	// FunctionArn is another function or its alias. Default: none.
	FunctionArn pulumi.StringInput `pulumi:"functionArn,optional"`
	// KmsKeyArn is the key that encrypts the queue, topic or bucket. Default: a key of AWS's
	// own.
	KmsKeyArn pulumi.StringInput `pulumi:"kmsKeyArn,optional"`
}

// destination is one kind of DestinationArgs.
type destination struct {
	path     string
	arn      pulumi.StringInput
	service  string // that uses the key; "" for none
	actions  []string
	contents bool // the actions are about what is in it, not about itself
}

func (d *DestinationArgs) kinds() []destination {
	return slices.DeleteFunc([]destination{
		{path: "queueArn", arn: d.QueueArn, service: "sqs", actions: []string{"sqs:SendMessage"}},
		{path: "topicArn", arn: d.TopicArn, service: "sns", actions: []string{"sns:Publish"}},
		{path: "bucketArn", arn: d.BucketArn, service: "s3", actions: []string{"s3:PutObject"}, contents: true},
		{path: "eventBusArn", arn: d.EventBusArn, actions: []string{"events:PutEvents"}},
		{path: "functionArn", arn: d.FunctionArn, actions: []string{"lambda:InvokeFunction"}},
	}, func(kind destination) bool { return kind.arn == nil })
}

// arn is the one ARN that is given.
func (d *DestinationArgs) arn() pulumi.StringInput { return d.kinds()[0].arn }

// validate takes only the kinds that are allowed, by the paths of their ARNs.
func (d *DestinationArgs) validate(errs *fielderr.List, allowed ...string) {
	if d == nil {
		return
	}
	kinds := d.kinds()
	if len(kinds) != 1 {
		errs.Add("", "needs exactly one of %s; %d are set", strings.Join(allowed, ", "), len(kinds))
	}
	for _, kind := range kinds {
		if !slices.Contains(allowed, kind.path) {
			errs.Add(kind.path, "cannot be used here; allowed: %s", strings.Join(allowed, ", "))
		}
		if kind.service == "" && d.KmsKeyArn != nil {
			errs.Add("kmsKeyArn", "is the key of a queue, topic or bucket")
		}
		if arn, plain := kind.arn.(pulumi.String); plain && !strings.HasPrefix(string(arn), "arn:") {
			errs.Invalid(kind.path, string(arn), "must be an ARN")
		} else if strings.HasSuffix(string(arn), ".fifo") {
			errs.Invalid(kind.path, string(arn), "must not be a FIFO one: Lambda sends without a group")
		}
	}
}

// statements let the role send there.
func (d *DestinationArgs) statements(a *FunctionArgs) []iampolicy.Statement {
	if d == nil {
		return nil
	}
	kind := d.kinds()[0]
	send := iampolicy.Statement{Actions: kind.actions, Resources: []pulumi.StringInput{kind.arn}}
	if kind.contents {
		send.Resources = []pulumi.StringInput{pulumi.Sprintf("%s/*", kind.arn)}
		// Lambda looks whether the bucket is there, and whose it is.
		look := iampolicy.Statement{Actions: []string{"s3:ListBucket"}, Resources: []pulumi.StringInput{kind.arn}}
		owner := conditions{"StringEquals": {"s3:ResourceAccount": {pulumi.String(a.AccountId)}}}
		send.Conditions, look.Conditions = owner, owner
		return append([]iampolicy.Statement{send, look}, d.keyStatements(a, kind)...)
	}
	return append([]iampolicy.Statement{send}, d.keyStatements(a, kind)...)
}

func (d *DestinationArgs) keyStatements(a *FunctionArgs, kind destination) []iampolicy.Statement {
	if d.KmsKeyArn == nil {
		return nil
	}
	return []iampolicy.Statement{a.useKey(d.KmsKeyArn, kind.service, "kms:Decrypt", "kms:GenerateDataKey")}
}

func (a *FunctionArgs) deadLetters() *DestinationArgs {
	if a.Async == nil {
		return nil
	}
	return a.Async.DeadLetters
}

func (a *FunctionArgs) validateAsync(errs *fielderr.List) {
	a.OnFailure.validate(errs.At("onFailure"), "queueArn", "topicArn", "bucketArn", "eventBusArn", "functionArn")
	if a.Async == nil {
		return
	}
	at := errs.At("async")
	if a.Async.Retries != nil {
		datastore.Between(at, "retries", *a.Async.Retries, 0, 2)
	}
	if a.Async.MaxAgeSeconds != 0 {
		datastore.Between(at, "maxAgeSeconds", a.Async.MaxAgeSeconds, 60, 21600)
	}
	a.Async.OnSuccess.validate(at.At("onSuccess"), "queueArn", "topicArn", "eventBusArn", "functionArn")
	a.Async.DeadLetters.validate(at.At("deadLetters"), "queueArn", "topicArn")
	if a.Async.DeadLetters != nil && a.OnFailure != nil {
		errs.Conflict("onFailure", "async.deadLetters", "a failed call would be reported twice")
	}
}

func (a *FunctionArgs) asyncStatements() []iampolicy.Statement {
	if a.Async == nil {
		return a.OnFailure.statements(a)
	}
	return slices.Concat(a.OnFailure.statements(a), a.Async.OnSuccess.statements(a), a.Async.DeadLetters.statements(a))
}

// addAsync is about calls of the alias: each version or alias has its own.
func (f *Function) addAsync(ctx *pulumi.Context, _ string, a *FunctionArgs) error {
	child, args := f.child("async"), &lambda.FunctionEventInvokeConfigArgs{FunctionName: f.Function.Name, Qualifier: f.Alias.Name}
	to := lambda.FunctionEventInvokeConfigDestinationConfigArgs{}
	if a.OnFailure != nil {
		to.OnFailure = lambda.FunctionEventInvokeConfigDestinationConfigOnFailureArgs{Destination: a.OnFailure.arn()}
	}
	if own := a.Async; own != nil {
		if own.OnSuccess != nil {
			to.OnSuccess = lambda.FunctionEventInvokeConfigDestinationConfigOnSuccessArgs{Destination: own.OnSuccess.arn()}
		}
		if own.Retries != nil {
			args.MaximumRetryAttempts = pulumi.Int(*own.Retries)
		}
		if own.MaxAgeSeconds != 0 {
			args.MaximumEventAgeInSeconds = pulumi.Int(own.MaxAgeSeconds)
		}
	}
	sends := to.OnFailure != nil || to.OnSuccess != nil
	if sends {
		args.DestinationConfig = to
	}
	if !sends && args.MaximumRetryAttempts == nil && args.MaximumEventAgeInSeconds == nil {
		return nil
	}
	if _, err := lambda.NewFunctionEventInvokeConfig(ctx, child, args, f.parent); err != nil {
		return fmt.Errorf("create asynchronous calls %s: %w", child, err)
	}
	return nil
}
