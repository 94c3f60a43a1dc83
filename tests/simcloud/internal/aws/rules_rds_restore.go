package aws

import "strings"

const (
	docRestoreDB   = "Amazon RDS User Guide: Restoring to a DB instance"
	docRestoreTime = "Amazon RDS User Guide: Restoring a DB instance to a specified time for Amazon RDS"
)

// restoreRules are those of databases that begin with the data of a snapshot or of another database.
var restoreRules = []Rule{
	{ID: "db-snapshot-missing", Code: "DBSnapshotNotFound", Source: docRestoreDB, Kinds: "rds.instance", On: Create, Check: func(r *Request) string {
		if id := r.New.Str("snapshotIdentifier"); !r.foreignSnapshot(id) && r.snapshot("rds.instance", id) == nil {
			return say("DBSnapshot not found: %s", id)
		}
		return ""
	}},
	{ID: "db-cluster-snapshot-missing", Code: "DBClusterSnapshotNotFoundFault", Source: "Amazon Aurora User Guide: Restoring from a DB cluster snapshot", Kinds: dbClusters, On: Create, Check: func(r *Request) string {
		id := r.New.Str("snapshotIdentifier")
		if !r.foreignSnapshot(id) && r.snapshot(r.Kind, id) == nil && r.snapshot("rds.instance", id) == nil {
			return say("DBClusterSnapshot not found: %s", id)
		}
		return ""
	}},
	{ID: "db-snapshot-engine", Code: invalidCombination, Source: docRestoreDB, Kinds: "rds.instance", On: Create, Check: func(r *Request) string {
		from := r.snapshot("rds.instance", r.New.Str("snapshotIdentifier")).props().Str("engine")
		if name := r.New.Str("engine"); name != "" && name != from && oneOf(from, "postgres mysql mariadb") {
			return say("The engine %s does not match the engine %s of the snapshot.", name, from)
		}
		return ""
	}},
	{ID: "db-restore-source", Code: "DBInstanceNotFound", Source: docRestoreTime, Kinds: "rds.instance", On: Create, Check: func(r *Request) string {
		from := r.New.Obj("restoreToPointInTime")
		id := from.Str("sourceDbInstanceIdentifier")
		switch {
		case from == nil:
		case id == "" && !from.Has("sourceDbiResourceId") && !from.Has("sourceDbInstanceAutomatedBackupsArn"):
			return "A restore to a point in time needs a source."
		case id != "" && r.By("rds.instance", "identifier", id) == nil:
			return say("DBInstance %s not found.", id)
		}
		return ""
	}},
	{ID: "db-cluster-restore-source", Code: "DBClusterNotFoundFault", Source: "Amazon Aurora User Guide: Restoring a DB cluster to a specified time", Kinds: dbClusters, On: Create, Check: func(r *Request) string {
		from := r.New.Obj("restoreToPointInTime")
		id := from.Str("sourceClusterIdentifier")
		a, isARN := parseARN(id)
		if id != "" && !(isARN && a.account != r.Account) && r.restoredCluster(from) == nil {
			return say("DBCluster %s not found.", id)
		}
		return ""
	}},
	{ID: "db-restore-backups", Code: "PointInTimeRestoreNotEnabled", Source: docRestoreTime, Kinds: "rds.instance", On: Create, Check: func(r *Request) string {
		source := r.By("rds.instance", "identifier", r.New.Str("restoreToPointInTime.sourceDbInstanceIdentifier"))
		if source != nil && source.Props.Int("backupRetentionPeriod") == 0 {
			return say("Automated backups are not enabled for the DB instance %s.", source.Props.Str("identifier"))
		}
		return ""
	}},
	{ID: "db-restore-time", Code: invalidCombination, Source: docRestoreTime, Kinds: dbMasters, On: Create, Check: func(r *Request) string {
		from := r.New.Obj("restoreToPointInTime")
		if from != nil && (given(from, "restoreTime", "restoreToTime") != "") == from.Bool("useLatestRestorableTime") {
			return "Exactly one of RestoreTime and UseLatestRestorableTime must be given."
		}
		return ""
	}},
}

// snapshotKinds are the kinds of snapshots of databases of a kind, with the property that names them.
var snapshotKinds = map[string]map[string]string{
	"rds.instance":  {"rds.snapshot": "dbSnapshotIdentifier", "rds.snapshotCopy": "targetDbSnapshotIdentifier"},
	"rds.cluster":   {clusterSnapshot: "dbClusterSnapshotIdentifier", "rds.clusterSnapshotCopy": "targetDbClusterSnapshotIdentifier"},
	"docdb.cluster": {clusterSnapshot: "dbClusterSnapshotIdentifier", "docdb.clusterSnapshot": "dbClusterSnapshotIdentifier"},
}

// snapshot finds a snapshot of a database of a kind by its identifier or its ARN.
func (r *Request) snapshot(of, id string) *Resource {
	if a, ok := parseARN(id); ok {
		id = a.resource[strings.Index(a.resource, ":")+1:]
	}
	for kind, property := range snapshotKinds[of] {
		if found := r.By(kind, property, id); found != nil {
			return found
		}
	}
	return nil
}

// foreignSnapshot says that nothing is known of a snapshot: none is named, another account shares it, or AWS made it on a schedule.
func (r *Request) foreignSnapshot(id string) bool {
	a, ok := parseARN(id)
	if ok {
		id = a.resource[strings.Index(a.resource, ":")+1:]
	}
	return id == "" || ok && a.account != r.Account || strings.HasPrefix(id, "rds:") || strings.HasPrefix(id, "awsbackup:")
}

// restoredCluster finds the cluster whose data a point in time is of.
func (r *Request) restoredCluster(from Obj) *Resource {
	id := from.Str("sourceClusterIdentifier")
	for _, kind := range strings.Fields(dbClusters) {
		for property, value := range map[string]string{"clusterIdentifier": id, "arn": id, "clusterResourceId": from.Str("sourceClusterResourceId")} {
			if found := r.By(kind, property, value); found != nil {
				return found
			}
		}
	}
	return nil
}

// ancestor gives what a new database has from the one or the snapshot that it is made from; nil if it is made from nothing, or nothing is known.
func (r *Request) ancestor(props Obj) Obj {
	if from := props.Obj("restoreToPointInTime"); from != nil && r.Kind == "rds.instance" {
		for property, value := range map[string]string{"identifier": from.Str("sourceDbInstanceIdentifier"), "resourceId": from.Str("sourceDbiResourceId")} {
			if found := r.By("rds.instance", property, value); found != nil {
				return found.Props
			}
		}
		return nil
	} else if from != nil {
		return r.restoredCluster(from).props()
	}
	return r.snapshot(r.Kind, props.Str("snapshotIdentifier")).props()
}
