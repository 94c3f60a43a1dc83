package backup

import (
	"testing"

	"github.com/plinth-iac/plinth/policies/internal/ruletest"
	"github.com/plinth-iac/plinth/policies/rule"
)

type (
	r    = ruletest.R
	in   = map[string]any
	to   = map[string][]string
	list = []any
)

var later = ruletest.ID

// The providers of two regions.
var (
	ireland   = in{"region": "eu-west-1"}
	frankfurt = in{"region": "eu-central-1"}
)

func one(token string, inputs in) []r {
	return []r{{Type: token, Name: "it", In: inputs, Provider: ireland}}
}

func check(id, name string, want rule.Outcome, says string, stack ...r) ruletest.Case {
	return ruletest.Case{Rule: id, Name: name, Want: want, Says: says, Stack: stack}
}

func TestRules(t *testing.T) {
	var cases []ruletest.Case
	for _, some := range [][]ruletest.Case{retentionCases(), planCases(), selectionCases(), regionCases(), bucketCases(), fileCases()} {
		cases = append(cases, some...)
	}
	ruletest.Run(t, Rules(), cases)
}

func retentionCases() []ruletest.Case {
	on := in{"enabled": true}
	return []ruletest.Case{
		check("db-backup-retention", "a month", rule.Pass, "", one(database, in{"backupRetentionPeriod": 30})...),
		check("db-backup-retention", "a week", rule.Fail, "backupRetentionPeriod is 7. Fix: set backupRetentionPeriod to 30 or more",
			one(dbCluster, in{"backupRetentionPeriod": 7})...),
		{Rule: "db-backup-retention", Name: "a week in development", Profile: rule.Development, Want: rule.Pass, Stack: one(database, in{"backupRetentionPeriod": 7})},
		check("db-backup-retention", "not said", rule.Fail, "backupRetentionPeriod is not set", one(documentCluster, in{})...),
		check("db-backup-retention", "none", rule.Fail, "backupRetentionPeriod is 0", one(graphCluster, in{"backupRetentionPeriod": 0})...),
		check("db-backup-retention", "not a number", rule.Fail, `backupRetentionPeriod is "long"`, one(database, in{"backupRetentionPeriod": "long"})...),
		check("db-backup-retention", "secret", rule.Fail, "backupRetentionPeriod is [secret]", one(database, in{"backupRetentionPeriod": rule.Secret{Of: 3}})...),
		check("db-backup-retention", "computed", rule.Unknown, "backupRetentionPeriod: known only after creation", one(database, in{"backupRetentionPeriod": later})...),
		check("db-backup-retention", "replica", rule.NotApplicable, "", one(database, in{"replicateSourceDb": later})...),
		check("db-backup-retention", "replica cluster", rule.NotApplicable, "", one(dbCluster, in{"replicationSourceIdentifier": "arn:x"})...),
		check("db-backup-retention", "promoted replica", rule.Fail, "not set", one(database, in{"replicateSourceDb": ""})...),
		check("db-backup-retention", "member of a cluster", rule.NotApplicable, "", one(database, in{"engine": "aurora-mysql"})...),

		check("cache-snapshots", "a day", rule.Pass, "", one(cacheGroup, in{"snapshotRetentionLimit": 1})...),
		check("cache-snapshots", "none", rule.Fail, "set snapshotRetentionLimit to 1 or more", one(memoryCluster, in{"snapshotRetentionLimit": 0})...),
		check("cache-snapshots", "not said", rule.Fail, "snapshotRetentionLimit is not set", one(cacheGroup, in{})...),
		check("cache-snapshots", "a warehouse's default", rule.Pass, "", one(warehouse, in{})...),
		check("cache-snapshots", "a warehouse without", rule.Fail, "automatedSnapshotRetentionPeriod is 0", one(warehouse, in{"automatedSnapshotRetentionPeriod": 0})...),
		{Rule: "cache-snapshots", Name: "a warehouse's default is a day", Settings: rule.Settings{"days": 7}, Want: rule.Fail, Says: "to 7 or more", Stack: one(warehouse, in{})},
		check("cache-snapshots", "computed", rule.Unknown, "snapshotRetentionLimit", one(cacheGroup, in{"snapshotRetentionLimit": later})...),

		check("dynamodb-pitr", "on", rule.Pass, "", one(table, in{"pointInTimeRecovery": on})...),
		check("dynamodb-pitr", "not said", rule.Fail, "set pointInTimeRecovery.enabled to true", one(table, in{})...),
		check("dynamodb-pitr", "on everywhere", rule.Pass, "",
			one(table, in{"pointInTimeRecovery": on, "replicas": list{in{"regionName": "eu-central-1", "pointInTimeRecovery": true}}})...),
		check("dynamodb-pitr", "off in a replica", rule.Fail, "set replicas[1].pointInTimeRecovery to true", one(table, in{"pointInTimeRecovery": on,
			"replicas": list{in{"pointInTimeRecovery": true}, in{"regionName": "eu-central-1"}}})...),
		check("dynamodb-pitr", "replicas computed", rule.Unknown, "replicas", one(table, in{"pointInTimeRecovery": on, "replicas": later})...),
		check("dynamodb-pitr", "computed", rule.Unknown, "pointInTimeRecovery.enabled", one(table, in{"pointInTimeRecovery": later})...),
		check("dynamodb-pitr", "replica on", rule.Pass, "", one(tableReplica, in{"pointInTimeRecovery": true})...),
		check("dynamodb-pitr", "replica off", rule.Fail, "set pointInTimeRecovery to true", one(tableReplica, in{"pointInTimeRecovery": false})...),
	}
}

