package aws

import (
	"encoding/json"
	"strings"
)

const (
	docAccessLogs  = "Amazon CloudFront Developer Guide: Configure standard logging (v2)"
	docPutSource   = "Amazon CloudWatch Logs API Reference: PutDeliverySource"
	docPutTarget   = "Amazon CloudWatch Logs API Reference: PutDeliveryDestination"
	docDelivery    = "Amazon CloudWatch Logs API Reference: CreateDelivery"
	deliveryOf     = "cloudwatch.logDelivery"
	deliveryFrom   = "cloudwatch.logDeliverySource"
	deliveryTo     = "cloudwatch.logDeliveryDestination"
	deliveryWriter = "Service:delivery.logs.amazonaws.com"
)

var deliveryName = form(`[\w-]{1,60}`)

var deliveryRules = []Rule{
	{ID: "delivery-name", Code: refused, Source: docPutSource, Kinds: deliveryFrom + " " + deliveryTo, On: Create, Check: func(r *Request) string {
		if name := r.New.Str("name"); !deliveryName.MatchString(name) {
			return say("1 validation error detected: Value '%s' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w-]* and have length less than or equal to 60", name)
		}
		return ""
	}},
	{ID: "delivery-source-found", Code: absent, Source: docPutSource, Kinds: deliveryFrom, On: Create, Check: func(r *Request) string {
		text := r.New.Str("resourceArn")
		a, ok := parseARN(text)
		d, foreign := r.byARN(distribute, text)
		if !ok || a.service == "cloudfront" && d == nil && !foreign {
			return say("The specified resource %s does not exist", text)
		}
		return ""
	}},
	{ID: "delivery-source-region", Code: refused, Source: docAccessLogs, Kinds: deliveryFrom, On: Create, Check: func(r *Request) string {
		if a, _ := parseARN(r.New.Str("resourceArn")); a.service == "cloudfront" && r.Region != edgeRegion(r) {
			return say("The logs of CloudFront are delivered from %s, not from %s", edgeRegion(r), r.Region)
		}
		return ""
	}},
	{ID: "delivery-source-type", Code: refused, Source: docPutSource, Kinds: deliveryFrom, On: Create, Check: func(r *Request) string {
		if a, _ := parseARN(r.New.Str("resourceArn")); a.service == "cloudfront" && !oneOf(r.New.Str("logType"), "ACCESS_LOGS CONNECTION_LOGS") {
			return say("Provided LogType %s is not valid for this service", r.New.Str("logType"))
		}
		return ""
	}},
	{ID: "delivery-source-once", Code: "ConflictException", Source: docPutSource, Kinds: deliveryFrom, On: Create, Check: func(r *Request) string {
		for _, other := range r.kinds[deliveryFrom] { // of all regions
			if other.Account == r.Account && same(other.Props, r.New, "resourceArn", "logType") {
				return say("This ResourceId has already been used in another Delivery Source in this account. (%s)", other.ID)
			}
		}
		return ""
	}},
	{ID: "delivery-format", Code: refused, Source: docPutTarget, Kinds: deliveryTo, On: Write, Check: func(r *Request) string {
		f := r.New.Str("outputFormat")
		a, _ := parseARN(r.New.Str("deliveryDestinationConfiguration.destinationResourceArn"))
		switch {
		case f != "" && !oneOf(f, "json plain w3c raw parquet"):
			return say("Value '%s' at 'outputFormat' failed to satisfy constraint: Member must satisfy enum value set: [json, plain, w3c, raw, parquet]", f)
		case f == "parquet" && a.service != "s3":
			return "The output format parquet is only supported for S3"
		}
		return ""
	}},
	{ID: "delivery-destination-found", Code: absent, Source: docPutTarget, Kinds: deliveryTo, On: Write, Check: func(r *Request) string {
		text := r.New.Str("deliveryDestinationConfiguration.destinationResourceArn")
		a, ok := parseARN(text)
		bucket, _, _ := strings.Cut(a.resource, "/")
		group, foreign := r.byARN("cloudwatch.logGroup", strings.TrimSuffix(text, ":*"))
		if !ok || destinationTypes[a.service] == "" || a.service == "s3" && r.bucketAnywhere(bucket) == nil || a.service == "logs" && group == nil && !foreign {
			return say("The specified destination %s must be an existing bucket, log group or delivery stream", text)
		}
		return ""
	}},
	{ID: "delivery-ends", Code: absent, Source: docDelivery, Kinds: deliveryOf, On: Create, Check: func(r *Request) string {
		source, _ := r.delivery(r.New)
		destination, foreign := r.byARN(deliveryTo, r.New.Str("deliveryDestinationArn"))
		switch {
		case source == nil:
			return say("Delivery source %s does not exist in %s", r.New.Str("deliverySourceName"), r.Region)
		case destination == nil && !foreign:
			return say("Delivery destination %s does not exist", r.New.Str("deliveryDestinationArn"))
		}
		return ""
	}},
	{ID: "delivery-once", Code: "ConflictException", Source: docDelivery, Kinds: deliveryOf, On: Create, Check: func(r *Request) string {
		for _, other := range r.All(deliveryOf) {
			if same(other.Props, r.New, "deliverySourceName") && r.deliversTo(other.Props) == r.deliversTo(r.New) {
				return say("Delivery already exists for the delivery source %s and this kind of destination (%s)", r.New.Str("deliverySourceName"), other.ID)
			}
		}
		return ""
	}},
	{ID: "delivery-path", Code: refused, Source: docDelivery, Kinds: deliveryOf, On: Write, Check: func(r *Request) string {
		for _, c := range r.New.Objs("s3DeliveryConfigurations") {
			path := c.Str("suffixPath")
			if len(path) > 256 || c.Bool("enableHiveCompatiblePath") && strings.Contains(path, "=") {
				return say("Provided suffixPath is invalid: %s", path)
			}
		}
		return ""
	}},
	deliveryHeld(deliveryFrom, "DeleteDeliverySource", func(r *Request, d Obj) bool { return d.Str("deliverySourceName") == r.ID }),
	deliveryHeld(deliveryTo, "DeleteDeliveryDestination", func(r *Request, d Obj) bool { return d.Str("deliveryDestinationArn") == r.Old.Str("arn") }),
}

