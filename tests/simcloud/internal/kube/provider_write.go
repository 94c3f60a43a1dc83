package kube

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/structpb"
)

// What the provider adds to an object in the state.
const (
	stateInputs  = "__inputs"
	stateVersion = "__initialApiVersion"
	stateManager = "__fieldManager"
)

// createdBy is the manager of what was created; the first update makes it the resource's own.
var createdBy = manager{name: "pulumi-kubernetes"}

// checkpoint is what the state holds: the live object, the inputs and the field manager.
func checkpoint(inputs, live tree, from resource.PropertyMap, fieldManager string) (*structpb.Struct, error) {
	object, given := toProps(live), toProps(inputs)
	keepSecrets(object, from)
	keepSecrets(given, from)
	object[stateInputs] = resource.NewProperty(given)
	object[stateVersion] = resource.NewProperty(inputs.str("apiVersion"))
	object[stateManager] = resource.NewProperty(fieldManager)
	return send(object)
}

// recall splits what the state holds.
func recall(state tree) (inputs, live tree, fieldManager string) {
	live = clone(state)
	inputs, fieldManager = live.sub(stateInputs), live.str(stateManager)
	for _, name := range []string{stateInputs, stateVersion, stateManager} {
		delete(live, name)
	}
	return inputs, live, fieldManager
}

// fieldManager names the manager of a resource's fields.
func fieldManager(urn string, inputs tree, remembered string) string {
	if name := inputs.sub("metadata.annotations").key(patchManager); name != "" {
		return name
	}
	if remembered != "" {
		return remembered
	}
	sum := sha256.Sum256([]byte(urn))
	return fmt.Sprintf("pulumi-kubernetes-%x", sum[:4])
}

func idOf(live tree) string {
	if ns := live.str("metadata.namespace"); ns != "" {
		return ns + "/" + live.str("metadata.name")
	}
	return live.str("metadata.name")
}

// Create makes the object; at preview it asks the API server for a dry run if all is known.
func (p *provider) Create(ctx context.Context, req *pulumirpc.CreateRequest) (*pulumirpc.CreateResponse, error) {
	i, c, err := p.instance(ctx, false)
	if err != nil {
		return nil, err
	}
	props, err := read(req.GetProperties())
	if err != nil {
		return nil, err
	}
	inputs := toTree(props)
	id, err := identify(req.GetUrn(), inputs)
	if err != nil {
		return nil, err
	}
	if id.helm {
		return c.createRelease(ctx, req, inputs, props)
	}
	if req.GetPreview() && (id.patch || hasUnknown(map[string]any(inputs)) || c.kindOf(id.apiVersion, id.kind) == nil) {
		return &pulumirpc.CreateResponse{Properties: req.GetProperties()}, nil
	}
	by := fieldManager(req.GetUrn(), inputs, "")
	var live tree
	var refused *StatusError
	c.options.Pulse.Until(ctx, func() bool { // what it needs may be made at the same time
		if id.patch || i.flag("upsertExistingObjects") {
			force := annotated(inputs, patchForce) || i.flag("enablePatchForce") || req.GetPreview()
			live, refused = c.apply(inputs, write{by: manager{name: by, apply: true}, force: force, dryRun: req.GetPreview()})
		} else {
			live, refused = c.create(inputs, write{by: createdBy, dryRun: req.GetPreview()})
		}
		return refused == nil || refused.Reason != NotFound || req.GetPreview()
	})
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	switch {
	case refused == nil:
	case req.GetPreview() && (refused.Reason == NotFound || refused.Reason == AlreadyExists):
		return &pulumirpc.CreateResponse{Properties: req.GetProperties()}, nil
	case c.kindOf(id.apiVersion, id.kind) == nil:
		return nil, fmt.Errorf("creation of resource %q with kind %s/%s failed because the Kubernetes API server reported that the apiVersion for "+
			"this resource does not exist. Verify that any required CRDs have been created: %w", req.GetUrn(), id.apiVersion, id.kind, refused)
	default:
		return nil, fmt.Errorf("resource %q was not successfully created by the Kubernetes API server: %w", req.GetUrn(), explain(refused, by))
	}
	if req.GetPreview() {
		delete(live, "status")
		state, err := checkpoint(inputs, live, props, by)
		return &pulumirpc.CreateResponse{Properties: state}, err
	}
	state, err := c.await(ctx, inputs, live, props, by)
	if err != nil {
		return nil, err
	}
	return &pulumirpc.CreateResponse{Id: idOf(live), Properties: state}, nil
}

