package recovery

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/internal/base"
)

// PlanArgs are the arguments of a Plan.
type PlanArgs struct {
	// Region is where the resources are that are backed up.
	Region string `pulumi:"region"`
	// KmsKeyArn is the key that encrypts the vault; a key's policy must let AWS Backup use
	// it. Required unless AwsManagedKey is set.
	KmsKeyArn pulumi.StringInput `pulumi:"kmsKeyArn,optional"`
	// AwsManagedKey encrypts with the key aws/backup. Default: false.
	AwsManagedKey bool `pulumi:"awsManagedKey,optional"`

	// Rules say when backups are made and how long they are kept, by a name of 1 to 50
	// letters, digits, dots, hyphens and underscores. Default: "daily", see RuleArgs.
	Rules map[string]RuleArgs `pulumi:"rules,optional"`
	// SelectionTags select what is backed up: every resource of the region that has one of
	// these tags. Default: backup=<name of the plan>.
	SelectionTags map[string]string `pulumi:"selectionTags,optional"`
	// Lock keeps everybody from storing backups too briefly or for too long.
	// Default: 7 to 3650 days, in governance mode.
	Lock *LockArgs `pulumi:"lock,optional"`
	// Deletable lets those who may by IAM delete recovery points and shorten their life.
	// Default: false, the vaults' policies refuse it to everybody.
	Deletable bool `pulumi:"deletable,optional"`
	// Copy puts every backup into a vault in another region, too. Default: none.
	Copy *CopyArgs `pulumi:"copy,optional"`
	// RestoreTest restores the last backups regularly. Default: every month.
	RestoreTest *RestoreTestArgs `pulumi:"restoreTest,optional"`
	// RestoreMinutes is how long a restore takes, for the objectives. Correct it by what
	// the restore tests show. Default: 240.
	RestoreMinutes int `pulumi:"restoreMinutes,optional"`

	// Alarms watches the jobs of the vault. Default: no alarms.
	Alarms *AlarmsArgs `pulumi:"alarms,optional"`
	// Events sends messages about failed jobs. Default: none.
	Events *EventsArgs `pulumi:"events,optional"`
	// DeletionProtection makes the engine refuse to delete or replace the vaults.
	// Default: true.
	DeletionProtection *bool `pulumi:"deletionProtection,optional"`
	// ForceDestroy deletes a vault's recovery points with the vault. Default: false, AWS
	// refuses to delete a vault that is not empty.
	ForceDestroy bool `pulumi:"forceDestroy,optional"`
	// Tags are put on everything that can have them. Default: none.
	Tags map[string]string `pulumi:"tags,optional"`
}

// RuleArgs say when backups are made and how long they are kept.
type RuleArgs struct {
	// Schedule is when backups start, UTC: cron(...) with AWS's six fields, at most once an
	// hour, or rate(...). Default: cron(0 5 * * ? *), daily at five.
	Schedule string `pulumi:"schedule,optional"`
	// StartWindowMinutes is within how many minutes AWS must start a backup, 60 or more.
	// Default: 60.
	StartWindowMinutes int `pulumi:"startWindowMinutes,optional"`
	// CompletionWindowMinutes is after how many minutes a backup is given up, an hour more
	// than the start window at least. Default: 480, or that.
	CompletionWindowMinutes int `pulumi:"completionWindowMinutes,optional"`
	// DeleteAfterDays is how long backups are kept. Default: 35.
	DeleteAfterDays int `pulumi:"deleteAfterDays,optional"`
	// ColdStorageAfterDays moves backups to cold storage, where they stay for 90 days at
	// least; types that know none pass it over. Default: 0, never.
	ColdStorageAfterDays int `pulumi:"coldStorageAfterDays,optional"`
	// Continuous keeps what is needed to restore to any second, for up to 35 days, of RDS,
	// Aurora and S3. AWS Backup then sets the database's own retention and backup window:
	// the database must ignore changes of both. Default: false.
	Continuous bool `pulumi:"continuous,optional"`
	// CopyDeleteAfterDays is how long copies are kept. Default: DeleteAfterDays.
	CopyDeleteAfterDays int `pulumi:"copyDeleteAfterDays,optional"`
}

// LockArgs are the retentions that a vault takes. In governance mode who may by IAM can
// lift the lock. In compliance mode nobody can, not even AWS: what is stored stays until
// its time is over, and so does the vault.
type LockArgs struct {
	// MinRetentionDays is the shortest retention. Default: 7.
	MinRetentionDays int `pulumi:"minRetentionDays,optional"`
	// MaxRetentionDays is the longest retention. Default: 3650.
	MaxRetentionDays int `pulumi:"maxRetentionDays,optional"`
	// ComplianceAfterDays turns to compliance mode for ever after so many days, 3 or more,
	// in which the lock can still be taken off. Default: 0, governance mode.
	ComplianceAfterDays int `pulumi:"complianceAfterDays,optional"`
}

// CopyArgs are a second vault in another region.
type CopyArgs struct {
	// Region is the other region.
	Region string `pulumi:"region"`
	// Provider is an AWS provider of the other region.
	Provider pulumi.ProviderResource
	// KmsKeyArn is a key in the other region. Required unless AwsManagedKey is set.
	KmsKeyArn pulumi.StringInput `pulumi:"kmsKeyArn,optional"`
	// AwsManagedKey encrypts with the other region's key aws/backup. Default: false.
	AwsManagedKey bool `pulumi:"awsManagedKey,optional"`
	// Lock is the other vault's lock. Default: 7 to 3650 days, in governance mode.
	Lock *LockArgs `pulumi:"lock,optional"`
	// CopyMinutes is how long a copy takes, for the objectives. Default: 120.
	CopyMinutes int `pulumi:"copyMinutes,optional"`
}

