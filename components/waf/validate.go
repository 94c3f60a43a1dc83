package waf

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/internal/base"
	"github.com/plinth-iac/plinth/components/internal/datastore"
)

const (
	longestKey = 32

	// What AWS allows one web ACL.
	mostSets         = 50
	mostRateLimits   = 10
	mostAssociations = 100
)

// Names of IP sets have 128 characters, of which list, key, family and random end take 52.
var longestName = 128 - len("-block-") - longestKey - len("-ipv4-0123456")

var (
	nameForm = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)
	// Application load balancers, APIs, user pools and so on: what can have a regional web ACL.
	protectedForm = regexp.MustCompile(`^arn:[a-z-]+:(elasticloadbalancing:[a-z0-9-]+:[0-9]{12}:loadbalancer/app/|(apigateway|appsync|cognito-idp|apprunner|ec2):)`)
)

// Statuses that AWS WAF may answer with.
var statuses = []int{400, 401, 403, 404, 405, 408, 409, 411, 412, 413, 414, 415, 416, 421, 429, 500, 501, 502, 503, 504, 505}

func (a *WebAclArgs) validate(name string) error {
	var errs fielderr.List
	if !nameForm.MatchString(name) || len(name) > longestName {
		errs.Invalid("name", name, "must be 1 to %d letters, digits, hyphens and underscores", longestName)
	}
	fielderr.OneOf(&errs, "scope", a.Scope, CloudFront, Regional)
	datastore.CheckRegion(&errs, a.Region)
	if a.Scope == CloudFront && a.Region != "" && a.Region != base.EdgeRegion {
		errs.Invalid("region", a.Region, "must be %s: a web ACL for CloudFront is made there, by a provider of that region", base.EdgeRegion)
	}
	a.Mode.check(&errs)
	a.validateRules(&errs)
	a.validateCapacity(&errs, name)
	a.Response.validate(errs.At("response"))
	a.validateAssociations(errs.At("associations"))
	a.Logs.validate(errs.At("logs"))
	a.Alarms.validate(errs.At("alarms"))
	return errs.Err(fmt.Sprintf("waf.WebAcl %q", name))
}

func (m Mode) check(errs *fielderr.List) { fielderr.OneOf(errs, "mode", m, Block, Count) }

// validateCapacity adds up what AWS would, so that a rule too many is noticed here, with
// what takes how much, and not at the end of a deploy, or on the bill.
func (a *WebAclArgs) validateCapacity(errs *fielderr.List, name string) {
	datastore.Between(errs, "maxCapacity", a.MaxCapacity, 1, mostCapacity)
	if units, breakdown := capacity(a.rules(name, nil)); units > a.MaxCapacity {
		errs.Invalid("maxCapacity", a.MaxCapacity, "the rules take %d capacity units, of which AWS includes %d in its price and allows %d: %s",
			units, includedCapacity, mostCapacity, breakdown)
	}
}

func (r *ResponseArgs) validate(errs *fielderr.List) {
	if r == nil {
		return
	}
	if !slices.Contains(statuses, r.Status) {
		errs.Invalid("status", r.Status, "must be one of %s", strings.Trim(fmt.Sprint(statuses), "[]"))
	}
	if len(r.Text) > 4096 {
		errs.Invalid("text", len(r.Text), "must be 4096 bytes or fewer")
	}
	fielderr.OneOf(errs, "contentType", r.ContentType, TextPlain, TextHtml, Json)
	if r.ContentType == Json && !json.Valid([]byte(r.Text)) {
		errs.Add("text", "must be JSON, as contentType says")
	}
}

func (a *WebAclArgs) validateAssociations(errs *fielderr.List) {
	if a.Scope == CloudFront && len(a.Associations) > 0 {
		errs.Add("", "are for Regional: a distribution names its web ACL itself")
		return
	}
	if len(a.Associations) > mostAssociations {
		errs.Invalid("", len(a.Associations), "must be %d or fewer", mostAssociations)
	}
	for _, key := range base.SortedKeys(a.Associations) {
		checkKey(errs, key)
		switch arn, plain := a.Associations[key].(pulumi.String); {
		case a.Associations[key] == nil:
			errs.Required(fielderr.Key(key))
		case plain && !protectedForm.MatchString(string(arn)):
			errs.Invalid(fielderr.Key(key), string(arn), "must be the ARN of an application load balancer, or of another regional service that a web ACL protects")
		case plain && strings.SplitN(string(arn), ":", 5)[3] != a.Region:
			errs.Invalid(fielderr.Key(key), string(arn), "must be in %s, where the web ACL is", a.Region)
		}
	}
}

// checkKey checks a key that becomes part of names.
func checkKey(errs *fielderr.List, key string) {
	if !nameForm.MatchString(key) || len(key) > longestKey {
		errs.Add(fielderr.Key(key), "keys must be 1 to %d letters, digits, hyphens and underscores", longestKey)
	}
}
