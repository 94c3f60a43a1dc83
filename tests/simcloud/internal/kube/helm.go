package kube

import (
	"errors"
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// A Helm release is opaque: it exists, has values, and brings the custom kinds that Options.Charts lists for its chart.

const releaseKind = "Release"

func releaseRef(id string) ref {
	ns, name, _ := strings.Cut(id, "/")
	return ref{group: "helm.sh", kind: releaseKind, namespace: ns, name: name}
}

func checkRelease(req *pulumirpc.CheckRequest, namespace string, olds, news tree, props resource.PropertyMap) (*pulumirpc.CheckResponse, error) {
	var failures []*pulumirpc.CheckFailure
	if !news.has("chart") || news["chart"] == "" {
		failures = append(failures, &pulumirpc.CheckFailure{Property: "chart", Reason: "a chart is required"})
	}
	if !news.has("name") {
		if old := olds.str("name"); old != "" {
			news["name"] = old
		} else {
			chosen, err := resource.NewUniqueName(req.GetRandomSeed(), resource.URN(req.GetUrn()).Name()+"-", 8, 0, nil)
			if err != nil {
				return nil, fmt.Errorf("choose a name: %w", err)
			}
			news["name"] = chosen
		}
	}
	if name := news.str("name"); len(name) > 53 {
		failures = append(failures, &pulumirpc.CheckFailure{Property: "name", Reason: "release name must be no longer than 53 characters"})
	} else if problem := dnsSubdomain(name); name != "" && problem != "" {
		failures = append(failures, &pulumirpc.CheckFailure{Property: "name", Reason: "invalid release name: " + problem})
	}
	def(news, "namespace", namespace)
	out := toProps(news)
	keepSecrets(out, props)
	inputs, err := send(out)
	if err != nil {
		return nil, err
	}
	return &pulumirpc.CheckResponse{Inputs: inputs, Failures: failures}, nil
}

// release installs or upgrades.
func (c *cluster) release(inputs tree, create bool) (tree, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	at := ref{group: "helm.sh", kind: releaseKind, namespace: inputs.str("namespace"), name: inputs.str("name")}
	before := c.objects[at]
	if create && before != nil {
		return nil, errors.New("cannot re-use a name that is still in use")
	}
	space := ref{kind: "Namespace", name: at.namespace}
	if c.objects[space] == nil {
		if inputs["createNamespace"] != true {
			return nil, refuse(NotFound, "create: failed to create: namespaces %q not found", at.namespace)
		}
		value := tree{"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": at.namespace}}
		// Helm leaves the namespaces it makes behind.
		c.store(&object{kind: c.kinds["v1 Namespace"], value: value, owners: owners{}, implicit: true}, nil)
	}
	revision := 1.0
	if before != nil {
		n, _ := before.value.num("status.revision")
		revision = n + 1
	}
	chart := inputs.str("chart")
	chart = chart[strings.LastIndex(chart, "/")+1:]
	for _, k := range c.options.Charts[chart] {
		c.addKind(k)
	}
	value := clone(inputs)
	value["apiVersion"], value["kind"] = "helm.sh/v3", releaseKind
	value["metadata"] = map[string]any{"name": at.name, "namespace": at.namespace}
	value["status"] = map[string]any{"name": at.name, "namespace": at.namespace, "status": "deployed", "revision": revision, "chart": chart,
		"version": inputs["version"], "appVersion": inputs["version"]}
	c.store(&object{kind: &Kind{Group: "helm.sh", Version: "v3", Kind: releaseKind, Namespaced: true}, value: value, owners: owners{}}, nil)
	return clone(value), nil
}

func releaseState(inputs, live tree, props resource.PropertyMap) resource.PropertyMap {
	out := clone(inputs)
	out["status"] = live["status"]
	out["resourceNames"] = map[string]any{}
	state, given := toProps(out), toProps(inputs)
	keepSecrets(state, props)
	keepSecrets(given, props)
	state[stateInputs] = resource.NewProperty(given)
	return state
}

func (c *cluster) createRelease(req *pulumirpc.CreateRequest, inputs tree, props resource.PropertyMap) (*pulumirpc.CreateResponse, error) {
	if req.GetPreview() {
		return &pulumirpc.CreateResponse{Properties: req.GetProperties()}, nil
	}
	live, err := c.release(inputs, true)
	if err != nil {
		return nil, err
	}
	state, err := send(releaseState(inputs, live, props))
	if err != nil {
		return nil, err
	}
	return &pulumirpc.CreateResponse{Id: idOf(live), Properties: state}, nil
}

func (c *cluster) updateRelease(req *pulumirpc.UpdateRequest, _, inputs tree, props resource.PropertyMap) (*pulumirpc.UpdateResponse, error) {
	if req.GetPreview() {
		return &pulumirpc.UpdateResponse{Properties: req.GetNews()}, nil
	}
	live, err := c.release(inputs, false)
	if err != nil {
		return nil, err
	}
	state, err := send(releaseState(inputs, live, props))
	if err != nil {
		return nil, err
	}
	return &pulumirpc.UpdateResponse{Properties: state}, nil
}

func (c *cluster) readRelease(req *pulumirpc.ReadRequest, props resource.PropertyMap) (*pulumirpc.ReadResponse, error) {
	live := c.get(releaseRef(req.GetId()))
	if live == nil {
		return &pulumirpc.ReadResponse{}, nil
	}
	inputs := clone(live)
	for _, name := range []string{"apiVersion", "kind", "metadata", "status"} {
		delete(inputs, name)
	}
	state, err := send(releaseState(inputs, live, props))
	if err != nil {
		return nil, err
	}
	out := toProps(inputs)
	keepSecrets(out, props)
	given, err := send(out)
	if err != nil {
		return nil, err
	}
	return &pulumirpc.ReadResponse{Id: req.GetId(), Properties: state, Inputs: given}, nil
}

func (c *cluster) deleteRelease(id string) error {
	if err := c.delete(releaseRef(id)); err != nil && err.Reason != NotFound {
		return err
	}
	return nil
}
