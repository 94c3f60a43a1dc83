package database

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/internal/base"
)

// Engine is a database engine.
type Engine string

// The engines.
const (
	Postgres Engine = "Postgres"
	Mysql    Engine = "Mysql"
)

// InsightsMode is how much Database Insights keeps of what the database does.
type InsightsMode string

// The modes.
const (
	InsightsOff InsightsMode = "Off"
	// InsightsStandard keeps the load by query for a week, and costs nothing.
	InsightsStandard InsightsMode = "Standard"
	// InsightsAdvanced keeps 15 months, with plans, locks and fleet views, and is paid
	// for by the vCPU.
	InsightsAdvanced InsightsMode = "Advanced"
)

// CredentialsArgs are the master user's. Applications should have users of their own.
type CredentialsArgs struct {
	// Username is the master user. It is fixed when the database is made: a later change
	// is ignored. After a restore it is the one of the source. Default: "dbadmin".
	Username string `pulumi:"username,optional"`
	// Password is the password to begin with, for databases whose password AWS cannot
	// manage: instances with replicas or blue/green updates. It is written once, into the
	// database and into a secret, and rotated right after that; what is changed here
	// later is ignored. Default: AWS makes, keeps and rotates the password.
	Password pulumi.StringInput `pulumi:"password,optional"`
	// Reset writes Password into the database and the secret once more, together with a
	// new Password: the database does not get again what was written into it before. It is
	// for a database whose password AWS has managed so far, for one whose password is lost,
	// and for a new Port or DatabaseName in the secret. Set it for one deploy, then rotate.
	// Default: false.
	Reset bool `pulumi:"reset,optional"`
	// Rotation is how Password is rotated. Default: every 30 days by AWS's own function.
	Rotation *RotationArgs `pulumi:"rotation,optional"`
}

// RotationArgs are about the rotation of a password that AWS does not manage.
type RotationArgs struct {
	// Days is how often, 1 to 1000. Default: 30.
	Days int `pulumi:"days,optional"`
	// LambdaArn is a rotation function of the user's, which Secrets Manager may invoke.
	// Default: AWS's own from the Serverless Application Repository, in the database's
	// subnets, with the security group RotationSecurityGroupId.
	LambdaArn pulumi.StringInput `pulumi:"lambdaArn,optional"`
}

// MonitoringArgs say what is measured and logged.
type MonitoringArgs struct {
	// IntervalSeconds is how often the operating system is measured: 1, 5, 10, 15, 30, 60,
	// or 0 for never. Default: 60.
	IntervalSeconds *int `pulumi:"intervalSeconds,optional"`
	// Insights is Off, Standard or Advanced. Default: Standard.
	Insights InsightsMode `pulumi:"insights,optional"`
	// InsightsDays is how long the load by query is kept: 7, 731, or a multiple of 31 in
	// between; Advanced needs 465 or more. Default: 7, and 465 for Advanced.
	InsightsDays int `pulumi:"insightsDays,optional"`
	// Logs are the log types that go to CloudWatch Logs. Default: postgresql and upgrade
	// (a Cluster has no upgrade log), or error and slowquery for MySQL.
	Logs []string `pulumi:"logs,optional"`
}

// ProxyArgs put RDS Proxy in front: a pool of connections that survives a failover.
type ProxyArgs struct {
	// IamAuth is whether clients log in by IAM only. Default: true.
	IamAuth *bool `pulumi:"iamAuth,optional"`
	// SecretArns are secrets of further users, by a key of the user's, encrypted like the
	// database. Default: the proxy knows the master user only.
	SecretArns map[string]pulumi.StringInput `pulumi:"secretArns,optional"`
	// IdleClientSeconds is after how long an idle client is cut off, 1 to 28800.
	// Default: 1800.
	IdleClientSeconds int `pulumi:"idleClientSeconds,optional"`
	// MaxConnectionsPercent is the share of the database's connections that the proxy may
	// use, 1 to 100. Default: 90, which leaves some for operators.
	MaxConnectionsPercent int `pulumi:"maxConnectionsPercent,optional"`
	// MaxIdlePercent is the share that it keeps open unused, 0 to MaxConnectionsPercent.
	// Default: half of MaxConnectionsPercent.
	MaxIdlePercent *int `pulumi:"maxIdlePercent,optional"`
	// BorrowSeconds is how long a client waits for a connection, 0 to 300. Default: 120.
	BorrowSeconds *int `pulumi:"borrowSeconds,optional"`
	// InitQuery is run on every connection that the proxy opens. Default: none.
	InitQuery string `pulumi:"initQuery,optional"`
	// PinOnSet is whether a client that sets session variables keeps its connection for
	// itself. Default: true; false is for clients of MySQL that all set the same.
	PinOnSet *bool `pulumi:"pinOnSet,optional"`
}

