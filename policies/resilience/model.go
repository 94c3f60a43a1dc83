package resilience

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/plinth-iac/plinth/policies/rule"
)

// model is a graph with everything that all losses have in common, made once.
type model struct {
	g       *rule.Graph
	byURN   map[string]*rule.Resource
	domains []Domain
	// named are all domains, with the resources that those of the kinds Nat, Key and Node name.
	named   map[Domain]*rule.Resource
	regions map[*rule.Resource]string
	places  map[*rule.Resource]place
	// supports are what a resource depends on, dependents what depends on it.
	supports   map[*rule.Resource][]support
	dependents map[*rule.Resource][]*rule.Resource
	// shown are the resources that have an effect of their own, by URN.
	shown   []*rule.Resource
	fleets  map[string]fleet
	scalers map[objectName]*rule.Resource
	copies  map[*rule.Resource][]copied
	// inZones are the resources that the loss of a zone may strike, by URN.
	inZones []*rule.Resource
	// zoneNames are the names of the zones that are told by their ids as well.
	zoneNames map[string]string
}

// support is what some references of a resource refer to.
type support struct {
	meaning meaning
	of      []*rule.Resource
	// count is the number of references, which may be fewer than the resources that they
	// may be to; -1 if that is not known.
	count int
	// missing is Unknown if they refer to what is not in the graph as well.
	missing  rule.Verdict
	property string
	// back is set if the property is that of the others.
	back bool
	// ways are the steps from each of the others to the resource; nil if there is only one, by
	// the property.
	ways [][]Step
	// failover is set if one of the others does all that they do together.
	failover bool
}

// way is the steps to r from what it refers to.
func (s support) way(r *rule.Resource, i int) []Step {
	if s.ways != nil {
		return s.ways[i]
	}
	return []Step{{Resource: r, Property: s.property, Back: s.back}}
}

// with adds other references of r of the same kind.
func (s support) with(r *rule.Resource, other support) support {
	for i, on := range other.of {
		s.of, s.ways = append(s.of, on), append(s.ways, other.way(r, i))
	}
	if s.count += other.count; other.count < 0 || s.count < other.count {
		s.count = -1
	}
	s.missing, s.property = cmp.Or(s.missing, other.missing), cmp.Or(s.property, other.property)
	return s
}

// sorted is what r depends on by URN.
func (s support) sorted(r *rule.Resource) support {
	ways := map[*rule.Resource][]Step{}
	for i, on := range slices.Backward(s.of) {
		ways[on] = s.way(r, i)
	}
	s.of, s.ways = slices.SortedFunc(slices.Values(s.of), byURN), nil
	for _, on := range s.of {
		s.ways = append(s.ways, ways[on])
	}
	return s
}

// More meanings, which no use has.
const (
	// dials: it opens connections from these subnets.
	dials meaning = iota + 100
	// runs: its pods are on these machines.
	runs
)

func newModel(g *rule.Graph) *model {
	m := &model{
		g: g, byURN: make(map[string]*rule.Resource, len(g.All())), named: map[Domain]*rule.Resource{}, regions: map[*rule.Resource]string{}, places: map[*rule.Resource]place{},
		supports: map[*rule.Resource][]support{}, dependents: map[*rule.Resource][]*rule.Resource{}, scalers: map[objectName]*rule.Resource{},
		zoneNames: map[string]string{},
	}
	for _, r := range g.All() {
		m.byURN[r.URN] = r
	}
	m.findNames()
	m.findFleets()
	m.copies = copiesOf(g)
	for _, r := range g.All() {
		m.regions[r] = m.regionOf(r)
		spec, known := types[r.Type]
		switch {
		case known:
			m.place(r, spec)
			if r.Type == distribution {
				m.origins(r)
			}
			m.refer(r, spec)
		case !passive(r.Type):
			m.guess(r)
		}
		if m.shows(r) {
			m.shown = append(m.shown, r)
		}
	}
	for _, r := range g.All() {
		spec := types[r.Type]
		for _, u := range spec.uses {
			if u.meaning == calls {
				m.calls(r, u.path)
			}
		}
		if _, placed := m.places[r]; placed || r.Type == subnet || m.hollow(r, spec) {
			m.inZones = append(m.inZones, r)
		}
	}
	m.findDomains()
	return m
}

// shows is whether a resource has an effect of its own: to its owner, a replica is a part
// of the database whose data it has. What is not known is shown if it lives in a zone.
func (m *model) shows(r *rule.Resource) bool {
	spec, known := types[r.Type]
	switch {
	case !known:
		return strings.HasPrefix(r.Type, "aws:") && len(m.places[r].zones) > 0 && !slices.Contains(subnetGroups, r.Type)
	case r.Type == database && len(m.sources(r)) > 0:
		return false
	}
	return spec.role != link
}

// sources are the databases in the graph that one is a replica of.
func (m *model) sources(r *rule.Resource) []*rule.Resource {
	return m.g.Targets(r, r.Type, "replicateSourceDb").Resources
}

// support notes what a resource depends on, if that is anything, by URN: of what is as bad,
// the first is told.
func (m *model) support(r *rule.Resource, s support) {
	if len(s.of) == 0 {
		return
	}
	if !slices.IsSortedFunc(s.of, byURN) {
		s = s.sorted(r)
	}
	m.supports[r] = append(m.supports[r], s)
	for _, on := range s.of {
		if all := m.dependents[on]; len(all) == 0 || all[len(all)-1] != r {
			m.dependents[on] = append(all, r)
		}
	}
}

