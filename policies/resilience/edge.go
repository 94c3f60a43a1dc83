package resilience

import (
	"maps"
	"slices"
	"strings"

	"github.com/plinth-iac/plinth/policies/rule"
)

// originTypes are what a distribution fetches from.
var originTypes = []string{bucket, loadBalancer, classicBalancer, instance, vpcOrigin, functionUrl, httpApi, restApi}

// origin is what a distribution fetches from.
type origin struct {
	*rule.Resource
	// holders are what it has the address by, such as a record or a stage, the first one first.
	holders []*rule.Resource
	way     []Step
}

// origins notes what a distribution fetches from: for each target of its behaviours one
// origin, or a group of which any will do. While addresses are not known, it is not known
// either which origin is whose; one that is known and that nothing tells is not in the graph.
func (m *model) origins(r *rule.Resource) {
	behind := m.originsBehind(r, "origins", nil, nil, map[*rule.Resource]bool{r: true})
	byId, vague := map[string]*origin{}, map[string]bool{}
	for _, item := range r.Get("origins").Items() {
		id, _ := item.Get("originId").Text()
		private, name := item.Get("vpcOriginConfig.vpcOriginId"), item.Get("domainName")
		at := slices.IndexFunc(behind, func(o origin) bool { return o.tells(private) || o.tells(name) })
		if at >= 0 {
			byId[id] = &behind[at]
		} else {
			vague[id] = name.IsUnknown() || private.IsUnknown()
		}
	}
	members := map[string][]string{}
	for _, group := range r.Get("originGroups").Items() {
		id, _ := group.Get("originId").Text()
		for _, member := range group.Select("members[].originId") {
			name, _ := member.Text()
			members[id] = append(members[id], name)
		}
	}
	for _, target := range append(r.Select("defaultCacheBehavior.targetOriginId"), r.Select("orderedCacheBehaviors[].targetOriginId")...) {
		id, _ := target.Text()
		names := members[id]
		if len(names) == 0 {
			names = []string{id}
		}
		of, missing := []origin(nil), rule.Verdict{}
		for _, name := range names {
			if o := byId[name]; o != nil {
				of = append(of, *o)
			} else {
				missing = rule.Undecided("origin "+name, rule.External)
			}
		}
		if !slices.ContainsFunc(names, func(name string) bool { return vague[name] }) {
			m.fetches(r, of, support{meaning: spread, count: len(of), missing: missing, failover: true})
		}
	}
	if len(byId)+len(vague) == 0 || slices.Contains(slices.Collect(maps.Values(vague)), true) {
		m.fetches(r, behind, support{meaning: spread, count: 1}) // any of them may be any of those
	}
}

// fetches notes that a distribution fetches from origins.
func (m *model) fetches(r *rule.Resource, from []origin, s support) {
	s.property = "origins"
	for _, o := range from {
		s.of, s.ways = append(s.of, o.Resource), append(s.ways, o.way)
	}
	m.support(r, s)
}

// originsBehind are those that a property was computed from, also by way of what only has
// their addresses.
func (m *model) originsBehind(holder *rule.Resource, property string, holders []*rule.Resource, after []Step, seen map[*rule.Resource]bool) []origin {
	var found []origin
	way := append([]Step{{Resource: holder, Property: property}}, after...)
	for _, urn := range slices.Sorted(slices.Values(holder.Edges[property])) {
		to := m.byURN[urn]
		if to == nil || seen[to] {
			continue
		}
		if slices.Contains(originTypes, to.Type) {
			found = append(found, origin{to, holders, way})
			continue
		}
		if _, known := types[to.Type]; known {
			continue
		}
		seen[to] = true
		for _, next := range slices.Sorted(maps.Keys(to.Edges)) {
			found = append(found, m.originsBehind(to, next, append(slices.Clip(holders), to), way, seen)...)
		}
	}
	return found
}

// tells is whether a value is the address of an origin, or of what has it: one of its
// outputs, or the host in one.
func (o origin) tells(v rule.Value) bool {
	text, _ := v.Text()
	if text == "" {
		return false
	}
	for _, r := range append([]*rule.Resource{o.Resource}, o.holders...) {
		for _, output := range r.Outputs {
			if said, _ := output.Text(); hostOf(said) == text || said == text {
				return true
			}
		}
	}
	return false
}

// hostOf is the host of an address such as https://host/path.
func hostOf(address string) string {
	_, rest, _ := strings.Cut(address, "://")
	host, _, _ := strings.Cut(rest, "/")
	return host
}
