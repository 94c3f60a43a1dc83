package resilience

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/plinth-iac/plinth/policies/internal/zones"
	"github.com/plinth-iac/plinth/policies/rule"
)

// place is the zones that something is in, or may be in.
type place struct {
	// zones lead to the resource, each by the references that put it there.
	zones map[string][]Step
	// least is the number of different zones it is certain to reach.
	least int
	// missing is Unknown if not all of its zones are known.
	missing rule.Verdict
	// hidden is set for zones that AWS chooses and tells nobody: each may be any.
	hidden bool
}

// onlyIn is the place of what says itself in which zone it is.
func (m *model) onlyIn(zone string, r *rule.Resource) place {
	property := "availabilityZone"
	for _, p := range zoneProperties {
		if text, _ := r.Get(p).Text(); m.zoneNamed(text) == zone {
			property = p
			break
		}
	}
	return place{zones: map[string][]Step{zone: {{Resource: r, Property: property}}}, least: 1}
}

// place finds the zones of a resource of a known type, and what it depends on there.
func (m *model) place(r *rule.Resource, spec spec) {
	if len(spec.place) == 0 && spec.survive == nil && spec.domain != Node {
		switch zone, known := m.zoneOf(r); {
		case zone != "":
			m.places[r] = m.onlyIn(zone, r)
		case !known:
			m.places[r] = place{missing: rule.Undecided("availabilityZone", rule.NotYet)}
		}
		return
	}
	if f, pods := m.fleetOf(r); pods {
		m.runsOn(r, f)
		return
	}
	var p place
	for _, path := range spec.place {
		p = p.join(m.placeAt(r, path, spec.dials))
	}
	p = m.told(r, p)
	switch zone, known := m.zoneOf(r); {
	case zone != "" && !spreads(r):
		p = m.onlyIn(zone, r)
	case !known && !spreads(r) && len(p.zones) == 0:
		p.missing = rule.Undecided("availabilityZone", rule.NotYet)
	case len(p.zones) == 0 && p.sure() && spec.domain == Node:
		p = m.unsaid(r)
	}
	m.places[r] = p
}

// unsaid is the place of machines that nothing is said of.
func (m *model) unsaid(r *rule.Resource) place {
	switch r.Type {
	case ecsService:
		return m.onInstances(r)
	case search:
		return ownNetwork(r)
	}
	return place{missing: rule.Undecided("the default VPC", rule.External)}
}

// told is the place of a resource that its subnets put into p: the zones that the program
// chooses among theirs or, if those of its subnets are not known, what AWS lists.
func (m *model) told(r *rule.Resource, p place) place {
	path := zonesAt(r)
	if path == "" {
		return p
	}
	for _, values := range [][]rule.Value{r.Select(path), rule.Of(r.Outputs).Select(path)} {
		in := place{zones: map[string][]Step{}}
		for _, v := range values {
			if zone, known := v.Text(); known && zone != "" {
				in.zones[m.zoneNamed(zone)] = []Step{{Resource: r, Property: strings.TrimSuffix(path, "[]")}}
			} else {
				in.missing = rule.NotKnown(v)
			}
		}
		if in = (place{}).join(in); len(in.zones) > 0 {
			return in
		}
		if len(p.zones) > 0 && p.sure() {
			break
		}
	}
	return p
}

// placeAt is the zones of the subnets, or of the subnet group, that a property refers to.
func (m *model) placeAt(r *rule.Resource, path string, dial bool) place {
	property := strings.ReplaceAll(path, "[]", "")
	if !strings.HasSuffix(path, "GroupName") {
		t := m.g.Targets(r, subnet, path)
		t.Missing = here(r, path, t.Missing, func(v rule.Value) bool { return len(m.g.Behind(r, v, subnet)) > 0 })
		if dial {
			m.support(r, support{meaning: dials, of: t.Resources, count: t.Count, property: property})
		}
		return m.placeIn(place{}, r, property, t)
	}
	var p place
	missing := rule.Undecided(property, rule.External)
	for _, token := range subnetGroups {
		t := m.g.Targets(r, token, path)
		if t.Missing.Why != rule.External {
			missing = rule.Verdict{} // there is one, or nothing is said
		}
		for _, group := range t.Resources {
			p = p.join(m.placeAt(group, "subnetIds[]", false).by(Step{Resource: r, Property: property}))
		}
	}
	if missing.Outcome == rule.Unknown {
		p.missing = here(r, path, missing, func(rule.Value) bool { return false })
	}
	return p
}

