package redundancy

import (
	"strings"

	"github.com/plinth-iac/plinth/policies/rule"
)

func lbMultiAz() *rule.Rule {
	return &rule.Rule{
		ID: "lb-multi-az", Title: "Load balancers span at least two zones", Severity: rule.High, Category: rule.Redundancy,
		Why:      "A load balancer in one zone is a single point of failure in front of everything behind it.",
		Fix:      "list subnets of at least two zones in subnets or subnetMappings",
		Controls: rule.Controls{SecurityHub: []string{"ELB.13", "ELB.10"}},
		Types:    []string{loadBalancer, classicBalancer},
		CheckGraph: func(g *rule.Graph, r *rule.Resource, _ rule.Settings) rule.Verdict {
			return balancerPlacement(g, r).twoZones("subnets")
		},
	}
}

func balancerPlacement(g *rule.Graph, r *rule.Resource) placement {
	return place(g, r, "subnets[]").join(place(g, r, "subnetMappings[].subnetId")).
		join(namedZones(r, r.Select("availabilityZones[]"))) // of classic load balancers only
}

func lbCoversTargetAzs() *rule.Rule {
	return &rule.Rule{
		ID: "lb-covers-target-azs", Title: "Load balancers and their targets are in the same zones",
		Severity: rule.Medium, Category: rule.Redundancy,
		Why: "Targets in a zone that the load balancer is not in get no requests; " +
			"a zone with a load balancer and no targets sends every request across zones, or fails.",
		Fix:   "give the load balancer and what is behind it, groups, services or instances, subnets of the same zones",
		Types: []string{loadBalancer},
		CheckGraph: func(g *rule.Graph, r *rule.Resource, _ rule.Settings) rule.Verdict {
			balancer := balancerPlacement(g, r)
			var verdicts []rule.Verdict
			for _, tg := range targetGroups(g, r) {
				switch targets := serving(g, tg); {
				case len(targets.zones) == 0 && targets.missing.Outcome != rule.Unknown: // nothing of this stack
				case balancer.missing.Outcome == rule.Unknown:
					verdicts = append(verdicts, balancer.missing)
				case targets.missing.Outcome == rule.Unknown:
					verdicts = append(verdicts, targets.missing)
				default:
					verdicts = append(verdicts, covers(tg, balancer.zones, targets.zones))
				}
			}
			return rule.All(verdicts...)
		},
	}
}

func covers(tg *rule.Resource, balancer, targets []string) rule.Verdict {
	verdict := rule.Passed()
	if zones := without(targets, balancer); len(zones) > 0 {
		verdict = rule.All(verdict, rule.Failed("targets of "+tg.Name+" in "+zoneList(zones)+" get no requests",
			"add subnets of "+strings.Join(zones, ", ")+" to subnets"))
	}
	if zones := without(balancer, targets); len(zones) > 0 {
		verdict = rule.All(verdict, rule.Failed(tg.Name+" has no targets in "+zoneList(zones),
			"add subnets of "+strings.Join(zones, ", ")+" to the group, service or instances behind "+tg.Name))
	}
	return verdict
}

// targetGroups is what a load balancer's listeners and their rules forward to.
func targetGroups(g *rule.Graph, balancer *rule.Resource) []*rule.Resource {
	var found rule.Targets
	add := func(more rule.Targets) {
		for _, tg := range more.Resources {
			if !found.Has(tg) {
				found.Resources = append(found.Resources, tg)
			}
		}
	}
	listeners, _ := g.Pointing(balancer, listener, "loadBalancerArn")
	for _, l := range listeners {
		add(g.Targets(l, targetGroup, "defaultActions[].targetGroupArn", "defaultActions[].forward.targetGroups[].arn"))
		rules, _ := g.Pointing(l, listenerRule, "listenerArn")
		for _, r := range rules {
			add(g.Targets(r, targetGroup, "actions[].targetGroupArn", "actions[].forward.targetGroups[].arn"))
		}
	}
	return found.Resources
}

// groupsBehind is the autoscaling groups and ECS services that register their instances or
// tasks with a target group, said by themselves or by an attachment.
func groupsBehind(g *rule.Graph, tg *rule.Resource) []*rule.Resource {
	groups, _ := g.Pointing(tg, group, "targetGroupArns[]", "trafficSources[].identifier")
	services, _ := g.Pointing(tg, service, "loadBalancers[].targetGroupArn")
	groups = append(groups, services...)
	attachments, _ := g.Pointing(tg, attachment, "lbTargetGroupArn")
	sources, _ := g.Pointing(tg, sourceAttachment, "trafficSource.identifier")
	for _, a := range append(attachments, sources...) {
		if asg, _ := g.Target(a, group, "autoscalingGroupName"); asg != nil {
			groups = append(groups, asg)
		}
	}
	return groups
}

