package aws

import "strings"

const (
	docNotify  = "Amazon S3 User Guide: Granting permissions to publish event notification messages to a destination"
	docOverlap = "Amazon S3 User Guide: Configuring event notifications using object key name filtering"

	bucketNotification = "s3.bucketNotification"
	unvalidated        = "Unable to validate the following destination configurations"
	s3Service          = "Service:s3.amazonaws.com"
)

var bucketEvents = set(`s3:ObjectCreated:* s3:ObjectCreated:Put s3:ObjectCreated:Post s3:ObjectCreated:Copy s3:ObjectCreated:CompleteMultipartUpload
	s3:ObjectRemoved:* s3:ObjectRemoved:Delete s3:ObjectRemoved:DeleteMarkerCreated s3:ObjectRestore:* s3:ObjectRestore:Post s3:ObjectRestore:Completed s3:ObjectRestore:Delete
	s3:ReducedRedundancyLostObject s3:Replication:* s3:Replication:OperationFailedReplication s3:Replication:OperationMissedThreshold s3:Replication:OperationReplicatedAfterThreshold
	s3:Replication:OperationNotTracked s3:LifecycleExpiration:* s3:LifecycleExpiration:Delete s3:LifecycleExpiration:DeleteMarkerCreated s3:LifecycleTransition s3:IntelligentTiering
	s3:ObjectTagging:* s3:ObjectTagging:Put s3:ObjectTagging:Delete s3:ObjectAcl:Put`)

// notice is one configuration of a bucket's notifications.
type notice struct {
	Obj
	target string
}

// notices are all configurations of a bucket's notifications.
func notices(notification Obj) []notice {
	var out []notice
	for list, target := range map[string]string{"lambdaFunctions": "lambdaFunctionArn", "queues": "queueArn", "topics": "topicArn"} {
		for _, o := range notification.Objs(list) {
			out = append(out, notice{o, o.Str(target)})
		}
	}
	return out
}

var notificationRules = []Rule{
	{ID: "notification-events", Code: badArgument, Source: "Amazon S3 User Guide: Event notification types and destinations", Kinds: bucketNotification, On: Write, Check: func(r *Request) string {
		for _, n := range notices(r.New) {
			for _, e := range n.Strs("events") {
				if !bucketEvents[e] {
					return say("The event '%s' is not supported for notifications", e)
				}
			}
			if len(n.Strs("events")) == 0 {
				return say("The notification to %s names no event", n.target)
			}
		}
		return ""
	}},
	{ID: "notification-region", Code: badArgument, Source: docNotify, Kinds: bucketNotification, On: Write, Check: func(r *Request) string {
		for _, n := range notices(r.New) {
			if a, ok := parseARN(n.target); ok && a.region != r.Region {
				return say("The notification destination service region is not valid for the bucket location constraint (%s)", n.target)
			}
		}
		return ""
	}},
	{ID: "notification-fifo", Code: badArgument, Source: "Amazon S3 User Guide: Event notification types and destinations", Kinds: bucketNotification, On: Write, Check: func(r *Request) string {
		for _, n := range notices(r.New) {
			if strings.HasSuffix(n.target, ".fifo") {
				return say("%s: FIFO queues and topics are not supported (%s)", unvalidated, n.target)
			}
		}
		return ""
	}},
	{ID: "notification-destination", Code: badArgument, Source: docNotify, Kinds: bucketNotification, On: Write, Check: func(r *Request) string {
		for _, n := range notices(r.New) {
			if r.unknownTarget(n.target) || !r.notifiable(n.target, say("arn:%s:s3:::%s", r.Partition(), r.New.Str("bucket"))) {
				return say("%s (%s does not exist or does not let the bucket %s in)", unvalidated, n.target, r.New.Str("bucket"))
			}
		}
		return ""
	}},
	{ID: "notification-key", Code: badArgument, Source: docNotify, Kinds: bucketNotification, On: Write, Check: func(r *Request) string {
		for _, n := range notices(r.New) {
			for _, kind := range []string{"sqs.queue", "sns.topic"} {
				target, _ := r.byARN(kind, n.target)
				id := target.props().Str("kmsMasterKeyId")
				k := r.kmsKey(id)
				if strings.Contains(id, "alias/aws/") || k != nil && !allows(k.Props.Str("policy"), "kms:GenerateDataKey", "", s3Service) {
					return say("%s (the key of %s does not let S3 encrypt)", unvalidated, n.target)
				}
			}
		}
		return ""
	}},
	{ID: "notification-overlap", Code: badArgument, Source: docOverlap, Kinds: bucketNotification, On: Write, Check: func(r *Request) string {
		list := notices(r.New)
		for i, a := range list {
			for _, b := range list[:i] {
				if a.overlaps(b.Obj) {
					return say("Configuration is ambiguously defined. Cannot have overlapping suffixes in two rules if the prefixes are overlapping for the same event type. (%s, %s)", a.target, b.target)
				}
			}
		}
		return ""
	}},
}

// overlaps says whether some object would be reported by both configurations.
func (n notice) overlaps(other Obj) bool {
	meet := func(path string, begins func(s, part string) bool) bool {
		a, b := n.Str(path), other.Str(path)
		return begins(a, b) || begins(b, a)
	}
	if !meet("filterPrefix", strings.HasPrefix) || !meet("filterSuffix", strings.HasSuffix) {
		return false
	}
	for _, a := range n.Strs("events") {
		for _, b := range other.Strs("events") {
			if glob(a, b) || glob(b, a) {
				return true
			}
		}
	}
	return false
}

// notifiable says whether the permissions of a function, a queue or a topic let a bucket in.
func (r *Request) notifiable(target, bucket string) bool {
	a, _ := parseARN(target)
	if a.account != r.Account {
		return true // another account's policy is not known
	}
	switch a.service {
	case "lambda":
		return r.invocable(target, "s3.amazonaws.com", bucket)
	case "sqs":
		q, _ := r.byARN("sqs.queue", target)
		return r.admits(q, "sqs.queuePolicy", "queueUrl", "sqs:SendMessage", bucket)
	case "sns":
		t, _ := r.byARN("sns.topic", target)
		return r.admits(t, "sns.topicPolicy", "arn", "sns:Publish", bucket)
	}
	return false
}

// admits says whether the policy of a queue or topic, its own or one that a resource of another kind sets, lets S3 in for a bucket.
func (r *Request) admits(target *Resource, kind, by, action, bucket string) bool {
	text := target.props().Str("policy")
	if p := r.By(kind, by, target.ID); p != nil {
		text = p.Props.Str("policy")
	}
	return allowsFrom(text, action, target.Props.Str("arn"), bucket, r.Account, s3Service)
}
