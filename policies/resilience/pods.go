package resilience

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/plinth-iac/plinth/policies/internal/scheduling"
	"github.com/plinth-iac/plinth/policies/rule"
)

// fleet is the machines that the pods of a cluster run on.
type fleet struct {
	cluster *rule.Resource
	region  string
	// from are the node groups, profiles and node classes that machines come from, or the
	// cluster itself.
	from []*rule.Resource
	// pools are the node pools; their machines are those of node classes.
	pools []*rule.Resource
}

// objectName is a Kubernetes object's: names are unique within a kind, namespace and cluster.
type objectName struct{ provider, kind, namespace, name string }

// findFleets finds the fleet behind each provider of Kubernetes objects.
func (m *model) findFleets() {
	m.fleets = map[string]fleet{}
	for _, r := range m.g.All() {
		if !strings.HasPrefix(r.Type, "kubernetes:") {
			continue
		}
		if _, made := m.fleets[r.ProviderURN]; !made {
			m.fleets[r.ProviderURN] = m.fleetBehind(r)
		}
		if r.Type == scaler {
			target := objectOf(r)
			target.kind, _ = r.Get("spec.scaleTargetRef.kind").Text()
			target.name, _ = r.Get("spec.scaleTargetRef.name").Text()
			m.scalers[target] = r
		}
	}
}

// fleetBehind is the fleet of the cluster that a provider of Kubernetes objects speaks to:
// the only one, or the one whose endpoint is in its kubeconfig.
func (m *model) fleetBehind(object *rule.Resource) fleet {
	var f fleet
	config, _ := rule.Of(object.Provider).Get("kubeconfig").Text()
	clusters := m.g.Of(cluster)
	for _, c := range clusters {
		endpoint, _ := c.Out("endpoint").Text()
		if len(clusters) == 1 || endpoint != "" && strings.Contains(config, endpoint) {
			f.cluster = c
		}
	}
	if f.cluster == nil {
		return f
	}
	f.region = f.cluster.Region()
	for _, token := range [...]string{nodeGroup, fargateProfile} {
		found, _ := m.g.Pointing(f.cluster, token, "clusterName")
		f.from = append(f.from, found...)
	}
	for _, token := range [...]string{nodeClass, ec2NodeClass} {
		for _, class := range m.g.Of(token) {
			if class.ProviderURN == object.ProviderURN && len(m.g.Targets(class, subnet, types[token].place...).Resources) > 0 {
				f.from = append(f.from, class)
			}
		}
	}
	for _, pool := range m.g.Of(nodePool) {
		if pool.ProviderURN == object.ProviderURN {
			f.pools = append(f.pools, pool)
		}
	}
	if len(f.from) == 0 || len(f.pools) > 0 && !slices.ContainsFunc(f.from, isClass) {
		f.from = append(f.from, f.cluster) // Auto Mode's own pools, in the cluster's subnets
	}
	return f
}

func isClass(r *rule.Resource) bool { return r.Type == nodeClass || r.Type == ec2NodeClass }

func objectOf(r *rule.Resource) objectName {
	o := objectName{provider: r.ProviderURN, kind: rule.Kind(r.Type)}
	o.namespace, _ = r.Get("metadata.namespace").Text()
	o.name, _ = r.Get("metadata.name").Text()
	return o
}

// runsOn puts pods where the machines of their cluster are.
func (m *model) runsOn(r *rule.Resource, f fleet) {
	if f.cluster == nil {
		m.places[r] = place{missing: rule.Undecided("machines of "+r.Name, rule.External)}
		return
	}
	var p place
	for _, from := range f.from {
		in := place{}
		for _, path := range types[from.Type].place {
			in = in.join(m.placeAt(from, path, false))
		}
		p = p.join(in.by(Step{Resource: r, Property: "spec"}))
	}
	m.places[r] = p
	machines := append(slices.Clone(f.from), f.pools...)
	m.support(r, support{meaning: runs, of: machines, count: len(machines), property: "spec"})
	m.support(r, support{meaning: wants, of: []*rule.Resource{f.cluster}, count: 1, property: "spec"})
}

// fleetOf is the machines of a workload; false for what is none.
func (m *model) fleetOf(r *rule.Resource) (fleet, bool) {
	return m.fleets[r.ProviderURN], r.Type == deployment || r.Type == statefulSet
}

// pods is what is left of a workload. The scheduler does what constraints on topology ask
// for; without one it may have put all pods into one zone, or on one machine.
func (d *drill) pods(r *rule.Resource, p place) condition {
	floor := d.floor(r)
	n, known := floor.Number()
	switch {
	case floor.IsUnknown():
		return undecided(rule.NotKnown(floor))
	case !known:
		n = 1 // what Kubernetes takes
	case n < 1 && d.scalers[objectOf(r)] != nil:
		n = 1 // which it may have all the same
	case n < 1:
		return condition{} // it is set to nothing
	}
	there := map[Kind]string{Zone: "in that zone", Node: "on that machine"}[d.domain.Kind]
	if n < 2 {
		return lost("its only pod may be " + there)
	}
	// Those of one zone at most are on one machine.
	byZone, byHost := spreadOver(r, n, scheduling.Zone), rule.No()
	together := math.Ceil(n / float64(max(p.least, 1)))
	if d.domain.Kind == Node {
		if byHost = spreadOver(r, n, scheduling.Host); byHost.Outcome == rule.Pass {
			together = 1
		}
	}
	switch apart := rule.Any(byHost, byZone); {
	case apart.Outcome == rule.Unknown:
		return undecided(apart)
	case apart.Outcome != rule.Pass:
		return lost(fmt.Sprintf("nothing keeps its %v pods apart: all may be %s", n, there))
	case together >= n && !p.sure():
		return undecided(p.missing)
	case together >= n:
		return lost("all its pods may be " + there)
	}
	return degraded((n-together)/n, fmt.Sprintf("%v of %v pods may be %s", together, n, there))
}

// spreadOver is whether a workload asks for its pods, of which it has so many, to be apart.
func spreadOver(r *rule.Resource, floor float64, label string) rule.Verdict {
	apart, _ := scheduling.Spread(r.Get("spec.template"), rule.Of(floor), label)
	return apart
}

// floor is the number of pods that a workload has at least.
func (m *model) floor(r *rule.Resource) rule.Value {
	if s := m.scalers[objectOf(r)]; s != nil {
		return s.Get("spec.minReplicas")
	}
	return r.Get("spec.replicas")
}
