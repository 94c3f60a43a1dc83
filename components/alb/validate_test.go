package alb_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/components/alb"
	"github.com/plinth-iac/plinth/tests/harness"
)

func TestEveryMistakeIsReportedAtOnceAndNothingIsRegistered(t *testing.T) {
	args := &alb.LoadBalancerArgs{
		AccountId:            "1111",
		SubnetIds:            pulumi.ToStringArray([]string{"subnet-a"}),
		Scheme:               "Public",
		IpAddressType:        "Ipv6",
		TlsPolicy:            "ELBSecurityPolicy-2016-08",
		Port:                 80,
		Certificates:         map[string]pulumi.StringInput{"shop": nil},
		MutualTls:            &alb.MutualTlsArgs{},
		ResponseHeaders:      &alb.ResponseHeadersArgs{FrameOptions: pulumi.StringRef("ALLOW"), Cors: &alb.CorsArgs{MaxAge: pulumi.IntRef(-1)}},
		DesyncMode:           "Off",
		XffMode:              "Drop",
		IdleTimeout:          5000,
		ClientKeepAlive:      10,
		MinimumCapacityUnits: 5,
		WafFailOpen:          true,
		DefaultTargetGroup:   "wbe",
		TargetGroups: map[string]alb.TargetGroupArgs{
			"web": {
				Protocol: "Tcp", SlowStart: 10, Algorithm: alb.LeastOutstandingRequests, AnomalyMitigation: true,
				DeregistrationDelay: pulumi.IntRef(4000), CrossZone: pulumi.BoolRef(false),
				Stickiness:       &alb.StickinessArgs{Kind: alb.ApplicationCookie},
				HealthCheck:      &alb.HealthCheckArgs{Path: "healthz", Interval: 10, Timeout: 10, Matcher: "2xx", HealthyThreshold: 1},
				DnsFailover:      &alb.ThresholdArgs{Count: 1},
				UnhealthyRouting: &alb.ThresholdArgs{Count: 2, Percent: 50},
			},
			"fn":     {Kind: alb.LambdaTarget, Port: 80},
			"a_b":    {Kind: "Alb"},
			"cookie": {Port: 80, Ipv6: true, Stickiness: &alb.StickinessArgs{CookieName: "AWSALBX"}},
		},
		Rules: map[string]alb.RuleArgs{
			"a": {Priority: 1, Paths: []string{"v1"}, TargetGroup: "web", Redirect: &alb.RedirectArgs{}},
			"b": {Priority: 1, Hosts: []string{"a", "b", "c"}, Methods: []string{"get", "PUT", "POST"}},
			"c": {Priority: 50001, FixedResponse: &alb.FixedResponseArgs{StatusCode: 301}},
			"d": {
				Priority: 2, Headers: map[string][]string{"Host": {"x"}}, SourceCidrs: []string{"10.0.0.1/8"},
				Weighted: &alb.WeightedArgs{TargetGroups: map[string]int{"fn": 0, "gone": 0}, Stickiness: -1},
			},
			"e": {Priority: 3, Hosts: []string{"*?*?*?*"}, TargetGroup: "fn", Oidc: &alb.OidcArgs{}, Cognito: &alb.CognitoArgs{}},
		},
		Logs:    &alb.LogsArgs{Prefix: "/logs", RetentionDays: -1},
		Records: map[string]alb.RecordArgs{"www": {}},
		Alarms:  &alb.AlarmsArgs{ServerErrorPercent: 101, LatencySeconds: -1},
	}
	g, err := harness.Try(harness.Preview, program("my_lb", args))
	require.Error(t, err)
	require.Empty(t, g.Resources)
	harness.Golden(t, "errors.golden", err.Error()+"\n")
}

