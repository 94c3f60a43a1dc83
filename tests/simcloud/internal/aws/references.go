package aws

import "strings"

// A reference is a property that names another resource. Each row makes a rule that the other must exist, in the same account and region, and,
// where AWS keeps something from being deleted while it is named so, a second rule.
type reference struct {
	kind, path, to string
	// by is the property of the target that is named: "id" or "arn" or another.
	by string
	// holds is the error code for deleting the target while it is referred to; empty if AWS allows it.
	holds string
}

// missing are the error codes for a reference to nothing, and the documentation pages that list them, by kind.
var missing = map[string][2]string{
	"ec2.vpc":                       {"InvalidVpcID.NotFound", docErrors},
	"ec2.subnet":                    {"InvalidSubnetID.NotFound", docErrors},
	"ec2.securityGroup":             {"InvalidGroup.NotFound", docErrors},
	"ec2.routeTable":                {"InvalidRouteTableID.NotFound", docErrors},
	"ec2.internetGateway":           {"InvalidInternetGatewayID.NotFound", docErrors},
	"ec2.natGateway":                {"NatGatewayNotFound", docErrors},
	"ec2.egressOnlyInternetGateway": {"InvalidGatewayID.NotFound", docErrors},
	"ec2.vpcEndpoint":               {"InvalidVpcEndpointId.NotFound", docErrors},
	"ec2.eip":                       {"InvalidAllocationID.NotFound", docErrors},
	"ec2.launchTemplate":            {"InvalidLaunchTemplateId.NotFoundException", docErrors},
	"ec2.instance":                  {"InvalidInstanceID.NotFound", docErrors},
	"ec2.keyPair":                   {"InvalidKeyPair.NotFound", docErrors},
	"lb.loadBalancer":               {"LoadBalancerNotFound", "Elastic Load Balancing API Reference: CreateListener"},
	"lb.targetGroup":                {"TargetGroupNotFound", "Elastic Load Balancing API Reference: CreateListener"},
	"lb.listener":                   {"ListenerNotFound", "Elastic Load Balancing API Reference: CreateRule"},
	"lb.trustStore":                 {"TrustStoreNotFound", "Elastic Load Balancing API Reference: CreateListener"},
	"autoscaling.group":             {"ValidationError", "Amazon EC2 Auto Scaling API Reference: Common errors"},
	"iam.role":                      {"NoSuchEntity", "IAM API Reference: Common errors"},
	"iam.instanceProfile":           {"InvalidParameterValue", docTemplate},
	"cloudwatch.logGroup":           {"ResourceNotFoundException", "Amazon CloudWatch Logs API Reference: Common errors"},
	"route53.zone":                  {"NoSuchHostedZone", docRecord},
	"cloudwatch.eventRule":          {"ResourceNotFoundException", "Amazon EventBridge API Reference: PutTargets"},
	"sns.topic":                     {"NotFound", "Amazon SNS API Reference: Subscribe"},
	"secretsmanager.secret":         {"ResourceNotFoundException", "AWS Secrets Manager API Reference: PutSecretValue"},
}

const docErrors = "Amazon EC2 API Reference: Error codes for the Amazon EC2 API"

const violation = "DependencyViolation"

