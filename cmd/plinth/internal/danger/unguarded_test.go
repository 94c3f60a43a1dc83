package danger

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/cmd/plinth/internal/change"
	"github.com/plinth-iac/plinth/policies/rule"
)

const (
	key    = "aws:kms/key:Key"
	secret = "aws:secretsmanager/secret:Secret"
)

func TestProtectionThatIsTakenOffIsTold(t *testing.T) {
	named := has{"finalSnapshotIdentifier": "last"}
	for name, c := range map[string]struct {
		token   string
		was, is has
		what    string
		because []string
	}{
		"a database":                          {database, has{"deletionProtection": true}, has{"deletionProtection": false}, "is no longer kept from being deleted by its deletionProtection", []string{"deletionProtection"}},
		"one that says no more of it":         {database, has{"deletionProtection": true}, has{}, "is no longer kept from being deleted by its deletionProtection", []string{"deletionProtection"}},
		"one that nobody knows yet":           {database, has{"deletionProtection": true}, has{"deletionProtection": rule.Computed{}}, "may no longer be kept from being deleted by its deletionProtection", []string{"deletionProtection"}},
		"a machine that AWS leaves protected": {"aws:ec2/instance:Instance", has{"disableApiTermination": true}, has{}, "may no longer be kept from being deleted by its disableApiTermination", []string{"disableApiTermination"}},
		"a cluster":                           {"aws:eks/cluster:Cluster", has{"deletionProtection": true}, has{"deletionProtection": false}, "is no longer kept from being deleted by its deletionProtection", []string{"deletionProtection"}},
		"a table":                             {"aws:dynamodb/table:Table", has{"deletionProtectionEnabled": true}, has{}, "is no longer kept from being deleted by its deletionProtectionEnabled", []string{"deletionProtectionEnabled"}},
		"a balancer":                          {"aws:lb/loadBalancer:LoadBalancer", has{"enableDeletionProtection": true}, has{"enableDeletionProtection": false}, "is no longer kept from being deleted by its enableDeletionProtection", []string{"enableDeletionProtection"}},
		"users":                               {"aws:cognito/userPool:UserPool", has{"deletionProtection": "ACTIVE"}, has{"deletionProtection": "INACTIVE"}, "is no longer kept from being deleted by its deletionProtection", []string{"deletionProtection"}},
		"a snapshot":                          {database, named, with(named, has{"skipFinalSnapshot": true}), "would be deleted without a final snapshot (finalSnapshotIdentifier)", []string{"skipFinalSnapshot"}},
		"a snapshot without a name":           {database, has{}, has{"skipFinalSnapshot": true}, "is no longer kept from being deleted by the provider, which wants a finalSnapshotIdentifier or skipFinalSnapshot", []string{"skipFinalSnapshot"}},
		"a cache's snapshot":                  {cache, named, has{}, "would be deleted without a final snapshot (finalSnapshotIdentifier)", []string{"finalSnapshotIdentifier"}},
		"backups and protection": {database, with(named, has{"deletionProtection": true, "deleteAutomatedBackups": false}), named,
			"is no longer kept from being deleted by its deletionProtection, and would be deleted without its automatic backups (deleteAutomatedBackups)", []string{"deleteAutomatedBackups", "deletionProtection"}},
		"a bucket":                     {bucket, has{}, has{"forceDestroy": true}, "is no longer kept from being deleted by AWS while objects are in it (forceDestroy)", []string{"forceDestroy"}},
		"logs":                         {"aws:cloudwatch/logGroup:LogGroup", has{"skipDestroy": true}, has{}, "would be deleted without skipDestroy, which leaves it in AWS", []string{"skipDestroy"}},
		"a shorter wait":               {key, has{"deletionWindowInDays": 30}, has{"deletionWindowInDays": 7}, "would be deleted with only a wait of 7 days in which it can be had back (deletionWindowInDays)", []string{"deletionWindowInDays"}},
		"a shorter wait than AWS's":    {key, has{}, has{"deletionWindowInDays": 7}, "would be deleted with only a wait of 7 days in which it can be had back (deletionWindowInDays)", []string{"deletionWindowInDays"}},
		"no wait":                      {secret, has{"recoveryWindowInDays": 30}, has{"recoveryWindowInDays": 0}, "would be deleted without a wait of 30 days in which it can be had back (recoveryWindowInDays)", []string{"recoveryWindowInDays"}},
		"a wait that nobody knows yet": {secret, has{"recoveryWindowInDays": 30}, has{"recoveryWindowInDays": rule.Computed{}}, "may then be deleted without a wait of 30 days in which it can be had back (recoveryWindowInDays)", []string{"recoveryWindowInDays"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := changing(c.token, c.was, c.is)
			require.Equal(t, []Danger{{Resource: r, Kind: Guard, What: c.what, Because: c.because}}, found(r))
			r.Op = change.Same
			require.Len(t, found(r), 1, "the engine may know it without the provider")
		})
	}
}

