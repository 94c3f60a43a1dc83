package kube

import (
	"context"
	"errors"
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// Annotations that steer the provider.
const (
	autonamed    = "pulumi.com/autonamed"
	patchForce   = "pulumi.com/patchForce"
	patchManager = "pulumi.com/patchFieldManager"
)

func annotated(t tree, name string) bool { return t.sub("metadata.annotations").key(name) == "true" }

func annotate(t tree, name string) {
	def(t, "metadata.annotations", map[string]any{})
	if all := t.sub("metadata.annotations"); all != nil {
		all[name] = "true"
	}
}

// Check names the object, brings its inputs into the form the API server gives back, and judges them. The real provider leaves the
// judgement to the API server's dry run, which it can only ask if nothing is unknown; here what is known is always judged.
func (p *provider) Check(ctx context.Context, req *pulumirpc.CheckRequest) (*pulumirpc.CheckResponse, error) {
	i, c, err := p.instance(ctx, true)
	if err != nil {
		return nil, err
	}
	oldProps, err := read(req.GetOlds())
	if err != nil {
		return nil, err
	}
	newProps, err := read(req.GetNews())
	if err != nil {
		return nil, err
	}
	olds, news := toTree(oldProps), toTree(newProps)
	id, err := identify(req.GetUrn(), news)
	if err != nil {
		return nil, err
	}
	if id.helm {
		return checkRelease(req, i.namespace, olds, news, newProps)
	}
	news["apiVersion"], news["kind"] = id.apiVersion, id.kind
	var failures []*pulumirpc.CheckFailure
	news = normalize(c.kindOf(id.apiVersion, id.kind), news, func(path, message string) {
		failures = append(failures, &pulumirpc.CheckFailure{Reason: fmt.Sprintf(".%s: %s", path, message)})
	})
	if id.patch && !news.has("metadata.name") {
		return nil, errors.New("patch resources require the `.metadata.name` field to be set")
	}
	if news.has("metadata.generateName") {
		return nil, errors.New("the `.metadata.generateName` field is not supported in Server-Side Apply mode")
	}
	if err := name(req, olds, news); err != nil {
		return nil, err
	}
	if kind := c.kindOf(id.apiVersion, id.kind); kind == nil || kind.Namespaced {
		def(news, "metadata.namespace", i.namespace)
	}
	if len(failures) == 0 && !id.patch {
		for _, cause := range c.judge(news) {
			if cause.Rule == "name-missing" && len(olds) > 0 {
				continue
			}
			failures = append(failures, &pulumirpc.CheckFailure{Reason: cause.String()})
		}
	}
	props := toProps(news)
	keepSecrets(props, newProps)
	inputs, err := send(props)
	if err != nil {
		return nil, err
	}
	return &pulumirpc.CheckResponse{Inputs: inputs, Failures: failures}, nil
}

// name gives an object a name as the provider does: the resource's name and eight hexadecimal digits, marked by an annotation.
func name(req *pulumirpc.CheckRequest, olds, news tree) error {
	if news.has("metadata.name") {
		return nil
	}
	def(news, "metadata", map[string]any{})
	if annotated(olds, autonamed) {
		news.set("metadata.name", olds.str("metadata.name"))
		annotate(news, autonamed)
		return nil
	}
	if len(olds) > 0 {
		return nil // it had a name that was chosen by hand: Diff replaces it
	}
	chosen, err := resource.NewUniqueName(req.GetRandomSeed(), resource.URN(req.GetUrn()).Name()+"-", 8, 0, nil)
	if err != nil {
		return fmt.Errorf("choose a name: %w", err)
	}
	switch options := req.GetAutonaming(); {
	case options == nil:
	case options.GetMode() == pulumirpc.CheckRequest_AutonamingOptions_DISABLE:
		return errors.New("autonaming is disabled, resource requires the .metadata.name field to be set")
	case options.GetProposedName() != "":
		chosen = options.GetProposedName()
	}
	news.set("metadata.name", chosen)
	annotate(news, autonamed)
	return nil
}

// normalize brings inputs into the form that the API server gives back, so that the same meaning is the same value.
func normalize(kind *Kind, t tree, report func(path, message string)) tree {
	t, _ = withoutNulls(map[string]any(t)).(map[string]any)
	for _, name := range []string{"creationTimestamp", "deletionGracePeriodSeconds", "deletionTimestamp", "generation", "managedFields",
		"resourceVersion", "uid", "selfLink"} {
		if meta := t.sub("metadata"); meta != nil {
			delete(meta, name)
		}
	}
	delete(t, "status")
	if kind == nil {
		return t
	}
	decode(kind.root(), map[string]any(t), "", report)
	if kind.Kind == "Secret" && kind.Type != "" && !hasUnknown(t["stringData"]) {
		owner := t["type"]
		kindDefaults["Secret"](&request{new: t})
		if owner == nil {
			delete(t, "type")
		}
	}
	return t
}

// judge holds the rules against inputs of which a part may be unknown.
func (c *cluster) judge(inputs tree) []Cause {
	c.mu.Lock()
	defer c.mu.Unlock()
	kind := c.kinds[inputs.str("apiVersion")+" "+inputs.str("kind")]
	if kind == nil {
		return nil
	}
	r := &request{cluster: c, kind: kind, new: clone(inputs)}
	r.ref = refOf(kind, r.new)
	complete(r)
	if err := judge(r); err != nil {
		return err.Causes
	}
	return nil
}
