package bucket_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/components/bucket"
	"github.com/plinth-iac/plinth/tests/harness"
)

// What S3 calls public is refused before S3 sees it, and nothing else is.
func TestEverybodyIsLetInOnlyFromSomewhere(t *testing.T) {
	when := func(operator, key string, values ...string) conditions {
		return conditions{operator: {key: pulumi.ToStringArray(values)}}
	}
	later := pulumi.String("o-1").ToStringOutput()
	for name, c := range map[string]struct {
		when   conditions
		public bool
	}{
		"no condition":                         {nil, true},
		"a condition on the way":               {when("Bool", "aws:SecureTransport", "true"), true},
		"an organization":                      {when("StringEquals", "aws:PrincipalOrgID", "o-1"), false},
		"an organization in small letters":     {when("StringEquals", "aws:principalorgid", "o-1"), false},
		"an organization that another made":    {conditions{"StringEquals": {"aws:PrincipalOrgID": {later}}}, false},
		"any organization":                     {when("StringLike", "aws:PrincipalOrgID", "o-*"), true},
		"no value":                             {when("StringEquals", "aws:PrincipalOrgID"), true},
		"all but an organization":              {when("StringNotEquals", "aws:PrincipalOrgID", "o-1"), true},
		"an organization, or none":             {when("StringEqualsIfExists", "aws:PrincipalOrgID", "o-1"), true},
		"nobody's organization":                {when("ForAllValues:StringEquals", "aws:PrincipalOrgID", "o-1"), true},
		"a unit of an organization":            {when("ForAnyValue:StringEquals", "aws:PrincipalOrgPaths", "o-1/r-1/ou-1/"), false},
		"a role":                               {when("ArnEquals", "aws:PrincipalArn", "arn:aws:iam::111122223333:role/shop"), false},
		"a VPC":                                {when("StringEquals", "aws:SourceVpc", "vpc-1"), false},
		"one VPC and any":                      {when("StringLike", "aws:SourceVpc", "vpc-1", "vpc-*"), true},
		"whoever is asking":                    {when("StringEquals", "aws:userid", "${aws:userid}"), true},
		"an address":                           {when("IpAddress", "aws:SourceIp", "198.51.100.7", "2001:db8::/32"), false},
		"many addresses":                       {when("IpAddress", "aws:SourceIp", "10.0.0.0/8"), false},
		"a part of the internet":               {when("IpAddress", "aws:SourceIp", "64.0.0.0/7"), true},
		"a part of the internet, IPv6":         {when("IpAddress", "aws:SourceIp", "2000::/31"), true},
		"not an address":                       {when("IpAddress", "aws:SourceIp", "office"), true},
		"access points of an account":          {when("ArnLike", "s3:DataAccessPointArn", "arn:aws:s3:eu-west-1:111122223333:accesspoint/*"), false},
		"access points of any account":         {when("ArnLike", "s3:DataAccessPointArn", "arn:aws:s3:eu-west-1:*:accesspoint/shop"), true},
		"a VPC, of those that use TLS":         {conditions{"StringEquals": {"aws:SourceVpc": {pulumi.String("vpc-1")}}, "Bool": {"aws:SecureTransport": {pulumi.String("true")}}}, false},
		"a key that says nothing of who asks":  {when("StringEquals", "s3:x-amz-acl", "bucket-owner-full-control"), true},
		"a service's key, which nobody brings": {when("StringEquals", "aws:SourceOrgID", "o-1"), true},
	} {
		t.Run(name, func(t *testing.T) {
			args := smallest()
			args.Statements = map[string]bucket.StatementArgs{"all": {
				AwsPrincipals: []pulumi.StringInput{pulumi.String("*")}, Actions: []string{"s3:GetObject"}, Conditions: c.when,
			}}
			_, err := harness.Try(harness.Preview, program(args, "files"))
			if !c.public {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, `bucket.Bucket "files": 1 problem
  statements.all.awsPrincipals[0]: "*": `+public+"\n")
		})
	}
}

func TestServicesAreLetInOnlyForSomebody(t *testing.T) {
	const source = `bucket.Bucket "files": 1 problem
  statements.logs.conditions: needs aws:SourceArn or aws:SourceAccount: the service acts for every account of AWS` + "\n"
	for name, c := range map[string]struct {
		operator, key, value string
		want                 string
	}{
		"an account":         {"StringEquals", "aws:SourceAccount", account, ""},
		"all of a kind":      {"ArnLike", "aws:SourceArn", "arn:aws:logs:eu-west-1:111122223333:*", ""},
		"anybody":            {"StringLike", "aws:SourceAccount", "*", source},
		"all but an account": {"StringNotEquals", "aws:SourceAccount", account, source},
		"a way":              {"Bool", "aws:SecureTransport", "true", source},
	} {
		t.Run(name, func(t *testing.T) {
			args := smallest()
			args.Statements = map[string]bucket.StatementArgs{"logs": {
				Services: []string{"delivery.logs.amazonaws.com"}, Actions: []string{"s3:PutObject"},
				Conditions: conditions{c.operator: {c.key: {pulumi.String(c.value)}}},
			}}
			_, err := harness.Try(harness.Preview, program(args, "files"))
			if c.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, c.want)
		})
	}
}