// deliversTo is the kind of a delivery's destination, or the destination itself if nothing is known of it.
func (r *Request) deliversTo(delivery Obj) string {
	if _, destination := r.delivery(delivery); destination != nil {
		return destination.Props.Str("deliveryDestinationType")
	}
	return delivery.Str("deliveryDestinationArn")
}

// deliveryHeld makes the rule that an end of a delivery cannot be deleted.
func deliveryHeld(kind, operation string, names func(r *Request, delivery Obj) bool) Rule {
	return Rule{ID: kind + "-held", Code: "ConflictException", Source: "Amazon CloudWatch Logs API Reference: " + operation, Kinds: kind, On: Delete, Check: func(r *Request) string {
		for _, d := range r.All(deliveryOf) {
			if names(r, d.Props) {
				return say("%s is used by the delivery %s and cannot be deleted", r.ID, d.ID)
			}
		}
		return ""
	}}
}

// admitLogs adds the statement that CloudWatch Logs needs to the policy of a bucket that it is to write to, if the policy does not have it: who
// keeps the policy in a program finds that it drifted.
func admitLogs(r *Request, delivery *Resource) {
	_, destination := r.delivery(delivery.Props)
	if r.Op != Create || destination == nil {
		return
	}
	text := destination.Props.Str("deliveryDestinationConfiguration.destinationResourceArn")
	a, _ := parseARN(text)
	name, _, _ := strings.Cut(a.resource, "/")
	b := r.bucketAnywhere(name)
	if a.service != "s3" || b == nil {
		return
	}
	p := r.in(b.Region).By("s3.bucketPolicy", "bucket", b.ID)
	if p == nil || allows(p.Props.Str("policy"), "s3:PutObject", "", deliveryWriter) {
		return
	}
	doc, _ := document(p.Props.Str("policy"))
	statements, many := doc["Statement"].([]any)
	if !many {
		statements = []any{doc["Statement"]}
	}
	doc["Statement"] = append(statements, map[string]any{
		"Sid": "AWSLogDeliveryWrite", "Effect": "Allow", "Principal": map[string]any{"Service": "delivery.logs.amazonaws.com"}, "Action": "s3:PutObject", "Resource": text + "/*",
		"Condition": map[string]any{"StringEquals": map[string]any{"aws:SourceAccount": r.Account, "s3:x-amz-acl": "bucket-owner-full-control"}},
	})
	if changed, err := json.Marshal(doc); err == nil {
		p.Props["policy"] = string(changed)
	}
}
