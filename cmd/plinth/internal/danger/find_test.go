package danger

import (
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/cmd/plinth/internal/change"
	"github.com/plinth-iac/plinth/cmd/plinth/internal/diff"
	"github.com/plinth-iac/plinth/policies/rule"
)

const (
	database = "aws:rds/instance:Instance"
	aurora   = "aws:rds/cluster:Cluster"
	cache    = "aws:elasticache/replicationGroup:ReplicationGroup"
	bucket   = "aws:s3/bucket:Bucket"
	pods     = "kubernetes:apps/v1:Deployment"
)

type has = map[string]any

func one(token, name string, inputs has) *rule.Resource {
	return &rule.Resource{URN: "urn:pulumi:test::shop::" + token + "::" + name, Type: token, Name: name, Inputs: rule.FieldsOf(inputs)}
}

func step(op change.Op, old, new *rule.Resource) *change.Resource {
	r := old
	if r == nil {
		r = new
	}
	return &change.Resource{URN: r.URN, Name: r.Name, Type: r.Type, Custom: true, Op: op, Old: old, New: new}
}

func deleted(token string, was has) *change.Resource {
	return step(change.Delete, one(token, "it", was), nil)
}

func replaced(token string, was, is has, forced ...string) *change.Resource {
	r := step(change.Replace, one(token, "it", was), one(token, "it", is))
	r.Forced = forced
	return r
}

func changing(token string, was, is has) *change.Resource {
	return step(change.Update, one(token, "it", was), one(token, "it", is))
}

func protected(r *change.Resource) *change.Resource {
	r.Old.Protect = true
	return r
}

func deletedFirst(r *change.Resource) *change.Resource {
	r.DeleteFirst = true
	return r
}

func found(resources ...*change.Resource) []Danger {
	return Find(&change.Change{Resources: resources})
}

