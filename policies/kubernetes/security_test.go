package kubernetes

import (
	"github.com/plinth-iac/plinth/policies/internal/ruletest"
	"github.com/plinth-iac/plinth/policies/rule"
)

var (
	// confined is what the restricted standard asks of a container.
	confined = in{"runAsNonRoot": true, "allowPrivilegeEscalation": false, "capabilities": in{"drop": list{"ALL"}}, "seccompProfile": in{"type": "RuntimeDefault"}}
	// confinedPod is the part of it that a pod may say for its containers.
	confinedPod = in{"runAsNonRoot": true, "seccompProfile": in{"type": "RuntimeDefault"}}
	remainder   = in{"allowPrivilegeEscalation": false, "capabilities": in{"drop": list{"ALL"}, "add": list{"NET_BIND_SERVICE"}}}
)

func secured(context, pod in) []r {
	return []r{like(deployment, "web", app("web"), with(in{"containers": list{in{"name": "main", "securityContext": context}}}, pod), in{})}
}

// spoiled is a confined container with one thing different.
func spoiled(key string, value any) []r { return secured(with(confined, in{key: value}), in{}) }

func labelled(labels any) []r { return one(namespace, in{"metadata": in{"labels": labels}}) }

func policyFor(selector any) r {
	return among(networkPolicy, "policy", "shop", in{"podSelector": selector})
}

var securityCases = []ruletest.Case{
	check("k8s-pss-namespace", "restricted", rule.Pass, "", labelled(in{enforceLabel: "restricted"})),
	check("k8s-pss-namespace", "baseline", rule.Pass, "", labelled(in{enforceLabel: "baseline"})),
	check("k8s-pss-namespace", "privileged", rule.Fail, `is "privileged". Fix: set it to restricted`, labelled(in{enforceLabel: "privileged"})),
	check("k8s-pss-namespace", "only a warning", rule.Fail, "is not set", labelled(in{"pod-security.kubernetes.io/warn": "restricted"})),
	check("k8s-pss-namespace", "computed", rule.Unknown, "metadata.labels", labelled(later)),
	check("k8s-pss-namespace", "a patch", rule.Fail, "privileged", one(namespace+"Patch", in{"metadata": in{"labels": in{enforceLabel: "privileged"}}})),
	check("k8s-pss-namespace", "a patch of something else", rule.NotApplicable, "", one(namespace+"Patch", in{"metadata": in{"labels": in{"a": "b"}}})),

	check("k8s-pss-restricted", "a container", rule.Pass, "", secured(confined, in{})),
	check("k8s-pss-restricted", "a pod", rule.Pass, "", secured(remainder, in{"securityContext": confinedPod})),
	check("k8s-pss-restricted", "nothing said", rule.Fail, `container "main" may run as root; container "main" may make any system call; `+
		`container "main" may gain privileges; container "main" keeps capabilities`, secured(in{}, in{})),
	check("k8s-pss-restricted", "undoes what its pod says", rule.Fail, "may run as root", secured(with(remainder, in{"runAsNonRoot": false}), in{"securityContext": confinedPod})),
	check("k8s-pss-restricted", "root by number", rule.Fail, "runs as root", spoiled("runAsUser", 0)),
	check("k8s-pss-restricted", "a user", rule.Pass, "", spoiled("runAsUser", 1000)),
	check("k8s-pss-restricted", "privileged", rule.Fail, "is privileged", spoiled("privileged", true)),
	check("k8s-pss-restricted", "escalation", rule.Fail, "may gain privileges", spoiled("allowPrivilegeEscalation", true)),
	check("k8s-pss-restricted", "any system call", rule.Fail, "may make any system call", spoiled("seccompProfile", in{"type": "Unconfined"})),
	check("k8s-pss-restricted", "drops some", rule.Fail, "keeps capabilities", spoiled("capabilities", in{"drop": list{"NET_RAW"}})),
	check("k8s-pss-restricted", "adds one", rule.Fail, `has the capability "SYS_ADMIN"`, spoiled("capabilities", in{"drop": list{"ALL"}, "add": list{"SYS_ADMIN"}})),
	check("k8s-pss-restricted", "the network of the node", rule.Fail, "hostNetwork is on", secured(confined, in{"hostNetwork": true})),
	check("k8s-pss-restricted", "the processes of the node", rule.Fail, "hostPID is on", secured(confined, in{"hostPID": true})),
	check("k8s-pss-restricted", "a path of the node", rule.Fail, `the volume "root" is a hostPath`,
		secured(confined, in{"volumes": list{in{"name": "tmp", "emptyDir": in{}}, in{"name": "root", "hostPath": in{"path": "/"}}}})),
	check("k8s-pss-restricted", "a port of the node", rule.Fail, "takes the port 80 of its node", []r{like(daemonSet, "agent", app("agent"),
		in{"containers": list{in{"name": "main", "securityContext": confined, "ports": list{in{"containerPort": 80, "hostPort": 80}}}}}, in{})}),
	check("k8s-pss-restricted", "what comes before", rule.Fail, `container "before"`,
		nightly(in{"securityContext": confined}, in{"name": "before"})),
	check("k8s-pss-restricted", "a pod of its own", rule.Fail, "may run as root", one(pod, in{"spec": in{"containers": list{in{"name": "main"}}}})),
	check("k8s-pss-restricted", "computed", rule.Unknown, "runAsNonRoot", spoiled("runAsNonRoot", later)),
	check("k8s-pss-restricted", "capabilities to come", rule.Unknown, "capabilities.drop", spoiled("capabilities", in{"drop": list{later}})),
	check("k8s-pss-restricted", "volumes to come", rule.Unknown, "volumes", secured(confined, in{"volumes": list{later}})),
	check("k8s-pss-restricted", "a patch of the image", rule.Unknown, "external", patching(in{"image": "web:2"})),
	check("k8s-pss-restricted", "a patch that is privileged", rule.Fail, "is privileged", patching(in{"securityContext": in{"privileged": true}})),
	check("k8s-pss-restricted", "a patch of something else", rule.NotApplicable, "", one(deployment+"Patch", in{"spec": in{"replicas": 3}})),

	judging("web", "k8s-network-policy", "its own", rule.Pass, "", []r{web(in{}), policyFor(matching(app("web")))}),
	judging("web", "k8s-network-policy", "everyone's", rule.Pass, "", []r{web(in{}), policyFor(in{})}),
	judging("web", "k8s-network-policy", "an old spelling", rule.Pass, "", []r{web(in{}),
		among("kubernetes:extensions/v1beta1:NetworkPolicy", "policy", "shop", in{"podSelector": in{}})}),
	judging("nightly", "k8s-network-policy", "of a CronJob", rule.Fail, "no NetworkPolicy selects its pods", nightly(in{}, in{})),
	judging("web", "k8s-network-policy", "another's", rule.Fail, "no NetworkPolicy selects its pods", []r{web(in{}), policyFor(matching(app("api")))}),
	judging("web", "k8s-network-policy", "on the network of the node", rule.NotApplicable, "", []r{like(daemonSet, "web", app("web"), in{"hostNetwork": true}, in{})}),
	judging("web", "k8s-network-policy", "computed", rule.Unknown, "spec.podSelector", []r{web(in{}), policyFor(matching(later))}),
	judging("it", "k8s-network-policy", "a patch of something else", rule.NotApplicable, "", one(deployment+"Patch", in{"spec": in{"replicas": 3}})),
}

