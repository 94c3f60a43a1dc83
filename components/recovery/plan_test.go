package recovery_test

import (
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/components/objective"
	"github.com/plinth-iac/plinth/components/recovery"
	"github.com/plinth-iac/plinth/tests/harness"
)

const (
	home  = "eu-west-1"
	other = "eu-central-1"
	key   = pulumi.String("arn:aws:kms:eu-west-1:111122223333:key/1")
	topic = pulumi.String("arn:aws:sns:eu-west-1:111122223333:alerts")
)

func smallest(pulumi.ProviderResource) *recovery.PlanArgs {
	return &recovery.PlanArgs{Region: home, AwsManagedKey: true}
}

// full uses every argument; the provider is of the other region.
func full(provider pulumi.ProviderResource) *recovery.PlanArgs {
	return &recovery.PlanArgs{
		Region: home, KmsKeyArn: key,
		Rules: map[string]recovery.RuleArgs{
			"hourly":  {Schedule: "cron(0 * * * ? *)", StartWindowMinutes: 90, CompletionWindowMinutes: 200, DeleteAfterDays: 7, CopyDeleteAfterDays: 14},
			"pitr":    {Continuous: true},
			"monthly": {Schedule: "cron(0 5 1 * ? *)", DeleteAfterDays: 400, ColdStorageAfterDays: 30},
		},
		SelectionTags: map[string]string{"backup": "shop", "data": "orders"},
		Lock:          &recovery.LockArgs{MinRetentionDays: 2, MaxRetentionDays: 500, ComplianceAfterDays: 3},
		Copy: &recovery.CopyArgs{
			Region: other, Provider: provider, KmsKeyArn: pulumi.String("arn:aws:kms:eu-central-1:111122223333:key/2"),
			Lock: &recovery.LockArgs{MaxRetentionDays: 400}, CopyMinutes: 30,
		},
		RestoreTest: &recovery.RestoreTestArgs{
			Schedule: "cron(0 9 ? * SUN *)", StartWindowHours: 4, SelectionWindowDays: 7, ValidationWindowHours: 2,
			Types: map[string]recovery.RestoreTypeArgs{
				"RDS": {Overrides: map[string]pulumi.StringInput{"dbSubnetGroupName": pulumi.String("shop-subnets")}}, "DynamoDB": {},
			},
		},
		RestoreMinutes: 60,
		Alarms:         &recovery.AlarmsArgs{ActionArns: pulumi.StringArray{topic}},
		Events: &recovery.EventsArgs{
			TopicArn: topic, DeadLetterArn: pulumi.String("arn:aws:sqs:eu-west-1:111122223333:undelivered"), VaultEvents: []string{"RECOVERY_POINT_MODIFIED"},
		},
		ForceDestroy: true, DeletionProtection: pulumi.BoolRef(false), Tags: map[string]string{"team": "shop"},
	}
}

func program(names []string, args func(pulumi.ProviderResource) *recovery.PlanArgs, see ...func(*recovery.Plan)) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		provider, err := aws.NewProvider(ctx, "other", &aws.ProviderArgs{Region: pulumi.String(other)})
		if err != nil {
			return err
		}
		for _, name := range names {
			plan, err := recovery.NewPlan(ctx, name, args(provider))
			if err != nil {
				return err
			}
			for _, look := range see {
				look(plan)
			}
		}
		return nil
	}
}

func TestGraph(t *testing.T) {
	for name, args := range map[string]func(pulumi.ProviderResource) *recovery.PlanArgs{"smallest": smallest, "full": full} {
		t.Run(name, func(t *testing.T) {
			harness.Both(t, program([]string{"shop"}, args), func(t *testing.T, g *harness.Graph) {
				g.Golden(t, name)
				g.Owned(t, recovery.Type+"::shop", "shop-", "other")
			})
		})
	}
}

func TestTwoPlansInOneProgram(t *testing.T) {
	harness.Both(t, program([]string{"shop", "office"}, full), func(t *testing.T, g *harness.Graph) {
		require.Len(t, g.OfType("aws:backup/plan:Plan"), 2)
		require.Len(t, g.OfType("aws:backup/vault:Vault"), 4)
	})
}

