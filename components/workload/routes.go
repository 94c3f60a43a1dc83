package workload

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	networkingv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/networking/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/internal/base"
)

// useAnnotation is the port of a backend that is an action in an annotation.
const useAnnotation = "use-annotation"

// newRoutes makes what brings requests in, and gives the load balancer's host name. The
// Ingress comes after the pods that it leads to, behind: no share of the requests moves to
// pods that are not ready, nor back to a service that is not the new one yet.
func (a *ServiceArgs) newRoutes(ctx *pulumi.Context, parent pulumi.Resource, p *podSpec, before prerequisites, behind ...pulumi.Resource) (pulumi.StringOutput, error) {
	var none pulumi.StringOutput
	if a.Canary != nil {
		tried, err := a.newCanary(ctx, parent, p, before)
		if err != nil {
			return none, err
		}
		behind = append(behind, tried...)
	}
	annotations, err := a.Routes.annotations(a)
	if err != nil {
		return none, err
	}
	child := p.component + "-ingress"
	metadata := p.metadata(pulumi.String(p.name), p.labels(stable))
	metadata.Annotations = annotations
	ingress, err := networkingv1.NewIngress(ctx, child, &networkingv1.IngressArgs{
		Metadata: metadata, Spec: a.Routes.spec(a),
	}, pulumi.Parent(parent), pulumi.DependsOn(behind))
	if err != nil {
		return none, fmt.Errorf("create ingress %s: %w", child, err)
	}
	return hostName(ingress), nil
}

// hostName is the load balancer's, as soon as the controller has made it.
func hostName(ingress *networkingv1.Ingress) pulumi.StringOutput {
	return ingress.Status.LoadBalancer().Ingress().ApplyT(func(points []networkingv1.IngressLoadBalancerIngress) string {
		for _, point := range points {
			if point.Hostname != nil {
				return *point.Hostname
			}
		}
		return ""
	}).(pulumi.StringOutput)
}

// newCanary makes the pods that try the other image: as the service's own in all else.
func (a ServiceArgs) newCanary(ctx *pulumi.Context, parent pulumi.Resource, p *podSpec, before prerequisites) ([]pulumi.Resource, error) {
	other := *p
	a.Replicas, other.image = a.Canary.Replicas, a.Canary.Image
	deployment, err := a.newDeployment(ctx, parent, &other, canary, before)
	if err != nil {
		return nil, err
	}
	service, err := a.newService(ctx, parent, &other, canary)
	if err != nil {
		return nil, err
	}
	return []pulumi.Resource{deployment, service}, nil
}

// annotations are what the load balancer's controller is told of the target groups, all
// of it: an attribute that is left out keeps the value that it had. Of the rest it is told
// what the class has no field for: the redirect to HTTPS and the order of services.
func (r *RoutesArgs) annotations(a *ServiceArgs) (pulumi.StringMap, error) {
	h := r.HealthCheck
	all := map[string]string{
		"target-type":                  "ip",
		"backend-protocol":             "HTTP",
		"backend-protocol-version":     versions[r.ProtocolVersion],
		"healthcheck-protocol":         "HTTP",
		"healthcheck-path":             h.Path,
		"healthcheck-port":             "traffic-port",
		"success-codes":                h.Matcher,
		"healthcheck-interval-seconds": strconv.Itoa(h.Interval),
		"healthcheck-timeout-seconds":  strconv.Itoa(h.Timeout),
		"healthy-threshold-count":      strconv.Itoa(h.HealthyThreshold),
		"unhealthy-threshold-count":    strconv.Itoa(h.UnhealthyThreshold),
		"target-group-attributes":      r.attributes(),
	}
	if r.BackendTls {
		all["backend-protocol"] = "HTTPS"
	}
	if a.speaksTls(h.Port) {
		all["healthcheck-protocol"] = "HTTPS"
	}
	if h.Port != a.Port {
		all["healthcheck-port"] = strconv.Itoa(h.Port)
	}
	if !r.PlainHttp {
		all["listen-ports"], all["ssl-redirect"] = `[{"HTTP":80},{"HTTPS":443}]`, "443"
	}
	if r.Order > 0 {
		all["group.order"] = strconv.Itoa(r.Order)
	}
	if a.Canary != nil {
		action, err := a.Canary.action(a)
		if err != nil {
			return nil, err
		}
		all["actions."+a.Name] = action
	}
	annotations := pulumi.StringMap{}
	for key, value := range all {
		annotations["alb.ingress.kubernetes.io/"+key] = pulumi.String(value)
	}
	return annotations, nil
}

// versions are the protocol versions as the controller writes them.
var versions = map[ProtocolVersion]string{Http1: "HTTP1", Http2: "HTTP2", Grpc: "GRPC"}

var algorithms = map[Algorithm]string{
	RoundRobin: "round_robin", LeastOutstandingRequests: "least_outstanding_requests", WeightedRandom: "weighted_random",
}

