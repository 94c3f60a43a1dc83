package alb_test

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/alb"
)

const certificate = pulumi.String("arn:aws:acm:us-east-1:111122223333:certificate/0a1b2c3d")

// minimal is the least that is accepted: an internal load balancer without a target.
func minimal() *alb.LoadBalancerArgs {
	return &alb.LoadBalancerArgs{
		AccountId:      "111122223333",
		VpcId:          pulumi.String("vpc-1"),
		SubnetIds:      pulumi.ToStringArray([]string{"subnet-a", "subnet-b"}),
		CertificateArn: certificate,
	}
}

// full uses every field that does not exclude another.
func full() *alb.LoadBalancerArgs {
	a := minimal()
	a.SubnetIds = pulumi.ToStringArray([]string{"subnet-a", "subnet-b", "subnet-c"})
	a.Scheme, a.IpAddressType = alb.InternetFacing, alb.DualStack
	a.Certificates = map[string]pulumi.StringInput{"shop": pulumi.String("arn:aws:acm:us-east-1:111122223333:certificate/shop")}
	a.TlsPolicy = alb.Tls13Only
	a.MutualTls = &alb.MutualTlsArgs{
		CaBundle:         &alb.CaBundleArgs{Bucket: pulumi.String("authorities"), Key: pulumi.String("ca.pem"), ObjectVersion: pulumi.String("v7")},
		AdvertiseCaNames: true,
	}
	a.ResponseHeaders = &alb.ResponseHeadersArgs{
		ContentSecurityPolicy: "default-src 'self'", FrameOptions: pulumi.StringRef("DENY"),
		Cors: &alb.CorsArgs{AllowOrigin: "https://example.com", AllowMethods: []string{"GET", "POST"}, MaxAge: pulumi.IntRef(600)},
	}
	a.TargetGroups = map[string]alb.TargetGroupArgs{
		"web": {
			Port: 80, SlowStart: 60, DeregistrationDelay: pulumi.IntRef(30),
			Stickiness:  &alb.StickinessArgs{},
			DnsFailover: &alb.ThresholdArgs{Count: 2, Percent: 50}, UnhealthyRouting: &alb.ThresholdArgs{Percent: 50},
		},
		"pods": {
			Kind: alb.IpTargets, Port: 8443, Protocol: alb.TargetHttps, ProtocolVersion: alb.Http2, AnomalyMitigation: true,
			CrossZone: pulumi.BoolRef(false), HealthCheck: &alb.HealthCheckArgs{Path: "/ready", Matcher: "200-204", Port: 9000},
			Targets: map[string]alb.TargetArgs{"office": {Id: pulumi.String("192.168.7.7"), Port: 8080, Zone: "all"}},
		},
		"grpc":  {Kind: alb.IpTargets, Port: 50051, ProtocolVersion: alb.Grpc},
		"hooks": {Kind: alb.LambdaTarget, FunctionArn: pulumi.String("arn:aws:lambda:us-east-1:111122223333:function:hooks"), MultiValueHeaders: true, FunctionQualifier: pulumi.String("live")},
	}
	a.DefaultTargetGroup = "web"
	a.Rules = rules()
	a.ClientKeepAlive, a.IdleTimeout, a.MinimumCapacityUnits = 600, 120, 200
	a.DesyncMode, a.XffMode, a.XffClientPort, a.TlsHeaders = alb.DesyncStrictest, alb.XffPreserve, true, true
	a.PreserveHostHeader, a.WafFailOpen = true, true
	a.WebAclArn = pulumi.String("arn:aws:wafv2:us-east-1:111122223333:regional/webacl/main/1")
	a.Logs = &alb.LogsArgs{Prefix: "shop", RetentionDays: 365}
	a.Records = map[string]alb.RecordArgs{"www": {ZoneId: pulumi.String("Z1"), Name: pulumi.String("www.example.com")}}
	a.Alarms = &alb.AlarmsArgs{ActionArns: pulumi.ToStringArray([]string{"arn:aws:sns:us-east-1:111122223333:alerts"}), LatencySeconds: 0.5}
	a.Tags = map[string]string{"team": "shop"}
	return a
}

func rules() map[string]alb.RuleArgs {
	return map[string]alb.RuleArgs{
		"pods": {
			Priority: 100, Hosts: []string{"api.example.com"}, Paths: []string{"/v1/*", "/v2/*"}, Methods: []string{"GET"},
			Weighted: &alb.WeightedArgs{TargetGroups: map[string]int{"pods": 90, "web": 10}, Stickiness: 300},
		},
		"grpc":  {Priority: 110, Headers: map[string][]string{"content-type": {"application/grpc*"}}, TargetGroup: "grpc"},
		"hooks": {Priority: 120, Paths: []string{"/hooks"}, Query: []alb.QueryArgs{{Key: "token", Value: "?*"}}, TargetGroup: "hooks"},
		"admin": {
			Priority: 10, Paths: []string{"/admin/*"}, SourceCidrs: []string{"10.0.0.0/8"}, TargetGroup: "web",
			Oidc: &alb.OidcArgs{
				Issuer: pulumi.String("https://login.example.com"), ClientId: pulumi.String("shop"), ClientSecret: pulumi.String("hush"),
				AuthorizationEndpoint: pulumi.String("https://login.example.com/authorize"),
				TokenEndpoint:         pulumi.String("https://login.example.com/token"),
				UserInfoEndpoint:      pulumi.String("https://login.example.com/userinfo"),
			},
		},
		"staff": {
			Priority: 11, Paths: []string{"/staff"}, FixedResponse: &alb.FixedResponseArgs{StatusCode: 200, Body: "hello"},
			Cognito: &alb.CognitoArgs{
				UserPoolArn:      pulumi.String("arn:aws:cognito-idp:us-east-1:111122223333:userpool/us-east-1_a"),
				UserPoolClientId: pulumi.String("client"), UserPoolDomain: pulumi.String("staff"),
				Session: &alb.SessionArgs{OnUnauthenticated: alb.DenyUnauthenticated, SessionTimeout: 600},
			},
		},
		"old": {Priority: 200, Hosts: []string{"old.example.com"}, Redirect: &alb.RedirectArgs{Host: "www.example.com", Permanent: true}},
	}
}

func program(name string, args *alb.LoadBalancerArgs) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		_, err := alb.NewLoadBalancer(ctx, name, args)
		return err
	}
}
