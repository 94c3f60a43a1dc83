package stacks

import (
	"regexp"
	"slices"

	"github.com/plinth-iac/plinth/components/fielderr"
)

// BucketConfig configures a private bucket.
type BucketConfig struct {
	// ExpireDays deletes objects when they are so old. Default: 0, never.
	ExpireDays int `json:"expireDays,omitzero"`
	// InRecoveryRegion keeps a copy of every new object in the recovery region; the edge reads it there
	// when the bucket fails. Default: false.
	InRecoveryRegion bool `json:"inRecoveryRegion,omitzero"`
	// DeletionProtection is to be false, in a deploy of its own, before the bucket is dropped. Default:
	// that of the stack.
	DeletionProtection *bool `json:"deletionProtection,omitzero"`
}

// QueueConfig configures a queue of messages.
type QueueConfig struct {
	// DeletionProtection is to be false, in a deploy of its own, before the queue is dropped. Default: that
	// of the stack.
	DeletionProtection *bool `json:"deletionProtection,omitzero"`
}

// TopicConfig configures a topic: what is published to it reaches every queue that follows it.
type TopicConfig struct {
	// Queues are the queues that follow it. Default: none.
	Queues []string `json:"queues,omitzero"`
	// DeletionProtection is to be false, in a deploy of its own, before the topic is dropped. Default: that
	// of the stack.
	DeletionProtection *bool `json:"deletionProtection,omitzero"`
}

// FunctionConfig configures a function: a program under stacks/handlers that Lambda runs when
// something happens.
type FunctionConfig struct {
	// Handler is the program: a folder of stacks/handlers. Required.
	Handler string `json:"handler,omitzero"`
	// MemoryMib is its memory, 128 to 10240, and with it its share of a CPU. Default: 512.
	MemoryMib int `json:"memoryMib,omitzero"`
	// TimeoutSeconds is how long a call may take, 1 to 900. Default: 30.
	TimeoutSeconds int `json:"timeoutSeconds,omitzero"`
	// MaxConcurrency is how many calls run at once; the account's quota, which leaves 100 for functions
	// without such a number, must have room for it. Default: no limit of its own.
	MaxConcurrency int `json:"maxConcurrency,omitzero"`
	// Watches are the buckets whose new objects it is called for, with the beginning of their keys:
	// uploads: photos/, or "" for all. Default: none.
	Watches map[string]string `json:"watches,omitzero"`
	// Receives is the queue whose messages it is called with. Default: none.
	Receives string `json:"receives,omitzero"`
	// Schedule is the cron expression at which it is called, such as "0 3 * * *". Default: never.
	Schedule string `json:"schedule,omitzero"`
	// TimeZone is the schedule's, an IANA name. Default: Etc/UTC.
	TimeZone string `json:"timeZone,omitzero"`
	// Reads are the buckets that it reads. Default: none.
	Reads []string `json:"reads,omitzero"`
	// Writes are the buckets that it writes to. Default: none.
	Writes []string `json:"writes,omitzero"`
	// Publishes are the topics that it publishes to. Default: none.
	Publishes []string `json:"publishes,omitzero"`
	// Environment are more variables of its environment; no secrets. Default: none.
	Environment map[string]string `json:"environment,omitzero"`
	// DeletionProtection is to be false, in a deploy of its own, before the function, or all that calls it
	// without waiting, is dropped: the queue of its failures goes then. Default: that of the stack.
	DeletionProtection *bool `json:"deletionProtection,omitzero"`
}

// failures is the queue of what a function could not handle.
func failures(function string) string { return function + "-failures" }

// What the stack tells functions: where buckets and topics are.
var reservedByFunctions = regexp.MustCompile(`^(BUCKET|TOPIC)_`)

// receiveTimes is how much longer a message is hidden than a call may take: Lambda tries again
// within that time when it is throttled.
const receiveTimes = 6

// setFunctionDefaults completes what is configured of functions and what they work with.
func (e *Environment) setFunctionDefaults() {
	for name, b := range e.Buckets {
		refTo(&b.DeletionProtection, *e.DeletionProtection)
		e.Buckets[name] = b
	}
	for name, t := range e.Topics {
		refTo(&t.DeletionProtection, *e.DeletionProtection)
		e.Topics[name] = t
	}
	for name, q := range e.Queues {
		refTo(&q.DeletionProtection, *e.DeletionProtection)
		e.Queues[name] = q
	}
	for name, f := range e.Functions {
		defaultTo(&f.MemoryMib, 512)
		defaultTo(&f.TimeoutSeconds, 30)
		refTo(&f.DeletionProtection, *e.DeletionProtection)
		if f.Schedule != "" {
			defaultTo(&f.TimeZone, "Etc/UTC")
		}
		e.Functions[name] = f
	}
}

