package recovery_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/components/recovery"
	"github.com/plinth-iac/plinth/tests/lifetest"
)

func onNetwork(net *lifetest.Network) *recovery.PlanArgs {
	return &recovery.PlanArgs{
		Region: net.Region, KmsKeyArn: net.KmsKeyArn, Alarms: &recovery.AlarmsArgs{ActionArns: pulumi.StringArray{net.TopicArn}},
		Events: &recovery.EventsArgs{TopicArn: net.TopicArn},
	}
}

func deploy(ctx *pulumi.Context, net *lifetest.Network, a *recovery.PlanArgs) error {
	_, err := recovery.NewPlan(ctx, "shop", a, net.Opts)
	return err
}

type change = lifetest.Change[recovery.PlanArgs]

func unprotected(a *recovery.PlanArgs, _ *lifetest.Network) {
	a.DeletionProtection = pulumi.BoolRef(false)
}

func copied(a *recovery.PlanArgs, net *lifetest.Network) {
	a.Copy = &recovery.CopyArgs{Region: net.Recovery.Region, Provider: net.Recovery.Provider, KmsKeyArn: net.Recovery.KmsKeyArn}
}

func notCopied(a *recovery.PlanArgs, _ *lifetest.Network) { a.Copy = nil }

func TestTheLifeOfAPlan(t *testing.T) {
	l := lifetest.Start(t, onNetwork, deploy)
	l.Up()
	l.Changes("one more rule", func(a *recovery.PlanArgs, _ *lifetest.Network) {
		a.Rules = map[string]recovery.RuleArgs{"daily": {}, "monthly": {Schedule: "cron(0 5 1 * ? *)", DeleteAfterDays: 365}}
	}, "update shop-plan")
	l.Changes("one rule less", func(a *recovery.PlanArgs, _ *lifetest.Network) { a.Rules = nil }, "update shop-plan")
	l.Changes("a copy", copied, "create shop-copy-vault", "create shop-copy-lock", "create shop-copy-policy", "update shop-plan",
		"create shop-alarm-copy", "create shop-event-copy", "create shop-target-copy")
	require.Equal(t, lifetest.RecoveryRegion, l.Resource("shop-copy-vault").Region)
	l.Changes("kept for longer than the locks allowed", func(a *recovery.PlanArgs, net *lifetest.Network) {
		copied(a, net)
		a.Lock, a.Copy.Lock = &recovery.LockArgs{MaxRetentionDays: 5000}, &recovery.LockArgs{MaxRetentionDays: 5000}
		a.Rules = map[string]recovery.RuleArgs{"daily": {DeleteAfterDays: 4000}}
	}, "replace shop-lock", "replace shop-copy-lock", "update shop-plan")
	require.EqualValues(t, 5000, l.Resource("shop-lock").Props["maxRetentionDays"], "the new lock is there, not gone with the old one")
	l.Refused("a copy at home", func(a *recovery.PlanArgs, net *lifetest.Network) {
		a.Copy = &recovery.CopyArgs{Region: net.Region, Provider: net.Provider, AwsManagedKey: true}
	}, "copy.region", "is the plan's own region")
	_, err := l.Plan(notCopied)
	require.ErrorContains(t, err, "shop-copy-vault", "a protected vault stays")
	l.Protected()
	l.Changes("unprotected", unprotected)
	l.Changes("no copy", notCopied, "delete shop-copy-vault", "delete shop-copy-lock", "delete shop-copy-policy", "update shop-plan",
		"delete shop-alarm-copy", "delete shop-event-copy", "delete shop-target-copy")
	l.Destroy()
}

func TestAVaultWithRecoveryPointsIsNotDestroyed(t *testing.T) {
	l := lifetest.Start(t, onNetwork, deploy)
	l.Up()
	l.Changes("unprotected", unprotected)
	points := func(n float64) {
		require.NoError(t, l.Cloud().Drift(l.Resource("shop-vault").URN, func(props map[string]any) { props["recoveryPoints"] = n }))
	}
	points(3)
	l.DestroyRefused("Backup vault cannot be deleted because it contains recovery points")
	points(0)
	l.Destroy()
}

func TestNoArgumentReplacesAVault(t *testing.T) {
	l := lifetest.Start(t, onNetwork, deploy)
	l.Up()
	l.Changes("a copy", copied, "create shop-copy-vault", "create shop-copy-lock", "create shop-copy-policy", "update shop-plan",
		"create shop-alarm-copy", "create shop-event-copy", "create shop-target-copy")
	l.NeverReplaces([]string{"shop-vault", "shop-copy-vault"}, map[string]change{
		"region": func(a *recovery.PlanArgs, _ *lifetest.Network) { a.Region = "eu-west-2" },
		"key": func(a *recovery.PlanArgs, net *lifetest.Network) {
			a.KmsKeyArn = pulumi.String("arn:aws:kms:" + net.Region + ":" + net.AccountId + ":key/other")
		},
		"own key":   func(a *recovery.PlanArgs, _ *lifetest.Network) { a.KmsKeyArn, a.AwsManagedKey = nil, true },
		"rules":     func(a *recovery.PlanArgs, _ *lifetest.Network) { a.Rules = map[string]recovery.RuleArgs{"other": {}} },
		"selection": func(a *recovery.PlanArgs, _ *lifetest.Network) { a.SelectionTags = map[string]string{"a": "b"} },
		"lock":      func(a *recovery.PlanArgs, _ *lifetest.Network) { a.Lock = &recovery.LockArgs{MinRetentionDays: 8} },
		"deletable": func(a *recovery.PlanArgs, _ *lifetest.Network) { a.Deletable = true },
		"no copy":   notCopied,
		"copy's key": func(a *recovery.PlanArgs, net *lifetest.Network) {
			a.Copy = &recovery.CopyArgs{
				Region: net.Recovery.Region, Provider: net.Recovery.Provider,
				KmsKeyArn: pulumi.String("arn:aws:kms:" + net.Recovery.Region + ":" + net.AccountId + ":key/other"),
			}
		},
		"test": func(a *recovery.PlanArgs, _ *lifetest.Network) {
			a.RestoreTest = &recovery.RestoreTestArgs{Schedule: "cron(0 9 ? * SUN *)", Types: map[string]recovery.RestoreTypeArgs{"RDS": {}}}
		},
		"no test": func(a *recovery.PlanArgs, _ *lifetest.Network) {
			a.RestoreTest = &recovery.RestoreTestArgs{Enabled: pulumi.BoolRef(false)}
		},
		"restore":   func(a *recovery.PlanArgs, _ *lifetest.Network) { a.RestoreMinutes = 10 },
		"no alarms": func(a *recovery.PlanArgs, _ *lifetest.Network) { a.Alarms = nil },
		"events": func(a *recovery.PlanArgs, net *lifetest.Network) {
			a.Events = &recovery.EventsArgs{TopicArn: net.TopicArn, VaultEvents: []string{"COPY_JOB_FAILED"}}
		},
		"protected": unprotected,
		"force":     func(a *recovery.PlanArgs, _ *lifetest.Network) { a.ForceDestroy = true },
		"tags":      func(a *recovery.PlanArgs, _ *lifetest.Network) { a.Tags = map[string]string{"team": "shop"} },
	})
}