// hollow is whether a resource is as good as what it passes on to, and that is not in the
// graph, such as pods that a controller puts into a target group.
func (m *model) hollow(r *rule.Resource, spec spec) bool {
	return spec.hollow && len(m.supports[r]) == 0
}

// refer notes what a resource refers to. Any of all that it is spread over will do, whatever
// refers to that.
func (m *model) refer(r *rule.Resource, spec spec) {
	all := support{meaning: spread}
	for _, u := range spec.uses {
		switch {
		case u.meaning == spread:
			all = all.with(r, m.references(r, u))
		case u.meaning != calls:
			m.support(r, m.references(r, u))
		}
	}
	m.support(r, all)
	if r.Type == subnet {
		m.waysOut(r)
	}
}

// references are those of one kind that a resource has.
func (m *model) references(r *rule.Resource, u use) support {
	s := support{meaning: u.meaning, property: strings.ReplaceAll(u.path, "[]", "")}
	if u.by != "" {
		pointing, maybe := m.g.Pointing(r, u.by, u.path)
		if u.by == listener || u.by == listenerRule { // one that only redirects keeps nothing alive
			pointing = slices.DeleteFunc(slices.Clone(pointing), func(p *rule.Resource) bool { return !m.forwards(p) })
		}
		s.of, s.count, s.missing, s.back = pointing, len(pointing), maybe, true
		return s
	}
	for _, token := range u.to {
		t := m.g.Targets(r, token, u.path)
		s.of, s.count, s.missing = append(s.of, t.Resources...), t.Count, t.Missing
	}
	if len(u.to) > 1 {
		s.count = len(s.of)
	}
	return s
}

// forwards is whether a listener, or a rule of it, has targets.
func (m *model) forwards(l *rule.Resource) bool {
	for _, u := range types[l.Type].uses {
		if s := m.references(l, u); u.meaning == spread && len(s.of) > 0 {
			return true
		}
	}
	return false
}

// edges is what a property was computed from, among the types or, if there are none, among
// all that can be lost.
func (m *model) edges(r *rule.Resource, property string, among []string) []*rule.Resource {
	var found []*rule.Resource
	for _, urn := range r.Edges[property] {
		to := m.byURN[urn]
		if to == nil || to == r || slices.Contains(found, to) {
			continue
		}
		if len(among) == 0 && !passive(to.Type) || slices.Contains(among, to.Type) {
			found = append(found, to)
		}
	}
	return found
}

// guess is for types that are not known: of what a property refers to, a single one of its
// type is needed, and several are a replica set.
func (m *model) guess(r *rule.Resource) {
	for _, property := range slices.Sorted(maps.Keys(r.Edges)) {
		byType := map[string][]*rule.Resource{}
		for _, to := range m.edges(r, property, nil) {
			byType[to.Type] = append(byType[to.Type], to)
		}
		for _, token := range slices.Sorted(maps.Keys(byType)) {
			of := byType[token]
			switch token {
			case route, routeTable, tableAssociation: // waited for, and seen by the subnets
				continue
			case subnet:
				m.places[r] = m.placeIn(m.places[r], r, property, rule.Targets{Resources: of, Count: len(of)})
				m.support(r, support{meaning: dials, of: of, count: len(of), property: property})
				continue
			}
			meaning := spread
			if len(of) == 1 {
				meaning = needs
			}
			m.support(r, support{meaning: meaning, of: of, count: len(of), property: property})
		}
	}
	if !strings.HasPrefix(r.Type, "aws:") {
		return
	}
	if p := m.told(r, m.places[r]); len(p.zones) > 0 {
		m.places[r] = p
	}
	if zone, _ := m.zoneOf(r); zone != "" {
		m.places[r] = m.onlyIn(zone, r)
	}
}

// passive types configure, permit, connect or observe: nothing is lost with them.
func passive(token string) bool {
	if _, known := types[token]; known {
		return false
	}
	for _, prefix := range passivePrefixes {
		if strings.HasPrefix(token, prefix) {
			return true
		}
	}
	for _, suffix := range passiveSuffixes {
		if strings.HasSuffix(token, suffix) {
			return true
		}
	}
	return false
}

var (
	passivePrefixes = []string{
		"pulumi:", "kubernetes:", "aws:iam/", "aws:cloudwatch/", "aws:ssm/", "aws:backup/", "aws:acm/", "aws:wafv2/", "aws:route53/",
		"aws:vpc/", "aws:ec2/vpc:", "aws:ec2/securityGroup", "aws:ec2/eip", "aws:ec2/internetGateway", "aws:sns/", "aws:budgets/",
	}
	passiveSuffixes = []string{
		"Policy", "Attachment", "Association", "Permission", "Notification", "Configuration", "ParameterGroup", "OptionGroup", "FlowLog",
	}
)

// global are the types that belong to no region, by how their tokens begin.
var global = []string{
	"aws:cloudfront/", "aws:iam/", "aws:route53/", "aws:globalaccelerator/", "aws:organizations/", "aws:budgets/", "aws:shield/",
}

// regionOf is the region of a resource; empty for what is global, and for what the graph
// does not say enough of.
func (m *model) regionOf(r *rule.Resource) string {
	switch {
	case strings.HasPrefix(r.Type, "kubernetes:"):
		return cmp.Or(m.fleets[r.ProviderURN].region, unclear)
	case !strings.HasPrefix(r.Type, "aws:"), rule.Is("CLOUDFRONT")(r.Get("scope")):
		return ""
	}
	for _, prefix := range global {
		if strings.HasPrefix(r.Type, prefix) {
			return ""
		}
	}
	return cmp.Or(r.Region(), unclear)
}

// unclear is the region of what has one that the graph does not say.
const unclear = "?"
