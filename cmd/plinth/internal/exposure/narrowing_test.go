package exposure

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestConditionsThatKeepAStatementToSome(t *testing.T) {
	for name, c := range map[string]struct {
		key, value string
		narrows    bool
	}{
		"an account of sources":        {"aws:SourceArn", "arn:aws:sns:*:111122223333:*", true},
		"all sources":                  {"aws:SourceArn", "arn:*", false},
		"sources of any account":       {"aws:SourceArn", "arn:aws:sns:us-east-1:*:t", false},
		"sources of a part of one":     {"aws:SourceArn", "arn:aws:sns:us-east-1:1111*:t", false},
		"a bucket":                     {"aws:SourceArn", "arn:aws:s3:::a", true},
		"objects of a bucket":          {"aws:SourceArn", "arn:aws:s3:::a/*", true},
		"some buckets":                 {"aws:SourceArn", "arn:aws:s3:::a*", false},
		"all principals":               {"aws:PrincipalArn", "arn:aws:*", false},
		"all principals of IAM":        {"aws:PrincipalArn", "arn:aws:iam::*", false},
		"roles of an account":          {"aws:PrincipalArn", "arn:aws:iam::111122223333:role/*", true},
		"an organisation":              {"aws:PrincipalOrgID", "o-1", true},
		"all organisations":            {"aws:PrincipalOrgID", "o-*", false},
		"a part of an organisation":    {"aws:PrincipalOrgPaths", "o-1/r-1/*", true},
		"a part of any organisation":   {"aws:PrincipalOrgPaths", "o-*/r-1/*", false},
		"any account":                  {"aws:PrincipalAccount", "????????????", false},
		"sessions of a role":           {"aws:userid", "AROAEXAMPLE:*", true},
		"sessions of all roles":        {"aws:userid", "A*", false},
		"a block of addresses":         {"aws:SourceIp", "192.0.2.0/24", true},
		"all addresses":                {"aws:SourceIp", "0.0.0.0/0", false},
		"a repository":                 {"token.actions.githubusercontent.com:sub", "repo:o/r:*", true},
		"repositories of an owner":     {"token.actions.githubusercontent.com:sub", "repo:o/*", true},
		"repositories of more owners":  {"token.actions.githubusercontent.com:sub", "repo:o*", false},
		"repositories of all":          {"token.actions.githubusercontent.com:sub", "repo:*", false},
		"a service account":            {"oidc.eks.us-east-1.amazonaws.com/id/1:sub", "system:serviceaccount:shop:*", true},
		"everything":                   {"a:sub", "*", false},
		"an audience of any provider":  {"token.actions.githubusercontent.com:aud", "sts.amazonaws.com", false},
		"an identity pool":             {"cognito-identity.amazonaws.com:aud", "us-east-1:1111", true},
		"all identity pools":           {"cognito-identity.amazonaws.com:aud", "us-east-1:*", false},
		"an app":                       {"graph.facebook.com:app_id", "1", true},
		"by a mount target":            {"elasticfilesystem:AccessedViaMountTarget", "true", true},
		"not by a mount target":        {"elasticfilesystem:AccessedViaMountTarget", "false", false},
		"what everybody can do anyway": {"aws:SecureTransport", "true", false},
	} {
		require.Equal(t, c.narrows, condition{operator: "stringlike", key: c.key, values: []string{c.value}}.narrows(), name)
		require.False(t, condition{operator: "stringlike", key: c.key, values: []string{c.value}, ifExists: true}.narrows(), name)
	}
}

func TestEverythingIsEverythingHoweverItIsSpelled(t *testing.T) {
	app := one(role, "app", nil)
	one := func(action, resource string, conditions ...has) string {
		s := allow(action, resource)
		for _, c := range conditions {
			s["Condition"] = c
		}
		return opened(at{app}, at{app, may(s)})[0][:1]
	}
	for _, resource := range []string{"*", "**", "arn:*", "arn:aws:*", "arn:aws:*:*:*:*", "arn:*:*:*:*:*", "arn:aws-cn:*"} {
		require.Equal(t, "*", one("*", resource), resource)
	}
	for _, resource := range []string{"arn:aws:s3:::*", "arn:aws:*:*:111122223333:*", "arn:aws:iam::*:role/*"} {
		require.Equal(t, "p", one("*", resource), resource)
	}
	require.Equal(t, "*", one("**", "*"))
	require.Equal(t, "*", one("s3:**", "*"))
	require.Equal(t, "*", one("*", "*", has{"Bool": has{"aws:SecureTransport": true}}))
	require.Equal(t, "*", one("*", "*", has{"StringLike": has{"aws:RequestedRegion": "*"}}))
	require.Equal(t, "p", one("*", "*", has{"StringEquals": has{"aws:RequestedRegion": "eu-west-1"}}))
}

func TestWhatIsNewInConditionsIsToldFirst(t *testing.T) {
	who := func(conditions has) at {
		return at{one(role, "app", has{"assumeRolePolicy": policy(with(with(by("AWS", "999988887777"), "Action", "sts:AssumeRole"), "Condition", has{"StringEquals": conditions}))})}
	}
	few := []any{"1", "2"}
	run(t, map[string]changed{
		"a value": {who(has{"k": few}), who(has{"k": append(few, "3")}),
			[]string{"trust app: app now trusts another account (999988887777) if k is 3, 1 and 1 more (was another account (999988887777) if k is 1, 2)"}},
		"a value of a later condition": {who(has{"a": "1", "b": "2", "k": few}), who(has{"a": "1", "b": "2", "k": append(few, "3")}),
			[]string{"trust app: app now trusts another account (999988887777) if k is 3, 1 and 1 more and a is 1 and 1 more"}},
	})
}

func TestConditionsAreInWords(t *testing.T) {
	n := &names{}
	require.Equal(t, " if a is less than 300", n.told([]condition{{operator: "numericlessthan", key: "a", values: []string{"300"}}}))
	require.Equal(t, " if a is not before 2030", n.told([]condition{{operator: "dategreaterthanequals", key: "a", values: []string{"2030"}}}))
	require.Equal(t, "everybody but account 999988887777, role/x of account 999988887777",
		n.who(pattern{text: "*", but: []string{principal("AWS", "999988887777"), principal("AWS", "arn:aws:iam::999988887777:role/x")}}))
}
