package recovery

import (
	"time"

	"github.com/plinth-iac/plinth/components/internal/base"
	"github.com/plinth-iac/plinth/components/objective"
	"github.com/plinth-iac/plinth/components/recovery/internal/schedule"
)

// What a continuous backup loses at most.
const continuousLoss = 5 * time.Minute

// Objectives are what a plan with these arguments does for what it covers, before it is
// made.
func (a *PlanArgs) Objectives() objective.Objectives {
	return base.CopyOf(a).withDefaults("").objectives()
}

// objectives are what the plan does for what it covers, as far as its settings say: data
// that was spoiled by mistake comes back from the vault, and with a copy what a whole
// region had comes back in the other one.
func (a *PlanArgs) objectives() objective.Objectives {
	spoiled, copied := objective.Never, objective.Never
	for _, r := range a.Rules {
		s, err := schedule.Parse(r.Schedule)
		if err != nil {
			continue
		}
		gap, ok := s.LongestGap()
		if !ok {
			continue
		}
		lost := gap + minutes(r.StartWindowMinutes)
		copied = min(copied, lost) // a copy of a continuous backup is a snapshot
		if r.Continuous {
			lost = continuousLoss
		}
		spoiled = min(spoiled, lost)
	}
	restore := minutes(a.RestoreMinutes)
	o := objective.Objectives{objective.Mistake: {Rpo: spoiled, Rto: restore, By: "restore of the last backup"}}
	if a.Copy != nil && copied != objective.Never {
		o[objective.Region] = objective.Objective{
			Rpo: copied + minutes(a.Copy.CopyMinutes), Rto: restore, By: "restore of the last copy in " + a.Copy.Region,
		}
	}
	return o
}

func minutes(n int) time.Duration { return time.Duration(n) * time.Minute }
