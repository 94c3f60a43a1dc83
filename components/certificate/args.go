package certificate

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/internal/base"
	"github.com/plinth-iac/plinth/components/internal/datastore"
)

// CertificateArgs are the arguments of NewCertificate.
type CertificateArgs struct { //nolint:revive // named after NewCertificate, as the arguments of every component are
	// DomainName is the first name, at most 64 characters in small letters. It may be a
	// wildcard such as "*.example.com", which stands for one label.
	DomainName string `pulumi:"domainName"`
	// AlternativeNames are further names. Default: none.
	AlternativeNames []string `pulumi:"alternativeNames,optional"`

	// ZoneId is the public hosted zone that all names are in. Required unless Zones or
	// ExistingRecords is set.
	ZoneId pulumi.StringInput `pulumi:"zoneId,optional"`
	// Zones are the public hosted zones by their domains, such as "example.com"; a name is
	// proved in the longest that it is in. Default: ZoneId for all names.
	Zones map[string]pulumi.StringInput `pulumi:"zones,optional"`
	// ExistingRecords makes no records and waits for those that another certificate for the
	// same names has made, or somebody by hand: ValidationRecords are what is asked for.
	// Default: false.
	ExistingRecords bool `pulumi:"existingRecords,optional"`
	// DeleteRecords takes the records away with the certificate, or with their name: no other
	// certificate of the account for that name can renew itself then. Default: false, they
	// stay, and do no harm.
	DeleteRecords bool `pulumi:"deleteRecords,optional"`
	// Caa are the authorities that may issue certificates for a domain and what is below it,
	// by the domain. Amazon's is always among them. A domain has one such list, which must
	// not exist yet. Default: no list is made.
	Caa map[string]CaaArgs `pulumi:"caa,optional"`

	// KeyAlgorithm is the kind of the certificate's key. Default: Rsa2048.
	KeyAlgorithm KeyAlgorithm `pulumi:"keyAlgorithm,optional"`
	// TransparencyLogging shows the certificate to the public logs. Without it names stay
	// unknown, and browsers refuse the certificate. Default: true.
	TransparencyLogging *bool `pulumi:"transparencyLogging,optional"`
	// NamesQuota is how many names a certificate of the account may have, which AWS raises
	// on request to at most 100. Default: 10.
	NamesQuota int `pulumi:"namesQuota,optional"`
	// ValidationMinutes is how long to wait for the certificate, 5 to 720: AWS looks at DNS
	// every few minutes, and never finds a record of a zone that nobody delegates to.
	// Default: 30.
	ValidationMinutes int `pulumi:"validationMinutes,optional"`

	// Alarm watches that the certificate is renewed. Default: no alarm.
	Alarm *AlarmArgs `pulumi:"alarm,optional"`
	// Tags are put on every resource that can have them. Default: none.
	Tags map[string]string `pulumi:"tags,optional"`
}

// KeyAlgorithm is the kind of a certificate's key.
type KeyAlgorithm string

// The kinds of keys of public certificates.
const (
	// Rsa2048 is understood by every client.
	Rsa2048 KeyAlgorithm = "Rsa2048"
	// EcP256 needs less work of servers and fewer bytes; CloudFront takes it too.
	EcP256 KeyAlgorithm = "EcP256"
	// EcP384 is for load balancers whose clients ask for it.
	EcP384 KeyAlgorithm = "EcP384"
)

var algorithms = map[KeyAlgorithm]string{Rsa2048: "RSA_2048", EcP256: "EC_prime256v1", EcP384: "EC_secp384r1"}

// CaaArgs are who may issue certificates.
type CaaArgs struct {
	// Issuers are authorities besides Amazon's, such as "letsencrypt.org". Default: none.
	Issuers []string `pulumi:"issuers,optional"`
	// Contact is where an authority reports a request that it refuses, such as
	// "mailto:security@example.com". Default: nowhere.
	Contact string `pulumi:"contact,optional"`
}

// AlarmArgs watch that a certificate is renewed.
type AlarmArgs struct {
	// ActionArns are told when the alarm is raised and when it clears, such as SNS topics of
	// the certificate's region. Default: nobody.
	ActionArns pulumi.StringArrayInput `pulumi:"actionArns,optional"`
	// DaysLeft is how many days of a certificate must be left, 1 to 44: AWS renews it 45 or
	// more days before its end. Default: 28.
	DaysLeft int `pulumi:"daysLeft,optional"`
}

// longestFirst is how long the name may be that becomes the certificate's common name, and
// longestName any other.
const (
	longestFirst = 64
	longestName  = 253
)

var (
	nameForm    = regexp.MustCompile(`^(\*\.)?([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])$`)
	contactForm = regexp.MustCompile(`^(mailto:[^@\s"]+@[^@\s"]+|https?://[^\s"]+)$`)
)

func (a CertificateArgs) withDefaults() *CertificateArgs {
	base.Default(&a.KeyAlgorithm, Rsa2048)
	base.DefaultRef(&a.TransparencyLogging, true)
	base.Default(&a.NamesQuota, 10)
	base.Default(&a.ValidationMinutes, 30)
	if a.Alarm != nil {
		a.Alarm = base.CopyOf(a.Alarm)
		base.Default(&a.Alarm.DaysLeft, 28)
	}
	return &a
}

