package kube

import (
	"encoding/json"
	"fmt"

	"github.com/plinth-iac/plinth/tests/simcloud/internal/ground"
)

const albNotes = "alb.ingress.kubernetes.io/"

// maxTargetGroups is how many target groups a load balancer of the type application takes.
const maxTargetGroups = 100

// targets are the target groups that an Ingress needs, one for each of its services and ports.
func targets(ingress tree) map[string]bool {
	out := map[string]bool{}
	at := ingress.str("metadata.namespace") + "/" + ingress.str("metadata.name")
	notes := ingress.sub("metadata.annotations")
	add := func(service, port string) { out[at+"/"+service+":"+port] = true }
	each := func(backend tree) {
		name, port := backend.str("service.name"), backend.str("service.port.name")
		switch {
		case name == "":
		case port == "use-annotation":
			for _, g := range action(notes.key(albNotes + "actions." + name)).ForwardConfig.TargetGroups {
				if g.ServiceName != "" { // others are there already
					add(g.ServiceName, fmt.Sprint(g.ServicePort))
				}
			}
		default:
			add(name, first(port, fmt.Sprint(backend.get("service.port.number"))))
		}
	}
	each(ingress.sub("spec.defaultBackend"))
	for _, rule := range trees(ingress.list("spec.rules")) {
		for _, path := range trees(rule.list("http.paths")) {
			each(path.sub("backend"))
		}
	}
	return out
}

// balancerAction is what an annotation has a load balancer do, as far as it makes target groups.
type balancerAction struct {
	ForwardConfig struct {
		TargetGroups []struct {
			ServiceName string
			ServicePort any
		}
	}
}

func action(text string) (a balancerAction) {
	if json.Unmarshal([]byte(text), &a) != nil {
		return balancerAction{}
	}
	return a
}

// crowded says that the Ingresses of a load balancer need too many target groups together.
func (c *cluster) crowded(o *object, owner string) (wrong string) {
	all := targets(o.value)
	for at := range c.holders[owner] {
		if other := c.objects[at]; other != nil && at != refOf(o.kind, o.value) {
			for target := range targets(other.value) {
				all[target] = true
			}
		}
	}
	if len(all) <= maxTargetGroups {
		return ""
	}
	return fmt.Sprintf("Failed deploy model due to TooManyUniqueTargetGroupsPerLoadBalancer: You have reached the maximum number of unique target groups that you can associate "+
		"with a load balancer of type 'application': [%d]", maxTargetGroups)
}

// secured adds what an Ingress wants for TLS: certificates, or that one is found for its hosts.
func secured(want *ground.Balancer, ingress, params tree, certificates string) {
	want.Certificates = append(append(params.strs("certificateARNs"), params.strs("certificateArn")...), words(certificates)...)
	var ports []map[string]float64
	if json.Unmarshal([]byte(ingress.sub("metadata.annotations").key(albNotes+"listen-ports")), &ports) != nil {
		return
	}
	for _, port := range ports {
		if _, encrypted := port["HTTPS"]; !encrypted || len(want.Certificates) > 0 {
			continue
		}
		want.Hosts = []string{""}
		for _, rule := range trees(ingress.list("spec.rules")) {
			want.Hosts = append(want.Hosts, rule.str("host"))
		}
		for _, block := range trees(ingress.list("spec.tls")) {
			want.Hosts = append(want.Hosts, block.strs("hosts")...)
		}
		if len(want.Hosts) > 1 {
			want.Hosts = want.Hosts[1:]
		}
	}
}
