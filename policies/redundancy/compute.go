// Package redundancy holds the rules that a stack survives the loss of a zone. They find
// zones through the graph: a group's subnets are known by edges before they have ids.
package redundancy

import (
	"fmt"
	"math"
	"slices"

	"github.com/plinth-iac/plinth/policies/internal/ecs"
	"github.com/plinth-iac/plinth/policies/rule"
)

// Rules are the rules of this package.
func Rules() []*rule.Rule {
	return slices.Concat(trafficRules(), computeRules(), hybridRules(), storeRules(), serverlessRules(), failureRules())
}

// trafficRules are the rules about what carries requests, and the network it is in.
func trafficRules() []*rule.Rule {
	return []*rule.Rule{
		asgMultiAz(), asgMinSize(), asgSurvivesAzLoss(), asgElbHealthCheck(),
		eksSubnetsMultiAz(), lbMultiAz(), lbCoversTargetAzs(), lbCrossZone(), targetGroupHealthCheck(), zonalShiftEnabled(),
		natPerAz(), vpcEndpointMultiAz(), nonprodRedundancyWaste(),
	}
}

func asgMultiAz() *rule.Rule {
	return &rule.Rule{
		ID: "asg-multi-az", Title: "Autoscaling groups span at least two zones", Severity: rule.High, Category: rule.Redundancy,
		Why:      "A group in one zone is down for as long as that zone is.",
		Fix:      "list subnets of at least two zones in vpcZoneIdentifiers",
		Controls: rule.Controls{SecurityHub: []string{"AutoScaling.2"}},
		Types:    []string{group},
		CheckGraph: func(g *rule.Graph, r *rule.Resource, _ rule.Settings) rule.Verdict {
			return groupPlacement(g, r).twoZones("vpcZoneIdentifiers")
		},
	}
}

// groupPlacement is where a group, a node group of a cluster or an ECS service runs.
func groupPlacement(g *rule.Graph, r *rule.Resource) placement {
	switch r.Type {
	case nodeGroup:
		return place(g, r, "subnetIds[]")
	case service:
		return place(g, r, "networkConfiguration.subnets[]")
	}
	p := place(g, r, "vpcZoneIdentifiers[]")
	if len(r.Select("vpcZoneIdentifiers[]")) > 0 {
		return p
	}
	for _, v := range r.Select("availabilityZones[]") {
		zone, ok := v.Text()
		if !ok {
			p.missing = rule.NotKnown(v)
			continue
		}
		p = p.join(placement{zones: []string{zone}, least: 1})
	}
	return p
}

func asgMinSize() *rule.Rule {
	return &rule.Rule{
		ID: "asg-min-size", Title: "Autoscaling groups keep two instances and can grow", Severity: rule.High, Category: rule.Redundancy,
		Why:   "With one instance, every failure and every deployment is an outage; without room to grow, so is a peak.",
		Fix:   "set minSize to 2 or more and maxSize above it",
		Types: []string{group},
		Settings: []rule.Setting{
			{Name: "least", Help: "The least minSize that is accepted.", Development: 2, Production: 2, Stricter: rule.More},
		},
		Check: func(r *rule.Resource, s rule.Settings) rule.Verdict {
			least, minSize, maxSize := s.Number("least"), r.Get("minSize"), r.Get("maxSize")
			grows := maxSize.Want(func(v rule.Value) bool {
				lo, _ := minSize.Number()
				hi, ok := v.Number()
				return ok && hi > lo
			}, fmt.Sprintf("maxSize %v leaves no room above minSize %v", maxSize, minSize), "raise maxSize above minSize")
			return rule.All(grows, minSize.Want(rule.AtLeast(least),
				fmt.Sprintf("minSize is %v", minSize), fmt.Sprintf("set minSize to %v or more", least)))
		},
	}
}

// neededTag on a group says how many instances its load needs.
const neededTag = "plinth:needed-instances"

func asgSurvivesAzLoss() *rule.Rule {
	return &rule.Rule{
		ID: "asg-survives-az-loss", Title: "Groups of instances, nodes and tasks keep enough of them when a zone is lost",
		Severity: rule.High, Category: rule.Redundancy,
		Why:   "What is left when the fullest zone goes has to carry the load until new instances have started.",
		Fix:   "raise minSize or add a zone; the needed number is the tag " + neededTag + ", or the setting need",
		Types: []string{group, nodeGroup, service},
		Settings: []rule.Setting{
			{Name: "need", Help: "Instances that the load needs, for groups without the tag " + neededTag + ".", Development: 1, Production: 1, Stricter: rule.More},
		},
		CheckGraph: func(g *rule.Graph, r *rule.Resource, s rule.Settings) rule.Verdict {
			switch {
			case r.Type != service:
				return survives(g, r, s)
			case len(r.Select("networkConfiguration.subnets[]")) == 0:
				return rule.Skipped() // it is where the instances of its cluster are
			}
			return unlessDaemon(r, survives(g, r, s))
		},
	}
}

