package redundancy

import (
	"fmt"

	"github.com/plinth-iac/plinth/policies/internal/lambda"
	"github.com/plinth-iac/plinth/policies/rule"
)

// maximumConcurrency is how many calls at once a queue makes of a function.
const maximumConcurrency = "scalingConfig.maximumConcurrency"

// leastConcurrency is the smallest one that AWS takes.
const leastConcurrency = 2

func sqsConcurrency() *rule.Rule {
	return &rule.Rule{
		ID: "sqs-concurrency", Title: "Queues ask for no more of a function than what is reserved for it", Severity: rule.Medium, Category: rule.Redundancy,
		Why: "Lambda receives messages without regard to the function's reserved concurrency; those that it then turns away count as failed, and become " +
			"dead letters although nothing is wrong with them.",
		Fix:   "set " + maximumConcurrency + " of the function's queues to no more than its reservedConcurrentExecutions, all together",
		Types: []string{lambda.SourceMapping},
		CheckGraph: func(g *rule.Graph, r *rule.Resource, _ rule.Settings) rule.Verdict {
			service, unsure := lambda.Source(g, r)
			if service != "sqs" {
				return unsure
			}
			f, unsure := functionOf(g, r)
			if f == nil {
				return unsure
			}
			reserved := f.Get("reservedConcurrentExecutions")
			switch limit, known := reserved.Number(); {
			case reserved.IsUnknown():
				return rule.NotKnown(reserved)
			case !known || limit < 0:
				return rule.Skipped() // it shares what the account has
			default:
				return rule.Choose(r.Get("provisionedPollerConfig").Holds(rule.IsBlock), rule.Skipped(), // its pollers are the limit
					fits(r, f, limit, rule.Derived(g, readersOf)[f]))
			}
		},
	}
}

// readers are the event source mappings by the function that they feed. Only those of
// queues have a scalingConfig.
type readers map[*rule.Resource][]*rule.Resource

func readersOf(g *rule.Graph) readers {
	all := readers{}
	for _, m := range g.Of(lambda.SourceMapping) {
		if f, _ := functionOf(g, m); f != nil {
			all[f] = append(all[f], m)
		}
	}
	return all
}

// fits compares what all mappings of a function may ask of it at once, mapping among them,
// with what is reserved for it.
func fits(mapping, f *rule.Resource, limit float64, all []*rule.Resource) rule.Verdict {
	fix := fmt.Sprintf("set %s to %v or less, for all queues of %s together", maximumConcurrency, limit, f.Name)
	if limit < leastConcurrency {
		fix = fmt.Sprintf("set reservedConcurrentExecutions of %s to %d or more, and %s to no more than that", f.Name, leastConcurrency, maximumConcurrency)
	}
	verdict, total := rule.Passed(), 0.0
	for _, m := range all {
		most := m.Get(maximumConcurrency)
		n, known := most.Number()
		switch {
		case most.IsUnknown():
			verdict = rule.NotKnown(most)
		case known:
			total += n
		case m == mapping:
			return rule.Failed(fmt.Sprintf("calls %s any number of times at once, and %v are reserved for it", f.Name, limit), fix)
		}
	}
	if total > limit {
		return rule.Failed(fmt.Sprintf("the queues of %s call it %v times at once, and %v are reserved for it", f.Name, total, limit), fix)
	}
	return verdict
}
