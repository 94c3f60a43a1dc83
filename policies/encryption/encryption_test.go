package encryption

import (
	"slices"
	"testing"

	"github.com/plinth-iac/plinth/policies/internal/ruletest"
	"github.com/plinth-iac/plinth/policies/rule"
)

type (
	r    = ruletest.R
	in   = map[string]any
	to   = map[string][]string
	list = []any
)

var later = ruletest.ID

func http(actions list, balancer in) []r {
	return []r{
		{Type: "aws:alb/listener:Listener", Name: "http", In: in{"protocol": "HTTP", "loadBalancerArn": later, "defaultActions": actions},
			Edges: to{"loadBalancerArn": {"lb"}}},
		{Type: loadBalancer, Name: "lb", In: balancer},
	}
}

var (
	redirect = list{in{"type": "redirect", "redirect": in{"protocol": "HTTPS", "statusCode": "HTTP_301"}}}
	forward  = list{in{"type": "forward", "targetGroupArn": later}}
)

const (
	denyPlain = `{"Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::logs","arn:aws:s3:::logs/*"],` +
		`"Condition":{"Bool":{"aws:SecureTransport":"false"}}}]}`
	denyPlainObjects = `{"Statement":{"Effect":"Deny","Principal":{"AWS":"*"},"Action":["s3:*"],"Resource":"arn:aws:s3:::logs/*",` +
		`"Condition":{"Bool":{"aws:SecureTransport":false}}}}`
	denyPlainSometimes = `{"Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::logs","arn:aws:s3:::logs/*"],` +
		`"Condition":{"Bool":{"aws:SecureTransport":"false"},"StringEquals":{"aws:SourceVpc":"vpc-1"}}}]}`
)

func logs(policy any) []r {
	return []r{
		{Type: "aws:s3/bucketV2:BucketV2", Name: "logs", In: in{}},
		{Type: bucketPolicy, Name: "logs-policy", In: in{"bucket": later, "policy": policy}, Edges: to{"bucket": {"logs"}}},
	}
}

func one(token string, inputs in) []r { return []r{{Type: token, Name: "it", In: inputs}} }

func check(id, name string, want rule.Outcome, says string, stack []r) ruletest.Case {
	return ruletest.Case{Rule: id, Name: name, Want: want, Says: says, Stack: stack}
}

