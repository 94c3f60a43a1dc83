package document

import (
	"time"

	"github.com/plinth-iac/plinth/components/objective"
)

// The storage loses nothing with an instance or a zone. What takes time is to find an
// instance that answers: another one within a minute, or a new one.
func (a *ClusterArgs) objectives() objective.Objectives {
	failover := objective.Objective{Rto: time.Minute, By: "failover to another instance"}
	renewal := objective.Objective{Rto: 15 * time.Minute, By: "a new instance on the same storage"}
	o := objective.Objectives{
		objective.Instance: renewal, objective.Zone: renewal,
		objective.Mistake: {Rpo: 5 * time.Minute, Rto: 2 * time.Hour, By: "point in time recovery into a new cluster"},
	}
	if len(a.Instances) > 1 {
		o[objective.Instance] = failover
	}
	if a.zones() > 1 {
		o[objective.Zone] = failover
	}
	return o
}

// zones is in how many zones there are instances. Those without a written zone are
// spread by AWS.
func (a *ClusterArgs) zones() int {
	written, spread := map[string]bool{}, 0
	for _, instance := range a.Instances {
		if instance.Zone == "" {
			spread++
		} else {
			written[instance.Zone] = true
		}
	}
	return len(written) + spread
}
