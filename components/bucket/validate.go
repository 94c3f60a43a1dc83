package bucket

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/internal/datastore"
)

// Names of roles have 64 characters, of which the role's part and the random end take 19;
// names of buckets, in small letters, have 63 and a shorter part.
var longestName = 64 - len("-replicator-0123456")

var (
	nameForm    = regexp.MustCompile(`^[a-z0-9][a-z0-9-]*$`)
	actionForm  = regexp.MustCompile(`^s3:[A-Za-z*]+$`)
	serviceForm = regexp.MustCompile(`^[a-z0-9-]+(\.[a-z0-9-]+)*\.amazonaws\.com(\.cn)?$`)
	originForm  = regexp.MustCompile(`^(\*|https?://[^/\s]+)$`)
)

func (a *BucketArgs) validate(name string) error {
	var errs fielderr.List
	if !nameForm.MatchString(name) || len(name) > longestName {
		errs.Invalid("name", name, "must be 1 to %d small letters, digits and hyphens, and not begin with a hyphen", longestName)
	}
	datastore.CheckRegion(&errs, a.Region)
	if a.AccountId != "" || a.ReadByCloudFront || a.ReceivesAccessLogs {
		datastore.CheckAccount(&errs, a.AccountId)
	}
	if a.ListByCloudFront && !a.ReadByCloudFront {
		errs.Add("listByCloudFront", "needs readByCloudFront")
	}
	switch {
	case a.KmsKeyArn != nil && a.AwsManagedKey:
		errs.Conflict("awsManagedKey", "kmsKeyArn", "objects are encrypted with one key")
	case a.KmsKeyArn == nil && !a.AwsManagedKey:
		errs.Add("kmsKeyArn", "is required, unless awsManagedKey is true: what AWS's own key encrypts is open to whoever may read the bucket")
	}
	datastore.Between(&errs, "noncurrentDays", a.NoncurrentDays, 1, 3650)
	for key, rule := range a.Lifecycle {
		rule.validate(errs.At("lifecycle", fielderr.Key(key)), key, a.NoncurrentDays)
	}
	for key, statement := range a.Statements {
		statement.validate(errs.At("statements", fielderr.Key(key)))
	}
	for key, rule := range a.Cors {
		rule.validate(errs.At("cors", fielderr.Key(key)))
	}
	a.validateLogs(&errs)
	a.ObjectLock.validate(errs.At("objectLock"))
	a.validateReplica(&errs)
	a.Alarms.validate(errs.At("alarms"))
	return errs.Err(fmt.Sprintf("bucket.Bucket %q", name))
}

func (a *BucketArgs) validateLogs(errs *fielderr.List) {
	if a.AccessLogs != nil && a.AccessLogs.BucketName == nil {
		errs.Required("accessLogs.bucketName")
	}
	if !a.ReceivesAccessLogs {
		return
	}
	if a.KmsKeyArn != nil {
		errs.Conflict("receivesAccessLogs", "kmsKeyArn", "S3 writes access logs under its own keys only")
	}
	if a.ObjectLock != nil {
		errs.Conflict("receivesAccessLogs", "objectLock", "S3 writes no access logs into a bucket that locks what is new")
	}
}

// validate refuses what S3 calls public, which the bucket's block would refuse only once it
// is deployed, and a service that anybody in AWS could use against the bucket.
func (s StatementArgs) validate(errs *fielderr.List) {
	if len(s.Actions) == 0 {
		errs.Required("actions")
	}
	for i, action := range s.Actions {
		if !actionForm.MatchString(action) {
			errs.Invalid("actions"+fielderr.Index(i), action, "must be an action of S3 such as s3:PutObject")
		} else if len(s.Prefixes) > 0 && strings.Contains(action, "Bucket") && !strings.Contains(action, "Object") {
			errs.Invalid("actions"+fielderr.Index(i), action, "is about the bucket itself, which prefixes leave out")
		}
	}
	for i, service := range s.Services {
		if !serviceForm.MatchString(service) {
			errs.Invalid("services"+fielderr.Index(i), service, "must be a service such as delivery.logs.amazonaws.com")
		}
	}
	if len(s.Services) == 0 && len(s.AwsPrincipals) == 0 {
		errs.Add("", "needs services or awsPrincipals")
	}
	if s.Deny {
		return
	}
	if len(s.Services) > 0 && !s.narrowed(sourceKeys, isNamed) {
		errs.Add("conditions", "needs aws:SourceArn or aws:SourceAccount: the service acts for every account of AWS")
	}
	for i, principal := range s.AwsPrincipals {
		if arn, plain := principal.(pulumi.String); plain && arn == "*" && !s.narrowed(callerKeys, isFixed) {
			errs.Invalid("awsPrincipals"+fielderr.Index(i), "*",
				"needs fixed values of a key such as aws:PrincipalOrgID, aws:SourceVpce or aws:SourceIp: public access is blocked")
		}
	}
}

func (c CorsArgs) validate(errs *fielderr.List) {
	if len(c.Origins) == 0 {
		errs.Required("origins")
	}
	for i, origin := range c.Origins {
		if !originForm.MatchString(origin) || strings.Count(origin, "*") > 1 {
			errs.Invalid("origins"+fielderr.Index(i), origin, `must be an origin such as https://shop.example.com, with at most one "*"`)
		}
	}
	for i, method := range c.Methods {
		fielderr.OneOf(errs, "methods"+fielderr.Index(i), method, "GET", "HEAD", "PUT", "POST", "DELETE")
	}
	for i, header := range c.Headers {
		if strings.Count(header, "*") > 1 {
			errs.Invalid("headers"+fielderr.Index(i), header, `must have at most one "*"`)
		}
	}
	datastore.Between(errs, "maxAgeSeconds", c.MaxAgeSeconds, 1, 24*3600)
}

func (o *ObjectLockArgs) validate(errs *fielderr.List) {
	if o == nil {
		return
	}
	fielderr.OneOf(errs, "mode", o.Mode, Governance, Compliance)
	datastore.Between(errs, "days", o.Days, 1, longestDays)
}

func (a *BucketArgs) validateReplica(all *fielderr.List) {
	r, errs := a.Replica, all.At("replica")
	if r == nil {
		return
	}
	if r.Provider == nil {
		errs.Required("provider")
	}
	datastore.CheckRegion(errs, r.Region)
	if r.Region != "" && r.Region == a.Region {
		errs.Invalid("region", r.Region, "must be another region than the bucket's")
	}
	switch {
	case a.KmsKeyArn != nil && r.KmsKeyArn == nil:
		errs.Add("kmsKeyArn", "is required: the bucket's key is of another region")
	case a.KmsKeyArn == nil && a.AwsManagedKey && r.KmsKeyArn != nil:
		all.Conflict("replica.kmsKeyArn", "awsManagedKey", "the copy is encrypted as the bucket is")
	}
	r.Alarm.validate(errs.At("alarm"))
}
