package stacks

import (
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/bucket"
	"github.com/plinth-iac/plinth/components/function"
	"github.com/plinth-iac/plinth/components/iampolicy"
	"github.com/plinth-iac/plinth/components/queue"
	"github.com/plinth-iac/plinth/components/topic"
)

// eventTier is what happens by itself: functions, with what they are called by and work on.
type eventTier struct {
	buckets   map[string]*bucket.Bucket
	queues    map[string]*queue.Queue
	topics    map[string]*topic.Topic
	functions map[string]*function.Function
}

// newStorage makes the buckets, queues and topics, which know nothing of those who use them.
func (p *platform) newStorage() (err error) {
	p.buckets, p.queues, p.topics = map[string]*bucket.Bucket{}, map[string]*queue.Queue{}, map[string]*topic.Topic{}
	for _, name := range sortedKeys(p.env.Buckets) {
		if p.buckets[name], err = p.newBucket(name); err != nil {
			return underConfig(err, "buckets")
		}
	}
	for _, name := range sortedKeys(p.env.Topics) {
		if p.topics[name], err = p.newTopic(name); err != nil {
			return underConfig(err, "topics")
		}
	}
	for _, name := range sortedKeys(p.env.Queues) {
		if p.queues[name], err = p.newQueue(name); err != nil {
			return underConfig(err, "queues")
		}
	}
	return nil
}

func (p *platform) newBucket(name string) (*bucket.Bucket, error) {
	c := p.env.Buckets[name]
	args := &bucket.BucketArgs{
		Region: p.env.Region, AccountId: p.env.AccountId, KmsKeyArn: arn(p.keys.content), AwsManagedKey: p.keys.content == nil,
		// What is missing is "not found"; no path of the edge is the bucket's root, which would be the list.
		ReadByCloudFront: p.env.served(name), ListByCloudFront: p.env.served(name), DeletionProtection: c.DeletionProtection, ForceDestroy: !*c.DeletionProtection,
	}
	if c.ExpireDays > 0 {
		args.Lifecycle = map[string]bucket.RuleArgs{"age": {ExpireDays: c.ExpireDays}}
	}
	if p.env.Profile == Production {
		args.Alarms = &bucket.AlarmsArgs{ActionArns: p.actions()}
	}
	if c.InRecoveryRegion {
		args.Replica = &bucket.ReplicaArgs{
			Provider: p.recovery.provider, Region: p.recovery.region, Alarm: &bucket.ReplicaAlarmArgs{ActionArns: p.recovery.actions()},
		}
		if p.keys.content != nil {
			args.Replica.KmsKeyArn = p.keys.content.ReplicaArns.MapIndex(pulumi.String(p.recovery.region))
		}
	}
	return bucket.NewBucket(p.ctx, name, args, p.components)
}

func (p *platform) newTopic(name string) (*topic.Topic, error) {
	args := &topic.TopicArgs{
		Region: p.env.Region, DeletionProtection: p.env.Topics[name].DeletionProtection,
		KmsKeyArn: arn(p.keys.messages), AwsManagedKey: p.keys.messages == nil,
	}
	if p.env.Profile == Production {
		args.Alarms = &topic.AlarmsArgs{ActionArns: p.actions()}
	}
	return topic.NewTopic(p.ctx, name, args, p.components)
}

// newQueue makes a queue, which follows the topics that name it.
func (p *platform) newQueue(name string) (*queue.Queue, error) {
	args := p.queueArgs(p.env.Queues[name].DeletionProtection)
	args.VisibilityTimeoutSeconds = p.env.visibility(name)
	args.Topics = map[string]queue.TopicArgs{}
	for _, followed := range p.env.followed(name) {
		t := p.topics[followed]
		args.Topics[followed] = queue.TopicArgs{TopicArn: t.TopicArn, DeadLetterArn: t.DeadLetterArn, Raw: true}
	}
	return queue.NewQueue(p.ctx, name, args, p.components)
}

func (p *platform) queueArgs(protected *bool) *queue.QueueArgs {
	args := &queue.QueueArgs{
		Region: p.env.Region, DeletionProtection: protected,
		KmsKeyArn: arn(p.keys.messages), AwsManagedKey: p.keys.messages == nil,
	}
	if p.env.Profile == Production {
		args.Alarms = &queue.AlarmsArgs{ActionArns: p.actions()}
	}
	return args
}

