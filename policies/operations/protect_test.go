package operations

import (
	"github.com/plinth-iac/plinth/policies/internal/ruletest"
	"github.com/plinth-iac/plinth/policies/rule"
)

// guarded is a resource with the protect option.
func guarded(token string, inputs in) []r {
	return []r{{Type: token, Name: "it", In: inputs, Protect: true}}
}

var protectCases = []ruletest.Case{
	check("deletion-protection", "global cluster", rule.Fail, "set deletionProtection to true", one(globalDb, in{})),
	check("deletion-protection", "replica of a table", rule.Fail, "set deletionProtectionEnabled to true", one(tableReplica, in{})),

	check("no-force-destroy", "document database", rule.Fail, "set skipFinalSnapshot to false", one(docdbCluster, in{"skipFinalSnapshot": true})),
	check("no-force-destroy", "graph database", rule.Fail, "skipFinalSnapshot is on", one(neptuneCluster, in{"skipFinalSnapshot": true})),
	check("no-force-destroy", "secret that comes back", rule.Pass, "", one(secret, in{"recoveryWindowInDays": 7})),
	check("no-force-destroy", "secret by default", rule.Pass, "", one(secret, in{})),
	check("no-force-destroy", "secret that is gone at once", rule.Fail, "recoveryWindowInDays is 0", one(secret, in{"recoveryWindowInDays": 0})),
	check("no-force-destroy", "secret to come", rule.Unknown, "recoveryWindowInDays", one(secret, in{"recoveryWindowInDays": later})),
	check("no-force-destroy", "replica", rule.NotApplicable, "", one(database, in{"replicateSourceDb": later, "skipFinalSnapshot": true})),
	check("no-force-destroy", "source", rule.Fail, "skipFinalSnapshot", one(database, in{"replicateSourceDb": "", "skipFinalSnapshot": true})),

	check("stateful-protect-option", "database", rule.Pass, "", guarded(database, in{})),
	check("stateful-protect-option", "database without", rule.Fail, "Instance it: is not protected. Fix: pass pulumi.Protect(true) to it", one(database, in{})),
	check("stateful-protect-option", "table without", rule.Fail, "is not protected", one(table, in{"deletionProtectionEnabled": true})),
	check("stateful-protect-option", "files without", rule.Fail, "is not protected", one(ontapFiles, in{})),
	check("stateful-protect-option", "search without", rule.Fail, "is not protected", one(searchDomain, in{})),
	check("stateful-protect-option", "users without", rule.Fail, "is not protected", one(userPool, in{})),
	check("stateful-protect-option", "zone that AWS keeps", rule.NotApplicable, "", one(zone, in{})),
	check("stateful-protect-option", "zone that is emptied", rule.Fail, "is not protected", one(zone, in{"forceDestroy": true})),
	check("no-force-destroy", "zone", rule.Fail, "set forceDestroy to false", one(zone, in{"forceDestroy": true})),
	check("stateful-protect-option", "cache without", rule.Fail, "is not protected", one(cacheGroup, in{})),
	check("stateful-protect-option", "replica without", rule.NotApplicable, "", one(database, in{"replicateSourceDb": "shop"})),
	check("stateful-protect-option", "replica of a cluster without", rule.NotApplicable, "", one(dbCluster, in{"replicationSourceIdentifier": later})),
	check("stateful-protect-option", "bucket that AWS keeps", rule.NotApplicable, "", one(bucket, in{})),
	check("stateful-protect-option", "bucket that is emptied", rule.Fail, "is not protected", one(bucket, in{"forceDestroy": true})),
	check("stateful-protect-option", "vault that is emptied", rule.Fail, "is not protected", one(vault, in{"forceDestroy": true})),
	check("stateful-protect-option", "bucket that may be emptied", rule.Unknown, "forceDestroy", one(bucket, in{"forceDestroy": later})),
}