func TestWhatIsDeletedOrReplacedIsTold(t *testing.T) {
	snapshot := has{"finalSnapshotIdentifier": "last", "deletionProtection": true}
	for name, c := range map[string]struct {
		of   *change.Resource
		want Danger // without the resource and the times
	}{
		"a database": {deleted(database, has{"skipFinalSnapshot": true}), Danger{Kind: Loss, What: "is deleted, and with it its databases"}},
		"a database that keeps a snapshot, and is protected twice": {protected(deleted(database, snapshot)), Danger{
			Kind: Loss, What: "is deleted, and with it its databases", Keeps: []string{"a final snapshot (finalSnapshotIdentifier)"},
			Stops: []string{"Pulumi, which has it protected (protect)", "its deletionProtection"},
		}},
		"a database whose snapshot has no name": {deleted(database, has{}), Danger{
			Kind: Loss, What: "is deleted, and with it its databases", Stops: []string{"the provider, which wants a finalSnapshotIdentifier or skipFinalSnapshot"},
		}},
		"a snapshot that is skipped all the same": {deleted(database, has{"finalSnapshotIdentifier": "last", "skipFinalSnapshot": true, "deleteAutomatedBackups": false}), Danger{
			Kind: Loss, What: "is deleted, and with it its databases", Keeps: []string{"its automatic backups (deleteAutomatedBackups is false)"},
		}},
		"a replica": {deleted(database, has{"replicateSourceDb": "main"}), Danger{Kind: Outage, What: "is deleted, and with it a copy that is read from"}},
		"a database that is replaced": {replaced(database, snapshot, snapshot, "kmsKeyId", "dbName"), Danger{
			Kind: Loss, What: "is replaced; the new one is empty", Because: []string{"dbName", "kmsKeyId"},
			Keeps: []string{"a final snapshot (finalSnapshotIdentifier)"}, Stops: []string{"its deletionProtection"}, Instead: onlyAtFirst + "; SQL makes another database",
		}},
		"a database that begins with a snapshot": {replaced(database, has{"skipFinalSnapshot": true}, has{"snapshotIdentifier": rule.Computed{}}, "snapshotIdentifier"), Danger{
			Kind: Loss, What: "is replaced; the new one begins with what snapshotIdentifier names", Because: []string{"snapshotIdentifier"}, Instead: onlyAtFirst,
		}},
		"a cluster": {deleted(aurora, has{"skipFinalSnapshot": true, "deletionProtection": rule.Computed{}}), Danger{Kind: Loss, What: "is deleted, and with it its databases"}},
		"a table with a past": {deleted("aws:dynamodb/table:Table", has{"pointInTimeRecovery": has{"enabled": true}, "deletionProtectionEnabled": true}), Danger{
			Kind: Loss, What: "is deleted, and with it its items",
			Keeps: []string{"a backup that AWS makes of a table with pointInTimeRecovery, for 35 days"}, Stops: []string{"its deletionProtectionEnabled"},
		}},
		"a bucket":                       {deleted(bucket, has{}), Danger{Kind: Loss, What: "is deleted, and with it its objects", Stops: []string{"AWS while objects are in it (forceDestroy)"}}},
		"a bucket that is emptied first": {deleted(bucket, has{"forceDestroy": true}), Danger{Kind: Loss, What: "is deleted, and with it its objects"}},
		"a key": {deleted("aws:kms/key:Key", has{"deletionWindowInDays": 7}), Danger{
			Kind: Loss, What: "is deleted, and with it everything that is encrypted with it", Keeps: []string{"a wait of 7 days in which it can be had back (deletionWindowInDays)"},
		}},
		"a secret that waits as long as AWS's default": {deleted("aws:secretsmanager/secret:Secret", has{}), Danger{
			Kind: Loss, What: "is deleted, and with it its value and versions", Keeps: []string{"a wait of 30 days in which it can be had back (recoveryWindowInDays)"},
		}},
		"a secret that does not wait": {deleted("aws:secretsmanager/secret:Secret", has{"recoveryWindowInDays": 0}), Danger{Kind: Loss, What: "is deleted, and with it its value and versions"}},
		"users with protection": {deleted("aws:cognito/userPool:UserPool", has{"deletionProtection": "ACTIVE"}), Danger{
			Kind: Loss, What: "is deleted, and with it its users", Stops: []string{"its deletionProtection"},
		}},
		"a parameter that is secret": {deleted("aws:ssm/parameter:Parameter", has{"type": "SecureString"}), Danger{Kind: Loss, What: "is deleted, and with it its secret and older versions"}},
		"an address":                 {replaced("aws:ec2/eip:Eip", has{}, has{}, "domain"), Danger{Kind: Loss, What: "is replaced; the new one is another address", Because: []string{"domain"}}},
		"a machine": {deleted("aws:ec2/instance:Instance", has{"disableApiTermination": true}), Danger{
			Kind: Outage, What: "is deleted, and with it its root disk", Stops: []string{"its disableApiTermination"},
		}},
		"a machine with disks":           {deleted("aws:ec2/instance:Instance", has{"ebsBlockDevices": []any{has{"volumeSize": 8}}}), Danger{Kind: Loss, What: "is deleted, and with it its disks (ebsBlockDevices)"}},
		"a machine whose disks are left": {deleted("aws:ec2/instance:Instance", has{"ebsBlockDevices": []any{has{"deleteOnTermination": false}}}), Danger{Kind: Outage, What: "is deleted, and with it its root disk"}},
		"pods with claims": {deleted("kubernetes:apps/v1:StatefulSet", has{"spec": has{"volumeClaimTemplates": []any{has{"metadata": has{"name": "data"}}}}}), Danger{
			Kind: Outage, What: "is deleted, and with it its pods", Keeps: []string{"its volume claims (persistentVolumeClaimRetentionPolicy)"},
		}},
		"a balancer": {replaced("aws:lb/loadBalancer:LoadBalancer", has{"enableDeletionProtection": true}, has{}, "internal"), Danger{
			Kind: Outage, What: "is replaced; the new one has another DNS name", Because: []string{"internal"}, Stops: []string{"its enableDeletionProtection"},
		}},
		"targets that are away for a moment": {deletedFirst(replaced("aws:lb/targetGroup:TargetGroup", has{}, has{}, "port")), Danger{
			Kind: Outage, What: "is deleted and made again", Because: []string{"port"},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			dangers := found(c.of)
			require.Len(t, dangers, 1)
			got := dangers[0]
			require.Same(t, c.of, got.Resource)
			got.Resource, got.Usual, got.Low, got.High, got.Grade = nil, 0, 0, 0, ""
			require.Equal(t, c.want, got)
		})
	}
}

