package cdn

import "regexp"

// HeadersArgs are the headers that responses get on their way to viewers. Without any, it
// is AWS's own SecurityHeadersPolicy, with the defaults below where the origin says nothing,
// and nothing is made for it: an account may have 20 policies.
type HeadersArgs struct {
	// OriginWins leaves a header as it is where the origin sends one. Default: false, these
	// headers take the place of the origin's.
	OriginWins bool `pulumi:"originWins,optional"`
	// Hsts makes browsers use HTTPS only, from the first visit on. Default: for a year, for
	// the very domain name.
	Hsts *HstsArgs `pulumi:"hsts,optional"`
	// FrameOption says which pages may show this one in a frame. Default: FrameSameOrigin.
	FrameOption FrameOption `pulumi:"frameOption,optional"`
	// ReferrerPolicy says what browsers tell other sites of where a viewer comes from.
	// Default: ReferrerStrictOriginWhenCrossOrigin, no path and nothing over HTTP.
	ReferrerPolicy ReferrerPolicy `pulumi:"referrerPolicy,optional"`
	// ContentSecurityPolicy says what pages may load, such as "default-src 'self'".
	// Default: none, as only the site knows it.
	ContentSecurityPolicy string `pulumi:"contentSecurityPolicy,optional"`
	// Cors lets pages of other origins read responses. Default: the origin decides.
	Cors *CorsArgs `pulumi:"cors,optional"`
	// Custom are other headers' values by their names; at most 10. Default: none.
	Custom map[string]string `pulumi:"custom,optional"`
	// Remove are the names of headers that viewers never get, such as "X-Powered-By".
	// Default: none.
	Remove []string `pulumi:"remove,optional"`
}

// HstsArgs are about Strict-Transport-Security. A browser that has seen it does not forget
// it before its time.
type HstsArgs struct {
	// MaxAgeSeconds is for how long. Default: 31536000, a year.
	MaxAgeSeconds int `pulumi:"maxAgeSeconds,optional"`
	// IncludeSubdomains is for all names under the domain name too. Default: false.
	IncludeSubdomains bool `pulumi:"includeSubdomains,optional"`
	// Preload lets browsers ship with the domain name in their lists, for good. It needs
	// IncludeSubdomains and a year. Default: false.
	Preload bool `pulumi:"preload,optional"`
}

// CorsArgs are about pages of other origins.
type CorsArgs struct {
	// AllowOrigins are whose pages may read responses, such as "https://example.com", or
	// "*" for everybody's.
	AllowOrigins []string `pulumi:"allowOrigins"`
	// AllowMethods are how they may ask; "ALL" is every method. Default: GET, HEAD, OPTIONS.
	AllowMethods []string `pulumi:"allowMethods,optional"`
	// AllowHeaders are the headers that they may send, or "*". Required with
	// AllowCredentials. Default: "*".
	AllowHeaders []string `pulumi:"allowHeaders,optional"`
	// ExposeHeaders are the headers of responses that they may see, beyond the simple ones.
	// Default: none.
	ExposeHeaders []string `pulumi:"exposeHeaders,optional"`
	// AllowCredentials lets them send cookies; "*" is not possible then. Default: false.
	AllowCredentials bool `pulumi:"allowCredentials,optional"`
	// MaxAgeSeconds is for how long browsers need not ask again. Default: 600.
	MaxAgeSeconds int `pulumi:"maxAgeSeconds,optional"`
}

// FrameOption is which pages may show a page in a frame.
type FrameOption string

// The frame options.
const (
	FrameSameOrigin FrameOption = "SAMEORIGIN"
	FrameNever      FrameOption = "DENY"
)

// ReferrerPolicy is what browsers tell other sites of where a viewer comes from.
type ReferrerPolicy string

// The referrer policies.
const (
	ReferrerNone                        ReferrerPolicy = "no-referrer"
	ReferrerNoDowngrade                 ReferrerPolicy = "no-referrer-when-downgrade"
	ReferrerOrigin                      ReferrerPolicy = "origin"
	ReferrerOriginWhenCrossOrigin       ReferrerPolicy = "origin-when-cross-origin"
	ReferrerSameOrigin                  ReferrerPolicy = "same-origin"
	ReferrerStrictOrigin                ReferrerPolicy = "strict-origin"
	ReferrerStrictOriginWhenCrossOrigin ReferrerPolicy = "strict-origin-when-cross-origin"
	ReferrerUnsafeUrl                   ReferrerPolicy = "unsafe-url"
)

// SecurityHeadersPolicyId is the policy that AWS manages in every account.
const SecurityHeadersPolicyId = "67f7725c-6f97-4210-82d7-5512b31e9d03"

const (
	year              = 365 * 24 * 3600
	mostCustomHeaders = 10
)

var (
	referrerPolicies = []ReferrerPolicy{
		ReferrerNone, ReferrerNoDowngrade, ReferrerOrigin, ReferrerOriginWhenCrossOrigin, ReferrerSameOrigin, ReferrerStrictOrigin, ReferrerStrictOriginWhenCrossOrigin, ReferrerUnsafeUrl,
	}

	originForm = regexp.MustCompile(`^https?://(\*\.)?[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*(:[0-9*]+)?$`)

	corsMethods = []string{"ALL", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"}
	// ownHeaders have fields of their own, or are CloudFront's.
	ownHeaders = []string{
		"connection", "content-length", "content-security-policy", "referrer-policy", "server", "strict-transport-security",
		"via", "x-content-type-options", "x-frame-options", "x-xss-protection",
	}
	// keptHeaders are those that responses cannot do without.
	keptHeaders = []string{
		"connection", "content-encoding", "content-length", "expect", "host", "keep-alive", "proxy-authenticate", "proxy-authorization",
		"proxy-connection", "trailer", "transfer-encoding", "upgrade", "via", "warning", "x-forwarded-proto", "x-real-ip",
	}
	keptPrefixes = []string{"x-accel-", "x-amz-cf-", "x-amzn-", "x-cache", "x-edge-"}
)
