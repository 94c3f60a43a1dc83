package backup

import (
	"strings"

	"github.com/plinth-iac/plinth/policies/internal/plans"
	"github.com/plinth-iac/plinth/policies/rule"
)

// Type tokens of file systems and volumes.
const (
	volume          = "aws:ebs/volume:Volume"
	fileSystem      = "aws:efs/fileSystem:FileSystem"
	filePolicy      = "aws:efs/backupPolicy:BackupPolicy"
	fileReplication = "aws:efs/replicationConfiguration:ReplicationConfiguration"
	windowsFiles    = "aws:fsx/windowsFileSystem:WindowsFileSystem"
	zfsFiles        = "aws:fsx/openZfsFileSystem:OpenZfsFileSystem"
	lustreFiles     = "aws:fsx/lustreFileSystem:LustreFileSystem"
	ontapVolume     = "aws:fsx/ontapVolume:OntapVolume"
)

func efsBackup() *rule.Rule {
	const fix = `add a BackupPolicy with backupPolicy.status "ENABLED", or select it in a backup plan`
	return &rule.Rule{
		ID: "efs-backup", Title: "File systems have a second copy of what they hold", Severity: rule.Medium, Category: rule.Backup,
		Why:      "EFS keeps one copy by itself: a file that a mistake deletes is gone at once.",
		Fix:      fix,
		Controls: rule.Controls{Checkov: []string{"CKV2_AWS_18"}, SecurityHub: []string{"EFS.7"}},
		Types:    []string{fileSystem},
		// What a development environment holds is not worth a second copy.
		Development: rule.At(rule.Disabled),
		CheckGraph: func(g *rule.Graph, r *rule.Resource, _ rule.Settings) rule.Verdict {
			copies := rule.Any(automatic(g, r), plans.Selected(g, r), pointed(g, r, fileReplication, "sourceFileSystemId"))
			return unlessCopied(g, r, rule.FailedUnless(copies, "has neither backups nor a replica", fix))
		},
	}
}

// automatic is whether AWS backs up a file system by a plan of its own: its policy says so
// or, as it has none, it is in one zone.
func automatic(g *rule.Graph, r *rule.Resource) rule.Verdict {
	policies, unsure := g.Pointing(r, filePolicy, "fileSystemId")
	if len(policies) == 0 && unsure.Outcome != rule.Unknown {
		return r.Get("availabilityZoneName").Holds(rule.IsSet)
	}
	verdicts := []rule.Verdict{unsure}
	for _, p := range policies {
		verdicts = append(verdicts, p.Get("backupPolicy.status").Holds(rule.Is("ENABLED")))
	}
	return rule.Any(verdicts...)
}

// pointed is whether a resource of a type refers to this one.
func pointed(g *rule.Graph, r *rule.Resource, fromType, path string) rule.Verdict {
	found, maybe := g.Pointing(r, fromType, path)
	if len(found) > 0 {
		return rule.Passed()
	}
	return maybe
}

// unlessCopied is a verdict on a file system, which does not concern the replica of another.
func unlessCopied(g *rule.Graph, r *rule.Resource, verdict rule.Verdict) rule.Verdict {
	return rule.Choose(pointed(g, r, fileReplication, "destination.fileSystemId"), rule.Skipped(), verdict)
}

// isScratch accepts the types of Lustre that AWS makes no backups of: what they hold is a
// copy. The provider takes SCRATCH_1 if none is set.
func isScratch(v rule.Value) bool {
	kind, _ := v.Text()
	return v.IsAbsent() || strings.HasPrefix(kind, "SCRATCH_")
}
