package encryption

import (
	"slices"
	"strings"
	"testing"

	"github.com/plinth-iac/plinth/policies/internal/ruletest"
	"github.com/plinth-iac/plinth/policies/rule"
)

var hunter = rule.Secret{Of: "hunter22"}

// pods is a Deployment of one container.
func pods(container in) []r {
	return one("kubernetes:apps/v1:Deployment", in{"spec": in{"template": in{"spec": in{"containers": list{container}}}}})
}

func sink(name string, want rule.Outcome, says string, stack []r) ruletest.Case {
	return check("no-secret-in-plain-sink", name, want, says, stack)
}

var sinkCases = []ruletest.Case{
	sink("a variable of a container", rule.Fail, "a secret lands in spec.template.spec.containers[0].env[1].value.",
		pods(in{"env": list{in{"name": "LEVEL", "value": "info"}, in{"name": "PASSWORD", "value": hunter}}})),
	sink("a reference of a container", rule.Pass, "", pods(in{"env": list{in{"name": "LEVEL", "value": "info"},
		in{"name": "PASSWORD", "valueFrom": in{"secretKeyRef": in{"name": "db", "key": "password"}}}}})),
	sink("an argument of a container", rule.Fail, "a secret lands in spec.template.spec.containers[0].args[1].", pods(in{"args": list{"--password", hunter}})),
	sink("a command", rule.Fail, "spec.template.spec.containers[0].command", pods(in{"command": rule.Secret{Of: list{"sh", "-c", "run --password hunter22"}}})),
	sink("pods of every day", rule.Fail, "spec.jobTemplate.spec.template.spec.initContainers[0].env[0].value", one("kubernetes:batch/v1beta1:CronJob",
		in{"spec": in{"jobTemplate": in{"spec": in{"template": in{"spec": in{"initContainers": list{in{"env": list{in{"name": "P", "value": hunter}}}}}}}}}})),
	sink("pods to come", rule.Unknown, "spec", one("kubernetes:core/v1:Pod", in{"spec": later})),
	sink("an annotation", rule.Fail, "a secret lands in metadata.annotations[example.com/note].", one("kubernetes:core/v1:Service", in{"metadata": in{"annotations": in{"example.com/note": hunter}}})),
	sink("no variables", rule.NotApplicable, "", pods(in{"image": "web"})),

	sink("a tag", rule.Fail, "a secret lands in tags.password.", one(database, in{"tags": in{"owner": "web", "password": hunter}})),
	sink("tags of a group", rule.Fail, "a secret lands in tags[0].value.", one("aws:autoscaling/group:Group", in{"tags": list{in{"key": "password", "value": hunter}}})),
	sink("tags", rule.Pass, "", one(database, in{"tags": in{"owner": "web"}, "password": hunter})),
	sink("a tag to come", rule.Pass, "", one(database, in{"tags": in{"owner": later}})),
	sink("a secret tag to come", rule.Fail, "a secret lands in tags.owner.", one(database, in{"tags": in{"owner": rule.Secret{Of: later}}})),
	sink("tags of volumes", rule.Fail, "a secret lands in tagSpecifications[0].tags.key", one(launchTemplate, in{"tagSpecifications": list{in{"tags": in{"key": hunter}}}})),
	sink("a policy to come", rule.Pass, "", one("aws:iam/policy:Policy", in{"policy": later})),
	sink("a description", rule.Fail, "a secret lands in description", one("aws:ec2/securityGroup:SecurityGroup", in{"description": hunter})),
	sink("a name", rule.Fail, "a secret lands in name", one(queue, in{"name": hunter})),
	sink("a definition of tasks", rule.Fail, "a secret lands in containerDefinitions", one(taskDefinition, in{"containerDefinitions": rule.Secret{Of: `[{"name":"web"}]`}})),
	sink("code at the edge", rule.Fail, "a secret lands in code", one("aws:cloudfront/function:Function", in{"code": rule.Secret{Of: "let key = 'hunter22'"}})),
	sink("a policy", rule.Fail, "a secret lands in policy", one("aws:iam/rolePolicy:RolePolicy", in{"policy": rule.Secret{Of: `{"Statement":[]}`}})),
	sink("a policy within a role", rule.Fail, "a secret lands in inlinePolicies[0].policy", one("aws:iam/role:Role", in{"inlinePolicies": list{in{"policy": hunter}}})),
	sink("a record", rule.Fail, "a secret lands in records[0]", one("aws:route53/record:Record", in{"records": list{hunter}})),
	sink("a state machine", rule.Fail, "a secret lands in definition", one("aws:sfn/stateMachine:StateMachine", in{"definition": hunter})),
	sink("the input of a target", rule.Fail, "a secret lands in target.input", one("aws:scheduler/schedule:Schedule", in{"target": in{"input": hunter}})),
	sink("variables of builds", rule.Fail, "a secret lands in environment.environmentVariables[0].value", one("aws:codebuild/project:Project",
		in{"environment": in{"environmentVariables": list{in{"name": "TOKEN", "value": hunter}}}})),
	sink("a secret that is not known yet", rule.Fail, "a secret lands in userData", one(launchTemplate, in{"userData": rule.Secret{Of: later}})),
	sink("a variable to come", rule.Unknown, "environment.variables", one(function, in{"environment": in{"variables": in{"URL": later}}})),
	sink("who knows of what type", rule.Unknown, "type", one(parameter, in{"type": later, "value": "x"})),
}

// What a rule says of secrets does not show them, wherever they are.
func TestSecretsAreNotShown(t *testing.T) {
	for token, paths := range sinks {
		for _, path := range slices.Concat(paths, shown) {
			if strings.Contains(path, "[]") {
				continue
			}
			var value any = hunter
			keys := strings.Split(path, ".")
			for i := len(keys) - 1; i > 0; i-- {
				value = in{keys[i]: value}
			}
			stack := ruletest.Resources(one(token, in{keys[0]: value}))
			f, err := rule.Run(noSecretInPlainSink(), nil, stack[0], nil)
			if err != nil || f.Outcome != rule.Fail || strings.Contains(f.Message(), "hunter22") || !strings.Contains(f.Problem, path) {
				t.Errorf("%s: %s: %v %s, %v", token, path, f.Outcome, f.Message(), err)
			}
		}
	}
}
