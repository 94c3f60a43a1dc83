package cdn

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/internal/base"
)

// PathArgs are how requests are answered. What is left out follows from the origin's kind:
//
//	bucket:        CachingOptimized, nothing forwarded, GET and HEAD
//	load balancer: CachingDisabled, AllViewer, every method
//	others:        CachingDisabled, AllViewerExceptHost, every method
//
// Where one answer is kept for many viewers, which is with CachingOptimized or a CachePolicyId,
// a load balancer hears only the host (HostHeaderOnly), and others hear nothing of a viewer
// besides what the cache tells apart by. A group has what its origins have, without the
// methods that write.
type PathArgs struct {
	// Origin is the key of an origin or a group. Default: DefaultOrigin.
	Origin string `pulumi:"origin,optional"`
	// Caching is one of AWS's policies for what is kept for how long, by which part of a
	// request. Default: as the origin's kind.
	Caching Caching `pulumi:"caching,optional"`
	// CachePolicyId is a cache policy of one's own in place of Caching. Default: none.
	CachePolicyId pulumi.StringInput `pulumi:"cachePolicyId,optional"`
	// Forwarding is one of AWS's policies for what the origin hears of a request that is
	// not in the cache. Default: as the origin's kind and Caching.
	Forwarding Forwarding `pulumi:"forwarding,optional"`
	// OriginRequestPolicyId is a policy of one's own in place of Forwarding. Default: none.
	OriginRequestPolicyId pulumi.StringInput `pulumi:"originRequestPolicyId,optional"`
	// HeadersPolicyId is a response headers policy in place of the one that the
	// distribution's Headers make. Default: Headers.
	HeadersPolicyId pulumi.StringInput `pulumi:"headersPolicyId,optional"`
	// Methods are what may be asked. Default: as the origin's kind.
	Methods Methods `pulumi:"methods,optional"`
	// Protocol is what becomes of viewers without TLS. Default: RedirectToHttps.
	Protocol Protocol `pulumi:"protocol,optional"`
	// Compress sends text in gzip or Brotli where the cache policy allows. Default: true.
	Compress *bool `pulumi:"compress,optional"`
	// ViewerRequest is the key of a function that sees every request first. Default: none.
	ViewerRequest string `pulumi:"viewerRequest,optional"`
	// ViewerResponse is the key of a function that sees every response last.
	// Default: none.
	ViewerResponse string `pulumi:"viewerResponse,optional"`
	// Signers are the keys of SigningKeys with one of which a URL or cookie must be
	// signed. Default: none, the path is public.
	Signers []string `pulumi:"signers,optional"`
}

// Caching is one of AWS's cache policies.
type Caching string

// The cache policies.
const (
	// CachingOptimized keeps by path alone, for a day unless the origin says otherwise: one
	// answer for all viewers.
	CachingOptimized Caching = "CachingOptimized"
	// CachingDisabled keeps nothing.
	CachingDisabled Caching = "CachingDisabled"
	// CachingByOrigin keeps only what the origin says may be kept, by path, host and
	// cookies, which it forwards.
	CachingByOrigin Caching = "CachingByOrigin"
	// CachingByOriginAndQuery also tells apart by query.
	CachingByOriginAndQuery Caching = "CachingByOriginAndQuery"
)

// Forwarding is one of AWS's origin request policies.
type Forwarding string

// The origin request policies.
const (
	// AllViewer forwards everything.
	AllViewer Forwarding = "AllViewer"
	// AllViewerExceptHost forwards everything but the host: the origin hears its own name.
	AllViewerExceptHost Forwarding = "AllViewerExceptHost"
	// HostHeaderOnly forwards the host alone, by which a load balancer's rules and
	// certificate go.
	HostHeaderOnly Forwarding = "HostHeaderOnly"
	// CorsToBucket forwards what a bucket needs to answer pages of other origins.
	CorsToBucket Forwarding = "CorsToBucket"
	// NoForwarding adds nothing to what the cache policy tells apart by.
	NoForwarding Forwarding = "NoForwarding"
)

// Methods are what may be asked.
type Methods string

// The sets of methods; there are no others.
const (
	// ReadMethods are GET and HEAD.
	ReadMethods Methods = "Read"
	// ReadMethodsAndOptions are GET, HEAD and OPTIONS.
	ReadMethodsAndOptions Methods = "ReadAndOptions"
	// AllMethods are also POST, PUT, PATCH and DELETE.
	AllMethods Methods = "All"
)

// Protocol is what becomes of viewers without TLS.
type Protocol string

// The protocols.
const (
	RedirectToHttps Protocol = "redirect-to-https"
	HttpsOnly       Protocol = "https-only"
	// PlaintextToo answers them unencrypted.
	PlaintextToo Protocol = "allow-all"
)

// withDefaults completes a path; origin is where it goes if it does not say, of a.
func (p PathArgs) withDefaults(origin string, a *DistributionArgs) PathArgs {
	base.Default(&p.Origin, origin)
	usual := usualOf[a.kindOf(p.Origin)]
	if p.CachePolicyId == nil {
		base.Default(&p.Caching, usual.caching)
	}
	if p.OriginRequestPolicyId == nil {
		base.Default(&p.Forwarding, p.forwarding(usual))
	}
	methods := usual.methods
	if _, group := a.OriginGroups[p.Origin]; group && methods == AllMethods {
		methods = ReadMethodsAndOptions
	}
	base.Default(&p.Methods, methods)
	base.Default(&p.Protocol, RedirectToHttps)
	base.DefaultRef(&p.Compress, true)
	return p
}

// forwarding goes with what is kept: an origin that hears who asks may answer what nobody
// else should get.
func (p PathArgs) forwarding(usual usual) Forwarding {
	if p.Caching == CachingOptimized || p.CachePolicyId != nil {
		return usual.shared
	}
	return usual.forwarding
}
