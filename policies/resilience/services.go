package resilience

import (
	"github.com/plinth-iac/plinth/policies/internal/ecs"
	"github.com/plinth-iac/plinth/policies/rule"
)

// guaranteed is how many machines, or tasks, something in a place always has. What is scaled
// down to none may have one all the same: only what nobody scales has none. The verdict is
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
		count, unsure = ecs.LeastTasks(d.g, r)
		if asked := r.Get("desiredCount"); count.Path() == asked.Path() {
			n, _ := asked.Number()
			return rule.Of(n), unsure // 0 is what AWS takes if it is not set
		}
	}
	if n, known := count.Number(); known && n < 1 {
		count = rule.Of(1)
	}
	if count.IsUnknown() && unsure.Outcome != rule.Unknown {
		unsure = rule.NotKnown(count)
	}
	return count, unsure
}

// onInstances is the place of an ECS service that names no subnets: that of the groups behind
// its capacity providers. What instances its cluster has besides those, nobody tells.
func (m *model) onInstances(r *rule.Resource) place {
	providers, property := m.g.Targets(r, capacity, "capacityProviderStrategies[].capacityProvider"), "capacityProviderStrategies"
	if len(r.Select(property)) == 0 && r.Get("launchType").IsAbsent() {
		providers, property = m.defaultProviders(r), "cluster"
	}
	p, least := place{}, 0
	var groups []*rule.Resource
	outside := providers.Missing.Outcome == rule.Unknown || providers.Ambiguous()
	for _, provider := range providers.Resources {
		behind := m.g.Targets(provider, group, "autoScalingGroupProvider.autoScalingGroupArn")
		outside = outside || behind.Missing.Outcome == rule.Unknown || len(behind.Resources) != 1
		for _, on := range behind.Resources {
			at := m.told(on, m.placeAt(on, "vpcZoneIdentifiers[]", false))
			if groups = append(groups, on); len(groups) == 1 {
				least = at.least
			}
			least = min(least, at.least)
			p = p.join(at.by(Step{Resource: r, Property: property}))
		}
	}
	m.support(r, support{meaning: spread, of: groups, count: len(groups), property: property})
	switch {
	case outside || len(groups) == 0:
		p.missing = rule.Undecided("instances of its cluster", rule.External)
	case least < p.distinct() && p.sure():
		p.missing = rule.Undecided("which of its capacity providers runs what", rule.NotYet)
	}
	p.least = least
	return p
}

// defaultProviders are the capacity providers of a service that names none: those of its
// cluster.
func (m *model) defaultProviders(r *rule.Resource) rule.Targets {
	home, _ := m.g.Target(r, ecsCluster, "cluster")
	if home == nil {
		return rule.Targets{}
	}
	defaults, _ := m.g.Pointing(home, clusterCapacity, "clusterName")
	if len(defaults) != 1 {
		return rule.Targets{}
	}
	return m.g.Targets(defaults[0], capacity, "defaultCapacityProviderStrategies[].capacityProvider")
}
