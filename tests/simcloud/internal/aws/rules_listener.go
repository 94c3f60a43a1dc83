package aws

import (
	"strings"
)

const (
	docListener = "Elastic Load Balancing User Guide: Listeners for your Application Load Balancers"
	docHTTPS    = "Elastic Load Balancing User Guide: HTTPS listeners for your Application Load Balancer"
	docLBRule   = "Elastic Load Balancing User Guide: Listener rules for your Application Load Balancer"
)

const forwarders = "lb.listener lb.listenerRule"

var listenerRules = []Rule{
	{ID: "listener-port", Code: "ValidationError", Source: docListener, Kinds: "lb.listener", On: Write, Check: func(r *Request) string {
		lb := r.ByARN("lb.loadBalancer", r.New.Str("loadBalancerArn"))
		if lb == nil || lb.Props.Str("loadBalancerType") == "gateway" {
			return ""
		}
		if p := r.New.Int("port"); p < 1 || p > 65535 {
			return say("A port between 1 and 65535 must be specified (%d)", p)
		}
		if p := r.New.Str("protocol"); application(lb.Props) && p != "" && !oneOf(p, "HTTP HTTPS") {
			return say("Listener protocol '%s' is not supported with a load balancer of type 'application'", p)
		}
		return ""
	}},
	{ID: "listener-duplicate", Code: "DuplicateListener", Source: docListener, Kinds: "lb.listener", On: Write, Check: func(r *Request) string {
		for _, other := range r.Others("lb.listener") {
			if other.Props.Str("loadBalancerArn") == r.New.Str("loadBalancerArn") && other.Props.Int("port") == r.New.Int("port") {
				return "A listener already exists on this port for this load balancer '" + r.New.Str("loadBalancerArn") + "'"
			}
		}
		return ""
	}},
	{ID: "listener-certificate", Code: "ValidationError", Source: docHTTPS, Kinds: "lb.listener", On: Write, Check: func(r *Request) string {
		secure := oneOf(r.New.Str("protocol"), "HTTPS TLS")
		if secure && !r.New.Has("certificateArn") {
			return "A certificate must be specified for HTTPS listeners"
		}
		if !secure && r.New.Has("certificateArn") {
			return "A certificate cannot be specified for HTTP listeners"
		}
		return ""
	}},
	{ID: "listener-certificate-found", Code: "CertificateNotFound", Source: docHTTPS, Kinds: "lb.listener lb.listenerCertificate", On: Write, Check: func(r *Request) string {
		if text := r.New.Str("certificateArn"); text != "" {
			return r.uncertified(text)
		}
		return ""
	}},
	{ID: "listener-ssl-policy", Code: "SSLPolicyNotFound", Source: "Elastic Load Balancing User Guide: Security policies for your Application Load Balancer", Kinds: "lb.listener", On: Write, Check: func(r *Request) string {
		p := r.New.Str("sslPolicy")
		if p != "" && !sslPolicies[p] {
			return say("SSL policy '%s' not found", p)
		}
		if p != "" && !oneOf(r.New.Str("protocol"), "HTTPS TLS") {
			return "An SSL policy cannot be specified for HTTP listeners"
		}
		return ""
	}},
	{ID: "listener-quota", Code: "TooManyListeners", Source: docLBMax, Kinds: "lb.listener", On: Create, Check: func(r *Request) string {
		if r.countWith("lb.listener", "loadBalancerArn", r.New.Str("loadBalancerArn")) >= 50 {
			return "The maximum number of listeners has been reached on the load balancer."
		}
		return ""
	}},
	{ID: "listener-mtls", Code: "InvalidConfigurationRequest", Source: "Elastic Load Balancing User Guide: Mutual authentication with TLS in Application Load Balancer", Kinds: "lb.listener", On: Write, Check: func(r *Request) string {
		m := r.New.Obj("mutualAuthentication")
		mode := m.Str("mode")
		switch {
		case mode == "" || mode == "off":
		case r.New.Str("protocol") != "HTTPS":
			return "Mutual authentication can only be used with HTTPS listeners"
		case !oneOf(mode, "verify passthrough"):
			return say("Mutual authentication mode '%s' is not valid", mode)
		case mode == "verify" && !m.Has("trustStoreArn"):
			return "Mutual authentication mode verify needs a trust store"
		case mode == "passthrough" && m.Has("trustStoreArn"):
			return "Mutual authentication mode passthrough takes no trust store"
		}
		return ""
	}},
	{ID: "action-form", Code: "ValidationError", Source: docLBRule, Kinds: forwarders, On: Write, Check: func(r *Request) string {
		actions := append(r.New.Objs("defaultActions"), r.New.Objs("actions")...)
		for i, a := range actions {
			if wrong := actionProblem(a, i == len(actions)-1, r.New.Str("protocol")); wrong != "" {
				return wrong
			}
		}
		return ""
	}},
	{ID: "target-group-one-lb", Code: "TargetGroupAssociationLimit", Source: docTG, Kinds: forwarders, On: Write, Check: func(r *Request) string {
		mine := r.balancer(r.Kind, r.New)
		for _, g := range actionGroups(r.New) {
			other := r.forwarder(g, func(f *Resource) bool {
				lb := r.balancer(f.Kind, f.Props)
				return lb != "" && lb != mine
			})
			if other != nil {
				return say("The following target groups cannot be associated with more than one load balancer: %s", g)
			}
		}
		return ""
	}},
	{ID: "target-group-lb-vpc", Code: "InvalidConfigurationRequest", Source: docTG, Kinds: forwarders, On: Write, Check: func(r *Request) string {
		lb := r.ByARN("lb.loadBalancer", r.balancer(r.Kind, r.New))
		if lb == nil {
			return ""
		}
		for _, arn := range actionGroups(r.New) {
			g := r.ByARN("lb.targetGroup", arn)
			if g == nil {
				continue
			}
			if vpc := g.Props.Str("vpcId"); vpc != "" && lb.Props.Str("vpcId") != "" && vpc != lb.Props.Str("vpcId") {
				return say("The load balancer '%s' and the target group '%s' must be in the same VPC", lb.ID, arn)
			}
			if application(lb.Props) && g.Props.Str("targetType") != "lambda" && !web(g.Props) {
				return say("The target group '%s' has the protocol %s, which an application load balancer does not support", arn, g.Props.Str("protocol"))
			}
		}
		return ""
	}},
	{ID: "target-groups-per-lb", Code: "TooManyUniqueTargetGroupsPerLoadBalancer", Source: docLBMax, Kinds: forwarders, On: Write, Check: func(r *Request) string {
		lb := r.balancer(r.Kind, r.New)
		seen := map[string]bool{}
		for _, g := range actionGroups(r.New) {
			seen[g] = true
		}
		for _, kind := range strings.Fields(forwarders) {
			for _, f := range r.Others(kind) {
				for _, g := range actionGroups(f.Props) {
					if r.balancer(kind, f.Props) == lb {
						seen[g] = true
					}
				}
			}
		}
		if len(seen) > 100 {
			return "The maximum number of unique target groups has been reached for the load balancer."
		}
		return ""
	}},
	{ID: "listener-rule-priority", Code: "PriorityInUse", Source: docLBRule, Kinds: "lb.listenerRule", On: Write, Check: func(r *Request) string {
		p := r.New.Int("priority")
		for _, other := range r.Others("lb.listenerRule") {
			if p != 0 && other.Props.Str("listenerArn") == r.New.Str("listenerArn") && other.Props.Int("priority") == p {
				return say("Priority '%d' is currently in use", p)
			}
		}
		return ""
	}},
	{ID: "listener-rule-priority-range", Code: "ValidationError", Source: docLBRule, Kinds: "lb.listenerRule", On: Write, Check: func(r *Request) string {
		if p := r.New.Int("priority"); r.New.Has("priority") && (p < 0 || p > 50000) {
			return say("Priority '%d' must be between 1 and 50000", p)
		}
		return ""
	}},
	{ID: "listener-rule-conditions", Code: "ValidationError", Source: docLBRule, Kinds: "lb.listenerRule", On: Write, Check: func(r *Request) string {
		conditions := r.New.Objs("conditions")
		if len(conditions) == 0 {
			return "A condition must be specified"
		}
		total := 0
		for _, c := range conditions {
			for key, limit := range map[string]int{"hostHeader.values": 128, "pathPattern.values": 128, "httpHeader.values": 128, "sourceIp.values": 128, "httpRequestMethod.values": 40} {
				for _, v := range c.Strs(key) {
					total++
					if len(v) > limit {
						return say("Condition value '%s' cannot be longer than %d characters", v, limit)
					}
				}
			}
			total += len(c.Objs("queryStrings"))
		}
		if total > 5 {
			return say("A rule can only have '5' condition values (%d)", total)
		}
		return ""
	}},
	{ID: "listener-rule-quota", Code: "TooManyRules", Source: docLBMax, Kinds: "lb.listenerRule", On: Create, Check: func(r *Request) string {
		lb, n := r.balancer(r.Kind, r.New), 0
		for _, other := range r.All("lb.listenerRule") {
			if r.balancer(other.Kind, other.Props) == lb {
				n++
			}
		}
		if n >= 100 {
			return "The maximum number of rules has been reached on the load balancer."
		}
		return ""
	}},
	{ID: "certificates-per-lb", Code: "TooManyCertificates", Source: docLBMax, Kinds: "lb.listenerCertificate", On: Create, Check: func(r *Request) string {
		if r.countWith("lb.listenerCertificate", "listenerArn", r.New.Str("listenerArn")) >= 25 {
			return "The maximum number of certificates has been reached on the load balancer."
		}
		return ""
	}},
}

