package database

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/iampolicy"
	"github.com/plinth-iac/plinth/components/internal/base"
	"github.com/plinth-iac/plinth/components/internal/datastore"
)

const (
	// longestName leaves room for the names of what the database is made of.
	longestName = 40
	// leastPassword is in characters.
	leastPassword = 8
)

var (
	certificates = []string{"rds-ca-rsa2048-g1", "rds-ca-rsa4096-g1", "rds-ca-ecc384-g1"}
	intervals    = []int{0, 1, 5, 10, 15, 30, 60}

	keyForm      = regexp.MustCompile(`^[a-z0-9](-?[a-z0-9])*$`)
	classForm    = regexp.MustCompile(`^db\.[a-z]+[0-9]+[a-z]*\.([0-9]*[a-z]+)$`)
	nameForm     = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	snapshotForm = regexp.MustCompile(`^(arn:.+|(rds:)?[A-Za-z](-?[A-Za-z0-9])*)$`)
)

// validate checks what both shapes share. The rest of the args is checked where it is
// declared.
func (c *core) validate(errs *fielderr.List, chosen Engine, engines map[Engine]engine) {
	datastore.CheckName(errs, "name", c.name, longestName)
	if c.name != strings.ToLower(c.name) {
		errs.Invalid("name", c.name, "must be lower-case, as AWS makes it")
	}
	datastore.CheckNetwork(errs, c.region, c.vpcId, c.subnetIds)
	if c.engine.aws == "" {
		fielderr.OneOf(errs, "engine", chosen, base.SortedKeys(engines)...)
		return // nothing else can be judged
	}
	majors := strings.Join(c.engine.majors, ", ")
	if c.engine.exactly && !c.engine.isMinor(c.engineVersion) {
		errs.Invalid("engineVersion", c.engineVersion, "must be a minor version such as %s; its major version one of: %s", c.engine.current, majors)
	} else if c.engine.major(c.engineVersion) == "" {
		errs.Invalid("engineVersion", c.engineVersion, "must be a major version (%s) or a minor version of one", majors)
	}
	datastore.Between(errs, "port", c.port, 1150, 65535)
	if c.databaseName != "" && (!nameForm.MatchString(c.databaseName) || len(c.databaseName) > 63 ||
		slices.Contains(systemDatabases, strings.ToLower(c.databaseName))) {
		errs.Invalid("databaseName", c.databaseName, "must be 1 to 63 letters, digits and underscores, not begin with a digit, and be no database of the engine's own")
	}
	c.validateCredentials(errs.At("credentials"))
	c.monitoring.validate(errs.At("monitoring"), c.engine)
	c.proxy.validate(errs.At("proxy"), c.engine)
	c.alarms.validate(errs.At("alarms"))
}

var systemDatabases = []string{"rdsadmin", "template0", "template1", "mysql", "information_schema", "performance_schema", "sys"}

func (c *core) validateCredentials(errs *fielderr.List) {
	user := c.credentials.Username
	if !nameForm.MatchString(user) || len(user) > c.engine.longestUser {
		errs.Invalid("username", user, "must be 1 to %d letters, digits and underscores, and not begin with a digit", c.engine.longestUser)
	} else if slices.Contains(c.engine.reserved, strings.ToLower(user)) {
		errs.Invalid("username", user, "is a name of the engine's own")
	}
	if c.managed() {
		if c.credentials.Rotation != nil {
			errs.Add("rotation", "needs password: AWS rotates a password that it manages, every seven days")
		}
		if c.credentials.Reset {
			errs.Add("reset", "needs password: AWS manages the password")
		}
		return
	}
	if password, known := c.credentials.Password.(pulumi.String); known && !c.engine.takes(string(password)) {
		errs.Add("password", "must be %d to %d printable ASCII characters without space, /, @ and \"", leastPassword, c.engine.longestPassword)
	}
	r := errs.At("rotation")
	datastore.Between(r, "days", c.credentials.Rotation.Days, 1, 1000)
	if partition := iampolicy.Partition(c.region); c.credentials.Rotation.LambdaArn == nil && rotatorOwners[partition] == "" {
		r.Add("lambdaArn", "is required in the partition %s, where AWS publishes no rotation function", partition)
	}
}

// takes says that AWS takes a password.
func (e engine) takes(password string) bool {
	unfit := func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune(`/@"`, r) }
	return len(password) >= leastPassword && len(password) <= e.longestPassword && !strings.ContainsFunc(password, unfit)
}

func (m *MonitoringArgs) validate(errs *fielderr.List, e engine) {
	if !slices.Contains(intervals, *m.IntervalSeconds) {
		errs.Invalid("intervalSeconds", *m.IntervalSeconds, "must be 0, 1, 5, 10, 15, 30 or 60")
	}
	fielderr.OneOf(errs, "insights", m.Insights, InsightsOff, InsightsStandard, InsightsAdvanced)
	days := m.InsightsDays
	switch {
	case m.Insights == InsightsOff && days != 0:
		errs.Conflict("insightsDays", "insights", "nothing is kept")
	case m.Insights == InsightsAdvanced && days < leastAdvancedDays:
		errs.Invalid("insightsDays", days, "must be %d or more with insights Advanced", leastAdvancedDays)
	case days != 0 && days != 7 && days != 731 && (days < 0 || days%31 != 0 || days > 23*31):
		errs.Invalid("insightsDays", days, "must be 7, 731, or a multiple of 31 in between")
	}
	for i, log := range m.Logs {
		fielderr.OneOf(errs, fielderr.Join("logs", fielderr.Index(i)), log, e.logs...)
	}
}

