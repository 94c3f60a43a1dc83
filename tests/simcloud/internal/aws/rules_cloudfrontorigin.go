package aws

import (
	"slices"
	"strings"
)

const docVPCOrigin = "Amazon CloudFront Developer Guide: Restrict access with VPC origins"

var originRules = []Rule{
	{ID: "cdn-origin-named", Code: "NoSuchOrigin", Source: docCreateDist, Kinds: distribute, On: Write, Check: func(r *Request) string {
		known := map[string]bool{}
		for _, o := range append(r.New.Objs("origins"), r.New.Objs("originGroups")...) {
			known[o.Str("originId")] = true
		}
		for _, b := range behaviors(r.New) {
			if id := b.Str("targetOriginId"); !known[id] {
				return say("One or more of your origins or origin groups do not exist. (%s)", id)
			}
		}
		return ""
	}},
	{ID: "cdn-origin-ids", Code: badArgument, Source: docDistribution, Kinds: distribute, On: Write, Check: func(r *Request) string {
		seen := map[string]bool{}
		for _, o := range append(r.New.Objs("origins"), r.New.Objs("originGroups")...) {
			id := o.Str("originId")
			if id == "" || seen[id] {
				return say("The origin ID '%s' must be given and unique in the distribution", id)
			}
			seen[id] = true
		}
		return ""
	}},
	{ID: "cdn-origin-kind", Code: badArgument, Source: "Amazon CloudFront Developer Guide: Use various origins with CloudFront distributions", Kinds: distribute, On: Write, Check: func(r *Request) string {
		for _, o := range r.New.Objs("origins") {
			kinds := 0
			for _, k := range []string{"customOriginConfig", "s3OriginConfig", "vpcOriginConfig"} {
				if o.Get(k) != nil {
					kinds++
				}
			}
			domain := o.Str("domainName")
			switch {
			case kinds > 1:
				return say("The origin %s must be one of a custom, an S3 and a VPC origin", o.Str("originId"))
			case o.Get("customOriginConfig") == nil && o.Get("vpcOriginConfig") == nil && !s3Origin.MatchString(domain):
				return say("The parameter Origin DomainName does not refer to a valid S3 bucket. (%s)", domain)
			case !hostForm.MatchString(domain):
				return say("The parameter Origin DomainName must be a host name, with neither scheme nor path (%s)", domain)
			}
		}
		return ""
	}},
	{ID: "cdn-origin-path", Code: badArgument, Source: docDistribution, Kinds: distribute, On: Write, Check: func(r *Request) string {
		for _, o := range r.New.Objs("origins") {
			if p := o.Str("originPath"); p != "" && (!strings.HasPrefix(p, "/") || strings.HasSuffix(p, "/")) {
				return say("The parameter OriginPath must begin with a slash and not end with one (%s)", p)
			}
		}
		return ""
	}},
	{ID: "cdn-origin-settings", Code: badArgument, Source: docDistribution, Kinds: distribute, On: Write, Check: func(r *Request) string {
		for _, o := range r.New.Objs("origins") {
			c := o.Obj("customOriginConfig")
			switch {
			case !within(o, "connectionAttempts", 1, 3) || !within(o, "connectionTimeout", 1, 10):
				return "An origin takes 1 to 3 connection attempts, each of 1 to 10 seconds"
			case c == nil:
				continue
			case !oneOf(c.Str("originProtocolPolicy"), "http-only https-only match-viewer"):
				return say("The parameter OriginProtocolPolicy is not valid: %s", c.Str("originProtocolPolicy"))
			case !originPort(c.Int("httpPort")) || !originPort(c.Int("httpsPort")):
				return say("The ports of an origin are 80, 443 or between 1024 and 65535 (%d, %d)", c.Int("httpPort"), c.Int("httpsPort"))
			case !within(c, "originReadTimeout", 1, 120) || !within(c, "originKeepaliveTimeout", 1, 120):
				return "The response and keep-alive timeouts of an origin are between 1 and 120 seconds"
			case len(c.Strs("originSslProtocols")) == 0:
				return "The parameter OriginSslProtocols is required."
			}
			for _, p := range c.Strs("originSslProtocols") {
				if !oneOf(p, "SSLv3 TLSv1 TLSv1.1 TLSv1.2") {
					return say("The parameter OriginSslProtocols is not valid: %s", p)
				}
			}
		}
		return ""
	}},
	{ID: "cdn-origin-headers", Code: badArgument, Source: "Amazon CloudFront Developer Guide: Add custom headers to origin requests", Kinds: distribute, On: Write, Check: func(r *Request) string {
		for _, o := range r.New.Objs("origins") {
			for _, h := range o.Objs("customHeaders") {
				name := strings.ToLower(h.Str("name"))
				if oneOf(name, "cache-control connection content-length cookie host if-match if-modified-since if-none-match if-range if-unmodified-since max-forwards pragma proxy-authorization proxy-connection range request-range te trailer transfer-encoding upgrade via") || strings.HasPrefix(name, "x-amz-") || strings.HasPrefix(name, "x-edge-") || name == "x-real-ip" {
					return say("The parameter HeaderName contains %s that is not allowed.", h.Str("name"))
				}
			}
		}
		return ""
	}},
	{ID: "cdn-origin-access", Code: "InvalidOriginAccessControl", Source: "Amazon CloudFront Developer Guide: Restrict access to an Amazon S3 origin", Kinds: distribute, On: Write, Check: func(r *Request) string {
		for _, o := range r.New.Objs("origins") {
			id, domain := o.Str("originAccessControlId"), o.Str("domainName")
			if id == "" {
				continue
			}
			oac := r.Find("cloudfront.originAccessControl", id)
			switch {
			case oac == nil:
				return say("The origin access control %s does not exist", id)
			case o.Has("s3OriginConfig.originAccessIdentity"):
				return "An origin cannot have both an origin access control and an origin access identity"
			case oac.Props.Str("originAccessControlOriginType") == "s3" && !s3Origin.MatchString(domain),
				oac.Props.Str("originAccessControlOriginType") == "lambda" && !strings.Contains(domain, ".lambda-url."):
				return say("The origin access control %s is of the type %s, which %s is not", id, oac.Props.Str("originAccessControlOriginType"), domain)
			}
		}
		return ""
	}},
	{ID: "cdn-origin-shield", Code: badArgument, Source: "Amazon CloudFront Developer Guide: Use Amazon CloudFront Origin Shield", Kinds: distribute, On: Write, Check: func(r *Request) string {
		for _, o := range r.New.Objs("origins") {
			if s := o.Obj("originShield"); s.Bool("enabled") && !KnownRegion(s.Str("originShieldRegion")) {
				return say("The parameter OriginShieldRegion is not valid: %s", s.Str("originShieldRegion"))
			}
		}
		return ""
	}},
	{ID: "cdn-origin-group", Code: badArgument, Source: docFailover, Kinds: distribute, On: Write, Check: func(r *Request) string {
		origins := map[string]bool{}
		for _, o := range r.New.Objs("origins") {
			origins[o.Str("originId")] = true
		}
		for _, g := range r.New.Objs("originGroups") {
			members := collect(g, "members.originId")
			if len(members) != 2 || members[0] == members[1] {
				return say("The origin group %s must have two different members", g.Str("originId"))
			}
			for _, m := range members {
				if !origins[m] {
					return say("The member %s of the origin group %s does not exist", m, g.Str("originId"))
				}
			}
			codes, _ := g.Get("failoverCriteria.statusCodes").([]any)
			for _, c := range codes {
				if !slices.Contains([]any{400.0, 403.0, 404.0, 416.0, 429.0, 500.0, 502.0, 503.0, 504.0}, c) {
					return say("The origin group %s cannot fail over on the status code %v", g.Str("originId"), c)
				}
			}
			if len(codes) == 0 {
				return "An origin group needs status codes to fail over on"
			}
		}
		return ""
	}},
	{ID: "cdn-origin-group-methods", Code: badArgument, Source: docFailover, Kinds: distribute, On: Write, Check: func(r *Request) string {
		groups := collect(r.New, "originGroups.originId")
		for _, b := range behaviors(r.New) {
			if slices.Contains(groups, b.Str("targetOriginId")) && methods(b, "allowedMethods") == everyMethods {
				return "The parameter AllowedMethods cannot include POST, PUT, PATCH, or DELETE for a cached behavior associated with an origin group."
			}
		}
		return ""
	}},
	{ID: "cdn-vpc-origin-found", Code: "EntityNotFound", Source: docVPCOrigin, Kinds: distribute, On: Write, Check: func(r *Request) string {
		for _, id := range collect(r.New, "origins.vpcOriginConfig.vpcOriginId") {
			if r.Find("cloudfront.vpcOrigin", id) == nil {
				return say("The VPC origin %s does not exist", id)
			}
		}
		return ""
	}},
	{ID: "vpc-origin-endpoint", Code: badArgument, Source: docVPCOrigin, Kinds: "cloudfront.vpcOrigin", On: Write, Check: func(r *Request) string {
		text := r.New.Str("vpcOriginEndpointConfig.arn")
		a, ok := parseARN(text)
		if !ok || !oneOf(a.service, "elasticloadbalancing ec2") {
			return say("The VPC origin endpoint ARN %s must be that of a load balancer or an instance", text)
		}
		kind := map[string]string{"elasticloadbalancing": "lb.loadBalancer", "ec2": "ec2.instance"}[a.service]
		if target, foreign := r.byARN(kind, text); target == nil && !foreign {
			return say("The VPC origin endpoint %s does not exist", text)
		}
		c := r.New.Obj("vpcOriginEndpointConfig")
		if !oneOf(c.Str("originProtocolPolicy"), "http-only https-only match-viewer") || c.Int("originSslProtocols.quantity") != len(c.Strs("originSslProtocols.items")) {
			return "The origin protocol policy or the quantity of SSL protocols of the VPC origin is not valid"
		}
		return ""
	}},
	{ID: "vpc-origin-gateway", Code: badArgument, Source: docVPCOrigin, Kinds: "cloudfront.vpcOrigin", On: Create, Check: func(r *Request) string {
		lb, _ := r.byARN("lb.loadBalancer", r.New.Str("vpcOriginEndpointConfig.arn"))
		if lb == nil {
			return ""
		}
		if there := r.in(lb.Region); lb.Props.Has("vpcId") && there.gatewayOf(lb.Props.Str("vpcId")) == nil {
			return say("The VPC %s of a VPC origin needs an internet gateway, which shows that it may receive traffic from the internet", lb.Props.Str("vpcId"))
		}
		return ""
	}},
	{ID: "vpc-origin-update-in-use", Code: "CannotUpdateEntityWhileInUse", Source: docVPCOrigin, Kinds: "cloudfront.vpcOrigin", On: Update, Check: func(r *Request) string {
		return r.distributed("origins.vpcOriginConfig.vpcOriginId", "The specified VPC origin is currently associated with one or more distributions. Please disassociate the VPC origin from all distributions before updating or deleting (%s)")
	}},
	{ID: "vpc-origin-in-use", Code: "CannotDeleteEntityWhileInUse", Source: docVPCOrigin, Kinds: "cloudfront.vpcOrigin", On: Delete, Check: func(r *Request) string {
		return r.distributed("origins.vpcOriginConfig.vpcOriginId", "The specified VPC origin is currently associated with one or more distributions. Please disassociate the VPC origin from all distributions before updating or deleting (%s)")
	}},
}

