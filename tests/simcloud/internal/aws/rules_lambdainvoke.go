package aws

import (
	"slices"
	"strings"
)

const (
	docSource = "AWS Lambda API Reference: CreateEventSourceMapping"
	docSQSMap = "AWS Lambda Developer Guide: Creating and configuring an Amazon SQS event source mapping"
)

const qualified = "lambda.alias lambda.provisionedConcurrencyConfig"

var versionRules = []Rule{
	{ID: "lambda-function-found", Code: absent, Source: docLambdaAlias, On: Create,
		Kinds: qualified + " lambda.functionUrl lambda.permission lambda.eventSourceMapping lambda.functionEventInvokeConfig lambda.functionRecursionConfig lambda.runtimeManagementConfig", Check: func(r *Request) string {
			ref := r.New.Str("functionName") + r.New.Str("function")
			if f, foreign := r.function(ref); f == nil && !foreign {
				name, _ := lambdaName(ref)
				return say("Function not found: arn:%s:lambda:%s:%s:function:%s", r.Partition(), r.Region, r.Account, name)
			}
			return ""
		}},
	{ID: "lambda-alias-name", Code: refused, Source: docLambdaAlias, Kinds: "lambda.alias", On: Create, Check: func(r *Request) string {
		if name := r.New.Str("name"); !aliasName.MatchString(name) || digits.MatchString(name) {
			return say("Value '%s' at 'name' failed to satisfy constraint: (?!^[0-9]+$)([a-zA-Z0-9-_]+)", name)
		}
		return ""
	}},
	{ID: "lambda-alias-taken", Code: conflict, Source: docLambdaAlias, Kinds: "lambda.alias", On: Create, Check: func(r *Request) string {
		name, _ := lambdaName(r.New.Str("functionName"))
		if a := r.alias(name, r.New.Str("name")); a != nil {
			return "Alias already exists: " + a.ID
		}
		return ""
	}},
	{ID: "lambda-alias-version", Code: absent, Source: docLambdaAlias, Kinds: "lambda.alias", On: Write, Check: func(r *Request) string {
		name, _ := lambdaName(r.New.Str("functionName"))
		versions := []string{r.New.Str("functionVersion")}
		for v := range r.New.Obj("routingConfig.additionalVersionWeights") {
			versions = append(versions, v)
		}
		for _, v := range versions {
			if f, _ := r.function(r.New.Str("functionName")); f != nil && !r.hasVersion(name, v) {
				return say("Function not found: %s:%s", f.Props.Str("arn"), v)
			}
		}
		return ""
	}},
	{ID: "lambda-alias-weights", Code: badValue, Source: docLambdaWeights, Kinds: "lambda.alias", On: Write, Check: func(r *Request) string {
		weights, version := r.New.Obj("routingConfig.additionalVersionWeights"), r.New.Str("functionVersion")
		if len(weights) > 1 {
			return "An alias can point to at most two versions."
		}
		for v, w := range weights {
			f, ok := w.(float64)
			switch {
			case !ok || f < 0 || f > 1:
				return say("The weight of version %s must be between 0.0 and 1.0 (%v)", v, w)
			case v == version:
				return say("The alias points to version %s already", v)
			case v == "$LATEST" || version == "$LATEST":
				return "$LATEST is not supported for an alias pointing to more than 1 version"
			}
		}
		return ""
	}},
	{ID: "lambda-alias-in-use", Code: conflict, Source: "AWS Lambda API Reference: DeleteAlias", Kinds: "lambda.alias", On: Delete, Waits: true, Check: func(r *Request) string {
		function, _ := lambdaName(r.Old.Str("functionName"))
		for _, p := range r.All("lambda.provisionedConcurrencyConfig") {
			if name, _ := lambdaName(p.Props.Str("functionName")); name == function && p.Props.Str("qualifier") == r.Old.Str("name") {
				return say("Alias %s has provisioned concurrency, which must be deleted first", r.ID)
			}
		}
		return ""
	}},
	{ID: "lambda-provisioned-qualifier", Code: badValue, Source: docLambdaPaid, Kinds: "lambda.provisionedConcurrencyConfig", On: Write, Check: func(r *Request) string {
		f, _ := r.function(r.New.Str("functionName"))
		q := r.New.Str("qualifier")
		switch {
		case q == "$LATEST":
			return "Provisioned Concurrency Configs cannot be applied to unpublished function versions."
		case f == nil:
			return ""
		}
		a := r.alias(f.ID, q)
		switch {
		case a == nil && !r.hasVersion(f.ID, q):
			return say("Function not found: %s:%s", f.Props.Str("arn"), q)
		case a != nil && a.Props.Str("functionVersion") == "$LATEST":
			return "Alias with name points to $LATEST; Provisioned Concurrency Configs cannot be applied to unpublished function versions."
		}
		return ""
	}},
	{ID: "lambda-provisioned-amount", Code: badValue, Source: docLambdaPaid, Kinds: "lambda.provisionedConcurrencyConfig", On: Write, Check: func(r *Request) string {
		n := r.New.Int("provisionedConcurrentExecutions")
		f, _ := r.function(r.New.Str("functionName"))
		switch {
		case n < 1:
			return say("The provisioned concurrency must be at least 1 (%d)", n)
		case f == nil:
		case f.Props.Int("reservedConcurrentExecutions") > 0 && n > f.Props.Int("reservedConcurrentExecutions"):
			return "Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function"
		case n > 900:
			return "Specified ConcurrentExecutions for function is greater than account's unreserved concurrency [900]."
		case f.Props.Str("snapStart.applyOn") == "PublishedVersions":
			return "SnapStart functions do not support provisioned concurrency."
		}
		return ""
	}},
}

