package waf_test

import (
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lb"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/components/waf"
	"github.com/plinth-iac/plinth/tests/lifetest"
)

// deploy makes the same rules for a load balancer and, as edge, for CloudFront.
func deploy(ctx *pulumi.Context, net *lifetest.Network, a *waf.WebAclArgs) error {
	balancer, err := lb.NewLoadBalancer(ctx, "shop", &lb.LoadBalancerArgs{
		Internal: pulumi.Bool(true), LoadBalancerType: pulumi.String("application"), Subnets: net.SubnetIds,
	}, pulumi.Provider(net.Provider))
	if err != nil {
		return err
	}
	_, err = s3.NewBucketV2(ctx, "logs", &s3.BucketV2Args{Bucket: pulumi.String("aws-waf-logs-shop")}, pulumi.Provider(net.Provider))
	if err != nil {
		return err
	}
	regional := *a
	if a.Associations != nil {
		regional.Associations = map[string]pulumi.StringInput{"lb": balancer.Arn}
	}
	if _, err = waf.NewWebAcl(ctx, "shop", &regional, net.Opts); err != nil {
		return err
	}
	global, err := aws.NewProvider(ctx, "global", &aws.ProviderArgs{
		Region: pulumi.String("us-east-1"), AllowedAccountIds: pulumi.ToStringArray([]string{net.AccountId}),
	})
	if err != nil {
		return err
	}
	atEdge := *a
	atEdge.Scope, atEdge.Region, atEdge.Associations = waf.CloudFront, "us-east-1", nil
	_, err = waf.NewWebAcl(ctx, "edge", &atEdge, pulumi.Providers(global))
	return err
}

type change = func(a *waf.WebAclArgs, net *lifetest.Network)

func TestTheLifeOfAWebAcl(t *testing.T) {
	l := lifetest.Start(t, func(net *lifetest.Network) *waf.WebAclArgs {
		a := rules(&waf.WebAclArgs{Scope: waf.Regional, Region: net.Region, Mode: waf.Count})
		a.Response = &waf.ResponseArgs{Status: 404, Text: "nothing here"}
		return a
	}, deploy)
	l.Up()
	require.Regexp(t, `^aws-waf-logs-shop-acl-[0-9a-f]{7}$`, l.Resource("shop-logs").Props["name"])
	require.Regexp(t, `^arn:aws:wafv2:us-east-1:111122223333:global/webacl/edge-acl-`, l.Resource("edge-acl").Props["arn"])

	abuse := func(list waf.BlockListArgs) change {
		return func(a *waf.WebAclArgs, _ *lifetest.Network) {
			suspects := a.Block["suspects"]
			a.Block = map[string]waf.BlockListArgs{"abuse": list, "suspects": suspects}
		}
	}
	for _, c := range []struct {
		what   string
		change change
		steps  []string
	}{
		{"protects a load balancer", func(a *waf.WebAclArgs, _ *lifetest.Network) {
			a.Associations = map[string]pulumi.StringInput{}
		}, []string{"create shop-association-lb"}},
		{"from counting to blocking", func(a *waf.WebAclArgs, _ *lifetest.Network) { a.Mode = waf.Block },
			[]string{"update shop-acl", "update edge-acl"}},
		{"a rate limit more", func(a *waf.WebAclArgs, _ *lifetest.Network) {
			a.RateLimits["search"] = waf.RateLimitArgs{Limit: 500, OnlyPaths: []string{"/search"}}
		}, []string{"update shop-acl", "update edge-acl"}},
		{"another address", abuse(waf.BlockListArgs{Ipv4: addresses("198.51.100.0/24")}),
			[]string{"update shop-block-abuse-ipv4", "update edge-block-abuse-ipv4"}},
		{"addresses of the other family", abuse(waf.BlockListArgs{Ipv6: addresses("2001:db8:1::/48")}), []string{
			"create shop-block-abuse-ipv6", "update shop-acl", "delete shop-block-abuse-ipv4",
			"create edge-block-abuse-ipv6", "update edge-acl", "delete edge-block-abuse-ipv4",
		}},
		{"a list and a group fewer, and every request in the log", func(a *waf.WebAclArgs, _ *lifetest.Network) {
			a.Allow, a.Groups = nil, map[waf.Group]waf.GroupArgs{waf.GroupCore: {Off: true}}
			a.Logs = &waf.LogsArgs{Keep: waf.KeepAll, RedactedHeaders: []string{"authorization"}}
		}, []string{
			"update shop-logging", "update edge-logging",
			"update shop-acl", "delete shop-allow-offices-ipv4", "delete shop-allow-offices-ipv6",
			"update edge-acl", "delete edge-allow-offices-ipv4", "delete edge-allow-offices-ipv6",
		}},
		{"logs in a bucket", func(a *waf.WebAclArgs, _ *lifetest.Network) {
			a.Logs = &waf.LogsArgs{DestinationArn: pulumi.String("arn:aws:s3:::aws-waf-logs-shop")}
		}, []string{
			"replace shop-logging", "delete shop-logs", "delete shop-logs-policy", "replace edge-logging", "delete edge-logs", "delete edge-logs-policy",
		}},
		{"no logs", func(a *waf.WebAclArgs, _ *lifetest.Network) { a.Logs = &waf.LogsArgs{Off: true} },
			[]string{"delete shop-logging", "delete edge-logging"}},
		{"logs again, alarms, and nothing to protect", func(a *waf.WebAclArgs, _ *lifetest.Network) {
			a.Logs, a.Associations = nil, nil
			a.Alarms, a.RateLimits = &waf.AlarmsArgs{}, map[string]waf.RateLimitArgs{"all": {Limit: 2000}}
		}, []string{
			"create shop-logs", "create shop-logs-policy", "create shop-logging", "create edge-logs", "create edge-logs-policy", "create edge-logging",
			"update shop-acl", "create shop-alarm-blocked", "create shop-alarm-rate-all",
			"update edge-acl", "create edge-alarm-blocked", "create edge-alarm-rate-all",
			"delete shop-association-lb",
		}},
	} {
		l.Changes(c.what, c.change, c.steps...)
	}
	for name, dimensions := range map[string]map[string]any{
		"shop": {"Region": lifetest.Region, "Rule": "rate-all"}, "edge": {"Rule": "rate-all"}, // metrics of CloudFront have no region
	} {
		acl := l.Resource(name + "-acl").Props
		dimensions["WebACL"] = acl["name"]
		require.Equal(t, dimensions, l.Resource(name + "-alarm-rate-all").Props["dimensions"])
		require.NotEqual(t, acl["visibilityConfig"].(map[string]any)["metricName"], acl["name"], "AWS counts by the name, which tells stacks apart")
	}
	l.Destroy()
}
