package kube

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/plinth-iac/plinth/tests/simcloud/internal/ground"
)

// The controllers of ingress classes and the classes of load balancers that are simulated. Others are taken to be there.
const (
	autoIngress  = "eks.amazonaws.com/alb"
	chartIngress = "ingress.k8s.aws/alb"
	autoService  = "eks.amazonaws.com/nlb"
	chartService = "service.k8s.aws/nlb"
)

// paramsGroups are the groups of the IngressClassParams that a controller reads, finalizers what it marks objects with.
var (
	paramsGroups = map[string]string{autoIngress: "eks.amazonaws.com", chartIngress: "elbv2.k8s.aws"}
	finalizers   = map[string]string{autoIngress: "ingress.eks.amazonaws.com/resources", chartIngress: "ingress.k8s.aws/resources",
		autoService: "service.eks.amazonaws.com/resources", chartService: "service.k8s.aws/resources", "": "service.kubernetes.io/load-balancer-cleanup"}
)

// balances says whether the controller with a name works.
func (c *cluster) balances(controller string) bool {
	switch controller {
	case autoIngress, autoService:
		return c.ground.AutoMode
	case chartIngress, chartService:
		return c.chart(balancerChart)
	}
	return true
}

// ingress makes the load balancer of an Ingress and gives its host name, or says why there is none.
func (c *cluster) ingress(o *object) (hostname, wrong string) {
	notes := o.value.sub("metadata.annotations")
	legacy := notes.key("kubernetes.io/ingress.class")
	if c.ground == nil {
		if o.value.str("spec.ingressClassName") == "alb" || legacy == "alb" {
			hostname = c.hostname(o, c.options.Region+".elb")
		}
		return hostname, ""
	}
	class, wrong := c.ingressClass(o.value.str("spec.ingressClassName"), legacy)
	if wrong != "" {
		return "", wrong
	}
	controller := class.str("spec.controller")
	group, known := paramsGroups[controller]
	switch {
	case !known:
		return c.hostname(o, c.ground.Region+".elb"), ""
	case !c.balances(controller):
		return "", "the controller " + controller + " does not run"
	}
	params := tree{}
	if at := class.sub("spec.parameters"); at != nil {
		found := c.objects[ref{group: at.str("apiGroup"), kind: at.str("kind"), name: at.str("name")}]
		if found == nil || at.str("apiGroup") != group {
			return "", fmt.Sprintf("%s.%s %q not found", at.str("kind"), at.str("apiGroup"), at.str("name"))
		}
		params = found.value.sub("spec")
	}
	space := o.value.str("metadata.namespace")
	for _, name := range backends(o.value) {
		if c.objects[ref{kind: "Service", namespace: space, name: name}] == nil {
			return "", fmt.Sprintf("services %q not found", name)
		}
	}
	note := func(name string) string {
		if controller == chartIngress || name == "scheme" {
			return notes.key("alb.ingress.kubernetes.io/" + name)
		}
		return ""
	}
	want := ground.Balancer{
		Type: "application", Internal: first(params.str("scheme"), note("scheme")) != "internet-facing", Name: first(params.str("loadBalancerName"), note("load-balancer-name")),
		Subnets: subnetTerms(params, note("subnets")), Reachable: controller == chartIngress,
	}
	for _, id := range words(note("security-groups")) {
		want.Groups = append(want.Groups, idOrName(id, "sg-"))
	}
	owner := "Ingress/" + space + "/" + o.value.str("metadata.name")
	stack := strings.TrimPrefix(owner, "Ingress/")
	named := balancerName(c.ground.Name, stack, space, o.value.str("metadata.name"))
	if group := first(params.str("group.name"), note("group.name")); group != "" {
		owner, stack, named = "IngressGroup/"+controller+"/"+group, group, balancerName(c.ground.Name, group, group)
	}
	want.Name, want.Tags = first(want.Name, named), map[string]string{"elbv2.k8s.aws/cluster": c.ground.Name, "ingress.k8s.aws/stack": stack}
	secured(&want, o.value, params, note("certificate-arn"))
	if wrong := c.crowded(o, owner); wrong != "" {
		return "", wrong
	}
	return c.balance(o, controller, owner, want)
}

// balance has a load balancer made, or shares the one that its owner has.
func (c *cluster) balance(o *object, controller, owner string, want ground.Balancer) (hostname, wrong string) {
	hold(o, finalizers[controller])
	if o.holds != "" && o.holds != owner {
		c.release(o)
	}
	if o.holds == "" && controller != "" { // the controller that every cluster has acts by the policy that every cluster needs
		if wrong := c.permitted(controller == autoIngress || controller == autoService, balancerChart, balances); wrong != "" {
			return "", wrong
		}
	}
	hostname, err := c.options.Cloud.Balance(c.name, owner, want)
	if err != nil {
		return "", err.Error()
	}
	c.take(o, owner)
	return hostname, ""
}

// take remembers in whose name the cloud has made something for an object.
func (c *cluster) take(o *object, owner string) {
	o.holds = owner
	members(c.holders, owner)[refOf(o.kind, o.value)] = true
}

// release gives up what an object holds, unless another one holds it too.
func (c *cluster) release(o *object) {
	if c.lastToHold(o) {
		c.options.Cloud.Withdraw(c.name, o.holds)
	}
	o.holds = ""
}

// lastToHold ends an object's hold, and says whether it was the last one.
func (c *cluster) lastToHold(o *object) bool {
	delete(c.holders[o.holds], refOf(o.kind, o.value))
	if len(c.holders[o.holds]) > 0 {
		return false
	}
	delete(c.holders, o.holds)
	return true
}

