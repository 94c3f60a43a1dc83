package aws

import (
	"encoding/json"
	"slices"
	"strings"
)

const (
	docLambda         = "AWS Lambda API Reference: CreateFunction"
	docLambdaQuota    = "AWS Lambda Developer Guide: Lambda quotas"
	docLambdaRuntime  = "AWS Lambda Developer Guide: Lambda runtimes"
	docLambdaEnv      = "AWS Lambda Developer Guide: Working with Lambda environment variables"
	docLambdaVPC      = "AWS Lambda Developer Guide: Giving Lambda functions access to resources in an Amazon VPC"
	docLambdaAlias    = "AWS Lambda Developer Guide: Create an alias for a Lambda function"
	docLambdaWeights  = "AWS Lambda Developer Guide: Implement Lambda canary deployments using a weighted alias"
	docLambdaReserved = "AWS Lambda Developer Guide: Configuring reserved concurrency for a function"
	docLambdaPaid     = "AWS Lambda Developer Guide: Configuring provisioned concurrency for a function"
	docSnapStart      = "AWS Lambda Developer Guide: Improving startup performance with Lambda SnapStart"
	docLambdaURL      = "AWS Lambda Developer Guide: Creating and managing Lambda function URLs"
	docLambdaAllow    = "AWS Lambda API Reference: AddPermission"

	badValue = "InvalidParameterValueException"
	refused  = "ValidationException"
	absent   = "ResourceNotFoundException"
	conflict = "ResourceConflictException"
)

var (
	runtimes = set(`nodejs20.x nodejs22.x nodejs24.x python3.10 python3.11 python3.12 python3.13 python3.14 java8.al2 java11 java17 java21 java25
		dotnet8 dotnet9 dotnet10 ruby3.2 ruby3.3 ruby3.4 provided.al2 provided.al2023`)
	retiredRuntimes = set(`nodejs nodejs4.3 nodejs6.10 nodejs8.10 nodejs10.x nodejs12.x nodejs14.x nodejs16.x nodejs18.x python2.7 python3.6 python3.7 python3.8 python3.9
		java8 dotnetcore1.0 dotnetcore2.0 dotnetcore2.1 dotnetcore3.1 dotnet5.0 dotnet6 dotnet7 ruby2.5 ruby2.7 go1.x provided`)
	reservedVariables = set(`_HANDLER _X_AMZN_TRACE_ID AWS_DEFAULT_REGION AWS_REGION AWS_EXECUTION_ENV AWS_LAMBDA_FUNCTION_NAME AWS_LAMBDA_FUNCTION_MEMORY_SIZE
		AWS_LAMBDA_FUNCTION_VERSION AWS_LAMBDA_INITIALIZATION_TYPE AWS_LAMBDA_LOG_GROUP_NAME AWS_LAMBDA_LOG_STREAM_NAME AWS_ACCESS_KEY AWS_ACCESS_KEY_ID
		AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_LAMBDA_RUNTIME_API LAMBDA_TASK_ROOT LAMBDA_RUNTIME_DIR`)

	functionName  = form(`[a-zA-Z0-9_-]{1,64}`)
	aliasName     = form(`[a-zA-Z0-9_-]{1,128}`)
	digits        = form(`\d+`)
	variableName  = form(`[a-zA-Z][a-zA-Z0-9_]+`)
	layerForm     = form(`arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:layer:[a-zA-Z0-9_-]{1,140}:\d+`)
	containerForm = form(`(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/([^:@]+)([:@].+)?`)
)

var lambdaRules = slices.Concat(functionRules, versionRules, invocationRules)