// RestoreArgs make the database of a backup instead of empty. They matter when it is made
// and never again: dropped or changed later, they are not compared. User name and database
// are those of the source. So is the key of an instance, which must be the KmsKeyArn of
// the args: a snapshot is copied to change its key. Storage and version must not be below
// the source's. A Cluster, and an Instance made of SourceIdentifier, get their Insights,
// retention and windows in the second deploy only: deploy twice.
type RestoreArgs struct {
	// SnapshotIdentifier is a snapshot. Default: none.
	SnapshotIdentifier string `pulumi:"snapshotIdentifier,optional"`
	// SourceIdentifier is a database whose automated backups are used. Default: none.
	SourceIdentifier string `pulumi:"sourceIdentifier,optional"`
	// Time is the moment to go back to, as in 2026-03-29T08:00:00Z. Default: the latest
	// possible moment.
	Time string `pulumi:"time,optional"`
}

// EventsArgs tell somebody what AWS does with the database.
type EventsArgs struct {
	// TopicArn is the SNS topic, in the database's region. Its policy must let
	// events.rds.amazonaws.com publish, and with replicas events.amazonaws.com.
	TopicArn pulumi.StringInput `pulumi:"topicArn"`
	// DeadLetterArn is an SQS queue that keeps the events of replicas which the topic does not
	// take. Its policy must let events.amazonaws.com send. Default: they are lost.
	DeadLetterArn pulumi.StringInput `pulumi:"deadLetterArn,optional"`
	// Categories are the kinds of events. Default: failover, failure, maintenance and
	// notification, and for instances also availability, deletion, low storage, recovery
	// and restoration.
	Categories []string `pulumi:"categories,optional"`
}

// AlarmsArgs watch the database. An alarm is raised after five bad minutes in a row.
type AlarmsArgs struct {
	// ActionArns are told when an alarm is raised and when it clears, such as SNS topics.
	// Default: nobody.
	ActionArns pulumi.StringArrayInput `pulumi:"actionArns,optional"`
	// CpuPercent is the load that is too high, above 0, to 100. Default: 80.
	CpuPercent float64 `pulumi:"cpuPercent,optional"`
	// FreeMemoryMib is the free memory that is too little. Default: 256.
	FreeMemoryMib int `pulumi:"freeMemoryMib,optional"`
	// FreeStorageGib is the free storage of an Instance that is too little; it is its
	// storage autoscaling that should have acted before. Default: 5 % of AllocatedGib.
	FreeStorageGib int `pulumi:"freeStorageGib,optional"`
	// Connections is the number of connections that is too high. Default: no such alarm.
	Connections int `pulumi:"connections,optional"`
	// ReplicaLagSeconds is how far a replica may fall behind. Default: 60, and 2 for the
	// readers of a Cluster.
	ReplicaLagSeconds int `pulumi:"replicaLagSeconds,optional"`
	// AcuPercent is the share of a serverless Cluster's maximum capacity in use that is
	// too high, above 0, to 100. Default: 90.
	AcuPercent float64 `pulumi:"acuPercent,optional"`
	// BorrowMillis is how long clients of the proxy may wait for a connection.
	// Default: 1000.
	BorrowMillis int `pulumi:"borrowMillis,optional"`
	// PinnedSessions is how many clients of the proxy may keep a connection for
	// themselves. Default: 10.
	PinnedSessions int `pulumi:"pinnedSessions,optional"`
}

func (c *CredentialsArgs) withDefaults() *CredentialsArgs {
	c = base.CopyOf(c)
	base.Default(&c.Username, "dbadmin")
	if c.Password != nil {
		c.Rotation = base.CopyOf(c.Rotation)
		base.Default(&c.Rotation.Days, 30)
	}
	return c
}

func (m *MonitoringArgs) withDefaults(e engine) *MonitoringArgs {
	m = base.CopyOf(m)
	base.DefaultRef(&m.IntervalSeconds, 60)
	base.Default(&m.Insights, InsightsStandard)
	switch m.Insights {
	case InsightsStandard:
		base.Default(&m.InsightsDays, 7)
	case InsightsAdvanced:
		base.Default(&m.InsightsDays, leastAdvancedDays)
	}
	if m.Logs == nil {
		m.Logs = e.defaultLogs
	}
	return m
}

func (p *ProxyArgs) withDefaults() *ProxyArgs {
	if p == nil {
		return nil
	}
	p = base.CopyOf(p)
	base.DefaultRef(&p.IamAuth, true)
	base.DefaultRef(&p.PinOnSet, true)
	base.Default(&p.IdleClientSeconds, 1800)
	base.Default(&p.MaxConnectionsPercent, 90)
	base.DefaultRef(&p.MaxIdlePercent, p.MaxConnectionsPercent/2)
	base.DefaultRef(&p.BorrowSeconds, 120)
	return p
}

func (e *EventsArgs) withDefaults(categories []string) *EventsArgs {
	if e == nil {
		return nil
	}
	e = base.CopyOf(e)
	if e.Categories == nil {
		e.Categories = categories
	}
	return e
}

func (m *AlarmsArgs) withDefaults() *AlarmsArgs {
	if m == nil {
		return nil
	}
	m = base.CopyOf(m)
	base.Default(&m.CpuPercent, 80)
	base.Default(&m.FreeMemoryMib, 256)
	base.Default(&m.BorrowMillis, 1000)
	base.Default(&m.PinnedSessions, 10)
	return m
}
