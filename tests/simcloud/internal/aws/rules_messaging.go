package aws

import (
	"slices"
	"strings"
)

const (
	docSQS         = "Amazon SQS API Reference: CreateQueue"
	docSQSQuota    = "Amazon SQS Developer Guide: Amazon SQS standard queue quotas"
	docDeadLetter  = "Amazon SQS Developer Guide: Using dead-letter queues in Amazon SQS"
	docSNS         = "Amazon SNS API Reference: CreateTopic"
	docSubscribe   = "Amazon SNS API Reference: Subscribe"
	badAttribute   = "InvalidAttributeValue"
	badInput       = "InvalidParameterValue"
	noQueue        = "AWS.SimpleQueueService.NonExistentQueue"
	redriving      = "sqs.queue sqs.redrivePolicy"
	allowsRedrive  = "sqs.queue sqs.redriveAllowPolicy"
	withQueueOwner = "sqs.queuePolicy sqs.redrivePolicy sqs.redriveAllowPolicy"
)

var (
	queueName = form(`[A-Za-z0-9_-]{1,80}|[A-Za-z0-9_-]{1,75}\.fifo`)
	topicName = form(`[A-Za-z0-9_-]{1,256}|[A-Za-z0-9_-]{1,251}\.fifo`)
	emailForm = form(`[^@\s]+@[^@\s]+\.[^@\s]+`)
	phoneForm = form(`\+?\d{5,15}`)
)

var messagingRules = slices.Concat(queueRules, topicRules, eventRules, scheduleRules)

