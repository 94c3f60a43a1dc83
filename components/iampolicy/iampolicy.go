// Package iampolicy writes IAM policy documents as data. A component that can be
// granted offers statements; a component that needs a grant takes them. Nothing is
// changed after it was made.
package iampolicy

import (
	"encoding/json"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Version is the policy language version of every document made here.
const Version = "2012-10-17"

// Statement is one statement of an IAM policy. Values may be outputs.
type Statement struct {
	// Sid names the statement. Default: none.
	Sid string `pulumi:"sid,optional"`
	// Effect is "Allow" or "Deny". Default: "Allow".
	Effect string `pulumi:"effect,optional"`
	// Actions are the API actions, such as "s3:GetObject".
	Actions []string `pulumi:"actions"`
	// Resources are ARNs or ARN patterns. Default: none, as in a trust policy.
	Resources []pulumi.StringInput `pulumi:"resources,optional"`
	// Services are service principals, such as "ec2.amazonaws.com". Default: none.
	Services []string `pulumi:"services,optional"`
	// AwsPrincipals are account, role or user ARNs, or "*". Default: none.
	AwsPrincipals []pulumi.StringInput `pulumi:"awsPrincipals,optional"`
	// Conditions maps operator, then key, to the values. Default: none.
	Conditions map[string]map[string][]pulumi.StringInput `pulumi:"conditions,optional"`
}

// Document renders statements as a policy document. The text depends only on the
// statements, so an unchanged policy never shows up as a change.
func Document(statements ...Statement) pulumi.StringOutput {
	rendered := make(pulumi.Array, len(statements))
	for i, s := range statements {
		rendered[i] = s.render()
	}
	return pulumi.JSONMarshal(pulumi.Map{"Version": pulumi.String(Version), "Statement": rendered})
}

// TlsOnly keeps out whoever comes without TLS, whatever else is ever allowed.
func TlsOnly(actions []string, resources ...pulumi.StringInput) Statement {
	return Statement{
		Sid: "TlsOnly", Effect: "Deny", Actions: actions, Resources: resources, AwsPrincipals: []pulumi.StringInput{pulumi.String("*")},
		Conditions: map[string]map[string][]pulumi.StringInput{"Bool": {"aws:SecureTransport": {pulumi.String("false")}}},
	}
}

// ServiceTrust is the trust policy that lets AWS services assume a role.
func ServiceTrust(services ...string) string {
	document, err := json.Marshal(map[string]any{
		"Version": Version,
		"Statement": []any{map[string]any{
			"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": map[string]any{"Service": one(services)},
		}},
	})
	if err != nil { // strings always marshal
		panic(err)
	}
	return string(document)
}

// Partition is the AWS partition a region is in: "aws", "aws-cn", "aws-us-gov" and
// the isolated ones. The first part of every ARN after "arn:".
func Partition(region string) string {
	for prefix, partition := range map[string]string{
		"cn-": "aws-cn", "us-gov-": "aws-us-gov", "us-iso-": "aws-iso", "us-isob-": "aws-iso-b",
		"eu-isoe-": "aws-iso-e", "us-isof-": "aws-iso-f", "eusc-": "aws-eusc",
	} {
		if strings.HasPrefix(region, prefix) {
			return partition
		}
	}
	return "aws"
}

// RegionalService is a service's name in a region, such as
// "rds.eu-central-1.amazonaws.com": its host, and its name in conditions on
// kms:ViaService.
func RegionalService(service, region string) string {
	domain := "amazonaws.com"
	if Partition(region) == "aws-cn" {
		domain = "amazonaws.com.cn"
	}
	return service + "." + region + "." + domain
}

func (s Statement) render() pulumi.Map {
	effect := s.Effect
	if effect == "" {
		effect = "Allow"
	}
	m := pulumi.Map{"Effect": pulumi.String(effect), "Action": pulumi.Any(one(s.Actions))}
	if s.Sid != "" {
		m["Sid"] = pulumi.String(s.Sid)
	}
	if len(s.Resources) > 0 {
		m["Resource"] = oneInput(s.Resources)
	}
	principals := pulumi.Map{}
	if len(s.Services) > 0 {
		principals["Service"] = pulumi.Any(one(s.Services))
	}
	if len(s.AwsPrincipals) > 0 {
		principals["AWS"] = oneInput(s.AwsPrincipals)
	}
	if len(principals) > 0 {
		m["Principal"] = principals
	}
	if len(s.Conditions) > 0 {
		conditions := pulumi.Map{}
		for operator, keys := range s.Conditions {
			rendered := pulumi.Map{}
			for key, values := range keys {
				rendered[key] = oneInput(values)
			}
			conditions[operator] = rendered
		}
		m["Condition"] = conditions
	}
	return m
}

// AWS itself stores a list of one as a plain string; writing it so avoids a diff.
func one(values []string) any {
	if len(values) == 1 {
		return values[0]
	}
	return values
}

func oneInput(values []pulumi.StringInput) pulumi.Input {
	if len(values) == 1 {
		return values[0]
	}
	list := make(pulumi.StringArray, len(values))
	copy(list, values)
	return list
}