var sslPolicies = func() map[string]bool {
	out := map[string]bool{}
	for _, p := range strings.Fields(`ELBSecurityPolicy-2016-08 ELBSecurityPolicy-TLS-1-0-2015-04 ELBSecurityPolicy-TLS-1-1-2017-01 ELBSecurityPolicy-TLS-1-2-2017-01
		ELBSecurityPolicy-TLS-1-2-Ext-2018-06 ELBSecurityPolicy-FS-2018-06 ELBSecurityPolicy-FS-1-1-2019-08 ELBSecurityPolicy-FS-1-2-2019-08
		ELBSecurityPolicy-FS-1-2-Res-2019-08 ELBSecurityPolicy-FS-1-2-Res-2020-10 ELBSecurityPolicy-TLS13-1-0-2021-06 ELBSecurityPolicy-TLS13-1-1-2021-06
		ELBSecurityPolicy-TLS13-1-2-2021-06 ELBSecurityPolicy-TLS13-1-2-Res-2021-06 ELBSecurityPolicy-TLS13-1-2-Ext1-2021-06
		ELBSecurityPolicy-TLS13-1-2-Ext2-2021-06 ELBSecurityPolicy-TLS13-1-3-2021-06 ELBSecurityPolicy-TLS13-1-0-FIPS-2023-04
		ELBSecurityPolicy-TLS13-1-1-FIPS-2023-04 ELBSecurityPolicy-TLS13-1-2-FIPS-2023-04 ELBSecurityPolicy-TLS13-1-2-Res-FIPS-2023-04
		ELBSecurityPolicy-TLS13-1-2-Ext0-FIPS-2023-04 ELBSecurityPolicy-TLS13-1-2-Ext1-FIPS-2023-04 ELBSecurityPolicy-TLS13-1-2-Ext2-FIPS-2023-04
		ELBSecurityPolicy-TLS13-1-3-FIPS-2023-04 ELBSecurityPolicy-TLS13-1-3-PQ-2025-09 ELBSecurityPolicy-TLS13-1-2-PQ-2025-09
		ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09 ELBSecurityPolicy-TLS13-1-2-Ext1-PQ-2025-09 ELBSecurityPolicy-TLS13-1-2-Ext2-PQ-2025-09`) {
		out[p] = true
	}
	return out
}()

