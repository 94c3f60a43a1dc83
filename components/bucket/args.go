package bucket

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/internal/base"
)

// BucketArgs are the arguments of NewBucket.
type BucketArgs struct { //nolint:revive // named after NewBucket, as the arguments of every component are
	// Region is the bucket's region.
	Region string `pulumi:"region"`
	// AccountId is the account, twelve digits. Required with ReadByCloudFront and
	// ReceivesAccessLogs. Default: none.
	AccountId string `pulumi:"accountId,optional"`

	// KmsKeyArn is the key that encrypts objects. Another one is for new objects only.
	// Required unless AwsManagedKey is set.
	KmsKeyArn pulumi.StringInput `pulumi:"kmsKeyArn,optional"`
	// AwsManagedKey encrypts with keys of S3 (SSE-S3), which needs no permissions of
	// readers and writers. Default: false.
	AwsManagedKey bool `pulumi:"awsManagedKey,optional"`
	// NoncurrentDays is for how long an object can be had back once it was overwritten or
	// deleted, 1 to 3650. Default: 30.
	NoncurrentDays int `pulumi:"noncurrentDays,optional"`
	// Lifecycle moves objects to cheaper classes and deletes them, by rules under names of
	// your own. Default: objects stay where they are for ever.
	Lifecycle map[string]RuleArgs `pulumi:"lifecycle,optional"`

	// ReadByCloudFront lets the account's CloudFront distributions read. It names no
	// distribution, so that one can be made after the bucket. The policy of a KmsKeyArn must
	// let CloudFront decrypt. Default: false.
	ReadByCloudFront bool `pulumi:"readByCloudFront,optional"`
	// ListByCloudFront lets them list too: an object that is missing is then "not found",
	// 404, and not "forbidden", 403. Every such distribution needs a default root object, or
	// it answers a request for "/" with the names of all objects. Needs ReadByCloudFront.
	// Default: false.
	ListByCloudFront bool `pulumi:"listByCloudFront,optional"`
	// ReceivesAccessLogs lets S3 write the access logs of the account's buckets of this
	// region. S3 can do so under its own keys only, and without a lock. Default: false.
	ReceivesAccessLogs bool `pulumi:"receivesAccessLogs,optional"`
	// Statements are what the bucket's policy says besides, under names of your own.
	// Principals of the account need ReadStatements and WriteStatements instead.
	// Default: nobody gets in.
	Statements map[string]StatementArgs `pulumi:"statements,optional"`
	// Cors lets pages of other origins use the bucket from a browser, by rules under names
	// of your own. Default: none.
	Cors map[string]CorsArgs `pulumi:"cors,optional"`

	// AccessLogs says where S3 logs who asked for what. Default: nowhere.
	AccessLogs *AccessLogsArgs `pulumi:"accessLogs,optional"`
	// ObjectLock keeps every version from being deleted for some time. A bucket that once
	// had it keeps the ability, and is then copied only to a replica that has it as well.
	// Default: none.
	ObjectLock *ObjectLockArgs `pulumi:"objectLock,optional"`
	// Replica is a copy in another region. Default: none.
	Replica *ReplicaArgs `pulumi:"replica,optional"`
	// Alarms watches requests and replication. Default: no alarms.
	Alarms *AlarmsArgs `pulumi:"alarms,optional"`

	// ForceDestroy lets the bucket and its replica be deleted with the objects in them.
	// Default: false, deleting a bucket with objects fails.
	ForceDestroy bool `pulumi:"forceDestroy,optional"`
	// DeletionProtection makes the engine refuse to delete or replace the bucket and its
	// replica. Default: true.
	DeletionProtection *bool `pulumi:"deletionProtection,optional"`
	// Tags are put on every resource that can have them. Default: none.
	Tags map[string]string `pulumi:"tags,optional"`
}

