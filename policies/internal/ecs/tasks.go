// Package ecs knows how many tasks a service runs.
package ecs

import (
	"strings"

	"github.com/plinth-iac/plinth/policies/rule"
)

// Type tokens.
const (
	service       = "aws:ecs/service:Service"
	scalingTarget = "aws:appautoscaling/target:Target"
)

// Scaling is the only thing that autoscaling changes in a service.
const Scaling = "ecs:service:DesiredCount"

// IsDaemon is whether a service runs one task on each instance, however many are asked for.
func IsDaemon(r *rule.Resource) rule.Verdict {
	return r.Get("schedulingStrategy").Holds(rule.Is("DAEMON"))
}

// LeastTasks is how many tasks a service keeps: minCapacity of what scales it, or its
// desiredCount, which is 0 if it is not set. The verdict is Unknown if that is not known.
func LeastTasks(g *rule.Graph, r *rule.Resource) (rule.Value, rule.Verdict) {
	targets, unsure := taskScalers(g, r)
	count := r.Get("desiredCount")
	if len(targets) > 0 {
		count = targets[0].Get("minCapacity")
	}
	switch {
	case len(targets) == 0 && unsure.Outcome == rule.Unknown:
		return count, unsure
	case count.IsUnknown():
		return count, rule.NotKnown(count)
	}
	return count, rule.Verdict{}
}

// taskScalers are the scaling targets of a service. The verdict is Unknown if there are
// others that may be.
func taskScalers(g *rule.Graph, r *rule.Resource) (found []*rule.Resource, maybe rule.Verdict) {
	for _, s := range g.Of(scalingTarget) {
		id, about := s.Get("resourceId"), s.Get("scalableDimension")
		if !about.IsUnknown() && !rule.Is(Scaling)(about) {
			continue
		}
		names := naming(g, s, id, r)
		switch {
		case names.Outcome == rule.Pass && about.IsUnknown():
			maybe = rule.NotKnown(about)
		case names.Outcome == rule.Pass:
			found = append(found, s)
		case names.Outcome == rule.Unknown:
			maybe = names
		}
	}
	return found, maybe
}

// naming is whether the id of what a scaling target scales is a service's.
func naming(g *rule.Graph, target *rule.Resource, id rule.Value, r *rule.Resource) rule.Verdict {
	if text, known := id.Text(); known {
		return namesService(text, r)
	}
	of := g.Targets(target, service, "resourceId")
	switch {
	case of.Has(r) && of.Ambiguous():
		return rule.NotKnown(id)
	case of.Has(r):
		return rule.Passed()
	}
	return of.Missing
}

// namesService is whether an id of autoscaling, service/cluster/name, is the service's.
func namesService(id string, r *rule.Resource) rule.Verdict {
	parts := strings.Split(id, "/")
	names := func(v rule.Value) bool { name, _ := v.Text(); return name != "" && name == parts[len(parts)-1] }
	if len(parts) != 3 || parts[0] != "service" {
		return rule.No()
	}
	if name := r.Get("name"); !names(name) && !names(r.Out("name")) {
		return name.Holds(names)
	}
	in := r.Get("cluster") // its ARN or its name
	if in.IsUnknown() {
		return rule.NotKnown(in)
	}
	home, set := in.Text()
	if !set {
		home = "default"
	}
	if home != parts[1] && !strings.HasSuffix(home, "/"+parts[1]) {
		return rule.No()
	}
	return rule.Passed()
}
