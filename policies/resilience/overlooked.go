package resilience

import (
	"strings"

	"github.com/plinth-iac/plinth/policies/rule"
)

// podMakers make pods, and are not followed to the machines of those.
var podMakers = map[string]bool{
	"kubernetes:apps/v1:DaemonSet": true, "kubernetes:apps/v1:ReplicaSet": true, "kubernetes:batch/v1:Job": true, "kubernetes:batch/v1:CronJob": true,
	"kubernetes:core/v1:Pod": true, "kubernetes:core/v1:ReplicationController": true, "kubernetes:helm.sh/v3:Release": true,
}

// Overlooked are the types that Lose does not look at, with the number of their resources:
// those of other providers, and what makes pods in another way. What is not known of AWS
// takes after its zones and its references; components are what is in them.
func Overlooked(g *rule.Graph) map[string]int {
	count := map[string]int{}
	for _, r := range g.All() {
		_, known := types[r.Type]
		ours := strings.HasPrefix(r.Type, "aws:") || strings.HasPrefix(r.Type, "kubernetes:") || strings.HasPrefix(r.Type, "pulumi:")
		if podMakers[r.Type] || !known && !ours && r.ProviderURN != "" {
			count[r.Type]++
		}
	}
	return count
}
