package database

import (
	"time"

	"github.com/plinth-iac/plinth/components/internal/base"
	"github.com/plinth-iac/plinth/components/objective"
)

// What AWS takes for each way back, from its documentation and rounded up. Times are
// until the database accepts writes; clients must reconnect.
const (
	// standbyFailover is one to two minutes; crash recovery after heavy writes is more.
	standbyFailover = 2 * time.Minute
	// readerFailover is typically under a minute with Aurora.
	readerFailover = time.Minute
	// replacement is a new machine on the storage that is there.
	replacement = 30 * time.Minute
	// auroraReplacement is a new writer without a reader to promote.
	auroraReplacement = 10 * time.Minute
	// logShipping is how often the transaction log is saved, and so what a restore loses.
	logShipping = 5 * time.Minute
	// copyShipping is the same for copies in another region.
	copyShipping = 15 * time.Minute
	// replicaLag is what a replica in another region may be behind.
	replicaLag = 5 * time.Minute
	// promotion is a replica's restart as a database of its own.
	promotion = 20 * time.Minute
	// restorePerTib is a restore of each TiB begun, new instance included.
	restorePerTib = time.Hour
	gibPerTib     = 1024
)

// Objectives are what failures cost with these arguments, for who has to know it before
// anything is made.
func (a *InstanceArgs) Objectives() objective.Objectives {
	return base.CopyOf(a).withDefaults().objectives()
}

// Objectives are what failures cost with these arguments, for who has to know it before
// anything is made.
func (a *ClusterArgs) Objectives() objective.Objectives {
	return base.CopyOf(a).withDefaults().objectives()
}

// objectives are what failures cost, if nobody has to decide first: promoting a replica
// and restoring are decisions of people, whose time is not counted.
func (a *InstanceArgs) objectives() objective.Objectives {
	restore := time.Duration((a.AllocatedGib+gibPerTib-1)/gibPerTib) * restorePerTib
	means := []objective.Objectives{{objective.Instance: {Rto: replacement, By: "a new machine on the same storage"}}}
	if *a.MultiAz {
		failover := objective.Objective{Rto: standbyFailover, By: "failover to the standby"}
		means = append(means, objective.Objectives{objective.Instance: failover, objective.Zone: failover})
	}
	if *a.BackupRetentionDays > 0 {
		back := objective.Objective{Rpo: logShipping, Rto: restore, By: "restore to a point in time"}
		means = append(means, objective.Objectives{objective.Zone: back, objective.Mistake: back})
	}
	if a.CrossRegionBackups != nil {
		means = append(means, objective.Objectives{objective.Region: {
			Rpo: copyShipping, Rto: restore, By: "restore of the backups in " + a.CrossRegionBackups.Region,
		}})
	}
	for _, key := range base.SortedKeys(a.Replicas) {
		if r := a.Replicas[key]; r.abroad(a) {
			means = append(means, objective.Objectives{objective.Region: {
				Rpo: replicaLag, Rto: promotion, By: "promotion of replica " + key + " in " + r.Region,
			}})
		}
	}
	return objective.Best(means...)
}

// objectives are what failures cost. Aurora keeps six copies in three zones, so that no
// zone takes data away; what its size makes of a restore is not known here.
func (a *ClusterArgs) objectives() objective.Objectives {
	back := objective.Objective{Rto: auroraReplacement, By: "a new writer on the same storage"}
	if len(a.Instances) > 1 {
		back = objective.Objective{Rto: readerFailover, By: "failover to a reader"}
	}
	return objective.Objectives{
		objective.Instance: back, objective.Zone: back,
		objective.Mistake: {Rpo: logShipping, Rto: restorePerTib, By: "restore to a point in time"},
	}
}