func planCases() []ruletest.Case {
	of := func(rules ...any) []r { return one(plan, in{"rules": rules}) }
	daily := func(days int) in { return in{"schedule": "cron(0 3 * * ? *)", "lifecycle": in{"deleteAfter": days}} }
	tested := func(name any, edges to) []r {
		return append(of(daily(35)), r{Type: restoreTest, Name: "monthly", In: in{"name": "monthly"}},
			r{Type: restoreSelection, Name: "databases", In: in{"restoreTestingPlanName": name}, Edges: edges})
	}
	return []ruletest.Case{
		check("backup-meets-rpo", "daily for 35 days", rule.Pass, "", of(daily(35))...),
		check("backup-meets-rpo", "daily for ever", rule.Pass, "", of(in{"schedule": "cron(0 3 * * ? *)"})...),
		check("backup-meets-rpo", "hourly for a week and monthly for a year", rule.Pass, "",
			of(in{"schedule": "rate(1 hour)", "lifecycle": in{"deleteAfter": 7}}, in{"schedule": "cron(0 3 1 * ? *)", "lifecycle": in{"deleteAfter": 365}})...),
		check("backup-meets-rpo", "continuous", rule.Pass, "", of(in{"enableContinuousBackup": true, "lifecycle": in{"deleteAfter": 35}})...),
		check("backup-meets-rpo", "weekly", rule.Fail, "no rule runs every 24 hours", of(in{"schedule": "cron(0 3 ? * SUN *)"})...),
		check("backup-meets-rpo", "a week", rule.Fail, "set lifecycle.deleteAfter of a rule to 35 or more", of(daily(7))...),
		check("backup-meets-rpo", "no schedule", rule.Fail, "give a rule a schedule", of(in{"lifecycle": in{"deleteAfter": 35}})...),
		check("backup-meets-rpo", "no rules", rule.Fail, "no rule runs every 24 hours; no rule keeps", of()...),
		check("backup-meets-rpo", "no schedule that can be read", rule.Fail, "no rule runs", of(in{"schedule": "cron(0 3 L * ? *)"})...),
		{Rule: "backup-meets-rpo", Name: "four hours are declared", Settings: rule.Settings{"rpoHours": 4}, Want: rule.Fail,
			Says: "every 4 hours", Stack: of(daily(35))},
		{Rule: "backup-meets-rpo", Name: "a week in development", Profile: rule.Development, Want: rule.Pass, Stack: of(daily(7))},
		check("backup-meets-rpo", "rules computed", rule.Unknown, "rules", one(plan, in{"rules": later})...),
		check("backup-meets-rpo", "schedule computed", rule.Unknown, "rules[0].schedule", of(in{"schedule": later})...),
		check("backup-meets-rpo", "secret schedule", rule.Pass, "", of(in{"schedule": rule.Secret{Of: "rate(12 hours)"}})...),

		check("backup-vault-locked", "locked", rule.Pass, "", r{Type: vault, Name: "main", In: in{}},
			r{Type: vaultLock, Name: "lock", In: in{"backupVaultName": later}, Edges: to{"backupVaultName": {"main"}}}),
		check("backup-vault-locked", "locked by name", rule.Pass, "", r{Type: vault, Name: "main", In: in{}, Out: in{"id": "main-1"}},
			r{Type: vaultLock, Name: "lock", In: in{"backupVaultName": "main-1"}}),
		check("backup-vault-locked", "another is locked", rule.Fail, "add a VaultLockConfiguration", r{Type: vault, Name: "main", In: in{}, Out: in{"id": "main-1"}},
			r{Type: vaultLock, Name: "lock", In: in{"backupVaultName": "other"}}),
		check("backup-vault-locked", "not locked", rule.Fail, "is not locked", one(vault, in{})...),
		check("backup-vault-locked", "a lock of who knows what", rule.Unknown, "backupVaultName: external", r{Type: vault, Name: "main", In: in{}},
			r{Type: vaultLock, Name: "lock", In: in{"backupVaultName": later}}),

		check("restore-tested", "tested", rule.Pass, "", tested(later, to{"restoreTestingPlanName": {"monthly"}})...),
		check("restore-tested", "nothing selected", rule.Fail, "add a RestoreTestingPlan", tested("another", nil)...),
		check("restore-tested", "no test", rule.Fail, "no restore of its backups is tested", of(daily(35))...),
		check("restore-tested", "a selection of who knows what", rule.Unknown, "restoreTestingPlanName", tested(later, nil)...),
	}
}

