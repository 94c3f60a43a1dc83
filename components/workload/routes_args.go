package workload

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/internal/base"
)

// PathType is how a path is compared.
type PathType string

// The path types. A prefix is one of whole elements: /cart has /cart/1 in it, not /carts.
const (
	PathPrefix PathType = "Prefix"
	PathExact  PathType = "Exact"
)

// ProtocolVersion is the version of HTTP that pods speak with the load balancer.
type ProtocolVersion string

// The protocol versions.
const (
	Http1 ProtocolVersion = "Http1"
	Http2 ProtocolVersion = "Http2"
	Grpc  ProtocolVersion = "Grpc"
)

// Algorithm is how the load balancer chooses a pod.
type Algorithm string

// The algorithms.
const (
	RoundRobin               Algorithm = "RoundRobin"
	LeastOutstandingRequests Algorithm = "LeastOutstandingRequests"
	WeightedRandom           Algorithm = "WeightedRandom"
)

// RoutesArgs bring requests from a load balancer straight to the pods. What is the load
// balancer's own, such as certificates, TLS policy, scheme and access logs, is the ingress
// class's. It tries a request once: retries are the callers'.
type RoutesArgs struct {
	// IngressClassName is the class, one of the cluster's. Services of a class with a group
	// share its load balancer.
	IngressClassName pulumi.StringInput `pulumi:"ingressClassName"`
	// LoadBalancerCidrs are the address blocks of the load balancer's subnets: from there
	// requests and health checks come.
	LoadBalancerCidrs pulumi.StringArrayInput `pulumi:"loadBalancerCidrs"`
	// Rules are which requests come to this service, one or more, by a key of the user's.
	Rules map[string]RuleArgs `pulumi:"rules"`

	// Order is the place of these rules among those of other services on the same load
	// balancer, 1 to 1000. The first rule that fits is taken, of whichever service: services
	// without Order come first, then those with the lower one, and equals by namespace and
	// name. One that takes "/" needs a higher Order than one that takes "/cart", or may hide
	// it. Default: 0, none.
	Order int `pulumi:"order,optional"`
	// ProtocolVersion is what the pods speak: Http1, Http2 or Grpc. Default: Http1.
	ProtocolVersion ProtocolVersion `pulumi:"protocolVersion,optional"`
	// BackendTls encrypts up to the pods, whose certificates the load balancer does not verify.
	// All of Port speaks TLS then, with callers and health checks too. Default: false.
	BackendTls bool `pulumi:"backendTls,optional"`
	// HealthCheck is how the load balancer checks pods. Default: as Health does.
	HealthCheck *HealthCheckArgs `pulumi:"healthCheck,optional"`
	// DeregistrationDelay is for how many seconds a pod that goes may finish its requests,
	// 0 or more and less than DrainSeconds and ShutdownSeconds together.
	// Default: ShutdownSeconds.
	DeregistrationDelay *int `pulumi:"deregistrationDelay,optional"`
	// SlowStart is over how many seconds a new pod's share grows: 0, or 30 to 900. Only with
	// RoundRobin. Default: 0.
	SlowStart int `pulumi:"slowStart,optional"`
	// Algorithm is RoundRobin, LeastOutstandingRequests or WeightedRandom.
	// Default: WeightedRandom; RoundRobin with SlowStart, or else LeastOutstandingRequests
	// with StickySeconds.
	Algorithm Algorithm `pulumi:"algorithm,optional"`
	// AnomalyMitigation breaks the circuit to pods that fail more than their peers: they get
	// less until they are well. It takes three pods or more. Default: true with WeightedRandom.
	AnomalyMitigation *bool `pulumi:"anomalyMitigation,optional"`
	// PlainHttp says that the ingress class serves without TLS: the controller would look for
	// certificates. Default: false, and plain HTTP is sent on to HTTPS.
	PlainHttp bool `pulumi:"plainHttp,optional"`
	// StickySeconds is for how long a cookie binds a client to a pod, up to 604800. Not with
	// WeightedRandom.
	// Default: 0, clients are not bound.
	StickySeconds int `pulumi:"stickySeconds,optional"`
}

// RuleArgs say which requests come to a service.
type RuleArgs struct {
	// Host is the name that is asked for, such as "shop.example.com" or "*.example.com". One
	// of the ingress class's certificates must be for it. Default: any name, after all others
	// of this service; between services Order counts.
	Host string `pulumi:"host,optional"`
	// Path is where the request's path begins, or what it is. Default: "/".
	Path string `pulumi:"path,optional"`
	// PathType is Prefix or Exact. Default: Prefix.
	PathType PathType `pulumi:"pathType,optional"`
}

