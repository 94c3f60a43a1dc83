package aws

import (
	"regexp"
	"strings"
)

const (
	docApplications = "AWS Serverless Application Repository Developer Guide: Acknowledging IAM roles, resource policies, and nested applications when deploying applications"
	docApplication  = "AWS Serverless Application Repository API Reference: Applications applicationId Changesets"
	docRotators     = "AWS Secrets Manager User Guide: AWS Secrets Manager rotation function templates"

	appStack = "serverlessrepository.cloudFormationStack"
	// rolledBack is how a stack ends one of whose resources AWS refuses.
	rolledBack = "ROLLBACK_COMPLETE"
)

var (
	stackNameForm   = regexp.MustCompile(`^[a-zA-Z][-a-zA-Z0-9]*$`)
	applicationForm = regexp.MustCompile(`^applications/([a-zA-Z0-9-]+)$`)
	rotatorForm     = regexp.MustCompile(`^SecretsManager((RDS(Db2|MariaDB|MySQL|Oracle|PostgreSQL|SQLServer)|MongoDB|Redshift)Rotation(Single|Multi)User|ElasticacheUserRotation|RotationTemplate)$`)
)

// rotatorOwners are the regions and accounts whose applications AWS's own rotation functions are, by partition.
var rotatorOwners = map[string]string{"aws": "us-east-1:297356227824", "aws-cn": "cn-north-1:193023089310", "aws-us-gov": "us-gov-west-1:023102451235"}

// serverlessRules are those of applications from the Serverless Application Repository. What they make is only known of AWS's rotation functions.
var serverlessRules = []Rule{
	{ID: "app-stack-name", Code: "BadRequestException", Source: docApplication, Kinds: appStack, On: Create, Check: func(r *Request) string {
		if name := r.New.Str("name"); !stackNameForm.MatchString(name) || len("serverlessrepo-"+name) > 128 {
			return say("Invalid stack name '%s': it begins with a letter, has only letters, digits and hyphens, and at most 113 of them.", name)
		}
		return ""
	}},
	{ID: "app-stack-taken", Code: "AlreadyExistsException", Source: "AWS CloudFormation API Reference: CreateStack", Kinds: appStack, On: Create, Check: func(r *Request) string {
		if r.By(appStack, "name", r.New.Str("name")) != nil {
			return say("Stack [serverlessrepo-%s] already exists", r.New.Str("name"))
		}
		return ""
	}},
	{ID: "app-id", Code: "BadRequestException", Source: docApplication, Kinds: appStack, On: Create, Check: func(r *Request) string {
		id := r.New.Str("applicationId")
		if a, ok := parseARN(id); !ok || a.service != "serverlessrepo" || !applicationForm.MatchString(a.resource) {
			return say("Invalid application ID: %s. It is the ARN of an application.", id)
		}
		return ""
	}},
	{ID: "app-found", Code: "NotFoundException", Source: docRotators, Kinds: appStack, On: Create, Check: func(r *Request) string {
		a, _ := parseARN(r.New.Str("applicationId"))
		named := strings.HasPrefix(a.resource, "applications/SecretsManager") && strings.Contains(a.resource, "Rotation")
		if a.partition != r.Partition() || named && strings.HasSuffix(rotatorOwners[a.partition], a.account) && rotator(r.New) == "" {
			return say("Application with id '%s' does not exist", r.New.Str("applicationId"))
		}
		return ""
	}},
	{ID: "app-capability-known", Code: "BadRequestException", Source: docApplications, Kinds: appStack, On: Write, Check: func(r *Request) string {
		for _, c := range r.New.Strs("capabilities") {
			if !oneOf(c, "CAPABILITY_IAM CAPABILITY_NAMED_IAM CAPABILITY_RESOURCE_POLICY CAPABILITY_AUTO_EXPAND") {
				return say("Invalid capability: %s", c)
			}
		}
		return ""
	}},
	{ID: "app-capabilities", Code: "InsufficientCapabilitiesException", Source: docApplications, Kinds: appStack, On: Write, Check: func(r *Request) string {
		given := strings.Join(r.New.Strs("capabilities"), " ")
		switch {
		case rotator(r.New) == "":
		case !oneOf("CAPABILITY_IAM", given) && !oneOf("CAPABILITY_NAMED_IAM", given):
			return "Requires capabilities : [CAPABILITY_IAM]"
		case !oneOf("CAPABILITY_RESOURCE_POLICY", given):
			return "Requires capabilities : [CAPABILITY_RESOURCE_POLICY]"
		}
		return ""
	}},
	{ID: "app-parameters", Code: "ValidationError", Source: docRotators, Kinds: appStack, On: Write, Check: func(r *Request) string {
		for _, key := range []string{"endpoint", "functionName"} {
			if rotator(r.New) != "" && !r.New.Has("parameters."+key) {
				return say("Parameters: [%s] must have values", key)
			}
		}
		return ""
	}},
	{ID: "app-function", Code: rolledBack, Source: docLambda, Kinds: appStack, On: Write, Check: func(r *Request) string {
		name := rotationName(r.New)
		taken := r.Find("lambda.function", name)
		switch {
		case name == "":
		case !functionName.MatchString(name):
			return say("Invalid function name '%s': it has at most 64 letters, digits, hyphens and underscores.", name)
		case taken != nil && (taken.OwnerKind != appStack || taken.Owner != r.ID):
			return say("%s already exists", name)
		}
		return ""
	}},
	{ID: "app-network", Code: rolledBack, Source: docLambdaVPC, Kinds: appStack, On: Write, Check: func(r *Request) string {
		vpc := ""
		for _, id := range commaList(r.New.Str("parameters.vpcSubnetIds")) {
			own := r.vpcOfSubnet(id)
			if own == "" || vpc != "" && own != vpc {
				return say("The subnet ID '%s' does not exist, or is in another VPC than the others", id)
			}
			vpc = own
		}
		groups := commaList(r.New.Str("parameters.vpcSecurityGroupIds"))
		for _, id := range groups {
			if r.Find("ec2.securityGroup", id) == nil {
				return say("The security group '%s' does not exist", id)
			}
		}
		return r.groupsOutside(groups, vpc)
	}},
}

// rotator names which of AWS's rotation functions an application is, "" if it is another application.
func rotator(stack Obj) string {
	a, _ := parseARN(stack.Str("applicationId"))
	name := strings.TrimPrefix(a.resource, "applications/")
	if a.region+":"+a.account != rotatorOwners[a.partition] || !rotatorForm.MatchString(name) {
		return ""
	}
	return name
}

// rotationName is the name of the function that a stack makes, "" if it makes none that is known.
func rotationName(stack Obj) string {
	if rotator(stack) == "" {
		return ""
	}
	return stack.Str("parameters.functionName")
}

func commaList(text string) []string {
	return strings.FieldsFunc(text, func(c rune) bool { return c == ',' || c == ' ' })
}
