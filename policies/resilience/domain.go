package resilience

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/plinth-iac/plinth/policies/internal/nearest"
	"github.com/plinth-iac/plinth/policies/rule"
)

// kinds are all kinds, in the order in which domains are listed.
var kinds = []Kind{Zone, Region, Nat, Key, Node}

// ParseDomain reads a domain such as "zone:us-east-1a".
func ParseDomain(text string) (Domain, error) {
	kind, name, _ := strings.Cut(text, ":")
	if d := (Domain{Kind: Kind(kind), Name: name}); name != "" && slices.Contains(kinds, d.Kind) {
		return d, nil
	}
	return Domain{}, fmt.Errorf("%q is no failure domain: want zone:, region:, nat:, key: or node: and a name, such as zone:us-east-1a", text)
}

// Domains are everything that the graph can lose: by kind in the order of the constants,
// and by name within a kind.
func Domains(g *rule.Graph) []Domain { return slices.Clone(rule.Derived(g, newModel).domains) }

// Types are the known types of what serves or stores something, sorted: those that rules are
// asked about. Lose has effects on what nobody knows as well, if it lives in a zone.
func Types() []string {
	var shown []string
	for token, spec := range types {
		if spec.role != link {
			shown = append(shown, token)
		}
	}
	slices.Sort(shown)
	return shown
}

// Nameless is what a graph may lose with a zone that it does not name: since the zones of
// some of its subnets are not known yet, for example. Nothing is Lost, and what is unaffected
// is left out.
func Nameless(g *rule.Graph) Loss { return rule.Derived(g, newModel).lose(Domain{Kind: Zone}) }

// Lose says what a graph loses with a domain.
func Lose(g *rule.Graph, d Domain) (Loss, error) {
	loss, err := Affected(g, d)
	if err != nil {
		return loss, err
	}
	struck := make(map[*rule.Resource]bool, len(loss.Effects))
	for _, e := range loss.Effects {
		struck[e.Resource] = true
	}
	for _, r := range rule.Derived(g, newModel).shown {
		if !struck[r] {
			loss.Effects = append(loss.Effects, Effect{Resource: r, Left: 1})
		}
	}
	return loss, nil
}

// Affected is Lose without what is unaffected, for who drills everything.
func Affected(g *rule.Graph, d Domain) (Loss, error) {
	m := rule.Derived(g, newModel)
	if _, has := m.named[d]; !has {
		return Loss{}, m.unknownDomain(d)
	}
	return m.lose(d), nil
}

// unknownDomain says which domains there are instead.
func (m *model) unknownDomain(d Domain) error {
	var names, ofKind []string
	for _, known := range m.domains {
		if known.Kind == d.Kind {
			names, ofKind = append(names, known.String()), append(ofKind, known.Name)
		}
	}
	best := nearest.To(d.Name, ofKind)
	switch {
	case best != "":
		meant := Domain{Kind: d.Kind, Name: best}
		return fmt.Errorf("this stack has no %v; did you mean %q? There are: %s", d, meant, strings.Join(names, ", "))
	case len(names) > 0:
		return fmt.Errorf("this stack has no %v; there are: %s", d, strings.Join(names, ", "))
	}
	return fmt.Errorf("this stack has no %v, and nothing else of the kind %s", d, d.Kind)
}

// findDomains lists what can be lost, and remembers which resource a name stands for.
func (m *model) findDomains() {
	zones, regions := map[string]bool{}, map[string]bool{}
	named := map[Kind][]*rule.Resource{}
	for _, r := range m.g.All() {
		for _, zone := range m.zonesSaid(r) {
			zones[zone] = true
		}
		if region := m.regions[r]; region != "" && region != unclear {
			regions[region] = true
		}
		if kind := types[r.Type].domain; kind != "" {
			named[kind] = append(named[kind], r)
		}
	}
	for zone := range zones {
		m.unnamed(Domain{Zone, zone})
	}
	for region := range regions {
		m.unnamed(Domain{Region, region})
	}
	for kind, all := range named {
		count := map[string]int{}
		for _, r := range all {
			count[r.Name]++
		}
		for _, r := range all {
			d := Domain{kind, r.Name}
			if count[r.Name] > 1 { // a name alone does not tell them apart
				d.Name = r.URN
			}
			m.domains = append(m.domains, d)
			m.named[d] = r
		}
	}
	slices.SortFunc(m.domains, func(a, b Domain) int {
		if by := slices.Index(kinds, a.Kind) - slices.Index(kinds, b.Kind); by != 0 {
			return by
		}
		return strings.Compare(a.Name, b.Name)
	})
}

// unnamed notes a domain that no resource is.
func (m *model) unnamed(d Domain) {
	m.domains = append(m.domains, d)
	m.named[d] = nil
}

// zonesSaid is the zones that a resource says it is in.
func (m *model) zonesSaid(r *rule.Resource) []string {
	if !strings.HasPrefix(r.Type, "aws:") {
		return nil
	}
	var zones []string
	if zone, known := m.zoneOf(r); known && zone != "" {
		zones = append(zones, zone)
	}
	values := append(r.Select("availabilityZones[]"), r.Select("preferredAvailabilityZone")...)
	for _, v := range append(append(values, r.Select(zonesAt(r))...), rule.Of(r.Outputs).Select(zonesAt(r))...) {
		if zone, ok := v.Text(); ok && zone != "" {
			zones = append(zones, m.zoneNamed(zone))
		}
	}
	return zones
}

// zonesAt is the property in which a resource, or AWS, lists all the zones that it is in;
// of what nobody knows, the usual one.
func zonesAt(r *rule.Resource) string {
	if spec, known := types[r.Type]; known {
		return spec.zones
	}
	return "availabilityZones[]"
}

// findNames finds the names of the zones whose ids the program uses: AWS tells both.
func (m *model) findNames() {
	for _, r := range m.g.All() {
		for _, at := range [...]string{"availabilityZone", "availabilityZoneName"} {
			name, _ := r.Out(at).Text()
			if id, _ := r.Out("availabilityZoneId").Text(); id != "" && name != "" {
				m.zoneNames[id] = name
			}
		}
	}
}

// zoneNamed is the name of a zone, or its id if nobody tells its name.
func (m *model) zoneNamed(zone string) string { return cmp.Or(m.zoneNames[zone], zone) }

// isId is whether a zone is told by its id, such as use1-az1. In each account it is another
// name that has it.
func isId(zone string) bool { return strings.Contains(zone, "-az") }

// zoneOf is the zone of a resource, by its name if that is known.
func (m *model) zoneOf(r *rule.Resource) (zone string, known bool) {
	zone, known = zoneOf(r)
	return m.zoneNamed(zone), known
}

// zoneProperties are what says in which zone something is, the surest first.
var zoneProperties = [...]string{"availabilityZone", "availabilityZoneName", "availabilityZoneId"}

// zoneOf is the one zone that a resource is in: what the program says, or else what AWS
// says. It is known, and empty, if neither says anything.
func zoneOf(r *rule.Resource) (zone string, known bool) {
	known = true
	for _, property := range zoneProperties {
		values := []rule.Value{r.Get(property), r.Out(property)}
		if property == "availabilityZoneName" {
			values = values[:1] // what does not ask for one zone is in all
		}
		for _, v := range values {
			if text, ok := v.Text(); ok && text != "" && text != "all" { // as a target may be in
				return text, true
			}
			known = known && !v.IsUnknown()
		}
	}
	return "", known
}