var edgePolicyRules = []Rule{
	inUse("cloudfront.cachePolicy", "CachePolicyInUse", "DeleteCachePolicy", "cachePolicyId"),
	inUse("cloudfront.originRequestPolicy", "OriginRequestPolicyInUse", "DeleteOriginRequestPolicy", "originRequestPolicyId"),
	inUse("cloudfront.responseHeadersPolicy", "ResponseHeadersPolicyInUse", "DeleteResponseHeadersPolicy", "responseHeadersPolicyId"),
	inUse("cloudfront.keyGroup", "ResourceInUse", "DeleteKeyGroup", "trustedKeyGroups"),
	inUse("cloudfront.function", "FunctionInUse", "DeleteFunction", "functionAssociations.functionArn"),
	{ID: "cloudfront.originAccessControl-in-use", Code: "OriginAccessControlInUse", Source: "Amazon CloudFront API Reference: DeleteOriginAccessControl", Kinds: "cloudfront.originAccessControl", On: Delete, Check: func(r *Request) string {
		return r.distributed("origins.originAccessControlId", "The CloudFront origin access control is still being used. (%s)")
	}},
	{ID: "cloudfront.publicKey-in-use", Code: "PublicKeyInUse", Source: "Amazon CloudFront API Reference: DeletePublicKey", Kinds: "cloudfront.publicKey", On: Delete, Check: func(r *Request) string {
		for _, g := range r.All("cloudfront.keyGroup") {
			if slices.Contains(g.Props.Strs("items"), r.ID) {
				return say("The specified public key is in use by the key group %s", g.ID)
			}
		}
		return ""
	}},
	nameTaken("cloudfront.cachePolicy", "CachePolicyAlreadyExists", "CreateCachePolicy"),
	nameTaken("cloudfront.originRequestPolicy", "OriginRequestPolicyAlreadyExists", "CreateOriginRequestPolicy"),
	nameTaken("cloudfront.responseHeadersPolicy", "ResponseHeadersPolicyAlreadyExists", "CreateResponseHeadersPolicy"),
	nameTaken("cloudfront.originAccessControl", "OriginAccessControlAlreadyExists", "CreateOriginAccessControl"),
	nameTaken("cloudfront.function", "FunctionAlreadyExists", "CreateFunction"),
	nameTaken("cloudfront.keyGroup", "KeyGroupAlreadyExists", "CreateKeyGroup"),
	exists("cloudfront.keyGroup", "items", "cloudfront.publicKey", "id", badArgument, "Amazon CloudFront API Reference: CreateKeyGroup"),
	{ID: "oac-values", Code: badArgument, Source: "Amazon CloudFront API Reference: OriginAccessControlConfig", Kinds: "cloudfront.originAccessControl", On: Write, Check: func(r *Request) string {
		for path, allowed := range map[string]string{"originAccessControlOriginType": "s3 mediastore mediapackagev2 lambda", "signingBehavior": "always never no-override", "signingProtocol": "sigv4"} {
			if v := r.New.Str(path); !oneOf(v, allowed) {
				return say("The parameter %s is not valid: %s", path, v)
			}
		}
		if len(r.New.Str("name")) > 64 {
			return say("The name %s has more than 64 characters", r.New.Str("name"))
		}
		return ""
	}},
	{ID: "edge-function-code", Code: "FunctionSizeLimitExceeded", Source: "Amazon CloudFront Developer Guide: Restrictions on CloudFront Functions", Kinds: "cloudfront.function", On: Write, Check: func(r *Request) string {
		if n := len(r.New.Str("code")); n > 10240 {
			return say("The function has %d bytes; at most 10 KB are allowed", n)
		}
		return ""
	}},
	{ID: "edge-function-form", Code: badArgument, Source: "Amazon CloudFront API Reference: CreateFunction", Kinds: "cloudfront.function", On: Write, Check: func(r *Request) string {
		if v := r.New.Str("runtime"); !oneOf(v, "cloudfront-js-1.0 cloudfront-js-2.0") {
			return say("The parameter Runtime is not valid: %s", v)
		}
		if name := r.New.Str("name"); !functionName.MatchString(name) {
			return say("The function name %s must have at most 64 letters, digits, hyphens and underscores", name)
		}
		if r.New.Has("keyValueStoreAssociations") && r.New.Str("runtime") != "cloudfront-js-2.0" {
			return "A key value store needs the runtime cloudfront-js-2.0"
		}
		return ""
	}},
	{ID: "cache-policy-ttl", Code: badArgument, Source: "Amazon CloudFront API Reference: CachePolicyConfig", Kinds: "cloudfront.cachePolicy", On: Write, Check: func(r *Request) string {
		least, usual, most := r.New.Int("minTtl"), orElse(r.New, "defaultTtl", 86400), orElse(r.New, "maxTtl", 31536000)
		if least > most || usual > most || usual < least {
			return say("The parameter MinTTL, DefaultTTL and MaxTTL must rise in this order (%d, %d, %d)", least, usual, most)
		}
		return ""
	}},
	{ID: "cache-policy-off", Code: badArgument, Source: "Amazon CloudFront Developer Guide: Understand cache policies", Kinds: "cloudfront.cachePolicy", On: Write, Check: func(r *Request) string {
		if orElse(r.New, "maxTtl", 31536000) > 0 {
			return ""
		}
		p := r.New.Obj("parametersInCacheKeyAndForwardedToOrigin")
		for _, path := range []string{"cookiesConfig.cookieBehavior", "headersConfig.headerBehavior", "queryStringsConfig.queryStringBehavior"} {
			if v := p.Str(path); v != "" && v != "none" {
				return say("The parameter %s is invalid for policy with caching disabled.", path)
			}
		}
		if p.Bool("enableAcceptEncodingGzip") || p.Bool("enableAcceptEncodingBrotli") {
			return "The parameter EnableAcceptEncodingGzip is invalid for policy with caching disabled."
		}
		return ""
	}},
	{ID: "policy-behaviors", Code: badArgument, Source: "Amazon CloudFront Developer Guide: Control origin requests with a policy", Kinds: "cloudfront.cachePolicy cloudfront.originRequestPolicy", On: Write, Check: func(r *Request) string {
		p, headers, rest := r.New, "none whitelist allViewer allViewerAndWhitelistCloudFront allExcept", "none whitelist allExcept all"
		if r.Kind == "cloudfront.cachePolicy" {
			p, headers = r.New.Obj("parametersInCacheKeyAndForwardedToOrigin"), "none whitelist"
		}
		for _, c := range [][3]string{{"headersConfig.headerBehavior", "headersConfig.headers.items", headers}, {"cookiesConfig.cookieBehavior", "cookiesConfig.cookies.items", rest}, {"queryStringsConfig.queryStringBehavior", "queryStringsConfig.queryStrings.items", rest}} {
			v, listed := p.Str(c[0]), p.Has(c[1])
			if v != "" && !oneOf(v, c[2]) {
				return say("The parameter %s is not valid: %s", c[0], v)
			}
			if oneOf(v, "whitelist allExcept allViewerAndWhitelistCloudFront") != listed {
				return say("The parameter %s does not fit the behavior '%s'", c[1], v)
			}
		}
		for _, h := range p.Strs("headersConfig.headers.items") {
			if oneOf(strings.ToLower(h), "accept-encoding connection content-length cookie") || r.Kind == "cloudfront.originRequestPolicy" && strings.EqualFold(h, "Authorization") {
				return say("The parameter Headers contains %s that is not allowed.", h)
			}
		}
		return ""
	}},
	{ID: "response-headers", Code: badArgument, Source: "Amazon CloudFront Developer Guide: Understand response headers policies", Kinds: "cloudfront.responseHeadersPolicy", On: Write, Check: func(r *Request) string {
		cors := r.New.Obj("corsConfig")
		if cors.Bool("accessControlAllowCredentials") && slices.Contains(slices.Concat(cors.Strs("accessControlAllowOrigins.items"), cors.Strs("accessControlAllowHeaders.items"), cors.Strs("accessControlExposeHeaders.items")), "*") {
			return "The parameter AccessControlAllowCredentials cannot be true with '*' among origins or headers"
		}
		for _, h := range collect(r.New, "customHeadersConfig.items.header") {
			if oneOf(strings.ToLower(h), "strict-transport-security content-security-policy x-content-type-options x-frame-options referrer-policy x-xss-protection server content-length via connection") {
				return say("The parameter CustomHeaders contains %s that is a security header and/or not allowed.", h)
			}
		}
		if f := r.New.Str("securityHeadersConfig.frameOptions.frameOption"); f != "" && !oneOf(f, "DENY SAMEORIGIN") {
			return say("The parameter FrameOption is not valid: %s", f)
		}
		return ""
	}},
}