// A remedy sets what the rule asks for, and no more.
func TestRemedies(t *testing.T) {
	for _, c := range []struct {
		rule     *rule.Rule
		token    string
		path     string
		value    any
		profiles []rule.Profile
	}{
		{dbBackupRetention(), database, "backupRetentionPeriod", 30.0, []rule.Profile{rule.Production}},
		{dbBackupRetention(), dbCluster, "backupRetentionPeriod", 7.0, []rule.Profile{rule.Development}},
		{cacheSnapshots(), cacheGroup, "snapshotRetentionLimit", 1.0, rule.Profiles()},
		{cacheSnapshots(), warehouse, "automatedSnapshotRetentionPeriod", 1.0, rule.Profiles()},
		{dynamodbPitr(), table, "pointInTimeRecovery.enabled", true, rule.Profiles()},
		{dynamodbPitr(), tableReplica, "pointInTimeRecovery", true, rule.Profiles()},
	} {
		for _, profile := range c.profiles {
			patches, err := rule.Cure(c.rule, &rule.Resource{Type: c.token}, c.rule.Defaults(profile))
			if err != nil || len(patches) != 1 || patches[0] != (rule.Patch{Path: c.path, Value: c.value}) {
				t.Errorf("%s on %s: %v, %v", c.rule.ID, c.token, patches, err)
			}
		}
	}
}

// A secret is replicated to where the pack's config says, if that is all there is to know.
func TestSecretRemedy(t *testing.T) {
	region := rule.Settings{"region": "eu-central-1"}
	for name, c := range map[string]struct {
		inputs   in
		settings rule.Settings
		want     int
	}{
		"to the region": {in{}, region, 1}, "no region is known": {in{}, rule.Settings{}, 0},
		"it has replicas": {in{"replicas": list{in{"region": "eu-north-1"}}}, region, 0}, "it has a key": {in{"kmsKeyId": later}, region, 0},
	} {
		res := &rule.Resource{Type: secret, Inputs: rule.FieldsOf(c.inputs)}
		patches, err := rule.Cure(secretReplicated(), res, c.settings)
		if err != nil || len(patches) != c.want {
			t.Fatalf("%s: %v, %v", name, patches, err)
		}
		for _, patch := range patches {
			res.Inputs[patch.Path] = rule.Of(patch.Value)
			if f, err := rule.Run(secretReplicated(), nil, res, c.settings); err != nil || f.Outcome != rule.Pass {
				t.Errorf("%s: after %v it is %v, %v", name, patch, f.Outcome, err)
			}
		}
	}
}

// Development environments are asked for what costs next to nothing.
func TestDevelopmentIsAskedForLittle(t *testing.T) {
	for _, p := range Rules() {
		want := rule.Disabled
		switch p.ID {
		case "db-backup-retention", "dynamodb-pitr", "backup-meets-rpo", "s3-versioning":
			want = rule.Advisory
		}
		if got := p.Level(rule.Development); got != want {
			t.Errorf("%s is at level %d in development, want %d", p.ID, got, want)
		}
	}
}
