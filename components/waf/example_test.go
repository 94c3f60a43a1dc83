package waf_test

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/waf"
)

// The web ACL of a distribution in its first weeks: nothing is blocked yet.
func ExampleNewWebAcl() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		acl, err := waf.NewWebAcl(ctx, "shop", &waf.WebAclArgs{
			Scope:  waf.CloudFront,
			Region: "us-east-1",
			Mode:   waf.Count,
			RateLimits: map[string]waf.RateLimitArgs{
				"login": {Limit: 100, OnlyPaths: []string{"/login"}},
			},
		})
		if err != nil {
			return err
		}
		ctx.Export("webAclArn", acl.WebAclArn)
		return nil
	})
}
