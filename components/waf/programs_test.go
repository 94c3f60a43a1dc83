package waf_test

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/waf"
)

const (
	home     = "eu-west-1"
	aclToken = "aws:wafv2/webAcl:WebAcl"
	setToken = "aws:wafv2/ipSet:IpSet"
)

func smallest() *waf.WebAclArgs { return &waf.WebAclArgs{Scope: waf.Regional, Region: home} }

// rules are rules of every kind, for one scope or the other.
func rules(a *waf.WebAclArgs) *waf.WebAclArgs {
	a.Allow = map[string]waf.AllowListArgs{"offices": {
		Ipv4: pulumi.ToStringArray([]string{"192.0.2.0/24"}), Ipv6: pulumi.ToStringArray([]string{"2001:db8::/48"}),
	}}
	a.Block = map[string]waf.BlockListArgs{
		"abuse":    {Ipv4: pulumi.ToStringArray([]string{"198.51.100.0/24", "203.0.113.7/32"})},
		"suspects": {Ipv6: pulumi.ToStringArray([]string{"2001:db8:bad::/48"}), Mode: waf.Count},
	}
	a.Geo = &waf.GeoArgs{Only: []string{"DE", "FR"}}
	a.RateLimits = map[string]waf.RateLimitArgs{
		"all":   {Limit: 2000},
		"login": {Limit: 20, WindowSeconds: 60, OnlyPaths: []string{"/login", "/api/session/*"}},
		"keys":  {Limit: 10000, WindowSeconds: 600, Header: "X-Api-Key", OnlyPaths: []string{"/api/*"}, ExceptPaths: []string{"/api/health"}, Mode: waf.Count},
	}
	a.Body = &waf.BodyArgs{MaxBytes: 8192, ExceptPaths: []string{"/uploads/*"}}
	a.Groups = map[waf.Group]waf.GroupArgs{
		waf.GroupCore:         {Rules: map[string]waf.Action{"NoUserAgent_HEADER": waf.ActionBlock}, Version: "Version_1.10"},
		waf.GroupIpReputation: {Rules: map[string]waf.Action{"AWSManagedIPDDoSList": waf.ActionChallenge}},
		waf.GroupAnonymousIp:  {Off: true},
		waf.GroupSqlInjection: {ExceptPaths: []string{"/reports/*"}, Mode: waf.Count},
		waf.GroupPhp:          {OnlyPaths: []string{"/blog/*"}},
	}
	a.MaxCapacity = 2000
	a.BotControl = &waf.BotControlArgs{
		Level: waf.BotsTargeted, MachineLearning: pulumi.BoolRef(false), ExceptPaths: []string{"/assets/*"},
		Rules: map[string]waf.Action{"CategoryMonitoring": waf.ActionAllow, "SignalNonBrowserUserAgent": waf.ActionCaptcha},
	}
	a.Labelled = map[string]waf.LabelledArgs{
		"bodies": {Label: "awswaf:managed:aws:core-rule-set:SizeRestrictions_Body", ExceptPaths: []string{"/uploads/*"}},
		"geo":    {Label: "awswaf:clientip:geo:country:", OnlyPaths: []string{"/admin/*"}, Mode: waf.Count},
	}
	return a
}

// full uses every argument that does not exclude another.
func full() *waf.WebAclArgs {
	a := rules(smallest())
	a.Response = &waf.ResponseArgs{Status: 404, Text: `{"error":"blocked"}`, ContentType: waf.Json}
	a.SampledRequests = true
	a.Associations = map[string]pulumi.StringInput{
		"shop": pulumi.String("arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/shop/1"),
	}
	a.Logs = &waf.LogsArgs{
		RedactedHeaders: []string{"Authorization"}, KeepQuery: true, RetentionDays: 90, KmsKeyArn: pulumi.String("arn:aws:kms:eu-west-1:111122223333:key/1"),
	}
	a.Alarms = &waf.AlarmsArgs{
		ActionArns: pulumi.ToStringArray([]string{"arn:aws:sns:eu-west-1:111122223333:alerts"}), BlockedPerMinute: 500, LimitedPerMinute: 50,
	}
	a.Tags = map[string]string{"team": "shop"}
	return a
}

// edge is the same rule set for CloudFront.
func edge() *waf.WebAclArgs {
	a := rules(&waf.WebAclArgs{Scope: waf.CloudFront, Region: "us-east-1", Mode: waf.Count})
	a.Body.InspectKb = 64
	a.Logs = &waf.LogsArgs{Keep: waf.KeepAll, RedactedHeaders: []string{}, DestinationArn: pulumi.String("arn:aws:s3:::aws-waf-logs-shop")}
	a.Alarms = &waf.AlarmsArgs{}
	return a
}

func program(args *waf.WebAclArgs, names ...string) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		for _, name := range names {
			acl, err := waf.NewWebAcl(ctx, name, args)
			if err != nil {
				return err
			}
			if (acl.LogGroup == nil) != (args.Logs != nil && args.Logs.DestinationArn != nil) {
				return fmt.Errorf("log group of %s: %v", name, acl.LogGroup)
			}
		}
		return nil
	}
}
