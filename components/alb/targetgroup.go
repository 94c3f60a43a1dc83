package alb

import (
	"fmt"
	"strconv"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lb"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/internal/base"
)

// The names AWS uses.
var (
	targetTypes      = map[TargetKind]string{InstanceTargets: "instance", IpTargets: "ip", LambdaTarget: "lambda"}
	targetProtocols  = map[TargetProtocol]string{TargetHttp: "HTTP", TargetHttps: "HTTPS"}
	protocolVersions = map[ProtocolVersion]string{Http1: "HTTP1", Http2: "HTTP2", Grpc: "GRPC"}
	algorithms       = map[Algorithm]string{
		RoundRobin: "round_robin", LeastOutstandingRequests: "least_outstanding_requests", WeightedRandom: "weighted_random",
	}
	stickinessTypes = map[StickinessKind]string{LoadBalancerCookie: "lb_cookie", ApplicationCookie: "app_cookie"}
)

func (l *LoadBalancer) addTargetGroups(ctx *pulumi.Context, a *LoadBalancerArgs) error {
	for _, key := range base.SortedKeys(a.TargetGroups) {
		t, name := a.TargetGroups[key], l.child("tg", key)
		args := t.resource(a.VpcId)
		args.NamePrefix, args.Tags = awsNamePrefix(name), l.tags(name, a)
		group, err := lb.NewTargetGroup(ctx, name, args, pulumi.Parent(l))
		if err != nil {
			return fmt.Errorf("create target group %s: %w", name, err)
		}
		l.TargetGroups[key] = group
		if t.Kind == LambdaTarget {
			err = l.attachFunction(ctx, key, t, group)
		} else {
			err = l.attachTargets(ctx, key, t, group)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (t TargetGroupArgs) resource(vpcId pulumi.StringInput) *lb.TargetGroupArgs {
	args := &lb.TargetGroupArgs{TargetType: pulumi.String(targetTypes[t.Kind])}
	if t.Kind == LambdaTarget {
		args.LambdaMultiValueHeadersEnabled = pulumi.Bool(t.MultiValueHeaders)
		args.HealthCheck = lb.TargetGroupHealthCheckArgs{Enabled: pulumi.Bool(false)}
		if t.HealthCheck != nil {
			args.HealthCheck = t.HealthCheck.resource()
		}
		return args
	}
	args.VpcId = base.Optional(vpcId)
	args.Port = pulumi.Int(t.Port)
	args.Protocol = pulumi.String(targetProtocols[t.Protocol])
	args.ProtocolVersion = pulumi.String(protocolVersions[t.ProtocolVersion])
	args.HealthCheck = t.HealthCheck.resource()
	args.DeregistrationDelay = pulumi.Int(*t.DeregistrationDelay)
	args.SlowStart = pulumi.Int(t.SlowStart)
	args.LoadBalancingAlgorithmType = pulumi.String(algorithms[t.Algorithm])
	if t.Kind == IpTargets {
		args.IpAddressType = pulumi.String("ipv4")
		if t.Ipv6 {
			args.IpAddressType = pulumi.String("ipv6")
		}
	}
	if t.Algorithm == WeightedRandom {
		args.LoadBalancingAnomalyMitigation = pulumi.String("off")
		if t.AnomalyMitigation {
			args.LoadBalancingAnomalyMitigation = pulumi.String("on")
		}
	}
	if t.CrossZone != nil {
		args.LoadBalancingCrossZoneEnabled = pulumi.String(strconv.FormatBool(*t.CrossZone))
	}
	if s := t.Stickiness; s != nil {
		stickiness := lb.TargetGroupStickinessArgs{Enabled: pulumi.Bool(true), Type: pulumi.String(stickinessTypes[s.Kind])}
		if s.Kind == ApplicationCookie {
			stickiness.CookieName = pulumi.String(s.CookieName)
		}
		stickiness.CookieDuration = pulumi.Int(s.Duration)
		args.Stickiness = stickiness
	}
	args.TargetGroupHealth = t.thresholds()
	return args
}

func (t TargetGroupArgs) thresholds() lb.TargetGroupTargetGroupHealthPtrInput {
	if t.DnsFailover == nil && t.UnhealthyRouting == nil {
		return nil
	}
	health := lb.TargetGroupTargetGroupHealthArgs{}
	if dns := t.DnsFailover; dns != nil {
		health.DnsFailover = lb.TargetGroupTargetGroupHealthDnsFailoverArgs{
			MinimumHealthyTargetsCount: pulumi.String(strconv.Itoa(dns.Count)), MinimumHealthyTargetsPercentage: percentage(dns.Percent),
		}
	}
	if routing := t.UnhealthyRouting; routing != nil {
		health.UnhealthyStateRouting = lb.TargetGroupTargetGroupHealthUnhealthyStateRoutingArgs{
			MinimumHealthyTargetsCount: pulumi.Int(routing.Count), MinimumHealthyTargetsPercentage: percentage(routing.Percent),
		}
	}
	return health
}

func percentage(p int) pulumi.String {
	if p == 0 {
		return "off"
	}
	return pulumi.String(strconv.Itoa(p))
}

func (h *HealthCheckArgs) resource() lb.TargetGroupHealthCheckArgs {
	check := lb.TargetGroupHealthCheckArgs{
		Enabled: pulumi.Bool(true), Path: pulumi.String(h.Path), Matcher: pulumi.String(h.Matcher),
		Interval: pulumi.Int(h.Interval), Timeout: pulumi.Int(h.Timeout),
		HealthyThreshold: pulumi.Int(h.HealthyThreshold), UnhealthyThreshold: pulumi.Int(h.UnhealthyThreshold),
	}
	if h.Protocol != "" { // a function has neither
		check.Protocol = pulumi.String(targetProtocols[h.Protocol])
		check.Port = pulumi.String("traffic-port")
		if h.Port != 0 {
			check.Port = pulumi.String(strconv.Itoa(h.Port))
		}
	}
	return check
}

func (l *LoadBalancer) attachTargets(ctx *pulumi.Context, key string, t TargetGroupArgs, group *lb.TargetGroup) error {
	for _, target := range base.SortedKeys(t.Targets) {
		args := &lb.TargetGroupAttachmentArgs{
			TargetGroupArn: group.Arn, TargetId: t.Targets[target].Id, AvailabilityZone: text(t.Targets[target].Zone),
		}
		if port := t.Targets[target].Port; port != 0 {
			args.Port = pulumi.Int(port)
		}
		// No group's key has a dot, so no two pairs of keys make one name.
		name := l.child("attachment", key+"."+target)
		if _, err := lb.NewTargetGroupAttachment(ctx, name, args, pulumi.Parent(l)); err != nil {
			return fmt.Errorf("create target group attachment %s: %w", name, err)
		}
	}
	return nil
}

// attachFunction lets this one group, and nothing else of Elastic Load Balancing, call
// the function. AWS checks that when the function is registered, hence the order.
func (l *LoadBalancer) attachFunction(ctx *pulumi.Context, key string, t TargetGroupArgs, group *lb.TargetGroup) error {
	target, props := t.FunctionArn, pulumi.Map{
		"action":    pulumi.String("lambda:InvokeFunction"),
		"function":  t.FunctionArn,
		"principal": pulumi.String("elasticloadbalancing.amazonaws.com"),
		"sourceArn": group.Arn,
	}
	if t.FunctionQualifier != nil {
		target, props["qualifier"] = pulumi.Sprintf("%s:%s", t.FunctionArn, t.FunctionQualifier), t.FunctionQualifier
	}
	var permission struct{ pulumi.CustomResourceState }
	err := base.Untyped(ctx, "aws:lambda/permission:Permission", l.child("permission", key), props, &permission, pulumi.Parent(l))
	if err != nil {
		return err
	}
	name := l.child("attachment", key)
	_, err = lb.NewTargetGroupAttachment(ctx, name, &lb.TargetGroupAttachmentArgs{TargetGroupArn: group.Arn, TargetId: target},
		pulumi.Parent(l), pulumi.DependsOn([]pulumi.Resource{&permission}))
	if err != nil {
		return fmt.Errorf("create target group attachment %s: %w", name, err)
	}
	return nil
}