// ingressClass finds the class of an Ingress: by its name, by the old annotation, or the default one.
func (c *cluster) ingressClass(name, legacy string) (class tree, wrong string) {
	if name == "" && legacy == "" {
		for _, o := range c.all("networking.k8s.io", "IngressClass") {
			if o.value.sub("metadata.annotations").key("ingressclass.kubernetes.io/is-default-class") == "true" {
				return o.value, ""
			}
		}
		return nil, "it has no ingress class"
	}
	o := c.objects[ref{group: "networking.k8s.io", kind: "IngressClass", name: first(name, legacy)}]
	switch {
	case o != nil:
		return o.value, ""
	case name == "" && legacy == "alb":
		return tree{"spec": map[string]any{"controller": chartIngress}}, ""
	}
	return nil, fmt.Sprintf("ingressclasses.networking.k8s.io %q not found", first(name, legacy))
}

// backends are the services that an Ingress names; what an annotation defines is none.
func backends(ingress tree) []string {
	var out []string
	add := func(backend tree) {
		if name := backend.str("service.name"); name != "" && backend.str("service.port.name") != "use-annotation" {
			out = append(out, name)
		}
	}
	add(ingress.sub("spec.defaultBackend"))
	for _, rule := range trees(ingress.list("spec.rules")) {
		for _, path := range trees(rule.list("http.paths")) {
			add(path.sub("backend"))
		}
	}
	return out
}

// service makes the load balancer of a Service.
func (c *cluster) service(o *object) (hostname, wrong string) {
	notes := o.value.sub("metadata.annotations")
	note := func(name string) string { return notes.key("service.beta.kubernetes.io/aws-load-balancer-" + name) }
	if c.ground == nil {
		return c.hostname(o, "elb."+c.options.Region), ""
	}
	class, sort := o.value.str("spec.loadBalancerClass"), note("type")
	switch {
	case class != "":
	case c.ground.AutoMode:
		class = autoService
	case sort == "external" || sort == "nlb-ip" || c.chart(balancerChart) && sort == "":
		class = chartService
	}
	if class != "" && class != autoService && class != chartService {
		return c.hostname(o, "elb."+c.ground.Region), ""
	}
	if !c.balances(class) {
		return "", "the controller of " + class + " does not run"
	}
	at := refOf(o.kind, o.value)
	stack := at.namespace + "/" + at.name
	want := ground.Balancer{
		Type: "network", Internal: note("scheme") != "internet-facing", Subnets: subnetTerms(nil, note("subnets")), Reachable: class != autoService,
		Name: first(note("name"), balancerName(c.ground.Name, "Service "+stack, at.namespace, at.name)),
		Tags: map[string]string{"elbv2.k8s.aws/cluster": c.ground.Name, "service.k8s.aws/stack": stack},
	}
	if class == "" { // the controller that every cluster has
		want.Internal = note("internal") == "true"
		want.Tags = map[string]string{"kubernetes.io/cluster/" + c.ground.Name: "owned", "kubernetes.io/service-name": stack}
		if sort != "nlb" {
			want.Type = "classic"
		}
	}
	return c.balance(o, class, "Service/"+stack, want)
}

// subnetTerms reads where a load balancer is to be, from parameters in either of the two forms, or from an annotation.
func subnetTerms(params tree, note string) []ground.Term {
	var out []ground.Term
	for _, id := range params.strs("subnets.ids") {
		out = append(out, ground.Term{ID: id})
	}
	each := func(tags []map[string]string, key string, values []string) []map[string]string {
		var more []map[string]string
		for _, t := range tags {
			for _, v := range values {
				with := map[string]string{key: v}
				for k, v := range t {
					with[k] = v
				}
				more = append(more, with)
			}
		}
		return more
	}
	combined := []map[string]string{{}}
	for key := range params.sub("subnets.tags") {
		values, _ := params.sub("subnets.tags")[key].([]any)
		combined = each(combined, key, tree{"v": values}.strs("v"))
	}
	for _, m := range trees(params.list("subnets.matchTags")) {
		combined = each(combined, m.str("key"), m.strs("values"))
	}
	for _, tags := range combined {
		if len(tags) > 0 {
			out = append(out, ground.Term{Tags: tags})
		}
	}
	for _, id := range words(note) {
		out = append(out, idOrName(id, "subnet-"))
	}
	return out
}

func idOrName(text, prefix string) ground.Term {
	if strings.HasPrefix(text, prefix) {
		return ground.Term{ID: text}
	}
	return ground.Term{Name: text}
}

func words(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' })
}

func first(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

var notInName = regexp.MustCompile(`[^a-zA-Z0-9]`)

// balancerName makes a name as the controllers do: of what it is for, and of a part that tells clusters and objects apart.
func balancerName(cluster, unique string, parts ...string) string {
	name := "k8s"
	for _, part := range parts {
		limit := map[int]int{1: 17, 2: 8}[len(parts)]
		part = notInName.ReplaceAllString(part, "")
		name += "-" + part[:min(limit, len(part))]
	}
	return fmt.Sprintf("%s-%010x", name, digest(cluster+" "+unique))
}

// hold marks an object with the finalizer of a controller, so that it cannot go before the controller has cleaned up.
func hold(o *object, finalizer string) {
	meta := o.value.sub("metadata")
	for _, f := range meta.strs("finalizers") {
		if f == finalizer {
			return
		}
	}
	meta["finalizers"] = append(meta.list("finalizers"), finalizer)
}
