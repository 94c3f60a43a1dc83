package aws

import (
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	fnRoleARN = "arn:aws:iam::111122223333:role/fn"
	fnARN     = "arn:aws:lambda:eu-west-1:111122223333:function:fn"
	deadARN   = "arn:aws:sqs:eu-west-1:111122223333:dead"
	fnGroup   = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/fn/1"
	streamARN = "arn:aws:dynamodb:eu-west-1:111122223333:table/orders/stream/2026"
)

// TestPackages proves the limits of what a function or a layer is made of.
func TestPackages(t *testing.T) {
	rules := map[string]Rule{}
	for _, rule := range packageRules {
		rules[rule.ID] = rule
	}
	for _, c := range []struct {
		rule string
		size Package
		bad  bool
	}{
		{"lambda-package-upload", Package{50 << 20, 60 << 20}, false}, {"lambda-package-upload", Package{50<<20 + 1, 60 << 20}, true},
		{"lambda-package-unpacked", Package{1, 250 << 20}, false}, {"lambda-package-unpacked", Package{1, 250<<20 + 1}, true},
		{"lambda-package-empty", Package{22, 1}, false}, {"lambda-package-empty", Package{22, 0}, true},
	} {
		wrong := rules[c.rule].Check(&Request{Op: Create, Kind: "lambda.function", Code: &c.size})
		require.Equal(t, c.bad, wrong != "", "%s %v %s", c.rule, c.size, wrong)
		require.Empty(t, rules[c.rule].Check(&Request{Op: Update, Kind: "lambda.function"}), "code from a bucket")
	}
	require.Len(t, rules, 3)
}

func TestDestinationRules(t *testing.T) {
	send := existing("iam.rolePolicy", "fn:send", Obj{"role": "fn", "policy": `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["sqs:SendMessage","s3:PutObject","lambda:InvokeFunction"],"Resource":"*"}}`})
	ground := []*Resource{
		existing("iam.role", "fn", Obj{"arn": fnRoleARN}), existing("iam.role", "mute", Obj{"arn": fnRoleARN + "2"}), send,
		existing("lambda.function", "fn", Obj{"name": "fn", "arn": fnARN, "role": fnRoleARN}), existing("lambda.function", "mute", Obj{"name": "mute", "role": fnRoleARN + "2"}),
		existing("sqs.queue", deadARN, Obj{"arn": deadARN}), existing(dynamoTable, "orders", Obj{"streamArn": streamARN}),
		existing("lambda.permission", "lb", Obj{"function": "fn", "action": "lambda:InvokeFunction", "principal": "elasticloadbalancing.amazonaws.com", "sourceArn": fnGroup, "qualifier": "live"}),
	}
	failure := func(arn string) Obj { return Obj{"destinationConfig": Obj{"onFailure": Obj{"destination": arn}}} }
	retained := func(arn string) Obj { return Obj{"destinationConfig": Obj{"onFailure": Obj{"destinationArn": arn}}} }
	const async, mapping, attachment = "lambda.functionEventInvokeConfig", "lambda.eventSourceMapping", "lb.targetGroupAttachment"
	sound := map[string]Obj{
		"lambda.functionRecursionConfig": {"functionName": "fn", "recursiveLoop": "Terminate"},
		async:                            altered(failure(deadARN), Obj{"functionName": "fn"}),
		mapping:                          altered(retained(deadARN), Obj{"functionName": fnARN + ":live", "eventSourceArn": streamARN}),
		attachment:                       {"targetGroupArn": fnGroup, "targetId": fnARN + ":live"},
	}
	cases := []ruleCase{
		{rule: "lambda-recursion", kind: "lambda.functionRecursionConfig", bad: Obj{"recursiveLoop": "Deny"}, good: Obj{"recursiveLoop": "Allow"}},
		{rule: "async-destination-role", kind: async, bad: Obj{"functionName": "mute"}, good: failure("arn:aws:s3:::failed")},
		{rule: "async-destination-role", kind: async, op: Update, bad: failure("arn:aws:sns:eu-west-1:111122223333:x"), good: failure(fnARN)},
		{rule: "async-destination-role", kind: async, bad: failure("arn:aws:kinesis:eu-west-1:111122223333:stream/x")},
		{rule: "async-destination-role", kind: async, bad: Obj{"destinationConfig": Obj{"onSuccess": Obj{"destination": "arn:aws:s3:::done"}}}},
		{rule: "source-failure-destination", kind: mapping, bad: Obj{"eventSourceArn": deadARN}, good: Obj{"eventSourceArn": deadARN, "destinationConfig": nil}},
		{rule: "source-failure-destination", kind: mapping, bad: retained(deadARN + "2"), good: retained("arn:aws:s3:::failed")},
		{rule: "source-failure-role", kind: mapping, bad: Obj{"functionName": "mute"}},
		{rule: "source-failure-role", kind: mapping, op: Update, bad: retained(fnARN)},
		{rule: "source-stream-found", kind: mapping, bad: Obj{"eventSourceArn": streamARN + "7"}},
		{rule: "target-lambda-permission", kind: attachment, bad: Obj{"targetId": fnARN}, good: Obj{"targetId": "i-1"}},
		{rule: "target-lambda-permission", kind: attachment, bad: Obj{"targetGroupArn": fnGroup + "2"}},
	}
	for i := range cases {
		cases[i].with = ground
	}
	judgeCases(t, destinationRules, sound, cases)
}

// TestWhoMayInvoke proves what a permission must say for a service to invoke a function.
func TestWhoMayInvoke(t *testing.T) {
	const bucket, alias = "arn:aws:s3:::uploads", fnARN + ":live"
	right := Obj{"function": "fn", "qualifier": "live", "action": "lambda:InvokeFunction", "principal": "s3.amazonaws.com", "sourceArn": bucket, "sourceAccount": home.Account}
	for what, c := range map[string]struct {
		changes Obj
		ref     string
		want    bool
	}{
		"the alias":              {nil, alias, true},
		"the function itself":    {nil, fnARN, false},
		"a permission by ARN":    {Obj{"function": alias, "qualifier": nil}, alias, true},
		"no account":             {Obj{"sourceAccount": nil}, alias, true},
		"another account":        {Obj{"sourceAccount": "999988887777"}, alias, false},
		"any bucket":             {Obj{"sourceArn": nil}, alias, true},
		"buckets by pattern":     {Obj{"sourceArn": "arn:aws:s3:::up*"}, alias, true},
		"another bucket":         {Obj{"sourceArn": bucket + "-2"}, alias, false},
		"another service":        {Obj{"principal": "sns.amazonaws.com"}, alias, false},
		"everybody":              {Obj{"principal": "*"}, alias, true},
		"URLs only":              {Obj{"action": "lambda:InvokeFunctionUrl"}, alias, false},
		"another function":       {Obj{"function": "other"}, alias, false},
		"somebody else's":        {nil, "arn:aws:lambda:eu-west-1:999988887777:function:fn", true},
		"one in another region":  {nil, "arn:aws:lambda:us-east-1:111122223333:function:fn:live", false},
		"a version of the alias": {nil, fnARN + ":3", false},
	} {
		w := dataGround()
		w.put(existing("lambda.permission", "p", altered(right, c.changes)))
		r := &Request{World: w, Scope: home}
		require.Equal(t, c.want, r.invocable(c.ref, "s3.amazonaws.com", bucket), what)
	}
}
