package recovery_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/components/recovery"
	"github.com/plinth-iac/plinth/tests/harness"
)

func TestEveryProblemIsReportedAtOnceBeforeAnythingExists(t *testing.T) {
	const noKey = "is required, unless awsManagedKey is true: the key cannot be changed later, and what AWS's own key encrypts cannot be shared with another account"
	for name, c := range map[string]struct {
		plan string
		args *recovery.PlanArgs
		want string
	}{
		"nothing given": {"shop", &recovery.PlanArgs{}, `2 problems
  kmsKeyArn: ` + noKey + `
  region: is required`},
		"a long name": {"a-name-that-is-too-long-for-a-vault", smallest(nil), `1 problem
  name: "a-name-that-is-too-long-for-a-vault": must be 1 to 31 letters, digits, hyphens and underscores, and begin with a letter: it is part of the vaults' names`},
		"rules": {"shop", &recovery.PlanArgs{Region: home, AwsManagedKey: true, Rules: map[string]recovery.RuleArgs{
			"a b":     {},
			"cold":    {DeleteAfterDays: 100, ColdStorageAfterDays: 11},
			"frozen":  {ColdStorageAfterDays: -1},
			"lasting": {Continuous: true, DeleteAfterDays: 36, ColdStorageAfterDays: 1},
			"never":   {Schedule: "cron(0 5 30 2 ? *)"},
			"often":   {Schedule: "cron(0,30 5 * * ? *)", CopyDeleteAfterDays: 35},
			"quick":   {Schedule: "rate(30 minutes)", StartWindowMinutes: 30, CompletionWindowMinutes: 80},
			"rare":    {Schedule: "cron(0 5 1 * ? *)", DeleteAfterDays: 30},
			"short":   {DeleteAfterDays: 6, Continuous: true},
			"unread":  {Schedule: "cron(0 25 * * ? *)"},
		}}, `15 problems
  rules: 2 rules are continuous; a resource has one continuous backup
  rules.a b: the name must be 1 to 50 letters, digits, dots, hyphens and underscores
  rules.cold.coldStorageAfterDays: 11: needs deleteAfterDays of 101: what is cold is paid for 90 days
  rules.frozen.coldStorageAfterDays: -1: must not be negative
  rules.lasting.coldStorageAfterDays: conflicts with rules.lasting.continuous: continuous backups cannot be moved
  rules.lasting.deleteAfterDays: 36: must be at most 35 for a continuous backup
  rules.never.schedule: "cron(0 5 30 2 ? *)": there is no such day
  rules.often.copyDeleteAfterDays: needs copy: nothing is copied
  rules.often.schedule: "cron(0,30 5 * * ? *)": is more often than once an hour
  rules.quick.completionWindowMinutes: 80: must be at least an hour more than the start window: 90
  rules.quick.schedule: "rate(30 minutes)": is more often than once an hour
  rules.quick.startWindowMinutes: 30: must be at least 60
  rules.rare.deleteAfterDays: 30: is less than the 31 days until the next backup: there would be times without any
  rules.short.deleteAfterDays: 6: must be 7 to 3650, as lock says
  rules.unread.schedule: "cron(0 25 * * ? *)": hour: "25" must be 0 to 23`},
		"vaults": {"shop", &recovery.PlanArgs{
			Region: home, KmsKeyArn: key, AwsManagedKey: true, SelectionTags: map[string]string{"aws:x": "y"},
			Lock:  &recovery.LockArgs{MinRetentionDays: 50, MaxRetentionDays: 40, ComplianceAfterDays: 2},
			Copy:  &recovery.CopyArgs{Region: home, Lock: &recovery.LockArgs{MinRetentionDays: -1, MaxRetentionDays: 60}, CopyMinutes: -1},
			Rules: map[string]recovery.RuleArgs{"r": {DeleteAfterDays: 45, CopyDeleteAfterDays: 61}}, RestoreMinutes: -1,
		}, `12 problems
  awsManagedKey: conflicts with kmsKeyArn: data is encrypted with one key
  copy.copyMinutes: -1: must be at least 1
  copy.kmsKeyArn: ` + noKey + `
  copy.lock.minRetentionDays: -1: must be 1 to 36500
  copy.provider: is required
  copy.region: "eu-west-1": is the plan's own region: a copy there would be lost with it
  lock.complianceAfterDays: 2: must be 3 to 36500
  lock.maxRetentionDays: 40: is less than minRetentionDays (50)
  restoreMinutes: -1: must be at least 1
  rules.r.copyDeleteAfterDays: 61: must be -1 to 60, as copy.lock says
  rules.r.deleteAfterDays: 45: must be 50 to 40, as lock says
  selectionTags: "aws:x": is not a tag that a resource can be given`},
		"another partition": {"shop", &recovery.PlanArgs{
			Region: home, KmsKeyArn: key, Copy: &recovery.CopyArgs{Region: "cn-north-1", AwsManagedKey: true},
		}, `2 problems
  copy.provider: is required
  copy.region: "cn-north-1": is in another partition than eu-west-1`},
		"tests and messages": {"shop", &recovery.PlanArgs{
			Region: home, AwsManagedKey: true,
			RestoreTest: &recovery.RestoreTestArgs{
				Schedule: "monthly", StartWindowHours: 169, SelectionWindowDays: 366, ValidationWindowHours: 200,
				Types: map[string]recovery.RestoreTypeArgs{"Redis": {}, "RDS": {Overrides: map[string]pulumi.StringInput{"x": nil}}},
			},
			Events: &recovery.EventsArgs{VaultEvents: []string{"COPY_JOB_FAILED", "BACKUP_JOB_FAILED"}},
		}, `8 problems
  events.topicArn: is required
  events.vaultEvents[1]: "BACKUP_JOB_FAILED" is not supported; allowed: BACKUP_JOB_STARTED, BACKUP_JOB_COMPLETED, COPY_JOB_STARTED, COPY_JOB_SUCCESSFUL, COPY_JOB_FAILED, RESTORE_JOB_STARTED, RESTORE_JOB_COMPLETED, RECOVERY_POINT_MODIFIED
  restoreTest.schedule: "monthly": must be cron(...) with six fields, or rate(...)
  restoreTest.selectionWindowDays: 366: must be 1 to 365
  restoreTest.startWindowHours: 169: must be 1 to 168
  restoreTest.types.RDS.overrides.x: is required
  restoreTest.types.Redis: "Redis" is not supported; allowed: Aurora, DocumentDB, DynamoDB, EBS, EC2, EFS, FSx, Neptune, RDS, S3
  restoreTest.validationWindowHours: 200: must be 1 to 168`},
	} {
		t.Run(name, func(t *testing.T) {
			g, err := harness.Try(harness.Preview, func(ctx *pulumi.Context) error {
				_, err := recovery.NewPlan(ctx, c.plan, c.args)
				return err
			})
			require.ErrorContains(t, err, `recovery.Plan "`+c.plan+`": `+c.want+"\n")
			require.Empty(t, g.Resources)
		})
	}
}