// await waits until an object is ready, and gives what the state is to hold of it.
func (c *cluster) await(ctx context.Context, inputs, live tree, props resource.PropertyMap, by string) (*structpb.Struct, error) {
	var waits []string
	if kind := c.kindOf(live.str("apiVersion"), live.str("kind")); kind != nil && !annotated(inputs, skipAwait) {
		live, waits = c.ready(ctx, refOf(kind, live))
	}
	state, err := checkpoint(inputs, live, props, by)
	if err == nil && len(waits) > 0 {
		err = unready(idOf(live), state, late(idOf(live), waits)...)
	}
	return state, err
}

func explain(e *StatusError, by string) error {
	if e.Reason != Conflict {
		return e
	}
	return errors.Join(errors.New("server-side apply field conflict detected, see "+
		"https://www.pulumi.com/registry/packages/kubernetes/how-to-guides/managing-resources-with-server-side-apply/#handle-field-conflicts-on-existing-resources "+
		"for troubleshooting help"), fmt.Errorf("The resource managed by field manager %q had an apply conflict: %w", by, e)) //nolint:staticcheck // the provider's words
}

// Update applies the new inputs to what exists.
func (p *provider) Update(ctx context.Context, req *pulumirpc.UpdateRequest) (*pulumirpc.UpdateResponse, error) {
	i, c, err := p.instance(ctx, false)
	if err != nil {
		return nil, err
	}
	stateProps, err := read(req.GetOlds())
	if err != nil {
		return nil, err
	}
	props, err := read(req.GetNews())
	if err != nil {
		return nil, err
	}
	inputs := toTree(props)
	id, err := identify(req.GetUrn(), inputs)
	if err != nil {
		return nil, err
	}
	if id.helm {
		return c.updateRelease(ctx, req, toTree(stateProps), inputs, props)
	}
	kind := c.kindOf(id.apiVersion, id.kind)
	if req.GetPreview() && (hasUnknown(map[string]any(inputs)) || kind == nil) {
		return &pulumirpc.UpdateResponse{Properties: req.GetNews()}, nil
	}
	if kind == nil {
		return nil, fmt.Errorf("update of resource %q failed because the Kubernetes API server reported that the apiVersion for this resource "+
			"does not exist. Verify that any required CRDs have been created: %w", req.GetUrn(), noMatch(id.apiVersion, id.kind))
	}
	oldInputs, _, remembered := recall(toTree(stateProps))
	before := manager{name: fieldManager(req.GetUrn(), oldInputs, remembered), apply: true}
	by := manager{name: fieldManager(req.GetUrn(), inputs, remembered), apply: true}
	at := refOf(kind, inputs)
	if c.get(at) == nil {
		return nil, fmt.Errorf("update of resource %q failed: %s %q not found", req.GetUrn(), kind.qualified(kind.Plural), at.name)
	}
	if !req.GetPreview() {
		c.transfer(at, createdBy, before)
	}
	wanted := clone(inputs)
	if err := c.leaveIgnored(at, wanted, by, req.GetIgnoreChanges()); err != nil {
		return nil, err
	}
	force := annotated(inputs, patchForce) || i.flag("enablePatchForce") || req.GetPreview() && c.owns(at, createdBy)
	live, refused := c.apply(wanted, write{by: by, force: force, dryRun: req.GetPreview()})
	if refused != nil {
		return nil, fmt.Errorf("update of resource %q failed: %w", req.GetUrn(), explain(refused, by.name))
	}
	if !req.GetPreview() && before != by {
		if refused := c.relinquish(at, before); refused != nil {
			return nil, refused
		}
	}
	if req.GetPreview() {
		state, err := checkpoint(inputs, live, props, by.name)
		return &pulumirpc.UpdateResponse{Properties: state}, err
	}
	state, err := c.await(ctx, inputs, live, props, by.name)
	if err != nil {
		return nil, err
	}
	return &pulumirpc.UpdateResponse{Properties: state}, nil
}

