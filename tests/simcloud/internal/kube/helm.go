package kube

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/structpb"
)

// A Helm release is opaque: it exists, has values, brings the custom kinds that Options.Charts lists for its chart, and runs pods. What the
// charts of a few controllers do is in nodes.go, balancers.go and volumes.go.

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

// upgrade installs or upgrades a release.
func (c *cluster) upgrade(inputs tree, create bool) (tree, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.forbid("list", &Kind{Version: "v1", Kind: "Secret", Plural: "secrets", Namespaced: true}, inputs.str("namespace")); err != nil {
		return nil, fmt.Errorf("query: failed to query with labels: %w", err)
	}
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
	c.addKinds(c.options.Charts[chart])
	value := clone(inputs)
	value["apiVersion"], value["kind"] = "helm.sh/v3", releaseKind
	value["metadata"] = map[string]any{"name": at.name, "namespace": at.namespace}
	value["status"] = map[string]any{"name": at.name, "namespace": at.namespace, "status": "deployed", "revision": revision, "chart": chart,
		"version": inputs["version"], "appVersion": inputs["version"]}
	o := &object{kind: &Kind{Group: "helm.sh", Version: "v3", Kind: releaseKind, Namespaced: true}, value: value, owners: owners{}}
	if before != nil {
		o.work = before.work
	} else if err := c.install(o, chart); err != nil {
		return nil, err
	}
	c.store(o, nil)
	return clone(value), nil
}

// install makes the objects of a chart that matter to others.
func (c *cluster) install(o *object, chart string) error {
	values := o.value.sub("values")
	if c.ground == nil || chart != balancerChart {
		return nil
	}
	if !values.has("clusterName") {
		return errors.New("execution error at (aws-load-balancer-controller/templates/deployment.yaml): Chart cannot be installed without a valid clusterName!") //nolint:revive,staticcheck // the chart's words
	}
	if values["createIngressClassResource"] == false {
		return nil
	}
	at := ref{group: "networking.k8s.io", kind: "IngressClass", name: first(values.str("ingressClass"), "alb")}
	if c.objects[at] != nil {
		return fmt.Errorf("Unable to continue with install: IngressClass %q in namespace \"\" exists and cannot be imported into the current release: invalid ownership metadata", at.name) //nolint:staticcheck // Helm's words
	}
	c.begin("networking.k8s.io/v1", at.kind, "", at.name, tree{"spec": map[string]any{"controller": chartIngress}})
	o.brought = append(o.brought, at)
	return nil
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

// deploy installs or upgrades, and waits for the pods unless told not to.
func (c *cluster) deploy(ctx context.Context, inputs tree, props resource.PropertyMap, create bool) (live tree, state *structpb.Struct, err error) {
	if live, err = c.upgrade(inputs, create); err != nil {
		return nil, nil, err
	}
	var waits []string
	id := idOf(live)
	if inputs["skipAwait"] != true {
		live, waits = c.ready(ctx, releaseRef(id))
	}
	if state, err = send(releaseState(inputs, live, props)); err == nil && len(waits) > 0 {
		err = unready(id, state, append([]string{fmt.Sprintf("Helm release %q was created, but failed to initialize completely. Use Helm CLI to investigate", id),
			"failed to become available within allocated timeout. Error: Helm Release " + id + ": context deadline exceeded"}, waits...)...)
	}
	return live, state, err
}

func (c *cluster) createRelease(ctx context.Context, req *pulumirpc.CreateRequest, inputs tree, props resource.PropertyMap) (*pulumirpc.CreateResponse, error) {
	if req.GetPreview() {
		return &pulumirpc.CreateResponse{Properties: req.GetProperties()}, nil
	}
	live, state, err := c.deploy(ctx, inputs, props, true)
	if err != nil {
		return nil, err
	}
	return &pulumirpc.CreateResponse{Id: idOf(live), Properties: state}, nil
}

func (c *cluster) updateRelease(ctx context.Context, req *pulumirpc.UpdateRequest, _, inputs tree, props resource.PropertyMap) (*pulumirpc.UpdateResponse, error) {
	if req.GetPreview() {
		return &pulumirpc.UpdateResponse{Properties: req.GetNews()}, nil
	}
	_, state, err := c.deploy(ctx, inputs, props, false)
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
