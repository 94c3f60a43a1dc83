package resilience

import (
	"github.com/plinth-iac/plinth/policies/internal/ecs"
	"github.com/plinth-iac/plinth/policies/rule"
)

// guaranteed is how many machines, or tasks, something in a place always has. The verdict is
// Unknown if that is not known.
func (d *drill) guaranteed(r *rule.Resource, p place, spec spec) (rule.Value, rule.Verdict) {
	count, unsure := r.Get(spec.machines), rule.Verdict{}
	if r.Type == ecsService {
		switch daemon := ecs.IsDaemon(r); {
		case daemon.Outcome == rule.Unknown:
			return count, daemon
		case daemon.Outcome == rule.Pass && d.domain.Kind == Zone:
			return rule.Of(p.least), rule.Verdict{} // one on each instance, of which each zone has some
		case daemon.Outcome == rule.Pass:
			return count, rule.Undecided("instances of its cluster", rule.External)
		}
		if count, unsure = ecs.LeastTasks(d.g, r); count.IsAbsent() {
			count = rule.Of(0) // what AWS takes
		}
	}
	if count.IsUnknown() && unsure.Outcome != rule.Unknown {
		unsure = rule.NotKnown(count)
	}
	return count, unsure
}
