// Package backup holds the rules that data can be brought back: after a mistake, and after
// the loss of a region. It asks a second region for caches only if they are tagged as what
// matters most: others are filled again from what is there.
package backup

import (
	"strings"

	"github.com/plinth-iac/plinth/policies/internal/replicas"
	"github.com/plinth-iac/plinth/policies/rule"
)

// Type tokens.
const (
	database         = "aws:rds/instance:Instance"
	dbCluster        = "aws:rds/cluster:Cluster"
	globalDb         = "aws:rds/globalCluster:GlobalCluster"
	backupsCopy      = "aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication"
	documentCluster  = "aws:docdb/cluster:Cluster"
	globalDocument   = "aws:docdb/globalCluster:GlobalCluster"
	graphCluster     = "aws:neptune/cluster:Cluster"
	globalGraph      = "aws:neptune/globalCluster:GlobalCluster"
	table            = "aws:dynamodb/table:Table"
	tableReplica     = "aws:dynamodb/tableReplica:TableReplica"
	cacheGroup       = "aws:elasticache/replicationGroup:ReplicationGroup"
	globalCache      = "aws:elasticache/globalReplicationGroup:GlobalReplicationGroup"
	memoryCluster    = "aws:memorydb/cluster:Cluster"
	warehouse        = "aws:redshift/cluster:Cluster"
	secret           = "aws:secretsmanager/secret:Secret"
	plan             = "aws:backup/plan:Plan"
	vault            = "aws:backup/vault:Vault"
	airGappedVault   = "aws:backup/logicallyAirGappedVault:LogicallyAirGappedVault"
	vaultLock        = "aws:backup/vaultLockConfiguration:VaultLockConfiguration"
	restoreTest      = "aws:backup/restoreTestingPlan:RestoreTestingPlan"
	restoreSelection = "aws:backup/restoreTestingSelection:RestoreTestingSelection"
)

// Rules are the rules of this package.
func Rules() []*rule.Rule {
	return []*rule.Rule{
		dbBackupRetention(), cacheSnapshots(), dynamodbPitr(),
		inBackupPlan(), backupMeetsRpo(), backupVaultLocked(), restoreTested(),
		backupCrossRegionCopy(), dbCrossRegion(), secretReplicated(),
		s3Versioning(), s3Replication(), backupObjectLock(), efsBackup(),
	}
}

// unlessDerived is a verdict on a database, which does not concern one whose data is
// another's, and is backed up there: a replica, or a member of an Aurora cluster.
func unlessDerived(r *rule.Resource, verdict rule.Verdict) rule.Verdict {
	if replicas.Is(r) {
		return rule.Skipped()
	}
	if r.Type != database {
		return verdict
	}
	aurora := r.Get("engine").Holds(func(v rule.Value) bool { name, _ := v.Text(); return strings.HasPrefix(name, "aurora") })
	return rule.Choose(aurora, rule.Skipped(), verdict)
}