func TestRules(t *testing.T) {
	ruletest.Run(t, Rules(), slices.Concat([]ruletest.Case{
		check("lb-https", "TLS", rule.Pass, "", one(listener, in{"protocol": "HTTPS"})),
		check("lb-https", "redirect", rule.Pass, "", http(redirect, in{})),
		check("lb-https", "forward", rule.Fail, "serves plain HTTP", http(forward, in{})),
		check("lb-https", "redirect to itself", rule.Fail, "redirect.protocol",
			http(list{in{"type": "redirect", "redirect": in{"statusCode": "HTTP_301"}}}, in{})),
		check("lb-https", "internal", rule.Fail, "inside the VPC, to the internal load balancer lb", http(forward, in{"internal": true})),
		check("lb-https", "a rule of it forwards", rule.Fail, "serves plain HTTP", append(http(redirect, in{}),
			r{Type: listenerRule, Name: "api", In: in{"listenerArn": later, "actions": forward}, Edges: to{"listenerArn": {"http"}}})),
		check("lb-https", "TCP", rule.NotApplicable, "", one(listener, in{"protocol": "TCP"})),
		check("lb-https", "no protocol that there is", rule.Fail, "answers plain HTTP", one(listener, in{"protocol": 7})),
		check("lb-https", "computed", rule.Unknown, "protocol", one(listener, in{"protocol": later})),
		check("lb-https", "computed actions", rule.Unknown, "defaultActions", one(listener, in{"protocol": "HTTP", "defaultActions": later})),

		check("lb-tls-policy", "TLS 1.3", rule.Pass, "", one(listener, in{"protocol": "HTTPS", "sslPolicy": "ELBSecurityPolicy-TLS13-1-2-2021-06"})),
		check("lb-tls-policy", "the default", rule.Fail, "sslPolicy is not set", one(listener, in{"protocol": "HTTPS"})),
		check("lb-tls-policy", "TLS 1.0", rule.Fail, "TLS13-1-0", one(listener, in{"protocol": "TLS", "sslPolicy": "ELBSecurityPolicy-TLS13-1-0-2021-06"})),
		check("lb-tls-policy", "HTTP", rule.NotApplicable, "", one(listener, in{"protocol": "HTTP"})),
		check("lb-tls-policy", "computed", rule.Unknown, "sslPolicy", one(listener, in{"protocol": "HTTPS", "sslPolicy": later})),

		check("s3-tls-only", "denied", rule.Pass, "", logs(denyPlain)),
		check("s3-tls-only", "no policy", rule.Fail, "has no bucket policy", one(bucket, in{})),
		check("s3-tls-only", "allowed", rule.Fail, "allows requests without TLS", logs(`{"Statement":[]}`)),
		check("s3-tls-only", "objects only", rule.Fail, "allows requests without TLS", logs(denyPlainObjects)),
		check("s3-tls-only", "with one more condition", rule.Fail, "allows requests without TLS", logs(denyPlainSometimes)),
		check("s3-tls-only", "not a document", rule.Fail, "not a policy document", logs("deny")),
		check("s3-tls-only", "computed", rule.Unknown, "policy", logs(later)),
		check("s3-tls-only", "an object that is partly computed", rule.Unknown, "policy", logs(in{"Statement": list{in{"Resource": later}}})),

		check("ebs-encrypted", "template", rule.Pass, "",
			one(launchTemplate, in{"blockDeviceMappings": list{in{"deviceName": "/dev/xvda", "ebs": in{"encrypted": "true"}}}})),
		check("ebs-encrypted", "second device", rule.Fail, "blockDeviceMappings[1].ebs.encrypted is not set",
			one(launchTemplate, in{"blockDeviceMappings": list{in{"ebs": in{"encrypted": "true"}}, in{"ebs": in{"volumeSize": 8}}}})),
		check("ebs-encrypted", "template without devices", rule.Fail, "maps no block device", one(launchTemplate, in{})),
		check("ebs-encrypted", "a device that is not known", rule.Unknown, "blockDeviceMappings[0]", one(launchTemplate, in{"blockDeviceMappings": list{later}})),
		{Rule: "ebs-encrypted", Name: "account default", Want: rule.Pass, Stack: one(launchTemplate, in{}), Settings: rule.Settings{"accountDefault": true}},
		check("ebs-encrypted", "volume", rule.Fail, "encrypted", one(volume, in{"encrypted": false})),
		check("ebs-encrypted", "root of an instance", rule.Fail, "rootBlockDevice.encrypted", one(instance, in{})),
		check("ebs-encrypted", "instance of a template", rule.NotApplicable, "", one(instance, in{"launchTemplate": in{"id": later}})),
		check("ebs-encrypted", "computed", rule.Unknown, "encrypted", one(volume, in{"encrypted": later})),

		check("kms-rotation", "on", rule.Pass, "", one(kmsKey, in{"enableKeyRotation": true})),
		check("kms-rotation", "off", rule.Fail, "", one(kmsKey, in{})),
		check("kms-rotation", "asymmetric", rule.NotApplicable, "", one(kmsKey, in{"customerMasterKeySpec": "RSA_2048"})),
		check("kms-rotation", "computed", rule.Unknown, "enableKeyRotation", one(kmsKey, in{"enableKeyRotation": later})),

		check("kms-deletion-window", "30", rule.Pass, "", one(kmsKey, in{"deletionWindowInDays": 30})),
		check("kms-deletion-window", "AWS's default", rule.Pass, "", one(kmsKey, in{})),
		check("kms-deletion-window", "7", rule.Fail, "set deletionWindowInDays to 14", one(kmsKey, in{"deletionWindowInDays": 7})),
		{Rule: "kms-deletion-window", Name: "7 in development", Want: rule.Pass, Profile: rule.Development, Stack: one(kmsKey, in{"deletionWindowInDays": 7})},
		check("kms-deletion-window", "disabled", rule.Fail, "isEnabled", one(kmsKey, in{"isEnabled": false})),
		check("kms-deletion-window", "computed", rule.Unknown, "", one(kmsKey, in{"deletionWindowInDays": later})),

		check("no-secret-in-plain-sink", "no secret", rule.Pass, "", one(launchTemplate, in{"userData": "aGk="})),
		check("no-secret-in-plain-sink", "user data", rule.Fail, "userData", one(launchTemplate, in{"userData": rule.Secret{Of: "hunter22"}})),
		check("no-secret-in-plain-sink", "one variable", rule.Fail, "environment.variables",
			one(function, in{"environment": in{"variables": in{"A": "1", "B": rule.Secret{Of: later}}}})),
		check("no-secret-in-plain-sink", "encoded user data", rule.Fail, "userDataBase64",
			one(instance, in{"userData": "hi", "userDataBase64": rule.Secret{Of: "x"}})),
		check("no-secret-in-plain-sink", "launch configuration", rule.Fail, "a secret lands in userData.",
			one(launchConfig, in{"userData": rule.Secret{Of: "x"}})),
		check("no-secret-in-plain-sink", "encoded in a launch configuration", rule.Fail, "userDataBase64",
			one(launchConfig, in{"userDataBase64": rule.Secret{Of: "x"}})),
		check("no-secret-in-plain-sink", "no user data", rule.NotApplicable, "", one(launchConfig, in{})),
		check("no-secret-in-plain-sink", "plain parameter", rule.Fail, "use SecureString, or insecureValue if it is not secret",
			one(parameter, in{"type": "String", "value": rule.Secret{Of: "x"}})),
		check("no-secret-in-plain-sink", "insecure parameter", rule.Pass, "", one(parameter, in{"type": "String", "insecureValue": "x"})),
		check("no-secret-in-plain-sink", "secret in an insecure parameter", rule.Fail, "a secret lands in insecureValue",
			one(parameter, in{"type": "StringList", "insecureValue": rule.Secret{Of: later}})),
		check("no-secret-in-plain-sink", "secure parameter", rule.Pass, "", one(parameter, in{"type": "SecureString", "value": rule.Secret{Of: "x"}})),
		check("no-secret-in-plain-sink", "a ConfigMap", rule.Pass, "", one(configMap, in{"data": in{"level": "info"}})),
		check("no-secret-in-plain-sink", "a secret in a ConfigMap", rule.Fail, "a secret lands in data",
			one("kubernetes:core/v1:ConfigMapPatch", in{"data": in{"password": rule.Secret{Of: "hunter22"}}})),
		check("no-secret-in-plain-sink", "a key store in a ConfigMap", rule.Fail, "a secret lands in binaryData",
			one(configMap, in{"data": in{"level": "info"}, "binaryData": in{"store": rule.Secret{Of: later}}})),
		check("no-secret-in-plain-sink", "a ConfigMap to come", rule.Unknown, "data", one(configMap, in{"data": later})),
		check("no-secret-in-plain-sink", "computed", rule.Unknown, "userData", one(launchTemplate, in{"userData": later})),
	}, restCases, classicCases, storeCases, fileCases(), streamCases(), searchCases(), connectionCases, clusterCases, queueCases, keyCases, regionCases, parameterCases, edgeCases, serverlessCases, sinkCases, volumeCases))
}

func TestTheMarkOfTheSdkIsAdvisory(t *testing.T) {
	for path, want := range map[string]bool{"value": true, "insecureValue": false} {
		stack := ruletest.Resources(one(parameter, in{"type": "String", path: rule.Secret{Of: "x"}}))
		f, err := rule.Run(noSecretInPlainSink(), nil, stack[0], nil)
		if err != nil || f.Outcome != rule.Fail || f.AtMostAdvisory != want {
			t.Errorf("%s: %+v, %v", path, f.Verdict, err)
		}
	}
}

func TestInternalPlaintextIsAdvisoryInDevelopment(t *testing.T) {
	stack := ruletest.Resources(http(forward, in{"internal": true}))
	for profile, want := range map[rule.Profile]bool{rule.Development: true, rule.Production: false} {
		f, err := rule.Run(lbHttps(), rule.NewGraph(stack), stack[0], lbHttps().Defaults(profile))
		if err != nil || f.Outcome != rule.Fail || f.AtMostAdvisory != want {
			t.Errorf("%s: %+v, %v", profile, f.Verdict, err)
		}
	}
}