var eventStreams = set("kinesis dynamodb kafka")

var invocationRules = []Rule{
	{ID: "source-found", Code: badValue, Source: docSource, Kinds: "lambda.eventSourceMapping", On: Create, Check: func(r *Request) string {
		if source := r.New.Str("eventSourceArn"); source != "" && r.unknownTarget(source) {
			return say("Error occurred while ReceiveMessage. The event source %s does not exist", source)
		}
		return ""
	}},
	{ID: "source-visibility", Code: badValue, Source: docSQSMap, Kinds: "lambda.eventSourceMapping", On: Write, Check: func(r *Request) string {
		q, _ := r.byARN("sqs.queue", r.New.Str("eventSourceArn"))
		f, _ := r.function(r.New.Str("functionName"))
		if q == nil || f == nil {
			return ""
		}
		if v, t := orElse(q.Props, "visibilityTimeoutSeconds", 30), orElse(f.Props, "timeout", 3); v < t {
			return say("Queue visibility timeout: %d seconds is less than Function timeout: %d seconds", v, t)
		}
		return ""
	}},
	{ID: "function-timeout-visibility", Code: badValue, Source: docSQSMap, Kinds: "lambda.function", On: Update, Check: func(r *Request) string {
		for _, m := range r.All("lambda.eventSourceMapping") {
			q, _ := r.byARN("sqs.queue", m.Props.Str("eventSourceArn"))
			if f, _ := r.function(m.Props.Str("functionName")); q == nil || f == nil || f.ID != r.ID {
				continue
			}
			if v, t := orElse(q.Props, "visibilityTimeoutSeconds", 30), orElse(r.New, "timeout", 3); v < t {
				return say("Queue visibility timeout: %d seconds is less than Function timeout: %d seconds", v, t)
			}
		}
		return ""
	}},
	{ID: "source-batch", Code: badValue, Source: docSource, Kinds: "lambda.eventSourceMapping", On: Write, Check: func(r *Request) string {
		kind, fifo := r.sourceKind()
		size, window := r.New.Int("batchSize"), r.New.Int("maximumBatchingWindowInSeconds")
		switch {
		case !within(r.New, "batchSize", 1, 10000):
			return say("Batch size %d must be between 1 and 10000", size)
		case !within(r.New, "maximumBatchingWindowInSeconds", 0, 300):
			return say("Maximum batch window %d must be between 0 and 300 seconds", window)
		case kind == "sqs" && fifo && size > 10:
			return say("Batch size %d of a FIFO queue must not be greater than 10", size)
		case kind == "sqs" && fifo && window > 0:
			return "Batching window is not supported for FIFO queues"
		case kind == "sqs" && size > 10 && window < 1:
			return "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10"
		}
		return ""
	}},
	{ID: "source-concurrency", Code: badValue, Source: docSQSMap, Kinds: "lambda.eventSourceMapping", On: Write, Check: func(r *Request) string {
		kind, _ := r.sourceKind()
		switch {
		case !r.New.Has("scalingConfig.maximumConcurrency"):
		case kind != "sqs":
			return "ScalingConfig is only supported for SQS event sources"
		case !within(r.New, "scalingConfig.maximumConcurrency", 2, 1000):
			return say("Maximum concurrency %d must be between 2 and 1000", r.New.Int("scalingConfig.maximumConcurrency"))
		}
		return ""
	}},
	{ID: "source-position", Code: badValue, Source: docSource, Kinds: "lambda.eventSourceMapping", On: Create, Check: func(r *Request) string {
		kind, _ := r.sourceKind()
		p := r.New.Str("startingPosition")
		switch {
		case kind == "sqs" && p != "":
			return "StartingPosition is not valid for SQS event sources."
		case eventStreams[kind] && p == "":
			return "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member must not be null."
		case p != "" && !oneOf(p, "TRIM_HORIZON LATEST AT_TIMESTAMP"):
			return say("Starting position '%s' is not one of TRIM_HORIZON, LATEST, AT_TIMESTAMP", p)
		case p == "AT_TIMESTAMP" && kind == "dynamodb":
			return "Unsupported starting position for stream type: AT_TIMESTAMP"
		case (p == "AT_TIMESTAMP") != r.New.Has("startingPositionTimestamp"):
			return "StartingPositionTimestamp is needed with, and only with, the starting position AT_TIMESTAMP"
		}
		return ""
	}},
	{ID: "source-stream-only", Code: badValue, Source: docSource, Kinds: "lambda.eventSourceMapping", On: Write, Check: func(r *Request) string {
		kind, _ := r.sourceKind()
		for _, p := range []string{"bisectBatchOnFunctionError", "parallelizationFactor", "maximumRecordAgeInSeconds", "maximumRetryAttempts", "tumblingWindowInSeconds"} {
			if v := r.New.Get(p); kind == "sqs" && v != nil && v != false && v != 0.0 && v != -1.0 {
				return say("Unsupported parameter %s for the event source type SQS", p)
			}
		}
		if !within(r.New, "parallelizationFactor", 0, 10) {
			return say("Parallelization factor %d must be between 1 and 10", r.New.Int("parallelizationFactor"))
		}
		for _, t := range r.New.Strs("functionResponseTypes") {
			if t != "ReportBatchItemFailures" {
				return say("Function response type '%s' is not ReportBatchItemFailures", t)
			}
		}
		return ""
	}},
	{ID: "source-taken", Code: conflict, Source: docSource, Kinds: "lambda.eventSourceMapping", On: Create, Check: func(r *Request) string {
		for _, m := range r.All("lambda.eventSourceMapping") {
			mine, _ := r.function(r.New.Str("functionName"))
			_, version := lambdaName(r.New.Str("functionName"))
			_, mapped := lambdaName(m.Props.Str("functionName"))
			if other, _ := r.function(m.Props.Str("functionName")); other != nil && mine != nil && other.ID == mine.ID && mapped == version && r.New.Has("eventSourceArn") && same(m.Props, r.New, "eventSourceArn") {
				return say("An event source mapping with the event source (\" %s \") and function (\" %s \") already exists. Please update or delete the existing mapping with UUID %s", r.New.Str("eventSourceArn"), mine.ID, m.ID)
			}
		}
		return ""
	}},
	{ID: "source-role", Code: badValue, Source: docSQSMap, Kinds: "lambda.eventSourceMapping", On: Create, Waits: true, Check: func(r *Request) string {
		f, _ := r.function(r.New.Str("functionName"))
		if f == nil {
			return ""
		}
		role, _ := r.byARN("iam.role", f.Props.Str("role"))
		kind, _ := r.sourceKind()
		for source, need := range map[string][3]string{
			"sqs":      {"sqs:ReceiveMessage", "AWSLambdaSQSQueueExecutionRole AmazonSQSFullAccess", "ReceiveMessage on SQS"},
			"kinesis":  {"kinesis:GetRecords", "AWSLambdaKinesisExecutionRole AmazonKinesisFullAccess", "GetRecords on Kinesis"},
			"dynamodb": {"dynamodb:GetRecords", "AWSLambdaDynamoDBExecutionRole AmazonDynamoDBFullAccess", "GetRecords on DynamoDB"},
		} {
			if kind == source && !r.granted(role, need[0], need[1]) {
				return "The function execution role does not have permissions to call " + need[2]
			}
		}
		return ""
	}},
	{ID: "source-filter", Code: badValue, Source: "AWS Lambda Developer Guide: Control which events Lambda sends to your function", Kinds: "lambda.eventSourceMapping", On: Write, Check: func(r *Request) string {
		for _, p := range collect(r.New, "filterCriteria.filters.pattern") {
			if !jsonObject(p) {
				return say("Invalid filter pattern definition. %s", p)
			}
		}
		return ""
	}},
	{ID: "function-url", Code: refused, Source: docLambdaURL, Kinds: "lambda.functionUrl", On: Write, Check: func(r *Request) string {
		mode := r.New.Str("invokeMode")
		switch {
		case !oneOf(r.New.Str("authorizationType"), "NONE AWS_IAM"):
			return say("Value '%s' at 'authType' failed to satisfy constraint: Member must satisfy enum value set: [NONE, AWS_IAM]", r.New.Str("authorizationType"))
		case mode != "" && !oneOf(mode, "BUFFERED RESPONSE_STREAM"):
			return say("Value '%s' at 'invokeMode' failed to satisfy constraint: Member must satisfy enum value set: [BUFFERED, RESPONSE_STREAM]", mode)
		case !within(r.New, "cors.maxAge", 0, 86400):
			return say("Value '%d' at 'cors.maxAge' failed to satisfy constraint: Member must be between 0 and 86400", r.New.Int("cors.maxAge"))
		}
		for _, m := range r.New.Strs("cors.allowMethods") {
			if !oneOf(m, "GET PUT HEAD POST PATCH DELETE *") {
				return say("Value '%s' at 'cors.allowMethods' failed to satisfy constraint: one of GET, PUT, HEAD, POST, PATCH, DELETE, *", m)
			}
		}
		return ""
	}},
	{ID: "function-url-qualifier", Code: absent, Source: docLambdaURL, Kinds: "lambda.functionUrl", On: Create, Check: func(r *Request) string {
		name, _ := lambdaName(r.New.Str("functionName"))
		if q := r.New.Str("qualifier"); q != "" && r.alias(name, q) == nil {
			return say("A function URL belongs to the function or to an alias; %s has no alias %s", name, q)
		}
		return ""
	}},
	{ID: "function-url-taken", Code: conflict, Source: docLambdaURL, Kinds: "lambda.functionUrl", On: Create, Check: func(r *Request) string {
		mine, _ := lambdaName(r.New.Str("functionName"))
		for _, u := range r.All("lambda.functionUrl") {
			if name, _ := lambdaName(u.Props.Str("functionName")); name == mine && same(u.Props, r.New, "qualifier") {
				return say("Failed to create function url config for [functionArn = %s]. Error message:  FunctionUrlConfig exists for this Lambda function", u.Props.Str("functionArn"))
			}
		}
		return ""
	}},
	{ID: "permission-statement-taken", Code: conflict, Source: docLambdaAllow, Kinds: "lambda.permission", On: Create, Check: func(r *Request) string {
		mine, _ := lambdaName(r.New.Str("function"))
		for _, p := range r.All("lambda.permission") {
			if name, _ := lambdaName(p.Props.Str("function")); name == mine && same(p.Props, r.New, "statementId", "qualifier") {
				return say("The statement id (%s) provided already exists. Please provide a new statement id, or remove the existing statement.", r.New.Str("statementId"))
			}
		}
		return ""
	}},
	{ID: "permission-form", Code: refused, Source: docLambdaAllow, Kinds: "lambda.permission", On: Create, Check: func(r *Request) string {
		source, account, who := r.New.Str("sourceArn"), r.New.Str("sourceAccount"), r.New.Str("principal")
		_, isARN := parseARN(who)
		switch {
		case !form(`[a-zA-Z0-9_-]{1,100}`).MatchString(r.New.Str("statementId")):
			return say("Value '%s' at 'statementId' failed to satisfy constraint: ([a-zA-Z0-9-_]+)", r.New.Str("statementId"))
		case !form(`lambda:(\*|[a-zA-Z]+)|\*`).MatchString(r.New.Str("action")):
			return say("Value '%s' at 'action' failed to satisfy constraint: (lambda:[*]|lambda:[a-zA-Z]+|[*])", r.New.Str("action"))
		case source != "" && !strings.HasPrefix(source, "arn:"):
			return say("Value '%s' at 'sourceArn' failed to satisfy constraint: an ARN", source)
		case account != "" && !accountForm.MatchString(account):
			return say("Value '%s' at 'sourceAccount' failed to satisfy constraint: \\d{12}", account)
		case who != "*" && !isARN && !accountForm.MatchString(who) && !serviceForm.MatchString(who):
			return say("The provided principal was invalid. Please check the principal and try again. (%s)", who)
		case r.New.Has("functionUrlAuthType") && r.New.Str("action") != "lambda:InvokeFunctionUrl":
			return "FunctionUrlAuthType is only supported for lambda:InvokeFunctionUrl action"
		}
		return ""
	}},
	{ID: "permission-qualifier", Code: absent, Source: docLambdaAllow, Kinds: "lambda.permission", On: Create, Check: func(r *Request) string {
		f, _ := r.function(r.New.Str("function"))
		q := r.New.Str("qualifier")
		switch {
		case f == nil || q == "":
		case q == "$LATEST":
			return "We currently do not support adding policies for $LATEST."
		case !r.hasVersion(f.ID, q) && r.alias(f.ID, q) == nil:
			return say("Cannot find alias arn: %s:%s", f.Props.Str("arn"), q)
		}
		return ""
	}},
	{ID: "async-limits", Code: refused, Source: "AWS Lambda API Reference: PutFunctionEventInvokeConfig", Kinds: "lambda.functionEventInvokeConfig", On: Write, Check: func(r *Request) string {
		if age := r.New.Int("maximumEventAgeInSeconds"); age != 0 && (age < 60 || age > 21600) {
			return say("Value '%d' at 'maximumEventAgeInSeconds' failed to satisfy constraint: between 60 and 21600", age)
		}
		if !within(r.New, "maximumRetryAttempts", 0, 2) {
			return say("Value '%d' at 'maximumRetryAttempts' failed to satisfy constraint: between 0 and 2", r.New.Int("maximumRetryAttempts"))
		}
		return ""
	}},
	{ID: "async-destination", Code: badValue, Source: "AWS Lambda Developer Guide: Capturing records of Lambda asynchronous invocations", Kinds: "lambda.functionEventInvokeConfig", On: Write, Check: func(r *Request) string {
		for _, d := range slices.Concat(collect(r.New, "destinationConfig.onFailure.destination"), collect(r.New, "destinationConfig.onSuccess.destination")) {
			if r.unknownTarget(d) || strings.HasSuffix(d, ".fifo") {
				return say("The destination ARN %s is invalid.", d)
			}
		}
		return ""
	}},
}

// sourceKind is the service of a mapping's event source, and whether it is a FIFO queue.
func (r *Request) sourceKind() (kind string, fifo bool) {
	a, _ := parseARN(r.New.Str("eventSourceArn"))
	return a.service, strings.HasSuffix(a.resource, ".fifo")
}

// orElse reads a number that AWS assumes if it is not given.
func orElse(o Obj, path string, otherwise int) int {
	if o.Get(path) == nil {
		return otherwise
	}
	return o.Int(path)
}
