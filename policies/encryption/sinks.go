package encryption

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/plinth-iac/plinth/policies/rule"
)

// sinks are properties that are shown to everyone who may describe the resource, and that
// programs put values into for others to read: a list is written `containers[]`.
var sinks = map[string][]string{
	launchTemplate: {"userData"}, launchConfig: {"userData", "userDataBase64"}, instance: {"userData", "userDataBase64"},
	function: {"environment.variables"}, taskDefinition: {"containerDefinitions"},

	"aws:apigateway/stage:Stage":                       {"variables"},
	"aws:apigatewayv2/stage:Stage":                     {"stageVariables"},
	"aws:amplify/app:App":                              {"environmentVariables", "buildSpec"},
	"aws:apprunner/service:Service":                    {"sourceConfiguration"},
	"aws:batch/jobDefinition:JobDefinition":            {"containerProperties", "nodeProperties", "parameters"},
	"aws:cloudformation/stack:Stack":                   {"templateBody"},
	"aws:cloudfront/function:Function":                 {"code"},
	"aws:cloudfront/keyvaluestoreKey:KeyvaluestoreKey": {"value"},
	"aws:cloudwatch/dashboard:Dashboard":               {"dashboardBody"},
	"aws:cloudwatch/eventTarget:EventTarget":           {"input", "inputTransformer"},
	"aws:codebuild/project:Project":                    {"environment", "source.buildspec"},
	"aws:elasticbeanstalk/environment:Environment":     {"settings"},
	"aws:glue/job:Job":                                 {"defaultArguments"},
	"aws:scheduler/schedule:Schedule":                  {"target.input"},
	"aws:sfn/stateMachine:StateMachine":                {"definition"},
	"aws:ssm/document:Document":                        {"content"},

	configMap:                        {"data", "binaryData"},
	"kubernetes:core/v1:Pod":         containers("spec"),
	"kubernetes:apps/v1:Deployment":  containers("spec.template.spec"),
	"kubernetes:apps/v1:StatefulSet": containers("spec.template.spec"),
	"kubernetes:apps/v1:DaemonSet":   containers("spec.template.spec"),
	"kubernetes:apps/v1:ReplicaSet":  containers("spec.template.spec"),
	"kubernetes:batch/v1:Job":        containers("spec.template.spec"),
	"kubernetes:batch/v1:CronJob":    containers("spec.jobTemplate.spec.template.spec"),
}

// containers are the sinks of pods, whose spec is at a path.
func containers(spec string) []string {
	var paths []string
	for _, kind := range [...]string{".containers[]", ".initContainers[]"} {
		paths = append(paths, spec+kind+".env[].value", spec+kind+".command", spec+kind+".args")
	}
	return paths
}

// shown are properties of everything that has them into which secrets get by accident. They
// are computed all the time, and what is computed from a secret is marked before it is known.
var shown = []string{
	"name", "description", "tags", "records", "insecureValue", "policy", "assumeRolePolicy", "inlinePolicies",
	"volumeTags", "tagSpecifications", "metadata.name", "metadata.labels", "metadata.annotations",
}

// showing are the types that have no more than those.
var showing = []string{
	parameter, bucketPolicy, queuePolicy, topicPolicy, kmsKey, "aws:secretsmanager/secretPolicy:SecretPolicy",
	"aws:iam/policy:Policy", "aws:iam/role:Role", "aws:iam/rolePolicy:RolePolicy", "aws:iam/userPolicy:UserPolicy", "aws:iam/groupPolicy:GroupPolicy",
	"aws:route53/record:Record", "aws:cloudwatch/metricAlarm:MetricAlarm", "aws:ec2/vpc:Vpc", "aws:ec2/subnet:Subnet",
	"aws:ec2/securityGroup:SecurityGroup", "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
	nodeGroup, "aws:ecs/service:Service", "aws:autoscaling/group:Group",
	database, dbCluster, docdbCluster, neptuneCluster, cacheGroup, memoryDb, table, warehouse, searchDomain, bucket, queue, topic, stream, fileSystem,
	volume, loadBalancer, logGroup, secret, eksCluster, repository, distribution, certificate, vault,
	"kubernetes:core/v1:Namespace", "kubernetes:core/v1:Service", "kubernetes:core/v1:ServiceAccount", "kubernetes:networking.k8s.io/v1:Ingress",
}