var queueRules = []Rule{
	{ID: "sqs-name", Code: badInput, Source: docSQS, Kinds: "sqs.queue", On: Create, Check: func(r *Request) string {
		name := r.New.Str("name")
		if !queueName.MatchString(name) {
			return "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length (" + name + ")"
		}
		if strings.HasSuffix(name, ".fifo") != r.New.Bool("fifoQueue") {
			return say("The name of a FIFO queue, and of no other, must end with .fifo (%s)", name)
		}
		return ""
	}},
	{ID: "sqs-name-taken", Code: "QueueAlreadyExists", Source: docSQS, Kinds: "sqs.queue", On: Create, Check: func(r *Request) string {
		if r.By("sqs.queue", "name", r.New.Str("name")) != nil {
			return "A queue already exists with the same name and a different value for an attribute (" + r.New.Str("name") + ")"
		}
		return ""
	}},
	{ID: "sqs-attributes", Code: badAttribute, Source: docSQSQuota, Kinds: "sqs.queue", On: Write, Check: func(r *Request) string {
		for path, limits := range map[string][2]int{
			"visibilityTimeoutSeconds": {0, 43200}, "messageRetentionSeconds": {60, 1209600}, "delaySeconds": {0, 900},
			"receiveWaitTimeSeconds": {0, 20}, "maxMessageSize": {1024, 1048576},
		} {
			if !within(r.New, path, limits[0], limits[1]) {
				return say("Invalid value for the parameter %s: %d is not between %d and %d", path, r.New.Int(path), limits[0], limits[1])
			}
		}
		if n := r.New.Int("kmsDataKeyReusePeriodSeconds"); n != 0 && (n < 60 || n > 86400) {
			return say("Invalid value for the parameter KmsDataKeyReusePeriodSeconds: %d is not between 60 and 86400", n)
		}
		return ""
	}},
	{ID: "sqs-fifo-attributes", Code: "InvalidAttributeName", Source: "Amazon SQS Developer Guide: High throughput for FIFO queues in Amazon SQS", Kinds: "sqs.queue", On: Write, Check: func(r *Request) string {
		scope, limit := r.New.Str("deduplicationScope"), r.New.Str("fifoThroughputLimit")
		switch {
		case !r.New.Bool("fifoQueue") && (r.New.Bool("contentBasedDeduplication") || scope != "" || limit != ""):
			return "You can specify the ContentBasedDeduplication, DeduplicationScope and FifoThroughputLimit only when FifoQueue is set to true."
		case limit == "perMessageGroupId" && scope != "messageGroup":
			return "The throughput limit perMessageGroupId needs the deduplication scope messageGroup."
		}
		return ""
	}},
	{ID: "sqs-encryption", Code: badAttribute, Source: "Amazon SQS Developer Guide: Encryption at rest in Amazon SQS", Kinds: "sqs.queue", On: Create, Check: func(r *Request) string {
		if r.New.Has("kmsMasterKeyId") && r.New.Bool("sqsManagedSseEnabled") {
			return "You can use one type of server-side encryption (SSE) at one time. You can either enable KMS SSE or SQS SSE."
		}
		return ""
	}},
	{ID: "sqs-queue-found", Code: noQueue, Source: "Amazon SQS API Reference: SetQueueAttributes", Kinds: withQueueOwner, On: Create, Check: func(r *Request) string {
		if r.Find("sqs.queue", r.New.Str("queueUrl")) == nil {
			return "The specified queue does not exist. (" + r.New.Str("queueUrl") + ")"
		}
		return ""
	}},
	{ID: "sqs-policy", Code: badAttribute, Source: "Amazon SQS Developer Guide: Using custom policies with the Amazon SQS access policy language", Kinds: "sqs.queue sqs.queuePolicy", On: Write, Check: func(r *Request) string {
		if wrong := policyProblem(text(r.New.Get("policy")), resourcePolicy); wrong != "" {
			return "Invalid value for the parameter Policy. " + wrong
		}
		return ""
	}},
	{ID: "sqs-redrive-form", Code: badInput, Source: docDeadLetter, Kinds: redriving, On: Write, Check: func(r *Request) string {
		if p := r.New.Str("redrivePolicy"); p != "" {
			doc, ok := document(p)
			n := doc.Int("maxReceiveCount")
			if s := doc.Str("maxReceiveCount"); s != "" {
				n, _ = number(s)
			}
			if !ok || !doc.Has("deadLetterTargetArn") || n < 1 || n > 1000 {
				return say("Value %s for parameter RedrivePolicy is invalid. Reason: it needs a deadLetterTargetArn, and a maxReceiveCount between 1 and 1000.", p)
			}
		}
		return ""
	}},
	{ID: "sqs-dead-letter-found", Code: badInput, Source: docDeadLetter, Kinds: redriving, On: Write, Check: func(r *Request) string {
		p := r.New.Str("redrivePolicy")
		if target := redriveTarget(p); target != "" {
			if a, _ := parseARN(target); a.service != "sqs" || a.region != r.Region || a.account != r.Account || r.unknownTarget(target) {
				return say("Value %s for parameter RedrivePolicy is invalid. Reason: Dead letter target does not exist.", p)
			}
		}
		return ""
	}},
	{ID: "sqs-dead-letter-type", Code: badInput, Source: docDeadLetter, Kinds: redriving, On: Write, Check: func(r *Request) string {
		p := r.New.Str("redrivePolicy")
		if target := redriveTarget(p); target != "" && strings.HasSuffix(target, ".fifo") != strings.HasSuffix(r.queueOf(), ".fifo") {
			return say("Value %s for parameter RedrivePolicy is invalid. Reason: Dead-letter queue must be same type of queue as the source.", p)
		}
		return ""
	}},
	{ID: "sqs-dead-letter-allowed", Code: badInput, Source: "Amazon SQS Developer Guide: Configure a dead-letter queue using the Amazon SQS console", Kinds: redriving, On: Write, Check: func(r *Request) string {
		q, _ := r.byARN("sqs.queue", redriveTarget(r.New.Str("redrivePolicy")))
		if q == nil {
			return ""
		}
		allow := q.Props.Str("redriveAllowPolicy")
		if a := r.By("sqs.redriveAllowPolicy", "queueUrl", q.ID); a != nil {
			allow = a.Props.Str("redriveAllowPolicy")
		}
		doc, _ := document(allow)
		source := say("arn:%s:sqs:%s:%s:%s", r.Partition(), r.Region, r.Account, r.queueOf())
		if doc.Str("redrivePermission") == "denyAll" || doc.Str("redrivePermission") == "byQueue" && !slices.Contains(doc.Strs("sourceQueueArns"), source) {
			return say("Dead letter target %s does not allow the queue %s to use it", q.ID, r.queueOf())
		}
		return ""
	}},
	{ID: "sqs-redrive-allow", Code: badInput, Source: "Amazon SQS Developer Guide: Configure a dead-letter queue using the Amazon SQS console", Kinds: allowsRedrive, On: Write, Check: func(r *Request) string {
		p := r.New.Str("redriveAllowPolicy")
		if p == "" {
			return ""
		}
		doc, ok := document(p)
		kind, n := doc.Str("redrivePermission"), len(doc.Strs("sourceQueueArns"))
		if !ok || !oneOf(kind, "allowAll denyAll byQueue") || (kind == "byQueue") != (n > 0) || n > 10 {
			return say("Value %s for parameter RedriveAllowPolicy is invalid. Reason: the permission must be allowAll, denyAll, or byQueue with up to 10 source queues.", p)
		}
		return ""
	}},
}

