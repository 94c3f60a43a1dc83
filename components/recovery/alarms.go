package recovery

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/backup"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/internal/base"
	"github.com/plinth-iac/plinth/components/internal/datastore"
)

// Keys of Plan.Alarms.
const (
	// AlarmBackup is a backup that failed.
	AlarmBackup = "backup"
	// AlarmLate is a backup that did not start in its window.
	AlarmLate = "late"
	// AlarmCopy is a copy that failed.
	AlarmCopy = "copy"
	// AlarmRestore is a restore that failed, of a test or a real one.
	AlarmRestore = "restore"
)

func (p *Plan) addAlarms(ctx *pulumi.Context, a *PlanArgs) (err error) {
	if a.Alarms == nil {
		return nil
	}
	alarms := map[string]datastore.Alarm{}
	for key, alarm := range map[string]datastore.Alarm{
		AlarmBackup:  {Description: "Backups that failed", Metric: "NumberOfBackupJobsFailed"},
		AlarmLate:    {Description: "Backups that did not start in their window", Metric: "NumberOfBackupJobsExpired"},
		AlarmCopy:    {Description: "Copies to another region that failed", Metric: "NumberOfCopyJobsFailed"},
		AlarmRestore: {Description: "Restores that failed", Metric: "NumberOfRestoreJobsFailed"},
	} {
		if key == AlarmCopy && a.Copy == nil {
			continue
		}
		alarm.Namespace, alarm.Statistic, alarm.Periods = "AWS/Backup", "Sum", 1
		alarm.Dimensions = pulumi.StringMap{"BackupVaultName": p.VaultName}
		alarms[key] = alarm
	}
	p.Alarms, err = datastore.NewAlarms(ctx, p.name, alarms, a.Alarms.ActionArns, a.Tags, pulumi.Parent(p))
	return err
}

// addEvents sends failures by EventBridge, which knows all of them; the vault's own
// notifications leave failed backups out.
func (p *Plan) addEvents(ctx *pulumi.Context, a *PlanArgs) error {
	if a.Events == nil {
		return nil
	}
	failed := pulumi.ToStringArray([]string{"FAILED", "ABORTED", "EXPIRED"})
	patterns := map[string]pulumi.Map{
		"Backup":  {"state": failed, "backupVaultName": pulumi.StringArray{p.VaultName}},
		"Restore": {"status": failed}, // says neither state nor vault
	}
	if a.Copy != nil {
		patterns["Copy"] = pulumi.Map{"state": failed, "sourceBackupVaultArn": pulumi.StringArray{p.VaultArn}}
	}
	for _, job := range base.SortedKeys(patterns) {
		if err := p.addEvent(ctx, a, job, patterns[job]); err != nil {
			return err
		}
	}
	if len(a.Events.VaultEvents) == 0 {
		return nil
	}
	child := p.name + "-notifications"
	// A vault has one set of notifications: see the lock.
	if _, err := backup.NewVaultNotifications(ctx, child, &backup.VaultNotificationsArgs{
		BackupVaultName: p.VaultName, SnsTopicArn: a.Events.TopicArn, BackupVaultEvents: pulumi.ToStringArray(a.Events.VaultEvents),
	}, pulumi.Parent(p), pulumi.DeleteBeforeReplace(true)); err != nil {
		return fmt.Errorf("create notifications %s: %w", child, err)
	}
	return nil
}

func (p *Plan) addEvent(ctx *pulumi.Context, a *PlanArgs, job string, detail pulumi.Map) error {
	key := strings.ToLower(job)
	child := p.name + "-event-" + key
	rule, err := cloudwatch.NewEventRule(ctx, child, &cloudwatch.EventRuleArgs{
		Description: pulumi.Sprintf("%s jobs that failed or did not start in time", job),
		EventPattern: pulumi.JSONMarshal(pulumi.Map{
			"source": pulumi.ToStringArray([]string{"aws.backup"}), "detail-type": pulumi.StringArray{pulumi.String(job + " Job State Change")}, "detail": detail,
		}).ToStringPtrOutput(),
		Tags: base.Tags(child, a.Tags, nil),
	}, pulumi.Parent(p))
	if err != nil {
		return fmt.Errorf("create event rule %s: %w", child, err)
	}
	child = p.name + "-target-" + key
	target := &cloudwatch.EventTargetArgs{Rule: rule.Name, Arn: a.Events.TopicArn}
	if a.Events.DeadLetterArn != nil {
		target.DeadLetterConfig = cloudwatch.EventTargetDeadLetterConfigArgs{Arn: base.Optional(a.Events.DeadLetterArn)}
	}
	if _, err := cloudwatch.NewEventTarget(ctx, child, target, pulumi.Parent(p)); err != nil {
		return fmt.Errorf("create event target %s: %w", child, err)
	}
	return nil
}
