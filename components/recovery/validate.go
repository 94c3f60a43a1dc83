package recovery

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/iampolicy"
	"github.com/plinth-iac/plinth/components/internal/base"
	"github.com/plinth-iac/plinth/components/internal/datastore"
	"github.com/plinth-iac/plinth/components/recovery/internal/schedule"
)

var (
	// AWS takes 50 characters, of which "-copy-vault" and the random suffix need 19.
	nameForm = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]{0,30}$`)
	ruleForm = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,50}$`)

	restoreTypes = strings.Fields("Aurora DocumentDB DynamoDB EBS EC2 EFS FSx Neptune RDS S3")
	// The events that AWS still sends; those about failed backups and restores it does not.
	vaultEvents = strings.Fields("BACKUP_JOB_STARTED BACKUP_JOB_COMPLETED COPY_JOB_STARTED COPY_JOB_SUCCESSFUL COPY_JOB_FAILED " +
		"RESTORE_JOB_STARTED RESTORE_JOB_COMPLETED RECOVERY_POINT_MODIFIED")
)

const (
	mostContinuousDays = 35
	leastColdDays      = 90
	leastGraceDays     = 3
)

func (a *PlanArgs) validate(name string) error {
	var errs fielderr.List
	if !nameForm.MatchString(name) {
		errs.Invalid("name", name, "must be 1 to 31 letters, digits, hyphens and underscores, and begin with a letter: it is part of the vaults' names")
	}
	datastore.CheckRegion(&errs, a.Region)
	datastore.CheckKey(&errs, a.KmsKeyArn, a.AwsManagedKey)
	a.Lock.validate(errs.At("lock"))
	continuous := 0
	for key, r := range a.Rules {
		at := errs.At("rules", fielderr.Key(key))
		if !ruleForm.MatchString(key) {
			at.Add("", "the name must be 1 to 50 letters, digits, dots, hyphens and underscores")
		}
		r.validate(at, a)
		if r.Continuous {
			continuous++
		}
	}
	if continuous > 1 {
		errs.Add("rules", "%d rules are continuous; a resource has one continuous backup", continuous)
	}
	for key := range a.SelectionTags {
		if key == "" || strings.HasPrefix(strings.ToLower(key), "aws:") {
			errs.At("selectionTags").Invalid("", key, "is not a tag that a resource can be given")
		}
	}
	a.Copy.validate(errs.At("copy"), a.Region)
	a.RestoreTest.validate(errs.At("restoreTest"))
	if a.RestoreMinutes < 1 {
		errs.Invalid("restoreMinutes", a.RestoreMinutes, "must be at least 1")
	}
	a.Events.validate(errs.At("events"))
	return errs.Err(fmt.Sprintf("recovery.Plan %q", name))
}

func (r RuleArgs) validate(errs *fielderr.List, a *PlanArgs) {
	gap := checkSchedule(errs, r.Schedule)
	if r.StartWindowMinutes < leastWindow {
		errs.Invalid("startWindowMinutes", r.StartWindowMinutes, "must be at least %d", leastWindow)
	}
	if least := r.StartWindowMinutes + leastWindow; r.CompletionWindowMinutes < least {
		errs.Invalid("completionWindowMinutes", r.CompletionWindowMinutes, "must be at least an hour more than the start window: %d", least)
	}
	a.Lock.check(errs, "deleteAfterDays", r.DeleteAfterDays, "lock")
	if kept := time.Duration(r.DeleteAfterDays) * 24 * time.Hour; gap > kept {
		errs.Invalid("deleteAfterDays", r.DeleteAfterDays, "is less than the %d days until the next backup: there would be times without any", gap/(24*time.Hour))
	}
	switch {
	case r.ColdStorageAfterDays < 0:
		errs.Invalid("coldStorageAfterDays", r.ColdStorageAfterDays, "must not be negative")
	case r.ColdStorageAfterDays > 0 && r.Continuous:
		errs.Conflict("coldStorageAfterDays", "continuous", "continuous backups cannot be moved")
	case r.ColdStorageAfterDays > 0 && r.DeleteAfterDays < r.ColdStorageAfterDays+leastColdDays:
		errs.Invalid("coldStorageAfterDays", r.ColdStorageAfterDays, "needs deleteAfterDays of %d: what is cold is paid for %d days", r.ColdStorageAfterDays+leastColdDays, leastColdDays)
	}
	if r.Continuous && r.DeleteAfterDays > mostContinuousDays {
		errs.Invalid("deleteAfterDays", r.DeleteAfterDays, "must be at most %d for a continuous backup", mostContinuousDays)
	}
	switch {
	case a.Copy != nil:
		a.Copy.Lock.check(errs, "copyDeleteAfterDays", r.CopyDeleteAfterDays, "copy.lock")
	case r.CopyDeleteAfterDays != 0:
		errs.Add("copyDeleteAfterDays", "needs copy: nothing is copied")
	}
}