// here is what is missing of what a property refers to: if its value is known, that is what
// is not in the graph.
func here(r *rule.Resource, path string, missing rule.Verdict, found func(rule.Value) bool) rule.Verdict {
	if missing.Why != rule.External {
		return missing
	}
	for _, v := range r.Select(path) {
		if id, known := v.Text(); known && id != "" && !found(v) {
			return rule.Undecided(id, rule.External)
		}
	}
	return rule.Undecided("what "+missing.Property+" refers to", rule.External)
}

// spreads is whether the zone that a resource tells is only that of its first machine.
func spreads(r *rule.Resource) bool {
	return types[r.Type].machines != "" || !rule.NotTrue(r.Get("multiAz")) || rule.Is("cross-az")(r.Get("azMode"))
}

// placeIn adds subnets that a property refers to.
func (m *model) placeIn(p place, r *rule.Resource, property string, t rule.Targets) place {
	in := place{zones: map[string][]Step{}, missing: t.Missing}
	perZone, nowhere := map[string]int{}, 0
	for _, s := range slices.SortedFunc(slices.Values(t.Resources), byURN) {
		zone, _ := m.zoneOf(s)
		if zone == "" {
			nowhere++
			in.missing = cmp.Or(in.missing, rule.Undecided("availabilityZone of "+s.Name, rule.NotYet))
			continue
		}
		perZone[zone]++
		if in.zones[zone] == nil {
			in.zones[zone] = []Step{{Resource: s, Property: "availabilityZone"}, {Resource: r, Property: property}}
		}
	}
	in.least = in.distinct()
	if t.Ambiguous() {
		if in.distinct() < len(perZone) {
			for zone, n := range perZone { // one told by its id may be any of the others
				if isId(zone) {
					delete(perZone, zone)
					nowhere += n
				}
			}
		}
		in.least = zones.Fewest(perZone, nowhere, t.Count)
		in.missing = rule.Undecided(property, rule.NotYet)
	}
	return p.join(in)
}

// join adds the zones of another place of the same thing.
func (p place) join(q place) place {
	joined := place{zones: maps.Clone(p.zones), least: max(p.least, q.least), missing: rule.All(p.missing, q.missing)}
	if joined.zones == nil {
		joined.zones = map[string][]Step{}
	}
	for zone, steps := range q.zones {
		if _, has := joined.zones[zone]; !has {
			joined.zones[zone] = steps
		}
	}
	if distinct := joined.distinct(); joined.sure() {
		joined.least = distinct
		for zone := range joined.zones {
			if isId(zone) && distinct < len(joined.zones) {
				joined.missing = rule.Undecided("name of the zone "+zone, rule.NotYet)
			}
		}
	}
	return joined
}

// distinct is the least number of zones that it has: one told by its id may be any of those
// that are told by their names.
func (p place) distinct() int {
	ids := 0
	for zone := range p.zones {
		if isId(zone) {
			ids++
		}
	}
	return max(ids, len(p.zones)-ids)
}

// mayBe is whether one of its zones, told by its id, may be what another one is the name of;
// or the other way round.
func (p place) mayBe(zone string) bool {
	for z := range p.zones {
		if zone != "" && isId(z) != isId(zone) {
			return true
		}
	}
	return false
}

// by adds a step to the way from each zone.
func (p place) by(step Step) place {
	for zone, steps := range p.zones {
		p.zones[zone] = append(slices.Clip(steps), step)
	}
	return p
}

// sure reports that all zones are known.
func (p place) sure() bool { return p.missing.Outcome != rule.Unknown }