func TestWhatNobodyMissesIsNotTold(t *testing.T) {
	patch := deleted("kubernetes:core/v1:Namespace", has{})
	patch.Old.URN = "urn:pulumi:test::shop::kubernetes:core/v1:NamespacePatch::it"
	component := deleted(database, has{})
	component.Custom = false
	for name, r := range map[string]*change.Resource{
		"another one takes over":  replaced("aws:lb/targetGroup:TargetGroup", has{}, has{}, "port"),
		"an unknown type":         deleted("shop:index:Web", has{}),
		"a role":                  deleted("aws:iam/role:Role", has{}),
		"a parameter":             deleted("aws:ssm/parameter:Parameter", has{"type": "String"}),
		"a part of something":     patch,
		"a component":             component,
		"a new database":          step(change.Create, nil, one(database, "it", has{})),
		"a database that is left": step(change.Forget, one(database, "it", has{}), nil),
		"a database as it is":     step(change.Same, one(database, "it", has{}), one(database, "it", has{})),
		"another password":        changing(database, has{"password": "a", "multiAz": nil}, has{"password": "b", "multiAz": false}),
	} {
		t.Run(name, func(t *testing.T) { require.Empty(t, found(r)) })
	}
}

func TestProtectionCountsAsItIsBefore(t *testing.T) {
	drifted := deleted(database, has{"deletionProtection": true, "skipFinalSnapshot": true})
	drifted.Old.Outputs = rule.FieldsOf(has{"deletionProtection": false})
	require.Empty(t, found(drifted)[0].Stops, "somebody has turned it off in AWS")

	late := replaced(database, has{"deletionProtection": true, "skipFinalSnapshot": true}, has{"deletionProtection": false}, "engine")
	require.Equal(t, []string{"its deletionProtection"}, found(late)[0].Stops)

	freed := protected(replaced(bucket, has{"forceDestroy": true}, has{}, "bucket"))
	require.Empty(t, found(freed)[0].Stops, "the engine replaces what the program no longer protects")
	freed.New.Protect = true
	require.Equal(t, []string{"Pulumi, which has it protected (protect)"}, found(freed)[0].Stops)
}

func TestWhatIsRetainedStays(t *testing.T) {
	store, server := deleted(bucket, has{"forceDestroy": true}), deleted("aws:lb/listener:Listener", has{})
	for _, r := range []*change.Resource{store, server} {
		r.OldState = &apitype.ResourceV3{RetainOnDelete: true}
	}
	dangers := found(store, server)
	require.Len(t, dangers, 1)
	require.Equal(t, []string{"retainOnDelete, which leaves it in the cloud"}, dangers[0].Keeps)
}

func TestOnlyWhatIsDeletedFirstIsAway(t *testing.T) {
	was := has{"multiAz": true, "finalSnapshotIdentifier": "last"}
	require.Zero(t, found(replaced(database, was, was, "engine"))[0].Usual)
	d := found(deletedFirst(replaced(database, was, was, "engine")))[0]
	require.Equal(t, "is deleted and made again; the new one is empty", d.What)
	require.Equal(t, []any{(565 + 720) * time.Second, (450 + 600) * time.Second, (700 + 1030) * time.Second, "D"}, []any{d.Usual, d.Low, d.High, d.Grade})
}

