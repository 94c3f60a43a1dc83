package backup

import (
	"maps"
	"slices"

	"github.com/plinth-iac/plinth/policies/internal/plans"
	"github.com/plinth-iac/plinth/policies/rule"
)

// apart is whether two resources are in different regions.
func apart(r, other *rule.Resource) rule.Verdict {
	switch here, there := r.Region(), other.Region(); {
	case here == "" || there == "":
		return rule.Undecided("region of the provider of "+other.Name, rule.NotYet)
	case here == there:
		return rule.No()
	}
	return rule.Passed()
}

func backupCrossRegionCopy() *rule.Rule {
	return &rule.Rule{
		ID: "backup-cross-region-copy", Title: "Backups are copied to another region", Severity: rule.High, Category: rule.Backup,
		Why:   "Backups that are lost with the region are none when the region is what was lost.",
		Fix:   "copyActions in a rule of the plan, with the destinationVaultArn of a vault in another region",
		Types: []string{plan},
		// What a development environment holds is not worth a second region.
		Development: rule.At(rule.Disabled),
		CheckGraph: func(g *rule.Graph, r *rule.Resource, _ rule.Settings) rule.Verdict {
			return rule.FailedUnless(copiesApart(g, r), "copies no backup to another region",
				"add copyActions to a rule, with the destinationVaultArn of a Vault whose provider has another region")
		},
	}
}

// copiesApart is whether a plan copies what it backs up to another region.
func copiesApart(g *rule.Graph, r *rule.Resource) rule.Verdict {
	verdicts := []rule.Verdict{rule.No()}
	for _, destination := range r.Select("rules[].copyActions[].destinationVaultArn") {
		verdicts = append(verdicts, copyApart(g, r, destination))
	}
	return rule.Any(verdicts...)
}

// copyApart is whether one destination is in another region. While it is not known, the
// vaults behind the plan's rules are all that they name; one in another region can only be
// where copies go, because a plan's own vault is in the plan's region.
func copyApart(g *rule.Graph, r *rule.Resource, destination rule.Value) rule.Verdict {
	vaults := g.Behind(r, destination, vault, airGappedVault)
	if len(vaults) == 0 {
		arn, _ := destination.Text()
		if region := rule.ArnRegion(arn); region != "" && region == r.Region() {
			return rule.No()
		}
		return r.Elsewhere(destination)
	}
	var verdicts []rule.Verdict
	for _, v := range vaults {
		verdicts = append(verdicts, apart(r, v))
	}
	verdict := rule.Any(verdicts...)
	if verdict.Outcome == rule.Fail && destination.IsUnknown() && len(r.Edges["rules"]) > len(vaults) {
		return rule.NotKnown(destination) // something else is behind it as well
	}
	return verdict
}

func dbCrossRegion() *rule.Rule {
	return &rule.Rule{
		ID: "db-cross-region", Title: "Databases, and the caches that matter most, have their data in a second region", Severity: rule.High, Category: rule.Backup,
		Why:      "A store whose replicas and backups are all in one region is gone for as long as that region is, or for ever.",
		Fix:      "replicate the store or its automated backups to another region, or back it up by a plan with copyActions to a vault there",
		Types:    append(databases(), cacheGroup),
		Settings: tierSettings,
		// What a development environment holds is not worth a second region.
		Development: rule.At(rule.Disabled),
		CheckGraph: func(g *rule.Graph, r *rule.Resource, s rule.Settings) rule.Verdict {
			const problem = "has no copy of its data in another region"
			if r.Type == cacheGroup { // other caches are filled again from what is there
				return rule.Choose(tiered(r, s), rule.FailedUnless(globalApart(g, r), problem,
					"make it a member of a GlobalReplicationGroup with a ReplicationGroup in another region"), rule.Skipped())
			}
			return unlessDerived(r, rule.FailedUnless(rule.Any(replicatedApart(g, r), backedUpApart(g, r)), problem,
				stores[r.Type]+", or select it in a backup plan with copyActions to a vault in another region"))
		},
	}
}

// databases are the stores that AWS Backup knows and whose service can keep their data in
// another region.
func databases() []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(stores)), func(t string) bool { return stores[t] == "" })
}

// backedUpApart is whether a plan that selects a store copies its backups to another
// region.
func backedUpApart(g *rule.Graph, r *rule.Resource) rule.Verdict {
	var verdicts []rule.Verdict
	for _, s := range g.Of(plans.Selection) {
		p, copied := g.Target(s, plan, "planId")
		if p != nil {
			copied = copiesApart(g, p)
		} else if copied.Outcome != rule.Unknown {
			copied = rule.No()
		}
		verdicts = append(verdicts, rule.All(plans.Selects(g, s, r), copied))
	}
	return rule.Any(verdicts...)
}