// newFunctions makes the functions and what tells them of new objects.
func (p *platform) newFunctions() (err error) {
	p.functions = map[string]*function.Function{}
	for _, name := range sortedKeys(p.env.Functions) {
		if p.functions[name], err = p.newFunction(name); err != nil {
			return underConfig(err, "functions."+name)
		}
	}
	for _, name := range sortedKeys(p.env.Buckets) {
		targets := map[string]bucket.TargetArgs{}
		for _, watcher := range sortedKeys(p.env.Functions) {
			if prefix, watches := p.env.Functions[watcher].Watches[name]; watches {
				targets[watcher] = bucket.TargetArgs{Arn: p.functions[watcher].PermittedArn(name), Prefix: prefix}
			}
		}
		if len(targets) == 0 {
			continue
		}
		_, err := bucket.NewNotifications(p.ctx, name+"-events", &bucket.NotificationsArgs{
			BucketName: p.buckets[name].BucketName, Functions: targets,
		}, p.components)
		if err != nil {
			return underConfig(err, "functions")
		}
	}
	return nil
}

func (p *platform) newFunction(name string) (*function.Function, error) {
	c := p.env.Functions[name]
	code, err := p.handler(c.Handler)
	if err != nil {
		return nil, err
	}
	args := &function.FunctionArgs{
		Region: p.env.Region, AccountId: p.env.AccountId, Code: code, Runtime: function.ProvidedAl2023,
		MemoryMb: c.MemoryMib, TimeoutSeconds: c.TimeoutSeconds,
		KmsKeyArn: arn(p.keys.data), AwsManagedKey: p.keys.data == nil, Environment: map[string]pulumi.StringInput{},
		Logs:    &function.LogsArgs{RetentionDays: p.env.LogRetentionDays},
		Sources: &function.SourcesArgs{}, Invokers: map[string]function.InvokerArgs{}, Tags: tags(p.ctx, p.env),
	}
	if c.MaxConcurrency > 0 {
		args.ReservedConcurrency = &c.MaxConcurrency
	}
	if p.env.Profile == Production {
		args.Alarms = &function.AlarmsArgs{ActionArns: p.actions()}
	}
	p.connectFunction(c, args)
	if len(c.Watches) > 0 || c.Schedule != "" { // nobody waits for an answer
		failed := p.queueArgs(c.DeletionProtection)
		failed.RetentionSeconds = 14 * 24 * 3600
		kept, err := queue.NewQueue(p.ctx, failures(name), failed, p.components)
		if err != nil {
			return nil, err
		}
		args.OnFailure = &function.DestinationArgs{QueueArn: kept.QueueArn, KmsKeyArn: arn(p.keys.messages)}
		args.Sources.OnFailure = args.OnFailure
	}
	return function.NewFunction(p.ctx, name, args, p.components)
}

// connectFunction says what calls a function, what it may do, and where that is.
func (p *platform) connectFunction(c FunctionConfig, args *function.FunctionArgs) {
	for key, value := range c.Environment {
		args.Environment[key] = pulumi.String(value)
	}
	for name := range c.Watches {
		args.Invokers[name] = function.InvokerArgs{Service: "s3.amazonaws.com", SourceArn: p.buckets[name].BucketArn, SourceAccountId: p.env.AccountId}
	}
	if c.Receives != "" {
		args.Sources.Queues = map[string]function.QueueSourceArgs{c.Receives: {
			QueueArn: p.queues[c.Receives].QueueArn, VisibilityTimeoutSeconds: p.env.visibility(c.Receives), KmsKeyArn: arn(p.keys.messages),
		}}
	}
	if c.Schedule != "" {
		args.Sources.Schedules = map[string]function.ScheduleSourceArgs{"main": {Cron: c.Schedule, TimeZone: c.TimeZone}}
	}
	args.Statements = p.access(c.Reads, c.Writes, c.Publishes, args.Environment)
}

// access is what a program may do that reads and writes buckets and publishes to topics. It
// tells the program where they are.
func (p *platform) access(reads, writes, publishes []string, environment map[string]pulumi.StringInput) (allowed []iampolicy.Statement) {
	for _, name := range reads {
		allowed = append(allowed, p.buckets[name].ReadStatements()...)
	}
	for _, name := range writes {
		allowed = append(allowed, p.buckets[name].WriteStatements()...)
	}
	for _, name := range slices.Concat(reads, writes) {
		environment[variable("BUCKET", name)] = p.buckets[name].BucketName
	}
	for _, name := range publishes {
		allowed = append(allowed, p.topics[name].PublishStatements()...)
		environment[variable("TOPIC", name, "ARN")] = p.topics[name].TopicArn
	}
	return allowed
}
