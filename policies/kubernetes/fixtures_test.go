package kubernetes

import (
	"maps"

	"github.com/plinth-iac/plinth/policies/internal/ruletest"
	"github.com/plinth-iac/plinth/policies/rule"
)

type (
	r    = ruletest.R
	in   = map[string]any
	to   = map[string][]string
	list = []any
)

var later = ruletest.ID

func one(token string, inputs in) []r { return []r{{Type: token, Name: "it", In: inputs}} }

func check(id, name string, want rule.Outcome, says string, stack []r) ruletest.Case {
	return ruletest.Case{Rule: id, Name: name, Want: want, Says: says, Stack: stack}
}

// judging is a check of one resource of several.
func judging(subject, id, name string, want rule.Outcome, says string, stack []r) ruletest.Case {
	return ruletest.Case{Rule: id, Name: name, Want: want, Says: says, Stack: stack, Subject: subject}
}

// app is the label of the pods of a workload.
func app(name any) in { return in{"app.kubernetes.io/name": name} }

// with is an object with more in it; what it has under the same keys is replaced.
func with(object, more in) in {
	both := maps.Clone(object)
	maps.Copy(both, more)
	return both
}

// like is a workload whose pods have labels and a specification, with more in its spec.
func like(token, name string, labels any, pod, spec in) r {
	return r{Type: token, Name: name, In: in{
		"metadata": in{"name": name, "namespace": "shop"},
		"spec":     with(in{"template": in{"metadata": in{"labels": labels}, "spec": pod}}, spec),
	}}
}

// web is a Deployment of the pods called web.
func web(spec in) r { return like(deployment, "web", app("web"), in{}, spec) }

// among is an object in a namespace.
func among(token, name string, namespace any, spec in) r {
	return r{Type: token, Name: name, In: in{"metadata": in{"name": name, "namespace": namespace}, "spec": spec}}
}

func budgetOf(name string, selector any, spec in) r {
	return among(budget, name, "shop", with(in{"selector": selector}, spec))
}

func matching(labels any) in { return in{"matchLabels": labels} }

func scalerOf(target any, spec in) r {
	return among(autoscaler, "scaler", "shop", with(in{"scaleTargetRef": in{"kind": "Deployment", "name": target}}, spec))
}

func serviceFor(name string, labels any) r {
	return among(service, name, "shop", in{"selector": labels})
}

// edged is a resource with the edges of one property.
func edged(of r, property string, names ...string) r {
	of.Edges = to{property: names}
	return of
}