func (e *Environment) validateFunctions(errs *fielderr.List) {
	for _, section := range []struct {
		name, what string
		keys       []string
	}{
		{"buckets", "bucket", sortedKeys(e.Buckets)}, {"functions", "function", sortedKeys(e.Functions)},
		{"queues", "queue", sortedKeys(e.Queues)}, {"topics", "topic", sortedKeys(e.Topics)},
	} {
		for _, name := range section.keys {
			if !labelForm.MatchString(name) {
				errs.Add(fielderr.Join(section.name, fielderr.Key(name)),
					"a %s's name has 1 to 24 lower-case letters, digits and hyphens, and begins with a letter", section.what)
			}
		}
	}
	for _, name := range sortedKeys(e.Buckets) {
		b, at := e.Buckets[name], errs.At("buckets", fielderr.Key(name))
		between(at, "expireDays", b.ExpireDays, 0, 3650)
		if b.InRecoveryRegion && e.Recovery == nil {
			at.Invalid("inRecoveryRegion", true, "needs recovery, which names the region")
		}
	}
	for _, name := range sortedKeys(e.Topics) {
		known(errs.At("topics", fielderr.Key(name)), "queues", e.Topics[name].Queues, sortedKeys(e.Queues), "queues")
	}
	receivers := map[string]string{}
	for _, name := range sortedKeys(e.Services) {
		for _, queue := range e.Services[name].Receives {
			receivers[queue] = "services." + name
		}
	}
	for _, name := range sortedKeys(e.Functions) {
		f, at := e.Functions[name], errs.At("functions", fielderr.Key(name))
		f.validate(at, e)
		if _, taken := e.Queues[failures(name)]; taken {
			at.Add("", "the queue of its failures would have the name of queues.%s", failures(name))
		}
		if other, taken := receivers[f.Receives]; taken && f.Receives != "" {
			at.Invalid("receives", f.Receives, "is received by %s, and a message goes to one of them only; let a second queue follow the topic", other)
		}
		receivers[f.Receives] = "functions." + name
	}
}

func (f *FunctionConfig) validate(errs *fielderr.List, e *Environment) {
	matches(errs, "handler", f.Handler, handlerForm, "a folder of "+handlersDir+", such as thumbnail")
	between(errs, "memoryMib", f.MemoryMib, 128, 10240)
	between(errs, "timeoutSeconds", f.TimeoutSeconds, 1, 900)
	between(errs, "maxConcurrency", f.MaxConcurrency, 0, 1000)
	if f.MaxConcurrency == 1 && f.Receives != "" {
		errs.Invalid("maxConcurrency", 1, "must be 2 or more with receives: fewer receivers AWS does not run")
	}
	buckets := sortedKeys(e.Buckets)
	for _, bucket := range sortedKeys(f.Watches) {
		one(errs, fielderr.Join("watches", fielderr.Key(bucket)), bucket, buckets, "buckets")
		if slices.Contains(f.Writes, bucket) {
			errs.Add(fielderr.Join("writes"), "%s is watched as well: the function would call itself for ever", bucket)
		}
	}
	if f.Receives != "" {
		one(errs, "receives", f.Receives, sortedKeys(e.Queues), "queues")
	}
	known(errs, "reads", f.Reads, buckets, "buckets")
	known(errs, "writes", f.Writes, buckets, "buckets")
	known(errs, "publishes", f.Publishes, sortedKeys(e.Topics), "topics")
	for _, topic := range f.Publishes {
		if slices.Contains(e.Topics[topic].Queues, f.Receives) {
			errs.Add("publishes", "%s is followed by %s, which it receives: the function would call itself for ever", topic, f.Receives)
		}
	}
	for _, key := range sortedKeys(f.Environment) {
		if reservedByFunctions.MatchString(key) {
			errs.Add(fielderr.Join("environment", fielderr.Key(key)), "is set by what the function uses")
		}
	}
	if f.TimeZone != "" && f.Schedule == "" {
		errs.Add("timeZone", "needs schedule")
	}
	if len(f.Watches) == 0 && f.Receives == "" && f.Schedule == "" {
		errs.Add("", "nothing calls it: it needs watches, receives or schedule")
	}
}

// visibility is for how long the messages of a queue are hidden from other receivers.
func (e *Environment) visibility(queue string) int {
	for _, name := range sortedKeys(e.Functions) {
		if f := e.Functions[name]; f.Receives == queue {
			return max(30, receiveTimes*f.TimeoutSeconds)
		}
	}
	return 30
}

// followed are the topics that a queue follows, sorted.
func (e *Environment) followed(queue string) []string {
	return having(e.Topics, func(t TopicConfig) bool { return slices.Contains(t.Queues, queue) })
}

// served reports whether the edge reads a bucket.
func (e *Environment) served(bucket string) bool {
	return e.Edge != nil && len(having(e.Edge.Paths, func(name string) bool { return name == bucket })) > 0
}

// apart reports whether any bucket has a copy in the recovery region.
func (e *Environment) apart() bool {
	return len(having(e.Buckets, func(b BucketConfig) bool { return b.InRecoveryRegion })) > 0
}
