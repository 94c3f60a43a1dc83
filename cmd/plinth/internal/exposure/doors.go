package exposure

import (
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/plinth-iac/plinth/policies/rule"
)

// doorReaders read what objects of Kubernetes open outside of it: load balancers, and the API
// for principals of AWS.
var doorReaders = map[string]func(*side, *rule.Resource){
	"kubernetes:networking.k8s.io/v1:Ingress": (*side).readInbound,
	"kubernetes:core/v1:Service":              (*side).readService,
	"kubernetes:core/v1:ConfigMap":            (*side).readMapped,
	"kubernetes:core/v1:ConfigMapPatch":       (*side).readMapped,
	namespace:                                 (*side).readPodSecurity,
}

// annotation is one of an object.
func annotation(r *rule.Resource, key string) rule.Value {
	return r.Get("metadata.annotations").Field(key)
}

// listed are the items of a list that is written as a text.
func listed(v rule.Value) []rule.Value {
	text, known := readable(v)
	if !known {
		if hidden(v) {
			return []rule.Value{v}
		}
		return nil
	}
	var all []rule.Value
	for _, item := range strings.Split(text, ",") {
		if item = strings.TrimSpace(item); item != "" {
			all = append(all, rule.Of(item))
		}
	}
	return all
}

// readInbound reads what the load balancer of an ingress lets in. Without a scheme of its own
// it may have that of its class, so that only what changes is told.
func (s *side) readInbound(r *rule.Resource) {
	const mark = "alb.ingress.kubernetes.io/"
	public := s.facesInternet(r, annotation(r, mark+"scheme"))
	if rule.IsSet(annotation(r, mark+"security-groups")) || !public && s.isNew(s.self(r)) {
		return // the groups say who may connect
	}
	byDefault := []string{"0.0.0.0/0"}
	if kind, _ := readable(annotation(r, mark+"ip-address-type")); strings.HasPrefix(kind, "dualstack") {
		byDefault = append(byDefault, "::/0")
	}
	if rule.IsSet(annotation(r, mark+"security-group-prefix-lists")) {
		byDefault = nil
	}
	s.blocks(r, doors{"metadata", "the load balancer of " + r.Name, public}, listed(annotation(r, mark+"inbound-cidrs")), byDefault...)
}

// facesInternet claims that a load balancer does if its scheme says so.
func (s *side) facesInternet(r *rule.Resource, scheme rule.Value) bool {
	if hidden(scheme) {
		s.notKnown(r, Endpoint, "metadata", "whether its load balancer faces the internet")
	}
	if !rule.Is("internet-facing")(scheme) {
		return false
	}
	s.add(claim{by: r, kind: Endpoint, property: "metadata", on: s.self(r) + "|scheme", right: token("public"), frame: "its load balancer faces the internet"})
	return true
}

// readService reads what the load balancer of a service lets in. The controller of AWS makes
// it an internal one unless the scheme says otherwise, and that of Kubernetes the other way.
func (s *side) readService(r *rule.Resource) {
	const mark = "service.beta.kubernetes.io/"
	if !rule.Is("LoadBalancer")(r.Get("spec.type")) {
		return
	}
	scheme := annotation(r, mark+"aws-load-balancer-scheme")
	public := s.facesInternet(r, scheme)
	ofAws := rule.IsSet(r.Get("spec.loadBalancerClass")) || rule.Is("external", "nlb-ip")(annotation(r, mark+"aws-load-balancer-type"))
	inside := rule.Is("true", "0.0.0.0/0")(annotation(r, mark+"aws-load-balancer-internal"))
	public = public || scheme.IsAbsent() && !ofAws && !inside
	ranges := r.Select("spec.loadBalancerSourceRanges[]")
	if len(ranges) == 0 {
		ranges = listed(annotation(r, mark+"load-balancer-source-ranges"))
	}
	if public || !s.isNew(s.self(r)) {
		s.blocks(r, doors{"spec", "the load balancer of " + r.Name, public}, ranges, "0.0.0.0/0")
	}
}

// readMapped reads whom the map aws-auth lets use a cluster, as which groups.
func (s *side) readMapped(r *rule.Resource) {
	if !rule.Is("aws-auth")(r.Get("metadata.name")) {
		return
	}
	for _, key := range [...]string{"mapRoles", "mapUsers", "mapAccounts"} {
		text, known := readable(r.Get("data").Field(key))
		if hidden(r.Get("data").Field(key)) {
			s.notKnown(r, Permission, "data", "who may use the cluster")
		}
		if !known {
			continue
		}
		var mapped []yaml.Node
		if yaml.Unmarshal([]byte(text), &mapped) != nil {
			s.add(claim{by: r, kind: Permission, property: "data", frame: "who may use the cluster cannot be told: " + key + " is no list", unknown: true})
		}
		for _, one := range mapped {
			var to struct {
				RoleArn, UserArn string
				Groups           []string
			}
			account := ""
			if one.Decode(&to) != nil && one.Decode(&account) != nil {
				continue
			}
			who := to.RoleArn + to.UserArn
			if account != "" {
				who = "account " + account
			}
			groups := to.Groups
			if len(groups) == 0 {
				groups = []string{""}
			}
			for _, group := range groups {
				c := claim{
					by: r, kind: Permission, property: "data", on: s.self(r) + "|mapped", right: token(who + " as " + group),
					frame: "who may use the cluster changes: %s", item: s.arn(who), wide: group == "system:masters",
				}
				if group != "" {
					c.tail = "as " + group
				}
				s.add(c)
			}
		}
	}
}

// readPodSecurity reads which standard the pods of a namespace must keep to.
func (s *side) readPodSecurity(r *rule.Resource) {
	label := r.Get("metadata.labels").Field("pod-security.kubernetes.io/enforce")
	if hidden(label) {
		s.notKnown(r, Permission, "metadata", "what its pods must keep to")
	}
	for _, standard := range [...]string{"restricted", "baseline"} { // the first holds the second
		if rule.Is("restricted", standard)(label) {
			s.add(claim{
				by: r, kind: Permission, property: "metadata", on: s.self(r) + "|pods", guards: true, right: token(standard),
				frame: "pods need no longer keep to the security standard %s", item: standard,
			})
		}
	}
}
