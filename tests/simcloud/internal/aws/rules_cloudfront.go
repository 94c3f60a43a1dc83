package aws

import (
	"slices"
	"strings"
)

const (
	docDistribution = "Amazon CloudFront Developer Guide: All distribution settings reference"
	docCreateDist   = "Amazon CloudFront API Reference: CreateDistribution"
	docViewerCert   = "Amazon CloudFront Developer Guide: Requirements for using SSL/TLS certificates with CloudFront"
	docCNAME        = "Amazon CloudFront Developer Guide: Requirements for using alternate domain names"
	docFailover     = "Amazon CloudFront Developer Guide: Optimize high availability with CloudFront origin failover"
	docEdge         = "Amazon CloudFront Developer Guide: Restrictions on Lambda@Edge"
	docCDNQuota     = "Amazon CloudFront Developer Guide: Quotas"

	badArgument = "InvalidArgument"
	distribute  = "cloudfront.distribution"
)

// The policies that AWS manages, which exist in every account.
var (
	managedCache = set(`658327ea-f89d-4fab-a63d-7e88639e58f6 4135ea2d-6df8-44a3-9df3-4b5a84be39ad b2884449-e4de-46a7-ac36-70bc7f1ddd6d
		08627262-05a9-4f76-9ded-b50ca2e3a84f 2e54312d-136d-493c-8eb9-b001f22f67d2 83da9c7e-98b4-4e11-a168-04f0df8e2c65 4cc15a8a-d715-48a4-82b8-cc0b614638fe`)
	managedOriginRequest = set(`216adef6-5c7f-47e4-b989-5492eafa07d3 33f36d7e-f396-46d9-90e0-52428a34d9dc b689b0a8-53d0-40ab-baf2-68738e2966ac
		88a5eaf4-2fd4-4709-b370-b4c650ea3fcf 59781a5b-3903-41f3-afcb-af62929ccde1 acba4595-bd28-49b8-b9fe-13317c0390fa 775133bc-15f2-49f9-abea-afb2e0bf67d2
		bf0718e1-ba1e-49d1-88b1-f726733018ae`)
	managedHeaders = set(`60669652-455b-4ae9-85a4-c4c02393f86c 5cc3b908-e619-4b99-88e5-2cf7f45965bd 67f7725c-6f97-4210-82d7-5512b31e9d03
		e61eb60c-9c35-4d20-a928-2b84e02af89c eaab4381-ed33-4a86-88ca-d9558dc6cd63`)
	tlsVersions = set("SSLv3 TLSv1 TLSv1_2016 TLSv1.1_2016 TLSv1.2_2018 TLSv1.2_2019 TLSv1.2_2021 TLSv1.2_2025 TLSv1.3_2025")
)

var (
	s3Origin = form(`[a-z0-9][a-z0-9.-]*\.s3([.-][a-z]{2}(-[a-z]+)+-\d|\.dualstack\.[a-z0-9-]+)?\.amazonaws\.com(\.cn)?`)
	hostForm = form(`([A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?\.)+[A-Za-z0-9-]+`)
)

const (
	readMethods  = "GET HEAD"
	askMethods   = "GET HEAD OPTIONS"
	everyMethods = "DELETE GET HEAD OPTIONS PATCH POST PUT"
)

var cloudfrontRules = slices.Concat(distributionRules, originRules, edgePolicyRules)

