package aws

import (
	"regexp"
	"slices"
	"strings"
)

const (
	docVault     = "AWS Backup Developer Guide: Backup vaults"
	docPlan      = "AWS Backup Developer Guide: Backup plan options and configuration"
	docLifecycle = "AWS Backup API Reference: Lifecycle"
	docSelection = "AWS Backup Developer Guide: Selecting resources to back up"
	docVaultLock = "AWS Backup Developer Guide: AWS Backup Vault Lock"
	docRestore   = "AWS Backup Developer Guide: Restore testing"

	backupInvalid = "InvalidParameterValueException"
	vaultParts    = "backup.vaultLockConfiguration backup.vaultNotifications backup.vaultPolicy"
)

var (
	vaultForm    = regexp.MustCompile(`^[a-zA-Z0-9_-]{2,50}$`)
	backupName   = regexp.MustCompile(`^[a-zA-Z0-9_.-]{1,50}$`)
	restoreName  = regexp.MustCompile(`^[a-zA-Z0-9_]{1,50}$`)
	rateForm     = regexp.MustCompile(`^rate\(([1-9]\d*) (minute|hour|day)(s?)\)$`)
	scheduleForm = regexp.MustCompile(`^cron\(([^)]+)\)$`)
)

// backupRules are those of AWS Backup.
var backupRules = []Rule{
	{ID: "vault-name", Code: backupInvalid, Source: docVault, Kinds: "backup.vault backup.logicallyAirGappedVault", On: Create, Check: func(r *Request) string {
		if name := r.New.Str("name"); !vaultForm.MatchString(name) {
			return say("Invalid backup vault name '%s': 2 to 50 letters, digits, hyphens and underscores.", name)
		}
		return ""
	}},
	{ID: "vault-taken", Code: "AlreadyExistsException", Source: docVault, Kinds: "backup.vault backup.logicallyAirGappedVault", On: Create, Check: func(r *Request) string {
		if r.vault(r.New.Str("name")) != nil {
			return say("Backup vault with the same name already exists: %s", r.New.Str("name"))
		}
		return ""
	}},
	{ID: "vault-key", Code: backupInvalid, Source: "AWS Backup Developer Guide: Encryption for backups in AWS Backup", Kinds: "backup.vault", On: Create, Check: func(r *Request) string {
		key := r.New.Str("kmsKeyArn")
		if _, ok := parseARN(key); key != "" && !ok {
			return say("Invalid KMS key ARN: %s", key)
		}
		return r.keyMissing(key)
	}},
	{ID: "vault-not-empty", Code: "InvalidRequestException", Source: "AWS Backup Developer Guide: Delete a backup vault", Kinds: "backup.vault", On: Delete, Check: func(r *Request) string {
		if r.Old.Int("recoveryPoints") > 0 && !r.Old.Bool("forceDestroy") {
			return "Backup vault cannot be deleted because it contains recovery points."
		}
		return ""
	}},
	{ID: "vault-missing", Code: "ResourceNotFoundException", Source: docVault, Kinds: vaultParts, On: Create, Check: func(r *Request) string {
		if name := r.New.Str("backupVaultName"); r.vault(name) == nil && name != "Default" {
			return say("Backup vault %s does not exist.", name)
		}
		return ""
	}},
	{ID: "vault-lock-range", Code: backupInvalid, Source: docVaultLock, Kinds: "backup.vaultLockConfiguration", On: Create, Check: func(r *Request) string {
		least, most := r.New.Int("minRetentionDays"), r.New.Int("maxRetentionDays")
		switch {
		case r.New.Has("changeableForDays") && !within(r.New, "changeableForDays", 3, 36500):
			return "ChangeableForDays must be at least 3 days."
		case r.New.Has("minRetentionDays") && least < 1, most > 36500, most != 0 && most < least:
			return say("Invalid vault lock retention: at least %d, at most %d days.", least, most)
		}
		return ""
	}},
	{ID: "air-gapped-range", Code: backupInvalid, Source: "AWS Backup Developer Guide: Logically air-gapped vault", Kinds: "backup.logicallyAirGappedVault", On: Create, Check: func(r *Request) string {
		least, most := r.New.Int("minRetentionDays"), r.New.Int("maxRetentionDays")
		if least < 7 || most > 36500 || most < least {
			return say("Invalid retention of a logically air-gapped vault: %d to %d days; the minimum is 7.", least, most)
		}
		return ""
	}},
	{ID: "vault-policy", Code: backupInvalid, Source: "AWS Backup Developer Guide: Vault access policies", Kinds: "backup.vaultPolicy", On: Write, Check: func(r *Request) string {
		return policyProblem(r.New.Str("policy"), resourcePolicy)
	}},
	{ID: "vault-events", Code: backupInvalid, Source: "AWS Backup Developer Guide: Notification options with AWS Backup", Kinds: "backup.vaultNotifications", On: Create, Check: func(r *Request) string {
		known := "BACKUP_JOB_STARTED BACKUP_JOB_COMPLETED BACKUP_JOB_SUCCESSFUL BACKUP_JOB_FAILED BACKUP_JOB_EXPIRED COPY_JOB_STARTED COPY_JOB_SUCCESSFUL COPY_JOB_FAILED " +
			"RESTORE_JOB_STARTED RESTORE_JOB_COMPLETED RESTORE_JOB_SUCCESSFUL RESTORE_JOB_FAILED RECOVERY_POINT_MODIFIED BACKUP_PLAN_CREATED BACKUP_PLAN_MODIFIED S3_BACKUP_OBJECT_FAILED S3_RESTORE_OBJECT_FAILED RECOVERY_POINT_INDEX_COMPLETED RECOVERY_POINT_INDEX_DELETED RECOVERY_POINT_INDEXING_FAILED CONTINUOUS_BACKUP_INTERRUPTED"
		for _, event := range r.New.Strs("backupVaultEvents") {
			if !oneOf(event, known) {
				return say("Invalid backup vault event: %s", event)
			}
		}
		if topic := r.New.Str("snsTopicArn"); r.ByARN("sns.topic", topic) == nil {
			return say("The SNS topic %s does not exist.", topic)
		}
		return ""
	}},
	{ID: "plan-name", Code: backupInvalid, Source: docPlan, Kinds: "backup.plan", On: Write, Check: func(r *Request) string {
		seen := map[string]bool{}
		names := []string{r.New.Str("name")}
		for _, rule := range r.New.Objs("rules") {
			name := rule.Str("ruleName")
			if seen[name] {
				return say("Duplicate rule name in the backup plan: %s", name)
			}
			seen[name] = true
			names = append(names, name)
		}
		for _, name := range names {
			if !backupName.MatchString(name) {
				return say("Invalid backup plan or rule name '%s': 1 to 50 letters, digits, periods, hyphens and underscores.", name)
			}
		}
		return ""
	}},
	{ID: "plan-schedule", Code: backupInvalid, Source: "AWS Backup Developer Guide: Cron expressions and rate expressions for AWS Backup", Kinds: "backup.plan", On: Write, Check: func(r *Request) string {
		return eachRule(r, func(rule Obj) string {
			if text := rule.Str("schedule"); text != "" && !validSchedule(text) {
				return say("Invalid schedule expression: %s", text)
			}
			return ""
		})
	}},
	{ID: "plan-frequency", Code: backupInvalid, Source: docPlan, Kinds: "backup.plan", On: Write, Check: func(r *Request) string {
		return eachRule(r, func(rule Obj) string {
			m := scheduleForm.FindStringSubmatch(rule.Str("schedule"))
			if m == nil {
				return ""
			}
			if minutes := strings.Fields(m[1])[0]; minutes == "*" || strings.ContainsAny(minutes, ",/-") {
				return "The schedule runs more often than once an hour."
			}
			return ""
		})
	}},
	{ID: "plan-vault", Code: "ResourceNotFoundException", Source: docPlan, Kinds: "backup.plan", On: Write, Check: func(r *Request) string {
		return eachRule(r, func(rule Obj) string {
			if name := rule.Str("targetVaultName"); name != "Default" && r.Find("backup.vault", name) == nil {
				return say("Backup vault %s does not exist.", name)
			}
			return ""
		})
	}},
	{ID: "plan-lifecycle", Code: backupInvalid, Source: docLifecycle, Kinds: "backup.plan", On: Write, Check: func(r *Request) string {
		return eachRule(r, func(rule Obj) string {
			lifecycles := []Obj{rule.Obj("lifecycle")}
			for _, c := range rule.Objs("copyActions") {
				lifecycles = append(lifecycles, c.Obj("lifecycle"))
			}
			for _, l := range lifecycles {
				cold, gone := l.Int("coldStorageAfter"), l.Int("deleteAfter")
				switch {
				case l.Get("deleteAfter") != nil && gone != 0 && (gone < 1 || gone > 36500):
					return "Invalid lifecycle. DeleteAfterDays cannot be less than 1 or more than 36500 days"
				case cold > 0 && gone > 0 && gone < cold+90:
					return "Invalid lifecycle. DeleteAfterDays cannot be less than 90 days apart from MoveToColdStorageAfterDays"
				}
			}
			return ""
		})
	}},
	{ID: "plan-continuous", Code: backupInvalid, Source: "AWS Backup Developer Guide: Continuous backups and point-in-time recovery (PITR)", Kinds: "backup.plan", On: Write, Check: func(r *Request) string {
		return eachRule(r, func(rule Obj) string {
			l := rule.Obj("lifecycle")
			switch {
			case !rule.Bool("enableContinuousBackup"):
			case l.Int("coldStorageAfter") > 0:
				return "Invalid lifecycle. MoveToColdStorageAfterDays is unavailable"
			case l.Int("deleteAfter") == 0 || l.Int("deleteAfter") > 35:
				return "Invalid lifecycle. DeleteAfterDays of a continuous backup is between 1 and 35 days"
			}
			return ""
		})
	}},
	{ID: "plan-windows", Code: backupInvalid, Source: docPlan, Kinds: "backup.plan", On: Write, Check: func(r *Request) string {
		return eachRule(r, func(rule Obj) string {
			start, end := rule.Int("startWindow"), rule.Int("completionWindow")
			if start != 0 && start < 60 {
				return "Invalid start window: it must be at least 60 minutes."
			}
			if start != 0 && end != 0 && end < start+60 {
				return "Invalid completion window: it must be at least 60 minutes longer than the start window."
			}
			return ""
		})
	}},
	{ID: "plan-copy-vault", Code: backupInvalid, Source: "AWS Backup Developer Guide: Creating backup copies across AWS Regions", Kinds: "backup.plan", On: Write, Check: func(r *Request) string {
		return eachRule(r, func(rule Obj) string {
			for _, c := range rule.Objs("copyActions") {
				dest := c.Str("destinationVaultArn")
				a, ok := parseARN(dest)
				name, isVault := strings.CutPrefix(a.resource, "backup-vault:")
				switch {
				case !ok || a.service != "backup" || !isVault || !KnownRegion(a.region):
					return say("Invalid destination backup vault ARN: %s", dest)
				case a.region == r.Region && a.account == r.Account && name == rule.Str("targetVaultName"):
					return "The destination backup vault of a copy can't be the target vault of the rule."
				case a.account == r.Account && name != "Default" && r.anywhere("backup.vault", "arn", dest) == nil && r.anywhere("backup.logicallyAirGappedVault", "arn", dest) == nil:
					return say("The destination backup vault %s does not exist.", dest)
				}
			}
			return ""
		})
	}},
	{ID: "plan-vault-lock", Code: backupInvalid, Source: docVaultLock, Kinds: "backup.plan", On: Write, Check: func(r *Request) string {
		return eachRule(r, func(rule Obj) string {
			lock := r.By("backup.vaultLockConfiguration", "backupVaultName", rule.Str("targetVaultName")).props()
			days, least, most := rule.Int("lifecycle.deleteAfter"), lock.Int("minRetentionDays"), lock.Int("maxRetentionDays")
			if lock != nil && (days != 0 && days < least || most != 0 && (days == 0 || days > most)) {
				return say("The retention of %d days is outside the range of the locked vault: %d to %d days.", days, least, most)
			}
			return ""
		})
	}},
	{ID: "plan-advanced", Code: backupInvalid, Source: docPlan, Kinds: "backup.plan", On: Write, Check: func(r *Request) string {
		for _, s := range r.New.Objs("advancedBackupSettings") {
			if s.Str("resourceType") != "EC2" {
				return say("Invalid resource type of advanced backup settings: %s", s.Str("resourceType"))
			}
		}
		return ""
	}},
	{ID: "plan-selections", Code: "InvalidRequestException", Source: "AWS Backup Developer Guide: Delete a backup plan", Kinds: "backup.plan", On: Delete, Waits: true, Check: func(r *Request) string {
		if r.By("backup.selection", "planId", r.ID) != nil {
			return "Related backup plan selections must be deleted prior to backup plan deletion"
		}
		return ""
	}},
	{ID: "selection-plan", Code: "ResourceNotFoundException", Source: docSelection, Kinds: "backup.selection", On: Create, Check: func(r *Request) string {
		if r.Find("backup.plan", r.New.Str("planId")) == nil {
			return say("Cannot find Backup plan with ID %s", r.New.Str("planId"))
		}
		return ""
	}},
	{ID: "selection-name", Code: backupInvalid, Source: docSelection, Kinds: "backup.selection", On: Create, Check: func(r *Request) string {
		name := r.New.Str("name")
		if !backupName.MatchString(name) {
			return say("Invalid backup selection name '%s': 1 to 50 letters, digits, periods, hyphens and underscores.", name)
		}
		for _, other := range r.All("backup.selection") {
			if other.Props.Str("planId") == r.New.Str("planId") && other.Props.Str("name") == name {
				return say("Backup selection with the same name already exists: %s", name)
			}
		}
		return ""
	}},
	{ID: "selection-role", Code: backupInvalid, Source: "AWS Backup Developer Guide: IAM service roles", Kinds: "backup.selection backup.restoreTestingSelection", On: Write, Check: func(r *Request) string {
		if role := r.New.Str("iamRoleArn"); !r.assumable(role, "backup.amazonaws.com") {
			return say("IAM Role %s cannot be assumed by AWS Backup", role)
		}
		return ""
	}},
	{ID: "selection-what", Code: backupInvalid, Source: docSelection, Kinds: "backup.selection", On: Create, Check: func(r *Request) string {
		if !r.New.Has("resources") && !r.New.Has("selectionTags") && !r.New.Has("conditions") {
			return "A backup selection needs resources, tags or conditions."
		}
		if len(r.New.Strs("resources")) > 500 || len(r.New.Strs("notResources")) > 500 {
			return "A backup selection can have at most 500 ARNs."
		}
		return ""
	}},
	{ID: "selection-arns", Code: backupInvalid, Source: docSelection, Kinds: "backup.selection", On: Create, Check: func(r *Request) string {
		for _, text := range append(r.New.Strs("resources"), r.New.Strs("notResources")...) {
			if _, ok := parseARN(text); !ok && text != "*" {
				return say("Invalid ARN in the backup selection: %s", text)
			}
		}
		return ""
	}},
	{ID: "selection-tags", Code: backupInvalid, Source: docSelection, Kinds: "backup.selection", On: Create, Check: func(r *Request) string {
		for _, tag := range r.New.Objs("selectionTags") {
			if tag.Str("type") != "STRINGEQUALS" {
				return say("Invalid condition type of a selection tag: %s", tag.Str("type"))
			}
		}
		for _, group := range r.New.Objs("conditions") {
			for _, list := range group {
				for _, c := range (Obj{"c": list}).Objs("c") {
					if !strings.HasPrefix(c.Str("key"), "aws:ResourceTag/") {
						return say("Invalid condition key %s: it must begin with aws:ResourceTag/", c.Str("key"))
					}
				}
			}
		}
		return ""
	}},
	{ID: "restore-plan", Code: backupInvalid, Source: docRestore, Kinds: "backup.restoreTestingPlan", On: Write, Check: func(r *Request) string {
		s := r.New.Obj("recoveryPointSelection")
		switch {
		case !restoreName.MatchString(r.New.Str("name")):
			return say("Invalid restore testing plan name '%s': 1 to 50 letters, digits and underscores.", r.New.Str("name"))
		case !validSchedule(r.New.Str("scheduleExpression")):
			return say("Invalid schedule expression: %s", r.New.Str("scheduleExpression"))
		case r.New.Has("startWindowHours") && !within(r.New, "startWindowHours", 1, 168):
			return "The start window of a restore testing plan is between 1 and 168 hours."
		case !oneOf(s.Str("algorithm"), "LATEST_WITHIN_WINDOW RANDOM_WITHIN_WINDOW"):
			return say("Invalid algorithm: %s", s.Str("algorithm"))
		case len(s.Strs("includeVaults")) == 0 || len(s.Strs("recoveryPointTypes")) == 0:
			return "A restore testing plan needs IncludeVaults and RecoveryPointTypes."
		case s.Has("selectionWindowDays") && !within(s, "selectionWindowDays", 1, 365):
			return "The selection window of a restore testing plan is between 1 and 365 days."
		}
		for _, kind := range s.Strs("recoveryPointTypes") {
			if !oneOf(kind, "CONTINUOUS SNAPSHOT") {
				return say("Invalid recovery point type: %s", kind)
			}
		}
		for _, vault := range append(s.Strs("includeVaults"), s.Strs("excludeVaults")...) {
			if a, ok := parseARN(vault); vault != "*" && (!ok || !strings.HasPrefix(a.resource, "backup-vault:")) {
				return say("Invalid backup vault ARN: %s", vault)
			}
		}
		return ""
	}},
	{ID: "restore-selection", Code: backupInvalid, Source: docRestore, Kinds: "backup.restoreTestingSelection", On: Write, Check: func(r *Request) string {
		types := "Aurora DocumentDB DynamoDB EBS EC2 EFS FSx Neptune RDS S3"
		switch {
		case !restoreName.MatchString(r.New.Str("name")):
			return say("Invalid restore testing selection name '%s'", r.New.Str("name"))
		case r.By("backup.restoreTestingPlan", "name", r.New.Str("restoreTestingPlanName")) == nil:
			return say("The restore testing plan %s does not exist.", r.New.Str("restoreTestingPlanName"))
		case !oneOf(r.New.Str("protectedResourceType"), types):
			return say("Invalid protected resource type %s. Valid types are: %s", r.New.Str("protectedResourceType"), types)
		case r.New.Has("protectedResourceArns") == r.New.Has("protectedResourceConditions"):
			return "Exactly one of ProtectedResourceArns and ProtectedResourceConditions must be given."
		case !within(r.New, "validationWindowHours", 0, 168):
			return "The validation window is at most 168 hours."
		}
		return ""
	}},
}

