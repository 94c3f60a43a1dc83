package aws

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"slices"
	"strings"
)

const (
	docStore       = "Amazon CloudFront Developer Guide: Amazon CloudFront KeyValueStore"
	docSigners     = "Amazon CloudFront Developer Guide: Specify signers that can create signed URLs and signed cookies"
	docEdgeMetrics = "Amazon CloudFront API Reference: CreateMonitoringSubscription"

	edgeStore  = "cloudfront.keyValueStore"
	storeKey   = "cloudfront.keyvaluestoreKey"
	storeKeys  = "cloudfront.keyvaluestoreKeysExclusive"
	vpcOrigin  = "cloudfront.vpcOrigin"
	publicKey  = "cloudfront.publicKey"
	keyGroup   = "cloudfront.keyGroup"
	monitoring = "cloudfront.monitoringSubscription"

	// withoutOrigins are the zones that a load balancer of a VPC origin must not be in, by their IDs.
	withoutOrigins = "use1-az3 usw1-az2 cac1-az3 apne1-az3 apne2-az1"
)

var edgeRules = []Rule{
	{ID: "edge-store-name", Code: badArgument, Source: "Amazon CloudFront API Reference: CreateKeyValueStore", Kinds: edgeStore, On: Create, Check: func(r *Request) string {
		if name := r.New.Str("name"); !functionName.MatchString(name) {
			return say("The parameter Name must have at most 64 letters, digits, hyphens and underscores (%s)", name)
		}
		return ""
	}},
	nameTaken(edgeStore, "EntityAlreadyExists", "CreateKeyValueStore"),
	{ID: "edge-store-in-use", Code: "CannotDeleteEntityWhileInUse", Source: "Amazon CloudFront API Reference: DeleteKeyValueStore", Kinds: edgeStore, On: Delete, Check: func(r *Request) string {
		for _, f := range r.All("cloudfront.function") {
			if slices.Contains(f.Props.Strs("keyValueStoreAssociations"), r.Old.Str("arn")) {
				return say("The specified key value store is associated with the function %s", f.ID)
			}
		}
		return ""
	}},
	{ID: "edge-function-store", Code: "EntityNotFound", Source: docStore, Kinds: "cloudfront.function", On: Write, Check: func(r *Request) string {
		stores := r.New.Strs("keyValueStoreAssociations")
		if len(stores) > 1 {
			return say("A function can be associated with one key value store (%d)", len(stores))
		}
		for _, s := range stores {
			if r.ByARN(edgeStore, s) == nil {
				return say("The key value store %s does not exist", s)
			}
		}
		return ""
	}},
	{ID: "edge-store-found", Code: absent, Source: "Amazon CloudFront KeyValueStore API Reference: PutKey", Kinds: storeKey + " " + storeKeys, On: Create, Check: func(r *Request) string {
		if s := r.New.Str("keyValueStoreArn"); r.ByARN(edgeStore, s) == nil {
			return say("Key Value Store was not found for %s", s)
		}
		return ""
	}},
	{ID: "edge-store-size", Code: refused, Source: "Amazon CloudFront Developer Guide: Quotas", Kinds: storeKey + " " + storeKeys, On: Write, Check: func(r *Request) string {
		for _, pair := range append(r.New.Objs("resourceKeyValuePairs"), r.New) {
			if k, v := pair.Str("key"), pair.Str("value"); len(k) > 512 || len(v) > 1024 {
				return say("A key has at most 512 bytes and its value 1024 (%d, %d: %.40s)", len(k), len(v), k)
			}
		}
		return ""
	}},
	{ID: "public-key-form", Code: badArgument, Source: docSigners, Kinds: publicKey, On: Create, Check: func(r *Request) string {
		return signerProblem(r.New.Str("encodedKey"))
	}},
	nameTaken(publicKey, "PublicKeyAlreadyExists", "CreatePublicKey"),
	{ID: "key-group-size", Code: "TooManyPublicKeysInKeyGroup", Source: "Amazon CloudFront Developer Guide: Quotas", Kinds: keyGroup, On: Write, Check: func(r *Request) string {
		if n := len(r.New.Strs("items")); n < 1 || n > 5 {
			return say("A key group has one to five public keys (%d)", n)
		}
		return ""
	}},
	{ID: "cdn-key-groups-quota", Code: "TooManyKeyGroupsAssociatedToDistribution", Source: "Amazon CloudFront Developer Guide: Quotas", Kinds: distribute, On: Write, Check: func(r *Request) string {
		for _, b := range behaviors(r.New) {
			if n := len(b.Strs("trustedKeyGroups")); n > 4 {
				return say("A cache behavior can have at most 4 key groups (%d)", n)
			}
		}
		return ""
	}},
	{ID: "vpc-origin-balancer", Code: badArgument, Source: docVPCOrigin, Kinds: vpcOrigin, On: Write, Check: func(r *Request) string {
		lb, _ := r.byARN("lb.loadBalancer", r.New.Str("vpcOriginEndpointConfig.arn"))
		if lb == nil {
			return ""
		}
		kind, there := lb.Props.Str("loadBalancerType"), r.in(lb.Region)
		switch {
		case !lb.Props.Bool("internal"):
			return say("The load balancer %s of a VPC origin must be internal, in private subnets", lb.Props.Str("name"))
		case kind == "gateway":
			return "Gateway Load Balancers cannot be VPC origins"
		case kind != "network":
			return ""
		case lb.Props.Str("ipAddressType") == "dualstack":
			return "Dual-stack Network Load Balancers cannot be VPC origins"
		case !lb.Props.Has("securityGroups"):
			return "A Network Load Balancer needs a security group to be a VPC origin"
		}
		for _, l := range there.All("lb.listener") {
			if l.Props.Str("loadBalancerArn") == lb.Props.Str("arn") && l.Props.Str("protocol") == "TLS" {
				return "Network Load Balancers with TLS listeners cannot be VPC origins"
			}
		}
		return ""
	}},
	{ID: "vpc-origin-zones", Code: badArgument, Source: docVPCOrigin, Kinds: vpcOrigin, On: Write, Check: func(r *Request) string {
		lb, _ := r.byARN("lb.loadBalancer", r.New.Str("vpcOriginEndpointConfig.arn"))
		if lb == nil {
			return ""
		}
		for zone := range r.in(lb.Region).zonesOf(lb.Props.Strs("subnets")) {
			if id := zoneID(lb.Region, zone); oneOf(id, withoutOrigins) {
				return say("VPC origins are not supported in %s (%s)", zone, id)
			}
		}
		return ""
	}},
	{ID: "vpc-origin-ports", Code: badArgument, Source: docVPCOrigin, Kinds: vpcOrigin, On: Write, Check: func(r *Request) string {
		c := r.New.Obj("vpcOriginEndpointConfig")
		if !originPort(c.Int("httpPort")) || !originPort(c.Int("httpsPort")) {
			return say("The ports of an origin are 80, 443 or between 1024 and 65535 (%d, %d)", c.Int("httpPort"), c.Int("httpsPort"))
		}
		for _, p := range c.Strs("originSslProtocols.items") {
			if !oneOf(p, "SSLv3 TLSv1 TLSv1.1 TLSv1.2") {
				return say("The parameter OriginSslProtocols is not valid: %s", p)
			}
		}
		return ""
	}},
	{ID: "cdn-vpc-origin-timeouts", Code: badArgument, Source: docDistribution, Kinds: distribute, On: Write, Check: func(r *Request) string {
		for _, o := range r.New.Objs("origins") {
			if c := o.Obj("vpcOriginConfig"); c != nil && (!within(c, "originReadTimeout", 1, 120) || !within(c, "originKeepaliveTimeout", 1, 120)) {
				return "The response and keep-alive timeouts of an origin are between 1 and 120 seconds"
			}
		}
		return ""
	}},
	{ID: "monitoring-distribution", Code: "NoSuchDistribution", Source: docEdgeMetrics, Kinds: monitoring, On: Create, Check: func(r *Request) string {
		if id := r.New.Str("distributionId"); r.Find(distribute, id) == nil {
			return say("The specified distribution does not exist: %s", id)
		}
		return ""
	}},
	{ID: "monitoring-once", Code: "MonitoringSubscriptionAlreadyExists", Source: docEdgeMetrics, Kinds: monitoring, On: Create, Check: func(r *Request) string {
		if r.Find(monitoring, r.New.Str("distributionId")) != nil {
			return say("A monitoring subscription already exists for the distribution %s", r.New.Str("distributionId"))
		}
		return ""
	}},
	{ID: "monitoring-status", Code: badArgument, Source: docEdgeMetrics, Kinds: monitoring, On: Write, Check: func(r *Request) string {
		if s := r.New.Str("monitoringSubscription.realtimeMetricsSubscriptionConfig.realtimeMetricsSubscriptionStatus"); !oneOf(s, "Enabled Disabled") {
			return say("The parameter RealtimeMetricsSubscriptionStatus is not valid: %s", s)
		}
		return ""
	}},
	{ID: "response-headers-cors", Code: badArgument, Source: "Amazon CloudFront Developer Guide: Understand response headers policies", Kinds: "cloudfront.responseHeadersPolicy", On: Write, Check: func(r *Request) string {
		for _, m := range r.New.Strs("corsConfig.accessControlAllowMethods.items") {
			if !oneOf(m, everyMethods+" ALL") {
				return say("The parameter AccessControlAllowMethods is not valid: %s", m)
			}
		}
		if s := r.New.Get("serverTimingHeadersConfig.samplingRate"); s != nil && !within(r.New, "serverTimingHeadersConfig.samplingRate", 0, 100) {
			return say("The parameter SamplingRate is between 0 and 100: %v", s)
		}
		return ""
	}},
}

// signerProblem says why CloudFront cannot verify signatures with a key.
func signerProblem(text string) string {
	block, rest := pem.Decode([]byte(text))
	if block == nil || strings.TrimSpace(string(rest)) != "" {
		return "Your request contains empty/invalid/out of limits RSA Encoded Key: it must be one public key in PEM format"
	}
	parsed, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return "Your request contains empty/invalid/out of limits RSA Encoded Key: " + err.Error()
	}
	switch key := parsed.(type) {
	case *rsa.PublicKey:
		if key.N.BitLen() == 2048 {
			return ""
		}
	case *ecdsa.PublicKey:
		if key.Curve == elliptic.P256() {
			return ""
		}
	}
	return "Your request contains empty/invalid/out of limits RSA Encoded Key: it must be of the kind RSA 2048 or ECDSA P-256"
}