func TestARenamedResourceWantsAnAlias(t *testing.T) {
	gone := deleted(database, has{"identifier": "orders"})
	renamed := step(change.Create, nil, one(database, "db", has{"identifier": "orders"}))
	want := `if db is the same one, give it the alias "` + gone.URN + `" (aliases), and it is not deleted`
	require.Equal(t, want, found(gone, renamed)[0].Instead)

	moved := step(change.Create, nil, one(database, "it", has{}))
	require.Contains(t, found(gone, moved)[0].Instead, "if it is the same one", "in another component")

	gone.Component, renamed.Component, moved.Component = "urn:old", "urn:new", "urn:new"
	const all = "give the component the old one's alias (aliases); its parts follow, and it is not deleted"
	require.Equal(t, "if db is it under a new name, "+all, found(gone, renamed)[0].Instead)
	require.Equal(t, "if it is it in a new place, "+all, found(gone, moved)[0].Instead)
	renamed.Component = "urn:old"
	require.Equal(t, want, found(gone, renamed)[0].Instead, "another name in the same component")

	others := []*change.Resource{
		step(change.Create, nil, one(database, "db", has{"identifier": "others"})), step(change.Create, nil, one(bucket, "it", has{})),
		step(change.Create, nil, one(database, "db", has{"identifier": rule.Computed{}})),
	}
	require.Empty(t, found(append(others, gone)...)[0].Instead)
	renamed.New.ProviderURN = "another region"
	require.Empty(t, found(gone, renamed)[0].Instead)
}

func TestANetworkIsNotReplacedUnderWhatIsInIt(t *testing.T) {
	d := found(replaced("aws:ec2/vpc:Vpc", has{"cidrBlock": "10.0.0.0/16"}, has{"cidrBlock": "10.1.0.0/16"}, "cidrBlock"))[0]
	require.Equal(t, []string{"AWS, which moves no subnet group, load balancer and cluster to it"}, d.Stops)
	require.Empty(t, found(deleted("aws:ec2/vpc:Vpc", has{}))[0].Stops)
}

func TestWhatTheEngineHasNamedMayHaveAnyName(t *testing.T) {
	named := func(name string, more has) *apitype.ResourceV3 {
		return &apitype.ResourceV3{Inputs: with(has{"bucket": name, "__defaults": []any{"bucket"}, "tags": has{"Name": name}, "forceDestroy": true}, more)}
	}
	gone, made := deleted(bucket, has{"bucket": "it-1"}), step(change.Create, nil, one(bucket, "records", has{"bucket": "records-2"}))
	gone.OldState, made.NewState = named("it-1", nil), named("records-2", nil)
	require.Contains(t, found(gone, made)[0].Instead, "if records is the same one")

	for what, other := range map[string]*apitype.ResourceV3{
		"it differs":                named("records-2", has{"forceDestroy": false}),
		"the program has named it":  named("records-2", has{"__defaults": []any{}}),
		"nothing is known about it": nil,
	} {
		made.NewState = other
		require.Empty(t, found(gone, made)[0].Instead, what)
	}
}

func TestWhoUsesWhatIsDeletedIsNamed(t *testing.T) {
	gone := deleted("aws:ec2/natGateway:NatGateway", has{})
	using := func(op change.Op, name string) *change.Resource {
		r := step(op, one("aws:ec2/route:Route", name, has{}), one("aws:ec2/route:Route", name, has{}))
		r.Old.Edges = map[string][]string{"natGatewayId": {gone.URN}}
		return r
	}
	also := using(change.Delete, "c")
	also.New = nil
	resources := []*change.Resource{using(change.Update, "b"), gone, using(change.Same, "a"), also}
	what := func() string { ds := found(resources...); return ds[0].What }
	require.Equal(t, "is deleted, and with it the way out to the internet of the subnets whose routes lead to it; used until now by a, b", what())
	resources = append(resources, using(change.Update, "d"), using(change.Update, "e"))
	require.Contains(t, what(), "used until now by a, b and 2 more")
}

