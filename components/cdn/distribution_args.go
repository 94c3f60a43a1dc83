package cdn

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/internal/base"
)

// DistributionArgs are the arguments of NewDistribution.
type DistributionArgs struct {
	// Region is the region of the component's own provider, where buckets are made unless
	// they say otherwise. CloudFront itself is in every region.
	Region string `pulumi:"region"`
	// AccountId is the AWS account, twelve digits.
	AccountId string `pulumi:"accountId"`
	// Edge is an AWS provider of us-east-1, where CloudFront's metrics and logs are.
	Edge pulumi.ProviderResource

	// Origins are where content comes from, by keys of letters, digits and hyphens.
	Origins map[string]OriginArgs `pulumi:"origins"`
	// OriginGroups are pairs of origins, of which the second answers what the first fails
	// to, by keys that no origin has. Default: none.
	OriginGroups map[string]OriginGroupArgs `pulumi:"originGroups,optional"`
	// DefaultOrigin is the key of the origin, or group, that answers what no path matches.
	DefaultOrigin string `pulumi:"defaultOrigin"`
	// Default is how DefaultOrigin is asked; its Origin is left out. Default: see PathArgs.
	Default PathArgs `pulumi:"default,optional"`
	// Paths are origins of their own, or other ways to ask, by patterns such as
	// "/assets/*"; "*" is any text and "?" any one character. Which pattern comes first is
	// computed: see the package. At most 74. Default: none.
	Paths map[string]PathArgs `pulumi:"paths,optional"`

	// Aliases are domain names of one's own, which CertificateArn must cover. Default: none.
	Aliases []string `pulumi:"aliases,optional"`
	// CertificateArn is an issued certificate in us-east-1. Required with Aliases.
	// Default: CloudFront's own, for its own domain name.
	CertificateArn pulumi.StringInput `pulumi:"certificateArn,optional"`
	// MinimumTls is the oldest TLS that viewers may speak to Aliases. CloudFront's own
	// domain name takes TLS 1.0, which nobody can change. Default: Tls12.
	MinimumTls Tls `pulumi:"minimumTls,optional"`
	// Records lead Aliases to the distribution, by alias. Default: none.
	Records map[string]RecordArgs `pulumi:"records,optional"`

	// WebAclArn is a web ACL for CloudFront, in us-east-1. Default: none.
	WebAclArn pulumi.StringInput `pulumi:"webAclArn,optional"`
	// Geo lets in or keeps out countries. Default: everybody is let in.
	Geo *GeoArgs `pulumi:"geo,optional"`
	// Functions run at the edge, by keys that paths refer to. Default: none.
	Functions map[string]FunctionArgs `pulumi:"functions,optional"`
	// SigningKeys are whose signatures open private paths, by keys that paths refer to.
	// Default: none.
	SigningKeys map[string]SigningKeyArgs `pulumi:"signingKeys,optional"`
	// Headers are what every response carries. Default: see HeadersArgs.
	Headers *HeadersArgs `pulumi:"headers,optional"`

	// RootObject is what "/" is, such as "index.html". Default: left to the origin.
	RootObject string `pulumi:"rootObject,optional"`
	// ErrorPages are what viewers get in place of an origin's errors, by status, such as
	// "404", and whichever origin it comes from. "403" is also for requests that a web ACL, Geo
	// or Signers turn away. A bucket says "404" of what is missing to a distribution that may
	// list it: an own bucket's may, if there is a RootObject, others need ListStatement.
	// Default: the errors.
	ErrorPages map[string]ErrorPageArgs `pulumi:"errorPages,optional"`
	// SinglePageApp answers RootObject, with status 200, where there is no object. It
	// needs buckets only: it would hide the errors of every other origin too. An existing
	// bucket needs ListStatement.
	// Default: false.
	SinglePageApp bool `pulumi:"singlePageApp,optional"`

	// PriceClass is which of CloudFront's locations are used. Default: EveryLocation.
	PriceClass PriceClass `pulumi:"priceClass,optional"`
	// Http is the newest HTTP that viewers may speak; older ones work too.
	// Default: Http3.
	Http Http `pulumi:"http,optional"`
	// Ipv6 gives the distribution IPv6 addresses as well. Default: true.
	Ipv6 *bool `pulumi:"ipv6,optional"`
	// Enabled lets viewers in. Default: true.
	Enabled *bool `pulumi:"enabled,optional"`

	// Logs are about requests. Default: see LogsArgs.
	Logs *LogsArgs `pulumi:"logs,optional"`
	// Alarms watches the distribution. Default: no alarms.
	Alarms *AlarmsArgs `pulumi:"alarms,optional"`
	// WaitForDeployment makes a deploy wait until every location knows a change, which
	// takes minutes. Without it, a way into a VPC that was replaced may go while some locations
	// still use it, or not go before the next deploy. Default: true.
	WaitForDeployment *bool `pulumi:"waitForDeployment,optional"`
	// DeletionProtection makes the engine refuse to delete or replace own buckets.
	// Default: true.
	DeletionProtection *bool `pulumi:"deletionProtection,optional"`
	// Tags are put on every resource that can have them, save origins in a VPC, whose tags
	// cannot be changed while they are in use. Default: none.
	Tags map[string]string `pulumi:"tags,optional"`
}

