package resilience

import (
	"cmp"
	"slices"

	"github.com/plinth-iac/plinth/policies/internal/plans"
	"github.com/plinth-iac/plinth/policies/rule"
)

// copied is a copy of a resource's data.
type copied struct {
	// region is where it is.
	region string
	// in is the resource that it is in; nil if none can be lost without its region.
	in *rule.Resource
	// by is how it replaces the resource.
	by *Recovery
	// unsure is Unknown if it may be no copy of it, or in the same region.
	unsure rule.Verdict
}

// More type tokens, of what makes copies.
const (
	backupsCopy     = "aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication"
	globalCluster   = "aws:rds/globalCluster:GlobalCluster"
	tableReplica    = "aws:dynamodb/tableReplica:TableReplica"
	replication     = "aws:s3/bucketReplicationConfig:BucketReplicationConfig"
	fileReplication = "aws:efs/replicationConfiguration:ReplicationConfiguration"
	backupPlan      = "aws:backup/plan:Plan"
	vault           = "aws:backup/vault:Vault"
)

// KeepsData is whether a resource is of a type that stores data.
func KeepsData(r *rule.Resource) bool { return types[r.Type].role == stores }

// copies are those of everything that has some.
type copies map[*rule.Resource][]copied

func (all copies) add(of *rule.Resource, c copied) {
	if c.region == "" && c.unsure.Outcome != rule.Unknown {
		c.unsure = rule.Undecided("region of a copy of "+of.Name, rule.NotYet)
	}
	all[of] = append(all[of], c)
}

// inResource adds a copy that is a resource of the graph.
func (all copies) inResource(of, in *rule.Resource, by *Recovery) {
	all.add(of, copied{region: in.Region(), in: in, by: by})
}

// copiesOf finds the copies of everything that has some.
func copiesOf(g *rule.Graph) map[*rule.Resource][]copied {
	all := copies{}
	for _, r := range g.Of(database) {
		for _, source := range g.Targets(r, database, "replicateSourceDb").Resources {
			lag := farLag
			if r.Region() == source.Region() {
				lag = replicaLost
			}
			all.inResource(source, r, within("promotion of "+r.Name, figures(promote), lag))
		}
	}
	for _, r := range g.Of(backupsCopy) {
		for _, source := range g.Targets(r, database, "sourceDbInstanceArn").Resources {
			all.add(source, copied{region: r.Region(), by: within("a restore of its backups in "+r.Region(), restoreOf(source), farLogs)})
		}
	}
	for _, global := range g.Of(globalCluster) {
		members, _ := g.Pointing(global, dbCluster, "globalClusterIdentifier")
		members = append(slices.Clone(members), g.Targets(global, dbCluster, "sourceDbClusterIdentifier").Resources...)
		for _, of := range members {
			for _, other := range members {
				if other != of {
					all.inResource(of, other, within("switching to "+other.Name, figures(globalPromote), globalLag))
				}
			}
		}
	}
	for _, r := range g.Of(table, secret) {
		for _, region := range append(r.Select("replicas[].regionName"), r.Select("replicas[].region")...) {
			text, _ := region.Text()
			all.add(r, copied{region: text, by: pointingAt("its replica in "+text, globalLag)})
		}
		replicas, _ := g.Pointing(r, tableReplica, "globalTableArn")
		for _, to := range replicas {
			all.add(r, copied{region: to.Region(), by: pointingAt("its replica in "+to.Region(), globalLag)})
		}
	}
	for _, r := range g.Of(replication) {
		for _, source := range g.Targets(r, bucket, "bucket").Resources {
			for _, to := range g.Targets(r, bucket, "rules[].destination.bucket").Resources {
				if to != source {
					all.inResource(source, to, pointingAt("its replica "+to.Name, objects))
					all.inResource(to, source, pointingAt("its source "+source.Name))
				}
			}
		}
	}
	for _, r := range g.Of(fileReplication) {
		for _, source := range g.Targets(r, fileSystem, "sourceFileSystemId").Resources {
			text, _ := r.Get("destination.region").Text()
			all.add(source, copied{region: text, by: pointingAt("its replica in "+text, files)})
		}
	}
	for _, s := range g.Of(plans.Selection) {
		all.planned(g, s)
	}
	return all
}

// pointingAt is the recovery by a copy that can be used as it is.
func pointingAt(what string, loses ...figure) *Recovery {
	return within(what+", which has to be pointed at", figures(pointed), loses...)
}

// planned adds the backups that a selection of a plan takes, and their copies.
func (all copies) planned(g *rule.Graph, s *rule.Resource) {
	plan, unsure := g.Target(s, backupPlan, "planId")
	if plan == nil && unsure.Outcome != rule.Unknown {
		return
	}
	for token, spec := range types {
		if spec.role != stores {
			continue
		}
		for _, r := range g.Of(token) {
			taken := plans.Selects(g, s, r)
			switch {
			case taken.Outcome != rule.Pass && taken.Outcome != rule.Unknown:
			case plan == nil:
				all.add(r, copied{unsure: unsure})
			default:
				for _, each := range plan.Select("rules[]") {
					all.backups(g, plan, each, r, taken)
				}
			}
		}
	}
}

// backups adds those that a rule of a plan makes of a resource, here and where it copies
// them to. They are unsure if it is not known whether it is taken.
func (all copies) backups(g *rule.Graph, plan *rule.Resource, each rule.Value, r *rule.Resource, taken rule.Verdict) {
	unsure := rule.Verdict{}
	if taken.Outcome == rule.Unknown {
		unsure = taken
	}
	schedule := each.Get("schedule")
	text, _ := schedule.Text()
	often, runs := plans.Interval(text)
	switch {
	case each.IsUnknown() || schedule.IsUnknown():
		all.add(r, copied{unsure: rule.NotKnown(schedule)})
		return
	case !runs:
		all.add(r, copied{unsure: cmp.Or(unsure, rule.Undecided("how often "+plan.Name+" runs", rule.External))})
		return
	}
	age := figure{often, "the last backup may be as old", "the schedule of " + plan.Name}
	all.add(r, copied{region: plan.Region(), by: within("a restore of the last backup", restoreOf(r), age), unsure: unsure})
	for _, to := range each.Select("copyActions[].destinationVaultArn") {
		behind := slices.DeleteFunc(g.Behind(plan, to, vault), func(v *rule.Resource) bool {
			return to.IsUnknown() && v.Region() == r.Region() // where the plan keeps them, while it is not known which is whose
		})
		switch {
		case len(behind) == 1:
			away := behind[0].Region()
			all.add(r, copied{
				region: away, in: behind[0], by: within("a restore of the last copy in "+away, restoreOf(r), age, copying), unsure: unsure,
			})
		case len(behind) > 1:
			all.add(r, copied{unsure: rule.NotKnown(to)})
		default:
			all.add(r, copied{unsure: plan.Elsewhere(to)})
		}
	}
}