// HealthCheckArgs are how the load balancer finds out that a pod is well. Pods must answer a
// new check before it is deployed, and the old one until it has been.
type HealthCheckArgs struct {
	// Path is asked for; a method for Grpc. Default: Health's, if it asks in the same protocol.
	Path string `pulumi:"path,optional"`
	// Port is asked on. Default: Health's, or the service's when Path is set.
	Port int `pulumi:"port,optional"`
	// Matcher are the good statuses, such as "200", "200,204" or "200-299".
	// Default: "200", or "0" for Grpc.
	Matcher string `pulumi:"matcher,optional"`
	// Interval is every how many seconds, 5 to 300. Default: 10.
	Interval int `pulumi:"interval,optional"`
	// Timeout is after how many seconds an answer is late, 2 to 120, less than Interval.
	// Default: 5.
	Timeout int `pulumi:"timeout,optional"`
	// HealthyThreshold is how many good answers make a pod healthy, 2 to 10. Default: 2.
	HealthyThreshold int `pulumi:"healthyThreshold,optional"`
	// UnhealthyThreshold is how many bad answers make it unhealthy, 2 to 10. Default: 2.
	UnhealthyThreshold int `pulumi:"unhealthyThreshold,optional"`
}

// CanaryArgs let a share of the routes' requests try another image, in a Deployment of its
// own. Callers inside the cluster are not part of it. It is promoted in two deploys: its
// image for the service and Weight 0, then without the canary. In one, its pods could go
// before the load balancer has taken the requests back.
type CanaryArgs struct {
	// Image is what is tried, with a digest or a tag other than latest.
	Image pulumi.StringInput `pulumi:"image"`
	// Weight is the percentage of requests that try it, 0 to 100. Default: 0.
	Weight int `pulumi:"weight,optional"`
	// Replicas is the fixed number of its pods: as many as bear Weight. Default: 2.
	Replicas int `pulumi:"replicas,optional"`
	// StickySeconds is for how long a client stays with the image that it got first, up to
	// 604800. Default: the routes' StickySeconds; with 0 each request is on its own.
	StickySeconds int `pulumi:"stickySeconds,optional"`
}

// grpcHealth is the method of the gRPC health checking protocol.
const grpcHealth = "/grpc.health.v1.Health/Check"

// withDefaults completes routes of a service that is complete itself.
func (r RoutesArgs) withDefaults(a *ServiceArgs) *RoutesArgs {
	base.Default(&r.ProtocolVersion, Http1)
	rules := map[string]RuleArgs{}
	for key, rule := range r.Rules {
		base.Default(&rule.Path, "/")
		base.Default(&rule.PathType, PathPrefix)
		rules[key] = rule
	}
	r.Rules = rules
	base.DefaultRef(&r.DeregistrationDelay, a.ShutdownSeconds)
	if r.SlowStart != 0 {
		base.Default(&r.Algorithm, RoundRobin)
	}
	if r.StickySeconds != 0 {
		base.Default(&r.Algorithm, LeastOutstandingRequests)
	}
	base.Default(&r.Algorithm, WeightedRandom)
	base.DefaultRef(&r.AnomalyMitigation, r.Algorithm == WeightedRandom)

	h := base.CopyOf(r.HealthCheck)
	if h.Path == "" {
		switch {
		case a.Health.Protocol == ProtocolHttp && r.ProtocolVersion != Grpc:
			h.Path = a.Health.ReadyPath
			base.Default(&h.Port, a.Health.Port)
		case a.Health.Protocol == ProtocolGrpc && r.ProtocolVersion == Grpc:
			h.Path = grpcHealth
			base.Default(&h.Port, a.Health.Port)
		}
	}
	base.Default(&h.Port, a.Port)
	if r.ProtocolVersion == Grpc {
		base.Default(&h.Matcher, "0")
	}
	base.Default(&h.Matcher, "200")
	base.Default(&h.Interval, 10)
	base.Default(&h.Timeout, 5)
	base.Default(&h.HealthyThreshold, 2)
	base.Default(&h.UnhealthyThreshold, 2)
	r.HealthCheck = h
	return &r
}

func (c CanaryArgs) withDefaults() *CanaryArgs {
	base.Default(&c.Replicas, 2)
	return &c
}
