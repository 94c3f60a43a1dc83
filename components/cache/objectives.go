package cache

import (
	"time"

	"github.com/plinth-iac/plinth/components/objective"
)

// A failover takes below a minute, and a client somewhat longer to notice. A replica is
// seconds behind at worst, or the lag alarm is raised.
var (
	failover = objective.Objective{Rpo: 10 * time.Second, Rto: 2 * time.Minute, By: "failover to a replica, which follows asynchronously"}
	snapshot = objective.Objective{Rpo: 24 * time.Hour, Rto: time.Hour, By: "a new cache from the last daily snapshot"}
)

// objectives are what failures cost. Snapshots stay in their region.
func (a *ReplicationGroupArgs) objectives() objective.Objectives {
	return objective.Best(copies(*a.Replicas > 0, failover), snapshots(*a.BackupRetentionDays))
}

func (a *ServerlessArgs) objectives() objective.Objectives {
	return objective.Best(copies(a.Engine != EngineMemcached, failover), snapshots(*a.BackupRetentionDays))
}

func copies(several bool, by objective.Objective) objective.Objectives {
	if !several {
		return nil
	}
	return objective.Objectives{objective.Instance: by, objective.Zone: by}
}

func snapshots(days int) objective.Objectives {
	if days == 0 {
		return nil
	}
	return objective.Objectives{objective.Instance: snapshot, objective.Zone: snapshot, objective.Mistake: snapshot}
}
