package aws

import "strings"

const (
	// mostUploaded and mostUnpacked are the bytes that a deployment package may have when it is sent with a request, and in a function.
	mostUploaded = 50 << 20
	mostUnpacked = 250 << 20

	docDestinations = "AWS Lambda Developer Guide: Capturing records of Lambda asynchronous invocations"
	docStreamFailed = "AWS Lambda Developer Guide: Retain discarded batch records for an Amazon SQS, Amazon SNS, or Amazon S3 destination"
)

// Package is how much a deployment package takes, in bytes.
type Package struct{ Zipped, Unpacked int64 }

var packageRules = []Rule{
	{ID: "lambda-package-upload", Code: "RequestEntityTooLargeException", Source: docLambdaQuota, Kinds: "lambda.function lambda.layerVersion", On: Write, Check: func(r *Request) string {
		if r.Code != nil && r.Code.Zipped > mostUploaded {
			return say("Request must be smaller than 69905067 bytes for the operation: a package of %d bytes goes to a bucket first", r.Code.Zipped)
		}
		return ""
	}},
	{ID: "lambda-package-unpacked", Code: badValue, Source: docLambdaQuota, Kinds: "lambda.function lambda.layerVersion", On: Write, Check: func(r *Request) string {
		if r.Code != nil && r.Code.Unpacked > mostUnpacked {
			return say("Unzipped size must be smaller than %d bytes (%d)", mostUnpacked, r.Code.Unpacked)
		}
		return ""
	}},
	{ID: "lambda-package-empty", Code: badValue, Source: docLambda, Kinds: "lambda.function lambda.layerVersion", On: Write, Check: func(r *Request) string {
		if r.Code != nil && r.Code.Unpacked == 0 {
			return "Uploaded file must be a non-empty zip"
		}
		return ""
	}},
}

// deliveries are what a role must be allowed to do for a function's results to arrive, by the service of the destination, and how AWS says that
// it is not.
var deliveries = map[string]struct{ action, managed, call string }{
	"sqs":    {"sqs:SendMessage", "AmazonSQSFullAccess", "SendMessage on SQS"},
	"sns":    {"sns:Publish", "AmazonSNSFullAccess", "Publish on SNS"},
	"lambda": {"lambda:InvokeFunction", "AWSLambda_FullAccess AWSLambdaRole", "InvokeFunction on Lambda"},
	"events": {"events:PutEvents", "AmazonEventBridgeFullAccess", "PutEvents on EventBridge"},
	"s3":     {"s3:PutObject", "AmazonS3FullAccess", "PutObject on S3"},
}

var destinationRules = []Rule{
	{ID: "lambda-recursion", Code: refused, Source: "AWS Lambda API Reference: PutFunctionRecursionConfig", Kinds: "lambda.functionRecursionConfig", On: Write, Check: func(r *Request) string {
		if v := r.New.Str("recursiveLoop"); !oneOf(v, "Allow Terminate") {
			return say("Value '%s' at 'recursiveLoop' failed to satisfy constraint: Member must satisfy enum value set: [Allow, Terminate]", v)
		}
		return ""
	}},
	{ID: "async-destination-role", Code: badValue, Source: docDestinations, Kinds: "lambda.functionEventInvokeConfig", On: Write, Waits: true, Check: func(r *Request) string {
		for _, path := range []string{"destinationConfig.onFailure.destination", "destinationConfig.onSuccess.destination"} {
			if wrong := r.undelivered(r.New.Str(path), "sqs sns lambda events s3"); wrong != "" {
				return wrong
			}
		}
		if a, _ := parseARN(r.New.Str("destinationConfig.onSuccess.destination")); a.service == "s3" {
			return "S3 buckets are supported as destinations of failures only"
		}
		return ""
	}},
	{ID: "source-failure-destination", Code: badValue, Source: docStreamFailed, Kinds: "lambda.eventSourceMapping", On: Write, Check: func(r *Request) string {
		d := r.New.Str("destinationConfig.onFailure.destinationArn")
		kind, _ := r.sourceKind()
		switch {
		case d == "":
		case kind == "sqs":
			return "Unsupported parameter DestinationConfig for the event source type SQS: its queue has the dead letters"
		case strings.HasSuffix(d, ".fifo") || r.unknownTarget(d):
			return say("The provided destination config DestinationConfig(onSuccess=null, onFailure=OnFailure(destination=%s)) is invalid.", d)
		}
		return ""
	}},
	{ID: "source-failure-role", Code: badValue, Source: docStreamFailed, Kinds: "lambda.eventSourceMapping", On: Write, Waits: true, Check: func(r *Request) string {
		return r.undelivered(r.New.Str("destinationConfig.onFailure.destinationArn"), "sqs sns s3 kafka")
	}},
	{ID: "source-stream-found", Code: badValue, Source: docSource, Kinds: "lambda.eventSourceMapping", On: Create, Check: func(r *Request) string {
		text := r.New.Str("eventSourceArn")
		a, _ := parseARN(text)
		if a.service == "dynamodb" && a.account == r.Account && r.in(a.region).By(dynamoTable, "streamArn", text) == nil {
			return say("Stream not found: %s", text)
		}
		return ""
	}},
	{ID: "target-lambda-permission", Code: "AccessDenied", Source: "Elastic Load Balancing User Guide: Use Lambda functions as targets of an Application Load Balancer", Kinds: "lb.targetGroupAttachment", On: Create, Check: func(r *Request) string {
		group, fn := r.New.Str("targetGroupArn"), r.New.Str("targetId")
		if a, ok := parseARN(fn); ok && a.service == "lambda" && !r.invocable(fn, "elasticloadbalancing.amazonaws.com", group) {
			return say("elasticloadbalancing principal does not have permission to invoke %s from target group %s", fn, group)
		}
		return ""
	}},
}

// undelivered says why the results of the function of a request cannot go to a destination.
func (r *Request) undelivered(destination, kinds string) string {
	f, _ := r.function(r.New.Str("functionName"))
	a, ok := parseARN(destination)
	switch {
	case destination == "" || f == nil:
		return ""
	case !ok || !oneOf(a.service, kinds):
		return say("The destination ARN %s is invalid.", destination)
	}
	role, _ := r.byARN("iam.role", f.Props.Str("role"))
	if need, known := deliveries[a.service]; known && !r.granted(role, need.action, need.managed) {
		return say("The function's execution role %s does not have permissions to call %s. (%s)", f.Props.Str("role"), need.call, destination)
	}
	return ""
}

// invocable says whether a permission lets a service invoke a function, or a version or alias of it, for one of its resources.
func (r *Request) invocable(ref, service, source string) bool {
	a, _ := parseARN(ref)
	if a.region != "" && a.region != r.Region {
		return r.in(a.region).invocable(ref, service, source)
	}
	if _, foreign := r.function(ref); foreign {
		return true
	}
	name, qualifier := lambdaName(ref)
	from, _ := parseARN(source)
	owner := orText(from.account, r.Account)
	for _, p := range r.All("lambda.permission") {
		own, q := lambdaName(p.Props.Str("function"))
		who, account := p.Props.Str("principal"), p.Props.Str("sourceAccount")
		switch {
		case own != name || orText(p.Props.Str("qualifier"), q) != qualifier || !oneOf(p.Props.Str("action"), "lambda:InvokeFunction lambda:* *"):
		case who != service && who != "*", account != "" && account != owner:
		case glob(orText(p.Props.Str("sourceArn"), "*"), source):
			return true
		}
	}
	return false
}
