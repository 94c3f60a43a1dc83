package keys_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/components/iampolicy"
	"github.com/plinth-iac/plinth/components/keys"
	"github.com/plinth-iac/plinth/tests/lifetest"
)

func onNetwork(net *lifetest.Network) *keys.KeyArgs {
	return &keys.KeyArgs{
		Region: net.Region, AccountId: net.AccountId, Class: "database", Services: []string{"rds", "logs"}, MultiRegion: true,
	}
}

func deploy(ctx *pulumi.Context, net *lifetest.Network, a *keys.KeyArgs) error {
	_, err := keys.NewKey(ctx, "database", a, net.Opts)
	return err
}

type change = lifetest.Change[keys.KeyArgs]

func unprotected(a *keys.KeyArgs, _ *lifetest.Network) { a.DeletionProtection = pulumi.BoolRef(false) }

func replicated(a *keys.KeyArgs, net *lifetest.Network) {
	a.Replicas = map[string]keys.ReplicaArgs{net.Recovery.Region: {Provider: net.Recovery.Provider}}
}

func TestTheLifeOfAKey(t *testing.T) {
	l := lifetest.Start(t, onNetwork, deploy)
	l.Up()
	l.Changes("another service", func(a *keys.KeyArgs, _ *lifetest.Network) { a.Services = []string{"rds", "logs", "backup"} }, "update database-key")
	l.Changes("quicker rotation", func(a *keys.KeyArgs, _ *lifetest.Network) { a.RotationDays = 180 }, "update database-key")
	l.Changes("a replica", replicated, "create database-replica-eu-central-1", "create database-alias-eu-central-1")
	require.Equal(t, lifetest.RecoveryRegion, l.Resource("database-replica-eu-central-1").Region)
	_, err := l.Plan(func(a *keys.KeyArgs, _ *lifetest.Network) { a.MultiRegion = false })
	require.ErrorContains(t, err, "need multiRegion")
	_, err = l.Plan(func(a *keys.KeyArgs, _ *lifetest.Network) { a.Replicas = nil })
	require.ErrorContains(t, err, "database-replica-eu-central-1", "a protected replica stays")
	l.Refused("an unknown service", func(a *keys.KeyArgs, _ *lifetest.Network) { a.Services = []string{"redis"} }, `services[0]: "redis" is not supported`)
	l.Protected()
	l.Changes("unprotected", unprotected)
	l.Changes("no replica", func(a *keys.KeyArgs, _ *lifetest.Network) { a.Replicas = nil },
		"delete database-alias-eu-central-1", "delete database-replica-eu-central-1")
	l.Destroy()
}

func TestNoArgumentReplacesAKey(t *testing.T) {
	l := lifetest.Start(t, onNetwork, deploy)
	l.Up()
	l.Changes("a replica", replicated, "create database-replica-eu-central-1", "create database-alias-eu-central-1")
	l.NeverReplaces([]string{"database-key", "database-replica-eu-central-1"}, map[string]change{
		"region":    func(a *keys.KeyArgs, _ *lifetest.Network) { a.Region = "eu-west-2" },
		"account":   func(a *keys.KeyArgs, _ *lifetest.Network) { a.AccountId = "444455556666" }, // AWS refuses to lock the account out
		"class":     func(a *keys.KeyArgs, _ *lifetest.Network) { a.Class = "cache" },
		"services":  func(a *keys.KeyArgs, _ *lifetest.Network) { a.Services = []string{"s3"} },
		"alias":     func(a *keys.KeyArgs, _ *lifetest.Network) { a.Alias = "other" },
		"rotation":  func(a *keys.KeyArgs, _ *lifetest.Network) { a.RotationDays = 2560 },
		"window":    func(a *keys.KeyArgs, _ *lifetest.Network) { a.DeletionWindowDays = 7 },
		"regions":   func(a *keys.KeyArgs, _ *lifetest.Network) { a.MultiRegion, a.Replicas = false, nil },
		"replicas":  func(a *keys.KeyArgs, _ *lifetest.Network) { a.Replicas = nil },
		"tags":      func(a *keys.KeyArgs, _ *lifetest.Network) { a.Tags = map[string]string{"team": "shop"} },
		"protected": unprotected,
		"statements": func(a *keys.KeyArgs, net *lifetest.Network) {
			a.Statements = []iampolicy.Statement{{Actions: []string{"kms:Decrypt"},
				AwsPrincipals: []pulumi.StringInput{pulumi.String("arn:aws:iam::" + net.AccountId + ":root")}}}
		},
	})
}

func TestOneRegionIsForEver(t *testing.T) {
	l := lifetest.Start(t, onNetwork, deploy)
	l.Up()
	regional := func(a *keys.KeyArgs, _ *lifetest.Network) { a.MultiRegion = false }
	_, err := l.Plan(regional)
	require.ErrorContains(t, err, "is currently marked for protection")
	l.Changes("unprotected", unprotected)
	steps, err := l.Plan(regional)
	require.NoError(t, err)
	require.Contains(t, steps, "replace database-key", "it is the protection that refuses")
}

func TestTheAccountCannotLockItselfOut(t *testing.T) {
	owner := lifetest.AccountId
	l := lifetest.Start(t, func(net *lifetest.Network) *keys.KeyArgs {
		a := onNetwork(net)
		a.AccountId = owner
		return a
	}, deploy)
	l.Up()
	owner = "444455556666"
	_, err := l.Rehearsal().Up(t.Context())
	require.ErrorContains(t, err, "MalformedPolicyDocumentException")
	require.ErrorContains(t, err, "will not allow you to update the key policy in the future")
	owner = lifetest.AccountId
	l.Changes("the own account again", func(*keys.KeyArgs, *lifetest.Network) {})
}