var distributionRules = []Rule{
	{ID: "cdn-policies-exist", Code: "NoSuchCachePolicy", Source: docCreateDist, Kinds: distribute, On: Write, Check: func(r *Request) string {
		return r.policyAbsent("cachePolicyId", "cloudfront.cachePolicy", managedCache)
	}},
	{ID: "cdn-origin-policies-exist", Code: "NoSuchOriginRequestPolicy", Source: docCreateDist, Kinds: distribute, On: Write, Check: func(r *Request) string {
		return r.policyAbsent("originRequestPolicyId", "cloudfront.originRequestPolicy", managedOriginRequest)
	}},
	{ID: "cdn-header-policies-exist", Code: "NoSuchResponseHeadersPolicy", Source: docCreateDist, Kinds: distribute, On: Write, Check: func(r *Request) string {
		return r.policyAbsent("responseHeadersPolicyId", "cloudfront.responseHeadersPolicy", managedHeaders)
	}},
	{ID: "cdn-cache-settings", Code: badArgument, Source: "Amazon CloudFront Developer Guide: Control the cache key with a policy", Kinds: distribute, On: Write, Check: func(r *Request) string {
		for _, b := range behaviors(r.New) {
			switch policy, legacy := b.Has("cachePolicyId"), b.Has("forwardedValues"); {
			case policy && legacy:
				return "The parameter ForwardedValues cannot be used when a cache policy is associated to the cache behavior."
			case !policy && !legacy:
				return "The parameter ForwardedValues is required, or a cache policy."
			case !policy && b.Has("originRequestPolicyId"):
				return "The parameter OriginRequestPolicyId needs a cache policy in the same cache behavior."
			}
		}
		return ""
	}},
	{ID: "cdn-methods", Code: badArgument, Source: docDistribution, Kinds: distribute, On: Write, Check: func(r *Request) string {
		for _, b := range behaviors(r.New) {
			allowed, cached := methods(b, "allowedMethods"), methods(b, "cachedMethods")
			if allowed != readMethods && allowed != askMethods && allowed != everyMethods {
				return say("The parameter AllowedMethods must be GET and HEAD, or these and OPTIONS, or all seven. (%s)", allowed)
			}
			if cached != readMethods && (cached != askMethods || allowed == readMethods) {
				return say("The parameter CachedMethods must be GET and HEAD, or these and OPTIONS, of the allowed ones. (%s)", cached)
			}
		}
		return ""
	}},
	{ID: "cdn-viewer-protocol", Code: badArgument, Source: docDistribution, Kinds: distribute, On: Write, Check: func(r *Request) string {
		for _, b := range behaviors(r.New) {
			if p := b.Str("viewerProtocolPolicy"); !oneOf(p, "allow-all https-only redirect-to-https") {
				return say("The parameter ViewerProtocolPolicy is not valid: %s", p)
			}
		}
		return ""
	}},
	{ID: "cdn-paths", Code: badArgument, Source: docDistribution, Kinds: distribute, On: Write, Check: func(r *Request) string {
		seen := map[string]bool{}
		for _, p := range collect(r.New, "orderedCacheBehaviors.pathPattern") {
			if seen[p] || len(p) > 255 || strings.ContainsAny(p, " <>#") {
				return say("The parameter PathPattern contains a duplicate or an invalid value: %s", p)
			}
			seen[p] = true
		}
		return ""
	}},
	{ID: "cdn-quotas", Code: "TooManyDistributionCNAMEs", Source: docCDNQuota, Kinds: distribute, On: Write, Check: func(r *Request) string {
		if a, o, b := len(r.New.Strs("aliases")), len(r.New.Objs("origins")), len(behaviors(r.New)); a > 100 || o > 100 || b > 75 {
			return say("A distribution can have at most 100 alternate domain names, 100 origins and 75 cache behaviors (%d, %d, %d)", a, o, b)
		}
		return ""
	}},
	{ID: "cdn-certificate", Code: "InvalidViewerCertificate", Source: docViewerCert, Kinds: distribute, On: Write, Check: func(r *Request) string {
		text := r.New.Str("viewerCertificate.acmCertificateArn")
		a, ok := parseARN(text)
		switch {
		case text == "":
			return ""
		case !ok || a.service != "acm" || a.region != edgeRegion(r):
			return "The specified SSL certificate doesn't exist, isn't in us-east-1 region, isn't valid, or doesn't include a valid certificate chain."
		}
		c, foreign := r.byARN("acm.certificate", text)
		switch {
		case foreign || c == nil:
			return "The specified SSL certificate doesn't exist, isn't in us-east-1 region, isn't valid, or doesn't include a valid certificate chain."
		case !r.issued(c):
			return say("The certificate %s is not issued (status %s)", text, c.Props.Str("status"))
		case !oneOf(orText(c.Props.Str("keyAlgorithm"), "RSA_2048"), "RSA_1024 RSA_2048 RSA_3072 RSA_4096 EC_prime256v1"):
			return say("The specified SSL certificate has an unsupported key: %s", c.Props.Str("keyAlgorithm"))
		}
		return ""
	}},
	{ID: "cdn-certificate-covers", Code: "InvalidViewerCertificate", Source: docCNAME, Kinds: distribute, On: Write, Check: func(r *Request) string {
		aliases := r.New.Strs("aliases")
		arn := r.New.Str("viewerCertificate.acmCertificateArn")
		if len(aliases) > 0 && arn == "" && !r.New.Has("viewerCertificate.iamCertificateId") {
			return "To add an alternate domain name (CNAME) to a CloudFront distribution, you must attach a trusted certificate that validates your authorization to use the domain name."
		}
		c, _ := r.byARN("acm.certificate", arn)
		for _, alias := range aliases {
			if c != nil && !covers(c.Props, alias) {
				return say("The certificate that is attached to your distribution doesn't cover the alternate domain name (CNAME) that you're trying to add: %s", alias)
			}
		}
		return ""
	}},
	{ID: "cdn-minimum-tls", Code: "InvalidMinimumProtocolVersion", Source: docDistribution, Kinds: distribute, On: Write, Check: func(r *Request) string {
		v := r.New.Obj("viewerCertificate")
		switch least, method := v.Str("minimumProtocolVersion"), v.Str("sslSupportMethod"); {
		case v.Bool("cloudfrontDefaultCertificate") || least == "":
			return ""
		case !tlsVersions[least]:
			return say("The minimum protocol version %s is not valid", least)
		case method == "vip" && !oneOf(least, "SSLv3 TLSv1") || method == "sni-only" && least == "SSLv3":
			return say("The minimum protocol version %s does not fit the SSL support method %s", least, method)
		}
		return ""
	}},
	{ID: "cdn-ssl-method", Code: badArgument, Source: docDistribution, Kinds: distribute, On: Write, Check: func(r *Request) string {
		v := r.New.Obj("viewerCertificate")
		own := v.Has("acmCertificateArn") || v.Has("iamCertificateId")
		if m := v.Str("sslSupportMethod"); own && !oneOf(m, "sni-only vip static-ip") {
			return say("The parameter SSLSupportMethod is required with a certificate of your own (%s)", m)
		}
		return ""
	}},
	{ID: "cdn-alias-form", Code: badArgument, Source: docCNAME, Kinds: distribute, On: Write, Check: func(r *Request) string {
		for _, a := range r.New.Strs("aliases") {
			if !hostForm.MatchString(strings.TrimPrefix(a, "*.")) || strings.HasSuffix(a, ".cloudfront.net") {
				return say("The parameter CNAME contains one or more parameters that are not valid: %s", a)
			}
		}
		return ""
	}},
	{ID: "cdn-alias-taken", Code: "CNAMEAlreadyExists", Source: docCNAME, Kinds: distribute, On: Write, Check: func(r *Request) string {
		for _, other := range r.kinds[distribute] { // of all accounts
			if other.ID == r.ID && r.Op == Update {
				continue
			}
			for _, a := range other.Props.Strs("aliases") {
				if slices.ContainsFunc(r.New.Strs("aliases"), func(b string) bool { return strings.EqualFold(a, b) }) {
					return say("One or more of the CNAMEs you provided are already associated with a different resource. (%s)", a)
				}
			}
		}
		return ""
	}},
	{ID: "cdn-web-acl", Code: "InvalidWebACLId", Source: "Amazon CloudFront Developer Guide: Use AWS WAF protections", Kinds: distribute, On: Write, Check: func(r *Request) string {
		text := r.New.Str("webAclId")
		a, ok := parseARN(text)
		switch {
		case text == "" || !ok && !strings.HasPrefix(text, "arn:"): // the ID of a classic one
			return ""
		case !ok || a.service != "wafv2" || !strings.HasPrefix(a.resource, "global/webacl/") || a.region != edgeRegion(r):
			return say("Web ACL is not accessible by the requester: it must be of the scope CLOUDFRONT, in us-east-1 (%s)", text)
		}
		if acl, foreign := r.byARN("wafv2.webAcl", text); acl == nil && !foreign {
			return say("Web ACL does not exist: %s", text)
		}
		return ""
	}},
	{ID: "cdn-choices", Code: badArgument, Source: docDistribution, Kinds: distribute, On: Write, Check: func(r *Request) string {
		for path, allowed := range map[string]string{"priceClass": "PriceClass_All PriceClass_200 PriceClass_100", "httpVersion": "http1.1 http2 http3 http2and3"} {
			if v := r.New.Str(path); v != "" && !oneOf(v, allowed) {
				return say("The parameter %s is not valid: %s", path, v)
			}
		}
		return ""
	}},
	{ID: "cdn-geo", Code: "InvalidGeoRestrictionParameter", Source: "Amazon CloudFront Developer Guide: Restrict the geographic distribution of your content", Kinds: distribute, On: Write, Check: func(r *Request) string {
		g := r.New.Obj("restrictions.geoRestriction")
		kind, places := g.Str("restrictionType"), g.Strs("locations")
		if !oneOf(kind, "none whitelist blacklist") || (kind == "none") != (len(places) == 0) {
			return say("The geo restriction '%s' must be none, or whitelist or blacklist with locations", kind)
		}
		for _, p := range places {
			if !countries[p] {
				return say("The location '%s' is not a country code", p)
			}
		}
		return ""
	}},
	{ID: "cdn-root-object", Code: "InvalidDefaultRootObject", Source: "Amazon CloudFront Developer Guide: Specify a default root object", Kinds: distribute, On: Write, Check: func(r *Request) string {
		if o := r.New.Str("defaultRootObject"); strings.HasPrefix(o, "/") || len(o) > 255 {
			return say("The default root object %s must not begin with a slash", o)
		}
		return ""
	}},
	{ID: "cdn-error-pages", Code: "InvalidErrorCode", Source: "Amazon CloudFront Developer Guide: Generate custom error responses", Kinds: distribute, On: Write, Check: func(r *Request) string {
		seen := map[int]bool{}
		for _, e := range r.New.Objs("customErrorResponses") {
			code, page := e.Int("errorCode"), e.Str("responsePagePath")
			switch {
			case !slices.Contains([]int{400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504}, code) || seen[code]:
				return say("The error code %d is not one that can have a response, or has one already", code)
			case page != "" != (e.Int("responseCode") != 0) || page != "" && !strings.HasPrefix(page, "/"):
				return say("A response page begins with a slash and comes with a response code (%s)", page)
			}
			seen[code] = true
		}
		return ""
	}},
	{ID: "cdn-functions", Code: "InvalidFunctionAssociation", Source: "Amazon CloudFront Developer Guide: Restrictions on edge functions", Kinds: distribute, On: Write, Check: func(r *Request) string {
		for _, b := range behaviors(r.New) {
			events := map[string]bool{}
			for _, f := range b.Objs("functionAssociations") {
				event := f.Str("eventType")
				if !oneOf(event, "viewer-request viewer-response") || events[event] {
					return say("A function is associated with viewer-request or viewer-response, one with each (%s)", event)
				}
				events[event] = true
				if fn := r.ByARN("cloudfront.function", f.Str("functionArn")); fn == nil || !fn.Props.Has("liveStageEtag") {
					return say("The function %s does not exist or was never published", f.Str("functionArn"))
				}
			}
			for _, f := range b.Objs("lambdaFunctionAssociations") {
				if strings.HasPrefix(f.Str("eventType"), "viewer-") && len(events) > 0 {
					return "CloudFront Functions and Lambda@Edge cannot both be associated with viewer events of one cache behavior"
				}
			}
		}
		return ""
	}},
	{ID: "cdn-edge-lambda", Code: "InvalidLambdaFunctionAssociation", Source: docEdge, Kinds: distribute, On: Write, Check: func(r *Request) string {
		for _, b := range behaviors(r.New) {
			for _, l := range b.Objs("lambdaFunctionAssociations") {
				if wrong := r.edgeProblem(l); wrong != "" {
					return wrong
				}
			}
		}
		return ""
	}},
	{ID: "cdn-key-groups", Code: "TrustedKeyGroupDoesNotExist", Source: "Amazon CloudFront Developer Guide: Specify signers that can create signed URLs and signed cookies", Kinds: distribute, On: Write, Check: func(r *Request) string {
		for _, b := range behaviors(r.New) {
			for _, id := range b.Strs("trustedKeyGroups") {
				if r.Find("cloudfront.keyGroup", id) == nil {
					return say("The key group %s does not exist", id)
				}
			}
		}
		return ""
	}},
	{ID: "cdn-log-bucket", Code: badArgument, Source: "Amazon CloudFront Developer Guide: Configure standard logging (legacy)", Kinds: distribute, On: Write, Check: func(r *Request) string {
		domain := r.New.Str("loggingConfig.bucket")
		if domain == "" {
			return ""
		}
		name, _, ok := strings.Cut(domain, ".s3.")
		b := r.bucketAnywhere(name)
		if !ok || b == nil {
			return say("The parameter Logging Bucket does not refer to a valid S3 bucket. (%s)", domain)
		}
		there := r.in(b.Region)
		if own := there.By("s3.bucketOwnershipControls", "bucket", b.ID); own == nil || own.Props.Str("rule.objectOwnership") == "BucketOwnerEnforced" {
			return say("The S3 bucket that you specified for CloudFront logs does not enable ACL access: %s", domain)
		}
		return ""
	}},
}

