package database_test

import (
	"encoding/json"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/components/database"
	"github.com/plinth-iac/plinth/tests/harness"
)

// The proxy takes minutes and needs no more of the database than its target does.
func TestTheProxyIsMadeBesideTheDatabase(t *testing.T) {
	harness.Both(t, instance("shop", fullInstance), func(t *testing.T, g *harness.Graph) {
		primary := g.Named(t, "shop-instance").URN
		for _, name := range []string{"shop-proxy", "shop-proxy-pool", "shop-proxy-role", "shop-proxy-secrets", "shop-secret"} {
			require.NotContains(t, g.Named(t, name).Dependencies, primary, name)
		}
		require.Contains(t, g.Named(t, "shop-proxy-target").Dependencies, primary)
		require.Empty(t, g.OfType("aws:rds/proxyEndpoint:ProxyEndpoint"), "AWS has none for the replicas of an instance")
	})
	harness.Both(t, cluster("shop", fullCluster), func(t *testing.T, g *harness.Graph) {
		require.NotContains(t, g.Named(t, "shop-proxy").Dependencies, g.Named(t, "shop-cluster").URN)
		require.Equal(t, "READ_ONLY", g.Named(t, "shop-proxy-reader").Value("targetRole"))
	})
}

// The proxy has the engine's standard port, whatever the database's is.
func TestPortsAreThoseOfTheDatabaseAndTheProxy(t *testing.T) {
	harness.Both(t, instance("shop", fullInstance), func(t *testing.T, g *harness.Graph) {
		for _, name := range []string{"shop-instance", "shop-replica-reports", "shop-replica-far"} {
			require.EqualValues(t, 5433, g.Named(t, name).Value("port"), name)
		}
	})
	_, err := harness.Try(harness.Preview, func(ctx *pulumi.Context) error {
		full := fullInstance(nil)
		full.CrossRegionBackups = nil
		delete(full.Replicas, "far")
		for name, test := range map[string]struct {
			args              *database.InstanceArgs
			port, throughPort int
		}{"shop": {full, 5433, 5432}, "plain": {minimalInstance(), 5432, 0}} {
			i, err := database.NewInstance(ctx, name, test.args)
			if err != nil {
				return err
			}
			require.Equal(t, []int{test.port, test.throughPort}, []int{i.Port, i.ProxyPort}, name)
		}
		for name, test := range map[string]struct {
			args              *database.ClusterArgs
			port, throughPort int
		}{"wide": {fullCluster(), 3307, 3306}, "plain-wide": {minimalCluster(), 5432, 0}} {
			l, err := database.NewCluster(ctx, name, test.args)
			if err != nil {
				return err
			}
			require.Equal(t, []int{test.port, test.throughPort}, []int{l.Port, l.ProxyPort}, name)
		}
		return nil
	})
	require.NoError(t, err)
}

func TestTheProxyMayReadItsSecretsAndNoOthers(t *testing.T) {
	g := harness.Run(t, harness.Update, instance("shop", fullInstance))
	var policy struct {
		Statement []struct {
			Action, Resource any
			Condition        map[string]map[string]string
		}
	}
	require.NoError(t, json.Unmarshal([]byte(g.Named(t, "shop-proxy-secrets").Value("policy").(string)), &policy))
	require.Len(t, policy.Statement, 2)
	require.Equal(t, []any{"arn:aws:mock:us-east-1:111122223333:shop-secret", "arn:aws:secretsmanager:eu-central-1:111122223333:secret:app"}, policy.Statement[0].Resource)
	require.Equal(t, "kms:Decrypt", policy.Statement[1].Action)
	require.Equal(t, string(key), policy.Statement[1].Resource)
	require.Equal(t, "secretsmanager.eu-central-1.amazonaws.com", policy.Statement[1].Condition["StringEquals"]["kms:ViaService"])
}
