package eks

import (
	"github.com/plinth-iac/plinth/components/internal/base"
)

// Consolidation is which nodes are given up to save money.
type Consolidation string

// The policies.
const (
	// WhenEmptyOrUnderutilized also moves pods, so that they need fewer or cheaper nodes.
	WhenEmptyOrUnderutilized Consolidation = "WhenEmptyOrUnderutilized"
	// WhenEmpty gives up only nodes without pods.
	WhenEmpty Consolidation = "WhenEmpty"
)

// NodePoolArgs say which nodes may be started for pods that have no place, and when they
// go again. The scheduler spreads pods over zones, and nodes come where pods need them.
type NodePoolArgs struct {
	// InstanceCategories are letters such as "c". Default: c, m and r, unless
	// InstanceFamilies or InstanceTypes say more.
	InstanceCategories []string `pulumi:"instanceCategories,optional"`
	// InstanceFamilies narrow the choice, such as "m7g". Default: all.
	InstanceFamilies []string `pulumi:"instanceFamilies,optional"`
	// InstanceTypes narrow the choice to exact types, such as "m7g.large". More types find
	// more Spot capacity. Default: all.
	InstanceTypes []string `pulumi:"instanceTypes,optional"`
	// MinGeneration is the oldest generation of instances. Default: 5, the first on Nitro.
	MinGeneration int `pulumi:"minGeneration,optional"`
	// Architectures are Arm64, Amd64 or both. Default: Arm64.
	Architectures []Architecture `pulumi:"architectures,optional"`
	// Capacity is OnDemand, Spot or both, which takes Spot while there is some.
	// Default: OnDemand.
	Capacity []Capacity `pulumi:"capacity,optional"`
	// Zones are the names of zones. Default: those of the cluster's SubnetIds.
	Zones []string `pulumi:"zones,optional"`
	// Labels are put on the nodes. Default: none.
	Labels map[string]string `pulumi:"labels,optional"`
	// Taints keep pods away that do not tolerate them, by the taint's key. Default: none.
	Taints map[string]TaintArgs `pulumi:"taints,optional"`
	// MaxCpu is the most vCPUs that all nodes of the pool have together. Default: 100.
	MaxCpu int `pulumi:"maxCpu,optional"`
	// MaxMemoryGib is the most memory of all nodes together. Default: 8 for each of MaxCpu.
	MaxMemoryGib int `pulumi:"maxMemoryGib,optional"`
	// Consolidation is WhenEmptyOrUnderutilized or WhenEmpty.
	// Default: WhenEmptyOrUnderutilized.
	Consolidation Consolidation `pulumi:"consolidation,optional"`
	// ConsolidateAfter is how long nothing must come or go before that, such as "5m", or
	// "Never". Default: "1m".
	ConsolidateAfter string `pulumi:"consolidateAfter,optional"`
	// Budgets limit how many nodes go at once; the strictest counts. Default: one of "10%".
	Budgets map[string]BudgetArgs `pulumi:"budgets,optional"`
	// ExpireAfter is the age at which a node is replaced, so that it has the current image,
	// such as "336h", or "Never". In Auto Mode it is 504h (21 days) at most.
	// Default: "336h" (14 days).
	ExpireAfter string `pulumi:"expireAfter,optional"`
	// TerminationGracePeriod is how long a node that goes waits for its pods, even against
	// disruption budgets. A deploy that deletes the pool waits for its nodes, 60 minutes at
	// most: where pods keep them longer it fails, and goes on when repeated. Default: "24h".
	TerminationGracePeriod string `pulumi:"terminationGracePeriod,optional"`
	// Weight decides between pools: the highest first, 1 to 100. Default: none, which is last.
	Weight int `pulumi:"weight,optional"`
}

// BudgetArgs limit how many nodes of a pool are taken away at the same time. Nodes that
// expire or that Spot takes back do not count.
type BudgetArgs struct {
	// Nodes is a number or a percentage, such as "2" or "10%"; "0" is none at all.
	Nodes string `pulumi:"nodes"`
	// Reasons are Underutilized, Empty and Drifted. Default: all.
	Reasons []string `pulumi:"reasons,optional"`
	// Schedule is when the budget begins to count, as cron in UTC, such as "0 9 * * 1-5".
	// Default: always.
	Schedule string `pulumi:"schedule,optional"`
	// Duration is how long it counts from then, such as "8h". Default: always.
	Duration string `pulumi:"duration,optional"`
}

// defaultPool is the key of the pool that there is when none is asked for.
const defaultPool = "general"

func poolsWithDefaults(pools map[string]NodePoolArgs) map[string]NodePoolArgs {
	if len(pools) == 0 {
		pools = map[string]NodePoolArgs{defaultPool: {}}
	}
	pools = base.Merge(pools)
	for key, pool := range pools {
		pools[key] = pool.withDefaults()
	}
	return pools
}

func (p NodePoolArgs) withDefaults() NodePoolArgs {
	if len(p.InstanceCategories)+len(p.InstanceFamilies)+len(p.InstanceTypes) == 0 {
		p.InstanceCategories = []string{"c", "m", "r"}
	}
	if len(p.Architectures) == 0 {
		p.Architectures = []Architecture{Arm64}
	}
	if len(p.Capacity) == 0 {
		p.Capacity = []Capacity{OnDemand}
	}
	base.Default(&p.MinGeneration, 5)
	base.Default(&p.MaxCpu, 100)
	base.Default(&p.MaxMemoryGib, 8*p.MaxCpu)
	base.Default(&p.Consolidation, WhenEmptyOrUnderutilized)
	base.Default(&p.ConsolidateAfter, "1m")
	base.Default(&p.ExpireAfter, "336h")
	base.Default(&p.TerminationGracePeriod, "24h")
	if len(p.Budgets) == 0 {
		p.Budgets = map[string]BudgetArgs{"default": {Nodes: "10%"}}
	}
	p.Taints = withEffects(p.Taints)
	return p
}
