package redundancy

import (
	"fmt"
	"math"

	"github.com/plinth-iac/plinth/policies/internal/ecs"
	"github.com/plinth-iac/plinth/policies/rule"
)

// service is an ECS service.
const service = "aws:ecs/service:Service"

func ecsServiceMinTasks() *rule.Rule {
	return &rule.Rule{
		ID: "ecs-service-min-tasks", Title: "ECS services keep two tasks", Severity: rule.High, Category: rule.Redundancy,
		Why: "With one task, every failure of it is an outage until another one has started.",
		Fix: "set desiredCount, or minCapacity of its scaling target, to 2 or more; " +
			"a service that may be empty, as one for batch jobs, has the tag " + neededTag + " 0",
		Types: []string{service},
		Settings: []rule.Setting{
			{Name: "least", Help: "The least number of tasks that is accepted.", Development: 1, Production: 2, Stricter: rule.More},
		},
		CheckGraph: func(g *rule.Graph, r *rule.Resource, s rule.Settings) rule.Verdict {
			count, unsure := ecs.LeastTasks(g, r)
			least := s.Number("least")
			verdict := count.Want(rule.AtLeast(least), count.Path()+" is "+count.String(), fmt.Sprintf("set %s to %v or more", count.Path(), least))
			if unsure.Outcome == rule.Unknown {
				verdict = unsure
			}
			return unlessDaemon(r, rule.Any(verdict, mayBeEmpty(r)))
		},
	}
}

// unlessDaemon is a verdict on a service that runs as many tasks as it is told to. It does
// not concern a daemon, which runs one on each instance.
func unlessDaemon(r *rule.Resource, verdict rule.Verdict) rule.Verdict {
	return rule.Choose(ecs.IsDaemon(r), rule.Skipped(), verdict)
}

// zoneField is how placement strategies spell the zone of an instance.
const zoneField = "attribute:ecs.availability-zone"

func ecsServiceMultiAz() *rule.Rule {
	return &rule.Rule{
		ID: "ecs-service-multi-az", Title: "ECS services span at least two zones, and are kept even", Severity: rule.High, Category: rule.Redundancy,
		Why:   "Tasks in one zone are down for as long as that zone is; after it has come back, all of them stay where they fled to.",
		Fix:   `list subnets of at least two zones in networkConfiguration.subnets, and set availabilityZoneRebalancing to "ENABLED"`,
		Types: []string{service},
		CheckGraph: func(g *rule.Graph, r *rule.Resource, _ rule.Settings) rule.Verdict {
			return unlessDaemon(r, rule.All(tasksSpread(g, r), rebalanced(r)))
		},
	}
}

// tasksSpread is whether the tasks of a service may run in two zones: by their subnets, if
// they have their own, and by how they are placed.
func tasksSpread(g *rule.Graph, r *rule.Resource) rule.Verdict {
	const subnets = "networkConfiguration.subnets[]"
	if len(r.Select(subnets)) == 0 {
		return placedApart(r)
	}
	return rule.All(place(g, r, subnets).twoZones("networkConfiguration.subnets"), placedApart(r))
}

// placedApart is whether tasks on instances are spread over zones, as they are by default.
func placedApart(r *rule.Resource) rule.Verdict {
	strategies := r.Get("orderedPlacementStrategies")
	if strategies.IsUnknown() {
		return rule.NotKnown(strategies)
	}
	all := r.Select("orderedPlacementStrategies[]")
	if len(all) == 0 {
		return rule.Skipped()
	}
	first := all[0]
	const problem, fix = "its tasks are not spread over zones", `put {type "spread", field "` + zoneField + `"} first in orderedPlacementStrategies`
	return rule.All(first.Get("type").Want(rule.Is("spread"), problem, fix), first.Get("field").Want(rule.Is(zoneField), problem, fix))
}

