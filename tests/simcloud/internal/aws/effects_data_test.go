package aws

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// stage is a world in which databases are made and changed.
type stage struct {
	*testing.T
	*World
}

func (s stage) apply(at Scope, op Op, token, id string, props Obj) *Resource {
	s.Helper()
	typ := lookupType(s.T, token)
	r := &Request{Scope: at, Op: op, Token: token, ID: id, URN: "urn:" + props.Str("identifier"), New: numbers(props).(Obj)}
	if op == Update {
		r.New = typ.Merge(s.Read(at, token, id, nil).Props, r.New, nil)
	}
	res, err := s.Apply(r, typ.Recompute, typ.Properties)
	require.NoError(s.T, err)
	return res
}

const dbToken = "aws:rds/instance:Instance"

// abroad is where the recovery region's part of the world is.
var abroad = Scope{Account: home.Account, Region: awayRegion}

func TestReplicaAcrossRegions(t *testing.T) {
	s := stage{t, dataGround()}
	for _, r := range []*Resource{
		existing("ec2.vpc", "vpc-9", Obj{"defaultSecurityGroupId": "sg-9"}), existing("ec2.subnet", "x", Obj{"vpcId": "vpc-9", "availabilityZone": awayRegion + "a"}), existing("ec2.subnet", "y", Obj{"vpcId": "vpc-9", "availabilityZone": awayRegion + "b"}),
		existing("rds.subnetGroup", "there", Obj{"name": "there", "subnetIds": []string{"x", "y"}}), existing("ec2.securityGroup", "sg-9", Obj{"vpcId": "vpc-9"}), existing("kms.key", "k9", Obj{"arn": "arn:aws:kms:us-east-1:111122223333:key/k9"}),
	} {
		s.put(away(r))
	}
	source := s.apply(home, Create, dbToken, "", altered(soundRDS["rds.instance"], Obj{"kmsKeyId": dataKeyARN}))
	near := s.apply(home, Create, dbToken, "", Obj{"identifier": "near", "instanceClass": "db.t4g.medium", "replicateSourceDb": "new", "skipFinalSnapshot": true})
	require.Equal(t, true, near.Props["storageEncrypted"], "a replica is as encrypted as its source, said or not")
	require.Equal(t, dataKeyARN, near.Props["kmsKeyId"])

	far := s.apply(abroad, Create, dbToken, "", Obj{"identifier": "far", "instanceClass": "db.t4g.medium", "replicateSourceDb": source.Props["arn"], "storageEncrypted": true,
		"kmsKeyId": "arn:aws:kms:us-east-1:111122223333:key/k9", "dbSubnetGroupName": "there", "skipFinalSnapshot": true})
	require.Equal(t, "arn:aws:rds:us-east-1:111122223333:db:far", far.Props["arn"])
	require.Equal(t, "16.4", far.Props["engineVersion"])
	require.Equal(t, "us-east-1a", far.Props["availabilityZone"])

	s.apply(home, Delete, dbToken, source.ID, nil)
	require.NotContains(t, s.Read(home, dbToken, near.ID, nil).Props, "replicateSourceDb", "a replica in the same region is promoted")
	require.Contains(t, s.Read(abroad, dbToken, far.ID, nil).Props, "replicateSourceDb", "one elsewhere is not")
	far = s.apply(abroad, Update, dbToken, far.ID, Obj{"identifier": "far", "instanceClass": "db.t4g.medium", "storageEncrypted": true})
	require.NotContains(t, far.Props, "replicateSourceDb", "until the program does it")
}

func TestRestoredDatabaseHasWhatItCameFrom(t *testing.T) {
	s := stage{t, dataGround()}
	first := s.apply(home, Create, dbToken, "", altered(soundRDS["rds.instance"], Obj{"kmsKeyId": dataKeyARN, "dbName": "shop"}))
	again := s.apply(home, Create, dbToken, "", Obj{"identifier": "past", "instanceClass": "db.t4g.medium", "dbSubnetGroupName": "data", "restoreToPointInTime": Obj{"sourceDbInstanceIdentifier": "new", "useLatestRestorableTime": true}})
	s.apply(home, Delete, dbToken, first.ID, nil)
	restored := s.apply(home, Create, dbToken, "", Obj{"identifier": "restored", "instanceClass": "db.t4g.medium", "dbSubnetGroupName": "data", "snapshotIdentifier": "new-final"})
	for _, db := range []*Resource{again, restored} {
		for _, key := range []string{"engine", "engineVersion", "username", "dbName", "storageEncrypted", "kmsKeyId", "storageType", "allocatedStorage"} {
			require.Equal(t, first.Props[key], db.Props[key], key)
		}
	}
}