// names are all names, the first one first.
func (a *CertificateArgs) names() []string {
	return append([]string{a.DomainName}, a.AlternativeNames...)
}

// domains are what has to be proved: each name once, and a wildcard by what it is under.
func (a *CertificateArgs) domains() []string {
	proved := map[string]bool{}
	for _, name := range a.names() {
		proved[strings.TrimPrefix(name, "*.")] = true
	}
	return slices.Sorted(maps.Keys(proved))
}

// zone is the domain of the longest zone that a domain is in.
func (a *CertificateArgs) zone(domain string) (longest string, found bool) {
	for zone := range a.Zones {
		if (domain == zone || strings.HasSuffix(domain, "."+zone)) && len(zone) > len(longest) {
			longest, found = zone, true
		}
	}
	return longest, found
}

func (a *CertificateArgs) zoneId(domain string) pulumi.StringInput {
	if zone, found := a.zone(domain); found {
		return a.Zones[zone]
	}
	return a.ZoneId
}

func (a *CertificateArgs) validate(name string) error {
	var errs fielderr.List
	if a.DomainName == "" {
		errs.Required("domainName")
	} else {
		checkName(&errs, "domainName", a.DomainName, longestFirst)
	}
	for i, other := range a.AlternativeNames {
		path := "alternativeNames" + fielderr.Index(i)
		checkName(&errs, path, other, longestName)
		if slices.Contains(a.names()[:i+1], other) {
			errs.Invalid(path, other, "is there already")
		}
	}
	datastore.Between(&errs, "namesQuota", a.NamesQuota, 1, 100)
	if count := len(a.names()); count > a.NamesQuota {
		errs.Invalid("alternativeNames", count-1, "with domainName there must be %d names or fewer, the account's namesQuota", a.NamesQuota)
	}
	a.validateZones(&errs)
	for domain, caa := range a.Caa {
		caa.validate(errs.At("caa", fielderr.Key(domain)), a, domain)
	}
	fielderr.OneOf(&errs, "keyAlgorithm", a.KeyAlgorithm, Rsa2048, EcP256, EcP384)
	datastore.Between(&errs, "validationMinutes", a.ValidationMinutes, 5, 720)
	if a.Alarm != nil {
		datastore.Between(&errs, "alarm.daysLeft", a.Alarm.DaysLeft, 1, 44)
	}
	return errs.Err(fmt.Sprintf("certificate.Certificate %q", name))
}

func checkName(errs *fielderr.List, path, name string, longest int) {
	if !nameForm.MatchString(name) || len(name) > longest {
		errs.Invalid(path, name, "must be a domain name of %d or fewer characters in small letters, with at most one wildcard, in front", longest)
	}
}

func (a *CertificateArgs) validateZones(errs *fielderr.List) {
	switch {
	case a.ExistingRecords:
		if a.ZoneId != nil {
			errs.Conflict("existingRecords", "zoneId", "no records are made")
		}
		if len(a.Zones) > 0 {
			errs.Conflict("existingRecords", "zones", "no records are made")
		}
		if a.DeleteRecords {
			errs.Conflict("existingRecords", "deleteRecords", "no records are made")
		}
		if len(a.Caa) > 0 {
			errs.Conflict("existingRecords", "caa", "no records are made")
		}
		return
	case a.ZoneId != nil && len(a.Zones) > 0:
		errs.Conflict("zoneId", "zones", "a name is proved in one zone")
		return
	case a.ZoneId == nil && len(a.Zones) == 0:
		errs.Add("zoneId", "is required, unless zones or existingRecords is set")
		return
	case a.ZoneId != nil:
		return
	}
	used := map[string]bool{}
	for _, domain := range a.domains() {
		zone, found := a.zone(domain)
		if used[zone] = true; !found && domain != "" {
			errs.Add("zones", "none of them holds %s", domain)
		}
	}
	for _, zone := range base.SortedKeys(a.Zones) {
		switch path := fielderr.Join("zones", fielderr.Key(zone)); {
		case a.Zones[zone] == nil:
			errs.Required(path)
		case !used[zone]:
			errs.Add(path, "no name of the certificate is in it")
		}
	}
}

func (c CaaArgs) validate(errs *fielderr.List, a *CertificateArgs, domain string) {
	switch _, found := a.zone(domain); {
	case !nameForm.MatchString(domain) || strings.HasPrefix(domain, "*."):
		errs.Add("", "must be for a domain such as example.com")
	case len(a.Zones) > 0 && !found:
		errs.Add("", "none of zones holds it")
	}
	for i, issuer := range c.Issuers {
		if !nameForm.MatchString(issuer) || strings.HasPrefix(issuer, "*.") || issuer == amazon {
			errs.Invalid("issuers"+fielderr.Index(i), issuer, "must be an authority other than %s, such as letsencrypt.org", amazon)
		}
	}
	if c.Contact != "" && !contactForm.MatchString(c.Contact) {
		errs.Invalid("contact", c.Contact, "must be such as mailto:security@example.com or https://example.com/report")
	}
}
