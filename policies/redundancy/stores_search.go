package redundancy

import (
	"fmt"
	"math"

	"github.com/plinth-iac/plinth/policies/rule"
)

// Type tokens of search domains; the service goes by two names.
const (
	searchDomain  = "aws:opensearch/domain:Domain"
	elasticDomain = "aws:elasticsearch/domain:Domain"
)

func opensearchZoneAwareness() *rule.Rule {
	return &rule.Rule{
		ID: "opensearch-zone-awareness", Title: "Search domains keep copies of their shards in other zones", Severity: rule.High, Category: rule.Redundancy,
		Why: "Without zone awareness, a shard and its replica may be in one zone and be lost with it; in two zones, the half that is left may elect no master.",
		Fix: "set clusterConfig.zoneAwarenessEnabled to true, zoneAwarenessConfig.availabilityZoneCount to 3 and instanceCount to 3 or more",
		Controls: rule.Controls{
			SecurityHub: []string{"Opensearch.6", "ES.6"},
		},
		Types: []string{searchDomain, elasticDomain},
		// Three nodes are what a development environment should not pay for.
		Development: rule.At(rule.Disabled),
		Settings: []rule.Setting{
			{Name: "zones", Help: "The least number of zones; two where a region has no more.", Development: 2, Production: 3, Stricter: rule.More},
		},
		Check: func(r *rule.Resource, s rule.Settings) rule.Verdict {
			const zones, count = "clusterConfig.zoneAwarenessConfig.availabilityZoneCount", "clusterConfig.instanceCount"
			least := s.Number("zones")
			enough, nodes := rule.AtLeast(least), r.Wants(count, rule.AtLeast(3), "3 or more") // the provider takes 1 if it is not set
			if least <= 2 {
				enough = rule.OrAbsent(enough) // the provider takes 2 if it is not set
				nodes = rule.Choose(r.Get(zones).Holds(inTwo), r.Wants(count, evenNodes, "4 or another even number, for AWS takes no odd one in two zones"), nodes)
			}
			return rule.All(
				r.Wants("clusterConfig.zoneAwarenessEnabled", rule.IsTrue, "true"),
				r.Wants(zones, enough, fmt.Sprint(least)), nodes)
		},
	}
}

// inTwo accepts a number of zones that is two, as it is if it is not set.
func inTwo(v rule.Value) bool {
	zones, ok := v.Number()
	return v.IsAbsent() || ok && zones == 2
}

// evenNodes accepts what can be halved between two zones, with three nodes or more.
func evenNodes(v rule.Value) bool {
	nodes, ok := v.Number()
	return ok && nodes >= 3 && math.Mod(nodes, 2) == 0
}

func opensearchDedicatedMasters() *rule.Rule {
	return &rule.Rule{
		ID: "opensearch-dedicated-masters", Title: "Search domains have three dedicated masters", Severity: rule.Medium, Category: rule.Redundancy,
		Why:      "A master that also holds data goes when a query fills its memory; and fewer than three cannot elect a new one when one is lost.",
		Fix:      "set clusterConfig.dedicatedMasterEnabled to true and dedicatedMasterCount to 3",
		Controls: rule.Controls{Checkov: []string{"CKV_AWS_318", "CKV2_AWS_59"}, SecurityHub: []string{"ES.7"}},
		Types:    []string{searchDomain, elasticDomain},
		// Three nodes without data are what a development environment should not pay for.
		Development: rule.At(rule.Disabled),
		Check: func(r *rule.Resource, _ rule.Settings) rule.Verdict {
			return rule.All(
				r.Wants("clusterConfig.dedicatedMasterEnabled", rule.IsTrue, "true"),
				r.Wants("clusterConfig.dedicatedMasterCount", rule.AtLeast(3), "3 or more"))
		},
	}
}