// behaviors are all cache behaviors of a distribution, the default one first.
func behaviors(distribution Obj) []Obj {
	return append(distribution.Objs("defaultCacheBehavior"), distribution.Objs("orderedCacheBehaviors")...)
}

func methods(behavior Obj, path string) string {
	list := slices.Clone(behavior.Strs(path))
	slices.Sort(list)
	return strings.Join(list, " ")
}

// edgeRegion is where CloudFront looks for certificates and web ACLs.
func edgeRegion(r *Request) string {
	if r.Partition() == "aws-cn" {
		return "cn-northwest-1"
	}
	return "us-east-1"
}

func orText(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// policyAbsent says that a cache behavior names a policy that is neither AWS's nor the account's.
func (r *Request) policyAbsent(path, kind string, managed map[string]bool) string {
	for _, b := range behaviors(r.New) {
		if id := b.Str(path); id != "" && !managed[id] && r.Find(kind, id) == nil {
			return say("The policy %s does not exist", id)
		}
	}
	return ""
}

// edgeProblem says why CloudFront cannot run a function at its edge.
func (r *Request) edgeProblem(association Obj) string {
	text, event := association.Str("lambdaArn"), association.Str("eventType")
	a, ok := parseARN(text)
	_, version := lambdaName(text)
	switch {
	case !ok || a.service != "lambda" || a.region != "us-east-1":
		return say("The function must be in region 'us-east-1'. ARN: %s", text)
	case !digits.MatchString(version):
		return say("The function ARN must reference a specific function version. (The ARN must end with the version number.) ARN: %s", text)
	case !oneOf(event, "viewer-request viewer-response origin-request origin-response"):
		return say("The event type %s is not valid", event)
	}
	f, foreign := r.in(a.region).function(text)
	if f == nil {
		if foreign {
			return ""
		}
		return say("The function %s does not exist", text)
	}
	role, _ := r.byARN("iam.role", f.Props.Str("role"))
	viewer := strings.HasPrefix(event, "viewer-")
	switch {
	case role != nil && !trusts(role, "edgelambda.amazonaws.com"):
		return say("The function execution role must be assumable with edgelambda.amazonaws.com as well as lambda.amazonaws.com principals. Update the IAM role %s", role.ID)
	case f.Props.Has("environment.variables"):
		return say("The function cannot have environment variables. Function: %s", text)
	case f.Props.Has("vpcConfig.subnetIds") || slices.Contains(f.Props.Strs("architectures"), "arm64"):
		return say("The function cannot be in a VPC or run on arm64. Function: %s", text)
	case viewer && orElse(f.Props, "timeout", 3) > 5, orElse(f.Props, "timeout", 3) > 30:
		return say("The function timeout is larger than the maximum allowed for functions that are triggered by a CloudFront event: 5 seconds for viewers, 30 for origins. Function: %s", text)
	case viewer && orElse(f.Props, "memorySize", 128) > 128:
		return say("The function memory size is larger than the maximum allowed for functions that are triggered by a CloudFront viewer event: 128 Max allowed. Function: %s", text)
	case !strings.HasPrefix(f.Props.Str("runtime"), "nodejs") && !strings.HasPrefix(f.Props.Str("runtime"), "python"):
		return say("The function runtime %s is not supported at the edge", f.Props.Str("runtime"))
	}
	return ""
}