func (r *RoutesArgs) attributes() string {
	attributes := []string{
		fmt.Sprintf("deregistration_delay.timeout_seconds=%d", *r.DeregistrationDelay),
		fmt.Sprintf("slow_start.duration_seconds=%d", r.SlowStart),
		"load_balancing.algorithm.type=" + algorithms[r.Algorithm],
		fmt.Sprintf("stickiness.enabled=%t", r.StickySeconds > 0),
	}
	if r.Algorithm == WeightedRandom { // others do not know it
		mitigation := "off"
		if *r.AnomalyMitigation {
			mitigation = "on"
		}
		attributes = append(attributes, "load_balancing.algorithm.anomaly_mitigation="+mitigation)
	}
	if r.StickySeconds > 0 {
		attributes = append(attributes, "stickiness.type=lb_cookie", fmt.Sprintf("stickiness.lb_cookie.duration_seconds=%d", r.StickySeconds))
	}
	return strings.Join(attributes, ",")
}

// forward is an action of the load balancer's controller: requests go to several
// services by weight.
type forward struct {
	Type   string        `json:"type"`
	Config forwardConfig `json:"forwardConfig"`
}

type forwardConfig struct {
	TargetGroups []weighted  `json:"targetGroups"`
	Stickiness   *stickiness `json:"targetGroupStickinessConfig,omitempty"`
}

type weighted struct {
	ServiceName string `json:"serviceName"`
	ServicePort int    `json:"servicePort"`
	Weight      int    `json:"weight"`
}

type stickiness struct {
	Enabled         bool `json:"enabled"`
	DurationSeconds int  `json:"durationSeconds"`
}

func (c *CanaryArgs) action(a *ServiceArgs) (string, error) {
	action := forward{Type: "forward", Config: forwardConfig{TargetGroups: []weighted{
		{a.Name, a.Port, 100 - c.Weight}, {a.Name + "-" + canary, a.Port, c.Weight},
	}}}
	// Who is bound to a pod must be bound to its group as well.
	if seconds := cmp.Or(c.StickySeconds, a.Routes.StickySeconds); seconds > 0 {
		action.Config.Stickiness = &stickiness{Enabled: true, DurationSeconds: seconds}
	}
	text, err := json.Marshal(action)
	if err != nil {
		return "", fmt.Errorf("weights of %s: %w", a.Name, err)
	}
	return string(text), nil
}

// spec is the Ingress of the routes. All paths lead to the same backend: the service, or
// with a canary the action that divides the requests.
func (r *RoutesArgs) spec(a *ServiceArgs) networkingv1.IngressSpecArgs {
	port := networkingv1.ServiceBackendPortArgs{Number: pulumi.Int(a.Port)}
	if a.Canary != nil {
		port = networkingv1.ServiceBackendPortArgs{Name: pulumi.String(useAnnotation)}
	}
	backend := networkingv1.IngressBackendArgs{Service: networkingv1.IngressServiceBackendArgs{Name: pulumi.String(a.Name), Port: port}}
	var rules networkingv1.IngressRuleArray
	var names pulumi.StringArray
	for _, host := range r.hosts() {
		var paths networkingv1.HTTPIngressPathArray
		for _, rule := range r.rulesOf(host) {
			paths = append(paths, networkingv1.HTTPIngressPathArgs{
				Path: pulumi.String(rule.Path), PathType: pulumi.String(string(rule.PathType)), Backend: backend,
			})
		}
		rule := networkingv1.IngressRuleArgs{Http: networkingv1.HTTPIngressRuleValueArgs{Paths: paths}}
		if host != "" {
			rule.Host = pulumi.String(host)
			names = append(names, pulumi.String(host))
		}
		rules = append(rules, rule)
	}
	spec := networkingv1.IngressSpecArgs{IngressClassName: base.Optional(r.IngressClassName), Rules: rules}
	if len(names) > 0 && !r.PlainHttp {
		// No secret: the certificates are the load balancer's.
		spec.Tls = networkingv1.IngressTLSArray{networkingv1.IngressTLSArgs{Hosts: names}}
	}
	return spec
}

// hosts are the names of the rules. The load balancer takes the first that fits, so that
// wildcards come last, and of these the widest.
func (r *RoutesArgs) hosts() []string {
	names := map[string]bool{}
	for _, rule := range r.Rules {
		names[rule.Host] = true
	}
	hosts := base.SortedKeys(names)
	slices.SortStableFunc(hosts, func(x, y string) int { return cmp.Compare(width(x), width(y)) })
	return hosts
}

// width orders hosts: 0 is one name, less labels are a wider wildcard, none is any name.
func width(host string) int {
	if host != "" && !strings.HasPrefix(host, "*.") {
		return 0
	}
	return 1000 - strings.Count(host, ".")
}

// rulesOf are a host's rules: exact paths, then prefixes from the longest.
func (r *RoutesArgs) rulesOf(host string) []RuleArgs {
	var rules []RuleArgs
	for _, rule := range r.Rules {
		if rule.Host == host {
			rules = append(rules, rule)
		}
	}
	slices.SortFunc(rules, func(x, y RuleArgs) int {
		return cmp.Or(cmp.Compare(x.PathType, y.PathType), cmp.Compare(len(y.Path), len(x.Path)), cmp.Compare(x.Path, y.Path))
	})
	return rules
}
