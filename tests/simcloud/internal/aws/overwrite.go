package aws

import "strings"

// Some kinds are a setting of another resource, of which there is one at a time: to create it puts it in the place of what was set before,
// whoever set that, and to delete it removes what is set now. When a replacement is made before the old one is deleted, nothing is left.

// settings are the kinds that are so in every case. Source: AWS WAF API Reference: AssociateWebACL, PutLoggingConfiguration; AWS Lambda API
// Reference: PutFunctionEventInvokeConfig, PutFunctionRecursionConfig, PutProvisionedConcurrencyConfig.
var settings = kindSet(`wafv2.webAclAssociation wafv2.webAclLoggingConfiguration lambda.functionEventInvokeConfig lambda.functionRecursionConfig
	lambda.provisionedConcurrencyConfig`)

// overwrites says whether a create takes the place of what exists. A record set does if the program lets it: the provider then asks for UPSERT.
func (r *Request) overwrites() bool {
	return settings[r.Kind] || r.Kind == "route53.record" && r.New.Bool("allowOverwrite")
}

// subjects say what a setting is of, for the kinds whose ID says more than that, or says it in more than one way.
var subjects = map[string]func(id string, props Obj) string{
	"lambda.functionEventInvokeConfig": func(id string, _ Obj) string {
		name, qualifier := lambdaName(id)
		return name + ":" + qualifier
	},
	"route53.record": recordSet,
	"wafv2.webAclAssociation": func(id string, _ Obj) string {
		return id[strings.LastIndex(id, ",")+1:]
	},
}

// remembered finds a resource by its ID and by what a deployment knows of it, which is nothing when it imports.
func (w *World) remembered(s Scope, kind, id string, known Obj) *Resource {
	if r := w.lookup(s, kind, identity(kind, id, known)); r != nil || subjects[kind] == nil {
		return r
	}
	for _, r := range w.kinds[kind] {
		if r.ID == id && r.key(kind, id) == s.key(kind, id) {
			return r
		}
	}
	return nil
}

// recordSet tells record sets apart. The ID has the name as the program wrote it, which may leave the zone out.
func recordSet(id string, props Obj) string {
	if !props.Has("fqdn") {
		return id
	}
	parts := []string{props.Str("zoneId"), dnsName(props.Str("fqdn")), props.Str("type")}
	if set := props.Str("setIdentifier"); set != "" {
		parts = append(parts, set)
	}
	return strings.Join(parts, "_")
}

// completeName adds to a prefix what makes a name of it, as the provider does before it asks AWS.
func (r *Request) completeName() {
	prefix := r.New.Str("namePrefix")
	if prefix == "" || r.New.Has("name") {
		return
	}
	name := prefix + r.token(26, "name")
	if r.New.Bool("fifoQueue") || r.New.Bool("fifoTopic") {
		name += ".fifo"
	}
	r.New["name"] = name
}