func TestSafeByDefault(t *testing.T) {
	harness.Both(t, program([]string{"shop"}, smallest), func(t *testing.T, g *harness.Graph) {
		vault := g.Named(t, "shop-vault")
		require.True(t, vault.Protect)
		require.Equal(t, false, vault.Value("forceDestroy"))
		lock := g.Named(t, "shop-lock")
		require.Equal(t, float64(7), lock.Value("minRetentionDays"))
		require.Nil(t, lock.Value("changeableForDays"), "governance mode: compliance cannot be undone")
		require.Contains(t, g.Named(t, "shop-policy").Value("policy"), `"backup:DeleteRecoveryPoint"`)
		rule := g.Named(t, "shop-plan")
		require.Equal(t, "cron(0 5 * * ? *)", rule.Value("rules[0].schedule"))
		require.Equal(t, false, rule.Value("rules[0].enableContinuousBackup"), "the databases keep their own settings")
		require.Equal(t, float64(35), rule.Value("rules[0].lifecycle.deleteAfter"))
		require.Equal(t, []any{map[string]any{"type": "STRINGEQUALS", "key": "backup", "value": "shop"}}, g.Named(t, "shop-selection").Value("selectionTags"))
		require.Len(t, g.OfType("aws:backup/restoreTestingSelection:RestoreTestingSelection"), 4)
	})
}

// What a vault has only one of would be gone after a replacement that creates first.
func TestWhatAVaultHasOnlyOneOfIsDeletedBeforeItIsMadeAnew(t *testing.T) {
	harness.Both(t, program([]string{"shop"}, full), func(t *testing.T, g *harness.Graph) {
		for _, name := range []string{"shop-lock", "shop-copy-lock", "shop-notifications"} {
			require.True(t, g.Named(t, name).DeleteBeforeReplace, name)
		}
	})
}

func TestTheCopyGoesThroughItsOwnProvider(t *testing.T) {
	harness.Both(t, program([]string{"shop"}, full), func(t *testing.T, g *harness.Graph) {
		for _, r := range g.Resources {
			if strings.HasPrefix(r.Type, "aws:") {
				require.Equal(t, strings.HasPrefix(r.Name, "shop-copy-"), strings.HasSuffix(r.Provider, "::other"), r.Name)
			}
		}
		plan := g.Named(t, "shop-plan")
		require.ElementsMatch(t, []string{g.Named(t, "shop-lock").URN, g.Named(t, "shop-copy-vault").URN}, plan.PropertyDependencies["rules"])
		for i, days := range []float64{14, 400, 35} {
			require.Equal(t, days, plan.Value("rules["+string(rune('0'+i))+"].copyActions[0].lifecycle.deleteAfter"))
		}
	})
}

func TestRestoreTestsHaveNamesThatAwsTakes(t *testing.T) {
	g := harness.Run(t, harness.Update, program([]string{"shop"}, smallest))
	require.Equal(t, "shop_plan", g.Named(t, "shop-test").Value("name"))
	for _, r := range g.OfType("aws:backup/restoreTestingSelection:RestoreTestingSelection") {
		require.Regexp(t, `^[A-Za-z0-9_]+$`, r.Value("name"))
	}
	off := func(pulumi.ProviderResource) *recovery.PlanArgs {
		a := smallest(nil)
		a.RestoreTest = &recovery.RestoreTestArgs{Enabled: pulumi.BoolRef(false)}
		return a
	}
	harness.Both(t, program([]string{"shop"}, off), func(t *testing.T, g *harness.Graph) {
		require.Empty(t, g.OfType("aws:backup/restoreTestingPlan:RestoreTestingPlan"))
	})
}

