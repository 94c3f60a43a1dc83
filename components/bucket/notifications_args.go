package bucket

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/internal/base"
)

// NotificationsArgs are the arguments of NewNotifications. Of one event of one object, S3
// tells a single target; more than one is what a topic or EventBridge is for.
type NotificationsArgs struct {
	// BucketName is the bucket, in the region of the component's provider.
	BucketName pulumi.StringInput `pulumi:"bucketName"`
	// Functions are told by invoking them, under names of your own. Default: none.
	Functions map[string]TargetArgs `pulumi:"functions,optional"`
	// Queues are standard queues that get messages, under names of your own. Default: none.
	Queues map[string]TargetArgs `pulumi:"queues,optional"`
	// Topics are standard topics that get messages, under names of your own. Default: none.
	Topics map[string]TargetArgs `pulumi:"topics,optional"`
	// EventBridge sends all events to the account's default event bus. Default: false.
	EventBridge bool `pulumi:"eventBridge,optional"`
	// Ready must exist first, such as a queue's policy: S3 tries queues and topics at once.
	// Default: nothing.
	Ready []pulumi.Resource
}

// TargetArgs are somebody who is told, and of what.
type TargetArgs struct {
	// Arn is the target's ARN. That of a function is one that is known only once S3 may
	// invoke it, such as a function component's PermittedArn.
	Arn pulumi.StringInput `pulumi:"arn"`
	// Events are what the target is told of. Default: ObjectCreated.
	Events []Event `pulumi:"events,optional"`
	// Prefix is what the objects' keys begin with, percent-encoded. Default: all objects.
	Prefix string `pulumi:"prefix,optional"`
	// Suffix is what the objects' keys end with, percent-encoded. Default: all objects.
	Suffix string `pulumi:"suffix,optional"`
}

// Event is what happens to an object, as S3 calls it. One that ends with "*" is a kind of
// events.
type Event string

// The events.
const (
	ObjectCreated           Event = "s3:ObjectCreated:*"
	ObjectPut               Event = "s3:ObjectCreated:Put"
	ObjectPosted            Event = "s3:ObjectCreated:Post"
	ObjectCopied            Event = "s3:ObjectCreated:Copy"
	ObjectUploadedInParts   Event = "s3:ObjectCreated:CompleteMultipartUpload"
	ObjectRemoved           Event = "s3:ObjectRemoved:*"
	ObjectDeleted           Event = "s3:ObjectRemoved:Delete"
	ObjectMarkedDeleted     Event = "s3:ObjectRemoved:DeleteMarkerCreated"
	ObjectExpired           Event = "s3:LifecycleExpiration:*"
	ObjectExpiredDeleted    Event = "s3:LifecycleExpiration:Delete"
	ObjectExpiredMarked     Event = "s3:LifecycleExpiration:DeleteMarkerCreated"
	ObjectTransitioned      Event = "s3:LifecycleTransition"
	ObjectTiered            Event = "s3:IntelligentTiering"
	ObjectRestore           Event = "s3:ObjectRestore:*"
	ObjectRestoreRequested  Event = "s3:ObjectRestore:Post"
	ObjectRestored          Event = "s3:ObjectRestore:Completed"
	ObjectRestoreEnded      Event = "s3:ObjectRestore:Delete"
	ObjectTagging           Event = "s3:ObjectTagging:*"
	ObjectTagged            Event = "s3:ObjectTagging:Put"
	ObjectUntagged          Event = "s3:ObjectTagging:Delete"
	ObjectAclChanged        Event = "s3:ObjectAcl:Put"
	Replication             Event = "s3:Replication:*"
	ReplicationFailed       Event = "s3:Replication:OperationFailedReplication"
	ReplicationLate         Event = "s3:Replication:OperationMissedThreshold"
	ReplicationCaughtUp     Event = "s3:Replication:OperationReplicatedAfterThreshold"
	ReplicationNotTracked   Event = "s3:Replication:OperationNotTracked"
	ReducedRedundancyObject Event = "s3:ReducedRedundancyLostObject"
)

var events = []Event{
	ObjectCreated, ObjectPut, ObjectPosted, ObjectCopied, ObjectUploadedInParts, ObjectRemoved, ObjectDeleted, ObjectMarkedDeleted,
	ObjectExpired, ObjectExpiredDeleted, ObjectExpiredMarked, ObjectTransitioned, ObjectTiered, ObjectRestore, ObjectRestoreRequested,
	ObjectRestored, ObjectRestoreEnded, ObjectTagging, ObjectTagged, ObjectUntagged, ObjectAclChanged, Replication, ReplicationFailed,
	ReplicationLate, ReplicationCaughtUp, ReplicationNotTracked, ReducedRedundancyObject,
}

