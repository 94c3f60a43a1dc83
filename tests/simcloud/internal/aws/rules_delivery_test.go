package aws

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	siteARN   = "arn:aws:cloudfront::111122223333:distribution/E1"
	fromARN   = "arn:aws:logs:us-east-1:111122223333:delivery-source:site"
	toARN     = "arn:aws:logs:us-east-1:111122223333:delivery-destination:logs"
	logsARN   = "arn:aws:s3:::plinth-logs"
	logText   = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"delivery.logs.amazonaws.com"},"Action":"s3:PutObject","Resource":"*"}}`
	groupARN  = "arn:aws:logs:us-east-1:111122223333:log-group:site"
	otherSite = "arn:aws:cloudfront::999988887777:distribution/E9"
)

var soundDeliveries = map[string]Obj{
	deliveryFrom: {"name": "site", "arn": fromARN, "logType": "ACCESS_LOGS", "resourceArn": siteARN},
	deliveryTo:   {"name": "logs", "arn": toARN, "outputFormat": "parquet", "deliveryDestinationConfiguration": Obj{"destinationResourceArn": logsARN}},
	deliveryOf:   {"deliverySourceName": "site", "deliveryDestinationArn": toARN, "s3DeliveryConfigurations": []Obj{{"suffixPath": "{yyyy}/{MM}", "enableHiveCompatiblePath": true}}},
}

// deliveryGround is what deliveries are between.
func deliveryGround() []*Resource {
	return []*Resource{
		existing(distribute, "E1", Obj{"arn": siteARN}), away(existing("s3.bucket", "plinth-logs", Obj{"arn": logsARN})), away(existing("cloudwatch.logGroup", "site", Obj{"arn": groupARN})),
	}
}

func deliveryEnds() []*Resource {
	return append(deliveryGround(), away(existing(deliveryFrom, "site", altered(soundDeliveries[deliveryFrom], Obj{"service": "cloudfront"}))),
		away(existing(deliveryTo, "logs", altered(soundDeliveries[deliveryTo], Obj{"deliveryDestinationType": "S3"}))))
}

func TestDeliveryRules(t *testing.T) {
	to := func(arn, format string) Obj {
		return Obj{"outputFormat": format, "deliveryDestinationConfiguration": Obj{"destinationResourceArn": arn}}
	}
	path := func(p string, hive bool) Obj {
		return Obj{"s3DeliveryConfigurations": []Obj{{"suffixPath": p, "enableHiveCompatiblePath": hive}}}
	}
	bedrock := Obj{"resourceArn": "arn:aws:bedrock:eu-west-1:111122223333:agent/x", "logType": "APPLICATION_LOGS"}
	another := func(name, kind string) *Resource {
		return away(existing(deliveryTo, name, Obj{"arn": toARN + name, "deliveryDestinationType": kind}))
	}
	before := away(existing(deliveryOf, "before", soundDeliveries[deliveryOf]))
	cases := []ruleCase{
		{rule: "delivery-name", kind: deliveryFrom, bad: Obj{"name": "my site"}},
		{rule: "delivery-name", kind: deliveryTo, bad: Obj{"name": strings.Repeat("a", 61)}, good: Obj{"name": strings.Repeat("a", 60)}},
		{rule: "delivery-source-found", kind: deliveryFrom, bad: Obj{"resourceArn": strings.Replace(siteARN, "E1", "E2", 1)}, good: Obj{"resourceArn": otherSite}},
		{rule: "delivery-source-type", kind: deliveryFrom, bad: Obj{"logType": "EVENT_LOGS"}},
		{rule: "delivery-source-once", kind: deliveryFrom, bad: Obj{"name": "second"}, worse: many(1, deliveryFrom, soundDeliveries[deliveryFrom])},
		{rule: "delivery-source-once", kind: deliveryFrom, bad: Obj{"name": "second"}, worse: []*Resource{away(existing(deliveryFrom, "first", soundDeliveries[deliveryFrom]))}},
		{rule: "delivery-format", kind: deliveryTo, bad: Obj{"outputFormat": "csv"}},
		{rule: "delivery-format", kind: deliveryTo, bad: to(groupARN, "parquet"), good: to(groupARN, "json")},
		{rule: "delivery-destination-found", kind: deliveryTo, bad: to(logsARN+"-2", "json"), good: to(logsARN+"/site", "json")},
		{rule: "delivery-destination-found", kind: deliveryTo, bad: to(groupARN+"2", "json"), good: to(groupARN+":*", "json")},
		{rule: "delivery-destination-found", kind: deliveryTo, bad: to("arn:aws:sqs:us-east-1:111122223333:x", "json")},
		{rule: "delivery-ends", kind: deliveryOf, with: deliveryEnds(), bad: Obj{"deliverySourceName": "other"}},
		{rule: "delivery-ends", kind: deliveryOf, with: deliveryEnds(), bad: Obj{"deliveryDestinationArn": toARN + "2"}, good: Obj{"deliveryDestinationArn": strings.Replace(toARN, "111122223333", "999988887777", 1)}},
		{rule: "delivery-once", kind: deliveryOf, with: deliveryEnds(), worse: []*Resource{away(existing(deliveryOf, "first", soundDeliveries[deliveryOf]))}},
		{rule: "delivery-once", kind: deliveryOf, with: append(deliveryEnds(), another("bucket", "S3"), another("group", "CWL"), before), bad: Obj{"deliveryDestinationArn": toARN + "bucket"}, good: Obj{"deliveryDestinationArn": toARN + "group"}},
		{rule: "delivery-path", kind: deliveryOf, with: deliveryEnds(), bad: path("year={yyyy}", true), good: path("year={yyyy}", false)},
		{rule: "delivery-path", kind: deliveryOf, with: deliveryEnds(), bad: path(strings.Repeat("a", 257), false)},
		{rule: deliveryFrom + "-held", kind: deliveryFrom, op: Delete, worse: []*Resource{away(existing(deliveryOf, "x", soundDeliveries[deliveryOf]))}},
		{rule: deliveryTo + "-held", kind: deliveryTo, op: Delete, worse: []*Resource{away(existing(deliveryOf, "x", soundDeliveries[deliveryOf]))}},
	}
	for i := range cases {
		cases[i].region = awayRegion
		cases[i].with = append(cases[i].with, deliveryGround()...)
	}
	cases = append(cases, ruleCase{rule: "delivery-source-region", kind: deliveryFrom, with: deliveryGround(), good: bedrock})
	judgeCases(t, deliveryRules, soundDeliveries, cases)
}

// TestADeliveryFillsItself proves that CloudWatch tells the kinds of both ends, chooses fields and folders for CloudFront, and adds the statement
// that it needs to a bucket policy that does not have it.
func TestADeliveryFillsItself(t *testing.T) {
	for name, c := range map[string]struct {
		policy string
		drifts bool
	}{"a policy that lets it write": {logText, false}, "one that does not": {strings.Replace(logText, "delivery.logs", "logging.s3", 1), true}} {
		t.Run(name, func(t *testing.T) {
			w := dataGround()
			for _, r := range append(deliveryGround(), away(existing("s3.bucketPolicy", "plinth-logs", Obj{"bucket": "plinth-logs", "policy": c.policy}))) {
				w.put(r)
			}
			apply := func(token string, props Obj) *Resource {
				typ := lookupType(t, token)
				made, err := w.Apply(&Request{Scope: virginia, Op: Create, Token: token, URN: "urn:" + token, New: numbers(altered(props, Obj{"arn": nil})).(Obj)}, nil, typ.Properties)
				require.NoError(t, err)
				return made
			}
			from := apply("aws:cloudwatch/logDeliverySource:LogDeliverySource", soundDeliveries[deliveryFrom])
			require.Equal(t, fromARN, from.Props.Str("arn"))
			require.Equal(t, "cloudfront", from.Props.Str("service"))
			to := apply("aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination", soundDeliveries[deliveryTo])
			require.Equal(t, "S3", to.Props.Str("deliveryDestinationType"))
			d := apply("aws:cloudwatch/logDelivery:LogDelivery", Obj{"deliverySourceName": "site", "deliveryDestinationArn": toARN})
			require.Contains(t, d.Props.Strs("recordFields"), "x-edge-result-type")
			require.Equal(t, "AWSLogs/{account-id}/CloudFront/", d.Props.Str("s3DeliveryConfigurations.suffixPath"))

			policy := w.lookup(virginia, "s3.bucketPolicy", "plinth-logs").Props.Str("policy")
			require.Equal(t, c.drifts, policy != c.policy)
			require.True(t, allows(policy, "s3:PutObject", logsARN+"/x", deliveryWriter))
			require.Empty(t, policyProblem(policy, resourcePolicy))
		})
	}
}
