package aws

import (
	"regexp"
	"strings"
)

const (
	docTG     = "Elastic Load Balancing User Guide: Target groups for your Application Load Balancers"
	docTGAPI  = "Elastic Load Balancing API Reference: CreateTargetGroup"
	docHealth = "Elastic Load Balancing User Guide: Health checks for Application Load Balancer target groups"
)

var matcherForm = regexp.MustCompile(`^[2-4]\d\d(-[2-4]\d\d)?(,[2-4]\d\d(-[2-4]\d\d)?)*$`)

var targetGroupRules = []Rule{
	{ID: "target-group-name", Code: "ValidationError", Source: docTGAPI, Kinds: "lb.targetGroup", On: Create, Check: func(r *Request) string {
		name := r.New.Str("name")
		if len(name) > 32 {
			return say("Target group name '%s' cannot be longer than '32' characters", name)
		}
		if !lbName.MatchString(name) {
			return say("Target group name '%s' can only contain characters that are alphanumeric characters or hyphens(-), and must not begin or end with a hyphen", name)
		}
		return ""
	}},
	{ID: "target-group-name-taken", Code: "DuplicateTargetGroupName", Source: docTGAPI, Kinds: "lb.targetGroup", On: Create, Check: func(r *Request) string {
		if r.By("lb.targetGroup", "name", r.New.Str("name")) != nil {
			return say("A target group with the same name '%s' exists, but with different settings", r.New.Str("name"))
		}
		return ""
	}},
	{ID: "target-group-vpc", Code: "ValidationError", Source: docTGAPI, Kinds: "lb.targetGroup", On: Create, Check: func(r *Request) string {
		lambda := r.New.Str("targetType") == "lambda"
		for _, key := range []string{"vpcId", "port", "protocol"} {
			if !lambda && !r.New.Has(key) {
				return say("A %s must be specified", key)
			}
			if lambda && key != "protocol" && r.New.Has(key) {
				return say("%s cannot be specified for a target group with target type lambda", key)
			}
		}
		return ""
	}},
	{ID: "target-group-type", Code: "ValidationError", Source: docTGAPI, Kinds: "lb.targetGroup", On: Create, Check: func(r *Request) string {
		if t := r.New.Str("targetType"); t != "" && !oneOf(t, "instance ip lambda alb") {
			return say("Target type '%s' is not valid", t)
		}
		if p := r.New.Str("protocol"); p != "" && !oneOf(p, "HTTP HTTPS TCP TLS UDP TCP_UDP GENEVE") {
			return say("Protocol '%s' is not valid", p)
		}
		if p := r.New.Int("port"); r.New.Has("port") && (p < 1 || p > 65535) {
			return say("Port %d is out of range 1-65535", p)
		}
		return ""
	}},
	{ID: "health-check-interval", Code: "ValidationError", Source: docHealth, Kinds: "lb.targetGroup", On: Write, Check: func(r *Request) string {
		h := r.New.Obj("healthCheck")
		interval, timeout := h.Int("interval"), h.Int("timeout")
		switch {
		case interval != 0 && (interval < 5 || interval > 300):
			return say("Health check interval must be between 5 and 300 seconds (%d)", interval)
		case timeout != 0 && (timeout < 2 || timeout > 120):
			return say("Health check timeout must be between 2 and 120 seconds (%d)", timeout)
		case timeout != 0 && interval != 0 && timeout >= interval && r.New.Str("targetType") != "lambda" && web(r.New):
			return say("Health check timeout '%d' must be smaller than the interval '%d'", timeout, interval)
		}
		return ""
	}},
	{ID: "health-check-thresholds", Code: "ValidationError", Source: docHealth, Kinds: "lb.targetGroup", On: Write, Check: func(r *Request) string {
		for _, key := range []string{"healthyThreshold", "unhealthyThreshold"} {
			if n := r.New.Int("healthCheck." + key); r.New.Get("healthCheck."+key) != nil && (n < 2 || n > 10) {
				return say("Health check %s must be between 2 and 10 (%d)", key, n)
			}
		}
		return ""
	}},
	{ID: "health-check-path", Code: "ValidationError", Source: docHealth, Kinds: "lb.targetGroup", On: Write, Check: func(r *Request) string {
		path, protocol := r.New.Str("healthCheck.path"), r.New.Str("healthCheck.protocol")
		if path != "" && (!strings.HasPrefix(path, "/") && r.New.Str("protocolVersion") != "GRPC" || len(path) > 1024) {
			return say("Health check path '%s' must start with a '/' and have at most 1024 characters", path)
		}
		if protocol == "TCP" && web(r.New) {
			return say("Health check protocol 'TCP' is not supported for target groups with protocol %s", r.New.Str("protocol"))
		}
		return ""
	}},
	{ID: "health-check-matcher", Code: "ValidationError", Source: docHealth, Kinds: "lb.targetGroup", On: Write, Check: func(r *Request) string {
		m := r.New.Str("healthCheck.matcher")
		if m != "" && web(r.New) && r.New.Str("protocolVersion") != "GRPC" && !matcherForm.MatchString(m) {
			return say("Health check matcher HTTP code '%s' must be within '200-499' inclusive", m)
		}
		return ""
	}},
	{ID: "slow-start", Code: "ValidationError", Source: docTG, Kinds: "lb.targetGroup", On: Write, Check: func(r *Request) string {
		s := r.New.Int("slowStart")
		if s != 0 && (s < 30 || s > 900) {
			return say("Slow start duration must be 0 or between 30 and 900 seconds (%d)", s)
		}
		if s != 0 && r.New.Str("loadBalancingAlgorithmType") != "" && r.New.Str("loadBalancingAlgorithmType") != "round_robin" {
			return "Slow start is only supported with the round_robin algorithm"
		}
		return ""
	}},
	{ID: "anomaly-mitigation", Code: "InvalidConfigurationRequest", Source: docTG, Kinds: "lb.targetGroup", On: Write, Check: func(r *Request) string {
		if r.New.Str("loadBalancingAnomalyMitigation") == "on" && r.New.Str("loadBalancingAlgorithmType") != "weighted_random" {
			return "load_balancing.algorithm.anomaly_mitigation 'on' needs the algorithm 'weighted_random'"
		}
		return ""
	}},
	{ID: "deregistration-delay", Code: "ValidationError", Source: docTG, Kinds: "lb.targetGroup", On: Write, Check: func(r *Request) string {
		if d := r.New.Int("deregistrationDelay"); d < 0 || d > 3600 {
			return say("Deregistration delay must be between 0 and 3600 seconds (%d)", d)
		}
		return ""
	}},
	{ID: "stickiness", Code: "InvalidConfigurationRequest", Source: docTG, Kinds: "lb.targetGroup", On: Write, Check: func(r *Request) string {
		s := r.New.Obj("stickiness")
		if s == nil || !s.Bool("enabled") {
			return ""
		}
		if web(r.New) && !oneOf(s.Str("type"), "lb_cookie app_cookie") {
			return say("Stickiness type '%s' is not supported for target groups with the %s protocol", s.Str("type"), r.New.Str("protocol"))
		}
		if s.Str("type") == "app_cookie" && (!s.Has("cookieName") || strings.HasPrefix(s.Str("cookieName"), "AWSALB")) {
			return "app_cookie stickiness needs a cookie name that does not start with AWSALB"
		}
		if d := s.Int("cookieDuration"); d != 0 && (d < 1 || d > 604800) {
			return say("The cookie duration must be between 1 second and 1 week (%d)", d)
		}
		return ""
	}},
	{ID: "target-group-in-use", Code: "ResourceInUse", Source: "Elastic Load Balancing API Reference: DeleteTargetGroup", Kinds: "lb.targetGroup", On: Delete, Waits: true, Check: func(r *Request) string {
		if user := r.forwarder(r.Old.Str("arn"), nil); user != nil {
			return say("Target group '%s' is currently in use by a listener or a rule (%s)", r.ID, user.ID)
		}
		return ""
	}},
	{ID: "target-group-quota", Code: "TooManyTargetGroups", Source: docLBMax, Kinds: "lb.targetGroup", On: Create, Check: func(r *Request) string {
		if len(r.All("lb.targetGroup")) >= 3000 {
			return "The maximum number of target groups has been reached."
		}
		return ""
	}},
	{ID: "attachment-type", Code: "InvalidTarget", Source: docTG, Kinds: "lb.targetGroupAttachment", On: Create, Check: func(r *Request) string {
		g := r.ByARN("lb.targetGroup", r.New.Str("targetGroupArn"))
		if g == nil {
			return ""
		}
		id := r.New.Str("targetId")
		switch g.Props.Str("targetType") {
		case "instance":
			if r.Find("ec2.instance", id) == nil {
				return say("The following targets are not valid instances in the target group's VPC: '%s'", id)
			}
		case "lambda":
			if a, ok := parseARN(id); !ok || a.service != "lambda" {
				return say("'%s' is not a Lambda function ARN", id)
			}
		case "ip":
			if strings.HasPrefix(id, "i-") || strings.HasPrefix(id, "arn:") {
				return say("The IP address '%s' is not a valid IPv4 or IPv6 address", id)
			}
		}
		return ""
	}},
}