// owns says whether a manager owns anything of an object.
func (c *cluster) owns(at ref, by manager) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	o := c.objects[at]
	return o != nil && len(o.owners[by]) > 0
}

// leaveIgnored takes fields whose changes are ignored out of what is applied if someone else owns them, and sets the others to what they
// are.
func (c *cluster) leaveIgnored(at ref, wanted tree, by manager, ignored []string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	o := c.objects[at]
	for _, text := range ignored {
		path, err := resource.ParsePropertyPath(text)
		if err != nil {
			return fmt.Errorf("failed to parse ignore path: %w", err)
		}
		var names []string
		for _, e := range path {
			if name, ok := e.(string); ok {
				names = append(names, name)
			}
		}
		if o == nil || len(names) != len(path) || strings.Contains(strings.Join(names, ""), ".") {
			continue // elements of lists are applied as they are
		}
		dotted, foreign := strings.Join(names, "."), false
		for m, set := range o.owners {
			foreign = foreign || m != by && m != createdBy && set.under("."+dotted)
		}
		if live := o.value.get(dotted); !foreign && live != nil {
			wanted.set(dotted, cloneAny(live))
		} else {
			wanted.remove(dotted)
		}
	}
	return nil
}

// relinquish gives up all that a manager owns.
func (c *cluster) relinquish(at ref, by manager) *StatusError {
	live := c.get(at)
	if live == nil || !c.owns(at, by) {
		return nil
	}
	nothing := tree{"apiVersion": live["apiVersion"], "kind": live["kind"], "metadata": map[string]any{"name": at.name}}
	if at.namespace != "" {
		nothing.set("metadata.namespace", at.namespace)
	}
	_, err := c.apply(nothing, write{by: by})
	return err
}

// Delete removes the object; a patch only gives up its fields.
func (p *provider) Delete(ctx context.Context, req *pulumirpc.DeleteRequest) (*emptypb.Empty, error) {
	i, c, err := p.instance(ctx, false)
	if err != nil && i != nil {
		if i.flag("deleteUnreachable") {
			return &emptypb.Empty{}, nil
		}
		return nil, fmt.Errorf("%w\nIf the cluster was deleted, you can remove the resource from Pulumi state by rerunning the operation with the "+
			"PULUMI_K8S_DELETE_UNREACHABLE environment variable set to \"true\"", err)
	}
	if err != nil {
		return nil, err
	}
	props, err := read(req.GetProperties())
	if err != nil {
		return nil, err
	}
	inputs, live, remembered := recall(toTree(props))
	id, err := identify(req.GetUrn(), live)
	if err != nil {
		return nil, err
	}
	if id.helm {
		return &emptypb.Empty{}, c.deleteRelease(req.GetId())
	}
	kind := c.kindOf(id.apiVersion, id.kind)
	if kind == nil { // its definition is gone, and the object with it
		return &emptypb.Empty{}, nil
	}
	at := refByID(kind, req.GetId())
	refused := (*StatusError)(nil)
	if id.patch {
		refused = c.relinquish(at, manager{name: fieldManager(req.GetUrn(), inputs, remembered), apply: true})
	} else {
		refused = c.delete(at)
	}
	switch {
	case refused != nil && refused.Reason == NotFound:
	case refused != nil:
		return nil, refused
	case !id.patch && !annotated(inputs, skipAwait):
		return &emptypb.Empty{}, c.leave(ctx, at, id.apiVersion)
	}
	return &emptypb.Empty{}, nil
}

func refByID(kind *Kind, id string) ref {
	at := ref{group: kind.Group, kind: kind.Kind, name: id}
	if ns, name, found := strings.Cut(id, "/"); found {
		at.namespace, at.name = ns, name
	} else if kind.Namespaced {
		at.namespace = "default"
	}
	return at
}
