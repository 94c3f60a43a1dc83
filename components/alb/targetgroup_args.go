package alb

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/internal/base"
)

// TargetKind is what a target group sends to.
type TargetKind string

// The kinds of target.
const (
	// InstanceTargets are EC2 instances; an autoscaling group registers its own.
	InstanceTargets TargetKind = "Instance"
	// IpTargets are addresses: pods, tasks, machines reached over a private link.
	IpTargets TargetKind = "Ip"
	// LambdaTarget is one function.
	LambdaTarget TargetKind = "Lambda"
)

// TargetProtocol is what targets speak.
type TargetProtocol string

// The protocols between load balancer and targets.
const (
	TargetHttp TargetProtocol = "Http"
	// TargetHttps encrypts up to the target. Certificates of targets are not verified.
	TargetHttps TargetProtocol = "Https"
)

// ProtocolVersion is the version of HTTP that targets speak.
type ProtocolVersion string

// The protocol versions.
const (
	Http1 ProtocolVersion = "Http1"
	Http2 ProtocolVersion = "Http2"
	// Grpc needs an Https main listener.
	Grpc ProtocolVersion = "Grpc"
)

// Algorithm is how a target is chosen.
type Algorithm string

// The algorithms.
const (
	RoundRobin               Algorithm = "RoundRobin"
	LeastOutstandingRequests Algorithm = "LeastOutstandingRequests"
	WeightedRandom           Algorithm = "WeightedRandom"
)

// StickinessKind is whose cookie binds a client to a target.
type StickinessKind string

// The kinds of stickiness.
const (
	LoadBalancerCookie StickinessKind = "LoadBalancerCookie"
	ApplicationCookie  StickinessKind = "ApplicationCookie"
)

// TargetGroupArgs are a target group.
type TargetGroupArgs struct {
	// Kind is Instance, Ip or Lambda. Default: Instance.
	Kind TargetKind `pulumi:"kind,optional"`
	// Port is the targets' port, 1 to 65535. Required, but for Lambda.
	Port int `pulumi:"port,optional"`
	// Protocol is Http or Https. Default: Http.
	Protocol TargetProtocol `pulumi:"protocol,optional"`
	// ProtocolVersion is Http1, Http2 or Grpc. Default: Http1.
	ProtocolVersion ProtocolVersion `pulumi:"protocolVersion,optional"`
	// Ipv6 reaches targets of kind Ip by IPv6. Default: false.
	Ipv6 bool `pulumi:"ipv6,optional"`
	// Targets are fixed targets, by a key of the user's. Default: none; autoscaling groups
	// and controllers register theirs.
	Targets map[string]TargetArgs `pulumi:"targets,optional"`
	// FunctionArn is the function of kind Lambda, without alias or version. Required for
	// Lambda. Default: none, as other kinds have no function.
	FunctionArn pulumi.StringInput `pulumi:"functionArn,optional"`
	// FunctionQualifier is the alias or version to call. Default: the newest code.
	FunctionQualifier pulumi.StringInput `pulumi:"functionQualifier,optional"`
	// MultiValueHeaders passes repeated headers and parameters to the function as lists.
	// Default: false.
	MultiValueHeaders bool `pulumi:"multiValueHeaders,optional"`

	// HealthCheck is how targets are checked. Default: see HealthCheckArgs; none for
	// Lambda, where every check is a call that costs.
	HealthCheck *HealthCheckArgs `pulumi:"healthCheck,optional"`
	// DeregistrationDelay is for how many seconds a target that goes may finish its
	// requests, 0 to 3600. A draining lifecycle hook must last longer. Default: 60.
	DeregistrationDelay *int `pulumi:"deregistrationDelay,optional"`
	// SlowStart is over how many seconds a new target's share grows: 0, or 30 to 900.
	// Only with RoundRobin. Default: 0.
	SlowStart int `pulumi:"slowStart,optional"`
	// Algorithm is RoundRobin, LeastOutstandingRequests or WeightedRandom.
	// Default: RoundRobin, or WeightedRandom with AnomalyMitigation.
	Algorithm Algorithm `pulumi:"algorithm,optional"`
	// AnomalyMitigation sends less to targets that fail more than their peers. Only with
	// WeightedRandom. Default: false.
	AnomalyMitigation bool `pulumi:"anomalyMitigation,optional"`
	// Stickiness binds clients to targets. Default: they are not bound.
	Stickiness *StickinessArgs `pulumi:"stickiness,optional"`
	// CrossZone is whether every zone's traffic goes to targets in all zones.
	// Default: true.
	CrossZone *bool `pulumi:"crossZone,optional"`
	// DnsFailover is how few healthy targets in a zone take the zone out of DNS.
	// Default: AWS's, when none is left. Percent off.
	DnsFailover *ThresholdArgs `pulumi:"dnsFailover,optional"`
	// UnhealthyRouting is how few healthy targets in a zone make the load balancer send
	// to all of them, healthy or not. At most DnsFailover.
	// Default: AWS's, when none is left. Percent off.
	UnhealthyRouting *ThresholdArgs `pulumi:"unhealthyRouting,optional"`
}

