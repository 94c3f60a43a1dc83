package workload

import (
	"regexp"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/internal/base"
	"github.com/plinth-iac/plinth/components/internal/datastore"
	"github.com/plinth-iac/plinth/components/internal/statuses"
)

// validateRoutes checks what a service's routes and canary say, after defaults.
func validateRoutes(errs *fielderr.List, a *ServiceArgs) {
	if c := a.Canary; c != nil {
		c.validate(errs.At("canary"), a)
	}
	if r := a.Routes; r != nil {
		r.validate(errs.At("routes"), a)
	}
}

const longestSticky = 604800

func (r *RoutesArgs) validate(errs *fielderr.List, a *ServiceArgs) {
	if r.IngressClassName == nil {
		errs.Required("ingressClassName")
	}
	checkCidrs(errs, "loadBalancerCidrs", r.LoadBalancerCidrs)
	if len(r.Rules) == 0 {
		errs.Required("rules")
	}
	r.validateRules(errs)
	datastore.Between(errs, "order", r.Order, 0, 1000)
	fielderr.OneOf(errs, "protocolVersion", r.ProtocolVersion, Http1, Http2, Grpc)
	if r.ProtocolVersion == Grpc && r.PlainHttp {
		errs.Conflict("protocolVersion", "plainHttp", "the load balancer takes gRPC by HTTPS only")
	}
	r.HealthCheck.validate(errs.At("healthCheck"), r.ProtocolVersion, a.Health.Protocol)
	if most := a.DrainSeconds + a.ShutdownSeconds - 1; *r.DeregistrationDelay < 0 || *r.DeregistrationDelay > most {
		errs.Invalid("deregistrationDelay", *r.DeregistrationDelay, "must be 0 to %d: the pod is gone after drainSeconds and shutdownSeconds", most)
	}
	fielderr.OneOf(errs, "algorithm", r.Algorithm, RoundRobin, LeastOutstandingRequests, WeightedRandom)
	if r.SlowStart != 0 {
		datastore.Between(errs, "slowStart", r.SlowStart, 30, 900)
		if r.Algorithm != RoundRobin {
			errs.Conflict("slowStart", "algorithm", "only RoundRobin starts pods slowly")
		}
	}
	if *r.AnomalyMitigation && r.Algorithm != WeightedRandom {
		errs.Conflict("anomalyMitigation", "algorithm", "only WeightedRandom can send less to a pod")
	}
	datastore.Between(errs, "stickySeconds", r.StickySeconds, 0, longestSticky)
	if r.StickySeconds > 0 && r.Algorithm == WeightedRandom {
		errs.Conflict("stickySeconds", "algorithm", "WeightedRandom binds no client to a pod")
	}
}

// A wildcard stands for one label, and is the first.
var hostForm = regexp.MustCompile(`^(\*\.)?[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$`)

var pathForm = regexp.MustCompile(`^/[A-Za-z0-9_.$/~"'@:+&-]*$`)

func (r *RoutesArgs) validateRules(errs *fielderr.List) {
	seen := map[RuleArgs]string{}
	for _, key := range base.SortedKeys(r.Rules) {
		rule, at := r.Rules[key], errs.At("rules", fielderr.Key(key))
		if rule.Host != "" && (!hostForm.MatchString(rule.Host) || len(rule.Host) > 128) {
			at.Invalid("host", rule.Host, `must be a name such as "shop.example.com" or "*.example.com", in lower case`)
		}
		if !pathForm.MatchString(rule.Path) || len(rule.Path) > 126 || strings.Contains(rule.Path, "//") {
			at.Invalid("path", rule.Path, "must begin with / and have neither wildcards nor empty elements")
		}
		fielderr.OneOf(at, "pathType", rule.PathType, PathPrefix, PathExact)
		if first, taken := seen[rule]; taken {
			at.Add("", "is the same as rules.%s", first)
		} else {
			seen[rule] = key
		}
	}
}

func (h *HealthCheckArgs) validate(errs *fielderr.List, version ProtocolVersion, asked Protocol) {
	low, high := 200, 499
	if version == Grpc {
		low, high = 0, 99
	}
	switch {
	case h.Path == "":
		errs.Add("path", "is required: health asks in %s, and the load balancer in %s", asked, version)
	case !pathForm.MatchString(h.Path) || len(h.Path) > 1024:
		errs.Invalid("path", h.Path, "must begin with / and have at most 1024 characters")
	}
	checkPort(errs, h.Port)
	if !statuses.Within(h.Matcher, low, high) {
		errs.Invalid("matcher", h.Matcher, `must be statuses from %d to %d, such as "%d" or "%d-%d"`, low, high, low, low, high)
	}
	datastore.Between(errs, "interval", h.Interval, 5, 300)
	datastore.Between(errs, "timeout", h.Timeout, 2, 120)
	if h.Timeout >= h.Interval {
		errs.Invalid("timeout", h.Timeout, "must be less than interval (%d)", h.Interval)
	}
	datastore.Between(errs, "healthyThreshold", h.HealthyThreshold, 2, 10)
	datastore.Between(errs, "unhealthyThreshold", h.UnhealthyThreshold, 2, 10)
}

func (c *CanaryArgs) validate(errs *fielderr.List, a *ServiceArgs) {
	if a.Routes == nil {
		errs.Add("", "needs routes: the load balancer is what sends a share of the requests to it")
	}
	if c.Image == nil {
		errs.Required("image")
	} else if image, plain := c.Image.(pulumi.String); plain {
		if reason := imageProblem(string(image)); reason != "" {
			errs.Invalid("image", string(image), "%s", reason)
		}
	}
	datastore.Between(errs, "weight", c.Weight, 0, 100)
	datastore.Between(errs, "replicas", c.Replicas, 1, 1000)
	datastore.Between(errs, "stickySeconds", c.StickySeconds, 0, longestSticky)
}
