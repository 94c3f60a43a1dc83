package danger

import (
	"fmt"
	"slices"
	"strings"

	"github.com/plinth-iac/plinth/cmd/plinth/internal/change"
	"github.com/plinth-iac/plinth/policies/rule"
)

const (
	lifecycles = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"

	fewerCopies = "keep its automatic snapshots for fewer days, or make none"
)

// retention is what updates do to what was written, and to the past that it could be taken
// back to. It is a loss if AWS deletes what there is, and else a guard.
var retention = map[string][]interruption{
	"aws:rds/cluster:Cluster":     {fewerBackups(nil)},
	"aws:docdb/cluster:Cluster":   {fewerBackups(1)},
	"aws:neptune/cluster:Cluster": {fewerBackups(1)},
	"aws:rds/instance:Instance":   {fewerBackups(nil)},
	"aws:redshift/cluster:Cluster": {
		limit("automatedSnapshotRetentionPeriod", 1, falls, "days", "lose the automatic snapshots that are older than"),
	},
	"aws:dynamodb/table:Table": {
		by("pointInTimeRecovery.enabled", nil, either(rule.NotTrue), Loss, "lose the past that it could be taken back to (pointInTimeRecovery)"),
		limit("pointInTimeRecovery.recoveryPeriodInDays", 35, falls, "days", "lose the past that is older than"),
		by("ttl.enabled", nil, either(rule.IsTrue), Loss, "delete the items whose time has passed (ttl)"),
	},
	"aws:elasticache/replicationGroup:ReplicationGroup": {by("snapshotRetentionLimit", 0, falls, Guard, fewerCopies)},
	"aws:elasticache/cluster:Cluster":                   {by("snapshotRetentionLimit", 0, falls, Guard, fewerCopies)},
	"aws:elasticache/serverlessCache:ServerlessCache":   {by("snapshotRetentionLimit", nil, falls, Guard, fewerCopies)},
	"aws:memorydb/cluster:Cluster":                      {by("snapshotRetentionLimit", nil, falls, Guard, fewerCopies)},

	"aws:cloudwatch/logGroup:LogGroup": {limit("retentionInDays", 0, shortens, "days", "lose the logs that are older than")},
	"aws:kinesis/stream:Stream":        {limit("retentionPeriod", 24, falls, "hours", "lose the records that are older than")},
	"aws:sqs/queue:Queue":              {limit("messageRetentionSeconds", 345600, falls, "seconds", "lose the messages that are older than")},
	lifecycles:                         {{on: []string{"rules"}, when: sooner, kind: Loss, does: "delete objects that were kept until now", values: earlier}},

	"aws:s3/bucketVersioning:BucketVersioning": {
		by("versioningConfiguration.status", nil, either(rule.Is("Suspended", "Disabled")), Guard, "no longer keep what is overwritten or deleted"),
	},
	"aws:s3/bucket:Bucket": {by("versioning.enabled", nil, either(rule.IsFalse), Guard, "no longer keep what is overwritten or deleted")},
	"aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration": {
		{on: []string{"rule"}, absent: map[string]any{}, when: lockedShorter, kind: Guard, does: "keep new objects from being deleted for fewer days, or not at all"},
	},
	"aws:efs/backupPolicy:BackupPolicy": {by("backupPolicy.status", nil, either(rule.Is("DISABLED")), Guard, "no longer be backed up")},
	"aws:backup/plan:Plan":              {{on: []string{"rules"}, when: keptShorter, kind: Guard, does: "keep new backups for fewer days, or make fewer"}},
}

func fewerBackups(absent any) interruption {
	lower := func(was, will rule.Value) bool { return !isZero(will) && falls(was, will) }
	return limit("backupRetentionPeriod", absent, lower, "days", "lose the automatic backups that are older than")
}

// by is what a property does, at once, that goes from one value to another.
func by(path string, absent any, ok func(was, will rule.Value) bool, kind Kind, does string) interruption {
	return interruption{on: []string{path}, absent: absent, when: from(path, absent, ok), kind: kind, does: does, now: true}
}

// limit is what a shorter time does at once, in a unit.
func limit(path string, absent any, ok func(was, will rule.Value) bool, unit, does string) interruption {
	words := strings.Split(path, ".")
	i := by(path, absent, ok, Loss, does+" its new "+words[len(words)-1])
	i.values = func(old, new *rule.Resource) string {
		was, will := or(held(old, path), absent), or(new.Get(path), absent)
		to, known := will.Number()
		from, before := was.Number()
		switch {
		case !known || will.IsSecret():
			return ""
		case !before || was.IsSecret() || from == 0:
			return fmt.Sprintf(" of %v %s", to, unit)
		}
		return fmt.Sprintf(" of %v %s (%v until now)", to, unit, from)
	}
	return i
}

// from is whether a property goes from one value to another, or may.
func from(path string, absent any, ok func(was, will rule.Value) bool) func(old, new *rule.Resource) bool {
	return func(old, new *rule.Resource) bool {
		will := or(new.Get(path), absent)
		return will.IsUnknown() || ok(or(held(old, path), absent), will)
	}
}

// either is about what a property will be, whatever it was.
func either(ok func(rule.Value) bool) func(was, will rule.Value) bool {
	return func(_, will rule.Value) bool { return ok(will) }
}

// falls is whether a number does. What it was may not be known.
func falls(was, will rule.Value) bool {
	before, known := was.Number()
	after, is := will.Number()
	return is && (known && after < before || was.IsUnknown())
}

// shortens is whether something is kept for less time. Zero is for ever.
func shortens(was, will rule.Value) bool {
	return !isZero(will) && (isZero(was) || falls(was, will))
}