func TestChangesWaitForTheMaintenanceWindow(t *testing.T) {
	s := stage{t, dataGround()}
	db := s.apply(home, Create, dbToken, "", soundRDS["rds.instance"])
	bigger := Obj{"instanceClass": "db.m7g.large", "backupRetentionPeriod": 14}
	db = s.apply(home, Update, dbToken, db.ID, altered(soundRDS["rds.instance"], bigger))
	require.Equal(t, "db.t4g.medium", db.Props["instanceClass"], "the class changes in the window")
	require.Equal(t, 14.0, db.Props["backupRetentionPeriod"], "the retention at once")
	s.Maintain()
	require.Equal(t, "db.m7g.large", s.Read(home, dbToken, db.ID, nil).Props["instanceClass"])
	db = s.apply(home, Update, dbToken, db.ID, altered(altered(soundRDS["rds.instance"], bigger), Obj{"applyImmediately": true, "instanceClass": "db.m7g.xlarge"}))
	require.Equal(t, "db.m7g.xlarge", db.Props["instanceClass"], "or at once")
	s.Maintain()
	require.Equal(t, "db.m7g.xlarge", s.Read(home, dbToken, db.ID, nil).Props["instanceClass"], "nothing waits any more")
}

func TestMinorVersionsOfAWS(t *testing.T) {
	s := stage{t, dataGround()}
	major := s.apply(home, Create, dbToken, "", altered(soundRDS["rds.instance"], Obj{"engineVersion": "16", "identifier": "major"}))
	exact := s.apply(home, Create, dbToken, "", altered(soundRDS["rds.instance"], Obj{"engineVersion": "16.4", "identifier": "exact"}))
	for _, key := range []string{"engineVersionActual", "engineVersion"} {
		require.NoError(t, s.Change(major.ID, func(props map[string]any) bool { props[key] = "16.11"; return false }))
		require.NoError(t, s.Change(exact.ID, func(props map[string]any) bool { props[key] = "16.11"; return false }))
		read := s.Read(home, dbToken, major.ID, nil).Props
		require.Equal(t, "16", read["engineVersion"], "a program that names the major version sees no change")
		require.Equal(t, "16.11", read["engineVersionActual"])
		require.Equal(t, "16.11", s.Read(home, dbToken, exact.ID, nil).Props["engineVersion"], "one that names the minor version does")
	}
	again := s.apply(home, Update, dbToken, major.ID, altered(soundRDS["rds.instance"], Obj{"engineVersion": "16", "identifier": "major", "backupRetentionPeriod": 8}))
	require.Equal(t, "16.11", again.Props["engineVersionActual"], "an update leaves it alone")
	_, err := s.Apply(&Request{Scope: home, Op: Update, Token: dbToken, ID: exact.ID, New: altered(exact.Props, Obj{"engineVersion": "16.4"})}, nil, nil)
	require.ErrorContains(t, err, "Cannot upgrade postgres from 16.11 to 16.4")
}

const cacheToken = "aws:elasticache/replicationGroup:ReplicationGroup"

