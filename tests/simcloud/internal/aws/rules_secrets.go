package aws

import (
	"regexp"
	"strings"
)

const (
	docSecret   = "AWS Secrets Manager API Reference: CreateSecret"
	docRotation = "AWS Secrets Manager User Guide: Rotation schedules"
	secretKind  = "secretsmanager.secret"
)

var secretForm = regexp.MustCompile(`^[A-Za-z0-9/_+=.@-]{1,512}$`)

// secretsRules are those of Secrets Manager. A deleted secret keeps its name until its recovery window ends: effects leave a resource of the kind
// buriedSecret behind.
var secretsRules = []Rule{
	{ID: "secret-name", Code: "ValidationException", Source: docSecret, Kinds: secretKind, On: Create, Check: func(r *Request) string {
		if name := given(r.New, "name", "namePrefix"); name != "" && !secretForm.MatchString(name) {
			return say("Invalid name '%s'. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@", name)
		}
		return ""
	}},
	{ID: "secret-taken", Code: "ResourceExistsException", Source: docSecret, Kinds: secretKind, On: Create, Check: func(r *Request) string {
		if name := r.New.Str("name"); r.By(secretKind, "name", name) != nil {
			return say("The operation failed because the secret %s already exists.", name)
		}
		return ""
	}},
	{ID: "secret-pending-deletion", Code: "InvalidRequestException", Source: "AWS Secrets Manager User Guide: Delete an AWS Secrets Manager secret", Kinds: secretKind, On: Create, Check: func(r *Request) string {
		if r.By(buriedSecret, "name", r.New.Str("name")) != nil {
			return "You can't create this secret because a secret with this name is already scheduled for deletion."
		}
		return ""
	}},
	{ID: "secret-recovery", Code: "InvalidParameterException", Source: "AWS Secrets Manager API Reference: DeleteSecret", Kinds: secretKind, On: Write, Check: func(r *Request) string {
		if days := r.New.Int("recoveryWindowInDays"); days != 0 && (days < 7 || days > 30) {
			return say("Invalid recovery window: %d days. It must be 0 or between 7 and 30.", days)
		}
		return ""
	}},
	{ID: "secret-key", Code: "InvalidParameterException", Source: "AWS Secrets Manager User Guide: Secret encryption and decryption in AWS Secrets Manager", Kinds: secretKind, On: Write, Check: func(r *Request) string {
		return r.keyMissing(r.New.Str("kmsKeyId"))
	}},
	{ID: "secret-replicas", Code: "InvalidParameterException", Source: "AWS Secrets Manager User Guide: Replicate AWS Secrets Manager secrets across Regions", Kinds: secretKind, On: Write, Check: func(r *Request) string {
		seen := map[string]bool{r.Region: true}
		for _, replica := range r.New.Objs("replicas") {
			region := replica.Str("region")
			if !KnownRegion(region) || seen[region] {
				return say("Invalid replica region: %s. It must exist, and be neither the secret's own nor given twice.", region)
			}
			seen[region] = true
			if key := replica.Str("kmsKeyId"); r.in(region).keyMissing(key) != "" {
				return say("The KMS key %s of the replica does not exist in the region %s", key, region)
			}
		}
		return ""
	}},
	{ID: "secret-policy", Code: "MalformedPolicyDocumentException", Source: "AWS Secrets Manager User Guide: Resource-based policies", Kinds: "secretsmanager.secret secretsmanager.secretPolicy", On: Write, Check: func(r *Request) string {
		return policyProblem(strings.TrimSpace(r.New.Str("policy")), resourcePolicy)
	}},
	{ID: "secret-public", Code: "PublicPolicyException", Source: "AWS Secrets Manager API Reference: PutResourcePolicy", Kinds: "secretsmanager.secretPolicy", On: Write, Check: func(r *Request) string {
		_, statements, wrong := parsePolicy(r.New.Str("policy"))
		if wrong != "" || !r.New.Bool("blockPublicPolicy") {
			return ""
		}
		for _, s := range statements {
			if s.Effect == "Allow" && len(s.Condition) == 0 && names(s.Principal, "AWS:*") {
				return "The resource policy grants broad access to the secret: BlockPublicPolicy is set."
			}
		}
		return ""
	}},
	{ID: "secret-missing", Code: "ResourceNotFoundException", Source: "AWS Secrets Manager API Reference: PutSecretValue", Kinds: "secretsmanager.secretRotation secretsmanager.secretPolicy", On: Create, Check: func(r *Request) string {
		id := given(r.New, "secretId", "secretArn")
		if r.ByARN(secretKind, id) == nil && r.By(secretKind, "name", id) == nil && !r.managedSecret(id) {
			return "Secrets Manager can't find the specified secret."
		}
		return ""
	}},
	{ID: "secret-value", Code: "InvalidParameterException", Source: "AWS Secrets Manager API Reference: PutSecretValue", Kinds: "secretsmanager.secretVersion", On: Create, Check: func(r *Request) string {
		switch text, binary := r.New.Str("secretString"), r.New.Str("secretBinary"); {
		case text != "" && binary != "":
			return "You can't specify both a binary secret value and a string secret value in the same secret."
		case len(text) > 65536 || len(binary) > 65536*4/3+4:
			return "The secret value has more than 65536 bytes."
		}
		return ""
	}},
	{ID: "rotation-lambda", Code: "ResourceNotFoundException", Source: "AWS Secrets Manager User Guide: Rotation by Lambda function", Kinds: "secretsmanager.secretRotation", On: Write, Check: func(r *Request) string {
		fn := r.New.Str("rotationLambdaArn")
		if a, ok := parseARN(fn); fn != "" && (!ok || a.service != "lambda" || a.region != r.Region || a.account == r.Account && r.ByARN("lambda.function", fn) == nil) {
			return say("The Lambda function %s does not exist in this region.", fn)
		}
		if fn == "" && !r.managedSecret(r.New.Str("secretId")) {
			return "No Lambda rotation function ARN is associated with this secret."
		}
		return ""
	}},
	{ID: "rotation-permission", Code: "AccessDeniedException", Source: "AWS Secrets Manager User Guide: Lambda function execution permissions for rotation", Kinds: "secretsmanager.secretRotation", On: Create, Check: func(r *Request) string {
		fn := r.ByARN("lambda.function", r.New.Str("rotationLambdaArn"))
		if fn == nil {
			return ""
		}
		for _, p := range r.All("lambda.permission") {
			if p.Props.Str("principal") == "secretsmanager.amazonaws.com" && oneOf(p.Props.Str("function"), fn.ID+" "+fn.Props.Str("name")+" "+fn.Props.Str("arn")) {
				return ""
			}
		}
		return say("Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants access to the principal secretsmanager.amazonaws.com. (%s)", fn.ID)
	}},
	{ID: "rotation-schedule", Code: "InvalidParameterException", Source: docRotation, Kinds: "secretsmanager.secretRotation", On: Write, Check: func(r *Request) string {
		rules := r.New.Obj("rotationRules")
		days, text := rules.Int("automaticallyAfterDays"), rules.Str("scheduleExpression")
		switch {
		case (days == 0) == (text == ""):
			return "Exactly one of AutomaticallyAfterDays and ScheduleExpression must be given."
		case text == "" && (days < 1 || days > 1000):
			return say("Invalid rotation: every %d days. It must be between 1 and 1000.", days)
		case text != "" && !rotationSchedule(text):
			return say("Invalid ScheduleExpression: %s. It must be a rate of at least 4 hours or a cron expression whose minute is 0 and whose year is *.", text)
		case rules.Has("duration") && !regexp.MustCompile(`^([1-9]|1\d|2[0-4])h$`).MatchString(rules.Str("duration")):
			return say("Invalid duration: %s", rules.Str("duration"))
		}
		return ""
	}},
}

// rotationSchedule judges a schedule by what rotation takes of them.
func rotationSchedule(text string) bool {
	if !validSchedule(text) {
		return false
	}
	if m := rateForm.FindStringSubmatch(text); m != nil {
		n, _ := number(m[1])
		return m[2] == "day" && n <= 999 || m[2] == "hour" && n >= 4
	}
	fields := strings.Fields(scheduleForm.FindStringSubmatch(text)[1])
	return fields[0] == "0" && fields[5] == "*"
}