func web(group Obj) bool { return oneOf(group.Str("protocol"), "HTTP HTTPS") }

// actionGroups are the target groups that a listener's or a rule's actions forward to.
func actionGroups(props Obj) []string {
	var out []string
	for _, a := range append(props.Objs("defaultActions"), props.Objs("actions")...) {
		if a.Has("targetGroupArn") {
			out = append(out, a.Str("targetGroupArn"))
		}
		for _, g := range a.Objs("forward.targetGroups") {
			out = append(out, g.Str("arn"))
		}
	}
	return out
}

// balancer finds the load balancer of a listener or a rule.
func (r *Request) balancer(kind string, props Obj) string {
	if kind == "lb.listener" {
		return props.Str("loadBalancerArn")
	}
	if l := r.ByARN("lb.listener", props.Str("listenerArn")); l != nil {
		return l.Props.Str("loadBalancerArn")
	}
	return ""
}

// forwarder finds a listener or rule that forwards to a target group, of those that accept says yes to.
func (r *Request) forwarder(group string, accept func(*Resource) bool) *Resource {
	for _, kind := range []string{"lb.listener", "lb.listenerRule"} {
		for _, res := range r.All(kind) {
			for _, g := range actionGroups(res.Props) {
				if g == group && (accept == nil || accept(res)) {
					return res
				}
			}
		}
	}
	return nil
}
