package database

import (
	"fmt"
	"strings"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/internal/base"
	"github.com/plinth-iac/plinth/components/internal/datastore"
)

const (
	mostGib = 65536
	// stripedGib is the size from which AWS lays gp3 storage over several volumes.
	stripedGib   = 400
	mostReplicas = 15
	// mostRetention is in days.
	mostRetention = 35
	// longestIdentifier is AWS's limit for a database.
	longestIdentifier = 63
	// longestReplica is for the name and the key together: the identifier is
	// <name>-replica-<key>-, and seven characters of the engine's.
	longestReplica = longestIdentifier - len("-replica-") - len("-") - 7
)

// validate reports every problem at once. It sees args with their defaults.
func (a *InstanceArgs) validate(name string) error {
	var errs fielderr.List
	c := a.core(name)
	c.validate(&errs, a.Engine, instanceEngines)
	c.validateUpkeep(&errs, upkeep{
		kmsKeyArn: a.KmsKeyArn, awsManagedKey: a.AwsManagedKey, caCertificate: a.CaCertificate, backupWindow: a.BackupWindow,
		maintenance: a.MaintenanceWindow, parameters: a.Parameters,
		majorUpgrade: a.AllowMajorVersionUpgrade, applyImmediately: a.ApplyImmediately, extended: a.ExtendedSupport, events: a.Events,
		restore: a.Restore, eventCategories: instanceEvents,
	})
	a.checkClass(&errs, a.InstanceClass)
	if *a.AutoMinorVersionUpgrade && c.engine.isMinor(a.EngineVersion) {
		errs.Conflict("autoMinorVersionUpgrade", "engineVersion", "AWS would move on from a minor version, and the next deploy fail at going back")
	}
	if a.sized() {
		datastore.Between(&errs, "allocatedGib", a.AllocatedGib, a.StorageType.leastGib(), mostGib)
		checkStorage(&errs, a.StorageType, a.AllocatedGib, *a.MaxAllocatedGib, a.Iops, a.ThroughputMibps)
	} else {
		errs.Add("allocatedGib", "is required with restore: no less than the source's, as AWS shrinks no storage")
	}
	if a.Alarms != nil && a.Alarms.AcuPercent != 0 {
		errs.Add("alarms.acuPercent", "is for a Cluster: an instance has no capacity units")
	}
	a.validateBackups(&errs)
	a.validateBlueGreen(&errs)
	if len(a.Replicas) > mostReplicas {
		errs.Add("replicas", "has %d replicas; AWS allows %d", len(a.Replicas), mostReplicas)
	}
	if len(a.Replicas) > 0 && c.managed() {
		errs.At("credentials").Add("password", "is required with replicas: AWS makes none of an instance whose password it manages")
	}
	for _, key := range base.SortedKeys(a.Replicas) {
		r := a.Replicas[key]
		r.validate(errs.At("replicas", fielderr.Key(key)), name, key, a)
	}
	return errs.Err(fmt.Sprintf("database.Instance %q", name))
}

// sized says that the storage has a size: with a restore, there is no default of it.
func (a *InstanceArgs) sized() bool { return a.AllocatedGib != 0 }

// instanceEvents are the kinds of events there are of an instance.
var instanceEvents = strings.Split("availability,backup,configuration change,creation,deletion,failover,failure,low storage,"+
	"maintenance,notification,read replica,recovery,restoration,security,security patching", ",")

func (a *InstanceArgs) checkClass(errs *fielderr.List, class string) {
	if class == "" {
		errs.Required("instanceClass")
		return
	}
	form := classForm.FindStringSubmatch(class)
	if form == nil {
		errs.Invalid("instanceClass", class, "must be a class such as db.r7g.large")
		return
	}
	if small := form[1] == "micro" || form[1] == "small"; a.Engine == Mysql && small && a.Monitoring.Insights != InsightsOff {
		errs.Invalid("instanceClass", class, "has no Database Insights with MySQL; use db.t4g.medium or larger, or monitoring.insights Off")
	}
}

func (s StorageType) leastGib() int {
	if s == Io2 {
		return 100
	}
	return 20
}

func checkStorage(errs *fielderr.List, kind StorageType, size, most, iops, throughput int) {
	fielderr.OneOf(errs, "storageType", kind, Gp3, Io2)
	if most != 0 && (most*10 < size*11 || most > mostGib) {
		errs.Invalid("maxAllocatedGib", most, "must be 0, or a tenth more than allocatedGib, to %d", mostGib)
	}
	switch {
	case kind == Io2:
		if iops < max(1000, (size+1)/2) || iops > min(256000, 1000*size) {
			errs.Invalid("iops", iops, "must be %d to %d with %d GiB of Io2", max(1000, (size+1)/2), min(256000, 1000*size), size)
		}
		if throughput != 0 {
			errs.Conflict("throughputMibps", "storageType", "the throughput of Io2 follows the IOPS")
		}
	case size < stripedGib:
		for path, value := range map[string]int{"iops": iops, "throughputMibps": throughput} {
			if value != 0 {
				errs.Invalid(path, value, "is for Gp3 of %d GiB or more; allocatedGib is %d", stripedGib, size)
			}
		}
	default:
		if iops != 0 {
			datastore.Between(errs, "iops", iops, 12000, 64000)
		}
		if throughput != 0 {
			datastore.Between(errs, "throughputMibps", throughput, 500, max(500, min(4000, max(iops, 12000)/4)))
		}
	}
}

