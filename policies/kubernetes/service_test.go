package kubernetes

import (
	"slices"
	"testing"

	"github.com/plinth-iac/plinth/policies/internal/ruletest"
	"github.com/plinth-iac/plinth/policies/rule"
)

// wholeService is a service with all that belongs to it, at a first preview: no object has
// a name yet that another could know it by, and only edges tell them apart.
func wholeService() []r {
	home := func(token, name string, spec in, more to) r {
		edges := to{"metadata": {"shop"}}
		for property, names := range more {
			edges[property] = names
		}
		return r{Type: token, Name: name, In: in{"metadata": in{"namespace": later}, "spec": spec}, Edges: edges}
	}
	labels := app("cart")
	container := in{"name": "main", "image": "cart:1", "securityContext": confined, "readinessProbe": ready, "livenessProbe": live,
		"resources": enough["resources"], "lifecycle": waiting["lifecycle"]}
	return []r{
		{Type: namespace, Name: "shop", In: in{"metadata": in{"labels": in{enforceLabel: "restricted"}}}},
		home(deployment, "cart", in{"template": in{"metadata": in{"labels": labels}, "spec": in{"containers": list{container},
			"topologySpreadConstraints": list{
				in{"topologyKey": byZone, "maxSkew": 1, "labelSelector": matching(labels)}, in{"topologyKey": byHost, "maxSkew": 1, "labelSelector": matching(labels)}}}}}, nil),
		home(autoscaler, "scaling", in{"minReplicas": 3, "scaleTargetRef": in{"kind": "Deployment", "name": later}}, to{"spec": {"cart"}}),
		home(budget, "budget", in{"maxUnavailable": 1, "selector": matching(labels)}, nil),
		home(networkPolicy, "policy", in{"podSelector": matching(labels)}, nil),
		home(service, "service", in{"selector": labels}, nil),
		home(ingress, "ingress", in{"ingressClassName": later, "rules": list{in{"host": later}}}, to{"spec": {"class"}}),
		{Type: ingressClass, Name: "class", In: in{"spec": in{"parameters": in{"kind": "IngressClassParams", "name": later}}}, Edges: to{"spec": {"params"}}},
		{Type: autoParams, Name: "params", In: in{"spec": in{"certificateARNs": list{later}}}, Edges: to{"spec": {"certificate"}}},
		{Type: storageClass, Name: "disks", In: in{"provisioner": "ebs.csi.eks.amazonaws.com", "volumeBindingMode": "WaitForFirstConsumer",
			"parameters": in{"encrypted": "true"}}},
	}
}

// undone are the rules that a stack does not pass in production, with the resource.
func undone(t *testing.T, stack []r) []string {
	t.Helper()
	found := []string{}
	g := rule.NewGraph(ruletest.Resources(stack))
	for _, judge := range Rules() {
		for _, res := range g.Of(judge.Types...) {
			f, err := rule.Run(judge, g, res, judge.Defaults(rule.Production))
			if err != nil {
				t.Fatal(err)
			}
			if f.Outcome == rule.Fail || f.Outcome == rule.Unknown {
				found = append(found, judge.ID+": "+f.Outcome.String()+": "+res.Name)
			}
		}
	}
	slices.Sort(found)
	return found
}

func TestAServiceThatIsRightHasNothingUndoneAtItsFirstPreview(t *testing.T) {
	if found := undone(t, wholeService()); len(found) > 0 {
		t.Error(found)
	}
}

func TestWhatAServiceLacksIsFoundAtItsFirstPreview(t *testing.T) {
	for lacks, want := range map[string][]string{
		"scaling": {"k8s-min-replicas: fail: cart"},
		"budget":  {"k8s-pdb-present: fail: cart"},
		"policy":  {"k8s-network-policy: fail: cart"},
		"class":   {"k8s-ingress-tls: unknown: ingress"},
		"params":  {"k8s-ingress-tls: unknown: ingress"},
		"shop":    {"k8s-network-policy: unknown: cart", "k8s-pdb-present: unknown: cart", "k8s-safe-rollout: unknown: cart"},
	} {
		stack := slices.DeleteFunc(wholeService(), func(r r) bool { return r.Name == lacks })
		if found := undone(t, stack); !slices.Equal(found, want) {
			t.Errorf("without %s: %v, want %v", lacks, found, want)
		}
	}
}