// RestoreTestArgs restore the last backup of each resource, and delete the result again.
type RestoreTestArgs struct {
	// Enabled is whether restores are tested. Default: true.
	Enabled *bool `pulumi:"enabled,optional"`
	// Schedule is when, UTC. Default: cron(0 9 1 * ? *), on the first of the month at nine.
	Schedule string `pulumi:"schedule,optional"`
	// StartWindowHours is within how many hours the restores start, 1 to 168. Default: 8.
	StartWindowHours int `pulumi:"startWindowHours,optional"`
	// SelectionWindowDays is how old a backup may be, 1 to 365. Default: 30.
	SelectionWindowDays int `pulumi:"selectionWindowDays,optional"`
	// ValidationWindowHours is how long the result is kept for validation, 1 to 168.
	// Default: 1.
	ValidationWindowHours int `pulumi:"validationWindowHours,optional"`
	// Types are the types of resources that are tested: Aurora, DocumentDB, DynamoDB, EBS,
	// EC2, EFS, FSx, Neptune, RDS and S3. Default: the four databases, without overrides.
	Types map[string]RestoreTypeArgs `pulumi:"types,optional"`
}

// RestoreTypeArgs are how resources of a type are restored for a test.
type RestoreTypeArgs struct {
	// Overrides replace what AWS Backup infers, such as dbSubnetGroupName of RDS, Aurora
	// and DocumentDB. Default: none.
	Overrides map[string]pulumi.StringInput `pulumi:"overrides,optional"`
}

// AlarmsArgs watch the vault's jobs. An alarm is raised in the minute in which AWS counts
// a job that failed.
type AlarmsArgs struct {
	// ActionArns are told when an alarm is raised and when it clears, such as SNS topics.
	// Default: nobody.
	ActionArns pulumi.StringArrayInput `pulumi:"actionArns,optional"`
}

// EventsArgs send messages about jobs that failed, were stopped or did not start in time.
type EventsArgs struct {
	// TopicArn is the topic; its policy must let events.amazonaws.com publish. Messages
	// about restores are about all of the account in the region.
	TopicArn pulumi.StringInput `pulumi:"topicArn"`
	// DeadLetterArn is an SQS queue that keeps what the topic does not take. Its policy must
	// let events.amazonaws.com send. Default: it is lost.
	DeadLetterArn pulumi.StringInput `pulumi:"deadLetterArn,optional"`
	// VaultEvents are events of the vault itself that are sent as well, such as
	// RECOVERY_POINT_MODIFIED; the topic's policy must then let backup.amazonaws.com
	// publish, too. Default: none.
	VaultEvents []string `pulumi:"vaultEvents,optional"`
}

const (
	dailyAtFive  = "cron(0 5 * * ? *)"
	firstAtNine  = "cron(0 9 1 * ? *)"
	leastWindow  = 60
	longestLived = 36500
)

func (a PlanArgs) withDefaults(name string) *PlanArgs {
	if len(a.Rules) == 0 {
		a.Rules = map[string]RuleArgs{"daily": {}}
	}
	rules := make(map[string]RuleArgs, len(a.Rules))
	for key, r := range a.Rules {
		rules[key] = r.withDefaults(a.Copy != nil)
	}
	a.Rules = rules
	if len(a.SelectionTags) == 0 {
		a.SelectionTags = map[string]string{"backup": name}
	}
	a.Lock = a.Lock.withDefaults()
	if a.Copy != nil {
		a.Copy = base.CopyOf(a.Copy)
		a.Copy.Lock = a.Copy.Lock.withDefaults()
		base.Default(&a.Copy.CopyMinutes, 120)
	}
	a.RestoreTest = a.RestoreTest.withDefaults()
	base.Default(&a.RestoreMinutes, 240)
	base.DefaultRef(&a.DeletionProtection, true)
	return &a
}

func (r RuleArgs) withDefaults(copied bool) RuleArgs {
	base.Default(&r.Schedule, dailyAtFive)
	base.Default(&r.StartWindowMinutes, leastWindow)
	base.Default(&r.CompletionWindowMinutes, max(480, r.StartWindowMinutes+leastWindow))
	base.Default(&r.DeleteAfterDays, 35)
	if copied {
		base.Default(&r.CopyDeleteAfterDays, r.DeleteAfterDays)
	}
	return r
}

func (l *LockArgs) withDefaults() *LockArgs {
	l = base.CopyOf(l)
	base.Default(&l.MinRetentionDays, 7)
	base.Default(&l.MaxRetentionDays, 3650)
	return l
}

func (t *RestoreTestArgs) withDefaults() *RestoreTestArgs {
	t = base.CopyOf(t)
	base.DefaultRef(&t.Enabled, true)
	base.Default(&t.Schedule, firstAtNine)
	base.Default(&t.StartWindowHours, 8)
	base.Default(&t.SelectionWindowDays, 30)
	base.Default(&t.ValidationWindowHours, 1)
	if len(t.Types) == 0 {
		t.Types = map[string]RestoreTypeArgs{"Aurora": {}, "DocumentDB": {}, "DynamoDB": {}, "RDS": {}}
	}
	return t
}
