package redundancy

import "github.com/plinth-iac/plinth/policies/rule"

// Type tokens of single instances, and of what puts them behind a load balancer.
const (
	instance          = "aws:ec2/instance:Instance"
	targetAttachment  = "aws:lb/targetGroupAttachment:TargetGroupAttachment"
	classicAttachment = "aws:elb/attachment:Attachment"
)

// computeRules are the rules about single instances and about containers.
func computeRules() []*rule.Rule {
	return []*rule.Rule{ec2NoSingleInstanceTarget(), ecsServiceMinTasks(), ecsServiceMultiAz(), ecsSafeDeployment()}
}

func ec2NoSingleInstanceTarget() *rule.Rule {
	return &rule.Rule{
		ID: "ec2-no-single-instance-target", Title: "Instances do not serve alone", Severity: rule.Medium, Category: rule.Redundancy,
		Why:   "What one instance serves is down when that instance is, and nothing starts another one in its place.",
		Fix:   "an autoscaling group; or instances in two zones behind one target group",
		Types: []string{instance},
		// In a development environment somebody is there to start it again.
		Development: rule.At(rule.Disabled),
		CheckGraph: func(g *rule.Graph, r *rule.Resource, _ rule.Settings) rule.Verdict {
			targets, unsure := balancing(g, r)
			if len(targets) == 0 {
				return rule.FailedUnless(unsure, "is a single instance, and nothing takes over when it or its zone fails",
					"run it in an autoscaling group; or put a second one in another zone behind the same target group")
			}
			var verdicts []rule.Verdict
			for _, target := range targets {
				verdict := serving(g, target).spans(2, "put an instance in another zone behind "+target.Name)
				if verdict.Outcome == rule.Fail {
					verdict.Problem = "all that is behind " + target.Name + " " + verdict.Problem
				}
				verdicts = append(verdicts, verdict)
			}
			return rule.All(append(verdicts, unsure)...)
		},
	}
}

// registration is how an attachment names an instance and what sends it requests.
type registration struct{ attachment, member, target, path string }

var registrations = []registration{
	{targetAttachment, "targetId", targetGroup, "targetGroupArn"}, {classicAttachment, "instance", classicBalancer, "elb"},
}

// balancing is the target groups and classic load balancers that an instance is behind. The
// verdict is Unknown if there may be others.
func balancing(g *rule.Graph, r *rule.Resource) ([]*rule.Resource, rule.Verdict) {
	found, unsure := g.Pointing(r, classicBalancer, "instances[]")
	for _, by := range registrations {
		attachments, maybe := g.Pointing(r, by.attachment, by.member)
		unsure = rule.All(unsure, maybe)
		for _, a := range attachments {
			if target, missing := g.Target(a, by.target, by.path); target != nil {
				found = append(found, target)
			} else {
				unsure = rule.All(unsure, missing)
			}
		}
	}
	return found, unsure
}

// serving is where all that a target group or a classic load balancer sends requests to is.
func serving(g *rule.Graph, target *rule.Resource) placement {
	var p placement
	for _, by := range registrations {
		if by.target != target.Type {
			continue
		}
		attachments, unsure := g.Pointing(target, by.attachment, by.path)
		p = p.join(placement{missing: unsure})
		for _, a := range attachments {
			p = p.join(registered(g, target, a, by.member))
		}
	}
	for _, asg := range groupsBehind(g, target) {
		p = p.join(groupPlacement(g, asg))
	}
	return p.join(named(g, target, "instances[]"))
}

// registered is where that is which an attachment registers. A function is in no zone, no
// more than a load balancer or an address outside of the VPC.
func registered(g *rule.Graph, target, a *rule.Resource, member string) placement {
	kind, zone := target.Get("targetType"), a.Get("availabilityZone") // of an address only
	switch name, _ := zone.Text(); {
	case kind.IsUnknown():
		return placement{missing: target.Elsewhere(kind)}
	case rule.Is("lambda", "alb")(kind), rule.Is("ip")(kind) && name == "all":
		return placement{}
	case rule.Is("ip")(kind) && rule.IsSet(zone):
		return namedZones(a, []rule.Value{zone})
	}
	return named(g, a, member)
}

// named is where the instances are that a property of r names.
func named(g *rule.Graph, r *rule.Resource, path string) placement {
	t := g.Targets(r, instance, path)
	p := placement{missing: t.Missing}
	for _, i := range t.Resources {
		p = p.join(instancePlacement(g, i))
	}
	if t.Ambiguous() {
		p.least, p.missing = min(p.least, 1), rule.Undecided(path, rule.NotYet)
	}
	return p
}

// instancePlacement is where an instance is. AWS chooses if it says nothing.
func instancePlacement(g *rule.Graph, i *rule.Resource) placement {
	zone := i.Get("availabilityZone")
	name, known := zone.Text()
	switch {
	case rule.IsSet(i.Get("subnetId")):
		return place(g, i, "subnetId")
	case known && name != "":
		return placement{zones: []string{name}, least: 1}
	case zone.IsUnknown():
		return placement{missing: i.Elsewhere(zone)}
	}
	p := placement{missing: rule.Undecided("availabilityZone", rule.NotYet)}
	for _, card := range g.Targets(i, networkInterface, "networkInterfaces[].networkInterfaceId").Resources {
		p = place(g, card, "subnetId")
	}
	return p
}
