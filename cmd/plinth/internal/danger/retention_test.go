package danger

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/cmd/plinth/internal/change"
	"github.com/plinth-iac/plinth/policies/rule"
)

const (
	versioning = "aws:s3/bucketVersioning:BucketVersioning"
	locking    = "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration"
	plan       = "aws:backup/plan:Plan"
	table      = "aws:dynamodb/table:Table"
	redshift   = "aws:redshift/cluster:Cluster"
)

// status is that of versions; locked and kept are how long objects and backups are.
func status(of string) has { return has{"versioningConfiguration": has{"status": of}} }
func locked(of has) has    { return has{"rule": has{"defaultRetention": of}} }
func kept(name string, days any) has {
	return has{"rules": []any{has{"ruleName": name, "lifecycle": has{"deleteAfter": days}}}}
}
func items(key string, names ...string) []any {
	list := []any{}
	for _, name := range names {
		list = append(list, has{key: name})
	}
	return list
}

// expiry is rules of a bucket for what begins with a prefix.
func expiry(prefix string, rules ...has) has {
	list := []any{}
	for _, r := range rules {
		list = append(list, with(has{"status": "Enabled", "filter": has{"prefix": prefix}}, r))
	}
	return has{"rules": list}
}

func TestUpdatesOfWhatIsKeptAndOfWhatIsOn(t *testing.T) {
	days := func(n int) has { return has{"expiration": has{"days": n}} }
	versions := func(n, newer int) has {
		return has{"noncurrentVersionExpiration": has{"noncurrentDays": n, "newerNoncurrentVersions": newer}}
	}
	replicated := func(regions ...string) has { return has{"replicas": items("regionName", regions...)} }
	indexed := func(names ...string) has { return has{"globalSecondaryIndexes": items("name", names...)} }
	scaled := func(n any) has { return has{"spec": has{"replicas": n}} }
	for name, c := range map[string]struct {
		token   string
		was, is has
		kind    Kind // none, if there is no danger
		may     bool
	}{
		"messages":                     {"aws:sqs/queue:Queue", has{"messageRetentionSeconds": 1209600}, has{"messageRetentionSeconds": 60}, Loss, false},
		"messages, by the default":     {"aws:sqs/queue:Queue", has{"messageRetentionSeconds": 1209600}, has{}, Loss, false},
		"messages, longer than that":   {"aws:sqs/queue:Queue", has{}, has{"messageRetentionSeconds": 1209600}, "", false},
		"records, by the default":      {"aws:kinesis/stream:Stream", has{"retentionPeriod": 168}, has{}, Loss, false},
		"records for as long":          {"aws:kinesis/stream:Stream", has{"retentionPeriod": 24}, has{}, "", false},
		"items that expire":            {table, has{}, has{"ttl": has{"enabled": true, "attributeName": "until"}}, Loss, false},
		"items that expire no more":    {table, has{"ttl": has{"enabled": true}}, has{"ttl": has{"enabled": false}}, "", false},
		"a shorter past":               {table, has{"pointInTimeRecovery": has{"enabled": true}}, has{"pointInTimeRecovery": has{"enabled": true, "recoveryPeriodInDays": 7}}, Loss, false},
		"a replica less":               {table, replicated("eu-west-1", "us-east-1"), replicated("us-east-1"), Outage, false},
		"no replica":                   {table, replicated("eu-west-1"), has{}, Outage, false},
		"a replica more":               {table, replicated("eu-west-1"), replicated("us-east-1", "eu-west-1"), "", false},
		"an index less":                {table, indexed("a", "b"), indexed("b"), Outage, false},
		"indexes that are not known":   {table, indexed("a"), has{"globalSecondaryIndexes": rule.Computed{}}, Outage, true},
		"snapshots":                    {redshift, has{"automatedSnapshotRetentionPeriod": 7}, has{"automatedSnapshotRetentionPeriod": 0}, Loss, false},
		"snapshots, by the default":    {redshift, has{"automatedSnapshotRetentionPeriod": 7}, has{}, Loss, false},
		"backups of another engine":    {"aws:docdb/cluster:Cluster", has{"backupRetentionPeriod": 7}, has{}, Loss, false},
		"snapshots of a cache":         {cache, has{"snapshotRetentionLimit": 7}, has{"snapshotRetentionLimit": 0}, Guard, false},
		"nodes of a cache":             {"aws:elasticache/cluster:Cluster", has{"engine": "memcached", "numCacheNodes": 3}, has{"engine": "memcached", "numCacheNodes": 1}, Loss, false},
		"more nodes of a cache":        {"aws:elasticache/cluster:Cluster", has{"engine": "memcached", "numCacheNodes": 1}, has{"engine": "memcached", "numCacheNodes": 3}, "", false},
		"versions":                     {versioning, status("Enabled"), status("Suspended"), Guard, false},
		"versions again":               {versioning, status("Suspended"), status("Enabled"), "", false},
		"a shorter lock":               {locking, locked(has{"years": 1}), locked(has{"days": 30}), Guard, false},
		"the same lock":                {locking, locked(has{"years": 1}), locked(has{"days": 365}), "", false},
		"no lock":                      {locking, locked(has{"days": 30}), has{}, Guard, false},
		"files":                        {"aws:efs/backupPolicy:BackupPolicy", has{"backupPolicy": has{"status": "ENABLED"}}, has{"backupPolicy": has{"status": "DISABLED"}}, Guard, false},
		"backups for a shorter time":   {plan, kept("daily", 35), kept("daily", 1), Guard, false},
		"backups for some time":        {plan, kept("daily", nil), kept("daily", 35), Guard, false},
		"backups for ever":             {plan, kept("daily", 35), kept("daily", nil), "", false},
		"other backups":                {plan, kept("daily", 35), kept("weekly", 35), Guard, false},
		"backups for longer":           {plan, kept("daily", 35), kept("daily", 90), "", false},
		"backups, nobody knows how":    {plan, kept("daily", 35), kept("daily", rule.Computed{}), Guard, true},
		"objects under another prefix": {lifecycles, expiry("a/", days(30)), expiry("b/", days(30)), Loss, false},
		"objects under every prefix":   {lifecycles, expiry("a/", days(30)), expiry("", days(30)), Loss, false},
		"fewer objects":                {lifecycles, expiry("", days(30)), expiry("a/", days(30)), "", false},
		"objects by a rule less":       {lifecycles, expiry("a/", days(30), days(60)), expiry("a/", days(60)), "", false},
		"objects from some day":        {lifecycles, expiry("a/", days(30)), expiry("a/", days(30), has{"expiration": has{"date": "2026-01-01T00:00:00Z"}}), Loss, false},
		"objects that only move":       {lifecycles, expiry("a/", days(30)), expiry("a/", days(30), has{"transitions": []any{has{"days": 1}}}), "", false},
		"fewer versions of objects":    {lifecycles, expiry("", versions(30, 5)), expiry("", versions(30, 1)), Loss, false},
		"more versions of objects":     {lifecycles, expiry("", versions(30, 1)), expiry("", versions(30, 5)), "", false},
		"no calls":                     {"aws:lambda/function:Function", has{}, has{"reservedConcurrentExecutions": 0}, Outage, false},
		"fewer calls":                  {"aws:lambda/function:Function", has{}, has{"reservedConcurrentExecutions": 5}, "", false},
		"no calls for what comes in":   {"aws:lambda/eventSourceMapping:EventSourceMapping", has{}, has{"enabled": false}, Outage, false},
		"calls for what comes in":      {"aws:lambda/eventSourceMapping:EventSourceMapping", has{"enabled": false}, has{}, "", false},
		"a rule that is off":           {"aws:cloudwatch/eventRule:EventRule", has{}, has{"state": "DISABLED"}, Outage, false},
		"a schedule that is off":       {"aws:scheduler/schedule:Schedule", has{"state": "ENABLED"}, has{"state": "DISABLED"}, Outage, false},
		"no tasks":                     {"aws:ecs/service:Service", has{"desiredCount": 3}, has{"desiredCount": 0}, Outage, false},
		"no tasks, by the default":     {"aws:ecs/service:Service", has{"desiredCount": 3}, has{}, Outage, false},
		"tasks on every machine":       {"aws:ecs/service:Service", has{"desiredCount": 3, "schedulingStrategy": "DAEMON"}, has{"schedulingStrategy": "DAEMON"}, "", false},
		"no machines":                  {"aws:autoscaling/group:Group", has{"maxSize": 3}, has{"maxSize": 0}, Outage, false},
		"machines that AWS counts":     {"aws:autoscaling/group:Group", has{"desiredCapacity": 3}, has{}, "", false},
		"no machines for pods":         {"aws:eks/nodeGroup:NodeGroup", has{"scalingConfig": has{"desiredSize": 3}}, has{"scalingConfig": has{"desiredSize": 0}}, Outage, false},
		"a distribution that is off":   {"aws:cloudfront/distribution:Distribution", has{"enabled": true}, has{"enabled": false}, Outage, false},
		"one that nobody knows":        {"aws:cloudfront/distribution:Distribution", has{"enabled": true}, has{"enabled": rule.Computed{}}, Outage, true},
		"a check that is off":          {"aws:route53/healthCheck:HealthCheck", has{}, has{"disabled": true}, Restart, false},
		"a cache without failover":     {cache, has{"automaticFailoverEnabled": true}, has{"automaticFailoverEnabled": false}, Restart, false},
		"a cache with fewer replicas":  {cache, has{"numCacheClusters": 3}, has{"numCacheClusters": 1}, Restart, false},
		"no pods":                      {pods, scaled(3), scaled(0), Outage, false},
		"no pods instead of the only":  {pods, has{"spec": has{}}, scaled(0), Outage, false},
		"no pods of a set":             {"kubernetes:apps/v1:StatefulSet", scaled(3), scaled(0), Outage, false},
		"jobs that do not start":       {"kubernetes:batch/v1:CronJob", has{"spec": has{}}, has{"spec": has{"suspend": true}}, Outage, false},
	} {
		t.Run(name, func(t *testing.T) {
			dangers := found(changing(c.token, c.was, c.is))
			if c.kind == "" {
				require.Empty(t, dangers)
				return
			}
			require.Len(t, dangers, 1)
			require.Equal(t, c.kind, dangers[0].Kind, dangers[0].What)
			require.Regexp(t, map[bool]string{true: "^may ", false: "^will "}[c.may], dangers[0].What)
		})
	}
}

