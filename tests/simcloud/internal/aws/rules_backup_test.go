package aws

import "testing"

const copiesARN = "arn:aws:backup:us-east-1:111122223333:backup-vault:copies"

var soundBackups = map[string]Obj{
	"backup.vault":                   {"name": "new"},
	"backup.logicallyAirGappedVault": {"name": "gap", "minRetentionDays": 7, "maxRetentionDays": 30},
	"backup.vaultLockConfiguration":  {"backupVaultName": "vault", "minRetentionDays": 7, "maxRetentionDays": 120, "changeableForDays": 3},
	"backup.vaultPolicy":             {"backupVaultName": "vault", "policy": `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"backup:DeleteRecoveryPoint","Resource":"*"}]}`},
	"backup.vaultNotifications":      {"backupVaultName": "vault", "backupVaultEvents": []string{"BACKUP_JOB_FAILED"}, "snsTopicArn": dataTopicARN},
	"backup.plan":                    {"name": "new", "rules": []Obj{dailyRule}},
	"backup.selection":               {"name": "new", "planId": "plan", "iamRoleArn": dataRoleARN, "resources": []string{"arn:aws:rds:*:*:db:*"}},
	"backup.restoreTestingPlan": {"name": "weekly", "scheduleExpression": "cron(0 5 ? * MON *)", "recoveryPointSelection": Obj{"algorithm": "LATEST_WITHIN_WINDOW", "includeVaults": []string{"*"},
		"recoveryPointTypes": []string{"SNAPSHOT"}, "selectionWindowDays": 30}},
	"backup.restoreTestingSelection": {"name": "rds", "restoreTestingPlanName": "weekly", "protectedResourceType": "RDS", "iamRoleArn": dataRoleARN, "protectedResourceArns": []string{"*"}},
}

var dailyRule = Obj{"ruleName": "daily", "targetVaultName": "vault", "schedule": "cron(0 5 ? * * *)", "startWindow": 60, "completionWindow": 180, "lifecycle": Obj{"deleteAfter": 35}}

