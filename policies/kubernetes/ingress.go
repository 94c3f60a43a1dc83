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
			verdicts := []rule.Verdict{coversHosts(r), unsure, r.Get("metadata.annotations").Field(certificateMark).Holds(rule.IsSet)}
			redirected := r.Get("metadata.annotations").Field(redirectMark).Holds(rule.IsSet)
			if params != nil {
				verdicts = append(verdicts, params.Get("spec.certificateARNs").Holds(listsSome), params.Get("spec.certificateArn").Holds(listsSome))
				redirected = rule.Any(redirected, params.Get("spec.sslRedirectPort").Holds(isQuantity))
			}
			return rule.All(rule.Any(verdicts...), refusesPlain(r, redirected))
		},
	}
}

// paramsOf is what an AWS load balancer's class says for an Ingress. It is nil if the stack
// does not show it, and then the verdict is Unknown if it will.
func (x *index) paramsOf(r *rule.Resource) (*rule.Resource, rule.Verdict) {
	at := home{r.ProviderURN, whole}
	name := r.Get("spec.ingressClassName")
	if name.IsAbsent() {
		name = r.Get("metadata.annotations").Field(oldClassMark)
	}
	class, unsure := x.defaults[address{at, ingressClass, ""}], x.undefined[address{at, ingressClass, ""}]
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
		if rule.IsObject(entry) && entry.Get("hosts").IsAbsent() {
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
	if slices.ContainsFunc(covered, rule.Is(name, "*."+domain)) {
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
func refusesPlain(r *rule.Resource, redirected rule.Verdict) rule.Verdict {
	ports := r.Get("metadata.annotations").Field(portsMark)
	return rule.Choose(redirected, rule.Passed(), ports.Want(func(v rule.Value) bool { text, _ := v.Text(); return !strings.Contains(text, `"HTTP"`) },
		portsMark+" has it serve plain HTTP as well", "remove HTTP there, or set "+redirectMark+` to "443"`))
}
