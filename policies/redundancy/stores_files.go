package redundancy

import (
	"strings"

	"github.com/plinth-iac/plinth/policies/internal/lambda"
	"github.com/plinth-iac/plinth/policies/rule"
)

// Type tokens of file systems and what mounts them.
const (
	fileSystem     = "aws:efs/fileSystem:FileSystem"
	mountTarget    = "aws:efs/mountTarget:MountTarget"
	accessPoint    = "aws:efs/accessPoint:AccessPoint"
	taskDefinition = "aws:ecs/taskDefinition:TaskDefinition"
)

func efsRegional() *rule.Rule {
	return &rule.Rule{
		ID: "efs-regional", Title: "File systems are kept in all zones of their region", Severity: rule.High, Category: rule.Redundancy,
		Why:   "A file system of one zone cannot be reached while that is down, and its data is lost if the zone is.",
		Fix:   "leave availabilityZoneName out; that replaces the file system",
		Types: []string{fileSystem},
		// One zone costs half as much, which is right for development.
		Development: rule.At(rule.Disabled),
		Check: func(r *rule.Resource, _ rule.Settings) rule.Verdict {
			zone := r.Get("availabilityZoneName")
			return zone.Want(func(v rule.Value) bool { return !rule.IsSet(v) },
				"is in one zone ("+zone.String()+")", "leave availabilityZoneName out, which replaces the file system")
		},
	}
}

func efsMountTargetPerAz() *rule.Rule {
	return &rule.Rule{
		ID: "efs-mount-target-per-az", Title: "File systems have a mount target in every zone of their clients", Severity: rule.High, Category: rule.Redundancy,
		Why:   "A client mounts the target of its own zone. Without one it cannot mount by name, or goes down with another zone.",
		Fix:   "a MountTarget with a subnet in each zone that services and functions mount the file system in; if none of this stack does, in each zone of the VPC",
		Types: []string{fileSystem},
		CheckGraph: func(g *rule.Graph, r *rule.Resource, _ rule.Settings) rule.Verdict {
			inOne := r.Get("availabilityZoneName").Holds(rule.IsSet)
			return rule.Choose(inOne, rule.Skipped(), mountable(g, r)) // in one zone it can have one target only; see efs-regional
		},
	}
}

// mountable passes if a file system has a mount target in each zone that it is mounted in.
// Clients that are not seen may be anywhere in the VPC.
func mountable(g *rule.Graph, r *rule.Resource) rule.Verdict {
	targets, unsure := g.Pointing(r, mountTarget, "fileSystemId")
	has, needs := placement{missing: unsure}, clientZones(g, r)
	for _, t := range targets {
		has = has.join(place(g, t, "subnetId"))
	}
	if len(needs.zones) == 0 && needs.missing.Outcome != rule.Unknown {
		needs = homeZones(g, targets)
	}
	lacking := without(needs.zones, has.zones)
	switch missing := rule.All(has.missing, needs.missing); {
	case missing.Outcome == rule.Unknown:
		return missing
	case len(lacking) > 0:
		return rule.Failed("has no mount target in "+zoneList(lacking), "add a MountTarget with a subnet of "+strings.Join(lacking, ", "))
	case len(needs.zones) == 0:
		return rule.Skipped()
	}
	return rule.Passed()
}

// homeZones is the zones of the VPC that mount targets are in.
func homeZones(g *rule.Graph, targets []*rule.Resource) placement {
	var all placement
	for _, t := range targets {
		for _, s := range g.Targets(t, subnet, "subnetId").Resources {
			home, missing := g.Target(s, vpc, "vpcId")
			all.missing = rule.All(all.missing, missing)
			if home != nil {
				zones, unsure := vpcZones(g, home)
				all = all.join(placement{zones: zones, missing: unsure})
			}
		}
	}
	return all
}

// clientZones is where services and functions run that mount a file system.
func clientZones(g *rule.Graph, r *rule.Resource) placement {
	var all placement
	clients := func(of *rule.Resource, kind, names, subnets string) {
		found, unsure := g.Pointing(of, kind, names)
		for _, client := range found {
			all = all.join(place(g, client, subnets))
		}
		all.missing = rule.All(all.missing, unsure)
	}
	tasks, unsure := g.Pointing(r, taskDefinition, "volumes[].efsVolumeConfiguration.fileSystemId")
	all.missing = unsure
	for _, task := range tasks {
		clients(task, service, "taskDefinition", "networkConfiguration.subnets[]")
	}
	points, unsure := g.Pointing(r, accessPoint, "fileSystemId")
	all.missing = rule.All(all.missing, unsure)
	for _, point := range points {
		clients(point, lambda.Function, "fileSystemConfig.arn", "vpcConfig.subnetIds[]")
	}
	return all
}
