package aws

import "strings"

// destinationTypes are the services that logs are delivered to, with CloudWatch's short names of them.
var destinationTypes = map[string]string{"s3": "S3", "logs": "CWL", "firehose": "FH", "xray": "XRAY"}

// accessFields are what CloudFront writes of a request if a delivery names no fields.
var accessFields = strings.Fields(`date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) cs-uri-query cs(Cookie)
	x-edge-result-type x-edge-request-id x-host-header cs-protocol cs-bytes time-taken x-forwarded-for ssl-protocol ssl-cipher x-edge-response-result-type
	cs-protocol-version fle-status fle-encrypted-fields c-port time-to-first-byte x-edge-detailed-result-type sc-content-type sc-content-len sc-range-start sc-range-end`)

func fillDeliverySource(r *Request) {
	a, _ := parseARN(r.New.Str("resourceArn"))
	r.New["service"] = a.service
}

func fillDeliveryDestination(r *Request) {
	a, _ := parseARN(r.New.Str("deliveryDestinationConfiguration.destinationResourceArn"))
	r.New["deliveryDestinationType"] = destinationTypes[a.service]
}

// fillDelivery chooses the fields and the folders of CloudFront's logs.
func fillDelivery(r *Request) {
	source, destination := r.delivery(r.New)
	if source == nil || source.Props.Str("service") != "cloudfront" {
		return
	}
	if !r.New.Has("recordFields") {
		r.New["recordFields"] = anys(accessFields)
	}
	if !r.New.Has("s3DeliveryConfigurations") && destination != nil && destination.Props.Str("deliveryDestinationType") == "S3" {
		r.New["s3DeliveryConfigurations"] = []any{map[string]any{"enableHiveCompatiblePath": false, "suffixPath": "AWSLogs/{account-id}/CloudFront/"}}
	}
}

// delivery finds the two ends of a delivery of the account; those of other accounts are not known.
func (r *Request) delivery(props Obj) (source, destination *Resource) {
	destination, _ = r.byARN("cloudwatch.logDeliveryDestination", props.Str("deliveryDestinationArn"))
	return r.Find("cloudwatch.logDeliverySource", props.Str("deliverySourceName")), destination
}

// fillEdgeFunction makes the live stage of a function that is published. A draft leaves the stage as it is.
func fillEdgeFunction(r *Request) {
	live := r.Old.Str("liveStageEtag")
	if r.New.Get("publish") != false && live == "" {
		live = "E" + strings.ToUpper(r.token(12, "live"))
	}
	r.New["liveStageEtag"] = live
}

// fillDistribution takes back the TLS floor of a distribution with CloudFront's own certificate, which has none.
func fillDistribution(r *Request) {
	if v := r.New.Obj("viewerCertificate"); v.Bool("cloudfrontDefaultCertificate") {
		v["minimumProtocolVersion"] = "TLSv1"
	}
}