func TestBackupRules(t *testing.T) {
	plan := func(changes Obj) Obj { return Obj{"rules": []Obj{altered(dailyRule, changes)}} }
	copyTo := func(arn string) Obj { return plan(Obj{"copyActions": []Obj{{"destinationVaultArn": arn}}}) }
	plans := []*Resource{existing("backup.plan", "plan", Obj{}), existing("backup.restoreTestingPlan", "weekly", Obj{"name": "weekly"})}
	lock := []*Resource{existing("backup.vaultLockConfiguration", "vault", soundBackups["backup.vaultLockConfiguration"])}
	judgeCases(t, backupRules, soundBackups, []ruleCase{
		{rule: "vault-name", kind: "backup.vault", bad: Obj{"name": "my.vault"}, good: Obj{"name": "My_vault-1"}},
		{rule: "vault-taken", kind: "backup.vault", bad: Obj{"name": "vault"}},
		{rule: "vault-key", kind: "backup.vault", bad: Obj{"kmsKeyArn": "k1"}, good: Obj{"kmsKeyArn": dataKeyARN}},
		{rule: "vault-not-empty", kind: "backup.vault", op: Delete, bad: Obj{"recoveryPoints": 3}, good: Obj{"recoveryPoints": 3, "forceDestroy": true}},
		{rule: "vault-missing", kind: "backup.vaultLockConfiguration", bad: Obj{"backupVaultName": "none"}},
		{rule: "vault-lock-range", kind: "backup.vaultLockConfiguration", bad: Obj{"changeableForDays": 1}},
		{rule: "vault-lock-range", kind: "backup.vaultLockConfiguration", bad: Obj{"minRetentionDays": 200}},
		{rule: "air-gapped-range", kind: "backup.logicallyAirGappedVault", bad: Obj{"minRetentionDays": 3}},
		{rule: "vault-policy", kind: "backup.vaultPolicy", bad: Obj{"policy": `{"Statement":[{"Effect":"Allow","Action":"backup:*","Resource":"*"}]}`}},
		{rule: "vault-events", kind: "backup.vaultNotifications", bad: Obj{"backupVaultEvents": []string{"BACKUP_FAILED"}}},
		{rule: "plan-name", kind: "backup.plan", bad: Obj{"rules": []Obj{dailyRule, dailyRule}}},
		{rule: "plan-schedule", kind: "backup.plan", bad: plan(Obj{"schedule": "cron(0 5 * * * *)"}), good: plan(Obj{"schedule": "cron(0 5 * * ? *)"})},
		{rule: "plan-frequency", kind: "backup.plan", bad: plan(Obj{"schedule": "cron(0/15 * * * ? *)"}), good: plan(Obj{"schedule": "cron(0 * * * ? *)"})},
		{rule: "plan-vault", kind: "backup.plan", bad: plan(Obj{"targetVaultName": "none"}), good: plan(Obj{"targetVaultName": "Default"})},
		{rule: "plan-lifecycle", kind: "backup.plan", bad: plan(Obj{"lifecycle": Obj{"coldStorageAfter": 30, "deleteAfter": 100}}), good: plan(Obj{"lifecycle": Obj{"coldStorageAfter": 30, "deleteAfter": 120}})},
		{rule: "plan-continuous", kind: "backup.plan", bad: plan(Obj{"enableContinuousBackup": true, "lifecycle": Obj{"deleteAfter": 36}}), good: plan(Obj{"enableContinuousBackup": true})},
		{rule: "plan-continuous", kind: "backup.plan", bad: plan(Obj{"enableContinuousBackup": true, "lifecycle": Obj{"coldStorageAfter": 30, "deleteAfter": 120}})},
		{rule: "plan-windows", kind: "backup.plan", bad: plan(Obj{"completionWindow": 90}), good: plan(Obj{"completionWindow": 120})},
		{rule: "plan-copy-vault", kind: "backup.plan", bad: copyTo("arn:aws:backup:us-east-1:111122223333:backup-vault:none"), good: copyTo(copiesARN)},
		{rule: "plan-copy-vault", kind: "backup.plan", bad: copyTo("copies"), good: copyTo("arn:aws:backup:us-east-1:444455556666:backup-vault:theirs")},
		{rule: "plan-vault-lock", kind: "backup.plan", bad: plan(Obj{"lifecycle": Obj{"deleteAfter": 5}}), good: plan(nil), with: lock},
		{rule: "plan-advanced", kind: "backup.plan", bad: Obj{"advancedBackupSettings": []Obj{{"resourceType": "RDS"}}}, good: Obj{"advancedBackupSettings": []Obj{{"resourceType": "EC2"}}}},
		{rule: "plan-selections", kind: "backup.plan", op: Delete, worse: many(1, "backup.selection", Obj{"planId": "new"})},
		{rule: "selection-plan", kind: "backup.selection", bad: Obj{"planId": "none"}, with: plans},
		{rule: "selection-name", kind: "backup.selection", bad: Obj{"name": "my selection"}, with: plans},
		{rule: "selection-role", kind: "backup.selection", bad: Obj{"iamRoleArn": plainRoleARN}, with: plans},
		{rule: "selection-what", kind: "backup.selection", bad: Obj{"resources": nil}, with: plans},
		{rule: "selection-arns", kind: "backup.selection", bad: Obj{"resources": []string{"main"}}, good: Obj{"resources": []string{"*"}}, with: plans},
		{rule: "selection-tags", kind: "backup.selection", bad: Obj{"selectionTags": []Obj{{"type": "STRINGLIKE", "key": "backup", "value": "yes"}}}, good: Obj{"selectionTags": []Obj{{"type": "STRINGEQUALS", "key": "backup", "value": "yes"}}}, with: plans},
		{rule: "selection-tags", kind: "backup.selection", bad: Obj{"conditions": []Obj{{"stringEquals": []Obj{{"key": "backup", "value": "yes"}}}}}, good: Obj{"conditions": []Obj{{"stringEquals": []Obj{{"key": "aws:ResourceTag/backup", "value": "yes"}}}}}, with: plans},
		{rule: "restore-plan", kind: "backup.restoreTestingPlan", bad: Obj{"name": "weekly-test"}},
		{rule: "restore-plan", kind: "backup.restoreTestingPlan", bad: Obj{"scheduleExpression": "weekly"}},
		{rule: "restore-selection", kind: "backup.restoreTestingSelection", bad: Obj{"protectedResourceType": "Redshift"}, with: plans},
	})
}
