package aws

import (
	"strings"
	"testing"
)

func TestReplicationRules(t *testing.T) {
	kept := func(bucket, status string) *Resource {
		return existing(bucketVersioning, bucket, Obj{"bucket": bucket, "versioningConfiguration": Obj{"status": status}})
	}
	ground := []*Resource{
		existing("s3.bucket", "a", Obj{}), existing("s3.bucket", "bare", Obj{}), existing("s3.bucket", "paused", Obj{}), away(existing("s3.bucket", "copy", Obj{})),
		existing("s3.bucket", "locked", Obj{"objectLockEnabled": true}), kept("a", "Enabled"), kept("paused", "Suspended"), away(kept("copy", "Enabled")),
	}
	rule := func(changes Obj) Obj {
		return altered(Obj{"id": "all", "status": "Enabled", "priority": 1, "filter": Obj{"prefix": ""}, "deleteMarkerReplication": Obj{"status": "Enabled"}, "destination": Obj{"bucket": "arn:aws:s3:::copy"}}, changes)
	}
	rules := func(list ...Obj) Obj { return Obj{"rules": list} }
	to := func(bucket string) Obj { return rules(rule(Obj{"destination": Obj{"bucket": bucket}})) }
	encrypted := Obj{"sseKmsEncryptedObjects": Obj{"status": "Enabled"}}
	key := Obj{"bucket": "arn:aws:s3:::copy", "encryptionConfiguration": Obj{"replicaKmsKeyId": "k"}}
	timed := func(metrics string) Obj {
		return rules(rule(Obj{"destination": Obj{"bucket": "arn:aws:s3:::copy", "replicationTime": Obj{"status": "Enabled"}, "metrics": Obj{"status": metrics}}}))
	}
	status := func(s string) Obj { return Obj{"versioningConfiguration": Obj{"status": s}} }
	retention := func(mode string, days, years int) Obj {
		return Obj{"rule": Obj{"defaultRetention": Obj{"mode": mode, "days": days, "years": years}}}
	}
	cors := func(method, origin string) Obj {
		return Obj{"corsRules": []Obj{{"allowedMethods": []string{method}, "allowedOrigins": []string{origin}}}}
	}
	const corsKind, lifeKind = "s3.bucketCorsConfiguration", "s3.bucketLifecycleConfiguration"
	sound := map[string]Obj{
		bucketReplication: altered(rules(rule(nil)), Obj{"bucket": "a", "role": dataRoleARN}), bucketVersioning: altered(status("Enabled"), Obj{"bucket": "a"}),
		bucketLock: altered(retention("GOVERNANCE", 30, 0), Obj{"bucket": "a"}), corsKind: altered(cors("PUT", "https://*.example.org"), Obj{"bucket": "a"}),
		lifeKind: {"bucket": "a", "rules": []Obj{{"id": "x", "noncurrentVersionExpiration": Obj{"noncurrentDays": 30}}}},
	}
	cases := []ruleCase{
		{rule: "replication-source-versioned", kind: bucketReplication, bad: Obj{"bucket": "bare"}},
		{rule: "replication-source-versioned", kind: bucketReplication, op: Update, bad: Obj{"bucket": "paused"}},
		{rule: "replication-destination-versioned", kind: bucketReplication, bad: to("arn:aws:s3:::bare")},
		{rule: "replication-destination-versioned", kind: bucketReplication, bad: to("arn:aws:s3:::none")},
		{rule: "replication-destination-versioned", kind: bucketReplication, bad: to("arn:aws:s3:::a")},
		{rule: "replication-rules", kind: bucketReplication, bad: rules(rule(Obj{"status": "On"}))},
		{rule: "replication-rules", kind: bucketReplication, bad: rules(rule(nil), rule(Obj{"priority": 2})), good: rules(rule(nil), rule(Obj{"id": "more", "priority": 2}))},
		{rule: "replication-rules", kind: bucketReplication, bad: rules(rule(nil), rule(Obj{"id": "more"}))},
		{rule: "replication-rules", kind: bucketReplication, bad: rules(rule(nil), rule(Obj{"id": "more", "priority": nil}))},
		{rule: "replication-rules", kind: bucketReplication, bad: rules(rule(Obj{"deleteMarkerReplication": nil})), good: rules(rule(Obj{"deleteMarkerReplication": nil, "filter": nil}))},
		{rule: "replication-rules", kind: bucketReplication, bad: rules(rule(Obj{"filter": nil}))},
		{rule: "replication-rules", kind: bucketReplication, bad: rules(rule(Obj{"sourceSelectionCriteria": encrypted})), good: rules(rule(Obj{"sourceSelectionCriteria": encrypted, "destination": key}))},
		{rule: "replication-rules", kind: bucketReplication, op: Update, bad: timed("Disabled"), good: timed("Enabled")},
		{rule: "replication-role", kind: bucketReplication, bad: Obj{"role": "data"}},
		{rule: "versioning-held", kind: bucketVersioning, op: Update, bad: status("Suspended"), worse: many(1, bucketReplication, Obj{"bucket": "a"})},
		{rule: "versioning-held", kind: bucketVersioning, op: Update, bad: status("Suspended"), worse: many(1, bucketLock, Obj{"bucket": "a"}), good: status("Suspended")},
		{rule: "lock-versioned", kind: bucketLock, bad: Obj{"bucket": "bare"}, good: Obj{"bucket": "locked"}},
		{rule: "lock-retention", kind: bucketLock, bad: retention("FOREVER", 30, 0), good: Obj{"rule": nil}},
		{rule: "lock-retention", kind: bucketLock, op: Update, bad: retention("COMPLIANCE", 30, 1), good: retention("COMPLIANCE", 0, 1)},
		{rule: "cors-rules", kind: corsKind, bad: cors("PATCH", "*")},
		{rule: "cors-rules", kind: corsKind, op: Update, bad: cors("PUT", "https://*.*.org")},
		{rule: "cors-rules", kind: corsKind, bad: Obj{"corsRules": slicesOf(101, Obj{"allowedMethods": []string{"GET"}})}, good: Obj{"corsRules": slicesOf(100, Obj{"allowedMethods": []string{"GET"}})}},
		{rule: "lifecycle-numbers", kind: lifeKind, bad: rules(Obj{"noncurrentVersionExpiration": Obj{"noncurrentDays": 0}})},
		{rule: "lifecycle-numbers", kind: lifeKind, op: Update, bad: rules(Obj{"expiration": Obj{"expiredObjectDeleteMarker": true, "days": 3}}), good: rules(Obj{"expiration": Obj{"expiredObjectDeleteMarker": true}})},
		{rule: "lifecycle-numbers", kind: lifeKind, bad: rules(Obj{"abortIncompleteMultipartUpload": Obj{"daysAfterInitiation": 7}, "filter": Obj{"tag": Obj{"key": "x"}}})},
	}
	for i := range cases {
		cases[i].with = ground
	}
	judgeCases(t, replicationRules, sound, cases)
}