func TestCacheChangesInPlace(t *testing.T) {
	s := stage{t, dataGround()}
	sound := altered(soundCaches[cacheGroup], Obj{"applyImmediately": true})
	cache := s.apply(home, Create, cacheToken, "", sound)
	require.Equal(t, "disabled", cache.Props["clusterMode"])
	require.Equal(t, "required", cache.Props["transitEncryptionMode"])
	require.Equal(t, "default.redis7", cache.Props["parameterGroupName"])
	change := func(changes Obj) Obj {
		sound = altered(sound, changes)
		return s.apply(home, Update, cacheToken, cache.ID, sound).Props
	}

	valkey := change(Obj{"engine": "valkey", "engineVersion": "8.0"})
	require.Equal(t, "default.valkey8", valkey["parameterGroupName"], "the default group moves along")
	require.Equal(t, []any{"new-001", "new-002", "new-003"}, change(Obj{"numCacheClusters": 3})["memberClusters"])
	between := change(Obj{"clusterMode": "compatible"})
	require.Equal(t, "default.valkey8.cluster.on", between["parameterGroupName"])
	require.NotEmpty(t, between["primaryEndpointAddress"], "while it is compatible, both kinds of clients are served")
	require.NotEmpty(t, between["configurationEndpointAddress"])
	enabled := change(Obj{"clusterMode": "enabled"})
	require.Empty(t, enabled["primaryEndpointAddress"])
	require.Equal(t, 3.0, enabled["numCacheClusters"])
	sharded := change(Obj{"numCacheClusters": nil, "numNodeGroups": 2, "replicasPerNodeGroup": 2})
	require.Equal(t, 6.0, sharded["numCacheClusters"])
	require.Contains(t, sharded["memberClusters"], "new-0002-003")
}

// What a policy scales, the rest of the group follows.
func TestScaledCacheGroup(t *testing.T) {
	s := stage{t, dataGround()}
	sharded := altered(soundCaches[cacheGroup], Obj{"numCacheClusters": nil, "numNodeGroups": 2, "replicasPerNodeGroup": 1})
	cache := s.apply(home, Create, cacheToken, "", sharded)
	require.NoError(t, s.Change(cache.ID, func(props map[string]any) bool { props["numNodeGroups"] = 5.0; return false }))
	scaled := s.Read(home, cacheToken, cache.ID, nil).Props
	require.Equal(t, 10.0, scaled["numCacheClusters"])
	require.Len(t, scaled["memberClusters"], 10)
}

func TestCacheLeavesASnapshot(t *testing.T) {
	s := stage{t, dataGround()}
	sound := altered(soundCaches[cacheGroup], Obj{"finalSnapshotIdentifier": "last"})
	cache := s.apply(home, Create, cacheToken, "", sound)
	s.apply(home, Delete, cacheToken, cache.ID, nil)
	again := s.apply(home, Create, cacheToken, "", altered(sound, Obj{"snapshotName": "last"}))
	_, err := s.Apply(&Request{Scope: home, Op: Delete, Token: cacheToken, ID: again.ID}, nil, nil)
	require.ErrorContains(t, err, "SnapshotAlreadyExistsFault")
}

// A replica that is a resource of its own shows up in the table's description, and goes if a program says that the table has none.
func TestReplicaOfATable(t *testing.T) {
	s := stage{t, dataGround()}
	sound := altered(soundTables[dynamoTable], Obj{"streamEnabled": true, "streamViewType": "NEW_AND_OLD_IMAGES"})
	const token, replica = "aws:dynamodb/table:Table", "aws:dynamodb/tableReplica:TableReplica"
	table := s.apply(home, Create, token, "", sound)
	settings := Obj{"globalTableArn": table.Props["arn"], "pointInTimeRecovery": true}
	there := s.apply(abroad, Create, replica, "", settings)
	require.Equal(t, "new:eu-west-1", there.ID)
	require.Equal(t, "arn:aws:dynamodb:us-east-1:111122223333:table/new", there.Props["arn"])
	replicas := s.Read(home, token, table.ID, nil).Props.Objs("replicas")
	require.Len(t, replicas, 1)
	require.Equal(t, awayRegion, replicas[0].Str("regionName"))
	target := Obj{"serviceNamespace": "dynamodb", "resourceId": "table/new", "scalableDimension": "dynamodb:table:ReadCapacityUnits", "minCapacity": 1.0, "maxCapacity": 2.0}
	_, err := s.Apply(&Request{Scope: abroad, Op: Create, Token: "aws:appautoscaling/target:Target", New: target}, nil, nil)
	require.ErrorContains(t, err, "on-demand", "the replica is there to be scaled, but for its mode")

	s.apply(abroad, Delete, replica, there.ID, nil)
	require.Empty(t, s.Read(home, token, table.ID, nil).Props["replicas"])
	s.apply(abroad, Create, replica, "", settings)
	s.apply(home, Update, token, table.ID, sound)
	require.Nil(t, s.Read(abroad, replica, there.ID, nil), "the table's program knows of no replica")
}