// replicatedApart is whether the service itself keeps a store's data in another region.
func replicatedApart(g *rule.Graph, r *rule.Resource) rule.Verdict {
	switch r.Type {
	case table:
		verdicts := []rule.Verdict{pointingApart(g, r, tableReplica, "globalTableArn")}
		for _, replica := range r.Select("replicas[].regionName") {
			verdicts = append(verdicts, replica.Want(func(v rule.Value) bool { region, ok := v.Text(); return ok && region != r.Region() }, "", ""))
		}
		return rule.Any(verdicts...)
	case database:
		return rule.Any(pointingApart(g, r, backupsCopy, "sourceDbInstanceArn"), pointingApart(g, r, database, "replicateSourceDb"))
	}
	return rule.Any(pointingApart(g, r, r.Type, "replicationSourceIdentifier"), globalApart(g, r))
}

// pointingApart is whether a resource of another region refers to this one.
func pointingApart(g *rule.Graph, r *rule.Resource, fromType, path string) rule.Verdict {
	found, maybe := g.Pointing(r, fromType, path)
	verdicts := []rule.Verdict{maybe}
	for _, from := range found {
		verdicts = append(verdicts, apart(r, from))
	}
	return rule.Any(verdicts...)
}

// globals are the types of what joins stores of several regions; the property by which a
// store joins it; and the one by which it is made of a store.
var globals = map[string]struct{ joint, joins, from string }{
	dbCluster:       {globalDb, "globalClusterIdentifier", "sourceDbClusterIdentifier"},
	documentCluster: {globalDocument, "globalClusterIdentifier", "sourceDbClusterIdentifier"},
	graphCluster:    {globalGraph, "globalClusterIdentifier", "sourceDbClusterIdentifier"},
	cacheGroup:      {globalCache, "globalReplicationGroupId", "primaryReplicationGroupId"},
}

// globalApart is whether a store is joined with one in another region.
func globalApart(g *rule.Graph, r *rule.Resource) rule.Verdict {
	global := globals[r.Type]
	joined := g.Targets(r, global.joint, global.joins)
	from, maybe := g.Pointing(r, global.joint, global.from)
	verdicts := []rule.Verdict{joined.Missing, maybe}
	for _, all := range append(joined.Resources, from...) {
		verdicts = append(verdicts, memberApart(g, r, all))
	}
	return rule.Any(verdicts...)
}

// memberApart is whether one of the stores that are joined is in another region than r is.
func memberApart(g *rule.Graph, r, joint *rule.Resource) rule.Verdict {
	global := globals[r.Type]
	members, maybe := g.Pointing(joint, r.Type, global.joins)
	first := g.Targets(joint, r.Type, global.from)
	verdicts := []rule.Verdict{maybe, first.Missing}
	for _, m := range append(members, first.Resources...) {
		verdicts = append(verdicts, apart(r, m))
	}
	return rule.Any(verdicts...)
}

func secretReplicated() *rule.Rule {
	return &rule.Rule{
		ID: "secret-replicated", Title: "Secrets are there in a second region", Severity: rule.Medium, Category: rule.Backup,
		Why:   "A database that was brought back in another region is of no use while its password is in the region that was lost.",
		Fix:   "set replicas to the recovery region",
		Types: []string{secret},
		// What a development environment holds is not worth a second region.
		Development: rule.At(rule.Disabled),
		Settings:    []rule.Setting{{Name: "region", Help: "The recovery region; any if empty.", Development: "", Production: ""}},
		Check: func(r *rule.Resource, s rule.Settings) rule.Verdict {
			want, wanted := s.Text("region"), "the recovery region"
			accept := func(v rule.Value) bool { region, ok := v.Text(); return ok && region != "" }
			if want != "" {
				accept, wanted = rule.Is(want), want
			}
			var verdicts []rule.Verdict
			for _, region := range r.Select("replicas[].region") {
				verdicts = append(verdicts, region.Want(accept, "", ""))
			}
			return rule.FailedUnless(rule.Any(verdicts...), "is not replicated to "+wanted, "add "+wanted+" to replicas, with a kmsKeyId of that region")
		},
		// Without a region there is nothing to set, and a key of the other region is not known.
		Remedy: func(r *rule.Resource, s rule.Settings) []rule.Patch {
			if s.Text("region") == "" || !r.Get("replicas").IsAbsent() || !r.Get("kmsKeyId").IsAbsent() {
				return nil
			}
			return []rule.Patch{{Path: "replicas", Value: []any{map[string]any{"region": s.Text("region")}}}}
		},
	}
}