func lbCrossZone() *rule.Rule {
	return &rule.Rule{
		ID: "lb-cross-zone", Title: "Load balancing across zones is on", Severity: rule.Medium, Category: rule.Redundancy,
		Why: "Without it, each zone's share of the requests is served by that zone's targets alone, however few are left.",
		Fix: "set enableCrossZoneLoadBalancing on network load balancers; leave loadBalancingCrossZoneEnabled on in target groups, " +
			"and crossZoneLoadBalancing on classic load balancers",
		Controls: rule.Controls{
			Checkov: []string{"CKV_AWS_152", "CKV_AWS_138"}, SecurityHub: []string{"ELB.9"},
		},
		Types: []string{loadBalancer, classicBalancer, targetGroup},
		Check: func(r *rule.Resource, _ rule.Settings) rule.Verdict {
			if r.Type == targetGroup {
				return unlessFunction(r, r.Get("loadBalancingCrossZoneEnabled").Want(
					rule.OrAbsent(rule.Is("true", "use_load_balancer_configuration")),
					"loadBalancingCrossZoneEnabled is off", `remove loadBalancingCrossZoneEnabled or set it to "true"`))
			}
			if r.Type == classicBalancer { // on by default
				return r.Get("crossZoneLoadBalancing").Want(rule.NotFalse, "crossZoneLoadBalancing is off", "set crossZoneLoadBalancing to true")
			}
			kind := r.Get("loadBalancerType")
			if kind.IsUnknown() {
				return rule.NotKnown(kind)
			}
			if !rule.Is("network", "gateway")(kind) {
				return rule.Skipped() // always on for application load balancers
			}
			return r.Get("enableCrossZoneLoadBalancing").Want(rule.IsTrue,
				"enableCrossZoneLoadBalancing is off", "set enableCrossZoneLoadBalancing to true")
		},
		Remedy: func(r *rule.Resource, _ rule.Settings) []rule.Patch {
			switch r.Type {
			case targetGroup:
				return []rule.Patch{{Path: "loadBalancingCrossZoneEnabled", Value: "true"}}
			case classicBalancer:
				return []rule.Patch{{Path: "crossZoneLoadBalancing", Value: true}}
			}
			return []rule.Patch{{Path: "enableCrossZoneLoadBalancing", Value: true}}
		},
	}
}

func targetGroupHealthCheck() *rule.Rule {
	return &rule.Rule{
		ID: "target-group-health-check", Title: "Target groups check health at a path made for it",
		Severity: rule.Medium, Category: rule.Redundancy,
		Why: "The load balancer takes failing targets out only if it asks, and the default path / often answers " +
			"when what matters does not.",
		Fix:      "enable healthCheck and give it a path such as /healthz",
		Controls: rule.Controls{Checkov: []string{"CKV_AWS_261"}},
		Types:    []string{targetGroup},
		Check: func(r *rule.Resource, _ rule.Settings) rule.Verdict {
			enabled := r.Get("healthCheck.enabled").Want(rule.NotFalse, "healthCheck is off", "set healthCheck.enabled to true")
			asks, path := r.Get("healthCheck.protocol"), r.Get("healthCheck.path")
			connects := rule.Any(asks.Holds(rule.Is("TCP")),
				rule.All(r.Get("protocol").Holds(rule.Is("TCP", "UDP", "TCP_UDP", "TLS", "GENEVE")), asks.Holds(rule.Value.IsAbsent)))
			return unlessFunction(r, rule.Choose(connects, enabled, rule.All(enabled, path.Want(func(v rule.Value) bool { p, ok := v.Text(); return ok && p != "/" && p != "" },
				"healthCheck.path is "+path.String(), "set healthCheck.path to a path that tests the service, such as /healthz"))))
		},
	}
}

// unlessFunction is a verdict on a target group, which does not concern that of a function.
func unlessFunction(r *rule.Resource, verdict rule.Verdict) rule.Verdict {
	return rule.Choose(r.Get("targetType").Holds(rule.Is("lambda")), rule.Skipped(), verdict)
}

func zonalShiftEnabled() *rule.Rule {
	property := func(r *rule.Resource) string {
		if r.Type == cluster {
			return "zonalShiftConfig.enabled"
		}
		return "enableZonalShift"
	}
	return &rule.Rule{
		ID: "zonal-shift-enabled", Title: "Traffic can be shifted out of a zone", Severity: rule.Low, Category: rule.Redundancy,
		Why:   "A zone that answers badly, and is not quite dead, has to be left by hand; without zonal shift there is no switch.",
		Fix:   "set enableZonalShift to true",
		Types: []string{loadBalancer, cluster},
		Check: func(r *rule.Resource, _ rule.Settings) rule.Verdict {
			return rule.Choose(r.Get("loadBalancerType").Holds(rule.Is("gateway")), rule.Skipped(),
				r.Get(property(r)).Want(rule.IsTrue, property(r)+" is off", "set "+property(r)+" to true"))
		},
		Remedy: func(r *rule.Resource, _ rule.Settings) []rule.Patch {
			return []rule.Patch{{Path: property(r), Value: true}}
		},
	}
}
