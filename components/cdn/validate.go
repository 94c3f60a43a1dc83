package cdn

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/internal/base"
	"github.com/plinth-iac/plinth/components/internal/datastore"
)

// What AWS allows for one distribution; the default path is one of mostPaths.
const (
	mostOrigins = 100
	mostGroups  = 10
	mostPaths   = 75
	mostAliases = 100
	mostSigners = 4
)

// longestName leaves room for what names are made with: an origin access control has 64
// characters, of which the role, its kind and the random end take 22, and a bucket has 63.
const (
	longestName   = 64 - len("-access-lambda") - len("-0123456")
	longestBucket = 63 - len("-bucket-") - len("-0123456")
)

var (
	nameForm  = regexp.MustCompile(`^[a-z][a-z0-9-]*$`)
	keyForm   = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?$`)
	aliasForm = regexp.MustCompile(`^(\*\.)?([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$`)
)

func (a *DistributionArgs) validate(name string) error {
	var errs fielderr.List
	if !nameForm.MatchString(name) || len(name) > longestName {
		errs.Invalid("name", name, "must be 1 to %d lower-case letters, digits and hyphens, and begin with a letter", longestName)
	}
	datastore.CheckRegion(&errs, a.Region)
	datastore.CheckAccount(&errs, a.AccountId)
	if a.Edge == nil {
		errs.Required("edge")
	}
	a.validateOrigins(&errs, name)
	a.validatePaths(&errs)
	a.validateNames(&errs)
	a.validateErrorPages(&errs)
	if arn, plain := a.WebAclArn.(pulumi.String); plain && !strings.Contains(string(arn), ":us-east-1:") {
		errs.Invalid("webAclArn", string(arn), "must be that of a web ACL for CloudFront, in us-east-1")
	}
	a.Geo.validate(errs.At("geo"))
	if strings.HasPrefix(a.RootObject, "/") {
		errs.Invalid("rootObject", a.RootObject, "must not begin with /")
	}
	fielderr.OneOf(&errs, "priceClass", a.PriceClass, EveryLocation, MostLocations, CheapestLocations)
	fielderr.OneOf(&errs, "http", a.Http, Http11, Http2, Http3)
	for key, f := range a.Functions {
		f.validate(errs.At("functions", fielderr.Key(key)), name, key)
	}
	for key, k := range a.SigningKeys {
		k.validate(errs.At("signingKeys", fielderr.Key(key)), key)
	}
	a.Headers.validate(errs.At("headers"))
	a.Logs.validate(errs.At("logs"), name, a.Region)
	a.Alarms.validate(errs.At("alarms"))
	return errs.Err(fmt.Sprintf("cdn.Distribution %q", name))
}

// validateOrigins also sees that each origin is asked by somebody.
func (a *DistributionArgs) validateOrigins(errs *fielderr.List, name string) {
	if len(a.Origins) == 0 || len(a.Origins) > mostOrigins {
		errs.Invalid("origins", len(a.Origins), "must be 1 to %d", mostOrigins)
	}
	if len(a.OriginGroups) > mostGroups {
		errs.Invalid("originGroups", len(a.OriginGroups), "must be %d or fewer", mostGroups)
	}
	asked := map[string]bool{a.DefaultOrigin: true}
	for _, p := range a.Paths {
		asked[p.Origin] = true
	}
	for key, g := range a.OriginGroups {
		at := errs.At("originGroups", fielderr.Key(key))
		checkOriginKey(at, key)
		if _, both := a.Origins[key]; both {
			at.Invalid("", key, "is the key of an origin too")
		}
		if !asked[key] {
			at.Add("", "is asked by no path, and is not the defaultOrigin")
		}
		asked[g.First], asked[g.Second] = true, true
		g.validate(at, a)
	}
	for key, o := range a.Origins {
		at := errs.At("origins", fielderr.Key(key))
		checkOriginKey(at, key)
		if o.Bucket.own() && len(name)+len(key) > longestBucket {
			at.Invalid("bucket", name+"-"+key, "must be %d characters or fewer: names of buckets are short", longestBucket+1)
		}
		if !asked[key] {
			at.Add("", "is asked by no path or group, and is not the defaultOrigin")
		}
		o.validate(at)
	}
}

func checkOriginKey(errs *fielderr.List, key string) {
	if !keyForm.MatchString(key) {
		errs.Invalid("", key, "its key must be lower-case letters, digits and hyphens")
	}
}

func (g OriginGroupArgs) validate(errs *fielderr.List, a *DistributionArgs) {
	for path, key := range map[string]string{"first": g.First, "second": g.Second} {
		if key == "" {
			errs.Required(path)
		} else if _, ok := a.Origins[key]; !ok {
			errs.Unsupported(path, key, keysOf(a.Origins)...)
		}
	}
	first, second := a.Origins[g.First].kind(), a.Origins[g.Second].kind()
	switch {
	case g.First != "" && g.First == g.Second:
		errs.Invalid("second", g.Second, "must be another than first")
	case has(a.Origins, g.First) && has(a.Origins, g.Second) && first != second:
		errs.Invalid("second", g.Second, "must be a %s as first is, not a %s: both get the same requests", first, second)
	}
	if len(g.Statuses) == 0 {
		errs.Add("statuses", "must be one or more")
	}
	for i, status := range g.Statuses {
		if !slices.Contains([]int{400, 403, 404, 416, 429, 500, 502, 503, 504}, status) {
			errs.Invalid("statuses"+fielderr.Index(i), status, "must be 400, 403, 404, 416, 429, 500, 502, 503 or 504")
		}
	}
}

// validateNames is about the names that viewers ask for, and how they are proved.
func (a *DistributionArgs) validateNames(errs *fielderr.List) {
	seen := map[string]bool{}
	for i, alias := range a.Aliases {
		at := "aliases" + fielderr.Index(i)
		if !aliasForm.MatchString(alias) {
			errs.Invalid(at, alias, "must be a domain name in lower case, such as www.example.com or *.example.com")
		} else if seen[alias] {
			errs.Invalid(at, alias, "is there twice")
		}
		seen[alias] = true
	}
	if len(a.Aliases) > mostAliases {
		errs.Invalid("aliases", len(a.Aliases), "must be %d or fewer", mostAliases)
	}
	if a.CertificateArn == nil {
		if len(a.Aliases) > 0 {
			errs.Add("certificateArn", "is required with aliases")
		}
		if a.MinimumTls != "" {
			errs.Invalid("minimumTls", a.MinimumTls, "needs certificateArn: nobody can change it for CloudFront's own domain name")
		}
	} else {
		fielderr.OneOf(errs, "minimumTls", a.MinimumTls, Tls12, Tls12OldCiphers)
	}
	if arn, plain := a.CertificateArn.(pulumi.String); plain && !strings.Contains(string(arn), ":acm:us-east-1:") {
		errs.Invalid("certificateArn", string(arn), "must be that of a certificate in us-east-1")
	}
	for domain, r := range a.Records {
		r.validate(errs.At("records", fielderr.Key(domain)), domain, a.Aliases)
	}
}

func (g *GeoArgs) validate(errs *fielderr.List) {
	if g != nil {
		base.CheckCountries(errs, base.Countries{Field: "allow", Codes: g.Allow}, base.Countries{Field: "deny", Codes: g.Deny})
	}
}
