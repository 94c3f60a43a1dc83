package document

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/internal/base"
	"github.com/plinth-iac/plinth/components/internal/datastore"
)

var (
	nameForm    = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
	keyForm     = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	versionForm = regexp.MustCompile(`^([0-9]{1,3})\.([0-9]{1,3})\.([0-9]{1,3})$`)
	userForm    = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9]{0,62}$`)
	parameter   = regexp.MustCompile(`^[a-zA-Z_]+$`)
)

const (
	// longestPrefix leaves room for the 26 characters that the provider appends, in the
	// 63 of an identifier.
	longestPrefix = 63 - 26
	mostInstances = 16
)

// family are instance classes of one kind.
type family struct {
	sizes []string
	// since is the first major version of the engine that runs on them.
	since int
}

// families are those that DocumentDB runs on. A size of r8g that AWS may have is let
// through.
var families = map[string]family{
	"t3":   {[]string{"medium"}, 3},
	"t4g":  {[]string{"medium"}, 4},
	"r5":   {[]string{"large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "12xlarge", "16xlarge", "24xlarge"}, 3},
	"r6g":  {[]string{"large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "12xlarge", "16xlarge"}, 4},
	"r6gd": {[]string{"xlarge", "2xlarge", "4xlarge", "8xlarge", "12xlarge", "16xlarge"}, 5},
	"r8g":  {[]string{"large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "12xlarge", "16xlarge", "24xlarge"}, 5},
}

// reserved are master usernames that DocumentDB keeps for itself.
var reserved = []string{"admin", "rdsadmin", "serviceadmin"}

func (a *ClusterArgs) validate(name string) error {
	var errs fielderr.List
	if !nameForm.MatchString(name) {
		errs.Invalid("name", name, "must be small letters, digits and single hyphens, and begin with a letter")
	}
	datastore.CheckNetwork(&errs, a.Region, a.VpcId, a.SubnetIds)
	datastore.CheckKey(&errs, a.KmsKeyArn, a.AwsManagedKey)
	datastore.CheckWindows(&errs, a.BackupWindow, a.MaintenanceWindow, 30)
	datastore.Between(&errs, "port", a.Port, 1150, 65535)
	datastore.Between(&errs, "backupRetentionDays", a.BackupRetentionDays, 1, 35)
	a.validateVersion(&errs)
	a.validateInstances(&errs, name)
	a.validateParameters(&errs)
	a.validateUser(&errs)
	a.Restore.validate(errs.At("restore"))
	a.Logs.validate(errs.At("logs"))
	if a.Events != nil && a.Events.TopicArn == nil {
		errs.Required("events.topicArn")
	}
	a.Alarms.validate(errs.At("alarms"))
	return errs.Err(fmt.Sprintf("document.Cluster %q", name))
}

func (a *ClusterArgs) validateVersion(errs *fielderr.List) {
	if _, known := storageTypes[a.Storage]; !known {
		errs.Unsupported("storage", a.Storage, string(Standard), string(IoOptimized))
	}
	if _, known := tlsValues[a.Tls]; !known {
		errs.Unsupported("tls", a.Tls, string(Tls12), string(Tls13), string(TlsFips), string(TlsAny))
	}
	major, _ := a.version()
	if major == 0 {
		errs.Invalid("engineVersion", a.EngineVersion, `must be three numbers such as "5.0.0"`)
		return
	}
	for path, need := range map[string]struct {
		asked bool
		value any
		least int
	}{
		"storage": {a.Storage == IoOptimized, a.Storage, 5},
		"tls":     {a.Tls == TlsFips, a.Tls, 5},
	} {
		if need.asked && major < need.least {
			errs.Invalid(path, need.value, "needs engine version %d.0.0 or newer, not %s", need.least, a.EngineVersion)
		}
	}
	if (a.Tls == Tls12 || a.Tls == Tls13) && major < 4 {
		errs.Invalid("tls", a.Tls, "needs engine version 4.0.0 or newer, not %s; TlsAny is what it has", a.EngineVersion)
	}
}

func (a *ClusterArgs) validateInstances(errs *fielderr.List, name string) {
	if len(a.Instances) > mostInstances {
		errs.Invalid("instances", len(a.Instances), "a cluster has at most %d", mostInstances)
	}
	for _, key := range base.SortedKeys(a.Instances) {
		instance, at := a.Instances[key], errs.At("instances", fielderr.Key(key))
		if !keyForm.MatchString(key) {
			at.Add("", "the key must be small letters, digits and single hyphens")
		} else if prefix := identifierPrefix(name, key); len(prefix) > longestPrefix {
			at.Add("", "%q is too long: the names of cluster and instance have at most %d characters together", name+"-"+key, longestPrefix-1)
		}
		a.validateClass(at, instance.Class)
		if instance.Zone != "" && !strings.HasPrefix(instance.Zone, a.Region) {
			at.Invalid("zone", instance.Zone, "is not in the region %s", a.Region)
		}
		datastore.Between(at, "promotionTier", *instance.PromotionTier, 0, 15)
	}
}

func (a *ClusterArgs) validateClass(errs *fielderr.List, class string) {
	kind, size, _ := strings.Cut(strings.TrimPrefix(class, "db."), ".")
	of, known := families[kind]
	major, _ := a.version()
	switch {
	case !known || !strings.HasPrefix(class, "db."):
		errs.Invalid("class", class, "must be a class such as db.r6g.large, of the families %s", strings.Join(base.SortedKeys(families), ", "))
	case !slices.Contains(of.sizes, size):
		errs.Invalid("class", class, "must be db.%s and one of %s", kind, strings.Join(of.sizes, ", "))
	case major > 0 && major < of.since:
		errs.Invalid("class", class, "needs engine version %d.0.0 or newer, not %s", of.since, a.EngineVersion)
	}
}

func (a *ClusterArgs) validateParameters(errs *fielderr.List) {
	own := map[string]string{"tls": "tls", "audit_logs": "logs.audit", "profiler": "logs.profiler", "profiler_threshold_ms": "logs.slowMs"}
	for _, key := range base.SortedKeys(a.Parameters) {
		path := fielderr.Join("parameters", fielderr.Key(key))
		if argument, owned := own[key]; owned {
			errs.Conflict(path, argument, "the parameter has an argument of its own")
		} else if !parameter.MatchString(key) {
			errs.Invalid(path, key, "is not the name of a parameter")
		}
	}
}

func (a *ClusterArgs) validateUser(errs *fielderr.List) {
	switch user := a.MasterUsername; {
	case !userForm.MatchString(user):
		errs.Invalid("masterUsername", user, "must be 1 to 63 letters and digits, and begin with a letter")
	case slices.Contains(reserved, strings.ToLower(user)):
		errs.Invalid("masterUsername", user, "is reserved by DocumentDB")
	}
}

func (r *RestoreArgs) validate(errs *fielderr.List) {
	if r == nil {
		return
	}
	switch {
	case r.SnapshotIdentifier == "" && r.SourceIdentifier == "":
		errs.Add("", "needs snapshotIdentifier or sourceIdentifier")
	case r.SnapshotIdentifier != "" && r.SourceIdentifier != "":
		errs.Conflict("sourceIdentifier", "snapshotIdentifier", "data comes from one of them")
	}
	if r.Time == "" {
		return
	}
	if r.SnapshotIdentifier != "" {
		errs.Conflict("time", "snapshotIdentifier", "a snapshot has a time of its own")
	}
	if _, err := time.Parse("2006-01-02T15:04:05Z", r.Time); err != nil {
		errs.Invalid("time", r.Time, `must be a time such as "2025-06-01T12:00:00Z", UTC`)
	}
}

func (l *LogsArgs) validate(errs *fielderr.List) {
	if _, known := auditValues[l.Audit]; !known {
		errs.Unsupported("audit", l.Audit, string(AuditNone), string(AuditDefinitions), string(AuditAll))
	}
	if l.SlowMs < 50 {
		errs.Invalid("slowMs", l.SlowMs, "must be 50 or more")
	}
	if !slices.Contains(base.LogRetention, l.RetentionDays) {
		errs.Invalid("retentionDays", l.RetentionDays, "CloudWatch Logs takes: %s", strings.Trim(fmt.Sprint(base.LogRetention), "[]"))
	}
}