func noSecretInPlainSink() *rule.Rule {
	return &rule.Rule{
		ID: "no-secret-in-plain-sink", Title: "Secrets do not land where they are shown", Severity: rule.High, Category: rule.Encryption,
		Why: "User data, environment variables, plain parameters, ConfigMaps, policies and tags are readable by everyone who may describe the resource, " +
			"and stay in its history.",
		Fix: "pass the ARN of a Secrets Manager secret or of a SecureString parameter, or a secretKeyRef, and read it at run time",
		Controls: rule.Controls{
			Checkov: []string{"CKV2_AWS_34", "CKV_AWS_45", "CKV_AWS_46"}, Trivy: []string{"AWS-0036"}, SecurityHub: []string{"ECS.8"},
		},
		Types: slices.Concat(slices.Sorted(maps.Keys(sinks)), showing),
		Check: func(r *rule.Resource, _ rule.Settings) rule.Verdict {
			var verdicts []rule.Verdict
			for _, path := range sinks[r.Type] {
				for _, sink := range r.Select(path) {
					verdicts = append(verdicts, noSecret(sink))
				}
			}
			for _, path := range shown {
				verdicts = append(verdicts, unmarked(r.Get(path)))
			}
			switch r.Type {
			case parameter:
				verdicts = append(verdicts, plainParameter(r))
			case function:
				verdicts = append(verdicts, noGuessedSecret(r.Get("environment.variables")))
			}
			return rule.All(verdicts...)
		},
	}
}

// noSecret is the verdict on what everyone is shown. What is not known yet is not vouched for.
func noSecret(sink rule.Value) rule.Verdict {
	verdict := unmarked(sink)
	if v, has := find(sink, rule.Value.IsUnknown); has && verdict.Outcome == rule.Pass {
		return rule.NotKnown(v)
	}
	return verdict
}

// unmarked passes if nothing in a value is marked secret.
func unmarked(sink rule.Value) rule.Verdict {
	if sink.IsAbsent() {
		return rule.Skipped()
	}
	if v, has := find(sink, rule.Value.IsSecret); has {
		return rule.Failed("a secret lands in "+v.Path(), "pass the ARN of a secret instead and read it at run time")
	}
	return rule.Passed()
}

// find is the first thing in a value, or itself, that is as asked.
func find(v rule.Value, is func(rule.Value) bool) (rule.Value, bool) {
	if is(v) || v.IsUnknown() {
		return v, is(v)
	}
	for _, item := range v.Select("[]") {
		if found, has := find(item, is); has {
			return found, true
		}
	}
	for _, key := range v.Keys() {
		field := v.Get(key)
		if strings.Contains(key, ".") {
			field = v.Field(key)
		}
		if found, has := find(field, is); has {
			return found, true
		}
	}
	return rule.Value{}, false
}

// What looks like a secret: the names of variables that hold one, other than those that
// say where it is; and what AWS issues.
var (
	secretName  = regexp.MustCompile(`(?i)(passw(or)?d|secret|token|api_?key|private_?key|credentials?)$`)
	accessKeyId = regexp.MustCompile(`\b(AKIA|ASIA)[A-Z0-9]{16}\b`)
)

// noGuessedSecret judges variables that the program does not mark secret. What is only a
// guess by the name is advisory. What is not known may be an access key.
func noGuessedSecret(variables rule.Value) rule.Verdict {
	var verdict rule.Verdict
	for _, key := range variables.Keys() {
		v := variables.Field(key)
		text, known := v.Text()
		switch {
		case v.IsSecret():
		case v.IsUnknown():
			verdict = rule.All(verdict, rule.NotKnown(variables))
		case accessKeyId.MatchString(text):
			verdict = rule.All(verdict, rule.Failed(v.Path()+" holds an access key of AWS", "remove it; the function has the rights of its role"))
		case known && text != "" && !strings.HasPrefix(text, "arn:") && secretName.MatchString(key):
			guess := rule.Failed(v.Path()+" looks like a secret", "pass the ARN of a secret instead and read it at run time")
			guess.AtMostAdvisory = true
			verdict = rule.All(verdict, guess)
		}
	}
	return verdict
}

// plainParameter judges a parameter. The SDK marks every value secret, so that the mark
// on it says nothing; one on insecureValue is the program's own.
func plainParameter(r *rule.Resource) rule.Verdict {
	kind, value := r.Get("type"), r.Get("value")
	switch {
	case kind.IsUnknown():
		return rule.NotKnown(kind)
	case rule.Is("SecureString")(kind):
		return rule.Passed()
	}
	marked := noSecret(value)
	if marked.Outcome == rule.Fail {
		marked = rule.Failed("value of a plain parameter may be secret", "use SecureString, or insecureValue if it is not secret")
		marked.AtMostAdvisory = true
	}
	return marked
}
