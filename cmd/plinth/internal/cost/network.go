package cost

import (
	"slices"
	"strings"

	"github.com/plinth-iac/plinth/policies/rule"
)

const (
	natGateway   = "aws:ec2/natGateway:NatGateway"
	eip          = "aws:ec2/eip:Eip"
	endpoint     = "aws:ec2/vpcEndpoint:VpcEndpoint"
	loadBalancer = "aws:lb/loadBalancer:LoadBalancer"
	ingress      = "kubernetes:networking.k8s.io/v1:Ingress"
	ingressClass = "kubernetes:networking.k8s.io/v1:IngressClass"
	service      = "kubernetes:core/v1:Service"
	distribution = "aws:cloudfront/distribution:Distribution"
)

var ingressParams = []string{"kubernetes:eks.amazonaws.com/v1:IngressClassParams", "kubernetes:elbv2.k8s.aws/v1beta1:IngressClassParams"}

var networkMeters = map[string]meter{
	natGateway: func(e *estimator, r *rule.Resource) {
		e.hourly(r, "nat", "gateway", 1)
		peers := float64(len(e.inRegion(r, natGateway)))
		gb, assumed := e.use(natGB), []string{natGB}
		if !e.hasEndpoints(r) {
			gb, assumed = gb+e.use(serviceGB), append(assumed, serviceGB)
		}
		e.pay(r, Line{Item: "nat-gb", What: "its share of what leaves through NAT", Quantity: gb / peers, Assumed: assumed})
	},
	eip: func(e *estimator, r *rule.Resource) { e.hourly(r, "ipv4", "address", 1) },
	endpoint: func(e *estimator, r *rule.Resource) {
		switch kind := e.text(r, "vpcEndpointType"); kind {
		case "", "Gateway": // what AWS makes by default
			e.isFree(r, "gateways to S3 and DynamoDB are free")
			return
		case "Interface":
		default:
			e.notPriced(r, "no price of an endpoint of type "+kind)
			return
		}
		subnets := e.subnets(r, "subnetIds", "subnetConfigurations")
		if subnets == 0 {
			e.notPriced(r, "how many subnets it is in is not said")
			return
		}
		e.hourly(r, "endpoint", "endpoint, in each of its subnets", subnets)
		e.pay(r, Line{
			Item: "endpoint-gb", What: "its share of calls to AWS's services", Assumed: []string{serviceGB},
			Quantity: e.use(serviceGB) / float64(len(e.interfaces(r))),
		})
	},
	loadBalancer: func(e *estimator, r *rule.Resource) {
		kind := "alb"
		switch named := e.text(r, "loadBalancerType"); named {
		case "", "application":
		case "network":
			kind = "nlb"
		default:
			e.notPriced(r, "no price of a load balancer of type "+named)
			return
		}
		e.balancer(r, kind)
		if e.is(r, "internal") {
			return
		}
		if !e.isOrigin(r) {
			e.metered(r, "out-gb", "answers to the internet", outGB)
		}
		if e.text(r, "ipAddressType") == "dualstack-without-public-ipv4" {
			return
		}
		subnets := e.subnets(r, "subnets", "subnetMappings")
		if subnets == 0 {
			e.notPriced(r, "its addresses: how many subnets it is in is not said")
			return
		}
		given := len(e.each(r, "subnetMappings[].allocationId")) // paid for where they are made
		if own := subnets - float64(given); own > 0 {
			e.addresses(r, own)
		}
	},
	ingress: func(e *estimator, r *rule.Resource) { e.front(r) },
	service: func(e *estimator, r *rule.Resource) {
		if e.text(r, "spec.type") != "LoadBalancer" {
			e.isFree(r, inCluster)
			return
		}
		e.front(r)
	},
}

// balancer is what any load balancer costs. The load is shared by all of a region.
func (e *estimator) balancer(r *rule.Resource, kind string) {
	e.hourly(r, kind, "load balancer", 1)
	peers := len(e.inRegion(r, loadBalancer)) + len(e.fronts.first)
	e.pay(r, Line{
		Item: kind + "-lcu", What: "its share of the load", Assumed: []string{hours, lcus},
		Quantity: e.use(hours) * e.use(lcus) / float64(peers),
	})
}

// addresses are those of a load balancer that the internet reaches.
func (e *estimator) addresses(r *rule.Resource, subnets float64) {
	e.hourly(r, "ipv4", "address in each of its subnets", subnets)
}

// isOrigin is whether a load balancer answers a distribution, to which AWS sends for nothing.
func (e *estimator) isOrigin(r *rule.Resource) bool {
	name, _ := r.Out("dnsName").Text()
	for _, d := range e.g.Of(distribution) {
		if slices.Contains(d.Edges["origins"], r.URN) {
			return true
		}
		for _, origin := range d.Select("origins[].domainName") {
			if name != "" && rule.Is(name)(origin) {
				return true
			}
		}
	}
	return false
}