func TestTheWorstComesFirst(t *testing.T) {
	rolls := changing(pods, has{"spec": has{"template": "a"}}, has{"spec": has{"template": "b"}})
	stops := deleted("aws:lb/listener:Listener", has{})
	second, first := deleted(bucket, has{}), deleted(bucket, has{})
	second.URN = "urn:z"
	var kinds []string
	for _, d := range found(rolls, stops, second, first) {
		kinds = append(kinds, string(d.Kind)+" "+d.Resource.URN)
	}
	require.Equal(t, []string{"loss " + first.URN, "loss urn:z", "outage " + stops.URN, "rollout " + rolls.URN}, kinds)
}

func TestOfAKindComesFirstWhatIsMissedMost(t *testing.T) {
	called := func(name string, r *change.Resource) *change.Resource {
		r.URN, r.Name = "urn:"+name, name
		return r
	}
	used, long, short := called("g", deleted(bucket, has{"forceDestroy": true})), called("e", deletedFirst(replaced(database, has{}, has{}, "engine"))), called("c", deleted(bucket, has{"forceDestroy": true}))
	long.Old.Inputs["finalSnapshotIdentifier"], long.Old.Inputs["skipFinalSnapshot"] = rule.Of("last"), rule.Of(true)
	logs, letters := called("a", deleted("aws:cloudwatch/logGroup:LogGroup", has{})), called("b", deleted("aws:sqs/queue:Queue", has{}))
	kept := called("0", deleted(bucket, has{}))
	user, queue := staying(pods, "web", has{}), deleted("aws:sqs/queue:Queue", has{})
	user.Old.Edges = map[string][]string{"spec": {used.URN}}
	queue.URN, queue.Old.Edges = "urn:d", map[string][]string{"redrivePolicy": {letters.URN}}
	var order []string
	for _, d := range found(kept, logs, letters, short, queue, long, used, user) {
		order = append(order, d.Resource.URN)
	}
	require.Equal(t, []string{"urn:g", "urn:e", "urn:c", "urn:d", "urn:a", "urn:b", "urn:0"}, order)
}

func TestEncryptionIsNotTakenAwayBySnapshot(t *testing.T) {
	for token, path := range map[string]string{database: "storageEncrypted", aurora: "storageEncrypted", "aws:docdb/cluster:Cluster": "storageEncrypted", "aws:ebs/volume:Volume": "encrypted"} {
		on, off := has{path: true}, has{path: false}
		require.Contains(t, found(replaced(token, on, off, path))[0].Instead, "leave it encrypted", token)
		require.Equal(t, bySnapshot, found(replaced(token, off, on, path))[0].Instead, token)
	}
}

func TestTheRegionOfACopyIsNamed(t *testing.T) {
	r := deleted("aws:kms/replicaKey:ReplicaKey", has{})
	require.Contains(t, found(r)[0].What, "what is encrypted in this region")
	r.Old.Provider = rule.FieldsOf(has{"region": "eu-west-1"})
	require.Contains(t, found(r)[0].What, "what is encrypted in eu-west-1,")
}

func TestWhatTheEngineTellsOfSecretsCounts(t *testing.T) {
	hidden := func() has { return has{"spec": has{"template": has{"env": rule.Computed{}, "image": "a"}}} }
	r := changing(pods, hidden(), hidden())
	require.Empty(t, found(r), "both cannot be read")
	r.Properties = []diff.Property{{Path: "spec.template.env"}, {Path: "spec.template.labels", Noise: true}, {Path: "spec.templates"}}
	d := found(r)[0]
	require.Equal(t, []string{"spec.template.env"}, d.Because)
	require.Contains(t, d.What, "will replace its pods")
}