func survives(g *rule.Graph, r *rule.Resource, s rule.Settings) rule.Verdict {
	minSize, unsure := guaranteed(g, r)
	if unsure.Outcome == rule.Unknown {
		return unsure
	}
	capacity, ok := minSize.Number()
	if !ok {
		return rule.Failed(minSize.Path()+" is "+minSize.String(), "set "+minSize.Path())
	}
	need, bad := needed(r, s)
	if bad.Outcome != rule.NotApplicable {
		return bad
	}
	p := groupPlacement(g, r)
	if left(capacity, p.least) >= need {
		return rule.Passed()
	}
	return rule.FailedUnless(p.missing,
		fmt.Sprintf("with %s %v in %s, the loss of a zone leaves %v of the %v instances needed",
			minSize.Path(), capacity, zoneList(p.zones), left(capacity, p.least), need),
		enough(minSize.Path(), need, len(p.zones)))
}

// guaranteed is how many instances, nodes or tasks there always are. The verdict is Unknown
// if that is not known.
func guaranteed(g *rule.Graph, r *rule.Resource) (rule.Value, rule.Verdict) {
	minSize := r.Get("minSize")
	switch r.Type {
	case service:
		return ecs.LeastTasks(g, r)
	case nodeGroup:
		minSize = r.Get("scalingConfig.minSize")
	}
	if minSize.IsUnknown() {
		return minSize, rule.NotKnown(minSize)
	}
	return minSize, rule.Verdict{}
}

// mostNeeded is far above what one group can hold.
const mostNeeded = 100_000

// needed is how many instances the load of a group needs. The verdict is the zero one if
// that is known and makes sense.
func needed(r *rule.Resource, s rule.Settings) (float64, rule.Verdict) {
	from, value := "setting need", rule.Of(s.Number("need"))
	if tag := r.Get("tags").Field(neededTag); r.Type != group && !tag.IsAbsent() {
		from, value = "tag "+neededTag, tag
	}
	for _, tag := range r.Select("tags[]") {
		if tag.IsUnknown() {
			return 0, rule.NotKnown(tag)
		}
		key := tag.Get("key")
		if key.IsUnknown() {
			return 0, rule.NotKnown(key)
		}
		if rule.Is(neededTag)(key) {
			from, value = "tag "+neededTag, tag.Get("value")
		}
	}
	if value.IsUnknown() {
		return 0, rule.Undecided(from, rule.NotYet)
	}
	n, ok := value.Number()
	// NaN is not equal to its Trunc either.
	if !ok || n < 0 || n > mostNeeded || n != math.Trunc(n) {
		return 0, rule.Failed(fmt.Sprintf("%s is %v", from, value), fmt.Sprintf("set it to a whole number from 0 to %d", mostNeeded))
	}
	return n, rule.Verdict{}
}

// mayBeEmpty passes if the tag of something says that its load needs nothing.
func mayBeEmpty(r *rule.Resource) rule.Verdict {
	return r.Get("tags").Field(neededTag).Want(func(v rule.Value) bool { n, ok := v.Number(); return ok && n == 0 }, "", "")
}

// left is how many of the instances are left when the fullest of the zones goes.
func left(instances float64, zones int) float64 {
	if zones == 0 {
		return 0
	}
	return instances - math.Ceil(instances/float64(zones))
}

// enough says what leaves the needed instances.
func enough(property string, need float64, zones int) string {
	if zones < 2 {
		return "list subnets of at least two zones"
	}
	// Of n instances, (zones-1)/zones are left, rounded down.
	return fmt.Sprintf("raise %s to %v", property, math.Ceil(need*float64(zones)/float64(zones-1)))
}

func asgElbHealthCheck() *rule.Rule {
	return &rule.Rule{
		ID: "asg-elb-health-check", Title: "Autoscaling groups behind a load balancer use its health check",
		Severity: rule.Medium, Category: rule.Redundancy,
		Why:      "With the default EC2 check, an instance whose service is dead but whose kernel runs is never replaced.",
		Fix:      `set healthCheckType to "ELB"`,
		Controls: rule.Controls{Checkov: []string{"CKV2_AWS_15"}, SecurityHub: []string{"AutoScaling.1"}},
		Types:    []string{group},
		CheckGraph: func(g *rule.Graph, r *rule.Resource, _ rule.Settings) rule.Verdict {
			if v := attached(g, r); v.Outcome != rule.Pass {
				return v
			}
			kind := r.Get("healthCheckType")
			return kind.Want(rule.Is("ELB"), "healthCheckType is "+kind.String()+" although a load balancer sends it requests",
				`set healthCheckType to "ELB"`)
		},
	}
}

// attached passes if a group is behind a load balancer, and is not applicable if not.
func attached(g *rule.Graph, r *rule.Resource) rule.Verdict {
	for _, path := range [...]string{"targetGroupArns[]", "loadBalancers[]", "trafficSources[]"} {
		if values := r.Select(path); len(values) > 0 {
			whole := values[0].IsUnknown() && values[0].Path()+"[]" == path
			if whole && len(r.Edges[values[0].Path()]) == 0 {
				return rule.Undecided(values[0].Path(), rule.External)
			}
			return rule.Passed()
		}
	}
	var maybe rule.Verdict
	for _, from := range [...]string{attachment, sourceAttachment} {
		found, unsure := g.Pointing(r, from, "autoscalingGroupName")
		if len(found) > 0 {
			return rule.Passed()
		}
		maybe = rule.All(maybe, unsure)
	}
	return maybe
}