// classed is an Ingress of a class, with what its class says.
func classed(asked, class, params in) []r {
	return []r{
		among(ingress, "web", "shop", with(in{"ingressClassName": "public", "rules": list{in{"host": "shop.example.com"}}}, asked)),
		{Type: ingressClass, Name: "class", In: in{"metadata": in{"name": "public"}, "spec": with(in{"controller": "eks.amazonaws.com/alb",
			"parameters": in{"apiGroup": "eks.amazonaws.com", "kind": "IngressClassParams", "name": "public"}}, class)}},
		{Type: autoParams, Name: "params", In: in{"metadata": in{"name": "public"}, "spec": params}},
	}
}

func hosted(tls any, hosts ...any) []r {
	rules := list{}
	for _, host := range hosts {
		rules = append(rules, in{"host": host})
	}
	return one(ingress, in{"spec": in{"tls": tls, "rules": rules}})
}

func annotated(annotations any, certificates any) []r {
	stack := classed(in{}, in{}, in{"certificateARNs": certificates})
	stack[0].In["metadata"] = in{"namespace": "shop", "annotations": annotations}
	return stack
}

var certificate = list{"arn:aws:acm:eu-west-1:123456789012:certificate/1"}

var ingressCases = []ruletest.Case{
	check("k8s-ingress-tls", "every host", rule.Pass, "", hosted(list{in{"hosts": list{"a.example.com", "*.example.org"}}}, "a.example.com", "b.example.org")),
	check("k8s-ingress-tls", "whatever the host", rule.Pass, "", hosted(list{in{"secretName": "certificate"}}, "a.example.com")),
	check("k8s-ingress-tls", "none", rule.Fail, "serves plain HTTP: it has no spec.tls", hosted(nil, "a.example.com")),
	check("k8s-ingress-tls", "another host", rule.Fail, `no entry of spec.tls is for the host "b.example.com"`, hosted(list{in{"hosts": list{"a.example.com"}}}, "a.example.com", "b.example.com")),
	check("k8s-ingress-tls", "two below a wildcard", rule.Fail, "a.b.example.com", hosted(list{in{"hosts": list{"*.example.com"}}}, "a.b.example.com")),
	check("k8s-ingress-tls", "an old spelling", rule.Fail, "serves plain HTTP", one("kubernetes:networking.k8s.io/v1beta1:Ingress", in{"spec": in{}})),
	check("k8s-ingress-tls", "computed", rule.Unknown, "spec.tls", hosted(later, "a.example.com")),
	check("k8s-ingress-tls", "a host to come", rule.Unknown, "spec.rules[0].host", hosted(list{in{"hosts": list{"a.example.com"}}}, later)),
	check("k8s-ingress-tls", "a certificate's host to come", rule.Unknown, "spec.tls[0].hosts[0]", hosted(list{in{"hosts": list{later}}}, "a.example.com")),
	check("k8s-ingress-tls", "a patch of something else", rule.NotApplicable, "", one(ingress+"Patch", in{"metadata": in{"name": "web"}})),

	check("k8s-ingress-tls", "by its class", rule.Pass, "", classed(in{}, in{}, in{"certificateARNs": certificate})),
	check("k8s-ingress-tls", "by its class, a certificate to come", rule.Pass, "", classed(in{}, in{}, in{"certificateARNs": list{later}})),
	check("k8s-ingress-tls", "by its class, certificates to come", rule.Unknown, "spec.certificateARNs", classed(in{}, in{}, in{"certificateARNs": later})),
	check("k8s-ingress-tls", "its class has no certificate", rule.Fail, "its class no certificate that this stack shows", classed(in{}, in{}, in{})),
	check("k8s-ingress-tls", "its class has no parameters", rule.Fail, "serves plain HTTP", classed(in{}, in{"parameters": nil}, in{"certificateARNs": certificate})),
	check("k8s-ingress-tls", "its class is elsewhere", rule.Fail, "that this stack shows", classed(in{"ingressClassName": "other"}, in{}, in{"certificateARNs": certificate})),
	check("k8s-ingress-tls", "its class is not known", rule.Unknown, "spec.ingressClassName: external", classed(in{"ingressClassName": later}, in{}, in{"certificateARNs": certificate})),
	check("k8s-ingress-tls", "everything by edge", rule.Pass, "", func() []r {
		stack := classed(in{"ingressClassName": later}, in{"parameters": in{"name": later}}, in{"certificateARNs": list{later}})
		stack[0], stack[1] = edged(stack[0], "spec", "class"), edged(stack[1], "spec", "params")
		return stack
	}()),
	check("k8s-ingress-tls", "by the default class of the other controller", rule.Pass, "", []r{
		among(ingress, "web", "shop", in{"rules": list{in{"host": "shop.example.com"}}}),
		{Type: ingressClass, Name: "class", In: in{"metadata": in{"annotations": in{"ingressclass.kubernetes.io/is-default-class": "true"}},
			"spec": in{"parameters": in{"name": "params"}}}},
		{Type: classParams, Name: "params", In: in{"metadata": in{"name": "params"}, "spec": in{"certificateArn": certificate}}}}),
	check("k8s-ingress-tls", "by annotation", rule.Pass, "", annotated(in{certificateMark: certificate[0]}, nil)),
	check("k8s-ingress-tls", "HTTP besides", rule.Fail, "serve plain HTTP as well", annotated(in{portsMark: `[{"HTTP": 80}, {"HTTPS": 443}]`}, certificate)),
	check("k8s-ingress-tls", "HTTP that redirects", rule.Pass, "", annotated(in{portsMark: `[{"HTTP": 80}, {"HTTPS": 443}]`, redirectMark: "443"}, certificate)),
	check("k8s-ingress-tls", "HTTPS only", rule.Pass, "", annotated(in{portsMark: `[{"HTTPS": 443}]`}, certificate)),
	check("k8s-ingress-tls", "annotations to come", rule.Unknown, "metadata.annotations", annotated(later, certificate)),
}