// checkSchedule gives the longest time between two backups, 0 for what is not valid.
func checkSchedule(errs *fielderr.List, text string) time.Duration {
	s, err := schedule.Parse(text)
	if err != nil {
		errs.Invalid("schedule", text, "%s", err)
		return 0
	}
	gap, ever := s.LongestGap()
	if !ever {
		errs.Invalid("schedule", text, "there is no such day")
	}
	if s.OftenerThanHourly() {
		errs.Invalid("schedule", text, "is more often than once an hour")
	}
	return gap
}

// check holds a retention against the lock of the vault that it is for.
func (l *LockArgs) check(errs *fielderr.List, path string, days int, lock string) {
	if days < l.MinRetentionDays || days > l.MaxRetentionDays {
		errs.Invalid(path, days, "must be %d to %d, as %s says", l.MinRetentionDays, l.MaxRetentionDays, lock)
	}
}

func (l *LockArgs) validate(errs *fielderr.List) {
	datastore.Between(errs, "minRetentionDays", l.MinRetentionDays, 1, longestLived)
	datastore.Between(errs, "maxRetentionDays", l.MaxRetentionDays, 1, longestLived)
	if l.MaxRetentionDays < l.MinRetentionDays {
		errs.Invalid("maxRetentionDays", l.MaxRetentionDays, "is less than minRetentionDays (%d)", l.MinRetentionDays)
	}
	if l.ComplianceAfterDays != 0 {
		datastore.Between(errs, "complianceAfterDays", l.ComplianceAfterDays, leastGraceDays, longestLived)
	}
}

func (c *CopyArgs) validate(errs *fielderr.List, home string) {
	if c == nil {
		return
	}
	datastore.CheckRegion(errs, c.Region)
	if c.Region != "" {
		switch {
		case c.Region == home:
			errs.Invalid("region", c.Region, "is the plan's own region: a copy there would be lost with it")
		case iampolicy.Partition(c.Region) != iampolicy.Partition(home):
			errs.Invalid("region", c.Region, "is in another partition than %s", home)
		}
	}
	if c.Provider == nil {
		errs.Required("provider")
	}
	datastore.CheckKey(errs, c.KmsKeyArn, c.AwsManagedKey)
	c.Lock.validate(errs.At("lock"))
	if c.CopyMinutes < 1 {
		errs.Invalid("copyMinutes", c.CopyMinutes, "must be at least 1")
	}
}

func (t *RestoreTestArgs) validate(errs *fielderr.List) {
	checkSchedule(errs, t.Schedule)
	datastore.Between(errs, "startWindowHours", t.StartWindowHours, 1, 168)
	datastore.Between(errs, "selectionWindowDays", t.SelectionWindowDays, 1, 365)
	datastore.Between(errs, "validationWindowHours", t.ValidationWindowHours, 1, 168)
	for key, args := range t.Types {
		at := errs.At("types", fielderr.Key(key))
		if !slices.Contains(restoreTypes, key) {
			at.Unsupported("", key, restoreTypes...)
		}
		for _, override := range base.SortedKeys(args.Overrides) {
			if args.Overrides[override] == nil {
				at.At("overrides").Required(fielderr.Key(override))
			}
		}
	}
}

func (e *EventsArgs) validate(errs *fielderr.List) {
	if e == nil {
		return
	}
	if e.TopicArn == nil {
		errs.Required("topicArn")
	}
	for i, event := range e.VaultEvents {
		if !slices.Contains(vaultEvents, event) {
			errs.At("vaultEvents", fielderr.Index(i)).Unsupported("", event, vaultEvents...)
		}
	}
}