func actionProblem(a Obj, last bool, protocol string) string {
	kind := a.Str("type")
	switch kind {
	case "forward":
		if !a.Has("targetGroupArn") && !a.Has("forward") {
			return "A target group ARN must be specified for a forward action"
		}
		for _, g := range a.Objs("forward.targetGroups") {
			if w := g.Int("weight"); w < 0 || w > 999 {
				return say("The weight of a target group must be between 0 and 999 (%d)", w)
			}
		}
		if s := a.Obj("forward.stickiness"); s.Bool("enabled") && (s.Int("duration") < 1 || s.Int("duration") > 604800) {
			return say("The target group stickiness duration must be between 1 and 604800 seconds (%d)", s.Int("duration"))
		}
	case "redirect":
		if !oneOf(a.Str("redirect.statusCode"), "HTTP_301 HTTP_302") {
			return say("Redirect status code '%s' must be HTTP_301 or HTTP_302", a.Str("redirect.statusCode"))
		}
	case "fixed-response":
		if body := a.Str("fixedResponse.messageBody"); len(body) > 1024 {
			return "The message body of a fixed response can have at most 1024 characters"
		}
		if t := a.Str("fixedResponse.contentType"); !oneOf(t, "text/plain text/css text/html application/javascript application/json") {
			return say("Content type '%s' is not valid for a fixed response", t)
		}
	case "authenticate-oidc", "authenticate-cognito":
		if last {
			return "The last action must be forward, redirect or fixed-response"
		}
		if protocol != "" && protocol != "HTTPS" {
			return "Authenticate actions are only supported on HTTPS listeners"
		}
	default:
		return say("Action type '%s' is not valid", kind)
	}
	if !last && !strings.HasPrefix(kind, "authenticate") {
		return "Only the last action may be forward, redirect or fixed-response"
	}
	return ""
}

// countWith counts the resources of a kind whose property has the value.
func (r *Request) countWith(kind, property, value string) int {
	return len(r.With(kind, property, value))
}

// validated says whether a certificate's validation has been waited for.
func (r *Request) validated(certificate string) bool {
	return r.By("acm.certificateValidation", "certificateArn", certificate) != nil
}
