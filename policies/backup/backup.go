// Package backup holds the rules that data can be brought back: after a mistake, and after
// the loss of a region. Caches are not among what it asks a second region for: they are
// filled again from what is.
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
	memoryCluster    = "aws:memorydb/cluster:Cluster"
	warehouse        = "aws:redshift/cluster:Cluster"
	secret           = "aws:secretsmanager/secret:Secret"
	plan             = "aws:backup/plan:Plan"
	selection        = "aws:backup/selection:Selection"
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
		s3Versioning(), s3Replication(), backupObjectLock(),
	}
}

// derived reports that a database's data is another's, and is backed up there: it is a
// replica, or a member of an Aurora cluster.
func derived(r *rule.Resource) bool {
	engine, _ := r.Get("engine").Text()
	return r.Type == database && strings.HasPrefix(engine, "aurora") || replicas.Is(r)
}
