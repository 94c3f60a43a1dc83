package exposure

import (
	"slices"
	"strings"
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

func one(token string, inputs in) []r { return []r{{Type: token, Name: "it", In: inputs}} }

func defaultGroup(inputs in, more ...r) []r {
	inputs["vpcId"] = later
	return append([]r{
		{Type: vpc, Name: "main", In: in{}},
		{Type: defaultSecurityGroup, Name: "default", In: inputs, Edges: to{"vpcId": {"main"}}},
	}, more...)
}

func block(flags in) []r {
	flags["bucket"] = later
	return []r{
		{Type: "aws:s3/bucketV2:BucketV2", Name: "logs", In: in{}},
		{Type: bucketBlock, Name: "logs-block", In: flags, Edges: to{"bucket": {"logs"}}},
	}
}

func flags() in {
	return in{"blockPublicAcls": true, "blockPublicPolicy": true, "ignorePublicAcls": true, "restrictPublicBuckets": true}
}

func with(values in, key string, value any) in {
	values[key] = value
	return values
}

const (
	everything = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":["*"]}}`
	something  = `{"Statement":[{"Effect":"Allow","Action":["s3:GetObject"],"Resource":"*"},{"Effect":"Deny","Action":"*","Resource":"*"}]}`
	allBut     = `{"Statement":{"Effect":"Allow","NotAction":["iam:*"],"NotResource":"arn:aws:s3:::logs"}}`
	everyone   = `{"Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"kms:*","Resource":"*"}]}`
	account    = `{"Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:root"},"Action":"kms:*","Resource":"*"},` +
		`{"Effect":"Allow","Principal":"*","Action":"kms:Decrypt","Resource":"*","Condition":{"StringEquals":{"kms:CallerAccount":"123456789012"}}}]}`
)

func check(id, name string, want rule.Outcome, says string, stack []r) ruletest.Case {
	return ruletest.Case{Rule: id, Name: name, Want: want, Says: says, Stack: stack}
}

func TestRules(t *testing.T) {
	ingress := func(cidr any, from, to any) []r {
		return one(ingressRule, in{"cidrIpv4": cidr, "ipProtocol": "tcp", "fromPort": from, "toPort": to})
	}
	ruletest.Run(t, Rules(), slices.Concat([]ruletest.Case{
		check("sg-no-open-admin", "web", rule.Pass, "", ingress("0.0.0.0/0", 443, 443)),
		check("sg-no-open-admin", "ssh", rule.Fail, `opens port 22 to "0.0.0.0/0"`, ingress("0.0.0.0/0", 22, 22)),
		check("sg-no-open-admin", "ssh from inside", rule.Pass, "", ingress("10.0.0.0/8", 22, 22)),
		check("sg-no-open-admin", "half of the internet", rule.Fail, "port 22", ingress("128.0.0.0/1", 0, 1024)),
		check("sg-no-open-admin", "a range", rule.Fail, "port 5432", ingress("0.0.0.0/0", 5000, 5500)),
		check("sg-no-open-admin", "everything", rule.Fail, "all ports", one(ingressRule, in{"cidrIpv6": "::/0", "ipProtocol": "-1"})),
		check("sg-no-open-admin", "everything in capitals", rule.Fail, "all ports",
			one(groupRule, in{"type": "ingress", "protocol": "ALL", "fromPort": 0, "toPort": 0, "cidrBlocks": list{"0.0.0.0/0"}})),
		check("sg-no-open-admin", "ping in capitals", rule.Pass, "",
			one(groupRule, in{"type": "ingress", "protocol": "ICMP", "fromPort": -1, "toPort": 255, "cidrBlocks": list{"0.0.0.0/0"}})),
		check("sg-no-open-admin", "ping", rule.Pass, "", one(ingressRule, in{"cidrIpv4": "0.0.0.0/0", "ipProtocol": "icmp", "fromPort": -1, "toPort": -1})),
		check("sg-no-open-admin", "a group", rule.Pass, "", one(ingressRule, in{"referencedSecurityGroupId": later, "ipProtocol": "tcp", "fromPort": 22, "toPort": 22})),
		check("sg-no-open-admin", "old rule", rule.Fail, "port 3389",
			one(groupRule, in{"type": "ingress", "protocol": "tcp", "fromPort": 3389, "toPort": 3389, "cidrBlocks": list{"10.0.0.0/8", "0.0.0.0/0"}})),
		check("sg-no-open-admin", "egress", rule.NotApplicable, "",
			one(groupRule, in{"type": "egress", "protocol": "-1", "cidrBlocks": list{"0.0.0.0/0"}})),
		check("sg-no-open-admin", "inline", rule.Fail, "port 22",
			one(securityGroup, in{"ingress": list{in{"protocol": "tcp", "fromPort": 22, "toPort": 22, "ipv6CidrBlocks": list{"::/0"}}}})),
		check("sg-no-open-admin", "no inline rules", rule.Pass, "", one(securityGroup, in{})),
		check("sg-no-open-admin", "computed block", rule.Unknown, "cidrIpv4", ingress(later, 22, 22)),
		check("sg-no-open-admin", "computed port", rule.Unknown, "toPort", ingress("0.0.0.0/0", 1, later)),

		check("default-sg-closed", "closed", rule.Pass, "", defaultGroup(in{})),
		check("default-sg-closed", "not taken over", rule.Fail, "as AWS made it", one(vpc, in{})),
		check("default-sg-closed", "open", rule.Fail, "remove egress", defaultGroup(in{"egress": list{in{"protocol": "-1"}}})),
		check("default-sg-closed", "opened from outside", rule.Fail, "extra opens", defaultGroup(in{},
			r{Type: ingressRule, Name: "extra", In: in{"securityGroupId": later}, Edges: to{"securityGroupId": {"default"}}})),
		check("default-sg-closed", "another VPC's", rule.Fail, "as AWS made it", []r{{Type: vpc, Name: "main", In: in{}},
			{Type: defaultSecurityGroup, Name: "default", In: in{"vpcId": "vpc-other"}}}),
		check("default-sg-closed", "opened by what its VPC says", rule.Unknown, "securityGroupId: known only", defaultGroup(in{},
			r{Type: ingressRule, Name: "extra", In: in{"securityGroupId": later}, Edges: to{"securityGroupId": {"main"}}})),
		check("default-sg-closed", "another group's rules", rule.Pass, "", defaultGroup(in{}, r{Type: securityGroup, Name: "web", In: in{}},
			r{Type: egressRule, Name: "extra", In: in{"securityGroupId": later}, Edges: to{"securityGroupId": {"web"}}})),
		check("default-sg-closed", "one of two groups", rule.Unknown, "securityGroupId", defaultGroup(in{},
			r{Type: ingressRule, Name: "extra", In: in{"securityGroupId": later}, Edges: to{"securityGroupId": {"default", "default2"}}},
			r{Type: defaultSecurityGroup, Name: "default2", In: in{"vpcId": "vpc-2"}})),
		check("default-sg-closed", "who knows what opens it", rule.Unknown, "securityGroupId", defaultGroup(in{},
			r{Type: ingressRule, Name: "extra", In: in{"securityGroupId": later}})),
		check("default-sg-closed", "computed", rule.Unknown, "ingress", defaultGroup(in{"ingress": later})),

		check("s3-block-public", "all", rule.Pass, "", block(flags())),
		check("s3-block-public", "none", rule.Fail, "has no public access block", one(bucket, in{})),
		check("s3-block-public", "one off", rule.Fail, "ignorePublicAcls of logs-block is off", block(with(flags(), "ignorePublicAcls", false))),
		check("s3-block-public", "the whole account", rule.Pass, "", append(one(bucket, in{}), r{Type: accountBlock, Name: "account", In: flags()})),
		check("s3-block-public", "computed", rule.Unknown, "blockPublicAcls", block(with(flags(), "blockPublicAcls", later))),

		check("imdsv2-required", "required", rule.Pass, "", one(launchTemplate, in{"metadataOptions": in{"httpTokens": "required"}})),
		check("imdsv2-required", "optional", rule.Fail, `httpTokens is "optional"`, one(launchTemplate, in{"metadataOptions": in{"httpTokens": "optional"}})),
		check("imdsv2-required", "not said", rule.Fail, "httpTokens is not set", one(instance, in{})),
		check("imdsv2-required", "launch configuration", rule.Fail, "httpTokens is not set", one(launchConfig, in{})),
		check("imdsv2-required", "hops", rule.Fail, "httpPutResponseHopLimit is 5",
			one(launchTemplate, in{"metadataOptions": in{"httpTokens": "required", "httpPutResponseHopLimit": 5}})),
		check("imdsv2-required", "off", rule.Pass, "", one(launchTemplate, in{"metadataOptions": in{"httpEndpoint": "disabled"}})),
		check("imdsv2-required", "computed", rule.Unknown, "metadataOptions", one(launchTemplate, in{"metadataOptions": later})),

		check("iam-no-admin-star", "something", rule.Pass, "", one(iamPolicy, in{"policy": something})),
		check("iam-no-admin-star", "everything", rule.Fail, "every action on every resource", one(rolePolicy, in{"policy": everything})),
		check("iam-no-admin-star", "everything, on a condition", rule.Pass, "", one(rolePolicy, in{"policy": strings.Replace(everything, `"Action"`,
			`"Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}},"Action"`, 1)})),
		check("iam-no-admin-star", "everything but some", rule.Fail, "every action", one(rolePolicy, in{"policy": allBut})),
		check("iam-no-admin-star", "nothing but some", rule.Pass, "", one(rolePolicy, in{"policy": strings.Replace(allBut, "Allow", "Deny", 1)})),
		check("iam-no-admin-star", "some on everything but some", rule.Pass, "",
			one(rolePolicy, in{"policy": strings.Replace(allBut, `"NotAction"`, `"Action"`, 1)})),
		check("iam-no-admin-star", "of a user", rule.Fail, "every action", one(userPolicy, in{"policy": everything})),
		check("iam-no-admin-star", "of a group", rule.Fail, "every action", one(groupPolicy, in{"policy": everything})),
		check("iam-no-admin-star", "attached to a user", rule.Fail, "AdministratorAccess",
			one(userAttachment, in{"policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"})),
		check("iam-no-admin-star", "attached to a group", rule.Fail, "AdministratorAccess",
			one(groupAttachment, in{"policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"})),
		check("iam-no-admin-star", "attached to all", rule.Fail, "AdministratorAccess",
			one(policyAttachment, in{"policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"})),
		check("iam-no-admin-star", "inline", rule.Fail, "inlinePolicies[0].policy", one(role, in{"inlinePolicies": list{in{"policy": everything}}})),
		check("iam-no-admin-star", "attached", rule.Fail, "AdministratorAccess",
			one(roleAttachment, in{"policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"})),
		check("iam-no-admin-star", "managed", rule.Fail, "AdministratorAccess",
			one(role, in{"managedPolicyArns": list{"arn:aws:iam::aws:policy/AdministratorAccess"}})),
		check("iam-no-admin-star", "an object", rule.Fail, "every action",
			one(iamPolicy, in{"policy": in{"Statement": in{"Effect": "Allow", "Action": "*", "Resource": "*"}}})),
		check("iam-no-admin-star", "computed", rule.Unknown, "policy", one(iamPolicy, in{"policy": later})),

		check("kms-policy-no-star", "named or with a condition", rule.Pass, "", one(kmsKey, in{"policy": account})),
		check("kms-policy-no-star", "everyone", rule.Fail, "everyone", one(kmsKey, in{"policy": everyone})),
		check("kms-policy-no-star", "everyone, of a replica", rule.Fail, "everyone", one(kmsReplica, in{"policy": everyone})),
		check("kms-policy-no-star", "everyone, said apart", rule.Fail, "everyone", one(keyPolicy, in{"keyId": later, "policy": everyone})),
		check("kms-policy-no-star", "everyone but some", rule.Fail, "everyone",
			one(kmsKey, in{"policy": strings.Replace(everyone, `"Principal":{"AWS":"*"}`, `"NotPrincipal":{"AWS":"123456789012"}`, 1)})),
		check("kms-policy-no-star", "everyone, through a service", rule.Fail, "everyone", one(kmsKey, in{"policy": strings.Replace(everyone, `"Action"`,
			`"Condition":{"StringEquals":{"kms:ViaService":"s3.eu-west-1.amazonaws.com"}},"Action"`, 1)})),
		check("kms-policy-no-star", "the account's, through a service", rule.Pass, "", one(kmsKey, in{"policy": strings.Replace(everyone, `"Action"`,
			`"Condition":{"StringEquals":{"kms:ViaService":"s3.eu-west-1.amazonaws.com","kms:CallerAccount":"123456789012"}},"Action"`, 1)})),
		check("kms-policy-no-star", "of an organization", rule.Pass, "", one(kmsKey, in{"policy": strings.Replace(everyone, `"Action"`,
			`"Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-1234567890"}},"Action"`, 1)})),
		check("kms-policy-no-star", "computed", rule.Unknown, "policy", one(kmsKey, in{"policy": later})),
	}, dataCases, clusterCases, grantCases, trustCases, edgeCases, wafCases))
}
