package aws

import (
	"slices"
	"strings"
)

const docAliasEdge = "Amazon Route 53 Developer Guide: Routing traffic to an Amazon CloudFront distribution by using your domain name"

// edgeRecordRules are those of records that lead to CloudFront, or prove to ACM that a domain is one's own.
var edgeRecordRules = []Rule{
	{ID: "record-alias-edge-zone", Code: "InvalidChangeBatch", Source: docAliasEdge, Kinds: "route53.record", On: Write, Check: func(r *Request) string {
		for _, a := range edgeAliases(r.New) {
			if a.Str("zoneId") != edgeZone(r) {
				return say("[Tried to create an alias that targets %s., type %s in zone %s, but the alias target name does not lie within the target zone]", a.Str("name"), r.New.Str("type"), a.Str("zoneId"))
			}
		}
		return ""
	}},
	{ID: "record-alias-edge-health", Code: "InvalidInput", Source: "Amazon Route 53 API Reference: AliasTarget", Kinds: "route53.record", On: Write, Check: func(r *Request) string {
		for _, a := range edgeAliases(r.New) {
			if a.Bool("evaluateTargetHealth") {
				return "Invalid request: EvaluateTargetHealth cannot be true when the alias target is a CloudFront distribution"
			}
		}
		return ""
	}},
	{ID: "record-alias-edge-name", Code: "InvalidChangeBatch", Source: docAliasEdge, Kinds: "route53.record", On: Write, Check: func(r *Request) string {
		for _, a := range edgeAliases(r.New) {
			d := r.By(distribute, "domainName", strings.TrimSuffix(a.Str("name"), "."))
			if d != nil && !covers(Obj{"subjectAlternativeNames": d.Props.Get("aliases")}, recordName(r)) {
				return say("The distribution %s does not have the alternate domain name %s", d.ID, recordName(r))
			}
		}
		return ""
	}},
	{ID: "validation-record-values", Code: "ValidationTimedOut", Source: docACM, Kinds: "acm.certificateValidation", On: Create, Check: func(r *Request) string {
		c := r.ByARN("acm.certificate", r.New.Str("certificateArn"))
		if c == nil || c.Props.Str("validationMethod") != "DNS" {
			return ""
		}
		for _, o := range c.Props.Objs("domainValidationOptions") {
			if !r.proven(o) {
				return say("waiting for ACM Certificate (%s) to be issued: timeout while waiting for state to become 'ISSUED' (last state: 'PENDING_VALIDATION'): no public record %s of the type CNAME has the value %s",
					c.ID, o.Str("resourceRecordName"), o.Str("resourceRecordValue"))
			}
		}
		return ""
	}},
}

// proven says whether the world can see the record that shows a domain to be one's own.
func (r *Request) proven(option Obj) bool {
	return slices.ContainsFunc(r.All("route53.record"), func(record *Resource) bool {
		zone := r.Find("route53.zone", record.Props.Str("zoneId"))
		return dnsName(record.Props.Str("fqdn")) == dnsName(option.Str("resourceRecordName")) && record.Props.Str("type") == "CNAME" && zone != nil && !zone.Props.Has("vpcs") &&
			slices.ContainsFunc(record.Props.Strs("records"), func(v string) bool { return dnsName(v) == dnsName(option.Str("resourceRecordValue")) })
	})
}

// edgeAliases are the alias targets of a record that are distributions.
func edgeAliases(record Obj) []Obj {
	return slices.DeleteFunc(record.Objs("aliases"), func(a Obj) bool { return !strings.HasSuffix(dnsName(a.Str("name")), ".cloudfront.net") })
}

// edgeZone is the hosted zone in which all distributions are.
func edgeZone(r *Request) string {
	if r.Partition() == "aws-cn" {
		return "Z3RFFRIM2A3IF5"
	}
	return "Z2FDTNDATAQYW2"
}
