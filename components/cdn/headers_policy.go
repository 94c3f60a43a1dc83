package cdn

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudfront"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/internal/base"
)

func (h *HeadersArgs) withDefaults() *HeadersArgs {
	if h == nil {
		return nil
	}
	h = base.CopyOf(h)
	h.Hsts = base.CopyOf(h.Hsts)
	base.Default(&h.Hsts.MaxAgeSeconds, year)
	base.Default(&h.FrameOption, FrameSameOrigin)
	base.Default(&h.ReferrerPolicy, ReferrerStrictOriginWhenCrossOrigin)
	if h.Cors != nil {
		h.Cors = base.CopyOf(h.Cors)
		base.Default(&h.Cors.MaxAgeSeconds, 600)
		if len(h.Cors.AllowMethods) == 0 {
			h.Cors.AllowMethods = []string{"GET", "HEAD", "OPTIONS"}
		}
		if len(h.Cors.AllowHeaders) == 0 && !h.Cors.AllowCredentials {
			h.Cors.AllowHeaders = []string{"*"}
		}
	}
	return h
}

func (h *HeadersArgs) validate(errs *fielderr.List) {
	if h == nil {
		return
	}
	h.Hsts.validate(errs.At("hsts"))
	fielderr.OneOf(errs, "frameOption", h.FrameOption, FrameSameOrigin, FrameNever)
	fielderr.OneOf(errs, "referrerPolicy", h.ReferrerPolicy, referrerPolicies...)
	if strings.ContainsAny(h.ContentSecurityPolicy, "\r\n") {
		errs.Invalid("contentSecurityPolicy", h.ContentSecurityPolicy, "must be one line")
	}
	if h.Cors != nil {
		h.Cors.validate(errs.At("cors"))
	}
	if n := len(h.Custom); n > mostCustomHeaders {
		errs.Invalid("custom", n, "must be %d headers or fewer", mostCustomHeaders)
	}
	set := map[string]string{}
	for _, name := range base.SortedKeys(h.Custom) {
		at, value := errs.At("custom", fielderr.Key(name)), h.Custom[name]
		if other, twice := set[strings.ToLower(name)]; twice {
			at.Add("", "is the same header as %s", other)
		}
		set[strings.ToLower(name)] = name
		checkHeader(at, "", name)
		if slices.Contains(ownHeaders, strings.ToLower(name)) {
			at.Add("", "is not a custom header: it has a field of its own, or is CloudFront's")
		}
		if value == "" || strings.ContainsAny(value, "\r\n") {
			at.Invalid("", value, "must be one line of text")
		}
	}
	for i, name := range h.Remove {
		at := fielderr.Join("remove", fielderr.Index(i))
		checkHeader(errs, at, name)
		if kept(strings.ToLower(name)) {
			errs.Invalid(at, name, "CloudFront does not remove it")
		}
		if _, both := set[strings.ToLower(name)]; both {
			errs.Invalid(at, name, "cannot be set by custom as well")
		}
	}
}

func (t *HstsArgs) validate(errs *fielderr.List) {
	if t.MaxAgeSeconds < 0 {
		errs.Invalid("maxAgeSeconds", t.MaxAgeSeconds, "must be 1 or more")
	}
	if t.Preload && (!t.IncludeSubdomains || t.MaxAgeSeconds < year) {
		errs.Add("preload", "needs includeSubdomains and a maxAgeSeconds of %d or more: browsers take no other domain name into their lists", year)
	}
}

func (c *CorsArgs) validate(errs *fielderr.List) {
	if len(c.AllowOrigins) == 0 {
		errs.Required("allowOrigins")
	}
	for i, origin := range c.AllowOrigins {
		if origin != "*" && !originForm.MatchString(origin) {
			errs.Invalid(fielderr.Join("allowOrigins", fielderr.Index(i)), origin, `must be scheme and host such as "https://example.com", or "*"`)
		}
	}
	for i, method := range c.AllowMethods {
		fielderr.OneOf(errs, fielderr.Join("allowMethods", fielderr.Index(i)), method, corsMethods...)
	}
	if len(c.AllowHeaders) == 0 {
		errs.Add("allowHeaders", "is required with allowCredentials")
	}
	for path, list := range map[string][]string{"allowOrigins": c.AllowOrigins, "allowHeaders": c.AllowHeaders, "exposeHeaders": c.ExposeHeaders} {
		if c.AllowCredentials && slices.Contains(list, "*") {
			errs.Conflict(path, "allowCredentials", `browsers send cookies only where no "*" stands for all`)
		}
	}
	for path, list := range map[string][]string{"allowHeaders": c.AllowHeaders, "exposeHeaders": c.ExposeHeaders} {
		for i, name := range list {
			checkHeader(errs, fielderr.Join(path, fielderr.Index(i)), name)
		}
	}
	if c.MaxAgeSeconds < 0 {
		errs.Invalid("maxAgeSeconds", c.MaxAgeSeconds, "must be 1 or more")
	}
}