// rebalanced is whether tasks go back to a zone when that is there again. It is advice.
//
// A service that says nothing is as AWS has it: a new one has it on, an older one what its
// outputs say. Version 6 of the provider fills in that it is off.
func rebalanced(r *rule.Resource) rule.Verdict {
	value := r.Get("availabilityZoneRebalancing")
	if value.IsAbsent() {
		value = r.Out("availabilityZoneRebalancing")
		if _, known := value.Text(); !known {
			return rule.Skipped()
		}
	}
	verdict := value.Want(rule.Is("ENABLED"), "availabilityZoneRebalancing is "+value.String(), `set availabilityZoneRebalancing to "ENABLED"`)
	verdict.AtMostAdvisory = verdict.Outcome == rule.Fail
	// AWS refuses it where there is no room to move, or no way.
	refused := []rule.Verdict{
		r.Get("launchType").Holds(rule.Is("EXTERNAL")),
		r.Get("deploymentMaximumPercent").Holds(func(v rule.Value) bool { n, set := v.Number(); return set && n <= 100 }),
	}
	for _, classic := range r.Select("loadBalancers[].elbName") {
		refused = append(refused, classic.Holds(rule.IsSet))
	}
	return rule.Choose(rule.Any(refused...), rule.Skipped(), verdict)
}

func ecsSafeDeployment() *rule.Rule {
	return &rule.Rule{
		ID: "ecs-safe-deployment", Title: "A bad deployment of an ECS service is taken back, and does not stop it", Severity: rule.Medium, Category: rule.Redundancy,
		Why:   "Without a circuit breaker, ECS starts tasks that cannot live for ever; with nothing that must stay healthy, it stops the old ones first.",
		Fix:   "set deploymentCircuitBreaker.enable and rollback to true, and leave deploymentMinimumHealthyPercent above 0",
		Types: []string{service},
		Check: func(r *rule.Resource, _ rule.Settings) rule.Verdict {
			others := r.Get("deploymentController.type").Holds(rule.Is("CODE_DEPLOY", "EXTERNAL")) // which take back themselves
			return rule.Choose(others, rule.Skipped(), rule.All(takenBack(r), keepsRunning(r)))
		},
		Remedy: func(r *rule.Resource, _ rule.Settings) []rule.Patch {
			var patches []rule.Patch
			if takenBack(r).Outcome == rule.Fail {
				patches = append(patches, rule.Patch{Path: "deploymentCircuitBreaker", Value: map[string]any{"enable": true, "rollback": true}})
			}
			if keepsRunning(r).Outcome == rule.Fail && rolls(r) {
				patches = append(patches, rule.Patch{Path: "deploymentMinimumHealthyPercent", Value: leastHealthy})
			}
			return patches
		},
	}
}

// takenBack is whether ECS goes back to the last deployment when a new one fails, be it
// that its tasks die or that alarms go off.
func takenBack(r *rule.Resource) rule.Verdict {
	by := func(path string) rule.Verdict {
		const fix = "set deploymentCircuitBreaker.enable and deploymentCircuitBreaker.rollback to true"
		return rule.All(r.Get(path+".enable").Want(rule.IsTrue, "a deployment that fails goes on for ever", fix),
			r.Get(path+".rollback").Want(rule.IsTrue, "a deployment that fails is not taken back", fix))
	}
	return rule.Any(by("deploymentCircuitBreaker"), by("alarms"))
}

// keepsRunning is whether some tasks go on while others are replaced. ECS rounds up, so
// that any share will do; it is all of them by default. A daemon is replaced in place.
func keepsRunning(r *rule.Resource) rule.Verdict {
	share, fix := r.Get("deploymentMinimumHealthyPercent"), "set deploymentMinimumHealthyPercent above 0"
	if !rolls(r) {
		fix += " and raise deploymentMaximumPercent too, or no task can be replaced"
	}
	verdict := share.Want(rule.OrAbsent(rule.AtLeast(1)), "deploymentMinimumHealthyPercent is "+share.String(), fix)
	verdict.AtMostAdvisory = verdict.Outcome == rule.Fail && !rolls(r)
	return unlessDaemon(r, verdict)
}

// leastHealthy is the percentage of tasks that the remedy has ECS keep.
const leastHealthy = 50

// rolls reports that ECS can replace tasks while it keeps that many: it rounds the minimum
// up and the maximum, by default twice the tasks, down. A number of tasks that is not known
// is taken to be one, for which that is hardest.
func rolls(r *rule.Resource) bool {
	most := r.Get("deploymentMaximumPercent")
	percent, known := most.Number()
	if most.IsAbsent() {
		percent, known = 200, true
	}
	count, _ := r.Get("desiredCount").Number()
	count = max(count, 1)
	return known && math.Ceil(count*leastHealthy/100) < math.Floor(count*percent/100)
}
