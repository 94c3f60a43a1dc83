package kubernetes

import (
	"slices"
	"strings"

	"github.com/plinth-iac/plinth/policies/rule"
)

// Annotations that the controllers of AWS load balancers go by.
const (
	oldClassMark    = "kubernetes.io/ingress.class"
	certificateMark = "alb.ingress.kubernetes.io/certificate-arn"
	portsMark       = "alb.ingress.kubernetes.io/listen-ports"
	redirectMark    = "alb.ingress.kubernetes.io/ssl-redirect"
)

func ingressTls() *rule.Rule {
	return &rule.Rule{
		ID: "k8s-ingress-tls", Title: "What an Ingress lets in comes by TLS", Severity: rule.High, Category: rule.Encryption,
		Why:   "Whoever is on the path reads and changes what plain HTTP carries.",
		Fix:   "list every host in spec.tls; for an AWS load balancer, give the IngressClassParams of its class certificateARNs (certificateArn in elbv2.k8s.aws)",
		Types: []string{ingress},
		CheckGraph: func(g *rule.Graph, r *rule.Resource, _ rule.Settings) rule.Verdict {
			if r.Get("spec").IsAbsent() && r.IsPatch() {
				return rule.Skipped()
			}
			params, unsure := indexOf(g).paramsOf(r)
			certificates := []rule.Value{r.Get("metadata.annotations").Field(certificateMark)}
			redirects := []rule.Value{r.Get("metadata.annotations").Field(redirectMark)}
			if params != nil {
				certificates = append(certificates, params.Get("spec.certificateARNs"), params.Get("spec.certificateArn"))
				redirects = append(redirects, params.Get("spec.sslRedirectPort"))
			}
			verdict := rule.Any(oneIsSet(certificates), coversHosts(r), unsure)
			return rule.All(verdict, refusesPlain(r, redirects))
		},
	}
}

// oneIsSet passes if one of some values is there, and is not applicable if none is. A list
// of certificates that are not known yet is there.
func oneIsSet(values []rule.Value) rule.Verdict {
	var verdict rule.Verdict
	for _, v := range values {
		switch {
		case v.IsUnknown():
			verdict = rule.Any(verdict, rule.NotKnown(v))
		case filled(v):
			return rule.Passed()
		}
	}
	return verdict
}

// paramsOf is what an AWS load balancer's class says for an Ingress. It is nil if the stack
// does not show it, and then the verdict is Unknown if it will.
func (x *index) paramsOf(r *rule.Resource) (*rule.Resource, rule.Verdict) {
	at := home{cluster: r.ProviderURN}
	name := r.Get("spec.ingressClassName")
	if name.IsAbsent() {
		name = r.Get("metadata.annotations").Field(oldClassMark)
	}
	class, unsure := x.defaults[address{at, ingressClass, ""}], rule.Verdict{}
	if !name.IsAbsent() {
		class, unsure = x.find(r, name, at, ingressClass)
	}
	if class == nil || class.Get("spec.parameters").IsAbsent() {
		return nil, unsure
	}
	return x.find(class, class.Get("spec.parameters.name"), at, autoParams, classParams)
}

// coversHosts is the verdict on the hosts of an Ingress that have a certificate in spec.tls.
func coversHosts(r *rule.Resource) rule.Verdict {
	tls := r.Get("spec.tls")
	if tls.IsUnknown() {
		return rule.NotKnown(tls)
	}
	if len(tls.Items()) == 0 {
		return rule.Failed("serves plain HTTP: it has no spec.tls, and its class no certificate that this stack shows",
			"list its hosts in spec.tls, or give the IngressClassParams of its class certificateARNs")
	}
	covered := r.Select("spec.tls[].hosts[]")
	for _, entry := range r.Select("spec.tls[]") {
		if entry.Get("hosts").IsAbsent() {
			return rule.Passed() // all hosts
		}
	}
	verdict := rule.Passed()
	for _, host := range r.Select("spec.rules[].host") {
		verdict = rule.All(verdict, isCovered(host, covered))
	}
	return verdict
}

// isCovered is whether a host is among those of spec.tls, or below a wildcard there.
func isCovered(host rule.Value, covered []rule.Value) rule.Verdict {
	name, _ := host.Text()
	_, domain, _ := strings.Cut(name, ".")
	if host.IsUnknown() {
		return rule.NotKnown(host)
	}
	if slices.ContainsFunc(covered, func(v rule.Value) bool { return same(v, host) || rule.Is("*."+domain)(v) }) {
		return rule.Passed()
	}
	for _, v := range covered {
		if v.IsUnknown() {
			return rule.NotKnown(v)
		}
	}
	return rule.Failed("no entry of spec.tls is for the host "+host.String(), "add the host to spec.tls")
}

// refusesPlain is the verdict on an AWS load balancer that also listens to plain HTTP.
func refusesPlain(r *rule.Resource, redirects []rule.Value) rule.Verdict {
	ports := r.Get("metadata.annotations").Field(portsMark)
	if redirected := oneIsSet(redirects); redirected.Outcome != rule.NotApplicable {
		return redirected
	}
	return ports.Want(func(v rule.Value) bool { text, _ := v.Text(); return !strings.Contains(text, `"HTTP"`) },
		portsMark+" has it serve plain HTTP as well", "remove HTTP there, or set "+redirectMark+` to "443"`)
}