// eachRule judges each rule of a backup plan and names it.
func eachRule(r *Request, check func(rule Obj) string) string {
	for _, rule := range r.New.Objs("rules") {
		if wrong := check(rule); wrong != "" {
			return say("Error in rule %s : %s", rule.Str("ruleName"), wrong)
		}
	}
	return ""
}

func (r *Request) vault(name string) *Resource {
	if v := r.By("backup.vault", "name", name); v != nil {
		return v
	}
	return r.By("backup.logicallyAirGappedVault", "name", name)
}

// scheduleFields are the fields of AWS's cron expressions, which have a year and no Sunday at both ends.
var scheduleFields = []struct {
	lo, hi int
	names  string
}{{0, 59, ""}, {0, 23, ""}, {1, 31, ""}, {1, 12, "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC"}, {1, 7, "SUN MON TUE WED THU FRI SAT"}, {1970, 2199, ""}}

// validSchedule judges an AWS schedule expression: cron(...) with six fields, exactly one of day and weekday being "?", or rate(...).
func validSchedule(text string) bool {
	if m := rateForm.FindStringSubmatch(text); m != nil {
		return (m[1] == "1") == (m[3] == "")
	}
	m := scheduleForm.FindStringSubmatch(text)
	if m == nil {
		return false
	}
	fields := strings.Fields(m[1])
	if len(fields) != 6 || (fields[2] == "?") == (fields[4] == "?") {
		return false
	}
	for i, field := range fields {
		if field == "?" {
			if i != 2 && i != 4 {
				return false
			}
			continue
		}
		f := scheduleFields[i]
		valid := func(part string) bool {
			part = strings.ToUpper(part)
			switch {
			case i == 2 && (part == "L" || part == "LW" || strings.HasSuffix(part, "W")):
				return true
			case i == 4 && (part == "L" || strings.HasSuffix(part, "L") || strings.Contains(part, "#")):
				return true
			}
			if i == 4 { // the shared parser counts Sunday as 0
				return validCronPart(part, 0, f.hi, f.names) && !strings.HasPrefix(part, "0")
			}
			return validCronPart(part, f.lo, f.hi, f.names)
		}
		if slices.ContainsFunc(strings.Split(field, ","), func(part string) bool { return !valid(part) }) {
			return false
		}
	}
	return true
}
