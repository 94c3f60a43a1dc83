// Package caller is about AWS services that call, or send to, something of ours on behalf
// of a source. A service does that for every account of AWS, so the source is always named.
package caller

import (
	"regexp"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/iampolicy"
	"github.com/plinth-iac/plinth/components/internal/datastore"
)

// S3 is the service whose sources, buckets, have ARNs that do not say whose they are.
const S3 = "s3.amazonaws.com"

// Caller is what the fields service, sourceArn and sourceAccountId say.
type Caller struct {
	Service         string
	SourceArn       pulumi.StringInput
	SourceAccountId string
	// OwnBuckets takes a bucket for one of the account's own, if nothing else is said.
	OwnBuckets bool
}

var serviceForm = regexp.MustCompile(`^[a-z0-9-]+(\.[a-z0-9-]+)*\.amazonaws\.com(\.cn)?$`)

// Check checks the fields. example is a service, and does what it would do, such as "sends".
func (c Caller) Check(errs *fielderr.List, example, does string) {
	switch {
	case c.Service == "":
		errs.Required("service")
	case !serviceForm.MatchString(c.Service):
		errs.Invalid("service", c.Service, "must be a service such as %s", example)
	}
	switch {
	case c.SourceAccountId != "" && !datastore.IsAccount(c.SourceAccountId):
		errs.Invalid("sourceAccountId", c.SourceAccountId, "must be twelve digits")
	case c.SourceAccountId == "" && c.Service == S3 && !c.OwnBuckets:
		errs.Add("sourceAccountId", "is required: the ARN of a bucket does not say whose it is")
	case c.SourceAccountId == "" && c.SourceArn == nil:
		errs.Add("", "needs sourceArn or sourceAccountId: the service %s for every account of AWS", does)
	}
	if arn, plain := c.SourceArn.(pulumi.String); plain && !strings.HasPrefix(string(arn), "arn:") {
		errs.Invalid("sourceArn", string(arn), "must be an ARN")
	}
}

// Statement lets the service do something to a resource, for its source only.
func (c Caller) Statement(action string, resource pulumi.StringInput) iampolicy.Statement {
	source := map[string]map[string][]pulumi.StringInput{}
	if c.SourceArn != nil {
		source["ArnLike"] = map[string][]pulumi.StringInput{"aws:SourceArn": {c.SourceArn}}
	}
	if c.SourceAccountId != "" {
		source["StringEquals"] = map[string][]pulumi.StringInput{"aws:SourceAccount": {pulumi.String(c.SourceAccountId)}}
	}
	return iampolicy.Statement{
		Actions: []string{action}, Resources: []pulumi.StringInput{resource}, Services: []string{c.Service}, Conditions: source,
	}
}