var functionRules = []Rule{
	{ID: "lambda-name", Code: refused, Source: docLambda, Kinds: "lambda.function", On: Create, Check: func(r *Request) string {
		if name := r.New.Str("name"); !functionName.MatchString(name) {
			return say("Value '%s' at 'functionName' failed to satisfy constraint: Member must have at most 64 letters, digits, hyphens and underscores", name)
		}
		return ""
	}},
	{ID: "lambda-name-taken", Code: conflict, Source: docLambda, Kinds: "lambda.function", On: Create, Check: func(r *Request) string {
		if r.Find("lambda.function", r.New.Str("name")) != nil {
			return "Function already exist: " + r.New.Str("name")
		}
		return ""
	}},
	{ID: "lambda-memory", Code: refused, Source: docLambdaQuota, Kinds: "lambda.function", On: Write, Check: func(r *Request) string {
		if !within(r.New, "memorySize", 128, 10240) {
			return say("Value '%d' at 'memorySize' failed to satisfy constraint: Member must have value between 128 and 10240", r.New.Int("memorySize"))
		}
		return ""
	}},
	{ID: "lambda-timeout", Code: refused, Source: docLambdaQuota, Kinds: "lambda.function", On: Write, Check: func(r *Request) string {
		if !within(r.New, "timeout", 1, 900) {
			return say("Value '%d' at 'timeout' failed to satisfy constraint: Member must have value between 1 and 900", r.New.Int("timeout"))
		}
		return ""
	}},
	{ID: "lambda-storage", Code: refused, Source: docLambdaQuota, Kinds: "lambda.function", On: Write, Check: func(r *Request) string {
		if !within(r.New, "ephemeralStorage.size", 512, 10240) {
			return say("Value '%d' at 'ephemeralStorage.size' failed to satisfy constraint: Member must have value between 512 and 10240", r.New.Int("ephemeralStorage.size"))
		}
		return ""
	}},
	{ID: "lambda-package", Code: badValue, Source: docLambda, Kinds: "lambda.function", On: Write, Check: func(r *Request) string {
		code := r.New.Has("code") || r.New.Has("s3Bucket")
		if r.New.Str("packageType") != "Image" {
			switch {
			case r.New.Has("imageUri") || r.New.Has("imageConfig"):
				return "Please do not provide ImageUri or ImageConfig when creating a function with packageType Zip."
			case !r.New.Has("runtime") || !r.New.Has("handler"):
				return "Runtime and Handler are mandatory parameters for functions created with deployment packages."
			case !code:
				return "Please provide a source for function code."
			case r.New.Has("s3Bucket") != r.New.Has("s3Key"):
				return "Both S3 bucket and S3 key must be specified."
			}
			return ""
		}
		switch {
		case !r.New.Has("imageUri") || code:
			return "Please provide ImageUri, and nothing else, as the code of a function with packageType Image."
		case r.New.Has("runtime") || r.New.Has("handler") || r.New.Has("layers"):
			return "Please don't provide Handler or Runtime or Layer when the intended function PackageType is Image."
		}
		return ""
	}},
	{ID: "lambda-image", Code: badValue, Source: "AWS Lambda Developer Guide: Create a Lambda function using a container image", Kinds: "lambda.function", On: Write, Check: func(r *Request) string {
		uri := r.New.Str("imageUri")
		if uri == "" {
			return ""
		}
		part := containerForm.FindStringSubmatch(uri)
		switch {
		case part == nil || part[4] == "":
			return say("Source image %s is not valid. Provide a valid source image.", uri)
		case part[2] != r.Region:
			return say("Source image %s is not valid: its repository must be in the region %s", uri, r.Region)
		case part[1] == r.Account && r.Find("ecr.repository", part[3]) == nil:
			return say("Source image %s does not exist. Provide a valid source image.", uri)
		}
		return ""
	}},
	{ID: "lambda-runtime", Code: refused, Source: docLambdaRuntime, Kinds: "lambda.function", On: Write, Check: func(r *Request) string {
		if v := r.New.Str("runtime"); v != "" && !runtimes[v] && !retiredRuntimes[v] {
			return say("Value '%s' at 'runtime' failed to satisfy constraint: Member must satisfy enum value set", v)
		}
		return ""
	}},
	{ID: "lambda-runtime-retired", Code: badValue, Source: docLambdaRuntime, Kinds: "lambda.function", On: Write, Check: func(r *Request) string {
		if v := r.New.Str("runtime"); retiredRuntimes[v] {
			return say("The runtime parameter of %s is no longer supported for creating or updating AWS Lambda functions.", v)
		}
		return ""
	}},
	{ID: "lambda-architecture", Code: refused, Source: docLambda, Kinds: "lambda.function", On: Write, Check: func(r *Request) string {
		list := r.New.Strs("architectures")
		if len(list) > 1 || len(list) == 1 && !oneOf(list[0], "x86_64 arm64") {
			return say("Value '%v' at 'architectures' failed to satisfy constraint: one of x86_64, arm64", list)
		}
		return ""
	}},
	{ID: "lambda-env-size", Code: badValue, Source: docLambdaEnv, Kinds: "lambda.function", On: Write, Check: func(r *Request) string {
		if v := r.New.Obj("environment.variables"); len(v) > 0 {
			if size := len(text(map[string]any(v))); size > 4096 {
				return say("Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the 4KB limit. (%d)", size)
			}
		}
		return ""
	}},
	{ID: "lambda-env-reserved", Code: badValue, Source: docLambdaEnv, Kinds: "lambda.function", On: Write, Check: func(r *Request) string {
		for key := range r.New.Obj("environment.variables") {
			if reservedVariables[key] {
				return say("Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys that are currently not supported for modification. Reserved keys used in this request: %s", key)
			}
		}
		return ""
	}},
	{ID: "lambda-env-name", Code: refused, Source: docLambdaEnv, Kinds: "lambda.function", On: Write, Check: func(r *Request) string {
		for key := range r.New.Obj("environment.variables") {
			if !variableName.MatchString(key) {
				return say("Value '%s' at 'environment.variables' failed to satisfy constraint: Map keys must satisfy [a-zA-Z]([a-zA-Z0-9_])+", key)
			}
		}
		return ""
	}},
	{ID: "lambda-layers", Code: badValue, Source: "AWS Lambda Developer Guide: Managing Lambda dependencies with layers", Kinds: "lambda.function", On: Write, Check: func(r *Request) string {
		layers := r.New.Strs("layers")
		if len(layers) > 5 {
			return say("Cannot reference more than 5 layers. (%d)", len(layers))
		}
		for _, l := range layers {
			a, _ := parseARN(l)
			switch own, foreign := r.byARN("lambda.layerVersion", l); {
			case !layerForm.MatchString(l):
				return say("Layer ARN %s must name a version", l)
			case a.region != r.Region:
				return say("Layers must be in the region of the function: %s", l)
			case own == nil && !foreign:
				return say("Layer version %s does not exist.", l)
			}
		}
		return ""
	}},
	exists("lambda.function", "role", "iam.role", "arn", badValue, docLambda),
	assumable("lambda-role-trust", "lambda.function", "role", "lambda.amazonaws.com", badValue, "AWS Lambda Developer Guide: Defining Lambda function permissions with an execution role",
		"The role defined for the function cannot be assumed by Lambda. (%s)"),
	exists("lambda.function", "vpcConfig.subnetIds", "ec2.subnet", "id", badValue, docLambdaVPC),
	exists("lambda.function", "vpcConfig.securityGroupIds", "ec2.securityGroup", "id", badValue, docLambdaVPC),
	{ID: "lambda-vpc", Code: badValue, Source: docLambdaVPC, Kinds: "lambda.function", On: Write, Check: func(r *Request) string {
		subnets, groups, vpc := r.New.Strs("vpcConfig.subnetIds"), r.New.Strs("vpcConfig.securityGroupIds"), ""
		if len(subnets) > 0 != (len(groups) > 0) {
			return "SubnetIds and SecurityIds must coexist or be both empty list."
		}
		if len(subnets) > 16 || len(groups) > 5 {
			return say("A function can have at most 16 subnets and 5 security groups (%d, %d)", len(subnets), len(groups))
		}
		for _, s := range subnets {
			own := r.vpcOfSubnet(s)
			if vpc != "" && own != "" && own != vpc {
				return say("All the subnets must be in the same VPC; %s is not", s)
			}
			vpc = own
		}
		return r.groupsOutside(groups, vpc)
	}},
	{ID: "lambda-vpc-role", Code: badValue, Source: docLambdaVPC, Kinds: "lambda.function", On: Write, Waits: true, Check: func(r *Request) string {
		role, _ := r.byARN("iam.role", r.New.Str("role"))
		if r.New.Has("vpcConfig.subnetIds") && !r.granted(role, "ec2:CreateNetworkInterface", "AWSLambdaVPCAccessExecutionRole AWSLambdaENIManagementAccess AmazonEC2FullAccess") {
			return "The provided execution role does not have permissions to call CreateNetworkInterface on EC2"
		}
		return ""
	}},
	{ID: "lambda-reserved", Code: badValue, Source: docLambdaReserved, Kinds: "lambda.function", On: Write, Check: func(r *Request) string {
		left := 1000 - max(0, r.New.Int("reservedConcurrentExecutions"))
		for _, f := range r.Others("lambda.function") {
			left -= max(0, f.Props.Int("reservedConcurrentExecutions"))
		}
		if r.New.Int("reservedConcurrentExecutions") > 0 && left < 100 {
			return "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [100]."
		}
		return ""
	}},
	{ID: "lambda-key", Code: badValue, Source: docLambdaEnv, Kinds: "lambda.function", On: Write, Check: func(r *Request) string {
		return r.keyMissing(r.New.Str("kmsKeyArn"))
	}},
	{ID: "lambda-dead-letter", Code: badValue, Source: "AWS Lambda Developer Guide: Capturing records of Lambda asynchronous invocations", Kinds: "lambda.function", On: Write, Waits: true, Check: func(r *Request) string {
		target := r.New.Str("deadLetterConfig.targetArn")
		role, _ := r.byARN("iam.role", r.New.Str("role"))
		a, ok := parseARN(target)
		switch {
		case target == "":
		case !ok || !oneOf(a.service, "sqs sns") || strings.HasSuffix(target, ".fifo"):
			return say("The dead letter target %s must be the ARN of a standard SQS queue or SNS topic", target)
		case r.unknownTarget(target):
			return say("The dead letter target %s does not exist", target)
		case a.service == "sqs" && !r.granted(role, "sqs:SendMessage", "AmazonSQSFullAccess"):
			return "The provided execution role does not have permissions to call SendMessage on SQS"
		case a.service == "sns" && !r.granted(role, "sns:Publish", "AmazonSNSFullAccess"):
			return "The provided execution role does not have permissions to call Publish on SNS"
		}
		return ""
	}},
	{ID: "lambda-snapstart", Code: badValue, Source: docSnapStart, Kinds: "lambda.function", On: Write, Check: func(r *Request) string {
		apply, v := r.New.Str("snapStart.applyOn"), r.New.Str("runtime")
		switch {
		case apply == "" || apply == "None":
		case apply != "PublishedVersions":
			return say("SnapStart applies on None or PublishedVersions (%s)", apply)
		case !oneOf(v, "java11 java17 java21 java25 python3.12 python3.13 python3.14 dotnet8 dotnet9 dotnet10"):
			return say("%s is not supported for SnapStart enabled functions.", v)
		case r.New.Int("ephemeralStorage.size") > 512:
			return "SnapStart does not support ephemeral storage of more than 512 MB."
		case r.New.Has("fileSystemConfig"):
			return "SnapStart does not support Amazon EFS."
		}
		return ""
	}},
	{ID: "lambda-logging", Code: badValue, Source: "AWS Lambda Developer Guide: Configuring advanced logging controls for Lambda functions", Kinds: "lambda.function", On: Write, Check: func(r *Request) string {
		l := r.New.Obj("loggingConfig")
		if f := l.Str("logFormat"); f != "" && !oneOf(f, "JSON Text") {
			return say("Log format '%s' is not one of JSON, Text", f)
		}
		if l.Str("logFormat") == "Text" && (l.Has("applicationLogLevel") || l.Has("systemLogLevel")) {
			return "To filter function logs by log level, set the log format to JSON."
		}
		return ""
	}},
	{ID: "lambda-replicated", Code: badValue, Source: "Amazon CloudFront Developer Guide: Delete Lambda@Edge functions and replicas", Kinds: "lambda.function", On: Delete, Waits: true, Check: func(r *Request) string {
		for _, d := range r.All("cloudfront.distribution") {
			for _, b := range behaviors(d.Props) {
				for _, f := range b.Objs("lambdaFunctionAssociations") {
					if strings.HasPrefix(f.Str("lambdaArn"), r.Old.Str("arn")+":") {
						return say("Lambda was unable to delete %s because it is a replicated function. (%s)", f.Str("lambdaArn"), d.ID)
					}
				}
			}
		}
		return ""
	}},
	{ID: "lambda-layer", Code: badValue, Source: "AWS Lambda API Reference: PublishLayerVersion", Kinds: "lambda.layerVersion", On: Create, Check: func(r *Request) string {
		switch {
		case !r.New.Has("code") && !r.New.Has("s3Bucket"):
			return "Please provide a source for the layer."
		case len(r.New.Strs("compatibleRuntimes")) > 15 || len(r.New.Strs("compatibleArchitectures")) > 2:
			return "A layer can have at most 15 compatible runtimes and 2 architectures."
		case !form(`[a-zA-Z0-9_-]{1,140}`).MatchString(r.New.Str("layerName")):
			return say("The layer name '%s' is not valid", r.New.Str("layerName"))
		}
		for _, v := range r.New.Strs("compatibleRuntimes") {
			if !runtimes[v] && !retiredRuntimes[v] {
				return say("The compatible runtime '%s' does not exist", v)
			}
		}
		return ""
	}},
}