// StatementArgs are one statement of the bucket's policy. It needs no resources: it is
// about the bucket and its objects.
type StatementArgs struct {
	// Deny forbids, whatever others allow. Default: false.
	Deny bool `pulumi:"deny,optional"`
	// Actions are the API actions, such as "s3:PutObject".
	Actions []string `pulumi:"actions"`
	// Services are the AWS services it is about, such as "delivery.logs.amazonaws.com". A
	// service that is let in needs a condition on its source. Default: none.
	Services []string `pulumi:"services,optional"`
	// AwsPrincipals are account, role or user ARNs, or "*" with a condition on who asks or
	// from where, such as aws:PrincipalOrgID or aws:SourceVpce. Default: none.
	AwsPrincipals []pulumi.StringInput `pulumi:"awsPrincipals,optional"`
	// Prefixes are what the keys of the objects begin with, such as "images/".
	// Default: the bucket itself and all of its objects.
	Prefixes []string `pulumi:"prefixes,optional"`
	// Conditions maps operator, then key, to the values. Default: none.
	Conditions map[string]map[string][]pulumi.StringInput `pulumi:"conditions,optional"`
}

// CorsArgs are what pages of some origins may do.
type CorsArgs struct {
	// Origins are the pages' origins, such as "https://shop.example.com", with at most one
	// "*" in each.
	Origins []string `pulumi:"origins"`
	// Methods are the HTTP methods: GET, HEAD, PUT, POST, DELETE. Default: GET and HEAD.
	Methods []string `pulumi:"methods,optional"`
	// Headers are the request headers that pages may send, with at most one "*" in each.
	// Default: none.
	Headers []string `pulumi:"headers,optional"`
	// ExposedHeaders are the response headers that pages may see. Default: none.
	ExposedHeaders []string `pulumi:"exposedHeaders,optional"`
	// MaxAgeSeconds is for how long a browser remembers the answer, 1 to 86400.
	// Default: 3600.
	MaxAgeSeconds int `pulumi:"maxAgeSeconds,optional"`
}

// AccessLogsArgs are where access logs go.
type AccessLogsArgs struct {
	// BucketName is a bucket of the same region and account with ReceivesAccessLogs.
	BucketName pulumi.StringInput `pulumi:"bucketName"`
	// Prefix is put before account, region, bucket and day of a log. Default: the
	// component's name and "/".
	Prefix string `pulumi:"prefix,optional"`
}

// LockMode says who can end a lock early.
type LockMode string

// The modes of a lock.
const (
	// Governance lets those end it who have a permission for that.
	Governance LockMode = "Governance"
	// Compliance lets nobody end it, not even the account's owner.
	Compliance LockMode = "Compliance"
)

// ObjectLockArgs are the lock of every new version.
type ObjectLockArgs struct {
	// Mode is Governance or Compliance.
	Mode LockMode `pulumi:"mode"`
	// Days is how long a version is locked, 1 to 36500.
	Days int `pulumi:"days"`
}

// ReplicaArgs are a bucket in another region that everything is copied to.
type ReplicaArgs struct {
	// Provider is an AWS provider of the replica's region.
	Provider pulumi.ProviderResource
	// Region is that region.
	Region string `pulumi:"region"`
	// KmsKeyArn is a key of that region. Required if the bucket has a key, and refused if
	// it has none.
	KmsKeyArn pulumi.StringInput `pulumi:"kmsKeyArn,optional"`
	// Alarm watches how far the replica is behind. It is in the replica's region, which is
	// where S3 measures it. Default: no alarm.
	Alarm *ReplicaAlarmArgs `pulumi:"alarm,optional"`
}

// withDefaults returns a deep enough copy, with everything that was left out filled in.
func (a BucketArgs) withDefaults(name string) *BucketArgs {
	base.Default(&a.NoncurrentDays, 30)
	base.DefaultRef(&a.DeletionProtection, true)
	a.Cors = base.Merge(a.Cors)
	for key, c := range a.Cors {
		if len(c.Methods) == 0 {
			c.Methods = []string{"GET", "HEAD"}
		}
		base.Default(&c.MaxAgeSeconds, 3600)
		a.Cors[key] = c
	}
	if a.AccessLogs != nil {
		a.AccessLogs = base.CopyOf(a.AccessLogs)
		base.Default(&a.AccessLogs.Prefix, name+"/")
	}
	if a.Replica != nil {
		a.Replica = base.CopyOf(a.Replica)
		a.Replica.Alarm = a.Replica.Alarm.withDefaults()
	}
	a.Alarms = a.Alarms.withDefaults()
	return &a
}