func TestConflictingChoicesAreRefused(t *testing.T) {
	tests := map[string]struct {
		change func(a *alb.LoadBalancerArgs)
		want   string
	}{
		"TLS settings without TLS": {func(a *alb.LoadBalancerArgs) { a.Protocol = alb.PlaintextHttp }, "certificateArn: conflicts with protocol"},
		"no certificate":           {func(a *alb.LoadBalancerArgs) { a.CertificateArn = nil }, "certificateArn: is required"},
		"log-in over plaintext": {func(a *alb.LoadBalancerArgs) {
			a.Protocol, a.CertificateArn = alb.PlaintextHttp, nil
			a.Rules = map[string]alb.RuleArgs{"staff": rules()["staff"]}
		}, "rules.staff: log-in works over HTTPS only"},
		"gRPC over plaintext": {func(a *alb.LoadBalancerArgs) {
			a.Protocol, a.CertificateArn, a.DefaultTargetGroup = alb.PlaintextHttp, nil, "grpc"
			a.TargetGroups = map[string]alb.TargetGroupArgs{"grpc": {Port: 1, ProtocolVersion: alb.Grpc}}
		}, "targetGroups.grpc.protocolVersion: conflicts with protocol"},
		"a group nothing reaches": {func(a *alb.LoadBalancerArgs) {
			a.TargetGroups = map[string]alb.TargetGroupArgs{"web": {Port: 80}}
		}, "targetGroups.web: no rule sends to it"},
		"two trust stores": {func(a *alb.LoadBalancerArgs) {
			a.MutualTls = &alb.MutualTlsArgs{TrustStoreArn: pulumi.String("arn"), CaBundle: &alb.CaBundleArgs{}}
		}, "mutualTls.caBundle: conflicts with mutualTls.trustStoreArn"},
		"passthrough with a trust store": {func(a *alb.LoadBalancerArgs) {
			a.MutualTls = &alb.MutualTlsArgs{Mode: alb.MutualTlsPassthrough, TrustStoreArn: pulumi.String("arn")}
		}, "mutualTls: only mode Verify"},
		"no public IPv4 on an internal one": {func(a *alb.LoadBalancerArgs) {
			a.IpAddressType = alb.DualStackWithoutPublicIpv4
		}, "ipAddressType: conflicts with scheme"},
		"a bucket for no logs": {func(a *alb.LoadBalancerArgs) {
			a.Logs = &alb.LogsArgs{Bucket: pulumi.String("b"), Access: pulumi.BoolRef(false), Connection: pulumi.BoolRef(false)}
		}, "logs.bucket: nothing is logged into it"},
		"retention of a foreign bucket": {func(a *alb.LoadBalancerArgs) {
			a.Logs = &alb.LogsArgs{Bucket: pulumi.String("b"), RetentionDays: 5}
		}, "logs.retentionDays: is for a bucket"},
		"a name AWS keeps for itself": {func(*alb.LoadBalancerArgs) {}, `name: "internal"`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			args, lbName := minimal(), "web"
			if name == "a name AWS keeps for itself" {
				lbName = "internal"
			}
			test.change(args)
			g, err := harness.Try(harness.Preview, program(lbName, args))
			require.ErrorContains(t, err, test.want)
			require.Empty(t, g.Resources)
		})
	}
}

func TestNilArgsAreRefusedNotPanickedOn(t *testing.T) {
	_, err := harness.Try(harness.Preview, program("web", nil))
	require.ErrorContains(t, err, "vpcId: is required")
}

func TestTlsPolicyFloor(t *testing.T) {
	for policy, accepted := range map[alb.TlsPolicy]bool{
		alb.TlsRestrictedPostQuantum: true, alb.TlsRestricted: true, alb.TlsCompatible: true, alb.Tls13Only: true, alb.TlsFips: true,
		"ELBSecurityPolicy-FS-1-2-Res-2020-10": true,
		"ELBSecurityPolicy-2016-08":            false, "ELBSecurityPolicy-TLS-1-1-2017-01": false, "ELBSecurityPolicy-FS-2018-06": false,
		// TLS13 is the newest version they allow; the oldest is 1.0 and 1.1.
		"ELBSecurityPolicy-TLS13-1-0-2021-06": false, "ELBSecurityPolicy-TLS13-1-1-2021-06": false,
		"ELBSecurityPolicy-TLS13-1-0-PQ-2025-09": false, "none": false,
	} {
		t.Run(string(policy), func(t *testing.T) {
			args := minimal()
			args.TlsPolicy = policy
			_, err := harness.Try(harness.Preview, program("web", args))
			if accepted {
				require.NoError(t, err)
			} else {
				require.ErrorContains(t, err, "tlsPolicy: ")
			}
		})
	}
}