// lambdaName reads the name, and the version or alias if there is one, out of a function's name, partial ARN or ARN.
func lambdaName(ref string) (name, qualifier string) {
	if i := strings.Index(ref, ":function:"); i >= 0 {
		ref = ref[i+len(":function:"):]
	}
	name, qualifier, _ = strings.Cut(ref, ":")
	return name, qualifier
}

// function finds a function by any way of naming it. Those of other accounts and regions are not known.
func (r *Request) function(ref string) (f *Resource, foreign bool) {
	if a, ok := parseARN(ref); ok && (a.account != r.Account || a.region != r.Region) {
		return nil, true
	}
	name, _ := lambdaName(ref)
	return r.Find("lambda.function", name), false
}

// hasVersion says whether a function has a published version, $LATEST, or an alias of that name.
func (r *Request) hasVersion(function, version string) bool {
	return version == "$LATEST" || r.Find("lambda.version", function+":"+version) != nil
}

func (r *Request) alias(function, name string) *Resource {
	for _, a := range r.All("lambda.alias") {
		if own, _ := lambdaName(a.Props.Str("functionName")); own == function && a.Props.Str("name") == name {
			return a
		}
	}
	return nil
}

// unknownTarget says that an ARN is one of this account's queues, topics, functions or buses that does not exist.
func (r *Request) unknownTarget(text string) bool {
	a, ok := parseARN(text)
	if !ok {
		return true
	}
	kind := map[string]string{"sqs": "sqs.queue", "sns": "sns.topic", "kinesis": "kinesis.stream"}[a.service]
	switch {
	case a.service == "lambda":
		there := r.in(a.region)
		f, foreign := there.function(text)
		name, qualifier := lambdaName(text)
		return !foreign && (f == nil || qualifier != "" && !there.hasVersion(name, qualifier) && there.alias(name, qualifier) == nil)
	case kind == "":
		return false
	}
	found, foreign := r.byARN(kind, text)
	return found == nil && !foreign
}

func jsonObject(s string) bool {
	var out map[string]any
	return json.Unmarshal([]byte(s), &out) == nil
}