func (p *ProxyArgs) validate(errs *fielderr.List, e engine) {
	if p == nil {
		return
	}
	if !*p.PinOnSet && e.proxy != mysqlEngine.proxy {
		errs.Invalid("pinOnSet", false, "is for MySQL: AWS has no such filter for PostgreSQL; what all clients set belongs in initQuery")
	}
	datastore.Between(errs, "idleClientSeconds", p.IdleClientSeconds, 1, 28800)
	datastore.Between(errs, "maxConnectionsPercent", p.MaxConnectionsPercent, 1, 100)
	datastore.Between(errs, "maxIdlePercent", *p.MaxIdlePercent, 0, p.MaxConnectionsPercent)
	datastore.Between(errs, "borrowSeconds", *p.BorrowSeconds, 0, 300)
	for _, key := range base.SortedKeys(p.SecretArns) {
		if p.SecretArns[key] == nil {
			errs.Required(fielderr.Join("secretArns", fielderr.Key(key)))
		}
	}
}

func (m *AlarmsArgs) validate(errs *fielderr.List) {
	if m == nil {
		return
	}
	percent(errs, "cpuPercent", m.CpuPercent)
	for path, value := range map[string]int{
		"freeMemoryMib": m.FreeMemoryMib, "freeStorageGib": m.FreeStorageGib, "connections": m.Connections,
		"replicaLagSeconds": m.ReplicaLagSeconds, "borrowMillis": m.BorrowMillis, "pinnedSessions": m.PinnedSessions,
	} {
		if value < 0 {
			errs.Invalid(path, value, "must be above 0")
		}
	}
}

func (r *RestoreArgs) validate(errs *fielderr.List) {
	if r == nil {
		return
	}
	switch {
	case (r.SnapshotIdentifier == "") == (r.SourceIdentifier == ""):
		errs.Add("", "needs one of snapshotIdentifier and sourceIdentifier")
	case r.SnapshotIdentifier != "" && (!snapshotForm.MatchString(r.SnapshotIdentifier) || len(r.SnapshotIdentifier) > 255):
		errs.Invalid("snapshotIdentifier", r.SnapshotIdentifier,
			"must be an ARN, or letters, digits and single hyphens, beginning with a letter (or rds: before one), 255 at most")
	case r.SourceIdentifier != "":
		datastore.CheckName(errs, "sourceIdentifier", r.SourceIdentifier, 63)
	}
	if r.Time == "" {
		return
	}
	if r.SourceIdentifier == "" {
		errs.Add("time", "needs sourceIdentifier: a snapshot has a time of its own")
	}
	if _, err := time.Parse("2006-01-02T15:04:05Z", r.Time); err != nil {
		errs.Invalid("time", r.Time, "must be a time in UTC such as 2026-03-29T08:00:00Z")
	}
}

func (e *EventsArgs) validate(errs *fielderr.List, allowed []string) {
	if e == nil {
		return
	}
	if e.TopicArn == nil {
		errs.Required("topicArn")
	}
	for i, category := range e.Categories {
		fielderr.OneOf(errs, fielderr.Join("categories", fielderr.Index(i)), category, allowed...)
	}
}

// upkeep is what both shapes call the same and keep outside of core.
type upkeep struct {
	kmsKeyArn                  pulumi.StringInput
	awsManagedKey              bool
	caCertificate              string
	backupWindow, maintenance  string
	parameters                 map[string]string
	majorUpgrade               bool
	applyImmediately, extended bool
	events                     *EventsArgs
	restore                    *RestoreArgs
	eventCategories            []string
}

func (c *core) validateUpkeep(errs *fielderr.List, u upkeep) {
	datastore.CheckKey(errs, u.kmsKeyArn, u.awsManagedKey)
	fielderr.OneOf(errs, "caCertificate", u.caCertificate, certificates...)
	datastore.CheckWindows(errs, u.backupWindow, u.maintenance, 30)
	u.events.validate(errs.At("events"), u.eventCategories)
	u.restore.validate(errs.At("restore"))
	if c.engine.aws == "" {
		return
	}
	for _, name := range base.SortedKeys(u.parameters) {
		if name == c.engine.tls[0] {
			errs.Add(fielderr.Join("parameters", fielderr.Key(name)), "is set by the component: connections without TLS are refused")
		}
	}
	major := c.engine.major(c.engineVersion)
	if slices.Contains(c.engine.extended, major) && !u.extended {
		errs.Invalid("engineVersion", c.engineVersion, "is past the end of standard support; extendedSupport runs it for a price")
	}
	if u.majorUpgrade && !u.applyImmediately {
		errs.Add("allowMajorVersionUpgrade", "needs applyImmediately: the parameter group of the old version is in use until the upgrade is made")
	}
}

func percent(errs *fielderr.List, path string, value float64) {
	if value <= 0 || value > 100 {
		errs.Invalid(path, value, "must be above 0, to 100")
	}
}