func TestFailuresAreTold(t *testing.T) {
	g := harness.Run(t, harness.Update, program([]string{"shop"}, full))
	for name, want := range map[string]string{
		"backup":  `{"detail":{"backupVaultName":["shop-vault"],"state":["FAILED","ABORTED","EXPIRED"]},"detail-type":["Backup Job State Change"],"source":["aws.backup"]}`,
		"copy":    `{"detail":{"sourceBackupVaultArn":["arn:aws:mock:us-east-1:111122223333:shop-vault"],"state":["FAILED","ABORTED","EXPIRED"]},"detail-type":["Copy Job State Change"],"source":["aws.backup"]}`,
		"restore": `{"detail":{"status":["FAILED","ABORTED","EXPIRED"]},"detail-type":["Restore Job State Change"],"source":["aws.backup"]}`,
	} {
		require.Equal(t, want, g.Named(t, "shop-event-"+name).Value("eventPattern"), name)
		require.Equal(t, string(topic), g.Named(t, "shop-target-"+name).Value("arn"))
	}
	for alarm, metric := range map[string]string{
		"backup": "NumberOfBackupJobsFailed", "late": "NumberOfBackupJobsExpired", "copy": "NumberOfCopyJobsFailed", "restore": "NumberOfRestoreJobsFailed",
	} {
		r := g.Named(t, "shop-alarm-"+alarm)
		require.Equal(t, metric, r.Value("metricName"))
		require.Equal(t, map[string]any{"BackupVaultName": "shop-vault"}, r.Value("dimensions"))
		require.Equal(t, []any{string(topic)}, r.Value("alarmActions"))
	}
	alone := func(pulumi.ProviderResource) *recovery.PlanArgs {
		a := smallest(nil)
		a.Alarms, a.Events = &recovery.AlarmsArgs{}, &recovery.EventsArgs{TopicArn: topic}
		return a
	}
	harness.Both(t, program([]string{"shop"}, alone), func(t *testing.T, g *harness.Graph) {
		require.Len(t, g.OfType("aws:cloudwatch/metricAlarm:MetricAlarm"), 3, "nothing is copied")
		require.Len(t, g.OfType("aws:cloudwatch/eventRule:EventRule"), 2)
		require.Empty(t, g.OfType("aws:backup/vaultNotifications:VaultNotifications"))
	})
}

func TestObjectivesComeFromTheRules(t *testing.T) {
	const restored, copied = "restore of the last backup", "restore of the last copy in eu-central-1"
	for name, c := range map[string]struct {
		change func(*recovery.PlanArgs)
		want   objective.Objectives
	}{
		"by default": {func(*recovery.PlanArgs) {}, objective.Objectives{
			objective.Mistake: {Rpo: 25 * time.Hour, Rto: 4 * time.Hour, By: restored},
		}},
		"the most frequent rule counts, and how late it may start": {func(a *recovery.PlanArgs) {
			a.Rules = map[string]recovery.RuleArgs{
				"daily": {}, "often": {Schedule: "cron(0 */6 * * ? *)", StartWindowMinutes: 120}, "weekly": {Schedule: "cron(0 5 ? * SUN *)"},
			}
			a.RestoreMinutes = 30
		}, objective.Objectives{
			objective.Mistake: {Rpo: 8 * time.Hour, Rto: 30 * time.Minute, By: restored},
		}},
		"a continuous backup, whose copy is a snapshot": {func(a *recovery.PlanArgs) {
			a.Rules = map[string]recovery.RuleArgs{"pitr": {Continuous: true}}
			a.Copy = full(nil).Copy
		}, objective.Objectives{
			objective.Mistake: {Rpo: 5 * time.Minute, Rto: 4 * time.Hour, By: restored},
			objective.Region:  {Rpo: 25*time.Hour + 30*time.Minute, Rto: 4 * time.Hour, By: copied},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			harness.Run(t, harness.Preview, program([]string{"shop"}, func(provider pulumi.ProviderResource) *recovery.PlanArgs {
				a := smallest(nil)
				c.change(a)
				if a.Copy != nil {
					a.Copy.Provider = provider
				}
				return a
			}, func(p *recovery.Plan) {
				require.Equal(t, c.want, p.Objectives)
				require.Equal(t, map[string]string{"backup": "shop"}, p.SelectionTags)
			}))
		})
	}
}

func TestArgsAreNotChanged(t *testing.T) {
	var given *recovery.PlanArgs
	harness.Run(t, harness.Preview, program([]string{"shop"}, func(provider pulumi.ProviderResource) *recovery.PlanArgs {
		given = full(provider)
		given.RestoreTest, given.Lock.MaxRetentionDays, given.Copy.Lock = &recovery.RestoreTestArgs{}, 0, nil
		return given
	}))
	require.Equal(t, &recovery.RestoreTestArgs{}, given.RestoreTest)
	require.Zero(t, given.Lock.MaxRetentionDays)
	require.Nil(t, given.Copy.Lock)
	require.Empty(t, given.Rules["pitr"].Schedule)
}
