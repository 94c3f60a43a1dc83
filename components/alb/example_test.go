package alb_test

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/alb"
	"github.com/plinth-iac/plinth/components/connect"
)

// A public load balancer in front of web servers on port 80.
func ExampleNewLoadBalancer() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		web, err := alb.NewLoadBalancer(ctx, "web", &alb.LoadBalancerArgs{
			AccountId:          "111122223333",
			VpcId:              pulumi.String("vpc-0123456789abcdef0"),
			SubnetIds:          pulumi.ToStringArray([]string{"subnet-0a", "subnet-0b"}),
			Scheme:             alb.InternetFacing,
			CertificateArn:     pulumi.String("arn:aws:acm:us-east-1:111122223333:certificate/0a1b2c3d"),
			TargetGroups:       map[string]alb.TargetGroupArgs{"servers": {Port: 80}},
			DefaultTargetGroup: "servers",
		})
		if err != nil {
			return err
		}
		ctx.Export("address", web.DnsName)
		return connect.Allow(ctx, "internet-to-web", connect.Cidr("0.0.0.0/0"), connect.SecurityGroup(web.SecurityGroupId),
			connect.Tcp(web.Port), "visitors")
	})
}
