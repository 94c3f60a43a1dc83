package backup

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/plinth-iac/plinth/policies/internal/buckets"
	"github.com/plinth-iac/plinth/policies/internal/plans"
	"github.com/plinth-iac/plinth/policies/rule"
)

// stores are the types that are to be backed up, with how their service keeps their data in
// another region, if it does. AWS Backup knows no caches.
var stores = map[string]string{
	database:        "add an InstanceAutomatedBackupsReplication, or a replica (replicateSourceDb), by a provider of another region",
	dbCluster:       globalFix,
	documentCluster: globalFix,
	graphCluster:    globalFix,
	table:           "add another region to replicas",
	bucket:          "",
	volume:          "",
	fileSystem:      "",
	windowsFiles:    "",
	zfsFiles:        "",
	lustreFiles:     "",
	ontapVolume:     "",
}

const globalFix = "make it a member of a GlobalCluster with a cluster in another region"

func inBackupPlan() *rule.Rule {
	return &rule.Rule{
		ID: "in-backup-plan", Title: "Databases, file systems, volumes and the buckets that matter most are in a backup plan", Severity: rule.High, Category: rule.Backup,
		Why:      "The backups that a store keeps itself, if it does, go when it is deleted, and whoever may change the store may shorten them.",
		Fix:      "a backup Selection that names the store in resources, or whose tags it has",
		Controls: rule.Controls{Checkov: []string{"CKV2_AWS_8", "CKV2_AWS_9", "CKV2_AWS_18"}, SecurityHub: []string{"RDS.26", "DynamoDB.4", "EC2.28", "EFS.2"}},
		Types:    slices.Sorted(maps.Keys(stores)),
		Settings: tierSettings,
		// The backups that a development store keeps itself are enough.
		Development: rule.At(rule.Disabled),
		CheckGraph: func(g *rule.Graph, r *rule.Resource, s rule.Settings) rule.Verdict {
			in := plans.Selected(g, r)
			if r.Type == fileSystem {
				in = rule.Any(in, automatic(g, r))
			}
			return ofOwnData(g, r, s, rule.FailedUnless(in, "no backup plan selects it", selectFix(g.Of(plans.Selection))))
		},
	}
}

// ofOwnData is a verdict on a store, which does not concern one whose data is a copy, or a
// bucket that is not tagged as one that matters.
func ofOwnData(g *rule.Graph, r *rule.Resource, s rule.Settings, verdict rule.Verdict) rule.Verdict {
	switch r.Type {
	case bucket:
		return rule.Choose(tiered(r, s), rule.Choose(buckets.HoldLogs(g, r), rule.Skipped(), verdict), rule.Skipped())
	case fileSystem:
		return unlessCopied(g, r, verdict)
	case lustreFiles:
		return rule.Choose(r.Get("deploymentType").Holds(isScratch), rule.Skipped(), verdict)
	case ontapVolume: // AWS makes no backups of a volume that another one is copied to
		return rule.Choose(r.Get("ontapVolumeType").Holds(rule.Is("DP")), rule.Skipped(), verdict)
	}
	return unlessDerived(r, verdict)
}

// selectFix says what makes one of the selections, or a new one, select a resource.
func selectFix(selections []*rule.Resource) string {
	for _, s := range selections {
		wants := append(s.Select("selectionTags[]"), s.Select("conditions[].stringEquals[]")...)
		for _, want := range wants {
			if key, ok := want.Get("key").Text(); ok && !want.IsSecret() && !want.Get("key").IsSecret() {
				return fmt.Sprintf("set the tag %s to %v, which selection %s asks for, or list its ARN in resources of a selection",
					strings.TrimPrefix(key, plans.ResourceTag), want.Get("value"), s.Name)
			}
		}
	}
	return "list its ARN in resources of a backup Selection, or select it there by a tag"
}