// TargetArgs are one fixed target.
type TargetArgs struct {
	// Id is the instance's id or the address.
	Id pulumi.StringInput `pulumi:"id"`
	// Port is the target's own port. Default: the group's.
	Port int `pulumi:"port,optional"`
	// Zone is the availability zone of an address, or "all" for one outside the VPC.
	// Default: found by the address.
	Zone string `pulumi:"zone,optional"`
}

// HealthCheckArgs are how a target shows that it is well.
type HealthCheckArgs struct {
	// Path is asked for. Default: "/healthz", or "/AWS.ALB/healthcheck" for Grpc.
	Path string `pulumi:"path,optional"`
	// Port is asked on. Default: 0, the port that gets the traffic.
	Port int `pulumi:"port,optional"`
	// Protocol is Http or Https. Default: the group's.
	Protocol TargetProtocol `pulumi:"protocol,optional"`
	// Matcher are the good statuses, such as "200", "200,204" or "200-299".
	// Default: "200", or "0" for Grpc.
	Matcher string `pulumi:"matcher,optional"`
	// Interval is every how many seconds, 5 to 300. Default: 10, or 35 for Lambda.
	Interval int `pulumi:"interval,optional"`
	// Timeout is after how many seconds an answer is late, 2 to 120, less than Interval.
	// Default: 5, or 30 for Lambda.
	Timeout int `pulumi:"timeout,optional"`
	// HealthyThreshold is how many good answers make a target healthy, 2 to 10.
	// Default: 2.
	HealthyThreshold int `pulumi:"healthyThreshold,optional"`
	// UnhealthyThreshold is how many bad answers make it unhealthy, 2 to 10. Default: 3.
	UnhealthyThreshold int `pulumi:"unhealthyThreshold,optional"`
}

// StickinessArgs bind a client to a target.
type StickinessArgs struct {
	// Kind is LoadBalancerCookie or ApplicationCookie. Default: LoadBalancerCookie.
	Kind StickinessKind `pulumi:"kind,optional"`
	// CookieName is the application's cookie. Required for ApplicationCookie.
	CookieName string `pulumi:"cookieName,optional"`
	// Duration is for how many seconds, 1 to 604800. Default: 86400, a day.
	Duration int `pulumi:"duration,optional"`
}

// ThresholdArgs are a number of healthy targets in a zone. Where both are set, falling
// below either counts.
type ThresholdArgs struct {
	// Count is a number of targets. Default: 1.
	Count int `pulumi:"count,optional"`
	// Percent is a share of the targets, 1 to 100. Default: 0, not looked at.
	Percent int `pulumi:"percent,optional"`
}

func (t TargetGroupArgs) withDefaults() TargetGroupArgs {
	base.Default(&t.Kind, InstanceTargets)
	if t.Kind == LambdaTarget {
		if t.HealthCheck != nil {
			h := base.CopyOf(t.HealthCheck)
			base.Default(&h.Interval, 35)
			base.Default(&h.Timeout, 30)
			t.HealthCheck = h.withDefaults("/healthz", "200")
		}
		return t
	}
	base.Default(&t.Protocol, TargetHttp)
	base.Default(&t.ProtocolVersion, Http1)
	h := base.CopyOf(t.HealthCheck)
	base.Default(&h.Protocol, t.Protocol)
	base.Default(&h.Interval, 10)
	base.Default(&h.Timeout, 5)
	if t.ProtocolVersion == Grpc {
		t.HealthCheck = h.withDefaults("/AWS.ALB/healthcheck", "0")
	} else {
		t.HealthCheck = h.withDefaults("/healthz", "200")
	}
	if t.DeregistrationDelay == nil {
		t.DeregistrationDelay = pulumi.IntRef(60)
	}
	if t.AnomalyMitigation {
		base.Default(&t.Algorithm, WeightedRandom)
	}
	base.Default(&t.Algorithm, RoundRobin)
	if t.Stickiness != nil {
		s := base.CopyOf(t.Stickiness)
		base.Default(&s.Kind, LoadBalancerCookie)
		base.Default(&s.Duration, 86400)
		t.Stickiness = s
	}
	t.DnsFailover, t.UnhealthyRouting = t.DnsFailover.withDefaults(), t.UnhealthyRouting.withDefaults()
	return t
}

func (h *HealthCheckArgs) withDefaults(path, matcher string) *HealthCheckArgs {
	base.Default(&h.Path, path)
	base.Default(&h.Matcher, matcher)
	base.Default(&h.HealthyThreshold, 2)
	base.Default(&h.UnhealthyThreshold, 3)
	return h
}

func (t *ThresholdArgs) withDefaults() *ThresholdArgs {
	if t == nil {
		return nil
	}
	t = base.CopyOf(t)
	base.Default(&t.Count, 1)
	return t
}
