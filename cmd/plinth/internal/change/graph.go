package change

import (
	"maps"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/sig"

	"github.com/plinth-iac/plinth/cmd/plinth/internal/diff"
	"github.com/plinth-iac/plinth/policies/rule"
	"github.com/plinth-iac/plinth/policies/state"
	"github.com/plinth-iac/plinth/tests/rehearsal"
)

// change is the plan as a whole.
func (p *plan) change(phase rehearsal.Phase) *Change {
	c := &Change{Project: p.project, Stack: p.stack, Phase: phase}
	p.log(phase)
	slices.Sort(p.order) // the engine's order differs from preview to preview
	for _, urn := range p.order {
		if r := p.resource(urn); r != nil {
			c.Resources = append(c.Resources, r)
		}
	}
	for _, r := range c.Resources {
		r.settle()
	}
	c.Before = graph(c.Resources, func(r *Resource) (*apitype.ResourceV3, **rule.Resource) { return r.OldState, &r.Old })
	c.After = graph(c.Resources, func(r *Resource) (*apitype.ResourceV3, **rule.Resource) { return r.NewState, &r.New })
	c.adopt()
	c.heed()
	c.Notes = p.notes()
	c.byURN = byURN(c.Resources)
	return c
}

// graph is the graph of one side of a change, of which each resource gets its own part. On
// the old side it may have another URN, if the new one has that for an alias.
func graph(resources []*Resource, side func(*Resource) (*apitype.ResourceV3, **rule.Resource)) *rule.Graph {
	var deployment apitype.DeploymentV3
	own := map[resource.URN][]**rule.Resource{}
	for _, r := range resources {
		s, part := side(r)
		if s == nil {
			continue
		}
		one := *s
		if !one.URN.IsValid() {
			one.URN = resource.URN(r.URN)
		}
		own[one.URN] = append(own[one.URN], part)
		if len(own[one.URN]) > 1 {
			continue
		}
		one.Type = one.URN.Type()
		one.Delete = false // a replacement's old side is there until it is deleted
		// Of a provider a preview does not say the ID, by which others name it.
		if one.Provider = one.Provider[:max(0, strings.LastIndex(one.Provider, "::"))]; one.Provider != "" {
			one.Provider += "::"
		}
		if r.IsProvider() {
			one.ID = ""
		}
		one.Inputs, one.Outputs = hideAll(one.Inputs), hideAll(one.Outputs)
		deployment.Resources = append(deployment.Resources, one)
	}
	judged := state.Resources(deployment)
	for _, j := range judged {
		for _, part := range own[resource.URN(j.URN)] {
			*part = j
		}
	}
	return rule.NewGraph(judged)
}

// hideAll are properties in which what a preview prints of secrets is secret.
func hideAll(properties map[string]any) map[string]any {
	hidden, _ := hide(properties)
	object, _ := hidden.(map[string]any)
	return object
}

// hide is a value in which what a preview prints of a secret is a secret that is not known.
// It says whether there was any; if not, it is the value itself.
func hide(v any) (any, bool) {
	switch v := v.(type) {
	case string:
		if v == diff.Secret {
			return map[string]any{sig.Key: sig.Secret}, true
		}
	case []any:
		var copied []any
		for i, item := range v {
			if hidden, found := hide(item); found {
				if copied == nil {
					copied = append(copied, v...)
				}
				copied[i] = hidden
			}
		}
		if copied != nil {
			return copied, true
		}
	case map[string]any:
		var copied map[string]any
		for key, field := range v {
			if hidden, found := hide(field); found {
				if copied == nil {
					copied = maps.Clone(v)
				}
				copied[key] = hidden
			}
		}
		if copied != nil {
			return copied, true
		}
	}
	return v, false
}

// adopt tells each resource its topmost component.
func (c *Change) adopt() {
	parents := map[string]string{}
	for _, r := range c.Resources {
		for _, s := range r.states() {
			if s.Parent.IsValid() && s.Parent.QualifiedType() != resource.RootStackType {
				parents[r.URN] = string(s.Parent)
			}
		}
	}
	for _, r := range c.Resources {
		r.Component = rehearsal.Topmost(r.URN, parents)
	}
}

// settle lets what stays the same keep what AWS has decided of it, which a preview says of the
// old side only.
func (r *Resource) settle() {
	if r.Op != Same || r.OldState == nil || r.NewState == nil || r.NewState.Outputs != nil {
		return
	}
	same := *r.NewState
	same.ID, same.Outputs = r.OldState.ID, r.OldState.Outputs
	r.NewState = &same
}