func checkHeader(errs *fielderr.List, path, name string) {
	if !base.IsHeader(name) {
		errs.Invalid(path, name, "must be the name of a header")
	}
}

// kept tells the headers, in lower case, that CloudFront sends whatever a policy says.
func kept(name string) bool {
	return slices.Contains(keptHeaders, name) ||
		slices.ContainsFunc(keptPrefixes, func(prefix string) bool { return strings.HasPrefix(name, prefix) })
}

// newHeaders gives the id of the policy for responses, which changes in place.
func (d *Distribution) newHeaders(ctx *pulumi.Context, _ string, a *DistributionArgs) (pulumi.StringOutput, error) {
	h := a.Headers
	if h == nil {
		return pulumi.String(SecurityHeadersPolicyId).ToStringOutput(), nil
	}
	child, override := d.child("headers"), pulumi.Bool(!h.OriginWins)
	security := cloudfront.ResponseHeadersPolicySecurityHeadersConfigArgs{
		ContentTypeOptions: cloudfront.ResponseHeadersPolicySecurityHeadersConfigContentTypeOptionsArgs{Override: pulumi.Bool(true)},
		FrameOptions: cloudfront.ResponseHeadersPolicySecurityHeadersConfigFrameOptionsArgs{
			FrameOption: pulumi.String(h.FrameOption), Override: override,
		},
		ReferrerPolicy: cloudfront.ResponseHeadersPolicySecurityHeadersConfigReferrerPolicyArgs{
			ReferrerPolicy: pulumi.String(h.ReferrerPolicy), Override: override,
		},
		StrictTransportSecurity: cloudfront.ResponseHeadersPolicySecurityHeadersConfigStrictTransportSecurityArgs{
			AccessControlMaxAgeSec: pulumi.Int(h.Hsts.MaxAgeSeconds), IncludeSubdomains: pulumi.Bool(h.Hsts.IncludeSubdomains),
			Preload: pulumi.Bool(h.Hsts.Preload), Override: override,
		},
	}
	if h.ContentSecurityPolicy != "" {
		security.ContentSecurityPolicy = cloudfront.ResponseHeadersPolicySecurityHeadersConfigContentSecurityPolicyArgs{
			ContentSecurityPolicy: pulumi.String(h.ContentSecurityPolicy), Override: override,
		}
	}
	args := &cloudfront.ResponseHeadersPolicyArgs{SecurityHeadersConfig: security}
	if h.Cors != nil {
		args.CorsConfig = h.Cors.config(override)
	}
	if len(h.Custom) > 0 {
		items := cloudfront.ResponseHeadersPolicyCustomHeadersConfigItemArray{}
		for _, name := range base.SortedKeys(h.Custom) {
			items = append(items, cloudfront.ResponseHeadersPolicyCustomHeadersConfigItemArgs{
				Header: pulumi.String(name), Value: pulumi.String(h.Custom[name]), Override: override,
			})
		}
		args.CustomHeadersConfig = cloudfront.ResponseHeadersPolicyCustomHeadersConfigArgs{Items: items}
	}
	if len(h.Remove) > 0 {
		items := cloudfront.ResponseHeadersPolicyRemoveHeadersConfigItemArray{}
		for _, name := range h.Remove {
			items = append(items, cloudfront.ResponseHeadersPolicyRemoveHeadersConfigItemArgs{Header: pulumi.String(name)})
		}
		args.RemoveHeadersConfig = cloudfront.ResponseHeadersPolicyRemoveHeadersConfigArgs{Items: items}
	}
	policy, err := cloudfront.NewResponseHeadersPolicy(ctx, child, args, pulumi.Parent(d))
	if err != nil {
		return pulumi.StringOutput{}, fmt.Errorf("create headers policy %s: %w", child, err)
	}
	return policy.ID().ToStringOutput(), nil
}

func (c *CorsArgs) config(override pulumi.Bool) cloudfront.ResponseHeadersPolicyCorsConfigArgs {
	config := cloudfront.ResponseHeadersPolicyCorsConfigArgs{
		AccessControlAllowCredentials: pulumi.Bool(c.AllowCredentials),
		AccessControlAllowHeaders:     cloudfront.ResponseHeadersPolicyCorsConfigAccessControlAllowHeadersArgs{Items: pulumi.ToStringArray(c.AllowHeaders)},
		AccessControlAllowMethods:     cloudfront.ResponseHeadersPolicyCorsConfigAccessControlAllowMethodsArgs{Items: pulumi.ToStringArray(c.AllowMethods)},
		AccessControlAllowOrigins:     cloudfront.ResponseHeadersPolicyCorsConfigAccessControlAllowOriginsArgs{Items: pulumi.ToStringArray(c.AllowOrigins)},
		AccessControlMaxAgeSec:        pulumi.Int(c.MaxAgeSeconds), OriginOverride: override,
	}
	if len(c.ExposeHeaders) > 0 {
		config.AccessControlExposeHeaders = cloudfront.ResponseHeadersPolicyCorsConfigAccessControlExposeHeadersArgs{Items: pulumi.ToStringArray(c.ExposeHeaders)}
	}
	return config
}