var topicRules = []Rule{
	{ID: "sns-name", Code: "InvalidParameter", Source: docSNS, Kinds: "sns.topic", On: Create, Check: func(r *Request) string {
		name := r.New.Str("name")
		if !topicName.MatchString(name) || strings.HasSuffix(name, ".fifo") != r.New.Bool("fifoTopic") {
			return say("Invalid parameter: Topic Name (%s). The name of a FIFO topic, and of no other, ends with .fifo", name)
		}
		return ""
	}},
	{ID: "sns-name-taken", Code: "InvalidParameter", Source: docSNS, Kinds: "sns.topic", On: Create, Check: func(r *Request) string {
		if r.By("sns.topic", "name", r.New.Str("name")) != nil {
			return say("Invalid parameter: Attributes Reason: Topic already exists with different attributes (%s)", r.New.Str("name"))
		}
		return ""
	}},
	{ID: "sns-attributes", Code: "InvalidParameter", Source: docSNS, Kinds: "sns.topic", On: Write, Check: func(r *Request) string {
		switch {
		case r.New.Bool("contentBasedDeduplication") && !r.New.Bool("fifoTopic"):
			return "Invalid parameter: Attributes Reason: Content-based deduplication can only be set on FIFO topics"
		case len(r.New.Str("displayName")) > 100:
			return "Invalid parameter: DisplayName"
		case r.New.Int("signatureVersion") > 2:
			return "Invalid parameter: SignatureVersion"
		}
		return ""
	}},
	{ID: "sns-policy", Code: "InvalidParameter", Source: "Amazon SNS Developer Guide: Example cases for Amazon SNS access control", Kinds: "sns.topic sns.topicPolicy", On: Write, Check: func(r *Request) string {
		if wrong := policyProblem(text(r.New.Get("policy")), resourcePolicy); wrong != "" {
			return "Invalid parameter: Policy Error: " + wrong
		}
		return ""
	}},
	exists("sns.topicPolicy", "arn", "sns.topic", "arn", "NotFound", "Amazon SNS API Reference: SetTopicAttributes"),
	{ID: "subscription-protocol", Code: "InvalidParameter", Source: docSubscribe, Kinds: "sns.topicSubscription", On: Create, Check: func(r *Request) string {
		if p := r.New.Str("protocol"); !oneOf(p, "http https email email-json sms sqs application lambda firehose") {
			return "Invalid parameter: Does not support this protocol string: " + p
		}
		return ""
	}},
	{ID: "subscription-endpoint", Code: "InvalidParameter", Source: docSubscribe, Kinds: "sns.topicSubscription", On: Create, Check: func(r *Request) string {
		p, e := r.New.Str("protocol"), r.New.Str("endpoint")
		a, isARN := parseARN(e)
		ok := true
		switch p {
		case "http", "https":
			ok = strings.HasPrefix(e, p+"://")
		case "email", "email-json":
			ok = emailForm.MatchString(e)
		case "sms":
			ok = phoneForm.MatchString(e)
		case "sqs", "lambda", "firehose":
			ok = isARN && a.service == p
		}
		if !ok {
			return say("Invalid parameter: %s endpoint: %s", p, e)
		}
		return ""
	}},
	{ID: "subscription-endpoint-found", Code: "InvalidParameter", Source: docSubscribe, Kinds: "sns.topicSubscription", On: Create, Check: func(r *Request) string {
		if e := r.New.Str("endpoint"); oneOf(r.New.Str("protocol"), "sqs lambda") && r.unknownTarget(e) {
			return say("Invalid parameter: the endpoint %s does not exist", e)
		}
		return ""
	}},
	{ID: "subscription-fifo", Code: "InvalidParameter", Source: "Amazon SNS Developer Guide: Amazon SNS message delivery for FIFO topics", Kinds: "sns.topicSubscription", On: Create, Check: func(r *Request) string {
		topic, queue := strings.HasSuffix(r.New.Str("topic"), ".fifo"), strings.HasSuffix(r.New.Str("endpoint"), ".fifo")
		switch {
		case topic && r.New.Str("protocol") != "sqs":
			return say("Invalid parameter: Invalid protocol type: %s. FIFO topics deliver to SQS queues only", r.New.Str("protocol"))
		case queue && !topic:
			return "Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics"
		}
		return ""
	}},
	{ID: "subscription-options", Code: "InvalidParameter", Source: docSubscribe, Kinds: "sns.topicSubscription", On: Write, Check: func(r *Request) string {
		p := r.New.Str("protocol")
		switch {
		case r.New.Bool("rawMessageDelivery") && !oneOf(p, "sqs http https firehose"):
			return say("Invalid parameter: Attributes Reason: Delivery protocol [%s] does not support raw message delivery.", p)
		case p == "firehose" && !r.New.Has("subscriptionRoleArn"):
			return "Invalid parameter: SubscriptionRoleArn is needed for the protocol firehose"
		case r.New.Has("filterPolicy") && !jsonObject(r.New.Str("filterPolicy")):
			return "Invalid parameter: FilterPolicy: failed to parse JSON"
		case r.New.Has("redrivePolicy") && r.unknownTarget(redriveTarget(r.New.Str("redrivePolicy"))):
			return "Invalid parameter: RedrivePolicy: deadLetterTargetArn does not exist"
		}
		return ""
	}},
}

func redriveTarget(policy string) string {
	doc, _ := document(policy)
	return doc.Str("deadLetterTargetArn")
}

// queueOf is the name of the queue that a request is about.
func (r *Request) queueOf() string {
	if r.Kind == "sqs.queue" {
		return r.New.Str("name")
	}
	url := r.New.Str("queueUrl")
	return url[strings.LastIndex(url, "/")+1:]
}
