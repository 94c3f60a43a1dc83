package aws

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	inboxARN = "arn:aws:sqs:eu-west-1:111122223333:inbox"
	s3Sends  = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"s3.amazonaws.com"},"Action":["sqs:SendMessage","sns:Publish"],"Resource":"*","Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:s3:::uploads"},"StringEquals":{"aws:SourceAccount":"111122223333"}}}}`
	s3Keys   = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"s3.amazonaws.com"},"Action":["kms:GenerateDataKey*","kms:Decrypt"],"Resource":"*"}}`
)

func tell(list, path, arn, prefix, suffix string, events ...string) Obj {
	return Obj{list: []Obj{{path: arn, "filterPrefix": prefix, "filterSuffix": suffix, "events": events}}}
}

func TestNotificationRules(t *testing.T) {
	queue := func(arn, prefix, suffix string, events ...string) Obj {
		return tell("queues", "queueArn", arn, prefix, suffix, events...)
	}
	topic := func(arn string) Obj { return tell("topics", "topicArn", arn, "", "", "s3:ObjectRemoved:*") }
	lambda := func(arn, prefix, suffix string, events ...string) Obj {
		return tell("lambdaFunctions", "lambdaFunctionArn", arn, prefix, suffix, events...)
	}
	created := lambda(fnARN, "in/", ".png", "s3:ObjectCreated:*")
	q := func(changes Obj) *Resource {
		return existing("sqs.queue", inboxARN, altered(Obj{"arn": inboxARN, "policy": s3Sends}, changes))
	}
	ground := []*Resource{
		existing("lambda.function", "fn", Obj{"name": "fn", "arn": fnARN}), existing("lambda.permission", "s3", Obj{"function": "fn", "action": "lambda:InvokeFunction", "principal": "s3.amazonaws.com", "sourceArn": "arn:aws:s3:::uploads"}),
		q(nil), existing("sqs.queue", "second", Obj{"arn": inboxARN + "2"}), existing("sqs.queuePolicy", "second", Obj{"queueUrl": "second", "policy": s3Sends}),
		existing("sns.topicPolicy", dataTopicARN, Obj{"arn": dataTopicARN, "policy": s3Sends}), existing("sqs.queue", "fifo", Obj{"arn": inboxARN + ".fifo", "policy": s3Sends}),
		existing("kms.key", "open", Obj{"policy": s3Keys}), existing("kms.key", "shut", Obj{"policy": strings.Replace(s3Keys, "s3.", "sns.", 1)}),
		away(existing("sqs.queue", "away", Obj{"arn": strings.Replace(inboxARN, "eu-west-1", awayRegion, 1), "policy": s3Sends})),
	}
	other := func(changes Obj) Obj { return altered(created, changes) }
	cases := []ruleCase{
		{rule: "notification-events", kind: bucketNotification, bad: queue(inboxARN, "", "", "s3:ObjectMoved:*"), good: queue(inboxARN, "", "", "s3:ObjectTagging:Put")},
		{rule: "notification-events", kind: bucketNotification, op: Update, bad: queue(inboxARN, "", "")},
		{rule: "notification-region", kind: bucketNotification, bad: queue(strings.Replace(inboxARN, "eu-west-1", awayRegion, 1), "", "", "s3:ObjectRemoved:*")},
		{rule: "notification-fifo", kind: bucketNotification, bad: queue(inboxARN+".fifo", "", "", "s3:ObjectRemoved:*")},
		{rule: "notification-destination", kind: bucketNotification, bad: lambda(fnARN+":live", "", "", "s3:ObjectCreated:*")},
		{rule: "notification-destination", kind: bucketNotification, bad: Obj{"bucket": "others"}},
		{rule: "notification-destination", kind: bucketNotification, bad: queue(inboxARN+"3", "", "", "s3:ObjectRemoved:*"), good: queue(inboxARN+"2", "", "", "s3:ObjectRemoved:*")},
		{rule: "notification-destination", kind: bucketNotification, bad: topic(dataTopicARN + "2"), good: topic(dataTopicARN)},
		{rule: "notification-destination", kind: bucketNotification, op: Update, worse: []*Resource{existing("sqs.queuePolicy", inboxARN, Obj{"queueUrl": inboxARN, "policy": strings.Replace(s3Sends, "uploads", "backups", 1)})},
			bad: queue(inboxARN, "", "", "s3:ObjectRemoved:*"), good: queue(inboxARN, "", "", "s3:ObjectRemoved:*")},
		{rule: "notification-destination", kind: bucketNotification, worse: []*Resource{existing("sqs.queuePolicy", inboxARN, Obj{"queueUrl": inboxARN, "policy": strings.Replace(s3Sends, `"111122223333"`, `"999988887777"`, 1)})},
			bad: queue(inboxARN, "", "", "s3:ObjectRemoved:*"), good: queue(inboxARN, "", "", "s3:ObjectRemoved:*")},
		{rule: "notification-overlap", kind: bucketNotification, bad: other(queue(inboxARN, "in/a/", "", "s3:ObjectCreated:Put")), good: other(queue(inboxARN, "out/", "", "s3:ObjectCreated:Put"))},
		{rule: "notification-overlap", kind: bucketNotification, bad: other(queue(inboxARN, "", "g", "s3:ObjectCreated:*")), good: other(queue(inboxARN, "", ".jpg", "s3:ObjectCreated:*"))},
		{rule: "notification-overlap", kind: bucketNotification, op: Update, bad: other(queue(inboxARN, "", "", "s3:ObjectCreated:*")), good: other(queue(inboxARN, "", "", "s3:ObjectRemoved:*"))},
	}
	for i := range cases {
		cases[i].with = ground
	}
	for _, key := range []string{"shut", "alias/aws/sqs"} {
		third := existing("sqs.queue", "third", Obj{"arn": inboxARN + "-3", "policy": s3Sends, "kmsMasterKeyId": key})
		fourth := existing("sqs.queue", "fourth", Obj{"arn": inboxARN + "-4", "policy": s3Sends, "kmsMasterKeyId": "open"})
		cases = append(cases, ruleCase{rule: "notification-key", kind: bucketNotification, with: append([]*Resource{third, fourth}, ground...),
			bad: queue(inboxARN+"-3", "", "", "s3:ObjectRemoved:*"), good: queue(inboxARN+"-4", "", "", "s3:ObjectRemoved:*")})
	}
	judgeCases(t, notificationRules, map[string]Obj{bucketNotification: altered(created, Obj{"bucket": "uploads"})}, cases)
}

