package aws

import (
	"net/netip"
	"regexp"
	"strings"
)

const (
	docRecord = "Amazon Route 53 API Reference: ChangeResourceRecordSets"
	docACM    = "AWS Certificate Manager User Guide: DNS validation"
	docWAF    = "AWS WAF API Reference: AssociateWebACL"
)

var domainForm = regexp.MustCompile(`^(\*\.)?([a-zA-Z0-9_]([a-zA-Z0-9_-]{0,61}[a-zA-Z0-9_])?\.)*[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?\.?$`)

var dnsRules = []Rule{
	{ID: "zone-name", Code: "InvalidDomainName", Source: "Amazon Route 53 Developer Guide: DNS domain name format", Kinds: "route53.zone", On: Create, Check: func(r *Request) string {
		if n := r.New.Str("name"); !domainForm.MatchString(n) || len(n) > 255 || !strings.Contains(strings.TrimSuffix(n, "."), ".") {
			return say("The domain name is invalid: %s", n)
		}
		return ""
	}},
	{ID: "zone-private-vpc", Code: "InvalidVPCId", Source: "Amazon Route 53 Developer Guide: Private hosted zones", Kinds: "route53.zone", On: Write, Check: func(r *Request) string {
		for _, v := range r.New.Objs("vpcs") {
			scope := r.Scope
			if region := v.Str("vpcRegion"); region != "" {
				scope.Region = region
			}
			if r.lookup(scope, "ec2.vpc", v.Str("vpcId")) == nil {
				return say("The VPC %s in region %s that you provided is not authorized to make the association", v.Str("vpcId"), scope.Region)
			}
		}
		return ""
	}},
	{ID: "zone-not-empty", Code: "HostedZoneNotEmpty", Source: "Amazon Route 53 API Reference: DeleteHostedZone", Kinds: "route53.zone", On: Delete, Waits: true, Check: func(r *Request) string {
		if rec := r.By("route53.record", "zoneId", r.ID); rec != nil && !r.Old.Bool("forceDestroy") {
			return say("The specified hosted zone contains non-required resource record sets and so cannot be deleted (%s)", rec.ID)
		}
		return ""
	}},
	{ID: "record-duplicate", Code: "InvalidChangeBatch", Source: docRecord, Kinds: "route53.record", On: Create, Check: func(r *Request) string {
		overwrites := r.New.Bool("allowOverwrite")
		for _, o := range r.All("route53.record") {
			p := o.Props
			twice, alone := p.Str("type") == r.New.Str("type"), p.Str("type") == "CNAME" || r.New.Str("type") == "CNAME"
			same := p.Str("zoneId") == r.New.Str("zoneId") && p.Str("fqdn") == recordName(r) && p.Str("setIdentifier") == r.New.Str("setIdentifier")
			if same && (twice && !overwrites || !twice && alone) {
				return say("Tried to create resource record set [name='%s', type='%s'] but it already exists", r.New.Str("name"), r.New.Str("type"))
			}
		}
		return ""
	}},
	{ID: "record-alias-or-ttl", Code: "InvalidInput", Source: docRecord, Kinds: "route53.record", On: Write, Check: func(r *Request) string {
		alias := r.New.Has("aliases")
		switch {
		case alias && (r.New.Has("ttl") && r.New.Int("ttl") != 0 || r.New.Has("records")):
			return "Invalid request: Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords], or TrafficPolicyInstanceId], but found more than one"
		case !alias && (!r.New.Has("records") || r.New.Get("ttl") == nil):
			return "Invalid request: Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords], or TrafficPolicyInstanceId], but found none"
		case alias && !oneOf(r.New.Str("type"), "A AAAA CNAME CAA MX NAPTR PTR SPF SRV TXT HTTPS SVCB"):
			return say("An alias of the type %s is not valid", r.New.Str("type"))
		}
		return ""
	}},
	{ID: "record-name", Code: "InvalidChangeBatch", Source: "Amazon Route 53 Developer Guide: DNS domain name format", Kinds: "route53.record", On: Create, Check: func(r *Request) string {
		name := strings.TrimSuffix(r.New.Str("name"), ".")
		if name != "" && !domainForm.MatchString(name) || len(name) > 255 {
			return say("The resource record set name '%s' is not valid", name)
		}
		zone := r.Find("route53.zone", r.New.Str("zoneId"))
		if zone != nil && r.New.Str("type") == "CNAME" && recordName(r) == strings.TrimSuffix(zone.Props.Str("name"), ".") {
			return say("RRSet of type CNAME with DNS name %s. is not permitted at apex in zone %s.", name, name)
		}
		return ""
	}},
	{ID: "record-values", Code: "InvalidChangeBatch", Source: "Amazon Route 53 Developer Guide: Supported DNS record types", Kinds: "route53.record", On: Write, Check: func(r *Request) string {
		for _, v := range r.New.Strs("records") {
			addr, err := netip.ParseAddr(v)
			switch t := r.New.Str("type"); {
			case t == "A" && (err != nil || !addr.Is4()), t == "AAAA" && (err != nil || addr.Is4()):
				return say("Invalid Resource Record: 'FATAL problem: ARRDATAIllegalIPAddress (Value is not a valid IP address) encountered with '%s''", v)
			case t == "CNAME" && !domainForm.MatchString(v):
				return say("Invalid Resource Record: '%s' is not a domain name", v)
			}
		}
		if r.New.Str("type") == "CNAME" && len(r.New.Strs("records")) > 1 {
			return "A CNAME record can have only one value"
		}
		return ""
	}},
	{ID: "record-alias-target", Code: "InvalidChangeBatch", Source: "Amazon Route 53 Developer Guide: Values specific for simple alias records", Kinds: "route53.record", On: Write, Check: func(r *Request) string {
		for _, a := range r.New.Objs("aliases") {
			name, zone := strings.TrimPrefix(a.Str("name"), "dualstack."), a.Str("zoneId")
			if !strings.Contains(name, ".elb.amazonaws.com") {
				continue
			}
			for _, lb := range r.kinds["lb.loadBalancer"] {
				if lb.Props.Str("dnsName") == strings.TrimSuffix(name, ".") && lb.Props.Str("zoneId") != zone {
					return say("Tried to create an alias that targets %s, type %s in zone %s, but the alias target name does not lie within the target zone", name, r.New.Str("type"), zone)
				}
			}
		}
		return ""
	}},
	{ID: "record-set-identifier", Code: "InvalidInput", Source: docRecord, Kinds: "route53.record", On: Write, Check: func(r *Request) string {
		routed := false
		for _, key := range []string{"weightedRoutingPolicies", "failoverRoutingPolicies", "latencyRoutingPolicies", "geolocationRoutingPolicies"} {
			routed = routed || r.New.Has(key)
		}
		if routed && !r.New.Has("setIdentifier") {
			return "Invalid request: Missing field 'SetIdentifier' in Change"
		}
		return ""
	}},
	{ID: "certificate-domain", Code: "ValidationException", Source: "AWS Certificate Manager API Reference: RequestCertificate", Kinds: "acm.certificate", On: Create, Check: func(r *Request) string {
		for _, d := range append(r.New.Strs("subjectAlternativeNames"), r.New.Str("domainName")) {
			if d != "" && (!domainForm.MatchString(d) || !strings.Contains(d, ".") || len(d) > 253) {
				return say("Value '%s' at 'domainName' failed to satisfy constraint: it must be a domain name", d)
			}
		}
		if len(r.New.Strs("subjectAlternativeNames")) > 10 {
			return "You have exceeded your quota of 10 domain names per certificate"
		}
		return ""
	}},
	{ID: "certificate-in-use", Code: "ResourceInUseException", Source: "AWS Certificate Manager API Reference: DeleteCertificate", Kinds: "acm.certificate", On: Delete, Waits: true, Check: func(r *Request) string {
		for _, kind := range []string{"lb.listener", "lb.listenerCertificate"} {
			if l := r.By(kind, "certificateArn", r.Old.Str("arn")); l != nil {
				return say("Certificate %s is in use by %s.", r.ID, l.ID)
			}
		}
		return ""
	}},
	{ID: "certificate-validation-records", Code: "ValidationTimedOut", Source: docACM, Kinds: "acm.certificateValidation", On: Create, Check: func(r *Request) string {
		c := r.ByARN("acm.certificate", r.New.Str("certificateArn"))
		if c == nil {
			return say("Certificate %s does not exist", r.New.Str("certificateArn"))
		}
		for _, o := range c.Props.Objs("domainValidationOptions") {
			name := strings.TrimSuffix(o.Str("resourceRecordName"), ".")
			if c.Props.Str("validationMethod") == "DNS" && r.By("route53.record", "fqdn", name) == nil {
				return say("waiting for ACM Certificate (%s) to be issued: timeout while waiting for state to become 'ISSUED': no record %s", c.ID, name)
			}
		}
		return ""
	}},
	{ID: "waf-association", Code: "WAFUnavailableEntityException", Source: docWAF, Kinds: "wafv2.webAclAssociation", On: Create, Check: func(r *Request) string {
		acl, _ := parseARN(r.New.Str("webAclArn"))
		res, ok := parseARN(r.New.Str("resourceArn"))
		switch {
		case acl.service != "wafv2" || !ok:
			return say("The ARN isn't valid: %s", r.New.Str("webAclArn"))
		case strings.HasPrefix(acl.resource, "global/"):
			return "A web ACL with the scope CLOUDFRONT is associated by the distribution itself."
		case acl.region != r.Region || res.region != r.Region:
			return "AWS WAF couldn’t retrieve the resource that you requested: it is in another region."
		case res.service == "elasticloadbalancing" && r.ByARN("lb.loadBalancer", r.New.Str("resourceArn")) == nil:
			return "AWS WAF couldn’t retrieve the resource that you requested."
		}
		return ""
	}},
	{ID: "waf-in-use", Code: "WAFAssociatedItemException", Source: "AWS WAF API Reference: DeleteWebACL", Kinds: "wafv2.webAcl", On: Delete, Waits: true, Check: func(r *Request) string {
		if a := r.By("wafv2.webAclAssociation", "webAclArn", r.Old.Str("arn")); a != nil {
			return say("AWS WAF couldn’t perform the operation because your resource is being used by another resource: %s", a.ID)
		}
		return ""
	}},
	{ID: "waf-scope", Code: "WAFInvalidParameterException", Source: "AWS WAF API Reference: CreateWebACL", Kinds: "wafv2.webAcl wafv2.ipSet", On: Create, Check: func(r *Request) string {
		scope := r.New.Str("scope")
		if !oneOf(scope, "REGIONAL CLOUDFRONT") {
			return say("scope %s is not valid", scope)
		}
		if scope == "CLOUDFRONT" && r.Region != "us-east-1" {
			return "The scope CLOUDFRONT is only valid in us-east-1."
		}
		return ""
	}},
}

func recordName(r *Request) string {
	name := strings.TrimSuffix(r.New.Str("name"), ".")
	zone := r.Find("route53.zone", r.New.Str("zoneId"))
	if zone != nil && !strings.HasSuffix(name, zone.Props.Str("name")) {
		name += "." + zone.Props.Str("name")
	}
	return strings.TrimPrefix(name, ".")
}