var references = []reference{
	{"ec2.subnet", "vpcId", "ec2.vpc", "id", ""},
	{"ec2.internetGateway", "vpcId", "ec2.vpc", "id", ""},
	{"ec2.internetGatewayAttachment", "vpcId", "ec2.vpc", "id", violation},
	{"ec2.internetGatewayAttachment", "internetGatewayId", "ec2.internetGateway", "id", violation},
	{"ec2.egressOnlyInternetGateway", "vpcId", "ec2.vpc", "id", ""},
	{"ec2.vpcIpv4CidrBlockAssociation", "vpcId", "ec2.vpc", "id", ""},
	{"ec2.vpcIpv6CidrBlockAssociation", "vpcId", "ec2.vpc", "id", ""},
	{"ec2.routeTable", "vpcId", "ec2.vpc", "id", ""},
	{"ec2.networkAcl", "vpcId", "ec2.vpc", "id", ""},
	{"ec2.networkAcl", "subnetIds", "ec2.subnet", "id", ""},
	{"ec2.securityGroup", "vpcId", "ec2.vpc", "id", ""},
	{"ec2.vpcEndpoint", "vpcId", "ec2.vpc", "id", ""},
	{"ec2.vpcEndpoint", "subnetIds", "ec2.subnet", "id", ""},
	{"ec2.vpcEndpoint", "routeTableIds", "ec2.routeTable", "id", ""},
	{"ec2.vpcEndpoint", "securityGroupIds", "ec2.securityGroup", "id", ""},
	{"ec2.natGateway", "subnetId", "ec2.subnet", "id", ""},
	{"ec2.natGateway", "allocationId", "ec2.eip", "id", ""},
	{"ec2.route", "routeTableId", "ec2.routeTable", "id", ""},
	{"ec2.route", "natGatewayId", "ec2.natGateway", "id", ""},
	{"ec2.route", "egressOnlyGatewayId", "ec2.egressOnlyInternetGateway", "id", ""},
	{"ec2.route", "vpcEndpointId", "ec2.vpcEndpoint", "id", ""},
	{"ec2.vpcEndpointRouteTableAssociation", "vpcEndpointId", "ec2.vpcEndpoint", "id", ""},
	{"ec2.vpcEndpointRouteTableAssociation", "routeTableId", "ec2.routeTable", "id", ""},
	{"ec2.vpcEndpointSubnetAssociation", "vpcEndpointId", "ec2.vpcEndpoint", "id", ""},
	{"ec2.vpcEndpointSubnetAssociation", "subnetId", "ec2.subnet", "id", ""},
	{"ec2.eipAssociation", "allocationId", "ec2.eip", "id", ""},
	{"ec2.networkInterface", "subnetId", "ec2.subnet", "id", ""},
	{"ec2.networkInterface", "securityGroups", "ec2.securityGroup", "id", ""},
	{"ec2.routeTable", "routes.natGatewayId", "ec2.natGateway", "id", ""},
	{"ec2.routeTableAssociation", "routeTableId", "ec2.routeTable", "id", ""},
	{"ec2.routeTableAssociation", "subnetId", "ec2.subnet", "id", ""},
	{"ec2.mainRouteTableAssociation", "routeTableId", "ec2.routeTable", "id", violation},
	{"ec2.mainRouteTableAssociation", "vpcId", "ec2.vpc", "id", ""},
	{"ec2.flowLog", "vpcId", "ec2.vpc", "id", ""},
	{"ec2.flowLog", "subnetId", "ec2.subnet", "id", ""},
	{"ec2.flowLog", "iamRoleArn", "iam.role", "arn", ""},
	{"vpc.securityGroupIngressRule", "securityGroupId", "ec2.securityGroup", "id", ""},
	{"vpc.securityGroupIngressRule", "referencedSecurityGroupId", "ec2.securityGroup", "id", ""},
	{"vpc.securityGroupEgressRule", "securityGroupId", "ec2.securityGroup", "id", ""},
	{"vpc.securityGroupEgressRule", "referencedSecurityGroupId", "ec2.securityGroup", "id", ""},
	{"ec2.securityGroupRule", "securityGroupId", "ec2.securityGroup", "id", ""},
	{"ec2.securityGroupRule", "sourceSecurityGroupId", "ec2.securityGroup", "id", violation},
	{"ec2.launchTemplate", "vpcSecurityGroupIds", "ec2.securityGroup", "id", ""},
	{"ec2.launchTemplate", "networkInterfaces.securityGroups", "ec2.securityGroup", "id", ""},
	{"ec2.launchTemplate", "iamInstanceProfile.arn", "iam.instanceProfile", "arn", ""},
	{"ec2.launchTemplate", "iamInstanceProfile.name", "iam.instanceProfile", "name", ""},
	{"ec2.launchTemplate", "keyName", "ec2.keyPair", "id", ""},
	{"ec2.instance", "subnetId", "ec2.subnet", "id", ""},
	{"ec2.instance", "vpcSecurityGroupIds", "ec2.securityGroup", "id", ""},
	{"ec2.instance", "iamInstanceProfile", "iam.instanceProfile", "name", ""},
	{"ec2.instance", "launchTemplate.id", "ec2.launchTemplate", "id", ""},
	{"lb.loadBalancer", "subnets", "ec2.subnet", "id", ""},
	{"lb.loadBalancer", "subnetMappings.subnetId", "ec2.subnet", "id", ""},
	{"lb.loadBalancer", "subnetMappings.allocationId", "ec2.eip", "id", ""},
	{"lb.loadBalancer", "securityGroups", "ec2.securityGroup", "id", ""},
	{"lb.targetGroup", "vpcId", "ec2.vpc", "id", ""},
	{"lb.targetGroupAttachment", "targetGroupArn", "lb.targetGroup", "arn", ""},
	{"lb.listener", "loadBalancerArn", "lb.loadBalancer", "arn", ""},
	{"lb.listener", "defaultActions.targetGroupArn", "lb.targetGroup", "arn", ""},
	{"lb.listener", "defaultActions.forward.targetGroups.arn", "lb.targetGroup", "arn", ""},
	{"lb.listener", "mutualAuthentication.trustStoreArn", "lb.trustStore", "arn", "TrustStoreInUse"},
	{"lb.listenerRule", "listenerArn", "lb.listener", "arn", ""},
	{"lb.listenerRule", "actions.targetGroupArn", "lb.targetGroup", "arn", ""},
	{"lb.listenerRule", "actions.forward.targetGroups.arn", "lb.targetGroup", "arn", ""},
	{"lb.listenerCertificate", "listenerArn", "lb.listener", "arn", ""},
	{"autoscaling.group", "vpcZoneIdentifiers", "ec2.subnet", "id", ""},
	{"autoscaling.group", "targetGroupArns", "lb.targetGroup", "arn", ""},
	{"autoscaling.attachment", "autoscalingGroupName", "autoscaling.group", "id", ""},
	{"autoscaling.attachment", "lbTargetGroupArn", "lb.targetGroup", "arn", ""},
	{"autoscaling.policy", "autoscalingGroupName", "autoscaling.group", "id", ""},
	{"autoscaling.schedule", "autoscalingGroupName", "autoscaling.group", "id", ""},
	{"autoscaling.lifecycleHook", "autoscalingGroupName", "autoscaling.group", "id", ""},
	{"autoscaling.lifecycleHook", "roleArn", "iam.role", "arn", ""},
	{"iam.instanceProfile", "role", "iam.role", "id", ""},
	{"iam.rolePolicy", "role", "iam.role", "id", ""},
	{"iam.rolePolicyAttachment", "role", "iam.role", "id", ""},
	{"cloudwatch.logStream", "logGroupName", "cloudwatch.logGroup", "id", ""},
	{"cloudwatch.logMetricFilter", "logGroupName", "cloudwatch.logGroup", "id", ""},
	{"cloudwatch.eventTarget", "rule", "cloudwatch.eventRule", "id", "ValidationException"},
	{"cloudwatch.eventTarget", "roleArn", "iam.role", "arn", ""},
	{"route53.record", "zoneId", "route53.zone", "id", ""},
	{"sns.topicSubscription", "topic", "sns.topic", "arn", ""},
	{"secretsmanager.secretVersion", "secretId", "secretsmanager.secret", "id", ""},
}

