package alb

import (
	"strings"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/internal/base"
	"github.com/plinth-iac/plinth/components/internal/statuses"
)

func (t TargetGroupArgs) validate(errs *fielderr.List, key string) {
	if !namePattern.MatchString(key) {
		errs.Add("", "the key must be letters, digits and single hyphens: it becomes part of the group's name")
	}
	switch t.Kind {
	case LambdaTarget:
		t.validateLambda(errs)
		return
	case InstanceTargets, IpTargets:
	default:
		fielderr.OneOf(errs, "kind", t.Kind, InstanceTargets, IpTargets, LambdaTarget)
		return
	}
	if t.Port == 0 {
		errs.Required("port")
	} else {
		within(errs, "port", t.Port, 1, 65535)
	}
	fielderr.OneOf(errs, "protocol", t.Protocol, TargetHttp, TargetHttps)
	fielderr.OneOf(errs, "protocolVersion", t.ProtocolVersion, Http1, Http2, Grpc)
	if t.Ipv6 && t.Kind != IpTargets {
		errs.Conflict("ipv6", "kind", "only targets of kind Ip are reached by IPv6")
	}
	if t.FunctionArn != nil || t.FunctionQualifier != nil || t.MultiValueHeaders {
		errs.Add("", "functionArn, functionQualifier and multiValueHeaders are for kind Lambda")
	}
	for _, target := range base.SortedKeys(t.Targets) {
		t.Targets[target].validate(errs.At("targets", fielderr.Key(target)), t.Kind)
	}
	t.HealthCheck.validate(errs.At("healthCheck"), t)
	within(errs, "deregistrationDelay", *t.DeregistrationDelay, 0, 3600)
	fielderr.OneOf(errs, "algorithm", t.Algorithm, RoundRobin, LeastOutstandingRequests, WeightedRandom)
	if t.SlowStart != 0 {
		within(errs, "slowStart", t.SlowStart, 30, 900)
		if t.Algorithm != RoundRobin {
			errs.Conflict("slowStart", "algorithm", "only RoundRobin starts targets slowly")
		}
	}
	if t.AnomalyMitigation && t.Algorithm != WeightedRandom {
		errs.Conflict("anomalyMitigation", "algorithm", "only WeightedRandom can send less to a target")
	}
	if t.Stickiness != nil {
		t.Stickiness.validate(errs.At("stickiness"))
		if t.CrossZone != nil && !*t.CrossZone {
			errs.Conflict("stickiness", "crossZone", "a client can come in by another zone")
		}
	}
	t.validateThresholds(errs)
}

// Elastic Load Balancing knows none of these for a function.
func (t TargetGroupArgs) validateLambda(errs *fielderr.List) {
	if t.FunctionArn == nil {
		errs.Required("functionArn")
	}
	for path, set := range map[string]bool{
		"port": t.Port != 0, "protocol": t.Protocol != "", "protocolVersion": t.ProtocolVersion != "", "ipv6": t.Ipv6,
		"targets": len(t.Targets) > 0, "deregistrationDelay": t.DeregistrationDelay != nil, "slowStart": t.SlowStart != 0,
		"algorithm": t.Algorithm != "", "anomalyMitigation": t.AnomalyMitigation, "stickiness": t.Stickiness != nil,
		"crossZone": t.CrossZone != nil, "dnsFailover": t.DnsFailover != nil, "unhealthyRouting": t.UnhealthyRouting != nil,
	} {
		if set {
			errs.Conflict(path, "kind", "a function has no such setting")
		}
	}
	if t.HealthCheck != nil {
		t.HealthCheck.validate(errs.At("healthCheck"), t)
		if t.HealthCheck.Port != 0 || t.HealthCheck.Protocol != "" {
			errs.At("healthCheck").Add("", "a function is called, not reached by port or protocol")
		}
	}
}

func (t TargetArgs) validate(errs *fielderr.List, kind TargetKind) {
	if t.Id == nil {
		errs.Required("id")
	}
	within(errs, "port", t.Port, 0, 65535)
	if t.Zone != "" && kind != IpTargets {
		errs.Add("zone", "only an address needs its zone named")
	}
}

func (h *HealthCheckArgs) validate(errs *fielderr.List, t TargetGroupArgs) {
	if !strings.HasPrefix(h.Path, "/") || len(h.Path) > 1024 {
		errs.Invalid("path", h.Path, "must begin with / and have at most 1024 characters")
	}
	within(errs, "port", h.Port, 0, 65535)
	if h.Protocol != t.Protocol { // the group's own is checked there
		fielderr.OneOf(errs, "protocol", h.Protocol, TargetHttp, TargetHttps)
	}
	low, high := 200, 499
	if t.ProtocolVersion == Grpc {
		low, high = 0, 99
	}
	if !statuses.Within(h.Matcher, low, high) {
		errs.Invalid("matcher", h.Matcher, `must be statuses from %d to %d, such as "%d" or "%d-%d"`, low, high, low, low, high)
	}
	within(errs, "interval", h.Interval, 5, 300)
	within(errs, "timeout", h.Timeout, 2, 120)
	if h.Timeout >= h.Interval {
		errs.Invalid("timeout", h.Timeout, "must be less than interval (%d)", h.Interval)
	}
	within(errs, "healthyThreshold", h.HealthyThreshold, 2, 10)
	within(errs, "unhealthyThreshold", h.UnhealthyThreshold, 2, 10)
}

func (s *StickinessArgs) validate(errs *fielderr.List) {
	fielderr.OneOf(errs, "kind", s.Kind, LoadBalancerCookie, ApplicationCookie)
	within(errs, "duration", s.Duration, 1, 604800)
	switch {
	case s.Kind == ApplicationCookie && s.CookieName == "":
		errs.Required("cookieName")
	case s.Kind == LoadBalancerCookie && s.CookieName != "":
		errs.Conflict("cookieName", "kind", "the load balancer's cookie has a fixed name")
	case strings.HasPrefix(strings.ToUpper(s.CookieName), "AWSALB"):
		errs.Invalid("cookieName", s.CookieName, "names beginning with AWSALB are the load balancer's own")
	}
}

// A zone must leave DNS before, or when, its unhealthy targets start getting requests.
func (t TargetGroupArgs) validateThresholds(errs *fielderr.List) {
	dns, routing := base.CopyOf(t.DnsFailover), base.CopyOf(t.UnhealthyRouting)
	for path, threshold := range map[string]*ThresholdArgs{"dnsFailover": dns, "unhealthyRouting": routing} {
		base.Default(&threshold.Count, 1)
		within(errs, path+".percent", threshold.Percent, 0, 100)
		if threshold.Count < 1 {
			errs.Invalid(path+".count", threshold.Count, "must be at least 1")
		}
	}
	if dns.Count < routing.Count {
		errs.Invalid("dnsFailover.count", dns.Count, "must be at least unhealthyRouting.count (%d)", routing.Count)
	}
	if dns.Percent < routing.Percent {
		errs.Invalid("dnsFailover.percent", dns.Percent, "must be at least unhealthyRouting.percent (%d)", routing.Percent)
	}
}
