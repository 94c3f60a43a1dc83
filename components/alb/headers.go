package alb

import (
	"strconv"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lb"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/internal/base"
)

// ResponseHeadersArgs are headers that the main listener sets on every response, in
// place of the target's own. An empty string leaves a header to the targets.
//
// On a listener that exists, the AWS provider takes no notice of a header that is no
// longer set here: preview shows no change and the header stays until it is removed from
// the listener's attributes by hand as well. Changing a header to another value works.
type ResponseHeadersArgs struct {
	// StrictTransportSecurity keeps browsers on HTTPS. Sub-domains are left out by
	// default because they may be someone else's.
	// Default: "max-age=31536000", and nothing for PlaintextHttp.
	StrictTransportSecurity *string `pulumi:"strictTransportSecurity,optional"`
	// ContentTypeOptions keeps browsers from guessing types: "nosniff" or "".
	// Default: "nosniff".
	ContentTypeOptions *string `pulumi:"contentTypeOptions,optional"`
	// FrameOptions says who may show pages in a frame: "DENY", "SAMEORIGIN" or "".
	// Default: "SAMEORIGIN".
	FrameOptions *string `pulumi:"frameOptions,optional"`
	// ContentSecurityPolicy is the policy's text. Default: left to the targets.
	ContentSecurityPolicy string `pulumi:"contentSecurityPolicy,optional"`
	// Server keeps the load balancer's Server header. Default: false.
	Server bool `pulumi:"server,optional"`
	// Cors lets pages of another origin use responses. Default: left to the targets.
	Cors *CorsArgs `pulumi:"cors,optional"`
}

// CorsArgs are the headers of cross-origin resource sharing.
type CorsArgs struct {
	// AllowOrigin is the origin, such as "https://example.com", or "*".
	AllowOrigin string `pulumi:"allowOrigin"`
	// AllowMethods are HTTP methods. Default: none.
	AllowMethods []string `pulumi:"allowMethods,optional"`
	// AllowHeaders are request headers. Default: none.
	AllowHeaders []string `pulumi:"allowHeaders,optional"`
	// ExposeHeaders are response headers. Default: none.
	ExposeHeaders []string `pulumi:"exposeHeaders,optional"`
	// AllowCredentials lets browsers send cookies. Default: false.
	AllowCredentials bool `pulumi:"allowCredentials,optional"`
	// MaxAge is for how many seconds an answer may be kept, 0 to 86400.
	// Default: the browser's.
	MaxAge *int `pulumi:"maxAge,optional"`
}

func (h *ResponseHeadersArgs) withDefaults(protocol Protocol) *ResponseHeadersArgs {
	h = base.CopyOf(h)
	if h.StrictTransportSecurity == nil {
		// Browsers ignore it over plaintext.
		h.StrictTransportSecurity = pulumi.StringRef("")
		if protocol == Https {
			h.StrictTransportSecurity = pulumi.StringRef("max-age=31536000")
		}
	}
	if h.ContentTypeOptions == nil {
		h.ContentTypeOptions = pulumi.StringRef("nosniff")
	}
	if h.FrameOptions == nil {
		h.FrameOptions = pulumi.StringRef("SAMEORIGIN")
	}
	return h
}

func (h *ResponseHeadersArgs) validate(errs *fielderr.List) {
	if v := *h.StrictTransportSecurity; v != "" && !strings.HasPrefix(v, "max-age=") {
		errs.Invalid("strictTransportSecurity", v, "must begin with max-age=")
	}
	fielderr.OneOf(errs, "contentTypeOptions", *h.ContentTypeOptions, "nosniff", "")
	fielderr.OneOf(errs, "frameOptions", *h.FrameOptions, "DENY", "SAMEORIGIN", "")
	if h.Cors == nil {
		return
	}
	cors := errs.At("cors")
	if h.Cors.AllowOrigin == "" {
		cors.Required("allowOrigin")
	}
	if h.Cors.AllowOrigin == "*" && h.Cors.AllowCredentials {
		cors.Conflict("allowCredentials", "allowOrigin", "browsers refuse credentials for every origin")
	}
	if h.Cors.MaxAge != nil {
		within(cors, "maxAge", *h.Cors.MaxAge, 0, 86400)
	}
}

func (h *ResponseHeadersArgs) apply(args *lb.ListenerArgs) {
	args.RoutingHttpResponseServerEnabled = pulumi.Bool(h.Server)
	args.RoutingHttpResponseStrictTransportSecurityHeaderValue = text(*h.StrictTransportSecurity)
	args.RoutingHttpResponseXContentTypeOptionsHeaderValue = text(*h.ContentTypeOptions)
	args.RoutingHttpResponseXFrameOptionsHeaderValue = text(*h.FrameOptions)
	args.RoutingHttpResponseContentSecurityPolicyHeaderValue = text(h.ContentSecurityPolicy)
	if c := h.Cors; c != nil {
		args.RoutingHttpResponseAccessControlAllowOriginHeaderValue = text(c.AllowOrigin)
		args.RoutingHttpResponseAccessControlAllowMethodsHeaderValue = text(strings.Join(c.AllowMethods, ","))
		args.RoutingHttpResponseAccessControlAllowHeadersHeaderValue = text(strings.Join(c.AllowHeaders, ","))
		args.RoutingHttpResponseAccessControlExposeHeadersHeaderValue = text(strings.Join(c.ExposeHeaders, ","))
		if c.AllowCredentials {
			args.RoutingHttpResponseAccessControlAllowCredentialsHeaderValue = pulumi.String("true")
		}
		if c.MaxAge != nil {
			args.RoutingHttpResponseAccessControlMaxAgeHeaderValue = text(strconv.Itoa(*c.MaxAge))
		}
	}
}

// text is nil for the empty string.
func text(s string) pulumi.StringPtrInput {
	if s == "" {
		return nil
	}
	return pulumi.String(s)
}