func TestProtectionThatStaysIsNotTold(t *testing.T) {
	drifted := changing(database, has{"deletionProtection": true}, has{})
	drifted.Old.Outputs = rule.FieldsOf(has{"deletionProtection": false})
	for name, r := range map[string]*change.Resource{
		"it is turned on":                changing(database, has{}, has{"deletionProtection": true}),
		"it was off in AWS":              drifted,
		"a snapshot that gets a name":    changing(database, has{}, has{"finalSnapshotIdentifier": "last"}),
		"a snapshot that loses its name": changing(database, has{"finalSnapshotIdentifier": "last"}, has{}),
		"another snapshot":               changing(database, has{"finalSnapshotIdentifier": "last"}, has{"finalSnapshotIdentifier": "end"}),
		"a longer wait":                  changing(key, has{"deletionWindowInDays": 7}, has{}),
		"a default that is said":         changing(secret, has{}, has{"recoveryWindowInDays": 30}),
		"one that AWS has kept on":       withOutputs(changing(database, has{}, has{}), has{"deletionProtection": true}),
	} {
		t.Run(name, func(t *testing.T) { require.Empty(t, found(r)) })
	}
}

func TestTheEnginesProtectionThatIsTakenOffIsTold(t *testing.T) {
	r := step(change.Same, one("shop:index:Web", "it", has{}), one("shop:index:Web", "it", has{}))
	r.OldState, r.NewState = &apitype.ResourceV3{Protect: true, RetainOnDelete: true}, &apitype.ResourceV3{Protect: true, RetainOnDelete: true}
	require.Empty(t, found(r))
	r.NewState.Protect = false
	require.Equal(t, "is no longer kept from being deleted by Pulumi, which had it protected (protect)", found(r)[0].What)
	r.NewState.RetainOnDelete = false
	require.Equal(t, "is no longer kept from being deleted by Pulumi, which had it protected (protect), and would from now on be deleted in the cloud too (retainOnDelete is taken off)", found(r)[0].What)
	r.Op = change.Replace
	require.Empty(t, found(r))
}

func TestAGuardIsToldBesideWhatHappens(t *testing.T) {
	r := changing(database, has{"instanceClass": "a", "deletionProtection": true}, has{"instanceClass": "b"})
	var kinds []Kind
	for _, d := range found(r) {
		kinds = append(kinds, d.Kind)
	}
	require.Equal(t, []Kind{Guard, Restart}, kinds)

	table := changing("aws:dynamodb/table:Table", has{"pointInTimeRecovery": has{"enabled": true}, "deletionProtectionEnabled": true}, has{"pointInTimeRecovery": has{"enabled": false}})
	dangers := found(table)
	require.Len(t, dangers, 2)
	require.Equal(t, "is no longer kept from being deleted by its deletionProtectionEnabled", dangers[1].What, "the past is lost already")
}