func isZero(v rule.Value) bool { n, known := v.Number(); return known && n == 0 }

// added is what new rules do to a bucket that is there already.
func added(c *change.Change, r *change.Resource) []Danger {
	if r.Type != lifecycles || r.Op != change.Create || r.New == nil {
		return nil
	}
	name, _ := r.New.Get("bucket").Text()
	for _, b := range c.Resources {
		if b.Type != "aws:s3/bucket:Bucket" || b.New == nil || b.Op != change.Create && b.Op != change.Replace {
			continue
		}
		if called, _ := b.New.Get("bucket").Text(); slices.Contains(r.New.Edges["bucket"], b.URN) || name != "" && called == name {
			return nil
		}
	}
	bare := *r
	bare.Old, bare.Properties = &rule.Resource{URN: r.URN, Type: r.Type, Inputs: rule.Fields{}}, nil
	return updated(c, &bare)
}

// sooner is whether rules delete objects of a bucket that are kept as it is, or may.
func sooner(old, new *rule.Resource) bool {
	before := expiries(held(old, "rules"))
	for _, r := range expiries(new.Get("rules")) {
		if !slices.ContainsFunc(before, func(b rule.Value) bool { return covers(b, r) }) {
			return true
		}
	}
	return new.Get("rules").IsUnknown()
}

// earlier says which rule deletes what after how many days: the first that does so sooner.
func earlier(old, new *rule.Resource) string {
	before := expiries(held(old, "rules"))
	for _, r := range expiries(new.Get("rules")) {
		id, known := r.Get("id").Text()
		if !known || r.Get("id").IsSecret() || slices.ContainsFunc(before, func(b rule.Value) bool { return covers(b, r) }) {
			continue
		}
		var was rule.Value
		if at := slices.IndexFunc(before, func(b rule.Value) bool { return rule.Is(id)(b.Get("id")) }); at >= 0 {
			was = before[at]
		}
		for at, what := range []string{"when %v days old", "%v days after they were overwritten or deleted"} {
			then, now := or(was.Get(expires[at]), 0), r.Get(expires[at])
			days, known := now.Number()
			switch {
			case !known || now.IsSecret() || !shortens(then, now):
			case isZero(then) || then.IsUnknown() || then.IsSecret():
				return fmt.Sprintf(", "+what+" (rules[%s])", days, id)
			default:
				return fmt.Sprintf(", "+what+" and not %v (rules[%s])", days, then, id)
			}
		}
	}
	return ""
}

// expires are the properties that say after how many days.
var expires = []string{"expiration.days", "noncurrentVersionExpiration.noncurrentDays"}

// expiries are the rules that are enabled and delete something, or may be and do.
func expiries(rules rule.Value) []rule.Value {
	var on []rule.Value
	for _, r := range rules.Items() {
		deletes := func(path string) bool { v := r.Get(path); return !v.IsAbsent() && !isZero(v) }
		status := r.Get("status")
		if (status.IsUnknown() || rule.Is("Enabled")(status)) && (slices.ContainsFunc(expires, deletes) || deletes("expiration.date")) {
			on = append(on, r)
		}
	}
	return on
}

// covers is whether one rule deletes all that another one does, and no later.
func covers(wide, narrow rule.Value) bool {
	for _, path := range []string{"prefix", "filter"} {
		if scope := wide.Get(path); !wholly(scope) && compare(scope, narrow.Get(path)) != same {
			return false
		}
	}
	for _, path := range expires {
		was, will := or(wide.Get(path), 0), or(narrow.Get(path), 0)
		if !isZero(will) && (isZero(was) || falls(was, will) || will.IsUnknown()) {
			return false
		}
	}
	const versions = "noncurrentVersionExpiration.newerNoncurrentVersions"
	date := narrow.Get("expiration.date")
	return (date.IsAbsent() || compare(wide.Get("expiration.date"), date) == same) &&
		!falls(or(wide.Get(versions), 0), or(narrow.Get(versions), 0))
}

// wholly is whether a filter leaves nothing out.
func wholly(filter rule.Value) bool {
	text, _ := filter.Text()
	for _, key := range filter.Keys() {
		if all, known := filter.Field(key).Text(); !known || all != "" {
			return false
		}
	}
	return text == "" && !filter.IsUnknown()
}

// lockedShorter is whether a bucket locks new objects for less time than before, or may.
func lockedShorter(old, new *rule.Resource) bool {
	days := func(r *rule.Resource) rule.Value {
		years := r.Get("rule.defaultRetention.years")
		if n, known := years.Number(); known {
			return rule.Of(n * 365)
		}
		return or(r.Get("rule.defaultRetention.days"), 0)
	}
	will := days(new)
	return will.IsUnknown() || falls(days(old), will)
}

// keptShorter is whether a plan keeps what it backs up for less time than before, or may. A
// rule is the same one if it has the same name or time.
func keptShorter(old, new *rule.Resource) bool {
	const keeps = "lifecycle.deleteAfter"
	rules := new.Get("rules")
	for _, was := range old.Get("rules").Items() {
		asLong := func(will rule.Value) bool {
			alike := func(path string) bool { v := will.Get(path); return !v.IsAbsent() && compare(was.Get(path), v) == same }
			return (alike("ruleName") || alike("schedule")) && !will.Get(keeps).IsUnknown() && !shortens(or(was.Get(keeps), 0), or(will.Get(keeps), 0))
		}
		if !slices.ContainsFunc(rules.Items(), asLong) {
			return true
		}
	}
	return rules.IsUnknown()
}
