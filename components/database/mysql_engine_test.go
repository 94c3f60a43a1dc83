package database_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/database"
)

// Replicas of MySQL go ahead to the next version, and the primary follows.
func TestMysqlIsUpgradedReplicasFirst(t *testing.T) {
	l := startInstance(t, func(net *network) *instanceArgs {
		a := liveInstance(net)
		a.Engine, a.EngineVersion, a.ExtendedSupport = database.Mysql, "8.0", true
		a.Credentials = &database.CredentialsArgs{Password: pulumi.String(bootstrap)}
		a.Replicas = map[string]database.ReplicaArgs{"reports": {}}
		return a
	})
	l.Up()
	l.Changes("the replica", func(a *instanceArgs, _ *network) {
		a.AllowMajorVersionUpgrade, a.Replicas = true, map[string]database.ReplicaArgs{"reports": {EngineVersion: "8.4"}}
	}, "create shop-params-8-4", "update shop-instance", "update shop-replica-reports")
	l.Changes("the primary", func(a *instanceArgs, _ *network) { a.EngineVersion = "8.4" },
		"replace shop-params", "update shop-instance", "update shop-replica-reports", "delete shop-params-8-4")
}

func TestAuroraMysqlIsDeployed(t *testing.T) {
	l := startCluster(t, func(net *network) *clusterArgs {
		a := wholeCluster(net)
		a.Engine, a.EngineVersion = database.Mysql, ""
		return a
	})
	l.Up()
	l.Changes("a parameter", func(a *clusterArgs, _ *network) { a.Parameters = map[string]string{"long_query_time": "1"} }, "update shop-params")
}