// longestFilter is how long S3 lets a prefix or a suffix be.
const longestFilter = 1024

func (a NotificationsArgs) withDefaults() *NotificationsArgs {
	for _, targets := range []*map[string]TargetArgs{&a.Functions, &a.Queues, &a.Topics} {
		*targets = base.Merge(*targets)
		for key, t := range *targets {
			if len(t.Events) == 0 {
				t.Events = []Event{ObjectCreated}
			}
			(*targets)[key] = t
		}
	}
	return &a
}

// target is a target with the path of its field and the service that it is of.
type target struct {
	TargetArgs
	path, service string
}

// targets are all of them, sorted.
func (a *NotificationsArgs) targets() []target {
	var all []target
	for _, kind := range []struct {
		field, service string
		targets        map[string]TargetArgs
	}{{"functions", "lambda", a.Functions}, {"queues", "sqs", a.Queues}, {"topics", "sns", a.Topics}} {
		for _, key := range base.SortedKeys(kind.targets) {
			all = append(all, target{kind.targets[key], fielderr.Join(kind.field, fielderr.Key(key)), kind.service})
		}
	}
	return all
}

func (a *NotificationsArgs) validate(name string) error {
	var errs fielderr.List
	if a.BucketName == nil {
		errs.Required("bucketName")
	}
	targets := a.targets()
	if len(targets) == 0 && !a.EventBridge {
		errs.Add("functions", "nobody is told: is required, unless queues, topics or eventBridge is set")
	}
	for i, t := range targets {
		t.validate(errs.At(t.path))
		for _, before := range targets[:i] {
			if event, both := t.overlaps(before); both {
				errs.Conflict(t.path, before.path, fmt.Sprintf("S3 tells one target only of %s of an object such as %q", event,
					longer(t.Prefix, before.Prefix)+longer(t.Suffix, before.Suffix)))
			}
		}
	}
	return errs.Err(fmt.Sprintf("bucket.Notifications %q", name))
}

func (t target) validate(errs *fielderr.List) {
	if t.Arn == nil {
		errs.Required("arn")
	}
	if arn, plain := t.Arn.(pulumi.String); plain {
		switch parts := strings.Split(string(arn), ":"); {
		case len(parts) < 6 || parts[0] != "arn" || parts[2] != t.service:
			errs.Invalid("arn", string(arn), "must be an ARN of %s", t.service)
		case strings.HasSuffix(string(arn), ".fifo"):
			errs.Invalid("arn", string(arn), "S3 does not send to FIFO queues and topics")
		}
	}
	for i, event := range t.Events {
		fielderr.OneOf(errs, "events"+fielderr.Index(i), event, events...)
		if slices.ContainsFunc(t.Events[:i], event.overlaps) {
			errs.Invalid("events"+fielderr.Index(i), event, "is told already")
		}
	}
	for field, filter := range map[string]string{"prefix": t.Prefix, "suffix": t.Suffix} {
		if len(filter) > longestFilter || strings.ContainsAny(filter, "* ") {
			errs.Invalid(field, filter, `must be %d or fewer characters without "*"; "+" stands for a space`, longestFilter)
		}
	}
}

// overlaps says whether both targets would be told of some event of some object, and of
// which: whether a key can begin with both prefixes and end with both suffixes.
func (t target) overlaps(other target) (Event, bool) {
	if !nested(t.Prefix, other.Prefix, strings.HasPrefix) || !nested(t.Suffix, other.Suffix, strings.HasSuffix) {
		return "", false
	}
	for _, event := range t.Events {
		if slices.ContainsFunc(other.Events, event.overlaps) {
			return event, true
		}
	}
	return "", false
}

// overlaps says whether something can be both events.
func (e Event) overlaps(other Event) bool { return e.covers(other) || other.covers(e) }

func (e Event) covers(other Event) bool {
	kind, all := strings.CutSuffix(string(e), "*")
	return e == other || all && strings.HasPrefix(string(other), kind)
}

func nested(a, b string, holds func(text, part string) bool) bool { return holds(a, b) || holds(b, a) }

func longer(a, b string) string {
	if len(a) >= len(b) {
		return a
	}
	return b
}
