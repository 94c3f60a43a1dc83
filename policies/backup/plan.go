package backup

import (
	"fmt"

	"github.com/plinth-iac/plinth/policies/internal/plans"
	"github.com/plinth-iac/plinth/policies/rule"
)

func backupMeetsRpo() *rule.Rule {
	return &rule.Rule{
		ID: "backup-meets-rpo", Title: "Backup plans run as often, and keep as long, as was promised", Severity: rule.Medium, Category: rule.Backup,
		Why:   "What was written since the last backup is lost with the store; what was lost before the oldest one cannot be brought back.",
		Fix:   "a rule with a schedule within rpoHours, and one with lifecycle.deleteAfter of retentionDays or more",
		Types: []string{plan},
		Settings: []rule.Setting{
			{Name: "rpoHours", Help: "The longest time between two backups: the declared recovery point objective.", Development: 24, Production: 24, Stricter: rule.Less},
			{Name: "retentionDays", Help: "The least retention of one of the rules.", Development: 7, Production: 35, Stricter: rule.More},
		},
		Check: func(r *rule.Resource, s rule.Settings) rule.Verdict {
			rpo, days := s.Number("rpoHours"), s.Number("retentionDays")
			often := func(schedule rule.Value) bool {
				text, _ := schedule.Text()
				longest, ok := plans.Interval(text)
				return ok && longest.Hours() <= rpo
			}
			var soon, long []rule.Verdict
			for _, each := range r.Select("rules[]") {
				soon = append(soon,
					each.Get("enableContinuousBackup").Want(rule.IsTrue, "", ""), // AWS follows within minutes
					each.Get("schedule").Want(often, "", ""))
				// What has no end is kept for ever.
				long = append(long, rule.All(each.Holds(rule.IsBlock), each.Get("lifecycle.deleteAfter").Want(rule.OrAbsent(rule.AtLeast(days)), "", "")))
			}
			return rule.All(
				rule.FailedUnless(rule.Any(soon...), fmt.Sprintf("no rule runs every %v hours", rpo),
					fmt.Sprintf("give a rule a schedule that runs every %v hours or more often, or enableContinuousBackup", rpo)),
				rule.FailedUnless(rule.Any(long...), fmt.Sprintf("no rule keeps its backups for %v days", days),
					fmt.Sprintf("set lifecycle.deleteAfter of a rule to %v or more", days)))
		},
	}
}

func backupVaultLocked() *rule.Rule {
	return &rule.Rule{
		ID: "backup-vault-locked", Title: "Backup vaults are locked", Severity: rule.Medium, Category: rule.Backup,
		Why:   "Whoever gets hold of the account deletes the backups first; a lock lets nobody delete them before their time.",
		Fix:   "a VaultLockConfiguration with the vault's backupVaultName",
		Types: []string{vault},
		// A development environment has to be torn down, vaults included.
		Development: rule.At(rule.Disabled),
		CheckGraph: func(g *rule.Graph, r *rule.Resource, _ rule.Settings) rule.Verdict {
			locks, maybe := g.Pointing(r, vaultLock, "backupVaultName")
			if len(locks) > 0 {
				return rule.Passed()
			}
			return rule.FailedUnless(maybe, "is not locked", "add a VaultLockConfiguration with this backupVaultName and minRetentionDays")
		},
	}
}

func restoreTested() *rule.Rule {
	return &rule.Rule{
		ID: "restore-tested", Title: "Backups are restored for a test", Severity: rule.Low, Category: rule.Backup,
		Why:   "A backup that has never been restored is a hope.",
		Fix:   "a RestoreTestingPlan, and a RestoreTestingSelection with its restoreTestingPlanName",
		Types: []string{plan},
		// What a development environment holds need not come back.
		Development: rule.At(rule.Disabled),
		CheckGraph: func(g *rule.Graph, _ *rule.Resource, _ rule.Settings) rule.Verdict {
			var verdicts []rule.Verdict
			for _, test := range g.Of(restoreTest) {
				selections, maybe := g.Pointing(test, restoreSelection, "restoreTestingPlanName")
				if len(selections) > 0 {
					maybe = rule.Passed()
				}
				verdicts = append(verdicts, maybe)
			}
			return rule.FailedUnless(rule.Any(verdicts...), "no restore of its backups is tested",
				"add a RestoreTestingPlan, and a RestoreTestingSelection with its restoreTestingPlanName")
		},
	}
}