func TestNewRulesDeleteObjectsOfABucketThatIsThere(t *testing.T) {
	rules := step(change.Create, nil, one(lifecycles, "rules", with(expiry("", has{"expiration": has{"days": 1}}), has{"bucket": "pictures"})))
	there := func(op change.Op) *change.Resource {
		return step(op, one(bucket, "pictures", has{"bucket": "pictures"}), one(bucket, "pictures", has{"bucket": "pictures"}))
	}
	want := func(dangers []Danger) {
		t.Helper()
		require.Len(t, dangers, 1)
		require.Equal(t, Danger{Resource: rules, Kind: Loss, What: "will delete objects that were kept until now", Because: []string{"rules"}}, dangers[0])
	}
	want(found(rules, there(change.Same)))
	want(found(rules))
	require.Empty(t, found(rules, there(change.Create)), "a new bucket")

	named := there(change.Create)
	named.New.Inputs = rule.FieldsOf(has{})
	rules.New.Inputs["bucket"] = rule.Of(rule.Computed{})
	want(found(rules, named))
	rules.New.Edges = map[string][]string{"bucket": {named.URN}}
	require.Empty(t, found(rules, named), "a new bucket with a name of the engine's")

	rules.New.Inputs["rules"] = rule.Of([]any{has{"status": "Enabled", "transitions": []any{has{"days": 1}}}})
	require.Empty(t, found(rules, there(change.Same)), "nothing is deleted")
}
