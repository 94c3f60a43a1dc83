package waf_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/components/waf"
	"github.com/plinth-iac/plinth/tests/harness"
)

func addresses(list ...string) pulumi.StringArray { return pulumi.ToStringArray(list) }

func TestEveryProblemIsReportedAtOnceBeforeAnythingExists(t *testing.T) {
	long := strings.Repeat("a", 77)
	crowdOfLists, crowdOfLimits, crowdOfRules := map[string]waf.BlockListArgs{}, map[string]waf.RateLimitArgs{}, map[string]waf.Action{}
	for i := range 101 {
		crowdOfRules[fmt.Sprint(i)] = waf.ActionCount
		if i < 26 {
			crowdOfLists[fmt.Sprint(i)] = waf.BlockListArgs{Ipv4: addresses(), Ipv6: addresses()}
		}
		if i < 11 {
			crowdOfLimits[fmt.Sprint(i)] = waf.RateLimitArgs{Limit: 10}
		}
	}
	for name, c := range map[string]struct {
		component string
		args      *waf.WebAclArgs
		want      string
	}{
		"nothing given": {"shop", nil, `waf.WebAcl "shop": 2 problems
  region: is required
  scope: "" is not supported; allowed: CloudFront, Regional`},
		"a name": {"my shop", smallest(), `waf.WebAcl "my shop": 1 problem
  name: "my shop": must be 1 to 76 letters, digits, hyphens and underscores`},
		"a long name": {long, smallest(), `waf.WebAcl "` + long + `": 1 problem
  name: "` + long + `": must be 1 to 76 letters, digits, hyphens and underscores`},
		"CloudFront elsewhere": {"shop", &waf.WebAclArgs{
			Scope: waf.CloudFront, Region: home, Mode: "Off", Body: &waf.BodyArgs{MaxBytes: 16385, InspectKb: 24},
			Associations: map[string]pulumi.StringInput{"shop": pulumi.String("arn:aws:cloudfront::111122223333:distribution/E1")},
		}, `waf.WebAcl "shop": 5 problems
  associations: are for Regional: a distribution names its web ACL itself
  body.inspectKb: 24: must be 16, 32, 48 or 64
  body.maxBytes: 16385: must be 1 to 16384, which is what is seen of a body
  mode: "Off" is not supported; allowed: Block, Count
  region: "eu-west-1": must be us-east-1: a web ACL for CloudFront is made there, by a provider of that region`},
		"lists and countries": {"shop", &waf.WebAclArgs{
			Scope: waf.Regional, Region: home,
			Allow: map[string]waf.AllowListArgs{"nobody": {}, "every.body": {Ipv4: addresses("0.0.0.0/0", "192.0.2.1", "2001:db8::/48"), Ipv6: addresses("::/0", "192.0.2.0/24")}},
			Block: map[string]waf.BlockListArgs{"abuse": {Ipv4: addresses("192.0.2.1/24"), Ipv6: addresses("2001:db8::1/48", "192.0.2.0"), Mode: waf.Block}},
			Geo:   &waf.GeoArgs{Only: []string{"DE", "Germany"}, Except: []string{"fr"}},
		}, `waf.WebAcl "shop": 13 problems
  allow.nobody: needs ipv4 or ipv6
  allow["every.body"]: keys must be 1 to 32 letters, digits, hyphens and underscores
  allow["every.body"].ipv4[0]: "0.0.0.0/0": AWS takes no block of all addresses
  allow["every.body"].ipv4[1]: "192.0.2.1": must be a block of ipv4 addresses, such as 192.0.2.0/24
  allow["every.body"].ipv4[2]: "2001:db8::/48": must be a block of ipv4 addresses, such as 192.0.2.0/24
  allow["every.body"].ipv6[0]: "::/0": AWS takes no block of all addresses
  allow["every.body"].ipv6[1]: "192.0.2.0/24": must be a block of ipv6 addresses, such as 2001:db8::/48
  block.abuse.ipv4[0]: "192.0.2.1/24": does not begin a block; the one that it is in is 192.0.2.0/24
  block.abuse.ipv6[0]: "2001:db8::1/48": does not begin a block; the one that it is in is 2001:db8::/48
  block.abuse.ipv6[1]: "192.0.2.0": must be a block of ipv6 addresses, such as 2001:db8::/48
  geo: needs either only or except
  geo.except[0]: "fr": must be a country as two capital letters, such as DE
  geo.only[1]: "Germany": must be a country as two capital letters, such as DE`},
		"rates, bodies and labels": {"shop", &waf.WebAclArgs{
			Scope: waf.Regional, Region: home, Geo: &waf.GeoArgs{},
			RateLimits: map[string]waf.RateLimitArgs{
				"slow":  {Limit: 9, WindowSeconds: 90, Header: "x api key", OnlyPaths: []string{"login", "/a*b"}, ExceptPaths: []string{"/%61", "/a?b=c"}, Mode: "Off"},
				"paths": {Limit: 2_000_000_001, OnlyPaths: []string{"/" + strings.Repeat("a", 200)}},
			},
			Body: &waf.BodyArgs{MaxBytes: 8193, InspectKb: 16},
			Labelled: map[string]waf.LabelledArgs{
				"bad": {Label: "a b", OnlyPaths: []string{""}}, strings.Repeat("k", 33): {Label: "a"},
			},
		}, `waf.WebAcl "shop": 16 problems
  body.inspectKb: 16: is for CloudFront: of what load balancers get, 8 KB are seen
  body.maxBytes: 8193: must be 1 to 8192, which is what is seen of a body
  geo: needs either only or except
  labelled.bad.label: "a b": must be a label, of 1 to 1024 letters, digits, hyphens, underscores and colons
  labelled.bad.onlyPaths[0]: "": must be a path such as /login or /api/*, with a star at its end only
  labelled.kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk: keys must be 1 to 32 letters, digits, hyphens and underscores
  rateLimits.paths.limit: 2000000001: must be 10 to 2000000000
  rateLimits.paths.onlyPaths: 205: characters are too many in one expression, of which AWS takes 200: fewer or shorter paths, or a rule more
  rateLimits.slow.exceptPaths[0]: "/%61": must be a path such as /login or /api/*, with a star at its end only
  rateLimits.slow.exceptPaths[1]: "/a?b=c": must be a path such as /login or /api/*, with a star at its end only
  rateLimits.slow.header: "x api key": must be the name of a header, of 1 to 64 characters
  rateLimits.slow.limit: 9: must be 10 to 2000000000
  rateLimits.slow.mode: "Off" is not supported; allowed: Block, Count
  rateLimits.slow.onlyPaths[0]: "login": must be a path such as /login or /api/*, with a star at its end only
  rateLimits.slow.onlyPaths[1]: "/a*b": must be a path such as /login or /api/*, with a star at its end only
  rateLimits.slow.windowSeconds: 90: must be 60, 120, 300 or 600`},
		"groups": {"shop", &waf.WebAclArgs{
			Scope: waf.Regional, Region: home, Body: &waf.BodyArgs{ExceptPaths: []string{"/a"}},
			Groups: map[waf.Group]waf.GroupArgs{
				"AWSManagedRulesATPRuleSet": {}, "AWSManagedRulesBotControlRuleSet": {}, waf.GroupIpReputation: {Version: "Version_1.0"},
				waf.GroupCore: {Rules: map[string]waf.Action{"a rule": waf.ActionCount, "b": "Deny"}, Version: "the newest"},
				waf.GroupPhp:  {Off: true, Version: "Version_1.0"}, waf.GroupPosix: {Rules: crowdOfRules},
			},
			BotControl: &waf.BotControlArgs{Level: "Hard", MachineLearning: pulumi.BoolRef(true), OnlyPaths: []string{"a"}},
		}, `waf.WebAcl "shop": 13 problems
  body: needs maxBytes or inspectKb
  body.exceptPaths: is for maxBytes
  botControl.level: "Hard" is not supported; allowed: Common, Targeted
  botControl.machineLearning: is for the level Targeted
  botControl.onlyPaths[0]: "a": must be a path such as /login or /api/*, with a star at its end only
  groups.AWSManagedRulesATPRuleSet: "AWSManagedRulesATPRuleSet" is not supported; allowed: AWSManagedRulesAdminProtectionRuleSet, AWSManagedRulesAmazonIpReputationList, AWSManagedRulesAnonymousIpList, AWSManagedRulesCommonRuleSet, AWSManagedRulesKnownBadInputsRuleSet, AWSManagedRulesLinuxRuleSet, AWSManagedRulesPHPRuleSet, AWSManagedRulesSQLiRuleSet, AWSManagedRulesUnixRuleSet, AWSManagedRulesWindowsRuleSet, AWSManagedRulesWordPressRuleSet
  groups.AWSManagedRulesAmazonIpReputationList.version: "Version_1.0": AWS keeps no versions of this group
  groups.AWSManagedRulesBotControlRuleSet: is what botControl is for
  groups.AWSManagedRulesCommonRuleSet.rules.a rule: is not the name of a rule
  groups.AWSManagedRulesCommonRuleSet.rules.b: "Deny" is not supported; allowed: Allow, Block, Count, Captcha, Challenge
  groups.AWSManagedRulesCommonRuleSet.version: "the newest": must be a version such as Version_1.0
  groups.AWSManagedRulesPHPRuleSet.off: leaves the group out, so that nothing else can be said of it
  groups.AWSManagedRulesUnixRuleSet.rules: 101: must be 100 or fewer`},
		"the rest": {"shop", &waf.WebAclArgs{
			Scope: waf.Regional, Region: home, MaxCapacity: 5001,
			Response: &waf.ResponseArgs{Status: 402, Text: strings.Repeat("a", 4097), ContentType: waf.Json},
			Associations: map[string]pulumi.StringInput{
				"none": nil, "network": pulumi.String("arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/net/shop/1"),
				"amplify": pulumi.String("arn:aws:amplify:eu-west-1:111122223333:apps/shop"), "api": pulumi.String("arn:aws:apigateway:eu-west-1::/restapis/1/stages/live"),
				"far away": pulumi.String("arn:aws:elasticloadbalancing:eu-west-2:111122223333:loadbalancer/app/shop/1"),
			},
			Logs:   &waf.LogsArgs{Keep: "Some", RedactedHeaders: []string{"", "cookie"}, DestinationArn: pulumi.String("arn:aws:s3:::logs"), RetentionDays: 30, KmsKeyArn: pulumi.String("k"), WithoutPolicy: true},
			Alarms: &waf.AlarmsArgs{BlockedPerMinute: -1, LimitedPerMinute: -1},
		}, `waf.WebAcl "shop": 17 problems
  alarms.blockedPerMinute: -1: must be 1 or more
  alarms.limitedPerMinute: -1: must be 1 or more
  associations.amplify: "arn:aws:amplify:eu-west-1:111122223333:apps/shop": must be the ARN of an application load balancer, or of another regional service that a web ACL protects
  associations.far away: "arn:aws:elasticloadbalancing:eu-west-2:111122223333:loadbalancer/app/shop/1": must be in eu-west-1, where the web ACL is
  associations.far away: keys must be 1 to 32 letters, digits, hyphens and underscores
  associations.network: "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/net/shop/1": must be the ARN of an application load balancer, or of another regional service that a web ACL protects
  associations.none: is required
  logs.destinationArn: "arn:aws:s3:::logs": must be the ARN of a log group, bucket or delivery stream whose name begins with aws-waf-logs-
  logs.keep: "Some" is not supported; allowed: Matched, Blocked, All
  logs.kmsKeyArn: is for a log group of the web ACL's own
  logs.redactedHeaders[0]: "": must be the name of a header, of 1 to 64 characters
  logs.retentionDays: is for a log group of the web ACL's own
  logs.withoutPolicy: is for a log group of the web ACL's own
  maxCapacity: 5001: must be 1 to 5000
  response.status: 402: must be one of 400 401 403 404 405 408 409 411 412 413 414 415 416 421 429 500 501 502 503 504 505
  response.text: 4097: must be 4096 bytes or fewer
  response.text: must be JSON, as contentType says`},
		"logs that go nowhere": {"shop", &waf.WebAclArgs{
			Scope: waf.Regional, Region: home, Response: &waf.ResponseArgs{ContentType: "Xml"},
			Logs: &waf.LogsArgs{Off: true, DestinationArn: pulumi.String("arn:aws:logs:eu-west-1:111122223333:log-group:aws-waf-logs-shop"), RedactedHeaders: slices.Repeat([]string{"cookie"}, 51)},
		}, `waf.WebAcl "shop": 3 problems
  logs.destinationArn: conflicts with logs.off: nothing is logged
  logs.redactedHeaders: 51: must be 50 or fewer
  response.contentType: "Xml" is not supported; allowed: TextPlain, TextHtml, Json`},
		"a retention": {"shop", &waf.WebAclArgs{Scope: waf.Regional, Region: home, Logs: &waf.LogsArgs{RetentionDays: 31}}, `waf.WebAcl "shop": 1 problem
  logs.retentionDays: 31: must be one of 1 3 5 7 14 30 60 90 120 150 180 365 400 545 731 1096 1827 2192 2557 2922 3288 3653`},
		"crowds": {"shop", &waf.WebAclArgs{Scope: waf.Regional, Region: home, Block: crowdOfLists, RateLimits: crowdOfLimits}, `waf.WebAcl "shop": 2 problems
  block: 52: lists have 50 sets of addresses or fewer, one for each family: AWS allows no more in a web ACL
  rateLimits: 11: must be 10 or fewer: AWS allows no more in a web ACL`},
		// The two texts have the same hash within a band.
		"a clash of priorities": {"shop", &waf.WebAclArgs{Scope: waf.Regional, Region: home, RateLimits: map[string]waf.RateLimitArgs{
			"client-1682": {Limit: 10}, "client-948": {Limit: 10},
		}}, `waf.WebAcl "shop": 1 problem
  rateLimits.client-948: has the same priority as client-1682: another key would have another`},
		"too much to look for": {"shop", &waf.WebAclArgs{Scope: waf.Regional, Region: home,
			Groups:     map[waf.Group]waf.GroupArgs{waf.GroupWindows: {}, waf.GroupPhp: {OnlyPaths: []string{"/blog/*"}}},
			RateLimits: map[string]waf.RateLimitArgs{"all": {Limit: 1000}},
		}, `waf.WebAcl "shop": 1 problem
  maxCapacity: 1500: the rules take 1510 capacity units, of which AWS includes 1500 in its price and allows 5000: AWSManagedRulesCommonRuleSet 700, AWSManagedRulesKnownBadInputsRuleSet 200, AWSManagedRulesSQLiRuleSet 200, AWSManagedRulesWindowsRuleSet 200, AWSManagedRulesPHPRuleSet 133, AWSManagedRulesAnonymousIpList 50, AWSManagedRulesAmazonIpReputationList 25, rate-all 2`},
	} {
		t.Run(name, func(t *testing.T) {
			g, err := harness.Try(harness.Preview, program(c.args, c.component))
			require.ErrorContains(t, err, c.want+"\n")
			require.Empty(t, g.Resources)
		})
	}
}