func slicesOf(n int, o Obj) []Obj {
	out := make([]Obj, n)
	for i := range out {
		out[i] = o
	}
	return out
}

func TestSubscriptionRules(t *testing.T) {
	filter := func(text, scope string) Obj { return Obj{"filterPolicy": text, "filterPolicyScope": scope} }
	dead := func(arn string) Obj { return Obj{"redrivePolicy": `{"deadLetterTargetArn":"` + arn + `"}`} }
	values := func(n int) string { return "[" + strings.TrimSuffix(strings.Repeat(`"x",`, n), ",") + "]" }
	subscribed := Obj{"topic": dataTopicARN, "protocol": "sqs", "endpoint": deadARN}
	const schedule = "scheduler.schedule"
	letters := func(arn string) Obj { return Obj{"target": Obj{"deadLetterConfig": Obj{"arn": arn}}} }
	sound := map[string]Obj{
		subscription: altered(subscribed, filter(`{"kind":["a",{"prefix":"b"}]}`, "")), "sns.topic": {"name": "news"}, "sqs.queue": {"name": "work"}, schedule: letters(deadARN),
	}
	cases := []ruleCase{
		{rule: "subscription-filter", kind: subscription, bad: filter(`{"a":{"b":["c"]}}`, "MessageAttributes"), good: filter(`{"a":{"b":["c"]}}`, "MessageBody")},
		{rule: "subscription-filter", kind: subscription, bad: filter(`{"a":"b"}`, "")},
		{rule: "subscription-filter", kind: subscription, bad: filter(`{"a":[]}`, "MessageBody")},
		{rule: "subscription-filter", kind: subscription, bad: filter(`{"a":["b"]}`, "Header")},
		{rule: "subscription-filter", kind: subscription, op: Update, bad: filter(`{"a":["x"],"b":["x"],"c":["x"],"d":["x"],"e":["x"],"f":["x"]}`, ""), good: filter(`{"a":["x"],"b":["x"],"c":["x"],"d":["x"],"e":["x"]}`, "")},
		{rule: "subscription-filter", kind: subscription, bad: filter(`{"a":`+values(151)+`}`, ""), good: filter(`{"a":`+values(15)+`,"b":`+values(10)+`}`, "")},
		{rule: "subscription-filter", kind: subscription, bad: filter(`{"a":{"b":`+values(76)+`}}`, "MessageBody"), good: filter(`{"a":{"b":`+values(75)+`}}`, "MessageBody")},
		{rule: "subscription-dead-letters", kind: subscription, bad: dead(strings.Replace(deadARN, "eu-west-1", awayRegion, 1)), good: dead(deadARN)},
		{rule: "subscription-dead-letters", kind: subscription, bad: dead(deadARN + ".fifo"), good: altered(dead(deadARN+".fifo"), Obj{"topic": dataTopicARN + ".fifo"})},
		{rule: "subscription-dead-letters", kind: subscription, op: Update, bad: dead(dataTopicARN)},
		{rule: "subscription-again", kind: subscription, worse: many(1, subscription, subscribed)},
		{rule: "topic-fifo-settings", kind: "sns.topic", bad: Obj{"fifoThroughputScope": "Topic"}, good: Obj{"fifoThroughputScope": "Topic", "fifoTopic": true}},
		{rule: "topic-fifo-settings", kind: "sns.topic", op: Update, bad: Obj{"archivePolicy": "{}"}},
		{rule: "topic-fifo-settings", kind: "sns.topic", bad: Obj{"tracingConfig": "On"}, good: Obj{"tracingConfig": "Active"}},
		{rule: "sqs-reuse-without-key", kind: "sqs.queue", bad: Obj{"kmsDataKeyReusePeriodSeconds": 600, "sqsManagedSseEnabled": true}, good: Obj{"kmsDataKeyReusePeriodSeconds": 600, "kmsMasterKeyId": "k1"}},
		{rule: "schedule-dead-letters", kind: schedule, bad: letters(deadARN + "2"), good: Obj{"target": nil}},
		{rule: "schedule-dead-letters", kind: schedule, op: Update, bad: letters(dataTopicARN)},
	}
	for i := range cases {
		cases[i].with = []*Resource{existing("sqs.queue", "dead", Obj{"arn": deadARN})}
	}
	judgeCases(t, subscriptionRules, sound, cases)
}