// Tls is the oldest TLS, with the ciphers, that viewers may speak.
type Tls string

// The TLS floors. The AWS provider knows of no higher ones.
const (
	Tls12 Tls = "TLSv1.2_2021"
	// Tls12OldCiphers adds ciphers of older clients, without forward secrecy.
	Tls12OldCiphers Tls = "TLSv1.2_2018"
)

// Http is the newest HTTP that viewers may speak.
type Http string

// The versions of HTTP.
const (
	Http11 Http = "http1.1"
	Http2  Http = "http2"
	Http3  Http = "http2and3"
)

// PriceClass is which of CloudFront's locations are used. Viewers elsewhere get their
// content from farther away.
type PriceClass string

// The price classes.
const (
	EveryLocation PriceClass = "PriceClass_All"
	// MostLocations leaves out South America, Australia and New Zealand.
	MostLocations PriceClass = "PriceClass_200"
	// CheapestLocations are those of North America, Europe and Israel.
	CheapestLocations PriceClass = "PriceClass_100"
)

// GeoArgs are countries by their two letters, such as "DE". Either Allow or Deny.
type GeoArgs struct {
	// Allow are the countries that are let in; nobody else is. Default: see Deny.
	Allow []string `pulumi:"allow,optional"`
	// Deny are the countries that are kept out. Default: see Allow.
	Deny []string `pulumi:"deny,optional"`
}

func (a DistributionArgs) withDefaults() *DistributionArgs {
	a.Origins = defaulted(a.Origins, OriginArgs.withDefaults)
	a.OriginGroups = defaulted(a.OriginGroups, OriginGroupArgs.withDefaults)
	a.Default = a.Default.withDefaults(a.DefaultOrigin, &a)
	a.Paths = defaulted(a.Paths, func(p PathArgs) PathArgs { return p.withDefaults(a.DefaultOrigin, &a) })
	if a.CertificateArn != nil {
		base.Default(&a.MinimumTls, Tls12)
	}
	a.Headers = a.Headers.withDefaults()
	a.Logs = a.Logs.withDefaults()
	a.Alarms = a.Alarms.withDefaults()
	base.Default(&a.PriceClass, EveryLocation)
	base.Default(&a.Http, Http3)
	base.DefaultRef(&a.Ipv6, true)
	base.DefaultRef(&a.Enabled, true)
	base.DefaultRef(&a.WaitForDeployment, true)
	base.DefaultRef(&a.DeletionProtection, true)
	return &a
}

// defaulted is a copy of a map with each of its values completed.
func defaulted[V any](m map[string]V, withDefaults func(V) V) map[string]V {
	completed := make(map[string]V, len(m))
	for key, value := range m {
		completed[key] = withDefaults(value)
	}
	return completed
}