// front is a load balancer that Kubernetes objects make. Several may share one, which is
// then the first one's.
func (e *estimator) front(r *rule.Resource) {
	notes := e.get(r, "metadata.annotations")
	for _, key := range notes.Keys() {
		e.read(notes.Field(key))
	}
	class := e.text(r, "spec.ingressClassName")
	if of := named(e.g.Of(ingressClass), class); of != nil {
		e.text(of, "spec.controller")
		if params := named(e.g.Of(ingressParams...), e.text(of, "spec.parameters.name")); params != nil {
			e.get(params, "spec.group.name")
			e.get(params, "spec.scheme")
			e.subnets(params, "spec.subnets.ids")
		}
	}
	f, has := e.fronts.of[r]
	switch {
	case !has && class != "" && named(e.g.Of(ingressClass), class) == nil:
		e.notPriced(r, "whether it has a load balancer: its class is not of this stack")
	case !has:
		e.isFree(r, inCluster)
	case e.fronts.first[f.key] != r:
		e.isFree(r, "shares the load balancer of "+e.fronts.first[f.key].Name)
	default:
		e.balancer(r, f.kind)
		if f.open {
			e.metered(r, "out-gb", "answers to the internet", outGB)
			e.addresses(r, float64(f.zones))
		}
	}
}

// inRegion is the resources of a type that the stack has where r is.
func (e *estimator) inRegion(r *rule.Resource, token string) []*rule.Resource {
	var found []*rule.Resource
	for _, other := range e.g.Of(token) {
		if e.region(other) == e.region(r) && !isRead(other) {
			found = append(found, other)
		}
	}
	return found
}

func (e *estimator) interfaces(r *rule.Resource) []*rule.Resource {
	var found []*rule.Resource
	for _, other := range e.inRegion(r, endpoint) {
		if isInterface(other) {
			found = append(found, other)
		}
	}
	return found
}

func (e *estimator) hasEndpoints(r *rule.Resource) bool { return len(e.interfaces(r)) > 0 }

func isInterface(r *rule.Resource) bool { return text(r, "vpcEndpointType") == "Interface" }

// fronts are the load balancers that Ingresses and Services of Kubernetes make.
type fronts struct {
	of    map[*rule.Resource]front
	first map[string]*rule.Resource
}

type front struct {
	key, kind string
	open      bool
	zones     int
}

const albAnnotations = "alb.ingress.kubernetes.io/"

// frontsOf finds them: an Ingress whose class AWS's controller serves has a load balancer
// of its own, unless it, its class or the parameters of that name a group.
func frontsOf(e *estimator) fronts {
	found := fronts{of: map[*rule.Resource]front{}, first: map[string]*rule.Resource{}}
	add := func(r *rule.Resource, f front) {
		found.of[r] = f
		if found.first[f.key] == nil {
			found.first[f.key] = r
		}
	}
	for _, r := range e.g.Of(ingress) {
		annotations := r.Get("metadata.annotations")
		note := func(name string) string { s, _ := annotations.Field(albAnnotations + name).Text(); return s }
		class := named(e.g.Of(ingressClass), text(r, "spec.ingressClassName"))
		var params *rule.Resource
		controller := ""
		if class != nil {
			controller = text(class, "spec.controller")
			params = named(e.g.Of(ingressParams...), text(class, "spec.parameters.name"))
		}
		f := front{key: r.URN, kind: "alb", open: note("scheme") == "internet-facing", zones: 2} // the fewest there may be
		if params != nil {
			if name := text(params, "spec.group.name"); name != "" {
				f.key = name
			}
			f.open = f.open || text(params, "spec.scheme") == "internet-facing"
			f.zones = max(f.zones, len(params.Get("spec.subnets.ids").Items()), e.computed(params, "spec.subnets.ids"))
		}
		if subnets := note("subnets"); subnets != "" {
			f.zones = max(2, strings.Count(subnets, ",")+1)
		}
		if name := note("group.name"); name != "" {
			f.key = name
		}
		if controller == "eks.amazonaws.com/alb" || controller == "ingress.k8s.aws/alb" || class == nil && annotated(annotations) {
			add(r, f)
		}
	}
	for _, r := range e.g.Of(service) {
		if isBalanced(r) {
			scheme, _ := r.Get("metadata.annotations").Field("service.beta.kubernetes.io/aws-load-balancer-scheme").Text()
			add(r, front{key: r.URN, kind: "nlb", open: scheme == "internet-facing", zones: 1})
		}
	}
	return found
}

func annotated(annotations rule.Value) bool {
	for _, key := range annotations.Keys() {
		if strings.HasPrefix(key, albAnnotations) {
			return true
		}
	}
	return false
}

func isBalanced(r *rule.Resource) bool { return text(r, "spec.type") == "LoadBalancer" }

// named is the Kubernetes object with a name.
func named(among []*rule.Resource, name string) *rule.Resource {
	for _, r := range among {
		if name != "" && text(r, "metadata.name") == name {
			return r
		}
	}
	return nil
}