func originPort(n int) bool { return n == 80 || n == 443 || n >= 1024 && n <= 65535 }

// distributed says that a distribution names the request's resource at a path.
func (r *Request) distributed(path, message string) string {
	for _, d := range r.All(distribute) {
		if slices.Contains(collect(d.Props, path), r.ID) {
			return say(message, d.ID)
		}
	}
	return ""
}

// inUse makes the rule that what a cache behavior names cannot be deleted.
func inUse(kind, code, operation, path string) Rule {
	return Rule{ID: kind + "-in-use", Code: code, Source: "Amazon CloudFront API Reference: " + operation, Kinds: kind, On: Delete, Check: func(r *Request) string {
		for _, d := range r.All(distribute) {
			for _, b := range behaviors(d.Props) {
				if named := collect(b, path); slices.Contains(named, r.ID) || slices.Contains(named, r.Old.Str("arn")) && r.Old.Has("arn") {
					return say("%s %s is in use by the distribution %s; disassociate it before deleting", kind, r.ID, d.ID)
				}
			}
		}
		return ""
	}}
}

// nameTaken makes the rule that names of a kind are unique in the account.
func nameTaken(kind, code, operation string) Rule {
	return Rule{ID: kind + "-taken", Code: code, Source: "Amazon CloudFront API Reference: " + operation, Kinds: kind, On: Create, Check: func(r *Request) string {
		if r.By(kind, "name", r.New.Str("name")) != nil {
			return say("%s with the name %s already exists", kind, r.New.Str("name"))
		}
		return ""
	}}
}
