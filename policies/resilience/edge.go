package resilience

import (
	"slices"

	"github.com/plinth-iac/plinth/policies/rule"
)

// originTypes are what a distribution fetches from.
var originTypes = []string{bucket, loadBalancer, vpcOrigin, functionUrl, httpApi, restApi}

// origins notes what a distribution fetches from: for each target of its behaviours one
// origin, or a group of which any will do. While addresses are not known, it is not known
// either which origin is whose.
func (m *model) origins(r *rule.Resource) {
	behind := m.edges(r, "origins", originTypes)
	byId := map[string]*rule.Resource{}
	for _, origin := range r.Get("origins").Items() {
		id, _ := origin.Get("originId").Text()
		at := slices.IndexFunc(behind, func(to *rule.Resource) bool {
			return tells(to, origin.Get("vpcOriginConfig.vpcOriginId")) || tells(to, origin.Get("domainName"))
		})
		if at >= 0 && id != "" {
			byId[id] = behind[at]
		}
	}
	groups := map[string][]*rule.Resource{}
	for _, group := range r.Get("originGroups").Items() {
		id, _ := group.Get("originId").Text()
		for _, member := range group.Select("members[].originId") {
			name, _ := member.Text()
			if to := byId[name]; to != nil {
				groups[id] = append(groups[id], to)
			}
		}
	}
	if len(byId) < len(r.Get("origins").Items()) || len(byId) == 0 {
		m.support(r, support{meaning: spread, of: behind, count: 1, property: "origins"})
		return
	}
	for _, target := range append(r.Select("defaultCacheBehavior.targetOriginId"), r.Select("orderedCacheBehaviors[].targetOriginId")...) {
		id, _ := target.Text()
		of := groups[id]
		if to := byId[id]; to != nil {
			of = []*rule.Resource{to}
		}
		m.support(r, support{meaning: spread, of: of, count: len(of), property: "origins", failover: true})
	}
}

// tells is whether one of the outputs of a resource is a text.
func tells(r *rule.Resource, v rule.Value) bool {
	text, _ := v.Text()
	if text == "" {
		return false
	}
	for _, output := range r.Outputs {
		if rule.Is(text)(output) {
			return true
		}
	}
	return false
}