// TestAServiceActsForAResource proves that a policy's conditions on whom a service acts for hold, and others are taken to.
func TestAServiceActsForAResource(t *testing.T) {
	const bucket = "arn:aws:s3:::uploads"
	for what, c := range map[string]struct {
		condition string
		want      bool
	}{
		"none":                                 {`{}`, true},
		"the resource":                         {`{"ArnEquals":{"aws:SourceArn":"arn:aws:s3:::uploads"}}`, true},
		"a pattern, and a key in another case": {`{"ArnLike":{"AWS:SourceArn":["arn:aws:s3:::backups","arn:aws:s3:::up*"]}}`, true},
		"another":                              {`{"ArnEquals":{"aws:SourceArn":"arn:aws:s3:::backups"}}`, false},
		"the account":                          {`{"StringEquals":{"aws:SourceAccount":"111122223333"}}`, true},
		"another account":                      {`{"StringEquals":{"aws:SourceAccount":"999988887777"}}`, false},
		"a denial of another":                  {`{"StringNotEquals":{"aws:SourceAccount":"999988887777"}}`, true},
		"something else":                       {`{"Bool":{"aws:SecureTransport":"true"}}`, true},
	} {
		text := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"s3.amazonaws.com"},"Action":"sqs:SendMessage","Resource":"q","Condition":` + c.condition + `}]}`
		require.Equal(t, c.want, allowsFrom(text, "sqs:SendMessage", "q", bucket, home.Account, s3Service), what)
		require.False(t, allowsFrom(text, "sqs:SendMessage", "q2", bucket, home.Account, s3Service), what)
	}
	require.False(t, allowsFrom("{", "sqs:SendMessage", "q", bucket, home.Account, s3Service))
}