func referenceRules() []Rule {
	var out []Rule
	for _, ref := range references {
		name := ref.kind + "." + ref.path
		code := missing[ref.to]
		out = append(out, Rule{ID: name + "-exists", Code: code[0], Source: code[1], Kinds: ref.kind, On: Write, Check: func(r *Request) string {
			for _, value := range collect(r.New, ref.path) {
				if r.target(ref, value) == nil {
					return say("The %s '%s' does not exist", ref.to, value)
				}
			}
			return ""
		}})
		if ref.holds == "" {
			continue
		}
		out = append(out, Rule{ID: ref.to + "-held-by-" + name, Code: ref.holds, Source: code[1], Kinds: ref.to, On: Delete, Waits: true, Check: func(r *Request) string {
			value := r.ID
			if ref.by != "id" {
				value = r.Old.Str(ref.by)
			}
			for _, user := range r.All(ref.kind) {
				for _, v := range collect(user.Props, ref.path) {
					if v == value {
						return say("%s %s is in use by %s", ref.to, r.ID, user.ID)
					}
				}
			}
			return ""
		}})
	}
	return out
}

func (r *Request) target(ref reference, value string) *Resource {
	if ref.by == "id" {
		return r.Find(ref.to, value)
	}
	return r.By(ref.to, ref.by, value)
}

// collect gathers the strings at a path, going through every element of lists on the way.
func collect(v any, path string) []string {
	switch v := v.(type) {
	case Obj:
		return collect(map[string]any(v), path)
	case map[string]any:
		head, rest, _ := strings.Cut(path, ".")
		if path == "" {
			return nil
		}
		return collect(v[head], rest)
	case []any:
		var out []string
		for _, e := range v {
			out = append(out, collect(e, path)...)
		}
		return out
	case string:
		if path == "" && v != "" {
			return []string{v}
		}
	}
	return nil
}
