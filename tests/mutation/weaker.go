package mutation

import (
	"regexp"
	"slices"
	"strings"

	"github.com/plinth-iac/plinth/policies/rule"
)

// weaknesses are values that AWS and Kubernetes take and that are less safe, by the last names
// of a path: a policy must not only refuse what is no value at all.
var weaknesses = map[string][]string{
	"accessString":             {"on ~* +@all"},
	"algorithm":                {"TripleDES"},
	"availabilityZone":         {"us-east-1a", "us-east-1b"},
	"cidr":                     {"0.0.0.0/0"},
	"cidrIpv4":                 {"0.0.0.0/0"},
	"cidrIpv6":                 {"::/0"},
	"comparisonOperator":       {"LessThanThreshold"},
	"destinationCidrBlock":     {"0.0.0.0/0"},
	"domainName":               {"*.example.com"},
	"encryptionType":           {"AES256"},
	"engineVersion":            {"11.1"},
	"healthCheckType":          {"EC2"},
	"httpEndpoint":             {"disabled"},
	"httpTokens":               {"optional"},
	"iamAuth":                  {"DISABLED"},
	"image":                    {"nginx", "nginx:latest"},
	"imageTagMutability":       {"MUTABLE"},
	"ipProtocol":               {"-1"},
	"keyAlgorithm":             {"RSA_1024"},
	"kmsKeyArn":                {"arn:aws:kms:eu-west-3:444455556666:key/1a2b3c4d-0000-4444-8888-000000000000"},
	"kmsKeyId":                 {"arn:aws:kms:eu-west-3:444455556666:key/1a2b3c4d-0000-4444-8888-000000000000"},
	"kmsMasterKeyId":           {"alias/aws/s3", "alias/aws/sns", "alias/aws/sqs"},
	"loadBalancerType":         {"network"},
	"matcher":                  {"200-499"},
	"minimumProtocolVersion":   {"TLSv1"},
	"maxUnavailable":           {"0%"},
	"mode":                     {"PassThrough"},
	"objectOwnership":          {"ObjectWriter"},
	"originProtocolPolicy":     {"http-only", "match-viewer"},
	"originSslProtocols.items": {"SSLv3", "TLSv1"},
	"path":                     {"/"},
	"policyArn":                {"arn:aws:iam::aws:policy/AdministratorAccess"},
	"policyType":               {"SimpleScaling"},
	"principal":                {"*"},
	"protocol":                 {"HTTP", "http"},
	"restrictionType":          {"blacklist"},
	"runtime":                  {"python3.7", "nodejs12.x"},
	"schedule":                 {"cron(0 5 1 * ? *)"},
	"scheduleExpression":       {"rate(7 days)"},
	"scheme":                   {"internet-facing"},
	"signingBehavior":          {"never", "no-override"},
	"sseAlgorithm":             {"AES256"},
	"sslPolicy":                {"ELBSecurityPolicy-2016-08"},
	"status":                   {"Disabled", "Suspended"},
	"spec.type":                {"LoadBalancer"},
	"storageType":              {"standard", "gp2"},
	"subjectAlternativeNames":  {"*.example.com"},
	"strategy.type":            {"Recreate"},
	"seccompProfile.type":      {"Unconfined"},
	"authenticationMode.type":  {"no-password-required"},
	"topologyKey":              {"kubernetes.io/hostname", "topology.kubernetes.io/zone"},
	"trafficType":              {"ACCEPT"},
	"transitEncryptionMode":    {"preferred"},
	"treatMissingData":         {"ignore"},
	"validationMethod":         {"EMAIL"},
	"viewerProtocolPolicy":     {"allow-all"},
	"volumeBindingMode":        {"Immediate"},
	"volumeType":               {"gp2"},
	"whenUnsatisfiable":        {"ScheduleAnyway"},

	"pod-security.kubernetes.io/enforce": {"privileged", "baseline"},
}

// weaker are the less safe values of the property at a path that has a value now.
func weaker(path, now string) []string {
	names := lastNames.FindStringSubmatch(strings.ReplaceAll(path, "[]", ""))
	if names == nil {
		return nil
	}
	var found []string
	for _, value := range slices.Concat(weaknesses[names[1]+"."+names[2]], weaknesses[names[2]+names[3]]) {
		if value != now {
			found = append(found, value)
		}
	}
	return found
}

// lastNames are the last two names of a path, or the last key with dots.
var lastNames = regexp.MustCompile(`(?:([^.\[\]{}]+)\.)?(?:([^.\[\]{}]+)|\[([^\]]+)\])$`)

// addition is a property that a resource does without, and is the worse for having.
type addition struct {
	path  string
	value any
}

var additions = map[string][]addition{
	"aws:s3/bucket:Bucket": {
		{"acl", "public-read"}, {"tags.tier", "0"},
		{"policy", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"*"}]}`},
	},
	"aws:ec2/defaultSecurityGroup:DefaultSecurityGroup":         {{"ingress", openToAll}, {"egress", openToAll}},
	"aws:ec2/securityGroup:SecurityGroup":                       {{"ingress", openToAll}},
	"aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": {{"cidrIpv4", "0.0.0.0/0"}, {"cidrIpv6", "::/0"}},
	"aws:iam/role:Role": {
		{"managedPolicyArns", []any{"arn:aws:iam::aws:policy/AdministratorAccess"}},
		{"inlinePolicies", []any{map[string]any{"name": "all", "policy": everything}}},
	},
	"aws:lambda/function:Function":     {{"environment.variables.TOKEN", rule.Secret{Of: "a token of a service"}}},
	"aws:lb/targetGroup:TargetGroup":   {{"loadBalancingCrossZoneEnabled", "false"}},
	"aws:rds/instance:Instance":        {{"tags.tier", "0"}},
	"aws:secretsmanager/secret:Secret": {{"policy", everything}},
	"aws:sns/topic:Topic":              {{"policy", everything}},
	"aws:sqs/queue:Queue":              {{"policy", everything}},
	"aws:lambda/permission:Permission": {{"functionUrlAuthType", "NONE"}},
	"aws:route53/record:Record":        {{"weightedRoutingPolicies", []any{map[string]any{"weight": 1}}}},
	"kubernetes:apps/v1:Deployment": {
		{"spec.template.spec.hostNetwork", true}, {"spec.template.spec.hostPID", true}, {"spec.template.spec.hostIPC", true},
	},
}

const everything = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}`

var openToAll = []any{map[string]any{"protocol": "-1", "fromPort": 0, "toPort": 0, "cidrBlocks": []any{"0.0.0.0/0"}}}