func (a *InstanceArgs) validateBackups(errs *fielderr.List) {
	days := *a.BackupRetentionDays
	datastore.Between(errs, "backupRetentionDays", days, 0, mostRetention)
	for path, needs := range map[string]bool{
		"replicas": len(a.Replicas) > 0, "blueGreen": a.BlueGreen, "byAwsBackup": a.ByAwsBackup, "crossRegionBackups": a.CrossRegionBackups != nil,
	} {
		if needs && days == 0 {
			errs.Conflict("backupRetentionDays", path, "it needs backups, 1 day or more")
		}
	}
	b := a.CrossRegionBackups
	if b == nil {
		return
	}
	at := errs.At("crossRegionBackups")
	datastore.CheckRegion(at, b.Region)
	if b.Region == a.Region {
		at.Invalid("region", b.Region, "must be another region than the database's")
	}
	if b.Provider == nil {
		at.Required("provider")
	}
	if b.KmsKeyArn == nil {
		at.Required("kmsKeyArn")
	}
	datastore.Between(at, "retentionDays", b.RetentionDays, 1, mostRetention)
}

func (a *InstanceArgs) validateBlueGreen(errs *fielderr.List) {
	if !a.BlueGreen {
		return
	}
	if len(a.Replicas) > 0 {
		errs.Conflict("blueGreen", "replicas", "the provider cannot move replicas to the copy")
	}
	if a.Credentials.Password == nil {
		errs.At("credentials").Add("password", "is required with blueGreen: AWS copies no instance whose password it manages")
	}
}

func (r *ReplicaArgs) validate(errs *fielderr.List, name, key string, a *InstanceArgs) {
	if !keyForm.MatchString(key) || len(name)+len(key) > longestReplica {
		errs.Add("", "the key must be lower-case letters, digits and single hyphens, and have no more than %d characters together with the name", longestReplica)
	}
	if r.InstanceClass != a.InstanceClass {
		a.checkClass(errs, r.InstanceClass)
	}
	if a.sized() && r.hasOwnStorage(a) {
		if r.StorageType == Io2 && a.StorageType != Io2 && a.AllocatedGib < Io2.leastGib() {
			errs.Invalid("storageType", r.StorageType, "needs allocatedGib %d or more", Io2.leastGib())
		}
		checkStorage(errs, r.StorageType, a.AllocatedGib, *r.MaxAllocatedGib, r.Iops, r.ThroughputMibps)
		if *r.MaxAllocatedGib < *a.MaxAllocatedGib {
			errs.Invalid("maxAllocatedGib", *r.MaxAllocatedGib, "must be no less than the primary's, %d: the replica would fill up first", *a.MaxAllocatedGib)
		}
	}
	r.validateVersion(errs, a)
	if r.Zone != "" {
		if !strings.HasPrefix(r.Zone, r.Region) || r.Zone == r.Region {
			errs.Invalid("zone", r.Zone, "must be a zone of %s", r.Region)
		}
		if r.MultiAz {
			errs.Conflict("zone", "multiAz", "the replica is in two zones")
		}
	}
	abroad := r.abroad(a)
	if abroad {
		datastore.CheckRegion(errs, r.Region)
	}
	for path, set := range map[string]bool{
		"provider": r.Provider != nil, "vpcId": r.VpcId != nil, "subnetIds": r.SubnetIds != nil, "kmsKeyArn": r.KmsKeyArn != nil,
	} {
		if abroad && !set {
			errs.Add(path, "is required for a replica in %s", r.Region)
		}
		if !abroad && set {
			errs.Add(path, "is for a replica in another region; one in %s has the primary's", r.Region)
		}
	}
	if abroad && r.SubnetIds != nil {
		datastore.CheckSubnets(errs, r.SubnetIds)
	}
	if !abroad && r.TopicArn != nil {
		errs.Add("topicArn", "is for a replica in another region; alarms and events say who is told of this one")
	}
}

// hasOwnStorage says that something about the storage is not as with the primary, where it
// is checked.
func (r *ReplicaArgs) hasOwnStorage(a *InstanceArgs) bool {
	return r.StorageType != a.StorageType || r.Iops != a.Iops || r.ThroughputMibps != a.ThroughputMibps || *r.MaxAllocatedGib != *a.MaxAllocatedGib
}

func (r *ReplicaArgs) validateVersion(errs *fielderr.List, a *InstanceArgs) {
	if r.EngineVersion == a.EngineVersion {
		return
	}
	e := instanceEngines[a.Engine]
	switch {
	case a.Engine != Mysql:
		errs.Invalid("engineVersion", r.EngineVersion, "must be the primary's, %s: AWS upgrades the replicas of PostgreSQL with it", a.EngineVersion)
	case e.major(r.EngineVersion) == "":
		errs.Invalid("engineVersion", r.EngineVersion, "must be a major version (%s) or a minor version of one", strings.Join(e.majors, ", "))
	case e.older(r.EngineVersion, a.EngineVersion):
		errs.Invalid("engineVersion", r.EngineVersion, "must not be older than the primary's, %s", a.EngineVersion)
	}
}
